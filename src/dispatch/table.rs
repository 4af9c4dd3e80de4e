//! Tables of duties: rows with a column for what, who, with whom and by when.

use super::layout::{Line, Part, Row};
use super::marker::{Level, Marker, marker_of, roman_value};
use super::passage::Passage;
use super::unit;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// "STT".
    Number,
    /// "Nội dung", "Nhiệm vụ".
    Duty,
    /// "Đơn vị chủ trì".
    Lead,
    /// "Đơn vị phối hợp".
    Coordinating,
    /// "Thời gian hoàn thành".
    Time,
    /// Anything else.
    Other,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number as a marker.
    pub marker: Marker,
    /// Its cells that are not empty.
    pub cells: Vec<(Column, Passage)>,
}

impl Entry {
    /// The words of the cells of one kind.
    pub fn cell(&self, column: Column) -> Passage {
        let mut words = Passage::default();
        for (_, cell) in self.cells.iter().filter(|(kind, _)| *kind == column) {
            words.join(cell);
        }
        words
    }
}

/// Words of headings of columns, the more telling first.
const HEADINGS: [(&str, Column); 24] = [
    ("phối hợp", Column::Coordinating),
    ("chủ trì", Column::Lead),
    ("đơn vị thực hiện", Column::Lead),
    ("cơ quan thực hiện", Column::Lead),
    ("đầu mối", Column::Lead),
    ("phụ trách", Column::Lead),
    ("người thực hiện", Column::Lead),
    ("phân công", Column::Lead),
    ("trách nhiệm", Column::Lead),
    ("đơn vị tính", Column::Other),
    ("thời gian", Column::Time),
    ("thời hạn", Column::Time),
    ("hạn hoàn thành", Column::Time),
    ("tiến độ", Column::Time),
    ("ngày hoàn thành", Column::Time),
    ("nội dung", Column::Duty),
    ("nhiệm vụ", Column::Duty),
    ("công việc", Column::Duty),
    ("hoạt động", Column::Duty),
    ("đơn vị", Column::Lead),
    ("cơ quan", Column::Lead),
    ("nhóm", Column::Lead),
    ("bộ phận", Column::Lead),
    ("tt", Column::Number),
];

fn column_of(heading: &str) -> Column {
    let lower = heading.to_lowercase();
    if matches!(lower.trim(), "tt" | "stt" | "số tt" | "số thứ tự") {
        return Column::Number;
    }
    HEADINGS
        .iter()
        .find(|(word, column)| *column != Column::Number && lower.contains(word))
        .map_or(Column::Other, |(_, column)| *column)
}

/// Whether columns are those of a table of duties.
fn is_of_duties(columns: &[Column]) -> bool {
    let has = |column| columns.contains(&column);
    has(Column::Duty) && (has(Column::Time) || has(Column::Lead))
}

/// The rows of a table that begins with that line, and how many lines it takes.
pub fn read(lines: &[Line]) -> Option<(Vec<Entry>, usize)> {
    let first = lines.first()?;
    if first.row == Row::Yes {
        return of_cells(lines);
    }
    if first.parts.len() >= 3 {
        return of_columns(lines);
    }
    of_single_lines(lines)
}

/// Rows whose cells are told apart by strokes or tabs.
fn of_cells(lines: &[Line]) -> Option<(Vec<Entry>, usize)> {
    let columns: Vec<Column> = lines[0].parts.iter().map(|part| column_of(part.words.text())).collect();
    if !is_of_duties(&columns) {
        return None;
    }
    let count = lines.iter().take_while(|line| line.row == Row::Yes).count();
    let mut entries = Entries::default();
    for line in &lines[1..count] {
        let cells = line.parts.iter().zip(&columns).map(|(part, column)| (*column, part.words.clone()));
        entries.push(cells.collect());
    }
    Some((entries.done(), count))
}

/// Rows set in columns by blanks.
fn of_columns(lines: &[Line]) -> Option<(Vec<Entry>, usize)> {
    let mut heads: Vec<Part> = lines[0].parts.clone();
    let kinds = |heads: &[Part]| -> Vec<Column> { heads.iter().map(|part| column_of(part.words.text())).collect() };
    if kinds(&heads).iter().filter(|column| **column != Column::Other).count() < 2 {
        return None;
    }
    let numbered = column_of(heads[0].words.text()) == Column::Number;
    let is_number = |line: &Line| line.parts.first().is_some_and(|part| number_name(part.words.text()).is_some());
    let mut count = 1;
    while let Some(line) = lines.get(count).filter(|line| count < 5 && numbered && !is_number(line)) {
        for part in &line.parts {
            let at = place(&heads, part.column);
            heads[at].words.join(&part.words);
        }
        count += 1;
    }
    let columns = kinds(&heads);
    if !is_of_duties(&columns) {
        return None;
    }
    let mut entries = Entries::default();
    let mut row: Vec<(Column, Passage)> = Vec::new();
    while let Some(line) = lines.get(count).filter(|line| !ends_table(line)) {
        let begins = if numbered { is_number(line) } else { line.parts.len() + 1 >= columns.len() };
        if begins {
            entries.push(std::mem::take(&mut row));
            row = columns.iter().map(|column| (*column, Passage::default())).collect();
        }
        for part in &line.parts {
            if let Some((_, cell)) = row.get_mut(place(&heads, part.column)) {
                cell.join(&part.words);
            }
        }
        count += 1;
    }
    entries.push(row);
    Some((entries.done(), count))
}

/// The column a part stands in: the last that begins left of it.
fn place(heads: &[Part], column: usize) -> usize {
    heads.iter().rposition(|head| head.column <= column + 2).unwrap_or(0)
}

/// A line that stands in no column.
fn ends_table(line: &Line) -> bool {
    let text = line.words.text();
    let marked = marker_of(text).is_some_and(|marker| marker.range.end < text.len());
    line.parts.len() == 1 && (marked || text.chars().count() > 70 || text.starts_with("Nơi nhận") || text.ends_with("./."))
}

/// Rows whose cells came out of the page one under the other, each begun by its number.
fn of_single_lines(lines: &[Line]) -> Option<(Vec<Entry>, usize)> {
    if lines[0].words.text().len() > 20 || column_of(lines[0].words.text()) != Column::Number {
        return None;
    }
    let is_count = |line: &Line| line.row == Row::Number;
    let head = lines.iter().take(16).position(is_count)?;
    let titles: Vec<Column> = lines[1..head].iter().map(|line| column_of(line.words.text())).collect();
    if !is_of_duties(&titles) {
        return None;
    }
    let mut entries = Entries::default();
    let mut count = head;
    while lines.get(count).is_some_and(is_count) {
        let end =
            lines[count + 1..].iter().position(|line| is_count(line) || ends_list(line)).map_or(lines.len(), |at| count + 1 + at);
        entries.push(cells_of(&lines[count], &lines[count + 1..end]));
        count = end;
    }
    Some((entries.done(), count))
}

/// Where the text goes on behind the last row.
fn ends_list(line: &Line) -> bool {
    marker_of(line.words.text()).is_some_and(|marker| marker.level <= Level::Number && marker.range.end < line.words.text().len())
        || line.words.text().starts_with("Nơi nhận")
}

/// The cells of one row: what is to be done up to the first line that begins with a unit, the day at the end.
fn cells_of(number: &Line, lines: &[Line]) -> Vec<(Column, Passage)> {
    let mut cells = vec![(Column::Number, number.words.clone()), (Column::Duty, Passage::default())];
    let mut units = 0;
    for (index, line) in lines.iter().enumerate() {
        let text = line.words.text();
        let names = index > 0 && text.starts_with(char::is_uppercase) && unit::begins_name(text);
        let times = index > 0 && begins_time(text);
        if times {
            cells.push((Column::Time, Passage::default()));
        } else if names && units < 2 && !matches!(cells.last(), Some((Column::Time, _))) {
            cells.push((if units == 0 { Column::Lead } else { Column::Coordinating }, Passage::default()));
            units += 1;
        }
        if let Some((_, cell)) = cells.last_mut() {
            cell.join(&line.words);
        }
    }
    cells
}

fn begins_time(text: &str) -> bool {
    const OPENINGS: [&str; 14] = [
        "Trước ",
        "Tháng ",
        "Quý ",
        "Trong ",
        "Từ ",
        "Đến ",
        "Chậm nhất",
        "Hằng ",
        "Hàng ",
        "Thường xuyên",
        "Năm ",
        "Xong ",
        "Hoàn thành ",
        "Ngày ",
    ];
    let digits = text.chars().filter(char::is_ascii_digit).count();
    OPENINGS.iter().any(|opening| text.starts_with(opening)) || (text.contains('/') && digits * 2 >= text.chars().count())
}

/// The name a cell of the first column gives its row.
fn number_name(text: &str) -> Option<(Level, String)> {
    let text = text.trim().trim_end_matches(['.', ')']);
    let numbers: Vec<&str> = text.split('.').collect();
    let counted =
        numbers.iter().all(|number| !number.is_empty() && number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit()));
    if counted {
        let level = [Level::Number, Level::Number2, Level::Number3][(numbers.len() - 1).min(2)];
        return Some((level, text.to_owned()));
    }
    roman_value(text).map(|_| (Level::Roman, text.to_owned()))
}

/// Rows as they come.
#[derive(Default)]
struct Entries {
    done: Vec<Entry>,
    lead: Option<Passage>,
}

impl Entries {
    fn push(&mut self, cells: Vec<(Column, Passage)>) {
        let numbered = cells.iter().any(|(column, _)| *column == Column::Number);
        let written = cells.iter().find(|(column, _)| *column == Column::Number).and_then(|(_, cell)| number_name(cell.text()));
        let mut cells: Vec<(Column, Passage)> =
            cells.into_iter().filter(|(column, cell)| !cell.is_empty() && *column != Column::Number).collect();
        if cells.is_empty() {
            return;
        }
        if numbered
            && written.is_none()
            && let Some(last) = self.done.last_mut()
        {
            // A row without a number goes on with the one above it.
            for (column, cell) in cells {
                last.cells.push((column, cell));
            }
            return;
        }
        let group = cells.iter().all(|(column, _)| *column == Column::Duty);
        let (level, name) = written.unwrap_or_else(|| (Level::Number, (self.done.len() + 1).to_string()));
        match cells.iter().find(|(column, _)| *column == Column::Lead) {
            Some((_, lead)) => self.lead = Some(lead.clone()),
            None if !group => cells.extend(self.lead.clone().map(|lead| (Column::Lead, lead))),
            None => {}
        }
        self.done.push(Entry { marker: Marker { level, name, range: 0..0 }, cells });
    }

    fn done(self) -> Vec<Entry> {
        self.done
    }
}
