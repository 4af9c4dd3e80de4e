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
