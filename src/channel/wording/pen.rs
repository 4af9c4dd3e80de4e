//! What every sentence needs to know: language, day, office, and how the recipient is addressed.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::order::Group;
use super::text::{capitalised, clean, cut};
use super::timing::Timing;
use crate::channel::letter::{Addressee, Because, Contact, HowLine, Item, Letter, LetterKind, WeeklyBrief};
use crate::domain::calendar::{Hours, WorkingCalendar};
use crate::domain::policy::{ChannelKind, Role};
use crate::domain::rules::{BeforeDate, Language};

/// Longest name of a person, unit or office that is printed.
const NAME_CHARS_MAX: usize = 100;

/// A letter made ready for wording: facts cleaned, the clock read in the office's zone.
pub(super) struct Pen<'a> {
    pub(super) language: Language,
    pub(super) letter: &'a Letter<'a>,
    pub(super) office: String,
    pub(super) to: Addressee,
    pub(super) monitor: Option<Contact>,
    pub(super) items: Vec<Item>,
    pub(super) brief: Option<WeeklyBrief>,
    /// "đồng chí", as it stands within a sentence.
    pub(super) you: String,
    pub(super) now: DateTime,
    pub(super) today: Date,
}

/// How the recipient stands to the responsible unit; decides between *kính báo cáo*, *trân trọng đề nghị* and *đề nghị*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// A superior: *kính báo cáo, kính trình*.
    Up,
    /// An equal: *trân trọng đề nghị*.
    Equal,
    /// The responsible unit: *đề nghị*.
    Down,
}

impl<'a> Pen<'a> {
    pub(super) fn new(letter: &'a Letter<'a>) -> Self {
        let now = local(letter.calendar, letter.now);
        let to = clean_addressee(&letter.to);
        let office_word = clean(&letter.office.salutation);
        let you = [to.salutation.as_str(), office_word.as_str()].into_iter().find(|word| !word.is_empty());
        let fallback = match letter.language {
            Language::Vi => "Ông/Bà",
            Language::En => "you",
        };
        let you = match letter.language {
            Language::Vi => you.unwrap_or(fallback).to_owned(),
            Language::En => fallback.to_owned(),
        };
        Self {
            language: letter.language,
            letter,
            office: name(&letter.office.name),
            monitor: letter.monitor.as_ref().map(|contact| Contact {
                name: name(&contact.name),
                phone: contact.phone.as_deref().map(|phone| cut(&clean(phone), 40)).filter(|phone| !phone.is_empty()),
            }),
            items: letter.items.iter().map(clean_item).collect(),
            brief: letter.brief.as_ref().map(clean_brief),
            to,
            you,
            now,
            today: now.date(),
        }
    }

    /// "Đồng chí", at the beginning of a sentence.
    pub(super) fn you_first(&self) -> String {
        capitalised(&self.you)
    }

    pub(super) const fn before_date(&self) -> BeforeDate {
        self.letter.before_date
    }

    pub(super) fn kind(&self) -> LetterKind {
        self.letter.kind
    }

    pub(super) fn channel(&self) -> ChannelKind {
        self.letter.channel
    }

    pub(super) fn local(&self, at: Timestamp) -> DateTime {
        local(self.letter.calendar, at)
    }

    /// The minute at which the hours of an item close on its day; none where they never close.
    pub(super) fn closing_minute(&self, hours: &Hours) -> Option<u16> {
        match hours {
            Hours::Always => None,
            Hours::Office => self.letter.calendar.windows().last().map(|window| window.end_min),
            Hours::Windows(windows) => windows.iter().map(|window| window.end_min).max(),
        }
    }

    /// What an item counts as today.
    pub(super) fn group(&self, item: &Item) -> Group {
        Group::of(item.tone, Timing::of(item, self), self.letter.office.due_soon)
    }

    /// How the recipient stands to an item.
    pub(super) fn rank(item: &Item) -> Rank {
        let responsible = item.because.iter().any(is_responsible);
        let above = item.because.iter().any(is_above);
        match (responsible, above) {
            (true, false) => Rank::Down,
            (false, true) => Rank::Up,
            (true, true) | (false, false) => Rank::Equal,
        }
    }

    /// How the recipient stands to the whole letter: equal as soon as it is not the same for all.
    pub(super) fn rank_of_all(&self) -> Rank {
        let mut ranks = self.items.iter().map(Self::rank);
        let first = ranks.next().unwrap_or(Rank::Equal);
        if ranks.all(|rank| rank == first) { first } else { Rank::Equal }
    }

    /// Whether the recipient is asked to answer for the unit.
    pub(super) fn answers_for_the_unit(item: &Item) -> bool {
        item.because.iter().any(is_responsible)
    }

    /// Whether the recipient directs others: a head, a deputy, or an assignee by position.
    pub(super) fn directs(item: &Item) -> bool {
        item.because.iter().any(|because| match (&because.role, &because.how) {
            (Role::UnitHead | Role::UnitDeputy, _) => true,
            (Role::Assignee, how) => matches!(how, HowLine::Holds { .. } | HowLine::Acts { .. }),
            _ => false,
        })
    }

    /// Whether one of the recipient's roles is this one.
    pub(super) fn has_role(item: &Item, role: &Role) -> bool {
        item.because.iter().any(|because| &because.role == role)
    }
}

fn is_responsible(because: &Because) -> bool {
    matches!(because.role, Role::Assignee | Role::UnitHead | Role::UnitDeputy) && !matches!(because.how, HowLine::Upwards { .. })
}

fn is_above(because: &Because) -> bool {
    matches!(because.role, Role::Supervisor | Role::UnitParentHead) || matches!(because.how, HowLine::Upwards { .. })
}

/// The civil time of an instant at the office.
pub(super) fn local(calendar: &WorkingCalendar, at: Timestamp) -> DateTime {
    calendar.time_zone().to_datetime(at)
}

fn name(text: &str) -> String {
    cut(&clean(text), NAME_CHARS_MAX)
}

fn clean_addressee(to: &Addressee) -> Addressee {
    Addressee {
        name: name(&to.name),
        salutation: cut(&clean(&to.salutation), 40),
        title: to.title.as_deref().map(name).filter(|title| !title.is_empty()),
        unit: to.unit.as_deref().map(name).filter(|unit| !unit.is_empty()),
    }
}

fn clean_item(item: &Item) -> Item {
    let mut item = item.clone();
    for text in [&mut item.code, &mut item.title, &mut item.dispatch_number, &mut item.step_label] {
        *text = clean(text);
    }
    item.issuer = name(&item.issuer);
    item.unit = name(&item.unit);
    item.inherited_from = item.inherited_from.as_deref().map(name).filter(|former| !former.is_empty() && *former != item.unit);
    item.subject = item.subject.as_deref().map(clean).filter(|text| !text.is_empty());
    item.waiting_for = item.waiting_for.as_deref().map(clean).filter(|text| !text.is_empty());
    item.transferred_from = item.transferred_from.as_deref().map(name).filter(|unit| !unit.is_empty());
    item.transferred_to = item.transferred_to.as_deref().map(name).filter(|unit| !unit.is_empty());
    if let Some(block) = &mut item.block {
        block.waits_for = block.waits_for.as_deref().map(name).filter(|unit| !unit.is_empty());
        block.note = block.note.as_deref().map(clean).filter(|text| !text.is_empty());
    }
    item.note = item.note.as_deref().map(clean).filter(|text| !text.is_empty());
    item.replier = item.replier.as_deref().map(name).filter(|text| !text.is_empty());
    item.clauses = item.clauses.iter().map(|text| clean(text)).filter(|text| !text.is_empty()).collect();
    item.coordinating = item.coordinating.iter().map(|text| name(text)).filter(|text| !text.is_empty()).collect();
    if let Some(deadline) = &mut item.deadline {
        deadline.text = deadline.text.as_deref().map(clean).filter(|text| !text.is_empty());
    }
    if let Some(target) = &mut item.target {
        target.unit = cut(&clean(&target.unit), 40);
    }
    if let Some(announces) = &mut item.announces {
        announces.people = announces.people.iter().map(|text| cut(&clean(text), 2 * NAME_CHARS_MAX)).collect();
    }
    for because in &mut item.because {
        clean_how(&mut because.how);
    }
    item
}

fn clean_brief(brief: &WeeklyBrief) -> WeeklyBrief {
    let mut brief = brief.clone();
    for row in &mut brief.units {
        row.unit = name(&row.unit);
    }
    brief.late = brief.late.iter().map(clean_item).collect();
    brief
}

fn clean_how(how: &mut HowLine) {
    match how {
        HowLine::Named => {}
        HowLine::StandsInFor(person) => *person = name(person),
        HowLine::Holds { title: a, unit: b } | HowLine::Acts { title: a, unit: b } | HowLine::Upwards { vacant: a, unit: b } => {
            *a = name(a);
            *b = name(b);
        }
    }
}
