//! Whom a reminder goes to: `to`, or `or_else` when all of `to` were told by a lower step already.

use jiff::civil::Date;

use super::AssignmentView;
use crate::domain::organisation::{Directory, PersonId, Resolution};
use crate::domain::policy::{Event, Role, Step};
use crate::domain::reminder::Notice;
use crate::domain::reply::ReplyKind;

/// Whom a step goes to on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressing {
    /// Who must act.
    pub to: Resolution,
    /// Who gets a copy; nobody of `to`.
    pub copy: Resolution,
    /// Whether the courtesy before the step is owed.
    pub courtesy: Courtesy,
    /// The people of `to` whom lower steps had told all, so that `or_else` takes their place; else nobody.
    pub told_before: Vec<PersonId>,
    /// Nobody is left of `to` and of `or_else`, for all of them answered "not ours".
    pub is_declined: bool,
}

/// Whether the assignee is told before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Courtesy {
    /// The step has none, the assignee is among its people, or all of them know already.
    NotOwed,
    /// It leaves first.
    Owed,
}

/// Resolves the people of a step.
pub fn address(view: &AssignmentView, step: &Step, directory: &Directory, on: Date) -> Addressing {
    let (wanted, copied) = roles(view, step);
    let asked = directory.resolve(wanted, &view.parties, on);
    let is_held = !asked.recipients.is_empty();
    let plain = without_muted(view, asked);
    let told = |person| view.told.iter().any(|(name, who)| *name != step.name && *who == person);
    let all_told = !plain.recipients.is_empty() && plain.recipients.iter().all(|recipient| told(recipient.person));
    let mut told_before = Vec::new();
    let to = if all_told || plain.recipients.is_empty() {
        let other = without_muted(view, directory.resolve(&step.or_else, &view.parties, on));
        if other.recipients.is_empty() {
            plain
        } else {
            told_before = plain.recipients.iter().map(|recipient| recipient.person).collect();
            other
        }
    } else {
        plain
    };
    let assignee = without_muted(view, directory.resolve(&[Role::Assignee], &view.parties, on));
    let told_anyway = assignee.recipients.iter().any(|one| to.recipients.iter().any(|other| other.person == one.person));
    // Who said "not ours" is not told of what goes to others either.
    let nobody = assignee.recipients.is_empty();
    let courtesy = if step.courtesy.is_none() || all_told || told_anyway || nobody { Courtesy::NotOwed } else { Courtesy::Owed };
    let mut copy = directory.resolve(copied, &view.parties, on);
    copy.recipients.retain(|one| !to.recipients.iter().any(|other| other.person == one.person));
    if step.when.event == Event::BecameKnown {
        // Whoever answers for the duty needs no copy of it.
        copy.recipients.retain(|one| !assignee.recipients.iter().any(|other| other.person == one.person));
    }
    let is_declined = is_held && to.recipients.is_empty();
    Addressing { to, copy, courtesy, told_before, is_declined }
}

/// `to` and `copy`; an obstacle that names no unit is the monitor's.
fn roles<'a>(view: &AssignmentView, step: &'a Step) -> (&'a [Role], &'a [Role]) {
    if step.when.event == Event::WhileBlocked && view.parties.blocker.is_none() {
        return (&step.copy, &[]);
    }
    (&step.to, &step.copy)
}

/// Who answered "not ours" is not asked again until they take it up, the duty is handed on, or the result is returned.
fn without_muted(view: &AssignmentView, mut resolution: Resolution) -> Resolution {
    resolution.recipients.retain(|recipient| !is_muted(view, recipient.person));
    resolution
}

/// Whether a person answered "not ours" and is not asked again for that.
pub fn is_muted(view: &AssignmentView, person: PersonId) -> bool {
    let last = view
        .replies
        .iter()
        .rev()
        .find(|reply| reply.by == person || matches!(reply.kind, ReplyKind::Assign | ReplyKind::Return | ReplyKind::Refuse));
    last.is_some_and(|reply| reply.by == person && reply.kind == ReplyKind::NotOurs)
}

/// Whom a notice goes to that an act has made; a notice with a step of the [`super::house`] goes where that says, and a brief
/// names its role in its anchor instead.
pub const fn notice_role(notice: Notice) -> Role {
    match notice {
        Notice::Dispute | Notice::ExtensionAsked | Notice::TakenBack | Notice::Vacancy => Role::Monitor,
        Notice::ExtensionGranted
        | Notice::ExtensionRefused
        | Notice::Returned
        | Notice::OnHold
        | Notice::Withdrawn
        | Notice::Transferred => Role::Assignee,
        Notice::Blocked | Notice::Unblocked => Role::Blocker,
        Notice::Coordinating => Role::CoordinatingHead,
        Notice::ChatDead | Notice::Held | Notice::Guard => Role::Operators,
        Notice::Brief => Role::Supervisor,
    }
}
