//! One assignment with everything that happened to it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::corrections::{self, CorrectionLine};
use super::error::StoreError;
use super::queries::{ListRow, UnitName, list_one};
use super::quotes::{QuoteLine, quote_of};
use super::rows::{damaged, date_at, day_at, instant, instant_at, moment_at, word_at};
use super::trial::plain_anchor;
use crate::domain::deadline::DeadlineKind;
use crate::domain::delivery::MessageState;
use crate::domain::recurrence::{CutOff, Period};
use crate::domain::reminder::{Notice, ReminderState, StepRef};
use crate::domain::reply::ReplyKind;
use crate::domain::target::Target;

/// One assignment with its timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// The assignment.
    pub row: ListRow,
    /// The clause.
    pub text: Option<String>,
    /// Its words in the dispatch it was read from.
    pub quote: Option<QuoteLine>,
    /// The clause number as typed, when different.
    pub clause_as_typed: Option<String>,
    /// Text ids of the coordinating units.
    pub coordinating: Vec<String>,
    /// Their names, in the same order.
    pub coordinating_names: Vec<String>,
    /// The number to reach.
    pub target: Option<Target>,
    /// Which turn of a recurring duty it is.
    pub period: Option<Period>,
    /// When the figures of its periods are closed.
    pub cut_off: Option<CutOff>,
    /// When it was recorded as a period that ended before it could be opened.
    pub passed_at: Option<Timestamp>,
    /// Oldest first.
    pub figures: Vec<FigureLine>,
    /// Oldest first.
    pub extensions: Vec<ExtensionLine>,
    /// Deadlines that facts changed, oldest first.
    pub corrections: Vec<CorrectionLine>,
    /// The last day without any extension, as the dispatch stands now.
    pub original_last_day: Option<Date>,
    /// Oldest first.
    pub replies: Vec<ReplyLine>,
    /// In the order they were meant for.
    pub reminders: Vec<ReminderLine>,
    /// Those that carry one of the reminders, oldest first.
    pub messages: Vec<MessageLine>,
}

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureLine {
    /// The day it describes.
    pub as_of: Date,
    /// The number.
    pub value: f64,
    /// Where it comes from.
    pub source: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// An extension.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionLine {
    /// The last day before it.
    pub old_last_day: Option<Date>,
    /// The last day since.
    pub new_last_day: Date,
    /// `HH:MM` on that day.
    pub time: Option<String>,
    /// The document that grants it.
    pub basis: Option<String>,
    /// The day it was granted.
    pub date: Option<Date>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// A person as they are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName {
    /// Their text id.
    pub code: String,
    /// Their name.
    pub name: String,
}

/// A reply.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplyLine {
    /// The word.
    pub kind: ReplyKind,
    /// When it arrived.
    pub at: Timestamp,
    /// Text id of who gave it.
    pub person: String,
    /// Their name.
    pub person_name: String,
    /// The day it counts from.
    pub on: Option<Date>,
    /// Until when, of a promise or an extension asked.
    pub until: Option<Date>,
    /// Percent done.
    pub percent: Option<i64>,
    /// Note.
    pub note: Option<String>,
    /// The document reported with.
    pub document: Option<String>,
    /// The unit it names: waited for, said to be responsible, or given the duty.
    pub unit: Option<UnitName>,
    /// Whom the duty is handed to.
    pub to: Option<PersonName>,
    /// JSON, as recorded.
    pub detail: Option<String>,
    /// When who gave it took it back; it counts for nothing then.
    pub undone_at: Option<Timestamp>,
    /// Why it may not come from its person; a weak reply.
    pub doubt: Option<String>,
    /// When a second signal made a weak reply count.
    pub confirmed_at: Option<Timestamp>,
}

/// A reminder.
#[derive(Clone, Debug, PartialEq)]
pub struct ReminderLine {
    /// Key.
    pub id: i64,
    /// Its step.
    pub step: StepRef,
    /// What it counts from.
    pub anchor: String,
    /// 1 for the first time.
    pub occurrence: i64,
    /// Its policy.
    pub policy: String,
    /// The slot it is meant for.
    pub moment: Timestamp,
    /// When it may leave.
    pub due_at: Timestamp,
    /// Where it stands.
    pub state: ReminderState,
    /// Reason code of the last change.
    pub reason: String,
    /// First acceptance, or when proved undeliverable.
    pub settled_at: Option<Timestamp>,
    /// Recorded in trial: it counts for nothing once the unit is live.
    pub is_trial: bool,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageLine {
    /// Key in `X-Dondoc-Message`.
    pub key: String,
    /// Key of whom it is for.
    pub person_id: i64,
    /// Text id of whom it is for.
    pub person: String,
    /// Their name.
    pub person_name: String,
    /// Channel.
    pub channel: String,
    /// `action`, `copy` or `digest`.
    pub kind: String,
    /// Where it stands.
    pub state: MessageState,
    /// Reason code of the last change.
    pub reason: String,
    /// Subject.
    pub subject: String,
    /// When it was packed.
    pub packed_at: Timestamp,
    /// When it became final.
    pub settled_at: Option<Timestamp>,
    /// The channel's own name of it.
    pub receipt: Option<String>,
    /// Keys of the reminders of this assignment it carries.
    pub reminders: Vec<i64>,
    /// Transmissions, oldest first.
    pub attempts: Vec<AttemptLine>,
    /// It went, or was to go, to the trial mailbox instead of that person.
    pub is_trial: bool,
}

/// A transmission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptLine {
    /// From 1.
    pub number: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When the answer was known.
    pub ended_at: Option<Timestamp>,
    /// The answer; `None` while it runs.
    pub verdict: Option<String>,
    /// What the channel said.
    pub reason: Option<String>,
}

/// Reads it; `None` when there is no such assignment.
pub async fn timeline(connection: &mut AnyConnection, assignment_id: i64) -> Result<Option<Timeline>, StoreError> {
    let Some(row) = list_one(connection, assignment_id).await? else { return Ok(None) };
    let sql = "SELECT text, clause_as_typed, target, cutoff, deadline_kind, deadline_last_day FROM directive WHERE id = $1";
    let directive = sqlx::query(sql).bind(row.directive_id).fetch_one(&mut *connection).await?;
    let target: Option<String> = directive.try_get("target")?;
    let sql =
        "SELECT u.code, u.name FROM directive_unit c JOIN unit u ON u.id = c.unit_id WHERE c.directive_id = $1 ORDER BY u.id";
    let (mut coordinating, mut coordinating_names) = (Vec::new(), Vec::new());
    for unit in sqlx::query(sql).bind(row.directive_id).fetch_all(&mut *connection).await? {
        coordinating.push(unit.try_get(0)?);
        coordinating_names.push(unit.try_get(1)?);
    }
    let extensions = lines(connection, EXTENSIONS, assignment_id, extension).await?;
    let kind: Option<String> = directive.try_get("deadline_kind")?;
    let original_last_day = match kind.as_deref().and_then(DeadlineKind::parse) {
        // Its day is each assignment's own.
        None | Some(DeadlineKind::Relative | DeadlineKind::Recurring) => extensions.first().and_then(|first| first.old_last_day),
        Some(_) => date_at(&directive, "deadline_last_day")?,
    };
    let sql = "SELECT MIN(at_ms) FROM journal WHERE assignment_id = $1 AND kind = 'period-passed'";
    let passed_at: Option<i64> = sqlx::query_scalar(sql).bind(assignment_id).fetch_one(&mut *connection).await?;
    let replies = lines(connection, REPLIES, assignment_id, reply).await?;
    let replies = name_others(connection, replies).await?;
    Ok(Some(Timeline {
        period: row.name.period.as_deref().and_then(Period::parse),
        cut_off: directive.try_get::<Option<i64>, _>("cutoff")?.and_then(CutOff::new),
        passed_at: passed_at.map(|at_ms| instant("at_ms", at_ms)).transpose()?,
        text: directive.try_get("text")?,
        quote: quote_of(connection, row.directive_id).await?,
        clause_as_typed: directive.try_get("clause_as_typed")?,
        coordinating,
        coordinating_names,
        target: target.as_deref().map(super::dispatches::parse_target).transpose()?,
        figures: figures(connection, &row).await?,
        extensions,
        corrections: corrections::of_assignment(connection, assignment_id).await?,
        original_last_day,
        replies,
        reminders: lines(connection, REMINDERS, assignment_id, reminder).await?.into_iter().filter(is_of_it).collect(),
        messages: messages(connection, assignment_id).await?,
        row,
    }))
}

/// An alarm is about the operation of the system, whichever assignment carries it.
fn is_of_it(line: &ReminderLine) -> bool {
    line.step != StepRef::Notice(Notice::Guard)
}

const EXTENSIONS: &str = "SELECT old_last_day, new_last_day, new_time, basis, date, recorded_at_ms
    FROM extension WHERE assignment_id = $1 ORDER BY id";
const REPLIES: &str = "SELECT r.kind, r.at_ms, p.code, p.name, r.on_date, r.until_date, r.percent, r.note, r.document, r.detail,
        r.undone_at_ms, r.doubt, r.confirmed_at_ms
    FROM reply r JOIN person p ON p.id = r.person_id WHERE r.assignment_id = $1 ORDER BY r.id";
const REMINDERS: &str = "SELECT id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, reason, settled_at_ms,
        trial_at_ms
    FROM reminder WHERE assignment_id = $1 ORDER BY moment_at_ms, id";
const MESSAGES: &str = "SELECT m.id, m.key, p.code, p.name, m.channel, m.kind, m.state, m.reason, m.subject, m.packed_at_ms,
        m.settled_at_ms, m.receipt, m.trial_at_ms, m.person_id, i.reminder_id
    FROM message_item i JOIN reminder r ON r.id = i.reminder_id JOIN message m ON m.id = i.message_id
    JOIN person p ON p.id = m.person_id
    WHERE r.assignment_id = $1 AND m.kind <> 'alarm' ORDER BY m.id, i.id";
const ATTEMPTS: &str = "SELECT t.message_id, t.number, t.started_at_ms, t.ended_at_ms, t.verdict, t.reason
    FROM attempt t WHERE t.message_id IN (
        SELECT i.message_id FROM message_item i JOIN reminder r ON r.id = i.reminder_id WHERE r.assignment_id = $1)
    ORDER BY t.message_id, t.number";

async fn lines<T>(
    connection: &mut AnyConnection,
    sql: &'static str,
    id: i64,
    read: fn(&AnyRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    sqlx::query(sql).bind(id).fetch_all(connection).await?.iter().map(read).collect()
}

/// They stay those of the unit the duty was given to, whoever answers for it now.
async fn figures(connection: &mut AnyConnection, row: &ListRow) -> Result<Vec<FigureLine>, StoreError> {
    let sql = "SELECT as_of, value, source, recorded_at_ms FROM figure WHERE directive_id = $1 AND unit_id = $2 ORDER BY id";
    let rows = sqlx::query(sql).bind(row.directive_id).bind(row.named_unit.0).fetch_all(connection).await?;
    let mut figures = rows.iter().map(figure).collect::<Result<Vec<_>, _>>()?;
    figures.sort_by_key(|figure| figure.as_of);
    Ok(figures)
}

fn figure(row: &AnyRow) -> Result<FigureLine, StoreError> {
    let value: String = row.try_get("value")?;
    Ok(FigureLine {
        as_of: day_at(row, "as_of")?,
        value: value.parse().map_err(|_| damaged("figure.value", &value))?,
        source: row.try_get("source")?,
        recorded_at: moment_at(row, "recorded_at_ms")?,
    })
}

fn extension(row: &AnyRow) -> Result<ExtensionLine, StoreError> {
    Ok(ExtensionLine {
        old_last_day: date_at(row, "old_last_day")?,
        new_last_day: day_at(row, "new_last_day")?,
        time: row.try_get("new_time")?,
        basis: row.try_get("basis")?,
        date: date_at(row, "date")?,
        recorded_at: moment_at(row, "recorded_at_ms")?,
    })
}

fn reply(row: &AnyRow) -> Result<ReplyLine, StoreError> {
    Ok(ReplyLine {
        kind: word_at(row, "kind", ReplyKind::parse)?,
        at: moment_at(row, "at_ms")?,
        person: row.try_get("code")?,
        person_name: row.try_get("name")?,
        on: date_at(row, "on_date")?,
        until: date_at(row, "until_date")?,
        percent: row.try_get("percent")?,
        note: row.try_get("note")?,
        document: row.try_get("document")?,
        unit: None,
        to: None,
        detail: row.try_get("detail")?,
        undone_at: instant_at(row, "undone_at_ms")?,
        doubt: row.try_get("doubt")?,
        confirmed_at: instant_at(row, "confirmed_at_ms")?,
    })
}

/// The units and people that replies name in their detail.
async fn name_others(connection: &mut AnyConnection, mut replies: Vec<ReplyLine>) -> Result<Vec<ReplyLine>, StoreError> {
    for reply in &mut replies {
        let detail: Option<serde_json::Value> = reply.detail.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let key = |name: &str| detail.as_ref().and_then(|detail| detail.get(name)?.as_i64());
        if let Some(id) = key("to") {
            let sql = "SELECT code, name FROM person WHERE id = $1";
            let found = sqlx::query(sql).bind(id).fetch_optional(&mut *connection).await?;
            reply.to = match found {
                Some(row) => Some(PersonName { code: row.try_get(0)?, name: row.try_get(1)? }),
                None => None,
            };
        }
        let Some(id) = key("to_unit") else { continue };
        let found = sqlx::query("SELECT code, name FROM unit WHERE id = $1").bind(id).fetch_optional(&mut *connection).await?;
        reply.unit = match found {
            Some(row) => Some(UnitName { code: row.try_get(0)?, name: row.try_get(1)? }),
            None => None,
        };
    }
    Ok(replies)
}

fn reminder(row: &AnyRow) -> Result<ReminderLine, StoreError> {
    Ok(ReminderLine {
        id: row.try_get("id")?,
        step: StepRef::parse(&row.try_get::<String, _>("step")?),
        anchor: plain_anchor(&row.try_get::<String, _>("anchor")?).to_owned(),
        occurrence: row.try_get("occurrence")?,
        policy: row.try_get("policy")?,
        moment: moment_at(row, "moment_at_ms")?,
        due_at: moment_at(row, "due_at_ms")?,
        state: word_at(row, "state", ReminderState::parse)?,
        reason: row.try_get("reason")?,
        settled_at: instant_at(row, "settled_at_ms")?,
        is_trial: instant_at(row, "trial_at_ms")?.is_some(),
    })
}

async fn messages(connection: &mut AnyConnection, assignment_id: i64) -> Result<Vec<MessageLine>, StoreError> {
    let mut messages: BTreeMap<i64, MessageLine> = BTreeMap::new();
    for row in sqlx::query(MESSAGES).bind(assignment_id).fetch_all(&mut *connection).await? {
        let id: i64 = row.try_get("id")?;
        let reminder_id: i64 = row.try_get("reminder_id")?;
        if let Some(message) = messages.get_mut(&id) {
            message.reminders.push(reminder_id);
        } else {
            messages.insert(id, message(&row, reminder_id)?);
        }
    }
    for row in sqlx::query(ATTEMPTS).bind(assignment_id).fetch_all(connection).await? {
        if let Some(message) = messages.get_mut(&row.try_get("message_id")?) {
            message.attempts.push(attempt(&row)?);
        }
    }
    Ok(messages.into_values().collect())
}

fn message(row: &AnyRow, reminder_id: i64) -> Result<MessageLine, StoreError> {
    Ok(MessageLine {
        key: row.try_get("key")?,
        person_id: row.try_get("person_id")?,
        person: row.try_get("code")?,
        person_name: row.try_get("name")?,
        channel: row.try_get("channel")?,
        kind: row.try_get("kind")?,
        state: word_at(row, "state", MessageState::parse)?,
        reason: row.try_get("reason")?,
        subject: row.try_get("subject")?,
        packed_at: moment_at(row, "packed_at_ms")?,
        settled_at: instant_at(row, "settled_at_ms")?,
        receipt: row.try_get("receipt")?,
        reminders: vec![reminder_id],
        is_trial: instant_at(row, "trial_at_ms")?.is_some(),
        attempts: Vec::new(),
    })
}

pub(super) fn attempt(row: &AnyRow) -> Result<AttemptLine, StoreError> {
    Ok(AttemptLine {
        number: row.try_get("number")?,
        started_at: moment_at(row, "started_at_ms")?,
        ended_at: instant_at(row, "ended_at_ms")?,
        verdict: row.try_get("verdict")?,
        reason: row.try_get("reason")?,
    })
}
