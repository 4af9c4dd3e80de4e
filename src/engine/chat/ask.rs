//! The steps of a dialogue: what is asked, with which buttons, and how a text answers it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::EngineError;
use super::{Act, Say, Talk, say};
use crate::channel::wording::{self, Choice, Misread, Question};
use crate::domain::delivery::{Button, Target};
use crate::domain::organisation::{Person, PersonId, UnitId};
use crate::domain::policy::Role;
use crate::domain::reply::ReplyKind;
use crate::domain::typed::{self, DayError};
use crate::store::Tx;
use crate::store::assignments::Loaded;
use crate::store::dialogue::DialogueRow;
use crate::store::telegram::Token;

/// People on one page of buttons.
const PEOPLE_PER_PAGE: usize = 8;

/// Longest free text of an answer.
const TEXT_CHARS_MAX: usize = 500;

/// What is asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Percent,
    Figure,
    AsOf,
    Until,
    Reason,
    Document,
    Confirm,
    Unit,
    Person,
}

impl Step {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Percent, "percent"),
        (Self::Figure, "figure"),
        (Self::AsOf, "as-of"),
        (Self::Until, "until"),
        (Self::Reason, "reason"),
        (Self::Document, "document"),
        (Self::Confirm, "confirm"),
        (Self::Unit, "unit"),
        (Self::Person, "person"),
    ];

    pub(super) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(step, _)| *step == self).map_or("", |(_, word)| word)
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(step, _)| *step)
    }

    /// The first question of a reply; `None` for one that asks nothing.
    pub(super) fn first(kind: ReplyKind, loaded: &[&Loaded]) -> Option<Self> {
        Some(match (kind, loaded) {
            (ReplyKind::Progress, [one]) if one.view.target.is_some() => Self::Figure,
            (ReplyKind::Progress, _) => Self::Percent,
            (ReplyKind::Done, _) => Self::Document,
            (ReplyKind::Extend, _) => Self::Until,
            (ReplyKind::NotOurs, _) => Self::Reason,
            (ReplyKind::Assign, _) => Self::Person,
            _ => return None,
        })
    }

    /// The question after this one; `None` when the reply is complete.
    pub(super) const fn next(self, kind: ReplyKind) -> Option<Self> {
        match (self, kind) {
            (Self::Figure, _) => Some(Self::AsOf),
            (Self::Until, _) => Some(Self::Reason),
            (Self::Reason, ReplyKind::NotOurs) => Some(Self::Unit),
            (Self::Document, _) => Some(Self::Confirm),
            _ => None,
        }
    }
}

/// What was answered so far, as the store keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    pub(super) v: u8,
    #[serde(default)]
    pub(super) percent: Option<u8>,
    #[serde(default)]
    pub(super) value: Option<f64>,
    #[serde(default)]
    pub(super) as_of: Option<String>,
    #[serde(default)]
    pub(super) until: Option<String>,
    #[serde(default)]
    pub(super) note: Option<String>,
    #[serde(default)]
    pub(super) document: Option<String>,
    #[serde(default)]
    pub(super) unit: Option<i64>,
    #[serde(default)]
    pub(super) person: Option<i64>,
    #[serde(default)]
    pub(super) page: usize,
}

impl Given {
    pub(super) fn read(json: &str) -> Result<Self, EngineError> {
        serde_json::from_str(json).map_err(|source| EngineError::Json { what: "dialogue.given", source })
    }

    pub(super) fn to_json(&self) -> Result<String, EngineError> {
        serde_json::to_string(&Self { v: 1, ..self.clone() })
            .map_err(|source| EngineError::Json { what: "dialogue.given", source })
    }

    pub(super) fn day(text: Option<&String>) -> Option<Date> {
        text.and_then(|text| text.parse().ok())
    }
}

impl Talk<'_> {
    /// Reads a text as the answer to a step.
    pub(super) fn answer(&self, step: Step, text: &str, given: &mut Given, loaded: &[&Loaded]) -> Result<(), Misread> {
        let (today, calendar) = (self.today(), &self.engine.rules.calendar);
        match step {
            Step::Percent => given.percent = Some(typed::percent(text).ok_or(Misread::Percent)?),
            Step::Figure => given.value = Some(typed::number(text).ok_or(Misread::Number)?),
            Step::AsOf => {
                let day = typed::day_behind(text, today, calendar).map_err(|error| match error {
                    DayError::Unreadable => Misread::Day,
                    DayError::Ambiguous | DayError::Past => Misread::DayAhead,
                })?;
                given.as_of = Some(day.to_string());
            }
            Step::Until => {
                let day = typed::day_ahead(text, today, calendar).map_err(|error| match error {
                    DayError::Unreadable => Misread::Day,
                    DayError::Ambiguous => Misread::AmbiguousDay,
                    DayError::Past => Misread::PastDay,
                })?;
                if last_day(loaded).is_some_and(|last| day <= last) {
                    return Err(Misread::NotLater);
                }
                given.until = Some(day.to_string());
            }
            Step::Reason => given.note = Some(short_text(text)?),
            Step::Document => given.document = Some(short_text(text)?),
            Step::Unit => given.unit = Some(self.unit_named(text).ok_or(Misread::Unit)?.0),
            Step::Confirm | Step::Person => return Err(Misread::Press),
        }
        Ok(())
    }

    /// The one unit of that name, id or other name.
    fn unit_named(&self, text: &str) -> Option<UnitId> {
        let wanted = text.trim().to_lowercase();
        let names = |unit: &crate::domain::organisation::Unit| {
            let all = unit.aliases.iter().chain([&unit.name, &unit.code]);
            all.into_iter().any(|name| name.to_lowercase() == wanted)
        };
        let mut found = self.directory.units.values().filter(|unit| names(unit));
        match (found.next(), found.next()) {
            (Some(one), None) => Some(one.id),
            _ => None,
        }
    }

    /// The members the duties can be handed to.
    pub(super) fn members_for(&self, loaded: &[&Loaded]) -> Vec<&Person> {
        let Some(first) = loaded.first() else { return Vec::new() };
        let mut members = self.directory.members(first.about.unit, self.today());
        let acts = self.directory.resolve(&[Role::Assignee], &first.view.parties, self.today());
        members.retain(|member| !acts.recipients.iter().any(|one| one.person == member.id));
        members
    }

    /// The question of a step with its buttons.
    pub(super) async fn question(
        &self,
        tx: &mut Tx,
        person: &Person,
        dialogue: &DialogueRow,
        step: Step,
        given: &Given,
        loaded: &[&Loaded],
    ) -> Result<Option<Say>, EngineError> {
        let Some(brief) = self.brief(loaded) else { return Ok(None) };
        let members = self.members_for(loaded);
        let pages = members.len().div_ceil(PEOPLE_PER_PAGE).max(1);
        let page = given.page.min(pages - 1);
        let question = match step {
            Step::Percent => Question::Percent,
            Step::Figure => {
                let target = loaded.first().and_then(|one| one.view.target.as_ref());
                Question::Figure { unit: target.map(|target| target.unit.clone()).unwrap_or_default() }
            }
            Step::AsOf => Question::AsOf,
            Step::Until => Question::Until { last_day: last_day(loaded) },
            Step::Reason => Question::Reason(dialogue.kind),
            Step::Document => Question::Document,
            Step::Confirm => Question::Done { document: given.document.clone() },
            Step::Unit => Question::Unit,
            Step::Person => Question::Person { page: page + 1, pages },
        };
        let buttons = self.choices(tx, person, dialogue, step, &members, page).await?;
        let speech = wording::ask(&self.voice(), &question, &brief, loaded.len());
        Ok(say(person, speech, buttons))
    }

    async fn choices(
        &self,
        tx: &mut Tx,
        person: &Person,
        dialogue: &DialogueRow,
        step: Step,
        members: &[&Person],
        page: usize,
    ) -> Result<Vec<Vec<Button>>, EngineError> {
        let new = |act: Act, more: &str, label: &str| {
            let argument = format!("{}:{more}", dialogue.nonce);
            let key = dialogue.message_key.as_deref().unwrap_or_default();
            (label.to_owned(), self.button(person, key, act, &dialogue.assignments, Some(argument)))
        };
        let rows: Vec<Vec<(String, Token)>> = match step {
            Step::Document => vec![vec![new(Act::Skip, "", self.choice(Choice::NoDocument))]],
            Step::Unit => vec![vec![new(Act::Skip, "", self.choice(Choice::NotKnown))]],
            Step::AsOf => vec![vec![new(Act::Skip, "", self.choice(Choice::Today))]],
            Step::Confirm => {
                vec![vec![new(Act::Yes, "", self.choice(Choice::Yes)), new(Act::No, "", self.choice(Choice::No))]]
            }
            Step::Person => {
                let shown = members.iter().skip(page * PEOPLE_PER_PAGE).take(PEOPLE_PER_PAGE);
                let mut rows: Vec<_> =
                    shown.map(|member| vec![new(Act::Person, &member.id.0.to_string(), &self.named(member))]).collect();
                let mut turn = Vec::new();
                if page > 0 {
                    turn.push(new(Act::Page, &(page - 1).to_string(), self.choice(Choice::Before)));
                }
                if (page + 1) * PEOPLE_PER_PAGE < members.len() {
                    turn.push(new(Act::Page, &(page + 1).to_string(), self.choice(Choice::Next)));
                }
                rows.extend((!turn.is_empty()).then_some(turn));
                rows
            }
            Step::Percent | Step::Figure | Step::Until | Step::Reason => Vec::new(),
        };
        let tokens: Vec<Token> = rows.iter().flatten().map(|(_, token)| token.clone()).collect();
        self.keep(tx, &tokens).await?;
        let button = |(label, token): (String, Token)| Button { label, target: Target::Token(token.token) };
        Ok(rows.into_iter().map(|row| row.into_iter().map(button).collect()).collect())
    }

    /// A name with its title, short enough for a button.
    fn named(&self, person: &Person) -> String {
        let title = self.directory.title_of(person.id, None, self.today()).and_then(|(held, _)| held.title.clone());
        let name = title.map_or_else(|| person.name.clone(), |title| format!("{} – {title}", person.name));
        if name.chars().count() > 60 { person.name.chars().take(60).collect() } else { name }
    }

    pub(super) fn name_of(&self, id: i64) -> Option<String> {
        self.person(PersonId(id)).map(|person| person.name.clone())
    }
}

/// The latest deadline of the duties.
fn last_day(loaded: &[&Loaded]) -> Option<Date> {
    loaded.iter().filter_map(|one| one.view.deadline).map(|deadline| deadline.last_day).max()
}

fn short_text(text: &str) -> Result<String, Misread> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX { Err(Misread::Text) } else { Ok(text) }
}
