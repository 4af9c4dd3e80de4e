//! Times of day as written.

use jiff::civil::Time;

use super::cursor::Cursor;
use crate::domain::calendar::Window;

/// A time of day; some are the office's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    At(Time),
    /// "buổi sáng": when the office closes for lunch.
    Morning,
    /// "buổi chiều", "hết giờ làm việc": when the office closes.
    Afternoon,
    /// "24 giờ": the end of the day, as without a time.
    DayEnd,
}

impl Clock {
    /// The time of day, by the office's windows; none is the end of the day.
    pub(super) fn time(self, windows: &[Window]) -> Option<Time> {
        const NOON: u16 = 12 * 60;
        match self {
            Self::At(time) => Some(time),
            Self::DayEnd => None,
            Self::Morning => {
                let morning = windows.iter().filter(|window| window.start_min < NOON).map(|window| window.end_min).max();
                at_minute(morning.map_or(11 * 60 + 30, |end| end.min(NOON)))
            }
            Self::Afternoon => {
                let closing = windows.iter().map(|window| window.end_min).max().filter(|end| *end > NOON);
                at_minute(closing.unwrap_or(17 * 60))
            }
        }
    }
}

fn at_minute(minute: u16) -> Option<Time> {
    Time::new(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0).ok()
}

/// The time that stands here: "17 giờ 00", "9h00", "10 giờ 30 phút", "17:00", "5 giờ chiều", "buổi chiều", "cuối giờ chiều".
pub(super) fn clock(c: &mut Cursor<'_>) -> Option<Clock> {
    let of_office = [
        ("cuối giờ sáng", Clock::Morning),
        ("buổi sáng", Clock::Morning),
        ("sáng", Clock::Morning),
        ("cuối giờ chiều", Clock::Afternoon),
        ("cuối giờ làm việc", Clock::Afternoon),
        ("hết giờ làm việc", Clock::Afternoon),
        ("hết giờ hành chính", Clock::Afternoon),
        ("giờ hành chính", Clock::Afternoon),
        ("cuối buổi chiều", Clock::Afternoon),
        ("buổi chiều", Clock::Afternoon),
        ("chiều", Clock::Afternoon),
    ];
    if let Some(clock) = c.take_which(&of_office) {
        return Some(clock);
    }
    let mut ahead = c.clone();
    let hour = ahead.number(2, 24)?;
    let minute = if ahead.mark(':') {
        let minute = ahead.number(2, 59)?;
        if ahead.mark(':') {
            ahead.number(2, 59)?;
        }
        minute
    } else {
        if !ahead.take_any(&["giờ", "h", "g"]) || ahead.sees("làm") {
            return None;
        }
        // "10 giờ 30 phút", but not "10 giờ 26/10".
        let minute_follows =
            ahead.peek_number(0).is_some_and(|(_, digits)| digits == 2) && !matches!(ahead.peek_mark(1), Some('/' | '-' | '.'));
        let minute = if minute_follows { ahead.number(2, 59)? } else { 0 };
        ahead.take_any(&["phút", "p"]);
        // "17h00’"
        ahead.marks(&['’', '\'', '′', '"']);
        minute
    };
    let hour = match ahead.take_which(&[("sáng", 0), ("trưa", 0), ("chiều", 12), ("tối", 12), ("am", 0), ("pm", 12)]) {
        Some(12) if hour < 12 => hour + 12,
        _ => hour,
    };
    let clock = match (hour, minute) {
        (24, 0) => Clock::DayEnd,
        _ => Clock::At(Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?),
    };
    c.follow(ahead);
    Some(clock)
}
