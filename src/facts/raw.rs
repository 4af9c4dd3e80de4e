//! Rows of cells as they come out of a file, before anything is known of their headings; and the way from a file to [`Cells`].

use std::path::Path;

use super::{csv, heading, xlsx};
use crate::diagnostic::{Cells, CellsBuilder, Diagnostic};
use crate::domain::hidden::seen;
use crate::domain::rules::Language;
use crate::tree::nfc;

/// The most all cells of a file hold: 32 MiB of text.
pub(super) const TEXT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A sheet of a workbook, or the whole of a CSV file.
pub(super) struct RawSheet {
    /// Its name; a CSV file has none.
    pub(super) name: Option<String>,
    /// Rows with anything in them, top down.
    pub(super) rows: Vec<RawRow>,
}

/// A row with anything in it.
pub(super) struct RawRow {
    /// From 1.
    pub(super) row: usize,
    /// Column from 1 and text, left to right; blank cells are left out.
    pub(super) cells: Vec<(usize, String)>,
}

impl RawRow {
    /// What stands in that column.
    pub(super) fn at(&self, column: usize) -> Option<&str> {
        let found = self.cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        Some(&self.cells[found].1)
    }

    /// Puts a text into a column; what stands there already stays.
    pub(super) fn put(&mut self, column: usize, text: String) {
        if let Err(place) = self.cells.binary_search_by_key(&column, |(column, _)| *column) {
            self.cells.insert(place, (column, text));
        }
    }
}

/// NFC, without hidden marks, which spreadsheets bring along from elsewhere, without blanks around it and with single line breaks; a
/// dash alone is a blank cell.
pub(super) fn tidy(text: &str) -> String {
    let text = nfc(text).replace("\r\n", "\n").replace(['\r', '\u{a0}'], " ");
    let text = seen(&text).into_owned();
    let text = text.trim();
    if matches!(text, "-" | "–" | "—") { String::new() } else { text.to_owned() }
}

/// A CSV file's cells.
///
/// # Errors
/// What is wrong with the file as a whole: its encoding, its size.
pub fn csv_cells(bytes: &[u8], source: usize, language: Language) -> Result<Cells, Box<Diagnostic>> {
    Ok(cells(vec![csv::sheet(bytes, source, language)?]))
}

/// The cells of a workbook's visible sheets.
///
/// # Errors
/// What is wrong with the file as a whole: no workbook, damaged, too large once it is inflated.
pub fn xlsx_cells(bytes: &[u8], source: usize, language: Language) -> Result<Cells, Box<Diagnostic>> {
    match xlsx::sheets(bytes) {
        Ok(sheets) => Ok(cells(sheets)),
        Err(refusal) => Err(Box::new(refusal.told(source, language))),
    }
}

/// What a file's name says of its kind: `csv`, `xlsx`, `toml`, in lower case.
pub fn ending_of(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Every row from its first column to the last heading, so that a blank cell below a heading has a place.
fn cells(sheets: Vec<RawSheet>) -> Cells {
    let mut builder = CellsBuilder::default();
    for sheet in sheets {
        let headings = heading::find(&sheet.rows).map(|index| &sheet.rows[index]);
        builder.sheet(sheet.name, headings.map(|row| row.row));
        let below = headings.map_or(usize::MAX, |row| row.row);
        let width = headings.and_then(|row| row.cells.last()).map_or(0, |(column, _)| *column);
        for row in &sheet.rows {
            let mut given = row.cells.iter().peekable();
            let last = row.cells.last().map_or(0, |(column, _)| *column);
            // Above the headings blank cells mean nothing.
            let last = if row.row > below { last.max(width) } else { last };
            for column in 1..=last {
                match given.next_if(|(at, _)| *at == column) {
                    Some((_, text)) => builder.cell(row.row, column, text),
                    None if row.row > below => builder.cell(row.row, column, ""),
                    None => {}
                }
            }
        }
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_alone_is_a_blank_cell_and_letters_are_composed() {
        assert_eq!(tidy(" – "), "");
        assert_eq!(tidy("Pho\u{0300}ng\r\nNội vụ\u{a0}"), "Phòng\nNội vụ");
    }
}
