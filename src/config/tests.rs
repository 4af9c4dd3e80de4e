use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use secrecy::ExposeSecret as _;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::domain::policy::{Channels, Event, Role, Unless};
use crate::domain::rules::Language;

const TODAY: Date = Date::constant(2026, 3, 2);
const EXAMPLE: &str = include_str!("../../config.example.toml");

fn within(credentials: Credentials) -> Surroundings {
    Surroundings { folder: PathBuf::from("/srv/dondoc"), credentials, today: TODAY, language: None }
}

fn parse(text: &str) -> (Option<Config>, Vec<Diagnostic>) {
    Config::parse(text, &within(Credentials::default()))
}

fn codes(problems: &[Diagnostic]) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.code).collect()
}

fn email(lines: &str, credentials: Credentials) -> Result<EmailSettings, Vec<&'static str>> {
    let text = format!("[email]\nfrom = \"Theo dõi nhiệm vụ <dondoc@example.gov.vn>\"\n{lines}\n");
    let (config, problems) = Config::parse(&text, &within(credentials));
    config.and_then(|config| config.email).ok_or_else(|| codes(&problems))
}

fn login() -> Credentials {
    Credentials { smtp_user: Some("an".into()), smtp_password: Some("hunter2".into()), ..Credentials::default() }
}

fn around(folder: &Path) -> Whereabouts {
    Whereabouts { credentials: Some(folder.to_owned()), state: None, language: Some(Language::En), today: TODAY }
}

#[test]
fn the_example_loads_without_errors() {
    let (config, problems) = parse(EXAMPLE);
    let config = config.expect("the example loads");
    assert!(!problems.iter().any(Diagnostic::is_error), "{problems:?}");
    assert_eq!(codes(&problems), ["provisional-year", "outbox-only"]);
    assert_eq!(config.counts(), (3, 10));
    assert_eq!(config.store, StoreSettings::Sqlite("/srv/dondoc/dondoc.db".into()));
    assert_eq!(config.outbox.as_deref(), Some(Path::new("/srv/dondoc/outbox")));
    let names: Vec<&str> = config.rules.routes.iter().map(|route| route.policy.as_str()).collect();
    assert_eq!(names, ["hoa-toc", "giai-ngan", "tieu-chuan"]);
    let press = &config.rules.policy("tieu-chuan").expect("it is there").steps[3];
    assert_eq!((press.name.as_str(), &press.to, &press.copy), ("don-doc", &vec![Role::UnitHead], &vec![Role::Monitor]));
    assert_eq!(press.repeat.as_ref().map(|repeat| repeat.max), Some(6));
}

#[test]
fn the_example_loads_with_its_commented_channels_too() {
    let text = EXAMPLE.replace("# [email]", "[email]").replace("# server", "server").replace("# from = \"Theo", "from = \"Theo");
    let (config, problems) = parse(&text);
    assert!(config.is_some_and(|config| config.email.is_some()), "{problems:?}");
}

#[test]
fn an_empty_config_loads_with_warnings_only() {
    let (config, problems) = parse("");
    assert!(config.is_some());
    assert_eq!(codes(&problems), ["no-office", "no-policy", "provisional-year"]);
}

#[test]
fn the_digest_is_of_the_text_itself() {
    let digest = |text| parse(text).0.expect("it loads").rules.digest;
    assert_eq!(digest(""), "e3b0c44298fc1c149afbf4c8996fb924");
    assert_ne!(digest("# a"), digest("# b"));
}

#[test]
fn a_step_after_reported_done_waits_for_acceptance_by_default() {
    let text = "[outbox]\nfolder = \"o\"\n[[policy]]\nname = \"p\"\n[[policy.step]]\nname = \"a\"\nwhen = \"2 working days after reported done\"\nto = [\"monitor\"]\n[[policy.step]]\nname = \"b\"\nwhen = \"on deadline\"\nto = [\"assignee\"]\nchannels = [\"telegram\", \"email\"]\n[[route]]\npolicy = \"p\"\n";
    let steps = parse(text).0.expect("it loads").rules.policies.remove(0).steps;
    assert_eq!((steps[0].unless, steps[1].unless), (Unless::Accepted, Unless::Completed));
    assert_eq!(steps[1].when.event, Event::OnDeadline);
    assert!(matches!(&steps[1].channels, Channels::Listed(listed) if listed.len() == 2));
}

#[test]
fn the_server_decides_how_the_connection_is_protected() {
    for (lines, port, tls) in [
        ("server = \"smtps://relay.example.org\"", 465, Tls::Implicit),
        ("server = \"smtps://relay.example.org:2465\"", 2465, Tls::Implicit),
        ("server = \"smtp://relay.example.org:465\"", 465, Tls::Implicit),
        ("server = \"smtp://relay.example.org:587\"", 587, Tls::Starttls),
        ("server = \"smtp://relay.example.org:587\"\nstarttls = \"none\"", 587, Tls::Off),
        ("server = \"smtp://relay.example.org\"\nstarttls = \"required\"", 25, Tls::Starttls),
        ("server = \"smtp://relay.example.org\"", 25, Tls::Off),
        ("server = \"smtp://127.0.0.1:2525/\"", 2525, Tls::Off),
    ] {
        let email = email(lines, Credentials::default()).expect(lines);
        assert_eq!((email.port, email.tls), (port, tls), "{lines}");
        assert_eq!(email.from_name.as_deref(), Some("Theo dõi nhiệm vụ"));
        assert_eq!((email.from_address.as_str(), email.connections), ("dondoc@example.gov.vn", 4));
    }
}

#[test]
fn a_login_travels_without_tls_to_loopback_only() {
    for host in ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"] {
        let email = email(&format!("server = \"smtp://{host}:2525\""), login()).expect(host);
        assert_eq!(
            email.login.map(|(user, password)| (user, password.expose_secret().to_owned())),
            Some(("an".into(), "hunter2".into()))
        );
    }
    assert!(email("server = \"smtp://relay.example.org:587\"", login()).is_ok());
    let refused = email("server = \"smtp://relay.example.org\"", login()).expect_err("no TLS");
    assert!(refused.contains(&"login-without-tls"), "{refused:?}");
}

#[test]
fn what_is_no_server_is_refused() {
    for server in [
        "",
        "relay",
        "relay:25",
        "http://relay",
        "smtp://",
        "smtp://:25",
        "smtp://relay:0",
        "smtp://relay/inbox",
        "smtp://re lay",
        "smtp://a@relay",
    ] {
        assert!(email(&format!("server = \"{server}\""), Credentials::default()).is_err(), "{server}");
    }
}

#[test]
fn what_is_no_mailbox_is_refused() {
    let loads = |from: &str| {
        let text = format!("[email]\nserver = \"smtp://localhost\"\nfrom = '{from}'\n");
        parse(&text).0.is_some()
    };
    for good in
        ["a@b", "a.b+c@example.org", "Văn phòng <a@example.org>", "\"Văn phòng, UBND\" <a@example.org>", "<a@example.org>"]
    {
        assert!(loads(good), "{good}");
    }
    for bad in ["a", "@b", "a@", "a b@c", "X <a@b", "X a@b>", "a@b..c", "a@-b", "a@b>c"] {
        assert!(!loads(bad), "{bad}");
    }
}

#[test]
fn a_range_of_changes_gives_every_day_of_it() {
    let text = "[calendar]\n[[calendar.change]]\nfrom = 2027-02-26\nto = 2027-03-01\nkind = \"off\"\nreason = \"x\"\n";
    let document = crate::tree::Document::parse(text, 0, None);
    let rules = calendar::read(&document.root(), jiff::tz::TimeZone::UTC, TODAY);
    let days: Vec<Date> = rules.changes.iter().map(|change| change.date).collect();
    assert_eq!(days, [date(2027, 2, 26), date(2027, 2, 27), date(2027, 2, 28), date(2027, 3, 1)]);
}

#[test]
fn windows_may_touch_and_end_at_midnight() {
    let hours = |list: &str| parse(&format!("[calendar]\nhours = {list}\n")).0.is_some();
    for good in
        ["[\"00:00-24:00\"]", "[\"13:00-17:00\", \"07:30-11:30\"]", "[\"07:30-11:30\", \"11:30-17:00\"]", "[\"7:30 - 11:30\"]"]
    {
        assert!(hours(good), "{good}");
    }
    for bad in [
        "[]",
        "[\"24:00-24:00\"]",
        "[\"08:00-08:00\"]",
        "[\"08:00-24:01\"]",
        "[\"08:60-09:00\"]",
        "[\"8-9\"]",
        "[\"08:00-12:00\", \"11:59-13:00\"]",
    ] {
        assert!(!hours(bad), "{bad}");
    }
}

#[test]
fn postgres_is_kept_as_written_and_its_password_is_warned_of_but_not_shown() {
    let (config, problems) = parse("[store]\nurl = \"postgres://an:hunter2@db/dondoc\"\n");
    assert_eq!(config.expect("it loads").store, StoreSettings::Postgres("postgres://an:hunter2@db/dondoc".into()));
    assert!(codes(&problems).contains(&"password-in-url"));
    assert!(!format!("{problems:?}").contains("hunter2"));
}

#[test]
fn credentials_lose_one_newline_and_empty_ones_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "[telegram]\n").expect("written");
    let token = folder.path().join("telegram-token");
    let load = || load(&config, &around(folder.path()));
    assert!(codes(&load().problems).contains(&"missing-credential"));
    for (bytes, read) in [("1:a\n", "1:a"), ("1:a", "1:a"), ("1:a\n\n", "1:a\n"), ("1:a\r\n", "1:a")] {
        std::fs::write(&token, bytes).expect("written");
        let config = load().config.expect("it loads");
        assert_eq!(config.telegram.expect("there").token.expose_secret(), read);
    }
    std::fs::write(&token, "\n").expect("written");
    assert!(load().config.is_none());
    assert!(codes(&load().problems).contains(&"bad-credential"));
}

#[test]
fn keys_are_at_least_32_bytes_and_a_login_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "").expect("written");
    std::fs::write(folder.path().join("link-key"), "x".repeat(31)).expect("written");
    std::fs::write(folder.path().join("smtp-user"), "an").expect("written");
    let loaded = load(&config, &around(folder.path()));
    assert!(loaded.config.is_none());
    let found = codes(&loaded.problems);
    assert!(found.contains(&"short-key") && found.contains(&"missing-credential"), "{found:?}");
    std::fs::write(folder.path().join("link-key"), "x".repeat(32)).expect("written");
    std::fs::write(folder.path().join("smtp-password"), "pw").expect("written");
    assert!(load(&config, &around(folder.path())).config.is_some_and(|config| config.link_key.is_some()));
}

#[cfg(unix)]
#[test]
fn credentials_beside_the_config_are_refused_when_others_can_read_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "[telegram]\n").expect("written");
    std::fs::create_dir(folder.path().join("credentials")).expect("made");
    let token = folder.path().join("credentials/telegram-token");
    std::fs::write(&token, "1:a").expect("written");
    let around = Whereabouts { credentials: None, ..around(folder.path()) };
    for (mode, loads) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o644, false)] {
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(mode)).expect("set");
        assert_eq!(load(&config, &around).config.is_some(), loads, "{mode:o}");
    }
}

#[test]
fn relative_paths_count_from_the_config_or_from_the_state_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "[store]\nurl = \"sqlite:x.db\"\n").expect("written");
    let store =
        |state: Option<PathBuf>| load(&config, &Whereabouts { state, ..around(folder.path()) }).config.expect("it loads").store;
    assert_eq!(store(None), StoreSettings::Sqlite(folder.path().join("x.db")));
    assert_eq!(store(Some("/var/lib/dondoc".into())), StoreSettings::Sqlite("/var/lib/dondoc/x.db".into()));
}

#[test]
fn a_file_that_cannot_be_used_at_all_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config.toml");
    let only = |loaded: Loaded| (loaded.config.is_none(), codes(&loaded.problems));
    assert_eq!(only(load(&config, &around(folder.path()))), (true, vec!["cannot-read"]));
    std::fs::write(&config, b"a = \"\xff\"").expect("written");
    assert_eq!(only(load(&config, &around(folder.path()))), (true, vec!["not-utf8"]));
    std::fs::write(&config, vec![b'\n'; 1024 * 1024 + 1]).expect("written");
    assert_eq!(only(load(&config, &around(folder.path()))), (true, vec!["file-too-large"]));
}

#[test]
fn a_ring_of_steps_is_reported_at_each_of_its_members_only() {
    let step = |name: &str, after: &str| {
        format!("[[policy.step]]\nname = \"{name}\"\nwhen = \"1 hour after step {after}\"\nto = [\"monitor\"]\n")
    };
    let text =
        format!("[[policy]]\nname = \"p\"\n{}{}{}[[route]]\npolicy = \"p\"\n", step("a", "b"), step("b", "a"), step("c", "a"));
    let (config, problems) = parse(&text);
    assert!(config.is_none());
    assert_eq!(problems.iter().filter(|problem| problem.code == "circular-steps").count(), 2);
}

#[test]
fn one_mistake_in_a_step_brings_no_second_one_elsewhere() {
    let text = "[office]\nname = \"x\"\n[outbox]\nfolder = \"o\"\n[calendar]\nannounced = [2027]\n[[policy]]\nname = \"p:1\"\n[[policy.step]]\nname = \"a\"\nto = [\"assignee\"]\nwhen = \"soon\"\n[[policy.step]]\nname = \"b\"\nto = [\"assignee\"]\nwhen = \"1 hour after step a\"\n[[route]]\npolicy = \"p:1\"\n";
    let (_, problems) = parse(text);
    assert_eq!(codes(&problems), ["outbox-only", "bad-name", "bad-sentence"]);
}
