//! Connections: one writer, a few readers, and the PRAGMAs of SQLite.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::aid::Trust;
use super::dialect::Dialect;
use super::error::{StoreError, sqlite_code};
use super::place::Where;

/// The oldest SQLite without the WAL-reset corruption.
const SQLITE_MIN: [u32; 3] = [3, 51, 3];

/// How long a statement waits for another process that writes.
const BUSY_MS: u32 = 10_000;
const BUSY: Duration = Duration::from_millis(BUSY_MS as u64);

/// Between two attempts to set a connection up.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// How long a caller waits for a connection of this process; more than [`BUSY_MS`], so that SQLite answers first, and not much more: a disk
/// that lets no connection be set up is only known by this time having passed, since the pool tries again until then.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);

/// Readers beside the one writer.
const READERS_MAX: u32 = 4;

/// What a commit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// The disk.
    Full,
    /// Nothing: a scratch store is thrown away.
    None,
}

/// How a connection of one sort is made: the writer's or a reader's.
#[derive(Clone, Debug)]
pub(super) struct Door {
    place: Where,
    options: AnyConnectOptions,
    setup: Option<String>,
    connections_max: u32,
}

impl Door {
    /// The one writing connection.
    pub(super) fn writer(place: &Where, dialect: Dialect, durability: Durability) -> Result<Self, StoreError> {
        let setup = match (dialect, durability) {
            (Dialect::Sqlite, Durability::Full) => Some(sqlite_setup("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")),
            (Dialect::Sqlite, Durability::None) => Some(sqlite_setup("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")),
            (Dialect::Postgres, _) => None,
        };
        Self::new(place, "rwc", 1, setup)
    }

    /// The readers; each refuses to write.
    pub(super) fn readers(place: &Where, dialect: Dialect) -> Result<Self, StoreError> {
        let setup = match dialect {
            Dialect::Sqlite => sqlite_setup("PRAGMA query_only = ON;"),
            Dialect::Postgres => "SET default_transaction_read_only = on".to_owned(),
        };
        Self::new(place, "ro", READERS_MAX, Some(setup))
    }

    fn new(place: &Where, mode: &str, connections_max: u32, setup: Option<String>) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let options = AnyConnectOptions::from_str(&place.url(mode)?)
            .map_err(|error| StoreError::BadUrl { why: error.to_string() })?
            .disable_statement_logging();
        Ok(Self { place: place.clone(), options, setup, connections_max })
    }

    /// One connection beside the pool, to look before opening. A pool would try again and again and then say only that
    /// time is up.
    pub(super) async fn knock(&self) -> Result<AnyConnection, StoreError> {
        let connect = async {
            let mut connection = AnyConnection::connect_with(&self.options).await?;
            set_up(&mut connection, self.setup.clone()).await?;
            Ok(connection)
        };
        connect.await.map_err(|error| unreachable(&self.place, error))
    }

    /// The pool. It connects at first use, so that a command that only reads needs no right to write.
    pub(super) fn pool(&self, trust: &Arc<Trust>) -> AnyPool {
        let (setup, trust) = (self.setup.clone(), Arc::clone(trust));
        let options = if is_postgres(&self.place) {
            AnyPoolOptions::new()
        } else {
            // A connection to a file does not age. Without ages to look at, the pool keeps no task that counts idle connections: that
            // count falls below zero for a moment when one is given back and taken at once (sqlx 0.9.0), and the task would then
            // spin for ever.
            AnyPoolOptions::new().idle_timeout(None).max_lifetime(None)
        };
        options
            .before_acquire(move |connection, of| {
                // SQLite itself takes back a transaction that a full or broken disk ended; the driver's roll-back then fails, and it
                // counts that transaction as open for good (sqlx 0.9.0). Such a connection is closed.
                let is_usable = trust.is_believed(of.age) && !connection.is_in_transaction();
                Box::pin(async move { Ok(is_usable) })
            })
            // A file does not go away as a server does; asking it first would be one statement more for each transaction.
            .test_before_acquire(is_postgres(&self.place))
            .max_connections(self.connections_max)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(move |connection, _| Box::pin(set_up(connection, setup.clone())))
            .connect_lazy_with(self.options.clone())
    }
}

async fn set_up(connection: &mut AnyConnection, setup: Option<String>) -> Result<(), sqlx::Error> {
    let Some(setup) = setup else { return Ok(()) };
    let began = Instant::now();
    loop {
        match sqlx::raw_sql(AssertSqlSafe(setup.clone())).execute(&mut *connection).await {
            // Of two that change the journal mode of a fresh file at one moment SQLite tells one `busy` at once, whatever the
            // time-out: waiting would be a deadlock.
            Err(error) if sqlite_code(&error).is_some_and(|code| code & 0xff == 5) && began.elapsed() < BUSY => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            done => return done.map(drop),
        }
    }
}

fn sqlite_setup(more: &str) -> String {
    // The busy time-out comes first: changing the journal mode may have to wait as well. The cache is 6 MiB: it counts in the most memory
    // of a burst, whose rows stand together.
    format!(
        "PRAGMA busy_timeout = {BUSY_MS}; {more} PRAGMA foreign_keys = ON; PRAGMA cache_size = -6144; \
         PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 1000;"
    )
}

/// What a failure to connect means, with the place.
pub(super) fn unreachable(place: &Where, error: sqlx::Error) -> StoreError {
    let (why, mend) = match (&error, sqlite_code(&error).map(|code| code & 0xff)) {
        (_, Some(14)) => (error.to_string(), "the file and its folder must be readable and writable for this user"),
        (sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut, None) if is_postgres(place) => {
            (error.to_string(), "is the database running and does [store] url name its host and port?")
        }
        (sqlx::Error::Database(_), None) => (error.to_string(), "the database must exist and let this user in"),
        _ => return error.into(),
    };
    StoreError::Unreachable { place: place.to_string(), why, mend }
}

const fn is_postgres(place: &Where) -> bool {
    matches!(place, Where::Postgres(_))
}

/// Refuses an SQLite that may corrupt the file.
pub(super) async fn refuse_old_sqlite(connection: &mut AnyConnection) -> Result<(), StoreError> {
    if Dialect::of(connection) == Dialect::Postgres {
        return Ok(());
    }
    let found: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(connection).await?;
    if is_new_enough(&found) { Ok(()) } else { Err(StoreError::SqliteTooOld { found }) }
}

fn is_new_enough(version: &str) -> bool {
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().unwrap_or(0)).collect();
    parts.as_slice() >= SQLITE_MIN.as_slice()
}

/// Whether a file is there; an error when that cannot even be asked.
pub(super) fn exists(file: &Path) -> Result<bool, StoreError> {
    match file.try_exists() {
        Ok(there) => Ok(there),
        Err(source) if source.kind() == std::io::ErrorKind::NotADirectory => Ok(false),
        Err(source) => Err(StoreError::File {
            deed: "look for",
            place: file.display().to_string(),
            source,
            mend: "this user must be able to enter its folder",
        }),
    }
}

/// Makes the folder of an SQLite store, and refuses one that another machine holds.
pub(super) fn make_folder(place: &Where) -> Result<(), StoreError> {
    let Where::Sqlite(file) = place else { return Ok(()) };
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let made = std::fs::create_dir_all(folder).map_err(|source| StoreError::File {
        deed: "create the folder",
        place: folder.display().to_string(),
        source,
        mend: "name another file in [store] url, or make the folder by hand",
    });
    made.and_then(|()| super::mounts::refuse_network(folder))
}

/// A folder for one scratch store, deleted on drop.
#[derive(Debug)]
pub(super) struct ScratchFolder(PathBuf);

impl ScratchFolder {
    /// Makes it, readable for this user only: the facts copied into it are people's names and addresses.
    pub(super) fn new() -> Result<Self, StoreError> {
        use std::os::unix::fs::DirBuilderExt as _;
        let folder = std::env::temp_dir().join(format!("dondoc-scratch-{}", uuid::Uuid::new_v4()));
        std::fs::DirBuilder::new().mode(0o700).create(&folder).map_err(|source| StoreError::File {
            deed: "create the folder",
            place: folder.display().to_string(),
            source,
            mend: "set TMPDIR to a folder this user can write",
        })?;
        Ok(Self(folder))
    }

    pub(super) fn file(&self) -> PathBuf {
        self.0.join("scratch.db")
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        // Nothing to be done about a folder that cannot be removed; it lies among the temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_sqlite_without_the_wal_reset_bug_is_taken() {
        for good in ["3.51.3", "3.52.0", "4.0.0", "3.51.10"] {
            assert!(is_new_enough(good), "{good}");
        }
        for bad in ["3.51.2", "3.50.9", "2.99.99", "3.51", ""] {
            assert!(!is_new_enough(bad), "{bad}");
        }
    }
}
