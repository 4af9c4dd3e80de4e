//! `pack`: items of one person, channel and kind → one message, rendered and frozen.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::compose::Scene;
use super::{Engine, EngineError, ms, route, settle};
use crate::channel::letter::{Item, Letter, LetterKind, ReplyOffer, Tone};
use crate::channel::wording;
use crate::domain::calendar::Hours;
use crate::domain::delivery::Parcel;
use crate::domain::directive::{Follow, Work};
use crate::domain::organisation::{Directory, PersonId};
use crate::domain::policy::{ChannelKind, Channels};
use crate::domain::reminder::{ReminderState, StepRef};
use crate::domain::reply::{self, Capacity, ReplyKind};
use crate::store::assignments::{self, Loaded};
use crate::store::journal::{self, Entry};
use crate::store::messages::{self, NewMessage};
use crate::store::naming::Names;
use crate::store::outbox::{self, ItemRow, ReminderRow};
use crate::store::{Tx, meta};

/// Messages of one transaction.
const CHUNK: i64 = 32;

/// Items of one message: a bound on memory, far above what one person can have at one opening; the rest makes another.
const ITEMS_MAX: i64 = 10_000;

/// A parcel as stored until its message is final.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredParcel {
    v: u8,
    address: String,
    name: String,
    subject: String,
    text: String,
    html: Option<String>,
    bold: Vec<(u32, u32)>,
    buttons: Vec<Vec<(String, String)>>,
}

/// Packs every item that waits; returns how many messages were made.
pub async fn pack(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let mut done = 0;
    loop {
        let mut tx = engine.store.begin().await?;
        let groups = outbox::loose_groups(&mut tx, CHUNK).await?;
        if groups.is_empty() {
            return Ok(done);
        }
        let names = Names::load(&mut tx).await?;
        for (person, channel, kind) in groups {
            done += usize::from(pack_group(engine, &mut tx, &names, (person, channel, &kind), now).await?);
        }
        tx.commit().await?;
    }
}

async fn pack_group(
    engine: &Engine,
    tx: &mut Tx,
    names: &Names,
    (person_id, channel, kind): (i64, ChannelKind, &str),
    now: Timestamp,
) -> Result<bool, EngineError> {
    let items = outbox::loose_items(tx, person_id, channel, kind, ITEMS_MAX).await?;
    let (fresh, stale): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.fresh);
    reroute(tx, &stale, now).await?;
    if fresh.is_empty() {
        return Ok(false);
    }
    let (_, directory) = engine.organisation.get(tx).await?;
    let Some(address) = address_of(&directory, person_id, channel, engine) else {
        for item in &fresh {
            settle::item_failed(engine, tx, item, "address-gone", now).await?;
        }
        return Ok(false);
    };
    let reminders = outbox::reminders(tx, &fresh.iter().map(|item| item.reminder_id).collect::<Vec<_>>()).await?;
    let mut ids: Vec<i64> = fresh.iter().map(|item| item.assignment_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let loaded = assignments::load(tx, &ids, &engine.rules.office, now).await?;
    let scene = Scene { engine, directory: &directory, now };
    let mut letter_items = Vec::with_capacity(fresh.len());
    let mut hours: Option<(String, Hours)> = None;
    for item in &fresh {
        let (Some(reminder), Some(loaded)) = (
            reminders.iter().find(|row| row.id == item.reminder_id),
            loaded.iter().find(|loaded| loaded.id == item.assignment_id),
        ) else {
            continue;
        };
        let policy = engine.policy_of(loaded, &directory)?;
        if hours.is_none() || policy.hours == Hours::Always {
            hours = Some((policy.name.clone(), policy.hours.clone()));
        }
        let unit = directory.units.get(&loaded.about.unit).map_or("", |unit| unit.code.as_str());
        let name = loaded.name(names, unit);
        let said = scene.item(name, item, reminder, loaded, policy)?;
        add(&mut letter_items, said, loaded);
    }
    let first = fresh.iter().map(|item| item.reminder_id).min().unwrap_or_default();
    let (key, ordinal) = unused_key(tx, first, person_id, channel).await?;
    let lead = loaded.first().map(|loaded| loaded.about.unit);
    let kind_said = LetterKind::parse(kind).unwrap_or(LetterKind::Action);
    let replies = match (kind_said, channel) {
        (LetterKind::Action, ChannelKind::Telegram) => offers(engine, &directory, PersonId(person_id), &reminders, &loaded, now),
        _ => Vec::new(),
    };
    let mut letter_items: Vec<Item> = letter_items.into_iter().map(|(item, _)| item).collect();
    wording::sort(&mut letter_items);
    let Some(to) = scene.addressee(PersonId(person_id), lead) else { return Ok(false) };
    let name = to.name.clone();
    let letter = Letter {
        language: engine.rules.language,
        office: &engine.rules.office,
        calendar: &engine.rules.calendar,
        before_date: engine.rules.before_date,
        now,
        channel,
        kind: kind_said,
        to,
        monitor: loaded.first().and_then(|loaded| scene.monitor(loaded)),
        items: letter_items,
        replies: replies.clone(),
    };
    let worded = wording::word(&letter)?;
    let stored = StoredParcel {
        v: 1,
        address,
        name,
        subject: worded.subject.clone(),
        text: worded.text,
        html: worded.html,
        bold: worded.bold,
        buttons: worded.buttons,
    };
    let parcel = serde_json::to_string(&stored).map_err(|source| EngineError::Json { what: "message.parcel", source })?;
    let new = NewMessage {
        key: key.clone(),
        person_id,
        channel,
        kind: kind.to_owned(),
        policy: hours.map(|(name, _)| name).unwrap_or_default(),
        ordinal,
        subject: worded.subject,
        parcel,
        packed_at_ms: ms(now),
        config_digest: engine.rules.digest.clone(),
    };
    let id = messages::insert(tx, &new).await?;
    outbox::put_items(tx, &fresh.iter().map(|item| item.id).collect::<Vec<_>>(), id).await?;
    for offer in &replies {
        crate::store::telegram::insert_token(tx, &offer.token, &key, offer.kind.as_str(), ms(now)).await?;
    }
    let members: Vec<i64> = fresh.iter().map(|item| item.reminder_id).collect();
    let detail =
        serde_json::json!({ "v": 1, "person": person_id, "channel": channel.as_str(), "kind": kind, "reminders": members });
    let entry = Entry::new(now, "message-packed", detail).message(key).actor("daemon").config(engine.rules.digest.clone());
    journal::append(tx, &[if let [one] = ids[..] { entry.assignment(one) } else { entry }]).await?;
    Ok(true)
}

/// Undated duties under review stand together: one item for each unit and dispatch.
fn add(items: &mut Vec<(Item, bool)>, said: Item, loaded: &Loaded) {
    let bundles = loaded.view.follow == Follow::Review && said.tone == Tone::Review;
    let same = |other: &(Item, bool)| {
        other.1
            && other.0.tone == said.tone
            && other.0.unit == said.unit
            && other.0.dispatch_number == said.dispatch_number
            && other.0.dispatch_date == said.dispatch_date
            && other.0.issuer == said.issuer
    };
    match items.iter_mut().find(|other| bundles && same(other)) {
        Some((bundle, _)) => bundle.clauses.extend(said.clauses),
        None => items.push((said, bundles)),
    }
}

/// Only replies that work: *Xác nhận tiếp nhận*, while something in the message waits for it from this person's unit.
fn offers(
    engine: &Engine,
    directory: &Directory,
    person: PersonId,
    reminders: &[ReminderRow],
    loaded: &[Loaded],
    now: Timestamp,
) -> Vec<ReplyOffer> {
    let on = engine.rules.calendar.date_of(now);
    let asks = reminders.iter().any(|row| {
        !matches!(row.key.step, StepRef::Notice(_))
            && loaded.iter().any(|loaded| {
                loaded.id == row.assignment_id
                    && matches!(loaded.view.work, Work::NotAcknowledged | Work::Returned)
                    && reply::capacities(directory, &loaded.view.parties, person, on).contains(&Capacity::Unit)
            })
    });
    if !asks {
        return Vec::new();
    }
    let token = format!("v1{}", data_encoding::BASE64URL_NOPAD.encode(uuid::Uuid::new_v4().as_bytes()));
    vec![ReplyOffer { kind: ReplyKind::Acknowledge, token }]
}

/// Items whose assignment or directory changed since they were routed go back: their reminders are routed anew.
pub(crate) async fn reroute(tx: &mut Tx, items: &[ItemRow], now: Timestamp) -> Result<(), EngineError> {
    outbox::loosen_items(tx, &items.iter().map(|item| item.id).collect::<Vec<_>>(), "dropped").await?;
    let reminders: Vec<i64> = items.iter().map(|item| item.reminder_id).collect();
    outbox::set_reminders(tx, &reminders, ReminderState::Queued, "rerouted", None).await?;
    for id in reminders {
        sqlx::query("UPDATE reminder SET due_at_ms = $1 WHERE id = $2 AND due_at_ms > $1")
            .bind(ms(now))
            .bind(id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

fn address_of(directory: &Directory, person_id: i64, channel: ChannelKind, engine: &Engine) -> Option<String> {
    let person = route::person(directory, person_id)?;
    if !route::channel_order(person, &Channels::All, &engine.channels).contains(&channel) {
        return None;
    }
    match channel {
        ChannelKind::Email => person.email.clone(),
        ChannelKind::Telegram => person.telegram.map(|chat| chat.to_string()),
    }
}

/// The message key: from the store's id, the first member, person, channel and the first ordinal that was never used.
async fn unused_key(tx: &mut Tx, first: i64, person: i64, channel: ChannelKind) -> Result<(String, i64), EngineError> {
    let store_id = meta::store_id(tx).await?;
    let mut ordinal = 0;
    loop {
        let mut hasher = Sha256::new();
        hasher.update(format!("{store_id}|{first}|{person}|{}|{ordinal}", channel.as_str()));
        let key = data_encoding::BASE32_NOPAD.encode(&hasher.finalize()).to_lowercase()[..26].to_owned();
        if !messages::key_is_used(tx, &key).await? {
            return Ok((key, ordinal));
        }
        ordinal += 1;
    }
}

/// The parcel of a stored message.
pub(crate) fn parcel(row: &messages::MessageRow, attempt: u32) -> Result<Parcel, EngineError> {
    let stored: StoredParcel =
        serde_json::from_str(&row.parcel).map_err(|source| EngineError::Json { what: "message.parcel", source })?;
    Ok(Parcel {
        key: row.key.clone(),
        channel: row.channel,
        address: stored.address,
        name: stored.name,
        subject: stored.subject,
        text: stored.text,
        html: stored.html,
        bold: stored.bold,
        buttons: stored.buttons,
        packed_at_ms: row.packed_at_ms,
        attempt,
    })
}

/// The same parcel for another address.
pub(crate) fn readdressed(row: &messages::MessageRow, address: String) -> Result<String, EngineError> {
    let mut stored: StoredParcel =
        serde_json::from_str(&row.parcel).map_err(|source| EngineError::Json { what: "message.parcel", source })?;
    stored.address = address;
    serde_json::to_string(&stored).map_err(|source| EngineError::Json { what: "message.parcel", source })
}
