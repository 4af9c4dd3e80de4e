//! What is done by itself when the store fails, and that somebody hears of it.

use tokio::sync::watch;

use super::{Engine, EngineError};
use crate::channel::wording::StoreTrouble;
use crate::store::StoreError;
use crate::store::aid::Aid;

/// A failure of the store, as whoever calls for help sees it.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// What is wrong.
    pub trouble: StoreTrouble,
}

/// The last failure of the store; clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct Bell(watch::Sender<Option<Failure>>);

impl Default for Bell {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Engine {
    /// Does what can be done about a store that fails, says so in the log, and lets whoever calls for help know.
    pub fn aid(&self, error: &EngineError) {
        let EngineError::Store(error) = error else { return };
        let Some(trouble) = trouble(error) else { return };
        match self.store.aid(error) {
            Aid::None => {}
            Aid::Space => tracing::error!("the disk is full; the space set aside for that is freed, it lasts for a while"),
            Aid::Reopened => tracing::error!(%error, "the store's file is opened anew and checked before anything is written"),
        }
        self.bell.0.send_replace(Some(Failure { trouble }));
    }

    /// Whoever the store had failed is served again: what was told of a database that was away is over. What else was told stays, since a
    /// round that writes nothing shows nothing of a full disk.
    pub fn store_answers(&self) {
        let is_away = |failure: &Failure| failure.trouble == StoreTrouble::Away;
        self.bell.0.send_if_modified(|last| last.as_ref().is_some_and(is_away) && last.take().is_some());
    }

    /// Every failure of the store from now on; `None` when it is over.
    pub fn failures(&self) -> watch::Receiver<Option<Failure>> {
        self.bell.0.subscribe()
    }
}

const fn trouble(error: &StoreError) -> Option<StoreTrouble> {
    match error {
        StoreError::DiskFull => Some(StoreTrouble::Full),
        StoreError::ReadOnly | StoreError::Denied { .. } => Some(StoreTrouble::ReadOnly),
        StoreError::Disk { .. } => Some(StoreTrouble::Disk),
        StoreError::Corrupt { .. } => Some(StoreTrouble::Damaged),
        StoreError::Busy | StoreError::Lost { .. } | StoreError::Unreachable { .. } => Some(StoreTrouble::Away),
        _ => None,
    }
}
