//! F74: nobody takes the lines of the log. They are told at their finest here, thousands of them.

use std::io::{PipeReader, pipe};
use std::process::Stdio;

use crate::house::{House, Rules, dispatch, people, until};
use crate::support::smtpd::{Setup, Smtpd};

const HEADS: usize = 20;

/// Where the log goes, and the end of it that is held open and never read.
fn ways() -> [(&'static str, Stdio, Option<PipeReader>); 3] {
    let (stands_still, to_one_who_stands_still) = pipe().expect("a pipe");
    let (gone, to_one_who_is_gone) = pipe().expect("a pipe");
    drop(gone);
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a device of Linux");
    [
        ("the reader stands still", to_one_who_stands_still.into(), Some(stands_still)),
        ("the reader is gone", to_one_who_is_gone.into(), None),
        ("the disk is full", full.into(), None),
    ]
}

#[test]
fn f74_a_log_that_nobody_takes_keeps_no_mail_back() {
    for (way, log, _unread) in ways() {
        let smtpd = Smtpd::start(Setup::default());
        let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
        house.import(&(people(HEADS, None) + &dispatch("1/UBND", 5, HEADS, "2099-12-31")));
        let mut daemon = house.spawn_telling(log);
        until(way, &daemon, || smtpd.taken().len() >= HEADS);
        until(way, &daemon, || house.queued() == 0);
        assert_eq!(daemon.stop(), 0, "{way}");
    }
}
