//! `pack`: items of one person, channel and kind → one message, rendered and frozen.

use jiff::Timestamp;

use super::brief::{self, Briefs, Scope};
use super::chat::keyboard;
use super::compose::Scene;
use super::gather::{Group, Members, Rest, gather, unused_keys};
use super::poison::Row;
use super::words::{Words, words};
use super::{Engine, EngineError, answer, guard, link, ms, parcel, poison, route, rules, sent, settle, storm};
use crate::channel::letter::{Item, Letter, LetterKind, Tone, WeeklyBrief};
use crate::channel::wording;
use crate::domain::calendar::Hours;
use crate::domain::directive::Follow;
use crate::domain::hidden::seen;
use crate::domain::organisation::{Directory, PersonId};
use crate::domain::policy::{ChannelKind, Channels};
use crate::domain::reminder::{Notice, ReminderState};
use crate::store::assignments::Loaded;
use crate::store::batch::Batch;
use crate::store::guards::Passing;
use crate::store::journal::{self, Entry};
use crate::store::links::NewLink;
use crate::store::messages::{self, NewMessage};
use crate::store::naming::Names;
use crate::store::outbox::{self, ItemRow, Turn};
use crate::store::telegram::Token;
use crate::store::{self, Tx};

/// Messages of one transaction.
const CHUNK: i64 = 128;

/// Packs every item that waits; returns how many messages were made.
pub async fn pack(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let mut done = 0;
    let mut briefs = Briefs::default();
    let mut names: Option<Names> = None;
    loop {
        let mut tx = engine.store.begin().await?;
        let passing = guard::passing(engine, &mut tx, now).await?;
        let groups = match outbox::loose_groups(&mut tx, CHUNK, &passing).await.map_err(EngineError::from) {
            Err(error) if error.is_of_a_row() => {
                tx.rollback().await?;
                if poison::hold_unreadable(engine, now).await? == 0 {
                    return Err(error);
                }
                continue;
            }
            groups => groups?,
        };
        if groups.is_empty() || !rules::hold(engine, &mut tx).await? {
            return Ok(done);
        }
        // They change with an import alone; all messages of one round name things alike.
        let names = match &mut names {
            Some(names) => &*names,
            none => none.insert(Names::load(&mut tx).await?),
        };
        let (mut wanted, mut packed) = (Vec::new(), Vec::new());
        let mut broken = None;
        let gathered = match poison::guarded(gather(engine, &mut tx, &groups, &passing, now)).await {
            Err(error) if error.is_of_a_row() => Err(error),
            gathered => Ok(gathered?),
        };
        let (gathered, rest) = match gathered {
            Ok(gathered) => gathered,
            Err(error) => {
                // Which group it is shows when each is gathered by itself.
                broken = Some((culprit(engine, &mut tx, &groups, &passing, now).await?, error));
                (Vec::new(), Rest::Waits)
            }
        };
        let gathered = sent::leave_out(engine, &mut tx, gathered, now).await?;
        let gathered = storm::hold(engine, &mut tx, gathered, now).await?;
        let keys = unused_keys(&mut tx, &gathered).await?;
        for ((group, members), key) in gathered.into_iter().zip(keys) {
            let made = poison::guarded(pack_group(engine, &mut tx, (&group, members), key, (names, &briefs), now)).await;
            match made {
                Ok(Packed::Message(message)) => packed.push(*message),
                Ok(Packed::Nothing) => {}
                Ok(Packed::Wants(scope)) => wanted.push((group.person_id, scope)),
                Err(error) if error.is_of_a_row() => {
                    broken = Some((Row::Items { person: group.person_id, channel: group.channel, kind: group.kind }, error));
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        if let Some((row, error)) = broken {
            // Nothing of this round stays; without the group that breaks it the next one makes all the others.
            tx.rollback().await?;
            poison::hold(engine, &row, &error, now).await?;
            continue;
        }
        let made = packed.len();
        if made > 0 {
            record(&mut tx, packed, now).await?;
        }
        tx.commit().await?;
        engine.step_done();
        if made > 0 {
            engine.packed().notify_one();
        }
        done += made;
        // Fewer than asked for were all there were.
        let was_all = rest == Rest::Nothing && i64::try_from(groups.len()).is_ok_and(|count| count < CHUNK);
        if was_all && wanted.is_empty() {
            return Ok(done);
        }
        // Counted while no transaction is open; these groups are packed the next time round.
        for (person_id, scope) in wanted {
            briefs.prepare(engine, person_id, scope, now).await?;
        }
    }
}

/// The first group that cannot be gathered by itself.
async fn culprit(
    engine: &Engine,
    tx: &mut Tx,
    groups: &[(i64, ChannelKind, String)],
    passing: &Passing,
    now: Timestamp,
) -> Result<Row, EngineError> {
    let (mut found, last) = (None, groups.last());
    for group in groups {
        let alone = poison::guarded(gather(engine, tx, std::slice::from_ref(group), passing, now)).await;
        match alone {
            Err(error) if error.is_of_a_row() => {
                found = Some(group);
                break;
            }
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    let (person, channel, kind) = found.or(last).cloned().unwrap_or((0, ChannelKind::Email, String::new()));
    Ok(Row::Items { person, channel, kind })
}

/// Messages of one transaction, recorded together.
async fn record(tx: &mut Tx, packed: Vec<Message>, now: Timestamp) -> Result<(), EngineError> {
    let (mut new, mut items, mut tokens, mut links, mut entries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for message in packed {
        items.push((message.new.key.clone(), message.items));
        new.push(message.new);
        tokens.extend(message.tokens);
        links.extend(message.link);
        entries.extend(message.entries);
    }
    let mut batch = Batch::new(tx);
    messages::insert(&mut batch, &new);
    let pairs: Vec<(i64, &str)> = items.iter().flat_map(|(key, items)| items.iter().map(|item| (*item, key.as_str()))).collect();
    outbox::put_items(&mut batch, &pairs);
    store::telegram::insert_tokens(&mut batch, &tokens, ms(now));
    let until = now + jiff::SignedDuration::from_hours(24 * link::LINK_DAYS);
    store::links::insert(&mut batch, &links, ms(now), ms(until));
    Ok(journal::append_with(tx, batch, &entries).await?)
}

/// A message ready to be recorded.
struct Message {
    new: NewMessage,
    items: Vec<i64>,
    tokens: Vec<Token>,
    link: Option<NewLink>,
    entries: Vec<Entry>,
}

/// What came of a group.
enum Packed {
    Message(Box<Message>),
    Nothing,
    /// Its letter carries a brief whose numbers were not read yet.
    Wants(Scope),
}

async fn pack_group(
    engine: &Engine,
    tx: &mut Tx,
    (group, members): (&Group, Members),
    (key, ordinal): (String, i64),
    (names, briefs): (&Names, &Briefs),
    now: Timestamp,
) -> Result<Packed, EngineError> {
    let brief = match brief::scope(engine, &group.kind, &members) {
        None => None,
        Some(scope) => match briefs.of(group.person_id, &scope) {
            Some(prepared) => briefs.letter(engine, tx, &members, (names, prepared), now).await?,
            None => return Ok(Packed::Wants(scope)),
        },
    };
    let address = address_of(&members.directory, group, engine).map(|address| members.trial.clone().unwrap_or(address));
    let Some(address) = address else {
        // The channel was closed by other rules since: the person may have another one.
        reroute(tx, &members.items, now).await?;
        return Ok(Packed::Nothing);
    };
    let Some((letter, tokens)) = letter(engine, group, &members, (names, brief), &key, now)? else {
        return all_failed(engine, tx, &members.items, "person-gone", now).await;
    };
    let Words { worded, fell_back } = match words(engine, &letter) {
        Ok(words) => words,
        Err(error) => {
            // One message that cannot be put into words must not keep the others back.
            tracing::error!(error, "a message cannot be put into words; its items are given to the operators");
            return all_failed(engine, tx, &members.items, "cannot-word", now).await;
        }
    };
    let worded = match members.trial {
        Some(_) => wording::in_trial(letter.language, &letter.to, group.channel, worded),
        None => worded,
    };
    // A name is put into a header as it stands; the trial mailbox has none of its own, whom it was for stands in subject and text.
    let name = match members.trial {
        Some(_) => String::new(),
        None => seen(&letter.to.name).into_owned(),
    };
    let link = match (&engine.links, &letter.link) {
        (Some(links), Some(_)) => Some(NewLink { token_hash: link::token_hash(&links.token(&key)), message_key: key.clone() }),
        _ => None,
    };
    let fell_back = fell_back.map(|why| fell_back_entry(engine, &key, &why, now));
    let entries = fell_back.into_iter().chain([packed_entry(engine, group, &members, key.clone(), now)]).collect();
    let new = NewMessage {
        key,
        person_id: group.person_id,
        channel: members.way(group),
        kind: group.kind.clone(),
        policy: policy_for_hours(engine, &members),
        ordinal,
        subject: worded.subject.clone(),
        parcel: parcel::stored(address, name, worded)?,
        packed_at_ms: ms(now),
        config_digest: engine.rules.digest.clone(),
        trial_at_ms: members.trial.as_ref().map(|_| ms(now)),
        traces: members.traces(),
    };
    let items = members.items.iter().map(|item| item.id).collect();
    Ok(Packed::Message(Box::new(Message { new, items, tokens, link, entries })))
}

fn letter<'a>(
    engine: &'a Engine,
    group: &Group,
    members: &Members,
    (names, brief): (&Names, Option<WeeklyBrief>),
    key: &str,
    now: Timestamp,
) -> Result<Option<(Letter<'a>, Vec<Token>)>, EngineError> {
    let scene = Scene { engine, directory: &members.directory, now };
    let person = PersonId(group.person_id);
    let said = said(&scene, members, |loaded| loaded.name(names, &members.directory))?;
    let mut items: Vec<Item> = said.iter().map(|one| one.item.clone()).collect();
    wording::sort(&mut items);
    let lead = members.loaded.first();
    let Some(to) = lead.and_then(|loaded| scene.addressee(person, loaded)) else { return Ok(None) };
    let kind = LetterKind::parse(&group.kind).unwrap_or(LetterKind::Action);
    let offers = match (kind, members.way(group)) {
        (LetterKind::Action, ChannelKind::Telegram) => offers(engine, members, person, &items, &said, key, now),
        _ => Vec::new(),
    };
    let (replies, tokens) = offers.into_iter().unzip();
    let letter = Letter {
        language: engine.rules.language,
        office: &engine.rules.office,
        calendar: &engine.rules.calendar,
        before_date: engine.rules.before_date,
        now,
        channel: members.way(group),
        kind,
        to,
        monitor: lead.and_then(|loaded| scene.monitor(loaded)),
        items,
        replies,
        // In trial nobody is to answer.
        link: page(engine, members, person, now)
            .filter(|_| kind == LetterKind::Action && members.trial.is_none())
            .map(|links| links.address(key)),
        brief,
    };
    Ok(Some((letter, tokens)))
}

/// The items in words of their own, each with the assignments it speaks of.
pub(super) fn said(scene: &Scene<'_>, members: &Members, name: impl Fn(&Loaded) -> String) -> Result<Vec<Said>, EngineError> {
    let mut said: Vec<Said> = Vec::with_capacity(members.items.len());
    for item in &members.items {
        let reminder = members.reminders.iter().find(|row| row.id == item.reminder_id);
        let loaded = members.loaded.iter().find(|loaded| loaded.id == item.assignment_id);
        let (Some(reminder), Some(loaded)) = (reminder, loaded) else { continue };
        let Some(policy) = scene.engine.policy_of(loaded, &members.directory) else { continue };
        add(&mut said, scene.item(name(loaded), item, reminder, loaded, policy)?, loaded);
    }
    Ok(said)
}

/// The pages, when this person could answer anything of it there: only then they are spoken of.
fn page<'a>(engine: &'a Engine, members: &Members, person: PersonId, now: Timestamp) -> Option<&'a link::Links> {
    let on = engine.rules.calendar.date_of(now);
    let answers = members.loaded.iter().any(|loaded| !answer::offers(&members.directory, loaded, person, on).is_empty());
    engine.links.as_deref().filter(|_| answers)
}

/// Whose hours hold for the whole message: an always open policy's, else the first member's.
fn policy_for_hours(engine: &Engine, members: &Members) -> String {
    let policies = members.loaded.iter().filter_map(|loaded| engine.policy_of(loaded, &members.directory));
    let policies: Vec<_> = policies.collect();
    let widest = policies.iter().find(|policy| policy.hours == Hours::Always).or_else(|| policies.first());
    widest.map(|policy| policy.name.clone()).unwrap_or_default()
}

/// A template of the office fails on this letter: it goes out by the shipped one, which holds all of it.
fn fell_back_entry(engine: &Engine, key: &str, why: &str, now: Timestamp) -> Entry {
    tracing::error!(message.key = key, why, "a template of the folder templates fails on a message; the shipped one lays it out");
    let detail = serde_json::json!({ "v": 1, "why": why });
    Entry::new(now, "template-failed", detail).message(key.to_owned()).actor("daemon").config(engine.rules.digest.clone())
}

fn packed_entry(engine: &Engine, group: &Group, members: &Members, key: String, now: Timestamp) -> Entry {
    let reminders: Vec<i64> = members.items.iter().map(|item| item.reminder_id).collect();
    let mut detail = serde_json::json!({
        "v": 1,
        "person": group.person_id,
        "channel": group.channel.as_str(),
        "kind": group.kind,
        "reminders": reminders,
    });
    if members.trial.is_some() {
        detail["trial"] = true.into();
    }
    if let Some(person) = route::person(&members.directory, group.person_id) {
        let over = route::passed_over(person, group.channel, &engine.channels).into_iter();
        detail["passed_over"] = over.map(|(channel, why)| serde_json::json!([channel.as_str(), why])).collect();
    }
    if let Some(clock) = engine.testimony() {
        detail["clock"] = serde_json::json!(clock);
    }
    let entry = Entry::new(now, "message-packed", detail).message(key).actor("daemon").config(engine.rules.digest.clone());
    if let [one] = &members.loaded[..] { entry.assignment(one.id) } else { entry }
}

async fn all_failed(
    engine: &Engine,
    tx: &mut Tx,
    items: &[ItemRow],
    reason: &str,
    now: Timestamp,
) -> Result<Packed, EngineError> {
    for item in items {
        settle::item_failed(engine, tx, item, reason, now).await?;
    }
    Ok(Packed::Nothing)
}

/// An item with the assignments it speaks of.
pub(super) struct Said {
    pub(super) item: Item,
    /// Whether others may join it.
    bundles: bool,
    pub(super) assignments: Vec<i64>,
}

/// Undated duties under review stand together: one item for each unit and dispatch.
fn add(items: &mut Vec<Said>, said: Item, loaded: &Loaded) {
    let bundles = loaded.view.follow == Follow::Review && said.tone == Tone::Review;
    let same = |other: &Said| {
        other.bundles
            && other.item.tone == said.tone
            && other.item.unit == said.unit
            && other.item.dispatch_number == said.dispatch_number
            && other.item.dispatch_date == said.dispatch_date
            && other.item.issuer == said.issuer
    };
    match items.iter_mut().find(|other| bundles && same(other)) {
        Some(bundle) => {
            bundle.item.clauses.extend(said.clauses);
            bundle.assignments.push(loaded.id);
        }
        None => items.push(Said { item: said, bundles, assignments: vec![loaded.id] }),
    }
}

/// The buttons of a message, item by item in its order: only replies that work, and none in a group, which only receives.
fn offers(
    engine: &Engine,
    members: &Members,
    person: PersonId,
    items: &[Item],
    said: &[Said],
    key: &str,
    now: Timestamp,
) -> Vec<(crate::channel::letter::ReplyOffer, Token)> {
    let on = engine.rules.calendar.date_of(now);
    if members.directory.people.get(&person).and_then(|person| person.telegram).is_none_or(|chat| chat < 0) {
        return Vec::new();
    }
    let about = |item: &Item| {
        // What the house says of its own troubles is nobody's to answer.
        if matches!(item.tone, Tone::Notice(Notice::Vacancy | Notice::ChatDead | Notice::Held)) {
            return Vec::new();
        }
        let ids = said.iter().find(|one| one.item.code == item.code).map_or(&[][..], |one| &one.assignments);
        ids.iter().filter_map(|id| members.loaded.iter().find(|loaded| loaded.id == *id)).collect()
    };
    let items: Vec<Vec<&Loaded>> = items.iter().map(about).collect();
    keyboard::for_message(&members.directory, person, on, &items, key)
}

/// Items whose assignment or directory changed since they were routed go back: their reminders are routed anew.
pub(crate) async fn reroute(tx: &mut Tx, items: &[ItemRow], now: Timestamp) -> Result<(), EngineError> {
    outbox::loosen_items(tx, &items.iter().map(|item| item.id).collect::<Vec<_>>(), "dropped").await?;
    let reminders: Vec<i64> = items.iter().map(|item| item.reminder_id).collect();
    outbox::set_reminders(tx, &reminders, Turn::new(ReminderState::Queued, "rerouted", ms(now))).await?;
    for id in reminders {
        sqlx::query("UPDATE reminder SET due_at_ms = $1 WHERE id = $2 AND due_at_ms > $1")
            .bind(ms(now))
            .bind(id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

fn address_of(directory: &Directory, group: &Group, engine: &Engine) -> Option<String> {
    let person = route::person(directory, group.person_id)?;
    if !route::channel_order(person, &Channels::All, &engine.channels).contains(&group.channel) {
        return None;
    }
    match group.channel {
        ChannelKind::Email => person.email.clone(),
        ChannelKind::Telegram => person.telegram.map(|chat| chat.to_string()),
    }
}
