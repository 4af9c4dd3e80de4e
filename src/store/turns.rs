//! What becomes of reminders: the one place that changes the state of what is recorded, and with it when their assignments are looked at
//! again. Only `outbox::record` puts one in anew that was taken back.

use sqlx::AnyConnection;

use super::batch::Batch;
use super::error::StoreError;
use super::keys;
use super::rows::Cell;
use crate::domain::reminder::ReminderState;

/// What reminders come to: where they stand from now on, and why.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    state: ReminderState,
    reason: &'a str,
    now_ms: i64,
    settled_at_ms: i64,
    unless: Option<ReminderState>,
}

impl<'a> Turn<'a> {
    /// They come to that at this moment.
    pub const fn new(state: ReminderState, reason: &'a str, now_ms: i64) -> Self {
        Self { state, reason, now_ms, settled_at_ms: now_ms, unless: None }
    }

    /// It happened then, and is heard of now.
    #[must_use]
    pub const fn happened_at(self, at_ms: i64) -> Self {
        Self { settled_at_ms: at_ms, ..self }
    }

    /// Those that stand there stay in that state.
    #[must_use]
    pub const fn unless(self, state: ReminderState) -> Self {
        Self { unless: Some(state), ..self }
    }

    /// The instant to be kept; none where nobody was told or proved to be out of reach.
    fn settled_at_ms(&self) -> Option<i64> {
        matches!(self.state, ReminderState::Delivered | ReminderState::Undeliverable).then_some(self.settled_at_ms)
    }
}

/// Moves a reminder to another state.
pub async fn set_reminder(connection: &mut AnyConnection, id: i64, turn: Turn<'_>) -> Result<(), StoreError> {
    set_reminders(connection, &[id], turn).await
}

/// Moves reminders to another state; one that has settled keeps its instant.
pub async fn set_reminders(connection: &mut AnyConnection, ids: &[i64], turn: Turn<'_>) -> Result<(), StoreError> {
    let mut batch = Batch::new(connection);
    set_reminders_with(&mut batch, ids, turn);
    batch.run(connection).await
}

/// The same with other writes.
pub fn set_reminders_with(batch: &mut Batch, ids: &[i64], turn: Turn<'_>) {
    if ids.is_empty() {
        return;
    }
    let list = keys::list(ids.iter().copied());
    set_reminders_where(batch, &format!("r.id {}", keys::numbers(batch.dialect(), 1)), vec![list.into()], turn);
}

/// The same for those of `reminder r` that a condition holds for, with the places and values it has. Whatever ends its waiting may let
/// another reminder go, so its assignment is looked at again.
pub(super) fn set_reminders_where(batch: &mut Batch, condition: &str, cells: Vec<Cell>, turn: Turn<'_>) {
    let place = cells.len() + 1;
    if !turn.state.is_unsettled() {
        // Before the reminders change: the condition may ask for their states.
        let sql = format!(
            "UPDATE assignment SET next_check_at_ms = ${place} WHERE id IN (SELECT r.assignment_id FROM reminder r WHERE {condition})
             AND (next_check_at_ms IS NULL OR next_check_at_ms > ${place})"
        );
        batch.push(sql, cells.iter().cloned().chain([turn.now_ms.into()]).collect());
    }
    let state = match turn.unless {
        Some(kept) => format!("CASE WHEN r.state = '{}' THEN r.state ELSE ${place} END", kept.as_str()),
        None => format!("${place}"),
    };
    let sql = format!(
        "UPDATE reminder AS r SET state = {state}, reason = ${}, settled_at_ms = COALESCE(r.settled_at_ms, ${}) WHERE {condition}",
        place + 1,
        place + 2
    );
    let written = [turn.state.as_str().into(), turn.reason.into(), Cell::Number(turn.settled_at_ms())];
    batch.push(sql, cells.into_iter().chain(written).collect());
}
