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
    while let Some(at) = text[from..].bytes().position(may_begin_hidden) {
        let Some(c) = text[from + at..].chars().next() else { break };
        if goes(c) {
            return text.chars().filter(|c| !goes(*c)).collect::<String>().into();
        }
        from += at + c.len_utf8();
    }
    text.into()
}

/// The first bytes of hidden characters; most texts hold few of them, so that the others need no look.
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
