//! Start, second start, stop.

use std::time::Duration;

use crate::house::{House, Rules, dispatch, people, until};
use crate::support::dead_port;
use crate::support::smtpd::{Setup, Smtpd};

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
    let url = format!("sqlite://{}?mode=rw", house.path("state/dondoc.db").display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        use sqlx::Connection as _;
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&url).await.expect("the store");
        let raise = "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
                     SELECT 9999, 'later', installed_on, 1, checksum, 0 FROM _sqlx_migrations LIMIT 1";
        sqlx::raw_sql(raise).execute(&mut connection).await.expect("a later version");
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
