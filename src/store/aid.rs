//! First aid: what the daemon can do by itself about an SQLite store that fails.
//!
//! After an error of the disk no open handle is believed any more: SQLite may hold for written what never reached the disk.
//! They are closed, the file is opened anew, and nothing is written before its check found it sound. A file that is damaged is
//! kept as it is, and nothing is sent: without a record there is no mail.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::StoreError;
use super::{Dialect, Store, ballast};

/// What was done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aid {
    /// There is nothing to be done but to try again.
    None,
    /// The ballast was thrown away: there is some space again.
    Space,
    /// Every handle is closed; the file is checked before the next record.
    Reopened,
}

/// Whether the open handles of a file are believed.
#[derive(Debug, Default)]
pub(super) struct Trust(Mutex<Doubt>);

#[derive(Debug, Default)]
struct Doubt {
    /// Handles that are older are closed.
    since: Option<Instant>,
    /// The file has not been checked since.
    is_unchecked: bool,
}

impl Trust {
    /// Whether a handle of that age may be used.
    pub(super) fn is_believed(&self, age: Duration) -> bool {
        self.doubt().since.is_none_or(|since| age < since.elapsed())
    }

    fn doubt(&self) -> MutexGuard<'_, Doubt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// What can be done about that failure is done.
    pub fn aid(&self, error: &StoreError) -> Aid {
        match error {
            StoreError::DiskFull if ballast::throw(&self.0.place) => Aid::Space,
            StoreError::Disk { .. } | StoreError::Corrupt { .. } if self.0.dialect == Dialect::Sqlite => {
                let mut doubt = self.0.trust.doubt();
                // A check that found it damaged is a failure of that sort, too; it is repeated at every attempt.
                let is_first = !doubt.is_unchecked;
                *doubt = Doubt { since: Some(Instant::now()), is_unchecked: true };
                if is_first { Aid::Reopened } else { Aid::None }
            }
            _ => Aid::None,
        }
    }

    /// Makes some space certain for when the disk is full. Without effect where that is not possible.
    pub async fn lay_ballast(&self) {
        let place = self.0.place.clone();
        let laid = tokio::task::spawn_blocking(move || ballast::lay(&place)).await;
        if let Ok(Err(error)) = laid {
            tracing::debug!(%error, "no space is set aside for when the disk is full");
        }
    }

    /// Checks the file when there is a doubt about it. Nothing is written before.
    pub(super) async fn settle_doubt(&self) -> Result<(), StoreError> {
        if !self.0.trust.doubt().is_unchecked {
            return Ok(());
        }
        self.check_file().await?;
        self.0.trust.doubt().is_unchecked = false;
        tracing::info!("the store's file was opened anew, and its check found it sound");
        Ok(())
    }

    /// Reads the whole file of an SQLite store and checks its structure; PostgreSQL looks after its own.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with the first thing that is wrong.
    pub async fn check_file(&self) -> Result<(), StoreError> {
        self.found_sound_by("PRAGMA quick_check(1)").await
    }

    /// The same, and that every index and every reference is right: what two files that were mixed do not agree in.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with the first thing that is wrong.
    pub async fn check_thoroughly(&self) -> Result<(), StoreError> {
        self.found_sound_by("PRAGMA integrity_check(1)").await?;
        let loose =
            "SELECT COALESCE((SELECT 'a row of ' || \"table\" || ' names one that is not there' FROM pragma_foreign_key_check
                     LIMIT 1), 'ok')";
        self.found_sound_by(loose).await
    }

    async fn found_sound_by(&self, check: &'static str) -> Result<(), StoreError> {
        if self.0.dialect != Dialect::Sqlite {
            return Ok(());
        }
        let mut connection = self.0.read.acquire().await?;
        let found: String = sqlx::query_scalar(check).fetch_one(&mut *connection).await?;
        if found == "ok" { Ok(()) } else { Err(StoreError::Corrupt { why: found.replace('\n', " ") }) }
    }
}
