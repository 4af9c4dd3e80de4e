//! What stands beside the store: the marker that says it lives here, and the log of what has left. Looked at when a daemon starts,
//! before anything is sent.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use sqlx::AnyConnection;

use super::sent::{self, Replayed};
use super::{Engine, EngineError, guard, instant, ms};
use crate::domain::guard::{Found, Guard, Past, on_arrival};
use crate::store::house::{Difference, House, Origin, making_of};
use crate::store::sent_log::{Sent, SentLog};
use crate::store::{self, StoreError, incarnations, meta, verify};

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

/// Note of a guard: nobody put a backup back, and yet the store does not know what its log does.
pub const SET_BACK: &str = "set-back";

/// Where a daemon lives.
#[derive(Clone, Debug)]
pub struct Home {
    /// Told of every acceptance.
    pub log: SentLog,
    /// The marker says that something has left.
    has_noted: Arc<AtomicBool>,
    folder: PathBuf,
    store: String,
    /// Which making of the database it is.
    file: String,
}

impl Home {
    /// Something has left, before it is committed: the log has it, and from the first one on the marker says so as well. In that order, for
    /// a marker without a log holds everything back.
    pub fn tell(&self, sent: &[Sent]) {
        self.log.append(sent);
        if sent.is_empty() || self.has_noted.swap(true, Ordering::AcqRel) {
            return;
        }
        self.log.sync();
        if let Err(error) = House::note_sent(&self.folder, &self.store) {
            self.has_noted.store(false, Ordering::Release);
            tracing::error!(%error, "house.txt does not say that this store has sent; without sent.log a restored one could not know");
        }
    }
}

/// What a store says of itself.
struct Resident {
    id: String,
    file: String,
    past: Past,
    last_sent: Option<Timestamp>,
}

impl Resident {
    async fn of(engine: &Engine, connection: &mut AnyConnection, folder: &Path, now: Timestamp) -> Result<Self, EngineError> {
        let id = meta::store_id(connection).await?;
        // A store that is older than the first send does not know of it; the marker does.
        let is_known = House::has_sent(folder, &id)
            || (meta::get(connection, meta::GUARDED).await?.is_some() && store::sent::has_sent(connection).await?);
        let is_confirmed = meta::get_number(connection, meta::CONFIRMED).await? > 0;
        let lives = incarnations::another_lives(connection, &engine.incarnation.id(), ms(now - LIVES_WITHIN)).await?;
        let lives = engine.incarnation.is_shared() && lives;
        let past = match (is_known, lives) {
            (true, true) if !is_confirmed => Past::Joined,
            (true, false) if !is_confirmed => Past::Alone,
            (false, false) if !is_confirmed => Past::Unsent,
            _ => Past::Fresh,
        };
        let last_sent = store::sent::last_ms(connection).await?.map(instant);
        let file = making_of(engine.store.place(), connection).await?;
        Ok(Self { id, file, past, last_sent })
    }

    /// What stands beside it in that folder, and the note of a guard that follows from it; `None` where there was no log.
    fn found(&self, engine: &Engine, folder: &Path, log: Option<&SentLog>) -> Result<(Found, &'static str), EngineError> {
        if let Some(difference) = House::differs(folder, engine.store.place(), &self.id) {
            let found = match difference {
                Difference::NoMarker | Difference::Store => Found::NoMarker,
                Difference::Machine | Difference::Place | Difference::Copied => Found::Elsewhere,
            };
            return Ok((found, difference.as_str()));
        }
        let Some(log) = log else { return Ok((Found::NoLog, LOG_GONE)) };
        if self.last_sent.is_none() && !log.tells_of_any()? && House::has_sent(folder, &self.id) {
            return Ok((Found::NoLog, LOG_GONE));
        }
        let last = log.last_at_ms()?.map(instant);
        // Each replica has a log of its own; only a store with one daemon can be ahead of it.
        let is_behind = self.last_sent.is_some_and(|sent| last.is_none_or(|last| sent > last + BEHIND_AFTER));
        let is_alone = !engine.incarnation.is_shared();
        Ok(if is_alone && is_behind { (Found::Behind, LOG_BEHIND) } else { (Found::Home, "") })
    }
}

/// What a daemon that starts in that folder will ask before it sends, and why, as its guard's note says it; nothing is raised.
///
/// # Errors
/// When the store or the folder cannot be read.
pub async fn foresee(engine: &Engine, folder: &Path, now: Timestamp) -> Result<Option<(Guard, &'static str)>, EngineError> {
    let mut tx = engine.store.snapshot().await?;
    let told = Resident::of(engine, &mut tx, folder, now).await?;
    tx.commit().await?;
    let log = SentLog::exists(folder).then(|| SentLog::open(folder, &told.id)).transpose()?;
    let (found, note) = told.found(engine, folder, log.as_ref())?;
    Ok(on_arrival(told.past, found).map(|guard| (guard, note)))
}

/// At the start of a daemon, before anything is sent: whether this store is at home in that folder, and what the `sent.log` there has
/// that the store does not know.
pub async fn arrive(engine: &Engine, folder: &Path, now: Timestamp) -> Result<(Home, Replayed), EngineError> {
    let mut tx = engine.store.begin().await?;
    let told = Resident::of(engine, &mut tx, folder, now).await?;
    drop(tx);
    let had_log = SentLog::exists(folder);
    let log = SentLog::open(folder, &told.id)?;
    let (found, note) = told.found(engine, folder, had_log.then_some(&log))?;
    let origin = House::origin(folder, &told.file);
    if origin == Origin::PutBack {
        check_whole(engine).await?;
    }
    if found == Found::Home && !engine.incarnation.is_shared() {
        let lines = sent::put_back(engine, &log).await?;
        if lines > 0 {
            tracing::warn!(lines, "sent.log lacked the last messages that left; they are put back from the store");
        }
    }
    let has_noted = Arc::new(AtomicBool::new(House::has_sent(folder, &told.id)));
    let home = Home { log, has_noted, folder: folder.to_owned(), store: told.id, file: told.file };
    if origin == Origin::PutBack && told.past == Past::Alone && engine.incarnation.is_shared() {
        // It was restored, and this is the first to come: the logs of other replicas may know of what this one does not. Before the marker
        // is written, which then knows this making of it.
        guard::raise(engine, Guard::SentLog, "daemon", Some(OTHER_LOGS), now).await?;
    }
    match on_arrival(told.past, found) {
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
    if replayed.kept > 0 && origin == Origin::Same && told.past == Past::Alone {
        // What was committed is gone: replies and imports as well, of which the log says nothing.
        check_whole(engine).await?;
        guard::raise(engine, Guard::SentLog, "daemon", Some(SET_BACK), now).await?;
    }
    Ok((home, replayed))
}

/// A file that was put back with the log of another one beside it is a mixture of both, and SQLite sees it only where it looks.
async fn check_whole(engine: &Engine) -> Result<(), EngineError> {
    engine.store.check_thoroughly().await?;
    let report = verify::verify(&engine.store).await?;
    if let Some((row, _)) = report.first_bad {
        let why = format!("its journal breaks at entry {row}");
        return Err(StoreError::Corrupt { why }.into());
    }
    Ok(())
}

/// The store lives here from now on: the marker says so, and the log goes on from this moment. What guarded it against a copy may be
/// lifted after that, never before.
pub async fn settle(engine: &Engine, home: &Home, now: Timestamp) -> Result<(), EngineError> {
    let place = engine.store.place();
    let is_at_home = House::differs(&home.folder, place, &home.store).is_none();
    let has_sent = home.log.tells_of_any()? || store::sent::has_sent(&mut *engine.store.read().acquire().await?).await?;
    let is_noted = House::has_sent(&home.folder, &home.store) == has_sent;
    if !is_at_home || !is_noted || House::origin(&home.folder, &home.file) != Origin::Same {
        House::settle(&home.folder, (place, &home.file), &home.store, has_sent)?;
        home.has_noted.store(has_sent, Ordering::Release);
    }
    let mut tx = engine.store.begin().await?;
    let (guarded, confirmed) = (meta::get(&mut tx, meta::GUARDED).await?, meta::get_number(&mut tx, meta::CONFIRMED).await?);
    let last_sent = store::sent::last_ms(&mut tx).await?;
    // An empty log says nothing of a store that sends and loses its power at once: it is never left empty.
    if home.log.last_at_ms().is_ok_and(|last| last.is_none() || last < last_sent) {
        home.log.mark(last_sent.unwrap_or_default().max(ms(now)));
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
