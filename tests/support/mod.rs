//! Servers on loopback that misbehave on command. Each runs on a thread of its own, so tests with and without a runtime use them.
#![allow(dead_code, reason = "every test file uses its own part of this")]

pub mod botapi;
pub mod certificates;
pub mod file;
pub mod ledger;
pub mod smtpd;
pub mod socks;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// A listening server; it stops, connections and all, when this is dropped.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

/// Serves each connection on a free port of 127.0.0.1.
pub fn serve<F, C>(mut connection: F) -> Server
where
    F: FnMut(TcpStream, usize) -> C + Send + 'static,
    C: Future<Output = ()> + 'static,
{
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let address = listener.local_addr().expect("a socket");
    let (stop, stopped) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, async move {
            let listener = TcpListener::from_std(listener).expect("a socket");
            let accept = async {
                for number in 1.. {
                    let Ok((stream, _)) = listener.accept().await else { return };
                    let _ = stream.set_nodelay(true);
                    tokio::task::spawn_local(connection(stream, number));
                }
            };
            tokio::select! { () = accept => {}, _ = stopped => {} }
        });
    });
    Server { address, _stop: stop }
}

/// A port on which nobody listens.
pub fn dead_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("a socket").port()
}

/// Waits for good; the client gives up first.
pub async fn hang() {
    tokio::time::sleep(Duration::from_hours(1)).await;
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
