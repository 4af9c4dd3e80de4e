//! Which steps are due for an assignment at a minute.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::Expected;
use super::calendar::{DAY, Hours, Minute};
use super::office::{Office, Twist};
use super::record::{Anchor, Outcome, Record, Rung, Work};
use super::world::{Digest, Policy, Role, Step, Unless, When};

/// On time is what leaves less than an hour after its moment.
const ON_TIME: i64 = 60;

/// A step with a moment that is not over.
#[derive(Clone, Debug)]
struct Coming<'a> {
    step: &'a Step,
    /// Its place in the policy.
    place: usize,
    anchor: Anchor,
    occurrence: u16,
    moment: Minute,
}

fn is_reminder(step: &Step) -> bool {
    step.to.contains(&Role::Assignee)
}

/// A rung of the ladder; the others are the monitor's clock and the reviews.
fn is_ladder(step: &Step) -> bool {
    !matches!(step.when, When::DaysAfterReportedDone(_) | When::EveryDaysWhileUndated(_))
}

impl Office {
    /// Sends what is due for an assignment in this minute.
    pub fn look(&mut self, record: usize, now: Minute) {
        // Bounded by the steps of the policy: each turn ends one.
        if self.records[record].standing.is_over() || self.is_down(now) {
            return;
        }
        for _ in 0..64 {
            let hours = self.hours(&self.records[record]);
            if !self.is_open(&hours, now) {
                let next = self.next_open(&hours, now);
                self.wakes.insert(next);
                return;
            }
            if !self.turn(record, &hours, now) {
                return;
            }
        }
        panic!("{:?} never comes to rest", self.records[record].name);
    }

    /// Whether something happened.
    fn turn(&mut self, record: usize, hours: &Hours, now: Minute) -> bool {
        let policy = Rc::clone(self.policy(&self.records[record]));
        let coming: Vec<Coming<'_>> = policy.steps.iter().enumerate().filter_map(|(place, step)| self.coming(record, place, step)).collect();
        if self.miss(record, &coming, &policy, now) {
            return true;
        }
        let wanted: Vec<&Coming<'_>> = coming.iter().filter(|one| self.is_wanted(record, one, now)).collect();
        let others: Vec<&Coming<'_>> = wanted.iter().filter(|one| !is_ladder(one.step) && one.moment <= now).copied().collect();
        if let Some(one) = others.first() {
            return self.send(record, one, now);
        }
        let ladder: Vec<&Coming<'_>> = wanted.iter().filter(|one| is_ladder(one.step)).copied().collect();
        let past: Vec<&Coming<'_>> = ladder.iter().filter(|one| one.moment <= now).copied().collect();
        // Replies: a broken promise brings the next step at once.
        let promise = self.records[record].standing.promise;
        if let Some(promise) = promise.filter(|promise| *promise <= now && !self.records[record].broken.contains(promise)) {
            self.records[record].broken.push(promise);
            if past.is_empty() {
                let Some(moment) = ladder.iter().map(|one| one.moment).min() else { return true };
                for one in ladder.iter().filter(|one| one.moment == moment) {
                    self.send(record, one, now);
                }
            }
            return true;
        }
        // A digest waits for its own opening and keeps nobody else waiting until then.
        let ready: Vec<&Coming<'_>> =
            past.iter().copied().filter(|one| one.step.digest.is_none() || self.in_digest(one.step, now) == now || self.twist == Twist::HoldsNoDigest).collect();
        self.remind(record, &past, now) || self.escalate(record, &ready, hours, now)
    }

    /// Arrival and return from downtime: the latest of the past reminders is due, the older are merged into it.
    fn remind(&mut self, record: usize, past: &[&Coming<'_>], now: Minute) -> bool {
        let reminders = || past.iter().filter(|one| is_reminder(one.step));
        let Some(latest) = reminders().map(|one| one.moment).max() else { return false };
        for one in reminders() {
            if one.moment == latest || self.twist == Twist::MergesNothing {
                self.send(record, one, now);
            } else {
                self.end(record, one, now, Outcome::Merged, BTreeSet::new());
            }
        }
        true
    }

    /// Past escalations keep their order.
    fn escalate(&mut self, record: usize, past: &[&Coming<'_>], hours: &Hours, now: Minute) -> bool {
        let first = past.iter().filter(|one| !is_reminder(one.step)).min_by_key(|one| (one.moment, one.place));
        let Some(first) = first else { return false };
        // A courtesy was given: the step follows, unless answered.
        let given = self.records[record]
            .courtesy
            .iter()
            .find(|(step, anchor, occurrence, ..)| *step == first.step.name && *anchor == first.anchor && *occurrence == first.occurrence)
            .cloned();
        if let Some((.., given_at, follows)) = given {
            if self.records[record].standing.last_answer.is_some_and(|answer| answer > given_at) {
                self.end(record, first, now, Outcome::Answered, BTreeSet::new());
                return true;
            }
            if now < follows {
                return false;
            }
            return self.send(record, first, now);
        }
        let wait = self.wait_of(record, first, hours);
        if now < wait {
            self.wakes.insert(wait);
            return false;
        }
        if let Some(follows) = self.courtesy(record, first, now) {
            self.wakes.insert(follows);
            return true;
        }
        self.send(record, first, now)
    }

    /// Arrival: one working day after the rung that left later than this one's moment; a quarter of the time left at most where every
    /// hour is open.
    fn wait_of(&self, record: usize, one: &Coming<'_>, hours: &Hours) -> Minute {
        // Digest: an item that stands in it already stays in each.
        if one.step.digest.is_some() && one.occurrence > 1 || self.twist == Twist::WaitsForNobody {
            return one.moment;
        }
        let known = &self.records[record];
        let later = |rung: &&Rung| {
            matches!(rung.outcome, Outcome::Left | Outcome::NobodyFound) && if rung.is_late { rung.left >= one.moment } else { rung.due.max(rung.moment) > one.moment }
        };
        let rungs = known.rungs.iter().filter(|rung| rung.is_ladder && rung.step != one.step.name).filter(later).map(|rung| rung.left);
        let returned = known.returned_told.iter().copied().filter(|told| *told >= one.moment);
        let Some(left) = rungs.chain(returned).max() else { return one.moment };
        let working_day = self.days.opening(self.days.after(left.div_euclid(DAY), 1));
        match (hours, known.due) {
            (Hours::Always, Some(due)) => working_day.min(left + (due.end - left).max(0) / 4),
            _ => working_day,
        }
    }

    /// Gives the courtesy of a step, when it has one; answers when the step follows.
    fn courtesy(&mut self, record: usize, one: &Coming<'_>, now: Minute) -> Option<Minute> {
        let hours = one.step.courtesy_hours.filter(|_| self.twist != Twist::ForgetsCourtesy)?;
        let known = &self.records[record];
        let today = now.div_euclid(DAY);
        let assignees = self.people.of_role(Role::Assignee, &known.name.unit, &known.coordinating, today);
        let (to, was_told) = self.recipients(record, one.step, today);
        if was_told || to.iter().any(|person| assignees.contains(person)) {
            return None;
        }
        let base = if now - one.moment < ON_TIME { one.moment } else { now };
        let mut follows = base;
        for _ in 0..i64::from(hours) * 60 {
            follows = self.next_open(&Hours::Office, follows) + 1;
        }
        let follows = self.next_open(&self.hours(known), follows);
        let (name, assignment) = (one.step.name.clone(), known.name.clone());
        self.records[record].courtesy.push((name.clone(), one.anchor, one.occurrence, now, follows));
        for person in assignees {
            let step = format!("courtesy:{name}");
            self.sent.push(Expected { at: now, person, kind: "action", assignment: assignment.clone(), step });
        }
        Some(follows)
    }

    /// Whom a step tells, and whether all of them were told by a lower step.
    fn recipients(&self, record: usize, step: &Step, today: i64) -> (BTreeSet<String>, bool) {
        let known = &self.records[record];
        let standing = &known.standing;
        let of = |roles: &[Role]| {
            let all = roles.iter().flat_map(|role| self.people.of_role(*role, &known.name.unit, &known.coordinating, today));
            all.collect::<BTreeSet<_>>()
        };
        // Not ours: muted for that person.
        let heard = |people: BTreeSet<String>| people.into_iter().filter(|person| !standing.muted.contains(person)).collect();
        let to = of(&step.to);
        let told = known.told_by_others(&step.name);
        let was_told = !is_reminder(step) && !to.is_empty() && to.iter().all(|person| told.contains(person));
        if was_told && !step.or_else.is_empty() && self.twist != Twist::NeverElse {
            let instead = of(&step.or_else);
            if !instead.is_empty() {
                return (heard(instead), true);
            }
        }
        (heard(to), was_told)
    }

    fn send(&mut self, record: usize, one: &Coming<'_>, now: Minute) -> bool {
        let today = now.div_euclid(DAY);
        let (to, _) = self.recipients(record, one.step, today);
        let known = &self.records[record];
        let standing = &known.standing;
        let copies = one.step.copy.iter().flat_map(|role| self.people.of_role(*role, &known.name.unit, &known.coordinating, today));
        let copies: BTreeSet<String> = copies.filter(|person| !to.contains(person) && !standing.muted.contains(person)).collect();
        let kind = if one.step.digest.is_some() { "digest" } else { "action" };
        let (assignment, step) = (known.name.clone(), one.step.name.clone());
        let all = to.iter().map(|person| (person, kind)).chain(copies.iter().map(|person| (person, "copy")));
        let sent: Vec<Expected> = all
            .map(|(person, kind)| Expected { at: now, person: person.clone(), kind, assignment: assignment.clone(), step: step.clone() })
            .collect();
        self.sent.extend(sent);
        let outcome = if to.is_empty() { Outcome::NobodyFound } else { Outcome::Left };
        self.end(record, one, now, outcome, to);
        true
    }

    fn end(&mut self, record: usize, one: &Coming<'_>, now: Minute, outcome: Outcome, told: BTreeSet<String>) {
        // What became known in rest time is told at the opening: what is due by then has passed.
        let waited = one.step.when == When::OnAssignment && now - self.records[record].known >= ON_TIME;
        let is_late = waited || now - one.moment >= ON_TIME;
        self.records[record].rungs.push(Rung {
            step: one.step.name.clone(),
            anchor: one.anchor,
            occurrence: one.occurrence,
            moment: one.moment,
            due: if is_late { now } else { one.moment },
            left: now,
            is_late,
            outcome,
            is_ladder: is_ladder(one.step),
            told,
        });
    }

    /// Rule edits: a moment before the step held is missed, unless the assignment became known later than the rule.
    fn miss(&mut self, record: usize, coming: &[Coming<'_>], policy: &Policy, now: Minute) -> bool {
        let mut any = false;
        for one in coming.iter().filter(|one| one.moment <= now && one.occurrence == 1) {
            let since = self.holds_since(policy, one.step);
            if one.moment < since && self.records[record].known < since && self.twist != Twist::IsRetroactive {
                self.end(record, one, now, Outcome::Missed, BTreeSet::new());
                any = true;
            }
        }
        any
    }

    /// The next occurrence of a step.
    fn coming<'a>(&self, record: usize, place: usize, step: &'a Step) -> Option<Coming<'a>> {
        let known = &self.records[record];
        let (anchor, first) = self.first_moment(known, step)?;
        let (occurrence, moment) = match known.last_of(&step.name, anchor) {
            None => (1, first),
            Some(last) => (last.occurrence + 1, self.next_moment(known, step, last)?),
        };
        let moment = self.in_digest(step, moment);
        Some(Coming { step, place, anchor, occurrence, moment })
    }

    /// Counting: the anchor and the first moment.
    fn first_moment(&self, known: &Record, step: &Step) -> Option<(Anchor, Minute)> {
        let days = &self.days;
        let hours = self.hours(known);
        let first = i64::from(self.twist == Twist::CountsTheFirstDay);
        let after = |from: i64, count: u16| if count == 0 { from } else { days.after(from - first, usize::from(count)) };
        let of_due = |known: &Record| known.due.map(|due| (Anchor::Deadline(due.end), due));
        let known_day = known.known.div_euclid(DAY);
        // Undated duties are announced and reviewed and never climb the ladder.
        if known.due.is_none() && !matches!(step.when, When::OnAssignment | When::EveryDaysWhileUndated(_) | When::DaysAfterReportedDone(_)) {
            return None;
        }
        Some(match step.when {
            When::OnAssignment => (Anchor::Assignment, self.next_open(&hours, known.known)),
            When::MinutesAfterAssignment(minutes) => (Anchor::Assignment, self.next_open(&hours, known.known + i64::from(minutes))),
            When::DaysAfterAssignment(count) => (Anchor::Assignment, days.opening(after(known_day, count))),
            When::DaysBeforeDeadline(count) => {
                let (anchor, due) = of_due(known)?;
                (anchor, days.opening(days.before(due.day, usize::from(count))))
            }
            When::OnDeadline => {
                // Rest time: back to the opening of the last working day before it.
                let (anchor, due) = of_due(known)?;
                (anchor, days.opening(days.before(due.day + 1, 1)))
            }
            When::DaysAfterDeadline(count) => {
                let (anchor, due) = of_due(known)?;
                (anchor, days.opening(after(due.day, count)))
            }
            When::DaysAfterReportedDone(count) => {
                let done = known.standing.done?;
                (Anchor::Done(done), days.opening(after(done.div_euclid(DAY), count)))
            }
            When::DaysWithoutReport(count) => {
                let from = known.standing.reports.last().copied().unwrap_or(known.known);
                (Anchor::Report(from), days.opening(after(from.div_euclid(DAY), count)))
            }
            When::EveryDaysWhileUndated(count) => {
                if known.due.is_some() {
                    return None;
                }
                (Anchor::Undated, days.opening(after(known_day, count)))
            }
        })
    }

    /// Repeat and digest: when the step comes again.
    fn next_moment(&self, known: &Record, step: &Step, last: &Rung) -> Option<Minute> {
        let from = last.due.div_euclid(DAY);
        if let When::EveryDaysWhileUndated(count) = step.when {
            return Some(self.days.opening(self.days.after(from, usize::from(count))));
        }
        let Some(repeat) = step.repeat else {
            // Digest: the item stays in each until its `unless` holds.
            step.digest?;
            return Some(self.days.opening(self.days.after(from, 1)));
        };
        if last.occurrence >= repeat.max {
            return None;
        }
        // Repeat: ends when a later step was delivered.
        let of_this = known.rungs.iter().filter(|rung| rung.step == step.name && rung.anchor == last.anchor).map(|rung| rung.moment).min();
        let first = of_this.unwrap_or(last.moment);
        let next = self.days.opening(self.days.after(from, usize::from(repeat.every_days)));
        let later = known.rungs.iter().filter(|rung| rung.is_ladder && rung.step != step.name && rung.outcome == Outcome::Left && rung.moment > first);
        // What is of the same moment was not delivered before.
        let mut before = later.filter(|rung| rung.left >= last.left);
        if before.any(|rung| rung.moment != next) && self.twist != Twist::RepeatsOn { None } else { Some(next) }
    }

    /// Digest: daily waits for the next opening, weekly for the opening of the week's first working day.
    fn in_digest(&self, step: &Step, moment: Minute) -> Minute {
        let day = moment.div_euclid(DAY);
        let at_or_after = |day: i64| if self.days.opening(day) < moment { day + 1 } else { day };
        let worked = |day: i64| self.days.after(day - 1, 1);
        match step.digest {
            None => moment,
            Some(_) if self.twist == Twist::HoldsNoDigest => moment,
            Some(Digest::Daily) => self.days.opening(worked(at_or_after(day))),
            Some(Digest::Weekly) => {
                let is_first = |day: i64| {
                    let monday = day - i64::try_from(super::calendar::weekday(day)).expect("a weekday");
                    self.days.is_worked(day) && (monday..day).all(|before| !self.days.is_worked(before))
                };
                let day = (at_or_after(day)..day + 100).find(|day| is_first(*day)).expect("a week with work");
                self.days.opening(day)
            }
        }
    }

    /// `unless`, holds, promises, disputes, blocks: whether a step may be sent at all now.
    fn is_wanted(&self, record: usize, one: &Coming<'_>, now: Minute) -> bool {
        let known = &self.records[record];
        let (step, standing) = (one.step, &known.standing);
        let is_monitors = matches!(step.when, When::DaysAfterReportedDone(_));
        if standing.is_over() {
            return false;
        }
        if is_monitors {
            return standing.work == Work::ReportedDone;
        }
        // Done: the ladder stops.
        if standing.work == Work::ReportedDone && self.twist != Twist::PressesTheDone {
            return false;
        }
        let unless = match step.unless {
            Unless::Acknowledged => standing.is_acknowledged,
            Unless::Reported => {
                let since = known.rungs.iter().filter(|rung| rung.outcome == Outcome::Left).map(|rung| rung.left).max().unwrap_or(known.known);
                standing.reports.iter().any(|report| *report > since)
            }
            Unless::Completed => standing.is_completed() && self.twist != Twist::PressesTheDone,
            Unless::Accepted => standing.work == Work::Accepted,
        };
        if unless {
            return false;
        }
        if !is_ladder(step) {
            return true;
        }
        let is_before = |until: Option<Minute>| until.is_some_and(|until| now < until);
        if is_before(standing.promise) && self.twist != Twist::TrustsNoPromise || is_before(standing.hold) || is_before(standing.dispute) {
            return false;
        }
        is_reminder(step) || !(standing.work == Work::Blocked && is_before(standing.block))
    }
}
