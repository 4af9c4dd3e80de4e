//! `confirm`: an operator says that what a guard asks is right.

use clap::Args;
use serde_json::json;

use super::common::{Form, Ground};
use super::failure::Failure;
use super::{os_user, print, words};
use crate::domain::guard::Guard;
use crate::domain::rules::Language;
use crate::engine::{Engine, home};
use crate::store::guards::{self, GuardRow};
use crate::store::{Where, poke};
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Say that what a guard asks is right, so that messages leave again. Without a
GUARD: whatever asks now.

clone: a daemon found its store copied or restored and sends nothing. The marker
house.txt in the state folder is missing or says another place, or the store has
sent what the sent.log there does not know. Confirm when this store, in this
place, is the one that sends. On a copy for a test set [outbox] or [trial]
first, and only then confirm.

sent-log: everything but the alarm is held. Either sent.log is gone although
messages were sent, and nobody can say any more what has left since the last
backup; or the store has lost what it recorded last, as when its -wal file was
deleted after a crash. Confirm when replies and imports of the last hours are
there, or were entered again.

clock: the clock of a machine does not agree with its steady clock, with
Telegram or with the mail server. Escalations wait; it ends by itself when they
agree. Confirm when the clock is right as it is.

storm: somebody was to get far more messages within an hour than was foreseen
([office] storm_limit). What follows for them is held, everybody else gets
theirs. Confirm when that many are right; each person gets what waits in one
message.

`dondoc status` says which guard stands, since when, and why; look at `dondoc
list` as well.

After the confirmation what is due leaves, as after any downtime. What left
after the backup was made and stands in no sent.log of this place may leave a
second time.

Examples:
  dondoc confirm
  dondoc confirm storm --json

Exit codes: 0 done (also when nothing was to be confirmed), 1 refused, 2 wrong
usage.";

/// `confirm`
#[derive(Debug, Args)]
pub struct ConfirmArgs {
    /// clone, sent-log, clock or storm
    #[arg(value_name = "GUARD", value_parser = guard)]
    guard: Option<Guard>,
}

fn guard(word: &str) -> Result<Guard, String> {
    let asks = |guard: &Guard| guard.is_confirmed();
    let words = Guard::ALL.iter().filter(|guard| asks(guard)).map(|guard| guard.as_str()).collect::<Vec<_>>().join(", ");
    Guard::parse(word).filter(asks).ok_or_else(|| format!("one of {words}"))
}

/// Confirms.
///
/// # Errors
/// When there is no store.
pub async fn run(ground: &Ground, args: &ConfirmArgs) -> Result<(), Failure> {
    let store = ground.open().await?;
    let now = ground.acts_at(&store).await?;
    let engine = ground.engine(store);
    let asked = args.guard.map_or_else(|| Guard::ALL.to_vec(), |guard| vec![guard]);
    let lifted = home::confirm(&engine, &asked, &os_user::actor(), now).await?;
    poke(&ground.place()).await;
    let language = ground.language;
    let ahead = if lifted.is_empty() { asked_at_start(&engine, ground).await? } else { None };
    let standing = guards::standing(&mut *engine.store.read().acquire().await?).await?;
    if ground.form == Form::Json {
        let confirmed: Vec<_> = lifted.iter().map(|guard| guard.as_str()).collect();
        let still: Vec<_> = standing.iter().map(|row| row.guard.as_str()).collect();
        let ahead = ahead.as_ref().map(|row| row.guard.as_str());
        print::json(&json!({ "confirmed": confirmed, "still_standing": still, "asked_at_start": ahead }));
        return Ok(());
    }
    if lifted.is_empty() {
        print::data(&(nothing(ahead.as_ref(), language) + "\n"));
        return Ok(());
    }
    for guard in lifted {
        let what = words::confirmed(guard, language);
        print::data(&(say!(language, "Đã xác nhận: {what}.", "Confirmed: {what}.") + "\n"));
    }
    print::data(&(goes_on(&standing, language) + "\n"));
    Ok(())
}

/// What follows, by what still keeps messages back; a storm holds only those of some people.
fn goes_on(standing: &[GuardRow], language: Language) -> String {
    let kept = |by_all: bool| {
        let rows = standing.iter().filter(|row| row.guard.keeps_back() == by_all);
        let told = rows.map(|row| words::guard(row.guard, language)).map(|(what, mend)| format!("{what} ({mend})"));
        told.collect::<Vec<_>>().join("; ")
    };
    let (all, some) = (kept(true), kept(false));
    if !all.is_empty() {
        say!(language, "Tin vẫn đang được giữ: {all}.", "Messages are still held: {all}.")
    } else if !some.is_empty() {
        say!(
            language,
            "Tin đến hạn được gửi tiếp, trừ phần đang được giữ: {some}.",
            "What is due leaves again, but for what is held: {some}."
        )
    } else {
        say!(language, "Tin đến hạn được gửi tiếp.", "What is due leaves again.")
    }
}

/// What the next daemon will ask here: no daemon has looked yet where the store was put.
async fn asked_at_start(engine: &Engine, ground: &Ground) -> Result<Option<GuardRow>, Failure> {
    let Where::Sqlite(file) = ground.place() else { return Ok(None) };
    let Some(folder) = file.parent() else { return Ok(None) };
    let mut connection = engine.store.read().acquire().await?;
    let stands = guards::standing(&mut connection).await?.iter().any(|row| row.guard.is_of_home());
    drop(connection);
    let asked = if stands { None } else { home::foresee(engine, folder, ground.now).await? };
    let now_ms = ground.now.as_millisecond();
    Ok(asked.map(|(guard, note)| GuardRow {
        guard,
        since_at_ms: now_ms,
        raised_by: "daemon".to_owned(),
        note: Some(note.to_owned()),
        told_at_ms: now_ms,
    }))
}

fn nothing(ahead: Option<&GuardRow>, language: Language) -> String {
    let Some(row) = ahead else {
        return say!(
            language,
            "Không có gì cần xác nhận; `dondoc status` cho biết điều gì đang chặn gửi.",
            "There is nothing to confirm; `dondoc status` says what keeps messages back."
        );
    };
    let (what, note, word) = (words::guard(row.guard, language).0, words::guard_note(row, language), row.guard.as_str());
    say!(
        language,
        "Chưa có gì để xác nhận, nhưng khi khởi động, hệ thống sẽ hỏi: {what} ({note}).\nChạy `dondoc run`, rồi `dondoc confirm {word}`.",
        "There is nothing to confirm yet, but a daemon that starts will ask: {what} ({note}).\nStart `dondoc run`, then `dondoc confirm {word}`."
    )
}
