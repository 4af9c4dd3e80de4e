//! A house with a bot on loopback, and people who press and write.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dondoc::channel::Door;
use dondoc::channel::telegram::{Settings, Telegram, Timeouts};
use dondoc::daemon::telegram::{Pace, poll};
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::rules::{Language, Rules};
use dondoc::store::{Store, Where};
use secrecy::SecretString;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::house::House;
use super::postgres;
use super::support::botapi::{BotApi, Call, Shown};

pub const TOKEN: &str = "123456:AA-canary-token";
pub const AN: i64 = 1001;
pub const BINH: i64 = 1002;

pub const POLICY: &str = r#"
[[policy]]
name = "chung"
[[policy.step]]
name = "giao"
when = "on assignment"
to = ["assignee"]
copy = ["person:binh"]
[[route]]
policy = "chung"
"#;

pub const FACTS: &str = r#"
[[unit]]
id = "ubnd"
name = "UBND phường"
[[unit]]
id = "pnv"
name = "Phòng Nội vụ"
parent = "ubnd"
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
title = "Báo cáo cải cách hành chính"
lead = ["pnv"]
deadline = 2023-12-29
[[directive]]
dispatch = "4988/UBND"
clause = "2"
title = "Rà soát thủ tục"
lead = ["pnv"]
deadline = 2023-11-30
"#;

/// The house with a bot, one message with two items delivered to An as message 1.
pub struct Bot {
    pub house: House,
    pub api: Arc<BotApi>,
    pub door: Telegram,
    pub acted: Arc<AtomicUsize>,
}

/// A poller at work.
pub struct Running {
    stop: CancellationToken,
    poller: tokio::task::JoinHandle<()>,
}

impl Running {
    pub async fn stops(self) {
        self.stop.cancel();
        self.poller.await.expect("the poller ends when it is told to");
    }
}

impl Bot {
    pub async fn new() -> Self {
        let mut bot = Self::silent().await;
        bot.house.tick().await;
        bot
    }

    /// Nothing was sent yet.
    pub async fn silent() -> Self {
        Self::on(Store::scratch().await.expect("a folder for temporary files"), POLICY, FACTS).await
    }

    /// On that store; nothing was sent yet.
    pub async fn on(store: Store, policies: &str, facts: &str) -> Self {
        let mut house = House::on(store, policies, facts).await;
        let api = Arc::new(BotApi::start(TOKEN));
        let settings = Settings {
            api_url: api.url(),
            proxy: None,
            token: SecretString::from(TOKEN),
            timeouts: Timeouts { connect: Duration::from_secs(5), answer: Duration::from_mins(1) },
        };
        let door = Telegram::new(settings).expect("good settings");
        house.doors.insert(ChannelKind::Telegram, Door::Telegram(door.clone()));
        Self { house, api, door, acted: Arc::default() }
    }

    /// The token of the button under a message.
    pub fn token(&self, message_id: usize) -> String {
        let sent = self.api.bodies("sendMessage");
        let button = &sent[message_id - 1]["reply_markup"]["inline_keyboard"][0][0];
        button["callback_data"].as_str().expect("a button").to_owned()
    }

    pub async fn sql(&self, statement: &'static str) {
        let mut tx = self.house.engine.store.begin().await.expect("a writer");
        sqlx::query(statement).execute(&mut *tx).await.expect(statement);
        dondoc::store::meta::raise_org_revision(&mut tx).await.expect("raised");
        tx.commit().await.expect("a commit");
    }

    pub fn starts(&self, poll_for: Duration) -> Running {
        let stop = CancellationToken::new();
        let (engine, acted) = (Arc::new(self.house.engine.clone()), Arc::clone(&self.acted));
        let count = move || {
            acted.fetch_add(1, Ordering::SeqCst);
        };
        let pace = Pace { poll: poll_for, first: Duration::from_millis(1), longest: Duration::from_millis(4) };
        let engines = move || Arc::clone(&engine);
        let (door, clock) = (self.door.clone(), self.house.clock.clone());
        Running { stop: stop.clone(), poller: tokio::spawn(poll(engines, door, clock, stop, count, pace)) }
    }

    /// Polls until the calls are as wanted and one poll more has begun, so that nothing is under way any more.
    pub async fn polls_until(&self, wanted: impl Fn(&[Call]) -> bool) {
        let running = self.starts(Duration::from_secs(30));
        self.api.until(|calls| wanted(calls)).await;
        let polls = |calls: &[Call]| calls.iter().filter(|call| call.method == "getUpdates").count();
        let so_far = polls(&self.api.calls());
        // The poll that is held open ends with this update, which asks for nothing; the one after it comes when it is handled.
        self.api
            .inject(json!({ "update_id": 1_000_000 + i64::try_from(so_far).expect("few"), "message": { "text": "xin chào" } }));
        self.api.until(|calls| polls(calls) > so_far).await;
        running.stops().await;
    }

    pub async fn polls_until_answered(&self, answers: usize) -> Vec<String> {
        self.polls_until(|calls| calls.iter().filter(|call| call.method == "answerCallbackQuery").count() >= answers).await;
        let told = self.api.bodies("answerCallbackQuery");
        assert_eq!(told.len(), answers, "one answer for every press");
        told.iter().map(|body| body["text"].as_str().expect("a text").to_owned()).collect()
    }

    pub async fn replies(&self) -> i64 {
        self.house.number("SELECT COUNT(*) FROM reply").await
    }

    /// Nothing was recorded but the refusal.
    pub async fn is_refused_for(&self, reason: &str) {
        assert_eq!(self.replies().await, 0);
        assert_eq!(self.house.works().await, ["not_acknowledged", "not_acknowledged"]);
        assert_eq!(self.api.bodies("editMessageText"), Vec::<serde_json::Value>::new());
        let told = self.house.journal("press-refused").await;
        assert!(told.len() == 1 && told[0].contains(&format!("\"reason\":\"{reason}\"")), "{told:?}");
        assert_eq!(self.acted.load(Ordering::SeqCst), 0);
        self.is_sound().await;
    }

    /// The journal holds together and names neither accounts nor chats nor tokens.
    pub async fn is_sound(&self) {
        self.house.is_sound().await;
        let all = self.house.rows("SELECT detail, actor FROM journal WHERE kind LIKE 'press%'").await.join("\n");
        for secret in ["1001", "1002", "v1", "-100"] {
            assert!(!all.contains(&format!("\"{secret}")) && !all.contains(&format!(":{secret}")), "{secret} in {all}");
        }
    }
}

/// Tells the same story on SQLite and, where it is installed, on PostgreSQL.
pub async fn on_both(story: impl AsyncFn(Store)) {
    story(Store::scratch().await.expect("a folder for temporary files")).await;
    let Some(database) = postgres::database() else { return };
    let store = Store::create(&Where::Postgres(database.url.clone())).await.expect("a fresh database");
    story(store.clone()).await;
    store.close().await;
}

/// One person talks with the bot; what is said on both sides is written down.
pub struct Conversation {
    pub bot: Bot,
    pub account: i64,
    pub transcript: String,
    update_id: i64,
    seen: usize,
}

impl Conversation {
    /// An's, after what is due has been sent.
    pub async fn on(store: Store, policies: &str, facts: &str) -> Self {
        Self::in_language(store, policies, facts, Language::Vi).await
    }

    /// The same in an office of that language.
    pub async fn in_language(store: Store, policies: &str, facts: &str, language: Language) -> Self {
        let mut bot = Bot::on(store, policies, facts).await;
        let engine = &bot.house.engine;
        let rules = Arc::new(Rules { language, ..Rules::clone(&engine.rules) });
        bot.house.engine = engine.with_rules(rules, engine.channels.clone());
        bot.house.tick().await;
        let mut talk = Self { bot, account: AN, transcript: String::new(), update_id: 100, seen: 0 };
        talk.hears();
        talk
    }

    /// Somebody else goes on.
    pub fn becomes(&mut self, account: i64) {
        self.account = account;
        self.transcript.push_str(&format!("\n--- {account}\n"));
    }

    fn next(&mut self) -> i64 {
        self.update_id += 1;
        self.update_id
    }

    /// The newest message in this chat with a button of that label.
    pub fn message_with(&self, label: &str) -> Shown {
        let shown = self.bot.api.shown();
        let found = shown.into_iter().rev().find(|shown| shown.chat == self.account && shown.token(label).is_some());
        found.unwrap_or_else(|| panic!("no button {label}\n{}", self.transcript))
    }

    /// Presses the newest button of that label.
    pub async fn press(&mut self, label: &str) {
        let shown = self.message_with(label);
        self.press_token(label, shown.id, &shown.token(label).expect("found by it")).await;
    }

    /// Presses a button that may be gone from the chat by now.
    pub async fn press_token(&mut self, label: &str, message_id: i64, token: &str) {
        let id = self.next();
        self.bot.api.press(id, self.account, message_id, token);
        self.transcript.push_str(&format!("> bấm [{label}]\n"));
        self.settles(id).await;
    }

    /// Writes.
    pub async fn write(&mut self, text: &str) {
        let id = self.next();
        self.bot.api.write(id, self.account, text);
        self.transcript.push_str(&format!("> {text}\n"));
        self.settles(id).await;
    }

    /// Writes as an answer to a message.
    pub async fn write_to(&mut self, text: &str, reply_to: i64) {
        let id = self.next();
        self.bot.api.write_in(id, self.account, self.account, text, Some(reply_to));
        self.transcript.push_str(&format!("> (trả lời tin {reply_to}) {text}\n"));
        self.settles(id).await;
    }

    /// Writes in a group.
    pub async fn write_in(&mut self, chat: i64, text: &str) {
        let id = self.next();
        self.bot.api.write_in(id, self.account, chat, text, None);
        self.transcript.push_str(&format!("> (trong nhóm) {text}\n"));
        self.settles(id).await;
    }

    /// Polls until that update is handled and what came of it is shown.
    async fn settles(&mut self, update_id: i64) {
        let running = self.bot.starts(Duration::from_secs(30));
        let confirmed = |call: &Call| call.method == "getUpdates" && call.body["offset"].as_i64() > Some(update_id);
        self.bot.api.until(|calls| calls.iter().any(confirmed)).await;
        running.stops().await;
        self.hears();
    }

    /// What the engine sends by itself.
    pub async fn tick(&mut self) {
        self.bot.house.tick().await;
        self.hears();
    }

    fn hears(&mut self) {
        let calls = self.bot.api.calls();
        for call in &calls[self.seen..] {
            self.transcript.push_str(&told(call));
        }
        self.seen = calls.len();
    }
}

/// A call in words; polls and the list of commands say nothing.
fn told(call: &Call) -> String {
    let text = call.body["text"].as_str().unwrap_or_default().replace('\n', "\n  ");
    let rows = call.body["reply_markup"]["inline_keyboard"].as_array().into_iter().flatten();
    let label = |one: &serde_json::Value| format!("[{}]", one["text"].as_str().unwrap_or_default());
    let rows = rows.map(|row| format!("  {}\n", row.as_array().into_iter().flatten().map(label).collect::<Vec<_>>().join(" ")));
    let buttons: String = rows.collect();
    match call.method.as_str() {
        "sendMessage" => format!("< tới {}: {text}\n{buttons}", call.body["chat_id"]),
        "editMessageText" => format!("< sửa tin {}: {text}\n{buttons}", call.body["message_id"]),
        "editMessageReplyMarkup" => format!("< đổi nút của tin {}\n{buttons}", call.body["message_id"]),
        "answerCallbackQuery" if !text.is_empty() => format!("< hiện: {text}\n"),
        _ => String::new(),
    }
}
