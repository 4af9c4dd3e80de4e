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
    /// The hash of the last of them.
    pub hash: String,
    /// The first row that does not match, and why.
    pub first_bad: Option<(i64, Flaw)>,
}

/// What is wrong with a row of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not there; that one follows.
    Missing {
        /// The number of the row that follows.
        follows: i64,
    },
    /// It was put in front of the first row.
    InFront,
    /// It holds a value of a type that no entry has.
    Foreign,
    /// It does not match its hash: it or the row before it was changed.
    Changed,
    /// It is not the one whose hash was kept elsewhere: it or a row before it was written anew.
    Rewritten,
    /// The rows up to that one are missing at the end.
    CutOff {
        /// The last row there should be.
        to: i64,
    },
    /// The journal should end before it.
    TooLong,
    /// It is not the one the journal ended with.
    OtherEnd,
    /// What is kept in `meta` of the journal's end is gone, or is nothing a journal ends with.
    NoEnd,
}

/// Walks the journal from its first row and stops at the first that does not match.
///
/// Found are rows that were edited in any column, deleted, inserted, swapped or cut off at the end.
pub async fn verify(store: &Store) -> Result<VerifyReport, StoreError> {
    verify_from(store, None).await
}

/// A row of the journal as it was kept elsewhere: an earlier head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

impl Anchor {
    /// Reads `NUMBER:HASH`; of an empty journal there is only one hash.
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, hash) = text.trim().split_once(':')?;
        let hash = hash.to_lowercase();
        let is_hash = hash.len() == GENESIS.len() && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let seq = seq.parse::<i64>().ok().filter(|seq| *seq > 0 || (*seq == 0 && hash == GENESIS))?;
        Some(Self { seq, hash }).filter(|_| is_hash)
    }
}

/// The same, and that the journal still holds that row as it was: whoever cut the journal short, or wrote it anew with the
/// head in `meta`, is found by a head that was kept outside the store.
pub async fn verify_from(store: &Store, anchor: Option<&Anchor>) -> Result<VerifyReport, StoreError> {
    let mut tx = store.snapshot().await?;
    let head = head(&mut tx).await?;
    let mut walk = Walk { rows: 0, hash: GENESIS.to_owned() };
    let mut from = i64::MIN;
    loop {
        let rows = chunk(&mut tx, from).await?;
        let Some(last) = rows.last() else { break };
        from = last.try_get::<i64, _>("seq")?.saturating_add(1);
        for row in &rows {
            let flaw = walk.step(row).unwrap_or(Some((walk.rows + 1, Flaw::Foreign)));
            if flaw.is_some() {
                return Ok(VerifyReport { rows: walk.rows, hash: walk.hash, first_bad: flaw });
            }
            if let Some(anchor) = anchor.filter(|anchor| anchor.seq == walk.rows && anchor.hash != walk.hash) {
                let first_bad = Some((anchor.seq, Flaw::Rewritten));
                return Ok(VerifyReport { rows: walk.rows - 1, hash: walk.hash, first_bad });
            }
        }
    }
    let cut = anchor.filter(|anchor| anchor.seq > walk.rows);
    let cut = cut.map(|anchor| (walk.rows + 1, Flaw::CutOff { to: anchor.seq }));
    let end = match &head {
        Some((seq, hash)) => walk.end(*seq, hash),
        None => Some((walk.rows + 1, Flaw::NoEnd)),
    };
    Ok(VerifyReport { first_bad: end.or(cut), rows: walk.rows, hash: walk.hash })
}

/// Number and hash of the journal's last row as `meta` keeps them; `None` where they are gone or unreadable. SQLite takes any type.
async fn head(connection: &mut AnyConnection) -> Result<Option<(i64, String)>, StoreError> {
    let seq = meta::get(connection, meta::JOURNAL_SEQ).await;
    let hash = meta::get(connection, meta::JOURNAL_HASH).await;
    let read = |value: Result<Option<String>, StoreError>| match value {
        Err(StoreError::Database(sqlx::Error::ColumnDecode { .. })) => Ok(None),
        read => read,
    };
    let (seq, hash) = (read(seq)?.and_then(|seq| seq.parse().ok()), read(hash)?);
    Ok(seq.zip(hash))
}

async fn chunk(connection: &mut AnyConnection, from: i64) -> Result<Vec<AnyRow>, StoreError> {
    let sql = "SELECT seq, at_ms, kind, assignment_id, message_key, actor, config_digest, detail, hash
               FROM journal WHERE seq >= $1 ORDER BY seq LIMIT CAST($2 AS BIGINT)";
    Ok(sqlx::query(sql).bind(from).bind(ROWS_PER_READ).fetch_all(connection).await?)
}

struct Walk {
    rows: i64,
    hash: String,
}

impl Walk {
    /// Takes one row more, or tells what is wrong with it.
    ///
    /// # Errors
    /// When a column holds another type than ours: SQLite takes any.
    fn step(&mut self, row: &AnyRow) -> Result<Option<(i64, Flaw)>, sqlx::Error> {
        let seq: i64 = row.try_get("seq")?;
        let expected = self.rows + 1;
        if seq > expected {
            return Ok(Some((expected, Flaw::Missing { follows: seq })));
        }
        if seq < expected {
            return Ok(Some((seq, Flaw::InFront)));
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
            return Ok(Some((seq, Flaw::Changed)));
        }
        self.rows = seq;
        self.hash = hash;
        Ok(None)
    }

    /// The head in `meta` must be the last row.
    fn end(&self, head_seq: i64, head_hash: &str) -> Option<(i64, Flaw)> {
        if head_seq > self.rows {
            return Some((self.rows + 1, Flaw::CutOff { to: head_seq }));
        }
        if head_seq < self.rows {
            return Some((head_seq + 1, Flaw::TooLong));
        }
        (head_hash != self.hash).then_some((self.rows, Flaw::OtherEnd))
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
        assert_eq!((report.rows, report.first_bad), (6_001, None));
        let empty = Store::scratch().await.expect("a scratch store");
        let report = verify(&empty).await.expect("it can be read");
        assert_eq!((report.rows, report.first_bad), (0, None));
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
            ("UPDATE journal SET detail = x'ff' WHERE seq = 4", 4),
            ("UPDATE journal SET at_ms = 'abc' WHERE seq = 5", 5),
            ("UPDATE journal SET hash = x'00' WHERE seq = 1", 1),
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
    async fn a_journal_whose_end_is_not_kept_any_more_is_not_called_whole_nor_broken_at_a_row() {
        for (sql, rows) in [
            ("DELETE FROM meta WHERE key LIKE 'journal%'", 8),
            ("DELETE FROM meta WHERE key LIKE 'journal%'; DELETE FROM journal", 0),
            ("DELETE FROM meta WHERE key = 'journal_hash'", 8),
            ("UPDATE meta SET value = 'abc' WHERE key = 'journal_seq'", 8),
            ("UPDATE meta SET value = x'ff' WHERE key = 'journal_seq'", 8),
        ] {
            let store = journal_of(8).await;
            tamper(&store, sql).await;
            let report = verify(&store).await.expect("it can be read");
            assert_eq!((report.rows, report.first_bad), (rows, Some((rows + 1, Flaw::NoEnd))), "{sql}");
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
    async fn who_cuts_or_rewrites_the_journal_with_its_head_is_found_by_a_head_kept_outside() {
        let store = journal_of(10).await;
        let mut tx = store.snapshot().await.expect("a snapshot");
        let hash = meta::get(&mut tx, meta::JOURNAL_HASH).await.expect("readable").expect("a head");
        tx.commit().await.expect("ended");
        let kept = Anchor::parse(&format!("10:{}", hash.to_uppercase())).expect("an anchor");
        let found =
            |store: Store, kept: Anchor| async move { verify_from(&store, Some(&kept)).await.expect("readable").first_bad };
        assert_eq!(found(store.clone(), kept.clone()).await, None);
        // The last rows are cut off, and the head in meta with them: the chain alone is whole.
        tamper(&store, "DELETE FROM journal WHERE seq > 7").await;
        tamper(&store, "UPDATE meta SET value = '7' WHERE key = 'journal_seq'").await;
        tamper(&store, "UPDATE meta SET value = (SELECT hash FROM journal WHERE seq = 7) WHERE key = 'journal_hash'").await;
        assert_eq!(first_bad(&store).await, None);
        assert_eq!(found(store.clone(), kept.clone()).await.map(|(row, _)| row), Some(8));
        // Others are written in their place.
        let mut tx = store.begin().await.expect("nobody else writes");
        append(&mut tx, &entries(5)).await.expect("appended");
        tx.commit().await.expect("committed");
        assert_eq!(first_bad(&store).await, None);
        assert_eq!(found(store, kept).await.map(|(row, _)| row), Some(10));
        let (below, none) = (format!("-1:{GENESIS}"), format!("0:{}", "1".repeat(GENESIS.len())));
        for wrong in ["", "10", "10:abc", "x:0000", &below, &none] {
            assert_eq!(Anchor::parse(wrong), None, "{wrong}");
        }
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
        let report = verify(&store).await.expect("it can be read");
        assert_eq!((report.rows, report.first_bad), (240, None));
    }
}
