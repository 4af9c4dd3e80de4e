//! Sources that bear a secrecy mark: what is wrong with them is said without a word of them.

use std::collections::{BTreeMap, BTreeSet};

use super::slug::fold;
use crate::diagnostic::{Diagnostic, Source, column_letters};
use crate::domain::rules::Language;
use crate::tree::{nfc, say};

/// The keys of facts and the names of credentials: the only words between quotes that a finding in a marked source may show.
const KEYS: [&str; 73] = [
    "unit",
    "person",
    "appointment",
    "substitution",
    "dispatch",
    "directive",
    "figure",
    "extension",
    "id",
    "name",
    "parent",
    "supervisor",
    "aliases",
    "from",
    "to",
    "successor",
    "email",
    "phone",
    "telegram",
    "prefer",
    "salutation",
    "active",
    "position",
    "title",
    "acting",
    "by",
    "number",
    "issuer",
    "date",
    "received",
    "incoming_number",
    "replaces",
    "supplements",
    "subject",
    "monitor",
    "urgency",
    "secrecy",
    "clause",
    "clause_as_typed",
    "text",
    "lead",
    "coordinating",
    "assignee",
    "deadline",
    "deadline_set_by",
    "follow",
    "target",
    "correction",
    "until",
    "cutoff",
    "period",
    "as_of",
    "value",
    "source",
    "basis",
    "metric",
    "op",
    "start",
    "pace",
    "alias",
    "agreed",
    "quote",
    "deadline_wording",
    "file",
    "digest",
    "line",
    "end",
    "smtp-password",
    "telegram-token",
    "link-key",
    "webhook-key",
    "…~2",
    "",
];

/// The sources of an import that bear a secrecy mark, by index: where their lines or cells begin, and nothing of what stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked(BTreeMap<usize, Places>);

/// Where what begins in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Places {
    /// The lines of a text, from the second on.
    Lines(Vec<usize>),
    /// The cells of a table: begin, sheet from 1, row, column.
    Cells(Vec<(usize, usize, usize, usize)>),
}

impl Places {
    fn of(source: &Source<'_>) -> Self {
        let Some(cells) = source.cells else {
            return Self::Lines(source.text.match_indices('\n').map(|(at, _)| at + 1).collect());
        };
        let all = (0..cells.sheet_count()).flat_map(|sheet| cells.rows(sheet).flatten());
        Self::Cells(all.map(|cell| (cell.span.start, cell.sheet + 1, cell.row, cell.column)).collect())
    }

    fn told(&self, at: usize, language: Language) -> String {
        match self {
            Self::Lines(lines) => {
                let line = lines.partition_point(|begin| *begin <= at) + 1;
                say!(language, "dòng {line}", "line {line}")
            }
            Self::Cells(cells) => {
                let found = cells.partition_point(|(begin, ..)| *begin <= at).saturating_sub(1);
                let (_, sheet, row, column) = cells.get(found).copied().unwrap_or((0, 1, 1, 1));
                let column = column_letters(column);
                say!(language, "trang {sheet}, dòng {row}, cột {column}", "sheet {sheet}, row {row}, column {column}")
            }
        }
    }
}

impl Marked {
    /// Those that say so, that name one of these dispatches, or whose index is among `known`.
    pub(super) fn among(sources: &[Source<'_>], numbers: &[&str], known: &BTreeSet<usize>) -> Self {
        let marked = sources.iter().enumerate().filter(|(at, source)| known.contains(at) || is_source_marked(source, numbers));
        Self(marked.map(|(at, source)| (at, Places::of(source))).collect())
    }

    /// A finding in a marked source as it may be shown: covered, so that no renderer shows the line, with the number of that line in
    /// words, and without anything that stands in the file.
    #[must_use]
    pub fn cover(&self, problem: Diagnostic, language: Language) -> Diagnostic {
        let (Some(places), Some(span)) = (self.0.get(&problem.source), problem.span) else { return problem };
        let place = places.told(span.start, language);
        let said = without_values(&problem.message);
        let help = problem.help.as_deref().map(without_values);
        Diagnostic { message: format!("{place}: {said}"), help, ..problem }.covered()
    }
}

/// A sentence whose quoted words are keys; any other is left out.
fn without_values(text: &str) -> String {
    let is_key = |word: &str| word.split('.').all(|part| KEYS.contains(&part));
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split('"').enumerate() {
        match at % 2 {
            0 => out.push_str(part),
            _ if is_key(part) => out.extend(["\"", part, "\""]),
            _ => out.push_str("\"…\""),
        }
    }
    out
}

fn is_source_marked(source: &Source<'_>, numbers: &[&str]) -> bool {
    let Some(cells) = source.cells else { return is_marked(source.text, numbers) };
    let sheets = 0..cells.sheet_count();
    let mut values = sheets.flat_map(|sheet| cells.rows(sheet).flatten()).map(|cell| cells.value(*cell));
    values.any(|value| {
        // A typist's blanks around the signs of a number hide nothing.
        let bare: String = value.split_whitespace().collect();
        let word = if value.len() < 20 { fold(value) } else { String::new() };
        matches!(word.as_str(), "mat" | "toi mat" | "tuyet mat")
            || numbers.iter().any(|number| bare.contains(&number.split_whitespace().collect::<String>()))
    })
}

/// Whether a text has a key `secrecy` that says anything but "thuong", or names one of these dispatches.
fn is_marked(text: &str, numbers: &[&str]) -> bool {
    let marked = text.match_indices("secrecy").any(|(at, key)| {
        let rest = text[at + key.len()..].trim_start_matches(['"', '\'', ' ', '\t']);
        rest.strip_prefix('=').is_some_and(|value| !value.trim_start_matches([' ', '\t', '"', '\'']).starts_with("thuong"))
    });
    marked
        || (!numbers.is_empty() && {
            // A typist may put blanks into a number.
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let text = bare(&nfc(text));
            numbers.iter().any(|number| text.contains(&bare(number)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_whatever_it_is_written() {
        for text in ["secrecy = \"mat\"", "a = { secrecy='toi-mat' }", "\"secrecy\" = \"tuyet-mat\"", "secrecy = \"Mật"] {
            assert!(is_marked(text, &[]), "{text}");
        }
        assert!(!is_marked("secrecy = \"thuong\"\n# secrecy stands above", &[]));
        assert!(is_marked("dispatch = \"7/MAT\"", &["7/MAT"]));
        assert!(is_marked("dispatch = \"7 / MAT\"", &["7/MAT"]));
    }

    #[test]
    fn a_finding_in_a_marked_source_shows_a_line_and_keys_only() {
        let text = "[[dispatch]]\nsecrecy = \"mat\"\ndeadline = \"CANARY\"\n";
        let marked = Marked::among(&[Source::of_text("a.toml", text)], &[], &BTreeSet::new());
        let at = text.find("CANARY").expect("there");
        let problem = Diagnostic::error("bad", "\"deadline\": \"CANARY\" là gì, xem \"directive.target\"").at(0, at..at + 6);
        let shown = marked.cover(problem.clone().with_help("có phải \"CANARY\""), Language::Vi);
        assert_eq!(shown.message, "dòng 3: \"deadline\": \"…\" là gì, xem \"directive.target\"");
        assert_eq!((shown.is_covered, shown.help.as_deref()), (true, Some("có phải \"…\"")));
        assert_eq!(Marked::default().cover(problem.clone(), Language::Vi), problem);
    }
}
