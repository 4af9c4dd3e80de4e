//! Floor 1: config.toml → rules and settings, in passes, with every mistake at once.
//!
//! The passes: text → tree with places (`crate::tree`) → validated sections (one module each) → cross-checked inside
//! the file (`check`). [`Config::parse`] is pure; [`load()`] reads the file and the credentials around it.
//! Errors are only what stops the rules from loading; everything else is a warning.

mod calendar;
mod channels;
mod check;
mod credentials;
mod load;
mod office;
mod parse;
mod policy;
mod route;
mod templates;
#[cfg(test)]
mod tests;
mod web;

use std::path::PathBuf;

use secrecy::SecretString;

pub use credentials::Credentials;
pub use load::{Loaded, Whereabouts, load, load_in_place_of};
pub use parse::Surroundings;
pub use templates::{TemplateText, read_templates, template_folder};

use crate::domain::policy::ChannelKind;
use crate::domain::rules::Rules;

/// A config that is valid: the rules, and the settings of the floors above.
#[derive(Clone, Debug)]
pub struct Config {
    /// For the planner.
    pub rules: Rules,
    /// `[store]`
    pub store: StoreSettings,
    /// `[email]`
    pub email: Option<EmailSettings>,
    /// `[telegram]`
    pub telegram: Option<TelegramSettings>,
    /// `[outbox]`: everything is written there and nothing is sent elsewhere.
    pub outbox: Option<PathBuf>,
    /// `[web]`
    pub web: Option<WebSettings>,
    /// `link-key`: signs the links of mails.
    pub link_key: Option<SecretString>,
    /// The folder `templates` beside the file; what stands there is part of the digest of the rules.
    pub templates: Vec<TemplateText>,
    /// `webhook-key`: signs what is posted to gateways.
    pub webhook_key: Option<SecretString>,
}

impl Config {
    /// The channels that count as open: with `[outbox]` all, since their messages are written there; else those configured.
    pub fn channels(&self) -> Vec<ChannelKind> {
        let configured = [(ChannelKind::Email, self.email.is_some()), (ChannelKind::Telegram, self.telegram.is_some())];
        configured.into_iter().filter(|(_, given)| *given || self.outbox.is_some()).map(|(channel, _)| channel).collect()
    }

    /// How many policies and steps there are, for one line of a report.
    pub fn counts(&self) -> (usize, usize) {
        (self.rules.policies.len(), self.rules.policies.iter().map(|policy| policy.steps.len()).sum())
    }
}

/// `[web]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSettings {
    /// Where the server listens.
    pub listen: std::net::SocketAddr,
    /// What people's browsers reach it by, without trailing slash.
    pub public_url: Option<String>,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreSettings {
    /// A file, absolute or counted from the folder of the config.
    Sqlite(PathBuf),
    /// A `postgres://` URL.
    Postgres(String),
}

/// `[email]`
#[derive(Clone, Debug)]
pub struct EmailSettings {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// `from`, as written: name and address.
    pub from_name: Option<String>,
    /// The address of `from`.
    pub from_address: String,
    /// How many connections are used in parallel.
    pub connections: u16,
    /// Certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The most mails a minute.
    pub per_minute: Option<u32>,
    /// `smtp-user` and `smtp-password`, when both exist.
    pub login: Option<(String, SecretString)>,
}

/// How an SMTP connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the start.
    Implicit,
    /// STARTTLS or fail.
    Starttls,
    /// None.
    Off,
}

/// `[telegram]`
#[derive(Clone, Debug)]
pub struct TelegramSettings {
    /// Without trailing slash.
    pub api_url: String,
    /// http, https or socks5.
    pub proxy: Option<String>,
    /// `telegram-token`.
    pub token: SecretString,
}
