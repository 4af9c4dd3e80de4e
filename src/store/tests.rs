//! Opening, refusing, two writers.

use sqlx::{Connection as _, Executor as _};

use super::*;

fn file(folder: &tempfile::TempDir) -> Where {
    Where::Sqlite(folder.path().join("dondoc.db"))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

async fn set(store: &Store, key: &str, value: &str) {
    let mut tx = store.begin().await.expect("nobody else writes");
    meta::set(&mut tx, key, value).await.expect("a plain write");
    tx.commit().await.expect("committed");
}

async fn get(store: &Store, key: &str) -> Option<String> {
    let mut connection = store.read().acquire().await.expect("a reader");
    meta::get(&mut connection, key).await.expect("a plain read")
}

#[tokio::test]
async fn a_store_keeps_what_was_committed_and_its_id() {
    let folder = folder();
    let store = Store::create(&file(&folder)).await.expect("a fresh folder");
    let id = get(&store, meta::STORE_ID).await.expect("born with an id");
    set(&store, "x", "1").await;
    store.close().await;
    let again = Store::create(&file(&folder)).await.expect("it exists");
    assert_eq!(get(&again, meta::STORE_ID).await, Some(id.clone()));
    let opened = Store::open(&file(&folder)).await.expect("it exists");
    assert_eq!(get(&opened, meta::STORE_ID).await, Some(id));
    assert_eq!(get(&opened, "x").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_path_with_odd_characters_is_one_file() {
    let folder = folder();
    let path = folder.path().join("kho đôn đốc?x=1#2%20.db");
    Store::create(&Where::Sqlite(path.clone())).await.expect("a legal file name");
    assert!(path.is_file(), "{:?}", std::fs::read_dir(folder.path()).expect("readable").collect::<Vec<_>>());
}

#[tokio::test]
async fn opening_never_creates() {
    let folder = folder();
    let missing = Store::open(&file(&folder)).await.expect_err("nothing is there");
    assert!(missing.to_string().contains("run `dondoc import` or `dondoc run` first"), "{missing}");
    assert_eq!(missing.exit_code(), 1);
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0);
    std::fs::write(folder.path().join("dondoc.db"), "").expect("writable");
    let empty = Store::open(&file(&folder)).await.expect_err("an empty file is no store");
    assert!(matches!(empty, StoreError::Missing { .. }), "{empty}");
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_named_in_the_error() {
    let folder = folder();
    std::fs::write(folder.path().join("data"), "").expect("writable");
    let place = Where::Sqlite(folder.path().join("data/dondoc.db"));
    let created = Store::create(&place).await.expect_err("data is a file");
    assert!(matches!(created, StoreError::File { .. }), "{created}");
    assert!(created.to_string().contains("data"), "{created}");
    let opened = Store::open(&place).await.expect_err("data is a file");
    assert!(matches!(opened, StoreError::Missing { .. }), "{opened}");
}

#[tokio::test]
async fn a_place_that_takes_no_files_is_a_clear_error_even_for_root() {
    let refused = Store::create(&Where::Sqlite("/proc/dondoc.db".into())).await.expect_err("/proc takes no files");
    let text = refused.to_string();
    assert!(text.contains("/proc/dondoc.db") && text.contains("writable"), "{text}");
}

#[tokio::test]
async fn a_read_only_folder_is_a_clear_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).expect("ours");
    if std::fs::write(folder.path().join("probe"), "").is_ok() {
        // Permissions do not bind root; the /proc test above stands for this one then.
        eprintln!("skipped: permissions do not bind this user");
        return;
    }
    let refused = Store::create(&file(&folder)).await.expect_err("nothing can be written there");
    assert!(refused.to_string().contains("writable"), "{refused}");
}

#[tokio::test]
async fn a_store_written_by_a_newer_dondoc_is_left_alone() {
    let folder = folder();
    let store = Store::create(&file(&folder)).await.expect("a fresh folder");
    let mut tx = store.begin().await.expect("nobody else writes");
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 SELECT 99, 'later', success, checksum, 1 FROM _sqlx_migrations WHERE version = 1";
    sqlx::raw_sql(newer).execute(&mut *tx).await.expect("a row of a later migration");
    tx.commit().await.expect("committed");
    store.close().await;
    let before = std::fs::read(folder.path().join("dondoc.db")).expect("readable");
    for refused in [Store::create(&file(&folder)).await, Store::open(&file(&folder)).await] {
        let refused = refused.expect_err("99 is newer than this binary");
        assert!(matches!(refused, StoreError::NewerSchema { found: 99, known: schema::KNOWN }), "{refused}");
        assert_eq!(refused.exit_code(), 78);
    }
    assert_eq!(std::fs::read(folder.path().join("dondoc.db")).expect("readable"), before);
}

#[tokio::test]
async fn a_foreign_database_and_a_file_that_is_none_are_refused() {
    let folder = folder();
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("dondoc.db").display());
    let mut other = sqlx::AnyConnection::connect(&url).await.expect("a fresh file");
    other.execute("CREATE TABLE theirs (id BIGINT)").await.expect("a plain table");
    other.close().await.expect("closed");
    for refused in [Store::create(&file(&folder)).await, Store::open(&file(&folder)).await] {
        assert!(matches!(refused, Err(StoreError::NotAStore { .. })), "{refused:?}");
    }
    let text = Where::Sqlite(folder.path().join("notes.txt"));
    std::fs::write(folder.path().join("notes.txt"), "not a database at all, only a longer piece of text").expect("writable");
    for refused in [Store::create(&text).await, Store::open(&text).await] {
        assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn a_full_disk_says_so_and_keeps_what_was_committed() {
    let store = Store::scratch().await.expect("a scratch store");
    set(&store, "kept", "1").await;
    let mut tx = store.begin().await.expect("nobody else writes");
    // SQLite answers SQLITE_FULL at its own page limit as it does on a full disk.
    tx.execute("PRAGMA max_page_count = 1").await.expect("a limit");
    let full = meta::set(&mut tx, "big", &"x".repeat(1 << 20)).await.expect_err("there is no page left");
    assert!(matches!(full, StoreError::DiskFull), "{full}");
    drop(tx);
    assert_eq!(get(&store, "kept").await.as_deref(), Some("1"));
    assert_eq!(get(&store, "big").await, None);
    // The driver believes that transaction open for good; the next one is begun on another connection.
    set(&store, "later", "1").await;
}

#[tokio::test]
async fn readers_refuse_to_write() {
    let store = Store::scratch().await.expect("a scratch store");
    let mut reader = store.read().acquire().await.expect("a reader");
    let refused = meta::set(&mut reader, "x", "1").await.expect_err("readers do not write");
    assert!(matches!(refused, StoreError::ReadOnly), "{refused}");
}

#[tokio::test]
async fn two_writers_of_one_file_wait_for_each_other_and_lose_nothing() {
    let folder = folder();
    let first = Store::create(&file(&folder)).await.expect("a fresh folder");
    let second = Store::create(&file(&folder)).await.expect("the same file");
    let mut writers = tokio::task::JoinSet::new();
    for store in [first.clone(), second] {
        writers.spawn(async move {
            for _ in 0..50 {
                let mut tx = store.begin().await.expect("it waits");
                meta::raise_org_revision(&mut tx).await.expect("a plain write");
                tx.commit().await.expect("committed");
            }
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended.expect("no writer failed");
    }
    assert_eq!(get(&first, meta::ORG_REVISION).await.as_deref(), Some("100"));
}

#[tokio::test]
async fn a_writer_that_is_dropped_rolls_back_and_frees_the_connection() {
    let store = Store::scratch().await.expect("a scratch store");
    let mut tx = store.begin().await.expect("nobody else writes");
    meta::set(&mut tx, "x", "1").await.expect("a plain write");
    drop(tx);
    set(&store, "y", "1").await;
    assert_eq!(get(&store, "x").await, None);
}

#[tokio::test]
async fn two_processes_may_create_one_store_at_once() {
    // They meet while the journal mode is set, or do not: the more often, the surer.
    for _ in 0..8 {
        let folder = folder();
        let place = file(&folder);
        let (first, second) = tokio::join!(Store::create(&place), Store::create(&place));
        let (first, second) = (first.expect("created or found"), second.expect("created or found"));
        assert_eq!(get(&first, meta::STORE_ID).await, get(&second, meta::STORE_ID).await);
    }
}

#[tokio::test]
async fn a_scratch_store_leaves_nothing_behind() {
    let store = Store::scratch().await.expect("a scratch store");
    let Where::Sqlite(file) = store.place().clone() else { panic!("a scratch store is a file") };
    assert!(file.is_file());
    store.close().await;
    drop(store);
    assert!(!file.parent().expect("it lies in a folder").exists());
}

#[tokio::test]
async fn the_writer_waits_for_the_disk_and_everyone_for_ten_seconds() {
    let folder = folder();
    let store = Store::create(&file(&folder)).await.expect("a fresh folder");
    let mut tx = store.begin().await.expect("nobody else writes");
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *tx).await.expect("a pragma");
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *tx).await.expect("a pragma");
    let keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(&mut *tx).await.expect("a pragma");
    assert_eq!((mode.as_str(), synchronous, keys), ("wal", 2, 1));
    let busy: i64 = sqlx::query_scalar("PRAGMA busy_timeout").fetch_one(store.read()).await.expect("a pragma");
    assert_eq!(busy, 10_000);
}
