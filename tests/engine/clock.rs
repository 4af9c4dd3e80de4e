//! What is kept of clocks over restarts of daemons, on one machine and on several.

use dondoc::clock::doubt::Doubt;
use dondoc::clock::{self, Clock};
use dondoc::domain::guard::Guard;
use dondoc::engine::home::confirm;
use dondoc::engine::timekeeping;
use dondoc::store::meta;
use jiff::SignedDuration;

use super::house::House;
use super::{on_both, one_duty, told_when_assigned};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn key(host: &str) -> String {
    format!("{}:{host}", meta::CLOCK_BELIEVED)
}

async fn kept(house: &House, host: &str) -> Option<String> {
    let mut connection = house.engine.store.read().acquire().await.expect("a store");
    meta::get(&mut connection, &key(host)).await.expect("read")
}

async fn keep(house: &House, host: &str, text: &str) {
    let mut tx = house.engine.store.begin().await.expect("a writer");
    meta::set(&mut tx, &key(host), text).await.expect("written");
    tx.commit().await.expect("committed");
}

/// By how much the next daemon of this machine would find its clock ahead; `None` while it believes it.
async fn doubted(house: &House) -> Option<SignedDuration> {
    let Clock::Watched(watch) = timekeeping::watched(&house.engine).await.expect("a clock") else { panic!("it is watched") };
    watch.judgement().doubt.map(|doubt| doubt.ahead)
}

/// The clock was believed when it showed an hour less.
async fn an_hour_ahead(house: &House) {
    let mut reading = clock::read();
    reading.wall -= HOUR;
    timekeeping::keep(&house.engine, reading).await.expect("kept");
    assert!(doubted(house).await.is_some_and(|ahead| (ahead - HOUR).abs() < SignedDuration::from_secs(1)));
}

async fn raise(house: &House, host: &str) {
    let doubt = Doubt { peer: None, ahead: HOUR };
    assert!(timekeeping::raise(&house.engine, host, doubt, house.clock.now()).await.expect("raised"));
}

#[tokio::test]
async fn a_confirmed_clock_is_believed_from_that_transaction_on() {
    on_both(async |store| {
        let house = House::on(store, &told_when_assigned(), &one_duty()).await;
        an_hour_ahead(&house).await;
        raise(&house, &clock::host()).await;
        let lifted = confirm(&house.engine, &[Guard::Clock], "cli:mai", house.clock.now()).await.expect("confirmed");
        assert_eq!(lifted, [Guard::Clock]);
        assert_eq!(doubted(&house).await, None, "no daemon was there to note it down");
    })
    .await;
}

#[tokio::test]
async fn what_one_machine_knows_of_its_clock_is_nothing_to_another() {
    on_both(async |store| {
        let house = House::on(store, &told_when_assigned(), &one_duty()).await;
        for text in ["? 0 0", "another-start 0 0"] {
            keep(&house, "another-machine", text).await;
            assert_eq!(doubted(&house).await, None, "{text}");
        }
        // Nor does a start without a name say anything of this machine.
        keep(&house, &clock::host(), "? 0 0").await;
        assert_eq!(doubted(&house).await, None);
        an_hour_ahead(&house).await;
        raise(&house, "another-machine").await;
        confirm(&house.engine, &[Guard::Clock], "cli:mai", house.clock.now()).await.expect("confirmed");
        assert_eq!(kept(&house, "another-machine").await, None, "the daemon there begins anew");
        assert!(doubted(&house).await.is_some(), "nobody has vouched for this one");
    })
    .await;
}
