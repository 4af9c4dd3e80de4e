//! F08: the power is cut. `fsfault.c` records every operation on the files of the store while the real binary imports, sends and stops;
//! the disk is rebuilt as a power cut between any two of them may leave it, and a daemon starts on that. Who judges knows what the sink
//! had taken when the power went, and what it was sent after it.
//!
//! ```sh
//! DONDOC_CUTS=500 cargo test --test faults power -- --nocapture
//! ```

use std::collections::BTreeSet;
use std::path::Path;

use crate::disk::Shim;
use crate::house::{House, Rules, dispatch, people, until};
use crate::support::file::{ask, integrity};
use crate::support::ledger::{judge, read};
use crate::support::smtpd::{Setup, Smtpd};
use crate::tape::{self, Kind, Operation, Unsynced, files_after};

/// Cuts a daemon is started after; `DONDOC_CUTS` for the long run.
const CUTS: usize = 12;

const CONNECTIONS: usize = 2;
const FIRST: usize = 5;
const ALL: usize = 8;

/// A house, a sink with a ledger, and the facts of two imports.
struct Office {
    house: House,
    smtpd: Smtpd,
}

impl Office {
    fn new() -> Self {
        let rules = Rules { connections: Some(CONNECTIONS), ..Rules::default() };
        let house = House::new(&rules);
        let delay = std::time::Duration::from_millis(5);
        let smtpd = Smtpd::start(Setup { ledger: Some(house.path("ledger")), delay, ..Setup::default() });
        house.configure(&Rules { smtp_port: Some(smtpd.port()), ..rules }.text());
        std::fs::create_dir_all(house.path("state")).expect("a folder of our own");
        std::fs::write(house.path("first.toml"), people(FIRST, None) + &dispatch("1/UBND", 1, FIRST, "2099-12-31"))
            .expect("a folder of our own");
        // Of the second dispatch only those are told who had nothing to do with the first.
        let second = people(ALL, None) + &dispatch("2/UBND", 1, ALL, "2099-12-31");
        let lead: Vec<String> = (0..FIRST).map(|unit| format!("\"u{unit}\", ")).collect();
        std::fs::write(house.path("second.toml"), second.replacen(&lead.concat(), "", 1)).expect("a folder of our own");
        Self { house, smtpd }
    }

    #[track_caller]
    fn import(&self, name: &str, variables: &[(&str, &str)]) {
        let file = self.house.path(name);
        let done = self.house.command_with(&["import", file.to_str().expect("a plain path")], variables);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn state(&self) -> String {
        let state = std::fs::canonicalize(self.house.path("state")).expect("a folder of our own");
        state.to_str().expect("a plain path").to_owned()
    }
}

/// What happened in an office until its daemon stopped.
struct Story {
    operations: Vec<Operation>,
    /// After so many of them the first import had said that it was done, and the second.
    imported: [usize; 2],
    /// Where the ledger stood at the end, and what it held.
    ledger: String,
    state: String,
}

impl Story {
    fn record() -> Self {
        let office = Office::new();
        let tape = office.house.path("tape");
        let (state, ledger) = (office.state(), office.house.path("ledger"));
        let shim = Shim::of(&office.house);
        let mut variables = shim.variables();
        variables.extend([
            ("FSFAULT_RECORD", tape.to_str().expect("a plain path")),
            ("FSFAULT_UNDER", &state),
            ("FSFAULT_LEDGER", ledger.to_str().expect("a plain path")),
        ]);
        office.import("first.toml", &variables);
        let first = tape::read(&tape).len();
        let mut daemon = office.house.spawn_with(&variables);
        until("the first mails", &daemon, || office.smtpd.taken().len() == FIRST);
        office.import("second.toml", &variables);
        let second = tape::read(&tape).len();
        until("every mail", &daemon, || office.smtpd.taken().len() == ALL && office.house.queued() == 0);
        let is_logged = || {
            let operations = tape::read(&tape);
            let of_log = operations.iter().rev().find(|operation| operation.name == "sent.log");
            of_log.is_some_and(|operation| matches!(operation.kind, Kind::Sync))
        };
        until("the log is on the disk", &daemon, is_logged);
        assert_eq!(daemon.stop(), 0, "{}", daemon.log());
        let ledger = std::fs::read_to_string(&ledger).expect("a ledger");
        Self { operations: tape::read(&tape), imported: [first, second], ledger, state }
    }

    /// Behind every sync, and behind any other operation by the seed, so many in all.
    fn cuts(&self, count: usize, chance: &mut fastrand::Rng) -> Vec<usize> {
        let syncs = |name: &'static str| {
            let is_sync = move |operation: &Operation| matches!(operation.kind, Kind::Sync) && operation.name.ends_with(name);
            (1..=self.operations.len()).filter(move |cut| is_sync(&self.operations[cut - 1]))
        };
        let any = (0..self.operations.len()).map(|_| chance.usize(1..=self.operations.len()));
        let mut cuts: Vec<usize> = syncs("").chain(any).collect();
        chance.shuffle(&mut cuts);
        // A file that is being made has to be taken back before anybody reads it.
        cuts.splice(..0, syncs("-journal").take(1));
        cuts.truncate(count);
        cuts
    }

    /// What the sink had taken when the next operation began, so that nothing that was taken before it is missed.
    fn taken(&self, cut: usize) -> &str {
        &self.ledger[..self.operations.get(cut).map_or(self.ledger.len(), |next| next.ledger)]
    }

    /// What a daemon makes of a disk the power cut left like that; what is wrong with it.
    fn goes_on(&self, cut: usize, operations: &[Operation], unsynced: Unsynced) -> Vec<String> {
        let office = Office::new();
        let (house, state) = (&office.house, office.state());
        for (name, bytes) in files_after(operations, unsynced) {
            lay(Path::new(&state), &name, &bytes, &self.state);
        }
        std::fs::write(house.path("ledger"), self.taken(cut)).expect("a folder of our own");
        let mut wrong = Vec::new();
        if cut >= self.imported[0] {
            let verified = house.command(&["verify"]);
            if !verified.status.success() {
                return vec![format!("before the start: {}", String::from_utf8_lossy(&verified.stderr))];
            }
        }
        // What was not said to be done is done again.
        for (name, done) in ["first.toml", "second.toml"].into_iter().zip(self.imported) {
            if cut < done {
                office.import(name, &[]);
            }
        }
        let planned_before = house.status()["last_plan_at"].clone();
        let mut daemon = house.start();
        until("a plan", &daemon, || house.status()["last_plan_at"] != planned_before);
        let guards = house.status()["guards"].clone();
        if guards.as_array().is_some_and(Vec::is_empty) {
            until("everything is final", &daemon, || house.queued() == 0);
        } else {
            wrong.push(format!("kept back: {guards}"));
        }
        assert_eq!(daemon.stop(), 0, "{}", daemon.log());
        let due: BTreeSet<String> = (0..ALL).map(|index| format!("p{index}@example.org")).collect();
        wrong.extend(judge(&due, &read(&house.path("ledger")), 1, CONNECTIONS));
        let verified = house.command(&["verify"]);
        if !verified.status.success() {
            wrong.push(String::from_utf8_lossy(&verified.stderr).into_owned());
        }
        let file = house.path("state/dondoc.db");
        let found = integrity(&file);
        if found != "ok" {
            wrong.push(found);
        }
        let accepted = ask(&file, "SELECT COALESCE(group_concat(key), '') FROM message WHERE state = 'accepted'");
        let log = std::fs::read_to_string(house.path("state/sent.log")).unwrap_or_default();
        let logged = log.lines().filter_map(|line| line.split(' ').nth(2)).filter(|key| *key != "-");
        wrong.extend(
            logged.filter(|key| !accepted.split(',').any(|known| known == *key)).map(|key| format!("not accepted: {key}")),
        );
        wrong
    }
}

/// A file of the folder that was, as it would lie on its own disk: the marker names the place and its own birth, and a cut moves neither.
fn lay(folder: &Path, name: &str, bytes: &[u8], was: &str) {
    // What is shared in memory does not outlive it, and the space set aside is made without a write.
    if name.ends_with("-shm") || name.ends_with(".ballast") {
        return;
    }
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a folder of our own");
    if name.starts_with("house.txt") {
        let born = std::fs::metadata(&path).and_then(|file| file.created()).ok();
        let born = born.and_then(|born| born.duration_since(std::time::UNIX_EPOCH).ok());
        let born = born.map_or_else(|| "?".to_owned(), |born| born.as_nanos().to_string());
        let text = String::from_utf8_lossy(bytes).replace(was, folder.to_str().expect("a plain path"));
        let line = |line: &str| if line.starts_with("born = ") { format!("born = {born}\n") } else { format!("{line}\n") };
        std::fs::write(&path, text.lines().map(line).collect::<String>()).expect("a folder of our own");
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn f08_a_power_cut_at_any_write_loses_nothing_and_sends_nothing_twice_that_was_recorded() {
    let seed = number("DONDOC_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32));
    let count = number("DONDOC_CUTS").map_or(CUTS, |cuts| usize::try_from(cuts).expect("not so many"));
    let story = Story::record();
    let syncs = story.operations.iter().filter(|operation| matches!(operation.kind, Kind::Sync)).count();
    println!("seed {seed}: {} operations, {syncs} syncs, imports until {:?}", story.operations.len(), story.imported);
    assert!(syncs > 20 && story.imported[0] < story.imported[1], "the recorder saw the disk");
    let mut chance = fastrand::Rng::with_seed(seed);
    for (turn, cut) in story.cuts(count, &mut chance).into_iter().enumerate() {
        let unsynced =
            [Unsynced::Lost, Unsynced::InPart(chance.u64(..)), Unsynced::Kept, Unsynced::InPart(chance.u64(..))][turn % 4];
        let wrong = story.goes_on(cut, &story.operations[..cut], unsynced);
        let before = &story.operations[cut.saturating_sub(3)..cut];
        let before: Vec<String> =
            before.iter().map(|operation| format!("{} {}", operation.name, operation.kind.word())).collect();
        assert!(wrong.is_empty(), "seed {seed}, cut behind {cut} ({before:?}), {unsynced:?}: {wrong:#?}");
    }
    println!("{count} cuts: nothing lost, nothing recorded sent again");
}

/// The judge is not blind: a disk that says it has synced and has not loses an import that was acknowledged, and sends again what it
/// had recorded.
#[test]
fn f08_a_disk_that_lies_about_its_syncs_is_found_out() {
    let story = Story::record();
    let is_true = |at: usize, operation: &Operation| at < story.imported[0] || !matches!(operation.kind, Kind::Sync);
    for (cut, found) in [(story.imported[1], "lost: "), (story.operations.len(), "5 extra copies")] {
        let before = story.operations[..cut].iter().enumerate().filter(|(at, operation)| is_true(*at, operation));
        let operations: Vec<Operation> = before.map(|(_, operation)| operation.clone()).collect();
        let wrong = story.goes_on(cut, &operations, Unsynced::Lost);
        assert!(wrong.iter().any(|wrong| wrong.starts_with(found)), "{found}: {wrong:#?}");
    }
}
