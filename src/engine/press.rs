//! `press`: a pressed button of a chat message → the reply it stands for, or a polite refusal that changes nothing.
//!
//! Authority comes from the account that pressed and from nothing else: it must be the one the message's person is linked
//! with, in the private chat with the bot (whose id is the account's), under the very message that was delivered. A button
//! that was forwarded, copied or shown to others gives nobody anything. Accounts and chats never reach the journal.

use jiff::Timestamp;

use super::reply::{Replied, Request, reply_in};
use super::{Engine, EngineError};
use crate::channel::wording::{self, Receipt, Refusal};
use crate::domain::delivery::MessageState;
use crate::domain::directive::Work;
use crate::domain::organisation::{Active, Dead, Person, PersonId};
use crate::domain::reply::{self, ReplyKind};
use crate::store::Tx;
use crate::store::assignments::{self, Loaded};
use crate::store::journal::{self, Entry};
use crate::store::outbox;
use crate::store::telegram::{self, Sent};

/// The wire's limit for what is shown to the one who pressed.
const ANSWER_CHARS_MAX: usize = 200;

/// A pressed button as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    /// The account that pressed.
    pub from_id: i64,
    /// The chat of the message; absent when Telegram no longer tells.
    pub chat_id: Option<i64>,
    /// The message the button belongs to.
    pub message_id: Option<i64>,
    /// The text of that message; empty when Telegram does not tell.
    pub text: String,
    /// The token of the button.
    pub data: String,
}

/// What came of it, and what is shown for it once the transaction is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pressed {
    /// Whether something was recorded.
    pub outcome: Outcome,
    /// Shown to the one who pressed.
    pub answer: String,
    /// The new text of the message, whose buttons go; its bold ranges stay.
    pub edit: Option<String>,
}

/// Whether a press recorded something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// That many assignments were acknowledged by it.
    Acknowledged(usize),
    /// Nothing changed.
    Refused(Refusal),
}

/// Takes a press in the caller's transaction, which is also to record that its update was handled.
pub async fn press(engine: &Engine, tx: &mut Tx, press: &Press, now: Timestamp) -> Result<Pressed, EngineError> {
    let Some(token) = telegram::token(tx, &press.data).await? else {
        return refuse(engine, tx, Refused::of(Refusal::UnknownToken), now).await;
    };
    let known = telegram::sent(tx, &token.message_key).await?;
    let (Some(sent), Some(kind)) = (known, ReplyKind::parse(&token.act).filter(|kind| *kind == ReplyKind::Acknowledge)) else {
        return refuse(engine, tx, Refused::of(Refusal::UnknownToken).under(&token.message_key), now).await;
    };
    let (_, directory) = engine.organisation.get(tx).await?;
    let person = directory.people.get(&PersonId(sent.person_id));
    let person = match person.ok_or(Refusal::OtherAccount).and_then(|person| entitled(person, &sent, press)) {
        Ok(person) => person,
        Err(refusal) => return refuse(engine, tx, Refused::of(refusal).under(&token.message_key), now).await,
    };
    let members = members(tx, &sent).await?;
    if members.is_empty() {
        // Taken apart after an uncertain transmission: its members went out again under another token.
        let refused = Refused::of(Refusal::OldCopy).under(&token.message_key).by(&person.code);
        return refuse(engine, tx, refused, now).await;
    }
    let today = engine.rules.calendar.date_of(now);
    let mut acknowledged = Vec::new();
    let mut standing = Vec::new();
    for loaded in assignments::load(tx, &members, &engine.rules.office, now).await? {
        if !reply::may(kind, &reply::capacities(&directory, &loaded.view.parties, person.id, today)) {
            continue;
        }
        let request = Request::new(kind, person.id, "telegram");
        match reply_in(engine, tx, loaded.id, &request, now).await? {
            Replied::Changed(_) => acknowledged.push(loaded),
            Replied::Unchanged(work) => standing.push(work),
            Replied::Refused(_) | Replied::NoTarget => {}
        }
    }
    if acknowledged.is_empty() {
        let refusal = why_nothing(&standing);
        return refuse(engine, tx, Refused::of(refusal).under(&token.message_key).by(&person.code), now).await;
    }
    let ids: Vec<i64> = acknowledged.iter().map(|loaded| loaded.id).collect();
    let detail = serde_json::json!({ "v": 1, "reply": kind.as_str(), "via": "telegram", "assignments": ids });
    let entry = Entry::new(now, "pressed", detail).message(token.message_key).actor(person.code.clone());
    journal::append(tx, &[entry.config(engine.rules.digest.clone())]).await?;
    let unit_name = |loaded: &Loaded| directory.units.get(&loaded.about.unit).map(|unit| unit.name.clone());
    let units: Vec<String> = acknowledged.iter().filter_map(unit_name).collect();
    let (language, calendar) = (engine.rules.language, &engine.rules.calendar);
    let receipt = Receipt { units: &units, assignments: acknowledged.len(), at: now };
    // A message whose text Telegram no longer tells keeps its headline.
    let original = if press.text.is_empty() { &sent.subject } else { &press.text };
    let mut answer = wording::receipt_text(language, calendar, &receipt);
    if answer.chars().count() > ANSWER_CHARS_MAX {
        answer = wording::receipt_text(language, calendar, &Receipt { units: &[], ..receipt });
    }
    Ok(Pressed {
        outcome: Outcome::Acknowledged(acknowledged.len()),
        answer,
        edit: Some(wording::acknowledged_text(language, calendar, original, &receipt)),
    })
}

/// Whether this press is the person's own, under the message that reached them.
fn entitled<'a>(person: &'a Person, sent: &Sent, press: &Press) -> Result<&'a Person, Refusal> {
    if person.telegram != Some(press.from_id) {
        return Err(Refusal::OtherAccount);
    }
    // In a group the chat is another than the account: only private chats stand for a person.
    if press.chat_id != Some(press.from_id) || !is_delivered_one(sent, press.message_id) {
        return Err(Refusal::OldCopy);
    }
    if person.active == Active::No {
        return Err(Refusal::NoLongerTheirs);
    }
    if person.telegram_dead == Dead::Yes {
        // The house has given this link up; it is made anew with the help of the monitor.
        return Err(Refusal::UnknownToken);
    }
    Ok(person)
}

/// Whether the button stands under the message Telegram named when it took it.
///
/// A transmission whose answer was lost may have left a copy of which no id is known, and while the message is on the wire
/// its id is not committed yet. Then every message of the person's own chat with this token is legitimate: the token was
/// never shown anywhere else, and pressing twice records once.
fn is_delivered_one(sent: &Sent, message_id: Option<i64>) -> bool {
    let Some(message_id) = message_id else { return false };
    let copies_unknown = sent.uncertain > 0 || sent.state == MessageState::Sending;
    copies_unknown || sent.receipt.as_ref().is_none_or(|receipt| *receipt == message_id.to_string())
}

/// The assignments of the message, each once, in its order.
async fn members(tx: &mut Tx, sent: &Sent) -> Result<Vec<i64>, EngineError> {
    let mut ids = Vec::new();
    for item in outbox::items_of_message(tx, sent.id).await? {
        if !ids.contains(&item.assignment_id) {
            ids.push(item.assignment_id);
        }
    }
    Ok(ids)
}

/// Why a press by the right account recorded nothing, from where its assignments stand.
fn why_nothing(standing: &[Work]) -> Refusal {
    match standing {
        [] => Refusal::NoLongerTheirs,
        all if all.iter().all(|work| *work == Work::Withdrawn) => Refusal::Withdrawn,
        _ => Refusal::AlreadyRecorded,
    }
}

/// A press that changes nothing, as the journal says it.
struct Refused<'a> {
    refusal: Refusal,
    message_key: Option<&'a str>,
    actor: Option<&'a str>,
}

impl<'a> Refused<'a> {
    const fn of(refusal: Refusal) -> Self {
        Self { refusal, message_key: None, actor: None }
    }

    const fn under(self, message_key: &'a str) -> Self {
        Self { message_key: Some(message_key), ..self }
    }

    const fn by(self, actor: &'a str) -> Self {
        Self { actor: Some(actor), ..self }
    }
}

async fn refuse(engine: &Engine, tx: &mut Tx, refused: Refused<'_>, now: Timestamp) -> Result<Pressed, EngineError> {
    let detail = serde_json::json!({ "v": 1, "via": "telegram", "reason": refused.refusal.as_str() });
    let mut entry = Entry::new(now, "press-refused", detail).config(engine.rules.digest.clone());
    if let Some(key) = refused.message_key {
        entry = entry.message(key);
    }
    if let Some(actor) = refused.actor {
        entry = entry.actor(actor);
    }
    journal::append(tx, &[entry]).await?;
    Ok(Pressed {
        outcome: Outcome::Refused(refused.refusal),
        answer: wording::refusal_text(engine.rules.language, refused.refusal).to_owned(),
        edit: None,
    })
}
