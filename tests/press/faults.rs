//! Lines of the fault matrix that need the whole house: what a fault of the Bot API does to messages and answers.

use dondoc::store::Store;

use super::bot::{AN, BINH, Bot, Conversation, POLICY, on_both};
use super::dialogues::facts;
use super::support::botapi::Act;

async fn states(bot: &Bot) -> Vec<String> {
    bot.house.rows("SELECT p.code, m.channel, m.state FROM message m JOIN person p ON p.id = m.person_id ORDER BY m.id").await
}

fn with_mail(deadline: &str) -> String {
    facts(&format!("deadline = {deadline}")).replace("telegram = 1001\n", "telegram = 1001\nemail = \"an@example.org\"\n")
}

async fn scratch() -> Store {
    Store::scratch().await.expect("a folder for temporary files")
}

#[tokio::test]
async fn f21_a_throttled_chat_waits_as_asked_and_the_others_go_on() {
    on_both(async |store| {
        let mut bot = Bot::on(store, POLICY, &facts("deadline = 2023-12-29")).await;
        bot.api.next("sendMessage", Act::retry_after(3));
        bot.house.tick().await;
        assert_eq!(states(&bot).await, ["an | telegram | deferred", "binh | telegram | accepted"]);
        bot.house.sleeps_until("2023-10-02T07:30:02.999");
        bot.house.tick().await;
        assert_eq!(bot.api.bodies("sendMessage").len(), 2, "not a moment too early");
        bot.house.sleeps_until("2023-10-02T07:30:03");
        bot.house.tick().await;
        assert_eq!(states(&bot).await, ["an | telegram | accepted", "binh | telegram | accepted"]);
        let chats: Vec<i64> = bot.api.bodies("sendMessage").iter().filter_map(|body| body["chat_id"].as_i64()).collect();
        assert_eq!(chats, [AN, BINH, AN]);
        bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn f22_a_long_throttle_goes_by_mail_when_the_deadline_would_come_first() {
    on_both(async |store| {
        let mut bot = Bot::on(store, POLICY, &with_mail("2023-10-02T09:00")).await;
        bot.api.next("sendMessage", Act::retry_after(10_072));
        bot.house.tick().await;
        assert_eq!(states(&bot).await[0], "an | telegram | refused");
        assert!(states(&bot).await.contains(&"an | email | accepted".to_owned()), "{:?}", states(&bot).await);
        bot.is_sound().await;
    })
    .await;
    let mut patient = Bot::on(scratch().await, POLICY, &with_mail("2023-12-29")).await;
    patient.api.next("sendMessage", Act::retry_after(10_072));
    patient.house.tick().await;
    assert_eq!(states(&patient).await[0], "an | telegram | deferred", "three hours are no harm in October");
}

#[tokio::test]
async fn f23_a_blocked_bot_ends_the_link_goes_by_mail_and_is_not_tried_again() {
    on_both(async |store| {
        let mut bot = Bot::on(store, POLICY, &with_mail("2023-12-29")).await;
        bot.api.next("sendMessage", Act::refuse(403, "Forbidden: bot was blocked by the user"));
        bot.house.tick().await;
        let dead = "SELECT CASE WHEN telegram_dead_at_ms IS NULL THEN 'no' ELSE 'dead' END FROM person WHERE code = 'an'";
        assert_eq!(bot.house.rows(dead).await, ["dead"]);
        let subjects: Vec<(String, String)> = bot.house.left().into_iter().map(|one| (one.to, one.parcel.subject)).collect();
        assert!(subjects.iter().any(|(to, _)| to == "an@example.org"), "{subjects:?}");
        assert!(
            subjects.iter().any(|(to, subject)| to == "truc@example.org" && subject.contains("Telegram")),
            "an operator is told: {subjects:?}"
        );
        let to_an = |bot: &Bot| bot.api.bodies("sendMessage").iter().filter(|body| body["chat_id"] == AN).count();
        assert_eq!(to_an(&bot), 1);
        bot.house.until("2023-10-03T09:00").await;
        assert_eq!(to_an(&bot), 1, "never again until it is linked anew");
        assert_eq!(bot.house.journal("chat-dead").await.len(), 1);
        bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn f24_a_group_that_moved_is_followed_once() {
    on_both(async |store| {
        let group = facts("deadline = 2023-12-29").replace("telegram = 1001", "telegram = -100777");
        let mut bot = Bot::on(store, POLICY, &group).await;
        bot.api.next("sendMessage", Act::moved_to(-100_999));
        bot.house.tick().await;
        let chats: Vec<i64> = bot.api.bodies("sendMessage").iter().filter_map(|body| body["chat_id"].as_i64()).collect();
        assert_eq!(chats.iter().filter(|chat| **chat < 0).collect::<Vec<_>>(), [&-100_777, &-100_999]);
        assert_eq!(bot.house.rows("SELECT telegram_chat FROM person WHERE code = 'an'").await, ["-100999"]);
        assert_eq!(bot.house.journal("chat-moved").await.len(), 1);
        bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn f25_a_text_telegram_refuses_goes_plain_once_and_is_then_held() {
    let mut bot = Bot::on(scratch().await, POLICY, &facts("deadline = 2023-12-29")).await;
    for _ in 0..2 {
        bot.api.next("sendMessage", Act::refuse(400, "Bad Request: can't parse entities: unsupported start tag"));
    }
    bot.house.tick().await;
    assert_eq!(states(&bot).await[0], "an | telegram | held");
    let to_an: Vec<_> = bot.api.bodies("sendMessage").into_iter().filter(|body| body["chat_id"] == AN).collect();
    assert_eq!((to_an.len(), &to_an[1]["entities"]), (2, &serde_json::Value::Null), "the second has nothing to find fault with");
}

#[tokio::test]
async fn f26_an_answer_that_is_lost_is_sent_again_with_a_label_and_at_most_three_times() {
    let mut bot = Bot::on(scratch().await, POLICY, &facts("deadline = 2023-12-29")).await;
    bot.api.always("sendMessage", Act::DoAndHangUp);
    bot.house.tick().await;
    let to_an: Vec<_> = bot.api.bodies("sendMessage").into_iter().filter(|body| body["chat_id"] == AN).collect();
    assert_eq!(to_an.len(), 3);
    let text = |at: usize| to_an[at]["text"].as_str().expect("a text");
    assert!(!text(0).contains("Gửi lại"), "{}", text(0));
    for again in [1, 2] {
        assert!(
            text(again).starts_with(text(0)) && text(again).ends_with("nếu đã nhận, đề nghị bỏ qua tin này."),
            "{}",
            text(again)
        );
    }
    assert_eq!(to_an[0]["reply_markup"], to_an[2]["reply_markup"], "the same buttons");
    assert_eq!(states(&bot).await[0], "an | telegram | held");
}

#[tokio::test]
async fn f28_a_press_that_is_too_old_to_be_answered_is_stored_and_shown_by_an_edit() {
    let mut talk = Conversation::on(scratch().await, POLICY, &facts("deadline = 2023-12-29")).await;
    let too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    talk.bot.api.always("answerCallbackQuery", Act::refuse(400, too_old));
    talk.press("Xác nhận tiếp nhận").await;
    assert_eq!(talk.bot.house.works().await, ["acknowledged"]);
    assert!(talk.bot.api.shown()[0].text.contains("Đã ghi nhận: Phòng Nội vụ tiếp nhận nhiệm vụ"), "the message itself says so");
}

#[tokio::test]
async fn f29a_an_edit_that_changes_nothing_or_comes_too_late_is_ignored() {
    for words in ["Bad Request: message is not modified", "Bad Request: message to edit not found"] {
        let mut talk = Conversation::on(scratch().await, POLICY, &facts("deadline = 2023-12-29")).await;
        talk.bot.api.always("editMessageText", Act::refuse(400, words)).always("editMessageReplyMarkup", Act::refuse(400, words));
        talk.press("Xác nhận tiếp nhận").await;
        talk.press("Cập nhật tiến độ").await;
        talk.write("30").await;
        assert_eq!(talk.bot.house.works().await, ["in_progress"], "{words}");
        assert!(talk.transcript.contains("cập nhật tiến độ 30%"), "{}", talk.transcript);
    }
}

#[tokio::test]
async fn f29_an_update_that_is_delivered_again_moves_no_dialogue_twice() {
    let mut talk = Conversation::on(scratch().await, POLICY, &facts("deadline = 2023-12-29")).await;
    talk.press("Cập nhật tiến độ").await;
    talk.write("30").await;
    // The server forgot that the last two were confirmed.
    let again = talk.bot.api.bodies("getUpdates").len();
    talk.bot.api.write(102, AN, "30");
    talk.write("/trogiup").await;
    assert!(talk.bot.api.bodies("getUpdates").len() > again);
    assert_eq!(talk.bot.house.rows("SELECT kind, percent FROM reply").await, ["progress | 30"]);
    let receipts = |body: &&serde_json::Value| body["text"].as_str().is_some_and(|text| text.contains("30%"));
    assert_eq!(talk.bot.api.bodies("sendMessage").iter().filter(receipts).count(), 1, "{}", talk.transcript);
}

#[tokio::test]
async fn f55_a_button_pressed_in_a_group_is_refused_and_journalled() {
    let mut bot = Bot::on(scratch().await, POLICY, &facts("deadline = 2023-12-29")).await;
    bot.house.tick().await;
    let shown = bot.api.shown();
    let token = shown[0].token("Báo cáo hoàn thành").expect("a button");
    bot.api.press_in(7, BINH, -100_777, shown[0].id, &token).press_in(8, AN, -100_777, shown[0].id, &token);
    let told = bot.polls_until_answered(2).await;
    assert!(told.iter().any(|text| text.starts_with("Nút này dành cho người nhận của tin.")), "{told:?}");
    assert!(told.iter().any(|text| text.starts_with("Đây là bản sao hoặc bản chuyển tiếp")), "{told:?}");
    assert_eq!(bot.house.rows("SELECT nonce FROM dialogue").await, Vec::<String>::new());
    assert_eq!(bot.house.journal("press-refused").await.len(), 2);
}
