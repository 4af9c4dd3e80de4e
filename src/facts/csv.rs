//! A CSV file's cells: comma or semicolon, UTF-8 with or without byte order mark.

use csv::{ReaderBuilder, StringRecord};

use super::heading;
use super::limit::{Limit, Refusal};
use super::raw::{RawRow, RawSheet, tidy};
use super::read::{FILE_BYTES_MAX, ROWS_MAX};
use crate::diagnostic::Diagnostic;
use crate::domain::rules::Language;
use crate::tree::{decode_up_to, say};

/// Rows that are looked at to tell a comma from a semicolon.
const LOOK_AT_ROWS: usize = 30;

/// The one sheet of a CSV file.
pub(super) fn sheet(bytes: &[u8], source: usize, language: Language) -> Result<RawSheet, Box<Diagnostic>> {
    let text = decode_up_to(bytes, source, language, FILE_BYTES_MAX).map_err(|(_, problem)| {
        // There is no text to point into; the mend is the one of a spreadsheet.
        let problem = Diagnostic { span: None, ..*problem };
        Box::new(if problem.code == "not-utf8" { other_encoding(problem, language) } else { problem })
    })?;
    if text.contains('\0') {
        let message = say!(language, "tệp có ký tự NUL", "the file has a NUL character");
        return Err(Box::new(other_encoding(Diagnostic::error("nul-character", message).in_source(source), language)));
    }
    // The reader counts the line break of a pair with the row behind it.
    let text = &text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let told = |refusal: Refusal| Box::new(refusal.told(source, language));
    let [comma, semicolon] = [b',', b';'].map(|delimiter| rows(text, delimiter, LOOK_AT_ROWS));
    let known = |rows: &Result<Vec<RawRow>, Refusal>| rows.as_ref().map_or(0, |rows| heading::known_words(rows));
    let delimiter = if known(&semicolon) > known(&comma) { b';' } else { b',' };
    let rows = rows(text, delimiter, usize::MAX).map_err(told)?;
    Ok(RawSheet { name: None, rows })
}

fn other_encoding(problem: Diagnostic, language: Language) -> Diagnostic {
    problem.with_help(say!(
        language,
        "lưu lại bằng Excel: Lưu thành (Save As), loại \"CSV UTF-8\", hoặc lưu thành .xlsx",
        "save it again in the spreadsheet as \"CSV UTF-8\", or as .xlsx"
    ))
}

fn rows(text: &str, delimiter: u8, most: usize) -> Result<Vec<RawRow>, Refusal> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut rows = Vec::new();
    // A cell of several lines takes one row of a spreadsheet and several lines of the file.
    let mut breaks_within = 0;
    while rows.len() < most && reader.read_record(&mut record).map_err(|_| Refusal::Damaged)? {
        let line = record.position().map_or(0, csv::Position::line);
        let row = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(breaks_within);
        breaks_within += record.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
        let cells = record.iter().enumerate().map(|(index, cell)| (index + 1, tidy(cell)));
        let cells: Vec<(usize, String)> = cells.filter(|(_, cell)| !cell.is_empty()).collect();
        if !cells.is_empty() {
            rows.push(RawRow { row, cells });
        }
        if rows.len() > ROWS_MAX {
            return Err(Refusal::TooLarge(Limit::Rows { max: ROWS_MAX }));
        }
    }
    Ok(rows)
}
