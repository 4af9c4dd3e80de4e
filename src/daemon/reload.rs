//! The config is read again with its templates: at SIGHUP, and when one of the files changes. All of it or nothing.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::signal::unix::Signal;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::board::Board;
use super::config_file::{self, ConfigFile, Read};
use super::distress::DistressLine;
use super::front::{self, Front};
use super::lane::Lanes;
use crate::clock::Clock;
use crate::config::StoreSettings;
use crate::engine::compare::Counts;
use crate::engine::preview;
use crate::engine::{Engine, EngineError};
use crate::store::Where;

/// How often the file is looked at where changes are not told (network file systems).
const POLL: Duration = Duration::from_secs(30);

/// A file must stay as it is for this long before it is read: editors write in several goes.
const REST: Duration = Duration::from_millis(300);

/// The names whose changes may change the config, as the thread of the watcher knows them.
type Ours = Arc<Mutex<BTreeSet<OsString>>>;

/// Watches the config.
pub(super) struct Reloader {
    pub(super) file: ConfigFile,
    /// What stood in the file just before it was read at the start.
    pub(super) seen: Option<[u8; 32]>,
    /// The same of what was refused last, with everything that is wrong in it.
    pub(super) refused: Option<[u8; 32]>,
    /// The store of the start; a reload cannot change it.
    pub(super) store: StoreSettings,
    pub(super) place: Where,
    pub(super) wanted: watch::Sender<Arc<Engine>>,
    pub(super) poke: Arc<Notify>,
    pub(super) lanes: Lanes,
    pub(super) front: Front,
    pub(super) distress: DistressLine,
    pub(super) clock: Clock,
    pub(super) board: Arc<Board>,
    pub(super) stop: CancellationToken,
}

impl Reloader {
    pub(super) async fn work(mut self, mut hangups: Signal) {
        let changed = Arc::new(Notify::new());
        let ours = Ours::default();
        let mut watcher = self.watcher(&changed, &ours);
        // It may have changed since.
        changed.notify_one();
        loop {
            self.watch_folders(watcher.as_mut(), &ours);
            let asked = tokio::select! {
                () = self.stop.cancelled() => return,
                _ = hangups.recv() => true,
                () = changed.notified() => false,
                () = tokio::time::sleep(POLL) => false,
            };
            if !asked && !self.has_changed().await {
                continue;
            }
            // Taken before reading: a change while it is read is seen the next time.
            self.seen = self.file.digest();
            self.reload().await;
        }
    }

    /// Whether the file now holds something else, and has come to rest.
    async fn has_changed(&self) -> bool {
        loop {
            let found = self.file.digest();
            if found == self.seen {
                return false;
            }
            tokio::select! {
                () = self.stop.cancelled() => return false,
                () = tokio::time::sleep(REST) => {}
            }
            if self.file.digest() == found {
                return true;
            }
        }
    }

    fn watcher(&self, changed: &Arc<Notify>, ours: &Ours) -> Option<RecommendedWatcher> {
        let (changed, ours, templates) = (Arc::clone(changed), Arc::clone(ours), self.file.templates());
        // The store may lie in the same folder, and is written with every message.
        let is_ours = move |path: &PathBuf| {
            let ours = ours.lock().unwrap_or_else(PoisonError::into_inner);
            let named = |path: &Path| path.file_name().is_some_and(|name| ours.contains(name));
            named(path) || path.parent().is_some_and(|folder| folder.file_name() == templates.file_name())
        };
        // Reading the file is an event as well; to hear of that would be to read it for ever. One without a path tells that some
        // were lost.
        let tell = move |event: notify::Result<notify::Event>| match event {
            Ok(event) if event.kind.is_access() => {}
            Ok(event) if !event.paths.is_empty() && !event.paths.iter().any(&is_ours) => {}
            _ => changed.notify_one(),
        };
        match notify::recommended_watcher(tell) {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                tracing::warn!(%error, "changes of the config are not told here; it is looked at every 30 s");
                None
            }
        }
    }

    /// The folders of the config, of every link on the way to it, and of the templates. Links are turned and folders come and go
    /// while the daemon runs; the folder around them tells of that.
    fn watch_folders(&self, watcher: Option<&mut RecommendedWatcher>, ours: &Ours) {
        let Some(watcher) = watcher else { return };
        let (names, templates) = (self.file.names(), self.file.templates());
        let named = names.iter().chain([&templates]).filter_map(|path| path.file_name()).map(OsStr::to_owned).collect();
        *ours.lock().unwrap_or_else(PoisonError::into_inner) = named;
        let around =
            |path: &PathBuf| path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        let folders: BTreeSet<PathBuf> = names.iter().map(around).chain([templates]).filter(|folder| folder.is_dir()).collect();
        for folder in folders {
            if let Err(error) = watcher.watch(&folder, RecursiveMode::NonRecursive) {
                let folder = folder.display();
                tracing::warn!(%error, %folder, "changes there are not told; config and templates are looked at every 30 s");
            }
        }
    }

    /// Tells what the rules that were read would change of the next days. It may be left out, and never keeps a reload back.
    async fn preview(&self, wanted: &Engine) {
        let held = Arc::clone(&self.wanted.borrow());
        if held.rules.digest == wanted.rules.digest {
            return;
        }
        // On the heap: it is a large future.
        tell_in_time(preview::PATIENCE, Box::pin(preview::preview(&held, wanted, self.clock.now()))).await;
    }

    async fn reload(&mut self) {
        Board::reloading();
        let Read { mut loaded, templates } = self.file.load(self.clock.now());
        // Whoever asks for it after its change was noticed asks for the same file.
        let told = self.refused.take();
        if told.is_none() || told != self.seen {
            config_file::tell(&loaded);
        }
        // All of it or nothing: no rules are taken without the templates beside them.
        if let (Some(config), Some(templates)) = (loaded.config.take(), templates) {
            if config.store != self.store {
                tracing::warn!("[store] cannot change while the daemon runs; it keeps its store until it is started anew");
            }
            self.file.keep(&self.place, &loaded.text);
            let engine = self.wanted.borrow().with_rules(Arc::new(config.rules.clone()), config.channels());
            let engine = engine.with_links(front::links(&config)).with_templates(Some(templates));
            tracing::info!(config.digest = engine.rules.digest, "the config is read again and valid");
            self.preview(&engine).await;
            self.wanted.send_replace(Arc::new(engine));
            self.poke.notify_one();
            self.lanes.change(&config);
            self.distress.change(&config);
            self.front.change(&config).await;
            self.board.config_trouble(None);
        } else {
            self.refused = self.seen;
            let digest = self.wanted.borrow().rules.digest.clone();
            tracing::error!(
                config.digest = digest,
                "the config or a template beside it is not valid; the rules with this digest stay in force"
            );
            self.board.config_trouble(Some(config_file::trouble(&loaded, "the rules before it stay in force")));
        }
        self.board.ready();
    }
}

/// Tells the counts once they are known, or that they are not known by then.
async fn tell_in_time(patience: Duration, counting: impl Future<Output = Result<Option<Counts>, EngineError>>) {
    let days = preview::DAYS;
    match tokio::time::timeout(patience, counting).await {
        Ok(Ok(Some(counts))) => tracing::info!(
            days,
            added = counts.added,
            removed = counts.removed,
            moved = counts.moved,
            readdressed = counts.readdressed,
            "what the new rules change of the reminders of the next days; `dondoc simulate --diff` lists them"
        ),
        Ok(Ok(None)) => {
            tracing::info!("the store is too large to tell at a reload what the new rules change; see `dondoc simulate --diff`");
        }
        Ok(Err(error)) => tracing::warn!(%error, "what the new rules change cannot be told; they take effect all the same"),
        Err(_) => tracing::warn!("what the new rules change takes too long to tell; they take effect all the same"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_new_rules_change_holds_a_reload_up_for_ten_seconds_at_most() {
        assert_eq!(preview::PATIENCE, Duration::from_secs(10));
        let told = tell_in_time(Duration::from_millis(1), std::future::pending());
        assert!(tokio::time::timeout(Duration::from_secs(30), told).await.is_ok(), "the reload goes on without");
    }
}
