//! F30, F31, F33, F35, F41 and F62: the clock of the machine under a running daemon. libfaketime stands before it; the steady clock goes on.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::disk::Shim;
use crate::house::{Daemon, House, Rules, dispatch, people, until};
use crate::mail::TOKEN;
use crate::postgres;
use crate::support::botapi::BotApi;
use crate::support::smtpd::{Act, Setup, Smtpd, Stage, header};

/// A clock that daemon and commands see, set from outside.
pub struct Timepiece {
    file: PathBuf,
    library: PathBuf,
}

impl Timepiece {
    /// Right, at first; `None` where libfaketime is not installed.
    pub fn of(house: &House) -> Option<Self> {
        let places = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];
        let library = places.iter().map(|place| Path::new(place).join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
        let Some(library) = library else {
            assert!(std::env::var_os("DONDOC_REQUIRE_FAKETIME").is_none(), "libfaketime is missing");
            println!("skipped: there is no libfaketime (apt-get install faketime)");
            return None;
        };
        let timepiece = Self { file: house.path("clock"), library };
        timepiece.set("+0");
        Some(timepiece)
    }

    /// `+90`, `-1h`, `+1y`: how wrong the clock is from now on.
    pub fn set(&self, offset: &str) {
        let part = self.file.with_extension("part");
        std::fs::write(&part, offset).expect("a folder of our own");
        // Whole or not at all: it is read all the time.
        std::fs::rename(&part, &self.file).expect("a folder of our own");
    }

    pub fn variables(&self) -> Vec<(&str, &str)> {
        vec![
            ("LD_PRELOAD", self.library.to_str().expect("a plain path")),
            ("FAKETIME_TIMESTAMP_FILE", self.file.to_str().expect("a plain path")),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("NO_FAKE_STAT", "1"),
        ]
    }

    /// The same, and the steady clock goes along as far as the library reaches: what waits by it has waited.
    pub fn all_clocks(&self) -> Vec<(&str, &str)> {
        self.variables().into_iter().filter(|(name, _)| *name != "FAKETIME_DONT_FAKE_MONOTONIC").collect()
    }

    pub fn start(&self, house: &House) -> Daemon {
        let mut daemon = house.spawn_with(&self.variables());
        daemon.says("the daemon is ready");
        daemon
    }

    /// On a machine that does not tell which start it is on.
    fn start_untold(&self, house: &House) -> Daemon {
        let shim = Shim::of(house);
        let mut variables = [self.variables(), shim.variables()].concat();
        let both: Vec<&str> = variables.iter().filter(|(name, _)| *name == "LD_PRELOAD").map(|(_, library)| *library).collect();
        let both = both.join(":");
        variables.retain(|(name, _)| *name != "LD_PRELOAD");
        variables.extend([("LD_PRELOAD", both.as_str()), ("FSFAULT_HIDES", "/proc/sys/kernel/random/boot_id")]);
        let mut daemon = house.spawn_with(&variables);
        daemon.says("the daemon is ready");
        daemon
    }

    /// Imports while the clock is as wrong for the command as for the daemon.
    pub fn import(&self, house: &House, facts: &str) {
        let file = house.path("facts.toml");
        std::fs::write(&file, facts).expect("a folder of our own");
        let done = house.command_with(&["import", file.to_str().expect("a plain path")], &self.variables());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

/// Mails by recipient, those to the monitor left out, whom the house itself may have something to tell.
fn to_heads(smtpd: &Smtpd) -> Vec<String> {
    smtpd.taken().into_iter().map(|mail| mail.to).filter(|to| to != "monitor@example.org").collect()
}

#[track_caller]
fn is_clean(house: &House, daemon: &mut Daemon) {
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    let verified = house.command(&["verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn f31_a_clock_set_back_by_an_hour_or_a_day_makes_no_copies_and_the_planner_goes_on() {
    for back in ["-1h", "-1d"] {
        let smtpd = Smtpd::start(Setup::default());
        let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
        let Some(timepiece) = Timepiece::of(&house) else { return };
        timepiece.import(&house, &(people(6, None) + &dispatch("1/UBND", 1, 6, "2099-12-31")));
        let mut daemon = timepiece.start(&house);
        until("six mails", &daemon, || to_heads(&smtpd).len() == 6 && house.queued() == 0);
        timepiece.set(back);
        timepiece.import(&house, &dispatch("2/UBND", 1, 3, "2099-12-31"));
        until("what is new while the clock is wrong", &daemon, || to_heads(&smtpd).len() == 9);
        timepiece.set("+0");
        timepiece.import(&house, &dispatch("3/UBND", 1, 1, "2099-12-31"));
        until("what is new when it is right again", &daemon, || to_heads(&smtpd).len() >= 10);
        until("everything is final", &daemon, || house.queued() == 0);
        assert_eq!(to_heads(&smtpd).len(), 10, "{back}: {:?}", to_heads(&smtpd));
        is_clean(&house, &mut daemon);
    }
}

#[test]
fn f30_a_clock_set_forward_sends_nothing_twice_when_it_is_right_again() {
    for forward in ["+1h", "+1d", "+1y"] {
        let smtpd = Smtpd::start(Setup::default());
        let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
        let Some(timepiece) = Timepiece::of(&house) else { return };
        timepiece.import(&house, &(people(6, None) + &dispatch("1/UBND", 1, 6, "2099-12-31")));
        let mut daemon = timepiece.start(&house);
        until("six mails", &daemon, || to_heads(&smtpd).len() == 6 && house.queued() == 0);
        timepiece.set(forward);
        timepiece.import(&house, &dispatch("2/UBND", 1, 1, "2099-12-31"));
        until("what is new while the clock is wrong", &daemon, || to_heads(&smtpd).len() == 7);
        timepiece.set("+0");
        timepiece.import(&house, &dispatch("3/UBND", 1, 1, "2099-12-31"));
        until("what is new when it is right again", &daemon, || to_heads(&smtpd).len() >= 8);
        until("everything is final", &daemon, || house.queued() == 0);
        assert_eq!(to_heads(&smtpd).len(), 8, "{forward}: {:?}", to_heads(&smtpd));
        is_clean(&house, &mut daemon);
    }
}

/// A clock that is wrong may delay; nothing leaves early, and nobody above is told. It ends by itself when the clock is right.
#[test]
fn f30_a_clock_that_jumps_ahead_is_doubted_and_nothing_leaves_early() {
    let smtpd = Smtpd::start(Setup::default());
    let steps = "[[policy.step]]\nname = \"soon\"\nwhen = \"2 hours before deadline\"\nto = [\"assignee\"]\n\
                 [[policy.step]]\nname = \"late\"\nwhen = \"1 hour after deadline\"\nto = [\"person:monitor\"]\n";
    for step in ["+1h", "+1d", "+1y", "-1d"] {
        let house = House::new(&Rules { smtp_port: Some(smtpd.port()), steps: Some(steps), ..Rules::default() });
        let Some(timepiece) = Timepiece::of(&house) else { return };
        let zone = jiff::tz::TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled");
        let at = zone.to_datetime(dondoc::clock::Clock::System.now() + jiff::SignedDuration::from_hours(8));
        timepiece.import(&house, &(people(2, None) + &dispatch("1/UBND", 1, 2, &at.strftime("%Y-%m-%dT%H:%M").to_string())));
        let mut daemon = timepiece.start(&house);
        until("the plan is made", &daemon, || house.status()["last_plan_at"].is_string());
        let known = smtpd.taken().len();
        timepiece.set(step);
        until("the clock is doubted", &daemon, || house.status()["guards"][0]["guard"] == "clock");
        until("the operators are told", &daemon, || smtpd.taken().len() > known);
        // It holds over a restart: the machine was not started since.
        assert_eq!(daemon.stop(), 0);
        let mut daemon = timepiece.start(&house);
        assert_eq!(house.status()["guards"][0]["guard"], "clock", "{step}");
        let shown = house.command(&["status"]);
        let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
        assert!(shown.contains("steady clock") && !shown.contains("steady 3600"), "{shown}");
        if step == "-1d" {
            // Set right while no daemon runs: what was believed before the step says so to the next one.
            assert_eq!(daemon.stop(), 0);
            timepiece.set("+0");
            daemon = timepiece.start(&house);
        }
        timepiece.set("+0");
        until("the clock is believed again", &daemon, || house.status()["guards"].as_array().is_some_and(Vec::is_empty));
        until("everything is final", &daemon, || house.queued() == 0);
        let told: Vec<String> = smtpd.taken().split_off(known).into_iter().map(|mail| header(&mail.raw, "subject")).collect();
        assert!(told.iter().all(|subject| subject.contains("[Operation]")), "{step}: {told:?}");
        is_clean(&house, &mut daemon);
    }
}

/// By how many minutes the clock is ahead of the steady one, once it is doubted.
#[track_caller]
fn minutes_ahead(house: &House, daemon: &Daemon) -> i64 {
    until("the clock is doubted", daemon, || house.status()["guards"][0]["guard"] == "clock");
    let note = house.status()["guards"][0]["note"].as_str().expect("a note").to_owned();
    let seconds = note.rsplit(' ').next().and_then(|word| word.parse::<i64>().ok());
    (seconds.unwrap_or_else(|| panic!("{note}")) + 30) / 60
}

/// What an operator has said once is asked by nobody again: not by the daemon that runs, nor by the next one.
#[test]
fn f30_a_clock_that_was_confirmed_is_believed_at_once_and_over_restarts() {
    let house = House::new(&Rules { outbox: true, ..Rules::default() });
    let Some(timepiece) = Timepiece::of(&house) else { return };
    let confirm = || {
        let done = house.command_with(&["confirm", "clock"], &timepiece.variables());
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success() && said == "Confirmed: the clock is right.\nWhat is due leaves again.\n", "{said}");
    };
    timepiece.import(&house, &(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    assert_eq!(timepiece.start(&house).stop(), 0);
    timepiece.set("+1h");
    let mut daemon = timepiece.start(&house);
    assert_eq!(minutes_ahead(&house, &daemon), 60);
    assert_eq!(daemon.stop(), 0);
    // No daemon runs that could note it down.
    confirm();
    assert_eq!(timepiece.start(&house).stop(), 0);
    timepiece.set("+3h");
    let mut daemon = timepiece.start(&house);
    assert_eq!(minutes_ahead(&house, &daemon), 120, "what was confirmed is what it is compared with");
    // The one that runs has no time to note it down.
    confirm();
    daemon.kill();
    assert_eq!(timepiece.start(&house).stop(), 0);
    timepiece.set("+6h");
    let mut daemon = timepiece.start(&house);
    assert_eq!(minutes_ahead(&house, &daemon), 180);
    let began = Instant::now();
    confirm();
    daemon.says("an operator says that the clock of this machine is right");
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "two seconds, and as many for a machine that builds: {:?}",
        began.elapsed()
    );
    assert_eq!(house.status()["guards"].as_array().map(Vec::len), Some(0));
    is_clean(&house, &mut daemon);
}

/// A new start of the machine and a clock that was set look alike to the next daemon, where the system does not tell the starts
/// apart: then nothing of before is compared, and a reboot holds nothing back.
#[test]
fn f30_a_start_of_the_machine_that_has_no_name_is_not_taken_for_the_one_before() {
    let house = House::new(&Rules { outbox: true, ..Rules::default() });
    let Some(timepiece) = Timepiece::of(&house) else { return };
    timepiece.import(&house, &(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    assert_eq!(timepiece.start_untold(&house).stop(), 0);
    timepiece.set("+1h");
    let mut daemon = timepiece.start_untold(&house);
    // Within one run it is watched as everywhere.
    timepiece.set("+3h");
    assert_eq!(minutes_ahead(&house, &daemon), 120, "since this start, not since the one before");
    let note = house.status()["guards"][0]["note"].as_str().expect("a note").to_owned();
    assert!(!note.starts_with('?'), "the machine has a name: {note}");
    is_clean(&house, &mut daemon);
}

#[test]
fn f30_replicas_on_machines_that_do_not_name_their_starts_do_not_doubt_each_other() {
    let Some(database) = postgres::database() else { return };
    let house = House::new(&Rules { outbox: true, store: Some(database.url.clone()), ..Rules::default() });
    let Some(timepiece) = Timepiece::of(&house) else { return };
    timepiece.import(&house, &(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    let mut first = timepiece.start_untold(&house);
    // Another machine, started an hour earlier or later: its two clocks differ otherwise.
    let other = Timepiece { file: house.path("another-clock"), ..timepiece };
    other.set("+1h");
    let mut second = other.start_untold(&house);
    other.set("+3h");
    assert_eq!(minutes_ahead(&house, &second), 120, "compared with what it showed itself");
    assert_eq!((first.stop(), second.stop()), (0, 0));
}

/// What Telegram says of the time decides, for the clock and against it.
#[test]
fn f30_a_clock_that_telegram_contradicts_is_doubted_until_it_agrees() {
    let (smtpd, api) = (Smtpd::start(Setup::default()), BotApi::start(TOKEN));
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), api_url: Some(api.url()), ..Rules::default() });
    house.credential("telegram-token", TOKEN);
    api.tells_the_time(jiff::SignedDuration::from_mins(-30));
    house.import(&(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    let mut daemon = house.start();
    until("the clock is doubted", &daemon, || house.status()["guards"][0]["guard"] == "clock");
    let note = house.status()["guards"][0]["note"].as_str().expect("a note").to_owned();
    assert!(note.contains(" telegram 1"), "{note}");
    api.tells_the_time(jiff::SignedDuration::ZERO);
    // The next answer says so.
    api.write(1, 1, "một tin");
    until("the clock is believed again", &daemon, || house.status()["guards"].as_array().is_some_and(Vec::is_empty));
    is_clean(&house, &mut daemon);
}

/// A mail server that names the time in its greeting is a witness as well, and `why` says what each of them said.
#[test]
fn f30_a_clock_that_the_mail_server_contradicts_is_doubted_until_it_agrees_and_why_names_the_witnesses() {
    // A connection for each mail, so that each is greeted.
    let smtpd = Smtpd::start(Setup { mails_max: Some(1), ..Setup::default() });
    let greets = |ahead: jiff::SignedDuration| {
        let date = (dondoc::clock::Clock::System.now() + ahead).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        smtpd.always(Stage::Connect, Act::say(&format!("220 mx.example.org ESMTP Exim 4.96 {date}")));
    };
    greets(jiff::SignedDuration::from_mins(-30));
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.import(&(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    let mut daemon = house.start();
    until("the clock is doubted", &daemon, || house.status()["guards"][0]["guard"] == "clock");
    let note = house.status()["guards"][0]["note"].as_str().expect("a note").to_owned();
    assert!(note.contains(" mail 1"), "{note}");
    until("the operators are told", &daemon, || smtpd.taken().len() == 2);
    let clock = |key: &str| {
        let told = house.command(&["why", key, "--json"]);
        let told: serde_json::Value = serde_json::from_slice(&told.stdout).expect("an explanation");
        told["clock"].clone()
    };
    let witnesses = |clock: &serde_json::Value| {
        let list = clock["witnesses"].as_array().expect("a list").clone();
        list.into_iter().map(|one| (one["witness"].clone(), one["wall_ahead_s"].as_i64().expect("seconds"))).collect::<Vec<_>>()
    };
    let keys: Vec<String> = smtpd.taken().into_iter().map(|mail| mail.key).collect();
    let (first, alarm) = (clock(&keys[0]), clock(&keys[1]));
    assert_eq!((&first["believed"], &first["basis"]), (&"wall".into(), &"recorded".into()), "nobody had contradicted it yet");
    assert!(witnesses(&first).iter().all(|(who, _)| who == "steady"), "{first}");
    assert_eq!((&alarm["believed"], &alarm["doubted_because_of"]), (&"earlier".into(), &"mail".into()));
    assert!(matches!(&witnesses(&alarm)[..], [(_, ..=1), (who, 1_790..=1_810)] if who == "mail"), "{alarm}");
    greets(jiff::SignedDuration::ZERO);
    // A reminder passes for an hour; its greeting says that the clock is right.
    house.import(&dispatch("2/UBND", 1, 1, "2099-12-31"));
    until("the clock is believed again", &daemon, || house.status()["guards"].as_array().is_some_and(Vec::is_empty));
    until("everything is final", &daemon, || house.queued() == 0);
    let lifted = clock(&smtpd.taken().last().expect("mails").key);
    assert_eq!(lifted["believed"], "wall");
    assert!(matches!(&witnesses(&lifted)[..], [_, (who, -10..=10)] if who == "mail"), "{lifted}");
    is_clean(&house, &mut daemon);
}

/// The host pauses the machine, and sets its clock right afterwards: an operator says so, where no server tells the time.
#[test]
fn f33_eight_hours_of_sleep_become_one_mail_a_person() {
    let smtpd = Smtpd::start(Setup::default());
    let steps = "[[policy.step]]\nname = \"soon\"\nwhen = \"2 hours before deadline\"\nto = [\"assignee\"]\n";
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), steps: Some(steps), ..Rules::default() });
    let Some(timepiece) = Timepiece::of(&house) else { return };
    let zone = jiff::tz::TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled");
    let mut facts = people(3, None);
    // Three duties whose reminders fall into the sleep, three and more hours from now.
    for (number, hours) in [(1, 6), (2, 7), (3, 9)] {
        let at = zone.to_datetime(dondoc::clock::Clock::System.now() + jiff::SignedDuration::from_hours(hours));
        facts += &dispatch(&format!("{number}/UBND"), 1, 3, &at.strftime("%Y-%m-%dT%H:%M").to_string());
    }
    timepiece.import(&house, &facts);
    let mut daemon = timepiece.start(&house);
    until("the plan is made", &daemon, || house.status()["last_plan_at"].is_string());
    assert_eq!(smtpd.taken().len(), 0, "nothing is due yet");
    daemon.signal("STOP");
    timepiece.set("+8h");
    daemon.signal("CONT");
    until("the clock is doubted", &daemon, || house.status()["guards"][0]["guard"] == "clock");
    assert!(house.command_with(&["confirm", "clock"], &timepiece.variables()).status.success());
    until("a mail for each of the three", &daemon, || to_heads(&smtpd).len() >= 3);
    until("everything is final", &daemon, || house.queued() == 0);
    let mut to = to_heads(&smtpd);
    to.sort();
    assert_eq!(to, ["p0@example.org", "p1@example.org", "p2@example.org"], "one mail a person");
    is_clean(&house, &mut daemon);
}

/// The first wait of a mail that was put off is a minute; the clock goes on by 90 s.
#[test]
fn f62_a_greylisted_mail_goes_a_minute_later_without_harm_to_the_others() {
    let smtpd = Smtpd::start(Setup::default());
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    let Some(timepiece) = Timepiece::of(&house) else { return };
    smtpd.next(Stage::Rcpt, Act::say("451 4.7.1 greylisted, come again"));
    timepiece.import(&house, &(people(5, None) + &dispatch("1/UBND", 1, 5, "2099-12-31")));
    let mut daemon = timepiece.start(&house);
    until("the other four", &daemon, || smtpd.taken().len() == 4 && house.queued() == 1);
    timepiece.set("+90");
    until("the fifth", &daemon, || smtpd.taken().len() == 5);
    until("everything is final", &daemon, || house.queued() == 0);
    let mut to = to_heads(&smtpd);
    to.sort();
    to.dedup();
    assert_eq!((to.len(), smtpd.taken().len()), (5, 5));
    is_clean(&house, &mut daemon);
}

#[test]
fn f35_a_machine_without_time_zones_works_by_the_table_in_the_binary() {
    let smtpd = Smtpd::start(Setup::default());
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    let none = house.path("no-zones");
    std::fs::create_dir(&none).expect("a folder of our own");
    house.import(&(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    let mut daemon = house.spawn_with(&[("TZDIR", none.to_str().expect("a plain path"))]);
    daemon.says("the daemon is ready");
    until("a mail", &daemon, || smtpd.taken().len() == 1);
    until("everything is final", &daemon, || house.queued() == 0);
    is_clean(&house, &mut daemon);
}

#[test]
fn f41_a_leap_second_in_a_deadline_is_refused_or_clamped_and_ends_nothing() {
    let house = House::new(&Rules { outbox: true, ..Rules::default() });
    for deadline in ["2099-12-31T23:59:60", "2016-12-31 23:59:60", "23:59:60 ngày 31/12/2099"] {
        let facts = house.path("facts.toml");
        std::fs::write(&facts, people(1, None) + &dispatch("1/UBND", 1, 1, deadline)).expect("a folder of our own");
        let done = house.command(&["import", facts.to_str().expect("a plain path")]);
        assert!(matches!(done.status.code(), Some(0 | 1)), "{deadline}: {done:?}");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(!said.contains("panicked"), "{deadline}: {said}");
        assert!(done.status.success() || said.contains("deadline"), "{deadline}: {said}");
    }
}
