//! The few things the two databases say differently. All other SQL is one text.

use sqlx::AnyConnection;

/// Which database holds the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// One file, one writer.
    Sqlite,
    /// Several replicas share one database.
    Postgres,
}

impl Dialect {
    /// The dialect that connection speaks.
    pub fn of(connection: &AnyConnection) -> Self {
        if connection.backend_name() == "SQLite" { Self::Sqlite } else { Self::Postgres }
    }

    /// What begins a writing transaction. On SQLite a deferred one fails at its first write, whatever the busy time-out,
    /// when another process has written since.
    pub const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// What begins a reading transaction that sees one state throughout.
    pub const fn begin_snapshot(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// Ends a `SELECT` of rows this transaction will change; nothing on SQLite, where there is one writer anyway.
    pub const fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// Ends a `SELECT` that claims rows: those another replica works on are passed over.
    pub const fn for_update_skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}
