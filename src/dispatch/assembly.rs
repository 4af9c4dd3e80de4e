//! Drafts out of clauses: who, what, by when, how much, and every doubt.

mod doubts;
mod field;
mod lead;

use std::ops::Range;

use super::deadline::{self, Findings, Found, Ground};
use super::duty::{self, Topic};
use super::outline::{Clause, Role};
use super::passage::Passage;
use super::target::{self, FoundTarget};
use super::unit::{self, Named};
use super::{Draft, DraftDeadline, DraftTarget, Drafts, Quote};
use crate::diagnostic::Diagnostic;
use crate::dispatch::marker::Level;
use crate::domain::rules::Language;
use lead::Leads;

/// What the drafts are made against.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The day of issue and the calendar.
    pub ground: Ground<'a>,
    /// The language of doubts.
    pub language: Language,
}

/// What was found in one clause before it is known to be a duty.
pub struct Reading {
    /// Its units.
    pub named: Named,
    /// Units when it is a heading and names nothing else.
    pub heading: Vec<Range<usize>>,
    /// Its days.
    pub findings: Findings,
    /// Its targets.
    pub targets: Vec<FoundTarget>,
    /// What its section is about.
    pub topic: Topic,
    /// Whether marked clauses stand below it.
    pub children: usize,
    /// What field of the clause above it holds, when it is labelled as one.
    pub field: Option<field::Field>,
}

/// The drafts of the clauses in reading order.
pub fn assemble(clauses: &[Clause], addressees: &[Quote], site: Site<'_>, drafts: &mut Drafts) {
    let readings = read_all(clauses, site);
    let leads = Leads::find(clauses, &readings, addressees);
    for (index, clause) in clauses.iter().enumerate() {
        let reading = &readings[index];
        if let Some(window) = field::window(clause, reading) {
            drafts.window = drafts.window.take().or(Some(window));
            continue;
        }
        if reading.field.is_some() || !is_duty(clauses, &readings, index) {
            continue;
        }
        draft_clause(clauses, &readings, &leads, index, site, &mut drafts.directives);
    }
}

fn read_all(clauses: &[Clause], site: Site<'_>) -> Vec<Reading> {
    let mut readings: Vec<Reading> = Vec::with_capacity(clauses.len());
    for clause in clauses {
        let text = clause.words.text();
        let above = clause.parent.map_or(Topic::Duties, |parent| readings[parent].topic);
        let titled = clause.level.is_some_and(|level| level < Level::Dash) || duty::is_title(text);
        let topic = if titled { duty::topic_of(text).unwrap_or(above) } else { above };
        let field = field::of(text);
        let findings = match &field {
            Some(field) => field::days(text, field, site.ground),
            None => deadline::find(text, site.ground),
        };
        if let Some(parent) = clause.parent {
            readings[parent].children += 1;
        }
        readings.push(Reading {
            named: unit::of_clause(text),
            heading: unit::of_heading(text),
            findings,
            targets: target::find(text),
            topic,
            children: 0,
            field,
        });
    }
    readings
}

/// Whether a clause becomes a draft.
fn is_duty(clauses: &[Clause], readings: &[Reading], index: usize) -> bool {
    let (clause, reading) = (&clauses[index], &readings[index]);
    let text = clause.words.text();
    let asks = duty::asks(text, &reading.named);
    let dated = !reading.findings.found.is_empty();
    if text.is_empty() {
        return false;
    }
    if clause.role == Role::Opening {
        return asks && !text.ends_with(':') && !super::heading::opens_base(text) || dated && asks && !text.ends_with(':');
    }
    let given = field::belongs_to(readings, clauses, index).next().is_some();
    let title = reading.children > 0 && duty::is_title(text) && clause.level.is_none_or(|level| level < Level::Plus);
    if title && !given {
        let whole = asks && dated && reading.heading.is_empty();
        return whole && text.ends_with([';', '.'])
            || (asks && !reading.targets.is_empty() && !text.ends_with(':') && text.ends_with('.'));
    }
    match reading.topic {
        Topic::Facts => asks && dated,
        Topic::Event => asks && !clause.parent.is_some_and(|parent| readings[parent].topic == Topic::Event && !dated),
        Topic::Goals => dated || !reading.targets.is_empty(),
        Topic::Dates => dated || asks,
        Topic::Duties => asks || dated || !reading.targets.is_empty() || given,
    }
}

/// One draft, or one for each day.
fn draft_clause(clauses: &[Clause], readings: &[Reading], leads: &Leads, index: usize, site: Site<'_>, out: &mut Vec<Draft>) {
    let (clause, reading) = (&clauses[index], &readings[index]);
    let (lead_units, lead_source) = leads.of(clauses, readings, index);
    let words = &clause.words;
    let own: Vec<(&Passage, &Found)> = reading.findings.found.iter().map(|found| (words, found)).collect();
    let days = if own.is_empty() { field::days_for(clauses, readings, index) } else { own };
    let mut coordinating_units: Vec<Quote> = reading.named.coordinating.iter().map(|range| words.quote(range.clone())).collect();
    coordinating_units.extend(field::helpers_for(clauses, readings, index));
    let blank = Draft {
        clause: clause.name.clone(),
        clause_as_typed: clause.typed.clone(),
        quote: words.whole(),
        lead_units,
        lead_source,
        coordinating_units,
        deadline: None,
        target: None,
        diagnostics: doubts::of_clause(clause, reading, lead_source, site.language),
    };
    let first = out.len();
    for (words, found) in distinct(&days) {
        let mut draft = blank.clone();
        draft.diagnostics.extend(doubts::of(&found.doubts, words, site.language));
        draft.deadline = Some(deadline_of(words, found));
        out.push(draft);
    }
    if out.len() == first {
        out.push(blank);
    }
    for target in &reading.targets {
        let ends: Vec<usize> = reading.findings.found.iter().map(|found| found.range.end).collect();
        let place = ends.iter().position(|end| target.range.start < *end).unwrap_or(ends.len().saturating_sub(1));
        let last = out.len() - 1;
        let Some(draft) = out.get_mut((first + place).min(last)).filter(|draft| draft.target.is_none()) else { continue };
        draft.diagnostics.extend(doubts::of(&target.doubts, words, site.language));
        draft.target = Some(DraftTarget {
            quote: words.quote(target.range.clone()),
            op: target.op,
            value: target.value,
            unit: target.unit.clone(),
            firmness: target.firmness,
        });
    }
}

/// The same day worded twice in one clause is one.
fn distinct<'a>(days: &[(&'a Passage, &'a Found)]) -> Vec<(&'a Passage, &'a Found)> {
    let mut kept: Vec<(&Passage, &Found)> = Vec::new();
    for (words, found) in days {
        let again = kept.iter().any(|(_, other)| other.rule.is_some() && other.rule == found.rule);
        if !again {
            kept.push((words, found));
        }
    }
    kept
}

/// A finding with its wording.
pub fn deadline_of(words: &Passage, found: &Found) -> DraftDeadline {
    DraftDeadline {
        quote: words.quote(found.range.clone()),
        kind: found.kind,
        rule: found.rule.clone(),
        flags: found.flags.clone(),
    }
}

/// The spans of a clause for doubts about it as a whole.
fn whole(clause: &Clause) -> crate::diagnostic::Span {
    clause.words.whole().span
}

type Doubts = Vec<Diagnostic>;
