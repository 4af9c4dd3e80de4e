//! What leaves the house, and what does not.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::house::{House, Rules, dispatch, people, until};
use crate::support::botapi::{self, BotApi};
use crate::support::dead_port;
use crate::support::smtpd::{Act, Setup, Smtpd, Stage};

const TOKEN: &str = "123456:a-token-nobody-may-read";

#[test]
fn facts_imported_while_it_runs_are_mailed_and_sent_over_telegram_within_five_seconds() {
    let (smtpd, api) = (Smtpd::start(Setup::default()), BotApi::start(TOKEN));
    let rules = Rules { smtp_port: Some(smtpd.port()), api_url: Some(api.url()), ..Rules::default() };
    let house = House::new(&rules);
    house.credential("telegram-token", TOKEN);
    let mut daemon = house.start();
    let linked = people(1, Some(700_400_123)).replace("u0", "chat").replace("p0", "chatter");
    house.import(&format!("{}{linked}", people(1, None)).replacen(&monitor(), "", 1));
    house.import(&dispatch("1/UBND", 1, 1, "2099-12-31").replace("\"u0\"", "\"u0\", \"chat\""));
    let imported = Instant::now();
    until("a mail and a message", &daemon, || smtpd.taken().len() == 1 && api.bodies("sendMessage").len() == 1);
    assert!(imported.elapsed() < Duration::from_secs(5), "{:?}", imported.elapsed());
    assert_eq!(smtpd.taken()[0].to, "p0@example.org");
    assert_eq!(api.bodies("sendMessage")[0]["chat_id"], 700_400_123);
    until("everything is final", &daemon, || house.queued() == 0);
    assert_eq!(daemon.stop(), 0);
    let log = daemon.log();
    for secret in [TOKEN, "p0@example.org", "700400123", "Nhiệm vụ 1"] {
        assert!(!log.contains(secret), "the log holds {secret}:\n{log}");
    }
}

#[test]
fn a_bot_that_was_refused_in_two_chats_sends_nothing_until_both_waits_are_over() {
    let api = BotApi::start(TOKEN);
    let house = House::new(&Rules { api_url: Some(api.url()), ..Rules::default() });
    house.credential("telegram-token", TOKEN);
    house.import(&(people(12, Some(7_000)) + &dispatch("1/UBND", 1, 12, "2099-12-31")));
    api.next("sendMessage", botapi::Act::retry_after(4)).next("sendMessage", botapi::Act::retry_after(4));
    let mut daemon = house.start();
    until("every message", &daemon, || house.queued() == 0 && api.shown().len() == 12);
    let sent: Vec<Instant> = api.calls().into_iter().filter(|call| call.method == "sendMessage").map(|call| call.at).collect();
    assert_eq!(sent.len(), 14, "two were refused, and none after them");
    // What was on the wire already is the only thing that may come after the second refusal.
    let early = sent.iter().filter(|at| at.duration_since(sent[1]) < Duration::from_millis(3_900)).count();
    assert!(early <= 6, "{early} of {} came before the wait was over", sent.len());
    assert!(daemon.log().contains("the channel takes no more for now"), "{}", daemon.log());
    assert_eq!(daemon.stop(), 0);
}

fn monitor() -> String {
    people(0, None)
}

#[test]
fn several_reminders_of_one_person_are_one_message_and_a_restart_sends_nothing_more() {
    let smtpd = Smtpd::start(Setup::default());
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.import(&(people(3, None) + &dispatch("1/UBND", 2, 3, "2099-12-31")));
    let mut daemon = house.start();
    until("a mail for each person", &daemon, || smtpd.taken().len() >= 3);
    until("everything is final", &daemon, || house.queued() == 0);
    assert_eq!(daemon.stop(), 0);
    let mut again = house.start();
    again.says("the daemon is ready");
    // A planning round after the start writes this; then everything due would be on its way.
    let before = house.status()["last_plan_at"].clone();
    house.import(&dispatch("2/UBND", 1, 0, "2099-12-31").replace("lead = []", "lead = [\"u0\"]"));
    until("the new directive is told", &again, || smtpd.taken().len() >= 4);
    assert_ne!(house.status()["last_plan_at"], before);
    assert_eq!(again.stop(), 0);
    let mut mails: BTreeMap<String, usize> = BTreeMap::new();
    for mail in smtpd.taken() {
        *mails.entry(mail.to).or_default() += 1;
    }
    let expected = [("p0@example.org", 2), ("p1@example.org", 1), ("p2@example.org", 1)];
    assert_eq!(mails, expected.map(|(to, count)| (to.to_owned(), count)).into());
}

#[test]
fn a_trial_sends_to_its_mailbox_until_a_unit_is_live() {
    let smtpd = Smtpd::start(Setup::default());
    let rules = Rules { smtp_port: Some(smtpd.port()), ..Rules::default() }.text();
    let trial = |live: &str| {
        let section = format!("[trial]\nto = \"trial@example.org\"\nlive_units = [{live}]\n[[policy]]");
        rules.replacen("[[policy]]", &section, 1)
    };
    let house = House::new(&Rules::default());
    house.configure(&trial(""));
    house.import(&(people(2, None) + &dispatch("1/UBND", 1, 2, "2099-12-31")));
    let mut daemon = house.start();
    until("a mail for each person", &daemon, || smtpd.taken().len() >= 2);
    until("everything is final", &daemon, || house.queued() == 0);
    assert!(smtpd.taken().iter().all(|mail| mail.to == "trial@example.org"));
    // A test message while the daemon runs.
    let tested = house.command(&["check", "--send", "p0"]);
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
    assert_eq!(smtpd.taken().len(), 3);
    house.configure(&trial("\"u1\""));
    daemon.signal("HUP");
    until("the live unit is told for real", &daemon, || smtpd.taken().len() >= 4);
    until("everything is final", &daemon, || house.queued() == 0);
    let to: Vec<String> = smtpd.taken().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["trial@example.org", "trial@example.org", "trial@example.org", "p1@example.org"]);
    let status = house.status();
    assert_eq!((status["accepted"].as_i64(), status["trial"].as_i64()), (Some(1), Some(2)), "{status}");
    let shown = house.command(&["show", "1/UBND#1@u1"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("email to Nguyễn Văn 1 (trial)") && shown.contains("email to Nguyễn Văn 1 "), "{shown}");
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn a_mail_server_that_comes_back_gets_everything_and_nothing_twice() {
    let port = dead_port();
    let house = House::new(&Rules { smtp_port: Some(port), ..Rules::default() });
    house.import(&(people(12, None) + &dispatch("1/UBND", 1, 12, "2099-12-31")));
    let mut daemon = house.start();
    daemon.says("the channel does not work");
    until("the others are put off", &daemon, || daemon.log().contains("put off"));
    let smtpd = Smtpd::start(Setup::default());
    // The new server has a port of its own; the config follows it.
    house.configure(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() }.text());
    daemon.signal("HUP");
    until("all twelve mails", &daemon, || smtpd.taken().len() >= 12);
    until("everything is final", &daemon, || house.queued() == 0);
    let mut to: Vec<String> = smtpd.taken().into_iter().map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), smtpd.taken().len()), (12, 12));
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn a_mail_server_that_works_again_is_found_out_by_the_breaker() {
    let smtpd = Smtpd::start(Setup::default());
    smtpd.always(Stage::Connect, Act::SayAndHangUp("421 4.3.2 not now".to_owned()));
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.import(&(people(12, None) + &dispatch("1/UBND", 1, 12, "2099-12-31")));
    let mut daemon = house.start();
    daemon.says("the channel does not work");
    until("the others are put off", &daemon, || daemon.log().contains("put off"));
    let attempts = smtpd.connections();
    assert!(attempts <= 8, "{attempts} connections to a server that does not work");
    smtpd.always(Stage::Connect, Act::Yes);
    let repaired = Instant::now();
    until("all twelve mails", &daemon, || smtpd.taken().len() >= 12);
    assert!(repaired.elapsed() < Duration::from_secs(40), "the retry curve alone takes longer: {:?}", repaired.elapsed());
    until("everything is final", &daemon, || house.queued() == 0);
    assert_eq!(smtpd.taken().len(), 12);
    daemon.says("the channel works again");
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn one_stuck_connection_does_not_stop_the_others() {
    let smtpd = Smtpd::start(Setup::default());
    smtpd.next(Stage::Dot, Act::Hang);
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), connections: Some(2), ..Rules::default() });
    house.import(&(people(20, None) + &dispatch("1/UBND", 1, 20, "2099-12-31")));
    let daemon = house.start();
    until("the other nineteen", &daemon, || smtpd.taken().len() == 19);
}

#[test]
fn a_wrong_bot_token_is_named_without_being_shown_and_mail_goes_instead() {
    let (smtpd, api) = (Smtpd::start(Setup::default()), BotApi::start("654321:the-right-one"));
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), api_url: Some(api.url()), ..Rules::default() });
    house.credential("telegram-token", TOKEN);
    // So near a deadline nobody waits for the next attempt.
    let zone = jiff::tz::TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled");
    let soon = zone.to_datetime(dondoc::clock::Clock::System.now() + jiff::SignedDuration::from_mins(10));
    house.import(&(people(2, Some(700_400_123)) + &dispatch("1/UBND", 1, 2, &soon.strftime("%Y-%m-%dT%H:%M").to_string())));
    let mut daemon = house.start();
    daemon.says("the bot token was rejected");
    until("mails instead", &daemon, || smtpd.taken().len() == 2);
    until("everything is final", &daemon, || house.queued() == 0);
    assert_eq!(daemon.stop(), 0);
    let log = daemon.log();
    assert!(!log.contains("a-token-nobody-may-read"), "{log}");
    // The right one, as an editor saves it, holds from the next start on.
    house.credential("telegram-token", "654321:the-right-one\n");
    let mut daemon = house.start();
    house.import(&dispatch("2/UBND", 1, 2, "2099-12-31"));
    // Before the wrong one was known as wrong, one of the messages may have been tried with it.
    let taken = || api.calls().iter().filter(|call| call.method == "sendMessage" && call.token == api.token()).count();
    until("chats again", &daemon, || taken() == 2);
    assert_eq!(daemon.stop(), 0);
    assert_eq!(smtpd.taken().len(), 2, "no mail instead");
}

#[test]
fn an_outbox_folder_gets_every_message_and_nothing_leaves() {
    let smtpd = Smtpd::start(Setup::default());
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), outbox: true, ..Rules::default() });
    house.import(&(people(3, None) + &dispatch("1/UBND", 1, 3, "2099-12-31")));
    let mut daemon = house.start();
    let written = || {
        std::fs::read_dir(house.path("outbox")).map_or(0, |files| {
            files.flatten().filter(|file| file.path().extension().is_some_and(|ending| ending == "eml")).count()
        })
    };
    until("three files", &daemon, || written() == 3);
    assert_eq!(daemon.stop(), 0);
    assert_eq!(smtpd.connections(), 0);
}
