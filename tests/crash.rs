//! Kill -9 in the middle of the work, again and again: nothing is lost, and copies stay within what is promised.
//!
//! A kill counts only while something was due and not final. The sink writes each mail down before it says 250, so what
//! the ledger holds is what really went out, whatever the daemon knew of it when it died.

#[path = "daemon/house.rs"]
#[expect(dead_code, reason = "shared with the tests of the daemon")]
mod house;
mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use house::{House, Rules, dispatch, people, until};
use support::ledger::{judge, read};
use support::smtpd::{Setup, Smtpd};

/// Kills that have to fall while a message is open.
const KILLS: usize = 50;

/// Two kills lead to three transmissions at most; after more of them a message would rightly be held.
const KILLS_OF_A_ROUND: usize = 2;

/// More rounds than this mean that kills do not fall where they should.
const ROUNDS_MAX: usize = 60;

const PEOPLE: usize = 60;
const CONNECTIONS: usize = 4;

/// One fresh store, killed until it is done; returns how many kills counted and how many extra copies there were.
fn round(seed: u64) -> (usize, usize) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ledger = folder.path().join("ledger");
    let setup = Setup { lag_max: Duration::from_millis(50), seed, ledger: Some(ledger.clone()), ..Setup::default() };
    let smtpd = Smtpd::start(setup);
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), connections: Some(CONNECTIONS), ..Rules::default() });
    house.import(&(people(PEOPLE, None) + &dispatch("1/UBND", 1, PEOPLE, "2099-12-31")));
    let mut kills = 0;
    for _ in 0..KILLS_OF_A_ROUND {
        // Some die before they are ready: in the middle of taking over from the one before.
        let mut daemon = if chance.u8(..4) == 0 { house.spawn() } else { house.start() };
        // Nothing waits for this: when it falls is what the seed decides.
        std::thread::sleep(Duration::from_millis(chance.u64(..400)));
        daemon.kill();
        // Nothing changes after a kill, so what is open now was open then.
        kills += usize::from(house.queued() > 0);
    }
    let planned_before = house.status()["last_plan_at"].clone();
    let mut last = house.start();
    // What is due counts as queued once it is planned.
    until("a plan", &last, || house.status()["last_plan_at"] != planned_before);
    until("everything is final", &last, || house.queued() == 0);
    assert_eq!(last.stop(), 0, "{}", last.log());
    let (ledger, due) = (read(&ledger), (0..PEOPLE).map(|index| format!("p{index}@example.org")).collect());
    let wrong = judge(&due, &ledger, kills, CONNECTIONS);
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    let verified = house.command(&["verify"]);
    assert!(verified.status.success(), "seed {seed}: {}", String::from_utf8_lossy(&verified.stderr));
    let distinct: BTreeSet<&String> = ledger.iter().map(|(id, _)| id).collect();
    (kills, ledger.len() - distinct.len())
}

#[test]
fn fifty_kills_in_the_middle_of_the_work_lose_nothing() {
    let first = std::env::var("DONDOC_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..1 << 32));
    let (mut kills, mut extra) = (0, 0);
    for number in 0..ROUNDS_MAX {
        let seed = first + u64::try_from(number).expect("few rounds");
        println!("seed {seed}: {kills} kills so far, {extra} extra copies");
        let (more, copies) = round(seed);
        (kills, extra) = (kills + more, extra + copies);
        if kills >= KILLS {
            println!("{kills} kills with a message open, 0 lost, {extra} extra copies");
            return;
        }
    }
    panic!("only {kills} kills fell while a message was open; seed {first}");
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
