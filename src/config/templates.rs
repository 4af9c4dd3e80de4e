//! The folder `templates` beside the config: layouts of mails an administrator changed. What they mean is not known here.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::Config;
use crate::diagnostic::Diagnostic;
use crate::domain::rules::Language;
use crate::tree::{TEXT_BYTES_MAX, decode, say};

/// The most files that are looked at.
const FILES_MAX: usize = 64;

/// A template as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateText {
    /// The name of the file, which is the name of the template: `mail.html`.
    pub name: String,
    /// The path, for diagnostics.
    pub path: String,
    /// What it holds.
    pub text: String,
}

impl Config {
    /// The same, known by its own text alone: for when its templates are not used.
    #[must_use]
    pub fn without_templates(mut self, text: &str) -> Self {
        self.rules.digest = digest(text, &[]);
        self.templates.clear();
        self
    }
}

/// Characters of a digest: half of what SHA-256 has. Three entries of the journal and a row keep it for each mail.
const DIGEST_CHARS: usize = 32;

/// The digest of a config and of the templates beside it: the head of its hexadecimal SHA-256; without templates that of the text
/// alone.
pub(super) fn digest(text: &str, templates: &[TemplateText]) -> String {
    let mut hasher = Sha256::new_with_prefix(text);
    for template in templates {
        hasher.update([0]);
        hasher.update(&template.name);
        hasher.update([0]);
        hasher.update(Sha256::digest(&template.text));
    }
    let mut digest = HEXLOWER.encode(&hasher.finalize());
    digest.truncate(DIGEST_CHARS);
    digest
}

/// Where the templates of a config stand.
pub fn template_folder(config: &Path) -> PathBuf {
    let folder = config.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.join("templates")
}

/// The files of that folder by name, and what cannot be read; a folder that is not there holds none. Names that begin
/// with a dot or end in a tilde are an editor's. A diagnostic is about source 1 for the first template, 2 for the second
/// and so on; about source 0 when the folder itself cannot be read.
pub fn read_templates(folder: &Path, language: Language) -> (Vec<TemplateText>, Vec<Diagnostic>) {
    let (mut texts, mut problems) = (Vec::new(), Vec::new());
    let mut names = match names(folder) {
        Ok(names) => names,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (texts, problems),
        Err(error) => {
            let folder = folder.display();
            let message =
                say!(language, "không đọc được thư mục {folder}: {error}", "the folder {folder} cannot be read: {error}");
            problems.push(Diagnostic::error("cannot-read", message).with_help(let_it_be_read(language)));
            return (texts, problems);
        }
    };
    names.sort();
    names.truncate(FILES_MAX);
    for name in names {
        let path = folder.join(&name);
        let (text, problem) = read(&path, texts.len() + 1, language);
        problems.extend(problem);
        texts.push(TemplateText { name: name.to_string_lossy().into_owned(), path: path.display().to_string(), text });
    }
    (texts, problems)
}

fn names(folder: &Path) -> std::io::Result<Vec<std::ffi::OsString>> {
    let is_an_editors = |name: &std::ffi::OsString| {
        let name = name.as_encoded_bytes();
        name.starts_with(b".") || name.ends_with(b"~")
    };
    let names = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name()));
    names.filter(|name| name.as_ref().map_or(true, |name| !is_an_editors(name))).collect()
}

/// The text of one file, and what is wrong with it.
fn read(path: &Path, source: usize, language: Language) -> (String, Option<Diagnostic>) {
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(path);
    let taken = opened.and_then(|file| file.take(TEXT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes));
    if let Err(error) = taken {
        let path = path.display();
        let message = say!(language, "không đọc được mẫu {path}: {error}", "the template {path} cannot be read: {error}");
        let problem = Diagnostic::error("cannot-read", message).with_help(let_it_be_read(language));
        return (String::new(), Some(problem.in_source(source)));
    }
    match decode(&bytes, source, language) {
        // A byte order mark would be printed.
        Ok(text) => (text.trim_start_matches('\u{feff}').to_owned(), None),
        Err((text, problem)) => (text, Some(*problem)),
    }
}

fn let_it_be_read(language: Language) -> String {
    say!(
        language,
        "cho phép dondoc đọc, hoặc chuyển đi chỗ khác để dùng mẫu có sẵn",
        "let dondoc read it, or move it elsewhere to use the shipped templates"
    )
}
