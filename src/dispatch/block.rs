//! Lines that were wrapped or torn, made whole: one block is one paragraph, one marked clause, or one row of a table.

use super::layout::{Gap, Line, Row};
use super::marker::{Level, Marker, marker_of};
use super::passage::Passage;
use super::table::{self, Column, Entry};
use super::unit;

/// One paragraph of the body.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it begins with.
    pub marker: Option<Marker>,
    /// Its words without the marker.
    pub words: Passage,
    /// Its cells, when it is a row of a table of duties.
    pub entry: Option<Entry>,
}

/// The longest paragraph that is read as one.
const BLOCK_BYTES_MAX: usize = 16 * 1_024;
/// A line that reaches that part of the full width could not take another word.
const FULL_PERCENT: usize = 84;
/// Behind a full stop.
const FULL_AFTER_STOP_PERCENT: usize = 92;
/// Before a blank line or the end of a page only a line that is this full may go on behind it.
const FULL_AT_BREAK_PERCENT: usize = 70;

/// The blocks of the body.
pub fn read(lines: &[Line], width: Option<usize>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut last: Option<&Line> = None;
    let mut index = 0;
    while let Some(line) = lines.get(index) {
        if let Some((entries, count)) = table::read(&lines[index..]) {
            blocks.extend(entries.into_iter().map(of_entry));
            (index, last) = (index + count, None);
            continue;
        }
        let marker = if line.row == Row::Yes { None } else { marker_of(line.words.text()) };
        let goes_on = last
            .zip(blocks.last())
            .is_some_and(|(last, block)| line.row == Row::No && goes_on(last, block, line, marker.as_ref(), width));
        match blocks.last_mut().filter(|_| goes_on) {
            Some(block) => block.words.join(&line.words),
            None => blocks.push(begin(line, marker)),
        }
        last = Some(line);
        index += 1;
    }
    blocks.into_iter().flat_map(in_pieces).collect()
}

/// A paragraph longer than any is read in pieces, so that the cost of one stays bounded.
fn in_pieces(block: Block) -> Vec<Block> {
    if block.words.text().len() <= BLOCK_BYTES_MAX {
        return vec![block];
    }
    let text = block.words.text();
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < text.len() {
        let most = (from + BLOCK_BYTES_MAX).min(text.len());
        let most = (from..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let end = if most < text.len() { text[from..most].rfind(' ').map_or(most, |at| from + at + 1) } else { most };
        let marker = block.marker.clone().filter(|_| from == 0);
        pieces.push(Block { marker, words: block.words.slice(from..end), entry: None });
        from = end.max(from + 1);
    }
    pieces
}

fn of_entry(entry: Entry) -> Block {
    Block { marker: Some(entry.marker.clone()), words: entry.cell(Column::Duty), entry: Some(entry) }
}

fn begin(line: &Line, marker: Option<Marker>) -> Block {
    let from = marker.as_ref().map_or(0, |marker| marker.range.end);
    let mut words = line.words.slice(from..line.words.text().len());
    if line.row == Row::Yes {
        words = Passage::default();
        for part in &line.parts {
            words.join(&part.words);
        }
    }
    Block { words, marker, entry: None }
}

/// Whether a line continues the block before it.
fn goes_on(last: &Line, block: &Block, line: &Line, marker: Option<&Marker>, width: Option<usize>) -> bool {
    let (before, text) = (last.words.text(), line.words.text());
    if line.gap == Gap::Torn {
        return marker.is_none_or(|marker| marker.level >= Level::Dash);
    }
    if line.gap <= Gap::Page
        && line.gap != Gap::Blank
        && cannot_end(before)
        && marker.is_none_or(|marker| marker.level < Level::Dash)
    {
        return true;
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
    if ended && opens_anew(text) {
        return false;
    }
    let full = room >= width * if ended { FULL_AFTER_STOP_PERCENT } else { FULL_PERCENT };
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

/// Whether a line breaks off within a phrase: "… chậm nhất là ngày ⏎ 20/5/2022".
fn cannot_end(line: &str) -> bool {
    const OPEN: [&str; 28] = [
        "ngày", "tháng", "năm", "quý", "trước", "sau", "hết", "từ", "nhất", "là", "của", "và", "số", "vào", "giờ", "phút", "tại",
        "khoản", "điểm", "mục", "điều", "với", "cho", "các", "những", "bằng", "theo", "thứ",
    ];
    let last = line.rsplit(' ').next().unwrap_or_default().to_lowercase();
    OPEN.contains(&last.as_str()) || line.ends_with([',', '(', '–', '&'])
}

/// Words that begin a paragraph of their own rather than the next sentence of one.
fn opens_anew(text: &str) -> bool {
    const OPENINGS: [&str; 13] = [
        "Yêu cầu ",
        "Giao ",
        "Đề nghị ",
        "Trên đây là",
        "Trong quá trình",
        "Nhận được ",
        "Căn cứ nội dung",
        "Kính đề nghị",
        "Trân trọng",
        "Vì vậy, ",
        "Kế hoạch này",
        "Công văn này",
        "Chỉ thị này",
    ];
    let head: String = text.chars().take(100).collect();
    let orders =
        || [" yêu cầu ", " đề nghị ", " thông báo để "].iter().any(|word| head.contains(word)) && unit::begins_name(&head);
    OPENINGS.iter().any(|opening| text.starts_with(opening)) || orders()
}

/// Whether words end a sentence, an item of a list or the line that opens one.
pub fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches([')', '"', '”', ' ', '*', '_']);
    text.ends_with(['.', ';', ':', '!', '?', '…']) && !text.ends_with(" TP.") && !text.ends_with("TT.")
}
