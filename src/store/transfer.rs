//! A duty that goes from one unit to another: the assignment it has there.

use jiff::Timestamp;
use sqlx::{AnyConnection, Row as _};

use super::error::StoreError;
use super::rows::word_at;
use crate::domain::directive::Work;
use crate::domain::organisation::UnitId;

/// What a unit has of the directive and period of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    /// Nothing: an assignment is made.
    Nothing,
    /// One that was withdrawn: it is taken up again, since names stay what they are.
    Withdrawn(i64),
    /// One that holds.
    Holds,
}

/// Looks at what the unit has.
pub async fn there(connection: &mut AnyConnection, assignment_id: i64, unit: UnitId) -> Result<There, StoreError> {
    let sql = "SELECT o.id, o.work, o.unit_id FROM assignment a JOIN assignment o
                   ON o.directive_id = a.directive_id AND o.period = a.period
               WHERE a.id = $1 AND (o.unit_id = $2 OR o.responsible_id = $2) ORDER BY o.id";
    let mut there = There::Nothing;
    for row in sqlx::query(sql).bind(assignment_id).bind(unit.0).fetch_all(connection).await? {
        let named: i64 = row.try_get("unit_id")?;
        match word_at(&row, "work", Work::parse)? {
            Work::Withdrawn if named == unit.0 => there = There::Withdrawn(row.try_get("id")?),
            Work::Withdrawn => {}
            _ => return Ok(There::Holds),
        }
    }
    Ok(there)
}

/// Gives the duty to that unit, with the deadline in force and the extensions that led to it; nobody has acknowledged it
/// there. `again` is the withdrawn assignment it had before. Returns the key of its assignment, which the planner looks at at
/// once; closing the other one is for the caller.
pub async fn give(
    connection: &mut AnyConnection,
    assignment_id: i64,
    unit: UnitId,
    again: Option<i64>,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let id = match again {
        Some(id) => take_up_again(connection, id, assignment_id, now).await?,
        None => make(connection, assignment_id, unit, now).await?,
    };
    let sql = "INSERT INTO extension (assignment_id, revision, old_last_day, new_last_day, new_named_day, new_kind, new_time,
                   basis, date, recorded_at_ms)
               SELECT CAST($1 AS BIGINT), e.revision, e.old_last_day, e.new_last_day, e.new_named_day, e.new_kind, e.new_time,
                   e.basis, e.date, e.recorded_at_ms
               FROM extension e WHERE e.assignment_id = $2 AND NOT EXISTS (
                   SELECT 1 FROM extension o WHERE o.assignment_id = $1 AND o.new_last_day = e.new_last_day
                       AND o.new_named_day = e.new_named_day AND o.new_time IS NOT DISTINCT FROM e.new_time
                       AND o.basis IS NOT DISTINCT FROM e.basis)
               ORDER BY e.id";
    sqlx::query(sql).bind(id).bind(assignment_id).execute(connection).await?;
    Ok(id)
}

async fn take_up_again(connection: &mut AnyConnection, id: i64, from: i64, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "UPDATE assignment SET (known_at_ms, deadline_kind, deadline_last_day, deadline_named_day, deadline_time,
               deadline_from, from_unit_id)
                   = (SELECT CAST($1 AS BIGINT), a.deadline_kind, a.deadline_last_day, a.deadline_named_day, a.deadline_time,
                          a.deadline_from, a.unit_id FROM assignment a WHERE a.id = $2),
               work = $3, assignee_id = NULL, promised_until = NULL, paused_until_ms = NULL, blocked_by_id = NULL,
               blocked_until_ms = NULL, deadline_revision = deadline_revision + 1, revision = revision + 1,
               next_check_at_ms = $1
               WHERE id = $4";
    let query = sqlx::query(sql).bind(now.as_millisecond()).bind(from).bind(Work::NotAcknowledged.as_str()).bind(id);
    query.execute(connection).await?;
    Ok(id)
}

async fn make(connection: &mut AnyConnection, from: i64, unit: UnitId, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO assignment (directive_id, unit_id, period, known_at_ms, deadline_kind, deadline_last_day,
                   deadline_named_day, deadline_time, deadline_from, deadline_revision, work, revision,
                   next_check_at_ms, from_unit_id)
               SELECT directive_id, CAST($1 AS BIGINT), period, CAST($2 AS BIGINT), deadline_kind, deadline_last_day,
                   deadline_named_day, deadline_time, deadline_from, deadline_revision, CAST($3 AS TEXT),
                   CAST(0 AS BIGINT), CAST($2 AS BIGINT), unit_id FROM assignment WHERE id = $4
               RETURNING id";
    let query = sqlx::query_scalar(sql).bind(unit.0).bind(now.as_millisecond()).bind(Work::NotAcknowledged.as_str());
    Ok(query.bind(from).fetch_one(connection).await?)
}
