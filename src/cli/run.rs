//! `run`: the daemon.

use super::failure::Failure;
use super::{Cli, common};
use crate::clock::Clock;
use crate::daemon::{self, DaemonError};
use crate::domain::rules::Language;

pub(super) const LONG: &str = "Run the daemon: plan, send, read replies, until SIGTERM or SIGINT.

The log goes to standard error; RUST_LOG sets how much of it. SIGHUP reads the
config again, and so does a change of the file; a config that is not valid
changes nothing. Exit codes: 0 stopped, 1 could not start, 75 another daemon
holds the store, 78 the store's schema is newer than this binary.";

/// Runs the daemon of the config the command line means.
///
/// # Errors
/// What kept it from starting, or ended it.
pub(super) async fn run(cli: &Cli, language: &mut Language) -> Result<(), Failure> {
    let config = common::config_path(cli)?;
    // The daemon reads the config by itself; this only tells in which language its failures are to be told.
    *language = common::read_config(&config, cli, Clock::System.now()).language;
    let start = common::start(config, cli);
    daemon::run(start, Clock::System).await.map_err(|error| match error {
        DaemonError::Config(loaded) => Failure::Config(loaded),
        DaemonError::Store(error) => Failure::Store(error),
        DaemonError::Engine(error) => Failure::Engine(error),
        DaemonError::Listen { .. } => {
            Failure::refused(error.to_string(), "another program may use that port: stop it, or give [web] another listen")
        }
        DaemonError::System { .. } | DaemonError::Broken => {
            Failure::refused(error.to_string(), "start it again; if it happens twice, report it with the log")
        }
    })
}
