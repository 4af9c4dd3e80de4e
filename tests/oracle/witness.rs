//! The oracle beside a run with faults: it lives through the same year, is told what the doors answered and when nobody worked, and
//! says what must have left and did not, and what left and must not.

use std::collections::BTreeSet;

use super::calendar::{DAY, Minute};
use super::doors::{Doors, Objection};
use super::minute;
use super::office::{Office, Twist};
use super::world::{Act, Assignment, Seen, What, World};

/// What the world does not show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Doubt {
    assignment: Assignment,
    which: Which,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Which {
    /// Nobody works any more, that time, and something was put in in the same minute: planned, or not.
    Ended(usize),
    /// Other rules were loaded by that event, at the second at which something came: planned by those before, or not.
    Reloaded(usize),
    /// What was on its way was not wanted any more at that minute: looked at, or not before its next try.
    Unwanted(Minute),
}

/// So often a year is lived again for one assignment before an objection stands.
const LIVES: usize = 32;

/// Everything that is wrong with what was seen, whatever the world does not show of it.
pub fn judge(world: &World, seen: &[Seen]) -> Vec<String> {
    let found = live(world, seen, None, &BTreeSet::new());
    // Assignments have nothing to do with each other here.
    let doubtful: BTreeSet<&Assignment> = found.wrong.iter().map(|one| &one.assignment).collect();
    let wrong = doubtful.into_iter().flat_map(|assignment| search(world, seen, assignment));
    wrong.map(|one| one.what).collect()
}

/// What is wrong for one assignment when each doubt before it is turned round that helps: one, or several together.
fn search(world: &World, seen: &[Seen], assignment: &Assignment) -> Vec<Objection> {
    let again = |other: &BTreeSet<Doubt>| live(world, seen, Some([assignment.clone()].into()), other);
    let mut tried = BTreeSet::from([BTreeSet::new()]);
    let mut open = vec![(BTreeSet::new(), again(&BTreeSet::new()))];
    let mut best = open[0].1.wrong.clone();
    while tried.len() < LIVES {
        // Whoever comes furthest; of those, with the fewest turned.
        let furthest =
            (0..open.len()).max_by_key(|place| (open[*place].1.first_wrong(), std::cmp::Reverse(open[*place].0.len())));
        let Some(place) = furthest else { break };
        let before = open[place].1.first_wrong();
        let others = open[place].1.doubts.iter().rev().filter(|(_, at)| *at <= before).map(|(doubt, _)| doubt.clone());
        let other =
            others.map(|doubt| open[place].0.iter().cloned().chain([doubt]).collect()).find(|other| !tried.contains(other));
        let Some(other) = other else {
            open.swap_remove(place);
            continue;
        };
        let found = again(&other);
        if found.wrong.is_empty() {
            return Vec::new();
        }
        if found.first_wrong() > best.first().map_or(Minute::MAX, |one| one.at) {
            best.clone_from(&found.wrong);
        }
        tried.insert(other.clone());
        open.push((other, found));
    }
    best
}

/// What came of one life.
struct Found {
    wrong: Vec<Objection>,
    doubts: Vec<(Doubt, Minute)>,
}

impl Found {
    fn first_wrong(&self) -> Minute {
        self.wrong.first().map_or(Minute::MAX, |one| one.at)
    }
}

/// Lives through the year; with only these assignments, where there are some, and with these doubts the other way round.
fn live(world: &World, seen: &[Seen], only: Option<BTreeSet<Assignment>>, other: &BTreeSet<Doubt>) -> Found {
    let mut office = Office::of(world, Twist::Straight);
    office.doors = Doors::Seen;
    office.only = only;
    office.telegram = world.people.iter().filter_map(|one| Some((one.id.clone(), one.telegram?))).collect();
    office.down = Minute::MAX;
    office.lies_by = other
        .iter()
        .filter_map(|doubt| match doubt.which {
            Which::Unwanted(at) => Some((doubt.assignment.clone(), at)),
            Which::Ended(_) | Which::Reloaded(_) => None,
        })
        .collect();
    let (start, end) = (minute(world.start), minute(world.end));
    let mut witness = Witness { world, office, skew: 0, looked: start - 1, ended: 0, other, doubts: Vec::new() };
    let mut rest = seen;
    for now in start..end {
        // What people do at a minute comes before what is due at it; where somebody ends, it may have been due before.
        let first = rest.iter().take_while(|one| seconds(one) <= now * 60 && one.is_of_people()).count();
        witness.live_through(&rest[..first]);
        witness.tick(now * 60);
        let soon = rest[first..].iter().take_while(|one| seconds(one) < (now + 1) * 60).count();
        witness.live_through(&rest[first..first + soon]);
        rest = &rest[first + soon..];
        witness.office.overdue(witness.wall(now * 60));
    }
    let mut doubts = witness.doubts;
    let unwanted = witness.office.unwanted.into_iter();
    doubts.extend(unwanted.map(|(assignment, at)| (Doubt { assignment, which: Which::Unwanted(at) }, at)));
    doubts.sort_by_key(|(_, at)| *at);
    Found { wrong: witness.office.wrong, doubts }
}

fn seconds(seen: &Seen) -> i64 {
    minute(seen.at) * 60 + i64::from(seen.at.second())
}

impl Seen {
    /// What the program had no part in.
    fn is_of_people(&self) -> bool {
        matches!(self.what, What::Event(_) | What::Clock { .. })
    }
}

struct Witness<'a> {
    world: &'a World,
    office: Office,
    /// What the clock on the wall shows more, in seconds.
    skew: i64,
    /// What the clock showed when it was looked for what is due.
    looked: Minute,
    /// How often nobody worked any more.
    ended: usize,
    other: &'a BTreeSet<Doubt>,
    doubts: Vec<(Doubt, Minute)>,
}

impl Witness<'_> {
    /// What the clock on the wall shows.
    fn wall(&self, second: i64) -> Minute {
        (second + self.skew).div_euclid(60)
    }

    /// Looks where something has come due since the last look.
    fn tick(&mut self, second: i64) {
        let (now, looked) = (self.wall(second), self.looked);
        self.looked = looked.max(now);
        let office = &mut self.office;
        office.second = 0;
        let is_opening = |at: Minute| {
            let of_day = at.rem_euclid(DAY);
            office.shape.hours.iter().any(|(from, _)| *from == of_day) && office.days.is_worked(at.div_euclid(DAY))
        };
        let mut is_due = (looked + 1..=now).any(is_opening);
        while office.wakes.first().is_some_and(|wake| *wake <= now) {
            office.wakes.pop_first();
            is_due = true;
        }
        if is_due {
            office.say(now);
            office.look_at_all(now);
        }
    }

    /// New rules take effect at a second at which what comes by those before may have been planned.
    fn doubt_rules(&mut self, event: usize, now: Minute) {
        let is_reload = matches!(self.world.events[event].act, Act::Rules { .. } | Act::Holiday { .. });
        if !is_reload || self.office.is_down(now) {
            return;
        }
        for record in 0..self.office.records.len() {
            let doubt = Doubt { assignment: self.office.records[record].name.clone(), which: Which::Reloaded(event) };
            if self.other.contains(&doubt) {
                self.office.say(now);
                self.office.look(record, now);
            }
            self.doubts.push((doubt, now));
        }
    }

    fn live_through(&mut self, seen: &[Seen]) {
        for (place, one) in seen.iter().enumerate() {
            let now = self.wall(seconds(one));
            // A clock that was set back shows minutes once more that were looked at before.
            let is_woken = self.office.wakes.first().is_some_and(|wake| *wake <= now);
            if (now > self.looked || is_woken) && !one.is_of_people() {
                self.tick(seconds(one));
            }
            let office = &mut self.office;
            office.second = (seconds(one) + self.skew).rem_euclid(60);
            match &one.what {
                What::Event(event) => {
                    self.doubt_rules(*event, now);
                    let office = &mut self.office;
                    let is_next = |next: &Seen| matches!(next.what, What::Event(_)) && next.at == one.at;
                    office.is_amid = seen.get(place + 1).is_some_and(is_next);
                    office.skew = self.skew;
                    office.take(*event, &self.world.events[*event].act, now, self.world);
                    if !office.is_amid {
                        for record in std::mem::take(&mut office.unlooked) {
                            office.look(record, now);
                        }
                    }
                }
                What::Sent(sent) => office.leaves(sent, now),
                What::Heard { message, verdict, wait } => office.heard(*message, *verdict, *wait, now),
                What::Lost { message } => office.lost(*message, true, now),
                What::Unsent(sent) => office.unsent(sent, now),
                What::Withheld { message } => office.withheld(*message, now),
                What::Dead { person } => office.dies(person),
                What::Idle => {
                    let which = Which::Ended(self.ended);
                    self.ended += 1;
                    let doubts = office.doubted(now).into_iter().map(|assignment| Doubt { assignment, which });
                    for doubt in doubts {
                        if self.other.contains(&doubt) {
                            office.unplan(&doubt.assignment, now);
                        }
                        self.doubts.push((doubt, now));
                    }
                    office.down = Minute::MAX;
                }
                What::Busy => {
                    office.down = now;
                    if let Some(rules) = office.found.take() {
                        office.load(self.world, rules, now);
                    }
                    office.resume(now);
                    office.say(now);
                    office.look_at_all(now);
                }
                What::Clock { secs } => {
                    // What was to be heard by some minute has as long as before, though the clock passes that minute over.
                    let passed_over = (*secs - self.skew).max(0);
                    office.wait_on(passed_over / 60 + i64::from(passed_over % 60 > 0), now);
                    self.skew = *secs;
                }
            }
        }
    }
}
