use jiff::civil::{date, time};
use proptest::prelude::*;

use super::*;
use crate::domain::deadline::DeadlineKind;

fn every(cycle: Cycle, day: CycleDay) -> Recurrence {
    Recurrence { cycle, longer: Vec::new(), day, exclusive: false, time: None }
}

#[test]
fn a_period_is_named_by_its_calendar() {
    let named = |cycle, day| Period::containing(cycle, day).to_string();
    assert_eq!(named(Cycle::Weekly, date(2026, 3, 18)), "2026-W12");
    // 2026 has a week 53, whose last days lie in 2027; 01/01/2027 belongs to it.
    assert_eq!(named(Cycle::Weekly, date(2027, 1, 1)), "2026-W53");
    assert_eq!(named(Cycle::Weekly, date(2024, 12, 30)), "2025-W01");
    assert_eq!(named(Cycle::Monthly, date(2026, 3, 31)), "2026-03");
    assert_eq!(named(Cycle::Quarterly, date(2026, 12, 31)), "2026-Q4");
    assert_eq!(named(Cycle::HalfYearly, date(2026, 6, 30)), "2026-H1");
    assert_eq!(named(Cycle::Yearly, date(2026, 6, 30)), "2026");
    for nonsense in ["", "2026-", "2026-13", "2026-00", "2026-Q5", "2026-H3", "2025-W53", "2026-3", "26-03", "2026-W1", "2026-é"]
    {
        assert_eq!(Period::parse(nonsense), None, "{nonsense}");
    }
}

#[test]
fn a_missing_day_of_the_month_is_its_last_day() {
    let monthly = every(Cycle::Monthly, CycleDay::OfLastMonth(31));
    let last_day = |day| monthly.deadline(monthly.period_on(day)).last_day;
    assert_eq!(last_day(date(2026, 4, 1)), date(2026, 4, 30));
    assert_eq!(last_day(date(2026, 2, 1)), date(2026, 2, 28));
    assert_eq!(last_day(date(2028, 2, 28)), date(2028, 2, 29));
    let yearly = every(Cycle::Yearly, CycleDay::OfYear { month: 2, day: 29 });
    assert_eq!(yearly.deadline(yearly.period_on(date(2027, 5, 5))).last_day, date(2027, 2, 28));
    assert_eq!(yearly.deadline(yearly.period_on(date(2028, 5, 5))).last_day, date(2028, 2, 29));
}

#[test]
fn before_the_first_of_the_month_closes_the_month_before() {
    let monthly = Recurrence { exclusive: true, ..every(Cycle::Monthly, CycleDay::OfLastMonth(1)) };
    let march = monthly.period_on(date(2026, 3, 5));
    let deadline = monthly.deadline(march);
    assert_eq!(
        (deadline.kind, deadline.last_day, deadline.named_day),
        (DeadlineKind::Before, date(2026, 3, 31), date(2026, 4, 1))
    );
}

#[test]
fn a_weekly_deadline_may_have_its_time() {
    let weekly = Recurrence { time: Some(time(15, 0, 0, 0)), ..every(Cycle::Weekly, CycleDay::Weekday(Weekday::Thursday)) };
    let deadline = weekly.deadline(weekly.period_on(date(2026, 3, 16)));
    assert_eq!((deadline.last_day, deadline.time), (date(2026, 3, 19), Some(time(15, 0, 0, 0))));
}

#[test]
fn a_longer_cycle_takes_the_place_of_the_period_it_ends_with() {
    let reports =
        Recurrence { longer: vec![Cycle::HalfYearly, Cycle::Yearly], ..every(Cycle::Quarterly, CycleDay::OfLastMonth(20)) };
    let mut period = reports.first_due_from(date(2026, 1, 1));
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(format!("{period} {} {}", reports.opens_on(period), reports.deadline(period).last_day));
        period = reports.after(period);
    }
    assert_eq!(
        told,
        [
            "2026-Q1 2026-01-01 2026-03-20",
            "2026-H1 2026-04-01 2026-06-20",
            "2026-Q3 2026-07-01 2026-09-20",
            "2026 2026-10-01 2026-12-20",
            "2027-Q1 2027-01-01 2027-03-20",
        ]
    );
}

#[test]
fn figures_are_closed_as_decree_09_2019_has_it() {
    let cut_off = CutOff::new(14);
    let window = |cycle, day| {
        let (from, to) = Period::containing(cycle, day).window(cut_off);
        format!("{from} {to}")
    };
    assert_eq!(window(Cycle::Monthly, date(2026, 3, 1)), "2026-02-15 2026-03-14");
    assert_eq!(window(Cycle::Quarterly, date(2026, 1, 1)), "2025-12-15 2026-03-14");
    assert_eq!(window(Cycle::Quarterly, date(2026, 9, 1)), "2026-06-15 2026-09-14");
    assert_eq!(window(Cycle::HalfYearly, date(2026, 1, 1)), "2025-12-15 2026-06-14");
    assert_eq!(window(Cycle::HalfYearly, date(2026, 8, 1)), "2026-06-15 2026-12-14");
    assert_eq!(window(Cycle::Yearly, date(2026, 8, 1)), "2025-12-15 2026-12-14");
    assert_eq!(window(Cycle::Weekly, date(2026, 3, 18)), "2026-03-16 2026-03-22");
    assert_eq!((CutOff::new(0), CutOff::new(32)), (None, None));
}

fn cycles() -> impl Strategy<Value = Cycle> {
    prop_oneof![Just(Cycle::Weekly), Just(Cycle::Monthly), Just(Cycle::Quarterly), Just(Cycle::HalfYearly), Just(Cycle::Yearly)]
}

prop_compose! {
    fn recurrences()(cycle in cycles(), longer in prop::collection::btree_set(cycles(), 0..3), last in any::<bool>(),
            day in 1_u8..=31, month in 1_u8..=12, weekday in 1_i8..=7, exclusive in any::<bool>()) -> Recurrence {
        let day = match cycle {
            _ if last => CycleDay::Last,
            Cycle::Weekly => CycleDay::Weekday(Weekday::from_monday_one_offset(weekday).expect("1 to 7")),
            Cycle::Yearly => CycleDay::OfYear { month, day },
            _ => CycleDay::OfLastMonth(day),
        };
        let longer = longer.into_iter().filter(|other| *other > cycle && cycle != Cycle::Weekly).collect();
        Recurrence { cycle, longer, day, exclusive, time: None }
    }
}

prop_compose! {
    /// To 2200, with the days on which calendars break more often than others.
    fn days()(year in 2020_i16..=2200, month in 1_i8..=12, day in 1_i8..=31, edge in 0_u8..4) -> Date {
        let (month, day) = match edge { 0 => (2, 29), 1 => (12, 31), 2 => (1, 1), _ => (month, day) };
        let first = Date::new(year, month, 1).expect("a month");
        Date::new(year, month, day.min(first.days_in_month())).expect("a day")
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_day_lies_in_one_period_and_every_period_follows_the_one_before(rule in recurrences(), day in days()) {
        let period = rule.period_on(day);
        prop_assert!(rule.opens_on(period) <= day && day <= period.last_day());
        prop_assert!(rule.has(period));
        prop_assert_eq!(Period::parse(&period.to_string()), Some(period));
        let next = rule.after(period);
        prop_assert_eq!(rule.opens_on(next), period.last_day().tomorrow().expect("before the year 9999"));
        prop_assert!(next.last_day() > period.last_day());
        prop_assert_ne!(next.to_string(), period.to_string());
    }

    #[test]
    fn a_deadline_lies_in_its_period(rule in recurrences(), day in days()) {
        let period = rule.period_on(day);
        let deadline = rule.deadline(period);
        prop_assert!(rule.opens_on(period) <= deadline.last_day && deadline.last_day <= period.last_day(), "{deadline:?}");
    }

    #[test]
    fn the_first_period_is_the_first_whose_deadline_is_not_before_the_day(rule in recurrences(), day in days()) {
        let first = rule.first_due_from(day);
        prop_assert!(rule.deadline(first).last_day >= day);
        let before = rule.period_on(rule.opens_on(first).yesterday().expect("a day"));
        prop_assert!(rule.deadline(before).last_day < day);
    }

    #[test]
    fn windows_of_figures_follow_each_other(cycle in cycles(), day in days(), cut_off in 1_i64..=31) {
        let period = Period::containing(cycle, day);
        let (from, to) = period.window(CutOff::new(cut_off));
        prop_assert!(from <= to);
        prop_assert_eq!(period.next().window(CutOff::new(cut_off)).0, to.tomorrow().expect("a day"));
    }
}
