//! Reminders, held against the journal. That an answer made a notice of the house its own entry says; of other notices the journal holds
//! what became of their messages.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::messages::Carried;
use super::{About, Contradiction, compare, integer, text};
use crate::domain::reminder::{Notice, ReminderState, StepRef};
use crate::store::entries::{EntryLine, reminder_state};
use crate::store::timeline::ReminderLine;

/// Step, what it counts from, occurrence.
type Key = (String, String, i64);

/// What the journal tells of the reminders of one assignment.
struct Journal<'a> {
    by_key: BTreeMap<Key, Vec<&'a EntryLine>>,
    /// Those of which a restored store learnt that they had left.
    already_sent: Vec<i64>,
    trial_ended: bool,
    taken_back: Vec<i64>,
}

impl<'a> Journal<'a> {
    fn of(entries: &'a [EntryLine]) -> Self {
        let mut by_key: BTreeMap<Key, Vec<&EntryLine>> = BTreeMap::new();
        for entry in entries {
            if let Some(key) = reminder_state(&entry.kind).and_then(|_| key(entry)) {
                by_key.entry(key).or_default().push(entry);
            }
        }
        let of_kind = |kind: &'static str| entries.iter().filter(move |entry| entry.kind == kind);
        Self {
            by_key,
            already_sent: of_kind("already-sent").filter_map(|entry| integer(entry, "reminder")).collect(),
            trial_ended: of_kind("trial-ended").next().is_some(),
            taken_back: of_kind("reply-undone").map(|entry| entry.seq).collect(),
        }
    }
}

fn key(entry: &EntryLine) -> Option<Key> {
    let step = text(entry, "step").or_else(|| (entry.kind == "brief-due").then(|| StepRef::Notice(Notice::Brief).to_string()))?;
    Some((step, text(entry, "anchor")?, integer(entry, "occurrence").unwrap_or(1)))
}

/// One that was passed over has no message, now or later.
const fn is_passed_over(state: ReminderState) -> bool {
    matches!(state, ReminderState::Merged | ReminderState::Missed | ReminderState::Answered)
}

pub(super) fn compare_all(
    reminders: &[ReminderLine],
    entries: &[EntryLine],
    carried: &BTreeMap<i64, Carried>,
    all: &mut Vec<Contradiction>,
) {
    let mut journal = Journal::of(entries);
    let keyed = |line: &ReminderLine| (line.step.to_string(), line.anchor.clone(), line.occurrence);
    for line in reminders {
        let about = About::Reminder(line.step.clone(), line.occurrence);
        let entries = journal.by_key.get(&keyed(line)).map_or(&[][..], Vec::as_slice);
        let carried = carried.get(&line.id).copied();
        if entries.is_empty() && !matches!(line.step, StepRef::Notice(_)) {
            compare(&about, vec![("row", Some(line.state.as_str().to_owned()), None)], all);
            continue;
        }
        // Once a trial has ended its reminders have the same keys as the real ones: any of their entries may be theirs.
        let last = entries.last().copied();
        let fits = |last| may_stand(line, last, carried, &journal);
        let fits = if line.is_trial && last.is_some() { entries.iter().any(|one| fits(Some(*one))) } else { fits(last) };
        if !fits {
            let state = last.and_then(|last| reminder_state(&last.kind));
            let journal = match (state, carried) {
                (Some(state), _) if is_passed_over(state) => Some(state),
                (_, Some(Carried { is_out: true, .. })) => Some(ReminderState::Delivered),
                (state, _) => state,
            };
            let table = Some(line.state.as_str().to_owned());
            compare(&about, vec![("state", table, journal.map(|state| state.as_str().to_owned()))], all);
        } else if !line.is_trial {
            compare(&about, of_last(line, entries), all);
        }
    }
    for line in reminders {
        journal.by_key.remove(&keyed(line));
    }
    for (key, entries) in journal.by_key {
        // The timeline leaves out what is about the operation of the system.
        let step = StepRef::parse(&key.0);
        let state = entries.last().and_then(|last| reminder_state(&last.kind));
        if let Some(state) = state.filter(|_| step != StepRef::Notice(Notice::Guard)) {
            compare(&About::Reminder(step, key.2), vec![("row", None, Some(state.as_str().to_owned()))], all);
        }
    }
    for (step, anchor) in entries.iter().flat_map(notices) {
        if !reminders.iter().any(|line| line.step == step && line.anchor == anchor) {
            compare(&About::Reminder(step, 1), vec![("row", None, Some(ReminderState::Queued.as_str().to_owned()))], all);
        }
    }
}

/// The notices that an answer has made: step, and what it counts from.
fn notices(entry: &EntryLine) -> impl Iterator<Item = (StepRef, String)> {
    let all = entry.detail.get("notices").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|one| Some((StepRef::parse(one.get("step")?.as_str()?), one.get("anchor")?.as_str()?.to_owned())))
}

/// Whether the table can say that after this entry. What is under way and what reached nobody the journal tells by the messages.
fn may_stand(line: &ReminderLine, last: Option<&EntryLine>, carried: Option<Carried>, journal: &Journal<'_>) -> bool {
    let state = last.and_then(|last| reminder_state(&last.kind));
    let is_told = carried.is_some_and(|carried| carried.is_told);
    if state.is_some_and(is_passed_over) && line.state != ReminderState::Cancelled {
        return state == Some(line.state);
    }
    // One that was taken back while a message of it was out stands where that brought it.
    let is_cancelled = state == Some(ReminderState::Cancelled) && carried.is_none();
    match line.state {
        ReminderState::Merged | ReminderState::Missed | ReminderState::Answered => false,
        ReminderState::Cancelled => {
            let after = |seq: &i64| last.is_some_and(|last| *seq > last.seq);
            state == Some(ReminderState::Cancelled)
                || (line.is_trial && journal.trial_ended)
                || (state == Some(ReminderState::Answered) && journal.taken_back.iter().any(after))
        }
        ReminderState::Delivered => carried.is_some_and(|carried| carried.is_out) || journal.already_sent.contains(&line.id),
        ReminderState::Queued => !is_cancelled,
        ReminderState::Carried | ReminderState::Undeliverable => !is_told && !is_cancelled,
    }
}

/// What the entries say of one whose state they bear out.
fn of_last(line: &ReminderLine, entries: &[&EntryLine]) -> Vec<(&'static str, Option<String>, Option<String>)> {
    let at = |entry: &EntryLine, name| {
        let at = Timestamp::from_millisecond(integer(entry, name)?).ok()?;
        Some(at.to_string())
    };
    let mut parts = Vec::new();
    if let Some(moment) = entries.iter().rev().find_map(|entry| at(entry, "moment_at_ms")) {
        parts.push(("moment", Some(line.moment.to_string()), Some(moment)));
    }
    // Whatever else it says is true of that entry's state alone.
    let last = entries.last().copied().filter(|last| reminder_state(&last.kind) == Some(line.state));
    let Some(last) = last.filter(|_| is_passed_over(line.state) || line.state == ReminderState::Cancelled) else { return parts };
    let reason = text(last, "reason").or_else(|| text(last, "why"));
    parts.push(("reason", Some(line.reason.clone()), reason));
    if let Some(due_at) = at(last, "due_at_ms") {
        parts.push(("due_at", Some(line.due_at.to_string()), Some(due_at)));
    }
    parts
}
