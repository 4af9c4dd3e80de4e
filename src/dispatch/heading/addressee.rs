//! Those a dispatch is written to: "Kính gửi: …", on one line, wrapped, or one under the other.

use crate::dispatch::Quote;
use crate::dispatch::layout::{Gap, Line};
use crate::dispatch::marker::{Level, marker_of};
use crate::dispatch::passage::Passage;

/// The most lines of addressees.
const LINES_MAX: usize = 40;

/// Whether a line opens the addressees.
pub fn is_addressee_line(text: &str) -> bool {
    label_len(text).is_some()
}

fn label_len(text: &str) -> Option<usize> {
    let lower = text.to_lowercase();
    let label = ["kính gửi", "kính gởi", "kính  gửi"].into_iter().find(|label| lower.starts_with(label))?;
    let rest = text.get(label.len()..)?;
    Some(text.len() - rest.trim_start_matches([':', ' ', '.', '…']).len())
}

/// The addressees, and the line the body begins with.
pub fn find(lines: &[Line], from: usize) -> (Vec<Quote>, usize) {
    let Some(at) = lines.iter().take(from + 12).skip(from).position(|line| is_addressee_line(line.words.text())) else {
        return (Vec::new(), from);
    };
    let first = from + at;
    let mut found: Vec<Passage> = Vec::new();
    let mut index = first;
    while let Some(line) = lines.get(index).filter(|_| index < first + LINES_MAX) {
        let words = if index == first {
            let len = label_len(line.words.text()).unwrap_or(0);
            line.words.slice(len..line.words.text().len())
        } else {
            line.words.clone()
        };
        if index > first && ends(&found, line, words.text()) {
            break;
        }
        take(&mut found, &words);
        index += 1;
    }
    let names = found.iter().flat_map(split).filter(|quote| !quote.text.is_empty()).collect();
    (names, index)
}

/// Whether the addressees ended before that line.
fn ends(found: &[Passage], line: &Line, text: &str) -> bool {
    let Some(last) = found.last().map(Passage::text) else { return false };
    let dashed = marker_of(text).is_some_and(|marker| marker.level == Level::Dash || marker.level == Level::Plus);
    if dashed {
        return false;
    }
    let base = super::opens_body(text) || marker_of(text).is_some();
    let closed = last.ends_with('.') && !last.ends_with("..");
    let small = text.chars().next().is_some_and(char::is_lowercase);
    base || closed || (line.gap >= Gap::Blank && !last.ends_with([',', ';']) && !small) || text.chars().count() > 160
}

/// A dash or a semicolon before it begins a new one; else it goes on.
fn take(found: &mut Vec<Passage>, words: &Passage) {
    let marker = marker_of(words.text()).filter(|marker| marker.level >= Level::Dash);
    let inner = match &marker {
        Some(marker) => words.slice(marker.range.end..words.text().len()),
        None => words.clone(),
    };
    let closed = found.last().is_none_or(|last| last.text().ends_with(';'));
    match found.last_mut() {
        Some(last) if marker.is_none() && !closed => last.join(&inner),
        _ if inner.is_empty() => {}
        _ => found.push(inner),
    }
}

/// Those between semicolons, and between dashes on one line, without their stops.
fn split(words: &Passage) -> Vec<Quote> {
    let text = words.text();
    let mut quotes = Vec::new();
    let mut from = 0;
    let borders = text.match_indices(';').map(|(at, sign)| (at, sign.len()));
    for (at, len) in borders.chain([(text.len(), 0)]) {
        let part = &text[from..at];
        let lead = part.len() - part.trim_start_matches(['-', '–', '+', ' ', '•']).len();
        let kept = part.trim_end_matches(['.', ' ', ',', '/']);
        quotes.push(words.quote(from + lead..(from + kept.len()).max(from + lead)));
        from = at + len;
    }
    quotes
}
