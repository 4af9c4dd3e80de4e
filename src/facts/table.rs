//! From the cells of all tables of an import to the trees the readers read.

use std::collections::BTreeMap;

use super::branch::Branches;
use super::heading::{Kind, TABLES};
use super::known::Known;
use super::list::Lists;
use super::roster::Roster;
use super::series;
use super::sheet::{Line, Sheet, sheets};
use super::shelf::{Shelf, split_number};
use super::{Facts, branch::Branch};
use crate::diagnostic::Source;
use crate::domain::calendar::WorkingCalendar;
use crate::domain::rules::Language;
use crate::tree::{Document, Problems};

/// The tables of an import, one document for each source that is one. Units and dispatches that lists only mention are added
/// to `facts`, which holds what the TOML files of the import say.
pub(super) fn documents(
    sources: &[Source<'_>],
    language: Language,
    calendar: &WorkingCalendar,
    known: &Known,
    facts: &mut Facts,
) -> Vec<Document<'static>> {
    let mut problems: BTreeMap<usize, Problems> = BTreeMap::new();
    let mut all: Vec<Sheet<'_>> = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let Some(cells) = source.cells else { continue };
        let mut own = Problems::new(index, language);
        let found = sheets(source, cells, &own);
        for sheet in &found {
            call_keys(&mut own, sheet);
            if let Some(counted) = sheet.agreed {
                let all = facts.agreed.get_or_insert_default();
                (all.yes, all.no) = (all.yes + counted.yes, all.no + counted.no);
            }
        }
        all.extend(found);
        problems.insert(index, own);
    }
    let roster = Roster::gather(&all, known, facts, sources, &problems);
    let mut shelf = Shelf::gather(&all, known, facts);
    let mut lists = Lists::new(known);
    let keys: Vec<_> = all
        .iter()
        .map(|sheet| match sheet.kind {
            Kind::Directive => lists.shelve(sheet, &mut shelf, &problems[&sheet.source]),
            _ => Vec::new(),
        })
        .collect();
    let mut branches: BTreeMap<usize, Branches> = problems.keys().map(|source| (*source, Branches::default())).collect();
    for (sheet, keys) in all.iter().zip(&keys) {
        let Some(branches) = branches.get_mut(&sheet.source) else { continue };
        let problems = &problems[&sheet.source];
        match sheet.kind {
            Kind::Unit | Kind::Person | Kind::Appointment | Kind::Substitution | Kind::Alias => {
                roster.write(sheet, problems, branches);
            }
            Kind::Dispatch => sheet.lines.iter().for_each(|line| dispatch(line, &roster, problems, branches)),
            Kind::Directive => lists.write(sheet, keys, (&shelf, &roster), calendar, problems, branches),
            Kind::Figure | Kind::Extension => series::write(sheet, &roster.units, problems, branches),
        }
    }
    facts.units.extend(roster.mentioned);
    facts.dispatches.extend(shelf.mentioned);
    let trees = branches.into_iter().filter_map(|(source, branches)| Some((branches, problems.remove(&source)?)));
    trees.map(|(branches, problems)| branches.into_document(problems)).collect()
}

/// Messages call a key as its column is headed.
fn call_keys(problems: &mut Problems, sheet: &Sheet<'_>) {
    let table = match sheet.kind {
        Kind::Unit => "unit",
        Kind::Person => "person",
        Kind::Appointment => "appointment",
        Kind::Substitution => "substitution",
        Kind::Alias => "alias",
        Kind::Dispatch => "dispatch",
        Kind::Directive => "directive",
        Kind::Figure => "figure",
        Kind::Extension => "extension",
    };
    let template = TABLES.iter().filter(|(kind, ..)| *kind == sheet.kind).flat_map(|(_, _, _, columns)| columns.iter());
    for column in template {
        problems.call(format!("{table}.{}", column.key), column.heading.to_owned());
    }
    for (key, heading) in &sheet.headings {
        problems.call(format!("{table}.{key}"), heading.clone());
        // The title of a person stands in their appointment.
        problems.call(format!("appointment.{key}"), heading.clone());
    }
}

fn dispatch(line: &Line<'_>, roster: &Roster<'_>, problems: &Problems, branches: &mut Branches) {
    let mut row = Branch::new(line, problems, &["number", "issuer"]);
    if let Some((text, span)) = row.given("number") {
        let (number, date) = split_number(text);
        row.put("number", span, number);
        if let Some(date) = date.filter(|_| row.given("date").is_none()) {
            row.put("date", span, date.to_string());
        }
    }
    row.texts(&["issuer", "incoming_number", "subject", "replaces", "supplements"]);
    row.dates(&["date", "received"]);
    row.role("monitor", &roster.people);
    row.marks(&["urgency", "secrecy"]);
    if !row.has("date") {
        row.missing("date");
    }
    branches.push("dispatch", row);
}
