//! A house to try the engine in: a store, rules and facts from texts, and a clock that is set by hand.
#![allow(dead_code, reason = "every test file uses its own part of this")]

use std::collections::BTreeMap;
use std::sync::Arc;

use dondoc::channel::Door;
use dondoc::channel::recording::Recording;
use dondoc::clock::Clock;
use dondoc::config::{Config, Credentials, Surroundings};
use dondoc::diagnostic::{Diagnostic, Source};
use dondoc::domain::delivery::Parcel;
use dondoc::domain::organisation::PersonId;
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::reply::ReplyKind;
use dondoc::domain::rules::Rules;
use dondoc::engine::deliver::Claimed;
use dondoc::engine::drive::{self, Witness};
use dondoc::engine::import::{Mode, Outcome, import, known_facts};
use dondoc::engine::reply::{Replied, Request, reply};
use dondoc::engine::{Engine, rules};
use dondoc::facts;
use dondoc::store::Store;
use dondoc::store::against::contradictions;
use dondoc::store::timeline::timeline;
use dondoc::store::verify::verify;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sqlx::Row as _;

/// Monday 02/10/2023, 07:30 in Vietnam: the office opens.
pub const START: &str = "2023-10-02T07:30";

/// What every config of these tests begins with.
pub const HEAD: &str = r#"
[office]
name = "Văn phòng UBND"
monitor = "position:theo-doi@ubnd"
operators = ["person:truc"]
[outbox]
folder = "outbox"
"#;

/// The rules of a config text.
pub fn rules_of(text: &str) -> Rules {
    let around = Surroundings {
        folder: ".".into(),
        credentials: Credentials::default(),
        today: jiff::civil::date(2023, 10, 2),
        language: None,
    };
    let (config, problems) = Config::parse(text, &around);
    config.unwrap_or_else(|| panic!("{problems:#?}")).rules
}

/// A local instant, `2023-10-02T07:30`.
pub fn at(local: &str) -> Timestamp {
    let local: jiff::civil::DateTime = local.parse().expect("a date and a time");
    let zone = TimeZone::get("Asia/Ho_Chi_Minh").expect("a zone of the bundled table");
    local.to_zoned(zone).expect("no gaps in this zone").timestamp()
}

/// The house.
pub struct House {
    pub engine: Engine,
    pub clock: Clock,
    pub doors: BTreeMap<ChannelKind, Door>,
    pub mail: Recording,
    pub chat: Recording,
}

/// A parcel that left, as tests speak of it: local time, channel and address, subject.
pub struct Left {
    pub at: String,
    pub channel: ChannelKind,
    pub to: String,
    pub parcel: Parcel,
}

struct Nobody;

impl Witness for Nobody {
    fn leaves(&mut self, _: &Claimed, _: Timestamp) {}
}

impl House {
    /// On a scratch store.
    pub async fn new(policies: &str, facts: &str) -> Self {
        Self::on(Store::scratch().await.expect("a folder for temporary files"), policies, facts).await
    }

    /// On that store, which is empty.
    pub async fn on(store: Store, policies: &str, facts: &str) -> Self {
        let clock = Clock::virtual_at(at(START));
        let mail = Recording::new(clock.clone());
        let chat = mail.beside();
        let channels = [ChannelKind::Email, ChannelKind::Telegram];
        let doors = [Door::Recording(mail.clone()), Door::Recording(chat.clone())];
        let engine = Engine::new(store, Arc::new(rules_of(&format!("{HEAD}{policies}"))), channels.to_vec());
        let house = Self { engine, clock, doors: channels.into_iter().zip(doors).collect(), mail, chat };
        rules::apply(&house.engine, house.clock.now()).await.expect("rules of a config");
        house.import(facts).await;
        house
    }

    /// Imports facts now; they are sound.
    pub async fn import(&self, text: &str) {
        let known = known_facts(&self.engine.store).await.expect("a readable store");
        let rules = &self.engine.rules;
        let (facts, problems) = facts::read(&[Source::of_text("f.toml", text)], rules.language, &rules.calendar, &known);
        assert!(!problems.iter().any(Diagnostic::is_error), "{problems:#?}");
        let report = import(&self.engine.store, &facts, rules, self.clock.now(), "cli:test", Mode::Apply).await.expect("a store");
        assert_eq!(report.outcome, Outcome::Stored, "{:#?}", report.problems);
    }

    /// Other rules hold from now on.
    pub async fn load_rules(&mut self, policies: &str) {
        let rules = Arc::new(rules_of(&format!("{HEAD}{policies}")));
        self.engine = self.engine.with_rules(rules, self.engine.channels.clone());
        rules::apply(&self.engine, self.clock.now()).await.expect("rules of a config");
        while dondoc::engine::walk::walk(&self.engine, self.clock.now()).await.expect("a store") > 0 {}
    }

    /// Turns the engine at this instant until nothing is left to do.
    pub async fn tick(&mut self) {
        drive::tick(&self.engine, &mut self.doors, self.clock.now(), &mut Nobody).await.expect("a tick");
    }

    /// Turns the engine until then.
    pub async fn until(&mut self, local: &str) {
        drive::run_until(&self.engine, &mut self.doors, &self.clock, at(local), &mut Nobody).await.expect("a run");
    }

    /// The same to an instant.
    #[allow(dead_code, reason = "not every test file speaks of instants")]
    pub async fn until_instant(&mut self, instant: Timestamp) {
        drive::run_until(&self.engine, &mut self.doors, &self.clock, instant, &mut Nobody).await.expect("a run");
    }

    /// Lets time pass without the engine.
    pub fn sleeps_until(&self, local: &str) {
        self.clock.set(at(local));
    }

    /// Everything that left since the last call, in order.
    pub fn left(&self) -> Vec<Left> {
        let zone = &self.engine.rules.calendar;
        self.mail
            .take()
            .into_iter()
            .map(|(at, parcel)| Left {
                at: at.to_zoned(zone.time_zone().clone()).strftime("%m-%d %H:%M").to_string(),
                channel: parcel.channel,
                to: parcel.address.clone(),
                parcel,
            })
            .collect()
    }

    /// What left since the last call: `10-02 07:30 email an@x: SUBJECT`.
    pub fn lines(&self) -> Vec<String> {
        self.left().iter().map(|one| format!("{} {} {}", one.at, one.channel.as_str(), one.to)).collect()
    }

    /// The key of a person.
    pub async fn person(&self, code: &str) -> PersonId {
        PersonId(self.number(&format!("SELECT id FROM person WHERE code = '{code}'")).await)
    }

    /// The key of an assignment.
    pub async fn assignment(&self, clause: &str, unit: &str) -> i64 {
        self.number(&format!(
            "SELECT a.id FROM assignment a JOIN directive d ON d.id = a.directive_id JOIN unit u ON u.id = a.unit_id
             WHERE d.clause = '{clause}' AND u.code = '{unit}'"
        ))
        .await
    }

    /// A person answers for a clause of a unit.
    pub async fn reply(&self, clause: &str, unit: &str, person: &str, kind: ReplyKind) -> Replied {
        let request = Request::new(kind, self.person(person).await, "cli");
        self.reply_as(clause, unit, request).await
    }

    /// The same with everything a reply may carry.
    pub async fn reply_as(&self, clause: &str, unit: &str, request: Request) -> Replied {
        reply(&self.engine, self.assignment(clause, unit).await, &request, self.clock.now()).await.expect("a store that works")
    }

    /// Rows of a query as `a | b`; NULL is `∅`.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(self.engine.store.read()).await.expect(sql);
        let cell = |row: &sqlx::any::AnyRow, at: usize| {
            let text = row.try_get::<Option<String>, _>(at);
            let number = || row.try_get::<Option<i64>, _>(at).expect("text or a whole number").map(|number| number.to_string());
            text.unwrap_or_else(|_| number()).unwrap_or_else(|| "∅".into())
        };
        rows.iter().map(|row| (0..row.len()).map(|at| cell(row, at)).collect::<Vec<_>>().join(" | ")).collect()
    }

    /// One number.
    pub async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(self.engine.store.read()).await.expect(sql)
    }

    /// Where the work of every assignment stands, in order.
    pub async fn works(&self) -> Vec<String> {
        self.rows("SELECT work FROM assignment ORDER BY id").await
    }

    /// Entries of the journal of one kind: their details.
    pub async fn journal(&self, kind: &str) -> Vec<String> {
        self.rows(&format!("SELECT detail FROM journal WHERE kind = '{kind}' ORDER BY seq")).await
    }

    /// The journal's chain holds, and no next check is wrong.
    pub async fn is_sound(&self) {
        assert_eq!(verify(&self.engine.store).await.expect("a readable journal").first_bad, None);
        let wrong = dondoc::engine::plan::audit_next_checks(&self.engine, self.clock.now()).await.expect("a store");
        assert_eq!(wrong, 0, "assignments nobody would have looked at in time");
        self.is_vouched_for().await;
    }

    /// What nobody edited does not differ from the journal.
    pub async fn is_vouched_for(&self) {
        let mut tx = self.engine.store.snapshot().await.expect("a store");
        let ids: Vec<i64> =
            sqlx::query_scalar("SELECT id FROM assignment ORDER BY id").fetch_all(&mut *tx).await.expect("a store");
        for id in ids {
            let found = timeline(&mut tx, id).await.expect("a store").expect("an assignment");
            assert_eq!(contradictions(&mut tx, &found).await.expect("a store"), []);
        }
        tx.commit().await.expect("a store");
    }
}
