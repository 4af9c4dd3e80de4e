//! The calendar against facts, and its look-ups against a table of every minute.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const MONDAY_TO_FRIDAY: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

/// A month and days of it.
type Days = (i8, &'static [i8]);

/// Every weekday (Monday to Friday) off in the public sector in 2020 to 2026: year, then month and days.
const OFF_WEEKDAYS: [(i16, &[Days]); 7] = [
    (2020, &[(1, &[1, 23, 24, 27, 28, 29]), (4, &[2, 30]), (5, &[1]), (9, &[2])]),
    (2021, &[(1, &[1]), (2, &[10, 11, 12, 15, 16]), (4, &[21, 30]), (5, &[3]), (9, &[2, 3])]),
    (2022, &[(1, &[3, 31]), (2, &[1, 2, 3, 4]), (4, &[11]), (5, &[2, 3]), (9, &[1, 2])]),
    (2023, &[(1, &[2, 20, 23, 24, 25, 26]), (5, &[1, 2, 3]), (9, &[1, 4])]),
    (2024, &[(1, &[1]), (2, &[8, 9, 12, 13, 14]), (4, &[18, 29, 30]), (5, &[1]), (9, &[2, 3])]),
    (2025, &[(1, &[1, 27, 28, 29, 30, 31]), (4, &[7, 30]), (5, &[1, 2]), (9, &[1, 2])]),
    (2026, &[(1, &[1, 2]), (2, &[16, 17, 18, 19, 20]), (4, &[27, 30]), (5, &[1]), (8, &[31]), (9, &[1, 2])]),
];

/// Every Saturday that was made up on.
const WORKING_SATURDAYS: [Date; 4] = [date(2024, 5, 4), date(2025, 4, 26), date(2026, 1, 10), date(2026, 8, 22)];

fn window(start_min: u16, end_min: u16) -> Window {
    Window { start_min, end_min }
}

fn rules(zone: &str, hours: &[Window]) -> CalendarRules {
    CalendarRules {
        time_zone: TimeZone::get(zone).expect("a zone of the bundled database"),
        holidays: HolidayTable::Vn,
        announced: BTreeSet::new(),
        working_days: MONDAY_TO_FRIDAY.to_vec(),
        hours: hours.to_vec(),
        changes: Vec::new(),
    }
}

fn office_rules() -> CalendarRules {
    rules("Asia/Ho_Chi_Minh", &[window(450, 690), window(780, 1020)])
}

fn office() -> WorkingCalendar {
    WorkingCalendar::new(office_rules())
}

fn every_day(from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.series(jiff::Span::new().days(1)).take_while(move |day| *day <= to)
}

fn at(calendar: &WorkingCalendar, day: Date, hour: u16, minute: u16) -> Timestamp {
    calendar.instant(day, hour * 60 + minute)
}

#[test]
fn every_day_of_the_announced_years_is_worked_or_off_as_announced() {
    let calendar = office();
    let mut days = 0;
    for day in every_day(date(2020, 1, 1), date(2026, 12, 31)) {
        let (_, months) = OFF_WEEKDAYS[usize::try_from(day.year() - 2020).expect("from 2020")];
        let off = months.iter().any(|(month, days)| *month == day.month() && days.contains(&day.day()));
        let expected = if MONDAY_TO_FRIDAY.contains(&day.weekday()) { !off } else { WORKING_SATURDAYS.contains(&day) };
        assert_eq!(calendar.is_working_day(day), expected, "{day}");
        assert_eq!(calendar.day(day).working, expected, "{day}");
        assert!(!calendar.is_provisional(day), "{day}");
        days += 1;
    }
    assert_eq!(days, 2557);
}

#[test]
fn tet_and_the_tenth_of_the_third_are_closed_and_provisional_up_to_2035() {
    let calendar = office();
    let tet_and_gio_to = [
        (date(2027, 2, 6), date(2027, 4, 16)),
        (date(2028, 1, 26), date(2028, 4, 4)),
        (date(2029, 2, 13), date(2029, 4, 23)),
        (date(2030, 2, 2), date(2030, 4, 12)),
        (date(2031, 1, 23), date(2031, 4, 1)),
        (date(2032, 2, 11), date(2032, 4, 19)),
        (date(2033, 1, 31), date(2033, 4, 9)),
        (date(2034, 2, 19), date(2034, 4, 28)),
        (date(2035, 2, 8), date(2035, 4, 17)),
    ];
    for (tet, gio_to) in tet_and_gio_to {
        let days_of_tet = every_day(tables::days_later(tet, -1), tables::days_later(tet, 3));
        for day in days_of_tet.chain([gio_to]) {
            assert!(!calendar.is_working_day(day), "{day}");
            assert!(calendar.is_provisional(day), "{day}");
            assert!(matches!(calendar.day(day).reason, DayReason::Holiday(_)), "{day}");
        }
    }
}

#[test]
fn an_announced_year_is_no_longer_provisional() {
    let announced = CalendarRules { announced: BTreeSet::from([2027]), ..office_rules() };
    let calendar = WorkingCalendar::new(announced);
    assert!(!calendar.is_provisional(date(2027, 3, 1)));
    assert!(!calendar.is_working_day(date(2027, 2, 8)));
    assert!(calendar.is_provisional(date(2028, 3, 1)));
}

#[test]
fn no_table_has_no_holidays_and_no_provisional_years() {
    let calendar = WorkingCalendar::new(CalendarRules { holidays: HolidayTable::None, ..office_rules() });
    assert!(calendar.is_working_day(date(2024, 1, 1)));
    assert!(!calendar.is_working_day(date(2024, 5, 4)));
    assert!(!calendar.is_provisional(date(2031, 1, 1)));
}

#[test]
fn the_unconfirmed_holiday_of_november_is_an_ordinary_day() {
    assert_eq!(office().day(date(2026, 11, 24)), Day { working: true, reason: DayReason::Weekday, provisional: false });
}

#[test]
fn a_change_always_wins_and_the_last_one_of_a_date_wins() {
    let change = |kind, reason: &str| Change {
        date: date(2024, 5, 1),
        kind,
        reason: Some(reason.to_owned()),
        source: Some("12/TB-UBND".to_owned()),
    };
    let changes = vec![change(ChangeKind::Off, "first"), change(ChangeKind::Working, "second")];
    let calendar = WorkingCalendar::new(CalendarRules { changes, ..office_rules() });
    let reason = DayReason::Change { reason: Some("second".to_owned()), source: Some("12/TB-UBND".to_owned()) };
    assert_eq!(calendar.day(date(2024, 5, 1)), Day { working: true, reason, provisional: false });
}

#[test]
fn a_day_says_why_it_is_worked_or_not() {
    let calendar = office();
    let reason = |day| calendar.day(day).reason;
    assert_eq!(reason(date(2024, 2, 10)), DayReason::Holiday("Tết Nguyên đán Giáp Thìn".to_owned()));
    assert_eq!(reason(date(2024, 2, 13)), DayReason::InLieu("Nghỉ bù Tết Nguyên đán Giáp Thìn".to_owned()));
    assert!(matches!(reason(date(2024, 4, 29)), DayReason::SwapOff(_)));
    assert!(matches!(reason(date(2024, 5, 4)), DayReason::SwapWorking(_)));
    assert_eq!(reason(date(2024, 5, 5)), DayReason::Weekend);
    assert_eq!(reason(date(2024, 5, 6)), DayReason::Weekday);
}

#[test]
fn working_days_are_counted_strictly_before_and_after() {
    let calendar = office();
    assert_eq!(calendar.nth_working_day_after(date(2024, 4, 26), 5), date(2024, 5, 7));
    assert_eq!(calendar.nth_working_day_before(date(2023, 12, 31), 3), date(2023, 12, 27));
    assert_eq!(calendar.nth_working_day_after(date(2023, 12, 31), 1), date(2024, 1, 2));
    assert_eq!(calendar.nth_working_day_after(date(2023, 12, 31), 0), date(2023, 12, 31));
    assert_eq!(calendar.nth_working_day_before(date(2023, 12, 31), 0), date(2023, 12, 31));
    assert_eq!(calendar.working_days_after_up_to(date(2024, 4, 26), date(2024, 5, 7)), 5);
    assert_eq!(calendar.working_days_after_up_to(date(2024, 5, 7), date(2024, 4, 26)), 0);
    assert_eq!(calendar.last_working_day_on_or_before(date(2023, 12, 31)), date(2023, 12, 29));
    assert_eq!(calendar.first_working_day_on_or_after(date(2023, 12, 30)), date(2024, 1, 2));
}

#[test]
fn counting_equals_walking_day_by_day() {
    let calendar = office();
    for day in every_day(date(2023, 1, 1), date(2027, 6, 30)) {
        let mut walked = day;
        for count in 1..=12 {
            walked = walked.tomorrow().expect("in range");
            while !calendar.is_working_day(walked) {
                walked = walked.tomorrow().expect("in range");
            }
            assert_eq!(calendar.nth_working_day_after(day, count), walked, "{day} + {count}");
            assert_eq!(calendar.working_days_after_up_to(day, walked), count, "{day} + {count}");
        }
        let mut walked = day;
        for count in 1..=12 {
            walked = walked.yesterday().expect("in range");
            while !calendar.is_working_day(walked) {
                walked = walked.yesterday().expect("in range");
            }
            assert_eq!(calendar.nth_working_day_before(day, count), walked, "{day} - {count}");
        }
    }
}

#[test]
fn dates_outside_the_tables_are_taken_as_the_ends() {
    let calendar = office();
    assert_eq!(calendar.nth_working_day_after(date(2149, 12, 31), 50), date(2149, 12, 31));
    assert_eq!(calendar.nth_working_day_before(date(1990, 1, 5), 500), date(1990, 1, 1));
    assert_eq!(calendar.is_working_day(date(3000, 1, 1)), calendar.is_working_day(date(2149, 12, 31)));
    let late = calendar.instant(date(2300, 1, 1), 0);
    assert!(calendar.next_opening(&Hours::Office, late) >= late);
    assert_eq!(calendar.weekly_opening_after(&Hours::Office, late), late);
}

#[test]
fn a_week_starts_on_its_first_working_day_or_has_none() {
    let calendar = office();
    assert_eq!(calendar.first_working_day_of_week(date(2024, 1, 7)), Some(date(2024, 1, 2)));
    assert_eq!(calendar.last_working_day_of_week(date(2024, 4, 30)), Some(date(2024, 5, 4)));
    // The whole week of Tết 2026 was off.
    assert_eq!(calendar.first_working_day_of_week(date(2026, 2, 18)), None);
    assert_eq!(calendar.last_working_day_of_week(date(2026, 2, 18)), None);
    let in_tet = at(&calendar, date(2026, 2, 17), 9, 0);
    assert_eq!(calendar.weekly_opening_after(&Hours::Office, in_tet), at(&calendar, date(2026, 2, 23), 7, 30));
    let opening = at(&calendar, date(2026, 2, 23), 7, 30);
    assert_eq!(calendar.weekly_opening_after(&Hours::Always, opening), opening);
}

#[test]
fn a_moment_in_rest_time_moves_back_to_the_opening_of_the_last_working_day() {
    let calendar = office();
    let back = |moment| calendar.opening_of_last_working_day_before(&Hours::Office, moment);
    let friday = date(2023, 12, 29);
    assert_eq!(back(at(&calendar, date(2023, 12, 31), 9, 0)), at(&calendar, friday, 7, 30));
    assert_eq!(back(at(&calendar, friday, 12, 0)), at(&calendar, friday, 7, 30));
    assert_eq!(back(at(&calendar, friday, 20, 0)), at(&calendar, friday, 7, 30));
    assert_eq!(back(at(&calendar, friday, 6, 0)), at(&calendar, date(2023, 12, 28), 7, 30));
}

#[test]
fn hours_that_are_always_open_open_with_the_office_when_no_time_is_given() {
    let calendar = office();
    let sunday = date(2023, 12, 31);
    assert_eq!(calendar.opening_of(&Hours::Always, sunday), at(&calendar, sunday, 7, 30));
    assert_eq!(calendar.opening_of(&Hours::Windows(vec![window(360, 1260)]), sunday), at(&calendar, sunday, 6, 0));
}

#[test]
fn working_hours_skip_lunch_nights_and_rest_days() {
    let calendar = office();
    let friday = date(2023, 12, 29);
    let add = |moment, minutes| calendar.add_working_minutes(moment, minutes);
    assert_eq!(add(at(&calendar, friday, 11, 0), 60), at(&calendar, friday, 13, 30));
    assert_eq!(add(at(&calendar, friday, 7, 30), 240), at(&calendar, friday, 11, 30), "a result on a closing stays");
    assert_eq!(add(at(&calendar, friday, 16, 0), 120), at(&calendar, date(2024, 1, 2), 8, 30));
    assert_eq!(add(at(&calendar, date(2023, 12, 31), 3, 0), 30), at(&calendar, date(2024, 1, 2), 8, 0));
    assert_eq!(add(at(&calendar, date(2023, 12, 31), 3, 0), 0), at(&calendar, date(2024, 1, 2), 7, 30));
}

#[test]
fn working_hours_before_a_date_count_back_from_the_last_closing() {
    let calendar = office();
    let friday = date(2023, 12, 29);
    let end_of_year = calendar.instant(date(2023, 12, 31), 1440);
    let back = |minutes| calendar.sub_working_minutes(end_of_year, minutes);
    assert_eq!(back(0), at(&calendar, friday, 17, 0));
    assert_eq!(back(90), at(&calendar, friday, 15, 30));
    assert_eq!(back(240), at(&calendar, friday, 13, 0));
    assert_eq!(back(300), at(&calendar, friday, 10, 30));
    assert_eq!(back(480), at(&calendar, friday, 7, 30));
    assert_eq!(back(540), at(&calendar, date(2023, 12, 28), 16, 0));
}

#[test]
fn a_minute_the_clock_skips_is_the_first_one_after_and_one_that_comes_twice_the_earlier() {
    let calendar = WorkingCalendar::new(rules("Australia/Sydney", &[window(0, 1440)]));
    // On 6 October 2024 two o'clock became three, on 7 April 2024 three became two.
    let skipped = calendar.instant(date(2024, 10, 6), 150);
    assert_eq!(skipped.to_string(), "2024-10-05T16:00:00Z");
    let twice = calendar.instant(date(2024, 4, 7), 150);
    assert_eq!(twice.to_string(), "2024-04-06T15:30:00Z");
}

/// The shapes the tables are checked with: zone, weekly working days, the office's windows, the policy's hours.
fn shapes() -> Vec<(WorkingCalendar, Hours)> {
    let split = [window(450, 690), window(780, 1020)];
    let late = [window(0, 300), window(1080, 1440)];
    let every_day = MONDAY_TO_FRIDAY.into_iter().chain([Weekday::Saturday, Weekday::Sunday]).collect::<Vec<_>>();
    let sydney = CalendarRules { working_days: every_day, ..rules("Australia/Sydney", &[window(0, 1440)]) };
    let sydney_late = CalendarRules { working_days: sydney.working_days.clone(), ..rules("Australia/Sydney", &late) };
    vec![
        (office(), Hours::Office),
        (office(), Hours::Always),
        (office(), Hours::Windows(vec![window(360, 1260)])),
        (WorkingCalendar::new(rules("Asia/Ho_Chi_Minh", &late)), Hours::Office),
        (WorkingCalendar::new(rules("Australia/Sydney", &split)), Hours::Office),
        (WorkingCalendar::new(sydney), Hours::Office),
        (WorkingCalendar::new(sydney_late), Hours::Office),
    ]
}

/// Whether a minute is open, said without the calendar's own windows: from its civil date and time alone.
fn open_by_the_clock(calendar: &WorkingCalendar, hours: &Hours, minute: Timestamp) -> bool {
    let windows = match hours {
        Hours::Always => return true,
        Hours::Office => calendar.rules().hours.clone(),
        Hours::Windows(windows) => windows.clone(),
    };
    let local = calendar.time_zone().to_datetime(minute);
    let of_day = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).expect("below 1440");
    calendar.is_working_day(local.date()) && windows.iter().any(|window| (window.start_min..window.end_min).contains(&of_day))
}

#[test]
fn the_quiet_windows_equal_a_table_of_every_minute() {
    // Stretches with Tết, a swap, a year's end, and the clock changes of Sydney.
    let stretches =
        [date(2023, 12, 27), date(2024, 2, 5), date(2024, 4, 4), date(2024, 4, 26), date(2024, 10, 3), date(2027, 2, 3)];
    for (calendar, hours) in shapes() {
        for from in stretches {
            let first = calendar.instant(from, 0).as_second();
            let minutes: Vec<Timestamp> =
                (0..14 * 1440).map(|minute| Timestamp::from_second(first + minute * 60).expect("in range")).collect();
            let open: Vec<bool> = minutes.iter().map(|minute| open_by_the_clock(&calendar, &hours, *minute)).collect();
            let mut next_open = None;
            for at in (0..minutes.len()).rev() {
                assert_eq!(calendar.is_open(&hours, minutes[at]), open[at], "{hours:?} {}", minutes[at]);
                next_open = if open[at] { Some(minutes[at]) } else { next_open };
                if let Some(next_open) = next_open {
                    assert_eq!(calendar.next_opening(&hours, minutes[at]), next_open, "{hours:?} {}", minutes[at]);
                }
            }
        }
    }
}

#[test]
fn working_minutes_equal_a_count_of_open_minutes() {
    for (calendar, _) in shapes() {
        for from in [date(2024, 2, 5), date(2024, 4, 4), date(2024, 10, 3)] {
            let first = calendar.instant(from, 0).as_second();
            let minutes: Vec<Timestamp> =
                (0..12 * 1440).map(|minute| Timestamp::from_second(first + minute * 60).expect("in range")).collect();
            // The minutes that are worked, each by the instant it starts at.
            let worked: Vec<Timestamp> =
                minutes.iter().copied().filter(|minute| open_by_the_clock(&calendar, &Hours::Office, *minute)).collect();
            for start in minutes.iter().step_by(97) {
                let rank = worked.partition_point(|minute| minute < start);
                for count in [1_usize, 59, 240, 480, 1000] {
                    let ahead = u32::try_from(count).expect("small");
                    if let Some(last) = worked.get(rank + count - 1) {
                        let expected = later_by_ms(*last, MINUTE_MS);
                        assert_eq!(calendar.add_working_minutes(*start, ahead), expected, "{start} + {count}");
                    }
                    if rank >= count {
                        let expected = worked[rank - count];
                        assert_eq!(calendar.sub_working_minutes(*start, ahead), expected, "{start} - {count}");
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_next_opening_is_monotone_idempotent_and_open(shape in 0_usize..7, second in 631_152_000_i64..4_102_444_800, gap in 0_i64..400_000) {
        let (calendar, hours) = SHAPES.with(|shapes| shapes[shape].clone());
        let first = Timestamp::from_second(second).expect("in range");
        let second = Timestamp::from_second(second + gap).expect("in range");
        let opening = calendar.next_opening(&hours, first);
        prop_assert!(opening >= first);
        prop_assert!(calendar.is_open(&hours, opening));
        prop_assert_eq!(calendar.next_opening(&hours, opening), opening);
        prop_assert!(opening <= calendar.next_opening(&hours, second));
    }
}

thread_local! {
    /// Prepared once for all cases of a property.
    static SHAPES: Vec<(WorkingCalendar, Hours)> = shapes();
}

proptest! {
    /// What the tables say of minutes and days is what the zone says, also where the clock is changed or a day is left out.
    #[test]
    fn the_tables_know_every_minute_as_the_zone_does(
        zone in prop::sample::select(vec![
            "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia",
        ]),
        near in prop::sample::select(vec![
            "1990-01-01", "2011-12-30", "2026-03-29", "2026-10-25", "2026-11-01", "2027-04-04", "2149-12-31",
        ]),
        days in -3_i32..=3,
        minute in 0_u16..=1440,
        ms in 0_i64..86_400_000,
    ) {
        let zone = TimeZone::get(zone).expect("bundled");
        let calendar = WorkingCalendar::new(CalendarRules::usual(zone.clone()));
        let date = tables::days_later(near.parse().expect("a day"), days);
        let at = calendar.instant(date, minute);
        prop_assert_eq!(at, tables::instant(&zone, date, minute), "{} {}", date, minute);
        for at in [at, at - jiff::SignedDuration::from_millis(ms), at + jiff::SignedDuration::from_millis(ms)] {
            prop_assert_eq!(calendar.date_of(at), zone.to_datetime(at).date(), "{}", at);
        }
    }
}
