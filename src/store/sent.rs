//! What a `sent.log` told after a restore.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::Tx;
use super::dialect::Dialect;
use super::error::StoreError;
use super::keys;
use super::sent_log::Sent;

/// Whether anything was ever accepted.
pub async fn has_sent(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM message WHERE state = 'accepted' ORDER BY id LIMIT 1";
    let first: Option<i64> = sqlx::query_scalar(sql).fetch_optional(connection).await?;
    Ok(first.is_some())
}

/// When the last acceptance was recorded, in the order of the journal; `None` also when the latest entries tell of none.
pub async fn last_ms(connection: &mut AnyConnection) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT j.at_ms FROM (SELECT seq, kind, at_ms FROM journal ORDER BY seq DESC LIMIT 10000) j
               WHERE j.kind = 'message-accepted' ORDER BY j.seq DESC LIMIT 1";
    Ok(sqlx::query_scalar(sql).fetch_optional(connection).await?)
}

/// What was accepted since then as far as the latest entries of the journal tell, in their order: key, traces, time.
pub async fn accepted_since(connection: &mut AnyConnection, from_ms: i64) -> Result<Vec<Sent>, StoreError> {
    let sql = "SELECT m.key, m.traces, j.at_ms
               FROM (SELECT seq, kind, at_ms, message_key FROM journal ORDER BY seq DESC LIMIT 10000) j
               JOIN message m ON m.key = j.message_key
               WHERE j.kind = 'message-accepted' AND j.at_ms >= $1 ORDER BY j.seq";
    let mut found = Vec::new();
    for row in sqlx::query(sql).bind(from_ms).fetch_all(connection).await? {
        let traces: String = row.try_get("traces")?;
        let traces = traces.split(',').filter(|trace| !trace.is_empty()).map(str::to_owned).collect();
        found.push(Sent { at_ms: row.try_get("at_ms")?, key: row.try_get("key")?, traces });
    }
    Ok(found)
}

/// The keys among these that are accepted, or known to have been before the restore.
pub async fn known(connection: &mut AnyConnection, keys: &[String]) -> Result<BTreeSet<String>, StoreError> {
    let list = keys::texts(Dialect::of(connection), 1);
    let sql = format!(
        "SELECT key FROM message WHERE state = 'accepted' AND key {list}
         UNION SELECT message_key FROM sent WHERE message_key {list}"
    );
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(keys::texts_list(keys.iter().map(String::as_str)));
    Ok(query.fetch_all(connection).await?.into_iter().collect())
}

/// Keeps what was accepted before the restore. The key is kept by itself as well: each trace of it may be known from another message,
/// over another channel.
pub async fn keep(tx: &mut Tx, key: &str, traces: &[String], at_ms: i64) -> Result<(), StoreError> {
    for trace in traces.iter().cloned().chain([format!("key {key}")]) {
        let sql = "INSERT INTO sent (trace, message_key, at_ms) VALUES ($1, $2, $3) ON CONFLICT (trace) DO NOTHING";
        sqlx::query(sql).bind(trace).bind(key.to_owned()).bind(at_ms).execute(&mut **tx).await?;
    }
    tx.loses_bearings();
    Ok(())
}

/// Which of these were accepted before the restore, and when.
pub async fn found(connection: &mut AnyConnection, traces: &[String]) -> Result<BTreeMap<String, i64>, StoreError> {
    let mut found = BTreeMap::new();
    let sql = format!("SELECT trace, at_ms FROM sent WHERE trace {}", keys::texts(Dialect::of(connection), 1));
    let list = keys::texts_list(traces.iter().map(String::as_str));
    for row in sqlx::query(AssertSqlSafe(sql)).bind(list).fetch_all(connection).await? {
        found.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(found)
}
