//! A world from a seed: an office of a ward, its people, its ladders, and what happens to it in a year.

use std::collections::BTreeMap;

use fastrand::Rng;
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time, Weekday, date, time};

use crate::world::{
    Act, Assignment, Calendar, Channel, Deadline, Digest, Duty, Event, Person, Policy, Post, Repeat, Role, Rules, Step, Unit,
    Unless, When, Word, World,
};

/// How large an office is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub assignments: usize,
    pub people: usize,
}

impl Size {
    /// A ward in a year: what the suite plays.
    pub const WARD: Self = Self { assignments: 100, people: 24 };
    /// A district.
    pub const DISTRICT: Self = Self { assignments: 2_000, people: 150 };
}

struct Maker {
    chance: Rng,
    world: World,
}

/// The world of a seed.
pub fn world(seed: u64, size: Size) -> World {
    let mut chance = Rng::with_seed(seed ^ 0x5eed_0f0f_f1ce);
    let start = date(2025, 1, 6).at(6, 0, 0, 0);
    let calendar = calendar(&mut chance);
    let world = World {
        seed,
        start,
        end: date(2026, 1, 9).at(18, 0, 0, 0),
        calendar,
        units: Vec::new(),
        people: Vec::new(),
        posts: Vec::new(),
        rules: Vec::new(),
        monitor: "theo".to_owned(),
        duties: Vec::new(),
        events: Vec::new(),
    };
    let mut maker = Maker { chance, world };
    maker.office(size);
    maker.rules();
    maker.duties(size);
    maker.people_come_and_go();
    maker.house();
    let mut world = maker.world;
    put_in_order(&mut world);
    world
}

/// Events by time; those that name another event by its place follow it.
fn put_in_order(world: &mut World) {
    let mut order: Vec<usize> = (0..world.events.len()).collect();
    order.sort_by_key(|place| world.events[*place].at);
    let mut new_place = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        new_place[*old] = new;
    }
    world.events = order.iter().map(|old| world.events[*old].clone()).collect();
    for event in &mut world.events {
        if let Act::Undo { reply } = &mut event.act {
            *reply = new_place[*reply];
        }
    }
}

fn calendar(chance: &mut Rng) -> Calendar {
    let windows = if chance.u8(..4) == 0 {
        vec![(time(8, 0, 0, 0), time(12, 0, 0, 0)), (time(13, 30, 0, 0), time(17, 30, 0, 0))]
    } else {
        vec![(time(7, 30, 0, 0), time(11, 30, 0, 0)), (time(13, 0, 0, 0), time(17, 0, 0, 0))]
    };
    // A week around Tết, a long week-end, and single days.
    let mut off: Vec<Date> = (0..7).map(|day| date(2025, 1, 27).saturating_add(day.days())).collect();
    off.extend([date(2025, 4, 30), date(2025, 5, 1), date(2025, 9, 1), date(2025, 9, 2), date(2026, 1, 1)]);
    for _ in 0..chance.usize(..6) {
        off.push(date(2025, 2, 10).saturating_add(chance.i64(0..300).days()));
    }
    off.sort();
    off.dedup();
    // A Saturday worked for a day off.
    let working = (0..chance.usize(..4)).map(|_| {
        let monday = date(2025, 2, 17).saturating_add(chance.i64(0..40).weeks());
        monday.saturating_add(5.days())
    });
    let mut working: Vec<Date> = working.filter(|day| !off.contains(day)).collect();
    working.sort();
    working.dedup();
    let working_days = vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    Calendar { working_days, windows, off, working }
}

fn step(name: &str, when: When, to: &[Role]) -> Step {
    Step {
        name: name.to_owned(),
        when,
        to: to.to_vec(),
        or_else: Vec::new(),
        copy: Vec::new(),
        unless: Unless::Completed,
        repeat: None,
        courtesy_hours: None,
        digest: None,
    }
}

impl Maker {
    fn post(&mut self, person: &str, unit: &str, position: &str) {
        self.world.posts.push(Post {
            person: person.to_owned(),
            unit: unit.to_owned(),
            position: position.to_owned(),
            from: date(2020, 1, 1),
            to: None,
            is_acting: false,
        });
    }

    fn person(&mut self, id: &str) -> String {
        let number = i64::try_from(self.world.people.len()).expect("few");
        let telegram = (self.chance.u8(..5) < 2).then_some(1_000 + number);
        self.world.people.push(Person { id: id.to_owned(), telegram });
        id.to_owned()
    }

    fn office(&mut self, size: Size) {
        let unit = |id: &str, parent: Option<&str>, supervisor: Option<&str>| Unit {
            id: id.to_owned(),
            parent: parent.map(str::to_owned),
            supervisor: supervisor.map(str::to_owned),
        };
        self.world.units.push(unit("ubnd", None, None));
        self.person("chu");
        self.post("chu", "ubnd", "head");
        let leaders: Vec<String> = (0..3).map(|number| self.person(&format!("pct{number}"))).collect();
        for leader in &leaders {
            self.post(leader, "ubnd", "deputy");
        }
        self.person("theo");
        self.world.units.push(unit("vp", Some("ubnd"), Some("chu")));
        self.post("theo", "vp", "head");
        let mut number = 0;
        while self.world.people.len() < size.people {
            let id = format!("p{number:02}");
            number += 1;
            let leader = leaders[self.chance.usize(..leaders.len())].clone();
            self.world.units.push(unit(&id, Some("ubnd"), Some(&leader)));
            let head = self.person(&format!("{id}-tr"));
            self.post(&head, &id, "head");
            for deputy in 0..self.chance.usize(..3) {
                let one = self.person(&format!("{id}-ph{deputy}"));
                self.post(&one, &id, "deputy");
            }
            let officer = self.person(&format!("{id}-cv"));
            self.post(&officer, &id, "officer");
        }
    }

    /// The rules at the start, and two others that may come by a reload.
    fn rules(&mut self) {
        let days = self.chance.u16(1..4);
        let first = self.ladder(days);
        let finer = self.ladder(days + 1);
        let mut other = self.ladder(days);
        other.push(step("nhac-som", When::DaysBeforeDeadline(8), &[Role::Assignee]));
        let urgent = vec![
            step("giao-ngay", When::OnAssignment, &[Role::Assignee, Role::UnitHead]),
            Step {
                unless: Unless::Acknowledged,
                ..step("chua-nhan-ngay", When::MinutesAfterAssignment(20), &[Role::UnitDeputy, Role::Monitor])
            },
        ];
        for steps in [first, finer, other] {
            let normal = Policy { name: "chung".to_owned(), is_always_open: false, steps };
            let urgent = Policy { name: "hoa-toc".to_owned(), is_always_open: true, steps: urgent.clone() };
            self.world.rules.push(Rules { policies: vec![normal, urgent] });
        }
    }

    fn ladder(&mut self, days: u16) -> Vec<Step> {
        let mut chance = |of: u8| self.chance.u8(..of) == 0;
        let mut steps = vec![step("giao", When::OnAssignment, &[Role::Assignee])];
        if chance(2) {
            let silent = step("chua-nhan", When::DaysAfterAssignment(3), &[Role::UnitHead, Role::UnitDeputy]);
            steps.push(Step { unless: Unless::Acknowledged, ..silent });
        }
        steps.push(step("ra-soat", When::EveryDaysWhileUndated(22), &[Role::Assignee]));
        let to: &[Role] = if chance(2) { &[Role::Assignee, Role::UnitHead] } else { &[Role::Assignee] };
        steps.push(step("nhac", When::DaysBeforeDeadline(days), to));
        if chance(2) {
            steps.push(step("dung-han", When::OnDeadline, &[Role::Assignee]));
        }
        let press = step("don-doc", When::DaysAfterDeadline(1), &[Role::UnitHead]);
        steps.push(Step {
            or_else: vec![Role::Supervisor],
            copy: vec![Role::Monitor],
            courtesy_hours: chance(2).then_some(4),
            repeat: Some(Repeat { every_days: 5, max: 4 }),
            ..press
        });
        if chance(3) {
            let silent = step("im-lang", When::DaysWithoutReport(20), &[Role::UnitDeputy]);
            steps.push(Step { unless: Unless::Completed, repeat: Some(Repeat { every_days: 10, max: 3 }), ..silent });
        }
        let report = step("bao-cao", When::DaysAfterDeadline(5), &[Role::Supervisor]);
        let digest = if chance(3) { Digest::Daily } else { Digest::Weekly };
        // A daily digest would come every day of the year.
        let repeat = (digest == Digest::Daily).then_some(Repeat { every_days: 5, max: 6 });
        steps.push(Step { digest: Some(digest), repeat, ..report });
        let accept = step("nghiem-thu", When::DaysAfterReportedDone(2), &[Role::Monitor]);
        steps.push(Step { unless: Unless::Accepted, ..accept });
        steps
    }

    /// A day of the year's working part, at an office hour or outside it.
    fn moment(&mut self, from: Date, to: Date) -> DateTime {
        let days = from.until(to).map_or(1, |span| span.get_days()).max(1);
        let day = from.saturating_add(self.chance.i32(0..days).days());
        day.to_datetime(self.hour())
    }

    fn hour(&mut self) -> Time {
        let minute = if self.chance.u8(..6) == 0 { self.chance.i8(0..60) } else { self.chance.i8(0..12) * 5 };
        let hour = if self.chance.u8(..5) == 0 { self.chance.i8(0..24) } else { self.chance.i8(7..17) };
        time(hour, minute, 0, 0)
    }

    fn act(&mut self, at: DateTime, act: Act) -> usize {
        self.world.events.push(Event { at, act });
        self.world.events.len() - 1
    }

    fn duties(&mut self, size: Size) {
        let mut given = 0;
        let leads: Vec<String> = self.world.units.iter().skip(2).map(|unit| unit.id.clone()).collect();
        while given < size.assignments {
            // Several clauses of one day come together.
            let known = self.moment(date(2025, 1, 6), date(2025, 10, 20)).max(self.world.start);
            for _ in 0..self.chance.usize(1..5) {
                let mut lead = vec![leads[self.chance.usize(..leads.len())].clone()];
                if self.chance.u8(..6) == 0 {
                    let other = leads[self.chance.usize(..leads.len())].clone();
                    if other != lead[0] {
                        lead.push(other);
                    }
                }
                let coordinating = match self.chance.u8(..8) {
                    0 => leads.iter().filter(|unit| !lead.contains(unit)).take(1).cloned().collect(),
                    _ => Vec::new(),
                };
                let day = known.date().saturating_add(self.chance.i64(-4..90).days());
                let deadline = match self.chance.u8(..12) {
                    0 => None,
                    1 => Some(Deadline::Time(day.at(self.chance.i8(8..17), 30, 0, 0))),
                    _ => Some(Deadline::Day(day)),
                };
                let number = format!("{}/UBND", self.world.duties.len() + 1);
                let is_urgent = self.chance.u8(..12) == 0;
                given += lead.len();
                let duty = self.world.duties.len();
                self.world.duties.push(Duty { number, date: known.date(), known, lead, coordinating, deadline, is_urgent });
                self.act(known, Act::Known { duty });
                self.life_of(duty);
                if given >= size.assignments {
                    return;
                }
            }
        }
    }

    /// What people say to a duty, and what becomes of its deadline.
    fn life_of(&mut self, duty: usize) {
        let given = self.world.duties[duty].clone();
        let day = match given.deadline {
            Some(Deadline::Day(day)) => day,
            Some(Deadline::Time(at)) => at.date(),
            None => given.known.date().saturating_add(90.days()),
        };
        for unit in &given.lead {
            let to = Assignment { duty, unit: unit.clone() };
            let mut at = given.known;
            for _ in 0..self.chance.usize(..7) {
                at = self.later(at, 20);
                self.answer(&to, at, day);
            }
            if self.chance.u8(..10) < 7 {
                let after = day.saturating_add(self.chance.i64(-10..30).days()).to_datetime(self.hour());
                let by = self.somebody_of(unit);
                let done = after.max(self.later(given.known, 5));
                self.act(done, Act::Reply { to: to.clone(), by, word: Word::Done });
                let word = if self.chance.u8(..4) == 0 { Word::Return } else { Word::Accept };
                let judged = self.later(done, 12);
                if self.chance.u8(..10) < 8 {
                    self.act(judged, Act::Reply { to, by: self.world.monitor.clone(), word });
                }
            }
        }
        if given.deadline.is_some() && !given.is_urgent {
            match self.chance.u8(..12) {
                0 => {
                    let at = self.later(given.known, 15);
                    let deadline = day.saturating_add(self.chance.i64(-5..30).days()).max(at.date());
                    self.act(at, Act::Correct { duty, deadline });
                    if self.chance.bool() {
                        let back = self.later(at, 5);
                        self.act(back, Act::Correct { duty, deadline: day });
                    }
                }
                1 => {
                    let at = day
                        .saturating_add(self.chance.i64(-6..6).days())
                        .to_datetime(self.hour())
                        .max(self.later(given.known, 3));
                    let deadline = day.max(at.date()).saturating_add(self.chance.i64(3..40).days());
                    self.act(at, Act::Extend { duty, deadline });
                }
                _ => {}
            }
        }
    }

    fn later(&mut self, at: DateTime, days: i64) -> DateTime {
        let minutes = self.chance.i64(1..days * 1_440);
        let to = at.saturating_add(minutes.minutes());
        if self.chance.u8(..4) == 0 { to } else { to.date().to_datetime(self.hour()).max(at.saturating_add(1.minute())) }
    }

    fn somebody_of(&mut self, unit: &str) -> String {
        let theirs: Vec<&Post> = self.world.posts.iter().filter(|post| post.unit == unit).collect();
        theirs[self.chance.usize(..theirs.len())].person.clone()
    }

    fn answer(&mut self, to: &Assignment, at: DateTime, deadline: Date) {
        let until = at.date().saturating_add(self.chance.i64(1..25).days());
        let monitor = self.world.monitor.clone();
        let (by, word) = match self.chance.u8(..16) {
            0..=4 => (self.somebody_of(&to.unit), Word::Acknowledge),
            5 => (self.somebody_of(&to.unit), Word::AcknowledgeUntil(until)),
            6..=8 => (self.somebody_of(&to.unit), Word::Progress),
            9 => (self.somebody_of(&to.unit), Word::Blocked),
            10 => (self.somebody_of(&to.unit), Word::ExtendUntil(deadline.max(at.date()).saturating_add(10.days()))),
            11 => (monitor, Word::Grant),
            12 => (monitor, if self.chance.bool() { Word::Refuse } else { Word::Return }),
            13 => (self.somebody_of(&to.unit), Word::NotOurs),
            14 => (monitor, Word::HoldUntil(until)),
            _ => (monitor, Word::Withdraw),
        };
        let withdraws_all = word == Word::Withdraw && self.chance.u8(..3) != 0;
        if withdraws_all {
            return;
        }
        let is_units = by != self.world.monitor;
        if is_units && self.chance.u8(..8) == 0 {
            self.act(at, Act::WeakReply { to: to.clone(), by: by.clone(), word });
            if self.chance.bool() {
                let again = self.later(at, 3);
                self.act(again, Act::Reply { to: to.clone(), by, word });
            }
            return;
        }
        let reply = self.act(at, Act::Reply { to: to.clone(), by, word });
        if is_units && self.chance.u8(..6) == 0 {
            let soon = at.saturating_add(self.chance.i64(20..400).seconds());
            self.act(soon, Act::Undo { reply });
        }
    }

    fn people_come_and_go(&mut self) {
        let mut absent: BTreeMap<String, Date> = BTreeMap::new();
        let mut left = Vec::new();
        let posts: Vec<Post> = self.world.posts.iter().filter(|post| post.unit.starts_with('p')).cloned().collect();
        for post in posts {
            match self.chance.u8(..14) {
                0 if post.position != "officer" => {
                    let at = self.moment(date(2025, 3, 1), date(2025, 11, 1));
                    left.push(post.person.clone());
                    let last = at.date().saturating_sub(1.day());
                    self.act(at, Act::Post(Post { to: Some(last), ..post.clone() }));
                    let comes = self.later(at, 30);
                    match self.chance.u8(..3) {
                        0 => {}
                        1 => {
                            let is_acting = self.chance.bool();
                            let officer = format!("{}-cv", post.unit);
                            let new = Post { person: officer, from: comes.date(), to: None, is_acting, ..post };
                            self.act(comes, Act::Post(new));
                        }
                        _ => {
                            let id = format!("{}-moi", post.person);
                            let telegram = self.chance.bool().then(|| 5_000 + self.chance.i64(0..4_000));
                            self.world.people.push(Person { id: id.clone(), telegram });
                            let new = Post { person: id, from: comes.date(), to: None, is_acting: false, ..post };
                            self.act(comes, Act::Post(new));
                        }
                    }
                }
                1 | 2 => {
                    let at = self.moment(date(2025, 2, 1), date(2025, 12, 1));
                    let from = at.date().saturating_add(self.chance.i64(0..5).days());
                    let to = from.saturating_add(self.chance.i64(1..15).days());
                    if left.contains(&post.person) || absent.insert(post.person.clone(), to).is_some() {
                        continue;
                    }
                    let by = self.chance.bool().then(|| self.somebody_of(&post.unit)).filter(|by| *by != post.person);
                    self.act(at, Act::Absence { person: post.person, by, from, to });
                }
                _ => {}
            }
        }
    }

    /// What happens to the house itself.
    fn house(&mut self) {
        for rules in 1..3 {
            if self.chance.u8(..3) != 0 {
                let at = self.moment(date(2025, 3, 1), date(2025, 12, 1));
                self.act(at, Act::Rules { rules });
            }
        }
        if self.chance.bool() {
            let at = self.moment(date(2025, 3, 1), date(2025, 12, 1));
            let day = at.date().saturating_add(self.chance.i64(1..8).days());
            self.act(at, Act::Holiday { date: day });
        }
        for _ in 0..self.chance.usize(1..5) {
            let at = self.moment(date(2025, 2, 1), date(2025, 12, 1));
            let until = match self.chance.u8(..4) {
                0 => at.saturating_add(self.chance.i64(1..40).days()),
                _ => at.saturating_add(self.chance.i64(2..2_000).minutes()),
            };
            self.act(at, Act::Down { until });
        }
        for _ in 0..self.chance.usize(..4) {
            let at = self.moment(date(2025, 2, 1), date(2025, 12, 1));
            let channel = if self.chance.bool() { Channel::Email } else { Channel::Telegram };
            let until = at.saturating_add(self.chance.i64(10..4_000).minutes());
            self.act(at, Act::Outage { channel, until });
        }
    }
}
