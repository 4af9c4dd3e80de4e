//! What is counted for the official 2×2. Nothing here is loaded one assignment at a time: what is open comes grouped by
//! unit and deadline, what is accepted in pages.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::error::StoreError;
use super::rows::{DeadlineColumns, damaged, date_at, instant_at, word_at};
use crate::domain::directive::Work;
use crate::domain::organisation::UnitId;
use crate::domain::tally::Assigned;

/// Accepted assignments read at a time.
const ROWS_PER_PAGE: i64 = 5_000;

/// Calls `count` with every group of assignments: the unit that answers for them, what decides where they are counted, and
/// how many there are.
pub async fn each(connection: &mut AnyConnection, mut count: impl FnMut(UnitId, Assigned, u64)) -> Result<(), StoreError> {
    let open = "SELECT COALESCE(a.responsible_id, a.unit_id) AS unit, a.work, a.deadline_kind, a.deadline_last_day,
            a.deadline_named_day, a.deadline_time, a.deadline_from, COUNT(*) AS many
        FROM assignment a WHERE a.work <> 'accepted'
        GROUP BY COALESCE(a.responsible_id, a.unit_id), a.work, a.deadline_kind, a.deadline_last_day, a.deadline_named_day,
            a.deadline_time, a.deadline_from";
    for row in sqlx::query(open).fetch_all(&mut *connection).await? {
        let many: i64 = row.try_get("many")?;
        count(unit(&row)?, assigned(&row, None)?, u64::try_from(many).unwrap_or(0));
    }
    let accepted = "SELECT a.id, COALESCE(a.responsible_id, a.unit_id) AS unit, a.work, a.deadline_kind, a.deadline_last_day,
            a.deadline_named_day, a.deadline_time, a.deadline_from, done.at_ms AS done_at_ms, done.on_date AS done_on
        FROM assignment a
        LEFT JOIN reply done ON done.id = (SELECT MAX(r.id) FROM reply r WHERE r.assignment_id = a.id AND r.kind = 'done')
        WHERE a.work = 'accepted' AND a.id > $1 ORDER BY a.id LIMIT CAST($2 AS BIGINT)";
    let mut after = i64::MIN;
    loop {
        let rows = sqlx::query(accepted).bind(after).bind(ROWS_PER_PAGE).fetch_all(&mut *connection).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.try_get("id")?;
        for row in &rows {
            count(unit(row)?, assigned(row, done(row)?)?, 1);
        }
    }
}

/// Calls `count` with every assignment that was accepted in that span and still is.
pub async fn each_accepted_between(
    connection: &mut AnyConnection,
    from_ms: i64,
    to_ms: i64,
    mut count: impl FnMut(UnitId, Assigned),
) -> Result<(), StoreError> {
    let sql = "SELECT a.id, COALESCE(a.responsible_id, a.unit_id) AS unit, a.work, a.deadline_kind, a.deadline_last_day,
            a.deadline_named_day, a.deadline_time, a.deadline_from, done.at_ms AS done_at_ms, done.on_date AS done_on
        FROM assignment a
        LEFT JOIN reply done ON done.id = (SELECT MAX(r.id) FROM reply r WHERE r.assignment_id = a.id AND r.kind = 'done')
        WHERE a.work = 'accepted' AND a.id > $1
          AND EXISTS (SELECT 1 FROM reply r WHERE r.assignment_id = a.id AND r.kind = 'accept' AND r.at_ms >= $2 AND r.at_ms < $3)
        ORDER BY a.id LIMIT CAST($4 AS BIGINT)";
    let mut after = i64::MIN;
    loop {
        let page = sqlx::query(sql).bind(after).bind(from_ms).bind(to_ms).bind(ROWS_PER_PAGE);
        let rows = page.fetch_all(&mut *connection).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.try_get("id")?;
        for row in &rows {
            count(unit(row)?, assigned(row, done(row)?)?);
        }
    }
}

/// How many assignments of each unit became known in that span; withdrawn ones are not news.
pub async fn known_between(connection: &mut AnyConnection, from_ms: i64, to_ms: i64) -> Result<Vec<(UnitId, u64)>, StoreError> {
    let sql = "SELECT COALESCE(a.responsible_id, a.unit_id) AS unit, COUNT(*) AS many FROM assignment a
        WHERE a.known_at_ms >= $1 AND a.known_at_ms < $2 AND a.work <> 'withdrawn'
        GROUP BY COALESCE(a.responsible_id, a.unit_id)";
    let rows = sqlx::query(sql).bind(from_ms).bind(to_ms).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((unit(row)?, u64::try_from(row.try_get::<i64, _>("many")?).unwrap_or(0)))).collect()
}

/// One assignment of each unit that has any: its first.
pub async fn first_of_each_unit(connection: &mut AnyConnection) -> Result<Vec<(UnitId, i64)>, StoreError> {
    let sql = "SELECT COALESCE(a.responsible_id, a.unit_id) AS unit, MIN(a.id) AS first FROM assignment a
        GROUP BY COALESCE(a.responsible_id, a.unit_id) ORDER BY 2";
    let rows = sqlx::query(sql).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((unit(row)?, row.try_get("first")?))).collect()
}

/// Assignments of these units that are neither reported done nor closed and whose last day is not after `day`, the oldest
/// deadline first; at most `limit`. Whether each of them is late is for the calendar to say.
pub async fn oldest_open(
    connection: &mut AnyConnection,
    units: &[UnitId],
    day: Date,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let mut found: Vec<(String, i64)> = Vec::new();
    for chunk in units.chunks(200) {
        let places = (3..chunk.len() + 3).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "SELECT a.id, a.deadline_last_day FROM assignment a
             WHERE a.deadline_last_day <= $1 AND a.work NOT IN ('reported_done', 'accepted', 'withdrawn')
               AND COALESCE(a.responsible_id, a.unit_id) IN ({places})
             ORDER BY a.deadline_last_day, a.id LIMIT CAST($2 AS BIGINT)"
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(day.to_string()).bind(limit);
        for unit in chunk {
            query = query.bind(unit.0);
        }
        for row in query.fetch_all(&mut *connection).await? {
            found.push((row.try_get("deadline_last_day")?, row.try_get("id")?));
        }
    }
    found.sort();
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

/// When the last fact arrived that may change what a tally says of lateness: a reply or an extension, one that was taken back or counts
/// only since, a correction of the facts; 0 without any.
pub async fn last_answer_ms(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    let mut last = 0;
    for sql in [
        "SELECT at_ms FROM reply ORDER BY id DESC LIMIT 1",
        "SELECT recorded_at_ms FROM extension ORDER BY id DESC LIMIT 1",
        // As the index `journal_revised` has them.
        "SELECT MAX(at_ms) FROM journal WHERE kind IN ('reply-undone', 'reply-confirmed', 'fact-changed')",
    ] {
        let found: Option<Option<i64>> = sqlx::query_scalar(sql).fetch_optional(&mut *connection).await?;
        last = last.max(found.flatten().unwrap_or(0));
    }
    Ok(last)
}

fn unit(row: &AnyRow) -> Result<UnitId, StoreError> {
    Ok(UnitId(row.try_get::<Option<i64>, _>("unit")?.ok_or_else(|| damaged("unit_id", "NULL"))?))
}

fn done(row: &AnyRow) -> Result<Option<(Timestamp, Option<Date>)>, StoreError> {
    let on = date_at(row, "done_on")?;
    Ok(instant_at(row, "done_at_ms")?.map(|at| (at, on)))
}

fn assigned(row: &AnyRow, done: Option<(Timestamp, Option<Date>)>) -> Result<Assigned, StoreError> {
    Ok(Assigned { work: word_at(row, "work", Work::parse)?, deadline: DeadlineColumns::of(row)?.deadline()?, done })
}
