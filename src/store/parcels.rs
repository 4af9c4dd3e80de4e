//! What was rendered for messages, kept beside them until they are final; see docs/adr/0039.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, AssertSqlSafe};

use super::batch::Batch;
use super::dialect::Dialect;
use super::error::StoreError;
use super::keys;
use super::messages::NewMessage;
use super::rows::batches;

/// Records what was rendered for messages that are recorded before it in the same batch.
pub(super) fn insert(batch: &mut Batch, new: &[NewMessage]) {
    for chunk in batches(new, 2) {
        let mut sql = "INSERT INTO parcel (message_id, content) VALUES ".to_owned();
        let mut cells = Vec::with_capacity(2 * chunk.len());
        for (index, one) in chunk.iter().enumerate() {
            sql.push_str(if index == 0 {
                "((SELECT id FROM message WHERE key = "
            } else {
                ", ((SELECT id FROM message WHERE key = "
            });
            batch.dialect().write_place(&mut sql, 2 * index + 1);
            sql.push_str("), ");
            batch.dialect().write_place(&mut sql, 2 * index + 2);
            sql.push(')');
            cells.extend([one.key.as_str().into(), one.parcel.as_str().into()]);
        }
        batch.push_in_order(sql, cells);
    }
}

/// What was rendered for these messages, JSON, by key of the row; nothing of those that are final.
pub async fn read(connection: &mut AnyConnection, ids: &[i64]) -> Result<BTreeMap<i64, String>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let numbers = keys::numbers(Dialect::of(connection), 1);
    let sql = format!("SELECT message_id, content FROM parcel WHERE message_id {numbers}");
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(keys::list(ids.iter().copied()));
    Ok(query.fetch_all(connection).await?.into_iter().collect())
}

/// Replaces what was rendered: a chat that moved.
pub async fn set(connection: &mut AnyConnection, id: i64, parcel: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE parcel SET content = $1 WHERE message_id = $2").bind(parcel).bind(id).execute(connection).await?;
    Ok(())
}
