//! The schema: migrations in the binary, their version in the store.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, Connection, SqlSafeStr};

use super::dialect::Dialect;
use super::error::StoreError;
use super::place::Where;

/// Number, name, SQLite's text, PostgreSQL's text; forward only, expand then contract.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (
        1,
        "foundation",
        include_str!("../../migrations/sqlite/0001_foundation.sql"),
        include_str!("../../migrations/postgres/0001_foundation.sql"),
    ),
    (
        2,
        "replicas",
        include_str!("../../migrations/sqlite/0002_replicas.sql"),
        include_str!("../../migrations/postgres/0002_replicas.sql"),
    ),
    (
        3,
        "answers_by_chat",
        include_str!("../../migrations/sqlite/0003_answers_by_chat.sql"),
        include_str!("../../migrations/postgres/0003_answers_by_chat.sql"),
    ),
    (4, "link", include_str!("../../migrations/sqlite/0004_link.sql"), include_str!("../../migrations/postgres/0004_link.sql")),
    (
        5,
        "succession",
        include_str!("../../migrations/sqlite/0005_succession.sql"),
        include_str!("../../migrations/postgres/0005_succession.sql"),
    ),
    (
        6,
        "duties",
        include_str!("../../migrations/sqlite/0006_duties.sql"),
        include_str!("../../migrations/postgres/0006_duties.sql"),
    ),
    (
        7,
        "recurring",
        include_str!("../../migrations/sqlite/0007_recurring.sql"),
        include_str!("../../migrations/postgres/0007_recurring.sql"),
    ),
    (
        8,
        "trial",
        include_str!("../../migrations/sqlite/0008_trial.sql"),
        include_str!("../../migrations/postgres/0008_trial.sql"),
    ),
    (
        9,
        "directive_supervisor",
        include_str!("../../migrations/sqlite/0009_directive_supervisor.sql"),
        include_str!("../../migrations/postgres/0009_directive_supervisor.sql"),
    ),
    (
        11,
        "series_heir",
        include_str!("../../migrations/sqlite/0011_series_heir.sql"),
        include_str!("../../migrations/postgres/0011_series_heir.sql"),
    ),
    (
        13,
        "guard",
        include_str!("../../migrations/sqlite/0013_guard.sql"),
        include_str!("../../migrations/postgres/0013_guard.sql"),
    ),
    (14, "sent", include_str!("../../migrations/sqlite/0014_sent.sql"), include_str!("../../migrations/postgres/0014_sent.sql")),
    (
        15,
        "storm",
        include_str!("../../migrations/sqlite/0015_storm.sql"),
        include_str!("../../migrations/postgres/0015_storm.sql"),
    ),
    (
        16,
        "drafts",
        include_str!("../../migrations/sqlite/0016_drafts.sql"),
        include_str!("../../migrations/postgres/0016_drafts.sql"),
    ),
    (
        18,
        "open_items",
        include_str!("../../migrations/sqlite/0018_open_items.sql"),
        include_str!("../../migrations/postgres/0018_open_items.sql"),
    ),
    (19, "walk", include_str!("../../migrations/sqlite/0019_walk.sql"), include_str!("../../migrations/postgres/0019_walk.sql")),
    (
        25,
        "step_repeats",
        include_str!("../../migrations/sqlite/0025_step_repeats.sql"),
        include_str!("../../migrations/postgres/0025_step_repeats.sql"),
    ),
    (
        26,
        "claims_in_order",
        include_str!("../../migrations/sqlite/0026_claims_in_order.sql"),
        include_str!("../../migrations/postgres/0026_claims_in_order.sql"),
    ),
    (
        27,
        "parcel",
        include_str!("../../migrations/sqlite/0027_parcel.sql"),
        include_str!("../../migrations/postgres/0027_parcel.sql"),
    ),
    (
        28,
        "fewer_trees",
        include_str!("../../migrations/sqlite/0028_fewer_trees.sql"),
        include_str!("../../migrations/postgres/0028_fewer_trees.sql"),
    ),
    (
        29,
        "what_was_revised",
        include_str!("../../migrations/sqlite/0029_what_was_revised.sql"),
        include_str!("../../migrations/postgres/0029_what_was_revised.sql"),
    ),
];

/// The newest version this binary knows.
pub const KNOWN: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// What a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No table at all.
    Nothing,
    /// Tables, none of them ours.
    Foreign,
    /// A store of that version; 0 before its first migration.
    Version(i64),
}

/// Looks, and changes nothing.
pub(super) async fn found(connection: &mut AnyConnection) -> Result<Found, StoreError> {
    let tables = match Dialect::of(connection) {
        Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        // What an extension brought (the view of pg_stat_statements) is nobody's store.
        Dialect::Postgres => {
            "SELECT CAST(c.relname AS TEXT) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (
                 SELECT 1 FROM pg_catalog.pg_depend d
                 WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"
        }
    };
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *connection).await?;
    if tables.is_empty() {
        return Ok(Found::Nothing);
    }
    if !tables.iter().any(|table| table == "_sqlx_migrations") {
        return Ok(Found::Foreign);
    }
    let version: Option<i64> =
        sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(&mut *connection).await?;
    Ok(Found::Version(version.unwrap_or(0)))
}

/// Keeps an SQLite store of an older version as `FILE.vVERSION` before it is migrated; whole or not at all. PostgreSQL has ways of
/// its own.
pub(super) async fn keep_older(place: &Where, connection: &mut AnyConnection, found: i64) -> Result<(), StoreError> {
    let (Some(kept), Some(part)) = (place.beside(&format!("v{found}")), place.beside(&format!("v{found}.part"))) else {
        return Ok(());
    };
    let failed = |source| StoreError::File {
        deed: "keep the store as it was, in",
        place: kept.display().to_string(),
        source,
        mend: "the folder needs as much space again as the store",
    };
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    sqlx::query("VACUUM INTO $1").bind(part.display().to_string()).execute(&mut *connection).await?;
    std::fs::File::open(&part).and_then(|file| file.sync_all()).map_err(failed)?;
    std::fs::rename(&part, &kept).map_err(failed)?;
    kept.parent().map_or(Ok(()), super::place::keep_names).map_err(failed)
}

/// Applies what is missing, all of it in one transaction, so that several processes may try at once.
pub(super) async fn migrate(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let dialect = Dialect::of(connection);
    let mut tx = connection.begin_with(dialect.begin()).await?;
    if let Some(turn) = dialect.take_turn_to_migrate() {
        sqlx::raw_sql(turn).execute(&mut *tx).await?;
    }
    migrator(dialect).run_direct(None, &mut *tx, false).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::Execute(error) => StoreError::from(error),
        other => StoreError::Migration { why: other.to_string() },
    })?;
    // A store without what it is born with is none: it comes with the tables or not at all.
    super::meta::found_store(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

fn migrator(dialect: Dialect) -> Migrator {
    let migrations = MIGRATIONS
        .iter()
        .map(|&(version, name, sqlite, postgres)| {
            let sql = match dialect {
                Dialect::Sqlite => sqlite,
                Dialect::Postgres => postgres,
            };
            Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    let mut migrator = Migrator::with_migrations(migrations);
    // The migrator's own lock belongs to the session: behind a pooler the next statement may be another session's.
    migrator.set_locking(false);
    migrator
}
