//! Tables: those that hold rows of facts become Markdown rows, those that only set things beside each other become lines.

use super::body::Paper;
use super::styles::Borders;
use super::xml::Element;
use crate::tree::nfc;

/// The most columns of a table.
const COLUMNS_MAX: usize = 63;

/// A cell as it is read.
#[derive(Debug)]
struct Cell {
    /// Its first column.
    column: usize,
    lines: Vec<String>,
    /// It goes on from the cell above.
    is_continued: bool,
}

/// The rows of a table.
#[derive(Debug, Default)]
struct Grid {
    rows: Vec<Vec<Cell>>,
    columns: usize,
    is_drawn: bool,
}

impl Paper<'_> {
    /// Reads a table and adds its block.
    pub(super) fn table(&mut self, table: &Element) {
        let properties = table.child("tblPr");
        let style = properties.and_then(|properties| properties.value("tblStyle"));
        let own = Borders::of(properties.and_then(|properties| properties.child("tblBorders")));
        let borders = own.or(self.styles.borders(style));
        let mut grid = Grid { is_drawn: borders == Some(Borders::Drawn), ..Grid::default() };
        self.rows(table, &mut grid);
        for block in grid.told() {
            self.push(&block);
        }
    }

    fn rows(&mut self, table: &Element, grid: &mut Grid) {
        for child in &table.children {
            match &*child.name {
                "tr" if child.path(&["trPr", "del"]).is_none() && !self.is_full() => {
                    let mut row = Vec::new();
                    let before = child.child("trPr").and_then(|properties| properties.number("gridBefore")).unwrap_or(0);
                    let mut column = usize::try_from(before).unwrap_or(0).min(COLUMNS_MAX);
                    self.cells(child, &mut column, &mut row, grid);
                    grid.columns = grid.columns.max(column);
                    grid.rows.push(row);
                }
                "sdt" | "sdtContent" | "customXml" => self.rows(child, grid),
                _ => {}
            }
        }
    }

    fn cells(&mut self, row: &Element, column: &mut usize, cells: &mut Vec<Cell>, grid: &mut Grid) {
        for child in &row.children {
            match &*child.name {
                "tc" if *column < COLUMNS_MAX => {
                    let properties = child.child("tcPr");
                    let span = properties.and_then(|properties| properties.number("gridSpan")).unwrap_or(1);
                    let span = usize::try_from(span).unwrap_or(1).clamp(1, COLUMNS_MAX);
                    let merge = properties.and_then(|properties| properties.child("vMerge"));
                    let is_deleted = properties.is_some_and(|properties| properties.child("cellDel").is_some());
                    let borders = Borders::of(properties.and_then(|properties| properties.child("tcBorders")));
                    grid.is_drawn |= borders == Some(Borders::Drawn);
                    let blocks = self.apart(child);
                    let lines = if is_deleted { Vec::new() } else { blocks };
                    let is_continued = merge.is_some_and(|merge| merge.attribute("val") != Some("restart"));
                    cells.push(Cell { column: *column, lines, is_continued });
                    *column = (*column + span).min(COLUMNS_MAX);
                }
                "sdt" | "sdtContent" | "customXml" => self.cells(child, column, cells, grid),
                _ => {}
            }
        }
    }
}

impl Grid {
    /// The blocks it makes.
    fn told(&self) -> Vec<String> {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        if self.rows.len() < 2 || width < 2 || self.is_heading_or_end() {
            self.column_by_column()
        } else if self.is_drawn || width > 2 {
            vec![self.as_markdown()]
        } else {
            vec![self.row_by_row()]
        }
    }

    /// The two columns of the heading, and those at the end: who gets it, who signs.
    fn is_heading_or_end(&self) -> bool {
        let lines = self.rows.iter().flatten().flat_map(|cell| &cell.lines);
        lines.take(60).any(|line| {
            let line = nfc(line).to_uppercase().replace("HOÀ", "HÒA");
            line.contains("CỘNG HÒA XÃ HỘI") || line.contains("ĐỘC LẬP - TỰ DO") || line.starts_with("NƠI NHẬN")
        })
    }

    /// One column after the other, each as lines.
    fn column_by_column(&self) -> Vec<String> {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let is_even = self.rows.iter().all(|row| row.len() == width);
        let mut columns = vec![String::new(); COLUMNS_MAX + 1];
        for (index, cell) in self.rows.iter().flat_map(|row| row.iter().enumerate()) {
            let column = if is_even { index } else { cell.column };
            columns[column].extend(cell.lines.iter().map(|line| format!("{line}\n")));
        }
        columns
    }

    /// A row a line.
    fn row_by_row(&self) -> String {
        let line = |row: &Vec<Cell>| row.iter().map(|cell| joined(&cell.lines)).collect::<Vec<_>>().join(" ");
        self.rows.iter().map(|row| line(row) + "\n").collect()
    }

    /// Rows between bars. What is merged downwards holds for each row it covers.
    fn as_markdown(&self) -> String {
        let mut above = vec![String::new(); self.columns];
        let mut out = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            let mut texts = vec![String::new(); self.columns];
            for cell in row {
                let text = if cell.is_continued { above[cell.column].clone() } else { joined(&cell.lines) };
                texts[cell.column].clone_from(&text);
                // A whole page in one merged cell is said once.
                above[cell.column] = if text.len() > 2_000 { String::new() } else { text };
            }
            if texts.iter().all(String::is_empty) {
                continue;
            }
            out.push_str(&format!("| {} |\n", texts.join(" | ")));
            if index == 0 {
                out.push_str(&format!("|{}\n", " --- |".repeat(self.columns)));
            }
            if out.len() > crate::document::TEXT_BYTES_MAX {
                break;
            }
        }
        out
    }
}

/// The lines of a cell on one: a line that begins a new thing is set off by a semicolon.
fn joined(lines: &[String]) -> String {
    let mut out = String::new();
    for line in lines.iter().flat_map(|lines| lines.lines()).map(str::trim).filter(|line| !line.is_empty()) {
        let begins = line.starts_with(['-', '+', '•']) || line.chars().next().is_some_and(char::is_uppercase);
        if !out.is_empty() {
            let is_closed = out.ends_with([';', ',', '.', ':']);
            out.push_str(if begins && !is_closed { "; " } else { " " });
        }
        // A bar would begin a new cell.
        out.push_str(&line.replace('|', "/").replace('\t', " "));
    }
    out
}
