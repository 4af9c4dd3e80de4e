//! Start, second start, stop.

use std::time::Duration;

use crate::house::{House, PATIENCE, Rules, dispatch, people, until};
use crate::support::dead_port;
use crate::support::file::{connected, url};
use crate::support::smtpd::{Act, Setup, Smtpd, Stage};

#[test]
fn a_second_daemon_is_refused_with_exit_code_75() {
    let house = House::new(&Rules { outbox: true, ..Rules::default() });
    let mut first = house.start();
    let mut second = house.spawn();
    assert_eq!(second.exit_code(), 75, "{}", second.log());
    assert!(second.log().contains("another daemon"), "{}", second.log());
    assert_eq!(first.stop(), 0, "{}", first.log());
    let mut third = house.start();
    assert_eq!(third.stop(), 0);
}

#[test]
fn a_store_of_a_newer_dondoc_is_left_alone_with_exit_code_78() {
    let house = House::new(&Rules { outbox: true, ..Rules::default() });
    let mut first = house.start();
    assert_eq!(first.stop(), 0);
    connected(&url(&house.path("state/dondoc.db"), "rw"), async |connection| {
        let raise = "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
                     SELECT 9999, 'later', installed_on, 1, checksum, 0 FROM _sqlx_migrations LIMIT 1";
        sqlx::raw_sql(raise).execute(connection).await.expect("a later version");
    });
    let mut newer = house.spawn();
    assert_eq!(newer.exit_code(), 78, "{}", newer.log());
}

#[test]
fn sigterm_under_load_finishes_what_is_on_the_wire_and_nothing_comes_twice() {
    let smtpd = Smtpd::start(Setup { delay: Duration::from_millis(30), ..Setup::default() });
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.import(&(people(150, None) + &dispatch("1/UBND", 1, 150, "2099-12-31")));
    let mut daemon = house.start();
    until("a load", &daemon, || smtpd.taken().len() > 8);
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    let early = smtpd.taken().len();
    assert!(early < 150, "it was stopped too late to tell anything");
    assert!(!daemon.log().contains("answers count as lost"), "{}", daemon.log());
    assert_eq!(smtpd.count("QUIT"), smtpd.connections(), "every connection says goodbye");
    let mut again = house.start();
    assert!(again.log().contains("uncertain=0"), "{}", again.log());
    until("the rest", &again, || smtpd.taken().len() >= 150);
    until("everything is final", &again, || house.queued() == 0);
    assert_eq!(again.stop(), 0);
    let mut to: Vec<String> = smtpd.taken().into_iter().map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), smtpd.taken().len()), (150, 150));
}

#[test]
fn a_mail_server_that_cannot_be_reached_keeps_nobody_from_stopping() {
    let house = House::new(&Rules { smtp_port: Some(dead_port()), ..Rules::default() });
    house.import(&(people(2, None) + &dispatch("1/UBND", 1, 2, "2099-12-31")));
    let mut daemon = house.start();
    daemon.says("the channel does not work");
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn a_folder_that_cannot_be_used_is_an_error_that_names_it() {
    let house = House::new(&Rules { outbox: true, ..Rules::default() });
    // A file where the folder should be stops root as well, which no mode of a folder does.
    std::fs::write(house.path("state"), "in the way").expect("a folder of our own");
    let mut daemon = house.spawn();
    assert_eq!(daemon.exit_code(), 1);
    let log = daemon.log();
    assert!(log.contains("state"), "{log}");
}

#[test]
fn the_service_manager_hears_of_start_watchdog_reload_trouble_and_end() {
    let rules = Rules { outbox: true, ..Rules::default() };
    let house = House::new(&rules);
    let socket = std::os::unix::net::UnixDatagram::bind(house.path("notify")).expect("a short path");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let next = |wanted: &str| loop {
        let mut buffer = [0_u8; 4096];
        let length = socket.recv(&mut buffer).unwrap_or_else(|error| panic!("{wanted} never came: {error}"));
        let told = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if told.contains(wanted) {
            return told;
        }
    };
    let path = house.path("notify");
    let variables = [("NOTIFY_SOCKET", path.to_str().expect("a plain path")), ("WATCHDOG_USEC", "2000000")];
    let mut daemon = house.spawn_with(&variables);
    assert!(next("READY=1").contains("STATUS=working"));
    next("WATCHDOG=1");
    house.configure(&rules.text().replace("on assignment", "on asignment"));
    daemon.signal("HUP");
    assert!(next("RELOADING=1").contains("MONOTONIC_USEC="));
    let told = next("STATUS=degraded");
    assert!(told.contains("config.toml:") && told.contains("stay in force"), "{told}");
    assert!(next("READY=1").contains("degraded"));
    std::fs::create_dir(house.path("templates")).expect("a folder of our own");
    std::fs::write(house.path("templates/mail.html"), "{% if %}").expect("a folder of our own");
    house.configure(&rules.text());
    let told = next("templates/mail.html:1:");
    assert!(told.contains("STATUS=degraded") && told.contains("stay in force"), "{told}");
    std::fs::remove_file(house.path("templates/mail.html")).expect("a folder of our own");
    house.configure(&rules.text());
    next("STATUS=working");
    daemon.signal("TERM");
    next("STOPPING=1");
    assert_eq!(daemon.exit_code(), 0);
}

#[test]
fn what_was_on_the_wire_at_a_crash_is_sent_again_as_the_same_mail() {
    let smtpd = Smtpd::start(Setup::default());
    smtpd.next(Stage::Dot, Act::TakeAndHang);
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.import(&(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    let mut daemon = house.start();
    until("a mail whose answer is missing", &daemon, || smtpd.taken().len() == 1);
    daemon.kill();
    let mut again = house.start();
    assert!(again.log().contains("uncertain=1"), "{}", again.log());
    until("the same mail again", &again, || smtpd.taken().len() == 2);
    until("everything is final", &again, || house.queued() == 0);
    assert_eq!(again.stop(), 0);
    let taken = smtpd.taken();
    assert_eq!((&taken[0].message_id, &taken[0].key), (&taken[1].message_id, &taken[1].key));
    assert_eq!(taken.len(), 2);
}

/// A process that is killed in the middle of writing a file leaves its half; the next daemon clears away what nobody writes any more.
#[test]
fn what_a_killed_process_left_half_written_goes_at_a_start() {
    let house = House::new(&Rules { outbox: true, ..Rules::default() });
    std::fs::create_dir_all(house.path("state")).expect("a folder of our own");
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_hours(24 * 365);
    let left = |name: &str, is_old: bool| {
        let path = house.path("state").join(name);
        let file = std::fs::File::create(&path).expect("a folder of our own");
        if is_old {
            file.set_modified(old).expect("a file of our own");
        }
        path
    };
    let stale = [left("house.txt.0123abcd.part", true), left("last-good.toml.77.part", true)];
    let kept = [
        left("house.txt.89ef.part", false),
        left("last-good.toml.78.part", false),
        left("notes.77.part", true),
        left("house.txt.bak", true),
    ];
    let mut daemon = house.start();
    daemon.says("is ready");
    assert!(stale.iter().all(|path| !path.exists()), "nobody writes them");
    assert!(kept.iter().all(|path| path.exists()), "another replica may just be writing, and the rest is not ours");
    assert_eq!(daemon.stop(), 0);
}
