//! What the cells of a row say beside the duty.

use crate::dispatch::Quote;
use crate::dispatch::deadline::{self, Findings, Ground};
use crate::dispatch::outline::Clause;
use crate::dispatch::passage::Passage;
use crate::dispatch::table::{Column, Entry};
use crate::dispatch::unit;

/// The cells of a row, read.
pub struct Row {
    /// Who answers for it.
    pub lead: Vec<Quote>,
    /// Who helps.
    pub coordinating: Vec<Quote>,
    /// The cell with the time.
    pub time: Passage,
    /// The days in it.
    pub days: Findings,
    /// How many cells have words.
    cells: usize,
}

impl Row {
    /// Whether it only names the group of rows below it.
    pub fn is_group(&self) -> bool {
        self.cells < 2
    }
}

/// The row a clause is, when it is one.
pub fn read(clause: &Clause, ground: Ground<'_>) -> Option<Row> {
    let entry = clause.entry.as_ref()?;
    let time = entry.cell(Column::Time);
    let days = deadline::read_field(time.text(), ground);
    Some(Row {
        lead: units(entry, Column::Lead),
        coordinating: units(entry, Column::Coordinating),
        days,
        time,
        cells: entry.cells.len(),
    })
}

fn units(entry: &Entry, column: Column) -> Vec<Quote> {
    let words = entry.cell(column);
    unit::of_list(words.text()).into_iter().map(|range| words.quote(range)).collect()
}
