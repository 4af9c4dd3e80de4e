//! A dialogue: questions one after another, kept in the store, until the reply they make is complete.

use jiff::SignedDuration;

use super::super::EngineError;
use super::super::reply::{Replied, ReportedFigure, Request, reply_in};
use super::ask::{Given, Step};
use super::keyboard::offered;
use super::press::{Place, why_nothing};
use super::{Act, Heeded, Outcome, Say, Talk, say, tell};
use crate::channel::letter::Speech;
use crate::channel::wording::{self, Answered, Ended, Misread, Refusal};
use crate::domain::directive::Work;
use crate::domain::organisation::{Person, PersonId, UnitId};
use crate::domain::reply::{self, ReplyKind};
use crate::store::Tx;
use crate::store::assignments::Loaded;
use crate::store::dialogue::{self, DialogueRow};
use crate::store::replies;

/// A question nobody answers ends by itself.
const OPEN_FOR: SignedDuration = SignedDuration::from_mins(15);

impl Talk<'_> {
    /// Asks the first question of a reply; an earlier dialogue of the person ends.
    pub(super) async fn begin(
        &self,
        tx: &mut Tx,
        place: &Place<'_>,
        kind: ReplyKind,
        members: &[i64],
    ) -> Result<Heeded, EngineError> {
        let loaded = self.load(tx, members).await?;
        let person = place.person;
        let sensible = |one: &&Loaded| offered(&self.directory, person.id, &[*one], self.today()).contains(&kind);
        let open: Vec<&Loaded> = loaded.iter().filter(sensible).collect();
        let Some(step) = Step::first(kind, &open).filter(|_| !open.is_empty()) else {
            let theirs =
                |one: &&Loaded| reply::may(kind, &reply::capacities(&self.directory, &one.view.parties, person.id, self.today()));
            let standing: Vec<Work> = loaded.iter().filter(theirs).map(|loaded| loaded.view.work).collect();
            return self.refuse_here(tx, place, why_nothing(&standing)).await;
        };
        let given = Given::default();
        let dialogue = DialogueRow {
            person: person.id,
            nonce: super::keyboard::fresh_token(),
            kind,
            step: step.as_str().to_owned(),
            assignments: open.iter().map(|loaded| loaded.id).collect(),
            message_key: (!place.key().is_empty()).then(|| place.key().to_owned()),
            message_id: place.origin(),
            given: given.to_json()?,
            expires_at: self.now + OPEN_FOR,
        };
        dialogue::put(tx, &dialogue).await?;
        let asked = self.question(tx, person, &dialogue, step, &given, &open).await?;
        Ok(Heeded::told(asked.into_iter().collect()))
    }

    /// The dialogue of a person that still runs; one that has expired ends.
    pub(super) async fn running(&self, tx: &mut Tx, person: &Person) -> Result<Running, EngineError> {
        let Some(found) = dialogue::get(tx, person.id).await? else { return Ok(Running::None) };
        if found.expires_at < self.now {
            dialogue::end(tx, person.id).await?;
            return Ok(Running::Expired);
        }
        Ok(Running::Open(found))
    }

    /// A text that answers the question.
    pub(super) async fn continued(
        &self,
        tx: &mut Tx,
        person: &Person,
        dialogue: DialogueRow,
        text: &str,
    ) -> Result<Heeded, EngineError> {
        let Some(step) = Step::parse(&dialogue.step) else { return self.ended(tx, person, Ended::Over).await };
        let loaded = self.load(tx, &dialogue.assignments).await?;
        let loaded: Vec<&Loaded> = loaded.iter().collect();
        let mut given = Given::read(&dialogue.given)?;
        match self.answer(step, text, &mut given, &loaded) {
            Ok(()) => self.onward(tx, person, dialogue, step, given, &loaded).await,
            Err(misread) => self.once_more(tx, person, dialogue, misread).await,
        }
    }

    async fn once_more(
        &self,
        tx: &mut Tx,
        person: &Person,
        dialogue: DialogueRow,
        misread: Misread,
    ) -> Result<Heeded, EngineError> {
        dialogue::put(tx, &DialogueRow { expires_at: self.now + OPEN_FOR, ..dialogue }).await?;
        Ok(tell(person, wording::again(&self.voice(), misread)))
    }

    /// A button that answers the question.
    pub(super) async fn chosen(&self, tx: &mut Tx, place: &Place<'_>, act: Act) -> Result<Heeded, EngineError> {
        let person = place.person;
        let argument = place.token.argument.as_deref().unwrap_or_default();
        let (nonce, more) = argument.split_once(':').unwrap_or((argument, ""));
        let dialogue = match self.running(tx, person).await? {
            Running::Open(found) if found.nonce == nonce => found,
            Running::Expired => return Ok(tell(person, wording::dialogue_ended(self.language(), Ended::Expired))),
            Running::Open(_) | Running::None => {
                return Ok(tell(person, wording::dialogue_ended(self.language(), Ended::Over)));
            }
        };
        let loaded = self.load(tx, &dialogue.assignments).await?;
        let loaded: Vec<&Loaded> = loaded.iter().collect();
        let mut given = Given::read(&dialogue.given)?;
        match (act, Step::parse(&dialogue.step)) {
            (Act::No, Some(Step::Confirm)) => self.ended(tx, person, Ended::NotConfirmed).await,
            (Act::Yes, Some(Step::Confirm)) => self.complete(tx, person, &dialogue, &given, &loaded).await,
            (Act::Skip, Some(step @ (Step::Document | Step::Unit | Step::AsOf))) => {
                if step == Step::AsOf {
                    given.as_of = Some(self.today().to_string());
                }
                self.onward(tx, person, dialogue, step, given, &loaded).await
            }
            (Act::Person, Some(step @ Step::Person)) => {
                given.person = more.parse().ok();
                self.onward(tx, person, dialogue, step, given, &loaded).await
            }
            (Act::Page, Some(step @ Step::Person)) => {
                given.page = more.parse().unwrap_or(0);
                let dialogue = self.kept(tx, dialogue, step, &given).await?;
                let asked = self.question(tx, person, &dialogue, step, &given, &loaded).await?;
                Ok(in_place(place, asked))
            }
            // A button of a question that was answered already.
            _ => Ok(tell(person, wording::dialogue_ended(self.language(), Ended::Over))),
        }
    }

    async fn kept(&self, tx: &mut Tx, dialogue: DialogueRow, step: Step, given: &Given) -> Result<DialogueRow, EngineError> {
        let step = step.as_str().to_owned();
        let kept = DialogueRow { step, given: given.to_json()?, expires_at: self.now + OPEN_FOR, ..dialogue };
        dialogue::put(tx, &kept).await?;
        Ok(kept)
    }

    async fn onward(
        &self,
        tx: &mut Tx,
        person: &Person,
        dialogue: DialogueRow,
        step: Step,
        given: Given,
        loaded: &[&Loaded],
    ) -> Result<Heeded, EngineError> {
        let Some(next) = step.next(dialogue.kind) else {
            return self.complete(tx, person, &dialogue, &given, loaded).await;
        };
        let dialogue = self.kept(tx, dialogue, next, &given).await?;
        let asked = self.question(tx, person, &dialogue, next, &given, loaded).await?;
        Ok(Heeded::told(asked.into_iter().collect()))
    }

    /// Everything is answered: the reply goes through the one door.
    async fn complete(
        &self,
        tx: &mut Tx,
        person: &Person,
        dialogue: &DialogueRow,
        given: &Given,
        loaded: &[&Loaded],
    ) -> Result<Heeded, EngineError> {
        dialogue::end(tx, person.id).await?;
        let mut recorded: Vec<&Loaded> = Vec::new();
        let (mut ids, mut refusal, mut standing) = (Vec::new(), None, Vec::new());
        for one in loaded {
            let request = request(dialogue.kind, person.id, given);
            match reply_in(self.engine, tx, one.id, &request, self.now).await? {
                Replied::Changed(_) => {
                    ids.extend(replies::last_of(tx, one.id, person.id).await?);
                    recorded.push(one);
                }
                Replied::Unchanged(work) => standing.push(work),
                Replied::Refused(why) => refusal = Some(why),
                Replied::Waits(_) | Replied::NoTarget => {}
            }
        }
        let key = dialogue.message_key.clone().unwrap_or_default();
        let origin = self.refreshed_origin(tx, person, &key, dialogue.message_id).await?;
        if recorded.is_empty() {
            let refused = match refusal {
                Some(reply::Refusal::NotEntitled) => Refusal::NoLongerTheirs,
                Some(reply::Refusal::Closed) | None => {
                    why_nothing(if standing.is_empty() { &[Work::ReportedDone] } else { &standing })
                }
                Some(reply::Refusal::DateTooEarly) => {
                    let heeded = tell(person, wording::again(&self.voice(), Misread::NotLater));
                    return Ok(Heeded { edits: origin.into_iter().collect(), ..heeded });
                }
                Some(_) => Refusal::AlreadyRecorded,
            };
            let speech = Speech { text: wording::refusal_text(self.language(), refused).to_owned(), bold: Vec::new() };
            let heeded = tell(person, speech);
            return Ok(Heeded { outcome: Outcome::Refused(refused), edits: origin.into_iter().collect(), ..heeded });
        }
        let assignments: Vec<i64> = recorded.iter().map(|one| one.id).collect();
        let undo = self.undo_offer(tx, person, &key, &assignments, &ids).await?;
        let text = wording::answered(&self.voice(), dialogue.kind, &self.answered(given, &recorded));
        let buttons = wording::keyboard(self.language(), &[undo]);
        let says = say(person, Speech { text, bold: Vec::new() }, buttons).into_iter().collect();
        Ok(Heeded { outcome: Outcome::Recorded(recorded.len()), toast: String::new(), edits: origin.into_iter().collect(), says })
    }

    /// What is said of the reply that was recorded.
    fn answered(&self, given: &Given, recorded: &[&Loaded]) -> Answered {
        let unit = given.unit.and_then(|unit| self.directory.units.get(&UnitId(unit))).map(|unit| unit.name.clone());
        let target = recorded.first().and_then(|one| one.view.target.as_ref());
        Answered {
            units: recorded.iter().map(|one| self.unit_name(one)).collect(),
            assignments: recorded.len(),
            percent: given.percent,
            figure: given.value.zip(target).map(|(value, target)| (value, target.unit.clone())),
            as_of: Given::day(given.as_of.as_ref()),
            until: Given::day(given.until.as_ref()),
            note: given.note.clone(),
            document: given.document.clone(),
            to: given.person.and_then(|id| self.name_of(id)).or(unit),
        }
    }

    pub(super) async fn ended(&self, tx: &mut Tx, person: &Person, how: Ended) -> Result<Heeded, EngineError> {
        dialogue::end(tx, person.id).await?;
        Ok(tell(person, wording::dialogue_ended(self.language(), how)))
    }
}

/// Another page takes the place of the one before.
fn in_place(place: &Place<'_>, asked: Option<Say>) -> Heeded {
    let edits = asked.map(|say| super::Edit::Instead { speech: say.speech, buttons: say.buttons });
    match (edits, place.press.message_id) {
        (Some(edit), Some(_)) => Heeded { edits: vec![edit], ..Heeded::told(Vec::new()) },
        _ => Heeded::told(Vec::new()),
    }
}

/// The dialogue a person may be in.
pub(super) enum Running {
    None,
    Expired,
    Open(DialogueRow),
}

fn request(kind: ReplyKind, person: PersonId, given: &Given) -> Request {
    let figure = given.value.map(|value| ReportedFigure { value, as_of: Given::day(given.as_of.as_ref()), source: None });
    Request {
        percent: given.percent,
        figure,
        until: Given::day(given.until.as_ref()),
        note: given.note.clone(),
        document: given.document.clone(),
        to: given.person.map(PersonId),
        to_unit: given.unit.map(UnitId),
        ..Request::new(kind, person, "telegram")
    }
}
