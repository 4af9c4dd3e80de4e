//! The lock file of the daemon: whoever holds it is the only incarnation on an SQLite store.

use std::fs::{File, OpenOptions, TryLockError};

use super::error::StoreError;
use super::place::Where;

/// Held while the daemon lives; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct DaemonLock {
    /// `None` on PostgreSQL, where every replica is a daemon.
    _file: Option<File>,
}

impl DaemonLock {
    /// Takes `FILE.lock` beside the store.
    ///
    /// # Errors
    /// [`StoreError::AnotherDaemon`] when it is held.
    pub fn take(place: &Where) -> Result<Self, StoreError> {
        let Some(path) = place.beside("lock") else { return Ok(Self { _file: None }) };
        let failed = |source| StoreError::File {
            deed: "take the lock file",
            place: path.display().to_string(),
            source,
            mend: "this user must be able to write to the store's folder",
        };
        super::pools::make_folder(place)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(StoreError::AnotherDaemon { place: place.to_string() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_daemon_is_refused_until_the_first_lets_go() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = Where::Sqlite(folder.path().join("dondoc.db"));
        let first = DaemonLock::take(&place).expect("nobody holds it");
        let refused = DaemonLock::take(&place).expect_err("it is held");
        assert!(matches!(refused, StoreError::AnotherDaemon { .. }), "{refused}");
        assert_eq!(refused.exit_code(), 75);
        drop(first);
        DaemonLock::take(&place).expect("it is free again");
    }
}
