//! What the service manager is told: ready, status, watchdog.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

/// The state of the house in one line, and whether planning goes on. Outside systemd every call is without effect.
#[derive(Debug, Default)]
pub(super) struct Board {
    troubles: Mutex<Troubles>,
    progress: AtomicU64,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Troubles {
    config: Option<String>,
    rules: Option<String>,
    store: Option<String>,
    guard: Option<String>,
}

impl Board {
    /// The planner went round once more, or did a part of a long round.
    pub(super) fn progress(&self) {
        self.progress.fetch_add(1, Ordering::Relaxed);
    }

    /// What is wrong with the config file; `None` when the rules in force are the file's.
    pub(super) fn config_trouble(&self, trouble: Option<String>) {
        self.change(|troubles| troubles.config = trouble);
    }

    /// Why the rules of this daemon are not in force; `None` when they are.
    pub(super) fn rules_trouble(&self, trouble: Option<String>) {
        self.change(|troubles| troubles.rules = trouble);
    }

    /// What keeps messages back; `None` when nothing does.
    pub(super) fn guard_trouble(&self, trouble: Option<String>) {
        self.change(|troubles| troubles.guard = trouble);
    }

    /// What is wrong with the store; `None` when it takes records.
    pub(super) fn store_trouble(&self, trouble: Option<String>) {
        self.change(|troubles| troubles.store = trouble);
    }

    /// Start-up is done.
    pub(super) fn ready(&self) {
        tell(&[NotifyState::Ready, NotifyState::Status(&self.line())]);
    }

    /// The config is read again; [`Self::ready`] follows.
    pub(super) fn reloading() {
        let mut states = vec![NotifyState::Reloading];
        states.extend(NotifyState::monotonic_usec_now());
        tell(&states);
    }

    /// The end has begun.
    pub(super) fn stopping() {
        tell(&[NotifyState::Stopping, NotifyState::Status("stopping: finishing what is on the wire")]);
    }

    fn change(&self, change: impl FnOnce(&mut Troubles)) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        let before = line(&troubles);
        change(&mut troubles);
        let after = line(&troubles);
        drop(troubles);
        if before != after {
            tell(&[NotifyState::Status(&after)]);
        }
    }

    fn line(&self) -> String {
        line(&self.troubles.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn line(troubles: &Troubles) -> String {
    let Troubles { config, rules, store, guard } = troubles;
    let said: Vec<&str> = [config, rules, store, guard].into_iter().flatten().map(String::as_str).collect();
    let text = if said.is_empty() { "working".to_owned() } else { format!("degraded: {}", said.join("; ")) };
    // A line break would begin another field.
    text.replace(['\n', '\r'], " ")
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager could not be told");
    }
}

/// The interval of the watchdog, when the service manager wants one.
pub(super) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

/// Feeds the watchdog as long as the planner gets on.
pub(super) async fn watch(board: Arc<Board>, stop: CancellationToken) {
    let Some(interval) = watchdog() else { return };
    let mut feeder = Feeder::of(&board);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(interval / 2) => {}
        }
        if feeder.feeds(&board) {
            tell(&[NotifyState::Watchdog]);
        } else {
            tracing::error!("the planner does not get on; the watchdog is not fed");
        }
    }
}

/// How far the planner had come when the watchdog was looked after last.
struct Feeder {
    seen: u64,
}

impl Feeder {
    fn of(board: &Board) -> Self {
        Self { seen: board.progress.load(Ordering::Relaxed) }
    }

    /// Whether the planner got on since the look before.
    fn feeds(&mut self, board: &Board) -> bool {
        let now = Self::of(board);
        std::mem::replace(self, now).seen != self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_one_line_that_names_every_trouble() {
        let board = Board::default();
        assert_eq!(board.line(), "working");
        board.config_trouble(Some("config.toml, line 3:\nunknown key".to_owned()));
        board.store_trouble(Some("the disk is full".to_owned()));
        assert_eq!(board.line(), "degraded: config.toml, line 3: unknown key; the disk is full");
        board.config_trouble(None);
        board.store_trouble(None);
        assert_eq!(board.line(), "working");
    }

    #[test]
    fn the_watchdog_is_fed_for_what_the_planner_did_since_the_look_before_and_for_nothing_else() {
        let board = Board::default();
        board.progress();
        let mut feeder = Feeder::of(&board);
        assert!(!feeder.feeds(&board), "what was done before the first look counts for nothing");
        board.progress();
        board.progress();
        assert!(feeder.feeds(&board));
        assert!(!feeder.feeds(&board), "once fed, it is not fed again for the same");
        // Whatever else the board tells is no work of the planner.
        board.config_trouble(Some("unknown key".to_owned()));
        assert!(!feeder.feeds(&board));
        board.progress();
        assert!(feeder.feeds(&board), "a planner that hung and goes on is fed again");
    }
}
