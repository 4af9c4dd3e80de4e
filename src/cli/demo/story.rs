//! One assignment's course, read back from the store: what was sent to whom, and what was answered.

use jiff::Timestamp;

use super::Stop;
use super::replay::{self, Played};
use super::words::{moment, short_day};
use crate::domain::delivery::MessageState;
use crate::domain::reminder::{Notice, ReminderState, StepRef};
use crate::domain::reply::ReplyKind;
use crate::domain::rules::{Language, Rules};
use crate::store::timeline::{self, MessageLine, ReminderLine, ReplyLine, Timeline};
use crate::tree::say;

/// One line of a course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: String,
    /// Who got it or said it.
    pub who: String,
    /// Which way it went.
    pub side: Side,
}

/// Which way an event went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// An answer.
    In,
    /// A message.
    Out,
}

/// The timeline of a clause and unit.
pub async fn timeline(played: &Played, clause: &str, unit: &str) -> Result<Timeline, Stop> {
    let mut connection = played.engine.store.read().acquire().await?;
    let row = replay::find(&mut connection, clause, unit).await?;
    timeline::timeline(&mut connection, row.id).await?.ok_or_else(|| Stop::embedded(clause))
}

/// What was sent and what was answered, in time order.
pub fn events(timeline: &Timeline, rules: &Rules) -> Vec<Event> {
    let language = rules.language;
    let mut events: Vec<Event> = Vec::new();
    for reminder in timeline.reminders.iter().filter(|reminder| reminder.state == ReminderState::Delivered) {
        let carries =
            |message: &&MessageLine| message.reminders.contains(&reminder.id) && message.state == MessageState::Accepted;
        let mut messages: Vec<&MessageLine> = timeline.messages.iter().filter(carries).collect();
        messages.sort_by_key(|message| message.kind == "copy");
        let Some(at) = messages.first().map(|message| message.settled_at.unwrap_or(message.packed_at)) else { continue };
        let who = recipients(&messages, language);
        events.push(Event { at, what: label(reminder, rules), who, side: Side::Out });
    }
    events.extend(timeline.replies.iter().map(|reply| Event {
        at: reply.at,
        what: format!("↩ {}", reply_words(reply, language)),
        who: reply.person_name.clone(),
        side: Side::In,
    }));
    // What follows from an answer at once comes after it.
    events.sort_by_key(|event| (event.at, event.side));
    events
}

/// Events that say the same of the same people become one line with several days.
pub fn lines(events: &[Event], rules: &Rules) -> Vec<String> {
    let mut rows: Vec<(String, &Event)> = Vec::new();
    for event in events {
        let on = short_day(rules.calendar.date_of(event.at));
        match rows.last_mut() {
            Some((when, last)) if last.what == event.what && last.who == event.who => {
                when.push_str(", ");
                when.push_str(&on);
            }
            _ => rows.push((moment(event.at, &rules.calendar), event)),
        }
    }
    rows.iter()
        .map(|(when, event)| {
            let (first, more) = when.split_once(", ").map_or((when.as_str(), None), |(first, more)| (first, Some(more)));
            let more = more.map(|more| say!(rules.language, "; lại ngày {more}", "; again {more}")).unwrap_or_default();
            let line = format!("  {first}  {}  {}{more}", super::words::pad(&event.what, 27), event.who);
            super::words::wrap(&line, super::words::WIDTH, &" ".repeat(44))
        })
        .collect()
}

/// "Ninh Xuân Phồn, Lương Khắc Đoan (Telegram)"
fn recipients(messages: &[&MessageLine], language: Language) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for message in messages {
        let channel = match message.channel.as_str() {
            "telegram" => "Telegram".to_owned(),
            _ => say!(language, "thư", "mail"),
        };
        let copy = if message.kind == "copy" { say!(language, ", để biết", ", copy") } else { String::new() };
        let how = format!("{channel}{copy}");
        match groups.last_mut() {
            Some((last, names)) if *last == how => names.push(&message.person_name),
            _ => groups.push((how, vec![&message.person_name])),
        }
    }
    let groups: Vec<String> = groups.iter().map(|(how, names)| format!("{} ({how})", names.join(", "))).collect();
    groups.join("; ")
}

/// The step's label in the config; a courtesy and a notice have names of the house.
pub fn label(reminder: &ReminderLine, rules: &Rules) -> String {
    let language = rules.language;
    let step = |name: &str| {
        let policy = rules.policy(&reminder.policy)?;
        policy.steps.iter().find(|step| step.name == name).map(|step| step.label.clone())
    };
    match &reminder.step {
        StepRef::Step(name) => {
            let label = step(name).unwrap_or_else(|| name.clone());
            let times = reminder.occurrence;
            let digest = rules
                .policy(&reminder.policy)
                .is_some_and(|policy| policy.steps.iter().any(|step| step.name == *name && step.digest.is_some()));
            if times > 1 && !digest { say!(language, "{label} (lần {times})", "{label} (no. {times})") } else { label }
        }
        StepRef::Courtesy(_) => say!(language, "Báo trước cho đơn vị", "Courtesy: who will be told"),
        StepRef::Notice(notice) => match notice {
            Notice::ExtensionAsked => say!(language, "Thông báo: đề nghị gia hạn", "Notice: extension asked"),
            Notice::ExtensionGranted => say!(language, "Thông báo: đồng ý gia hạn", "Notice: extension granted"),
            _ => say!(language, "Thông báo", "Notice"),
        },
    }
}

fn reply_words(reply: &ReplyLine, language: Language) -> String {
    let word = match reply.kind {
        ReplyKind::Acknowledge => say!(language, "Xác nhận tiếp nhận", "Acknowledged"),
        ReplyKind::Progress => say!(language, "Cập nhật tiến độ", "Progress"),
        ReplyKind::Done => say!(language, "Báo cáo hoàn thành", "Reported done"),
        ReplyKind::Extend => say!(language, "Đề nghị gia hạn", "Asked for an extension"),
        ReplyKind::Grant => say!(language, "Đồng ý gia hạn", "Extension granted"),
        ReplyKind::Assign => say!(language, "Giao người thực hiện", "Handed to an officer"),
        ReplyKind::Accept => say!(language, "Nghiệm thu", "Accepted"),
        ReplyKind::Return => say!(language, "Trả lại", "Returned"),
        kind => kind.as_str().to_owned(),
    };
    match reply.until {
        Some(until) => format!("{word} {}", short_day(until)),
        None => word,
    }
}
