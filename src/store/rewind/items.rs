//! What was on its way to people at an instant, or had arrived.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use crate::domain::organisation::PersonId;
use crate::domain::reminder::ReminderState;
use crate::store::error::StoreError;
use crate::store::rows::{instant, instant_at, word_at};

/// One person's part of a reminder, over one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemThen {
    /// Of which reminder.
    pub reminder_id: i64,
    /// Who.
    pub person: PersonId,
    /// Over which channel.
    pub channel: String,
    /// `action`, `copy` or `digest`.
    pub kind: String,
    /// The message's key, `None` while it waited to be packed, and for what never was.
    pub message_key: Option<String>,
    /// The message's state then: `queued` also for what the store does not tell apart any more. `accepted` or `refused` of what no message
    /// carried: it had left before a restore, or could not be packed.
    pub state: String,
    /// Reason code, or what the channel said.
    pub reason: String,
    /// When it was accepted, refused, held or cancelled; then, as far as that had happened.
    pub settled_at: Option<Timestamp>,
    /// It goes to the trial mailbox.
    pub is_trial: bool,
}

const ITEMS: &str = "SELECT i.reminder_id, i.person_id, i.channel, i.kind, i.state AS item_state, m.key, m.state, m.reason,
        m.packed_at_ms, m.settled_at_ms, m.trial_at_ms, r.state AS reminder_state, r.reason AS reminder_reason,
        r.settled_at_ms AS reminder_settled_at_ms, r.trial_at_ms AS reminder_trial_at_ms
    FROM message_item i JOIN reminder r ON r.id = i.reminder_id LEFT JOIN message m ON m.id = i.message_id
    WHERE r.assignment_id = $1 AND i.state <> 'dropped' ORDER BY i.id";

pub(super) async fn items(connection: &mut AnyConnection, id: i64, at: Timestamp) -> Result<Vec<ItemThen>, StoreError> {
    let rows = sqlx::query(ITEMS).bind(id).fetch_all(&mut *connection).await?;
    let left = left_before(connection, id).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let message_key: Option<String> = row.try_get("key")?;
        let carried = if message_key.is_some() { in_message(row, at)? } else { in_no_message(row, &left, at)? };
        let Some(Carried { state, reason, settled_at, is_trial }) = carried else { continue };
        found.push(ItemThen {
            reminder_id: row.try_get("reminder_id")?,
            person: PersonId(row.try_get("person_id")?),
            channel: row.try_get("channel")?,
            kind: row.try_get("kind")?,
            message_key,
            state,
            reason,
            settled_at,
            is_trial,
        });
    }
    Ok(found)
}

/// What had become of an item.
struct Carried {
    state: String,
    reason: String,
    settled_at: Option<Timestamp>,
    is_trial: bool,
}

/// `None` while its message was not packed.
fn in_message(row: &AnyRow, at: Timestamp) -> Result<Option<Carried>, StoreError> {
    if instant_at(row, "packed_at_ms")?.is_some_and(|packed| packed > at) {
        return Ok(None);
    }
    let settled_at = instant_at(row, "settled_at_ms")?.filter(|settled| *settled <= at);
    let ended: Option<String> = row.try_get("state")?;
    let is_settled = settled_at.is_some();
    let open = |state: &String| !["accepted", "refused", "cancelled", "held"].contains(&state.as_str()) || is_settled;
    Ok(Some(Carried {
        state: ended.filter(open).unwrap_or_else(|| "queued".to_owned()),
        reason: if is_settled { row.try_get::<Option<String>, _>("reason")?.unwrap_or_default() } else { String::new() },
        settled_at,
        is_trial: instant_at(row, "trial_at_ms")?.is_some(),
    }))
}

/// It waits to be packed, or was left out since its person had it already, or could not be packed; `None` before that.
fn in_no_message(row: &AnyRow, left: &BTreeMap<(i64, i64), Timestamp>, at: Timestamp) -> Result<Option<Carried>, StoreError> {
    let is_trial = instant_at(row, "reminder_trial_at_ms")?.is_some();
    let settled_at = instant_at(row, "reminder_settled_at_ms")?;
    let (state, reason, settled_at) = match row.try_get::<String, _>("item_state")?.as_str() {
        "accepted" => {
            let left = left.get(&(row.try_get("reminder_id")?, row.try_get("person_id")?)).copied();
            ("accepted", "sent-log".to_owned(), left.or(settled_at))
        }
        "failed" => {
            // Others may have got their part: the store has no instant of this one then.
            let of_all = word_at(row, "reminder_state", ReminderState::parse)? == ReminderState::Undeliverable;
            let reason = if of_all { row.try_get("reminder_reason")? } else { String::new() };
            ("refused", reason, settled_at.filter(|_| of_all))
        }
        _ => ("queued", String::new(), None),
    };
    if settled_at.is_some_and(|settled| settled > at) {
        return Ok(None);
    }
    Ok(Some(Carried { state: state.to_owned(), reason, settled_at, is_trial }))
}

/// When parts left that a restored store knew nothing of, by reminder and person.
async fn left_before(connection: &mut AnyConnection, id: i64) -> Result<BTreeMap<(i64, i64), Timestamp>, StoreError> {
    let sql = "SELECT detail FROM journal WHERE assignment_id = $1 AND kind = 'already-sent' ORDER BY seq";
    let mut left = BTreeMap::new();
    for detail in sqlx::query_scalar::<_, String>(sql).bind(id).fetch_all(connection).await? {
        let detail: Value = serde_json::from_str(&detail).unwrap_or_default();
        let number = |name: &str| detail.get(name).and_then(Value::as_i64);
        if let (Some(reminder), Some(person), Some(at_ms)) = (number("reminder"), number("person"), number("sent_at_ms")) {
            left.insert((reminder, person), instant("sent_at_ms", at_ms)?);
        }
    }
    Ok(left)
}
