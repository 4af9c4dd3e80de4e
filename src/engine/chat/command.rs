//! Commands and other texts: open duties, why a message came, ending a dialogue, help.

use jiff::Timestamp;

use super::super::EngineError;
use super::super::compose::Scene;
use super::dialogue::Running;
use super::{Act, Heeded, Say, Talk, link, say, tell};
use crate::channel::letter::{Brief, Item, Letter, LetterKind, Offer, ReplyOffer};
use crate::channel::wording::{self, Choice, Ended, Reasoned};
use crate::domain::delivery::{Button, Target};
use crate::domain::organisation::Person;
use crate::domain::policy::{ChannelKind, Role};
use crate::domain::reply::{self, Capacity};
use crate::store::Tx;
use crate::store::assignments::{self, Loaded};
use crate::store::messages;
use crate::store::naming::Names;
use crate::store::outbox;
use crate::store::telegram;

use super::Written;

/// Duties on one page of the list.
const ITEMS_PER_PAGE: usize = wording::NUMBERS_MAX;

/// A command with what stands behind it.
#[derive(Debug, PartialEq, Eq)]
enum Command<'a> {
    Start(&'a str),
    Items,
    Why(&'a str),
    Cancel,
    Help,
    /// A text that is none, or an unknown one.
    Other(&'a str),
}

fn command(text: &str) -> Command<'_> {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    // In groups a command names its bot: /trogiup@some_bot
    let word = word.split_once('@').map_or(word, |(word, _)| word);
    match word.to_lowercase().as_str() {
        "/start" => Command::Start(rest.trim()),
        "/viec" | "/items" => Command::Items,
        "/visao" | "/why" => Command::Why(rest.trim()),
        "/huy" | "/cancel" => Command::Cancel,
        "/trogiup" | "/help" => Command::Help,
        _ => Command::Other(text),
    }
}

impl Talk<'_> {
    pub(super) async fn written(&self, tx: &mut Tx, written: &Written) -> Result<Heeded, EngineError> {
        let command = command(&written.text);
        let here = |speech| Heeded::told(vec![Say { chat: written.chat_id, speech, buttons: Vec::new() }]);
        // Groups receive; nobody answers in them for a person.
        if written.chat_id != written.from_id {
            let asked = command == Command::Help;
            return Ok(if asked { here(wording::help_in_group(self.language())) } else { Heeded::ignored() });
        }
        if let Command::Start(code) = command
            && !code.is_empty()
        {
            return link::show_code(self, tx, written.from_id, code).await;
        }
        let Some(person) = self.linked(written.from_id) else {
            return link::stranger(self, tx, written.from_id).await;
        };
        match command {
            Command::Start(_) | Command::Help => Ok(here(wording::help(self.language()))),
            Command::Items => self.items(tx, person, 0).await,
            Command::Why(code) => self.why(tx, person, code, written.reply_to).await,
            Command::Cancel => match self.running(tx, person).await? {
                Running::Open(_) => self.ended(tx, person, Ended::Stopped).await,
                Running::Expired | Running::None => self.ended(tx, person, Ended::None).await,
            },
            Command::Other(text) => match self.running(tx, person).await? {
                Running::Open(dialogue) => self.continued(tx, person, dialogue, text).await,
                Running::Expired => Ok(here(wording::dialogue_ended(self.language(), Ended::Expired))),
                Running::None => Ok(here(wording::hint(self.language()))),
            },
        }
    }

    pub(super) async fn more_items(&self, tx: &mut Tx, person: &Person, page: Option<&str>) -> Result<Heeded, EngineError> {
        self.items(tx, person, page.and_then(|text| text.parse().ok()).unwrap_or(0)).await
    }

    /// The open duties of a person: theirs to act on, and for heads and deputies those of their unit.
    async fn items(&self, tx: &mut Tx, person: &Person, page: usize) -> Result<Heeded, EngineError> {
        let today = self.today();
        let units: Vec<i64> = self
            .directory
            .units
            .keys()
            .filter(|unit| self.directory.belongs_to(person.id, **unit, today))
            .map(|unit| unit.0)
            .collect();
        let ids = assignments::open_of(tx, &units, person.id.0).await?;
        let mut open = self.load(tx, &ids).await?;
        open.retain(|loaded| {
            let parties = &loaded.view.parties;
            let capacities = reply::capacities(&self.directory, parties, person.id, today);
            let acts = self.directory.resolve(&[Role::Assignee], parties, today);
            capacities.contains(&Capacity::Head) || acts.recipients.iter().any(|one| one.person == person.id)
        });
        let day = |loaded: &Loaded| loaded.view.deadline.map(|deadline| (deadline.last_day, deadline.time));
        // The earliest last day first puts what is overdue first; undated duties come last.
        open.sort_by_key(|loaded| (day(loaded).is_none(), day(loaded), loaded.id));
        let pages = open.len().div_ceil(ITEMS_PER_PAGE).max(1);
        let page = page.min(pages - 1);
        let first = page * ITEMS_PER_PAGE + 1;
        let shown: Vec<&Loaded> = open.iter().skip(first - 1).take(ITEMS_PER_PAGE).collect();
        let briefs: Vec<Brief> = shown.iter().filter_map(|loaded| self.brief(&[*loaded])).collect();
        let mut tokens = Vec::new();
        let mut offers = Vec::new();
        for (number, loaded) in (first..).zip(&shown) {
            let token = self.button(person, "", Act::Item, &[loaded.id], None);
            offers.push(ReplyOffer { offer: Offer::Item(u16::try_from(number).unwrap_or(u16::MAX)), token: token.token.clone() });
            tokens.push(token);
        }
        let mut rows = wording::keyboard(self.language(), &offers);
        let mut turn = Vec::new();
        for (there, to, label) in [(page > 0, page.saturating_sub(1), Choice::Before), (page + 1 < pages, page + 1, Choice::Next)]
        {
            if there {
                let token = self.button(person, "", Act::Items, &[], Some(to.to_string()));
                turn.push(Button { label: self.choice(label).to_owned(), target: Target::Token(token.token.clone()) });
                tokens.push(token);
            }
        }
        rows.extend((!turn.is_empty()).then_some(turn));
        self.keep(tx, &tokens).await?;
        let speech = wording::items(&self.voice(), &briefs, first, open.len());
        Ok(Heeded::told(say(person, speech, rows).into_iter().collect()))
    }

    /// Why a message came: the one answered, else the last; or the item of that code.
    async fn why(&self, tx: &mut Tx, person: &Person, code: &str, reply_to: Option<i64>) -> Result<Heeded, EngineError> {
        let message = match reminder_of(code) {
            Some(reminder) => messages::carrying(tx, person.id.0, reminder).await?,
            None if code.is_empty() => telegram::message_of(tx, person.id.0, reply_to).await?,
            None => None,
        };
        let row = match message {
            Some(id) => messages::get(tx, id).await?,
            None => None,
        };
        let (mut reasons, mut sent_at) = (Vec::new(), self.now);
        if let Some(row) = row {
            sent_at = super::super::instant(row.packed_at_ms);
            reasons = self.reasons(tx, person, &row, reminder_of(code), sent_at).await?;
        }
        Ok(tell(person, wording::why(&self.voice(), sent_at, &reasons)))
    }

    async fn reasons(
        &self,
        tx: &mut Tx,
        person: &Person,
        row: &messages::MessageRow,
        only: Option<i64>,
        sent_at: Timestamp,
    ) -> Result<Vec<Reasoned>, EngineError> {
        let mut members = outbox::items_of_message(tx, row.id).await?;
        members.retain(|item| only.is_none_or(|reminder| item.reminder_id == reminder));
        let reminders = outbox::reminders(tx, &members.iter().map(|item| item.reminder_id).collect::<Vec<_>>()).await?;
        let loaded = self.load(tx, &members.iter().map(|item| item.assignment_id).collect::<Vec<_>>()).await?;
        let names = Names::load(tx).await?;
        let scene = Scene { engine: self.engine, directory: &self.directory, now: sent_at };
        let mut told: Vec<(Item, String)> = Vec::new();
        let mut to = None;
        for item in &members {
            let reminder = reminders.iter().find(|reminder| reminder.id == item.reminder_id);
            let about = loaded.iter().find(|loaded| loaded.id == item.assignment_id);
            let (Some(reminder), Some(about)) = (reminder, about) else { continue };
            let Some(policy) = self.engine.policy_of(about, &self.directory) else { continue };
            to = to.or_else(|| scene.addressee(person.id, about));
            told.push((scene.item(about.name(&names, &self.directory), item, reminder, about, policy)?, policy.label.clone()));
        }
        let Some(to) = to else { return Ok(Vec::new()) };
        let rules = &self.engine.rules;
        let letter = Letter {
            language: rules.language,
            office: &rules.office,
            calendar: &rules.calendar,
            before_date: rules.before_date,
            now: sent_at,
            channel: ChannelKind::Telegram,
            kind: LetterKind::parse(&row.kind).unwrap_or(LetterKind::Action),
            to,
            monitor: None,
            items: told.iter().map(|(item, _)| item.clone()).collect(),
            replies: Vec::new(),
            link: None,
            brief: None,
        };
        let sentences = wording::reasons(&letter);
        let reasoned = told.into_iter().zip(sentences).map(|((item, policy), reason)| Reasoned {
            code: item.code,
            title: item.title,
            policy,
            step: item.step_label,
            reason,
        });
        Ok(reasoned.collect())
    }
}

/// The reminder of a code `R123`.
fn reminder_of(code: &str) -> Option<i64> {
    code.trim().strip_prefix(['R', 'r'])?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_known_in_both_languages_and_with_the_name_of_the_bot() {
        assert_eq!(command("/viec"), Command::Items);
        assert_eq!(command("/Items "), Command::Items);
        assert_eq!(command("/visao R12"), Command::Why("R12"));
        assert_eq!(command("/trogiup@don_doc_bot"), Command::Help);
        assert_eq!(command("/start  abc"), Command::Start("abc"));
        assert_eq!(command(" 62,5 "), Command::Other("62,5"));
        assert_eq!((reminder_of("R12"), reminder_of("r7"), reminder_of("12"), reminder_of("")), (Some(12), Some(7), None, None));
    }
}
