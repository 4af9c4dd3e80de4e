//! Guards: what keeps messages from leaving although they are due, and how much each of them keeps back.
//!
//! A guard *stands* from the moment it is raised until it is lifted. What a standing guard lets through is decided here, from what
//! stands; who raises and lifts it is the engine's business.

/// Something that keeps messages back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Guard {
    /// A person said `pause`.
    Pause,
    /// One row broke what handles it and is held by itself. It stands in no table: its alarm and its journal entry are all.
    Row,
}

impl Guard {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Pause, Self::Row];

    /// The word of store, journal and command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Row => "row",
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
            Self::Row => "row-held",
        }
    }

    /// What may leave while it stands.
    pub const fn lets_through(self) -> Passage {
        match self {
            Self::Pause => Passage::Alarms,
            Self::Row => Passage::Everything,
        }
    }
}

/// What may be planned and may leave, from little to everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Passage {
    /// What tells the operators of a guard; nothing is planned.
    Alarms,
    /// Everything.
    Everything,
}

/// What may leave while these guards stand: the least that any of them lets through.
pub fn passage(standing: impl IntoIterator<Item = Guard>) -> Passage {
    standing.into_iter().map(Guard::lets_through).min().unwrap_or(Passage::Everything)
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
        assert_eq!(passage([]), Passage::Everything);
        assert_eq!(passage([Guard::Row]), Passage::Everything);
        assert_eq!(passage([Guard::Row, Guard::Pause]), Passage::Alarms);
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
