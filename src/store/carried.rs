//! A message with what it carries, as it is explained afterwards.

use jiff::Timestamp;
use sqlx::{AnyConnection, Row as _};

use super::error::StoreError;
use super::rows::{instant_at, moment_at, word_at};
use super::timeline::AttemptLine;
use crate::domain::delivery::MessageState;
use crate::domain::organisation::PersonId;

/// A message, without what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct CarriedMessage {
    /// Key of the row.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// Whom it is for.
    pub person: PersonId,
    /// The channel it leaves by.
    pub channel: String,
    /// `action`, `copy` or `digest`.
    pub kind: String,
    /// Its subject.
    pub subject: String,
    /// Where it stands.
    pub state: MessageState,
    /// Reason code of that.
    pub reason: String,
    /// The config that held when it was packed.
    pub config_digest: String,
    /// When it was packed.
    pub packed_at: Timestamp,
    /// When it became final.
    pub settled_at: Option<Timestamp>,
    /// It goes to the trial mailbox.
    pub is_trial: bool,
}

/// One reminder it carries, or carried, to its person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedItem {
    /// Which reminder.
    pub reminder_id: i64,
    /// Who.
    pub person: PersonId,
    /// Over which channel.
    pub channel: String,
    /// `action`, `copy` or `digest`.
    pub kind: String,
    /// JSON: why this person.
    pub roles: String,
    /// `open`, `accepted`, `failed`, `dropped`
    pub state: String,
    /// The key of its message, when it is in one.
    pub message_key: Option<String>,
}

/// The message of that key.
pub async fn message(connection: &mut AnyConnection, key: &str) -> Result<Option<CarriedMessage>, StoreError> {
    let sql = "SELECT id, key, person_id, channel, kind, subject, state, reason, config_digest, packed_at_ms, settled_at_ms,
                   trial_at_ms FROM message WHERE key = $1";
    let Some(row) = sqlx::query(sql).bind(key).fetch_optional(connection).await? else { return Ok(None) };
    Ok(Some(CarriedMessage {
        id: row.try_get("id")?,
        key: row.try_get("key")?,
        person: PersonId(row.try_get("person_id")?),
        channel: row.try_get("channel")?,
        kind: row.try_get("kind")?,
        subject: row.try_get("subject")?,
        state: word_at(&row, "state", MessageState::parse)?,
        reason: row.try_get("reason")?,
        config_digest: row.try_get("config_digest")?,
        packed_at: moment_at(&row, "packed_at_ms")?,
        settled_at: instant_at(&row, "settled_at_ms")?,
        is_trial: instant_at(&row, "trial_at_ms")?.is_some(),
    }))
}

/// The parts of that message, or of that reminder.
pub async fn items(connection: &mut AnyConnection, of: Of) -> Result<Vec<CarriedItem>, StoreError> {
    let (column, id) = match of {
        Of::Message(id) => ("i.message_id", id),
        Of::Reminder(id) => ("i.reminder_id", id),
    };
    let sql = format!(
        "SELECT i.reminder_id, i.person_id, i.channel, i.kind, i.roles, i.state, m.key FROM message_item i
         LEFT JOIN message m ON m.id = i.message_id WHERE {column} = $1 ORDER BY i.id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_all(connection).await?;
    let item = |row: &sqlx::any::AnyRow| {
        Ok(CarriedItem {
            reminder_id: row.try_get("reminder_id")?,
            person: PersonId(row.try_get("person_id")?),
            channel: row.try_get("channel")?,
            kind: row.try_get("kind")?,
            roles: row.try_get("roles")?,
            state: row.try_get("state")?,
            message_key: row.try_get("key")?,
        })
    };
    rows.iter().map(item).collect()
}

/// Whose parts are asked for, by key of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A message.
    Message(i64),
    /// A reminder.
    Reminder(i64),
}

/// The transmissions of a message, oldest first.
pub async fn attempts(connection: &mut AnyConnection, message_id: i64) -> Result<Vec<AttemptLine>, StoreError> {
    let sql = "SELECT number, started_at_ms, ended_at_ms, verdict, reason FROM attempt WHERE message_id = $1 ORDER BY number";
    sqlx::query(sql).bind(message_id).fetch_all(connection).await?.iter().map(super::timeline::attempt).collect()
}
