//! Several daemons on one PostgreSQL, as administrators run them: the real binary, killed, stopped and continued, its database
//! crashed under it.
//!
//! The suite runs a short share. The whole of it, with the raw output kept in `docs/measurements`:
//!
//! ```sh
//! DONDOC_REPLICA_SECS=60 DONDOC_REPLICA_MESSAGES=5000 DONDOC_STOP_SECS=60 cargo test --release --test replicas -- --nocapture
//! ```

#[path = "daemon/house.rs"]
mod house;
#[path = "support/postgres.rs"]
mod postgres;
mod support;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use house::{Daemon, House, Rules, dispatch, people};
use sqlx::Connection as _;
use support::botapi::BotApi;
use support::ledger::{judge, read};
use support::smtpd::{Setup, Smtpd};

const CONNECTIONS: usize = 4;
const TOKEN: &str = "123:replicas";

/// The longest anything here may take, the long runs too.
const PATIENCE: Duration = Duration::from_mins(5);

/// A number from the environment, for the long runs.
fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn count(number: u64) -> usize {
    usize::try_from(number).expect("small")
}

#[track_caller]
fn until(what: &str, replicas: &[&Daemon], mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        let logs: Vec<String> = replicas.iter().map(|replica| replica.log()).collect();
        assert!(Instant::now() < end, "{what} never came to pass; the logs:\n{}", logs.join("\n\n"));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A house on PostgreSQL with a sink of mails that writes a ledger.
struct Office {
    house: House,
    smtpd: Smtpd,
    people: usize,
    ledger: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Office {
    fn new(database: &postgres::Database, people_count: usize, lag: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ledger = folder.path().join("ledger");
        let seed = number("DONDOC_SEED", fastrand::u64(..1 << 32));
        println!("seed {seed}");
        let setup = Setup { data_lag_max: lag, lag_max: lag, seed, ledger: Some(ledger.clone()), ..Setup::default() };
        let smtpd = Smtpd::start(setup);
        let rules = Rules {
            smtp_port: Some(smtpd.port()),
            connections: Some(CONNECTIONS),
            store: Some(database.url.clone()),
            ..Rules::default()
        };
        let house = House::new(&rules);
        house.import(&people(people_count, None));
        Self { house, smtpd, people: people_count, ledger, _folder: folder }
    }

    /// Gives everybody a duty.
    fn assign(&self) {
        self.house.import(&dispatch("1/UBND", 1, self.people, "2099-12-31"));
    }

    /// Waits until every mail is out, and returns how many extra copies there were; `most` at the most.
    #[track_caller]
    fn is_done(&self, replicas: &[&Daemon], most: usize) -> usize {
        until("everything is sent", replicas, || self.reached().len() >= self.people && self.is_at_rest());
        // What tells the operators of a guard is no duty.
        let ledger: Vec<_> = read(&self.ledger).into_iter().filter(|(_, to)| to != "monitor@example.org").collect();
        let due = (0..self.people).map(|index| format!("p{index}@example.org")).collect();
        let wrong = judge(&due, &ledger, most, 1);
        assert!(wrong.is_empty(), "{wrong:#?}");
        let verified = self.house.command(&["verify"]);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
        ledger.len() - self.people
    }

    /// Nothing is under way. What was sent three times without an answer is held for a person, as promised.
    fn is_at_rest(&self) -> bool {
        let status = self.house.status();
        status["queued"] == status["held"]
    }

    fn reached(&self) -> BTreeSet<String> {
        self.smtpd.taken().into_iter().map(|mail| mail.to).collect()
    }
}

#[test]
fn two_replicas_one_killed_every_few_seconds_lose_nothing() {
    let Some(database) = postgres::database() else { return };
    let (secs, messages) = (number("DONDOC_REPLICA_SECS", 10), count(number("DONDOC_REPLICA_MESSAGES", 400)));
    // Slow enough that there is something to do until the last kill: two waits a mail, eight connections.
    let lag = Duration::from_millis(secs * 8 * 1_000 / u64::try_from(messages).expect("small"));
    let office = Office::new(&database, messages, lag);
    office.assign();
    let mut chance = fastrand::Rng::with_seed(number("DONDOC_SEED", fastrand::u64(..1 << 32)));
    let mut replicas = [office.house.start(), office.house.spawn()];
    let (began, mut kills) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(secs) {
        // When a kill falls is what the seed decides.
        std::thread::sleep(Duration::from_millis(chance.u64(1_000..4_000)));
        let victim = chance.usize(..2);
        replicas[victim].kill();
        kills += usize::from(office.house.queued() > 0);
        println!(
            "{:>5.1} s: replica {victim} is killed, {} mails are out",
            began.elapsed().as_secs_f64(),
            office.smtpd.taken().len()
        );
        replicas[victim] = office.house.spawn();
    }
    assert!(kills > 0, "no kill fell while a message was open");
    let extra = office.is_done(&[&replicas[0], &replicas[1]], kills * CONNECTIONS);
    println!("{messages} messages, {kills} kills with a message open in {secs} s, 0 lost, {extra} extra copies, verify clean");
    for replica in &mut replicas {
        assert_eq!(replica.stop(), 0, "{}", replica.log());
    }
}

#[test]
fn a_replica_that_was_stopped_and_continued_sends_nothing_it_no_longer_owns() {
    let Some(database) = postgres::database() else { return };
    let stopped_for = Duration::from_secs(number("DONDOC_STOP_SECS", 12));
    let office = Office::new(&database, 120, Duration::from_millis(200));
    let (stopped, mut other) = (office.house.start(), office.house.start());
    // Only now, so that one does not send everything while the other starts.
    office.assign();
    until("both send", &[&stopped, &other], || [&stopped, &other].iter().all(|replica| replica.log().contains(" accepted ")));
    stopped.signal("STOP");
    let began = Instant::now();
    println!("stopped with {} mails out", office.smtpd.taken().len());
    let extra = office.is_done(&[&other], CONNECTIONS);
    println!("{:.1} s later the other has sent everything, {extra} extra copies", began.elapsed().as_secs_f64());
    std::thread::sleep(stopped_for.saturating_sub(began.elapsed()));
    let before = office.smtpd.taken().len();
    stopped.signal("CONT");
    until("it knows", &[&stopped], || stopped.log().contains("it goes on as another one"));
    // It works again, and what it had begun before it was stopped never left.
    office.house.import(&dispatch("2/UBND", 1, 40, "2099-12-31"));
    until("the new ones", &[&stopped, &other], || office.smtpd.taken().len() >= before + 40 && office.house.queued() == 0);
    assert_eq!(office.smtpd.taken().len(), before + 40, "{}", stopped.log());
    println!("continued after {:.1} s: nothing of before was sent", began.elapsed().as_secs_f64());
    let mut stopped = stopped;
    assert_eq!((stopped.stop(), other.stop()), (0, 0));
    assert!(office.house.command(&["verify"]).status.success());
}

/// A pause is one row that every claim of every replica reads; after it each mail leaves once.
#[test]
fn a_pause_stops_every_replica_and_after_it_each_mail_leaves_once() {
    let Some(database) = postgres::database() else { return };
    let office = Office::new(&database, 120, Duration::from_millis(300));
    let mut replicas = [office.house.start(), office.house.start()];
    office.assign();
    let both = [&replicas[0], &replicas[1]];
    until("both send", &both, || both.iter().all(|replica| replica.log().contains(" accepted ")));
    assert!(office.house.command(&["pause"]).status.success());
    let before = office.reached().len();
    until("the operators are told", &both, || office.reached().contains("monitor@example.org"));
    // What was on the wire is finished, and what a lane had claimed for its next mail.
    let after = office.reached().len() - 1;
    assert!(after <= before + 4 * CONNECTIONS && after < office.people, "{before} before the pause, {after} after it");
    assert!(office.house.command(&["resume"]).status.success());
    office.is_done(&both, 0);
    for replica in &mut replicas {
        assert_eq!(replica.stop(), 0, "{}", replica.log());
    }
}

#[test]
fn a_database_that_crashes_under_load_loses_nothing_and_brings_few_copies() {
    let Some(database) = postgres::database_of_its_own("") else { return };
    let office = Office::new(&database, 200, Duration::from_millis(100));
    office.assign();
    let mut replicas = [office.house.start(), office.house.start()];
    for crash in 1..=3_usize {
        until("a load", &[&replicas[0], &replicas[1]], || office.smtpd.taken().len() > crash * 40);
        database.crash_and_start();
    }
    let extra = office.is_done(&[&replicas[0], &replicas[1]], 3 * 2 * CONNECTIONS);
    println!("200 messages, 3 crashes of the database, 0 lost, {extra} extra copies");
    for replica in &mut replicas {
        assert_eq!(replica.stop(), 0, "{}", replica.log());
    }
}

#[test]
fn too_many_connections_are_waited_out() {
    let Some(database) = postgres::database_of_its_own("-c max_connections=14") else { return };
    let office = Office::new(&database, 150, Duration::from_millis(100));
    office.assign();
    let mut replica = office.house.start();
    until("a load", &[&replica], || office.smtpd.taken().len() > 20);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let hogs = runtime.block_on(async {
        sqlx::any::install_default_drivers();
        let mut hogs = Vec::new();
        while let Ok(hog) = sqlx::AnyConnection::connect(&database.url).await {
            hogs.push(hog);
        }
        // The daemon's connections are cut, and others are there before it.
        let cut = "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid() AND query NOT LIKE '' ";
        sqlx::raw_sql(cut).execute(&mut hogs[0]).await.expect("the last connection there was");
        while let Ok(hog) = sqlx::AnyConnection::connect(&database.url).await {
            hogs.push(hog);
        }
        hogs
    });
    replica.says("the heartbeat failed");
    drop((hogs, runtime));
    let extra = office.is_done(&[&replica], CONNECTIONS);
    println!("{extra} extra copies");
    assert_eq!(replica.stop(), 0, "{}", replica.log());
}

#[test]
fn one_replica_reads_telegram_and_another_takes_over_when_it_is_killed() {
    let Some(database) = postgres::database() else { return };
    let api = BotApi::start(TOKEN);
    let house = House::new(&Rules { api_url: Some(api.url()), store: Some(database.url.clone()), ..Rules::default() });
    house.credential("telegram-token", TOKEN);
    house.import(&(people(1, Some(7_001)) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    let mut first = house.start();
    first.says("this replica reads Telegram");
    let mut second = house.start();
    second.says("another replica reads Telegram");
    let status = house.status();
    let reads = |status: &serde_json::Value| -> Vec<bool> {
        let replicas = status["replicas"].as_array().expect("a list").iter();
        replicas.map(|replica| replica["reads_telegram"].as_bool().expect("yes or no")).collect()
    };
    assert_eq!(reads(&status), [true, false], "{status}");
    let words = house.command(&["status"]);
    assert!(String::from_utf8_lossy(&words.stdout).contains("plans, sends, reads Telegram"), "{words:?}");
    until("the message", &[&first, &second], || house.queued() == 0 && api.bodies("sendMessage").len() == 1);
    first.kill();
    let killed = Instant::now();
    second.says("this replica reads Telegram");
    println!("taken over {:.1} s after the kill", killed.elapsed().as_secs_f64());
    assert!(killed.elapsed() < Duration::from_secs(20));
    let button = api.bodies("sendMessage")[0]["reply_markup"]["inline_keyboard"][0][0]["callback_data"].clone();
    api.press(1, 7_001, 1, button.as_str().expect("a token"));
    until("the press is taken", &[&second], || second.log().contains("an answer over Telegram was recorded"));
    assert_eq!(reads(&house.status()), [true]);
    assert_eq!(second.stop(), 0, "{}", second.log());
}

#[test]
fn a_replica_with_other_rules_stands_aside_until_nobody_works_by_those_in_force() {
    let Some(database) = postgres::database() else { return };
    let rules = Rules { outbox: true, store: Some(database.url.clone()), ..Rules::default() };
    let house = House::new(&rules);
    let older = rules.text().replace("name = \"new\"", "name = \"old\"");
    std::fs::write(house.path("older.toml"), &older).expect("a folder of our own");
    let mut newer = house.start();
    newer.says("the daemon is ready");
    let mut aside = house.spawn_under("older.toml", &[]);
    aside.says("this replica neither plans nor sends");
    house.import(&(people(3, None) + &dispatch("1/UBND", 1, 3, "2099-12-31")));
    until("the mails", &[&newer, &aside], || house.status()["accepted"] == 3);
    assert!(!aside.log().contains(" accepted "), "{}", aside.log());
    let status = house.status();
    let by_rules: Vec<bool> =
        status["replicas"].as_array().expect("a list").iter().map(|one| one["stands_aside"] == true).collect();
    assert_eq!(by_rules, [false, true], "{status}");
    // Its file becomes the same: it works.
    std::fs::write(house.path("older.toml"), rules.text()).expect("a folder of our own");
    aside.says("the rules are those in force");
    // A reload is an act: its rules hold, and the other stands aside.
    std::fs::write(house.path("older.toml"), &older).expect("a folder of our own");
    aside.says("the new rules hold");
    newer.says("this replica neither plans nor sends");
    // A replica that ends takes its rules along.
    assert_eq!(aside.stop(), 0, "{}", aside.log());
    newer.says("the new rules hold");
    assert_eq!(newer.stop(), 0, "{}", newer.log());
    let epochs = newer.log().matches("the new rules hold").count() + aside.log().matches("the new rules hold").count();
    assert_eq!(epochs, 2, "no epoch without a reason");
}
