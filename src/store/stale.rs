//! Items whose assignment or directory changed since they were routed.

use sqlx::AnyConnection;

use super::error::StoreError;
use super::items::{ITEM_SQL, ItemRow, read_items};

/// Those that wait to be packed, in order of their routing; so many at most.
pub async fn loose_items(connection: &mut AnyConnection, limit: i64) -> Result<Vec<ItemRow>, StoreError> {
    let sql = format!(
        "{ITEM_SQL} WHERE i.message_id IS NULL AND i.state = 'open' AND (i.assignment_revision <> a.revision
            OR i.org_revision <> (SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'org_revision')) ORDER BY i.id LIMIT CAST($1 AS BIGINT)"
    );
    read_items(connection, &sql, vec![limit.into()]).await
}

/// Those that wait to be packed and do not read back, each asked for by itself: its key, and what is wrong with it.
pub async fn unreadable_items(connection: &mut AnyConnection) -> Result<Vec<(i64, StoreError)>, StoreError> {
    let sql = "SELECT id FROM message_item WHERE message_id IS NULL AND state = 'open' ORDER BY id";
    let ids: Vec<i64> = sqlx::query_scalar(sql).fetch_all(&mut *connection).await?;
    let mut broken = Vec::new();
    for id in ids {
        match read_items(connection, &format!("{ITEM_SQL} WHERE i.id = $1"), vec![id.into()]).await {
            Ok(_) => {}
            Err(error @ StoreError::Damaged { .. }) => broken.push((id, error)),
            Err(error) => return Err(error),
        }
    }
    Ok(broken)
}

/// Marks items as checked against the present state of assignment and directory.
pub async fn freshen_items(connection: &mut AnyConnection, message_id: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message_item SET
            assignment_revision = (SELECT a.revision FROM reminder r JOIN assignment a ON a.id = r.assignment_id
                                   WHERE r.id = message_item.reminder_id),
            org_revision = (SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'org_revision')
         WHERE message_id = $1",
    )
    .bind(message_id)
    .execute(connection)
    .await?;
    Ok(())
}
