//! Facts as cells of the store.

use jiff::civil::Date;

use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineRule};
use crate::domain::organisation::Standing;
use crate::facts::{DispatchFact, PersonFact, QuoteFact, UnitFact};
use crate::store::import::Cell;
use crate::store::rows::{deadline_columns, role_text};

/// `old` keeps what `unit rename`, `merge` and `split` recorded and an older file does not know.
pub(super) fn unit(fact: &UnitFact, old: Option<&[Cell]>) -> Vec<Cell> {
    let mut cells = vec![
        Cell::text(&fact.id),
        Cell::text(&fact.name),
        Cell::Text(fact.parent.clone()),
        Cell::Text(fact.supervisor.as_ref().map(role_text)),
        list(&fact.aliases),
        day(fact.from),
        day(fact.to),
        list(&fact.successors),
        list(&[]),
    ];
    let Some(old) = old else { return cells };
    cells[UNIT_LEARNED] = old[UNIT_LEARNED].clone();
    if fact.to.is_none() && fact.successors.is_empty() && old[UNIT_TO].as_text().is_some() && old[UNIT_SUCCESSORS] != list(&[]) {
        (cells[UNIT_TO], cells[UNIT_SUCCESSORS]) = (old[UNIT_TO].clone(), old[UNIT_SUCCESSORS].clone());
        cells[UNIT_PARENT] = old[UNIT_PARENT].clone();
    }
    if was_renamed(fact, old) {
        (cells[UNIT_NAME], cells[UNIT_ALIASES]) = (old[UNIT_NAME].clone(), old[UNIT_ALIASES].clone());
    }
    cells
}

/// Whether the row still says a name that the unit no longer has: it was renamed since the file was written.
pub(super) fn was_renamed(fact: &UnitFact, old: &[Cell]) -> bool {
    let aliases = old[UNIT_ALIASES].as_text().unwrap_or_default();
    let aliases: Vec<String> = serde_json::from_str(aliases).unwrap_or_default();
    old[UNIT_NAME].as_text() != Some(&fact.name) && aliases.contains(&fact.name) && !fact.aliases.contains(&fact.name)
}

/// The cells of a unit with one more name; `None` when it has that name already.
pub(super) fn with_alias(old: &[Cell], name: &str) -> Option<Vec<Cell>> {
    let names = |index: usize| -> Vec<String> {
        old[index].as_text().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let same = |other: &str| other.to_lowercase() == name.to_lowercase();
    let mut learned = names(UNIT_LEARNED);
    let has = old[UNIT_NAME].as_text().is_some_and(same) || names(UNIT_ALIASES).iter().chain(&learned).any(|other| same(other));
    (!has).then(|| {
        learned.push(name.to_owned());
        let mut cells = old.to_vec();
        cells[UNIT_LEARNED] = list(&learned);
        cells
    })
}

/// Places among the cells of a unit.
const UNIT_NAME: usize = 1;
const UNIT_PARENT: usize = 2;
const UNIT_ALIASES: usize = 4;
const UNIT_TO: usize = 6;
const UNIT_SUCCESSORS: usize = 7;
const UNIT_LEARNED: usize = 8;

/// `old` keeps what other ways than facts may have set: the linked chat, the day a person became inactive.
pub(super) fn person(fact: &PersonFact, old: Option<&[Cell]>, now_ms: i64) -> Vec<Cell> {
    let kept = |index: usize| old.and_then(|cells| cells[index].as_number());
    let chat = fact.telegram.or(kept(4));
    let dead = if chat == kept(4) { kept(5) } else { None };
    let inactive = (fact.active == Some(false)).then(|| kept(8).unwrap_or(now_ms));
    let channels: Vec<String> = fact.prefer.iter().map(|channel| channel.as_str().to_owned()).collect();
    vec![
        Cell::text(&fact.id),
        Cell::text(&fact.name),
        Cell::Text(fact.email.clone()),
        Cell::Text(fact.phone.clone()),
        Cell::Number(chat),
        Cell::Number(dead),
        list(&channels),
        Cell::Text(fact.salutation.clone()),
        Cell::Number(inactive),
    ]
}

pub(super) fn dispatch(fact: &DispatchFact) -> Vec<Cell> {
    vec![
        Cell::text(&fact.issuer),
        Cell::number(fact.date.year().into()),
        Cell::text(&fact.number),
        day(Some(fact.date)),
        day(fact.received),
        Cell::Text(fact.incoming_number.clone()),
        Cell::Text(fact.replaces.clone()),
        Cell::Text(fact.supplements.clone()),
        Cell::Text(fact.subject.clone()),
        Cell::Text(fact.monitor.as_ref().map(role_text)),
        Cell::text(fact.urgency.as_str()),
        Cell::text(fact.secrecy.as_str()),
    ]
}

/// kind, last day, named day, time, from; `resolved` is what a relative deadline has become.
pub(super) fn directive_deadline(rule: Option<&DeadlineRule>, resolved: Option<&Deadline>) -> Vec<Cell> {
    let mut cells = deadline(resolved);
    match rule {
        Some(DeadlineRule::Relative { .. }) => cells[0] = Cell::text(DeadlineKind::Relative.as_str()),
        Some(DeadlineRule::Recurring(_)) => cells[0] = Cell::text(DeadlineKind::Recurring.as_str()),
        Some(DeadlineRule::Fixed(_)) | None => {}
    }
    cells
}

/// kind, last day, named day, time, from; all NULL while there is none.
pub(super) fn deadline(deadline: Option<&Deadline>) -> Vec<Cell> {
    let columns = deadline_columns(deadline);
    vec![
        Cell::Text(columns.kind),
        Cell::Text(columns.last_day),
        Cell::Text(columns.named_day),
        Cell::Text(columns.time),
        Cell::Text(columns.from),
    ]
}

pub(super) fn day(date: Option<Date>) -> Cell {
    Cell::Text(date.map(|date| date.to_string()))
}

pub(super) fn standing(standing: Standing) -> Cell {
    Cell::text(match standing {
        Standing::Full => "full",
        Standing::Acting => "acting",
    })
}

/// The words of the dispatch, file, digest, line, first byte, first byte behind them; `old` keeps those of an earlier draft.
pub(super) fn quote(fact: Option<&QuoteFact>, old: Option<&[Cell]>) -> Vec<Cell> {
    match (fact, old) {
        (None, Some(old)) => old.to_vec(),
        (None, None) => [vec![Cell::Text(None); 3], vec![Cell::Number(None); 3]].concat(),
        (Some(fact), _) => vec![
            Cell::text(&fact.text),
            Cell::Text(fact.file.clone()),
            Cell::Text(fact.digest.clone()),
            Cell::Number(fact.line),
            Cell::Number(fact.start),
            Cell::Number(fact.end),
        ],
    }
}

fn list(words: &[String]) -> Cell {
    Cell::text(serde_json::json!(words).to_string())
}
