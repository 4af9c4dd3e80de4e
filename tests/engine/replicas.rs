//! Two replicas on one store: who may claim, what a late verdict changes, and that they make the messages of one.

use std::sync::Arc;

use dondoc::channel::Leave;
use dondoc::domain::delivery::{Binding, Fault, Verdict};
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::reply::ReplyKind;
use dondoc::engine::deliver::{self, Claimed};
use dondoc::engine::{Engine, drive, incarnation, rules};
use dondoc::store::incarnations::{self, NewIncarnation, Seen};
use dondoc::store::{Store, StoreError, Where};
use tokio::time::Instant;

use super::house::{House, rules_of};
use super::{OFFICE, directive, messages, on_both, one_duty, policy, reminders, step, told_when_assigned};

/// Makes an engine a replica that has just shown that it lives.
async fn lives(engine: &Engine, house: &House) {
    let now = house.clock.now();
    let id = engine.incarnation.id();
    engine.incarnation.share();
    let new = NewIncarnation { id: &id, host: "may", pid: 1, config_digest: &engine.rules.digest, now_ms: now.as_millisecond() };
    let mut tx = engine.store.begin().await.expect("a writer");
    incarnations::register(&mut tx, &new).await.expect("registered");
    tx.commit().await.expect("committed");
    engine.incarnation.beaten(&id, Instant::now(), now);
}

/// A second replica on the same database, with connections of its own where that is possible.
async fn another(house: &House) -> Engine {
    let store = match house.engine.store.place() {
        place @ Where::Postgres(_) => Store::open(place).await.expect("it exists"),
        Where::Sqlite(_) => house.engine.store.clone(),
    };
    let engine = Engine::new(store, Arc::clone(&house.engine.rules), house.engine.channels.clone());
    lives(&engine, house).await;
    engine
}

/// Connections of its own are closed, so that the database can be removed.
async fn leaves(engine: &Engine) {
    if let Where::Postgres(_) = engine.store.place() {
        engine.store.close().await;
    }
}

async fn claim(engine: &Engine, house: &House) -> Vec<Claimed> {
    let mut tx = engine.store.begin().await.expect("a writer");
    let claimed = deliver::claim(engine, &mut tx, ChannelKind::Telegram, 9, house.clock.now()).await.expect("a claim");
    tx.commit().await.expect("committed");
    claimed
}

async fn mark(engine: &Engine, house: &House, claimed: &Claimed, verdict: &Verdict) {
    let mut tx = engine.store.begin().await.expect("a writer");
    deliver::mark(engine, &mut tx, &claimed.slip, verdict, house.clock.now()).await.expect("marked");
    tx.commit().await.expect("committed");
}

async fn is_fenced(engine: &Engine, by: &Engine, house: &House) -> usize {
    let mut reader = by.store.read().acquire().await.expect("a reader");
    let others = incarnations::others(&mut reader, &by.incarnation.id()).await.expect("seen");
    drop(reader);
    let silent: Vec<Seen> = others.into_iter().filter(|other| other.id == engine.incarnation.id()).collect();
    let taken = deliver::take_over_from(by, &silent, house.clock.now()).await.expect("taken over");
    taken.into_iter().map(|(_, messages)| messages).sum()
}

fn accepted() -> Verdict {
    Verdict::Accepted { receipt: Some("77".to_owned()) }
}

/// A duty whose message the first replica has on the wire, and the second replica.
async fn on_the_wire(store: Store) -> (House, Engine, Claimed) {
    let house = House::on(store, &told_when_assigned(), &one_duty()).await;
    lives(&house.engine, &house).await;
    let second = another(&house).await;
    drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
    let claimed = claim(&house.engine, &house).await.pop().expect("one message");
    (house, second, claimed)
}

#[tokio::test]
async fn a_fenced_replica_claims_nothing_until_it_goes_on_as_another() {
    on_both(async |store| {
        let (house, second, _) = on_the_wire(store).await;
        assert_eq!(is_fenced(&house.engine, &second, &house).await, 1);
        assert_eq!(messages(&house).await, ["telegram | uncertain | the daemon ended while sending"]);
        assert!(claim(&house.engine, &house).await.is_empty(), "its heart beat a moment ago, and it is shut out all the same");
        house.engine.incarnation.renew();
        assert!(claim(&house.engine, &house).await.is_empty(), "no heartbeat under the new id yet");
        lives(&house.engine, &house).await;
        let claimed = claim(&house.engine, &house).await;
        assert_eq!(claimed[0].slip.attempt, 2);
        assert_eq!(house.journal("replica-fenced").await.len(), 1);
        house.is_sound().await;
        leaves(&second).await;
    })
    .await;
}

#[tokio::test]
async fn a_late_acceptance_ends_a_message_that_waits_to_be_sent_again() {
    on_both(async |store| {
        let (house, second, claimed) = on_the_wire(store).await;
        is_fenced(&house.engine, &second, &house).await;
        mark(&house.engine, &house, &claimed, &accepted()).await;
        assert_eq!(messages(&house).await, ["telegram | accepted | accepted"]);
        assert_eq!(reminders(&house, "giao").await, ["delivered"]);
        assert_eq!(house.rows("SELECT number, verdict FROM attempt").await, ["1 | accepted"]);
        assert!(claim(&second, &house).await.is_empty(), "the copy that is out is enough");
        // The same once more, because the answer to the commit was lost.
        mark(&house.engine, &house, &claimed, &accepted()).await;
        assert_eq!(house.journal("verdict-late").await.len(), 1);
        house.is_sound().await;
        leaves(&second).await;
    })
    .await;
}

#[tokio::test]
async fn a_late_acceptance_leaves_the_new_owner_alone_and_then_counts() {
    on_both(async |store| {
        let (house, second, first) = on_the_wire(store).await;
        is_fenced(&house.engine, &second, &house).await;
        let again = claim(&second, &house).await.pop().expect("sent again");
        mark(&house.engine, &house, &first, &accepted()).await;
        assert_eq!(messages(&house).await, ["telegram | sending | sending"], "it is on the wire of the new owner");
        let later = Verdict::Deferred { reason: "busy".to_owned(), retry_after_ms: None, fault: Fault::Message };
        mark(&second, &house, &again, &later).await;
        assert_eq!(messages(&house).await, ["telegram | accepted | accepted"], "a copy is out: no third one");
        house.is_sound().await;
        leaves(&second).await;
    })
    .await;
}

#[tokio::test]
async fn a_late_refusal_is_remembered_and_changes_nothing() {
    on_both(async |store| {
        let (house, second, first) = on_the_wire(store).await;
        is_fenced(&house.engine, &second, &house).await;
        let again = claim(&second, &house).await.pop().expect("sent again");
        let refused = Verdict::Refused { reason: "blocked".to_owned(), binding: Binding::Dead };
        mark(&house.engine, &house, &first, &refused).await;
        assert_eq!(messages(&house).await, ["telegram | sending | sending"]);
        assert_eq!(house.rows("SELECT verdict FROM attempt ORDER BY number").await, ["refused", "∅"]);
        assert_eq!(house.rows("SELECT telegram_dead_at_ms FROM person WHERE code = 'an'").await, ["∅"]);
        mark(&second, &house, &again, &accepted()).await;
        assert_eq!(messages(&house).await, ["telegram | accepted | accepted"]);
        // And after the end.
        mark(&house.engine, &house, &first, &accepted()).await;
        assert_eq!(messages(&house).await, ["telegram | accepted | accepted"]);
        house.is_sound().await;
        leaves(&second).await;
    })
    .await;
}

#[tokio::test]
async fn a_claim_whose_commit_nobody_heard_of_is_given_back() {
    on_both(async |store| {
        let (house, second, _unheard) = on_the_wire(store).await;
        let engine = &house.engine;
        let mut tx = engine.store.begin().await.expect("a writer");
        deliver::give_back_unheard(engine, &mut tx, &engine.incarnation.id(), &[], house.clock.now()).await.expect("given back");
        tx.commit().await.expect("committed");
        let again = claim(&second, &house).await;
        assert_eq!((again.len(), again[0].slip.attempt), (1, 2), "another one may send it at once");
        house.is_sound().await;
        leaves(&second).await;
    })
    .await;
}

#[tokio::test]
async fn a_message_that_was_claimed_again_in_a_commit_nobody_heard_of_is_given_back_too() {
    on_both(async |store| {
        let house = House::on(store, &told_when_assigned(), &one_duty()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        let first = claim(&house.engine, &house).await.pop().expect("one message");
        mark(&house.engine, &house, &first, &Verdict::Uncertain { reason: "the answer was lost".into() }).await;
        house.sleeps_until("2023-10-02T08:30");
        let unheard = claim(&house.engine, &house).await.pop().expect("it is due again");
        assert_eq!((unheard.slip.id, unheard.slip.attempt), (first.slip.id, 2));
        // The verdict comes to the desk again, where the first attempt still counts as on the wire.
        let engine = &house.engine;
        let mut tx = engine.store.begin().await.expect("a writer");
        let lost = Verdict::Uncertain { reason: "the answer was lost".into() };
        deliver::mark(engine, &mut tx, &first.slip, &lost, house.clock.now()).await.expect("marked");
        let known = [(first.slip.id, first.slip.attempt)];
        deliver::give_back_unheard(engine, &mut tx, &engine.incarnation.id(), &known, house.clock.now())
            .await
            .expect("given back");
        tx.commit().await.expect("committed");
        let again = claim(engine, &house).await;
        assert_eq!((again.len(), again[0].slip.attempt), (1, 3));
        // What is on the wire stays there.
        let known = [(again[0].slip.id, again[0].slip.attempt)];
        let mut tx = engine.store.begin().await.expect("a writer");
        deliver::give_back_unheard(engine, &mut tx, &engine.incarnation.id(), &known, house.clock.now()).await.expect("read");
        tx.commit().await.expect("committed");
        assert!(claim(engine, &house).await.is_empty());
        house.is_sound().await;
    })
    .await;
}

/// The machine slept between a claim and the first byte, and whoever was to get the message answered meanwhile, or did not.
#[tokio::test]
async fn a_claim_that_lay_open_for_ten_minutes_does_not_leave_and_is_claimed_anew_with_every_check() {
    for is_answered in [false, true] {
        on_both(async |store| {
            let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
            drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
            let old = claim(&house.engine, &house).await.pop().expect("one message");
            if is_answered {
                house.reply("1", "pnv", "an", ReplyKind::Done).await;
            }
            let may_leave = |house: &House| house.engine.incarnation.may_transmit(&old.slip, house.clock.now());
            house.sleeps_until("2023-10-02T07:39");
            assert!(may_leave(&house));
            house.sleeps_until("2023-10-02T07:40");
            assert!(!may_leave(&house));
            assert!(claim(&house.engine, &house).await.is_empty(), "nobody else takes it while it is claimed");
            mark(&house.engine, &house, &old, &Leave::withheld()).await;
            house.tick().await;
            let told: Vec<String> = house.lines().into_iter().filter(|line| line.contains("telegram 1001")).collect();
            let expected: &[&str] = if is_answered { &[] } else { &["10-02 07:40 telegram 1001"] };
            assert_eq!(told, expected, "answered: {is_answered}");
            let states = messages(&house).await;
            assert!(states.iter().all(|state| !state.contains("sending")), "{states:?}");
            house.is_sound().await;
        })
        .await;
    }
}

/// Nobody was tried by a transmission that never began, however long ago it was claimed.
#[tokio::test]
async fn what_was_held_back_over_the_hours_leaves_by_the_channel_it_was_meant_for() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        let old = claim(&house.engine, &house).await.pop().expect("one message");
        house.sleeps_until("2023-10-02T19:00");
        mark(&house.engine, &house, &old, &Leave::withheld()).await;
        house.chat.answer_next(Verdict::Deferred { reason: "busy".to_owned(), retry_after_ms: None, fault: Fault::Message });
        house.until("2023-10-03T08:00").await;
        let channels: Vec<ChannelKind> = house.left().iter().map(|one| one.channel).collect();
        assert_eq!(channels, [ChannelKind::Telegram; 2], "and that it is put off once sends it nowhere else");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn rules_nobody_asked_for_wait_until_nobody_works_by_those_in_force() {
    on_both(async |store| {
        let house = House::on(store, &told_when_assigned(), &one_duty()).await;
        lives(&house.engine, &house).await;
        let (now, text) = (house.clock.now(), policy(&step("moi", "on assignment", "\"unit.deputy\"", "")));
        let other = Engine::new(house.engine.store.clone(), Arc::new(rules_of(&text)), house.engine.channels.clone());
        lives(&other, &house).await;
        assert_eq!(rules::apply_unasked(&other, now).await.expect("a store"), rules::Applied::StandsAside);
        assert_eq!(drive::prepare(&other, now).await.expect("a store"), 0, "it plans, routes and packs nothing");
        assert_eq!(reminders(&house, "giao").await, [] as [&str; 0]);
        assert_eq!(drive::prepare(&house.engine, now).await.expect("a store"), 1);
        assert!(claim(&other, &house).await.is_empty(), "nor does it send");
        // A reload is asked for.
        assert_eq!(rules::apply(&other, now).await.expect("a store"), rules::Applied::Changed);
        assert!(claim(&house.engine, &house).await.is_empty());
        assert_eq!(rules::apply_unasked(&house.engine, now).await.expect("a store"), rules::Applied::StandsAside);
        is_fenced(&other, &house.engine, &house).await;
        assert_eq!(rules::apply_unasked(&house.engine, now).await.expect("a store"), rules::Applied::Changed);
        assert_eq!(claim(&house.engine, &house).await.len(), 1);
        let other = other.with_rules(Arc::clone(&house.engine.rules), house.engine.channels.clone());
        assert_eq!(rules::apply_unasked(&other, now).await.expect("a store"), rules::Applied::Unchanged);
    })
    .await;
}

#[tokio::test]
async fn only_the_holder_of_the_lease_writes_what_came_in_over_telegram() {
    on_both(async |store| {
        let (house, second, _) = on_the_wire(store).await;
        let now = house.clock.now();
        assert!(incarnation::become_reader(&house.engine, now).await.expect("a store"));
        assert!(!incarnation::become_reader(&second, now).await.expect("a store"), "the first one lives");
        incarnation::begin_as_reader(&house.engine).await.expect("it holds the lease").commit().await.expect("committed");
        let refused = incarnation::begin_as_reader(&second).await.map(drop);
        assert!(matches!(refused, Err(StoreError::Fenced { .. })), "{refused:?}");
        is_fenced(&house.engine, &second, &house).await;
        assert!(incarnation::become_reader(&second, now).await.expect("a store"));
        let late = incarnation::begin_as_reader(&house.engine).await.map(drop);
        assert!(matches!(late, Err(StoreError::Fenced { .. })), "{late:?}");
        incarnation::begin_as_reader(&second).await.expect("its term").commit().await.expect("committed");
        leaves(&second).await;
    })
    .await;
}

/// Whatever replicas there are, one person gets one message at one opening, with everything in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_that_prepare_at_the_same_time_make_the_messages_of_one() {
    on_both(async |store| {
        let duties: String = (1..=230)
            .map(|number| {
                let unit = if number % 2 == 0 { "\"pnv\"" } else { "\"tckh\"" };
                directive(&number.to_string(), &format!("Việc {number}"), unit, "deadline = 2023-10-20")
            })
            .collect();
        let rules = policy(&step("giao", "on assignment", "\"assignee\", \"supervisor\"", ""));
        let house = House::on(store, &rules, &(OFFICE.to_owned() + &duties)).await;
        lives(&house.engine, &house).await;
        let (second, third) = (another(&house).await, another(&house).await);
        let now = house.clock.now();
        let work = |engine: &Engine| {
            let engine = engine.clone();
            tokio::spawn(async move { drive::prepare(&engine, now).await.expect("prepared") })
        };
        let made = [work(&house.engine), work(&second), work(&third)];
        let mut packed = 0;
        for one in made {
            packed += one.await.expect("no panic");
        }
        assert_eq!(packed, 3, "An over Telegram, Bình and Phúc by mail");
        let sql = "SELECT p.code, COUNT(*) FROM message_item i JOIN person p ON p.id = i.person_id
                   WHERE i.message_id IS NOT NULL GROUP BY p.code ORDER BY p.code";
        assert_eq!(house.rows(sql).await, ["an | 115", "binh | 115", "phuc | 230"]);
        house.is_sound().await;
        leaves(&second).await;
        leaves(&third).await;
    })
    .await;
}
