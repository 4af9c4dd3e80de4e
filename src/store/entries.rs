//! The journal read back: what it says of a message, of a reminder, of one assignment.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::dialect::Dialect;
use super::error::StoreError;
use super::keys;
use super::rows::moment_at;
use crate::domain::reminder::{ReminderKey, ReminderState};

/// Where a reminder stood from an entry of that word on; `None` where it is about none, or changed nothing.
pub(super) fn reminder_state(kind: &str) -> Option<ReminderState> {
    Some(match kind {
        "reminder-due" | "brief-due" => ReminderState::Queued,
        "reminder-merged" => ReminderState::Merged,
        "reminder-missed" => ReminderState::Missed,
        "reminder-answered" => ReminderState::Answered,
        "reminder-cancelled" => ReminderState::Cancelled,
        "reminder-undeliverable" => ReminderState::Undeliverable,
        _ => return None,
    })
}

/// An entry as it stands in the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryLine {
    /// Its number.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// Its word.
    pub kind: String,
    /// The assignment it is about.
    pub assignment_id: Option<i64>,
    /// The message it is about.
    pub message_key: Option<String>,
    /// Who did it.
    pub actor: Option<String>,
    /// The config that held.
    pub config_digest: Option<String>,
    /// Its details.
    pub detail: Value,
}

const SQL: &str = "SELECT seq, at_ms, kind, assignment_id, message_key, actor, config_digest, detail FROM journal";

fn line(row: &AnyRow) -> Result<EntryLine, StoreError> {
    Ok(EntryLine {
        seq: row.try_get("seq")?,
        at: moment_at(row, "at_ms")?,
        kind: row.try_get("kind")?,
        assignment_id: row.try_get("assignment_id")?,
        message_key: row.try_get("message_key")?,
        actor: row.try_get("actor")?,
        config_digest: row.try_get("config_digest")?,
        // An edited row is told by `verify`; here it says nothing.
        detail: serde_json::from_str(&row.try_get::<String, _>("detail")?).unwrap_or_default(),
    })
}

/// The entries about a message, in their order.
pub async fn of_message(connection: &mut AnyConnection, key: &str) -> Result<Vec<EntryLine>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{SQL} WHERE message_key = $1 ORDER BY seq"));
    sqlx::query(sql).bind(key).fetch_all(connection).await?.iter().map(line).collect()
}

/// The entries about each of these messages, in their order.
pub async fn of_messages(
    connection: &mut AnyConnection,
    keys: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Vec<EntryLine>>, StoreError> {
    let mut all: BTreeMap<String, Vec<EntryLine>> = BTreeMap::new();
    if keys.is_empty() {
        return Ok(all);
    }
    let these = keys::texts(Dialect::of(connection), 1);
    let sql = sqlx::AssertSqlSafe(format!("{SQL} WHERE message_key {these} ORDER BY seq"));
    for row in sqlx::query(sql).bind(keys::texts_list(keys.iter().copied())).fetch_all(connection).await? {
        let line = line(&row)?;
        if let Some(key) = line.message_key.clone() {
            all.entry(key).or_default().push(line);
        }
    }
    Ok(all)
}

/// The entries of one word, in their order. Reads the whole journal.
pub async fn of_kind(connection: &mut AnyConnection, kind: &str) -> Result<Vec<EntryLine>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{SQL} WHERE kind = $1 ORDER BY seq"));
    sqlx::query(sql).bind(kind).fetch_all(connection).await?.iter().map(line).collect()
}

/// The same of those about no assignment.
pub async fn of_no_assignment(connection: &mut AnyConnection, kind: &str) -> Result<Vec<EntryLine>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{SQL} WHERE kind = $1 AND assignment_id IS NULL ORDER BY seq"));
    sqlx::query(sql).bind(kind).fetch_all(connection).await?.iter().map(line).collect()
}

/// The replies and facts of every assignment that a directive gives a unit, in their order.
pub async fn of_unit(connection: &mut AnyConnection, directive: i64, unit: i64) -> Result<Vec<EntryLine>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!(
        "{SQL} WHERE assignment_id IN (SELECT id FROM assignment WHERE directive_id = $1 AND unit_id = $2)
         AND kind IN ('reply', 'reply-undone', 'fact-added', 'fact-changed') ORDER BY seq"
    ));
    sqlx::query(sql).bind(directive).bind(unit).fetch_all(connection).await?.iter().map(line).collect()
}

/// The entries about an assignment, in their order.
pub async fn of_assignment(connection: &mut AnyConnection, id: i64) -> Result<Vec<EntryLine>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{SQL} WHERE assignment_id = $1 ORDER BY seq"));
    sqlx::query(sql).bind(id).fetch_all(connection).await?.iter().map(line).collect()
}

/// The same of one word.
pub async fn of_assignment_and_kind(connection: &mut AnyConnection, id: i64, kind: &str) -> Result<Vec<EntryLine>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{SQL} WHERE assignment_id = $1 AND kind = $2 ORDER BY seq"));
    sqlx::query(sql).bind(id).bind(kind).fetch_all(connection).await?.iter().map(line).collect()
}

/// The entry by which a reminder came due last, up to an instant.
pub async fn of_reminder(
    connection: &mut AnyConnection,
    assignment_id: i64,
    key: &ReminderKey,
    up_to: Timestamp,
) -> Result<Option<EntryLine>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!(
        "{SQL} WHERE assignment_id = $1 AND kind IN ('reminder-due', 'brief-due') AND at_ms <= $2 ORDER BY seq DESC"
    ));
    let rows = sqlx::query(sql).bind(assignment_id).bind(up_to.as_millisecond()).fetch_all(connection).await?;
    for row in &rows {
        let line = line(row)?;
        let text = |name: &str| line.detail.get(name).and_then(Value::as_str);
        let occurrence = line.detail.get("occurrence").and_then(Value::as_i64).unwrap_or(1);
        let step = text("step").map_or(line.kind == "brief-due", |step| step == key.step.to_string());
        if step && text("anchor") == Some(key.anchor.as_str()) && occurrence == i64::from(key.occurrence) {
            return Ok(Some(line));
        }
    }
    Ok(None)
}

/// The digest of the rules in force at an instant: those loaded last before it.
pub async fn rules_at(connection: &mut AnyConnection, at: Timestamp) -> Result<Option<String>, StoreError> {
    let sql = "SELECT config_digest FROM journal WHERE kind = 'rules-loaded' AND at_ms <= $1 ORDER BY seq DESC LIMIT 1";
    let found: Option<Option<String>> = sqlx::query_scalar(sql).bind(at.as_millisecond()).fetch_optional(connection).await?;
    Ok(found.flatten())
}
