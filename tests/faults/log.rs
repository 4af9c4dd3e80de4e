//! F16: the log of the database (`dondoc.db-wal`) is deleted after a crash, or that of another database lies beside one that was put
//! back.

use std::path::Path;

use crate::house::{House, Rules, dispatch, people, until};
use crate::support::file::{connected, url};
use crate::support::smtpd::{Setup, Smtpd};

const HEADS: usize = 3;

/// A house that told its first dispatch and stopped in order, so that all of it is in the file; then told more and was killed, so that this
/// is only in the log of the database. `file` is its database as it was in between.
struct Crashed {
    house: House,
    smtpd: Smtpd,
    file: Vec<u8>,
}

impl Crashed {
    fn new(more: usize) -> Self {
        let smtpd = Smtpd::start(Setup::default());
        let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
        house.import(&(people(HEADS, None) + &dispatch("1/UBND", 1, HEADS, "2099-12-31")));
        let mut daemon = house.start();
        until("the first mails", &daemon, || smtpd.taken().len() == HEADS && house.queued() == 0);
        assert_eq!(daemon.stop(), 0, "{}", daemon.log());
        let store = house.path("state/dondoc.db");
        let file = std::fs::read(&store).expect("the store");
        let mut daemon = house.start();
        // Every command that closes the store empties the log into the file as far as nobody reads from before it, and the next to write
        // begins the log anew: what completes the file would no more stand there.
        connected(&url(&store, "ro"), async |reader| {
            sqlx::raw_sql("BEGIN; SELECT count(*) FROM meta").execute(&mut *reader).await.expect("a reader");
            for number in 0..more {
                house.import(&dispatch(&format!("{}/UBND", 2 + number), 1, HEADS, "2099-12-31"));
                let told = HEADS * (number + 2);
                until("more mails", &daemon, || smtpd.taken().len() == told && house.queued() == 0);
            }
            daemon.kill();
            sqlx::raw_sql("ROLLBACK").execute(reader).await.expect("a transaction of our own");
        });
        assert!(std::fs::metadata(house.path("state/dondoc.db-wal")).expect("its log").len() > 0);
        Self { house, smtpd, file }
    }

    fn remove(&self, ending: &str) {
        std::fs::remove_file(self.house.path(&format!("state/dondoc.db{ending}"))).expect("it was there");
    }

    /// The file is put back as a new one, without what SQLite shared in memory.
    fn put_back(&self) {
        for ending in ["", "-shm"] {
            let _ = std::fs::remove_file(self.house.path(&format!("state/dondoc.db{ending}")));
        }
        std::fs::write(self.house.path("state/dondoc.db"), &self.file).expect("a folder of our own");
    }

    fn pressed(&self) -> usize {
        self.smtpd.taken().iter().filter(|mail| mail.to != "monitor@example.org").count()
    }
}

/// A file system that does not tell when a file was made cannot tell a restore either.
fn tells_births(file: &Path) -> bool {
    let tells = std::fs::metadata(file).and_then(|file| file.created()).is_ok();
    if !tells {
        println!("skipped: this file system does not tell when a file was made");
    }
    tells
}

#[test]
fn f16_without_its_log_a_store_holds_everything_but_the_alarm_until_somebody_confirms() {
    let crashed = Crashed::new(1);
    let house = &crashed.house;
    if !tells_births(&house.path("state/house.txt")) {
        return;
    }
    crashed.remove("-wal");
    crashed.remove("-shm");
    let mut daemon = house.start();
    daemon.says("messages are kept back");
    let guard = house.status()["guards"][0].clone();
    assert_eq!((&guard["guard"], &guard["note"]), (&"sent-log".into(), &"set-back".into()));
    let told = || crashed.smtpd.taken().into_iter().find(|mail| mail.to == "monitor@example.org");
    until("the operators are told", &daemon, || told().is_some());
    house.import(&dispatch("9/UBND", 1, 1, "2099-12-31"));
    // It holds over a restart.
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    let mut daemon = house.start();
    daemon.says("messages are kept back");
    assert_eq!(crashed.pressed(), 2 * HEADS, "what was told is not told again, and nothing else leaves");
    assert!(house.command(&["confirm"]).status.success());
    until("what was held leaves", &daemon, || crashed.pressed() == 2 * HEADS + 1 && house.queued() == 0);
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    let mut again = house.start();
    assert_eq!(house.status()["guards"].as_array().map(Vec::len), Some(0), "it is asked once");
    assert_eq!(again.stop(), 0);
    assert_eq!(crashed.pressed(), 2 * HEADS + 1);
    assert!(house.command(&["verify"]).status.success());
}

/// A daemon that stopped in order leaves everything in its file: the log of what came after it completes that file. The log of another store
/// makes a mixture of it. The daemon does not start on that; without the log it does.
#[test]
fn f16_a_file_that_was_put_back_beside_a_log_that_is_not_its_own_is_not_worked_with() {
    let (crashed, other) = (Crashed::new(1), Crashed::new(3));
    let house = &crashed.house;
    if !tells_births(&house.path("state/house.txt")) {
        return;
    }
    let log = house.path("state/dondoc.db-wal");
    let read = |log: &Path| std::fs::read(log).expect("the log of a database");
    let (own, foreign) = (read(&log), read(&other.house.path("state/dondoc.db-wal")));
    crashed.put_back();
    std::fs::write(&log, own).expect("a folder of our own");
    let mut daemon = house.start();
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    assert!(house.command(&["verify"]).status.success());
    assert_eq!((crashed.pressed(), house.queued()), (2 * HEADS, 0), "all of it is there");
    crashed.put_back();
    std::fs::write(&log, foreign).expect("a folder of our own");
    let mut daemon = house.spawn();
    assert_eq!(daemon.exit_code(), 1, "{}", daemon.log());
    assert!(
        daemon.log().contains("the store's file is damaged") && daemon.log().contains("restore a backup"),
        "{}",
        daemon.log()
    );
    assert_eq!(crashed.pressed(), 2 * HEADS, "nothing left");
    crashed.put_back();
    let _ = std::fs::remove_file(&log);
    let mut daemon = house.start();
    daemon.says("sent.log knows of messages that left");
    house.import(&dispatch("9/UBND", 1, 1, "2099-12-31"));
    until("the new duty is told", &daemon, || crashed.pressed() > 2 * HEADS && house.queued() == 0);
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    assert_eq!(crashed.pressed(), 2 * HEADS + 1, "nothing of before left again");
    assert_eq!(house.status()["guards"].as_array().map(Vec::len), Some(0), "somebody put a backup back, and knows it");
}
