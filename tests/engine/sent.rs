//! A database restored from a backup beside the `sent.log` of the days since: nothing that left is sent again.

use dondoc::domain::guard::Guard;
use dondoc::engine::guard;
use dondoc::engine::home::{arrive, confirm};
use dondoc::engine::sent::Replayed;
use dondoc::engine::silence::Code;
use dondoc::engine::{deliver, drive};
use dondoc::store::Store;
use dondoc::store::copy::copy_facts_and_history;
use dondoc::store::house::{House as Marker, making_of};
use dondoc::store::rewind;
use dondoc::store::sent_log::SentLog;

use super::house::{House, at};
use super::{on_both, one_duty, told_when_assigned};

/// A copy of the store as it is now, as a backup would hold it.
async fn backup(store: &Store) -> Store {
    let copy = Store::scratch().await.expect("a folder for temporary files");
    copy_facts_and_history(store, &copy).await.expect("a copy");
    copy
}

/// The house goes on over that store, as a daemon would that starts there.
async fn restored(house: &mut House, store: Store, folder: &std::path::Path) -> Replayed {
    let mut engine = dondoc::engine::Engine::new(store, house.engine.rules.clone(), house.engine.channels.clone());
    put_back(folder, &engine);
    let (home, replayed) = arrive(&engine, folder, house.clock.now()).await.expect("arrived");
    engine = engine.with_home(home);
    deliver::take_over(&engine, house.clock.now()).await.expect("taken over");
    house.engine = engine;
    replayed
}

/// The marker in that folder names the place of this store, as if the file were put where the other one was.
fn put_back(folder: &std::path::Path, engine: &dondoc::engine::Engine) {
    let marker = folder.join(dondoc::store::house::NAME);
    let text = std::fs::read_to_string(&marker).expect("a marker");
    let here = format!("place = {}", engine.store.place());
    let lines = text.lines().map(|line| if line.starts_with("place = ") { here.as_str() } else { line });
    // Written over, so that it is not taken for a copy itself.
    std::fs::write(&marker, lines.collect::<Vec<_>>().join("\n") + "\n").expect("a folder of our own");
}

async fn logged(house: &mut House, folder: &std::path::Path) {
    let (home, replayed) = arrive(&house.engine, folder, house.clock.now()).await.expect("arrived");
    assert_eq!(replayed, Replayed::default(), "a fresh store has nothing to learn");
    house.engine = house.engine.clone().with_home(home);
}

fn two_duties() -> String {
    one_duty() + &super::directive("2", "Việc khác", "\"tckh\"", "deadline = 2023-10-27")
}

#[tokio::test]
async fn what_left_after_the_backup_is_not_sent_again_whether_it_was_packed_or_not_even_planned() {
    on_both(async |store| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut house = House::on(store, &told_when_assigned(), &two_duties()).await;
        logged(&mut house, folder.path()).await;
        let unplanned = backup(&house.engine.store).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("prepared");
        let packed = backup(&house.engine.store).await;
        house.tick().await;
        let left = house.left().len();
        assert!(left >= 2, "{left}");
        house.sleeps_until("2023-10-02T09:00");
        let replayed = restored(&mut house, packed, folder.path()).await;
        assert_eq!(replayed.kept, left);
        house.tick().await;
        assert_eq!(house.lines(), [] as [String; 0], "restored from before the claim");
        // Anything that is new goes its way.
        let replayed = restored(&mut house, unplanned, folder.path()).await;
        assert_eq!(replayed.kept, left);
        house.import(&super::directive("3", "Việc mới", "\"tckh\"", "deadline = 2023-10-30")).await;
        house.tick().await;
        let lines = house.lines();
        assert_eq!(lines, ["10-02 09:00 email binh@example.org"], "restored from before the plan");
        house.is_sound().await;
    })
    .await;
}

/// What was left out of a message since its person had it: they were told, when it left.
#[tokio::test]
async fn what_left_before_a_restore_is_said_to_have_been_told_then() {
    on_both(async |store| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let rules = super::policy(&super::step("giao", "on assignment", "\"assignee\"", "copy = [\"supervisor\"]"));
        let mut house = House::on(store, &rules, &one_duty()).await;
        logged(&mut house, folder.path()).await;
        let unplanned = backup(&house.engine.store).await;
        house.sleeps_until("2023-10-02T08:00");
        house.tick().await;
        house.lines();
        house.sleeps_until("2023-10-02T09:00");
        restored(&mut house, unplanned, folder.path()).await;
        house.tick().await;
        assert_eq!(house.lines(), [] as [String; 0]);
        let id = house.assignment("1", "pnv").await;
        let left = at("2023-10-02T08:00");
        for person in ["an", "phuc"] {
            let found = super::explain::ask(&house, id, person, house.clock.now()).await;
            let giao = found.steps.iter().filter(|one| one.step.to_string() == "giao");
            let giao: Vec<_> = giao.map(|one| (one.code, one.told_at)).collect();
            assert_eq!(giao, [(Code::Told, Some(left))], "{person}");
        }
        let mut connection = house.engine.store.read().acquire().await.expect("a connection");
        let (office, now) = (&house.engine.rules.office, house.clock.now());
        let live = dondoc::store::assignments::load(&mut connection, &[id], office, now).await.expect("a store").remove(0);
        let then = rewind::as_of(&mut connection, id, office, now).await.expect("a store").expect("it is known");
        assert!(!live.view.told.is_empty() && then.loaded.view.told == live.view.told, "{:?}", then.loaded.view.told);
    })
    .await;
}

#[tokio::test]
async fn what_left_over_two_channels_at_once_is_learnt_once_however_often_a_daemon_starts() {
    on_both(async |store| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let over_both = super::policy(&super::step("giao", "on assignment", "\"assignee\"", "channels = \"all\""));
        let mut house = House::on(store, &over_both, &one_duty()).await;
        logged(&mut house, folder.path()).await;
        let before = backup(&house.engine.store).await;
        house.tick().await;
        let mut told = house.lines();
        told.sort();
        assert_eq!(told, ["10-02 07:30 email an@example.org", "10-02 07:30 telegram 1001"]);
        let replayed = restored(&mut house, before, folder.path()).await;
        assert_eq!(replayed.kept, 2);
        for _ in 0..2 {
            house.tick().await;
            assert_eq!(house.lines(), [] as [String; 0]);
            let (_, again) = arrive(&house.engine, folder.path(), house.clock.now()).await.expect("arrived");
            assert_eq!(again, Replayed::default());
        }
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn an_acceptance_that_was_logged_and_never_committed_is_no_copy_after_a_crash() {
    on_both(async |store| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        logged(&mut house, folder.path()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("prepared");
        let now = house.clock.now();
        let mut tx = house.engine.store.begin().await.expect("a writer");
        let channel = dondoc::domain::policy::ChannelKind::Telegram;
        let claimed = deliver::claim(&house.engine, &mut tx, channel, 1, now).await.expect("claimed");
        tx.commit().await.expect("committed");
        let mut tx = house.engine.store.begin().await.expect("a writer");
        let verdict = dondoc::domain::delivery::Verdict::Accepted { receipt: None };
        deliver::mark(&house.engine, &mut tx, &claimed[0].slip, &verdict, now).await.expect("marked");
        // The daemon dies before the commit.
        tx.rollback().await.expect("rolled back");
        let store = house.engine.store.clone();
        assert_eq!(restored(&mut house, store, folder.path()).await, Replayed { accepted: 1, kept: 0 });
        house.tick().await;
        assert_eq!(house.lines(), [] as [String; 0]);
        assert_eq!(super::messages(&house).await, ["telegram | accepted | sent-log"]);
        assert!(SentLog::exists(folder.path()));
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_ready_in_the_backup_and_left_in_another_message_since_is_not_sent_again() {
    on_both(async |store| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        logged(&mut house, folder.path()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("prepared");
        let ready = backup(&house.engine.store).await;
        // A pause that ends makes one message of both duties.
        let now = house.clock.now();
        guard::raise(&house.engine, Guard::Pause, "cli:vanthu", None, now).await.expect("paused");
        house.import(&super::directive("2", "Việc khác", "\"pnv\"", "deadline = 2023-10-27")).await;
        guard::lift(&house.engine, Guard::Pause, "cli:vanthu", now).await.expect("resumed");
        house.tick().await;
        assert_eq!(house.lines().iter().filter(|line| line.ends_with("telegram 1001")).count(), 1, "{:?}", house.lines());
        restored(&mut house, ready, folder.path()).await;
        house.tick().await;
        assert_eq!(house.lines(), [] as [String; 0]);
        house.is_sound().await;
    })
    .await;
}

/// A month of a house, hour by hour; backups are made and put back at any moment of `seed`, none with 0. What its log names.
async fn a_month(store: Store, seed: u64) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let steps = super::step("giao", "on assignment", "\"assignee\"", "")
        + &super::step("nhac", "3 working days before deadline", "\"assignee\", \"supervisor\"", "")
        + &super::step(
            "thuc",
            "1 working day after deadline",
            "\"supervisor\"",
            "repeat = { every = \"1 working day\", max = 3 }",
        );
    let mut house = House::on(store, &super::policy(&steps), &two_duties()).await;
    logged(&mut house, folder.path()).await;
    let (mut backups, mut turn, mut restores) = (vec![backup(&house.engine.store).await], seed, 0);
    for hour in 0..24 * 32 {
        if [9, 14].contains(&(hour % 24)) {
            house.tick().await;
        }
        house.clock.set(house.clock.now() + jiff::SignedDuration::from_hours(1));
        turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        match (turn >> 33) % 97 {
            _ if seed == 0 => {}
            0 | 1 => backups.push(backup(&house.engine.store).await),
            2 | 3 => {
                let which = usize::try_from(turn >> 40).expect("small") % backups.len();
                let chosen = backup(&backups[which]).await;
                restored(&mut house, chosen, folder.path()).await;
                restores += 1;
            }
            _ => {}
        }
    }
    assert!(seed == 0 || restores > 5, "{restores}");
    house.is_sound().await;
    let log = std::fs::read_to_string(folder.path().join("sent.log")).expect("a log");
    let traces = log.lines().flat_map(|line| line.split(' ').nth(3).expect("traces").split(','));
    traces.filter(|trace| !trace.is_empty()).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_restore_of_a_backup_of_any_moment_sends_nothing_twice_and_loses_nothing() {
    let scratch = async || Store::scratch().await.expect("a folder for temporary files");
    let mut undisturbed = a_month(scratch().await, 0).await;
    undisturbed.sort_unstable();
    assert!(undisturbed.len() > 10, "{undisturbed:?}");
    for seed in 1..3 {
        let mut told = a_month(scratch().await, seed).await;
        told.sort_unstable();
        assert_eq!(told, undisturbed, "seed {seed}");
    }
}

#[tokio::test]
async fn a_store_that_sent_elsewhere_since_is_mute_here_until_it_is_confirmed_and_then_stays_at_home() {
    on_both(async |store| {
        let (home, elsewhere) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        logged(&mut house, home.path()).await;
        house.tick().await;
        let now = house.clock.now();
        // The marker alone is at home there: the log of that place knows nothing of what was sent.
        let copy = backup(&house.engine.store).await;
        let copied = dondoc::engine::Engine::new(copy, house.engine.rules.clone(), house.engine.channels.clone());
        arrive(&copied, elsewhere.path(), now).await.expect("arrived");
        assert_eq!(standing(&copied).await, [Guard::Clone]);
        assert_eq!(confirm(&copied, &Guard::ALL, "cli:vanthu", now).await.expect("confirmed"), [Guard::Clone]);
        arrive(&copied, elsewhere.path(), now).await.expect("arrived");
        arrive(&copied, elsewhere.path(), now).await.expect("arrived again");
        assert_eq!(standing(&copied).await, [] as [Guard; 0], "confirmed while no daemon ran");
        // The next day it is refreshed from the first house, which went on.
        house.sleeps_until("2023-10-03T09:00");
        house.import(&super::directive("3", "Việc mới", "\"tckh\"", "deadline = 2023-10-30")).await;
        house.tick().await;
        let fresh = backup(&house.engine.store).await;
        let refreshed = dondoc::engine::Engine::new(fresh, house.engine.rules.clone(), house.engine.channels.clone());
        let place = refreshed.store.place();
        let file = making_of(place, &mut refreshed.store.read().acquire().await.expect("a store")).await.expect("read");
        Marker::settle(elsewhere.path(), (place, &file), &id(&refreshed).await, true).expect("the marker of that place");
        arrive(&refreshed, elsewhere.path(), house.clock.now()).await.expect("arrived");
        assert_eq!(standing(&refreshed).await, [Guard::Clone], "it has sent what the log here does not know");
        assert!(confirm(&house.engine, &Guard::ALL, "cli:vanthu", now).await.expect("nothing to do").is_empty());
    })
    .await;
}

/// One replica sent all of it; the other one, whose log knows of nothing, comes first after the restore.
#[tokio::test]
async fn a_restored_database_of_replicas_is_muted_also_when_the_first_to_come_has_sent_nothing_since() {
    on_both(async |store| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        logged(&mut house, folder.path()).await;
        house.tick().await;
        assert!(!house.left().is_empty());
        house.engine.incarnation.share();
        let now = house.clock.now();
        arrive(&house.engine, folder.path(), now).await.expect("arrived");
        assert_eq!(standing(&house.engine).await, [] as [Guard; 0], "the same database");
        // The marker knows another making of it.
        let marker = folder.path().join(dondoc::store::house::NAME);
        let text = std::fs::read_to_string(&marker).expect("a marker");
        let older = |line: &str| if line.starts_with("file = ") { "file = 1".to_owned() } else { line.to_owned() };
        std::fs::write(&marker, text.lines().map(older).collect::<Vec<_>>().join("\n") + "\n").expect("ours");
        for _ in 0..2 {
            let (_, replayed) = arrive(&house.engine, folder.path(), now).await.expect("arrived");
            assert_eq!(replayed, Replayed::default());
            assert_eq!(standing(&house.engine).await, [Guard::SentLog]);
        }
        assert_eq!(confirm(&house.engine, &Guard::ALL, "cli:vanthu", now).await.expect("confirmed"), [Guard::SentLog]);
        arrive(&house.engine, folder.path(), now).await.expect("arrived");
        assert_eq!(standing(&house.engine).await, [] as [Guard; 0]);
    })
    .await;
}

async fn standing(engine: &dondoc::engine::Engine) -> Vec<Guard> {
    let mut connection = engine.store.read().acquire().await.expect("a store");
    guard::standing(&mut connection).await.expect("read").into_iter().map(|row| row.guard).collect()
}

async fn id(engine: &dondoc::engine::Engine) -> String {
    let mut connection = engine.store.read().acquire().await.expect("a store");
    dondoc::store::meta::store_id(&mut connection).await.expect("an id")
}
