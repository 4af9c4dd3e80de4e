//! The ballast: a file beside the store that holds nothing but space. When the disk is full it is thrown away, so that what is
//! on the wire can still be recorded while somebody makes room.

use std::path::PathBuf;

use super::place::Where;

/// How much space it holds; enough for hours of records of an office.
pub const BALLAST_BYTES: u64 = 16 << 20;

fn file(place: &Where) -> Option<PathBuf> {
    place.beside("ballast")
}

/// Lays it, unless it lies there. Where there is not as much space again it is left out: a disk so small is watched by the
/// alarm alone.
///
/// # Errors
/// What the system said; nothing of it stays then.
pub(super) fn lay(place: &Where) -> std::io::Result<()> {
    let Some(file) = file(place) else { return Ok(()) };
    if std::fs::metadata(&file).is_ok_and(|found| found.len() == BALLAST_BYTES) {
        return Ok(());
    }
    let made = std::fs::File::create(&file)?;
    let space = rustix::fs::fstatvfs(&made)?;
    let laid = if space.f_bavail.saturating_mul(space.f_frsize) < 2 * BALLAST_BYTES {
        Err(std::io::ErrorKind::StorageFull.into())
    } else {
        rustix::fs::fallocate(&made, rustix::fs::FallocateFlags::empty(), 0, BALLAST_BYTES).map_err(std::io::Error::from)
    };
    if laid.is_err() {
        std::fs::remove_file(&file)?;
    }
    laid
}

/// Throws it away; whether there was any.
pub(super) fn throw(place: &Where) -> bool {
    file(place).is_some_and(|file| std::fs::remove_file(file).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_laid_once_and_thrown_away_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = Where::Sqlite(folder.path().join("dondoc.db"));
        for _ in 0..2 {
            lay(&place).expect("a disk with space");
        }
        let laid = std::fs::metadata(folder.path().join("dondoc.db.ballast")).expect("it lies there");
        assert_eq!(laid.len(), BALLAST_BYTES);
        assert!(throw(&place) && !throw(&place));
        assert!(lay(&Where::Postgres("postgres://db/x".into())).is_ok(), "a database server keeps its own");
    }
}
