//! Dispatches, directives and the assignments they make.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::check::Names;
use super::difference::{Difference, FieldChange, changed_cells, to_show, to_write};
use super::known::{DirectiveKey, DispatchKey, Known};
use super::{Act, ImportError, cells, periods};
use crate::domain::deadline::{self, Deadline, DeadlineKind, DeadlineRule, RelativeAnchor, RelativeStart, resolve_relative};
use crate::domain::directive::{Secrecy, Work};
use crate::domain::phrase::read_deadline;
use crate::facts::{Correction, DirectiveFact, Place, Row};
use crate::store::StoreError;
use crate::store::dispatches::{set_coordinating, target_text};
use crate::store::import::{self, Cell, DIRECTIVE, DISPATCH, Recorded};
use crate::store::rows::{Change, day_and_time, role_text};
use crate::store::works::{NewAssignment, correct_deadline, insert_assignments};
use crate::tree::say;

/// Where the columns of a deadline stand among the cells of a directive.
const DEADLINE_TEXT: usize = 7;
const DEADLINE: std::ops::Range<usize> = 9..14;
/// The last day among them: NULL while there is none.
const LAST_DAY: usize = 10;
/// Where the words of the dispatch and their place begin.
const QUOTE: usize = 19;
/// The same among the cells of an assignment.
const ASSIGNMENT_DEADLINE: std::ops::Range<usize> = 4..9;

pub(super) async fn record(act: &mut Act<'_>, known: &mut Known, names: &Names) -> Result<(), ImportError> {
    let changed = dispatches(act, known).await?;
    known.load_dispatches(&mut act.tx).await?;
    known.load_directives(&mut act.tx).await?;
    directives(act, known, names).await?;
    start_again(act, known, names, &changed).await?;
    known.load_directives(&mut act.tx).await?;
    assignments(act, known, names).await?;
    periods::record(act, known, names).await?;
    known.load_assignments(&mut act.tx).await
}

/// Returns those that were changed, each with the place it stands at.
async fn dispatches(act: &mut Act<'_>, known: &Known) -> Result<HashMap<DispatchKey, Place>, ImportError> {
    let facts = act.facts;
    let (mut new, mut touched, mut changed) = (Vec::new(), Vec::new(), HashMap::new());
    for row in &facts.dispatches {
        let (key, cells) = (DispatchKey::of(&row.value), cells::dispatch(&row.value));
        match known.dispatches.get(&key) {
            None => {
                act.report.added.dispatches += 1;
                act.note(Difference::added("dispatch", key.shown(&act.naming)), None);
                new.push(cells);
            }
            Some(old) if old.cells == cells => act.report.unchanged.dispatches += 1,
            Some(old) => {
                act.report.changed.dispatches += 1;
                let secret = row.value.secrecy >= Secrecy::Mat;
                let changes = changed_cells(DISPATCH, &old.cells, &cells);
                import::update(&mut act.tx, DISPATCH, old.id, &to_write(&changes)).await?;
                if secret {
                    import::forget_texts(&mut act.tx, old.id, &key.number).await?;
                }
                let mut fields = to_show(&changes, |_, _| None);
                for field in fields.iter_mut().filter(|field| secret && field.field == "subject") {
                    (field.old, field.new) = (None, None);
                }
                act.note(Difference::changed("dispatch", key.shown(&act.naming), fields), None);
                touched.extend(known.directives.iter().filter(|(one, _)| one.dispatch == key).map(|(_, row)| row.id));
                changed.insert(key, row.at);
            }
        }
    }
    import::insert(&mut act.tx, DISPATCH, &new).await?;
    let now_ms = act.now_ms();
    import::look_again_at_directives(&mut act.tx, &touched, now_ms).await?;
    Ok(changed)
}

async fn directives(act: &mut Act<'_>, known: &Known, names: &Names) -> Result<(), ImportError> {
    let facts = act.facts;
    let ids: Vec<i64> = known.directives.values().map(|row| row.id).collect();
    let coordinating = import::coordinating(&mut act.tx, &ids).await?;
    let mut new = Vec::new();
    for (key, row) in names.directives.iter().zip(&facts.directives) {
        let Some(dispatch) = key.as_ref().and_then(|key| known.dispatches.get(&key.dispatch)) else { continue };
        let Some(key) = key else { continue };
        let kept = known.directives.get(key).map(|old| &old.cells[QUOTE..]);
        let cells = directive_cells(act, known, dispatch, &row.value, kept)?;
        let mut wanted: Vec<i64> = row.value.coordinating.iter().filter_map(|code| known.unit(code)).collect();
        wanted.sort_unstable();
        let Some(old) = known.directives.get(key) else {
            act.report.added.directives += 1;
            act.note(Difference::added("directive", key.shown(&act.naming)), None);
            new.push(cells);
            continue;
        };
        let held = coordinating.get(&old.id).map(Vec::as_slice).unwrap_or_default();
        if old.cells == cells && held == wanted {
            act.report.unchanged.directives += 1;
            continue;
        }
        let place = row.place("deadline", 0);
        let rule = row.value.deadline.as_ref().map(|deadline| &deadline.rule);
        if periods::changes_kind(act, key, row, old, rule) {
            continue;
        }
        let moved = periods::moved(act, known, old, row, rule).await?;
        let refused = match (row.value.correction, rule) {
            (Correction::Yes, _) => false,
            (Correction::No, Some(DeadlineRule::Recurring(_))) => periods::are_refused(act, place, key, &moved).await?,
            (Correction::No, _) => is_refused(act, place, key, old, &cells).await?,
        };
        if refused {
            continue;
        }
        act.report.changed.directives += 1;
        let changes = changed_cells(DIRECTIVE, &old.cells, &cells);
        import::update(&mut act.tx, DIRECTIVE, old.id, &to_write(&changes)).await?;
        let mut fields = to_show(&changes, |_, id| known.person_code(id).map(ToOwned::to_owned));
        if held != wanted {
            set_coordinating(&mut act.tx, old.id, &wanted).await?;
            let shown = |list: &[i64]| {
                let list: Vec<&str> = list.iter().filter_map(|id| known.unit_code(*id)).collect();
                (!list.is_empty()).then(|| list.join("; "))
            };
            fields.push(FieldChange { field: "coordinating", old: shown(held), new: shown(&wanted) });
        }
        if is_secret(dispatch) {
            for field in fields.iter_mut().filter(|field| matches!(field.field, "title" | "text" | "quote")) {
                (field.old, field.new) = (None, None);
            }
        }
        act.note(Difference::changed("directive", key.shown(&act.naming), fields), None);
        let now_ms = act.now_ms();
        import::look_again_at_directives(&mut act.tx, &[old.id], now_ms).await?;
        if let Some(DeadlineRule::Recurring(_)) = rule {
            periods::move_open(act, known, key, &moved).await?;
        } else if old.cells[DEADLINE] != cells[DEADLINE] || old.cells[DEADLINE_TEXT] != cells[DEADLINE_TEXT] {
            move_assignments(act, known, key, old, &cells, rule, dispatch).await?;
        }
    }
    Ok(import::insert(&mut act.tx, DIRECTIVE, &new).await?)
}

/// Recorded directives that these facts leave out, and whose dispatch has changed: a deadline that counts from its date or
/// its receipt is reckoned anew.
async fn start_again(
    act: &mut Act<'_>,
    known: &Known,
    names: &Names,
    changed: &HashMap<DispatchKey, Place>,
) -> Result<(), ImportError> {
    let listed: HashSet<&DirectiveKey> = names.directives.iter().flatten().collect();
    let mut left_out: Vec<(&DirectiveKey, &Recorded)> = known
        .directives
        .iter()
        .filter(|(key, row)| {
            let relative = row.cells[DEADLINE.start].as_text() == Some(DeadlineKind::Relative.as_str());
            relative && changed.contains_key(&key.dispatch) && !listed.contains(key)
        })
        .collect();
    left_out.sort_by_key(|(_, row)| row.id);
    for (key, old) in left_out {
        let (Some(dispatch), Some(place)) = (known.dispatches.get(&key.dispatch), changed.get(&key.dispatch)) else { continue };
        let Some(rule) = recorded_rule(act, dispatch, old)? else { continue };
        let deadline = resolved(act, dispatch, Some(&rule))?;
        let mut cells = old.cells.clone();
        cells.splice(DEADLINE, cells::directive_deadline(Some(&rule), deadline.as_ref()));
        if cells == old.cells || is_refused(act, *place, key, old, &cells).await? {
            continue;
        }
        let changes = changed_cells(DIRECTIVE, &old.cells, &cells);
        import::update(&mut act.tx, DIRECTIVE, old.id, &to_write(&changes)).await?;
        act.report.changed.directives += 1;
        act.note(Difference::changed("directive", key.shown(&act.naming), to_show(&changes, |_, _| None)), None);
        move_assignments(act, known, key, old, &cells, Some(&rule), dispatch).await?;
    }
    Ok(())
}

/// What the recorded wording of a deadline says.
fn recorded_rule(act: &Act<'_>, dispatch: &Recorded, directive: &Recorded) -> Result<Option<DeadlineRule>, ImportError> {
    let (Some(text), Some(issued)) = (directive.cells[DEADLINE_TEXT].as_text(), day(dispatch, 3, "date")?) else {
        return Ok(None);
    };
    Ok(read_deadline(text, issued, &act.rules.calendar).ok().map(|reading| reading.rule))
}

/// A deadline people were told of changes only as a correction or as an extension; says so at `place` otherwise.
async fn is_refused(
    act: &mut Act<'_>,
    place: Place,
    key: &DirectiveKey,
    old: &Recorded,
    new: &[Cell],
) -> Result<bool, ImportError> {
    // The day it ends and how it is named; wording and first day alone move nothing.
    let moved = old.cells[LAST_DAY..LAST_DAY + 3] != new[LAST_DAY..LAST_DAY + 3];
    let same_words = old.cells[DEADLINE_TEXT] == new[DEADLINE_TEXT];
    let both_wait = old.cells[LAST_DAY].as_text().is_none() && new[LAST_DAY].as_text().is_none();
    // The day of receipt has come to be known: the words of the deadline are what they were.
    let found_its_start = same_words && old.cells[LAST_DAY].as_text().is_none();
    let changed = if both_wait { !same_words } else { moved && !found_its_start };
    if !changed || !import::messages_went_out(&mut act.tx, old.id).await? {
        return Ok(false);
    }
    let shown = |cells: &[Cell]| match shown_deadline(&cells[DEADLINE]) {
        Some(day) => day,
        None => cells[DEADLINE_TEXT].as_text().unwrap_or("–").to_owned(),
    };
    let (language, name, held, wanted) = (act.said.language, key.shown(&act.naming), shown(&old.cells), shown(new));
    let message = say!(
        language,
        "thời hạn của {name} đổi từ {held} thành {wanted}, nhưng tin nhắn về thời hạn cũ đã gửi đi",
        "the deadline of {name} changes from {held} to {wanted}, but messages about the old one went out"
    );
    let help = say!(
        language,
        "nếu được gia hạn, ghi một mục [[extension]]; nếu dòng cũ ghi sai, thêm correction = true vào mục [[directive]]",
        "if it was extended, write an [[extension]]; if the old row was wrong, add correction = true to the [[directive]]"
    );
    act.said.error("deadline-changed", place, message, help);
    Ok(true)
}

/// Puts the directive's new deadline in force for every assignment; one with an extension of its own keeps it, unless the new deadline
/// is later: nobody is pressed before the day the dispatch itself gives.
async fn move_assignments(
    act: &mut Act<'_>,
    known: &Known,
    key: &DirectiveKey,
    old: &Recorded,
    new: &[Cell],
    rule: Option<&DeadlineRule>,
    dispatch: &Recorded,
) -> Result<(), ImportError> {
    let from_directive = resolved(act, dispatch, rule)?;
    let found_its_start = old.cells[DEADLINE_TEXT] == new[DEADLINE_TEXT] && old.cells[LAST_DAY].as_text().is_none();
    let assignments = known.assignments.get(&old.id).map(Vec::as_slice).unwrap_or_default();
    let ids: Vec<i64> = assignments.iter().map(|one| one.id).collect();
    let extensions = import::extensions(&mut act.tx, &ids).await?;
    for assignment in assignments {
        let held = &assignment.cells[ASSIGNMENT_DEADLINE];
        // It started with the acknowledgement already; the day of receipt comes too late.
        if found_its_start && held[1].as_text().is_some() {
            continue;
        }
        let deadline = match (from_directive, rule) {
            (None, Some(DeadlineRule::Relative { amount, .. })) => {
                let start = import::first_acknowledged(&mut act.tx, assignment.id).await?;
                start.map(|at| resolve_relative(*amount, RelativeStart::Instant(at), &act.rules.calendar))
            }
            (from_directive, _) => from_directive,
        };
        let deadline = deadline::in_force(deadline, extensions.get(&assignment.id));
        let now = act.now;
        if correct_deadline(&mut act.tx, assignment.id, deadline.as_ref(), now).await? == Change::Unchanged {
            continue;
        }
        act.changed_assignments.insert(assignment.id);
        let unit = assignment.cells[1].as_number().and_then(|id| known.unit_code(id)).unwrap_or_default();
        let fields = vec![FieldChange {
            field: "deadline",
            old: shown_deadline(held),
            new: shown_deadline(&cells::deadline(deadline.as_ref())),
        }];
        act.note(Difference::changed("assignment", format!("{}@{unit}", key.shown(&act.naming)), fields), Some(assignment.id));
    }
    Ok(())
}

async fn assignments(act: &mut Act<'_>, known: &Known, names: &Names) -> Result<(), ImportError> {
    let (facts, now) = (act.facts, act.now);
    let mut new = Vec::new();
    let mut shown = HashMap::new();
    for (key, row) in names.directives.iter().zip(&facts.directives) {
        let Some((key, directive)) = key.as_ref().and_then(|key| Some((key, known.directives.get(key)?))) else { continue };
        let Some(dispatch) = known.dispatches.get(&key.dispatch) else { continue };
        shown.insert(directive.id, key.shown(&act.naming));
        let held = known.assignments.get(&directive.id).map(Vec::as_slice).unwrap_or_default();
        if held.is_empty() {
            let coordinating: Vec<i64> = row.value.coordinating.iter().filter_map(|code| known.unit(code)).collect();
            set_coordinating(&mut act.tx, directive.id, &coordinating).await?;
        }
        let rule = row.value.deadline.as_ref().map(|deadline| &deadline.rule);
        let deadline = resolved(act, dispatch, rule)?;
        let lead: Vec<i64> = row.value.lead.iter().filter_map(|code| known.unit(code)).collect();
        let recurs = matches!(rule, Some(DeadlineRule::Recurring(_)));
        if recurs {
            // Its assignments are periods, which are opened in their turn.
            let theirs = held.iter().filter(|one| one.cells[1].as_number().is_some_and(|unit| lead.contains(&unit)));
            act.listed_assignments.extend(theirs.map(|one| one.id));
        }
        for unit in lead.iter().filter(|_| !recurs) {
            let recorded = held.iter().find(|one| one.cells[1] == Cell::number(*unit));
            match recorded {
                Some(one) => {
                    act.listed_assignments.insert(one.id);
                }
                None => new.push(NewAssignment {
                    directive_id: directive.id,
                    unit_id: *unit,
                    period: String::new(),
                    known_at: now,
                    deadline,
                }),
            }
        }
        warn_of_left_out(act, known, row, key, held, &lead);
    }
    for made in insert_assignments(&mut act.tx, &new).await? {
        act.added_assignments.insert(made.id);
        let directive = shown.get(&made.directive_id).map_or("", String::as_str);
        let unit = known.unit_code(made.unit_id).unwrap_or_default();
        let name = format!("{directive}@{unit}");
        act.note_assignment(name, made.id, made.deadline.as_deref(), Work::NotAcknowledged);
    }
    Ok(())
}

/// A unit left out of `lead` keeps its assignment: a row left out stays.
fn warn_of_left_out(
    act: &mut Act<'_>,
    known: &Known,
    row: &Row<DirectiveFact>,
    key: &DirectiveKey,
    held: &[Recorded],
    lead: &[i64],
) {
    let withdrawn = |one: &Recorded| one.cells[10].as_text() == Some(Work::Withdrawn.as_str());
    // What was transferred away from a unit that stands there is not left out by mistake.
    let transferred = |one: &Recorded| one.cells[13].as_number().is_some_and(|unit| lead.contains(&unit));
    let left_out = held.iter().filter(|one| !withdrawn(one) && !transferred(one)).filter_map(|one| one.cells[1].as_number());
    let mut left_out: Vec<&str> = left_out.filter(|unit| !lead.contains(unit)).filter_map(|unit| known.unit_code(unit)).collect();
    left_out.dedup();
    if left_out.is_empty() {
        return;
    }
    let (language, list, name) = (act.said.language, left_out.join(", "), key.shown(&act.naming));
    let message = say!(
        language,
        "{name}: không còn ghi {list} trong \"lead\", nhưng việc đã giao vẫn giữ nguyên",
        "{name}: {list} no longer stands in \"lead\", but what was assigned stays"
    );
    let help = say!(
        language,
        "để thôi giao, dùng: dondoc reply \"{name}@ĐƠN-VỊ\" withdraw",
        "to take it back, use: dondoc reply \"{name}@UNIT\" withdraw"
    );
    act.said.warning("lead-stays", row.place("lead", 0), message, help);
}

/// The deadline a rule gives, as far as its start is known from the dispatch.
fn resolved(act: &Act<'_>, dispatch: &Recorded, rule: Option<&DeadlineRule>) -> Result<Option<Deadline>, ImportError> {
    Ok(match rule {
        Some(DeadlineRule::Fixed(deadline)) => Some(*deadline),
        Some(DeadlineRule::Relative { amount, anchor }) => {
            let start = match anchor {
                RelativeAnchor::Issued => day(dispatch, 3, "date")?,
                RelativeAnchor::Received => day(dispatch, 4, "received")?,
            };
            start.map(|day| resolve_relative(*amount, RelativeStart::Day(day), &act.rules.calendar))
        }
        Some(DeadlineRule::Recurring(_)) | None => None,
    })
}

/// A date among the cells of a dispatch.
pub(super) fn day(dispatch: &Recorded, index: usize, column: &'static str) -> Result<Option<Date>, StoreError> {
    let Some(text) = dispatch.cells[index].as_text() else { return Ok(None) };
    text.parse().map(Some).map_err(|_| StoreError::Damaged { column, value: text.to_owned() })
}

fn directive_cells(
    act: &Act<'_>,
    known: &Known,
    dispatch: &Recorded,
    fact: &DirectiveFact,
    kept_quote: Option<&[Cell]>,
) -> Result<Vec<Cell>, ImportError> {
    let rule = fact.deadline.as_ref().map(|deadline| &deadline.rule);
    let resolved = resolved(act, dispatch, rule)?;
    let secret = is_secret(dispatch);
    let mut cells = vec![
        Cell::number(dispatch.id),
        Cell::text(&fact.clause),
        Cell::number(fact.ordinal.into()),
        Cell::Text(fact.clause_as_typed.clone()),
        // The last door: what a secret directive says is not written, whatever a caller hands in.
        Cell::text(if secret { code_of(dispatch, fact) } else { fact.title.clone() }),
        Cell::Text(fact.text.clone().filter(|_| !secret)),
        Cell::text(fact.follow.as_str()),
        Cell::Text(fact.deadline.as_ref().map(|deadline| deadline.text.clone())),
        Cell::Text(fact.deadline_set_by.clone()),
    ];
    cells.extend(cells::directive_deadline(rule, resolved.as_ref()));
    cells.push(Cell::Text(fact.target.as_ref().map(target_text)));
    cells.push(Cell::Number(fact.assignee.as_deref().and_then(|code| known.person(code))));
    cells.push(cells::day(fact.until));
    cells.push(Cell::Number(fact.cut_off.map(|cut_off| cut_off.day().into())));
    cells.push(Cell::Text(fact.supervisor.as_ref().map(role_text)));
    // An old quote of a dispatch that has become secret was taken out with the texts.
    cells.extend(cells::quote(fact.quote.as_ref().filter(|_| !secret), kept_quote));
    Ok(cells)
}

/// What stands for the title of a secret directive.
fn code_of(dispatch: &Recorded, fact: &DirectiveFact) -> String {
    let again = if fact.ordinal > 1 { format!("~{}", fact.ordinal) } else { String::new() };
    format!("{}#{}{again}", dispatch.cells[2].as_text().unwrap_or_default(), fact.clause)
}

fn is_secret(dispatch: &Recorded) -> bool {
    dispatch.cells[11].as_text().and_then(Secrecy::parse).is_none_or(|secrecy| secrecy >= Secrecy::Mat)
}

/// The cells of a deadline as people read them.
pub(super) fn shown_deadline(cells: &[Cell]) -> Option<String> {
    Some(day_and_time(cells[1].as_text()?, cells[3].as_text()))
}
