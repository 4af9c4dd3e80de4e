//! A Telegram Bot API on loopback that keeps to Telegram's limits, or refuses everything for a while.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::sink::serve;
use crate::cli::failure::Failure;

/// The token of a made-up bot.
pub(super) const TOKEN: &str = "123456:bench";

/// Messages in any second that Telegram takes of one bot.
pub(super) const PER_SECOND: usize = 30;

/// How long it refuses after a limit was passed.
const REFUSES: Duration = Duration::from_secs(1);

/// An empty answer to a long poll comes at the latest after that.
const POLL_MAX: Duration = Duration::from_secs(10);

/// What it does with messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conduct {
    /// Takes them.
    Takes,
    /// Takes them within Telegram's limits: 30 in any second, one a second in one chat. Whoever passes one is refused for a
    /// second, and whoever does not wait that second breaks the rules.
    Limits,
    /// Refuses each with 429 and so many seconds to wait.
    Refuses(u32),
}

/// The server; it listens until the runtime ends.
pub(super) struct Bot {
    address: String,
    book: Arc<Mutex<Book>>,
}

/// What it wrote down.
struct Book {
    conduct: Conduct,
    taken: Vec<Instant>,
    refused: usize,
    broken: usize,
    /// The last second.
    recent: VecDeque<Instant>,
    chats: HashMap<String, Instant>,
    refuses_until: Option<Instant>,
}

impl Bot {
    /// Listens on a free port.
    pub(super) async fn open(conduct: Conduct) -> Result<Self, Failure> {
        let book = Arc::new(Mutex::new(Book {
            conduct,
            taken: Vec::new(),
            refused: 0,
            broken: 0,
            recent: VecDeque::new(),
            chats: HashMap::new(),
            refuses_until: None,
        }));
        let address = serve(&book, |stream, book| async move { converse(stream, &book).await }).await?;
        Ok(Self { address, book })
    }

    /// For the config.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// When each message was taken.
    pub(super) fn taken(&self) -> Vec<Instant> {
        lock(&self.book).taken.clone()
    }

    /// Calls that passed a limit.
    pub(super) fn refused(&self) -> usize {
        lock(&self.book).refused
    }

    /// Calls that did not wait as they were told.
    pub(super) fn broken(&self) -> usize {
        lock(&self.book).broken
    }
}

fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Book {
    /// The seconds to wait, or nothing when the message is taken.
    fn receive(&mut self, chat: &str, now: Instant) -> Option<u32> {
        let is_told_to_wait = self.refuses_until.is_some_and(|until| now < until);
        if is_told_to_wait {
            self.broken += 1;
        }
        let wait = match self.conduct {
            Conduct::Takes => None,
            Conduct::Refuses(secs) => Some(secs),
            Conduct::Limits => {
                while self.recent.front().is_some_and(|at| now.duration_since(*at) >= Duration::from_secs(1)) {
                    self.recent.pop_front();
                }
                let is_chat_full = self.chats.get(chat).is_some_and(|at| now.duration_since(*at) < Duration::from_secs(1));
                let is_over = is_told_to_wait || is_chat_full || self.recent.len() >= PER_SECOND;
                is_over.then_some(1)
            }
        };
        if wait.is_some() {
            self.refused += 1;
            if self.conduct == Conduct::Limits {
                self.refuses_until = Some(now + REFUSES);
            }
        } else {
            self.taken.push(now);
            self.recent.push_back(now);
            self.chats.insert(chat.to_owned(), now);
        }
        wait
    }
}

async fn converse(stream: TcpStream, book: &Mutex<Book>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    while stream.read_line(&mut first).await? > 0 {
        let method = first.split(' ').nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_ascii_lowercase();
        first.clear();
        let body = body(&mut stream).await?;
        let (status, answer) = answer(&method, &body, book).await;
        let answer = answer.to_string();
        let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", answer.len());
        stream.write_all(format!("{head}{answer}").as_bytes()).await?;
        stream.flush().await?;
    }
    Ok(())
}

async fn body(stream: &mut BufReader<TcpStream>) -> std::io::Result<Value> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
}

async fn answer(method: &str, body: &Value, book: &Mutex<Book>) -> (u16, Value) {
    let result = match method {
        "getme" => json!({ "id": 1, "is_bot": true, "first_name": "Đôn đốc", "username": "don_doc_bot" }),
        "getupdates" => {
            let wait = Duration::from_secs(body["timeout"].as_u64().unwrap_or(0));
            tokio::time::sleep(wait.min(POLL_MAX)).await;
            json!([])
        }
        "sendmessage" => {
            let chat = body["chat_id"].to_string();
            if let Some(secs) = lock(book).receive(&chat, Instant::now()) {
                let told = format!("Too Many Requests: retry after {secs}");
                let parameters = json!({ "retry_after": secs });
                return (429, json!({ "ok": false, "error_code": 429, "description": told, "parameters": parameters }));
            }
            json!({ "message_id": 1, "date": 1_700_000_000, "chat": { "id": body["chat_id"], "type": "private" }, "text": body["text"] })
        }
        _ => json!(true),
    };
    (200, json!({ "ok": true, "result": result }))
}
