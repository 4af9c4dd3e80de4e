//! Sources that bear a secrecy mark: what is wrong with them is said without a word of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Source};
use crate::domain::rules::Language;
use crate::tree::{nfc, say};

/// The keys of facts: the only words between quotes that a finding in a marked source may show.
const KEYS: [&str; 61] = [
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
    "…~2",
    "",
];

/// The sources of an import that bear a secrecy mark, by index: where their lines begin, and nothing of what stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked(BTreeMap<usize, Vec<usize>>);

impl Marked {
    /// Those that say so, that name one of these dispatches, or whose index is among `known`.
    pub(super) fn among(sources: &[Source<'_>], numbers: &[&str], known: &BTreeSet<usize>) -> Self {
        let marked = sources.iter().enumerate().filter(|(at, source)| known.contains(at) || is_marked(source.text, numbers));
        let lines = |text: &str| text.match_indices('\n').map(|(at, _)| at + 1).collect();
        Self(marked.map(|(at, source)| (at, lines(source.text))).collect())
    }

    /// A finding in a marked source as it may be shown: without its place, so that no renderer shows the line, with the
    /// number of that line instead, and without anything that stands in the file.
    #[must_use]
    pub fn cover(&self, problem: Diagnostic, language: Language) -> Diagnostic {
        let (Some(lines), Some(span)) = (self.0.get(&problem.source), problem.span) else { return problem };
        let line = lines.partition_point(|begin| *begin <= span.start) + 1;
        let said = without_values(&problem.message);
        let help = problem.help.as_deref().map(without_values);
        Diagnostic { span: None, message: say!(language, "dòng {line}: {said}", "line {line}: {said}"), help, ..problem }
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
        let marked = Marked::among(&[Source { name: "a.toml", text }], &[], &BTreeSet::new());
        let at = text.find("CANARY").expect("there");
        let problem = Diagnostic::error("bad", "\"deadline\": \"CANARY\" là gì, xem \"directive.target\"").at(0, at..at + 6);
        let shown = marked.cover(problem.clone().with_help("có phải \"CANARY\""), Language::Vi);
        assert_eq!(shown.message, "dòng 3: \"deadline\": \"…\" là gì, xem \"directive.target\"");
        assert_eq!((shown.span, shown.help.as_deref()), (None, Some("có phải \"…\"")));
        assert_eq!(Marked::default().cover(problem.clone(), Language::Vi), problem);
    }
}
