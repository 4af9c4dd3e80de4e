//! Copies a store into another, table by table, also from one database to the other; `simulate` works on such a copy.

use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{AnyConnection, AssertSqlSafe, Column as _, Row as _};

use super::dialect::Dialect;
use super::error::StoreError;
use super::rows::{AnyQuery, Cell, bind, insert_sql, rows_per_insert};
use super::{Store, granted, meta};
use crate::domain::directive::Work;

/// Rows read and written at a time.
const ROWS_PER_CHUNK: i64 = 1_000;

/// What facts are, in the order their references ask for: table and its key.
const FACTS: [(&str, Key); 11] = [
    ("unit", Key::Identity),
    ("person", Key::Identity),
    ("appointment", Key::Identity),
    ("substitution", Key::Identity),
    ("dispatch", Key::Identity),
    ("directive", Key::Identity),
    ("directive_unit", Key::Composite("directive_id, unit_id")),
    ("assignment", Key::Identity),
    ("series", Key::Identity),
    ("extension", Key::Identity),
    ("figure", Key::Identity),
];

/// What happened since.
const HISTORY: [(&str, Key); 16] = [
    ("reply", Key::Identity),
    ("step_since", Key::Composite("policy, step")),
    ("reminder", Key::Identity),
    ("message", Key::Identity),
    ("parcel", Key::Number("message_id")),
    ("message_item", Key::Identity),
    ("attempt", Key::Pair("message_id", "number")),
    ("sent", Key::Composite("trace")),
    ("telegram_update", Key::Number("update_id")),
    ("callback_token", Key::Composite("token")),
    ("dialogue", Key::Number("person_id")),
    ("link_code", Key::Composite("code_hash")),
    ("link_refusal", Key::Composite("chat, what")),
    ("link", Key::Composite("token_hash")),
    ("link_visit", Key::Composite("visit")),
    ("journal", Key::Number("seq")),
];

/// How the rows of a table are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    /// `id`, counted on by the database.
    Identity,
    /// One number, given by the program.
    Number(&'static str),
    /// Two numbers, given by the program.
    Pair(&'static str, &'static str),
    /// Small tables: all at once, in that order.
    Composite(&'static str),
}

/// Copies everything, the store's id and the journal included; `into` must be empty.
pub async fn copy_facts_and_history(from: &Store, into: &Store) -> Result<(), StoreError> {
    let mut read = from.snapshot().await?;
    let mut write = into.begin().await?;
    sqlx::query("DELETE FROM meta").execute(&mut *write).await?;
    copy_table(&mut read, &mut write, "meta", Key::Composite("key")).await?;
    for (table, key) in FACTS.into_iter().chain(HISTORY) {
        copy_table(&mut read, &mut write, table, key).await?;
    }
    write.commit().await?;
    Ok(())
}

/// Copies the facts as if nothing had happened since they became known: no replies, reminders, messages or journal;
/// every assignment is not acknowledged and to be looked at, except what somebody withdrew, which is a duty no more. Figures and the
/// extensions of the facts stay; what a reply granted or began does not. `into` must be empty.
pub async fn copy_facts(from: &Store, into: &Store) -> Result<(), StoreError> {
    let mut read = from.snapshot().await?;
    let mut write = into.begin().await?;
    for key in [meta::STORE_ID, meta::ORG_REVISION] {
        if let Some(value) = meta::get(&mut read, key).await? {
            meta::set(&mut write, key, &value).await?;
        }
    }
    for (table, key) in FACTS {
        copy_table(&mut read, &mut write, table, key).await?;
    }
    let sql = "UPDATE assignment SET work = $1, assignee_id = NULL, promised_until = NULL, paused_until_ms = NULL,
                   blocked_by_id = NULL, blocked_until_ms = NULL, live_at_ms = NULL, revision = 0, next_check_at_ms = known_at_ms";
    sqlx::query(sql).bind(Work::NotAcknowledged.as_str()).execute(&mut *write).await?;
    for id in taken_back(&mut read).await? {
        let sql = "UPDATE assignment SET work = $1, next_check_at_ms = NULL WHERE id = $2";
        sqlx::query(sql).bind(Work::Withdrawn.as_str()).bind(id).execute(&mut *write).await?;
    }
    granted::take_back(&mut read, &mut write).await?;
    granted::unbegin(&mut read, &mut write).await?;
    write.commit().await?;
    Ok(())
}

/// What somebody withdrew or gave to another unit. A period that passed before it could be opened is none of these.
async fn taken_back(connection: &mut AnyConnection) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT a.id FROM assignment a WHERE a.work = $1 AND EXISTS (
                   SELECT 1 FROM reply r WHERE r.assignment_id = a.id AND r.kind IN ('withdraw', 'transfer'))";
    Ok(sqlx::query_scalar(sql).bind(Work::Withdrawn.as_str()).fetch_all(connection).await?)
}

async fn copy_table(
    read: &mut AnyConnection,
    write: &mut AnyConnection,
    table: &'static str,
    key: Key,
) -> Result<(), StoreError> {
    match key {
        Key::Composite(order) => {
            let sql = format!("SELECT * FROM {table} ORDER BY {order}");
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(read).await?;
            for chunk in rows.chunks(usize::try_from(ROWS_PER_CHUNK).unwrap_or(1)) {
                write_rows(write, table, chunk).await?;
            }
        }
        Key::Identity => {
            walk(read, write, table, ["id"; 2]).await?;
            renumber(write, table).await?;
        }
        Key::Number(column) => walk(read, write, table, [column; 2]).await?,
        Key::Pair(first, second) => walk(read, write, table, [first, second]).await?,
    }
    Ok(())
}

/// After rows were written with their keys: the database must not hand out one of them again.
pub(super) async fn renumber(write: &mut AnyConnection, table: &str) -> Result<(), StoreError> {
    if Dialect::of(write) == Dialect::Postgres {
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM {table}), false)"
        );
        sqlx::query(AssertSqlSafe(sql)).execute(write).await?;
    }
    Ok(())
}

async fn walk(
    read: &mut AnyConnection,
    write: &mut AnyConnection,
    table: &'static str,
    [first, second]: [&'static str; 2],
) -> Result<(), StoreError> {
    let sql =
        format!("SELECT * FROM {table} WHERE ({first}, {second}) > ($1, $2) ORDER BY {first}, {second} LIMIT CAST($3 AS BIGINT)");
    let mut after = [i64::MIN; 2];
    loop {
        let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(after[0]).bind(after[1]).bind(ROWS_PER_CHUNK);
        let rows = query.fetch_all(&mut *read).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = [last.try_get(first)?, last.try_get(second)?];
        write_rows(write, table, &rows).await?;
    }
}

async fn write_rows(write: &mut AnyConnection, table: &'static str, rows: &[AnyRow]) -> Result<(), StoreError> {
    let Some(first) = rows.first() else { return Ok(()) };
    let dialect = Dialect::of(write);
    let columns: Vec<&str> = first.columns().iter().map(sqlx::Column::name).collect();
    for chunk in rows.chunks(rows_per_insert(columns.len())) {
        let sql = insert_sql(dialect, table, &columns, chunk.len());
        let mut query: AnyQuery<'_> = sqlx::query(AssertSqlSafe(sql));
        for row in chunk {
            for at in 0..columns.len() {
                query = bind(query, cell(row, at)?);
            }
        }
        query.execute(&mut *write).await?;
    }
    Ok(())
}

/// The column's type decides, so that a NULL goes over with its type.
fn cell(row: &AnyRow, at: usize) -> Result<Cell, StoreError> {
    Ok(match row.column(at).type_info().kind() {
        AnyTypeInfoKind::Text => Cell::Text(row.try_get(at)?),
        _ => Cell::Number(row.try_get(at)?),
    })
}
