//! Items whose assignment or directory changed since they were routed, and the messages of such items.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::dialect::Dialect;
use super::error::StoreError;
use super::items::{ITEM_SQL, ItemRow, read_items};
use super::keys;
use super::messages::{MESSAGE_SQL, MessageRow, read};

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

/// Messages that wait and were packed for other units and people, or before that instant; those after one, so many at most, in order of
/// their rows.
pub async fn messages(
    connection: &mut AnyConnection,
    packed_before_ms: i64,
    (after, limit): (i64, i64),
) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!(
        "{MESSAGE_SQL} WHERE m.channel IN ('email', 'telegram') AND m.state IN ('queued', 'deferred', 'uncertain') AND m.id > $1
            AND EXISTS (SELECT 1 FROM message_item i WHERE i.message_id = m.id AND (m.packed_at_ms < $2
                OR i.org_revision <> (SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'org_revision')))
         ORDER BY m.id LIMIT CAST($3 AS BIGINT){}",
        Dialect::of(connection).for_update_skip_locked()
    );
    read(connection, &sql, vec![after.into(), packed_before_ms.into(), limit.into()]).await
}

/// Marks the items of these messages as checked against the present state of assignment and directory.
pub async fn freshen_items(connection: &mut AnyConnection, messages: &[i64]) -> Result<(), StoreError> {
    if messages.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "UPDATE message_item SET
            assignment_revision = (SELECT a.revision FROM reminder r JOIN assignment a ON a.id = r.assignment_id
                                   WHERE r.id = message_item.reminder_id),
            org_revision = (SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'org_revision')
         WHERE message_id {}",
        keys::numbers(Dialect::of(connection), 1)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(keys::list(messages.iter().copied())).execute(connection).await?;
    Ok(())
}
