//! What is played: a world, and the troubles of the house, every one of them written out so that it can be left away.

use fastrand::Rng;
use jiff::ToSpan as _;
use jiff::civil::{DateTime, date};

use crate::generate::{self, Size};
use crate::world::{Channel, World};

/// A world and its troubles.
#[derive(Clone, Debug)]
pub struct Plan {
    pub world: World,
    /// In order of time.
    pub troubles: Vec<Trouble>,
    /// Daemons on the one store.
    pub replicas: usize,
    /// Decides whose turn it is.
    pub turns: u64,
}

/// One trouble: from that instant on, at the first chance.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub at: DateTime,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    /// The daemon ends at the so-manieth point it passes, and is back after so many seconds.
    Crash { replica: usize, passing: u32, down_secs: i64 },
    /// The next transmissions over that channel are answered so.
    Answer { channel: Channel, answer: Answer, times: usize },
    /// The wall clock shows so many seconds more (or fewer) for a while.
    Step { secs: i64, lasts_secs: i64 },
    /// The process stands still with what it has on the wire, or right after its next claim.
    Suspend { replica: usize, secs: i64, is_at_claim: bool },
}

/// What a door answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 4xx: not now.
    Busy,
    /// 421: the whole channel is at fault.
    Closing,
    /// 5xx: never.
    Never,
    /// It arrived, and the answer was lost.
    Lost,
    /// It did not arrive, and nobody can know.
    Vanished,
    /// It arrived; after so many seconds the wait was given up.
    Hangs { secs: i64 },
    /// 429: not before so many seconds.
    RetryAfter { secs: i64 },
    /// 403: the account takes nothing any more.
    Dead,
}

impl What {
    /// The name it is counted under.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Crash { .. } => "crash",
            Self::Step { secs, .. } => {
                if *secs > 0 {
                    "clock forward"
                } else {
                    "clock back"
                }
            }
            Self::Suspend { .. } => "suspend",
            Self::Answer { answer, .. } => match answer {
                Answer::Busy => "4xx",
                Answer::Closing => "421",
                Answer::Never => "5xx",
                Answer::Lost => "answer lost",
                Answer::Vanished => "mail lost",
                Answer::Hangs { .. } => "hang",
                Answer::RetryAfter { .. } => "retry_after",
                Answer::Dead => "403",
            },
        }
    }
}

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64, size: Size) -> Self {
        let world = generate::world(seed, size);
        let mut chance = Rng::with_seed(seed ^ 0xfa17);
        let replicas = [1, 1, 1, 2, 2, 3][chance.usize(..6)];
        let count = 12 + size.assignments / 4;
        let mut troubles: Vec<Trouble> = (0..count).map(|_| trouble(&mut chance, &world, replicas)).collect();
        troubles.sort_by_key(|trouble| trouble.at);
        Self { world, troubles, replicas, turns: seed }
    }

    /// The same world, in which nothing ever fails, with one daemon.
    pub fn undisturbed(&self) -> Self {
        Self { troubles: Vec::new(), replicas: 1, ..self.clone() }
    }
}

fn trouble(chance: &mut Rng, world: &World, replicas: usize) -> Trouble {
    let day = date(2025, 1, 7).saturating_add(chance.i64(0..365).days());
    // Most of what happens, happens when an office opens.
    let opening = world.calendar.windows[0].0;
    let at = match chance.u8(..4) {
        0 => day.at(chance.i8(0..24), chance.i8(0..60), 0, 0),
        1 => day.at(chance.i8(8..17), chance.i8(0..60), 0, 0),
        _ => day.to_datetime(opening),
    };
    let replica = chance.usize(..replicas);
    let channel = if chance.u8(..5) < 3 { Channel::Email } else { Channel::Telegram };
    let what = match chance.u8(..20) {
        0..=6 => What::Crash { replica, passing: chance.u32(1..14), down_secs: [1, 5, 30, 600, 20_000][chance.usize(..5)] },
        7 => What::Step { secs: chance.i64(1..100), lasts_secs: chance.i64(10..100_000) },
        8 => What::Step { secs: -chance.i64(1..4_000), lasts_secs: chance.i64(10..100_000) },
        9 | 10 => What::Suspend { replica, secs: [2, 6, 9, 60, 8_000, 40_000][chance.usize(..6)], is_at_claim: chance.bool() },
        _ => {
            let answer = match chance.u8(..10) {
                0 => Answer::Busy,
                1 => Answer::Closing,
                2 => Answer::Never,
                3 | 4 => Answer::Lost,
                5 => Answer::Vanished,
                6 | 7 => Answer::Hangs { secs: chance.i64(5..700) },
                8 => Answer::RetryAfter { secs: [3, 30, 500, 10_072][chance.usize(..4)] },
                _ if channel == Channel::Telegram => Answer::Dead,
                _ => Answer::Lost,
            };
            let times = if chance.u8(..6) == 0 { 4 } else { 1 };
            What::Answer { channel, answer, times }
        }
    };
    Trouble { at, what }
}
