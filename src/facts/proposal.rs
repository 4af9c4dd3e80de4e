//! A dispatch as it was read, for a person to look through: nothing of it is a fact until they agree.
//!
//! It is written as a workbook ([`Proposal::to_workbook`]) or as TOML ([`Proposal::to_toml`]), and both are read back as
//! facts: a row counts once its `agreed` says so.

mod book;
mod text;

use jiff::civil::Date;

use super::{QuoteFact, UnitFact};
use crate::domain::directive::{Follow, Urgency};
use crate::domain::rules::Language;

/// What is proposed.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The language of doubts and readings.
    pub language: Language,
    /// Name of the file that was read.
    pub file: String,
    /// Its heading.
    pub dispatch: ProposedDispatch,
    /// Its duties, in the order of the text.
    pub directives: Vec<ProposedDirective>,
    /// Duties recorded from an earlier reading that this one does not have.
    pub gone: Vec<String>,
    /// Names of the text that no unit has, each once.
    pub unknown: Vec<UnknownName>,
    /// Doubts about the dispatch as a whole.
    pub doubts: Vec<Doubt>,
    /// The units of the day it was issued, to choose from.
    pub units: Vec<UnitFact>,
}

/// The heading of the dispatch; what stands in the store already is kept.
#[derive(Clone, Debug, Default)]
pub struct ProposedDispatch {
    /// Number and symbol; `None` when it could not be read.
    pub number: Option<String>,
    /// The number as typed, with its blank.
    pub number_as_typed: Option<String>,
    /// Issuer.
    pub issuer: Option<String>,
    /// Day of issue.
    pub date: Option<Date>,
    /// Day it was received, when that is recorded.
    pub received: Option<Date>,
    /// Number among the incoming ones, when that is recorded.
    pub incoming_number: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// Urgency.
    pub urgency: Urgency,
    /// Monitor as the facts write it, when that is recorded.
    pub monitor: Option<String>,
    /// Number it replaces, when that is recorded.
    pub replaces: Option<String>,
    /// Number it supplements, when that is recorded.
    pub supplements: Option<String>,
    /// Kính gửi, as written.
    pub addressees: Vec<String>,
    /// Whether it was imported before.
    pub earlier: Earlier,
}

/// Whether the store has the dispatch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Earlier {
    /// No.
    #[default]
    New,
    /// Yes.
    Recorded,
}

/// A doubt and the line of the text it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// From 1; `None` for the text as a whole.
    pub line: Option<usize>,
    /// A sentence fragment.
    pub text: String,
    /// What it is about.
    pub topic: Topic,
}

/// What a doubt is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The words of the dispatch.
    Text,
    /// Which unit a name means; the same name raises it in every clause.
    Units,
}

/// A duty.
#[derive(Clone, Debug)]
pub struct ProposedDirective {
    /// `1.e`, `3.1~2`
    pub clause: String,
    /// As typed, when different.
    pub clause_as_typed: Option<String>,
    /// At most 160 characters.
    pub title: String,
    /// Its words and their place.
    pub quote: QuoteFact,
    /// Who answers for it.
    pub lead: Vec<ProposedUnit>,
    /// Who helps.
    pub coordinating: Vec<ProposedUnit>,
    /// Its deadline; `None` when there is none.
    pub deadline: Option<ProposedDeadline>,
    /// What is to be reached, as a cell of facts has it (`> 90 %`).
    pub target: Option<String>,
    /// How it is to be followed.
    pub follow: Follow,
    /// What a person should look at.
    pub doubts: Vec<Doubt>,
    /// Beside what is recorded.
    pub compared: Compared,
}

/// A unit, or a group of them, as the dispatch names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedUnit {
    /// As written.
    pub written: String,
    /// What it was understood to mean; empty when it is not known.
    pub units: Vec<NamedUnit>,
}

/// A unit of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedUnit {
    /// Text id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What names it and no other: the name, else the id.
    pub key: String,
}

/// A deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedDeadline {
    /// The wording of the dispatch.
    pub wording: String,
    /// As facts have it: an ISO date, or a phrase; `None` when it hangs on something else.
    pub value: Option<String>,
    /// What that means, for people.
    pub understood: String,
}

/// A duty beside what is recorded under its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Compared {
    /// Nothing is.
    #[default]
    New,
    /// It says the same.
    Same,
    /// It says something else: one line for each difference.
    Changed(Vec<String>),
}

/// A name that no unit has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// As written.
    pub name: String,
    /// Units it may mean, the nearest first.
    pub near: Vec<NamedUnit>,
    /// Where it stands.
    pub clauses: Vec<String>,
}

impl Doubt {
    /// About the words.
    pub const fn of_text(line: Option<usize>, text: String) -> Self {
        Self { line, text, topic: Topic::Text }
    }
}

impl ProposedDirective {
    /// Whether every lead unit is known.
    pub fn knows_its_lead(&self) -> bool {
        !self.lead.is_empty() && self.lead.iter().all(|one| !one.units.is_empty())
    }
}

/// The names of a list of units, each unit once; what is not known as it is written.
fn keys(units: &[ProposedUnit]) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for one in units {
        let known = one.units.iter().map(|unit| unit.key.clone());
        let unknown = one.units.is_empty().then(|| one.written.replace(';', ","));
        for key in known.chain(unknown) {
            if !list.contains(&key) {
                list.push(key);
            }
        }
    }
    list
}

fn shown(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}
