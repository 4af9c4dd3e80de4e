//! Standard output for data, standard error for everything else. A reader that went away (`| head`) is no mistake.

use std::borrow::Cow;
use std::io::Write as _;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde_json::Value;

/// Data, as it stands.
pub fn data(text: &str) {
    // Nobody is left to be told when standard output is closed.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Sentences: on a terminal no word of theirs is cut at its edge, and what goes on stands under its line.
pub fn text(text: &str) {
    match Table::new().width() {
        Some(columns) => data(&wrapped(text, columns.into())),
        None => data(text),
    }
}

/// How much further in a line goes on.
const HANGS: usize = 2;

/// The same text in lines of at most so many letters, as far as its words allow; what fits stays as it is, and so do the frames of
/// diagnostics and lines with a word of half a line, which are there to be copied.
fn wrapped(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches('\n');
        let fits = letters(body) <= columns || is_frame(body);
        if fits || body.split_whitespace().any(|word| letters(word) > columns / 2) {
            out += line;
            continue;
        }
        let indent = body.chars().take_while(|letter| *letter == ' ').count();
        out += &wrap(body, columns, &" ".repeat(indent + HANGS));
        out += &line[body.len()..];
    }
    out
}

/// Broken at spaces so that no line is wider; every line after the first is indented. Spaces inside a line stay.
pub fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut lines = Vec::new();
    let (mut line, mut gap, mut is_fresh) = (String::new(), 0, true);
    for (nth, word) in text.split(' ').enumerate() {
        gap += usize::from(nth > 0);
        if word.is_empty() {
            continue;
        }
        if !is_fresh && letters(&line) + gap + letters(word) > width {
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
            gap = 0;
        }
        line.push_str(&" ".repeat(gap));
        line.push_str(word);
        (gap, is_fresh) = (0, false);
    }
    lines.push(line);
    lines.join("\n")
}

/// The letters of a text without the escapes that colour it.
fn seen(text: &str) -> impl Iterator<Item = char> {
    let mut escaped = false;
    text.chars().filter(move |letter| match (escaped, letter) {
        (false, '\x1b') => {
            escaped = true;
            false
        }
        (true, letter) => {
            escaped = !letter.is_ascii_alphabetic();
            false
        }
        (false, _) => true,
    })
}

fn letters(text: &str) -> usize {
    seen(text).count()
}

/// A line of the text a diagnostic points at, or of where that stands.
fn is_frame(line: &str) -> bool {
    let rest: String = seen(line).skip_while(|letter| *letter == ' ' || letter.is_ascii_digit()).take(3).collect();
    rest.starts_with('|') || rest == "-->"
}

/// Data as JSON, and a newline.
pub fn json(value: &Value) {
    data(&format!("{value:#}\n"));
}

/// The longest line of the first column of a table, and the longest word of each of the others.
struct Words<const N: usize>([usize; N]);

impl<const N: usize> Words<N> {
    fn of(header: &[&str; N], rows: &[[String; N]]) -> Self {
        let mut longest = [0; N];
        let cells = |at: usize| rows.iter().map(move |row| row[at].as_str()).chain([header[at]]);
        for (at, found) in longest.iter_mut().enumerate() {
            let parts = |cell: &str| match at {
                0 => cell.lines().map(|line| line.chars().count()).max(),
                _ => cell.split_whitespace().map(|word| word.chars().count()).max(),
            };
            *found = cells(at).filter_map(parts).max().unwrap_or_default();
        }
        Self(longest)
    }

    /// How many letters of each column are not to be parted, so that the table still fits into so many columns: whole words, else as much
    /// as a date and a time, else as a date; `None` where not even that fits.
    fn kept_whole(&self, columns: usize) -> Option<[usize; N]> {
        [usize::MAX, 16, 10].into_iter().find_map(|most| {
            let mut letters = self.0;
            letters.iter_mut().skip(1).for_each(|longest| *longest = (*longest).min(most));
            let frame = 3 * N + 1;
            (letters.iter().sum::<usize>() + frame <= columns).then_some(letters)
        })
    }
}

/// A table: as wide as the terminal, as wide as it needs to be when there is none.
pub fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    let rows: Vec<[String; N]> = rows.into_iter().collect();
    let words = Words::of(&header, &rows);
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    // Names and times of the first column are copied by people: they stay whole.
    if let Some(first) = table.column_mut(0) {
        first.set_constraint(ColumnConstraint::ContentWidth);
    }
    if let Some(longest) = table.width().and_then(|columns| words.kept_whole(usize::from(columns))) {
        for (column, letters) in table.column_iter_mut().zip(longest).skip(1) {
            // A column is as wide as its text and the blank on either side.
            let width = u16::try_from(letters + 2).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
    }
    data(&format!("{table}\n"));
}

/// Everything else; on a terminal no word of it is cut at its edge.
pub fn note(text: &str) {
    let mut table = Table::new();
    let told = table.use_stderr().width().map_or(Cow::Borrowed(text), |columns| Cow::Owned(wrapped(text, columns.into())));
    let _ = std::io::stderr().lock().write_all(told.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_under_itself_and_no_word_is_parted() {
        let text = "Bậc nhắc: chưa đến lúc, sẽ đến lúc 27/12/2023\n  một hai ba bốn\nmột\n";
        assert_eq!(wrapped(text, 22), "Bậc nhắc: chưa đến\n  lúc, sẽ đến lúc\n  27/12/2023\n  một hai ba bốn\nmột\n");
        assert_eq!(wrapped(text, 80), text);
        let copied = "Kiểm tra lại: dondoc verify --head 49:0123456789abcdef\n";
        assert_eq!(wrapped(copied, 30), copied);
    }

    #[test]
    fn colours_take_no_room_and_what_a_diagnostic_points_at_is_not_parted() {
        let told = "\x1b[1mlỗi\x1b[0m[x]: một hai ba bốn\n  --> config.toml:9:1 dài hơn\n12 | to = [\"a b c d e f g h\"]\n";
        let shown = "\x1b[1mlỗi\x1b[0m[x]: một hai ba\n  bốn\n  --> config.toml:9:1 dài hơn\n12 | to = [\"a b c d e f g h\"]\n";
        assert_eq!(wrapped(told, 18), shown);
    }

    #[test]
    fn a_table_keeps_its_dates_whole_where_they_fit() {
        let rows = [["12/UBND#1@kt".to_owned(), "một việc rất-dài-không-chia".to_owned(), "27/12/2023".to_owned()]];
        let words = Words::of(&["Tên", "Việc", "Hạn"], &rows);
        assert_eq!(words.kept_whole(80), Some([12, 18, 10]));
        assert_eq!(words.kept_whole(48), Some([12, 16, 10]));
        assert_eq!(words.kept_whole(42), Some([12, 10, 10]));
        assert_eq!(words.kept_whole(41), None);
    }
}
