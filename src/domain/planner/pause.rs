//! What holds the ladder back for a time: a promise of a date, and an obstacle the unit waits for.

use jiff::Timestamp;
use jiff::civil::Date;

use super::silence::{is_ladder, is_units_answer};
use super::{AssignmentView, Context};
use crate::domain::directive::Work;
use crate::domain::reminder::{ReminderKey, ReminderState, StepRef};
use crate::domain::reply::{Reply, ReplyKind};

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
    let broken_at = breaks_at(day, ctx);
    if ctx.now < broken_at {
        return Promise::Holds { until: broken_at };
    }
    let answered = view.reminders.iter().any(|(key, other)| {
        // A courtesy announces the next step and does not take its place.
        let StepRef::Step(name) = &key.step else { return false };
        // A step that the rules have lost since has answered too.
        let ladder = !ctx.policy.steps.iter().any(|step| step.name == *name && !is_ladder(&step.when.event));
        ladder && other.due_at >= broken_at && answers(view, key, other.state, broken_at)
    });
    if answered { Promise::None } else { Promise::Broken { at: broken_at } }
}

/// Whether what became of a step since is what a broken promise brings. What was missed, like what was taken back, was sent to nobody; so
/// was what was answered, unless it was announced because of the breach.
fn answers(view: &AssignmentView, key: &ReminderKey, state: ReminderState, broken_at: Timestamp) -> bool {
    match state {
        ReminderState::Cancelled | ReminderState::Missed => false,
        ReminderState::Answered => {
            let StepRef::Step(name) = &key.step else { return false };
            let courtesy = ReminderKey { step: StepRef::Courtesy(name.clone()), ..key.clone() };
            view.reminders.get(&courtesy).is_some_and(|courtesy| courtesy.due_at >= broken_at)
        }
        _ => true,
    }
}

/// When a promise of that day is broken: the opening after it.
fn breaks_at(day: Date, ctx: &Context<'_>) -> Timestamp {
    let calendar = &ctx.rules.calendar;
    calendar.next_opening(&ctx.policy.hours, calendar.instant(day, 1440))
}

/// Whether a reply is an answer of the responsible unit that still stands: a promise is one until its day is over.
pub(super) fn is_standing_answer(reply: &Reply, ctx: &Context<'_>) -> bool {
    let promised = reply.until.filter(|_| reply.kind == ReplyKind::Acknowledge);
    is_units_answer(reply.kind) && promised.is_none_or(|day| ctx.now < breaks_at(day, ctx))
}
