//! One value of the tree, read as what it should be.

use jiff::Timestamp;
use jiff::civil::{self, Date, DateTime};
use toml::de::DeValue;

use super::{At, Form, Problems, Table, nfc, say};
use crate::diagnostic::{Span, quoted};
use crate::domain::hidden::is_hidden;
use crate::domain::rules::Language;

/// What most keys want.
const TEXT: (&str, &str) = ("một văn bản trong dấu nháy", "a quoted text");

/// A day, a time of a day, or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A date.
    Date(Date),
    /// A date and a time in the office's time zone.
    Local(DateTime),
    /// A date and a time with its offset.
    Instant(Timestamp),
}

/// A value with its place and its name.
#[derive(Clone, Debug)]
pub struct Value<'t> {
    node: &'t DeValue<'t>,
    span: Span,
    path: String,
    problems: &'t Problems,
}

impl<'t> Value<'t> {
    pub(super) const fn new(node: &'t DeValue<'t>, span: Span, path: String, problems: &'t Problems) -> Self {
        Self { node, span, path, problems }
    }

    /// Where it stands.
    pub const fn span(&self) -> Span {
        self.span
    }

    /// Its name in messages, e.g. `policy.step.when`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where findings go.
    pub const fn problems(&self) -> &'t Problems {
        self.problems
    }

    /// Whether it is a text.
    pub fn is_text(&self) -> bool {
        self.node.is_str()
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.node.is_array()
    }

    /// Whether it is a number, whole or not.
    pub fn is_number(&self) -> bool {
        self.node.is_integer() || self.node.is_float()
    }

    /// Whether it is a table.
    pub fn is_table(&self) -> bool {
        self.node.is_table()
    }

    /// A text: NFC, trimmed, not blank, on one line.
    pub fn str(self) -> Option<At<String>> {
        let (span, language, problems) = (self.span, self.problems.language, self.problems);
        let path = self.path.clone();
        let text = self.nfc_str()?.map(|text| text.trim().to_owned());
        if text.value.is_empty() {
            let message = say!(language, "\"{path}\" để trống", "\"{path}\" is blank");
            let help = say!(language, "ghi giá trị, hoặc bỏ cả dòng", "give a value, or leave the line out");
            problems.error_with_help("blank-text", span, message, help);
            return None;
        }
        if text.value.chars().any(char::is_control) {
            let message = say!(
                language,
                "\"{path}\" có ký tự điều khiển hoặc xuống dòng",
                "\"{path}\" has a control character or a line break"
            );
            let help = say!(language, "viết trên một dòng", "write it on one line");
            problems.error_with_help("control-character", span, message, help);
            return None;
        }
        if let Some(mark) = text.value.chars().find(|c| is_hidden(*c)) {
            let code = u32::from(mark);
            let message = say!(
                language,
                "\"{path}\" có ký tự không nhìn thấy (U+{code:04X})",
                "\"{path}\" has a character that is not seen (U+{code:04X})"
            );
            let help = say!(
                language,
                "gõ lại giá trị này; ký tự như vậy thường theo vào khi sao chép và làm chữ trông như chữ khác",
                "type this value anew; such characters come along when text is copied, and make it look like another"
            );
            problems.error_with_help("hidden-character", span, message, help);
            return None;
        }
        Some(text)
    }

    /// A text as it stands: NFC; it may be blank and have several lines.
    pub fn nfc_str(self) -> Option<At<String>> {
        match self.node {
            DeValue::String(text) => Some(self.at(nfc(text))),
            _ => self.wrong(TEXT),
        }
    }

    /// A date: a TOML date or a quoted ISO date.
    pub fn date(self) -> Option<At<Date>> {
        let wanted = ("một ngày như 2026-12-31", "a date like 2026-12-31");
        let read = match self.node {
            DeValue::Datetime(moment) if moment.time.is_none() && moment.offset.is_none() => moment.date.and_then(civil_date),
            DeValue::String(text) => iso_date(text.trim()),
            _ => return self.wrong(wanted),
        };
        match read {
            Some(date) => Some(self.at(date)),
            None => self.bad_date(wanted),
        }
    }

    /// A date, a local date-time or an instant, as TOML or quoted.
    pub fn datetime(self) -> Option<At<Moment>> {
        let wanted = ("một ngày hoặc ngày giờ như 2026-12-31T17:00", "a date or date-time like 2026-12-31T17:00");
        let text = match self.node {
            DeValue::Datetime(moment) => moment.to_string(),
            DeValue::String(text) => text.trim().to_owned(),
            _ => return self.wrong(wanted),
        };
        match moment(&text) {
            Some(moment) => Some(self.at(moment)),
            None => self.bad_date(wanted),
        }
    }

    /// A whole number.
    pub fn int(self) -> Option<At<i64>> {
        let wanted = ("một số nguyên", "a whole number");
        match self.node {
            DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
                Ok(number) => Some(self.at(number)),
                Err(_) => self.out_of_range(digits.as_str()),
            },
            DeValue::String(text) if self.problems.form == Form::Cells => match text.parse() {
                Ok(number) => Some(self.at(number)),
                Err(_) => self.wrong(wanted),
            },
            _ => self.wrong(wanted),
        }
    }

    /// A number; whole ones are taken too, infinity and NaN are not.
    pub fn float(self) -> Option<At<f64>> {
        let (text, read) = match self.node {
            // A decimal text, whatever the radix: what is larger than a float counts exactly is out of range anyway.
            DeValue::Integer(digits) if digits.radix() == 10 => (digits.as_str(), digits.as_str().parse::<f64>().ok()),
            DeValue::Float(digits) => (digits.as_str(), digits.as_str().parse::<f64>().ok()),
            DeValue::String(text) if self.problems.form == Form::Cells => (text.as_ref(), text.parse::<f64>().ok()),
            _ => return self.wrong(("một số", "a number")),
        };
        match read.filter(|number| number.is_finite()) {
            Some(number) => Some(self.at(number)),
            None => self.out_of_range(text),
        }
    }

    /// Yes or no.
    pub fn bool(self) -> Option<At<bool>> {
        match self.node {
            DeValue::Boolean(yes) => Some(self.at(*yes)),
            _ => self.wrong(("true hoặc false", "true or false")),
        }
    }

    /// The elements of a list.
    pub fn list(self) -> Option<Vec<Value<'t>>> {
        match self.node {
            DeValue::Array(list) => Some(
                list.iter()
                    .map(|item| Value::new(item.get_ref(), item.span().into(), self.path.clone(), self.problems))
                    .collect(),
            ),
            _ => self.wrong(("một danh sách như [\"…\", \"…\"]", "a list like [\"…\", \"…\"]")),
        }
    }

    /// A table.
    pub fn table(self) -> Option<Table<'t>> {
        if let DeValue::Table(rows) = self.node {
            return Some(Table::new(rows, self.span, self.path, self.problems));
        }
        let path = self.path.clone();
        self.wrong((&format!("một mục [{path}]"), &format!("a section [{path}]")))
    }

    /// A list of tables.
    pub fn tables(self) -> Option<Vec<Table<'t>>> {
        let path = self.path.clone();
        let wanted = (format!("các mục [[{path}]]"), format!("sections [[{path}]]"));
        match self.node {
            DeValue::Array(list) => Some(
                list.iter()
                    .filter_map(|item| {
                        let item = Value::new(item.get_ref(), item.span().into(), path.clone(), self.problems);
                        if item.is_table() { item.table() } else { item.wrong((&wanted.0, &wanted.1)) }
                    })
                    .collect(),
            ),
            _ => self.wrong((&wanted.0, &wanted.1)),
        }
    }

    fn at<T>(&self, value: T) -> At<T> {
        At { value, span: self.span }
    }

    /// Reports that something else was wanted here, and what stands here.
    pub fn wrong<T>(&self, wanted: (&str, &str)) -> Option<T> {
        let (language, path, found) = (self.problems.language, &self.path, self.found());
        let (vi, en) = wanted;
        let message = say!(language, "\"{path}\" phải là {vi}, nhưng ở đây là {found}", "\"{path}\" must be {en}, found {found}");
        let help = match self.node {
            DeValue::String(text) if en.starts_with("a list") => say_list(language, text),
            DeValue::Table(_) if en.starts_with("sections") => {
                say!(language, "dùng hai dấu ngoặc: [[{path}]]", "use double brackets: [[{path}]]")
            }
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) if en == TEXT.1 => {
                say!(language, "đặt giá trị trong dấu nháy kép", "put the value in quotes")
            }
            _ => say!(language, "viết lại giá trị này thành {vi}", "write {en} here"),
        };
        self.problems.error_with_help("wrong-type", self.span, message, help);
        None
    }

    fn bad_date<T>(&self, (vi, en): (&str, &str)) -> Option<T> {
        let (language, path) = (self.problems.language, &self.path);
        let shown = match self.node {
            DeValue::String(text) => quoted(text),
            DeValue::Datetime(moment) => quoted(&moment.to_string()),
            _ => String::new(),
        };
        let message = say!(language, "\"{path}\": {shown} không phải là {vi}", "\"{path}\": {shown} is not {en}");
        let help = say!(language, "viết năm-tháng-ngày, và ngày đó phải có thật", "write year-month-day, a day that exists");
        self.problems.error_with_help("bad-date", self.span, message, help);
        None
    }

    fn out_of_range<T>(&self, text: &str) -> Option<T> {
        let (language, path, shown) = (self.problems.language, &self.path, quoted(text));
        let message = say!(language, "\"{path}\": số {shown} ngoài phạm vi", "\"{path}\": {shown} is out of range");
        let help = say!(language, "viết một số thông thường, ví dụ 90", "write an ordinary number, such as 90");
        self.problems.error_with_help("out-of-range", self.span, message, help);
        None
    }

    /// What stands here, in words.
    fn found(&self) -> String {
        let language = self.problems.language;
        let shown = |text: &str| quoted(text);
        match self.node {
            DeValue::String(text) => {
                let shown = shown(text);
                say!(language, "văn bản {shown}", "the text {shown}")
            }
            DeValue::Integer(digits) => {
                let shown = digits.as_str();
                say!(language, "số {shown}", "the number {shown}")
            }
            DeValue::Float(digits) => {
                let shown = digits.as_str();
                say!(language, "số {shown}", "the number {shown}")
            }
            DeValue::Boolean(yes) => yes.to_string(),
            DeValue::Datetime(moment) => say!(language, "ngày giờ {moment}", "the date {moment}"),
            DeValue::Array(_) => say!(language, "một danh sách", "a list"),
            DeValue::Table(_) => say!(language, "một mục", "a section"),
        }
    }
}

fn say_list(language: Language, text: &str) -> String {
    let shown = quoted(text);
    say!(language, "đặt trong ngoặc vuông: [{shown}]", "put it in brackets: [{shown}]")
}

fn civil_date(date: toml::value::Date) -> Option<Date> {
    let day = |part: u8| i8::try_from(part).ok();
    Date::new(i16::try_from(date.year).ok()?, day(date.month)?, day(date.day)?).ok()
}

/// `YYYY-MM-DD` and nothing else: other forms of ISO 8601 are read differently by different people.
fn iso_date(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    if !shape {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?).ok()
}

fn moment(text: &str) -> Option<Moment> {
    if let Some(date) = iso_date(text) {
        return Some(Moment::Date(date));
    }
    iso_date(text.get(..10)?)?;
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(Moment::Instant(instant));
    }
    // A time without offset; jiff would take a zone annotation too, which nobody writes here.
    let time = text.get(11..).filter(|time| time.bytes().all(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'.'))?;
    let time: civil::Time = time.parse().ok()?;
    Some(Moment::Local(iso_date(&text[..10])?.to_datetime(time)))
}
