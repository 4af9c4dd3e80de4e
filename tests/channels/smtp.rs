//! SMTP: which step failed decides the verdict.

use std::time::Duration;

use dondoc::channel::email::{Email, Protection, Settings, Timeouts};
use dondoc::channel::{Channel, Door, Leave};
use dondoc::domain::delivery::{Binding, Verdict};

use super::support::dead_port;
use super::support::smtpd::{Act, Setup, Smtpd, Stage};
use super::{accepted, channel_fault, deferred, mail, refused, uncertain};

/// For the one step a test lets hang; every other has all the time a busy machine may need.
const SHORT: Duration = Duration::from_millis(200);
const AMPLE: Duration = Duration::from_mins(1);

pub fn settings(port: u16) -> Settings {
    Settings {
        host: "127.0.0.1".to_owned(),
        port,
        protection: Protection::Off,
        from_name: Some("Theo dõi nhiệm vụ".to_owned()),
        from_address: "dondoc@example.gov.vn".to_owned(),
        ca_file: None,
        login: None,
        timeouts: Timeouts { connect: AMPLE, reply: AMPLE, data: AMPLE, dot: AMPLE, idle: AMPLE },
    }
}

/// Gives up early where a server hangs at that stage.
pub fn impatient_at(stage: Stage, port: u16) -> Settings {
    let mut settings = settings(port);
    match stage {
        Stage::Data => settings.timeouts.data = SHORT,
        Stage::Body | Stage::Dot => settings.timeouts.dot = SHORT,
        _ => settings.timeouts.reply = SHORT,
    }
    settings
}

fn email(server: &Smtpd) -> Email {
    Email::new(settings(server.port())).expect("good settings")
}

/// One mail to a server that does this at that stage.
async fn verdict_when(stage: Stage, act: Act) -> (Verdict, Smtpd) {
    let server = Smtpd::start(Setup::default());
    let hangs = matches!(act, Act::Hang | Act::TakeAndHang);
    server.always(stage, act);
    let settings = if hangs { impatient_at(stage, server.port()) } else { settings(server.port()) };
    let mut email = Email::new(settings).expect("good settings");
    let verdict = email.send(&mail("k1", "an@example.org")).await;
    (verdict, server)
}

#[tokio::test]
async fn a_mail_that_is_taken_is_accepted_with_its_queue_id() {
    let (verdict, server) = verdict_when(Stage::Dot, Act::Yes).await;
    assert_eq!(accepted(verdict), Some("4TeStQ".to_owned()));
    let taken = server.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].from.as_str(), taken[0].to.as_str()), ("dondoc@example.gov.vn", "an@example.org"));
    assert_eq!((taken[0].key.as_str(), taken[0].message_id.as_str()), ("k1", "<k1@example.gov.vn>"));
}

#[tokio::test]
async fn every_attempt_is_the_same_mail_to_the_last_byte() {
    let server = Smtpd::start(Setup::default());
    server.next(Stage::Dot, Act::TakeAndHangUp);
    let mut email = email(&server);
    uncertain(email.send(&mail("k1", "an@example.org")).await);
    let again = dondoc::domain::delivery::Parcel { attempt: 2, ..mail("k1", "an@example.org") };
    accepted(email.send(&again).await);
    let taken = server.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0].raw, taken[1].raw);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_the_channels_fault() {
    let mut email = Email::new(settings(dead_port())).expect("good settings");
    let reason = channel_fault(email.send(&mail("k1", "an@example.org")).await);
    assert_eq!(reason, "the mail server could not be reached (connection refused)");
}

#[tokio::test]
async fn trouble_before_mail_is_the_channels_fault() {
    for stage in [Stage::Connect, Stage::Ehlo] {
        for act in [Act::say("421 4.3.2 not now"), Act::say("554 5.7.1 go away"), Act::Hang, Act::HangUp, Act::say("nonsense")] {
            let (verdict, server) = verdict_when(stage, act.clone()).await;
            let reason = channel_fault(verdict);
            assert!(reason.starts_with("the mail server did not greet ("), "{stage:?} {act:?}: {reason}");
            assert_eq!(server.count("MAIL"), 0);
        }
    }
}

#[tokio::test]
async fn a_421_is_the_channels_fault_at_every_step() {
    for stage in [Stage::Connect, Stage::Mail, Stage::Rcpt, Stage::Data, Stage::Dot] {
        let (verdict, server) = verdict_when(stage, Act::say("421 4.3.2 shutting down")).await;
        let reason = channel_fault(verdict);
        assert!(reason.contains("421"), "{stage:?}: {reason}");
        assert!(server.taken().is_empty());
    }
}

#[tokio::test]
async fn a_refused_sender_or_data_is_the_channels_fault() {
    for stage in [Stage::Mail, Stage::Data] {
        let (verdict, _server) = verdict_when(stage, Act::say("550 5.7.1 <dondoc@example.gov.vn>: not from you")).await;
        let reason = channel_fault(verdict);
        assert!(reason.ends_with("(550 5.7.1)"), "{stage:?}: {reason}");
    }
}

#[tokio::test]
async fn a_greylisted_recipient_is_deferred_and_later_accepted() {
    let server = Smtpd::start(Setup::default());
    server.next(Stage::Rcpt, Act::say("451 4.7.1 <an@example.org>: Greylisted"));
    let mut email = email(&server);
    let (reason, wait) = deferred(email.send(&mail("k1", "an@example.org")).await);
    assert_eq!((reason.as_str(), wait), ("the mail server did not accept the recipient (451 4.7.1)", None));
    accepted(email.send(&mail("k1", "an@example.org")).await);
    assert_eq!(server.connections(), 1, "the connection goes on after RSET");
    assert_eq!(server.count("RSET"), 1);
}

#[tokio::test]
async fn an_unknown_recipient_is_refused_and_no_body_is_ever_sent() {
    for (is_bare, data) in [(true, 0), (false, 1)] {
        let server = Smtpd::start(Setup { is_bare, ..Setup::default() });
        server.next(Stage::Rcpt, Act::say("550 5.1.1 <an@example.org>: user unknown"));
        let mut email = email(&server);
        let verdict = email.send(&mail("k1", "an@example.org")).await;
        assert_eq!(refused(verdict), ("the mail server did not accept the recipient (550 5.1.1)".to_owned(), Binding::Kept));
        assert_eq!(server.count("DATA"), data, "only a server that offers PIPELINING gets DATA before its no");
        assert!(server.taken().is_empty());
        accepted(email.send(&mail("k2", "binh@example.org")).await);
        assert_eq!((server.taken().len(), server.connections()), (1, 1), "the next mail goes over the same connection");
    }
}

#[tokio::test]
async fn the_no_to_data_of_a_refused_recipient_is_not_taken_for_the_next_mails() {
    let server = Smtpd::start(Setup::default());
    server.next(Stage::Rcpt, Act::say("451 4.7.1 greylisted")).next(Stage::Data, Act::say("503 5.5.1 need RCPT"));
    let mut email = email(&server);
    assert_eq!(
        deferred(email.send(&mail("k1", "an@example.org")).await).0,
        "the mail server did not accept the recipient (451 4.7.1)"
    );
    for key in ["k2", "k3"] {
        accepted(email.send(&mail(key, "binh@example.org")).await);
    }
    let keys: Vec<String> = server.taken().into_iter().map(|taken| taken.key).collect();
    assert_eq!((keys, server.connections()), (vec!["k2".to_owned(), "k3".to_owned()], 1));
}

#[tokio::test]
async fn a_server_that_takes_a_body_after_it_refused_the_sender_gets_none() {
    let server = Smtpd::start(Setup { is_lenient: true, ..Setup::default() });
    server.next(Stage::Mail, Act::say("451 4.3.0 not now"));
    let mut email = email(&server);
    deferred(email.send(&mail("k1", "an@example.org")).await);
    accepted(email.send(&mail("k2", "binh@example.org")).await);
    let keys: Vec<String> = server.taken().into_iter().map(|taken| taken.key).collect();
    assert_eq!((keys, server.connections()), (vec!["k2".to_owned()], 2), "the connection was given up");
}

#[tokio::test]
async fn a_recipient_refused_because_of_the_session_is_the_channels_fault() {
    for reply in ["530 5.7.0 authentication required", "503 5.5.1 bad sequence"] {
        let (verdict, _server) = verdict_when(Stage::Rcpt, Act::say(reply)).await;
        channel_fault(verdict);
    }
}

#[tokio::test]
async fn one_refused_recipient_of_five_keeps_nobody_from_their_mail() {
    let server = Smtpd::start(Setup::default());
    server.refuse("c@example.org", "550 5.1.1 unknown");
    let mut email = email(&server);
    let mut verdicts = Vec::new();
    for to in ["a", "b", "c", "d", "e"] {
        let verdict = email.send(&mail(&format!("k{to}"), &format!("{to}@example.org"))).await;
        verdicts.push(matches!(verdict, Verdict::Accepted { .. }));
    }
    assert_eq!(verdicts, [true, true, false, true, true]);
    let to: Vec<String> = server.taken().into_iter().map(|taken| taken.to).collect();
    assert_eq!(to, ["a@example.org", "b@example.org", "d@example.org", "e@example.org"]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_no_after_the_dot_is_a_refusal_and_a_not_now_a_deferral() {
    let (verdict, _server) = verdict_when(Stage::Dot, Act::say("554 5.7.1 looks like spam")).await;
    assert_eq!(refused(verdict), ("the mail server did not accept the mail (554 5.7.1)".to_owned(), Binding::Kept));
    let (verdict, _server) = verdict_when(Stage::Dot, Act::say("452 4.3.1 no space")).await;
    assert_eq!(deferred(verdict).0, "the mail server did not accept the mail (452 4.3.1)");
}

#[tokio::test]
async fn silence_before_the_dot_is_a_deferral() {
    for stage in [Stage::Mail, Stage::Rcpt, Stage::Data] {
        for act in [Act::Hang, Act::HangUp] {
            let (verdict, server) = verdict_when(stage, act.clone()).await;
            channel_fault(verdict);
            assert!(server.taken().is_empty(), "{stage:?} {act:?}");
        }
    }
}

#[tokio::test]
async fn silence_after_the_dot_is_uncertain() {
    for act in [Act::TakeAndHangUp, Act::TakeAndHang, Act::HangUp, Act::Hang, Act::say("354 what"), Act::say("nonsense")] {
        let (verdict, _server) = verdict_when(Stage::Dot, act.clone()).await;
        let reason = uncertain(verdict);
        assert!(reason.starts_with("the mail was transmitted and the mail server's answer was lost ("), "{act:?}: {reason}");
    }
}

#[tokio::test]
async fn a_body_that_never_ended_was_never_taken() {
    let server = Smtpd::start(Setup::default());
    server.always(Stage::Body, Act::Hang);
    let mut parcel = mail("k1", "an@example.org");
    // More than the buffers of both ends hold, so that the dot cannot leave.
    parcel.text = "x".repeat(24 * 1024 * 1024);
    let mut email = Email::new(impatient_at(Stage::Body, server.port())).expect("good settings");
    let reason = channel_fault(email.send(&parcel).await);
    assert_eq!(reason, "the mail server stopped taking the mail before its end (no answer in time)");
}

#[tokio::test]
async fn many_mails_use_one_connection() {
    let server = Smtpd::start(Setup::default());
    let mut email = email(&server);
    for number in 0..20 {
        accepted(email.send(&mail(&format!("k{number}"), "an@example.org")).await);
    }
    assert_eq!((server.connections(), server.count("EHLO"), server.taken().len()), (1, 1, 20));
    email.close().await;
    assert_eq!(server.count("QUIT"), 1);
}

#[tokio::test]
async fn a_connection_the_server_has_closed_costs_nothing() {
    for mails_max in [None, Some(1)] {
        let server = Smtpd::start(Setup { mails_max, ..Setup::default() });
        let mut email = email(&server);
        accepted(email.send(&mail("k1", "an@example.org")).await);
        if mails_max.is_none() {
            server.next(Stage::Mail, Act::HangUp);
        }
        accepted(email.send(&mail("k2", "an@example.org")).await);
        assert_eq!((server.connections(), server.taken().len()), (2, 2), "{mails_max:?}");
    }
}

#[tokio::test]
async fn after_a_pause_the_connection_is_tried_before_it_carries_a_mail() {
    let server = Smtpd::start(Setup::default());
    let mut settings = settings(server.port());
    settings.timeouts.idle = Duration::ZERO;
    let mut email = Email::new(settings).expect("good settings");
    accepted(email.send(&mail("k1", "an@example.org")).await);
    accepted(email.send(&mail("k2", "an@example.org")).await);
    assert_eq!((server.count("NOOP"), server.connections()), (1, 1));
    server.next(Stage::Noop, Act::HangUp);
    accepted(email.send(&mail("k3", "an@example.org")).await);
    assert_eq!((server.count("NOOP"), server.connections(), server.taken().len()), (2, 2, 3));
}

#[tokio::test]
async fn a_fresh_connection_that_says_421_is_not_tried_twice() {
    let server = Smtpd::start(Setup { mails_max: Some(0), ..Setup::default() });
    channel_fault(email(&server).send(&mail("k1", "an@example.org")).await);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_left_in_the_middle_is_not_used_again() {
    let server = Smtpd::start(Setup::default());
    server.next(Stage::Data, Act::Hang);
    let mut email = email(&server);
    let first = mail("k1", "an@example.org");
    // The worker is told to stop while the server thinks.
    tokio::select! {
        verdict = email.send(&first) => panic!("{verdict:?}"),
        () = async { while server.count("DATA") == 0 { tokio::task::yield_now().await } } => {}
    }
    accepted(email.send(&mail("k2", "an@example.org")).await);
    assert_eq!(server.connections(), 2);
    assert_eq!(server.taken().iter().map(|taken| taken.key.as_str()).collect::<Vec<_>>(), ["k2"]);
}

#[tokio::test]
async fn doors_of_one_kind_have_connections_of_their_own() {
    let server = Smtpd::start(Setup::default());
    let mut first = Door::Email(Box::new(email(&server)));
    let mut second = first.another();
    let (a, b) = (mail("k1", "an@example.org"), mail("k2", "binh@example.org"));
    let (one, two) = tokio::join!(first.send(&a), second.send(&b));
    accepted(one);
    accepted(two);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_server_without_extensions_gets_a_mail_it_can_carry() {
    let server = Smtpd::start(Setup { is_bare: true, ..Setup::default() });
    accepted(email(&server).send(&mail("k1", "an@example.org")).await);
    let raw = server.taken()[0].raw.clone();
    assert!(raw.is_ascii());
    // And it is still Vietnamese to whoever reads it.
    let message = mail_parser::MessageParser::default().parse(&raw).expect("a mail");
    assert_eq!(message.subject(), Some("[Nhắc việc 23/11] 02 quá hạn, 03 sắp đến hạn"));
    assert!(message.body_text(0).is_some_and(|text| text.contains("Kính gửi đồng chí Nguyễn Văn Ân")));
    assert!(message.body_html(0).is_some_and(|html| html.contains("<b>Nguyễn Văn Ân</b>")));
    assert_eq!(server.count("STARTTLS"), 0, "none was offered, and none was asked for");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_a_connection() {
    let server = Smtpd::start(Setup::default());
    for address in ["", "an", "an@", "an@example.org>\r\nRCPT TO:<x@example.org", "\"a b\"@example.org", "ân@example.org"] {
        let (reason, binding) = refused(email(&server).send(&mail("k1", address)).await);
        assert!(reason.starts_with("the mail address is not one"), "{address}: {reason}");
        assert_eq!(binding, Binding::Kept);
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_ledger_has_the_mail_before_we_hear_that_it_was_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = folder.path().join("ledger");
    let server = Smtpd::start(Setup { ledger: Some(ledger.clone()), delay: Duration::from_millis(1), ..Setup::default() });
    server.next(Stage::Dot, Act::TakeAndHangUp);
    let mut email = email(&server);
    uncertain(email.send(&mail("k1", "an@example.org")).await);
    accepted(email.send(&mail("k1", "an@example.org")).await);
    let lines = std::fs::read_to_string(ledger).expect("a ledger");
    assert_eq!(lines, "k1 <k1@example.gov.vn> an@example.org\n".repeat(2));
}

#[tokio::test]
async fn a_mail_that_loses_its_leave_while_the_server_waits_for_it_never_leaves() {
    let server = Smtpd::start(Setup::default());
    let mut door = Door::Email(Box::new(email(&server)));
    accepted(door.send(&mail("k1", "an@example.org")).await);
    // Asked for the first time when MAIL, RCPT and DATA were answered.
    door.needs(Leave::while_it_holds(|| false));
    let verdict = door.send(&mail("k2", "binh@example.org")).await;
    assert_eq!(verdict, Leave::withheld(), "no channel has tried it");
    assert_eq!(server.count("DATA"), 2);
    door.needs(Leave::while_it_holds(|| true));
    accepted(door.send(&mail("k3", "chi@example.org")).await);
    let to: Vec<String> = server.taken().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["an@example.org", "chi@example.org"]);
    assert_eq!(server.connections(), 2, "the connection in which a mail was begun is given up");
}
