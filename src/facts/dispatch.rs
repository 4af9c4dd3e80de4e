//! Rows of dispatches, directives, figures and extensions.

use jiff::civil::Date;

use super::deadline::{deadline, new_deadline, series};
use super::organisation::place;
use super::quote::quote;
use super::read::{Alone, Dispatches};
use super::reference::{DispatchRef, KnownDispatch};
use super::state::state;
use super::words::{clause, id, ids, number, role, short, spot, values, word};
use super::{Correction, DirectiveFact, DispatchFact, ExtensionFact, FigureFact, Row, TITLE_CHARS_MAX, normal_number};
use crate::diagnostic::{Span, quoted};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::directive::{DirectiveName, Follow, Secrecy, Urgency};
use crate::domain::hidden::seen;
use crate::domain::recurrence::Period;
use crate::domain::rules::Compare;
use crate::domain::target::Target;
use crate::tree::{At, Problems, Table, Value, say};

/// The most characters of a subject.
const SUBJECT_CHARS_MAX: usize = 1_000;
/// The most characters of a clause's text.
const TEXT_CHARS_MAX: usize = 20_000;

pub(super) fn dispatch(table: Table<'_>) -> Option<Row<DispatchFact>> {
    table.require(&["number", "issuer", "date"]);
    let (at, problems) = (place(&table), table.problems());
    let mut keys = Vec::new();
    let own = number(&table, "number");
    let issuer = short(&table, "issuer", 200);
    let date = table.date("date");
    let received = table.date("received");
    let secrecy = word(&table, "secrecy", Secrecy::parse, &Secrecy::ALL.map(Secrecy::as_str));
    let subject = if secrecy.unwrap_or_default() >= Secrecy::Mat {
        refuse_secret(&table, &["subject", "incoming_number"]);
        None
    } else {
        short(&table, "subject", SUBJECT_CHARS_MAX).map(|one| one.value)
    };
    let monitor = role(&table, "monitor");
    let urgency = word(&table, "urgency", Urgency::parse, &Urgency::ALL.map(Urgency::as_str));
    let incoming_number = short(&table, "incoming_number", 60).map(|one| one.value);
    let replaces = number(&table, "replaces").map(|one| one.value);
    let supplements = number(&table, "supplements").map(|one| one.value);
    table.finish();
    if let (Some(date), Some(received)) = (&date, &received)
        && received.value < date.value
    {
        let (language, issued, arrived) = (problems.language, date.value, received.value);
        problems.error_with_help(
            "received-before-issued",
            received.span,
            say!(language, "ngày nhận {arrived} trước ngày văn bản {issued}", "received on {arrived}, issued on {issued}"),
            say!(language, "xem lại hai ngày", "look at the two dates"),
        );
    }
    spot(&mut keys, "number", own.as_ref());
    spot(&mut keys, "monitor", monitor.as_ref());
    let value = DispatchFact {
        number: own?.value,
        issuer: issuer?.value,
        date: date?.value,
        received: received.map(|one| one.value),
        incoming_number,
        replaces,
        supplements,
        subject,
        monitor: monitor.map(|one| one.value),
        urgency: urgency.unwrap_or_default(),
        secrecy: secrecy.unwrap_or_default(),
    };
    Some(Row { value, at, keys })
}

pub(super) fn directive(table: Table<'_>, known: &Dispatches, calendar: &WorkingCalendar) -> Option<Row<DirectiveFact>> {
    let (at, mut keys) = (place(&table), Vec::new());
    let dispatch = match known.alone_in(at.source) {
        // A file of one dispatch need not say it again in each row.
        Alone::One(reference) if !table.has("dispatch") => Some(At { value: reference, span: at.span }),
        Alone::Unread if !table.has("dispatch") => return None,
        _ => {
            table.require(&["dispatch"]);
            dispatch_ref(&table)
        }
    };
    table.require(&["clause", "lead"]);
    let parent = dispatch.as_ref().and_then(|one| known.find(&one.value, one.span, table.problems()));
    let clause = clause(&table, "clause");
    let clause_as_typed = short(&table, "clause_as_typed", 40).map(|one| one.value);
    let secret = is_secret(parent.as_ref());
    let (title, text) = if secret {
        refuse_secret(&table, &["title", "text", "quote", "clause_as_typed", "deadline_wording", "deadline_set_by", "target"]);
        (dispatch.as_ref().zip(clause.as_ref()).map(|(dispatch, clause)| code_of(&dispatch.value, clause)), None)
    } else {
        table.require(&["title"]);
        (short(&table, "title", TITLE_CHARS_MAX).map(|one| one.value), long(&table, "text"))
    };
    let quote = table.table("quote").filter(|_| !secret).and_then(quote);
    table.bool("agreed");
    let (lead, coordinating) = (ids(&table, "lead"), ids(&table, "coordinating"));
    if lead.is_empty() && table.has("lead") {
        no_lead(&table);
    }
    let assignee = id(&table, "assignee");
    let deadline = deadline(&table, parent.as_ref().map(|parent| parent.date), calendar);
    let (until, cut_off) = series(&table, deadline.as_ref());
    let deadline_set_by = short(&table, "deadline_set_by", 40).map(|one| one.value);
    let words = [Follow::Press, Follow::Review, Follow::List].map(Follow::as_str);
    let follow = word(&table, "follow", Follow::parse, &words);
    let target = table.table("target").and_then(target);
    let supervisor = role(&table, "supervisor");
    if secret && table.has("state") {
        refuse_secret_state(&table);
    }
    let state = table.table("state").and_then(state);
    let correction = table.bool("correction").is_some_and(|one| one.value);
    keys.push(("deadline", table.key_span("deadline")));
    keys.push(("state", table.key_span("state")));
    table.finish();
    spot(&mut keys, "dispatch", dispatch.as_ref());
    keys.extend(lead.iter().map(|one| ("lead", one.span)));
    keys.extend(coordinating.iter().map(|one| ("coordinating", one.span)));
    spot(&mut keys, "assignee", assignee.as_ref());
    spot(&mut keys, "supervisor", supervisor.as_ref());
    let (clause, ordinal) = clause?;
    keys.push(("clause", clause.span));
    let value = DirectiveFact {
        dispatch: dispatch?.value.to_string(),
        clause: clause.value,
        clause_as_typed,
        ordinal,
        title: title?,
        text: text.or_else(|| quote.as_ref().map(|quote| quote.text.clone())),
        quote,
        lead: values(lead),
        coordinating: values(coordinating),
        assignee: assignee.map(|one| one.value),
        follow: follow.unwrap_or(if deadline.is_some() { Follow::Press } else { Follow::Review }),
        deadline,
        deadline_set_by,
        supervisor: supervisor.map(|one| one.value),
        target,
        until,
        cut_off,
        state,
        correction: if correction { Correction::Yes } else { Correction::No },
    };
    Some(Row { value, at, keys })
}

pub(super) fn figure(table: Table<'_>, known: &Dispatches) -> Option<Row<FigureFact>> {
    table.require(&["directive", "unit", "as_of", "value"]);
    let (at, mut keys) = (place(&table), Vec::new());
    let directive = directive_name(&table, known);
    if directive.as_ref().is_some_and(|(_, parent)| is_secret(parent.as_ref())) {
        refuse_secret(&table, &["value", "source"]);
    }
    let directive = directive.map(|(name, _)| name);
    let unit = id(&table, "unit");
    let as_of = table.date("as_of");
    let value = table.float("value");
    let source = short(&table, "source", 200).map(|one| one.value);
    table.finish();
    spot(&mut keys, "directive", directive.as_ref());
    spot(&mut keys, "unit", unit.as_ref());
    let value = FigureFact { directive: directive?.value, unit: unit?.value, as_of: as_of?.value, value: value?.value, source };
    Some(Row { value, at, keys })
}

pub(super) fn extension(table: Table<'_>, known: &Dispatches, calendar: &WorkingCalendar) -> Option<Row<ExtensionFact>> {
    table.require(&["directive", "deadline"]);
    let (at, mut keys) = (place(&table), Vec::new());
    let directive = directive_name(&table, known);
    let issued: Option<Date> = directive.as_ref().and_then(|(_, parent)| parent.as_ref()).map(|parent| parent.date);
    if directive.as_ref().is_some_and(|(_, parent)| is_secret(parent.as_ref())) {
        refuse_secret(&table, &["basis"]);
    }
    let unit = id(&table, "unit");
    let (period, period_span) = (period(&table), table.key_span("period"));
    let deadline = new_deadline(&table, issued, calendar);
    let basis = short(&table, "basis", 200).map(|one| one.value);
    let date = table.date("date").map(|one| one.value);
    table.finish();
    let directive = directive.map(|(name, _)| name);
    spot(&mut keys, "directive", directive.as_ref());
    spot(&mut keys, "unit", unit.as_ref());
    keys.push(("period", period_span));
    let value =
        ExtensionFact { directive: directive?.value, unit: unit.map(|one| one.value), period, deadline: deadline?, basis, date };
    Some(Row { value, at, keys })
}

/// The period an extension is for, as names of assignments end.
fn period(table: &Table<'_>) -> Option<Period> {
    let found = table.str("period")?;
    let read = Period::parse(&found.value);
    if read.is_none() {
        let (problems, shown) = (table.problems(), quoted(&found.value));
        let language = problems.language;
        problems.error_with_help(
            "bad-period",
            found.span,
            say!(language, "\"period\": {shown} không phải một kỳ", "\"period\": {shown} is no period"),
            say!(
                language,
                "viết như \"2026-03\", \"2026-W12\", \"2026-Q1\", \"2026-H1\" hoặc \"2026\"",
                "write \"2026-03\", \"2026-W12\", \"2026-Q1\", \"2026-H1\" or \"2026\""
            ),
        );
    }
    read
}

fn target(table: Table<'_>) -> Option<Target> {
    table.require(&["metric", "op", "value"]);
    let metric = id(&table, "metric");
    let op = word(&table, "op", Compare::parse, &["<", "<=", "=", ">=", ">"]);
    let value = table.float("value");
    let unit = short(&table, "unit", 40).map_or_else(|| "%".to_owned(), |one| one.value);
    let from = table.date("from").map(|one| one.value);
    let start = table.float("start").map(|one| one.value);
    let pace = table.list_of("pace", pace_point).unwrap_or_default();
    if let Some(pair) = pace.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
        let (language, day) = (table.problems().language, pair[1].0);
        table.problems().error_with_help(
            "pace-not-rising",
            table.key_span("pace"),
            say!(language, "\"pace\": ngày {day} không sau ngày đứng trước", "\"pace\": {day} does not follow the day before it"),
            say!(language, "xếp các ngày tăng dần, mỗi ngày một lần", "order the days, each once"),
        );
    }
    table.finish();
    Some(Target { metric: metric?.value, op: op?, value: value?.value, unit, from, start, pace })
}

fn pace_point(value: Value<'_>) -> Option<(Date, f64)> {
    let wanted = value.clone();
    let mut pair = value.list()?.into_iter();
    let (Some(day), Some(number), None) = (pair.next(), pair.next(), pair.next()) else {
        return wanted.wrong(("một cặp như [\"2023-06-30\", 40]", "a pair like [\"2023-06-30\", 40]"));
    };
    Some((day.date()?.value, number.float()?.value))
}

fn dispatch_ref(table: &Table<'_>) -> Option<At<DispatchRef>> {
    let found = table.str("dispatch")?;
    let read = DispatchRef::parse(&found.value);
    if read.is_none() {
        let (problems, shown) = (table.problems(), quoted(&found.value));
        let language = problems.language;
        problems.error_with_help(
            "bad-number",
            found.span,
            say!(language, "\"dispatch\": {shown} không phải số, ký hiệu văn bản", "\"dispatch\": {shown} is no dispatch"),
            say!(
                language,
                "viết như \"4988/UBND-CCHC\" hoặc \"2023:4988/UBND-CCHC\"",
                "write \"4988/UBND-CCHC\" or \"2023:4988/UBND-CCHC\""
            ),
        );
    }
    Some(At { value: read?, span: found.span })
}

/// A directive's name in its normal form, and the dispatch it stands in.
fn directive_name(table: &Table<'_>, known: &Dispatches) -> Option<(At<String>, Option<KnownDispatch>)> {
    let found = table.str("directive")?;
    let Some(mut name) = DirectiveName::parse(&found.value) else {
        let (problems, shown) = (table.problems(), quoted(&found.value));
        let language = problems.language;
        problems.error_with_help(
            "bad-directive",
            found.span,
            say!(language, "\"directive\": {shown} không phải tên nội dung", "\"directive\": {shown} is no directive"),
            say!(
                language,
                "viết số văn bản, dấu # và điểm: \"4988/UBND-CCHC#1.e\"",
                "write number, # and clause: \"4988/UBND-CCHC#1.e\""
            ),
        );
        return None;
    };
    name.number = normal_number(&name.number);
    let parent = known.find(&DispatchRef::of(&name), found.span, table.problems());
    Some((At { value: name.to_string(), span: found.span }, parent))
}

/// A text of several lines, trimmed; `None` when blank.
fn long(table: &Table<'_>, key: &'static str) -> Option<String> {
    let found = table.nfc_str(key)?;
    let text = found.value.trim();
    let chars = text.chars().count();
    if chars > TEXT_CHARS_MAX {
        let problems = table.problems();
        let language = problems.language;
        problems.error(
            "text-too-long",
            found.span,
            say!(
                language,
                "\"{key}\" dài {chars} ký tự, tối đa {TEXT_CHARS_MAX}",
                "\"{key}\" has {chars} characters, at most {TEXT_CHARS_MAX}"
            ),
        );
    }
    let kept = seen(text).into_owned();
    (!kept.is_empty()).then_some(kept)
}

/// What stands for the title of a secret directive.
fn code_of(dispatch: &DispatchRef, (clause, ordinal): &(At<String>, u16)) -> String {
    let again = if *ordinal > 1 { format!("~{ordinal}") } else { String::new() };
    format!("{}#{}{again}", dispatch.number, clause.value)
}

fn no_lead(table: &Table<'_>) {
    let language = table.problems().language;
    table.problems().error_with_help(
        "no-lead-unit",
        table.key_span("lead"),
        say!(language, "\"lead\" không có đơn vị nào", "\"lead\" names no unit"),
        say!(language, "ghi ít nhất một đơn vị chủ trì: lead = [\"pnv\"]", "name at least one lead unit: lead = [\"pnv\"]"),
    );
}

fn is_secret(dispatch: Option<&KnownDispatch>) -> bool {
    dispatch.is_some_and(|dispatch| dispatch.secrecy >= Secrecy::Mat)
}

/// Reports what a secret dispatch must not carry. The values are not shown.
fn refuse_secret(table: &Table<'_>, keys: &[&'static str]) {
    for key in keys.iter().filter(|key| table.get(key).is_some()) {
        secret_text(table.problems(), table.key_span(key), key);
    }
}

/// What was done about a secret duty is not taken either: only that it was.
fn refuse_secret_state(table: &Table<'_>) {
    if let Some(state) = table.table("state") {
        for key in ["note", "document"] {
            if state.has(key) {
                secret_text(table.problems(), state.key_span(key), key);
            }
        }
    }
}

fn secret_text(problems: &Problems, span: Span, key: &str) {
    let language = problems.language;
    problems.error_with_help(
        "secret-text",
        span,
        say!(language, "văn bản từ độ mật trở lên: không nhận khóa \"{key}\"", "the dispatch is secret: \"{key}\" is not taken"),
        say!(
            language,
            "xóa dòng đó khỏi tệp; chỉ ghi mã, thời hạn, đơn vị và người",
            "remove the line from the file; only a code, the deadline, units and people are taken"
        ),
    );
}
