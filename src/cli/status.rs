//! `status`: the numbers of one look.

use jiff::Timestamp;
use serde_json::json;

use super::common::{Form, Ground};
use super::failure::Failure;
use super::row::{Row, moment, rfc3339};
use super::{print, words};
use crate::domain::directive::{TimeStatus, Work};
use crate::domain::guard::Guard;
use crate::domain::rules::Language;
use crate::store::guards::{self, GuardRow};
use crate::store::incarnations::{self, Replica};
use crate::store::queries::{self, ListFilter};
use crate::store::storms;
use crate::store::{lease, meta};
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Count what is open, due, late, waiting to be sent and stuck.

On PostgreSQL it also names the replicas: since when each runs, when its heart
beat last, which one reads Telegram, and which one stands aside because its
config.toml is not the one in force.

Messages to the trial mailbox are counted by `trial` and not as sent or refused.
`queued` counts the reminders that are due and not yet carried plus the messages
that are not final yet; `held` the messages that wait for a person;
`last_plan_at` is null until a daemon has planned. `guards` names what keeps
messages back although they are due (`pause`), since when, by whom, and the
mend; `paused` is true after `dondoc pause`.

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
    let replicas = incarnations::replicas(&mut tx).await?;
    let mut standing = guards::standing(&mut tx).await?;
    if let Some(storm) = standing.iter_mut().find(|row| row.guard == Guard::Storm) {
        // Others may have come to it since it was raised.
        storm.note = Some(storms::held(&mut tx).await?.join(", "));
    }
    let in_force = meta::get(&mut tx, meta::RULES_DIGEST).await?.unwrap_or_default();
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
        ("trial", counts.trial, ("Tin chạy thử", "Sent in trial")),
    ];
    if ground.form == Form::Json {
        let mut object: serde_json::Map<_, _> = numbers.iter().map(|(key, n, _)| ((*key).to_owned(), json!(n))).collect();
        object.insert("last_plan_at".into(), json!(counts.last_plan_at.map(|at| rfc3339(at, zone))));
        let replicas: Vec<_> = replicas.iter().map(|replica| in_json(replica, ground, &in_force)).collect();
        object.insert("replicas".into(), replicas.into());
        let paused = standing.iter().any(|row| row.guard == Guard::Pause);
        object.insert("paused".into(), paused.into());
        let standing: Vec<_> = standing.iter().map(|row| guard_in_json(row, ground)).collect();
        object.insert("guards".into(), standing.into());
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
    if !standing.is_empty() {
        let header = say!(language, "Đang chặn gửi|Từ|Ai|Lý do|Cách xử lý", "Keeps messages back|Since|Who|Why|The mend");
        let header: Vec<&str> = header.split('|').collect();
        let rows = standing.iter().map(|row| guard_in_words(row, ground));
        print::table([header[0], header[1], header[2], header[3], header[4]], rows);
    }
    if !replicas.is_empty() {
        let header = say!(language, "Tiến trình|Từ|Nhịp gần nhất|Việc", "Replica|Since|Last heartbeat|Does");
        let header: Vec<&str> = header.split('|').collect();
        let rows = replicas.iter().map(|replica| in_words(replica, ground, &in_force));
        print::table([header[0], header[1], header[2], header[3]], rows);
    }
    Ok(())
}

fn guard_in_json(row: &GuardRow, ground: &Ground) -> serde_json::Value {
    let since = Timestamp::from_millisecond(row.since_at_ms).unwrap_or(ground.now);
    json!({
        "guard": row.guard.as_str(),
        "reason": row.guard.reason(),
        "since": rfc3339(since, ground.config.rules.calendar.time_zone()),
        "by": row.raised_by,
        "note": row.note,
    })
}

fn guard_in_words(row: &GuardRow, ground: &Ground) -> [String; 5] {
    let since = Timestamp::from_millisecond(row.since_at_ms).unwrap_or(ground.now);
    let (what, mend) = words::guard(row.guard, ground.language);
    let by = row.raised_by.strip_prefix("cli:").unwrap_or(&row.raised_by).to_owned();
    [
        what.to_owned(),
        moment(since, ground.config.rules.calendar.time_zone()),
        by,
        words::guard_note(row, ground.language),
        mend.to_owned(),
    ]
}

/// By the clocks of two machines; never negative.
fn age_secs(replica: &Replica, ground: &Ground) -> i64 {
    (ground.now.as_millisecond() - replica.beat_at_ms).max(0) / 1_000
}

fn reads_telegram(replica: &Replica) -> bool {
    replica.leases.iter().any(|name| name == lease::TELEGRAM)
}

fn in_json(replica: &Replica, ground: &Ground, in_force: &str) -> serde_json::Value {
    let zone = ground.config.rules.calendar.time_zone();
    let at = |at_ms| Timestamp::from_millisecond(at_ms).ok().map(|at| rfc3339(at, zone));
    json!({
        "incarnation": replica.incarnation,
        "host": replica.host,
        "pid": replica.pid,
        "since": at(replica.started_at_ms),
        "last_heartbeat_at": at(replica.beat_at_ms),
        "last_heartbeat_age_secs": age_secs(replica, ground),
        "reads_telegram": reads_telegram(replica),
        "config_digest": replica.config_digest,
        "stands_aside": replica.config_digest != in_force,
    })
}

fn in_words(replica: &Replica, ground: &Ground, in_force: &str) -> [String; 4] {
    let language = ground.language;
    let since = Timestamp::from_millisecond(replica.started_at_ms).unwrap_or(ground.now);
    let age = age_secs(replica, ground);
    let does = match (replica.config_digest == in_force, reads_telegram(replica)) {
        (false, true) => {
            say!(language, "đứng ngoài: cấu hình khác; đọc Telegram", "stands aside: another config; reads Telegram")
        }
        (false, false) => say!(language, "đứng ngoài: cấu hình khác", "stands aside: another config"),
        (true, true) => say!(language, "tính, gửi, đọc Telegram", "plans, sends, reads Telegram"),
        (true, false) => say!(language, "tính, gửi", "plans, sends"),
    };
    [
        format!("{}:{}", replica.host, replica.pid),
        moment(since, ground.config.rules.calendar.time_zone()),
        say!(language, "{age:02} giây trước", "{age} s ago"),
        does,
    ]
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
