//! Floor 2: durable facts, outbox and journal, in SQLite or PostgreSQL, one SQL text through `sqlx::Any`.
//!
//! Columns are BIGINT and TEXT only, placeholders `$1`; what differs is in [`dialect`]. Functions that read or write take
//! `&mut sqlx::AnyConnection`, so that they join the transaction of the caller; `&mut Tx` coerces to it. A writing
//! transaction comes from [`Store::begin`] and nowhere else: a bare `begin()` upgrades late and then fails on SQLite.

pub mod dialect;
pub mod error;
pub mod journal;
pub mod lock;
pub mod meta;
mod place;
pub mod poke;
mod pools;
mod rows;
pub mod schema;

use std::sync::Arc;

use sqlx::AnyPool;

pub use dialect::Dialect;
pub use error::StoreError;
pub use lock::DaemonLock;
pub use place::Where;
pub use poke::{PokeListener, poke};

/// A writing transaction. Dropped without [`Tx::commit`](sqlx::Transaction::commit), it is rolled back.
pub type Tx = sqlx::Transaction<'static, sqlx::Any>;

/// An open store; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    place: Where,
    dialect: Dialect,
    write: AnyPool,
    read: AnyPool,
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
        let store = Self::connect(place.clone(), pools::Durability::Full, None)?;
        store.prepare().await?;
        Ok(store)
    }

    /// Opens a store that exists, for every other command; never creates or migrates.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none.
    pub async fn open(place: &Where) -> Result<Self, StoreError> {
        let missing = || StoreError::Missing { place: place.to_string() };
        if let Where::Sqlite(file) = place
            && !pools::exists(file)?
        {
            return Err(missing());
        }
        let store = Self::connect(place.clone(), pools::Durability::Full, None)?;
        let mut connection = store.read().acquire().await.map_err(|error| pools::unreachable(place, error))?;
        pools::refuse_old_sqlite(&mut connection).await?;
        match schema::found(&mut connection).await? {
            schema::Found::Nothing => Err(missing()),
            schema::Found::Foreign => Err(StoreError::NotAStore { place: place.to_string() }),
            schema::Found::Version(found) if found > schema::KNOWN => {
                Err(StoreError::NewerSchema { found, known: schema::KNOWN })
            }
            schema::Found::Version(found) if found < schema::KNOWN => {
                Err(StoreError::OlderSchema { found, known: schema::KNOWN })
            }
            schema::Found::Version(_) => {
                drop(connection);
                Ok(store)
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
        let store = Self::connect(place, pools::Durability::None, Some(folder))?;
        store.prepare().await?;
        Ok(store)
    }

    /// Begins a writing transaction: `BEGIN IMMEDIATE` on SQLite, `BEGIN` on PostgreSQL. One at a time in this process;
    /// never await anything but the store while it is open.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another process writes for longer than 10 s.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let begun = self.0.write.begin_with(self.0.dialect.begin()).await;
        begun.map_err(|error| pools::unreachable(&self.0.place, error))
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

    /// Closes every connection; what was begun and not committed is rolled back.
    pub async fn close(&self) {
        self.0.write.close().await;
        self.0.read.close().await;
    }

    fn connect(place: Where, durability: pools::Durability, scratch: Option<pools::ScratchFolder>) -> Result<Self, StoreError> {
        let dialect = match place {
            Where::Sqlite(_) => Dialect::Sqlite,
            Where::Postgres(_) => Dialect::Postgres,
        };
        let write = pools::writer(&place, dialect, durability)?;
        let read = pools::readers(&place, dialect)?;
        Ok(Self(Arc::new(Inner { place, dialect, write, read, _scratch: scratch })))
    }

    /// Looks first, so that a newer store is not touched; then migrates and writes once, so that a store that cannot be
    /// written is found here and not in the middle of the work.
    async fn prepare(&self) -> Result<(), StoreError> {
        let place = &self.0.place;
        let mut connection = self.0.write.acquire().await.map_err(|error| pools::unreachable(place, error))?;
        pools::refuse_old_sqlite(&mut connection).await?;
        match schema::found(&mut connection).await? {
            schema::Found::Foreign => return Err(StoreError::NotAStore { place: place.to_string() }),
            schema::Found::Version(found) if found > schema::KNOWN => {
                return Err(StoreError::NewerSchema { found, known: schema::KNOWN });
            }
            schema::Found::Version(found) if found == schema::KNOWN => {}
            schema::Found::Nothing | schema::Found::Version(_) => schema::migrate(&mut connection).await?,
        }
        drop(connection);
        let mut tx = self.begin().await?;
        meta::found_store(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
