//! A plan that is being made, and who hears what is decided about each step of it.

use jiff::Timestamp;

use super::moment::key_of;
use super::{AssignmentView, Context, Decision, Plan, Reason};
use crate::domain::policy::Step;
use crate::domain::reminder::ReminderKey;

/// An occurrence of a step that is not recorded and that nothing silences. Its key is written out when it is to be recorded.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub step: &'a Step,
    pub occurrence: u16,
    /// What it is meant for.
    pub slot: Timestamp,
}

impl Candidate<'_> {
    pub(super) fn key(&self, view: &AssignmentView, ctx: &Context<'_>) -> ReminderKey {
        key_of(view, ctx, self.step, self.occurrence)
    }
}

/// What is decided about a step.
#[derive(Clone, Copy)]
pub(super) struct Decided {
    pub reason: Reason,
    /// When it is over, as far as nothing happens until then.
    pub until: Option<Timestamp>,
}

impl Decided {
    pub(super) const fn of(reason: Reason) -> Self {
        Self { reason, until: None }
    }

    pub(super) const fn until(reason: Reason, until: Timestamp) -> Self {
        Self { reason, until: Some(until) }
    }
}

/// Who hears what is decided about each step: one decision each.
pub(super) trait Ear {
    fn hear(&mut self, step: &Step, occurrence: u16, moment: Option<Timestamp>, decided: Decided);
}

/// Nobody asks.
pub(super) struct Deaf;

impl Ear for Deaf {
    fn hear(&mut self, _: &Step, _: u16, _: Option<Timestamp>, _: Decided) {}
}

impl Ear for Vec<Decision> {
    fn hear(&mut self, step: &Step, occurrence: u16, moment: Option<Timestamp>, decided: Decided) {
        let Decided { reason, until } = decided;
        self.push(Decision { step: step.name.clone(), occurrence, moment, reason, until });
    }
}

/// A plan that is being made.
pub(super) struct Planning<E> {
    pub plan: Plan,
    pub ear: E,
}

impl<E: Ear> Planning<E> {
    pub(super) fn look_again(&mut self, at: Timestamp) {
        self.plan.next_check = Some(self.plan.next_check.map_or(at, |known| known.min(at)));
    }

    pub(super) fn ahead(&mut self, candidate: &Candidate<'_>) {
        self.waits(candidate, Reason::Ahead, candidate.slot);
    }

    pub(super) fn decide(&mut self, candidate: &Candidate<'_>, reason: Reason) {
        self.ear.hear(candidate.step, candidate.occurrence, Some(candidate.slot), Decided::of(reason));
    }

    /// What waits for an instant is looked at again then.
    pub(super) fn waits(&mut self, candidate: &Candidate<'_>, reason: Reason, until: Timestamp) {
        self.look_again(until);
        self.ear.hear(candidate.step, candidate.occurrence, Some(candidate.slot), Decided::until(reason, until));
    }
}
