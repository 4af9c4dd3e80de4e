//! Every day from 2020 to 2036 in twelve shapes of working hours: the calendar says what a table of minutes says, which is filled from a
//! list of days off without the calendar's code.

#[path = "oracle/calendar.rs"]
mod reference;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use dondoc::config::{Config, Credentials, Surroundings};
use dondoc::domain::calendar::{Hours, WorkingCalendar};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use reference::{DAY, Day, Days, Minute, Minutes, Shape, day_of, read_day, show, show_day};

const FIRST: &str = "2020-01-01";
const LAST: &str = "2036-12-31";
/// Hà Nội is seven hours ahead of UTC all year.
const AHEAD: i64 = 7 * 60;

/// One shape as an administrator writes it.
struct Written {
    name: &'static str,
    week: &'static str,
    hours: &'static [&'static str],
    /// `hours` of the policy.
    policy: &'static [&'static str],
    holidays: &'static str,
    announced: &'static [i64],
    /// `FIRST LAST off|working`
    changes: &'static [&'static str],
}

const STANDARD: Written = Written {
    name: "standard",
    week: "mon tue wed thu fri",
    hours: &["07:30-11:30", "13:30-17:00"],
    policy: &["office"],
    holidays: "vn",
    announced: &[],
    changes: &[],
};

const SHAPES: [Written; 12] = [
    STANDARD,
    Written { name: "one block", hours: &["08:00-17:00"], ..STANDARD },
    Written { name: "six mornings", week: "mon tue wed thu fri sat", hours: &["07:00-11:00"], ..STANDARD },
    Written { name: "half hours", hours: &["07:15-07:45", "09:30-10:00", "16:30-17:00"], ..STANDARD },
    Written { name: "both sides of midnight", hours: &["00:00-02:00", "22:00-24:00"], ..STANDARD },
    Written { name: "single minutes", hours: &["08:00-08:01", "12:00-12:01", "23:59-24:00"], ..STANDARD },
    Written { name: "always", policy: &["always"], ..STANDARD },
    Written { name: "long days of a policy", policy: &["06:00-21:00"], ..STANDARD },
    Written {
        name: "changes win",
        changes: &[
            "2020-01-28 2020-01-28 working",
            "2023-12-31 2023-12-31 working",
            "2024-02-01 2024-02-29 off",
            "2024-02-10 2024-02-10 working",
            "2024-05-04 2024-05-04 off",
            "2027-01-04 2027-01-04 off",
            "2027-01-09 2027-01-10 working",
            "2027-01-10 2027-01-10 off",
            "2030-02-01 2030-02-03 working",
            "2036-12-25 2036-12-31 off",
        ],
        ..STANDARD
    },
    Written { name: "a week of its own without holidays", week: "tue wed thu fri sat", holidays: "none", ..STANDARD },
    Written {
        name: "windows that touch, years announced",
        hours: &["07:00-11:00", "11:00-15:00"],
        announced: &[2027, 2030],
        ..STANDARD
    },
    Written { name: "whole days of a policy, half a week", week: "mon wed sun", policy: &["00:00-24:00"], ..STANDARD },
];

impl Written {
    fn calendar(&self) -> (WorkingCalendar, Hours) {
        let list = |items: &[&str]| items.iter().map(|item| format!("{item:?}")).collect::<Vec<_>>().join(", ");
        let week: Vec<&str> = self.week.split(' ').collect();
        let policy = match self.policy {
            [word @ ("office" | "always")] => format!("{word:?}"),
            windows => format!("[{}]", list(windows)),
        };
        let mut text = format!(
            "timezone = \"Asia/Ho_Chi_Minh\"\n[office]\nname = \"Văn phòng\"\n[outbox]\nfolder = \"outbox\"\n[calendar]\nholidays = \"{}\"\n\
             announced = {:?}\nworking_days = [{}]\nhours = [{}]\n",
            self.holidays,
            self.announced,
            list(&week),
            list(self.hours),
        );
        for change in self.changes {
            let [from, to, kind] = change.split(' ').collect::<Vec<_>>()[..] else { panic!("{change}") };
            text += &format!("[[calendar.change]]\nfrom = {from}\nto = {to}\nkind = \"{kind}\"\n");
        }
        text += &format!(
            "[[policy]]\nname = \"p\"\nhours = {policy}\n[[policy.step]]\nname = \"s\"\nwhen = \"on deadline\"\nto = [\"assignee\"]\n\
             [[route]]\npolicy = \"p\"\n"
        );
        let within = Surroundings {
            folder: PathBuf::from("."),
            credentials: Credentials::default(),
            today: Date::constant(2023, 10, 1),
            language: None,
        };
        let (config, problems) = Config::parse(&text, &within);
        let rules = config.unwrap_or_else(|| panic!("{}: {problems:#?}", self.name)).rules;
        (rules.calendar, rules.policies[0].hours.clone())
    }

    fn reference(&self) -> (Shape, reference::Hours) {
        let windows = |items: &[&str]| items.iter().map(|item| window(item)).collect::<Vec<_>>();
        let mut changes = Vec::new();
        for change in self.changes {
            let (from, to) = (read_day(&change[..10]), read_day(&change[11..21]));
            changes.extend((from..=to).map(|day| (day, change.ends_with("working"))));
        }
        let shape = Shape {
            week: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| self.week.contains(day)),
            hours: windows(self.hours),
            vn: self.holidays == "vn",
            announced: self.announced.to_vec(),
            changes,
        };
        let hours = match self.policy {
            ["office"] => reference::Hours::Office,
            ["always"] => reference::Hours::Always,
            own => reference::Hours::Own(windows(own)),
        };
        (shape, hours)
    }
}

fn window(text: &str) -> (i64, i64) {
    let minute = |text: &str| text[..2].parse::<i64>().expect("hours") * 60 + text[3..].parse::<i64>().expect("minutes");
    (minute(&text[..5]), minute(&text[6..]))
}

fn instant(at: Minute) -> Timestamp {
    Timestamp::from_second((at - AHEAD) * 60).expect("in range")
}

fn minute(at: Timestamp) -> Minute {
    assert_eq!(at.as_millisecond() % 60_000, 0, "{at}: a whole minute");
    at.as_second() / 60 + AHEAD
}

fn date(day: Day) -> Date {
    show_day(day).parse().expect("a date")
}

fn day(date: Date) -> Day {
    day_of(date.year().into(), date.month().into(), date.day().into())
}

/// What both say about one day, put side by side.
struct Sides<'a> {
    calendar: &'a WorkingCalendar,
    hours: &'a Hours,
    days: &'a Days,
    of: &'a reference::Hours,
    /// Of the hours of the policy.
    minutes: &'a Minutes,
    /// Of the hours of the office.
    office: &'a Minutes,
    wrong: Vec<String>,
}

impl Sides<'_> {
    fn same<T: PartialEq + std::fmt::Debug + Copy>(&mut self, what: impl FnOnce() -> String, calendar: T, table: T) {
        if calendar != table && self.wrong.len() < 12 {
            self.wrong.push(format!("{}: {calendar:?}, and by the table {table:?}", what()));
        }
    }

    fn same_minute(&mut self, what: impl FnOnce() -> String, calendar: Minute, table: Minute) {
        if calendar != table && self.wrong.len() < 12 {
            self.wrong.push(format!("{}: {}, and by the table {}", what(), show(calendar), show(table)));
        }
    }

    fn compare_days(&mut self, at: Day) {
        let (calendar, days, civil) = (self.calendar, self.days, date(at));
        let name = |what: &str| format!("{} {what}", show_day(at));
        self.same(|| name("worked"), calendar.is_working_day(civil), days.is_worked(at));
        self.same(|| name("said to be worked"), calendar.day(civil).working, days.is_worked(at));
        self.same(|| name("provisional"), calendar.is_provisional(civil), days.is_provisional(at));
        // A short count every day, long ones in turn while the table goes on for long enough.
        let near_end = at + 75 > days.range().1;
        let turn = if near_end { 2 } else { [2, 3, 5, 10, 22][usize::try_from(at.rem_euclid(5)).expect("below five")] };
        for count in [1, turn] {
            let calls = u32::try_from(count).expect("small");
            self.same(
                || name(&format!("{count} days after")),
                day(calendar.nth_working_day_after(civil, calls)),
                days.after(at, count),
            );
            let back = day(calendar.nth_working_day_before(civil, calls));
            self.same(|| name(&format!("{count} days before")), back, days.before(at, count));
        }
        let span = at + 7 + at.rem_euclid(13);
        let counted = i64::from(calendar.working_days_after_up_to(civil, date(span)));
        self.same(|| name("days up to another"), counted, days.between(at, span));
        self.same(|| name("back to a day"), day(calendar.last_working_day_on_or_before(civil)), days.before(at + 1, 1));
        self.same(|| name("on to a day"), day(calendar.first_working_day_on_or_after(civil)), days.after(at - 1, 1));
    }

    /// Both sides of every border of the day and some minutes elsewhere; once in a while all minutes.
    fn compare_minutes(&mut self, at: Day) {
        let midnight = at * DAY;
        let mut probes: Vec<Minute> = if at % 401 == 0 {
            (midnight..midnight + DAY).collect()
        } else {
            let windows = self.days.windows(self.of, at).iter().chain(&[(0, DAY - 1)]);
            let borders = windows.flat_map(|(from, to)| [from - 1, *from, *to - 1, *to]);
            borders.chain([at.rem_euclid(1439), (at * 7919).rem_euclid(1439)]).map(|of_day| midnight + of_day).collect()
        };
        probes.sort_unstable();
        probes.dedup();
        let mut before = Minute::MIN;
        for probe in probes {
            let (calendar, hours) = (self.calendar, self.hours);
            let open = self.minutes.is_open(probe);
            let next = self.minutes.next_opening(probe);
            let last_of_minute = instant(probe) + SignedDuration::from_millis(59_999);
            self.same(|| show(probe) + " open", calendar.is_open(hours, instant(probe)), open);
            self.same(|| show(probe) + " open to its end", calendar.is_open(hours, last_of_minute), open);
            let found = minute(calendar.next_opening(hours, instant(probe)));
            self.same_minute(|| show(probe) + " next opening", found, next);
            self.same(|| show(probe) + " never goes back", found >= before, true);
            before = found;
            if probe % 3 == 0 {
                let again = minute(calendar.next_opening(hours, instant(found)));
                self.same_minute(|| show(probe) + " opening of the opening", again, found);
                let last_of_minute = instant(probe) + SignedDuration::from_millis(59_999);
                self.same(|| show(probe) + " open to its end", calendar.is_open(hours, last_of_minute), open);
                let of_last = calendar.next_opening(hours, last_of_minute);
                let of_last_by_table = if open { last_of_minute } else { instant(next) };
                self.same(|| show(probe) + " opening from its end", of_last, of_last_by_table);
            }
        }
    }

    /// "N working hours" from an instant and back from it.
    fn compare_spans(&mut self, at: Day) {
        let of_week =
            self.days.windows(&reference::Hours::Office, self.days.after(at, 1)).iter().map(|(from, to)| to - from).sum::<i64>()
                * 5;
        let count = [1, 30, 60, 240, 60, 30, 480][usize::try_from(at.rem_euclid(7)).expect("below seven")].min(of_week);
        let calls = u32::try_from(count).expect("small");
        for of_day in [(at * 7919).rem_euclid(1439), [450, 690, 810][usize::try_from(at.rem_euclid(3)).expect("below three")]] {
            let from = at * DAY + of_day;
            let later = minute(self.calendar.add_working_minutes(instant(from), calls));
            self.same_minute(|| format!("{} and {count} minutes", show(from)), later, self.office.later(from, count));
            let earlier = minute(self.calendar.sub_working_minutes(instant(from), calls));
            self.same_minute(|| format!("{} less {count} minutes", show(from)), earlier, self.office.earlier(from, count));
        }
    }
}

/// Compares the days of one shape; what differs, and how many days were looked at.
fn compare(written: &Written) -> (Vec<String>, usize) {
    let (calendar, hours) = written.calendar();
    let (shape, reference_hours) = written.reference();
    let (first, last) = (read_day(FIRST), read_day(LAST));
    // Counting leaves the years at both ends; no lunar day lies so near.
    let days = Days::of(&shape, first - 90, last + 40);
    let minutes = Minutes::of(&days, &reference_hours);
    let of_office = (!matches!(reference_hours, reference::Hours::Office)).then(|| Minutes::of(&days, &reference::Hours::Office));
    let office = of_office.as_ref().unwrap_or(&minutes);
    let mut sides = Sides {
        calendar: &calendar,
        hours: &hours,
        days: &days,
        of: &reference_hours,
        minutes: &minutes,
        office,
        wrong: Vec::new(),
    };
    for at in first..=last {
        sides.compare_days(at);
        sides.compare_minutes(at);
        sides.compare_spans(at);
    }
    let wrong = sides.wrong.into_iter().map(|line| format!("{}: {line}", written.name)).collect();
    (wrong, usize::try_from(last - first + 1).expect("seventeen years"))
}

#[test]
fn every_day_of_seventeen_years_in_twelve_shapes_is_what_the_table_of_minutes_says() {
    let (turn, found) = (AtomicUsize::new(0), Mutex::new((Vec::new(), 0)));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(written) = SHAPES.get(turn.fetch_add(1, Ordering::Relaxed)) {
                    let (wrong, days) = compare(written);
                    let mut found = found.lock().expect("nobody panics with it");
                    found.0.extend(wrong);
                    found.1 += days;
                }
            });
        }
    });
    let (wrong, days) = found.into_inner().expect("nobody panics with it");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(days, 12 * 6210);
}

#[test]
fn a_day_too_many_in_the_table_is_found() {
    let written = Written { changes: &["2033-06-15 2033-06-15 off"], ..STANDARD };
    let (calendar, hours) = STANDARD.calendar();
    let (shape, reference_hours) = written.reference();
    let at = read_day("2033-06-15");
    let days = Days::of(&shape, at - 60, at + 60);
    let minutes = Minutes::of(&days, &reference_hours);
    let mut sides = Sides {
        calendar: &calendar,
        hours: &hours,
        days: &days,
        of: &reference_hours,
        minutes: &minutes,
        office: &minutes,
        wrong: Vec::new(),
    };
    sides.compare_days(at);
    sides.compare_minutes(at);
    sides.compare_spans(at);
    let said = sides.wrong.join("\n");
    for of in ["worked", "1 days before", "next opening", "and "] {
        assert!(said.contains(of) || sides.wrong.len() == 12, "{of}: {said}");
    }
}
