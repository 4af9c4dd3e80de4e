//! Facts as cells of the store.

use jiff::civil::Date;

use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineRule};
use crate::domain::organisation::Standing;
use crate::facts::{DispatchFact, PersonFact, UnitFact};
use crate::store::import::Cell;
use crate::store::rows::{deadline_columns, role_text};

pub(super) fn unit(fact: &UnitFact) -> Vec<Cell> {
    vec![
        Cell::text(&fact.id),
        Cell::text(&fact.name),
        Cell::Text(fact.parent.clone()),
        Cell::Text(fact.supervisor.as_ref().map(role_text)),
        list(&fact.aliases),
        day(fact.from),
        day(fact.to),
        list(&fact.successors),
    ]
}

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

fn list(words: &[String]) -> Cell {
    Cell::text(serde_json::json!(words).to_string())
}
