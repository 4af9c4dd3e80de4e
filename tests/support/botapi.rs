//! A Telegram Bot API that does as it is told and writes down what it was asked. The bench has one that keeps to limits; its reader of
//! requests is the same few lines, which the program shows to nobody.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::{Server, hang, lock, serve};

/// What the server does instead of answering as Telegram would.
#[derive(Clone, Debug)]
pub enum Act {
    /// This status and body.
    Answer(u16, String),
    /// This status and body, and then half a body more is promised and the connection closed.
    BreakOff(u16, String),
    /// Does what was asked, then never answers.
    DoAndHang,
    /// Never answers.
    Hang,
    /// Does what was asked, then closes the connection.
    DoAndHangUp,
    /// Closes the connection.
    HangUp,
    /// This status, and then a body that comes one byte after another and never ends.
    Drip(u16),
}

impl Act {
    /// A refusal the way Telegram words it.
    pub fn refuse(code: u16, description: &str) -> Self {
        Self::Answer(code, json!({ "ok": false, "error_code": code, "description": description }).to_string())
    }

    /// 429 with the wait.
    pub fn retry_after(secs: i64) -> Self {
        let description = format!("Too Many Requests: retry after {secs}");
        let parameters = json!({ "retry_after": secs });
        Self::Answer(
            429,
            json!({ "ok": false, "error_code": 429, "description": description, "parameters": parameters }).to_string(),
        )
    }

    /// 400 because the group became a supergroup.
    pub fn moved_to(chat: i64) -> Self {
        let description = "Bad Request: group chat was upgraded to a supergroup chat";
        let parameters = json!({ "migrate_to_chat_id": chat });
        Self::Answer(
            400,
            json!({ "ok": false, "error_code": 400, "description": description, "parameters": parameters }).to_string(),
        )
    }

    /// What a proxy in front of it says when Telegram is down.
    pub fn bad_gateway() -> Self {
        Self::Answer(502, "<html><body><h1>502 Bad Gateway</h1></body></html>".to_owned())
    }
}

/// A call the server received whole.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub token: String,
    pub body: Value,
    pub at: Instant,
}

/// A message as it stands in a chat by now.
#[derive(Clone, Debug)]
pub struct Shown {
    pub id: i64,
    pub chat: i64,
    pub text: String,
    pub entities: Value,
    /// Rows of the keyboard as they were sent.
    pub keyboard: Value,
}

impl Shown {
    /// The labels of its buttons, row by row.
    pub fn labels(&self) -> Vec<Vec<String>> {
        let row = |row: &Value| {
            row.as_array().into_iter().flatten().filter_map(|one| one["text"].as_str()).map(str::to_owned).collect()
        };
        self.keyboard.as_array().into_iter().flatten().map(row).collect()
    }

    /// The token of the button with that label.
    pub fn token(&self, label: &str) -> Option<String> {
        let buttons = self.keyboard.as_array().into_iter().flatten().flat_map(|row| row.as_array().into_iter().flatten());
        buttons.clone().find(|one| one["text"] == label).and_then(|one| one["callback_data"].as_str()).map(str::to_owned)
    }
}

#[derive(Default)]
struct State {
    shown: Vec<Shown>,
    next: HashMap<String, VecDeque<Act>>,
    always: HashMap<String, Act>,
    calls: Vec<Call>,
    updates: Vec<Value>,
    messages: i64,
    connections: usize,
    /// By how much the time it tells is ahead; it tells none at first.
    ahead: Option<jiff::SignedDuration>,
}

/// The server. Calls with another token get 401.
pub struct BotApi {
    server: Server,
    token: String,
    state: Arc<Mutex<State>>,
    news: Arc<Notify>,
    heard: Arc<Notify>,
}

impl BotApi {
    pub fn start(token: &str) -> Self {
        let (state, news, heard) = (Arc::new(Mutex::new(State::default())), Arc::new(Notify::new()), Arc::new(Notify::new()));
        let talk =
            Talk { state: Arc::clone(&state), news: Arc::clone(&news), heard: Arc::clone(&heard), token: token.to_owned() };
        let server = serve(move |stream, number| {
            lock(&talk.state).connections = number;
            let talk = talk.clone();
            async move {
                let _ = talk.connection(stream).await;
            }
        });
        Self { server, token: token.to_owned(), state, news, heard }
    }

    /// From now on each answer tells what time it is, so much ahead.
    pub fn tells_the_time(&self, ahead: jiff::SignedDuration) {
        lock(&self.state).ahead = Some(ahead);
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// What happens the next time a method is called; several calls queue up.
    pub fn next(&self, method: &str, act: Act) -> &Self {
        lock(&self.state).next.entry(method.to_owned()).or_default().push_back(act);
        self
    }

    /// What happens every time nothing is queued.
    pub fn always(&self, method: &str, act: Act) -> &Self {
        lock(&self.state).always.insert(method.to_owned(), act);
        self
    }

    /// Puts an update into the queue that `getUpdates` reads; the same `update_id` again is delivered again.
    pub fn inject(&self, update: Value) -> &Self {
        lock(&self.state).updates.push(update);
        self.news.notify_waiters();
        self
    }

    /// A person presses a button in the private chat with the bot.
    pub fn press(&self, update_id: i64, from_id: i64, message_id: i64, data: &str) -> &Self {
        self.press_in(update_id, from_id, from_id, message_id, data)
    }

    /// A person presses a button in any chat.
    pub fn press_in(&self, update_id: i64, from_id: i64, chat_id: i64, message_id: i64, data: &str) -> &Self {
        let shown = self.shown().into_iter().find(|shown| shown.id == message_id);
        let (text, keyboard) = shown.map_or((String::new(), Value::Null), |shown| (shown.text, shown.keyboard));
        let message = json!({
            "message_id": message_id,
            "date": 1_700_000_000,
            "chat": { "id": chat_id, "type": "private" },
            "text": text,
            "reply_markup": { "inline_keyboard": keyboard },
            "entities": [{ "type": "bold", "offset": 0, "length": 7 }, { "type": "italic", "offset": 9, "length": 2 }],
        });
        self.inject(json!({
            "update_id": update_id,
            "callback_query": {
                "id": format!("cb{update_id}"),
                "from": { "id": from_id, "is_bot": false, "first_name": "An" },
                "chat_instance": "1",
                "message": message,
                "data": data,
            },
        }))
    }

    /// A person writes to the bot in private.
    pub fn write(&self, update_id: i64, from_id: i64, text: &str) -> &Self {
        self.write_in(update_id, from_id, from_id, text, None)
    }

    /// A person writes in any chat, perhaps as an answer to a message there.
    pub fn write_in(&self, update_id: i64, from_id: i64, chat_id: i64, text: &str, reply_to: Option<i64>) -> &Self {
        let kind = if chat_id == from_id { "private" } else { "group" };
        let mut message = json!({
            "message_id": 500_000 + update_id,
            "date": 1_700_000_000,
            "from": { "id": from_id, "is_bot": false, "first_name": "An" },
            "chat": { "id": chat_id, "type": kind },
            "text": text,
        });
        if let Some(id) = reply_to {
            message["reply_to_message"] = json!({ "message_id": id });
        }
        self.inject(json!({ "update_id": update_id, "message": message }))
    }

    /// The messages as they stand by now, oldest first.
    pub fn shown(&self) -> Vec<Shown> {
        lock(&self.state).shown.clone()
    }

    /// Waits until the calls so far are as wanted; gives up after a minute.
    pub async fn until(&self, wanted: impl Fn(&[Call]) -> bool) {
        let heard = async {
            loop {
                let heard = self.heard.notified();
                tokio::pin!(heard);
                heard.as_mut().enable();
                if wanted(&self.calls()) {
                    return;
                }
                heard.await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), heard).await.expect("a call that never came");
    }

    pub fn calls(&self) -> Vec<Call> {
        lock(&self.state).calls.clone()
    }

    /// The bodies of all calls of one method.
    pub fn bodies(&self, method: &str) -> Vec<Value> {
        self.calls().into_iter().filter(|call| call.method == method).map(|call| call.body).collect()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }
}

#[derive(Clone)]
struct Talk {
    state: Arc<Mutex<State>>,
    news: Arc<Notify>,
    heard: Arc<Notify>,
    token: String,
}

struct Request {
    token: String,
    method: String,
    body: Value,
}

impl Talk {
    fn ahead(&self) -> Option<jiff::SignedDuration> {
        lock(&self.state).ahead
    }

    async fn connection(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        while let Some(request) = read(&mut stream).await? {
            let act = self.receive(&request);
            match act {
                None => {
                    let (status, body) = self.answer(&request).await;
                    write(&mut stream, self.ahead(), (status, &body), body.len()).await?;
                }
                Some(Act::Answer(status, body)) => write(&mut stream, self.ahead(), (status, &body), body.len()).await?,
                Some(Act::BreakOff(status, body)) => {
                    return write(&mut stream, self.ahead(), (status, &body), body.len() * 2 + 1).await;
                }
                Some(Act::DoAndHang) => {
                    let _ = self.answer(&request).await;
                    hang().await;
                }
                Some(Act::Hang) => hang().await,
                Some(Act::DoAndHangUp) => {
                    let _ = self.answer(&request).await;
                    return Ok(());
                }
                Some(Act::HangUp) => return Ok(()),
                Some(Act::Drip(status)) => return drip(&mut stream, status).await,
            }
        }
        Ok(())
    }

    fn receive(&self, request: &Request) -> Option<Act> {
        let mut state = lock(&self.state);
        let Request { token, method, body } = request;
        state.calls.push(Call { method: method.clone(), token: token.clone(), body: body.clone(), at: Instant::now() });
        self.heard.notify_waiters();
        if *token != self.token {
            return Some(Act::refuse(401, "Unauthorized"));
        }
        let queued = state.next.get_mut(method).and_then(VecDeque::pop_front);
        queued.or_else(|| state.always.get(method).cloned())
    }

    async fn answer(&self, request: &Request) -> (u16, String) {
        let result = match request.method.as_str() {
            "sendMessage" => self.message(&request.body),
            "editMessageText" | "editMessageReplyMarkup" => self.edited(&request.body),
            "answerCallbackQuery" | "setMyCommands" => json!(true),
            "getMe" => json!({ "id": 1, "is_bot": true, "first_name": "Đôn đốc", "username": "don_doc_bot" }),
            "getUpdates" => self.updates(&request.body).await,
            _ => return (404, json!({ "ok": false, "error_code": 404, "description": "Not Found" }).to_string()),
        };
        (200, json!({ "ok": true, "result": result }).to_string())
    }

    fn message(&self, body: &Value) -> Value {
        let mut state = lock(&self.state);
        state.messages += 1;
        let id = state.messages;
        state.shown.push(Shown {
            id,
            chat: chat_of(body),
            text: body["text"].as_str().unwrap_or_default().to_owned(),
            entities: body["entities"].clone(),
            keyboard: body["reply_markup"]["inline_keyboard"].clone(),
        });
        json!({ "message_id": state.messages, "date": 1_700_000_000, "chat": { "id": body["chat_id"], "type": "private" }, "text": body["text"] })
    }

    fn edited(&self, body: &Value) -> Value {
        let mut state = lock(&self.state);
        let edited = state.shown.iter_mut().find(|shown| Some(shown.id) == body["message_id"].as_i64());
        if let Some(shown) = edited {
            if let Some(text) = body["text"].as_str() {
                text.clone_into(&mut shown.text);
                shown.entities = body["entities"].clone();
            }
            shown.keyboard = body["reply_markup"]["inline_keyboard"].clone();
        }
        body.clone()
    }

    async fn updates(&self, body: &Value) -> Value {
        let (offset, wait) = (body["offset"].as_i64().unwrap_or(0), body["timeout"].as_u64().unwrap_or(0));
        let end = tokio::time::Instant::now() + Duration::from_secs(wait);
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            let found: Vec<Value> = {
                let mut state = lock(&self.state);
                state.updates.retain(|update| update["update_id"].as_i64() >= Some(offset));
                state.updates.clone()
            };
            if !found.is_empty() || tokio::time::timeout_at(end, news).await.is_err() {
                return Value::from(found);
            }
        }
    }
}

/// The chat of a call; teloxide writes it as a number.
fn chat_of(body: &Value) -> i64 {
    body["chat_id"].as_i64().or_else(|| body["chat_id"].as_str()?.parse().ok()).unwrap_or_default()
}

/// One byte of a body of thousands at a time, until the client has had enough.
async fn drip(stream: &mut BufReader<TcpStream>, status: u16) -> std::io::Result<()> {
    stream
        .write_all(format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n").as_bytes())
        .await?;
    loop {
        stream.write_all(b" ").await?;
        stream.flush().await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let (mut first, mut length) = (String::new(), 0);
    if stream.read_line(&mut first).await? == 0 {
        return Ok(None);
    }
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    // Through an HTTP proxy the whole URL stands here.
    let path = first.split(' ').nth(1).unwrap_or_default();
    let (_, path) = path.split_once("/bot").unwrap_or_default();
    let (token, method) = path.split_once('/').unwrap_or_default();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Ok(Some(Request { token: token.to_owned(), method: method.to_owned(), body }))
}

async fn write(
    stream: &mut BufReader<TcpStream>,
    ahead: Option<jiff::SignedDuration>,
    (status, body): (u16, &str),
    length: usize,
) -> std::io::Result<()> {
    let kind = if body.starts_with('{') { "application/json" } else { "text/html" };
    let date = ahead.map_or_else(String::new, |ahead| {
        let date = dondoc::clock::Clock::System.now() + ahead;
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).expect("a date of our time");
        format!("date: {date}\r\n")
    });
    let head = format!("HTTP/1.1 {status} X\r\n{date}content-type: {kind}\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    stream.flush().await
}
