//! The files of an import, read into memory.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::cli::progress::Progress;
use crate::diagnostic::{Cells, Diagnostic, Source};
use crate::domain::rules::Language;
use crate::facts;
use crate::tree::{decode_up_to, say};

/// A file of an import.
pub(super) struct File {
    name: String,
    content: Content,
}

/// What a file holds.
enum Content {
    /// TOML.
    Text(String),
    /// A table.
    Cells(Cells),
}

impl File {
    pub(super) fn source(&self) -> Source<'_> {
        match &self.content {
            Content::Text(text) => Source::of_text(&self.name, text),
            Content::Cells(cells) => Source::of_cells(&self.name, cells),
        }
    }
}

pub(super) fn read_files(paths: &[PathBuf], language: Language, progress: &Progress) -> (Vec<File>, Vec<Diagnostic>) {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let name = path.display().to_string();
        progress.reads(index + 1, paths.len(), &name);
        let content = match read_file(path, index, language) {
            Ok(content) => content,
            Err((text, problem)) => {
                problems.push(problem.in_source(index));
                Content::Text(text)
            }
        };
        files.push(File { name, content });
    }
    (files, problems)
}

fn read_file(path: &Path, index: usize, language: Language) -> Result<Content, (String, Box<Diagnostic>)> {
    let wrong = |problem: Diagnostic| (String::new(), Box::new(problem));
    let kind = readable_kind(path, language).map_err(wrong)?;
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // One byte more than is taken, so that a file of a gigabyte costs nothing.
        let most = u64::try_from(facts::FILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
        std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| {
        let message = say!(language, "không đọc được tệp: {error}", "the file cannot be read: {error}");
        let help = say!(language, "kiểm tra đường dẫn và quyền đọc", "check the path and its permissions");
        wrong(Diagnostic::error("cannot-read", message).with_help(help))
    })?;
    let of_table = |cells: Result<Cells, Box<Diagnostic>>| match cells {
        Ok(cells) => Ok(Content::Cells(cells)),
        Err(problem) => Err((String::new(), problem)),
    };
    match kind {
        Kind::Csv => of_table(facts::csv_cells(&bytes, index, language)),
        Kind::Xlsx => of_table(facts::xlsx_cells(&bytes, index, language)),
        Kind::Toml => {
            let text = decode_up_to(&bytes, index, language, facts::FILE_BYTES_MAX);
            text.map(|text| Content::Text(text.to_owned()))
        }
    }
}

/// What facts are written in.
enum Kind {
    Toml,
    Csv,
    Xlsx,
}

/// Facts are told from dispatches by the ending.
fn readable_kind(path: &Path, language: Language) -> Result<Kind, Diagnostic> {
    let ending = facts::ending_of(path);
    let (message, help) = match ending.as_str() {
        "toml" => return Ok(Kind::Toml),
        "csv" => return Ok(Kind::Csv),
        "xlsx" => return Ok(Kind::Xlsx),
        "xls" | "ods" | "xlsm" | "xlsb" => (
            say!(language, "không đọc bảng tính .{ending}", ".{ending} workbooks are not read"),
            say!(language, "mở tệp rồi lưu thành .xlsx hoặc CSV UTF-8", "open it and save it as .xlsx or as CSV UTF-8"),
        ),
        _ => (
            say!(language, "không biết loại tệp này", "this kind of file is not known"),
            say!(
                language,
                "dữ liệu nhập là tệp .toml, .csv hoặc .xlsx; văn bản là tệp .txt, .md, .docx hoặc .pdf",
                "facts are .toml, .csv or .xlsx files, dispatches .txt, .md, .docx or .pdf"
            ),
        ),
    };
    Err(Diagnostic::error("unknown-file-kind", message).with_help(help))
}
