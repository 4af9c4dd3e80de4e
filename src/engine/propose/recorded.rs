//! What is recorded of a dispatch that is read again, and how a reading differs from it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sqlx::AnyConnection;

use super::understood::day;
use crate::domain::directive::Work;
use crate::domain::rules::Language;
use crate::facts::{Compared, DispatchFact, ProposedDirective};
use crate::store::StoreError;
use crate::store::import::{self, ASSIGNMENT, DIRECTIVE, DISPATCH, Recorded, UNIT};
use crate::tree::say;

/// A recorded directive.
#[derive(Clone, Debug)]
pub struct RecordedDirective {
    /// `1.e`, `3.1~2`
    pub clause: String,
    /// Title.
    pub title: String,
    /// Its words in the dispatch, when it came from a reading.
    pub quote: Option<String>,
    /// The wording of its deadline.
    pub deadline_text: Option<String>,
    /// The last day of its deadline.
    pub last_day: Option<Date>,
    /// Text ids of the lead units, in order.
    pub lead: Vec<String>,
}

/// The directives recorded of that dispatch, by clause.
///
/// # Errors
/// When the store cannot be read.
pub async fn recorded(
    connection: &mut AnyConnection,
    dispatch: &DispatchFact,
) -> Result<BTreeMap<String, RecordedDirective>, StoreError> {
    let is_it = |row: &Recorded| {
        row.cells[0].as_text() == Some(&dispatch.issuer)
            && row.cells[1].as_number() == Some(dispatch.date.year().into())
            && row.cells[2].as_text() == Some(&dispatch.number)
    };
    let rows = import::all(connection, DISPATCH).await?;
    let Some(row) = rows.iter().find(|row| is_it(row)) else { return Ok(BTreeMap::new()) };
    let directives = import::among(connection, DIRECTIVE, "dispatch_id", &[row.id]).await?;
    let ids: Vec<i64> = directives.iter().map(|row| row.id).collect();
    let units: BTreeMap<i64, String> = import::all(connection, UNIT)
        .await?
        .into_iter()
        .map(|row| (row.id, row.cells[0].as_text().unwrap_or_default().to_owned()))
        .collect();
    let mut leads: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for row in import::among(connection, ASSIGNMENT, "directive_id", &ids).await? {
        let withdrawn = row.cells[10].as_text() == Some(Work::Withdrawn.as_str());
        let unit = row.cells[1].as_number().and_then(|id| units.get(&id));
        if let (Some(directive), Some(unit), false) = (row.cells[0].as_number(), unit, withdrawn) {
            let list = leads.entry(directive).or_default();
            if !list.contains(unit) {
                list.push(unit.clone());
            }
        }
    }
    let text = |row: &Recorded, index: usize| row.cells[index].as_text().map(str::to_owned);
    let named = directives.into_iter().map(|row| {
        let clause = text(&row, 1).unwrap_or_default();
        let clause = match row.cells[2].as_number() {
            Some(1) | None => clause,
            Some(ordinal) => format!("{clause}~{ordinal}"),
        };
        let directive = RecordedDirective {
            clause: clause.clone(),
            title: text(&row, 4).unwrap_or_default(),
            quote: text(&row, 19),
            deadline_text: text(&row, 7),
            last_day: text(&row, 10).and_then(|day| day.parse().ok()),
            lead: leads.remove(&row.id).unwrap_or_default(),
        };
        (clause, directive)
    });
    Ok(named.collect())
}

/// How a duty as it was read differs from what is recorded under its clause.
pub(super) fn compare(
    read: &ProposedDirective,
    last_day: Option<Date>,
    held: Option<&RecordedDirective>,
    language: Language,
) -> Compared {
    let Some(held) = held else { return Compared::New };
    let mut lines = Vec::new();
    if let Some(quote) = held.quote.as_deref().filter(|quote| *quote != read.quote.text) {
        let kept: String = quote.chars().take(80).collect();
        lines.push(say!(language, "lời văn đã nhập: “{kept}…”", "the words recorded: “{kept}…”"));
    }
    let wording = read.deadline.as_ref().map(|deadline| deadline.wording.as_str());
    let moved = match (held.last_day, last_day) {
        (Some(held), Some(read)) => held != read,
        // Both wait for a day or have none: the words tell.
        (None, None) => held.deadline_text.as_deref() != wording.filter(|_| held.deadline_text.is_some()),
        _ => true,
    };
    if moved {
        let was = held.last_day.map(day).or_else(|| held.deadline_text.clone()).unwrap_or_else(|| "–".to_owned());
        let now = last_day.map(day).or_else(|| wording.map(str::to_owned)).unwrap_or_else(|| "–".to_owned());
        lines.push(say!(language, "thời hạn đã nhập {was}, nay {now}", "the deadline recorded {was}, now {now}"));
    }
    let mut units: Vec<&str> = read.lead.iter().flat_map(|one| &one.units).map(|unit| unit.id.as_str()).collect();
    units.sort_unstable();
    units.dedup();
    let mut lead: Vec<&str> = held.lead.iter().map(String::as_str).collect();
    lead.sort_unstable();
    let known = read.knows_its_lead();
    if known && units != lead {
        let gone: Vec<&str> = lead.iter().filter(|id| !units.contains(id)).copied().collect();
        let new: Vec<&str> = units.iter().filter(|id| !lead.contains(id)).copied().collect();
        if !new.is_empty() {
            let new = new.join(", ");
            lines.push(say!(language, "thêm đơn vị chủ trì: {new}", "new lead units: {new}"));
        }
        if !gone.is_empty() {
            let gone = gone.join(", ");
            lines.push(say!(language, "không còn giao cho: {gone}", "no longer given to: {gone}"));
        }
    }
    if lines.is_empty() { Compared::Same } else { Compared::Changed(lines) }
}
