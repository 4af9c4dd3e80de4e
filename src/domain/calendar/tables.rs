//! The tables of a [`super::WorkingCalendar`]: one entry a day, prefix counts and the list of working days.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time, date};
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::{CalendarRules, ChangeKind, DAY_MINUTES, DayReason, HolidayTable, MINUTE_MS, YEAR_FIRST, YEAR_LAST};
use crate::domain::holidays;
use crate::domain::lunar::{civil_of_julian_day, julian_day};

const FIRST_DAY: Date = date(YEAR_FIRST, 1, 1);
const LAST_DAY: Date = date(YEAR_LAST, 12, 31);
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Julian day of 01/01/1970.
const JULIAN_DAY_1970: i32 = 2_440_588;

/// What is known of each day; the index of a day counts from the first.
pub(super) struct Tables {
    /// Julian day of the first day.
    origin: i32,
    /// The index of each month's first day, from the first year's January on.
    month_starts: Vec<usize>,
    working: Vec<bool>,
    /// By year from the first.
    provisional_years: Vec<bool>,
    /// The days whose reason is not their weekday.
    reasons: BTreeMap<usize, DayReason>,
    /// How many working days lie before each day, with one entry more than days.
    working_before: Vec<u32>,
    /// Milliseconds of the office's windows before each day, with one entry more than days.
    worked_ms_before: Vec<i64>,
    /// The working days themselves, by their rank.
    working_days: Vec<Date>,
    /// How the zone's clock runs, from one change of it to the next.
    shifts: Vec<Shift>,
    /// The days of a change and those beside, whose minutes only the zone itself knows.
    changed_days: BTreeSet<usize>,
}

/// From an instant on the clock is ahead of UTC by that much.
#[derive(Clone, Copy)]
struct Shift {
    from_ms: i64,
    /// The day of the change; before the first day for the clock the tables begin with.
    from_day: i64,
    offset_ms: i64,
}

impl Tables {
    pub(super) fn prepare(rules: &CalendarRules) -> Self {
        let origin = julian_day(FIRST_DAY);
        let index_of = |date: Date| usize::try_from(julian_day(date) - origin).ok();
        let days = index_of(LAST_DAY).map_or(1, |last| last + 1);
        let index_of = |date: Date| index_of(date).filter(|&at| at < days);
        let months = (YEAR_FIRST..=YEAR_LAST).flat_map(|year| (1..=12).map(move |month| date(year, month, 1)));
        let month_starts = months.filter_map(index_of).collect();
        let mut worked_by_weekday = [false; 7];
        for weekday in &rules.working_days {
            worked_by_weekday[usize::try_from(weekday.to_monday_zero_offset()).unwrap_or(0)] = true;
        }
        let first_weekday = usize::try_from(FIRST_DAY.weekday().to_monday_zero_offset()).unwrap_or(0);
        let mut working: Vec<bool> = (0..days).map(|at| worked_by_weekday[(first_weekday + at) % 7]).collect();
        let mut reasons = BTreeMap::new();
        if rules.holidays == HolidayTable::Vn {
            let special = (YEAR_FIRST..=YEAR_LAST).flat_map(|year| holidays::of_year(year, &rules.working_days));
            for (date, reason) in special {
                if let Some(at) = index_of(date) {
                    working[at] = matches!(reason, DayReason::SwapWorking(_));
                    reasons.insert(at, reason);
                }
            }
        }
        for change in &rules.changes {
            if let Some(at) = index_of(change.date) {
                working[at] = change.kind == ChangeKind::Working;
                let (reason, source) = (change.reason.clone(), change.source.clone());
                reasons.insert(at, DayReason::Change { reason, source });
            }
        }
        let provisional_years = (YEAR_FIRST..=YEAR_LAST)
            .map(|year| rules.holidays == HolidayTable::Vn && !holidays::is_built_in(year) && !rules.announced.contains(&year))
            .collect();
        let (working_before, working_days) = count_working_days(origin, &working);
        let worked_ms_before = sum_working_time(rules, &working);
        let (shifts, changed_days) = clock_changes(rules, origin);
        Self {
            origin,
            month_starts,
            working,
            provisional_years,
            reasons,
            working_before,
            worked_ms_before,
            working_days,
            shifts,
            changed_days,
        }
    }

    /// The index of an instant's day and the milliseconds since its midnight; `None` where only the zone itself knows.
    pub(super) fn place(&self, at: Timestamp) -> Option<(usize, i64)> {
        let at_ms = at.as_millisecond();
        let shift = self.last_shift(|shift| shift.from_ms <= at_ms)?;
        let local_ms = at_ms + shift.offset_ms - self.first_midnight_ms();
        let at = usize::try_from(local_ms.div_euclid(DAY_MS)).ok()?;
        (at < self.working.len() && !self.is_changed(at)).then(|| (at, local_ms.rem_euclid(DAY_MS)))
    }

    /// The instant of a minute of a day; `None` where only the zone itself knows.
    pub(super) fn minute(&self, date: Date, minute: u16) -> Option<Timestamp> {
        let at = self.position(date).filter(|at| !self.is_changed(*at))?;
        let day = i64::try_from(at).ok()?;
        let shift = self.last_shift(|shift| shift.from_day <= day)?;
        let local_ms = day * DAY_MS + i64::from(minute) * MINUTE_MS;
        // Zones are ahead by whole seconds.
        Timestamp::from_second((self.first_midnight_ms() + local_ms - shift.offset_ms) / 1_000).ok()
    }

    /// The last shift that has begun; most zones have but one.
    fn last_shift(&self, has_begun: impl Fn(&Shift) -> bool) -> Option<&Shift> {
        match &self.shifts[..] {
            [only] => Some(only).filter(|only| has_begun(only)),
            shifts => shifts.get(shifts.partition_point(has_begun).checked_sub(1)?),
        }
    }

    /// The day's index; `None` outside.
    fn position(&self, date: Date) -> Option<usize> {
        let month = (i32::from(date.year()) - i32::from(YEAR_FIRST)) * 12 + i32::from(date.month()) - 1;
        let start = self.month_starts.get(usize::try_from(month).ok()?)?;
        Some(start + usize::from(date.day().unsigned_abs()) - 1)
    }

    fn is_changed(&self, at: usize) -> bool {
        !self.changed_days.is_empty() && self.changed_days.contains(&at)
    }

    /// The first day's midnight as a clock on UTC would show it.
    fn first_midnight_ms(&self) -> i64 {
        i64::from(self.origin - JULIAN_DAY_1970) * DAY_MS
    }

    /// The day's index; of a date outside that of the nearest date inside.
    pub(super) fn index(&self, date: Date) -> usize {
        self.position(date).unwrap_or(if date < FIRST_DAY { 0 } else { self.working.len() - 1 })
    }

    pub(super) fn date(&self, at: usize) -> Date {
        civil_of_julian_day(self.origin + i32::try_from(at).unwrap_or(0))
    }

    pub(super) fn is_working(&self, at: usize) -> bool {
        self.working[at]
    }

    pub(super) fn is_provisional(&self, at: usize) -> bool {
        usize::try_from(self.date(at).year() - YEAR_FIRST).is_ok_and(|year| self.provisional_years[year])
    }

    pub(super) fn reason(&self, at: usize) -> DayReason {
        let plain = if self.working[at] { DayReason::Weekday } else { DayReason::Weekend };
        self.reasons.get(&at).cloned().unwrap_or(plain)
    }

    /// How many working days lie before the day of that index, which may be one past the last.
    pub(super) fn working_days_before(&self, at: usize) -> u32 {
        self.working_before[at]
    }

    /// The working day of that rank, from 0; `None` lies before the first.
    pub(super) fn working_day(&self, rank: Option<u32>) -> Date {
        let Some(rank) = rank else { return FIRST_DAY };
        usize::try_from(rank).ok().and_then(|rank| self.working_days.get(rank)).map_or(LAST_DAY, |day| *day)
    }

    pub(super) fn worked_ms_before(&self, at: usize) -> i64 {
        self.worked_ms_before[at]
    }

    /// The first day by whose end at least that much was worked.
    pub(super) fn day_that_reaches(&self, worked_ms: i64) -> usize {
        self.worked_ms_before[1..].partition_point(|&sum| sum < worked_ms).min(self.working.len() - 1)
    }

    /// The first day by whose end more than that was worked.
    pub(super) fn day_that_passes(&self, worked_ms: i64) -> usize {
        self.worked_ms_before[1..].partition_point(|&sum| sum <= worked_ms).min(self.working.len() - 1)
    }
}

/// The tables hold one entry a day of 160 years; printing them would help nobody.
impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").field("working_days", &self.working_days.len()).finish_non_exhaustive()
    }
}

fn count_working_days(origin: i32, working: &[bool]) -> (Vec<u32>, Vec<Date>) {
    let mut before = Vec::with_capacity(working.len() + 1);
    let mut days = Vec::with_capacity(working.len());
    let mut count = 0;
    for (at, &works) in (0..).zip(working) {
        before.push(count);
        if works {
            count += 1;
            days.push(civil_of_julian_day(origin + at));
        }
    }
    before.push(count);
    (before, days)
}

/// Sums the windows. Only a day with a clock change is measured, all others have the windows' own length.
fn sum_working_time(rules: &CalendarRules, working: &[bool]) -> Vec<i64> {
    let plain_ms: i64 =
        rules.hours.iter().map(|window| i64::from(window.end_min.saturating_sub(window.start_min)) * MINUTE_MS).sum();
    let origin = julian_day(FIRST_DAY);
    let mut own_length = BTreeMap::new();
    let from = instant(&rules.time_zone, FIRST_DAY, 0);
    let to = instant(&rules.time_zone, LAST_DAY, DAY_MINUTES);
    for transition in rules.time_zone.following(from).take_while(|transition| transition.timestamp() <= to) {
        let day = julian_day(rules.time_zone.to_datetime(transition.timestamp()).date());
        // The clock may be set back across midnight, so the days beside are measured too.
        own_length.extend((day - 1..=day + 1).map(|day| (day - origin, measured_ms(rules, civil_of_julian_day(day)))));
    }
    let mut before = Vec::with_capacity(working.len() + 1);
    let mut sum = 0;
    for (at, &works) in (0..).zip(working) {
        before.push(sum);
        if works {
            sum += own_length.get(&at).copied().unwrap_or(plain_ms);
        }
    }
    before.push(sum);
    before
}

/// How the clock runs from the beginning of the tables on, and the days around each change.
fn clock_changes(rules: &CalendarRules, origin: i32) -> (Vec<Shift>, BTreeSet<usize>) {
    let zone = &rules.time_zone;
    let (from, to) = (instant(zone, FIRST_DAY, 0), instant(zone, LAST_DAY, DAY_MINUTES));
    let offset_ms = |at| i64::from(zone.to_offset(at).seconds()) * 1_000;
    let mut shifts = vec![Shift { from_ms: from.as_millisecond(), from_day: i64::MIN, offset_ms: offset_ms(from) }];
    let mut days = BTreeSet::new();
    for transition in zone.following(from).take_while(|transition| transition.timestamp() <= to) {
        let at = transition.timestamp();
        let day = i64::from(julian_day(zone.to_datetime(at).date()) - origin);
        shifts.push(Shift { from_ms: at.as_millisecond(), from_day: day, offset_ms: offset_ms(at) });
        // The clock may be set back across midnight.
        days.extend((day - 1..=day + 1).filter_map(|day| usize::try_from(day).ok()));
    }
    (shifts, days)
}

fn measured_ms(rules: &CalendarRules, date: Date) -> i64 {
    let at = |minute| instant(&rules.time_zone, date, minute).as_millisecond();
    rules.hours.iter().map(|window| (at(window.end_min) - at(window.start_min)).max(0)).sum()
}

/// See [`super::WorkingCalendar::instant`].
pub(super) fn instant(zone: &TimeZone, date: Date, minute: u16) -> Timestamp {
    let (date, minute) = if minute >= DAY_MINUTES { (days_later(date, 1), minute - DAY_MINUTES) } else { (date, minute) };
    let part = |number: u16| i8::try_from(number).unwrap_or(0);
    let civil = date.to_datetime(Time::new(part(minute / 60 % 24), part(minute % 60), 0, 0).unwrap_or(Time::MIN));
    let at = zone.to_ambiguous_timestamp(civil);
    let AmbiguousOffset::Gap { after, .. } = at.offset() else {
        return at.earlier().unwrap_or(Timestamp::MAX);
    };
    // The first valid minute after a gap is the instant of the change itself.
    let before_change = after.to_timestamp(civil).unwrap_or(Timestamp::MAX);
    zone.following(before_change).next().map_or(before_change, |change| change.timestamp())
}

/// The date so many days later; the limit of civil dates where that does not exist.
pub(super) fn days_later(date: Date, days: i32) -> Date {
    date.saturating_add(jiff::SignedDuration::from_hours(i64::from(days) * 24))
}
