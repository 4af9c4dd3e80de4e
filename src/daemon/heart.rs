//! The heart of a replica: it beats, looks whether the others' do, and takes over from those that are silent.
//!
//! It has a connection of its own and waits for no other writer, so that a long import or a stopped replica does not make it
//! look dead. It beats until the last verdict is recorded, longer than every other part.

use std::sync::Arc;
use std::time::Duration;

use sqlx::AnyConnection;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::{self, Clock};
use crate::engine::incarnation::{BEAT, Watcher};
use crate::engine::{Engine, deliver};
use crate::store::incarnations::{self, NewIncarnation, Seen};
use crate::store::{Store, StoreError};

/// A database that does not answer within this is as good as away; the connection is given up.
const ANSWER: Duration = Duration::from_secs(3);

/// The shortest time between two turns.
const PAUSE: Duration = Duration::from_millis(500);

/// The heart of one daemon on PostgreSQL.
pub(super) struct Heart {
    pub(super) engines: watch::Receiver<Arc<Engine>>,
    /// The rules the config asks for, which may not be those in force.
    pub(super) wanted: watch::Receiver<Arc<Engine>>,
    pub(super) clock: Clock,
    /// Something was taken over.
    pub(super) poke: Arc<Notify>,
    pub(super) stop: CancellationToken,
}

/// Makes the incarnation known, before anything is claimed under it.
pub(super) async fn register(store: &Store, engine: &Engine, clock: &Clock) -> Result<(), StoreError> {
    engine.incarnation.share();
    let mut connection = store.own_connection().await?;
    make_known(&mut connection, &engine.incarnation.id(), engine, clock).await
}

/// Others need not wait for its silence.
pub(super) async fn say_goodbye(store: &Store, id: &str, clock: &Clock) {
    let said = async {
        let mut connection = store.own_connection().await?;
        incarnations::end(&mut connection, id, clock.now().as_millisecond()).await
    };
    if !matches!(tokio::time::timeout(ANSWER, said).await, Ok(Ok(()))) {
        tracing::warn!("the other replicas could not be told that this one ends; they find out within ten seconds");
    }
}

async fn make_known(connection: &mut AnyConnection, id: &str, engine: &Engine, clock: &Clock) -> Result<(), StoreError> {
    let new = NewIncarnation {
        id,
        host: &clock::host(),
        pid: i64::from(std::process::id()),
        config_digest: &engine.rules.digest,
        now_ms: clock.now().as_millisecond(),
    };
    incarnations::register(connection, &new).await
}

/// When a turn was asked of the database, and whether with a heartbeat.
#[derive(Clone, Copy, Debug)]
struct Asked {
    at: Instant,
    is_beat: bool,
}

/// When it beats, when it looks, and who is silent, by instants that it is told.
#[derive(Debug, Default)]
struct Rhythm {
    watcher: Watcher,
    beat_at: Option<Instant>,
}

impl Rhythm {
    fn ask(&self, at: Instant) -> Asked {
        Asked { at, is_beat: self.beat_at.is_none_or(|beat| at.duration_since(beat) + PAUSE >= BEAT) }
    }

    /// The turn showed these others; returns who was silent for too long.
    fn hear(&mut self, asked: Asked, others: &[Seen], answered: Instant) -> Vec<Seen> {
        if asked.is_beat {
            // Dated by the question: others may see it, and count on, from then.
            self.beat_at = Some(asked.at);
        }
        // Dated by the answer: a beat it shows may be as young as that, and its replica sends on for so long.
        self.watcher.look(others, answered)
    }

    /// Between two heartbeats it looks only when one of the others may be silent for too long by then.
    fn next(&self, asked: Asked) -> Instant {
        let soonest = asked.at + PAUSE;
        let beat = self.beat_at.map_or(soonest, |at| at + BEAT);
        self.watcher.next().into_iter().chain([beat]).min().unwrap_or(beat).max(soonest)
    }
}

impl Heart {
    pub(super) async fn work(self) {
        let mut connection = None;
        let mut rhythm = Rhythm::default();
        let mut under_way = None;
        let mut failures = 0_u32;
        while !self.stop.is_cancelled() {
            let asked = rhythm.ask(Instant::now());
            match tokio::time::timeout(ANSWER, self.turn(&mut connection, asked.is_beat)).await {
                Ok(Ok(others)) => {
                    if failures > 0 {
                        tracing::info!("the database answers the heartbeat again");
                    }
                    failures = 0;
                    self.take_over(rhythm.hear(asked, &others, Instant::now()), &mut under_way);
                }
                failed => {
                    failures = failures.saturating_add(1);
                    // What was asked on it may still be answered: nobody may read that as the answer to something else.
                    connection = None;
                    if failures == 1 {
                        let why = match failed {
                            Ok(Err(error)) => error.to_string(),
                            _ => "no answer in time".to_owned(),
                        };
                        tracing::warn!(why, "the heartbeat failed; without it nothing is sent");
                    }
                }
            }
            let next = tokio::time::sleep_until(rhythm.next(asked));
            tokio::select! { () = self.stop.cancelled() => {}, () = next => {} }
        }
    }

    /// One look at the others, with a heartbeat when it is due. Cut short only together with its connection.
    async fn turn(&self, connection: &mut Option<AnyConnection>, is_due: bool) -> Result<Vec<Seen>, StoreError> {
        let engine = Arc::clone(&self.wanted.borrow());
        let mut held = match connection.take() {
            Some(held) => held,
            None => engine.store.own_connection().await?,
        };
        let id = engine.incarnation.id();
        let seen = if is_due { self.beat(&mut held, &engine, &id).await? } else { None };
        let others = match seen {
            Some(others) => others,
            None => incarnations::others(&mut held, &engine.incarnation.id()).await?,
        };
        *connection = Some(held);
        Ok(others)
    }

    /// Beats, and says whom it saw; `None` when it was taken for dead and goes on as another one.
    async fn beat(&self, connection: &mut AnyConnection, engine: &Engine, id: &str) -> Result<Option<Vec<Seen>>, StoreError> {
        let (began, now) = (Instant::now(), self.clock.now());
        let seen = incarnations::beat(connection, id, &engine.rules.digest, now.as_millisecond()).await?;
        if seen.is_some() {
            engine.incarnation.beaten(id, began, now);
            return Ok(seen);
        }
        let fresh = engine.incarnation.renew();
        tracing::warn!(
            incarnation = id,
            now = fresh,
            "this replica was silent for too long and was taken over; it goes on as another one, and sends nothing of before"
        );
        make_known(connection, &fresh, engine, &self.clock).await?;
        Ok(None)
    }

    /// Begun beside the heart: the transaction waits its turn, and meanwhile the heart must beat.
    fn take_over(&self, silent: Vec<Seen>, under_way: &mut Option<JoinHandle<()>>) {
        let engine = Arc::clone(&self.engines.borrow());
        let is_busy = under_way.as_ref().is_some_and(|work| !work.is_finished());
        if silent.is_empty() || is_busy || !engine.incarnation.is_fresh(self.clock.now()) {
            return;
        }
        let (clock, poke) = (self.clock.clone(), Arc::clone(&self.poke));
        *under_way = Some(tokio::spawn(async move {
            match deliver::take_over_from(&engine, &silent, clock.now()).await {
                Ok(taken) => {
                    for (incarnation, uncertain) in taken {
                        tracing::warn!(
                            incarnation,
                            uncertain,
                            "a silent replica was taken over; what it was sending is sent again"
                        );
                    }
                    poke.notify_one();
                }
                Err(error) => tracing::warn!(%error, "a silent replica could not be taken over yet; it is tried again"),
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::config::{Config, Surroundings};
    use crate::domain::policy::ChannelKind;
    use crate::engine::incarnation::{SILENT, STALE};

    const MS: Duration = Duration::from_millis(1);

    fn other(beats: i64) -> [Seen; 1] {
        [Seen { id: "other".to_owned(), beats, is_gone: false }]
    }

    #[test]
    fn a_heartbeat_that_a_slow_answer_shows_may_be_as_young_as_the_answer() {
        let (mut rhythm, start) = (Rhythm::default(), Instant::now());
        let asked = rhythm.ask(start);
        assert!(rhythm.hear(asked, &other(1), start).is_empty());
        // The next turn takes all the time it may, and shows a heartbeat that was begun and committed meanwhile: the last one.
        let asked = rhythm.ask(start + BEAT);
        let answered = start + BEAT + ANSWER - MS;
        assert!(rhythm.hear(asked, &other(2), answered).is_empty());
        let mut asked = asked;
        let silent_at = loop {
            let at = rhythm.next(asked);
            asked = rhythm.ask(at);
            if !rhythm.hear(asked, &other(2), at).is_empty() {
                break at;
            }
        };
        assert!(silent_at >= answered + STALE, "its replica may still send");
        assert_eq!(silent_at, answered + SILENT);
    }

    #[test]
    fn a_slow_answer_delays_no_heartbeat_and_one_that_failed_is_tried_again_soon() {
        let (mut rhythm, start) = (Rhythm::default(), Instant::now());
        let first = rhythm.ask(start);
        assert!(first.is_beat);
        assert_eq!(rhythm.next(first), start + PAUSE, "nothing was heard: again at once");
        let again = rhythm.ask(start + PAUSE);
        assert!(again.is_beat);
        rhythm.hear(again, &[], start + PAUSE + ANSWER - MS);
        assert_eq!(rhythm.next(again), start + PAUSE + BEAT, "counted from the question");
        assert!(!rhythm.ask(start + PAUSE + BEAT - PAUSE - MS).is_beat, "what is looked at between is no heartbeat");
        assert!(rhythm.ask(start + PAUSE + BEAT).is_beat);
    }

    /// The heart of a replica on a scratch store, and the engine whose heart it is.
    async fn heart_of(clock: &Clock) -> (Heart, Arc<Engine>) {
        let around = Surroundings {
            folder: ".".into(),
            credentials: crate::config::Credentials::default(),
            today: jiff::civil::date(2023, 10, 2),
            language: None,
        };
        let rules = "[office]\nname = \"UBND\"\n[outbox]\nfolder = \"outbox\"\n[[policy]]\nname = \"p\"\n[[policy.step]]\nname = \"giao\"\n\
                     when = \"on assignment\"\nto = [\"assignee\"]\n[[route]]\npolicy = \"p\"\n";
        let (config, problems) = Config::parse(rules, &around);
        let config = config.unwrap_or_else(|| panic!("{problems:#?}"));
        let store = Store::scratch().await.expect("a folder for temporary files");
        let engine = Arc::new(Engine::new(store, Arc::new(config.rules), vec![ChannelKind::Email]));
        register(&engine.store, &engine, clock).await.expect("known to the others");
        let engines = watch::Sender::new(Arc::clone(&engine));
        let heart = Heart {
            engines: engines.subscribe(),
            wanted: engines.subscribe(),
            clock: clock.clone(),
            poke: Arc::default(),
            stop: CancellationToken::new(),
        };
        (heart, engine)
    }

    /// By the time the answer to a heartbeat comes the others may have counted from when they saw it: it is as old as its question.
    #[tokio::test]
    async fn a_heartbeat_whose_answer_is_slow_is_dated_by_its_question() {
        let clock = Clock::virtual_at(Timestamp::UNIX_EPOCH);
        let (heart, engine) = heart_of(&clock).await;
        assert!(!engine.incarnation.is_fresh(clock.now()), "no heartbeat yet");
        let mut connection = Some(engine.store.own_connection().await.expect("a connection"));
        let others = heart.turn(&mut connection, true).await.expect("a store");
        assert!(others.is_empty() && engine.incarnation.is_fresh(clock.now()));
        // The next one waits for a writer, and meanwhile the clock goes on.
        let writer = engine.store.begin().await.expect("a writer");
        let asked_at = clock.now() + SignedDuration::from_secs(2);
        clock.set(asked_at);
        let turn = heart.turn(&mut connection, true);
        let mut turn = pin!(turn);
        assert!(matches!(turn.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
        let answered_at = asked_at + SignedDuration::try_from(STALE).expect("short") - SignedDuration::from_millis(1);
        clock.set(answered_at);
        writer.rollback().await.expect("nothing was written");
        turn.await.expect("a store");
        assert!(engine.incarnation.is_fresh(answered_at), "it counts from its question");
        assert!(!engine.incarnation.is_fresh(answered_at + SignedDuration::from_millis(1)), "and no longer");
    }

    /// Whoever was taken over goes on as another one, sends nothing until that one has a heartbeat, and nothing of before ever.
    #[tokio::test]
    async fn a_replica_that_was_taken_over_lives_again_with_the_heartbeat_after() {
        let clock = Clock::virtual_at(Timestamp::UNIX_EPOCH);
        let (heart, engine) = heart_of(&clock).await;
        let (mut connection, first) = (None, engine.incarnation.id());
        heart.turn(&mut connection, true).await.expect("a store");
        assert!(engine.incarnation.may_send(&first, clock.now()));
        let mut tx = engine.store.begin().await.expect("a writer");
        let seen = incarnations::others(&mut tx, "whoever takes over").await.expect("a store");
        incarnations::fence(&mut tx, &seen[0], 0).await.expect("a store");
        tx.commit().await.expect("committed");
        heart.turn(&mut connection, true).await.expect("a store");
        let second = engine.incarnation.id();
        assert_ne!(first, second);
        assert!(!engine.incarnation.is_fresh(clock.now()), "known to the others, and without a heartbeat");
        // Between two heartbeats it only looks.
        heart.turn(&mut connection, false).await.expect("a store");
        assert!(!engine.incarnation.is_fresh(clock.now()));
        heart.turn(&mut connection, true).await.expect("a store");
        assert!(engine.incarnation.may_send(&second, clock.now()) && !engine.incarnation.may_send(&first, clock.now()));
    }
}
