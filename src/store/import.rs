//! Rows of facts as an import compares and writes them: cells of text and whole numbers, by table and column.
//!
//! An import asks the same of eight tables (what stands there, what is new, which columns differ), so it asks it in one
//! way. The typed readers of the other modules are for those who use the facts.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::dialect::Dialect;
use super::error::StoreError;
use super::rows::{DeadlineColumns, insert_sql, instant, rows_per_insert};
use crate::domain::deadline::Deadline;

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cell {
    /// NULL or a text.
    Text(Option<String>),
    /// NULL or a whole number.
    Number(Option<i64>),
}

impl Cell {
    /// A text that is there.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Some(text.into()))
    }

    /// A number that is there.
    pub const fn number(number: i64) -> Self {
        Self::Number(Some(number))
    }

    /// The text, if it is one and there.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => text.as_deref(),
            Self::Number(_) => None,
        }
    }

    /// The number, if it is one and there.
    pub const fn as_number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => *number,
            Self::Text(_) => None,
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// TEXT
    Text,
    /// BIGINT
    Number,
}

/// A table of facts and the columns an import knows of; `id` is always there and never among them.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Its name.
    pub table: &'static str,
    /// Its columns, in the order of the cells.
    pub columns: &'static [(&'static str, Kind)],
}

/// A recorded row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its key.
    pub id: i64,
    /// Its cells, in the order of the shape.
    pub cells: Vec<Cell>,
}

use Kind::{Number, Text};

/// `unit`
pub const UNIT: Shape = Shape {
    table: "unit",
    columns: &[
        ("code", Text),
        ("name", Text),
        ("parent", Text),
        ("supervisor", Text),
        ("aliases", Text),
        ("from_date", Text),
        ("to_date", Text),
        ("successors", Text),
        ("learned", Text),
    ],
};

/// `person`
pub const PERSON: Shape = Shape {
    table: "person",
    columns: &[
        ("code", Text),
        ("name", Text),
        ("email", Text),
        ("phone", Text),
        ("telegram_chat", Number),
        ("telegram_dead_at_ms", Number),
        ("prefer", Text),
        ("salutation", Text),
        ("inactive_at_ms", Number),
    ],
};

/// `appointment`
pub const APPOINTMENT: Shape = Shape {
    table: "appointment",
    columns: &[
        ("person_id", Number),
        ("unit_id", Number),
        ("position", Text),
        ("from_date", Text),
        ("title", Text),
        ("to_date", Text),
        ("standing", Text),
    ],
};

/// `substitution`
pub const SUBSTITUTION: Shape =
    Shape { table: "substitution", columns: &[("person_id", Number), ("from_date", Text), ("by_id", Number), ("to_date", Text)] };

/// `dispatch`
pub const DISPATCH: Shape = Shape {
    table: "dispatch",
    columns: &[
        ("issuer", Text),
        ("year", Number),
        ("number", Text),
        ("date", Text),
        ("received", Text),
        ("incoming_number", Text),
        ("replaces", Text),
        ("supplements", Text),
        ("subject", Text),
        ("monitor", Text),
        ("urgency", Text),
        ("secrecy", Text),
    ],
};

/// `directive`
pub const DIRECTIVE: Shape = Shape {
    table: "directive",
    columns: &[
        ("dispatch_id", Number),
        ("clause", Text),
        ("ordinal", Number),
        ("clause_as_typed", Text),
        ("title", Text),
        ("text", Text),
        ("follow", Text),
        ("deadline_text", Text),
        ("deadline_set_by", Text),
        ("deadline_kind", Text),
        ("deadline_last_day", Text),
        ("deadline_named_day", Text),
        ("deadline_time", Text),
        ("deadline_from", Text),
        ("target", Text),
        ("assignee_id", Number),
        ("until_date", Text),
        ("cutoff", Number),
        ("supervisor", Text),
        ("quote", Text),
        ("quote_file", Text),
        ("quote_digest", Text),
        ("quote_line", Number),
        ("quote_start", Number),
        ("quote_end", Number),
    ],
};

/// `assignment`
pub const ASSIGNMENT: Shape = Shape {
    table: "assignment",
    columns: &[
        ("directive_id", Number),
        ("unit_id", Number),
        ("period", Text),
        ("known_at_ms", Number),
        ("deadline_kind", Text),
        ("deadline_last_day", Text),
        ("deadline_named_day", Text),
        ("deadline_time", Text),
        ("deadline_from", Text),
        ("deadline_revision", Number),
        ("work", Text),
        ("revision", Number),
        ("next_check_at_ms", Number),
        ("from_unit_id", Number),
    ],
};

/// `figure`
pub const FIGURE: Shape = Shape {
    table: "figure",
    columns: &[
        ("directive_id", Number),
        ("unit_id", Number),
        ("as_of", Text),
        ("value", Text),
        ("source", Text),
        ("recorded_at_ms", Number),
    ],
};

/// Ids of one `IN (…)`.
const IDS_PER_QUERY: usize = 500;

/// Every row of a table, in order of its key.
pub async fn all(connection: &mut AnyConnection, shape: Shape) -> Result<Vec<Recorded>, StoreError> {
    let sql = format!("{} ORDER BY id", select_sql(shape));
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(connection).await?;
    rows.iter().map(|row| recorded(row, shape)).collect()
}

/// The rows whose `column` is one of `ids`, in order of their key.
pub async fn among(
    connection: &mut AnyConnection,
    shape: Shape,
    column: &'static str,
    ids: &[i64],
) -> Result<Vec<Recorded>, StoreError> {
    let mut out = Vec::new();
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let sql = format!("{} WHERE {column} IN ({}) ORDER BY id", select_sql(shape), placeholders(chunk.len()));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for id in chunk {
            query = query.bind(*id);
        }
        for row in &query.fetch_all(&mut *connection).await? {
            out.push(recorded(row, shape)?);
        }
    }
    out.sort_by_key(|row| row.id);
    Ok(out)
}

/// Inserts rows; their keys are for a later `SELECT`, because no database promises the order of `RETURNING`.
pub async fn insert(connection: &mut AnyConnection, shape: Shape, rows: &[Vec<Cell>]) -> Result<(), StoreError> {
    let dialect = Dialect::of(connection);
    let columns: Vec<&str> = shape.columns.iter().map(|(name, _)| *name).collect();
    for chunk in rows.chunks(rows_per_insert(columns.len())) {
        let sql = insert_sql(dialect, shape.table, &columns, chunk.len());
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for cell in chunk.iter().flatten() {
            query = match cell {
                Cell::Text(text) => query.bind(text.as_deref()),
                Cell::Number(number) => query.bind(*number),
            };
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Writes some cells of one row; does nothing when there are none.
pub async fn update(
    connection: &mut AnyConnection,
    shape: Shape,
    id: i64,
    changes: &[(&'static str, Cell)],
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut sql = format!("UPDATE {} SET ", shape.table);
    for (place, (column, _)) in changes.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(sql, "{}{column} = ${}", if place == 0 { "" } else { ", " }, place + 1);
    }
    let _ = write!(sql, " WHERE id = ${}", changes.len() + 1);
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (_, cell) in changes {
        query = match cell {
            Cell::Text(text) => query.bind(text.as_deref()),
            Cell::Number(number) => query.bind(*number),
        };
    }
    query.bind(id).execute(connection).await?;
    Ok(())
}

/// The coordinating units of these directives, each list in order of the key.
pub async fn coordinating(connection: &mut AnyConnection, ids: &[i64]) -> Result<HashMap<i64, Vec<i64>>, StoreError> {
    let mut out: HashMap<i64, Vec<i64>> = HashMap::new();
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let sql = format!(
            "SELECT directive_id, unit_id FROM directive_unit WHERE directive_id IN ({}) ORDER BY directive_id, unit_id",
            placeholders(chunk.len())
        );
        let mut query = sqlx::query_as::<_, (i64, i64)>(AssertSqlSafe(sql));
        for id in chunk {
            query = query.bind(*id);
        }
        for (directive, unit) in query.fetch_all(&mut *connection).await? {
            out.entry(directive).or_default().push(unit);
        }
    }
    Ok(out)
}

/// Whether messages about that directive went out: one was handed to a channel, or a reminder was carried to its people.
pub async fn messages_went_out(connection: &mut AnyConnection, directive: i64) -> Result<bool, StoreError> {
    went_out(connection, "a.directive_id", directive).await
}

/// Whether messages about that assignment went out.
pub async fn messages_of_assignment_went_out(connection: &mut AnyConnection, assignment: i64) -> Result<bool, StoreError> {
    went_out(connection, "a.id", assignment).await
}

async fn went_out(connection: &mut AnyConnection, column: &'static str, id: i64) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT r.id FROM reminder r JOIN assignment a ON a.id = r.assignment_id
         WHERE {column} = $1 AND (r.state IN ('carried', 'delivered') OR EXISTS (
             SELECT 1 FROM message_item i JOIN message m ON m.id = i.message_id
             WHERE i.reminder_id = r.id AND m.state IN ('sending', 'uncertain', 'deferred', 'accepted')))
         LIMIT 1"
    );
    let found: Option<i64> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(id).fetch_optional(connection).await?;
    Ok(found.is_some())
}

/// The deadlines that the last extension of each of these assignments gave, of those that have one; without a first day.
pub async fn extensions(connection: &mut AnyConnection, assignments: &[i64]) -> Result<BTreeMap<i64, Deadline>, StoreError> {
    let mut out = BTreeMap::new();
    for chunk in assignments.chunks(IDS_PER_QUERY) {
        let sql = format!(
            "SELECT assignment_id, new_kind AS deadline_kind, new_last_day AS deadline_last_day, new_named_day AS deadline_named_day,
                    new_time AS deadline_time, CAST(NULL AS TEXT) AS deadline_from
             FROM extension WHERE assignment_id IN ({}) ORDER BY revision, id",
            placeholders(chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for id in chunk {
            query = query.bind(*id);
        }
        for row in query.fetch_all(&mut *connection).await? {
            if let Some(deadline) = DeadlineColumns::of(&row)?.deadline()? {
                out.insert(row.try_get("assignment_id")?, deadline);
            }
        }
    }
    Ok(out)
}

/// When the unit first showed that it has that assignment: what a relative deadline without day of receipt counts from.
pub async fn first_acknowledged(connection: &mut AnyConnection, assignment: i64) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MIN(at_ms) FROM reply WHERE assignment_id = $1 AND kind IN ('acknowledge', 'progress', 'assign')
                   AND undone_at_ms IS NULL AND (doubt IS NULL OR confirmed_at_ms IS NOT NULL)";
    let at_ms: Option<i64> = sqlx::query_scalar(sql).bind(assignment).fetch_one(connection).await?;
    at_ms.map(|at_ms| instant("at_ms", at_ms)).transpose()
}

/// A reply as an import compares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedReply {
    /// Its word.
    pub kind: String,
    /// The day it counts from.
    pub on: Option<String>,
    /// Percent done.
    pub percent: Option<i64>,
    /// A sentence.
    pub note: Option<String>,
    /// The document that reports it.
    pub document: Option<String>,
}

/// The replies of these assignments that came by that way, each list oldest first.
pub async fn stated_replies(
    connection: &mut AnyConnection,
    assignments: &[i64],
    via: &str,
) -> Result<HashMap<i64, Vec<StatedReply>>, StoreError> {
    let mut out: HashMap<i64, Vec<StatedReply>> = HashMap::new();
    for chunk in assignments.chunks(IDS_PER_QUERY) {
        let sql = format!(
            "SELECT assignment_id, kind, on_date, percent, note, document, detail FROM reply
             WHERE assignment_id IN ({}) ORDER BY id",
            placeholders(chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for id in chunk {
            query = query.bind(*id);
        }
        for row in query.fetch_all(&mut *connection).await? {
            let detail: Option<serde_json::Value> =
                row.try_get::<Option<String>, _>(6)?.and_then(|text| serde_json::from_str(&text).ok());
            if detail.is_some_and(|detail| detail["via"] == via) {
                out.entry(row.try_get(0)?).or_default().push(StatedReply {
                    kind: row.try_get(1)?,
                    on: row.try_get(2)?,
                    percent: row.try_get(3)?,
                    note: row.try_get(4)?,
                    document: row.try_get(5)?,
                });
            }
        }
    }
    Ok(out)
}

/// Takes titles and texts out of every directive of a dispatch that has become secret; the code stays.
pub async fn forget_texts(connection: &mut AnyConnection, dispatch: i64, number: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE directive SET title = $1 || '#' || clause
             || CASE WHEN ordinal > 1 THEN '~' || CAST(ordinal AS TEXT) ELSE '' END, text = NULL,
             quote = NULL, quote_file = NULL, quote_digest = NULL, quote_line = NULL, quote_start = NULL, quote_end = NULL
         WHERE dispatch_id = $2",
    )
    .bind(number)
    .bind(dispatch)
    .execute(connection)
    .await?;
    Ok(())
}

/// Has the open assignments of these directives looked at again at once, because what they say has changed.
pub async fn look_again_at_directives(connection: &mut AnyConnection, directives: &[i64], now_ms: i64) -> Result<(), StoreError> {
    look_again(connection, "revision = revision + 1, ", "directive_id", directives, now_ms).await
}

/// Has the open assignments of these units looked at again at once, because their people have changed.
pub async fn look_again_at_units(connection: &mut AnyConnection, units: &[i64], now_ms: i64) -> Result<(), StoreError> {
    look_again(connection, "", "COALESCE(responsible_id, unit_id)", units, now_ms).await
}

async fn look_again(
    connection: &mut AnyConnection,
    also: &str,
    column: &str,
    ids: &[i64],
    now_ms: i64,
) -> Result<(), StoreError> {
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let sql = format!(
            "UPDATE assignment SET {also}next_check_at_ms = ${} WHERE {column} IN ({}) AND work NOT IN ('accepted', 'withdrawn')",
            chunk.len() + 1,
            placeholders(chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for id in chunk {
            query = query.bind(*id);
        }
        query.bind(now_ms).execute(&mut *connection).await?;
    }
    Ok(())
}

fn select_sql(shape: Shape) -> String {
    let columns: Vec<&str> = shape.columns.iter().map(|(name, _)| *name).collect();
    format!("SELECT id, {} FROM {}", columns.join(", "), shape.table)
}

/// `$1, $2, …`
fn placeholders(count: usize) -> String {
    let places: Vec<String> = (1..=count).map(|place| format!("${place}")).collect();
    places.join(", ")
}

fn recorded(row: &AnyRow, shape: Shape) -> Result<Recorded, StoreError> {
    let mut cells = Vec::with_capacity(shape.columns.len());
    for (index, (_, kind)) in shape.columns.iter().enumerate() {
        cells.push(match kind {
            Text => Cell::Text(row.try_get(index + 1)?),
            Number => Cell::Number(row.try_get(index + 1)?),
        });
    }
    Ok(Recorded { id: row.try_get(0)?, cells })
}
