//! A row of a table as a branch of the tree that TOML gives, so that one reader reads both. Each value stands where its
//! cell does.

use std::borrow::Cow;
use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::cell::{DateCell, date_cell, is_error, list, number, one_line, yes_no};
use super::register::{Found, Register};
use super::sheet::Line;
use crate::diagnostic::{Span, quoted};
use crate::tree::{Document, Problems, say};

/// The rows of one source, by the name of their table.
#[derive(Default)]
pub(super) struct Branches {
    tables: BTreeMap<&'static str, DeArray<'static>>,
}

impl Branches {
    /// One more row.
    pub(super) fn push(&mut self, table: &'static str, branch: Branch<'_, '_>) {
        self.tables.entry(table).or_default().push(spanned(branch.line.span(), DeValue::Table(branch.values)));
    }

    /// All of them, as if they had been TOML.
    pub(super) fn into_document(self, problems: Problems) -> Document<'static> {
        let mut root = DeTable::new();
        for (table, rows) in self.tables {
            // What a row lacks was told of while it was taken apart; what the reader finds missing follows from that.
            rows.iter().for_each(|row| problems.told(row.span().into()));
            root.insert(spanned(Span::default(), Cow::Borrowed(table)), spanned(Span::default(), DeValue::Array(rows)));
        }
        Document::of_cells(root, problems)
    }
}

fn spanned<T>(span: Span, value: T) -> Spanned<T> {
    Spanned::new(span.start..span.end, value)
}

/// Tells of a cell that holds no date.
pub(super) fn no_date(text: &str, span: Span, problems: &Problems) {
    let (language, shown) = (problems.language, quoted(text));
    let message = say!(language, "{shown} không phải là ngày", "{shown} is no date");
    let help = say!(
        language,
        "viết ngày/tháng/năm đủ bốn chữ số của năm, ví dụ 31/12/2023; ngày đó phải có thật",
        "write day/month/year with four digits of the year, e.g. 31/12/2023, a day that exists"
    );
    problems.error_with_help("bad-date", span, message, help);
    problems.told(span);
}

/// One row under way. What is wrong with a cell is told once, at the cell, and its value is left out.
pub(super) struct Branch<'l, 'c> {
    line: &'l Line<'c>,
    problems: &'l Problems,
    values: DeTable<'static>,
}

impl<'l, 'c> Branch<'l, 'c> {
    /// Of that row; `required` are the keys whose cells must not be blank.
    pub(super) fn new(line: &'l Line<'c>, problems: &'l Problems, required: &[&str]) -> Self {
        let branch = Self { line, problems, values: DeTable::new() };
        for key in required {
            if branch.line.cell(key).is_none_or(|cell| branch.line.text_of(cell).is_none()) {
                branch.missing(key);
            }
        }
        branch
    }

    /// Tells of a blank cell that must not be.
    pub(super) fn missing(&self, key: &str) {
        let language = self.problems.language;
        let (message, help) = (
            say!(language, "ô này để trống", "this cell is blank"),
            say!(language, "ghi giá trị; ô gộp chỉ cần ghi một lần", "fill it in; a merged cell is filled in once"),
        );
        self.problems.error_with_help("blank-cell", self.line.place(key), message, help);
    }

    /// What stands under that key; an error of a formula is told of.
    pub(super) fn given(&self, key: &str) -> Option<(&'c str, Span)> {
        let cell = self.line.cell(key)?;
        let text = self.line.text_of(cell)?;
        (!self.is_wrong(text, cell.span)).then_some((text, cell.span))
    }

    /// Tells of a cell that shows the error of a formula.
    pub(super) fn is_wrong(&self, text: &str, span: Span) -> bool {
        let wrong = is_error(text);
        if wrong {
            let (language, shown) = (self.problems.language, quoted(text));
            let (message, help) = (
                say!(language, "ô báo lỗi công thức {shown}", "the cell shows the error {shown} of a formula"),
                say!(language, "sửa công thức, hoặc ghi thẳng giá trị", "mend the formula, or write the value"),
            );
            self.refuse("error-cell", span, message, help);
        }
        wrong
    }

    /// Tells of a cell; whatever the readers find there afterwards follows from it.
    pub(super) fn refuse(&self, code: &'static str, span: Span, message: String, help: String) {
        self.problems.error_with_help(code, span, message, help);
        self.problems.told(span);
    }

    /// Puts a text at a place.
    pub(super) fn put(&mut self, key: &'static str, span: Span, text: impl Into<String>) {
        self.insert(key, span, DeValue::String(Cow::Owned(text.into())));
    }

    /// Whether a value was put under that key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// Puts a list of texts at a place.
    pub(super) fn put_list(&mut self, key: &'static str, span: Span, texts: Vec<String>) {
        let mut array = DeArray::new();
        for text in texts {
            array.push(spanned(span, DeValue::String(Cow::Owned(text))));
        }
        self.insert(key, span, DeValue::Array(array));
    }

    /// Puts yes or no.
    pub(super) fn put_yes(&mut self, key: &'static str, span: Span) {
        self.insert(key, span, DeValue::Boolean(true));
    }

    /// Puts a table of its own, whose values were put into `other`.
    pub(super) fn put_table(&mut self, key: &'static str, span: Span, other: Self) {
        self.insert(key, span, DeValue::Table(other.values));
    }

    fn insert(&mut self, key: &'static str, span: Span, value: DeValue<'static>) {
        self.values.insert(spanned(span, Cow::Borrowed(key)), spanned(span, value));
    }

    /// Texts, each on one line.
    pub(super) fn texts(&mut self, keys: &[&'static str]) {
        for key in keys {
            if let Some((text, span)) = self.given(key) {
                self.put(key, span, one_line(text));
            }
        }
    }

    /// Marks, whose words are those of the facts with blanks and accents: "Thượng khẩn".
    pub(super) fn marks(&mut self, keys: &[&'static str]) {
        for key in keys {
            if let Some((text, span)) = self.given(key) {
                let word = match super::slug::fold(text).replace(' ', "-").as_str() {
                    "don-doc" => "press".to_owned(),
                    "ra-soat" => "review".to_owned(),
                    "liet-ke" | "chi-theo-doi" => "list".to_owned(),
                    word => word.to_owned(),
                };
                self.put(key, span, word);
            }
        }
    }

    /// Days; 01/01/1970 is none.
    pub(super) fn dates(&mut self, keys: &[&'static str]) {
        for key in keys {
            let Some((text, span)) = self.given(key) else { continue };
            match date_cell(text) {
                DateCell::None => {}
                // A day is meant where a spreadsheet shows a time.
                DateCell::Iso(iso) => self.put(key, span, iso.get(..10).unwrap_or(&iso)),
                DateCell::Other => self.no_date(text, span),
            }
        }
    }

    /// Tells of a cell that holds no date.
    pub(super) fn no_date(&self, text: &str, span: Span) {
        no_date(text, span, self.problems);
    }

    /// Yes or no.
    pub(super) fn yes_no(&mut self, keys: &[&'static str]) {
        for key in keys {
            let Some((text, span)) = self.given(key) else { continue };
            if let Some(yes) = yes_no(text) {
                self.insert(key, span, DeValue::Boolean(yes));
                continue;
            }
            let (language, shown) = (self.problems.language, quoted(text));
            let (message, help) = (
                say!(language, "{shown} không phải có hoặc không", "{shown} is neither yes nor no"),
                say!(language, "viết \"x\" hoặc \"có\"; để trống nếu không", "write \"x\" or \"yes\"; leave it blank for no"),
            );
            self.refuse("wrong-type", span, message, help);
        }
    }

    /// A number in that cell; what is none is told of.
    pub(super) fn number(&self, text: &str, span: Span) -> Option<f64> {
        let found = number(text);
        if found.is_none() {
            let (language, shown) = (self.problems.language, quoted(text));
            let (message, help) = (
                say!(language, "{shown} không phải là số", "{shown} is no number"),
                say!(language, "chỉ ghi số, ví dụ 62,5", "write only the number, e.g. 62.5"),
            );
            self.refuse("wrong-type", span, message, help);
        }
        found
    }

    /// Words of a list.
    pub(super) fn lists(&mut self, keys: &[&'static str]) {
        for key in keys {
            if let Some((text, span)) = self.given(key) {
                self.put_list(key, span, list(text).map(one_line).collect());
            }
        }
    }

    /// The unit of a cell, as its id.
    pub(super) fn unit(&mut self, key: &'static str, units: &Register) {
        if let Some((text, span)) = self.given(key)
            && let Some(id) = self.meant("unknown-unit", text, span, units.find(&one_line(text)))
        {
            self.put(key, span, id);
        }
    }

    /// The units of a cell, as their ids. A comma parts units only where every part is one.
    pub(super) fn units(&mut self, key: &'static str, units: &Register) {
        let Some((text, span)) = self.given(key) else { return };
        let mut ids = Vec::new();
        for part in list(text).map(one_line) {
            let found = units.find(&part);
            let parts: Vec<Found> = part.split(',').map(|one| units.find(one.trim())).collect();
            let all = parts.len() > 1 && parts.iter().all(|one| matches!(one, Found::One(_)));
            if matches!(found, Found::Nobody(_)) && all {
                ids.extend(parts.into_iter().filter_map(|one| if let Found::One(id) = one { Some(id) } else { None }));
            } else if let Some(id) = self.meant("unknown-unit", &part, span, found) {
                ids.push(id);
            }
        }
        self.put_list(key, span, ids);
    }

    /// The person of a cell, as their id.
    pub(super) fn person(&mut self, key: &'static str, people: &Register) {
        if let Some((text, span)) = self.given(key)
            && let Some(id) = self.meant("unknown-person", text, span, people.find_person(&one_line(text)))
        {
            self.put(key, span, id);
        }
    }

    /// A leader or monitor: a role as the facts write it, else a person by name.
    pub(super) fn role(&mut self, key: &'static str, people: &Register) {
        let Some((text, span)) = self.given(key) else { return };
        if text.contains(':') {
            self.put(key, span, one_line(text));
        } else if let Some(id) = self.meant("unknown-person", text, span, people.find_person(&one_line(text))) {
            self.put(key, span, format!("person:{id}"));
        }
    }

    fn meant(&self, code: &'static str, text: &str, span: Span, found: Found) -> Option<String> {
        let (language, shown) = (self.problems.language, quoted(text));
        let of_units = code == "unknown-unit";
        let (code, message, help) = match found {
            Found::One(id) => return Some(id),
            Found::Several(ids) => {
                let ids = ids.join(", ");
                let message = say!(language, "{shown} là tên của nhiều mã: {ids}", "{shown} is the name of several: {ids}");
                ("ambiguous-name", message, say!(language, "ghi mã thay cho tên", "write the id instead of the name"))
            }
            Found::Nobody(near) => {
                let message = if of_units {
                    say!(language, "chưa có đơn vị {shown}", "there is no unit {shown}")
                } else {
                    say!(language, "chưa có người {shown}", "there is no person {shown}")
                };
                let help = match (near, of_units) {
                    (Some(near), _) => say!(language, "có phải ý bạn là \"{near}\"?", "did you mean \"{near}\"?"),
                    (None, true) => say!(
                        language,
                        "điền trang \"Tên khác\", thêm vào trang \"Đơn vị\", hoặc sửa thành tên trong danh mục; nhiều đơn vị ngăn cách bằng dấu ;",
                        "add it as another name of a unit (sheet \"Tên khác\"), add the unit, or write a name it has; several units are separated by ;"
                    ),
                    (None, false) => say!(
                        language,
                        "thêm vào trang \"Cán bộ\", hoặc ghi đúng họ tên đã nhập",
                        "add them to the people, or write the name as it was imported"
                    ),
                };
                (code, message, help)
            }
        };
        // Several parts of one cell may each be wrong.
        self.problems.error_with_help(code, span, message, help);
        None
    }

    /// What is wrong with a list is told; the readers need not find it empty.
    pub(super) fn settle(&self, keys: &[&str]) {
        for key in keys {
            if self.problems.has_error_at(self.line.place(key)) {
                self.problems.told(self.line.place(key));
            }
        }
    }
}
