//! Rows of `assignment`, `extension` and `figure` as facts make them.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::dialect::Dialect;
use super::dispatches::insert_ignore_sql;
use super::error::StoreError;
use super::rows::{Change, day_and_time, deadline_columns, rows_per_insert, time_text};
use crate::domain::deadline::Deadline;
use crate::domain::directive::Work;

/// An assignment to be made: one directive × one lead unit × one period.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAssignment {
    /// Key of the directive.
    pub directive_id: i64,
    /// Key of the lead unit.
    pub unit_id: i64,
    /// Empty, or `2026-03` of a recurring one.
    pub period: String,
    /// When it became known.
    pub known_at: Timestamp,
    /// The deadline in force; `None` while undated, recurring or relative.
    pub deadline: Option<Deadline>,
}

/// An assignment that was made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MadeAssignment {
    /// Its key.
    pub id: i64,
    /// Key of the directive.
    pub directive_id: i64,
    /// Key of the lead unit.
    pub unit_id: i64,
    /// Its period.
    pub period: String,
    /// Its deadline as the journal has it.
    pub deadline: Option<String>,
}

/// Makes those that are not there yet and returns them; the planner looks at them at once.
pub async fn insert_assignments(
    connection: &mut AnyConnection,
    assignments: &[NewAssignment],
) -> Result<Vec<MadeAssignment>, StoreError> {
    let mut made = Vec::new();
    for chunk in assignments.chunks(rows_per_insert(ASSIGNMENT_COLUMNS.len())) {
        let sql = insert_ignore_sql(Dialect::of(connection), "assignment", &ASSIGNMENT_COLUMNS, chunk.len());
        let sql = format!("{sql} RETURNING id, directive_id, unit_id, period, deadline_last_day, deadline_time");
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for new in chunk {
            let columns = deadline_columns(new.deadline.as_ref());
            query = query
                .bind(new.directive_id)
                .bind(new.unit_id)
                .bind(new.period.as_str())
                .bind(new.known_at.as_millisecond())
                .bind(columns.kind)
                .bind(columns.last_day)
                .bind(columns.named_day)
                .bind(columns.time)
                .bind(columns.from)
                .bind(0_i64)
                .bind(Work::NotAcknowledged.as_str())
                .bind(0_i64)
                .bind(new.known_at.as_millisecond());
        }
        for row in query.fetch_all(&mut *connection).await? {
            let (day, time): (Option<String>, Option<String>) = (row.try_get(4)?, row.try_get(5)?);
            made.push(MadeAssignment {
                id: row.try_get(0)?,
                directive_id: row.try_get(1)?,
                unit_id: row.try_get(2)?,
                period: row.try_get(3)?,
                deadline: day.map(|day| day_and_time(&day, time.as_deref())),
            });
        }
    }
    Ok(made)
}

const ASSIGNMENT_COLUMNS: [&str; 13] = [
    "directive_id",
    "unit_id",
    "period",
    "known_at_ms",
    "deadline_kind",
    "deadline_last_day",
    "deadline_named_day",
    "deadline_time",
    "deadline_from",
    "deadline_revision",
    "work",
    "revision",
    "next_check_at_ms",
];

/// Takes back assignments that were made when their time had passed already: recorded, and never pressed.
pub async fn let_pass(connection: &mut AnyConnection, ids: &[i64]) -> Result<(), StoreError> {
    for id in ids {
        sqlx::query("UPDATE assignment SET work = $2, revision = revision + 1, next_check_at_ms = NULL WHERE id = $1")
            .bind(*id)
            .bind(Work::Withdrawn.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Puts another deadline in force, as a correction of the facts: a new revision, looked at by the planner at once.
pub async fn correct_deadline(
    connection: &mut AnyConnection,
    assignment_id: i64,
    deadline: Option<&Deadline>,
    now: Timestamp,
) -> Result<Change, StoreError> {
    let columns = deadline_columns(deadline);
    let sql = "UPDATE assignment SET deadline_kind = $2, deadline_last_day = $3, deadline_named_day = $4, deadline_time = $5,
                   deadline_from = $6, deadline_revision = deadline_revision + 1, revision = revision + 1, next_check_at_ms = $7
               WHERE id = $1 AND (deadline_kind IS DISTINCT FROM $2 OR deadline_last_day IS DISTINCT FROM $3
                   OR deadline_named_day IS DISTINCT FROM $4 OR deadline_time IS DISTINCT FROM $5
                   OR deadline_from IS DISTINCT FROM $6)";
    let query = sqlx::query(sql).bind(assignment_id).bind(columns.kind).bind(columns.last_day).bind(columns.named_day);
    let query = query.bind(columns.time).bind(columns.from).bind(now.as_millisecond());
    let done = query.execute(connection).await?;
    Ok(if done.rows_affected() == 0 { Change::Unchanged } else { Change::Changed })
}

/// An extension that was granted.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionRow {
    /// The assignment it is for.
    pub assignment_id: i64,
    /// The new deadline.
    pub deadline: Deadline,
    /// The document that grants it.
    pub basis: Option<String>,
    /// The day it was granted.
    pub date: Option<Date>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// Records it and puts its deadline in force. One that stands there already, with the same deadline and basis, changes
/// nothing, also when a later one is in force.
pub async fn extend(connection: &mut AnyConnection, extension: &ExtensionRow) -> Result<Change, StoreError> {
    let new = deadline_columns(Some(&extension.deadline));
    let sql = "SELECT COUNT(*) FROM extension WHERE assignment_id = $1 AND new_last_day = $2 AND new_named_day = $3
               AND new_time IS NOT DISTINCT FROM $4 AND basis IS NOT DISTINCT FROM $5";
    let query = sqlx::query_scalar(sql).bind(extension.assignment_id).bind(&new.last_day).bind(&new.named_day);
    let held: i64 = query.bind(&new.time).bind(&extension.basis).fetch_one(&mut *connection).await?;
    if held > 0 {
        return Ok(Change::Unchanged);
    }
    let sql = "SELECT deadline_last_day FROM assignment WHERE id = $1";
    let old: Option<String> = sqlx::query_scalar(sql).bind(extension.assignment_id).fetch_one(&mut *connection).await?;
    let sql = "UPDATE assignment SET deadline_kind = $2, deadline_last_day = $3, deadline_named_day = $4, deadline_time = $5,
                   deadline_from = $6, deadline_revision = deadline_revision + 1, revision = revision + 1, next_check_at_ms = $7
               WHERE id = $1 RETURNING deadline_revision";
    let query = sqlx::query_scalar(sql).bind(extension.assignment_id).bind(new.kind).bind(&new.last_day);
    let query = query.bind(&new.named_day).bind(&new.time).bind(new.from).bind(extension.recorded_at.as_millisecond());
    let revision: i64 = query.fetch_one(&mut *connection).await?;
    let sql = "INSERT INTO extension (assignment_id, revision, old_last_day, new_last_day, new_named_day, new_kind, new_time,
                   basis, date, recorded_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    sqlx::query(sql)
        .bind(extension.assignment_id)
        .bind(revision)
        .bind(old)
        .bind(new.last_day)
        .bind(new.named_day)
        .bind(extension.deadline.kind.as_str())
        .bind(extension.deadline.time.map(time_text))
        .bind(extension.basis.as_deref())
        .bind(extension.date.map(|day| day.to_string()))
        .bind(extension.recorded_at.as_millisecond())
        .execute(connection)
        .await?;
    Ok(Change::Added)
}

/// A reported number.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureRow {
    /// Key of the directive.
    pub directive_id: i64,
    /// Key of the unit.
    pub unit_id: i64,
    /// The day it describes.
    pub as_of: Date,
    /// The number.
    pub value: f64,
    /// Where it comes from.
    pub source: Option<String>,
    /// When it was recorded; a figure that stands there already keeps its own.
    pub recorded_at: Timestamp,
}

/// Adds it or changes the one of that directive, unit and day; the planner looks at its assignments at once.
pub async fn upsert_figure(connection: &mut AnyConnection, figure: &FigureRow) -> Result<Change, StoreError> {
    let (as_of, value) = (figure.as_of.to_string(), figure.value.to_string());
    let sql = "SELECT value, source FROM figure WHERE directive_id = $1 AND unit_id = $2 AND as_of = $3";
    let query = sqlx::query(sql).bind(figure.directive_id).bind(figure.unit_id).bind(&as_of);
    let (sql, change) = match query.fetch_optional(&mut *connection).await? {
        None => {
            let sql = "INSERT INTO figure (directive_id, unit_id, as_of, value, source, recorded_at_ms)
                       VALUES ($1, $2, $3, $4, $5, $6)";
            (sql, Change::Added)
        }
        Some(held)
            if held.try_get::<String, _>("value")? == value && held.try_get::<Option<String>, _>("source")? == figure.source =>
        {
            return Ok(Change::Unchanged);
        }
        Some(_) => {
            let sql = "UPDATE figure SET value = $4, source = $5, recorded_at_ms = $6
                       WHERE directive_id = $1 AND unit_id = $2 AND as_of = $3";
            (sql, Change::Changed)
        }
    };
    let query = sqlx::query(sql).bind(figure.directive_id).bind(figure.unit_id).bind(as_of).bind(value);
    query.bind(figure.source.as_deref()).bind(figure.recorded_at.as_millisecond()).execute(&mut *connection).await?;
    let sql = "UPDATE assignment SET revision = revision + 1, next_check_at_ms = $3 WHERE directive_id = $1 AND unit_id = $2";
    let query = sqlx::query(sql).bind(figure.directive_id).bind(figure.unit_id);
    query.bind(figure.recorded_at.as_millisecond()).execute(connection).await?;
    Ok(change)
}
