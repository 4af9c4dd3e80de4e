//! What every table needs: texts of dates, deadlines and roles, inserts of many rows.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::dialect::Dialect;
use super::error::StoreError;
use crate::domain::deadline::{Deadline, DeadlineKind};
use crate::domain::policy::Role;

/// What an import did to one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// There was none.
    Added,
    /// It differed.
    Changed,
    /// It stood there already.
    Unchanged,
}

/// One value of the portable subset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// TEXT
    Text(Option<String>),
    /// BIGINT
    Number(Option<i64>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

pub(super) type AnyQuery<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

/// Binds a value with its type, NULL or not.
pub(super) fn bind(query: AnyQuery<'_>, cell: Cell) -> AnyQuery<'_> {
    match cell {
        Cell::Text(value) => query.bind(value),
        Cell::Number(value) => query.bind(value),
    }
}

/// The most parameters of one `INSERT`. SQLite takes 32,766 and PostgreSQL 65,535; more of them at once make a row no cheaper.
const PARAMETERS_MAX: usize = 500;

/// How many rows of so many columns make one `INSERT`.
pub fn rows_per_insert(columns: usize) -> usize {
    (PARAMETERS_MAX / columns.max(1)).max(1)
}

/// The rows of one `INSERT` each: as many as fit, and what is left in halves. Few texts are ever made, so that each is prepared
/// once.
pub(super) fn batches<T>(mut rows: &[T], columns: usize) -> impl Iterator<Item = &[T]> {
    let mut most = 1 << rows_per_insert(columns).ilog2();
    std::iter::from_fn(move || {
        if rows.is_empty() {
            return None;
        }
        while most > rows.len() {
            most /= 2;
        }
        let (now, later) = rows.split_at(most);
        rows = later;
        Some(now)
    })
}

/// `INSERT INTO table (a, b) VALUES (…), (…)…`; table and columns are our own words, and the parameters stand in their order.
pub(super) fn insert_sql(dialect: Dialect, table: &str, columns: &[&str], rows: usize) -> String {
    let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
    let mut place = 0;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns.len() {
            place += 1;
            sql.push_str(if column == 0 { "" } else { ", " });
            dialect.write_place(&mut sql, place);
        }
        sql.push(')');
    }
    sql
}

/// The columns of a deadline, in the order kind, last day, named day, time, from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadlineColumns {
    /// `deadline_kind`
    pub kind: Option<String>,
    /// `deadline_last_day`
    pub last_day: Option<String>,
    /// `deadline_named_day`
    pub named_day: Option<String>,
    /// `deadline_time`
    pub time: Option<String>,
    /// `deadline_from`
    pub from: Option<String>,
}

/// The columns of a deadline in force; all NULL while undated.
pub fn deadline_columns(deadline: Option<&Deadline>) -> DeadlineColumns {
    let Some(deadline) = deadline else { return DeadlineColumns::default() };
    DeadlineColumns {
        kind: Some(deadline.kind.as_str().to_owned()),
        last_day: Some(deadline.last_day.to_string()),
        named_day: Some(deadline.named_day.to_string()),
        time: deadline.time.map(time_text),
        from: deadline.from.map(|day| day.to_string()),
    }
}

impl DeadlineColumns {
    /// The names, in order.
    pub const NAMES: [&'static str; 5] =
        ["deadline_kind", "deadline_last_day", "deadline_named_day", "deadline_time", "deadline_from"];

    /// Reads the columns of that row by their names.
    pub fn of(row: &AnyRow) -> Result<Self, StoreError> {
        let [kind, last_day, named_day, time, from] = Self::NAMES;
        Ok(Self {
            kind: row.try_get(kind)?,
            last_day: row.try_get(last_day)?,
            named_day: row.try_get(named_day)?,
            time: row.try_get(time)?,
            from: row.try_get(from)?,
        })
    }

    /// The deadline; `None` while undated, recurring or relative.
    pub fn deadline(&self) -> Result<Option<Deadline>, StoreError> {
        let Some(last_day) = &self.last_day else { return Ok(None) };
        let last_day = date("deadline_last_day", last_day)?;
        let kind = self.kind()?.unwrap_or(DeadlineKind::By);
        let named_day = date_or_none("deadline_named_day", self.named_day.as_deref())?.unwrap_or(last_day);
        let time = self.time.as_deref().map(time_of).transpose()?;
        Ok(Some(Deadline { kind, last_day, named_day, time, from: date_or_none("deadline_from", self.from.as_deref())? }))
    }

    fn kind(&self) -> Result<Option<DeadlineKind>, StoreError> {
        let Some(word) = &self.kind else { return Ok(None) };
        match DeadlineKind::parse(word) {
            Some(kind) => Ok(Some(kind)),
            None => Err(damaged("deadline_kind", word)),
        }
    }
}

/// `HH:MM`
pub fn time_text(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// A deadline as the journal has it, `2023-10-20` or `2023-10-20 17:00`.
pub fn journalled_deadline(deadline: &Deadline) -> String {
    day_and_time(&deadline.last_day.to_string(), deadline.time.map(time_text).as_deref())
}

/// The same of the columns that hold it.
pub fn day_and_time(day: &str, time: Option<&str>) -> String {
    time.map_or_else(|| day.to_owned(), |time| format!("{day} {time}"))
}

fn time_of(text: &str) -> Result<Time, StoreError> {
    let parts = text.split_once(':').and_then(|(hour, minute)| Some((hour.parse().ok()?, minute.parse().ok()?)));
    parts.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok()).ok_or_else(|| damaged("deadline_time", text))
}

/// A date as ISO text.
pub(super) fn date(column: &'static str, text: &str) -> Result<Date, StoreError> {
    text.parse().map_err(|_| damaged(column, text))
}

/// A date or NULL.
pub(super) fn date_or_none(column: &'static str, text: Option<&str>) -> Result<Option<Date>, StoreError> {
    text.map(|text| date(column, text)).transpose()
}

/// A column of dates.
pub(super) fn date_at(row: &AnyRow, column: &'static str) -> Result<Option<Date>, StoreError> {
    date_or_none(column, row.try_get::<Option<String>, _>(column)?.as_deref())
}

/// A date that must be there.
pub(super) fn day_at(row: &AnyRow, column: &'static str) -> Result<Date, StoreError> {
    date(column, &row.try_get::<String, _>(column)?)
}

/// Unix milliseconds as an instant.
pub fn instant(column: &'static str, at_ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(at_ms).map_err(|_| damaged(column, &at_ms.to_string()))
}

/// A column of instants.
pub(super) fn instant_at(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
    row.try_get::<Option<i64>, _>(column)?.map(|at_ms| instant(column, at_ms)).transpose()
}

/// An instant that must be there.
pub(super) fn moment_at(row: &AnyRow, column: &'static str) -> Result<Timestamp, StoreError> {
    instant(column, row.try_get(column)?)
}

/// A column of words, read by the word's own `parse`.
pub(super) fn word_at<T>(row: &AnyRow, column: &'static str, parse: fn(&str) -> Option<T>) -> Result<T, StoreError> {
    let word: String = row.try_get(column)?;
    parse(&word).ok_or_else(|| damaged(column, &word))
}

/// A JSON list of texts.
pub(super) fn list_at(row: &AnyRow, column: &'static str) -> Result<Vec<String>, StoreError> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|_| damaged(column, &text))
}

/// A role, or NULL.
pub(super) fn role_at(row: &AnyRow, column: &'static str) -> Result<Option<Role>, StoreError> {
    let Some(text) = row.try_get::<Option<String>, _>(column)? else { return Ok(None) };
    match parse_role(&text) {
        Some(role) => Ok(Some(role)),
        None => Err(damaged(column, &text)),
    }
}

pub(super) fn damaged(column: &'static str, value: &str) -> StoreError {
    StoreError::Damaged { column, value: value.to_owned() }
}

const ROLES: [(&str, Role); 9] = [
    ("assignee", Role::Assignee),
    ("unit.head", Role::UnitHead),
    ("unit.deputy", Role::UnitDeputy),
    ("unit.parent.head", Role::UnitParentHead),
    ("coordinating.head", Role::CoordinatingHead),
    ("supervisor", Role::Supervisor),
    ("monitor", Role::Monitor),
    ("operators", Role::Operators),
    ("blocker", Role::Blocker),
];

/// A role as the store writes it: `position:ID@UNIT`, `person:ID`, or the English word of a step.
pub fn role_text(role: &Role) -> String {
    match role {
        Role::Position { position, unit: Some(unit) } => format!("position:{position}@{unit}"),
        Role::Position { position, unit: None } => format!("position:{position}"),
        Role::Person(person) => format!("person:{person}"),
        other => ROLES.into_iter().find(|(_, role)| role == other).map_or("", |(word, _)| word).to_owned(),
    }
}

/// Reads what [`role_text`] writes.
pub fn parse_role(text: &str) -> Option<Role> {
    if let Some(person) = text.strip_prefix("person:") {
        return (!person.is_empty()).then(|| Role::Person(person.to_owned()));
    }
    if let Some(rest) = text.strip_prefix("position:") {
        let (position, unit) = match rest.split_once('@') {
            Some((position, unit)) => (position, Some(unit.to_owned())),
            None => (rest, None),
        };
        return (!position.is_empty()).then(|| Role::Position { position: position.to_owned(), unit });
    }
    ROLES.into_iter().find(|(word, _)| *word == text).map(|(_, role)| role)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date as day, time};

    use super::*;

    #[test]
    fn a_role_reads_back_what_it_writes() {
        let mut roles: Vec<Role> = ROLES.into_iter().map(|(_, role)| role).collect();
        roles.push(Role::Person("an".into()));
        roles.push(Role::Position { position: "head".into(), unit: None });
        roles.push(Role::Position { position: "pct-vx".into(), unit: Some("ubnd".into()) });
        for role in roles {
            assert_eq!(parse_role(&role_text(&role)), Some(role));
        }
        for nonsense in ["", "person:", "position:", "chief"] {
            assert_eq!(parse_role(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_deadline_reads_back_what_its_columns_hold() {
        let kinds = [DeadlineKind::Before, DeadlineKind::By, DeadlineKind::At, DeadlineKind::Within];
        for kind in kinds {
            for at in [None, Some(time(9, 5, 0, 0))] {
                for from in [None, Some(day(2023, 10, 1))] {
                    let deadline = Deadline { kind, last_day: day(2023, 12, 24), named_day: day(2023, 12, 25), time: at, from };
                    let read = deadline_columns(Some(&deadline)).deadline().expect("our own columns");
                    assert_eq!(read, Some(deadline));
                }
            }
        }
        assert_eq!(deadline_columns(None).deadline().expect("all NULL"), None);
    }

    #[test]
    fn a_damaged_column_is_named_with_what_it_holds() {
        let columns = DeadlineColumns { last_day: Some("31/12/2023".into()), ..DeadlineColumns::default() };
        let error = columns.deadline().expect_err("not an ISO date").to_string();
        assert!(error.contains("deadline_last_day") && error.contains("31/12/2023"), "{error}");
    }
}
