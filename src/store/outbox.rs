//! Reminders and the items of messages: what is due, and to whom it was routed.

use serde::Deserialize;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::batch::Batch;
use super::dialect::Dialect;
use super::error::StoreError;
use super::guards::Passing;
use super::items::{ITEM_SQL, read_items};
use super::keys;
use super::listed;
use super::rows::{Cell, batches, damaged, insert_sql};
use super::storms;
use crate::domain::policy::ChannelKind;
use crate::domain::reminder::{ReminderKey, ReminderState, StepRef};

pub use super::items::ItemRow;
pub(super) use super::turns::set_reminders_where;
pub use super::turns::{Turn, set_reminder, set_reminders, set_reminders_with};

/// A reminder to be recorded.
#[derive(Clone, Debug)]
pub struct NewReminder {
    /// Of which assignment.
    pub assignment_id: i64,
    /// Its key there.
    pub key: ReminderKey,
    /// The policy that brought it.
    pub policy: String,
    /// The slot it is meant for.
    pub moment_at_ms: i64,
    /// When it may leave.
    pub due_at_ms: i64,
    /// Where it stands.
    pub state: ReminderState,
    /// Reason code for which it came due, or passed.
    pub why: String,
    /// JSON of a notice.
    pub detail: Option<String>,
}

/// Records reminders; one that was cancelled comes due again, any other that is known stays as it is.
pub async fn record(connection: &mut AnyConnection, reminders: &[NewReminder]) -> Result<(), StoreError> {
    let mut batch = Batch::new(connection);
    record_with(&mut batch, reminders);
    batch.run(connection).await
}

/// The same with other writes.
pub fn record_with(batch: &mut Batch, reminders: &[NewReminder]) {
    const COLUMNS: [&str; 11] = [
        "assignment_id",
        "step",
        "anchor",
        "occurrence",
        "policy",
        "moment_at_ms",
        "due_at_ms",
        "state",
        "why",
        "reason",
        "detail",
    ];
    for chunk in batches(reminders, COLUMNS.len()) {
        let sql = format!(
            "{} ON CONFLICT (assignment_id, step, anchor, occurrence) DO UPDATE SET policy = excluded.policy,
                moment_at_ms = excluded.moment_at_ms, due_at_ms = excluded.due_at_ms, state = excluded.state,
                why = excluded.why, reason = excluded.reason, detail = excluded.detail
             WHERE reminder.state = 'cancelled'",
            insert_sql(batch.dialect(), "reminder", &COLUMNS, chunk.len())
        );
        let mut cells = Vec::with_capacity(chunk.len() * COLUMNS.len());
        for new in chunk {
            cells.extend([
                Cell::from(new.assignment_id),
                new.key.step.to_string().into(),
                new.key.anchor.as_str().into(),
                i64::from(new.key.occurrence).into(),
                new.policy.as_str().into(),
                new.moment_at_ms.into(),
                new.due_at_ms.into(),
                new.state.as_str().into(),
                new.why.as_str().into(),
                new.why.as_str().into(),
                Cell::Text(new.detail.clone()),
            ]);
        }
        batch.push_in_order(sql, cells);
    }
}

/// Sets when to look again.
pub fn set_next_checks(batch: &mut Batch, checks: &[(i64, Option<i64>)]) {
    if checks.is_empty() {
        return;
    }
    let sql = format!(
        "UPDATE assignment SET next_check_at_ms = v.number FROM {} WHERE assignment.id = v.id",
        keys::number_pairs(batch.dialect(), 1)
    );
    batch.push(sql, vec![keys::numbers_by_id(checks.iter().copied()).into()]);
}

/// Looks again at these assignments at once.
pub async fn look_now(connection: &mut AnyConnection, ids: &[i64], now_ms: i64) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "UPDATE assignment SET next_check_at_ms = $2 WHERE id {}
         AND (next_check_at_ms IS NULL OR next_check_at_ms > $2)",
        keys::numbers(Dialect::of(connection), 1)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(keys::list(ids.iter().copied())).bind(now_ms).execute(connection).await?;
    Ok(())
}

/// Runs `UPDATE … SET …` for rows by their ids; the text before holds nothing but our own words.
pub(super) async fn for_each(connection: &mut AnyConnection, update: &str, ids: &[i64]) -> Result<(), StoreError> {
    if !ids.is_empty() {
        let sql = format!("{update} WHERE id {}", keys::numbers(Dialect::of(connection), 1));
        sqlx::query(AssertSqlSafe(sql)).bind(keys::list(ids.iter().copied())).execute(connection).await?;
    }
    Ok(())
}

/// Assignments whose next check has come, earliest first; locked until the transaction ends.
pub async fn due_assignments(connection: &mut AnyConnection, now_ms: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    let sql = format!(
        "SELECT id FROM assignment WHERE next_check_at_ms IS NOT NULL AND next_check_at_ms <= $1
         ORDER BY next_check_at_ms, id LIMIT CAST($2 AS BIGINT){}",
        Dialect::of(connection).for_update_skip_locked()
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).bind(now_ms).bind(limit).fetch_all(connection).await?)
}

/// The next assignments after that one, in the order of their keys.
pub async fn assignments_after(connection: &mut AnyConnection, after: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    // One row for all of them: each row crosses a thread.
    let sql = format!(
        "SELECT {} FROM (SELECT id FROM assignment WHERE id > $1 ORDER BY id LIMIT CAST($2 AS BIGINT)) AS next_ones",
        Dialect::of(connection).gather("next_ones.id", "next_ones.id")
    );
    let list: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(after).bind(limit).fetch_one(connection).await?;
    let ids: Vec<(i64,)> =
        list.map(|list| serde_json::from_str(&list)).transpose().map_err(|_| damaged("id", ""))?.unwrap_or_default();
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// A recorded reminder.
#[derive(Clone, Debug)]
pub struct ReminderRow {
    /// Key of the row.
    pub id: i64,
    /// Of which assignment.
    pub assignment_id: i64,
    /// Its key there.
    pub key: ReminderKey,
    /// The policy that brought it.
    pub policy: String,
    /// The slot it is meant for.
    pub moment_at_ms: i64,
    /// When it may leave.
    pub due_at_ms: i64,
    /// Reason code for which it came due.
    pub why: String,
    /// JSON of a notice.
    pub detail: Option<String>,
    /// First acceptance, or when it was proved undeliverable.
    pub settled_at_ms: Option<i64>,
    /// Recorded while its unit was in trial.
    pub is_trial: bool,
}

/// The columns of a reminder, in the order of [`ToldReminder`].
const REMINDER_COLUMNS: [&str; 12] = [
    "id",
    "assignment_id",
    "step",
    "anchor",
    "occurrence",
    "policy",
    "moment_at_ms",
    "due_at_ms",
    "why",
    "detail",
    "settled_at_ms",
    "trial_at_ms",
];

#[derive(Deserialize)]
struct ToldReminder {
    id: i64,
    assignment_id: i64,
    step: String,
    anchor: String,
    occurrence: i64,
    policy: String,
    moment_at_ms: i64,
    due_at_ms: i64,
    why: String,
    detail: Option<String>,
    settled_at_ms: Option<i64>,
    trial_at_ms: Option<i64>,
}

impl ToldReminder {
    fn reminder(self) -> Result<ReminderRow, StoreError> {
        let occurrence = u16::try_from(self.occurrence).map_err(|_| damaged("occurrence", &self.occurrence.to_string()))?;
        Ok(ReminderRow {
            id: self.id,
            assignment_id: self.assignment_id,
            key: ReminderKey { step: StepRef::parse(&self.step), anchor: self.anchor, occurrence },
            policy: self.policy,
            moment_at_ms: self.moment_at_ms,
            due_at_ms: self.due_at_ms,
            why: self.why,
            detail: self.detail,
            settled_at_ms: self.settled_at_ms,
            is_trial: self.trial_at_ms.is_some(),
        })
    }
}

async fn read_reminders(connection: &mut AnyConnection, sql: &str, cells: Vec<Cell>) -> Result<Vec<ReminderRow>, StoreError> {
    let told: Vec<ToldReminder> = listed::fetch(connection, &REMINDER_COLUMNS, sql, cells).await?;
    told.into_iter().map(ToldReminder::reminder).collect()
}

/// Queued reminders that may leave and pass the guards, earliest first; locked until the transaction ends.
pub async fn due_reminders(
    connection: &mut AnyConnection,
    now_ms: i64,
    limit: i64,
    passing: &Passing,
) -> Result<Vec<ReminderRow>, StoreError> {
    let sql = format!(
        "SELECT r.* FROM reminder r WHERE r.state = 'queued' AND r.due_at_ms <= $1{}
         ORDER BY r.due_at_ms, r.id LIMIT CAST($2 AS BIGINT){}",
        passing.of_step("r.step"),
        Dialect::of(connection).for_update_skip_locked()
    );
    let mut rows = read_reminders(connection, &sql, vec![now_ms.into(), limit.into()]).await?;
    rows.sort_unstable_by_key(|row| (row.due_at_ms, row.id));
    Ok(rows)
}

/// Reminders by key of the row.
pub async fn reminders(connection: &mut AnyConnection, ids: &[i64]) -> Result<Vec<ReminderRow>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = keys::numbers(Dialect::of(connection), 1);
    let sql = format!("SELECT r.* FROM reminder r WHERE r.id {numbers}");
    read_reminders(connection, &sql, vec![keys::list(ids.iter().copied()).into()]).await
}

/// The assignment that carries what the house has to tell of itself: an open one, else any; never `not_by`.
pub async fn carrier(connection: &mut AnyConnection, not_by: Option<i64>) -> Result<Option<i64>, StoreError> {
    let not_by = not_by.unwrap_or(0);
    let open = "SELECT id FROM assignment WHERE work NOT IN ('accepted', 'withdrawn') AND id <> $1 ORDER BY id LIMIT 1";
    if let Some(id) = sqlx::query_scalar(open).bind(not_by).fetch_optional(&mut *connection).await? {
        return Ok(Some(id));
    }
    let any = "SELECT MIN(id) FROM assignment WHERE id <> $1";
    Ok(sqlx::query_scalar(any).bind(not_by).fetch_one(connection).await?)
}

/// Whether a reminder has reached one of its people, copies not counted.
pub async fn has_reached(connection: &mut AnyConnection, reminder_id: i64) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM message_item WHERE reminder_id = $1 AND state = 'accepted' AND kind <> 'copy'";
    let reached: i64 = sqlx::query_scalar(sql).bind(reminder_id).fetch_one(connection).await?;
    Ok(reached > 0)
}

/// Whether a reminder waits to be routed.
pub async fn is_queued(connection: &mut AnyConnection, reminder_id: i64) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM reminder WHERE id = $1 AND state = 'queued'";
    let queued: i64 = sqlx::query_scalar(sql).bind(reminder_id).fetch_one(connection).await?;
    Ok(queued > 0)
}

/// Whether an assignment has a reminder of that key which [`record`] would leave as it is.
pub async fn is_known(connection: &mut AnyConnection, assignment_id: i64, key: &ReminderKey) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM reminder WHERE assignment_id = $1 AND step = $2 AND anchor = $3 AND occurrence = $4
               AND state <> 'cancelled'";
    let query = sqlx::query_scalar(sql).bind(assignment_id).bind(key.step.to_string()).bind(key.anchor.clone());
    let known: i64 = query.bind(i64::from(key.occurrence)).fetch_one(connection).await?;
    Ok(known > 0)
}

/// One person a reminder goes to over one channel.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// Which reminder.
    pub reminder_id: i64,
    /// Who.
    pub person_id: i64,
    /// Over which channel.
    pub channel: ChannelKind,
    /// `action`, `copy` or `digest`.
    pub kind: &'static str,
    /// JSON: why this person.
    pub roles: String,
    /// State of the assignment it was routed under.
    pub assignment_revision: i64,
    /// State of the directory it was routed under.
    pub org_revision: i64,
}

/// Records items; one that is known stays, one that was dropped is open again.
pub fn insert_items(batch: &mut Batch, items: &[NewItem]) {
    const COLUMNS: [&str; 8] =
        ["reminder_id", "person_id", "channel", "kind", "roles", "assignment_revision", "org_revision", "state"];
    for chunk in batches(items, COLUMNS.len()) {
        let sql = format!(
            "{} ON CONFLICT (reminder_id, person_id, channel) DO UPDATE SET kind = excluded.kind, roles = excluded.roles,
                assignment_revision = excluded.assignment_revision, org_revision = excluded.org_revision, state = 'open',
                message_id = NULL
             WHERE message_item.state = 'dropped'",
            insert_sql(batch.dialect(), "message_item", &COLUMNS, chunk.len())
        );
        let mut cells = Vec::with_capacity(chunk.len() * COLUMNS.len());
        for item in chunk {
            cells.extend([
                Cell::from(item.reminder_id),
                item.person_id.into(),
                item.channel.as_str().into(),
                item.kind.into(),
                item.roles.as_str().into(),
                item.assignment_revision.into(),
                item.org_revision.into(),
                "open".into(),
            ]);
        }
        batch.push_in_order(sql, cells);
    }
}

/// People, channels and kinds that have items waiting to be packed, as far as these pass the guards.
pub async fn loose_groups(
    connection: &mut AnyConnection,
    limit: i64,
    passing: &Passing,
) -> Result<Vec<(i64, ChannelKind, String)>, StoreError> {
    let sql = format!(
        "SELECT DISTINCT person_id, channel, kind FROM message_item WHERE message_id IS NULL AND state = 'open'{}{}
         ORDER BY person_id, channel, kind LIMIT CAST($1 AS BIGINT)",
        storms::OUTSIDE,
        passing.of_item("message_item.reminder_id")
    );
    let mut told: Vec<(i64, String, String)> =
        listed::fetch(connection, &["person_id", "channel", "kind"], &sql, vec![limit.into()]).await?;
    told.sort_unstable();
    let group = |(person_id, channel, kind): (i64, String, String)| {
        let channel = ChannelKind::parse(&channel).ok_or_else(|| damaged("channel", &channel))?;
        Ok((person_id, channel, kind))
    };
    told.into_iter().map(group).collect()
}

/// The items of these people that wait to be packed, in order of their routing; at most `limit` of them.
pub async fn loose_items_of(
    connection: &mut AnyConnection,
    people: &[i64],
    limit: i64,
    passing: &Passing,
) -> Result<Vec<ItemRow>, StoreError> {
    let numbers = keys::numbers(Dialect::of(connection), 1);
    let sql = format!(
        "{ITEM_SQL} WHERE i.message_id IS NULL AND i.state = 'open' AND i.person_id {numbers}{} ORDER BY i.id LIMIT CAST($2 AS BIGINT)",
        passing.of_step("r.step")
    );
    read_items(connection, &sql, vec![keys::list(people.iter().copied()).into(), limit.into()]).await
}

/// The items of one group that wait to be packed, in order of their routing.
pub async fn loose_items(
    connection: &mut AnyConnection,
    person_id: i64,
    channel: ChannelKind,
    kind: &str,
    limit: i64,
    passing: &Passing,
) -> Result<Vec<ItemRow>, StoreError> {
    let sql = format!(
        "{ITEM_SQL} WHERE i.message_id IS NULL AND i.state = 'open' AND i.person_id = $1 AND i.channel = $2 AND i.kind = $3{}
         ORDER BY i.id LIMIT CAST($4 AS BIGINT)",
        passing.of_step("r.step")
    );
    read_items(connection, &sql, vec![person_id.into(), channel.as_str().into(), kind.into(), limit.into()]).await
}

/// The items of a message.
pub async fn items_of_message(connection: &mut AnyConnection, message_id: i64) -> Result<Vec<ItemRow>, StoreError> {
    items_where(connection, "i.message_id", &[message_id]).await
}

/// The items of a reminder.
pub async fn items_of_reminder(connection: &mut AnyConnection, reminder_id: i64) -> Result<Vec<ItemRow>, StoreError> {
    items_where(connection, "i.reminder_id", &[reminder_id]).await
}

/// The items of several reminders.
pub async fn items_of_reminders(connection: &mut AnyConnection, ids: &[i64]) -> Result<Vec<ItemRow>, StoreError> {
    items_where(connection, "i.reminder_id", ids).await
}

/// The items of several messages, in order of their routing.
pub async fn items_of_messages(connection: &mut AnyConnection, ids: &[i64]) -> Result<Vec<ItemRow>, StoreError> {
    items_where(connection, "i.message_id", ids).await
}

async fn items_where(connection: &mut AnyConnection, column: &'static str, ids: &[i64]) -> Result<Vec<ItemRow>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = keys::numbers(Dialect::of(connection), 1);
    let sql = format!("{ITEM_SQL} WHERE {column} {numbers} ORDER BY i.id");
    read_items(connection, &sql, vec![keys::list(ids.iter().copied()).into()]).await
}

/// Moves items to a state.
pub async fn set_items(connection: &mut AnyConnection, ids: &[i64], state: &'static str) -> Result<(), StoreError> {
    for_each(connection, &format!("UPDATE message_item SET state = '{state}'"), ids).await
}

/// Takes items out of their message: `open` ones wait to be packed again, `dropped` ones are gone.
pub async fn loosen_items(connection: &mut AnyConnection, ids: &[i64], state: &'static str) -> Result<(), StoreError> {
    for_each(connection, &format!("UPDATE message_item SET message_id = NULL, state = '{state}'"), ids).await
}

/// Puts items into messages: pairs of an item and the key of its message.
pub fn put_items(batch: &mut Batch, pairs: &[(i64, &str)]) {
    let sql = format!(
        "UPDATE message_item SET message_id = m.id FROM {} JOIN message m ON m.key = v.word WHERE message_item.id = v.id",
        keys::text_pairs(batch.dialect(), 1)
    );
    batch.push(sql, vec![keys::list(pairs.iter().map(|(item, key)| keys::pair(*item, *key))).into()]);
}
