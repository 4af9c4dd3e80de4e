//! The fields of a form: which a reply has, how they are read, and what is wrong with them.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::words::Fault;
use crate::domain::reply::ReplyKind;
use crate::engine::answer::{Choice, Sheet, SheetItem};

/// The longest text that is taken.
pub(super) const TEXT_CHARS_MAX: usize = 500;

/// The value of a choice that answers nothing.
pub(super) const NONE: &str = "none";

/// The name of the choice for all items, its value for one by one.
pub(super) const ALL: &str = "all";
pub(super) const EACH: &str = "each";

/// A form as it came, by field.
pub(super) type Typed = BTreeMap<String, String>;

/// What a form says.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The choices that were made.
    pub(super) choices: Vec<Choice>,
    /// What is wrong, by field.
    pub(super) faults: BTreeMap<String, Fault>,
    /// Items without the choice they need.
    pub(super) unchosen: Vec<usize>,
}

impl Read {
    pub(super) fn is_sound(&self) -> bool {
        self.faults.is_empty() && self.unchosen.is_empty() && !self.choices.is_empty()
    }
}

/// The fields a reply has, in their order.
pub(super) fn of(kind: ReplyKind, item: &SheetItem) -> &'static [&'static str] {
    match kind {
        ReplyKind::Acknowledge => &["until"],
        ReplyKind::Progress if item.figure_unit.is_some() => &["value", "on", "note"],
        ReplyKind::Progress => &["percent", "note"],
        ReplyKind::Done => &["on", "document"],
        ReplyKind::Extend => &["until", "note"],
        ReplyKind::Assign => &["to"],
        _ => &["note"],
    }
}

/// Whether a field must be filled in.
pub(super) const fn is_needed(field: &str, kind: ReplyKind) -> bool {
    matches!(
        (field.as_bytes(), kind),
        (b"until" | b"note", ReplyKind::Extend) | (b"note", ReplyKind::NotOurs) | (b"to" | b"value", _)
    )
}

/// The name of the choice of an item.
pub(super) fn choice_name(number: usize) -> String {
    format!("i{number}")
}

/// The name of a field of a reply to an item.
pub(super) fn field_name(number: usize, kind: ReplyKind, field: &str) -> String {
    format!("i{number}-{}-{field}", kind.as_str())
}

/// Whether all items may be acknowledged at once: where more than one waits for it.
pub(super) fn offers_all(sheet: &Sheet) -> bool {
    sheet.items.iter().filter(|item| offers(item, ReplyKind::Acknowledge)).count() > 1
}

fn offers(item: &SheetItem, kind: ReplyKind) -> bool {
    item.offers.iter().any(|(offered, _)| *offered == kind)
}

/// Reads a form against the sheet it belongs to.
pub(super) fn read(sheet: &Sheet, typed: &Typed) -> Read {
    let mut read = Read::default();
    let chosen = |name: &str| typed.get(name).map_or("", String::as_str);
    if offers_all(sheet) && chosen(ALL) == ReplyKind::Acknowledge.as_str() {
        for item in sheet.items.iter().filter(|item| offers(item, ReplyKind::Acknowledge)) {
            read.choices.push(Choice { number: item.number, kind: Some(ReplyKind::Acknowledge), ..Choice::default() });
        }
        return read;
    }
    let alone = sheet.items.iter().filter(|item| !item.offers.is_empty()).count() == 1;
    for item in sheet.items.iter().filter(|item| !item.offers.is_empty()) {
        let word = chosen(&choice_name(item.number));
        match ReplyKind::parse(word).filter(|kind| offers(item, *kind)) {
            Some(kind) => choice(item, kind, typed, &mut read),
            // Of several, those without a choice are left as they are.
            None if alone || !(word.is_empty() || word == NONE) => read.unchosen.push(item.number),
            None => {}
        }
    }
    read
}

fn choice(item: &SheetItem, kind: ReplyKind, typed: &Typed, read: &mut Read) {
    let mut choice = Choice { number: item.number, kind: Some(kind), ..Choice::default() };
    for field in of(kind, item) {
        let name = field_name(item.number, kind, field);
        let text = typed.get(&name).map_or("", |text| text.trim());
        if text.is_empty() {
            if is_needed(field, kind) {
                read.faults.insert(name, Fault::Missing);
            }
            continue;
        }
        if let Err(fault) = fill(&mut choice, field, text, item) {
            read.faults.insert(name, fault);
        }
    }
    read.choices.push(choice);
}

fn fill(choice: &mut Choice, field: &str, text: &str, item: &SheetItem) -> Result<(), Fault> {
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Fault::TooLong);
    }
    let line = || text.split_whitespace().collect::<Vec<_>>().join(" ");
    match field {
        "until" => choice.until = Some(date(text).ok_or(Fault::NoDate)?),
        "on" => choice.on = Some(date(text).ok_or(Fault::NoDate)?),
        "percent" => choice.percent = Some(percent(text).ok_or(Fault::NoPercent)?),
        "value" => choice.value = Some(number(text).ok_or(Fault::NoNumber)?),
        "document" => choice.document = Some(line()),
        "to" if item.colleagues.iter().any(|(code, _)| code == text) => choice.to = Some(text.to_owned()),
        "to" => return Err(Fault::Missing),
        _ => choice.note = Some(line()),
    }
    Ok(())
}

/// A date as people here write it, `31/12/2026`, also with `-`, `.` or blanks; eight digits in that order; or ISO.
fn date(text: &str) -> Option<Date> {
    if let Ok(date) = text.parse::<Date>() {
        return Some(date);
    }
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = if digits {
        vec![&text[..2], &text[2..4], &text[4..]]
    } else {
        text.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect()
    };
    let [day, month, year] = parts[..] else { return None };
    let year = year.parse().ok().filter(|year: &i16| (2000..=2200).contains(year))?;
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

fn percent(text: &str) -> Option<u8> {
    text.trim_end_matches('%').trim().parse().ok().filter(|percent| *percent <= 100)
}

/// `62,5` or `62.5`; with more than one mark the first kind parts thousands.
fn number(text: &str) -> Option<f64> {
    let text: String = text.trim_end_matches('%').chars().filter(|letter| !letter.is_whitespace()).collect();
    let plain = match (text.matches('.').count(), text.matches(',').count()) {
        (_, 1) => text.replace('.', "").replace(',', "."),
        (0 | 1, 0) => text,
        (_, 0) => text.replace('.', ""),
        _ => return None,
    };
    let sound = plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
    plain.parse().ok().filter(|value: &f64| sound && value.is_finite())
}

/// Reads `application/x-www-form-urlencoded`; the first of each name counts.
pub(super) fn typed(body: &[u8]) -> Typed {
    let mut typed = Typed::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        typed.entry(name.into_owned()).or_insert_with(|| value.into_owned());
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        let day = Some(Date::constant(2026, 12, 5));
        for text in ["05/12/2026", "5/12/2026", "05-12-2026", "5.12.2026", "05 12 2026", "05122026", "2026-12-05"] {
            assert_eq!(date(text), day, "{text}");
        }
        for text in ["", "31/02/2026", "12/31/2026", "5/12", "5/12/26", "ngày mai", "5/12/2026/1"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_read_in_both_manners() {
        for (text, value) in [("62,5", 62.5), ("62.5", 62.5), ("1.234.567", 1_234_567.0), ("1.234,5", 1_234.5), ("90 %", 90.0)] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in ["", "nhiều", "1,2,3", "1e400", "inf", "NaN"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!((percent("100 %"), percent("101"), percent("-1"), percent("6,5")), (Some(100), None, None, None));
    }
}
