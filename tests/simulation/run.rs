//! Plays a plan: the real engine over a real store, on a clock of its own.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use dondoc::channel::recording::Recording;
use dondoc::channel::{Channel as _, Door, Leave};
use dondoc::clock::Clock;
use dondoc::config::{Config, Credentials, Surroundings};
use dondoc::diagnostic::{Diagnostic, Source};
use dondoc::domain::delivery::{Binding, Fault, Verdict};
use dondoc::domain::organisation::PersonId;
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::reply::{Doubt, ReplyKind};
use dondoc::domain::rules::Rules;
use dondoc::engine::deliver::{self, Claimed, Slip};
use dondoc::engine::import::{Mode, Outcome, import, known_facts};
use dondoc::engine::reply::{Replied, Request, reply};
use dondoc::engine::undo::{Undone, undo_in};
use dondoc::engine::{Engine, EngineError, drive, pack, plan as planning, route, rules, walk};
use dondoc::facts;
use dondoc::fault;
use dondoc::store::incarnations::{self, NewIncarnation};
use dondoc::store::{Store, meta};
use fastrand::Rng;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;
use tokio::time::Instant;

use crate::plan::{Answer, Plan, What};
use crate::record::{Record, Said, Wire};
use crate::text;
use crate::world::{Act, Assignment, Channel, Member, Verdict as Seen, Word};

const CHANNELS: [ChannelKind; 2] = [ChannelKind::Email, ChannelKind::Telegram];

/// Another daemon is taken for dead after that; more than the engine asks for.
const SILENT: SignedDuration = SignedDuration::from_secs(9);

/// How often the next checks are compared with a fresh plan; at the end of the year besides.
const AUDIT: SignedDuration = SignedDuration::from_hours(24 * 20);

/// Steps at one instant: a bound, never reached by an engine that comes to rest.
const STEPS_MAX: usize = 20_000;

thread_local! {
    /// Points that may still be passed before the program ends; 0 is never.
    static LEFT: Cell<u32> = const { Cell::new(0) };
    /// Where it ended.
    static ENDED_AT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A local time of Vietnam.
pub fn instant(at: DateTime) -> Timestamp {
    zone().to_timestamp(at).expect("no clock changes")
}

/// The same back.
pub fn local(at: Timestamp) -> DateTime {
    at.to_zoned(zone()).datetime()
}

fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(7))
}

/// The program ended at a point.
struct Ended;

/// Runs one verb of a daemon; it may end in the middle.
async fn may_end<T>(verb: impl Future<Output = T>) -> Result<T, Ended> {
    let mut verb = pin!(verb);
    std::future::poll_fn(move |context| match verb.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Ok(done)),
        Poll::Pending if ENDED_AT.with_borrow(Option::is_some) => Poll::Ready(Err(Ended)),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// A message on the wire.
struct Flight {
    slip: Slip,
    verdict: Verdict,
    /// When the answer is there.
    ready: Timestamp,
}

/// A message that was claimed: since when, and what it carries.
struct Held {
    claimed: Claimed,
    since: Timestamp,
    members: Vec<Carried>,
}

/// A member of a message: for whom, what, its moment, and whether a lower rung of its ladder is unsettled.
type Carried = (i64, Member, i64, bool);

/// What a daemon may do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    /// Takes up the rules of the config.
    Adopt,
    /// Shows that it lives.
    Beat,
    /// Plans, routes and packs in one go, as a daemon alone does.
    Prepare,
    Plan,
    Route,
    Pack,
    Claim(usize),
    /// Transmits what it had claimed when it stood still.
    Transmit,
    Mark,
}

struct Replica {
    /// `None` while it is down.
    engine: Option<Engine>,
    wire: Vec<Flight>,
    /// When it comes back, or goes on.
    back: Option<Timestamp>,
    /// It stands still.
    is_still: bool,
    /// Which rules it has taken up; `None` right after it began.
    rules: Option<usize>,
    /// It stood still, and has not shown since that it lives.
    is_stale: bool,
    /// Claimed right before it stood still.
    unsent: Vec<Held>,
    /// It will stand still after its next claim, for so many seconds.
    suspend: Option<i64>,
    /// A crash that is to come: how many points away.
    crash: Option<(u32, i64)>,
}

pub struct Run<'a> {
    plan: &'a Plan,
    store: Store,
    now: Timestamp,
    skew: SignedDuration,
    skew_ends: Option<Timestamp>,
    /// When the next checks are compared with a fresh plan again.
    audit_at: Timestamp,
    off: Vec<Date>,
    /// The rules in force by order of coming: index 0 first.
    rulebooks: Vec<Arc<Rules>>,
    world_rules: usize,
    /// What the commands of people work with.
    office: Engine,
    replicas: Vec<Replica>,
    is_idle: bool,
    ghosts: Vec<(String, Timestamp)>,
    chance: Rng,
    answers: BTreeMap<Channel, VecDeque<Answer>>,
    outages: BTreeMap<Channel, Timestamp>,
    down_until: Option<Timestamp>,
    recording: Recording,
    clock: Clock,
    record: Record,
    assignments: BTreeMap<i64, Assignment>,
    ids: BTreeMap<Assignment, i64>,
    people: BTreeMap<String, i64>,
    codes: BTreeMap<i64, String>,
    /// The rows of replies that will be taken back, by their place.
    replies: BTreeMap<usize, i64>,
    undone: BTreeSet<usize>,
}

/// Plays it all and returns what was seen.
pub async fn play(plan: &Plan, store: Store) -> Record {
    let hook = fault::hook(|point| {
        let left = LEFT.get();
        if left == 0 {
            return fault::Act::Go;
        }
        LEFT.set(left - 1);
        if left > 1 {
            return fault::Act::Go;
        }
        ENDED_AT.set(Some(point.to_owned()));
        fault::Act::Stop
    });
    let mut run = Run::open(plan, store).await;
    run.year().await;
    drop(hook);
    run.close().await
}

impl<'a> Run<'a> {
    async fn open(plan: &'a Plan, store: Store) -> Self {
        let now = instant(plan.world.start);
        let clock = Clock::virtual_at(now);
        let mut tx = store.begin().await.expect("a writer");
        meta::set(&mut tx, meta::STORE_ID, "simulation").await.expect("a name");
        tx.commit().await.expect("committed");
        let rules = rules_of(plan, 0, &plan.world.calendar.off);
        let mut run = Self {
            plan,
            office: Engine::new(store.clone(), Arc::clone(&rules), CHANNELS.to_vec()),
            store,
            now,
            skew: SignedDuration::ZERO,
            skew_ends: None,
            audit_at: now + AUDIT,
            off: plan.world.calendar.off.clone(),
            rulebooks: vec![rules],
            world_rules: 0,
            replicas: Vec::new(),
            is_idle: true,
            ghosts: Vec::new(),
            chance: Rng::with_seed(plan.turns),
            answers: BTreeMap::new(),
            outages: BTreeMap::new(),
            down_until: None,
            recording: Recording::new(clock.clone()),
            clock,
            record: Record::default(),
            assignments: BTreeMap::new(),
            ids: BTreeMap::new(),
            people: BTreeMap::new(),
            codes: BTreeMap::new(),
            replies: BTreeMap::new(),
            undone: plan
                .world
                .events
                .iter()
                .filter_map(|one| if let Act::Undo { reply } = one.act { Some(reply) } else { None })
                .collect(),
        };
        for _ in 0..plan.replicas {
            run.replicas.push(Replica {
                engine: None,
                wire: Vec::new(),
                back: Some(now),
                is_still: false,
                rules: None,
                is_stale: false,
                unsent: Vec::new(),
                suspend: None,
                crash: None,
            });
        }
        rules::apply(&run.office, now).await.expect("rules");
        run.take_in(&text::office(&plan.world)).await;
        for row in sqlx::query("SELECT id, code FROM person").fetch_all(run.store.read()).await.expect("people") {
            let (id, code): (i64, String) = (row.get(0), row.get(1));
            run.people.insert(code.clone(), id);
            run.codes.insert(id, code);
        }
        run
    }

    fn learn_rules(&mut self) {
        let rules = rules_of(self.plan, self.world_rules, &self.off);
        self.office = Engine::new(self.store.clone(), Arc::clone(&rules), CHANNELS.to_vec());
        self.rulebooks.push(rules);
    }

    fn rules(&self) -> Arc<Rules> {
        Arc::clone(self.rulebooks.last().expect("the first ones"))
    }

    /// What a daemon begins with.
    fn engine(&self) -> Engine {
        Engine::new(self.store.clone(), self.rules(), CHANNELS.to_vec())
    }

    /// What the clock on the wall shows.
    fn wall(&self) -> Timestamp {
        self.now + self.skew
    }

    fn is_shared(&self) -> bool {
        self.plan.replicas > 1
    }

    async fn take_in(&mut self, text: &str) {
        let rules = self.rules();
        let known = known_facts(&self.store).await.expect("a readable store");
        let (facts, problems) = facts::read(&[Source::of_text("facts.toml", text)], rules.language, &rules.calendar, &known);
        assert!(!problems.iter().any(Diagnostic::is_error), "{problems:#?}\n{text}");
        let report = import(&self.store, &facts, &rules, self.wall(), "cli:test", Mode::Apply).await.expect("a store");
        assert_eq!(report.outcome, Outcome::Stored, "seed {}: {:#?}\n{text}", self.plan.world.seed, report.problems);
    }

    /// From one instant with something to do to the next.
    async fn year(&mut self) {
        let end = instant(self.plan.world.end);
        let events = &self.plan.world.events;
        let (mut event, mut trouble) = (0, 0);
        loop {
            while self.plan.troubles.get(trouble).is_some_and(|one| instant(one.at) <= self.now) {
                self.begin_trouble(&self.plan.troubles[trouble].what.clone());
                trouble += 1;
            }
            self.time_passes();
            let first = event;
            while events.get(event).is_some_and(|one| instant(one.at) <= self.now) {
                event += 1;
            }
            self.happen(first, event).await;
            let wake = self.turns().await;
            if self.record.is_broken() {
                return;
            }
            let ahead = events.get(event).map(|one| instant(one.at));
            let troubles = self.plan.troubles.get(trouble).map(|one| instant(one.at));
            let own = self.replicas.iter().flat_map(|one| one.back.into_iter().chain(one.wire.iter().map(|flight| flight.ready)));
            let ghosts = self.ghosts.iter().map(|(_, since)| *since + SILENT);
            let others = [ahead, troubles, wake, self.skew_ends].into_iter().flatten();
            let next = own.chain(ghosts).chain(others).filter(|at| *at > self.now).min();
            match next {
                Some(next) if next <= end => self.now = next,
                _ => return,
            }
        }
    }

    fn begin_trouble(&mut self, what: &What) {
        match what {
            What::Crash { replica, passing, down_secs } => {
                if let Some(one) = self.replicas.get_mut(*replica) {
                    one.crash = Some((*passing, *down_secs));
                }
            }
            What::Answer { channel, answer, times } => {
                self.answers.entry(*channel).or_default().extend(std::iter::repeat_n(*answer, *times));
            }
            What::Step { secs, lasts_secs } => {
                self.set_clock(SignedDuration::from_secs(*secs));
                self.skew_ends = Some(self.now + SignedDuration::from_secs(*lasts_secs));
                self.record.fired(what.name());
            }
            What::Suspend { replica, secs, is_at_claim: true } => {
                if let Some(one) = self.replicas.get_mut(*replica) {
                    one.suspend = Some(*secs);
                }
            }
            What::Suspend { replica, secs, is_at_claim: false } => self.stands_still(*replica, *secs),
        }
    }

    fn set_clock(&mut self, skew: SignedDuration) {
        self.skew = skew;
        self.record.say(self.now, Said::Clock { secs: skew.as_secs() });
    }

    /// Notes when nobody works any more, and when somebody does again.
    fn note_idleness(&mut self) {
        let is_idle = self.replicas.iter().all(|one| one.engine.is_none() || one.is_still);
        if self.is_idle != is_idle {
            self.is_idle = is_idle;
            self.record.say(self.now, if is_idle { Said::Idle } else { Said::Busy });
        }
    }

    fn stands_still(&mut self, number: usize, secs: i64) {
        let until = self.now + SignedDuration::from_secs(secs);
        let Some(one) = self.replicas.get_mut(number) else { return };
        if let (Some(engine), false) = (&one.engine, one.is_still) {
            (one.is_still, one.back) = (true, Some(until));
            if self.plan.replicas > 1 {
                self.ghosts.push((engine.incarnation.id(), self.now));
            }
            self.record.fired("suspend");
        }
        self.note_idleness();
    }

    fn time_passes(&mut self) {
        if self.skew_ends.is_some_and(|end| end <= self.now) {
            self.set_clock(SignedDuration::ZERO);
            self.skew_ends = None;
        }
        self.down_until = self.down_until.filter(|until| *until > self.now);
        let now = self.now;
        self.outages.retain(|_, until| *until > now);
        for one in &mut self.replicas {
            if one.is_still && one.back.is_some_and(|back| back <= now) {
                (one.is_still, one.is_stale, one.back) = (false, self.plan.replicas > 1, None);
                // Connections do not outlive a long stand.
                for flight in &mut one.wire {
                    flight.ready = flight.ready.min(now);
                }
            }
        }
        self.ghosts.retain(|(id, _)| {
            !self.replicas.iter().any(|one| {
                !one.is_still && one.engine.as_ref().is_some_and(|engine| engine.incarnation.id() == *id) && !one.is_stale
            })
        });
        self.clock.set(now);
        self.note_idleness();
    }

    // ---- what people and the world do ------------------------------------------------------------------------------

    async fn happen(&mut self, first: usize, last: usize) {
        let mut place = first;
        while place < last {
            let known: Vec<usize> = self.plan.world.events[place..last]
                .iter()
                .map_while(|event| if let Act::Known { duty } = event.act { Some(duty) } else { None })
                .collect();
            if known.is_empty() {
                self.act(place).await;
                place += 1;
            } else {
                let texts: String = known.iter().map(|duty| text::duty(&self.plan.world.duties[*duty])).collect();
                self.take_in(&texts).await;
                for duty in &known {
                    self.learn_ids(*duty).await;
                    self.record.say(self.now, Said::Event { place, took: true });
                    place += 1;
                }
            }
        }
    }

    async fn learn_ids(&mut self, duty: usize) {
        let sql =
            "SELECT a.id, u.code FROM assignment a JOIN unit u ON u.id = a.unit_id JOIN directive d ON d.id = a.directive_id
                   JOIN dispatch p ON p.id = d.dispatch_id WHERE p.number = $1";
        let number = self.plan.world.duties[duty].number.clone();
        for row in sqlx::query(sql).bind(number).fetch_all(self.store.read()).await.expect("assignments") {
            let (id, unit): (i64, String) = (row.get(0), row.get(1));
            self.assignments.insert(id, Assignment { duty, unit: unit.clone() });
            self.ids.insert(Assignment { duty, unit }, id);
        }
    }

    async fn act(&mut self, place: usize) {
        let world = &self.plan.world;
        let act = world.events[place].act.clone();
        let today = local(self.wall()).date();
        let took = match act {
            Act::Known { .. } => unreachable!("imported together"),
            Act::Reply { to, by, word } => self.reply(place, &to, &by, word, Vec::new()).await,
            Act::WeakReply { to, by, word } => {
                let took = self.reply(place, &to, &by, word, vec![Doubt::Early]).await;
                if took {
                    self.record.violation(4, format!("a weak {word:?} of {by} counted at once for {to:?}"));
                }
                took
            }
            Act::Undo { reply } => self.undo(reply).await,
            Act::Correct { duty, deadline } => {
                self.take_in(&text::correction(&world.duties[duty], deadline)).await;
                true
            }
            Act::Extend { duty, deadline } => {
                self.take_in(&text::extension(&world.duties[duty], deadline, today)).await;
                true
            }
            Act::Post(post) => {
                self.take_in(&text::post(&post)).await;
                true
            }
            Act::Absence { person, by, from, to } => {
                self.take_in(&text::absence(&person, by.as_deref(), from, to)).await;
                true
            }
            Act::Rules { rules } => {
                self.world_rules = rules;
                self.learn_rules();
                true
            }
            Act::Holiday { date } => {
                if !self.off.contains(&date) {
                    self.off.push(date);
                    self.off.sort();
                }
                self.learn_rules();
                true
            }
            Act::Down { until } => {
                self.down(instant(until));
                true
            }
            Act::Outage { channel, until } => {
                self.outages.insert(channel, instant(until));
                true
            }
        };
        self.record.say(self.now, Said::Event { place, took });
    }

    fn down(&mut self, until: Timestamp) {
        self.down_until = Some(until);
        for number in 0..self.replicas.len() {
            self.dies(number, until, None);
        }
    }

    async fn reply(&mut self, place: usize, to: &Assignment, by: &str, word: Word, doubts: Vec<Doubt>) -> bool {
        let (kind, until) = match word {
            Word::Acknowledge => (ReplyKind::Acknowledge, None),
            Word::AcknowledgeUntil(day) => (ReplyKind::Acknowledge, Some(day)),
            Word::Progress => (ReplyKind::Progress, None),
            Word::Blocked => (ReplyKind::Blocked, None),
            Word::Done => (ReplyKind::Done, None),
            Word::ExtendUntil(day) => (ReplyKind::Extend, Some(day)),
            Word::Grant => (ReplyKind::Grant, None),
            Word::Refuse => (ReplyKind::Refuse, None),
            Word::NotOurs => (ReplyKind::NotOurs, None),
            Word::Accept => (ReplyKind::Accept, None),
            Word::Return => (ReplyKind::Return, None),
            Word::Withdraw => (ReplyKind::Withdraw, None),
            Word::HoldUntil(day) => (ReplyKind::Hold, Some(day)),
        };
        let (Some(id), Some(person)) = (self.ids.get(to).copied(), self.people.get(by).copied()) else { return false };
        let is_weak = !doubts.is_empty();
        let request =
            Request { until, doubts, note: Some("theo dõi".to_owned()), ..Request::new(kind, PersonId(person), "cli") };
        let replied = reply(&self.office, id, &request, self.wall()).await.expect("a store that works");
        let took = matches!(replied, Replied::Changed(_));
        let is_undone = self.undone.contains(&place);
        if is_undone && (took || is_weak) {
            let sql = "SELECT MAX(id) FROM reply WHERE assignment_id = $1 AND person_id = $2";
            let row: Option<i64> =
                sqlx::query_scalar(sql).bind(id).bind(person).fetch_one(self.store.read()).await.expect("a reply");
            self.replies.extend(row.map(|row| (place, row)));
        }
        if let Replied::Changed(work) = replied {
            self.record.works.insert(to.clone(), work.as_str());
        }
        took
    }

    async fn undo(&mut self, place: usize) -> bool {
        let Act::Reply { to, by, .. } = &self.plan.world.events[place].act else { return false };
        let (Some(row), Some(person)) = (self.replies.get(&place).copied(), self.people.get(by).copied()) else { return false };
        let mut tx = self.store.begin().await.expect("a writer");
        let undone = undo_in(&self.office, &mut tx, row, PersonId(person), self.wall()).await.expect("a store that works");
        tx.commit().await.expect("committed");
        if let Undone::TakenBack(work) = undone {
            self.record.works.insert(to.clone(), work.as_str());
        }
        matches!(undone, Undone::TakenBack(_))
    }

    // ---- what the daemons do ---------------------------------------------------------------------------------------

    /// Everything there is to do at this instant; when there is something to do again.
    async fn turns(&mut self) -> Option<Timestamp> {
        for _ in 0..STEPS_MAX {
            self.come_back().await;
            self.lay_ghosts().await;
            let living: Vec<usize> = (0..self.replicas.len())
                .filter(|one| self.replicas[*one].engine.is_some() && !self.replicas[*one].is_still)
                .collect();
            let [first, ..] = living[..] else { return None };
            let mut turns: Vec<(usize, Verb)> = Vec::new();
            if let (false, Some(verb)) = (self.is_shared(), self.comes_first(first)) {
                turns.push((first, verb));
            } else {
                let due = self.due().await;
                for one in living {
                    self.offer(one, &due, &mut turns);
                }
            }
            if turns.is_empty() {
                let engine = self.replicas[first].engine.as_ref().expect("living");
                let wake = deliver::next_wake(engine, self.wall()).await.expect("a store that works");
                if wake.is_some_and(|at| at <= self.wall()) {
                    self.record.violation(1, format!("the engine wants to be woken at {wake:?} and has nothing to do"));
                }
                if self.skew.is_zero() && self.audit_at <= self.now {
                    self.audit_at = self.now + AUDIT;
                    let engine = engine.clone();
                    self.record.look_at_next_checks(&engine, self.now).await;
                }
                return wake.map(|at| at - self.skew);
            }
            let (who, verb) = turns[self.chance.usize(..turns.len())];
            self.step(who, verb).await;
            if self.record.is_broken() {
                return None;
            }
        }
        self.record.violation(1, "the engine does not come to rest at one instant".to_owned());
        None
    }

    /// What there is to do for anybody, in one look.
    async fn due(&self) -> Vec<Verb> {
        let sql = "SELECT (SELECT COUNT(*) FROM (SELECT id FROM assignment WHERE next_check_at_ms <= $1 LIMIT 1) AS plan),
                (SELECT COUNT(*) FROM (SELECT id FROM reminder WHERE state = 'queued' AND due_at_ms <= $1 LIMIT 1) AS route),
                (SELECT COUNT(*) FROM (SELECT id FROM message_item WHERE message_id IS NULL AND state = 'open' LIMIT 1) AS pack),
                (SELECT COUNT(*) FROM (SELECT id FROM message WHERE state IN ('queued', 'deferred', 'uncertain')
                    AND available_at_ms <= $1 AND channel = 'email' LIMIT 1) AS email),
                (SELECT COUNT(*) FROM (SELECT id FROM message WHERE state IN ('queued', 'deferred', 'uncertain')
                    AND available_at_ms <= $1 AND channel = 'telegram' LIMIT 1) AS telegram)";
        let now = self.wall().as_millisecond();
        let row = sqlx::query(sql).bind(now).fetch_one(self.store.read()).await.expect("counts");
        let verbs = [Verb::Plan, Verb::Route, Verb::Pack, Verb::Claim(0), Verb::Claim(1)];
        verbs.into_iter().enumerate().filter(|(place, _)| row.get::<i64, _>(*place) > 0).map(|(_, verb)| verb).collect()
    }

    /// What a daemon alone does before it looks for anything else.
    fn comes_first(&self, number: usize) -> Option<Verb> {
        let one = &self.replicas[number];
        match () {
            () if !one.unsent.is_empty() => Some(Verb::Transmit),
            () if one.wire.iter().any(|flight| flight.ready <= self.now) => Some(Verb::Mark),
            () if one.rules != Some(self.rulebooks.len() - 1) => Some(Verb::Adopt),
            () => None,
        }
    }

    /// What that daemon may do now.
    fn offer(&self, number: usize, due: &[Verb], turns: &mut Vec<(usize, Verb)>) {
        let one = &self.replicas[number];
        let is_marking = one.wire.iter().any(|flight| flight.ready <= self.now);
        if self.is_shared() {
            if !one.unsent.is_empty() {
                turns.push((number, Verb::Transmit));
            }
            if one.is_stale {
                turns.push((number, Verb::Beat));
            }
            if one.rules != Some(self.rulebooks.len() - 1) {
                turns.push((number, Verb::Adopt));
            }
            if is_marking {
                turns.push((number, Verb::Mark));
            }
            turns.extend(due.iter().map(|verb| (number, *verb)));
        } else {
            // The connections of a daemon do not wait for its planner.
            turns.extend(due.iter().filter(|verb| matches!(verb, Verb::Claim(_))).map(|verb| (number, *verb)));
            if due.iter().any(|verb| !matches!(verb, Verb::Claim(_))) {
                turns.push((number, Verb::Prepare));
            }
        }
    }

    async fn come_back(&mut self) {
        for number in 0..self.replicas.len() {
            let one = &self.replicas[number];
            if one.engine.is_some() || self.down_until.is_some() || one.back.is_none_or(|back| back > self.now) {
                continue;
            }
            let engine = self.engine();
            if self.is_shared() {
                register(&engine, self.wall()).await;
            } else {
                deliver::take_over(&engine, self.wall()).await.expect("a store that works");
            }
            let one = &mut self.replicas[number];
            (one.engine, one.back, one.rules, one.is_stale) = (Some(engine), None, None, false);
            self.record.say(self.now, Said::Up { replica: number });
            self.note_idleness();
        }
    }

    /// Whoever was silent for too long is shut out by one that lives.
    async fn lay_ghosts(&mut self) {
        let (now, wall) = (self.now, self.wall());
        if !self.ghosts.iter().any(|(_, since)| *since + SILENT <= now) {
            return;
        }
        let living = self.replicas.iter().find(|one| one.engine.is_some() && !one.is_still && !one.is_stale);
        let Some(engine) = living.and_then(|one| one.engine.clone()) else { return };
        let mut reader = self.store.read().acquire().await.expect("a reader");
        let others = incarnations::others(&mut reader, &engine.incarnation.id()).await.expect("seen");
        drop(reader);
        let (silent, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.ghosts).into_iter().partition(|(_, since)| *since + SILENT <= now);
        self.ghosts = rest;
        let seen: Vec<_> = others.into_iter().filter(|other| silent.iter().any(|(id, _)| *id == other.id)).collect();
        for one in &self.replicas {
            let is_shut_out =
                one.engine.as_ref().is_some_and(|engine| silent.iter().any(|(id, _)| *id == engine.incarnation.id()));
            for held in one.unsent.iter().filter(|_| is_shut_out) {
                self.record.say(now, self.never_sent(held));
            }
        }
        let taken = deliver::take_over_from(&engine, &seen, wall).await.expect("a store that works");
        for _ in taken {
            self.record.fired("fenced");
        }
    }

    fn dies(&mut self, number: usize, back: Timestamp, point: Option<String>) {
        let now = self.now;
        let one = &mut self.replicas[number];
        one.back = Some(back);
        one.is_still = false;
        for held in std::mem::take(&mut one.unsent) {
            self.record.say(now, self.never_sent(&held));
        }
        let one = &mut self.replicas[number];
        let Some(engine) = one.engine.take() else { return };
        for flight in one.wire.drain(..) {
            self.record.say(now, Said::Lost { message: flight.slip.id, attempt: flight.slip.attempt });
        }
        if self.plan.replicas > 1 {
            self.ghosts.push((engine.incarnation.id(), now));
        }
        self.record.say(now, Said::Ended { replica: number, point });
        self.note_idleness();
    }

    /// One step of one daemon.
    async fn step(&mut self, number: usize, verb: Verb) {
        let is_crashing = self.replicas[number].crash.is_some();
        if let Some((passing, _)) = self.replicas[number].crash {
            LEFT.set(passing);
        }
        let done = self.verb(number, verb).await;
        if is_crashing {
            let left = LEFT.replace(0);
            if let Some(crash) = &mut self.replicas[number].crash {
                crash.0 = left;
            }
        }
        match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.record.violation(0, format!("the engine failed: {error}")),
            Err(Ended) => {
                let point = ENDED_AT.take();
                let down = self.replicas[number].crash.take().map_or(1, |(_, down)| down);
                self.record.fired("crash");
                if let Some(point) = &point {
                    self.record.points.insert(point.clone());
                }
                self.dies(number, self.now + SignedDuration::from_secs(down), point);
            }
        }
    }

    async fn verb(&mut self, number: usize, verb: Verb) -> Result<Result<(), EngineError>, Ended> {
        let wall = self.wall();
        let engine = self.replicas[number].engine.clone().expect("living");
        if self.is_shared() && !self.replicas[number].is_stale {
            engine.incarnation.beaten(&engine.incarnation.id(), Instant::now(), wall);
        }
        match verb {
            Verb::Beat => may_end(self.beat(number, &engine)).await.map(Ok),
            Verb::Adopt => {
                let rules = self.rulebooks.len() - 1;
                let engine = engine.with_rules(self.rules(), CHANNELS.to_vec());
                self.replicas[number].engine = Some(engine.clone());
                let adopted = may_end(async {
                    rules::apply(&engine, wall).await?;
                    while walk::walk(&engine, wall).await? > 0 {}
                    Ok(())
                });
                let adopted = adopted.await;
                if matches!(adopted, Ok(Ok(()))) {
                    self.replicas[number].rules = Some(rules);
                }
                adopted
            }
            Verb::Prepare => may_end(async { drive::prepare(&engine, wall).await.map(drop) }).await,
            Verb::Plan => may_end(async { planning::plan(&engine, wall).await.map(drop) }).await,
            Verb::Route => may_end(async { route::route(&engine, wall).await.map(drop) }).await,
            Verb::Pack => may_end(async { pack::pack(&engine, wall).await.map(drop) }).await,
            Verb::Claim(channel) => self.claim(number, channel, &engine).await,
            Verb::Transmit => {
                let unsent = std::mem::take(&mut self.replicas[number].unsent);
                self.transmit_all(number, &engine, unsent).await?;
                Ok(Ok(()))
            }
            Verb::Mark => self.mark(number).await,
        }
    }

    /// Its heart beats again after it stood still: it finds out what became of it.
    async fn beat(&mut self, number: usize, engine: &Engine) {
        let (wall, id) = (self.wall(), engine.incarnation.id());
        let mut tx = self.store.begin().await.expect("a writer");
        let seen = incarnations::beat(&mut tx, &id, &engine.rules.digest, wall.as_millisecond()).await.expect("a beat");
        tx.commit().await.expect("committed");
        if seen.is_some() {
            engine.incarnation.beaten(&id, Instant::now(), wall);
            self.ghosts.retain(|(ghost, _)| *ghost != id);
        } else {
            engine.incarnation.renew();
            register(engine, wall).await;
        }
        self.replicas[number].is_stale = false;
    }

    async fn claim(&mut self, number: usize, channel: usize, engine: &Engine) -> Result<Result<(), EngineError>, Ended> {
        let wall = self.wall();
        let wanted = if self.is_shared() { self.chance.usize(1..9) } else { 32 };
        let kind = CHANNELS[channel];
        let mut claimed = Vec::new();
        let done = may_end(async {
            let mut tx = engine.store.begin().await?;
            claimed = deliver::claim(engine, &mut tx, kind, wanted, wall).await?;
            tx.commit().await?;
            Ok::<(), EngineError>(())
        })
        .await;
        match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Ok(Err(error)),
            Err(ended) => {
                // The store knows that it was claimed; that it never left, nobody.
                let is_claimed = |point: &Option<String>| point.as_ref().is_some_and(|point| point.starts_with("after-commit"));
                if ENDED_AT.with_borrow(is_claimed) {
                    self.replicas[number].unsent = self.held(claimed).await;
                }
                return Err(ended);
            }
        }
        let held = self.held(claimed).await;
        if let Some(secs) = self.replicas[number].suspend.take_if(|_| !held.is_empty()) {
            self.replicas[number].unsent = held;
            self.stands_still(number, secs);
            return Ok(Ok(()));
        }
        self.transmit_all(number, engine, held).await?;
        Ok(Ok(()))
    }

    async fn transmit_all(&mut self, number: usize, engine: &Engine, held: Vec<Held>) -> Result<(), Ended> {
        let mut held = held.into_iter();
        while let Some(one) = held.next() {
            if let Err(ended) = self.transmit(number, engine, one).await {
                self.replicas[number].unsent = held.collect();
                return Err(ended);
            }
        }
        Ok(())
    }

    async fn transmit(&mut self, number: usize, engine: &Engine, held: Held) -> Result<(), Ended> {
        let now = self.now;
        let slip = held.claimed.slip.clone();
        let channel = channel_of(&held.claimed);
        if !engine.incarnation.may_transmit(&slip, self.wall()) {
            self.replicas[number].wire.push(Flight { slip, verdict: Leave::withheld(), ready: now });
            return Ok(());
        }
        let is_out = self.outages.contains_key(&channel);
        let answer = if is_out { Some(Answer::Closing) } else { self.answers.get_mut(&channel).and_then(VecDeque::pop_front) };
        if let Some(answer) = answer {
            let name = if is_out { "outage" } else { What::Answer { channel, answer, times: 1 }.name() };
            self.record.fired(name);
        }
        let (verdict, seen, takes) = verdict_of(answer);
        let mut door = Door::Recording(self.recording.clone());
        self.recording.answer_next(verdict.clone());
        let sent = may_end(door.send(&held.claimed.parcel)).await;
        let tape = self.recording.take();
        if let Some((_, parcel)) = tape.into_iter().next() {
            let person = self.person_of(&held.members);
            let wire = Wire {
                message: slip.id,
                key: parcel.key.clone(),
                attempt: slip.attempt,
                channel,
                address: parcel.address.clone(),
                subject: parcel.subject.clone(),
                text: parcel.text.clone(),
                answer: seen,
                is_known: sent.is_ok(),
                person,
                moments: held.members.iter().map(|(_, _, moment, unsettled)| (*moment, *unsettled)).collect(),
                members: held.members.into_iter().map(|(_, member, ..)| member).collect(),
                wall: self.wall(),
                claimed: held.since,
            };
            self.record.say(now, Said::Sent(Box::new(wire)));
        } else {
            let unsent = self.never_sent(&held);
            self.record.say(now, unsent);
        }
        sent?;
        self.replicas[number].wire.push(Flight { slip, verdict, ready: now + SignedDuration::from_secs(takes) });
        Ok(())
    }

    /// The code of whom they are for.
    fn person_of(&self, members: &[Carried]) -> String {
        members.first().and_then(|(person, ..)| self.codes.get(person)).cloned().unwrap_or_default()
    }

    /// What was claimed at this moment.
    async fn held(&self, claimed: Vec<Claimed>) -> Vec<Held> {
        let mut members = self.members(&claimed.iter().map(|one| one.slip.id).collect::<Vec<_>>()).await;
        let since = self.now;
        let held = claimed.into_iter().map(|claimed| {
            let members = members.remove(&claimed.slip.id).unwrap_or_default();
            Held { claimed, since, members }
        });
        held.collect()
    }

    fn never_sent(&self, held: &Held) -> Said {
        Said::Unsent {
            message: held.claimed.slip.id,
            channel: channel_of(&held.claimed),
            person: self.person_of(&held.members),
            members: held.members.iter().map(|(_, member, ..)| member.clone()).collect(),
        }
    }

    /// The members of messages.
    async fn members(&self, messages: &[i64]) -> BTreeMap<i64, Vec<Carried>> {
        let sql = "SELECT r.assignment_id, r.step, r.anchor, r.occurrence, i.kind, i.person_id, r.moment_at_ms,
                       (SELECT COUNT(*) FROM reminder l WHERE l.assignment_id = r.assignment_id AND l.anchor = r.anchor
                           AND l.occurrence = 1 AND l.moment_at_ms < r.moment_at_ms AND l.state IN ('queued', 'carried')
                           AND l.step IN ('nhac', 'dung-han', 'don-doc')) AS unsettled, i.message_id
                   FROM message_item i JOIN reminder r ON r.id = i.reminder_id
                   WHERE i.message_id IN ($1, $2, $3, $4, $5, $6, $7, $8) ORDER BY r.id";
        let mut found: BTreeMap<i64, Vec<Carried>> = BTreeMap::new();
        for eight in messages.chunks(8) {
            let places = (0..8).map(|place| eight.get(place).copied().unwrap_or_default());
            let query = places.fold(sqlx::query(sql), sqlx::query::Query::bind);
            for row in query.fetch_all(self.store.read()).await.expect("members") {
                let assignment = self.assignments.get(&row.get::<i64, _>(0)).cloned().expect("an assignment of this world");
                let (step, anchor, occurrence, kind) = (row.get(1), row.get(2), row.get(3), row.get(4));
                let member = Member { assignment, step, anchor, occurrence, kind };
                found.entry(row.get(8)).or_default().push((row.get(5), member, row.get(6), row.get::<i64, _>(7) > 0));
            }
        }
        found
    }

    /// Verdicts that are there are recorded, in one transaction.
    async fn mark(&mut self, number: usize) -> Result<Result<(), EngineError>, Ended> {
        let (now, wall) = (self.now, self.wall());
        let engine = self.replicas[number].engine.clone().expect("living");
        let one = &mut self.replicas[number];
        let ready: Vec<Flight> = one.wire.extract_if(.., |flight| flight.ready <= now).collect();
        let marked = may_end(async {
            let mut tx = engine.store.begin().await?;
            let done: Vec<(&Slip, &Verdict)> = ready.iter().map(|flight| (&flight.slip, &flight.verdict)).collect();
            deliver::mark_all(&engine, &mut tx, &done, wall).await?;
            tx.commit().await?;
            Ok::<(), EngineError>(())
        })
        .await;
        let is_recorded = matches!(marked, Ok(Ok(())));
        for flight in ready {
            let (message, attempt) = (flight.slip.id, flight.slip.attempt);
            if is_recorded {
                self.record.say(now, Said::Marked { message, attempt, verdict: flight.verdict, wall });
            } else {
                self.record.say(now, Said::Lost { message, attempt });
            }
        }
        marked
    }

    async fn close(mut self) -> Record {
        self.record.on_the_wire = self.replicas.iter().flat_map(|one| one.wire.iter().map(|flight| flight.slip.id)).collect();
        self.record.is_up = self.ghosts.is_empty()
            && self.down_until.is_none()
            && self.replicas.iter().all(|one| one.engine.is_some() && !one.is_still);
        let engine = self.engine();
        self.record.look_at_the_store(&engine, &self.assignments, self.wall()).await;
        self.record.finish(self.plan);
        self.record
    }
}

fn channel_of(claimed: &Claimed) -> Channel {
    if claimed.parcel.channel == ChannelKind::Email { Channel::Email } else { Channel::Telegram }
}

/// The rules of a config that holds in that world.
fn rules_of(plan: &Plan, rules: usize, off: &[Date]) -> Arc<Rules> {
    let text = text::config(&plan.world, &plan.world.rules[rules], off);
    let within =
        Surroundings { folder: ".".into(), credentials: Credentials::default(), today: plan.world.start.date(), language: None };
    let (config, problems) = Config::parse(&text, &within);
    Arc::new(config.unwrap_or_else(|| panic!("{problems:#?}\n{text}")).rules)
}

async fn register(engine: &Engine, wall: Timestamp) {
    engine.incarnation.share();
    let id = engine.incarnation.id();
    let new = NewIncarnation { id: &id, host: "may", pid: 1, config_digest: &engine.rules.digest, now_ms: wall.as_millisecond() };
    let mut tx = engine.store.begin().await.expect("a writer");
    incarnations::register(&mut tx, &new).await.expect("registered");
    tx.commit().await.expect("committed");
    engine.incarnation.beaten(&id, Instant::now(), wall);
}

/// What the daemon learns, what really became of it, and how many seconds that takes.
fn verdict_of(answer: Option<Answer>) -> (Verdict, Seen, i64) {
    let reason = "simulated".to_owned();
    let deferred = |fault, secs: Option<i64>| Verdict::Deferred {
        reason: reason.clone(),
        retry_after_ms: secs.map(|secs| secs * 1_000),
        fault,
    };
    match answer {
        None => (Verdict::Accepted { receipt: None }, Seen::Accepted, 0),
        Some(Answer::Busy) => (deferred(Fault::Message, None), Seen::Deferred, 0),
        Some(Answer::Closing) => (deferred(Fault::Channel, None), Seen::Deferred, 0),
        Some(Answer::RetryAfter { secs }) => (deferred(Fault::Message, Some(secs)), Seen::Deferred, 0),
        Some(Answer::Never) => (Verdict::Refused { reason, binding: Binding::Kept }, Seen::Refused, 0),
        Some(Answer::Dead) => (Verdict::Refused { reason, binding: Binding::Dead }, Seen::Refused, 0),
        Some(Answer::Lost | Answer::Vanished) => (Verdict::Uncertain { reason }, Seen::Uncertain, 0),
        Some(Answer::Hangs { secs }) => (Verdict::Uncertain { reason }, Seen::Uncertain, secs),
    }
}
