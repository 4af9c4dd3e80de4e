//! What a transaction has to know before it does anything: which guards stand, whose store it is, where its journal ends. Read in
//! one look, once for each transaction, and forgotten by whatever changes it.

use std::sync::Arc;

use serde::Deserialize;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::Tx;
use super::dialect::Dialect;
use super::error::StoreError;
use super::guards::{self, GuardRow};
use super::journal::GENESIS;
use super::rows::damaged;

/// Where a transaction stands. Nobody else changes any of it while a writing transaction is open; a reading one sees one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearings {
    /// The store's own id.
    pub store_id: String,
    /// Revision of units and people.
    pub org_revision: i64,
    /// Digest of the rules in force; `None` before the first.
    pub rules_digest: Option<String>,
    /// The guards that stand, the oldest first.
    pub guards: Vec<GuardRow>,
    /// Whether anything is kept of what left before a restore.
    pub has_kept: bool,
    /// Number of the journal's last row.
    pub(super) journal_seq: i64,
    /// Hash of the journal's last row.
    pub(super) journal_hash: String,
}

/// A guard as the look tells it.
#[derive(Deserialize)]
struct ListedGuard(String, i64, String, Option<String>, i64);

impl Tx {
    /// Where this transaction stands.
    ///
    /// # Errors
    /// When the store cannot be read, or holds a guard nobody knows.
    pub async fn bearings(&mut self) -> Result<Arc<Bearings>, StoreError> {
        if let Some(known) = &self.bearings {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(read(self).await?);
        self.bearings = Some(Arc::clone(&read));
        Ok(read)
    }

    /// Something of them is changed in this transaction: they are read anew when they are asked for next.
    pub fn loses_bearings(&mut self) {
        self.bearings = None;
    }

    /// The journal ends there now.
    pub(super) fn journal_ends(&mut self, seq: i64, hash: String) {
        if let Some(known) = &mut self.bearings {
            let known = Arc::make_mut(known);
            (known.journal_seq, known.journal_hash) = (seq, hash);
        }
    }
}

/// Looks where whoever holds that connection stands.
///
/// # Errors
/// When the store cannot be read, or holds a guard nobody knows.
pub async fn read(connection: &mut AnyConnection) -> Result<Bearings, StoreError> {
    let dialect = Dialect::of(connection);
    let sql = format!(
        "SELECT (SELECT value FROM meta WHERE key = 'store_id') AS store_id,
             (SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'org_revision') AS org_revision,
             (SELECT value FROM meta WHERE key = 'rules_digest') AS rules_digest,
             (SELECT {} FROM guard g) AS guards,
             (SELECT COUNT(*) FROM (SELECT trace FROM sent LIMIT 1) AS first_sent) AS has_kept,
             (SELECT value FROM meta WHERE key = 'journal_seq') AS journal_seq,
             (SELECT value FROM meta WHERE key = 'journal_hash') AS journal_hash",
        dialect.gather("g.name, g.since_at_ms, g.raised_by, g.note, g.told_at_ms", "g.since_at_ms, g.name")
    );
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(connection).await?;
    let store_id: Option<String> = row.try_get(0)?;
    let (told, seq): (Option<String>, Option<String>) = (row.try_get(3)?, row.try_get(5)?);
    let told: Vec<ListedGuard> = serde_json::from_str(told.as_deref().unwrap_or("[]")).map_err(|_| damaged("guard", ""))?;
    let guard = |ListedGuard(name, since_at_ms, raised_by, note, told_at_ms): ListedGuard| {
        let guard = guards::parse(&name)?;
        Ok(GuardRow { guard, since_at_ms, raised_by, note, told_at_ms })
    };
    Ok(Bearings {
        store_id: store_id.ok_or_else(|| damaged("store_id", ""))?,
        org_revision: row.try_get::<Option<i64>, _>(1)?.unwrap_or(0),
        rules_digest: row.try_get(2)?,
        guards: told.into_iter().map(guard).collect::<Result<_, StoreError>>()?,
        has_kept: row.try_get::<i64, _>(4)? > 0,
        journal_seq: seq.map_or(Ok(0), |seq| seq.parse().map_err(|_| damaged("journal_seq", &seq)))?,
        journal_hash: row.try_get::<Option<String>, _>(6)?.unwrap_or_else(|| GENESIS.to_owned()),
    })
}
