//! What the tables say of one assignment, held against the journal. A row of a table can be edited and nothing shows; the journal cannot.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::AnyConnection;

use super::entries::{self, EntryLine};
use super::error::StoreError;
use super::timeline::{ExtensionLine, MessageLine, ReplyLine, Timeline};
use crate::domain::delivery::MessageState;
use crate::domain::directive::Secrecy;

/// A fact of which a table says other than the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What it is about.
    pub about: About,
    /// Which part of it: a column of the table, or `row` for the whole.
    pub field: &'static str,
    /// What the table says; `None` for nothing.
    pub table: Option<String>,
    /// What the journal says; `None` for nothing.
    pub journal: Option<String>,
}

/// What two records say different things about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The message with that key.
    Message(String),
    /// The reply that arrived then.
    Reply(Timestamp),
    /// The extension recorded then.
    Extension(Timestamp),
}

/// Where the tables say other than the journal: of every message whether and when it was accepted, over which channel and for whom; of every
/// reply who gave it and what it says; of every extension its day and its document.
pub async fn contradictions(connection: &mut AnyConnection, found: &Timeline) -> Result<Vec<Contradiction>, StoreError> {
    let mut all = Vec::new();
    for message in &found.messages {
        let sql = "SELECT person_id FROM message WHERE key = $1";
        let person: Option<i64> = sqlx::query_scalar(sql).bind(&message.key).fetch_optional(&mut *connection).await?;
        of_message(message, person, &entries::of_message(connection, &message.key).await?, &mut all);
    }
    let entries = entries::of_assignment(connection, found.row.id).await?;
    // Of a secret duty the texts are taken out of the tables; the journal forgets nothing.
    of_replies(&found.replies, &entries, found.row.secrecy >= Secrecy::Mat, &mut all);
    // What a transfer brought along stands in the journal of the assignment it came from.
    let own = found.extensions.iter().filter(|extension| extension.recorded_at >= found.row.known_at);
    for extension in own {
        of_extension(extension, &entries, &mut all);
    }
    Ok(all)
}

fn text(entry: &EntryLine, name: &str) -> Option<String> {
    entry.detail.get(name).and_then(Value::as_str).map(ToOwned::to_owned)
}

fn number(entry: &EntryLine, name: &str) -> Option<String> {
    entry.detail.get(name).and_then(Value::as_i64).map(|number| number.to_string())
}

/// Notes each of these in which the two differ.
fn compare(about: &About, parts: Vec<(&'static str, Option<String>, Option<String>)>, all: &mut Vec<Contradiction>) {
    let differ = parts.into_iter().filter(|(_, table, journal)| table != journal);
    all.extend(differ.map(|(field, table, journal)| Contradiction { about: about.clone(), field, table, journal }));
}

fn of_message(message: &MessageLine, person: Option<i64>, entries: &[EntryLine], all: &mut Vec<Contradiction>) {
    let about = About::Message(message.key.clone());
    let is_accepted = message.state == MessageState::Accepted;
    let mut accepted = entries.iter().filter(|entry| entry.kind == "message-accepted");
    let accepted = accepted.clone().find(|entry| Some(entry.at) == message.settled_at).or_else(|| accepted.next_back());
    let ended = |entry: &&EntryLine| matches!(entry.kind.as_str(), "message-refused" | "message-fallback" | "message-held");
    let state = |is_accepted: bool| Some(if is_accepted { "accepted" } else { "not accepted" }.to_owned());
    let mut parts = vec![("state", state(is_accepted), state(accepted.is_some()))];
    if let Some(entry) = accepted.or_else(|| entries.iter().rev().find(ended)) {
        let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
        if is_accepted && accepted.is_some() {
            parts.push(("settled_at", at(message.settled_at), at(Some(entry.at))));
        }
        parts.push(("channel", Some(message.channel.clone()), text(entry, "channel")));
        parts.push(("person", person.map(|person| person.to_string()), number(entry, "person")));
    }
    compare(&about, parts, all);
}

fn is_reply(entry: &EntryLine) -> bool {
    matches!(entry.kind.as_str(), "reply" | "reply-weak" | "transferred")
}

fn of_replies(replies: &[ReplyLine], entries: &[EntryLine], is_secret: bool, all: &mut Vec<Contradiction>) {
    let mut untold: Vec<&EntryLine> = entries.iter().filter(|entry| is_reply(entry)).collect();
    for reply in replies {
        let about = About::Reply(reply.at);
        let kind = reply.kind.as_str();
        let is_it = |entry: &&EntryLine| entry.at == reply.at && text(entry, "reply").as_deref() == Some(kind);
        let Some(place) = untold.iter().position(is_it) else {
            compare(&about, vec![("row", Some(kind.to_owned()), None)], all);
            continue;
        };
        let entry = untold.remove(place);
        let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
        let mut parts = vec![("person", Some(reply.person.clone()), entry.actor.clone())];
        let mut add = |field, table, journal| parts.push((field, table, journal));
        if !is_secret {
            add("note", reply.note.clone(), text(entry, "note"));
        }
        if entry.kind != "transferred" {
            add("until", day(reply.until), text(entry, "until"));
            add("on", day(reply.on), text(entry, "on"));
            add("percent", reply.percent.map(|percent| percent.to_string()), number(entry, "percent"));
            add("to", reply.to.as_ref().map(|to| to.code.clone()), text(entry, "to"));
            add("to_unit", reply.unit.as_ref().map(|unit| unit.code.clone()), text(entry, "to_unit"));
            add(
                "doubt",
                reply.doubt.as_ref().map(|_| "weak".to_owned()),
                (entry.kind == "reply-weak").then(|| "weak".to_owned()),
            );
            if !is_secret {
                add("document", reply.document.clone(), text(entry, "document"));
            }
        }
        compare(&about, parts, all);
    }
    for entry in untold {
        compare(&About::Reply(entry.at), vec![("row", None, text(entry, "reply"))], all);
    }
    let undone: Vec<Timestamp> = entries.iter().filter(|entry| entry.kind == "reply-undone").map(|entry| entry.at).collect();
    let told: Vec<&ReplyLine> = replies.iter().filter(|reply| reply.undone_at.is_some()).collect();
    for reply in told.iter().filter(|reply| reply.undone_at.is_some_and(|at| !undone.contains(&at))) {
        let at = reply.undone_at.map(|at| at.to_string());
        compare(&About::Reply(reply.at), vec![("undone_at", at, None)], all);
    }
    for at in undone.iter().filter(|at| !told.iter().any(|reply| reply.undone_at == Some(**at))) {
        compare(&About::Reply(*at), vec![("undone_at", None, Some(at.to_string()))], all);
    }
}

fn of_extension(extension: &ExtensionLine, entries: &[EntryLine], all: &mut Vec<Contradiction>) {
    let about = About::Extension(extension.recorded_at);
    let new = extension.new_last_day.to_string();
    // What the facts added says its day with the time, where it has one.
    let of_facts =
        |entry: &EntryLine| entry.detail.pointer("/fields/deadline/1").and_then(Value::as_str).map(|day| first(day).to_owned());
    let by_facts = |entry: &&&EntryLine| entry.kind == "fact-added" && text(entry, "table").as_deref() == Some("extension");
    let by_grant = |entry: &&&EntryLine| entry.kind == "reply" && text(entry, "reply").as_deref() == Some("grant");
    let then: Vec<&EntryLine> = entries.iter().filter(|entry| entry.at == extension.recorded_at).collect();
    let facts: Vec<&&EntryLine> = then.iter().filter(by_facts).collect();
    // Several may come with one import.
    let of_day = facts.iter().find(|entry| of_facts(entry).as_ref() == Some(&new)).or(facts.first());
    if let Some(entry) = of_day {
        let basis = entry.detail.pointer("/fields/basis/1").and_then(Value::as_str).map(ToOwned::to_owned);
        let parts = vec![("new_last_day", Some(new), of_facts(entry)), ("basis", extension.basis.clone(), basis)];
        return compare(&about, parts, all);
    }
    match then.iter().find(by_grant) {
        None => compare(&about, vec![("row", Some(new), None)], all),
        Some(entry) => {
            // A grant that names no day grants what was asked before it.
            let asks = |one: &&EntryLine| one.seq < entry.seq && is_reply(one) && text(one, "reply").as_deref() == Some("extend");
            let asked: Vec<String> = entries.iter().filter(asks).filter_map(|one| text(one, "until")).collect();
            let asked = asked.iter().find(|day| **day == new).or(asked.last());
            let granted = text(entry, "until").or_else(|| asked.cloned());
            let parts = vec![("new_last_day", Some(new), granted), ("basis", extension.basis.clone(), text(entry, "basis"))];
            compare(&about, parts, all);
        }
    }
}

fn first(words: &str) -> &str {
    words.split(' ').next().unwrap_or(words)
}
