//! People who were to get far more than was foreseen, and how much each got.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::dialect::Dialect;
use super::error::StoreError;
use super::keys;

/// A condition on an item: its person is in no storm, or it tells the operators of a guard.
pub(super) const OUTSIDE: &str = " AND (message_item.kind = 'alarm' OR NOT EXISTS (
     SELECT 1 FROM storm s WHERE s.person_id = message_item.person_id AND s.approved_at_ms IS NULL))";

/// Those of these people who got at least `limit` messages since then.
pub async fn busy(connection: &mut AnyConnection, people: &[i64], limit: u16, since_ms: i64) -> Result<Vec<i64>, StoreError> {
    let sql = format!(
        "WITH p(id) AS ({}) SELECT p.id FROM p WHERE
             (SELECT m.packed_at_ms FROM message m WHERE m.person_id = p.id ORDER BY m.id DESC LIMIT 1 OFFSET $2) >= $3
         ORDER BY p.id",
        keys::each_number(Dialect::of(connection), 1)
    );
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(keys::list(people.iter().copied()));
    Ok(query.bind(i64::from(limit.max(1)) - 1).bind(since_ms).fetch_all(connection).await?)
}

/// The messages a person got since then, alarms left out: the oldest first, at most `limit` of the last ones.
pub async fn recent(connection: &mut AnyConnection, person: i64, since_ms: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT m.id FROM message m WHERE m.person_id = $1 AND m.packed_at_ms >= $2 AND m.kind <> 'alarm'
               ORDER BY m.id DESC LIMIT CAST($3 AS BIGINT)";
    let mut ids: Vec<i64> = sqlx::query_scalar(sql).bind(person).bind(since_ms).bind(limit).fetch_all(connection).await?;
    ids.reverse();
    Ok(ids)
}

/// When each of these assignments became known.
pub async fn known_ms(connection: &mut AnyConnection, assignments: &[i64]) -> Result<BTreeMap<i64, i64>, StoreError> {
    let sql = format!("SELECT id, known_at_ms FROM assignment WHERE id {}", keys::numbers(Dialect::of(connection), 1));
    let query = sqlx::query(AssertSqlSafe(sql)).bind(keys::list(assignments.iter().copied()));
    let row = |row: &sqlx::any::AnyRow| Ok((row.try_get(0)?, row.try_get(1)?));
    query.fetch_all(connection).await?.iter().map(row).collect()
}

/// Since when a person is counted anew, because an operator approved what was held.
pub async fn approved_ms(connection: &mut AnyConnection, person: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT approved_at_ms FROM storm WHERE person_id = $1";
    let found: Option<Option<i64>> = sqlx::query_scalar(sql).bind(person).fetch_optional(connection).await?;
    Ok(found.flatten())
}

/// What waits for that person waits from now on.
pub async fn hold(connection: &mut AnyConnection, person: i64, now_ms: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO storm (person_id, since_at_ms) VALUES ($1, $2)
               ON CONFLICT (person_id) DO UPDATE SET since_at_ms = excluded.since_at_ms, approved_at_ms = NULL";
    sqlx::query(sql).bind(person).bind(now_ms).execute(connection).await?;
    Ok(())
}

/// Since when what waits for that person is held; `None` when it is not.
pub async fn held_since_ms(connection: &mut AnyConnection, person: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT since_at_ms FROM storm WHERE person_id = $1 AND approved_at_ms IS NULL";
    Ok(sqlx::query_scalar(sql).bind(person).fetch_optional(connection).await?)
}

/// Who is held now, by name, the longest first.
pub async fn held(connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT p.name FROM storm s JOIN person p ON p.id = s.person_id WHERE s.approved_at_ms IS NULL
               ORDER BY s.since_at_ms, p.id";
    Ok(sqlx::query_scalar(sql).fetch_all(connection).await?)
}

/// An operator approved: what waits may leave.
pub async fn approve(connection: &mut AnyConnection, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE storm SET approved_at_ms = $1 WHERE approved_at_ms IS NULL").bind(now_ms).execute(connection).await?;
    Ok(())
}

/// Everybody who was in a storm: whom, since when, and when it was approved.
pub async fn all(connection: &mut AnyConnection) -> Result<Vec<(i64, i64, Option<i64>)>, StoreError> {
    let sql = "SELECT person_id, since_at_ms, approved_at_ms FROM storm ORDER BY person_id";
    let row = |row: &sqlx::any::AnyRow| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    sqlx::query(sql).fetch_all(connection).await?.iter().map(row).collect()
}
