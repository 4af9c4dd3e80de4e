//! Every dialogue, through JSON updates in, Bot API calls out and the state of the store, on both databases.

use dondoc::domain::reply::ReplyKind;

use super::bot::{Conversation, on_both};

pub const POLICY: &str = r#"
[[policy]]
name = "chung"
label = "Quy tắc chung"
[[policy.step]]
name = "giao"
label = "Nhiệm vụ mới"
when = "on assignment"
to = ["assignee"]
[[route]]
policy = "chung"
"#;

/// One duty of a unit with a head and an officer; the monitor is reached by mail.
pub fn facts(directive: &str) -> String {
    format!(
        r#"
[[unit]]
id = "ubnd"
name = "UBND phường"
[[unit]]
id = "pnv"
name = "Phòng Nội vụ"
parent = "ubnd"
[[unit]]
id = "tp"
name = "Phòng Tư pháp"
parent = "ubnd"
aliases = ["TP"]
[[person]]
id = "an"
name = "Nguyễn Văn An"
telegram = 1001
prefer = ["telegram"]
[[person]]
id = "binh"
name = "Trần Văn Bình"
telegram = 1002
prefer = ["telegram"]
[[person]]
id = "truc"
name = "Lê Thị Trực"
email = "truc@example.org"
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
person = "truc"
unit = "ubnd"
position = "theo-doi"
[[dispatch]]
number = "4988/UBND"
issuer = "UBND quận"
date = 2023-10-02
[[directive]]
dispatch = "4988/UBND"
clause = "1.e"
title = "Báo cáo cải cách hành chính"
lead = ["pnv"]
{directive}
"#
    )
}

async fn dated(store: dondoc::store::Store) -> Conversation {
    Conversation::on(store, POLICY, &facts("deadline = 2023-12-29")).await
}

/// Replies as they are recorded.
async fn recorded(talk: &Conversation) -> Vec<String> {
    let sql = "SELECT kind, percent, until_date, note, document, CASE WHEN undone_at_ms IS NULL THEN '' ELSE 'undone' END
               FROM reply ORDER BY id";
    talk.bot.house.rows(sql).await
}

#[tokio::test]
async fn progress_asks_the_percentage_and_records_what_was_written() {
    on_both(async |store| {
        let mut talk = dated(store).await;
        talk.bot.house.sleeps_until("2023-10-02T08:05");
        talk.press("Cập nhật tiến độ").await;
        talk.write("nhiều lắm").await;
        talk.write("62,5 %").await;
        insta::assert_snapshot!("progress", talk.transcript);
        assert_eq!(recorded(&talk).await, ["progress | 63 | ∅ | ∅ | ∅ | "]);
        assert_eq!(talk.bot.house.works().await, ["in_progress"]);
        assert_eq!(talk.bot.house.rows("SELECT nonce FROM dialogue").await, Vec::<String>::new());
        talk.bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn progress_of_a_target_asks_the_figure_and_its_day() {
    on_both(async |store| {
        let target = "deadline = 2023-12-29\ntarget = { metric = \"giai-ngan\", op = \">\", value = 90, unit = \"tỷ đồng\" }";
        let mut talk = Conversation::on(store, POLICY, &facts(target)).await;
        talk.press("Cập nhật tiến độ").await;
        talk.write("1.234,5").await;
        talk.write("05/10/2023").await;
        talk.write("30/9").await;
        insta::assert_snapshot!("figure", talk.transcript);
        assert_eq!(talk.bot.house.rows("SELECT as_of, value FROM figure").await, ["2023-09-30 | 1234.5"]);
        talk.press("Hủy thao tác").await;
        assert_eq!(talk.bot.house.rows("SELECT as_of, value FROM figure").await, Vec::<String>::new());
        assert_eq!(talk.bot.house.works().await, ["not_acknowledged"]);
        talk.press("Cập nhật tiến độ").await;
        talk.write("70").await;
        talk.press("Hôm nay").await;
        assert_eq!(talk.bot.house.rows("SELECT as_of, value FROM figure").await, ["2023-10-02 | 70"]);
        talk.bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn an_extension_asks_the_day_as_people_write_it_and_the_reason() {
    on_both(async |store| {
        let mut talk = dated(store).await;
        talk.press("Đề nghị gia hạn").await;
        talk.write("càng sớm càng tốt").await;
        talk.write("20/9/2023").await;
        talk.write("thứ Hai").await;
        talk.write("20/12").await;
        talk.write("15/1").await;
        talk.write("chờ hướng dẫn của Sở").await;
        insta::assert_snapshot!("extension", talk.transcript);
        assert_eq!(recorded(&talk).await, ["extend | ∅ | 2024-01-15 | chờ hướng dẫn của Sở | ∅ | "]);
        let notices = "SELECT step, state FROM reminder WHERE step LIKE 'notice:%' ORDER BY id";
        talk.press("Hủy thao tác").await;
        talk.tick().await;
        assert_eq!(talk.bot.house.rows(notices).await, ["notice:extension-asked | cancelled"], "it had not left yet");
        assert!(talk.bot.house.lines().is_empty());
        // The monitor was told before it is taken back: then they are told that, too.
        talk.press("Đề nghị gia hạn").await;
        talk.write("cuối tháng 1/2024").await;
        talk.write("chờ hướng dẫn").await;
        talk.tick().await;
        talk.press("Hủy thao tác").await;
        talk.tick().await;
        let mails: Vec<String> = talk.bot.house.left().into_iter().map(|one| one.parcel.subject).collect();
        assert!(mails.len() == 2 && mails[0].contains("Đề nghị gia hạn") && mails[1].contains("Đã hủy nội dung"), "{mails:?}");
        talk.bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn done_asks_the_document_and_whether_it_is_really_claimed() {
    on_both(async |store| {
        let mut talk = dated(store).await;
        talk.press("Báo cáo hoàn thành").await;
        talk.write("123/BC-PNV ngày 02/10/2023").await;
        assert_eq!(talk.bot.house.works().await, ["not_acknowledged"], "nothing is claimed before it is confirmed");
        talk.press("Không").await;
        talk.press("Báo cáo hoàn thành").await;
        talk.press("Không có văn bản").await;
        talk.press("Đúng").await;
        insta::assert_snapshot!("done", talk.transcript);
        assert_eq!(recorded(&talk).await, ["done | ∅ | ∅ | ∅ | ∅ | "]);
        assert_eq!(talk.bot.house.works().await, ["reported_done"]);
        talk.bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn not_ours_asks_the_reason_and_if_known_the_unit() {
    on_both(async |store| {
        let mut talk = dated(store).await;
        talk.press("Không thuộc trách nhiệm").await;
        talk.write("thuộc lĩnh vực hộ tịch").await;
        talk.write("Phòng Hộ tịch").await;
        talk.write("phòng tư pháp").await;
        insta::assert_snapshot!("not-ours", talk.transcript);
        assert_eq!(recorded(&talk).await, ["not-ours | ∅ | ∅ | thuộc lĩnh vực hộ tịch | ∅ | "]);
        let paused = "SELECT CASE WHEN paused_until_ms IS NULL THEN 'no' ELSE 'yes' END FROM assignment";
        assert_eq!(talk.bot.house.rows(paused).await, ["yes"]);
        talk.press("Hủy thao tác").await;
        assert_eq!(talk.bot.house.rows(paused).await, ["no"]);
        talk.bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_head_hands_a_duty_to_a_member_and_only_a_head_may() {
    on_both(async |store| {
        let mut talk = dated(store).await;
        talk.press("Giao cho …").await;
        talk.press("Trần Văn Bình – Chuyên viên").await;
        talk.tick().await;
        talk.becomes(1002);
        talk.write("/viec").await;
        talk.press("1").await;
        insta::assert_snapshot!("assign", talk.transcript);
        let assignee = "SELECT p.code FROM assignment a JOIN person p ON p.id = a.assignee_id";
        assert_eq!(talk.bot.house.rows(assignee).await, ["binh"]);
        talk.becomes(1001);
        talk.press("Hủy thao tác").await;
        assert_eq!(talk.bot.house.rows(assignee).await, Vec::<String>::new());
        talk.bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn many_members_are_shown_page_by_page() {
    let mut more = String::from("deadline = 2023-12-29\n");
    for number in 1..=17 {
        more += &format!(
            "[[person]]\nid = \"cv{number:02}\"\nname = \"Chuyên viên {number:02}\"\n\
             [[appointment]]\nperson = \"cv{number:02}\"\nunit = \"pnv\"\nposition = \"officer\"\n"
        );
    }
    let store = dondoc::store::Store::scratch().await.expect("a folder for temporary files");
    let mut talk = Conversation::on(store, POLICY, &facts(&more)).await;
    talk.press("Giao cho …").await;
    talk.press("Trang sau ›").await;
    talk.press("Trang sau ›").await;
    talk.press("‹ Trang trước").await;
    talk.press("Chuyên viên 12").await;
    insta::assert_snapshot!("assign-paged", talk.transcript);
    let assignee = "SELECT p.code FROM assignment a JOIN person p ON p.id = a.assignee_id";
    assert_eq!(talk.bot.house.rows(assignee).await, ["cv12"]);
}

#[tokio::test]
async fn a_dialogue_survives_a_restart_ends_by_itself_and_by_huy() {
    let mut talk = dated(dondoc::store::Store::scratch().await.expect("a folder for temporary files")).await;
    // Every step runs a poller of its own: nothing is kept but in the store.
    talk.press("Cập nhật tiến độ").await;
    talk.write("/huy").await;
    talk.write("60").await;
    talk.press("Cập nhật tiến độ").await;
    talk.bot.house.sleeps_until("2023-10-02T07:46");
    talk.write("60").await;
    talk.write("/huy").await;
    insta::assert_snapshot!("ended", talk.transcript);
    assert_eq!(talk.bot.replies().await, 0);
}

#[tokio::test]
async fn buttons_of_a_question_that_is_over_change_nothing() {
    let mut talk = dated(dondoc::store::Store::scratch().await.expect("a folder for temporary files")).await;
    talk.press("Báo cáo hoàn thành").await;
    let question = talk.message_with("Không có văn bản");
    talk.press("Không có văn bản").await;
    let confirm = talk.message_with("Đúng");
    talk.press("Cập nhật tiến độ").await;
    let token = |shown: &super::support::botapi::Shown, label: &str| shown.token(label).expect("a button");
    talk.press_token("Không có văn bản", question.id, &token(&question, "Không có văn bản")).await;
    talk.press_token("Đúng", confirm.id, &token(&confirm, "Đúng")).await;
    assert_eq!(talk.bot.replies().await, 0, "the later dialogue took the place of the first");
    talk.write("60").await;
    assert_eq!(recorded(&talk).await, ["progress | 60 | ∅ | ∅ | ∅ | "]);
    // The same confirmation twice.
    talk.press("Báo cáo hoàn thành").await;
    talk.press("Không có văn bản").await;
    let confirm = talk.message_with("Đúng");
    for _ in 0..2 {
        talk.press_token("Đúng", confirm.id, &token(&confirm, "Đúng")).await;
    }
    assert_eq!(recorded(&talk).await.len(), 2);
    talk.bot.is_sound().await;
}

#[tokio::test]
async fn an_answer_is_taken_back_within_five_minutes_and_comes_due_again() {
    on_both(async |store| {
        let mut talk = dated(store).await;
        talk.press("Xác nhận tiếp nhận").await;
        assert_eq!(talk.bot.house.works().await, ["acknowledged"]);
        talk.bot.house.sleeps_until("2023-10-02T07:35");
        talk.press("Hủy thao tác").await;
        insta::assert_snapshot!("undo", talk.transcript);
        assert_eq!(talk.bot.house.works().await, ["not_acknowledged"]);
        assert_eq!(recorded(&talk).await, ["acknowledge | ∅ | ∅ | ∅ | ∅ | undone"]);
        let journal = talk.bot.house.journal("reply-undone").await;
        assert!(journal.len() == 1 && journal[0].contains("\"reply\":\"acknowledge\""), "{journal:?}");
        talk.bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_too_old_or_was_acted_on_since_stays() {
    let mut talk = dated(dondoc::store::Store::scratch().await.expect("a folder for temporary files")).await;
    talk.press("Xác nhận tiếp nhận").await;
    let acknowledged = talk.message_with("Hủy thao tác");
    let first = acknowledged.token("Hủy thao tác").expect("a button");
    talk.press("Báo cáo hoàn thành").await;
    talk.press("Không có văn bản").await;
    talk.press("Đúng").await;
    talk.press_token("Hủy thao tác", acknowledged.id, &first).await;
    talk.bot.house.reply("1.e", "pnv", "truc", ReplyKind::Accept).await;
    talk.press("Hủy thao tác").await;
    assert_eq!(talk.bot.house.works().await, ["accepted"]);
    insta::assert_snapshot!("undo-refused", talk.transcript);
    let mut late = dated(dondoc::store::Store::scratch().await.expect("a folder for temporary files")).await;
    late.press("Xác nhận tiếp nhận").await;
    late.bot.house.sleeps_until("2023-10-02T07:36");
    late.press("Hủy thao tác").await;
    assert!(late.transcript.contains("Đã quá 05 phút nên không hủy được."), "{}", late.transcript);
    assert_eq!(late.bot.house.works().await, ["acknowledged"]);
}

#[tokio::test]
async fn a_late_button_of_a_done_duty_changes_nothing_and_its_keyboard_goes() {
    let mut talk = dated(dondoc::store::Store::scratch().await.expect("a folder for temporary files")).await;
    talk.bot.house.reply("1.e", "pnv", "an", ReplyKind::Done).await;
    talk.press("Xác nhận tiếp nhận").await;
    assert_eq!(talk.bot.house.works().await, ["reported_done"]);
    let shown = talk.bot.api.shown();
    assert_eq!(shown[0].labels(), Vec::<Vec<String>>::new(), "nothing makes sense any more");
    assert!(talk.transcript.contains("Nội dung này đã được ghi nhận trước đó."), "{}", talk.transcript);
}

#[tokio::test]
async fn a_deadline_that_began_with_an_answer_has_not_begun_when_it_is_taken_back() {
    let relative = facts("deadline = \"trong thời hạn 05 ngày làm việc kể từ ngày nhận được\"");
    let store = dondoc::store::Store::scratch().await.expect("a folder for temporary files");
    let mut talk = Conversation::on(store, POLICY, &relative).await;
    let deadline = "SELECT deadline_last_day FROM assignment";
    assert_eq!(talk.bot.house.rows(deadline).await, ["∅"]);
    talk.press("Xác nhận tiếp nhận").await;
    assert_eq!(talk.bot.house.rows(deadline).await, ["2023-10-09"]);
    talk.press("Hủy thao tác").await;
    assert_eq!(talk.bot.house.rows(deadline).await, ["∅"]);
    talk.bot.is_sound().await;
}
