//! What holds the ladder back for a time: a promise of a date, and an obstacle the unit waits for.

use jiff::Timestamp;

use super::silence::is_ladder;
use super::{AssignmentView, Context};
use crate::domain::directive::Work;
use crate::domain::reminder::{ReminderState, StepRef};

/// Until when the escalations of a blocked unit wait.
pub(super) fn block(view: &AssignmentView, now: Timestamp) -> Option<Timestamp> {
    view.blocked_until.filter(|until| view.work == Work::Blocked && *until > now)
}

/// Where a promise of a date stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    /// There is none, or its breaking was answered with the next step already.
    None,
    /// It holds the ladder.
    Holds { until: Timestamp },
    /// The date passed; the next step comes with the opening after it.
    Broken { at: Timestamp },
}

pub(super) fn promise(view: &AssignmentView, ctx: &Context<'_>) -> Promise {
    let Some(day) = view.promised_until else { return Promise::None };
    let calendar = &ctx.rules.calendar;
    let broken_at = calendar.next_opening(&ctx.policy.hours, calendar.instant(day, 1440));
    if ctx.now < broken_at {
        return Promise::Holds { until: broken_at };
    }
    let answered = view.reminders.iter().any(|(key, other)| {
        let ladder = match &key.step {
            StepRef::Step(name) | StepRef::Courtesy(name) => {
                // A step that the rules have lost since has answered too.
                !ctx.policy.steps.iter().any(|step| step.name == *name && !is_ladder(&step.when.event))
            }
            StepRef::Notice(_) => false,
        };
        // What was missed, like what was taken back, was sent to nobody.
        ladder && other.due_at >= broken_at && !matches!(other.state, ReminderState::Cancelled | ReminderState::Missed)
    });
    if answered { Promise::None } else { Promise::Broken { at: broken_at } }
}
