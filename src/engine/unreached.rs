//! What the operators are told when a reminder does not reach its people.

use jiff::Timestamp;

use super::{Engine, EngineError, route};
use crate::domain::organisation::Person;
use crate::domain::planner;
use crate::domain::policy::{Policy, Role};
use crate::domain::reminder::{Notice, ReminderKey, StepRef};
use crate::store::journal::{self, Entry};
use crate::store::outbox::{self, ItemRow, NewReminder, ReminderRow};
use crate::store::{Tx, assignments};

/// Whom it did not reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    /// Nobody of its people got it.
    All,
    /// Others get it.
    One,
}

/// An item failed, and its person has no other for this reminder.
pub(super) async fn tell(
    engine: &Engine,
    tx: &mut Tx,
    item: &ItemRow,
    whom: Whom,
    reason: &str,
    now: Timestamp,
) -> Result<(), EngineError> {
    let Some(row) = outbox::reminders(tx, &[item.reminder_id]).await?.pop() else { return Ok(()) };
    let Some(loaded) = assignments::load(tx, &[row.assignment_id], &engine.rules.office, now).await?.pop() else { return Ok(()) };
    let (_, directory) = engine.organisation.get(tx).await?;
    let Some(policy) = engine.policy_of(&loaded, &directory) else { return Ok(()) };
    let person = route::person(&directory, item.person_id);
    match (whom, person) {
        (Whom::All, person) => {
            let name = person.map(|person| person.name.as_str());
            outbox::record(tx, of_all(&row, policy, reason, name, now).as_slice()).await?;
        }
        (Whom::One, Some(person)) => {
            if let Some((notice, entry)) = of_one(engine, tx, (&row, policy), reason, person, now).await? {
                outbox::record(tx, &[notice]).await?;
                journal::append(tx, &[entry]).await?;
            }
        }
        (Whom::One, None) => {}
    }
    Ok(())
}

/// It reached nobody; `person` is whom it failed with last. What the operators themselves do not get stands in the log, and whoever it was
/// for may have declined it.
pub(super) fn of_all(
    row: &ReminderRow,
    policy: &Policy,
    reason: &str,
    person: Option<&str>,
    now: Timestamp,
) -> Option<NewReminder> {
    if let StepRef::Notice(notice) = row.key.step {
        tracing::error!(assignment.id = row.assignment_id, step = %row.key.step, reason, "a notice of the house reaches nobody");
        if planner::notice_role(notice) == Role::Operators || reason == "declined" {
            return None;
        }
    }
    Some(notice(row, policy, format!("reminder:{}", row.id), reason, person, now))
}

/// This one of its people has no channel left while others get it: the notice and its entry, once for each person and step.
pub(super) async fn of_one(
    engine: &Engine,
    tx: &mut Tx,
    (row, policy): (&ReminderRow, &Policy),
    reason: &str,
    person: &Person,
    now: Timestamp,
) -> Result<Option<(NewReminder, Entry)>, EngineError> {
    if matches!(row.key.step, StepRef::Notice(_)) {
        tracing::error!(assignment.id = row.assignment_id, step = %row.key.step, person = person.code, reason,
            "a notice of the house does not reach one of its people");
        return Ok(None);
    }
    let notice = notice(row, policy, format!("person:{}:{}", row.key.step, person.code), reason, Some(&person.name), now);
    if outbox::is_known(tx, notice.assignment_id, &notice.key).await? {
        return Ok(None);
    }
    let detail = serde_json::json!({ "v": 1, "step": row.key.step.to_string(), "anchor": row.key.anchor,
        "occurrence": row.key.occurrence, "person": person.id.0, "reason": reason });
    let entry = Entry::new(now, "person-unreached", detail).assignment(row.assignment_id).actor("daemon");
    Ok(Some((notice, entry.config(engine.rules.digest.clone()))))
}

fn notice(row: &ReminderRow, policy: &Policy, anchor: String, reason: &str, person: Option<&str>, now: Timestamp) -> NewReminder {
    let key = ReminderKey { step: StepRef::Notice(Notice::Held), anchor, occurrence: 1 };
    let detail = serde_json::json!({ "v": 1, "step": row.key.step.to_string(), "reason": reason, "person": person }).to_string();
    route::notice(row.assignment_id, key, &policy.name, Some(detail), now)
}
