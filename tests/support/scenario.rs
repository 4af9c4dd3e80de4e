//! A scenario: rules, facts and a timeline as text; what is sent and where everything stands at the end as text.
//!
//! A text is cut by lines `=== config [NAME]`, `=== facts [NAME]` and `=== timeline`. A config without `timezone` gets the
//! usual head, without any it is the example config; the facts stand beside `scenarios/office.toml`. A line of the
//! timeline is a local time and an act:
//!
//! ```text
//! 2023-10-06 07:30 import [NAME …]                  facts become known; without a name the office and the unnamed ones
//! 2023-12-20 09:00 reply 1/VP#1@pnv acknowledge as an until 2024-01-05
//! 2023-12-20 09:00 reply 1/VP#1@pnv done as an doubt early   a weak one, as a link may bring it
//! 2023-12-20 09:00 unit merge pnv kt into vhxh      or `unit rename pnv NAME`, `unit split pnv into kt vp rest kt [1/VP#1@pnv=vp …]`
//! 2023-12-20 09:00 reply 1/VP#1@pnv blocked as an unit kt note chờ kinh phí
//! 2023-12-20 09:00 rules NAME                       another config holds from now on
//! 2023-12-20 09:00 down                             the daemon ends; `up` starts another one over the same store
//! 2023-12-20 09:00 down ready                       the same, when what is due is ready and nothing of it has left
//! 2023-12-20 09:00 telegram 403 [twice]             the next transmission over that channel is answered so
//! 2023-12-20 09:00 during telegram ACT               the next message of that channel is on the wire while that act happens
//! 2023-12-20 09:00 crash                            the daemon dies with the next message on the wire
//! 2023-12-20 09:00 pause [NOTE]                     nothing is planned and nothing leaves until `resume`
//! 2024-01-31 23:59 end
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use dondoc::channel::recording::Recording;
use dondoc::channel::{Channel as _, Door};
use dondoc::clock::Clock;
use dondoc::config::{Config, Credentials, Surroundings};
use dondoc::diagnostic::{Diagnostic, Source};
use dondoc::domain::delivery::{Binding, Fault, Verdict};
use dondoc::domain::directive::AssignmentName;
use dondoc::domain::guard::Guard;
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::reply::{Doubt, ReplyKind};
use dondoc::domain::rules::Rules;
use dondoc::engine::deliver::{self, Claimed};
use dondoc::engine::drive::{self, Witness};
use dondoc::engine::import::{Mode, Outcome, import, known_facts};
use dondoc::engine::reply::{ReportedFigure, Request, reply};
use dondoc::engine::simulate::{Simulated, describe};
use dondoc::engine::succeed::{Change, succeed};
use dondoc::engine::{Engine, guard, rules, walk};
use dondoc::facts;
use dondoc::store::{Store, naming};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;

const OFFICE: &str = include_str!("../scenarios/office.toml");
pub const EXAMPLE: &str = include_str!("../../config.example.toml");
const HEAD: &str = r#"
timezone = "Asia/Ho_Chi_Minh"
language = "vi"
[store]
url = "sqlite:dondoc.db"
[outbox]
folder = "outbox"
[office]
name = "Văn phòng UBND phường"
monitor = "position:head@vp"
operators = ["position:head@vp"]
salutation = "đồng chí"
"#;

/// A scenario that was read.
#[derive(Debug)]
pub struct Scenario {
    configs: BTreeMap<String, String>,
    facts: BTreeMap<String, String>,
    /// Local time and act.
    pub timeline: Vec<(Timestamp, String)>,
}

impl Scenario {
    pub fn parse(text: &str) -> Self {
        let mut sections: BTreeMap<(String, String), String> = BTreeMap::new();
        let mut current = (String::new(), String::new());
        for line in text.lines() {
            if let Some(header) = line.strip_prefix("=== ") {
                let (kind, name) = header.split_once(' ').unwrap_or((header, ""));
                current = (kind.to_owned(), name.to_owned());
            } else {
                let section = sections.entry(current.clone()).or_default();
                section.push_str(line);
                section.push('\n');
            }
        }
        let of = |wanted: &str| {
            let of_kind = sections.iter().filter(|((kind, _), _)| kind == wanted);
            of_kind.map(|((_, name), body)| (name.clone(), body.clone())).collect::<BTreeMap<_, _>>()
        };
        let timeline = of("timeline").remove("").expect("a scenario has a timeline");
        let lines = timeline.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let timeline = lines.map(|line| (local(&line[..16]), line[16..].trim().to_owned())).collect();
        let mut configs = of("config");
        configs.entry(String::new()).or_insert_with(|| EXAMPLE.to_owned());
        Self { configs, facts: of("facts"), timeline }
    }

    /// The rules of a config by its name; `""` is the first.
    pub fn rules(&self, name: &str) -> Arc<Rules> {
        let body = self.configs.get(name).unwrap_or_else(|| panic!("no config {name:?}"));
        let text = if body.contains("timezone") { body.clone() } else { format!("{HEAD}{body}") };
        Arc::new(rules_of(&text))
    }

    /// The same with an office that reads and writes English.
    #[must_use]
    pub fn in_english(mut self) -> Self {
        for body in self.configs.values_mut() {
            let head = if body.contains("timezone") { "" } else { HEAD };
            *body = format!("{head}{body}").replacen("language = \"vi\"", "language = \"en\"", 1);
        }
        self
    }

    /// Whether nobody answers, nothing breaks and everything is known at once: then simulation must say the same.
    pub fn is_undisturbed(&self) -> bool {
        self.timeline.iter().skip(1).all(|(_, act)| act == "end")
    }

    pub fn start(&self) -> Timestamp {
        self.timeline.first().expect("a timeline is not empty").0
    }

    pub fn end(&self) -> Timestamp {
        self.timeline.last().expect("a timeline is not empty").0
    }

    /// The texts of an import.
    pub fn texts(&self, names: &str) -> Vec<&str> {
        if names.is_empty() {
            return std::iter::once(OFFICE).chain(self.facts.get("").map(String::as_str)).collect();
        }
        names.split(' ').map(|name| self.facts[name].as_str()).collect()
    }
}

pub fn rules_of(text: &str) -> Rules {
    let within = Surroundings {
        folder: PathBuf::from("."),
        credentials: Credentials::default(),
        today: Date::constant(2023, 10, 1),
        language: None,
    };
    let (config, problems) = Config::parse(text, &within);
    config.unwrap_or_else(|| panic!("{problems:#?}")).rules
}

/// A local time `YYYY-MM-DD HH:MM`.
pub fn local(text: &str) -> Timestamp {
    let at: DateTime = text.replacen(' ', "T", 1).parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    at.to_zoned(zone()).expect("no clock change in Hà Nội").timestamp()
}

fn zone() -> TimeZone {
    TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled")
}

/// Imports texts at an instant; every one must be sound.
pub async fn take_in(store: &Store, rules: &Rules, texts: &[&str], now: Timestamp) {
    let known = known_facts(store).await.expect("a readable store");
    let sources: Vec<Source<'_>> = texts.iter().map(|text| Source::of_text("facts.toml", text)).collect();
    let (facts, problems) = facts::read(&sources, rules.language, &rules.calendar, &known);
    assert!(!problems.iter().any(Diagnostic::is_error), "{problems:#?}");
    let report = import(store, &facts, rules, now, "cli:test", Mode::Apply).await.expect("a store that works");
    assert_eq!(report.outcome, Outcome::Stored, "{:#?}", report.problems);
}

pub const CHANNELS: [ChannelKind; 2] = [ChannelKind::Email, ChannelKind::Telegram];

/// The engine over a store, on a clock of its own, with doors that answer as they are told.
pub struct Office {
    pub engine: Engine,
    pub clock: Clock,
    pub doors: BTreeMap<ChannelKind, Door>,
    /// Replies that were not taken, and such.
    pub said: Vec<String>,
}

/// Message keys, and so the jitter of retries, come from the name of the store.
async fn name_it(store: &Store) {
    let mut tx = store.begin().await.expect("a writer");
    dondoc::store::meta::set(&mut tx, dondoc::store::meta::STORE_ID, "scenario").await.expect("a name");
    tx.commit().await.expect("committed");
}

struct Nobody;

impl Witness for Nobody {
    fn leaves(&mut self, _: &Claimed, _: Timestamp) {}
}

impl Office {
    pub async fn open(store: Store, rules: Arc<Rules>, at: Timestamp) -> Self {
        let clock = Clock::virtual_at(at);
        let doors = CHANNELS.map(|channel| (channel, Door::Recording(Recording::new(clock.clone()))));
        let engine = Engine::new(store, rules, CHANNELS.to_vec());
        name_it(&engine.store).await;
        rules::apply(&engine, at).await.expect("a store that works");
        Self { engine, clock, doors: doors.into(), said: Vec::new() }
    }

    /// Turns until just before `until`.
    pub async fn run_before(&mut self, until: Timestamp) {
        let last = until - SignedDuration::from_millis(1);
        if last > self.clock.now() {
            drive::run_until(&self.engine, &mut self.doors, &self.clock, last, &mut Nobody).await.expect("a turn");
        }
        self.clock.set(until);
    }

    /// Another daemon over the same store.
    pub async fn restart(&mut self) {
        self.engine = Engine::new(self.engine.store.clone(), Arc::clone(&self.engine.rules), CHANNELS.to_vec());
        deliver::take_over(&self.engine, self.clock.now()).await.expect("taken over");
    }

    /// The daemon dies after the next message has left and before its answer is recorded.
    pub async fn crash(&mut self) {
        let now = self.clock.now();
        drive::prepare(&self.engine, now).await.expect("prepared");
        for channel in CHANNELS {
            let mut tx = self.engine.store.begin().await.expect("a writer");
            let claimed = deliver::claim(&self.engine, &mut tx, channel, 1, now).await.expect("claimed");
            tx.commit().await.expect("committed");
            for message in claimed {
                self.doors.get_mut(&channel).expect("open").send(&message.parcel).await;
            }
        }
        self.restart().await;
    }

    /// The next message of the channel has left and is not yet answered when `act` happens.
    async fn during(&mut self, channel: &str, act: &str, scenario: &Scenario) {
        let now = self.clock.now();
        let channel = ChannelKind::parse(channel).unwrap_or_else(|| panic!("no channel {channel:?}"));
        drive::prepare(&self.engine, now).await.expect("prepared");
        let mut tx = self.engine.store.begin().await.expect("a writer");
        let claimed = deliver::claim(&self.engine, &mut tx, channel, 1, now).await.expect("claimed");
        tx.commit().await.expect("committed");
        let [message] = claimed.as_slice() else { panic!("nothing of {channel:?} is due") };
        let (word, rest) = act.split_once(' ').unwrap_or((act, ""));
        match word {
            "import" => take_in(&self.engine.store, &self.engine.rules, &scenario.texts(rest), now).await,
            "reply" => self.reply(rest).await,
            _ => panic!("no act {act:?} while a message is on the wire"),
        }
        let verdict = self.doors.get_mut(&channel).expect("open").send(&message.parcel).await;
        let mut tx = self.engine.store.begin().await.expect("a writer");
        deliver::mark(&self.engine, &mut tx, &message.slip, &verdict, now).await.expect("marked");
        tx.commit().await.expect("committed");
    }

    /// The texts of everything that was transmitted.
    pub fn letters(&self) -> Vec<String> {
        let doors = self.doors.values().filter_map(|door| match door {
            Door::Recording(door) => Some(door.take()),
            _ => None,
        });
        doors.flatten().map(|(_, parcel)| parcel.text).collect()
    }

    /// Plays a whole timeline.
    pub async fn play(scenario: &Scenario, store: Store) -> Self {
        let mut office = Self::open(store, scenario.rules(""), scenario.start()).await;
        let mut up = true;
        for (at, act) in &scenario.timeline {
            if up {
                office.run_before(*at).await;
            } else {
                office.clock.set(*at);
            }
            let (word, rest) = act.split_once(' ').unwrap_or((act, ""));
            match word {
                "import" => take_in(&office.engine.store, &office.engine.rules, &scenario.texts(rest), *at).await,
                "reply" => office.reply(rest).await,
                "unit" => office.unit(rest).await,
                "rules" => {
                    office.engine = office.engine.with_rules(scenario.rules(rest), CHANNELS.to_vec());
                    rules::apply(&office.engine, *at).await.expect("applied");
                    while walk::walk(&office.engine, *at).await.expect("planned") > 0 {}
                }
                "pause" => {
                    let note = (!rest.is_empty()).then_some(rest);
                    guard::raise(&office.engine, Guard::Pause, "cli:vanthu", note, *at).await.expect("paused");
                }
                "resume" => {
                    guard::lift(&office.engine, Guard::Pause, "cli:vanthu", *at).await.expect("resumed");
                }
                "down" => {
                    if rest == "ready" {
                        drive::prepare(&office.engine, *at).await.expect("prepared");
                    }
                    up = false;
                }
                "up" => {
                    up = true;
                    office.restart().await;
                }
                "crash" => office.crash().await,
                "during" => {
                    let (channel, act) = rest.split_once(' ').expect("a channel and an act");
                    office.during(channel, act, scenario).await;
                }
                "email" => office.answer(ChannelKind::Email, rest),
                "telegram" => office.answer(ChannelKind::Telegram, rest),
                "end" => return office,
                _ => panic!("no act {act:?}"),
            }
        }
        panic!("a timeline ends with `end`")
    }

    fn answer(&self, channel: ChannelKind, text: &str) {
        let (code, times) = text.split_once(' ').unwrap_or((text, "once"));
        let times: usize = match times {
            "once" => 1,
            "twice" => 2,
            count => count.parse().expect("once, twice or a number"),
        };
        let reason = code.to_owned();
        let verdict = match code {
            "403" => Verdict::Refused { reason, binding: Binding::Dead },
            "550" => Verdict::Refused { reason, binding: Binding::Kept },
            "451" => Verdict::Deferred { reason, retry_after_ms: None, fault: Fault::Message },
            "421" => Verdict::Deferred { reason, retry_after_ms: None, fault: Fault::Channel },
            "lost" => Verdict::Uncertain { reason },
            _ => panic!("no verdict {code:?}"),
        };
        let Some(Door::Recording(door)) = self.doors.get(&channel) else { panic!("{channel:?} is not open") };
        for _ in 0..times {
            door.answer_next(verdict.clone());
        }
    }

    async fn unit(&mut self, text: &str) {
        let now = self.clock.now();
        let mut connection = self.engine.store.read().acquire().await.expect("a reader");
        let directory = dondoc::store::directory::load(&mut connection).await.expect("units");
        let unit = |code: &str| directory.unit_by_code(code).unwrap_or_else(|| panic!("no unit {code:?}")).id;
        let (word, rest) = text.split_once(' ').expect("a change");
        let (ending, going_on) = rest.split_once(" into ").unwrap_or((rest, ""));
        let change = match word {
            "rename" => {
                let (code, name) = rest.split_once(' ').expect("a name");
                Change::Rename { unit: unit(code), name: name.to_owned() }
            }
            "merge" => Change::Merge { from: ending.split(' ').map(unit).collect(), into: unit(going_on) },
            "split" => {
                let (into, more) = going_on.split_once(" rest ").expect("who takes the rest");
                let mut more = more.split(' ');
                let rest = more.next().map(unit);
                let mut given = Vec::new();
                for one in more {
                    let (name, to) = one.rsplit_once('=').expect("NAME=UNIT");
                    let name = AssignmentName::parse(name).expect("a name");
                    given.push((naming::find_assignment(&mut connection, &name).await.expect("known"), unit(to)));
                }
                Change::Split { unit: unit(ending), into: into.split(' ').map(unit).collect(), given, rest }
            }
            _ => panic!("no change {word:?}"),
        };
        drop(connection);
        let today = self.engine.rules.calendar.date_of(now);
        let done = succeed(&self.engine, &change, today, "cli:test", Mode::Apply, now).await.expect("a store that works");
        let said = done.map_or_else(
            |refusal| format!("refused: {refusal}"),
            |done| format!("{} assignments, headless {:?}, {} posts end", done.moved.len(), done.headless, done.posts.len()),
        );
        self.said.push(format!("{} unit {text}: {said}", shown(now)));
    }

    async fn reply(&mut self, text: &str) {
        let (text, note) = text.split_once(" note ").unwrap_or((text, ""));
        let mut words = text.split(' ');
        let name = words.next().expect("an assignment");
        let kind = words.next().and_then(ReplyKind::parse).unwrap_or_else(|| panic!("no reply in {text:?}"));
        let mut connection = self.engine.store.read().acquire().await.expect("a reader");
        let assignment = AssignmentName::parse(name).unwrap_or_else(|| panic!("no assignment {name:?}"));
        let id = naming::find_assignment(&mut connection, &assignment).await.expect("a known assignment");
        let directory = dondoc::store::directory::load(&mut connection).await.expect("people");
        drop(connection);
        let unit = |code: &str| directory.unit_by_code(code).unwrap_or_else(|| panic!("no unit {code:?}")).id;
        let who = |code: &str| directory.person_by_code(code).unwrap_or_else(|| panic!("no person {code:?}")).id;
        let mut request = Request::new(kind, who("chu"), "cli");
        request.note = (!note.is_empty()).then(|| note.to_owned());
        while let (Some(key), Some(value)) = (words.next(), words.next()) {
            let day = || value.parse::<Date>().unwrap_or_else(|_| panic!("no date {value:?}"));
            match key {
                "as" => request.person = who(value),
                "to" => request.to = Some(who(value)),
                "unit" => request.to_unit = Some(unit(value)),
                "basis" => request.basis = Some(value.to_owned()),
                "until" => request.until = Some(day()),
                "on" => request.on = Some(day()),
                "doubt" => {
                    let doubt = Doubt::ALL.into_iter().find(|doubt| doubt.as_str() == value);
                    request.doubts.push(doubt.unwrap_or_else(|| panic!("no doubt {value:?}")));
                }
                "percent" => request.percent = Some(value.parse().expect("a percentage")),
                "value" => {
                    let value = value.parse().expect("a number");
                    request.figure = Some(ReportedFigure { value, as_of: None, source: None });
                }
                _ => panic!("no word {key:?} in a reply"),
            }
        }
        let now = self.clock.now();
        let replied = reply(&self.engine, id, &request, now).await.expect("a store that works");
        self.said.push(format!("{} {name} {}: {replied:?}", shown(now), kind.as_str()));
    }
}

/// An instant as people of the office read it.
pub fn shown(at: Timestamp) -> String {
    let zoned = at.to_zoned(zone());
    // Seconds only where there are any: what is meant for a minute leaves in it.
    let form = if zoned.second() == 0 { "%a %d/%m/%Y %H:%M" } else { "%a %d/%m/%Y %H:%M:%S" };
    zoned.strftime(form).to_string()
}

/// Every transmission: when, its state on the wire, what it was.
pub async fn transmissions(engine: &Engine) -> Vec<(Simulated, String)> {
    let rows =
        sqlx::query("SELECT message_id, started_at_ms, verdict, reason FROM attempt ORDER BY started_at_ms, message_id, number")
            .fetch_all(engine.store.read())
            .await
            .expect("attempts");
    let mut told = Vec::new();
    for row in rows {
        let at = Timestamp::from_millisecond(row.get("started_at_ms")).expect("an instant");
        let verdict: Option<String> = row.get("verdict");
        let reason: Option<String> = row.get("reason");
        let outcome = match verdict.as_deref() {
            Some("accepted") => String::new(),
            other => format!("{} {}", other.unwrap_or("on the wire"), reason.unwrap_or_default()),
        };
        let said = describe(engine, &[(row.get("message_id"), at)]).await.expect("a message").remove(0);
        told.push((said, outcome));
    }
    told.sort();
    told
}

/// What was accepted, in the form of a simulation.
pub async fn accepted(engine: &Engine) -> Vec<Simulated> {
    transmissions(engine).await.into_iter().filter(|(_, outcome)| outcome.is_empty()).map(|(said, _)| said).collect()
}

pub fn line(said: &Simulated, outcome: &str) -> String {
    let mut text = format!("{} {} {}", shown(said.at), said.to, said.channel);
    if said.is_trial {
        text.push_str(" (trial)");
    }
    if !outcome.is_empty() {
        let _ = write!(text, " [{}]", outcome.trim());
    }
    let _ = write!(text, " | {}", said.subject);
    for reminder in &said.reminders {
        let _ = write!(text, "\n    {} {} ({})", reminder.assignment, reminder.step, reminder.reason);
    }
    text
}

/// Messages, replies and where everything stands, as text.
pub async fn told(office: &Office) -> String {
    let engine = &office.engine;
    let mut text = String::new();
    for (said, outcome) in transmissions(engine).await {
        let _ = writeln!(text, "{}", line(&said, &outcome));
    }
    for said in &office.said {
        let _ = writeln!(text, "reply {said}");
    }
    text.push_str("---\n");
    let mut connection = engine.store.read().acquire().await.expect("a reader");
    let rows = dondoc::store::queries::list(&mut connection, &dondoc::store::queries::ListFilter::default()).await;
    for row in rows.expect("a list") {
        let deadline = row.deadline.map_or("-".to_owned(), |deadline| deadline.anchor());
        let _ = writeln!(text, "{} {} {deadline}", row.name, row.work.as_str());
        let sql = "SELECT step, occurrence, anchor, state, reason, due_at_ms, trial_at_ms FROM reminder
                   WHERE assignment_id = $1 ORDER BY due_at_ms, step, occurrence, anchor";
        for row in sqlx::query(sql).bind(row.id).fetch_all(&mut *connection).await.expect("reminders") {
            let (step, state, reason): (String, String, String) = (row.get("step"), row.get("state"), row.get("reason"));
            let due = Timestamp::from_millisecond(row.get("due_at_ms")).expect("an instant");
            let occurrence: i64 = row.get("occurrence");
            let again = if occurrence > 1 { format!(" #{occurrence}") } else { String::new() };
            let trial = row.get::<Option<i64>, _>("trial_at_ms").map_or("", |_| " (trial)");
            let _ = writeln!(text, "    {} {step}{again}{trial}: {state} ({reason})", shown(due));
        }
    }
    let sql = "SELECT state, COUNT(*) AS many FROM message GROUP BY state ORDER BY state";
    for row in sqlx::query(sql).fetch_all(&mut *connection).await.expect("messages") {
        let (state, many): (String, i64) = (row.get("state"), row.get("many"));
        let _ = writeln!(text, "messages {state}: {many}");
    }
    text
}

/// What must hold after every run, whatever the scenario. A fallback or a notice that something was held leaves at the
/// instant of the refusal on a clock that stands still; so only runs in which no channel fails count messages.
pub async fn assert_laws(engine: &Engine) {
    let failed = "SELECT COUNT(*) FROM attempt WHERE verdict IN ('refused', 'deferred')";
    let failed: i64 = sqlx::query_scalar(failed).fetch_one(engine.store.read()).await.expect("a count");
    let mut seen = BTreeSet::new();
    let rules = &engine.rules;
    // Those of a trial count apart, by the channel they would have gone over. What nobody knows to have arrived, and was taken apart
    // because it was no longer so, is told anew at once.
    let sql = "SELECT a.started_at_ms, a.message_id, m.person_id, m.kind, m.policy,
                   CASE WHEN m.trial_at_ms IS NULL THEN m.channel ELSE 'trial-' || (
                       SELECT MIN(i.channel) FROM message_item i WHERE i.message_id = m.id) END AS channel
               FROM attempt a JOIN message m ON m.id = a.message_id
               WHERE a.verdict = 'accepted' OR a.verdict = 'uncertain' AND m.state <> 'cancelled'";
    for row in sqlx::query(sql).fetch_all(engine.store.read()).await.expect("attempts") {
        let at: i64 = row.get("started_at_ms");
        let (person, message): (i64, i64) = (row.get("person_id"), row.get("message_id"));
        let (channel, kind, policy): (String, String, String) = (row.get("channel"), row.get("kind"), row.get("policy"));
        let key = (at, person, channel, kind);
        seen.insert((key.clone(), message));
        assert!(failed > 0 || !has_other(&seen, &key, message), "two messages at one moment: {key:?}");
        if let Some(policy) = rules.policy(&policy) {
            let at = Timestamp::from_millisecond(at).expect("an instant");
            assert!(rules.calendar.is_open(&policy.hours, at), "outside hours: {} {}", shown(at), policy.name);
        }
    }
    let verified = dondoc::store::verify::verify(&engine.store).await.expect("a journal");
    assert_eq!(verified.first_bad, None);
}

type Moment = (i64, i64, String, String);

fn has_other(seen: &BTreeSet<(Moment, i64)>, key: &Moment, message: i64) -> bool {
    seen.range((key.clone(), i64::MIN)..=(key.clone(), i64::MAX)).any(|(_, other)| *other != message)
}
