//! F05, F61, F63 and F64: what a mail server can do to a daemon.

use std::collections::BTreeMap;

use crate::house::{Daemon, House, Rules, dispatch, people, until};
use crate::support::botapi::BotApi;
use crate::support::smtpd::{Act, Setup, Smtpd, Stage};

pub const TOKEN: &str = "123456:faults";

/// One head with mail and, after it, a chat.
fn one_head() -> String {
    people(1, Some(7_001)).replace("\"telegram\", \"email\"", "\"email\", \"telegram\"") + &dispatch("1/UBND", 1, 1, "2099-12-31")
}

fn house_on(smtpd: &Smtpd, api: &BotApi) -> House {
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), api_url: Some(api.url()), ..Rules::default() });
    house.credential("telegram-token", TOKEN);
    house
}

/// How many mails each address got.
fn mails(smtpd: &Smtpd) -> BTreeMap<String, usize> {
    let mut mails = BTreeMap::new();
    for mail in smtpd.taken() {
        *mails.entry(mail.to).or_default() += 1;
    }
    mails
}

#[track_caller]
fn is_clean(house: &House, daemon: &mut Daemon) {
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    let verified = house.command(&["verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn f61_a_server_that_takes_a_mail_and_never_says_so_gets_it_three_times_and_then_the_chat_does() {
    let (smtpd, api) = (Smtpd::start(Setup::default()), BotApi::start(TOKEN));
    smtpd.always(Stage::Dot, Act::TakeAndHangUp);
    let house = house_on(&smtpd, &api);
    house.import(&one_head());
    let mut daemon = house.start();
    until("the chat has it", &daemon, || api.bodies("sendMessage").len() == 1);
    let to_head = smtpd.taken().into_iter().filter(|mail| mail.to == "p0@example.org").collect::<Vec<_>>();
    assert_eq!(to_head.len(), 3);
    assert!(to_head.iter().all(|mail| mail.message_id == to_head[0].message_id && mail.raw == to_head[0].raw), "one mail");
    is_clean(&house, &mut daemon);
}

#[test]
fn f05_a_daemon_that_dies_on_the_same_mail_again_and_again_sends_it_three_times_and_then_uses_the_chat() {
    let (smtpd, api) = (Smtpd::start(Setup::default()), BotApi::start(TOKEN));
    smtpd.always(Stage::Dot, Act::TakeAndHang);
    let house = house_on(&smtpd, &api);
    house.import(&one_head());
    for crash in 1..=3 {
        let mut daemon = house.start();
        until("the mail is on the wire", &daemon, || smtpd.taken().len() == crash);
        daemon.kill();
    }
    let mut daemon = house.start();
    until("the chat has it", &daemon, || api.bodies("sendMessage").len() == 1);
    assert_eq!(mails(&smtpd), [("p0@example.org".to_owned(), 3)].into());
    // A mail that may have arrived lies in a person's queue as well.
    until("only what is held is left", &daemon, || house.status()["queued"] == house.status()["held"]);
    is_clean(&house, &mut daemon);
}

#[test]
fn f63_an_unknown_user_is_refused_once_and_reached_by_chat_or_told_to_people() {
    let (smtpd, api) = (Smtpd::start(Setup::default()), BotApi::start(TOKEN));
    smtpd.refuse("p0@example.org", "550 5.1.1 no such user").refuse("alone@example.org", "550 5.1.1 no such user");
    let house = house_on(&smtpd, &api);
    let alone = "[[unit]]\nid = \"alone\"\nname = \"Phòng riêng\"\n[[person]]\nid = \"alone\"\nname = \"Lê Văn Riêng\"\n\
                 email = \"alone@example.org\"\n[[appointment]]\nperson = \"alone\"\nunit = \"alone\"\nposition = \"head\"\n\
                 from = 2020-01-01\n";
    house.import(&(one_head().replacen("lead = [\"u0\"]", "lead = [\"u0\", \"alone\"]", 1) + alone));
    let mut daemon = house.start();
    until("the chat has one", &daemon, || api.bodies("sendMessage").len() == 1);
    until("the monitor is told of the other", &daemon, || mails(&smtpd).contains_key("monitor@example.org"));
    until("only what is held is left", &daemon, || house.status()["queued"] == house.status()["held"]);
    assert_eq!(mails(&smtpd).keys().collect::<Vec<_>>(), ["monitor@example.org"], "nobody else got a mail");
    let asked = smtpd.commands().into_iter().filter(|(_, line)| line.starts_with("RCPT") && line.contains("p0@example.org"));
    assert_eq!(asked.count(), 1, "a refusal is not tried again");
    is_clean(&house, &mut daemon);
}

#[test]
fn f64_a_server_that_wants_a_new_connection_after_three_mails_gets_every_mail_once() {
    let smtpd = Smtpd::start(Setup { mails_max: Some(3), ..Setup::default() });
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.import(&(people(60, None) + &dispatch("1/UBND", 1, 60, "2099-12-31")));
    let mut daemon = house.start();
    until("all sixty", &daemon, || smtpd.taken().len() >= 60);
    until("everything is final", &daemon, || house.queued() == 0);
    let mails = mails(&smtpd);
    assert!(mails.len() == 60 && mails.values().all(|count| *count == 1), "{mails:?}");
    assert!(smtpd.connections() >= 20, "{}", smtpd.connections());
    assert!(!daemon.log().contains("the channel does not work"), "{}", daemon.log());
    is_clean(&house, &mut daemon);
}

#[test]
fn f64_a_421_at_data_backs_the_whole_channel_off_and_not_row_by_row() {
    let smtpd = Smtpd::start(Setup::default());
    smtpd.always(Stage::Data, Act::SayAndHangUp("421 4.3.2 shutting down".to_owned()));
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.import(&(people(40, None) + &dispatch("1/UBND", 1, 40, "2099-12-31")));
    let mut daemon = house.start();
    daemon.says("the channel does not work");
    until("the others are put off", &daemon, || daemon.log().contains("put off"));
    assert!(smtpd.count("DATA") <= 8, "{} tries at a server that shuts down", smtpd.count("DATA"));
    smtpd.always(Stage::Data, Act::Yes);
    until("all forty", &daemon, || smtpd.taken().len() >= 40);
    until("everything is final", &daemon, || house.queued() == 0);
    assert_eq!((mails(&smtpd).len(), smtpd.taken().len()), (40, 40));
    is_clean(&house, &mut daemon);
}

/// No file can be opened any more, so no connection either: the channel counts as out of order, and what is due leaves once there is room.
#[test]
fn f83_a_daemon_that_may_open_no_more_files_sends_everything_once_when_it_may_again() {
    const HEADS: usize = 12;
    let smtpd = Smtpd::start(Setup::default());
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.import(&people(HEADS, None));
    let mut daemon = house.start();
    // What a first round opens for good is open.
    house.import(&dispatch("1/UBND", 1, 1, "2099-12-31"));
    until("the first mail", &daemon, || smtpd.taken().len() == 1 && house.queued() == 0);
    daemon.may_open(None);
    house.import(&dispatch("2/UBND", 1, HEADS, "2099-12-31"));
    daemon.says("Too many open files");
    daemon.may_open(Some(1_024));
    until("every mail", &daemon, || smtpd.taken().len() > HEADS && house.queued() == 0);
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    assert_eq!(smtpd.taken().len(), HEADS + 1, "each once");
    assert!(house.command(&["verify"]).status.success());
}
