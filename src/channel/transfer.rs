//! The body of a part in ASCII, lines of at most 76 characters that end in CRLF (RFC 2045).

use data_encoding::BASE64_MIME;

/// Characters of a line, the `=` of a soft line break not counted.
const LINE_MAX: usize = 75;

/// What a text became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encoded {
    /// Quoted-printable.
    Quoted(Vec<u8>),
    /// Base64.
    Base64(Vec<u8>),
}

/// A text whose lines end in LF, in whichever of the two is shorter: quoted-printable triples each byte beyond ASCII, base64 makes
/// four of three. Never 7bit: a body that knows the boundary could end its part.
pub(super) fn encoded(text: &str) -> Encoded {
    let beyond_ascii = text.bytes().filter(|byte| !byte.is_ascii()).count();
    if beyond_ascii * 6 > text.len() { Encoded::Base64(base64(text)) } else { Encoded::Quoted(quoted(text, beyond_ascii)) }
}

fn base64(text: &str) -> Vec<u8> {
    let mut lines = Vec::with_capacity(text.len() + text.len() / 32);
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => {
                lines.extend_from_slice(line.as_bytes());
                lines.extend_from_slice(b"\r\n");
            }
            None => lines.extend_from_slice(line.as_bytes()),
        }
    }
    let mut encoded = BASE64_MIME.encode(&lines);
    encoded.truncate(encoded.trim_end().len());
    encoded.into_bytes()
}

fn quoted(text: &str, beyond_ascii: usize) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(text.len() + text.len() / 16 + 2 * beyond_ascii + 64);
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.extend_from_slice(b"\r\n");
        }
        let bytes = line.as_bytes();
        let (mut from, mut left) = (0, LINE_MAX);
        while from < bytes.len() {
            let run = bytes[from..].iter().position(|byte| !stands_for_itself(*byte)).unwrap_or(bytes.len() - from);
            // A blank at the end of a line would be taken away on the road.
            let ends_in_blank = run > 0 && from + run == bytes.len() && matches!(bytes[from + run - 1], b' ' | b'\t');
            let mut plain = &bytes[from..from + run - usize::from(ends_in_blank)];
            from += plain.len();
            while plain.len() > left {
                let (now, then) = plain.split_at(left);
                out.extend_from_slice(now);
                out.extend_from_slice(b"=\r\n");
                (plain, left) = (then, LINE_MAX);
            }
            out.extend_from_slice(plain);
            left -= plain.len();
            if let Some(byte) = bytes.get(from).filter(|byte| ends_in_blank || !stands_for_itself(**byte)) {
                if left < 3 {
                    out.extend_from_slice(b"=\r\n");
                    left = LINE_MAX;
                }
                out.extend_from_slice(&[b'=', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
                left -= 3;
                from += 1;
            }
        }
    }
    out
}

const fn stands_for_itself(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'<' | b'>'..=b'~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_quoted(text: &str) -> Vec<u8> {
        let text = text.replace("=\r\n", "");
        let mut parts = text.split('=');
        let mut out = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            out.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
            out.extend_from_slice(&part.as_bytes()[2..]);
        }
        out
    }

    proptest! {
        #[test]
        fn a_text_reads_back_and_its_lines_are_short(text in "([a-c =.\t\u{1eb9}\u{111}~<>]{0,90}\n?){0,6}") {
            let quoted = String::from_utf8(quoted(&text, 0)).expect("ASCII");
            prop_assert!(quoted.is_ascii() && quoted.split("\r\n").all(|line| line.len() <= 76), "{quoted:?}");
            prop_assert!(quoted.split("\r\n").all(|line| !line.ends_with([' ', '\t'])), "{quoted:?}");
            let wire = text.replace('\n', "\r\n").into_bytes();
            prop_assert_eq!(read_quoted(&quoted), wire.clone());
            let base64 = String::from_utf8(base64(&text)).expect("ASCII");
            prop_assert!(base64.split("\r\n").all(|line| line.len() <= 76));
            let folded = base64.replace("\r\n", "");
            prop_assert_eq!(data_encoding::BASE64.decode(folded.as_bytes()).expect("base64"), wire);
        }
    }

    #[test]
    fn the_shorter_of_the_two_is_taken() {
        assert_eq!(encoded("a = b \nc"), Encoded::Quoted(b"a =3D b=20\r\nc".to_vec()));
        assert_eq!(encoded("đệ\n"), Encoded::Base64(b"xJHhu4cNCg==".to_vec()));
    }
}
