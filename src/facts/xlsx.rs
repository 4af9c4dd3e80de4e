//! A workbook's cells, sheet by sheet, read once from front to back.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Dimensions, Reader as _, SheetType, SheetVisible, Xlsx};
use jiff::civil::{Date, Time};

use super::limit::{Limit, Refusal};
use super::raw::{RawRow, RawSheet, TEXT_BYTES_MAX, tidy};
use super::read::ROWS_MAX;
use crate::archive;

/// The most sheets of one workbook.
const SHEETS_MAX: usize = 100;
/// Rows and columns of a sheet as the file format knows them.
const REACH: (u32, u32) = (1_048_576, 16_384);
/// Columns behind this one are not read: nobody's headings stand there, stray formats do.
const COLUMNS_MAX: u32 = 256;

/// The visible sheets of a workbook. The archive is looked at first.
pub(super) fn sheets(bytes: &[u8]) -> Result<Vec<RawSheet>, Refusal> {
    if !archive::check(bytes)?.contains_key("xl/workbook.xml") {
        return Err(Refusal::NoWorkbook);
    }
    // The reader of the format counts columns without looking for an overflow, so a cell named by forty letters ends it.
    // Such a file is a damaged file and nothing else; no state of ours is touched in there.
    catch_unwind(AssertUnwindSafe(|| read(bytes))).unwrap_or(Err(Refusal::Damaged))
}

fn read(bytes: &[u8]) -> Result<Vec<RawSheet>, Refusal> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| Refusal::Damaged)?;
    let sheets = workbook.sheets_metadata().to_vec();
    if sheets.len() > SHEETS_MAX {
        return Err(Refusal::TooLarge(Limit::Sheets { found: sheets.len(), max: SHEETS_MAX }));
    }
    let mut found = Vec::new();
    let mut budget = Budget { rows: ROWS_MAX, text: TEXT_BYTES_MAX };
    for sheet in sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible) {
        let merged = workbook.merge_cells_by_sheet_name(&sheet.name).map_err(|_| Refusal::Damaged)?;
        let rows = rows(&mut workbook, &sheet.name, &mut budget)?;
        let mut sheet = RawSheet { name: Some(tidy(&sheet.name)), rows };
        for region in &merged {
            fill_down(&mut sheet, region);
        }
        found.push(sheet);
    }
    Ok(found)
}

/// What may still be read.
struct Budget {
    rows: usize,
    text: usize,
}

fn rows(workbook: &mut Xlsx<Cursor<&[u8]>>, sheet: &str, budget: &mut Budget) -> Result<Vec<RawRow>, Refusal> {
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(|_| Refusal::Damaged)?;
    let percent: Vec<bool> = cells.styles().iter().map(is_percent).collect();
    let mut rows: Vec<RawRow> = Vec::new();
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(|_| Refusal::Damaged)? {
        let (row, column) = cell.get_position();
        if row >= REACH.0 || column >= REACH.1 {
            return Err(Refusal::TooLarge(Limit::Reach { rows: REACH.0, columns: REACH.1 }));
        }
        if column >= COLUMNS_MAX {
            continue;
        }
        let text = tidy(&text_of(cell.get_value(), percent.get(style) == Some(&true)));
        if text.is_empty() {
            continue;
        }
        budget.text = budget.text.checked_sub(text.len()).ok_or(Refusal::TooLarge(Limit::Text { max: TEXT_BYTES_MAX }))?;
        let (row, column) = (index(row), index(column));
        match rows.last_mut() {
            Some(last) if last.row == row => last.put(column, text),
            // Rows come in order from every spreadsheet; a file that mixes them was made by something else.
            Some(last) if last.row > row => return Err(Refusal::Damaged),
            _ => {
                budget.rows = budget.rows.checked_sub(1).ok_or(Refusal::TooLarge(Limit::Rows { max: ROWS_MAX }))?;
                rows.push(RawRow { row, cells: vec![(column, text)] });
            }
        }
    }
    Ok(rows)
}

/// From 0 there to 1 here.
fn index(from_zero: u32) -> usize {
    usize::try_from(from_zero).unwrap_or(usize::MAX - 1) + 1
}

fn is_percent(style: &calamine::Style) -> bool {
    style.number_format.as_ref().is_some_and(|format| format.format_code.contains('%'))
}

/// A merged region holds for each of its rows; side by side it is one cell.
fn fill_down(sheet: &mut RawSheet, region: &Dimensions) {
    let (first, last, column) = (index(region.start.0), index(region.end.0), index(region.start.1));
    if first >= last {
        return;
    }
    let at = sheet.rows.partition_point(|row| row.row < first);
    let Some(top) = sheet.rows.get(at).filter(|row| row.row == first) else { return };
    let Some(text) = top.at(column).map(ToOwned::to_owned) else { return };
    for row in sheet.rows[at + 1..].iter_mut().take_while(|row| row.row <= last) {
        row.put(column, text.clone());
    }
}

/// What a cell shows, as plain as it can be written: dates as ISO, numbers without thousands, percentages as their number.
fn text_of(value: &DataRef<'_>, is_percent: bool) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(if is_percent { number * 100.0 } else { *number }),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let in_range = (0.0..2_958_466.0).contains(&moment.as_f64());
            if in_range { moment_text(moment.to_ymd_hms_milli()) } else { number_text(moment.as_f64()) }
        }
        DataRef::DateTime(moment) => number_text(moment.as_f64()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.strip_suffix("T00:00:00").unwrap_or(text).to_owned(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// Without the tail that a binary fraction has: 0.1 + 0.2 is 0.3.
fn number_text(number: f64) -> String {
    let rounded = (number * 1e9).round() / 1e9;
    if rounded.is_finite() && rounded.abs() < 1e12 { rounded.to_string() } else { number.to_string() }
}

fn moment_text((year, month, day, hour, minute, ..): (u16, u8, u8, u8, u8, u8, u16)) -> String {
    let small = |part: u8| i8::try_from(part).unwrap_or(-1);
    let date = i16::try_from(year).ok().and_then(|year| Date::new(year, small(month), small(day)).ok());
    let time = Time::new(small(hour), small(minute), 0, 0).ok().filter(|time| *time != Time::midnight());
    match (date, time) {
        (Some(date), Some(time)) => format!("{date}T{}", time.strftime("%H:%M")),
        (Some(date), None) => date.to_string(),
        (None, _) => format!("{year}-{month}-{day}"),
    }
}
