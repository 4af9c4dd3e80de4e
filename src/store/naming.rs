//! Names of dispatches, directives and assignments: from a name to a key, and the shortest name that fits one.
//!
//! Identity is issuer, year and number. The short form is a number; `YEAR:NUMBER` and
//! `YEAR:ISSUER:NUMBER` always work.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use unicode_normalization::UnicodeNormalization as _;

use super::error::StoreError;
use crate::domain::directive::{AssignmentName, DirectiveName};

/// The identity of a dispatch, with its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DispatchKey {
    /// Key.
    pub id: i64,
    /// Year of its date.
    pub year: i16,
    /// Issuer.
    pub issuer: String,
    /// Number and symbol.
    pub number: String,
}

/// Finds a dispatch by `NUMBER`, `YEAR:NUMBER` or `YEAR:ISSUER:NUMBER`.
///
/// # Errors
/// [`StoreError::Unknown`], or [`StoreError::Ambiguous`] with the long forms.
pub async fn find_dispatch(connection: &mut AnyConnection, name: &str) -> Result<DispatchKey, StoreError> {
    let name = name.trim();
    // A clause of no meaning lets the domain read the three forms.
    let read = DirectiveName::parse(&format!("{name}#1"));
    let read = read.ok_or_else(|| StoreError::Unknown { what: "dispatch", name: name.to_owned() })?;
    let found = matching(connection, &read).await?;
    one("dispatch", name, found, |key| format!("{}:{}:{}", key.year, key.issuer, key.number))
}

/// Finds a directive.
///
/// # Errors
/// [`StoreError::Unknown`], or [`StoreError::Ambiguous`] with the long forms of those that have that clause.
pub async fn find_directive(connection: &mut AnyConnection, name: &DirectiveName) -> Result<i64, StoreError> {
    let found = directives(connection, name).await?;
    let text = name.to_string();
    let (id, _) = one("directive", &text, found, |(_, key)| longest(key, &name.clause, name.ordinal).to_string())?;
    Ok(id)
}

/// Finds an assignment. Without a period in the name, a directive with a single assignment for that unit is meant.
///
/// # Errors
/// [`StoreError::Unknown`], or [`StoreError::Ambiguous`] with the long forms or the periods.
pub async fn find_assignment(connection: &mut AnyConnection, name: &AssignmentName) -> Result<i64, StoreError> {
    let text = name.to_string();
    let unit: String = name.unit.nfc().collect();
    let mut found = Vec::new();
    for (directive_id, key) in directives(connection, &name.directive).await? {
        let sql = "SELECT a.id, a.period FROM assignment a JOIN unit u ON u.id = a.unit_id
                   WHERE a.directive_id = $1 AND u.code = $2 ORDER BY a.period";
        for row in sqlx::query(sql).bind(directive_id).bind(&unit).fetch_all(&mut *connection).await? {
            found.push((row.try_get::<i64, _>(0)?, row.try_get::<String, _>(1)?, key.clone()));
        }
    }
    match &name.period {
        Some(period) => found.retain(|(_, theirs, _)| theirs == period),
        None if found.iter().any(|(_, period, _)| period.is_empty()) => found.retain(|(_, period, _)| period.is_empty()),
        None => {}
    }
    let (id, ..) = one("assignment", &text, found, |(_, period, key)| {
        let directive = longest(key, &name.directive.clause, name.directive.ordinal);
        let period = (!period.is_empty()).then(|| period.clone());
        AssignmentName { directive, unit: unit.clone(), period }.to_string()
    })?;
    Ok(id)
}

async fn directives(connection: &mut AnyConnection, name: &DirectiveName) -> Result<Vec<(i64, DispatchKey)>, StoreError> {
    let clause: String = name.clause.nfc().collect();
    let mut found = Vec::new();
    for dispatch in matching(connection, name).await? {
        let sql = "SELECT id FROM directive WHERE dispatch_id = $1 AND clause = $2 AND ordinal = $3";
        let query = sqlx::query_scalar(sql).bind(dispatch.id).bind(&clause).bind(i64::from(name.ordinal));
        if let Some(id) = query.fetch_optional(&mut *connection).await? {
            found.push((id, dispatch));
        }
    }
    Ok(found)
}

async fn matching(connection: &mut AnyConnection, name: &DirectiveName) -> Result<Vec<DispatchKey>, StoreError> {
    let number: String = name.number.nfc().collect();
    let issuer: Option<String> = name.issuer.as_deref().map(|issuer| issuer.nfc().collect());
    let sql = "SELECT id, year, issuer, number FROM dispatch WHERE number = $1 ORDER BY year, id";
    let rows = sqlx::query(sql).bind(number).fetch_all(connection).await?;
    let mut found = rows.iter().map(dispatch_key).collect::<Result<Vec<_>, _>>()?;
    found.retain(|key| name.year.is_none_or(|year| year == key.year));
    found.retain(|key| issuer.as_ref().is_none_or(|issuer| *issuer == key.issuer));
    Ok(found)
}

fn dispatch_key(row: &AnyRow) -> Result<DispatchKey, StoreError> {
    let year: i64 = row.try_get("year")?;
    Ok(DispatchKey {
        id: row.try_get("id")?,
        year: i16::try_from(year).map_err(|_| super::rows::damaged("year", &year.to_string()))?,
        issuer: row.try_get("issuer")?,
        number: row.try_get("number")?,
    })
}

fn one<T>(what: &'static str, name: &str, mut found: Vec<T>, print: impl Fn(&T) -> String) -> Result<T, StoreError> {
    match found.len() {
        0 => Err(StoreError::Unknown { what, name: name.to_owned() }),
        1 => Ok(found.remove(0)),
        _ => Err(StoreError::Ambiguous { name: name.to_owned(), candidates: found.iter().map(print).collect() }),
    }
}

/// The form that always works.
fn longest(key: &DispatchKey, clause: &str, ordinal: u16) -> DirectiveName {
    DirectiveName {
        year: Some(key.year),
        issuer: Some(key.issuer.clone()),
        number: key.number.clone(),
        clause: clause.to_owned(),
        ordinal,
    }
}

/// What is needed to print the shortest names: the numbers that occur more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Years of a number that occurs more than once, and how often in each.
    shared: BTreeMap<String, BTreeMap<i16, usize>>,
}

impl Names {
    /// Loads them; few, since registers number each year anew and most symbols differ.
    pub async fn load(connection: &mut AnyConnection) -> Result<Self, StoreError> {
        let sql = "SELECT id, year, issuer, number FROM dispatch
                   WHERE number IN (SELECT number FROM dispatch GROUP BY number HAVING COUNT(*) > 1)";
        let rows = sqlx::query(sql).fetch_all(connection).await?;
        let keys = rows.iter().map(dispatch_key).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::of(keys.iter().map(|key| (key.number.as_str(), key.year))))
    }

    /// The same, of number and year of each dispatch.
    pub fn of<'a>(dispatches: impl IntoIterator<Item = (&'a str, i16)>) -> Self {
        let mut shared: BTreeMap<String, BTreeMap<i16, usize>> = BTreeMap::new();
        for (number, year) in dispatches {
            *shared.entry(number.to_owned()).or_default().entry(year).or_default() += 1;
        }
        shared.retain(|_, years| years.values().sum::<usize>() > 1);
        Self { shared }
    }

    /// The shortest name of a directive that fits one dispatch.
    pub fn directive(&self, key: &DispatchKey, clause: &str, ordinal: u16) -> DirectiveName {
        self.shortest(longest(key, clause, ordinal))
    }

    /// What is left of a whole name when no more is said than is needed.
    pub fn shortest(&self, name: DirectiveName) -> DirectiveName {
        let Some(years) = self.shared.get(&name.number) else {
            return DirectiveName { year: None, issuer: None, ..name };
        };
        let is_alone = name.year.and_then(|year| years.get(&year)).is_none_or(|count| *count < 2);
        DirectiveName { issuer: name.issuer.filter(|_| !is_alone), ..name }
    }

    /// The shortest name of an assignment; `period` is empty for one that does not recur.
    pub fn assignment(&self, key: &DispatchKey, clause: &str, ordinal: u16, unit: &str, period: &str) -> AssignmentName {
        AssignmentName {
            directive: self.directive(key, clause, ordinal),
            unit: unit.to_owned(),
            period: (!period.is_empty()).then(|| period.to_owned()),
        }
    }
}
