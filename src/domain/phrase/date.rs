//! Days, months, quarters and years as written, before the missing year is filled in.

use jiff::civil::{Date, Weekday};

use super::cursor::{Cursor, Part};
use super::period::{
    Share, THIS_OR_NEXT, days_from, month_number, months_from, months_of_year, named_week, share_of, share_of_period, small,
    tens_of_month, weekday_of_week, year_after, year_of_month,
};
use super::{Flag, PhraseErrorKind};
use crate::domain::calendar::{YEAR_FIRST, YEAR_LAST};

/// A day or period as written; what was left out is filled in by [`resolve`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// A day of a month.
    Day { year: Option<i16>, month: Option<i8>, day: i8 },
    /// Months `first` to `last` of a year.
    Months { year: Option<i16>, first: i8, last: i8, share: Share },
    /// Days that are known already.
    Known { first: Date, last: Date },
}

/// A day, or a period when `from` is not the day itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) first: Date,
    pub(super) last: Date,
    /// Whether a period was written, even one of a single day.
    pub(super) is_period: bool,
}

impl Stretch {
    pub(super) const fn day(day: Date) -> Self {
        Self { first: day, last: day, is_period: false }
    }
}

/// The day or period that stands here, as written.
pub(super) fn written(c: &mut Cursor<'_>) -> Part<Written> {
    for read in [named_week, today, iso_date, day_of_month, tens_of_month, share_of_period, months_of_year] {
        let mut ahead = c.clone();
        if let Some(found) = read(&mut ahead)? {
            c.follow(ahead);
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The day or period that stands here.
pub(super) fn stretch(c: &mut Cursor<'_>) -> Part<Stretch> {
    let mut ahead = c.clone();
    if let Some(day) = weekday_of_week(&mut ahead) {
        c.follow(ahead);
        return Ok(Some(Stretch::day(day)));
    }
    // "thứ Hai, ngày 26/10" names the weekday first.
    let mut ahead = c.clone();
    let weekday_first = weekday(&mut ahead);
    if weekday_first.is_some() {
        ahead.marks(&[',', '(', '-']);
    }
    let Some(written) = written(&mut ahead)? else { return Ok(None) };
    if weekday_first.is_some() && !matches!(written, Written::Day { .. }) {
        return Ok(None);
    }
    let found = resolve(&mut ahead, written)?;
    let expected = weekday_first.or_else(|| weekday_after(&mut ahead));
    if let Some(written) = expected
        && !found.is_period
        && found.last.weekday() != written
    {
        ahead.flag(Flag::WeekdayContradicts { written, actual: found.last.weekday() });
    }
    if weekday_first.is_some() {
        ahead.mark(')');
    }
    c.follow(ahead);
    Ok(Some(found))
}

/// Fills in the year that was left out: the issue's, or the next when that has passed.
pub(super) fn resolve(c: &mut Cursor<'_>, written: Written) -> Result<Stretch, PhraseErrorKind> {
    let year = match written {
        Written::Known { first, last } => return Ok(Stretch { first, last, is_period: first != last }),
        Written::Day { month: None, day, .. } => return day_of_an_unnamed_month(c, day),
        Written::Day { year, .. } | Written::Months { year, .. } => year,
    };
    if matches!(written, Written::Months { first, last, share: Share::Middle, .. } if last - first == 2) {
        c.flag(Flag::NotDefinedByLaw);
    }
    let this = c.issued.year();
    let found = match year {
        Some(year) => in_year(written, year),
        None => in_year(written, this).filter(|found| found.last >= c.issued).or_else(|| in_year(written, this + 1)),
    };
    let found = found.ok_or(PhraseErrorKind::NoSuchDay)?;
    if year.is_none() {
        c.flag(Flag::YearAssumed { year: found.last.year() });
    }
    if found.last == jiff::civil::date(1970, 1, 1) {
        return Err(PhraseErrorKind::MeansNone);
    }
    if !(YEAR_FIRST..=YEAR_LAST).contains(&found.first.year()) || !(YEAR_FIRST..=YEAR_LAST).contains(&found.last.year()) {
        return Err(PhraseErrorKind::OutOfRange);
    }
    Ok(found)
}

fn in_year(written: Written, year: i16) -> Option<Stretch> {
    match written {
        Written::Day { month, day, .. } => Date::new(year, month?, day).ok().map(Stretch::day),
        Written::Months { first, last, share, .. } => share_of(year, first, last, share),
        Written::Known { first, last } => Some(Stretch { first, last, is_period: first != last }),
    }
}

fn day_of_an_unnamed_month(c: &mut Cursor<'_>, day: i8) -> Result<Stretch, PhraseErrorKind> {
    let issued = c.issued;
    let next = months_from(issued, 1).ok_or(PhraseErrorKind::OutOfRange)?;
    let found = Date::new(issued.year(), issued.month(), day)
        .ok()
        .filter(|found| *found >= issued)
        .or_else(|| Date::new(next.year(), next.month(), day).ok())
        .ok_or(PhraseErrorKind::NoSuchDay)?;
    c.flag(Flag::MonthAssumed { year: found.year(), month: found.month() });
    Ok(Stretch::day(found))
}

const WEEKDAYS: [(&str, Weekday); 15] = [
    ("thứ hai", Weekday::Monday),
    ("thứ ba", Weekday::Tuesday),
    ("thứ tư", Weekday::Wednesday),
    ("thứ năm", Weekday::Thursday),
    ("thứ sáu", Weekday::Friday),
    ("thứ bảy", Weekday::Saturday),
    ("thứ bẩy", Weekday::Saturday),
    ("chủ nhật", Weekday::Sunday),
    ("chúa nhật", Weekday::Sunday),
    ("thứ 2", Weekday::Monday),
    ("thứ 3", Weekday::Tuesday),
    ("thứ 4", Weekday::Wednesday),
    ("thứ 5", Weekday::Thursday),
    ("thứ 6", Weekday::Friday),
    ("thứ 7", Weekday::Saturday),
];

/// "thứ Hai", "chủ nhật".
pub(super) fn weekday(c: &mut Cursor<'_>) -> Option<Weekday> {
    let mut ahead = c.clone();
    ahead.take("ngày");
    let found = ahead.take_which(&WEEKDAYS)?;
    c.follow(ahead);
    Some(found)
}

/// The weekday a date is followed by: "26/10/2020 (thứ Hai)", "26 tháng 10 … (thứ Hai)".
pub(super) fn weekday_after(c: &mut Cursor<'_>) -> Option<Weekday> {
    let mut ahead = c.clone();
    ahead.marks(&['…', '.']);
    let opened = ahead.mark('(');
    if !opened {
        ahead.marks(&[',', '-']);
    }
    let found = weekday(&mut ahead)?;
    if opened && !ahead.mark(')') {
        return None;
    }
    // "thứ Năm tuần sau" would be another day.
    if !opened && ahead.sees_any(&["tuần", "hằng", "hàng"]) {
        return None;
    }
    c.follow(ahead);
    Some(found)
}

/// "cùng ngày", "hôm nay", and "ngày" alone after "trong": the day of issue.
#[expect(clippy::unnecessary_wraps, reason = "one of the readers that `written` tries in a row")]
fn today(c: &mut Cursor<'_>) -> Part<Written> {
    let days = [("cùng ngày", 0), ("ngày hôm nay", 0), ("hôm nay", 0), ("trong ngày", 0), ("today", 0), ("ngày mai", 1)];
    let alone = c.sees("ngày") && c.peek_number(1).is_none() && c.peek_word(1).is_none();
    let ahead = if alone && c.take("ngày") { Some(0) } else { c.take_which(&days) };
    Ok(ahead.map(|ahead| days_from(c.issued, ahead)).map(|day| Written::Known { first: day, last: day }))
}

/// "2023-12-25".
fn iso_date(c: &mut Cursor<'_>) -> Part<Written> {
    c.take("ngày");
    let Some(year) = c.year() else { return Ok(None) };
    let Some(separator) = c.peek_mark(0).filter(|mark| matches!(mark, '-' | '/')) else { return Ok(None) };
    c.mark(separator);
    let Some(month) = c.number(2, 99) else { return Ok(None) };
    if !c.mark(separator) {
        return Ok(None);
    }
    let Some(day) = c.number(2, 99) else { return Ok(None) };
    let (month, day) = (small(month)?, small(day)?);
    Ok(Some(Written::Day { year: Some(year), month: Some(month), day }))
}

/// "25/12/2023", "25-12-2023", "25.12.2023", "ngày 25/12", "ngày 25 tháng 12 năm 2023", "ngày 25 tháng này", "ngày 25".
fn day_of_month(c: &mut Cursor<'_>) -> Part<Written> {
    let named = c.take_any(&["các ngày", "ngày"]);
    named.then(|| c.take_any(&["mùng", "mồng"]));
    let Some(day) = c.number(2, 99) else { return Ok(None) };
    let day = small(day)?;
    c.take("của");
    if c.take("tháng") {
        return day_of_named_month(c, named, day);
    }
    if let Some(separator) = c.peek_mark(0).filter(|mark| matches!(mark, '/' | '-' | '.'))
        && let Some((month, digits)) = c.peek_number(1)
    {
        let year = (c.peek_mark(2) == Some(separator)).then(|| c.peek_number(3)).flatten();
        if digits <= 2 {
            return numeric_day(c, named, (day, month), separator, year);
        }
        if digits == 4 && !named {
            // "12/2023" is a month.
            return Ok(None);
        }
    }
    Ok(named.then_some(Written::Day { year: None, month: None, day }))
}

fn numeric_day(
    c: &mut Cursor<'_>,
    named: bool,
    (day, month): (i8, u32),
    separator: char,
    year: Option<(u32, usize)>,
) -> Part<Written> {
    let month = small(month)?;
    match year {
        Some((year, 4)) => {
            c.skip(4);
            let year = i16::try_from(year).map_err(|_| PhraseErrorKind::OutOfRange)?;
            return Ok(Some(Written::Day { year: Some(year), month: Some(month), day }));
        }
        Some((year, 2)) => {
            c.skip(4);
            let year = 2000 + i16::try_from(year).map_err(|_| PhraseErrorKind::OutOfRange)?;
            c.flag(Flag::YearAssumed { year });
            return Ok(Some(Written::Day { year: Some(year), month: Some(month), day }));
        }
        Some(_) => return Ok(None),
        None => {}
    }
    // "4-5" may be a span of days and "1.5" a clause.
    if separator == '-' || (separator == '.' && !named) {
        return Ok(None);
    }
    c.skip(2);
    Ok(Some(Written::Day { year: year_after(c), month: Some(month), day }))
}

fn day_of_named_month(c: &mut Cursor<'_>, named: bool, day: i8) -> Part<Written> {
    // "3 tháng sau" is a span.
    if named && let Some(months) = c.take_which(&THIS_OR_NEXT) {
        let month = months_from(c.issued, months).ok_or(PhraseErrorKind::OutOfRange)?;
        return Ok(Some(Written::Day { year: Some(month.year()), month: Some(month.month()), day }));
    }
    match month_number(c)? {
        Some(month) => Ok(Some(Written::Day { year: year_of_month(c), month: Some(month), day })),
        None if c.sees("liền") => Err(PhraseErrorKind::Event),
        None => Ok(None),
    }
}
