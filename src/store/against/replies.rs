//! Replies and extensions, held against the journal.

use jiff::Timestamp;
use serde_json::Value;

use super::{About, Contradiction, compare, number, text};
use crate::store::entries::EntryLine;
use crate::store::timeline::{ExtensionLine, ReplyLine};

fn is_reply(entry: &EntryLine) -> bool {
    matches!(entry.kind.as_str(), "reply" | "reply-weak" | "transferred")
}

pub(super) fn of_replies(replies: &[ReplyLine], entries: &[EntryLine], is_secret: bool, all: &mut Vec<Contradiction>) {
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

pub(super) fn of_extension(extension: &ExtensionLine, entries: &[EntryLine], all: &mut Vec<Contradiction>) {
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
