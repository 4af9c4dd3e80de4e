//! The lines of a dispatch without what a printer, a scanner or a stamp put between them.

use std::collections::HashMap;
use std::ops::Range;

use super::passage::Passage;
use crate::diagnostic::Span;

/// What stood between a line and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// The next line of the file, and words of one sentence that were torn apart.
    Torn,
    /// The next line of the file.
    Next,
    /// Blank lines.
    Blank,
    /// A page break.
    Page,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its words, with single blanks.
    pub words: Passage,
    /// Its parts: cells of a row, or what wide blanks set apart; one when there are none.
    pub parts: Vec<Part>,
    /// Letters before its first word.
    pub indent: usize,
    /// What stands before it.
    pub gap: Gap,
    /// Whether it is a row of a table.
    pub row: Row,
}

/// Whether a line is a row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// It is text.
    No,
    /// Its parts are cells.
    Yes,
    /// It is the number of a row whose cells follow line by line.
    Number,
}

/// A part of a line and the column it begins in.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its words.
    pub words: Passage,
    /// Letters before it.
    pub column: usize,
}

/// Digits of a stamp or of handwriting that came out of the page between two lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The numbers, line by line.
    pub numbers: Vec<u32>,
    /// Where.
    pub span: Span,
}

/// A text as lines.
#[derive(Debug, Default)]
pub struct Layout {
    /// The lines that carry words.
    pub lines: Vec<Line>,
    /// What may be a number and a day stamped over a blank.
    pub stamps: Vec<Stamp>,
    /// How many letters a full line has; `None` when lines are paragraphs.
    pub width: Option<usize>,
}

/// A line longer than this is a whole paragraph: the text was not wrapped.
const WRAPPED_LETTERS_MAX: usize = 180;
/// When more of the lines than this end a sentence, they are paragraphs.
const CLOSED_PERCENT_MAX: usize = 65;
/// How often a line has to come back at page borders to be a running header.
const RUNNING_HEADER_MIN: usize = 3;
/// The most lines of a footnote.
const FOOTNOTE_LINES_MAX: usize = 12;

/// Splits a text into its lines.
pub fn read(text: &str) -> Layout {
    let raw = raw_lines(text);
    let mut layout = Layout { width: width_of(&raw), ..Layout::default() };
    let headers = running_headers(&raw);
    let mut pages = Pages::default();
    let mut rows = Rows::default();
    let mut gap = Gap::Next;
    let mut index = 0;
    while let Some(line) = raw.get(index) {
        let words = line.passage.squeezed();
        if line.breaks_page {
            gap = Gap::Page;
        }
        if words.is_empty() || is_rule(words.text()) {
            gap = gap.max(Gap::Blank);
        } else if rows.takes(words.text()) {
            let parts = vec![Part { words: words.clone(), column: 0 }];
            layout.lines.push(Line { words, parts, indent: 0, gap, row: Row::Number });
            gap = Gap::Next;
        } else if let Some(count) = pages.take(&raw, index, &mut layout.stamps) {
            gap = Gap::Page;
            index += count;
            continue;
        } else if headers.contains_key(words.text()) {
            gap = Gap::Page;
        } else if let Some(count) = footnote(&raw, index, gap) {
            index += count;
            gap = Gap::Page;
            continue;
        } else if let Some(line) = line_of(line, words, gap) {
            layout.lines.push(line);
            gap = Gap::Next;
        }
        index += 1;
    }
    mend_torn(&mut layout.lines);
    keep_tables(&mut layout.lines);
    layout
}

/// A line of the file.
struct RawLine {
    passage: Passage,
    breaks_page: bool,
}

fn raw_lines(text: &str) -> Vec<RawLine> {
    let mut lines = Vec::new();
    let mut at = 0;
    for whole in text.split_inclusive(['\n', '\u{c}', '\u{2028}']) {
        let ends_page = whole.ends_with('\u{c}');
        let line = whole.trim_end_matches(['\n', '\r', '\u{c}', '\u{2028}']);
        lines.push(RawLine { passage: Passage::of_line(line, at), breaks_page: false });
        if ends_page {
            lines.push(RawLine { passage: Passage::default(), breaks_page: true });
        }
        at += whole.len();
    }
    lines
}

/// The length that one line in ten reaches; `None` when nearly every line ends a sentence, so that lines are paragraphs.
fn width_of(raw: &[RawLine]) -> Option<usize> {
    let texts = raw.iter().map(|line| line.passage.text().trim()).filter(|text| text.len() > 50);
    let mut lengths: Vec<usize> = Vec::new();
    let mut closed = 0;
    for text in texts {
        lengths.push(text.chars().count());
        closed += usize::from(text.ends_with(['.', ';', ':', '!', '|']));
    }
    lengths.sort_unstable();
    let long = lengths.iter().filter(|length| **length > WRAPPED_LETTERS_MAX).count();
    if long * 12 > lengths.len() || closed * 100 > lengths.len() * CLOSED_PERCENT_MAX {
        return None;
    }
    lengths.get(lengths.len() * 9 / 10).copied()
}

/// `----`, `____`, `* * *`: a drawn rule.
fn is_rule(text: &str) -> bool {
    text.chars().all(|letter| matches!(letter, '-' | '_' | '–' | '=' | '*' | ' ' | '~' | '•' | '.' | '…' | '⎯' | '─' | '|'))
        && text.chars().count() != 1
}

fn line_of(raw: &RawLine, words: Passage, gap: Gap) -> Option<Line> {
    let text = raw.passage.text();
    if words.text().starts_with('|') {
        let parts = cells(&raw.passage);
        let ruled = parts.iter().all(|part| part.words.is_empty() || is_rule(part.words.text()) || part.words.text() == "-");
        return (!ruled).then_some(Line { words, parts, indent: 0, gap, row: Row::Yes });
    }
    if text.matches(" | ").count() >= 2 {
        let parts = cells(&raw.passage);
        return Some(Line { words, parts, indent: 0, gap, row: Row::Yes });
    }
    if let Some(parts) = tabbed(&raw.passage) {
        return Some(Line { words, parts, indent: 0, gap, row: Row::Yes });
    }
    let indent = text.chars().take_while(|letter| letter.is_whitespace()).count();
    Some(Line { words, parts: parts_of(&raw.passage), indent, gap, row: Row::No })
}

/// Cells stand so far apart.
const CELL_COLUMNS: usize = 100;

/// The cells of a row that tabs set apart.
fn tabbed(passage: &Passage) -> Option<Vec<Part>> {
    let text = passage.text();
    if text.matches('\t').count() < 2 {
        return None;
    }
    let mut parts = Vec::new();
    let mut from = 0;
    for border in text.match_indices('\t').map(|(at, _)| at).chain([text.len()]) {
        parts.push(Part { words: passage.slice(from..border).squeezed(), column: parts.len() * CELL_COLUMNS });
        from = border + 1;
    }
    (parts.iter().filter(|part| !part.words.is_empty()).count() >= 3).then_some(parts)
}

/// The cells of a row in Markdown.
fn cells(passage: &Passage) -> Vec<Part> {
    let text = passage.text();
    let trimmed = text.trim_end();
    let end = if trimmed.ends_with('|') { trimmed.len() - 1 } else { trimmed.len() };
    let lead = text.len() - text.trim_start().len();
    let start = if text[lead..].starts_with('|') { (lead + 1).min(end) } else { lead.min(end) };
    let mut parts = Vec::new();
    let mut from = start;
    let borders = text[start..end].match_indices('|').map(|(at, _)| start + at).chain([end]);
    for border in borders {
        let column = parts.len() * CELL_COLUMNS;
        parts.push(Part { words: passage.slice(from..border).squeezed(), column });
        from = border + 1;
    }
    parts
}

/// What three blanks or a tab set apart.
fn parts_of(passage: &Passage) -> Vec<Part> {
    let text = passage.text();
    let mut parts = Vec::new();
    let mut begin: Option<(usize, usize)> = None;
    let (mut blanks, mut end) = (0_usize, 0_usize);
    for (column, (at, letter)) in text.char_indices().enumerate() {
        if letter.is_whitespace() {
            blanks += if letter == '\t' { 3 } else { 1 };
            continue;
        }
        if blanks >= 3
            && let Some((from, place)) = begin.take()
        {
            parts.push(part(passage, from..end, place));
        }
        begin = begin.or(Some((at, column)));
        blanks = 0;
        end = at + letter.len_utf8();
    }
    if let Some((from, place)) = begin {
        parts.push(part(passage, from..end, place));
    }
    parts
}

fn part(passage: &Passage, range: Range<usize>, column: usize) -> Part {
    Part { words: passage.slice(range).squeezed(), column }
}

/// Counts the rows of a table that came out of the page line by line, from its "STT" on.
#[derive(Default)]
struct Rows {
    next: Option<u32>,
}

impl Rows {
    fn takes(&mut self, text: &str) -> bool {
        if matches!(text, "TT" | "STT" | "Stt" | "Số TT" | "Tt") {
            self.next = Some(1);
            return false;
        }
        let Some(next) = self.next.filter(|next| text.trim_end_matches('.').parse() == Ok(*next)) else { return false };
        self.next = Some(next + 1);
        true
    }
}

/// Counts pages, and tells their numbers from stamped ones.
#[derive(Default)]
struct Pages {
    last: u32,
}

impl Pages {
    /// How many lines from here are nothing but numbers; stamps are kept.
    fn take(&mut self, raw: &[RawLine], first: usize, stamps: &mut Vec<Stamp>) -> Option<usize> {
        let mut numbers = Vec::new();
        let mut count = 0;
        while let Some(found) = raw.get(first + count).and_then(|line| numbers_of(line.passage.text())) {
            numbers.push((found, raw[first + count].passage.whole().span));
            count += 1;
        }
        let (first_numbers, place) = numbers.first()?;
        let single = numbers.len() == 1 && first_numbers.len() == 1;
        let value = first_numbers.first().copied().unwrap_or_default();
        if single && (value == self.last + 1 || (self.last == 0 && value == 2)) {
            self.last = value;
        } else {
            let end = numbers.last().map_or(place.end, |(_, span)| span.end);
            let all = numbers.iter().flat_map(|(found, _)| found.iter().copied()).collect();
            stamps.push(Stamp { numbers: all, span: Span { start: place.start, end } });
        }
        Some(count)
    }
}

/// The numbers of a line that holds nothing else: "2", "- 2 -", "Trang 2", "12      10", "2/5".
fn numbers_of(text: &str) -> Option<Vec<u32>> {
    let text = text.trim();
    let paged = text.strip_prefix("Trang ");
    let inner = paged.unwrap_or(text).trim_matches(['-', '–', ' ']);
    let inner = if paged.is_some() { inner.split('/').next().unwrap_or(inner) } else { inner };
    if inner.is_empty() || inner.len() > 24 || !inner.chars().all(|letter| letter.is_ascii_digit() || letter.is_whitespace()) {
        return None;
    }
    let numbers: Vec<u32> =
        inner.split_whitespace().filter(|word| word.len() <= 5).filter_map(|word| word.parse().ok()).collect();
    let year = numbers.len() == 1 && (1990..2100).contains(&numbers[0]);
    (!numbers.is_empty() && numbers.len() <= 2 && !year).then_some(numbers)
}

/// Lines that come back at the borders of pages.
fn running_headers(raw: &[RawLine]) -> HashMap<String, usize> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (index, line) in raw.iter().enumerate() {
        let borders =
            |other: Option<&RawLine>| other.is_some_and(|other| other.breaks_page || numbers_of(other.passage.text()).is_some());
        if borders(raw.get(index + 1)) || index.checked_sub(1).is_some_and(|before| borders(raw.get(before))) {
            let text = line.passage.squeezed();
            if text.text().len() > 3 && numbers_of(text.text()).is_none() {
                *counts.entry(text.text().to_owned()).or_default() += 1;
            }
        }
    }
    counts.retain(|_, count| *count >= RUNNING_HEADER_MIN);
    counts
}

/// How many lines from here are a footnote: "1 Đánh giá …" behind a blank line and before the end of the page.
fn footnote(raw: &[RawLine], first: usize, gap: Gap) -> Option<usize> {
    let text = raw.get(first)?.passage.text().trim();
    let rest = text.strip_prefix('[').unwrap_or(text);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let rest = rest.get(digits..)?;
    let rest = if text.starts_with('[') { rest.strip_prefix(']')? } else { rest };
    let begins = rest.starts_with(' ') && rest.trim_start().chars().next().is_some_and(char::is_uppercase);
    if gap < Gap::Blank || !(1..=2).contains(&digits) || !begins {
        return None;
    }
    let lines = raw.iter().skip(first).take(FOOTNOTE_LINES_MAX);
    let end = lines.clone().position(|line| line.passage.text().trim().is_empty() || line.breaks_page)?;
    let mut behind = raw.iter().skip(first + end).skip_while(|line| line.passage.text().trim().is_empty() && !line.breaks_page);
    let ends_page = behind.next().is_some_and(|line| line.breaks_page || numbers_of(line.passage.text()).is_some());
    ends_page.then_some(end)
}

/// Tabs make rows only where lines with as many of them follow each other; elsewhere they are blanks.
fn keep_tables(lines: &mut [Line]) {
    let cells = |line: &Line| if line.row == Row::Yes { line.parts.len() } else { 0 };
    let counts: Vec<usize> = lines.iter().map(cells).collect();
    for (index, line) in
        lines.iter_mut().enumerate().filter(|(_, line)| line.row == Row::Yes && !line.words.text().starts_with('|'))
    {
        let like = |other: Option<usize>| other.and_then(|other| counts.get(other)) == Some(&counts[index]);
        if !like(index.checked_sub(1)) && !like(Some(index + 1)) {
            line.row = Row::No;
        }
    }
}

/// Words that stand one per line (near an address that was blanked out) belong to one sentence.
fn mend_torn(lines: &mut [Line]) {
    let single = |line: &Line| !line.words.text().contains(' ') && line.row == Row::No && line.words.text().chars().count() < 20;
    let mut index = 0;
    while index < lines.len() {
        let run = lines[index..].iter().take_while(|line| single(line)).count();
        if run >= 4 {
            for line in &mut lines[index..index + run] {
                line.gap = Gap::Torn;
            }
            let open = !lines[index + run - 1].words.text().ends_with(['.', ';']);
            if let Some(next) = lines.get_mut(index + run).filter(|next| open && !next.words.text().starts_with(['-', '+'])) {
                next.gap = Gap::Torn;
            }
        }
        index += run.max(1);
    }
}
