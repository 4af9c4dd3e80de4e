//! Puts the files of `init` where they belong: all of them or none, and never over anything.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::plan::{File, Privacy};

/// What was made so far; undone when it is dropped before [`Placed::keep`].
#[derive(Debug, Default)]
pub(super) struct Placed {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Placed {
    /// It stays.
    pub(super) fn keep(mut self) {
        self.files.clear();
        self.folders.clear();
    }

    /// Makes a folder and those above it that are missing.
    pub(super) fn folder(&mut self, folder: &Path, privacy: Privacy) -> io::Result<()> {
        if folder.as_os_str().is_empty() || folder.is_dir() {
            return Ok(());
        }
        if let Some(above) = folder.parent() {
            self.folder(above, Privacy::Everybody)?;
        }
        let mode = if privacy == Privacy::OwnerOnly { 0o700 } else { 0o755 };
        fs::DirBuilder::new().mode(mode).create(folder)?;
        self.folders.push(folder.to_owned());
        Ok(())
    }

    /// Writes a file that is not there yet, and what of its folder is missing.
    pub(super) fn file(&mut self, root: &Path, file: &File) -> io::Result<()> {
        let path = root.join(file.path);
        if let Some(folder) = path.parent() {
            self.folder(folder, file.privacy)?;
        }
        let mode = if file.privacy == Privacy::OwnerOnly { 0o600 } else { 0o644 };
        let mut open = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path)?;
        self.files.push(path);
        open.write_all(file.text.as_bytes())?;
        open.sync_all()
    }

    /// Also to be undone: the store, which another hand makes.
    pub(super) fn expect(&mut self, store: &Path) {
        for ending in ["", "-wal", "-shm"] {
            let mut name = store.as_os_str().to_owned();
            name.push(ending);
            self.files.push(name.into());
        }
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        // What cannot be removed stays; the failure that led here is told anyway.
        for file in self.files.iter().rev() {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Those of the paths at which something stands already.
pub(super) fn in_the_way(root: &Path, paths: &[&str]) -> Vec<PathBuf> {
    paths.iter().map(|path| root.join(path)).filter(|path| fs::symlink_metadata(path).is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &'static str) -> File {
        File { path, text: "x".into(), privacy: Privacy::Everybody }
    }

    #[test]
    fn what_is_not_kept_leaves_nothing_behind() {
        let root = tempfile::tempdir().expect("a folder");
        let below = root.path().join("văn phòng/moi");
        let mut placed = Placed::default();
        placed.folder(&below, Privacy::Everybody).expect("made");
        placed.file(&below, &file("du-lieu/a.toml")).expect("written");
        drop(placed);
        assert_eq!(fs::read_dir(root.path()).expect("readable").count(), 0);
    }

    #[test]
    fn a_file_that_is_there_stays_as_it_is() {
        let root = tempfile::tempdir().expect("a folder");
        fs::write(root.path().join("b"), "mine").expect("written");
        let mut placed = Placed::default();
        placed.file(root.path(), &file("a")).expect("written");
        assert!(placed.file(root.path(), &file("b")).is_err());
        drop(placed);
        assert!(!root.path().join("a").exists());
        assert_eq!(fs::read_to_string(root.path().join("b")).expect("there"), "mine");
    }
}
