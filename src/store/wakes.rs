//! When to look again: the earliest instant at which anything may have to be done.

use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::error::StoreError;
use super::guards::Passing;
use super::storms;
use crate::domain::policy::ChannelKind;

/// What a tick has to know before it does anything, in one look. Nothing in it is acted on: whoever finds something to do reads it
/// again in a transaction of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The store's own id.
    pub store_id: String,
    /// The config whose rules are in force; `None` before any.
    pub rules_digest: Option<String>,
    /// Revision of units and people.
    pub org_revision: i64,
    /// The last assignment that was planned anew under changed rules; `None` when all were.
    pub replan_after: Option<i64>,
    /// The Monday of the last week whose brief was decided on.
    pub brief_week: Option<String>,
    /// Guards that stand.
    pub guards: i64,
    /// 1 for each channel that has a message that waits, else 0: mail, then Telegram.
    pub waiting: [(ChannelKind, i64); 2],
    /// The next check of an assignment.
    pub check_at_ms: Option<i64>,
    /// The next period of a recurring duty.
    pub opens_at_ms: Option<i64>,
    /// The next queued reminder.
    pub reminder_at_ms: Option<i64>,
    /// 1 while an item waits to be packed that no storm holds, else 0.
    pub loose: i64,
}

/// Looks. Every number comes from the end of an index.
pub async fn outlook(connection: &mut AnyConnection) -> Result<Outlook, StoreError> {
    let sql = format!("SELECT (SELECT value FROM meta WHERE key = 'store_id') AS store_id,
            (SELECT value FROM meta WHERE key = 'rules_digest') AS rules_digest,
            (SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'org_revision') AS org_revision,
            (SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'replan_after') AS replan_after,
            (SELECT value FROM meta WHERE key = 'brief_week') AS brief_week,
            (SELECT COUNT(*) FROM guard) AS guards,
            (SELECT COUNT(*) FROM (SELECT id FROM message WHERE channel = 'email'
                AND state IN ('queued', 'deferred', 'uncertain') LIMIT 1) AS first_mail) AS email,
            (SELECT COUNT(*) FROM (SELECT id FROM message WHERE channel = 'telegram'
                AND state IN ('queued', 'deferred', 'uncertain') LIMIT 1) AS first_chat) AS telegram,
            (SELECT MIN(next_check_at_ms) FROM assignment WHERE next_check_at_ms IS NOT NULL) AS check_at_ms,
            (SELECT MIN(opens_at_ms) FROM series WHERE opens_at_ms IS NOT NULL) AS opens_at_ms,
            (SELECT MIN(due_at_ms) FROM reminder WHERE state = 'queued') AS reminder_at_ms,
            (SELECT COUNT(*) FROM (SELECT id FROM message_item WHERE message_id IS NULL AND state = 'open'{} LIMIT 1) AS first_item) AS loose",
        storms::OUTSIDE
    );
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(connection).await?;
    Ok(Outlook {
        store_id: row.try_get(0)?,
        rules_digest: row.try_get(1)?,
        org_revision: row.try_get(2)?,
        replan_after: row.try_get(3)?,
        brief_week: row.try_get(4)?,
        guards: row.try_get(5)?,
        waiting: [(ChannelKind::Email, row.try_get(6)?), (ChannelKind::Telegram, row.try_get(7)?)],
        check_at_ms: row.try_get(8)?,
        opens_at_ms: row.try_get(9)?,
        reminder_at_ms: row.try_get(10)?,
        loose: row.try_get(11)?,
    })
}

/// When the next message may be transmitted, as far as it passes the guards; instant 0 for one whose transmission is uncertain.
pub async fn next_message_ms(connection: &mut AnyConnection, passing: &Passing) -> Result<Option<i64>, StoreError> {
    let sql = format!(
        "SELECT MIN(m.available_at_ms) FROM message m WHERE m.state IN ('queued', 'deferred', 'uncertain'){}",
        passing.of_message("m.id")
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await?)
}

/// The earliest instant anything may have to be planned or routed: a check, a queued reminder, a period. While a guard keeps
/// things back, only what passes it counts, and nothing is to be planned.
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
