//! Who reads Telegram: one replica at a time, by a lease. The others stand by.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::engine::{Engine, incarnation};

/// How often a replica that stands by asks for the lease.
const ASK: Duration = Duration::from_secs(5);

/// How often the one that holds it looks whether it still may; that costs no statement.
const LOOK: Duration = Duration::from_secs(1);

/// Runs `read` while the lease is held, again and again until `stop`. The token that `read` gets is cancelled when the lease
/// may be lost; a transaction of its that comes later is refused by the store.
pub(super) async fn in_turn<R: Future<Output = ()>>(
    engines: &watch::Receiver<Arc<Engine>>,
    clock: &Clock,
    stop: &CancellationToken,
    mut read: impl FnMut(CancellationToken) -> R,
) {
    let current = || Arc::clone(&engines.borrow());
    if !current().incarnation.is_shared() {
        return read(stop.clone()).await;
    }
    let mut stood_by = false;
    while !stop.is_cancelled() {
        match incarnation::become_reader(&current(), clock.now()).await {
            Ok(true) => {
                tracing::info!("this replica reads Telegram");
                stood_by = false;
                let term = stop.child_token();
                let own = current().incarnation.id();
                let holds = async {
                    while current().incarnation.may_send(&own, clock.now()) && !term.is_cancelled() {
                        pause(stop, LOOK).await;
                    }
                    term.cancel();
                };
                tokio::join!(read(term.clone()), holds);
            }
            Ok(false) => {
                if !stood_by {
                    tracing::info!("another replica reads Telegram; this one stands by");
                    stood_by = true;
                }
            }
            Err(error) => tracing::debug!(%error, "the lease of the reader of Telegram cannot be asked for"),
        }
        // Before its first heartbeat it is not even asked.
        let engine = current();
        let length = if engine.incarnation.is_fresh(clock.now()) { ASK } else { LOOK };
        pause(stop, length).await;
    }
}

async fn pause(stop: &CancellationToken, length: Duration) {
    tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(length) => {} }
}
