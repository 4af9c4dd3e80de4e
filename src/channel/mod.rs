//! Floor 2: the doors messages leave by.
//!
//! A door takes one rendered [`Parcel`], transmits it at most once and answers with a [`Verdict`]; it never retries, never waits
//! for a better moment and knows nothing of reminders. No reason it gives carries an address, a chat id, a secret or a body.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use crate::clock::Clock;
use crate::domain::delivery::{Fault, Parcel, Verdict};
use crate::fault;

pub mod breaker;
mod chat;
pub mod email;
pub mod folder;
pub mod letter;
mod line;
pub mod mime;
pub mod recording;
mod smtp;
pub mod telegram;
mod transfer;
mod trouble;
pub mod wording;

/// A way out of the house.
pub trait Channel {
    /// Transmits once. Dropping the future half-way is safe: what was begun is not continued by the next call.
    fn send(&mut self, parcel: &Parcel) -> impl Future<Output = Verdict> + Send;
}

/// Asked at the last moment at which a message can still be held back. A replica that stood still while another one took
/// its messages over must not go on where it stopped.
#[derive(Clone)]
pub struct Leave(Arc<dyn Fn() -> bool + Send + Sync>);

impl Leave {
    /// Leave to send for as long as `may_send` says so.
    pub fn while_it_holds(may_send: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(may_send))
    }

    /// Whether the message may leave now.
    pub fn is_given(&self) -> bool {
        (self.0)()
    }

    /// The verdict on a message that was held back: nothing of it was transmitted.
    pub fn withheld() -> Verdict {
        let reason = "held back: this daemon stood still for too long".to_owned();
        Verdict::Deferred { reason, retry_after_ms: Some(0), fault: Fault::Own }
    }
}

impl fmt::Debug for Leave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_given() { "Leave(given)" } else { "Leave(withheld)" })
    }
}

/// The doors there are.
pub enum Door {
    /// Mail over SMTP.
    Email(Box<email::Email>),
    /// The Telegram Bot API.
    Telegram(telegram::Telegram),
    /// Files in a folder, nothing leaves.
    Folder(folder::Folder),
    /// Kept in memory: simulation and tests.
    Recording(recording::Recording),
}

impl Door {
    /// A second door of the same kind for a worker of its own; connections are not shared, settings are.
    #[must_use]
    pub fn another(&self) -> Self {
        match self {
            Self::Email(email) => Self::Email(Box::new(email.another())),
            Self::Telegram(telegram) => Self::Telegram(telegram.clone()),
            Self::Folder(folder) => Self::Folder(folder.clone()),
            Self::Recording(recording) => Self::Recording(recording.clone()),
        }
    }

    /// Tells that clock what time its server says it is.
    pub fn tells(&mut self, clock: &Clock) {
        match self {
            Self::Email(email) => email.tells(clock.clone()),
            Self::Telegram(telegram) => telegram.tells(clock.clone()),
            Self::Folder(_) | Self::Recording(_) => {}
        }
    }

    /// What the next messages need to leave. Mail asks again right before its final dot; the other doors send in one go.
    pub fn needs(&mut self, leave: Leave) {
        if let Self::Email(email) = self {
            email.needs(leave);
        }
    }

    /// Says goodbye where that is polite; never fails.
    pub async fn close(&mut self) {
        if let Self::Email(email) = self {
            email.close().await;
        }
    }
}

impl Channel for Door {
    async fn send(&mut self, parcel: &Parcel) -> Verdict {
        let place = Location::caller();
        fault::reach("before-send", place).await;
        let verdict = match self {
            Self::Email(email) => email.send(parcel).await,
            Self::Telegram(telegram) => telegram.send(parcel).await,
            Self::Folder(folder) => folder.send(parcel).await,
            Self::Recording(recording) => recording.send(parcel).await,
        };
        fault::reach("after-send", place).await;
        verdict
    }
}

/// Why a door cannot be built from its settings. Nothing of it depends on the network.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The address mails come from.
    #[error("use the from address: it is not a mail address of ASCII letters")]
    From,
    /// The name of the mail server.
    #[error("use the mail server's name for TLS: it is neither a host name nor an IP address")]
    ServerName,
    /// The extra certificates.
    #[error("read the certificates of ca_file {path}: {why}")]
    CaFile {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// No certificate to trust was found at all.
    #[error("find certificates to trust: the system has none, name them in ca_file")]
    NoRoots,
    /// rustls refused.
    #[error("set TLS up: {0}")]
    Tls(#[from] rustls::Error),
    /// The address of the Bot API.
    #[error("use api_url: it is not an http or https address")]
    ApiUrl,
    /// The proxy.
    #[error("use proxy: it is not an http, https or socks5 address")]
    Proxy,
    /// The HTTP client.
    #[error("set the HTTP client up")]
    Client,
}
