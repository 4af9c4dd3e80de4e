//! What stands at the head of a record, held against the journal: since when the assignment is known, its deadline, its work and what holds
//! it.

use serde_json::Value;
use sqlx::{AnyConnection, Row as _};

use super::standing::{Brought, Held, Standing};
use super::{About, Contradiction, compare};
use crate::store::error::StoreError;
use crate::store::queries::ListRow;
use crate::store::rows::journalled_deadline;

pub(super) async fn compare_all(
    connection: &mut AnyConnection,
    row: &ListRow,
    standing: &Standing,
    all: &mut Vec<Contradiction>,
) -> Result<(), StoreError> {
    let mut parts = vec![("known_at", Some(row.known_at.to_string()), standing.known_at.map(|known_at| known_at.to_string()))];
    if let Held::Is(deadline) = &standing.deadline {
        parts.push(("deadline", row.deadline.as_ref().map(journalled_deadline), deadline.clone()));
    }
    if let Held::Is(work) = standing.work() {
        parts.push(("work", Some(row.work.as_str().to_owned()), work.clone()));
    }
    let brought = match standing.brought() {
        Brought::Unheld => None,
        Brought::Nothing => Some(Value::Null),
        Brought::So(brought) => Some(brought),
    };
    if let Some(brought) = brought {
        let number = |name: &str| brought.get(name).and_then(Value::as_i64);
        let found = sqlx::query("SELECT blocked_by_id FROM assignment WHERE id = $1").bind(row.id).fetch_one(connection).await?;
        let blocker: Option<i64> = found.try_get(0)?;
        let shown = |ms: i64| jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| at.to_string());
        parts.push(("paused_until", row.paused_until.map(|at| at.to_string()), number("paused_until_ms").map(shown)));
        parts.push(("blocked_by", blocker.map(|unit| unit.to_string()), number("blocked_by_id").map(|unit| unit.to_string())));
    }
    compare(&About::Assignment, parts, all);
    Ok(())
}
