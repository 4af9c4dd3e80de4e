//! A reply as it comes in, whichever way, and the row it is recorded as.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::hidden::seen;
use crate::domain::organisation::{PersonId, UnitId};
use crate::domain::reply::{Doubt, ReplyKind};
use crate::store::replies::{Before, ReplyRow};
use crate::tree::nfc;

/// A reply as it comes in.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is said.
    pub kind: ReplyKind,
    /// Who says it.
    pub person: PersonId,
    /// By which way: `cli`, `telegram`, `link`.
    pub via: &'static str,
    /// A promise, an extension asked or granted, the last day of a hold.
    pub until: Option<Date>,
    /// The day it counts from, for what was reported on paper.
    pub on: Option<Date>,
    /// Percent done; a figure where the target is a percentage.
    pub percent: Option<u8>,
    /// A figure of the target.
    pub figure: Option<ReportedFigure>,
    /// A sentence.
    pub note: Option<String>,
    /// The document that reports it.
    pub document: Option<String>,
    /// Who the duty is handed to.
    pub to: Option<PersonId>,
    /// The unit whose duty it is said to be, that a blocked duty waits for, or that gets the duty.
    pub to_unit: Option<UnitId>,
    /// The document that grants an extension.
    pub basis: Option<String>,
    /// How the answer reached who enters it: phone, paper, meeting.
    pub heard_by: Option<String>,
    /// The operating-system user who entered it.
    pub os_user: Option<String>,
    /// Why it may not come from that person; with any, it is only recorded and waits for a second signal.
    pub doubts: Vec<Doubt>,
}

/// A figure in a reply.
#[derive(Clone, Debug)]
pub struct ReportedFigure {
    /// The number.
    pub value: f64,
    /// The day it describes; the day of the reply when `None`.
    pub as_of: Option<Date>,
    /// Where it comes from.
    pub source: Option<String>,
}

impl Request {
    /// A bare reply.
    pub fn new(kind: ReplyKind, person: PersonId, via: &'static str) -> Self {
        Self {
            kind,
            person,
            via,
            until: None,
            on: None,
            percent: None,
            figure: None,
            note: None,
            document: None,
            to: None,
            to_unit: None,
            basis: None,
            heard_by: None,
            os_user: None,
            doubts: Vec::new(),
        }
    }

    /// As it is recorded.
    pub(super) fn row(&self, assignment_id: i64, before: Option<&Before>, now: Timestamp) -> ReplyRow {
        let detail = serde_json::json!({
            "v": 1,
            "via": self.via,
            "to": self.to.map(|person| person.0),
            "to_unit": self.to_unit.map(|unit| unit.0),
            "basis": self.basis,
            "by": self.heard_by,
            "os_user": self.os_user,
        });
        ReplyRow {
            assignment_id,
            person: self.person,
            kind: self.kind,
            at: now,
            on: self.on,
            until: self.until,
            percent: self.percent,
            note: self.note.clone(),
            document: self.document.clone(),
            detail: detail.to_string(),
            before: before.and_then(Before::to_json),
            doubt: Doubt::join(&self.doubts),
        }
    }
}

impl Request {
    pub(super) fn carries(&self) -> bool {
        self.percent.is_some() || self.note.is_some() || self.document.is_some()
    }

    /// The same without what was written in words: of a secret duty only the answer, its dates and its people are kept.
    #[must_use]
    pub fn without_texts(&self) -> Self {
        let figure = self.figure.clone().map(|figure| ReportedFigure { source: None, ..figure });
        Self { note: None, document: None, basis: None, figure, ..self.clone() }
    }

    /// The same with its texts as they are kept: composed letters, whatever keyboard or telephone they come from, and no marks that nobody
    /// sees.
    #[must_use]
    pub(super) fn as_seen(&self) -> Self {
        let plain = |text: &Option<String>| text.as_deref().map(|text| nfc(&seen(text)));
        let figure = self.figure.clone().map(|figure| ReportedFigure { source: plain(&figure.source), ..figure });
        let (note, document, basis) = (plain(&self.note), plain(&self.document), plain(&self.basis));
        Self { figure, note, document, basis, ..self.clone() }
    }

    /// Whether it says something in words.
    pub fn has_texts(&self) -> bool {
        let source = self.figure.as_ref().is_some_and(|figure| figure.source.is_some());
        source || self.note.is_some() || self.document.is_some() || self.basis.is_some()
    }
}
