//! The planner: it looks, plans, routes and packs, and sleeps until there is something to do again.

use std::future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::board::{self, Board};
use crate::clock::Clock;
use crate::domain::guard::Guard;
use crate::engine::plan::{self, audit_next_checks};
use crate::engine::rules::{self, Applied};
use crate::engine::walk::{self, walk};
use crate::engine::{Engine, EngineError, deliver, drive, guard, home, link, poison, succeed};
use crate::store::PokeListener;
use crate::store::wakes::Outlook;

/// Without any wake it looks this often.
const INTERVAL: Duration = Duration::from_secs(15);

/// A round that takes no longer is followed by the next at once.
const SHORT: Duration = Duration::from_millis(25);

/// After a longer one the others have three times its length, and no more than this, before what came due meanwhile is looked
/// at: verdicts come by the thousand, and planning takes turns with recording them.
const PAUSE_LONGEST: Duration = Duration::from_secs(1);

/// The shortest pause before it looks because of nothing but verdicts: what follows them is hours away, or a message over
/// another channel, and goes along with what comes due in its time.
const PAUSE: Duration = Duration::from_millis(20);

/// When nothing is to be done, that it was looked for is noted so often.
const NOTED: Duration = Duration::from_mins(1);

/// The pause when something still counts as due right after everything due was done.
const UNREST: Duration = Duration::from_secs(2);

/// Upkeep comes by cron at night; when that poke was lost it comes by itself.
const UPKEEP_LATEST: Duration = Duration::from_hours(25);

/// How often progress is looked at within a long round.
const PROGRESS: Duration = Duration::from_secs(1);

/// The longest wait while the store fails; the first is a second.
const RETRY_LONGEST: Duration = Duration::from_secs(15);

/// The one planner of a daemon.
pub(super) struct Planner {
    /// The engine of the config that was read last.
    pub(super) wanted: watch::Receiver<Arc<Engine>>,
    /// The engine whose rules the store knows.
    pub(super) in_force: watch::Sender<Arc<Engine>>,
    pub(super) clock: Clock,
    pub(super) listener: Option<PokeListener>,
    /// Verdicts were recorded.
    pub(super) settled: Arc<Notify>,
    /// The scheduler, the reloader or an answer over Telegram.
    pub(super) poke: Arc<Notify>,
    pub(super) upkeep: Arc<Notify>,
    /// The lanes look when this changes.
    pub(super) pulse: watch::Sender<()>,
    pub(super) board: Arc<Board>,
    pub(super) stop: CancellationToken,
    /// Another replica's rules are in force.
    pub(super) stands_aside: bool,
    /// The guards that stood at the last look.
    pub(super) guards: Vec<Guard>,
    /// When it was noted last that everything due was done.
    pub(super) noted: Option<Instant>,
}

/// Why it woke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Woken {
    /// Time, or somebody who knows of a change.
    Look,
    /// Only verdicts.
    Settled,
    Upkeep,
    Stop,
}

/// What a round found.
struct Round {
    /// Whether a channel may have something to do.
    carries: Carries,
    /// When it looks again by itself.
    sleep: Duration,
}

/// What there may be for the lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carries {
    Messages,
    Nothing,
}

impl Planner {
    pub(super) async fn work(mut self) {
        let interval = board::watchdog().map_or(INTERVAL, |watchdog| INTERVAL.min(watchdog / 4));
        let mut failures = 0;
        let mut tidied = Instant::now();
        let mut woken = Woken::Look;
        loop {
            let began = Instant::now();
            let round = poison::guarded(self.observed(woken)).await;
            if matches!(round, Err(EngineError::Panicked)) {
                let engine = Arc::clone(&self.wanted.borrow());
                poison::note_activation(&engine, self.clock.now()).await;
            }
            self.board.progress();
            let sleep = match round {
                Ok(round) => {
                    if failures > 0 {
                        tracing::info!("planning works again");
                        self.wanted.borrow().store_answers();
                        self.board.store_trouble(None);
                    }
                    failures = 0;
                    if round.carries == Carries::Messages {
                        self.pulse.send_replace(());
                    }
                    round.sleep.min(interval)
                }
                Err(error) => {
                    failures += 1;
                    self.tell(&error, failures);
                    Duration::from_secs(1 << failures.clamp(1, 4)).min(RETRY_LONGEST).min(interval)
                }
            };
            if woken == Woken::Upkeep {
                tidied = Instant::now();
            }
            woken = self.wait(began.elapsed(), sleep, failures).await;
            if woken == Woken::Look && tidied.elapsed() > UPKEEP_LATEST {
                woken = Woken::Upkeep;
            }
            if woken == Woken::Stop {
                return;
            }
        }
    }

    /// A round, while the watchdog is told that it gets on. A transaction is never dropped half-way.
    async fn observed(&mut self, woken: Woken) -> Result<Round, EngineError> {
        let board = Arc::clone(&self.board);
        let engine = Arc::clone(&self.wanted.borrow());
        let pulse = self.pulse.clone();
        let mut round = std::pin::pin!(self.round(woken));
        let mut steps = engine.steps_done();
        loop {
            tokio::select! {
                done = &mut round => {
                    // What was packed last may not have been told yet.
                    tokio::select! {
                        biased;
                        () = engine.packed().notified() => {
                            pulse.send_replace(());
                        }
                        () = future::ready(()) => {}
                    }
                    return done;
                }
                // What is packed leaves while more is packed.
                () = engine.packed().notified() => {
                    pulse.send_replace(());
                }
                () = tokio::time::sleep(PROGRESS) => {
                    let now = engine.steps_done();
                    if now != steps {
                        steps = now;
                        board.progress();
                    }
                }
            }
        }
    }

    async fn round(&mut self, woken: Woken) -> Result<Round, EngineError> {
        let (now, began) = (self.clock.now(), Instant::now());
        let wanted = Arc::clone(&self.wanted.borrow());
        let seen = drive::look(&wanted).await?;
        let Some((engine, mut outlook)) = self.adopt(wanted, seen, now).await? else {
            return Ok(Round { carries: Carries::Nothing, sleep: INTERVAL });
        };
        self.watch_guards(&engine, &outlook).await?;
        // What is packed in this round is told as it is packed; this is what others packed, or what waited for them.
        let waits = woken != Woken::Settled && outlook.waiting.iter().any(|(_, waiting)| *waiting > 0);
        let carries = if waits { Carries::Messages } else { Carries::Nothing };
        // Due rows first, under the rules that hold now; then some of those of the epoch before.
        let mut prepared = drive::prepare_seen(&engine, &outlook, now).await?;
        let older = if outlook.replan_after.is_some() { walk(&engine, now).await? } else { 0 };
        if older > 0 {
            prepared = Some(prepared.unwrap_or_default() + drive::prepare(&engine, now).await?);
        }
        let packed = prepared.unwrap_or_default();
        if packed > 0 {
            tracing::info!(messages = packed, "messages are packed");
            engine.store.tell_replicas().await;
        }
        let is_settled = older < walk::STEP;
        if woken == Woken::Upkeep && is_settled {
            tend(&engine, now).await?;
        }
        if prepared.is_some() {
            outlook = drive::look(&engine).await?;
        }
        if self.noted.is_none_or(|noted| noted.elapsed() >= NOTED) {
            plan::note(&engine, now).await?;
            self.noted = Some(Instant::now());
        }
        let next = deliver::next_plan(&engine, &outlook, now).await?;
        let sleep = if is_settled { self.until_next(next, now, began.elapsed()) } else { Duration::ZERO };
        Ok(Round { carries, sleep })
    }

    /// The rules of a reload begin to hold between two rounds, so that no round mixes two rule books. `None` while another
    /// replica's rules hold; else the engine in force, and what there is to do under its rules.
    async fn adopt(
        &mut self,
        wanted: Arc<Engine>,
        seen: Outlook,
        now: Timestamp,
    ) -> Result<Option<(Arc<Engine>, Outlook)>, EngineError> {
        let is_reloaded = !Arc::ptr_eq(&wanted, &self.in_force.borrow());
        let applied = if is_reloaded {
            rules::apply(&wanted, now).await?
        } else if !wanted.incarnation.is_shared() || seen.rules_digest.as_ref() == Some(&wanted.rules.digest) {
            Applied::Unchanged
        } else {
            rules::apply_unasked(&wanted, now).await?
        };
        self.in_force.send_if_modified(|engine| {
            *engine = Arc::clone(&wanted);
            is_reloaded
        });
        let config_digest = &wanted.rules.digest;
        let stood_aside = std::mem::replace(&mut self.stands_aside, applied == Applied::StandsAside);
        match applied {
            Applied::Changed => tracing::info!(config.digest = config_digest, "the new rules hold; everything is planned anew"),
            Applied::Unchanged if is_reloaded || stood_aside => {
                tracing::info!(config.digest = config_digest, "the rules are those in force");
            }
            Applied::StandsAside if !stood_aside => tracing::warn!(
                config.digest = config_digest,
                "another replica works by other rules, which stay in force; until its config.toml and this one are the same, \
                 this replica neither plans nor sends"
            ),
            Applied::Unchanged | Applied::StandsAside => {}
        }
        if self.stands_aside != stood_aside {
            let trouble = "another replica's rules are in force; this one neither plans nor sends";
            self.board.rules_trouble(self.stands_aside.then(|| trouble.to_owned()));
        }
        if self.stands_aside {
            return Ok(None);
        }
        let seen = if applied == Applied::Changed { drive::look(&wanted).await? } else { seen };
        Ok(Some((wanted, seen)))
    }

    /// The service manager and the log learn of a guard that was raised or lifted.
    async fn watch_guards(&mut self, engine: &Engine, outlook: &Outlook) -> Result<(), EngineError> {
        if outlook.guards == 0 && self.guards.is_empty() {
            return Ok(());
        }
        let mut connection = engine.store.read().acquire().await?;
        let standing = guard::standing(&mut connection).await?;
        let standing: Vec<Guard> = standing.iter().map(|row| row.guard).collect();
        if standing == self.guards {
            return Ok(());
        }
        let is_confirmed = self.guards.iter().any(|guard| guard.is_of_home() && !standing.contains(guard));
        if let Some(home) = engine.home.as_ref().filter(|_| is_confirmed) {
            home::settle(engine, home, self.clock.now()).await?;
        }
        let words: Vec<&str> = standing.iter().map(|guard| guard.reason()).collect();
        if words.is_empty() {
            tracing::info!("no guard stands any more; everything due leaves");
        } else {
            tracing::warn!(guards = words.join(", "), "messages are kept back; dondoc status says why and how to go on");
        }
        self.board.guard_trouble((!words.is_empty()).then(|| format!("messages are kept back: {}", words.join(", "))));
        self.guards = standing;
        Ok(())
    }

    /// How long it sleeps after a round of that length that began at `now`.
    fn until_next(&self, next: Option<Timestamp>, now: Timestamp, took: Duration) -> Duration {
        let Some(next) = next else { return INTERVAL };
        match Duration::try_from(next.duration_since(self.clock.now())).unwrap_or(Duration::ZERO) {
            // It came due while the others were done.
            Duration::ZERO if next > now && took <= SHORT => Duration::ZERO,
            Duration::ZERO if next > now => (took * 3).min(PAUSE_LONGEST),
            Duration::ZERO => UNREST,
            left => left,
        }
    }

    fn tell(&self, error: &EngineError, failures: u32) {
        self.wanted.borrow().aid(error);
        if failures == 1 {
            tracing::error!(%error, "planning failed; it is tried again, and nothing is sent without a record");
            self.board.store_trouble(Some(error.to_string()));
        } else {
            tracing::debug!(%error, failures, "planning failed again");
        }
    }

    /// Until there may be something to do after a round of that length. While the store fails only time counts: pokes would keep it busy.
    async fn wait(&mut self, took: Duration, sleep: Duration, failures: u32) -> Woken {
        let until = Instant::now() + sleep;
        let mut heard = std::pin::pin!(async {
            match &mut self.listener {
                Some(listener) => listener.wait().await,
                None => future::pending().await,
            }
        });
        tokio::select! {
            biased;
            () = self.stop.cancelled() => return Woken::Stop,
            () = tokio::time::sleep_until(until) => return Woken::Look,
            () = self.upkeep.notified(), if failures == 0 => return Woken::Upkeep,
            () = self.poke.notified(), if failures == 0 => return Woken::Look,
            () = &mut heard, if failures == 0 => return Woken::Look,
            () = self.settled.notified(), if failures == 0 => {}
        }
        let pause = (took * 3).clamp(PAUSE, PAUSE_LONGEST);
        tokio::select! {
            () = self.stop.cancelled() => Woken::Stop,
            // What comes due, or is told, meanwhile does not wait for the end of the pause.
            () = tokio::time::sleep_until(until) => Woken::Look,
            () = self.poke.notified() => Woken::Look,
            () = &mut heard => Woken::Look,
            () = tokio::time::sleep(pause) => Woken::Settled,
        }
    }
}

/// The nightly pass: what units that ended the day before leave behind, every index against a fresh plan, links that hold no longer,
/// then the store's own tidying.
async fn tend(engine: &Engine, now: Timestamp) -> Result<(), EngineError> {
    let inherited = succeed::inherit_ended(engine, now).await?;
    if inherited > 0 {
        tracing::info!(inherited, "upkeep: assignments of units that have ended go over to their successors");
    }
    let wrong = audit_next_checks(engine, now).await?;
    if wrong == 0 {
        tracing::info!(wrong, "upkeep: every next check is right");
    } else {
        tracing::error!(wrong, "upkeep: next checks were wrong and are planned anew; please report this");
    }
    let forgotten = link::forget_expired(engine, now).await?;
    tracing::debug!(forgotten, "upkeep: links and forms that hold no longer are forgotten");
    if guard::ask_for_holidays(engine, now).await? {
        tracing::warn!("upkeep: the holidays of next year are not announced; the operators are asked for them");
    }
    engine.store.tidy().await?;
    Ok(())
}
