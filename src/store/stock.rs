//! Facts in bulk, for measuring: a few statements fill an empty store with units, people and open assignments.

use std::path::Path;

use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::dialect::Dialect;
use super::error::StoreError;
use super::{Store, copy, meta};

/// Units of a stocked store; the first people are their heads.
const UNITS: i64 = 100;

/// Directives of one dispatch.
const DIRECTIVES: i64 = 100;

/// What an empty store is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stock {
    /// People, each with a mail address at `example.org`.
    pub people: i64,
    /// So many of them, the last ones, have a Telegram chat instead.
    pub chats: i64,
    /// Assignments given long ago, whose deadline lies one to three years ahead; their dispatches bear no mark.
    pub open: i64,
    /// Assignments of one dispatch marked hỏa tốc, that become known from `due_from_ms` on; person after person is the
    /// assignee of one.
    pub due: i64,
    /// When the first becomes known, Unix milliseconds.
    pub due_from_ms: i64,
    /// How many milliseconds later each next one does.
    pub due_gap_ms: i64,
}

/// Fills a store that was just created and knows its rules. The plan of each assignment is left to the daemon: it looks at
/// the open ones 30 days before their deadline, at the others when they become known.
///
/// # Errors
/// When the store cannot be written.
pub async fn fill(store: &Store, stock: &Stock) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let units = UNITS.min(stock.people);
    let dispatches = stock.open.div_euclid(DIRECTIVES) + 1;
    let (people, chats, open, due) = (stock.people, stock.chats, stock.open, stock.due);
    let (from, gap) = (stock.due_from_ms, stock.due_gap_ms);
    // A day one to three years ahead, the same for the same number.
    let last_day = "'202' || CAST(8 + i % 2 AS TEXT) || '-1' || CAST((i / 2) % 3 AS TEXT) || '-1' || CAST((i / 6) % 10 AS TEXT)";
    let texts = [
        counted(units, "unit (id, code, name, aliases, successors)", "i, 'u' || CAST(i AS TEXT), 'Phòng chuyên môn số ' || CAST(i AS TEXT), '[]', '[]'"),
        counted(
            people,
            "person (id, code, name, email, telegram_chat, prefer)",
            &format!(
                "i, 'p' || CAST(i AS TEXT), 'Nguyễn Văn ' || CAST(i AS TEXT),
                 CASE WHEN i <= {people} - {chats} THEN 'p' || CAST(i AS TEXT) || '@example.org' END,
                 CASE WHEN i > {people} - {chats} THEN 1000000 + i END, '[]'"
            ),
        ),
        counted(
            people,
            "appointment (person_id, unit_id, position, from_date, standing)",
            &format!("i, 1 + (i - 1) % {units}, CASE WHEN i <= {units} THEN 'head' ELSE 'officer' END, '2020-01-01', 'full'"),
        ),
        counted(
            dispatches,
            "dispatch (id, issuer, year, number, date, subject, urgency, secrecy)",
            "i, 'UBND', 2026, CAST(i AS TEXT) || '/KH-UBND', '2026-01-05', 'Kế hoạch thực hiện nhiệm vụ trọng tâm của phường',
             CASE WHEN i = 1 THEN 'hoa-toc' ELSE 'thuong' END, 'thuong'",
        ),
        counted(
            due,
            "directive (id, dispatch_id, clause, ordinal, title, follow, deadline_text, deadline_kind, deadline_last_day,
                        deadline_named_day, assignee_id)",
            &format!(
                "i, 1, CAST(i AS TEXT), 1, 'Tham mưu văn bản triển khai nội dung ' || CAST(i AS TEXT) || ' của kế hoạch', 'press',
                 'trước ngày 25/12/2028', 'before', '2028-12-25', '2028-12-25', 1 + (i - 1) % {people}"
            ),
        ),
        counted(
            due,
            "assignment (id, directive_id, unit_id, period, known_at_ms, deadline_kind, deadline_last_day, deadline_named_day,
                         deadline_revision, work, revision, next_check_at_ms)",
            &format!(
                "i, i, 1 + (i - 1) % {units}, '', {from} + (i - 1) * {gap}, 'before', '2028-12-25', '2028-12-25', 0,
                 'not_acknowledged', 0, {from} + (i - 1) * {gap}"
            ),
        ),
        counted(
            open,
            "directive (id, dispatch_id, clause, ordinal, title, follow, deadline_text, deadline_kind, deadline_last_day,
                        deadline_named_day, assignee_id)",
            &format!(
                "{due} + i, CASE WHEN {dispatches} > 1 THEN 2 + (i - 1) % ({dispatches} - 1) ELSE 1 END, 'a' || CAST(i AS TEXT), 1,
                 'Rà soát, báo cáo kết quả nhiệm vụ ' || CAST(i AS TEXT), 'press', 'trong năm sau', 'before', {last_day}, {last_day},
                 1 + (i - 1) % {people}"
            ),
        ),
        counted(
            open,
            "assignment (id, directive_id, unit_id, period, known_at_ms, deadline_kind, deadline_last_day, deadline_named_day,
                         deadline_revision, work, revision, next_check_at_ms)",
            &format!(
                "{due} + i, {due} + i, 1 + (i - 1) % {units}, '', {from} - 86400000, 'before', {last_day}, {last_day}, 0,
                 'acknowledged', 0, {from} + CAST(2592000000 AS BIGINT) + CAST(i % 2592000 AS BIGINT) * 1000"
            ),
        ),
    ];
    for text in texts {
        sqlx::query(AssertSqlSafe(text)).execute(&mut *tx).await?;
    }
    for table in ["unit", "person", "dispatch", "directive", "assignment"] {
        copy::renumber(&mut tx, table).await?;
    }
    meta::raise_org_revision(&mut tx).await?;
    // Their next checks stand as they are to be.
    meta::clear(&mut tx, meta::REPLAN_AFTER).await?;
    tx.commit().await?;
    store.tidy().await
}

/// Has every assignment planned anew, as after a change of rules.
///
/// # Errors
/// When the store cannot be written.
pub async fn begin_walk(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    meta::set(&mut tx, meta::REPLAN_AFTER, "0").await?;
    Ok(tx.commit().await?)
}

/// `INSERT` of as many rows as that, `i` counting from 1; numbers and our own words only.
fn counted(rows: i64, into: &str, values: &str) -> String {
    format!(
        "INSERT INTO {into} WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) WHERE {rows} > 0 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         SELECT {values} FROM n"
    )
}

/// Whether that many messages were made and each has its verdict; cheap enough to be asked again and again.
///
/// # Errors
/// When the store cannot be read.
pub async fn is_done(connection: &mut AnyConnection, messages: i64) -> Result<bool, StoreError> {
    let counts = [
        "SELECT COUNT(*) FROM message",
        "SELECT COUNT(*) FROM message WHERE state IN ('queued', 'deferred', 'uncertain')",
        "SELECT COUNT(*) FROM message WHERE state = 'sending'",
    ];
    for (sql, wanted) in counts.into_iter().zip([messages, 0, 0]) {
        let found: i64 = sqlx::query_scalar(sql).fetch_one(&mut *connection).await?;
        if found != wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How large the file of the store is once nothing in it is free, bytes: `packed` is made for that, and may not be there yet. `None` on
/// PostgreSQL.
///
/// # Errors
/// When the store cannot be read, or `packed` not be written.
pub async fn packed_bytes(connection: &mut AnyConnection, packed: &Path) -> Result<Option<u64>, StoreError> {
    if Dialect::of(connection) == Dialect::Postgres {
        return Ok(None);
    }
    sqlx::query("VACUUM INTO $1").bind(packed.to_string_lossy().into_owned()).execute(connection).await?;
    Ok(std::fs::metadata(packed).ok().map(|file| file.len()))
}

/// How late each reminder of the dispatch marked hỏa tốc was: from when its assignment became known to when the verdict of its
/// mail was committed, milliseconds, rising.
///
/// # Errors
/// When the store cannot be read.
pub async fn lateness_ms(connection: &mut AnyConnection) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT r.settled_at_ms - a.known_at_ms AS late FROM reminder r JOIN assignment a ON a.id = r.assignment_id
               WHERE r.state = 'delivered' AND a.known_at_ms <= r.settled_at_ms";
    let rows = sqlx::query(sql).fetch_all(connection).await?;
    let mut late = rows.iter().map(|row| row.try_get("late")).collect::<Result<Vec<i64>, _>>()?;
    late.sort_unstable();
    Ok(late)
}

/// Messages that a process has on the wire, by its number.
///
/// # Errors
/// When the store cannot be read.
pub async fn on_the_wire_of(connection: &mut AnyConnection, pid: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT m.id FROM message m JOIN incarnation i ON i.id = m.incarnation WHERE m.state = 'sending' AND i.pid = $1";
    Ok(sqlx::query_scalar(sql).bind(pid).fetch_all(connection).await?)
}

/// How many of these messages were accepted.
///
/// # Errors
/// When the store cannot be read.
pub async fn accepted_of(connection: &mut AnyConnection, ids: &[i64]) -> Result<usize, StoreError> {
    let rows = super::messages::standing(connection, ids).await?;
    Ok(rows.iter().filter(|row| row.state == crate::domain::delivery::MessageState::Accepted).count())
}

/// Lets the database count its rows, by which it chooses how to find them.
pub async fn count(connection: &mut AnyConnection) -> Result<(), StoreError> {
    sqlx::raw_sql("ANALYZE").execute(connection).await?;
    Ok(())
}

/// Statements the database of this connection was sent so far, by everybody; `None` where nobody counts them. The store is one
/// for measuring: PostgreSQL's `pg_stat_statements` is put into it when the server has loaded it.
pub async fn statements(connection: &mut AnyConnection) -> Option<i64> {
    if Dialect::of(connection) == Dialect::Sqlite {
        return None;
    }
    let counter = "CREATE EXTENSION IF NOT EXISTS pg_stat_statements";
    sqlx::query(counter).execute(&mut *connection).await.ok()?;
    let sql = "SELECT CAST(SUM(calls) AS BIGINT) FROM pg_stat_statements
               WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
    sqlx::query_scalar(sql).fetch_one(connection).await.ok()
}
