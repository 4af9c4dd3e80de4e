//! Far more messages to one person within an hour than could be foreseen.

use dondoc::domain::guard::Guard;
use dondoc::domain::reply::ReplyKind;
use dondoc::engine::guard;
use dondoc::engine::home::confirm;
use dondoc::engine::simulate::{Range, simulate};

use super::house::House;
use super::{directive, on_both, one_duty, told_when_assigned};

async fn standing(house: &House) -> Vec<String> {
    let mut connection = house.engine.store.read().acquire().await.expect("a store");
    guard::standing(&mut connection).await.expect("read").into_iter().map(|row| row.guard.as_str().to_owned()).collect()
}

/// Duties of the unit An leads, each told of at once by itself.
async fn duties(house: &mut House, clauses: std::ops::Range<usize>) {
    for clause in clauses {
        house.import(&directive(&clause.to_string(), "Việc", "\"pnv\"", "deadline = 2023-10-20")).await;
        house.tick().await;
    }
}

#[tokio::test]
async fn imports_one_by_one_are_foreseen_whatever_they_bring() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        duties(&mut house, 2..40).await;
        assert_eq!(house.lines().iter().filter(|line| line.ends_with("telegram 1001")).count(), 38);
        assert_eq!(standing(&house).await, [] as [&str; 0]);
    })
    .await;
}

/// An answers "not ours" for each of these, one by one, and whoever watches is told of each at once.
async fn disputes(house: &mut House, clauses: std::ops::Range<usize>) {
    for clause in clauses {
        house.reply(&clause.to_string(), "pnv", "an", ReplyKind::NotOurs).await;
        house.tick().await;
    }
}

/// Whoever watches was told of twenty disputes within a minute; ten more are held.
async fn in_a_storm(store: dondoc::store::Store) -> House {
    let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
    duties(&mut house, 2..40).await;
    house.until("2023-10-03T09:00").await;
    disputes(&mut house, 1..31).await;
    assert_eq!(standing(&house).await, ["storm"]);
    house.left();
    house
}

#[tokio::test]
async fn what_acts_cause_beyond_twenty_an_hour_waits_for_one_approval_and_goes_in_one_message() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        duties(&mut house, 2..60).await;
        house.until("2023-10-03T09:00").await;
        house.left();
        disputes(&mut house, 1..21).await;
        let told = house.lines();
        assert_eq!(told, vec!["10-03 09:00 email mai@example.org"; 20], "as many as may come");
        assert_eq!(standing(&house).await, [] as [&str; 0]);
        disputes(&mut house, 21..31).await;
        let alarms: Vec<String> = house.left().into_iter().map(|left| left.parcel.subject).collect();
        assert_eq!(alarms, ["[Vận hành] Số tin vượt dự kiến đang được giữ, chờ xác nhận"], "the operators are told once");
        assert_eq!(standing(&house).await, ["storm"]);
        assert_eq!(house.journal("guard-raised").await.len(), 1);
        // What is held for them wakes nobody: a tick finds nothing to pack.
        house.tick().await;
        let mut connection = house.engine.store.read().acquire().await.expect("a connection");
        let outlook = dondoc::store::wakes::outlook(&mut connection).await.expect("a store");
        drop(connection);
        let waits = "SELECT COUNT(*) FROM message_item WHERE message_id IS NULL AND state = 'open'";
        assert_eq!((outlook.loose, house.number(waits).await > 0), (0, true));
        // Everybody else gets theirs.
        house.import(&directive("90", "Việc khác", "\"tckh\"", "deadline = 2023-10-30")).await;
        house.tick().await;
        assert_eq!(house.lines(), ["10-03 09:00 email binh@example.org"]);
        let now = house.clock.now();
        assert_eq!(confirm(&house.engine, &[Guard::Clone], "cli:vanthu", now).await.expect("a store"), [] as [Guard; 0]);
        assert_eq!(confirm(&house.engine, &Guard::ALL, "cli:vanthu", now).await.expect("a store"), [Guard::Storm]);
        house.tick().await;
        let rest = house.left();
        assert_eq!(rest.len(), 2, "what waited, and the alarm that it goes on");
        assert!(rest.iter().any(|left| left.parcel.text.matches("Mã tra cứu").count() >= 10), "{}", rest[0].parcel.text);
        // From the approval on it is counted anew.
        house.sleeps_until("2023-10-03T09:01");
        disputes(&mut house, 31..50).await;
        assert_eq!(standing(&house).await, [] as [&str; 0]);
        disputes(&mut house, 50..55).await;
        assert_eq!(standing(&house).await, ["storm"]);
        // An hour later the limit is free again, yet what is held stays held.
        house.until("2023-10-03T11:00").await;
        assert_eq!(standing(&house).await, ["storm"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn while_a_storm_is_held_what_was_left_over_leaves_in_one_message_with_what_comes_due() {
    on_both(async |store| {
        let mut house = in_a_storm(store).await;
        // The daemon ends with a message ready.
        house.sleeps_until("2023-10-03T16:00");
        house.import(&directive("90", "Việc chiều thứ ba", "\"tckh\"", "deadline = 2023-10-30")).await;
        dondoc::engine::drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        house.sleeps_until("2023-10-04T07:30");
        house.import(&directive("91", "Việc sáng thứ tư", "\"tckh\"", "deadline = 2023-10-30")).await;
        house.tick().await;
        let theirs: Vec<_> = house.left().into_iter().filter(|left| left.to == "binh@example.org").collect();
        assert_eq!(theirs.len(), 1, "{:?}", theirs.iter().map(|left| &left.parcel.subject).collect::<Vec<_>>());
        for title in ["Việc chiều thứ ba", "Việc sáng thứ tư"] {
            assert!(theirs[0].parcel.text.contains(title), "{}", theirs[0].parcel.text);
        }
        assert_eq!(standing(&house).await, ["storm"]);
        house.is_sound().await;
    })
    .await;
}

/// What a storm holds leaves once it is approved, and that is what a simulation shows.
#[tokio::test]
async fn a_simulation_shows_what_leaves_once_a_storm_is_approved() {
    on_both(async |store| {
        let mut house = in_a_storm(store).await;
        let now = house.clock.now();
        let engine = &house.engine;
        let today = Range { from: None, to: Some(engine.rules.calendar.date_of(now)) };
        let foretold = simulate(&engine.store, &engine.rules, &engine.channels, today, now).await.expect("a store");
        let told: Vec<_> = foretold.iter().map(|one| (one.at == now, one.to.as_str(), one.reminders.len())).collect();
        assert_eq!(told, [(true, "mai", 10)]);
        assert!(foretold[0].reminders.iter().all(|one| one.step == "notice:dispute"), "{foretold:?}");
        assert_eq!(standing(&house).await, ["storm"], "nothing of the store is changed");
        confirm(&house.engine, &[Guard::Storm], "cli:vanthu", now).await.expect("a store");
        house.tick().await;
        let left = house.left();
        let kept: Vec<&str> =
            left.iter().map(|left| left.parcel.subject.as_str()).filter(|one| !one.starts_with("[Vận hành]")).collect();
        assert_eq!(kept, [foretold[0].subject.as_str()]);
    })
    .await;
}
