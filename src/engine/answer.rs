//! `answer`: what the page behind a link shows, and the replies that come from there.
//!
//! Looking changes nothing. Answering is one transaction for all items of a form: everything that was filled in is taken, or
//! nothing is. Whether an answer counts at once or waits for a second signal is said in `docs/adr/0009`.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::compose::Scene;
use super::draft::said;
use super::gather::Members;
use super::link::token_hash;
use super::reply::{Replied, ReportedFigure, Request, reply_in};
use super::{Engine, EngineError, ms};
use crate::channel::letter::{Item, Letter, LetterKind};
use crate::channel::wording::{self, SheetLine};
use crate::domain::delivery::MessageState;
use crate::domain::organisation::{Active, Directory, Person, PersonId};
use crate::domain::reply::{self, Doubt, Refusal, ReplyKind};
use crate::domain::rules::Language;
use crate::store::assignments::{self, Loaded};
use crate::store::journal::{self, Entry};
use crate::store::links::{self, Linked, Waiting};
use crate::store::{Tx, outbox};

/// An answer that comes sooner after its message was accepted is weak.
const EARLY: SignedDuration = SignedDuration::from_secs(60);

/// A second visit counts as a signal of its own only that long after the first.
const APART: SignedDuration = SignedDuration::from_secs(60);

/// Refused forms of one message that are journalled; a program may press for hours.
const REFUSALS_MAX: i64 = 20;

/// What a token leads to.
#[derive(Clone, Debug)]
pub enum Look {
    /// Nothing: an unknown, damaged or expired token, one of another store or key, or of somebody who is not active.
    Unknown,
    /// A message nobody answers any more.
    Over(Over),
    /// The items of a message.
    Open(Box<Sheet>),
}

/// Why a message is not answered any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It was cancelled, or its items went on in a newer one.
    Replaced,
    /// Its items are not this person's any more.
    NotTheirs,
}

/// The items of one message, as they stand now.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The message key.
    pub message_key: String,
    /// Whose message it is.
    pub person: PersonId,
    /// Their name, masked.
    pub name: String,
    /// The office that asks.
    pub office: String,
    /// The one to ask, with a phone when known.
    pub monitor: Option<String>,
    /// In the order of the message.
    pub items: Vec<SheetItem>,
    /// When the channel took the message.
    accepted_at: Option<Timestamp>,
}

/// One item of a sheet.
#[derive(Clone, Debug)]
pub struct SheetItem {
    /// Its number in the message.
    pub number: usize,
    /// What is said of it.
    pub line: SheetLine,
    /// The replies that make sense now, and their labels.
    pub offers: Vec<(ReplyKind, &'static str)>,
    /// The unit of its target when that is no percentage: progress is then a figure.
    pub figure_unit: Option<String>,
    /// To whom it can be handed: text id, masked name with title.
    pub colleagues: Vec<(String, String)>,
    /// A weak reply of this person waits for a second signal.
    pub waits: Option<&'static str>,
    /// Its assignments.
    assignments: Vec<i64>,
}

/// A filled-in form.
#[derive(Clone, Debug)]
pub struct Form {
    /// The token of its page.
    pub token: String,
    /// Names the form: a second copy of it records nothing.
    pub visit: String,
    /// When the form was made.
    pub made_at: Timestamp,
    /// Doubts that are seen in how it came.
    pub doubts: Vec<Doubt>,
    /// One for each item that is answered.
    pub choices: Vec<Choice>,
}

/// What is answered to one item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// Its number.
    pub number: usize,
    /// The reply.
    pub kind: Option<ReplyKind>,
    /// A promise, or an extension asked.
    pub until: Option<Date>,
    /// The day it counts from.
    pub on: Option<Date>,
    /// Percent done.
    pub percent: Option<u8>,
    /// A figure of the target.
    pub value: Option<f64>,
    /// A sentence.
    pub note: Option<String>,
    /// The document that reports it.
    pub document: Option<String>,
    /// Text id of whom it is handed to.
    pub to: Option<String>,
}

/// What came of a form.
#[derive(Clone, Debug, PartialEq)]
pub enum Answered {
    /// As [`Look::Unknown`].
    Unknown,
    /// As [`Look::Over`].
    Over(Over),
    /// This very form was taken before.
    Again,
    /// Some choice is not taken, and so nothing is: numbers and why.
    Refused(Vec<(usize, Refusal)>),
    /// Everything is taken: numbers and what became of each.
    Taken(Vec<(usize, Became)>),
}

/// What became of the answer to one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// Recorded.
    Recorded,
    /// Recorded before.
    Unchanged,
    /// Kept; it counts after a second signal.
    Waits,
}

/// The replies this person can give over the page now: the unit's, and only where they stand for it.
pub(super) fn offers(directory: &Directory, loaded: &Loaded, person: PersonId, on: Date) -> Vec<ReplyKind> {
    let capacities = reply::capacities(directory, &loaded.view.parties, person, on);
    let last_day = loaded.view.deadline.map(|deadline| deadline.last_day);
    reply::offered(loaded.view.work, last_day, &capacities)
}

/// What that token leads to, in that language. Changes nothing.
pub async fn look(engine: &Engine, token: &str, language: Language, now: Timestamp) -> Result<Look, EngineError> {
    let mut tx = engine.store.snapshot().await?;
    look_in(engine, &mut tx, token, language, now).await
}

async fn look_in(engine: &Engine, tx: &mut Tx, token: &str, language: Language, now: Timestamp) -> Result<Look, EngineError> {
    // A token of whatever shape costs the same: one hash, one look into an index.
    let found = links::find(tx, &token_hash(token), ms(now)).await?;
    let fits = |linked: &Linked| engine.links.as_ref().is_some_and(|links| links.fits(token, &linked.message_key));
    let Some(linked) = found.filter(fits) else { return Ok(Look::Unknown) };
    let (_, directory) = engine.organisation.get(tx).await?;
    let person = directory.people.get(&PersonId(linked.person_id)).filter(|person| person.active == Active::Yes);
    let Some(person) = person else { return Ok(Look::Unknown) };
    let items = outbox::items_of_message(tx, linked.message_id).await?;
    if linked.state == MessageState::Cancelled || items.is_empty() {
        return Ok(Look::Over(Over::Replaced));
    }
    let today = engine.rules.calendar.date_of(now);
    let mut ids: Vec<i64> = items.iter().map(|item| item.assignment_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut loaded = assignments::load(tx, &ids, &engine.rules.office, now).await?;
    loaded.retain(|loaded| !reply::capacities(&directory, &loaded.view.parties, person.id, today).is_empty());
    if loaded.is_empty() {
        return Ok(Look::Over(Over::NotTheirs));
    }
    let reminders = outbox::reminders(tx, &items.iter().map(|item| item.reminder_id).collect::<Vec<_>>()).await?;
    let waiting = links::waiting(tx, &ids, person.id.0).await?;
    let members = Members { directory: directory.clone(), items, reminders, loaded, trial: None };
    let page = Page { engine, members: &members, person, linked: &linked, waiting: &waiting, language, now };
    Ok(page.sheet()?.map_or(Look::Over(Over::NotTheirs), |sheet| Look::Open(Box::new(sheet))))
}

/// What a sheet is made of.
struct Page<'a> {
    engine: &'a Engine,
    members: &'a Members,
    person: &'a Person,
    linked: &'a Linked,
    waiting: &'a [Waiting],
    language: Language,
    now: Timestamp,
}

impl Page<'_> {
    fn sheet(&self) -> Result<Option<Sheet>, EngineError> {
        let rules = &self.engine.rules;
        let scene = Scene { engine: self.engine, directory: &self.members.directory, now: self.now };
        let Some(first) = self.members.loaded.first() else { return Ok(None) };
        let Some(to) = scene.addressee(self.person.id, first) else { return Ok(None) };
        let (items, assignments) = self.in_order()?;
        if items.is_empty() {
            return Ok(None);
        }
        let monitor = scene.monitor(first);
        let letter = Letter {
            language: self.language,
            office: &rules.office,
            calendar: &rules.calendar,
            before_date: rules.before_date,
            now: self.now,
            channel: self.linked.channel,
            kind: LetterKind::Action,
            to,
            monitor: None,
            items,
            replies: Vec::new(),
            link: None,
            brief: None,
        };
        let lines = wording::sheet_lines(&letter).into_iter().zip(assignments).enumerate();
        Ok(Some(Sheet {
            message_key: self.linked.message_key.clone(),
            person: self.person.id,
            name: masked(&self.person.name),
            office: rules.office.name.clone(),
            monitor: monitor.map(|one| one.phone.map_or_else(|| one.name.clone(), |phone| format!("{}, {phone}", one.name))),
            items: lines.map(|(place, (line, assignments))| self.item(place + 1, line, assignments)).collect(),
            accepted_at: self.linked.accepted_at,
        }))
    }

    /// The items in the order the message had when it was packed, so that its numbers still hold; said as they stand now. An
    /// assignment that stands in it twice is shown once.
    fn in_order(&self) -> Result<(Vec<Item>, Vec<Vec<i64>>), EngineError> {
        let directory = &self.members.directory;
        let name =
            |loaded: &Loaded| directory.units.get(&loaded.about.named_unit).map_or_else(String::new, |unit| unit.code.clone());
        let then = Scene { engine: self.engine, directory, now: self.linked.packed_at };
        let mut before: Vec<Item> = said(&then, self.members, name)?.into_iter().map(|said| said.item).collect();
        wording::sort(&mut before);
        let scene = Scene { engine: self.engine, directory, now: self.now };
        let mut said = said(&scene, self.members, name)?;
        let (mut items, mut assignments): (Vec<Item>, Vec<Vec<i64>>) = (Vec::new(), Vec::new());
        for old in before {
            let Some(place) = said.iter().position(|said| said.item.code == old.code) else { continue };
            let said = said.swap_remove(place);
            if !assignments.contains(&said.assignments) {
                items.push(said.item);
                assignments.push(said.assignments);
            }
        }
        Ok((items, assignments))
    }

    fn item(&self, number: usize, line: SheetLine, assignments: Vec<i64>) -> SheetItem {
        let today = self.engine.rules.calendar.date_of(self.now);
        let directory = &self.members.directory;
        let of_item: Vec<&Loaded> = self.members.loaded.iter().filter(|loaded| assignments.contains(&loaded.id)).collect();
        let mut kinds: Vec<ReplyKind> = Vec::new();
        for kind in of_item.iter().flat_map(|loaded| offers(directory, loaded, self.person.id, today)) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let hands_on = kinds.contains(&ReplyKind::Assign);
        let colleagues = of_item.first().filter(|_| hands_on).map_or_else(Vec::new, |loaded| self.colleagues(loaded, today));
        kinds.retain(|kind| *kind != ReplyKind::Assign || !colleagues.is_empty());
        let target = of_item.first().and_then(|loaded| loaded.view.target.as_ref());
        let waits = self.waiting.iter().rev().find(|waiting| assignments.contains(&waiting.assignment_id));
        SheetItem {
            number,
            line,
            offers: kinds.into_iter().filter_map(|kind| Some((kind, wording::label(kind, self.language)?))).collect(),
            figure_unit: target.filter(|target| target.unit != "%").map(|target| target.unit.clone()),
            colleagues,
            waits: waits.and_then(|waiting| wording::label(waiting.kind, self.language)),
            assignments,
        }
    }

    /// The other members of the unit, by name; masked as everywhere on the page.
    fn colleagues(&self, loaded: &Loaded, today: Date) -> Vec<(String, String)> {
        let directory = &self.members.directory;
        let unit = loaded.about.unit;
        let others = directory
            .people
            .values()
            .filter(|one| one.id != self.person.id && one.active == Active::Yes && directory.belongs_to(one.id, unit, today));
        let shown = |one: &Person| {
            let title = directory.title_of(one.id, Some(unit), today).and_then(|(held, _)| held.title.clone());
            title.map_or_else(|| masked(&one.name), |title| format!("{} – {title}", masked(&one.name)))
        };
        let mut found: Vec<(String, String)> = others.map(|one| (one.code.clone(), shown(one))).collect();
        found.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
        found
    }
}

/// "N. T. An": enough for its bearer, too little for who found the link.
fn masked(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let Some((last, before)) = words.split_last() else { return String::new() };
    let initials = before.iter().filter_map(|word| word.chars().next()).map(|letter| format!("{}. ", letter.to_uppercase()));
    initials.chain([(*last).to_owned()]).collect()
}

/// Takes a form: all of it or nothing.
pub async fn answer(engine: &Engine, form: &Form, language: Language, now: Timestamp) -> Result<Answered, EngineError> {
    let mut tx = engine.store.begin().await?;
    let sheet = match look_in(engine, &mut tx, &form.token, language, now).await? {
        Look::Unknown => return Ok(Answered::Unknown),
        Look::Over(over) => return Ok(Answered::Over(over)),
        Look::Open(sheet) => sheet,
    };
    if !links::take_visit(&mut tx, &form.visit, &sheet.message_key, ms(now)).await? {
        return Ok(Answered::Again);
    }
    let (_, directory) = engine.organisation.get(&mut tx).await?;
    let (mut became, mut refused) = (Vec::new(), Vec::new());
    for choice in &form.choices {
        let item = sheet.items.iter().find(|item| item.number == choice.number);
        let offered = item.filter(|item| item.offers.iter().any(|(kind, _)| choice.kind == Some(*kind)));
        let Some(item) = offered else {
            refused.push((choice.number, Refusal::Closed));
            continue;
        };
        match answer_item(engine, &mut tx, &sheet, item, (form, choice), &directory, now).await? {
            Ok(outcome) => became.push((choice.number, outcome)),
            Err(refusal) => refused.push((choice.number, refusal)),
        }
    }
    if !refused.is_empty() {
        // Dropped, the transaction is rolled back: the form may be corrected and sent again.
        return Ok(Answered::Refused(refused));
    }
    tx.commit().await?;
    Ok(Answered::Taken(became))
}

async fn answer_item(
    engine: &Engine,
    tx: &mut Tx,
    sheet: &Sheet,
    item: &SheetItem,
    (form, choice): (&Form, &Choice),
    directory: &Directory,
    now: Timestamp,
) -> Result<Result<Became, Refusal>, EngineError> {
    let waiting = links::waiting(tx, &item.assignments, sheet.person.0).await?;
    let mut request = request(sheet.person, choice, directory, item);
    let mut became = Became::Unchanged;
    for id in &item.assignments {
        let earlier = waiting.iter().find(|waiting| waiting.assignment_id == *id);
        request.doubts = doubts(sheet, form, earlier, now);
        became = match reply_in(engine, tx, *id, &request, now).await? {
            Replied::Changed(_) => Became::Recorded,
            Replied::Waits(_) if became != Became::Recorded => Became::Waits,
            Replied::Unchanged(_) | Replied::Waits(_) => became,
            Replied::Refused(refusal) => return Ok(Err(refusal)),
            Replied::NoTarget => return Ok(Err(Refusal::NothingAsked)),
        };
    }
    Ok(Ok(became))
}

/// Why an answer may not come from its person. A second visit, made after the first answer and well apart from it, is a signal
/// of its own, unless it comes as early as only programs do.
fn doubts(sheet: &Sheet, form: &Form, earlier: Option<&Waiting>, now: Timestamp) -> Vec<Doubt> {
    let is_early = sheet.accepted_at.is_none_or(|at| now.duration_since(at) < EARLY);
    let is_second = earlier.is_some_and(|first| form.made_at > first.at && now.duration_since(first.at) >= APART);
    if is_second && !is_early {
        return Vec::new();
    }
    let mut doubts = form.doubts.clone();
    if is_early {
        doubts.push(Doubt::Early);
    }
    doubts.sort_unstable();
    doubts
}

fn request(person: PersonId, choice: &Choice, directory: &Directory, item: &SheetItem) -> Request {
    let kind = choice.kind.unwrap_or(ReplyKind::Acknowledge);
    let figure = choice.value.filter(|_| item.figure_unit.is_some());
    Request {
        until: choice.until,
        on: choice.on,
        percent: choice.percent,
        figure: figure.map(|value| ReportedFigure { value, as_of: choice.on, source: None }),
        note: choice.note.clone(),
        document: choice.document.clone(),
        to: choice.to.as_deref().and_then(|code| directory.person_by_code(code)).map(|one| one.id),
        ..Request::new(kind, person, "link")
    }
}

/// Records that a form of a live link was not taken, and why; only the first of each message.
pub async fn note_refusal(engine: &Engine, sheet: &Sheet, why: &'static str, now: Timestamp) -> Result<(), EngineError> {
    let mut tx = engine.store.begin().await?;
    let sql = "SELECT COUNT(*) FROM journal WHERE message_key = $1 AND kind = 'link-refused'";
    let known: i64 = sqlx::query_scalar(sql).bind(sheet.message_key.clone()).fetch_one(&mut *tx).await?;
    if known < REFUSALS_MAX {
        let detail = serde_json::json!({ "v": 1, "via": "link", "reason": why });
        let entry = Entry::new(now, "link-refused", detail).message(sheet.message_key.clone());
        journal::append(&mut tx, &[entry.config(engine.rules.digest.clone())]).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Records that links are being guessed, for whoever reads the journal later.
pub async fn note_guessing(engine: &Engine, tries: u32, now: Timestamp) -> Result<(), EngineError> {
    let mut tx = engine.store.begin().await?;
    let entry = Entry::new(now, "links-guessed", serde_json::json!({ "v": 1, "tries": tries })).actor("daemon");
    journal::append(&mut tx, &[entry]).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_masked_name_keeps_the_given_name_only() {
        assert_eq!(masked("Nguyễn Thị Ánh"), "N. T. Ánh");
        assert_eq!(masked(" đỗ  An "), "Đ. An");
        assert_eq!(masked("An"), "An");
        assert_eq!(masked(""), "");
    }
}
