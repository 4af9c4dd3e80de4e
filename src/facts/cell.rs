//! What people write into cells: dates, yes and no, numbers, lists.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use super::slug::fold;

/// A date cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DateCell {
    /// 01/01/1970 or the day 0 of a spreadsheet, which exports write for "none".
    None,
    /// A day, or a day and a time as ISO.
    Iso(String),
    /// No date.
    Other,
}

/// The words spreadsheets put where a formula went wrong.
const ERRORS: [&str; 9] = ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#DATA!", "#SPILL!"];

/// Whether a cell shows the error of a formula.
pub(super) fn is_error(text: &str) -> bool {
    ERRORS.contains(&text) || text.starts_with("Err:")
}

/// ISO, `dd/MM/yyyy` with `/`, `-` or `.`, `ngày 05 tháng 10 năm 2023`, or the serial number of a spreadsheet.
pub(super) fn date_cell(text: &str) -> DateCell {
    let text = text.trim();
    if let Some(day) = text.get(..10).and_then(iso_day) {
        return found(
            day,
            text.get(10..).filter(|time| !time.is_empty()).map(|time| format!("{day}{}", time.replacen(' ', "T", 1))),
        );
    }
    if let Ok(serial) = text.parse::<i32>() {
        return match serial {
            0 => DateCell::None,
            // From 1927 to 2173; less is a year or a count.
            10_000..=99_999 => date(1899, 12, 30).checked_add(serial.days()).map_or(DateCell::Other, |day| found(day, None)),
            _ => DateCell::Other,
        };
    }
    spoken_day(text).map_or(DateCell::Other, |day| found(day, None))
}

fn found(day: Date, with_time: Option<String>) -> DateCell {
    let none = day == date(1970, 1, 1) || day.year() < 1901;
    if none { DateCell::None } else { DateCell::Iso(with_time.unwrap_or_else(|| day.to_string())) }
}

fn iso_day(text: &str) -> Option<Date> {
    let shaped = text.bytes().enumerate().all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    (shaped && text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// `05/10/2023`, `5-10-2023`, `ngày 05 tháng 10 năm 2023`; the year has four digits, or a century would be guessed.
pub(super) fn spoken_day(text: &str) -> Option<Date> {
    let words = fold(text);
    let parts: Vec<&str> = words.split(' ').filter(|word| !matches!(*word, "ngay" | "thang" | "nam")).collect();
    let [day, month, year] = parts[..] else { return None };
    if year.len() != 4 || day.len() > 2 || month.len() > 2 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The last day somebody names inside a text, such as "Báo cáo số 45/BC-UBND ngày 29/12/2023".
pub(super) fn day_within(text: &str) -> Option<Date> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')')).collect();
    words.iter().rev().find_map(|word| spoken_day(word.trim_end_matches('.'))).or_else(|| {
        let at = text.rfind("ngày ")?;
        let tail: Vec<&str> = text[at..].split_whitespace().take(6).collect();
        spoken_day(&tail.join(" "))
    })
}

/// Yes or no, as people tick a box.
pub(super) fn yes_no(text: &str) -> Option<bool> {
    match fold(text).as_str() {
        "x" | "co" | "true" | "yes" | "1" | "dung" => Some(true),
        "khong" | "false" | "no" | "0" | "sai" => Some(false),
        _ => None,
    }
}

/// Whether a person agrees; `None` when the mark says neither.
pub(super) fn agreed(text: &str) -> Option<bool> {
    match (text.trim(), fold(text).as_str()) {
        ("✓" | "✔" | "☑", _) | (_, "dong y" | "agreed" | "ok") => Some(true),
        (_, "khong dong y") => Some(false),
        _ => yes_no(text),
    }
}

/// A number with a decimal point or comma, with or without thousands and a percent sign: `1.234,5`, `62,5 %`.
pub(super) fn number(text: &str) -> Option<f64> {
    let bare: String = text.trim().trim_end_matches('%').chars().filter(|c| !c.is_whitespace()).collect();
    if bare.is_empty() || !bare.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-')) {
        return None;
    }
    let (points, commas) = (bare.matches('.').count(), bare.matches(',').count());
    let thousands = |sign: char| bare.split(sign).skip(1).all(|part| part.len() == 3);
    let plain = match (points, commas) {
        (_, 1) if points == 0 || bare.rfind(',') > bare.rfind('.') => bare.replace('.', "").replace(',', "."),
        (0 | 1, 0) => bare,
        (1, _) if bare.rfind('.') > bare.rfind(',') => bare.replace(',', ""),
        (2.., 0) if thousands('.') => bare.replace('.', ""),
        (0, 2..) if thousands(',') => bare.replace(',', ""),
        _ => return None,
    };
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The parts of a list: `;` or a line break between them, a dash or a bullet before them.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split([';', '\n']).map(|part| part.trim().trim_start_matches(['-', '–', '+', '•', '*']).trim());
    parts.map(|part| part.trim_end_matches(['.', ','])).filter(|part| !part.is_empty())
}

/// On one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_and_spreadsheets_write_them() {
        let iso = |text: &str| DateCell::Iso(text.to_owned());
        for (text, read) in [
            ("2023-12-31", iso("2023-12-31")),
            ("2023-12-31T17:00", iso("2023-12-31T17:00")),
            ("31/12/2023", iso("2023-12-31")),
            ("5-1-2024", iso("2024-01-05")),
            ("31.12.2023", iso("2023-12-31")),
            ("ngày 05 tháng 10 năm 2023", iso("2023-10-05")),
            ("45291", iso("2023-12-31")),
            ("25569", DateCell::None),
            ("01/01/1970", DateCell::None),
            ("1970-01-01", DateCell::None),
            ("0", DateCell::None),
            ("1899-12-31", DateCell::None),
            ("31/12/23", DateCell::Other),
            ("31/02/2023", DateCell::Other),
            ("2023", DateCell::Other),
            ("Quý IV/2023", DateCell::Other),
        ] {
            assert_eq!(date_cell(text), read, "{text}");
        }
    }

    #[test]
    fn a_day_is_found_inside_a_text() {
        let day = Some(date(2023, 12, 29));
        assert_eq!(day_within("Báo cáo số 45/BC-UBND ngày 29/12/2023"), day);
        assert_eq!(day_within("BC 45/BC-UBND (29/12/2023)."), day);
        assert_eq!(day_within("Báo cáo số 45 ngày 29 tháng 12 năm 2023"), day);
        assert_eq!(day_within("Đã ban hành kế hoạch"), None);
    }

    #[test]
    fn numbers_have_commas_and_points() {
        for (text, read) in [
            ("62,5", Some(62.5)),
            ("62.5 %", Some(62.5)),
            ("1.234,5", Some(1234.5)),
            ("1,234.5", Some(1234.5)),
            ("1.234.567", Some(1_234_567.0)),
            ("-3", Some(-3.0)),
            ("12 tỷ", None),
            ("1,2,3", None),
            ("", None),
        ] {
            assert_eq!(number(text), read, "{text}");
        }
    }

    #[test]
    fn a_list_has_semicolons_or_lines_and_keeps_its_commas() {
        let units: Vec<_> = list("- Phòng Kinh tế, Hạ tầng và Đô thị\n- Phòng Nội vụ; Văn phòng.").collect();
        assert_eq!(units, ["Phòng Kinh tế, Hạ tầng và Đô thị", "Phòng Nội vụ", "Văn phòng"]);
    }
}
