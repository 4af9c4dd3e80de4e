//! Deadlines that a reply granted or began, taken out of a copy in which nobody has answered yet.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::error::StoreError;
use super::rows::{DeadlineColumns, date_at, deadline_columns};
use crate::domain::deadline::Deadline;

/// Every extension of an assignment that was ever granted one, in the order they came. A transfer copies them, with the instants they were
/// granted at, to another assignment of the directive.
const EXTENSIONS: &str = "SELECT x.id, x.assignment_id, x.old_last_day, x.new_last_day, x.new_named_day, x.new_kind, x.new_time,
        (SELECT COUNT(*) FROM reply r JOIN assignment g ON g.id = r.assignment_id
            WHERE r.kind = 'grant' AND r.at_ms = x.recorded_at_ms AND g.directive_id = a.directive_id) AS grants
    FROM extension x JOIN assignment a ON a.id = x.assignment_id
    WHERE a.directive_id IN (
        SELECT g.directive_id FROM reply r JOIN assignment g ON g.id = r.assignment_id WHERE r.kind = 'grant')
    ORDER BY x.assignment_id, x.revision, x.id";

/// One extension.
struct Extension {
    id: i64,
    old: Option<Date>,
    new: Option<Deadline>,
    granted: bool,
}

impl Extension {
    fn of(row: &AnyRow) -> Result<Self, StoreError> {
        let new = DeadlineColumns {
            kind: row.try_get("new_kind")?,
            last_day: row.try_get("new_last_day")?,
            named_day: row.try_get("new_named_day")?,
            time: row.try_get("new_time")?,
            from: None,
        };
        let granted = row.try_get::<i64, _>("grants")? > 0;
        Ok(Self { id: row.try_get("id")?, old: date_at(row, "old_last_day")?, new: new.deadline()?, granted })
    }
}

/// Puts the deadlines of `write` back to what held before a reply granted another one, and leaves those extensions out; `read` is the
/// store it was copied from. An extension that stands in the facts stays, and so does a later correction.
pub(super) async fn take_back(read: &mut AnyConnection, write: &mut AnyConnection) -> Result<(), StoreError> {
    let mut extensions: BTreeMap<i64, Vec<Extension>> = BTreeMap::new();
    for row in sqlx::query(EXTENSIONS).fetch_all(&mut *read).await? {
        extensions.entry(row.try_get("assignment_id")?).or_default().push(Extension::of(&row)?);
    }
    for (assignment, all) in extensions {
        if all.iter().any(|one| one.granted) {
            before_grants(write, assignment, &all).await?;
        }
        for one in all.iter().filter(|one| one.granted) {
            sqlx::query("DELETE FROM extension WHERE id = $1").bind(one.id).execute(&mut *write).await?;
        }
    }
    Ok(())
}

async fn before_grants(write: &mut AnyConnection, assignment: i64, all: &[Extension]) -> Result<(), StoreError> {
    let sql =
        "SELECT deadline_kind, deadline_last_day, deadline_named_day, deadline_time, deadline_from FROM assignment WHERE id = $1";
    let row = sqlx::query(sql).bind(assignment).fetch_one(&mut *write).await?;
    let Some(in_force) = DeadlineColumns::of(&row)?.deadline()? else { return Ok(()) };
    let Some((last, earlier)) = all.split_last() else { return Ok(()) };
    let holds = last.granted && last.new.is_some_and(|new| new.ends_with(&in_force));
    if !holds {
        return Ok(());
    }
    // Back over grant after grant, as far as each found what the one before gave.
    let (mut old, mut base) = (last.old, None);
    for one in earlier.iter().rev() {
        let Some(new) = one.new.filter(|new| old == Some(new.last_day)) else { break };
        if !one.granted {
            base = Some(Deadline { from: in_force.from, ..new });
            break;
        }
        old = one.old;
    }
    let sql = "SELECT d.deadline_kind, d.deadline_last_day, d.deadline_named_day, d.deadline_time, d.deadline_from
               FROM directive d JOIN assignment a ON a.directive_id = d.id WHERE a.id = $1";
    let row = sqlx::query(sql).bind(assignment).fetch_one(&mut *write).await?;
    let own = DeadlineColumns::of(&row)?.deadline()?.filter(|own| old == Some(own.last_day));
    let columns = deadline_columns(base.or(own).or_else(|| old.map(Deadline::by)).as_ref());
    let sql = "UPDATE assignment SET deadline_kind = $1, deadline_last_day = $2, deadline_named_day = $3, deadline_time = $4,
                   deadline_from = $5 WHERE id = $6";
    let query = sqlx::query(sql).bind(columns.kind).bind(columns.last_day).bind(columns.named_day);
    query.bind(columns.time).bind(columns.from).bind(assignment).execute(write).await?;
    Ok(())
}

/// Takes the deadlines out of `write` that an answer began ("kể từ ngày nhận được"): none has begun, unless another was set since. A transfer
/// gives such a deadline to another assignment of the directive. After [`take_back`], which puts it back where one was granted on top.
pub(super) async fn unbegin(read: &mut AnyConnection, write: &mut AnyConnection) -> Result<(), StoreError> {
    // A day of receipt in the facts begins it as well.
    let begun = "SELECT a.directive_id, r.before_state FROM reply r JOIN assignment a ON a.id = r.assignment_id
                     JOIN directive d ON d.id = a.directive_id JOIN dispatch p ON p.id = d.dispatch_id
                 WHERE r.undone_at_ms IS NULL AND r.before_state LIKE '%\"started_deadline\":\"%' AND p.received IS NULL";
    for row in sqlx::query(begun).fetch_all(read).await? {
        let state: Value = serde_json::from_str(&row.try_get::<String, _>("before_state")?).unwrap_or_default();
        let Some(last_day) = state.get("started_deadline").and_then(Value::as_str) else { continue };
        let sql = "UPDATE assignment SET deadline_kind = NULL, deadline_last_day = NULL, deadline_named_day = NULL,
                       deadline_time = NULL, deadline_from = NULL
                   WHERE directive_id = $1 AND deadline_last_day = $2 AND NOT EXISTS (
                       SELECT 1 FROM extension x WHERE x.assignment_id = assignment.id AND x.new_last_day = $2)";
        let query = sqlx::query(sql).bind(row.try_get::<i64, _>("directive_id")?).bind(last_day);
        query.execute(&mut *write).await?;
    }
    Ok(())
}
