//! What keeps a step from being sent: its `unless`, a closed assignment, a promise, a pause, the way it is followed.

use jiff::Timestamp;

use super::{AssignmentView, Reason};
use crate::domain::directive::{Follow, Work};
use crate::domain::policy::{Event, Role, Step, Unless};
use crate::domain::reminder::{ReminderState, StepRef};
use crate::domain::reply::ReplyKind;

/// Why this step may not be sent in the state the assignment is in, whatever the time; `None` when it may.
pub(super) fn silenced(view: &AssignmentView, step: &Step) -> Option<Reason> {
    if !is_followed(view, step) {
        return Some(Reason::NotFollowed);
    }
    let monitors_own = matches!(step.when.event, Event::AfterReportedDone(_)) && step.to == [Role::Monitor];
    if view.work == Work::Withdrawn || (view.work == Work::Accepted && !monitors_own) {
        return Some(Reason::Closed);
    }
    holds(view, step, step.unless).then_some(Reason::Silenced)
}

/// Whether a condition of `unless` or `until` holds.
pub(super) fn holds(view: &AssignmentView, step: &Step, condition: Unless) -> bool {
    match condition {
        Unless::Acknowledged => view.replies.iter().any(|reply| is_units_answer(reply.kind)),
        Unless::Reported => {
            let since = last_sent_before(view, step).unwrap_or(view.known_at);
            let report = |kind| matches!(kind, ReplyKind::Progress | ReplyKind::Done);
            view.replies.iter().any(|reply| report(reply.kind) && reply.at >= since)
        }
        Unless::Completed => view.work.is_completed(),
        Unless::Accepted => view.work == Work::Accepted,
    }
}

/// Whether a reply is an answer of the responsible unit.
pub(super) const fn is_units_answer(kind: ReplyKind) -> bool {
    matches!(
        kind,
        ReplyKind::Acknowledge
            | ReplyKind::Progress
            | ReplyKind::Blocked
            | ReplyKind::Done
            | ReplyKind::Extend
            | ReplyKind::NotOurs
            | ReplyKind::Assign
    )
}

/// Steps the promise of a date and a pause hold back: the ladder, not the monitor's clock, the announcement nor what the
/// house tells.
pub(super) const fn is_ladder(event: &Event) -> bool {
    !matches!(
        event,
        Event::OnAssignment
            | Event::AfterReportedDone(_)
            | Event::EveryWhileUndated(_)
            | Event::BecameKnown
            | Event::Extended
            | Event::WhileBlocked
    )
}

fn is_followed(view: &AssignmentView, step: &Step) -> bool {
    match view.follow {
        Follow::Press => true,
        Follow::Review => matches!(
            step.when.event,
            Event::OnAssignment
                | Event::EveryWhileUndated(_)
                // What was reported waits for the monitor's judgement, dated or not.
                | Event::AfterReportedDone(_)
                | Event::BecameKnown
                | Event::Extended
                | Event::WhileBlocked
        ),
        // Whoever is waited for is told however the duty is followed: the unit has asked for it.
        Follow::List => step.when.event == Event::WhileBlocked,
    }
}

/// When the previous step of this assignment was sent.
fn last_sent_before(view: &AssignmentView, step: &Step) -> Option<Timestamp> {
    let others = view.reminders.iter().filter(|(key, recorded)| {
        matches!(&key.step, StepRef::Step(name) if *name != step.name) && recorded.state == ReminderState::Delivered
    });
    others.filter_map(|(_, recorded)| recorded.settled_at).max()
}
