//! The cells of a table: sheets, rows and columns over one text, so that a place in it is a span as everywhere else.

use super::{Labels, Span};

/// The most characters of a cell that are shown.
const SHOWN_CHARS_MAX: usize = 100;

/// One cell; blank ones of a row that has others are cells too, so that what is missing has a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Index of its sheet.
    pub sheet: usize,
    /// Row from 1, as a spreadsheet counts.
    pub row: usize,
    /// Column from 1.
    pub column: usize,
    /// Where its text stands; empty for a blank cell, and never the place of another cell.
    pub span: Span,
}

/// The cells of a table, in order of sheet, row and column.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    text: String,
    list: Vec<Cell>,
    sheets: Vec<Sheet>,
}

#[derive(Clone, Debug)]
struct Sheet {
    name: Option<String>,
    heading_row: Option<usize>,
}

/// Cells under construction.
#[derive(Debug, Default)]
pub struct CellsBuilder {
    cells: Cells,
}

impl CellsBuilder {
    /// Begins the next sheet; a CSV file has one without a name. `heading_row` is where its headings stand.
    pub fn sheet(&mut self, name: Option<String>, heading_row: Option<usize>) {
        self.cells.sheets.push(Sheet { name, heading_row });
    }

    /// The next cell of the sheet begun last.
    pub fn cell(&mut self, row: usize, column: usize, text: &str) {
        let start = self.cells.text.len();
        self.cells.text.push_str(text);
        let span = Span { start, end: self.cells.text.len() };
        // Keeps the places of blank cells apart.
        self.cells.text.push('\n');
        let sheet = self.cells.sheets.len().saturating_sub(1);
        self.cells.list.push(Cell { sheet, row, column, span });
    }

    /// All of them.
    pub fn finish(self) -> Cells {
        self.cells
    }
}

impl Cells {
    /// The texts of all cells.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many sheets there are.
    pub fn sheet_count(&self) -> usize {
        self.sheets.len()
    }

    /// The name of a sheet.
    pub fn sheet_name(&self, sheet: usize) -> Option<&str> {
        self.sheets.get(sheet)?.name.as_deref()
    }

    /// Where the headings of a sheet stand.
    pub fn heading_row(&self, sheet: usize) -> Option<usize> {
        self.sheets.get(sheet)?.heading_row
    }

    /// The cells of a sheet, row by row.
    pub fn rows(&self, sheet: usize) -> impl Iterator<Item = &[Cell]> {
        let first = self.list.partition_point(|cell| cell.sheet < sheet);
        let last = self.list.partition_point(|cell| cell.sheet <= sheet);
        self.list[first..last].chunk_by(|a, b| a.row == b.row)
    }

    /// What stands in a cell.
    pub fn value(&self, cell: Cell) -> &str {
        self.text.get(cell.span.start..cell.span.end).unwrap_or_default()
    }

    /// The cell a span begins in.
    pub fn at(&self, span: Span) -> Option<Cell> {
        let next = self.list.partition_point(|cell| cell.span.start <= span.start);
        self.list.get(next.checked_sub(1)?).copied()
    }

    /// The heading above a cell.
    pub fn heading(&self, cell: Cell) -> Option<&str> {
        let row = self.heading_row(cell.sheet)?;
        let wanted = (cell.sheet, row, cell.column);
        let found = self.list.binary_search_by_key(&wanted, |cell| (cell.sheet, cell.row, cell.column)).ok()?;
        Some(self.value(self.list[found])).filter(|text| !text.is_empty())
    }

    /// A place in words: `viec.xlsx, sheet "Nhiệm vụ", row 7, column E (Thời hạn)`.
    pub(super) fn place(&self, file: &str, cell: Cell, labels: Labels) -> String {
        let sheet = self.sheet_name(cell.sheet).map(|name| format!(", {} \"{}\"", labels.sheet, one_line(name)));
        let heading = self.heading(cell).map(|heading| format!(" ({})", one_line(heading)));
        let (sheet, heading) = (sheet.unwrap_or_default(), heading.unwrap_or_default());
        format!("{file}{sheet}, {} {}, {} {}{heading}", labels.row, cell.row, labels.column, column_letters(cell.column))
    }

    /// The text of a cell on one line, cut where it is long.
    pub(super) fn shown(&self, cell: Cell) -> String {
        one_line(self.value(cell))
    }
}

fn one_line(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// The letters of a column from 1: A, B … Z, AA.
pub fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_finds_its_cell_and_its_heading_blank_or_not() {
        let mut builder = CellsBuilder::default();
        builder.sheet(Some("Nhiệm vụ".into()), Some(2));
        builder.cell(2, 1, "STT");
        builder.cell(2, 2, "Thời hạn");
        builder.cell(7, 1, "");
        builder.cell(7, 2, "mai\nkia");
        let cells = builder.finish();
        let [_, row] = cells.rows(0).collect::<Vec<_>>()[..] else { panic!("two rows") };
        assert_eq!(cells.at(row[0].span), Some(row[0]));
        assert_eq!(cells.place("v.xlsx", row[1], Labels::EN), "v.xlsx, sheet \"Nhiệm vụ\", row 7, column B (Thời hạn)");
        assert_eq!(cells.shown(row[1]), "mai kia");
    }

    #[test]
    fn columns_are_named_as_a_spreadsheet_names_them() {
        assert_eq!([1, 26, 27, 702, 703, 16384].map(column_letters), ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }
}
