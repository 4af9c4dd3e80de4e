//! Floor 0: the words of the office and the rules that need no machine.
//!
//! Nothing here is async, reads a file, the environment or a clock; `now` is always an argument.
//! The planner ([`planner`]) is the only place that decides what is due.

pub mod amount;
pub mod calendar;
pub mod deadline;
pub mod delivery;
pub mod directive;
pub mod guard;
pub mod hidden;
pub mod holidays;
pub mod lunar;
pub mod organisation;
pub mod phrase;
pub mod planner;
pub mod policy;
pub mod recurrence;
pub mod reminder;
pub mod reply;
pub mod rules;
pub mod sentence;
pub mod storm;
pub mod tally;
pub mod target;
pub mod typed;
