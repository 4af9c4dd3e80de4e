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
        if let Self::Config(loaded) = self {
            problems(&loaded.problems, &loaded.sources(), loaded.language);
        } else if let Some((code, message, help)) = self.words(language) {
            tell(code, &message, &help, language);
        }
    }

    /// The same as one problem of the JSON of `check`, where there is no file to point at.
    pub fn problem(&self, language: Language) -> Option<Diagnostic> {
        self.words(language).map(|(code, message, help)| Diagnostic::error(code, message).with_help(help))
    }

    /// Its code, what is wrong, and the mend; `None` for what was told already, and for a config, whose mistakes have places.
    fn words(&self, language: Language) -> Option<(&'static str, String, String)> {
        match self {
            Self::Told | Self::Config(_) => None,
            Self::NoConfig => {
                let places = super::common::CONFIG_PLACES.join(say!(language, " hoặc ", " or ").as_str());
                let message = say!(language, "không có tệp cấu hình: {places}", "there is no config: {places}");
                let help = say!(
                    language,
                    "chép config.example.toml thành config.toml rồi sửa, hoặc dùng --config TỆP",
                    "copy config.example.toml to config.toml and edit it, or use --config FILE"
                );
                Some(("no-config", message, help))
            }
            Self::Store(error) | Self::Engine(EngineError::Store(error)) => {
                let (message, help) = super::words::of_store(error, language);
                Some(("store", message, help))
            }
            Self::Engine(error) => Some(("cannot", error.to_string(), say!(language, "chạy dondoc check", "run dondoc check"))),
            Self::Refused { message, help } => Some(("refused", message.clone(), help.clone())),
            Self::Usage { message, help } => Some(("usage", message.clone(), help.clone())),
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
