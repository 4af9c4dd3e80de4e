//! The log: plain text on standard error, with fields. Whoever reads it may stand still, be gone, or have no room: the daemon goes on.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterFn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Libraries whose finer records hold addresses, logins or bodies; and the one that would tell of the log's own file, were that
/// beside the config, line after line.
const HUSHED: [&str; 8] = ["sqlx", "lettre", "hyper", "reqwest", "teloxide", "rustls", "h2", "notify"];

/// How long a reader who stands still is waited for. Once for all lines, until he reads again.
const PATIENCE: Duration = Duration::from_millis(50);

/// A pipe that can be written to at all takes as many bytes at once (`PIPE_BUF` of Linux).
const AT_ONCE: usize = 4_096;

/// Opens the log; a second call changes nothing.
pub(super) fn open() {
    let log = Patient::over(io::stderr());
    let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let opened = tracing_subscriber::registry()
        .with(wanted)
        .with(FilterFn::new(may_be_told))
        .with(tracing_subscriber::fmt::layer().with_writer(move || log.clone()).with_ansi(false).with_target(false))
        .try_init();
    // Only a test that runs two daemons in one process gets here twice.
    drop(opened);
}

/// Whatever `RUST_LOG` says, these libraries tell nothing finer than info.
fn may_be_told(of: &Metadata<'_>) -> bool {
    is_open(of.target(), *of.level())
}

fn is_open(target: &str, level: Level) -> bool {
    // The scheduler tells at every start how it is put together.
    if target.starts_with("tokio_cron_scheduler") {
        return level <= Level::WARN;
    }
    level <= Level::INFO || !HUSHED.iter().any(|library| target.starts_with(library))
}

/// Writes as long as somebody reads. What nobody takes is left out and counted, and no error ever comes back: the library would
/// print it to the same place, and panic there.
struct Patient<W>(Arc<Mutex<Reader<W>>>);

impl<W> Clone for Patient<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Where the lines go.
struct Reader<W> {
    way: W,
    /// Lines that were left out since he took one.
    left_out: u64,
}

impl<W: Write + AsFd> Patient<W> {
    fn over(way: W) -> Self {
        Self(Arc::new(Mutex::new(Reader { way, left_out: 0 })))
    }
}

impl<W: Write + AsFd> Write for Patient<W> {
    /// One line, which the layer hands over whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write + AsFd> Reader<W> {
    fn take(&mut self, line: &[u8]) {
        if self.left_out > 0 {
            let missing = format!("{} lines of the log are missing here: nobody took them\n", self.left_out);
            if !self.reads(Duration::ZERO) || self.way.write_all(missing.as_bytes()).is_err() {
                self.left_out += 1;
                return;
            }
            self.left_out = 0;
        }
        for piece in line.chunks(AT_ONCE) {
            if !self.reads(PATIENCE) || self.way.write_all(piece).is_err() {
                self.left_out += 1;
                return;
            }
        }
    }

    /// Whether a piece would be taken without waiting for longer than that. Who is gone counts as one who reads: writing says so.
    fn reads(&self, patience: Duration) -> bool {
        let mut asked = [PollFd::new(&self.way, PollFlags::OUT)];
        let within = Timespec::try_from(patience).ok();
        poll(&mut asked, within.as_ref()).is_ok_and(|ready| ready > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, pipe};

    use super::*;

    #[test]
    fn a_reader_who_stands_still_is_waited_for_once_and_told_what_he_missed() {
        let (mut read, write) = pipe().expect("a pipe");
        let mut log = Patient::over(write);
        let line = [b"x".repeat(999), b"\n".to_vec()].concat();
        for _ in 0..1_000 {
            log.write_all(&line).expect("no error ever comes back");
        }
        let taken = 1_000 - log.0.lock().expect("nobody panicked").left_out;
        assert!((1..1_000).contains(&taken), "{taken}");
        let mut all = vec![0; usize::try_from(taken).expect("few") * line.len()];
        read.read_exact(&mut all).expect("what was taken");
        log.write_all(b"he reads again\n").expect("no error ever comes back");
        drop(log);
        let mut rest = String::new();
        read.read_to_string(&mut rest).expect("text");
        assert_eq!(rest, format!("{} lines of the log are missing here: nobody took them\nhe reads again\n", 1_000 - taken));
    }

    #[test]
    fn a_reader_who_is_gone_or_has_no_room_is_no_error() {
        let (read, write) = pipe().expect("a pipe");
        drop(read);
        let mut log = Patient::over(write);
        log.write_all(b"to nobody\n").expect("no error ever comes back");
        log.write_all(b"to nobody\n").expect("no error ever comes back");
        assert_eq!(log.0.lock().expect("nobody panicked").left_out, 2);
        let full = std::fs::File::options().write(true).open("/dev/full").expect("a device of Linux");
        let mut log = Patient::over(full);
        log.write_all(b"to a full disk\n").expect("no error ever comes back");
        assert_eq!(log.0.lock().expect("nobody panicked").left_out, 1);
    }

    #[test]
    fn no_setting_lets_libraries_tell_more_than_info() {
        for target in ["sqlx", "lettre::transport::smtp", "hyper_util::client", "reqwest::connect", "teloxide_core::net"] {
            assert!(!is_open(target, Level::DEBUG) && !is_open(target, Level::TRACE), "{target}");
            assert!(is_open(target, Level::INFO) && is_open(target, Level::ERROR), "{target}");
        }
        assert!(is_open("dondoc::engine::desk", Level::TRACE));
    }
}
