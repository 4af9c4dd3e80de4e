//! The child process: its limits, and what it does within them.

use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;

use pdf_extract::{Document, output_doc};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::glyphs::Pages;
use crate::document::FILE_BYTES_MAX;

/// The most address space: 512 MiB. A dispatch of a hundred pages takes a tenth of it.
const MEMORY_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// The most processor time, in seconds.
const CPU_SECS_MAX: u64 = 20;
/// The signal of the system when that time is over.
pub(super) const SIGNAL_TIME: i32 = 24;

/// How the child ended, by its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Under a password.
    Locked,
    /// `pdftotext` is not to take the text.
    NoCopying,
    /// The limits could not be set, or the program not be started.
    NoStart,
    /// Anything else.
    Damaged,
}

impl Ending {
    pub(super) const fn of(code: i32) -> Self {
        match code {
            3 => Self::NoCopying,
            20 => Self::Locked,
            21 => Self::NoStart,
            _ => Self::Damaged,
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::NoCopying => 3,
            Self::Locked => 20,
            Self::NoStart => 21,
            Self::Damaged => 22,
        }
    }
}

/// What the hidden command does: a PDF on standard input, its text on standard output. Gives the exit code.
pub fn run(pdftotext: Option<&Path>) -> u8 {
    let limits = [(Resource::As, MEMORY_BYTES_MAX), (Resource::Cpu, CPU_SECS_MAX), (Resource::Fsize, 0), (Resource::Core, 0)];
    for (resource, most) in limits {
        if setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).is_err() {
            return Ending::NoStart.code();
        }
    }
    match pdftotext {
        Some(program) => {
            // Comes back only when it could not be started.
            let _ = Command::new(program).args(["-layout", "-enc", "UTF-8", "-", "-"]).exec();
            Ending::NoStart.code()
        }
        None => by_crate().map_or_else(Ending::code, |()| 0),
    }
}

fn by_crate() -> Result<(), Ending> {
    let mut bytes = Vec::new();
    let most = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    std::io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(|_| Ending::Damaged)?;
    // The crate panics on much that is damaged; that is a damaged file and nothing else.
    std::panic::set_hook(Box::new(|_| {}));
    let text = catch_unwind(AssertUnwindSafe(|| text_of(&bytes))).unwrap_or(Err(Ending::Damaged))?;
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(|_| Ending::Damaged)
}

fn text_of(bytes: &[u8]) -> Result<String, Ending> {
    let mut document = Document::load_mem(bytes).map_err(|_| Ending::Damaged)?;
    if document.is_encrypted() {
        // Many are encrypted without a password, against changes.
        document.decrypt("").map_err(|_| Ending::Locked)?;
    }
    let mut pages = Pages::default();
    output_doc(&document, &mut pages).map_err(|_| Ending::Damaged)?;
    Ok(pages.finish())
}
