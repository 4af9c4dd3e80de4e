//! Guards: what keeps messages from leaving although they are due, and how much each of them keeps back.
//!
//! A guard *stands* from the moment it is raised until it is lifted. What a standing guard lets through is decided here, from what
//! stands and the instant; who raises and lifts it is the engine's business.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// How long reminders to whoever has to act go on while a clock is doubted.
const REMINDERS_IN_DOUBT: SignedDuration = SignedDuration::from_hours(1);

/// Something that keeps messages back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Guard {
    /// A person said `pause`.
    Pause,
    /// The store was copied or restored, and nobody has confirmed it yet.
    Clone,
    /// `sent.log` is gone although messages were sent, or not every replica has told its own after a restore.
    SentLog,
    /// The clock of a machine is doubted: escalations wait, and after an hour everything does.
    Clock,
    /// Somebody was to get far more messages within an hour than was foreseen. What waits for them waits; everybody else gets theirs.
    Storm,
    /// One row broke what handles it and is held by itself. It stands in no table: its alarm and its journal entry are all.
    Row,
    /// A year begins soon whose holidays are not announced. It keeps nothing back and stands in no table.
    Calendar,
    /// Another program reads the updates of the Telegram bot, so that its token may be in other hands. It keeps nothing back and stands
    /// in no table.
    Token,
}

impl Guard {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Pause, Self::Clone, Self::SentLog, Self::Clock, Self::Storm, Self::Row, Self::Calendar, Self::Token];

    /// The word of store, journal and command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Clone => "clone",
            Self::SentLog => "sent-log",
            Self::Clock => "clock",
            Self::Storm => "storm",
            Self::Row => "row",
            Self::Calendar => "calendar",
            Self::Token => "token",
        }
    }

    /// The guard of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|guard| guard.as_str() == word)
    }

    /// The reason code of a silence it causes.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Pause => "paused",
            Self::Clone => "muted-clone",
            Self::SentLog => "sent-log-missing",
            Self::Clock => "clock-in-doubt",
            Self::Storm => "storm-held",
            Self::Row => "row-held",
            Self::Calendar => "calendar-provisional",
            Self::Token => "token-elsewhere",
        }
    }

    /// What may leave at `now`, when it stands since then.
    pub fn lets_through(self, since: Timestamp, now: Timestamp) -> Passage {
        match self {
            Self::Clock if now.duration_since(since) < REMINDERS_IN_DOUBT => Passage::Reminders,
            Self::Pause | Self::SentLog | Self::Clock => Passage::Alarms,
            Self::Clone => Passage::Nothing,
            Self::Storm | Self::Row | Self::Calendar | Self::Token => Passage::Everything,
        }
    }

    /// Whether it stands in the way of everybody's messages, not only of one person's or one row's.
    pub const fn keeps_back(self) -> bool {
        !matches!(self, Self::Storm | Self::Row | Self::Calendar | Self::Token)
    }

    /// Whether it asks where the store lives.
    pub const fn is_of_home(self) -> bool {
        matches!(self, Self::Clone | Self::SentLog)
    }

    /// Whether `dondoc confirm` lifts it.
    pub const fn is_confirmed(self) -> bool {
        matches!(self, Self::Clone | Self::SentLog | Self::Clock | Self::Storm)
    }
}

/// Why a clock is doubted, as the note of [`Guard::Clock`] says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockNote {
    /// Whose clock.
    pub host: String,
    /// Whom it does not agree with: `steady`, `telegram`, `mail`.
    pub against: String,
    /// By how many seconds it is ahead; negative when it is behind.
    pub ahead_secs: i64,
}

impl fmt::Display for ClockNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.host, self.against, self.ahead_secs)
    }
}

impl ClockNote {
    /// Reads it back.
    pub fn parse(note: &str) -> Option<Self> {
        let (rest, ahead) = note.rsplit_once(' ')?;
        let (host, against) = rest.rsplit_once(' ')?;
        Some(Self { host: host.to_owned(), against: against.to_owned(), ahead_secs: ahead.parse().ok()? })
    }
}

/// What a daemon finds in its state folder when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The marker fits, and a `sent.log` is there.
    Home,
    /// The marker fits; `sent.log` is not there.
    NoLog,
    /// The marker fits; the store has sent what this `sent.log` does not know.
    Behind,
    /// There is no marker, or it is of another store.
    NoMarker,
    /// The marker is of this store and says that it lives elsewhere, or is itself a copy.
    Elsewhere,
}

/// What the store says of itself at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// It was confirmed just now, or has not sent while another replica works on it: nothing beside it means anything.
    Fresh,
    /// It has not sent as far as anybody knows, or never kept a marker: what is missing means nothing, what is there does.
    Unsent,
    /// It has sent, and nobody else works on it now.
    Alone,
    /// It has sent, and another replica works on it now: whoever has no marker is a new one.
    Joined,
}

/// The guard to be raised when a daemon starts; `None` when it may send.
pub const fn on_arrival(past: Past, found: Found) -> Option<Guard> {
    match (past, found) {
        (Past::Fresh, _)
        | (_, Found::Home)
        | (Past::Unsent, Found::NoLog | Found::Behind | Found::NoMarker)
        | (Past::Joined, Found::NoMarker | Found::Elsewhere | Found::Behind) => None,
        (Past::Unsent | Past::Alone, Found::Elsewhere) | (Past::Alone, Found::NoMarker | Found::Behind) => Some(Guard::Clone),
        (Past::Alone | Past::Joined, Found::NoLog) => Some(Guard::SentLog),
    }
}

/// What may be planned and may leave, from nothing to everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Passage {
    /// Nothing at all.
    Nothing,
    /// What tells the operators of a guard; nothing is planned.
    Alarms,
    /// Reminders to whoever has to act, and alarms.
    Reminders,
    /// Everything.
    Everything,
}

/// What may leave while these guards stand: the least that any of them lets through.
pub fn passage(standing: impl IntoIterator<Item = (Guard, Timestamp)>, now: Timestamp) -> Passage {
    standing.into_iter().map(|(guard, since)| guard.lets_through(since, now)).min().unwrap_or(Passage::Everything)
}

/// What an alarm says of its guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It was raised.
    Raised,
    /// It still stands, a day later.
    Standing,
    /// It was lifted.
    Lifted,
}

impl Turn {
    /// The word of the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Standing => "standing",
            Self::Lifted => "lifted",
        }
    }

    /// The turn of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Raised, Self::Standing, Self::Lifted].into_iter().find(|turn| turn.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_guard_everything_passes_and_the_strictest_decides() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(passage([], now), Passage::Everything);
        assert_eq!(passage([(Guard::Pause, now)], now), Passage::Alarms);
        assert!(Passage::Nothing < Passage::Alarms && Passage::Alarms < Passage::Reminders);
    }

    #[test]
    fn no_guard_fires_on_a_fresh_store_nor_at_home() {
        for found in [Found::Home, Found::NoLog, Found::Behind, Found::NoMarker] {
            assert_eq!(on_arrival(Past::Fresh, found), None);
            assert_eq!(on_arrival(Past::Unsent, found), None);
        }
        for past in [Past::Fresh, Past::Unsent, Past::Alone, Past::Joined] {
            assert_eq!(on_arrival(past, Found::Home), None);
        }
        assert_eq!(on_arrival(Past::Fresh, Found::Elsewhere), None);
        assert_eq!(on_arrival(Past::Unsent, Found::Elsewhere), Some(Guard::Clone), "copied before it sent anything");
        assert_eq!(on_arrival(Past::Alone, Found::Elsewhere), Some(Guard::Clone));
        assert_eq!(on_arrival(Past::Joined, Found::Elsewhere), None, "a new replica, made from another one's folder");
        assert_eq!(on_arrival(Past::Alone, Found::NoMarker), Some(Guard::Clone));
        assert_eq!(on_arrival(Past::Alone, Found::Behind), Some(Guard::Clone));
        assert_eq!(on_arrival(Past::Alone, Found::NoLog), Some(Guard::SentLog));
        assert_eq!(on_arrival(Past::Joined, Found::NoMarker), None, "a new replica");
        assert_eq!(on_arrival(Past::Joined, Found::NoLog), Some(Guard::SentLog));
    }

    #[test]
    fn a_doubt_of_the_clock_lets_reminders_through_for_an_hour() {
        let since = Timestamp::UNIX_EPOCH;
        assert_eq!(Guard::Clock.lets_through(since, since + SignedDuration::from_mins(59)), Passage::Reminders);
        assert_eq!(Guard::Clock.lets_through(since, since + SignedDuration::from_mins(60)), Passage::Alarms);
        let note = ClockNote { host: "may chu".to_owned(), against: "steady".to_owned(), ahead_secs: -3_600 };
        assert_eq!(ClockNote::parse(&note.to_string()), Some(note));
    }

    #[test]
    fn words_read_back() {
        for guard in Guard::ALL {
            assert_eq!(Guard::parse(guard.as_str()), Some(guard));
        }
        for turn in [Turn::Raised, Turn::Standing, Turn::Lifted] {
            assert_eq!(Turn::parse(turn.as_str()), Some(turn));
        }
    }
}
