//! Marks in a text that nobody sees.

use std::borrow::Cow;

/// Whether a character is not seen where it stands: controls, what turns the direction of text, blanks without width. Such marks
/// make a name or a title look like another one; no text of an office needs them.
pub fn is_hidden(c: char) -> bool {
    let is_mark = matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    );
    is_mark || c.is_control()
}

/// A text without hidden marks; its lines and tabs stay.
pub fn seen(text: &str) -> Cow<'_, str> {
    let goes = |c: char| is_hidden(c) && !matches!(c, '\n' | '\t');
    let mut from = 0;
    // So many at a time are looked at together; most of them hold nothing.
    for block in text.as_bytes().chunks(BLOCK) {
        if block.iter().fold(false, |found, byte| found | may_begin_hidden(*byte)) {
            for (at, _) in block.iter().enumerate().filter(|(_, byte)| may_begin_hidden(**byte)) {
                if text.get(from + at..).and_then(|rest| rest.chars().next()).is_some_and(goes) {
                    return text.chars().filter(|c| !goes(*c)).collect::<String>().into();
                }
            }
        }
        from += block.len();
    }
    text.into()
}

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// The first bytes of hidden characters; most texts hold few of them, so that the others need no look.
#[inline]
const fn may_begin_hidden(byte: u8) -> bool {
    matches!(byte, 0..=8 | 11..=31 | 127 | 0xc2 | 0xe2 | 0xef)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hidden_character_goes_and_no_other() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let stays = !is_hidden(c) || matches!(c, '\n' | '\t');
            let text = format!("ệ{c}–");
            assert_eq!(seen(&text) == text, stays, "{c:?}");
            assert!(stays || seen(&text) == "ệ–", "{c:?}");
        }
    }
}
