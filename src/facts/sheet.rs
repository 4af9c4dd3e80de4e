//! A sheet understood: which table it is, which column holds what, which rows are rows.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use super::cell::{agreed, is_error};
use super::heading::{self, Kind, heading_of, headings, key_of, month_of};
use super::slug::fold;
use super::{Agreed, template};
use crate::diagnostic::{Cell, Cells, Source, Span, quoted};
use crate::tree::{Problems, say};

/// Sheets that are for people only.
const GUIDES: [&str; 7] = ["huong dan", "huong dan su dung", "guide", "readme", "ghi chu", "muc luc", "tra cuu don vi"];
/// What stands in the first cell of a row that shows how to fill in the others.
const EXAMPLES: [&str; 3] = ["vi du", "vd", "example"];

/// A sheet that is one of the tables.
pub(super) struct Sheet<'c> {
    /// Which source of the import it is in.
    pub(super) source: usize,
    pub(super) kind: Kind,
    pub(super) lines: Vec<Line<'c>>,
    /// Columns headed by a month: the column, the month, the year where one is known.
    pub(super) months: Vec<(usize, i8, Option<i16>)>,
    /// What columns are headed by, by key.
    pub(super) headings: Vec<(&'static str, String)>,
    /// Rows that a person agreed to, and others; `None` when it is no draft.
    pub(super) agreed: Option<Agreed>,
}

/// A row below the headings.
#[derive(Clone)]
pub(super) struct Line<'c> {
    cells: &'c Cells,
    row: &'c [Cell],
    columns: Rc<[(usize, &'static str)]>,
    /// The number of the heading above its group: `II` of "II. Lĩnh vực kinh tế".
    pub(super) section: Option<Rc<str>>,
}

impl<'c> Line<'c> {
    /// The cell of that key, blank or not; `None` without such a column.
    pub(super) fn cell(&self, key: &str) -> Option<Cell> {
        let (column, _) = self.columns.iter().find(|(_, name)| *name == key)?;
        self.cell_in(*column)
    }

    /// The cell in that column.
    pub(super) fn cell_in(&self, column: usize) -> Option<Cell> {
        self.row.binary_search_by_key(&column, |cell| cell.column).ok().map(|at| self.row[at])
    }

    /// What stands in a cell; `None` when it is blank.
    pub(super) fn text_of(&self, cell: Cell) -> Option<&'c str> {
        Some(self.cells.value(cell)).filter(|text| !text.is_empty())
    }

    /// What stands under that key, without a word about a cell that went wrong.
    pub(super) fn text(&self, key: &str) -> Option<&'c str> {
        self.text_of(self.cell(key)?).filter(|text| !is_error(text))
    }

    /// Where that key stands, else the row.
    pub(super) fn place(&self, key: &str) -> Span {
        self.cell(key).map_or(self.span(), |cell| cell.span)
    }

    /// The whole row.
    pub(super) fn span(&self) -> Span {
        let start = self.row.first().map_or(0, |cell| cell.span.start);
        // One behind the last cell, so that no cell of a row of one is the row itself.
        Span { start, end: self.row.last().map_or(0, |cell| cell.span.end + 1) }
    }

    /// Its number, from 1.
    pub(super) fn number(&self) -> usize {
        self.row.first().map_or(0, |cell| cell.row)
    }

    fn filled(&self) -> impl Iterator<Item = (Cell, &'c str)> {
        self.row.iter().filter_map(|cell| Some((*cell, self.text_of(*cell)?)))
    }
}

/// The tables of one source; what is no table is told of.
pub(super) fn sheets<'c>(source: &Source<'_>, cells: &'c Cells, problems: &Problems) -> Vec<Sheet<'c>> {
    let mut found = Vec::new();
    let mut told = false;
    for index in 0..cells.sheet_count() {
        let Some(first) = cells.rows(index).next().map(|row| row[0]) else { continue };
        let stem = Path::new(source.name).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let name = cells.sheet_name(index).unwrap_or(&stem);
        if cells.sheet_name(index).is_some() && GUIDES.contains(&fold(name).as_str()) {
            continue;
        }
        let heads: Vec<&str> = match cells.heading_row(index) {
            Some(row) => cells.rows(index).filter(|cells| cells[0].row == row).flatten().map(|cell| cells.value(*cell)).collect(),
            None => Vec::new(),
        };
        let kind = heading::kind_by_name(name).or_else(|| heading::kind_by_headings(&heads));
        match kind {
            None => {
                told = true;
                unknown_table(name, first.span, cells.sheet_count(), problems);
            }
            Some(kind) => {
                let sheet = sheet(cells, index, kind, problems);
                told |= sheet.is_none();
                found.extend(sheet);
            }
        }
    }
    if found.is_empty() && !told {
        let language = problems.language;
        let message = say!(language, "tệp không có dòng nào", "the file has no rows");
        let help = say!(language, "xem lại tệp; các trang ẩn không được đọc", "look at the file; hidden sheets are not read");
        problems.push(crate::diagnostic::Diagnostic::warning("no-rows", message).in_source(problems.source).with_help(help));
    }
    found
}

fn sheet<'c>(cells: &'c Cells, index: usize, kind: Kind, problems: &Problems) -> Option<Sheet<'c>> {
    let rows: Vec<&[Cell]> = cells.rows(index).collect();
    let at = cells.heading_row(index).and_then(|row| rows.iter().position(|cells| cells[0].row == row));
    let Some(at) = at else {
        no_headings(kind, rows[0][0].span, problems);
        return None;
    };
    let columns = columns(cells, &rows[..=at], kind, problems);
    let keys: Vec<(usize, &'static str)> = columns.iter().map(|(column, key, _)| (*column, *key)).collect();
    if !has_what_it_needs(kind, &keys, rows[at][0].span, problems) {
        return None;
    }
    let keys: Rc<[(usize, &'static str)]> = keys.into();
    let months = months(cells, &rows[..=at], &columns);
    let heads: BTreeSet<String> = rows[at].iter().map(|cell| fold(cells.value(*cell))).collect();
    let mut section = None;
    let mut counted = keys.iter().any(|(_, key)| *key == "agreed").then(Agreed::default);
    let mut lines = Vec::new();
    for row in &rows[at + 1..] {
        let mut line = Line { cells, row, columns: Rc::clone(&keys), section: None };
        let filled: Vec<(Cell, &str)> = line.filled().collect();
        let Some((_, first)) = filled.first() else { continue };
        let again = filled.len() > 1 && filled.iter().all(|(_, text)| heads.contains(&fold(text)));
        if again || numbers_columns(&filled) {
            continue;
        }
        if EXAMPLES.contains(&fold(first).as_str()) {
            if !template::shows_how(kind, filled.iter().skip(1).map(|(_, text)| *text)) {
                example_filled_in(&line, filled[0].0.span, problems);
            }
            continue;
        }
        if let Some(counted) = &mut counted {
            if is_agreed(&line, problems) {
                counted.yes += 1;
                lines.push(line);
            } else {
                counted.no += 1;
            }
            continue;
        }
        if kind == Kind::Directive && is_group(&line) {
            section =
                line.text("order").map(|number| number.trim_end_matches(['.', ')', ' '])).filter(|n| !n.is_empty()).map(Rc::from);
            let (language, number) = (problems.language, line.number());
            // "II. Lĩnh vực kinh tế" is a heading for everybody; a row without a number may be a forgotten duty.
            if section.as_deref().is_some_and(numbers_groups) {
                continue;
            }
            problems.warning(
                "row-skipped",
                filled[0].0.span,
                say!(
                    language,
                    "dòng {number} được hiểu là tiêu đề nhóm hoặc dòng ký, không phải nhiệm vụ",
                    "row {number} is taken for the heading of a group and not for a duty"
                ),
                say!(
                    language,
                    "nếu là nhiệm vụ, ghi STT, số văn bản và đơn vị chủ trì",
                    "if it is a duty, give its number, its dispatch and its lead unit"
                ),
            );
            continue;
        }
        line.section.clone_from(&section);
        lines.push(line);
    }
    let headings = columns.into_iter().map(|(_, key, heading)| (key, heading)).collect();
    Some(Sheet { source: problems.source, kind, lines, months, headings, agreed: counted })
}

/// Whether a person agreed to that row of a draft; what is neither yes nor no is told of.
fn is_agreed(line: &Line<'_>, problems: &Problems) -> bool {
    let Some((cell, text)) = line.cell("agreed").and_then(|cell| Some((cell, line.text_of(cell)?))) else { return false };
    let read = agreed(text);
    if read.is_none() {
        let (language, shown) = (problems.language, quoted(text));
        problems.error_with_help(
            "not-agreed",
            cell.span,
            say!(language, "{shown} không cho biết có đồng ý hay không", "{shown} does not say whether this is agreed to"),
            say!(language, "ghi \"x\" nếu đồng ý; để trống nếu không", "write \"x\" to agree; leave it blank otherwise"),
        );
    }
    read == Some(true)
}

/// A row that begins like an example and holds other values was filled in by somebody.
fn example_filled_in(line: &Line<'_>, at: Span, problems: &Problems) {
    let (language, number) = (problems.language, line.number());
    problems.warning(
        "row-skipped",
        at,
        say!(
            language,
            "dòng {number} bắt đầu bằng \"Ví dụ\" nên được bỏ qua, nhưng nội dung không phải ví dụ của mẫu",
            "row {number} begins with \"Ví dụ\" and is skipped, but what it holds is not the template's example"
        ),
        say!(language, "nếu là dòng thật, xóa chữ \"Ví dụ\" ở ô đầu", "if it is a real row, clear the first cell"),
    );
}

/// A row without dispatch, unit and deadline whose number is no number: "II | LĨNH VỰC KINH TẾ", "Tổng cộng".
fn is_group(line: &Line<'_>) -> bool {
    let blank = |key| line.cell(key).is_none_or(|cell| line.text_of(cell).is_none());
    let counts = line.text("order").is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()));
    let words = ["number", "lead", "deadline", "date", "clause"];
    !counts && words.iter().all(|key| blank(key))
}

/// Whether a number is Roman, or one capital letter.
fn numbers_groups(number: &str) -> bool {
    number.chars().all(|c| "IVXLC".contains(c)) || (number.chars().count() == 1 && number.chars().all(char::is_uppercase))
}

/// `(1) | (2) | (3)` below the headings.
fn numbers_columns(filled: &[(Cell, &str)]) -> bool {
    let numbers: Vec<usize> = filled.iter().filter_map(|(_, text)| text.trim_matches(['(', ')', ' ']).parse().ok()).collect();
    filled.len() > 2 && numbers.len() == filled.len() && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

/// Column, key and heading; a heading may stand one row higher where the lower one is blank or unknown.
fn columns(cells: &Cells, rows: &[&[Cell]], kind: Kind, problems: &Problems) -> Vec<(usize, &'static str, String)> {
    let (Some(last), above) = (rows.last(), rows.len().checked_sub(2).map(|at| rows[at])) else { return Vec::new() };
    let mut found: Vec<(usize, &'static str, String)> = Vec::new();
    let mut places: Vec<(Cell, &str)> = last.iter().map(|cell| (*cell, cells.value(*cell))).collect();
    for cell in above.unwrap_or_default() {
        let text = cells.value(*cell);
        let here = places.iter().position(|(other, _)| other.column == cell.column);
        let is_known = here.is_some_and(|at| key_of(kind, places[at].1).is_some());
        if !is_known && key_of(kind, text).is_some() {
            here.map(|at| places.remove(at));
            places.push((*cell, text));
        }
    }
    places.sort_by_key(|(cell, _)| cell.column);
    for (cell, text) in places.into_iter().filter(|(_, text)| !text.is_empty()) {
        let language = problems.language;
        match key_of(kind, text) {
            Some(key) if !key.is_empty() && key != "month" && found.iter().any(|(_, other, _)| *other == key) => {
                let shown = quoted(text);
                problems.warning(
                    "column-twice",
                    cell.span,
                    say!(
                        language,
                        "cột {shown} không được đọc: đã có một cột như vậy",
                        "column {shown} is not read: there is one like it"
                    ),
                    say!(language, "giữ lại một cột, hoặc đổi tên cột này", "keep one of them, or rename this one"),
                );
            }
            Some(key) => found.push((cell.column, key, text.to_owned())),
            None => {
                let (shown, known) = (quoted(text), headings(kind).collect::<Vec<_>>().join(", "));
                let otherwise = say!(language, "các cột được đọc ở đây: {known}", "columns that are read here: {known}");
                let help = problems.did_you_mean(text, headings(kind), otherwise);
                problems.warning(
                    "unknown-column",
                    cell.span,
                    say!(language, "cột {shown} không được đọc", "column {shown} is not read"),
                    help,
                );
            }
        }
    }
    found
}

/// The year of a month stands in its heading, above it, or anywhere above.
fn months(cells: &Cells, rows: &[&[Cell]], columns: &[(usize, &'static str, String)]) -> Vec<(usize, i8, Option<i16>)> {
    let year_in = |text: &str| fold(text).split(' ').filter_map(heading::year_of).next_back();
    let above = rows.iter().rev().skip(1);
    let over = |column: usize| {
        above.clone().find_map(|row| {
            // A year over several months stands in the first of its columns.
            row.iter().rev().filter(|cell| cell.column <= column).find_map(|cell| year_in(cells.value(*cell)))
        })
    };
    let anywhere = || above.clone().flat_map(|row| row.iter()).find_map(|cell| year_in(cells.value(*cell)));
    let of_month = columns.iter().filter(|(_, key, _)| *key == "month");
    of_month
        .filter_map(|(column, _, text)| {
            let (month, year) = month_of(text)?;
            Some((*column, month, year.or_else(|| over(*column)).or_else(anywhere)))
        })
        .collect()
}

/// Reports every column a table cannot do without.
fn has_what_it_needs(kind: Kind, columns: &[(usize, &'static str)], at: Span, problems: &Problems) -> bool {
    let has = |key: &str| columns.iter().any(|(_, name)| *name == key);
    let mut missing: Vec<&str> = match kind {
        Kind::Unit | Kind::Person => vec!["name"],
        Kind::Appointment => vec!["person", "unit"],
        Kind::Substitution => vec!["person"],
        Kind::Alias => vec!["name", "unit"],
        Kind::Dispatch => vec!["number", "date"],
        // A draft is of one dispatch, which has a sheet of its own.
        Kind::Directive if has("agreed") => vec!["title", "lead"],
        Kind::Directive => vec!["title", "number", "lead"],
        Kind::Figure if has("month") => vec!["unit"],
        Kind::Figure => vec!["unit", "as_of", "value"],
        Kind::Extension => vec!["deadline"],
    };
    missing.retain(|key| !has(key));
    if matches!(kind, Kind::Figure | Kind::Extension) && !has("directive") && !(has("number") && has("clause")) {
        missing.push("directive");
    }
    let language = problems.language;
    for key in &missing {
        let heading = heading_of(kind, key).unwrap_or(key);
        problems.error_with_help(
            "missing-column",
            at,
            say!(language, "thiếu cột \"{heading}\"", "the column \"{heading}\" ({key}) is missing"),
            say!(
                language,
                "thêm cột đó vào dòng tiêu đề; xem mẫu: dondoc import --template mau.xlsx",
                "add it to the headings; `dondoc import --template example.xlsx` writes an example"
            ),
        );
    }
    missing.is_empty()
}

fn no_headings(kind: Kind, at: Span, problems: &Problems) {
    let (language, known) = (problems.language, headings(kind).collect::<Vec<_>>().join(", "));
    problems.error_with_help(
        "no-headings",
        at,
        say!(language, "không thấy dòng tiêu đề cột", "there is no row of headings"),
        say!(language, "ghi tên cột ở dòng đầu: {known}", "name the columns in the first row: {known}"),
    );
}

fn unknown_table(name: &str, at: Span, sheets: usize, problems: &Problems) {
    let (language, shown) = (problems.language, quoted(name));
    let known = heading::TABLES.iter().map(|(_, name, ..)| *name).collect::<Vec<_>>().join(", ");
    let help = say!(language, "đặt tên tệp hoặc trang là một trong: {known}", "name the file or the sheet one of: {known}");
    if sheets > 1 {
        let message = say!(
            language,
            "trang {shown} không được đọc: không rõ là bảng nào",
            "sheet {shown} is not read: no table is known by it"
        );
        problems.warning("unknown-table", at, message, help);
    } else {
        let message = say!(language, "không rõ {shown} là bảng nào", "{shown} is no table that is known");
        problems.error_with_help("unknown-table", at, message, help);
    }
}
