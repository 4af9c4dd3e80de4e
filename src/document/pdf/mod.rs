//! PDFs, read in a child process that may use so much memory and so much time.
//!
//! The child is this program again, under a hidden command ([`child::run`]): it sets its own limits, then becomes `pdftotext`
//! where that is installed, or reads the file with a crate. Whatever a file does to either ends there.

pub mod child;
mod glyphs;
mod spaces;

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::trouble::Trouble;
use super::{Kind, TEXT_BYTES_MAX};
use child::Ending;

/// The hidden command.
pub const COMMAND: &str = "pdf-text";
/// How long a file may take.
const WAIT: Duration = Duration::from_secs(30);
/// Letters on a page below which nothing stands on it but its number.
const PAGE_LETTERS_MIN: usize = 5;
/// Letters a page has on average, below which the pages are pictures with a stamp.
const SCAN_LETTERS_MAX: usize = 60;

/// The programs that read.
#[derive(Clone, Debug)]
pub struct Tools {
    /// This program.
    pub program: PathBuf,
    /// `pdftotext`, where it is installed.
    pub pdftotext: Option<PathBuf>,
}

impl Tools {
    /// This program, and `pdftotext` from the folders programs are looked for in.
    ///
    /// # Errors
    /// When the system does not say where this program lies.
    pub fn find() -> std::io::Result<Self> {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        // A folder that is named from here could be anybody's.
        let mut places = std::env::split_paths(&folders).filter(|folder| folder.is_absolute());
        let pdftotext = places.find_map(|folder| Some(folder.join("pdftotext")).filter(|path| path.is_file()));
        Ok(Self { program: std::env::current_exe()?, pdftotext })
    }
}

/// The text, and the numbers of pages without any.
pub(super) fn text(bytes: &[u8], tools: &Tools) -> Result<(String, Vec<usize>), Trouble> {
    let tail = &bytes[bytes.len().saturating_sub(4096)..];
    if !tail.windows(5).any(|five| five == b"%%EOF") {
        return Err(Trouble::Damaged(Kind::Pdf));
    }
    let text = in_child(bytes, tools)?;
    let pages: Vec<&str> = text.trim_end_matches(['\u{c}', '\n']).split('\u{c}').collect();
    let letters = |page: &str| page.chars().filter(|letter| letter.is_alphabetic()).count();
    if is_unreadable(&text) {
        return Err(Trouble::Unreadable);
    }
    if letters(&text) < SCAN_LETTERS_MAX * pages.len() {
        return Err(Trouble::Scan);
    }
    let is_blank = |page: &&str| letters(page) < PAGE_LETTERS_MIN;
    let blank = (1..).zip(&pages).filter(|(_, page)| is_blank(page)).map(|(at, _)| at).collect();
    Ok((spaces::mended(&text), blank))
}

/// Letters a font draws without saying which they are come out as private or control characters.
fn is_unreadable(text: &str) -> bool {
    let is_strange = |letter: &char| matches!(letter, '\u{e000}'..='\u{f8ff}' | '\u{fffd}' | '\0'..='\u{8}' | '\u{e}'..='\u{1f}');
    let all = text.chars().filter(|letter| !letter.is_whitespace()).count();
    text.chars().filter(is_strange).count() * 4 > all
}

fn in_child(bytes: &[u8], tools: &Tools) -> Result<String, Trouble> {
    let mut command = Command::new(&tools.program);
    command.arg(COMMAND).args(&tools.pdftotext).env_clear().env("LC_ALL", "C.UTF-8").current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|_| Trouble::NoChild)?;
    let told = talk(&mut child, bytes);
    // Whatever happened, nothing of it goes on.
    let _ = child.kill();
    let status = child.wait().map_err(|_| Trouble::NoChild)?;
    let (output, complaint) = told?;
    if output.len() > TEXT_BYTES_MAX {
        return Err(Trouble::TextTooLong);
    }
    match verdict(status, &complaint) {
        None => String::from_utf8(output).map_err(|_| Trouble::Unreadable),
        Some(trouble) => Err(trouble),
    }
}

/// Gives the child the file and takes what it says, until it has said all or the time is over.
fn talk(child: &mut Child, bytes: &[u8]) -> Result<(Vec<u8>, String), Trouble> {
    let (Some(mut input), Some(output), Some(complaints)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
        return Err(Trouble::NoChild);
    };
    let most = u64::try_from(TEXT_BYTES_MAX).unwrap_or(u64::MAX);
    std::thread::scope(|scope| {
        let (done, outcome) = mpsc::channel();
        // A child that ends before it has read everything is judged by how it ended.
        scope.spawn(move || input.write_all(bytes).ok());
        scope.spawn(move || {
            let mut said = Vec::new();
            // One byte more than is taken; what still comes is not waited for.
            let read = output.take(most + 1).read_to_end(&mut said);
            done.send(read.map(|_| said)).ok();
        });
        let complaint = scope.spawn(move || {
            let mut said = Vec::new();
            let mut complaints = complaints;
            complaints.by_ref().take(4096).read_to_end(&mut said).ok();
            std::io::copy(&mut complaints, &mut std::io::sink()).ok();
            String::from_utf8_lossy(&said).into_owned()
        });
        let outcome = outcome.recv_timeout(WAIT);
        if !matches!(&outcome, Ok(Ok(said)) if said.len() <= TEXT_BYTES_MAX) {
            // Ends the threads that still read or write.
            let _ = child.kill();
        }
        let complaint = complaint.join().unwrap_or_default();
        match outcome {
            Ok(Ok(said)) => Ok((said, complaint)),
            Ok(Err(_)) => Err(Trouble::NoChild),
            Err(_) => Err(Trouble::TooSlow),
        }
    })
}

/// What the end of the child means; `None` when it did what it was asked.
fn verdict(status: ExitStatus, complaint: &str) -> Option<Trouble> {
    use std::os::unix::process::ExitStatusExt as _;
    if status.success() {
        return None;
    }
    if complaint.contains("Incorrect password") {
        return Some(Trouble::Locked);
    }
    let out_of_memory = ["Out of memory", "out of memory", "memory allocation", "bad_alloc"];
    if out_of_memory.iter().any(|words| complaint.contains(words)) {
        return Some(Trouble::TooMuchMemory);
    }
    Some(match (status.code().map(Ending::of), status.signal()) {
        (_, Some(signal)) if signal == child::SIGNAL_TIME => Trouble::TooSlow,
        (Some(Ending::Locked), _) => Trouble::Locked,
        (Some(Ending::NoCopying), _) => Trouble::NoCopying,
        (Some(Ending::NoStart), _) => Trouble::NoChild,
        _ => Trouble::Damaged(Kind::Pdf),
    })
}
