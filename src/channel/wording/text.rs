//! Plain text: normal form, one line, cutting, counting, and the marks of bold print.

use std::fmt::Write as _;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use crate::domain::hidden::is_hidden;
use crate::domain::rules::Language;

/// A text in the letter's language.
macro_rules! by {
    ($language:expr, $vi:expr, $en:expr $(,)?) => {
        match $language {
            Language::Vi => $vi,
            Language::En => $en,
        }
    };
}
pub(super) use by;

/// Begins bold print inside a sentence. Facts cannot hold it: [`clean`] removes every control character.
const STRONG_ON: char = '\u{2}';
/// Ends bold print.
const STRONG_OFF: char = '\u{3}';

/// One run of text of one weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) bold: Weight,
}

/// How a run is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Plain,
    Bold,
}

/// NFC, one line, single blanks, without control characters and without the marks that turn the direction of text.
pub(super) fn clean(text: &str) -> String {
    // Most texts are composed already, and told to be so faster than composed.
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => one_line(text.chars(), text.len()),
        IsNormalized::No | IsNormalized::Maybe => one_line(text.nfc(), text.len()),
    }
}

fn one_line(chars: impl Iterator<Item = char>, bytes: usize) -> String {
    let mut out = String::with_capacity(bytes);
    for c in chars {
        if c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}') {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !is_hidden(c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// At most `chars_max` characters, cut at a word with "…" where it must be cut.
pub(super) fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let end = text.char_indices().nth(chars_max.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    let head = &text[..end];
    // A word may be given up for a clean end, half of the text may not.
    let end = match head.rfind(' ') {
        Some(blank) if blank * 2 >= end => blank,
        _ => between_characters(text, end),
    };
    let head = text[..end].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '–' | '-' | '('));
    format!("{head}…")
}

/// The nearest place at or before `end` that does not part a letter from its marks.
fn between_characters(text: &str, end: usize) -> usize {
    let mut end = end;
    while text[end..].starts_with(is_combining_mark) {
        match text[..end].char_indices().next_back() {
            Some((at, _)) => end = at,
            None => break,
        }
    }
    end
}

/// Puts `text` in bold print.
pub(super) fn strong(text: &str) -> String {
    format!("{STRONG_ON}{text}{STRONG_OFF}")
}

/// The text without the marks of bold print.
pub(super) fn plain(text: &str) -> String {
    // Each mark is one byte, and no part of a letter.
    if !text.bytes().any(|byte| char::from(byte) == STRONG_ON || char::from(byte) == STRONG_OFF) {
        return text.to_owned();
    }
    text.split([STRONG_ON, STRONG_OFF]).collect()
}

/// The runs of a text with marks of bold print; empty runs are left out.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let mut weight = Weight::Plain;
    let mut out: Vec<Run> = Vec::new();
    for piece in text.split_inclusive([STRONG_ON, STRONG_OFF]) {
        let body = piece.trim_end_matches([STRONG_ON, STRONG_OFF]);
        if !body.is_empty() {
            out.push(Run { text: body.to_owned(), bold: weight });
        }
        weight = if piece.ends_with(STRONG_ON) { Weight::Bold } else { Weight::Plain };
    }
    out
}

/// The length a chat client counts in.
pub(super) fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The text with its first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A count as offices write it: Vietnamese gives numbers below ten a leading zero (Decree 30/2020, annex I).
pub(super) fn count(n: u64, language: Language) -> String {
    match language {
        Language::Vi => format!("{n:02}"),
        Language::En => n.to_string(),
    }
}

/// A measured number, at most three decimals: `62,5` and `1.500` in Vietnamese, `62.5` and `1,500` in English.
pub(super) fn number(value: f64, language: Language) -> String {
    let (decimal, thousand) = match language {
        Language::Vi => (',', '.'),
        Language::En => ('.', ','),
    };
    let text = format!("{:.3}", value.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    let mut out = String::new();
    if value < 0.0 && (whole != "0" || !part.is_empty()) {
        out.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(thousand);
        }
        out.push(digit);
    }
    if !part.is_empty() {
        let _ = write!(out, "{decimal}{part}");
    }
    out
}

/// A number with its unit: `62,5%`, `15 bài giảng`.
pub(super) fn measure(value: f64, unit: &str, language: Language) -> String {
    let value = number(value, language);
    match unit {
        "" => value,
        "%" => format!("{value}%"),
        word => format!("{value} {word}"),
    }
}

/// `a; b; c`, with "…" after `most` of them.
pub(super) fn listed(parts: &[String], most: usize) -> String {
    let mut out = parts.iter().take(most).map(String::as_str).collect::<Vec<_>>().join("; ");
    if parts.len() > most {
        out.push_str("; …");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_text_is_one_line_of_composed_letters() {
        assert_eq!(clean(" Pho\u{0300}ng\r\n\tNo\u{0323}\u{0302}i vụ\u{0}\u{202e} "), "Phòng Nội vụ");
        assert_eq!(clean("\u{2}đậm\u{3}"), "đậm");
    }

    #[test]
    fn a_cut_ends_at_a_word() {
        assert_eq!(cut("Tăng cường sử dụng thư điện tử", 18), "Tăng cường sử…");
        assert_eq!(cut("ngắn", 4), "ngắn");
        assert_eq!(cut("dàiquámộttừ", 5), "dàiq…");
        assert_eq!(cut("xxx\u{0301}\u{0302}\u{0303}x", 5), "xx…");
    }

    #[test]
    fn numbers_are_written_as_each_language_writes_them() {
        assert_eq!(number(62.5, Language::Vi), "62,5");
        assert_eq!(number(1_234_567.0, Language::Vi), "1.234.567");
        assert_eq!(number(-0.000_1, Language::En), "0");
        assert_eq!(measure(90.0, "%", Language::En), "90%");
        assert_eq!(count(3, Language::Vi), "03");
        assert_eq!(count(12, Language::Vi), "12");
    }

    #[test]
    fn bold_print_is_split_into_runs() {
        let found = runs(&format!("đã {} rồi", strong("quá hạn")));
        let bold: Vec<_> = found.iter().map(|run| (run.text.as_str(), run.bold)).collect();
        assert_eq!(bold, [("đã ", Weight::Plain), ("quá hạn", Weight::Bold), (" rồi", Weight::Plain)]);
    }
}
