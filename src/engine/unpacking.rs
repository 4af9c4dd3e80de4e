//! Unpacking: a message that was made and must not leave as it is, is taken apart; its members are routed or packed anew.
//!
//! What a claim finds out of date it unpacks by itself, as the last line. A *leftover* is found before: a message that nobody
//! tried to send and that lay ready for an hour or more, because the daemon was down, its channel out, or its hours over. It is
//! taken apart before the next routing and packing, so that what was left over and what comes due now leave as one message.

use jiff::{SignedDuration, Timestamp};

use super::{Engine, EngineError, brief, guard, ms, pack, poison, rules, settle};
use crate::domain::delivery::MessageState;
use crate::domain::policy::ChannelKind;
use crate::fault::{self, Mutant};
use crate::store::guards::Passing;
use crate::store::journal::{self, Entry};
use crate::store::messages::{self, MessageRow};
use crate::store::outbox::{self, ItemRow};
use crate::store::{Tx, stale, tally};

/// Messages of one transaction.
pub(super) const LOOK_MAX: i64 = 64;

/// From this age on a message that nobody tried to send is made anew with what came due since.
const AGED: SignedDuration = SignedDuration::from_hours(1);

/// Why a message was taken apart, as a reason code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// What it says, or whom it goes to, is no longer so.
    StateChanged,
    /// It was left over: what it says leaves with what came due since.
    MadeAnew,
}

impl Cause {
    const fn code(self) -> &'static str {
        match self {
            Self::StateChanged => "state-changed",
            Self::MadeAnew => "made-anew",
        }
    }
}

/// Takes a message apart: it never leaves; its members are routed anew, and dropped where nothing wants them any more.
pub(super) async fn unpack(
    engine: &Engine,
    tx: &mut Tx,
    (row, items): (&MessageRow, &[ItemRow]),
    cause: Cause,
    now: Timestamp,
) -> Result<(), EngineError> {
    if fault::is_broken(Mutant::UnpackedStays) {
        outbox::loosen_items(tx, &items.iter().map(|item| item.id).collect::<Vec<_>>(), "dropped").await?;
    } else {
        pack::reroute(tx, items, now).await?;
    }
    end(engine, tx, (row, items), cause, now).await
}

/// The same for a message whose items nobody has read yet.
pub(super) async fn unpack_whole(
    engine: &Engine,
    tx: &mut Tx,
    row: &MessageRow,
    cause: Cause,
    now: Timestamp,
) -> Result<(), EngineError> {
    let items = outbox::items_of_message(tx, row.id).await?;
    unpack(engine, tx, (row, &items), cause, now).await
}

/// Ends a message whose items have left it.
async fn end(
    engine: &Engine,
    tx: &mut Tx,
    (row, items): (&MessageRow, &[ItemRow]),
    cause: Cause,
    now: Timestamp,
) -> Result<(), EngineError> {
    let detail = serde_json::json!({ "v": 1, "reason": cause.code(), "attempts": row.attempts,
        "reminders": items.iter().map(|item| item.reminder_id).collect::<Vec<_>>() });
    let entry =
        Entry::new(now, "message-cancelled", detail).message(row.key.clone()).actor("daemon").config(engine.rules.digest.clone());
    if row.attempts == 0 {
        messages::forget(tx, row.id).await?;
    } else {
        messages::settle(tx, row.id, MessageState::Cancelled, cause.code(), None, ms(now)).await?;
    }
    journal::append(tx, &[entry]).await?;
    Ok(())
}

/// Messages that wait for a channel which the rules do not open any more are taken apart, so that their people are reached
/// another way. While every channel is open this reads nothing.
pub(crate) async fn leave_closed_channels(engine: &Engine, now: Timestamp) -> Result<(), EngineError> {
    for channel in [ChannelKind::Email, ChannelKind::Telegram] {
        while !engine.channels.contains(&channel) {
            let mut tx = engine.store.begin().await?;
            let rows = messages::waiting(&mut tx, channel, LOOK_MAX).await?;
            if rows.is_empty() || !rules::hold(engine, &mut tx).await? {
                break;
            }
            for row in rows {
                // Made anew it would go once more when the channel is opened again.
                if !settle::is_spent(engine, &mut tx, &row, now).await? {
                    unpack_whole(engine, &mut tx, &row, Cause::StateChanged, now).await?;
                }
            }
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Whether nobody tried to send it for an hour or more. Alarms are as old as they are.
fn is_aged(row: &MessageRow, now: Timestamp) -> bool {
    row.state == MessageState::Queued && row.kind != "alarm" && row.packed_at_ms <= ms(now - AGED)
}

/// Whether a claim comes before the round that would have found this message left over: nobody tried to send it for an hour, and since
/// it may leave no round of this process has looked, or none for an hour.
pub(super) fn is_left_over(engine: &Engine, row: &MessageRow, now: Timestamp) -> bool {
    let prepared_at = engine.prepared_at();
    let looked_at = row.available_at_ms <= ms(prepared_at) && now.duration_since(prepared_at) < AGED;
    is_aged(row, now) && !looked_at
}

/// Before routing: what may leave since the last round and was left over, or is a digest that an answer has outdated, is routed anew.
/// Returns how many messages that were.
pub(super) async fn take_apart(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let (since_ms, mut after, mut done) = (ms(engine.prepared_at()), 0, 0);
    loop {
        let mut tx = engine.store.begin().await?;
        let rows = messages::came_free(&mut tx, since_ms, ms(now), (after, LOOK_MAX)).await?;
        let Some(last) = rows.last() else { return Ok(done) };
        after = last.id;
        if guard::passing(engine, &mut tx, now).await? != Passing::All || !rules::hold(engine, &mut tx).await? {
            return Ok(done);
        }
        let answered_ms = tally::last_answer_ms(&mut tx).await?;
        for row in rows {
            let cause = match () {
                () if brief::may_be_outdated(&row) && answered_ms > row.packed_at_ms => Cause::StateChanged,
                () if is_aged(&row, now) => Cause::MadeAnew,
                () => continue,
            };
            unpack_whole(engine, &mut tx, &row, cause, now).await?;
            done += 1;
        }
        tx.commit().await?;
    }
}

/// Before routing: items that lay routed and not packed when the round before was cut short, and have changed since, are routed anew.
/// Returns how many. Without such a round this reads nothing.
pub(super) async fn route_anew(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let mut done = 0;
    loop {
        let mut tx = engine.store.begin().await?;
        let items = match stale::loose_items(&mut tx, LOOK_MAX).await.map_err(EngineError::from) {
            Err(error) if error.is_of_a_row() => {
                tx.rollback().await?;
                if poison::hold_unreadable(engine, now).await? == 0 {
                    return Err(error);
                }
                continue;
            }
            items => items?,
        };
        if items.is_empty()
            || guard::passing(engine, &mut tx, now).await? != Passing::All
            || !rules::hold(engine, &mut tx).await?
        {
            return Ok(done);
        }
        pack::reroute(&mut tx, &items, now).await?;
        tx.commit().await?;
        done += items.len();
    }
}

/// Before packing: what has been waiting for its channel for an hour or more gives its items back when its person is to get
/// something else over that channel, so that both are packed together.
pub(super) async fn join(engine: &Engine, now: Timestamp) -> Result<(), EngineError> {
    loop {
        let mut tx = engine.store.begin().await?;
        let rows = messages::left_beside_loose(&mut tx, ms(now - AGED), LOOK_MAX).await?;
        if rows.is_empty() || guard::passing(engine, &mut tx, now).await? != Passing::All || !rules::hold(engine, &mut tx).await?
        {
            return Ok(());
        }
        for row in rows {
            let items = outbox::items_of_message(&mut tx, row.id).await?;
            outbox::loosen_items(&mut tx, &items.iter().map(|item| item.id).collect::<Vec<_>>(), "open").await?;
            end(engine, &mut tx, (&row, &items), Cause::MadeAnew, now).await?;
        }
        tx.commit().await?;
    }
}
