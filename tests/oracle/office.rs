//! The office as it lives through its year, minute by minute.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::calendar::{DAY, Days, Hours, Minute, Minutes, Shape};
use super::doors::{Doors, Flight, Objection, Telling};
use super::notices::Notice;
use super::people::{Absence, People};
use super::record::{Anchor, Due, Record};
use super::world::{Act, Assignment, Duty, Policy, Step, When, Word, World};
use super::{Expected, day, minute};

/// Minutes in which something not bound to an opening may come due.
pub type Wakes = BTreeSet<Minute>;

/// What tells one version of a step from another: its name and when it fires.
type Timing = (String, String, String);

/// An office and where everything in it stands.
pub struct Office {
    pub duties: Vec<Duty>,
    pub shape: Shape,
    pub days: Days,
    /// The minutes of the office.
    minutes: Minutes,
    pub people: People,
    pub policies: Vec<Rc<Policy>>,
    /// Rule edits: since when each step holds.
    since: BTreeMap<Timing, Minute>,
    pub records: Vec<Record>,
    pub sent: Vec<Expected>,
    pub wakes: Wakes,
    pub notices: Vec<Notice>,
    /// Until when the program does not run, and the rules it will find then.
    pub down: Minute,
    pub found: Option<usize>,
    /// What this oracle gets wrong on purpose.
    pub twist: Twist,
    pub doors: Doors,
    /// What is on its way.
    pub tellings: Vec<Telling>,
    pub flights: BTreeMap<i64, Flight>,
    /// Who has a chat, and whose takes nothing any more.
    pub telegram: BTreeMap<String, i64>,
    pub dead: BTreeSet<String>,
    /// Whose chat refused something last, and nobody heard whether for ever.
    pub perhaps_dead: BTreeSet<String>,
    /// What was seen and must not be, and what was not seen and must be.
    pub wrong: Vec<Objection>,
    /// No other assignments are looked at, where there are some here.
    pub only: Option<BTreeSet<Assignment>>,
    /// Who has a copy of a reminder that was taken back: the record, its step, anchor and occurrence, and the person.
    pub copied: BTreeSet<(usize, String, Anchor, u16, String)>,
    /// Whom nothing reached of a step, though others of it were to hear of it: the operators know.
    pub unreached: BTreeSet<(usize, String, String)>,
    /// By how many seconds the clock is wrong, and was when each event came.
    pub skew: i64,
    skews: BTreeMap<usize, i64>,
    /// Of which a vacancy was told.
    pub vacant: BTreeSet<usize>,
    pub last_id: usize,
    /// When somebody began to work last.
    pub resumed: Minute,
    /// The second of the minute it is.
    pub second: i64,
    /// The replies of which somebody was told, by the place of their events.
    pub told_events: BTreeSet<usize>,
    /// More happens at this very instant, and nobody works in between; and what is to be looked at after it.
    pub is_amid: bool,
    pub unlooked: BTreeSet<usize>,
    /// When something on its way was not wanted any more, and it may lie by until somebody tries to send it; where it does.
    pub unwanted: Vec<(Assignment, Minute)>,
    pub lies_by: BTreeSet<(Assignment, Minute)>,
}

fn timing(policy: &Policy, step: &Step) -> Timing {
    (policy.name.clone(), step.name.clone(), format!("{:?}", step.when))
}

/// Its repeats, which may be newer than the step.
fn repeat_timing(policy: &Policy, step: &Step) -> Timing {
    let (policy, step_name, when) = timing(policy, step);
    (policy, step_name, format!("{when} every {:?}", step.repeat.map(|repeat| repeat.every_days)))
}

/// A rule left out or bent: an oracle that the comparison must find wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    /// None: the contract.
    Straight,
    /// Days are counted from the day itself.
    CountsTheFirstDay,
    /// Past escalations do not wait for each other.
    WaitsForNobody,
    /// Past reminders all go, none is merged.
    MergesNothing,
    /// A delivered later step does not end a repeat.
    RepeatsOn,
    /// `or_else` is not looked at.
    NeverElse,
    /// What was done goes on being pressed.
    PressesTheDone,
    /// A promised date holds nothing.
    TrustsNoPromise,
    /// Absent people are written to.
    SeesNoAbsence,
    /// A newer rule counts backwards.
    IsRetroactive,
    /// A digest leaves at once.
    HoldsNoDigest,
    /// What is due in rest time leaves at once.
    WorksAtNight,
}

impl Twist {
    pub const ALL: [Self; 11] = [
        Self::CountsTheFirstDay,
        Self::WaitsForNobody,
        Self::MergesNothing,
        Self::RepeatsOn,
        Self::NeverElse,
        Self::PressesTheDone,
        Self::TrustsNoPromise,
        Self::SeesNoAbsence,
        Self::IsRetroactive,
        Self::HoldsNoDigest,
        Self::WorksAtNight,
    ];
}

/// Everything that leaves in a world in which no message is refused or lost.
pub fn expect(world: &World) -> Vec<Expected> {
    expect_with(world, Twist::Straight)
}

/// The same with a rule bent.
pub fn expect_with(world: &World, twist: Twist) -> Vec<Expected> {
    let mut office = Office::of(world, twist);
    let (start, end) = (minute(world.start), minute(world.end));
    let mut events = world.events.iter().map(|event| (minute(event.at), &event.act)).enumerate().peekable();
    for now in start..end {
        while let Some((place, (_, act))) = events.next_if(|(_, (at, _))| *at <= now) {
            office.take(place, act, now, world);
        }
        let of_day = now.rem_euclid(DAY);
        let is_opening = office.shape.hours.iter().any(|(from, _)| *from == of_day) && office.days.is_worked(now.div_euclid(DAY));
        if is_opening || office.wakes.contains(&now) {
            office.wakes.remove(&now);
            if now == office.down {
                // It comes back and reads its rules.
                if let Some(rules) = office.found.take() {
                    office.load(world, rules, now);
                }
                // What the house has to tell comes before the rungs, which count from it.
                office.say(now);
                office.look_at_all(now);
            }
            office.say(now);
            for record in 0..office.records.len() {
                office.look(record, now);
            }
        }
    }
    let mut sent = office.sent;
    sent.sort();
    sent
}

impl Office {
    pub fn of(world: &World, twist: Twist) -> Self {
        let mut week = [false; 7];
        for weekday in &world.calendar.working_days {
            week[usize::try_from(weekday.to_monday_zero_offset()).expect("a weekday")] = true;
        }
        let of_day = |time: jiff::civil::Time| i64::from(time.hour()) * 60 + i64::from(time.minute());
        let off = world.calendar.off.iter().map(|date| (day(*date), false));
        let worked = world.calendar.working.iter().map(|date| (day(*date), true));
        let shape = Shape {
            week,
            hours: world.calendar.windows.iter().map(|(from, to)| (of_day(*from), of_day(*to))).collect(),
            vn: false,
            announced: Vec::new(),
            changes: off.chain(worked).collect(),
        };
        let (days, minutes) = tables_of(&shape, world);
        let mut office = Self {
            duties: world.duties.clone(),
            shape,
            days,
            minutes,
            people: People::of(world),
            policies: Vec::new(),
            since: BTreeMap::new(),
            records: Vec::new(),
            sent: Vec::new(),
            wakes: Wakes::new(),
            notices: Vec::new(),
            down: Minute::MIN,
            found: None,
            twist,
            doors: Doors::TakeAll,
            tellings: Vec::new(),
            flights: BTreeMap::new(),
            telegram: BTreeMap::new(),
            dead: BTreeSet::new(),
            perhaps_dead: BTreeSet::new(),
            wrong: Vec::new(),
            only: None,
            copied: BTreeSet::new(),
            unreached: BTreeSet::new(),
            vacant: BTreeSet::new(),
            skew: 0,
            skews: BTreeMap::new(),
            last_id: 0,
            resumed: Minute::MIN,
            second: 0,
            told_events: BTreeSet::new(),
            is_amid: false,
            unlooked: BTreeSet::new(),
            unwanted: Vec::new(),
            lies_by: BTreeSet::new(),
        };
        office.load(world, 0, minute(world.start));
        office
    }

    /// Rule edits: what stood in the rules before keeps its beginning, what comes back begins anew.
    pub fn load(&mut self, world: &World, rules: usize, now: Minute) {
        let before = std::mem::take(&mut self.since);
        self.policies = world.rules[rules].policies.iter().cloned().map(Rc::new).collect();
        for policy in &self.policies {
            for step in &policy.steps {
                for timing in [timing(policy, step), repeat_timing(policy, step)] {
                    let since = before.get(&timing).copied().unwrap_or(now);
                    self.since.insert(timing, since);
                }
            }
        }
    }

    pub fn holds_since(&self, policy: &Policy, step: &Step) -> Minute {
        self.since[&timing(policy, step)]
    }

    pub fn repeats_since(&self, policy: &Policy, step: &Step) -> Minute {
        self.since[&repeat_timing(policy, step)]
    }

    /// Whether the program does not run.
    pub fn is_down(&self, now: Minute) -> bool {
        now < self.down
    }

    /// Until when it does not.
    pub fn down(&self) -> Minute {
        self.down
    }

    /// The route: the first policy, the second for what is urgent when there is one.
    pub fn policy(&self, record: &Record) -> &Rc<Policy> {
        let urgent = self.policies.get(1).filter(|_| record.is_urgent);
        urgent.unwrap_or(&self.policies[0])
    }

    pub fn hours(&self, record: &Record) -> Hours {
        if self.policy(record).is_always_open { Hours::Always } else { Hours::Office }
    }

    /// Whether something of these hours may leave.
    pub fn is_open(&self, hours: &Hours, at: Minute) -> bool {
        matches!(hours, Hours::Always) || self.twist == Twist::WorksAtNight || self.minutes.is_open(at)
    }

    /// The instant when it is open, else the next one that is.
    pub fn next_open(&self, hours: &Hours, at: Minute) -> Minute {
        if matches!(hours, Hours::Always) || self.twist == Twist::WorksAtNight { at } else { self.minutes.next_opening(at) }
    }

    pub fn record(&self, name: &Assignment) -> Option<usize> {
        self.records.iter().position(|record| record.name == *name)
    }

    fn of_duty(&self, duty: usize) -> Vec<usize> {
        (0..self.records.len()).filter(|record| self.records[*record].name.duty == duty).collect()
    }

    /// Something happens; whoever it touches is looked at in the same minute.
    pub fn take(&mut self, place: usize, act: &Act, now: Minute, world: &World) {
        self.skews.insert(place, self.skew);
        match act {
            Act::Known { duty } => self.know(*duty, now),
            Act::Reply { to, by, word } => {
                if let Some(record) = self.record(to) {
                    self.answer(record, place, by, *word, now);
                    self.look(record, now);
                }
            }
            Act::Undo { reply } => {
                // As the clock has it, whatever it was set to in between.
                let then = self.skews.get(reply).copied().unwrap_or_default();
                let apart = world.events[place].at.duration_since(world.events[*reply].at).as_secs() + self.skew - then;
                if apart <= 300 {
                    for record in 0..self.records.len() {
                        if self.records[record].take_back(*reply).is_some() {
                            self.records[record].recall();
                            let was_told = self.told_events.contains(reply);
                            self.tell_of_taking_back(record, *reply, was_told, now);
                            self.say(now);
                            self.look(record, now);
                        }
                    }
                }
            }
            Act::Correct { duty, deadline } => {
                for record in self.of_duty(*duty) {
                    let corrected = Due::on(day(*deadline));
                    let Record { due, extended, .. } = &mut self.records[record];
                    *due = extended.filter(|extended| extended.day >= corrected.day).or(Some(corrected));
                    self.look(record, now);
                }
            }
            Act::Extend { duty, deadline } => {
                for record in self.of_duty(*duty) {
                    self.extend(record, day(*deadline), now);
                    self.look(record, now);
                }
            }
            Act::Post(post) => {
                self.people.appoint(post);
                self.wakes.insert(now);
            }
            Act::Absence { .. } if self.twist == Twist::SeesNoAbsence => {}
            Act::Absence { person, by, from, to } => {
                let (person, by) = (person.clone(), by.clone());
                self.people.send_away(Absence { person, by, from: day(*from), to: day(*to) });
                self.wakes.insert(now);
            }
            Act::Rules { rules } if self.is_down(now) => self.found = Some(*rules),
            Act::Rules { rules } => {
                self.load(world, *rules, now);
                self.look_at_all(now);
            }
            // When somebody works again is seen.
            Act::Down { .. } if self.doors == Doors::Seen => self.down = Minute::MAX,
            Act::Down { until } => {
                self.down = minute(*until);
                self.wakes.insert(self.down);
            }
            Act::Holiday { date } => {
                self.shape.changes.push((day(*date), false));
                (self.days, self.minutes) = tables_of(&self.shape, world);
                self.look_at_all(now);
            }
            // Doubt: a weak reply changes nothing until a second signal, which counts of its own.
            Act::WeakReply { .. } | Act::Outage { .. } => {}
        }
    }

    pub fn look_at_all(&mut self, now: Minute) {
        for record in 0..self.records.len() {
            self.look(record, now);
        }
    }

    fn know(&mut self, duty: usize, now: Minute) {
        let given = self.duties[duty].clone();
        let first = self.records.len();
        for unit in &given.lead {
            let name = Assignment { duty, unit: unit.clone() };
            if self.only.as_ref().is_some_and(|only| !only.contains(&name)) {
                continue;
            }
            let due = given.deadline.map(Due::of);
            let mut record = Record::new(name, given.coordinating.clone(), given.is_urgent, now, due);
            record.known_second = self.second;
            self.records.push(record);
        }
        for record in first..self.records.len() {
            // Minutes of the clock after it became known.
            for step in &Rc::clone(self.policy(&self.records[record])).steps {
                if let When::MinutesAfterAssignment(minutes) = step.when {
                    self.wakes.insert(now + i64::from(minutes));
                }
            }
            self.tell_coordinating(record, now);
            self.look(record, now);
        }
    }

    fn answer(&mut self, record: usize, place: usize, by: &str, word: Word, now: Minute) {
        let hours = self.hours(&self.records[record]);
        let asked = self.records[record].standing.asked;
        let around = (&self.days, &hours, &self.people);
        if !self.records[record].take(place, now, by, word, around) {
            return;
        }
        if let (Word::Grant, Some(until)) = (word, asked) {
            self.records[record].due = Some(Due::on(until));
            self.records[record].extended = self.records[record].due;
        }
        let standing = &self.records[record].standing;
        self.wakes.extend([standing.hold, standing.promise, standing.block, standing.dispute].into_iter().flatten());
        self.tell_of(record, place, word, now);
    }

    /// An extension for all units moves none back.
    fn extend(&mut self, record: usize, until: super::Day, now: Minute) {
        let is_over = self.records[record].standing.is_over();
        let is_as_late = self.records[record].due.is_none_or(|due| due.day <= until);
        // One of the same day is told as well: it has a paper of its own. The same paper is one extension.
        if !is_over && is_as_late && self.records[record].papers.insert(until) {
            self.records[record].due = Some(Due::on(until));
            self.records[record].extended = self.records[record].due;
            self.tell_of_extension(record, now);
        }
    }
}

fn tables_of(shape: &Shape, world: &World) -> (Days, Minutes) {
    let (first, last) = (day(world.start.date()), day(world.end.date()));
    let year = Days::of(shape, first - 2, last + 60);
    (Days::of(shape, first - 400, last + 400), Minutes::of(&year, &Hours::Office))
}
