//! An oracle: which messages must leave, given an office and what happens to it. Written from the contract and slow on purpose; it walks the
//! minutes of the year and asks at each whether something is due. It imports nothing of the crate, and a test reads its imports.
//!
//! Comments name the topic of the contract that a rule stands under. Nobody is ever late here: a message that may leave does.
#![allow(dead_code, reason = "the simulation and the tests of the oracle each use their part of this")]

pub mod calendar;
pub mod doors;
pub mod ladder;
pub mod notices;
pub mod office;
pub mod people;
pub mod record;
pub mod witness;
#[path = "world.rs"]
pub mod world;

use jiff::civil::{Date, DateTime};

pub use calendar::{Day, Hours, Minute};
use world::Assignment;

/// A civil date as a day.
pub fn day(date: Date) -> Day {
    calendar::day_of(date.year().into(), date.month().into(), date.day().into())
}

/// A local time as a minute, seconds dropped.
pub fn minute(at: DateTime) -> Minute {
    day(at.date()) * calendar::DAY + i64::from(at.hour()) * 60 + i64::from(at.minute())
}

/// Something that must, or may, leave for a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    pub at: Minute,
    pub person: String,
    /// `action`, `copy` or `digest`.
    pub kind: &'static str,
    pub assignment: Assignment,
    /// The step, `courtesy:STEP` or `notice:WORD`.
    pub step: String,
}
