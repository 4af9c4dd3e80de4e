//! What differs between the facts and the store: counted, and in words people can read.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::store::import::{Cell, Shape};

/// Rows by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// `[[unit]]`
    pub units: usize,
    /// `[[person]]`
    pub people: usize,
    /// `[[appointment]]`
    pub appointments: usize,
    /// `[[substitution]]`
    pub substitutions: usize,
    /// `[[dispatch]]`
    pub dispatches: usize,
    /// `[[directive]]`
    pub directives: usize,
    /// Directive × lead unit.
    pub assignments: usize,
    /// `[[figure]]`
    pub figures: usize,
    /// `[[extension]]`, for each assignment it holds for.
    pub extensions: usize,
    /// `state` of a `[[directive]]`, entered as replies of each assignment it holds for.
    pub replies: usize,
}

/// Whether a row is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It was not recorded.
    Added,
    /// It was recorded otherwise.
    Changed,
}

/// One row that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// New or changed.
    pub kind: Kind,
    /// The table of the facts: `unit`, `person`, …, `assignment`.
    pub table: &'static str,
    /// Which row, as people name it.
    pub key: String,
    /// What changed; empty for a new row.
    pub fields: Vec<FieldChange>,
}

/// One value that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The key of the facts, or the column.
    pub field: &'static str,
    /// What was recorded.
    pub old: Option<String>,
    /// What the facts say.
    pub new: Option<String>,
}

impl Difference {
    /// A new row.
    pub(super) fn added(table: &'static str, key: impl Into<String>) -> Self {
        Self { kind: Kind::Added, table, key: key.into(), fields: Vec::new() }
    }

    /// A changed row.
    pub(super) fn changed(table: &'static str, key: impl Into<String>, fields: Vec<FieldChange>) -> Self {
        Self { kind: Kind::Changed, table, key: key.into(), fields }
    }

    /// As the journal keeps it. Titles, subjects and texts are only named: a dispatch may become secret, and the journal
    /// forgets nothing.
    pub(super) fn to_journal(&self) -> Value {
        let mut fields = Map::new();
        for change in &self.fields {
            let silent =
                matches!((self.table, change.field), ("dispatch", "subject") | ("directive", "title" | "text" | "quote"));
            let value = if silent { Value::Null } else { json!([change.old, change.new]) };
            fields.insert(change.field.to_owned(), value);
        }
        json!({ "v": 1, "table": self.table, "key": self.key, "fields": fields })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.kind {
            Kind::Added => '+',
            Kind::Changed => '~',
        };
        write!(f, "{sign} {} {}", self.table, self.key)?;
        for change in &self.fields {
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
            write!(f, "\n    {}: {} → {}", change.field, shown(&change.old), shown(&change.new))?;
        }
        Ok(())
    }
}

/// The cells that differ, with their columns.
pub(super) fn changed_cells(shape: Shape, old: &[Cell], new: &[Cell]) -> Vec<(&'static str, Cell, Cell)> {
    let columns = shape.columns.iter().map(|(name, _)| *name);
    columns
        .zip(old.iter().zip(new))
        .filter(|(_, (old, new))| old != new)
        .map(|(column, (old, new))| (column, old.clone(), new.clone()))
        .collect()
}

/// What is written to the store.
pub(super) fn to_write(changes: &[(&'static str, Cell, Cell)]) -> Vec<(&'static str, Cell)> {
    changes.iter().map(|(column, _, new)| (*column, new.clone())).collect()
}

/// What people are shown; `name` turns keys of the store into ids of the facts.
pub(super) fn to_show(
    changes: &[(&'static str, Cell, Cell)],
    name: impl Fn(&'static str, i64) -> Option<String>,
) -> Vec<FieldChange> {
    let shown = |column: &'static str, cell: &Cell| match cell {
        Cell::Text(text) => text.as_deref().and_then(plain),
        // The day a person became inactive is a fact of the store; the facts only say that they are.
        Cell::Number(since) if column == "inactive_at_ms" => Some(since.is_none().to_string()),
        Cell::Number(number) => number.map(|number| name(column, number).unwrap_or_else(|| number.to_string())),
    };
    changes
        .iter()
        .filter(|(column, ..)| !FOLLOWS.contains(column))
        .map(|(column, old, new)| FieldChange { field: field(column), old: shown(column, old), new: shown(column, new) })
        .collect()
}

/// Columns that never change alone: they follow from one that is shown.
const FOLLOWS: [&str; 10] = [
    "deadline_kind",
    "deadline_named_day",
    "deadline_time",
    "deadline_from",
    "telegram_dead_at_ms",
    "quote_file",
    "quote_digest",
    "quote_line",
    "quote_start",
    "quote_end",
];

/// The key of the facts for a column.
fn field(column: &'static str) -> &'static str {
    match column {
        "from_date" => "from",
        "to_date" => "to",
        "successors" => "successor",
        "telegram_chat" => "telegram",
        "by_id" => "by",
        "assignee_id" => "assignee",
        "inactive_at_ms" => "active",
        "deadline_text" => "deadline",
        "deadline_last_day" => "last day",
        "until_date" => "until",
        other => other,
    }
}

/// A stored list as people write one; an empty one is nothing.
fn plain(text: &str) -> Option<String> {
    match serde_json::from_str::<Vec<String>>(text) {
        Ok(list) => (!list.is_empty()).then(|| list.join("; ")),
        Err(_) => Some(text.to_owned()),
    }
}
