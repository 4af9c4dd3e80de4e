//! A pressed button → the reply it stands for, the next question, or a polite refusal that changes nothing.
//!
//! The button must stand under the very message that was delivered. A button that was forwarded, copied or shown to others
//! gives nobody anything.

use super::super::EngineError;
use super::super::reply::{Replied, Request, reply_in};
use super::super::undo::{self, Undone};
use super::{Act, Edit, Heeded, Outcome, Say, Talk, link, say};
use crate::channel::wording::{self, NotUndone, Receipt, Refusal};
use crate::domain::delivery::{Button, MessageState};
use crate::domain::directive::Work;
use crate::domain::organisation::{Dead, Person, PersonId};
use crate::domain::reply::{self, ReplyKind};
use crate::store::Tx;
use crate::store::assignments::Loaded;
use crate::store::journal::{self, Entry};
use crate::store::telegram::{self, Sent, Token};
use crate::store::{outbox, replies};

/// The wire's limit for what is shown to the one who pressed.
const ANSWER_CHARS_MAX: usize = 200;

/// A message that grew past so many UTF-16 units by receipts keeps its text; only its buttons change.
const EDITED_UNITS_MAX: usize = 4_000;

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
    /// The rows of its buttons that open a page.
    pub pages: Vec<Vec<Button>>,
    /// The token of the button.
    pub data: String,
}

/// A press by the right account: what it stands under and whose it is.
pub(super) struct Place<'a> {
    pub(super) person: &'a Person,
    pub(super) token: &'a Token,
    /// The message of the outbox it belongs to; none below a list the person asked for.
    pub(super) sent: Option<&'a Sent>,
    pub(super) press: &'a Press,
}

impl Place<'_> {
    /// Whether the button stands under that message itself, and not under an answer of the bot.
    pub(super) fn under_message(&self) -> bool {
        let receipt = self.sent.and_then(|sent| sent.receipt.as_deref());
        let number = self.press.message_id.map(|id| id.to_string());
        self.token.person_id.is_none() || (receipt.is_some() && receipt == number.as_deref())
    }

    pub(super) fn key(&self) -> &str {
        &self.token.message_key
    }

    /// The chat's number of the message of the outbox.
    pub(super) fn origin(&self) -> Option<i64> {
        if self.under_message() {
            return self.press.message_id;
        }
        self.sent.and_then(|sent| sent.receipt.as_deref()).and_then(|receipt| receipt.parse().ok())
    }
}

impl Talk<'_> {
    pub(super) async fn press(&self, tx: &mut Tx, press: &Press) -> Result<Heeded, EngineError> {
        let Some(token) = telegram::token(tx, &press.data).await? else {
            return self.refuse(tx, Refused::of(Refusal::UnknownToken)).await;
        };
        let Some(act) = Act::parse(&token.act) else {
            return self.refuse(tx, Refused::of(Refusal::UnknownToken).under(&token)).await;
        };
        if matches!(act, Act::LinkYes | Act::LinkNo) {
            return link::decide(self, tx, act, token.argument.as_deref().unwrap_or_default(), press).await;
        }
        let sent = if token.message_key.is_empty() { None } else { telegram::sent(tx, &token.message_key).await? };
        let person = match self.owner(&token, sent.as_ref(), press) {
            Ok(person) => person,
            Err(refusal) => return self.refuse(tx, Refused::of(refusal).under(&token)).await,
        };
        let members = match (&token.assignments, &sent) {
            (Some(ids), _) if token.person_id.is_some() => ids.clone(),
            (listed, Some(sent)) => {
                let members = self.members(tx, sent).await?;
                // Taken apart after an uncertain transmission: its members went out again under another token.
                if members.is_empty() {
                    return self.refuse(tx, Refused::of(Refusal::OldCopy).under(&token).by(&person.code)).await;
                }
                listed.clone().unwrap_or(members)
            }
            (_, None) => Vec::new(),
        };
        let place = Place { person, token: &token, sent: sent.as_ref(), press };
        match act {
            Act::Reply(ReplyKind::Acknowledge) => self.acknowledge(tx, &place, &members).await,
            Act::Reply(kind) => self.begin(tx, &place, kind, &members).await,
            Act::Item => self.item(tx, &place, &members).await,
            Act::Undo => self.undo(tx, &place, &members).await,
            Act::Items => self.more_items(tx, person, token.argument.as_deref()).await,
            Act::Yes | Act::No | Act::Skip | Act::Person | Act::Page => self.chosen(tx, &place, act).await,
            Act::LinkYes | Act::LinkNo => Ok(Heeded::ignored()),
        }
    }

    /// Whose press it is; only a press of their own is one.
    fn owner(&self, token: &Token, sent: Option<&Sent>, press: &Press) -> Result<&Person, Refusal> {
        let id = match (token.person_id, sent) {
            (Some(id), _) => id,
            (None, Some(sent)) => sent.person_id,
            (None, None) => return Err(Refusal::UnknownToken),
        };
        let person = self.person(PersonId(id)).ok_or(Refusal::OtherAccount)?;
        if person.telegram != Some(press.from_id) {
            return Err(Refusal::OtherAccount);
        }
        // In a group the chat is another than the account: only private chats stand for a person.
        if press.chat_id != Some(press.from_id) {
            return Err(Refusal::OldCopy);
        }
        if let (None, Some(sent)) = (token.person_id, sent)
            && !is_delivered_one(sent, press.message_id)
        {
            return Err(Refusal::OldCopy);
        }
        if self.directory.has_left(person.id, self.today()) {
            return Err(Refusal::NoLongerTheirs);
        }
        if person.telegram_dead == Dead::Yes {
            // The house has given this link up; it is made anew with the help of the monitor.
            return Err(Refusal::UnknownToken);
        }
        Ok(person)
    }

    /// The assignments of the message, each once, in its order.
    async fn members(&self, tx: &mut Tx, sent: &Sent) -> Result<Vec<i64>, EngineError> {
        let mut ids = Vec::new();
        for item in outbox::items_of_message(tx, sent.id).await? {
            if !ids.contains(&item.assignment_id) {
                ids.push(item.assignment_id);
            }
        }
        Ok(ids)
    }

    async fn acknowledge(&self, tx: &mut Tx, place: &Place<'_>, members: &[i64]) -> Result<Heeded, EngineError> {
        let (person, kind) = (place.person, ReplyKind::Acknowledge);
        let mut acknowledged = Vec::new();
        let mut standing = Vec::new();
        let mut given = Vec::new();
        for loaded in self.load(tx, members).await? {
            if !reply::may(kind, &reply::capacities(&self.directory, &loaded.view.parties, person.id, self.today())) {
                continue;
            }
            let request = Request::new(kind, person.id, "telegram");
            match reply_in(self.engine, tx, loaded.id, &request, self.now).await? {
                Replied::Changed(_) => {
                    given.extend(replies::last_of(tx, loaded.id, person.id).await?);
                    acknowledged.push(loaded);
                }
                Replied::Unchanged(work) => standing.push(work),
                Replied::Waits(_) | Replied::Refused(_) | Replied::NoTarget => {}
            }
        }
        if acknowledged.is_empty() {
            return self.refuse_here(tx, place, why_nothing(&standing)).await;
        }
        let ids: Vec<i64> = acknowledged.iter().map(|loaded| loaded.id).collect();
        self.journal_press(tx, place, kind, &ids).await?;
        let units: Vec<String> = acknowledged.iter().map(|loaded| self.unit_name(loaded)).collect();
        let (language, calendar) = (self.language(), &self.engine.rules.calendar);
        let receipt = Receipt { units: &units, assignments: acknowledged.len(), at: self.now };
        let mut toast = wording::receipt_text(language, calendar, &receipt);
        let text = with_receipt(place, &toast);
        if toast.chars().count() > ANSWER_CHARS_MAX {
            toast = wording::receipt_text(language, calendar, &Receipt { units: &[], ..receipt });
        }
        let undo = self.undo_offer(tx, person, place.key(), &ids, &given).await?;
        let edits = self.edits(tx, place, members, Some(text), Some(undo)).await?;
        Ok(Heeded { outcome: Outcome::Recorded(acknowledged.len()), toast, edits, says: Vec::new() })
    }

    pub(super) async fn journal_press(
        &self,
        tx: &mut Tx,
        place: &Place<'_>,
        kind: ReplyKind,
        assignments: &[i64],
    ) -> Result<(), EngineError> {
        let detail = serde_json::json!({ "v": 1, "reply": kind.as_str(), "via": "telegram", "assignments": assignments });
        let mut entry = Entry::new(self.now, "pressed", detail).actor(place.person.code.clone());
        if !place.key().is_empty() {
            entry = entry.message(place.key());
        }
        journal::append(tx, &[entry.config(self.engine.rules.digest.clone())]).await?;
        Ok(())
    }

    /// What changes in the chat: the pressed message with its text and buttons, and the buttons of the message it came from.
    async fn edits(
        &self,
        tx: &mut Tx,
        place: &Place<'_>,
        members: &[i64],
        text: Option<String>,
        undo: Option<crate::channel::letter::ReplyOffer>,
    ) -> Result<Vec<Edit>, EngineError> {
        let mut edits = Vec::new();
        let text = text.filter(|text| text.encode_utf16().count() <= EDITED_UNITS_MAX);
        let (Some(chat), Some(message_id)) = (place.press.chat_id, place.press.message_id) else { return Ok(edits) };
        let buttons = if place.under_message() {
            self.rows_of_message(tx, place.person, place.key(), undo, &place.press.pages).await?
        } else {
            let loaded = self.load(tx, members).await?;
            let mut offers = self.replies(tx, place.person, place.key(), &loaded.iter().collect::<Vec<_>>()).await?;
            offers.extend(undo);
            edits.extend(self.refreshed_origin(tx, place.person, place.key(), place.origin()).await?);
            wording::keyboard(self.language(), &offers)
        };
        edits.push(match text {
            Some(text) => Edit::Pressed { text, buttons },
            None => Edit::Buttons { chat, message_id, buttons },
        });
        Ok(edits)
    }

    /// The buttons by now of the message of the outbox an answer belongs to.
    pub(super) async fn refreshed_origin(
        &self,
        tx: &mut Tx,
        person: &Person,
        key: &str,
        message_id: Option<i64>,
    ) -> Result<Option<Edit>, EngineError> {
        let (Some(chat), Some(message_id), false) = (person.telegram, message_id, key.is_empty()) else { return Ok(None) };
        let buttons = self.rows_of_message(tx, person, key, None, &[]).await?;
        Ok(Some(Edit::Buttons { chat, message_id, buttons }))
    }

    /// The replies of one number.
    async fn item(&self, tx: &mut Tx, place: &Place<'_>, members: &[i64]) -> Result<Heeded, EngineError> {
        let loaded = self.load(tx, members).await?;
        let loaded: Vec<&Loaded> = loaded.iter().collect();
        let Some(brief) = self.brief(&loaded) else { return self.refuse_here(tx, place, Refusal::UnknownToken).await };
        let offers = self.replies(tx, place.person, place.key(), &loaded).await?;
        if offers.is_empty() {
            let standing: Vec<Work> = loaded.iter().map(|loaded| loaded.view.work).collect();
            return self.refuse_here(tx, place, why_nothing(&standing)).await;
        }
        let speech = wording::menu(&self.voice(), &brief);
        let buttons = wording::keyboard(self.language(), &offers);
        Ok(Heeded::told(say(place.person, speech, buttons).into_iter().collect()))
    }

    async fn undo(&self, tx: &mut Tx, place: &Place<'_>, members: &[i64]) -> Result<Heeded, EngineError> {
        let given: Vec<i64> =
            place.token.argument.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let mut taken_back = Vec::new();
        let mut kept = NotUndone::NotTheirs;
        for id in given {
            let kind = replies::get(tx, id).await?.map(|reply| reply.kind);
            match undo::undo_in(self.engine, tx, id, place.person.id, self.now).await? {
                Undone::TakenBack(_) => taken_back.extend(kind),
                Undone::Already => kept = NotUndone::Already,
                Undone::TooLate => kept = NotUndone::TooLate,
                Undone::AnsweredSince => kept = NotUndone::AnsweredSince,
                Undone::OwnAnswerSince => kept = NotUndone::OwnAnswerSince,
                Undone::NotTheirs => {}
            }
        }
        if taken_back.is_empty() {
            let edits = self.edits(tx, place, members, None, None).await?;
            let toast = wording::cannot_undo(self.language(), kept).to_owned();
            return Ok(Heeded { outcome: Outcome::Refused(Refusal::AlreadyRecorded), toast, edits, says: Vec::new() });
        }
        let labels: Vec<&str> = taken_back.iter().filter_map(|kind| wording::label(*kind, self.language())).collect();
        let toast = wording::taken_back(&self.voice(), &labels);
        let text = with_receipt(place, &toast);
        let edits = self.edits(tx, place, members, Some(text), None).await?;
        Ok(Heeded { outcome: Outcome::TakenBack(taken_back.len()), toast, edits, says: Vec::new() })
    }

    /// A press by the right account that changes nothing: its message shows what may be answered by now.
    pub(super) async fn refuse_here(&self, tx: &mut Tx, place: &Place<'_>, refusal: Refusal) -> Result<Heeded, EngineError> {
        let mut refused = self.refuse(tx, Refused::of(refusal).under(place.token).by(&place.person.code)).await?;
        let members = place.token.assignments.clone().unwrap_or_default();
        refused.edits = self.edits(tx, place, &members, None, None).await?;
        Ok(refused)
    }

    pub(super) async fn refuse(&self, tx: &mut Tx, refused: Refused<'_>) -> Result<Heeded, EngineError> {
        let detail = serde_json::json!({ "v": 1, "via": "telegram", "reason": refused.refusal.as_str() });
        let mut entry = Entry::new(self.now, "press-refused", detail).config(self.engine.rules.digest.clone());
        if let Some(key) = refused.message_key.filter(|key| !key.is_empty()) {
            entry = entry.message(key);
        }
        if let Some(actor) = refused.actor {
            entry = entry.actor(actor);
        }
        journal::append(tx, &[entry]).await?;
        Ok(Heeded {
            outcome: Outcome::Refused(refused.refusal),
            toast: wording::refusal_text(self.language(), refused.refusal).to_owned(),
            edits: Vec::new(),
            says: Vec::<Say>::new(),
        })
    }
}

/// The pressed message with a sentence more; a message whose text Telegram no longer tells keeps its headline.
fn with_receipt(place: &Place<'_>, receipt: &str) -> String {
    let headline = place.sent.map_or("", |sent| sent.subject.as_str());
    let original = if place.press.text.is_empty() { headline } else { &place.press.text };
    format!("{original}\n\n{receipt}")
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

/// Why a press by the right account recorded nothing, from where its assignments stand.
pub(super) fn why_nothing(standing: &[Work]) -> Refusal {
    match standing {
        [] => Refusal::NoLongerTheirs,
        all if all.iter().all(|work| *work == Work::Withdrawn) => Refusal::Withdrawn,
        _ => Refusal::AlreadyRecorded,
    }
}

/// A press that changes nothing, as the journal says it.
pub(super) struct Refused<'a> {
    refusal: Refusal,
    message_key: Option<&'a str>,
    actor: Option<&'a str>,
}

impl<'a> Refused<'a> {
    pub(super) const fn of(refusal: Refusal) -> Self {
        Self { refusal, message_key: None, actor: None }
    }

    pub(super) fn under(self, token: &'a Token) -> Self {
        Self { message_key: Some(&token.message_key), ..self }
    }

    pub(super) const fn by(self, actor: &'a str) -> Self {
        Self { actor: Some(actor), ..self }
    }
}
