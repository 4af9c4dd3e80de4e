//! The parts of the daemon, and how they end.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The parts that live now.
#[derive(Clone, Debug, Default)]
pub(super) struct Crew {
    tracker: TaskTracker,
    /// Nothing new is begun.
    pub(super) stop: CancellationToken,
    /// What is on the wire is given up.
    pub(super) give_up: CancellationToken,
    /// A part panicked.
    pub(super) broken: CancellationToken,
}

impl Crew {
    /// Begins a part.
    pub(super) fn spawn(&self, part: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let work = tokio::spawn(work);
        let broken = self.broken.clone();
        self.tracker.spawn(async move {
            if work.await.is_err_and(|error| error.is_panic()) {
                tracing::error!(part, "a part ended unexpectedly; the daemon stops, so that it is started anew");
                broken.cancel();
            }
        });
    }

    /// Asks every part to end and waits: first for what is on the wire, then only for verdicts to be recorded.
    pub(super) async fn end(&self, drain: Duration, last_words: Duration) {
        self.stop.cancel();
        self.tracker.close();
        if tokio::time::timeout(drain, self.tracker.wait()).await.is_ok() {
            return;
        }
        tracing::warn!("transmissions are still under way; their answers count as lost, and they are repeated at the next start");
        self.give_up.cancel();
        if tokio::time::timeout(last_words, self.tracker.wait()).await.is_err() {
            tracing::error!("not every part ended in time; the next start takes over what is left");
        }
    }
}
