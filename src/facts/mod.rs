//! Floor 1: facts files (TOML, CSV, XLSX) → [`Facts`] and every diagnostic, pure.
//!
//! A table becomes the tree that TOML gives: [`csv_cells`] and [`xlsx_cells`] read cells, headings are told apart, names are
//! exchanged for ids, and each row is a branch whose values stand where their cells do. From there on one reader reads both.
//!
//! Nothing here knows the store; `engine::import` compares and records.

mod branch;
mod cell;
mod csv;
mod deadline;
mod dispatch;
mod goal;
mod heading;
mod known;
mod limit;
mod list;
mod organisation;
mod post;
mod proposal;
mod quote;
mod raw;
mod read;
mod reference;
mod register;
mod roster;
mod secrecy;
mod series;
mod sheet;
mod shelf;
mod slug;
mod state;
mod table;
mod template;
mod words;
mod xlsx;

use jiff::civil::Date;

use crate::diagnostic::Span;
use crate::domain::deadline::{Deadline, DeadlineRule};
use crate::domain::directive::{Follow, Secrecy, Urgency};
use crate::domain::organisation::Standing;
use crate::domain::policy::{ChannelKind, Role};
use crate::domain::recurrence::{CutOff, Period};
use crate::domain::target::Target;

pub use known::{Known, KnownDirective, KnownPerson};
pub use proposal::{
    Compared, Doubt, Earlier, NamedUnit, Proposal, ProposedDeadline, ProposedDirective, ProposedDispatch, ProposedUnit, Topic,
    UnknownName,
};
pub use quote::QuoteFact;
pub use raw::{csv_cells, ending_of, xlsx_cells};
pub use read::{FILE_BYTES_MAX, ROWS_MAX, read};
pub use reference::{DispatchRef, KnownDispatch};
pub use secrecy::Marked;
pub use slug::fold;
pub use state::StateFact;
pub use template::{TemplateError, template};
pub use words::normal_number;

/// The most characters of a title.
pub const TITLE_CHARS_MAX: usize = 160;

/// All rows of one or more files, in file order. Every text is NFC and trimmed.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// `[[unit]]`
    pub units: Vec<Row<UnitFact>>,
    /// `[[person]]`
    pub people: Vec<Row<PersonFact>>,
    /// `[[appointment]]`
    pub appointments: Vec<Row<AppointmentFact>>,
    /// `[[substitution]]`
    pub substitutions: Vec<Row<SubstitutionFact>>,
    /// `[[alias]]`
    pub aliases: Vec<Row<AliasFact>>,
    /// `[[dispatch]]`
    pub dispatches: Vec<Row<DispatchFact>>,
    /// `[[directive]]`
    pub directives: Vec<Row<DirectiveFact>>,
    /// `[[figure]]`
    pub figures: Vec<Row<FigureFact>>,
    /// `[[extension]]`
    pub extensions: Vec<Row<ExtensionFact>>,
    /// The sources that bear a secrecy mark; what is said of them shows nothing of them.
    pub marked: Marked,
    /// How many rows of drafts a person agreed to; `None` when no source is a draft.
    pub agreed: Option<Agreed>,
}

/// Rows of the drafts of a dispatch: those that are taken, and those that are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// A person agreed to them.
    pub yes: usize,
    /// Nobody did (yet); they are no rows of these facts.
    pub no: usize,
}

impl Facts {
    /// How many rows there are.
    pub const fn rows(&self) -> usize {
        let of_people = self.units.len() + self.people.len() + self.appointments.len() + self.substitutions.len();
        of_people
            + self.aliases.len()
            + self.dispatches.len()
            + self.directives.len()
            + self.figures.len()
            + self.extensions.len()
    }
}

/// A row with the place it stands at.
#[derive(Clone, Debug)]
pub struct Row<T> {
    /// What it says.
    pub value: T,
    /// Index into the list of sources, and the place there.
    pub at: Place,
    /// Where values that name other rows stand, by key; one entry for each element of a list, in order.
    pub keys: Vec<(&'static str, Span)>,
}

impl<T> Row<T> {
    /// The place of the `index`th value of that key; the row itself when it is not known.
    pub fn place(&self, key: &str, index: usize) -> Place {
        let span = self.keys.iter().filter(|(name, _)| *name == key).nth(index).map(|(_, span)| *span);
        span.map_or(self.at, |span| Place { source: self.at.source, span })
    }
}

/// A place in one of the files of an import.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Which file, from 0.
    pub source: usize,
    /// Bytes in it.
    pub span: Span,
}

/// `[[unit]]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnitFact {
    /// Text id.
    pub id: String,
    /// Name in messages.
    pub name: String,
    /// Text id of the unit above.
    pub parent: Option<String>,
    /// [`Role::Position`] or [`Role::Person`].
    pub supervisor: Option<Role>,
    /// Other names.
    pub aliases: Vec<String>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
    /// Units that took over.
    pub successors: Vec<String>,
    /// Names learned from dispatches; only recorded units have any.
    pub learned: Vec<String>,
}

/// `[[alias]]`: another name of a unit, beside those it has.
#[derive(Clone, Debug, PartialEq)]
pub struct AliasFact {
    /// Text id of the unit.
    pub unit: String,
    /// The name.
    pub name: String,
}

/// `[[person]]`
#[derive(Clone, Debug, PartialEq)]
pub struct PersonFact {
    /// Text id.
    pub id: String,
    /// Họ và tên.
    pub name: String,
    /// Mail address.
    pub email: Option<String>,
    /// For people to ring.
    pub phone: Option<String>,
    /// Chat id.
    pub telegram: Option<i64>,
    /// In order of preference.
    pub prefer: Vec<ChannelKind>,
    /// "đồng chí", "Ông", "Bà".
    pub salutation: Option<String>,
    /// `active = false` stops everything to them.
    pub active: Option<bool>,
}

/// `[[appointment]]`
#[derive(Clone, Debug, PartialEq)]
pub struct AppointmentFact {
    /// Person's text id.
    pub person: String,
    /// Unit's text id.
    pub unit: String,
    /// Position id.
    pub position: String,
    /// As written in messages.
    pub title: Option<String>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
    /// Full or acting.
    pub standing: Standing,
}

/// `[[substitution]]`
#[derive(Clone, Debug, PartialEq)]
pub struct SubstitutionFact {
    /// Who is away.
    pub person: String,
    /// Who stands in.
    pub by: Option<String>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
}

/// `[[dispatch]]`
#[derive(Clone, Debug, PartialEq)]
pub struct DispatchFact {
    /// Number and symbol.
    pub number: String,
    /// Issuer.
    pub issuer: String,
    /// Date of issue.
    pub date: Date,
    /// Day it was received.
    pub received: Option<Date>,
    /// Number in the register of incoming dispatches.
    pub incoming_number: Option<String>,
    /// Number it replaces.
    pub replaces: Option<String>,
    /// Number it supplements.
    pub supplements: Option<String>,
    /// Subject; `None` from mật up.
    pub subject: Option<String>,
    /// Its monitor: [`Role::Position`] or [`Role::Person`].
    pub monitor: Option<Role>,
    /// Urgency mark.
    pub urgency: Urgency,
    /// Secrecy mark.
    pub secrecy: Secrecy,
}

/// `[[directive]]`
#[derive(Clone, Debug, PartialEq)]
pub struct DirectiveFact {
    /// As written: a number, `YEAR:NUMBER` or `YEAR:ISSUER:NUMBER`.
    pub dispatch: String,
    /// Clause, e.g. `1.e`.
    pub clause: String,
    /// As typed in the dispatch, when different.
    pub clause_as_typed: Option<String>,
    /// 1 for the first directive of the clause, `~2` for the second.
    pub ordinal: u16,
    /// At most 160 characters; the code from mật up.
    pub title: String,
    /// The clause.
    pub text: Option<String>,
    /// Its words in the dispatch it was read from, and where they stand.
    pub quote: Option<QuoteFact>,
    /// Text ids of the lead units.
    pub lead: Vec<String>,
    /// Text ids of the coordinating units.
    pub coordinating: Vec<String>,
    /// Text id of the person.
    pub assignee: Option<String>,
    /// The wording and what it means; `None` is undated.
    pub deadline: Option<DeadlineFact>,
    /// `office` when the dispatch itself gives none.
    pub deadline_set_by: Option<String>,
    /// Press, review or list; the default is already filled in.
    pub follow: Follow,
    /// The leader in charge of this duty, where it is not the unit's: [`Role::Position`] or [`Role::Person`].
    pub supervisor: Option<Role>,
    /// The number to reach.
    pub target: Option<Target>,
    /// The last day a deadline of a recurring duty may have; no later period is opened.
    pub until: Option<Date>,
    /// The day of the month on which the figures of a period are closed.
    pub cut_off: Option<CutOff>,
    /// Where it stands as the facts say, for each of the lead units.
    pub state: Option<StateFact>,
    /// `correction = true`: a changed deadline is a mend of a wrong row.
    pub correction: Correction,
}

/// Whether a row corrects an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Correction {
    /// No.
    #[default]
    No,
    /// Yes.
    Yes,
}

/// A deadline as given.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadlineFact {
    /// The wording, NFC.
    pub text: String,
    /// What it means; relative ones wait, recurring ones have a deadline for each period.
    pub rule: DeadlineRule,
}

/// `[[figure]]`
#[derive(Clone, Debug, PartialEq)]
pub struct FigureFact {
    /// Directive's name.
    pub directive: String,
    /// Unit's text id.
    pub unit: String,
    /// The day it describes.
    pub as_of: Date,
    /// The number.
    pub value: f64,
    /// Where it comes from.
    pub source: Option<String>,
}

/// `[[extension]]`
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionFact {
    /// Directive's name.
    pub directive: String,
    /// Unit's text id; all units when `None`.
    pub unit: Option<String>,
    /// The period that is extended, of a recurring duty.
    pub period: Option<Period>,
    /// The new deadline.
    pub deadline: Deadline,
    /// The document that grants it.
    pub basis: Option<String>,
    /// The day it was granted.
    pub date: Option<Date>,
}
