//! The engine on a clock of its own: what simulation, demo and the tests of scenarios turn.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::deliver::{self, Claimed};
use super::{Engine, EngineError, guard, pack, period, plan, route};
use crate::channel::{Channel as _, Door};
use crate::clock::Clock;
use crate::domain::policy::ChannelKind;

/// Messages of one claim.
const CLAIM: usize = 32;

/// Rounds of one tick: a bound, never reached while the planner keeps its laws.
const ROUNDS_MAX: usize = 10_000;

/// Opens, plans, routes and packs everything that is due; returns how many messages were packed.
pub async fn prepare(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    guard::remind(engine, now).await?;
    period::open(engine, now).await?;
    plan::plan(engine, now).await?;
    route::route(engine, now).await?;
    pack::pack(engine, now).await
}

/// Called with every message just before it leaves.
pub trait Witness {
    /// `claimed` leaves at `now`.
    fn leaves(&mut self, claimed: &Claimed, now: Timestamp);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Witness for Unwatched {
    fn leaves(&mut self, _: &Claimed, _: Timestamp) {}
}

/// One tick at one instant: prepare, send, mark, until nothing is left to do at that instant.
pub async fn tick(
    engine: &Engine,
    doors: &mut BTreeMap<ChannelKind, Door>,
    now: Timestamp,
    witness: &mut impl Witness,
) -> Result<usize, EngineError> {
    let mut sent = 0;
    for _ in 0..ROUNDS_MAX {
        prepare(engine, now).await?;
        let mut round = 0;
        for channel in engine.channels.clone() {
            let Some(door) = doors.get_mut(&channel) else { continue };
            round += send_available(engine, door, channel, now, witness).await?;
        }
        sent += round;
        let next = deliver::next_wake(engine, now).await?;
        if round == 0 && next.is_none_or(|at| at > now) {
            return Ok(sent);
        }
    }
    tracing::error!("a tick did not come to rest");
    Ok(sent)
}

async fn send_available(
    engine: &Engine,
    door: &mut Door,
    channel: ChannelKind,
    now: Timestamp,
    witness: &mut impl Witness,
) -> Result<usize, EngineError> {
    let mut sent = 0;
    loop {
        let mut tx = engine.store.begin().await?;
        let claimed = deliver::claim(engine, &mut tx, channel, CLAIM, now).await?;
        tx.commit().await?;
        if claimed.is_empty() {
            return Ok(sent);
        }
        let mut verdicts = Vec::with_capacity(claimed.len());
        for message in &claimed {
            witness.leaves(message, now);
            verdicts.push((&message.slip, door.send(&message.parcel).await));
        }
        let mut tx = engine.store.begin().await?;
        let done: Vec<_> = verdicts.iter().map(|(slip, verdict)| (*slip, verdict)).collect();
        deliver::mark_all(engine, &mut tx, &done, now).await?;
        tx.commit().await?;
        sent += verdicts.len();
    }
}

/// Turns the engine until `until`, jumping from one instant with something to do to the next.
pub async fn run_until(
    engine: &Engine,
    doors: &mut BTreeMap<ChannelKind, Door>,
    clock: &Clock,
    until: Timestamp,
    witness: &mut impl Witness,
) -> Result<usize, EngineError> {
    let mut sent = 0;
    loop {
        let now = clock.now();
        sent += tick(engine, doors, now, witness).await?;
        match deliver::next_wake(engine, now).await? {
            Some(next) if next <= until => clock.set(next.max(now)),
            _ => {
                clock.set(until.max(now));
                return Ok(sent);
            }
        }
    }
}
