//! Files that are written whole beside the store: what a killed process left half written.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

/// How long a half-written file is left alone.
///
/// Whoever writes one needs milliseconds, and nothing safe tells whether that process lives: replicas of a PostgreSQL store may share the
/// folder from several machines, where the number of a process says nothing and a lock may not be heard of. Should a clock that is wrong by
/// more than this take the file from under a writer, its renaming fails and the old file stays.
const LEFT_ALONE: SignedDuration = SignedDuration::from_hours(1);

/// The name under which a file is written before it is renamed: one of its own for each writer.
pub fn name_of(file: &str, writer: impl std::fmt::Display) -> String {
    format!("{file}.{writer}.part")
}

/// Removes what killed writers of that file left in the folder. What cannot be removed is in nobody's way.
pub fn remove_stale(folder: &Path, file: &str, now: Timestamp) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_part = name.to_str().and_then(|name| name.strip_prefix(file)).is_some_and(is_writers);
        let written = entry.metadata().and_then(|file| file.modified()).ok().and_then(|at| Timestamp::try_from(at).ok());
        if is_part && written.is_some_and(|at| now.duration_since(at) >= LEFT_ALONE) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// `.WRITER.part`
fn is_writers(rest: &str) -> bool {
    let writer = rest.strip_prefix('.').and_then(|rest| rest.strip_suffix(".part"));
    writer.is_some_and(|writer| !writer.is_empty() && writer.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn what_is_half_written_for_an_hour_goes_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let written = Duration::from_hours(24 * 365);
        let names =
            [name_of("house.txt", "0a1b"), "house.txt".to_owned(), "house.txt.part".to_owned(), "house.txt.a.b.part".to_owned()];
        for name in &names {
            let file = std::fs::File::create(folder.path().join(name)).expect("ours");
            file.set_modified(UNIX_EPOCH + written).expect("ours");
        }
        let left = || names.iter().filter(|name| folder.path().join(name).exists()).count();
        let after =
            |minutes: i64| Timestamp::try_from(UNIX_EPOCH + written).expect("an instant") + SignedDuration::from_mins(minutes);
        remove_stale(folder.path(), "house.txt", after(59));
        remove_stale(folder.path(), "house.txt", after(-600));
        remove_stale(folder.path(), "last-good.toml", after(600));
        assert_eq!(left(), names.len());
        remove_stale(folder.path(), "house.txt", after(60));
        assert_eq!(left(), names.len() - 1);
        assert!(!folder.path().join(&names[0]).exists());
        remove_stale(&folder.path().join("no such folder"), "house.txt", after(600));
    }
}
