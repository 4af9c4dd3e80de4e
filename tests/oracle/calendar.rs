//! The working calendar once more, for comparison: a row for each day and a table of minutes. It knows nothing of the crate and takes
//! the days off from a file of its own. What it says is written from the contract: a comment names the topic.
//!
//! Instants are whole minutes of local time since 1970-01-01 00:00, days are counted from 1970-01-01.
#![allow(dead_code, reason = "the table of minutes and the oracle each use their part of this")]

/// A day, counted from 1970-01-01, a Thursday.
pub type Day = i64;
/// A local instant, in minutes since 1970-01-01 00:00.
pub type Minute = i64;

/// Minutes of a day.
pub const DAY: i64 = 1440;

const KNOWN: &str = include_str!("days.txt");
/// Years whose days off were announced.
const ANNOUNCED: std::ops::RangeInclusive<i64> = 2020..=2026;

/// The day of a civil date of the Gregorian calendar.
pub fn day_of(year: i64, month: i64, day: i64) -> Day {
    let before_march = i64::from(month <= 2);
    let year = year - before_march;
    let century = year.div_euclid(400);
    let of_century = year.rem_euclid(400);
    let of_year = (153 * (month + 12 * before_march - 3) + 2) / 5 + day - 1;
    century * 146_097 + of_century * 365 + of_century / 4 - of_century / 100 + of_year - 719_468
}

/// The civil date of a day: year, month, day of the month.
pub fn civil(day: Day) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let century = shifted.div_euclid(146_097);
    let of_century = shifted.rem_euclid(146_097);
    let year = (of_century - of_century / 1460 + of_century / 36_524 - of_century / 146_096) / 365;
    let of_year = of_century - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + century * 400 + i64::from(month <= 2), month, day)
}

/// Monday is 0, Sunday 6.
pub fn weekday(day: Day) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).expect("below seven")
}

/// Reads `YYYY-MM-DD`.
pub fn read_day(text: &str) -> Day {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().expect("a number"));
    let mut next = || parts.next().expect("year, month and day");
    day_of(next(), next(), next())
}

/// Prints `YYYY-MM-DD`.
pub fn show_day(day: Day) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Prints `YYYY-MM-DD HH:MM`.
pub fn show(at: Minute) -> String {
    let of_day = at.rem_euclid(DAY);
    format!("{} {:02}:{:02}", show_day(at.div_euclid(DAY)), of_day / 60, of_day % 60)
}

/// What an office writes about its calendar.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Worked weekdays, Monday first.
    pub week: [bool; 7],
    /// Opening and closing minute of each window.
    pub hours: Vec<(i64, i64)>,
    /// Whether the days off of Việt Nam hold.
    pub vn: bool,
    /// Years announced in the config.
    pub announced: Vec<i64>,
    /// Days changed in the config, and whether they are worked; the last word holds.
    pub changes: Vec<(Day, bool)>,
}

/// Which minutes are open.
#[derive(Clone, Debug)]
pub enum Hours {
    /// The windows of the office on worked days.
    Office,
    /// All.
    Always,
    /// These windows, on worked days.
    Own(Vec<(i64, i64)>),
}

/// One row for each day of some years.
#[derive(Clone, Debug)]
pub struct Days {
    first: Day,
    worked: Vec<bool>,
    shape: Shape,
}

impl Days {
    /// The days `first..=last`.
    pub fn of(shape: &Shape, first: Day, last: Day) -> Self {
        let off = if shape.vn { days_off(shape, first, last) } else { Vec::new() };
        let mut worked: Vec<bool> = (first..=last).map(|day| shape.week[weekday(day)]).collect();
        let mut set = |day: Day, value: bool| {
            if let Some(row) = usize::try_from(day - first).ok().and_then(|row| worked.get_mut(row)) {
                *row = value;
            }
        };
        for day in off {
            set(day, false);
        }
        if shape.vn {
            // Time, calendar: announced years have their swaps, no other year has any.
            for line in known("worked ") {
                set(read_day(&line[..10]), true);
            }
        }
        // Time, calendar: a change always wins.
        for (day, value) in &shape.changes {
            set(*day, *value);
        }
        Self { first, worked, shape: shape.clone() }
    }

    /// Whether the day is worked.
    pub fn is_worked(&self, day: Day) -> bool {
        let row = usize::try_from(day - self.first).expect("a day of the table");
        self.worked[row]
    }

    /// The first and the last day of the table.
    pub fn range(&self) -> (Day, Day) {
        (self.first, self.first + i64::try_from(self.worked.len()).expect("a few years") - 1)
    }

    /// Time, calendar: a year without announcement is provisional.
    pub fn is_provisional(&self, day: Day) -> bool {
        let year = civil(day).0;
        self.shape.vn && !ANNOUNCED.contains(&year) && !self.shape.announced.contains(&year)
    }

    /// Time, counting: the Nth worked day strictly after, walked day by day.
    pub fn after(&self, day: Day, count: usize) -> Day {
        (day + 1..).filter(|day| self.is_worked(*day)).nth(count - 1).expect("the table is long enough")
    }

    /// Time, counting: the Nth worked day strictly before.
    pub fn before(&self, day: Day, count: usize) -> Day {
        (1..).map(|back| day - back).filter(|day| self.is_worked(*day)).nth(count - 1).expect("the table is long enough")
    }

    /// Time, deadlines: worked days after one day, up to and with another.
    pub fn between(&self, after: Day, up_to: Day) -> i64 {
        (after + 1..=up_to).filter(|day| self.is_worked(*day)).count().try_into().expect("a few years")
    }

    /// Time, counting: a moment without a time is the opening of that day's first window of the office.
    pub fn opening(&self, day: Day) -> Minute {
        day * DAY + self.shape.hours[0].0
    }

    /// The windows of these hours on a day, none on a closed one.
    pub fn windows<'a>(&'a self, hours: &'a Hours, day: Day) -> &'a [(i64, i64)] {
        match hours {
            Hours::Always => &[(0, DAY)],
            Hours::Office if self.is_worked(day) => &self.shape.hours,
            Hours::Own(windows) if self.is_worked(day) => windows,
            Hours::Office | Hours::Own(_) => &[],
        }
    }
}

fn known(kind: &'static str) -> impl Iterator<Item = &'static str> {
    KNOWN.lines().filter_map(move |line| line.strip_prefix(kind))
}

/// Time, calendar "vn": the announced tables, and what is computed where there is none.
fn days_off(shape: &Shape, first: Day, last: Day) -> Vec<Day> {
    let mut off: Vec<Day> = known("off ").map(|line| read_day(&line[..10])).collect();
    let (from, to) = (civil(first).0, civil(last).0);
    for year in (from..=to).filter(|year| !ANNOUNCED.contains(year)) {
        let mut holidays = [(1, 1), (4, 30), (5, 1), (9, 1), (9, 2)].map(|(month, day)| day_of(year, month, day)).to_vec();
        let lunar = known("lunar ").find(|line| line.starts_with(&year.to_string()));
        if let Some(line) = lunar {
            // The last day of Chạp and the first four of Giêng; the tenth of the third month.
            let tet = read_day(&line[5..15]);
            holidays.extend(tet - 1..=tet + 3);
            holidays.push(read_day(&line[16..26]));
        }
        holidays.sort_unstable();
        off.extend(&holidays);
        // A holiday on a weekly rest day gives the next working day that is still free.
        for holiday in holidays {
            if !shape.week[weekday(holiday)] {
                let next = (holiday + 1..holiday + 100).find(|day| shape.week[weekday(*day)] && !off.contains(day));
                off.push(next.expect("some weekday is worked"));
            }
        }
    }
    off
}

/// Every minute of the days of a table, walked once.
#[derive(Debug)]
pub struct Minutes {
    start: Minute,
    open: Vec<bool>,
    /// For each minute the first open one from it on; past the end where there is none.
    next: Vec<u32>,
}

impl Minutes {
    /// The minutes of these hours.
    pub fn of(days: &Days, hours: &Hours) -> Self {
        let (first, last) = days.range();
        let mut open = Vec::with_capacity(usize::try_from((last - first + 1) * DAY).expect("a few years"));
        for day in first..=last {
            let start = open.len();
            open.resize(start + 1440, false);
            for (from, to) in days.windows(hours, day) {
                let [from, to] = [*from, *to].map(|minute| start + usize::try_from(minute).expect("a minute of a day"));
                open[from..to].fill(true);
            }
        }
        let mut coming = u32::try_from(open.len()).expect("a few years");
        let mut at = coming;
        let mut next: Vec<u32> = Vec::with_capacity(open.len());
        for is_open in open.iter().rev() {
            at -= 1;
            if *is_open {
                coming = at;
            }
            next.push(coming);
        }
        next.reverse();
        Self { start: first * DAY, open, next }
    }

    fn row(&self, at: Minute) -> usize {
        usize::try_from(at - self.start).expect("an instant of the table")
    }

    /// Whether something may leave in that minute.
    pub fn is_open(&self, at: Minute) -> bool {
        self.open[self.row(at)]
    }

    /// The minute itself when it is open, else the first open one after it.
    pub fn next_opening(&self, at: Minute) -> Minute {
        self.start + i64::from(self.next[self.row(at)])
    }

    /// The end of the `count`th open minute from the instant on.
    pub fn later(&self, at: Minute, count: i64) -> Minute {
        let mut left = count;
        let mut minute = at;
        while left > 0 {
            minute = self.next_opening(minute) + 1;
            left -= 1;
        }
        minute
    }

    /// The start of the `count`th open minute back from the instant.
    pub fn earlier(&self, at: Minute, count: i64) -> Minute {
        let mut left = count;
        let mut row = self.row(at);
        while left > 0 {
            row -= 1;
            left -= i64::from(self.open[row]);
        }
        self.start + i64::try_from(row).expect("a few years")
    }
}
