//! Whether the clock of this machine is to be believed. The clock itself is never early while it is doubted; here the guard is raised that
//! keeps escalations back and tells the operators, and lifted when the witnesses agree.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::{self, Clock, Watch};
use crate::engine::{Engine, EngineError, timekeeping};

/// How often it looks. The clock itself is judged whenever it is asked; what waits for this look is only that the operators are told. As
/// often as the planner, so that both wake together.
const LOOK: Duration = Duration::from_secs(15);

/// While it is doubted: an operator who says that it is right is heard within two seconds.
const LOOK_DOUBTED: Duration = Duration::from_secs(1);

/// Looks until it is told to stop.
pub(super) struct Timekeeper {
    pub(super) engines: watch::Receiver<Arc<Engine>>,
    pub(super) clock: Clock,
    pub(super) poke: Arc<Notify>,
    pub(super) stop: CancellationToken,
}

/// What it knows of its guard.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guarding {
    /// It does not stand.
    No,
    /// It stood when the daemon began; nobody has said since that the clock is right.
    Before,
    /// It was raised by a doubt of this daemon.
    Now,
}

impl Timekeeper {
    pub(super) async fn work(self) {
        let Clock::Watched(watch) = self.clock.clone() else { return };
        let (host, mut guarding, mut is_known) = (clock::host(), Guarding::No, false);
        while !self.stop.is_cancelled() {
            let engine = Arc::clone(&self.engines.borrow());
            if !is_known {
                let stands = timekeeping::stands(&engine, &host).await;
                is_known = stands.is_ok();
                guarding = if matches!(stands, Ok(true)) { Guarding::Before } else { guarding };
            }
            match self.look(&engine, &watch, &host, guarding).await {
                Ok(next) => {
                    if next != guarding {
                        self.poke.notify_one();
                    }
                    guarding = next;
                }
                // A store that takes no records also sends nothing.
                Err(error) => tracing::debug!(%error, "the guard of the clock cannot be set"),
            }
            let wait = if guarding == Guarding::No { LOOK } else { LOOK_DOUBTED };
            tokio::select! { () = self.stop.cancelled() => {}, () = tokio::time::sleep(wait) => {} }
        }
    }

    async fn look(&self, engine: &Engine, watch: &Watch, host: &str, guarding: Guarding) -> Result<Guarding, EngineError> {
        let judgement = watch.judgement();
        match (judgement.doubt, guarding) {
            (Some(doubt), Guarding::No) => {
                let is_ours = timekeeping::raise(engine, host, doubt, judgement.now).await?;
                if is_ours {
                    let (ahead_s, against) = (doubt.ahead.as_secs(), doubt.peer.map_or("steady clock", |peer| peer.as_str()));
                    tracing::error!(
                        ahead_s,
                        against,
                        "the clock of this machine is doubted: nothing is early, and escalations wait"
                    );
                }
                Ok(if is_ours { Guarding::Now } else { Guarding::No })
            }
            (Some(_), Guarding::Before | Guarding::Now) => {
                if timekeeping::stands(engine, host).await? {
                    return Ok(Guarding::Now);
                }
                tracing::warn!("an operator says that the clock of this machine is right");
                watch.believe();
                timekeeping::keep(engine, watch.believed()).await?;
                Ok(Guarding::No)
            }
            (None, Guarding::Before) if !judgement.is_vouched && !timekeeping::is_set_right(engine, host).await? => {
                if timekeeping::stands(engine, host).await? {
                    return Ok(Guarding::Before);
                }
                timekeeping::keep(engine, watch.believed()).await?;
                Ok(Guarding::No)
            }
            (None, Guarding::Before | Guarding::Now) => {
                timekeeping::lift(engine, judgement.now).await?;
                tracing::info!("the clock of this machine is believed again");
                timekeeping::keep(engine, watch.believed()).await?;
                Ok(Guarding::No)
            }
            (None, Guarding::No) => Ok(Guarding::No),
        }
    }
}
