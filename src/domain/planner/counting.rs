//! Why a reminder is meant for this instant and no other: what it counts from, the rest days counted over, the rest time it
//! was moved out of. Asked when a decision is recorded or explained, never while planning.

use jiff::Timestamp;
use jiff::civil::Date;

use super::house::step_of;
use super::moment::{From, first_slot};
use super::plan::counts_from;
use super::{AssignmentView, Context};
use crate::domain::calendar::DayReason;
use crate::domain::policy::Event;
use crate::domain::reminder::{ReminderKey, ReminderState};

/// How the calendar led from what a step counts from to its moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counting {
    /// The day it counts from.
    pub from: Date,
    /// What happened then, when it counts from an event and not from a day.
    pub event: Option<Timestamp>,
    /// The instant counted to, where rest time then moved the moment.
    pub moved_from: Option<Timestamp>,
    /// The first rest days between the two days, at most [`REST_DAYS_MAX`].
    pub rest_days: Vec<(Date, DayReason)>,
    /// How many rest days lie between.
    pub rest_days_count: usize,
    /// Whether a day between has no announced calendar yet.
    pub provisional: bool,
}

/// Rest days that are named; the others are counted.
pub const REST_DAYS_MAX: usize = 12;

/// The most days looked through: beyond two years nobody reads a list of rest days.
const DAYS_MAX: usize = 750;

/// How the moment of that reminder came about; `None` where it counts from nothing, as what an act has made.
pub fn counting(view: &AssignmentView, ctx: &Context<'_>, key: &ReminderKey, moment: Timestamp) -> Option<Counting> {
    let step = step_of(ctx.policy, &key.step)?;
    let first = first_slot(view, ctx, step)?;
    // A review counts each of its turns from the day the duty became known, a repeat from the occurrence before.
    let repeats = key.occurrence > 1 && !matches!(step.when.event, Event::EveryWhileUndated(_));
    let before = ReminderKey { occurrence: key.occurrence.saturating_sub(1), ..key.clone() };
    let before = repeats.then(|| view.reminders.get(&before)).flatten();
    let before = before.filter(|known| known.state != ReminderState::Cancelled);
    let calendar = &ctx.rules.calendar;
    let (from, event) = match (before, first.from) {
        (Some(before), _) => (calendar.date_of(counts_from(*before)), Some(counts_from(*before))),
        (None, From::Event(at)) => (calendar.date_of(at), Some(at)),
        (None, From::Day(day)) => (day, None),
    };
    let moved_from = Some(first.counted).filter(|counted| key.occurrence == 1 && *counted != moment && first.at == moment);
    let to = calendar.date_of(moved_from.unwrap_or(moment));
    let (earlier, later) = (from.min(to), from.max(to));
    let mut rest_days = Vec::new();
    let (mut count, mut provisional) = (0, calendar.is_provisional(to));
    for date in earlier.series(jiff::ToSpan::days(1)).take(DAYS_MAX).take_while(|date| *date <= later) {
        let day = calendar.day(date);
        provisional |= day.provisional;
        if !day.working {
            count += 1;
            if rest_days.len() < REST_DAYS_MAX {
                rest_days.push((date, day.reason));
            }
        }
    }
    Some(Counting { from, event, moved_from, rest_days, rest_days_count: count, provisional })
}
