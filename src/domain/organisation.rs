//! Units, people, positions, substitutions and who holds what on a day (INTERFACE section 4).

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::policy::{ChannelKind, Role};

/// A unit's key in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitId(pub i64);

/// A person's key in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(pub i64);

/// A unit (đơn vị).
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Key.
    pub id: UnitId,
    /// Text id of the facts.
    pub code: String,
    /// Name in messages.
    pub name: String,
    /// The unit above.
    pub parent: Option<UnitId>,
    /// The leader in charge (lãnh đạo phụ trách): a [`Role::Position`] with its unit, or a [`Role::Person`].
    pub supervisor: Option<Role>,
    /// Other names.
    pub aliases: Vec<String>,
    /// First and last day.
    pub span: Span,
    /// Text ids of the units that took over.
    pub successors: Vec<String>,
}

/// First and last day of something, both included; open where `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
}

impl Span {
    /// Whether that day lies within.
    pub fn covers(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Key.
    pub id: PersonId,
    /// Text id of the facts.
    pub code: String,
    /// Họ và tên.
    pub name: String,
    /// Mail address.
    pub email: Option<String>,
    /// For people to ring, never used by the daemon.
    pub phone: Option<String>,
    /// Telegram chat id.
    pub telegram: Option<i64>,
    /// Whether that chat is known to be dead.
    pub telegram_dead: Dead,
    /// Channels in order of preference; empty means email, then the others.
    pub prefer: Vec<ChannelKind>,
    /// "đồng chí", "Ông", "Bà"; the office's when `None`.
    pub salutation: Option<String>,
    /// Whether the facts say they are active.
    pub active: Active,
}

/// Whether an address is known not to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Dead {
    /// It works as far as anybody knows.
    #[default]
    No,
    /// The channel said so.
    Yes,
}

/// Whether a person is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Active {
    /// Yes.
    #[default]
    Yes,
    /// `active = false`
    No,
}

/// Who holds which position since when.
#[derive(Clone, Debug, PartialEq)]
pub struct Appointment {
    /// The holder.
    pub person: PersonId,
    /// In which unit.
    pub unit: UnitId,
    /// `head`, `deputy`, `officer` or any id.
    pub position: String,
    /// As written in messages.
    pub title: Option<String>,
    /// First and last day.
    pub span: Span,
    /// Full or acting.
    pub standing: Standing,
}

/// Full holder or acting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Appointed.
    Full,
    /// Acting; counts only when there is no full holder.
    Acting,
}

/// Who stands in for whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Substitution {
    /// Who is away.
    pub person: PersonId,
    /// Who stands in; `None` is only away.
    pub by: Option<PersonId>,
    /// First and last day.
    pub span: Span,
}

/// Units and people as they stand in the store; small (people, not assignments), so it is kept in memory.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// By key.
    pub units: BTreeMap<UnitId, Unit>,
    /// By key.
    pub people: BTreeMap<PersonId, Person>,
    /// By unit.
    pub appointments: BTreeMap<UnitId, Vec<Appointment>>,
    /// By person.
    pub substitutions: BTreeMap<PersonId, Vec<Substitution>>,
}

/// The parties of one assignment, as far as roles are resolved from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Parties {
    /// đơn vị chủ trì
    pub lead: UnitId,
    /// The person named by facts or by `assign`; the head of the lead unit when `None`.
    pub assignee: Option<PersonId>,
    /// đơn vị phối hợp
    pub coordinating: Vec<UnitId>,
    /// The dispatch's monitor, else the office's.
    pub monitor: Option<Role>,
    /// `[office] operators`
    pub operators: Vec<Role>,
}

/// How a person came to stand for a role.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    /// Named by id.
    Named,
    /// Holds the position in that unit.
    Holds {
        /// Where.
        unit: UnitId,
        /// Which.
        position: String,
    },
    /// Acting in the position.
    Acts {
        /// Where.
        unit: UnitId,
        /// Which.
        position: String,
    },
    /// Stands in for that person.
    StandsInFor(PersonId),
    /// Nobody held the position in `vacant`, so the same role of a unit above was taken.
    Upwards {
        /// The unit without a holder.
        vacant: UnitId,
        /// The unit whose holder was taken.
        unit: UnitId,
        /// Which position.
        position: String,
    },
}

/// One person a role leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Who.
    pub person: PersonId,
    /// In which roles, and how; never empty.
    pub roles: Vec<(Role, How)>,
}

/// A position nobody holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Vacancy {
    /// Where.
    pub unit: UnitId,
    /// Which.
    pub position: String,
}

/// What a list of roles leads to on a day.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Resolution {
    /// The people, in order of the roles, each once.
    pub recipients: Vec<Recipient>,
    /// The positions that were found empty on the way.
    pub vacancies: Vec<Vacancy>,
}
