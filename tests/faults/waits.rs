//! F65, and the call of distress: waits of minutes. libfaketime moves every clock of the daemon ahead, the steady one too, so that they are
//! over at once.

use crate::clock::Timepiece;
use crate::house::{Daemon, House, Rules, dispatch, people, until};
use crate::postgres;
use crate::support::smtpd::{Act, Setup, Smtpd, Stage};

/// The daemon's clocks show that much more. A signal wakes it, so that it looks at them.
fn goes(timepiece: &Timepiece, daemon: &Daemon, ahead: &str) {
    timepiece.set(ahead);
    daemon.signal("HUP");
}

/// The server says nothing at DATA: after two minutes the mail counts as not sent, and is tried again. It says nothing after the dot: after
/// ten the answer counts as lost, and the same mail goes again.
#[test]
fn f65_a_server_that_hangs_at_data_or_after_the_dot_is_given_up_and_the_mail_goes_again() {
    for (stage, act, copies) in [(Stage::Data, Act::Hang, 1), (Stage::Dot, Act::TakeAndHang, 2)] {
        let smtpd = Smtpd::start(Setup::default());
        smtpd.next(stage, act);
        let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
        let Some(timepiece) = Timepiece::of(&house) else { return };
        timepiece.import(&house, &(people(4, None) + &dispatch("1/UBND", 1, 4, "2099-12-31")));
        let mut daemon = house.spawn_with(&timepiece.all_clocks());
        daemon.says("the daemon is ready");
        until("the other three", &daemon, || house.status()["accepted"] == 3);
        assert_eq!(house.queued(), 1, "the fourth is on the wire");
        goes(&timepiece, &daemon, "+660");
        // A steady clock that libfaketime cannot reach contradicts it; an operator does not.
        until("the clock is doubted", &daemon, || house.status()["guards"][0]["guard"] == "clock");
        assert!(house.command_with(&["confirm", "clock"], &timepiece.all_clocks()).status.success());
        until("the fourth", &daemon, || house.status()["accepted"].as_u64() >= Some(4) && house.queued() == 0);
        assert_eq!(daemon.stop(), 0, "{}", daemon.log());
        let heads: Vec<_> = smtpd.taken().into_iter().filter(|mail| mail.to != "monitor@example.org").collect();
        let mut ids: Vec<&str> = heads.iter().map(|mail| mail.message_id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), heads.len()), (4, 3 + copies), "{stage:?}: {}", daemon.log());
        let verified = house.command(&["verify"]);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    }
}

/// A database that does not answer often does so again by itself: the alarm address hears of it after five minutes, and once; of one that
/// was back before that it hears nothing.
#[test]
fn a_database_that_stays_away_for_five_minutes_is_told_to_the_alarm_address() {
    let Some(database) = postgres::database_of_its_own("") else { return };
    let smtpd = Smtpd::start(Setup::default());
    let rules = Rules { smtp_port: Some(smtpd.port()), store: Some(database.url.clone()), ..Rules::default() };
    let house = House::new(&rules);
    house.configure(&rules.text().replacen("[office]\n", "[office]\nalarm = \"alarm@example.org\"\n", 1));
    let Some(timepiece) = Timepiece::of(&house) else { return };
    house.import(&people(1, None));
    let mut daemon = house.spawn_with(&timepiece.all_clocks());
    daemon.says("the daemon is ready");
    let alarms = || smtpd.taken().into_iter().filter(|mail| mail.to == "alarm@example.org").count();
    database.crash();
    let failures = || daemon.log().matches("planning failed").count();
    until("it is missed", &daemon, || failures() > 0);
    let before = failures();
    goes(&timepiece, &daemon, "+200");
    until("it is missed again", &daemon, || failures() > before);
    database.start();
    until("it works again", &daemon, || daemon.log().contains("planning works again"));
    goes(&timepiece, &daemon, "+400");
    let before = failures();
    database.crash();
    until("it is missed once more", &daemon, || failures() > before);
    for (ahead, told) in [("+550", 0), ("+640", 0), ("+730", 1), ("+1000", 1)] {
        let before = failures();
        goes(&timepiece, &daemon, ahead);
        until("it is missed again", &daemon, || failures() > before);
        until("the alarm", &daemon, || alarms() >= told);
        assert_eq!(alarms(), told, "{ahead}: {}", daemon.log());
    }
    database.start();
    goes(&timepiece, &daemon, "+1060");
    until("it works again", &daemon, || daemon.log().matches("planning works again").count() == 2);
    assert_eq!(alarms(), 1);
    let mail = smtpd.taken().into_iter().find(|mail| mail.to == "alarm@example.org").expect("counted");
    assert!(String::from_utf8_lossy(&mail.raw).contains("Operations"), "{}", String::from_utf8_lossy(&mail.raw));
    daemon.kill();
}
