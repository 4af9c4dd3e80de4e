//! The file of an SQLite store, looked at from outside.

use std::path::Path;

use sqlx::Connection as _;

/// Runs a statement on the file and returns the first column of its first row.
pub fn ask(file: &Path, sql: &'static str) -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite://{}?mode=rw", file.display());
        let mut connection = sqlx::AnyConnection::connect(&url).await.expect("the store");
        let answer: String = sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect(sql);
        connection.close().await.expect("a connection of our own");
        answer
    })
}

/// "ok", or what is broken.
pub fn integrity(file: &Path) -> String {
    ask(file, "PRAGMA integrity_check")
}
