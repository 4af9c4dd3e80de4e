//! Recurring duties (nhiệm vụ định kỳ): the periods of a cycle, their deadlines and the days their figures cover.
//!
//! A period is a week, month, quarter, half-year or year of the civil calendar. Its deadline always lies in it, it is
//! named by it (`2026-W12`, `2026-03`, `2026-Q1`, `2026-H1`, `2026`), and it is opened on its first day, when the one
//! before ends. Which days a report covers is another matter: offices close their figures on a day of the month
//! ([`CutOff`]), so that the report of March may cover 15/02 to 14/03.

use std::fmt;

use jiff::civil::{Date, ISOWeekDate, Time, Weekday};
use jiff::{SignedDuration, ToSpan as _};

use super::deadline::Deadline;

/// A cycle of reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// How often; of several cycles the shortest.
    pub cycle: Cycle,
    /// Longer cycles of the same duty, rising: "hằng quý, 6 tháng và hằng năm" has no report of the second quarter, because
    /// the half-year's takes its place.
    pub longer: Vec<Cycle>,
    /// The day within the cycle, when one was given.
    pub day: CycleDay,
    /// Whether the named day itself is excluded ("trước ngày 20").
    pub exclusive: bool,
    /// The time of day, when one was given.
    pub time: Option<Time>,
}

/// How often a duty recurs; a longer cycle is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cycle {
    /// hằng tuần
    Weekly,
    /// hằng tháng
    Monthly,
    /// hằng quý
    Quarterly,
    /// 6 tháng
    HalfYearly,
    /// hằng năm
    Yearly,
}

/// The day within a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CycleDay {
    /// The cycle's last day.
    Last,
    /// A weekday of the week.
    Weekday(Weekday),
    /// A day of the cycle's last month (of each month for monthly); the month's last day where it has none.
    OfLastMonth(u8),
    /// A day and month of the year.
    OfYear {
        /// 1–12
        month: u8,
        /// 1–31
        day: u8,
    },
}

/// One turn of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    first: Date,
    cycle: Cycle,
}

/// The day of the month on which figures are closed, 1–31; the month's last day where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CutOff(u8);

impl CutOff {
    /// That day of the month; `None` for a number that is none.
    pub fn new(day: i64) -> Option<Self> {
        u8::try_from(day).ok().filter(|day| (1..=31).contains(day)).map(Self)
    }

    /// The day, 1–31.
    pub const fn day(self) -> u8 {
        self.0
    }

    fn in_month_of(self, day: Date) -> Date {
        day_of_month(day, self.0)
    }
}

impl Cycle {
    const fn months(self) -> i8 {
        match self {
            Self::Weekly => 0,
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::HalfYearly => 6,
            Self::Yearly => 12,
        }
    }
}

impl Period {
    /// The period of that cycle that day lies in.
    pub fn containing(cycle: Cycle, day: Date) -> Self {
        let first = match cycle.months() {
            0 => {
                let since_monday = i64::from(day.weekday().since(Weekday::Monday));
                day.saturating_sub(SignedDuration::from_hours(24 * since_monday))
            }
            months => {
                let month = (day.month() - 1) / months * months + 1;
                Date::new(day.year(), month, 1).unwrap_or(day)
            }
        };
        Self { first, cycle }
    }

    /// How long it is.
    pub const fn cycle(self) -> Cycle {
        self.cycle
    }

    /// Its first day.
    pub const fn first_day(self) -> Date {
        self.first
    }

    /// Its last day.
    pub fn last_day(self) -> Date {
        let next = match self.cycle.months() {
            0 => self.first.saturating_add(7.days()),
            months => self.first.saturating_add(i32::from(months).months()),
        };
        next.yesterday().unwrap_or(next)
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        let last = self.last_day();
        Self::containing(self.cycle, last.tomorrow().unwrap_or(last))
    }

    /// Reads a name as [`fmt::Display`] writes it.
    pub fn parse(name: &str) -> Option<Self> {
        let (year, rest) = match name.split_once('-') {
            Some((year, rest)) => (year, Some(rest)),
            None => (name, None),
        };
        let number: i16 = year.parse().ok().filter(|_| year.len() == 4)?;
        let (cycle, first) = match rest {
            None => (Cycle::Yearly, Date::new(number, 1, 1).ok()?),
            Some(rest) => {
                let digits = |text: &str, cycle: Cycle| -> Option<(Cycle, Date)> {
                    let turn: i8 = text.parse().ok().filter(|turn| *turn >= 1)?;
                    Some((cycle, Date::new(number, (turn - 1).checked_mul(cycle.months())?.checked_add(1)?, 1).ok()?))
                };
                match rest.split_at_checked(1)? {
                    ("W", week) => (Cycle::Weekly, ISOWeekDate::new(number, week.parse().ok()?, Weekday::Monday).ok()?.date()),
                    ("Q", quarter) => digits(quarter, Cycle::Quarterly)?,
                    ("H", half) => digits(half, Cycle::HalfYearly)?,
                    _ => digits(rest, Cycle::Monthly)?,
                }
            }
        };
        let period = Self { first, cycle };
        (period.to_string() == name).then_some(period)
    }

    /// The first and last day its figures cover: from the day after the cut-off before it to the cut-off of its last month.
    /// A week has none, its figures are its own.
    pub fn window(self, cut_off: Option<CutOff>) -> (Date, Date) {
        let Some(cut_off) = cut_off.filter(|_| self.cycle != Cycle::Weekly) else { return (self.first, self.last_day()) };
        let before = cut_off.in_month_of(self.first.yesterday().unwrap_or(self.first));
        (before.tomorrow().unwrap_or(before), cut_off.in_month_of(self.last_day()))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.first.year(), self.first.month());
        match self.cycle {
            Cycle::Weekly => {
                let week = self.first.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            Cycle::Monthly => write!(f, "{year:04}-{month:02}"),
            Cycle::Quarterly => write!(f, "{year:04}-Q{}", month / 3 + 1),
            Cycle::HalfYearly => write!(f, "{year:04}-H{}", month / 6 + 1),
            Cycle::Yearly => write!(f, "{year:04}"),
        }
    }
}

impl Recurrence {
    /// The period whose turn it is on that day. Where a longer cycle ends together with the shortest, it gives the period.
    pub fn period_on(&self, day: Date) -> Period {
        let turn = Period::containing(self.cycle, day);
        let longest = self.longer.iter().rev().map(|cycle| Period::containing(*cycle, turn.first));
        longest.into_iter().find(|period| period.last_day() == turn.last_day()).unwrap_or(turn)
    }

    /// The day it is opened: the first after the one before. Of the year that takes the place of a second half-year, 01/07.
    pub fn opens_on(&self, period: Period) -> Date {
        Period::containing(self.cycle, period.last_day()).first
    }

    /// The period after it.
    pub fn after(&self, period: Period) -> Period {
        let last = period.last_day();
        self.period_on(last.tomorrow().unwrap_or(last))
    }

    /// Its deadline, which lies in it.
    pub fn deadline(&self, period: Period) -> Deadline {
        let (first, last) = (self.opens_on(period), period.last_day());
        let named = match self.day {
            CycleDay::Last => last,
            CycleDay::Weekday(weekday) => {
                let days = i64::from(weekday.since(Weekday::Monday));
                first.saturating_add(SignedDuration::from_hours(24 * days))
            }
            CycleDay::OfLastMonth(day) => day_of_month(last, day),
            CycleDay::OfYear { month, day } => {
                let month = i8::try_from(month).unwrap_or(12);
                day_of_month(Date::new(last.year(), month, 1).unwrap_or(last), day)
            }
        };
        let deadline = if !self.exclusive {
            Deadline::by(named)
        } else if named == first {
            // "trước ngày 01 hằng tháng" is the end of the month before, which is the period it closes.
            Deadline::before(last.tomorrow().unwrap_or(last))
        } else {
            Deadline::before(named)
        };
        match self.time {
            Some(time) => deadline.with_time(time),
            None => deadline,
        }
    }

    /// The first period whose deadline is not before that day.
    pub fn first_due_from(&self, day: Date) -> Period {
        let period = self.period_on(day);
        if self.deadline(period).last_day >= day { period } else { self.after(period) }
    }

    /// Whether it is a period of this recurrence.
    pub fn has(&self, period: Period) -> bool {
        self.period_on(period.last_day()) == period
    }
}

/// That day of the month, or the month's last one when it has none (Civil Code 2015 art. 148).
fn day_of_month(month: Date, day: u8) -> Date {
    let day = i8::try_from(day).unwrap_or(31).clamp(1, month.days_in_month());
    Date::new(month.year(), month.month(), day).unwrap_or(month)
}

#[cfg(test)]
mod tests;
