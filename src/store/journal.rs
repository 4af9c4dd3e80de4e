//! The journal: every act and every decision that left a trace, in a hash chain.
//!
//! The hash of a row is SHA-256 over the hash before it and every other column of the row, each with its length, NULLs
//! marked. The head (number and hash of the last row) stands in `meta`, so that a shortened journal shows.

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Tx;
use super::batch::Batch;
use super::error::StoreError;
use super::meta;
use super::rows::Cell;

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
            Value::Object(fields) if fields.contains_key("v") => self.detail.to_string(),
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

/// Appends entries in that order, in the caller's transaction, whose turn it is at the head of the journal.
pub async fn append(tx: &mut Tx, entries: &[Entry]) -> Result<(), StoreError> {
    append_with(tx, Batch::new(tx), entries).await
}

/// Does these writes and appends entries, together. The head is that of `meta`, not the last row: a journal cut short must not be
/// continued as if it were whole.
pub async fn append_with(tx: &mut Tx, mut batch: Batch, entries: &[Entry]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return batch.run(tx).await;
    }
    let bearings = tx.bearings().await?;
    let (mut seq, mut head) = (bearings.journal_seq, bearings.journal_hash.clone());
    for chunk in super::rows::batches(entries, COLUMNS.len()) {
        let mut cells = Vec::with_capacity(chunk.len() * COLUMNS.len());
        for entry in chunk {
            seq += 1;
            let detail = entry.detail_text();
            let sealed = Sealed {
                seq,
                at_ms: entry.at.as_millisecond(),
                kind: entry.kind,
                assignment_id: entry.assignment_id,
                message_key: entry.message_key.as_deref(),
                actor: entry.actor.as_deref(),
                config_digest: entry.config_digest.as_deref(),
                detail: &detail,
            };
            head = sealed.hash(&head);
            cells.extend([
                Cell::from(seq),
                sealed.at_ms.into(),
                entry.kind.into(),
                Cell::Number(entry.assignment_id),
                Cell::Text(entry.message_key.clone()),
                Cell::Text(entry.actor.clone()),
                Cell::Text(entry.config_digest.clone()),
                detail.into(),
                head.clone().into(),
            ]);
        }
        batch.push_in_order(super::rows::insert_sql(batch.dialect(), "journal", &COLUMNS, chunk.len()), cells);
    }
    let sql = "INSERT INTO meta (key, value) VALUES ($1, $2), ($3, $4) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    let cells = vec![meta::JOURNAL_SEQ.into(), seq.to_string().into(), meta::JOURNAL_HASH.into(), head.clone().into()];
    batch.push(sql.to_owned(), cells);
    batch.run(tx).await?;
    tx.journal_ends(seq, head);
    Ok(())
}

const COLUMNS: [&str; 9] = ["seq", "at_ms", "kind", "assignment_id", "message_key", "actor", "config_digest", "detail", "hash"];
