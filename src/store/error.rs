//! What can go wrong with the store: what, which one, and the mend.

use std::io;

/// A failure of the store. Texts never hold a password: places are printed by [`super::Where`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A command that never creates a store found none.
    #[error("no store at {place}; run `dondoc import` or `dondoc run` first")]
    Missing {
        /// Where it was looked for.
        place: String,
    },
    /// Something stands there, and it is no store of dondoc.
    #[error("{place} is not a store of dondoc; name another file or database in [store] url")]
    NotAStore {
        /// What was opened.
        place: String,
    },
    /// The URL of a PostgreSQL store cannot be read.
    #[error("the [store] url is no usable postgres:// URL: {why}")]
    BadUrl {
        /// What the reader of URLs said.
        why: String,
    },
    /// A newer dondoc has written this store.
    #[error("the store's schema is version {found}, this dondoc knows {known}; install the newer dondoc, nothing was changed")]
    NewerSchema {
        /// The version in the store.
        found: i64,
        /// The newest this binary knows.
        known: i64,
    },
    /// An older dondoc has written this store, and this command does not migrate.
    #[error("the store's schema is version {found}, this dondoc needs {known}; start `dondoc run` once to bring it up to date")]
    OlderSchema {
        /// The version in the store.
        found: i64,
        /// What is needed.
        known: i64,
    },
    /// A migration that was applied differs from the one in this binary, or stopped half way.
    #[error("the store's schema cannot be brought up to date: {why}; restore a backup or ask the makers")]
    Migration {
        /// What the migrator said.
        why: String,
    },
    /// Another daemon holds the lock file.
    #[error("another daemon holds {place}; stop it first, or give this one a store of its own")]
    AnotherDaemon {
        /// The lock file.
        place: String,
    },
    /// The linked SQLite has the WAL-reset bug.
    #[error("SQLite {found} may corrupt a store in WAL mode; build dondoc with SQLite 3.51.3 or newer")]
    SqliteTooOld {
        /// What `sqlite_version()` says.
        found: String,
    },
    /// A file or folder cannot be used.
    #[error("cannot {deed} {place}: {source}; {mend}")]
    File {
        /// "create the folder", "open" …
        deed: &'static str,
        /// Which.
        place: String,
        /// What the system said.
        source: io::Error,
        /// What to do.
        mend: &'static str,
    },
    /// The database cannot be opened or reached.
    #[error("cannot open the store {place}: {why}; {mend}")]
    Unreachable {
        /// Which.
        place: String,
        /// What the database said.
        why: String,
        /// What to do.
        mend: &'static str,
    },
    /// The store would lie on another machine's disk.
    #[error(
        "{place} lies on a network file system ({kind}), where SQLite cannot keep its promises; name a folder of this machine, or use PostgreSQL"
    )]
    Network {
        /// The folder.
        place: String,
        /// The type of the file system.
        kind: String,
    },
    /// The store can be read and not written.
    #[error("the store can be read and not written; give this user the right to write to it (a file: to its folder as well)")]
    ReadOnly,
    /// The user of the database may not do what is asked.
    #[error(
        "the database does not let this user do that ({why}); grant it every right on the tables of the store, and again after a migration \
         that made a table anew"
    )]
    Denied {
        /// What the database said: it names the table.
        why: String,
    },
    /// No space left.
    #[error("the disk that holds the store is full; free some space, what was committed is kept")]
    DiskFull,
    /// The disk does not do what is asked of it.
    #[error(
        "the disk does not read or write the store's file ({why}); look at the disk and its file system, the file is checked \
         before anything is written"
    )]
    Disk {
        /// What SQLite said.
        why: String,
    },
    /// Somebody else writes, longer than the busy time-out.
    #[error("another process keeps the store busy; try again when it is done")]
    Busy,
    /// The connection to the database is gone, or it takes no new one just now.
    #[error("the database does not answer ({why}); it is asked again, what was committed is kept")]
    Lost {
        /// What the driver or the database said.
        why: String,
    },
    /// A replica that lost its lease writes as if it held it.
    #[error("another replica took over the lease {name:?}; nothing was written")]
    Fenced {
        /// Which lease.
        name: &'static str,
    },
    /// SQLite found the file damaged.
    #[error("the store's file is damaged ({why}); keep it and restore a backup, nothing is created anew")]
    Corrupt {
        /// What SQLite said.
        why: String,
    },
    /// A row holds what no dondoc writes.
    #[error(
        "the column {column} holds {value:?}, which no dondoc writes; keep this store as evidence and put a backup back; `dondoc verify` tells whether the journal was edited"
    )]
    Damaged {
        /// Column, or key of `meta`.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// A name that fits nothing.
    #[error("no {what} is named {name:?}; `dondoc list` prints the names")]
    Unknown {
        /// "dispatch", "directive", "assignment" …
        what: &'static str,
        /// As given.
        name: String,
    },
    /// A short name that fits several.
    #[error("{name:?} fits {}; use one of these longer names", .candidates.join(", "))]
    Ambiguous {
        /// As given.
        name: String,
        /// The long forms.
        candidates: Vec<String>,
    },
    /// Anything else the database said.
    #[error("the store answered: {0}")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// The exit code of a command that stops with it.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::AnotherDaemon { .. } => 75,
            Self::NewerSchema { .. } => 78,
            _ => 1,
        }
    }

    /// Whether the same call may succeed a moment later.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Busy | Self::Lost { .. } | Self::Unreachable { .. })
    }
}

/// `SQLITE_IOERR_SHMSIZE`: the shared memory beside the file could not be made larger, which a disk without space refuses.
const SHM_SIZE: u32 = 0x130a;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let Some(known) = sqlite_code(&error) else { return of_postgres(error) };
        if known == SHM_SIZE {
            return Self::DiskFull;
        }
        match known & 0xff {
            5 | 6 => Self::Busy,
            8 => Self::ReadOnly,
            10 => Self::Disk { why: error.to_string() },
            11 | 26 => Self::Corrupt { why: error.to_string() },
            13 => Self::DiskFull,
            _ => Self::Database(error),
        }
    }
}

/// The codes of PostgreSQL's appendix A that have a mend of their own.
fn of_postgres(error: sqlx::Error) -> StoreError {
    match &error {
        // None could be made, or all were in use for so long: who keeps it busy would have been named by SQLite before.
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed | sqlx::Error::PoolTimedOut => {
            return StoreError::Lost { why: error.to_string() };
        }
        _ => {}
    }
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    match code.as_deref() {
        Some("25006") => StoreError::ReadOnly,
        Some("42501") => StoreError::Denied { why: error.to_string() },
        Some("40001" | "40P01" | "55P03") => StoreError::Busy,
        Some("53100") => StoreError::DiskFull,
        // Too many connections, a shut-down, a crash, a start under way, a transaction put out because it stood still.
        Some("53300" | "57P01" | "57P02" | "57P03" | "25P03" | "08000" | "08003" | "08006") => {
            StoreError::Lost { why: error.to_string() }
        }
        Some("XX001" | "XX002") => StoreError::Corrupt { why: error.to_string() },
        _ => StoreError::Database(error),
    }
}

/// SQLite's extended result code; `None` for PostgreSQL, whose codes are five characters.
pub(super) fn sqlite_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    if code.len() == 5 {
        return None;
    }
    code.parse().ok()
}
