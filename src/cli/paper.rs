//! The file of a dispatch, read into its text.

use std::io::Read as _;
use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::document::pdf::Tools;
use crate::document::{self, Document, FILE_BYTES_MAX, Kind};
use crate::domain::rules::Language;
use crate::facts;
use crate::tree::say;

/// Whether a file is a dispatch and no facts, by its ending.
pub(super) fn is_dispatch(path: &Path) -> bool {
    Kind::of_ending(&facts::ending_of(path)).is_some()
}

/// The bytes of a dispatch; of one that is too large one more than is taken.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn bytes_of(path: &Path, language: Language) -> Result<Vec<u8>, Box<Diagnostic>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let read = std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| {
        let message = say!(language, "không đọc được tệp: {error}", "the file cannot be read: {error}");
        let help = say!(language, "kiểm tra đường dẫn và quyền đọc", "check the path and its permissions");
        Box::new(Diagnostic::error("cannot-read", message).with_help(help))
    })?;
    Ok(bytes)
}

/// The text of a dispatch, with what a person should know of the file.
///
/// # Errors
/// When no text comes out of it.
pub(super) fn text_of(path: &Path, bytes: &[u8], language: Language) -> Result<Document, Box<Diagnostic>> {
    let kind = Kind::of_ending(&facts::ending_of(path)).unwrap_or(Kind::Plain);
    let tools = Tools::find().map_err(|error| {
        let message = say!(language, "không tìm thấy chương trình này: {error}", "this program cannot be found: {error}");
        let help = say!(language, "chạy dondoc bằng đường dẫn đầy đủ", "run dondoc by its full path");
        Box::new(Diagnostic::error("cannot-read", message).with_help(help))
    })?;
    document::read(bytes, kind, &tools, language)
}
