//! `check --send`: real servers on loopback, one test message over each channel, and the mend of what goes wrong.

use serde_json::Value;

use super::office::{CONFIG, Office, Ran};
use super::support::botapi::{Act as Answer, BotApi};
use super::support::certificates::Authority;
use super::support::smtpd::{Act, Setup, Smtpd, Stage};

const PASSWORD: &str = "canary-pa55word-0451";
const TOKEN: &str = "7001:canary-token";

/// An office with that mail server and, when given, that bot; `an` reads both.
fn office(server: &str, more: &str, api: Option<&BotApi>) -> Office {
    let office = Office::with_facts();
    let telegram = api.map_or_else(String::new, |api| format!("[telegram]\napi_url = \"{}\"\n", api.url()));
    let doors = format!("[email]\nserver = \"{server}\"\nfrom = \"Theo dõi <dondoc@example.org>\"\n{more}\n{telegram}");
    office.write("config.toml", &CONFIG.replace("[outbox]\nfolder = \"outbox\"\n", &doors));
    if api.is_some() {
        secret(&office, "telegram-token", TOKEN);
        let facts = "[[person]]\nid = \"an\"\nname = \"Nguyễn Văn An\"\nemail = \"an@example.org\"\ntelegram = 1001\n";
        office.write("an.toml", facts);
        assert_eq!(office.run(&["import", "an.toml"]).code, 0);
    }
    office
}

fn secret(office: &Office, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(office.path("credentials")).expect("a folder of ours");
    office.write(&format!("credentials/{name}"), text);
    let only = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(office.path("credentials"), only(0o700)).expect("a folder of ours");
    std::fs::set_permissions(office.path(&format!("credentials/{name}")), only(0o600)).expect("a file of ours");
}

fn plain(server: &Smtpd) -> String {
    format!("smtp://127.0.0.1:{}", server.port())
}

/// What came of the channel, and that neither an address nor a secret was printed.
#[track_caller]
fn sent(ran: &Ran, channel: usize) -> Value {
    for secret in [PASSWORD, TOKEN, "an@example.org", "1001"] {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{secret}: {}{}", ran.out, ran.err);
    }
    let value: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out));
    value["sent"][channel].clone()
}

#[test]
fn each_channel_of_a_person_gets_one_marked_message() {
    let (server, api) = (Smtpd::start(Setup::default()), BotApi::start(TOKEN));
    let office = office(&plain(&server), "", Some(&api));
    let ran = office.run(&["check", "--send", "an"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out, @"
    config.toml: sound; policies: 1, steps: 2, warnings: 1.
    Compared with the imported facts.
    Test messages for an:
    email: accepted
    telegram: accepted
    ");
    let taken = server.taken();
    assert_eq!(taken.len(), 1);
    let mail = String::from_utf8_lossy(&taken[0].raw).into_owned();
    assert!(mail.contains("Subject: [Test] Checking email"), "{mail}");
    assert!(taken[0].key.starts_with("check-") && mail.contains("Auto-Submitted: auto-generated"), "{mail}");
    let bodies = api.bodies("sendMessage");
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0]["text"].as_str().is_some_and(|text| text.starts_with("[Test] Checking Telegram")), "{bodies:?}");
    assert!(bodies[0].get("reply_markup").is_none(), "it asks for nothing");
    // Journalled, and nothing of it stands in the outbox.
    assert_eq!(office.run(&["verify"]).code, 0);
    let status = office.run(&["status", "--json"]).json(0);
    assert_eq!((status["accepted"].as_i64(), status["queued"].as_i64()), (Some(0), Some(0)));
}

#[test]
fn without_send_no_connection_is_opened() {
    let server = Smtpd::start(Setup::default());
    let office = office(&plain(&server), "", None);
    assert_eq!(office.run(&["check"]).code, 0);
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_goes_wrong_with_mail_is_told_with_its_mend() {
    let refusing = Smtpd::start(Setup::default());
    refusing.refuse("an@example.org", "550 5.1.1 <an@example.org> no such user");
    let greylisting = Smtpd::start(Setup::default());
    greylisting.always(Stage::Rcpt, Act::say("451 4.7.1 try again"));
    let wants_login = Smtpd::start(Setup { login: Some(("dondoc".into(), PASSWORD.into())), ..Setup::default() });
    let unprotected = Smtpd::start(Setup::default());
    let authority = Authority::new();
    let expired = Smtpd::start(Setup { tls: Some(authority.expired("127.0.0.1")), ..Setup::default() });
    let trusted = format!("ca_file = {:?}\nstarttls = \"required\"", authority.ca_file.path());
    let dead = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let cases = [
        (plain(&refusing), "", "refused", "550 5.1.1", "import again"),
        (plain(&greylisting), "", "deferred", "451 4.7.1", "by itself"),
        (plain(&wants_login), "", "deferred", "530 5.7.0", "smtp-user and smtp-password"),
        (plain(&unprotected), "starttls = \"required\"", "deferred", "offers no STARTTLS", "never goes unprotected"),
        (plain(&expired), &trusted, "deferred", "certificate has expired", "have an expired one renewed"),
        (format!("smtp://{dead}"), "", "deferred", "connection refused", "check server in [email]"),
    ];
    for (server, more, result, reason, help) in cases {
        let office = office(&server, more, None);
        let ran = office.run(&["check", "--send", "an", "--json"]);
        assert_eq!(ran.code, 1, "{reason}: {}", ran.err);
        let sent = sent(&ran, 0);
        assert_eq!((sent["channel"].as_str(), sent["result"].as_str()), (Some("email"), Some(result)), "{sent}");
        assert!(sent["reason"].as_str().is_some_and(|said| said.contains(reason)), "{sent}");
        assert!(sent["help"].as_str().is_some_and(|said| said.contains(help)), "{sent}");
    }
    for server in [refusing, greylisting, wants_login, unprotected, expired] {
        assert!(server.taken().is_empty(), "nothing was taken, and nothing went unprotected");
    }
}

#[test]
fn a_wrong_password_is_told_in_vietnamese_and_printed_nowhere() {
    let server = Smtpd::start(Setup { login: Some(("dondoc".into(), "another".into())), ..Setup::default() });
    let office = office(&plain(&server), "", None);
    secret(&office, "smtp-user", "dondoc");
    secret(&office, "smtp-password", PASSWORD);
    let ran = office.run(&["check", "--send", "an", "--lang", "vi"]);
    assert_eq!(ran.code, 1);
    let told: Vec<&str> = ran.out.lines().skip_while(|line| !line.starts_with("Tin thử")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    Tin thử cho an:
    email: chưa gửi được: máy chủ thư không nhận tên hoặc mật khẩu (535 5.7.8)
      cách sửa: ghi lại credential smtp-user và smtp-password; nhiều máy chủ cần mật khẩu ứng dụng riêng
    ");
    assert!(!ran.out.contains(PASSWORD) && !ran.err.contains(PASSWORD));
    assert_eq!(server.count("MAIL"), 0);
}

#[test]
fn what_goes_wrong_with_telegram_is_told_with_its_mend() {
    let cases = [
        (Answer::refuse(403, "Forbidden: bot was blocked by the user"), "refused", "press Start"),
        (Answer::refuse(401, "Unauthorized"), "deferred", "@BotFather"),
        (Answer::retry_after(30), "deferred", "in a minute"),
        (Answer::bad_gateway(), "deferred", "api_url and proxy"),
    ];
    for (answer, result, help) in cases {
        let (server, api) = (Smtpd::start(Setup::default()), BotApi::start(TOKEN));
        api.always("sendMessage", answer);
        let office = office(&plain(&server), "", Some(&api));
        let ran = office.run(&["check", "--send", "an", "--json"]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        let (mail, chat) = (sent(&ran, 0), sent(&ran, 1));
        assert_eq!(mail["result"], "accepted", "one channel that fails keeps the other from nothing");
        assert_eq!(chat["result"].as_str(), Some(result), "{chat}");
        assert!(chat["help"].as_str().is_some_and(|said| said.contains(help)), "{chat}");
    }
}

#[test]
fn in_trial_both_go_to_the_trial_mailbox_and_say_so() {
    let (server, api) = (Smtpd::start(Setup::default()), BotApi::start(TOKEN));
    let office = office(&plain(&server), "", Some(&api));
    let config = std::fs::read_to_string(office.path("config.toml")).expect("a config");
    office.write("config.toml", &format!("{config}\n[trial]\nto = \"thu@example.org\"\n"));
    let ran = office.run(&["check", "--send", "an", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!((&sent(&ran, 0)["to"], &sent(&ran, 1)["to"]), (&"trial".into(), &"trial".into()));
    let to: Vec<String> = server.taken().into_iter().map(|taken| taken.to).collect();
    assert_eq!(to, ["thu@example.org", "thu@example.org"]);
    assert!(api.bodies("sendMessage").is_empty());
}

#[test]
fn with_an_outbox_it_becomes_a_file() {
    let office = Office::with_facts();
    let ran = office.run(&["check", "--send", "an"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("email: accepted (written into the [outbox] folder)"), "{}", ran.out);
    let files = std::fs::read_dir(office.path("outbox")).expect("the folder").count();
    assert_eq!(files, 1);
}

#[test]
fn nobody_of_that_id_and_a_config_with_a_mistake_send_nothing() {
    let server = Smtpd::start(Setup::default());
    let office = office(&plain(&server), "", None);
    let ran = office.run(&["check", "--send", "am"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("did you mean \"an\"?"), "{}", ran.err);
    let config = std::fs::read_to_string(office.path("config.toml")).expect("a config");
    office.write("config.toml", &config.replace("monitor", "monitr"));
    assert_eq!(office.run(&["check", "--send", "an"]).code, 1);
    assert_eq!(server.connections(), 0);
}

/// What keeps a test message from being tried is a problem of the JSON, as everything that is wrong is.
#[test]
fn whoever_cannot_be_written_to_is_a_problem_in_json() {
    let server = Smtpd::start(Setup::default());
    let office = office(&plain(&server), "", None);
    office.write("dung.toml", "[[person]]\nid = \"dung\"\nname = \"Đỗ Văn Dũng\"\n");
    assert_eq!(office.run(&["import", "dung.toml"]).code, 0);
    for (who, said) in [("ann", "there is no person \"ann\""), ("dung", "neither email nor Telegram")] {
        let ran = office.run(&["check", "--send", who, "--json"]);
        let told = ran.json(1);
        assert_eq!((&told["ok"], &told["sent"]), (&false.into(), &serde_json::json!([])), "{told}");
        let problems = told["problems"].as_array().expect("a list");
        let problem = problems.iter().find(|one| one["code"] == "refused").unwrap_or_else(|| panic!("{told}"));
        assert_eq!((&problem["severity"], &problem["line"]), (&"error".into(), &Value::Null));
        assert!(problem["message"].as_str().is_some_and(|message| message.contains(said)), "{problem}");
        assert!(problem["help"].as_str().is_some_and(|help| !help.is_empty()), "{problem}");
        assert!(ran.err.contains(said), "people read it too: {}", ran.err);
        assert!(office.run(&["check", "--send", who]).refused(1).contains(said));
    }
    assert_eq!(server.connections(), 0);
}
