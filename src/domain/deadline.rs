//! Deadlines (thời hạn) as dates, and what may still become one.
//!
//! The phrases of officials are read by [`super::phrase`].

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use super::amount::{Amount, Unit};
use super::calendar::WorkingCalendar;
use super::directive::TimeStatus;
use super::recurrence::Recurrence;
use super::rules::BeforeDate;

/// How a deadline was worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeadlineKind {
    /// "trước ngày D": that day excluded.
    Before,
    /// "chậm nhất ngày D", "đến hết ngày D": that day included.
    By,
    /// "vào ngày D".
    At,
    /// "trong Quý IV/2023", "từ … đến …": a period.
    Within,
    /// "hằng tháng, trước ngày 20".
    Recurring,
    /// "05 ngày làm việc kể từ ngày nhận được".
    Relative,
}

impl DeadlineKind {
    /// The word of store and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::By => "by",
            Self::At => "at",
            Self::Within => "within",
            Self::Recurring => "recurring",
            Self::Relative => "relative",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Before, Self::By, Self::At, Self::Within, Self::Recurring, Self::Relative]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// A deadline that is a day, or an instant of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Deadline {
    /// How it was worded.
    pub kind: DeadlineKind,
    /// The last allowed day; for "trước ngày 25/12" the 24th.
    pub last_day: Date,
    /// The day as written: `last_day`, or the day after it for [`DeadlineKind::Before`] without a time.
    pub named_day: Date,
    /// The time of day on `last_day`, when one was given.
    pub time: Option<Time>,
    /// The first day of the period, when one was given.
    pub from: Option<Date>,
}

impl Deadline {
    /// A deadline that ends with that day.
    pub const fn by(day: Date) -> Self {
        Self { kind: DeadlineKind::By, last_day: day, named_day: day, time: None, from: None }
    }

    /// "trước ngày D": that day is too late.
    pub fn before(day: Date) -> Self {
        Self { kind: DeadlineKind::Before, last_day: day.yesterday().unwrap_or(day), named_day: day, time: None, from: None }
    }

    /// On that day.
    pub const fn at(day: Date) -> Self {
        Self { kind: DeadlineKind::At, ..Self::by(day) }
    }

    /// Within a period, both days included.
    pub const fn within(from: Date, last_day: Date) -> Self {
        Self { kind: DeadlineKind::Within, from: Some(from), ..Self::by(last_day) }
    }

    /// The same day with a time. With a time "trước 17 giờ 00 ngày 25/12" allows the 25th up to 17:00.
    #[must_use]
    pub const fn with_time(self, time: Time) -> Self {
        Self { last_day: self.named_day, time: Some(time), ..self }
    }

    /// The text that stands in reminder keys: the deadline itself, so that an edit there and back is no edit.
    pub fn anchor(&self) -> String {
        let before = if self.named_day == self.last_day { "" } else { "<" };
        let day = if self.named_day == self.last_day { self.last_day } else { self.named_day };
        match self.time {
            Some(time) => format!("{before}{day}T{:02}:{:02}", time.hour(), time.minute()),
            None => format!("{before}{day}"),
        }
    }

    /// The day overdue and the steps after the deadline count from.
    pub const fn base_after(&self, before_date: BeforeDate) -> Date {
        match before_date {
            BeforeDate::Tolerant => self.named_day,
            BeforeDate::Strict => self.last_day,
        }
    }

    /// The first instant that is too late.
    pub fn end(&self, calendar: &WorkingCalendar, before_date: BeforeDate) -> Timestamp {
        match self.time {
            Some(time) => calendar.instant(self.last_day, minute_of_day(time)),
            None => calendar.instant(self.base_after(before_date), 1440),
        }
    }

    /// Whether it ends with the same day, and the same time of it, as another.
    pub fn ends_with(&self, other: &Self) -> bool {
        (self.last_day, self.time) == (other.last_day, other.time)
    }

    /// Whether a report of that instant comes after the deadline. A time of day is itself still in time; the end of a day
    /// is the next day's first instant.
    pub fn is_missed_by(&self, reported: Timestamp, calendar: &WorkingCalendar, before_date: BeforeDate) -> bool {
        let end = self.end(calendar, before_date);
        if self.time.is_some() { reported > end } else { reported >= end }
    }
}

/// What holds of the deadline a dispatch gives, as it stands now, and of the one an assignment got by its last extension: the later day, the
/// extension where both are one. A dispatch that is corrected gives more and takes nothing away.
pub fn in_force(given: Option<Deadline>, extension: Option<&Deadline>) -> Option<Deadline> {
    match (given, extension) {
        (given, None) => given,
        (Some(given), Some(extension)) if given.last_day > extension.last_day => Some(given),
        (given, Some(extension)) => Some(Deadline { from: given.and_then(|given| given.from), ..*extension }),
    }
}

/// Where an open assignment with that deadline stands; an undated one and one that is done are the caller's.
pub fn time_status(
    deadline: &Deadline,
    now: Timestamp,
    calendar: &WorkingCalendar,
    before_date: BeforeDate,
    due_soon_days: u32,
) -> TimeStatus {
    let today = calendar.date_of(now);
    if now >= deadline.end(calendar, before_date) {
        TimeStatus::Overdue
    } else if today >= deadline.last_day {
        TimeStatus::DueToday
    } else if working_days_left(deadline, today, calendar) <= due_soon_days {
        TimeStatus::DueSoon
    } else {
        TimeStatus::NotDue
    }
}

/// N when today is the Nth working day before the last day, as a step counts "N working days before"; 0 on the last day.
pub fn working_days_left(deadline: &Deadline, today: Date, calendar: &WorkingCalendar) -> u32 {
    let before = |day: Date| day.yesterday().unwrap_or(day);
    calendar.working_days_after_up_to(before(today), before(deadline.last_day))
}

/// The working days after the deadline up to today: 0 on the day itself and on the rest days that follow it.
pub fn overdue_working_days(deadline: &Deadline, now: Timestamp, calendar: &WorkingCalendar, before_date: BeforeDate) -> u32 {
    calendar.working_days_after_up_to(deadline.base_after(before_date), calendar.date_of(now))
}

/// What a relative deadline counts from, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelativeStart {
    /// A day on paper.
    Day(Date),
    /// A recorded instant.
    Instant(Timestamp),
}

/// The deadline of a span once its event has happened (Civil Code 2015 art. 147 and 148).
///
/// The day of the event is not counted. Plain days that end on a rest day end with the next working day. Hours and
/// minutes run from the instant; when only a day is known they run from its end, so that nobody is late too early.
pub fn resolve_relative(amount: Amount, start: RelativeStart, calendar: &WorkingCalendar) -> Deadline {
    let count = u32::from(amount.count);
    let (day, instant) = match start {
        RelativeStart::Day(day) => (day, calendar.instant(day, 1440)),
        RelativeStart::Instant(at) => (calendar.date_of(at), at),
    };
    let minutes_later = |minutes: u32| {
        let later = jiff::SignedDuration::from_mins(i64::from(minutes));
        relative_until(instant.saturating_add(later).unwrap_or(instant), calendar)
    };
    match amount.unit {
        Unit::WorkingDays => relative_by(calendar.nth_working_day_after(day, count)),
        Unit::Days => {
            let last = day.saturating_add(jiff::SignedDuration::from_hours(i64::from(count) * 24));
            relative_by(calendar.first_working_day_on_or_after(last))
        }
        Unit::WorkingHours => relative_until(calendar.add_working_minutes(instant, count * 60), calendar),
        Unit::Hours => minutes_later(count * 60),
        Unit::Minutes => minutes_later(count),
    }
}

/// A span of months from a day: the corresponding day, or the month's last one when it has none; moved from a rest day
/// to the next working day (Civil Code 2015 art. 148).
pub fn months_after(day: Date, months: u16, calendar: &WorkingCalendar) -> Deadline {
    let last = day.saturating_add(jiff::Span::new().months(i64::from(months)));
    relative_by(calendar.first_working_day_on_or_after(last))
}

fn relative_by(day: Date) -> Deadline {
    Deadline { kind: DeadlineKind::Relative, ..Deadline::by(day) }
}

/// Up to the minute that holds the instant, never earlier; midnight is the end of the day before.
fn relative_until(at: Timestamp, calendar: &WorkingCalendar) -> Deadline {
    let whole = at.as_second().div_euclid(60) * 60;
    let up = if at.as_second() == whole && at.subsec_nanosecond() == 0 { whole } else { whole + 60 };
    let local = calendar.time_zone().to_datetime(Timestamp::from_second(up).unwrap_or(at));
    if local.time() == Time::MIN {
        return relative_by(local.date().yesterday().unwrap_or(local.date()));
    }
    relative_by(local.date()).with_time(local.time())
}

fn minute_of_day(time: Time) -> u16 {
    u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or(0)
}

/// What a deadline phrase says.
#[derive(Clone, Debug, PartialEq)]
pub enum DeadlineRule {
    /// A day.
    Fixed(Deadline),
    /// A span that waits for its event.
    Relative {
        /// How long.
        amount: Amount,
        /// From what.
        anchor: RelativeAnchor,
    },
    /// A cycle.
    Recurring(Recurrence),
}

/// The event a relative deadline counts from (day 0 is not counted, Civil Code 2015 art. 147).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RelativeAnchor {
    /// "kể từ ngày nhận được": the dispatch's `received`, else the acknowledgement.
    Received,
    /// "kể từ ngày ký, ban hành": the dispatch's date.
    Issued,
}

#[cfg(test)]
mod tests;
