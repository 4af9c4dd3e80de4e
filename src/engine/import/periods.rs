//! Recurring directives: their series follow the facts, their open periods only where nobody was told yet.

use std::collections::HashMap;

use jiff::Timestamp;

use super::check::Names;
use super::difference::{Difference, FieldChange};
use super::directives::{day, shown_deadline};
use super::known::{DirectiveKey, Known};
use super::{Act, ImportError, cells};
use crate::domain::deadline::{self, Deadline, DeadlineKind, DeadlineRule};
use crate::domain::directive::Work;
use crate::domain::recurrence::{Period, Recurrence};
use crate::engine::period::{self, Opened, Turn};
use crate::facts::{DirectiveFact, Place, Row};
use crate::store::import::{self, Cell, Recorded};
use crate::store::rows::Change;
use crate::store::series::{self, Series};
use crate::store::works::correct_deadline;
use crate::tree::say;

/// Where the columns of a deadline begin among the cells of a directive, and of an assignment.
const KIND: usize = 9;
const DEADLINE: std::ops::Range<usize> = 4..9;
const PERIOD: usize = 2;

/// An open period whose deadline the facts change.
pub(super) struct Moved {
    assignment: Recorded,
    deadline: Deadline,
}

/// A directive is recurring or it is not: periods and a single assignment of one directive cannot be told apart by name.
pub(super) fn changes_kind(
    act: &mut Act<'_>,
    key: &DirectiveKey,
    row: &Row<DirectiveFact>,
    old: &Recorded,
    rule: Option<&DeadlineRule>,
) -> bool {
    let was = old.cells[KIND].as_text() == Some(DeadlineKind::Recurring.as_str());
    let is = matches!(rule, Some(DeadlineRule::Recurring(_)));
    if was == is {
        return false;
    }
    let (language, name) = (act.said.language, key.shown(&act.naming));
    let message = if is {
        say!(
            language,
            "{name} đã giao một lần, không đổi thành định kỳ được",
            "{name} was assigned once and cannot become recurring"
        )
    } else {
        say!(
            language,
            "{name} là nhiệm vụ định kỳ, không đổi thành một lần được",
            "{name} recurs and cannot become a single duty"
        )
    };
    let help = say!(
        language,
        "ghi nhiệm vụ mới thành nội dung thứ hai của điểm đó (clause = \"…~2\"); dừng kỳ cũ bằng until = NGÀY",
        "write the new duty as the second directive of the clause (clause = \"…~2\"); until = DATE ends the old series"
    );
    act.said.error("recurrence-changed", row.place("deadline", 0), message, help);
    true
}

/// The open periods whose deadline is another under the new rule; one with an extension of its own keeps it, unless the other is later.
pub(super) async fn moved(
    act: &mut Act<'_>,
    known: &Known,
    old: &Recorded,
    row: &Row<DirectiveFact>,
    rule: Option<&DeadlineRule>,
) -> Result<Vec<Moved>, ImportError> {
    let Some(DeadlineRule::Recurring(rule)) = rule else { return Ok(Vec::new()) };
    let all = known.assignments.get(&old.id).map(Vec::as_slice).unwrap_or_default();
    let ids: Vec<i64> = all.iter().map(|one| one.id).collect();
    let extensions = import::extensions(&mut act.tx, &ids).await?;
    let is_open = |one: &&Recorded| one.cells[10].as_text().and_then(Work::parse).is_some_and(|work| !work.is_closed());
    let mut moved = Vec::new();
    for one in all.iter().filter(is_open) {
        let Some(period) = period_of(one).filter(|period| rule.has(*period)) else { continue };
        let given = period::deadline(rule, period, row.value.cut_off);
        let Some(deadline) = deadline::in_force(Some(given), extensions.get(&one.id)) else { continue };
        if cells::deadline(Some(&deadline)) != one.cells[DEADLINE] {
            moved.push(Moved { assignment: one.clone(), deadline });
        }
    }
    Ok(moved)
}

/// The deadline of a period people were told of changes only as a correction or as an extension; says so at `place`.
pub(super) async fn are_refused(
    act: &mut Act<'_>,
    place: Place,
    key: &DirectiveKey,
    moved: &[Moved],
) -> Result<bool, ImportError> {
    for one in moved {
        let (old, new) = (&one.assignment.cells[DEADLINE], cells::deadline(Some(&one.deadline)));
        // The first day its figures cover moves nothing.
        if old[1..4] == new[1..4] || !import::messages_of_assignment_went_out(&mut act.tx, one.assignment.id).await? {
            continue;
        }
        let (language, name) = (act.said.language, key.shown(&act.naming));
        let period = one.assignment.cells[PERIOD].as_text().unwrap_or_default();
        let shown = |cells: &[Cell]| shown_deadline(cells).unwrap_or_else(|| "–".to_owned());
        let (held, wanted) = (shown(old), shown(&new));
        let message = say!(
            language,
            "thời hạn kỳ {period} của {name} đổi từ {held} thành {wanted}, nhưng tin nhắn về thời hạn cũ đã gửi đi",
            "the deadline of period {period} of {name} changes from {held} to {wanted}, but messages about the old one went out"
        );
        let help = say!(
            language,
            "nếu kỳ này được gia hạn, ghi một mục [[extension]] có period = \"{period}\"; nếu dòng cũ ghi sai, thêm correction = true",
            "if this period was extended, write an [[extension]] with period = \"{period}\"; if the old row was wrong, add correction = true"
        );
        act.said.error("deadline-changed", place, message, help);
        return Ok(true);
    }
    Ok(false)
}

/// Puts the new deadlines of open periods in force.
pub(super) async fn move_open(act: &mut Act<'_>, known: &Known, key: &DirectiveKey, moved: &[Moved]) -> Result<(), ImportError> {
    for one in moved {
        let (id, now) = (one.assignment.id, act.now);
        if correct_deadline(&mut act.tx, id, Some(&one.deadline), now).await? == Change::Unchanged {
            continue;
        }
        act.changed_assignments.insert(id);
        let old = shown_deadline(&one.assignment.cells[DEADLINE]);
        let new = shown_deadline(&cells::deadline(Some(&one.deadline)));
        let fields = vec![FieldChange { field: "deadline", old, new }];
        act.note(Difference::changed("assignment", shown(known, key, &one.assignment), fields), Some(id));
    }
    Ok(())
}

/// Points the series of every recurring directive of the facts to the period that is next under them, and opens what is due.
pub(super) async fn record(act: &mut Act<'_>, known: &Known, names: &Names) -> Result<(), ImportError> {
    let facts = act.facts;
    let mut listed = Vec::new();
    for (key, row) in names.directives.iter().zip(&facts.directives) {
        let Some(DeadlineRule::Recurring(rule)) = row.value.deadline.as_ref().map(|deadline| &deadline.rule) else { continue };
        if let Some((key, directive)) = key.as_ref().and_then(|key| Some((key, known.directives.get(key)?))) {
            listed.push((key, directive, row, rule));
        }
    }
    let ids: Vec<i64> = listed.iter().map(|(_, directive, ..)| directive.id).collect();
    let mut held: HashMap<(i64, i64), Series> = HashMap::new();
    for one in series::of_directives(&mut act.tx, &ids).await? {
        held.insert((one.directive_id, one.unit_id), one);
    }
    let mut due = Vec::new();
    let mut shown = HashMap::new();
    for (key, directive, row, rule) in listed {
        shown.insert(directive.id, key.shown(&act.naming));
        let Some(dispatch) = known.dispatches.get(&key.dispatch) else { continue };
        let Some(issued) = day(dispatch, 3, "date")? else { continue };
        let opened = known.assignments.get(&directive.id).map(Vec::as_slice).unwrap_or_default();
        let lead: Vec<i64> = row.value.lead.iter().filter_map(|code| known.unit(code)).collect();
        for unit in &lead {
            let last = opened.iter().filter(|one| one.cells[1] == Cell::number(*unit)).filter_map(period_of);
            let last = last.max_by_key(|period| period.last_day());
            let (next, opens_at) = next(act, rule, issued, last);
            let is_over = row.value.until.is_some_and(|until| rule.deadline(next).last_day > until);
            if is_over && last.is_none() {
                warn_of_the_end(act, key, row);
            }
            let opens_at = opens_at.filter(|_| !is_over);
            let one = held.remove(&(directive.id, *unit));
            let is_same = one.as_ref().is_some_and(|one| one.next == next && one.opens_at == opens_at);
            // What has ended by a dispatch that replaces its own is not begun again.
            let is_replaced =
                one.as_ref().is_some_and(|one| one.next == next && one.replaced_on.is_some() && one.opens_at.is_none());
            if !is_same && !is_replaced {
                let id = series::point(&mut act.tx, directive.id, *unit, next, opens_at).await?;
                if opens_at.is_some_and(|at| at <= act.now) {
                    due.push(id);
                }
            }
        }
    }
    // A unit that is lead no longer keeps what was opened and gets no further period.
    for one in held.into_values().filter(|one| one.opens_at.is_some()) {
        series::point(&mut act.tx, one.directive_id, one.unit_id, one.next, None).await?;
    }
    let (rules, now) = (act.rules, act.now);
    for one in period::open_these(&mut act.tx, rules, &due, now).await? {
        let Opened { assignment_id, directive_id, unit_id, period, deadline, turn } = one;
        act.added_assignments.insert(assignment_id);
        let directive = shown.get(&directive_id).map_or("", String::as_str);
        let unit = known.unit_code(unit_id).unwrap_or_default();
        let work = if turn == Turn::Passed { Work::Withdrawn } else { Work::NotAcknowledged };
        act.note_assignment(format!("{directive}@{unit}/{period}"), assignment_id, deadline.as_deref(), work);
    }
    Ok(())
}

/// The period that is opened next, and when: after the last one that was, else the first, at once.
fn next(act: &Act<'_>, rule: &Recurrence, issued: jiff::civil::Date, last: Option<Period>) -> (Period, Option<Timestamp>) {
    let calendar = &act.rules.calendar;
    let Some(last) = last else {
        return (period::first(rule, issued, calendar.date_of(act.now)), Some(act.now));
    };
    let end = last.last_day();
    let next = rule.first_due_from(end.tomorrow().unwrap_or(end));
    (next, Some(period::start(rule, next, calendar).max(calendar.instant(end, 1440))))
}

fn warn_of_the_end(act: &mut Act<'_>, key: &DirectiveKey, row: &Row<DirectiveFact>) {
    let (language, name) = (act.said.language, key.shown(&act.naming));
    let message = say!(
        language,
        "{name}: mọi kỳ đều sau \"until\", không có kỳ nào được giao",
        "{name}: every period ends after \"until\", none is assigned"
    );
    let help = say!(language, "xem lại ngày \"until\"", "look at the day of \"until\"");
    act.said.warning("recurrence-ended", row.place("deadline", 0), message, help);
}

fn period_of(assignment: &Recorded) -> Option<Period> {
    Period::parse(assignment.cells[PERIOD].as_text()?)
}

/// An assignment as people name it.
pub(super) fn shown(known: &Known, key: &DirectiveKey, assignment: &Recorded) -> String {
    let directive = key.shown(&known.naming);
    let unit = assignment.cells[1].as_number().and_then(|id| known.unit_code(id)).unwrap_or_default();
    match assignment.cells[PERIOD].as_text() {
        Some(period) if !period.is_empty() => format!("{directive}@{unit}/{period}"),
        _ => format!("{directive}@{unit}"),
    }
}
