//! Who is meant by a role on a day.

use std::collections::BTreeSet;

use super::calendar::Day;
use super::day;
use super::world::{Post, Role, Unit, World};

/// Substitutes are followed so far and no further.
const SUBSTITUTES_MAX: usize = 3;

/// Away from and through these days, perhaps with somebody instead.
#[derive(Clone, Debug)]
pub struct Absence {
    pub person: String,
    pub by: Option<String>,
    pub from: Day,
    pub to: Day,
}

/// Posts and absences as they are known at an instant.
#[derive(Clone, Debug)]
pub struct People {
    units: Vec<Unit>,
    monitor: String,
    posts: Vec<Post>,
    absences: Vec<Absence>,
}

impl People {
    pub fn of(world: &World) -> Self {
        Self { units: world.units.clone(), monitor: world.monitor.clone(), posts: world.posts.clone(), absences: Vec::new() }
    }

    /// Facts: the row of the same person, unit and position is the same appointment.
    pub fn appoint(&mut self, post: &Post) {
        let same = |known: &Post| known.person == post.person && known.unit == post.unit && known.position == post.position;
        self.posts.retain(|known| !same(known));
        self.posts.push(post.clone());
    }

    pub fn send_away(&mut self, absence: Absence) {
        self.absences.push(absence);
    }

    fn unit(&self, id: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == id)
    }

    fn absence(&self, person: &str, at: Day) -> Option<&Absence> {
        self.absences.iter().find(|away| away.person == person && away.from <= at && at <= away.to)
    }

    /// Recipients: the person, or who stands in: at most three steps, no circle, nobody where the last one is away alone.
    pub fn present(&self, person: &str, at: Day) -> Option<String> {
        let mut seen = vec![person.to_owned()];
        loop {
            let last = seen.last().expect("the person");
            let Some(away) = self.absence(last, at) else { return Some(last.clone()) };
            let by = away.by.clone()?;
            if seen.len() > SUBSTITUTES_MAX || seen.contains(&by) || self.has_left(&by, at) {
                return None;
            }
            seen.push(by);
        }
    }

    /// Every post they ever had is over.
    fn has_left(&self, person: &str, at: Day) -> bool {
        let mut had = self.posts.iter().filter(|post| post.person == person).peekable();
        had.peek().is_some() && had.all(|post| post.to.is_some_and(|to| day(to) < at))
    }

    fn holders(&self, unit: &str, position: &str, at: Day) -> BTreeSet<String> {
        let held = |acting: bool| {
            self.posts
                .iter()
                .filter(|post| post.unit == unit && post.position == position && post.is_acting == acting)
                .filter(|post| day(post.from) <= at && post.to.is_none_or(|to| at <= day(to)))
                .map(|post| post.person.clone())
                .collect::<BTreeSet<_>>()
        };
        let mut found: BTreeSet<String> = held(false).iter().filter_map(|person| self.present(person, at)).collect();
        if found.is_empty() {
            found = held(true).iter().filter_map(|person| self.present(person, at)).collect();
        }
        found
    }

    /// Recipients: all holders in the unit, else the same role one unit up, and so on.
    fn upwards(&self, unit: &str, position: &str, at: Day) -> BTreeSet<String> {
        let mut place = self.unit(unit);
        while let Some(here) = place {
            let found = self.holders(&here.id, position, at);
            if !found.is_empty() {
                return found;
            }
            place = here.parent.as_deref().and_then(|parent| self.unit(parent));
        }
        BTreeSet::new()
    }

    /// The people of a role for an assignment of that unit.
    pub fn of_role(&self, role: Role, unit: &str, coordinating: &[String], at: Day) -> BTreeSet<String> {
        match role {
            // The assignee is the head of the lead unit unless named, and nobody is named here.
            Role::Assignee | Role::UnitHead => self.upwards(unit, "head", at),
            Role::UnitDeputy => self.upwards(unit, "deputy", at),
            Role::CoordinatingHead => coordinating.iter().flat_map(|unit| self.upwards(unit, "head", at)).collect(),
            Role::Monitor => self.present(&self.monitor, at).into_iter().collect(),
            Role::Supervisor => self.supervisors(unit, at),
        }
    }

    /// The leader in charge, else the head one unit up.
    fn supervisors(&self, unit: &str, at: Day) -> BTreeSet<String> {
        let Some(here) = self.unit(unit) else { return BTreeSet::new() };
        let present = here.supervisor.as_ref().and_then(|person| self.present(person, at));
        match (present, &here.parent) {
            (Some(person), _) => BTreeSet::from([person]),
            (None, Some(parent)) => self.upwards(parent, "head", at),
            (None, None) => BTreeSet::new(),
        }
    }

    /// Replies: "the unit" is the assignee, any holder in the lead unit, and who stands in for one of them.
    pub fn is_of_unit(&self, person: &str, unit: &str, at: Day) -> bool {
        let posts = self.posts.iter().filter(|post| post.unit == unit);
        let now = posts.filter(|post| day(post.from) <= at && post.to.is_none_or(|to| at <= day(to)));
        let mut of_unit: BTreeSet<String> = now.map(|post| post.person.clone()).collect();
        let instead: Vec<String> = of_unit.iter().filter_map(|person| self.present(person, at)).collect();
        of_unit.extend(instead);
        of_unit.extend(self.of_role(Role::Assignee, unit, &[], at));
        of_unit.contains(person)
    }

    /// Replies: monitor, leaders for their units, operators; here the operators are the monitor.
    pub fn is_over(&self, person: &str, unit: &str, at: Day) -> bool {
        let mut over: BTreeSet<String> = self.of_role(Role::Supervisor, unit, &[], at);
        over.insert(self.monitor.clone());
        over.extend(self.of_role(Role::Monitor, unit, &[], at));
        over.extend(self.unit(unit).and_then(|unit| unit.supervisor.clone()));
        over.contains(person)
    }
}
