//! The Telegram Bot API.
//!
//! The payloads are teloxide's, the call is our own: teloxide's waits ten seconds inside a call that met a 5xx, and its errors
//! carry the URL and with it the token.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::{Client, Proxy, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use teloxide::payloads::{AnswerCallbackQuery, AnswerCallbackQuerySetters};
use teloxide::types::CallbackQueryId;

pub use super::trouble::Trouble;
use super::{Channel, SetupError, chat, trouble};
use crate::clock::Clock;
use crate::clock::doubt::Peer;
use crate::domain::delivery::{Binding, Button, Fault, Parcel, Target, Verdict};

/// Where and how the Bot API is called.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `https://api.telegram.org`, or a server of one's own; a trailing slash does not matter.
    pub api_url: String,
    /// http, https or socks5; without it none is used, whatever the environment says.
    pub proxy: Option<String>,
    /// The bot's token.
    pub token: SecretString,
    /// How long things may take.
    pub timeouts: Timeouts,
}

/// The longest each part may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name look-up, proxy, TCP and TLS, together.
    pub connect: Duration,
    /// The whole call; for a long poll this much more than the poll.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(15) }
    }
}

/// Bytes of an answer; a hundred updates are far below.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A bot. Clones share their connections.
#[derive(Clone)]
pub struct Telegram {
    client: Client,
    base: Url,
    token: SecretString,
    answer: Duration,
    /// Told what time Telegram says it is.
    clock: Option<Clock>,
}

/// Something that happened to the bot.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// Grows by one; the next poll asks for what follows.
    pub update_id: i64,
    /// A pressed button, when it is one.
    pub callback: Option<Callback>,
    /// A text somebody wrote, when it is one.
    pub text: Option<Text>,
    /// All of it, as it came.
    pub raw: Value,
}

/// A pressed button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// To answer it.
    pub id: String,
    /// Who pressed it.
    pub from_id: i64,
    /// The chat of the message; absent when Telegram no longer tells.
    pub chat_id: Option<i64>,
    /// The message the button belongs to.
    pub message_id: Option<i64>,
    /// The token of the button.
    pub data: String,
}

/// A text somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Who; never another bot, nor a channel.
    pub from_id: i64,
    /// Where.
    pub chat_id: i64,
    /// The message it answers, when it does.
    pub reply_to: Option<i64>,
    /// What.
    pub text: String,
}

impl Update {
    /// Reads one as it came; `None` when it is no update.
    pub fn read(raw: Value) -> Option<Self> {
        let update_id = raw["update_id"].as_i64()?;
        let (callback, text) = (callback(&raw["callback_query"]), text(&raw["message"]));
        Some(Self { update_id, callback, text, raw })
    }

    /// The text of the message whose button was pressed; empty when Telegram no longer tells.
    pub fn pressed_text(&self) -> &str {
        self.raw["callback_query"]["message"]["text"].as_str().unwrap_or_default()
    }

    /// The rows of its buttons that open a page.
    pub fn pressed_pages(&self) -> Vec<Vec<Button>> {
        let rows = self.raw["callback_query"]["message"]["reply_markup"]["inline_keyboard"].as_array();
        let page = |button: &Value| {
            let (label, address) = (button["text"].as_str()?, button["url"].as_str()?);
            Some(Button { label: label.to_owned(), target: Target::Page(address.to_owned()) })
        };
        let rows =
            rows.into_iter().flatten().map(|row| row.as_array().into_iter().flatten().filter_map(page).collect::<Vec<_>>());
        rows.filter(|row| !row.is_empty()).collect()
    }

    /// The bold ranges of that text, in UTF-16 units.
    pub fn pressed_bold(&self) -> Vec<(u32, u32)> {
        let entities = self.raw["callback_query"]["message"]["entities"].as_array();
        let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
        let bold = entities.into_iter().flatten().filter(|entity| entity["type"] == "bold");
        bold.filter_map(|entity| Some((number(&entity["offset"])?, number(&entity["length"])?))).collect()
    }
}

impl Telegram {
    /// Opens no connection.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let base: Url = settings.api_url.trim_end_matches('/').parse().map_err(|_| SetupError::ApiUrl)?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(SetupError::ApiUrl);
        }
        let mut client = Client::builder()
            .connect_timeout(settings.timeouts.connect)
            .pool_idle_timeout(Duration::from_secs(30))
            .tcp_nodelay(true)
            // The URL carries the token: nobody may send it elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy();
        if let Some(proxy) = &settings.proxy {
            client = client.proxy(proxy_of(proxy)?);
        }
        let client = client.build().map_err(|_| SetupError::Client)?;
        Ok(Self { client, base, token: settings.token, answer: settings.timeouts.answer, clock: None })
    }

    /// Tells that clock what time Telegram says it is, with each answer.
    pub fn tells(&mut self, clock: Clock) {
        self.clock = Some(clock);
    }

    /// The updates from `offset` on (which confirms all before it), waiting for the first at most `wait`.
    pub async fn get_updates(&self, offset: i64, wait: Duration) -> Result<Vec<Update>, Trouble> {
        let poll = json!({ "offset": offset, "timeout": wait.as_secs(), "allowed_updates": ["message", "callback_query"] });
        let updates = self.call("getUpdates", &poll, wait + self.answer).await?;
        let Value::Array(updates) = updates else { return Err(Trouble::Unreachable("getUpdates gave no list".to_owned())) };
        Ok(updates.into_iter().filter_map(Update::read).collect())
    }

    /// Ends the waiting animation of a pressed button, with a short text where there is one.
    pub async fn answer_callback(&self, id: &str, text: &str) -> Result<(), Trouble> {
        let answer = AnswerCallbackQuery::new(CallbackQueryId(id.to_owned()));
        let answer = if text.is_empty() { answer } else { answer.text(text) };
        self.call("answerCallbackQuery", &answer, self.answer).await.map(drop)
    }

    /// Puts another text and other buttons (none: takes them away) into a message.
    pub async fn edit_text(
        &self,
        chat: i64,
        message_id: i64,
        text: &str,
        bold: &[(u32, u32)],
        buttons: &[Vec<Button>],
    ) -> Result<(), Trouble> {
        let message_id = i32::try_from(message_id).map_err(|_| Trouble::Stale("no such message id".to_owned()))?;
        self.call("editMessageText", &chat::edit(chat, message_id, text, bold, buttons), self.answer).await.map(drop)
    }

    /// Puts other buttons under a message; none takes them away.
    pub async fn edit_buttons(&self, chat: i64, message_id: i64, buttons: &[Vec<Button>]) -> Result<(), Trouble> {
        let message_id = i32::try_from(message_id).map_err(|_| Trouble::Stale("no such message id".to_owned()))?;
        self.call("editMessageReplyMarkup", &chat::buttons_only(chat, message_id, buttons), self.answer).await.map(drop)
    }

    /// Says something on the bot's own account.
    pub async fn say(&self, chat: i64, text: &str, bold: &[(u32, u32)], buttons: &[Vec<Button>]) -> Result<(), Trouble> {
        self.call("sendMessage", &chat::speech(chat, text, bold, buttons), self.answer).await.map(drop)
    }

    /// The name of the bot, without `@`.
    pub async fn name(&self) -> Result<String, Trouble> {
        let me = self.call("getMe", &json!({}), self.answer).await?;
        let name = me["username"].as_str().map(str::to_owned);
        name.ok_or_else(|| Trouble::Unreachable("getMe gave no name".to_owned()))
    }

    /// Tells Telegram which commands to list, each with what it does.
    pub async fn set_commands(&self, commands: &[(&str, &str)]) -> Result<(), Trouble> {
        let list: Vec<Value> =
            commands.iter().map(|(command, what)| json!({ "command": command, "description": what })).collect();
        self.call("setMyCommands", &json!({ "commands": list }), self.answer).await.map(drop)
    }

    async fn send_message(&self, chat: i64, parcel: &Parcel) -> Result<Value, Trouble> {
        match self.call("sendMessage", &chat::message(chat, parcel), self.answer).await {
            // It was refused whole, so a second, plain one is no second copy.
            Err(Trouble::Text(_)) => self.call("sendMessage", &chat::plain_message(chat, parcel), self.answer).await,
            answer => answer,
        }
    }

    async fn call<P: Serialize + Sync>(&self, method: &'static str, payload: &P, timeout: Duration) -> Result<Value, Trouble> {
        let url = format!("{}/bot{}/{method}", self.base.as_str().trim_end_matches('/'), self.token.expose_secret());
        let sent = self.client.post(url).timeout(timeout).json(payload).send().await;
        let mut response = sent.map_err(|error| unanswered(&error))?;
        let date = response.headers().get("date").and_then(|value| rfc2822::parse(value.to_str().ok()?).ok());
        if let (Some(clock), Some(date)) = (&self.clock, date) {
            clock.heard(Peer::Telegram, date.timestamp());
        }
        let status = response.status().as_u16();
        let retry_after_secs = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > ANSWER_BYTES_MAX => return Err(cut_short(status)),
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return trouble::read(status, retry_after_secs, &body),
                Err(_) => return Err(cut_short(status)),
            }
        }
    }
}

impl Channel for Telegram {
    async fn send(&mut self, parcel: &Parcel) -> Verdict {
        let Some(chat) = chat::chat_of(parcel) else {
            return Verdict::Refused { reason: "the chat id is not a number".to_owned(), binding: Binding::Kept };
        };
        match self.send_message(chat, parcel).await {
            Ok(message) => Verdict::Accepted { receipt: message["message_id"].as_i64().map(|id| id.to_string()) },
            Err(trouble) => verdict(&trouble),
        }
    }
}

fn verdict(trouble: &Trouble) -> Verdict {
    let reason = trouble.to_string();
    match trouble {
        Trouble::RetryAfter { wait_ms } => Verdict::Deferred { reason, retry_after_ms: *wait_ms, fault: Fault::Message },
        Trouble::Gone(_) => Verdict::Refused { reason, binding: Binding::Dead },
        Trouble::Moved(chat) => Verdict::Refused { reason, binding: Binding::MovedTo(*chat) },
        Trouble::Stale(_) | Trouble::Text(_) | Trouble::Rejected(_) => Verdict::Refused { reason, binding: Binding::Kept },
        Trouble::Conflict | Trouble::Unauthorized(_) | Trouble::Unreachable(_) => {
            Verdict::Deferred { reason, retry_after_ms: None, fault: Fault::Channel }
        }
        Trouble::Unclear(_) => Verdict::Uncertain { reason },
    }
}

/// No answer came. Only a connection that never stood is sure to have carried nothing. The error's own text is not used: it holds
/// the URL.
fn unanswered(error: &reqwest::Error) -> Trouble {
    if error.is_connect() {
        let why = if error.is_timeout() { "no connection in time" } else { "no connection" };
        return Trouble::Unreachable(why.to_owned());
    }
    if error.is_builder() || error.is_redirect() {
        return Trouble::Unreachable("the request could not be built".to_owned());
    }
    Trouble::Unclear(if error.is_timeout() { "no answer in time" } else { "the connection broke" })
}

/// The status arrived, the rest did not.
fn cut_short(status: u16) -> Trouble {
    match status {
        200..=299 => Trouble::Unclear("the answer broke off"),
        _ => Trouble::Unreachable(format!("HTTP {status} with an answer that broke off")),
    }
}

fn proxy_of(text: &str) -> Result<Proxy, SetupError> {
    let url: Url = text.parse().map_err(|_| SetupError::Proxy)?;
    let text = match url.scheme() {
        "http" | "https" | "socks5h" => text.to_owned(),
        // The proxy looks the name up: where a proxy is needed, the local resolver often does not know Telegram.
        "socks5" => text.replacen("socks5", "socks5h", 1),
        _ => return Err(SetupError::Proxy),
    };
    Proxy::all(text).map_err(|_| SetupError::Proxy)
}

fn callback(query: &Value) -> Option<Callback> {
    Some(Callback {
        id: query["id"].as_str()?.to_owned(),
        from_id: query["from"]["id"].as_i64()?,
        chat_id: query["message"]["chat"]["id"].as_i64(),
        message_id: query["message"]["message_id"].as_i64(),
        data: query["data"].as_str()?.to_owned(),
    })
}

fn text(message: &Value) -> Option<Text> {
    if message["from"]["is_bot"].as_bool() == Some(true) || message["sender_chat"].is_object() {
        return None;
    }
    Some(Text {
        from_id: message["from"]["id"].as_i64()?,
        chat_id: message["chat"]["id"].as_i64()?,
        reply_to: message["reply_to_message"]["message_id"].as_i64(),
        text: message["text"].as_str()?.to_owned(),
    })
}
