//! Figures and extensions of tables: a value in each row, or a column for each month.

use jiff::civil::Date;

use super::branch::{Branch, Branches};
use super::cell::one_line;
use super::heading::{Kind, year_of};
use super::register::Register;
use super::sheet::{Line, Sheet};
use super::shelf::split_number;
use crate::diagnostic::quoted;
use crate::tree::{Problems, say};

/// The figures or the extensions of one sheet.
pub(super) fn write(sheet: &Sheet<'_>, units: &Register, problems: &Problems, branches: &mut Branches) {
    for line in &sheet.lines {
        match sheet.kind {
            Kind::Figure if sheet.months.is_empty() => {
                let mut row = Branch::new(line, problems, &["unit", "as_of", "value"]);
                begin(&mut row, line, units);
                row.dates(&["as_of"]);
                if let Some((text, span)) = row.given("value")
                    && let Some(number) = row.number(text, span)
                {
                    row.put("value", span, number.to_string());
                }
                row.texts(&["source"]);
                branches.push("figure", row);
            }
            Kind::Figure => by_month(sheet, line, units, problems, branches),
            _ => {
                let mut row = Branch::new(line, problems, &["deadline"]);
                begin(&mut row, line, units);
                row.dates(&["deadline", "date"]);
                row.texts(&["basis"]);
                branches.push("extension", row);
            }
        }
    }
}

/// The directive, by its name or by the number and the clause, and the unit.
fn begin(row: &mut Branch<'_, '_>, line: &Line<'_>, units: &Register) {
    if let Some((text, span)) = row.given("directive") {
        row.put("directive", span, one_line(text));
    } else if let (Some((number, span)), Some((clause, _))) = (row.given("number"), row.given("clause")) {
        row.put("directive", span, format!("{}#{}", split_number(number).0, one_line(clause)));
    } else {
        row.missing(if line.cell("directive").is_some() { "directive" } else { "clause" });
    }
    row.unit("unit", units);
}

/// One figure for each month that is filled in; it describes the last day of the month.
fn by_month(sheet: &Sheet<'_>, line: &Line<'_>, units: &Register, problems: &Problems, branches: &mut Branches) {
    let of_row = line.text("year").and_then(year_of);
    for (column, month, year) in &sheet.months {
        let Some(cell) = line.cell_in(*column) else { continue };
        let Some(text) = line.text_of(cell) else { continue };
        let mut row = Branch::new(line, problems, &["unit"]);
        if row.is_wrong(text, cell.span) {
            continue;
        }
        let Some(year) = of_row.or(*year) else {
            let (language, shown) = (problems.language, quoted(text));
            let message = say!(language, "không rõ {shown} là số liệu của năm nào", "of which year {shown} is, is not known");
            let help = say!(
                language,
                "ghi năm ở tên cột (01/2023), ở dòng tiêu đề bảng, hoặc thêm cột \"Năm\"",
                "give the year in the heading (01/2023), above the headings, or in a column \"Năm\" (year)"
            );
            row.refuse("no-year", cell.span, message, help);
            continue;
        };
        begin(&mut row, line, units);
        if let Ok(first) = Date::new(year, *month, 1) {
            row.put("as_of", cell.span, first.last_of_month().to_string());
        }
        if let Some(number) = row.number(text, cell.span) {
            row.put("value", cell.span, number.to_string());
        }
        row.texts(&["source"]);
        branches.push("figure", row);
    }
}
