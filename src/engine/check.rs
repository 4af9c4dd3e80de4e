//! `check`: the rules against the facts. Everything found is a warning: facts change after the rules were written.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::coverage::Coverage;
use super::{Engine, EngineError};
use crate::diagnostic::{Diagnostic, nearest, quoted};
use crate::domain::directive::Work;
use crate::domain::organisation::Directory;
use crate::domain::policy::Role;
use crate::domain::rules::Language;
use crate::store::assignments::{self, Loaded};
use crate::store::naming::Names;
use crate::store::queries::{self, ListFilter};
use crate::tree::say;

/// A warning, and the words of the config it is about: the place is looked for by the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Without a place.
    pub problem: Diagnostic,
    /// A value that stands in the config between quotes; `None` when it is about the facts.
    pub quoted: Option<String>,
}

/// The most names one finding lists.
const NAMES_MAX: usize = 5;

/// Looks for what the rules name and the facts do not have, steps that reach nobody, people without a channel, paces
/// that cannot be computed, and what the coverage of the open assignments lacks.
pub async fn check(engine: &Engine, language: Language, now: Timestamp) -> Result<Vec<Finding>, EngineError> {
    let mut connection = engine.store.read().acquire().await?;
    let (_, directory) = engine.organisation.look(&mut connection).await?;
    let names = Names::load(&mut connection).await?;
    let works = Work::ALL.into_iter().filter(|work| !work.is_closed()).collect();
    let open = queries::list(&mut connection, &ListFilter { works, ..ListFilter::default() }).await?;
    let ids: Vec<i64> = open.iter().map(|row| row.id).collect();
    let loaded = assignments::load(&mut connection, &ids, &engine.rules.office, now).await?;
    let mut check = Check { engine, directory: &directory, names: &names, language, now, found: Vec::new() };
    check.names_of_the_rules();
    check.assignments(&loaded);
    Ok(check.found)
}

struct Check<'a> {
    engine: &'a Engine,
    directory: &'a Directory,
    names: &'a Names,
    language: Language,
    now: Timestamp,
    found: Vec<Finding>,
}

impl Check<'_> {
    fn warn(&mut self, code: &'static str, message: String, help: String, quoted: Option<String>) {
        self.found.push(Finding { problem: Diagnostic::warning(code, message).with_help(help), quoted });
    }

    /// Units, people and positions that are named by id.
    fn names_of_the_rules(&mut self) {
        let rules = &self.engine.rules;
        let office = rules.office.monitor.iter().chain(&rules.office.operators).chain(&rules.office.brief);
        let steps = rules.policies.iter().flat_map(|policy| &policy.steps);
        let roles = office.chain(steps.flat_map(|step| step.to.iter().chain(&step.or_else).chain(&step.copy)));
        let roles: BTreeSet<Role> = roles.cloned().collect();
        for role in roles {
            self.role(&role);
        }
        let live = rules.trial.iter().flat_map(|trial| &trial.live_units);
        let units: BTreeSet<String> =
            rules.routes.iter().filter_map(|route| route.when.unit.as_ref()).chain(live).cloned().collect();
        for unit in units {
            if self.directory.unit_by_code(&unit).is_none() {
                self.unknown_unit(&unit, unit.clone());
            }
        }
    }

    fn role(&mut self, role: &Role) {
        let language = self.language;
        match role {
            Role::Person(code) if self.directory.person_by_code(code).is_none() => {
                let shown = quoted(code);
                let message = say!(language, "chưa có người {shown} trong dữ liệu", "the facts have no person {shown}");
                let help = self.did_you_mean(code, self.directory.people.values().map(|person| person.code.as_str()));
                self.warn("unknown-person", message, help, Some(format!("person:{code}")));
            }
            Role::Position { position, unit } => {
                let place =
                    unit.as_ref().map_or_else(|| format!("position:{position}"), |unit| format!("position:{position}@{unit}"));
                let today = self.engine.rules.calendar.date_of(self.now);
                let units: Vec<_> = match unit {
                    None => self.directory.units.keys().copied().collect(),
                    Some(code) => match self.directory.unit_by_code(code) {
                        None => return self.unknown_unit(code, place),
                        Some(unit) => self.directory.path(unit.id, today),
                    },
                };
                if units.iter().all(|unit| self.directory.holders(*unit, position, today).is_empty()) {
                    let shown = quoted(&place);
                    let message = say!(language, "hôm nay không ai giữ {shown}", "nobody holds {shown} today");
                    let help = say!(
                        language,
                        "thêm [[appointment]] với position = \"{position}\"",
                        "import an [[appointment]] with position = \"{position}\""
                    );
                    self.warn("nobody-holds", message, help, Some(place));
                }
            }
            _ => {}
        }
    }

    fn unknown_unit(&mut self, code: &str, place: String) {
        let shown = quoted(code);
        let message = say!(self.language, "chưa có đơn vị {shown} trong dữ liệu", "the facts have no unit {shown}");
        let help = self.did_you_mean(code, self.directory.units.values().map(|unit| unit.code.as_str()));
        self.warn("unknown-unit", message, help, Some(place));
    }

    fn did_you_mean<'b>(&self, code: &str, known: impl IntoIterator<Item = &'b str>) -> String {
        match nearest(code, known) {
            Some(near) => say!(self.language, "có phải ý bạn là \"{near}\"?", "did you mean \"{near}\"?"),
            None => say!(
                self.language,
                "nhập dữ liệu đó bằng dondoc import, hoặc sửa tên",
                "import it with `dondoc import`, or mend the name"
            ),
        }
    }

    /// What would go wrong for assignments that are open now.
    fn assignments(&mut self, loaded: &[Loaded]) {
        let mut coverage = Coverage::default();
        for one in loaded {
            coverage.look(self.engine, self.directory, (one, &self.name(one)), self.now);
        }
        self.found.extend(coverage.findings(!self.engine.channels.is_empty(), self.language));
    }

    fn name(&self, one: &Loaded) -> String {
        one.name(self.names, self.directory)
    }
}

/// So many of them, in English.
pub(super) fn counted(assignments: usize) -> String {
    if assignments == 1 { "1 assignment".to_owned() } else { format!("{assignments} assignments") }
}

pub(super) fn listed(mut names: Vec<String>) -> String {
    let more = names.len() > NAMES_MAX;
    names.truncate(NAMES_MAX);
    let names = names.join(", ");
    if more { format!("{names}, …") } else { names }
}
