//! The few things the two databases say differently. All other SQL is one text.

use sqlx::AnyConnection;

use crate::fault::{self, Mutant};

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
    /// when another process has written since. On PostgreSQL the level is named, so that what the database or a pooler
    /// sets by default does not matter: each statement sees everything that was committed before it.
    pub fn begin(self) -> &'static str {
        match self {
            Self::Sqlite if fault::is_broken(Mutant::DeferredBegin) => "BEGIN",
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        }
    }

    /// What a writing transaction does first: it waits for its turn at the head of the journal. SQLite's `BEGIN IMMEDIATE`
    /// did that already. A writer that stops in the middle (a stopped process, a cut network) is put out by the database
    /// after 5 s, so that it holds nobody up for longer.
    pub const fn take_turn(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(
                "SET LOCAL idle_in_transaction_session_timeout = '5s'; SET LOCAL lock_timeout = '10s';
                 SELECT value FROM meta WHERE key = 'journal_seq' FOR UPDATE",
            ),
        }
    }

    /// The same for a migration, which may have no journal yet. The lock ends with its transaction.
    pub(super) const fn take_turn_to_migrate(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT CAST(pg_advisory_xact_lock(4988) AS TEXT)"),
        }
    }

    /// What begins a reading transaction that sees one state throughout.
    pub const fn begin_snapshot(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// A table of the elements of the JSON list in parameter `place`: one column, `value`.
    pub(super) fn elements(self, place: usize) -> String {
        match self {
            Self::Sqlite => format!("json_each(${place})"),
            Self::Postgres => format!("json_array_elements(CAST(${place} AS JSON))"),
        }
    }

    /// A table of the members of the JSON object in parameter `place`: `key` and `value`.
    pub(super) fn entries(self, place: usize) -> String {
        match self {
            Self::Sqlite => format!("json_each(${place})"),
            Self::Postgres => format!("json_each_text(CAST(${place} AS JSON))"),
        }
    }

    /// That a column is one of what a `SELECT` gives. Of an array PostgreSQL supposes that it is short and looks the rows up; of a join
    /// with elements nobody counted it may suppose half the table, and read all of it.
    pub(super) fn one_of(self, select: &str) -> String {
        match self {
            Self::Sqlite => format!("IN ({select})"),
            Self::Postgres => format!("= ANY (ARRAY({select}))"),
        }
    }

    /// An aggregate of rows as JSON: a list of lists of these columns, in that order; `NULL` or `[]` where there is no row.
    pub(super) fn gather(self, columns: &str, order: &str) -> String {
        match self {
            Self::Sqlite => format!("json_group_array(json_array({columns}) ORDER BY {order})"),
            Self::Postgres => format!("CAST(json_agg(json_build_array({columns}) ORDER BY {order}) AS TEXT)"),
        }
    }

    /// The same in any order.
    pub(super) fn gather_unordered(self, columns: &str) -> String {
        match self {
            Self::Sqlite => format!("json_group_array(json_array({columns}))"),
            Self::Postgres => format!("CAST(json_agg(json_build_array({columns})) AS TEXT)"),
        }
    }

    /// The place of the next parameter in a text whose parameters stand in their order. SQLite looks a numbered one up in a
    /// list, each time it is bound.
    pub(super) fn write_place(self, sql: &mut String, place: usize) {
        match self {
            Self::Sqlite => sql.push('?'),
            Self::Postgres => sql.push_str(&format!("${place}")),
        }
    }

    /// Ends a `SELECT` that claims rows: those another session holds are passed over instead of holding up the rest.
    pub const fn for_update_skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}
