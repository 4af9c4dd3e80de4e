//! A letter into words, whatever its facts do: one message that cannot be worded keeps no other back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::channel::letter::{Letter, Worded};
use crate::channel::wording::{WordingError, word};

/// Words a letter.
///
/// # Errors
/// What kept it from being worded; it names no fact of the letter.
pub(crate) fn words(letter: &Letter<'_>) -> Result<Worded, String> {
    guarded(|| word(letter))
}

fn guarded(wording: impl FnOnce() -> Result<Worded, WordingError>) -> Result<Worded, String> {
    match catch_unwind(AssertUnwindSafe(wording)) {
        Ok(worded) => worded.map_err(|error| error.to_string()),
        Err(_) => Err("the wording panicked".to_owned()),
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
