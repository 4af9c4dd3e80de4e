//! Writes the page for answers by link to `docs/gallery`, as it is served: `cargo run --example link_page`.

#[path = "../tests/support/browser.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod browser;
#[path = "../tests/support/house.rs"]
mod house;

use std::path::Path;

use browser::{Browser, Served};
use house::House;

const POLICY: &str = r#"
[[policy]]
name = "chung"
[[policy.step]]
name = "giao"
label = "Nhiệm vụ mới"
when = "on assignment"
to = ["assignee"]
[[policy.step]]
name = "nhac"
label = "Nhắc việc"
when = "3 working days before deadline"
to = ["assignee"]
[[route]]
policy = "chung"
"#;

const FACTS: &str = r#"
[[unit]]
id = "ubnd"
name = "Ủy ban nhân dân phường"
[[unit]]
id = "pnv"
name = "Phòng Nội vụ"
parent = "ubnd"
[[person]]
id = "an"
name = "Nguyễn Thị An"
email = "an@example.org"
[[person]]
id = "binh"
name = "Trần Văn Bình"
email = "binh@example.org"
[[person]]
id = "chi"
name = "Đỗ Minh Chi"
email = "chi@example.org"
[[person]]
id = "truc"
name = "Lê Thị Trực"
email = "truc@example.org"
phone = "028 3894 0000"
[[appointment]]
person = "an"
unit = "pnv"
position = "head"
title = "Trưởng phòng"
[[appointment]]
person = "binh"
unit = "pnv"
position = "officer"
title = "Chuyên viên"
[[appointment]]
person = "chi"
unit = "pnv"
position = "deputy"
title = "Phó Trưởng phòng"
[[appointment]]
person = "truc"
unit = "ubnd"
position = "theo-doi"
[[dispatch]]
number = "4988/UBND-CCHC"
issuer = "UBND quận"
date = 2023-10-02
subject = "đẩy mạnh cải cách hành chính"
[[directive]]
dispatch = "4988/UBND-CCHC"
clause = "1.e"
title = "Rà soát, công bố danh mục thủ tục hành chính tại Bộ phận Một cửa"
lead = ["pnv"]
deadline = "trước ngày 31/12/2023"
"#;

const MORE: &str = r#"
[[directive]]
dispatch = "4988/UBND-CCHC"
clause = "4.b"
title = "Nâng tỷ lệ hồ sơ trực tuyến toàn trình"
lead = ["pnv"]
deadline = 2023-10-03
target = { metric = "online", op = ">", value = 60, unit = "%" }
[[directive]]
dispatch = "4988/UBND-CCHC"
clause = "2.a"
title = "Báo cáo kết quả kiểm tra công vụ <quý III> & phương hướng"
lead = ["pnv"]
deadline = 2023-10-31
"#;

#[tokio::main]
async fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gallery");
    let write = |name: &str, page: &browser::Page| {
        std::fs::write(folder.join(format!("{name}.html")), &page.body).expect("the gallery is writable");
    };
    let (served, house, address) = open(FACTS).await;
    let mut browser = Browser::new(&served);
    let page = browser.get(&address).await;
    write("link-one", &page);
    write("link-english", &browser.get(&format!("{address}?lang=en")).await);
    let form = page.hidden("form");
    house.sleeps_until("2023-10-02T08:05");
    let wrong = [
        ("form", form.as_str()),
        ("i1", "extend"),
        ("i1-extend-until", "31/11/2023"),
        ("i1-extend-note", "Chờ hướng dẫn của Sở Nội vụ"),
    ];
    write("link-error", &browser.post(&address, &wrong).await);
    let done = [("form", form.as_str()), ("i1", "done"), ("i1-done-document", "123/BC-PNV ngày 02/10/2023")];
    write("link-done", &browser.post(&address, &done).await);
    write("link-answered", &browser.get(&address).await);
    write("link-lost", &browser.get("/r/khong-co").await);

    let (served, house, address) = open(&format!("{FACTS}{MORE}")).await;
    let mut browser = Browser::new(&served).without_fetch_metadata();
    let page = browser.get(&address).await;
    write("link-several", &page);
    house.sleeps_until("2023-10-02T08:05");
    let some = [("form", page.hidden("form")), ("all", "each".to_owned()), ("i1", "progress".to_owned())];
    let some: Vec<(&str, &str)> = some.iter().map(|(name, value)| (*name, value.as_str())).collect();
    write("link-weak", &browser.post(&address, &some).await);
}

/// A house that has just mailed its items to An, the page, and the address in the mail.
async fn open(facts: &str) -> (Served, House, String) {
    let mut house = House::new(POLICY, facts).await;
    let (listener, links) = Served::port().await;
    house.engine = house.engine.with_links(Some(links));
    let served = Served::start(listener, house.engine.clone(), house.clock.clone());
    house.tick().await;
    let left = house.left();
    let mail = left.iter().find(|one| one.to == "an@example.org").expect("a mail");
    let gallery = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gallery");
    std::fs::write(gallery.join("link-mail.html"), mail.parcel.html.as_deref().unwrap_or_default())
        .expect("the gallery is writable");
    let address = mail.parcel.text.lines().find(|line| line.starts_with("http://")).expect("a link").to_owned();
    (served, house, address)
}
