//! Where an item stands in time on the day of the message, and how that is said.

use jiff::civil::DateTime;

use super::pen::Pen;
use super::text::{count, strong};
use crate::channel::letter::{DeadlineLine, Item};
use crate::domain::rules::{BeforeDate, Language};

/// Where an item stands in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timing {
    /// No deadline, or one that waits for its event.
    Undated,
    /// Working days left after today; 0 when the rest of the way is rest days.
    Left(u64),
    /// The last day is a rest day, and today is the last working day before it.
    LastWorkingDay,
    /// The last day is today (or was yesterday and "trước ngày D" is read tolerantly).
    Today,
    /// Working days late; 0 when only rest days have passed since.
    Late(u64),
}

impl Timing {
    pub(super) fn of(item: &Item, pen: &Pen<'_>) -> Self {
        item.deadline.as_ref().map_or(Self::Undated, |deadline| Self::at(deadline, pen.now, pen.before_date()))
    }

    /// The same at a civil time of the office.
    pub(super) fn at(deadline: &DeadlineLine, now: DateTime, before_date: BeforeDate) -> Self {
        let today = now.date();
        let working_days = deadline.working_days_left.unsigned_abs();
        let over = match (deadline.time, before_date) {
            (Some(time), _) => now >= deadline.last_day.to_datetime(time),
            (None, BeforeDate::Tolerant) => today > deadline.named_day.max(deadline.last_day),
            (None, BeforeDate::Strict) => today > deadline.last_day,
        };
        if over {
            return Self::Late(if deadline.working_days_left < 0 { working_days } else { 0 });
        }
        if today >= deadline.last_day {
            return Self::Today;
        }
        if deadline.working_day_before == Some(today) {
            return Self::LastWorkingDay;
        }
        Self::Left(if deadline.working_days_left > 0 { working_days } else { 0 })
    }

    pub(super) const fn is_late(self) -> bool {
        matches!(self, Self::Late(_))
    }

    /// "quá hạn 02 ngày làm việc", "còn 03 ngày làm việc", "đến hạn hôm nay".
    pub(super) fn phrase(self, language: Language) -> String {
        match (self, language) {
            (Self::Undated, Language::Vi) => "chưa có thời hạn cụ thể".to_owned(),
            (Self::Undated, Language::En) => "no date yet".to_owned(),
            (Self::Today, Language::Vi) => "đến hạn hôm nay".to_owned(),
            (Self::Today, Language::En) => "due today".to_owned(),
            (Self::Late(0), Language::Vi) => "đã quá hạn".to_owned(),
            (Self::Late(0), Language::En) => "overdue".to_owned(),
            (Self::Late(n), Language::Vi) => format!("quá hạn {}", working_days(n, language)),
            (Self::Late(n), Language::En) => format!("overdue by {}", working_days(n, language)),
            (Self::LastWorkingDay, Language::Vi) => "hôm nay là ngày làm việc cuối cùng trước hạn".to_owned(),
            (Self::LastWorkingDay, Language::En) => "today is the last working day before the deadline".to_owned(),
            (Self::Left(0), Language::Vi) => "không còn ngày làm việc nào trước hạn".to_owned(),
            (Self::Left(0), Language::En) => "no working day left before the deadline".to_owned(),
            (Self::Left(n), Language::Vi) => format!("còn {}", working_days(n, language)),
            (Self::Left(n), Language::En) => format!("{} left", working_days(n, language)),
        }
    }

    /// The phrase in bold print where it presses.
    pub(super) fn stressed(self, language: Language) -> String {
        match self {
            Self::Undated => self.phrase(language),
            Self::Left(_) | Self::LastWorkingDay | Self::Today | Self::Late(_) => strong(&self.phrase(language)),
        }
    }
}

/// "03 ngày làm việc", "1 working day".
pub(super) fn working_days(n: u64, language: Language) -> String {
    let number = count(n, language);
    match (language, n) {
        (Language::Vi, _) => format!("{number} ngày làm việc"),
        (Language::En, 1) => format!("{number} working day"),
        (Language::En, _) => format!("{number} working days"),
    }
}
