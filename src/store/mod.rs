//! Floor 2: durable facts, outbox and journal, in SQLite or PostgreSQL, one SQL text through `sqlx::Any`.
//!
//! Columns are BIGINT and TEXT only, placeholders `$1`; what differs is in [`dialect`]. Functions that read or write take
//! `&mut sqlx::AnyConnection`, so that they join the transaction of the caller; `&mut Tx` coerces to it. A writing
//! transaction comes from [`Store::begin`] and nowhere else: a bare `begin()` upgrades late and then fails on SQLite. What is asked
//! often writes `LIMIT CAST($1 AS BIGINT)`: at a bare place SQLite plans by the number bound there, and compiles anew at each run.

pub mod acceptance;
pub mod against;
pub mod aid;
pub mod assignments;
mod ballast;
pub mod batch;
pub mod bearings;
pub mod carried;
pub mod copy;
pub mod corrections;
pub mod dialect;
pub mod dialogue;
pub mod directory;
pub mod dispatches;
pub mod entries;
pub mod error;
pub mod gathered;
mod granted;
pub mod guards;
pub mod house;
pub mod import;
pub mod incarnations;
mod items;
pub mod journal;
mod keys;
pub mod lease;
pub mod link;
pub mod links;
mod listed;
pub mod lock;
pub mod messages;
pub mod meta;
mod mounts;
pub mod naming;
pub mod outbox;
pub mod parcels;
pub mod parts;
mod place;
pub mod poke;
mod pools;
pub mod queries;
pub mod quotes;
pub mod replies;
pub mod rewind;
pub mod rows;
pub mod schema;
pub mod sent;
pub mod sent_log;
pub mod series;
pub mod stale;
pub mod stock;
pub mod storms;
pub mod tally;
pub mod telegram;
pub mod timeline;
pub mod transfer;
pub mod trial;
mod turns;
pub mod units;
pub mod verify;
pub mod wakes;
pub mod works;

use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::Arc;

use sqlx::{AnyPool, Connection as _};

use crate::fault;

pub use dialect::Dialect;
pub use error::StoreError;
pub use lock::DaemonLock;
pub use place::Where;
pub use poke::{PokeListener, poke};

/// A transaction. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub struct Tx {
    open: sqlx::Transaction<'static, sqlx::Any>,
    /// Once they were asked for.
    bearings: Option<Arc<bearings::Bearings>>,
}

impl Tx {
    fn new(open: sqlx::Transaction<'static, sqlx::Any>) -> Self {
        Self { open, bearings: None }
    }

    /// Makes what was written last.
    ///
    /// # Errors
    /// When the database does not say that it did; it may have done so all the same.
    #[track_caller]
    pub fn commit(self) -> impl Future<Output = Result<(), sqlx::Error>> + Send {
        let place = Location::caller();
        async move {
            fault::reach("before-commit", place).await;
            self.open.commit().await?;
            fault::reach("after-commit", place).await;
            Ok(())
        }
    }

    /// Takes back what was written, now.
    ///
    /// # Errors
    /// When the database does not say that it did; nothing stays all the same.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.open.rollback().await
    }
}

impl Deref for Tx {
    type Target = sqlx::AnyConnection;

    fn deref(&self) -> &Self::Target {
        &self.open
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.open
    }
}

/// An open store; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    place: Where,
    dialect: Dialect,
    write: AnyPool,
    read: AnyPool,
    trust: Arc<aid::Trust>,
    /// Removed with the last clone; `None` for a store that stays.
    _scratch: Option<pools::ScratchFolder>,
}

impl Store {
    /// Opens a store for `run`, `import`, `demo` and `init`: creates it when there is none, migrates it when it is older.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] without writing anything; else what hinders, with the mend.
    pub async fn create(place: &Where) -> Result<Self, StoreError> {
        pools::make_folder(place)?;
        match Self::prepared(place.clone(), pools::Durability::Full, None).await {
            // A start needs a little space as well.
            Err(StoreError::DiskFull) if ballast::throw(place) => {
                Self::prepared(place.clone(), pools::Durability::Full, None).await
            }
            prepared => prepared,
        }
    }

    /// Opens a store that exists, for every other command; never creates or migrates.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none.
    pub async fn open(place: &Where) -> Result<Self, StoreError> {
        if let Where::Sqlite(file) = place
            && !pools::exists(file)?
        {
            return Err(StoreError::Missing { place: place.to_string() });
        }
        let dialect = place.dialect();
        let readers = pools::Door::readers(place, dialect)?;
        let found = match version(place, &readers).await {
            // What died in the middle of a write has to be taken back first, and who only reads may not do that.
            Err(StoreError::ReadOnly) => {
                version(place, &pools::Door::writer(place, dialect, pools::Durability::Full)?).await?;
                version(place, &readers).await?
            }
            found => found?,
        };
        match found {
            None => Err(StoreError::Missing { place: place.to_string() }),
            Some(found) if found < schema::KNOWN => Err(StoreError::OlderSchema { found, known: schema::KNOWN }),
            Some(_) => {
                let writer = pools::Door::writer(place, dialect, pools::Durability::Full)?;
                Ok(Self::new(place.clone(), &writer, &readers, None))
            }
        }
    }

    /// An empty SQLite store in a folder of its own that is deleted with the last clone; for simulation and tests. It
    /// does not wait for the disk.
    ///
    /// # Errors
    /// When the folder for temporary files cannot be written.
    pub async fn scratch() -> Result<Self, StoreError> {
        let folder = pools::ScratchFolder::new()?;
        let place = Where::Sqlite(folder.file());
        Self::prepared(place, pools::Durability::None, Some(folder)).await
    }

    /// Begins a writing transaction: `BEGIN IMMEDIATE` on SQLite, on PostgreSQL `BEGIN` and its turn at the head of the
    /// journal. One at a time in all processes on the store; never await anything but the store while it is open. Dropping
    /// the future loses nothing.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another process writes for longer than 10 s, [`StoreError::Lost`] when no connection could be had in 15 s.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let store = self.clone();
        whole(async move { store.begin_in_turn().await }).await
    }

    /// Writes one value for people to read, by which nothing is decided: one statement, out of turn.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn note(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.settle_doubt().await?;
        meta::set(&mut *self.0.write.acquire().await?, key, value).await
    }

    async fn begin_in_turn(self) -> Result<Tx, StoreError> {
        let dialect = self.0.dialect;
        self.settle_doubt().await?;
        let begun = self.0.write.begin_with(dialect.begin()).await;
        let mut tx = Tx::new(begun.map_err(|error| pools::unreachable(&self.0.place, error))?);
        // Not one text with `BEGIN`: the driver takes back only what it knows to have begun.
        if let Some(turn) = dialect.take_turn() {
            sqlx::raw_sql(turn).execute(&mut *tx).await?;
        }
        Ok(tx)
    }

    /// Begins a reading transaction that sees one state throughout; it holds up no writer. Dropping the future loses
    /// nothing.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn snapshot(&self) -> Result<Tx, StoreError> {
        let store = self.clone();
        whole(async move {
            let begun = store.0.read.begin_with(store.0.dialect.begin_snapshot()).await;
            begun.map(Tx::new).map_err(|error| pools::unreachable(&store.0.place, error))
        })
        .await
    }

    /// A connection beside the pools, for what must not wait behind other work. Whoever gives up waiting for its answer
    /// drops it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn own_connection(&self) -> Result<sqlx::AnyConnection, StoreError> {
        pools::Door::writer(&self.0.place, self.0.dialect, pools::Durability::Full)?.knock().await
    }

    /// The pool for reading; it refuses to write.
    pub fn read(&self) -> &AnyPool {
        &self.0.read
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        self.0.dialect
    }

    /// Where it is.
    pub fn place(&self) -> &Where {
        &self.0.place
    }

    /// The nightly tidying of SQLite: statistics for its query planner, the write-ahead log emptied into the file, the file
    /// checked, and space set aside for when the disk is full. A log that somebody still reads stays for the next night.
    /// PostgreSQL does all of it by itself.
    ///
    /// # Errors
    /// When the store cannot be written, or is damaged.
    pub async fn tidy(&self) -> Result<(), StoreError> {
        self.check_file().await?;
        if self.0.dialect == Dialect::Sqlite {
            self.lay_ballast().await;
            let mut connection = self.0.write.acquire().await?;
            sqlx::raw_sql("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);").execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Closes every connection; what was begun and not committed is rolled back. The file of an SQLite store then holds everything:
    /// whoever closes it last empties its log into it and removes it. That has to be the writer, for a reader may not.
    pub async fn close(&self) {
        self.0.read.close().await;
        if self.0.dialect == Dialect::Sqlite && self.0.write.size() > 0 {
            // Another process may still have it open and be the last.
            match self.0.write.acquire().await {
                Ok(mut writer) => {
                    if let Err(error) = sqlx::raw_sql("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut *writer).await {
                        tracing::warn!(%error, "the write-ahead log stays beside the store; it belongs to it");
                    }
                }
                Err(error) => tracing::warn!(%error, "the write-ahead log stays beside the store; it belongs to it"),
            }
        }
        self.0.write.close().await;
    }

    /// Looks first, so that a newer store is not touched; then migrates and writes once, so that a store that cannot be
    /// written is found here and not in the middle of the work.
    async fn prepared(
        place: Where,
        durability: pools::Durability,
        scratch: Option<pools::ScratchFolder>,
    ) -> Result<Self, StoreError> {
        let dialect = place.dialect();
        let writer = pools::Door::writer(&place, dialect, durability)?;
        let mut connection = writer.knock().await?;
        let found = look(&place, &mut connection).await?;
        if found.is_none_or(|found| found < schema::KNOWN) {
            if let Some(found) = found.filter(|found| *found > 0) {
                schema::keep_older(&place, &mut connection, found).await?;
            }
            schema::migrate(&mut connection).await?;
        }
        let mut tx = connection.begin_with(dialect.begin()).await?;
        meta::found_store(&mut tx).await?;
        tx.commit().await?;
        connection.close().await?;
        let readers = pools::Door::readers(&place, dialect)?;
        Ok(Self::new(place, &writer, &readers, scratch))
    }

    fn new(place: Where, writer: &pools::Door, readers: &pools::Door, scratch: Option<pools::ScratchFolder>) -> Self {
        let (dialect, trust) = (place.dialect(), Arc::<aid::Trust>::default());
        let (write, read) = (writer.pool(&trust), readers.pool(&trust));
        Self(Arc::new(Inner { place, dialect, write, read, trust, _scratch: scratch }))
    }
}

/// Runs to its end even when the caller is dropped. A `BEGIN` cut short on PostgreSQL would leave its connection in the
/// pool in a transaction that the driver does not know of (sqlx 0.9.0).
async fn whole<T: Send + 'static>(work: impl Future<Output = Result<T, StoreError>> + Send + 'static) -> Result<T, StoreError> {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends.
            Err(_) => Err(StoreError::Busy),
        },
    }
}

/// The version of the store behind that door.
async fn version(place: &Where, door: &pools::Door) -> Result<Option<i64>, StoreError> {
    let mut connection = door.knock().await?;
    let found = look(place, &mut connection).await?;
    connection.close().await?;
    Ok(found)
}

/// The version of the store behind that connection; `None` when there is none yet.
async fn look(place: &Where, connection: &mut sqlx::AnyConnection) -> Result<Option<i64>, StoreError> {
    pools::refuse_old_sqlite(connection).await?;
    match schema::found(connection).await? {
        schema::Found::Nothing => Ok(None),
        schema::Found::Foreign => Err(StoreError::NotAStore { place: place.to_string() }),
        schema::Found::Version(found) if found > schema::KNOWN => Err(StoreError::NewerSchema { found, known: schema::KNOWN }),
        schema::Found::Version(found) => Ok(Some(found)),
    }
}

#[cfg(test)]
mod tests;
