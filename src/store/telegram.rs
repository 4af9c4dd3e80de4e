//! Updates of the Bot API, saved before they are handled, and the tokens of buttons.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::batch::Batch;
use super::error::StoreError;
use super::rows::{Cell, damaged, word_at};
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
    let rows = sqlx::query(
        "SELECT update_id, payload FROM telegram_update WHERE handled_at_ms IS NULL ORDER BY update_id LIMIT CAST($1 AS BIGINT)",
    )
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
    /// Opaque; what the button carries.
    pub token: String,
    /// The message it belongs to; empty under an answer of the bot.
    pub message_key: String,
    /// What it does: the word of a reply, or one of the bot's own acts.
    pub act: String,
    /// Whose button, under an answer of the bot; under a message it is its recipient's.
    pub person_id: Option<i64>,
    /// What is answered for; every member of the message when `None`.
    pub assignments: Option<Vec<i64>>,
    /// What else the act needs.
    pub argument: Option<String>,
    /// When it is forgotten; never before its message is.
    pub expires_at_ms: Option<i64>,
}

impl Token {
    /// A button of a message.
    pub fn of_message(token: String, message_key: &str, act: &str, assignments: Option<Vec<i64>>) -> Self {
        Self {
            token,
            message_key: message_key.to_owned(),
            act: act.to_owned(),
            person_id: None,
            assignments,
            argument: None,
            expires_at_ms: None,
        }
    }
}

/// Records the tokens of buttons.
pub fn insert_tokens(batch: &mut Batch, tokens: &[Token], now_ms: i64) {
    let sql =
        "INSERT INTO callback_token (token, message_key, act, person_id, assignments, argument, expires_at_ms, created_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    for token in tokens {
        let assignments = token.assignments.as_ref().map(|ids| serde_json::json!(ids).to_string());
        let cells = vec![
            token.token.as_str().into(),
            token.message_key.as_str().into(),
            token.act.as_str().into(),
            Cell::Number(token.person_id),
            Cell::Text(assignments),
            Cell::Text(token.argument.clone()),
            Cell::Number(token.expires_at_ms),
            now_ms.into(),
        ];
        batch.push(sql.to_owned(), cells);
    }
}

/// Forgets tokens whose time is over.
pub async fn forget_tokens(connection: &mut AnyConnection, now_ms: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM callback_token WHERE expires_at_ms IS NOT NULL AND expires_at_ms < $1";
    sqlx::query(sql).bind(now_ms).execute(connection).await?;
    Ok(())
}

const TOKEN: &str = "SELECT token, message_key, act, person_id, assignments, argument, expires_at_ms FROM callback_token";

/// What that token stands for.
pub async fn token(connection: &mut AnyConnection, token: &str) -> Result<Option<Token>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{TOKEN} WHERE token = $1"));
    let row = sqlx::query(sql).bind(token).fetch_optional(connection).await?;
    row.as_ref().map(token_row).transpose()
}

/// The tokens of a message, the oldest first.
pub async fn tokens_of(connection: &mut AnyConnection, message_key: &str) -> Result<Vec<Token>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{TOKEN} WHERE message_key = $1 ORDER BY created_at_ms, token"));
    sqlx::query(sql).bind(message_key).fetch_all(connection).await?.iter().map(token_row).collect()
}

fn token_row(row: &AnyRow) -> Result<Token, StoreError> {
    let list: Option<String> = row.try_get("assignments")?;
    let list = list.map(|json| serde_json::from_str(&json).map_err(|_| damaged("assignments", &json)));
    Ok(Token {
        token: row.try_get("token")?,
        message_key: row.try_get("message_key")?,
        act: row.try_get("act")?,
        person_id: row.try_get("person_id")?,
        assignments: list.transpose()?,
        argument: row.try_get("argument")?,
        expires_at_ms: row.try_get("expires_at_ms")?,
    })
}

/// The key of the last message that reached that person over Telegram, or of the one the chat numbers so.
pub async fn message_of(
    connection: &mut AnyConnection,
    person_id: i64,
    message_id: Option<i64>,
) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT id FROM message WHERE person_id = $1 AND channel = 'telegram' AND receipt IS NOT NULL
                   AND (receipt = $2 OR $2 = '') ORDER BY id DESC LIMIT 1";
    let number = message_id.map_or_else(String::new, |id| id.to_string());
    Ok(sqlx::query_scalar(sql).bind(person_id).bind(number).fetch_optional(connection).await?)
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
