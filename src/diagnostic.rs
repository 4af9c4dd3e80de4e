//! Diagnostics: code, place, message and mend; rendered like a compiler's.
//!
//! A reader never stops at the first mistake: it answers with a value and *all* of these. [`render`] shows one line
//! of source for each, and masks what looks like a secret before it does. A source is a text or a table ([`Cells`]); of
//! a table the sheet, the row, the column and the text of the cell are shown.

mod cells;
mod mask;
mod places;

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title};

pub use cells::{Cell, Cells, CellsBuilder, column_letters};
pub use mask::{bot_token, is_secret_key, mask_secrets};
pub use places::Places;

use mask::mask_addresses;

/// A place in a source: bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing stops.
    Warning,
    /// Stops what was asked.
    Error,
}

impl Severity {
    /// The word of JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable, kebab-case, e.g. `unknown-key`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// Index into the sources given to the renderer.
    pub source: usize,
    /// Where; `None` for the file as a whole.
    pub span: Option<Span>,
    /// What stands there is not shown, only where it is.
    pub is_covered: bool,
    /// What is wrong, with the offending value.
    pub message: String,
    /// The mend.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error about the first source as a whole.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, source: 0, span: None, is_covered: false, message: message.into(), help: None }
    }

    /// A warning about the first source as a whole.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// The same, at that place of that source.
    #[must_use]
    pub fn at(mut self, source: usize, span: impl Into<Span>) -> Self {
        self.source = source;
        self.span = Some(span.into());
        self
    }

    /// The same, about that source as a whole.
    #[must_use]
    pub fn in_source(mut self, source: usize) -> Self {
        self.source = source;
        self
    }

    /// The same, with its mend.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, without showing what stands there.
    #[must_use]
    pub fn covered(mut self) -> Self {
        self.is_covered = true;
        self
    }

    /// Whether it stops what was asked.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// File, line and column for people and JSON; of a table the sheet, the row and the number of the column.
    pub fn locate<'a>(&self, sources: &[Source<'a>]) -> Located<'a> {
        let Some(source) = sources.get(self.source) else { return Located { file: "", sheet: None, line_column: None } };
        let Some(span) = self.span else { return Located { file: source.name, sheet: None, line_column: None } };
        match source.cells {
            None => Located { file: source.name, sheet: None, line_column: Some(line_column(source.text, span.start)) },
            Some(cells) => {
                let cell = cells.at(span);
                // What a sheet is called stands in the file too.
                let sheet = cell.filter(|_| !self.is_covered).and_then(|cell| cells.sheet_name(cell.sheet));
                Located { file: source.name, sheet, line_column: cell.map(|cell| (cell.row, cell.column)) }
            }
        }
    }
}

/// Where a diagnostic stands, as people count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located<'a> {
    /// The name of its source; empty when it has none.
    pub file: &'a str,
    /// The sheet of a workbook.
    pub sheet: Option<&'a str>,
    /// Line and column from 1, the column in characters (row and column of a table); `None` for the file as a whole.
    pub line_column: Option<(usize, usize)>,
}

/// What diagnostics point into: a text, or a table whose cells stand in one text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// As the caller named it, usually a path.
    pub name: &'a str,
    /// What was read; of a table the texts of its cells, one after the other.
    pub text: &'a str,
    /// The cells, when it is a table.
    pub cells: Option<&'a Cells>,
}

impl<'a> Source<'a> {
    /// A text.
    pub const fn of_text(name: &'a str, text: &'a str) -> Self {
        Self { name, text, cells: None }
    }

    /// A table.
    pub fn of_cells(name: &'a str, cells: &'a Cells) -> Self {
        Self { name, text: cells.text(), cells: Some(cells) }
    }
}

/// Whether a rendering carries terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// None: files, pipes, snapshots.
    Plain,
    /// ANSI escapes.
    Colour,
}

/// The words a rendering needs, in one language.
#[derive(Clone, Copy, Debug)]
pub struct Labels {
    /// Before an error.
    pub error: &'static str,
    /// Before a warning.
    pub warning: &'static str,
    /// Before a mend.
    pub help: &'static str,
    /// A sheet of a workbook.
    pub sheet: &'static str,
    /// A row of a table.
    pub row: &'static str,
    /// A column of a table.
    pub column: &'static str,
    /// Before the text of a cell.
    pub cell: &'static str,
}

impl Labels {
    /// English.
    pub const EN: Self =
        Self { error: "error", warning: "warning", help: "help", sheet: "sheet", row: "row", column: "column", cell: "cell" };
    /// Tiếng Việt.
    pub const VI: Self =
        Self {
            error: "lỗi", warning: "cảnh báo", help: "cách sửa", sheet: "trang", row: "dòng", column: "cột", cell: "ô"
        };
}

/// Puts diagnostics in file order: source, place, the worse first, code.
pub fn sort(problems: &mut [Diagnostic]) {
    problems.sort_by(|a, b| {
        let place = |one: &Diagnostic| (one.source, one.span.map(|span| span.start));
        place(a).cmp(&place(b)).then(b.severity.cmp(&a.severity)).then(a.code.cmp(b.code))
    });
}

/// Line and column of a byte, both from 1; the column counts characters, a byte order mark is none.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let line = Line::around(text, offset);
    let before = text.get(line.start..line.floor(offset)).unwrap_or_default();
    (line.number, before.chars().count() + 1)
}

/// All of them, one after the other, each with its line of source and its mend; ends with a newline unless empty.
pub fn render(problems: &[Diagnostic], sources: &[Source<'_>], paint: Paint, labels: Labels) -> String {
    let renderer = match paint {
        Paint::Plain => Renderer::plain(),
        Paint::Colour => Renderer::styled(),
    };
    let masked: Vec<Cow<'_, str>> = sources.iter().map(|source| mask_secrets(source.text)).collect();
    let mut out = String::new();
    for problem in problems {
        let text = masked.get(problem.source).map(Cow::as_ref);
        let source = sources.get(problem.source);
        let name = source.map_or("", |source| source.name);
        let cell = problem.span.filter(|_| !problem.is_covered).zip(source.and_then(|source| source.cells));
        let shown = cell.and_then(|(span, cells)| Some((cells, cells.at(span)?)));
        if let Some((cells, cell)) = shown {
            let (place, shown) = (cells.place(name, cell, labels), cells.shown(cell));
            out.push_str(&renderer.render(&[group_of_cell(problem, &place, &shown, labels)]));
        } else {
            // The texts of cells stand there one after the other: no line of them is a place.
            let text = text.filter(|_| source.is_some_and(|source| source.cells.is_none()));
            out.push_str(&renderer.render(&[group(problem, name, text, labels)]));
        }
        out.push_str("\n\n");
    }
    out.truncate(out.trim_end_matches('\n').len());
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn title(problem: &Diagnostic, labels: Labels) -> Title<'_> {
    let level = match problem.severity {
        Severity::Error => Level::ERROR.with_name(labels.error),
        Severity::Warning => Level::WARNING.with_name(labels.warning),
    };
    level.primary_title(problem.message.as_str()).id(problem.code)
}

/// A cell has no line of text around it: where it stands is said in words, then what stands in it.
fn group_of_cell<'a>(problem: &'a Diagnostic, place: &'a str, shown: &'a str, labels: Labels) -> Group<'a> {
    let mut group = title(problem, labels).element(Origin::path(place));
    if !shown.is_empty() {
        group = group.element(Level::NOTE.with_name(labels.cell).message(shown));
    }
    match &problem.help {
        Some(help) => group.element(Level::HELP.with_name(labels.help).message(help.as_str())),
        None => group,
    }
}

fn group<'a>(problem: &'a Diagnostic, name: &'a str, text: Option<&'a str>, labels: Labels) -> Group<'a> {
    let title = title(problem, labels);
    let group = match (problem.span, text) {
        (Some(span), Some(text)) if problem.is_covered => {
            let (line, column) = line_column(text, span.start);
            title.element(Origin::path(name).line(line).char_column(column))
        }
        (Some(span), Some(text)) => {
            // One line is cut out: a span over several lines says nothing more, and a large file is not walked twice.
            let line = Line::around(text, span.start);
            let start = line.floor(span.start);
            let end = line.floor(span.end).max(start);
            title.element(
                Snippet::source(line.text)
                    .path(name)
                    .line_start(line.number)
                    .annotation(AnnotationKind::Primary.span(start - line.start..end - line.start)),
            )
        }
        _ if name.is_empty() => Group::with_title(title),
        _ => title.element(Origin::path(name)),
    };
    match &problem.help {
        Some(help) => group.element(Level::HELP.with_name(labels.help).message(help.as_str())),
        None => group,
    }
}

/// One line of a text, without its line ending and without a byte order mark.
struct Line<'a> {
    number: usize,
    start: usize,
    text: &'a str,
    whole: &'a str,
}

impl<'a> Line<'a> {
    fn around(whole: &'a str, offset: usize) -> Self {
        let offset = offset.min(whole.len());
        let before = &whole.as_bytes()[..offset];
        let number = before.split(|byte| *byte == b'\n').count();
        let mut start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if start == 0 && whole.starts_with('\u{feff}') {
            start = '\u{feff}'.len_utf8();
        }
        let rest = &whole[start..];
        let text = rest.split('\n').next().unwrap_or_default();
        Self { number, start, text: text.strip_suffix('\r').unwrap_or(text), whole }
    }

    /// The offset brought into this line and back to the start of its character.
    fn floor(&self, offset: usize) -> usize {
        let mut at = offset.clamp(self.start, self.start + self.text.len());
        while !self.whole.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// A value as messages quote it: without control characters and what addresses hold of logins and tokens, at most 60 characters.
pub fn quoted(value: &str) -> String {
    let value = mask_addresses(value);
    let plain = |c: char| match c {
        '"' => '\'',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    let mut shown: String = value.chars().take(60).map(plain).collect();
    if value.chars().nth(60).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

/// The candidate that was probably meant: at most a third of its characters differ.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A word of a thousand characters is no slip of the finger, and the distance is quadratic.
    if word.chars().nth(80).is_some() {
        return None;
    }
    let lower: Vec<char> = word.to_lowercase().chars().collect();
    candidates
        .into_iter()
        .map(|candidate| {
            let other: Vec<char> = candidate.to_lowercase().chars().collect();
            (distance(&lower, &other), other.len().max(lower.len()), candidate)
        })
        .filter(|(distance, length, _)| *distance <= (length / 3).max(1) && distance < length)
        .min_by_key(|(distance, _, _)| *distance)
        .map(|(_, _, candidate)| candidate)
}

/// How many characters must be put in, left out, changed or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in b.iter().enumerate() {
            let change = above[j] + usize::from(left != right);
            let mut best = change.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *left == b[j - 1] && a[i - 1] == *right {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let text = "\u{feff}một\r\nhai = \"đ\"\n";
        assert_eq!(line_column(text, 3), (1, 1));
        assert_eq!(line_column(text, text.find("hai").expect("there")), (2, 1));
        assert_eq!(line_column(text, text.find("\"\n").expect("there")), (2, 9));
        assert_eq!(line_column(text, 10_000), (3, 1));
    }

    #[test]
    fn a_rendering_shows_code_place_line_and_mend() {
        let text = "timezone = \"UTC\"\nlangauge = \"vi\"\n";
        let found =
            Diagnostic::error("unknown-key", "unknown key \"langauge\"").at(0, 17..25).with_help("did you mean \"language\"?");
        let shown = render(&[found], &[Source::of_text("config.toml", text)], Paint::Plain, Labels::EN);
        assert_eq!(
            shown,
            "error[unknown-key]: unknown key \"langauge\"\n --> config.toml:2:1\n  |\n2 | langauge = \"vi\"\n  | ^^^^^^^^\n  |\n  = help: did you mean \"language\"?\n"
        );
    }

    #[test]
    fn a_quoted_value_shows_no_login_and_no_control_character() {
        assert_eq!(quoted("postgres://an:hunter2@db/x"), "\"postgres://**********@db/x\"");
        assert_eq!(quoted("a\u{1b}[31m"), "\"a\u{fffd}[31m\"");
        assert_eq!(quoted(&"đ".repeat(61)), format!("\"{}…\"", "đ".repeat(60)));
    }

    #[test]
    fn the_nearest_word_is_a_slip_away_or_none() {
        assert_eq!(nearest("timezon", ["timezone", "language"]), Some("timezone"));
        assert_eq!(nearest("wehn", ["when", "to"]), Some("when"));
        assert_eq!(nearest("banana", ["when", "to"]), None);
        assert_eq!(nearest("a", ["b"]), None);
    }
}
