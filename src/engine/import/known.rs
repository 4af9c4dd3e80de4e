//! What is recorded of what the facts speak of.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use sqlx::AnyConnection;

use super::ImportError;
use crate::domain::directive::{DirectiveName, Secrecy, Urgency};
use crate::domain::policy::Role;
use crate::facts::{self, DispatchFact, DispatchRef, Facts, KnownDirective, KnownPerson, UnitFact};
use crate::store::StoreError;
use crate::store::import::{self, APPOINTMENT, ASSIGNMENT, DIRECTIVE, DISPATCH, PERSON, Recorded, UNIT};
use crate::store::naming::Names;
use crate::store::rows::parse_role;

/// Which dispatch: issuer + year + number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct DispatchKey {
    pub(super) issuer: String,
    pub(super) year: i64,
    pub(super) number: String,
}

/// Which directive of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct DirectiveKey {
    pub(super) dispatch: DispatchKey,
    pub(super) clause: String,
    pub(super) ordinal: i64,
}

/// Rows of the store; directives and assignments only of the dispatches the facts name.
pub(super) struct Known {
    pub(super) units: HashMap<String, Recorded>,
    pub(super) people: HashMap<String, Recorded>,
    pub(super) dispatches: HashMap<DispatchKey, Recorded>,
    pub(super) directives: HashMap<DirectiveKey, Recorded>,
    /// By directive.
    pub(super) assignments: HashMap<i64, Vec<Recorded>>,
    unit_codes: HashMap<i64, String>,
    person_codes: HashMap<i64, String>,
    /// The numbers of the dispatches that the facts name.
    numbers: BTreeSet<String>,
    /// What is needed to print the shortest names, with what the facts bring.
    pub(super) naming: Names,
}

impl DispatchKey {
    pub(super) fn of(fact: &DispatchFact) -> Self {
        Self { issuer: fact.issuer.clone(), year: fact.date.year().into(), number: fact.number.clone() }
    }

    fn recorded(row: &Recorded) -> Self {
        let text = |index: usize| row.cells[index].as_text().unwrap_or_default().to_owned();
        Self { issuer: text(0), year: row.cells[1].as_number().unwrap_or_default(), number: text(2) }
    }
}

impl DispatchKey {
    /// The shortest form that means this dispatch alone.
    pub(super) fn shown(&self, names: &Names) -> String {
        DispatchRef::of(&names.shortest(self.whole_name("1", 1))).to_string()
    }

    fn whole_name(&self, clause: &str, ordinal: i64) -> DirectiveName {
        DirectiveName {
            year: i16::try_from(self.year).ok(),
            issuer: Some(self.issuer.clone()),
            number: self.number.clone(),
            clause: clause.to_owned(),
            ordinal: u16::try_from(ordinal).unwrap_or(1),
        }
    }
}

impl DirectiveKey {
    /// The shortest name that means this directive alone.
    pub(super) fn shown(&self, names: &Names) -> String {
        names.shortest(self.dispatch.whole_name(&self.clause, self.ordinal)).to_string()
    }
}

impl Known {
    pub(super) async fn load(connection: &mut AnyConnection, facts: &Facts) -> Result<Self, ImportError> {
        let mut known = Self {
            units: HashMap::new(),
            people: HashMap::new(),
            dispatches: HashMap::new(),
            directives: HashMap::new(),
            assignments: HashMap::new(),
            unit_codes: HashMap::new(),
            person_codes: HashMap::new(),
            numbers: numbers(facts),
            naming: Names::default(),
        };
        known.load_organisation(connection).await?;
        known.load_dispatches(connection).await?;
        known.naming = naming(facts, &known.dispatches);
        known.load_directives(connection).await?;
        known.load_assignments(connection).await?;
        Ok(known)
    }

    pub(super) async fn load_organisation(&mut self, connection: &mut AnyConnection) -> Result<(), ImportError> {
        self.units = by_code(import::all(connection, UNIT).await?);
        self.people = by_code(import::all(connection, PERSON).await?);
        self.unit_codes = self.units.iter().map(|(code, row)| (row.id, code.clone())).collect();
        self.person_codes = self.people.iter().map(|(code, row)| (row.id, code.clone())).collect();
        Ok(())
    }

    pub(super) async fn load_dispatches(&mut self, connection: &mut AnyConnection) -> Result<(), ImportError> {
        let rows = import::all(connection, DISPATCH).await?;
        self.dispatches = rows.into_iter().map(|row| (DispatchKey::recorded(&row), row)).collect();
        Ok(())
    }

    pub(super) async fn load_directives(&mut self, connection: &mut AnyConnection) -> Result<(), ImportError> {
        let named: HashMap<i64, &DispatchKey> = self
            .dispatches
            .iter()
            .filter(|(key, _)| self.numbers.contains(&key.number))
            .map(|(key, row)| (row.id, key))
            .collect();
        let ids: Vec<i64> = named.keys().copied().collect();
        let mut directives = HashMap::new();
        for row in import::among(connection, DIRECTIVE, "dispatch_id", &ids).await? {
            let dispatch = row.cells[0].as_number().and_then(|id| named.get(&id));
            if let Some(dispatch) = dispatch {
                let key = DirectiveKey {
                    dispatch: (*dispatch).clone(),
                    clause: row.cells[1].as_text().unwrap_or_default().to_owned(),
                    ordinal: row.cells[2].as_number().unwrap_or(1),
                };
                directives.insert(key, row);
            }
        }
        self.directives = directives;
        Ok(())
    }

    pub(super) async fn load_assignments(&mut self, connection: &mut AnyConnection) -> Result<(), ImportError> {
        let ids: Vec<i64> = self.directives.values().map(|row| row.id).collect();
        self.assignments.clear();
        for row in import::among(connection, ASSIGNMENT, "directive_id", &ids).await? {
            let directive = row.cells[0].as_number().unwrap_or_default();
            self.assignments.entry(directive).or_default().push(row);
        }
        Ok(())
    }

    /// The id of that unit.
    pub(super) fn unit(&self, code: &str) -> Option<i64> {
        self.units.get(code).map(|row| row.id)
    }

    /// The id of that person.
    pub(super) fn person(&self, code: &str) -> Option<i64> {
        self.people.get(code).map(|row| row.id)
    }

    /// The text id of that unit.
    pub(super) fn unit_code(&self, id: i64) -> Option<&str> {
        self.unit_codes.get(&id).map(String::as_str)
    }

    /// The text id of that person.
    pub(super) fn person_code(&self, id: i64) -> Option<&str> {
        self.person_codes.get(&id).map(String::as_str)
    }
}

/// What `facts::read` must know of what is recorded.
pub(super) async fn facts(connection: &mut AnyConnection) -> Result<facts::Known, ImportError> {
    let mut known = facts::Known::default();
    let mut units: HashMap<i64, String> = HashMap::new();
    for row in import::all(connection, UNIT).await? {
        let unit = unit_fact(&row)?;
        units.insert(row.id, unit.id.clone());
        known.units.push(unit);
    }
    let mut people: HashMap<i64, KnownPerson> = HashMap::new();
    for row in import::all(connection, PERSON).await? {
        let person = KnownPerson { id: text(&row, 0), name: text(&row, 1), email: optional(&row, 2), units: Vec::new() };
        people.insert(row.id, person);
    }
    for row in import::all(connection, APPOINTMENT).await? {
        let unit = row.cells[1].as_number().and_then(|id| units.get(&id));
        if let (Some(person), Some(unit)) = (row.cells[0].as_number().and_then(|id| people.get_mut(&id)), unit) {
            person.units.push(unit.clone());
        }
    }
    known.people = people.into_values().collect();
    known.people.sort_by(|a, b| a.id.cmp(&b.id));
    let mut dispatches: HashMap<i64, (String, i16, String)> = HashMap::new();
    for row in import::all(connection, DISPATCH).await? {
        let fact = dispatch_fact(&row)?;
        dispatches.insert(row.id, (fact.issuer.clone(), fact.date.year(), fact.number.clone()));
        known.dispatches.push(fact);
    }
    for row in import::all(connection, DIRECTIVE).await? {
        let Some(dispatch) = row.cells[0].as_number().and_then(|id| dispatches.get(&id)) else { continue };
        known.directives.push(KnownDirective {
            dispatch: dispatch.clone(),
            clause: text(&row, 1),
            ordinal: row.cells[2].as_number().and_then(|ordinal| u16::try_from(ordinal).ok()).unwrap_or(1),
            title: text(&row, 4),
        });
    }
    Ok(known)
}

fn text(row: &Recorded, index: usize) -> String {
    row.cells[index].as_text().unwrap_or_default().to_owned()
}

fn optional(row: &Recorded, index: usize) -> Option<String> {
    row.cells[index].as_text().map(ToOwned::to_owned)
}

fn damaged(column: &'static str, row: &Recorded, index: usize) -> StoreError {
    StoreError::Damaged { column, value: text(row, index) }
}

fn day(column: &'static str, row: &Recorded, index: usize) -> Result<Option<Date>, StoreError> {
    row.cells[index].as_text().map(|text| text.parse().map_err(|_| damaged(column, row, index))).transpose()
}

fn role(column: &'static str, row: &Recorded, index: usize) -> Result<Option<Role>, StoreError> {
    row.cells[index].as_text().map(|text| parse_role(text).ok_or_else(|| damaged(column, row, index))).transpose()
}

fn list(column: &'static str, row: &Recorded, index: usize) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(&text(row, index)).map_err(|_| damaged(column, row, index))
}

fn unit_fact(row: &Recorded) -> Result<UnitFact, StoreError> {
    Ok(UnitFact {
        id: text(row, 0),
        name: text(row, 1),
        parent: optional(row, 2),
        supervisor: role("supervisor", row, 3)?,
        aliases: list("aliases", row, 4)?,
        from: day("from_date", row, 5)?,
        to: day("to_date", row, 6)?,
        successors: list("successors", row, 7)?,
        learned: list("learned", row, 8)?,
    })
}

fn dispatch_fact(row: &Recorded) -> Result<DispatchFact, StoreError> {
    Ok(DispatchFact {
        issuer: text(row, 0),
        number: text(row, 2),
        date: day("date", row, 3)?.ok_or_else(|| damaged("date", row, 3))?,
        received: day("received", row, 4)?,
        incoming_number: optional(row, 5),
        replaces: optional(row, 6),
        supplements: optional(row, 7),
        subject: optional(row, 8),
        monitor: role("monitor", row, 9)?,
        urgency: Urgency::parse(&text(row, 10)).ok_or_else(|| damaged("urgency", row, 10))?,
        secrecy: Secrecy::parse(&text(row, 11)).ok_or_else(|| damaged("secrecy", row, 11))?,
    })
}

/// The numbers of all dispatches the facts name.
fn numbers(facts: &Facts) -> BTreeSet<String> {
    let given = facts.dispatches.iter().map(|row| row.value.number.clone());
    let of_directives = facts.directives.iter().filter_map(|row| DispatchRef::parse(&row.value.dispatch));
    let figures = facts.figures.iter().map(|row| row.value.directive.as_str());
    let extensions = facts.extensions.iter().map(|row| row.value.directive.as_str());
    let names = figures.chain(extensions).filter_map(DirectiveName::parse).map(|name| DispatchRef::of(&name));
    given.chain(of_directives.chain(names).map(|dispatch| dispatch.number)).collect()
}

fn naming(facts: &Facts, recorded: &HashMap<DispatchKey, Recorded>) -> Names {
    let given: BTreeSet<DispatchKey> = facts.dispatches.iter().map(|row| DispatchKey::of(&row.value)).collect();
    let new = given.iter().filter(|key| !recorded.contains_key(key));
    let all = recorded.keys().chain(new).filter_map(|key| Some((key.number.as_str(), i16::try_from(key.year).ok()?)));
    Names::of(all)
}

fn by_code(rows: Vec<Recorded>) -> HashMap<String, Recorded> {
    rows.into_iter().map(|row| (row.cells[0].as_text().unwrap_or_default().to_owned(), row)).collect()
}
