//! Number and day of a dispatch that is only told of: "Ngày 28/9/2023, UBND tỉnh đã có Văn bản số 5182/UBND-TH …",
//! "(Theo Công văn số 6202/UBND-KT, ngày 23/11/2023)".

use jiff::civil::Date;

use crate::dispatch::Quote;
use crate::dispatch::layout::Line;

/// A dispatch as a text tells of it.
pub struct Mention {
    /// Its number with the symbol.
    pub number: Quote,
    /// Its day.
    pub date: Option<Date>,
}

/// How many lines at the beginning and at the end may tell of it.
const LINES_MAX: usize = 8;
/// How many letters before a number belong to it.
const REACH: usize = 160;

/// Looks for the number where no line of a heading gives it.
pub fn find(lines: &[Line]) -> Option<Mention> {
    let tail = lines.len().saturating_sub(LINES_MAX).max(LINES_MAX.min(lines.len()));
    lines.iter().take(LINES_MAX).chain(&lines[tail..]).find_map(in_line)
}

fn in_line(line: &Line) -> Option<Mention> {
    let text = line.words.text();
    let mut at = 0;
    while let Some(found) = text[at..].find('/').map(|stroke| at + stroke) {
        at = found + 1;
        let Some((start, end)) = symbol(text, found) else { continue };
        let (before, behind) = (tail_of(&text[..start]), &text[end..]);
        if is_own(&before) {
            let mut number = line.words.quote(start..end);
            number.text.retain(|letter| !letter.is_whitespace());
            let day = behind.trim_start_matches([',', ' ', ')']).strip_prefix("ngày ").and_then(day);
            let opening = text
                .strip_prefix("Ngày ")
                .or_else(|| text.split_once(" Ngày ").filter(|(lead, _)| lead.len() < 12).map(|(_, rest)| rest));
            return Some(Mention { number, date: day.or_else(|| opening.and_then(self::day)) });
        }
    }
    None
}

/// The number around a stroke: digits before it, a symbol in capital letters behind it.
fn symbol(text: &str, stroke: usize) -> Option<(usize, usize)> {
    let head = text[..stroke].trim_end();
    let digits = head.len() - head.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
    let behind = &text[stroke + 1..];
    let len =
        behind.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '-' | '&' | '–'))).unwrap_or(behind.len());
    let symbol = &behind[..len];
    let capital = symbol.chars().next().is_some_and(char::is_uppercase)
        && symbol.chars().filter(|letter| letter.is_uppercase()).count() >= 2;
    (digits > 0 && capital).then_some((head.len() - digits, stroke + 1 + len))
}

/// The words before a number, in lower case.
fn tail_of(text: &str) -> String {
    let from = text.char_indices().rev().nth(REACH).map_or(0, |(at, _)| at);
    text[from..].to_lowercase()
}

/// Whether words say that the number behind them is that of the dispatch itself and not of a base or a paper received.
fn is_own(before: &str) -> bool {
    let sentence = before.rsplit(". ").next().unwrap_or(before);
    let bracketed =
        sentence.trim_end().ends_with('(') || sentence.contains("(theo công văn số") || sentence.contains("(theo văn bản số");
    let issues = ["ban hành", "đã ký", " ký ", "có công văn", "có văn bản", "đã có"].iter().any(|word| sentence.contains(word));
    let other = ["căn cứ", "thực hiện", "nhận được", "kèm theo", "trước đó"].iter().any(|word| sentence.contains(word));
    bracketed || (issues && !other)
}

/// "23/11/2023".
fn day(text: &str) -> Option<Date> {
    let mut parts =
        text.split(['/', '-', '.']).map(|part| part.trim().chars().take_while(char::is_ascii_digit).collect::<String>());
    let (day, month, year) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Date::new(year, month, day).ok().filter(|date| (1990..2100).contains(&date.year()))
}
