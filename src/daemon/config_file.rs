//! The config file of a daemon with the templates beside it, and the last one that was valid.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use sha2::{Digest as _, Sha256};

use crate::channel::wording::Templates;
use crate::config::{self, Config, Loaded, Whereabouts};
use crate::diagnostic::Severity;
use crate::domain::rules::Language;
use crate::engine::templates;
use crate::store::{Where, house, parts};

/// The name of the last config that was valid, beside the store.
const LAST_GOOD: &str = "last-good.toml";

/// Names that are looked at on the way to the config; more are links in a circle.
const LINKS_MAX: usize = 32;

/// What a daemon is started with. Nothing below reads the environment.
#[derive(Clone, Debug)]
pub struct Start {
    /// The config file.
    pub config: PathBuf,
    /// `$CREDENTIALS_DIRECTORY`
    pub credentials: Option<PathBuf>,
    /// `$STATE_DIRECTORY`
    pub state: Option<PathBuf>,
    /// `--lang`
    pub language: Option<Language>,
}

impl Start {
    /// The last config that was valid, and where it is kept, when the file, whose text this is, is not.
    pub fn last_good(&self, text: &str, now: Timestamp) -> Option<(PathBuf, Loaded)> {
        ConfigFile::new(self.clone()).last_good(text, now)
    }
}

/// The file, and where it counts from.
#[derive(Clone, Debug)]
pub(super) struct ConfigFile(Start);

/// A config to start with.
pub(super) struct Opened {
    pub(super) config: Config,
    /// What was read.
    pub(super) text: String,
    /// The layouts of mails beside it; `None` are the shipped ones.
    pub(super) templates: Option<Arc<Templates>>,
    /// Why not everything is as the files say: the last good config, or the shipped templates, stand in.
    pub(super) degraded: Option<String>,
}

/// What was read: the config, and the layouts of mails beside it unless one of them is at fault.
pub(super) struct Read {
    pub(super) loaded: Loaded,
    pub(super) templates: Option<Arc<Templates>>,
}

impl Read {
    fn of(mut loaded: Loaded) -> Self {
        if loaded.config.is_none() {
            return Self { loaded, templates: None };
        }
        let (templates, problems) = templates::prepare(&loaded);
        loaded.problems.extend(problems);
        Self { loaded, templates }
    }

    /// A config that loads is started with, if need be with the shipped templates.
    fn open(self, config: Config) -> Opened {
        let Self { loaded, templates } = self;
        if templates.is_some() {
            return Opened { config, text: loaded.text, templates, degraded: None };
        }
        tracing::error!(
            "a template beside the config is at fault; the daemon works degraded, mails are laid out by the shipped templates"
        );
        let degraded = Some(trouble(&loaded, "the shipped templates lay mails out"));
        Opened { config: config.without_templates(&loaded.text), text: loaded.text, templates: None, degraded }
    }
}

impl ConfigFile {
    pub(super) const fn new(start: Start) -> Self {
        Self(start)
    }

    /// Reads the file and the templates beside it.
    pub(super) fn load(&self, now: Timestamp) -> Read {
        Read::of(config::load(&self.0.config, &self.around(now)))
    }

    /// For a cold start: the file, else the last one that was valid.
    pub(super) fn open(&self, now: Timestamp) -> Result<Opened, Box<Loaded>> {
        let mut read = self.load(now);
        if let Some(config) = read.loaded.config.take() {
            tell(&read.loaded);
            return Ok(read.open(config));
        }
        let loaded = read.loaded;
        let Some((path, good)) = self.last_good(&loaded.text, now) else { return Err(Box::new(loaded)) };
        let mut good = Read::of(good);
        let Some(config) = good.loaded.config.take() else { return Err(Box::new(loaded)) };
        tell(&loaded);
        tracing::error!(
            config = %self.0.config.display(),
            last_good = %path.display(),
            "the config is not valid; the daemon works degraded, with the last one that was"
        );
        Ok(Opened { degraded: Some(trouble(&loaded, "the last good config holds")), ..good.open(config) })
    }

    /// Keeps a config that is valid beside the store; whole or not at all. It holds no secrets: a config never does.
    pub(super) fn keep(&self, place: &Where, text: &str) {
        let path = self.folder_of(place).join(LAST_GOOD);
        if std::fs::read(&path).is_ok_and(|kept| kept == text.as_bytes()) {
            return;
        }
        if let Err(error) = write(&path, text) {
            tracing::warn!(path = %path.display(), %error, "the valid config could not be kept for a cold start");
        }
    }

    /// Clears away what killed processes left half written beside the store.
    pub(super) fn clear_away(&self, place: &Where, now: Timestamp) {
        let folder = self.folder_of(place);
        for file in [house::NAME, LAST_GOOD] {
            parts::remove_stale(&folder, file, now);
        }
    }

    /// What stands in the file and in the templates beside it now; `None` when the file cannot be read.
    pub(super) fn digest(&self) -> Option<[u8; 32]> {
        let mut hasher = Sha256::new_with_prefix(std::fs::read(&self.0.config).ok()?);
        let (templates, unread) = config::read_templates(&self.templates(), Language::default());
        hasher.update(format!("{templates:?}{unread:?}"));
        Some(hasher.finalize().into())
    }

    /// Every name that decides what the path of the config reads: the path itself, and each link on the way, wherever it stands.
    pub(super) fn names(&self) -> Vec<PathBuf> {
        names_of(&self.0.config)
    }

    /// The folder of the templates.
    pub(super) fn templates(&self) -> PathBuf {
        config::template_folder(&self.0.config)
    }

    fn around(&self, now: Timestamp) -> Whereabouts {
        // Only years are read from this day, for warnings; the config's own time zone is not known yet.
        let today = TimeZone::fixed(Offset::constant(7)).to_datetime(now).date();
        let Start { credentials, state, language, .. } = self.0.clone();
        Whereabouts { credentials, state, language, today }
    }

    /// What relative paths count from.
    fn folder(&self) -> PathBuf {
        let beside = || self.0.config.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        self.0.state.clone().unwrap_or_else(|| beside().to_owned())
    }

    /// What stands beside the store.
    pub(super) fn folder_of(&self, place: &Where) -> PathBuf {
        match place {
            Where::Sqlite(file) => file.parent().map_or_else(|| self.folder(), Path::to_owned),
            Where::Postgres(_) => self.folder(),
        }
    }

    /// The store's place is not known when the file is not valid: it is looked for in what can be read of it.
    fn last_good(&self, text: &str, now: Timestamp) -> Option<(PathBuf, Loaded)> {
        let named = text.lines().filter_map(sqlite_file).map(|file| self.folder().join(file));
        let folders = named.filter_map(|file| file.parent().map(Path::to_owned)).chain([self.folder()]);
        for path in folders.map(|folder| folder.join(LAST_GOOD)) {
            let loaded = config::load_in_place_of(&path, &self.0.config, &self.around(now));
            if loaded.config.is_some() {
                return Some((path, loaded));
            }
        }
        None
    }
}

/// The path, then each link on the way to the file, in the order they are followed. Ends after [`LINKS_MAX`] of them.
fn names_of(path: &Path) -> Vec<PathBuf> {
    let (mut names, mut path) = (vec![path.to_owned()], path.to_owned());
    while names.len() <= LINKS_MAX {
        let mut steps: Vec<&Path> = path.ancestors().filter(|step| !step.as_os_str().is_empty()).collect();
        steps.reverse();
        let Some((link, to)) = steps.into_iter().find_map(|step| Some((step.to_owned(), std::fs::read_link(step).ok()?))) else {
            break;
        };
        let rest = path.strip_prefix(&link).map(Path::to_owned).unwrap_or_default();
        let turned = link.parent().unwrap_or(Path::new("")).join(to);
        path = if rest.as_os_str().is_empty() { turned } else { turned.join(rest) };
        names.push(link);
        names.push(path.clone());
    }
    names
}

/// The file of a line `url = "sqlite:FILE"`.
fn sqlite_file(line: &str) -> Option<&str> {
    let (key, value) = line.split_once('=')?;
    let named = value.split('"').nth(1)?.strip_prefix("sqlite:")?;
    (key.trim() == "url").then_some(named)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    // Replicas that share the folder write each its own.
    let part = path.with_file_name(parts::name_of(LAST_GOOD, std::process::id()));
    let mut file = std::fs::File::create(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}

/// Every diagnostic becomes one line of the log, with its place.
pub(super) fn tell(loaded: &Loaded) {
    let sources = loaded.sources();
    for problem in &loaded.problems {
        let located = problem.locate(&sources);
        let file = located.file;
        let (line, column) = located.line_column.unwrap_or_default();
        let (code, message, help) = (problem.code, &problem.message, problem.help.as_deref().unwrap_or_default());
        match problem.severity {
            Severity::Error => tracing::error!(code, file, line, column, help, "config: {message}"),
            Severity::Warning => tracing::warn!(code, file, line, column, help, "config: {message}"),
        }
    }
}

/// The first error in one line, for the status.
pub(super) fn trouble(loaded: &Loaded, instead: &str) -> String {
    let errors: Vec<_> = loaded.problems.iter().filter(|problem| problem.is_error()).collect();
    let Some(first) = errors.first() else { return format!("{}: {instead}", loaded.name) };
    let sources = loaded.sources();
    let located = first.locate(&sources);
    let (line, column) = located.line_column.unwrap_or_default();
    format!("{}:{line}:{column}: {} ({} in all); {instead}", located.file, first.message, errors.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_on_the_way_to_the_config_is_a_name_and_a_circle_ends() {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let at = |name: &str| folder.path().join(name);
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, at(name)).expect("a folder of our own");
        std::fs::create_dir(at("one")).expect("a folder of our own");
        std::fs::write(at("one/config.toml"), "").expect("a folder of our own");
        link("one", "now");
        link("now/config.toml", "config.toml");
        let names = names_of(&at("config.toml"));
        for name in ["config.toml", "now", "one/config.toml"] {
            assert!(names.contains(&at(name)), "{name}: {names:?}");
        }
        link("a", "b");
        link("b", "a");
        assert!(names_of(&at("a")).len() <= LINKS_MAX + 2);
    }

    #[test]
    fn the_store_is_found_in_a_file_that_is_not_valid() {
        assert_eq!(sqlite_file("url = \"sqlite:state/dondoc.db\"   # here"), Some("state/dondoc.db"));
        assert_eq!(sqlite_file("public_url = \"sqlite:x\""), None);
        assert_eq!(sqlite_file("url = \"postgres://db/x\""), None);
    }
}
