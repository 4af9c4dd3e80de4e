//! The log: plain text on standard error, with fields.

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterFn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Libraries whose finer records hold addresses, logins or bodies; and the one that would tell of the log's own file, were that
/// beside the config, line after line.
const HUSHED: [&str; 8] = ["sqlx", "lettre", "hyper", "reqwest", "teloxide", "rustls", "h2", "notify"];

/// Opens the log; a second call changes nothing.
pub(super) fn open() {
    let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let opened = tracing_subscriber::registry()
        .with(wanted)
        .with(FilterFn::new(may_be_told))
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false))
        .try_init();
    // Only a test that runs two daemons in one process gets here twice.
    drop(opened);
}

/// Whatever `RUST_LOG` says, these libraries tell nothing finer than info.
fn may_be_told(of: &Metadata<'_>) -> bool {
    is_open(of.target(), *of.level())
}

fn is_open(target: &str, level: Level) -> bool {
    // The scheduler tells at every start how it is put together.
    if target.starts_with("tokio_cron_scheduler") {
        return level <= Level::WARN;
    }
    level <= Level::INFO || !HUSHED.iter().any(|library| target.starts_with(library))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_setting_lets_libraries_tell_more_than_info() {
        for target in ["sqlx", "lettre::transport::smtp", "hyper_util::client", "reqwest::connect", "teloxide_core::net"] {
            assert!(!is_open(target, Level::DEBUG) && !is_open(target, Level::TRACE), "{target}");
            assert!(is_open(target, Level::INFO) && is_open(target, Level::ERROR), "{target}");
        }
        assert!(is_open("dondoc::engine::desk", Level::TRACE));
    }
}
