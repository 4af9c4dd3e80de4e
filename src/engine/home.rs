//! What stands beside the store: the marker that says it lives here, and the log of what has left. Looked at when a daemon starts,
//! before anything is sent.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::sent::{self, Replayed};
use super::{Engine, EngineError, guard, instant, ms};
use crate::domain::guard::{Found, Guard, Past, on_arrival};
use crate::store::house::{Difference, House};
use crate::store::sent_log::SentLog;
use crate::store::{self, incarnations, meta};

/// A replica whose heart beat within that time is taken for a living one when another starts.
const LIVES_WITHIN: SignedDuration = SignedDuration::from_secs(15);

/// A store that recorded an acceptance so long after the last line of the log has sent from another place. Far above what a power
/// cut may cost of the log.
const BEHIND_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Note of a guard: other replicas may have logs of their own.
pub const OTHER_LOGS: &str = "other-logs";

/// Note of a guard: the store has sent what the log here does not know.
pub const LOG_BEHIND: &str = "log-behind";

/// Note of a guard: the log is gone.
pub const LOG_GONE: &str = "log-gone";

/// Where a daemon lives.
#[derive(Clone, Debug)]
pub struct Home {
    /// Told of every acceptance.
    pub log: SentLog,
    folder: PathBuf,
    store: String,
}

/// At the start of a daemon, before anything is sent: whether this store is at home in that folder, and what the `sent.log` there has
/// that the store does not know.
pub async fn arrive(engine: &Engine, folder: &Path, now: Timestamp) -> Result<(Home, Replayed), EngineError> {
    let place = engine.store.place();
    let mut tx = engine.store.begin().await?;
    let id = meta::store_id(&mut tx).await?;
    let is_known = meta::get(&mut tx, meta::GUARDED).await?.is_some() && store::sent::has_sent(&mut tx).await?;
    let is_confirmed = meta::get_number(&mut tx, meta::CONFIRMED).await? > 0;
    let lives = incarnations::another_lives(&mut tx, &engine.incarnation.id(), ms(now - LIVES_WITHIN)).await?;
    let last_sent = store::sent::last_ms(&mut tx).await?.map(instant);
    drop(tx);
    let past = match (is_known && !is_confirmed, engine.incarnation.is_shared() && lives) {
        (false, _) => Past::Fresh,
        (true, false) => Past::Alone,
        (true, true) => Past::Joined,
    };
    let had_log = SentLog::exists(folder);
    let log = SentLog::open(folder, &id)?;
    let difference = House::differs(folder, place, &id);
    // Each replica has a log of its own; only a store with one daemon can be ahead of it.
    let is_behind = || -> Result<bool, EngineError> {
        let last = log.last_at_ms()?.map(instant);
        Ok(!engine.incarnation.is_shared() && last_sent.is_some_and(|sent| last.is_none_or(|last| sent > last + BEHIND_AFTER)))
    };
    let (found, note) = match difference {
        Some(difference) => (Found::NoMarker, difference.as_str()),
        None if !had_log => (Found::NoLog, LOG_GONE),
        None if is_behind()? => (Found::Behind, LOG_BEHIND),
        None => (Found::Home, ""),
    };
    let home = Home { log, folder: folder.to_owned(), store: id };
    match on_arrival(past, found) {
        None => settle(engine, &home, now).await?,
        Some(guard) => {
            guard::raise(engine, guard, "daemon", Some(note), now).await?;
        }
    }
    let replayed = sent::replay(engine, &home.log, now).await?;
    if replayed.kept > 0 && engine.incarnation.is_shared() {
        // The store is older than this log; the logs of other replicas may know more.
        guard::raise(engine, Guard::SentLog, "daemon", Some(OTHER_LOGS), now).await?;
    }
    Ok((home, replayed))
}

/// The store lives here from now on: the marker says so, and the log goes on from this moment. What guarded it against a copy may be
/// lifted after that, never before.
pub async fn settle(engine: &Engine, home: &Home, now: Timestamp) -> Result<(), EngineError> {
    let place = engine.store.place();
    if House::differs(&home.folder, place, &home.store).is_some() {
        House::settle(&home.folder, place, &home.store)?;
    }
    let mut tx = engine.store.begin().await?;
    let (guarded, confirmed) = (meta::get(&mut tx, meta::GUARDED).await?, meta::get_number(&mut tx, meta::CONFIRMED).await?);
    let last_sent = store::sent::last_ms(&mut tx).await?;
    if let Some(last_sent) = last_sent.filter(|_| home.log.last_at_ms().is_ok_and(|last| last < last_sent)) {
        home.log.mark(last_sent.max(ms(now)));
        home.log.sync();
    }
    if guarded.is_none() {
        meta::set(&mut tx, meta::GUARDED, "1").await?;
    }
    if confirmed > 0 {
        meta::set(&mut tx, meta::CONFIRMED, "0").await?;
    }
    tx.commit().await?;
    Ok(())
}

/// An operator says that what these guards ask is right: that this store, in the place of its daemons, is the one that sends; that
/// so many messages may leave. Returns the guards that are lifted.
pub async fn confirm(engine: &Engine, asked: &[Guard], by: &str, now: Timestamp) -> Result<Vec<Guard>, EngineError> {
    let mut tx = engine.store.begin().await?;
    let standing = store::guards::standing(&mut tx).await?;
    let wanted: Vec<Guard> =
        standing.iter().map(|row| row.guard).filter(|guard| guard.is_confirmed() && asked.contains(guard)).collect();
    if wanted.iter().any(|guard| guard.is_of_home()) {
        // A daemon that runs settles at once; one that does not, when it starts.
        meta::set(&mut tx, meta::CONFIRMED, "1").await?;
    }
    tx.commit().await?;
    let mut lifted = Vec::new();
    for guard in wanted {
        if let guard::Changed::Now(row) = guard::lift(engine, guard, by, now).await? {
            lifted.push(row.guard);
        }
    }
    Ok(lifted)
}

impl Difference {
    /// The note of the guard it raises.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoMarker => "no-marker",
            Self::Store => "other-store",
            Self::Machine => "other-machine",
            Self::Place => "other-place",
            Self::Copied => "copied",
        }
    }
}
