//! Updates of the Bot API, saved before they are handled, and the tokens of buttons.

use sqlx::{AnyConnection, Row as _};

use super::error::StoreError;

/// An update as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedUpdate {
    /// Its number; the same update never comes twice under another.
    pub update_id: i64,
    /// JSON.
    pub payload: String,
}

/// Saves updates that are new; those that came before stay as they are. Call it before the next poll confirms them.
pub async fn save_updates(connection: &mut AnyConnection, updates: &[SavedUpdate], now_ms: i64) -> Result<(), StoreError> {
    for update in updates {
        sqlx::query(
            "INSERT INTO telegram_update (update_id, received_at_ms, payload) VALUES ($1, $2, $3) ON CONFLICT (update_id) DO NOTHING",
        )
        .bind(update.update_id)
        .bind(now_ms)
        .bind(update.payload.clone())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Updates that were saved and not yet handled, in order.
pub async fn unhandled(connection: &mut AnyConnection, limit: i64) -> Result<Vec<SavedUpdate>, StoreError> {
    let rows =
        sqlx::query("SELECT update_id, payload FROM telegram_update WHERE handled_at_ms IS NULL ORDER BY update_id LIMIT $1")
            .bind(limit)
            .fetch_all(connection)
            .await?;
    rows.iter().map(|row| Ok(SavedUpdate { update_id: row.try_get("update_id")?, payload: row.try_get("payload")? })).collect()
}

/// Marks an update as handled, in the transaction of its act. Its payload is not needed any more.
pub async fn set_handled(connection: &mut AnyConnection, update_id: i64, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE telegram_update SET handled_at_ms = $1, payload = '' WHERE update_id = $2")
        .bind(now_ms)
        .bind(update_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The number after the last update that was saved.
pub async fn next_offset(connection: &mut AnyConnection) -> Result<Option<i64>, StoreError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT MAX(update_id) FROM telegram_update").fetch_one(connection).await?;
    Ok(last.map(|last| last + 1))
}

/// What a button stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The message it belongs to.
    pub message_key: String,
    /// The word of the reply.
    pub act: String,
}

/// Records the token of a button.
pub async fn insert_token(
    connection: &mut AnyConnection,
    token: &str,
    message_key: &str,
    act: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO callback_token (token, message_key, act, created_at_ms) VALUES ($1, $2, $3, $4)")
        .bind(token)
        .bind(message_key)
        .bind(act)
        .bind(now_ms)
        .execute(connection)
        .await?;
    Ok(())
}

/// What that token stands for.
pub async fn token(connection: &mut AnyConnection, token: &str) -> Result<Option<Token>, StoreError> {
    let row = sqlx::query("SELECT message_key, act FROM callback_token WHERE token = $1")
        .bind(token)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok(Token { message_key: row.try_get("message_key")?, act: row.try_get("act")? })).transpose()
}
