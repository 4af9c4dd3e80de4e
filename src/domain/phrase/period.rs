//! Weeks, months, quarters and years as written, and parts of them.

use jiff::civil::Date;

use super::cursor::{Cursor, Part};
use super::date::{Stretch, Written, weekday};
use super::{Flag, PhraseErrorKind};

/// Which part of a period is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// All of it.
    Whole,
    /// đầu: its first day (Civil Code 2015 art. 146).
    Start,
    /// giữa: day 15 of a month, the last of June of a year.
    Middle,
    /// cuối: its last day.
    End,
    /// thượng, trung, hạ tuần: the first ten days, the second, the rest of a month.
    Tens(u8),
}

pub(super) fn share_of(year: i16, first: i8, last: i8, share: Share) -> Option<Stretch> {
    let begins = Date::new(year, first, 1).ok()?;
    let ends = Date::new(year, last, 1).ok()?.last_of_month();
    let part = |from: Date, to: Date| Some(Stretch { first: from, last: to, is_period: true });
    match share {
        Share::Whole => part(begins, ends),
        Share::Start => Some(Stretch::day(begins)),
        Share::End => Some(Stretch::day(ends)),
        Share::Middle if first == 1 && last == 12 => Date::new(year, 6, 30).ok().map(Stretch::day),
        Share::Middle => Date::new(year, first + (last - first) / 2, 15).ok().map(Stretch::day),
        Share::Tens(0) => part(begins, Date::new(year, first, 10).ok()?),
        Share::Tens(1) => part(Date::new(year, first, 11).ok()?, Date::new(year, first, 20).ok()?),
        Share::Tens(_) => part(Date::new(year, first, 21).ok()?, ends),
    }
}

pub(super) const THIS_OR_NEXT: [(&str, i32); 8] =
    [("này", 0), ("nay", 0), ("hiện tại", 0), ("sau", 1), ("tới", 1), ("kế tiếp", 1), ("tiếp theo", 1), ("trước", -1)];

/// The Monday and the last working day of the week so many weeks on; of a week that is off altogether its Friday.
fn week(c: &Cursor<'_>, weeks: i32) -> (Date, Date) {
    let monday = days_from(c.issued, weeks * 7 - i32::from(c.issued.weekday().to_monday_zero_offset()));
    (monday, c.calendar.last_working_day_of_week(monday).unwrap_or_else(|| days_from(monday, 4)))
}

/// "tuần này", "tuần tới"; "tuần thứ 2 tháng 11" is not one week.
pub(super) fn named_week(c: &mut Cursor<'_>) -> Part<Written> {
    let end_only = c.take("cuối");
    if !c.take("tuần") {
        return Ok(None);
    }
    if c.sees_any(&["thứ", "đầu", "cuối"]) || c.peek_number(0).is_some() {
        return Err(PhraseErrorKind::AmbiguousWeek);
    }
    let Some(weeks) = c.take_which(&THIS_OR_NEXT) else { return Ok(None) };
    let (monday, last) = week(c, weeks);
    Ok(Some(Written::Known { first: if end_only { last } else { monday }, last }))
}

/// "thứ Sáu tuần này".
pub(super) fn weekday_of_week(c: &mut Cursor<'_>) -> Option<Date> {
    let weekday = weekday(c)?;
    c.mark(',');
    if !c.take("tuần") {
        return None;
    }
    let weeks = c.take_which(&THIS_OR_NEXT)?;
    let (monday, _) = week(c, weeks);
    Some(days_from(monday, i32::from(weekday.to_monday_zero_offset())))
}

/// 1 to 12, or the number in words.
pub(super) fn month_number(c: &mut Cursor<'_>) -> Part<i8> {
    const WORDS: [(&str, i8); 12] = [
        ("mười một", 11),
        ("mười hai", 12),
        ("một", 1),
        ("hai", 2),
        ("ba", 3),
        ("tư", 4),
        ("năm", 5),
        ("sáu", 6),
        ("bảy", 7),
        ("tám", 8),
        ("chín", 9),
        ("mười", 10),
    ];
    if let Some(month) = c.number(2, 99) {
        let month = small(month)?;
        return if (1..=12).contains(&month) { Ok(Some(month)) } else { Err(PhraseErrorKind::NoSuchDay) };
    }
    // "9 tháng năm 2023": the word is the year's, not May.
    if c.sees("năm") && c.peek_number(1).is_some() {
        return Ok(None);
    }
    Ok(c.take_which(&WORDS))
}

/// The year after a month: "/2023", "-2023", " năm 2023", ", năm 2023", " năm nay".
pub(super) fn year_of_month(c: &mut Cursor<'_>) -> Option<i16> {
    let mut ahead = c.clone();
    if (ahead.mark('/') || ahead.mark('-') || ahead.mark('.'))
        && let Some(year) = ahead.year()
    {
        c.follow(ahead);
        return Some(year);
    }
    year_after(c)
}

/// "năm 2023", ", năm 2023", "năm nay", "năm sau", or a bare year.
pub(super) fn year_after(c: &mut Cursor<'_>) -> Option<i16> {
    let mut ahead = c.clone();
    ahead.mark(',');
    let year = if ahead.take("năm") {
        match ahead.year() {
            Some(year) => year,
            None => year_from(c.issued, ahead.take_which(&THIS_OR_NEXT)?),
        }
    } else if c.peek_mark(0).is_none() {
        ahead.year()?
    } else {
        return None;
    };
    c.follow(ahead);
    Some(year)
}

/// "10 ngày đầu tháng 11", "hạ tuần tháng 11".
pub(super) fn tens_of_month(c: &mut Cursor<'_>) -> Part<Written> {
    let tens = [
        ("10 ngày đầu", 0),
        ("10 ngày giữa", 1),
        ("10 ngày cuối", 2),
        ("mười ngày đầu", 0),
        ("mười ngày giữa", 1),
        ("mười ngày cuối", 2),
        ("thượng tuần", 0),
        ("trung tuần", 1),
        ("hạ tuần", 2),
    ];
    let Some(tens) = c.take_which(&tens) else { return Ok(None) };
    c.take("của");
    month(c, Share::Tens(tens))
}

/// "đầu", "giữa", "cuối" of a month, quarter or year, and the whole of it.
pub(super) fn share_of_period(c: &mut Cursor<'_>) -> Part<Written> {
    let shares = [
        ("ngày đầu tiên của", Share::Start),
        ("ngày cuối cùng của", Share::End),
        ("ngày cuối cùng", Share::End),
        ("ngày cuối của", Share::End),
        ("ngày cuối", Share::End),
        ("đầu", Share::Start),
        ("giữa", Share::Middle),
        ("cuối", Share::End),
        ("the end of", Share::End),
        ("end of", Share::End),
    ];
    let share = c.take_which(&shares).unwrap_or(Share::Whole);
    for read in [month, quarter, year] {
        let mut ahead = c.clone();
        if let Some(found) = read(&mut ahead, share)? {
            c.follow(ahead);
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn month(c: &mut Cursor<'_>, share: Share) -> Part<Written> {
    let named = c.take_any(&["các tháng", "tháng", "month"]);
    let abbreviated = !named && c.peek_number(1).is_some() && c.take("t");
    if !named && !abbreviated {
        // "12/2023" without the word.
        let bare = c.peek_number(0).is_some_and(|(value, digits)| digits <= 2 && (1..=12).contains(&value))
            && c.peek_mark(1) == Some('/')
            && c.peek_number(2).is_some_and(|(_, digits)| digits == 4);
        if !bare {
            return Ok(None);
        }
    }
    if let Some(months) = c.take_which(&THIS_OR_NEXT) {
        let of = months_from(c.issued, months).ok_or(PhraseErrorKind::OutOfRange)?;
        return Ok(Some(Written::Months { year: Some(of.year()), first: of.month(), last: of.month(), share }));
    }
    if let Some(month) = month_number(c)? {
        let last = if share == Share::Whole { last_of_list(c, month, &["tháng"], month_in_list) } else { month };
        return Ok(Some(Written::Months { year: year_of_month(c), first: month, last, share }));
    }
    // "10 ngày đầu tháng", "cuối tháng": the month of issue, or the next when that part of it has passed.
    if share == Share::Whole || c.sees_any(&["cuối", "liền", "đầu"]) {
        return Ok(None);
    }
    let (this, next) = (c.issued, months_from(c.issued, 1).ok_or(PhraseErrorKind::OutOfRange)?);
    let has_passed = share_of(this.year(), this.month(), this.month(), share).is_none_or(|part| part.last < this);
    let of = if has_passed { next } else { this };
    c.flag(Flag::MonthAssumed { year: of.year(), month: of.month() });
    Ok(Some(Written::Months { year: Some(of.year()), first: of.month(), last: of.month(), share }))
}

/// The last of "tháng 2-3/2026", "Quý II, Quý III/2023", "tháng 4, 5 và tháng 6": the periods of a list follow each other.
fn last_of_list(c: &mut Cursor<'_>, first: i8, named: &[&str], number: fn(&mut Cursor<'_>) -> Option<i8>) -> i8 {
    let mut last = first;
    loop {
        let mut ahead = c.clone();
        let joined = ahead.mark('-') || ahead.mark(',') || ahead.take("và");
        if !joined {
            return last;
        }
        ahead.take("và");
        let is_named = ahead.take_any(named);
        let Some(next) = number(&mut ahead).filter(|next| *next > last) else { return last };
        // "trong tháng 9, 12 trường …" counts schools, "tháng 9, 10/10" names a day.
        let counts = !is_named && ahead.peek_word(0).is_some_and(|word| !matches!(word, "năm" | "và"));
        let is_day = ahead.peek_mark(0) == Some('/') && ahead.peek_number(1).is_none_or(|(_, digits)| digits != 4);
        if counts || is_day {
            return last;
        }
        last = next;
        c.follow(ahead);
    }
}

fn month_in_list(c: &mut Cursor<'_>) -> Option<i8> {
    c.number(2, 12).and_then(|month| i8::try_from(month).ok())
}

fn quarter_in_list(c: &mut Cursor<'_>) -> Option<i8> {
    match c.number(1, 4) {
        Some(quarter) => i8::try_from(quarter).ok(),
        None => c.take_which(&QUARTERS).filter(|quarter| *quarter > 0),
    }
}

const QUARTERS: [(&str, i8); 12] = [
    ("iv", 4),
    ("iii", 3),
    ("ii", 2),
    ("i", 1),
    ("một", 1),
    ("nhất", 1),
    ("hai", 2),
    ("ba", 3),
    ("bốn", 4),
    ("tư", 4),
    ("này", 0),
    ("nay", 0),
];

fn quarter(c: &mut Cursor<'_>, share: Share) -> Part<Written> {
    if !c.take_any(&["các quý", "quý", "quí", "q", "quarter"]) {
        return Ok(None);
    }
    c.mark('.');
    let months = |quarter: i8| (quarter * 3 - 2, quarter * 3);
    let this = (c.issued.month() + 2) / 3;
    let number = match c.number(1, 4) {
        Some(number) => Some(small(number)?),
        None => c.take_which(&QUARTERS),
    };
    if let Some(number) = number.filter(|number| *number > 0) {
        let end = if share == Share::Whole { last_of_list(c, number, &["quý", "quí"], quarter_in_list) } else { number };
        let (first, last) = (months(number).0, months(end).1);
        return Ok(Some(Written::Months { year: year_of_month(c), first, last, share }));
    }
    let next = number.is_none() && c.take_any(&["sau", "tới"]);
    if number.is_none() && !next && share == Share::Whole {
        return Ok(None);
    }
    // "cuối quý" alone is a day of the quarter of issue, and no law says which day "giữa quý" is.
    if number.is_none() && !next {
        c.flag(Flag::NotDefinedByLaw);
    }
    let has_passed = number.is_none()
        && share_of(c.issued.year(), months(this).0, months(this).1, share).is_none_or(|part| part.last < c.issued);
    let (quarter, year) = match (next || has_passed, this) {
        (false, this) => (this, c.issued.year()),
        (true, 4) => (1, c.issued.year() + 1),
        (true, this) => (this + 1, c.issued.year()),
    };
    let (first, last) = months(quarter);
    Ok(Some(Written::Months { year: Some(year), first, last, share }))
}

fn year(c: &mut Cursor<'_>, share: Share) -> Part<Written> {
    let named = c.take_any(&["năm", "the year", "year"]);
    if c.sees("học") {
        return Err(PhraseErrorKind::SchoolYear);
    }
    let whole = |year| Ok(Some(Written::Months { year: Some(year), first: 1, last: 12, share }));
    if let Some(year) = c.year() {
        // A bare number of four digits is a year only where a period is asked for.
        return if named || share != Share::Whole { whole(year) } else { Ok(None) };
    }
    if !named {
        return Ok(None);
    }
    match c.take_which(&THIS_OR_NEXT) {
        Some(years) => whole(year_from(c.issued, years)),
        // "trong năm", "đến cuối năm": the year of issue.
        None if c.peek_word(0).is_none() && c.peek_number(0).is_none() => whole(c.issued.year()),
        None => Ok(None),
    }
}

/// "6 tháng đầu năm 2023", "9 tháng đầu năm", "6 tháng cuối năm".
pub(super) fn months_of_year(c: &mut Cursor<'_>) -> Part<Written> {
    let count = match c.take_which(&[("sáu", 6), ("chín", 9), ("ba", 3)]) {
        Some(count) => count,
        None => match c.number(2, 11) {
            Some(count) => small(count)?,
            None => return Ok(None),
        },
    };
    if count == 0 || !c.take("tháng") {
        return Ok(None);
    }
    let Some(from_start) = c.take_which(&[("đầu", true), ("cuối", false)]) else { return Ok(None) };
    let year = year_after(c);
    if year.is_none() {
        c.take("năm");
        if c.sees("học") {
            return Err(PhraseErrorKind::SchoolYear);
        }
    }
    let (first, last) = if from_start { (1, count) } else { (13 - count, 12) };
    Ok(Some(Written::Months { year, first, last, share: Share::Whole }))
}

pub(super) fn small(number: u32) -> Result<i8, PhraseErrorKind> {
    i8::try_from(number).map_err(|_| PhraseErrorKind::NoSuchDay)
}

fn year_from(issued: Date, years: i32) -> i16 {
    issued.year().saturating_add(i16::try_from(years).unwrap_or(0))
}

/// The first of the month so many months on.
pub(super) fn months_from(issued: Date, months: i32) -> Option<Date> {
    issued.first_of_month().checked_add(jiff::Span::new().months(months)).ok()
}

pub(super) fn days_from(day: Date, days: i32) -> Date {
    day.saturating_add(jiff::SignedDuration::from_hours(i64::from(days) * 24))
}
