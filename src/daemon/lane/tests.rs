//! A lane whose channel does not work: what becomes of its probes.

use jiff::SignedDuration;

use super::*;
use crate::channel::recording::Recording;
use crate::config::{Credentials, Surroundings};
use crate::diagnostic::Source;
use crate::engine::import::{Mode, import, known_facts};
use crate::engine::{desk, drive, rules};
use crate::facts;
use crate::store::{Store, messages};

const RULES: &str = r#"
[office]
name = "Văn phòng"
[outbox]
folder = "outbox"
[[policy]]
name = "p"
hours = "always"
[[policy.step]]
name = "giao"
when = "on assignment"
to = ["assignee"]
channels = ["telegram"]
[[route]]
policy = "p"
"#;

const FACTS: &str = r#"
[[unit]]
id = "pnv"
name = "Phòng Nội vụ"
[[person]]
id = "an"
name = "Nguyễn Văn An"
telegram = 1001
[[appointment]]
person = "an"
unit = "pnv"
position = "head"
[[dispatch]]
number = "1/UBND"
issuer = "UBND"
date = 2023-10-02
[[directive]]
dispatch = "1/UBND"
clause = "1"
title = "Việc"
lead = ["pnv"]
deadline = 2023-10-20
"#;

/// A lane of Telegram whose breaker has just opened, over a store with one message for the chat 1001 where there are facts, and
/// whoever serves it.
async fn opened(texts: &str) -> (Arc<Lane>, Clock, Crew) {
    let clock = Clock::virtual_at("2023-10-02T00:30:00Z".parse().expect("an instant"));
    let around = Surroundings {
        folder: ".".into(),
        credentials: Credentials::default(),
        today: jiff::civil::date(2023, 10, 2),
        language: None,
    };
    let (config, problems) = Config::parse(RULES, &around);
    let config = config.unwrap_or_else(|| panic!("{problems:#?}"));
    let store = Store::scratch().await.expect("a folder for temporary files");
    let engine = Engine::new(store, Arc::new(config.rules), vec![ChannelKind::Telegram]);
    rules::apply(&engine, clock.now()).await.expect("rules of a config");
    if !texts.is_empty() {
        let known = known_facts(&engine.store).await.expect("a readable store");
        let rules = &engine.rules;
        let (facts, _) = facts::read(&[Source::of_text("f.toml", texts)], rules.language, &rules.calendar, &known);
        import(&engine.store, &facts, rules, clock.now(), "cli:test", Mode::Apply).await.expect("a store");
        drive::prepare(&engine, clock.now()).await.expect("packed");
    }
    let engines = watch::Sender::new(Arc::new(engine));
    let (desk, clerk) = desk::open(engines.subscribe(), clock.clone(), Arc::default());
    let crew = Crew::default();
    crew.spawn("desk", clerk.work());
    let mut breaker = Breaker::default();
    let fault = Verdict::Deferred { reason: "away".to_owned(), retry_after_ms: None, fault: Fault::Channel };
    breaker.note(&fault, clock.now());
    let office = Office {
        desk,
        clock: clock.clone(),
        engines: engines.subscribe(),
        pulse: watch::Sender::new(()),
        poke: Arc::default(),
        crew: crew.clone(),
    };
    let lane = Lane {
        channel: ChannelKind::Telegram,
        breaker: Mutex::new(breaker),
        limit: None,
        chats: Chats::default(),
        refusals: Refusals::default(),
        office,
        stop: crew.stop.child_token(),
    };
    (Arc::new(lane), clock, crew)
}

/// The lane works from a moment on at which it may probe, until its probe is given back: the next message may probe at once.
async fn gives_its_probe_back(lane: &Arc<Lane>, clock: &Clock, crew: &Crew) {
    let mail = Recording::new(clock.clone());
    clock.set(clock.now() + SignedDuration::from_secs(6));
    let mut wanted = lane.breaker().clone();
    assert_eq!(wanted.ask(clock.now()), Pass::Probe);
    wanted.give_back(clock.now());
    crew.spawn("lane", Arc::clone(lane).work(Door::Recording(mail.clone())));
    let given_back = async {
        while *lane.breaker() != wanted {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), given_back).await;
    assert!(waited.is_ok(), "still {:?}", lane.breaker());
    assert!(mail.take().is_empty(), "nothing was transmitted");
}

#[tokio::test]
async fn a_probe_that_found_no_message_is_given_back() {
    let (lane, clock, crew) = opened("").await;
    gives_its_probe_back(&lane, &clock, &crew).await;
    drop(lane);
    crew.end(Duration::from_secs(10), Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_probe_whose_chat_was_told_to_wait_is_given_back() {
    let (lane, clock, crew) = opened(FACTS).await;
    lane.chats.turn("1001").await.expect("nothing left for it yet").refused(Duration::from_mins(20));
    gives_its_probe_back(&lane, &clock, &crew).await;
    let engine = Arc::clone(&lane.office.engines.borrow());
    drop(lane);
    crew.end(Duration::from_secs(10), Duration::from_secs(10)).await;
    let mut tx = engine.store.begin().await.expect("a store");
    let verdict = messages::attempt_verdict(&mut tx, 1, 1).await.expect("a store");
    assert_eq!(verdict.as_deref(), Some("deferred"), "it was claimed");
}
