//! The numbers of a brief: what is read first, and the tables in both forms a mail has.

use minijinja::context;
use minijinja::value::Value;

use super::super::table::Table;
use super::super::text::{by, number};
use super::count_or_zero;
use crate::channel::letter::{UnitTally, WeeklyBrief};
use crate::domain::rules::Language;
use crate::domain::tally::Tally;

/// The four numbers that are read first.
pub(super) fn figures(brief: &WeeklyBrief, total: &Tally, language: Language) -> Value {
    let figure = |n: u64, label: &str, stress: &str| context! { number => count_or_zero(n, language), label, stress };
    let late = if total.late() > 0 { "late" } else { "" };
    [
        figure(total.late(), by!(language, "quá hạn", "overdue"), late),
        figure(total.in_time, by!(language, "trong hạn", "in time"), ""),
        figure(brief.done.0 + brief.done.1, by!(language, "hoàn thành trong tuần", "done in the week"), ""),
        figure(brief.new, by!(language, "mới giao trong tuần", "new in the week"), ""),
    ]
    .into_iter()
    .collect()
}

/// A cell: nothing is quiet, late is stressed.
fn cell(n: u64, stress: &str, language: Language) -> Value {
    let quiet = n == 0;
    context! { text => shown(n, language), quiet, stress => if quiet { "" } else { stress } }
}

#[expect(clippy::cast_precision_loss, reason = "a count of assignments, far below 2^52")]
fn shown(n: u64, language: Language) -> String {
    if n == 0 { "–".to_owned() } else { number(n as f64, language) }
}

/// A row of numbers: which of them are late ones.
type Cells = Vec<(u64, &'static str)>;

fn square_cells(tally: &Tally) -> Cells {
    vec![
        (tally.all() - tally.withdrawn, ""),
        (tally.done_on_time, ""),
        (tally.done_late, ""),
        (tally.in_time, ""),
        (tally.late(), "late"),
        (tally.waiting, ""),
        (tally.undated, ""),
    ]
}

fn age_cells(tally: &Tally) -> Cells {
    let [week, month, four_months, longer] = tally.late_by_age;
    vec![(tally.late(), "late"), (week, ""), (month, ""), (four_months, ""), (longer, "late")]
}

/// Table 1: the 2×2 by unit.
pub(super) fn square(brief: &WeeklyBrief, total: &Tally, language: Language) -> Value {
    let caption = by!(language, "Bảng 1. Tình hình thực hiện theo đơn vị", "Table 1. By unit");
    let groups: [(&str, u8); 4] = by!(
        language,
        [("Tổng số", 1), ("Hoàn thành", 2), ("Chưa hoàn thành", 2), ("Ngoài ra", 2)],
        [("All", 1), ("Done", 2), ("Not done", 2), ("Besides", 2)]
    );
    let heads: [&str; 6] = by!(
        language,
        ["Đúng hạn", "Quá hạn", "Trong hạn", "Quá hạn", "Chờ nghiệm thu", "Chưa có hạn"],
        ["On time", "Late", "In time", "Over-due", "To be accepted", "No date"]
    );
    let lines: [&[&str]; 7] = by!(
        language,
        [
            &["Tổng", "số"],
            &["Xong", "đúng", "hạn"],
            &["Xong", "quá", "hạn"],
            &["Còn", "trong", "hạn"],
            &["Còn", "quá", "hạn"],
            &["Chờ", "nghiệm", "thu"],
            &["Chưa", "có", "hạn"],
        ],
        [
            &["All"],
            &["Done", "on", "time"],
            &["Done", "late"],
            &["Open", "in", "time"],
            &["Open", "overdue"],
            &["To be", "accepted"],
            &["No", "date"],
        ]
    );
    let rows: Vec<&UnitTally> = brief.units.iter().collect();
    table(caption, &rows, total, square_cells, &lines, language, context! { groups => pairs(&groups), heads => heads.to_vec() })
}

/// Table 2: how long the late ones have been late; only units that have any.
pub(super) fn ages(brief: &WeeklyBrief, total: &Tally, language: Language) -> Value {
    let rows: Vec<&UnitTally> = brief.units.iter().filter(|row| row.tally.late() > 0).collect();
    if rows.is_empty() {
        return Value::from(());
    }
    let caption = by!(language, "Bảng 2. Thời gian quá hạn (ngày theo lịch)", "Table 2. How long overdue (calendar days)");
    let groups: [(&str, u8); 2] =
        by!(language, [("Quá hạn", 1), ("Số ngày đã quá hạn", 4)], [("Overdue", 1), ("Days overdue", 4)]);
    let heads: [&str; 4] = ["1–7", "8–30", "31–120", by!(language, "trên 120", "over 120")];
    let lines: [&[&str]; 5] = by!(
        language,
        [&["Quá", "hạn"], &["1–7", "ngày"], &["8–30", "ngày"], &["31–120", "ngày"], &["trên", "120", "ngày"]],
        [&["Overdue"], &["1–7", "days"], &["8–30", "days"], &["31–120", "days"], &["over", "120", "days"]]
    );
    table(caption, &rows, total, age_cells, &lines, language, context! { groups => pairs(&groups), heads => heads.to_vec() })
}

fn pairs(groups: &[(&str, u8)]) -> Value {
    groups.iter().map(|(label, span)| context! { label => *label, span => *span }).collect()
}

/// A table for both parts of a mail: cells for HTML, lines for the text.
fn table(
    caption: &str,
    units: &[&UnitTally],
    total: &Tally,
    cells: fn(&Tally) -> Cells,
    heads: &[&[&str]],
    language: Language,
    head: Value,
) -> Value {
    let (unit_word, total_word) = by!(language, ("Đơn vị", "Tổng cộng"), ("Unit", "Total"));
    let of = |tally: &Tally| cells(tally).into_iter().map(|(n, stress)| cell(n, stress, language)).collect::<Value>();
    let plain = |tally: &Tally| cells(tally).into_iter().map(|(n, _)| shown(n, language)).collect::<Vec<_>>();
    // One unit is its own total.
    let several = units.len() > 1;
    let text = Table {
        name: unit_word,
        heads,
        rows: units.iter().map(|row| (row.unit.clone(), plain(&row.tally))).collect(),
        total: several.then(|| (total_word.to_owned(), plain(total))),
    };
    context! {
        caption => caption,
        unit => unit_word,
        head => head,
        rows => units.iter().map(|row| context! { unit => &row.unit, cells => of(&row.tally) }).collect::<Value>(),
        total => several.then(|| context! { unit => total_word, cells => of(total) }),
        lines => text.lines(),
    }
}
