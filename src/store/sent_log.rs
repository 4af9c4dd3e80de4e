//! `sent.log`: one line for each message that a channel took, outside the database, so that a database restored from a backup can
//! learn what has left since.
//!
//! A line is written before the acceptance is committed: it is true whatever becomes of the commit, and after a crash it spares the
//! copy that an uncertain message would be. It reaches the disk within [`SYNC_AFTER`]; only a power cut together with the loss of the
//! database can cost the lines of that time. The first line after [`BEHIND_MAX`] is on the disk before its acceptance is committed, so
//! that no power cut makes the log look as if the store had sent from another place.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::error::StoreError;
use super::place::keep_names;

/// How long a line may be in the memory of the system alone.
pub const SYNC_AFTER: Duration = Duration::from_secs(1);

/// By how much the log on the disk is older than the last acceptance that is committed, at most.
pub const BEHIND_MAX: Duration = Duration::from_mins(1);

/// Its name in the state folder.
pub const NAME: &str = "sent.log";

/// The key of a mark.
const MARK: &str = "-";

/// Bytes read at a time from its end.
const BLOCK: u64 = 64 * 1_024;

/// The open log; clones share it.
#[derive(Clone, Debug)]
pub struct SentLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    store: String,
    file: Mutex<File>,
    is_dirty: AtomicBool,
    /// The times of the last line that was written, and of the last one that is on the disk, Unix milliseconds.
    written_at_ms: AtomicI64,
    synced_at_ms: AtomicI64,
    written: Notify,
    /// The last write failed, perhaps within a line.
    is_torn: AtomicBool,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When it was accepted, Unix milliseconds.
    pub at_ms: i64,
    /// The message key; `-` is a mark.
    pub key: String,
    /// Of its members.
    pub traces: Vec<String>,
}

impl Sent {
    /// Whether it tells of no message.
    pub fn is_mark(&self) -> bool {
        self.key == MARK
    }

    fn parse(line: &str, store: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        let (of, at, key, traces) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let whole = fields.next() == Some(".") && fields.next().is_none();
        (whole && of == store).then(|| {
            let traces = traces.split(',').filter(|trace| !trace.is_empty()).map(str::to_owned).collect();
            Some(Self { at_ms: at.parse().ok()?, key: key.to_owned(), traces })
        })?
    }
}

impl SentLog {
    /// Opens the log of that store in that folder, making it when there is none.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(folder: &Path, store: &str) -> Result<Self, StoreError> {
        let path = folder.join(NAME);
        let failed = |source| StoreError::File {
            deed: "open",
            place: path.display().to_string(),
            source,
            mend: "this user must be able to write to the state folder",
        };
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path).map_err(failed)?;
        keep_names(folder).map_err(failed)?;
        // A line cut short by a crash must not swallow the next one.
        if file.seek(SeekFrom::End(0)).map_err(failed)? > 0 {
            file.seek(SeekFrom::End(-1)).map_err(failed)?;
            let mut last = [0_u8];
            file.read_exact(&mut last).map_err(failed)?;
            if last != *b"\n" {
                file.write_all(b"\n").map_err(failed)?;
            }
        }
        let (file, store) = (Mutex::new(file), store.to_owned());
        let inner = Inner {
            path,
            store,
            file,
            is_dirty: AtomicBool::new(false),
            written_at_ms: AtomicI64::new(0),
            synced_at_ms: AtomicI64::new(0),
            written: Notify::new(),
            is_torn: AtomicBool::new(false),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Whether that folder has one.
    pub fn exists(folder: &Path) -> bool {
        folder.join(NAME).exists()
    }

    /// Appends lines with one write, and waits for the disk when it last did so [`BEHIND_MAX`] ago. A log that cannot be written is told
    /// of once and stops nothing: the store itself records the acceptance.
    pub fn append(&self, sent: &[Sent]) {
        let Some(last) = sent.iter().map(|line| line.at_ms).max() else { return };
        let mut lines = String::new();
        for Sent { at_ms, key, traces } in sent {
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "{} {at_ms} {key} {} .", self.0.store, traces.join(","));
        }
        self.write(lines);
        self.0.written_at_ms.store(last, Ordering::Release);
        let synced = self.0.synced_at_ms.load(Ordering::Acquire);
        // In either direction: a clock may be set back.
        if u128::from(last.abs_diff(synced)) >= BEHIND_MAX.as_millis() {
            // Whoever syncs at this moment may not be done when this returns.
            self.0.is_dirty.store(true, Ordering::Release);
            self.sync();
        }
    }

    /// A line of no message: from that moment on the log is whole again.
    pub fn mark(&self, at_ms: i64) {
        self.append(&[Sent { at_ms, key: MARK.to_owned(), traces: Vec::new() }]);
    }

    fn write(&self, mut lines: String) {
        if self.0.is_torn.load(Ordering::Acquire) {
            // What is left of the write that failed must not swallow the first of these.
            lines.insert(0, '\n');
        }
        let written = self.0.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(lines.as_bytes());
        match written {
            Ok(()) => {
                self.0.is_torn.store(false, Ordering::Release);
                self.0.is_dirty.store(true, Ordering::Release);
                self.0.written.notify_one();
            }
            Err(error) if !self.0.is_torn.swap(true, Ordering::AcqRel) => {
                tracing::error!(path = %self.0.path.display(), %error, "sent.log cannot be written; after a restore of the store messages may be sent again");
            }
            Err(_) => {}
        }
    }

    /// When the last line of this store was written, a mark among them.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last_at_ms(&self) -> Result<Option<i64>, StoreError> {
        let mut blocks = self.backwards();
        while let Some(lines) = blocks.next_block()? {
            if let Some(last) = lines.first() {
                return Ok(Some(last.at_ms));
            }
        }
        Ok(None)
    }

    /// Whether it tells of any message of this store.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn tells_of_any(&self) -> Result<bool, StoreError> {
        let mut blocks = self.backwards();
        while let Some(lines) = blocks.next_block()? {
            if lines.iter().any(|line| !line.is_mark()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns once something was appended since the last time this returned. For one at a time.
    pub async fn written(&self) {
        self.0.written.notified().await;
    }

    /// Brings what was appended to the disk.
    pub fn sync(&self) {
        if !self.0.is_dirty.swap(false, Ordering::AcqRel) {
            return;
        }
        let written = self.0.written_at_ms.load(Ordering::Acquire);
        let file = self.0.file.lock().unwrap_or_else(PoisonError::into_inner).try_clone();
        match file.and_then(|file| file.sync_data()) {
            Ok(()) => self.0.synced_at_ms.store(written, Ordering::Release),
            Err(error) => tracing::warn!(path = %self.0.path.display(), %error, "sent.log did not reach the disk"),
        }
    }

    /// The lines of this store from the last to the first, some at a time. What does not read as a whole line is passed by.
    pub fn backwards(&self) -> Backwards {
        Backwards { log: self.clone(), end: None, rest: Vec::new() }
    }
}

/// Reads a log from its end.
#[derive(Debug)]
pub struct Backwards {
    log: SentLog,
    end: Option<u64>,
    /// The beginning of the block that was read last: the end of a line that begins before it.
    rest: Vec<u8>,
}

impl Backwards {
    /// The lines of the block before; `None` when all were read.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn next_block(&mut self) -> Result<Option<Vec<Sent>>, StoreError> {
        let failed = |source| StoreError::File {
            deed: "read",
            place: self.log.0.path.display().to_string(),
            source,
            mend: "this user must be able to read the state folder",
        };
        let mut file = File::open(&self.log.0.path).map_err(failed)?;
        let end = match self.end {
            Some(0) => return Ok(None),
            Some(end) => end,
            None => file.seek(SeekFrom::End(0)).map_err(failed)?,
        };
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start)).map_err(failed)?;
        let mut bytes = vec![0_u8; usize::try_from(end - start).unwrap_or_default()];
        file.read_exact(&mut bytes).map_err(failed)?;
        bytes.append(&mut self.rest);
        if start > 0 {
            let first = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
            self.rest = bytes[..first].to_vec();
            bytes.drain(..first);
        }
        self.end = Some(start);
        let text = String::from_utf8_lossy(&bytes);
        Ok(Some(text.lines().rev().filter_map(|line| Sent::parse(line, &self.log.0.store)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(number: usize) -> Sent {
        Sent {
            at_ms: i64::try_from(number).expect("few"),
            key: format!("key{number}"),
            traces: vec![format!("t{number}"), "x".into()],
        }
    }

    fn all(log: &SentLog) -> Vec<Sent> {
        let (mut lines, mut found) = (log.backwards(), Vec::new());
        while let Some(block) = lines.next_block().expect("a readable log") {
            found.extend(block);
        }
        found
    }

    #[test]
    fn lines_come_back_from_the_last_to_the_first_over_many_blocks() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = SentLog::open(folder.path(), "store").expect("a folder of our own");
        (0..9_000).for_each(|number| log.append(&[sent(number)]));
        assert_eq!(log.last_at_ms().expect("a readable log"), Some(8_999));
        log.sync();
        assert!(std::fs::metadata(folder.path().join(NAME)).expect("there").len() > 2 * BLOCK);
        assert_eq!(all(&log), (0..9_000).rev().map(sent).collect::<Vec<_>>());
    }

    #[test]
    fn a_line_cut_short_and_lines_of_another_store_are_passed_by() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(NAME);
        SentLog::open(folder.path(), "store").expect("a folder").append(&[sent(1)]);
        SentLog::open(folder.path(), "other").expect("a folder").append(&[sent(2)]);
        let whole = std::fs::read(&path).expect("there");
        SentLog::open(folder.path(), "store").expect("a folder").append(&[sent(3)]);
        std::fs::write(&path, [&whole[..], b"store 3 key3 t"].concat()).expect("cut");
        let log = SentLog::open(folder.path(), "store").expect("a folder");
        log.append(&[sent(4)]);
        assert_eq!(all(&log), [sent(4), sent(1)]);
    }

    #[test]
    fn it_is_never_more_than_a_minute_behind_the_disk_whichever_way_the_clock_is_set() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = SentLog::open(folder.path(), "store").expect("a folder of our own");
        let minute = i64::try_from(BEHIND_MAX.as_millis()).expect("small");
        let waits_for_the_disk = |at_ms: i64| {
            log.append(&[Sent { at_ms, ..sent(1) }]);
            !log.0.is_dirty.load(Ordering::Acquire)
        };
        let noon = 1_000 * minute;
        assert!(waits_for_the_disk(noon), "the first one");
        assert!(!waits_for_the_disk(noon + minute - 1));
        assert!(waits_for_the_disk(noon + minute));
        assert!(!waits_for_the_disk(noon + 1), "set back by less");
        assert!(waits_for_the_disk(noon - 60 * minute), "set back by an hour");
        assert!(!waits_for_the_disk(noon - 60 * minute + 1), "what was synced then counts from there");
        assert!(waits_for_the_disk(noon), "set right again");
    }
}
