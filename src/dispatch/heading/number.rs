//! Number and symbol: "Số: 4988/UBND-CCHC", with a blank for the stamp: "Số:      /KH-PGD&ĐT".

use crate::dispatch::Quote;
use crate::dispatch::passage::Passage;

/// The line of the number, and the number as typed with the number when it is not blank.
pub fn find(lines: &[Passage]) -> (Option<usize>, Option<(Quote, Option<String>)>) {
    let Some(at) = lines.iter().position(|line| begins_number(line.text())) else { return (None, None) };
    let mut words = lines[at].clone();
    let from = behind_label(words.text()).unwrap_or(0);
    if words.text()[from..].trim().is_empty()
        && let Some(next) = lines.get(at + 1)
    {
        words.join(next);
    }
    (Some(at), parse(&words, from))
}

/// Whether a line begins with "Số" and a symbol.
pub fn begins_number(text: &str) -> bool {
    let Some(from) = behind_label(text) else { return false };
    let rest = text[from..].trim_start();
    let labelled = text[..from].contains(':') || text[..from].trim_end().ends_with('.');
    let end = symbol_end(rest);
    let symbol = &rest[..end];
    (labelled && rest.is_empty())
        || (symbol.contains(['/', '-']) && symbol.chars().any(char::is_uppercase) && !symbol.contains(' '))
        || (labelled && symbol.starts_with(['/', '-']))
        || compact(symbol).contains('/') && symbol.chars().any(char::is_uppercase)
}

/// Whether a part ends where the blank of a number follows.
pub fn ends_open(text: &str) -> bool {
    let text = text.trim_end();
    behind_label(text).is_some_and(|from| text[from..].trim_matches(['.', '…', '_', ' ', ':']).is_empty())
}

fn behind_label(text: &str) -> Option<usize> {
    let label = ["Số", "SỐ", "số", "Sỗ", "So"].into_iter().find(|label| text.starts_with(label))?;
    let rest = &text[label.len()..];
    if rest.starts_with(char::is_alphabetic) {
        return None;
    }
    Some(text.len() - rest.trim_start_matches([':', '.', ' ', ';']).len())
}

/// Where a number with its symbol ends: at a blank that stands at no stroke.
fn symbol_end(text: &str) -> usize {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let joins = |letter: char| matches!(letter, '/' | '-' | '–' | '&');
    for (index, (at, letter)) in letters.iter().enumerate() {
        if letter.is_whitespace() {
            let before = text[..*at].trim_end().chars().next_back();
            let after = letters[index..].iter().map(|(_, letter)| *letter).find(|letter| !letter.is_whitespace());
            let blank_number = text[..*at].chars().all(|letter| matches!(letter, '.' | '…' | '_' | ' '));
            if !before.is_some_and(joins) && !after.is_some_and(joins) && !blank_number {
                return *at;
            }
        } else if !letter.is_alphanumeric() && !joins(*letter) && !matches!(letter, '.' | ',' | '…' | '_' | '(' | ')') {
            return *at;
        }
    }
    text.len()
}

fn compact(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).map(|letter| if letter == '–' { '-' } else { letter }).collect()
}

fn parse(words: &Passage, from: usize) -> Option<(Quote, Option<String>)> {
    let text = words.text();
    let end = from + symbol_end(&text[from..]);
    let end = from + text[from..end].trim_end_matches([',', '.', ';', ' ']).len();
    let typed = compact(&text[from..end]);
    if typed.is_empty() {
        return None;
    }
    let mut quote = words.quote(from..end);
    let blank = typed.trim_start_matches(['.', '…', '_']);
    let number = blank.chars().next().is_some_and(|letter| letter.is_ascii_digit());
    quote.text = if number { typed.clone() } else { blank.to_owned() };
    Some((quote, number.then_some(typed)))
}

/// The number as typed with its blank filled.
pub fn fill(typed: &str, number: u32) -> Option<String> {
    let symbol = typed.trim_start_matches(['.', '…', '_', ' ']);
    symbol.starts_with(['/', '-']).then(|| format!("{number:02}{symbol}"))
}
