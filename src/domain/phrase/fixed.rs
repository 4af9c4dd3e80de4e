//! Phrases that name a day or a period: before, by, at, within, from … to.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::cursor::{Cursor, Part};
use super::date::{Stretch, Written, resolve, stretch, weekday_after, written};
use super::period::days_from;
use super::time::{Clock, clock};
use super::{Flag, PhraseErrorKind, feast};
use crate::domain::deadline::{Deadline, DeadlineKind};

/// How the words before a day bind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// "trước"
    Before,
    /// "chậm nhất", "đến", "đến hết"
    By,
    /// "vào"
    At,
    /// "trong"
    Within,
    /// Nothing.
    Bare,
}

/// The binding words that stand here.
pub(super) fn bound(c: &mut Cursor<'_>) -> Bound {
    let at_the_latest = c.take_any(&[
        "chậm nhất",
        "muộn nhất",
        "trễ nhất",
        "không chậm hơn",
        "không muộn hơn",
        "không quá",
        "no later than",
        "not later than",
    ]);
    if at_the_latest {
        c.take("là");
        if c.take("trước") {
            c.flag(Flag::MixedWords);
            return Bound::Before;
        }
        c.take_any(&["vào cuối ngày", "đến hết", "đến cuối ngày", "vào", "đến", "tới", "hết", "trong", "on"]);
        return Bound::By;
    }
    if c.take("ngay trong") {
        return Bound::Within;
    }
    if c.take_any(&["tính đến hết", "tính đến"]) {
        c.flag(Flag::CutOff);
        return Bound::By;
    }
    let words = [
        ("trước thời điểm", Bound::Before),
        ("trước", Bound::Before),
        ("before", Bound::Before),
        ("cho đến hết", Bound::By),
        ("đến hết", Bound::By),
        ("tới hết", Bound::By),
        ("cho đến", Bound::By),
        ("đến trước", Bound::Before),
        ("đến", Bound::By),
        ("tới", Bound::By),
        ("hết", Bound::By),
        ("by", Bound::By),
        ("until", Bound::By),
        ("vào lúc", Bound::At),
        ("vào", Bound::At),
        ("lúc", Bound::At),
        ("on", Bound::At),
        ("at", Bound::At),
        ("trong", Bound::Within),
        ("within", Bound::Within),
        ("in", Bound::Within),
        ("during", Bound::Within),
    ];
    c.take_which(&words).unwrap_or(Bound::Bare)
}

/// The deadline that stands here, when it names its day.
pub(super) fn deadline(c: &mut Cursor<'_>) -> Part<Deadline> {
    for read in [from_to, one_day] {
        let mut ahead = c.clone();
        if let Some(found) = read(&mut ahead)? {
            if found.last_day < ahead.issued {
                ahead.flag(Flag::BeforeIssue);
            }
            c.follow(ahead);
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn one_day(c: &mut Cursor<'_>) -> Part<Deadline> {
    let bound = bound(c);
    if bound == Bound::Before
        && let Some(day) = feast::first_day(c)?
    {
        return Ok(Some(Deadline::before(day)));
    }
    let before_day = clock(c);
    if before_day.is_some() {
        c.marks(&[',', '-']);
        c.take_any(&["của", "vào", "on"]);
    }
    let Some(found) = stretch(c)? else {
        // "trước 17 giờ" names no day; "trong 24 giờ" is a span.
        let names_no_day = before_day.is_some() && matches!(bound, Bound::Before | Bound::At);
        return if names_no_day { Err(PhraseErrorKind::Incomplete) } else { Ok(None) };
    };
    // "ngày 15" alone is told from a name or a number only by a binding word.
    let month_assumed = c.flags.iter().any(|flag| matches!(flag, Flag::MonthAssumed { .. }));
    if bound == Bound::Bare && before_day.is_none() && month_assumed && !found.is_period && !c.is_at_end() {
        return Ok(None);
    }
    if let Some(local) = offset_time(c, found.last) {
        return Ok(Some(bind(bound, Stretch::day(local.date()), None, Some(local.time()))));
    }
    let clock = if before_day.is_some() || found.is_period { before_day } else { clock_after(c) };
    let time = clock.and_then(|clock| clock.time(c.calendar.windows()));
    Ok(Some(bind(bound, found, clock, time)))
}

/// "2023-12-25T17:00", "25/12/2023, lúc 17 giờ".
fn clock_after(c: &mut Cursor<'_>) -> Option<Clock> {
    let mut ahead = c.clone();
    if !ahead.take("t") {
        ahead.marks(&[',']);
        ahead.take_any(&["trước", "vào lúc", "lúc", "at"]);
    }
    let found = clock(&mut ahead)?;
    c.follow(ahead);
    Some(found)
}

/// "T17:00:00+07:00", "T10:00Z" behind an ISO date: that instant in the office's time zone, up to the minute.
fn offset_time(c: &mut Cursor<'_>, day: Date) -> Option<DateTime> {
    let mut ahead = c.clone();
    if !ahead.take("t") {
        return None;
    }
    let Some(Clock::At(time)) = clock(&mut ahead) else { return None };
    let minutes = if ahead.take("z") {
        0
    } else {
        let sign = if ahead.mark('+') { 1 } else { -i64::from(ahead.mark('-')) };
        let hours = (sign != 0).then(|| ahead.number(2, 14)).flatten()?;
        let minutes = if ahead.mark(':') { ahead.number(2, 59)? } else { 0 };
        sign * i64::from(hours * 60 + minutes)
    };
    let in_utc = day.to_datetime(time).checked_sub(SignedDuration::from_mins(minutes)).ok()?;
    let at = TimeZone::UTC.to_timestamp(in_utc).ok()?;
    c.follow(ahead);
    Some(c.calendar.time_zone().to_datetime(at))
}

fn bind(bound: Bound, found: Stretch, clock: Option<Clock>, time: Option<Time>) -> Deadline {
    let deadline = match bound {
        Bound::Before if clock == Some(Clock::DayEnd) => Deadline::by(found.first),
        Bound::Before => Deadline::before(found.first),
        Bound::By => Deadline::by(found.last),
        Bound::Within => Deadline::within(found.first, found.last),
        Bound::At | Bound::Bare if found.is_period => Deadline::within(found.first, found.last),
        // "buổi chiều ngày 25/12" is a stretch of that day.
        Bound::Bare if matches!(clock, Some(Clock::Morning | Clock::Afternoon)) => Deadline::within(found.first, found.last),
        Bound::At | Bound::Bare => Deadline::at(found.last),
    };
    time.map_or(deadline, |time| deadline.with_time(time))
}

/// "từ ngày 05/10 đến ngày 15/10/2020", "từ tháng 4 đến tháng 12 năm 2020", "từ nay đến cuối năm".
fn from_to(c: &mut Cursor<'_>) -> Part<Deadline> {
    if !c.take_any(&["trong thời gian từ", "bắt đầu từ", "kể từ", "từ", "from"]) {
        return day_to_day(c);
    }
    let start = if c.take_any(&["nay", "bây giờ", "now"]) { None } else { Some(start_day(c)?) };
    if start == Some(None) {
        return Ok(None);
    }
    c.mark(',');
    let until =
        c.take_any(&["cho đến hết", "đến hết", "cho đến", "đến trước", "đến", "tới hết", "tới", "to", "until"]) || c.mark('-');
    if !until {
        return if start.is_some() { Err(PhraseErrorKind::StartOnly) } else { Ok(None) };
    }
    let before_day = clock(c);
    c.marks(&[',']);
    let Some(end) = stretch(c)? else { return Ok(None) };
    let clock = before_day.or_else(|| clock_after(c));
    let first = match start.flatten() {
        Some(start) => start_of(c, start, end.last)?,
        None => c.issued,
    };
    if first > end.last {
        // "từ nay" in a phrase older than its dispatch keeps its end alone.
        return if start.is_some() { Err(PhraseErrorKind::EndBeforeStart) } else { Ok(Some(Deadline::by(end.last))) };
    }
    let deadline = Deadline::within(first, end.last);
    let time = clock.and_then(|clock| clock.time(c.calendar.windows()));
    Ok(Some(time.map_or(deadline, |time| deadline.with_time(time))))
}

/// "15/10/2023 - 15/11/2023" without "từ".
fn day_to_day(c: &mut Cursor<'_>) -> Part<Deadline> {
    let Some(start @ Written::Day { month: Some(_), .. }) = written(c)? else { return Ok(None) };
    if !c.mark('-') {
        return Ok(None);
    }
    let Some(end) = stretch(c)?.filter(|end| !end.is_period) else { return Ok(None) };
    let first = start_of(c, start, end.last)?;
    if first > end.last {
        return Err(PhraseErrorKind::EndBeforeStart);
    }
    Ok(Some(Deadline::within(first, end.last)))
}

fn start_day(c: &mut Cursor<'_>) -> Part<Written> {
    let mut ahead = c.clone();
    if clock(&mut ahead).is_some() {
        ahead.marks(&[',']);
        c.follow(ahead);
    }
    if let Some(found) = written(c)? {
        weekday_after(c);
        return Ok(Some(found));
    }
    // "từ 05 đến 15/10/2023"
    let mut ahead = c.clone();
    let Some(day) = ahead.number(2, 31) else { return Ok(None) };
    if !ahead.sees_any(&["đến", "tới"]) {
        return Ok(None);
    }
    c.follow(ahead);
    Ok(i8::try_from(day).ok().map(|day| Written::Day { year: None, month: None, day }))
}

/// What the start leaves out is the end's; a month later than the end's belongs to the year before.
fn start_of(c: &mut Cursor<'_>, start: Written, end: Date) -> Result<Date, PhraseErrorKind> {
    let filled = |year: i16| match start {
        Written::Day { year: None, month, day } => {
            Written::Day { year: Some(year), month: Some(month.unwrap_or(end.month())), day }
        }
        Written::Months { year: None, first, last, share } => Written::Months { year: Some(year), first, last, share },
        whole => whole,
    };
    let first = resolve(c, filled(end.year()))?.first;
    if first <= end {
        return Ok(first);
    }
    let is_of_year_before = matches!(start, Written::Day { year: None, month: Some(_), .. } | Written::Months { year: None, .. });
    if is_of_year_before { Ok(resolve(c, filled(end.year() - 1))?.first) } else { Ok(first) }
}

/// "05 ngày trước ngày 25/12/2023": so many days before a day that is named.
pub(super) fn days_before(c: &mut Cursor<'_>) -> Part<Deadline> {
    bound(c);
    let Some(count) = c.number(3, 365) else { return Ok(None) };
    let working = c.take_any(&["ngày làm việc", "working days", "business days"]);
    if !working && !c.take_any(&["ngày", "days"]) {
        return Ok(None);
    }
    if !c.take_any(&["trước", "before"]) {
        return Ok(None);
    }
    let Some(found) = stretch(c)? else { return Err(PhraseErrorKind::Event) };
    let last = if working {
        c.calendar.nth_working_day_before(found.first, count)
    } else {
        days_from(found.first, -i32::try_from(count).unwrap_or(0))
    };
    if last < c.issued {
        c.flag(Flag::BeforeIssue);
    }
    Ok(Some(Deadline { kind: DeadlineKind::By, ..Deadline::by(last) }))
}
