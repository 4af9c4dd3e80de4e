//! `confirm`: what it says.

use dondoc::domain::guard::Guard;
use dondoc::store::guards::{self, GuardRow};
use dondoc::store::{Store, Where};
use dondoc::{clock, store::meta};
use jiff::SignedDuration;
use serde_json::json;

use super::office::Office;

async fn stands(office: &Office, standing: &[Guard]) {
    let store = Store::open(&Where::Sqlite(office.path("dondoc.db"))).await.expect("a store");
    let mut tx = store.begin().await.expect("a store");
    for guard in standing {
        let note = (*guard == Guard::Clock).then(|| "another-machine steady 3600".to_owned());
        let row = GuardRow {
            guard: *guard,
            since_at_ms: 1_700_000_000_000,
            raised_by: "daemon".to_owned(),
            note,
            told_at_ms: 1_700_000_000_000,
        };
        assert!(guards::raise(&mut tx, &row).await.expect("raised"));
    }
    tx.commit().await.expect("committed");
    store.close().await;
}

#[tokio::test]
async fn what_is_confirmed_is_said_and_not_what_was_asked() {
    let office = Office::with_facts();
    let said = [
        (Guard::Clock, "this store", "the clock is right", "giờ của máy chủ là đúng"),
        (Guard::Clone, "copied", "this store is the one that sends", "kho dữ liệu này là kho được dùng để gửi tin"),
        (Guard::SentLog, "not certain", "sending goes on from what is recorded here", "việc gửi tiếp tục theo dữ liệu đang có"),
        (Guard::Storm, "foreseen", "that many messages are right", "số tin này là đúng"),
    ];
    for (guard, never, en, vi) in said {
        stands(&office, &[guard]).await;
        let ran = office.run(&["confirm", guard.as_str()]);
        assert_eq!(ran.out, format!("Confirmed: {en}.\nWhat is due leaves again.\n"));
        assert!(!ran.out.contains(never));
        stands(&office, &[guard]).await;
        let ran = office.run(&["confirm", guard.as_str(), "--lang", "vi"]);
        assert_eq!(ran.out, format!("Đã xác nhận: {vi}.\nTin đến hạn được gửi tiếp.\n"));
    }
}

#[tokio::test]
async fn what_still_keeps_messages_back_is_said_in_place_of_what_leaves() {
    let office = Office::with_facts();
    stands(&office, &[Guard::Pause, Guard::Clone, Guard::Clock, Guard::Storm]).await;
    let ran = office.run(&["confirm", "clone"]);
    assert_eq!(
        ran.out,
        "Confirmed: this store is the one that sends.\n\
         Messages are still held: the clock may be wrong (set the clock; where it is right: dondoc confirm clock); \
         paused (dondoc resume).\n"
    );
    let ran = office.run(&["confirm", "storm", "--json"]);
    assert_eq!(ran.json(0), json!({ "confirmed": ["storm"], "still_standing": ["clock", "pause"], "asked_at_start": null }));
    let ran = office.run(&["confirm", "clock", "--lang", "vi"]);
    assert_eq!(ran.out, "Đã xác nhận: giờ của máy chủ là đúng.\nTin vẫn đang được giữ: tạm dừng gửi tin (dondoc resume).\n");
    assert_eq!(office.run(&["resume"]).code, 0);
    stands(&office, &[Guard::SentLog, Guard::Storm]).await;
    // A flood holds some people's messages only.
    let ran = office.run(&["confirm", "sent-log"]);
    assert_eq!(
        ran.out,
        "Confirmed: sending goes on from what is recorded here.\n\
         What is due leaves again, but for what is held: far more messages than foreseen (dondoc confirm storm).\n"
    );
}

/// What is confirmed ahead of the daemon's time would count as approved until that time has come.
#[tokio::test]
async fn a_confirmation_is_recorded_by_the_clock_the_daemon_believes() {
    let office = Office::with_facts();
    let store = Store::open(&Where::Sqlite(office.path("dondoc.db"))).await.expect("a store");
    let (right, day) = (clock::read(), SignedDuration::from_hours(24));
    let mut tx = store.begin().await.expect("a store");
    let boot = clock::boot().expect("a boot id");
    let note = format!("{boot} {} {}", (right.wall - day).as_millisecond(), right.steady.as_millis());
    meta::set(&mut tx, &format!("{}:{}", meta::CLOCK_BELIEVED, clock::host()), &note).await.expect("a store");
    tx.commit().await.expect("a store");
    stands(&office, &[Guard::Storm]).await;
    assert_eq!(office.run(&["confirm", "storm"]).code, 0);
    let mut connection = store.read().acquire().await.expect("a store");
    let sql = "SELECT at_ms FROM journal WHERE kind = 'guard-lifted'";
    let at: i64 = sqlx::query_scalar(sql).fetch_one(&mut *connection).await.expect("an entry");
    assert!(at < (right.wall - day / 2).as_millisecond(), "the wall jumped a day ahead: {at}");
}
