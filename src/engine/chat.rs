//! `chat`: what people press and write to the bot → replies through the one door, questions, lists, links.
//!
//! Authority comes from the account that acts and from nothing else: it must be the one its person is linked with, in the
//! private chat with the bot (whose id is the account's). Accounts and chats never reach the journal. Everything happens
//! in the caller's transaction, which also records that the update was handled; what is to be shown is returned and may be
//! lost on its way without any harm.

mod ask;
mod command;
mod dialogue;
pub mod keyboard;
pub mod link;
mod press;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Engine, EngineError};
use crate::channel::letter::{Brief, Speech};
use crate::channel::wording::{self, Refusal, Voice};
use crate::domain::delivery::Button;
use crate::domain::organisation::{Active, Dead, Directory, Person, PersonId};
use crate::domain::reply::ReplyKind;
use crate::domain::rules::Language;
use crate::store::Tx;
use crate::store::assignments::{self, Loaded};

pub use press::Press;

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Pressed a button.
    Press(Press),
    /// Wrote something.
    Written(Written),
}

/// A text as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The account that wrote.
    pub from_id: i64,
    /// Where; the account's own number in the private chat.
    pub chat_id: i64,
    /// The message it answers, when it does.
    pub reply_to: Option<i64>,
    /// What.
    pub text: String,
}

/// What came of it, and what is shown for it once the transaction is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heeded {
    /// Whether something was recorded.
    pub outcome: Outcome,
    /// Shown over the chat to the one who pressed; empty only ends the waiting.
    pub toast: String,
    /// Changes of messages that stand in the chat.
    pub edits: Vec<Edit>,
    /// New texts.
    pub says: Vec<Say>,
}

/// What came of something that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// So many replies were recorded.
    Recorded(usize),
    /// So many replies were taken back.
    TakenBack(usize),
    /// An account was linked.
    Linked,
    /// Nothing was recorded; something is asked or told.
    Told,
    /// Nothing changed.
    Refused(Refusal),
    /// It is nothing for the bot.
    Ignored,
}

impl Outcome {
    /// Whether the engine may have something to do now.
    pub const fn has_acted(self) -> bool {
        matches!(self, Self::Recorded(_) | Self::TakenBack(_) | Self::Linked)
    }
}

/// A change of a message that stands in a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The text of the pressed message, whose bold ranges stay, and its buttons.
    Pressed {
        /// What it says now.
        text: String,
        /// Its buttons.
        buttons: Vec<Vec<Button>>,
    },
    /// Another text in place of the pressed message's.
    Instead {
        /// What it says now.
        speech: Speech,
        /// Its buttons.
        buttons: Vec<Vec<Button>>,
    },
    /// Only the buttons of a message.
    Buttons {
        /// In that chat.
        chat: i64,
        /// That message.
        message_id: i64,
        /// These.
        buttons: Vec<Vec<Button>>,
    },
}

/// A text the bot says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// Where.
    pub chat: i64,
    /// What.
    pub speech: Speech,
    /// With these buttons.
    pub buttons: Vec<Vec<Button>>,
}

impl Heeded {
    fn told(says: Vec<Say>) -> Self {
        Self { outcome: Outcome::Told, toast: String::new(), edits: Vec::new(), says }
    }

    const fn ignored() -> Self {
        Self { outcome: Outcome::Ignored, toast: String::new(), edits: Vec::new(), says: Vec::new() }
    }
}

/// What a button does, as the word of its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Reply(ReplyKind),
    Item,
    Undo,
    Yes,
    No,
    Skip,
    Person,
    Page,
    Items,
    LinkYes,
    LinkNo,
}

impl Act {
    const OWN: [(Self, &'static str); 10] = [
        (Self::Item, "item"),
        (Self::Undo, "undo"),
        (Self::Yes, "yes"),
        (Self::No, "no"),
        (Self::Skip, "skip"),
        (Self::Person, "person"),
        (Self::Page, "page"),
        (Self::Items, "items"),
        (Self::LinkYes, "link-yes"),
        (Self::LinkNo, "link-no"),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Reply(kind) => kind.as_str(),
            own => Self::OWN.iter().find(|(act, _)| *act == own).map_or("", |(_, word)| word),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let own = Self::OWN.iter().find(|(_, known)| *known == word).map(|(act, _)| *act);
        own.or_else(|| ReplyKind::parse(word).map(Self::Reply))
    }
}

/// Takes what was heard in the caller's transaction, which is also to record that its update was handled.
pub async fn hear(engine: &Engine, tx: &mut Tx, heard: &Heard, now: Timestamp) -> Result<Heeded, EngineError> {
    let (_, directory) = engine.organisation.get(tx).await?;
    let talk = Talk { engine, directory, now };
    match heard {
        Heard::Press(press) => talk.press(tx, press).await,
        Heard::Written(written) => talk.written(tx, written).await,
    }
}

/// What every answer of the bot needs to know.
struct Talk<'a> {
    engine: &'a Engine,
    directory: Arc<Directory>,
    now: Timestamp,
}

impl Talk<'_> {
    fn language(&self) -> Language {
        self.engine.rules.language
    }

    fn today(&self) -> Date {
        self.engine.rules.calendar.date_of(self.now)
    }

    fn voice(&self) -> Voice<'_> {
        let rules = &self.engine.rules;
        Voice { language: rules.language, calendar: &rules.calendar, before_date: rules.before_date, now: self.now }
    }

    /// Whom that account is linked with, as long as they are of the office.
    fn linked(&self, account: i64) -> Option<&Person> {
        let mut people = self.directory.people.values();
        let person = people.find(|person| person.telegram == Some(account) && person.telegram_dead == Dead::No)?;
        (person.active == Active::Yes && !self.directory.has_left(person.id, self.today())).then_some(person)
    }

    async fn load(&self, tx: &mut Tx, ids: &[i64]) -> Result<Vec<Loaded>, EngineError> {
        Ok(assignments::load(tx, ids, &self.engine.rules.office, self.now).await?)
    }

    fn unit_name(&self, loaded: &Loaded) -> String {
        self.directory.units.get(&loaded.about.unit).map(|unit| unit.name.clone()).unwrap_or_default()
    }

    /// Duties that are answered together, as one.
    fn brief(&self, loaded: &[&Loaded]) -> Option<Brief> {
        let first = loaded.first()?;
        let scene = super::compose::Scene { engine: self.engine, directory: &self.directory, now: self.now };
        Some(Brief {
            title: first.about.title.clone(),
            clauses: loaded.iter().map(|loaded| loaded.about.clause.clone()).collect(),
            dispatch_number: first.about.number.clone(),
            unit: self.unit_name(first),
            deadline: scene.deadline(first),
            work: first.view.work,
        })
    }

    fn person(&self, id: PersonId) -> Option<&Person> {
        self.directory.people.get(&id)
    }

    fn choice(&self, choice: wording::Choice) -> &'static str {
        wording::choice(self.language(), choice)
    }
}

fn say(person: &Person, speech: Speech, buttons: Vec<Vec<Button>>) -> Option<Say> {
    Some(Say { chat: person.telegram?, speech, buttons })
}

fn tell(person: &Person, speech: Speech) -> Heeded {
    Heeded::told(say(person, speech, Vec::new()).into_iter().collect())
}
