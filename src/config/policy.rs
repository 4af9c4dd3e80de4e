//! `[[policy]]` and its steps.

use super::calendar::windows;
use super::parse::one_of;
use crate::diagnostic::{Span, nearest, quoted};
use crate::domain::amount::{Amount, Unit};
use crate::domain::calendar::Hours;
use crate::domain::policy::{ChannelKind, Channels, Digest, Event, Policy, Repeat, Role, Step, Unless, When};
use crate::domain::sentence::{
    SentenceError, parse_amount, parse_role, parse_unless, parse_when, role_words, sentence_words, unless_words,
};
use crate::tree::{At, Problems, Table, Value, say};

/// A policy with the places its cross-checks point at.
#[derive(Debug)]
pub(super) struct PlacedPolicy {
    /// As far as it could be read.
    pub policy: Policy,
    /// Its name, else its header.
    pub name_span: Span,
    /// One for each step.
    pub places: Vec<StepPlaces>,
    /// The names of all steps, those with mistakes too: what refers to them is not wrong besides.
    pub step_names: Vec<String>,
}

/// Where the parts of a step stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepPlaces {
    /// Its name.
    pub name: Span,
    /// Its sentence.
    pub when: Span,
    /// Its `unless`, when it was given.
    pub unless: Option<Span>,
    /// Its `courtesy`, when it was given.
    pub courtesy: Option<Span>,
    /// Its `channels`, when they were given.
    pub channels: Option<Span>,
}

/// The longest name of a policy or step, in characters; names stand in keys and log lines.
const NAME_CHARS_MAX: usize = 80;
/// The most occurrences a repeat may ask for.
const REPEAT_MAX: i64 = 1_000;

/// All policies, in file order.
pub(super) fn read_all(root: &Table<'_>) -> Vec<PlacedPolicy> {
    root.tables("policy").into_iter().filter_map(read).collect()
}

fn read(table: Table<'_>) -> Option<PlacedPolicy> {
    table.require(&["name"]);
    let name = table.str("name");
    if let Some(name) = &name {
        check_name(name, table.problems());
    }
    let label = table.str("label");
    let hours = read_hours(&table);
    let blocked_pause = amount(&table, "blocked_pause");
    let read: Vec<ReadStep> = table.tables("step").into_iter().map(read_step).collect();
    let step_names = read.iter().filter_map(|step| step.name.clone()).collect();
    let (steps, places) = read.into_iter().filter_map(|step| step.sound).unzip();
    table.finish();
    let name = name?;
    let label = label.map_or_else(|| name.value.clone(), |label| label.value);
    let hours = hours.unwrap_or_default();
    let blocked_pause = blocked_pause.map_or_else(|| Policy::blocked_pause_default(&hours), |pause| pause.value);
    let policy = Policy { name: name.value, label, hours, blocked_pause, steps };
    Some(PlacedPolicy { policy, name_span: name.span, places, step_names })
}

fn read_hours(table: &Table<'_>) -> Option<Hours> {
    let value = table.get("hours")?;
    if value.is_list() {
        return windows(value).map(Hours::Windows);
    }
    if !value.is_text() {
        return value.wrong(("\"office\", \"always\" hoặc danh sách khung giờ", "\"office\", \"always\" or a list of windows"));
    }
    let word = value.str()?;
    let always = one_of(table, &word, "hours", &[("office", false), ("always", true)])?;
    Some(if always { Hours::Always } else { Hours::Office })
}

/// Reports a name that cannot stand in a reminder's key. It is kept all the same: routes and steps may refer to it.
fn check_name(name: &At<String>, problems: &Problems) {
    let text = &name.value;
    if text.chars().count() <= NAME_CHARS_MAX && !text.contains([':', '/', '|', '#', '@']) {
        return;
    }
    let language = problems.language;
    let shown = quoted(text);
    let message = say!(language, "tên {shown} không dùng được", "the name {shown} cannot be used");
    let help = say!(
        language,
        "tối đa {NAME_CHARS_MAX} ký tự, không có : / | # @, ví dụ \"nhac-3\"; tên hiển thị ghi ở label",
        "at most {NAME_CHARS_MAX} characters, none of : / | # @, e.g. \"nhac-3\"; what people see goes into label",
    );
    problems.error_with_help("bad-name", name.span, message, help);
}

/// What came of reading a step.
struct ReadStep {
    /// Its name, when it has one.
    name: Option<String>,
    /// The step, when it is sound.
    sound: Option<(Step, StepPlaces)>,
}

fn read_step(table: Table<'_>) -> ReadStep {
    let name = table.str("name");
    if let Some(name) = &name {
        check_name(name, table.problems());
    }
    ReadStep { name: name.as_ref().map(|name| name.value.clone()), sound: read_named_step(table, name) }
}

fn read_named_step(table: Table<'_>, name: Option<At<String>>) -> Option<(Step, StepPlaces)> {
    let problems = table.problems();
    table.require(&["name", "when", "to"]);
    let label = table.str("label");
    let when = table.str("when").and_then(|text| read_when(&text, problems));
    let to = roles(&table, "to");
    if to.as_ref().is_some_and(Vec::is_empty) {
        report_nobody(&table);
    }
    let or_else = roles(&table, "or_else").unwrap_or_default();
    let copy = roles(&table, "copy").unwrap_or_default();
    let unless = table.get("unless").and_then(|value| read_unless(value, problems));
    let repeat = table.table("repeat").and_then(read_repeat);
    let courtesy = amount(&table, "courtesy");
    let digests = [("daily", Digest::Daily), ("weekly", Digest::Weekly)];
    let digest = table.str("digest").and_then(|word| one_of(&table, &word, "digest", &digests));
    let channels_span = table.get("channels").map(|value| value.span());
    let channels = read_channels(&table).unwrap_or_default();
    table.finish();
    let (name, when) = (name?, when?);
    let places = StepPlaces {
        name: name.span,
        when: when.span,
        unless: unless.as_ref().map(|unless| unless.span),
        courtesy: courtesy.as_ref().map(|courtesy| courtesy.span),
        channels: channels_span,
    };
    let unless = unless.map_or_else(|| default_unless(&when.value), |unless| unless.value);
    let label = label.map_or_else(|| name.value.clone(), |label| label.value);
    let values = |roles: Vec<At<Role>>| roles.into_iter().map(|role| role.value).collect();
    let step = Step {
        name: name.value,
        label,
        when: when.value,
        to: values(to?),
        or_else: values(or_else),
        copy: values(copy),
        unless,
        repeat,
        courtesy: courtesy.map(|courtesy| courtesy.value),
        digest,
        channels,
    };
    Some((step, places))
}

/// `completed`, except for the monitor's own steps: what was reported done is completed, so they would never fire.
const fn default_unless(when: &When) -> Unless {
    match when.event {
        Event::AfterReportedDone(_) => Unless::Accepted,
        _ => Unless::Completed,
    }
}

fn report_nobody(table: &Table<'_>) {
    let language = table.problems().language;
    let message = say!(language, "bậc này không gửi cho ai: \"to\" trống", "this step tells nobody: \"to\" is empty");
    let help = say!(language, "viết ví dụ to = [\"người thực hiện\"]", "write e.g. to = [\"assignee\"]");
    table.problems().error_with_help("no-recipient", table.key_span("to"), message, help);
}

fn read_when(text: &At<String>, problems: &Problems) -> Option<At<When>> {
    match parse_when(&text.value) {
        Ok(when) => {
            if let Some(amount) = counted(&when.event) {
                warn_of_bare_days(amount, text.span, problems);
            }
            Some(At { value: when, span: text.span })
        }
        Err(error) => report_sentence(text, &error, problems),
    }
}

const fn counted(event: &Event) -> Option<Amount> {
    match event {
        Event::BeforeDeadline(amount)
        | Event::AfterDeadline(amount)
        | Event::AfterAssignment(amount)
        | Event::AfterStep(amount, _)
        | Event::AfterReportedDone(amount)
        | Event::WithoutReport(amount)
        | Event::WithoutFigure(amount) => Some(*amount),
        Event::OnAssignment
        | Event::OnDeadline
        | Event::EveryWhileUndated(_)
        | Event::BehindPace(_)
        | Event::BecameKnown
        | Event::Extended
        | Event::WhileBlocked => None,
    }
}

fn warn_of_bare_days(amount: Amount, span: Span, problems: &Problems) {
    if amount.unit != Unit::Days {
        return;
    }
    let (language, count) = (problems.language, amount.count);
    let message = say!(
        language,
        "\"{count} ngày\" tính cả thứ Bảy, Chủ nhật và ngày lễ",
        "\"{count} days\" counts weekends and holidays too",
    );
    let help = say!(
        language,
        "nếu ý là ngày làm việc, viết \"{count} ngày làm việc\"",
        "if working days are meant, write \"{count} working days\"",
    );
    problems.warning("bare-days", span, message, help);
}

fn report_sentence<T>(text: &At<String>, error: &SentenceError, problems: &Problems) -> Option<T> {
    let language = problems.language;
    let (said, shown, example) = (error.describe(language), quoted(&text.value), error.example(language));
    let message = say!(language, "không hiểu {shown}: {said}", "{shown} is not understood: {said}");
    let help = match nearest(&error.word, sentence_words()) {
        Some(near) => {
            say!(language, "có phải ý bạn là \"{near}\"? Ví dụ: {example}", "did you mean \"{near}\"? For example: {example}")
        }
        None => say!(language, "viết ví dụ: {example}", "write e.g.: {example}"),
    };
    problems.error_with_help("bad-sentence", text.span, message, help);
    None
}

/// A role, or an error that names the nearest one.
pub(super) fn role(value: Value<'_>, problems: &Problems) -> Option<At<Role>> {
    let text = value.str()?;
    match parse_role(&text.value) {
        Ok(role) => Some(At { value: role, span: text.span }),
        Err(error) => unknown_word("unknown-role", &text, &error, role_words().iter().map(String::as_str), problems),
    }
}

/// A list of roles, each once.
pub(super) fn roles(table: &Table<'_>, key: &'static str) -> Option<Vec<At<Role>>> {
    let problems = table.problems();
    let asked = table.get(key)?.list()?;
    let count = asked.len();
    let mut roles: Vec<At<Role>> = Vec::new();
    for role in asked.into_iter().filter_map(|value| role(value, problems)) {
        if !roles.iter().any(|known| known.value == role.value) {
            roles.push(role);
        }
    }
    // A list whose every word is wrong has said so already; it is not empty besides.
    if roles.is_empty() && count > 0 { None } else { Some(roles) }
}

fn read_unless(value: Value<'_>, problems: &Problems) -> Option<At<Unless>> {
    let text = value.str()?;
    match parse_unless(&text.value) {
        Ok(unless) => Some(At { value: unless, span: text.span }),
        Err(error) => unknown_word("unknown-condition", &text, &error, unless_words(), problems),
    }
}

fn unknown_word<'a, T>(
    code: &'static str,
    text: &At<String>,
    error: &SentenceError,
    known: impl IntoIterator<Item = &'a str>,
    problems: &Problems,
) -> Option<T> {
    let language = problems.language;
    let example = error.example(language);
    let otherwise = say!(language, "viết ví dụ: {example}", "write e.g.: {example}");
    let help = problems.did_you_mean(&text.value, known, otherwise);
    problems.error_with_help(code, text.span, error.describe(language), help);
    None
}

/// An amount, or an error that shows a correct one.
pub(super) fn amount(table: &Table<'_>, key: &'static str) -> Option<At<Amount>> {
    let text = table.str(key)?;
    let problems = table.problems();
    match parse_amount(&text.value) {
        Ok(amount) => {
            warn_of_bare_days(amount, text.span, problems);
            Some(At { value: amount, span: text.span })
        }
        Err(error) => {
            let language = problems.language;
            let (said, shown) = (error.describe(language), quoted(&text.value));
            let message = say!(language, "không hiểu {shown}: {said}", "{shown} is not understood: {said}");
            let help = say!(
                language,
                "viết ví dụ \"5 ngày làm việc\" hoặc \"4 giờ làm việc\"",
                "write e.g. \"5 working days\" or \"4 working hours\"",
            );
            problems.error_with_help("bad-amount", text.span, message, help);
            None
        }
    }
}

fn read_repeat(table: Table<'_>) -> Option<Repeat> {
    table.require(&["every"]);
    let every = amount(&table, "every");
    let until = table.get("until").and_then(|value| read_unless(value, table.problems()));
    let max = table.int("max").and_then(|max| in_range(&table, "max", &max, 1, REPEAT_MAX));
    table.finish();
    let max = max.and_then(|max| u16::try_from(max).ok()).unwrap_or(Repeat::MAX_DEFAULT);
    Some(Repeat { every: every?.value, until: until.map(|until| until.value), max })
}

/// The number, when it lies between the two (both included).
pub(super) fn in_range(table: &Table<'_>, key: &str, number: &At<i64>, least: i64, most: i64) -> Option<i64> {
    let (value, path) = (number.value, table.path());
    if (least..=most).contains(&value) {
        return Some(value);
    }
    let language = table.problems().language;
    let message = say!(language, "\"{path}.{key}\" không thể là {value}", "\"{path}.{key}\" cannot be {value}");
    let help = say!(language, "ghi một số từ {least} đến {most}", "give a number from {least} to {most}");
    table.problems().error_with_help("out-of-range", number.span, message, help);
    None
}

fn read_channels(table: &Table<'_>) -> Option<Channels> {
    let value = table.get("channels")?;
    if !value.is_list() {
        let word = if value.is_text() {
            value.str()?
        } else {
            return value.wrong(("\"preferred\", \"all\" hoặc danh sách kênh", "\"preferred\", \"all\" or a list of channels"));
        };
        let all = one_of(table, &word, "channels", &[("preferred", false), ("all", true)])?;
        return Some(if all { Channels::All } else { Channels::Preferred });
    }
    let span = value.span();
    let known = [("email", ChannelKind::Email), ("telegram", ChannelKind::Telegram)];
    let items = value.list()?;
    let empty = items.is_empty();
    let mut listed: Vec<ChannelKind> = Vec::new();
    for word in items.into_iter().filter_map(Value::str) {
        if let Some(kind) = one_of(table, &word, "channels", &known).filter(|kind| !listed.contains(kind)) {
            listed.push(kind);
        }
    }
    if empty {
        let language = table.problems().language;
        let message = say!(language, "danh sách kênh trống", "the list of channels is empty");
        let help = say!(
            language,
            "bỏ dòng này để dùng kênh ưu tiên của mỗi người",
            "leave the line out to use each person's preferred channel"
        );
        table.problems().error_with_help("no-channel-listed", span, message, help);
    }
    Some(Channels::Listed(listed))
}
