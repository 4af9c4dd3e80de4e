//! Which unit of the directory a dispatch means, as the directory stood on its day.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;

use super::name::{Fit, fit, without_rank, words, written_out};
use crate::facts::{NamedUnit, UnitFact, fold};

/// The most units a name is offered.
const NEAR_MAX: usize = 3;

/// A unit with its names ready to be compared.
pub(super) struct Known<'u> {
    pub(super) fact: &'u UnitFact,
    /// Name and other names as words, abbreviations written out.
    names: Vec<Vec<String>>,
    /// The words of its own name, with blanks between.
    pub(super) own: String,
    /// Names as they are, in lower case.
    lower: Vec<String>,
    /// The words of its own name and of the units above.
    around: String,
}

/// The units of a day.
pub(super) struct Units<'u> {
    /// Those that stood on that day.
    pub(super) present: Vec<Known<'u>>,
    /// Those that had ended or not begun.
    absent: Vec<Known<'u>>,
    /// How many units have a name, accents left out.
    bearers: HashMap<String, usize>,
}

/// What a name means.
#[derive(Debug)]
pub(super) enum Meaning<'u> {
    /// This unit.
    One(&'u UnitFact),
    /// This unit, which did not exist on that day.
    NotThen(&'u UnitFact),
    /// One of these, or nobody: the nearest units.
    Unknown(Vec<&'u UnitFact>),
}

impl<'u> Units<'u> {
    /// The directory on the day of a dispatch; the whole of it without a day.
    pub(super) fn on(all: &'u [UnitFact], day: Option<Date>) -> Self {
        let by_id: HashMap<&str, &UnitFact> = all.iter().map(|unit| (unit.id.as_str(), unit)).collect();
        let stands = |unit: &UnitFact| {
            day.is_none_or(|day| unit.from.is_none_or(|from| from <= day) && unit.to.is_none_or(|to| day <= to))
        };
        let known = |fact: &'u UnitFact| {
            let names: Vec<Vec<String>> = names_of(fact).map(|name| written_out(words(name))).collect();
            let own = names.first().map(|name| name.join(" ")).unwrap_or_default();
            let lower = names_of(fact).map(|name| name.to_lowercase()).collect();
            Known { fact, own, lower, names, around: around(fact, &by_id) }
        };
        let mut bearers: HashMap<String, usize> = HashMap::new();
        for unit in all {
            for name in names_of(unit).map(|name| fold(name)).collect::<BTreeSet<_>>() {
                *bearers.entry(name).or_default() += 1;
            }
        }
        let (present, absent): (Vec<&UnitFact>, Vec<&UnitFact>) = all.iter().partition(|unit| stands(unit));
        Self { present: present.into_iter().map(known).collect(), absent: absent.into_iter().map(known).collect(), bearers }
    }

    /// Whom a written name means.
    pub(super) fn find(&self, written: &str) -> Meaning<'u> {
        match best(&self.present, written)[..] {
            [one] => Meaning::One(one),
            [] => match best(&self.absent, written)[..] {
                [one] => Meaning::NotThen(one),
                _ => Meaning::Unknown(self.nearest(written)),
            },
            ref several => Meaning::Unknown(several.iter().copied().take(NEAR_MAX).collect()),
        }
    }

    /// The unit of that text id or name, as a proposal shows it: by its name where no other unit has it.
    pub(super) fn named(&self, fact: &UnitFact) -> NamedUnit {
        let alone = self.bearers.get(&fold(&fact.name)).is_none_or(|count| *count == 1);
        let splits = fact.name.contains(';');
        let key = if alone && !splits { fact.name.clone() } else { fact.id.clone() };
        NamedUnit { id: fact.id.clone(), name: fact.name.clone(), key }
    }

    /// Units whose names have most words in common with that one.
    fn nearest(&self, written: &str) -> Vec<&'u UnitFact> {
        let wanted = written_out(words(written));
        let wanted = without_rank(&wanted);
        let mut scored: Vec<(usize, &'u UnitFact)> = self
            .present
            .iter()
            .filter_map(|known| {
                let score = |name: &Vec<String>| {
                    let common = name.iter().filter(|word| wanted.contains(word)).count();
                    // In thousandths, of both together.
                    2_000 * common / (name.len() + wanted.len()).max(1)
                };
                let best = known.names.iter().map(score).max()?;
                (best >= 400).then_some((best, known.fact))
            })
            .collect();
        scored.sort_by(|(a, one), (b, other)| b.cmp(a).then(one.id.cmp(&other.id)));
        scored.into_iter().map(|(_, fact)| fact).take(NEAR_MAX).collect()
    }
}

fn names_of(unit: &UnitFact) -> impl Iterator<Item = &String> {
    [&unit.name].into_iter().chain(&unit.aliases).chain(&unit.learned)
}

/// The units that fit best: by the very name, by its words, by its words but for the place.
fn best<'u>(units: &[Known<'u>], written: &str) -> Vec<&'u UnitFact> {
    let lower = written.trim().to_lowercase();
    let found: Vec<&UnitFact> = units.iter().filter(|known| known.lower.contains(&lower)).map(|known| known.fact).collect();
    if !found.is_empty() {
        return found;
    }
    let short = words(written);
    let long = written_out(short.clone());
    let how = |known: &Known<'_>| {
        let forms = [without_rank(&short), without_rank(&long)];
        let fits = known.names.iter().flat_map(|name| forms.iter().map(|form| fit(form, name, &known.around)));
        fits.flatten().min()
    };
    let scored: Vec<(Fit, &UnitFact)> = units.iter().filter_map(|known| Some((how(known)?, known.fact))).collect();
    let Some(least) = scored.iter().map(|(fit, _)| *fit).min() else { return Vec::new() };
    scored.into_iter().filter(|(fit, _)| *fit == least).map(|(_, fact)| fact).collect()
}

/// The words of a unit and of those above it, with blanks around.
fn around(unit: &UnitFact, all: &HashMap<&str, &UnitFact>) -> String {
    let mut out = format!(" {} ", words(&unit.name).join(" "));
    let mut at = unit.parent.as_deref();
    for _ in 0..8 {
        let Some(parent) = at.and_then(|id| all.get(id)) else { break };
        out.push_str(&format!("{} ", words(&parent.name).join(" ")));
        at = parent.parent.as_deref();
    }
    out
}
