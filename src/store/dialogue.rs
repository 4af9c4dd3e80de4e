//! Questions of a chat that wait for their answer: at most one for a person, kept over restarts.

use jiff::Timestamp;
use sqlx::{AnyConnection, Row as _};

use super::error::StoreError;
use super::rows::{damaged, moment_at, word_at};
use crate::domain::organisation::PersonId;
use crate::domain::reply::ReplyKind;

/// A dialogue as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogueRow {
    /// Whose.
    pub person: PersonId,
    /// Its buttons carry it.
    pub nonce: String,
    /// The reply it leads to.
    pub kind: ReplyKind,
    /// What is asked now.
    pub step: String,
    /// What is answered for.
    pub assignments: Vec<i64>,
    /// The message it began under.
    pub message_key: Option<String>,
    /// The chat's own number of that message.
    pub message_id: Option<i64>,
    /// JSON: what was answered so far.
    pub given: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// The dialogue of a person, also one that has expired.
pub async fn get(connection: &mut AnyConnection, person: PersonId) -> Result<Option<DialogueRow>, StoreError> {
    let sql = "SELECT person_id, nonce, kind, step, assignments, message_key, message_id, given, expires_at_ms
               FROM dialogue WHERE person_id = $1";
    let Some(row) = sqlx::query(sql).bind(person.0).fetch_optional(connection).await? else { return Ok(None) };
    let list: String = row.try_get("assignments")?;
    Ok(Some(DialogueRow {
        person,
        nonce: row.try_get("nonce")?,
        kind: word_at(&row, "kind", ReplyKind::parse)?,
        step: row.try_get("step")?,
        assignments: serde_json::from_str(&list).map_err(|_| damaged("assignments", &list))?,
        message_key: row.try_get("message_key")?,
        message_id: row.try_get("message_id")?,
        given: row.try_get("given")?,
        expires_at: moment_at(&row, "expires_at_ms")?,
    }))
}

/// Writes it in place of the one that person may have.
pub async fn put(connection: &mut AnyConnection, dialogue: &DialogueRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO dialogue (person_id, nonce, kind, step, assignments, message_key, message_id, given, expires_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
               ON CONFLICT (person_id) DO UPDATE SET nonce = $2, kind = $3, step = $4, assignments = $5, message_key = $6,
                   message_id = $7, given = $8, expires_at_ms = $9";
    let query = sqlx::query(sql).bind(dialogue.person.0).bind(&dialogue.nonce).bind(dialogue.kind.as_str()).bind(&dialogue.step);
    let query = query.bind(serde_json::json!(dialogue.assignments).to_string()).bind(dialogue.message_key.as_deref());
    let query = query.bind(dialogue.message_id).bind(&dialogue.given).bind(dialogue.expires_at.as_millisecond());
    query.execute(connection).await?;
    Ok(())
}

/// Ends the dialogue of a person.
pub async fn end(connection: &mut AnyConnection, person: PersonId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM dialogue WHERE person_id = $1").bind(person.0).execute(connection).await?;
    Ok(())
}
