//! From a path to a config: the file, and the credentials and templates around it.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::credentials::Folder;
use super::templates::{TemplateText, digest, read_templates, template_folder};
use super::{Config, Credentials, Surroundings};
use crate::diagnostic::{self, Diagnostic, Source};
use crate::domain::rules::Language;
use crate::tree::{Document, TEXT_BYTES_MAX, decode, say};

/// What the caller knows of the place it runs in. Nothing below reads the environment or a clock.
#[derive(Clone, Debug)]
pub struct Whereabouts {
    /// `$CREDENTIALS_DIRECTORY`, when set.
    pub credentials: Option<PathBuf>,
    /// `$STATE_DIRECTORY`, when set: what relative paths count from instead of the config's folder.
    pub state: Option<PathBuf>,
    /// `--lang`
    pub language: Option<Language>,
    /// For years without announced holidays.
    pub today: Date,
}

/// What came of reading a config.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// `None` when an error stops it.
    pub config: Option<Config>,
    /// Everything that is wrong, in file order.
    pub problems: Vec<Diagnostic>,
    /// The path as it was given.
    pub name: String,
    /// What was read; diagnostics point into it.
    pub text: String,
    /// The folder `templates` beside the file.
    pub templates: Vec<TemplateText>,
    /// The language diagnostics are in.
    pub language: Language,
}

impl Loaded {
    /// The sources of its diagnostics: the config, then its templates.
    pub fn sources(&self) -> Vec<Source<'_>> {
        let templates = self.templates.iter().map(|template| Source::of_text(&template.path, &template.text));
        std::iter::once(Source::of_text(&self.name, &self.text)).chain(templates).collect()
    }

    fn failed(path: &Path, text: String, language: Language, problem: Diagnostic) -> Self {
        let templates = Vec::new();
        Self { config: None, problems: vec![problem], name: path.display().to_string(), text, templates, language }
    }
}

/// Reads a config file and its credentials. Never fails: what went wrong stands in `problems`.
pub fn load(path: &Path, around: &Whereabouts) -> Loaded {
    load_in_place_of(path, path, around)
}

/// Reads `path` as if it stood at `place`: credentials and relative paths count from there. For `last-good.toml`.
pub fn load_in_place_of(path: &Path, place: &Path, around: &Whereabouts) -> Loaded {
    let language = around.language.unwrap_or_default();
    let bytes = match read_bounded(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = say!(language, "không đọc được tệp cấu hình: {error}", "the config cannot be read: {error}");
            let help = say!(
                language,
                "kiểm tra đường dẫn và quyền đọc, hoặc dùng --config TỆP",
                "check the path and its permissions, or use --config FILE"
            );
            return Loaded::failed(path, String::new(), language, Diagnostic::error("cannot-read", message).with_help(help));
        }
    };
    let text = match decode(&bytes, 0, language) {
        Ok(text) => text.to_owned(),
        Err((text, problem)) => return Loaded::failed(path, text, language, *problem),
    };
    let language = around.language.unwrap_or_else(|| Document::parse(&text, 0, None).problems().language);
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let credentials_folder = around.credentials.clone().map_or_else(|| Folder::Beside(folder.join("credentials")), Folder::Given);
    let (credentials, mut problems) = Credentials::read(&credentials_folder, language);
    let surroundings = Surroundings {
        folder: around.state.clone().unwrap_or_else(|| folder.to_owned()),
        credentials,
        today: around.today,
        language: around.language,
    };
    let (config, found) = Config::parse(&text, &surroundings);
    let unusable = problems.iter().any(Diagnostic::is_error);
    let (templates, unread) = read_templates(&template_folder(place), language);
    let config = config.filter(|_| !unusable).map(|mut config| {
        config.rules.digest = digest(&text, &templates);
        config.templates.clone_from(&templates);
        config
    });
    problems.extend(found);
    problems.extend(unread);
    diagnostic::sort(&mut problems);
    Loaded { config, problems, name: path.display().to_string(), text, templates, language }
}

/// At most one byte more than is taken, so that a file of a gigabyte costs nothing.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let most = u64::try_from(TEXT_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
