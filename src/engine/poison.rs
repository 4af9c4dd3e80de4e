//! Rows that break what handles them: a panic in one, or a stored value that does not read back. Such a row is held, journalled and
//! told to the operators; the next row goes on.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;

use super::{Engine, EngineError, guard, ms};
use crate::domain::policy::ChannelKind;
use crate::domain::reminder::ReminderState;
use crate::store::batch::Batch;
use crate::store::journal::{self, Entry};
use crate::store::outbox::{self, Turn};
use crate::store::{StoreError, Tx, stale};

/// After that an assignment that could not be planned is tried again; a change of it, or of the rules, tries at once.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(6);

/// A row that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// An assignment that cannot be planned.
    Assignment(i64),
    /// A reminder that cannot be routed.
    Reminder(i64),
    /// The items of one person, channel and kind that cannot be packed.
    Items {
        /// Whose.
        person: i64,
        /// Over which channel.
        channel: ChannelKind,
        /// Of which kind.
        kind: String,
    },
    /// An item that does not read back.
    Item(i64),
    /// A message that cannot be claimed, or whose verdict cannot be settled.
    Message(i64),
}

impl EngineError {
    /// Whether it lies in a row rather than in the store: another row may do.
    pub(super) const fn is_of_a_row(&self) -> bool {
        matches!(self, Self::Panicked | Self::Wording(_) | Self::Json { .. } | Self::Store(StoreError::Damaged { .. }))
    }
}

/// The same work, whose panic is an error. What it had written in a transaction is to be rolled back.
///
/// # Errors
/// [`EngineError::Panicked`], and those of the work.
pub fn guarded<T>(work: impl Future<Output = Result<T, EngineError>>) -> impl Future<Output = Result<T, EngineError>> {
    // On the heap: whoever calls is a large future already.
    let mut work = Box::pin(work);
    poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(polled) => polled,
        Err(_) => Poll::Ready(Err(EngineError::Panicked)),
    })
}

/// A whole activation panicked, and no row is known to be the cause: the journal has it, and the operators are told once a day. Where the
/// store takes no record the log alone has it.
pub async fn note_activation(engine: &Engine, now: Timestamp) {
    if let Err(error) = guarded(record_activation(engine, now)).await {
        tracing::error!(%error, "a panic could not be journalled");
    }
}

async fn record_activation(engine: &Engine, now: Timestamp) -> Result<(), EngineError> {
    let mut tx = engine.store.begin().await?;
    let entry = Entry::new(now, "activation-panicked", serde_json::json!({ "v": 1 })).actor("daemon");
    journal::append(&mut tx, &[entry.config(engine.rules.digest.clone())]).await?;
    guard::tell_of_row(engine, &mut tx, None, None, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Holds, one by one, what waits to be packed and does not read back: whoever reads all of it meets these too. Returns how many there
/// were; with none of them it was something else that broke.
pub(super) async fn hold_unreadable(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let mut tx = engine.store.begin().await?;
    let broken = stale::unreadable_items(&mut tx).await?;
    let held = broken.len();
    for (id, error) in broken {
        hold_in(engine, &mut tx, &Row::Item(id), &EngineError::from(error), now).await?;
    }
    tx.commit().await?;
    Ok(held)
}

/// Holds a row in a transaction of its own.
pub(super) async fn hold(engine: &Engine, row: &Row, error: &EngineError, now: Timestamp) -> Result<(), EngineError> {
    let mut tx = engine.store.begin().await?;
    hold_in(engine, &mut tx, row, error, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The same in the caller's transaction.
pub(super) async fn hold_in(
    engine: &Engine,
    tx: &mut Tx,
    row: &Row,
    error: &EngineError,
    now: Timestamp,
) -> Result<(), EngineError> {
    let mut not_by = None;
    let (what, place) = match row {
        Row::Assignment(id) => {
            not_by = Some(*id);
            let mut batch = Batch::new(tx);
            outbox::set_next_checks(&mut batch, &[(*id, Some(ms(now + AGAIN_AFTER)))]);
            batch.run(tx).await?;
            ("assignment", assignment_name(tx, *id).await?)
        }
        Row::Reminder(id) => {
            // Escalation goes on.
            outbox::set_reminder(tx, *id, Turn::new(ReminderState::Undeliverable, "cannot-route", ms(now))).await?;
            let sql = "SELECT assignment_id FROM reminder WHERE id = $1";
            let assignment: i64 = sqlx::query_scalar(sql).bind(*id).fetch_one(&mut **tx).await?;
            not_by = Some(assignment);
            ("reminder", format!("R{id}, {}", assignment_name(tx, assignment).await?))
        }
        Row::Items { person, channel, kind } => {
            fail_items(tx, *person, *channel, kind, now).await?;
            ("items", person_name(tx, *person).await?)
        }
        Row::Item(id) => {
            let sql =
                "SELECT i.person_id, i.reminder_id, r.assignment_id FROM message_item i JOIN reminder r ON r.id = i.reminder_id
                       WHERE i.id = $1";
            let found = sqlx::query(sql).bind(*id).fetch_one(&mut **tx).await?;
            not_by = Some(found.try_get(2)?);
            fail_item(tx, *id, found.try_get(1)?, now).await?;
            ("item", person_name(tx, found.try_get(0)?).await?)
        }
        Row::Message(id) => {
            let sql = "SELECT person_id FROM message WHERE id = $1";
            let person: i64 = sqlx::query_scalar(sql).bind(*id).fetch_one(&mut **tx).await?;
            ("message", person_name(tx, person).await?)
        }
    };
    tracing::error!(row = what, place, %error, "a row breaks what handles it: it is held, the others go on");
    let detail = serde_json::json!({ "v": 1, "row": what, "place": place, "why": error.to_string() });
    let mut entry = Entry::new(now, "row-held", detail).actor("daemon").config(engine.rules.digest.clone());
    if let Row::Assignment(id) = row {
        entry = entry.assignment(*id);
    }
    journal::append(tx, &[entry]).await?;
    match guard::tell_of_row(engine, tx, Some(&place), not_by, now).await {
        // Whatever was to carry the alarm does not read back either: the log and the journal have it.
        Err(error) if error.is_of_a_row() => Ok(()),
        told => told,
    }
}

async fn fail_items(tx: &mut Tx, person: i64, channel: ChannelKind, kind: &str, now: Timestamp) -> Result<(), EngineError> {
    let items = "SELECT id, reminder_id FROM message_item
                 WHERE message_id IS NULL AND state = 'open' AND person_id = $1 AND channel = $2 AND kind = $3";
    let rows = sqlx::query(items).bind(person).bind(channel.as_str()).bind(kind.to_owned()).fetch_all(&mut **tx).await?;
    for row in rows {
        fail_item(tx, row.try_get(0)?, row.try_get(1)?, now).await?;
    }
    Ok(())
}

/// What nobody else is to get of its reminder, or has got, makes that undeliverable.
async fn fail_item(tx: &mut Tx, item: i64, reminder: i64, now: Timestamp) -> Result<(), EngineError> {
    outbox::set_items(tx, &[item], "failed").await?;
    let sql = "SELECT COUNT(*) FROM message_item WHERE reminder_id = $1 AND kind <> 'copy' AND state IN ('open', 'accepted')";
    let others: i64 = sqlx::query_scalar(sql).bind(reminder).fetch_one(&mut **tx).await?;
    // What is queued is routed anew for others of its people.
    if others == 0 && !outbox::is_queued(tx, reminder).await? {
        // Escalation goes on.
        outbox::set_reminder(tx, reminder, Turn::new(ReminderState::Undeliverable, "cannot-pack", ms(now))).await?;
    }
    Ok(())
}

/// As plainly as a damaged row allows.
async fn assignment_name(tx: &mut Tx, id: i64) -> Result<String, EngineError> {
    let sql = "SELECT p.number || '#' || d.clause || '@' || u.code FROM assignment a JOIN directive d ON d.id = a.directive_id
               JOIN dispatch p ON p.id = d.dispatch_id JOIN unit u ON u.id = a.unit_id WHERE a.id = $1";
    Ok(sqlx::query_scalar(sql).bind(id).fetch_one(&mut **tx).await?)
}

async fn person_name(tx: &mut Tx, id: i64) -> Result<String, EngineError> {
    Ok(sqlx::query_scalar("SELECT name FROM person WHERE id = $1").bind(id).fetch_one(&mut **tx).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_an_error_of_its_row_also_after_an_await() {
        let broken = guarded(async {
            tokio::task::yield_now().await;
            assert!(!std::hint::black_box(true), "a sample of what must not happen");
            Ok(())
        });
        let error = broken.await.expect_err("it panicked");
        assert!(matches!(error, EngineError::Panicked) && error.is_of_a_row());
        assert_eq!(guarded(async { Ok(7) }).await.expect("no panic"), 7);
    }
}
