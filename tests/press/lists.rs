//! Open duties, why a message came, help, and groups, which only receive.

use dondoc::store::Store;

use super::bot::{Conversation, FACTS, POLICY, on_both};
use super::dialogues::facts;

/// Eleven duties, two of them late on 05/12/2023.
fn many() -> String {
    let mut text = facts("deadline = 2023-12-29");
    for number in 2..=11 {
        let deadline = if number == 11 { String::new() } else { format!("deadline = 2023-12-{number:02}\n") };
        text += &format!(
            "[[directive]]\ndispatch = \"4988/UBND\"\nclause = \"{number}\"\ntitle = \"Nhiệm vụ số {number:02}\"\nlead = [\"pnv\"]\n{deadline}"
        );
    }
    text
}

#[tokio::test]
async fn open_duties_are_listed_overdue_first_eight_at_a_time() {
    on_both(async |store| {
        let mut talk = Conversation::on(store, POLICY, &many()).await;
        talk.bot.house.sleeps_until("2023-12-05T08:00");
        talk.transcript.clear();
        talk.write("/viec").await;
        talk.press("Trang sau ›").await;
        talk.press("9").await;
        talk.press("Xác nhận tiếp nhận").await;
        insta::assert_snapshot!("viec", talk.transcript);
        assert_eq!(talk.bot.house.number("SELECT COUNT(*) FROM assignment WHERE work = 'acknowledged'").await, 1);
        talk.bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_message_with_more_than_eight_duties_numbers_eight_and_says_how_to_answer_the_others() {
    let talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, &many()).await;
    let shown = &talk.bot.api.shown()[0];
    assert_eq!(shown.labels(), [vec!["Xác nhận tiếp nhận tất cả"], vec!["1", "2", "3", "4"], vec!["5", "6", "7", "8"]]);
    assert!(shown.text.contains("các nội dung khác: nhắn /viec để trả lời"), "{}", shown.text);
}

#[tokio::test]
async fn a_number_opens_the_replies_of_its_item() {
    let mut talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, FACTS).await;
    talk.press("2").await;
    talk.press("Xác nhận tiếp nhận").await;
    talk.press("Xác nhận tiếp nhận tất cả").await;
    talk.press("1").await;
    talk.press("Báo cáo hoàn thành").await;
    talk.write("12/BC-PNV").await;
    talk.press("Đúng").await;
    insta::assert_snapshot!("numbers", talk.transcript);
    assert_eq!(talk.bot.house.works().await, ["acknowledged", "reported_done"], "30/11 comes before 29/12");
}

#[tokio::test]
async fn why_names_rule_step_and_reason() {
    let mut talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, FACTS).await;
    talk.transcript.clear();
    talk.write("/visao").await;
    talk.write("/visao R2").await;
    talk.write_to("/why", 1).await;
    talk.write("/visao R99").await;
    talk.write("/visao lung tung").await;
    talk.becomes(1002);
    talk.write("/visao R1").await;
    insta::assert_snapshot!("visao", talk.transcript);
}

#[tokio::test]
async fn help_and_texts_nobody_asked_for() {
    let mut talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, FACTS).await;
    talk.transcript.clear();
    talk.write("/trogiup").await;
    talk.write("cảm ơn").await;
    talk.write("/lenhla").await;
    insta::assert_snapshot!("trogiup", talk.transcript);
    talk.bot.api.until(|calls| calls.iter().any(|call| call.method == "setMyCommands")).await;
    let commands = &talk.bot.api.bodies("setMyCommands")[0]["commands"];
    let names: Vec<&str> = commands.as_array().expect("a list").iter().filter_map(|one| one["command"].as_str()).collect();
    assert_eq!(names, ["viec", "visao", "huy", "trogiup"]);
}

#[tokio::test]
async fn a_group_gets_messages_without_buttons_and_answers_for_nobody() {
    let group = FACTS.replace("telegram = 1001", "telegram = -100777");
    let mut talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, &group).await;
    let shown = &talk.bot.api.shown()[0];
    assert_eq!((shown.chat, shown.labels()), (-100_777, Vec::new()));
    assert!(!shown.text.contains("nút bên dưới"), "{}", shown.text);
    talk.transcript.clear();
    talk.becomes(1002);
    for text in ["/viec", "/visao", "/huy", "60", "/start AAAAAAAAAAAAAAAAAAAAAA"] {
        talk.write_in(-100_777, text).await;
    }
    assert!(!talk.transcript.contains('<'), "{}", talk.transcript);
    talk.write_in(-100_777, "/trogiup@don_doc_bot").await;
    assert!(talk.transcript.contains("< tới -100777: Nhóm này chỉ nhận tin."), "{}", talk.transcript);
}
