//! An SMTP server that does as it is told and writes down what it took.

use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{Server, hang, lock, serve};

/// Where a conversation stands when an [`Act`] comes due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    Connect,
    Ehlo,
    Starttls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// In the middle of the body: after the first bytes.
    Body,
    /// After the final dot.
    Dot,
    Rset,
    Noop,
}

/// What the server does instead of saying yes.
#[derive(Clone, Debug)]
pub enum Act {
    /// As usual.
    Yes,
    /// This reply, without line end; a 2xx at [`Stage::Dot`] takes the mail first.
    Say(String),
    /// This reply, then it closes the connection.
    SayAndHangUp(String),
    /// Never answers.
    Hang,
    /// Closes the connection.
    HangUp,
    /// Takes the mail, then closes the connection without a word.
    TakeAndHangUp,
    /// Takes the mail, then never answers.
    TakeAndHang,
}

impl Act {
    pub fn say(reply: &str) -> Self {
        Self::Say(reply.to_owned())
    }
}

/// How the server is set up.
#[derive(Clone, Default)]
pub struct Setup {
    /// For STARTTLS, or from the start.
    pub tls: Option<Arc<ServerConfig>>,
    /// TLS from the start.
    pub is_implicit: bool,
    /// User and password it wants before MAIL.
    pub login: Option<(String, String)>,
    /// `PLAIN`, `LOGIN` or both; what EHLO offers.
    pub mechanisms: &'static str,
    /// Whether EHLO leaves 8BITMIME, SMTPUTF8 and PIPELINING out.
    pub is_bare: bool,
    /// Whether it takes RCPT and DATA after it refused MAIL.
    pub is_lenient: bool,
    /// Waits this long before it answers the final dot.
    pub delay: Duration,
    /// Waits up to this long before it answers DATA; each time another while, from the seed.
    pub data_lag_max: Duration,
    /// Takes the mail, then waits up to this long before it says so; each time another while, from the seed.
    pub lag_max: Duration,
    pub seed: u64,
    /// Says 421 and closes after so many mails of one connection.
    pub mails_max: Option<usize>,
    /// A line `KEY MESSAGE-ID RECIPIENT` is written and flushed here before each 250 to a final dot.
    pub ledger: Option<PathBuf>,
}

/// A mail the server took.
#[derive(Clone, Debug)]
pub struct Taken {
    pub message_id: String,
    pub key: String,
    pub from: String,
    pub to: String,
    /// Dots undone.
    pub raw: Vec<u8>,
    /// Which connection brought it, from 1.
    pub connection: usize,
    pub is_encrypted: bool,
    pub user: Option<String>,
    pub at: Instant,
}

#[derive(Default)]
struct State {
    next: HashMap<Stage, VecDeque<Act>>,
    always: HashMap<Stage, Act>,
    refused: HashMap<String, String>,
    taken: Vec<Taken>,
    commands: Vec<(usize, String)>,
    connections: usize,
    chance: fastrand::Rng,
}

/// The server.
pub struct Smtpd {
    server: Server,
    state: Arc<Mutex<State>>,
}

impl Smtpd {
    pub fn start(setup: Setup) -> Self {
        let state = Arc::new(Mutex::new(State { chance: fastrand::Rng::with_seed(setup.seed), ..State::default() }));
        let shared = Arc::clone(&state);
        let server = serve(move |stream, number| {
            lock(&shared).connections = number;
            let talk =
                Talk { setup: setup.clone(), state: Arc::clone(&shared), number, is_encrypted: false, user: None, mails: 0 };
            talk.connection(stream)
        });
        Self { server, state }
    }

    pub fn port(&self) -> u16 {
        self.server.address.port()
    }

    /// What happens the next time; several calls queue up.
    pub fn next(&self, stage: Stage, act: Act) -> &Self {
        lock(&self.state).next.entry(stage).or_default().push_back(act);
        self
    }

    /// What happens every time nothing is queued.
    pub fn always(&self, stage: Stage, act: Act) -> &Self {
        lock(&self.state).always.insert(stage, act);
        self
    }

    /// Every RCPT of this address gets that reply.
    pub fn refuse(&self, address: &str, reply: &str) -> &Self {
        lock(&self.state).refused.insert(address.to_owned(), reply.to_owned());
        self
    }

    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.state).taken.clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// Every command line, with the number of its connection; AUTH lines without what they carry.
    pub fn commands(&self) -> Vec<(usize, String)> {
        lock(&self.state).commands.clone()
    }

    /// How often a command was given, by its first word.
    pub fn count(&self, verb: &str) -> usize {
        self.commands().iter().filter(|(_, line)| line.split(' ').next() == Some(verb)).count()
    }
}

struct Talk {
    setup: Setup,
    state: Arc<Mutex<State>>,
    number: usize,
    is_encrypted: bool,
    user: Option<String>,
    mails: usize,
}

/// How one stretch of a connection ends.
enum End {
    Closed,
    Starttls,
}

type Io<T> = std::io::Result<T>;

impl Talk {
    async fn connection(mut self, mut stream: TcpStream) {
        let _ = self.both(&mut stream).await;
    }

    async fn both(&mut self, stream: &mut TcpStream) -> Io<()> {
        if self.setup.is_implicit {
            return self.encrypted(stream, true).await;
        }
        match self.stretch(&mut *stream, true).await? {
            End::Closed => Ok(()),
            End::Starttls => self.encrypted(stream, false).await,
        }
    }

    async fn encrypted(&mut self, stream: &mut TcpStream, greets: bool) -> Io<()> {
        let Some(config) = self.setup.tls.clone() else { return Ok(()) };
        let stream = TlsAcceptor::from(config).accept(stream).await?;
        self.is_encrypted = true;
        self.stretch(stream, greets).await.map(drop)
    }

    async fn stretch(&mut self, stream: impl AsyncRead + AsyncWrite + Unpin, greets: bool) -> Io<End> {
        let mut stream = BufReader::new(stream);
        if greets && !self.answer(&mut stream, Stage::Connect, "220 test ESMTP").await? {
            return Ok(End::Closed);
        }
        let (mut from, mut to, mut is_begun) = (String::new(), String::new(), false);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(End::Closed);
            }
            let line = line.trim_end().to_owned();
            let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            self.write_down(if verb == "AUTH" { "AUTH" } else { &line });
            let goes_on = match verb.as_str() {
                "EHLO" => {
                    let offers = self.offers();
                    self.answer(&mut stream, Stage::Ehlo, &offers).await?
                }
                "STARTTLS" => match self.act(Stage::Starttls) {
                    Act::Yes => {
                        say(&mut stream, "220 go ahead").await?;
                        return Ok(End::Starttls);
                    }
                    Act::Say(reply) => {
                        say(&mut stream, &reply).await?;
                        if reply.starts_with('2') {
                            return Ok(End::Starttls);
                        }
                        true
                    }
                    act => self.perform(&mut stream, act, "").await?,
                },
                "AUTH" => self.authenticate(&mut stream, &line).await?,
                "MAIL" if self.setup.mails_max.is_some_and(|max| self.mails >= max) => {
                    say(&mut stream, "421 4.7.0 too many mails").await?;
                    false
                }
                "MAIL" if self.setup.login.is_some() && self.user.is_none() => {
                    say(&mut stream, "530 5.7.0 authentication required").await?;
                    true
                }
                "MAIL" => {
                    let act = self.act(Stage::Mail);
                    (is_begun, to) = (matches!(act, Act::Yes), String::new());
                    from = between(&line);
                    self.perform(&mut stream, act, "250 2.1.0 Ok").await?
                }
                "RCPT" if !is_begun && !self.setup.is_lenient => say(&mut stream, "503 5.5.1 need MAIL").await.map(|()| true)?,
                "RCPT" => {
                    let refusal = lock(&self.state).refused.get(&between(&line)).cloned();
                    let act = refusal.map_or_else(|| self.act(Stage::Rcpt), Act::Say);
                    if matches!(act, Act::Yes) {
                        to = between(&line);
                    }
                    self.perform(&mut stream, act, "250 2.1.5 Ok").await?
                }
                "DATA" => match self.act(Stage::Data) {
                    Act::Yes => {
                        self.lag(self.setup.data_lag_max).await;
                        say(&mut stream, "354 end with a lone dot").await?;
                        self.body(&mut stream, &from, &to).await?
                    }
                    act => self.perform(&mut stream, act, "").await?,
                },
                "RSET" => self.answer(&mut stream, Stage::Rset, "250 2.0.0 Ok").await?,
                "NOOP" => self.answer(&mut stream, Stage::Noop, "250 2.0.0 Ok").await?,
                "QUIT" => {
                    say(&mut stream, "221 2.0.0 bye").await?;
                    false
                }
                _ => say(&mut stream, "500 5.5.1 what").await.map(|()| true)?,
            };
            if !goes_on {
                return Ok(End::Closed);
            }
        }
    }

    fn offers(&self) -> String {
        let mut lines = vec!["test".to_owned()];
        if !self.setup.is_bare {
            lines.extend(["8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"].map(str::to_owned));
        }
        if self.setup.tls.is_some() && !self.is_encrypted {
            lines.push("STARTTLS".to_owned());
        }
        if self.setup.login.is_some() {
            lines.push(format!("AUTH {}", if self.setup.mechanisms.is_empty() { "PLAIN LOGIN" } else { self.setup.mechanisms }));
        }
        let last = lines.pop().unwrap_or_default();
        let head: Vec<String> = lines.iter().map(|line| format!("250-{line}\r\n")).collect();
        head.concat() + "250 " + &last
    }

    async fn authenticate<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: &mut BufReader<S>, line: &str) -> Io<bool> {
        let words: Vec<&str> = line.split(' ').collect();
        let (user, password) = if words.get(1) == Some(&"PLAIN") {
            let text = decode(words.get(2).unwrap_or(&""));
            let mut parts = text.split('\0').skip(1).map(str::to_owned);
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        } else {
            (ask(stream, "VXNlcm5hbWU6").await?, ask(stream, "UGFzc3dvcmQ6").await?)
        };
        if self.setup.login.as_ref().is_some_and(|(name, secret)| (name, secret) == (&user, &password)) {
            self.user = Some(user);
            return self.answer(stream, Stage::Auth, "235 2.7.0 welcome").await;
        }
        say(stream, "535 5.7.8 authentication failed").await?;
        Ok(true)
    }

    async fn body<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: &mut BufReader<S>, from: &str, to: &str) -> Io<bool> {
        match self.act(Stage::Body) {
            Act::Yes => {}
            act => {
                stream.read_u8().await?;
                return self.perform(stream, act, "").await;
            }
        }
        let mut raw = Vec::new();
        loop {
            let start = raw.len();
            if stream.read_until(b'\n', &mut raw).await? == 0 {
                return Ok(false);
            }
            if &raw[start..] == b".\r\n" {
                raw.truncate(start);
                break;
            }
            if raw[start] == b'.' {
                raw.remove(start);
            }
        }
        if to.is_empty() {
            // Like servers that say 354 to whatever was pipelined (RFC 2920, 3.1).
            return say(stream, "554 5.5.1 no valid recipients").await.map(|()| true);
        }
        if !self.setup.delay.is_zero() {
            tokio::time::sleep(self.setup.delay).await;
        }
        let act = self.act(Stage::Dot);
        let takes = match &act {
            Act::Yes | Act::TakeAndHang | Act::TakeAndHangUp => true,
            Act::Say(reply) | Act::SayAndHangUp(reply) => reply.starts_with('2'),
            Act::Hang | Act::HangUp => false,
        };
        if takes {
            self.take(from, to, raw)?;
        }
        self.lag(self.setup.lag_max).await;
        self.perform(stream, act, "250 2.0.0 Ok: queued as 4TeStQ").await
    }

    async fn lag(&self, longest: Duration) {
        if !longest.is_zero() {
            let most = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
            let lag = lock(&self.state).chance.u64(..=most);
            tokio::time::sleep(Duration::from_millis(lag)).await;
        }
    }

    fn take(&mut self, from: &str, to: &str, raw: Vec<u8>) -> Io<()> {
        let (key, message_id) = (header(&raw, "X-Dondoc-Message"), header(&raw, "Message-ID"));
        if let Some(path) = &self.setup.ledger {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
            file.write_all(format!("{key} {message_id} {to}\n").as_bytes())?;
        }
        self.mails += 1;
        let taken = Taken {
            message_id,
            key,
            from: from.to_owned(),
            to: to.to_owned(),
            raw,
            connection: self.number,
            is_encrypted: self.is_encrypted,
            user: self.user.clone(),
            at: Instant::now(),
        };
        lock(&self.state).taken.push(taken);
        Ok(())
    }

    async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: &mut BufReader<S>,
        stage: Stage,
        yes: &str,
    ) -> Io<bool> {
        let act = self.act(stage);
        self.perform(stream, act, yes).await
    }

    /// Whether the connection goes on.
    async fn perform<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut BufReader<S>, act: Act, yes: &str) -> Io<bool> {
        match act {
            Act::Yes => say(stream, yes).await.map(|()| true),
            Act::Say(reply) => say(stream, &reply).await.map(|()| !reply.starts_with("421")),
            Act::SayAndHangUp(reply) => say(stream, &reply).await.map(|()| false),
            Act::Hang | Act::TakeAndHang => {
                hang().await;
                Ok(false)
            }
            Act::HangUp | Act::TakeAndHangUp => Ok(false),
        }
    }

    fn act(&self, stage: Stage) -> Act {
        let mut state = lock(&self.state);
        let queued = state.next.get_mut(&stage).and_then(VecDeque::pop_front);
        queued.or_else(|| state.always.get(&stage).cloned()).unwrap_or(Act::Yes)
    }

    fn write_down(&self, line: &str) {
        lock(&self.state).commands.push((self.number, line.to_owned()));
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, reply: &str) -> Io<()> {
    stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    stream.flush().await
}

async fn ask<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, challenge: &str) -> Io<String> {
    say(stream, &format!("334 {challenge}")).await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    Ok(decode(line.trim_end()))
}

fn decode(text: &str) -> String {
    String::from_utf8(BASE64.decode(text.as_bytes()).unwrap_or_default()).unwrap_or_default()
}

fn between(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or_else(String::new, |(address, _)| address.to_owned())
}

/// The value of a header that is never folded.
pub fn header(raw: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(raw);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let value = head.lines().find_map(|line| line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name)));
    value.map_or_else(String::new, |(_, value)| value.to_owned())
}
