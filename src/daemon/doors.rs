//! From settings to doors.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::limit::Limit;
use crate::channel::email::{self, Email, Protection};
use crate::channel::folder::Folder;
use crate::channel::mime::Sender;
use crate::channel::telegram::{self, Telegram};
use crate::channel::{Door, SetupError};
use crate::config::{Config, EmailSettings, TelegramSettings, Tls};
use crate::domain::policy::ChannelKind;

/// Telegram takes about so many messages of one bot in any second.
const TELEGRAM_PER_SECOND: usize = 30;

/// Calls to Telegram at the same time: a chat that must wait for its turn does not keep the others.
const TELEGRAM_CONNECTIONS: u16 = 4;

/// One channel: its door, through how many connections at a time, and how often they leave.
pub(super) struct Opening {
    pub(super) channel: ChannelKind,
    pub(super) door: Result<Door, SetupError>,
    pub(super) connections: u16,
    pub(super) limit: Option<Limit>,
}

/// The door of one channel.
///
/// # Errors
/// When its settings cannot work.
pub fn door(config: &Config, channel: ChannelKind) -> Result<Door, SetupError> {
    opening(config, channel).door
}

/// The channels that are open under this config.
pub(super) fn openings(config: &Config) -> Vec<Opening> {
    config.channels().into_iter().map(|channel| opening(config, channel)).collect()
}

fn opening(config: &Config, channel: ChannelKind) -> Opening {
    if let Some(folder) = &config.outbox {
        let sender = match &config.email {
            Some(email) => Sender::new(email.from_name.as_deref(), &email.from_address),
            None => Sender::new(Some("dondoc"), "dondoc@localhost"),
        };
        let door = sender.map(|sender| Door::Folder(Folder::new(folder.clone(), sender)));
        return Opening { channel, door, connections: 1, limit: None };
    }
    match (channel, &config.email, &config.telegram) {
        (ChannelKind::Email, Some(email), _) => {
            let limit = email.per_minute.map(Limit::per_minute);
            Opening { channel, door: mail(email), connections: email.connections.max(1), limit }
        }
        (ChannelKind::Telegram, _, Some(settings)) => {
            let door = bot(settings).map(Door::Telegram);
            let limit = Limit::in_any(Duration::from_secs(1), TELEGRAM_PER_SECOND);
            Opening { channel, door, connections: TELEGRAM_CONNECTIONS, limit: Some(limit) }
        }
        // `Config::channels` names only what has its section.
        _ => Opening { channel, door: Err(SetupError::Client), connections: 1, limit: None },
    }
}

fn mail(settings: &EmailSettings) -> Result<Door, SetupError> {
    let protection = match settings.tls {
        Tls::Implicit => Protection::Implicit,
        Tls::Starttls => Protection::Starttls,
        Tls::Off => Protection::Off,
    };
    let email = Email::new(email::Settings {
        host: settings.host.clone(),
        port: settings.port,
        protection,
        from_name: settings.from_name.clone(),
        from_address: settings.from_address.clone(),
        ca_file: settings.ca_file.clone(),
        login: settings.login.clone(),
        timeouts: email::Timeouts::default(),
    })?;
    Ok(Door::Email(Box::new(email)))
}

fn bot(settings: &TelegramSettings) -> Result<Telegram, SetupError> {
    Telegram::new(telegram::Settings {
        api_url: settings.api_url.clone(),
        proxy: settings.proxy.clone(),
        token: settings.token.clone(),
        timeouts: telegram::Timeouts::default(),
    })
}

/// Tells whether two configs mean the same doors, secrets among them.
pub(super) fn fingerprint(config: &Config) -> [u8; 32] {
    let mut hasher = Sha256::new();
    // Debug of the settings leaves the secrets out.
    hasher.update(format!("{:?}\0{:?}\0{:?}\0", config.email, config.telegram, config.outbox));
    if let Some((user, password)) = config.email.as_ref().and_then(|email| email.login.as_ref()) {
        hasher.update(format!("{user}\0{}\0", password.expose_secret()));
    }
    if let Some(telegram) = &config.telegram {
        hasher.update(telegram.token.expose_secret());
    }
    hasher.finalize().into()
}
