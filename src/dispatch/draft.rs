//! What a reading gives: the heading of the dispatch and the drafts of its directives.

use jiff::civil::Date;

use crate::diagnostic::{Diagnostic, Span};
use crate::domain::deadline::{DeadlineKind, DeadlineRule};
use crate::domain::directive::{Secrecy, Urgency};
use crate::domain::phrase::Flag;
use crate::domain::rules::Compare;

/// Words of the dispatch and where they stand in the text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The words on one line, in Unicode normal form C.
    pub text: String,
    /// Bytes of the text as it was given, from the first word to the last.
    pub span: Span,
}

/// A dispatch as read: nothing of it is armed before a person confirms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drafts {
    /// Who issued what, when, to whom.
    pub heading: Heading,
    /// The duties in their order; empty when the dispatch is secret.
    pub directives: Vec<Draft>,
    /// A time for the dispatch as a whole that no clause carries ("Thời gian thực hiện: từ tháng 4 đến tháng 12").
    pub window: Option<DraftDeadline>,
}

/// The heading of a dispatch; what is blank or unreadable is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heading {
    /// Number and symbol, e.g. `4988/UBND-CCHC`; `None` when the number was left blank for a stamp.
    pub number: Option<String>,
    /// The number as typed, with its blank: `/KH-PGD&ĐT`.
    pub number_as_typed: Option<Quote>,
    /// The issuing body, e.g. `Ủy ban nhân dân quận Gò Vấp`.
    pub issuer: Option<String>,
    /// The day of issue.
    pub date: Option<Date>,
    /// What it is about (trích yếu).
    pub subject: Option<String>,
    /// Mark of urgency.
    pub urgency: Urgency,
    /// Mark of secrecy; from `mat` up nothing else is read.
    pub secrecy: Secrecy,
    /// Those it is written to (Kính gửi), as written.
    pub addressees: Vec<Quote>,
}

/// One duty.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Its name within the dispatch: `1.e`, `3.đ`, `II.2.d`, `I(2).1`, `(kết)`.
    pub clause: String,
    /// The same with the letters as typed: the second `d)` of a section is `3.đ` above and `3.d` here.
    pub clause_as_typed: String,
    /// The words of the clause.
    pub quote: Quote,
    /// Units that answer for it, as written.
    pub lead_units: Vec<Quote>,
    /// How the lead units were found.
    pub lead_source: LeadSource,
    /// Units that help, as written.
    pub coordinating_units: Vec<Quote>,
    /// When it is to be done; a duty with two days is two drafts.
    pub deadline: Option<DraftDeadline>,
    /// What is to be reached.
    pub target: Option<DraftTarget>,
    /// Every doubt about this duty, with its place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Where the lead units of a duty were named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum LeadSource {
    /// In the clause itself.
    Clause,
    /// In a heading above it ("Giao Phòng Nội vụ").
    Heading,
    /// Nowhere but in "Kính gửi".
    Addressees,
    /// Nowhere.
    #[default]
    Unknown,
}

/// A deadline with its wording.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftDeadline {
    /// The original wording.
    pub quote: Quote,
    /// Before, by, at, within, recurring, relative.
    pub kind: DeadlineKind,
    /// What it was understood to mean; `None` when that hangs on an event, a school year or another paper.
    pub rule: Option<DeadlineRule>,
    /// What a person should look at.
    pub flags: Vec<Flag>,
}

/// A target with its wording.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftTarget {
    /// The original wording.
    pub quote: Quote,
    /// How the number is to be compared; `None` for a change against another year or a plan.
    pub op: Option<Compare>,
    /// The number; `None` for "vượt kế hoạch".
    pub value: Option<f64>,
    /// `%` or the word behind the number.
    pub unit: String,
    /// How firmly it is meant.
    pub firmness: Firmness,
}

/// How firmly a target is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Firmness {
    /// As it stands.
    #[default]
    Firm,
    /// "phấn đấu".
    Soft,
    /// "khoảng", "cơ bản": to be asked.
    Approximate,
    /// "tăng 15%", "giảm ít nhất 10% so với năm 2022": against another figure.
    Change,
}
