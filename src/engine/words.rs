//! A letter into words, whatever its templates or its facts do: one message that cannot be worded keeps no other back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Engine;
use crate::channel::letter::{Letter, Worded};
use crate::channel::wording::{WordingError, word, word_by};

/// The words of a letter.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) worded: Worded,
    /// Why an administrator's templates could not be used, and the shipped ones were.
    pub(crate) fell_back: Option<String>,
}

/// Words a letter by the engine's templates, by the shipped ones when those fail.
///
/// # Errors
/// What kept it from being worded at all; it names no fact of the letter.
pub(crate) fn words(engine: &Engine, letter: &Letter<'_>) -> Result<Words, String> {
    let shipped = || guarded(|| word(letter));
    let Some(templates) = engine.templates.as_ref().filter(|templates| !templates.replaced().is_empty()) else {
        return Ok(Words { worded: shipped()?, fell_back: None });
    };
    match guarded(|| word_by(letter, templates)) {
        Ok(worded) => Ok(Words { worded, fell_back: None }),
        Err(why) => Ok(Words { worded: shipped()?, fell_back: Some(why) }),
    }
}

fn guarded(wording: impl FnOnce() -> Result<Worded, WordingError>) -> Result<Worded, String> {
    match catch_unwind(AssertUnwindSafe(wording)) {
        Ok(worded) => worded.map_err(|error| told(&error)),
        Err(_) => Err("the wording panicked".to_owned()),
    }
}

/// The error without what a template may have made of a fact.
fn told(error: &WordingError) -> String {
    match error {
        WordingError::Template { name, source } => {
            let line = source.line().map_or_else(String::new, |line| format!(":{line}"));
            format!("{}{line}: {}", source.name().unwrap_or(name), source.kind())
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_one_messages_fault() {
        let failed = guarded(|| panic!("a sample of what must not happen"));
        assert_eq!(failed.expect_err("it panicked"), "the wording panicked");
        let failed = guarded(|| Err(WordingError::NoItems)).expect_err("nothing to say");
        assert_eq!(failed, "word a message without items");
    }
}
