//! `status`: the numbers of one look.

use serde_json::json;

use super::common::{Form, Ground};
use super::failure::Failure;
use super::print;
use super::row::{Row, moment, rfc3339};
use crate::domain::directive::{TimeStatus, Work};
use crate::domain::rules::Language;
use crate::store::queries::{self, ListFilter};
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Count what is open, due, late, waiting to be sent and stuck.

`queued` counts the reminders that are due and not yet carried plus the messages that are not final yet; `held` the
messages that wait for a person; `last_plan_at` is null until a daemon has planned.

Examples:
  dondoc status
  dondoc status --json";

/// Counts.
///
/// # Errors
/// When there is no store.
pub async fn run(ground: &Ground) -> Result<(), Failure> {
    let store = ground.open().await?;
    // One state for all the numbers.
    let mut tx = store.snapshot().await?;
    let counts = queries::status(&mut tx, ground.now).await?;
    let works = Work::ALL.into_iter().filter(|work| !work.is_closed()).collect();
    let open = queries::list(&mut tx, &ListFilter { works, ..ListFilter::default() }).await?;
    tx.commit().await?;
    let open: Vec<Row> = open.into_iter().map(|row| Row::new(row, ground)).collect();
    let count = |time| open.iter().filter(|row| row.standing.time == time).count();
    let zone = ground.config.rules.calendar.time_zone();
    let numbers = [
        ("open", counts.open, ("Chưa nghiệm thu", "Open")),
        ("due_soon", whole(count(TimeStatus::DueSoon)), ("Sắp đến hạn", "Due soon")),
        ("due_today", whole(count(TimeStatus::DueToday)), ("Đến hạn hôm nay", "Due today")),
        ("overdue", whole(count(TimeStatus::Overdue)), ("Quá hạn", "Overdue")),
        ("undated", whole(count(TimeStatus::Undated)), ("Chưa có hạn", "Undated")),
        ("queued", counts.queued, ("Tin chờ gửi", "Waiting to be sent")),
        ("held", counts.held, ("Tin chờ người xử lý", "Waiting for a person")),
        ("refused", counts.refused, ("Tin bị từ chối", "Refused")),
        ("accepted", counts.accepted, ("Tin đã gửi", "Sent")),
    ];
    if ground.form == Form::Json {
        let mut object: serde_json::Map<_, _> = numbers.iter().map(|(key, n, _)| ((*key).to_owned(), json!(n))).collect();
        object.insert("last_plan_at".into(), json!(counts.last_plan_at.map(|at| rfc3339(at, zone))));
        print::json(&object.into());
        return Ok(());
    }
    let language = ground.language;
    let mut rows: Vec<[String; 2]> = numbers
        .iter()
        .map(|(_, n, (vi, en))| [if language == Language::Vi { *vi } else { *en }.to_owned(), n.to_string()])
        .collect();
    let planned = counts.last_plan_at.map_or_else(|| say!(language, "chưa có", "never"), |at| moment(at, zone));
    rows.push([say!(language, "Lần tính gần nhất", "Last plan"), planned]);
    let header = if language == Language::Vi { ["Tình hình", "Số lượng"] } else { ["What", "Count"] };
    print::table(header, rows);
    Ok(())
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
