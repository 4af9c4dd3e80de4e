//! Pressed buttons of messages: who may press what, and that every press counts once.

use std::sync::atomic::Ordering;
use std::time::Duration;

use dondoc::channel::telegram::{Trouble, Update};
use dondoc::daemon::telegram::{Pace, save};
use dondoc::domain::reply::ReplyKind;
use dondoc::store::Store;
use serde_json::json;

use super::bot::{AN, BINH, Bot, FACTS};
use super::support::botapi::{Act, Call};

#[tokio::test]
async fn the_button_of_several_items_acknowledges_all_of_them_and_the_message_says_so() {
    let bot = Bot::new().await;
    bot.house.sleeps_until("2023-10-02T08:05");
    bot.api.press(7, AN, 1, &bot.token(1));
    let told = bot.polls_until_answered(1).await;
    let receipt = "Đã ghi nhận: Phòng Nội vụ tiếp nhận 02 nhiệm vụ lúc 08 giờ 05, ngày 02/10/2023. Trân trọng cảm ơn.";
    assert_eq!(told, [receipt]);
    assert_eq!(bot.house.works().await, ["acknowledged", "acknowledged"]);
    assert_eq!(bot.house.rows("SELECT kind, detail FROM reply").await.len(), 2);
    assert!(bot.house.rows("SELECT detail FROM reply").await.iter().all(|detail| detail.contains("\"via\":\"telegram\"")));
    let original = bot.api.bodies("sendMessage")[0]["text"].as_str().expect("a text").to_owned();
    let edited = bot.api.bodies("editMessageText");
    assert_eq!(edited.len(), 1);
    assert_eq!((&edited[0]["chat_id"], &edited[0]["message_id"]), (&json!(AN), &json!(1)));
    assert_eq!(edited[0]["text"], format!("{original}\n\n{receipt}"));
    assert_eq!(edited[0]["entities"], json!([{ "type": "bold", "offset": 0, "length": 7 }]));
    assert_eq!(bot.api.shown()[0].labels(), [vec!["1", "2"], vec!["Hủy thao tác"]], "what else may be answered, and undo");
    assert_eq!(bot.acted.load(Ordering::SeqCst), 1, "the engine is poked");
    assert_eq!(bot.house.journal("pressed").await.len(), 1);
    bot.is_sound().await;
}

#[tokio::test]
async fn the_button_under_a_bundle_of_reviewed_duties_answers_for_all_of_them() {
    let policy = "[[policy]]\nname = \"chung\"\n[[policy.step]]\nname = \"ra-soat\"\nwhen = \"every 5 working days while undated\"\n\
                  to = [\"assignee\"]\n[[route]]\npolicy = \"chung\"\n";
    let facts = FACTS.replace("deadline = 2023-12-29\n", "").replace("deadline = 2023-11-30\n", "");
    let mut bot = Bot::on(Store::scratch().await.expect("a folder for temporary files"), policy, &facts).await;
    bot.house.sleeps_until("2023-10-09T07:30");
    bot.house.tick().await;
    let said = bot.api.bodies("sendMessage");
    assert_eq!(said.len(), 1);
    assert!(said[0]["text"].as_str().is_some_and(|text| text.contains("02 nội dung thường xuyên")), "{said:?}");
    bot.api.press(7, AN, 1, &bot.token(1));
    bot.polls_until_answered(1).await;
    assert_eq!(bot.house.works().await, ["acknowledged", "acknowledged"]);
    assert_eq!(bot.replies().await, 2);
}

#[tokio::test]
async fn another_account_is_refused_even_in_the_chat_of_the_message() {
    for chat in [AN, BINH] {
        let bot = Bot::new().await;
        bot.api.press_in(7, BINH, chat, 1, &bot.token(1));
        let told = bot.polls_until_answered(1).await;
        assert!(told[0].starts_with("Nút này dành cho người nhận của tin."), "{told:?}");
        bot.is_refused_for("other-account").await;
    }
}

#[tokio::test]
async fn a_forwarded_or_copied_message_is_refused() {
    for (chat, message) in [(AN, 99), (-100_123, 1)] {
        let bot = Bot::new().await;
        bot.api.press_in(7, AN, chat, message, &bot.token(1));
        let told = bot.polls_until_answered(1).await;
        assert!(told[0].starts_with("Đây là bản sao hoặc bản chuyển tiếp của tin"), "{told:?}");
        bot.is_refused_for("old-copy").await;
    }
}

#[tokio::test]
async fn a_token_nobody_gave_out_is_refused() {
    for token in ["v1AAAAAAAAAAAAAAAAAAAAAA", "", "' OR 1=1 --"] {
        let bot = Bot::new().await;
        bot.api.press(7, AN, 1, token);
        let told = bot.polls_until_answered(1).await;
        assert!(told[0].starts_with("Hệ thống không nhận ra nút này"), "{told:?}");
        bot.is_refused_for("unknown-token").await;
    }
}

#[tokio::test]
async fn a_press_by_who_left_the_unit_or_the_office_is_refused() {
    let left = "UPDATE appointment SET to_date = '2023-09-30' WHERE position = 'head'";
    let inactive = "UPDATE person SET inactive_at_ms = 5 WHERE code = 'an'";
    let given_up = "UPDATE person SET telegram_dead_at_ms = 5 WHERE code = 'an'";
    for (what, reason) in [(left, "no-longer-theirs"), (inactive, "no-longer-theirs"), (given_up, "unknown-token")] {
        let bot = Bot::new().await;
        bot.sql(what).await;
        bot.api.press(7, AN, 1, &bot.token(1));
        bot.polls_until_answered(1).await;
        bot.is_refused_for(reason).await;
    }
}

#[tokio::test]
async fn the_same_press_again_records_nothing_whatever_its_number() {
    let bot = Bot::new().await;
    let token = bot.token(1);
    bot.api.press(7, AN, 1, &token);
    bot.polls_until_answered(1).await;
    // The same update comes again: it was never confirmed to a server that forgot.
    bot.api.press(7, AN, 1, &token).press(8, AN, 1, &token).press(9, AN, 1, &token);
    let told = bot.polls_until_answered(3).await;
    assert_eq!(told[1..], ["Nội dung này đã được ghi nhận trước đó. Trân trọng cảm ơn."; 2]);
    assert_eq!(bot.replies().await, 2);
    assert_eq!(bot.api.bodies("editMessageText").len(), 1);
    assert_eq!(bot.house.journal("press-refused").await.len(), 2, "the press of update 7 was handled once");
    assert_eq!(bot.acted.load(Ordering::SeqCst), 1);
    bot.is_sound().await;
}

#[tokio::test]
async fn what_is_done_stays_done_when_the_others_are_acknowledged() {
    let bot = Bot::new().await;
    bot.house.reply("1", "pnv", "an", ReplyKind::Done).await;
    bot.api.press(7, AN, 1, &bot.token(1));
    let told = bot.polls_until_answered(1).await;
    assert!(told[0].starts_with("Đã ghi nhận: Phòng Nội vụ tiếp nhận nhiệm vụ lúc"), "{told:?}");
    assert_eq!(bot.house.works().await, ["reported_done", "acknowledged"]);
    bot.is_sound().await;
}

#[tokio::test]
async fn what_was_withdrawn_is_said_to_be_withdrawn() {
    let bot = Bot::new().await;
    for clause in ["1", "2"] {
        bot.house.reply(clause, "pnv", "truc", ReplyKind::Withdraw).await;
    }
    bot.api.press(7, AN, 1, &bot.token(1));
    let told = bot.polls_until_answered(1).await;
    assert_eq!(told, ["Tin này đã được thu hồi, không cần phản hồi. Trân trọng cảm ơn."]);
    assert_eq!(bot.house.works().await, ["withdrawn", "withdrawn"]);
}

#[tokio::test]
async fn a_copy_for_information_has_no_button_at_all() {
    let bot = Bot::new().await;
    let sent = bot.api.bodies("sendMessage");
    assert_eq!(sent.len(), 2);
    assert_eq!((&sent[1]["chat_id"], &sent[1]["reply_markup"]), (&json!(BINH), &serde_json::Value::Null));
}

#[tokio::test]
async fn either_copy_of_a_message_that_was_sent_twice_may_be_pressed_and_counts_once() {
    let mut bot = Bot::silent().await;
    bot.api.next("sendMessage", Act::DoAndHangUp);
    bot.house.tick().await;
    let sent = bot.api.bodies("sendMessage");
    let to_an: Vec<usize> = (1..).zip(&sent).filter(|(_, body)| body["chat_id"] == AN).map(|(id, _)| id).collect();
    assert_eq!((sent.len(), to_an.len()), (3, 2), "the lost answer made a second copy; the third is for information");
    let [first, second] = to_an[..] else { panic!("two copies") };
    let token = bot.token(first);
    assert_eq!(token, bot.token(second));
    let id = |place: usize| i64::try_from(place).expect("few");
    bot.api.press(7, AN, id(first), &token).press(8, AN, id(second), &token).press(9, BINH, id(first), &token);
    let told = bot.polls_until_answered(3).await;
    // Different people are answered at the same time.
    for words in ["Đã ghi nhận: Phòng Nội vụ", "Nội dung này đã được ghi nhận trước đó", "Nút này dành cho người nhận"]
    {
        assert_eq!(told.iter().filter(|text| text.starts_with(words)).count(), 1, "{told:?}");
    }
    assert_eq!(bot.replies().await, 2);
    bot.is_sound().await;
}

#[tokio::test]
async fn a_daemon_killed_between_saving_and_handling_handles_it_after_its_next_start() {
    let bot = Bot::new().await;
    bot.api.press(7, AN, 1, &bot.token(1));
    // What the first daemon did before it was killed: fetched and saved; nothing is confirmed, nothing handled.
    let updates = bot.door.get_updates(0, Duration::ZERO).await.expect("an update");
    save(&bot.house.engine, &updates, bot.house.clock.now()).await.expect("saved");
    assert_eq!(bot.replies().await, 0);
    let told = bot.polls_until_answered(1).await;
    assert!(told[0].starts_with("Đã ghi nhận"), "{told:?}");
    assert_eq!((bot.replies().await, bot.acted.load(Ordering::SeqCst)), (2, 1), "saved twice, handled once");
    assert_eq!(bot.house.journal("press-refused").await, Vec::<String>::new());
    bot.is_sound().await;
}

#[tokio::test]
async fn a_daemon_killed_before_its_answer_never_acts_twice() {
    let bot = Bot::new().await;
    bot.api.press(7, AN, 1, &bot.token(1));
    bot.api.next("answerCallbackQuery", Act::HangUp).next("editMessageText", Act::HangUp);
    bot.polls_until_answered(1).await;
    assert_eq!(bot.house.works().await, ["acknowledged", "acknowledged"], "what was recorded does not depend on the answer");
    bot.api.press(7, AN, 1, &bot.token(1));
    bot.polls_until(|_| true).await;
    assert_eq!((bot.replies().await, bot.acted.load(Ordering::SeqCst)), (2, 1));
}

#[tokio::test]
async fn an_update_is_confirmed_only_after_it_is_saved() {
    let bot = Bot::new().await;
    bot.api.press(7, AN, 1, &bot.token(1));
    let polls = |calls: &[Call]| -> Vec<i64> {
        let polls = calls.iter().filter(|call| call.method == "getUpdates");
        polls.filter_map(|call| call.body["offset"].as_i64()).collect()
    };
    bot.sql("CREATE TRIGGER full BEFORE INSERT ON telegram_update BEGIN SELECT RAISE(ABORT, 'full'); END").await;
    let running = bot.starts(Duration::ZERO);
    bot.api.until(|calls| polls(calls).len() >= 3).await;
    assert_eq!(polls(&bot.api.calls())[..3], [0, 0, 0], "nothing is confirmed while nothing can be saved");
    bot.sql("DROP TRIGGER full").await;
    bot.api.until(|calls| polls(calls).contains(&8)).await;
    running.stops().await;
    assert_eq!(bot.replies().await, 2);
}

#[tokio::test]
async fn trouble_with_the_bot_api_never_ends_the_poller() {
    let bot = Bot::new().await;
    for _ in 0..3 {
        bot.api.next("getUpdates", Act::refuse(409, "Conflict: terminated by other getUpdates request"));
    }
    bot.api.next("getUpdates", Act::refuse(401, "Unauthorized")).next("getUpdates", Act::bad_gateway());
    bot.api.next("getUpdates", Act::HangUp).next("getUpdates", Act::retry_after(0));
    bot.api.press(7, AN, 1, &bot.token(1));
    bot.polls_until_answered(1).await;
    assert!(bot.api.bodies("getUpdates").len() >= 8);
    assert_eq!(bot.house.works().await, ["acknowledged", "acknowledged"]);
}

/// Somebody else has the token: the operators are told once, not at every wait.
#[tokio::test]
async fn f27_updates_that_somebody_else_reads_are_told_to_the_operators_once() {
    let bot = Bot::new().await;
    for _ in 0..7 {
        bot.api.next("getUpdates", Act::refuse(409, "Conflict: terminated by other getUpdates request"));
    }
    bot.api.press(7, AN, 1, &bot.token(1));
    bot.polls_until_answered(1).await;
    let alarms = "SELECT COUNT(*) FROM reminder WHERE step = 'notice:guard' AND anchor LIKE 'token:%'";
    assert_eq!(bot.house.number(alarms).await, 1);
    assert_eq!(bot.house.number("SELECT COUNT(*) FROM journal WHERE kind = 'token-elsewhere'").await, 1);
}

#[test]
fn waits_grow_to_a_bound_and_telegrams_own_wait_is_kept() {
    let pace = Pace::default();
    let waits: Vec<u64> = (1..=9).map(|failures| pace.wait(Some(&Trouble::Conflict), failures).as_secs()).collect();
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(pace.wait(None, u32::MAX), Duration::from_mins(1));
    let asked = |wait_ms| pace.wait(Some(&Trouble::RetryAfter { wait_ms }), 1);
    assert_eq!(asked(Some(90_000)), Duration::from_secs(90));
    assert_eq!(asked(Some(i64::MAX)), Duration::from_hours(1));
    assert_eq!(asked(None), Duration::from_secs(1));
}

#[tokio::test]
async fn an_update_that_can_never_be_handled_does_not_hold_up_the_next() {
    let bot = Bot::new().await;
    let broken = "INSERT INTO callback_token (token, message_key, act, created_at_ms)
                  SELECT 'v1broken', key, 'acknowledge', 1 FROM message WHERE kind = 'copy'";
    bot.sql(broken).await;
    bot.sql("UPDATE message SET state = 'nonsense' WHERE kind = 'copy'").await;
    let nonsense = Update::read(json!({ "update_id": 6, "callback_query": "nonsense" })).expect("an update");
    save(&bot.house.engine, &[nonsense], bot.house.clock.now()).await.expect("saved");
    bot.api.press(7, BINH, 2, "v1broken").press(8, AN, 1, &bot.token(1));
    let told = bot.polls_until_answered(2).await;
    assert!(told.iter().any(|text| text.starts_with("Hệ thống không nhận ra nút này")), "{told:?}");
    assert!(told.iter().any(|text| text.starts_with("Đã ghi nhận")), "{told:?}");
    assert_eq!(bot.house.number("SELECT COUNT(*) FROM telegram_update WHERE handled_at_ms IS NULL AND update_id <= 8").await, 0);
}
