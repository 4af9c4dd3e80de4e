//! What the acceptance of messages changes: the messages, their items, and the reminders these carry.

use sqlx::AnyConnection;

use super::batch::Batch;
use super::error::StoreError;
use super::keys;
use super::outbox::{Turn, set_reminders_where, set_reminders_with};
use super::rows::Cell;
use crate::domain::reminder::ReminderState;

/// Messages were accepted: their open attempts end with that, what was rendered is dropped, and each keeps what the channel
/// calls it.
pub fn accept(batch: &mut Batch, accepted: &[(i64, Option<&str>)], now_ms: i64) {
    let dialect = batch.dialect();
    let sql = format!(
        "UPDATE attempt SET ended_at_ms = $2, verdict = 'accepted', reason = '' WHERE message_id {} AND ended_at_ms IS NULL",
        keys::numbers(dialect, 1)
    );
    batch.push(sql, vec![keys::list(accepted.iter().map(|(id, _)| *id)).into(), now_ms.into()]);
    let sql = format!(
        "UPDATE message SET state = 'accepted', reason = 'accepted', settled_at_ms = $2, incarnation = NULL,
                receipt = COALESCE(v.word, receipt) FROM {} WHERE message.id = v.id",
        keys::text_pairs(dialect, 1)
    );
    let pairs = keys::list(accepted.iter().map(|(id, receipt)| keys::pair(*id, *receipt)));
    batch.push(sql, vec![pairs.into(), now_ms.into()]);
    let sql = format!("DELETE FROM parcel WHERE message_id {}", keys::numbers(dialect, 1));
    batch.push(sql, vec![keys::list(accepted.iter().map(|(id, _)| *id)).into()]);
}

/// These messages were accepted: their items are, and the reminders of those that are no copies are delivered, as are `of_copies`,
/// which nothing but copies carry.
pub fn deliver(batch: &mut Batch, messages: &[i64], of_copies: &[i64], state: &'static str, now_ms: i64) {
    let numbers = keys::numbers(batch.dialect(), 1);
    let list = || Cell::from(keys::list(messages.iter().copied()));
    batch.push(format!("UPDATE message_item SET state = '{state}' WHERE message_id {numbers}"), vec![list()]);
    let told = Turn::new(ReminderState::Delivered, "accepted", now_ms);
    let acting = format!("r.id IN (SELECT i.reminder_id FROM message_item i WHERE i.message_id {numbers} AND i.kind <> 'copy')");
    // What is to be routed anew for another of its people stays so until it is; that somebody was told stands there already.
    set_reminders_where(batch, &acting, vec![list()], told.unless(ReminderState::Queued));
    set_reminders_with(batch, of_copies, told);
}

/// The reminders of a message that wait for its outcome and have nothing but copies, those of other messages included; one
/// that found nobody to act is settled already.
pub async fn only_copied(connection: &mut AnyConnection, message_id: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT DISTINCT i.reminder_id FROM message_item i JOIN reminder r ON r.id = i.reminder_id
               WHERE i.message_id = $1 AND r.state = 'carried' AND NOT EXISTS (
                   SELECT 1 FROM message_item o WHERE o.reminder_id = i.reminder_id AND o.kind <> 'copy')";
    Ok(sqlx::query_scalar(sql).bind(message_id).fetch_all(connection).await?)
}
