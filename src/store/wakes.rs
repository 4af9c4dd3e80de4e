//! When to look again: the earliest instant at which anything may have to be done.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::error::StoreError;
use super::guards::Passing;
use crate::domain::policy::ChannelKind;

/// The earliest instant anything may have to be done: a check, a queued reminder, a message. While a guard keeps things back,
/// only what passes it counts, and nothing is to be planned.
pub async fn next_wake_ms(connection: &mut AnyConnection, passing: &Passing) -> Result<Option<i64>, StoreError> {
    let sql = format!(
        "SELECT MIN(m.available_at_ms) FROM message m WHERE m.state IN ('queued', 'deferred', 'uncertain'){}",
        passing.of_message("m.id")
    );
    let message: Option<i64> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
    Ok(next_plan_ms(connection, passing).await?.into_iter().chain(message).min())
}

/// The earliest instant anything may have to be planned or routed: a check, a queued reminder, a period.
pub async fn next_plan_ms(connection: &mut AnyConnection, passing: &Passing) -> Result<Option<i64>, StoreError> {
    let reminders = format!("SELECT MIN(due_at_ms) FROM reminder WHERE state = 'queued'{}", passing.of_step("step"));
    let mut queries = vec![reminders];
    if *passing == Passing::All {
        queries.push("SELECT MIN(next_check_at_ms) FROM assignment WHERE next_check_at_ms IS NOT NULL".to_owned());
        queries.push("SELECT MIN(opens_at_ms) FROM series WHERE opens_at_ms IS NOT NULL".to_owned());
    }
    let mut earliest: Option<i64> = None;
    for sql in queries {
        let found: Option<i64> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
        earliest = earliest.into_iter().chain(found).min();
    }
    Ok(earliest)
}

/// When the next message of a channel may be transmitted; instant 0 for one whose transmission is uncertain.
pub async fn next_available_ms(
    connection: &mut AnyConnection,
    channel: ChannelKind,
    passing: &Passing,
) -> Result<Option<i64>, StoreError> {
    let sql = format!(
        "SELECT MIN(m.available_at_ms) FROM message m WHERE m.channel = $1 AND m.state IN ('queued', 'deferred', 'uncertain'){}",
        passing.of_message("m.id")
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).bind(channel.as_str()).fetch_one(connection).await?)
}
