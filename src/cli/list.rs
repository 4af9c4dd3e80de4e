//! `list`: assignments, filtered.

use clap::Args;
use jiff::civil::Date;
use serde_json::Value;

use super::argument;
use super::common::{Form, Ground};
use super::failure::Failure;
use super::print;
use super::row::Row;
use crate::diagnostic::nearest;
use crate::domain::directive::{TimeStatus, Work};
use crate::domain::organisation::{Directory, Person, Unit, UnitId};
use crate::domain::rules::Language;
use crate::store::queries::{self, ListFilter};
use crate::store::{directory, naming};
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
List assignments: one row for each directive and lead unit, by deadline. Every
filter given must match; filters that are given several times match any of their
values.

Examples:
  dondoc list --overdue
  dondoc list --unit ubnd --time due_soon --time due_today
  dondoc list --dispatch 4988/UBND-CCHC --json
  dondoc list --person an --work not_acknowledged";

/// `list`
#[derive(Debug, Args)]
pub struct List {
    /// Lead unit by its id, with the units below it
    #[arg(long, value_name = "UNIT")]
    unit: Vec<String>,
    /// Work state
    #[arg(long, value_name = "STATE", value_parser = argument::work(), value_delimiter = ',')]
    work: Vec<Work>,
    /// Where it stands in time
    #[arg(long, value_name = "STATE", value_parser = argument::time(), value_delimiter = ',')]
    time: Vec<TimeStatus>,
    /// Dispatch: NUMBER, YEAR:NUMBER or YEAR:ISSUER:NUMBER
    #[arg(long, value_name = "NUMBER")]
    dispatch: Option<String>,
    /// Assignee by their id: named, or else head of the lead unit
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// Only what is overdue and not reported done
    #[arg(long)]
    overdue: bool,
}

/// Lists.
///
/// # Errors
/// When there is no store, or a filter names what is not there.
pub async fn run(ground: &Ground, args: &List) -> Result<(), Failure> {
    let store = ground.open().await?;
    let mut connection = store.read().acquire().await?;
    let directory = directory::load(&mut connection).await?;
    let mut filter = ListFilter { works: args.work.clone(), ..ListFilter::default() };
    for code in &args.unit {
        let unit = find_unit(&directory, code, ground.language)?;
        let today = ground.config.rules.calendar.date_of(ground.now);
        filter.units.extend(with_children(&directory, unit.id, today));
    }
    if let Some(number) = &args.dispatch {
        filter.dispatch_id = Some(naming::find_dispatch(&mut connection, number).await?.id);
    }
    if let Some(code) = &args.person {
        let person = find_person(&directory, code, ground.language)?;
        filter.person = Some((person.id, ground.config.rules.calendar.date_of(ground.now)));
    }
    let rows = queries::list(&mut connection, &filter).await?;
    let wanted = |row: &Row| {
        (args.time.is_empty() || args.time.contains(&row.standing.time))
            && (!args.overdue || row.standing.time == TimeStatus::Overdue)
    };
    let rows: Vec<Row> = rows.into_iter().map(|row| Row::new(row, ground)).filter(wanted).collect();
    print_rows(&rows, ground);
    Ok(())
}

/// A table or a list of objects.
pub fn print_rows(rows: &[Row], ground: &Ground) {
    let language = ground.language;
    if ground.form == Form::Json {
        print::json(&rows.iter().map(|row| Value::Object(row.to_json())).collect());
    } else if rows.is_empty() {
        print::note(&say!(language, "Không có nhiệm vụ nào.\n", "No assignment.\n"));
    } else {
        let header = match language {
            Language::Vi => ["Nhiệm vụ", "Nội dung", "Đơn vị chủ trì", "Thời hạn", "Tình hình", "Theo thời hạn"],
            Language::En => ["Assignment", "Title", "Lead unit", "Deadline", "Work", "Time"],
        };
        print::table(header, rows.iter().map(|row| row.cells(language)));
    }
}

/// A unit, also one that has ended, and everything below it on that day.
fn with_children(directory: &Directory, unit: UnitId, on: Date) -> impl Iterator<Item = UnitId> {
    directory.units.keys().copied().filter(move |below| *below == unit || directory.path(*below, on).contains(&unit))
}

/// The unit of that id.
///
/// # Errors
/// A refusal that names the nearest.
pub fn find_unit<'a>(directory: &'a Directory, code: &str, language: Language) -> Result<&'a Unit, Failure> {
    directory.unit_by_code(code).ok_or_else(|| {
        let known = directory.units.values().map(|unit| unit.code.as_str());
        let message = say!(language, "không có đơn vị \"{code}\"", "there is no unit \"{code}\"");
        Failure::refused(message, did_you_mean(code, known, language))
    })
}

/// The person of that id.
///
/// # Errors
/// A refusal that names the nearest.
pub fn find_person<'a>(directory: &'a Directory, code: &str, language: Language) -> Result<&'a Person, Failure> {
    directory.person_by_code(code).ok_or_else(|| {
        let known = directory.people.values().map(|person| person.code.as_str());
        let message = say!(language, "không có người \"{code}\"", "there is no person \"{code}\"");
        Failure::refused(message, did_you_mean(code, known, language))
    })
}

fn did_you_mean<'a>(code: &str, known: impl IntoIterator<Item = &'a str>, language: Language) -> String {
    match nearest(code, known) {
        Some(near) => say!(language, "có phải ý bạn là \"{near}\"?", "did you mean \"{near}\"?"),
        None => say!(language, "dùng id trong tệp đã nhập", "use the id of the imported facts"),
    }
}
