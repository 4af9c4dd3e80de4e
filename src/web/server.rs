//! Connections: how many, how long, how large; and who is at the other end.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::any;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::guard::Guard;
use super::visit;
use crate::clock::Clock;
use crate::engine::Engine;

/// Connections at the same time; the next ones wait to be accepted.
const CONNECTIONS_MAX: usize = 256;

/// How long a request's headers may take.
const HEADERS: Duration = Duration::from_secs(10);

/// The largest request line and headers together.
const HEADERS_BYTES_MAX: usize = 32 * 1024;

/// How long a connection may stay, idle or not.
const CONNECTION: Duration = Duration::from_mins(1);

/// The pause after the system refused a connection, out of file descriptors for instance.
const PAUSE: Duration = Duration::from_millis(100);

/// What the pages work with.
#[derive(Clone)]
pub struct Site {
    /// The engine that holds now.
    pub engine: Arc<dyn Fn() -> Arc<Engine> + Send + Sync>,
    /// Asked once a request.
    pub clock: Clock,
    /// Called after something was recorded.
    pub acted: Arc<dyn Fn() + Send + Sync>,
    /// What is remembered of visitors; shared by the listeners of one daemon.
    pub guard: Arc<Guard>,
}

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// Serves until `stop`, then finishes the requests that are under way.
pub async fn serve(listener: TcpListener, site: Site, stop: CancellationToken) {
    let router = Router::new().route("/r/{*token}", any(visit::page)).fallback(visit::elsewhere).with_state(site);
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = async {
                let slot = Arc::clone(&slots).acquire_owned().await;
                (slot, listener.accept().await)
            } => accepted,
        };
        let (slot, Ok((stream, peer))) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let router = router.clone().layer(Extension(Peer(peer.ip())));
        let stop = stop.clone();
        connections.spawn(async move {
            connection(stream, router, stop).await;
            drop(slot);
        });
    }
    connections.close();
    connections.wait().await;
}

async fn connection(stream: TcpStream, router: Router, stop: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(HEADERS_BYTES_MAX);
    let serving = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut serving = std::pin::pin!(serving);
    let done = tokio::time::timeout(CONNECTION, async {
        tokio::select! {
            done = serving.as_mut() => return done,
            () = stop.cancelled() => {}
        }
        serving.as_mut().graceful_shutdown();
        serving.as_mut().await
    });
    if let Ok(Err(error)) = done.await {
        tracing::debug!(%error, "a visitor's connection ended early");
    }
}
