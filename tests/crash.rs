//! Kill -9 in the middle of the work, again and again, and an end at every commit and every send singly: nothing is lost, and
//! copies stay within what is promised.
//!
//! A kill counts only while something was due and not final. The sink writes each mail down before it says 250, so what
//! the ledger holds is what really went out, whatever the daemon knew of it when it died. Who judges reads only that ledger,
//! `dondoc verify` and the check of the database. The long run, with its output in `docs/measurements`:
//!
//! ```sh
//! DONDOC_KILLS=1000 cargo test --release --test crash kill -- --nocapture
//! ```

#[path = "daemon/house.rs"]
mod house;
mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use house::{Daemon, House, Rules, dispatch, people, until};
use support::file::{ask, integrity};
use support::ledger::{judge, read};
use support::smtpd::{Setup, Smtpd};

/// Kills that have to fall while a message is open; `DONDOC_KILLS` for the long run.
const KILLS: usize = 50;

/// Two kills lead to three transmissions at most; after more of them a message would rightly be held.
const KILLS_OF_A_ROUND: usize = 2;

const PEOPLE: usize = 60;
const CONNECTIONS: usize = 4;

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// A house whose mails go into a sink with a ledger.
struct Office {
    house: House,
    smtpd: Smtpd,
    ledger: PathBuf,
    people: usize,
}

impl Office {
    fn new(people: usize, connections: usize, lag_max: Duration, seed: u64) -> Self {
        let rules = Rules { connections: Some(connections), ..Rules::default() };
        let house = House::new(&rules);
        let ledger = house.path("ledger");
        let smtpd = Smtpd::start(Setup { lag_max, seed, ledger: Some(ledger.clone()), ..Setup::default() });
        house.configure(&Rules { smtp_port: Some(smtpd.port()), ..rules }.text());
        Self { house, smtpd, ledger, people }
    }

    fn facts(&self) -> String {
        people(self.people, None) + &dispatch("1/UBND", 1, self.people, "2099-12-31")
    }

    fn import(&self) {
        self.house.import(&self.facts());
    }

    /// Starts the last daemon, lets it finish and stops it.
    #[track_caller]
    fn finish(&self) {
        let planned_before = self.house.status()["last_plan_at"].clone();
        let mut last = self.house.start();
        // What is due counts as queued once it is planned.
        until("a plan", &last, || self.house.status()["last_plan_at"] != planned_before);
        until("everything is final", &last, || self.house.queued() == 0);
        assert_eq!(last.stop(), 0, "{}", last.log());
    }

    /// What is wrong with what came of it all.
    fn judged(&self, kills: usize, connections: usize) -> Vec<String> {
        let due: BTreeSet<String> = (0..self.people).map(|index| format!("p{index}@example.org")).collect();
        let mut wrong = judge(&due, &read(&self.ledger), kills, connections);
        let verified = self.house.command(&["verify"]);
        if !verified.status.success() {
            wrong.push(String::from_utf8_lossy(&verified.stderr).into_owned());
        }
        let found = integrity(&self.house.path("state/dondoc.db"));
        if found != "ok" {
            wrong.push(found);
        }
        wrong
    }

    /// Mails beyond one for each message.
    fn extra(&self) -> usize {
        let ledger = read(&self.ledger);
        ledger.len() - ledger.iter().map(|(id, _)| id).collect::<BTreeSet<_>>().len()
    }
}

/// One fresh store, killed until it is done; returns how many kills counted and how many extra copies there were.
fn round(seed: u64) -> (usize, usize) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let office = Office::new(PEOPLE, CONNECTIONS, Duration::from_millis(50), seed);
    office.import();
    let mut kills = 0;
    for _ in 0..KILLS_OF_A_ROUND {
        // Some die before they are ready: in the middle of taking over from the one before.
        let mut daemon = if chance.u8(..4) == 0 { office.house.spawn() } else { office.house.start() };
        // Nothing waits for this: when it falls is what the seed decides.
        std::thread::sleep(Duration::from_millis(chance.u64(..400)));
        daemon.kill();
        // Nothing changes after a kill, so what is open now was open then.
        kills += usize::from(office.house.queued() > 0);
    }
    office.finish();
    let wrong = office.judged(kills, CONNECTIONS);
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    (kills, office.extra())
}

#[test]
fn fifty_kills_in_the_middle_of_the_work_lose_nothing() {
    let first = number("DONDOC_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32));
    let wanted = number("DONDOC_KILLS").map_or(KILLS, |kills| usize::try_from(kills).expect("not so many"));
    // More rounds than this mean that kills do not fall where they should.
    let rounds_max = wanted + 10;
    let (mut kills, mut extra) = (0, 0);
    for number in 0..rounds_max {
        let seed = first + u64::try_from(number).expect("few rounds");
        println!("seed {seed}: {kills} kills so far, {extra} extra copies");
        let (more, copies) = round(seed);
        (kills, extra) = (kills + more, extra + copies);
        if kills >= wanted {
            println!("{kills} kills with a message open, 0 lost, {extra} extra copies");
            return;
        }
    }
    panic!("only {kills} kills fell while a message was open; seed {first}");
}

/// The points a list holds, each once, in the order they were first passed.
fn points(list: &std::path::Path) -> Vec<String> {
    let mut points: Vec<String> = Vec::new();
    for line in std::fs::read_to_string(list).expect("a list of points").lines() {
        if !points.iter().any(|known| known == line) {
            points.push(line.to_owned());
        }
    }
    points
}

/// Waits until it has ended or has nothing more to do; then it is asked to stop, which passes points of its own.
#[track_caller]
fn ends_by_itself(office: &Office, daemon: &mut Daemon) -> i32 {
    let planned = office.house.status()["last_plan_at"].clone();
    let is_final = || office.house.status()["last_plan_at"] != planned && office.house.queued() == 0;
    if daemon.ends_before(is_final) { daemon.exit_code() } else { daemon.stop() }
}

/// The points a daemon passes that tells so many people of their duties and ends undisturbed.
#[track_caller]
fn points_of(people: usize, connections: usize) -> Vec<String> {
    let office = Office::new(people, connections, Duration::ZERO, 0);
    office.import();
    let list = office.house.path("points");
    let mut daemon = office.house.spawn_with(&[("DONDOC_FAULT_LIST", list.to_str().expect("a plain path"))]);
    assert_eq!(ends_by_itself(&office, &mut daemon), 0, "{}", daemon.log());
    points(&list)
}

#[test]
fn an_end_at_every_commit_and_every_send_singly_loses_nothing() {
    let whole = Office::new(6, 2, Duration::ZERO, 0);
    let (of_import, of_daemon) = (whole.house.path("points-import"), whole.house.path("points-daemon"));
    let facts = whole.house.path("facts.toml");
    std::fs::write(&facts, whole.facts()).expect("a folder of our own");
    let import = |office: &Office, variables: &[(&str, &str)]| {
        let file = office.house.path("facts.toml");
        std::fs::write(&file, office.facts()).expect("a folder of our own");
        office.house.command_with(&["import", file.to_str().expect("a plain path")], variables)
    };
    let list = |path: &PathBuf| path.to_str().expect("a plain path").to_owned();
    assert!(import(&whole, &[("DONDOC_FAULT_LIST", &list(&of_import))]).status.success());
    let mut daemon = whole.house.spawn_with(&[("DONDOC_FAULT_LIST", &list(&of_daemon))]);
    assert_eq!(ends_by_itself(&whole, &mut daemon), 0, "{}", daemon.log());
    assert!(whole.judged(0, 0).is_empty());
    let (imports, daemons) = (points(&of_import), points(&of_daemon));
    let sends = daemons.iter().filter(|point| point.contains("-send@")).count();
    assert!(sends >= 2 && daemons.len() - sends >= 8 && imports.len() >= 2, "{imports:#?} {daemons:#?}");
    let mut copies = 0;
    for point in &imports {
        let office = Office::new(6, 2, Duration::ZERO, 0);
        let cut = import(&office, &[("DONDOC_FAULT", point)]);
        assert_eq!(cut.status.code(), None, "{point} ended nothing: {cut:?}");
        // An import may be repeated: what is there already is known.
        office.import();
        office.finish();
        let wrong = office.judged(0, 0);
        assert!(wrong.is_empty(), "{point}: {wrong:#?}");
    }
    for point in &daemons {
        let office = Office::new(6, 2, Duration::ZERO, 0);
        office.import();
        let mut daemon = office.house.spawn_with(&[("DONDOC_FAULT", point)]);
        assert_eq!(ends_by_itself(&office, &mut daemon), -1, "{point} ended nothing:\n{}", daemon.log());
        office.finish();
        let wrong = office.judged(1, 2);
        assert!(wrong.is_empty(), "{point}: {wrong:#?}");
        copies += office.extra();
    }
    println!("{} points of an import, {} of the daemon: 0 lost, {copies} extra copies", imports.len(), daemons.len());
}

/// A panic in one activation, a round of the planner or a commit of the desk, is caught; what it was about is done by the next one.
#[test]
fn a_panic_in_a_round_is_caught_journalled_and_told_and_the_others_go_on() {
    let points = points_of(6, 2);
    for place in ["before-commit@engine/pack.rs", "before-commit@engine/desk.rs"] {
        let point = points.iter().find(|point| point.starts_with(place)).unwrap_or_else(|| panic!("no {place}: {points:#?}"));
        let office = Office::new(6, 2, Duration::ZERO, 0);
        office.import();
        let mut daemon = office.house.spawn_with(&[("DONDOC_FAULT", point), ("DONDOC_FAULT_AS", "panic")]);
        until("six mails, and one to the operators", &daemon, || office.smtpd.taken().len() >= 7 && office.house.queued() == 0);
        assert_eq!(daemon.stop(), 0, "{}", daemon.log());
        assert!(daemon.log().contains("a test wants a panic here"), "{place}: {}", daemon.log());
        let taken = office.smtpd.taken();
        let told = taken.iter().filter(|mail| mail.to == "monitor@example.org").count();
        assert_eq!((told, taken.len()), (1, 7), "{place}: the operators, and each mail once");
        let noted = "SELECT CAST(COUNT(*) AS TEXT) FROM journal WHERE kind = 'activation-panicked'";
        assert_eq!(ask(&office.house.path("state/dondoc.db"), noted), "1", "{place}: the journal");
        assert!(office.house.command(&["verify"]).status.success(), "{place}");
    }
}

/// F02 and F04, to the copy.
#[test]
fn a_daemon_that_ends_before_the_mail_sends_it_once_and_one_that_ends_after_it_twice() {
    for (what, copies) in [("before-send", 1), ("after-send", 2)] {
        let points = points_of(1, 1);
        let point = points.iter().find(|point| point.starts_with(what)).expect("a mail was sent");
        let office = Office::new(1, 1, Duration::ZERO, 0);
        office.import();
        let mut daemon = office.house.spawn_with(&[("DONDOC_FAULT", point)]);
        assert_eq!(daemon.exit_code(), -1, "{}", daemon.log());
        let mut again = office.house.start();
        assert!(again.log().contains("uncertain=1"), "{}", again.log());
        until("everything is final", &again, || office.house.queued() == 0);
        assert_eq!(again.stop(), 0, "{}", again.log());
        let taken = office.smtpd.taken();
        assert_eq!(taken.len(), copies, "{what}");
        assert!(taken.iter().all(|mail| mail.message_id == taken[0].message_id), "{what}");
        assert_eq!(office.judged(1, 1), [] as [String; 0], "{what}");
    }
}

/// The harness is not blind: a protocol that marks before it sends loses mails, and the judge says so.
#[test]
fn a_daemon_that_marks_before_it_sends_is_found_out() {
    let points = points_of(6, 2);
    let point = points.iter().find(|point| point.starts_with("before-send")).expect("mails were sent");
    let office = Office::new(6, 2, Duration::ZERO, 0);
    office.import();
    let mut daemon = office.house.spawn_with(&[("DONDOC_FAULT", point), ("DONDOC_MUTANT", "mark-before-send")]);
    assert_eq!(daemon.exit_code(), -1, "{}", daemon.log());
    office.finish();
    let wrong = office.judged(1, 2);
    assert!(wrong.iter().any(|wrong| wrong.starts_with("lost: ")), "{wrong:#?}");
}

/// All mails are out when the kill comes, and afterwards the same facts are imported again, as a sender repeats what it is not sure of.
/// `DONDOC_MAILS` for another number.
#[test]
fn a_daemon_that_is_killed_after_its_mails_sends_none_of_them_again() {
    let mails = number("DONDOC_MAILS").map_or(200, |mails| usize::try_from(mails).expect("not so many"));
    let office = Office::new(mails, CONNECTIONS, Duration::ZERO, 0);
    office.import();
    let mut daemon = office.house.start();
    until("every mail", &daemon, || office.smtpd.taken().len() == mails && office.house.queued() == 0);
    daemon.kill();
    office.import();
    office.finish();
    println!("{mails} mails before the kill, {} after it", office.smtpd.taken().len() - mails);
    assert_eq!(office.judged(0, CONNECTIONS), [] as [String; 0]);
}

/// The judge itself: each ledger here holds one fault.
#[test]
fn the_judge_finds_every_fault_a_ledger_can_have() {
    let due: BTreeSet<String> = ["a", "b"].map(str::to_owned).into();
    let ledger = |lines: &[(&str, &str)]| lines.iter().map(|(id, to)| ((*id).to_owned(), (*to).to_owned())).collect::<Vec<_>>();
    let faults = |lines: &[(&str, &str)], kills| judge(&due, &ledger(lines), kills, 1);
    assert!(faults(&[("1", "a"), ("2", "b")], 0).is_empty());
    assert!(faults(&[("1", "a"), ("1", "a"), ("2", "b")], 1).is_empty(), "one copy after one kill is within the promise");
    assert_eq!(faults(&[("1", "a")], 0), ["lost: b"]);
    assert_eq!(faults(&[("1", "a"), ("2", "b"), ("3", "c")], 0), ["never due: c"]);
    assert_eq!(faults(&[("1", "a"), ("1", "a"), ("2", "b")], 0), ["1 extra copies after 0 kills of 1 connections"]);
    assert_eq!(faults(&[("1", "a"), ("1", "a"), ("1", "a"), ("1", "a"), ("2", "b")], 9), ["1 was sent 4 times"]);
    assert_eq!(faults(&[("1", "a"), ("9", "a"), ("2", "b")], 9), ["a got 2 mails"]);
}
