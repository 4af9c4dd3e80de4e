//! The folder a demo leaves behind: complete, or not at all.

use std::io;
use std::path::{Path, PathBuf};

/// Says that a folder was left by a demo and may be made anew.
const MARK: &str = ".dondoc-demo";

/// A folder under another name until the demo is over. Dropped before, it takes itself away.
#[derive(Debug)]
pub struct Folder {
    working: PathBuf,
    wanted: PathBuf,
    kept: bool,
}

/// Why there is no folder to work in.
#[derive(Debug)]
pub enum FolderError {
    /// Something that is no demo stands there.
    Taken(PathBuf),
    /// The system refused.
    Io(PathBuf, io::Error),
}

impl Folder {
    /// A working folder beside `wanted`, on the same file system, so that it can take its place in one step.
    ///
    /// # Errors
    /// [`FolderError::Taken`] when `wanted` holds something else than an earlier demo or nothing.
    pub fn new(wanted: &Path) -> Result<Self, FolderError> {
        if !may_be_replaced(wanted) {
            return Err(FolderError::Taken(wanted.to_owned()));
        }
        let name = wanted.file_name().map_or_else(|| "dondoc-demo".into(), std::ffi::OsStr::to_os_string);
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}", std::process::id()));
        let working = wanted.with_file_name(hidden);
        let refused = |error| FolderError::Io(working.clone(), error);
        std::fs::create_dir(&working).map_err(refused)?;
        let folder = Self { working: working.clone(), wanted: wanted.to_owned(), kept: false };
        std::fs::write(working.join(MARK), "").map_err(refused)?;
        Ok(folder)
    }

    /// Where files are written while the demo runs.
    pub fn path(&self) -> &Path {
        &self.working
    }

    /// Gives the folder its name; an earlier demo of that name goes.
    ///
    /// # Errors
    /// When the system refuses; the folder then takes itself away.
    pub fn keep(mut self) -> Result<PathBuf, FolderError> {
        let refused = |error| FolderError::Io(self.wanted.clone(), error);
        if self.wanted.join(MARK).exists() {
            std::fs::remove_dir_all(&self.wanted).map_err(refused)?;
        } else if self.wanted.exists() {
            // Empty, as was looked at before; else this refuses.
            std::fs::remove_dir(&self.wanted).map_err(refused)?;
        }
        std::fs::rename(&self.working, &self.wanted).map_err(refused)?;
        self.kept = true;
        Ok(self.wanted.clone())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept {
            // Nobody is left to be told; what stays is a hidden folder with a mark.
            let _ = std::fs::remove_dir_all(&self.working);
        }
    }
}

fn may_be_replaced(wanted: &Path) -> bool {
    match std::fs::read_dir(wanted) {
        Ok(mut entries) => wanted.join(MARK).is_file() || entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}
