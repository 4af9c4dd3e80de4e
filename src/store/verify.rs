//! Walks the journal's hash chain.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::Store;
use super::error::StoreError;
use super::journal::{GENESIS, Sealed};
use super::meta;

/// Rows read at a time.
const ROWS_PER_READ: i64 = 2_000;

/// What the walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// Rows that match, counted from the first.
    pub rows: i64,
    /// The first row that does not match, and why.
    pub first_bad: Option<(i64, String)>,
}

/// Walks the journal from its first row and stops at the first that does not match.
///
/// Found are rows that were edited in any column, deleted, inserted, swapped or cut off at the end.
pub async fn verify(store: &Store) -> Result<VerifyReport, StoreError> {
    let mut tx = store.snapshot().await?;
    let head_seq = meta::get_number(&mut tx, meta::JOURNAL_SEQ).await?;
    let head_hash = meta::get(&mut tx, meta::JOURNAL_HASH).await?.unwrap_or_default();
    let mut walk = Walk { rows: 0, hash: GENESIS.to_owned() };
    let mut from = i64::MIN;
    loop {
        let rows = chunk(&mut tx, from).await?;
        let Some(last) = rows.last() else { break };
        from = last.try_get::<i64, _>("seq")?.saturating_add(1);
        for row in &rows {
            if let Some(why) = walk.step(row)? {
                return Ok(VerifyReport { rows: walk.rows, first_bad: Some(why) });
            }
        }
    }
    Ok(VerifyReport { first_bad: walk.end(head_seq, &head_hash), rows: walk.rows })
}

async fn chunk(connection: &mut AnyConnection, from: i64) -> Result<Vec<AnyRow>, StoreError> {
    let sql = "SELECT seq, at_ms, kind, assignment_id, message_key, actor, config_digest, detail, hash
               FROM journal WHERE seq >= $1 ORDER BY seq LIMIT $2";
    Ok(sqlx::query(sql).bind(from).bind(ROWS_PER_READ).fetch_all(connection).await?)
}

struct Walk {
    rows: i64,
    hash: String,
}

impl Walk {
    fn step(&mut self, row: &AnyRow) -> Result<Option<(i64, String)>, StoreError> {
        let seq: i64 = row.try_get("seq")?;
        let expected = self.rows + 1;
        if seq > expected {
            return Ok(Some((expected, format!("row {expected} is missing, row {seq} follows"))));
        }
        if seq < expected {
            return Ok(Some((seq, format!("row {seq} was put in front of the first row"))));
        }
        let (kind, detail): (String, String) = (row.try_get("kind")?, row.try_get("detail")?);
        let [message_key, actor, config_digest]: [Option<String>; 3] =
            [row.try_get("message_key")?, row.try_get("actor")?, row.try_get("config_digest")?];
        let sealed = Sealed {
            seq,
            at_ms: row.try_get("at_ms")?,
            kind: &kind,
            assignment_id: row.try_get("assignment_id")?,
            message_key: message_key.as_deref(),
            actor: actor.as_deref(),
            config_digest: config_digest.as_deref(),
            detail: &detail,
        };
        let hash = sealed.hash(&self.hash);
        if row.try_get::<String, _>("hash")? != hash {
            return Ok(Some((seq, format!("row {seq} does not match its hash: it or the row before it was changed"))));
        }
        self.rows = seq;
        self.hash = hash;
        Ok(None)
    }

    /// The head in `meta` must be the last row.
    fn end(&self, head_seq: i64, head_hash: &str) -> Option<(i64, String)> {
        let next = self.rows + 1;
        if head_seq > self.rows {
            return Some((next, format!("rows {next} to {head_seq} are missing at the end")));
        }
        if head_seq < self.rows {
            return Some((head_seq + 1, format!("the journal should end at row {head_seq} and ends at {}", self.rows)));
        }
        (head_hash != self.hash).then(|| (self.rows, format!("row {} is not the one the journal ended with", self.rows)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::store::journal::{Entry, append};

    fn entries(count: usize) -> Vec<Entry> {
        let at = Timestamp::from_millisecond(1_700_000_000_000).expect("in range");
        let entry = |n: usize| {
            let entry = Entry::new(at, "message-accepted", json!({ "n": n, "text": "đã nhận" }));
            // Every other row leaves its optional columns NULL.
            if n.is_multiple_of(2) { entry } else { entry.assignment(7).message("k1").actor("an").config("c0ffee") }
        };
        (0..count).map(entry).collect()
    }

    async fn journal_of(count: usize) -> Store {
        let store = Store::scratch().await.expect("a scratch store");
        let mut tx = store.begin().await.expect("nobody else writes");
        let entries = entries(count);
        let (first, rest) = entries.split_at(1);
        append(&mut tx, first).await.expect("appended");
        append(&mut tx, rest).await.expect("appended");
        tx.commit().await.expect("committed");
        store
    }

    async fn tamper(store: &Store, sql: &'static str) {
        let mut tx = store.begin().await.expect("nobody else writes");
        let done = sqlx::raw_sql(sql).execute(&mut *tx).await.expect(sql);
        assert!(done.rows_affected() > 0, "{sql} changed nothing");
        tx.commit().await.expect("committed");
    }

    async fn first_bad(store: &Store) -> Option<i64> {
        verify(store).await.expect("it can be read").first_bad.map(|(seq, _)| seq)
    }

    #[tokio::test]
    async fn an_untouched_journal_verifies_and_an_empty_one_too() {
        let store = journal_of(6_001).await;
        let report = verify(&store).await.expect("it can be read");
        assert_eq!(report, VerifyReport { rows: 6_001, first_bad: None });
        let empty = Store::scratch().await.expect("a scratch store");
        assert_eq!(verify(&empty).await.expect("it can be read"), VerifyReport { rows: 0, first_bad: None });
    }

    #[tokio::test]
    async fn an_edit_of_any_column_is_found_at_its_row() {
        for (sql, bad) in [
            ("UPDATE journal SET seq = 99 WHERE seq = 4", 4),
            ("UPDATE journal SET seq = -1 WHERE seq = 4", -1),
            ("UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 4", 4),
            ("UPDATE journal SET kind = 'message-refused' WHERE seq = 4", 4),
            ("UPDATE journal SET assignment_id = 8 WHERE seq = 4", 4),
            ("UPDATE journal SET assignment_id = NULL WHERE seq = 4", 4),
            ("UPDATE journal SET assignment_id = 0 WHERE seq = 5", 5),
            ("UPDATE journal SET message_key = 'k2' WHERE seq = 4", 4),
            ("UPDATE journal SET message_key = '' WHERE seq = 5", 5),
            ("UPDATE journal SET message_key = NULL WHERE seq = 4", 4),
            ("UPDATE journal SET message_key = actor, actor = message_key WHERE seq = 4", 4),
            ("UPDATE journal SET actor = 'binh' WHERE seq = 4", 4),
            ("UPDATE journal SET actor = '' WHERE seq = 5", 5),
            ("UPDATE journal SET config_digest = 'c0ffef' WHERE seq = 4", 4),
            ("UPDATE journal SET config_digest = '' WHERE seq = 5", 5),
            ("UPDATE journal SET detail = '{\"v\":1}' WHERE seq = 4", 4),
            ("UPDATE journal SET hash = 'x' WHERE seq = 4", 4),
            ("UPDATE journal SET kind = 'x' WHERE seq = 1", 1),
            ("UPDATE journal SET kind = 'x' WHERE seq = 8", 8),
        ] {
            let store = journal_of(8).await;
            tamper(&store, sql).await;
            assert_eq!(first_bad(&store).await, Some(bad), "{sql}");
        }
    }

    #[tokio::test]
    async fn a_deleted_row_is_found_wherever_it_stood() {
        for (sql, bad) in [
            ("DELETE FROM journal WHERE seq = 1", 1),
            ("DELETE FROM journal WHERE seq = 5", 5),
            ("DELETE FROM journal WHERE seq = 8", 8),
            ("DELETE FROM journal WHERE seq > 3", 4),
            ("DELETE FROM journal", 1),
            ("DELETE FROM journal WHERE seq = 1; UPDATE journal SET seq = seq - 1", 1),
        ] {
            let store = journal_of(8).await;
            tamper(&store, sql).await;
            assert_eq!(first_bad(&store).await, Some(bad), "{sql}");
        }
    }

    #[tokio::test]
    async fn swapped_and_copied_rows_are_found() {
        for (sql, bad) in [
            (
                "UPDATE journal SET seq = -1 WHERE seq = 3; UPDATE journal SET seq = 3 WHERE seq = 5; UPDATE journal SET seq = 5 WHERE seq = -1",
                3,
            ),
            (
                "INSERT INTO journal SELECT 9, at_ms, kind, assignment_id, message_key, actor, config_digest, detail, hash FROM journal WHERE seq = 8",
                9,
            ),
        ] {
            let store = journal_of(8).await;
            tamper(&store, sql).await;
            assert_eq!(first_bad(&store).await, Some(bad), "{sql}");
        }
    }

    #[tokio::test]
    async fn a_journal_cut_short_is_not_healed_by_what_is_appended_later() {
        let store = journal_of(8).await;
        tamper(&store, "DELETE FROM journal WHERE seq = 8").await;
        let mut tx = store.begin().await.expect("nobody else writes");
        append(&mut tx, &entries(3)).await.expect("appended");
        tx.commit().await.expect("committed");
        assert_eq!(first_bad(&store).await, Some(8));
    }

    #[tokio::test]
    async fn two_writers_make_one_chain() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = crate::store::Where::Sqlite(folder.path().join("dondoc.db"));
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..2 {
            let store = Store::create(&place).await.expect("a fresh folder");
            writers.spawn(async move {
                for _ in 0..40 {
                    let mut tx = store.begin().await.expect("it waits");
                    append(&mut tx, &entries(3)).await.expect("appended");
                    tx.commit().await.expect("committed");
                }
            });
        }
        while let Some(ended) = writers.join_next().await {
            ended.expect("no writer failed");
        }
        let store = Store::open(&place).await.expect("it exists");
        assert_eq!(verify(&store).await.expect("it can be read"), VerifyReport { rows: 240, first_bad: None });
    }
}
