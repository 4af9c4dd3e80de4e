//! An office with a history of its own, whose decisions are explained: a chat that dies, a broken promise, a stand-in.

use std::path::Path;

use super::house::{HEAD, House};
use dondoc::domain::delivery::{Binding, Verdict};
use dondoc::domain::reply::ReplyKind;
use dondoc::engine::reply::Request;
use dondoc::store::{Store, Where};

/// The rules.
pub const POLICY: &str = r#"
[[policy]]
name = "tieu-chuan"
label = "Quy tắc tiêu chuẩn"
[[policy.step]]
name = "giao-viec"
label = "Nhiệm vụ mới"
when = "khi giao"
to = ["người thực hiện"]
[[policy.step]]
name = "nhac-3"
label = "Nhắc việc"
when = "3 ngày làm việc trước hạn"
to = ["người thực hiện", "trưởng đơn vị"]
[[policy.step]]
name = "don-doc"
label = "Đôn đốc"
when = "1 ngày làm việc sau hạn"
to = ["lãnh đạo phụ trách"]
copy = ["người theo dõi"]
courtesy = "4 giờ làm việc"
[[policy.step]]
name = "bao-cao"
label = "Báo cáo lãnh đạo"
when = "5 ngày làm việc sau hạn"
to = ["lãnh đạo phụ trách"]
digest = "weekly"
[[route]]
policy = "tieu-chuan"
"#;

const FACTS: &str = r#"
[[unit]]
id = "ubnd"
name = "Ủy ban nhân dân phường"
[[unit]]
id = "pnv"
name = "Phòng Nội vụ"
parent = "ubnd"
supervisor = "position:pct-vx@ubnd"
[[person]]
id = "an"
name = "Nguyễn Thị An"
email = "an@example.org"
telegram = 1001
prefer = ["telegram", "email"]
[[person]]
id = "chi"
name = "Đỗ Minh Chi"
email = "chi@example.org"
[[person]]
id = "lan"
name = "Phạm Thị Lan"
email = "lan@example.org"
[[person]]
id = "mai"
name = "Vũ Thị Mai"
email = "mai@example.org"
[[person]]
id = "truc"
name = "Lê Thị Trực"
email = "truc@example.org"
[[appointment]]
person = "an"
unit = "pnv"
position = "head"
title = "Trưởng phòng Nội vụ"
[[appointment]]
person = "chi"
unit = "pnv"
position = "officer"
title = "Chuyên viên"
[[appointment]]
person = "lan"
unit = "ubnd"
position = "pct-vx"
title = "Phó Chủ tịch phụ trách văn xã"
[[appointment]]
person = "mai"
unit = "ubnd"
position = "theo-doi"
title = "Chuyên viên Văn phòng"
[[substitution]]
person = "lan"
by = "mai"
from = 2023-10-30
to = 2023-11-10
[[dispatch]]
number = "4988/UBND-VX"
issuer = "UBND quận"
date = 2023-09-29
subject = "Công tác cải cách hành chính quý IV"
[[directive]]
dispatch = "4988/UBND-VX"
clause = "1"
title = "Báo cáo kết quả rà soát thủ tục hành chính"
lead = ["pnv"]
assignee = "chi"
deadline = 2023-10-15
[[directive]]
dispatch = "4988/UBND-VX"
clause = "2"
title = "Niêm yết công khai bộ thủ tục mới"
lead = ["pnv"]
deadline = 2023-11-30
"#;

/// Two months of it, in that folder.
pub async fn history(folder: &Path) {
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).expect("a writable folder");
    write("config.toml", format!("{HEAD}{POLICY}"));
    let eager = POLICY.replace("3 ngày làm việc trước hạn", "5 ngày làm việc trước hạn");
    let eager = eager.replace("\"5 ngày làm việc sau hạn\"", "\"3 ngày làm việc sau hạn\"");
    write("moi.toml", format!("{HEAD}{eager}"));
    let store = Store::create(&Where::Sqlite(folder.join("dondoc.db"))).await.expect("a new store");
    let mut house = House::on(store, POLICY, FACTS).await;
    house.until("2023-10-02T10:00").await;
    // The chat of An takes nothing any more: mail takes over.
    house.chat.answer_next(Verdict::Refused { reason: "403 bot was blocked by the user".to_owned(), binding: Binding::Dead });
    house.until("2023-10-13T09:00").await;
    let chi = house.person("chi").await;
    house
        .reply_as(
            "1",
            "pnv",
            Request { until: Some(jiff::civil::date(2023, 10, 18)), ..Request::new(ReplyKind::Acknowledge, chi, "cli") },
        )
        .await;
    house.until("2023-11-02T16:00").await;
    let note = Some("=HYPERLINK(\"http://example.org\")".to_owned());
    house.reply_as("1", "pnv", Request { note, percent: Some(60), ..Request::new(ReplyKind::Progress, chi, "link") }).await;
    house.until("2023-11-28T12:00").await;
}
