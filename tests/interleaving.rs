//! An answer races an escalation: two replicas plan, route, pack, claim and mark step by step, in an order a seed decides, while
//! somebody answers, gets an extension, or leaves. Whatever was committed first holds.
//!
//! Writing transactions take turns on both databases, so the orders of whole transactions are all the orders there are. The
//! suite runs a share; the ten thousand, whose raw output is kept in `docs/measurements`:
//!
//! ```sh
//! DONDOC_INTERLEAVINGS=10000 cargo test --release --test interleaving -- --nocapture
//! ```

#[path = "support/house.rs"]
mod house;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dondoc::channel::Door;
use dondoc::channel::recording::Recording;
use dondoc::clock::Clock;
use dondoc::domain::delivery::{Binding, Fault, Verdict};
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::reply::ReplyKind;
use dondoc::domain::rules::Rules;
use dondoc::engine::deliver::{self, Claimed, Slip};
use dondoc::engine::{Engine, pack, plan, route};
use dondoc::store::incarnations::{self, NewIncarnation};
use dondoc::store::{Store, Where, meta};
use fastrand::Rng;
use house::{HEAD, House, at, rules_of};
use jiff::SignedDuration;
use tokio::time::Instant;

const CHANNELS: [ChannelKind; 2] = [ChannelKind::Email, ChannelKind::Telegram];

const POLICY: &str = r#"
[[policy]]
name = "chung"
[[policy.step]]
name = "giao"
when = "on assignment"
to = ["assignee"]
[[policy.step]]
name = "chua-nhan"
when = "15 working days after assignment"
to = ["unit.deputy"]
unless = "acknowledged"
[[policy.step]]
name = "nhac"
when = "1 working day after deadline"
to = ["assignee"]
[[policy.step]]
name = "don-doc"
when = "1 working day after deadline"
to = ["unit.deputy"]
copy = ["supervisor"]
[[policy.step]]
name = "bao-cao"
when = "2 working days after deadline"
to = ["supervisor"]
repeat = { every = "1 working day", max = 3 }
[[route]]
policy = "chung"
"#;

const FACTS: &str = r#"
[[unit]]
id = "ubnd"
name = "UBND phường"
[[unit]]
id = "pnv"
name = "Phòng Nội vụ"
parent = "ubnd"
supervisor = "person:phuc"
[[person]]
id = "an"
name = "Nguyễn Văn An"
email = "an@example.org"
telegram = 1001
prefer = ["telegram", "email"]
[[person]]
id = "chi"
name = "Lê Thị Chi"
email = "chi@example.org"
[[person]]
id = "dung"
name = "Đỗ Văn Dũng"
email = "dung@example.org"
[[person]]
id = "phuc"
name = "Hoàng Văn Phúc"
email = "phuc@example.org"
[[person]]
id = "mai"
name = "Vũ Thị Mai"
email = "mai@example.org"
[[person]]
id = "truc"
name = "Đỗ Thị Trực"
email = "truc@example.org"
[[appointment]]
person = "an"
unit = "pnv"
position = "head"
from = 2020-01-01
[[appointment]]
person = "chi"
unit = "pnv"
position = "deputy"
from = 2020-01-01
[[appointment]]
person = "dung"
unit = "pnv"
position = "deputy"
from = 2020-01-01
[[appointment]]
person = "mai"
unit = "ubnd"
position = "theo-doi"
from = 2020-01-01
[[dispatch]]
number = "4988/UBND"
issuer = "UBND quận"
date = 2023-10-02
[[directive]]
dispatch = "4988/UBND"
clause = "1"
title = "Báo cáo quý"
lead = ["pnv"]
deadline = 2023-10-20
"#;

/// The deadline of a directive whose escalation is racing.
const DEADLINE: &str = "2023-10-20";

/// Monday after it: the office opens, and the escalation is due.
const OPENING: &str = "2023-10-23T07:30";

const EXTENSION: &str = "[[extension]]\ndirective = \"4988/UBND#1\"\nunit = \"pnv\"\ndeadline = 2023-11-30\nbasis = \"5/UBND\"\n\
                         date = 2023-10-23\n";

const CHI_LEAVES: &str =
    "[[appointment]]\nperson = \"chi\"\nunit = \"pnv\"\nposition = \"deputy\"\nfrom = 2020-01-01\nto = 2023-10-20\n";

/// The store as it stands right before the escalation is due: made once, copied for every seed.
struct Template {
    folder: tempfile::TempDir,
    rules: Arc<Rules>,
}

fn folder() -> tempfile::TempDir {
    // Memory where there is some: the disk has nothing to do with the order of things.
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder")
}

impl Template {
    async fn make() -> Self {
        let folder = folder();
        let store = Store::create(&Where::Sqlite(folder.path().join("template.db"))).await.expect("a fresh folder");
        let mut house = House::on(store.clone(), POLICY, FACTS).await;
        house.until("2023-10-23T07:29").await;
        assert_eq!(house.lines(), ["10-02 07:30 telegram 1001"], "the assignment was told, and nobody has answered");
        // The write-ahead log goes into the file.
        store.tidy().await.expect("nobody reads");
        store.close().await;
        Self { folder, rules: Arc::new(rules_of(&format!("{HEAD}{POLICY}"))) }
    }

    async fn race(&self, seed: u64) -> Race {
        let folder = folder();
        let file = folder.path().join("dondoc.db");
        std::fs::copy(self.folder.path().join("template.db"), &file).expect("a copy");
        let store = Store::create(&Where::Sqlite(file)).await.expect("a copy of a store");
        let clock = Clock::virtual_at(at(OPENING));
        let (mail, engine) = (Recording::new(clock.clone()), self.engine(&store));
        let chat = mail.beside();
        let doors = CHANNELS.into_iter().zip([Door::Recording(mail.clone()), Door::Recording(chat.clone())]).collect();
        let replicas = [Replica::new(engine.clone()), Replica::new(self.engine(&store))];
        let house = House { engine, clock, doors, mail, chat };
        let race = Race {
            house,
            replicas,
            chance: Rng::with_seed(seed),
            seed,
            happened: BTreeSet::new(),
            sent: BTreeMap::new(),
            lost: BTreeMap::new(),
            met: BTreeSet::new(),
            folder: Some(folder),
        };
        for replica in &race.replicas {
            race.is_born(replica).await;
        }
        race
    }

    fn engine(&self, store: &Store) -> Engine {
        Engine::new(store.clone(), Arc::clone(&self.rules), CHANNELS.to_vec())
    }
}

/// One daemon, as far as it matters: its engine and what it has on the wire.
struct Replica {
    engine: Engine,
    wire: Vec<Claimed>,
    /// Its process stands still: it neither beats nor works.
    is_stopped: bool,
}

impl Replica {
    fn new(engine: Engine) -> Self {
        Self { engine, wire: Vec::new(), is_stopped: false }
    }
}

/// What was committed, and what no claim after it may contradict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Acknowledged,
    Done,
    Withdrawn,
    Extended,
    ChiLeft,
}

struct Race {
    house: House,
    replicas: [Replica; 2],
    chance: Rng,
    seed: u64,
    happened: BTreeSet<Event>,
    /// Transmissions begun, by message.
    sent: BTreeMap<i64, usize>,
    /// Answers that were lost, by message.
    lost: BTreeMap<i64, usize>,
    /// Situations that came about, for the count at the end.
    met: BTreeSet<&'static str>,
    folder: Option<tempfile::TempDir>,
}

/// A member of a claimed message.
struct Member {
    step: String,
    anchor: String,
    person: String,
    kind: String,
}

/// Why a message that was claimed after these events should not have been.
fn contradicts(happened: &BTreeSet<Event>, members: &[Member]) -> Option<String> {
    for member in members {
        let of_the_ladder = !member.step.starts_with("notice:");
        let of_the_deadline = of_the_ladder && member.anchor.contains(DEADLINE);
        for event in happened {
            let is_wrong = match event {
                Event::Done | Event::Withdrawn => of_the_ladder,
                Event::Acknowledged => member.step == "chua-nhan",
                Event::Extended => of_the_deadline,
                Event::ChiLeft => member.person == "chi" && of_the_ladder,
            };
            if is_wrong {
                return Some(format!("{event:?} was committed before {} to {} was claimed", member.step, member.person));
            }
        }
    }
    None
}

impl Race {
    async fn is_born(&self, replica: &Replica) {
        let (engine, now) = (&replica.engine, self.house.clock.now());
        engine.incarnation.share();
        let id = engine.incarnation.id();
        let mut tx = engine.store.begin().await.expect("a writer");
        let digest = &engine.rules.digest;
        let new = NewIncarnation { id: &id, host: "may", pid: 1, config_digest: digest, now_ms: now.as_millisecond() };
        incarnations::register(&mut tx, &new).await.expect("registered");
        tx.commit().await.expect("committed");
        engine.incarnation.beaten(&id, Instant::now(), now);
    }

    /// How far things have come when the race begins: nowhere, or planned, routed, packed, on the wire.
    async fn sets_out(&mut self) {
        let far = self.chance.usize(..5);
        for verb in [Verb::Plan, Verb::Route, Verb::Pack].into_iter().take(far) {
            self.replica_does(0, verb).await;
        }
        if far == 4 {
            self.claim(0).await;
        }
    }

    /// One step of somebody.
    async fn step(&mut self) {
        let who = self.chance.usize(..2);
        match self.chance.u8(..24) {
            0..=2 => self.replica_does(who, Verb::Plan).await,
            3..=5 => self.replica_does(who, Verb::Route).await,
            6..=8 => self.replica_does(who, Verb::Pack).await,
            9..=13 => self.claim(who).await,
            14..=17 => self.mark(who).await,
            18..=19 => self.somebody_acts().await,
            20 => self.replicas[who].is_stopped = !self.replicas[who].is_stopped,
            21 => self.is_taken_over(who).await,
            _ => self.house.clock.set(self.house.clock.now() + SignedDuration::from_secs(self.chance.i64(1..600))),
        }
    }

    async fn replica_does(&self, who: usize, verb: Verb) {
        let replica = &self.replicas[who];
        if replica.is_stopped {
            return;
        }
        let (engine, now) = (&replica.engine, self.house.clock.now());
        match verb {
            Verb::Plan => drop(plan::plan(engine, now).await.expect("planned")),
            Verb::Route => drop(route::route(engine, now).await.expect("routed")),
            Verb::Pack => drop(pack::pack(engine, now).await.expect("packed")),
        }
    }

    async fn claim(&mut self, who: usize) {
        let now = self.house.clock.now();
        let channel = CHANNELS[self.chance.usize(..2)];
        let wanted = self.chance.usize(1..3);
        let replica = &mut self.replicas[who];
        if replica.is_stopped {
            return;
        }
        // Its heart beats right before.
        replica.engine.incarnation.beaten(&replica.engine.incarnation.id(), Instant::now(), now);
        let waiting = "SELECT COUNT(*) FROM message WHERE state IN ('queued', 'deferred', 'uncertain')";
        let before = self.house.number(waiting).await;
        let mut tx = replica.engine.store.begin().await.expect("a writer");
        let claimed = deliver::claim(&replica.engine, &mut tx, channel, wanted, now).await.expect("claimed");
        tx.commit().await.expect("committed");
        let replica = &mut self.replicas[who];
        replica.wire.extend(claimed.iter().cloned());
        if self.house.number(waiting).await + i64::try_from(claimed.len()).expect("few") < before {
            self.met.insert("a packed message was taken back at its claim");
        }
        for one in claimed {
            self.met.insert("a message was claimed");
            if !self.happened.is_empty() {
                self.met.insert("a message was claimed after an answer");
            }
            *self.sent.entry(one.slip.id).or_default() += 1;
            let members = self.members(one.slip.id).await;
            let wrong = contradicts(&self.happened, &members);
            assert!(wrong.is_none(), "seed {}: {}", self.seed, wrong.unwrap_or_default());
        }
    }

    async fn members(&self, message: i64) -> Vec<Member> {
        let sql = format!(
            "SELECT r.step, r.anchor, p.code, i.kind FROM message_item i JOIN reminder r ON r.id = i.reminder_id
             JOIN person p ON p.id = i.person_id WHERE i.message_id = {message}"
        );
        let rows = self.house.rows(&sql).await;
        let member = |row: &String| {
            let mut cells = row.split(" | ").map(str::to_owned);
            let mut next = || cells.next().expect("four cells");
            Member { step: next(), anchor: next(), person: next(), kind: next() }
        };
        let members: Vec<Member> = rows.iter().map(member).collect();
        assert!(!members.is_empty(), "seed {}: a message without members", self.seed);
        assert!(members.iter().all(|member| !member.kind.is_empty()));
        members
    }

    async fn mark(&mut self, who: usize) {
        if self.replicas[who].is_stopped || self.replicas[who].wire.is_empty() {
            return;
        }
        let at = self.chance.usize(..self.replicas[who].wire.len());
        let Claimed { slip, .. } = self.replicas[who].wire.remove(at);
        let reason = "seeded".to_owned();
        let verdict = match self.chance.u8(..10) {
            0 => Verdict::Uncertain { reason },
            1 => Verdict::Deferred { reason, retry_after_ms: Some(self.chance.i64(..600_000)), fault: Fault::Message },
            2 => Verdict::Refused { reason, binding: Binding::Kept },
            _ => Verdict::Accepted { receipt: None },
        };
        if matches!(verdict, Verdict::Uncertain { .. }) {
            *self.lost.entry(slip.id).or_default() += 1;
        }
        self.record(who, &slip, &verdict).await;
    }

    async fn record(&mut self, who: usize, slip: &Slip, verdict: &Verdict) {
        let replica = &self.replicas[who];
        if slip.incarnation != replica.engine.incarnation.id() {
            self.met.insert("a verdict came after its message was taken over");
        }
        let mut tx = replica.engine.store.begin().await.expect("a writer");
        deliver::mark(&replica.engine, &mut tx, slip, verdict, self.house.clock.now()).await.expect("marked");
        tx.commit().await.expect("committed");
    }

    async fn somebody_acts(&mut self) {
        if !self.replicas.iter().all(|replica| replica.wire.is_empty()) {
            self.met.insert("somebody acted while a message was on the wire");
        }
        let queued = "SELECT COUNT(*) FROM message WHERE state = 'queued'";
        if self.house.number(queued).await > 0 {
            self.met.insert("somebody acted between packing and claim");
        }
        let (kind, person, event) = match self.chance.u8(..8) {
            0..=1 => (ReplyKind::Acknowledge, "an", Event::Acknowledged),
            2..=4 => (ReplyKind::Done, "an", Event::Done),
            5 => (ReplyKind::Withdraw, "mai", Event::Withdrawn),
            6 => {
                self.house.import(EXTENSION).await;
                self.happened.insert(Event::Extended);
                return;
            }
            _ => {
                self.house.import(CHI_LEAVES).await;
                self.happened.insert(Event::ChiLeft);
                return;
            }
        };
        let replied = self.house.reply("1", "pnv", person, kind).await;
        if matches!(replied, dondoc::engine::reply::Replied::Changed(_)) {
            self.happened.insert(event);
        }
    }

    /// The other replica finds this one silent. Its process does not know yet.
    async fn is_taken_over(&mut self, who: usize) {
        let now = self.house.clock.now();
        let other = &self.replicas[1 - who];
        if other.is_stopped || !self.replicas[who].is_stopped {
            return;
        }
        let mut reader = other.engine.store.read().acquire().await.expect("a reader");
        let seen = incarnations::others(&mut reader, &other.engine.incarnation.id()).await.expect("seen");
        drop(reader);
        let silent = self.replicas[who].engine.incarnation.id();
        let seen: Vec<_> = seen.into_iter().filter(|one| one.id == silent).collect();
        let taken = deliver::take_over_from(&other.engine, &seen, now).await.expect("taken over");
        for claimed in &self.replicas[who].wire {
            *self.lost.entry(claimed.slip.id).or_default() += 1;
        }
        if taken.iter().any(|(_, messages)| *messages > 0) {
            self.met.insert("a message was taken over");
        }
        // Continued, it learns of it with its next heartbeat, and hands its verdicts in late.
        let replica = &self.replicas[who];
        replica.engine.incarnation.renew();
        self.is_born(replica).await;
        self.replicas[who].is_stopped = false;
    }

    /// Everything goes well from here on; nothing may be left over, doubled or wrong.
    async fn comes_to_rest(&mut self) {
        for who in 0..2 {
            self.replicas[who].is_stopped = false;
            while let Some(Claimed { slip, .. }) = self.replicas[who].wire.pop() {
                self.record(who, &slip, &Verdict::Accepted { receipt: None }).await;
            }
        }
        // One replica alone, with a heart that beats on a clock that is set by hand.
        let engine = &self.house.engine;
        self.house.engine = Engine::new(engine.store.clone(), engine.rules.clone(), engine.channels.clone());
        self.house.until("2023-12-08T00:00").await;
        for (left_at, parcel) in self.house.mail.take() {
            let to_the_unit = ["an@", "1001", "chi@", "dung@", "phuc@"].iter().any(|one| parcel.address.starts_with(one));
            let is_settled = self.happened.contains(&Event::Done) || self.happened.contains(&Event::Withdrawn);
            // That it was withdrawn is what the unit must learn then.
            let tells_of_it = self.happened.contains(&Event::Withdrawn) && parcel.subject.starts_with("[Không còn hiệu lực]");
            assert!(!is_settled || !to_the_unit || tells_of_it, "seed {}: at {left_at}: {}", self.seed, parcel.subject);
        }
        let none: Vec<String> = Vec::new();
        for (what, sql) in [
            ("left open", "SELECT id, state FROM message WHERE state NOT IN ('accepted', 'refused', 'cancelled', 'held')"),
            ("left waiting", "SELECT id, step, state FROM reminder WHERE state IN ('queued', 'carried')"),
            ("left loose", "SELECT id, kind FROM message_item WHERE state = 'open'"),
            (
                "told twice",
                "SELECT reminder_id, person_id FROM message_item WHERE state = 'accepted' GROUP BY reminder_id, person_id
                 HAVING COUNT(*) > 1",
            ),
            (
                "delivered to nobody",
                "SELECT r.id, r.step FROM reminder r WHERE r.state = 'delivered' AND NOT EXISTS
                 (SELECT 1 FROM message_item i WHERE i.reminder_id = r.id AND i.state = 'accepted' AND i.kind <> 'copy')",
            ),
            (
                "transmitted too often",
                "SELECT message_id FROM attempt WHERE verdict = 'uncertain' GROUP BY message_id HAVING COUNT(*) > 3",
            ),
        ] {
            assert_eq!(self.house.rows(sql).await, none, "seed {}: {what}", self.seed);
        }
        for (message, times) in &self.sent {
            let lost = self.lost.get(message).copied().unwrap_or_default();
            let again = format!("SELECT COUNT(*) FROM attempt WHERE message_id = {message} AND verdict = 'deferred'");
            let again = usize::try_from(self.house.number(&again).await).expect("few");
            assert!(
                *times <= 1 + lost + again,
                "seed {}: message {message} was sent {times} times, {lost} answers were lost",
                self.seed
            );
        }
        self.house.is_sound().await;
    }
}

#[derive(Clone, Copy)]
enum Verb {
    Plan,
    Route,
    Pack,
}

/// One seed; what came about in it.
async fn interleaving(template: &Template, seed: u64) -> BTreeSet<&'static str> {
    let mut race = template.race(seed).await;
    race.sets_out().await;
    for _ in 0..race.chance.usize(20..60) {
        race.step().await;
    }
    race.comes_to_rest().await;
    race.house.engine.store.close().await;
    drop(race.folder.take());
    race.met
}

#[test]
fn nothing_leaves_that_contradicts_what_was_committed_before_its_claim() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let wanted = number("DONDOC_INTERLEAVINGS").unwrap_or(120);
    let first = number("DONDOC_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32));
    let began = std::time::Instant::now();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let met = runtime.block_on(async {
        let template = Arc::new(Template::make().await);
        let mut races = tokio::task::JoinSet::new();
        let (mut next, mut met) = (0, BTreeMap::<&str, usize>::new());
        while next < wanted || !races.is_empty() {
            if next < wanted && races.len() < 4 {
                let (template, seed) = (Arc::clone(&template), first + next);
                races.spawn(async move { interleaving(&template, seed).await });
                next += 1;
                continue;
            }
            for one in races.join_next().await.into_iter().flat_map(|ended| ended.expect("no race failed")) {
                *met.entry(one).or_default() += 1;
            }
            if next % 1_000 == 0 && next > 0 {
                println!("{next} interleavings after {:.0} s", began.elapsed().as_secs_f64());
            }
        }
        met
    });
    println!(
        "seeds {first} to {}: {wanted} interleavings in {:.0} s, of which",
        first + wanted - 1,
        began.elapsed().as_secs_f64()
    );
    for (what, times) in &met {
        println!("{times:>8}: {what}");
    }
    // Otherwise it raced nothing.
    for needed in [
        "a message was claimed after an answer",
        "a packed message was taken back at its claim",
        "a message was taken over",
        "a verdict came after its message was taken over",
        "somebody acted between packing and claim",
        "somebody acted while a message was on the wire",
    ] {
        assert!(met.get(needed).is_some_and(|times| *times >= usize::try_from(wanted / 100).expect("few")), "{needed}: {met:#?}");
    }
}

/// The judge is not blind: with the one check taken away that keeps a claim from going out, it sees the fault.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_does_not_look_again_is_seen() {
    let template = Template::make().await;
    let race = template.race(0).await;
    let (engine, now) = (race.replicas[0].engine.clone(), race.house.clock.now());
    dondoc::engine::drive::prepare(&engine, now).await.expect("packed");
    race.house.reply("1", "pnv", "an", ReplyKind::Done).await;
    let mut tx = engine.store.begin().await.expect("a writer");
    // As if nothing had happened since the message was packed.
    sqlx::query("UPDATE message_item SET assignment_revision = (SELECT MAX(revision) FROM assignment)")
        .execute(&mut *tx)
        .await
        .expect("forged");
    assert_eq!(meta::get(&mut tx, meta::RULES_DIGEST).await.expect("read"), Some(engine.rules.digest.clone()));
    engine.incarnation.beaten(&engine.incarnation.id(), Instant::now(), now);
    let claimed = deliver::claim(&engine, &mut tx, ChannelKind::Email, 9, now).await.expect("claimed");
    tx.commit().await.expect("committed");
    let members = race.members(claimed[0].slip.id).await;
    let seen = contradicts(&BTreeSet::from([Event::Done]), &members).expect("the judge sees it");
    assert!(seen.contains("was committed before"), "{seen}");
    race.house.engine.store.close().await;
}
