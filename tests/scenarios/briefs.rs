//! The weekly briefs of a scenario, as leaders read them, week by week and the same on both databases.

use dondoc::channel::Door;
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::tally::Tally;
use dondoc::engine::brief::board;
use dondoc::store::{Store, Where};
use jiff::Timestamp;

use super::postgres;
use super::scenario::{Office, Scenario, assert_laws, local, shown};

/// A brief that left: when, to whom, its subject, its text.
struct Left {
    at: Timestamp,
    to: String,
    text: String,
}

async fn briefs(scenario: &Scenario, store: Store) -> (Office, Vec<Left>) {
    let office = Office::play(scenario, store).await;
    assert_laws(&office.engine).await;
    let Some(Door::Recording(mail)) = office.doors.get(&ChannelKind::Email) else { panic!("mail is open") };
    let briefs = mail.take().into_iter().filter(|(_, parcel)| parcel.subject.starts_with("[Báo cáo tuần"));
    let left = briefs.map(|(at, parcel)| {
        assert!(parcel.buttons.is_empty(), "a brief asks for no answer");
        Left { at, to: parcel.address, text: format!("Subject: {}\n\n{}", parcel.subject, parcel.text) }
    });
    let left = left.collect();
    (office, left)
}

fn of_days(left: &[Left], to: &str, days: &[&str]) -> String {
    let mut text = String::new();
    for day in days {
        let from = local(&format!("{day} 00:00"));
        let one = left.iter().find(|one| one.to == to && one.at >= from).unwrap_or_else(|| panic!("no brief from {day} on"));
        text.push_str(&format!("=== {} {}\n{}\n", shown(one.at), one.to, one.text));
    }
    text
}

fn reads(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => ".", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

async fn on_both(text: &str) -> Vec<Left> {
    let scenario = Scenario::parse(text);
    let (_, left) = briefs(&scenario, Store::scratch().await.expect("a scratch store")).await;
    if let Some(database) = postgres::database() {
        let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("a fresh database");
        let (office, on_postgres) = briefs(&scenario, store).await;
        office.engine.store.close().await;
        let texts = |left: &[Left]| left.iter().map(|one| (one.at, one.to.clone(), one.text.clone())).collect::<Vec<_>>();
        assert_eq!(texts(&left), texts(&on_postgres));
    }
    left
}

#[tokio::test]
async fn a_week_without_anything_late_brings_the_table_and_later_weeks_what_is_late() {
    let left = on_both(include_str!("brief-weeks.txt")).await;
    let weeks = |to: &str| left.iter().filter(|one| one.to == to).map(|one| shown(one.at)).collect::<Vec<_>>();
    // The rule came on a Wednesday: the first brief is the next week's.
    assert_eq!(weeks("pho@example.org").len(), 6);
    assert_eq!(weeks("pho@example.org"), weeks("chu@example.org"));
    assert_eq!(weeks("pho@example.org")[..2], ["Mon 25/12/2023 07:30", "Tue 02/01/2024 07:30"]);
    reads("brief-weeks-letters", &of_days(&left, "pho@example.org", &["2023-12-25", "2024-01-02", "2024-01-08", "2024-01-15"]));
}

#[tokio::test]
async fn all_four_cells_and_every_age_are_counted_for_the_units_of_each_leader() {
    let left = on_both(include_str!("brief-cells.txt")).await;
    let mut text = of_days(&left, "chu@example.org", &["2024-01-08"]);
    text += &of_days(&left, "pho@example.org", &["2024-01-08", "2024-01-29", "2024-05-06"]);
    reads("brief-cells-letters", &text);
}

#[tokio::test]
async fn the_numbers_of_every_unit_add_up_to_its_assignments() {
    let scenario = Scenario::parse(include_str!("brief-cells.txt"));
    let (office, _) = briefs(&scenario, Store::scratch().await.expect("a scratch store")).await;
    let board = board(&office.engine, office.clock.now()).await.expect("a store that works");
    let sql = "SELECT COUNT(*) FROM assignment WHERE unit_id = $1";
    let mut total = Tally::default();
    for (unit, numbers) in &board.units {
        let all: i64 = sqlx::query_scalar(sql).bind(unit.0).fetch_one(office.engine.store.read()).await.expect("a count");
        assert_eq!(numbers.tally.all(), u64::try_from(all).expect("a count"));
        total += numbers.tally;
    }
    let expected =
        Tally { done_on_time: 1, done_late: 1, in_time: 1, late_by_age: [0, 0, 1, 2], undated: 1, waiting: 2, withdrawn: 1 };
    assert_eq!(total, expected);
}
