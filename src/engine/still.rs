//! Whether a message is still right: that every member of it is still wanted, and still goes to its person.
//!
//! A claim asks it of whatever changed since it was packed. What waits for longer, because its door put it off or its channel is out, is
//! asked in the round after units or people change, and on each new day: appointments and absences begin and end without any edit. Whoever
//! is not to hear of it any more is not waited for, and whoever is hears of it at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;

use super::unpacking::{Cause, LOOK_MAX, unpack};
use super::{Engine, EngineError, guard, ms, parcel, poison, route, rules, settle};
use crate::domain::organisation::{Dead, Directory};
use crate::domain::planner::{self, Context, house};
use crate::domain::policy::ChannelKind;
use crate::domain::reminder::StepRef;
use crate::store::assignments::{self, Loaded};
use crate::store::guards::Passing;
use crate::store::messages::MessageRow;
use crate::store::outbox::{self, ItemRow, ReminderRow};
use crate::store::wakes::Outlook;
use crate::store::{Tx, parcels, stale};

/// For which people, and on which day, everything that waits was asked last.
#[derive(Debug, Default)]
pub(super) struct Asked {
    seen: Mutex<Option<(i64, Date)>>,
    /// Something waits again that was on its way at that time.
    is_not_all: AtomicBool,
}

impl Asked {
    /// Something that is not as it was packed waits again.
    pub(super) fn waits_again(&self) {
        self.is_not_all.store(true, Ordering::Release);
    }

    fn seen(&self) -> Option<(i64, Date)> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, seen: (i64, Date)) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }
}

/// What messages are asked against.
struct Known {
    directory: Arc<Directory>,
    loaded: BTreeMap<i64, Loaded>,
    reminders: BTreeMap<i64, ReminderRow>,
}

impl Known {
    async fn of(engine: &Engine, tx: &mut Tx, items: &[ItemRow], now: Timestamp) -> Result<Self, EngineError> {
        let (_, directory) = engine.organisation.get(tx).await?;
        let ids: Vec<i64> = items.iter().map(|item| item.assignment_id).collect();
        let loaded = assignments::load(tx, &ids, &engine.rules.office, now).await?;
        let reminders = outbox::reminders(tx, &items.iter().map(|item| item.reminder_id).collect::<Vec<_>>()).await?;
        Ok(Self {
            directory,
            loaded: loaded.into_iter().map(|loaded| (loaded.id, loaded)).collect(),
            reminders: reminders.into_iter().map(|reminder| (reminder.id, reminder)).collect(),
        })
    }

    /// Every member must still be wanted, and still go to this person.
    fn is_right(
        &self,
        engine: &Engine,
        row: &MessageRow,
        (items, stored): (&[ItemRow], &str),
        now: Timestamp,
    ) -> Result<bool, EngineError> {
        let Some(person) = route::person(&self.directory, row.person_id) else { return Ok(false) };
        let address = match row.channel {
            _ if row.is_trial => engine.rules.trial.as_ref().map(|trial| trial.to.clone()),
            ChannelKind::Email => person.email.clone(),
            // A chat that died since is not written to again; the next channel takes over untried.
            ChannelKind::Telegram if person.telegram_dead == Dead::Yes => None,
            ChannelKind::Telegram => person.telegram.map(|chat| chat.to_string()),
        };
        if address.as_deref() != Some(parcel::parcel(row, stored, 1)?.address.as_str()) {
            return Ok(false);
        }
        let today = engine.rules.calendar.date_of(now);
        let is_here = self.directory.present(person.id, today) == Some(person.id) && !self.directory.has_left(person.id, today);
        for item in items {
            let (Some(loaded), Some(reminder)) = (self.loaded.get(&item.assignment_id), self.reminders.get(&item.reminder_id))
            else {
                return Ok(false);
            };
            let Some(policy) = engine.policy_of(loaded, &self.directory) else { return Ok(false) };
            let context = Context { rules: &engine.rules, policy, directory: &self.directory, now };
            if planner::still_wanted(&loaded.view, &context, &reminder.key).is_err() {
                return Ok(false);
            }
            let addressing = route::address(policy, loaded, &reminder.key, &self.directory, &context).0;
            let people = if item.kind == "copy" { &addressing.copy } else { &addressing.to };
            let is_theirs = people.recipients.iter().any(|one| one.person == person.id);
            // What an act has made stays with whom it was made for while they are here, whoever answers for the duty now.
            let of_an_act =
                matches!(reminder.key.step, StepRef::Notice(_)) && house::step_of(policy, &reminder.key.step).is_none();
            let stays_theirs = of_an_act && is_here;
            if !is_theirs && !stays_theirs {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether a message is still right; what is needs not be asked again before anything changes.
pub(super) async fn is_right(
    engine: &Engine,
    tx: &mut Tx,
    row: &MessageRow,
    (items, stored): (&[ItemRow], &str),
    now: Timestamp,
) -> Result<bool, EngineError> {
    let is_right = Known::of(engine, tx, items, now).await?.is_right(engine, row, (items, stored), now)?;
    if is_right {
        stale::freshen_items(tx, &[row.id]).await?;
    }
    Ok(is_right)
}

/// Before routing: what waits is asked anew for whom it is meant, when that may have changed; what is not right any more is taken apart,
/// whatever it still had to wait for. Returns how many messages that were. While units, people and the day are as before, and nothing that
/// was to be asked waits for its hours, this reads nothing.
pub(super) async fn ask_anew(engine: &Engine, outlook: &Outlook, now: Timestamp) -> Result<usize, EngineError> {
    let today = engine.rules.calendar.date_of(now);
    let (seen, here) = (engine.asked.seen(), (outlook.org_revision, today));
    let is_not_all = engine.asked.is_not_all.swap(false, Ordering::AcqRel);
    if !is_not_all && seen == Some(here) {
        return Ok(0);
    }
    // Of what was packed today only an edit can have changed the people.
    let is_same_day = seen.is_some_and(|(_, on)| on == today);
    let packed_before = if is_same_day { 0 } else { ms(engine.rules.calendar.instant(today, 0)) };
    let asked = ask_all(engine, packed_before, now).await;
    match asked {
        Ok((_, true)) => engine.asked.note(here),
        _ => engine.asked.waits_again(),
    }
    asked.map(|(apart, _)| apart)
}

/// How many messages were taken apart, and whether all were asked.
async fn ask_all(engine: &Engine, packed_before: i64, now: Timestamp) -> Result<(usize, bool), EngineError> {
    let (mut after, mut done, mut is_all) = (0, 0, true);
    // What cannot leave now is asked at its opening: routed anew before, it would be due from there on, and not since it was.
    let is_open = |row: &MessageRow| {
        let policy = engine.rules.policy(&row.policy);
        policy.is_none_or(|policy| engine.rules.calendar.next_opening(&policy.hours, now) <= now)
    };
    loop {
        let mut tx = engine.store.begin().await?;
        let mut rows = stale::messages(&mut tx, packed_before, (after, LOOK_MAX)).await?;
        let Some(last) = rows.last() else { return Ok((done, is_all)) };
        after = last.id;
        let found = rows.len();
        rows.retain(is_open);
        is_all &= rows.len() == found;
        if rows.is_empty() {
            continue;
        }
        if guard::passing(engine, &mut tx, now).await? != Passing::All || !rules::hold(engine, &mut tx).await? {
            return Ok((done, false));
        }
        match poison::guarded(ask_these(engine, &mut tx, &rows, now)).await {
            Ok(apart) => {
                tx.commit().await?;
                done += apart;
            }
            Err(error) if error.is_of_a_row() => {
                tx.rollback().await?;
                done += ask_each(engine, &rows, now).await?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Each by itself; one that breaks it is left to its claim, which holds it.
async fn ask_each(engine: &Engine, rows: &[MessageRow], now: Timestamp) -> Result<usize, EngineError> {
    let mut done = 0;
    for row in rows {
        let mut tx = engine.store.begin().await?;
        match poison::guarded(ask_these(engine, &mut tx, std::slice::from_ref(row), now)).await {
            Ok(apart) => {
                tx.commit().await?;
                done += apart;
            }
            Err(error) if error.is_of_a_row() => tx.rollback().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

async fn ask_these(engine: &Engine, tx: &mut Tx, rows: &[MessageRow], now: Timestamp) -> Result<usize, EngineError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let items = outbox::items_of_messages(tx, &ids).await?;
    let parcels = parcels::read(tx, &ids).await?;
    let known = Known::of(engine, tx, &items, now).await?;
    let mut of_rows = BTreeMap::<i64, Vec<ItemRow>>::new();
    for item in items {
        of_rows.entry(item.message_id.unwrap_or_default()).or_default().push(item);
    }
    let (mut right, mut apart) = (Vec::new(), 0);
    for row in rows {
        let items = of_rows.get(&row.id).map_or(&[][..], Vec::as_slice);
        let stored = parcels.get(&row.id).map_or("", String::as_str);
        if known.is_right(engine, row, (items, stored), now)? {
            right.push(row.id);
        } else if !settle::is_spent(engine, tx, row, now).await? {
            unpack(engine, tx, (row, items), Cause::StateChanged, now).await?;
            apart += 1;
        }
    }
    stale::freshen_items(tx, &right).await?;
    Ok(apart)
}
