//! Forms: what is taken, what is not, and what is shown then.

use super::{Linked, on_both};

const OF_UNIT_0: &str = "SELECT d.clause, a.work FROM assignment a JOIN directive d ON d.id = a.directive_id
    JOIN unit u ON u.id = a.unit_id WHERE u.code = 'u0' ORDER BY d.clause";

/// Whose page, what is filled in, where the assignment stands then, and what is known of it.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);

#[tokio::test]
async fn every_reply_of_the_unit_is_taken_over_the_page() {
    let cases: [Case<'_>; 7] = [
        ("p1", &[("i1", "acknowledge")], "acknowledged", "SELECT promised_until FROM assignment WHERE unit_id = 3"),
        ("p1", &[("i1", "acknowledge"), ("i1-acknowledge-until", "20/10/2023")], "acknowledged", "2023-10-20"),
        (
            "p1",
            &[("i1", "progress"), ("i1-progress-percent", "40%"), ("i1-progress-note", "đang  làm")],
            "in_progress",
            "40 | đang làm",
        ),
        (
            "p1",
            &[("i1", "done"), ("i1-done-on", "01/10/2023"), ("i1-done-document", "123/BC-PNV")],
            "reported_done",
            "2023-10-01 | 123/BC-PNV",
        ),
        (
            "p1",
            &[("i1", "extend"), ("i1-extend-until", "2024-01-31"), ("i1-extend-note", "chờ")],
            "not_acknowledged",
            "2024-01-31 | chờ",
        ),
        ("p1", &[("i1", "not-ours"), ("i1-not-ours-note", "của Phòng 2")], "not_acknowledged", "của Phòng 2"),
        ("p0", &[("all", "each"), ("i2", "assign"), ("i2-assign-to", "chi")], "not_acknowledged", "chi"),
    ];
    for (person, fields, work, told) in cases {
        let linked = Linked::new().await;
        let page = linked.answers(&mut linked.browser(), &linked.address(person), fields).await;
        assert!(page.status == 200 && page.says("Đã ghi nhận trả lời"), "{fields:?}:\n{}", page.body);
        assert!(page.says("Ghi nhận lúc 07 giờ 32, ngày 02/10/2023"), "{}", page.body);
        let unit = if person == "p0" { "u0" } else { "u1" };
        let assignment = linked.house.assignment("1", unit).await;
        let stands = linked.house.rows(&format!("SELECT work FROM assignment WHERE id = {assignment}")).await;
        assert_eq!(stands, [work], "{fields:?}");
        let reply = linked.house.rows("SELECT until_date, on_date, percent, note, document, detail, doubt FROM reply").await;
        let assignee = linked
            .house
            .rows("SELECT p.code FROM assignment a JOIN person p ON p.id = a.assignee_id WHERE a.assignee_id IS NOT NULL")
            .await;
        let known = format!("{} | {}", reply.concat().replace(" | ∅", "").replace("∅ | ", ""), assignee.concat());
        assert!(told.starts_with("SELECT") || known.contains(told), "{told} in {known}");
        assert!(reply.len() == 1 && reply[0].contains("\"via\":\"link\"") && reply[0].ends_with("∅"), "{reply:?}");
        assert_eq!(linked.served.acted(), 1, "the planner is poked");
        linked.house.is_sound().await;
    }
}

#[tokio::test]
async fn one_choice_acknowledges_all_and_replies_one_by_one_leave_the_others() {
    on_both(|linked| async move {
        let mut browser = linked.browser();
        let page = linked.answers(&mut browser, &linked.address("p0"), &[("all", "acknowledge")]).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert_eq!(linked.house.rows(OF_UNIT_0).await, ["1 | acknowledged", "2 | acknowledged"]);
        let fields = [("i1", "progress"), ("i1-progress-percent", "62"), ("i2", "none")];
        let page = linked.answers(&mut browser, &linked.address("p0"), &fields).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert_eq!(linked.house.rows(OF_UNIT_0).await, ["1 | acknowledged", "2 | in_progress"]);
        assert_eq!(linked.house.rows("SELECT value FROM figure").await, ["62"], "a percentage is the figure of such a target");
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_with_what_was_typed_and_nothing_is_taken() {
    let linked = Linked::new().await;
    let (mut browser, address) = (linked.browser(), linked.address("p0"));
    let before = linked.state().await;
    let good = [("all", "each"), ("i1", "progress"), ("i1-progress-percent", "40")];
    let wrong: [(&[(&str, &str)], &str); 7] = [
        (&[("i2", "extend"), ("i2-extend-until", "31/11/2023"), ("i2-extend-note", "<chờ>")], "Không đọc được ngày này"),
        (&[("i2", "extend"), ("i2-extend-until", "20/12/2023"), ("i2-extend-note", "<chờ>")], "phải sau thời hạn hiện nay"),
        (&[("i2", "extend"), ("i2-extend-until", "20/01/2024")], "Đề nghị ghi nội dung này"),
        (&[("i2", "done"), ("i2-done-on", "03/10/2023")], "Ngày này chưa đến"),
        (&[("i2", "acknowledge"), ("i2-acknowledge-until", "01/10/2023")], "Ngày này đã qua"),
        (&[("i2", "assign"), ("i2-assign-to", "p1")], "Đề nghị ghi nội dung này"),
        (&[("i2", "accept")], "Đề nghị chọn một nội dung trả lời"),
    ];
    for (fields, said) in wrong {
        let page = linked.answers(&mut browser, &address, &[&good, fields].concat()).await;
        assert!(page.status == 422 && page.says(said), "{said}:\n{}", page.body);
        assert!(page.says("Chưa có nội dung nào được ghi nhận"), "{}", page.body);
        assert!(page.says("value=\"40\""), "what was typed stands there again");
        assert!(!page.says("<chờ>"), "as text");
        if let Some((_, typed)) = fields.iter().find(|(name, _)| name.ends_with("until")) {
            assert!(page.says(&format!("value=\"{typed}\"")), "{typed}");
        }
        assert_eq!(linked.state().await, before, "not even the item that was right: {said}");
    }
    let page = linked.answers(&mut browser, &address, &[("all", "each")]).await;
    assert!(page.status == 422 && page.says("ít nhất một nội dung"), "{}", page.body);
    let page = linked.answers(&mut linked.browser(), &linked.address("p1"), &[]).await;
    assert!(page.status == 422 && page.says("Đề nghị chọn một nội dung trả lời"), "there is no default:\n{}", page.body);
    assert_eq!((linked.state().await, linked.served.acted()), (before, 0));
}

#[tokio::test]
async fn a_form_counts_once_however_often_it_is_sent() {
    on_both(|linked| async move {
        let (mut browser, address) = (linked.browser(), linked.address("p1"));
        let form = browser.get(&address).await.hidden("form");
        linked.later(3);
        let fields = [("form", form.as_str()), ("i1", "progress"), ("i1-progress-percent", "40")];
        assert!(browser.post(&address, &fields).await.says("Đã ghi nhận trả lời"));
        for _ in 0..3 {
            let page = browser.post(&address, &fields).await;
            assert!(page.status == 200 && page.says("đã được ghi nhận trước đó"), "{}", page.body);
        }
        assert_eq!(linked.house.number("SELECT COUNT(*) FROM reply").await, 1);
        // Two copies at the same time.
        let form = browser.get(&address).await.hidden("form");
        linked.later(3);
        let fields = [("form", form.as_str()), ("i1", "progress"), ("i1-progress-percent", "60")];
        tokio::join!(browser.post(&address, &fields), browser.post(&address, &fields));
        assert_eq!(linked.house.number("SELECT COUNT(*) FROM reply").await, 2);
        linked.house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_form_is_taken_only_from_its_own_page_and_browser() {
    let linked = Linked::new().await;
    let address = linked.address("p1");
    let origin = format!("http://{}", linked.served.address);
    let mut browser = linked.browser();
    let form = browser.get(&address).await.hidden("form");
    linked.later(3);
    let fields = [("form", form.as_str()), ("i1", "not-ours"), ("i1-not-ours-note", "của Phòng 2")];
    let elsewhere = format!("{origin}.evil.example");
    let foreign: [&[(&str, &str)]; 6] = [
        &[],
        &[("origin", "null")],
        &[("origin", "https://evil.example")],
        &[("origin", &elsewhere)],
        &[("referer", "https://evil.example/r/x")],
        &[("origin", &origin), ("x-none", "")],
    ];
    let mut refused = 0;
    for headers in foreign {
        let mut sender = browser.clone();
        if headers.len() == 2 {
            sender.headers.insert("sec-fetch-site", "cross-site".to_owned());
        }
        let page = sender.post_with(&address, &fields, headers).await;
        assert_eq!(page.status, 403, "{headers:?}");
        refused += 1;
    }
    let mut without = browser.clone();
    without.forget_cookie();
    assert_eq!(without.post(&address, &fields).await.status, 403, "no cookie");
    // Another browser's cookie.
    let mut other = linked.browser();
    other.get(&address).await;
    let page = other.post(&address, &fields).await;
    assert!(page.status == 403 && page.says("của Phòng 2"), "what was typed stays:\n{}", page.body);
    let made_up = format!("{form}1");
    assert_eq!(browser.post(&address, &[("form", &made_up), ("i1", "acknowledge")]).await.status, 403);
    assert_eq!(browser.post(&address, &[("i1", "acknowledge")]).await.status, 403);
    refused += 4;
    linked.later(13 * 3_600);
    assert_eq!(browser.post(&address, &fields).await.status, 403, "half a day later");
    refused += 1;
    assert_eq!(linked.works().await, ["not_acknowledged"; 5]);
    assert_eq!(linked.house.number("SELECT COUNT(*) FROM reply").await, 0);
    let told = linked.house.journal("link-refused").await;
    assert_eq!(told.len(), refused, "{told:?}");
    // The page that refused carries a form of its own; `Referer` alone is enough for it.
    let form = browser.get(&address).await.hidden("form");
    linked.later(3);
    let page = browser.post_with(&address, &[("form", &form), ("i1", "acknowledge")], &[("referer", &address)]).await;
    assert!(page.status == 200 && page.says("Đã ghi nhận trả lời"), "{}", page.body);
}

#[tokio::test]
async fn two_windows_of_one_page_both_work() {
    let linked = Linked::new().await;
    let (mut browser, address) = (linked.browser(), linked.address("p1"));
    let first = browser.get(&address).await.hidden("form");
    let second = browser.get(&address).await.hidden("form");
    linked.later(3);
    for (form, reply) in [(first, "acknowledge"), (second, "progress")] {
        let page = browser.post(&address, &[("form", &form), ("i1", reply)]).await;
        assert!(page.says("Đã ghi nhận trả lời"), "{}", page.body);
    }
}

#[tokio::test]
async fn a_form_larger_than_a_megabyte_is_not_read() {
    let linked = Linked::new().await;
    let (mut browser, address) = (linked.browser(), linked.address("p1"));
    let form = browser.get(&address).await.hidden("form");
    linked.later(3);
    let long = "x".repeat(1_100_000);
    let page = browser.post(&address, &[("form", &form), ("i1", "done"), ("i1-done-document", &long)]).await;
    assert_eq!(page.status, 413);
    let long = "x".repeat(600);
    let page = browser.post(&address, &[("form", &form), ("i1", "done"), ("i1-done-document", &long)]).await;
    assert!(page.status == 422 && page.says("tối đa 500 ký tự"), "{}", page.body);
}
