//! Units, people, positions, substitutions and who holds what on a day.

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
    /// The unit the duty was last said to wait for; it still does while the work is blocked.
    pub blocker: Option<UnitId>,
    /// The leader in charge of this duty, where it is not the unit's.
    pub supervisor: Option<Role>,
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
    /// Since when, as far as the facts tell: the day after its last holder's, or the first of an absence.
    pub since: Option<Date>,
}

/// What a list of roles leads to on a day.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Resolution {
    /// The people, in order of the roles, each once.
    pub recipients: Vec<Recipient>,
    /// The positions that were found empty on the way.
    pub vacancies: Vec<Vacancy>,
}

/// The longest chain of stand-ins that is followed.
const STAND_INS_MAX: usize = 3;

/// The most units that are walked upwards.
const DEPTH_MAX: usize = 8;

impl Directory {
    /// The unit of that text id.
    pub fn unit_by_code(&self, code: &str) -> Option<&Unit> {
        self.units.values().find(|unit| unit.code == code)
    }

    /// The person of that text id.
    pub fn person_by_code(&self, code: &str) -> Option<&Person> {
        self.people.values().find(|person| person.code == code)
    }

    /// The unit that stands for this one on a day: itself while it exists, afterwards what alone took over from it. One
    /// that was split stands for itself to the end: which of its successors took over what is said assignment by assignment.
    pub fn heir(&self, unit: UnitId, on: Date) -> UnitId {
        let mut heir = unit;
        for _ in 0..DEPTH_MAX {
            let Some(ended) = self.units.get(&heir).filter(|unit| unit.span.to.is_some_and(|to| to < on)) else { break };
            let [successor] = ended.successors.as_slice() else { break };
            let Some(next) = self.unit_by_code(successor) else { break };
            heir = next.id;
        }
        heir
    }

    /// The unit and the units above it on a day, nearest first; ends at a cycle and after eight.
    pub fn path(&self, unit: UnitId, on: Date) -> Vec<UnitId> {
        let mut path: Vec<UnitId> = Vec::new();
        let mut next = Some(unit);
        while let Some(unit) = next.map(|unit| self.heir(unit, on))
            && path.len() < DEPTH_MAX
            && !path.contains(&unit)
        {
            path.push(unit);
            next = self.units.get(&unit).and_then(|unit| unit.parent);
        }
        path
    }

    /// The people these roles lead to on that day, each once, in the order of the roles.
    pub fn resolve(&self, roles: &[Role], parties: &Parties, on: Date) -> Resolution {
        let mut all = Resolution::default();
        for role in roles {
            let mut vacancies = Vec::new();
            for (person, how) in self.resolve_role(role, parties, on, &mut vacancies) {
                match all.recipients.iter_mut().find(|recipient| recipient.person == person) {
                    Some(recipient) => recipient.roles.push((role.clone(), how)),
                    None => all.recipients.push(Recipient { person, roles: vec![(role.clone(), how)] }),
                }
            }
            for vacancy in vacancies {
                if !all.vacancies.contains(&vacancy) {
                    all.vacancies.push(vacancy);
                }
            }
        }
        all
    }

    fn resolve_role(&self, role: &Role, parties: &Parties, on: Date, vacancies: &mut Vec<Vacancy>) -> Vec<(PersonId, How)> {
        let lead = self.heir(parties.lead, on);
        let parent = self.units.get(&lead).and_then(|unit| unit.parent);
        match role {
            Role::Assignee => match parties.assignee.and_then(|person| self.named(person, Some(lead), on)) {
                Some(found) => vec![found],
                None => self.holders_upwards(lead, "head", on, vacancies),
            },
            Role::UnitHead => self.holders_upwards(lead, "head", on, vacancies),
            Role::UnitDeputy => self.holders_upwards(lead, "deputy", on, vacancies),
            Role::UnitParentHead => parent.map_or_else(Vec::new, |unit| self.holders_upwards(unit, "head", on, vacancies)),
            Role::CoordinatingHead => {
                parties.coordinating.iter().flat_map(|unit| self.holders_upwards(*unit, "head", on, vacancies)).collect()
            }
            Role::Supervisor => {
                let of_unit = || self.path(lead, on).into_iter().find_map(|unit| self.units.get(&unit)?.supervisor.clone());
                let named = parties.supervisor.clone().filter(|role| *role != Role::Supervisor).or_else(of_unit);
                named.map_or_else(Vec::new, |role| self.resolve_role(&role, parties, on, vacancies))
            }
            Role::Monitor => match &parties.monitor {
                Some(role) if *role != Role::Monitor => self.resolve_role(role, parties, on, vacancies),
                _ => Vec::new(),
            },
            Role::Operators => parties
                .operators
                .iter()
                .filter(|role| **role != Role::Operators)
                .flat_map(|role| self.resolve_role(role, parties, on, vacancies))
                .collect(),
            Role::Blocker => parties.blocker.map_or_else(Vec::new, |unit| self.holders_upwards(unit, "head", on, vacancies)),
            Role::Position { position, unit: Some(code) } => match self.unit_by_code(code) {
                Some(unit) => self.holders_upwards(unit.id, position, on, vacancies),
                None => Vec::new(),
            },
            Role::Position { position, unit: None } => {
                // A search upwards: a unit without that position is no vacancy, only finding nobody at all is.
                let found = self.holders_upwards(lead, position, on, &mut Vec::new());
                if found.is_empty() {
                    vacancies.push(self.vacancy(lead, position, on));
                }
                found.into_iter().map(|(person, how)| (person, found_on_the_way(how, position))).collect()
            }
            Role::Person(code) => {
                self.person_by_code(code).and_then(|person| self.named(person.id, None, on)).into_iter().collect()
            }
        }
    }

    /// A person named by id: needs no appointment; stops when every appointment they had in the unit, or in one it took over
    /// from, has ended.
    fn named(&self, person: PersonId, unit: Option<UnitId>, on: Date) -> Option<(PersonId, How)> {
        if let Some(unit) = unit {
            let units = std::iter::once(unit).chain(self.forebears(unit));
            // One by one: whoever is of the unit now has nothing to be looked for in all units.
            let held = units.flat_map(|unit| self.appointments.get(&unit).into_iter().flatten());
            let mut held = held.filter(|held| held.person == person).peekable();
            if held.peek().is_some() && held.all(|held| held.span.to.is_some_and(|to| to < on)) {
                return None;
            }
        }
        let present = self.present(person, on)?;
        Some((present, if present == person { How::Named } else { How::StandsInFor(person) }))
    }

    /// The units that name this one as a successor.
    fn forebears(&self, unit: UnitId) -> impl Iterator<Item = UnitId> {
        let code = self.units.get(&unit).map_or("", |unit| unit.code.as_str());
        self.units.values().filter(move |other| other.successors.iter().any(|successor| successor == code)).map(|unit| unit.id)
    }

    /// The person, or who stands in for them on that day; `None` when nobody does, or when that one has left.
    pub fn present(&self, person: PersonId, on: Date) -> Option<PersonId> {
        let mut seen = vec![person];
        let mut who = person;
        loop {
            if self.people.get(&who)?.active == Active::No {
                return None;
            }
            let away = self.substitutions.get(&who).into_iter().flatten().filter(|entry| entry.span.covers(on));
            let mut away = away.peekable();
            if away.peek().is_none() {
                return Some(who);
            }
            who = away.find_map(|entry| entry.by)?;
            if seen.contains(&who) || seen.len() > STAND_INS_MAX || self.has_left(who, on) {
                return None;
            }
            seen.push(who);
        }
    }

    /// All holders of a position in a unit on a day; acting ones only when there is no other.
    pub fn holders(&self, unit: UnitId, position: &str, on: Date) -> Vec<(PersonId, How)> {
        let held = |standing: Standing| {
            let mut found: Vec<(PersonId, How)> = Vec::new();
            let held = self.appointments.get(&unit).into_iter().flatten();
            for entry in held.filter(|held| held.position == position && held.standing == standing && held.span.covers(on)) {
                let Some(person) = self.present(entry.person, on) else { continue };
                let how = if person != entry.person {
                    How::StandsInFor(entry.person)
                } else if standing == Standing::Acting {
                    How::Acts { unit, position: position.to_owned() }
                } else {
                    How::Holds { unit, position: position.to_owned() }
                };
                if !found.iter().any(|(known, _)| *known == person) {
                    found.push((person, how));
                }
            }
            found
        };
        let full = held(Standing::Full);
        if full.is_empty() { held(Standing::Acting) } else { full }
    }

    fn vacancy(&self, unit: UnitId, position: &str, on: Date) -> Vacancy {
        let held = self.appointments.get(&unit).into_iter().flatten().filter(|held| held.position == position);
        let since = held.filter_map(|held| match held.span.to.filter(|to| *to < on) {
            Some(to) => to.tomorrow().ok(),
            None => self
                .substitutions
                .get(&held.person)?
                .iter()
                .filter(|away| away.span.covers(on))
                .filter_map(|away| away.span.from)
                .max(),
        });
        Vacancy { unit, position: position.to_owned(), since: since.max() }
    }

    fn holders_upwards(&self, start: UnitId, position: &str, on: Date, vacancies: &mut Vec<Vacancy>) -> Vec<(PersonId, How)> {
        let path = self.path(start, on);
        let start = path.first().copied().unwrap_or(start);
        for unit in path {
            let holders = self.holders(unit, position, on);
            if holders.is_empty() {
                if unit == start {
                    vacancies.push(self.vacancy(unit, position, on));
                }
                continue;
            }
            if unit == start {
                return holders;
            }
            let upwards = |(person, _)| (person, How::Upwards { vacant: start, unit, position: position.to_owned() });
            return holders.into_iter().map(upwards).collect();
        }
        Vec::new()
    }

    /// Whether a person holds any position in that unit on that day, is its assignee, or stands in for one who does.
    /// Nobody who is not active does.
    pub fn belongs_to(&self, person: PersonId, unit: UnitId, on: Date) -> bool {
        if self.people.get(&person).is_none_or(|person| person.active == Active::No) {
            return false;
        }
        let held = self.appointments.get(&unit).into_iter().flatten().filter(|held| held.span.covers(on));
        held.into_iter().any(|held| held.person == person || self.present(held.person, on) == Some(person))
    }

    /// Whether a person has left the office by that day: not active, or every appointment they ever had has ended. Who
    /// never had one is here by name.
    pub fn has_left(&self, person: PersonId, on: Date) -> bool {
        if self.people.get(&person).is_none_or(|person| person.active == Active::No) {
            return true;
        }
        let mut had = self.appointments.values().flatten().filter(|held| held.person == person).peekable();
        had.peek().is_some() && had.all(|held| held.span.to.is_some_and(|to| to < on))
    }

    /// The people who hold a position in that unit on that day and are active, each once, by name.
    pub fn members(&self, unit: UnitId, on: Date) -> Vec<&Person> {
        let held = self.appointments.get(&unit).into_iter().flatten().filter(|held| held.span.covers(on));
        let mut found: Vec<&Person> = Vec::new();
        for person in held.filter_map(|held| self.people.get(&held.person)) {
            if person.active == Active::Yes && !found.iter().any(|known| known.id == person.id) {
                found.push(person);
            }
        }
        found.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        found
    }

    /// The title a person has on that day: in `unit` if they have one there, else the first they have anywhere.
    pub fn title_of(&self, person: PersonId, unit: Option<UnitId>, on: Date) -> Option<(&Appointment, &Unit)> {
        let current = |unit: UnitId| {
            let held = self.appointments.get(&unit)?;
            let entry = held.iter().find(|held| held.person == person && held.span.covers(on))?;
            Some((entry, self.units.get(&unit)?))
        };
        unit.and_then(current).or_else(|| self.units.keys().find_map(|unit| current(*unit)))
    }
}

/// For a position searched upwards the unit where it was found is its own, not a replacement.
fn found_on_the_way(how: How, position: &str) -> How {
    match how {
        How::Upwards { unit, .. } => How::Holds { unit, position: position.to_owned() },
        other => other,
    }
}
