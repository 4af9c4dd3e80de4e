//! Text files: which bytes are text, and which are letters of another time.

use super::trouble::Trouble;

/// The text of a .txt or .md, without its byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<String, Trouble> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest)?,
        _ => utf8(bytes)?,
    };
    match text.find('\0') {
        Some(at) => Err(Trouble::NotText(line_of(&text.as_bytes()[..at]))),
        None => Ok(text),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, Trouble> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        // Files of NUL bytes are no text in any code page.
        Err(_) if bytes.contains(&0) => {
            let at = bytes.iter().position(|byte| *byte == 0).unwrap_or_default();
            Err(Trouble::NotText(line_of(&bytes[..at])))
        }
        Err(error) => Err(Trouble::NotUnicode(line_of(&bytes[..error.valid_up_to()]))),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Trouble> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if bytes.len().is_multiple_of(2) => Ok(text),
        _ => Err(Trouble::NotUnicode(1)),
    }
}

fn line_of(before: &[u8]) -> usize {
    before.split(|byte| *byte == b'\n').count()
}

/// Words every dispatch has, in lower case, as the fonts of TCVN3 (`.VnTime`) and VNI write them with the letters of Latin-1.
const OLD: [&str; 16] = [
    "ngµy",
    "th¸ng",
    "n¨m",
    "nh©n d©n",
    "céng hoµ",
    "céng hßa",
    "®éc lëp",
    "§éc lëp",
    "kýnh göi",
    "ngaøy",
    "thaùng",
    "naêm",
    "nhaân daân",
    "coäng hoøa",
    "ñoäc laäp",
    "kính göûi",
];

/// The same words in Unicode.
const NEW: [&str; 5] = ["ngày", "tháng", "năm", "nhân dân", "kính gửi"];

/// Whether the text is Vietnamese in an old font: at least three of the words, and more of them than in Unicode.
pub(super) fn is_of_an_old_font(text: &str) -> bool {
    let lower = text.to_lowercase();
    let count = |words: &[&str]| words.iter().map(|word| lower.matches(word).take(1_000).count()).sum::<usize>();
    let old = count(&OLD);
    old >= 3 && old > count(&NEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_and_utf_16_are_read_with_and_without_their_mark() {
        let plain = "Số: 12/UBND\nHạn 31/12/2026\n";
        let units: Vec<u16> = plain.encode_utf16().collect();
        let little = [0xfe_ff_u16].iter().chain(&units).flat_map(|unit| unit.to_le_bytes()).collect::<Vec<u8>>();
        let big = [0xfe_ff_u16].iter().chain(&units).flat_map(|unit| unit.to_be_bytes()).collect::<Vec<u8>>();
        for bytes in [plain.as_bytes().to_vec(), format!("\u{feff}{plain}").into_bytes(), little, big] {
            assert_eq!(text(&bytes), Ok(plain.to_owned()));
        }
    }

    #[test]
    fn what_is_no_unicode_is_named_with_its_line() {
        assert_eq!(text(b"mot\nhai\nng\xb5y"), Err(Trouble::NotUnicode(3)));
        assert_eq!(text(b"\xff\xfea\0b"), Err(Trouble::NotUnicode(1)));
        assert_eq!(text(b"\xff\xfe\x00\xd8a\0"), Err(Trouble::NotUnicode(1)), "half of a pair");
        assert_eq!(text(b"mot\nh\0ai"), Err(Trouble::NotText(2)));
        assert_eq!(text(b"\xfe\xed\0\0"), Err(Trouble::NotText(1)));
    }

    #[test]
    fn old_fonts_are_told_by_their_words() {
        assert!(is_of_an_old_font("Hµ Néi, ngµy 5 th¸ng 10 n¨m 2023. KÝnh göi: ñy ban nh©n d©n"));
        assert!(is_of_an_old_font("Goø Vaáp, ngaøy 5 thaùng 10 naêm 2023"));
        assert!(!is_of_an_old_font("Gò Vấp, ngày 5 tháng 10 năm 2023, phông cũ viết là ngµy th¸ng n¨m"));
        assert!(!is_of_an_old_font("The µ and the ® are letters, too."));
    }
}
