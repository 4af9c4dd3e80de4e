//! The record of a trial: what went to the trial mailbox while a unit was not live, and how it ceases to count.

use sqlx::{AnyConnection, Row as _};

use super::assignments::id_list;
use super::batch::Batch;
use super::error::StoreError;
use super::keys;
use super::messages::{self, MESSAGE_SQL, MessageRow};
use super::outbox::{Turn, for_each, set_reminders_where};
use super::rows::Cell;
use crate::domain::reminder::{ReminderKey, ReminderState};

/// Marks reminders of an assignment, by their keys, as recorded in trial. What has settled before was real and stays so.
pub fn mark_keys(batch: &mut Batch, assignment_id: i64, keys: &[ReminderKey], now_ms: i64) {
    let sql = "UPDATE reminder SET trial_at_ms = $1 WHERE assignment_id = $2 AND step = $3 AND anchor = $4 AND occurrence = $5
               AND trial_at_ms IS NULL AND settled_at_ms IS NULL";
    for key in keys {
        let occurrence = i64::from(key.occurrence).into();
        let cells =
            vec![now_ms.into(), assignment_id.into(), key.step.to_string().into(), key.anchor.as_str().into(), occurrence];
        batch.push(sql.to_owned(), cells);
    }
}

/// The same for reminders by key of the row.
pub async fn mark(connection: &mut AnyConnection, ids: &[i64], now_ms: i64) -> Result<(), StoreError> {
    for_each(connection, &format!("UPDATE reminder SET trial_at_ms = COALESCE(trial_at_ms, {now_ms})"), ids).await
}

/// The messages to the trial mailbox that are not final and carry something of these assignments.
pub async fn open_messages(connection: &mut AnyConnection, assignments: &[i64]) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!(
        "{MESSAGE_SQL} WHERE m.trial_at_ms IS NOT NULL AND m.state IN ('queued', 'deferred', 'uncertain', 'held') AND m.id IN (
             SELECT i.message_id FROM message_item i JOIN reminder r ON r.id = i.reminder_id
             WHERE r.assignment_id IN ({})) ORDER BY m.id",
        id_list(assignments.len())
    );
    messages::read(connection, &sql, assignments.iter().map(|id| Cell::from(*id)).collect()).await
}

/// Ends the trial of assignments: its reminders stay to be shown and give their keys free, so that the planner starts as if
/// they had not been; notices of the house that nobody has got yet are real from now on. An assignment of which nothing went
/// out for real before is known to its people as of now.
pub async fn end(connection: &mut AnyConnection, assignments: &[i64], now_ms: i64) -> Result<(), StoreError> {
    let mut batch = Batch::new(connection);
    let these = keys::numbers(batch.dialect(), 1);
    let list = || vec![Cell::from(keys::list(assignments.iter().copied()))];
    let ended = "trial_at_ms IS NOT NULL AND trial_ended_at_ms IS NULL";
    batch.push(
        format!(
            "UPDATE reminder SET trial_at_ms = NULL WHERE assignment_id {these} AND {ended} AND step LIKE 'notice:%' AND state = 'queued'"
        ),
        list(),
    );
    // Queued and carried ones wait for nothing any more.
    let waiting = format!("r.assignment_id {these} AND {ended} AND r.state IN ('queued', 'carried')");
    set_reminders_where(&mut batch, &waiting, list(), Turn::new(ReminderState::Cancelled, "trial-ended", now_ms));
    let statements = [
        format!(
            "UPDATE message_item SET state = 'dropped' WHERE message_id IS NULL AND state = 'open' AND reminder_id IN (
                 SELECT id FROM reminder WHERE assignment_id {these} AND {ended})"
        ),
        format!(
            "UPDATE assignment SET live_at_ms = {now_ms} WHERE id {these} AND NOT EXISTS (
                 SELECT 1 FROM reminder r WHERE r.assignment_id = assignment.id AND r.trial_at_ms IS NULL AND r.step NOT LIKE 'notice:%')"
        ),
        format!(
            "UPDATE reminder SET trial_ended_at_ms = {now_ms}, anchor = 'trial:' || CAST(trial_at_ms AS TEXT) || ':' || anchor
             WHERE assignment_id {these} AND {ended}"
        ),
        format!("UPDATE assignment SET revision = revision + 1, next_check_at_ms = {now_ms} WHERE id {these}"),
    ];
    for sql in statements {
        batch.push(sql, list());
    }
    batch.run(connection).await
}

/// What a step counted from, without the prefix that [`end`] gave it.
pub fn plain_anchor(anchor: &str) -> &str {
    let ended = anchor.strip_prefix("trial:").and_then(|rest| rest.split_once(':'));
    ended.map_or(anchor, |(_, anchor)| anchor)
}

/// How often that vacancy was told before, whatever the assignment: for real, and in trials that go on.
pub async fn vacancy_told(connection: &mut AnyConnection, anchor: &str) -> Result<(i64, i64), StoreError> {
    let sql = "SELECT COUNT(*), COUNT(trial_at_ms) FROM reminder WHERE step = 'notice:vacancy' AND anchor = $1";
    let row = sqlx::query(sql).bind(anchor).fetch_one(connection).await?;
    let (all, trial): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    Ok((all - trial, trial))
}
