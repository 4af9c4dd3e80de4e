//! The marker in the state folder: which store lives here. A store whose marker is missing, or says another place, was copied or
//! restored; one in another file than the marker knows was put back.

use std::io::Write as _;
use std::path::Path;

use sqlx::AnyConnection;

use super::error::StoreError;
use super::parts;
use super::place::{Where, keep_names};

/// What nobody can tell.
const UNKNOWN: &str = "?";

/// The word for what has sent.
const SENT: &str = "yes";

/// Its name in the state folder.
pub const NAME: &str = "house.txt";

/// Where a store lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct House {
    /// The store's id.
    pub store: String,
    /// The machine, by its id; `?` where it has none.
    pub machine: String,
    /// Where the store is.
    pub place: String,
    /// When this very file was made, as the file system tells; a copy of it was made later. `?` where it does not tell.
    pub born: String,
    /// Which making of the database it is: [`making_of`].
    pub file: String,
    /// Whether anything has left: a store beside it that records no send was restored from before.
    pub has_sent: bool,
}

/// What the marker knows of the file in which a store was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is the one that lived here.
    Same,
    /// It was put in its place since.
    PutBack,
    /// Nobody can tell: there is no marker, it is an older one, or the file system tells no birth.
    Unknown,
}

/// What differs between a marker and where the store is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// There is no marker.
    NoMarker,
    /// The marker is of another store.
    Store,
    /// It was made on another machine.
    Machine,
    /// It names another place.
    Place,
    /// The folder was copied, or written back from a copy.
    Copied,
}

/// Which making of the database this is: one that was put back, or restored from a dump, is another. When its file was made, as the file
/// system tells; on PostgreSQL the number of a table. `?` where nobody tells.
///
/// # Errors
/// When the database cannot be read.
pub async fn making_of(place: &Where, connection: &mut AnyConnection) -> Result<String, StoreError> {
    match place {
        Where::Sqlite(file) => Ok(born(file)),
        Where::Postgres(_) => {
            let sql = "SELECT CAST(CAST(to_regclass('message') AS oid) AS TEXT)";
            let number: Option<String> = sqlx::query_scalar(sql).fetch_one(connection).await?;
            Ok(number.unwrap_or_else(|| UNKNOWN.to_owned()))
        }
    }
}

impl House {
    /// How a marker of that store would read here, now.
    fn here(folder: &Path, place: &Where, file: &str, store: &str) -> Self {
        let machine = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
        let machine = machine.trim();
        let place = match place {
            Where::Sqlite(file) => std::fs::canonicalize(file).unwrap_or_else(|_| file.clone()).display().to_string(),
            Where::Postgres(_) => place.to_string(),
        };
        Self {
            store: store.to_owned(),
            machine: if machine.is_empty() { UNKNOWN.to_owned() } else { machine.to_owned() },
            place: place.replace(['\n', '\r'], " "),
            born: born(&folder.join(NAME)),
            file: file.to_owned(),
            has_sent: false,
        }
    }

    fn read(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(NAME)).ok()?;
        let value = |key: &str| {
            text.lines()
                .find_map(|line| line.split_once('=').filter(|(name, _)| name.trim() == key))
                .map(|(_, value)| value.trim().to_owned())
        };
        let file = value("file").unwrap_or_else(|| UNKNOWN.to_owned());
        let has_sent = value("sent").is_some_and(|value| value == SENT);
        Some(Self {
            store: value("store")?,
            machine: value("machine")?,
            place: value("place")?,
            born: value("born")?,
            file,
            has_sent,
        })
    }

    /// Whether the marker in that folder says that this store has sent.
    pub fn has_sent(folder: &Path, store: &str) -> bool {
        Self::read(folder).is_some_and(|marker| marker.store == store && marker.has_sent)
    }

    /// Notes in the marker of that store that something has left; nothing where it says so already, or where there is no such marker.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn note_sent(folder: &Path, store: &str) -> Result<(), StoreError> {
        match Self::read(folder) {
            Some(marker) if marker.store == store && !marker.has_sent => Self { has_sent: true, ..marker }.write(folder),
            _ => Ok(()),
        }
    }

    /// Whether that making of the database is the one that lived in that folder.
    pub fn origin(folder: &Path, file: &str) -> Origin {
        match Self::read(folder) {
            Some(marker) if marker.file == UNKNOWN || file == UNKNOWN => Origin::Unknown,
            Some(marker) if marker.file == file => Origin::Same,
            Some(_) => Origin::PutBack,
            None => Origin::Unknown,
        }
    }

    /// What differs between the marker in that folder and where the store is found; `None` when nothing does.
    pub fn differs(folder: &Path, place: &Where, store: &str) -> Option<Difference> {
        let Some(marker) = Self::read(folder) else { return Some(Difference::NoMarker) };
        let here = Self::here(folder, place, UNKNOWN, store);
        if marker.store != here.store {
            Some(Difference::Store)
        } else if marker.machine != here.machine {
            Some(Difference::Machine)
        } else if marker.place != here.place {
            Some(Difference::Place)
        } else if marker.born != here.born {
            Some(Difference::Copied)
        } else {
            None
        }
    }

    /// Writes the marker: the store lives here from now on, and has sent or not.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn settle(folder: &Path, (place, file): (&Where, &str), store: &str, has_sent: bool) -> Result<(), StoreError> {
        Self { has_sent, ..Self::here(folder, place, file, store) }.write(folder)
    }

    fn write(self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(NAME);
        let failed = |source| StoreError::File {
            deed: "write",
            place: path.display().to_string(),
            source,
            mend: "this user must be able to write to the state folder",
        };
        // Its birth stands in it, so it is made first and written after; whole or not at all, and a file keeps its birth when it is
        // renamed. Replicas that share the folder write each its own.
        let part = folder.join(parts::name_of(NAME, uuid::Uuid::new_v4().simple()));
        let mut file = std::fs::OpenOptions::new().create_new(true).write(true).open(&part).map_err(failed)?;
        let Self { store, machine, place, file: database, has_sent, .. } = self;
        let (born, sent) = (born(&part), if has_sent { SENT } else { "no" });
        let text = format!(
            "# Which store lives here. dondoc wrote it; a copied or restored store sends nothing until `dondoc confirm`.\n\
             store = {store}\nmachine = {machine}\nplace = {place}\nborn = {born}\nfile = {database}\nsent = {sent}\n"
        );
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| std::fs::rename(&part, &path));
        if written.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        written.and_then(|()| keep_names(folder)).map_err(failed)
    }
}

fn born(path: &Path) -> String {
    let born = std::fs::metadata(path).and_then(|file| file.created()).ok();
    let since = born.and_then(|born| born.duration_since(std::time::UNIX_EPOCH).ok());
    since.map_or_else(|| UNKNOWN.to_owned(), |since| since.as_nanos().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_holds_for_its_store_in_its_place_and_a_copy_of_it_does_not() {
        let (first, second) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let place = |folder: &Path| Where::Sqlite(folder.join("dondoc.db"));
        let here = place(first.path());
        assert_eq!(House::differs(first.path(), &here, "s"), Some(Difference::NoMarker));
        House::settle(first.path(), (&here, UNKNOWN), "s", false).expect("written");
        assert_eq!(House::differs(first.path(), &here, "s"), None);
        House::settle(first.path(), (&here, UNKNOWN), "s", false).expect("written again");
        assert_eq!(House::differs(first.path(), &here, "s"), None);
        assert_eq!(House::differs(first.path(), &here, "t"), Some(Difference::Store));
        House::note_sent(first.path(), "t").expect("not ours");
        assert!(!House::has_sent(first.path(), "s"), "another store has");
        House::note_sent(first.path(), "s").expect("noted");
        assert!(House::has_sent(first.path(), "s") && !House::has_sent(first.path(), "t"));
        assert_eq!(House::differs(first.path(), &here, "s"), None, "noted, and still at home");
        std::fs::copy(first.path().join(NAME), second.path().join(NAME)).expect("a copy");
        assert_eq!(House::differs(second.path(), &place(second.path()), "s"), Some(Difference::Place));
        let text = std::fs::read(first.path().join(NAME)).expect("there");
        std::fs::remove_file(first.path().join(NAME)).expect("ours");
        std::fs::write(first.path().join(NAME), text).expect("restored");
        // A file system that tells no birth cannot tell a copy.
        if born(&first.path().join(NAME)) != UNKNOWN {
            assert_eq!(House::differs(first.path(), &here, "s"), Some(Difference::Copied));
        }
    }

    #[test]
    fn several_that_share_a_folder_write_the_marker_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Where::Sqlite(folder.path().join("dondoc.db"));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope
                    .spawn(|| (0..50).for_each(|_| House::settle(folder.path(), (&place, UNKNOWN), "s", true).expect("written")));
            }
        });
        assert_eq!(House::differs(folder.path(), &place, "s"), None);
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).expect("ours").map(|entry| entry.expect("ours").file_name()).collect();
        assert_eq!(left, [NAME], "nothing is left beside it");
    }

    #[test]
    fn a_file_that_was_put_back_is_told_from_the_one_that_lived_here() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("dondoc.db");
        let place = Where::Sqlite(file.clone());
        assert_eq!(House::origin(folder.path(), &born(&file)), Origin::Unknown, "no marker");
        std::fs::write(&file, "first").expect("ours");
        House::settle(folder.path(), (&place, &born(&file)), "s", false).expect("written");
        let told = born(&file) != UNKNOWN;
        std::fs::write(&file, "written over").expect("ours");
        assert_eq!(House::origin(folder.path(), &born(&file)), if told { Origin::Same } else { Origin::Unknown });
        std::fs::remove_file(&file).expect("ours");
        std::fs::write(&file, "second").expect("ours");
        assert_eq!(House::origin(folder.path(), &born(&file)), if told { Origin::PutBack } else { Origin::Unknown });
        assert_eq!(House::differs(folder.path(), &place, "s"), None, "that alone makes no clone of it");
    }
}
