//! Units, people, appointments and substitutions.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::difference::{Difference, changed_cells, to_show, to_write};
use super::known::Known;
use super::{Act, ImportError, cells};
use crate::facts::{AliasFact, Row, UnitFact};
use crate::store::import::{self, APPOINTMENT, Cell, PERSON, Recorded, SUBSTITUTION, Shape, UNIT};
use crate::store::meta;
use crate::tree::say;

/// The units whose people or place changed, and whether anything did.
#[derive(Default)]
struct Touched {
    units: BTreeSet<i64>,
    anything: bool,
}

/// Records what differs, raises the revision of the organisation and has the assignments of the units looked at again.
pub(super) async fn record(act: &mut Act<'_>, known: &mut Known) -> Result<(), ImportError> {
    let mut touched = Touched::default();
    units(act, known, &mut touched).await?;
    other_names(act, known, &mut touched).await?;
    let changed_people = people(act, known, &mut touched).await?;
    known.load_organisation(&mut act.tx).await?;
    let posts = import::all(&mut act.tx, APPOINTMENT).await?;
    for post in &posts {
        if let (Some(person), Some(unit)) = (post.cells[0].as_number(), post.cells[1].as_number())
            && changed_people.contains(&person)
        {
            touched.units.insert(unit);
        }
    }
    appointments(act, known, &posts, &mut touched).await?;
    substitutions(act, known, &mut touched).await?;
    if touched.anything {
        meta::raise_org_revision(&mut act.tx).await?;
        let units: Vec<i64> = touched.units.into_iter().collect();
        let now_ms = act.now_ms();
        import::look_again_at_units(&mut act.tx, &units, now_ms).await?;
    }
    Ok(())
}

async fn units(act: &mut Act<'_>, known: &Known, touched: &mut Touched) -> Result<(), ImportError> {
    let facts = act.facts;
    let mut new = Vec::new();
    for row in &facts.units {
        let (code, old) = (&row.value.id, known.units.get(&row.value.id));
        let cells = with_other_names(&facts.aliases, code, cells::unit(&row.value, old.map(|old| old.cells.as_slice())));
        if old.is_some_and(|old| cells::was_renamed(&row.value, &old.cells)) {
            tell_renamed(act, row);
        }
        match old {
            None => {
                act.report.added.units += 1;
                act.note(Difference::added("unit", code), None);
                new.push(cells);
            }
            Some(old) if old.cells == cells => act.report.unchanged.units += 1,
            Some(old) => {
                act.report.changed.units += 1;
                touched.units.insert(old.id);
                change(act, UNIT, "unit", code, old, &cells, |_, _| None).await?;
            }
        }
    }
    touched.anything |= act.report.added.units + act.report.changed.units > 0;
    Ok(import::insert(&mut act.tx, UNIT, &new).await?)
}

/// The cells of a unit with the names that dispatches use, beside those a file of units gives.
fn with_other_names(aliases: &[Row<AliasFact>], code: &str, cells: Vec<Cell>) -> Vec<Cell> {
    let names = aliases.iter().filter(|row| row.value.unit == code).map(|row| &row.value.name);
    names.fold(cells, |cells, name| cells::with_alias(&cells, name).unwrap_or(cells))
}

/// Such names of units that have no row of their own: what they are called is one change, however many names they get.
async fn other_names(act: &mut Act<'_>, known: &Known, touched: &mut Touched) -> Result<(), ImportError> {
    let facts = act.facts;
    let mut seen: HashSet<&str> = facts.units.iter().map(|row| row.value.id.as_str()).collect();
    for row in &facts.aliases {
        let code = row.value.unit.as_str();
        let Some(old) = known.units.get(code).filter(|_| seen.insert(code)) else { continue };
        let cells = with_other_names(&facts.aliases, code, old.cells.clone());
        if cells == old.cells {
            continue;
        }
        act.report.changed.units += 1;
        touched.anything = true;
        change(act, UNIT, "unit", code, old, &cells, |_, _| None).await?;
    }
    Ok(())
}

/// The name of a file that is older than the renaming stays an alias.
fn tell_renamed(act: &mut Act<'_>, row: &Row<UnitFact>) {
    let language = act.said.language;
    let (code, name) = (&row.value.id, &row.value.name);
    let message = say!(
        language,
        "đơn vị {code} đã đổi tên; tên cũ \"{name}\" không thay tên mới",
        "unit {code} was renamed; the old name \"{name}\" does not replace the new one"
    );
    let help = say!(
        language,
        "ghi tên mới vào tệp, hoặc dùng dondoc unit rename",
        "write the new name into the file, or use `dondoc unit rename`"
    );
    act.said.warning("old-name", row.place("name", 0), message, help);
}

async fn people(act: &mut Act<'_>, known: &Known, touched: &mut Touched) -> Result<BTreeSet<i64>, ImportError> {
    let (facts, now_ms) = (act.facts, act.now_ms());
    let (mut new, mut changed) = (Vec::new(), BTreeSet::new());
    for row in &facts.people {
        let (code, old) = (&row.value.id, known.people.get(&row.value.id));
        let cells = cells::person(&row.value, old.map(|old| old.cells.as_slice()), now_ms);
        match old {
            None => {
                act.report.added.people += 1;
                act.note(Difference::added("person", code), None);
                new.push(cells);
            }
            Some(old) if old.cells == cells => act.report.unchanged.people += 1,
            Some(old) => {
                act.report.changed.people += 1;
                changed.insert(old.id);
                change(act, PERSON, "person", code, old, &cells, |_, _| None).await?;
            }
        }
    }
    touched.anything |= act.report.added.people + act.report.changed.people > 0;
    import::insert(&mut act.tx, PERSON, &new).await?;
    Ok(changed)
}

/// Identity: person, unit, position, first day.
async fn appointments(act: &mut Act<'_>, known: &Known, recorded: &[Recorded], touched: &mut Touched) -> Result<(), ImportError> {
    let facts = act.facts;
    let by_identity: HashMap<&[Cell], &Recorded> = recorded.iter().map(|row| (&row.cells[..4], row)).collect();
    let mut new = Vec::new();
    for row in &facts.appointments {
        let fact = &row.value;
        let (Some(person), Some(unit)) = (known.person(&fact.person), known.unit(&fact.unit)) else { continue };
        let cells = vec![
            Cell::number(person),
            Cell::number(unit),
            Cell::text(&fact.position),
            cells::day(fact.from),
            Cell::Text(fact.title.clone()),
            cells::day(fact.to),
            cells::standing(fact.standing),
        ];
        let key = format!("{} {}@{}", fact.person, fact.position, fact.unit);
        match by_identity.get(&cells[..4]) {
            None => {
                act.report.added.appointments += 1;
                act.note(Difference::added("appointment", key), None);
                new.push(cells);
            }
            Some(old) if old.cells == cells => {
                act.report.unchanged.appointments += 1;
                continue;
            }
            Some(old) => {
                act.report.changed.appointments += 1;
                change(act, APPOINTMENT, "appointment", &key, old, &cells, |_, _| None).await?;
            }
        }
        touched.anything = true;
        touched.units.insert(unit);
    }
    Ok(import::insert(&mut act.tx, APPOINTMENT, &new).await?)
}

/// Identity: person, first day.
async fn substitutions(act: &mut Act<'_>, known: &Known, touched: &mut Touched) -> Result<(), ImportError> {
    let facts = act.facts;
    if facts.substitutions.is_empty() {
        return Ok(());
    }
    let recorded = import::all(&mut act.tx, SUBSTITUTION).await?;
    let posts = import::all(&mut act.tx, APPOINTMENT).await?;
    let by_identity: HashMap<&[Cell], &Recorded> = recorded.iter().map(|row| (&row.cells[..2], row)).collect();
    let name = |_: &'static str, id: i64| known.person_code(id).map(ToOwned::to_owned);
    let mut new = Vec::new();
    for row in &facts.substitutions {
        let fact = &row.value;
        let Some(person) = known.person(&fact.person) else { continue };
        let by = fact.by.as_deref().and_then(|by| known.person(by));
        let cells = vec![Cell::number(person), cells::day(fact.from), Cell::Number(by), cells::day(fact.to)];
        let key = match fact.from {
            Some(from) => format!("{} {from}", fact.person),
            None => fact.person.clone(),
        };
        match by_identity.get(&cells[..2]) {
            None => {
                act.report.added.substitutions += 1;
                act.note(Difference::added("substitution", key), None);
                new.push(cells);
            }
            Some(old) if old.cells == cells => {
                act.report.unchanged.substitutions += 1;
                continue;
            }
            Some(old) => {
                act.report.changed.substitutions += 1;
                change(act, SUBSTITUTION, "substitution", &key, old, &cells, name).await?;
            }
        }
        touched.anything = true;
        let of_person = posts.iter().filter(|post| post.cells[0].as_number() == Some(person));
        touched.units.extend(of_person.filter_map(|post| post.cells[1].as_number()));
    }
    Ok(import::insert(&mut act.tx, SUBSTITUTION, &new).await?)
}

/// Writes what differs in one row, and notes it.
pub(super) async fn change(
    act: &mut Act<'_>,
    shape: Shape,
    table: &'static str,
    key: &str,
    old: &Recorded,
    new: &[Cell],
    name: impl Fn(&'static str, i64) -> Option<String>,
) -> Result<(), ImportError> {
    let changes = changed_cells(shape, &old.cells, new);
    import::update(&mut act.tx, shape, old.id, &to_write(&changes)).await?;
    act.note(Difference::changed(table, key, to_show(&changes, name)), None);
    Ok(())
}
