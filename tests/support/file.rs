//! A store, looked at and changed from outside.

use std::path::Path;

use sqlx::{AnyConnection, Connection as _};

/// Lets something be done with a connection of its own to the store at that address.
pub fn connected<T>(url: &str, does: impl AsyncFnOnce(&mut AnyConnection) -> T) -> T {
    sqlx::any::install_default_drivers();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut connection = AnyConnection::connect(url).await.expect("the store");
        let done = does(&mut connection).await;
        connection.close().await.expect("a connection of our own");
        done
    })
}

/// The address of an SQLite file; `rw`, or `rwc` for one that is to be made.
pub fn url(file: &Path, mode: &str) -> String {
    format!("sqlite://{}?mode={mode}", file.display())
}

/// Runs a statement on the file and returns the first column of its first row.
pub fn ask(file: &Path, sql: &'static str) -> String {
    connected(&url(file, "rw"), async |connection| sqlx::query_scalar(sql).fetch_one(connection).await.expect(sql))
}

/// "ok", or what is broken.
pub fn integrity(file: &Path) -> String {
    ask(file, "PRAGMA integrity_check")
}
