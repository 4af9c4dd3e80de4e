//! `pause` and `resume`: nothing is planned and nothing leaves, until somebody lets it go on.

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::common::{Form, Ground};
use super::failure::Failure;
use super::row::{moment, rfc3339};
use super::{os_user, print};
use crate::domain::guard::Guard;
use crate::engine::guard::{Changed, lift, raise};
use crate::store::guards::GuardRow;
use crate::store::poke;
use crate::tree::{nfc, say};

/// Help of `pause`.
pub const PAUSE: &str = "\
Stop planning and sending, for the whole store and every replica on it, within a
second. What is on the wire is finished; answers are taken and recorded all the
time. It holds over restarts until `dondoc resume`.

The operators are told when it begins, on the morning of each working day while
it lasts, and when it ends. `dondoc status` shows it, the journal keeps who did
it and why, and the service manager shows the daemon as degraded.

Examples:
  dondoc pause --note 'kiểm tra danh sách trước khi gửi'
  dondoc pause --json

Exit codes: 0 paused (also when it was already), 2 wrong usage.";

/// Help of `resume`.
pub const RESUME: &str = "\
Let planning and sending go on after `dondoc pause`. What came due meanwhile is
caught up as after any downtime: one message for each person and channel,
escalations in turn, one a working day.

Examples:
  dondoc resume

Exit codes: 0 sending goes on (also when it was not paused), 2 wrong usage.";

/// `pause`
#[derive(Debug, Args)]
pub struct PauseArgs {
    /// Why; the operators and the journal get it
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    note: Option<String>,
}

/// Pauses.
///
/// # Errors
/// When there is no store.
pub async fn pause(ground: &Ground, args: &PauseArgs) -> Result<(), Failure> {
    let store = ground.open().await?;
    let now = ground.acts_at(&store).await?;
    let engine = ground.engine(store);
    let note = args.note.as_deref().map(nfc);
    let changed = raise(&engine, Guard::Pause, &os_user::actor(), note.as_deref(), now).await?;
    poke(&ground.place()).await;
    let (row, was) = match changed {
        Changed::Now(row) => (Some(row), "now"),
        Changed::Before(row) => (row, "before"),
    };
    if ground.form == Form::Json {
        print::json(&in_json(ground, row.as_ref(), was == "now"));
        return Ok(());
    }
    let since = row.as_ref().map_or_else(String::new, |row| at(ground, row));
    let language = ground.language;
    tell(match was {
        "now" => say!(
            language,
            "Đã tạm dừng gửi tin từ {since}. Để tiếp tục: dondoc resume",
            "Sending is paused since {since}. To go on: dondoc resume"
        ),
        _ => say!(
            language,
            "Việc gửi tin đã tạm dừng từ trước, từ {since}. Để tiếp tục: dondoc resume",
            "Sending was paused before, since {since}. To go on: dondoc resume"
        ),
    });
    Ok(())
}

/// Lets it go on.
///
/// # Errors
/// When there is no store.
pub async fn resume(ground: &Ground) -> Result<(), Failure> {
    let store = ground.open().await?;
    let now = ground.acts_at(&store).await?;
    let engine = ground.engine(store);
    let changed = lift(&engine, Guard::Pause, &os_user::actor(), now).await?;
    poke(&ground.place()).await;
    let language = ground.language;
    let row = match changed {
        Changed::Now(row) => Some(row),
        Changed::Before(_) => None,
    };
    if ground.form == Form::Json {
        let mut object = in_json(ground, row.as_ref(), row.is_some());
        object["paused"] = json!(false);
        print::json(&object);
        return Ok(());
    }
    tell(match &row {
        Some(row) => {
            let since = at(ground, row);
            say!(language, "Tiếp tục gửi tin; đã tạm dừng từ {since}.", "Sending goes on; it had been paused since {since}.")
        }
        None => say!(language, "Việc gửi tin không tạm dừng; không có gì thay đổi.", "Sending was not paused; nothing changed."),
    });
    Ok(())
}

fn tell(sentence: String) {
    print::data(&(sentence + "\n"));
}

fn instant(row: &GuardRow, ground: &Ground) -> Timestamp {
    Timestamp::from_millisecond(row.since_at_ms).unwrap_or(ground.now)
}

fn at(ground: &Ground, row: &GuardRow) -> String {
    moment(instant(row, ground), ground.config.rules.calendar.time_zone())
}

fn in_json(ground: &Ground, row: Option<&GuardRow>, is_new: bool) -> serde_json::Value {
    let zone = ground.config.rules.calendar.time_zone();
    json!({
        "paused": true,
        "changed": is_new,
        "since": row.map(|row| rfc3339(instant(row, ground), zone)),
        "by": row.map(|row| row.raised_by.clone()),
        "note": row.and_then(|row| row.note.clone()),
    })
}
