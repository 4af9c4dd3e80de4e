//! What the commands share: the config, the store and the engine they work on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::failure::Failure;
use super::{Cli, print};
use crate::clock::Clock;
use crate::config::{self, Config, StoreSettings, Whereabouts};
use crate::daemon::Start;
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Language;
use crate::engine::{Engine, timekeeping};
use crate::store::{Store, StoreError, Where, meta};
use crate::tree::say;

/// Where the config is looked for without `--config`.
pub const CONFIG_PLACES: [&str; 2] = ["config.toml", "/etc/dondoc/config.toml"];

/// How a command prints its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// A config that holds, and the instant at which the command began.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The file, as it was named or found.
    pub path: PathBuf,
    /// Its content.
    pub config: Config,
    /// The language of tables and diagnostics: `--lang`, else the config's.
    pub language: Language,
    /// How data is printed.
    pub form: Form,
    /// Asked once.
    pub now: Timestamp,
    /// The stores it opened.
    pub stores: Stores,
}

/// The stores a command opened, to be closed when it ends: only then does the file of an SQLite store hold everything.
#[derive(Clone, Debug, Default)]
pub struct Stores(Arc<Mutex<Vec<Store>>>);

impl Stores {
    fn keep(&self, store: Store) -> Store {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(store.clone());
        store
    }

    /// Closes them.
    pub async fn close(&self) {
        let opened = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for store in opened {
            store.close().await;
        }
    }
}

impl Ground {
    /// Finds and reads the config the command line means.
    ///
    /// # Errors
    /// [`Failure::Config`] with every mistake of the file.
    pub fn load(cli: &Cli) -> Result<Self, Failure> {
        let path = config_path(cli)?;
        let now = Clock::System.now();
        let loaded = read_config(&path, cli, now);
        Self::of(path, loaded, cli, now).map_err(|(_, loaded)| Failure::Config(loaded))
    }

    /// The same for a command that works on the store of a daemon that may run: as that daemon does, it goes on with the last config that
    /// was valid, and says so.
    ///
    /// # Errors
    /// [`Failure::Config`] when there is none.
    pub fn load_to_operate(cli: &Cli) -> Result<Self, Failure> {
        let path = config_path(cli)?;
        let now = Clock::System.now();
        let loaded = read_config(&path, cli, now);
        let (path, refused) = match Self::of(path, loaded, cli, now) {
            Ok(ground) => return Ok(ground),
            Err(refused) => refused,
        };
        // A path without a file is a slip of the pen.
        let kept = path.is_file().then(|| start(path.clone(), cli).last_good(&refused.text, now)).flatten();
        let Some((good, loaded)) = kept else { return Err(Failure::Config(refused)) };
        warn(&refused, &good, loaded.language);
        Self::of(path, loaded, cli, now).map_err(|_| Failure::Config(refused))
    }

    fn of(path: PathBuf, mut loaded: config::Loaded, cli: &Cli, now: Timestamp) -> Result<Self, (PathBuf, Box<config::Loaded>)> {
        let language = loaded.language;
        match loaded.config.take() {
            Some(config) => Ok(Self { path, config, language, form: cli.form(), now, stores: Stores::default() }),
            None => Err((path, Box::new(loaded))),
        }
    }

    /// Where the store of this config is.
    pub fn place(&self) -> Where {
        match &self.config.store {
            StoreSettings::Sqlite(file) => Where::Sqlite(file.clone()),
            StoreSettings::Postgres(url) => Where::Postgres(url.clone()),
        }
    }

    /// Says so when this config is not the one whose rules are in force: what follows is reckoned by this one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn tell_of_other_rules(&self, store: &Store) -> Result<(), Failure> {
        let in_force = meta::get(&mut *store.read().acquire().await?, meta::RULES_DIGEST).await?;
        if in_force.is_some_and(|digest| digest != self.config.rules.digest) {
            let (path, language) = (self.path.display(), self.language);
            print::note(&say!(
                language,
                "lưu ý: quy tắc đang có hiệu lực không phải của {path}; kết quả dưới đây tính theo tệp này\n",
                "note: the rules in force are not those of {path}; what follows is reckoned by this file\n"
            ));
        }
        Ok(())
    }

    /// Opens the store; never creates one.
    ///
    /// # Errors
    /// [`Failure::Store`], [`StoreError::Missing`] among them.
    pub async fn open(&self) -> Result<Store, Failure> {
        Ok(self.try_open().await?)
    }

    /// The same, with the store's own word for what hinders.
    ///
    /// # Errors
    /// What [`Store::open`] says.
    pub async fn try_open(&self) -> Result<Store, StoreError> {
        Ok(self.stores.keep(Store::open(&self.place()).await?))
    }

    /// Opens the store; creates or migrates it where that is needed.
    ///
    /// # Errors
    /// What [`Store::create`] says.
    pub async fn create(&self) -> Result<Store, StoreError> {
        Ok(self.stores.keep(Store::create(&self.place()).await?))
    }

    /// The instant at which this command acts on the store: what a daemon on this machine would take while its clock is doubted.
    /// What is recorded ahead of the daemon's time would wait for it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn acts_at(&self, store: &Store) -> Result<Timestamp, Failure> {
        let mut connection = store.read().acquire().await?;
        Ok(timekeeping::now_of_a_command(&mut connection, self.now).await?)
    }

    /// The engine of these rules over that store.
    pub fn engine(&self, store: Store) -> Engine {
        Engine::new(store, Arc::new(self.config.rules.clone()), channels(&self.config))
    }
}

/// The channels that count as open: with `[outbox]` both, since their messages are written there; else those configured.
pub fn channels(config: &Config) -> Vec<ChannelKind> {
    config.channels()
}

/// The file of `--config`, else the first of [`CONFIG_PLACES`] that exists.
///
/// # Errors
/// [`Failure::NoConfig`] when none of them does.
pub fn config_path(cli: &Cli) -> Result<PathBuf, Failure> {
    if let Some(path) = &cli.config {
        return Ok(path.clone());
    }
    let found = CONFIG_PLACES.iter().map(Path::new).find(|path| std::fs::symlink_metadata(path).is_ok());
    found.map(Path::to_owned).ok_or(Failure::NoConfig)
}

/// What stands around a config in this process.
pub fn start(config: PathBuf, cli: &Cli) -> Start {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    Start {
        config,
        credentials: folder("CREDENTIALS_DIRECTORY"),
        // systemd may list several folders, parted by colons; the first is the one of this service.
        state: folder("STATE_DIRECTORY").and_then(|list| std::env::split_paths(&list).next()),
        language: cli.language(),
    }
}

/// Reads a config file with the credentials and the state folder of this process around it.
pub fn read_config(path: &Path, cli: &Cli, now: Timestamp) -> config::Loaded {
    read_in(path, cli, cli.language(), now)
}

/// The language of what asks for no config: `--lang`, else that of the config there is, whatever else is wrong with it.
pub fn language(cli: &Cli) -> Language {
    let of_config = || Some(read_config(&config_path(cli).ok()?, cli, Clock::System.now()).language);
    cli.language().or_else(of_config).unwrap_or_default()
}

fn read_in(path: &Path, cli: &Cli, language: Option<Language>, now: Timestamp) -> config::Loaded {
    let Start { credentials, state, .. } = start(path.to_owned(), cli);
    // Only years are read from this day, and only for warnings; the config's own time zone is not known yet.
    let zone = TimeZone::fixed(Offset::constant(7));
    config::load(path, &Whereabouts { credentials, state, language, today: zone.to_datetime(now).date() })
}

/// Reads another config than this command stands on, and tells its mistakes in that language.
pub fn read_other(path: &Path, cli: &Cli, ground: &Ground) -> config::Loaded {
    let loaded = read_config(path, cli, ground.now);
    if loaded.config.is_some() {
        return loaded;
    }
    read_in(path, cli, Some(ground.language), ground.now)
}

/// Says that the last good config stands in, and why.
fn warn(refused: &config::Loaded, good: &Path, language: Language) {
    let (name, good) = (&refused.name, good.display());
    let first = refused.problems.iter().find(|problem| problem.is_error()).map_or("", |problem| problem.message.as_str());
    print::note(&say!(
        language,
        "cảnh báo[last-good]: {name} có lỗi ({first}); lệnh này dùng cấu hình hợp lệ gần nhất: {good}\n  cách sửa: chạy dondoc check, sửa tệp theo đó\n",
        "warning[last-good]: {name} is not valid ({first}); this command stands on the last config that was: {good}\n  help: run dondoc check and mend what it names\n"
    ));
}
