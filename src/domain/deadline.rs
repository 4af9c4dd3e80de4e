//! Deadlines (thời hạn) as dates, and what may still become one.
//!
//! INTERFACE section 3. The phrases of officials are read by [`super::phrase`].

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use super::amount::Amount;
use super::calendar::WorkingCalendar;
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
            Some(time) => calendar
                .instant(self.last_day, u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or(0)),
            None => calendar.instant(self.base_after(before_date), 1440),
        }
    }
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

/// A cycle of reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// How often.
    pub cycle: Cycle,
    /// The day within the cycle, when one was given.
    pub day: CycleDay,
    /// Whether the named day itself is excluded ("trước ngày 20").
    pub exclusive: bool,
    /// The time of day, when one was given.
    pub time: Option<Time>,
}

/// How often a duty recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    Weekday(jiff::civil::Weekday),
    /// A day of the cycle's last month (of each month for monthly).
    OfLastMonth(u8),
    /// A day and month of the year.
    OfYear {
        /// 1–12
        month: u8,
        /// 1–31
        day: u8,
    },
}
