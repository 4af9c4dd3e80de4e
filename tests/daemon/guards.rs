//! What keeps messages back although they are due, with the real daemon.

use std::collections::BTreeMap;

use crate::house::{House, Rules, dispatch, people, until};
use crate::support::smtpd::{Setup, Smtpd};

#[test]
fn a_pause_under_load_stops_within_a_second_and_after_it_each_mail_leaves_once() {
    let smtpd = Smtpd::start(Setup::default());
    let rules = Rules { smtp_port: Some(smtpd.port()), connections: Some(2), ..Rules::default() }.text();
    let house = House::new(&Rules::default());
    // Fifty mails a second, so that the pause comes in the middle.
    house.configure(&rules.replace("connections = 2", "connections = 2\nper_minute = 3000"));
    house.import(&(people(250, None) + &dispatch("1/UBND", 1, 250, "2099-12-31")));
    let mut daemon = house.start();
    until("some mails", &daemon, || smtpd.taken().len() >= 20);
    let done = house.command(&["pause", "--note", "kiểm tra danh sách", "--json"]);
    let at_pause = pressed(&smtpd);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(house.status()["paused"], true);
    assert_eq!(house.status()["guards"][0]["note"], "kiểm tra danh sách");
    // A duty that becomes known now is not told either; the operators are.
    house.import(&dispatch("2/UBND", 1, 1, "2099-12-31"));
    until("the operators are told", &daemon, || smtpd.taken().iter().any(|mail| mail.to == "monitor@example.org"));
    let stopped = pressed(&smtpd);
    assert!(stopped <= at_pause + 50, "within a second: {at_pause}, then {stopped}");
    assert!(stopped < 220, "the pause came too late to show anything");
    daemon.says("messages are kept back");
    // It holds over a restart.
    assert_eq!(daemon.stop(), 0);
    let mut again = house.start();
    again.says("messages are kept back");
    assert_eq!(pressed(&smtpd), stopped);
    let done = house.command(&["resume"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    until("everything is final", &again, || house.queued() == 0);
    assert_eq!(house.status()["paused"], false);
    assert_eq!(again.stop(), 0);
    let mut mails: BTreeMap<String, usize> = BTreeMap::new();
    for mail in smtpd.taken() {
        *mails.entry(mail.to).or_default() += 1;
    }
    assert_eq!(mails.remove("monitor@example.org"), Some(2), "paused, and goes on");
    assert_eq!(mails.len(), 250);
    let twice: Vec<_> = mails.iter().filter(|(to, count)| **count > 1 && *to != "p0@example.org").collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(house.command(&["verify"]).status.success());
}

/// Mails that ask something of somebody.
fn pressed(smtpd: &Smtpd) -> usize {
    smtpd.taken().iter().filter(|mail| mail.to != "monitor@example.org").count()
}

/// The store's folder as it is now.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder of our own");
    for file in std::fs::read_dir(from).expect("a folder").flatten() {
        let is_file = file.file_type().expect("a type").is_file();
        if is_file {
            std::fs::copy(file.path(), to.join(file.file_name())).expect("a file of our own");
        }
    }
}

#[test]
fn a_backup_that_is_put_back_sends_nothing_that_left_since_it_was_made() {
    let smtpd = Smtpd::start(Setup::default());
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.import(&(people(5, None) + &dispatch("1/UBND", 1, 5, "2099-12-31")));
    let mut daemon = house.start();
    until("the first mails", &daemon, || smtpd.taken().len() == 5 && house.queued() == 0);
    assert_eq!(daemon.stop(), 0);
    house.import(&dispatch("2/UBND", 1, 5, "2099-12-31"));
    copy(&house.path("state"), &house.path("backup"));
    let mut daemon = house.start();
    until("mails after the backup", &daemon, || smtpd.taken().len() == 10 && house.queued() == 0);
    assert_eq!(daemon.stop(), 0);
    // The database alone is put back; what stands beside it stays.
    for name in ["dondoc.db", "dondoc.db-wal", "dondoc.db-shm"] {
        let _ = std::fs::remove_file(house.path("state").join(name));
        let _ = std::fs::copy(house.path("backup").join(name), house.path("state").join(name));
    }
    let mut daemon = house.start();
    daemon.says("sent.log knows of messages that left");
    house.import(&dispatch("3/UBND", 1, 1, "2099-12-31"));
    until("the new duty is told", &daemon, || smtpd.taken().len() >= 11);
    until("everything is final", &daemon, || house.queued() == 0);
    assert_eq!(smtpd.taken().len(), 11, "nothing of before left again");
    assert_eq!(house.status()["guards"].as_array().map(Vec::len), Some(0));
    assert_eq!(daemon.stop(), 0);
    // Without the log nobody knows any more what left.
    std::fs::remove_file(house.path("state").join("sent.log")).expect("there");
    let mut daemon = house.start();
    assert_eq!(house.status()["guards"][0]["guard"], "sent-log");
    house.import(&dispatch("4/UBND", 1, 1, "2099-12-31"));
    until("the operators are told", &daemon, || smtpd.taken().iter().any(|mail| mail.to == "monitor@example.org"));
    assert_eq!(pressed(&smtpd), 11);
    let done = house.command(&["confirm", "--json"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    until("what was held leaves", &daemon, || pressed(&smtpd) == 12);
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn whatever_ends_leaves_all_it_recorded_in_the_one_file_of_the_store() {
    let smtpd = Smtpd::start(Setup::default());
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    let log = house.path("state/dondoc.db-wal");
    house.import(&(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    assert!(!log.exists(), "after an import");
    let mut daemon = house.start();
    until("the mail", &daemon, || smtpd.taken().len() == 1 && house.queued() == 0);
    let done = house.command(&["reply", "1/UBND#1@u0", "acknowledge", "--as", "p0"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(daemon.stop(), 0);
    assert!(!log.exists(), "after the daemon");
    // A backup and a restore as the README tells: the database, and nothing but it.
    copy(&house.path("state"), &house.path("backup"));
    std::fs::remove_file(house.path("state/dondoc.db")).expect("there");
    std::fs::copy(house.path("backup/dondoc.db"), house.path("state/dondoc.db")).expect("put back");
    assert!(house.command(&["verify"]).status.success());
    let shown = house.command(&["show", "1/UBND#1@u0", "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert!(shown.to_string().contains("acknowledge"), "{shown}");
    let done = house.command(&["pause"]);
    assert!(done.status.success() && !log.exists(), "after a command");
    let mut daemon = house.start();
    assert_eq!(daemon.stop(), 0);
    assert_eq!(pressed(&smtpd), 1);
}

#[test]
fn a_copy_of_the_whole_folder_is_mute_until_somebody_confirms_it() {
    let smtpd = Smtpd::start(Setup::default());
    let rules = Rules { smtp_port: Some(smtpd.port()), ..Rules::default() };
    let (house, clone) = (House::new(&rules), House::new(&rules));
    house.import(&(people(3, None) + &dispatch("1/UBND", 1, 3, "2099-12-31")));
    let mut daemon = house.start();
    until("the mails", &daemon, || smtpd.taken().len() == 3 && house.queued() == 0);
    assert_eq!(daemon.stop(), 0);
    copy(&house.path("state"), &clone.path("state"));
    clone.import(&dispatch("2/UBND", 1, 1, "2099-12-31"));
    let early = clone.command(&["confirm"]);
    let early = String::from_utf8_lossy(&early.stdout).into_owned();
    assert!(early.contains("will ask") && early.contains("dondoc confirm clone"), "before the first start: {early}");
    let mut muted = clone.start();
    muted.says("messages are kept back");
    let status = clone.status();
    assert_eq!((&status["guards"][0]["guard"], &status["guards"][0]["reason"]), (&"clone".into(), &"muted-clone".into()));
    // It stays mute over a restart.
    assert_eq!(muted.stop(), 0);
    let mut muted = clone.start();
    muted.says("messages are kept back");
    assert_eq!(smtpd.taken().len(), 3);
    let done = clone.command(&["confirm"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    until("the duty is told", &muted, || pressed(&smtpd) == 4);
    assert_eq!(muted.stop(), 0);
    let mut again = clone.start();
    again.says("the daemon is ready");
    assert_eq!(clone.status()["guards"].as_array().map(Vec::len), Some(0), "it is at home there now");
    assert_eq!(again.stop(), 0);
}

#[test]
fn a_copy_of_a_folder_that_has_sent_nothing_yet_is_mute_as_well_and_a_new_store_is_not() {
    let smtpd = Smtpd::start(Setup::default());
    let rules = Rules { smtp_port: Some(smtpd.port()), ..Rules::default() };
    let (house, clone) = (House::new(&rules), House::new(&rules));
    house.import(&people(2, None));
    // A new installation that was moved before it ever ran asks nothing.
    let mut daemon = house.start();
    assert_eq!(house.status()["guards"].as_array().map(Vec::len), Some(0));
    assert_eq!(daemon.stop(), 0);
    copy(&house.path("state"), &clone.path("state"));
    let mut muted = clone.start();
    muted.says("messages are kept back");
    let guard = clone.status()["guards"][0].clone();
    assert_eq!((&guard["guard"], &guard["note"]), (&"clone".into(), &"other-place".into()), "{guard}");
    clone.import(&dispatch("1/UBND", 1, 2, "2099-12-31"));
    house.import(&dispatch("1/UBND", 1, 2, "2099-12-31"));
    let mut daemon = house.start();
    until("the first house tells them", &daemon, || smtpd.taken().len() == 2 && house.queued() == 0);
    assert_eq!(smtpd.taken().len(), 2);
    assert!(clone.command(&["confirm"]).status.success());
    until("what the copy held leaves", &muted, || pressed(&smtpd) == 4);
    assert_eq!((muted.stop(), daemon.stop()), (0, 0));
}

#[test]
fn a_backup_from_before_the_first_send_is_held_when_the_log_of_what_left_is_gone() {
    let smtpd = Smtpd::start(Setup::default());
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.import(&(people(3, None) + &dispatch("1/UBND", 1, 3, "2099-12-31")));
    copy(&house.path("state"), &house.path("backup"));
    let marker = || std::fs::read_to_string(house.path("state/house.txt")).expect("a marker");
    let mut daemon = house.start();
    until("the mails", &daemon, || smtpd.taken().len() == 3 && house.queued() == 0);
    assert!(marker().contains("sent = yes"), "{}", marker());
    assert_eq!(daemon.stop(), 0);
    let put_back = || {
        std::fs::remove_file(house.path("state/dondoc.db")).expect("there");
        std::fs::copy(house.path("backup/dondoc.db"), house.path("state/dondoc.db")).expect("put back");
    };
    // With the log nothing needs to be asked.
    put_back();
    let mut daemon = house.start();
    daemon.says("sent.log knows of messages that left");
    until("nothing is left to do", &daemon, || house.queued() == 0);
    assert_eq!(house.status()["guards"].as_array().map(Vec::len), Some(0));
    assert_eq!((daemon.stop(), smtpd.taken().len()), (0, 3));
    put_back();
    std::fs::remove_file(house.path("state/sent.log")).expect("there");
    let mut daemon = house.start();
    daemon.says("messages are kept back");
    assert_eq!(house.status()["guards"][0]["guard"], "sent-log");
    assert_eq!(daemon.stop(), 0);
    // The log it has made since shows nothing of what left.
    let mut daemon = house.start();
    daemon.says("messages are kept back");
    assert_eq!(pressed(&smtpd), 3);
    assert!(house.command(&["confirm"]).status.success());
    until("somebody said that all may leave", &daemon, || pressed(&smtpd) == 6);
    assert_eq!(daemon.stop(), 0);
    let mut daemon = house.start();
    assert_eq!(house.status()["guards"].as_array().map(Vec::len), Some(0));
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn lines_that_sent_log_lost_at_its_end_are_put_back_from_the_store() {
    let smtpd = Smtpd::start(Setup::default());
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.import(&(people(4, None) + &dispatch("1/UBND", 1, 4, "2099-12-31")));
    let mut daemon = house.start();
    until("the mails", &daemon, || smtpd.taken().len() == 4 && house.queued() == 0);
    assert_eq!(daemon.stop(), 0);
    let log = house.path("state/sent.log");
    let whole = std::fs::read_to_string(&log).expect("a log");
    let kept: Vec<&str> = whole.lines().collect();
    std::fs::write(&log, kept[..kept.len() - 2].join("\n") + "\n").expect("a folder of our own");
    let mut daemon = house.start();
    daemon.says("they are put back from the store");
    assert_eq!(house.status()["guards"].as_array().map(Vec::len), Some(0));
    assert_eq!(daemon.stop(), 0);
    let mended = std::fs::read_to_string(&log).expect("a log");
    let messages = |text: &str| {
        let mut lines: Vec<String> = text.lines().filter(|line| !line.contains(" - ")).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(messages(&mended), messages(&whole));
    assert_eq!(smtpd.taken().len(), 4);
}
