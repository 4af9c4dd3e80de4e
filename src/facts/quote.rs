//! Where the words of a duty stand in the dispatch it was taken from.

use super::words::short;
use crate::tree::{Table, say};

/// The most characters of a quote.
const QUOTE_CHARS_MAX: usize = 20_000;

/// The words of a duty as its dispatch has them, and their place.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct QuoteFact {
    /// The words.
    pub text: String,
    /// Name of the file they were read from.
    pub file: Option<String>,
    /// SHA-256 of that file, in hexadecimal.
    pub digest: Option<String>,
    /// Line of its text, from 1.
    pub line: Option<i64>,
    /// First byte in its text.
    pub start: Option<i64>,
    /// First byte behind them.
    pub end: Option<i64>,
}

/// Reads `quote`.
pub(super) fn quote(table: Table<'_>) -> Option<QuoteFact> {
    table.require(&["text"]);
    let found = table.nfc_str("text");
    let file = short(&table, "file", 255).map(|one| one.value);
    let digest = short(&table, "digest", 64).map(|one| one.value);
    let number = |key: &'static str| table.int(key).map(|one| one.value);
    let (line, start, end) = (number("line"), number("start"), number("end"));
    let problems = table.problems();
    let language = problems.language;
    if let (Some(start), Some(end)) = (start, end)
        && !(0..=end).contains(&start)
    {
        problems.error_with_help(
            "bad-span",
            table.key_span("start"),
            say!(language, "vị trí {start}–{end} không phải một đoạn", "{start}–{end} is no span"),
            say!(language, "giữ nguyên vị trí do bản dự thảo ghi", "keep the place as the draft has it"),
        );
    }
    table.finish();
    let text = found?.value;
    // Longer than a cell of a spreadsheet holds; the place says where it goes on.
    let text: String = text.trim().chars().take(QUOTE_CHARS_MAX).collect();
    (!text.is_empty()).then_some(QuoteFact { text, file, digest, line, start, end })
}
