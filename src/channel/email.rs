//! Mail over SMTP: one connection, used again from mail to mail, and a verdict for each way it can go wrong.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::line::Tls;
use super::mime::{self, Mail, Sender};
use super::smtp::{Cause, Conversation, Setback, Step, Way};
use super::{Channel, Leave, SetupError};
use crate::clock::Clock;
use crate::clock::doubt::Peer;
use crate::domain::delivery::{Binding, Fault, Parcel, Verdict};

/// Where and how mails are handed over.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Host name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub protection: Protection,
    /// Display name mails come from.
    pub from_name: Option<String>,
    /// Address mails come from.
    pub from_address: String,
    /// Certificates (PEM) to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// User and password.
    pub login: Option<(String, SecretString)>,
    /// How long each step may take.
    pub timeouts: Timeouts,
}

/// How a connection is protected. There is never a fallback to a weaker one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the start.
    Implicit,
    /// STARTTLS or fail.
    Starttls,
    /// None.
    Off,
}

/// The longest each step may take; the defaults follow RFC 5321, 4.5.3.2, where people can wait that long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name look-up, TCP (each address) and TLS handshake, each; also NOOP and QUIT.
    pub connect: Duration,
    /// Greeting with EHLO, AUTH, MAIL, RCPT, each.
    pub reply: Duration,
    /// The answer to DATA.
    pub data: Duration,
    /// The body and the answer to its final dot.
    pub dot: Duration,
    /// After a pause longer than this a connection is tried with NOOP before it carries a mail.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            reply: Duration::from_mins(1),
            data: Duration::from_mins(2),
            dot: Duration::from_mins(10),
            idle: Duration::from_secs(20),
        }
    }
}

/// One connection to the mail server.
pub struct Email {
    way: Arc<Way>,
    sender: Sender,
    idle: Option<Idle>,
    leave: Option<Leave>,
    /// Told what time the server says it is.
    clock: Option<Clock>,
}

struct Idle {
    conversation: Conversation,
    since: Instant,
    /// A mail was begun and not finished.
    is_begun: bool,
}

impl Email {
    /// Reads certificates; opens no connection before the first mail.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let sender = Sender::new(settings.from_name.as_deref(), &settings.from_address)?;
        let tls = match settings.protection {
            Protection::Off => None,
            protection => Some((protection, Tls::new(&settings.host, settings.ca_file.as_deref())?)),
        };
        let credentials = settings.login.map(|(user, password)| Credentials::new(user, password.expose_secret().to_owned()));
        let Settings { host, port, timeouts, .. } = settings;
        let way = Way { host, port, tls, credentials, hello: ClientId::default(), timeouts };
        Ok(Self { way: Arc::new(way), sender, idle: None, leave: None, clock: None })
    }

    /// A second connection with the same settings.
    #[must_use]
    pub fn another(&self) -> Self {
        Self { way: Arc::clone(&self.way), sender: self.sender.clone(), idle: None, leave: None, clock: self.clock.clone() }
    }

    /// Whom mails come from.
    pub const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Asked right before the body of every mail from now on.
    pub fn needs(&mut self, leave: Leave) {
        self.leave = Some(leave);
    }

    /// Tells that clock what time the server says it is, where its greeting names one.
    pub fn tells(&mut self, clock: Clock) {
        self.clock = Some(clock);
    }

    /// Ends the connection politely.
    pub async fn close(&mut self) {
        if let Some(idle) = self.idle.take() {
            idle.conversation.quit().await;
        }
    }

    async fn transmit(&mut self, mail: &Mail) -> Result<Response, Setback> {
        let Some(conversation) = self.used().await else { return self.transmit_anew(mail).await };
        match self.over(conversation, mail).await {
            // Nothing of this mail had left: the server had only closed an old connection.
            Err(setback) if setback.looks_stale() => self.transmit_anew(mail).await,
            answer => answer,
        }
    }

    async fn transmit_anew(&mut self, mail: &Mail) -> Result<Response, Setback> {
        let conversation = Conversation::open(&self.way).await?;
        if let (Some(clock), Some(date)) = (&self.clock, conversation.greeted_at()) {
            clock.heard(Peer::Mail, date);
        }
        self.over(conversation, mail).await
    }

    /// The connection of the last mail, if it still stands.
    async fn used(&mut self) -> Option<Conversation> {
        // Taken out first: if this future is dropped half-way, so is a connection nobody knows the state of.
        let Idle { mut conversation, since, is_begun } = self.idle.take()?;
        if is_begun && conversation.reset().await.is_err() {
            return None;
        }
        if !is_begun && since.elapsed() > self.way.timeouts.idle && !conversation.is_alive().await {
            return None;
        }
        Some(conversation)
    }

    async fn over(&mut self, mut conversation: Conversation, mail: &Mail) -> Result<Response, Setback> {
        let answer = conversation.deliver(self.sender.address(), &mail.to, &mail.mime, self.leave.as_ref()).await;
        let stands = answer.as_ref().map_or_else(Setback::leaves_connection, |_| true);
        if stands && conversation.is_in_order() {
            let is_begun = answer.as_ref().is_err_and(|setback| setback.step != Step::Dot);
            self.idle = Some(Idle { conversation, since: Instant::now(), is_begun });
        }
        answer
    }
}

impl Channel for Email {
    async fn send(&mut self, parcel: &Parcel) -> Verdict {
        let mail = match mime::compose(&self.sender, parcel) {
            Ok(mail) => mail,
            Err(error) => return Verdict::Refused { reason: error.to_string(), binding: Binding::Kept },
        };
        match self.transmit(&mail).await {
            Ok(reply) => Verdict::Accepted { receipt: queue_id(&reply) },
            Err(setback) => verdict(&setback),
        }
    }
}

/// What a setback means for the message. The one rule: from the moment the final dot may have left, silence is no refusal.
fn verdict(setback: &Setback) -> Verdict {
    let reason = sentence(setback);
    match (setback.step, &setback.cause) {
        (_, Cause::Withheld) => Leave::withheld(),
        (Step::Dot, Cause::Reply { code: 500..=599, .. }) => Verdict::Refused { reason, binding: Binding::Kept },
        (Step::Rcpt, Cause::Reply { code, .. }) if is_about_recipient(*code) => {
            Verdict::Refused { reason, binding: Binding::Kept }
        }
        (Step::Mail | Step::Rcpt | Step::Data | Step::Body | Step::Dot, Cause::Reply { code: 400..=420 | 422..=499, .. }) => {
            Verdict::Deferred { reason, retry_after_ms: None, fault: Fault::Message }
        }
        (Step::Dot, Cause::TimedOut | Cause::Lost(_) | Cause::Garbled | Cause::Unfit(_)) => Verdict::Uncertain { reason },
        _ => Verdict::Deferred { reason, retry_after_ms: None, fault: Fault::Channel },
    }
}

/// A 5xx to RCPT speaks of this recipient, except those that speak of the session: command not known, bad sequence, and
/// authentication or encryption wanted.
const fn is_about_recipient(code: u16) -> bool {
    matches!(code, 500..=599) && !matches!(code, 500 | 502 | 503 | 530 | 534 | 535 | 538)
}

fn sentence(setback: &Setback) -> String {
    let what = match setback.step {
        Step::Connect => "the mail server could not be reached",
        Step::Greeting => "the mail server did not greet",
        Step::Starttls => "the mail server refused STARTTLS",
        Step::Tls => "the mail server's TLS failed",
        Step::Auth => "the mail server did not accept our credentials",
        Step::Mail => "the mail server did not accept our sender",
        Step::Rcpt => "the mail server did not accept the recipient",
        Step::Data => "the mail server did not accept DATA",
        Step::Body => "the mail server stopped taking the mail before its end",
        Step::Dot => match setback.cause {
            Cause::Reply { .. } => "the mail server did not accept the mail",
            _ => "the mail was transmitted and the mail server's answer was lost",
        },
    };
    let why = match &setback.cause {
        Cause::Reply { code, enhanced: Some(enhanced) } => format!("{code} {enhanced}"),
        Cause::Reply { code, enhanced: None } => code.to_string(),
        Cause::TimedOut => "no answer in time".to_owned(),
        Cause::Withheld => "held back".to_owned(),
        Cause::Garbled => "its answer makes no sense".to_owned(),
        Cause::Lost(word) | Cause::Unfit(word) => (*word).to_owned(),
    };
    format!("{what} ({why})")
}

/// `queued as ABC123`, the way Postfix and its likes name what they took.
fn queue_id(reply: &Response) -> Option<String> {
    let text = reply.message().collect::<Vec<_>>().join(" ");
    let word = text.split_once("queued as ")?.1.split_whitespace().next()?;
    let is_id = word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    is_id.then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(step: Step, cause: Cause) -> &'static str {
        match verdict(&Setback { step, cause }) {
            Verdict::Accepted { .. } => "accepted",
            Verdict::Refused { .. } => "refused",
            Verdict::Uncertain { .. } => "uncertain",
            Verdict::Deferred { fault: Fault::Message, .. } => "message",
            Verdict::Deferred { fault: Fault::Channel, .. } => "channel",
            Verdict::Deferred { fault: Fault::Own, .. } => "own",
        }
    }

    fn reply(code: u16) -> Cause {
        Cause::Reply { code, enhanced: None }
    }

    #[test]
    fn every_step_and_answer_has_its_verdict() {
        let before = [Step::Connect, Step::Greeting, Step::Starttls, Step::Tls, Step::Auth];
        for step in before {
            for cause in [reply(421), reply(454), reply(535), reply(554), Cause::TimedOut, Cause::Lost("x"), Cause::Garbled] {
                assert_eq!(of(step, cause.clone()), "channel", "{step:?} {cause:?}");
            }
        }
        for step in [Step::Mail, Step::Rcpt, Step::Data, Step::Body] {
            for cause in [reply(421), Cause::TimedOut, Cause::Lost("x"), Cause::Garbled] {
                assert_eq!(of(step, cause.clone()), "channel", "{step:?} {cause:?}");
            }
            assert_eq!(of(step, reply(451)), "message", "{step:?}");
        }
        for (step, code, expected) in [
            (Step::Mail, 550, "channel"),
            (Step::Data, 554, "channel"),
            (Step::Rcpt, 550, "refused"),
            (Step::Rcpt, 553, "refused"),
            (Step::Rcpt, 530, "channel"),
            (Step::Rcpt, 503, "channel"),
            (Step::Dot, 554, "refused"),
            (Step::Dot, 451, "message"),
            (Step::Dot, 421, "channel"),
        ] {
            assert_eq!(of(step, reply(code)), expected, "{step:?} {code}");
        }
        for cause in [Cause::TimedOut, Cause::Lost("x"), Cause::Garbled] {
            assert_eq!(of(Step::Dot, cause.clone()), "uncertain", "{cause:?}");
        }
        assert_eq!(of(Step::Data, Cause::Withheld), "own");
    }

    #[test]
    fn a_receipt_is_a_queue_id_and_never_an_address() {
        let id = |text: &str| queue_id(&text.parse().expect("a reply"));
        assert_eq!(id("250 2.0.0 Ok: queued as 4XyZ12\r\n"), Some("4XyZ12".to_owned()));
        assert_eq!(id("250 queued as <an@example.org>\r\n"), None);
        assert_eq!(id("250 fine\r\n"), None);
    }
}
