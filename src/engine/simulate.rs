//! `simulate`: the same engine on a scratch copy of the store and a clock of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sqlx::{AnyConnection, Row as _};

use super::deliver::Claimed;
use super::drive::{self, Witness};
use super::{Engine, EngineError, ms, period, rules, settle};
use crate::channel::Door;
use crate::channel::recording::Recording;
use crate::clock::Clock;
use crate::domain::calendar::Hours;
use crate::domain::delivery::Verdict;
use crate::domain::organisation::Directory;
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Rules;
use crate::store::naming::Names;
use crate::store::{Store, assignments, copy, messages, storms};

/// Days that are shown when no end is given.
const DAYS_DEFAULT: i64 = 30;

/// A message that would be sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Simulated {
    /// When.
    pub at: Timestamp,
    /// The person's text id.
    pub to: String,
    /// Over which channel; in trial the one it would go over for real.
    pub channel: &'static str,
    /// It goes to the trial mailbox instead of the person.
    pub is_trial: bool,
    /// Its subject.
    pub subject: String,
    /// What it carries.
    pub reminders: Vec<SimulatedReminder>,
}

/// One reminder of a simulated message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimulatedReminder {
    /// The assignment's shortest name.
    pub assignment: String,
    /// The step.
    pub step: String,
    /// 1 for the first time.
    pub occurrence: i64,
    /// Why it came due.
    pub reason: String,
}

/// Which days are asked for, both included.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range {
    /// Default: now.
    pub from: Option<Date>,
    /// Default: 30 days on.
    pub to: Option<Date>,
}

/// What these rules would send in these days, in time order. Nothing of the store is changed.
///
/// With `from` in the past nothing recorded counts: every open assignment becomes known at the opening of the first
/// working day on or after its dispatch date, with the deadline that its facts give. Else real history counts. Each message is taken as accepted at its slot,
/// and nobody answers.
pub async fn simulate(
    store: &Store,
    rules: &Arc<Rules>,
    channels: &[ChannelKind],
    range: Range,
    now: Timestamp,
) -> Result<Vec<Simulated>, EngineError> {
    simulate_told(store, (rules, channels), range, now, &mut |_| {}).await
}

/// The same for whoever waits: how far the clock is, at each message.
pub async fn simulate_told(
    store: &Store,
    (rules, channels): (&Arc<Rules>, &[ChannelKind]),
    range: Range,
    now: Timestamp,
    tell: &mut impl FnMut(Timestamp),
) -> Result<Vec<Simulated>, EngineError> {
    let calendar = &rules.calendar;
    let today = calendar.date_of(now);
    let replays = range.from.is_some_and(|from| from < today);
    let (engine, start) = if replays {
        let scratch = Store::scratch().await?;
        copy::copy_facts(store, &scratch).await?;
        close_what_is_closed(store, &scratch).await?;
        let start = become_known_by_dispatch(&scratch, rules).await?;
        let engine = Engine::new(scratch, Arc::clone(rules), channels.to_vec());
        rules::apply(&engine, start).await?;
        (engine, start)
    } else {
        (ahead(store, rules, channels, now).await?, now)
    };
    let shown_from = range.from.map_or(now, |from| calendar.instant(from, 0));
    let shown_from = if replays { shown_from } else { shown_from.max(now) };
    let until = calendar.instant(range.last_day(rules, now), 1440) - SignedDuration::from_millis(1);
    let clock = Clock::virtual_at(start);
    let mut doors = recording(channels, &clock);
    let mut seen = Seen { shown_from, messages: Vec::new(), tell };
    drive::run_until(&engine, &mut doors, &clock, until, &mut seen).await?;
    describe(&engine, &seen.messages).await
}

impl Range {
    /// The last day that is asked for.
    pub(super) fn last_day(self, rules: &Rules, now: Timestamp) -> Date {
        let today = rules.calendar.date_of(now);
        self.to.unwrap_or_else(|| self.from.unwrap_or(today).saturating_add(days(DAYS_DEFAULT)))
    }
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// Doors that take everything and send nothing.
pub(super) fn recording(channels: &[ChannelKind], clock: &Clock) -> BTreeMap<ChannelKind, Door> {
    channels.iter().map(|channel| (*channel, Door::Recording(Recording::new(clock.clone())))).collect()
}

struct Seen<'a, T> {
    shown_from: Timestamp,
    messages: Vec<(i64, Timestamp)>,
    tell: &'a mut T,
}

impl<T: FnMut(Timestamp)> Witness for Seen<'_, T> {
    fn leaves(&mut self, claimed: &Claimed, now: Timestamp) {
        (self.tell)(now);
        if now >= self.shown_from {
            self.messages.push((claimed.slip.id, now));
        }
    }
}

/// The engine on a copy of the store with its history, ready to go on from now: without its guards, as if they were lifted just now.
/// Nothing of the store is changed.
pub async fn ahead(store: &Store, rules: &Arc<Rules>, channels: &[ChannelKind], now: Timestamp) -> Result<Engine, EngineError> {
    let scratch = Store::scratch().await?;
    let stormy = storms::all(&mut *store.read().acquire().await?).await?;
    copy::copy_facts_and_history(store, &scratch).await?;
    approve_storms(&scratch, &stormy, now).await?;
    let engine = Engine::new(scratch, Arc::clone(rules), channels.to_vec());
    rules::apply(&engine, now).await?;
    settle_what_is_on_the_wire(&engine, now).await?;
    while super::walk::walk(&engine, now).await? > 0 {}
    Ok(engine)
}

/// What a storm holds counts as approved now: else what it counted would raise it again. Whoever was approved before is counted from then on.
async fn approve_storms(scratch: &Store, stormy: &[(i64, i64, Option<i64>)], now: Timestamp) -> Result<(), EngineError> {
    let mut tx = scratch.begin().await?;
    for (person, since_ms, approved_ms) in stormy {
        storms::hold(&mut tx, *person, *since_ms).await?;
        storms::approve(&mut tx, approved_ms.unwrap_or_else(|| ms(now))).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What is accepted or withdrawn by now is left out of a replay.
async fn close_what_is_closed(store: &Store, scratch: &Store) -> Result<(), EngineError> {
    let closed =
        sqlx::query("SELECT id, work FROM assignment WHERE work IN ('accepted', 'withdrawn')").fetch_all(store.read()).await?;
    let mut tx = scratch.begin().await?;
    for row in closed {
        sqlx::query("UPDATE assignment SET work = $1, next_check_at_ms = NULL WHERE id = $2")
            .bind(row.try_get::<String, _>("work")?)
            .bind(row.try_get::<i64, _>("id")?)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Every assignment becomes known at the opening of the first working day on or after its dispatch date, a later period of
/// a recurring one on its first day, every figure at
/// the opening of the working day after its day; returns the first of these instants. The extensions of the facts hold from then on:
/// recorded later than that, they would be an answer that every digest still has to wait for.
async fn become_known_by_dispatch(scratch: &Store, rules: &Rules) -> Result<Timestamp, EngineError> {
    let calendar = &rules.calendar;
    let known = |date| calendar.opening_of(&Hours::Office, calendar.first_working_day_on_or_after(date));
    let mut first: Option<Timestamp> = None;
    let mut tx = scratch.begin().await?;
    for row in sqlx::query("SELECT id, date FROM dispatch").fetch_all(&mut *tx).await? {
        let Ok(date) = row.try_get::<String, _>("date")?.parse::<Date>() else { continue };
        let known = known(date);
        first = Some(first.map_or(known, |at| at.min(known)));
        sqlx::query(
            "UPDATE assignment SET known_at_ms = $1, next_check_at_ms = $1
             WHERE work NOT IN ('accepted', 'withdrawn') AND directive_id IN (SELECT id FROM directive WHERE dispatch_id = $2)",
        )
        .bind(ms(known))
        .bind(row.try_get::<i64, _>("id")?)
        .execute(&mut *tx)
        .await?;
    }
    period::begin_anew(&mut tx, calendar, known).await?;
    for row in sqlx::query("SELECT id, as_of FROM figure").fetch_all(&mut *tx).await? {
        let Ok(as_of) = row.try_get::<String, _>("as_of")?.parse::<Date>() else { continue };
        let known = calendar.opening_of(&Hours::Office, calendar.nth_working_day_after(as_of, 1));
        sqlx::query("UPDATE figure SET recorded_at_ms = $1 WHERE id = $2")
            .bind(ms(known))
            .bind(row.try_get::<i64, _>("id")?)
            .execute(&mut *tx)
            .await?;
    }
    let first = first.unwrap_or(Timestamp::UNIX_EPOCH);
    sqlx::query("UPDATE extension SET recorded_at_ms = $1").bind(ms(first)).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(first)
}

/// What the daemon is sending at this moment is taken as accepted.
async fn settle_what_is_on_the_wire(engine: &Engine, now: Timestamp) -> Result<(), EngineError> {
    let mut tx = engine.store.begin().await?;
    for row in messages::orphans(&mut tx, &engine.incarnation.id()).await? {
        settle::verdict(engine, &mut tx, &row, &Verdict::Accepted { receipt: None }, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What the messages with these keys say and carry, in time order.
pub async fn describe(engine: &Engine, sent: &[(i64, Timestamp)]) -> Result<Vec<Simulated>, EngineError> {
    let mut connection = engine.store.read().acquire().await?;
    let mut describing = Describing {
        engine,
        names: Names::load(&mut connection).await?,
        directory: engine.organisation.look(&mut connection).await?.1,
        assignments: BTreeMap::new(),
    };
    let mut described = Vec::with_capacity(sent.len());
    for (id, at) in sent {
        described.push(describing.message(&mut connection, *id, *at).await?);
    }
    described.sort();
    Ok(described)
}

struct Describing<'a> {
    engine: &'a Engine,
    names: Names,
    directory: Arc<Directory>,
    /// Shortest names by key: one assignment stands in many messages.
    assignments: BTreeMap<i64, String>,
}

impl Describing<'_> {
    async fn message(&mut self, connection: &mut AnyConnection, id: i64, at: Timestamp) -> Result<Simulated, EngineError> {
        let row = sqlx::query("SELECT person_id, channel, subject, trial_at_ms FROM message WHERE id = $1")
            .bind(id)
            .fetch_one(&mut *connection)
            .await?;
        let items = sqlx::query(
            "SELECT r.assignment_id, r.step, r.occurrence, r.why, i.channel FROM message_item i JOIN reminder r ON r.id = i.reminder_id
             WHERE i.message_id = $1 ORDER BY i.id",
        )
        .bind(id)
        .fetch_all(&mut *connection)
        .await?;
        let mut new: Vec<i64> = items.iter().map(|item| item.try_get("assignment_id")).collect::<Result<_, _>>()?;
        new.retain(|id| !self.assignments.contains_key(id));
        for loaded in assignments::load(connection, &new, &self.engine.rules.office, at).await? {
            self.assignments.insert(loaded.id, loaded.name(&self.names, &self.directory));
        }
        let mut reminders = Vec::with_capacity(items.len());
        for item in &items {
            let Some(name) = self.assignments.get(&item.try_get("assignment_id")?) else { continue };
            let (step, occurrence, reason) = (item.try_get("step")?, item.try_get("occurrence")?, item.try_get("why")?);
            reminders.push(SimulatedReminder { assignment: name.clone(), step, occurrence, reason });
        }
        let person: i64 = row.try_get("person_id")?;
        let channel: String = match items.first() {
            Some(item) => item.try_get("channel")?,
            None => row.try_get("channel")?,
        };
        Ok(Simulated {
            at,
            to: super::route::person(&self.directory, person).map(|person| person.code.clone()).unwrap_or_default(),
            channel: ChannelKind::parse(&channel).map_or("", ChannelKind::as_str),
            is_trial: row.try_get::<Option<i64>, _>("trial_at_ms")?.is_some(),
            subject: row.try_get("subject")?,
            reminders,
        })
    }
}
