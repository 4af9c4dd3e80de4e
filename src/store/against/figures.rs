//! Figures, held against the journal: it has the value of one that a reply brought or that an import changed. Of one that an import added it
//! has that it came, and its day.

use serde_json::Value;
use sqlx::AnyConnection;

use super::{About, Contradiction, compare, text};
use crate::store::entries::{self, EntryLine};
use crate::store::error::StoreError;
use crate::store::timeline::{FigureLine, Timeline};

pub(super) async fn compare_all(
    connection: &mut AnyConnection,
    found: &Timeline,
    is_secret: bool,
    all: &mut Vec<Contradiction>,
) -> Result<(), StoreError> {
    if found.figures.is_empty() {
        return Ok(());
    }
    // Every period of a duty has the figures of the unit it was given to.
    let entries = entries::of_unit(connection, found.row.directive_id, found.row.named_unit.0).await?;
    let mut untold = Vec::new();
    for figure in &found.figures {
        if !of_figure(figure, &entries, is_secret, all) {
            untold.push(figure);
        }
    }
    if untold.is_empty() {
        return Ok(());
    }
    // It came before its assignment did.
    let early = entries::of_no_assignment(connection, "fact-added").await?;
    let unit = format!("@{}", found.row.name.unit);
    let early: Vec<EntryLine> = early
        .into_iter()
        .filter(|entry| text(entry, "key").is_some_and(|key| key.rsplit_once(' ').is_some_and(|(name, _)| name.ends_with(&unit))))
        .collect();
    for figure in untold {
        if !of_figure(figure, &early, is_secret, all) {
            compare(&About::Figure(figure.as_of), vec![("row", Some(figure.value.to_string()), None)], all);
        }
    }
    Ok(())
}

/// Compares it with the entry of the instant it was recorded; whether there is one.
fn of_figure(figure: &FigureLine, entries: &[EntryLine], is_secret: bool, all: &mut Vec<Contradiction>) -> bool {
    let about = About::Figure(figure.as_of);
    let value = Some(figure.value.to_string());
    let day = format!(" {}", figure.as_of);
    let then = || entries.iter().filter(|entry| entry.at == figure.recorded_at);
    let is_of_facts = |entry: &&EntryLine| {
        text(entry, "table").as_deref() == Some("figure") && text(entry, "key").is_some_and(|key| key.ends_with(&day))
    };
    if let Some(entry) = then().find(is_of_facts) {
        let new = |name: &str| entry.detail.pointer(&format!("/fields/{name}/1")).map(|new| new.as_str().map(ToOwned::to_owned));
        let mut parts = Vec::new();
        if let Some(new) = new("value") {
            parts.push(("value", value, new));
        }
        if let Some(new) = new("source").filter(|_| !is_secret) {
            parts.push(("source", figure.source.clone(), new));
        }
        compare(&about, parts, all);
        return true;
    }
    // Two that came at one instant are told apart by their values alone.
    let replied =
        then().filter(|entry| entry.kind == "reply").filter_map(|entry| entry.detail.get("value").and_then(Value::as_f64));
    let said: Vec<String> = replied.map(|value| value.to_string()).collect();
    let Some(last) = said.last() else { return false };
    let journal = said.iter().find(|said| Some(*said) == value.as_ref()).unwrap_or(last);
    compare(&about, vec![("value", value, Some(journal.clone()))], all);
    true
}
