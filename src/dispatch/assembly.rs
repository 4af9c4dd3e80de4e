//! Drafts out of clauses: who, what, by when, how much, and every doubt.

mod doubts;
mod field;
mod lead;
mod row;

use std::ops::Range;

use super::deadline::{Findings, Found, Ground};
use super::duty::{self, Story, Topic};
use super::outline::{Clause, Role};
use super::passage::Passage;
use super::target::{self, FoundTarget};
use super::unit::{self, Duty, Named};
use super::words::Words;
use super::{Draft, DraftDeadline, DraftTarget, Drafts, LeadSource, Quote};
use crate::diagnostic::Diagnostic;
use crate::dispatch::marker::Level;
use crate::domain::rules::Language;
use lead::Leads;

/// More days than any clause has; the rest of them is left out and told of.
const DAYS_PER_CLAUSE_MAX: usize = 12;

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
    /// Whether it tells of an earlier paper.
    pub story: Story,
    /// Whether its words ask for something.
    pub asks: bool,
    /// Whether it becomes a draft of its own.
    pub is_duty: bool,
    /// What the other cells of its row say.
    pub row: Option<row::Row>,
}

/// The drafts of the clauses in reading order.
pub fn assemble(clauses: &[Clause], addressees: &[Quote], site: Site<'_>, drafts: &mut Drafts) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut readings = read_all(clauses, site);
    let leads = Leads::find(clauses, &readings, addressees);
    let duties: Vec<bool> = (0..clauses.len()).map(|index| is_duty(clauses, &readings, index)).collect();
    for (reading, duty) in readings.iter_mut().zip(duties) {
        reading.is_duty = duty;
    }
    for (index, clause) in clauses.iter().enumerate() {
        let reading = &readings[index];
        if let Some(window) = field::window(clause, reading) {
            drafts.window = drafts.window.take().or(Some(window));
            continue;
        }
        if reading.field.is_some() || !reading.is_duty {
            problems.extend(doubts::of_marker(clause, site.language));
            continue;
        }
        draft_clause(clauses, &readings, &leads, index, site, &mut drafts.directives);
    }
    problems
}

fn read_all(clauses: &[Clause], site: Site<'_>) -> Vec<Reading> {
    let mut readings: Vec<Reading> = Vec::with_capacity(clauses.len());
    for clause in clauses {
        let text = clause.words.text();
        let words = Words::new(text);
        let named = unit::of_clause(&words);
        let above = clause.parent.map_or(Topic::Duties, |parent| readings[parent].topic);
        let titled = clause.level.is_some_and(|level| level < Level::Dash) || duty::is_title(text);
        let topic = if titled { duty::topic_of(&words).unwrap_or(above) } else { above };
        let field = field::of(text);
        let findings = match &field {
            Some(field) => field::days(text, field, site.ground),
            None => field::find(text, topic, site.ground),
        };
        if let Some(parent) = clause.parent {
            readings[parent].children += 1;
        }
        readings.push(Reading {
            asks: duty::asks(&words, &named),
            story: duty::story_of(&words),
            heading: unit::of_heading(&words),
            named,
            findings,
            targets: target::find(text),
            topic,
            children: 0,
            field,
            is_duty: false,
            row: row::read(clause, site.ground),
        });
    }
    readings
}

/// Whether a clause becomes a draft.
fn is_duty(clauses: &[Clause], readings: &[Reading], index: usize) -> bool {
    let (clause, reading) = (&clauses[index], &readings[index]);
    let text = clause.words.text();
    if let Some(row) = &reading.row {
        return !text.is_empty() && !row.is_group();
    }
    let asks = reading.asks;
    let dated = !reading.findings.found.is_empty();
    if text.is_empty() {
        return false;
    }
    if clause.level.is_none() && is_history(clauses, readings, index) {
        return false;
    }
    if clause.role == Role::Opening {
        let asked = reading.named.duty == Duty::Asked;
        let base = super::heading::opens_base(text) && (!asked || text.ends_with([';', ',']));
        return !text.ends_with(':') && !base && (asked || dated);
    }
    let given = field::belongs_to(readings, clauses, index).next().is_some();
    let title = reading.children > 0 && duty::is_title(text) && clause.level.is_none_or(|level| level < Level::Plus);
    if title && !given {
        return asks && dated && reading.heading.is_empty() || (asks && !reading.targets.is_empty() && text.ends_with('.'));
    }
    match reading.topic {
        Topic::Facts => asks && dated,
        Topic::Event => asks && !clause.parent.is_some_and(|parent| readings[parent].topic == Topic::Event && !dated),
        Topic::Goals => dated || !reading.targets.is_empty(),
        Topic::Dates => dated || asks,
        Topic::Duties => asks || dated || !reading.targets.is_empty() || given,
    }
}

/// Where another paragraph orders, what an earlier paper ordered is history.
fn is_history(clauses: &[Clause], readings: &[Reading], index: usize) -> bool {
    let disappointed = || clauses.get(index + 1).is_some_and(|next| next.words.text().starts_with("Tuy nhiên"));
    let told = match readings[index].story {
        Story::None => false,
        Story::Told => disappointed(),
        Story::Past => true,
    };
    let ordering =
        |(other, reading): (usize, &Reading)| other != index && reading.named.duty == Duty::Asked && reading.story != Story::Past;
    told && readings.iter().enumerate().any(ordering)
}

/// One draft, or one for each day.
fn draft_clause(clauses: &[Clause], readings: &[Reading], leads: &Leads, index: usize, site: Site<'_>, out: &mut Vec<Draft>) {
    let (clause, reading) = (&clauses[index], &readings[index]);
    let (lead_units, lead_source) = leads.of(clauses, readings, index);
    let words = &clause.words;
    let mut own: Vec<(&Passage, &Found)> = reading.findings.found.iter().map(|found| (words, found)).collect();
    if let Some(row) = reading.row.as_ref().filter(|row| !row.days.found.is_empty()) {
        own = row.days.found.iter().map(|found| (&row.time, found)).collect();
    }
    let own_days = own.len();
    let days = if own.is_empty() { field::days_for(clauses, readings, index) } else { own };
    let mut coordinating_units: Vec<Quote> = reading.named.coordinating.iter().map(|range| words.quote(range.clone())).collect();
    coordinating_units.extend(reading.row.iter().flat_map(|row| row.coordinating.iter().cloned()));
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
    for (words, found) in distinct(&days[..days.len().min(DAYS_PER_CLAUSE_MAX)]) {
        let mut draft = blank.clone();
        draft.diagnostics.extend(doubts::of(&found.doubts, words, site.language));
        draft.diagnostics.extend(doubts::of_days(words.span(found.range.clone()), own_days, site.language));
        draft.deadline = Some(deadline_of(words, found));
        if let Some(units) = units_of_part(reading, found, own_days).filter(|_| own_days > 0 && reading.named.parts.len() > 1) {
            draft.lead_units = units.iter().map(|range| words.quote(range.clone())).collect();
            draft.lead_source = LeadSource::Clause;
        }
        out.push(draft);
    }
    if out.len() == first {
        out.push(blank);
    } else if let Some(last) = out.last_mut().filter(|_| days.len() > DAYS_PER_CLAUSE_MAX) {
        last.diagnostics.push(doubts::too_many_days(clause, DAYS_PER_CLAUSE_MAX, site.language));
    }
    for target in &reading.targets {
        let place = nearest(words.text(), &reading.findings.found, &target.range);
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

/// The day a target stands next to; a comma between them parts them.
fn nearest(text: &str, days: &[Found], target: &Range<usize>) -> usize {
    const NEAR_BYTES: usize = 1_000;
    let distance = |day: &Found| {
        let between = if day.range.end <= target.start { day.range.end..target.start } else { target.end..day.range.start };
        let words = text.get(between).unwrap_or_default();
        // Far away the commas are not counted: a paragraph may hold hundreds of days and numbers.
        let commas = if words.len() > NEAR_BYTES { usize::MAX } else { words.matches([',', ';']).count() };
        (commas, words.len())
    };
    days.iter().enumerate().min_by_key(|(_, day)| distance(day)).map_or(0, |(index, _)| index)
}

/// The units a day belongs to: those named last before it in its own part of the text; of several days else the nearest.
fn units_of_part<'a>(reading: &'a Reading, found: &Found, own_days: usize) -> Option<&'a Vec<Range<usize>>> {
    let before = || reading.named.parts.iter().rev().filter(|(part, _)| part.start <= found.range.start);
    let own = before().find(|(part, _)| found.range.start < part.end);
    own.or_else(|| before().next().filter(|_| own_days > 1)).map(|(_, units)| units)
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
