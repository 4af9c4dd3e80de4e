//! Values of the command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::domain::directive::{TimeStatus, Work};

/// The first year of the calendar's tables.
const YEAR_FIRST: i16 = 1_900;
/// Their last year.
const YEAR_LAST: i16 = 2_199;

/// Why a value of the command line cannot be read, in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{en}")]
pub struct Misread {
    /// In Vietnamese.
    pub vi: &'static str,
    /// In English.
    pub en: &'static str,
}

const NO_DATE: Misread =
    Misread { vi: "ghi ngày như 2023-12-31 hoặc 31/12/2023", en: "write a date as 2023-12-31 or 31/12/2023" };
const NO_YEAR: Misread = Misread { vi: "năm phải từ 1900 đến 2199", en: "the year must lie between 1900 and 2199" };
const NO_INSTANT: Misread = Misread {
    vi: "ghi thời điểm như 2023-12-31T07:30, kèm múi giờ như 2023-12-31T07:30:00+07:00, hoặc một ngày",
    en: "write a time as 2023-12-31T07:30, with an offset as 2023-12-31T07:30:00+07:00, or a date",
};
const NO_NUMBER: Misread = Misread { vi: "ghi một số, ví dụ 62,5", en: "write a number, e.g. 62.5" };

/// A date as ISO (2023-12-31) or as people write it (31/12/2023), within the years of the calendar's tables.
///
/// # Errors
/// In words for the command line.
pub fn date(text: &str) -> Result<Date, Misread> {
    let date = day(text).ok_or(NO_DATE)?;
    if (YEAR_FIRST..=YEAR_LAST).contains(&date.year()) { Ok(date) } else { Err(NO_YEAR) }
}

fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    match text.split('/').collect::<Vec<_>>()[..] {
        [day, month, year] if year.len() == 4 => {
            let number = |part: &str| part.parse::<i8>().ok();
            let year = year.parse::<i16>().ok();
            year.zip(number(month)).zip(number(day)).and_then(|((year, month), day)| Date::new(year, month, day).ok())
        }
        [_] if text.len() == 10 => text.parse::<Date>().ok(),
        _ => None,
    }
}

/// An instant of the command line, before the office's time zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instant {
    /// With an offset of its own.
    Absolute(Timestamp),
    /// In the office's time zone.
    Local(DateTime),
    /// The end of a day of the office, or now when it is today.
    Day(Date),
}

impl Instant {
    /// In that time zone.
    pub fn at(self, zone: &TimeZone, now: Timestamp) -> Timestamp {
        // Only the last hours of the year 9999 are no instant any more.
        let local = |local: DateTime| zone.to_ambiguous_timestamp(local).compatible().unwrap_or(Timestamp::MAX);
        match self {
            Self::Absolute(at) => at,
            Self::Local(at) => local(at),
            Self::Day(day) if day == zone.to_datetime(now).date() => now,
            Self::Day(day) => local(day.at(23, 59, 59, 0)),
        }
    }
}

/// An instant as RFC 3339, as `2023-12-31T07:30`, or a date; no year is too late to be asked about.
///
/// # Errors
/// In words for the command line.
pub fn instant(text: &str) -> Result<Instant, Misread> {
    let text = text.trim();
    let read = if let Some(day) = day(text) {
        Some(Instant::Day(day))
    } else {
        let read = text.parse().map(Instant::Absolute).or_else(|_| text.parse().map(Instant::Local));
        read.ok().filter(|_| text.len() >= 16)
    };
    let has_begun = |read: &Instant| match read {
        Instant::Local(at) => at.year() >= YEAR_FIRST,
        Instant::Day(day) => day.year() >= YEAR_FIRST,
        Instant::Absolute(_) => true,
    };
    read.filter(has_begun).ok_or(NO_INSTANT)
}

/// A finite number.
///
/// # Errors
/// In words for the command line.
pub fn number(text: &str) -> Result<f64, Misread> {
    let read = text.trim().replace(',', ".").parse::<f64>().ok().filter(|value| value.is_finite());
    read.ok_or(NO_NUMBER)
}

/// A word of the work axis.
pub fn work() -> impl TypedValueParser<Value = Work> {
    PossibleValuesParser::new(Work::ALL.map(Work::as_str)).try_map(|word| Work::parse(&word).ok_or("no such state"))
}

/// The words of the time axis.
const TIMES: [TimeStatus; 7] = [
    TimeStatus::Undated,
    TimeStatus::NotDue,
    TimeStatus::DueSoon,
    TimeStatus::DueToday,
    TimeStatus::Overdue,
    TimeStatus::DoneOnTime,
    TimeStatus::DoneLate,
];

/// A word of the time axis.
pub fn time() -> impl TypedValueParser<Value = TimeStatus> {
    PossibleValuesParser::new(TIMES.map(TimeStatus::as_str))
        .try_map(|word| TIMES.into_iter().find(|time| time.as_str() == word).ok_or("no such state"))
}

/// A year of the calendar's tables.
pub fn year() -> impl TypedValueParser<Value = i16> {
    clap::value_parser!(i16).range(i64::from(YEAR_FIRST)..=i64::from(YEAR_LAST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_both_forms_and_nothing_is_guessed() {
        let day = jiff::civil::date(2023, 12, 5);
        assert_eq!(date("2023-12-05"), Ok(day));
        assert_eq!(date("05/12/2023"), Ok(day));
        assert_eq!(date("5/12/2023"), Ok(day));
        for wrong in ["05/12/23", "31/02/2023", "2023-12", "20231205", "tomorrow", "", "2500-01-01"] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_instant_is_absolute_local_or_the_end_of_a_day() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled");
        let now: Timestamp = "2023-12-27T03:00:00Z".parse().expect("an instant");
        let at = |text: &str| instant(text).map(|read| read.at(&zone, now).to_string());
        assert_eq!(at("2023-12-27T07:30:00+07:00").as_deref(), Ok("2023-12-27T00:30:00Z"));
        assert_eq!(at("2023-12-27T07:30").as_deref(), Ok("2023-12-27T00:30:00Z"));
        assert_eq!(at("2023-12-26").as_deref(), Ok("2023-12-26T16:59:59Z"));
        assert_eq!(at("27/12/2023").as_deref(), Ok("2023-12-27T03:00:00Z"), "today is now");
        assert_eq!(at("9999-12-27").as_deref(), Ok("9999-12-27T16:59:59Z"));
        assert_eq!(at("9999-12-31"), Ok(Timestamp::MAX.to_string()), "the end of what can be said");
        for wrong in ["", "07:30", "2023-12-27T", "hôm qua", "0123-01-01", "123456789-01-01"] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_may_have_a_decimal_comma() {
        assert_eq!(number("62,5"), Ok(62.5));
        assert!(number("NaN").is_err() && number("inf").is_err());
    }
}
