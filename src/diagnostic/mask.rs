//! What is never shown of a text: the values of secret keys, and the logins and tokens of addresses.

use std::borrow::Cow;
use std::ops::Range;

/// The words whose keys never show a value.
const SECRET_WORDS: [&str; 3] = ["token", "password", "secret"];
const LONG_QUOTES: [&str; 2] = ["\"\"\"", "'''"];

/// Whether a key names a secret: `token`, `password` or `secret`, alone or as a part (`smtp_password`).
pub fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// What a line stands in, when the lines before it began something secret.
#[derive(Clone, Copy)]
enum Within {
    Nothing,
    /// A text of several lines, up to these quotes.
    Quotes(&'static str),
    /// A list or a table of several lines, with that many brackets open.
    Brackets(usize),
    /// What ends with the next header at the earliest.
    Section,
}

/// The same text, byte for byte as long, with `*` for the values of secret keys, for what stands in sections of such a name, and for
/// the logins and tokens of addresses.
///
/// It works on lines rather than on the parsed tree, because a file with a syntax error is shown too. Where it is not certain how far
/// a value goes, more is masked.
pub fn mask_secrets(text: &str) -> Cow<'_, str> {
    // A backslash may spell a letter of a key.
    if !text.contains("://") && !text.contains('\\') && !is_secret_key(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut within = Within::Nothing;
    for line in text.split_inclusive('\n') {
        within = match within {
            Within::Quotes(quotes) => {
                let end = line.find(quotes).unwrap_or(line.len());
                out.push_str(&stars(&line[..end]));
                out.push_str(&line[end..]);
                if end < line.len() { Within::Nothing } else { within }
            }
            Within::Brackets(_) | Within::Section if !is_plain_header(line) => {
                out.push_str(&stars(line));
                after(within, line)
            }
            _ => mask_line(line, &mut out),
        };
    }
    Cow::Owned(out)
}

/// A line that stands in nothing secret: what it shows, and what it begins.
fn mask_line(line: &str, out: &mut String) -> Within {
    let lower = line.to_ascii_lowercase();
    let word = SECRET_WORDS.iter().chain(&["\\"]).filter_map(|word| lower.find(word)).min();
    let Some(word) = word else {
        out.push_str(&mask_addresses(line));
        return Within::Nothing;
    };
    if line.trim_start().starts_with('[') {
        let name_bytes = line.find([']', '=']).unwrap_or(line.len());
        if word < name_bytes {
            let end = name_bytes + line[name_bytes..].bytes().take_while(|byte| *byte == b']').count();
            out.push_str(&line[..end]);
            out.push_str(&stars(&line[end..]));
            return Within::Section;
        }
    }
    let sign = line[word..].find('=').map(|sign| word + sign + 1).or_else(|| key_without_sign(line));
    let Some(sign) = sign else {
        out.push_str(&mask_addresses(line));
        return Within::Nothing;
    };
    let (key, value) = line.split_at(sign);
    out.push_str(&mask_addresses(key));
    out.push_str(&stars(value));
    let quotes = LONG_QUOTES.into_iter().find(|quotes| value.matches(quotes).count() % 2 == 1);
    match (brackets(0, value), quotes) {
        (0, Some(quotes)) => Within::Quotes(quotes),
        (0, None) => Within::Nothing,
        (open, None) => Within::Brackets(open),
        // Brackets within such a text are none.
        (_, Some(_)) => Within::Section,
    }
}

/// What goes on after that line of a list or table, or of a section.
fn after(within: Within, line: &str) -> Within {
    let Within::Brackets(open) = within else { return within };
    match brackets(open, line) {
        _ if LONG_QUOTES.iter().any(|quotes| line.contains(quotes)) => Within::Section,
        0 => Within::Nothing,
        open => Within::Brackets(open),
    }
}

/// How many brackets are open after that text, when so many were before it.
fn brackets(mut open: usize, text: &str) -> usize {
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('"'), '\\') => drop(chars.next()),
            (Some(begun), _) if c == begun => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') => break,
            (None, '[' | '{') => open += 1,
            (None, ']' | '}') => open = open.saturating_sub(1),
            (Some(_) | None, _) => {}
        }
    }
    open
}

/// `[email]`, `[[policy.step]]`: what can be no line of a list, whose texts are quoted.
fn is_plain_header(line: &str) -> bool {
    let Some((name, rest)) = line.trim().strip_prefix('[').and_then(|line| line.trim_start_matches('[').split_once(']')) else {
        return false;
    };
    let rest = rest.trim_start_matches(']').trim_start();
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
        && (rest.is_empty() || rest.starts_with('#'))
}

/// Where the value begins on a line that starts with a secret key and lacks the sign after it.
fn key_without_sign(line: &str) -> Option<usize> {
    let start = line.len() - line.trim_start().len();
    let key = line[start..].split([' ', '\t', ':', '\r', '\n']).next().unwrap_or_default();
    is_secret_key(key).then_some(start + key.len())
}

/// `://user:password@` becomes `://*************@`, and `/bot77:token` `/bot77:*****`. An address ends at a quote or a blank: a
/// password may hold a slash.
pub(super) fn mask_addresses(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(scheme) = rest.find("://") {
        let (head, tail) = rest.split_at(scheme + 3);
        let end = tail.find(['"', '\'', ' ', '\n']).unwrap_or(tail.len());
        let user_bytes = tail[..end].rfind('@').unwrap_or(0);
        out.push_str(head);
        out.push_str(&stars(&tail[..user_bytes]));
        rest = &tail[user_bytes..];
        if let Some(token) = bot_token(&tail[user_bytes..end]) {
            out.push_str(&rest[..token.start]);
            out.push_str(&stars(&rest[token.clone()]));
            rest = &rest[token.end..];
        }
    }
    out.push_str(rest);
    out
}

/// Where the secret part of a bot's token (`77:SECRET`, `bot77:SECRET`) stands in an address or its path: behind a slash.
pub fn bot_token(address: &str) -> Option<Range<usize>> {
    let mut begin = 0;
    for (nth, segment) in address.split('/').enumerate() {
        let number = segment.strip_prefix("bot").unwrap_or(segment).trim_start_matches(|c: char| c.is_ascii_digit());
        let is_numbered = segment.as_bytes()[..segment.len() - number.len()].last().is_some_and(u8::is_ascii_digit);
        let sign = [":", "%3A", "%3a"].into_iter().find(|sign| number.starts_with(sign));
        if let Some(sign) = sign.filter(|sign| nth > 0 && is_numbered && number.len() > sign.len()) {
            let end = begin + segment.len();
            return Some(end - number.len() + sign.len()..end);
        }
        begin += segment.len() + 1;
    }
    None
}

/// As many bytes of `*`; blanks stay, so that the shape of the line does.
fn stars(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_whitespace() { char::from(byte) } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_whatever_they_are_written_in() {
        for text in [
            "smtp_password = \"hunter2\"",
            "Token='hunter2'",
            "email = { from = \"a\", password = \"hunter2\" }",
            "secret = \"\"\"\nhunter2\nhunter2\"\"\"\nname = 1",
            "server = \"smtp://an:hunter2@relay:25\"",
            "password = \"hunter2",
            "password \"hunter2\"",
            "a = { proxy = \"http://p\", url = \"socks5://an:x/hunter2@p\" }",
            "[a.password]\nv = \"hunter2\"\n# hunter2\n[a.password.b]\nw = [\n[\"hunter2\"],\n[1, \"hunter2\"]]\n",
            "[[secret]] v = \"hunter2\"\nv = \"hunter2\"\n",
            "password = [\n  \"hunter2\", \"]\", \"a=b\",\n  { a = \"hunter2\" }\n]\n",
            "password = { a = [ \"\"\"\n]}\nhunter2\"\"\" ] }\n",
            "\"pass\\u0077ord\" = \"hunter2\"",
            "[\"pass\\u0077ord\"]\nv = \"hunter2\"",
            "api_url = \"https://api.example.org/bot77:hunter2/x\" # http://b/8%3Ahunter2",
        ] {
            let masked = mask_secrets(text);
            assert!(!masked.contains("hunter2"), "{masked}");
            assert_eq!(masked.len(), text.len());
            assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
        }
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        for text in [
            "name = \"x\"\nsecrecy = \"mat\"\n",
            "url = \"http://127.0.0.1:8080/bot/7\"\n",
            "# the token stands in a file\nlist = [\n[1, 2]]\n",
        ] {
            assert_eq!(mask_secrets(text), text);
        }
        for (begun, shown) in [
            ("[a.password]\nv = 1\n", "[a]\nserver = 5\n"),
            ("password = [\n\"x\",\n[1]]\n", "server = 5\n"),
            ("password = { a = \"[\" } # [\n", "server = 5\n"),
        ] {
            assert!(mask_secrets(&format!("{begun}{shown}")).ends_with(shown), "{begun}");
        }
    }

    #[test]
    fn the_token_of_a_bot_is_found_behind_a_slash() {
        for (address, token) in [
            ("https://api.example.org/bot77:x", Some("x")),
            ("/bot77:x", Some("x")),
            ("/a/77%3Axy/b", Some("xy")),
            ("/bot:x", None),
            ("/bot77:", None),
            ("10:80/bot", None),
        ] {
            assert_eq!(bot_token(address).map(|place| &address[place]), token, "{address}");
        }
    }
}
