//! Replies, held against the journal.

use jiff::Timestamp;
use serde_json::Value;

use super::{About, Contradiction, compare, number, text};
use crate::store::entries::EntryLine;
use crate::store::timeline::ReplyLine;

fn is_reply(entry: &EntryLine) -> bool {
    matches!(entry.kind.as_str(), "reply" | "reply-weak" | "transferred")
}

/// `origins` are the entries of the assignments from which the duty came.
pub(super) fn compare_all(
    replies: &[ReplyLine],
    (entries, origins): (&[EntryLine], &[Vec<EntryLine>]),
    is_secret: bool,
    all: &mut Vec<Contradiction>,
) {
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
        if reply.doubt.is_some() && reply.undone_at.is_none() {
            let confirmed_at = confirmed_at(reply, entry, replies, entries);
            parts.push(("confirmed_at", reply.confirmed_at.map(|at| at.to_string()), confirmed_at.map(|at| at.to_string())));
        }
        // How a transfer reached who entered it stands where the duty was before.
        let came = origins.iter().flatten().filter(|_| entry.kind == "transferred");
        let by_way =
            came.rev().find(|came| came.kind == "reply" && came.at == entry.at && text(came, "reply") == text(entry, "reply"));
        if let Some(entry) = by_way.or((entry.kind != "transferred").then_some(entry)) {
            let detail: Value = reply.detail.as_deref().and_then(|detail| serde_json::from_str(detail).ok()).unwrap_or_default();
            let in_table = |name: &str| detail.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
            parts.push(("by", in_table("by"), text(entry, "by")));
            parts.push(("via", in_table("via"), text(entry, "via")));
        }
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

/// When a reply that waited came to count: the first answer after it that confirms it and was not taken back.
fn confirmed_at(reply: &ReplyLine, entry: &EntryLine, replies: &[ReplyLine], entries: &[EntryLine]) -> Option<Timestamp> {
    let names = |one: &EntryLine| {
        let kinds = one.detail.get("replies").and_then(Value::as_array).into_iter().flatten();
        kinds.filter_map(Value::as_str).any(|kind| kind == reply.kind.as_str())
    };
    let is_undone =
        |at: Timestamp| replies.iter().any(|one| one.at == at && one.person == reply.person && one.undone_at.is_some());
    let confirms = |one: &&EntryLine| {
        one.kind == "reply-confirmed" && one.seq > entry.seq && one.actor.as_deref() == Some(&reply.person) && names(one)
    };
    entries.iter().filter(confirms).map(|one| one.at).find(|at| !is_undone(*at))
}
