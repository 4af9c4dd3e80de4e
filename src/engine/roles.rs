//! Why a person gets an item, as JSON in the outbox and as words in the letter.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::EngineError;
use crate::channel::letter::{Because, HowLine};
use crate::domain::organisation::{Directory, How, PersonId, UnitId};
use crate::domain::policy::Role;
use crate::store::rows::{parse_role, role_text};

/// One role of one recipient, as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredRole {
    role: String,
    how: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vacant: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<i64>,
}

/// As JSON.
pub fn to_json(roles: &[(Role, How)]) -> String {
    let stored: Vec<StoredRole> = roles
        .iter()
        .map(|(role, how)| {
            let mut stored = StoredRole {
                role: role_text(role),
                how: "named".to_owned(),
                unit: None,
                vacant: None,
                position: None,
                person: None,
            };
            match how {
                How::Named => {}
                How::Holds { unit, position } => {
                    "holds".clone_into(&mut stored.how);
                    (stored.unit, stored.position) = (Some(unit.0), Some(position.clone()));
                }
                How::Acts { unit, position } => {
                    "acts".clone_into(&mut stored.how);
                    (stored.unit, stored.position) = (Some(unit.0), Some(position.clone()));
                }
                How::StandsInFor(person) => {
                    "stands-in".clone_into(&mut stored.how);
                    stored.person = Some(person.0);
                }
                How::Upwards { vacant, unit, position } => {
                    "upwards".clone_into(&mut stored.how);
                    (stored.unit, stored.vacant, stored.position) = (Some(unit.0), Some(vacant.0), Some(position.clone()));
                }
            }
            stored
        })
        .collect();
    serde_json::to_string(&stored).unwrap_or_else(|_| "[]".to_owned())
}

/// Reads back what [`to_json`] wrote.
pub fn from_json(json: &str) -> Result<Vec<(Role, How)>, EngineError> {
    let stored: Vec<StoredRole> =
        serde_json::from_str(json).map_err(|source| EngineError::Json { what: "message_item.roles", source })?;
    let read = |stored: StoredRole| {
        let unit = UnitId(stored.unit.unwrap_or_default());
        let position = stored.position.unwrap_or_default();
        let how = match stored.how.as_str() {
            "holds" => How::Holds { unit, position },
            "acts" => How::Acts { unit, position },
            "stands-in" => How::StandsInFor(PersonId(stored.person.unwrap_or_default())),
            "upwards" => How::Upwards { vacant: UnitId(stored.vacant.unwrap_or_default()), unit, position },
            _ => How::Named,
        };
        (parse_role(&stored.role).unwrap_or(Role::Operators), how)
    };
    Ok(stored.into_iter().map(read).collect())
}

/// As words.
pub fn because(json: &str, person: PersonId, directory: &Directory, on: Date) -> Result<Vec<Because>, EngineError> {
    let stored: Vec<StoredRole> =
        serde_json::from_str(json).map_err(|source| EngineError::Json { what: "message_item.roles", source })?;
    let unit_name =
        |id: Option<i64>| id.and_then(|id| directory.units.get(&UnitId(id))).map(|unit| unit.name.clone()).unwrap_or_default();
    let lines = stored.into_iter().map(|stored| {
        let title = || {
            let unit = stored.unit.map(UnitId);
            let held = unit.and_then(|unit| directory.appointments.get(&unit)).into_iter().flatten();
            let mut held = held.filter(|held| held.person == person && held.span.covers(on));
            held.find(|held| Some(&held.position) == stored.position.as_ref())
                .and_then(|held| held.title.clone())
                .unwrap_or_else(|| stored.position.clone().unwrap_or_default())
        };
        let how = match stored.how.as_str() {
            "holds" => HowLine::Holds { title: title(), unit: unit_name(stored.unit) },
            "acts" => HowLine::Acts { title: title(), unit: unit_name(stored.unit) },
            "stands-in" => HowLine::StandsInFor(
                stored
                    .person
                    .and_then(|id| directory.people.get(&PersonId(id)))
                    .map(|person| person.name.clone())
                    .unwrap_or_default(),
            ),
            "upwards" => HowLine::Upwards { vacant: unit_name(stored.vacant), unit: unit_name(stored.unit) },
            _ => HowLine::Named,
        };
        Because { role: parse_role(&stored.role).unwrap_or(Role::Operators), how }
    });
    Ok(lines.collect())
}
