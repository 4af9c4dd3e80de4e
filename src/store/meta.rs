//! The table `meta`: small facts of the store about itself.

use sqlx::{AnyConnection, Row as _};

use super::Tx;
use super::batch::Batch;
use super::error::StoreError;

/// The store's own id, a UUID made at its creation; part of every message key.
pub const STORE_ID: &str = "store_id";
/// Raised by every change of units, people, appointments or substitutions.
pub const ORG_REVISION: &str = "org_revision";
/// Raised by every change of rules or calendar.
pub const RULES_EPOCH: &str = "rules_epoch";
/// While assignments are planned anew under changed rules: the key of the last one that was.
pub const REPLAN_AFTER: &str = "replan_after";
/// Digest of the rules of that epoch.
pub const RULES_DIGEST: &str = "rules_digest";
/// The Monday of the last week whose brief was decided on.
pub const BRIEF_WEEK: &str = "brief_week";
/// The last year whose holidays the operators were asked for.
pub const HOLIDAYS_ASKED: &str = "holidays_asked";
/// The day on which the operators were told last that the Telegram token is used elsewhere.
pub const TOKEN_TOLD: &str = "token_told";
/// When the last plan ended, Unix milliseconds.
pub const LAST_PLAN_AT_MS: &str = "last_plan_at_ms";
/// Set at the first start of a daemon that keeps a marker and a `sent.log`: from then on their absence means something.
pub const GUARDED: &str = "guarded";
/// Above 0 after `confirm`, until a daemon has settled where it lives.
pub const CONFIRMED: &str = "confirmed";
/// With a colon and the name of a machine: when its clock was believed last. Which start of the machine, its wall and its steady clock,
/// milliseconds.
pub const CLOCK_BELIEVED: &str = "clock_believed";
/// Number of the journal's last row.
pub const JOURNAL_SEQ: &str = "journal_seq";
/// Hash of the journal's last row.
pub const JOURNAL_HASH: &str = "journal_hash";

/// What stands under that key.
pub async fn get(connection: &mut AnyConnection, key: &str) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT value FROM meta WHERE key = $1").bind(key).fetch_optional(connection).await?)
}

/// A whole number under that key; 0 when there is none.
pub async fn get_number(connection: &mut AnyConnection, key: &str) -> Result<i64, StoreError> {
    match get(connection, key).await? {
        None => Ok(0),
        Some(value) => value.parse().map_err(|_| StoreError::Damaged { column: "meta.value", value }),
    }
}

/// Writes it.
pub async fn set(connection: &mut AnyConnection, key: &str, value: &str) -> Result<(), StoreError> {
    let mut batch = Batch::new(connection);
    set_with(&mut batch, key, value);
    batch.run(connection).await
}

/// The same with other writes.
pub fn set_with(batch: &mut Batch, key: &str, value: &str) {
    let sql = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    batch.push(sql.to_owned(), vec![key.into(), value.into()]);
}

/// Nothing stands under that key any more.
pub async fn clear(connection: &mut AnyConnection, key: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM meta WHERE key = $1").bind(key).execute(connection).await?;
    Ok(())
}

/// The store's id.
pub async fn store_id(connection: &mut AnyConnection) -> Result<String, StoreError> {
    get(connection, STORE_ID).await?.ok_or_else(|| StoreError::Damaged { column: "store_id", value: String::new() })
}

/// The store's id and the revision of units and people, in one look.
pub async fn identity(connection: &mut AnyConnection) -> Result<(String, i64), StoreError> {
    let sql = "SELECT (SELECT value FROM meta WHERE key = $1) AS store_id,
               (SELECT CAST(value AS BIGINT) FROM meta WHERE key = $2) AS org_revision";
    let row = sqlx::query(sql).bind(STORE_ID).bind(ORG_REVISION).fetch_one(connection).await?;
    let store_id: Option<String> = row.try_get(0)?;
    let store_id = store_id.ok_or_else(|| StoreError::Damaged { column: "store_id", value: String::new() })?;
    Ok((store_id, row.try_get::<Option<i64>, _>(1)?.unwrap_or(0)))
}

/// The revision of units and people.
pub async fn org_revision(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    get_number(connection, ORG_REVISION).await
}

/// Raises the revision of units and people and returns the new one; call it in the transaction that changes them.
pub async fn raise_org_revision(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.loses_bearings();
    raise(tx, ORG_REVISION).await
}

/// Raises a number by one and returns it; the row stays locked until the transaction ends.
pub async fn raise(connection: &mut AnyConnection, key: &str) -> Result<i64, StoreError> {
    let value: String = sqlx::query_scalar(
        "INSERT INTO meta (key, value) VALUES ($1, '1')
         ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)
         RETURNING value",
    )
    .bind(key)
    .fetch_one(connection)
    .await?;
    value.parse().map_err(|_| StoreError::Damaged { column: "meta.value", value })
}

/// What a store is born with.
pub(super) async fn found_store(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let id = uuid::Uuid::new_v4().to_string();
    let born = [
        (STORE_ID, id.as_str()),
        (ORG_REVISION, "0"),
        (RULES_EPOCH, "0"),
        (JOURNAL_SEQ, "0"),
        (JOURNAL_HASH, super::journal::GENESIS),
    ];
    for (key, value) in born {
        sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING")
            .bind(key)
            .bind(value)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
