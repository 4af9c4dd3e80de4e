//! `why`: the recorded decision behind a message.

use serde_json::{Value, json};

use super::common::{Form, Ground};
use super::explain;
use super::failure::Failure;
use super::print;
use super::row::{moment, rfc3339};
use super::words;
use crate::domain::reminder::StepRef;
use crate::domain::rules::Language;
use crate::engine::why::{Basis, Why, WhyMessage, WhyReminder, why};
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Explain a message: for each item the rule that brought it, the config that held,
why at that instant, the state of the assignment it was decided on, how the
recipient was found and why over that channel; which clock was believed, and
what the others said; then each transmission and its answer. MESSAGE is the key
(X-Dondoc-Message), the Message-ID, or the code of an item such as R17.

What the journal holds is told as recorded; what it does not hold is computed
again and says so.

Examples:
  dondoc why 4tq7vmo6n2i5w3pa7zlk2c5yde
  dondoc why R17 --json

Exit codes: 0 explained, 1 there is no such message.";

/// Explains.
///
/// # Errors
/// When there is no store, or no message of that name.
pub async fn run(ground: &Ground, asked: &str) -> Result<(), Failure> {
    let engine = ground.engine(ground.open().await?);
    let Some(found) = why(&engine, asked, ground.now).await? else {
        let message = say!(ground.language, "không có tin nào tên \"{asked}\"", "there is no message \"{asked}\"");
        let help = say!(
            ground.language,
            "lấy mã ở cuối mỗi mục của tin, ở X-Dondoc-Message, hoặc bằng dondoc show NHIỆM-VỤ",
            "take the code at the end of an item, X-Dondoc-Message, or the key that `dondoc show ASSIGNMENT` prints"
        );
        return Err(Failure::refused(message, help));
    };
    match ground.form {
        Form::Json => print::json(&to_json(&found, ground)),
        Form::Table => print::text(&text(&found, ground)),
    }
    Ok(())
}

fn text(found: &Why, ground: &Ground) -> String {
    let mut text = match &found.message {
        Some(message) => message_text(message, ground),
        None => say!(ground.language, "Chưa có tin nào mang mục này.\n", "No message carries this item.\n"),
    };
    for reminder in &found.reminders {
        text.push('\n');
        text += &reminder_text(reminder, found, ground);
    }
    text
}

fn message_text(message: &WhyMessage, ground: &Ground) -> String {
    let (language, zone) = (ground.language, ground.config.rules.calendar.time_zone());
    let key = &message.key;
    let state = words::message_state(message.state, language);
    let at = message.settled_at.map(|at| format!(" {}", moment(at, zone))).unwrap_or_default();
    let why = words::reason(&message.reason, language);
    let why = if why.is_empty() || message.reason == "packed" { String::new() } else { format!(" ({why})") };
    let mut text = say!(language, "Tin {key}: {state}{at}{why}\n", "Message {key}: {state}{at}{why}\n");
    let to = explain::person(&message.to);
    let channel = &message.channel;
    let to = say!(language, "{to}, qua {channel}", "{to}, by {channel}");
    let to = if message.is_trial {
        say!(language, "{to}; đang chạy thử nên gửi vào hộp thư chạy thử", "{to}; in trial, so it went to the trial mailbox")
    } else {
        to
    };
    let over = message.passed_over.iter().map(|(channel, why)| explain::passed_over(channel, why, language));
    let (packed, digest) = (moment(message.packed_at, zone), explain::digest(&message.config_digest));
    text += &explain::block(
        "  ",
        &[
            (say!(language, "Tiêu đề", "Subject"), message.subject.clone().unwrap_or_default()),
            (say!(language, "Người nhận", "Recipient"), to),
            (say!(language, "Kênh khác", "Other channels"), over.collect::<Vec<_>>().join("; ")),
            (
                say!(language, "Lập tin", "Packed"),
                say!(language, "{packed}, theo cấu hình {digest}", "{packed}, under the config {digest}"),
            ),
            (say!(language, "Đồng hồ", "Clock"), explain::clock(&message.clock.0, message.clock.1, language)),
        ],
    );
    for attempt in &message.attempts {
        let (number, started) = (attempt.number, moment(attempt.started_at, zone));
        let verdict = verdict(attempt.verdict.as_deref(), language);
        let said = attempt.reason.as_deref().filter(|said| !said.is_empty()).map(|said| format!(": {said}")).unwrap_or_default();
        text += &say!(
            language,
            "  Lần gửi {number}: {started}, {verdict}{said}\n",
            "  Attempt {number}: {started}, {verdict}{said}\n"
        );
    }
    text
}

/// What the channel answered.
pub fn verdict(verdict: Option<&str>, language: Language) -> String {
    match verdict {
        Some("accepted") => say!(language, "kênh gửi đã nhận", "taken"),
        Some("deferred") => say!(language, "chưa nhận, sẽ gửi lại", "not now"),
        Some("refused") => say!(language, "bị từ chối", "refused"),
        Some("uncertain") => say!(language, "không rõ kết quả", "answer lost"),
        Some(other) => other.to_owned(),
        None => say!(language, "đang gửi", "on the wire"),
    }
}

fn reminder_text(reminder: &WhyReminder, found: &Why, ground: &Ground) -> String {
    let (language, calendar) = (ground.language, &ground.config.rules.calendar);
    let (id, name, title) = (reminder.id, &reminder.assignment, &reminder.title);
    let mut text = say!(language, "{name} (mã R{id}): {title}\n", "{name} (code R{id}): {title}\n");
    let grounds = reminder.grounds.as_ref();
    let step = explain::lower(&words::step(&reminder.step, language));
    let times = reminder.occurrence;
    let times = if times > 1 { say!(language, ", lần {times:02}", ", time {times}") } else { String::new() };
    let policy = &reminder.policy;
    let label = reminder.label.as_ref().map(|label| format!(" \"{label}\"")).unwrap_or_default();
    let said = grounds.and_then(|grounds| grounds.rule.as_ref()).map(|rule| explain::rule(rule, language)).unwrap_or_default();
    let said = if said.is_empty() { said } else { format!(": {said}") };
    let on = calendar.date_of(reminder.due_at);
    let who = found.message.as_ref().map(|message| message.to.code.as_str()).unwrap_or_default();
    let path = |(role, how): &(_, _)| explain::path(role, how, who, &found.directory, on, language);
    let paths = reminder.found.iter().map(path).collect::<Vec<_>>().join("; ");
    let copy = if reminder.is_copy { say!(language, " (để biết)", " (a copy)") } else { String::new() };
    let others = reminder.others.iter().map(|(person, channel, state)| {
        let state = item_state(state, language);
        format!("{} ({channel}, {state})", explain::person(person))
    });
    // What an act has made counts from nothing; the act itself is the cause.
    let is_notice = matches!(reminder.step, StepRef::Notice(_)) && said.is_empty();
    let cause = if is_notice { String::new() } else { explain::cause(&reminder.reason, language) };
    let leaves = if reminder.due_at > reminder.moment {
        let at = moment(reminder.due_at, calendar.time_zone());
        say!(language, "; được gửi từ {at}", "; allowed to leave from {at}")
    } else {
        String::new()
    };
    text += &explain::block(
        "  ",
        &[
            (
                say!(language, "Quy tắc", "Rule"),
                say!(language, "{policy}, {step}{label}{times}{said}", "{policy}, {step}{label}{times}{said}"),
            ),
            (say!(language, "Lý do", "Cause"), cause),
            (
                say!(language, "Thời điểm", "Instant"),
                explain::calendar(grounds.and_then(|grounds| grounds.calendar.as_ref()), reminder.moment, ground) + &leaves,
            ),
            (
                say!(language, "Tình trạng khi quyết định", "State it was decided on"),
                grounds.map(|grounds| explain::facts(&grounds.facts, ground)).unwrap_or_default(),
            ),
            (say!(language, "Tìm người nhận", "Recipient found"), format!("{paths}{copy}")),
            (say!(language, "Người nhận khác", "Other recipients"), others.collect::<Vec<_>>().join(", ")),
            (say!(language, "Nguồn", "Source"), source(reminder, language)),
        ],
    );
    text
}

fn source(reminder: &WhyReminder, language: Language) -> String {
    let digest = explain::digest(&reminder.config_digest);
    match (reminder.basis, reminder.journal_seq) {
        (Basis::Recorded, Some(seq)) => {
            say!(language, "nhật ký, dòng {seq}; cấu hình {digest}", "journal, row {seq}; config {digest}")
        }
        (_, Some(seq)) => say!(
            language,
            "nhật ký, dòng {seq}; cấu hình {digest}; thời điểm và tình trạng được tính lại theo quy tắc hiện nay",
            "journal, row {seq}; config {digest}; instant and state computed again under the rules of today"
        ),
        (_, None) => say!(
            language,
            "tính lại từ dữ liệu đã ghi, theo quy tắc hiện nay; cấu hình khi đó {digest}",
            "computed again from the record, under the rules of today; config then {digest}"
        ),
    }
}

/// Where one person's part of a reminder stands.
fn item_state(state: &str, language: Language) -> String {
    match state {
        "accepted" => say!(language, "đã gửi", "sent"),
        "failed" => say!(language, "không gửi được", "failed"),
        _ => say!(language, "đang chờ", "waits"),
    }
}

fn to_json(found: &Why, ground: &Ground) -> Value {
    let zone = ground.config.rules.calendar.time_zone();
    let at = |at| rfc3339(at, zone);
    let reminders: Vec<Value> = found.reminders.iter().map(|reminder| reminder_json(reminder, found, ground)).collect();
    let Some(message) = &found.message else { return json!({ "message": null, "reminders": reminders }) };
    let over = message.passed_over.iter().map(|(channel, why)| json!({ "channel": channel, "reason": why }));
    let attempts = message.attempts.iter().map(|attempt| {
        json!({ "number": attempt.number, "started_at": at(attempt.started_at), "ended_at": attempt.ended_at.map(at),
            "verdict": attempt.verdict, "reason": attempt.reason })
    });
    json!({
        "message": message.key, "to": message.to.code, "name": message.to.name, "channel": message.channel, "kind": message.kind,
        "subject": message.subject, "state": message.state.as_str(), "reason": message.reason,
        "config_digest": message.config_digest, "packed_at": at(message.packed_at), "settled_at": message.settled_at.map(at),
        "clock": explain::clock_json(&message.clock.0, message.clock.1), "trial": message.is_trial, "other_channels": over.collect::<Vec<_>>(), "attempts": attempts.collect::<Vec<_>>(),
        "reminders": reminders,
    })
}

fn reminder_json(reminder: &WhyReminder, found: &Why, ground: &Ground) -> Value {
    let zone = ground.config.rules.calendar.time_zone();
    let grounds = reminder.grounds.as_ref();
    let step = reminder.step.to_string();
    let to = found.message.as_ref().map(|message| (&message.to.code, &message.channel));
    json!({
        "code": format!("R{}", reminder.id), "assignment": reminder.assignment, "title": reminder.title, "step": step,
        "occurrence": reminder.occurrence, "reason": reminder.reason, "due_at": rfc3339(reminder.due_at, zone),
        "rule": explain::rule_json(&reminder.policy, &step, grounds.and_then(|grounds| grounds.rule.as_ref()), ground.language),
        "config_digest": reminder.config_digest, "journal_row": reminder.journal_seq, "basis": reminder.basis.as_str(),
        "calendar_reason": explain::calendar_json(grounds.and_then(|grounds| grounds.calendar.as_ref()), reminder.moment, ground),
        "state_facts": grounds.map(|grounds| explain::facts_json(&grounds.facts, ground)),
        "recipient": {
            "person": to.map(|(person, _)| person), "channel": to.map(|(_, channel)| channel), "copy": reminder.is_copy,
            "found": reminder.found.iter().map(|(role, how)| explain::path_json(role, how, &found.directory)).collect::<Vec<_>>(),
        },
        "others": reminder.others.iter().map(|(person, channel, state)| json!({
            "person": person.code, "channel": channel, "state": state })).collect::<Vec<_>>(),
    })
}
