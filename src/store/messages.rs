//! Messages and their attempts: what one person gets over one channel.

use std::collections::BTreeSet;

use serde::Deserialize;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::batch::Batch;
use super::dialect::Dialect;
use super::error::StoreError;
use super::guards::Passing;
use super::keys;
use super::listed;
use super::parcels;
use super::rows::{Cell, batches, damaged, insert_sql};
use crate::domain::delivery::MessageState;
use crate::domain::policy::ChannelKind;

/// A message to be recorded as queued.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Unique for ever.
    pub key: String,
    /// To whom.
    pub person_id: i64,
    /// Over which channel.
    pub channel: ChannelKind,
    /// `action`, `copy` or `digest`.
    pub kind: String,
    /// Whose hours hold.
    pub policy: String,
    /// 0, 1 … for the same first member.
    pub ordinal: i64,
    /// Subject, for lists.
    pub subject: String,
    /// JSON of the rendered parcel.
    pub parcel: String,
    /// When it was packed.
    pub packed_at_ms: i64,
    /// The config that held.
    pub config_digest: String,
    /// It goes to the trial mailbox, since then; `None` goes to the person.
    pub trial_at_ms: Option<i64>,
    /// By what each member is known whatever numbers the rows have, parted by commas.
    pub traces: String,
}

/// Records messages.
pub fn insert(batch: &mut Batch, new: &[NewMessage]) {
    const COLUMNS: [&str; 15] = [
        "key",
        "person_id",
        "channel",
        "kind",
        "policy",
        "ordinal",
        "state",
        "reason",
        "subject",
        "attempts",
        "available_at_ms",
        "packed_at_ms",
        "config_digest",
        "trial_at_ms",
        "traces",
    ];
    for chunk in batches(new, COLUMNS.len()) {
        let mut cells = Vec::with_capacity(chunk.len() * COLUMNS.len());
        for one in chunk {
            cells.extend([
                Cell::from(one.key.as_str()),
                one.person_id.into(),
                one.channel.as_str().into(),
                one.kind.as_str().into(),
                one.policy.as_str().into(),
                one.ordinal.into(),
                "queued".into(),
                "packed".into(),
                one.subject.as_str().into(),
                0.into(),
                one.packed_at_ms.into(),
                one.packed_at_ms.into(),
                one.config_digest.as_str().into(),
                Cell::Number(one.trial_at_ms),
                one.traces.as_str().into(),
            ]);
        }
        batch.push_in_order(insert_sql(batch.dialect(), "message", &COLUMNS, chunk.len()), cells);
    }
    parcels::insert(batch, new);
}

/// Which of these keys were ever used.
pub async fn used_keys(connection: &mut AnyConnection, keys: &[&str]) -> Result<BTreeSet<String>, StoreError> {
    let list = keys::texts(Dialect::of(connection), 1);
    // Also by a message that left before the store was restored.
    let sql = format!("SELECT key FROM message WHERE key {list} UNION SELECT message_key FROM sent WHERE message_key {list}");
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(keys::texts_list(keys.iter().copied()));
    Ok(query.fetch_all(connection).await?.into_iter().collect())
}

/// A message that is not final.
#[derive(Clone, Debug)]
pub struct MessageRow {
    /// Key of the row.
    pub id: i64,
    /// The message key.
    pub key: String,
    /// To whom.
    pub person_id: i64,
    /// Over which channel.
    pub channel: ChannelKind,
    /// `action`, `copy` or `digest`.
    pub kind: String,
    /// Whose hours hold.
    pub policy: String,
    /// Where it stands.
    pub state: MessageState,
    /// Reason code of that state.
    pub reason: String,
    /// Transmissions begun.
    pub attempts: i64,
    /// Who is transmitting it.
    pub incarnation: Option<String>,
    /// When it was packed.
    pub packed_at_ms: i64,
    /// When it may leave.
    pub available_at_ms: i64,
    /// When it was first transmitted.
    pub first_attempt_at_ms: Option<i64>,
    /// It goes to the trial mailbox instead of its person.
    pub is_trial: bool,
    /// By what each member is known whatever numbers the rows have, parted by commas.
    pub traces: String,
}

pub(super) const MESSAGE_SQL: &str =
    "SELECT m.id, m.key, m.person_id, m.channel, m.kind, m.policy, m.state, m.reason, m.attempts,
        m.incarnation, m.packed_at_ms, m.available_at_ms, m.first_attempt_at_ms, m.trial_at_ms, m.traces FROM message m";

/// The columns of [`MESSAGE_SQL`], in its order.
const COLUMNS: [&str; 15] = [
    "id",
    "key",
    "person_id",
    "channel",
    "kind",
    "policy",
    "state",
    "reason",
    "attempts",
    "incarnation",
    "packed_at_ms",
    "available_at_ms",
    "first_attempt_at_ms",
    "trial_at_ms",
    "traces",
];

#[derive(Deserialize)]
struct Told {
    id: i64,
    key: String,
    person_id: i64,
    channel: String,
    kind: String,
    policy: String,
    state: String,
    reason: String,
    attempts: i64,
    incarnation: Option<String>,
    packed_at_ms: i64,
    available_at_ms: i64,
    first_attempt_at_ms: Option<i64>,
    trial_at_ms: Option<i64>,
    traces: Option<String>,
}

impl Told {
    fn message(self) -> Result<MessageRow, StoreError> {
        Ok(MessageRow {
            channel: ChannelKind::parse(&self.channel).ok_or_else(|| damaged("channel", &self.channel))?,
            state: MessageState::parse(&self.state).ok_or_else(|| damaged("state", &self.state))?,
            id: self.id,
            key: self.key,
            person_id: self.person_id,
            kind: self.kind,
            policy: self.policy,
            reason: self.reason,
            attempts: self.attempts,
            incarnation: self.incarnation,
            packed_at_ms: self.packed_at_ms,
            available_at_ms: self.available_at_ms,
            first_attempt_at_ms: self.first_attempt_at_ms,
            is_trial: self.trial_at_ms.is_some(),
            traces: self.traces.unwrap_or_default(),
        })
    }
}

/// The messages of a text that begins with [`MESSAGE_SQL`], in order of their rows.
pub(super) async fn read(connection: &mut AnyConnection, sql: &str, cells: Vec<Cell>) -> Result<Vec<MessageRow>, StoreError> {
    let told: Vec<Told> = listed::fetch(connection, &COLUMNS, sql, cells).await?;
    let mut messages = told.into_iter().map(Told::message).collect::<Result<Vec<_>, _>>()?;
    messages.sort_unstable_by_key(|message| message.id);
    Ok(messages)
}

/// Messages of a channel that may be transmitted now and pass the guards: uncertain ones first, then in order; locked until the transaction ends.
pub async fn available(
    connection: &mut AnyConnection,
    channel: ChannelKind,
    now_ms: i64,
    limit: i64,
    passing: &Passing,
) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!(
        "{MESSAGE_SQL} WHERE m.channel = $1 AND m.state IN ('queued', 'deferred', 'uncertain') AND m.available_at_ms <= $2{}
         ORDER BY m.available_at_ms, m.id LIMIT CAST($3 AS BIGINT){}",
        passing.of_message("m.id"),
        Dialect::of(connection).for_update_skip_locked()
    );
    let mut rows = read(connection, &sql, vec![channel.as_str().into(), now_ms.into(), limit.into()]).await?;
    rows.sort_by_key(|row| row.available_at_ms);
    Ok(rows)
}

/// Messages of a channel that wait, however long.
pub async fn waiting(connection: &mut AnyConnection, channel: ChannelKind, limit: i64) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!(
        "{MESSAGE_SQL} WHERE m.channel = $1 AND m.state IN ('queued', 'deferred', 'uncertain') ORDER BY m.id LIMIT CAST($2 AS BIGINT){}",
        Dialect::of(connection).for_update_skip_locked()
    );
    read(connection, &sql, vec![channel.as_str().into(), limit.into()]).await
}

/// Messages that nobody has taken yet and that came free between two instants, the first excluded: their wait ended. Alarms are not among
/// them. In order of their rows, those after one, so many at most.
pub async fn came_free(
    connection: &mut AnyConnection,
    after_ms: i64,
    until_ms: i64,
    (after, limit): (i64, i64),
) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!(
        "{MESSAGE_SQL} WHERE m.channel IN ('email', 'telegram') AND m.state IN ('queued', 'deferred') AND m.available_at_ms > $1
            AND m.available_at_ms <= $2 AND m.kind <> 'alarm' AND m.id > $3 ORDER BY m.id LIMIT CAST($4 AS BIGINT)"
    );
    read(connection, &sql, vec![after_ms.into(), until_ms.into(), after.into(), limit.into()]).await
}

/// Messages that nobody tried to send, that might have left at an instant or before, and whose person has items of that kind for that
/// channel that wait to be packed. Alarms are not among them.
pub async fn left_beside_loose(connection: &mut AnyConnection, until_ms: i64, limit: i64) -> Result<Vec<MessageRow>, StoreError> {
    // The three states are those of the index.
    let sql = format!(
        "{MESSAGE_SQL} WHERE m.channel IN ('email', 'telegram') AND m.state IN ('queued', 'deferred', 'uncertain')
            AND m.state = 'queued' AND m.available_at_ms <= $1 AND m.kind <> 'alarm' AND EXISTS (
                SELECT 1 FROM message_item o JOIN message_item l ON l.person_id = o.person_id AND l.channel = o.channel
                    AND l.kind = o.kind AND l.message_id IS NULL AND l.state = 'open'
                WHERE o.message_id = m.id)
         ORDER BY m.id LIMIT CAST($2 AS BIGINT)"
    );
    read(connection, &sql, vec![until_ms.into(), limit.into()]).await
}

/// Messages that were not taken by anybody and are on no wire: never transmitted, or put off. Alarms are not among them.
pub async fn resting(connection: &mut AnyConnection, limit: i64) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!(
        "{MESSAGE_SQL} WHERE m.state IN ('queued', 'deferred') AND m.kind <> 'alarm' ORDER BY m.id LIMIT CAST($1 AS BIGINT)"
    );
    read(connection, &sql, vec![limit.into()]).await
}

/// What is known of these messages.
pub async fn standing(connection: &mut AnyConnection, ids: &[i64]) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!("{MESSAGE_SQL} WHERE m.id {}", keys::numbers(Dialect::of(connection), 1));
    read(connection, &sql, vec![keys::list(ids.iter().copied()).into()]).await
}

/// One message.
pub async fn get(connection: &mut AnyConnection, id: i64) -> Result<Option<MessageRow>, StoreError> {
    let sql = format!("{MESSAGE_SQL} WHERE m.id = $1");
    Ok(read(connection, &sql, vec![id.into()]).await?.pop())
}

/// The message of that key.
pub async fn of_key(connection: &mut AnyConnection, key: &str) -> Result<Option<MessageRow>, StoreError> {
    let sql = format!("{MESSAGE_SQL} WHERE m.key = $1");
    Ok(read(connection, &sql, vec![key.into()]).await?.pop())
}

/// Says how it came to its state.
pub async fn set_reason(connection: &mut AnyConnection, id: i64, reason: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE message SET reason = $1 WHERE id = $2").bind(reason.to_owned()).bind(id).execute(connection).await?;
    Ok(())
}

/// The last message that was sent to that person and carries that reminder.
pub async fn carrying(connection: &mut AnyConnection, person_id: i64, reminder_id: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT MAX(m.id) FROM message m JOIN message_item i ON i.message_id = m.id
               WHERE m.person_id = $1 AND i.reminder_id = $2 AND m.attempts > 0";
    Ok(sqlx::query_scalar(sql).bind(person_id).bind(reminder_id).fetch_one(connection).await?)
}

/// Messages go on the wire: committed before the first byte of each leaves.
pub fn begin_sending(batch: &mut Batch, rows: &[&MessageRow], incarnation: &str, now_ms: i64) {
    if rows.is_empty() {
        return;
    }
    let dialect = batch.dialect();
    let sql = format!(
        "UPDATE message SET state = 'sending', reason = 'sending', incarnation = $2, attempts = attempts + 1,
                first_attempt_at_ms = COALESCE(first_attempt_at_ms, $3) WHERE id {}",
        keys::numbers(dialect, 1)
    );
    batch.push(sql, vec![keys::list(rows.iter().map(|row| row.id)).into(), incarnation.into(), now_ms.into()]);
    let sql = format!(
        "INSERT INTO attempt (message_id, number, started_at_ms) SELECT v.id, v.number, CAST($2 AS BIGINT) FROM {}",
        keys::number_pairs(dialect, 1)
    );
    let pairs = keys::numbers_by_id(rows.iter().map(|row| (row.id, Some(row.attempts + 1))));
    batch.push(sql, vec![pairs.into(), now_ms.into()]);
}

/// Closes the attempt that is open.
pub async fn end_attempt(
    connection: &mut AnyConnection,
    id: i64,
    verdict: &str,
    reason: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE attempt SET ended_at_ms = $1, verdict = $2, reason = $3 WHERE message_id = $4 AND ended_at_ms IS NULL")
        .bind(now_ms)
        .bind(verdict)
        .bind(reason)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The verdict of one attempt; `None` while it is open.
pub async fn attempt_verdict(connection: &mut AnyConnection, id: i64, number: i64) -> Result<Option<String>, StoreError> {
    let sql = "SELECT verdict FROM attempt WHERE message_id = $1 AND number = $2";
    let found: Option<Option<String>> = sqlx::query_scalar(sql).bind(id).bind(number).fetch_optional(connection).await?;
    Ok(found.flatten())
}

/// Corrects the verdict of an attempt whose answer came after it was given up.
pub async fn correct_attempt(
    connection: &mut AnyConnection,
    id: i64,
    number: i64,
    verdict: &str,
    reason: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE attempt SET verdict = $1, reason = $2 WHERE message_id = $3 AND number = $4";
    sqlx::query(sql).bind(verdict).bind(reason).bind(id).bind(number).execute(connection).await?;
    Ok(())
}

/// Whether an attempt of a message was accepted, although another one took its place.
pub async fn was_accepted(connection: &mut AnyConnection, id: i64) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM attempt WHERE message_id = $1 AND verdict = 'accepted'";
    let accepted: i64 = sqlx::query_scalar(sql).bind(id).fetch_one(connection).await?;
    Ok(accepted > 0)
}

/// Messages an incarnation has on the wire.
pub async fn sent_by(connection: &mut AnyConnection, incarnation: &str) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!("{MESSAGE_SQL} WHERE m.state = 'sending' AND m.incarnation = $1 ORDER BY m.id");
    read(connection, &sql, vec![incarnation.into()]).await
}

/// How often a message was transmitted without an answer.
pub async fn uncertain_attempts(connection: &mut AnyConnection, id: i64) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM attempt WHERE message_id = $1 AND verdict = 'uncertain'";
    Ok(sqlx::query_scalar(sql).bind(id).fetch_one(connection).await?)
}

/// How often what a message carries was transmitted to its person over its channel without an answer, also in messages that were taken
/// apart since; of its parts the one of which that is true most often.
pub async fn uncertain_in_all(connection: &mut AnyConnection, row: &MessageRow) -> Result<i64, StoreError> {
    let own = uncertain_attempts(connection, row.id).await?;
    let sql = "SELECT m.traces, COUNT(*) FROM message m JOIN attempt a ON a.message_id = m.id AND a.verdict = 'uncertain'
               WHERE m.person_id = $1 AND m.channel = $2 AND m.state = 'cancelled' AND m.traces IS NOT NULL GROUP BY m.id, m.traces";
    let query = sqlx::query_as(sql).bind(row.person_id).bind(row.channel.as_str());
    let earlier: Vec<(String, i64)> = query.fetch_all(connection).await?;
    let of = |trace: &str| {
        earlier.iter().filter(|(traces, _)| traces.split(',').any(|one| one == trace)).map(|(_, count)| count).sum()
    };
    let most: i64 = row.traces.split(',').filter(|trace| !trace.is_empty()).map(of).max().unwrap_or(0);
    Ok(own + most)
}

/// How often a transmission of a message was refused; more than once only for a chat that moved.
pub async fn refusals(connection: &mut AnyConnection, id: i64) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM attempt WHERE message_id = $1 AND verdict = 'refused'";
    Ok(sqlx::query_scalar(sql).bind(id).fetch_one(connection).await?)
}

/// Moves a message to a state it leaves again: it is looked at from `available_at_ms` on.
pub async fn set_open(
    connection: &mut AnyConnection,
    id: i64,
    state: MessageState,
    reason: &str,
    available_at_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE message SET state = $1, reason = $2, available_at_ms = $3, incarnation = NULL WHERE id = $4")
        .bind(state.as_str())
        .bind(reason)
        .bind(available_at_ms)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Puts back a message that was claimed and not transmitted. Where it had not been before, its first attempt is still to come.
pub async fn put_back(connection: &mut AnyConnection, id: i64, available_at_ms: i64) -> Result<(), StoreError> {
    set_open(connection, id, MessageState::Deferred, "deferred", available_at_ms).await?;
    let sql = "UPDATE message SET first_attempt_at_ms = NULL WHERE id = $1 AND attempts = 1";
    sqlx::query(sql).bind(id).execute(connection).await?;
    Ok(())
}

/// Moves a message to accepted, refused, cancelled or held. What was rendered is dropped once it is final.
pub async fn settle(
    connection: &mut AnyConnection,
    id: i64,
    state: MessageState,
    reason: &str,
    receipt: Option<&str>,
    now_ms: i64,
) -> Result<(), StoreError> {
    if state.is_final() {
        sqlx::query("DELETE FROM parcel WHERE message_id = $1").bind(id).execute(&mut *connection).await?;
    }
    let sql =
        "UPDATE message SET state = $1, reason = $2, settled_at_ms = $3, incarnation = NULL, receipt = COALESCE($4, receipt)
               WHERE id = $5";
    sqlx::query(sql).bind(state.as_str()).bind(reason).bind(now_ms).bind(receipt).bind(id).execute(connection).await?;
    Ok(())
}

/// Removes a message that never left.
pub async fn forget(connection: &mut AnyConnection, id: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM message WHERE id = $1 AND attempts = 0").bind(id).execute(connection).await?;
    Ok(())
}

/// Messages that another incarnation was sending when it ended: their answers are lost.
pub async fn orphans(connection: &mut AnyConnection, incarnation: &str) -> Result<Vec<MessageRow>, StoreError> {
    let sql = format!("{MESSAGE_SQL} WHERE m.state = 'sending' AND m.incarnation <> $1 ORDER BY m.id");
    read(connection, &sql, vec![incarnation.into()]).await
}

/// The channel works again: what was put off because of it may go at once.
pub async fn wake_channel(
    connection: &mut AnyConnection,
    channel: ChannelKind,
    reason: &str,
    now_ms: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE message SET available_at_ms = $1 WHERE channel = $2 AND state = 'deferred' AND reason = $3 AND available_at_ms > $1",
    )
    .bind(now_ms)
    .bind(channel.as_str())
    .bind(reason)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Channels that were tried for a reminder and a person.
pub async fn channels_tried(connection: &mut AnyConnection, reminder_id: i64, person_id: i64) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT channel FROM message_item WHERE reminder_id = $1 AND person_id = $2 AND state <> 'dropped'";
    Ok(sqlx::query_scalar(sql).bind(reminder_id).bind(person_id).fetch_all(connection).await?)
}

/// The message that waits longest for its channel may go at once: it tries whether the channel works again.
pub async fn wake_one(connection: &mut AnyConnection, channel: ChannelKind, reason: &str, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message SET available_at_ms = $1 WHERE id = (
             SELECT id FROM message WHERE channel = $2 AND state = 'deferred' AND reason = $3 AND available_at_ms > $1
             ORDER BY available_at_ms, id LIMIT 1)",
    )
    .bind(now_ms)
    .bind(channel.as_str())
    .bind(reason)
    .execute(connection)
    .await?;
    Ok(())
}
