//! `show`: one assignment with everything that happened to it, or a directive as a row per unit.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::common::{Form, Ground};
use super::failure::Failure;
use super::list::print_rows;
use super::print;
use super::row::{Row, day, journalled_deadline_words, moment, number, rfc3339};
use super::words;
use crate::channel::wording::period_words;
use crate::domain::directive::{AssignmentName, DirectiveName, Work};
use crate::domain::rules::Language;
use crate::store::naming;
use crate::store::queries::{self, ListFilter};
use crate::store::quotes::QuoteLine;
use crate::store::timeline::{MessageLine, ReplyLine, Timeline, timeline};
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Show an assignment (NUMBER#CLAUSE@UNIT) with its timeline: reminders, messages
with their attempts, replies, extensions, corrected deadlines, figures. Or a
directive (NUMBER#CLAUSE) as a row per unit.

Examples:
  dondoc show '4988/UBND-CCHC#1.e@p07'
  dondoc show '4988/UBND-CCHC#1.e' --json
  dondoc show '2023:4988/UBND-CCHC#3.1~2'          where the short name fits two";

/// Shows.
///
/// # Errors
/// When there is no store, or nothing of that name.
pub async fn run(ground: &Ground, name: &str) -> Result<(), Failure> {
    let (assignment, directive) = (AssignmentName::parse(name), DirectiveName::parse(name));
    if assignment.is_none() && directive.is_none() {
        return Err(malformed(name, ground.language));
    }
    let store = ground.open().await?;
    let mut tx = store.snapshot().await?;
    if let Some(assignment) = assignment {
        let id = naming::find_assignment(&mut tx, &assignment).await?;
        let found = timeline(&mut tx, id).await?;
        tx.commit().await?;
        let found = found.ok_or_else(|| unknown(name))?;
        let row = Row::new(found.row.clone(), ground);
        match ground.form {
            Form::Json => print::json(&to_json(&found, &row, ground)),
            Form::Table => print_timeline(&found, &row, ground),
        }
        return Ok(());
    }
    let Some(directive) = directive else { return Err(malformed(name, ground.language)) };
    let id = naming::find_directive(&mut tx, &directive).await?;
    let rows = queries::list(&mut tx, &ListFilter { directive_id: Some(id), ..ListFilter::default() }).await?;
    tx.commit().await?;
    print_rows(&rows.into_iter().map(|row| Row::new(row, ground)).collect::<Vec<_>>(), ground);
    Ok(())
}

/// A name that is none: wrong usage.
pub fn malformed(name: &str, language: Language) -> Failure {
    let message = say!(language, "\"{name}\" không phải tên nhiệm vụ", "\"{name}\" is no name of an assignment");
    let help = say!(
        language,
        "viết SỐ#ĐIỂM@ĐƠN-VỊ, ví dụ '4988/UBND-CCHC#1.e@p07'; xem tên bằng dondoc list",
        "write NUMBER#CLAUSE@UNIT, e.g. '4988/UBND-CCHC#1.e@p07'; `dondoc list` prints the names"
    );
    Failure::usage(message, help)
}

fn unknown(name: &str) -> Failure {
    crate::store::StoreError::Unknown { what: "assignment", name: name.to_owned() }.into()
}

fn to_json(found: &Timeline, row: &Row, ground: &Ground) -> Value {
    let zone = ground.config.rules.calendar.time_zone();
    let at = |at: Timestamp| rfc3339(at, zone);
    let mut object = row.to_json();
    let more = json!({
        "text": found.text,
        "clause_as_typed": found.clause_as_typed,
        "quote": found.quote.as_ref().map(quote_json),
        "unit_name": row.row.unit_name,
        "inherited_from": row.row.inherited_from,
        "inherited_at": row.row.inherited_at.map(at),
        "coordinating_units": found.coordinating,
        "subject": row.row.subject,
        "deadline_text": row.row.deadline_text,
        "deadline_set_by": row.row.deadline_set_by,
        "period": found.period.map(|period| {
            let (from, to) = period.window(found.cut_off);
            json!({ "name": period.to_string(), "figures": { "from": from.to_string(), "to": to.to_string() } })
        }),
        "target": found.target.as_ref().map(|target| json!({
            "metric": target.metric, "op": target.op.as_str(), "value": target.value, "unit": target.unit,
        })),
        "follow": row.row.follow.as_str(),
        "known_at": at(row.row.known_at),
        "promised_until": row.row.promised_until.map(|day| day.to_string()),
        "paused_until": row.row.paused_until.map(at),
        "blocked_by": row.row.blocked_by.as_ref().filter(|_| row.row.work == Work::Blocked).map(|unit| &unit.code),
        "blocked_until": row.row.blocked_until.map(at),
        "transferred_from": row.row.from_unit.as_ref().map(|unit| &unit.code),
        "reminders": found.reminders.iter().map(|line| json!({
            "step": line.step.to_string(), "occurrence": line.occurrence, "policy": line.policy, "anchor": line.anchor,
            "moment": at(line.moment), "due_at": at(line.due_at), "state": line.state.as_str(), "reason": line.reason,
            "settled_at": line.settled_at.map(at), "trial": line.is_trial,
        })).collect::<Vec<_>>(),
        "messages": found.messages.iter().map(|line| message_json(line, found, zone)).collect::<Vec<_>>(),
        "replies": found.replies.iter().map(|line| json!({
            "reply": line.kind.as_str(), "at": at(line.at), "person": line.person,
            "on": line.on.map(|day| day.to_string()), "until": line.until.map(|day| day.to_string()),
            "percent": line.percent, "note": line.note, "document": line.document,
            "to_unit": line.unit.as_ref().map(|unit| &unit.code),
            "by": heard_by(line.detail.as_deref()), "undone_at": line.undone_at.map(at),
            "doubt": line.doubt, "confirmed_at": line.confirmed_at.map(at),
        })).collect::<Vec<_>>(),
        "extensions": found.extensions.iter().map(|line| json!({
            "at": at(line.recorded_at), "from": line.old_last_day.map(|day| day.to_string()),
            "to": line.new_last_day.to_string(), "time": line.time, "basis": line.basis,
            "date": line.date.map(|day| day.to_string()),
        })).collect::<Vec<_>>(),
        "corrections": found.corrections.iter().map(|line| json!({
            "at": at(line.at), "from": line.old, "to": line.new,
        })).collect::<Vec<_>>(),
        "figures": found.figures.iter().map(|line| json!({
            "as_of": line.as_of.to_string(), "value": line.value, "source": line.source, "recorded_at": at(line.recorded_at),
        })).collect::<Vec<_>>(),
    });
    if let Value::Object(more) = more {
        object.extend(more);
    }
    Value::Object(object)
}

/// The words of the dispatch and their place, as JSON.
pub fn quote_json(quote: &QuoteLine) -> Value {
    json!({
        "text": quote.text, "file": quote.file, "sha256": quote.digest, "line": quote.line,
        "start": quote.bytes.map(|(start, _)| start), "end": quote.bytes.map(|(_, end)| end),
    })
}

/// “… thời gian hoàn thành Quý IV/2023 …” (cong-van.txt, dòng 34)
pub fn quote_words(quote: &QuoteLine, language: Language) -> String {
    let line = quote.line.map(|line| say!(language, "dòng {line}", "line {line}"));
    let place: Vec<String> = [quote.file.clone(), line].into_iter().flatten().collect();
    let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
    format!("“{}”{place}", quote.text)
}

fn message_json(line: &MessageLine, found: &Timeline, zone: &TimeZone) -> Value {
    let at = |at: Timestamp| rfc3339(at, zone);
    json!({
        "key": line.key, "to": line.person, "channel": line.channel, "kind": line.kind, "state": line.state.as_str(),
        "reason": line.reason, "subject": line.subject, "packed_at": at(line.packed_at),
        "settled_at": line.settled_at.map(at), "receipt": line.receipt, "trial": line.is_trial, "steps": steps(line, found),
        "attempts": line.attempts.iter().map(|attempt| json!({
            "number": attempt.number, "started_at": at(attempt.started_at), "ended_at": attempt.ended_at.map(at),
            "verdict": attempt.verdict, "reason": attempt.reason,
        })).collect::<Vec<_>>(),
    })
}

/// The steps a message carries of this assignment.
fn steps(line: &MessageLine, found: &Timeline) -> Vec<String> {
    let carried = found.reminders.iter().filter(|reminder| line.reminders.contains(&reminder.id));
    carried.map(|reminder| reminder.step.to_string()).collect()
}

/// What became of a reply that may not come from its person.
fn weakness(line: &ReplyLine, zone: &TimeZone, language: Language) -> String {
    match (&line.doubt, line.confirmed_at) {
        (None, _) => String::new(),
        (Some(_), None) => say!(language, "chưa được tính, chờ xác nhận", "does not count yet, waits to be confirmed"),
        (Some(_), Some(at)) => {
            let at = moment(at, zone);
            say!(language, "được xác nhận lúc {at}", "confirmed at {at}")
        }
    }
}

/// Phone, paper or meeting, of an answer that somebody else entered.
fn heard_by(detail: Option<&str>) -> Option<String> {
    let detail: Value = serde_json::from_str(detail?).ok()?;
    detail.get("by")?.as_str().map(str::to_owned)
}

fn print_timeline(found: &Timeline, row: &Row, ground: &Ground) {
    let language = ground.language;
    let zone = ground.config.rules.calendar.time_zone();
    let [name, title, unit, deadline, work, time] = row.cells(language);
    let mut head = format!("{name}\n{title}\n");
    let mut line = |label: String, text: &str| {
        if !text.is_empty() {
            head.extend(["  ", &label, ": ", text, "\n"]);
        }
    };
    line(say!(language, "Văn bản", "Dispatch"), row.row.subject.as_deref().unwrap_or_default());
    let former = row
        .row
        .inherited_from
        .as_ref()
        .map_or_else(String::new, |former| say!(language, " (kế thừa {former})", " (successor of {former})"));
    line(say!(language, "Đơn vị chủ trì", "Lead unit"), &format!("{unit}{former}"));
    line(say!(language, "Đơn vị phối hợp", "Coordinating units"), &found.coordinating_names.join(", "));
    if let Some(period) = found.period {
        let ((from, to), words) = (period.window(found.cut_off), period_words(period, language));
        let (from, to) = (day(from), day(to));
        let figures = say!(language, "{words}; số liệu từ {from} đến {to}", "{words}; figures from {from} to {to}");
        line(say!(language, "Kỳ báo cáo", "Period"), &figures);
    }
    line(say!(language, "Thời hạn", "Deadline"), &format!("{deadline}{}", beside_deadline(found, row, language)));
    if let Some(quote) = &found.quote {
        line(say!(language, "Trích văn bản", "Words of the dispatch"), &quote_words(quote, language));
    }
    line(say!(language, "Tình hình", "Work"), &work);
    line(say!(language, "Theo thời hạn", "Time"), &time);
    if let Some(target) = &found.target {
        let last = found.figures.last().map_or_else(String::new, |figure| {
            let (value, unit, day) = (number(figure.value, language), &target.unit, day(figure.as_of));
            say!(language, "; đạt {value} {unit} ngày {day}", "; {value} {unit} on {day}")
        });
        let target = format!("{} {} {} {}{last}", target.metric, target.op.as_str(), number(target.value, language), target.unit);
        line(say!(language, "Chỉ tiêu", "Target"), &target);
    }
    if let Some(unit) = &row.row.from_unit {
        line(say!(language, "Chuyển từ", "Transferred from"), &unit.name);
    }
    if let Some(until) = row.row.blocked_until {
        line(say!(language, "Đôn đốc cấp trên chờ đến", "Escalations wait until"), &moment(until, zone));
    }
    if let Some(until) = row.row.promised_until {
        line(say!(language, "Hẹn xong", "Promised"), &day(until));
    }
    head.push('\n');
    print::text(&head);
    let header = match language {
        Language::Vi => ["Thời điểm", "Việc", "Chi tiết"],
        Language::En => ["When", "What", "Details"],
    };
    print::table(header, events(found, row, ground).into_iter().map(|(_, cells)| cells));
}

/// What stands beside the date once there was an extension: the first date that it has replaced, or that a correction holds and not it.
pub fn beside_extended(found: &Timeline, row: &Row, language: Language) -> Option<String> {
    let last = found.extensions.last()?;
    if row.row.deadline.is_some_and(|deadline| deadline.last_day > last.new_last_day) {
        let until = day(last.new_last_day);
        return Some(say!(
            language,
            " (thời hạn giao đã đính chính; gia hạn trước đó đến {until})",
            " (the assigned one as corrected; extended before until {until})"
        ));
    }
    let original = found.original_last_day.map(|date| {
        let date = day(date);
        say!(language, " (ban đầu {date})", " (originally {date})")
    });
    Some(original.unwrap_or_default())
}

/// The same, or without an extension the wording the date was read from.
fn beside_deadline(found: &Timeline, row: &Row, language: Language) -> String {
    if let Some(words) = beside_extended(found, row, language) {
        return words;
    }
    let wording = row.row.deadline_text.as_deref();
    let wording = wording.filter(|text| row.row.deadline.is_some() && text.contains(char::is_alphabetic));
    wording.map_or_else(String::new, |text| format!(" ({text})"))
}

/// The mark of what a trial brought about.
fn in_trial(language: Option<Language>) -> String {
    language.map_or_else(String::new, |language| say!(language, " (chạy thử)", " (trial)"))
}

/// Everything that happened, oldest first.
fn events(found: &Timeline, row: &Row, ground: &Ground) -> Vec<(Timestamp, [String; 3])> {
    let language = ground.language;
    let zone = ground.config.rules.calendar.time_zone();
    let mut events: Vec<(Timestamp, [String; 3])> = Vec::new();
    let mut add = |at: Timestamp, what: String, details: Vec<String>| {
        let details: Vec<String> = details.into_iter().filter(|part| !part.is_empty()).collect();
        events.push((at, [moment(at, zone), what, details.join("; ")]));
    };
    add(row.row.known_at, say!(language, "Được biết", "Became known"), vec![]);
    if let Some(at) = found.passed_at {
        let why = say!(
            language,
            "kỳ đã kết thúc khi hệ thống không hoạt động; chỉ ghi nhận, không đôn đốc",
            "the period ended while the daemon was down; it is recorded and not pressed"
        );
        add(at, say!(language, "Kỳ đã qua", "Period passed"), vec![why]);
    }
    if let Some(at) = row.row.inherited_at {
        let former = row.row.inherited_from.clone().unwrap_or_default();
        let details = say!(language, "kế thừa {former}", "taken over from {former}");
        let unit = &row.row.unit_name;
        add(at, say!(language, "{unit} thực hiện", "{unit} answers for it"), vec![details]);
    }
    for line in &found.reminders {
        let times = if line.occurrence > 1 { format!(" ({})", line.occurrence) } else { String::new() };
        let state = words::reminder_state(line.state, language).to_owned();
        let what = format!("{}{times}", words::step(&line.step, language));
        add(line.moment, what + &in_trial(line.is_trial.then_some(language)), vec![state, words::reason(&line.reason, language)]);
    }
    for line in &found.messages {
        let (channel, person) = (&line.channel, &line.person_name);
        let tried = line.attempts.len();
        let attempts = say!(language, "{tried} lần gửi", "{tried} attempts");
        add(
            line.settled_at.unwrap_or(line.packed_at),
            say!(language, "Tin {channel} cho {person}", "{channel} to {person}") + &in_trial(line.is_trial.then_some(language)),
            vec![
                words::message_state(line.state, language).to_owned(),
                words::reason(&line.reason, language),
                line.subject.clone(),
                if tried > 1 { attempts } else { String::new() },
                line.key.clone(),
            ],
        );
    }
    for line in &found.replies {
        let (kind, person) = (words::reply(line.kind, language), &line.person_name);
        let dated = |label: String, date: Option<jiff::civil::Date>| date.map(|date| format!("{label} {}", day(date)));
        add(
            line.at,
            say!(language, "{person} trả lời: {kind}", "{person} replied: {kind}"),
            vec![
                dated(say!(language, "tính từ", "as of"), line.on).unwrap_or_default(),
                dated(say!(language, "đến", "until"), line.until).unwrap_or_default(),
                line.unit.as_ref().map(|unit| unit.name.clone()).unwrap_or_default(),
                line.percent.map(|percent| format!("{percent} %")).unwrap_or_default(),
                line.note.clone().unwrap_or_default(),
                line.document.clone().unwrap_or_default(),
                weakness(line, zone, language),
            ],
        );
        if let Some(undone_at) = line.undone_at {
            add(undone_at, say!(language, "{person} hủy phản hồi: {kind}", "{person} took back: {kind}"), Vec::new());
        }
    }
    for line in &found.extensions {
        let (old, new) = (line.old_last_day.map_or_else(|| "–".to_owned(), day), day(line.new_last_day));
        add(
            line.recorded_at,
            say!(language, "Gia hạn", "Extension"),
            vec![format!("{old} → {new}"), line.basis.clone().unwrap_or_default()],
        );
    }
    for line in &found.corrections {
        let (old, new) = (journalled_deadline_words(line.old.as_deref()), journalled_deadline_words(line.new.as_deref()));
        add(line.at, words::correction(line, language), vec![format!("{old} → {new}")]);
    }
    for line in &found.figures {
        let (value, as_of) = (number(line.value, language), day(line.as_of));
        add(
            line.recorded_at,
            say!(language, "Số liệu", "Figure"),
            vec![say!(language, "{value} ngày {as_of}", "{value} on {as_of}"), line.source.clone().unwrap_or_default()],
        );
    }
    events.sort_by_key(|(at, _)| *at);
    events
}
