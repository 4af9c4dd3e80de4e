//! Values of the command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::civil::Date;

use crate::domain::directive::{TimeStatus, Work};

/// The first year of the calendar's tables.
const YEAR_FIRST: i16 = 1_900;
/// Their last year.
const YEAR_LAST: i16 = 2_199;

/// A date as ISO (2023-12-31) or as people write it (31/12/2023).
///
/// # Errors
/// In words for the command line.
pub fn date(text: &str) -> Result<Date, String> {
    let text = text.trim();
    let read = match text.split('/').collect::<Vec<_>>()[..] {
        [day, month, year] if year.len() == 4 => {
            let number = |part: &str| part.parse::<i8>().ok();
            let year = year.parse::<i16>().ok();
            year.zip(number(month)).zip(number(day)).and_then(|((year, month), day)| Date::new(year, month, day).ok())
        }
        [_] if text.len() == 10 => text.parse::<Date>().ok(),
        _ => None,
    };
    let date = read.ok_or_else(|| "write a date as 2023-12-31 or 31/12/2023".to_owned())?;
    if (YEAR_FIRST..=YEAR_LAST).contains(&date.year()) {
        Ok(date)
    } else {
        Err(format!("the year must lie between {YEAR_FIRST} and {YEAR_LAST}"))
    }
}

/// A finite number.
///
/// # Errors
/// In words for the command line.
pub fn number(text: &str) -> Result<f64, String> {
    let read = text.trim().replace(',', ".").parse::<f64>().ok().filter(|value| value.is_finite());
    read.ok_or_else(|| "write a number, e.g. 62.5".to_owned())
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
    fn a_number_may_have_a_decimal_comma() {
        assert_eq!(number("62,5"), Ok(62.5));
        assert!(number("NaN").is_err() && number("inf").is_err());
    }
}
