//! The message of a group, in words: nothing here asks the store.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use super::chat::keyboard;
use super::compose::Scene;
use super::gather::{Group, Members};
use super::words::{Words, words};
use super::{Engine, EngineError, answer, link, ms, parcel, route};
use crate::channel::letter::{Item, Letter, LetterKind, Tone, WeeklyBrief};
use crate::channel::wording;
use crate::domain::calendar::Hours;
use crate::domain::directive::Follow;
use crate::domain::hidden::seen;
use crate::domain::organisation::{Directory, PersonId};
use crate::domain::policy::{ChannelKind, Channels};
use crate::domain::reminder::Notice;
use crate::store::assignments::Loaded;
use crate::store::journal::Entry;
use crate::store::links::NewLink;
use crate::store::messages::NewMessage;
use crate::store::naming::Names;
use crate::store::outbox::ItemRow;
use crate::store::telegram::Token;

/// What a message is made of.
pub(super) struct Draft {
    pub(super) group: Group,
    pub(super) members: Members,
    /// The key and its ordinal.
    pub(super) key: (String, i64),
    pub(super) brief: Option<WeeklyBrief>,
}

/// A message ready to be recorded.
pub(super) struct Message {
    pub(super) new: NewMessage,
    pub(super) items: Vec<i64>,
    pub(super) tokens: Vec<Token>,
    pub(super) link: Option<NewLink>,
    pub(super) entries: Vec<Entry>,
}

/// What came of a draft.
pub(super) enum Made {
    Message(Box<Message>),
    /// Rules closed the channel since: its person may have another one.
    Closed,
    /// It cannot be put into words, for that reason.
    Failed(&'static str),
}

/// The messages of these drafts, in their order; each panic is one message's fault.
pub(super) fn make_all(
    engine: &Engine,
    drafts: Vec<Draft>,
    names: &Names,
    now: Timestamp,
) -> Vec<(Group, Vec<ItemRow>, Result<Made, EngineError>)> {
    let one = |draft: Draft| {
        let made = catch_unwind(AssertUnwindSafe(|| make(engine, &draft, names, now))).unwrap_or(Err(EngineError::Panicked));
        (draft.group, draft.members.items, made)
    };
    drafts.into_iter().map(one).collect()
}

fn make(engine: &Engine, draft: &Draft, names: &Names, now: Timestamp) -> Result<Made, EngineError> {
    let Draft { group, members, key: (key, ordinal), .. } = draft;
    let Some(address) = address_of(&members.directory, group, engine) else { return Ok(Made::Closed) };
    let address = members.trial.clone().unwrap_or(address);
    let Some((letter, tokens)) = letter(engine, draft, names, now)? else { return Ok(Made::Failed("person-gone")) };
    let Words { worded, fell_back } = match words(engine, &letter) {
        Ok(words) => words,
        Err(error) => {
            // One message that cannot be put into words must not keep the others back.
            tracing::error!(error, "a message cannot be put into words; its items are given to the operators");
            return Ok(Made::Failed("cannot-word"));
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
        (Some(links), Some(_)) => Some(NewLink { token_hash: link::token_hash(&links.token(key)), message_key: key.clone() }),
        _ => None,
    };
    let fell_back = fell_back.map(|why| fell_back_entry(engine, key, &why, now));
    let entries = fell_back.into_iter().chain([packed_entry(engine, group, members, key.clone(), now)]).collect();
    let new = NewMessage {
        key: key.clone(),
        person_id: group.person_id,
        channel: members.way(group),
        kind: group.kind.clone(),
        policy: policy_for_hours(engine, members),
        ordinal: *ordinal,
        subject: worded.subject.clone(),
        parcel: parcel::stored(address, name, worded)?,
        packed_at_ms: ms(now),
        config_digest: engine.rules.digest.clone(),
        trial_at_ms: members.trial.as_ref().map(|_| ms(now)),
        traces: members.traces(),
    };
    let items = members.items.iter().map(|item| item.id).collect();
    Ok(Made::Message(Box::new(Message { new, items, tokens, link, entries })))
}

fn letter<'a>(
    engine: &'a Engine,
    draft: &Draft,
    names: &Names,
    now: Timestamp,
) -> Result<Option<(Letter<'a>, Vec<Token>)>, EngineError> {
    let Draft { group, members, key: (key, _), brief } = draft;
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
        brief: brief.clone(),
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
