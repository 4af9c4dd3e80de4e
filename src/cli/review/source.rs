//! The file of a dispatch: its text and what it is known by.

use std::path::Path;

use jiff::tz::{Offset, TimeZone};
use sha2::{Digest as _, Sha256};

use crate::cli::paper;
use crate::diagnostic::Diagnostic;
use crate::domain::calendar::{CalendarRules, WorkingCalendar};
use crate::domain::rules::Language;

/// A file that was read.
pub(super) struct ReadFile {
    /// Its name, without its folder.
    pub(super) file: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub(super) digest: String,
    /// Its text.
    pub(super) text: String,
    /// What a person should know of the file as a whole.
    pub(super) doubts: Vec<Diagnostic>,
}

/// Reads it.
///
/// # Errors
/// What is wrong with the file as a whole.
pub(super) fn read(path: &Path, language: Language) -> Result<ReadFile, Box<Diagnostic>> {
    let bytes = paper::bytes_of(path, language)?;
    let document = paper::text_of(path, &bytes, language)?;
    let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(ReadFile { file, digest, text: document.text, doubts: document.doubts })
}

/// The calendar of an office that has no config yet.
pub(super) fn usual_calendar() -> WorkingCalendar {
    // Only days are reckoned, which no change of clocks moves.
    WorkingCalendar::new(CalendarRules::usual(TimeZone::fixed(Offset::constant(7))))
}
