//! Duties that recur: "hằng tháng, trước ngày 20", "trước ngày 15 của tháng cuối quý", "chiều thứ Sáu hằng tuần".

use super::cursor::{Cursor, Part};
use super::date::{Written, weekday, written};
use super::fixed::{Bound, bound};
use super::time::clock;
use super::{Flag, PhraseErrorKind};
use crate::domain::recurrence::{Cycle, CycleDay, Recurrence};

/// The recurrence that stands here.
pub(super) fn recurrence(c: &mut Cursor<'_>) -> Part<Recurrence> {
    let mut ahead = c.clone();
    let Some(found) = read(&mut ahead)? else { return Ok(None) };
    c.follow(ahead);
    Ok(Some(found))
}

fn read(c: &mut Cursor<'_>) -> Part<Recurrence> {
    let named = c.take("định kỳ") || c.take("định kì");
    let cycles = cycles(c, named);
    let named_first = cycles.first().copied();
    if named && named_first.is_none() {
        return Err(PhraseErrorKind::NoCycle);
    }
    if named_first.is_some() {
        let mut ahead = c.clone();
        ahead.marks(&[',', ':', '-', ';', '(']);
        super::skip_verbs(&mut ahead);
        // Weeks end with nothing else.
        let longer = if named_first == Some(Cycle::Weekly) { Vec::new() } else { cycles[1..].to_vec() };
        if let Some(found) = day_in_cycle(&mut ahead, named_first)? {
            c.follow(ahead);
            return Ok(Some(Recurrence { longer, ..found }));
        }
        let end = |cycle| Recurrence { cycle, longer, day: CycleDay::Last, exclusive: false, time: None };
        return Ok(named_first.map(end));
    }
    day_in_cycle(c, None)
}

/// "hằng tháng", "mỗi quý", "6 tháng một lần"; several of them rising, each once.
fn cycles(c: &mut Cursor<'_>, named: bool) -> Vec<Cycle> {
    let mut found: Vec<Cycle> = one_cycle(c, named).into_iter().collect();
    while !found.is_empty() {
        let mut ahead = c.clone();
        ahead.mark(',');
        ahead.take("và");
        if ahead.at() == c.at() {
            break;
        }
        let Some(next) = one_cycle(&mut ahead, true).filter(|_| ahead.peek_number(0).is_none()) else { break };
        found.push(next);
        c.follow(ahead);
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn one_cycle(c: &mut Cursor<'_>, named: bool) -> Option<Cycle> {
    let mut ahead = c.clone();
    let every = ahead.take_any(&["hằng", "hàng", "mỗi", "từng", "every"]);
    let units = [
        ("6 tháng", Cycle::HalfYearly),
        ("sáu tháng", Cycle::HalfYearly),
        ("3 tháng", Cycle::Quarterly),
        ("ba tháng", Cycle::Quarterly),
        ("1 tháng", Cycle::Monthly),
        ("một tháng", Cycle::Monthly),
        ("tuần", Cycle::Weekly),
        ("tháng", Cycle::Monthly),
        ("quý", Cycle::Quarterly),
        ("quí", Cycle::Quarterly),
        ("năm", Cycle::Yearly),
        ("week", Cycle::Weekly),
        ("month", Cycle::Monthly),
        ("quarter", Cycle::Quarterly),
        ("year", Cycle::Yearly),
        ("weekly", Cycle::Weekly),
        ("monthly", Cycle::Monthly),
        ("quarterly", Cycle::Quarterly),
        ("yearly", Cycle::Yearly),
    ];
    let is_adverb = ahead.sees_any(&["weekly", "monthly", "quarterly", "yearly"]);
    let found = ahead.take_which(&units)?;
    ahead.mark('/');
    let times = ahead.take_any(&["một lần", "1 lần", "01 lần", "lần"]);
    // "6 tháng đầu năm" and "tháng 11" are no cycles.
    if ahead.peek_number(0).is_some() || (ahead.sees_any(&["đầu", "cuối"]) && !every) {
        return None;
    }
    (every || named || times || is_adverb).then(|| {
        c.follow(ahead);
        found
    })
}

fn day_in_cycle(c: &mut Cursor<'_>, named_first: Option<Cycle>) -> Part<Recurrence> {
    let bound = bound(c);
    let clock = clock(c);
    if clock.is_some() {
        c.marks(&[',']);
    }
    let mut day_cycle = None;
    let day = if let Some(weekday) = weekday(c) {
        day_cycle = Some(Cycle::Weekly);
        CycleDay::Weekday(weekday)
    } else {
        match numbered_day(c, named_first)? {
            Some((cycle, day)) => {
                day_cycle = cycle.or(day_cycle);
                day
            }
            None => return Ok(None),
        }
    };
    c.mark(',');
    let named_last = if named_first.is_none() { one_cycle(c, false) } else { None };
    let is_weekday = matches!(day, CycleDay::Weekday(_));
    let cycle = match (named_first.or(named_last), day_cycle) {
        // "thứ Năm" without "hằng tuần" is one day.
        (None, Some(_)) if is_weekday => return Ok(None),
        (Some(named), Some(own)) if is_weekday && named != own => return Ok(None),
        (named, own) => match named.or(own) {
            Some(cycle) => cycle,
            None => return Ok(None),
        },
    };
    // "20/11" is a day of a year only, "ngày 20" of any cycle but a week.
    let fits = match day {
        CycleDay::OfYear { .. } => cycle == Cycle::Yearly,
        CycleDay::OfLastMonth(_) => cycle != Cycle::Weekly,
        CycleDay::Weekday(_) | CycleDay::Last => true,
    };
    if !fits {
        return Ok(None);
    }
    let time = clock.and_then(|clock| clock.time(c.calendar.windows()));
    // With a time the day itself is allowed up to it.
    let exclusive = bound == Bound::Before && clock.is_none();
    Ok(Some(Recurrence { cycle, longer: Vec::new(), day, exclusive, time }))
}

/// "ngày 20", "ngày 15 của tháng cuối quý", "ngày 20/11"; with the cycle that the words themselves imply.
fn numbered_day(c: &mut Cursor<'_>, named_first: Option<Cycle>) -> Part<(Option<Cycle>, CycleDay)> {
    let mut ahead = c.clone();
    if ahead.take_any(&["ngày cuối cùng", "ngày cuối", "cuối"]) {
        ahead.take("của");
        if let Some(cycle) = one_cycle(&mut ahead, true) {
            let is_one_month = ahead.peek_number(0).is_some() || ahead.sees_any(&["này", "sau", "tới", "nay"]);
            if !is_one_month && named_first == Some(cycle) {
                c.follow(ahead);
                return Ok(Some((Some(cycle), CycleDay::Last)));
            }
        }
    }
    let mut ahead = c.clone();
    let named = ahead.take("ngày");
    let day = ahead.number(2, 31).and_then(|day| u8::try_from(day).ok()).filter(|day| *day >= 1);
    let Some(day) = day else { return Ok(None) };
    let whole_date = c.clone();
    let of = ahead.take("của");
    if named && ahead.take("tháng cuối") {
        let cycle = last_month_of(&mut ahead, named_first);
        c.follow(ahead);
        return Ok(Some((Some(cycle), CycleDay::OfLastMonth(day))));
    }
    let month_follows = ahead.peek_mark(0).is_some_and(|mark| matches!(mark, '/' | '-' | '.')) && ahead.peek_number(1).is_some();
    if month_follows || (ahead.sees("tháng") && ahead.peek_number(1).is_some()) {
        let mut date = whole_date;
        return Ok(match written(&mut date)? {
            Some(Written::Day { year: None, month: Some(month), day }) => {
                c.follow(date);
                let (month, day) = (u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1));
                if jiff::civil::Date::new(2024, i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0)).is_err() {
                    return Err(PhraseErrorKind::NoSuchDay);
                }
                Some((None, CycleDay::OfYear { month, day }))
            }
            _ => None,
        });
    }
    // "ngày 15 của tháng" is any month's; "ngày 15 tháng sau" one.
    if of && ahead.sees("tháng") && !ahead.sees_any(&["tháng này", "tháng sau", "tháng tới", "tháng liền", "tháng trước"])
    {
        ahead.take("tháng");
        if ahead.peek_word(0).is_none() && ahead.peek_number(0).is_none() {
            c.follow(ahead);
            return Ok(Some((Some(Cycle::Monthly), CycleDay::OfLastMonth(day))));
        }
        return Ok(None);
    }
    c.follow(ahead);
    Ok(named.then_some((None, CycleDay::OfLastMonth(day))))
}

/// What "tháng cuối" is the last month of: "quý", "mỗi quý", "6 tháng", "năm"; a "kỳ báo cáo" does not say.
fn last_month_of(c: &mut Cursor<'_>, named_first: Option<Cycle>) -> Cycle {
    c.take("cùng");
    c.take("của");
    if let Some(cycle) = one_cycle(c, true) {
        return cycle;
    }
    c.take_any(&["mỗi kỳ báo cáo", "kỳ báo cáo", "kì báo cáo", "mỗi kỳ", "kỳ"]);
    if named_first.is_none() {
        c.flag(Flag::CycleAssumed);
    }
    Cycle::Quarterly
}
