//! Updates of the Bot API, saved before they are handled, and the tokens of buttons.

use sqlx::{AnyConnection, Row as _};

use super::error::StoreError;
use super::rows::word_at;
use crate::domain::delivery::MessageState;

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

/// Takes an update for good, in the transaction of its act; its payload is not needed any more. `false` when it was taken
/// before: then nothing is to be done. On PostgreSQL a second one waits here until the first has committed.
pub async fn set_handled(connection: &mut AnyConnection, update_id: i64, now_ms: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE telegram_update SET handled_at_ms = $1, payload = '' WHERE update_id = $2 AND handled_at_ms IS NULL";
    let done = sqlx::query(sql).bind(now_ms).bind(update_id).execute(connection).await?;
    Ok(done.rows_affected() > 0)
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

/// What is known of a message whose button was pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Key of the row.
    pub id: i64,
    /// To whom.
    pub person_id: i64,
    /// Where it stands.
    pub state: MessageState,
    /// Its subject.
    pub subject: String,
    /// The id Telegram gave it, when an answer came.
    pub receipt: Option<String>,
    /// Transmissions whose answer was lost: each may have left a copy in the chat whose id nobody knows.
    pub uncertain: i64,
}

/// The message with that key, as far as it ever left over Telegram.
pub async fn sent(connection: &mut AnyConnection, key: &str) -> Result<Option<Sent>, StoreError> {
    let sql = "SELECT m.id, m.person_id, m.state, m.subject, m.receipt,
                      (SELECT COUNT(*) FROM attempt t WHERE t.message_id = m.id AND t.verdict = 'uncertain') AS uncertain
               FROM message m WHERE m.key = $1 AND m.channel = 'telegram' AND m.attempts > 0";
    let row = sqlx::query(sql).bind(key).fetch_optional(connection).await?;
    row.map(|row| {
        Ok(Sent {
            id: row.try_get("id")?,
            person_id: row.try_get("person_id")?,
            state: word_at(&row, "state", MessageState::parse)?,
            subject: row.try_get("subject")?,
            receipt: row.try_get("receipt")?,
            uncertain: row.try_get("uncertain")?,
        })
    })
    .transpose()
}
