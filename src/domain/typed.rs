//! What people type into a chat: numbers, percentages and days, the way they write them.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use super::calendar::WorkingCalendar;
use super::deadline::DeadlineRule;
use super::phrase::token::{Token, TokenKind, tokens};
use super::phrase::{Flag, read_deadline};

/// A day so much later than today, its year not being written, is taken for a day that has passed.
const ASSUMED_YEAR_DAYS_MAX: i64 = 183;

/// Why a text is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayError {
    /// It says no day.
    Unreadable,
    /// It may mean more than one day.
    Ambiguous,
    /// The day has passed.
    Past,
}

/// `62,5`, `62.5 %`, `1.234,5`, `1.500` (fifteen hundred, as it is written here), `15 bài`: the first number of the text.
///
/// A single comma is the decimal mark; a single dot is one too unless three digits follow it.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let sign = match text[..start].trim_end().chars().next_back() {
        None => "",
        Some('-' | '\u{2212}') => "-",
        // A word before it: "khoảng 62" is no figure to be recorded as exact.
        Some(_) => return None,
    };
    let length =
        text[start..].find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '\u{a0}'))).unwrap_or(text.len() - start);
    let (digits, rest) = (&text[start..start + length], &text[start + length..]);
    if rest.chars().any(|c| c.is_ascii_digit() || c == '/') {
        return None;
    }
    let digits = digits.trim_end_matches(['.', ',']);
    let plain = match (digits.rfind('.'), digits.rfind(',')) {
        (None, None) => digits.to_owned(),
        (Some(dot), Some(comma)) if dot > comma => without(digits, ',')?,
        (Some(_), Some(_)) => without(digits, '.')?.replace(',', "."),
        (None, Some(_)) if digits.matches(',').count() > 1 => without(digits, ',')?,
        (None, Some(_)) => digits.replace(',', "."),
        (Some(dot), None) => {
            let thousands = digits.matches('.').count() > 1 || (digits.len() - dot == 4 && dot <= 3 && !digits.starts_with('0'));
            if thousands { without(digits, '.')? } else { digits.to_owned() }
        }
    };
    format!("{sign}{plain}").parse().ok().filter(|value: &f64| value.is_finite())
}

/// The digits without the marks of thousands, when they stand where thousands end.
fn without(digits: &str, mark: char) -> Option<String> {
    let whole = digits.split(|c| c != mark && !char::is_ascii_digit(&c)).next().unwrap_or(digits);
    let mut groups = whole.split(mark);
    let first = groups.next().unwrap_or_default();
    let sound = !first.is_empty() && first.len() <= 3 && groups.all(|group| group.len() == 3);
    sound.then(|| digits.replace(mark, ""))
}

/// A percentage from 0 to 100, rounded to a whole number.
pub fn percent(text: &str) -> Option<u8> {
    let value = number(text).filter(|value| (0.0..=100.0).contains(value))?.round();
    (0..=100_u8).find(|whole| (f64::from(*whole) - value).abs() < 0.5)
}

/// A day that lies today or ahead: `20/12`, `20/12/2023`, `thứ Sáu`, `thứ Sáu tuần sau`, `ngày mai`, `cuối tháng`.
///
/// # Errors
/// A [`DayError`], to be asked again.
pub fn day_ahead(text: &str, today: Date, calendar: &WorkingCalendar) -> Result<Date, DayError> {
    let day = day(text, today, calendar)?;
    if day < today { Err(DayError::Past) } else { Ok(day) }
}

/// A day that lies today or behind, as a figure is of: `31/10`, `hôm nay`, `hôm qua`.
///
/// # Errors
/// A [`DayError`], to be asked again; [`DayError::Ambiguous`] for a day ahead.
pub fn day_behind(text: &str, today: Date, calendar: &WorkingCalendar) -> Result<Date, DayError> {
    let bare = day_and_month(text).and_then(|(day, month)| Date::new(today.year(), month, day).ok());
    let day = match bare {
        // Without a year the last such day is meant.
        Some(day) if day > today => Date::new(today.year() - 1, day.month(), day.day()).map_err(|_| DayError::Unreadable)?,
        Some(day) => day,
        None => self::day(text, today, calendar)?,
    };
    if day > today { Err(DayError::Ambiguous) } else { Ok(day) }
}

fn day(text: &str, today: Date, calendar: &WorkingCalendar) -> Result<Date, DayError> {
    let found = tokens(text);
    if let Some(day) = relative_day(&words(&found), today) {
        return day;
    }
    let reading = read_deadline(text, today, calendar).map_err(|_| DayError::Unreadable)?;
    let DeadlineRule::Fixed(deadline) = reading.rule else { return Err(DayError::Unreadable) };
    for flag in &reading.flags {
        match flag {
            Flag::WeekdayContradicts { .. } | Flag::NotDefinedByLaw => return Err(DayError::Ambiguous),
            Flag::YearAssumed { .. } if (deadline.last_day - today).get_days() > days(ASSUMED_YEAR_DAYS_MAX) => {
                return Err(DayError::Past);
            }
            _ => {}
        }
    }
    Ok(deadline.last_day)
}

fn days(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The words and numbers of a text, without marks.
fn words(found: &[Token]) -> Vec<String> {
    let word = |token: &Token| match &token.kind {
        TokenKind::Word(word) => Some(word.clone()),
        TokenKind::Number { value, .. } => Some(value.to_string()),
        TokenKind::Mark(_) => None,
    };
    found.iter().filter_map(word).collect()
}

/// Days counted from today; `None` when the words are something else.
fn relative_day(words: &[String], today: Date) -> Option<Result<Date, DayError>> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let shift = match words.as_slice() {
        ["hôm", "nay"] | ["today"] => 0,
        ["mai" | "tomorrow"] | ["ngày" | "sáng" | "chiều", "mai"] => 1,
        ["ngày", "kia" | "mốt"] | ["mốt"] => 2,
        ["hôm", "qua"] | ["yesterday"] => -1,
        _ => return weekday(&words, today),
    };
    Some(today.checked_add(i64::from(shift).days()).map_err(|_| DayError::Unreadable))
}

/// "thứ Sáu" is the next one; on a Friday itself it may mean today or a week from now.
fn weekday(words: &[&str], today: Date) -> Option<Result<Date, DayError>> {
    let (weekday, rest) = match words {
        ["thứ", name, rest @ ..] => (named(name)?, rest),
        ["chủ", "nhật", rest @ ..] => (Weekday::Sunday, rest),
        [english, rest @ ..] => (in_english(english)?, rest),
        [] => return None,
    };
    let monday = today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
    let in_week = |weeks: i64| {
        let shift = i64::from(weekday.to_monday_zero_offset()) + 7 * weeks;
        monday.checked_add(shift.days()).map_err(|_| DayError::Unreadable)
    };
    Some(match rest {
        [] if today.weekday() == weekday => Err(DayError::Ambiguous),
        [] if in_week(0).is_ok_and(|day| day > today) => in_week(0),
        [] | ["tuần", "sau" | "tới"] | ["next", "week"] => in_week(1),
        ["tuần", "này"] | ["this", "week"] => in_week(0),
        _ => return None,
    })
}

fn named(word: &str) -> Option<Weekday> {
    Some(match word {
        "hai" | "2" => Weekday::Monday,
        "ba" | "3" => Weekday::Tuesday,
        "tư" | "4" => Weekday::Wednesday,
        "năm" | "5" => Weekday::Thursday,
        "sáu" | "6" => Weekday::Friday,
        "bảy" | "7" => Weekday::Saturday,
        _ => return None,
    })
}

fn in_english(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

/// `31/10` and nothing else.
fn day_and_month(text: &str) -> Option<(i8, i8)> {
    let (day, month) = text.trim().split_once(['/', '-', '.'])?;
    Some((day.trim().parse().ok()?, month.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::calendar::{CalendarRules, HolidayTable, Window};

    fn calendar() -> WorkingCalendar {
        WorkingCalendar::new(CalendarRules {
            time_zone: TimeZone::get("Asia/Ho_Chi_Minh").expect("a zone of the bundled database"),
            holidays: HolidayTable::Vn,
            announced: BTreeSet::new(),
            working_days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
            hours: vec![Window { start_min: 450, end_min: 690 }],
            changes: Vec::new(),
        })
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, value) in [
            ("62,5", 62.5),
            ("62.5 %", 62.5),
            (" 62,5% ", 62.5),
            ("80", 80.0),
            ("1.500", 1500.0),
            ("1.234,5", 1234.5),
            ("1,234.5", 1234.5),
            ("1.234.567", 1_234_567.0),
            ("0.125", 0.125),
            ("15 bài giảng", 15.0),
            ("-3", -3.0),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in ["", "nhiều", "một nửa", "62 đến 65", "20/12", "khoảng 60", "1.23.4", "12,34,5"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!((percent("62,4"), percent("62,5 %"), percent("100"), percent("0")), (Some(62), Some(63), Some(100), Some(0)));
        assert_eq!((percent("101"), percent("-1"), percent("xong")), (None, None, None));
    }

    #[test]
    fn days_ahead_are_read_as_people_write_them() {
        // Monday 02/10/2023.
        let (today, calendar) = (date(2023, 10, 2), calendar());
        for (text, day) in [
            ("20/12", date(2023, 12, 20)),
            ("20/12/2023", date(2023, 12, 20)),
            ("ngày 20 tháng 12 năm 2023", date(2023, 12, 20)),
            ("thứ Sáu", date(2023, 10, 6)),
            ("Thứ 6", date(2023, 10, 6)),
            ("thứ Sáu tuần sau", date(2023, 10, 13)),
            ("chủ nhật", date(2023, 10, 8)),
            ("ngày mai", date(2023, 10, 3)),
            ("hôm nay", today),
            ("cuối tháng", date(2023, 10, 31)),
            ("cuối tháng 11", date(2023, 11, 30)),
            ("15/1", date(2024, 1, 15)),
            ("trước ngày 20/12", date(2023, 12, 19)),
            ("2023-12-20", date(2023, 12, 20)),
            ("friday", date(2023, 10, 6)),
        ] {
            assert_eq!(day_ahead(text, today, &calendar), Ok(day), "{text}");
        }
        for (text, error) in [
            ("thứ Hai", DayError::Ambiguous),
            ("thứ Sáu, 20/12/2023", DayError::Ambiguous),
            ("20/9", DayError::Past),
            ("20/09/2023", DayError::Past),
            ("hôm qua", DayError::Past),
            ("sớm nhất có thể", DayError::Unreadable),
            ("31/02/2024", DayError::Unreadable),
            ("", DayError::Unreadable),
        ] {
            assert_eq!(day_ahead(text, today, &calendar), Err(error), "{text}");
        }
    }

    #[test]
    fn a_figure_is_of_a_day_behind() {
        let (today, calendar) = (date(2024, 1, 2), calendar());
        assert_eq!(day_behind("31/12", today, &calendar), Ok(date(2023, 12, 31)));
        assert_eq!(day_behind("hôm nay", today, &calendar), Ok(today));
        assert_eq!(day_behind("01/01/2024", today, &calendar), Ok(date(2024, 1, 1)));
        assert_eq!(day_behind("05/01/2024", today, &calendar), Err(DayError::Ambiguous));
    }
}
