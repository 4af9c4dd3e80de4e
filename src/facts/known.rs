//! What is recorded already, as far as reading needs to know it: dates of dispatches for phrases such as "trước ngày 15/12",
//! ids of units and people for tables that name them in words.

use super::{DispatchFact, UnitFact};

/// The recorded facts a reader asks for.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Dispatches.
    pub dispatches: Vec<DispatchFact>,
    /// Units.
    pub units: Vec<UnitFact>,
    /// People.
    pub people: Vec<KnownPerson>,
    /// Directives.
    pub directives: Vec<KnownDirective>,
    /// Who issued a dispatch of a list that names no issuer; usually `[office] name`.
    pub office: Option<String>,
}

/// A recorded person, so that a list without ids finds them again.
#[derive(Clone, Debug, Default)]
pub struct KnownPerson {
    /// Text id.
    pub id: String,
    /// Họ và tên.
    pub name: String,
    /// Mail address.
    pub email: Option<String>,
    /// Text ids of the units they have, or had, a position in.
    pub units: Vec<String>,
}

/// A recorded directive, so that a list numbered anew finds it again.
#[derive(Clone, Debug)]
pub struct KnownDirective {
    /// Its dispatch: issuer, year, number.
    pub dispatch: (String, i16, String),
    /// Clause.
    pub clause: String,
    /// Which of the clause, from 1.
    pub ordinal: u16,
    /// Title.
    pub title: String,
}
