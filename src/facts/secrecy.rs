//! Sources that bear a secrecy mark: what is wrong with them is said without a line of them.

use crate::diagnostic::{Diagnostic, Source, line_column};
use crate::domain::rules::Language;
use crate::tree::{nfc, say};

/// Takes the place out of every finding of a source that bears a mark, so that no renderer shows its lines; the line's
/// number goes into the message. `numbers` are the secret dispatches that are known by other ways.
///
/// The mark is looked for in the bare text, because a file that is no TOML may bear one too.
pub(super) fn cover(problems: &mut [Diagnostic], sources: &[Source<'_>], numbers: &[&str], language: Language) {
    for (index, source) in sources.iter().enumerate() {
        let concerned = |problem: &&mut Diagnostic| problem.source == index && problem.span.is_some();
        if !problems.iter_mut().any(|problem| concerned(&problem)) || !is_marked(source.text, numbers) {
            continue;
        }
        for problem in problems.iter_mut().filter(concerned) {
            let (line, column) = problem.span.map_or((1, 1), |span| line_column(source.text, span.start));
            let said = std::mem::take(&mut problem.message);
            problem.message = say!(language, "dòng {line}, cột {column}: {said}", "line {line}, column {column}: {said}");
            problem.span = None;
        }
    }
}

/// Whether a text has a key `secrecy` that says anything but "thuong", or names one of these dispatches.
fn is_marked(text: &str, numbers: &[&str]) -> bool {
    let marked = text.match_indices("secrecy").any(|(at, key)| {
        let rest = text[at + key.len()..].trim_start_matches(['"', '\'', ' ', '\t']);
        rest.strip_prefix('=').is_some_and(|value| !value.trim_start_matches([' ', '\t', '"', '\'']).starts_with("thuong"))
    });
    marked
        || (!numbers.is_empty() && {
            let text = nfc(text);
            numbers.iter().any(|number| text.contains(number))
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
    }
}
