//! When the clock of this machine was last believed, kept over restarts of the daemon, and the guard that stands while it is not.
//!
//! What was kept is compared only within one start of one machine: two readings of different ones have nothing in common. Where the
//! system does not tell which start it is on, nothing is kept, and the clock is watched within each run of the daemon alone.

use jiff::{SignedDuration, Timestamp};
use sqlx::AnyConnection;

use super::grounds::STEADY;
use super::guard::{self, Changed};
use super::{Engine, EngineError, instant, ms};
use crate::clock::doubt::{Doubt, Reading, judge};
use crate::clock::{self, Clock};
use crate::domain::guard::{ClockNote, Guard};
use crate::store::guards::{self, GuardRow};
use crate::store::meta;

/// A clock that is slewed by less is not written down anew.
const SLEWED: SignedDuration = SignedDuration::from_secs(1);

/// The last moment at which the clock of this machine was believed; `None` when the machine was started since, or on another one.
pub async fn believed(connection: &mut AnyConnection) -> Result<Option<Reading>, EngineError> {
    let text = meta::get(connection, &key(&clock::host())).await?.unwrap_or_default();
    let mut words = text.split(' ');
    if clock::boot().is_none_or(|boot| words.next() != Some(boot.as_str())) {
        return Ok(None);
    }
    let mut number = || words.next().and_then(|word| word.parse::<i64>().ok());
    Ok(number().zip(number()).map(|(wall, steady)| Reading { wall: instant(wall), steady: SignedDuration::from_millis(steady) }))
}

/// Writes that moment down, where it says something new.
pub async fn keep(engine: &Engine, reading: Reading) -> Result<(), EngineError> {
    let mut tx = engine.store.begin().await?;
    let known = believed(&mut tx).await?;
    if known.is_none_or(|known| reading.wall.duration_since(known.at(reading.steady)).abs() >= SLEWED) {
        write(&mut tx, reading).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The guard is lifted in this transaction: the clock it stood for is right, and the next daemon knows it too. That of another machine
/// cannot be read from here: what it was compared with is forgotten, so that the daemon there begins anew.
pub(super) async fn believe(connection: &mut AnyConnection, lifted: &GuardRow) -> Result<(), EngineError> {
    match lifted.note.as_deref().and_then(ClockNote::parse) {
        Some(note) if note.host != clock::host() => Ok(meta::clear(connection, &key(&note.host)).await?),
        _ => write(connection, clock::read()).await,
    }
}

/// Each machine has a line of its own: replicas do not overwrite what the others know of their clocks.
fn key(host: &str) -> String {
    format!("{}:{host}", meta::CLOCK_BELIEVED)
}

/// Where the system does not tell its boots, nothing is kept: after a restart the clock is compared with its own past no more.
async fn write(connection: &mut AnyConnection, reading: Reading) -> Result<(), EngineError> {
    let Some(boot) = clock::boot() else { return Ok(()) };
    let text = format!("{boot} {} {}", ms(reading.wall), reading.steady.as_millis());
    Ok(meta::set(connection, &key(&clock::host()), &text).await?)
}

/// The instant a command works by: what a daemon on this machine would take. `now` while the clock is to be believed.
pub async fn now_of_a_command(connection: &mut AnyConnection, now: Timestamp) -> Result<Timestamp, EngineError> {
    let Some(believed) = believed(connection).await? else { return Ok(now) };
    let judgement = judge(believed, &[], clock::read());
    Ok(if judgement.doubt.is_some() { judgement.now } else { now })
}

/// The clock of a daemon: watched, and believed since it was believed last.
pub async fn watched(engine: &Engine) -> Result<Clock, EngineError> {
    let mut connection = engine.store.read().acquire().await?;
    Ok(Clock::watched(believed(&mut connection).await?))
}

/// The guard stands from now on because of this machine; `false` when it stands because of another one.
pub async fn raise(engine: &Engine, host: &str, doubt: Doubt, now: Timestamp) -> Result<bool, EngineError> {
    let against = doubt.peer.map_or(STEADY, |peer| peer.as_str()).to_owned();
    let note = ClockNote { host: host.to_owned(), against, ahead_secs: doubt.ahead.as_secs() };
    match guard::raise(engine, Guard::Clock, "daemon", Some(&note.to_string()), now).await? {
        Changed::Now(_) => Ok(true),
        Changed::Before(row) => Ok(row.is_some_and(|row| is_of(row.note.as_deref(), host))),
    }
}

/// Whether the guard stands because of this machine.
pub async fn stands(engine: &Engine, host: &str) -> Result<bool, EngineError> {
    let mut connection = engine.store.read().acquire().await?;
    let standing = guards::standing(&mut connection).await?;
    Ok(standing.iter().any(|row| row.guard == Guard::Clock && is_of(row.note.as_deref(), host)))
}

/// Whether what made this machine's clock doubted has ended by itself while nobody outside says anything: it differed from the steady
/// clock, and by the last moment at which it was believed, kept since the machine started, it is right now.
pub async fn is_set_right(engine: &Engine, host: &str) -> Result<bool, EngineError> {
    let mut connection = engine.store.read().acquire().await?;
    let standing = guards::standing(&mut connection).await?;
    let mut notes =
        standing.iter().filter(|row| row.guard == Guard::Clock).filter_map(|row| ClockNote::parse(row.note.as_deref()?));
    if !notes.any(|note| note.host == host && note.against == STEADY) {
        return Ok(false);
    }
    let believed = believed(&mut connection).await?;
    Ok(believed.is_some_and(|believed| judge(believed, &[], clock::read()).doubt.is_none()))
}

/// The witnesses agree again.
pub async fn lift(engine: &Engine, now: Timestamp) -> Result<(), EngineError> {
    guard::lift(engine, Guard::Clock, "daemon", now).await.map(drop)
}

fn is_of(note: Option<&str>, host: &str) -> bool {
    note.and_then(ClockNote::parse).is_some_and(|note| note.host == host)
}
