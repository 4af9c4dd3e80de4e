//! Replies one by one: what each changed, so that who gave it can take it back.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Row as _};

use super::batch::Batch;
use super::error::StoreError;
use super::outbox::{Turn, set_reminders_where};
use super::rows::{damaged, date_at, instant_at, moment_at, word_at};
use crate::domain::organisation::PersonId;
use crate::domain::reminder::{ReminderState, StepRef};
use crate::domain::reply::ReplyKind;

/// An assignment as a reply found it, stored with the reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    v: u8,
    work: String,
    promised_until: Option<String>,
    paused_until_ms: Option<i64>,
    assignee_id: Option<i64>,
    #[serde(default)]
    blocked_by_id: Option<i64>,
    #[serde(default)]
    blocked_until_ms: Option<i64>,
    /// The last day of the deadline "kể từ ngày nhận được" it started.
    pub started_deadline: Option<String>,
    /// The figure it was about to write.
    pub figure: Option<FigureBefore>,
}

/// A figure as a reply found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureBefore {
    /// The day it describes.
    pub as_of: String,
    /// What stood there; nothing when `None`.
    held: Option<HeldFigure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldFigure {
    value: String,
    source: Option<String>,
    recorded_at_ms: i64,
}

impl Before {
    /// As the column holds it; `None` for what is no JSON, which plain texts and numbers never are.
    pub fn to_json(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

/// Reads how an assignment stands, with the figure of that day where the reply brings one.
pub async fn before(connection: &mut AnyConnection, assignment_id: i64, as_of: Option<Date>) -> Result<Before, StoreError> {
    let sql = "SELECT work, promised_until, paused_until_ms, assignee_id, blocked_by_id, blocked_until_ms, directive_id,
                   unit_id FROM assignment WHERE id = $1";
    let row = sqlx::query(sql).bind(assignment_id).fetch_one(&mut *connection).await?;
    let figure = match as_of {
        None => None,
        Some(day) => {
            let sql = "SELECT value, source, recorded_at_ms FROM figure WHERE directive_id = $1 AND unit_id = $2 AND as_of = $3";
            let (directive, unit): (i64, i64) = (row.try_get("directive_id")?, row.try_get("unit_id")?);
            let query = sqlx::query(sql).bind(directive).bind(unit).bind(day.to_string());
            let held = query.fetch_optional(connection).await?;
            let held = held.map(|held| {
                Ok::<_, StoreError>(HeldFigure {
                    value: held.try_get("value")?,
                    source: held.try_get("source")?,
                    recorded_at_ms: held.try_get("recorded_at_ms")?,
                })
            });
            Some(FigureBefore { as_of: day.to_string(), held: held.transpose()? })
        }
    };
    Ok(Before {
        v: 1,
        work: row.try_get("work")?,
        promised_until: row.try_get("promised_until")?,
        paused_until_ms: row.try_get("paused_until_ms")?,
        assignee_id: row.try_get("assignee_id")?,
        blocked_by_id: row.try_get("blocked_by_id")?,
        blocked_until_ms: row.try_get("blocked_until_ms")?,
        started_deadline: None,
        figure,
    })
}

/// A reply that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyRow {
    /// The assignment it is about.
    pub assignment_id: i64,
    /// Who says it.
    pub person: PersonId,
    /// What is said.
    pub kind: ReplyKind,
    /// When it arrived.
    pub at: Timestamp,
    /// The day it counts from.
    pub on: Option<Date>,
    /// A promise, an extension asked or granted, the last day of a hold.
    pub until: Option<Date>,
    /// Percent done.
    pub percent: Option<u8>,
    /// A sentence.
    pub note: Option<String>,
    /// The document that reports it.
    pub document: Option<String>,
    /// JSON: `to`, `to_unit`, `basis`, `by`, `os_user`, `via`.
    pub detail: String,
    /// JSON: the assignment as the reply found it, for who takes it back.
    pub before: Option<String>,
    /// Why it waits for a second signal; `None` for one that counts.
    pub doubt: Option<String>,
}

/// Adds it.
pub async fn insert(connection: &mut AnyConnection, row: &ReplyRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO reply (assignment_id, person_id, kind, at_ms, on_date, until_date, percent, note, document, detail, before_state,
             doubt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(row.assignment_id)
    .bind(row.person.0)
    .bind(row.kind.as_str())
    .bind(row.at.as_millisecond())
    .bind(row.on.map(|day| day.to_string()))
    .bind(row.until.map(|day| day.to_string()))
    .bind(row.percent.map(i64::from))
    .bind(row.note.clone())
    .bind(row.document.clone())
    .bind(row.detail.clone())
    .bind(row.before.clone())
    .bind(row.doubt.clone())
    .execute(connection)
    .await?;
    Ok(())
}

/// A reply as far as taking it back needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenReply {
    /// Key.
    pub id: i64,
    /// To which assignment.
    pub assignment_id: i64,
    /// Who gave it.
    pub person: PersonId,
    /// What was said.
    pub kind: ReplyKind,
    /// When it arrived.
    pub at: Timestamp,
    /// Until when, of an extension asked.
    pub until: Option<Date>,
    /// When it was taken back.
    pub undone_at: Option<Timestamp>,
    /// What it changed; `None` for one recorded before that was kept.
    pub before: Option<Before>,
}

/// That reply.
pub async fn get(connection: &mut AnyConnection, id: i64) -> Result<Option<GivenReply>, StoreError> {
    let sql = "SELECT id, assignment_id, person_id, kind, at_ms, until_date, undone_at_ms, before_state FROM reply WHERE id = $1";
    let Some(row) = sqlx::query(sql).bind(id).fetch_optional(connection).await? else { return Ok(None) };
    let before: Option<String> = row.try_get("before_state")?;
    let before = before.map(|json| serde_json::from_str(&json).map_err(|_| damaged("before_state", &json)));
    Ok(Some(GivenReply {
        id: row.try_get("id")?,
        assignment_id: row.try_get("assignment_id")?,
        person: PersonId(row.try_get("person_id")?),
        kind: word_at(&row, "kind", ReplyKind::parse)?,
        at: moment_at(&row, "at_ms")?,
        until: date_at(&row, "until_date")?,
        undone_at: instant_at(&row, "undone_at_ms")?,
        before: before.transpose()?,
    }))
}

/// The key of the last reply that person gave to that assignment and did not take back.
pub async fn last_of(connection: &mut AnyConnection, assignment_id: i64, person: PersonId) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT MAX(id) FROM reply WHERE assignment_id = $1 AND person_id = $2 AND undone_at_ms IS NULL
                   AND (doubt IS NULL OR confirmed_at_ms IS NOT NULL)";
    Ok(sqlx::query_scalar(sql).bind(assignment_id).bind(person.0).fetch_one(connection).await?)
}

/// Who answered that assignment after that reply, the first of them; replies that were taken back do not count.
pub async fn answered_since(connection: &mut AnyConnection, reply: &GivenReply) -> Result<Option<PersonId>, StoreError> {
    let sql = "SELECT person_id FROM reply WHERE assignment_id = $1 AND id > $2 AND undone_at_ms IS NULL
                   AND (doubt IS NULL OR confirmed_at_ms IS NOT NULL) ORDER BY id LIMIT 1";
    let found: Option<i64> = sqlx::query_scalar(sql).bind(reply.assignment_id).bind(reply.id).fetch_optional(connection).await?;
    Ok(found.map(PersonId))
}

/// Marks it as taken back and puts its assignment where it was; the planner looks at it at once.
pub async fn take_back(
    connection: &mut AnyConnection,
    reply: &GivenReply,
    before: &Before,
    now: Timestamp,
) -> Result<(), StoreError> {
    let now_ms = now.as_millisecond();
    sqlx::query("UPDATE reply SET undone_at_ms = $1 WHERE id = $2").bind(now_ms).bind(reply.id).execute(&mut *connection).await?;
    // What it confirmed waits again.
    let sql = "UPDATE reply SET confirmed_at_ms = NULL WHERE assignment_id = $1 AND person_id = $2 AND confirmed_at_ms = $3";
    let query = sqlx::query(sql).bind(reply.assignment_id).bind(reply.person.0).bind(reply.at.as_millisecond());
    query.execute(&mut *connection).await?;
    let sql = "UPDATE assignment SET work = $1, promised_until = $2, paused_until_ms = $3, assignee_id = $4,
                   blocked_by_id = $5, blocked_until_ms = $6, revision = revision + 1, next_check_at_ms = $7 WHERE id = $8";
    let query = sqlx::query(sql).bind(&before.work).bind(before.promised_until.as_deref()).bind(before.paused_until_ms);
    let query = query.bind(before.assignee_id).bind(before.blocked_by_id).bind(before.blocked_until_ms);
    query.bind(now_ms).bind(reply.assignment_id).execute(&mut *connection).await?;
    if let Some(started) = &before.started_deadline {
        // It has not begun, unless another deadline was set since.
        let sql = "SELECT deadline_last_day FROM assignment WHERE id = $1";
        let held: Option<String> = sqlx::query_scalar(sql).bind(reply.assignment_id).fetch_one(&mut *connection).await?;
        if held.as_ref() == Some(started) {
            super::works::correct_deadline(connection, reply.assignment_id, None, now).await?;
        }
    }
    if let Some(figure) = &before.figure {
        figure_back(connection, reply, figure).await?;
    }
    // What was recorded as answered because of it comes due again.
    let mut batch = Batch::new(connection);
    let answered = "r.assignment_id = $1 AND r.state = 'answered' AND r.due_at_ms >= $2";
    let cells = vec![reply.assignment_id.into(), reply.at.as_millisecond().into()];
    set_reminders_where(&mut batch, answered, cells, Turn::new(ReminderState::Cancelled, "taken-back", now_ms));
    batch.run(connection).await
}

/// The figure as it was before, unless another was written since.
async fn figure_back(connection: &mut AnyConnection, reply: &GivenReply, figure: &FigureBefore) -> Result<(), StoreError> {
    let of_the_reply = "directive_id = (SELECT directive_id FROM assignment WHERE id = $1)
                        AND unit_id = (SELECT unit_id FROM assignment WHERE id = $1) AND as_of = $2 AND recorded_at_ms = $3";
    let at_ms = reply.at.as_millisecond();
    match &figure.held {
        None => {
            let sql = sqlx::AssertSqlSafe(format!("DELETE FROM figure WHERE {of_the_reply}"));
            sqlx::query(sql).bind(reply.assignment_id).bind(&figure.as_of).bind(at_ms).execute(connection).await?;
        }
        Some(held) => {
            let sql = format!("UPDATE figure SET value = $4, source = $5, recorded_at_ms = $6 WHERE {of_the_reply}");
            let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(reply.assignment_id).bind(&figure.as_of).bind(at_ms);
            query.bind(&held.value).bind(held.source.as_deref()).bind(held.recorded_at_ms).execute(connection).await?;
        }
    }
    Ok(())
}

/// Whether a message that tells of the reply with that anchor has arrived, or may have; what was refused or put off has not.
pub async fn was_told(connection: &mut AnyConnection, assignment_id: i64, anchor: &str) -> Result<bool, StoreError> {
    let sql = format!("SELECT COUNT(*) FROM {TOLD} AND r.anchor = $2 AND r.step LIKE 'notice:%'");
    let told: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(assignment_id).bind(anchor).fetch_one(connection).await?;
    Ok(told > 0)
}

/// The steps and notices of an assignment that have arrived, or may have.
pub async fn told_steps(connection: &mut AnyConnection, assignment_id: i64) -> Result<Vec<StepRef>, StoreError> {
    let sql = format!("SELECT DISTINCT r.step FROM {TOLD} AND r.trial_ended_at_ms IS NULL");
    let steps: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(assignment_id).fetch_all(connection).await?;
    Ok(steps.iter().map(|step| StepRef::parse(step)).collect())
}

/// The transmissions of what the assignment `$1` has to tell of which a copy has arrived, or may have. A message that was taken apart
/// keeps none of its parts: each that its person was due to get when it was packed may have been in it.
const TOLD: &str = "reminder r JOIN message_item i ON i.reminder_id = r.id
                    JOIN message m ON m.id = i.message_id
                        OR (m.person_id = i.person_id AND m.state = 'cancelled' AND m.packed_at_ms >= r.due_at_ms)
                    JOIN attempt a ON a.message_id = m.id AND (a.verdict IS NULL OR a.verdict IN ('accepted', 'uncertain'))
                    WHERE r.assignment_id = $1";
