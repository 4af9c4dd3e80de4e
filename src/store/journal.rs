//! The journal: every act and every decision that left a trace, in a hash chain.
//!
//! The hash of a row is SHA-256 over the hash before it and every other column of the row, each with its length, NULLs
//! marked. The head (number and hash of the last row) stands in `meta`, so that a shortened journal shows.

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::dialect::Dialect;
use super::error::StoreError;
use super::meta;

/// What stands before the first row.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When it happened.
    pub at: Timestamp,
    /// Stable word, kebab-case, e.g. `message-accepted`.
    pub kind: &'static str,
    /// The assignment it is about.
    pub assignment_id: Option<i64>,
    /// The message it is about.
    pub message_key: Option<String>,
    /// Who did it: a person's text id, `daemon`, `cli:USER`.
    pub actor: Option<String>,
    /// The config that held.
    pub config_digest: Option<String>,
    /// A JSON object; it gets a version field `"v": 1` when it has none.
    pub detail: Value,
}

impl Entry {
    /// An entry about nothing in particular yet.
    pub fn new(at: Timestamp, kind: &'static str, detail: Value) -> Self {
        Self { at, kind, assignment_id: None, message_key: None, actor: None, config_digest: None, detail }
    }

    /// About that assignment.
    #[must_use]
    pub fn assignment(mut self, id: i64) -> Self {
        self.assignment_id = Some(id);
        self
    }

    /// About that message.
    #[must_use]
    pub fn message(mut self, key: impl Into<String>) -> Self {
        self.message_key = Some(key.into());
        self
    }

    /// Done by that actor.
    #[must_use]
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Under that config.
    #[must_use]
    pub fn config(mut self, digest: impl Into<String>) -> Self {
        self.config_digest = Some(digest.into());
        self
    }

    fn detail_text(&self) -> String {
        match &self.detail {
            Value::Object(fields) => {
                let mut fields = fields.clone();
                fields.entry("v").or_insert_with(|| 1.into());
                Value::Object(fields).to_string()
            }
            Value::Null => serde_json::json!({ "v": 1 }).to_string(),
            other => serde_json::json!({ "v": 1, "value": other }).to_string(),
        }
    }
}

/// A row as it is hashed.
pub(super) struct Sealed<'a> {
    pub(super) seq: i64,
    pub(super) at_ms: i64,
    pub(super) kind: &'a str,
    pub(super) assignment_id: Option<i64>,
    pub(super) message_key: Option<&'a str>,
    pub(super) actor: Option<&'a str>,
    pub(super) config_digest: Option<&'a str>,
    pub(super) detail: &'a str,
}

impl Sealed<'_> {
    pub(super) fn hash(&self, previous: &str) -> String {
        let mut hasher = Sha256::new();
        text(&mut hasher, Some(previous));
        number(&mut hasher, Some(self.seq));
        number(&mut hasher, Some(self.at_ms));
        text(&mut hasher, Some(self.kind));
        number(&mut hasher, self.assignment_id);
        text(&mut hasher, self.message_key);
        text(&mut hasher, self.actor);
        text(&mut hasher, self.config_digest);
        text(&mut hasher, Some(self.detail));
        data_encoding::HEXLOWER.encode(&hasher.finalize())
    }
}

fn text(hasher: &mut Sha256, value: Option<&str>) {
    match value {
        None => hasher.update([0]),
        Some(value) => {
            hasher.update([1]);
            hasher.update(u64::try_from(value.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(value.as_bytes());
        }
    }
}

fn number(hasher: &mut Sha256, value: Option<i64>) {
    match value {
        None => hasher.update([0]),
        Some(value) => {
            hasher.update([2]);
            hasher.update(value.to_be_bytes());
        }
    }
}

/// Appends entries in that order, in the caller's transaction. The head's row stays locked until it ends, so several
/// processes may append.
pub async fn append(connection: &mut AnyConnection, entries: &[Entry]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let (mut seq, mut head) = locked_head(connection).await?;
    let dialect = Dialect::of(connection);
    for chunk in super::rows::batches(entries, COLUMNS.len()) {
        let details: Vec<String> = chunk.iter().map(Entry::detail_text).collect();
        let sql = super::rows::insert_sql(dialect, "journal", &COLUMNS, chunk.len());
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (entry, detail) in chunk.iter().zip(&details) {
            seq += 1;
            let sealed = Sealed {
                seq,
                at_ms: entry.at.as_millisecond(),
                kind: entry.kind,
                assignment_id: entry.assignment_id,
                message_key: entry.message_key.as_deref(),
                actor: entry.actor.as_deref(),
                config_digest: entry.config_digest.as_deref(),
                detail,
            };
            head = sealed.hash(&head);
            query = query
                .bind(seq)
                .bind(sealed.at_ms)
                .bind(entry.kind)
                .bind(entry.assignment_id)
                .bind(entry.message_key.as_deref())
                .bind(entry.actor.as_deref())
                .bind(entry.config_digest.as_deref())
                .bind(detail.as_str())
                .bind(head.clone());
        }
        query.execute(&mut *connection).await?;
    }
    sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2), ($3, $4) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(meta::JOURNAL_SEQ)
        .bind(seq.to_string())
        .bind(meta::JOURNAL_HASH)
        .bind(head)
        .execute(connection)
        .await?;
    Ok(())
}

const COLUMNS: [&str; 9] = ["seq", "at_ms", "kind", "assignment_id", "message_key", "actor", "config_digest", "detail", "hash"];

/// The head from `meta`, not from the last row: a journal cut short must not be continued as if it were whole.
async fn locked_head(connection: &mut AnyConnection) -> Result<(i64, String), StoreError> {
    let lock = Dialect::of(connection).for_update();
    let sql = format!("SELECT key, value FROM meta WHERE key IN ($1, $2){lock}");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(meta::JOURNAL_SEQ).bind(meta::JOURNAL_HASH);
    let (mut seq, mut hash) = (0, GENESIS.to_owned());
    for row in query.fetch_all(connection).await? {
        let (key, value): (String, String) = (row.try_get("key")?, row.try_get("value")?);
        if key == meta::JOURNAL_HASH {
            hash = value;
        } else {
            seq = value.parse().map_err(|_| StoreError::Damaged { column: "journal_seq", value })?;
        }
    }
    Ok((seq, hash))
}
