//! The invariants of the promises, by their numbers. Those that speak of one function, one letter or one file are tested
//! where that stands: 12 `tests/daemon/config.rs`, 21 and 22 `src/domain/calendar.rs`, 23 `src/daemon/limit.rs`,
//! 24 `tests/engine/poison.rs`, 25 `tests/wording.rs`, 26 the tests of restore.
//! 13 to 16 and 20 compare two runs: `tests/simulation/same.rs`.

use std::collections::{BTreeMap, BTreeSet};

use dondoc::domain::delivery::{Binding, Verdict};
use dondoc::engine::incarnation::CLAIM_HOLDS;
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use crate::plan::Plan;
use crate::record::{Record, Said, Violation, Wire};
use crate::run::{instant, local};
use crate::world::{Act, Assignment, Channel, Deadline, Member, Policy, Post, Step, Verdict as Seen, When, Word, World};

/// How late a reminder may be at the end of a run before somebody must say why.
const LATENCY: SignedDuration = SignedDuration::from_mins(5);

struct Judge<'a> {
    plan: &'a Plan,
    record: &'a Record,
    found: Vec<Violation>,
}

/// Everything of a run that breaks an invariant.
pub fn check(plan: &Plan, record: &Record) -> Vec<Violation> {
    let mut judge = Judge { plan, record, found: Vec::new() };
    judge.every_due_slot_is_accounted_for();
    judge.keys_are_unique_and_copies_few();
    judge.nothing_leaves_against_what_was_committed();
    judge.a_gap_is_caught_up_with_in_one_message();
    judge.one_message_for_one_moment();
    judge.channels_are_obeyed();
    judge.one_digest_holds();
    judge.everything_has_a_reason();
    judge.found
}

/// What the world says of an assignment at one place of the record.
#[derive(Clone, Default)]
struct Standing {
    /// Reported done, and neither returned nor taken back.
    is_done: bool,
    is_closed: bool,
    deadline: Option<Deadline>,
    /// A date was promised; when it is broken, the next step comes at once, whatever its moment.
    has_promised: bool,
}

impl Judge<'_> {
    fn broken(&mut self, invariant: u8, at: Timestamp, what: &str) {
        self.found.push(Violation { invariant, what: format!("{}: {what}", local(at).strftime("%Y-%m-%d %H:%M:%S")) });
    }

    /// 1: accepted, cancelled, held or refused; or not due yet. 17 in the store: final is final.
    fn every_due_slot_is_accounted_for(&mut self) {
        let end = instant(self.plan.world.end);
        if !self.record.is_up {
            return;
        }
        for one in &self.record.reminders {
            let waits = match one.state.as_str() {
                "queued" => one.due + LATENCY < end,
                // Its messages are on their way; the store says where.
                "carried" => !self.record.on_their_way.contains(&one.id),
                _ => false,
            };
            if waits {
                let what = format!("{} of {:?} is due since {} and still {}", one.step, one.assignment, one.due, one.state);
                self.broken(1, end, &what);
            }
        }
        // Whoever is given a duty is told of it: the first step of every ladder.
        for (place, event) in self.plan.world.events.iter().enumerate() {
            let Act::Known { duty } = event.act else { continue };
            if !self.happened(place) || instant(event.at) + SignedDuration::from_hours(24 * 30) > end {
                continue;
            }
            for unit in &self.plan.world.duties[duty].lead {
                let to = Assignment { duty, unit: unit.clone() };
                let known = self.record.reminders.iter().any(|one| one.assignment == to && one.step.starts_with("giao"));
                // Before the office opened it may have been withdrawn.
                let is_closed =
                    self.record.works.get(&to).is_some_and(|work| matches!(*work, "withdrawn" | "accepted" | "reported_done"));
                if !known && !is_closed {
                    self.broken(1, end, &format!("{to:?} was never announced"));
                }
            }
        }
        let mut arrived: BTreeMap<i64, BTreeSet<Seen>> = BTreeMap::new();
        for (_, wire) in self.record.sent() {
            arrived.entry(wire.message).or_default().insert(wire.answer);
        }
        let mut found = Vec::new();
        for (message, key, state, reason, _) in &self.record.messages {
            let seen = arrived.get(message).cloned().unwrap_or_default();
            let may_have_arrived = seen.contains(&Seen::Accepted) || seen.contains(&Seen::Uncertain);
            match state.as_str() {
                "sending" if !self.record.on_the_wire.contains(message) => {
                    found.push((1, format!("{key} is on the wire of nobody")));
                }
                "accepted" if !may_have_arrived => found.push((1, format!("{key} counts as accepted and never left"))),
                "refused" if !seen.contains(&Seen::Refused) && reason != "deferred-too-long" => {
                    found.push((3, format!("{key} counts as refused and nobody refused it")));
                }
                _ => {}
            }
        }
        // What reaches nobody is told to the operators.
        for (place, one) in self.record.reminders.iter().enumerate() {
            // The operators cannot be told that nothing reaches them.
            let is_theirs = matches!(one.step.as_str(), "notice:held" | "notice:guard" | "notice:chat-dead");
            if one.state != "undeliverable" || is_theirs || one.step == "notice:coordinating" || one.reason == "declined" {
                continue;
            }
            let anchor = format!("reminder:{}", one.id);
            if !self.record.reminders[place..].iter().any(|other| other.step == "notice:held" && other.anchor == anchor) {
                found.push((1, format!("{} of {:?} reached nobody, and nobody was told", one.step, one.assignment)));
            }
        }
        for (invariant, what) in found {
            self.broken(invariant, end, &what);
        }
    }

    fn happened(&self, place: usize) -> bool {
        self.record.said.iter().any(|(_, said)| matches!(said, Said::Event { place: other, .. } if *other == place))
    }

    /// 2, 3 and 17, on the wire.
    fn keys_are_unique_and_copies_few(&mut self) {
        struct Life {
            first: Wire,
            /// Copies that may have arrived.
            copies: usize,
            /// Answers that nobody heard or recorded.
            excused: usize,
            /// It was recorded as final.
            is_over: Option<Timestamp>,
        }
        let mut lives: BTreeMap<i64, Life> = BTreeMap::new();
        let mut keys: BTreeMap<String, i64> = BTreeMap::new();
        // Which message has told a person of a reminder.
        let mut told: BTreeMap<(Assignment, String, String, i64, String), i64> = BTreeMap::new();
        let mut found = Vec::new();
        for (at, said) in &self.record.said {
            match said {
                Said::Sent(wire) => {
                    if *keys.entry(wire.key.clone()).or_insert(wire.message) != wire.message {
                        found.push((2, *at, format!("the key {} was used for two messages", wire.key)));
                    }
                    let life = lives.entry(wire.message).or_insert_with(|| Life {
                        first: (**wire).clone(),
                        copies: 0,
                        excused: 0,
                        is_over: None,
                    });
                    if life.first.key != wire.key || life.first.person != wire.person || life.first.subject != wire.subject {
                        found.push((2, *at, format!("message {} changed its key, its person or its subject", wire.message)));
                    }
                    if let Some(since) = life.is_over {
                        found.push((17, *at, format!("{} was final since {since} and left again", wire.key)));
                    }
                    if matches!(wire.answer, Seen::Accepted | Seen::Uncertain) {
                        life.copies += 1;
                        if life.copies > 1 + life.excused {
                            found.push((
                                3,
                                *at,
                                format!("{} has {} copies for {} lost answers", wire.key, life.copies, life.excused),
                            ));
                        }
                        if life.copies > 3 {
                            found.push((3, *at, format!("{} was transmitted more than three times", wire.key)));
                        }
                    }
                    if wire.answer == Seen::Uncertain || !wire.is_known {
                        life.excused += 1;
                    }
                    for member in wire.members.iter().filter(|_| wire.answer == Seen::Accepted && wire.is_known) {
                        let key = (
                            member.assignment.clone(),
                            member.step.clone(),
                            member.anchor.clone(),
                            member.occurrence,
                            wire.person.clone(),
                        );
                        let other = *told.entry(key).or_insert(wire.message);
                        if other != wire.message {
                            found.push((
                                2,
                                *at,
                                format!("{} was told of {member:?} by {other} and by {}", wire.person, wire.message),
                            ));
                        }
                    }
                }
                Said::Lost { message, .. } => {
                    if let Some(life) = lives.get_mut(message) {
                        life.excused += 1;
                    }
                    // Nobody knows any more that it was told.
                    told.retain(|_, by| by != message);
                }
                Said::Marked { message, verdict, .. } => {
                    if let Some(life) = lives.get_mut(message)
                        && matches!(verdict, Verdict::Accepted { .. } | Verdict::Refused { .. })
                    {
                        life.is_over.get_or_insert(*at);
                    }
                }
                _ => {}
            }
        }
        for (invariant, at, what) in found {
            self.broken(invariant, at, &what);
        }
    }

    /// 4, 5, 6, 7, 8 and 9: in the order of the record, what leaves fits what was committed before.
    fn nothing_leaves_against_what_was_committed(&mut self) {
        let world = &self.plan.world;
        let mut replay = Replay {
            world,
            standings: BTreeMap::new(),
            off: world.calendar.off.clone(),
            rules: 0,
            gone: BTreeSet::new(),
            posts: world.posts.clone(),
            absent: Vec::new(),
            before: BTreeMap::new(),
            highest: BTreeMap::new(),
            doubtful: BTreeSet::new(),
            found: Vec::new(),
        };
        for (at, said) in &self.record.said {
            match said {
                Said::Event { place, took } => replay.happens(&world.events[*place].act, *took, local(*at)),
                Said::Sent(wire) => replay.leaves(wire, *at),
                Said::Lost { message, .. }
                | Said::Unsent { message, .. }
                | Said::Marked { message, verdict: Verdict::Uncertain { .. }, .. } => {
                    replay.doubtful.insert(*message);
                }
                Said::Marked { message, .. } => {
                    replay.doubtful.remove(message);
                }
                _ => {}
            }
        }
        for (invariant, at, what) in replay.found {
            self.broken(invariant, at, &what);
        }
    }

    /// 10: in the first hour after a gap a person gets one message of a kind over a channel, beside what had been tried before it.
    fn a_gap_is_caught_up_with_in_one_message(&mut self) {
        let mut ended: BTreeMap<usize, Timestamp> = BTreeMap::new();
        let mut found = Vec::new();
        for (place, (at, said)) in self.record.said.iter().enumerate() {
            match said {
                Said::Ended { replica, .. } => {
                    ended.insert(*replica, *at);
                }
                Said::Up { replica } => {
                    let Some(since) = ended.remove(replica) else { continue };
                    if at.duration_since(since) < SignedDuration::from_hours(3) || self.plan.replicas > 1 {
                        continue;
                    }
                    let mut got: BTreeMap<(String, String, &str), BTreeSet<i64>> = BTreeMap::new();
                    // Of which duties people were told, and when last: a rung that follows at once waited for that.
                    let mut told: BTreeMap<&Assignment, Timestamp> = BTreeMap::new();
                    let hour = self.record.said[place..]
                        .iter()
                        .take_while(|(later, _)| later.duration_since(*at) < SignedDuration::from_hours(1));
                    for (later, said) in hour {
                        match said {
                            // Something new, or something that failed, has messages of its own.
                            Said::Event { .. } | Said::Ended { .. } if later > at => break,
                            Said::Marked { verdict, .. } if !matches!(verdict, Verdict::Accepted { .. }) => break,
                            Said::Sent(wire) => {
                                let missed = wire.moments.iter().all(|(moment, _)| *moment <= at.as_millisecond());
                                let notices = wire
                                    .members
                                    .iter()
                                    .any(|member| member.step.starts_with("notice:") || member.step.starts_with("courtesy:"));
                                let urgent =
                                    wire.members.iter().any(|member| self.plan.world.duties[member.assignment.duty].is_urgent);
                                // What had been tried before the gap is tried again as it was: it may have arrived.
                                let follows = wire
                                    .members
                                    .iter()
                                    .any(|member| member.occurrence == 1 && told.get(&member.assignment) == Some(later));
                                let asked = wire.members.iter().filter(|member| member.kind != "copy");
                                told.extend(asked.map(|member| (&member.assignment, *later)));
                                if missed && !notices && !urgent && !follows && wire.attempt == 1 {
                                    let kind = wire.members.first().map_or("", |member| member.kind.as_str());
                                    got.entry((wire.person.clone(), format!("{:?}", wire.channel), kind))
                                        .or_default()
                                        .insert(wire.message);
                                }
                            }
                            _ => {}
                        }
                    }
                    for ((person, channel, kind), messages) in got {
                        if messages.len() > 1 {
                            found.push((
                                *at,
                                format!("{person} got {} messages ({kind}) over {channel} after the gap", messages.len()),
                            ));
                        }
                    }
                }
                _ => {}
            }
        }
        for (at, what) in found {
            self.broken(10, at, &what);
        }
    }

    /// 10: what comes due for a person at one moment is one message for each channel and kind. What fails at that moment,
    /// happens at it, or follows what was told at it, has messages of its own.
    fn one_message_for_one_moment(&mut self) {
        let mut found = Vec::new();
        let mut place = 0;
        let said = &self.record.said;
        while let Some((at, _)) = said.get(place) {
            let moment: Vec<&Said> = said[place..].iter().take_while(|(other, _)| other == at).map(|(_, said)| said).collect();
            place += moment.len();
            let failed = |said: &&Said| match said {
                Said::Marked { verdict, .. } => !matches!(verdict, Verdict::Accepted { .. }),
                Said::Sent(wire) => wire.attempt > 1 || wire.answer != Seen::Accepted,
                Said::Event { .. } | Said::Lost { .. } | Said::Unsent { .. } | Said::Up { .. } | Said::Ended { .. } => true,
                Said::Idle | Said::Busy | Said::Clock { .. } => false,
            };
            if self.plan.replicas > 1 || moment.iter().any(failed) {
                continue;
            }
            let mut got: BTreeMap<(&str, Channel, &str), BTreeSet<i64>> = BTreeMap::new();
            let sent = moment.iter().filter_map(|said| if let Said::Sent(wire) = said { Some(wire) } else { None });
            // Of which duties people were told at this moment: a rung that follows at once waited for that.
            let mut told: BTreeSet<&Assignment> = BTreeSet::new();
            for wire in sent {
                let is_usual =
                    |member: &Member| !member.step.contains(':') && !self.plan.world.duties[member.assignment.duty].is_urgent;
                let follows = wire.members.iter().any(|member| member.occurrence == 1 && told.contains(&member.assignment));
                if !follows && wire.members.iter().all(is_usual) {
                    let kind = wire.members.first().map_or("", |member| member.kind.as_str());
                    got.entry((&wire.person, wire.channel, kind)).or_default().insert(wire.message);
                }
                told.extend(wire.members.iter().filter(|member| member.kind != "copy").map(|member| &member.assignment));
                let rungs = |name: &'static str| {
                    wire.members
                        .iter()
                        .zip(&wire.moments)
                        .filter(move |(member, _)| member.step == name && member.occurrence == 1)
                };
                for (first, (assigned, _)) in rungs("giao") {
                    if rungs("nhac").any(|(other, (moment, _))| other.assignment == first.assignment && moment < assigned) {
                        found.push((
                            *at,
                            format!(
                                "{} was told of {:?} by a step that had passed before it was known",
                                wire.person, first.assignment
                            ),
                        ));
                    }
                }
            }
            for ((person, channel, kind), messages) in got {
                if messages.len() > 1 {
                    found
                        .push((*at, format!("{person} got {} messages ({kind}) over {channel:?} at one moment", messages.len())));
                }
            }
        }
        for (at, what) in found {
            self.broken(10, at, &what);
        }
    }

    /// 23: not before the wait a channel asked for is over; and a chat that takes nothing any more is not written to again.
    fn channels_are_obeyed(&mut self) {
        let mut not_before: BTreeMap<i64, Timestamp> = BTreeMap::new();
        let mut dead: BTreeMap<&str, Timestamp> = BTreeMap::new();
        let mut addresses: BTreeMap<i64, &str> = BTreeMap::new();
        let mut found = Vec::new();
        for (at, said) in &self.record.said {
            match said {
                Said::Sent(wire) => {
                    if not_before.get(&wire.message).is_some_and(|before| wire.wall < *before) {
                        found.push((*at, format!("{} left before {}", wire.key, not_before[&wire.message])));
                    }
                    // Whoever stood still between claim and transmission could not know.
                    let knew = |since: &Timestamp| wire.claimed == *at || wire.claimed > *since;
                    if dead.get(wire.address.as_str()).is_some_and(knew) {
                        found.push((*at, format!("{} left to a chat that takes nothing", wire.key)));
                    }
                    addresses.insert(wire.message, &wire.address);
                }
                Said::Marked { message, verdict: Verdict::Deferred { retry_after_ms: Some(wait), .. }, wall, .. } => {
                    not_before.insert(*message, *wall + SignedDuration::from_millis(*wait));
                }
                Said::Marked { message, verdict: Verdict::Refused { binding: Binding::Dead, .. }, .. } => {
                    dead.extend(addresses.get(message).map(|address| (*address, *at)));
                }
                _ => {}
            }
        }
        for (at, what) in found {
            self.broken(23, at, &what);
        }
    }

    /// 11: each decision of a daemon names the rules in force when it was committed.
    fn one_digest_holds(&mut self) {
        let mut in_force = None;
        let mut found = Vec::new();
        for entry in &self.record.journal {
            if entry.kind == "rules-loaded" {
                in_force.clone_from(&entry.digest);
            }
            // What a reply takes back is an act, under the rules its command has read.
            let is_daemons = entry.actor.as_deref() == Some("daemon");
            let decides = is_daemons && (entry.kind.starts_with("reminder-") || entry.kind == "message-packed");
            if decides && entry.digest != in_force {
                found.push((
                    Timestamp::from_millisecond(entry.at).unwrap_or_default(),
                    format!("{} under {:?}", entry.kind, entry.digest),
                ));
            }
        }
        for (at, what) in found {
            self.broken(11, at, &what);
        }
    }

    /// 18: each message and each reminder, sent or not, has its reason and its entry in the journal.
    fn everything_has_a_reason(&mut self) {
        let end = instant(self.plan.world.end);
        let packed: BTreeSet<&str> = self
            .record
            .journal
            .iter()
            .filter(|entry| entry.kind == "message-packed")
            .filter_map(|entry| entry.message.as_deref())
            .collect();
        let accepted: BTreeSet<&str> = self
            .record
            .journal
            .iter()
            .filter(|entry| {
                matches!(entry.kind.as_str(), "message-accepted" | "message-refused" | "message-held" | "message-fallback")
            })
            .filter_map(|entry| entry.message.as_deref())
            .collect();
        let mut found = Vec::new();
        for (_, key, state, reason, _) in &self.record.messages {
            if reason.is_empty() || !packed.contains(key.as_str()) {
                found.push(format!("message {key} ({state}) has no reason"));
            }
            if matches!(state.as_str(), "accepted" | "refused" | "held") && !accepted.contains(key.as_str()) {
                found.push(format!("nobody wrote down that message {key} is {state}"));
            }
        }
        let mut decided: BTreeSet<(String, String, i64)> = BTreeSet::new();
        for entry in self.record.journal.iter().filter(|entry| entry.kind.starts_with("reminder-")) {
            let Ok(detail) = serde_json::from_str::<serde_json::Value>(&entry.detail) else { continue };
            let text = |key: &str| detail[key].as_str().unwrap_or_default().to_owned();
            decided.insert((text("step"), text("anchor"), detail["occurrence"].as_i64().unwrap_or_default()));
        }
        for one in &self.record.reminders {
            if one.why.is_empty() || one.reason.is_empty() {
                found.push(format!("{} of {:?} ({}) has no reason", one.step, one.assignment, one.state));
            }
            let of_the_house = one.step.starts_with("notice:");
            if !of_the_house && !decided.contains(&(one.step.clone(), one.anchor.clone(), one.occurrence)) {
                found.push(format!("nobody wrote down why {} of {:?} is {}", one.step, one.assignment, one.state));
            }
        }
        for what in found {
            self.broken(18, end, &what);
        }
    }
}

/// The record read once more from its beginning.
struct Replay<'a> {
    world: &'a World,
    standings: BTreeMap<Assignment, Standing>,
    off: Vec<Date>,
    rules: usize,
    gone: BTreeSet<String>,
    posts: Vec<Post>,
    absent: Vec<(String, Date, Date)>,
    /// Where an assignment stood before the last reply, which may be taken back.
    before: BTreeMap<Assignment, Standing>,
    /// The highest rung each assignment was told of under one anchor, by its moment.
    highest: BTreeMap<(Assignment, String), i64>,
    /// Messages that may have arrived: they are repeated as they were.
    doubtful: BTreeSet<i64>,
    found: Vec<(u8, Timestamp, String)>,
}

impl Replay<'_> {
    fn happens(&mut self, act: &Act, took: bool, now: DateTime) {
        match act {
            Act::Known { duty } => {
                let given = &self.world.duties[*duty];
                for unit in &given.lead {
                    let to = Assignment { duty: *duty, unit: unit.clone() };
                    self.standings.insert(to, Standing { deadline: given.deadline, ..Standing::default() });
                }
            }
            Act::Reply { to, word, .. } if took => {
                let standing = self.standings.entry(to.clone()).or_default();
                self.before.insert(to.clone(), standing.clone());
                match word {
                    Word::Done => standing.is_done = true,
                    Word::Return => standing.is_done = false,
                    Word::Accept | Word::Withdraw => standing.is_closed = true,
                    Word::AcknowledgeUntil(_) => standing.has_promised = true,
                    // To whatever day was asked; the oracle knows which.
                    Word::Grant => standing.deadline = None,
                    _ => {}
                }
            }
            Act::Undo { reply } if took => {
                if let Act::Reply { to, .. } = &self.world.events[*reply].act
                    && let Some(before) = self.before.get(to)
                {
                    let deadline = self.standings.get(to).and_then(|standing| standing.deadline);
                    self.standings.insert(to.clone(), Standing { deadline, ..before.clone() });
                }
            }
            Act::Correct { duty, deadline } | Act::Extend { duty, deadline } => {
                for (_, standing) in self.standings.iter_mut().filter(|(to, _)| to.duty == *duty) {
                    standing.deadline = Some(Deadline::Day(*deadline));
                }
            }
            Act::Post(post) => {
                let same = |one: &Post| one.person == post.person && one.unit == post.unit && one.position == post.position;
                self.posts.retain(|one| !same(one));
                self.posts.push(post.clone());
                let mut theirs = self.posts.iter().filter(|one| one.person == post.person);
                if theirs.any(|one| one.to.is_none_or(|to| to >= now.date())) {
                    self.gone.remove(&post.person);
                } else {
                    self.gone.insert(post.person.clone());
                }
            }
            Act::Absence { person, from, to, .. } => self.absent.push((person.clone(), *from, *to)),
            Act::Rules { rules } => self.rules = *rules,
            Act::Holiday { date } => self.off.push(*date),
            _ => {}
        }
    }

    fn leaves(&mut self, wire: &Wire, at: Timestamp) {
        if wire.claimed < at {
            // The process stood still in between: it is on the wire since its claim, and what is there may still arrive. Not for ever.
            if at.duration_since(wire.claimed) >= CLAIM_HOLDS {
                self.found.push((4, at, format!("{} left on a claim of {}", wire.key, wire.claimed)));
            }
            return;
        }
        let seen = local(wire.wall);
        let is_urgent = |member: &Member| self.world.duties[member.assignment.duty].is_urgent;
        let is_repeated = self.doubtful.contains(&wire.message) && wire.members.iter().any(is_urgent);
        if !is_repeated && !wire.members.iter().all(is_urgent) && !is_open(self.world, &self.off, seen) {
            self.found.push((5, at, format!("{} left outside the hours", wire.key)));
        }
        let is_absent =
            |(person, from, to): &(String, Date, Date)| *person == wire.person && (*from..=*to).contains(&seen.date());
        if self.gone.contains(&wire.person) {
            self.found.push((6, at, format!("{} left to {}, who is gone", wire.key, wire.person)));
        } else if self.absent.iter().any(is_absent) {
            self.found.push((6, at, format!("{} left to {}, who is away", wire.key, wire.person)));
        }
        for (member, (moment, lower_waits)) in wire.members.iter().zip(&wire.moments) {
            self.carries(wire, member, *moment, at);
            self.reaches_its_holder(wire, member, at);
            let is_waiting = *lower_waits && is_rung(step_of(self.world, self.rules, &member.step), member);
            if is_waiting {
                self.found.push((7, at, format!("{} left with {} while a lower rung waits", wire.key, member.step)));
            }
        }
    }

    fn carries(&mut self, wire: &Wire, member: &Member, moment: i64, at: Timestamp) {
        let Some(standing) = self.standings.get(&member.assignment) else { return };
        let named = step_of(self.world, self.rules, &member.step);
        let Some((policy, step)) = named else { return };
        // The monitor's own clock begins with the report.
        let is_monitors = matches!(step.when, When::DaysAfterReportedDone(_));
        let is_silent =
            if is_monitors { standing.is_closed && !standing.is_done } else { standing.is_done || standing.is_closed };
        if is_silent {
            let what = format!("{} left with {} of {:?}, which is done or closed", wire.key, member.step, member.assignment);
            self.found.push((4, at, what));
        }
        if let (When::DaysAfterDeadline(days), Some(deadline)) = (step.when, standing.deadline)
            && !standing.has_promised
            && !policy.is_always_open
        {
            let first = working_day_after(self.world, &self.off, day_of(deadline), days);
            if local(wire.wall).date() < first {
                self.found.push((9, at, format!("{} left with {}, which is due on {first}", wire.key, member.step)));
            }
        }
        if is_rung(named, member) {
            let highest = self.highest.entry((member.assignment.clone(), member.anchor.clone())).or_insert(moment);
            if moment < *highest {
                self.found.push((8, at, format!("{} left with {} after a higher rung", wire.key, member.step)));
            }
            *highest = (*highest).max(moment);
        }
    }

    /// 6: a new duty is told to whoever holds the post of its unit's head that day, acting only when there is no other.
    fn reaches_its_holder(&mut self, wire: &Wire, member: &Member, at: Timestamp) {
        if member.step != "giao" {
            return;
        }
        let today = local(wire.wall).date();
        let is_away =
            |person: &str| self.absent.iter().any(|(other, from, to)| other == person && (*from..=*to).contains(&today));
        let of_the_unit = |post: &&Post| {
            let lasts = post.from <= today && post.to.is_none_or(|to| to >= today);
            post.unit == member.assignment.unit && post.position == "head" && lasts && !is_away(&post.person)
        };
        let heads: Vec<&Post> = self.posts.iter().filter(of_the_unit).collect();
        let full: Vec<&Post> = heads.iter().filter(|post| !post.is_acting).copied().collect();
        let holders = if full.is_empty() { heads } else { full };
        let is_known = self.posts.iter().any(|post| post.person == wire.person);
        if is_known && !holders.is_empty() && !holders.iter().any(|post| post.person == wire.person) {
            self.found.push((
                6,
                at,
                format!("{} left to {}, who does not head {}", wire.key, wire.person, member.assignment.unit),
            ));
        }
    }
}

/// The first occurrence of a step around the deadline, itself and not what announces it.
fn is_rung(named: Option<(&Policy, &Step)>, member: &Member) -> bool {
    let of_the_ladder = named.is_some_and(|(_, step)| is_of_the_deadline(step) && step.digest.is_none());
    of_the_ladder && member.occurrence == 1 && !member.step.starts_with("courtesy:")
}

/// The step of a member under these rules, or under those before.
fn step_of<'a>(world: &'a World, rules: usize, name: &str) -> Option<(&'a Policy, &'a Step)> {
    let name = name.strip_prefix("courtesy:").unwrap_or(name);
    let all = std::iter::once(&world.rules[rules]).chain(&world.rules);
    all.flat_map(|rules| &rules.policies).find_map(|policy| Some((policy, policy.steps.iter().find(|step| step.name == name)?)))
}

const fn is_of_the_deadline(step: &Step) -> bool {
    matches!(step.when, When::DaysBeforeDeadline(_) | When::OnDeadline | When::DaysAfterDeadline(_))
}

fn day_of(deadline: Deadline) -> Date {
    match deadline {
        Deadline::Day(day) => day,
        Deadline::Time(at) => at.date(),
    }
}

fn is_working_day(world: &World, off: &[Date], day: Date) -> bool {
    let calendar = &world.calendar;
    !off.contains(&day) && (calendar.working.contains(&day) || calendar.working_days.contains(&day.weekday()))
}

fn is_open(world: &World, off: &[Date], at: DateTime) -> bool {
    is_working_day(world, off, at.date()) && world.calendar.windows.iter().any(|(from, to)| (*from..*to).contains(&at.time()))
}

/// The so-manieth working day after a day.
fn working_day_after(world: &World, off: &[Date], day: Date, count: u16) -> Date {
    let mut day = day;
    let mut left = count;
    while left > 0 {
        day = day.tomorrow().expect("this century");
        left -= u16::from(is_working_day(world, off, day));
    }
    day
}
