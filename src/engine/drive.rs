//! The engine on a clock of its own: what simulation, demo and the tests of scenarios turn.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::chat::link;
use super::deliver::{self, Claimed};
use super::{Engine, EngineError, brief, guard, ms, pack, period, plan, route, still, unpacking};
use crate::channel::{Channel as _, Door};
use crate::clock::Clock;
use crate::domain::policy::ChannelKind;
use crate::store::wakes::{self, Outlook};

/// Messages of one claim.
const CLAIM: usize = 32;

/// Rounds of one tick: a bound, never reached while the planner keeps its laws.
const ROUNDS_MAX: usize = 10_000;

/// Opens, plans, routes and packs everything that is due; returns how many messages were packed.
pub async fn prepare(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    Ok(prepare_seen(engine, &look(engine).await?, now).await?.unwrap_or_default())
}

/// What there is to do, in one statement.
pub async fn look(engine: &Engine) -> Result<Outlook, EngineError> {
    let mut connection = engine.store.read().acquire().await?;
    Ok(wakes::outlook(&mut connection).await?)
}

/// The same after a look: verbs that would find nothing are left out. `None` when nothing is due.
pub async fn prepare_seen(engine: &Engine, outlook: &Outlook, now: Timestamp) -> Result<Option<usize>, EngineError> {
    let has_come = |at: Option<i64>| at.is_some_and(|at| at <= ms(now));
    let mut any = false;
    if outlook.guards > 0 {
        guard::remind(engine, now).await?;
        any = true;
    }
    let opened = if has_come(outlook.opens_at_ms) { period::open(engine, now).await? } else { 0 };
    let is_to_be_planned =
        opened > 0 || has_come(outlook.check_at_ms) || brief::is_due(engine, outlook.brief_week.as_deref(), now);
    let planned = if is_to_be_planned { plan::plan(engine, now).await?.due } else { 0 };
    // A storm keeps back what it counts, and nothing else.
    let passes = outlook.guards == 0 || guard::lets_all_pass(engine, now).await?;
    let waits = passes && outlook.waiting.iter().any(|(_, waiting)| *waiting > 0);
    let stale = if passes && outlook.loose > 0 { unpacking::route_anew(engine, now).await? } else { 0 };
    let asked = if waits { still::ask_anew(engine, outlook, now).await? } else { 0 };
    let apart = if waits { unpacking::take_apart(engine, now).await? } else { 0 };
    let is_to_be_routed = planned > 0
        || any
        || asked + apart + stale > 0
        || has_come(outlook.reminder_at_ms)
        || link::has_anybody_left(engine, &outlook.store_id, outlook.org_revision, now).await?;
    let routed = if is_to_be_routed { route::route(engine, now).await? } else { 0 };
    let is_closed = |(channel, waiting): &(ChannelKind, i64)| *waiting > 0 && !engine.channels.contains(channel);
    let leaves = outlook.waiting.iter().any(is_closed);
    if leaves {
        unpacking::leave_closed_channels(engine, now).await?;
    }
    let is_to_be_packed = routed > 0 || leaves || outlook.loose > 0;
    if waits && is_to_be_packed {
        unpacking::join(engine, now).await?;
    }
    let packed = if is_to_be_packed { Some(pack::pack(engine, now).await?) } else { None };
    engine.has_prepared(now);
    any |= has_come(outlook.opens_at_ms) || is_to_be_planned || is_to_be_routed;
    Ok(packed.or(any.then_some(0)))
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
