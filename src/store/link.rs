//! Which chat is whose: codes that link an account, and the links themselves.

use jiff::Timestamp;
use sqlx::{AnyConnection, Row as _};

use super::Tx;
use super::error::StoreError;
use super::meta;
use super::rows::{instant_at, moment_at};
use crate::domain::organisation::PersonId;

/// A code as it is kept: its SHA-256, never the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRow {
    /// SHA-256 in hexadecimal.
    pub code_hash: String,
    /// Whom it links.
    pub person: PersonId,
    /// The operating-system user who made it.
    pub made_by: String,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// The account that showed it first.
    pub account: Option<i64>,
    /// When it was used up.
    pub used_at: Option<Timestamp>,
}

/// Records a code; those the person has not used yet hold no longer.
pub async fn insert_code(connection: &mut AnyConnection, code: &CodeRow, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE link_code SET used_at_ms = $1 WHERE person_id = $2 AND used_at_ms IS NULL";
    sqlx::query(sql).bind(now.as_millisecond()).bind(code.person.0).execute(&mut *connection).await?;
    let sql = "INSERT INTO link_code (code_hash, person_id, made_by, created_at_ms, expires_at_ms) VALUES ($1, $2, $3, $4, $5)";
    let query = sqlx::query(sql).bind(&code.code_hash).bind(code.person.0).bind(&code.made_by);
    query.bind(now.as_millisecond()).bind(code.expires_at.as_millisecond()).execute(connection).await?;
    Ok(())
}

/// The code with that hash.
pub async fn code(connection: &mut AnyConnection, code_hash: &str) -> Result<Option<CodeRow>, StoreError> {
    let sql = "SELECT code_hash, person_id, made_by, expires_at_ms, account, used_at_ms FROM link_code WHERE code_hash = $1";
    let Some(row) = sqlx::query(sql).bind(code_hash).fetch_optional(connection).await? else { return Ok(None) };
    Ok(Some(CodeRow {
        code_hash: row.try_get("code_hash")?,
        person: PersonId(row.try_get("person_id")?),
        made_by: row.try_get("made_by")?,
        expires_at: moment_at(&row, "expires_at_ms")?,
        account: row.try_get("account")?,
        used_at: instant_at(&row, "used_at_ms")?,
    }))
}

/// Forgets codes that hold no longer since before that instant: used up or not, nobody asks for them any more. Returns how many.
pub async fn forget_codes(connection: &mut AnyConnection, before_ms: i64) -> Result<u64, StoreError> {
    let sql = "DELETE FROM link_code WHERE expires_at_ms < $1";
    Ok(sqlx::query(sql).bind(before_ms).execute(connection).await?.rows_affected())
}

/// Binds a code to the account that showed it first.
pub async fn claim_code(connection: &mut AnyConnection, code_hash: &str, account: i64) -> Result<(), StoreError> {
    let sql = "UPDATE link_code SET account = $1 WHERE code_hash = $2 AND account IS NULL";
    sqlx::query(sql).bind(account).bind(code_hash).execute(connection).await?;
    Ok(())
}

/// Uses a code up.
pub async fn use_code(connection: &mut AnyConnection, code_hash: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE link_code SET used_at_ms = $1 WHERE code_hash = $2";
    sqlx::query(sql).bind(now.as_millisecond()).bind(code_hash).execute(connection).await?;
    Ok(())
}

/// Gives a person that chat, or none; messages that wait for the old one are looked at again.
pub async fn set_chat(tx: &mut Tx, person: PersonId, chat: Option<i64>) -> Result<(), StoreError> {
    let sql = "UPDATE person SET telegram_chat = $1, telegram_dead_at_ms = NULL WHERE id = $2";
    sqlx::query(sql).bind(chat).bind(person.0).execute(&mut **tx).await?;
    meta::raise_org_revision(tx).await?;
    Ok(())
}

/// What a chat was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A code that does not hold.
    Code,
    /// Anything else, for want of a link.
    Stranger,
}

impl Refused {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Stranger => "stranger",
        }
    }
}

/// Counts one more refusal of a chat and says how many there were since `since`, this one included.
pub async fn count_refusal(
    connection: &mut AnyConnection,
    chat: i64,
    what: Refused,
    since: Timestamp,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO link_refusal (chat, what, since_at_ms, refused) VALUES ($1, $2, $3, 1)
               ON CONFLICT (chat, what) DO UPDATE SET
                   refused = CASE WHEN link_refusal.since_at_ms < $4 THEN 1 ELSE link_refusal.refused + 1 END,
                   since_at_ms = CASE WHEN link_refusal.since_at_ms < $4 THEN $3 ELSE link_refusal.since_at_ms END
               RETURNING refused";
    let query = sqlx::query_scalar(sql).bind(chat).bind(what.as_str()).bind(now.as_millisecond());
    Ok(query.bind(since.as_millisecond()).fetch_one(connection).await?)
}

/// How often a chat was refused since then.
pub async fn refusals(connection: &mut AnyConnection, chat: i64, what: Refused, since: Timestamp) -> Result<i64, StoreError> {
    let sql = "SELECT refused FROM link_refusal WHERE chat = $1 AND what = $2 AND since_at_ms >= $3";
    let query = sqlx::query_scalar(sql).bind(chat).bind(what.as_str()).bind(since.as_millisecond());
    let found: Option<i64> = query.fetch_optional(connection).await?;
    Ok(found.unwrap_or(0))
}
