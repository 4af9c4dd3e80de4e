//! The guards that stand, and what they let through of the outbox.

use std::fmt::Write as _;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::Tx;
use super::error::StoreError;
use super::rows::damaged;
use crate::domain::guard::Guard;

/// A guard that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardRow {
    /// Which.
    pub guard: Guard,
    /// Since when.
    pub since_at_ms: i64,
    /// Who raised it, as the journal names actors.
    pub raised_by: String,
    /// Why, in the words of whoever raised it.
    pub note: Option<String>,
    /// When the operators were told last.
    pub told_at_ms: i64,
}

const COLUMNS: &str = "name, since_at_ms, raised_by, note, told_at_ms";

/// The guard of that name.
pub(super) fn parse(name: &str) -> Result<Guard, StoreError> {
    Guard::parse(name).ok_or_else(|| damaged("guard.name", name))
}

fn guard(row: &AnyRow) -> Result<GuardRow, StoreError> {
    let name: String = row.try_get("name")?;
    Ok(GuardRow {
        guard: parse(&name)?,
        since_at_ms: row.try_get("since_at_ms")?,
        raised_by: row.try_get("raised_by")?,
        note: row.try_get("note")?,
        told_at_ms: row.try_get("told_at_ms")?,
    })
}

/// Every guard that stands, the oldest first.
pub async fn standing(connection: &mut AnyConnection) -> Result<Vec<GuardRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM guard ORDER BY since_at_ms, name");
    sqlx::query(AssertSqlSafe(sql)).fetch_all(connection).await?.iter().map(guard).collect()
}

/// Raises a guard; `false` when it stands already, and then it stays as it is.
pub async fn raise(tx: &mut Tx, new: &GuardRow) -> Result<bool, StoreError> {
    let sql = "INSERT INTO guard (name, since_at_ms, raised_by, note, told_at_ms) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (name) DO NOTHING";
    let done = sqlx::query(sql)
        .bind(new.guard.as_str())
        .bind(new.since_at_ms)
        .bind(new.raised_by.clone())
        .bind(new.note.clone())
        .bind(new.told_at_ms)
        .execute(&mut **tx)
        .await?;
    tx.loses_bearings();
    Ok(done.rows_affected() > 0)
}

/// Lifts a guard and returns it; `None` when it does not stand.
pub async fn lift(tx: &mut Tx, name: Guard) -> Result<Option<GuardRow>, StoreError> {
    let sql = format!("DELETE FROM guard WHERE name = $1 RETURNING {COLUMNS}");
    tx.loses_bearings();
    sqlx::query(AssertSqlSafe(sql)).bind(name.as_str()).fetch_optional(&mut **tx).await?.as_ref().map(guard).transpose()
}

/// Why a guard stands, said anew.
pub async fn set_note(tx: &mut Tx, row: &GuardRow) -> Result<(), StoreError> {
    let sql = "UPDATE guard SET note = $1 WHERE name = $2";
    sqlx::query(sql).bind(row.note.clone()).bind(row.guard.as_str()).execute(&mut **tx).await?;
    tx.loses_bearings();
    Ok(())
}

/// The operators were told of it then.
pub async fn set_told(tx: &mut Tx, name: Guard, at_ms: i64) -> Result<(), StoreError> {
    let sql = "UPDATE guard SET told_at_ms = $1 WHERE name = $2";
    sqlx::query(sql).bind(at_ms).bind(name.as_str()).execute(&mut **tx).await?;
    tx.loses_bearings();
    Ok(())
}

/// Which reminders pass the guards that stand, by the names of their steps as the table has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passing {
    /// All of them.
    All,
    /// Those of these steps.
    Steps(Vec<String>),
}

impl Passing {
    /// `AND column IN (…)`; nothing while everything passes.
    pub(super) fn of_step(&self, column: &str) -> String {
        match self {
            Self::All => String::new(),
            Self::Steps(steps) if steps.is_empty() => " AND 1 = 0".to_owned(),
            Self::Steps(steps) => format!(" AND {column} IN ({})", quoted(steps)),
        }
    }

    /// The same for a message: every one of its members passes.
    pub(super) fn of_message(&self, message: &str) -> String {
        match self {
            Self::All => String::new(),
            Self::Steps(steps) if steps.is_empty() => " AND 1 = 0".to_owned(),
            Self::Steps(steps) => format!(
                " AND NOT EXISTS (SELECT 1 FROM message_item gi JOIN reminder gr ON gr.id = gi.reminder_id
                      WHERE gi.message_id = {message} AND gr.step NOT IN ({}))",
                quoted(steps)
            ),
        }
    }

    /// The same for an item that waits for its message.
    pub(super) fn of_item(&self, reminder: &str) -> String {
        match self {
            Self::All => String::new(),
            Self::Steps(_) => {
                format!(" AND EXISTS (SELECT 1 FROM reminder gr WHERE gr.id = {reminder}{})", self.of_step("gr.step"))
            }
        }
    }
}

/// Names of steps come from the config: any quote in them is doubled.
fn quoted(steps: &[String]) -> String {
    let mut list = String::new();
    for step in steps {
        let comma = if list.is_empty() { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(list, "{comma}'{}'", step.replace('\'', "''"));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_the_name_of_a_step_stays_within_it() {
        let passing = Passing::Steps(vec!["nhac-3".into(), "o'clock".into()]);
        assert_eq!(passing.of_step("r.step"), " AND r.step IN ('nhac-3', 'o''clock')");
        assert_eq!(Passing::All.of_step("r.step"), "");
        assert_eq!(Passing::Steps(Vec::new()).of_step("r.step"), " AND 1 = 0");
    }
}
