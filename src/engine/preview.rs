//! What other rules would change of the next days, as counts: told before a reload takes effect.
//!
//! Bounded three ways, so that no reload waits long and nothing that is due waits for it: it compares [`DAYS`] days, it is left
//! out for a store with more than [`ROWS_MAX`] rows to copy, and whoever asks gives up after [`PATIENCE`]. The store is read
//! in one snapshot, which holds up no writer; the work is done on scratch copies.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::compare::{Counts, compare};
use super::simulate::Range;
use super::{Engine, EngineError};

/// How many days ahead are compared.
pub const DAYS: i64 = 7;

/// Assignments, reminders and messages of a store that is still copied.
pub const ROWS_MAX: i64 = 20_000;

/// How long a reload waits for the counts at most.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Compares the rules of two engines over one store; `None` where the store is too large to be copied for it.
pub async fn preview(held: &Engine, wanted: &Engine, now: Timestamp) -> Result<Option<Counts>, EngineError> {
    let sql = "SELECT (SELECT COUNT(*) FROM assignment) + (SELECT COUNT(*) FROM reminder) + (SELECT COUNT(*) FROM message)";
    let rows: i64 = sqlx::query_scalar(sql).fetch_one(held.store.read()).await?;
    if rows > ROWS_MAX {
        return Ok(None);
    }
    let last = held.rules.calendar.date_of(now).saturating_add(SignedDuration::from_hours(24 * DAYS));
    let range = Range { from: None, to: Some(last) };
    let sides = ((&held.rules, held.channels.as_slice()), (&wanted.rules, wanted.channels.as_slice()));
    Ok(Some(compare(&held.store, sides, range, now, &mut |_| {}).await?.counts()))
}
