//! Deadlines on the working calendar.

use std::collections::BTreeSet;

use jiff::civil::{Weekday, date, time};
use jiff::tz::TimeZone;

use super::*;
use crate::domain::calendar::{CalendarRules, HolidayTable, Window};

fn calendar() -> WorkingCalendar {
    WorkingCalendar::new(CalendarRules {
        time_zone: TimeZone::get("Asia/Ho_Chi_Minh").expect("a zone of the bundled database"),
        holidays: HolidayTable::Vn,
        announced: BTreeSet::new(),
        working_days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
        hours: vec![Window { start_min: 450, end_min: 690 }, Window { start_min: 780, end_min: 1020 }],
        changes: Vec::new(),
    })
}

fn at(calendar: &WorkingCalendar, day: Date, hour: u16) -> Timestamp {
    calendar.instant(day, hour * 60)
}

#[test]
fn a_day_excluded_is_kept_as_named_day_and_ends_a_day_earlier_when_strict() {
    let calendar = calendar();
    let deadline = Deadline::before(date(2023, 12, 25));
    assert_eq!(deadline.last_day, date(2023, 12, 24));
    assert_eq!(deadline.named_day, date(2023, 12, 25));
    assert_eq!(deadline.end(&calendar, BeforeDate::Tolerant), at(&calendar, date(2023, 12, 25), 24));
    assert_eq!(deadline.end(&calendar, BeforeDate::Strict), at(&calendar, date(2023, 12, 24), 24));
    assert_eq!(deadline.anchor(), "<2023-12-25");
}

#[test]
fn a_time_brings_the_named_day_back_in() {
    let calendar = calendar();
    let deadline = Deadline::before(date(2023, 12, 25)).with_time(time(17, 0, 0, 0));
    assert_eq!((deadline.last_day, deadline.named_day), (date(2023, 12, 25), date(2023, 12, 25)));
    assert_eq!(deadline.end(&calendar, BeforeDate::Tolerant), at(&calendar, date(2023, 12, 25), 17));
    assert_eq!(deadline.end(&calendar, BeforeDate::Strict), at(&calendar, date(2023, 12, 25), 17));
    assert_eq!(deadline.anchor(), "2023-12-25T17:00");
}

#[test]
fn the_later_of_dispatch_and_extension_holds_and_the_extension_where_both_are_one() {
    let day = |day| Deadline::by(date(2024, 2, day));
    assert_eq!(in_force(Some(day(10)), None), Some(day(10)));
    assert_eq!(in_force(Some(day(10)), Some(&day(20))), Some(day(20)));
    assert_eq!(in_force(Some(day(25)), Some(&day(20))), Some(day(25)), "a correction gives more");
    assert_eq!(in_force(None, Some(&day(20))), Some(day(20)), "and takes nothing away");
    let given = Deadline::within(date(2024, 1, 1), date(2024, 2, 20));
    assert_eq!(in_force(Some(given), Some(&day(20))), Some(Deadline { from: given.from, ..day(20) }));
}

#[test]
fn the_status_runs_from_not_due_to_overdue() {
    let calendar = calendar();
    let deadline = Deadline::by(date(2023, 12, 31));
    let status = |day, hour| time_status(&deadline, at(&calendar, day, hour), &calendar, BeforeDate::Tolerant, 5);
    assert_eq!(status(date(2023, 12, 22), 9), TimeStatus::NotDue);
    // Monday 25/12 is the fifth working day before the deadline: 25 to 29.
    assert_eq!(status(date(2023, 12, 25), 9), TimeStatus::DueSoon);
    assert_eq!(status(date(2023, 12, 30), 9), TimeStatus::DueSoon);
    assert_eq!(status(date(2023, 12, 31), 0), TimeStatus::DueToday);
    assert_eq!(status(date(2023, 12, 31), 23), TimeStatus::DueToday);
    assert_eq!(status(date(2024, 1, 1), 0), TimeStatus::Overdue);
}

#[test]
fn the_tolerated_day_is_due_today_and_the_strict_one_is_not() {
    let calendar = calendar();
    let deadline = Deadline::before(date(2023, 12, 22));
    let status = |day, before_date| time_status(&deadline, at(&calendar, day, 9), &calendar, before_date, 5);
    assert_eq!(status(date(2023, 12, 21), BeforeDate::Tolerant), TimeStatus::DueToday);
    assert_eq!(status(date(2023, 12, 22), BeforeDate::Tolerant), TimeStatus::DueToday);
    assert_eq!(status(date(2023, 12, 22), BeforeDate::Strict), TimeStatus::Overdue);
    assert_eq!(status(date(2023, 12, 23), BeforeDate::Tolerant), TimeStatus::Overdue);
}

#[test]
fn working_days_left_count_as_a_step_counts_before_the_deadline() {
    let calendar = calendar();
    for last_day in [date(2023, 12, 31), date(2024, 1, 10), date(2024, 2, 12)] {
        let deadline = Deadline::by(last_day);
        for n in 1..=30 {
            let day = calendar.nth_working_day_before(last_day, n);
            assert_eq!(working_days_left(&deadline, day, &calendar), n, "{day} before {last_day}");
        }
        assert_eq!(working_days_left(&deadline, last_day, &calendar), 0);
    }
}

#[test]
fn overdue_days_are_working_days_after_the_deadline() {
    let calendar = calendar();
    let days =
        |deadline: Deadline, day, before_date| overdue_working_days(&deadline, at(&calendar, day, 9), &calendar, before_date);
    let year_end = Deadline::by(date(2023, 12, 31));
    assert_eq!(days(year_end, date(2024, 1, 1), BeforeDate::Tolerant), 0);
    assert_eq!(days(year_end, date(2024, 1, 2), BeforeDate::Tolerant), 1);
    assert_eq!(days(year_end, date(2024, 1, 8), BeforeDate::Tolerant), 5);
    assert_eq!(days(year_end, date(2023, 12, 1), BeforeDate::Tolerant), 0);
    let before = Deadline::before(date(2023, 12, 22));
    assert_eq!(days(before, date(2023, 12, 25), BeforeDate::Tolerant), 1);
    assert_eq!(days(before, date(2023, 12, 25), BeforeDate::Strict), 2);
    let timed = before.with_time(time(11, 0, 0, 0));
    assert_eq!(days(timed, date(2023, 12, 22), BeforeDate::Strict), 0);
    assert_eq!(days(timed, date(2023, 12, 25), BeforeDate::Strict), 1);
}

#[test]
fn working_days_from_an_event_do_not_count_its_own_day() {
    let calendar = calendar();
    let resolved = resolve_relative(Amount::working_days(5), RelativeStart::Day(date(2024, 4, 26)), &calendar);
    assert_eq!(resolved.last_day, date(2024, 5, 7));
    assert_eq!(resolved.kind, DeadlineKind::Relative);
    assert_eq!(resolved.time, None);
}

#[test]
fn plain_days_that_end_on_a_rest_day_end_with_the_next_working_day() {
    let calendar = calendar();
    let ten_days = Amount { count: 10, unit: Unit::Days };
    let last = |day| resolve_relative(ten_days, RelativeStart::Day(day), &calendar).last_day;
    assert_eq!(last(date(2023, 10, 5)), date(2023, 10, 16));
    assert_eq!(last(date(2023, 10, 6)), date(2023, 10, 16));
    assert_eq!(last(date(2023, 10, 7)), date(2023, 10, 17));
    assert_eq!(months_after(date(2023, 10, 31), 1, &calendar).last_day, date(2023, 11, 30));
    assert_eq!(months_after(date(2023, 10, 1), 3, &calendar).last_day, date(2024, 1, 2));
}

#[test]
fn hours_run_from_the_instant_and_from_the_end_of_a_day_without_one() {
    let calendar = calendar();
    let day = Amount { count: 24, unit: Unit::Hours };
    let received = calendar.instant(date(2023, 10, 6), 9 * 60 + 15);
    let resolved = resolve_relative(day, RelativeStart::Instant(received), &calendar);
    assert_eq!((resolved.last_day, resolved.time), (date(2023, 10, 7), Some(time(9, 15, 0, 0))));
    let from_paper = resolve_relative(day, RelativeStart::Day(date(2023, 10, 6)), &calendar);
    assert_eq!((from_paper.last_day, from_paper.time), (date(2023, 10, 7), None));
    let working = resolve_relative(Amount::working_hours(4), RelativeStart::Instant(received), &calendar);
    assert_eq!((working.last_day, working.time), (date(2023, 10, 6), Some(time(14, 45, 0, 0))));
}
