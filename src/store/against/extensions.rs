//! Extensions, held against the journal: those the table has, and those it has not.

use super::standing::{Granted, Held, Standing, day_of};
use super::{About, Contradiction, compare};
use crate::store::timeline::ExtensionLine;

/// What a transfer brought along stands in the journal of the assignment it came from.
pub(super) fn compare_all(lines: &[ExtensionLine], standing: &Standing, origins: &[Standing], all: &mut Vec<Contradiction>) {
    let mut untold: Vec<&Granted> = std::iter::once(standing).chain(origins).flat_map(|one| &one.extensions).collect();
    for line in lines {
        let about = About::Extension(line.recorded_at);
        let new = line.new_last_day.to_string();
        // Several may come with one import.
        let then = |one: &&Granted| one.at == line.recorded_at;
        let same = untold.iter().position(|one| then(one) && one.new.contains(&new));
        let Some(place) = same.or_else(|| untold.iter().position(then)) else {
            compare(&about, vec![("row", Some(new), None)], all);
            continue;
        };
        let told = untold.remove(place);
        let given = told.new.iter().find(|day| **day == new).or(told.new.last()).cloned();
        let mut parts = vec![("new_last_day", Some(new), given), ("basis", line.basis.clone(), told.basis.clone())];
        if let Held::Is(old) = &told.old {
            let old = old.as_deref().map(|old| day_of(old).to_owned());
            parts.push(("old_last_day", line.old_last_day.map(|day| day.to_string()), old));
        }
        compare(&about, parts, all);
    }
    // What says the same as one that stands there is not recorded twice.
    let stands =
        |one: &Granted| lines.iter().any(|line| line.basis == one.basis && one.new.contains(&line.new_last_day.to_string()));
    for one in untold.into_iter().filter(|one| !stands(one)) {
        compare(&About::Extension(one.at), vec![("row", None, one.new.last().cloned())], all);
    }
}
