//! The poke: "look now". It carries nothing, and losing it costs only delay.
//!
//! SQLite: a datagram to a socket beside the store. PostgreSQL: `NOTIFY dondoc`. Polling is the truth.

use std::future;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgListener;
use sqlx::{Connection as _, PgConnection};
use tokio::net::UnixDatagram;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::error::StoreError;
use super::place::Where;

/// The path of a socket has room for 108 bytes; a longer one gets a short name elsewhere.
const PATH_BYTES_MAX: usize = 100;

/// A notification that takes longer is worth less than the planning interval.
const NOTIFY_TIMEOUT: Duration = Duration::from_secs(2);

const CHANNEL: &str = "dondoc";

/// Waits before a lost listener is made anew.
const HEAR_AGAIN_FIRST: Duration = Duration::from_millis(500);
const HEAR_AGAIN_LONGEST: Duration = Duration::from_secs(15);

/// Pokes the daemon of that store. Nobody there is no error.
pub async fn poke(place: &Where) {
    match place {
        Where::Sqlite(_) => {
            let Some(socket) = socket_path(place) else { return };
            if let Ok(sender) = std::os::unix::net::UnixDatagram::unbound() {
                // A full queue means that pokes are waiting already.
                let _ = sender.set_nonblocking(true).and_then(|()| sender.send_to(b"!", socket));
            }
        }
        Where::Postgres(url) => {
            let _ = tokio::time::timeout(NOTIFY_TIMEOUT, notify(url)).await;
        }
    }
}

async fn notify(url: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query("NOTIFY dondoc").execute(&mut connection).await?;
    connection.close().await
}

/// The daemon's end.
#[derive(Debug)]
pub struct PokeListener(End);

#[derive(Debug)]
enum End {
    Socket {
        socket: UnixDatagram,
        path: PathBuf,
    },
    Postgres {
        heard: Arc<Notify>,
        hearing: AbortHandle,
    },
    /// No path short enough: polling alone.
    Deaf,
}

impl super::Store {
    /// Tells the other replicas to look, from a connection that is there anyway. On SQLite there are none. Failing costs
    /// them one planning interval.
    pub async fn tell_replicas(&self) {
        if let Where::Postgres(_) = self.place()
            && let Err(error) = sqlx::query("NOTIFY dondoc").execute(&self.0.write).await
        {
            tracing::debug!(%error, "the other replicas could not be told; they look by themselves");
        }
    }
}

impl PokeListener {
    /// Listens, within a runtime. Call it while holding [`super::DaemonLock`]: a socket that stands there is then a dead daemon's and is removed.
    ///
    /// # Errors
    /// When the socket cannot be made. A database that cannot be reached is asked again and again.
    pub fn bind(place: &Where) -> Result<Self, StoreError> {
        if let Where::Postgres(_) = place {
            let heard = Arc::new(Notify::new());
            let hearing = tokio::spawn(hear(place.url("")?, Arc::clone(&heard))).abort_handle();
            return Ok(Self(End::Postgres { heard, hearing }));
        }
        let Some(path) = socket_path(place) else { return Ok(Self(End::Deaf)) };
        let failed = |source| StoreError::File {
            deed: "listen at",
            place: path.display().to_string(),
            source,
            mend: "this user must be able to write to the store's folder",
        };
        remove_stale(&path).map_err(failed)?;
        let socket = UnixDatagram::bind(&path).map_err(failed)?;
        Ok(Self(End::Socket { socket, path }))
    }

    /// Returns at the next poke; several that came together count as one. Never returns where pokes cannot be heard.
    /// Dropping the future loses nothing.
    pub async fn wait(&mut self) {
        match &mut self.0 {
            End::Socket { socket, .. } => {
                let mut byte = [0_u8; 8];
                if socket.recv(&mut byte).await.is_err() {
                    return future::pending().await;
                }
                while socket.try_recv(&mut byte).is_ok() {}
            }
            End::Postgres { heard, .. } => heard.notified().await,
            End::Deaf => future::pending().await,
        }
    }
}

impl Drop for PokeListener {
    fn drop(&mut self) {
        match &self.0 {
            // A socket that stays behind is removed by the next daemon.
            End::Socket { path, .. } => {
                let _ = std::fs::remove_file(path);
            }
            End::Postgres { hearing, .. } => hearing.abort(),
            End::Deaf => {}
        }
    }
}

/// Hears for ever, on a connection of its own. What was said while it was lost is made up for by one look.
async fn hear(url: String, heard: Arc<Notify>) {
    let mut wait = HEAR_AGAIN_FIRST;
    loop {
        let lost = async {
            let mut listener = PgListener::connect(&url).await?;
            listener.listen(CHANNEL).await?;
            wait = HEAR_AGAIN_FIRST;
            heard.notify_one();
            // `None`: the connection was lost and the listener makes a new one.
            while listener.try_recv().await?.is_some() {
                heard.notify_one();
            }
            Ok::<_, sqlx::Error>(())
        };
        if let Err(error) = lost.await {
            tracing::debug!(%error, "pokes cannot be heard; the daemon looks by itself every few seconds");
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(HEAR_AGAIN_LONGEST);
    }
}

fn remove_stale(path: &Path) -> std::io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => std::fs::remove_file(path),
        Ok(_) => Err(std::io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// `FILE.poke`; a short name in the runtime folder when that is too long; `None` when there is no such folder.
fn socket_path(place: &Where) -> Option<PathBuf> {
    let beside = std::path::absolute(place.beside("poke")?).ok()?;
    if beside.as_os_str().len() <= PATH_BYTES_MAX {
        return Some(beside);
    }
    // The daemon and the commands find the same name because it comes from the same path.
    let digest = Sha256::digest(beside.as_os_str().as_bytes());
    let name = format!("dondoc-{}.poke", data_encoding::HEXLOWER.encode(&digest[..8]));
    let folder = std::env::var_os("RUNTIME_DIRECTORY").or_else(|| std::env::var_os("XDG_RUNTIME_DIR"));
    let folder = folder.map_or_else(|| PathBuf::from("/run/dondoc"), PathBuf::from);
    let short = folder.join(name);
    (folder.is_dir() && short.as_os_str().len() <= PATH_BYTES_MAX).then_some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(folder: &tempfile::TempDir) -> Where {
        Where::Sqlite(folder.path().join("dondoc.db"))
    }

    #[tokio::test]
    async fn a_poke_is_heard_and_many_count_as_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut listener = PokeListener::bind(&place(&folder)).expect("a fresh folder");
        for _ in 0..5 {
            poke(&place(&folder)).await;
        }
        listener.wait().await;
        let again = tokio::time::timeout(Duration::from_millis(1), listener.wait()).await;
        assert!(again.is_err(), "the other four were taken together with the first");
    }

    #[tokio::test]
    async fn a_poke_to_nobody_is_no_error_and_a_dead_socket_is_replaced() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        poke(&place(&folder)).await;
        let path = place(&folder).beside("poke").expect("an SQLite store");
        drop(std::os::unix::net::UnixDatagram::bind(&path).expect("a socket nobody reads"));
        assert!(path.exists());
        let mut listener = PokeListener::bind(&place(&folder)).expect("the dead one is removed");
        poke(&place(&folder)).await;
        listener.wait().await;
    }

    #[tokio::test]
    async fn a_file_that_is_no_socket_is_not_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = place(&folder).beside("poke").expect("an SQLite store");
        std::fs::write(&path, "precious").expect("a writable folder");
        let refused = PokeListener::bind(&place(&folder)).expect_err("it is not ours");
        assert!(refused.to_string().contains("dondoc.db.poke"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).expect("still there"), "precious");
    }

    #[tokio::test]
    async fn a_path_too_long_for_a_socket_stops_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let deep = Where::Sqlite(folder.path().join("x".repeat(120)).join("dondoc.db"));
        assert!(socket_path(&deep).is_none_or(|path| path.as_os_str().len() <= PATH_BYTES_MAX));
        PokeListener::bind(&deep).expect("a short name, or polling alone");
        poke(&deep).await;
    }
}
