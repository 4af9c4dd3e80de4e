//! Tokens that lead nowhere, and those that no longer lead anywhere.

use std::collections::BTreeSet;

use dondoc::domain::reply::ReplyKind;

use super::Linked;

/// Damages of a token: what a mail client, a wire or a guess makes of it.
fn damaged(token: &str) -> Vec<String> {
    let mut made: Vec<String> = vec![
        token.to_uppercase(),
        token[1..].to_owned(),
        token[..token.len() - 1].to_owned(),
        format!("{token}a"),
        format!("=3D{token}"),
        format!("{token}="),
        format!("{token}/"),
        format!("{token}%00"),
        format!("%72{token}"),
        token.chars().rev().collect(),
        "a".repeat(52),
        "x".repeat(4_000),
        String::new(),
        "..%2f..%2fetc%2fpasswd".to_owned(),
        "' OR 1=1 --".replace(' ', "%20"),
        "%F0%9F%98%80".to_owned(),
        "%ff%fe".to_owned(),
    ];
    for place in 0..token.len() {
        let mut bytes = token.as_bytes().to_vec();
        bytes[place] = if bytes[place] == b'a' { b'b' } else { b'a' };
        made.push(String::from_utf8(bytes).expect("ASCII"));
    }
    made
}

#[tokio::test]
async fn every_bad_token_gets_the_same_page_to_the_byte() {
    let (linked, other) = (Linked::new().await, Linked::new().await);
    let token = |linked: &Linked, person: &str| linked.address(person).rsplit('/').next().expect("a token").to_owned();
    let ours = token(&linked, "p0");
    let mut wrong = damaged(&ours);
    // Of another house with the same key.
    wrong.push(token(&other, "p0"));
    let before = linked.state().await;
    let mut pages = BTreeSet::new();
    for (number, token) in wrong.iter().enumerate() {
        let mut browser = linked.browser().from(&format!("198.51.{}.{}", number / 200, number % 200));
        let page = browser.get(&format!("/r/{token}")).await;
        assert_eq!(page.status, 404, "{token}");
        assert!(page.headers.get("set-cookie").is_none());
        pages.insert(page.body);
        let page = browser.post(&format!("/r/{token}"), &[("i1", "acknowledge")]).await;
        assert_eq!(page.status, 404, "{token}");
        pages.insert(page.body);
    }
    assert_eq!(pages.len(), 1, "one page for all of them");
    assert_eq!(linked.state().await, before);
    assert_eq!(linked.browser().get(&format!("/r/{ours}")).await.status, 200);
}

#[tokio::test]
async fn a_token_of_another_message_shows_that_message_and_takes_no_form_of_this_one() {
    let linked = Linked::new().await;
    let (mut an, mut binh) = (linked.browser(), linked.browser());
    let form = an.get(&linked.address("p0")).await.hidden("form");
    binh.get(&linked.address("p1")).await;
    linked.later(3);
    let page = binh.post(&linked.address("p1"), &[("form", &form), ("i1", "acknowledge")]).await;
    assert_eq!(page.status, 403);
    // Nor with the cookie of the other page.
    let page = an.post(&linked.address("p1"), &[("form", &form), ("i1", "acknowledge")]).await;
    assert_eq!(page.status, 403);
    assert!(linked.works().await.iter().all(|work| work == "not_acknowledged"));
}

#[tokio::test]
async fn twenty_wrong_tokens_a_minute_are_enough() {
    let linked = Linked::new().await;
    let mut guesser = linked.browser().from("198.51.100.7");
    for number in 0..20 {
        assert_eq!(guesser.get(&format!("/r/{number}")).await.status, 404);
    }
    let page = guesser.get("/r/21").await;
    assert_eq!((page.status.as_u16(), page.headers["retry-after"].to_str().expect("ASCII")), (429, "60"));
    assert_eq!(guesser.get(&linked.address("p0")).await.status, 429, "not even a live link tells whether it is one");
    assert_eq!(linked.browser().from("198.51.100.8").get(&linked.address("p0")).await.status, 200);
    linked.later(61);
    assert_eq!(guesser.get(&linked.address("p0")).await.status, 200);
    assert_eq!(linked.house.journal("links-guessed").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_thousand_wrong_tokens_an_hour_raise_the_alarm_once() {
    let linked = Linked::new().await;
    for number in 0..1_010 {
        let mut guesser = linked.browser().from(&format!("203.0.{}.{}", number / 250, number % 250));
        assert_eq!(guesser.get("/r/guess").await.status, 404);
    }
    assert_eq!(linked.house.journal("links-guessed").await, ["{\"tries\":1000,\"v\":1}"]);
    linked.house.is_sound().await;
}

#[tokio::test]
async fn a_link_ends_after_ninety_days_or_with_its_key() {
    let linked = Linked::new().await;
    let address = linked.address("p0");
    linked.later(90 * 86_400 - 200);
    assert_eq!(linked.browser().get(&address).await.status, 200);
    linked.later(200);
    assert_eq!(linked.browser().get(&address).await.status, 404);
    let (listener, _) = super::Served::port().await;
    let other = dondoc::engine::link::Links::new("http://127.0.0.1", secrecy::SecretString::from("another key, after the first"));
    linked.house.clock.set(super::house::at("2023-10-02T07:32"));
    let engine = linked.house.engine.clone().with_links(other);
    let served = super::Served::start(listener, engine, linked.house.clock.clone());
    let path = address.splitn(4, '/').nth(3).expect("a path").to_owned();
    assert_eq!(super::Browser::new(&served).get(&format!("/{path}")).await.status, 404);
}

#[tokio::test]
async fn who_left_the_unit_sees_nothing_of_the_items_and_who_left_the_office_no_page() {
    let linked = Linked::new().await;
    let address = linked.address("p0");
    linked.house.import("[[appointment]]\nperson = \"p0\"\nunit = \"u0\"\nposition = \"head\"\nto = 2023-10-01\n").await;
    let page = linked.browser().get(&address).await;
    assert!(page.status == 200 && page.says("không còn thuộc phần việc của người nhận"), "{}", page.body);
    assert!(!page.says("Giải ngân") && !page.says("<form"), "{}", page.body);
    let facts = "[[person]]\nid = \"p0\"\nname = \"Nguyễn Văn An\"\nemail = \"p0@example.org\"\nactive = false\n";
    linked.house.import(facts).await;
    assert_eq!(linked.browser().get(&address).await.status, 404);
}

#[tokio::test]
async fn what_is_settled_says_so_and_asks_nothing() {
    let linked = Linked::new().await;
    linked.house.reply("1", "u1", "p1", ReplyKind::Done).await;
    let page = linked.browser().get(&linked.address("p1")).await;
    assert!(page.says("Đã báo cáo hoàn thành, chờ nghiệm thu") && page.says("hiện không cần trả lời"), "{}", page.body);
    assert!(!page.says("type=\"radio\"") && !page.says("<button"), "{}", page.body);
}

#[tokio::test]
async fn a_message_that_was_taken_apart_says_that_a_newer_one_holds() {
    let linked = Linked::new().await;
    let sql = "UPDATE message SET state = 'cancelled', reason = 'state-changed'";
    let mut tx = linked.house.engine.store.begin().await.expect("a writer");
    sqlx::query(sql).execute(&mut *tx).await.expect(sql);
    tx.commit().await.expect("a commit");
    let page = linked.browser().get(&linked.address("p1")).await;
    assert!(page.says("thay bằng tin mới hơn") && !page.says("<form"), "{}", page.body);
}
