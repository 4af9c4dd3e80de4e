//! `claim` and `mark`: a message goes on the wire only after `sending` is committed, and its verdict is committed before
//! the same connection sends again. No transaction is open across SMTP, Telegram or HTTP.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::poison::{self, Row};
use super::unpacking::{self, Cause, unpack};
use super::{Engine, EngineError, brief, guard, incarnation, instant, ms, parcel, sent, settle, still, trial};
use crate::channel::wording;
use crate::domain::delivery::{Fault, MessageState, Parcel, Verdict};
use crate::domain::policy::ChannelKind;
use crate::fault::{self, Mutant};
use crate::store::Tx;
use crate::store::batch::Batch;
use crate::store::guards::Passing;
use crate::store::incarnations::{self, Seen, Standing};
use crate::store::journal::{self, Entry};
use crate::store::messages::{self, MessageRow};
use crate::store::outbox::{self, ItemRow};
use crate::store::wakes::{self, Outlook};
use crate::store::{parcels, tally};

/// Messages looked at by one claim.
const LOOK_MAX: i64 = 500;

/// One transmission: which message, whose, and which try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// Key of the message.
    pub id: i64,
    /// Who transmits it.
    pub incarnation: String,
    /// From 1.
    pub attempt: i64,
    /// When it was claimed: what is known of its message is as old.
    pub claimed_at: Timestamp,
}

/// A message that is to be transmitted now.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Handed in with the verdict.
    pub slip: Slip,
    /// What goes on the wire.
    pub parcel: Parcel,
}

/// Claims up to `wanted` messages of a channel in the caller's transaction. Each is checked again: an answer that was
/// committed before this transaction keeps the message from leaving. A replica that was silent for too long gets none.
pub async fn claim(
    engine: &Engine,
    tx: &mut Tx,
    channel: ChannelKind,
    wanted: usize,
    now: Timestamp,
) -> Result<Vec<Claimed>, EngineError> {
    let mut claimed = Vec::new();
    let own = engine.incarnation.id();
    if !incarnation::may_claim(engine, tx, &own, now).await? {
        return Ok(claimed);
    }
    let passing = guard::passing(engine, tx, now).await?;
    loop {
        let most = LOOK_MAX.min(i64::try_from(wanted - claimed.len()).unwrap_or(1));
        if most == 0 {
            break;
        }
        let rows = messages::available(tx, channel, ms(now), most, &passing).await?;
        if rows.is_empty() {
            break;
        }
        let going = check(engine, tx, &rows, now).await?;
        let mut batch = Batch::new(tx);
        messages::begin_sending(&mut batch, &going.iter().map(|(row, _)| *row).collect::<Vec<_>>(), &own, ms(now));
        batch.run(tx).await?;
        for (row, parcel) in going {
            let slip = Slip { id: row.id, incarnation: own.clone(), attempt: row.attempts + 1, claimed_at: now };
            if fault::is_broken(Mutant::MarkBeforeSend) {
                mark(engine, tx, &slip, &Verdict::Accepted { receipt: None }, now).await?;
            }
            claimed.push(Claimed { slip, parcel });
        }
        // Fewer than asked for were all there were, and none of them is available again.
        if i64::try_from(rows.len()).is_ok_and(|count| count < most) {
            break;
        }
    }
    Ok(claimed)
}

/// What leaves of these, in their order; the others are moved where they belong. A row that breaks the check is held, and tells
/// nothing against the others.
async fn check<'a>(
    engine: &Engine,
    tx: &mut Tx,
    rows: &'a [MessageRow],
    now: Timestamp,
) -> Result<Vec<(&'a MessageRow, Parcel)>, EngineError> {
    let together = match carried(tx, rows).await {
        Err(error) if error.is_of_a_row() => None,
        read => Some(read?),
    };
    let mut going = Vec::with_capacity(rows.len());
    for row in rows {
        let checked = poison::guarded(async {
            if let Some(carried) = &together {
                return check_one(engine, tx, row, carried, now).await;
            }
            let carried = carried(tx, std::slice::from_ref(row)).await?;
            check_one(engine, tx, row, &carried, now).await
        });
        match checked.await {
            Err(error) if error.is_of_a_row() => {
                messages::settle(tx, row.id, MessageState::Held, "cannot-claim", None, ms(now)).await?;
                poison::hold_in(engine, tx, &Row::Message(row.id), &error, now).await?;
            }
            checked => going.extend(checked?.map(|parcel| (row, parcel))),
        }
    }
    Ok(going)
}

/// What messages carry, by key of the row.
struct Carried {
    items: BTreeMap<i64, Vec<ItemRow>>,
    parcels: BTreeMap<i64, String>,
}

async fn carried(tx: &mut Tx, rows: &[MessageRow]) -> Result<Carried, EngineError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut items = BTreeMap::<i64, Vec<ItemRow>>::new();
    for item in outbox::items_of_messages(tx, &ids).await? {
        items.entry(item.message_id.unwrap_or_default()).or_default().push(item);
    }
    Ok(Carried { items, parcels: parcels::read(tx, &ids).await? })
}

/// What leaves, when the message may; else it is moved where it belongs.
async fn check_one(
    engine: &Engine,
    tx: &mut Tx,
    row: &MessageRow,
    carried: &Carried,
    now: Timestamp,
) -> Result<Option<Parcel>, EngineError> {
    let items = carried.items.get(&row.id).map_or(&[][..], Vec::as_slice);
    let stored = carried.parcels.get(&row.id).map_or("", String::as_str);
    if settle::is_spent(engine, tx, row, now).await? {
        return Ok(None);
    }
    let opening = match engine.rules.policy(&row.policy) {
        Some(policy) if !fault::is_broken(Mutant::HoursUnchecked) => engine.rules.calendar.next_opening(&policy.hours, now),
        _ => now,
    };
    if opening > now {
        messages::set_open(tx, row.id, row.state, &row.reason, ms(opening)).await?;
        return Ok(None);
    }
    if unpacking::is_left_over(engine, row, now) {
        unpack(engine, tx, (row, items), Cause::MadeAnew, now).await?;
        return Ok(None);
    }
    // Absences and appointments begin and end with the day, without any edit.
    let date_of = |at| engine.rules.calendar.date_of(at);
    let is_of_another_day = !items.is_empty() && date_of(instant(row.packed_at_ms)) != date_of(now);
    let is_stale = is_of_another_day || items.iter().any(|item| !item.fresh);
    if is_stale && !still::is_right(engine, tx, row, (items, stored), now).await? {
        unpack(engine, tx, (row, items), Cause::StateChanged, now).await?;
        return Ok(None);
    }
    let is_outdated = brief::may_be_outdated(row) && tally::last_answer_ms(tx).await? > row.packed_at_ms;
    if is_outdated || trial::is_misdirected(engine, tx, row, items).await? {
        unpack(engine, tx, (row, items), Cause::StateChanged, now).await?;
        return Ok(None);
    }
    if row.state != MessageState::Uncertain && carries_closed(engine, row, items, now) {
        unpack(engine, tx, (row, items), Cause::StateChanged, now).await?;
        return Ok(None);
    }
    let attempt = u32::try_from(row.attempts + 1).unwrap_or(u32::MAX);
    let mut parcel = parcel::parcel(row, stored, attempt)?;
    if fault::is_broken(Mutant::KeyForEachTry) {
        parcel.key.push_str(&attempt.to_string());
    }
    if row.channel == ChannelKind::Telegram && row.attempts > 0 && messages::uncertain_attempts(tx, row.id).await? > 0 {
        // A chat has no Message-ID by which a second copy is known; the text stays, the label follows it.
        parcel.text.push_str("\n\n");
        parcel.text.push_str(wording::sent_again(engine.rules.language));
    }
    Ok(Some(parcel))
}

/// A message that mixes hours and was put off, or takes the place of one that was refused: what may leave at any hour goes on, the rest
/// waits for its opening.
fn carries_closed(engine: &Engine, row: &MessageRow, items: &[ItemRow], now: Timestamp) -> bool {
    let closed = |name: &str| {
        !fault::is_broken(Mutant::HoursUnchecked)
            && engine.rules.policy(name).is_some_and(|policy| engine.rules.calendar.next_opening(&policy.hours, now) > now)
    };
    items.iter().any(|item| item.policy != row.policy && closed(&item.policy))
}

/// Records the verdict of a transmission in the caller's transaction; see [`mark_all`].
pub async fn mark(engine: &Engine, tx: &mut Tx, slip: &Slip, verdict: &Verdict, now: Timestamp) -> Result<(), EngineError> {
    mark_all(engine, tx, &[(slip, verdict)], now).await
}

/// Records the verdicts of transmissions in the caller's transaction, those that were accepted together. One that comes after
/// another replica took the message over is kept as what happened, and takes nothing away from the new owner ([`settle`]).
pub async fn mark_all(engine: &Engine, tx: &mut Tx, done: &[(&Slip, &Verdict)], now: Timestamp) -> Result<(), EngineError> {
    if done.is_empty() {
        return Ok(());
    }
    let rows = messages::standing(tx, &done.iter().map(|(slip, _)| slip.id).collect::<Vec<_>>()).await?;
    let rows: BTreeMap<i64, MessageRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut taken: Vec<(&MessageRow, Option<&str>)> = Vec::with_capacity(done.len());
    let mut others = Vec::new();
    for (slip, verdict) in done {
        let Some(row) = rows.get(&slip.id) else { continue };
        match verdict {
            Verdict::Accepted { receipt }
                if !fault::is_broken(Mutant::AcceptedIsForgotten)
                    && is_theirs(row, slip)
                    && taken.iter().all(|(known, _)| known.id != row.id) =>
            {
                taken.push((row, receipt.as_deref()));
            }
            _ => others.push((*slip, *verdict)),
        }
    }
    settle::accepted(engine, tx, &taken, now).await?;
    for (slip, verdict) in others {
        mark_one(engine, tx, slip, verdict, now).await?;
    }
    Ok(())
}

/// Whether a message is still on the wire with that transmission.
fn is_theirs(row: &MessageRow, slip: &Slip) -> bool {
    if fault::is_broken(Mutant::LateVerdictCounts) {
        return row.state == MessageState::Sending;
    }
    row.state == MessageState::Sending && row.incarnation.as_ref() == Some(&slip.incarnation) && row.attempts == slip.attempt
}

async fn mark_one(engine: &Engine, tx: &mut Tx, slip: &Slip, verdict: &Verdict, now: Timestamp) -> Result<(), EngineError> {
    let Some(row) = messages::get(tx, slip.id).await? else { return Ok(()) };
    if !is_theirs(&row, slip) {
        return settle::late(engine, tx, &row, slip, verdict, now).await;
    }
    // An earlier try, given up as lost, was accepted after all: whatever this one brought, the message has arrived.
    if !matches!(verdict, Verdict::Accepted { .. }) && messages::was_accepted(tx, row.id).await? {
        return settle::verdict(engine, tx, &row, &Verdict::Accepted { receipt: None }, now).await;
    }
    match poison::guarded(settle::verdict(engine, tx, &row, verdict, now)).await {
        Err(error) if error.is_of_a_row() => settle_bare(engine, tx, &row, verdict, &error, now).await,
        settled => settled,
    }
}

/// What cannot be settled as it should: taken is taken and never sent again, everything else waits for a person.
async fn settle_bare(
    engine: &Engine,
    tx: &mut Tx,
    row: &MessageRow,
    verdict: &Verdict,
    error: &EngineError,
    now: Timestamp,
) -> Result<(), EngineError> {
    let (word, state) = match verdict {
        Verdict::Accepted { .. } => ("accepted", MessageState::Accepted),
        Verdict::Deferred { .. } => ("deferred", MessageState::Held),
        Verdict::Refused { .. } => ("refused", MessageState::Held),
        Verdict::Uncertain { .. } => ("uncertain", MessageState::Held),
    };
    if let (Verdict::Accepted { .. }, Some(home)) = (verdict, &engine.home) {
        home.tell(&[sent::line(row, now)]);
    }
    messages::end_attempt(tx, row.id, word, "cannot-settle", ms(now)).await?;
    messages::settle(tx, row.id, state, "cannot-settle", None, ms(now)).await?;
    poison::hold_in(engine, tx, &Row::Message(row.id), error, now).await
}

/// At the start of the only daemon on a store: what another incarnation was sending is uncertain and is transmitted again
/// before new work.
pub async fn take_over(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let mut tx = engine.store.begin().await?;
    let orphans = messages::orphans(&mut tx, &engine.incarnation.id()).await?;
    lose(engine, &mut tx, &orphans, now).await?;
    tx.commit().await?;
    Ok(orphans.len())
}

/// What these incarnations were sending is uncertain from now on, and they are shut out. One that has moved since it was
/// seen is left alone. Returns whose messages were taken, and how many.
pub async fn take_over_from(engine: &Engine, silent: &[Seen], now: Timestamp) -> Result<Vec<(String, usize)>, EngineError> {
    let mut taken = Vec::new();
    for seen in silent {
        let mut tx = engine.store.begin().await?;
        if incarnations::fence(&mut tx, seen, ms(now)).await? == Standing::Living {
            continue;
        }
        let orphans = messages::sent_by(&mut tx, &seen.id).await?;
        lose(engine, &mut tx, &orphans, now).await?;
        let detail =
            serde_json::json!({ "v": 1, "incarnation": seen.id, "by": engine.incarnation.id(), "uncertain": orphans.len() });
        let entry = Entry::new(now, "replica-fenced", detail).actor("daemon").config(engine.rules.digest.clone());
        journal::append(&mut tx, &[entry]).await?;
        tx.commit().await?;
        taken.push((seen.id.clone(), orphans.len()));
    }
    Ok(taken)
}

/// The answers of these transmissions are lost.
async fn lose(engine: &Engine, tx: &mut Tx, rows: &[MessageRow], now: Timestamp) -> Result<(), EngineError> {
    for row in rows.iter().filter(|_| !fault::is_broken(Mutant::OrphansStay)) {
        let verdict = Verdict::Uncertain { reason: "the daemon ended while sending".to_owned() };
        settle::verdict(engine, tx, row, &verdict, now).await?;
    }
    Ok(())
}

/// Claims of that incarnation that were committed without anybody being told, because the answer to the commit was lost:
/// `known` are those on the wire, each with its attempt. They were not transmitted and go back at once.
pub async fn give_back_unheard(
    engine: &Engine,
    tx: &mut Tx,
    incarnation: &str,
    known: &[(i64, i64)],
    now: Timestamp,
) -> Result<(), EngineError> {
    for row in messages::sent_by(tx, incarnation).await? {
        if !known.contains(&(row.id, row.attempts)) {
            settle::verdict(engine, tx, &row, &not_transmitted(), now).await?;
        }
    }
    Ok(())
}

/// The verdict of a claim after which nothing was transmitted.
pub fn not_transmitted() -> Verdict {
    Verdict::Deferred {
        reason: "the connection ended before it was transmitted".to_owned(),
        retry_after_ms: Some(0),
        fault: Fault::Own,
    }
}

/// The channel works again: what was put off because of it goes at once.
pub async fn wake_channel(engine: &Engine, channel: ChannelKind, now: Timestamp) -> Result<u64, EngineError> {
    let mut tx = engine.store.begin().await?;
    let woken = messages::wake_channel(&mut tx, channel, settle::CHANNEL_FAULT, ms(now)).await?;
    tx.commit().await?;
    Ok(woken)
}

/// The earliest instant anything may have to be done.
pub async fn next_wake(engine: &Engine, now: Timestamp) -> Result<Option<Timestamp>, EngineError> {
    let mut connection = engine.store.read().acquire().await?;
    let outlook = wakes::outlook(&mut connection).await?;
    let planned = next_of(engine, &mut connection, &outlook, now).await?;
    let passing =
        if outlook.guards == 0 { Passing::All } else { guard::passing_of(engine, &guard::standing(&mut connection).await?, now) };
    let message = wakes::next_message_ms(&mut connection, &passing).await?;
    Ok(planned.into_iter().chain(message.map(instant)).min())
}

/// The earliest instant anything may have to be planned or routed; messages that wait for their channel do not count.
pub async fn next_plan(engine: &Engine, outlook: &Outlook, now: Timestamp) -> Result<Option<Timestamp>, EngineError> {
    if outlook.guards == 0 {
        return Ok(unguarded(engine, outlook));
    }
    let mut connection = engine.store.read().acquire().await?;
    next_of(engine, &mut connection, outlook, now).await
}

async fn next_of(
    engine: &Engine,
    connection: &mut sqlx::AnyConnection,
    outlook: &Outlook,
    now: Timestamp,
) -> Result<Option<Timestamp>, EngineError> {
    if outlook.guards == 0 {
        return Ok(unguarded(engine, outlook));
    }
    let passing = guard::passing_of(engine, &guard::standing(connection).await?, now);
    let brief = if passing == Passing::All { brief::next(engine, outlook.brief_week.as_deref()) } else { None };
    let alarm = guard::next(engine, connection).await?;
    let stored = wakes::next_plan_ms(connection, &passing).await?.map(instant);
    Ok(stored.into_iter().chain(brief).chain(alarm).min())
}

/// While no guard stands, everything is in the outlook; briefs stand in no table yet.
fn unguarded(engine: &Engine, outlook: &Outlook) -> Option<Timestamp> {
    let stored = [outlook.check_at_ms, outlook.opens_at_ms, outlook.reminder_at_ms].into_iter().flatten().map(instant);
    stored.chain(brief::next(engine, outlook.brief_week.as_deref())).min()
}

/// When a channel has something to do again, as far as the guards let it.
pub async fn next_available(
    engine: &Engine,
    tx: &mut Tx,
    channel: ChannelKind,
    now: Timestamp,
) -> Result<Option<Timestamp>, EngineError> {
    let passing = guard::passing(engine, tx, now).await?;
    Ok(wakes::next_available_ms(tx, channel, &passing).await?.map(instant))
}
