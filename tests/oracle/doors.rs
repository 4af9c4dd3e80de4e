//! What is on its way: where doors refuse, lose and delay, a step is told when somebody took it. What the doors answered is the
//! world's own record; what must, may and must not follow from it is said here.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::{DAY, Minute};
use super::notices::{Notice, waits_while_done};
use super::office::Office;
use super::record::{Anchor, Outcome, Rung};
use super::world::{Assignment, Channel, Role, Sent, Verdict};

/// Latency: what may leave is taken within five minutes, while doors take what they get.
const AT_ONCE: i64 = 6;
/// Retry: at the latest an hour and a fifth after what was put off.
const PUT_OFF: i64 = 75;
/// What was lost is sent again at once; a door may have hung for some minutes before.
const LOST: i64 = 20;
/// Uncertain: three transmissions at most.
const TRANSMISSIONS: usize = 3;
/// What was put off for so long is given to the operators.
const GIVE_UP: i64 = 4 * DAY;
/// Nothing must leave any more, though it may.
const NEVER: Minute = Minute::MAX;

/// How the doors answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doors {
    /// They take everything at once.
    TakeAll,
    /// As they were seen to.
    Seen,
}

/// What is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// A rung, by its id.
    Rung(usize),
    Courtesy {
        anchor: Anchor,
        occurrence: u16,
    },
    Notice(Notice),
}

/// Where a person stands to what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
    Told,
    /// Every channel was tried.
    Spent,
    /// Others are asked instead.
    Replaced,
}

#[derive(Clone, Debug)]
struct Hearing {
    kind: &'static str,
    /// It must be taken by then, or somebody says why not.
    by: Minute,
    /// What doors did with it, acceptances left out.
    tried: Vec<(Minute, Channel, Verdict)>,
    /// The channel it went over last.
    last: Option<Channel>,
    /// What a door answered when whoever sent it ended: written down, or not.
    perhaps: Option<(Minute, Verdict)>,
    way: Way,
}

/// Something that is being told to people.
#[derive(Clone, Debug)]
pub struct Telling {
    id: usize,
    record: usize,
    /// The step, `courtesy:STEP` or `notice:WORD`.
    step: String,
    what: Told,
    since: Minute,
    people: BTreeMap<String, Hearing>,
    is_told: bool,
    /// Nobody can be told any more, and the operators know.
    is_ended: bool,
    /// Nobody is to be told at this time; it lies by until somebody tries to send it.
    is_lying: bool,
}

/// What is wrong.
#[derive(Clone, Debug)]
pub struct Objection {
    pub at: Minute,
    pub assignment: Assignment,
    pub what: String,
}

/// A message between its transmission and its answer.
#[derive(Clone, Debug)]
pub struct Flight {
    person: String,
    channel: Channel,
    verdict: Verdict,
    tellings: Vec<usize>,
    /// Nobody knows yet what became of it.
    is_aloft: bool,
    /// The record of each of them that asks something of its person by a step.
    asks: Vec<(usize, usize)>,
    /// When somebody was about to send it, and ended or was shut out.
    unsent: Option<Minute>,
}

impl Hearing {
    fn of(kind: &'static str, by: Minute) -> Self {
        Self { kind, by, tried: Vec::new(), last: None, perhaps: None, way: Way::Open }
    }
}

impl Hearing {
    /// Others were asked meanwhile.
    fn comes_back(&mut self, by: Minute) {
        if self.way == Way::Replaced {
            (self.way, self.by) = (Way::Open, by);
        }
    }

    /// A try that nobody saw may have been the third, and some days are enough.
    fn may_be_given_up(&self, now: Minute) -> bool {
        let lost = self.tried.iter().filter(|(.., verdict)| *verdict == Verdict::Uncertain).count();
        lost + 1 >= TRANSMISSIONS || self.tried.first().is_some_and(|(at, ..)| now - at >= GIVE_UP)
    }
}

impl Telling {
    /// Whether it says what a later notice of that word says anew.
    pub fn is_overtaken_by(&self, record: usize, word: &str, kind: &str) -> bool {
        let is_it = |notice: &Notice| notice.record == record && notice.word == word && notice.kind == kind;
        !self.is_told && matches!(&self.what, Told::Notice(notice) if is_it(notice))
    }

    /// Whether it tells of the reply of that event, and nobody was told yet.
    pub fn tells_of(&self, event: usize) -> bool {
        !self.is_told && matches!(&self.what, Told::Notice(notice) if notice.event == Some(event))
    }

    fn is_open(&self) -> bool {
        self.people.values().any(|one| one.way == Way::Open)
    }

    /// The planner finds it, or that it reaches nobody; what an act has made stands with the act.
    fn may_be_unplanned(&self, now: Minute) -> bool {
        let is_of_act = matches!(&self.what, Told::Notice(notice) if notice.word != "held");
        !is_of_act && now - self.since <= 1 && !self.was_transmitted()
    }

    fn was_transmitted(&self) -> bool {
        self.people.values().any(|one| one.last.is_some())
    }

    /// At the earliest.
    fn is_due_by(&mut self, by: Minute) {
        for hearing in self.people.values_mut().filter(|one| one.by != NEVER) {
            hearing.by = hearing.by.max(by);
        }
    }
}

impl Office {
    /// From now on these people are to be told.
    pub fn put_in(&mut self, record: usize, step: String, what: Told, people: BTreeMap<String, &'static str>, now: Minute) {
        let mut people = people;
        if let Told::Rung(id) = what
            && let Some(rung) = self.records[record].rungs.iter().find(|rung| rung.id == id)
        {
            // Nobody gets a second copy of one reminder, though it comes due again for those it asks.
            let has = |person: &String| {
                self.copied.contains(&(record, rung.step.clone(), rung.anchor, rung.occurrence, person.clone()))
            };
            people.retain(|person, kind| *kind != "copy" || !has(person));
        }
        if people.is_empty() {
            if matches!(what, Told::Courtesy { .. }) {
                self.hold(record, now);
            }
            return;
        }
        self.last_id += 1;
        let people = people.into_iter().map(|(person, kind)| (person, Hearing::of(kind, now + AT_ONCE))).collect();
        self.wakes.insert(now + AT_ONCE + 1);
        let (is_told, is_ended, is_lying) = (false, false, false);
        self.tellings.push(Telling { id: self.last_id, record, step, what, since: now, people, is_told, is_ended, is_lying });
    }

    pub fn put_in_notice(&mut self, notice: Notice, now: Minute) {
        let people = self.of_notice(&notice, now);
        let must = self.is_true(&notice);
        if people.is_empty() {
            // Nobody is there, or whoever is has declined.
            if notice.word != "held" && notice.kind != "copy" {
                self.may_hold(notice.record, now);
            }
            return;
        }
        self.put_in(notice.record, format!("notice:{}", notice.word), Told::Notice(notice), people, now);
        let Some(telling) = self.tellings.last_mut() else { return };
        // What an act has made is told whatever comes after, or is not.
        if !must {
            telling.people.values_mut().for_each(|hearing| hearing.by = NEVER);
        }
    }

    fn of_notice(&self, notice: &Notice, now: Minute) -> BTreeMap<String, &'static str> {
        let known = &self.records[notice.record];
        let people = self.people.of_role(notice.to, &known.name.unit, &known.coordinating, now.div_euclid(DAY));
        people.into_iter().filter(|person| !self.is_spared(notice, person, now)).map(|person| (person, notice.kind)).collect()
    }

    /// Channels: what reaches nobody is held, and the operators are told.
    pub fn hold(&mut self, record: usize, now: Minute) {
        self.put_in_notice(
            Notice { record, event: None, word: "held", to: Role::Monitor, kind: "action", given: now, at: now },
            now,
        );
    }

    /// It may be, or not.
    fn may_hold(&mut self, record: usize, now: Minute) {
        self.hold(record, now);
        self.need_not_hold();
    }

    /// What was put in last as held may not have been.
    fn need_not_hold(&mut self) {
        if let Some(notice) = self.tellings.last_mut().filter(|one| one.step == "notice:held") {
            notice.people.values_mut().for_each(|hearing| hearing.by = NEVER);
        }
    }

    /// Arrival: the ladder waits until the unit knows that its result came back; what comes at the very minute of the return does not.
    pub fn waits_for_return(&self, record: usize, moment: Minute) -> bool {
        let is_before = |notice: &Notice| notice.word == "returned" && (notice.given < moment || notice.at > moment);
        let is_of_return = |what: &Told| matches!(what, Told::Notice(notice) if is_before(notice));
        // It may come due in this very minute, whose answers are heard first.
        let comes = self.notices.iter().any(|one| one.record == record && is_before(one));
        comes || self.tellings.iter().any(|one| one.record == record && is_of_return(&one.what) && !one.is_told && one.is_open())
    }

    /// Nobody wants that step at this time, so that it keeps nothing back.
    pub fn lies(&self, rung: usize) -> bool {
        self.tellings.iter().any(|one| one.is_lying && matches!(one.what, Told::Rung(id) if id == rung))
    }

    /// Claims: what is no longer wanted does not leave, and whom it goes to is asked again.
    pub fn revise(&mut self, record: usize, now: Minute) {
        if self.doors == Doors::TakeAll || self.is_down(now) || self.tellings.iter().all(|one| one.record != record) {
            return;
        }
        let all = std::mem::take(&mut self.tellings);
        let (theirs, mut kept): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.record == record);
        for mut telling in theirs {
            match self.still(&telling, now) {
                Some(people) => {
                    if std::mem::take(&mut telling.is_lying) {
                        // Whose message came up meanwhile was let go; where others had heard, nothing makes it anew.
                        telling.is_due_by(if telling.is_told { NEVER } else { now + AT_ONCE });
                        self.wakes.insert(now + AT_ONCE + 1);
                    }
                    self.find_people(&mut telling, &people, now);
                    kept.push(telling);
                }
                // What was given up is over; only its copies may have been on their way.
                None if telling.is_ended => {}
                None if telling.is_lying || self.lies_by(&telling, now) => kept.push(Telling { is_lying: true, ..telling }),
                None if telling.is_told => {}
                None => self.cancel(telling),
            }
        }
        // What was held or told meanwhile came into the empty list.
        kept.append(&mut self.tellings);
        kept.retain(Telling::is_open);
        self.tellings = kept;
    }

    /// Claims: whether it is wanted is asked when somebody tries to send it. What was put off, or waits for the hours, may be wanted
    /// again by then, and has its time as before; or it was looked at meanwhile.
    fn lies_by(&mut self, telling: &Telling, now: Minute) -> bool {
        let known = &self.records[telling.record];
        let is_waiting = telling.was_transmitted() || !self.is_open(&self.hours(known), now);
        if matches!(telling.what, Told::Notice(_)) || !is_waiting {
            return false;
        }
        let at = (known.name.clone(), now);
        self.unwanted.push(at.clone());
        self.lies_by.contains(&at)
    }

    /// Whom it goes to now; `None` when nobody is to hear of it any more.
    fn still(&self, telling: &Telling, now: Minute) -> Option<BTreeMap<String, &'static str>> {
        let known = &self.records[telling.record];
        let name = telling.step.strip_prefix("courtesy:").unwrap_or(&telling.step);
        let anchor = match &telling.what {
            Told::Rung(id) => known.rungs.iter().find(|rung| rung.id == *id)?.anchor,
            Told::Courtesy { anchor, .. } => *anchor,
            Told::Notice(notice) => {
                let is_of_house = matches!(notice.word, "extension-granted" | "blocked" | "coordinating");
                let is_true = self.is_true(notice) && !(waits_while_done(notice.word) && known.standing.is_completed());
                return (is_true || !is_of_house).then(|| self.of_notice(notice, now));
            }
        };
        let step = self.policy(known).steps.iter().find(|step| step.name == name)?;
        let is_same = self.first_moment(known, step).is_some_and(|(now, _)| now == anchor);
        if !is_same || !self.is_wanted(telling.record, step, now) {
            return None;
        }
        if matches!(telling.what, Told::Courtesy { .. }) {
            let assignees = self.people.of_role(Role::Assignee, &known.name.unit, &known.coordinating, now.div_euclid(DAY));
            return Some(assignees.into_iter().map(|person| (person, "action")).collect());
        }
        Some(self.addressed(telling.record, step, now).0)
    }

    /// Never sent, its key is free again.
    fn cancel(&mut self, telling: Telling) {
        if telling.is_told {
            return;
        }
        let known = &mut self.records[telling.record];
        match telling.what {
            Told::Rung(id) => {
                let had = telling.people.iter().filter(|(_, one)| one.kind == "copy" && one.way == Way::Told);
                if let Some(rung) = known.rungs.iter().find(|rung| rung.id == id) {
                    let copy =
                        |person: &String| (telling.record, rung.step.clone(), rung.anchor, rung.occurrence, person.clone());
                    self.copied.extend(had.map(|(person, _)| copy(person)));
                }
                known.rungs.retain(|rung| rung.id != id);
            }
            Told::Courtesy { anchor, occurrence } => {
                let is_it = |step: &str| telling.step.strip_prefix("courtesy:") == Some(step);
                known.courtesy.retain(|(step, of, count, ..)| !(is_it(step) && *of == anchor && *count == occurrence));
            }
            Told::Notice(notice) if waits_while_done(notice.word) && !known.standing.is_over() => self.notices.push(notice),
            Told::Notice(_) => {}
        }
    }

    fn find_people(&mut self, telling: &mut Telling, people: &BTreeMap<String, &'static str>, now: Minute) {
        let is_of_act = matches!(telling.what, Told::Notice(_));
        let mut is_replaced = false;
        // Who is asked now is looked at when what was put off is tried again.
        let put_off = telling.people.values().filter(|one| one.way == Way::Open && one.by != NEVER && !one.tried.is_empty());
        let next_try = put_off.map(|one| one.by).max();
        for (person, hearing) in &mut telling.people {
            if !people.contains_key(person) && hearing.way == Way::Open {
                is_replaced |= !is_of_act && hearing.kind != "copy";
                (hearing.by, hearing.way) = if is_of_act { (NEVER, Way::Open) } else { (NEVER, Way::Replaced) };
            }
        }
        telling.people.retain(|_, hearing| hearing.way != Way::Replaced || !hearing.tried.is_empty());
        // Whoever comes in the place of one who had not heard of it yet hears of it, though others had.
        if telling.is_told && !is_replaced {
            return;
        }
        let is_open = telling.people.values().any(|one| one.way == Way::Open && one.kind != "copy");
        let by = if telling.is_told || is_open { NEVER } else { now + AT_ONCE };
        for (person, kind) in people {
            let known = telling.people.entry(person.clone());
            let hearing = known.and_modify(|one| one.comes_back(by)).or_insert_with(|| Hearing::of(kind, by));
            if hearing.by == by && by != NEVER {
                self.wakes.insert(now + AT_ONCE + 1);
            }
        }
        let tellings = self.tellings.len();
        self.end_when_spent(telling, now);
        for held in &mut self.tellings[tellings..] {
            held.is_due_by(next_try.unwrap_or(now));
        }
        self.wakes.extend(next_try.map(|by| by + 1));
    }

    /// A step that can reach nobody any more lets the next one go on.
    fn end_when_spent(&mut self, telling: &mut Telling, now: Minute) {
        // What the house says of its own may be a copy to all it goes to.
        let is_notice = matches!(telling.what, Told::Notice(_));
        let mut asked = telling.people.values().filter(|one| is_notice || one.kind != "copy");
        if telling.is_told || telling.is_ended || asked.any(|one| one.way == Way::Open) {
            return;
        }
        telling.is_ended = true;
        match telling.what {
            Told::Rung(id) => {
                self.settle(telling.record, id, Outcome::NobodyFound, None, now);
                self.hold(telling.record, now);
            }
            Told::Courtesy { .. } => self.hold(telling.record, now),
            Told::Notice(ref notice) => {
                if notice.word == "returned" {
                    self.records[telling.record].returned.push(notice.settled(now, self.second, false));
                }
                if notice.word != "held" && notice.kind != "copy" {
                    self.hold(telling.record, now);
                }
            }
        }
    }

    /// Channels: whom nothing reaches is told to the operators once for each step, though others of it hear of it, or still may.
    fn hold_for(&mut self, telling: &Telling, person: &str, now: Minute) -> bool {
        let is_held = telling.is_ended || matches!(telling.what, Told::Notice(_)) || telling.people[person].kind == "copy";
        if is_held || !self.unreached.insert((telling.record, telling.step.clone(), person.to_owned())) {
            return false;
        }
        self.hold(telling.record, now);
        true
    }

    fn settle(&mut self, record: usize, id: usize, outcome: Outcome, person: Option<&str>, now: Minute) {
        let Some(rung) = self.records[record].rungs.iter_mut().find(|rung| rung.id == id) else { return };
        rung.told.extend(person.map(str::to_owned));
        if rung.outcome == Outcome::Waits {
            (rung.outcome, rung.left, rung.second) = (outcome, now, self.second);
        }
    }

    /// A message leaves: everything it speaks of must be meant for this person now.
    pub fn leaves(&mut self, sent: &Sent, now: Minute) {
        let (person, channel, verdict) = (sent.person.clone(), sent.channel, sent.verdict);
        let mut flight =
            Flight { person, channel, verdict, tellings: Vec::new(), is_aloft: true, asks: Vec::new(), unsent: None };
        for (assignment, step, kind) in &sent.members {
            let Some(record) = self.record(assignment) else { continue };
            if matches!(step.as_str(), "notice:vacancy" | "notice:chat-dead") {
                // Nobody keeps account of vacancies and of chats here.
                self.vacant.insert(record);
                continue;
            }
            let mut found = self.find(record, step, sent, &flight);
            // That it is held shows that no answer was heard; of a step nobody knows whether it was, or was given up.
            let is_held = step == "notice:held";
            if found.is_none() && is_held && self.give_up(record, now) {
                // What waited for it comes now.
                self.look(record, now);
                found = self.find(record, step, sent, &flight);
            }
            if found.is_none() && self.believe(record, now) {
                found = self.find(record, step, sent, &flight);
            }
            if found.is_none() && !is_held && !step.contains(':') && self.give_up(record, now) {
                self.look(record, now);
                found = self.find(record, step, sent, &flight);
            }
            if found.is_none() && !step.contains(':') && self.overtake(record, step, now) {
                found = self.find(record, step, sent, &flight);
            }
            match found {
                Some(place) => {
                    self.transmitted(place, sent, kind, now);
                    let telling = &self.tellings[place];
                    flight.tellings.push(telling.id);
                    if kind != "copy" && !matches!(telling.what, Told::Notice(_)) {
                        flight.asks.push((telling.id, record));
                    }
                }
                None if sent.is_stale => {}
                // What told of a vacancy may have reached nobody.
                None if is_held && self.vacant.contains(&record) => {}
                None => self.object(now, &format!("{} must not hear {step} of", sent.person), assignment),
            }
        }
        if sent.channel == Channel::Telegram {
            self.perhaps_dead.remove(&sent.person);
        }
        flight.unsent = self.flights.get(&sent.message).and_then(|before| before.unsent);
        self.flights.insert(sent.message, flight);
        if sent.is_unheard {
            self.lost(sent.message, false, now);
        }
    }

    fn object(&mut self, now: Minute, what: &str, assignment: &Assignment) {
        let name = format!("{}@{}", assignment.duty + 1, assignment.unit);
        let what = format!("{}: {what} {name}", super::calendar::show(now));
        self.wrong.push(Objection { at: now, assignment: assignment.clone(), what });
    }

    /// What tells that person of that step; also who has become one of its people since. A message goes on telling what it told at its
    /// try before; else it is what must be told first, and not what only may, nor what another one tells at this time.
    fn find(&mut self, record: usize, step: &str, sent: &Sent, flight: &Flight) -> Option<usize> {
        let is_it =
            |one: &Telling| one.record == record && one.step == step && !one.is_lying && !flight.tellings.contains(&one.id);
        let told_before = |one: &Telling| self.flights.get(&sent.message).is_some_and(|flight| flight.tellings.contains(&one.id));
        let theirs = || self.flights.iter().filter(|(id, flight)| **id != sent.message && flight.person == sent.person);
        let is_told_now = |one: &Telling| theirs().any(|(_, flight)| flight.is_aloft && flight.tellings.contains(&one.id));
        let open = self.tellings.iter().enumerate().filter(|(_, one)| is_it(one)).filter_map(|(place, one)| {
            let hearing = one.people.get(&sent.person).filter(|hearing| hearing.way == Way::Open)?;
            Some((place, (!told_before(one), is_told_now(one), hearing.by)))
        });
        open.min_by_key(|(_, order)| *order).map(|(place, _)| place)
    }

    /// Arrival: a later reminder stands for what never left.
    fn overtake(&mut self, record: usize, step: &str, now: Minute) -> bool {
        let mut any = false;
        let rungs = &mut self.records[record].rungs;
        self.tellings.retain(|one| {
            let Told::Rung(id) = one.what else { return true };
            if one.record != record || one.step == step || one.is_told || one.was_transmitted() {
                return true;
            }
            let Some(rung) = rungs.iter_mut().find(|rung| rung.id == id && rung.is_ladder) else { return true };
            (rung.outcome, rung.due, rung.left) = (Outcome::Merged, now, now);
            any = true;
            false
        });
        if any {
            self.look(record, now);
        }
        any
    }

    fn transmitted(&mut self, place: usize, sent: &Sent, kind: &str, now: Minute) {
        let telling = &mut self.tellings[place];
        let Some(hearing) = telling.people.get_mut(&sent.person) else { return };
        (hearing.last, hearing.perhaps) = (Some(sent.channel), None);
        if let (Told::Notice(notice), Verdict::Accepted | Verdict::Uncertain) = (&telling.what, sent.verdict) {
            self.told_events.extend(notice.event);
        }
        let is_notice = matches!(telling.what, Told::Notice(_));
        // An acceptance that nobody has heard of yet is none to who sent it.
        self.records[telling.record].was_lost |= !is_notice && matches!(sent.verdict, Verdict::Accepted | Verdict::Uncertain);
        let assignment = self.records[telling.record].name.clone();
        let step = telling.step.clone();
        if hearing.kind != kind {
            let what = format!("{} must hear {step} as {}, not as {kind}, of", sent.person, hearing.kind);
            return self.object(now, &what, &assignment);
        }
        let wait = match sent.verdict {
            Verdict::Accepted => return,
            Verdict::Deferred => PUT_OFF,
            Verdict::Uncertain => LOST,
            Verdict::Refused => AT_ONCE,
        };
        hearing.tried.push((now, sent.channel, sent.verdict));
        if hearing.by != NEVER {
            hearing.by = now + wait;
        }
        self.wakes.insert(now + wait + 1);
        // What lay there while nobody worked goes over the other channel where its time is short.
        let is_out_of_turn = sent.channel == Channel::Email
            && self.tellings[place].since >= self.resumed
            && self.has_chat(&sent.person)
            && self.tellings[place].people[&sent.person].tried.iter().all(|(_, channel, _)| *channel == Channel::Email);
        if is_out_of_turn {
            self.object(now, &format!("{} must hear {step} over Telegram first, of", sent.person), &assignment);
        }
    }

    /// Whoever sent a message knows now what became of it.
    pub fn heard(&mut self, message: i64, verdict: Verdict, wait: i64, now: Minute) {
        let Some(flight) = self.flights.get_mut(&message) else { return };
        flight.is_aloft = false;
        let flight = flight.clone();
        let mut records = Vec::new();
        if matches!(verdict, Verdict::Refused | Verdict::Uncertain) {
            // What was answered while it was on its way, and reached nobody, may be held all the same.
            for (id, record) in &flight.asks {
                if self.tellings.iter().all(|one| one.id != *id) {
                    self.may_hold(*record, now);
                }
            }
        }
        for id in &flight.tellings {
            records.extend(self.learn(*id, &flight, verdict, now));
            let telling = self.tellings.iter_mut().find(|one| one.id == *id);
            let Some(hearing) = telling.and_then(|one| one.people.get_mut(&flight.person)) else { continue };
            if hearing.by != NEVER && verdict != Verdict::Accepted {
                hearing.by = hearing.by.max(now + wait + AT_ONCE);
                self.wakes.insert(hearing.by + 1);
            }
        }
        for record in records {
            self.look(record, now);
        }
    }

    fn learn(&mut self, id: usize, flight: &Flight, verdict: Verdict, now: Minute) -> Option<usize> {
        let place = self.tellings.iter().position(|one| one.id == id)?;
        let mut telling = self.tellings.remove(place);
        let record = telling.record;
        if let Some(hearing) = telling.people.get_mut(&flight.person) {
            // A refusal was written down after all.
            if hearing.perhaps.take().is_some_and(|(_, perhaps)| perhaps == verdict) && verdict == Verdict::Refused {
                hearing.tried.pop();
                hearing.tried.push((now, flight.channel, verdict));
            }
            if verdict == Verdict::Accepted {
                hearing.way = Way::Told;
            }
        }
        self.went(&mut telling, flight, verdict, now);
        if telling.is_open() {
            self.tellings.push(telling);
        }
        Some(record)
    }

    /// What a door answered before whoever sent it ended was written down after all.
    fn believe(&mut self, record: usize, now: Minute) -> bool {
        let theirs = self.tellings.iter().filter(|one| one.record == record);
        let of = theirs.flat_map(|one| one.people.iter().map(move |(person, hearing)| (one.id, person, hearing)));
        let believed: Vec<(usize, Minute, Flight)> = of
            .filter_map(|(id, person, hearing)| {
                let (at, verdict) = hearing.perhaps?;
                let (person, channel, tellings) = (person.clone(), hearing.last?, vec![id]);
                Some((id, at, Flight { person, channel, verdict, tellings, is_aloft: false, asks: Vec::new(), unsent: None }))
            })
            .collect();
        for (id, at, flight) in &believed {
            self.learn(*id, flight, flight.verdict, *at);
        }
        if !believed.is_empty() {
            self.look(record, now);
        }
        !believed.is_empty()
    }

    fn went(&mut self, telling: &mut Telling, flight: &Flight, verdict: Verdict, now: Minute) {
        let Some(hearing) = telling.people.get_mut(&flight.person) else { return };
        if verdict != Verdict::Accepted {
            let was_open = hearing.way == Way::Open;
            if self.is_spent(&telling.people[&flight.person], &flight.person) {
                telling.people.entry(flight.person.clone()).and_modify(|one| one.way = Way::Spent);
                self.end_when_spent(telling, now);
                if was_open {
                    self.hold_for(telling, &flight.person, now);
                }
            }
            return;
        }
        if hearing.kind == "copy" {
            // A notice that is a copy to all it goes to: who was away, and comes back, is not asked again once who stood in has heard.
            telling.is_told |= matches!(&telling.what, Told::Notice(notice) if notice.word == "coordinating");
            return;
        }
        match &telling.what {
            Told::Rung(id) => self.settle(telling.record, *id, Outcome::Left, Some(&flight.person), now),
            Told::Courtesy { .. } => {}
            Told::Notice(notice) => {
                self.told_events.extend(notice.event);
                if notice.word == "returned" && !telling.is_told {
                    self.records[telling.record].returned.push(notice.settled(now, self.second, true));
                }
            }
        }
        telling.is_told = true;
    }

    /// What may be given up by now is.
    fn give_up(&mut self, record: usize, now: Minute) -> bool {
        let mut tellings = std::mem::take(&mut self.tellings);
        let mut any = false;
        for telling in tellings.iter_mut().filter(|one| one.record == record && !one.is_ended && !one.is_lying) {
            let open = telling.people.iter_mut().filter(|(_, one)| one.way == Way::Open && one.kind != "copy");
            let given_up: Vec<String> = open
                .filter(|(_, hearing)| hearing.may_be_given_up(now))
                .map(|(person, hearing)| {
                    hearing.way = Way::Spent;
                    person.clone()
                })
                .collect();
            any |= !given_up.is_empty();
            self.end_when_spent(telling, now);
            for person in given_up {
                // It may not have been given up for this one.
                if self.hold_for(telling, &person, now) {
                    self.need_not_hold();
                }
            }
        }
        tellings.append(&mut self.tellings);
        self.tellings = tellings;
        any
    }

    /// The answer to a message is lost, unless it was written down after all.
    pub fn lost(&mut self, message: i64, may_be_written: bool, now: Minute) {
        let Some(flight) = self.flights.get_mut(&message) else { return };
        flight.is_aloft = false;
        let flight = flight.clone();
        if may_be_written && flight.channel == Channel::Telegram && flight.verdict == Verdict::Refused {
            self.perhaps_dead.insert(flight.person.clone());
        }
        for id in &flight.tellings {
            let Some(telling) = self.tellings.iter_mut().find(|one| one.id == *id) else { continue };
            let Some(hearing) = telling.people.get_mut(&flight.person) else { continue };
            hearing.perhaps = may_be_written.then_some((now, flight.verdict));
            self.records[telling.record].was_lost |= !matches!(telling.what, Told::Notice(_));
            // Whoever comes after takes it for lost, whatever its door answered; what was put off may have been written down.
            let is_put_off = flight.verdict == Verdict::Deferred && may_be_written;
            if flight.verdict != Verdict::Accepted && !is_put_off {
                hearing.tried.pop();
            }
            if !is_put_off {
                hearing.tried.push((now, flight.channel, Verdict::Uncertain));
            }
            if hearing.by != NEVER {
                hearing.by = hearing.by.max(now + LOST);
            }
            self.wakes.insert(now + LOST + 1);
        }
    }

    /// It was to be sent and never left, which those who come after cannot know: it counts as lost.
    pub fn unsent(&mut self, sent: &Sent, now: Minute) {
        let (person, channel, verdict) = (sent.person.clone(), sent.channel, sent.verdict);
        let mut flight =
            Flight { person, channel, verdict, tellings: Vec::new(), is_aloft: false, asks: Vec::new(), unsent: None };
        for (assignment, step, _) in &sent.members {
            let Some(record) = self.record(assignment) else { continue };
            let Some(place) = self.find(record, step, sent, &flight) else { continue };
            let telling = &mut self.tellings[place];
            flight.tellings.push(telling.id);
            let Some(hearing) = telling.people.get_mut(&sent.person) else { continue };
            hearing.tried.push((now, channel, verdict));
            hearing.last = Some(channel);
            if hearing.by != NEVER {
                hearing.by = hearing.by.max(now + LOST);
                self.wakes.insert(now + LOST + 1);
            }
            match &telling.what {
                Told::Notice(notice) => self.told_events.extend(notice.event),
                Told::Rung(_) | Told::Courtesy { .. } => self.records[record].was_lost = true,
            }
        }
        self.flights.entry(sent.message).or_insert(flight).unsent = Some(now);
    }

    /// Whoever was about to send it lives after all, and says that it never left.
    pub fn withheld(&mut self, message: i64, now: Minute) {
        let Some(flight) = self.flights.get_mut(&message) else { return };
        let (tellings, person, unsent) = (flight.tellings.clone(), flight.person.clone(), flight.unsent.take());
        for telling in self.tellings.iter_mut().filter(|one| tellings.contains(&one.id)) {
            let Some(hearing) = telling.people.get_mut(&person) else { continue };
            let is_it = |(at, _, verdict): &(Minute, Channel, Verdict)| Some(*at) == unsent && *verdict == Verdict::Uncertain;
            if let Some(place) = hearing.tried.iter().position(is_it) {
                hearing.tried.remove(place);
            }
            if hearing.by != NEVER {
                hearing.by = hearing.by.max(now + AT_ONCE);
                self.wakes.insert(hearing.by + 1);
            }
        }
    }

    /// A chat that takes nothing any more.
    pub fn dies(&mut self, person: &str) {
        self.dead.insert(person.to_owned());
    }

    fn has_chat(&self, person: &str) -> bool {
        self.telegram.contains_key(person) && !self.dead.contains(person) && !self.perhaps_dead.contains(person)
    }

    /// Channels: refused, lost three times, or left for the other one.
    fn is_spent(&self, hearing: &Hearing, person: &str) -> bool {
        let of = |channel: Channel| hearing.tried.iter().filter(move |(_, over, _)| *over == channel);
        let is_spent = |channel: Channel| {
            of(channel).any(|(.., verdict)| *verdict == Verdict::Refused)
                || of(channel).filter(|(.., verdict)| *verdict == Verdict::Uncertain).count() >= TRANSMISSIONS
                || of(channel).next().is_some() && hearing.last != Some(channel)
        };
        let has_chat = self.has_chat(person);
        is_spent(Channel::Email) && (!has_chat || is_spent(Channel::Telegram))
    }

    /// Whether what may leave has had its time in open hours.
    fn was_open(&self, record: usize, now: Minute) -> bool {
        let hours = self.hours(&self.records[record]);
        self.is_open(&hours, now) && self.is_open(&hours, now - AT_ONCE)
    }

    /// What must have been taken by now and was not.
    pub fn overdue(&mut self, now: Minute) {
        if self.is_down(now) {
            return;
        }
        // Where nothing may leave nobody shows by silence that the answer was heard.
        let perhaps = |one: &Hearing| one.by < now && one.perhaps.is_some();
        let is_due = |one: &&Telling| one.people.values().any(perhaps) && self.was_open(one.record, now);
        let believed = self.tellings.iter().filter(is_due).map(|one| one.record);
        for record in believed.collect::<Vec<_>>() {
            self.believe(record, now);
        }
        let mut tellings = std::mem::take(&mut self.tellings);
        let mut unwanted = BTreeSet::new();
        for telling in &mut tellings {
            let is_late = |one: &Hearing| one.way == Way::Open && one.by < now;
            if !telling.people.values().any(is_late) {
                continue;
            }
            let hours = self.hours(&self.records[telling.record]);
            let opening = self.next_open(&hours, now);
            let is_closed = !self.was_open(telling.record, now);
            if telling.is_lying && !is_closed {
                unwanted.insert(telling.id);
                continue;
            }
            let is_true = !matches!(&telling.what, Told::Notice(notice) if !self.is_true(notice));
            let is_wanted = is_true && self.still(telling, now).is_some();
            let name = self.records[telling.record].name.clone();
            for (person, hearing) in telling.people.iter_mut().filter(|(_, one)| is_late(one)) {
                hearing.by = if is_closed { opening + AT_ONCE } else { NEVER };
                if is_closed {
                    self.wakes.insert(hearing.by + 1);
                    continue;
                }
                if is_wanted && !hearing.may_be_given_up(now) {
                    let since = super::calendar::show(telling.since);
                    let what = format!("{person} must have heard {} (since {since}, tried {:?}) of", telling.step, hearing.tried);
                    self.object(now, &what, &name);
                }
            }
        }
        // What was not wanted whenever it might have been tried is not sent.
        let (gone, kept): (Vec<_>, Vec<_>) = tellings.into_iter().partition(|one| unwanted.contains(&one.id));
        self.tellings = kept;
        for telling in gone {
            let record = telling.record;
            self.cancel(telling);
            self.look(record, now);
        }
    }

    /// Nobody works any more: for whom something was put in within this minute that nobody was sent. It may have been planned, or not.
    pub fn doubted(&self, now: Minute) -> BTreeSet<Assignment> {
        let doubted = self.tellings.iter().filter(|one| one.may_be_unplanned(now));
        doubted.map(|one| self.records[one.record].name.clone()).collect()
    }

    /// It was not.
    pub fn unplan(&mut self, assignment: &Assignment, now: Minute) {
        let Some(record) = self.record(assignment) else { return };
        let all = std::mem::take(&mut self.tellings);
        let (unplanned, kept): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|one| one.record == record && one.may_be_unplanned(now));
        self.tellings = kept;
        for telling in unplanned {
            self.cancel(telling);
        }
        let is_now = |rung: &Rung| rung.left == now && !matches!(rung.outcome, Outcome::Waits | Outcome::Left);
        self.records[record].rungs.retain(|rung| !is_now(rung));
    }

    /// The clock shows so many minutes more at once.
    pub fn wait_on(&mut self, minutes: Minute, now: Minute) {
        if minutes == 0 {
            return;
        }
        for hearing in self.tellings.iter_mut().flat_map(|telling| telling.people.values_mut()).filter(|one| one.by != NEVER) {
            hearing.by = hearing.by.max(now) + minutes;
            self.wakes.insert(hearing.by + 1);
        }
    }

    /// Somebody works again: what waited leaves now.
    pub fn resume(&mut self, now: Minute) {
        self.resumed = now;
        for telling in &mut self.tellings {
            for hearing in telling.people.values_mut().filter(|one| one.by != NEVER) {
                hearing.by = hearing.by.max(now + AT_ONCE);
            }
        }
        self.wakes.insert(now + AT_ONCE + 1);
    }
}
