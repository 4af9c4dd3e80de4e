//! Anchors and moments: what a step counts from, and the instant it is meant for.

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};

use super::{AssignmentView, Context};
use crate::domain::amount::{Amount, Unit};
use crate::domain::deadline::Deadline;
use crate::domain::directive::Work;
use crate::domain::policy::{Event, Step};
use crate::domain::reminder::{ReminderKey, ReminderState, StepRef};
use crate::domain::reply::{Reply, ReplyKind};
use crate::domain::target::{Figure, PaceSpan};

/// What an occurrence counts from and when it is meant to leave, moved out of rest time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot<'a> {
    /// Part of the reminder key.
    pub anchor: Anchor<'a>,
    /// What it counts from.
    pub from: From,
    /// The instant counted to, which may lie in rest time.
    pub counted: Timestamp,
    /// The instant it is meant for.
    pub at: Timestamp,
}

/// What stands in a reminder key of what a step counts from; written out only where a key is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Anchor<'a> {
    /// A word alone.
    Word(&'static str),
    /// A word and when.
    At(&'static str, Timestamp),
    /// A word and a day.
    On(&'static str, Date),
    /// A deadline.
    Deadline(&'a Deadline),
    /// The anchor of another step.
    Step(&'a str, Box<Self>),
}

impl fmt::Display for Anchor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::At(word, at) => write!(f, "{word}:{}", at.as_millisecond()),
            Self::On(word, day) => write!(f, "{word}:{day}"),
            Self::Deadline(deadline) => f.write_str(&deadline.anchor()),
            Self::Step(name, anchor) => write!(f, "{name}/{anchor}"),
        }
    }
}

const ASSIGNED: Anchor<'static> = Anchor::Word("assigned");

/// What a moment counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// A day of the calendar.
    Day(Date),
    /// Something that happened.
    Event(Timestamp),
}

/// The anchor and first slot of a step, as far as its event has happened or is known to come.
pub(super) fn first_slot<'a>(view: &'a AssignmentView, ctx: &Context<'a>, step: &'a Step) -> Option<Slot<'a>> {
    of_first_slot(view, ctx, step, |slot| slot)
}

/// The instant the first occurrence of a step is meant for, as far as it is known.
pub fn moment_of(view: &AssignmentView, ctx: &Context<'_>, step: &Step) -> Option<Timestamp> {
    of_first_slot(view, ctx, step, |slot| slot.at)
}

/// What is wanted of the first slot; the rest of it is not even made.
fn of_first_slot<'a, T>(
    view: &'a AssignmentView,
    ctx: &Context<'a>,
    step: &'a Step,
    wanted: impl FnOnce(Slot<'a>) -> T,
) -> Option<T> {
    let (anchor, from, moment, side) = match &step.when.event {
        Event::OnAssignment => {
            let (anchor, base) = assigned(view);
            (anchor, From::Event(base), base, Side::Forward)
        }
        Event::AfterAssignment(amount) => {
            let moment = after(ctx, view.known_at, *amount, step.when.at);
            (ASSIGNED, From::Event(view.known_at), moment, Side::Forward)
        }
        Event::BeforeDeadline(amount) => {
            let deadline = view.deadline.as_ref()?;
            let moment = before_deadline(deadline, ctx, *amount, step.when.at);
            (Anchor::Deadline(deadline), From::Day(deadline.last_day), moment, Side::Back)
        }
        Event::OnDeadline => {
            let deadline = view.deadline.as_ref()?;
            let day = deadline.last_day;
            (Anchor::Deadline(deadline), From::Day(day), on_day(ctx, day, step.when.at), Side::Back)
        }
        Event::AfterDeadline(amount) => {
            let deadline = view.deadline.as_ref()?;
            let moment = after_deadline(deadline, ctx, *amount, step.when.at);
            (Anchor::Deadline(deadline), From::Day(day_after_counts_from(ctx, deadline)), moment, Side::Forward)
        }
        Event::AfterStep(amount, name) => {
            let (anchor, settled) = delivered_step(view, ctx, name)?;
            let moment = after(ctx, settled, *amount, step.when.at);
            (Anchor::Step(name, Box::new(anchor)), From::Event(settled), moment, Side::Forward)
        }
        Event::AfterReportedDone(amount) => {
            let done = reported_done(view)?;
            let moment = after(ctx, done, *amount, step.when.at);
            (Anchor::At("done", done), From::Event(done), moment, Side::Forward)
        }
        Event::WithoutReport(amount) => {
            let last = view.replies.iter().rev().find(|reply| matches!(reply.kind, ReplyKind::Progress | ReplyKind::Done));
            let (anchor, base) =
                last.map_or_else(|| (ASSIGNED, view.known_at), |reply| (Anchor::At("report", reply.at), reply.at));
            (anchor, From::Event(base), after(ctx, base, *amount, step.when.at), Side::Forward)
        }
        Event::WithoutFigure(amount) => {
            let last = view.figures.iter().max_by_key(|figure| figure.as_of);
            let (anchor, base) = last.map_or_else(
                || (ASSIGNED, view.known_at),
                |figure| (Anchor::On("figure", figure.as_of), recorded_at(view, *figure)),
            );
            (anchor, From::Event(base), after(ctx, base, *amount, step.when.at), Side::Forward)
        }
        Event::EveryWhileUndated(days) => {
            if view.deadline.is_some() {
                return None;
            }
            let moment = after(ctx, view.known_at, Amount::working_days((*days).max(1)), step.when.at);
            (Anchor::Word("undated"), From::Event(view.known_at), moment, Side::Forward)
        }
        Event::BecameKnown => {
            if view.parties.coordinating.is_empty() {
                return None;
            }
            (ASSIGNED, From::Event(view.known_at), view.known_at, Side::Forward)
        }
        Event::Extended => {
            // What was extended before is announced with its extension.
            let extended = view.extended_at.filter(|at| *at > view.known_at)?;
            (Anchor::At("extended", extended), From::Event(extended), extended, Side::Forward)
        }
        Event::WhileBlocked => {
            if view.work != Work::Blocked {
                return None;
            }
            let blocked = view.replies.iter().rev().find(|reply| reply.kind == ReplyKind::Blocked)?;
            (Anchor::At("blocked", blocked.at), From::Event(blocked.at), blocked.at, Side::Forward)
        }
        Event::BehindPace(points) => {
            let figure = behind_since(view, ctx, *points)?;
            let base = recorded_at(view, figure);
            let moment = step.when.at.map_or(base, |at| at_time(ctx, ctx.rules.calendar.date_of(base), at).max(base));
            (Anchor::On("pace", figure.as_of), From::Event(base), moment, Side::Forward)
        }
    };
    Some(wanted(Slot { anchor, from, counted: moment, at: out_of_rest(ctx, moment, side) }))
}

/// The key of an occurrence of a step; without an anchor where it has no moment.
pub fn key_of(view: &AssignmentView, ctx: &Context<'_>, step: &Step, occurrence: u16) -> ReminderKey {
    let anchor = first_slot(view, ctx, step).map(|first| first.anchor.to_string()).unwrap_or_default();
    ReminderKey { step: step.reference(), anchor, occurrence }
}

/// The slot of the occurrence that follows one recorded at `due_at`.
pub(super) fn next_slot(
    view: &AssignmentView,
    ctx: &Context<'_>,
    step: &Step,
    occurrence: u16,
    due_at: Timestamp,
) -> Option<Timestamp> {
    use crate::domain::policy::Digest;
    let calendar = &ctx.rules.calendar;
    if let Event::EveryWhileUndated(days) = step.when.event {
        let days = u32::from(days.max(1)) * u32::from(occurrence);
        let date = calendar.nth_working_day_after(calendar.date_of(view.known_at), days);
        return Some(out_of_rest(ctx, on_day(ctx, date, step.when.at), Side::Forward));
    }
    if let Some(repeat) = &step.repeat {
        let moment = after(ctx, due_at, repeat.every, step.when.at);
        return Some(digest_slot(ctx, step, out_of_rest(ctx, moment, Side::Forward)));
    }
    match step.digest? {
        Digest::Daily => {
            let tomorrow = calendar.nth_working_day_after(calendar.date_of(due_at), 1);
            Some(calendar.opening_of(&ctx.policy.hours, tomorrow))
        }
        Digest::Weekly => Some(calendar.weekly_opening_after(&ctx.policy.hours, due_at + SignedDuration::from_millis(1))),
    }
}

/// The digest a step waits for; the moment itself when it waits for none.
pub(super) fn digest_slot(ctx: &Context<'_>, step: &Step, moment: Timestamp) -> Timestamp {
    use crate::domain::policy::Digest;
    let calendar = &ctx.rules.calendar;
    match step.digest {
        None => moment,
        Some(Digest::Daily) => {
            let day = calendar.first_working_day_on_or_after(calendar.date_of(moment));
            let opening = calendar.opening_of(&ctx.policy.hours, day);
            if opening >= moment {
                opening
            } else {
                calendar.opening_of(&ctx.policy.hours, calendar.nth_working_day_after(day, 1))
            }
        }
        Some(Digest::Weekly) => calendar.weekly_opening_after(&ctx.policy.hours, moment),
    }
}

/// `amount` after an instant: days give the opening of the day (or `at`), hours and minutes the instant itself.
pub(super) fn after(ctx: &Context<'_>, base: Timestamp, amount: Amount, at: Option<Time>) -> Timestamp {
    let calendar = &ctx.rules.calendar;
    match amount.unit {
        Unit::WorkingDays | Unit::Days if amount.count == 0 => base,
        Unit::WorkingDays => on_day(ctx, calendar.nth_working_day_after(calendar.date_of(base), u32::from(amount.count)), at),
        Unit::Days => on_day(ctx, plus_days(calendar.date_of(base), i64::from(amount.count)), at),
        Unit::WorkingHours => calendar.add_working_minutes(base, u32::from(amount.count) * 60),
        Unit::Hours => base + SignedDuration::from_hours(i64::from(amount.count)),
        Unit::Minutes => base + SignedDuration::from_mins(i64::from(amount.count)),
    }
}

/// After its courtesy left, a step follows that much later, in the hours of its policy.
pub fn after_courtesy(ctx: &Context<'_>, courtesy_due: Timestamp, wait: Amount) -> Timestamp {
    out_of_rest(ctx, after(ctx, courtesy_due, wait, None), Side::Forward)
}

/// When a step is meant to leave whose courtesy was due then: after its wait, or with the digest it stands in.
pub fn follows_courtesy(ctx: &Context<'_>, step: &Step, courtesy_due: Timestamp, wait: Amount) -> Timestamp {
    digest_slot(ctx, step, after_courtesy(ctx, courtesy_due, wait))
}

fn before_deadline(deadline: &Deadline, ctx: &Context<'_>, amount: Amount, at: Option<Time>) -> Timestamp {
    let calendar = &ctx.rules.calendar;
    let end = || match deadline.time {
        Some(_) => deadline.end(calendar, ctx.rules.before_date),
        None => calendar.instant(deadline.last_day, 1440),
    };
    match amount.unit {
        Unit::WorkingDays => on_day(ctx, calendar.nth_working_day_before(deadline.last_day, u32::from(amount.count)), at),
        Unit::Days => on_day(ctx, plus_days(deadline.last_day, -i64::from(amount.count)), at),
        Unit::WorkingHours => calendar.sub_working_minutes(end(), u32::from(amount.count) * 60),
        Unit::Hours => end() - SignedDuration::from_hours(i64::from(amount.count)),
        Unit::Minutes => end() - SignedDuration::from_mins(i64::from(amount.count)),
    }
}

fn after_deadline(deadline: &Deadline, ctx: &Context<'_>, amount: Amount, at: Option<Time>) -> Timestamp {
    let calendar = &ctx.rules.calendar;
    let day = day_after_counts_from(ctx, deadline);
    match amount.unit {
        Unit::WorkingDays => on_day(ctx, calendar.nth_working_day_after(day, u32::from(amount.count)), at),
        Unit::Days => on_day(ctx, plus_days(day, i64::from(amount.count)), at),
        Unit::WorkingHours | Unit::Hours | Unit::Minutes => {
            after(ctx, deadline.end(calendar, ctx.rules.before_date), amount, None)
        }
    }
}

/// The day that "N after deadline" counts from.
fn day_after_counts_from(ctx: &Context<'_>, deadline: &Deadline) -> Date {
    if deadline.time.is_some() { deadline.last_day } else { deadline.base_after(ctx.rules.before_date) }
}

fn on_day(ctx: &Context<'_>, date: Date, at: Option<Time>) -> Timestamp {
    at.map_or_else(|| ctx.rules.calendar.opening_of(&ctx.policy.hours, date), |at| at_time(ctx, date, at))
}

fn at_time(ctx: &Context<'_>, date: Date, at: Time) -> Timestamp {
    ctx.rules.calendar.instant(date, u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs()))
}

fn plus_days(date: Date, days: i64) -> Date {
    date.saturating_add(SignedDuration::from_hours(24 * days))
}

/// Which way a moment in rest time moves.
#[derive(Clone, Copy)]
enum Side {
    /// To the opening of the last working day before it.
    Back,
    /// To the next opening.
    Forward,
}

fn out_of_rest(ctx: &Context<'_>, moment: Timestamp, side: Side) -> Timestamp {
    let calendar = &ctx.rules.calendar;
    let hours = &ctx.policy.hours;
    if calendar.is_open(hours, moment) {
        return moment;
    }
    match side {
        Side::Back => calendar.opening_of_last_working_day_before(hours, moment),
        Side::Forward => calendar.next_opening(hours, moment),
    }
}

/// The assignment itself, or the moment its head handed it to a member, another unit took it over or it was transferred here:
/// who acts now is told as of anew.
fn assigned(view: &AssignmentView) -> (Anchor<'static>, Timestamp) {
    let handed_on = |reply: &&Reply| matches!(reply.kind, ReplyKind::Assign | ReplyKind::Transfer);
    let handed = view.replies.iter().rev().find(handed_on).map(|reply| reply.at);
    match handed.max(view.inherited_at).filter(|at| *at >= view.known_at) {
        Some(at) => (Anchor::At("assigned", at), at),
        None => (ASSIGNED, view.known_at),
    }
}

/// When the unit last reported done, while that report stands.
fn reported_done(view: &AssignmentView) -> Option<Timestamp> {
    if view.work != Work::ReportedDone {
        return None;
    }
    view.replies.iter().rev().find(|reply| reply.kind == ReplyKind::Done).map(|reply| reply.at)
}

/// The anchor of a step's first settled occurrence, and when it settled.
fn delivered_step<'a>(view: &'a AssignmentView, ctx: &Context<'a>, name: &str) -> Option<(Anchor<'a>, Timestamp)> {
    let step = ctx.policy.steps.iter().find(|step| step.name == name)?;
    if view.reminders.is_empty() {
        return None;
    }
    // A step cannot count from itself through others: config refuses circles, so this ends.
    let anchor = first_slot(view, ctx, step)?.anchor;
    let key = ReminderKey { step: StepRef::Step(name.to_owned()), anchor: anchor.to_string(), occurrence: 1 };
    let recorded = view.reminders.get(&key)?;
    match recorded.state {
        ReminderState::Delivered | ReminderState::Undeliverable => Some((anchor, recorded.settled_at?)),
        _ => None,
    }
}

/// A figure counts from its recording, but never from before the assignment was known.
fn recorded_at(view: &AssignmentView, figure: Figure) -> Timestamp {
    Timestamp::from_millisecond(figure.recorded_at_ms).unwrap_or(view.known_at).max(view.known_at)
}

/// The first figure of the present run of figures that all lie that many points behind the pace.
fn behind_since(view: &AssignmentView, ctx: &Context<'_>, points: u16) -> Option<Figure> {
    let target = view.target.as_ref()?;
    let span = pace_span(view);
    let mut figures = view.figures.clone();
    figures.sort_by_key(|figure| figure.as_of);
    let behind = |figure: &&Figure| {
        target
            .points_behind(**figure, span, &view.figures, &ctx.rules.calendar)
            .is_some_and(|gap| gap + 1e-9 >= f64::from(points))
    };
    figures.iter().rev().take_while(behind).last().copied()
}

/// The days the pace of this assignment runs between.
pub fn pace_span(view: &AssignmentView) -> PaceSpan {
    PaceSpan {
        from: view.deadline.and_then(|deadline| deadline.from).unwrap_or(view.dispatch_date),
        to: view.deadline.map(|deadline| deadline.last_day),
    }
}
