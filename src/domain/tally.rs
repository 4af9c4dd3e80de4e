//! The official 2×2 of a unit: done (on time, late) × not done (in time, late), the late ones by age. What is in none of
//! the four cells is counted beside them, so that all together are every assignment of the unit.

use std::ops::AddAssign;

use jiff::Timestamp;
use jiff::civil::Date;

use super::calendar::WorkingCalendar;
use super::deadline::Deadline;
use super::directive::Work;
use super::rules::BeforeDate;

/// How long something has been late, in civil days: the official classes of ageing count rest days too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Age {
    /// 1 to 7 days; also what became late today.
    Week,
    /// 8 to 30 days.
    Month,
    /// 31 to 120 days.
    FourMonths,
    /// More than 120 days.
    Longer,
}

impl Age {
    /// All of them, rising.
    pub const ALL: [Self; 4] = [Self::Week, Self::Month, Self::FourMonths, Self::Longer];

    /// The class of so many civil days.
    pub const fn of(days: u32) -> Self {
        match days {
            0..=7 => Self::Week,
            8..=30 => Self::Month,
            31..=120 => Self::FourMonths,
            _ => Self::Longer,
        }
    }
}

/// Where one assignment is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Accepted, and its report was in time. What has no deadline cannot have missed one.
    DoneOnTime,
    /// Accepted, and its report came after the deadline.
    DoneLate,
    /// Not done, the deadline is still ahead.
    InTime,
    /// Not done, the deadline has passed.
    Late(Age),
    /// Not done, without a deadline.
    Undated,
    /// Reported done and not yet accepted: neither done nor late until the monitor has answered.
    Waiting,
    /// Withdrawn.
    Withdrawn,
}

/// What decides where an assignment is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The work axis.
    pub work: Work,
    /// The deadline in force.
    pub deadline: Option<Deadline>,
    /// The last report of completion: when it arrived and the day it counts from.
    pub done: Option<(Timestamp, Option<Date>)>,
}

impl Assigned {
    /// Where it is counted at that instant.
    pub fn class(&self, now: Timestamp, calendar: &WorkingCalendar, before_date: BeforeDate) -> Class {
        match (self.work, self.deadline) {
            (Work::Withdrawn, _) => Class::Withdrawn,
            (Work::ReportedDone, _) => Class::Waiting,
            (Work::Accepted, None) => Class::DoneOnTime,
            (Work::Accepted, Some(deadline)) => {
                let reported = self.done.map(|(arrived, on)| on.map_or(arrived, |day| calendar.instant(day, 0)));
                let missed = reported.is_some_and(|at| deadline.is_missed_by(at, calendar, before_date));
                if missed { Class::DoneLate } else { Class::DoneOnTime }
            }
            (_, None) => Class::Undated,
            (_, Some(deadline)) if now < deadline.end(calendar, before_date) => Class::InTime,
            (_, Some(deadline)) => Class::Late(Age::of(days_late(&deadline, now, calendar, before_date))),
        }
    }
}

/// Civil days since the deadline.
fn days_late(deadline: &Deadline, now: Timestamp, calendar: &WorkingCalendar, before_date: BeforeDate) -> u32 {
    let since = deadline.base_after(before_date).until(calendar.date_of(now));
    since.map_or(0, |span| u32::try_from(span.get_days()).unwrap_or(0))
}

/// How many assignments are in each class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Done in time.
    pub done_on_time: u64,
    /// Done late.
    pub done_late: u64,
    /// Not done, in time.
    pub in_time: u64,
    /// Not done, late, in the order of [`Age::ALL`].
    pub late_by_age: [u64; 4],
    /// Not done, without a deadline.
    pub undated: u64,
    /// Reported done, not yet accepted.
    pub waiting: u64,
    /// Withdrawn.
    pub withdrawn: u64,
}

impl Tally {
    /// Counts so many more of that class.
    pub fn add(&mut self, class: Class, count: u64) {
        let cell = match class {
            Class::DoneOnTime => &mut self.done_on_time,
            Class::DoneLate => &mut self.done_late,
            Class::InTime => &mut self.in_time,
            Class::Late(Age::Week) => &mut self.late_by_age[0],
            Class::Late(Age::Month) => &mut self.late_by_age[1],
            Class::Late(Age::FourMonths) => &mut self.late_by_age[2],
            Class::Late(Age::Longer) => &mut self.late_by_age[3],
            Class::Undated => &mut self.undated,
            Class::Waiting => &mut self.waiting,
            Class::Withdrawn => &mut self.withdrawn,
        };
        *cell += count;
    }

    /// Not done and late, whatever its age.
    pub fn late(&self) -> u64 {
        self.late_by_age.iter().sum()
    }

    /// Done, in time or late.
    pub const fn done(&self) -> u64 {
        self.done_on_time + self.done_late
    }

    /// Not done and dated.
    pub fn not_done(&self) -> u64 {
        self.in_time + self.late()
    }

    /// Every assignment of the unit.
    pub fn all(&self) -> u64 {
        self.done() + self.not_done() + self.undated + self.waiting + self.withdrawn
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.done_on_time += other.done_on_time;
        self.done_late += other.done_late;
        self.in_time += other.in_time;
        for (cell, more) in self.late_by_age.iter_mut().zip(other.late_by_age) {
            *cell += more;
        }
        self.undated += other.undated;
        self.waiting += other.waiting;
        self.withdrawn += other.withdrawn;
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Weekday, date, time};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::calendar::{CalendarRules, HolidayTable, Window};

    fn calendar() -> WorkingCalendar {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        WorkingCalendar::new(CalendarRules {
            time_zone: TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled"),
            holidays: HolidayTable::Vn,
            announced: std::iter::empty().collect(),
            working_days: vec![Monday, Tuesday, Wednesday, Thursday, Friday],
            hours: vec![Window { start_min: 450, end_min: 690 }, Window { start_min: 780, end_min: 1020 }],
            changes: Vec::new(),
        })
    }

    fn class(work: Work, deadline: Option<Deadline>, done: Option<(Date, Option<Date>)>, today: Date) -> Class {
        let calendar = calendar();
        let done = done.map(|(arrived, on)| (calendar.instant(arrived, 600), on));
        let assigned = Assigned { work, deadline, done };
        assigned.class(calendar.instant(today, 450), &calendar, BeforeDate::Tolerant)
    }

    #[test]
    fn ages_are_civil_days_and_change_after_the_7th_30th_and_120th() {
        let deadline = date(2023, 12, 29);
        let on = |days: i64| {
            let today = deadline.checked_add(jiff::Span::new().days(days)).expect("a day of the tables");
            class(Work::InProgress, Some(Deadline::by(deadline)), None, today)
        };
        assert_eq!(on(0), Class::InTime);
        assert_eq!((on(1), on(7), on(8)), (Class::Late(Age::Week), Class::Late(Age::Week), Class::Late(Age::Month)));
        assert_eq!((on(30), on(31)), (Class::Late(Age::Month), Class::Late(Age::FourMonths)));
        assert_eq!((on(120), on(121)), (Class::Late(Age::FourMonths), Class::Late(Age::Longer)));
        let at = Deadline::at(deadline).with_time(time(7, 0, 0, 0));
        assert_eq!(class(Work::InProgress, Some(at), None, deadline), Class::Late(Age::Week), "late since this morning");
    }

    #[test]
    fn done_counts_from_the_day_of_the_report_and_only_once_it_is_accepted() {
        let (deadline, later) = (Deadline::by(date(2023, 12, 29)), date(2024, 1, 5));
        let in_time = Some((later, Some(date(2023, 12, 29))));
        assert_eq!(class(Work::Accepted, Some(deadline), in_time, later), Class::DoneOnTime, "on paper, in time");
        assert_eq!(class(Work::Accepted, Some(deadline), Some((later, None)), later), Class::DoneLate);
        assert_eq!(class(Work::ReportedDone, Some(deadline), in_time, later), Class::Waiting);
        assert_eq!(class(Work::Returned, Some(deadline), in_time, later), Class::Late(Age::Week));
        assert_eq!(class(Work::Accepted, None, Some((later, None)), later), Class::DoneOnTime);
        assert_eq!(class(Work::Blocked, None, None, later), Class::Undated);
        assert_eq!(class(Work::Withdrawn, Some(deadline), None, later), Class::Withdrawn);
    }

    proptest! {
        #[test]
        fn the_cells_and_what_stands_beside_them_are_every_assignment(
            rows in prop::collection::vec((0usize..8, prop::option::of(0i64..400), prop::option::of(0i64..400)), 0..60),
        ) {
            let (calendar, first) = (calendar(), date(2023, 6, 1));
            let now = calendar.instant(date(2024, 3, 4), 450);
            let later = |days: i64| first.checked_add(jiff::Span::new().days(days)).expect("a day of the tables");
            let (mut tally, mut halves) = (Tally::default(), [Tally::default(); 2]);
            for (at, (work, deadline, done)) in rows.iter().enumerate() {
                let assigned = Assigned {
                    work: Work::ALL[*work],
                    deadline: deadline.map(|days| Deadline::before(later(days))),
                    done: done.map(|days| (calendar.instant(later(days), 600), None)),
                };
                let class = assigned.class(now, &calendar, BeforeDate::Strict);
                tally.add(class, 1);
                halves[at % 2].add(class, 1);
            }
            prop_assert_eq!(tally.all(), rows.len() as u64);
            let [mut sum, other] = halves;
            sum += other;
            prop_assert_eq!(sum, tally);
        }
    }
}
