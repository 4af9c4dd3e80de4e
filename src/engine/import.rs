//! `import`: facts against the store, in one transaction, all or nothing.
//!
//! Everything is checked first, so that every mistake is told at once; then rows are compared cell by cell and only what
//! differs is written. A row left out of the facts stays. The same facts again change nothing: no row, no journal entry,
//! no reminder armed anew.

mod cells;
mod check;
mod difference;
mod directives;
mod known;
mod organisation;
mod periods;
mod state;
mod time;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::EngineError;
use super::succeed;
use crate::diagnostic::{Diagnostic, Severity};
use crate::domain::directive::Work;
use crate::domain::rules::Rules;
use crate::facts::{self, Facts, Place};
use crate::store::journal::{self, Entry};
use crate::store::naming::Names;
use crate::store::{Store, StoreError, Tx, units};
use crate::tree::say;

pub use difference::{Counts, Difference, FieldChange, Kind};

/// Whether an import is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is recorded; the report says what would be.
    DryRun,
    /// What differs is recorded.
    Apply,
}

/// What became of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it is in the store.
    Stored,
    /// All of it would be.
    WouldBeStored,
    /// Nothing of it is, because of the errors among the problems.
    Refused,
}

/// What an import did, or would do.
#[derive(Clone, Debug)]
pub struct ImportReport {
    /// Stored, or not.
    pub outcome: Outcome,
    /// Rows that are new; zero when refused.
    pub added: Counts,
    /// Rows that differ from what was recorded.
    pub changed: Counts,
    /// Rows that say what was recorded already.
    pub unchanged: Counts,
    /// How many rows the facts have.
    pub rows: usize,
    /// Every added and changed row, in the order of the tables, for people.
    pub differences: Vec<Difference>,
    /// Errors and warnings, in file order.
    pub problems: Vec<Diagnostic>,
}

/// An import that failed for reasons outside the facts; nothing of it is recorded.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The store did.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A recorded state could not be entered.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<sqlx::Error> for ImportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What is recorded, as [`crate::facts::read`] asks for it.
///
/// # Errors
/// When the store cannot be read.
pub async fn known_facts(store: &Store) -> Result<facts::Known, ImportError> {
    let mut connection = store.read().acquire().await?;
    known::facts(&mut connection).await
}

/// Compares the facts with the store and records what differs, in one transaction, in the name of `actor`.
///
/// A dry run goes the same way and is rolled back at the end, so that it cannot say anything else than the real one.
///
/// # Errors
/// Only when the store fails; mistakes in the facts are problems of the report, and then nothing is recorded.
pub async fn import(
    store: &Store,
    facts: &Facts,
    rules: &Rules,
    now: Timestamp,
    actor: &str,
    mode: Mode,
) -> Result<ImportReport, ImportError> {
    let mut tx = store.begin().await?;
    let known = known::Known::load(&mut tx, facts).await?;
    let mut act = Act::new(tx, facts, rules, now, (actor, known.naming.clone()));
    let names = check::check(facts, &known, &mut act.said);
    if act.said.has_errors() {
        act.tx.rollback().await?;
        return Ok(act.report.refused(act.said));
    }
    let mut known = known;
    organisation::record(&mut act, &mut known).await?;
    directives::record(&mut act, &mut known, &names).await?;
    time::record_extensions(&mut act, &known, &names).await?;
    time::record_figures(&mut act, &known, &names).await?;
    hand_over(&mut act, &known).await?;
    if act.said.has_errors() {
        act.tx.rollback().await?;
        return Ok(act.report.refused(act.said));
    }
    state::record(&mut act, store, &known, &names).await?;
    if act.said.has_errors() {
        act.tx.rollback().await?;
        return Ok(act.report.refused(act.said));
    }
    act.count_assignments();
    act.report.problems = act.said.into_sorted();
    match mode {
        Mode::DryRun => {
            act.tx.rollback().await?;
            act.report.outcome = Outcome::WouldBeStored;
        }
        Mode::Apply => {
            journal::append(&mut act.tx, &act.journal).await?;
            act.tx.commit().await?;
        }
    }
    Ok(act.report)
}

/// What units that have ended still answered for goes over to what took their place.
async fn hand_over(act: &mut Act<'_>, known: &known::Known) -> Result<(), ImportError> {
    let today = act.rules.calendar.date_of(act.now);
    succeed::inherit(&mut act.tx, today, &act.rules.digest, act.actor, act.now).await?;
    for row in &act.facts.units {
        let ended = row.value.to.is_some_and(|to| to < today) && row.value.successors.len() > 1;
        let open = match (ended, known.unit(&row.value.id)) {
            (true, Some(unit)) => units::open_assignments(&mut act.tx, unit).await?.len(),
            _ => 0,
        };
        if open > 0 {
            let (language, code) = (act.said.language, &row.value.id);
            let message = say!(
                language,
                "đơn vị {code} đã chia tách, còn {open} nhiệm vụ đang thực hiện chưa rõ đơn vị nào kế thừa",
                "unit {code} was split; nobody has taken over {open} open assignments"
            );
            let help = say!(language, "chạy dondoc unit split {code}", "run `dondoc unit split {code}`");
            act.said.warning("split-open", row.place("successor", 0), message, help);
        }
    }
    Ok(())
}

/// One import under way.
struct Act<'a> {
    tx: Tx,
    facts: &'a Facts,
    rules: &'a Rules,
    now: Timestamp,
    actor: &'a str,
    /// What is needed to print the shortest names.
    naming: Names,
    said: Said,
    report: ImportReport,
    journal: Vec<Entry>,
    added_assignments: BTreeSet<i64>,
    changed_assignments: BTreeSet<i64>,
    /// Those that stood there before, of the units the facts list.
    listed_assignments: BTreeSet<i64>,
}

impl<'a> Act<'a> {
    fn new(tx: Tx, facts: &'a Facts, rules: &'a Rules, now: Timestamp, (actor, naming): (&'a str, Names)) -> Self {
        let report = ImportReport {
            outcome: Outcome::Stored,
            added: Counts::default(),
            changed: Counts::default(),
            unchanged: Counts::default(),
            rows: facts.rows(),
            differences: Vec::new(),
            problems: Vec::new(),
        };
        let said = Said { language: rules.language, marked: facts.marked.clone(), list: Vec::new() };
        Self {
            tx,
            facts,
            rules,
            now,
            actor,
            naming,
            said,
            report,
            journal: Vec::new(),
            added_assignments: BTreeSet::new(),
            changed_assignments: BTreeSet::new(),
            listed_assignments: BTreeSet::new(),
        }
    }

    /// Writes the entries so far; what follows in this transaction stands behind them.
    async fn write_journal(&mut self) -> Result<(), ImportError> {
        Ok(journal::append(&mut self.tx, &std::mem::take(&mut self.journal)).await?)
    }

    fn now_ms(&self) -> i64 {
        self.now.as_millisecond()
    }

    fn count_assignments(&mut self) {
        let report = &mut self.report;
        report.added.assignments = self.added_assignments.len();
        report.changed.assignments = self.changed_assignments.difference(&self.added_assignments).count();
        report.unchanged.assignments = self.listed_assignments.difference(&self.changed_assignments).count();
    }

    /// Adds a new assignment; the journal has where it begins.
    fn note_assignment(&mut self, name: String, id: i64, deadline: Option<&str>, work: Work) {
        let difference = Difference::added("assignment", name);
        let mut detail = difference.to_journal();
        detail["deadline"] = deadline.into();
        detail["work"] = work.as_str().into();
        self.enter(difference, detail, Some(id));
    }

    /// Adds a difference to the report and to the journal.
    fn note(&mut self, difference: Difference, assignment: Option<i64>) {
        let detail = difference.to_journal();
        self.enter(difference, detail, assignment);
    }

    fn enter(&mut self, difference: Difference, detail: serde_json::Value, assignment: Option<i64>) {
        let kind = match difference.kind {
            Kind::Added => "fact-added",
            Kind::Changed => "fact-changed",
        };
        let entry = Entry::new(self.now, kind, detail);
        let entry = entry.actor(self.actor).config(self.rules.digest.as_str());
        self.journal.push(match assignment {
            Some(id) => entry.assignment(id),
            None => entry,
        });
        self.report.differences.push(difference);
    }
}

impl ImportReport {
    fn refused(mut self, said: Said) -> Self {
        self.outcome = Outcome::Refused;
        (self.added, self.changed, self.unchanged) = (Counts::default(), Counts::default(), Counts::default());
        self.differences.clear();
        self.problems = said.into_sorted();
        self
    }
}

/// What is wrong with the facts, as the store sees them.
struct Said {
    language: crate::domain::rules::Language,
    /// What is said of these sources shows nothing of them.
    marked: crate::facts::Marked,
    list: Vec<Diagnostic>,
}

impl Said {
    fn push(&mut self, severity: Severity, code: &'static str, at: Place, message: String, help: String) {
        let problem = Diagnostic { severity, ..Diagnostic::error(code, message) };
        let problem = problem.at(at.source, at.span).with_help(help);
        self.list.push(self.marked.cover(problem, self.language));
    }

    fn error(&mut self, code: &'static str, at: Place, message: String, help: String) {
        self.push(Severity::Error, code, at, message, help);
    }

    fn warning(&mut self, code: &'static str, at: Place, message: String, help: String) {
        self.push(Severity::Warning, code, at, message, help);
    }

    fn has_errors(&self) -> bool {
        self.list.iter().any(Diagnostic::is_error)
    }

    fn into_sorted(mut self) -> Vec<Diagnostic> {
        crate::diagnostic::sort(&mut self.list);
        self.list
    }
}
