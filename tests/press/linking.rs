//! Codes that link an account: shown once, by one account, within ten minutes.

use dondoc::engine::chat::link::{make_code, revoke};
use dondoc::store::Store;

use super::bot::{Bot, Conversation, on_both};
use super::dialogues::facts;

const POLICY: &str = super::bot::POLICY;

/// Bình's chat is not known yet; An's is 1001.
fn unlinked() -> String {
    facts("deadline = 2023-12-29").replace("telegram = 1002\n", "")
}

async fn code_for(bot: &Bot, person: &str) -> String {
    let person = bot.house.person(person).await;
    make_code(&bot.house.engine, person, "thu-ky", bot.house.clock.now()).await.expect("a store that works")
}

async fn chat_of(bot: &Bot, person: &str) -> String {
    bot.house.rows(&format!("SELECT telegram_chat FROM person WHERE code = '{person}'")).await.remove(0)
}

#[tokio::test]
async fn an_account_is_linked_after_it_says_whose_it_is() {
    on_both(async |store| {
        let mut talk = Conversation::on(store, POLICY, &unlinked()).await;
        talk.transcript.clear();
        talk.becomes(2002);
        talk.write("xin chào").await;
        let code = code_for(&talk.bot, "binh").await;
        assert!(code.len() == 22 && code.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{code}");
        talk.write(&format!("/start {code}")).await;
        talk.press("Đúng").await;
        talk.write("/viec").await;
        insta::assert_snapshot!("linking", talk.transcript.replace(&code, "MÃ"));
        assert_eq!(chat_of(&talk.bot, "binh").await, "2002");
        let stored = talk.bot.house.rows("SELECT code_hash, made_by FROM link_code").await.join("\n");
        assert!(!stored.contains(&code) && stored.ends_with("thu-ky"), "{stored}");
        let journal = talk.bot.house.rows("SELECT kind, actor, detail FROM journal WHERE kind LIKE '%link%' ORDER BY seq").await;
        assert!(journal.iter().all(|entry| !entry.contains("2002") && !entry.contains(&code)), "{journal:?}");
        assert!(
            journal.iter().any(|entry| entry.starts_with("chat-linked | binh |") && entry.contains("cli:thu-ky")),
            "{journal:?}"
        );
        talk.bot.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn linking_anew_ends_the_old_link_and_tells_it() {
    let mut talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, &unlinked()).await;
    talk.transcript.clear();
    let code = code_for(&talk.bot, "an").await;
    talk.becomes(3001);
    talk.write(&format!("/start {code}")).await;
    talk.press("Đúng").await;
    insta::assert_snapshot!("relinking", talk.transcript.replace(&code, "MÃ"));
    assert_eq!(chat_of(&talk.bot, "an").await, "3001");
    talk.becomes(1001);
    talk.write("/viec").await;
    assert!(talk.transcript.ends_with("rồi nhắn: /start MÃ\n"), "{}", talk.transcript);
}

#[tokio::test]
async fn an_account_stands_for_one_person_only() {
    let mut talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, &unlinked()).await;
    let code = code_for(&talk.bot, "binh").await;
    talk.write(&format!("/start {code}")).await;
    talk.press("Đúng").await;
    assert_eq!((chat_of(&talk.bot, "an").await, chat_of(&talk.bot, "binh").await), ("∅".to_owned(), "1001".to_owned()));
}

#[tokio::test]
async fn a_code_that_is_guessed_replayed_of_another_account_or_old_is_refused_in_the_same_words() {
    let mut talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, &unlinked()).await;
    let refused =
        |talk: &Conversation, since: usize| talk.transcript[since..].contains("Mã liên kết không đúng hoặc không còn hiệu lực.");
    talk.becomes(2002);
    // Guessed.
    let since = talk.transcript.len();
    talk.write("/start AAAAAAAAAAAAAAAAAAAAAA").await;
    assert!(refused(&talk, since));
    // Of another account once it was shown.
    let code = code_for(&talk.bot, "binh").await;
    talk.write(&format!("/start {code}")).await;
    let question = talk.message_with("Đúng");
    talk.becomes(2003);
    let since = talk.transcript.len();
    talk.write(&format!("/start {code}")).await;
    assert!(refused(&talk, since));
    talk.press_token("Đúng", question.id, &question.token("Đúng").expect("a button")).await;
    assert_eq!(chat_of(&talk.bot, "binh").await, "∅", "the button of another account's question");
    // Declined, then replayed.
    talk.becomes(2002);
    talk.press("Không").await;
    let since = talk.transcript.len();
    talk.write(&format!("/start {code}")).await;
    assert!(refused(&talk, since));
    // Two hours old, and older than ten minutes between the question and its answer.
    let code = code_for(&talk.bot, "binh").await;
    talk.write(&format!("/start {code}")).await;
    talk.bot.house.sleeps_until("2023-10-02T09:30");
    talk.press("Đúng").await;
    assert_eq!(chat_of(&talk.bot, "binh").await, "∅");
    let since = talk.transcript.len();
    talk.write(&format!("/start {code}")).await;
    assert!(refused(&talk, since));
    // A new code makes the one before worthless.
    let (first, second) = (code_for(&talk.bot, "binh").await, code_for(&talk.bot, "binh").await);
    let since = talk.transcript.len();
    talk.write(&format!("/start {first}")).await;
    assert!(refused(&talk, since));
    talk.write(&format!("/start {second}")).await;
    talk.press("Đúng").await;
    assert_eq!(chat_of(&talk.bot, "binh").await, "2002");
    talk.bot.is_sound().await;
}

#[tokio::test]
async fn who_guesses_on_gets_no_answer_any_more() {
    let mut talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, &unlinked()).await;
    talk.becomes(2002);
    for guess in 0..8 {
        talk.write(&format!("/start AAAAAAAAAAAAAAAAAAAAA{guess}")).await;
    }
    assert_eq!(talk.transcript.matches("Mã liên kết không đúng").count(), 5);
    let code = code_for(&talk.bot, "binh").await;
    talk.write(&format!("/start {code}")).await;
    assert!(!talk.transcript.contains("Liên kết với"), "not even a good one within the hour");
    talk.bot.house.sleeps_until("2023-10-02T08:35");
    let code = code_for(&talk.bot, "binh").await;
    talk.write(&format!("/start {code}")).await;
    assert!(talk.transcript.contains("Liên kết với: Trần Văn Bình, Chuyên viên Phòng Nội vụ?"), "{}", talk.transcript);
    // Strangers who only chatter are answered a few times, too.
    talk.becomes(2003);
    for _ in 0..8 {
        talk.write("xin chào").await;
    }
    assert_eq!(talk.transcript.matches("Tài khoản này chưa được liên kết").count(), 5);
}

#[tokio::test]
async fn a_code_in_a_group_links_nobody() {
    let mut talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, &unlinked()).await;
    let code = code_for(&talk.bot, "binh").await;
    let before = talk.bot.api.bodies("sendMessage").len();
    talk.becomes(2002);
    talk.write_in(-100_123, &format!("/start {code}")).await;
    assert_eq!(talk.bot.api.bodies("sendMessage").len(), before);
    assert_eq!(chat_of(&talk.bot, "binh").await, "∅");
}

#[tokio::test]
async fn a_link_ends_with_the_last_appointment_and_is_journalled_once() {
    let mut talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, &unlinked()).await;
    let end = "UPDATE appointment SET to_date = '2023-10-02' WHERE person_id = (SELECT id FROM person WHERE code = 'an')";
    talk.bot.sql(end).await;
    talk.tick().await;
    assert_eq!(chat_of(&talk.bot, "an").await, "1001", "the last day still counts");
    talk.bot.house.sleeps_until("2023-10-03T07:30");
    talk.write("/viec").await;
    assert!(talk.transcript.ends_with("rồi nhắn: /start MÃ\n"), "{}", talk.transcript);
    talk.press("Xác nhận tiếp nhận").await;
    assert_eq!(talk.bot.house.works().await, ["not_acknowledged"]);
    for _ in 0..3 {
        talk.tick().await;
    }
    assert_eq!(chat_of(&talk.bot, "an").await, "∅");
    let journal = talk.bot.house.journal("chat-unlinked").await;
    assert!(journal.len() == 1 && journal[0].contains("left-office"), "{journal:?}");
    talk.bot.is_sound().await;
}

#[tokio::test]
async fn the_office_may_end_a_link() {
    let talk = Conversation::on(Store::scratch().await.expect("a folder"), POLICY, &unlinked()).await;
    let person = talk.bot.house.person("an").await;
    let now = talk.bot.house.clock.now();
    assert!(revoke(&talk.bot.house.engine, person, "thu-ky", now).await.expect("a store that works"));
    assert!(!revoke(&talk.bot.house.engine, person, "thu-ky", now).await.expect("a store that works"));
    assert_eq!(chat_of(&talk.bot, "an").await, "∅");
    assert_eq!(talk.bot.house.rows("SELECT actor FROM journal WHERE kind = 'chat-unlinked'").await, ["cli:thu-ky"]);
}
