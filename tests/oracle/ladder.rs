//! Which steps are due for an assignment at a minute.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Expected;
use super::calendar::{DAY, Hours, Minute};
use super::doors::{Doors, Told};
use super::office::{Office, Twist};
use super::record::{Anchor, Outcome, Record, Returned, Rung, Work};
use super::world::{Digest, Policy, Role, Step, Unless, When};

/// On time is what leaves less than five minutes after its moment.
const ON_TIME: i64 = 5;
/// A digest may still leave in the hour after its opening; then it waits for the next.
const DIGEST_ON_TIME: i64 = 60;

/// A step with a moment that is not over.
#[derive(Clone, Debug)]
struct Coming<'a> {
    step: &'a Step,
    /// Its place in the policy.
    place: usize,
    anchor: Anchor,
    occurrence: u16,
    moment: Minute,
    /// The second of that minute: a duty may become known in the course of the one at which others of its steps come.
    second: i64,
}

impl Coming<'_> {
    fn instant(&self) -> (Minute, i64) {
        (self.moment, self.second)
    }
}

/// Told late: whoever was to come after it, or at the moment at which it was told, learns of it then.
fn is_learnt(rung: &Rung, (moment, second): (Minute, i64)) -> bool {
    let is_at_once = rung.left - rung.moment >= ON_TIME && (rung.left, rung.second) >= (moment, second);
    rung.outcome == Outcome::Left && (rung.left - moment >= ON_TIME || is_at_once)
}

fn is_reminder(step: &Step) -> bool {
    step.to.contains(&Role::Assignee)
}

/// A rung of the ladder; the others are the monitor's clock and the reviews.
fn is_ladder(step: &Step) -> bool {
    !matches!(step.when, When::DaysAfterReportedDone(_) | When::EveryDaysWhileUndated(_))
}

/// What a promise, a hold and a dispute hold back: the ladder, and not the announcement.
fn is_pressing(step: &Step) -> bool {
    is_ladder(step) && step.when != When::OnAssignment
}

impl Office {
    /// Sends what is due for an assignment in this minute.
    pub fn look(&mut self, record: usize, now: Minute) {
        if self.is_amid {
            self.unlooked.insert(record);
            return;
        }
        // Bounded by the steps of the policy: each turn ends one.
        self.revise(record, now);
        if self.records[record].standing.is_over() || self.is_down(now) {
            return;
        }
        // Rule edits: what is missed is missed at any hour.
        let policy = Rc::clone(self.policy(&self.records[record]));
        while self.miss(record, &self.all_coming(record, &policy, now), &policy, now) {}
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
        let coming = self.all_coming(record, &policy, now);
        if self.miss(record, &coming, &policy, now) {
            return true;
        }
        let wanted: Vec<&Coming<'_>> = coming.iter().filter(|one| self.is_wanted(record, one.step, now)).collect();
        let others: Vec<&Coming<'_>> = wanted.iter().filter(|one| !is_ladder(one.step) && one.moment <= now).copied().collect();
        // A review is a reminder as well, and waits for what comes before it; the monitor's clock does not.
        let is_review = |one: &Coming<'_>| matches!(one.step.when, When::EveryDaysWhileUndated(_));
        let others = others.into_iter().filter(|one| !is_review(one) || !self.waits_for_lower(record, one.instant()));
        let others: Vec<&Coming<'_>> = others.collect();
        if let Some(one) = others.first() {
            // Arrival: the announcement that never left is merged into the review after it.
            let older = |other: &&&Coming<'_>| {
                is_review(one)
                    && is_reminder(one.step)
                    && is_ladder(other.step)
                    && is_reminder(other.step)
                    && other.moment < one.moment
            };
            for older in wanted.iter().filter(older) {
                self.end(record, older, now, Outcome::Merged, BTreeSet::new());
            }
            return self.send(record, one, now);
        }
        let mut ladder: Vec<Coming<'_>> = wanted.iter().copied().filter(|one| is_ladder(one.step)).cloned().collect();
        ladder.sort_by_key(|one| (one.instant(), one.place));
        if let Some(broken) = self.broken_promise(record, hours, now)
            && let Some(next) = ladder.iter_mut().find(|one| is_pressing(one.step))
            && next.moment > now
        {
            // Replies: a broken promise brings the next step at once. What has come already stays one rung with the others of its moment.
            (next.moment, next.second) = (broken, 0);
        }
        let past: Vec<&Coming<'_>> = ladder.iter().filter(|one| one.moment <= now).collect();
        // Digest: an item that stands in it already stays in each, whatever else comes.
        let (standing, past): (Vec<&Coming<'_>>, Vec<&Coming<'_>>) =
            past.into_iter().partition(|one| one.step.digest.is_some() && one.occurrence > 1);
        // Steps of one moment are one rung and go together; what passed one by one is caught up with, and told before anything
        // goes higher.
        let is_one = past.iter().all(|one| one.instant() == past[0].instant());
        // None of one rung waits for another of it: what it waits for is seen before any of it is put in.
        let latest = past.iter().filter(|one| is_reminder(one.step)).map(|one| one.instant()).max();
        let reminds = latest.filter(|latest| !self.waits_for_lower(record, *latest));
        let went_higher = (is_one || latest.is_none()) && self.escalate(record, &past, hours, now);
        let went = reminds.is_some();
        if let Some(latest) = reminds {
            self.remind(record, &past, latest, now);
        }
        for one in &standing {
            self.send(record, one, now);
        }
        went || went_higher || !standing.is_empty()
    }

    /// The opening after a promised date that passed and was not answered with a step yet.
    fn broken_promise(&self, record: usize, hours: &Hours, now: Minute) -> Option<Minute> {
        let known = &self.records[record];
        let broken = self.next_open(hours, known.standing.promise?);
        // What was missed never left, nor did what was answered; unless the breach had announced it.
        let announced = |rung: &Rung| {
            known.courtesy.iter().any(|(step, anchor, occurrence, given, _)| {
                (step, anchor, occurrence) == (&rung.step, &rung.anchor, &rung.occurrence) && *given >= broken
            })
        };
        let came = |rung: &Rung| match rung.outcome {
            Outcome::Missed => false,
            Outcome::Answered => announced(rung),
            _ => true,
        };
        let is_answered = known.rungs.iter().any(|rung| rung.is_pressing && rung.due >= broken && came(rung));
        (broken <= now && !is_answered).then_some(broken)
    }

    /// Arrival and return from downtime: the latest of the past reminders is due, the older are merged into it.
    fn remind(&mut self, record: usize, past: &[&Coming<'_>], latest: (Minute, i64), now: Minute) {
        for one in past.iter().filter(|one| is_reminder(one.step)) {
            if one.instant() == latest || self.twist == Twist::MergesNothing {
                self.send(record, one, now);
            } else {
                self.end(record, one, now, Outcome::Merged, BTreeSet::new());
            }
        }
    }

    /// Past escalations keep their order.
    fn escalate(&mut self, record: usize, past: &[&Coming<'_>], hours: &Hours, now: Minute) -> bool {
        let escalations = || past.iter().filter(|one| !is_reminder(one.step));
        // Steps of one moment are one rung and go together.
        let Some(first) = escalations().min_by_key(|one| one.instant()) else { return false };
        if self.waits_for_lower(record, first.instant()) {
            return false;
        }
        let wait = self.wait_of(record, first, hours);
        let mut any = false;
        for one in escalations().filter(|one| one.instant() == first.instant()) {
            any |= self.escalate_one(record, one, now, wait);
        }
        any
    }

    fn escalate_one(&mut self, record: usize, first: &Coming<'_>, now: Minute, wait: Minute) -> bool {
        // A courtesy was given: the step follows, unless answered.
        let given = self.records[record]
            .courtesy
            .iter()
            .find(|(step, anchor, occurrence, ..)| {
                *step == first.step.name && *anchor == first.anchor && *occurrence == first.occurrence
            })
            .cloned();
        if let Some((.., given_at, follows)) = given {
            let hours = self.hours(&self.records[record]);
            // A promise answers it until its day is over.
            let stands = |promised: Option<Minute>| promised.is_none_or(|until| now < self.next_open(&hours, until));
            if self.records[record].standing.answers.iter().any(|(at, promised)| *at > given_at && stands(*promised)) {
                self.end(record, first, now, Outcome::Answered, BTreeSet::new());
                return true;
            }
            if now < follows {
                return false;
            }
            return self.send(record, first, now);
        }
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
        if self.twist == Twist::WaitsForNobody {
            return one.moment;
        }
        let known = &self.records[record];
        let ladder = || known.rungs.iter().filter(|rung| rung.is_ladder);
        // Whatever was caught up with in this very moment comes first too.
        let is_before = |rung: &Rung| {
            (rung.due, rung.due_second) > one.instant()
                || rung.due == one.moment && (rung.outcome == Outcome::Merged || rung.due > rung.moment)
                || is_learnt(rung, one.instant())
        };
        let is_learnt_late = |returned: &&Returned| {
            let is_at_once = returned.told - returned.given >= ON_TIME && (returned.told, returned.second) >= one.instant();
            returned.is_heard && (returned.told - one.moment >= ON_TIME || is_at_once)
        };
        let is_return_before = |returned: &Returned| {
            returned.due > one.moment
                || returned.due == one.moment && returned.due - returned.given >= ON_TIME
                || is_learnt_late(&returned)
        };
        if !ladder().any(is_before) && !known.returned.iter().any(is_return_before) {
            return one.moment;
        }
        let settled = ladder().filter(|rung| {
            rung.due >= one.moment && matches!(rung.outcome, Outcome::Left | Outcome::NobodyFound)
                || is_learnt(rung, one.instant())
        });
        let returned = known.returned.iter().filter(|returned| returned.due >= one.moment || is_learnt_late(returned));
        let settled = settled.map(|rung| (rung.left, rung.second));
        let Some((left, second)) = settled.chain(returned.map(|returned| (returned.told, returned.second))).max() else {
            // What comes first is on its way.
            return if ladder().any(|rung| rung.outcome == Outcome::Waits && !self.lies(rung.id)) {
                Minute::MAX
            } else {
                one.moment
            };
        };
        let working_day = self.days.opening(self.days.after(left.div_euclid(DAY), 1));
        match (hours, known.due) {
            // A quarter at most: of whole minutes.
            (Hours::Always, Some(due)) => working_day.min(left + ((due.end - left) * 60 - second).max(0) / 4 / 60),
            _ => working_day,
        }
    }

    /// Ladder: a rung waits for the one below it, until that was taken or is known to reach nobody.
    fn waits_for_lower(&self, record: usize, (moment, second): (Minute, i64)) -> bool {
        let waits = |rung: &&Rung| rung.is_ladder && rung.outcome == Outcome::Waits && !self.lies(rung.id);
        let mut rungs = self.records[record].rungs.iter().filter(waits);
        rungs.any(|rung| rung.moment < moment || (rung.due, rung.due_second) > (moment, second))
            || self.waits_for_return(record, moment)
    }

    /// Gives the courtesy of a step, when it has one; answers when the step follows.
    fn courtesy(&mut self, record: usize, one: &Coming<'_>, now: Minute) -> Option<Minute> {
        let hours = one.step.courtesy_hours?;
        let known = &self.records[record];
        let today = now.div_euclid(DAY);
        let mut assignees = self.people.of_role(Role::Assignee, &known.name.unit, &known.coordinating, today);
        assignees.retain(|person| !known.standing.muted.contains(person));
        let (to, was_told) = self.recipients(record, one.step, today);
        if assignees.is_empty() || was_told || to.iter().any(|person| assignees.contains(person)) {
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
        let step = format!("courtesy:{name}");
        if self.doors == Doors::Seen {
            let what = Told::Courtesy { anchor: one.anchor, occurrence: one.occurrence };
            self.put_in(record, step, what, assignees.into_iter().map(|person| (person, "action")).collect(), now);
            return Some(follows);
        }
        for person in assignees {
            let step = step.clone();
            self.sent.push(Expected { at: now, person, kind: "action", assignment: assignment.clone(), step });
        }
        Some(follows)
    }

    /// Whom a step tells, and whether all of them were told by a lower step.
    pub fn recipients(&self, record: usize, step: &Step, today: i64) -> (BTreeSet<String>, bool) {
        let known = &self.records[record];
        let standing = &known.standing;
        let of = |roles: &[Role]| {
            let all = roles.iter().flat_map(|role| self.people.of_role(*role, &known.name.unit, &known.coordinating, today));
            all.collect::<BTreeSet<_>>()
        };
        // Not ours: muted for that person.
        let heard = |people: BTreeSet<String>| people.into_iter().filter(|person| !standing.muted.contains(person)).collect();
        let to: BTreeSet<String> = heard(of(&step.to));
        let told = known.told_by_others(&step.name);
        let was_told = !is_reminder(step) && !to.is_empty() && to.iter().all(|person| told.contains(person));
        // Of those who said "not ours" nobody is left.
        let is_nobodys = to.is_empty();
        if (was_told || is_nobodys) && !step.or_else.is_empty() && self.twist != Twist::NeverElse {
            let instead = heard(of(&step.or_else));
            if !instead.is_empty() {
                return (instead, was_told);
            }
        }
        (to, was_told)
    }

    /// Whom a step tells and by which kind of message, and which of them are its recipients.
    pub fn addressed(&self, record: usize, step: &Step, now: Minute) -> (BTreeMap<String, &'static str>, BTreeSet<String>) {
        let today = now.div_euclid(DAY);
        let (to, _) = self.recipients(record, step, today);
        let known = &self.records[record];
        let copies = step.copy.iter().flat_map(|role| self.people.of_role(*role, &known.name.unit, &known.coordinating, today));
        let copies = copies.filter(|person| !to.contains(person) && !known.standing.muted.contains(person));
        let kind = if step.digest.is_some() { "digest" } else { "action" };
        let all = copies.map(|person| (person, "copy")).chain(to.iter().map(|person| (person.clone(), kind))).collect();
        (all, to)
    }

    fn send(&mut self, record: usize, one: &Coming<'_>, now: Minute) -> bool {
        let (all, to) = self.addressed(record, one.step, now);
        let (assignment, step) = (self.records[record].name.clone(), one.step.name.clone());
        if self.doors == Doors::Seen {
            let id =
                self.end(record, one, now, if to.is_empty() { Outcome::NobodyFound } else { Outcome::Waits }, BTreeSet::new());
            if to.is_empty() {
                self.hold(record, now);
            }
            self.put_in(record, step, Told::Rung(id), all, now);
            return true;
        }
        let sent: Vec<Expected> = all
            .into_iter()
            .map(|(person, kind)| Expected { at: now, person, kind, assignment: assignment.clone(), step: step.clone() })
            .collect();
        self.sent.extend(sent);
        let outcome = if to.is_empty() { Outcome::NobodyFound } else { Outcome::Left };
        self.end(record, one, now, outcome, to);
        true
    }

    fn end(&mut self, record: usize, one: &Coming<'_>, now: Minute, outcome: Outcome, told: BTreeSet<String>) -> usize {
        let is_late = now - one.moment >= ON_TIME;
        // Rule edits: what was missed never left, so that its repeats count from its moment and not from the reload.
        let stands_at = if outcome == Outcome::Missed { one.moment } else { now };
        self.last_id += 1;
        self.records[record].rungs.push(Rung {
            id: self.last_id,
            step: one.step.name.clone(),
            anchor: one.anchor,
            occurrence: one.occurrence,
            moment: one.moment,
            due: if is_late { stands_at } else { one.moment },
            left: stands_at,
            second: self.second,
            due_second: if is_late { 0 } else { one.second },
            is_late,
            outcome,
            is_ladder: is_ladder(one.step),
            is_pressing: is_pressing(one.step),
            told,
        });
        self.last_id
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

    fn all_coming<'a>(&self, record: usize, policy: &'a Policy, now: Minute) -> Vec<Coming<'a>> {
        policy.steps.iter().enumerate().filter_map(|(place, step)| self.coming(record, place, step, now)).collect()
    }

    /// The next occurrence of a step.
    fn coming<'a>(&self, record: usize, place: usize, step: &'a Step, now: Minute) -> Option<Coming<'a>> {
        let known = &self.records[record];
        let (anchor, first) = self.first_moment(known, step)?;
        let (occurrence, moment) = match known.last_of(&step.name, anchor) {
            // Of the reviews that passed the latest stands for all.
            None => (1, self.latest_review(step, first, now)),
            // What is on its way has not been told yet.
            Some(last) if last.outcome == Outcome::Waits => return None,
            Some(last) => {
                // Rule edits: repeats from before the rule held are not made up for.
                let since = self.holds_since(self.policy(known), step);
                let every = step.repeat.map_or(1, |repeat| usize::from(repeat.every_days));
                let next = |from: Minute| self.days.opening(self.days.after(from.div_euclid(DAY), every));
                let mut last = last.clone();
                while last.outcome == Outcome::Missed && next(last.due) < since {
                    last.due = next(last.due);
                }
                (last.occurrence + 1, self.next_moment(known, step, &last, now)?)
            }
        };
        let mut moment = self.in_digest(step, moment);
        if step.digest.is_some() && now - moment >= DIGEST_ON_TIME {
            // A digest that was passed by waits for the next one.
            moment = self.in_digest(step, now - DIGEST_ON_TIME + 1);
        }
        let of_known = match step.when {
            When::OnAssignment => Some(known.known),
            When::MinutesAfterAssignment(minutes) => Some(known.known + i64::from(minutes)),
            _ => None,
        };
        let second = if of_known == Some(moment) { known.known_second } else { 0 };
        Some(Coming { step, place, anchor, occurrence, moment, second })
    }

    /// Counting: the anchor and the first moment.
    pub fn first_moment(&self, known: &Record, step: &Step) -> Option<(Anchor, Minute)> {
        let days = &self.days;
        let hours = self.hours(known);
        let first = i64::from(self.twist == Twist::CountsTheFirstDay);
        let after = |from: i64, count: u16| if count == 0 { from } else { days.after(from - first, usize::from(count)) };
        let of_due = |known: &Record| known.due.map(|due| (Anchor::Deadline(due.end), due));
        let known_day = known.known.div_euclid(DAY);
        // Undated duties are announced and reviewed and never climb the ladder.
        if known.due.is_none()
            && !matches!(step.when, When::OnAssignment | When::EveryDaysWhileUndated(_) | When::DaysAfterReportedDone(_))
        {
            return None;
        }
        Some(match step.when {
            When::OnAssignment => (Anchor::Assignment, self.next_open(&hours, known.known)),
            When::MinutesAfterAssignment(minutes) => {
                (Anchor::Assignment, self.next_open(&hours, known.known + i64::from(minutes)))
            }
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

    /// The last of its moments that has come, from that one on; other steps have but one.
    fn latest_review(&self, step: &Step, from: Minute, now: Minute) -> Minute {
        let When::EveryDaysWhileUndated(count) = step.when else { return from };
        let next = |from: Minute| self.days.opening(self.days.after(from.div_euclid(DAY), usize::from(count)));
        std::iter::successors(Some(from), |one| Some(next(*one)).filter(|next| *next <= now)).last().unwrap_or(from)
    }

    /// Repeat and digest: when the step comes again.
    fn next_moment(&self, known: &Record, step: &Step, last: &Rung, now: Minute) -> Option<Minute> {
        // What was told late counts from then.
        let from = if last.left - last.due >= ON_TIME { last.left } else { last.due }.div_euclid(DAY);
        if let When::EveryDaysWhileUndated(count) = step.when {
            // Reviews keep their row; of those that passed the latest stands for all.
            let next = self.days.opening(self.days.after(last.moment.div_euclid(DAY), usize::from(count)));
            return Some(self.latest_review(step, next, now));
        }
        let Some(repeat) = step.repeat else {
            // Digest: the item stays in each until its `unless` holds.
            step.digest?;
            return Some(self.days.opening(self.days.after(from, 1)));
        };
        if last.occurrence >= repeat.max {
            return None;
        }
        let next = self.days.opening(self.days.after(from, usize::from(repeat.every_days)));
        if step.digest.is_some() {
            return Some(next);
        }
        // Repeat: ends when a later step was delivered. Which one is later is said by their moments, and not by the promise that
        // was broken before them.
        let first = self.first_moment(known, step).map_or(last.moment, |(_, moment)| moment);
        let later = known.rungs.iter().filter(|rung| rung.is_ladder && rung.step != step.name && rung.outcome == Outcome::Left);
        let later = later.filter(|rung| rung.moment > first);
        // What is of the same moment and told just now was not delivered before.
        let mut before = later.filter(|rung| rung.moment >= last.moment || (rung.left, rung.second) >= (last.left, last.second));
        if before.any(|rung| rung.moment != next || rung.left < now) && self.twist != Twist::RepeatsOn {
            return None;
        }
        // Rule edits: a repeat from before the rule that brought it is missed too, and the one after it comes.
        let since = self.repeats_since(self.policy(known), step);
        let mut next = next;
        while next < since && known.known < since && self.twist != Twist::IsRetroactive {
            next = self.days.opening(self.days.after(next.div_euclid(DAY), usize::from(repeat.every_days)));
        }
        Some(next)
    }

    /// Digest: daily waits for the next opening, weekly for the opening of the week's first working day.
    pub fn in_digest(&self, step: &Step, moment: Minute) -> Minute {
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
    pub fn is_wanted(&self, record: usize, step: &Step, now: Minute) -> bool {
        let known = &self.records[record];
        let standing = &known.standing;
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
                let since = known
                    .rungs
                    .iter()
                    .filter(|rung| rung.outcome == Outcome::Left)
                    .map(|rung| rung.left)
                    .max()
                    .unwrap_or(known.known);
                standing.reports.iter().any(|report| *report > since)
            }
            Unless::Completed => standing.is_completed() && self.twist != Twist::PressesTheDone,
            Unless::Accepted => standing.work == Work::Accepted,
        };
        if unless {
            return false;
        }
        if !is_pressing(step) {
            return true;
        }
        let is_before = |until: Option<Minute>| until.is_some_and(|until| now < until);
        if is_before(standing.promise) && self.twist != Twist::TrustsNoPromise
            || is_before(standing.hold)
            || is_before(standing.dispute)
        {
            return false;
        }
        is_reminder(step) || !(standing.work == Work::Blocked && is_before(standing.block))
    }
}
