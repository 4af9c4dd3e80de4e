//! The page for answers by link, from the mail to the state of the assignment.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use dondoc::store::{Store, Where};
use mail_parser::MessageParser;

use crate::browser::{Browser, KEY};
use crate::house::{Daemon, House, PATIENCE, Rules, dispatch, people, until};
use crate::support::dead_port;
use crate::support::smtpd::{Setup, Smtpd};

fn web(port: u16) -> String {
    format!("[web]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n")
}

fn work(house: &House) -> String {
    let done = house.command(&["list", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    list[0]["work"].as_str().expect("a word").to_owned()
}

/// The link in the first mail.
fn link(smtpd: &Smtpd) -> String {
    let raw = smtpd.taken()[0].raw.clone();
    let mail = MessageParser::default().parse(&raw).expect("a mail");
    let text = mail.body_text(0).expect("a text part").into_owned();
    let line = text.lines().find(|line| line.starts_with("http://")).unwrap_or_else(|| panic!("no link:\n{text}"));
    assert!(mail.body_html(0).expect("a page").contains(&format!("href=\"{line}\"")));
    line.to_owned()
}

/// Sends a form until its two seconds are over and it is taken.
async fn sent(browser: &Browser, address: &str, fields: &[(&str, &str)], daemon: &Daemon) -> String {
    let end = Instant::now() + PATIENCE;
    loop {
        let page = browser.post(address, fields).await;
        if page.status == 200 {
            return page.body;
        }
        assert!(Instant::now() < end, "{}\n{}", page.body, daemon.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_of_a_mail_leads_to_its_page_and_the_answer_changes_the_assignment() {
    let (smtpd, port) = (Smtpd::start(Setup::default()), dead_port());
    let house = House::new(&Rules { smtp_port: Some(smtpd.port()), ..Rules::default() });
    house.configure(&format!("{}{}", Rules { smtp_port: Some(smtpd.port()), ..Rules::default() }.text(), web(port)));
    house.credential("link-key", KEY);
    house.import(&(people(1, None) + &dispatch("1/UBND", 1, 1, "2099-12-31")));
    let mut daemon = house.start();
    daemon.says("the page for answers by link is served");
    until("a mail", &daemon, || smtpd.taken().len() == 1);
    until("everything is final", &daemon, || house.queued() == 0);
    let address = link(&smtpd);

    // Who answers within a minute may be a program.
    let mut browser = Browser::at(&format!("http://127.0.0.1:{port}"));
    let form = browser.get(&address).await.hidden("form");
    let early = sent(&browser, &address, &[("form", &form), ("i1", "acknowledge")], &daemon).await;
    assert!(early.contains("Please confirm once more"), "{early}");
    assert_eq!(work(&house), "not_acknowledged");

    // The mail came some minutes ago.
    let store = Store::open(&Where::Sqlite(house.path("state/dondoc.db"))).await.expect("the store of the daemon");
    let mut tx = store.begin().await.expect("a writer");
    let sql = "UPDATE message SET settled_at_ms = settled_at_ms - 300000";
    sqlx::query(sql).execute(&mut *tx).await.expect(sql);
    tx.commit().await.expect("a commit");
    store.close().await;
    let form = browser.get(&address).await.hidden("form");
    let fields = [("form", form.as_str()), ("i1", "progress"), ("i1-progress-percent", "40")];
    let taken = sent(&browser, &address, &fields, &daemon).await;
    assert!(taken.contains("The answer is recorded"), "{taken}");
    assert_eq!(work(&house), "in_progress");

    assert_eq!(daemon.stop(), 0, "a browser that keeps its connection holds nothing up");
    let (log, token) = (daemon.log(), address.rsplit('/').next().expect("a token"));
    for secret in [KEY, token, "p0@example.org"] {
        assert!(!log.contains(secret), "the log holds {secret}:\n{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_port_keeps_the_daemon_from_starting_and_a_reload_moves_the_page() {
    let busy = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let taken = busy.local_addr().expect("a socket").port();
    let rules = Rules { outbox: true, ..Rules::default() };
    let house = House::new(&rules);
    house.credential("link-key", KEY);
    house.configure(&format!("{}{}", rules.text(), web(taken)));
    let mut daemon = house.spawn();
    assert_eq!(daemon.exit_code(), 1);
    let log = daemon.log();
    assert!(log.contains(&format!("cannot listen on 127.0.0.1:{taken}")) && log.contains("give [web] another listen"), "{log}");

    let (first, second) = (dead_port(), dead_port());
    house.configure(&format!("{}{}", rules.text(), web(first)));
    let mut daemon = house.start();
    daemon.says(&format!("127.0.0.1:{first}"));
    // A port that cannot be had leaves the page where it is.
    house.configure(&format!("{}{}", rules.text(), web(taken)));
    daemon.signal("HUP");
    daemon.says("the page stays where it was");
    assert_eq!(Browser::at(&format!("http://127.0.0.1:{first}")).get("/r/none").await.status, 404);
    house.configure(&format!("{}{}", rules.text(), web(second)));
    daemon.signal("HUP");
    daemon.says(&format!("127.0.0.1:{second}"));
    assert_eq!(Browser::at(&format!("http://127.0.0.1:{second}")).get("/r/none").await.status, 404);
    assert_eq!(daemon.stop(), 0);
}
