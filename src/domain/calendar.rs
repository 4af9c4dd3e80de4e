//! The working calendar (lịch làm việc): working days, hours, holidays, days in lieu and working Saturdays.
//!
//! Everything is prepared once for [`YEAR_FIRST`] to [`YEAR_LAST`], so that each question is a look-up in a table or a
//! walk over the windows of one day. A date outside is taken as the nearest date inside, an answer that would lie
//! outside is the first or last day of the range.
//!
//! A window is the stretch of time between the instants of its two minutes ([`WorkingCalendar::instant`]), so on a day
//! with a clock change it is as long as people really sit there.

mod tables;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use tables::Tables;

/// The first year of the tables.
pub const YEAR_FIRST: i16 = 1990;
/// The last year of the tables.
pub const YEAR_LAST: i16 = 2149;

/// Minutes of a day; as the end of a window it is 24:00.
const DAY_MINUTES: u16 = 1440;
const MINUTE_MS: i64 = 60_000;
/// The windows of [`Hours::Always`].
const WHOLE_DAY: [Window; 1] = [Window { start_min: 0, end_min: DAY_MINUTES }];

/// One opening of a working day: minutes of the day, `start < end`, `end <= 1440`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Window {
    /// First minute that is open.
    pub start_min: u16,
    /// First minute that is closed again; 1440 is 24:00.
    pub end_min: u16,
}

/// The hours within which messages of one policy may leave.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Hours {
    /// The calendar's own windows on working days.
    #[default]
    Office,
    /// Every minute of every day.
    Always,
    /// These windows, on working days.
    Windows(Vec<Window>),
}

/// Which holiday table is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum HolidayTable {
    /// Việt Nam.
    #[default]
    Vn,
    /// None.
    None,
}

/// What a change of the calendar makes of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// A rest day.
    Off,
    /// A working day.
    Working,
}

/// `[[calendar.change]]`: one day; a range in the config gives one of these for each day. Always wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The day.
    pub date: Date,
    /// What it becomes.
    pub kind: ChangeKind,
    /// Why, for people.
    pub reason: Option<String>,
    /// The document that ordered it.
    pub source: Option<String>,
}

/// What a calendar is made from.
#[derive(Clone, Debug)]
pub struct CalendarRules {
    /// The office's time zone.
    pub time_zone: TimeZone,
    /// The built-in table.
    pub holidays: HolidayTable,
    /// Years whose computed holidays are confirmed by an announcement.
    pub announced: BTreeSet<i16>,
    /// The weekdays that are worked.
    pub working_days: Vec<Weekday>,
    /// The windows of a working day, ordered, without overlap, at least one.
    pub hours: Vec<Window>,
    /// Changes, by date; the last one of a date wins.
    pub changes: Vec<Change>,
}

impl CalendarRules {
    /// The time zone where none is configured.
    pub const TIME_ZONE: &str = "Asia/Ho_Chi_Minh";

    /// What holds where nothing is configured: Monday to Friday, 07:30–11:30 and 13:00–17:00, the built-in holidays.
    pub fn usual(time_zone: TimeZone) -> Self {
        Self {
            time_zone,
            holidays: HolidayTable::default(),
            announced: BTreeSet::new(),
            working_days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
            hours: vec![Window { start_min: 450, end_min: 690 }, Window { start_min: 780, end_min: 1_020 }],
            changes: Vec::new(),
        }
    }
}

/// Why a day is worked or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayReason {
    /// An ordinary working day.
    Weekday,
    /// A weekly rest day.
    Weekend,
    /// A holiday, by its Vietnamese name.
    Holiday(String),
    /// A day in lieu (nghỉ bù).
    InLieu(String),
    /// A day off that was swapped (hoán đổi).
    SwapOff(String),
    /// A rest day that is worked instead of a swapped one (làm bù).
    SwapWorking(String),
    /// A `[[calendar.change]]`.
    Change {
        /// `reason` of the change.
        reason: Option<String>,
        /// `source` of the change.
        source: Option<String>,
    },
}

/// What the calendar says of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Whether it is worked.
    pub working: bool,
    /// Why.
    pub reason: DayReason,
    /// Whether its year has no announcement yet, so that swaps are unknown.
    pub provisional: bool,
}

/// The working calendar, with tables prepared once; a clone shares them.
#[derive(Clone, Debug)]
pub struct WorkingCalendar {
    rules: Arc<CalendarRules>,
    tables: Arc<Tables>,
}

impl WorkingCalendar {
    /// Prepares the tables.
    pub fn new(rules: CalendarRules) -> Self {
        let tables = Tables::prepare(&rules);
        Self { rules: Arc::new(rules), tables: Arc::new(tables) }
    }

    /// What the calendar was made from.
    pub fn rules(&self) -> &CalendarRules {
        &self.rules
    }

    /// The office's time zone.
    pub fn time_zone(&self) -> &TimeZone {
        &self.rules.time_zone
    }

    /// The office's windows of a working day.
    pub fn windows(&self) -> &[Window] {
        &self.rules.hours
    }

    // Days.

    /// What the calendar says of one day, and why.
    pub fn day(&self, date: Date) -> Day {
        let at = self.tables.index(date);
        Day { working: self.tables.is_working(at), reason: self.tables.reason(at), provisional: self.tables.is_provisional(at) }
    }

    /// Whether the day is worked.
    pub fn is_working_day(&self, date: Date) -> bool {
        self.tables.is_working(self.tables.index(date))
    }

    /// Whether the holidays of the day's year are computed and not announced, so that its swapped days are unknown.
    pub fn is_provisional(&self, date: Date) -> bool {
        self.tables.is_provisional(self.tables.index(date))
    }

    /// The `count`th working day strictly after the date, which may itself be a rest day; 0 gives the date itself.
    pub fn nth_working_day_after(&self, date: Date, count: u32) -> Date {
        if count == 0 {
            return date;
        }
        let up_to = self.tables.working_days_before(self.tables.index(date) + 1);
        self.tables.working_day(up_to.saturating_add(count).checked_sub(1))
    }

    /// The `count`th working day strictly before the date, which may itself be a rest day; 0 gives the date itself.
    pub fn nth_working_day_before(&self, date: Date, count: u32) -> Date {
        if count == 0 {
            return date;
        }
        self.tables.working_day(self.tables.working_days_before(self.tables.index(date)).checked_sub(count))
    }

    /// How many working days lie after one date, up to and with the other; 0 when the other is not later.
    pub fn working_days_after_up_to(&self, after: Date, up_to: Date) -> u32 {
        let days_up_to = |date| self.tables.working_days_before(self.tables.index(date) + 1);
        days_up_to(up_to).saturating_sub(days_up_to(after))
    }

    /// The date itself when it is worked, else the last working day before it.
    pub fn last_working_day_on_or_before(&self, date: Date) -> Date {
        self.tables.working_day(self.tables.working_days_before(self.tables.index(date) + 1).checked_sub(1))
    }

    /// The date itself when it is worked, else the first working day after it.
    pub fn first_working_day_on_or_after(&self, date: Date) -> Date {
        self.tables.working_day(Some(self.tables.working_days_before(self.tables.index(date))))
    }

    /// The first working day of the date's week (Monday to Sunday); `None` when the whole week is off.
    pub fn first_working_day_of_week(&self, date: Date) -> Option<Date> {
        let monday = monday_of(date);
        let first = self.first_working_day_on_or_after(monday);
        (monday_of(first) == monday && self.is_working_day(first)).then_some(first)
    }

    /// The last working day of the date's week (Monday to Sunday); `None` when the whole week is off.
    pub fn last_working_day_of_week(&self, date: Date) -> Option<Date> {
        let monday = monday_of(date);
        let sunday = tables::days_later(monday, 6);
        let last = self.last_working_day_on_or_before(sunday);
        (monday_of(last) == monday && self.is_working_day(last)).then_some(last)
    }

    // Instants.

    /// The civil date of an instant in the office's time zone.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.tables.place(at).map_or_else(|| self.rules.time_zone.to_datetime(at).date(), |(at, _)| self.tables.date(at))
    }

    /// The instant of a minute of a civil day; 1440 is the next day's midnight.
    ///
    /// A minute that the clock skips is its first valid minute after, a minute that comes twice is the earlier one.
    pub fn instant(&self, date: Date, minute: u16) -> Timestamp {
        self.tables.minute(date, minute).unwrap_or_else(|| tables::instant(&self.rules.time_zone, date, minute))
    }

    /// The windows of these hours on a day that is open; [`Hours::Always`] is open on every day.
    pub fn windows_of<'a>(&'a self, hours: &'a Hours) -> &'a [Window] {
        match hours {
            Hours::Office => &self.rules.hours,
            Hours::Always => &WHOLE_DAY,
            Hours::Windows(windows) => windows,
        }
    }

    /// Whether a message may leave at that instant.
    pub fn is_open(&self, hours: &Hours, at: Timestamp) -> bool {
        if *hours == Hours::Always {
            return true;
        }
        if let Some((day, ms)) = self.tables.place(at) {
            let is_in =
                |window: &Window| i64::from(window.start_min) * MINUTE_MS <= ms && ms < i64::from(window.end_min) * MINUTE_MS;
            return self.tables.is_working(day) && self.windows_of(hours).iter().any(is_in);
        }
        let date = self.date_of(at);
        self.is_working_day(date)
            && self.windows_of(hours).iter().any(|window| {
                let (start, end) = self.span(date, *window);
                start <= at && at < end
            })
    }

    /// The instant itself when it is open, else the next opening. Monotone and idempotent.
    ///
    /// Past the last opening of the tables every instant is its own opening.
    pub fn next_opening(&self, hours: &Hours, at: Timestamp) -> Timestamp {
        if *hours == Hours::Always {
            return at;
        }
        let today = self.date_of(at);
        let mut date = self.first_working_day_on_or_after(today);
        // A window that a clock change swallows is no opening, so a day may have none; two such days never follow.
        for _ in 0..3 {
            let opening = self
                .windows_of(hours)
                .iter()
                .map(|window| self.span(date, *window))
                .filter(|(start, end)| start < end && at < *end)
                .map(|(start, _)| start.max(at))
                .min();
            if let Some(opening) = opening {
                return opening;
            }
            date = self.nth_working_day_after(date, 1);
        }
        at
    }

    /// The opening of that day's first window, also for a rest day. For [`Hours::Always`] it is the office's: a moment
    /// without a time should be a time of the office.
    pub fn opening_of(&self, hours: &Hours, date: Date) -> Timestamp {
        let windows = if *hours == Hours::Always { self.windows() } else { self.windows_of(hours) };
        let first = windows.iter().map(|window| window.start_min).min().unwrap_or(0);
        self.instant(date, first)
    }

    /// Where a `before` or `on` moment in rest time moves: back to the opening of the last working day that had opened by
    /// then. At 12:00 or 20:00 of a working day that is the same day's opening.
    pub fn opening_of_last_working_day_before(&self, hours: &Hours, at: Timestamp) -> Timestamp {
        let today = self.date_of(at);
        let last = self.last_working_day_on_or_before(today);
        let opening = self.opening_of(hours, last);
        if opening <= at { opening } else { self.opening_of(hours, self.nth_working_day_before(last, 1)) }
    }

    /// The next opening of a week's first working day, at or after the instant.
    pub fn weekly_opening_after(&self, hours: &Hours, at: Timestamp) -> Timestamp {
        let mut week = self.date_of(at);
        while week.year() <= YEAR_LAST {
            if let Some(first) = self.first_working_day_of_week(week) {
                let opening = self.opening_of(hours, first);
                if opening >= at {
                    return opening;
                }
            }
            week = tables::days_later(monday_of(week), 7);
        }
        at
    }

    // Working time.

    /// The instant so many minutes of the office's windows later. From rest time it counts from the next opening. A
    /// result on a closing stays there; [`Self::next_opening`] moves it.
    pub fn add_working_minutes(&self, from: Timestamp, minutes: u32) -> Timestamp {
        if minutes == 0 {
            return self.next_opening(&Hours::Office, from);
        }
        let worked = self.worked_ms(from) + i64::from(minutes) * MINUTE_MS;
        let at = self.tables.day_that_reaches(worked);
        let date = self.tables.date(at);
        let mut left = worked - self.tables.worked_ms_before(at);
        for window in self.windows() {
            let (start, end) = self.span(date, *window);
            let length = end.as_millisecond() - start.as_millisecond();
            if left <= length {
                return later_by_ms(start, left);
            }
            left -= length.max(0);
        }
        // Only past the end of the tables.
        self.instant(date, DAY_MINUTES)
    }

    /// The instant so many minutes of the office's windows earlier. From rest time it counts back from the last closing
    /// on or before it. A result on the border of two windows is the later one's opening.
    pub fn sub_working_minutes(&self, from: Timestamp, minutes: u32) -> Timestamp {
        if minutes == 0 {
            return self.last_closing_by(from);
        }
        let worked = self.worked_ms(from) - i64::from(minutes) * MINUTE_MS;
        let at = self.tables.day_that_passes(worked);
        let date = self.tables.date(at);
        let mut left = (worked - self.tables.worked_ms_before(at)).max(0);
        for window in self.windows() {
            let (start, end) = self.span(date, *window);
            let length = end.as_millisecond() - start.as_millisecond();
            if left < length {
                return later_by_ms(start, left);
            }
            left -= length.max(0);
        }
        self.instant(date, 0)
    }

    /// The instant itself when the office is open, else the last closing before it.
    fn last_closing_by(&self, at: Timestamp) -> Timestamp {
        if self.is_open(&Hours::Office, at) {
            return at;
        }
        let mut date = self.last_working_day_on_or_before(self.date_of(at));
        for _ in 0..3 {
            let closing = self
                .windows()
                .iter()
                .map(|window| self.span(date, *window))
                .filter(|(start, end)| start < end && *end <= at)
                .map(|(_, end)| end)
                .max();
            if let Some(closing) = closing {
                return closing;
            }
            date = self.nth_working_day_before(date, 1);
        }
        at
    }

    /// Working time since the beginning of the tables.
    fn worked_ms(&self, at: Timestamp) -> i64 {
        let date = self.date_of(at);
        let index = self.tables.index(date);
        let before = self.tables.worked_ms_before(index);
        if !self.tables.is_working(index) {
            return before;
        }
        let today: i64 = self
            .windows()
            .iter()
            .map(|window| {
                let (start, end) = self.span(date, *window);
                (at.min(end).as_millisecond() - start.as_millisecond()).max(0)
            })
            .sum();
        before + today
    }

    fn span(&self, date: Date, window: Window) -> (Timestamp, Timestamp) {
        (self.instant(date, window.start_min), self.instant(date, window.end_min))
    }
}

/// The Monday of the date's week.
pub fn monday_of(date: Date) -> Date {
    tables::days_later(date, -i32::from(date.weekday().to_monday_zero_offset()))
}

fn later_by_ms(at: Timestamp, ms: i64) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond().saturating_add(ms)).unwrap_or(at)
}

#[cfg(test)]
mod tests;
