//! A replay of the past: only facts count, whatever was answered, asked and granted since.

use std::time::Duration;

use dondoc::domain::reply::ReplyKind;
use dondoc::engine::reply::Request;
use dondoc::engine::simulate::{Range, Simulated, simulate};
use dondoc::store::Store;
use jiff::civil::date;

use super::house::{House, at};
use super::{OFFICE, directive, on_both, policy, step};

/// Far longer than a replay of four months takes.
const PATIENCE: Duration = Duration::from_mins(1);

fn rules() -> String {
    policy(
        &(step("nhac", "3 working days before deadline", "\"assignee\"", "")
            + &step("tuan", "1 working day after deadline", "\"supervisor\"", "digest = \"weekly\"")),
    )
}

/// The first two duties of one unit are due on 20/10, the third, of another, on 10/10.
fn facts() -> String {
    OFFICE.to_owned()
        + &directive("1", "Việc một", "\"pnv\"", "deadline = 2023-10-20")
        + &directive("2", "Việc hai", "\"pnv\"", "deadline = 2023-10-20")
        + &directive("3", "Việc ba", "\"tckh\"", "deadline = 2023-10-10")
}

/// What is told from October to January, asked two years later.
async fn replayed(house: &House) -> Vec<Simulated> {
    let range = Range { from: Some(date(2023, 10, 2)), to: Some(date(2024, 1, 31)) };
    let (store, rules) = (&house.engine.store, &house.engine.rules);
    let playing = simulate(store, rules, &house.engine.channels, range, house.clock.now());
    tokio::time::timeout(PATIENCE, playing).await.expect("a replay ends").expect("a store")
}

/// When the steps of a clause come: `10-17 nhac`.
fn moments(messages: &[Simulated], clause: &str) -> Vec<String> {
    let carries = |message: &&Simulated, step: &str| {
        message.reminders.iter().any(|one| one.assignment.starts_with(&format!("4988/UBND#{clause}@")) && one.step == step)
    };
    let day = |message: &Simulated| {
        message.at.to_zoned(jiff::tz::TimeZone::get("Asia/Ho_Chi_Minh").expect("a zone")).strftime("%m-%d").to_string()
    };
    let all = ["nhac", "tuan"]
        .map(|step| messages.iter().filter(|one| carries(one, step)).map(|one| format!("{} {step}", day(one))).next());
    all.into_iter().flatten().collect()
}

async fn late_house(store: Store) -> House {
    let mut house = House::on(store, &rules(), &facts()).await;
    house.tick().await;
    house.sleeps_until("2025-11-03T09:00");
    house
}

#[tokio::test]
async fn what_was_granted_since_counts_for_nothing_in_a_replay() {
    on_both(async |store| {
        let house = late_house(store).await;
        let before = replayed(&house).await;
        assert_eq!(moments(&before, "1"), ["10-17 nhac", "10-23 tuan"]);
        let (an, mai) = (house.person("an").await, house.person("mai").await);
        for day in [date(2025, 11, 20), date(2025, 12, 20)] {
            let asks = Request { until: Some(day), note: Some("x".into()), ..Request::new(ReplyKind::Extend, an, "cli") };
            house.reply_as("1", "pnv", asks).await;
            house.reply_as("1", "pnv", Request::new(ReplyKind::Grant, mai, "cli")).await;
            house.sleeps_until("2025-11-03T10:00");
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM extension").await, 2, "both were granted");
        assert_eq!(replayed(&house).await, before);
        assert_eq!(house.number("SELECT COUNT(*) FROM extension").await, 2, "the store stays as it is");
    })
    .await;
}

/// Nobody has answered in a replay, so that what counts from receipt has not begun; what extends it in the facts holds.
#[tokio::test]
async fn a_deadline_that_an_answer_began_has_not_begun_in_a_replay() {
    on_both(async |store| {
        let rules = rules()
            .replace("[[route]]", &(step("ra-soat", "every 10 working days while undated", "\"assignee\"", "") + "[[route]]"));
        let relative = "deadline = \"10 ngày làm việc kể từ ngày nhận được\"";
        let facts = facts() + &directive("4", "Góp ý", "\"pnv\"", relative);
        let mut house = House::on(store, &rules, &facts).await;
        house.tick().await;
        house.sleeps_until("2025-11-20T09:00");
        let before = replayed(&house).await;
        assert!(before.iter().any(|one| one.reminders.iter().any(|one| one.step == "ra-soat")), "it is reviewed while undated");
        house.reply("4", "pnv", "an", ReplyKind::Acknowledge).await;
        let begun = "SELECT deadline_last_day FROM assignment WHERE deadline_last_day > '2024'";
        let day = house.rows(begun).await;
        assert_eq!(day.len(), 1);
        assert_eq!(replayed(&house).await, before);
        assert_eq!(house.rows(begun).await, day, "the store stays as it is");
        // What was granted on top of it is taken away first.
        let (an, mai) = (house.person("an").await, house.person("mai").await);
        let asks =
            Request { until: Some(date(2025, 12, 30)), note: Some("x".into()), ..Request::new(ReplyKind::Extend, an, "cli") };
        house.reply_as("4", "pnv", asks).await;
        house.reply_as("4", "pnv", Request::new(ReplyKind::Grant, mai, "cli")).await;
        assert_eq!(house.rows(begun).await, ["2025-12-30"]);
        assert_eq!(replayed(&house).await, before);
        house.sleeps_until("2025-11-20T10:00");
        house.import("[[extension]]\ndirective = \"4988/UBND#4\"\ndeadline = 2026-02-02\n").await;
        let extended = replayed(&house).await;
        assert!(!extended.iter().any(|one| one.reminders.iter().any(|one| one.step == "ra-soat")), "the facts date it");
    })
    .await;
}

#[tokio::test]
async fn an_extension_of_the_facts_holds_in_a_replay_from_the_outset() {
    on_both(async |store| {
        let house = late_house(store).await;
        let before = replayed(&house).await;
        house.import("[[extension]]\ndirective = \"4988/UBND#1\"\ndeadline = 2023-11-20\n").await;
        let extended = replayed(&house).await;
        assert_eq!(moments(&extended, "1"), ["11-15 nhac", "11-27 tuan"]);
        for clause in ["2", "3"] {
            assert_eq!(moments(&extended, clause), moments(&before, clause), "{clause}");
        }
        // What is granted on top of it is taken away, and it holds again.
        let (an, mai) = (house.person("an").await, house.person("mai").await);
        let asks =
            Request { until: Some(date(2025, 12, 20)), note: Some("x".into()), ..Request::new(ReplyKind::Extend, an, "cli") };
        house.sleeps_until("2025-11-03T11:00");
        house.reply_as("1", "pnv", asks).await;
        house.reply_as("1", "pnv", Request::new(ReplyKind::Grant, mai, "cli")).await;
        assert_eq!(replayed(&house).await, extended);
        assert!(house.clock.now() >= at("2025-11-03T11:00"));
    })
    .await;
}
