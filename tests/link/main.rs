//! Answers by link: the engine with its page, over real HTTP on loopback.

#[path = "../support/browser.rs"]
#[allow(dead_code, reason = "every test file uses its own part of this")]
mod browser;
mod forms;
#[path = "../support/house.rs"]
mod house;
#[path = "../support/postgres.rs"]
mod postgres;
mod programs;
mod tokens;
mod weak;

use std::future::Future;

use browser::{Browser, Page, Served};
use dondoc::store::{Store, Where};
use house::House;

/// An escalation that only a first answer of the unit stops, and one that only completion stops.
const POLICY: &str = r#"
[[policy]]
name = "chung"
[[policy.step]]
name = "giao"
when = "on assignment"
to = ["assignee"]
copy = ["person:truc"]
[[policy.step]]
name = "chua-nhan"
when = "1 working days after assignment"
to = ["supervisor"]
unless = "acknowledged"
[[route]]
policy = "chung"
"#;

/// Four units with a head each, one of them with two duties and an officer.
fn facts() -> String {
    let mut text = String::from(
        r#"
[[unit]]
id = "ubnd"
name = "UBND phường"
[[person]]
id = "chu"
name = "Phạm Văn Chủ"
email = "chu@example.org"
[[appointment]]
person = "chu"
unit = "ubnd"
position = "head"
[[person]]
id = "truc"
name = "Lê Thị Trực"
email = "truc@example.org"
[[appointment]]
person = "truc"
unit = "ubnd"
position = "theo-doi"
[[dispatch]]
number = "4988/UBND"
issuer = "UBND quận"
date = 2023-10-02
[[directive]]
dispatch = "4988/UBND"
clause = "1"
title = "Báo cáo <b>cải cách</b> & \"thủ tục\""
lead = ["u0", "u1", "u2", "u3"]
deadline = 2023-12-29
[[directive]]
dispatch = "4988/UBND"
clause = "2"
title = "Giải ngân"
lead = ["u0"]
deadline = 2023-11-30
target = { metric = "disbursement", op = ">", value = 90, unit = "%" }
[[person]]
id = "chi"
name = "Đỗ Minh Chi"
email = "chi@example.org"
[[appointment]]
person = "chi"
unit = "u0"
position = "officer"
"#,
    );
    for (number, name) in ["Nguyễn Văn An", "Trần Thị Bình", "Võ Văn Cường", "Lý Thị Dung"].iter().enumerate() {
        text.push_str(&format!(
            "[[unit]]\nid = \"u{number}\"\nname = \"Phòng {number}\"\nparent = \"ubnd\"\nsupervisor = \"person:chu\"\n\
             [[person]]\nid = \"p{number}\"\nname = \"{name}\"\nemail = \"p{number}@example.org\"\n\
             [[appointment]]\nperson = \"p{number}\"\nunit = \"u{number}\"\nposition = \"head\"\n"
        ));
    }
    text
}

/// The house, its page, and the address in the mail of each head; the mails went out at the start.
struct Linked {
    house: House,
    served: Served,
    mails: Vec<house::Left>,
}

impl Linked {
    async fn new() -> Self {
        Self::on(Store::scratch().await.expect("a folder for temporary files")).await
    }

    async fn on(store: Store) -> Self {
        let mut house = House::on(store, POLICY, &facts()).await;
        let (listener, links) = Served::port().await;
        house.engine = house.engine.with_links(Some(links));
        let served = Served::start(listener, house.engine.clone(), house.clock.clone());
        house.tick().await;
        let mails = house.left();
        // Two minutes later people read.
        house.sleeps_until("2023-10-02T07:32");
        Self { house, served, mails }
    }

    /// The address in the mail to that person.
    fn address(&self, person: &str) -> String {
        let to = format!("{person}@example.org");
        let mail = self.mails.iter().find(|mail| mail.to == to).unwrap_or_else(|| panic!("no mail to {to}"));
        address_in(&mail.parcel.text).unwrap_or_else(|| panic!("no link:\n{}", mail.parcel.text))
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.served)
    }

    /// Time passes, by so many seconds.
    fn later(&self, seconds: i64) {
        self.house.clock.set(self.house.clock.now() + jiff::SignedDuration::from_secs(seconds));
    }

    /// A person opens a page, takes three seconds and sends what they chose.
    async fn answers(&self, browser: &mut Browser, address: &str, fields: &[(&str, &str)]) -> Page {
        let form = browser.get(address).await.hidden("form");
        self.later(3);
        browser.post(address, &[&[("form", form.as_str())], fields].concat()).await
    }

    /// Everything that an answer could change, and the journal.
    async fn state(&self) -> Vec<String> {
        let mut state = Vec::new();
        for sql in [
            "SELECT id, work, promised_until, paused_until_ms, assignee_id, revision, next_check_at_ms FROM assignment ORDER BY id",
            "SELECT id, kind, person_id, doubt FROM reply ORDER BY id",
            "SELECT id, state, reason FROM reminder ORDER BY id",
            "SELECT id, state, attempts FROM message ORDER BY id",
            "SELECT token_hash, expires_at_ms FROM link ORDER BY token_hash",
            "SELECT visit FROM link_visit ORDER BY visit",
            "SELECT seq, kind FROM journal ORDER BY seq",
        ] {
            state.extend(self.house.rows(sql).await);
        }
        state
    }

    async fn works(&self) -> Vec<String> {
        self.house.works().await
    }
}

fn address_in(text: &str) -> Option<String> {
    text.lines().find(|line| line.starts_with("http://")).map(str::to_owned)
}

/// Runs a story on SQLite and, where it is installed, on PostgreSQL.
async fn on_both<F: Future<Output = ()>>(story: impl Fn(Linked) -> F) {
    story(Linked::new().await).await;
    let Some(database) = postgres::database() else { return };
    let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("a fresh database");
    story(Linked::on(store.clone()).await).await;
    store.close().await;
}

#[tokio::test]
async fn a_mail_that_asks_carries_its_link_and_a_copy_does_not() {
    let linked = Linked::new().await;
    let mail = |to: &str| &linked.mails.iter().find(|mail| mail.to == to).expect("a mail").parcel;
    let asked = mail("p0@example.org");
    let address = linked.address("p0");
    assert!(asked.text.contains(&format!("Trả lời tại:\n{address}\n")), "{}", asked.text);
    assert_eq!(asked.html.as_deref().expect("a page").matches(&address).count(), 3, "button, address, and its text");
    let copy = mail("truc@example.org");
    assert_eq!(address_in(&copy.text), None);
    let stored = linked.house.rows("SELECT token_hash, message_key FROM link").await.join("\n");
    let token = address.rsplit('/').next().expect("a token");
    assert_eq!(stored.lines().count(), 4, "one for each head: {stored}");
    let whole = linked.house.rows("SELECT detail FROM journal").await.join("\n");
    assert!(!stored.contains(token) && !whole.contains(token), "the token itself is in no table");
}

#[tokio::test]
async fn without_pages_no_message_speaks_of_one() {
    let mut house = House::new(POLICY, &facts()).await;
    house.tick().await;
    for left in house.left() {
        assert!(!left.parcel.text.contains("Trả lời tại") && !left.parcel.text.contains("http"), "{}", left.parcel.text);
    }
    assert_eq!(house.number("SELECT COUNT(*) FROM link").await, 0);
}

#[tokio::test]
async fn the_page_shows_exactly_the_items_of_its_message_and_masks_its_person() {
    let linked = Linked::new().await;
    let page = linked.browser().get(&linked.address("p0")).await;
    assert_eq!(page.status, 200);
    for words in ["N. V. An", "Giải ngân", "Thứ Năm, 30/11/2023", "Thứ Sáu, 29/12/2023", "Chưa xác nhận tiếp nhận", "Phòng 0"]
    {
        assert!(page.says(words), "{words}:\n{}", page.body);
    }
    for words in ["Nguyễn Văn An", "Đỗ Minh Chi", "Phòng 1", "@example.org"] {
        assert!(!page.says(words), "{words}:\n{}", page.body);
    }
    let first = page.body.find("Giải ngân").expect("the nearer deadline");
    assert!(first < page.body.find("Báo cáo ").expect("the other"), "numbered as in the mail");
    assert!(!page.says("<b>cải cách</b>") && page.says("cải cách"), "a title is text");
    assert!(!page.says("accept") || !page.says("value=\"accept\""), "only the unit's replies");
    let english = linked.browser().get(&format!("{}?lang=en", linked.address("p0"))).await;
    assert!(english.says("<html lang=\"en\">") && english.says("Report progress") && english.says("Thursday, 30/11/2023"));
}

#[tokio::test]
async fn every_page_keeps_to_itself() {
    let linked = Linked::new().await;
    let mut browser = linked.browser();
    browser.headers.insert("host", "evil.example".to_owned());
    for address in [linked.address("p1"), "/r/none".to_owned(), "/".to_owned(), "/r/".to_owned()] {
        let page = browser.get(&address).await;
        let header = |name: &str| page.headers.get(name).map_or("", |value| value.to_str().expect("ASCII")).to_owned();
        let policy = header("content-security-policy");
        for rule in
            ["default-src 'none'", "style-src 'sha256-", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
        {
            assert!(policy.contains(rule), "{policy}");
        }
        assert_eq!((header("cache-control").as_str(), header("x-content-type-options").as_str()), ("no-store", "nosniff"));
        assert_eq!((header("referrer-policy").as_str(), header("x-frame-options").as_str()), ("same-origin", "DENY"));
        assert!(header("x-robots-tag").contains("noindex"));
        assert!(!page.says("evil.example") && !page.says("<script") && !page.says("src="), "{}", page.body);
        let style = page.body.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
        let hash = data_encoding::BASE64.encode(&<sha2::Sha256 as sha2::Digest>::digest(style));
        assert!(policy.contains(&format!("'sha256-{hash}'")), "the style that is sent is the one that is allowed");
    }
}
