//! Floor 1: reading TOML from the spanned tree, so that every mistake of a file is reported at once.
//!
//! A [`Document`] holds the tree and what is wrong with it so far; a [`Table`] hands out typed values, notes every
//! mistake with its place and remembers which keys were asked for; [`Table::finish`] reports the others.

mod syntax;
mod value;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::civil::Date;
use toml::de::DeTable;
use unicode_normalization::UnicodeNormalization;

pub use syntax::{Document, TEXT_BYTES_MAX, decode, decode_up_to};
pub use value::{Moment, Value};

use crate::diagnostic::{self, Diagnostic, Span, nearest, quoted};
use crate::domain::rules::Language;

/// One message in both languages: `say!(language, "tiếng Việt {x}", "English {x}")`.
macro_rules! say {
    ($language:expr, $vi:literal, $en:literal $(,)?) => {
        match $language {
            $crate::domain::rules::Language::Vi => format!($vi),
            $crate::domain::rules::Language::En => format!($en),
        }
    };
}
pub(crate) use say;

/// The words of a rendering in that language.
pub const fn labels(language: Language) -> diagnostic::Labels {
    match language {
        Language::Vi => diagnostic::Labels::VI,
        Language::En => diagnostic::Labels::EN,
    }
}

/// The same text in Unicode normal form C.
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// A value with the place it stands at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// What was read.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> At<T> {
    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), span: self.span }
    }
}

/// What a tree was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// TOML, whose values have types.
    Toml,
    /// Cells of a table, whose values are texts.
    Cells,
}

/// What is wrong with one source; collected through shared references, so that readers can be nested.
#[derive(Debug)]
pub struct Problems {
    /// In which language messages are written.
    pub language: Language,
    /// The index of the source.
    pub source: usize,
    /// The lines that are no TOML: what the parser made up there deserves no second complaint.
    broken: Vec<Span>,
    /// Values that were told of already, exactly these: one complaint is enough.
    told: RefCell<HashSet<Span>>,
    /// Whether numbers stand there as texts.
    form: Form,
    /// How keys are called where people do not see them: the heading of a column for `directive.lead`.
    names: BTreeMap<String, String>,
    list: RefCell<Vec<Diagnostic>>,
}

impl Problems {
    /// The most findings of one source; more help nobody.
    pub const COUNT_MAX: usize = 1_000;

    /// Nothing wrong yet.
    pub fn new(source: usize, language: Language) -> Self {
        Self {
            language,
            source,
            broken: Vec::new(),
            told: RefCell::default(),
            form: Form::Toml,
            names: BTreeMap::new(),
            list: RefCell::new(Vec::new()),
        }
    }

    /// From now on the key of that path is called so.
    pub fn call(&mut self, path: String, name: String) {
        self.names.insert(path, name);
    }

    /// What a key is called.
    fn name_of(&self, path: String) -> String {
        self.names.get(&path).cloned().unwrap_or(path)
    }

    /// What stands there was told of; whatever else is wrong with it follows from that.
    pub fn told(&self, span: Span) {
        self.told.borrow_mut().insert(span);
    }

    /// Whether the source is TOML throughout; when it is not, what seems missing may stand in what could not be read.
    pub fn is_well_formed(&self) -> bool {
        self.broken.is_empty()
    }

    /// Adds a finding, unless it stands on a line that is no TOML or at a value that was told of.
    pub fn push(&self, problem: Diagnostic) {
        if problem.span.is_some_and(|span| self.told.borrow().contains(&span)) {
            return;
        }
        let mut list = self.list.borrow_mut();
        let on_broken_line = |span: Span| self.broken.iter().any(|line| span.start <= line.end && line.start <= span.end);
        if list.len() < Self::COUNT_MAX && !problem.span.is_some_and(on_broken_line) {
            list.push(problem);
        }
    }

    /// An error at that place.
    pub fn error(&self, code: &'static str, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::error(code, message).at(self.source, span));
    }

    /// An error at that place, with its mend.
    pub fn error_with_help(&self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::error(code, message).at(self.source, span).with_help(help));
    }

    /// A warning at that place, with its mend.
    pub fn warning(&self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::warning(code, message).at(self.source, span).with_help(help));
    }

    /// The mend of a wrong word: the nearest of the known ones, else something else.
    pub fn did_you_mean<'a>(&self, word: &str, known: impl IntoIterator<Item = &'a str>, otherwise: String) -> String {
        nearest(word, known)
            .map_or(otherwise, |near| say!(self.language, "có phải ý bạn là \"{near}\"?", "did you mean \"{near}\"?"))
    }

    /// Whether an error was found at exactly that place.
    pub fn has_error_at(&self, span: Span) -> bool {
        self.list.borrow().iter().any(|problem| problem.is_error() && problem.span == Some(span))
    }

    /// Whether an error was found.
    pub fn has_errors(&self) -> bool {
        self.list.borrow().iter().any(Diagnostic::is_error)
    }

    /// All of them, in file order.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut list = self.list.into_inner();
        diagnostic::sort(&mut list);
        list
    }
}

/// A table that is being read.
#[derive(Debug)]
pub struct Table<'t> {
    rows: &'t DeTable<'t>,
    span: Span,
    path: String,
    problems: &'t Problems,
    read: RefCell<BTreeSet<&'static str>>,
}

impl<'t> Table<'t> {
    pub(crate) const fn new(rows: &'t DeTable<'t>, span: Span, path: String, problems: &'t Problems) -> Self {
        Self { rows, span, path, problems, read: RefCell::new(BTreeSet::new()) }
    }

    /// Where it begins: its header, or its braces.
    pub const fn span(&self) -> Span {
        self.span
    }

    /// Its name in messages, e.g. `policy.step`; empty for the whole file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where findings go.
    pub const fn problems(&self) -> &'t Problems {
        self.problems
    }

    /// Whether it has no key at all.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether that key stands there; does not count as reading it.
    pub fn has(&self, key: &str) -> bool {
        self.rows.contains_key(key)
    }

    /// Where that key stands, else the table itself.
    pub fn key_span(&self, key: &str) -> Span {
        self.rows.get_key_value(key).map_or(self.span, |(key, _)| key.span().into())
    }

    /// The value of that key, whatever its type; the key counts as read.
    pub fn get(&self, key: &'static str) -> Option<Value<'t>> {
        self.read.borrow_mut().insert(key);
        let found = self.rows.get(key)?;
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Some(Value::new(found.get_ref(), found.span().into(), self.problems.name_of(path), self.problems))
    }

    /// Reports every one of these keys that is missing.
    pub fn require(&self, keys: &[&'static str]) {
        for key in keys.iter().filter(|key| !self.has(key)) {
            self.read.borrow_mut().insert(key);
            if self.problems.is_well_formed() {
                let language = self.problems.language;
                let place = if self.path.is_empty() { String::new() } else { format!(" [{}]", self.path) };
                let message = say!(language, "thiếu khóa \"{key}\" trong mục{place}", "missing key \"{key}\" in{place}");
                let help = say!(language, "thêm dòng {key} = …", "add a line {key} = …");
                self.problems.error_with_help("missing-key", self.span, message, help);
            }
        }
    }

    /// A text: NFC, trimmed, not blank, on one line.
    pub fn str(&self, key: &'static str) -> Option<At<String>> {
        self.get(key)?.str()
    }

    /// A text as it stands: NFC; it may be blank and have several lines.
    pub fn nfc_str(&self, key: &'static str) -> Option<At<String>> {
        self.get(key)?.nfc_str()
    }

    /// A date: a TOML date or a quoted ISO date.
    pub fn date(&self, key: &'static str) -> Option<At<Date>> {
        self.get(key)?.date()
    }

    /// A date, a local date-time or an instant, as TOML or quoted.
    pub fn datetime(&self, key: &'static str) -> Option<At<Moment>> {
        self.get(key)?.datetime()
    }

    /// A whole number.
    pub fn int(&self, key: &'static str) -> Option<At<i64>> {
        self.get(key)?.int()
    }

    /// A number; whole ones are taken too, infinity and NaN are not.
    pub fn float(&self, key: &'static str) -> Option<At<f64>> {
        self.get(key)?.float()
    }

    /// Yes or no.
    pub fn bool(&self, key: &'static str) -> Option<At<bool>> {
        self.get(key)?.bool()
    }

    /// A list, each element read by `read`; elements that answer `None` are left out (they have reported why).
    pub fn list_of<T>(&self, key: &'static str, read: impl FnMut(Value<'t>) -> Option<T>) -> Option<Vec<T>> {
        Some(self.get(key)?.list()?.into_iter().filter_map(read).collect())
    }

    /// A table: `[key]` or `{ … }`.
    pub fn table(&self, key: &'static str) -> Option<Table<'t>> {
        self.get(key)?.table()
    }

    /// A list of tables: `[[key]]`; empty when there is none.
    pub fn tables(&self, key: &'static str) -> Vec<Table<'t>> {
        self.get(key).and_then(Value::tables).unwrap_or_default()
    }

    /// Reports the keys nobody asked for, each with the nearest one that is known.
    pub fn finish(self) {
        let read = self.read.into_inner();
        for (key, _) in self.rows {
            let (name, span) = (key.get_ref().as_ref(), Span::from(key.span()));
            if read.contains(name) || diagnostic::is_secret_key(name) {
                continue;
            }
            let language = self.problems.language;
            let shown = quoted(name);
            let place = if self.path.is_empty() { String::new() } else { format!(" [{}]", self.path) };
            let message = say!(language, "không có khóa {shown} trong mục{place}", "unknown key {shown} in{place}");
            let message = if self.path.is_empty() {
                say!(language, "không có khóa hoặc mục {shown}", "unknown key or section {shown}")
            } else {
                message
            };
            let known = read.iter().copied().collect::<Vec<_>>().join(", ");
            let otherwise = say!(language, "các khóa dùng được ở đây: {known}", "keys that stand here: {known}");
            let help = self.problems.did_you_mean(name, read.iter().copied(), otherwise);
            self.problems.error_with_help("unknown-key", span, message, help);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Paint, Source, render};

    fn codes(text: &str, read: impl FnOnce(&Table<'_>)) -> Vec<&'static str> {
        let document = Document::parse(text, 0, Some(Language::En));
        let root = document.root();
        read(&root);
        root.finish();
        document.finish().iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn every_mistake_of_a_file_is_reported_in_file_order() {
        let text = "name = 3\nday = \"2023-02-30\"\nlist = \"a\"\nwehn = 1\n";
        let found = codes(text, |root| {
            root.require(&["name", "when"]);
            assert_eq!(root.str("name"), None);
            assert_eq!(root.date("day"), None);
            assert!(root.list_of("list", Value::str).is_none());
            assert!(root.int("when").is_none());
        });
        assert_eq!(found, ["missing-key", "wrong-type", "bad-date", "wrong-type", "unknown-key"]);
    }

    #[test]
    fn texts_are_nfc_and_trimmed() {
        let document = Document::parse("name = \" Pho\u{0300}ng No\u{0323}\u{0302}i vu\u{0323} \"\n", 0, None);
        assert_eq!(document.root().str("name").map(|text| text.value).as_deref(), Some("Phòng Nội vụ"));
    }

    #[test]
    fn dates_are_taken_as_toml_and_quoted() {
        let document = Document::parse(
            "a = 2026-12-31\nb = \"2026-12-31\"\nc = 2026-12-31T17:00:00+07:00\nd = \"2026-12-31T17:00\"\ne = 2026-12-31T17:00",
            0,
            None,
        );
        let root = document.root();
        let day = Date::constant(2026, 12, 31);
        assert_eq!(root.date("a").map(|at| at.value), Some(day));
        assert_eq!(root.date("b").map(|at| at.value), Some(day));
        assert_eq!(root.datetime("a").map(|at| at.value), Some(Moment::Date(day)));
        let instant = "2026-12-31T10:00:00Z".parse().expect("an instant");
        assert_eq!(root.datetime("c").map(|at| at.value), Some(Moment::Instant(instant)));
        for key in ["d", "e"] {
            assert_eq!(root.datetime(key).map(|at| at.value), Some(Moment::Local(day.at(17, 0, 0, 0))));
        }
        root.finish();
        assert_eq!(document.finish(), []);
    }

    #[test]
    fn a_byte_order_mark_and_crlf_are_taken() {
        let found = codes("\u{feff}a = 1\r\nb = 2\r\n", |root| {
            assert_eq!(root.int("a").map(|at| at.value), Some(1));
            assert_eq!(root.int("b").map(|at| at.value), Some(2));
        });
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn what_is_no_text_or_too_large_is_refused_with_its_place() {
        let (_, problem) = decode(b"a = 1\nb = \"\xff\"", 0, Language::En).expect_err("not UTF-8");
        assert_eq!((problem.code, problem.span.map(|span| span.start)), ("not-utf8", Some(11)));
        let (_, problem) = decode(&vec![b' '; TEXT_BYTES_MAX + 1], 0, Language::En).expect_err("too large");
        assert_eq!(problem.code, "file-too-large");
        assert_eq!(codes("a = 1\n\0", |root| assert!(root.int("a").is_some())), ["nul-character"]);
    }

    #[test]
    fn a_line_that_is_no_toml_is_reported_once_and_the_rest_is_still_read() {
        let found = codes("a = \nb = vi\n[c]\nd = \"x\"\n", |root| {
            let _ = (root.int("a"), root.str("b"));
            let c = root.table("c").expect("still there");
            assert_eq!(c.int("d"), None);
            c.require(&["e"]);
            c.finish();
        });
        assert_eq!(found, ["syntax", "syntax", "wrong-type"]);
    }

    #[test]
    fn a_secret_is_named_with_its_credential_and_never_shown() {
        let text =
            "[email]\nsmtp_password = \"hunter2\"\nserver = 5 # token = hunter2\n[telegram]\nbot = { Token = 'hunter2' }\n";
        let document = Document::parse(text, 0, Some(Language::En));
        let root = document.root();
        let email = root.table("email").expect("there");
        let _ = email.str("server");
        email.finish();
        let telegram = root.table("telegram").expect("there");
        telegram.table("bot").expect("there").finish();
        telegram.finish();
        root.finish();
        let problems = document.finish();
        let shown = render(&problems, &[Source::of_text("config.toml", text)], Paint::Plain, labels(Language::En));
        assert_eq!(
            problems.iter().map(|problem| problem.code).collect::<Vec<_>>(),
            ["secret-in-file", "wrong-type", "secret-in-file"]
        );
        assert!(shown.contains("\"smtp-password\"") && shown.contains("\"telegram-token\""), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_section_in_single_brackets_is_told_to_use_double_ones() {
        let document = Document::parse("[policy]\nname = \"x\"\n", 0, Some(Language::En));
        assert!(document.root().tables("policy").is_empty());
        let problems = document.finish();
        assert_eq!(problems[0].help.as_deref(), Some("use double brackets: [[policy]]"));
        assert_eq!(problems[0].span.map(|span| span.start), Some(0));
    }
}
