//! What the facts name must exist: in the facts themselves or in the store. Everything is told at once.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Said;
use super::known::{DirectiveKey, DispatchKey, Known};
use crate::diagnostic::{nearest, quoted};
use crate::domain::directive::{DirectiveName, Secrecy};
use crate::domain::policy::Role;
use crate::facts::{DispatchRef, Facts, Place, Row};
use crate::store::rows::role_text;
use crate::tree::say;

/// The directives that rows name, aligned with the rows; `None` only beside an error.
pub(super) struct Names {
    pub(super) directives: Vec<Option<DirectiveKey>>,
    pub(super) figures: Vec<Option<DirectiveKey>>,
    pub(super) extensions: Vec<Option<DirectiveKey>>,
}

pub(super) fn check(facts: &Facts, known: &Known, said: &mut Said) -> Names {
    let check = Check::new(facts, known);
    check.organisation(said);
    check.cycles(said);
    check.dispatches(said);
    let directives: Vec<Option<DirectiveKey>> = facts.directives.iter().map(|row| check.directive(row, said)).collect();
    check.twice(&directives, said);
    let leads = check.lead_units(&directives);
    let figures = facts.figures.iter().map(|row| {
        let units = vec![row.value.unit.as_str()];
        check.part_of(&row.value.directive, &units, row, &leads, said)
    });
    let figures = figures.collect();
    let extensions = facts.extensions.iter().map(|row| {
        let units: Vec<&str> = row.value.unit.as_deref().into_iter().collect();
        check.part_of(&row.value.directive, &units, row, &leads, said)
    });
    let extensions = extensions.collect();
    Names { directives, figures, extensions }
}

/// The lead units of every directive that may be named.
type Leads<'a> = HashMap<DirectiveKey, HashSet<&'a str>>;

struct Check<'a> {
    facts: &'a Facts,
    known: &'a Known,
    // Ordered, so that of two ids equally near the same one is always proposed.
    units: BTreeSet<&'a str>,
    people: BTreeSet<&'a str>,
    /// Of facts and store, by number.
    dispatches: HashMap<String, BTreeSet<DispatchKey>>,
}

impl<'a> Check<'a> {
    fn new(facts: &'a Facts, known: &'a Known) -> Self {
        let given = facts.units.iter().map(|row| row.value.id.as_str());
        let units = given.chain(known.units.keys().map(String::as_str)).collect();
        let given = facts.people.iter().map(|row| row.value.id.as_str());
        let people = given.chain(known.people.keys().map(String::as_str)).collect();
        let mut dispatches: HashMap<String, BTreeSet<DispatchKey>> = HashMap::new();
        let given = facts.dispatches.iter().map(|row| DispatchKey::of(&row.value));
        for key in given.chain(known.dispatches.keys().cloned()) {
            dispatches.entry(key.number.clone()).or_default().insert(key);
        }
        Self { facts, known, units, people, dispatches }
    }

    fn organisation(&self, said: &mut Said) {
        for row in &self.facts.units {
            if let Some(parent) = &row.value.parent {
                self.unit(parent, "parent", row.place("parent", 0), said);
            }
            if let Some(role) = &row.value.supervisor {
                self.role(role, "supervisor", row.place("supervisor", 0), said);
            }
            for (index, successor) in row.value.successors.iter().enumerate() {
                self.unit(successor, "successor", row.place("successor", index), said);
            }
        }
        for row in &self.facts.aliases {
            self.unit(&row.value.unit, "unit", row.place("unit", 0), said);
        }
        for row in &self.facts.appointments {
            self.person(&row.value.person, "person", row.place("person", 0), said);
            self.unit(&row.value.unit, "unit", row.place("unit", 0), said);
        }
        for row in &self.facts.substitutions {
            self.person(&row.value.person, "person", row.place("person", 0), said);
            if let Some(by) = &row.value.by {
                self.person(by, "by", row.place("by", 0), said);
            }
        }
    }

    fn dispatches(&self, said: &mut Said) {
        let language = said.language;
        for row in &self.facts.dispatches {
            if let Some(role) = &row.value.monitor {
                self.role(role, "monitor", row.place("monitor", 0), said);
            }
            // The reader refuses this already; here is the last door before the store.
            if row.value.secrecy >= Secrecy::Mat && row.value.subject.is_some() {
                let message = say!(language, "văn bản mật không nhận trích yếu", "the subject of a secret dispatch is not taken");
                let help = say!(language, "xóa khóa \"subject\"", "remove the key \"subject\"");
                said.error("secret-text", row.at, message, help);
            }
        }
    }

    fn directive(&self, row: &Row<crate::facts::DirectiveFact>, said: &mut Said) -> Option<DirectiveKey> {
        let fact = &row.value;
        for (index, unit) in fact.lead.iter().enumerate() {
            self.unit(unit, "lead", row.place("lead", index), said);
        }
        for (index, unit) in fact.coordinating.iter().enumerate() {
            self.unit(unit, "coordinating", row.place("coordinating", index), said);
        }
        if let Some(role) = &fact.supervisor {
            self.role(role, "supervisor", row.place("supervisor", 0), said);
        }
        if let Some(person) = &fact.assignee {
            self.person(person, "assignee", row.place("assignee", 0), said);
        }
        let wanted = DispatchRef::parse(&fact.dispatch)?;
        let dispatch = self.dispatch(&wanted, row.place("dispatch", 0), said)?;
        Some(DirectiveKey { dispatch, clause: fact.clause.clone(), ordinal: fact.ordinal.into() })
    }

    /// Rows that name one directive by different forms of its dispatch; those of one form the reader has told.
    fn twice(&self, directives: &[Option<DirectiveKey>], said: &mut Said) {
        let mut seen = HashSet::new();
        for (key, row) in directives.iter().zip(&self.facts.directives) {
            if let Some(key) = key
                && !seen.insert(key)
            {
                let (language, shown) = (said.language, quoted(&key.shown(&self.known.naming)));
                let message = say!(language, "{shown} có hai lần trong lần nhập này", "{shown} stands twice in this import");
                let help = say!(language, "giữ lại một dòng", "keep one of them");
                said.error("duplicate-directive", row.place("clause", 0), message, help);
            }
        }
    }

    /// The directive a figure or an extension is about, whose lead units must be among them.
    fn part_of<T>(&self, name: &str, units: &[&str], row: &Row<T>, leads: &Leads<'_>, said: &mut Said) -> Option<DirectiveKey> {
        let language = said.language;
        let name = DirectiveName::parse(name)?;
        let dispatch = self.dispatch(&DispatchRef::of(&name), row.place("directive", 0), said)?;
        let key = DirectiveKey { dispatch, clause: name.clause.clone(), ordinal: name.ordinal.into() };
        let Some(lead) = leads.get(&key) else {
            let shown = quoted(&name.to_string());
            let others: BTreeSet<String> = leads
                .keys()
                .filter(|other| other.dispatch == key.dispatch)
                .map(|other| other.shown(&self.known.naming))
                .collect();
            let help = match nearest(&key.shown(&self.known.naming), others.iter().map(String::as_str)) {
                Some(near) => say!(language, "có phải ý bạn là \"{near}\"?", "did you mean \"{near}\"?"),
                None => {
                    say!(language, "nhập nội dung đó trước hoặc cùng lúc", "import that directive before or together with this")
                }
            };
            let message = say!(language, "chưa có nội dung {shown}", "there is no directive {shown}");
            said.error("unknown-directive", row.place("directive", 0), message, help);
            return None;
        };
        for unit in units.iter().filter(|unit| !lead.contains(**unit)) {
            let (shown, name) = (quoted(unit), quoted(&name.to_string()));
            let mut all: Vec<&str> = lead.iter().copied().collect();
            all.sort_unstable();
            let all = all.join(", ");
            let message = say!(language, "{shown} không chủ trì {name}", "{shown} is no lead unit of {name}");
            let help = say!(language, "các đơn vị chủ trì: {all}", "its lead units: {all}");
            said.error("not-a-lead-unit", row.place("unit", 0), message, help);
        }
        Some(key)
    }

    fn lead_units(&self, directives: &[Option<DirectiveKey>]) -> Leads<'a> {
        let codes: HashMap<i64, &str> = self.known.units.iter().map(|(code, row)| (row.id, code.as_str())).collect();
        let mut leads: Leads<'a> = HashMap::new();
        for (key, row) in &self.known.directives {
            let assignments = self.known.assignments.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            let units = assignments.iter().filter_map(|one| one.cells[1].as_number()).filter_map(|id| codes.get(&id).copied());
            leads.entry(key.clone()).or_default().extend(units);
        }
        for (key, row) in directives.iter().zip(&self.facts.directives) {
            if let Some(key) = key {
                leads.entry(key.clone()).or_default().extend(row.value.lead.iter().map(String::as_str));
            }
        }
        leads
    }

    fn dispatch(&self, wanted: &DispatchRef, at: Place, said: &mut Said) -> Option<DispatchKey> {
        let all = self.dispatches.get(&wanted.number).into_iter().flatten();
        let fits: Vec<&DispatchKey> =
            all.filter(|key| i16::try_from(key.year).is_ok_and(|year| wanted.fits(&key.issuer, year, &key.number))).collect();
        if let [one] = fits[..] {
            return Some(one.clone());
        }
        let (language, shown) = (said.language, quoted(&wanted.to_string()));
        if fits.is_empty() {
            let message = say!(language, "chưa có văn bản {shown}", "there is no dispatch {shown}");
            let help = say!(
                language,
                "nhập mục [[dispatch]] của văn bản đó trước hoặc cùng lúc",
                "import its [[dispatch]] before or together with this"
            );
            said.error("unknown-dispatch", at, message, help);
        } else {
            let forms: Vec<String> = fits.iter().map(|key| format!("\"{}:{}:{}\"", key.year, key.issuer, key.number)).collect();
            let forms = forms.join(", ");
            let message = say!(language, "{shown} là tên của nhiều văn bản", "{shown} fits several dispatches");
            let help = say!(language, "viết dạng đầy đủ: {forms}", "write the long form: {forms}");
            said.error("ambiguous-dispatch", at, message, help);
        }
        None
    }

    fn role(&self, role: &Role, key: &str, at: Place, said: &mut Said) {
        match role {
            Role::Position { unit: Some(unit), .. } => self.unit(unit, key, at, said),
            Role::Person(person) => self.person(person, key, at, said),
            _ => {}
        }
    }

    fn unit(&self, code: &str, key: &str, at: Place, said: &mut Said) {
        if !self.units.contains(code) {
            let (language, shown) = (said.language, quoted(code));
            let message = say!(language, "\"{key}\": chưa có đơn vị {shown}", "\"{key}\": there is no unit {shown}");
            let help = match nearest(code, self.units.iter().copied()) {
                Some(near) => say!(language, "có phải ý bạn là \"{near}\"?", "did you mean \"{near}\"?"),
                None => say!(language, "thêm mục [[unit]] có id = {shown}", "add a [[unit]] with id = {shown}"),
            };
            said.error("unknown-unit", at, message, help);
        }
    }

    fn person(&self, code: &str, key: &str, at: Place, said: &mut Said) {
        if !self.people.contains(code) {
            let (language, shown) = (said.language, quoted(code));
            let message = say!(language, "\"{key}\": chưa có người {shown}", "\"{key}\": there is no person {shown}");
            let help = match nearest(code, self.people.iter().copied()) {
                Some(near) => say!(language, "có phải ý bạn là \"{near}\"?", "did you mean \"{near}\"?"),
                None => say!(language, "thêm mục [[person]] có id = {shown}", "add a [[person]] with id = {shown}"),
            };
            said.error("unknown-person", at, message, help);
        }
    }

    fn cycles(&self, said: &mut Said) {
        let mut parents: HashMap<&str, String> = HashMap::new();
        let mut leaders: HashMap<&str, String> = HashMap::new();
        for (code, row) in &self.known.units {
            if let Some(parent) = row.cells[2].as_text() {
                parents.insert(code, parent.to_owned());
            }
            if let Some((_, unit)) = row.cells[3].as_text().and_then(|role| role.rsplit_once('@')) {
                leaders.insert(code, unit.to_owned());
            }
        }
        for row in &self.facts.units {
            let code = row.value.id.as_str();
            match &row.value.parent {
                Some(parent) => parents.insert(code, parent.clone()),
                None => parents.remove(code),
            };
            let unit = row.value.supervisor.as_ref().map(role_text);
            match unit.as_deref().and_then(|role| role.rsplit_once('@')) {
                // The head of a unit may stand as its own leader in charge: the top of every hierarchy does.
                Some((_, unit)) if unit != code => leaders.insert(code, unit.to_owned()),
                _ => leaders.remove(code),
            };
        }
        self.report_cycles("parent", &parents, said);
        self.report_cycles("supervisor", &leaders, said);
    }

    fn report_cycles(&self, key: &'static str, above: &HashMap<&str, String>, said: &mut Said) {
        let mut told: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
        for row in &self.facts.units {
            let start = row.value.id.as_str();
            let mut path = vec![start];
            let mut at = start;
            while let Some(next) = above.get(at) {
                if next == start {
                    if told.insert(path.iter().copied().collect()) {
                        path.push(start);
                        let (language, ring) = (said.language, path.join(" → "));
                        let message = say!(language, "\"{key}\" thành vòng: {ring}", "\"{key}\" runs in a circle: {ring}");
                        let help = say!(language, "bỏ một mắt của vòng", "take one link out");
                        said.error("cycle", row.place(key, 0), message, help);
                    }
                    break;
                }
                if path.contains(&next.as_str()) {
                    break;
                }
                path.push(next);
                at = next;
            }
        }
    }
}
