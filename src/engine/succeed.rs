//! `succeed`: a unit is renamed, merged or split, and its open assignments go over to who takes its place.
//!
//! One transaction: the facts of the unit, the posts in it, and every open assignment. An assignment keeps its name for ever
//! (`4988/UBND-CCHC#1.e@p07` stays that), and its directive, deadline, replies and record with it; what changes is who answers
//! for it. The new unit is told as of a new assignment, in a message that says from whom it was inherited.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::import::Mode;
use super::{Engine, EngineError};
use crate::domain::organisation::{Directory, PersonId, Unit, UnitId};
use crate::store::journal::{self, Entry};
use crate::store::naming::Names;
use crate::store::{StoreError, Tx, assignments, directory, meta, units};

/// What becomes of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It goes on under another name.
    Rename {
        /// Which.
        unit: UnitId,
        /// The new name.
        name: String,
    },
    /// Units end; one that exists takes over everything of theirs.
    Merge {
        /// Which end.
        from: Vec<UnitId>,
        /// Which takes over.
        into: UnitId,
    },
    /// A unit ends; several that exist share what it had.
    Split {
        /// Which ends.
        unit: UnitId,
        /// Which take over.
        into: Vec<UnitId>,
        /// Assignments, by key, and who takes each of them.
        given: Vec<(i64, UnitId)>,
        /// Who takes the rest; without it every open assignment must be given.
        rest: Option<UnitId>,
    },
}

/// Why a change is not made. Nothing of it is recorded then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It would take effect on a day to come.
    #[error("the change takes effect on {0}; make it on that day")]
    Future(Date),
    /// A unit that is to take over has ended, or one that is to end has and nothing of it is open.
    #[error("the unit {0} has ended; name the unit that took over")]
    Ended(String),
    /// A unit cannot take over from itself.
    #[error("the unit {0} cannot take over from itself; name another")]
    Itself(String),
    /// A split needs two successors at least.
    #[error("a split needs two units at least; use a merger for one")]
    OneSuccessor,
    /// An assignment was given to a unit that is no successor.
    #[error("{assignment} is given to {unit}, which is no successor of this split; name it among them")]
    NotASuccessor {
        /// The assignment.
        assignment: String,
        /// The unit.
        unit: String,
    },
    /// An assignment that was given is not an open one of the unit.
    #[error("{0} is no open assignment of this unit; leave it out")]
    NotTheirs(String),
    /// Open assignments nobody takes over.
    #[error("nobody takes over {}; give each to a successor, or name one for the rest", .0.join(", "))]
    LeftOver(Vec<String>),
    /// The name is the one it has, or is empty.
    #[error("the unit has this name already; give another")]
    SameName,
}

/// One assignment that goes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Its name, which stays.
    pub assignment: String,
    /// Text id of the unit that answered for it.
    pub from: String,
    /// Text id of the unit that answers for it now; the same after a change of name.
    pub to: String,
}

/// A post that ends with its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedPost {
    /// Text id of the person.
    pub person: String,
    /// Their name.
    pub name: String,
    /// Text id of the unit.
    pub unit: String,
    /// The position.
    pub position: String,
    /// Whether they hold another post from that day on.
    pub elsewhere: Elsewhere,
    /// Open assignments that are theirs by name; they go to the head of the unit when no post is left.
    pub named_to: usize,
}

/// Whether somebody whose post ends holds another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// They do.
    Yes,
    /// None is recorded: import the new appointment.
    No,
}

/// What a change does, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Succession {
    /// The assignments that go over, in order of their keys.
    pub moved: Vec<Moved>,
    /// The posts that end.
    pub posts: Vec<EndedPost>,
    /// Successors that have no head on that day, by their text ids: messages go one unit up until one is recorded.
    pub headless: Vec<String>,
    /// Units below one that was split, by their text ids: they need a new parent.
    pub orphaned: Vec<String>,
}

/// Makes the change, or tries it and takes it back.
///
/// # Errors
/// When the store fails.
pub async fn succeed(
    engine: &Engine,
    change: &Change,
    on: Date,
    actor: &str,
    mode: Mode,
    now: Timestamp,
) -> Result<Result<Succession, Refusal>, EngineError> {
    let mut tx = engine.store.begin().await?;
    let directory = directory::load(&mut tx).await?;
    let names = Names::load(&mut tx).await?;
    let today = engine.rules.calendar.date_of(now);
    let ending = match change {
        Change::Rename { .. } => Vec::new(),
        Change::Merge { from, .. } => from.clone(),
        Change::Split { unit, .. } => vec![*unit],
    };
    let (succession, entries) = (Succession::default(), Vec::new());
    let mut act = Act { engine, directory: &directory, names, on, actor, now, ending, succession, entries };
    let done = match act.refused(change, today) {
        Some(refusal) => Err(refusal),
        None => act.make(&mut tx, change).await?,
    };
    let refused = match done {
        Ok(()) if mode == Mode::Apply => {
            meta::raise_org_revision(&mut tx).await?;
            journal::append(&mut tx, &act.entries).await?;
            tx.commit().await?;
            return Ok(Ok(act.succession));
        }
        Ok(()) => None,
        Err(refusal) => Some(refusal),
    };
    tx.rollback().await?;
    Ok(refused.map_or(Ok(act.succession), Err))
}

/// The same in a transaction of its own, for the nightly upkeep.
///
/// # Errors
/// When the store fails.
pub async fn inherit_ended(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let mut tx = engine.store.begin().await?;
    let done = inherit(&mut tx, engine.rules.calendar.date_of(now), &engine.rules.digest, "daemon", now).await?;
    tx.commit().await?;
    Ok(done)
}

/// Open assignments of units that have ended and were taken over by one other go over to it: what an import of such facts, and
/// a last day that has come, ask for. Returns how many there were.
///
/// # Errors
/// When the store fails.
pub async fn inherit(tx: &mut Tx, today: Date, digest: &str, actor: &str, now: Timestamp) -> Result<usize, StoreError> {
    let directory = directory::load(tx).await?;
    let mut done = 0;
    for unit in directory.units.values() {
        let heir = directory.heir(unit.id, today);
        if heir == unit.id {
            continue;
        }
        let open = units::open_assignments(tx, unit.id.0).await?;
        units::hand_over(tx, &open, heir.0, &unit.name, now).await?;
        let series: Vec<i64> = units::open_series(tx, unit.id.0).await?.iter().map(|series| series.id).collect();
        units::hand_over_series(tx, &series, heir.0, &unit.name).await?;
        let entries: Vec<Entry> =
            open.iter().map(|id| inherited(*id, unit, &directory.units[&heir], actor, digest, now)).collect();
        journal::append(tx, &entries).await?;
        done += open.len();
    }
    Ok(done)
}

fn inherited(assignment: i64, from: &Unit, to: &Unit, actor: &str, digest: &str, now: Timestamp) -> Entry {
    let detail = serde_json::json!({ "v": 1, "from": from.code, "to": to.code });
    Entry::new(now, "assignment-inherited", detail).assignment(assignment).actor(actor).config(digest)
}

/// What one successor takes over.
struct Share {
    to: UnitId,
    /// Keys of open assignments.
    assignments: Vec<i64>,
    /// Keys of recurring duties: their periods to come.
    series: Vec<i64>,
}

struct Act<'a> {
    engine: &'a Engine,
    directory: &'a Directory,
    names: Names,
    on: Date,
    actor: &'a str,
    now: Timestamp,
    /// The units that end.
    ending: Vec<UnitId>,
    succession: Succession,
    entries: Vec<Entry>,
}

impl Act<'_> {
    fn unit(&self, unit: UnitId) -> &Unit {
        &self.directory.units[&unit]
    }

    fn has_ended(&self, unit: UnitId) -> bool {
        self.unit(unit).span.to.is_some_and(|to| to < self.on)
    }

    /// What speaks against it before anything is looked up.
    fn refused(&self, change: &Change, today: Date) -> Option<Refusal> {
        if self.on > today {
            return Some(Refusal::Future(self.on));
        }
        let going_on = match change {
            Change::Rename { unit, .. } => vec![*unit],
            Change::Merge { into, .. } => vec![*into],
            Change::Split { into, .. } => into.clone(),
        };
        let ended = |unit: &&UnitId| self.has_ended(**unit);
        if let Some(unit) = going_on.iter().find(ended) {
            return Some(Refusal::Ended(self.unit(*unit).code.clone()));
        }
        if let Some(unit) = self.ending.iter().find(|unit| going_on.contains(unit)) {
            return Some(Refusal::Itself(self.unit(*unit).code.clone()));
        }
        match change {
            Change::Rename { unit, name } if name.trim().is_empty() || self.unit(*unit).name == *name => Some(Refusal::SameName),
            Change::Split { into, .. } if into.iter().collect::<BTreeSet<_>>().len() < 2 => Some(Refusal::OneSuccessor),
            _ => None,
        }
    }

    async fn make(&mut self, tx: &mut Tx, change: &Change) -> Result<Result<(), Refusal>, EngineError> {
        match change {
            Change::Rename { unit, name } => self.rename(tx, *unit, name).await?,
            Change::Merge { from, into } => {
                for unit in from {
                    let assignments = units::open_assignments(tx, unit.0).await?;
                    let series: Vec<i64> = units::open_series(tx, unit.0).await?.iter().map(|series| series.id).collect();
                    if assignments.is_empty() && series.is_empty() && self.has_ended(*unit) {
                        return Ok(Err(Refusal::Ended(self.unit(*unit).code.clone())));
                    }
                    let to_one = vec![Share { to: *into, assignments, series }];
                    self.end(tx, "unit-merged", *unit, &[*into], to_one).await?;
                    self.adopt(tx, *unit, *into).await?;
                }
            }
            Change::Split { unit, into, given, rest } => match self.shares(tx, *unit, into, given, *rest).await? {
                Ok(shares) => self.end(tx, "unit-split", *unit, into, shares).await?,
                Err(refusal) => return Ok(Err(refusal)),
            },
        }
        Ok(Ok(()))
    }

    async fn rename(&mut self, tx: &mut Tx, unit: UnitId, name: &str) -> Result<(), EngineError> {
        let before = self.unit(unit).clone();
        let mut aliases = before.aliases.clone();
        aliases.retain(|alias| alias != name);
        if !aliases.contains(&before.name) {
            aliases.push(before.name.clone());
        }
        units::rename(tx, unit.0, name, &aliases).await?;
        let open = units::open_assignments(tx, unit.0).await?;
        units::remember_name(tx, &open, &before.name).await?;
        self.moved(tx, &open, unit, unit).await?;
        let detail = serde_json::json!({ "v": 1, "unit": before.code, "from": before.name, "to": name, "on": self.on.to_string(),
            "assignments": open.len() });
        self.entries.push(self.entry("unit-renamed", detail));
        Ok(())
    }

    /// Who takes which open assignment and which recurring duty of a unit that is split. Periods to come follow the one that
    /// is open now.
    async fn shares(
        &self,
        tx: &mut Tx,
        unit: UnitId,
        into: &[UnitId],
        given: &[(i64, UnitId)],
        rest: Option<UnitId>,
    ) -> Result<Result<Vec<Share>, Refusal>, EngineError> {
        let open = units::open_assignments(tx, unit.0).await?;
        let series = units::open_series(tx, unit.0).await?;
        if open.is_empty() && series.is_empty() && self.has_ended(unit) {
            return Ok(Err(Refusal::Ended(self.unit(unit).code.clone())));
        }
        for (id, to) in given.iter().copied().chain(rest.map(|to| (0, to))) {
            if !into.contains(&to) {
                let assignment = if id == 0 { "…".to_owned() } else { self.name(tx, id).await? };
                return Ok(Err(Refusal::NotASuccessor { assignment, unit: self.unit(to).code.clone() }));
            }
        }
        let is_theirs = |id: &i64| open.contains(id) || series.iter().any(|series| series.any == Some(*id));
        if let Some((id, _)) = given.iter().find(|(id, _)| !is_theirs(id)) {
            return Ok(Err(Refusal::NotTheirs(self.name(tx, *id).await?)));
        }
        let taker = |id: Option<i64>| given.iter().find(|(known, _)| Some(*known) == id).map(|(_, to)| *to).or(rest);
        let mut shares: Vec<Share> =
            into.iter().map(|to| Share { to: *to, assignments: Vec::new(), series: Vec::new() }).collect();
        let mut left = BTreeSet::new();
        for id in open {
            match taker(Some(id)).and_then(|to| shares.iter_mut().find(|share| share.to == to)) {
                Some(share) => share.assignments.push(id),
                None => drop(left.insert(self.name(tx, id).await?)),
            }
        }
        for one in series {
            let period = one.open.or(one.any);
            match taker(period).and_then(|to| shares.iter_mut().find(|share| share.to == to)) {
                Some(share) => share.series.push(one.id),
                None => drop(left.insert(self.name(tx, period.unwrap_or_default()).await?)),
            }
        }
        Ok(if left.is_empty() { Ok(shares) } else { Err(Refusal::LeftOver(left.into_iter().collect())) })
    }

    /// Ends a unit on the day before, with its posts; its assignments go over.
    async fn end(
        &mut self,
        tx: &mut Tx,
        kind: &'static str,
        unit: UnitId,
        into: &[UnitId],
        shares: Vec<Share>,
    ) -> Result<(), EngineError> {
        let before = self.unit(unit).clone();
        let successors: Vec<String> = into.iter().map(|unit| self.unit(*unit).code.clone()).collect();
        // Facts may have ended it before, and left open who takes over.
        if !self.has_ended(unit) {
            self.posts(tx, unit).await?;
            units::end(tx, unit.0, self.on.yesterday().unwrap_or(self.on), &successors).await?;
        }
        for Share { to, assignments, series } in &shares {
            units::hand_over(tx, assignments, to.0, &before.name, self.now).await?;
            units::hand_over_series(tx, series, to.0, &before.name).await?;
            self.moved(tx, assignments, unit, *to).await?;
            for id in assignments {
                let digest = &self.engine.rules.digest;
                self.entries.push(inherited(*id, &before, self.unit(*to), self.actor, digest, self.now));
            }
        }
        for unit in into {
            let code = self.unit(*unit).code.clone();
            if self.directory.holders(*unit, "head", self.on).is_empty() && !self.succession.headless.contains(&code) {
                self.succession.headless.push(code);
            }
        }
        if let [_, _, ..] = into {
            let below = self.directory.units.values().filter(|below| below.parent == Some(unit) && !into.contains(&below.id));
            let below: Vec<String> = below.map(|below| below.code.clone()).collect();
            self.succession.orphaned.extend(below);
        }
        let detail = serde_json::json!({ "v": 1, "unit": before.code, "successors": successors, "on": self.on.to_string(),
            "assignments": shares.iter().map(|share| share.assignments.len()).sum::<usize>() });
        self.entries.push(self.entry(kind, detail));
        Ok(())
    }

    /// The units below the one that ended stand below its successor; the successor itself never below what ended.
    async fn adopt(&self, tx: &mut Tx, from: UnitId, into: UnitId) -> Result<(), EngineError> {
        let (ended, heir) = (self.unit(from), self.unit(into));
        units::adopt(tx, &ended.code, Some(&heir.code), &heir.code).await?;
        if heir.parent == Some(from) {
            let above = ended.parent.map(|above| self.unit(above).code.clone());
            units::move_below(tx, into.0, above.as_deref()).await?;
        }
        Ok(())
    }

    async fn posts(&mut self, tx: &mut Tx, unit: UnitId) -> Result<(), EngineError> {
        let ends = |to: Option<Date>| to.is_none_or(|to| to >= self.on);
        let held = self.directory.appointments.get(&unit).into_iter().flatten();
        let held: Vec<_> = held.filter(|held| ends(held.span.to) && held.span.from.is_none_or(|from| from < self.on)).collect();
        let people: Vec<i64> = held.iter().map(|held| held.person.0).collect();
        let theirs = units::named_to(tx, &people).await?;
        for post in held {
            let Some(person) = self.directory.people.get(&post.person) else { continue };
            self.succession.posts.push(EndedPost {
                person: person.code.clone(),
                name: person.name.clone(),
                unit: self.unit(unit).code.clone(),
                position: post.position.clone(),
                elsewhere: self.elsewhere(post.person),
                named_to: theirs.iter().filter(|(who, _)| *who == post.person.0).count(),
            });
        }
        Ok(())
    }

    fn elsewhere(&self, person: PersonId) -> Elsewhere {
        let others = self.directory.appointments.iter().filter(|(unit, _)| !self.ending.contains(unit));
        let holds = others.flat_map(|(_, held)| held).any(|held| held.person == person && held.span.covers(self.on));
        if holds { Elsewhere::Yes } else { Elsewhere::No }
    }

    async fn moved(&mut self, tx: &mut Tx, ids: &[i64], from: UnitId, to: UnitId) -> Result<(), EngineError> {
        for loaded in assignments::load(tx, ids, &self.engine.rules.office, self.now).await? {
            self.succession.moved.push(Moved {
                assignment: loaded.name(&self.names, self.directory),
                from: self.unit(from).code.clone(),
                to: self.unit(to).code.clone(),
            });
        }
        Ok(())
    }

    async fn name(&self, tx: &mut Tx, id: i64) -> Result<String, EngineError> {
        let loaded = assignments::load(tx, &[id], &self.engine.rules.office, self.now).await?;
        Ok(loaded.first().map_or_else(String::new, |loaded| loaded.name(&self.names, self.directory)))
    }

    fn entry(&self, kind: &'static str, detail: serde_json::Value) -> Entry {
        Entry::new(self.now, kind, detail).actor(self.actor).config(self.engine.rules.digest.clone())
    }
}
