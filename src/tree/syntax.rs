//! From bytes to the tree: encoding, size, syntax, and the keys that must not stand in a file.

use std::borrow::Cow;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, de};

use super::{Form, Problems, Table, say};
use crate::diagnostic::{Diagnostic, Span, is_secret_key, quoted};
use crate::domain::rules::Language;

/// The largest file that is read: 1 MiB. An office of a thousand people needs a tenth of that.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// Bytes as text, or what is wrong with them together with a text the diagnostic can point into.
///
/// A byte order mark and CRLF are taken as they stand; what is no UTF-8 is refused with its place.
pub fn decode(bytes: &[u8], source: usize, language: Language) -> Result<&str, (String, Box<Diagnostic>)> {
    decode_up_to(bytes, source, language, TEXT_BYTES_MAX)
}

/// [`decode`] with a bound of the caller's.
pub fn decode_up_to(
    bytes: &[u8],
    source: usize,
    language: Language,
    bytes_max: usize,
) -> Result<&str, (String, Box<Diagnostic>)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if bytes.len() > bytes_max {
        return Err((String::new(), Box::new(too_large(bytes.len(), bytes_max, source, language))));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let message = say!(language, "tệp không phải UTF-8", "the file is not UTF-8");
        let help = say!(language, "lưu lại tệp bằng bảng mã UTF-8", "save the file as UTF-8");
        (text(bytes), Box::new(Diagnostic::error("not-utf8", message).at(source, at..at + 1).with_help(help)))
    })
}

fn too_large(bytes: usize, bytes_max: usize, source: usize, language: Language) -> Diagnostic {
    let mib = bytes_max / (1024 * 1024);
    let message =
        say!(language, "tệp quá lớn: {bytes} byte, tối đa {mib} MiB", "the file is too large: {bytes} bytes, at most {mib} MiB");
    let help = say!(language, "chia thành nhiều tệp nhỏ hơn", "split it into smaller files");
    Diagnostic::error("file-too-large", message).in_source(source).with_help(help)
}

/// A parsed text with everything that is wrong with it so far.
#[derive(Debug)]
pub struct Document<'i> {
    root: DeTable<'i>,
    problems: Problems,
}

impl<'i> Document<'i> {
    /// Parses as much as can be parsed. Without a `language`, messages are in the one the text's own key `language` names.
    pub fn parse(text: &'i str, source: usize, language: Option<Language>) -> Self {
        Self::parse_up_to(text, source, language, TEXT_BYTES_MAX)
    }

    /// The same for texts that may be larger or must be smaller.
    pub fn parse_up_to(text: &'i str, source: usize, language: Option<Language>, bytes_max: usize) -> Self {
        if text.len() > bytes_max {
            let problems = Problems::new(source, language.unwrap_or_default());
            problems.push(too_large(text.len(), bytes_max, source, problems.language));
            return Self { root: DeTable::new(), problems };
        }
        let (root, errors) = DeTable::parse_recoverable(text);
        let root = root.into_inner();
        let named = root.get("language").and_then(|value| value.get_ref().as_str().map(|word| word == "en"));
        let language = language.unwrap_or(if named == Some(true) { Language::En } else { Language::Vi });
        let mut problems = Problems::new(source, language);
        if let Some(at) = text.find('\0') {
            let message = say!(language, "tệp có ký tự NUL", "the file has a NUL character");
            let help = say!(
                language,
                "xóa ký tự đó; tệp có thể bị hỏng khi sao chép",
                "remove it; the file may have been damaged when copied"
            );
            problems.error_with_help("nul-character", Span { start: at, end: at + 1 }, message, help);
        }
        report_syntax(text, &errors, &mut problems);
        report_secrets(&root, "", &problems);
        Self { root, problems }
    }

    /// A tree that was made of the cells of a table, with what is wrong with it so far.
    pub fn of_cells(root: DeTable<'i>, problems: Problems) -> Self {
        Self { root, problems: Problems { form: Form::Cells, ..problems } }
    }

    /// The whole text as a table.
    pub fn root(&self) -> Table<'_> {
        Table::new(&self.root, Span::default(), String::new(), &self.problems)
    }

    /// Where findings go.
    pub const fn problems(&self) -> &Problems {
        &self.problems
    }

    /// All findings, in file order.
    pub fn finish(self) -> Vec<Diagnostic> {
        self.problems.into_sorted()
    }
}

fn report_syntax(text: &str, errors: &[de::Error], problems: &mut Problems) {
    let language = problems.language;
    let mut lines: Vec<Span> = text.find('\0').map(|at| line_of(text, at)).into_iter().collect();
    let mut swallowed = false;
    for error in errors {
        let span = error.span().map(Span::from).unwrap_or_default();
        let line = line_of(text, span.start);
        // The first complaint about a line is the cause; the others follow from it.
        if lines.contains(&line) {
            continue;
        }
        lines.push(line);
        let what = error.message();
        // A list that is not closed swallows the lines after it, each with the same complaint.
        if what.starts_with("missing comma") && std::mem::replace(&mut swallowed, true) {
            continue;
        }
        let duplicate = what.starts_with("duplicate key");
        let said = in_words(what, language);
        let code = if duplicate { "duplicate-key" } else { "syntax" };
        let message = say!(language, "sai cú pháp TOML: {said}", "not TOML: {said}");
        problems.push(Diagnostic::error(code, message).at(problems.source, span).with_help(mend(what, language)));
    }
    problems.broken = lines;
}

fn line_of(text: &str, offset: usize) -> Span {
    let offset = offset.min(text.len());
    let bytes = text.as_bytes();
    let start = bytes[..offset].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let end = bytes[offset..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| offset + at);
    Span { start, end }
}

/// What the parser says most often; its other words are shown as they are.
const WORDS: [(&str, &str); 16] = [
    ("duplicate key", "khóa bị lặp lại"),
    ("string values must be quoted", "văn bản phải đặt trong dấu nháy kép"),
    ("missing assignment between key-value pairs", "thiếu dấu = giữa khóa và giá trị"),
    ("key with no value", "khóa không có giá trị"),
    ("missing value", "thiếu giá trị"),
    ("missing comma", "thiếu dấu phẩy giữa các phần tử"),
    ("extra comma", "thừa dấu phẩy"),
    ("extra `=`", "thừa dấu ="),
    ("extra assignment", "thừa dấu ="),
    ("unclosed array table", "thiếu ]] đóng tên mục"),
    ("unclosed array", "thiếu ] đóng danh sách"),
    ("unclosed inline table", "thiếu } đóng bảng"),
    ("unclosed table", "thiếu ] đóng tên mục"),
    ("cannot recurse further", "lồng nhau quá sâu"),
    ("invalid basic string", "văn bản chưa đóng dấu nháy kép"),
    ("invalid unquoted key", "tên khóa có ký tự không dùng được"),
];

/// The parser's words, in Vietnamese where a common slip is meant.
fn in_words(what: &str, language: Language) -> Cow<'_, str> {
    let what = what.strip_suffix(", expected literal string").unwrap_or(what);
    if language == Language::En {
        return Cow::Borrowed(what);
    }
    WORDS.iter().find(|(english, _)| what.starts_with(english)).map_or(Cow::Borrowed(what), |(_, vi)| Cow::Borrowed(vi))
}

fn mend(what: &str, language: Language) -> String {
    if what.starts_with("duplicate key") {
        return say!(language, "giữ lại một dòng, xóa dòng kia", "keep one of the two, remove the other");
    }
    if what.contains("quoted") {
        return say!(language, "đặt giá trị trong dấu nháy: khóa = \"giá trị\"", "quote the value: key = \"value\"");
    }
    if what.starts_with("missing comma") {
        return say!(
            language,
            "thêm dấu phẩy, hoặc đóng danh sách bằng ] ở dòng trên",
            "add a comma, or close the list with ] on the line before"
        );
    }
    say!(language, "mỗi dòng có dạng khóa = \"giá trị\" hoặc [mục]", "a line reads key = \"value\" or [section]")
}

/// Reports every key that names a secret, wherever it stands and whatever its value is: that is neither read nor shown.
fn report_secrets(table: &DeTable<'_>, path: &str, problems: &Problems) {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let inner = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        if is_secret_key(name) {
            report_secret(name, &inner, key.span().into(), problems);
        } else {
            report_secrets_within(value, &inner, problems);
        }
    }
}

fn report_secrets_within(value: &Spanned<DeValue<'_>>, path: &str, problems: &Problems) {
    match value.get_ref() {
        DeValue::Table(table) => report_secrets(table, path, problems),
        DeValue::Array(list) => list.iter().for_each(|item| report_secrets_within(item, path, problems)),
        _ => {}
    }
}

fn report_secret(name: &str, path: &str, span: Span, problems: &Problems) {
    let language = problems.language;
    let shown = quoted(name);
    let credential = credential_for(path);
    let message =
        say!(language, "bí mật không được ghi trong tệp này: khóa {shown}", "secrets do not stand in this file: key {shown}");
    let help = say!(
        language,
        "xóa khóa này cùng giá trị, đổi bí mật đã lộ, và ghi giá trị mới vào tệp \"{credential}\" trong $CREDENTIALS_DIRECTORY (systemd: LoadCredential) hoặc trong thư mục credentials/ cạnh config.toml",
        "remove the key with its value, change the secret, and put it in the file \"{credential}\" in $CREDENTIALS_DIRECTORY (systemd: LoadCredential) or in credentials/ beside config.toml",
    );
    // Straight into the list: a secret is reported even where the line is no TOML.
    problems.list.borrow_mut().push(Diagnostic::error("secret-in-file", message).at(problems.source, span).with_help(help));
}

/// The credential that holds what such a key was meant to hold.
fn credential_for(path: &str) -> &'static str {
    let path = path.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| path.contains(word));
    if says(&["telegram", "bot"]) {
        "telegram-token"
    } else if says(&["webhook"]) {
        "webhook-key"
    } else if says(&["link", "web"]) {
        "link-key"
    } else if says(&["email", "smtp", "mail", "password"]) {
        "smtp-password"
    } else if says(&["token"]) {
        "telegram-token"
    } else {
        "link-key"
    }
}
