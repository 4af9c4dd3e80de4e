//! "trước Tết Nguyên đán", "trước kỳ nghỉ lễ 30/4": deadlines before a holiday.

use jiff::civil::Date;

use super::cursor::{Cursor, Part};
use super::period::days_from;
use super::{Flag, PhraseErrorKind, token};
use crate::domain::lunar::{self, LunarDate};

/// How far back a break may begin before its holiday.
const BREAK_DAYS_MAX: i32 = 14;

#[derive(Clone, Copy)]
enum Feast {
    Tet,
    NewYear,
    GioTo,
    Victory,
    Labour,
    National,
}

/// The first day of the holiday that stands here after "trước"; of its break when a "kỳ nghỉ" is named.
///
/// Tết begins on the last day of Chạp (the 29th or 30th).
pub(super) fn first_day(c: &mut Cursor<'_>) -> Part<Date> {
    let mut ahead = c.clone();
    let is_break = ahead.take_any(&["thời gian nghỉ", "đợt nghỉ", "kỳ nghỉ", "kì nghỉ", "khi nghỉ", "nghỉ"]);
    ahead.take_any(&["dịp", "ngày"]);
    let is_feast = ahead.take("lễ");
    let feasts = [
        ("tết dương lịch", Feast::NewYear),
        ("tết nguyên đán", Feast::Tet),
        ("tết âm lịch", Feast::Tet),
        ("tết cổ truyền", Feast::Tet),
        ("tết", Feast::Tet),
        ("giỗ tổ hùng vương", Feast::GioTo),
        ("giỗ tổ", Feast::GioTo),
        ("quốc khánh", Feast::National),
        ("chiến thắng", Feast::Victory),
        ("quốc tế lao động", Feast::Labour),
    ];
    let feast = ahead.take_which(&feasts).or_else(|| (is_break || is_feast).then(|| by_date(&mut ahead)).flatten());
    let Some(feast) = feast else {
        return if is_break || is_feast { Err(PhraseErrorKind::AmbiguousFeast) } else { Ok(None) };
    };
    let year = year(&mut ahead, feast);
    let next = |year: i16| day_of(feast, year).filter(|day| *day > ahead.issued);
    let day = match year {
        Some(year) => day_of(feast, year),
        None => next(ahead.issued.year()).or_else(|| next(ahead.issued.year() + 1)),
    };
    let day = day.ok_or(PhraseErrorKind::OutOfRange)?;
    if year.is_none() {
        ahead.flag(Flag::YearAssumed { year: day.year() });
    }
    let first = if is_break { first_of_break(&ahead, day) } else { day };
    c.follow(ahead);
    Ok(Some(first))
}

/// "30/4 và 1/5", "2/9".
fn by_date(c: &mut Cursor<'_>) -> Option<Feast> {
    let feasts = [
        ("30 / 4", Feast::Victory),
        ("1 / 5", Feast::Labour),
        ("2 / 9", Feast::National),
        ("1 / 1", Feast::NewYear),
        ("10 / 3", Feast::GioTo),
    ];
    let found = c.take_which(&feasts)?;
    let mut ahead = c.clone();
    ahead.marks(&[',', '-']);
    ahead.take("và");
    if ahead.take_which(&feasts).is_some() {
        c.follow(ahead);
    }
    Some(found)
}

/// The year after the name: "năm 2024", "2024", "Giáp Thìn", "Giáp Thìn 2024".
fn year(c: &mut Cursor<'_>, feast: Feast) -> Option<i16> {
    let mut ahead = c.clone();
    let mut year = None;
    ahead.take("năm");
    if matches!(feast, Feast::Tet) {
        let years = ahead.issued.year()..ahead.issued.year().saturating_add(3);
        year = years.into_iter().find(|year| ahead.take(&token::fold(&lunar::year_name(*year))));
    }
    if !matches!(feast, Feast::Tet) && ahead.mark('(') {
        // "Quốc khánh (2/9)"
        by_date(&mut ahead)?;
        ahead.mark(')');
        c.follow(ahead.clone());
    }
    ahead.mark('/');
    ahead.take("năm");
    let year = ahead.year().or(year)?;
    c.follow(ahead);
    Some(year)
}

fn day_of(feast: Feast, year: i16) -> Option<Date> {
    match feast {
        Feast::Tet => lunar::new_year(year).map(|first| days_from(first, -1)),
        Feast::GioTo => lunar::civil_of(LunarDate { year, month: 3, leap: false, day: 10 }),
        Feast::NewYear => Date::new(year, 1, 1).ok(),
        Feast::Victory => Date::new(year, 4, 30).ok(),
        Feast::Labour => Date::new(year, 5, 1).ok(),
        Feast::National => Date::new(year, 9, 2).ok(),
    }
}

/// The first of the rest days that lead up to the holiday without a working day between.
fn first_of_break(c: &Cursor<'_>, holiday: Date) -> Date {
    (1..=BREAK_DAYS_MAX)
        .map(|days| days_from(holiday, -days))
        .take_while(|day| !c.calendar.is_working_day(*day))
        .last()
        .unwrap_or(holiday)
}
