//! Lines that were wrapped or torn, made whole: one block is one paragraph, one marked clause, or one row of a table.

use super::layout::{Gap, Line, Row};
use super::marker::{Level, Marker, marker_of};
use super::passage::Passage;

/// One paragraph of the body.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it begins with.
    pub marker: Option<Marker>,
    /// Its words without the marker.
    pub words: Passage,
    /// What stands before it.
    pub gap: Gap,
    /// Its cells, when it is a row of a table.
    pub cells: Vec<Passage>,
}

/// A line that reaches that part of the full width could not take another word.
const FULL_PERCENT: usize = 84;
/// Before a blank line or the end of a page only a line that is this full may go on behind it.
const FULL_AT_BREAK_PERCENT: usize = 70;

/// The blocks of the body.
pub fn read(lines: &[Line], width: Option<usize>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut last: Option<&Line> = None;
    for line in lines {
        let marker = if line.row == Row::Yes { None } else { marker_of(line.words.text()) };
        let goes_on = last.zip(blocks.last()).is_some_and(|(last, block)| {
            block.cells.is_empty() && line.row == Row::No && goes_on(last, block, line, marker.as_ref(), width)
        });
        match blocks.last_mut().filter(|_| goes_on) {
            Some(block) => block.words.join(&line.words),
            None => blocks.push(begin(line, marker)),
        }
        last = Some(line);
    }
    blocks
}

fn begin(line: &Line, marker: Option<Marker>) -> Block {
    let from = marker.as_ref().map_or(0, |marker| marker.range.end);
    let cells = if line.row == Row::Yes { line.parts.iter().map(|part| part.words.clone()).collect() } else { Vec::new() };
    Block { words: line.words.slice(from..line.words.text().len()), marker, gap: line.gap, cells }
}

/// Whether a line continues the block before it.
fn goes_on(last: &Line, block: &Block, line: &Line, marker: Option<&Marker>, width: Option<usize>) -> bool {
    let (before, text) = (last.words.text(), line.words.text());
    if line.gap == Gap::Torn {
        return marker.is_none_or(|marker| marker.level >= Level::Dash);
    }
    if let Some(marker) = marker {
        return false_marker(block, before, text, marker, line.gap);
    }
    let Some(first) = text.chars().next() else { return true };
    let ended = ends_sentence(before);
    let small = first.is_lowercase() || !first.is_alphanumeric() && !matches!(first, '“' | '"' | '(');
    let digit = first.is_ascii_digit();
    if block.words.is_empty() {
        return line.gap == Gap::Next;
    }
    let Some(width) = width else {
        return !ended && (small || digit) && !before.ends_with(':');
    };
    let word = text.split(' ').next().unwrap_or_default().chars().count();
    let room = (last.indent.min(12) + before.chars().count() + 1 + word) * 100;
    if line.gap >= Gap::Blank {
        let open = !ended && room >= width * FULL_AT_BREAK_PERCENT && line.gap == Gap::Page;
        return !before.ends_with(':') && ((!ended && (small || digit)) || open);
    }
    if small || before.ends_with([',', '-', '–', '(', '&']) {
        return true;
    }
    let capitals = |text: &str| !text.chars().any(char::is_lowercase) && text.chars().any(char::is_uppercase);
    if capitals(before) != capitals(text) && block.words.text().len() == before.len() {
        return false;
    }
    let indented = line.indent > last.indent && block.marker.as_ref().is_none_or(|marker| marker.level < Level::Dash);
    let full = room >= width * FULL_PERCENT;
    full && !(indented && ended) && !(indented && line.indent > last.indent && room < width * 95)
}

/// Whether what looks like a marker stands within a sentence: "khoản ⏎ 1. Điều …" or "2017 ⏎ - 2020".
fn false_marker(block: &Block, before: &str, text: &str, marker: &Marker, gap: Gap) -> bool {
    if gap > Gap::Next || ends_sentence(before) {
        return false;
    }
    let last = before.rsplit(' ').next().unwrap_or_default().to_lowercase();
    let referring = matches!(
        last.as_str(),
        "khoản" | "điểm" | "mục" | "điều" | "phần" | "số" | "tháng" | "ngày" | "quý" | "và" | "từ" | "đến" | "tại"
    );
    if referring && marker.level < Level::Dash {
        return true;
    }
    let behind = text[marker.range.end..].trim_start();
    let small = behind.chars().next().is_some_and(char::is_lowercase);
    // A dash within "Tài chính ⏎ - Kế hoạch": only when the line before broke off and the words go on small.
    marker.level == Level::Dash
        && block.marker.as_ref().is_some_and(|own| own.level < Level::Dash)
        && small
        && before.ends_with(|letter: char| letter.is_ascii_digit())
}

/// Whether words end a sentence, an item of a list or the line that opens one.
pub fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches([')', '"', '”', ' ', '*', '_']);
    text.ends_with(['.', ';', ':', '!', '?', '…']) && !text.ends_with(" TP.") && !text.ends_with("TT.")
}
