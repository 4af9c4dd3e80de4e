//! Messages and their transmissions, held against the journal.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sqlx::{AnyConnection, Row as _};

use super::{About, Contradiction, compare, integer, number, reminders_of, text};
use crate::domain::delivery::MessageState;
use crate::store::dialect::Dialect;
use crate::store::entries::{self, EntryLine};
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::timeline::{AttemptLine, MessageLine, Timeline};

/// Reasons of what broke whatever handled it: the journal has a `row-held` of that instant, without the key.
const BROKEN: [&str; 2] = ["cannot-claim", "cannot-settle"];

/// What the journal tells of messages.
pub(super) struct Told {
    /// The entries of each, in their order, from the one on by which it was made.
    by_key: BTreeMap<String, Vec<EntryLine>>,
    /// The reminders each carries by the tables.
    items: BTreeMap<String, BTreeSet<i64>>,
    /// When messages were held because they broke what handled them.
    broken_at: BTreeSet<Timestamp>,
}

/// What the journal tells of the messages that carry a reminder.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carried {
    /// One that is no copy was accepted.
    pub(super) is_told: bool,
    /// One was accepted, a copy or not.
    pub(super) is_out: bool,
}

impl Told {
    /// The reminders that messages carry, by number.
    pub(super) fn carried(&self) -> BTreeMap<i64, Carried> {
        let mut all: BTreeMap<i64, Carried> = BTreeMap::new();
        for entries in self.by_key.values() {
            let Some(packed) = packed(entries) else { continue };
            let is_out = last(entries).is_some_and(|(_, state)| state == MessageState::Accepted);
            let is_copy = text(packed, "kind").as_deref() == Some("copy");
            for reminder in reminders_of(packed) {
                let carried = all.entry(reminder).or_default();
                carried.is_out |= is_out;
                carried.is_told |= is_out && !is_copy;
            }
        }
        all
    }
}

/// Reads what the journal has of the messages of an assignment, and of those it has and the tables do not.
pub(super) async fn read(connection: &mut AnyConnection, found: &Timeline, entries: &[EntryLine]) -> Result<Told, StoreError> {
    let known = found.messages.iter().map(|message| message.key.as_str());
    let packed = entries.iter().filter(|entry| entry.kind == "message-packed");
    let of_the_house = |entry: &&EntryLine| text(entry, "kind").as_deref() == Some("alarm");
    let packed = packed.filter(|entry| !of_the_house(entry)).filter_map(|entry| entry.message_key.as_deref());
    let keys: BTreeSet<&str> = known.chain(packed).collect();
    let by_key = entries::of_messages(connection, &keys).await?;
    let by_key = by_key.into_iter().map(|(key, entries)| (key, of_the_last(entries))).collect();
    let items = items(connection, &keys).await?;
    let is_broken = found.messages.iter().any(|message| BROKEN.contains(&message.reason.as_str()));
    let held = if is_broken { entries::of_kind(connection, "row-held").await? } else { Vec::new() };
    let held = held.iter().filter(|entry| text(entry, "row").as_deref() == Some("message"));
    Ok(Told { by_key, items, broken_at: held.map(|entry| entry.at).collect() })
}

/// The reminders that these messages carry by the tables.
async fn items(connection: &mut AnyConnection, messages: &BTreeSet<&str>) -> Result<BTreeMap<String, BTreeSet<i64>>, StoreError> {
    let mut all: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    if messages.is_empty() {
        return Ok(all);
    }
    let these = keys::texts(Dialect::of(connection), 1);
    let sql = format!(
        "SELECT m.key, i.reminder_id FROM message_item i JOIN message m ON m.id = i.message_id
         JOIN reminder r ON r.id = i.reminder_id WHERE m.key {these}"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(keys::texts_list(messages.iter().copied()));
    for row in query.fetch_all(connection).await? {
        all.entry(row.try_get(0)?).or_default().insert(row.try_get(1)?);
    }
    Ok(all)
}

/// The entry by which it was made, which is the first.
fn packed(entries: &[EntryLine]) -> Option<&EntryLine> {
    entries.first().filter(|entry| entry.kind == "message-packed")
}

/// The entries of what a key stands for now: one that never left was forgotten, and its key was free again.
fn of_the_last(mut entries: Vec<EntryLine>) -> Vec<EntryLine> {
    let packed = entries.iter().rposition(|entry| entry.kind == "message-packed").unwrap_or(0);
    entries.split_off(packed)
}

/// Where the message stood from that entry on; `None` where that changed nothing.
fn state_of(entry: &EntryLine) -> Option<MessageState> {
    Some(match entry.kind.as_str() {
        "message-packed" => MessageState::Queued,
        "message-uncertain" => MessageState::Uncertain,
        "message-deferred" | "chat-moved" => MessageState::Deferred,
        "message-accepted" => MessageState::Accepted,
        "message-refused" | "message-fallback" => MessageState::Refused,
        "message-held" => MessageState::Held,
        "message-cancelled" => MessageState::Cancelled,
        _ => return None,
    })
}

fn last(entries: &[EntryLine]) -> Option<(&EntryLine, MessageState)> {
    entries.iter().rev().find_map(|entry| Some((entry, state_of(entry)?)))
}

pub(super) fn compare_all(messages: &[MessageLine], told: &Told, all: &mut Vec<Contradiction>) {
    for message in messages {
        let entries = told.by_key.get(&message.key).map_or(&[][..], Vec::as_slice);
        let is_broken = BROKEN.contains(&message.reason.as_str())
            && matches!(message.state, MessageState::Held | MessageState::Accepted)
            && message.settled_at.is_some_and(|at| told.broken_at.contains(&at));
        let mut parts = of_packing(message, entries);
        if message.state != MessageState::Cancelled {
            let numbers = |all: BTreeSet<i64>| all.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
            let carried = packed(entries).map(|packed| numbers(reminders_of(packed).collect()));
            let items = told.items.get(&message.key).cloned().unwrap_or_default();
            parts.extend(carried.map(|carried| ("reminders", Some(numbers(items)), Some(carried))));
        }
        if !is_broken {
            parts.extend(of_outcome(message, entries));
        }
        compare(&About::Message(message.key.clone()), parts, all);
        if !is_broken {
            of_attempts(message, entries, all);
        }
    }
    for (key, entries) in &told.by_key {
        // What was taken apart carries nothing of the assignment any more.
        let standing = last(entries).filter(|(_, state)| *state != MessageState::Cancelled);
        if let Some((_, state)) = standing.filter(|_| !messages.iter().any(|message| message.key == *key)) {
            compare(&About::Message(key.clone()), vec![("row", None, Some(state.as_str().to_owned()))], all);
        }
    }
}

type Part = (&'static str, Option<String>, Option<String>);

/// What is settled when a message is made.
fn of_packing(message: &MessageLine, entries: &[EntryLine]) -> Vec<Part> {
    let Some(packed) = packed(entries) else { return Vec::new() };
    let is_trial = packed.detail.get("trial").is_some_and(|trial| trial == true);
    vec![
        ("packed_at", Some(message.packed_at.to_string()), Some(packed.at.to_string())),
        ("channel", Some(message.channel.clone()), text(packed, "channel")),
        ("person", Some(message.person_id.to_string()), number(packed, "person")),
        ("kind", Some(message.kind.clone()), text(packed, "kind")),
        ("trial", Some(message.is_trial.to_string()), Some(is_trial.to_string())),
    ]
}

/// Where it stands, since when and why.
fn of_outcome(message: &MessageLine, entries: &[EntryLine]) -> Vec<Part> {
    let table = message.state.as_str().to_owned();
    let Some((entry, state)) = last(entries) else { return vec![("state", Some(table), None)] };
    if message.state == MessageState::Sending && !state.is_final() && state != MessageState::Held {
        // It is on the wire: the journal has what came of it as soon as that is known.
        return Vec::new();
    }
    if message.state != state {
        return vec![("state", Some(table), Some(state.as_str().to_owned()))];
    }
    let is_open = matches!(state, MessageState::Queued | MessageState::Deferred | MessageState::Uncertain);
    let settled_at = (!is_open).then(|| entry.at.to_string());
    let said = text(entry, "reason");
    // Where several codes come of one word of the journal, the table has one of them.
    let codes: Vec<Option<String>> = match (state, entry.kind.as_str()) {
        (MessageState::Queued, _) => vec![Some("packed".to_owned())],
        (MessageState::Accepted, _) => vec![said, Some("sent-log".to_owned())],
        (_, "message-fallback") => vec![Some("deferred-too-long".to_owned())],
        (_, "chat-moved") => vec![Some("chat-moved".to_owned())],
        (MessageState::Deferred, _) => ["deferred", "channel-fault"].map(|code| Some(code.to_owned())).into(),
        _ => vec![said],
    };
    let reason = Some(message.reason.clone());
    let code = if codes.contains(&reason) { reason.clone() } else { codes.into_iter().next().flatten() };
    vec![("settled_at", message.settled_at.map(|at| at.to_string()), settled_at), ("reason", reason, code)]
}

/// How a transmission ended.
struct Ended {
    at: Timestamp,
    verdict: String,
    /// `None` where the journal does not hold it.
    reason: Option<String>,
}

/// The transmissions of a message, by the verdicts the journal has of them; that one has begun it does not say.
fn ended(entries: &[EntryLine]) -> Vec<Ended> {
    let mut all: Vec<Ended> = Vec::new();
    let mut is_of_an_earlier = false;
    for entry in entries {
        let said = text(entry, "reason");
        let (verdict, reason) = match (entry.kind.as_str(), said.as_deref()) {
            ("verdict-late", _) => {
                let verdict = text(entry, "verdict").unwrap_or_default();
                let place = integer(entry, "attempt").and_then(|number| usize::try_from(number - 1).ok());
                let waits = matches!(text(entry, "state").as_deref(), Some("queued" | "deferred" | "uncertain"));
                is_of_an_earlier = waits && verdict == "accepted";
                if let Some(ended) = place.and_then(|place| all.get_mut(place)) {
                    (ended.verdict, ended.reason) = (verdict, None);
                }
                continue;
            }
            ("message-accepted", _) if std::mem::take(&mut is_of_an_earlier) => continue,
            ("message-accepted", _) => ("accepted", Some(String::new())),
            ("message-deferred" | "message-fallback", _) => ("deferred", said),
            ("message-uncertain", _) => ("uncertain", said),
            // It was held before another transmission, or for what had gone on for too long.
            ("message-held", Some("uncertain-too-often")) => continue,
            ("message-held", Some("deferred-too-long")) => ("deferred", None),
            ("message-refused" | "message-held" | "chat-moved", _) => ("refused", said),
            _ => continue,
        };
        all.push(Ended { at: entry.at, verdict: verdict.to_owned(), reason });
    }
    all
}

fn of_attempts(message: &MessageLine, entries: &[EntryLine], all: &mut Vec<Contradiction>) {
    let mut ended = ended(entries);
    if message.reason == "sent-log" && message.attempts.len() < ended.len() {
        // The log told of it: no transmission of this store was open.
        ended.pop();
    }
    let about = |number: i64| About::Attempt(message.key.clone(), number);
    let rows: BTreeMap<i64, &AttemptLine> = message.attempts.iter().map(|attempt| (attempt.number, attempt)).collect();
    let mut next = 1;
    for one in ended {
        let verdict = Some(one.verdict);
        let parts = match rows.get(&next) {
            None => vec![("row", None, verdict)],
            Some(row) => {
                let reason = one.reason.or_else(|| row.reason.clone());
                vec![
                    ("verdict", row.verdict.clone(), verdict),
                    ("ended_at", row.ended_at.map(|at| at.to_string()), Some(one.at.to_string())),
                    ("reason", row.reason.clone(), reason),
                ]
            }
        };
        compare(&about(next), parts, all);
        next += 1;
    }
    for (number, row) in rows.into_iter().filter(|(number, _)| !(1..next).contains(number)) {
        let is_under_way = number == next && row.ended_at.is_none() && message.state == MessageState::Sending;
        if !is_under_way {
            let verdict = row.verdict.clone().unwrap_or_else(|| "sending".to_owned());
            compare(&about(number), vec![("row", Some(verdict), None)], all);
        }
    }
}
