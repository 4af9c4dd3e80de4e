//! Figures that the journal has and the table has not.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use sqlx::{AnyConnection, Row as _};

use super::{About, Contradiction, compare, text};
use crate::store::entries::{self, EntryLine};
use crate::store::error::StoreError;
use crate::store::rows::{day_at, moment_at};
use crate::store::timeline::Timeline;

/// What of a figure the journal has.
struct Told<'a> {
    entry: &'a EntryLine,
    /// `None` in a reply that an older version recorded.
    day: Option<Date>,
    value: Option<String>,
}

pub(super) async fn compare_all(
    connection: &mut AnyConnection,
    found: &Timeline,
    all: &mut Vec<Contradiction>,
) -> Result<(), StoreError> {
    let sql = "SELECT f.as_of, f.recorded_at_ms, a.unit_id FROM assignment a
               LEFT JOIN figure f ON f.directive_id = a.directive_id AND f.unit_id = a.unit_id WHERE a.id = $1";
    let rows = sqlx::query(sql).bind(found.row.id).fetch_all(&mut *connection).await?;
    let Some(first) = rows.first() else { return Ok(()) };
    // Every period of a duty has the figures of the unit it was given to.
    let entries = entries::of_unit(connection, found.row.directive_id, first.try_get("unit_id")?).await?;
    let mut held: Vec<(Date, Timestamp)> = Vec::new();
    for row in &rows {
        if row.try_get::<Option<String>, _>("as_of")?.is_some() {
            held.push((day_at(row, "as_of")?, moment_at(row, "recorded_at_ms")?));
        }
    }
    let mut missing: Vec<Told<'_>> = Vec::new();
    for told in told(&entries) {
        let stands = match told.day {
            Some(day) => held.iter().any(|(held, _)| *held == day),
            // Another one of its day may have come since.
            None => held.iter().any(|(_, recorded_at)| *recorded_at >= told.entry.at),
        };
        // What came last of a day is what is missing.
        missing.retain(|one| told.day.is_none() || one.day != told.day);
        if !stands {
            missing.push(told);
        }
    }
    for told in missing {
        let about = told.day.map_or(About::Reply(told.entry.at), About::Figure);
        let said = told.value.or_else(|| told.day.map(|day| day.to_string()));
        let field = if told.day.is_some() { "row" } else { "value" };
        compare(&about, vec![(field, None, said)], all);
    }
    Ok(())
}

/// The figures that stand by the journal: what a reply brought goes with it.
fn told(entries: &[EntryLine]) -> Vec<Told<'_>> {
    let mut all: Vec<Told<'_>> = Vec::new();
    // The replies that count, of each assignment.
    let mut given: Vec<&EntryLine> = Vec::new();
    for entry in entries {
        let is_figure = text(entry, "table").as_deref() == Some("figure");
        match entry.kind.as_str() {
            "fact-added" | "fact-changed" if is_figure => {
                let day = text(entry, "key").and_then(|key| key.rsplit_once(' ')?.1.parse().ok());
                let value = entry.detail.pointer("/fields/value/1").and_then(Value::as_str).map(ToOwned::to_owned);
                all.extend(day.map(|day| Told { entry, day: Some(day), value }));
            }
            "reply" => {
                given.push(entry);
                let value = entry.detail.get("value").and_then(Value::as_f64);
                let day = text(entry, "as_of").and_then(|day| day.parse().ok());
                all.extend(value.map(|value| Told { entry, day, value: Some(value.to_string()) }));
            }
            "reply-undone" => {
                let last = given.iter().rposition(|given| given.assignment_id == entry.assignment_id);
                let undone = last.map(|place| given.remove(place).seq);
                all.retain(|told| Some(told.entry.seq) != undone);
            }
            _ => {}
        }
    }
    all
}
