//! Programs that check mails: they open every link, and some press what they find. Nothing of that stops an escalation.

use std::time::Instant;

use reqwest::Method;
use tokio::task::JoinSet;

use super::{Browser, Linked};

/// As they name themselves.
const PROGRAMS: [&str; 8] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 SafeLinks",
    "Mozilla/5.0 (compatible; BarracudaCentral/1.0)",
    "Mozilla/5.0 (compatible; proofpoint.com URL Defense)",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "curl/8.5.0",
    "Mimecast URL Protect/1.0",
    "Slackbot-LinkExpanding 1.0",
    "TelegramBot (like TwitterBot)",
];

/// Requests of one kind after the other.
async fn opens(mut browser: Browser, addresses: Vec<String>, requests: usize, offset: usize) {
    for number in 0..requests {
        let place = number + offset;
        let address = &addresses[place % addresses.len()];
        browser.headers.insert("user-agent", PROGRAMS[place % PROGRAMS.len()].to_owned());
        let (method, headers): (Method, &[(&str, &str)]) = match place % 10 {
            0 | 1 => (Method::HEAD, &[]),
            2 => (Method::OPTIONS, &[("access-control-request-method", "POST")]),
            3 => (Method::GET, &[("purpose", "prefetch"), ("sec-purpose", "prefetch;prerender")]),
            4 => (Method::GET, &[("x-moz", "prefetch")]),
            _ => (Method::GET, &[]),
        };
        let page = browser.ask(method.clone(), address, headers, None).await;
        let expected = if method == Method::OPTIONS { 405 } else { 200 };
        assert_eq!(page.status, expected, "{method} {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_visits_of_programs_and_forms_pressed_at_once_stop_no_escalation() {
    let mut linked = Linked::new().await;
    let addresses: Vec<String> = ["p0", "p1", "p2", "p3"].iter().map(|person| linked.address(person)).collect();
    let before = linked.state().await;
    let began = Instant::now();
    let mut crew = JoinSet::new();
    for worker in 0..8 {
        let browser = linked.browser().without_fetch_metadata().from(&format!("40.94.{worker}.1"));
        crew.spawn(opens(browser, addresses.clone(), 1_250, worker * 1_250));
    }
    while let Some(done) = crew.join_next().await {
        done.expect("every visit is answered");
    }
    eprintln!("10000 visits in {} ms", began.elapsed().as_millis());
    assert_eq!(linked.state().await, before, "nothing changed, not even the journal");

    // Some read the form and press every button of it at once, as a browser of their own would.
    for person in ["p0", "p1", "p2", "p3"] {
        let address = linked.address(person);
        for choice in ["acknowledge", "progress", "done", "none"] {
            for mut program in [linked.browser(), linked.browser().without_fetch_metadata()] {
                let form = program.get(&address).await.hidden("form");
                let fields = [("form", form.as_str()), ("all", "acknowledge"), ("i1", choice), ("i2", choice)];
                assert_eq!(program.post(&address, &fields).await.status, 403);
                linked.house.clock.set(linked.house.clock.now() + jiff::SignedDuration::from_millis(200));
                assert_eq!(program.post(&address, &fields).await.status, 403, "1.9 s later it would still be too soon");
            }
        }
    }
    assert_eq!(linked.house.number("SELECT COUNT(*) FROM reply").await, 0);
    assert_eq!(linked.works().await, ["not_acknowledged"; 5]);
    let refused = linked.house.journal("link-refused").await;
    assert!(refused.iter().all(|entry| entry.contains("too-fast")), "{refused:?}");
    assert_eq!((refused.len(), linked.served.acted()), (4 * 16, 0));

    // And some wait their two seconds: what they press is weak, from one network for all.
    for person in ["p1", "p2", "p3"] {
        let mut program = linked.browser().without_fetch_metadata().from("40.94.0.7");
        let page = linked.answers(&mut program, &linked.address(person), &[("i1", "done")]).await;
        assert!(page.says("Cần xác nhận thêm một lần"), "{}", page.body);
    }
    assert_eq!(linked.works().await, ["not_acknowledged"; 5]);

    // The next morning the leader is told of all of them.
    linked.house.until("2023-10-03T08:30").await;
    let delivered = "SELECT COUNT(*) FROM reminder WHERE step = 'chua-nhan' AND state = 'delivered'";
    assert_eq!(linked.house.number(delivered).await, 5);
    let to_the_leader = linked.house.left().iter().filter(|left| left.to == "chu@example.org").count();
    assert_eq!(to_the_leader, 1, "in one message");
    linked.house.is_sound().await;
}
