//! Floor 1: the files dispatches come in. The bytes of a .txt, .md, .docx or .pdf become the plain text the reader of dispatches
//! takes, or one diagnostic that says why not and what to do.
//!
//! Nothing in here trusts a file: what is inflated is counted while it is inflated, elements and their depth are counted while
//! they are read, and a PDF is read in a child process with limits of its own. No file is opened and nothing is written.

mod docx;
pub mod pdf;
mod plain;
mod trouble;

use crate::diagnostic::Diagnostic;
use crate::domain::rules::Language;
use trouble::{Looks, Trouble};

/// The largest file that is taken: 32 MiB.
pub const FILE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The longest text that comes out of one: 2 MiB, some eight hundred pages.
pub const TEXT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// What a dispatch is written in; told by the ending of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `.txt` and `.md`.
    Plain,
    /// `.docx`.
    Docx,
    /// `.pdf`.
    Pdf,
}

impl Kind {
    /// Of an ending in lower case without its dot; `None` when dispatches have no such ending.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "txt" | "md" => Some(Self::Plain),
            "docx" => Some(Self::Docx),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }
}

/// The text of a file, with what a person should know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The plain text: a paragraph a line, tables as Markdown rows; of a PDF the lines as they stand on the page.
    pub text: String,
    /// Warnings about the file as a whole.
    pub doubts: Vec<Diagnostic>,
}

/// The plain text of a file. Diagnostics are about the first source as a whole.
///
/// # Errors
/// One diagnostic, when no text comes out of it.
pub fn read(bytes: &[u8], kind: Kind, tools: &pdf::Tools, language: Language) -> Result<Document, Box<Diagnostic>> {
    let told = |trouble: Trouble| Box::new(trouble.told(language));
    if bytes.len() > FILE_BYTES_MAX {
        return Err(told(Trouble::FileTooLarge));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(told(Trouble::Empty));
    }
    check_looks(bytes, kind).map_err(told)?;
    let mut doubts = Vec::new();
    let text = match kind {
        Kind::Plain => plain::text(bytes).map_err(told)?,
        Kind::Docx => docx::text(bytes).map_err(told)?,
        Kind::Pdf => {
            let (text, blank) = pdf::text(bytes, tools).map_err(told)?;
            doubts.extend(trouble::blank_pages(&blank, language));
            text
        }
    };
    if text.len() > TEXT_BYTES_MAX {
        return Err(told(Trouble::TextTooLong));
    }
    if text.trim().is_empty() {
        return Err(told(if kind == Kind::Docx { Trouble::OnlyPictures } else { Trouble::Empty }));
    }
    if plain::is_of_an_old_font(&text) {
        return Err(told(Trouble::OldFont));
    }
    Ok(Document { text, doubts })
}

/// Whether the bytes begin as a file of that kind does; what else they look like is named.
fn check_looks(bytes: &[u8], kind: Kind) -> Result<(), Trouble> {
    let head = &bytes[..bytes.len().min(1024)];
    let looks = if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Looks::Archive
    } else if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        Looks::OldOffice
    } else if head.starts_with(b"{\\rtf") {
        Looks::Rtf
    } else if head.windows(5).any(|five| five == b"%PDF-") && (kind != Kind::Plain || head.starts_with(b"%PDF-")) {
        Looks::Pdf
    } else if is_picture(head) {
        Looks::Picture
    } else if is_page(head) {
        Looks::WebPage
    } else {
        Looks::Nothing
    };
    match (kind, looks) {
        (Kind::Docx, Looks::Archive) | (Kind::Pdf, Looks::Pdf) | (Kind::Plain, Looks::Nothing) => Ok(()),
        (_, Looks::OldOffice) if is_locked_office(bytes) => Err(Trouble::Locked),
        (Kind::Docx | Kind::Pdf, Looks::Nothing) => Err(Trouble::Damaged(kind)),
        (_, looks) => Err(Trouble::WrongEnding(looks)),
    }
}

/// An Office file under a password is a container with a stream of this name.
fn is_locked_office(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|window| window == name)
}

fn is_picture(head: &[u8]) -> bool {
    let starts: [&[u8]; 6] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF"];
    starts.iter().any(|start| head.starts_with(start))
}

/// Mail programs and web sites give pages the ending of something else.
fn is_page(head: &[u8]) -> bool {
    let text: String = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().chars().take(15).collect();
    let text = text.to_ascii_lowercase();
    text.starts_with("<!doctype html") || text.starts_with("<html")
}
