//! The steps of the house: what no policy names and every assignment has.
//!
//! Coordinating units are informed once, as a copy, when a duty becomes known; the unit learns of an extension, whichever way
//! it was granted; whoever a blocked duty waits for is told at once and again until the block is lifted. They go the way of every step: the planner finds their moments, in the hours of
//! the policy, and simulation says them too. Their reminders carry the name of a notice, for that is what people read.

use std::sync::LazyLock;

use crate::domain::amount::Amount;
use crate::domain::policy::{Channels, Event, Policy, Repeat, Role, Step, Unless, When};
use crate::domain::reminder::{Notice, StepRef};

/// How often the unit that is waited for is told again.
pub const BLOCKED_EVERY: Amount = Amount::working_days(3);

static STEPS: LazyLock<[Step; 3]> = LazyLock::new(|| {
    let informed = Step { copy: vec![Role::CoordinatingHead], ..step(Notice::Coordinating, Event::BecameKnown) };
    let blocked = Step {
        to: vec![Role::Blocker],
        copy: vec![Role::Monitor],
        repeat: Some(Repeat { every: BLOCKED_EVERY, until: None, max: u16::MAX }),
        ..step(Notice::Blocked, Event::WhileBlocked)
    };
    let extended =
        Step { to: vec![Role::Assignee], copy: vec![Role::CoordinatingHead], ..step(Notice::ExtensionGranted, Event::Extended) };
    [informed, extended, blocked]
});

fn step(notice: Notice, event: Event) -> Step {
    let name = StepRef::Notice(notice).to_string();
    Step {
        label: name.clone(),
        name,
        when: When { event, at: None },
        to: Vec::new(),
        or_else: Vec::new(),
        copy: Vec::new(),
        unless: Unless::Completed,
        repeat: None,
        courtesy: None,
        digest: None,
        channels: Channels::Preferred,
    }
}

/// The steps of the house.
pub fn steps() -> &'static [Step] {
    &*STEPS
}

/// All steps of a policy: its own, in the order of the config, then those of the house.
pub fn with_house(policy: &Policy) -> impl Iterator<Item = &Step> {
    policy.steps.iter().chain(steps())
}

/// The step a reminder belongs to, also as the courtesy before it; none where the rules no longer have it, and for a notice
/// that an act has made.
pub fn step_of<'a>(policy: &'a Policy, reference: &StepRef) -> Option<&'a Step> {
    match reference {
        StepRef::Step(name) | StepRef::Courtesy(name) => policy.steps.iter().find(|step| step.name == *name),
        StepRef::Notice(_) => steps().iter().find(|step| step.reference() == *reference),
    }
}

/// Whether a step of the policy itself tells the coordinating units when the duty is assigned; the house then does not.
pub(super) fn policy_informs(policy: &Policy) -> bool {
    let tells =
        |step: &Step| [&step.to, &step.or_else, &step.copy].into_iter().any(|roles| roles.contains(&Role::CoordinatingHead));
    policy.steps.iter().any(|step| step.when.event == Event::OnAssignment && tells(step))
}
