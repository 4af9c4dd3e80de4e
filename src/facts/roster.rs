//! Units and people of the tables: whom each row means, the ids of those who have none yet, and the rows of units, people,
//! appointments and substitutions.
//!
//! An id made from a name is kept: the next import finds it by the name. Two people of one name are never told apart by
//! guessing, nor counted through; it is asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::branch::{Branch, Branches};
use super::cell::one_line;
use super::heading::Kind;
use super::known::{Known, KnownPerson};
use super::post::post_of;
use super::register::{Found, Register};
use super::sheet::{Line, Sheet};
use super::slug::plain;
use super::{Facts, Place, Row, UnitFact};
use crate::diagnostic::{Source, Span, quoted};
use crate::tree::{Problems, say};

/// Who is who.
pub(super) struct Roster<'k> {
    pub(super) units: Register,
    pub(super) people: Register,
    /// Units that a list of people names: made, or recorded already.
    pub(super) mentioned: Vec<Row<UnitFact>>,
    known: &'k Known,
    /// People by id: those recorded, those of TOML, those of the tables so far.
    persons: BTreeMap<String, KnownPerson>,
    /// Ids of units that stand as rows of their own.
    given_units: BTreeSet<String>,
    /// The id of a row, by source and place.
    ids: HashMap<(usize, Span), String>,
    /// People whose row was taken.
    listed: BTreeSet<String>,
    /// Rows of people whose person stands in a row before.
    again: BTreeSet<(usize, usize)>,
}

/// A row of a list of people.
struct Listed<'s, 'c> {
    sheet: &'s Sheet<'c>,
    line: &'s Line<'c>,
    name: String,
    email: Option<String>,
}

impl<'k> Roster<'k> {
    /// Reads who stands in the tables and gives ids to those without one.
    pub(super) fn gather(
        sheets: &[Sheet<'_>],
        known: &'k Known,
        facts: &Facts,
        sources: &[Source<'_>],
        problems: &BTreeMap<usize, Problems>,
    ) -> Self {
        let mut roster = Self::before(known, facts);
        for sheet in sheets.iter().filter(|sheet| sheet.kind == Kind::Unit) {
            roster.units_of(sheet, &problems[&sheet.source]);
        }
        for sheet in sheets.iter().filter(|sheet| sheet.kind == Kind::Alias) {
            roster.aliases_of(sheet);
        }
        roster.people_of(sheets, sources, problems);
        roster
    }

    fn before(known: &'k Known, facts: &Facts) -> Self {
        let mut roster = Self {
            units: Register::default(),
            people: Register::default(),
            mentioned: Vec::new(),
            known,
            persons: BTreeMap::new(),
            given_units: facts.units.iter().map(|row| row.value.id.clone()).collect(),
            ids: HashMap::new(),
            listed: BTreeSet::new(),
            again: BTreeSet::new(),
        };
        // Those of this import first: their names are the ones shown.
        for unit in facts.units.iter().map(|row| &row.value).chain(&known.units) {
            roster.add_unit(unit);
        }
        for alias in facts.aliases.iter().map(|row| &row.value) {
            roster.units.add(&alias.unit, &alias.name);
        }
        for person in &known.people {
            roster.persons.insert(person.id.clone(), person.clone());
        }
        for person in facts.people.iter().map(|row| &row.value) {
            let one = roster.persons.entry(person.id.clone()).or_default();
            (one.id, one.name, one.email) = (person.id.clone(), person.name.clone(), person.email.clone());
        }
        for post in facts.appointments.iter().map(|row| &row.value) {
            if let Some(person) = roster.persons.get_mut(&post.person) {
                person.units.push(post.unit.clone());
            }
        }
        for person in roster.persons.values() {
            roster.people.add(&person.id, &person.name);
        }
        roster
    }

    fn add_unit(&mut self, unit: &UnitFact) {
        self.units.add(&unit.id, &unit.name);
        unit.aliases.iter().chain(&unit.learned).for_each(|alias| self.units.add(&unit.id, alias));
    }

    /// Names that a sheet gives to units, so that the other sheets may use them.
    fn aliases_of(&mut self, sheet: &Sheet<'_>) {
        for line in &sheet.lines {
            let (Some(name), Some(unit)) = (line.text("name").map(one_line), line.text("unit").map(one_line)) else { continue };
            if let (Found::One(id), Found::Nobody(_)) = (self.units.find(&unit), self.units.find(&name)) {
                self.units.add(&id, &name);
            }
        }
    }

    fn units_of(&mut self, sheet: &Sheet<'_>, problems: &Problems) {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for line in &sheet.lines {
            let Some(name) = line.text("name").map(one_line) else { continue };
            let id = if let Some(id) = line.text("id") {
                Some(one_line(id))
            } else if let Some(row) = seen.insert(plain(&name), line.number()) {
                let (language, shown) = (problems.language, quoted(&name));
                let message = say!(language, "{shown} đã có ở dòng {row}", "{shown} stands in row {row} already");
                let help = say!(
                    language,
                    "nếu là một đơn vị, giữ một dòng; nếu là hai đơn vị, thêm cột \"Mã đơn vị\"",
                    "keep one row if it is one unit; add the column \"Mã đơn vị\" (id) if they are two"
                );
                problems.error_with_help("same-name", line.place("name"), message, help);
                problems.told(line.place("name"));
                None
            } else {
                id_of_name(&self.units, &name, line.place("name"), problems)
            };
            let Some(id) = id else { continue };
            self.units.add(&id, &name);
            super::cell::list(line.text("aliases").unwrap_or_default()).for_each(|alias| self.units.add(&id, alias));
            self.given_units.insert(id.clone());
            self.ids.insert((sheet.source, line.span()), id);
        }
    }

    fn people_of(&mut self, sheets: &[Sheet<'_>], sources: &[Source<'_>], problems: &BTreeMap<usize, Problems>) {
        let mut by_name: BTreeMap<String, Vec<Listed<'_, '_>>> = BTreeMap::new();
        for sheet in sheets.iter().filter(|sheet| sheet.kind == Kind::Person) {
            for line in &sheet.lines {
                let Some(name) = line.text("name").map(one_line) else { continue };
                self.mention_unit(line, &problems[&sheet.source]);
                let email = line.text("email").map(plain);
                by_name.entry(plain(&name)).or_default().push(Listed { sheet, line, name, email });
            }
        }
        for listed in by_name.values() {
            self.people_of_name(listed, sources, problems);
        }
    }

    /// The unit of a row; made when there is none of that name.
    fn mention_unit(&mut self, line: &Line<'_>, problems: &Problems) {
        let Some(name) = line.text("unit").map(one_line) else { return };
        let at = Place { source: problems.source, span: line.place("unit") };
        match self.units.find(&name) {
            Found::One(id) if self.given_units.insert(id.clone()) => {
                let recorded = self.known.units.iter().find(|unit| unit.id == id);
                self.mentioned.extend(recorded.map(|unit| Row { value: unit.clone(), at, keys: Vec::new() }));
            }
            Found::One(_) | Found::Several(_) => {}
            Found::Nobody(near) => {
                let Some(id) = id_of_name(&self.units, &name, at.span, problems) else { return };
                // Units that differ in their number alone are numbered, not mistyped.
                let bare = |name: &str| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
                if let Some(near) = near.filter(|near| bare(near) != bare(&name)) {
                    let (language, shown) = (problems.language, quoted(&name));
                    let message = say!(
                        language,
                        "đơn vị mới {shown} được tạo từ danh sách này",
                        "the new unit {shown} is made from this list"
                    );
                    let help = say!(language, "nếu là \"{near}\", ghi đúng tên đó", "if it is \"{near}\", write that name");
                    problems.warning("unit-made", at.span, message, help);
                }
                self.units.add(&id, &name);
                self.given_units.insert(id.clone());
                let value = UnitFact { id, name, ..UnitFact::default() };
                self.mentioned.push(Row { value, at, keys: Vec::new() });
            }
        }
    }

    /// All rows of one name.
    fn people_of_name(&mut self, listed: &[Listed<'_, '_>], sources: &[Source<'_>], problems: &BTreeMap<usize, Problems>) {
        let (with_id, without): (Vec<_>, Vec<_>) = listed.iter().partition(|one| one.line.text("id").is_some());
        for one in with_id {
            let id = one.line.text("id").map(one_line).unwrap_or_default();
            self.take(one, id);
        }
        let Some(first) = without.first() else { return };
        let one_address = first.email.is_some() && without.iter().all(|one| one.email == first.email);
        if without.len() > 1 && !one_address || listed.len() > without.len() {
            for one in &without {
                same_name(one, listed, sources, &problems[&one.sheet.source]);
            }
            return;
        }
        let Some(id) = self.id_of_person(first, &problems[&first.sheet.source]) else { return };
        for one in without {
            self.take(one, id.clone());
        }
    }

    fn take(&mut self, one: &Listed<'_, '_>, id: String) {
        let person = self.persons.entry(id.clone()).or_default();
        (person.id, person.name) = (id.clone(), one.name.clone());
        self.people.add(&id, &one.name);
        if !self.listed.insert(id.clone()) && one.line.text("id").is_none() {
            self.again.insert((one.sheet.source, one.line.span().start));
        }
        self.ids.insert((one.sheet.source, one.line.span()), id);
    }

    /// A recorded person of that name, when nothing speaks against it; else a new id.
    fn id_of_person(&self, one: &Listed<'_, '_>, problems: &Problems) -> Option<String> {
        let recorded: Vec<&KnownPerson> = self.people.named(&one.name).iter().filter_map(|id| self.persons.get(id)).collect();
        if recorded.is_empty() {
            return id_of_name(&self.people, &one.name, one.line.place("name"), problems);
        }
        let unit = one.line.text("unit").map(one_line).and_then(|unit| match self.units.find(&unit) {
            Found::One(id) => Some(id),
            _ => None,
        });
        let address = |person: &&&KnownPerson| one.email.is_some() && person.email.as_deref().map(plain) == one.email;
        let place = |person: &&&KnownPerson| match &unit {
            Some(unit) => person.units.contains(unit),
            None => person.units.is_empty(),
        };
        let by_address: Vec<_> = recorded.iter().filter(address).collect();
        let by_place: Vec<_> = recorded.iter().filter(place).collect();
        match (&by_address[..], &by_place[..]) {
            ([person], _) | ([], [person]) => Some(person.id.clone()),
            _ => {
                let ids = recorded.iter().map(|person| person.id.as_str()).collect::<Vec<_>>().join(", ");
                let (language, shown) = (problems.language, quoted(&one.name));
                let message = say!(
                    language,
                    "đã có người tên {shown} (mã {ids}), ở đơn vị khác hoặc có email khác",
                    "somebody named {shown} is recorded (id {ids}), in another unit or with another address"
                );
                let help = say!(
                    language,
                    "thêm cột \"Mã\": ghi {ids} nếu là người đó, ghi mã khác nếu là người khác",
                    "add the column \"Mã\" (id): write {ids} if it is the same person, another id if not"
                );
                problems.error_with_help("same-name", one.line.place("name"), message, help);
                problems.told(one.line.place("name"));
                None
            }
        }
    }

    /// The rows of units, people, appointments and substitutions of one sheet.
    pub(super) fn write(&self, sheet: &Sheet<'_>, problems: &Problems, branches: &mut Branches) {
        for line in &sheet.lines {
            match sheet.kind {
                Kind::Unit => self.write_unit(sheet, line, problems, branches),
                Kind::Person => self.write_person(sheet, line, problems, branches),
                Kind::Appointment => {
                    let mut post = Branch::new(line, problems, &["person", "unit"]);
                    post.person("person", &self.people);
                    self.write_post(post, line, problems, branches);
                }
                // A name that nobody resolved is no row.
                Kind::Alias if line.text("unit").is_some() => {
                    let mut alias = Branch::new(line, problems, &["name"]);
                    alias.texts(&["name"]);
                    alias.unit("unit", &self.units);
                    alias.settle(&["unit"]);
                    branches.push("alias", alias);
                }
                Kind::Substitution => {
                    let mut away = Branch::new(line, problems, &["person"]);
                    away.person("person", &self.people);
                    away.person("by", &self.people);
                    away.dates(&["from", "to"]);
                    branches.push("substitution", away);
                }
                _ => {}
            }
        }
    }

    fn write_unit(&self, sheet: &Sheet<'_>, line: &Line<'_>, problems: &Problems, branches: &mut Branches) {
        let mut unit = Branch::new(line, problems, &["name"]);
        if let Some(id) = self.ids.get(&(sheet.source, line.span())) {
            unit.put("id", line.place(if line.text("id").is_some() { "id" } else { "name" }), id);
        }
        unit.texts(&["name"]);
        unit.unit("parent", &self.units);
        unit.role("supervisor", &self.people);
        unit.lists(&["aliases"]);
        unit.units("successor", &self.units);
        unit.dates(&["from", "to"]);
        branches.push("unit", unit);
    }

    fn write_person(&self, sheet: &Sheet<'_>, line: &Line<'_>, problems: &Problems, branches: &mut Branches) {
        let own = self.ids.get(&(sheet.source, line.span()));
        let own_place = line.place(if line.text("id").is_some() { "id" } else { "name" });
        if !self.again.contains(&(sheet.source, line.span().start)) {
            let mut person = Branch::new(line, problems, &["name"]);
            if let Some(id) = own {
                person.put("id", own_place, id);
            }
            person.texts(&["name", "email", "phone", "salutation", "telegram"]);
            person.lists(&["prefer"]);
            person.yes_no(&["active"]);
            branches.push("person", person);
        }
        let (Some(id), true) = (own, line.text("unit").is_some()) else {
            if line.text("unit").is_none() && line.text("title").is_some() {
                let language = problems.language;
                let message = say!(language, "có chức vụ nhưng không có đơn vị", "there is a title but no unit");
                let help = say!(
                    language,
                    "ghi đơn vị, nếu không người này không giữ chức vụ nào",
                    "give the unit; without one they hold no position"
                );
                problems.warning("no-unit", line.place("unit"), message, help);
            }
            return;
        };
        let mut post = Branch::new(line, problems, &[]);
        post.put("person", own_place, id);
        self.write_post(post, line, problems, branches);
    }

    /// The position: as given, else told from the title.
    fn write_post(&self, mut post: Branch<'_, '_>, line: &Line<'_>, problems: &Problems, branches: &mut Branches) {
        post.unit("unit", &self.units);
        post.texts(&["title"]);
        post.dates(&["from", "to"]);
        post.yes_no(&["acting"]);
        let (title, span) = post.given("title").unwrap_or(("", line.place("title")));
        let found = post_of(title);
        if post.given("position").is_some() {
            post.texts(&["position"]);
        } else {
            post.put("position", span, found.position);
            if !found.is_known && !title.is_empty() {
                let (language, shown) = (problems.language, quoted(title));
                let message = say!(
                    language,
                    "chức vụ {shown} được hiểu là chuyên viên, không phải trưởng hay phó đơn vị",
                    "the title {shown} is taken for an officer's, not for head or deputy"
                );
                let help = say!(
                    language,
                    "nếu là trưởng hay phó đơn vị, thêm cột \"Vị trí\" và ghi head hoặc deputy",
                    "if they head the unit, add the column \"Vị trí\" (position) and write head or deputy"
                );
                problems.warning("position-assumed", span, message, help);
            }
        }
        if found.is_acting && post.given("acting").is_none() {
            post.put_yes("acting", span);
        }
        branches.push("appointment", post);
    }
}

/// A recorded id of exactly that name, else a new one; asks when there is none to be had.
fn id_of_name(register: &Register, name: &str, at: Span, problems: &Problems) -> Option<String> {
    let recorded = register.named(name);
    let found = match &recorded[..] {
        [id] => Some(id.clone()),
        [] => register.id_for(name),
        _ => None,
    };
    if found.is_none() {
        let (language, shown) = (problems.language, quoted(name));
        let message = say!(language, "không đặt được mã riêng cho {shown}", "no id of its own can be made for {shown}");
        let help = say!(language, "thêm cột mã và ghi mã cho dòng này", "add a column of ids and give one to this row");
        problems.error_with_help("id-needed", at, message, help);
        problems.told(at);
    }
    found
}

/// Two rows of one name: which is asked, at each of them, naming the others.
fn same_name(one: &Listed<'_, '_>, all: &[Listed<'_, '_>], sources: &[Source<'_>], problems: &Problems) {
    let language = problems.language;
    let others = all.iter().filter(|other| other.sheet.source != one.sheet.source || other.line.span() != one.line.span());
    let rows: Vec<String> = others
        .map(|other| {
            let (row, file) = (other.line.number(), sources.get(other.sheet.source).map_or("", |source| source.name));
            if other.sheet.source == one.sheet.source {
                say!(language, "dòng {row}", "row {row}")
            } else {
                say!(language, "dòng {row} của {file}", "row {row} of {file}")
            }
        })
        .collect();
    let (shown, row, rows) = (quoted(&one.name), one.line.number(), rows.join(", "));
    let message =
        say!(language, "hai người cùng tên {shown}: dòng {row} và {rows}", "two people are named {shown}: row {row} and {rows}");
    let help = say!(
        language,
        "nếu là hai người, thêm cột \"Mã\" và ghi mã riêng cho mỗi người; nếu là một người giữ hai chức vụ, ghi cùng một email ở cả hai dòng",
        "if they are two, add the column \"Mã\" (id) and give each an id; if it is one person in two positions, give both rows the same address"
    );
    problems.error_with_help("same-name", one.line.place("name"), message, help);
    problems.told(one.line.place("name"));
}
