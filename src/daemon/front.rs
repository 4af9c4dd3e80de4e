//! The page for visitors: where it listens, and when that changes.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::DaemonError;
use super::crew::Crew;
use crate::clock::Clock;
use crate::config::Config;
use crate::engine::Engine;
use crate::engine::link::Links;
use crate::web::{self, Guard, Site};

/// The links of that config: with `[web] public_url` and the key, else none.
pub(super) fn links(config: &Config) -> Option<Links> {
    let public_url = config.web.as_ref()?.public_url.as_deref()?;
    Links::new(public_url, config.link_key.clone()?)
}

/// A port that is ours, before anything is served on it: taken early, so that a busy one stops the start.
pub(super) struct Bound {
    address: SocketAddr,
    listener: TcpListener,
}

/// Binds the address of that config; `None` without `[web]`.
pub(super) async fn bind(config: &Config) -> Result<Option<Bound>, DaemonError> {
    let Some(settings) = &config.web else { return Ok(None) };
    let address = settings.listen;
    let listener = TcpListener::bind(address).await.map_err(|source| DaemonError::Listen { address, source })?;
    Ok(Some(Bound { address, listener }))
}

/// What the page shares with the rest of the daemon.
pub(super) struct Front {
    engines: watch::Receiver<Arc<Engine>>,
    poke: Arc<Notify>,
    clock: Clock,
    crew: Crew,
    guard: Arc<Guard>,
    open: Option<(SocketAddr, CancellationToken)>,
}

impl Front {
    /// Serves what was bound.
    pub(super) fn open(
        bound: Option<Bound>,
        engines: watch::Receiver<Arc<Engine>>,
        poke: Arc<Notify>,
        clock: Clock,
        crew: Crew,
    ) -> Self {
        let mut front = Self { engines, poke, clock, crew, guard: Arc::default(), open: None };
        if let Some(bound) = bound {
            front.serve(bound);
        }
        front
    }

    /// Takes up the address of new settings. Where it cannot be had, the one before stays.
    pub(super) async fn change(&mut self, config: &Config) {
        let wanted = config.web.as_ref().map(|settings| settings.listen);
        if wanted == self.open.as_ref().map(|(address, _)| *address) {
            return;
        }
        match bind(config).await {
            Ok(bound) => {
                if let Some((_, stop)) = self.open.take() {
                    stop.cancel();
                }
                if let Some(bound) = bound {
                    self.serve(bound);
                }
            }
            Err(error) => tracing::error!(%error, "the page stays where it was"),
        }
    }

    fn serve(&mut self, Bound { address, listener }: Bound) {
        let stop = self.crew.stop.child_token();
        let (engines, poke) = (self.engines.clone(), Arc::clone(&self.poke));
        let site = Site {
            engine: Arc::new(move || Arc::clone(&engines.borrow())),
            clock: self.clock.clone(),
            acted: Arc::new(move || poke.notify_one()),
            guard: Arc::clone(&self.guard),
        };
        let told = listener.local_addr().unwrap_or(address);
        tracing::info!(listen = %told, "the page for answers by link is served");
        self.crew.spawn("page", web::serve(listener, site, stop.clone()));
        self.open = Some((address, stop));
    }
}
