//! SMTP with TLS and AUTH: never weaker than asked for, and no secret in any reason.

use std::path::Path;

use dondoc::channel::email::{Email, Protection, Settings};
use dondoc::channel::{Channel, SetupError};
use secrecy::SecretString;

use super::smtp::{impatient_at, settings};
use super::support::certificates::Authority;
use super::support::smtpd::{Act, Setup, Smtpd, Stage};
use super::{accepted, channel_fault, mail};

const PASSWORD: &str = "canary-pa55word-0451";

fn with(server: &Smtpd, protection: Protection, ca_file: Option<&Path>) -> Settings {
    Settings { protection, ca_file: ca_file.map(Path::to_owned), ..settings(server.port()) }
}

fn login(password: &str) -> (String, SecretString) {
    ("dondoc".to_owned(), SecretString::from(password))
}

fn wants_login(mechanisms: &'static str) -> Setup {
    Setup { login: Some(("dondoc".to_owned(), PASSWORD.to_owned())), mechanisms, ..Setup::default() }
}

#[tokio::test]
async fn mails_travel_under_tls_from_the_start_and_after_starttls() {
    let authority = Authority::new();
    for (protection, is_implicit) in [(Protection::Implicit, true), (Protection::Starttls, false)] {
        let server = Smtpd::start(Setup { tls: Some(authority.server("127.0.0.1")), is_implicit, ..wants_login("PLAIN LOGIN") });
        let settings = Settings { login: Some(login(PASSWORD)), ..with(&server, protection, Some(authority.ca_file.path())) };
        let mut email = Email::new(settings).expect("good settings");
        accepted(email.send(&mail("k1", "an@example.org")).await);
        accepted(email.send(&mail("k2", "an@example.org")).await);
        let taken = server.taken();
        assert_eq!(taken.len(), 2, "{protection:?}");
        assert!(taken.iter().all(|taken| taken.is_encrypted && taken.user.as_deref() == Some("dondoc")), "{protection:?}");
        assert_eq!(server.connections(), 1, "{protection:?}");
    }
}

#[tokio::test]
async fn starttls_or_nothing() {
    let authority = Authority::new();
    let plain = Smtpd::start(Setup::default());
    let mut email = Email::new(with(&plain, Protection::Starttls, Some(authority.ca_file.path()))).expect("good settings");
    let reason = channel_fault(email.send(&mail("k1", "an@example.org")).await);
    assert_eq!(reason, "the mail server refused STARTTLS (the server offers no STARTTLS)");
    assert_eq!(plain.count("MAIL"), 0);

    for act in [Act::say("454 4.7.0 TLS not available"), Act::HangUp, Act::Hang] {
        let server = Smtpd::start(Setup { tls: Some(authority.server("127.0.0.1")), ..Setup::default() });
        server.always(Stage::Starttls, act);
        let Settings { timeouts, .. } = impatient_at(Stage::Starttls, server.port());
        let settings = Settings { timeouts, ..with(&server, Protection::Starttls, Some(authority.ca_file.path())) };
        let mut email = Email::new(settings).expect("good settings");
        channel_fault(email.send(&mail("k1", "an@example.org")).await);
        assert_eq!((server.count("MAIL"), server.count("AUTH")), (0, 0));
    }
}

#[tokio::test]
async fn words_slipped_in_before_tls_are_not_believed() {
    let authority = Authority::new();
    let server = Smtpd::start(Setup { tls: Some(authority.server("127.0.0.1")), ..Setup::default() });
    server.always(Stage::Starttls, Act::say("220 go ahead\r\n250-test\r\n250 AUTH PLAIN"));
    let mut email = Email::new(with(&server, Protection::Starttls, Some(authority.ca_file.path()))).expect("good settings");
    let reason = channel_fault(email.send(&mail("k1", "an@example.org")).await);
    assert_eq!(reason, "the mail server refused STARTTLS (its answer makes no sense)");
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_ends_the_conversation() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    for (tls, ca, why) in [
        (authority.expired("127.0.0.1"), &authority, "its certificate has expired"),
        (authority.server("mail.example.org"), &authority, "its certificate is for another name"),
        (authority.server("127.0.0.1"), &stranger, "nobody we trust signed its certificate"),
    ] {
        for (protection, is_implicit) in [(Protection::Implicit, true), (Protection::Starttls, false)] {
            let server = Smtpd::start(Setup { tls: Some(tls.clone()), is_implicit, ..Setup::default() });
            let mut email = Email::new(with(&server, protection, Some(ca.ca_file.path()))).expect("good settings");
            let reason = channel_fault(email.send(&mail("k1", "an@example.org")).await);
            assert_eq!(reason, format!("the mail server's TLS failed ({why})"), "{protection:?}");
            assert_eq!(server.count("MAIL"), 0);
        }
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_the_channels_fault() {
    let (authority, server) = (Authority::new(), Smtpd::start(Setup::default()));
    let mut email = Email::new(with(&server, Protection::Implicit, Some(authority.ca_file.path()))).expect("good settings");
    let reason = channel_fault(email.send(&mail("k1", "an@example.org")).await);
    assert!(reason.starts_with("the mail server's TLS failed ("), "{reason}");
}

#[tokio::test]
async fn both_ways_to_log_in_work() {
    for mechanisms in ["PLAIN", "LOGIN", "PLAIN LOGIN"] {
        let server = Smtpd::start(wants_login(mechanisms));
        let mut email = Email::new(Settings { login: Some(login(PASSWORD)), ..settings(server.port()) }).expect("good settings");
        accepted(email.send(&mail("k1", "an@example.org")).await);
        assert_eq!(server.taken()[0].user.as_deref(), Some("dondoc"), "{mechanisms}");
    }
}

#[tokio::test]
async fn a_login_that_fails_is_the_channels_fault_and_tells_nothing() {
    let wrong = login("canary-wrong-0451");
    for (mechanisms, login, why) in [
        ("PLAIN", wrong.clone(), "535 5.7.8"),
        ("LOGIN", wrong.clone(), "535 5.7.8"),
        ("CRAM-MD5", login(PASSWORD), "the server offers neither AUTH PLAIN nor AUTH LOGIN"),
    ] {
        let server = Smtpd::start(wants_login(mechanisms));
        let mut email = Email::new(Settings { login: Some(login), ..settings(server.port()) }).expect("good settings");
        let reason = channel_fault(email.send(&mail("k1", "an@example.org")).await);
        assert_eq!(reason, format!("the mail server did not accept our credentials ({why})"));
        assert_eq!(server.count("MAIL"), 0);
    }
    let server = Smtpd::start(wants_login("PLAIN"));
    let mut email = Email::new(settings(server.port())).expect("good settings");
    let reason = channel_fault(email.send(&mail("k1", "an@example.org")).await);
    assert_eq!(reason, "the mail server did not accept our sender (530 5.7.0)");
}

#[tokio::test]
async fn no_reason_carries_an_address_a_name_or_a_password() {
    let stages = [Stage::Connect, Stage::Ehlo, Stage::Auth, Stage::Mail, Stage::Rcpt, Stage::Data, Stage::Dot];
    for stage in stages {
        for code in [250, 354, 421, 450, 535, 550] {
            let server = Smtpd::start(wants_login("PLAIN"));
            let reply = format!("{code} 5.1.1 <an@example.org> Nguyễn dondoc@example.gov.vn {PASSWORD} rejected");
            server.always(stage, Act::Say(reply));
            let mut email =
                Email::new(Settings { login: Some(login(PASSWORD)), ..settings(server.port()) }).expect("good settings");
            let verdict = format!("{:?}", email.send(&mail("k1", "an@example.org")).await);
            for secret in ["an@", "example", "Nguyễn", "canary", "127.0.0.1"] {
                assert!(!verdict.contains(secret), "{stage:?} {code}: {verdict}");
            }
        }
    }
}

#[test]
fn settings_that_cannot_work_are_told_before_the_first_mail() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").expect("a file");
    let tls = |host: &str, ca_file: Option<&Path>| Settings {
        host: host.to_owned(),
        protection: Protection::Implicit,
        ca_file: ca_file.map(Path::to_owned),
        ..settings(465)
    };
    assert!(matches!(Email::new(tls("127.0.0.1", Some(&empty))).err(), Some(SetupError::CaFile { .. })));
    assert!(matches!(Email::new(tls("127.0.0.1", Some(&folder.path().join("none")))).err(), Some(SetupError::CaFile { .. })));
    assert!(matches!(Email::new(tls("not a host", None)).err(), Some(SetupError::ServerName)));
    let from = Settings { from_address: "đôn đốc@example.org".to_owned(), ..settings(25) };
    assert!(matches!(Email::new(from).err(), Some(SetupError::From)));
}
