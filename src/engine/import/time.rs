//! Extensions and figures.

use std::collections::HashMap;

use super::check::Names;
use super::difference::{Difference, FieldChange, Kind};
use super::directives::shown_deadline;
use super::known::{DirectiveKey, Known};
use super::{Act, ImportError, cells, periods};
use crate::diagnostic::quoted;
use crate::domain::directive::Work;
use crate::facts::{ExtensionFact, Row};
use crate::store::import::{self, Cell, FIGURE, Recorded};
use crate::store::rows::Change;
use crate::store::works::{ExtensionRow, FigureRow, extend, upsert_figure};
use crate::tree::say;

/// Grants what the facts say was granted; one that stands there already changes nothing.
pub(super) async fn record_extensions(act: &mut Act<'_>, known: &Known, names: &Names) -> Result<(), ImportError> {
    let (facts, now) = (act.facts, act.now);
    // Several extensions of one assignment may come with one import: each starts where the one before ended.
    let mut in_force: HashMap<i64, InForce> = HashMap::new();
    for (key, row) in names.extensions.iter().zip(&facts.extensions) {
        let Some((key, directive)) = key.as_ref().and_then(|key| Some((key, known.directives.get(key)?))) else { continue };
        let wanted = row.value.unit.as_deref().and_then(|code| known.unit(code));
        let all = known.assignments.get(&directive.id).map(Vec::as_slice).unwrap_or_default();
        let theirs = all.iter().filter(|one| wanted.is_none() || one.cells[1].as_number() == wanted);
        let period = row.value.period.map_or_else(String::new, |period| period.to_string());
        let theirs: Vec<&Recorded> = theirs.filter(|one| one.cells[2].as_text() == Some(&period)).collect();
        if theirs.is_empty() {
            say_the_periods(act, row, all, key);
        }
        for assignment in theirs.into_iter().filter(|one| !is_withdrawn(one)) {
            // One for all units moves none of them back that was given longer.
            let held = in_force.get(&assignment.id).cloned().unwrap_or_else(|| InForce::recorded(assignment));
            if wanted.is_none() && held.last_day > Some(row.value.deadline.last_day.to_string()) {
                act.report.unchanged.extensions += 1;
                continue;
            }
            let extension = ExtensionRow {
                assignment_id: assignment.id,
                deadline: row.value.deadline,
                basis: row.value.basis.clone(),
                date: row.value.date,
                recorded_at: now,
            };
            if extend(&mut act.tx, &extension).await? == Change::Unchanged {
                act.report.unchanged.extensions += 1;
                continue;
            }
            act.report.added.extensions += 1;
            act.changed_assignments.insert(assignment.id);
            let new = shown_deadline(&cells::deadline(Some(&row.value.deadline)));
            let now_held = InForce { last_day: Some(row.value.deadline.last_day.to_string()), shown: new.clone() };
            in_force.insert(assignment.id, now_held);
            let old = held.shown;
            let mut fields = vec![FieldChange { field: "deadline", old, new }];
            if let Some(basis) = &row.value.basis {
                fields.push(FieldChange { field: "basis", old: None, new: Some(basis.clone()) });
            }
            let key = periods::shown(known, key, assignment);
            act.note(Difference { kind: Kind::Added, table: "extension", key, fields }, Some(assignment.id));
        }
    }
    Ok(())
}

/// An extension of a recurring duty is for one period; of any other it names none.
fn say_the_periods(act: &mut Act<'_>, row: &Row<ExtensionFact>, all: &[Recorded], key: &DirectiveKey) {
    let mut opened: Vec<&str> = all.iter().filter_map(|one| one.cells[2].as_text()).filter(|text| !text.is_empty()).collect();
    opened.sort_unstable();
    opened.dedup();
    let (language, name) = (act.said.language, quoted(&key.shown(&act.naming)));
    let message = match row.value.period {
        Some(period) => say!(language, "{name} chưa có kỳ {period}", "{name} has no period {period}"),
        None => {
            say!(language, "{name} là nhiệm vụ định kỳ: chưa ghi gia hạn cho kỳ nào", "{name} recurs: which period is extended?")
        }
    };
    let help = if opened.is_empty() {
        say!(language, "bỏ khóa \"period\"", "leave \"period\" out")
    } else {
        let list = opened.join(", ");
        say!(language, "ghi period = một trong các kỳ đã giao: {list}", "write period = one of those that were opened: {list}")
    };
    act.said.error("unknown-period", row.place("period", 0), message, help);
}

/// A duty that was withdrawn or went to another unit ends on no day any more.
fn is_withdrawn(assignment: &Recorded) -> bool {
    assignment.cells[10].as_text() == Some(Work::Withdrawn.as_str())
}

/// The deadline of an assignment as an import goes on.
#[derive(Clone)]
struct InForce {
    /// In ISO form.
    last_day: Option<String>,
    /// As people read it.
    shown: Option<String>,
}

impl InForce {
    fn recorded(assignment: &Recorded) -> Self {
        Self { last_day: assignment.cells[5].as_text().map(ToOwned::to_owned), shown: shown_deadline(&assignment.cells[4..9]) }
    }
}

/// Records figures by directive, unit and day.
pub(super) async fn record_figures(act: &mut Act<'_>, known: &Known, names: &Names) -> Result<(), ImportError> {
    let (facts, now) = (act.facts, act.now);
    let ids: Vec<i64> = names.figures.iter().flatten().filter_map(|key| known.directives.get(key)).map(|row| row.id).collect();
    let ids: Vec<i64> = ids.into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let recorded = import::among(&mut act.tx, FIGURE, "directive_id", &ids).await?;
    let held: HashMap<&[Cell], &[Cell]> = recorded.iter().map(|row| (&row.cells[..3], &row.cells[3..5])).collect();
    for (key, row) in names.figures.iter().zip(&facts.figures) {
        let Some((key, directive)) = key.as_ref().and_then(|key| Some((key, known.directives.get(key)?))) else { continue };
        let Some(unit) = known.unit(&row.value.unit) else { continue };
        let identity = [Cell::number(directive.id), Cell::number(unit), cells::day(Some(row.value.as_of))];
        let figure = FigureRow {
            directive_id: directive.id,
            unit_id: unit,
            as_of: row.value.as_of,
            value: row.value.value,
            source: row.value.source.clone(),
            recorded_at: now,
        };
        if directive.cells[14].as_text().is_none() {
            let (language, name) = (act.said.language, quoted(&key.shown(&act.naming)));
            let message = say!(language, "{name} không có chỉ tiêu để so sánh", "{name} has no target to compare with");
            let help = say!(
                language,
                "thêm target = {{ … }} cho nội dung đó (bảng tính: cột \"Chỉ tiêu\")",
                "add target = {{ … }} to that directive (in a table: the column \"Chỉ tiêu\", target)"
            );
            act.said.warning("figure-without-target", row.place("directive", 0), message, help);
        }
        let difference = match upsert_figure(&mut act.tx, &figure).await? {
            Change::Unchanged => {
                act.report.unchanged.figures += 1;
                continue;
            }
            Change::Added => {
                act.report.added.figures += 1;
                Difference::added("figure", format!("{}@{} {}", key.shown(&act.naming), row.value.unit, row.value.as_of))
            }
            Change::Changed => {
                act.report.changed.figures += 1;
                let old = held.get(&identity[..]).copied().unwrap_or_default();
                let text = |index: usize| old.get(index).and_then(Cell::as_text).map(ToOwned::to_owned);
                let fields = vec![
                    FieldChange { field: "value", old: text(0), new: Some(figure.value.to_string()) },
                    FieldChange { field: "source", old: text(1), new: figure.source.clone() },
                ];
                let fields = fields.into_iter().filter(|field| field.old != field.new).collect();
                Difference::changed(
                    "figure",
                    format!("{}@{} {}", key.shown(&act.naming), row.value.unit, row.value.as_of),
                    fields,
                )
            }
        };
        let all = known.assignments.get(&directive.id).map(Vec::as_slice).unwrap_or_default();
        let assignment = all.iter().find(|one| one.cells[1].as_number() == Some(unit)).map(|one| one.id);
        act.note(difference, assignment);
    }
    Ok(())
}
