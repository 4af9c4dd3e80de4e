//! Who sends, and whether it may: one incarnation for each start of a daemon, and a new one when another replica took it for
//! dead.
//!
//! On SQLite whoever holds the lock file is the only incarnation and may always send. On PostgreSQL a replica shows that it
//! lives by a heartbeat; it stops sending before anybody else may take its messages over. Both sides measure with clocks of
//! their own: the sender from before it sent its heartbeat, the watcher from when it saw it. So the sender's time is up first,
//! whatever the clocks of the machines say.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::deliver::Slip;
use super::{Engine, EngineError, ms, rules};
use crate::fault::{self, Mutant};
use crate::store::incarnations::{self, Seen, Standing};
use crate::store::{StoreError, Tx, lease};

/// How often a replica shows that it lives, and looks whether the others do.
pub const BEAT: Duration = Duration::from_millis(2_500);

/// It sends nothing when its last heartbeat is older.
pub const STALE: Duration = Duration::from_secs(5);

/// Another one whose counter stood still for so long is fenced. The time above that is for answers still on their way.
pub const SILENT: Duration = Duration::from_secs(7);

/// What was claimed so long ago, by the calendar, does not leave any more; it is claimed anew.
pub const CLAIM_HOLDS: SignedDuration = SignedDuration::from_mins(10);

/// The incarnation of an engine; clones are the same one.
#[derive(Clone, Debug)]
pub struct Incarnation(Arc<Mutex<Current>>);

#[derive(Debug)]
struct Current {
    id: String,
    life: Life,
    /// Of the lease under which it reads Telegram; 0 while it holds none.
    term: i64,
}

#[derive(Clone, Copy, Debug)]
enum Life {
    /// Nobody else works on this store.
    Alone,
    /// A replica before its first heartbeat.
    Unborn,
    /// When its last heartbeat was begun: by the machine's steady clock, and by the calendar, which also counts while the
    /// machine sleeps.
    Beating { began: Instant, at: Timestamp },
}

impl Life {
    fn is_fresh(self, steady: Instant, now: Timestamp) -> bool {
        match self {
            Self::Alone => true,
            Self::Unborn => false,
            Self::Beating { began, at } => {
                let slept = now.duration_since(at) >= SignedDuration::try_from(STALE).unwrap_or(SignedDuration::MAX);
                steady.duration_since(began) < STALE && !slept
            }
        }
    }
}

impl Default for Incarnation {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Current { id: fresh(), life: Life::Alone, term: 0 })))
    }
}

fn fresh() -> String {
    uuid::Uuid::new_v4().to_string()
}

impl Incarnation {
    /// Its id.
    pub fn id(&self) -> String {
        self.current().id.clone()
    }

    /// Others may work on the same store: from now on it sends only while its heart beats.
    pub fn share(&self) {
        self.current().life = Life::Unborn;
    }

    /// Whether others may work on the same store.
    pub fn is_shared(&self) -> bool {
        !matches!(self.current().life, Life::Alone)
    }

    /// A heartbeat of that incarnation was committed, and had been begun then.
    pub fn beaten(&self, id: &str, began: Instant, at: Timestamp) {
        let mut current = self.current();
        if current.id == id {
            current.life = Life::Beating { began, at };
        }
    }

    /// Another replica took over: the process goes on under a fresh id, which it returns.
    pub fn renew(&self) -> String {
        let mut current = self.current();
        *current = Current { id: fresh(), life: Life::Unborn, term: 0 };
        current.id.clone()
    }

    /// Whether its last heartbeat is young enough to send.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.current().life.is_fresh(Instant::now(), now) || fault::is_broken(Mutant::FenceIgnored)
    }

    /// Whether what was claimed under that id may be sent now.
    pub fn may_send(&self, id: &str, now: Timestamp) -> bool {
        let current = self.current();
        current.id == id && current.life.is_fresh(Instant::now(), now) || fault::is_broken(Mutant::FenceIgnored)
    }

    /// Whether that transmission may begin now: it was claimed under this id and not long ago. Also alone on its store a daemon may
    /// have stood still since, and what it claimed may be answered meanwhile.
    pub fn may_transmit(&self, slip: &Slip, now: Timestamp) -> bool {
        let is_old = now.duration_since(slip.claimed_at) >= CLAIM_HOLDS && !fault::is_broken(Mutant::FenceIgnored);
        !is_old && self.may_send(&slip.incarnation, now)
    }

    /// It reads Telegram under that term of the lease; 0 when it does not.
    pub fn set_term(&self, term: i64) {
        self.current().term = term;
    }

    fn term(&self) -> i64 {
        self.current().term
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether messages may be claimed in this transaction: not by a replica that was silent or fenced, nor by one whose rules
/// are not those in force.
pub(super) async fn may_claim(engine: &Engine, tx: &mut Tx, id: &str, now: Timestamp) -> Result<bool, EngineError> {
    if !engine.incarnation.is_shared() {
        return Ok(true);
    }
    Ok(engine.incarnation.may_send(id, now)
        && (incarnations::standing(tx, id).await? == Standing::Living || fault::is_broken(Mutant::FenceIgnored))
        && rules::hold(engine, tx).await?)
}

/// Begins the transaction of whoever reads Telegram; refused once another replica does.
///
/// # Errors
/// [`StoreError::Fenced`] when the lease went to another one since.
pub async fn begin_as_reader(engine: &Engine) -> Result<Tx, StoreError> {
    let mut tx = engine.store.begin().await?;
    if engine.incarnation.is_shared() && lease::term(&mut tx, lease::TELEGRAM).await? != engine.incarnation.term() {
        return Err(StoreError::Fenced { name: lease::TELEGRAM });
    }
    Ok(tx)
}

/// Takes the lease of the reader of Telegram, unless a living replica holds it. `Ok(true)` when it is held now.
pub async fn become_reader(engine: &Engine, now: Timestamp) -> Result<bool, EngineError> {
    let id = engine.incarnation.id();
    if !engine.incarnation.may_send(&id, now) {
        return Ok(false);
    }
    let is_free = lease::is_free(&mut *engine.store.read().acquire().await?, lease::TELEGRAM, &id).await?;
    if !is_free {
        return Ok(false);
    }
    let mut tx = engine.store.begin().await?;
    if incarnations::standing(&mut tx, &id).await? == Standing::Fenced {
        return Ok(false);
    }
    let term = lease::take(&mut tx, lease::TELEGRAM, &id, ms(now)).await?;
    tx.commit().await.map_err(StoreError::from)?;
    engine.incarnation.set_term(term.unwrap_or(0));
    Ok(term.is_some())
}

/// Measures the silence of others by a clock of its own.
#[derive(Debug, Default)]
pub struct Watcher {
    seen: BTreeMap<String, (i64, Instant)>,
    looked: Option<Instant>,
}

impl Watcher {
    /// What is seen at that moment; returns who was silent for too long, or is gone.
    ///
    /// Silence counts only while the watcher itself could see: a database that was away for a minute silences everybody.
    pub fn look(&mut self, others: &[Seen], at: Instant) -> Vec<Seen> {
        let was_blind = self.looked.is_none_or(|looked| at.duration_since(looked) > BEAT * 2);
        self.looked = Some(at);
        self.seen.retain(|id, _| others.iter().any(|other| other.id == *id));
        let mut silent = Vec::new();
        for other in others {
            let known = self.seen.entry(other.id.clone()).or_insert((other.beats, at));
            if known.0 != other.beats || was_blind {
                *known = (other.beats, at);
            }
            if other.is_gone || at.duration_since(known.1) >= SILENT {
                silent.push(other.clone());
            }
        }
        silent
    }

    /// When the next of them has been silent for too long, unless a look shows before that it is not.
    pub fn next(&self) -> Option<Instant> {
        self.seen.values().map(|(_, since)| *since + SILENT).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(id: &str, beats: i64) -> Seen {
        Seen { id: id.to_owned(), beats, is_gone: false }
    }

    /// One look a second, counted from the first.
    fn looks(watcher: &mut Watcher, start: Instant, secs: std::ops::Range<u64>, beats: impl Fn(u64) -> i64) -> Vec<u64> {
        secs.filter(|sec| !watcher.look(&[seen("a", beats(*sec))], start + Duration::from_secs(*sec)).is_empty()).collect()
    }

    #[test]
    fn a_counter_that_stands_still_for_seven_seconds_is_silence() {
        let (mut watcher, start) = (Watcher::default(), Instant::now());
        assert_eq!(looks(&mut watcher, start, 0..30, |sec| i64::try_from(sec / 2).expect("small")), [] as [u64; 0]);
        assert_eq!(looks(&mut watcher, start, 30..41, |_| 99), [37, 38, 39, 40]);
        assert_eq!(watcher.next(), Some(start + Duration::from_secs(37)), "there is nothing to see before");
    }

    #[test]
    fn a_watcher_that_could_not_see_begins_to_count_anew() {
        let (mut watcher, start) = (Watcher::default(), Instant::now());
        assert!(looks(&mut watcher, start, 0..5, |_| 7).is_empty());
        // The database was away for a minute.
        assert_eq!(looks(&mut watcher, start, 65..75, |_| 7), [72, 73, 74]);
    }

    #[test]
    fn who_said_goodbye_is_taken_over_at_once() {
        let gone = Seen { is_gone: true, ..seen("a", 3) };
        assert_eq!(Watcher::default().look(std::slice::from_ref(&gone), Instant::now()), [gone]);
    }

    #[test]
    fn a_heartbeat_counts_for_five_seconds_by_either_clock() {
        let (steady, now) = (Instant::now(), Timestamp::UNIX_EPOCH);
        assert!(Life::Alone.is_fresh(steady, now), "alone on its store it needs no heartbeat");
        assert!(!Life::Unborn.is_fresh(steady, now));
        let beating = Life::Beating { began: steady, at: now };
        assert!(beating.is_fresh(steady + Duration::from_millis(4_999), now + SignedDuration::from_millis(4_999)));
        assert!(!beating.is_fresh(steady + STALE, now), "it stood still");
        assert!(!beating.is_fresh(steady, now + SignedDuration::from_secs(5)), "the machine slept");
        assert!(beating.is_fresh(steady, now - SignedDuration::from_hours(1)), "a calendar set back stops nothing");
    }

    #[test]
    fn a_claim_holds_for_ten_minutes_also_for_a_daemon_that_is_alone() {
        let (incarnation, claimed_at) = (Incarnation::default(), Timestamp::UNIX_EPOCH);
        let slip = Slip { id: 1, incarnation: incarnation.id(), attempt: 1, claimed_at };
        assert!(incarnation.may_transmit(&slip, claimed_at + SignedDuration::from_mins(9)));
        assert!(!incarnation.may_transmit(&slip, claimed_at + SignedDuration::from_mins(10)));
        assert!(incarnation.may_transmit(&slip, claimed_at - SignedDuration::from_hours(1)), "a calendar set back stops nothing");
        assert!(!incarnation.may_transmit(&Slip { incarnation: "another".to_owned(), ..slip }, claimed_at));
    }

    #[test]
    fn what_was_claimed_under_an_earlier_id_is_not_sent() {
        let (incarnation, now) = (Incarnation::default(), Timestamp::UNIX_EPOCH);
        let first = incarnation.id();
        incarnation.share();
        assert!(!incarnation.may_send(&first, now), "no heartbeat yet");
        incarnation.beaten(&first, Instant::now(), now);
        assert!(incarnation.may_send(&first, now));
        let second = incarnation.renew();
        incarnation.beaten(&first, Instant::now(), now);
        assert!(!incarnation.is_fresh(now), "a late heartbeat of the fenced one counts for nothing");
        incarnation.beaten(&second, Instant::now(), now);
        assert!(incarnation.may_send(&second, now) && !incarnation.may_send(&first, now));
    }
}
