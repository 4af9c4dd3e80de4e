//! `plan` itself: candidates → silence → order → due.

use jiff::{SignedDuration, Timestamp};

use super::ear::{Candidate, Deaf, Decided, Ear, Planning};
use super::house::{policy_informs, with_house};
use super::moment::{after, after_courtesy, digest_slot, key_of, moment_of, next_slot};
use super::pause::{Promise, block, is_standing_answer, promise};
use super::people::{Courtesy, address};
use super::silence::{holds, is_ladder, silenced};
use super::wanted::still_wanted;
use super::{AssignmentView, Context, Decision, DueReminder, Plan, Reason, Recorded};
use crate::domain::amount::Amount;
use crate::domain::calendar::Hours;
use crate::domain::policy::{Event, Step};
use crate::domain::reminder::{Notice, ReminderKey, ReminderState, StepRef};

/// What is due for one assignment at `ctx.now`, and when to look again. Nothing is allocated while nothing is to be recorded.
pub fn plan(view: &AssignmentView, ctx: &Context<'_>) -> Plan {
    planned(view, ctx, Deaf).plan
}

/// The same with the decision about each step, those of the house included: exactly one each.
pub fn decide(view: &AssignmentView, ctx: &Context<'_>) -> (Plan, Vec<Decision>) {
    let Planning { plan, ear } = planned(view, ctx, Vec::new());
    (plan, ear)
}

fn planned<E: Ear>(view: &AssignmentView, ctx: &Context<'_>, ear: E) -> Planning<E> {
    let mut plan = Planning { plan: Plan::default(), ear };
    let now = ctx.now;
    let promise = promise(view, ctx);
    let is_broken = matches!(promise, Promise::Broken { .. });
    let pause = view.paused_until.filter(|until| *until > now);
    let block = block(view, now);
    let mut free = Vec::new();
    for step in with_house(ctx.policy) {
        let Some(candidate) = candidate(view, ctx, step, &mut plan) else { continue };
        // What the promise, the pause or the block holds back waits for its end, whatever its moment.
        let held_until = match (&promise, pause) {
            _ if !is_ladder(&candidate.step.when.event) => None,
            (Promise::Holds { until }, _) => Some((*until, Reason::HeldByPromise)),
            (_, Some(until)) => Some((until, Reason::Paused)),
            _ if !candidate.step.is_reminder() => block.map(|until| (until, Reason::HeldByBlock)),
            _ => None,
        };
        match held_until {
            Some((until, reason)) => plan.waits(&candidate, reason, until),
            None if candidate.slot > now && !is_broken => plan.ahead(&candidate),
            None => free.push(candidate),
        }
    }
    // A stable sort: steps of one moment keep the order of the config.
    free.sort_by_key(|candidate| candidate.slot);
    if is_broken && plan.plan.passed.iter().any(|(.., state)| *state == ReminderState::Missed) {
        // What was missed just now comes again perhaps: which step is next is seen when it is looked again. What of this moment would be
        // merged into that one does not leave before.
        for candidate in free {
            plan.waits(&candidate, Reason::Ahead, candidate.slot.max(now));
        }
        return plan;
    }
    // A step whose moment has passed comes now anyway; parted from the others of that moment it would be a rung of its own.
    if let Promise::Broken { at } = promise
        && let Some(next) = free.iter_mut().find(|candidate| is_ladder(&candidate.step.when.event))
        && next.slot > now
    {
        next.slot = at;
        free.sort_by_key(|candidate| candidate.slot);
    }
    let past = free.partition_point(|candidate| candidate.slot <= now);
    for candidate in free.drain(past..) {
        plan.ahead(&candidate);
    }
    let past = free;
    if past.is_empty() {
        return plan;
    }
    let opening = ctx.rules.calendar.next_opening(&ctx.policy.hours, now);
    if opening > now {
        // Nothing leaves outside the hours; everything is looked at again at the opening, in the state of then.
        for candidate in past {
            plan.waits(&candidate, Reason::Ahead, opening);
        }
        return plan;
    }
    release(view, ctx, past, promise, &mut plan);
    plan
}

/// Decides among the candidates whose moment has come, in an open hour.
fn release<E: Ear>(view: &AssignmentView, ctx: &Context<'_>, past: Vec<Candidate<'_>>, promise: Promise, plan: &mut Planning<E>) {
    let came = |candidate: &Candidate<'_>| {
        if matches!(promise, Promise::Broken { .. }) && is_ladder(&candidate.step.when.event) {
            Reason::PromiseBroken
        } else if is_late(candidate.slot, ctx.now) {
            Reason::CaughtUp
        } else {
            Reason::MomentCame
        }
    };
    // The monitor's clock, what the house tells, a review told to others and an item that stands in its digest already are
    // no rungs: they neither wait for the ladder nor merge with it.
    let (rungs, others): (Vec<_>, Vec<_>) = past.into_iter().partition(|candidate| match candidate.step.when.event {
        Event::AfterReportedDone(_) | Event::BecameKnown | Event::Extended | Event::WhileBlocked => false,
        Event::EveryWhileUndated(_) => candidate.step.is_reminder(),
        _ => candidate.step.digest.is_none() || candidate.occurrence == 1,
    });
    for candidate in others {
        let reason = came(&candidate);
        plan.release(view, ctx, &candidate, reason);
    }
    // Steps of one moment are one rung and go together; only moments that passed one by one are caught up with.
    let alone = rungs.windows(2).all(|pair| pair[0].slot == pair[1].slot);
    let (reminders, escalations): (Vec<_>, Vec<_>) = rungs.into_iter().partition(|candidate| candidate.step.is_reminder());
    let latest = reminders.last().map(|candidate| candidate.slot);
    let is_early = latest.is_some_and(|slot| waits_for_lower(view, ctx, slot));
    for candidate in reminders {
        if is_early {
            plan.decide(&candidate, Reason::WaitsForLowerRung);
        } else if Some(candidate.slot) == latest {
            let reason = came(&candidate);
            plan.release(view, ctx, &candidate, reason);
        } else {
            plan.decide(&candidate, Reason::Merged);
            plan.plan.passed.push((candidate.key(view, ctx), candidate.slot, ReminderState::Merged));
        }
    }
    let told_first = latest.is_some() && !alone;
    let mut turn: Option<Timestamp> = None;
    for candidate in escalations {
        // Rungs of one moment are one rung; a later one waits until the one before is settled.
        if told_first
            || turn.is_some_and(|earlier| earlier != candidate.slot)
            || waits_for_lower(view, ctx, candidate.slot)
            || waits_for_caught_up(view, ctx, candidate.slot)
        {
            plan.decide(&candidate, Reason::WaitsForLowerRung);
            turn.get_or_insert(candidate.slot);
            continue;
        }
        match its_turn(view, ctx, &candidate) {
            Some(at) if at > ctx.now => plan.waits(&candidate, Reason::WaitsItsTurn, at),
            in_turn => {
                let reason = if in_turn.is_some() { Reason::CaughtUpInTurn } else { came(&candidate) };
                turn = Some(candidate.slot);
                plan.release(view, ctx, &candidate, reason);
                continue;
            }
        }
        turn = Some(candidate.slot);
    }
}

impl<E: Ear> Planning<E> {
    /// Queues the candidate, or its courtesy first.
    fn release(&mut self, view: &AssignmentView, ctx: &Context<'_>, candidate: &Candidate<'_>, reason: Reason) {
        let now = ctx.now;
        // What leaves about on time is due since its slot, so that a few late seconds never look like a later rung.
        let in_time = reason == Reason::MomentCame;
        let mut due = DueSince { due_at: if in_time { candidate.slot } else { now }, reason };
        match self.courtesy(view, ctx, candidate, due) {
            Err(kept) => return self.ear.hear(candidate.step, candidate.occurrence, Some(candidate.slot), kept),
            Ok(Some(meant)) => due = due.after_courtesy(meant, now),
            Ok(None) => {}
        }
        if announces_digest(candidate.step) && candidate.occurrence == 1 {
            let leaves = waiting_for_digest(ctx, candidate.step, digest_slot(ctx, candidate.step, due.due_at));
            if leaves > now {
                return self.waits(candidate, Reason::Ahead, leaves);
            }
            due.due_at = leaves;
        }
        self.decide(candidate, due.reason);
        self.plan.due.push(DueReminder {
            key: candidate.key(view, ctx),
            moment: candidate.slot,
            due_at: due.due_at,
            reason: due.reason,
        });
    }

    /// What keeps a step back that announces itself to the assignee first; else when it is meant to follow its courtesy,
    /// and whether that left in time, or `None` where none is owed.
    fn courtesy(
        &mut self,
        view: &AssignmentView,
        ctx: &Context<'_>,
        candidate: &Candidate<'_>,
        due: DueSince,
    ) -> Result<Option<DueSince>, Decided> {
        let now = ctx.now;
        let step = candidate.step;
        // An item of a digest is announced once, not before each of them.
        let Some(wait) = step.courtesy.filter(|_| step.digest.is_none() || candidate.occurrence == 1) else {
            return Ok(None);
        };
        let leaves = |follows| if announces_digest(step) { digest_slot(ctx, step, follows) } else { follows };
        let key = ReminderKey { step: StepRef::Courtesy(step.name.clone()), ..candidate.key(view, ctx) };
        let Some(courtesy) = recorded(view, &key) else {
            let today = ctx.rules.calendar.date_of(now);
            if address(view, step, ctx.directory, today).courtesy == Courtesy::NotOwed {
                return Ok(None);
            }
            let follows = after_courtesy(ctx, due.due_at, wait).max(now);
            self.look_again(follows);
            self.plan.due.push(DueReminder { key, moment: candidate.slot, due_at: due.due_at, reason: due.reason });
            return Err(Decided::until(Reason::WaitsForCourtesy, leaves(follows)));
        };
        if view.replies.iter().any(|reply| is_standing_answer(reply, ctx) && reply.at >= courtesy.due_at) {
            self.plan.passed.push((candidate.key(view, ctx), candidate.slot, ReminderState::Answered));
            // The occurrence after this one has a moment of its own.
            self.look_again(now);
            return Err(Decided::of(Reason::Answered));
        }
        let follows = after_courtesy(ctx, courtesy.due_at, wait);
        if follows > now {
            self.look_again(follows);
            return Err(Decided::until(Reason::WaitsForCourtesy, leaves(follows)));
        }
        let in_time = !is_late(courtesy.moment, courtesy.due_at);
        let reason = if in_time && due.reason == Reason::CaughtUp { Reason::MomentCame } else { due.reason };
        Ok(Some(DueSince { due_at: follows, reason }))
    }
}

/// Since when a step is due, and why.
#[derive(Clone, Copy)]
struct DueSince {
    due_at: Timestamp,
    reason: Reason,
}

impl DueSince {
    /// The same step when its courtesy has passed: in time as long as it follows when it was meant to.
    fn after_courtesy(self, meant: Self, now: Timestamp) -> Self {
        if is_late(meant.due_at, now) { self } else { meant }
    }
}

/// Whether a step is announced at its own moment and then waits for a digest.
fn announces_digest(step: &Step) -> bool {
    step.digest.is_some()
        && step.courtesy.is_some()
        && !step.is_reminder()
        && !matches!(step.when.event, Event::EveryWhileUndated(_))
}

/// From when on a reminder counts as late rather than as just delayed by the machine: the longest a working machine takes.
const LATE_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// How long after its opening a digest may still leave; after that it waits for the next one.
const DIGEST_LATE_AFTER: SignedDuration = SignedDuration::from_hours(1);

fn is_late(slot: Timestamp, now: Timestamp) -> bool {
    now.duration_since(slot) >= LATE_AFTER
}

/// The next occurrence of a step that is not recorded; decides at once where there is none.
fn candidate<'a, E: Ear>(
    view: &AssignmentView,
    ctx: &Context<'_>,
    step: &'a Step,
    plan: &mut Planning<E>,
) -> Option<Candidate<'a>> {
    if let Some(reason) = silenced(view, step) {
        plan.ear.hear(step, 1, None, Decided::of(reason));
        return None;
    }
    let Some(moment) = moment_of(view, ctx, step) else {
        plan.ear.hear(step, 1, None, Decided::of(Reason::NoMoment));
        return None;
    };
    let first = waiting_for_digest(ctx, step, digest_slot(ctx, step, moment));
    let Some((occurrence, known)) = last_recorded(view, ctx, step) else {
        if matches!(step.when.event, Event::EveryWhileUndated(_)) {
            return Some(latest_review(view, ctx, step, first, None, plan));
        }
        if step.when.event == Event::BecameKnown && first <= ctx.now && policy_informs(ctx.policy) {
            // The announcement of the policy stands for it, also when the policy is another one later.
            plan.ear.hear(step, 1, Some(first), Decided::of(Reason::Merged));
            let told = Candidate { step, occurrence: 1, slot: first };
            plan.plan.passed.push((told.key(view, ctx), told.slot, ReminderState::Merged));
            return None;
        }
        let slot = if announces_digest(step) { moment } else { first };
        return first_candidate(view, ctx, Candidate { step, occurrence: 1, slot }, plan);
    };
    if let Some(reason) = repeat_ended(view, ctx, step, (occurrence, known), first) {
        plan.ear.hear(step, occurrence, Some(known.moment), Decided::of(reason));
        return None;
    }
    if matches!(step.when.event, Event::EveryWhileUndated(_)) {
        return Some(latest_review(view, ctx, step, first, Some((occurrence, known)), plan));
    }
    let slot = next_slot(view, ctx, step, occurrence + 1, counts_from(known))?;
    let mut slot = waiting_for_digest(ctx, step, slot);
    // Repeats from before a newer rule are not made up for; an item of a digest waits for the next one anyway.
    let since = view.holds_since(ctx.policy, step).map(|since| match known.state {
        ReminderState::Missed => since.step.max(since.repeats),
        _ if step.digest.is_some() || view.known_at >= since.repeats => Timestamp::MIN,
        _ => since.repeats,
    });
    while since.is_some_and(|since| slot < since)
        && let Some(next) = next_slot(view, ctx, step, occurrence + 1, slot).filter(|next| *next > slot)
    {
        slot = next;
    }
    Some(Candidate { step, occurrence: occurrence + 1, slot })
}

/// The last occurrence of a step from its present anchor that is recorded. A cancelled reminder was never sent: its key is free again.
fn last_recorded(view: &AssignmentView, ctx: &Context<'_>, step: &Step) -> Option<(u16, Recorded)> {
    if view.reminders.is_empty() || !view.reminders.keys().any(|key| key.step.is_named(&step.name)) {
        return None;
    }
    let first = key_of(view, ctx, step, 0);
    let last = ReminderKey { occurrence: u16::MAX, ..first.clone() };
    let known = view.reminders.range(first..=last).rev();
    known.filter(|(_, known)| known.state != ReminderState::Cancelled).map(|(key, known)| (key.occurrence, *known)).next()
}

/// What the occurrence after this one counts from: the moment this one was due, or when it was really told: late, after a gap, or before
/// what is left of it for others is due.
pub(super) fn counts_from(known: Recorded) -> Timestamp {
    known.settled_at.filter(|told| *told < known.due_at || is_late(known.due_at, *told)).unwrap_or(known.due_at)
}

/// A digest that was passed by waits for the next one; it never leaves between two.
fn waiting_for_digest(ctx: &Context<'_>, step: &Step, slot: Timestamp) -> Timestamp {
    if step.digest.is_some() && ctx.now.duration_since(slot) >= DIGEST_LATE_AFTER {
        digest_slot(ctx, step, ctx.now - DIGEST_LATE_AFTER + SignedDuration::from_millis(1))
    } else {
        slot
    }
}

/// Reviews that passed during a downtime are one review: the latest of them. Each comes at a multiple of its days since the duty became
/// known; where newer rules ask for other days, that is the first multiple after the review before, and none from before these rules.
fn latest_review<'a, E: Ear>(
    view: &AssignmentView,
    ctx: &Context<'_>,
    step: &'a Step,
    first: Timestamp,
    last: Option<(u16, Recorded)>,
    plan: &mut Planning<E>,
) -> Candidate<'a> {
    let slot_of = |turn| next_slot(view, ctx, step, turn, first).unwrap_or(first);
    let date_of = |at| ctx.rules.calendar.date_of(at);
    let since = view.holds_since(ctx.policy, step).map(|since| since.step).filter(|since| view.known_at < *since);
    let mut turn = 1;
    if let Some((occurrence, known)) = last {
        let gap = |turn| slot_of(turn).duration_since(known.moment).abs();
        if slot_of(occurrence) == known.moment {
            turn = occurrence.saturating_add(1);
        } else if since.is_some_and(|since| known.moment < since) {
            while turn < u16::MAX && date_of(slot_of(turn)) <= date_of(known.moment) {
                turn += 1;
            }
        } else {
            // Hours or a day off moved its turn since; it is the one nearest to where it was.
            while turn < u16::MAX && gap(turn + 1) <= gap(turn) {
                turn += 1;
            }
            turn = turn.saturating_add(1);
        }
    }
    while turn < u16::MAX && (since.is_some_and(|since| slot_of(turn) < since) || slot_of(turn + 1) <= ctx.now) {
        turn += 1;
    }
    // The next cycle takes over even from one that still waits.
    plan.look_again(slot_of(turn.saturating_add(1)));
    let unused = last.map_or(1, |(occurrence, _)| occurrence.saturating_add(1));
    Candidate { step, occurrence: turn.max(unused), slot: slot_of(turn) }
}

/// The first occurrence: missed when the rule is newer than its moment and the assignment was known before the rule.
fn first_candidate<'a, E: Ear>(
    view: &AssignmentView,
    ctx: &Context<'_>,
    candidate: Candidate<'a>,
    plan: &mut Planning<E>,
) -> Option<Candidate<'a>> {
    let since = view.holds_since(ctx.policy, candidate.step);
    if since.is_some_and(|since| view.known_at < since.step && candidate.slot < since.step) {
        plan.decide(&candidate, Reason::RuleIsNewer);
        plan.plan.passed.push((candidate.key(view, ctx), candidate.slot, ReminderState::Missed));
        // Its repeats have moments of their own.
        plan.look_again(ctx.now);
        return None;
    }
    Some(candidate)
}

/// Why a recorded step does not come again; `None` when it does.
fn repeat_ended(
    view: &AssignmentView,
    ctx: &Context<'_>,
    step: &Step,
    (occurrence, known): (u16, Recorded),
    first: Timestamp,
) -> Option<Reason> {
    if !step.comes_again() {
        return Some(Reason::AlreadyRecorded);
    }
    if known.state.is_unsettled() {
        return Some(Reason::WaitsForLowerRung);
    }
    let repeat = step.repeat.as_ref()?;
    if step.when.event == Event::WhileBlocked {
        // Whoever is named is told until the block is lifted; the monitor alone once.
        return view.parties.blocker.is_none().then_some(Reason::RepeatEnded);
    }
    // An item of a digest stays in it until its `unless` holds, whatever else was delivered.
    let overtaken = step.digest.is_none()
        && view.reminders.iter().any(|(key, other)| {
            matches!(&key.step, StepRef::Step(name) if *name != step.name && !is_monitors_clock(ctx, name))
                && other.state == ReminderState::Delivered
                && other.moment > first
                // Of two that were meant for one moment the order on the wire says nothing.
                && (other.moment >= known.moment || other.settled_at >= known.settled_at)
        });
    let ended = overtaken || occurrence >= repeat.max || repeat.until.is_some_and(|until| holds(view, step, until));
    ended.then_some(Reason::RepeatEnded)
}

/// A cancelled reminder was never sent: its key is free again.
fn recorded(view: &AssignmentView, key: &ReminderKey) -> Option<Recorded> {
    view.reminders.get(key).copied().filter(|known| known.state != ReminderState::Cancelled)
}

/// What is recorded of the ladder, and that a result was returned: the unit learns from that where it stands. The
/// monitor's own clock is no rung.
fn rungs<'a>(view: &'a AssignmentView, ctx: &Context<'_>) -> impl Iterator<Item = (&'a ReminderKey, &'a Recorded)> {
    let is_rung = |key: &ReminderKey| match &key.step {
        StepRef::Step(name) => !is_monitors_clock(ctx, name),
        StepRef::Notice(notice) => *notice == Notice::Returned,
        StepRef::Courtesy(_) => false,
    };
    view.reminders.iter().filter(move |(key, _)| is_rung(key))
}

/// The rungs that are queued or on their way. What nobody wants any more keeps nothing back: it is taken back at its next try, which a
/// door may have put off for hours.
fn unsettled<'a>(view: &'a AssignmentView, ctx: &Context<'_>) -> impl Iterator<Item = &'a Recorded> {
    let is_waited_for =
        |(key, rung): &(&ReminderKey, &Recorded)| rung.state.is_unsettled() && still_wanted(view, ctx, key).is_ok();
    rungs(view, ctx).filter(is_waited_for).map(|(_, recorded)| recorded)
}

/// Whether a step counts from the report: the monitor's own clock, which ends no repeat and holds no rung.
fn is_monitors_clock(ctx: &Context<'_>, name: &str) -> bool {
    ctx.policy.steps.iter().any(|step| step.name == name && matches!(step.when.event, Event::AfterReportedDone(_)))
}

/// Whether a lower rung is queued or on its way.
fn waits_for_lower(view: &AssignmentView, ctx: &Context<'_>, slot: Timestamp) -> bool {
    unsettled(view, ctx).any(|lower| lower.moment < slot || lower.due_at > slot)
}

/// Whether a rung left later than this one's moment, or was caught up with at it.
fn is_passed_by(view: &AssignmentView, ctx: &Context<'_>, slot: Timestamp) -> bool {
    // What was caught up with at this very moment comes first too.
    let at_once =
        |other: &Recorded| other.due_at == slot && (other.state == ReminderState::Merged || is_late(other.moment, other.due_at));
    rungs(view, ctx).any(|(_, other)| other.due_at > slot || at_once(other) || is_learnt_late(other, slot))
}

/// Told so late that whoever was to come at this moment learns of it then: after it, or at it, where it was late itself.
fn is_learnt_late(other: &Recorded, slot: Timestamp) -> bool {
    let is_after = |told| is_late(slot, told) || told >= slot && is_late(other.moment, told);
    other.state == ReminderState::Delivered && other.settled_at.is_some_and(is_after)
}

/// Whether a reminder that others were merged into at this very moment is still on its way. Looked at again before it was told, the
/// escalation would find nothing to count its day from.
fn waits_for_caught_up(view: &AssignmentView, ctx: &Context<'_>, slot: Timestamp) -> bool {
    unsettled(view, ctx).any(|other| other.due_at >= slot) && is_passed_by(view, ctx, slot)
}

/// For an escalation that was passed by: one working day after the last rung that left later than this one's moment.
/// In a policy that is always open the wait is at most a quarter of the time left.
fn its_turn(view: &AssignmentView, ctx: &Context<'_>, candidate: &Candidate<'_>) -> Option<Timestamp> {
    let slot = candidate.slot;
    if !is_passed_by(view, ctx, slot) {
        return None;
    }
    let settled = rungs(view, ctx).map(|(_, other)| other).filter(|other| other.due_at >= slot || is_learnt_late(other, slot));
    let settled = settled.filter_map(|other| other.settled_at).max()?;
    let day = after(ctx, settled, Amount::working_days(1), None);
    if ctx.policy.hours != Hours::Always {
        return Some(ctx.rules.calendar.next_opening(&ctx.policy.hours, day));
    }
    let Some(deadline) = view.deadline else { return Some(day) };
    let left = deadline.end(&ctx.rules.calendar, ctx.rules.before_date).duration_since(settled);
    // In whole minutes, so that what was caught up with together goes on together.
    let quarter = SignedDuration::from_mins((left / 4).max(SignedDuration::ZERO).as_mins());
    Some(day.min(settled + quarter))
}
