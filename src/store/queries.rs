//! Read models for the commands: lists and counts. One assignment with its timeline is in [`super::timeline`].

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::error::StoreError;
use super::meta;
use super::naming::{DispatchKey, Names};
use super::rows::{AnyQuery, Cell, DeadlineColumns, bind, damaged, date_at, day_at, instant, instant_at, moment_at, word_at};
use crate::domain::deadline::Deadline;
use crate::domain::directive::{AssignmentName, Follow, Secrecy, Urgency, Work};
use crate::domain::organisation::{PersonId, UnitId};

/// Which assignments are asked for; every filter given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Lead units, the caller having added the children; empty means all.
    pub units: Vec<UnitId>,
    /// On the work axis; empty means all.
    pub works: Vec<Work>,
    /// Key of the dispatch.
    pub dispatch_id: Option<i64>,
    /// Key of the directive.
    pub directive_id: Option<i64>,
    /// The assignee: named, or else head of the lead unit on that day.
    pub person: Option<(PersonId, Date)>,
}

/// A unit as it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitName {
    /// Its text id.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// One assignment in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListRow {
    /// Key.
    pub id: i64,
    /// Its shortest name.
    pub name: AssignmentName,
    /// Key of the directive.
    pub directive_id: i64,
    /// Title.
    pub title: String,
    /// Key of the unit that answers for it now.
    pub unit: UnitId,
    /// Key of the unit it was given to, which its name and its figures keep.
    pub named_unit: UnitId,
    /// Text id of the unit that answers for it now.
    pub unit_code: String,
    /// Name of the lead unit.
    pub unit_name: String,
    /// The name of the unit it was given to, when that was renamed, merged or split since.
    pub inherited_from: Option<String>,
    /// Since when another unit answers for it.
    pub inherited_at: Option<Timestamp>,
    /// The deadline in force.
    pub deadline: Option<Deadline>,
    /// The wording of the directive's deadline.
    pub deadline_text: Option<String>,
    /// Who set it, when the dispatch itself gives none.
    pub deadline_set_by: Option<String>,
    /// How it is followed.
    pub follow: Follow,
    /// The work axis.
    pub work: Work,
    /// The last report of completion: when it arrived and the day it counts from.
    pub done: Option<(Timestamp, Option<Date>)>,
    /// A promise that still holds the ladder.
    pub promised_until: Option<Date>,
    /// The ladder is paused until then.
    pub paused_until: Option<Timestamp>,
    /// The unit it was last said to wait for; it does while the work is blocked.
    pub blocked_by: Option<UnitName>,
    /// While the work is blocked: its escalations wait until then.
    pub blocked_until: Option<Timestamp>,
    /// The unit that had it before a transfer.
    pub from_unit: Option<UnitName>,
    /// When it became known.
    pub known_at: Timestamp,
    /// The person named by facts or by `assign`.
    pub assignee: Option<PersonId>,
    /// Date of the dispatch.
    pub dispatch_date: Date,
    /// Key of the dispatch.
    pub dispatch_id: i64,
    /// Its issuer.
    pub issuer: String,
    /// Subject of the dispatch.
    pub subject: Option<String>,
    /// Urgency mark of the dispatch.
    pub urgency: Urgency,
    /// Secrecy mark of the dispatch.
    pub secrecy: Secrecy,
}

/// Whoever the facts name is of the unit that had the duty before any transfer.
const ASSIGNEE: &str = "COALESCE(a.assignee_id, CASE WHEN a.from_unit_id IS NULL THEN d.assignee_id END)";

/// The last `done` of an assignment is the one with the highest key.
const LIST: &str = "SELECT a.id, a.directive_id, COALESCE(a.responsible_id, a.unit_id) AS unit_id, a.unit_id AS named_id, a.inherited_from, a.inherited_at_ms, a.period, a.known_at_ms, a.work, a.promised_until, a.paused_until_ms,
        a.deadline_kind, a.deadline_last_day, a.deadline_named_day, a.deadline_time, a.deadline_from,
        COALESCE(a.assignee_id, CASE WHEN a.from_unit_id IS NULL THEN d.assignee_id END) AS assignee_id,
        a.blocked_until_ms, blocker.code AS blocker_code, blocker.name AS blocker_name,
        former.code AS former_code, former.name AS former_name,
        d.clause, d.ordinal, d.title, d.follow, d.deadline_text, d.deadline_set_by,
        p.id AS dispatch_id, p.year, p.issuer, p.number, p.date, p.subject, p.urgency, p.secrecy,
        named.code AS named_code, u.code AS unit_code, u.name AS unit_name,
        done.at_ms AS done_at_ms, done.on_date AS done_on
    FROM assignment a
    JOIN directive d ON d.id = a.directive_id
    JOIN dispatch p ON p.id = d.dispatch_id
    JOIN unit named ON named.id = a.unit_id
    JOIN unit u ON u.id = COALESCE(a.responsible_id, a.unit_id)
    LEFT JOIN unit blocker ON blocker.id = a.blocked_by_id
    LEFT JOIN unit former ON former.id = a.from_unit_id
    LEFT JOIN reply done ON done.id = (SELECT MAX(r.id) FROM reply r WHERE r.assignment_id = a.id AND r.kind = 'done'
        AND r.undone_at_ms IS NULL AND (r.doubt IS NULL OR r.confirmed_at_ms IS NOT NULL))";

/// The assignments that match, by deadline (undated last), number, clause and unit.
pub async fn list(connection: &mut AnyConnection, filter: &ListFilter) -> Result<Vec<ListRow>, StoreError> {
    let names = Names::load(connection).await?;
    let (test, cells) = conditions(filter);
    let sql = format!("{LIST}{test}");
    let query = cells.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |query: AnyQuery<'_>, cell| bind(query, cell));
    let rows = query.fetch_all(connection).await?;
    let mut list = rows.iter().map(|row| list_row(row, &names)).collect::<Result<Vec<_>, _>>()?;
    // Sorted here: the two databases order texts differently.
    list.sort_by_cached_key(|row| {
        let day = row.deadline.map_or(Date::MAX, |deadline| deadline.last_day);
        (day, row.name.directive.number.clone(), clause_key(&row.name.directive.clause), row.name.clone(), row.id)
    });
    Ok(list)
}

/// One row, by its key.
pub async fn list_one(connection: &mut AnyConnection, assignment_id: i64) -> Result<Option<ListRow>, StoreError> {
    let names = Names::load(connection).await?;
    let sql = format!("{LIST} WHERE a.id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(assignment_id).fetch_optional(connection).await?;
    row.as_ref().map(|row| list_row(row, &names)).transpose()
}

/// Points are lettered by this alphabet.
const LETTERS: &str = "aăâbcdđeêghiklmnoôơpqrstuưvxy";

/// "10.a" comes after "2.b", "1.đ" between "1.d" and "1.e".
fn clause_key(clause: &str) -> Vec<(u32, Vec<usize>, String)> {
    let place = |letter: char| LETTERS.chars().position(|known| known == letter).unwrap_or(usize::MAX);
    let key = |part: &str| (part.parse().unwrap_or(u32::MAX), part.chars().map(place).collect(), part.to_owned());
    clause.split('.').map(key).collect()
}

fn conditions(filter: &ListFilter) -> (String, Vec<Cell>) {
    let mut cells: Vec<Cell> = Vec::new();
    let mut tests: Vec<String> = Vec::new();
    let place = |cells: &mut Vec<Cell>, cell: Cell| {
        cells.push(cell);
        format!("${}", cells.len())
    };
    if !filter.units.is_empty() {
        let places: Vec<String> = filter.units.iter().map(|unit| place(&mut cells, unit.0.into())).collect();
        tests.push(format!("COALESCE(a.responsible_id, a.unit_id) IN ({})", places.join(", ")));
    }
    if !filter.works.is_empty() {
        let places: Vec<String> = filter.works.iter().map(|work| place(&mut cells, work.as_str().into())).collect();
        tests.push(format!("a.work IN ({})", places.join(", ")));
    }
    if let Some(id) = filter.dispatch_id {
        tests.push(format!("p.id = {}", place(&mut cells, id.into())));
    }
    if let Some(id) = filter.directive_id {
        tests.push(format!("d.id = {}", place(&mut cells, id.into())));
    }
    if let Some((person, day)) = filter.person {
        let person = place(&mut cells, person.0.into());
        let day = place(&mut cells, day.to_string().into());
        tests.push(format!(
            "({ASSIGNEE} = {person}
              OR ({ASSIGNEE} IS NULL AND EXISTS (
                  SELECT 1 FROM appointment h WHERE h.unit_id = u.id AND h.person_id = {person} AND h.position = 'head'
                      AND (h.from_date IS NULL OR h.from_date <= {day}) AND (h.to_date IS NULL OR h.to_date >= {day}))))"
        ));
    }
    let test = if tests.is_empty() { String::new() } else { format!(" WHERE {}", tests.join(" AND ")) };
    (test, cells)
}

fn list_row(row: &AnyRow, names: &Names) -> Result<ListRow, StoreError> {
    let year: i64 = row.try_get("year")?;
    let ordinal: i64 = row.try_get("ordinal")?;
    let key = DispatchKey {
        id: row.try_get("dispatch_id")?,
        year: i16::try_from(year).map_err(|_| damaged("year", &year.to_string()))?,
        issuer: row.try_get("issuer")?,
        number: row.try_get("number")?,
    };
    let ordinal = u16::try_from(ordinal).map_err(|_| damaged("ordinal", &ordinal.to_string()))?;
    let (clause, period): (String, String) = (row.try_get("clause")?, row.try_get("period")?);
    let named_code: String = row.try_get("named_code")?;
    let done_at = instant_at(row, "done_at_ms")?;
    let done_on = date_at(row, "done_on")?;
    let unit = |code: &str, name: &str| -> Result<Option<UnitName>, StoreError> {
        let (code, name): (Option<String>, Option<String>) = (row.try_get(code)?, row.try_get(name)?);
        Ok(code.zip(name).map(|(code, name)| UnitName { code, name }))
    };
    Ok(ListRow {
        id: row.try_get("id")?,
        name: names.assignment(&key, &clause, ordinal, &named_code, &period),
        directive_id: row.try_get("directive_id")?,
        title: row.try_get("title")?,
        unit: UnitId(row.try_get("unit_id")?),
        named_unit: UnitId(row.try_get("named_id")?),
        unit_code: row.try_get("unit_code")?,
        inherited_from: row.try_get("inherited_from")?,
        inherited_at: instant_at(row, "inherited_at_ms")?,
        unit_name: row.try_get("unit_name")?,
        deadline: DeadlineColumns::of(row)?.deadline()?,
        deadline_text: row.try_get("deadline_text")?,
        deadline_set_by: row.try_get("deadline_set_by")?,
        follow: word_at(row, "follow", Follow::parse)?,
        work: word_at(row, "work", Work::parse)?,
        done: done_at.map(|at| (at, done_on)),
        promised_until: date_at(row, "promised_until")?,
        paused_until: instant_at(row, "paused_until_ms")?,
        blocked_by: unit("blocker_code", "blocker_name")?,
        blocked_until: instant_at(row, "blocked_until_ms")?,
        from_unit: unit("former_code", "former_name")?,
        known_at: moment_at(row, "known_at_ms")?,
        assignee: row.try_get::<Option<i64>, _>("assignee_id")?.map(PersonId),
        dispatch_date: day_at(row, "date")?,
        dispatch_id: key.id,
        issuer: row.try_get("issuer")?,
        subject: row.try_get("subject")?,
        urgency: word_at(row, "urgency", Urgency::parse)?,
        secrecy: word_at(row, "secrecy", Secrecy::parse)?,
    })
}

/// The numbers of `status` that need no calendar; due soon and overdue are counted by the caller from [`list`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// Assignments neither accepted nor withdrawn.
    pub open: i64,
    /// Reminders due and not yet carried, plus messages not yet in a final state.
    pub queued: i64,
    /// Messages in a person's queue; part of `queued`.
    pub held: i64,
    /// Messages refused for good.
    pub refused: i64,
    /// Messages a channel took.
    pub accepted: i64,
    /// Messages the trial mailbox took; in none of the other numbers, what is still queued or held excepted.
    pub trial: i64,
    /// When the last plan ended.
    pub last_plan_at: Option<Timestamp>,
}

/// Counts at that instant.
pub async fn status(connection: &mut AnyConnection, now: Timestamp) -> Result<StatusCounts, StoreError> {
    let open = "SELECT COUNT(*) FROM assignment WHERE work NOT IN ('accepted', 'withdrawn')";
    let open: i64 = sqlx::query_scalar(open).fetch_one(&mut *connection).await?;
    let due = "SELECT COUNT(*) FROM reminder WHERE state = 'queued' AND due_at_ms <= $1";
    let due: i64 = sqlx::query_scalar(due).bind(now.as_millisecond()).fetch_one(&mut *connection).await?;
    // Routed to people, in no message yet: still not carried.
    let loose = "SELECT COUNT(DISTINCT reminder_id) FROM message_item WHERE message_id IS NULL AND state = 'open'";
    let loose: i64 = sqlx::query_scalar(loose).fetch_one(&mut *connection).await?;
    let mut counts = StatusCounts { open, queued: due + loose, ..StatusCounts::default() };
    let by_state = "SELECT state, COUNT(*), COUNT(trial_at_ms) FROM message GROUP BY state";
    for row in sqlx::query(by_state).fetch_all(&mut *connection).await? {
        let (state, count, trial): (String, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        match state.as_str() {
            "accepted" => {
                counts.accepted += count - trial;
                counts.trial += trial;
            }
            "refused" => counts.refused += count - trial,
            "cancelled" => {}
            "held" => {
                counts.held += count;
                counts.queued += count;
            }
            _ => counts.queued += count,
        }
    }
    let last_plan_at_ms = meta::get_number(connection, meta::LAST_PLAN_AT_MS).await?;
    counts.last_plan_at = (last_plan_at_ms != 0).then(|| instant("last_plan_at_ms", last_plan_at_ms)).transpose()?;
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::clause_key;

    #[test]
    fn clauses_follow_numbers_and_the_vietnamese_alphabet() {
        let mut clauses = ["10.a", "1.e", "2.b", "1.đ", "1.g", "1.d", "1"];
        clauses.sort_by_key(|clause| clause_key(clause));
        assert_eq!(clauses, ["1", "1.d", "1.đ", "1.e", "1.g", "2.b", "10.a"]);
    }
}
