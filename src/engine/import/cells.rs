//! Facts as cells of the store.

use jiff::civil::Date;

use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineRule};
use crate::domain::organisation::Standing;
use crate::domain::policy::Role;
use crate::facts::{DeadlineFact, DispatchFact, PersonFact, UnitFact};
use crate::store::import::Cell;

/// `position:ID@UNIT`, `position:ID` or `person:ID`; the roles a leader or a monitor may have.
pub(super) fn role_text(role: &Role) -> String {
    match role {
        Role::Position { position, unit: Some(unit) } => format!("position:{position}@{unit}"),
        Role::Position { position, unit: None } => format!("position:{position}"),
        Role::Person(person) => format!("person:{person}"),
        // Facts carry no other role; what is written here would name nobody.
        other => format!("{other:?}").to_lowercase(),
    }
}

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
pub(super) fn directive_deadline(fact: Option<&DeadlineFact>, resolved: Option<&Deadline>) -> Vec<Cell> {
    let mut cells = deadline(resolved);
    match fact.map(|fact| &fact.rule) {
        Some(DeadlineRule::Relative { .. }) => cells[0] = Cell::text(DeadlineKind::Relative.as_str()),
        Some(DeadlineRule::Recurring(_)) => cells[0] = Cell::text(DeadlineKind::Recurring.as_str()),
        Some(DeadlineRule::Fixed(_)) | None => {}
    }
    cells
}

/// kind, last day, named day, time, from; all NULL while there is none.
pub(super) fn deadline(deadline: Option<&Deadline>) -> Vec<Cell> {
    vec![
        Cell::Text(deadline.map(|deadline| deadline.kind.as_str().to_owned())),
        day(deadline.map(|deadline| deadline.last_day)),
        day(deadline.map(|deadline| deadline.named_day)),
        Cell::Text(deadline.and_then(|deadline| deadline.time).map(minute)),
        day(deadline.and_then(|deadline| deadline.from)),
    ]
}

/// `HH:MM`
pub(super) fn minute(time: jiff::civil::Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
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
