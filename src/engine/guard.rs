//! Guards: raised, told of, and lifted. What a guard keeps back is decided in [`crate::domain::guard`] and read in every
//! transaction that plans, routes, packs or claims, so that it holds on every replica from the commit that raised it.
//!
//! The operators are told by an *alarm*: a reminder of the house ([`Notice::Guard`]), carried by one of the assignments, that goes the
//! way of every other and passes the guards.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Row as _};

use super::unpacking::{Cause, unpack_whole};
use super::{Engine, EngineError, instant, ms, route, rules, timekeeping};
use crate::channel::letter::AlarmLine;
use crate::domain::calendar::Hours;
use crate::domain::guard::{ClockNote, Guard, Passage, Turn, passage};
use crate::domain::organisation::PersonId;
use crate::domain::policy::Step;
use crate::domain::reminder::{Notice, ReminderKey, StepRef};
use crate::store::guards::{self, GuardRow, Passing};
use crate::store::journal::{self, Entry};
use crate::store::outbox::{self, ReminderRow};
use crate::store::{Tx, assignments, messages, meta, storms};

/// Messages taken apart in one transaction when a guard is lifted.
const CHUNK: i64 = 100;

/// What came of a request to raise or to lift a guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It was done.
    Now(GuardRow),
    /// It was so already: since then, or not at all.
    Before(Option<GuardRow>),
}

/// Whether planning may go on in this transaction: the rules of this engine hold, and no guard stands in the way.
pub(super) async fn may_plan(engine: &Engine, tx: &mut Tx, now: Timestamp) -> Result<bool, EngineError> {
    Ok(rules::hold(engine, tx).await? && passage_of(&tx.bearings().await?.guards, now) >= Passage::Reminders)
}

/// Which reminders may be routed, packed and claimed now.
pub(super) async fn passing(engine: &Engine, tx: &mut Tx, now: Timestamp) -> Result<Passing, EngineError> {
    Ok(passing_of(engine, &tx.bearings().await?.guards, now))
}

/// The same as far as these guards let them.
pub(super) fn passing_of(engine: &Engine, standing: &[GuardRow], now: Timestamp) -> Passing {
    match passage_of(standing, now) {
        Passage::Everything => Passing::All,
        Passage::Nothing => Passing::Steps(Vec::new()),
        Passage::Alarms => Passing::Steps(vec![alarm_step()]),
        Passage::Reminders => Passing::Steps(plain_reminders(engine)),
    }
}

/// Whether no guard that stands keeps back whole kinds of messages.
pub(super) async fn lets_all_pass(engine: &Engine, now: Timestamp) -> Result<bool, EngineError> {
    let standing = standing(&mut *engine.store.read().acquire().await?).await?;
    Ok(passing_of(engine, &standing, now) == Passing::All)
}

fn passage_of(standing: &[GuardRow], now: Timestamp) -> Passage {
    passage(standing.iter().map(|row| (row.guard, instant(row.since_at_ms))), now)
}

fn alarm_step() -> String {
    StepRef::Notice(Notice::Guard).to_string()
}

/// The steps that are reminders in every policy that has them, and alarms.
fn plain_reminders(engine: &Engine) -> Vec<String> {
    let steps = || engine.rules.policies.iter().flat_map(|policy| &policy.steps);
    let escalates = |name: &str| steps().any(|step| step.name == name && !step.is_reminder());
    let mut names: Vec<String> = steps().map(|step: &Step| step.name.clone()).filter(|name| !escalates(name)).collect();
    names.push(alarm_step());
    names.sort_unstable();
    names.dedup();
    names
}

/// Raises a guard, tells the operators and records it. One that stands already stays as it is; only a pause takes on what a person
/// says of it later.
pub async fn raise(engine: &Engine, guard: Guard, by: &str, note: Option<&str>, now: Timestamp) -> Result<Changed, EngineError> {
    let mut tx = engine.store.begin().await?;
    let changed = raise_in(engine, &mut tx, guard, by, note, now).await?;
    tx.commit().await?;
    Ok(changed)
}

/// The same in the caller's transaction.
pub(super) async fn raise_in(
    engine: &Engine,
    tx: &mut Tx,
    guard: Guard,
    by: &str,
    note: Option<&str>,
    now: Timestamp,
) -> Result<Changed, EngineError> {
    let row =
        GuardRow { guard, since_at_ms: ms(now), raised_by: by.to_owned(), note: note.map(str::to_owned), told_at_ms: ms(now) };
    if !guards::raise(tx, &row).await? {
        let known = guards::standing(tx).await?.into_iter().find(|known| known.guard == guard);
        return match known {
            Some(known) if guard == Guard::Pause && row.note.is_some() && known.note != row.note => {
                let noted = GuardRow { note: row.note, ..known };
                guards::set_note(tx, &noted).await?;
                record(engine, tx, &noted, Turn::Raised, by, now).await?;
                Ok(Changed::Now(noted))
            }
            known => Ok(Changed::Before(known)),
        };
    }
    record(engine, tx, &row, Turn::Raised, by, now).await?;
    Ok(Changed::Now(row))
}

/// Lifts a guard. What it kept back goes the way of everything that comes late: messages that were ready are taken apart first,
/// so that nobody gets more than one.
pub async fn lift(engine: &Engine, guard: Guard, by: &str, now: Timestamp) -> Result<Changed, EngineError> {
    loop {
        let mut tx = engine.store.begin().await?;
        if !guards::standing(&mut tx).await?.iter().any(|row| row.guard == guard) {
            return Ok(Changed::Before(None));
        }
        // Where everything passed nothing that is ready was kept back.
        if guard.lets_through(now, now) != Passage::Everything && take_some_apart(engine, &mut tx, now).await? {
            tx.commit().await?;
            continue;
        }
        if guard == Guard::Storm {
            storms::approve(&mut tx, ms(now)).await?;
        }
        let Some(row) = guards::lift(&mut tx, guard).await? else { return Ok(Changed::Before(None)) };
        if guard == Guard::Clock {
            timekeeping::believe(&mut tx, &row).await?;
        }
        record(engine, &mut tx, &row, Turn::Lifted, by, now).await?;
        tx.commit().await?;
        return Ok(Changed::Now(row));
    }
}

/// Messages that are on no wire are made anew, so that each looks at what is known now.
pub(super) async fn take_apart(engine: &Engine, now: Timestamp) -> Result<(), EngineError> {
    loop {
        let mut tx = engine.store.begin().await?;
        if !take_some_apart(engine, &mut tx, now).await? {
            return Ok(());
        }
        tx.commit().await?;
    }
}

/// Some of them; whether there were any.
async fn take_some_apart(engine: &Engine, tx: &mut Tx, now: Timestamp) -> Result<bool, EngineError> {
    let resting = messages::resting(tx, CHUNK).await?;
    for row in &resting {
        unpack_whole(engine, tx, row, Cause::StateChanged, now).await?;
    }
    Ok(!resting.is_empty())
}

/// Tells the operators of a row that is held by itself, or without a place of a round that broke; `not_by` does not carry that.
pub(super) async fn tell_of_row(
    engine: &Engine,
    tx: &mut Tx,
    place: Option<&str>,
    not_by: Option<i64>,
    now: Timestamp,
) -> Result<(), EngineError> {
    let Some(carrier) = outbox::carrier(tx, not_by).await? else { return Ok(()) };
    let day = engine.rules.calendar.date_of(now);
    let detail = Detail::alone(Guard::Row, place, now).detail()?;
    let place = place.unwrap_or("*");
    alarm(engine, tx, carrier, format!("{}:{place}:{day}", Guard::Row.as_str()), detail.to_string(), now).await
}

/// Tells the operators that another program reads the updates of the bot, at most once a day; `true` when it did.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn tell_of_token(engine: &Engine, now: Timestamp) -> Result<bool, EngineError> {
    let mut tx = engine.store.begin().await?;
    let today = engine.rules.calendar.date_of(now).to_string();
    if meta::get(&mut tx, meta::TOKEN_TOLD).await?.as_deref() == Some(today.as_str()) {
        return Ok(false);
    }
    let Some(carrier) = outbox::carrier(&mut tx, None).await? else { return Ok(false) };
    announce(engine, &mut tx, Guard::Token, None, (carrier, format!("{}:{today}", Guard::Token.as_str())), now).await?;
    meta::set(&mut tx, meta::TOKEN_TOLD, &today).await?;
    tx.commit().await?;
    Ok(true)
}

/// The journal's entry and the alarm of a guard that stands in no table.
async fn announce(
    engine: &Engine,
    tx: &mut Tx,
    guard: Guard,
    note: Option<&str>,
    (carrier, anchor): (i64, String),
    now: Timestamp,
) -> Result<(), EngineError> {
    let detail = Detail::alone(guard, note, now).detail()?;
    let entry = Entry::new(now, guard.reason(), detail.clone()).actor("daemon").config(engine.rules.digest.clone());
    journal::append(tx, &[entry]).await?;
    alarm(engine, tx, carrier, anchor, detail.to_string(), now).await
}

/// How long before a year begins its holidays have to be announced.
const ANNOUNCED_BEFORE: SignedDuration = SignedDuration::from_hours(60 * 24);

/// Asks the operators for the holidays of a year that begins within sixty days and is provisional, once a year; `true` when it did.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn ask_for_holidays(engine: &Engine, now: Timestamp) -> Result<bool, EngineError> {
    let calendar = &engine.rules.calendar;
    let (today, soon) = (calendar.date_of(now), calendar.date_of(now + ANNOUNCED_BEFORE));
    let year = soon.year();
    if year == today.year() || !calendar.is_provisional(soon) {
        return Ok(false);
    }
    let mut tx = engine.store.begin().await?;
    if meta::get_number(&mut tx, meta::HOLIDAYS_ASKED).await? >= i64::from(year) {
        return Ok(false);
    }
    // Without any duty nothing depends on them yet.
    let Some(carrier) = outbox::carrier(&mut tx, None).await? else { return Ok(false) };
    let (year_said, anchor) = (year.to_string(), format!("{}:{year}", Guard::Calendar.as_str()));
    announce(engine, &mut tx, Guard::Calendar, Some(&year_said), (carrier, anchor), now).await?;
    meta::set(&mut tx, meta::HOLIDAYS_ASKED, &year.to_string()).await?;
    tx.commit().await?;
    Ok(true)
}

/// Tells the operators again of a guard that has stood for a day, at the opening of each working day.
pub(super) async fn remind(engine: &Engine, now: Timestamp) -> Result<(), EngineError> {
    let mut connection = engine.store.read().acquire().await?;
    if !standing(&mut connection).await?.iter().any(|row| next_telling(engine, row) <= now) {
        return Ok(());
    }
    drop(connection);
    let mut tx = engine.store.begin().await?;
    for row in guards::standing(&mut tx).await? {
        if next_telling(engine, &row) <= now {
            guards::set_told(&mut tx, row.guard, ms(now)).await?;
            record(engine, &mut tx, &row, Turn::Standing, "daemon", now).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// The opening of the working day after the day on which the operators were told last.
fn next_telling(engine: &Engine, row: &GuardRow) -> Timestamp {
    let calendar = &engine.rules.calendar;
    let told_on = calendar.date_of(instant(row.told_at_ms));
    let following = calendar.instant(told_on, 0) + SignedDuration::from_hours(24);
    calendar.next_opening(&Hours::Office, following)
}

/// When the operators are to be told again of a guard that stands.
pub(super) async fn next(engine: &Engine, connection: &mut AnyConnection) -> Result<Option<Timestamp>, EngineError> {
    Ok(standing(connection).await?.iter().map(|row| next_telling(engine, row)).min())
}

/// The guards that stand.
pub async fn standing(connection: &mut AnyConnection) -> Result<Vec<GuardRow>, EngineError> {
    Ok(guards::standing(connection).await?)
}

/// A guard, and since when it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stood {
    /// Which.
    pub guard: Guard,
    /// Since when.
    pub since: Timestamp,
}

/// The guards that kept messages to that person back at that instant, the oldest first, as the journal has them.
///
/// Of a storm the journal names nobody: it counts here while what waits for that person is still held.
pub(super) async fn stood_at(connection: &mut AnyConnection, person: PersonId, at: Timestamp) -> Result<Vec<Stood>, EngineError> {
    let mut found: Vec<Stood> = Vec::new();
    for (guard, told) in journalled_at(connection, at).await? {
        if guard.keeps_back() {
            found.push(Stood { guard, since: instant(told.since_at_ms) });
        }
    }
    if let Some(since_ms) = storms::held_since_ms(connection, person.0).await?
        && since_ms <= ms(at)
    {
        found.push(Stood { guard: Guard::Storm, since: instant(since_ms) });
    }
    Ok(found)
}

/// Why the clock was doubted at that instant, as the journal has it; `None` when it was believed.
pub(super) async fn doubt_at(connection: &mut AnyConnection, at: Timestamp) -> Result<Option<ClockNote>, EngineError> {
    let stood = journalled_at(connection, at).await?;
    let told = stood.into_iter().find(|(guard, _)| *guard == Guard::Clock);
    Ok(told.and_then(|(_, told)| ClockNote::parse(&told.note?)))
}

/// The guards that stood at that instant, the oldest first.
async fn journalled_at(connection: &mut AnyConnection, at: Timestamp) -> Result<Vec<(Guard, Detail)>, EngineError> {
    let sql = "SELECT kind, detail FROM journal WHERE kind IN ('guard-raised', 'guard-lifted') AND at_ms <= $1 ORDER BY seq";
    let mut found: Vec<(Guard, Detail)> = Vec::new();
    for row in sqlx::query(sql).bind(ms(at)).fetch_all(connection).await? {
        let (kind, detail): (String, String) = (row.try_get("kind")?, row.try_get("detail")?);
        let told: Detail =
            serde_json::from_str(&detail).map_err(|source| EngineError::Json { what: "journal.detail", source })?;
        let Some(guard) = Guard::parse(&told.guard) else { continue };
        found.retain(|(known, _)| *known != guard);
        if kind == "guard-raised" {
            found.push((guard, told));
        }
    }
    Ok(found)
}

/// What journal and alarms say of a guard.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Detail {
    v: u8,
    guard: String,
    turn: String,
    since_at_ms: i64,
    by: String,
    note: Option<String>,
}

impl Detail {
    /// Of something the daemon noticed just now.
    fn alone(guard: Guard, note: Option<&str>, now: Timestamp) -> Self {
        Self {
            v: 1,
            guard: guard.as_str().to_owned(),
            turn: Turn::Raised.as_str().to_owned(),
            since_at_ms: ms(now),
            by: "daemon".to_owned(),
            note: note.map(str::to_owned),
        }
    }

    fn detail(&self) -> Result<serde_json::Value, EngineError> {
        serde_json::to_value(self).map_err(|source| EngineError::Json { what: "journal.detail", source })
    }
}

/// The journal's entry and the alarm, in the caller's transaction.
async fn record(engine: &Engine, tx: &mut Tx, row: &GuardRow, turn: Turn, by: &str, now: Timestamp) -> Result<(), EngineError> {
    let told = Detail {
        turn: turn.as_str().to_owned(),
        since_at_ms: row.since_at_ms,
        by: by.to_owned(),
        ..Detail::alone(row.guard, row.note.as_deref().filter(|_| turn != Turn::Lifted), now)
    };
    let detail = told.detail()?;
    let kind = match turn {
        Turn::Raised => "guard-raised",
        Turn::Standing => "guard-stands",
        Turn::Lifted => "guard-lifted",
    };
    let entry = Entry::new(now, kind, detail.clone()).actor(by).config(engine.rules.digest.clone());
    journal::append(tx, &[entry]).await?;
    if turn != Turn::Lifted && row.guard.lets_through(instant(row.since_at_ms), now) == Passage::Nothing {
        // Nothing leaves a copy, not even that it is one: the log, `status` and the service manager say it.
        return Ok(());
    }
    // Where there is no assignment there is nothing to keep back either.
    let Some(carrier) = outbox::carrier(tx, None).await? else { return Ok(()) };
    let day = engine.rules.calendar.date_of(now);
    let anchor = format!("{}:{}:{}:{day}", row.guard.as_str(), row.since_at_ms, turn.as_str());
    alarm(engine, tx, carrier, anchor, detail.to_string(), now).await
}

/// Queues an alarm.
async fn alarm(engine: &Engine, tx: &mut Tx, id: i64, anchor: String, detail: String, now: Timestamp) -> Result<(), EngineError> {
    let (_, directory) = engine.organisation.get(tx).await?;
    let loaded = assignments::load(tx, &[id], &engine.rules.office, now).await?;
    let Some(policy) = loaded.first().and_then(|loaded| engine.policy_of(loaded, &directory)) else { return Ok(()) };
    let key = ReminderKey { step: StepRef::Notice(Notice::Guard), anchor, occurrence: 1 };
    let notice = route::notice(id, key, &policy.name, Some(detail), now);
    Ok(outbox::record(tx, &[notice]).await?)
}

/// What an alarm tells; `None` for every other reminder.
pub(super) fn alarm_line(reminder: &ReminderRow) -> Option<AlarmLine> {
    if reminder.key.step != StepRef::Notice(Notice::Guard) {
        return None;
    }
    let told: Detail = serde_json::from_str(reminder.detail.as_deref()?).ok()?;
    let by = told.by.strip_prefix("cli:").map(str::to_owned);
    Some(AlarmLine {
        guard: Guard::parse(&told.guard)?,
        turn: Turn::parse(&told.turn)?,
        since: instant(told.since_at_ms),
        by,
        note: told.note,
    })
}
