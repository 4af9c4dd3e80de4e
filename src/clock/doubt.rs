//! Whether the clock on the wall is to be believed: against a steady clock, which nobody sets, and against what others say the time is.

use jiff::{SignedDuration, Timestamp};

/// A clock that is wrong by more is doubted.
pub const TOLERANCE: SignedDuration = SignedDuration::from_secs(120);

/// What another one said counts for so long.
const HEARD_FOR: SignedDuration = SignedDuration::from_mins(15);

/// What the clocks of this machine show at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The clock on the wall, which can be set.
    pub wall: Timestamp,
    /// Since the machine started, also while it sleeps.
    pub steady: SignedDuration,
}

impl Reading {
    /// What the wall would show at that moment if nobody had set it since this reading.
    pub fn at(self, steady: SignedDuration) -> Timestamp {
        self.wall.checked_add(steady - self.steady).unwrap_or(self.wall)
    }
}

/// Somebody who says what time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The `Date` header of the Bot API.
    Telegram,
    /// The greeting of a mail server that names the time.
    Mail,
}

impl Peer {
    /// The word of notes and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Telegram => "telegram",
            Self::Mail => "mail",
        }
    }
}

/// What a peer said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub peer: Peer,
    /// What, and when it was heard.
    pub reading: Reading,
}

/// Why the wall is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Whom it does not agree with; `None` is the steady clock.
    pub peer: Option<Peer>,
    /// By how much the wall is ahead.
    pub ahead: SignedDuration,
}

/// What follows from all clocks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The instant to work by: while in doubt, the earlier one of wall and steady clock.
    pub now: Timestamp,
    /// Set while the wall is doubted.
    pub doubt: Option<Doubt>,
    /// Whether somebody outside says that the wall is right.
    pub is_vouched: bool,
}

/// What the clocks said of the instant to work by, at one moment: recorded with what was decided then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Testimony {
    /// Set while the wall was doubted: the instant is the earlier one of wall and steady clock then, else the wall's.
    pub doubt: Option<Doubt>,
    /// By how much the wall was ahead of the steady clock.
    pub ahead_of_steady: SignedDuration,
    /// By how much it was ahead of each peer that still counted.
    pub ahead_of_peers: Vec<(Peer, SignedDuration)>,
}

/// What the witnesses say of a reading. `believed` is the last moment at which the wall was believed.
pub fn testify(believed: Reading, said: &[Said], reading: Reading) -> Testimony {
    Testimony {
        doubt: judge(believed, said, reading).doubt,
        ahead_of_steady: off(believed, reading),
        ahead_of_peers: heard(said, reading).map(|said| (said.peer, off(said.reading, reading))).collect(),
    }
}

/// By how much the wall is ahead of what it would show if nobody had set it since.
fn off(from: Reading, reading: Reading) -> SignedDuration {
    reading.wall.duration_since(from.at(reading.steady))
}

/// What still counts of what others said.
fn heard(said: &[Said], reading: Reading) -> impl Iterator<Item = &Said> {
    said.iter().filter(move |said| reading.steady - said.reading.steady <= HEARD_FOR)
}

/// Judges a reading. `believed` is the last moment at which the wall was believed.
pub fn judge(believed: Reading, said: &[Said], reading: Reading) -> Judgement {
    let heard = || heard(said, reading);
    let against = heard().map(|said| Doubt { peer: Some(said.peer), ahead: off(said.reading, reading) });
    let against = against.filter(|doubt| doubt.ahead.abs() > TOLERANCE).max_by_key(|doubt| doubt.ahead.abs());
    let is_vouched = against.is_none() && heard().next().is_some();
    let stepped =
        Some(Doubt { peer: None, ahead: off(believed, reading) }).filter(|doubt| doubt.ahead.abs() > TOLERANCE && !is_vouched);
    let doubt = against.or(stepped);
    let now = if doubt.is_some() { reading.wall.min(believed.at(reading.steady)) } else { reading.wall };
    Judgement { now, doubt, is_vouched }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: i64, steady: i64) -> Reading {
        Reading {
            wall: Timestamp::from_second(1_700_000_000 + wall).expect("an instant"),
            steady: SignedDuration::from_secs(steady),
        }
    }

    fn judged(said: &[(i64, i64)], wall: i64, steady: i64) -> (i64, Option<i64>) {
        let said: Vec<Said> =
            said.iter().map(|(date, heard)| Said { peer: Peer::Telegram, reading: at(*date, *heard) }).collect();
        let judgement = judge(at(0, 0), &said, at(wall, steady));
        (judgement.now.as_second() - 1_700_000_000, judgement.doubt.map(|doubt| doubt.ahead.as_secs()))
    }

    #[test]
    fn a_step_of_the_wall_is_doubted_and_nothing_is_early() {
        assert_eq!(judged(&[], 100, 100), (100, None));
        assert_eq!(judged(&[], 100 + 120, 100), (220, None), "within the tolerance");
        assert_eq!(judged(&[], 100 + 3_600, 100), (100, Some(3_600)), "ahead: the steady clock");
        assert_eq!(judged(&[], 100 - 3_600, 100), (-3_500, Some(-3_600)), "behind: the wall");
        assert_eq!(judged(&[], 28_800, 28_800), (28_800, None), "the machine slept");
    }

    #[test]
    fn a_slow_drift_is_doubted_from_two_minutes_on() {
        let minutes = (0..200_i64).find(|minute| judged(&[], minute * 61, minute * 60).1.is_some());
        assert_eq!(minutes, Some(121));
    }

    #[test]
    fn who_says_the_time_decides_over_the_steady_clock_and_only_for_a_while() {
        assert_eq!(judged(&[(3_700, 100)], 3_700, 100), (3_700, None), "a machine that was paused: the wall was set right");
        assert_eq!(judged(&[(0, 0)], 3_700, 100), (100, Some(3_600)), "heard before the step, and still good");
        assert_eq!(judged(&[(-3_600, 0)], 100, 100), (100, Some(3_600)), "wrong from the start");
        assert_eq!(judged(&[(-3_600, 0)], 1_000, 1_000), (1_000, None), "nobody says so any more");
    }

    #[test]
    fn the_testimony_names_everybody_who_still_counts_and_whether_the_wall_is_believed() {
        let said = [Said { peer: Peer::Mail, reading: at(-3, 0) }, Said { peer: Peer::Telegram, reading: at(-400, -1_000) }];
        let told = testify(at(0, 0), &said, at(11, 10));
        assert_eq!(told.ahead_of_peers, [(Peer::Mail, SignedDuration::from_secs(4))], "Telegram was heard too long ago");
        assert_eq!((told.doubt, told.ahead_of_steady), (None, SignedDuration::from_secs(1)));
        let doubt = Doubt { peer: None, ahead: SignedDuration::from_secs(3_600) };
        assert_eq!(testify(at(0, 0), &[], at(3_610, 10)).doubt, Some(doubt));
    }

    #[test]
    fn one_voice_against_the_wall_is_enough() {
        let said = [Said { peer: Peer::Mail, reading: at(0, 0) }, Said { peer: Peer::Telegram, reading: at(-500, 0) }];
        let judgement = judge(at(0, 0), &said, at(10, 10));
        assert_eq!(judgement.doubt, Some(Doubt { peer: Some(Peer::Telegram), ahead: SignedDuration::from_secs(500) }));
        assert!(!judgement.is_vouched);
    }
}
