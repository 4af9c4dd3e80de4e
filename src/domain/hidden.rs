//! Marks in a text that nobody sees.

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
pub fn seen(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c) || matches!(c, '\n' | '\t')).collect()
}
