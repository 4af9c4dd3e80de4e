//! Weak answers: recorded, shown, and stopping nothing until a second signal.

use dondoc::domain::reply::ReplyKind;

use super::{Linked, on_both};

/// What the escalation that only an acknowledgement stops does on the next morning.
async fn escalates(linked: &mut Linked, clause: &str, unit: &str) -> bool {
    linked.house.until("2023-10-03T08:30").await;
    let assignment = linked.house.assignment(clause, unit).await;
    let sql = format!("SELECT state FROM reminder WHERE assignment_id = {assignment} AND step = 'chua-nhan'");
    let state = linked.house.rows(&sql).await;
    assert!(state.len() <= 1, "{state:?}");
    state == ["delivered"]
}

async fn weak(linked: &Linked) -> Vec<String> {
    linked.house.rows("SELECT kind, doubt, CASE WHEN confirmed_at_ms IS NULL THEN 'waits' ELSE 'counts' END FROM reply WHERE doubt IS NOT NULL ORDER BY id").await
}

#[tokio::test]
async fn an_answer_within_a_minute_of_acceptance_stops_nothing() {
    on_both(|mut linked| async move {
        linked.house.clock.set(super::house::at("2023-10-02T07:30"));
        linked.later(30);
        let page = linked.answers(&mut linked.browser(), &linked.address("p1"), &[("i1", "acknowledge")]).await;
        assert!(page.status == 200 && page.says("Cần xác nhận thêm một lần"), "{}", page.body);
        assert_eq!(weak(&linked).await, ["acknowledge | early | waits"]);
        assert_eq!(linked.works().await, ["not_acknowledged"; 5]);
        assert_eq!(linked.house.journal("reply-weak").await.len(), 1);
        let page = linked.browser().get(&linked.address("p1")).await;
        assert!(page.says("chưa được tính. Đề nghị gửi lại để xác nhận"), "the page shows it:\n{}", page.body);
        assert!(escalates(&mut linked, "1", "u1").await);
        linked.house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_says_nothing_of_itself_must_come_a_second_time() {
    on_both(|mut linked| async move {
        let (mut browser, address) = (linked.browser().without_fetch_metadata(), linked.address("p1"));
        let first = browser.get(&address).await.hidden("form");
        linked.later(3);
        browser.post(&address, &[("form", &first), ("i1", "acknowledge")]).await;
        assert_eq!(weak(&linked).await, ["acknowledge | no-fetch-metadata | waits"]);
        // At once again, and with a page that was opened before the first answer: still a program, perhaps.
        let page = linked.answers(&mut browser, &address, &[("i1", "acknowledge")]).await;
        assert!(page.says("Cần xác nhận thêm một lần"), "{}", page.body);
        assert_eq!(weak(&linked).await.len(), 1, "kept once");
        assert_eq!(linked.works().await, ["not_acknowledged"; 5]);
        linked.later(60);
        let page = linked.answers(&mut browser, &address, &[("i1", "acknowledge")]).await;
        assert!(page.says("Đã ghi nhận trả lời"), "{}", page.body);
        assert_eq!(weak(&linked).await, ["acknowledge | no-fetch-metadata | counts"]);
        assert_eq!(linked.house.number("SELECT COUNT(*) FROM reply").await, 2, "both are there");
        assert_eq!(linked.house.journal("reply-confirmed").await.len(), 1);
        assert!(!escalates(&mut linked, "1", "u1").await);
        linked.house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_network_that_opens_everybodys_links_is_doubted_and_its_neighbours_are_not() {
    let mut linked = Linked::new().await;
    for (number, person) in ["p1", "p2", "p3"].iter().enumerate() {
        linked.browser().from(&format!("203.0.113.{number}")).get(&linked.address(person)).await;
    }
    let everybody = [("all", "acknowledge")];
    linked.answers(&mut linked.browser().from("203.0.113.99"), &linked.address("p0"), &everybody).await;
    assert_eq!(weak(&linked).await, ["acknowledge | shared-network | waits"; 2]);
    let page = linked.answers(&mut linked.browser().from("203.0.112.99"), &linked.address("p2"), &[("i1", "acknowledge")]).await;
    assert!(page.says("Đã ghi nhận trả lời"), "{}", page.body);
    assert!(escalates(&mut linked, "1", "u0").await);
    assert!(!escalates(&mut linked, "1", "u2").await);
}

#[tokio::test]
async fn only_a_proxy_on_this_machine_is_believed_about_who_asks() {
    let linked = Linked::new().await;
    // What a visitor wrote into the header stands before what the proxy adds.
    for (number, person) in ["p1", "p2", "p3"].iter().enumerate() {
        linked.browser().from(&format!("192.0.2.{number}, 203.0.113.{number}")).get(&linked.address(person)).await;
    }
    linked.answers(&mut linked.browser().from("203.0.113.9"), &linked.address("p0"), &[("all", "acknowledge")]).await;
    assert_eq!(weak(&linked).await.len(), 2);
}

#[tokio::test]
async fn any_answer_of_the_same_person_confirms_a_weak_acknowledgement() {
    let mut linked = Linked::new().await;
    let mut browser = linked.browser().without_fetch_metadata();
    linked.answers(&mut browser, &linked.address("p1"), &[("i1", "acknowledge")]).await;
    linked.later(5);
    linked.house.reply("1", "u1", "p1", ReplyKind::Progress).await;
    assert_eq!(weak(&linked).await, ["acknowledge | no-fetch-metadata | counts"]);
    assert!(!escalates(&mut linked, "1", "u1").await);
    linked.house.is_sound().await;
}

#[tokio::test]
async fn what_a_program_claims_to_be_done_is_not_confirmed_by_an_acknowledgement() {
    let mut linked = Linked::new().await;
    let mut browser = linked.browser().without_fetch_metadata();
    for fields in [
        &[("i1", "done"), ("i1-done-document", "1/BC")][..],
        &[("i1", "extend"), ("i1-extend-until", "31/01/2024"), ("i1-extend-note", "x")],
        &[("i1", "not-ours"), ("i1-not-ours-note", "x")],
    ] {
        let page = linked.answers(&mut browser, &linked.address("p1"), fields).await;
        assert!(page.says("Cần xác nhận thêm một lần"), "{}", page.body);
    }
    assert_eq!(linked.works().await, ["not_acknowledged"; 5]);
    assert_eq!(linked.house.number("SELECT COUNT(*) FROM reminder WHERE step LIKE 'notice:%'").await, 0, "nobody is told");
    assert_eq!(linked.house.rows("SELECT paused_until_ms FROM assignment WHERE paused_until_ms IS NOT NULL").await.len(), 0);
    linked.house.reply("1", "u1", "p1", ReplyKind::Acknowledge).await;
    assert!(weak(&linked).await.iter().all(|line| line.ends_with("waits")), "{:?}", weak(&linked).await);
    let works = linked.works().await;
    assert_eq!(works.iter().filter(|work| *work == "acknowledged").count(), 1);
    linked.house.reply("1", "u1", "p1", ReplyKind::Done).await;
    assert_eq!(weak(&linked).await[0], "done | no-fetch-metadata | counts");
    linked.house.until("2023-10-03T08:30").await;
    linked.house.is_sound().await;
}
