//! How a command ends when it cannot do what was asked: words on standard error, and an exit code.

use std::io::IsTerminal as _;

use crate::config;
use crate::diagnostic::{Diagnostic, Paint, Source, render};
use crate::domain::rules::Language;
use crate::engine::EngineError;
use crate::engine::import::ImportError;
use crate::store::StoreError;
use crate::tree::{labels, say};

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// There is no config to be found.
    NoConfig,
    /// The config has mistakes.
    Config(Box<config::Loaded>),
    /// The store.
    Store(StoreError),
    /// The engine.
    Engine(EngineError),
    /// What was asked for is refused, or is not there.
    Refused {
        /// What is wrong.
        message: String,
        /// The mend.
        help: String,
    },
    /// The command line does not fit together.
    Usage {
        /// What is wrong.
        message: String,
        /// The mend.
        help: String,
    },
    /// What is wrong was printed already.
    Told,
}

impl Failure {
    /// A refusal.
    pub fn refused(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), help: help.into() }
    }

    /// Wrong usage.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: help.into() }
    }

    /// 1, 2, 75 or 78.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. } => 2,
            Self::Store(error) | Self::Engine(EngineError::Store(error)) => error.exit_code(),
            _ => 1,
        }
    }

    /// Prints it to standard error.
    pub fn tell(&self, language: Language) {
        match self {
            Self::Told => {}
            Self::NoConfig => {
                let places = super::common::CONFIG_PLACES.join(say!(language, " hoặc ", " or ").as_str());
                let message = say!(language, "không có tệp cấu hình: {places}", "there is no config: {places}");
                let help = say!(
                    language,
                    "chép config.example.toml thành config.toml rồi sửa, hoặc dùng --config TỆP",
                    "copy config.example.toml to config.toml and edit it, or use --config FILE"
                );
                tell("no-config", &message, &help, language);
            }
            Self::Config(loaded) => problems(&loaded.problems, &loaded.sources(), loaded.language),
            Self::Store(error) | Self::Engine(EngineError::Store(error)) => {
                let (message, help) = super::words::of_store(error, language);
                tell("store", &message, &help, language);
            }
            Self::Engine(error) => {
                let help = say!(language, "chạy dondoc check", "run dondoc check");
                tell("cannot", &error.to_string(), &help, language);
            }
            Self::Refused { message, help } => tell("refused", message, help, language),
            Self::Usage { message, help } => tell("usage", message, help, language),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Store(error) => Self::Store(error),
            ImportError::Engine(error) => Self::Engine(error),
        }
    }
}

/// What is wrong and its mend on standard error, where there is no file to point at.
pub fn tell(code: &'static str, message: &str, help: &str, language: Language) {
    let words = labels(language);
    let mend = if help.is_empty() { String::new() } else { format!("  {}: {help}\n", words.help) };
    super::print::note(&format!("{}[{code}]: {message}\n{mend}", words.error));
}

/// Diagnostics with their places on standard error.
pub fn problems(problems: &[Diagnostic], sources: &[Source<'_>], language: Language) {
    let stderr = std::io::stderr();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || !stderr.is_terminal();
    let paint = if plain { Paint::Plain } else { Paint::Colour };
    super::print::note(&render(problems, sources, paint, labels(language)));
}
