//! A config that is not valid never stops a daemon that had a valid one.

use dondoc::channel::wording::SHIPPED;

use crate::house::{House, ON_ASSIGNMENT, Rules, dispatch, people, until};
use crate::support::smtpd::{Setup, Smtpd};

#[test]
fn a_broken_config_at_sighup_keeps_the_old_rules_and_says_where_it_is_broken() {
    let smtpd = Smtpd::start(Setup::default());
    let rules = Rules { smtp_port: Some(smtpd.port()), ..Rules::default() };
    let house = House::new(&rules);
    let mut daemon = house.start();
    std::fs::copy(house.path("config.toml"), house.path("good.toml")).expect("a folder of our own");
    house.configure(&rules.text().replace("on assignment", "on asignment"));
    daemon.signal("HUP");
    daemon.says("stay in force");
    let line = rules.text().lines().position(|line| line.contains("on assignment")).expect("it is there") + 1;
    let log = daemon.log();
    assert!(log.contains(&format!("line={line}")) && log.contains("column="), "{log}");
    // Asked for again, the log does not say all of it once more.
    let mistakes = |log: &str| log.lines().filter(|line| line.contains("config: ") && line.contains("code=")).count();
    let refused = |log: &str| log.matches("stay in force").count();
    let (told, times) = (mistakes(&log), refused(&log));
    daemon.signal("HUP");
    until("it is refused again", &daemon, || refused(&daemon.log()) > times);
    assert_eq!(mistakes(&daemon.log()), told, "{}", daemon.log());
    house.import_under("good.toml", &(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    until("a mail under the old rules", &daemon, || smtpd.taken().len() == 1);
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn a_change_of_the_file_is_found_without_a_signal_and_holds_for_what_comes() {
    let smtpd = Smtpd::start(Setup::default());
    let rules = |steps| Rules { smtp_port: Some(smtpd.port()), steps: Some(steps), ..Rules::default() };
    let house = House::new(&rules("[[policy.step]]\nname = \"due\"\nwhen = \"on deadline\"\nto = [\"assignee\"]\n"));
    house.import(&(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    let mut daemon = house.start();
    house.configure(&rules(ON_ASSIGNMENT).text());
    daemon.says("the new rules hold");
    house.import(&dispatch("2/UBND", 1, 1, "2099-12-31"));
    until("a mail under the new rules", &daemon, || !smtpd.taken().is_empty());
    assert_eq!(daemon.stop(), 0);
    let kept = std::fs::read_to_string(house.path("state/last-good.toml")).expect("it is kept");
    assert_eq!(kept, rules(ON_ASSIGNMENT).text());
}

/// As a volume of secrets or a release folder does: the link in the middle is turned, the name of the config stays.
#[test]
fn f58_a_link_on_the_way_to_the_config_that_is_turned_is_noticed_at_once() {
    let smtpd = Smtpd::start(Setup::default());
    let rules = |steps| Rules { smtp_port: Some(smtpd.port()), steps: Some(steps), ..Rules::default() };
    let house = House::new(&rules("[[policy.step]]\nname = \"due\"\nwhen = \"on deadline\"\nto = [\"assignee\"]\n"));
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, house.path(name)).expect("a folder of our own");
    for name in ["one", "two"] {
        std::fs::create_dir(house.path(name)).expect("a folder of our own");
    }
    std::fs::rename(house.path("config.toml"), house.path("one/config.toml")).expect("a folder of our own");
    std::fs::write(house.path("two/config.toml"), rules(ON_ASSIGNMENT).text()).expect("a folder of our own");
    link("one", "now");
    link("now/config.toml", "config.toml");
    let mut daemon = house.start();
    let turned = std::time::Instant::now();
    link("two", "next");
    std::fs::rename(house.path("next"), house.path("now")).expect("a folder of our own");
    daemon.says("the new rules hold");
    assert!(turned.elapsed() < std::time::Duration::from_secs(25), "found by looking every 30 s: {:?}", turned.elapsed());
    house.import(&(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    until("a mail under the new rules", &daemon, || smtpd.taken().len() == 1);
    assert_eq!(daemon.stop(), 0);
}

/// Every mail is laid out under one set of rules, leaves once, and what was asked for last holds in the end.
#[test]
fn f59_two_reloads_at_once_while_mails_leave_cost_none_and_double_none() {
    const HEADS: usize = 60;
    let smtpd = Smtpd::start(Setup { delay: std::time::Duration::from_millis(15), ..Setup::default() });
    let rules = |office: &str| {
        let rules = Rules { smtp_port: Some(smtpd.port()), ..Rules::default() }.text();
        rules.replace("name = \"Office\"", &format!("name = \"{office}\"")).replace("Office <", &format!("{office} <"))
    };
    let house = House::new(&Rules::default());
    house.configure(&rules("Ward One"));
    house.import(&(people(HEADS, None) + &dispatch("1/UBND", 1, HEADS, "2099-12-31")));
    let mut daemon = house.start();
    until("a load", &daemon, || smtpd.taken().len() > 8);
    for office in ["Ward Two", "Ward Three"] {
        house.configure(&rules(office));
        daemon.signal("HUP");
    }
    assert!(smtpd.taken().len() < HEADS, "it came too late to show anything");
    until("every mail", &daemon, || smtpd.taken().len() >= HEADS && house.queued() == 0);
    let kept = || std::fs::read_to_string(house.path("state/last-good.toml")).expect("it is kept");
    until("the last config is read", &daemon, || kept() == rules("Ward Three"));
    let digest = |log: &str, words: &str| {
        let line = log.lines().rfind(|line| line.contains(words))?;
        line.split_once("config.digest=")?.1.split(' ').next().map(str::to_owned)
    };
    until("it holds", &daemon, || {
        let log = daemon.log();
        let read = digest(&log, "is read again and valid");
        read.is_some() && read == digest(&log, "the new rules hold")
    });
    house.import(&dispatch("2/UBND", 1, 1, "2099-12-31"));
    until("a mail by the last rules", &daemon, || smtpd.taken().len() > HEADS && house.queued() == 0);
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    let offices = |raw: &[u8]| {
        let mail = mail_parser::MessageParser::default().parse(raw).expect("a mail");
        let from = mail.from().and_then(|from| from.first()).and_then(|from| from.name()).expect("a name").to_owned();
        (from, mail.body_text(0).expect("a text").into_owned())
    };
    let names = ["Ward One", "Ward Two", "Ward Three"];
    let taken = smtpd.taken();
    for mail in &taken {
        let (_, text) = offices(&mail.raw);
        let said = names.iter().filter(|name| text.to_lowercase().contains(&name.to_lowercase())).count();
        assert_eq!(said, 1, "one set of rules: {text}");
    }
    let (from, text) = offices(&taken[HEADS].raw);
    assert!(from == "Ward Three" && text.to_lowercase().contains("ward three"), "{from}: {text}");
    let mut to: Vec<&str> = taken[..HEADS].iter().map(|mail| mail.to.as_str()).collect();
    to.sort_unstable();
    to.dedup();
    assert_eq!((to.len(), taken.len()), (HEADS, HEADS + 1), "each once");
    assert!(house.command(&["verify"]).status.success());
}

#[test]
fn a_cold_start_with_a_broken_config_uses_the_last_good_one_and_says_that_it_is_degraded() {
    let smtpd = Smtpd::start(Setup::default());
    let rules = Rules { smtp_port: Some(smtpd.port()), ..Rules::default() };
    let house = House::new(&rules);
    assert_eq!(house.start().stop(), 0);
    house.import(&(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    house.configure(&rules.text().replace("[office]", "[offfice]"));
    let mut daemon = house.start();
    until("a mail under the last good rules", &daemon, || smtpd.taken().len() == 1);
    let log = daemon.log();
    assert!(log.contains("ERROR") && log.contains("degraded") && log.contains("offfice"), "{log}");
    house.configure(&rules.text());
    daemon.says("the config is read again and valid");
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn commands_on_the_store_go_on_with_the_last_good_config_and_those_that_judge_the_config_do_not() {
    let house = House::new(&Rules { outbox: true, ..Rules::default() });
    house.import(&(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    let mut daemon = house.start();
    let text = std::fs::read_to_string(house.path("config.toml")).expect("ours");
    house.configure(&format!("{text}zz = 1\n"));
    for words in [
        &["pause", "--note", "danh sách sai"][..],
        &["status"],
        &["list"],
        &["show", "1/UBND#1@u0"],
        &["export", "1/UBND#1@u0"],
        &["reply", "1/UBND#1@u0", "acknowledge", "--as", "p0"],
        &["why-not", "1/UBND#1@u0", "--person", "p0"],
        &["resume"],
        &["confirm"],
        &["verify"],
    ] {
        let done = house.command(words);
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{words:?}: {told}");
        assert!(told.contains("warning[last-good]") && told.contains("last-good.toml"), "{words:?}: {told}");
    }
    let facts = house.path("facts.toml");
    for words in [&["check"][..], &["import", facts.to_str().expect("a plain path")], &["simulate"]] {
        let done = house.command(words);
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success() && told.contains("zz"), "{words:?}: {told}");
    }
    assert_eq!(daemon.stop(), 0);
    // A name that was mistyped is no config.
    std::fs::remove_file(house.path("config.toml")).expect("ours");
    assert!(!house.command(&["status"]).status.success());
}

#[test]
fn without_any_valid_config_it_does_not_start_and_shows_what_is_wrong() {
    let rules = Rules { outbox: true, ..Rules::default() };
    let house = House::new(&rules);
    house.configure(&rules.text().replace("hours = [", "hurs = ["));
    let mut daemon = house.spawn();
    assert_eq!(daemon.exit_code(), 1);
    let log = daemon.log();
    assert!(log.contains("hurs") && log.contains("config.toml:"), "{log}");
    assert!(!house.path("state/dondoc.db").exists());
}

#[test]
fn the_store_cannot_change_while_it_runs() {
    let rules = Rules { outbox: true, ..Rules::default() };
    let house = House::new(&rules);
    let mut daemon = house.start();
    house.configure(&rules.text().replace("state/dondoc.db", "elsewhere/dondoc.db"));
    daemon.signal("HUP");
    daemon.says("[store] cannot change while the daemon runs");
    assert_eq!(daemon.stop(), 0);
    assert!(!house.path("elsewhere").exists());
}

#[test]
fn a_broken_template_leaves_rules_and_templates_as_they_were_and_a_cold_start_uses_the_shipped_ones() {
    let smtpd = Smtpd::start(Setup::default());
    let rules = Rules { smtp_port: Some(smtpd.port()), ..Rules::default() };
    let house = House::new(&rules);
    let (_, shipped) = SHIPPED.into_iter().find(|(name, _)| *name == "mail.txt").expect("it is shipped");
    let put = |greeting: &str| {
        let text = shipped.replace("{{ greeting }}", greeting);
        std::fs::write(house.path("templates/mail.txt"), text).expect("a folder of our own");
    };
    let texts = || {
        let text = |raw: &[u8]| {
            let mail = mail_parser::MessageParser::default().parse(raw).expect("a mail");
            mail.body_text(0).expect("a text").into_owned()
        };
        smtpd.taken().iter().map(|mail| text(&mail.raw)).collect::<Vec<_>>()
    };
    house.import(&(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    let mut daemon = house.start();
    until("a mail by the shipped template", &daemon, || texts().len() == 1);

    // The folder comes while the daemon runs; nobody sends a signal.
    std::fs::create_dir(house.path("templates")).expect("a folder of our own");
    put("LETTERHEAD ONE\n\n{{ greeting }}");
    daemon.says("the new rules hold");
    house.import(&dispatch("2/UBND", 1, 1, "2099-12-31"));
    until("a mail by the template of the office", &daemon, || texts().len() == 2);
    assert!(!texts()[0].contains("LETTERHEAD") && texts()[1].contains("LETTERHEAD ONE"), "{:?}", texts());

    // Rules that are sound are not taken together with a template that is not.
    house.configure(&rules.text().replace("name = \"new\"", "name = \"newer\""));
    put("LETTERHEAD TWO\n\n{{ greetings }}");
    daemon.signal("HUP");
    daemon.says("stay in force");
    let log = daemon.log();
    assert!(log.contains("mail.txt") && log.contains("bad-template") && log.contains("`greetings` is undefined"), "{log}");
    house.import_under("config.toml", &dispatch("3/UBND", 1, 1, "2099-12-31"));
    until("a mail by the template from before", &daemon, || texts().len() == 3);
    assert!(texts()[2].contains("LETTERHEAD ONE"), "{}", texts()[2]);
    assert_eq!(daemon.stop(), 0);

    let mut daemon = house.start();
    daemon.says("the daemon works degraded, mails are laid out by the shipped templates");
    house.import(&dispatch("4/UBND", 1, 1, "2099-12-31"));
    until("a mail by the shipped template", &daemon, || texts().len() == 4);
    assert!(!texts()[3].contains("LETTERHEAD"), "{}", texts()[3]);
    put("LETTERHEAD THREE\n\n{{ greeting }}");
    daemon.says("the config is read again and valid");
    assert_eq!(daemon.stop(), 0);
}
