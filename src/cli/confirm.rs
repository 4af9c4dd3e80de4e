//! `confirm`: an operator says that a store which was found copied or restored may send.

use serde_json::json;

use super::common::{Form, Ground};
use super::failure::Failure;
use super::{os_user, print, words};
use crate::engine::home;
use crate::store::poke;
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Confirm that this store, in this place, is the one that sends.

A daemon that finds its store copied or restored sends nothing (`clone`): the marker house.txt in the state folder is missing or says
another place, or the store has sent what the sent.log there does not know. One whose sent.log is gone although messages were
sent holds everything but the alarm to the operators (`sent-log`): nobody can say any more what has left since the last backup.
`dondoc status` says which, and why; look at `dondoc list` as well. On a copy for a test set [outbox] or [trial] first, and only
then confirm.

After the confirmation what is due leaves, as after any downtime. What left after the backup was made and stands in no sent.log
of this place may leave a second time.

Examples:
  dondoc confirm
  dondoc confirm --json

Exit codes: 0 done (also when nothing was to be confirmed), 1 refused, 2 wrong usage.";

/// Confirms.
///
/// # Errors
/// When there is no store, or the state folder cannot be written.
pub async fn run(ground: &Ground) -> Result<(), Failure> {
    let store = ground.open().await?;
    let engine = ground.engine(store);
    let lifted = home::confirm(&engine, &os_user::actor(), ground.now).await?;
    poke(&ground.place()).await;
    let language = ground.language;
    if ground.form == Form::Json {
        print::json(&json!({ "confirmed": lifted.iter().map(|guard| guard.as_str()).collect::<Vec<_>>() }));
        return Ok(());
    }
    if lifted.is_empty() {
        print::data(&(say!(language, "Không có gì cần xác nhận.", "There is nothing to confirm.") + "\n"));
    }
    for guard in lifted {
        let what = words::guard(guard, language).0;
        print::data(
            &(say!(language, "Đã xác nhận: {what}. Tin đến hạn được gửi tiếp.", "Confirmed: {what}. What is due leaves again.")
                + "\n"),
        );
    }
    Ok(())
}
