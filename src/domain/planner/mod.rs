//! The planner: facts + rules + calendar + now → due reminders, the next check, and one decision for every step.
//!
//! Four laws, each a property test: *deterministic* (same input, same plan); *idempotent* (feed `due` and `passed` back as
//! recorded: nothing is due); *no surprises* (nothing becomes due between `now` and `next_check`); *accountable* (every
//! step has exactly one decision). Besides the steps of its policy every assignment has those of the [`house`].

#[cfg(test)]
mod bench;
mod counting;
mod ear;
pub mod house;
#[cfg(test)]
mod laws;
mod moment;
mod pause;
mod people;
mod plan;
#[cfg(test)]
mod repeats;
mod silence;
#[cfg(test)]
mod tests;
mod wanted;

pub use counting::{Counting, REST_DAYS_MAX, counting};
pub use moment::{after_courtesy, follows_courtesy, key_of, moment_of, pace_span};
pub use people::{Addressing, Courtesy, address, is_muted, notice_role};
pub use plan::{decide, plan};
pub use wanted::still_wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::deadline::Deadline;
use super::directive::{Follow, Work};
use super::organisation::{Directory, Parties, PersonId};
use super::policy::{Policy, Step};
use super::reminder::{ReminderKey, ReminderState};
use super::reply::Reply;
use super::target::{Figure, Target};

/// Everything about one assignment that may decide what is due.
#[derive(Clone, Debug)]
pub struct AssignmentView {
    /// When it became known to the store.
    pub known_at: Timestamp,
    /// When another unit took it over, last; it is told as of anew then.
    pub inherited_at: Option<Timestamp>,
    /// The date of its dispatch.
    pub dispatch_date: Date,
    /// How it is followed.
    pub follow: Follow,
    /// The deadline in force; `None` while undated or waiting for its anchor.
    pub deadline: Option<Deadline>,
    /// The work axis.
    pub work: Work,
    /// The date of a promise that still holds the ladder.
    pub promised_until: Option<Date>,
    /// The ladder is paused until then: a dispute, or the monitor's hold.
    pub paused_until: Option<Timestamp>,
    /// While the work is blocked: its escalations wait until then.
    pub blocked_until: Option<Timestamp>,
    /// When its last extension was recorded.
    pub extended_at: Option<Timestamp>,
    /// The number to reach.
    pub target: Option<Target>,
    /// Oldest first.
    pub figures: Vec<Figure>,
    /// Oldest first.
    pub replies: Vec<Reply>,
    /// What is recorded for each key.
    pub reminders: BTreeMap<ReminderKey, Recorded>,
    /// Since when each step holds, by `POLICY/STEP`; a step that is missing holds since ever.
    pub step_since: Arc<BTreeMap<String, Since>>,
    /// Who was told in an accepted message by which step, copies not counted.
    pub told: BTreeSet<(String, PersonId)>,
    /// The parties, for roles.
    pub parties: Parties,
}

impl AssignmentView {
    /// Since when the step and its repeats hold; `None` is since ever.
    fn holds_since(&self, policy: &Policy, step: &Step) -> Option<Since> {
        if self.step_since.is_empty() {
            return None;
        }
        self.step_since.get(&format!("{}/{}", policy.name, step.name)).copied()
    }
}

/// Since when a step of the rules holds: what was meant for an earlier moment is not made up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// The step itself: its first occurrence.
    pub step: Timestamp,
    /// The distance of its repeats.
    pub repeats: Timestamp,
}

/// What the store knows of one reminder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The slot it was meant for.
    pub moment: Timestamp,
    /// When it was allowed to leave.
    pub due_at: Timestamp,
    /// Where it stands.
    pub state: ReminderState,
    /// First acceptance, or when it was proved undeliverable.
    pub settled_at: Option<Timestamp>,
}

/// A reminder that has come due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueReminder {
    /// Its key.
    pub key: ReminderKey,
    /// The slot it is meant for.
    pub moment: Timestamp,
    /// When it may leave; never before `moment`'s opening.
    pub due_at: Timestamp,
    /// Why now.
    pub reason: Reason,
}

/// Why a step is due, or is not. One of these is the answer of `why` and `why-not`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Its moment has come.
    MomentCame,
    /// Its moment passed while it was not known or the daemon was down; it is the latest reminder of those.
    CaughtUp,
    /// A past escalation whose turn has come.
    CaughtUpInTurn,
    /// A promised date passed.
    PromiseBroken,
    /// Recorded already.
    AlreadyRecorded,
    /// Its moment lies ahead.
    Ahead,
    /// It has no moment: no deadline, no event.
    NoMoment,
    /// Its moment passed together with a later reminder's.
    Merged,
    /// Its moment passed before the rule existed.
    RuleIsNewer,
    /// A lower rung is not yet delivered nor proved undeliverable.
    WaitsForLowerRung,
    /// A past escalation waits one working day after the one before.
    WaitsItsTurn,
    /// Its `unless` holds.
    Silenced,
    /// The assignment is accepted or withdrawn.
    Closed,
    /// A promise holds the ladder.
    HeldByPromise,
    /// The ladder is paused.
    Paused,
    /// The unit waits for another one, and its escalations with it.
    HeldByBlock,
    /// `follow` keeps it from climbing.
    NotFollowed,
    /// Its repeats have ended.
    RepeatEnded,
    /// The courtesy before it runs.
    WaitsForCourtesy,
    /// The unit answered after the courtesy; or what was asked was decided before anybody was told of it.
    Answered,
    /// The deadline or event it counted from has changed.
    AnchorMoved,
    /// The rules no longer have that step.
    StepGone,
    /// What it tells of was taken back by who had said it.
    TakenBack,
}

impl Reason {
    /// The reason code of store, journal and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MomentCame => "moment-came",
            Self::CaughtUp => "caught-up",
            Self::CaughtUpInTurn => "caught-up-in-turn",
            Self::PromiseBroken => "promise-broken",
            Self::AlreadyRecorded => "already-recorded",
            Self::Ahead => "ahead",
            Self::NoMoment => "no-moment",
            Self::Merged => "merged",
            Self::RuleIsNewer => "missed: rule is newer",
            Self::WaitsForLowerRung => "waits-for-lower-rung",
            Self::WaitsItsTurn => "waits-its-turn",
            Self::Silenced => "silenced",
            Self::Closed => "closed",
            Self::HeldByPromise => "held-by-promise",
            Self::Paused => "paused",
            Self::HeldByBlock => "held-by-block",
            Self::NotFollowed => "not-followed",
            Self::RepeatEnded => "repeat-ended",
            Self::WaitsForCourtesy => "waits-for-courtesy",
            Self::Answered => "answered",
            Self::AnchorMoved => "anchor-moved",
            Self::StepGone => "step-gone",
            Self::TakenBack => "taken-back",
        }
    }
}

/// What the planner decided about one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The step's name.
    pub step: String,
    /// Which occurrence it is about.
    pub occurrence: u16,
    /// The moment, where there is one.
    pub moment: Option<Timestamp>,
    /// Why.
    pub reason: Reason,
    /// What waits for an instant waits for this one, as far as nothing happens until then.
    pub until: Option<Timestamp>,
}

/// What the planner says of one assignment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// To be queued now.
    pub due: Vec<DueReminder>,
    /// To be recorded without being sent: key, moment and whether it was merged, missed or answered. The recorded
    /// `due_at` of a missed one is its moment, of the others `now`: repeats count from there.
    pub passed: Vec<(ReminderKey, Timestamp, ReminderState)>,
    /// When to look again; `None` when only an act can change anything.
    pub next_check: Option<Timestamp>,
}

/// What the planner needs besides the view.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The rules.
    pub rules: &'a super::rules::Rules,
    /// The policy the assignment is routed to.
    pub policy: &'a super::policy::Policy,
    /// People and units.
    pub directory: &'a Directory,
    /// The instant asked about.
    pub now: Timestamp,
}

impl Context<'_> {
    /// When the hours of the policy are open next: now, when they are.
    pub fn opening(&self) -> Timestamp {
        self.rules.calendar.next_opening(&self.policy.hours, self.now)
    }
}
