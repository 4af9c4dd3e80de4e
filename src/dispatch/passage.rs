//! Words on one line that know where they stood in the text as it was given.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;

use super::Quote;
use crate::diagnostic::Span;

/// A normalised text with the bytes every byte of it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    text: String,
    /// For each byte of `text` the first byte and the byte after the last of the letter it came from.
    origin: Vec<(u32, u32)>,
}

impl Passage {
    /// The words.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The letters of one line of the text as given, which begins at that byte: Unicode normal form C, letters of old
    /// fonts and marks that lost their letter put right, emphasis of Markdown left out, tabs kept.
    pub fn of_line(line: &str, at: usize) -> Self {
        let mut passage = Self::default();
        let mut letters = line.char_indices().peekable();
        let mut cluster = String::new();
        while let Some((start, first)) = letters.next() {
            cluster.clear();
            cluster.push(first);
            let mut end = start + first.len_utf8();
            while let Some(&(next, mark)) = letters.peek().filter(|(_, letter)| is_combining(*letter)) {
                if cluster.len() < CLUSTER_BYTES_MAX {
                    cluster.push(mark);
                }
                end = next + mark.len_utf8();
                letters.next();
            }
            passage.push_cluster(&cluster, at + start, at + end);
        }
        passage.without_emphasis()
    }

    /// One letter with its marks.
    fn push_cluster(&mut self, cluster: &str, start: usize, end: usize) {
        let mut letters = cluster.chars();
        let Some(first) = letters.next() else { return };
        if is_combining(first) || first.is_whitespace() {
            if first.is_whitespace() {
                self.push_letter(first, start, end);
            }
            self.give_back(letters, first.is_whitespace());
            return;
        }
        if is_invisible(first) {
            return;
        }
        let plain = plain_letter(first);
        if letters.as_str().is_empty() {
            self.push_letter(plain, start, end);
        } else if let Some(letter) = std::iter::once(plain).chain(letters).nfc().next() {
            self.push_letter(letter, start, end);
        }
    }

    /// Marks behind a blank belong to the letter before it ("thiết bi ̣").
    fn give_back(&mut self, marks: std::str::Chars<'_>, behind_blank: bool) {
        if marks.as_str().is_empty() {
            return;
        }
        let blank = if behind_blank { self.text.pop().zip(self.origin.pop()) } else { None };
        if let Some(letter) = self.text.chars().next_back().filter(|letter| letter.is_alphabetic()) {
            let mut composed = std::iter::once(letter).chain(marks).nfc();
            if let Some(composed) = composed.next() {
                let width = letter.len_utf8();
                let (start, end) = self.origin.last().copied().unwrap_or_default();
                self.text.pop();
                self.origin.truncate(self.origin.len().saturating_sub(width));
                self.push_letter(composed, start as usize, end as usize);
            }
        }
        if let Some((_, (start, end))) = blank {
            self.push_letter(' ', start as usize, end as usize);
        }
    }

    fn push_letter(&mut self, letter: char, start: usize, end: usize) {
        let place = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        let letter = if letter.is_whitespace() && letter != '\t' { ' ' } else { letter };
        self.text.push(letter);
        self.origin.resize(self.text.len(), (place(start), place(end)));
    }

    /// Without `**`, `__`, `*…*`, a leading `#` or `>` and escapes of Markdown.
    fn without_emphasis(self) -> Self {
        if !self.text.contains(['*', '_', '#', '>', '\\', '<']) {
            return self;
        }
        let bytes = self.text.as_bytes();
        let at = |index: usize| bytes.get(index).copied().unwrap_or(b' ');
        let mut drop = vec![false; bytes.len()];
        let lead = self.text.len() - self.text.trim_start().len();
        let heads = bytes.get(lead..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'#' | b'>')).count();
        for dropped in drop.iter_mut().skip(lead).take(heads) {
            *dropped = true;
        }
        let bullet = bytes.get(lead) == Some(&b'*') && at(lead + 1).is_ascii_whitespace();
        for index in 0..bytes.len() {
            let twin = bytes[index] == at(index + 1) || (index > 0 && bytes[index] == at(index - 1));
            drop[index] |= match bytes[index] {
                b'*' => !(bullet && index == lead),
                b'_' => twin,
                b'\\' => at(index + 1).is_ascii_punctuation(),
                _ => false,
            };
        }
        for tag in ["<br>", "<br/>", "<br />", "<b>", "</b>", "<i>", "</i>", "<strong>", "</strong>", "<em>", "</em>"] {
            for (start, _) in self.text.match_indices(tag) {
                drop[start..start + tag.len()].fill(true);
                drop[start] = !tag.starts_with("<br");
            }
        }
        let mut kept = Self::default();
        for (index, letter) in self.text.char_indices().filter(|(index, _)| !drop[*index]) {
            let (start, end) = self.origin[index];
            let letter = if letter == '<' && self.text[index..].starts_with("<br") { ' ' } else { letter };
            kept.push_letter(letter, start as usize, end as usize);
        }
        kept
    }

    /// The part of it in that range, without blanks at its ends.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let range = self.trimmed(range);
        Self { text: self.text[range.clone()].to_owned(), origin: self.origin[range].to_vec() }
    }

    /// The range brought to borders of letters and without blanks at its ends.
    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let end = range.end.min(self.text.len());
        let start = range.start.min(end);
        let Some(part) = self.text.get(start..end) else { return 0..0 };
        let begin = start + (part.len() - part.trim_start().len());
        let stop = end - (part.len() - part.trim_end().len());
        begin..stop.max(begin)
    }

    /// With every run of blanks as one blank, and none at the ends.
    #[must_use]
    pub fn squeezed(&self) -> Self {
        let mut out = Self { text: String::with_capacity(self.text.len()), origin: Vec::with_capacity(self.origin.len()) };
        let mut blank: Option<(u32, u32)> = None;
        for (index, letter) in self.text.char_indices() {
            let (start, end) = self.origin[index];
            if letter.is_whitespace() {
                blank = blank.or(Some((start, end)));
                continue;
            }
            if let Some((from, to)) = blank.take().filter(|_| !out.is_empty()) {
                out.push_letter(' ', from as usize, to as usize);
            }
            out.push_letter(letter, start as usize, end as usize);
        }
        out
    }

    /// Appends another one behind a blank.
    pub fn join(&mut self, next: &Self) {
        if next.is_empty() {
            return;
        }
        if !self.is_empty() {
            let place = self.origin.last().map_or(0, |(_, end)| *end) as usize;
            self.push_letter(' ', place, place);
        }
        self.text.push_str(&next.text);
        self.origin.extend_from_slice(&next.origin);
    }

    /// The bytes of the text as given that a range of these words came from.
    pub fn span(&self, range: Range<usize>) -> Span {
        let range = self.trimmed(range);
        let start = self.origin.get(range.start).or(self.origin.last()).map_or(0, |(start, _)| *start);
        let end = range.end.checked_sub(1).and_then(|last| self.origin.get(last)).map_or(start, |(_, end)| *end);
        Span { start: start as usize, end: end.max(start) as usize }
    }

    /// The words of a range with their place.
    pub fn quote(&self, range: Range<usize>) -> Quote {
        let range = self.trimmed(range);
        Quote { text: self.text[range.clone()].to_owned(), span: self.span(range) }
    }

    /// All the words with their place.
    pub fn whole(&self) -> Quote {
        self.quote(0..self.text.len())
    }
}

/// More marks on one letter than any language has.
const CLUSTER_BYTES_MAX: usize = 16;

fn is_combining(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' | '\u{fffd}')
        || (letter.is_control() && !letter.is_whitespace())
}

/// Letters that look like Vietnamese ones in old fonts, and signs of other widths.
fn plain_letter(letter: char) -> char {
    match letter {
        'Ƣ' => 'Ư',
        'ƣ' => 'ư',
        'Ð' | 'Ɖ' => 'Đ',
        'ð' | 'ɖ' => 'đ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '–',
        '\u{f0b7}' | '\u{f0a7}' | '\u{f0d8}' | '●' | '▪' | '■' | '◦' | '‣' | '·' => '•',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}
