//! Where a store is, and how it is printed without its password.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::dialect::Dialect;
use super::error::StoreError;

/// Where a store is. Prints without the password of a URL.
#[derive(Clone, PartialEq, Eq)]
pub enum Where {
    /// A file.
    Sqlite(PathBuf),
    /// A `postgres://` URL.
    Postgres(String),
}

impl Where {
    /// Which database it is.
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// The file beside an SQLite store with that ending: `FILE.lock`, `FILE.poke`.
    pub fn beside(&self, ending: &str) -> Option<PathBuf> {
        let Self::Sqlite(file) = self else { return None };
        let mut name = OsString::from(file.as_os_str());
        name.push(".");
        name.push(ending);
        Some(PathBuf::from(name))
    }

    /// The URL the driver takes.
    pub(super) fn url(&self, mode: &str) -> Result<String, StoreError> {
        match self {
            Self::Sqlite(file) => Ok(format!("sqlite://{}?mode={mode}", percent(&absolute(file)?)?)),
            Self::Postgres(url) => {
                url::Url::parse(url).map_err(|why| StoreError::BadUrl { why: why.to_string() })?;
                Ok(url.clone())
            }
        }
    }
}

/// The names in that folder, new and changed ones, outlive a power cut from here on, where its file system knows how.
pub(super) fn keep_names(folder: &Path) -> std::io::Result<()> {
    match std::fs::File::open(folder)?.sync_all() {
        // Some of those that come over a network have nothing to be synced in a folder; a daemon starts on them all the same.
        Err(error) if matches!(error.kind(), std::io::ErrorKind::InvalidInput | std::io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "{}", file.display()),
            Self::Postgres(text) => match url::Url::parse(text) {
                Ok(mut url) => {
                    // The query may hold a password as well; neither setter fails on a URL with a host.
                    let _ = url.set_password(None);
                    url.set_query(None);
                    url.set_fragment(None);
                    write!(f, "{url}")
                }
                Err(_) => f.write_str("postgres://…"),
            },
        }
    }
}

impl fmt::Debug for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Where({self})")
    }
}

fn absolute(file: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(file).map_err(|source| StoreError::File {
        deed: "find",
        place: file.display().to_string(),
        source,
        mend: "name a file in [store] url",
    })
}

fn percent(file: &Path) -> Result<String, StoreError> {
    let Some(text) = file.to_str() else {
        return Err(StoreError::File {
            deed: "use",
            place: file.display().to_string(),
            source: std::io::ErrorKind::InvalidFilename.into(),
            mend: "name a file whose path is UTF-8 text",
        });
    };
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    Ok(out)
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        for url in ["postgres://u:geheim@db/x", "postgres://u@db/x?password=geheim", "postgres://u:geheim@:bad:/x"] {
            let place = Where::Postgres(url.into());
            assert!(!format!("{place} {place:?}").contains("geheim"), "{place:?}");
        }
        let bad = Where::Postgres("postgres://u:geheim@h:99999/x".into()).url("rw").expect_err("the port is too large");
        assert!(!format!("{bad} {bad:?}").contains("geheim"), "{bad:?}");
    }

    #[test]
    fn odd_characters_of_a_path_survive_the_url() {
        let url = Where::Sqlite("/tmp/kho đôn đốc?100%#.db".into()).url("rw").expect("a plain path");
        assert_eq!(url, "sqlite:///tmp/kho%20%C4%91%C3%B4n%20%C4%91%E1%BB%91c%3F100%25%23.db?mode=rw");
    }
}
