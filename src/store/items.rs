//! The items of messages as rows: how they are asked for and read back.

use serde::Deserialize;
use sqlx::AnyConnection;

use super::error::StoreError;
use super::listed;
use super::rows::{Cell, damaged};
use crate::domain::organisation::UnitId;
use crate::domain::policy::ChannelKind;

/// An item of a message, or one that waits for its message.
#[derive(Clone, Debug)]
pub struct ItemRow {
    /// Key of the row.
    pub id: i64,
    /// Which reminder.
    pub reminder_id: i64,
    /// Of which assignment.
    pub assignment_id: i64,
    /// Who.
    pub person_id: i64,
    /// Over which channel.
    pub channel: ChannelKind,
    /// `action`, `copy` or `digest`.
    pub kind: String,
    /// JSON: why this person.
    pub roles: String,
    /// `open`, `accepted`, `failed`, `dropped`
    pub state: String,
    /// The message that carries it.
    pub message_id: Option<i64>,
    /// Whether assignment and directory stand as they did when it was routed.
    pub fresh: bool,
    /// The unit that answers for the assignment now.
    pub unit: UnitId,
    /// Its reminder was recorded while that unit was in trial.
    pub is_trial: bool,
    /// The policy that brought its reminder.
    pub policy: String,
}

pub(super) const ITEM_SQL: &str = "SELECT i.id, i.reminder_id, r.assignment_id, r.policy, i.person_id, i.channel, i.kind, i.roles, i.state,
        i.message_id, i.assignment_revision, i.org_revision, a.revision, r.trial_at_ms, COALESCE(a.responsible_id, a.unit_id) AS unit_id,
        (SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'org_revision') AS org_now
     FROM message_item i JOIN reminder r ON r.id = i.reminder_id JOIN assignment a ON a.id = r.assignment_id";

/// The columns of [`ITEM_SQL`], in its order.
const ITEM_COLUMNS: [&str; 16] = [
    "id",
    "reminder_id",
    "assignment_id",
    "policy",
    "person_id",
    "channel",
    "kind",
    "roles",
    "state",
    "message_id",
    "assignment_revision",
    "org_revision",
    "revision",
    "trial_at_ms",
    "unit_id",
    "org_now",
];

#[derive(Deserialize)]
struct ToldItem {
    id: i64,
    reminder_id: i64,
    assignment_id: i64,
    policy: String,
    person_id: i64,
    channel: String,
    kind: String,
    roles: String,
    state: String,
    message_id: Option<i64>,
    assignment_revision: i64,
    org_revision: i64,
    revision: i64,
    trial_at_ms: Option<i64>,
    unit_id: i64,
    org_now: i64,
}

impl ToldItem {
    fn item(self) -> Result<ItemRow, StoreError> {
        Ok(ItemRow {
            channel: ChannelKind::parse(&self.channel).ok_or_else(|| damaged("channel", &self.channel))?,
            fresh: self.assignment_revision == self.revision && self.org_revision == self.org_now,
            unit: UnitId(self.unit_id),
            is_trial: self.trial_at_ms.is_some(),
            id: self.id,
            reminder_id: self.reminder_id,
            assignment_id: self.assignment_id,
            person_id: self.person_id,
            kind: self.kind,
            roles: self.roles,
            state: self.state,
            message_id: self.message_id,
            policy: self.policy,
        })
    }
}

/// The items of a text that begins with [`ITEM_SQL`], in order of their routing.
pub(super) async fn read_items(connection: &mut AnyConnection, sql: &str, cells: Vec<Cell>) -> Result<Vec<ItemRow>, StoreError> {
    let told: Vec<ToldItem> = listed::fetch(connection, &ITEM_COLUMNS, sql, cells).await?;
    let mut items = told.into_iter().map(ToldItem::item).collect::<Result<Vec<_>, _>>()?;
    items.sort_unstable_by_key(|item| item.id);
    Ok(items)
}
