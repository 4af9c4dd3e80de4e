//! Words, numbers and marks of a Vietnamese text, each with its place in it.
//!
//! Words come out in lower case with composed diacritics (NFC), whatever the text used: decomposed letters, capital
//! letters, the `ƣ` and `ð` of old fonts, full-width digits.

/// One word, number or mark and the bytes it stands at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters, folded.
    Word(String),
    /// Decimal digits.
    Number {
        /// The number; `u32::MAX` when it is larger.
        value: u32,
        /// How many digits were written.
        digits: usize,
    },
    /// Anything else that is not a blank.
    Mark(char),
}

/// Splits a text. Blanks and invisible characters separate tokens and are dropped.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let class = class_of(first);
        let mut end = start + first.len_utf8();
        if class == Class::Blank {
            continue;
        }
        if class != Class::Mark {
            while let Some(&(at, next)) = rest.peek() {
                if class_of(next) != class {
                    break;
                }
                end = at + next.len_utf8();
                rest.next();
            }
        }
        let kind = match class {
            Class::Letter => TokenKind::Word(fold(&text[start..end])),
            Class::Digit => number(&text[start..end]),
            Class::Mark | Class::Blank => TokenKind::Mark(plain_mark(first)),
        };
        found.push(Token { kind, start, end });
    }
    found
}

/// How many tokens these words take where they stand from that index on. In the words `6` is that number, a mark itself;
/// one blank stands between two.
pub fn length_at(tokens: &[Token], at: usize, words: &str) -> Option<usize> {
    // Nearly every try ends at its first word: told without parting the words.
    let may = match &tokens.get(at)?.kind {
        TokenKind::Word(text) => words.starts_with(text.as_str()),
        TokenKind::Number { .. } => words.starts_with(|first: char| first.is_ascii_digit()),
        TokenKind::Mark(mark) => words.starts_with(*mark),
    };
    if !may {
        return None;
    }
    let mut length = 0;
    for word in words.split(' ') {
        let same = match &tokens.get(at + length)?.kind {
            TokenKind::Word(text) => text == word,
            TokenKind::Number { value, .. } => word.parse() == Ok(*value),
            TokenKind::Mark(mark) => word.chars().eq([*mark]),
        };
        if !same {
            return None;
        }
        length += 1;
    }
    Some(length)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Mark,
    Blank,
}

fn class_of(letter: char) -> Class {
    if letter.is_ascii_alphabetic() || ('\u{1ea0}'..='\u{1ef9}').contains(&letter) {
        Class::Letter
    } else if digit(letter).is_some() {
        Class::Digit
    } else if letter.is_alphabetic() || ('\u{300}'..='\u{36f}').contains(&letter) {
        Class::Letter
    } else if letter.is_whitespace() || letter.is_control() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}') {
        Class::Blank
    } else {
        Class::Mark
    }
}

fn digit(letter: char) -> Option<u32> {
    let plain = match letter {
        '０'..='９' => char::from_u32(u32::from(letter) - u32::from('０') + u32::from('0'))?,
        _ => letter,
    };
    plain.to_digit(10)
}

fn number(written: &str) -> TokenKind {
    let value = written
        .chars()
        .filter_map(digit)
        .try_fold(0_u32, |value, digit| value.checked_mul(10)?.checked_add(digit))
        .unwrap_or(u32::MAX);
    TokenKind::Number { value, digits: written.chars().count() }
}

fn plain_mark(mark: char) -> char {
    match mark {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '／' | '\u{2044}' => '/',
        '：' => ':',
        '，' => ',',
        '．' => '.',
        '（' => '(',
        '）' => ')',
        _ => mark,
    }
}

/// The vowels by shape, each without tone and with huyền, sắc, hỏi, ngã, nặng.
const VOWELS: [[char; 6]; 12] = [
    ['a', 'à', 'á', 'ả', 'ã', 'ạ'],
    ['ă', 'ằ', 'ắ', 'ẳ', 'ẵ', 'ặ'],
    ['â', 'ầ', 'ấ', 'ẩ', 'ẫ', 'ậ'],
    ['e', 'è', 'é', 'ẻ', 'ẽ', 'ẹ'],
    ['ê', 'ề', 'ế', 'ể', 'ễ', 'ệ'],
    ['i', 'ì', 'í', 'ỉ', 'ĩ', 'ị'],
    ['o', 'ò', 'ó', 'ỏ', 'õ', 'ọ'],
    ['ô', 'ồ', 'ố', 'ổ', 'ỗ', 'ộ'],
    ['ơ', 'ờ', 'ớ', 'ở', 'ỡ', 'ợ'],
    ['u', 'ù', 'ú', 'ủ', 'ũ', 'ụ'],
    ['ư', 'ừ', 'ứ', 'ử', 'ữ', 'ự'],
    ['y', 'ỳ', 'ý', 'ỷ', 'ỹ', 'ỵ'],
];

/// Combining tones, in the order of [`VOWELS`].
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{309}', '\u{303}', '\u{323}'];

/// A word in lower case and NFC, as far as Vietnamese letters go.
pub fn fold(word: &str) -> String {
    if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let mut folded: Vec<char> = Vec::with_capacity(word.len());
    for letter in word.chars().flat_map(char::to_lowercase) {
        let letter = match letter {
            'ƣ' => 'ư',
            'ð' | 'ɖ' => 'đ',
            '０'..='９' => char::from_u32(u32::from(letter) - u32::from('０') + u32::from('0')).unwrap_or(letter),
            _ => letter,
        };
        let combines = ('\u{300}'..='\u{36f}').contains(&letter);
        match folded.last().filter(|_| combines).and_then(|last| with_mark(*last, letter)) {
            Some(composed) => {
                folded.pop();
                folded.push(composed);
            }
            None => folded.push(letter),
        }
    }
    folded.into_iter().collect()
}

/// A vowel with one more combining mark, whatever the order of the marks.
fn with_mark(vowel: char, mark: char) -> Option<char> {
    let (row, tone) = VOWELS
        .iter()
        .enumerate()
        .find_map(|(row, tones)| tones.iter().position(|&toned| toned == vowel).map(|tone| (row, tone)))?;
    if let Some(added) = TONES.iter().position(|&combining| combining == mark) {
        return Some(VOWELS[row][added + 1]);
    }
    let shaped = match (VOWELS[row][0], mark) {
        ('a', '\u{306}') => 1,
        ('a', '\u{302}') => 2,
        ('e', '\u{302}') => 4,
        ('o', '\u{302}') => 7,
        ('o', '\u{31b}') => 8,
        ('u', '\u{31b}') => 10,
        _ => return None,
    };
    Some(VOWELS[shaped][tone])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn word(text: &str) -> TokenKind {
        TokenKind::Word(text.to_owned())
    }

    #[test]
    fn words_numbers_and_marks_come_apart() {
        let kinds: Vec<TokenKind> = tokens("Trước 9h00,  Q4/2023").into_iter().map(|token| token.kind).collect();
        let number = |value, digits| TokenKind::Number { value, digits };
        assert_eq!(
            kinds,
            [
                word("trước"),
                number(9, 1),
                word("h"),
                number(0, 2),
                TokenKind::Mark(','),
                word("q"),
                number(4, 1),
                TokenKind::Mark('/'),
                number(2023, 4),
            ]
        );
    }

    #[test]
    fn capital_decomposed_and_old_letters_fold_to_the_same_word() {
        let decomposed = "tru\u{31b}o\u{31b}\u{301}c";
        let other_order = "tru\u{31b}o\u{301}\u{31b}c";
        let half = "trư\u{1a1}\u{301}c";
        for written in ["TRƯỚC", "trƣớc", decomposed, other_order, half] {
            assert_eq!(fold(written), "trước", "{written}");
        }
        assert_eq!(fold("NGA\u{300}Y"), "ngày");
        assert_eq!(fold("a\u{323}\u{302}"), "ậ");
        assert_eq!(fold("Ðến"), "đến");
    }

    #[test]
    fn a_token_knows_its_bytes() {
        let text = "hạn  ２5/12";
        let found = tokens(text);
        assert_eq!(&text[found[1].start..found[1].end], "２5");
        assert_eq!(found[1].kind, TokenKind::Number { value: 25, digits: 2 });
    }

    proptest! {
        #[test]
        fn tokens_stand_in_order_on_letter_borders(text in "\\PC{0,60}") {
            let mut last = 0;
            for token in tokens(&text) {
                prop_assert!(last <= token.start && token.start < token.end);
                prop_assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.end));
                last = token.end;
            }
        }
    }
}
