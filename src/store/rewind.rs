//! One assignment as it stood at an instant: what the store holds now, without what came later.
//!
//! Replies, extensions, figures and reminders carry the instants they were recorded at, each reply keeps what it found, and
//! the journal says when a reminder came due or was taken back. Units, people and rules are those of now; whoever explains a
//! past instant says so.

mod items;
mod lives;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::assignments::{self, Extension, Loaded};
use super::entries;
use super::error::StoreError;
use super::rows::{DeadlineColumns, date_at, instant, instant_at, moment_at, word_at};
use super::trial::plain_anchor;
use crate::domain::deadline::{Deadline, DeadlineKind};
use crate::domain::directive::Work;
use crate::domain::organisation::{PersonId, UnitId};
use crate::domain::planner::Recorded;
use crate::domain::reminder::{ReminderKey, ReminderState, StepRef};
use crate::domain::reply::{Reply, ReplyKind};
use crate::domain::rules::Office;
use crate::domain::target::Figure;

pub use items::ItemThen;

/// An assignment at an instant.
#[derive(Clone, Debug)]
pub struct Then {
    /// As the planner would have seen it.
    pub loaded: Loaded,
    /// Its reminders, in the order they were meant for.
    pub reminders: Vec<ReminderThen>,
    /// What was on its way or had arrived.
    pub items: Vec<ItemThen>,
}

/// A reminder at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReminderThen {
    /// Key of the row.
    pub id: i64,
    /// Its key.
    pub key: ReminderKey,
    /// The policy that brought it.
    pub policy: String,
    /// Where it stood.
    pub recorded: Recorded,
    /// Reason code of that.
    pub reason: String,
    /// Recorded while its unit was in trial.
    pub is_trial: bool,
}

impl ReminderThen {
    /// When its people were looked up, as far as that is known: when it was due, but not before it was meant for.
    pub fn carried_at(&self) -> Timestamp {
        self.recorded.due_at.max(self.recorded.moment)
    }
}

/// Reads it; `None` when there is no such assignment, or was none then.
pub async fn as_of(connection: &mut AnyConnection, id: i64, office: &Office, at: Timestamp) -> Result<Option<Then>, StoreError> {
    let Some(mut loaded) = assignments::load(connection, &[id], office, at).await?.pop() else { return Ok(None) };
    let known = sqlx::query("SELECT known_at_ms, live_at_ms FROM assignment WHERE id = $1").bind(id).fetch_one(&mut *connection);
    let known = known.await?;
    let mut known_at = moment_at(&known, "known_at_ms")?;
    let mut ended_at = None;
    if known_at > at {
        let Some(life) = lives::earlier(connection, id, at).await? else { return Ok(None) };
        life.put_back(connection, &mut loaded).await?;
        (known_at, ended_at) = (life.known_at, Some(life.ended_at));
    }
    if instant_at(&known, "live_at_ms")?.is_none_or(|live| live > at) {
        loaded.view.known_at = known_at;
    }
    if loaded.view.inherited_at.is_some_and(|inherited| inherited > at) {
        lives::uninherited(connection, &mut loaded, at).await?;
    }
    let turned = replies(connection, &mut loaded, (at, ended_at)).await?;
    let extended_at = deadline(connection, &mut loaded, at).await?;
    let mut changed_at = extended_at;
    if let Some((turned_at, held)) = turned
        && extended_at.is_none_or(|extended| turned_at < extended)
    {
        // What came after that tells of another deadline.
        loaded.view.deadline = held;
        changed_at = Some(turned_at);
    }
    uncorrected(connection, &mut loaded, (at, changed_at)).await?;
    let reminders = reminders(connection, id, at).await?;
    loaded.view.reminders = reminders.iter().map(|reminder| (reminder.key.clone(), reminder.recorded)).collect();
    let items = items::items(connection, id, at).await?;
    let accepted = |item: &&ItemThen| item.state == "accepted" && item.kind != "copy";
    loaded.view.told = items
        .iter()
        .filter(accepted)
        .filter_map(|item| {
            let reminder = reminders.iter().find(|reminder| reminder.id == item.reminder_id)?;
            match &reminder.key.step {
                StepRef::Step(name) => Some((name.clone(), item.person)),
                StepRef::Courtesy(_) | StepRef::Notice(_) => None,
            }
        })
        .collect();
    Ok(Some(Then { loaded, reminders, items }))
}

/// When an answer first began a deadline, or taking it back ended one; and the deadline that held until then.
type Turned = (Timestamp, Option<Deadline>);

/// The replies that counted then, and the state the first later one found, in the life of the assignment that `ended_at` then.
async fn replies(
    connection: &mut AnyConnection,
    loaded: &mut Loaded,
    (at, ended_at): (Timestamp, Option<Timestamp>),
) -> Result<Option<Turned>, StoreError> {
    let sql = "SELECT id, person_id, kind, at_ms, until_date, on_date, undone_at_ms, doubt, confirmed_at_ms, before_state, note
               FROM reply WHERE assignment_id = $1 ORDER BY at_ms, id";
    let rows = sqlx::query(sql).bind(loaded.id).fetch_all(&mut *connection).await?;
    loaded.view.replies.clear();
    loaded.about.blocked = None;
    let mut found: Option<Found> = None;
    // What was taken back since: the state it had brought about, and when that ended.
    let mut undone: Option<(Timestamp, i64)> = None;
    let mut turned: Option<Turned> = None;
    for row in &rows {
        let given_at = moment_at(row, "at_ms")?;
        let undone_at = instant_at(row, "undone_at_ms")?;
        let doubted = row.try_get::<Option<String>, _>("doubt")?.is_some();
        let counts_from = if doubted { instant_at(row, "confirmed_at_ms")? } else { Some(given_at) };
        let counted = counts_from.is_some_and(|from| from <= at) && undone_at.is_none_or(|undone| undone > at);
        let later = counts_from.filter(|from| *from > at);
        if let Some(last_day) = started(row)? {
            let turn =
                if counted { undone_at.map(|end| (end, Some(Deadline::by(last_day)))) } else { later.map(|from| (from, None)) };
            turned = turned.into_iter().chain(turn).min_by_key(|(turned_at, _)| *turned_at);
        }
        if counted {
            let reply = Reply {
                kind: word_at(row, "kind", ReplyKind::parse)?,
                at: given_at,
                until: date_at(row, "until_date")?,
                on: date_at(row, "on_date")?,
                by: PersonId(row.try_get("person_id")?),
            };
            let stays = !doubted && row.try_get::<Option<String>, _>("before_state")?.is_none();
            loaded.hear(reply, row.try_get("note")?, stays);
            if let Some(end) = undone_at {
                undone = Some((end, row.try_get("id")?));
            }
        }
        // What waited to be confirmed changed nothing when it arrived.
        if let Some(from) = later
            && found.is_none()
        {
            found = Found::of(row, from)?;
        }
    }
    if let Some((end, id)) = undone
        && found.as_ref().is_none_or(|found| found.at >= end)
    {
        brought_about(connection, loaded, id).await?;
    } else if ended_at.is_some_and(|ended| found.as_ref().is_none_or(|found| found.at >= ended)) {
        // Only what is withdrawn is taken up again.
        let view = &mut loaded.view;
        view.work = Work::Withdrawn;
        (view.promised_until, view.paused_until, view.blocked_until, view.parties.blocker) = (None, None, None, None);
    } else if let Some(found) = found {
        found.apply(loaded);
    }
    Ok(turned)
}

/// The last day of the deadline that a reply began.
fn started(row: &AnyRow) -> Result<Option<Date>, StoreError> {
    let before: Option<String> = row.try_get("before_state")?;
    let state: Option<Value> = before.and_then(|before| serde_json::from_str(&before).ok());
    Ok(state.as_ref().and_then(|state| state.get("started_deadline")?.as_str()?.parse().ok()))
}

/// The state a reply found.
struct Found {
    at: Timestamp,
    work: Option<Work>,
    state: Value,
}

impl Found {
    fn of(row: &AnyRow, at: Timestamp) -> Result<Option<Self>, StoreError> {
        let Some(before) = row.try_get::<Option<String>, _>("before_state")? else { return Ok(None) };
        let Ok(state) = serde_json::from_str::<Value>(&before) else { return Ok(None) };
        let work = state.get("work").and_then(Value::as_str).and_then(Work::parse);
        Ok(Some(Self { at, work, state }))
    }

    fn apply(&self, loaded: &mut Loaded) {
        let view = &mut loaded.view;
        let number = |key: &str| self.state.get(key).and_then(Value::as_i64);
        let moment = |key: &str| number(key).and_then(|ms| Timestamp::from_millisecond(ms).ok());
        view.work = self.work.unwrap_or(view.work);
        view.promised_until = self.state.get("promised_until").and_then(Value::as_str).and_then(|day| day.parse().ok());
        view.paused_until = moment("paused_until_ms");
        view.blocked_until = moment("blocked_until_ms");
        if let Some(assignee) = number("assignee_id") {
            view.parties.assignee = Some(PersonId(assignee));
        } else if view.replies.iter().all(|reply| reply.kind != ReplyKind::Assign) {
            view.parties.assignee = loaded.named_assignee;
        }
        view.parties.blocker = number("blocked_by_id").map(UnitId);
    }
}

/// The state a reply brought about that was taken back later: its own journal entry tells it.
async fn brought_about(connection: &mut AnyConnection, loaded: &mut Loaded, reply_id: i64) -> Result<(), StoreError> {
    let sql = "SELECT j.detail, r.kind, r.at_ms, r.until_date, r.before_state FROM reply r JOIN journal j
                   ON j.assignment_id = r.assignment_id AND j.at_ms = r.at_ms AND j.kind = 'reply' WHERE r.id = $1 ORDER BY j.seq";
    for row in sqlx::query(sql).bind(reply_id).fetch_all(connection).await? {
        let detail: Value = serde_json::from_str(&row.try_get::<String, _>("detail")?).unwrap_or_default();
        let (kind, at) = (row.try_get::<String, _>("kind")?, moment_at(&row, "at_ms")?);
        if detail.get("reply").and_then(Value::as_str) != Some(kind.as_str()) {
            continue;
        }
        let work = detail.get("work").and_then(Value::as_str).and_then(Work::parse);
        if let Some(state) = detail.get("brought").filter(|state| state.is_object()) {
            Found { at, work, state: state.clone() }.apply(loaded);
        } else {
            // Recorded before the journal kept that.
            loaded.view.work = work.unwrap_or(loaded.view.work);
            if kind == ReplyKind::Acknowledge.as_str() {
                loaded.view.promised_until = date_at(&row, "until_date")?;
            }
        }
        let found: Option<Value> =
            row.try_get::<Option<String>, _>("before_state")?.and_then(|json| serde_json::from_str(&json).ok());
        let as_of = found.as_ref().and_then(|found| found.pointer("/figure/as_of")?.as_str()?.parse().ok());
        if let (Some(as_of), Some(value)) = (as_of, detail.get("value").and_then(Value::as_f64)) {
            loaded.view.figures.retain(|figure| figure.as_of != as_of);
            loaded.view.figures.push(Figure { as_of, value, recorded_at_ms: at.as_millisecond() });
            loaded.view.figures.sort_by_key(|figure| figure.as_of);
        }
        return Ok(());
    }
    Ok(())
}

/// The deadline that held then, and when the next extension came.
async fn deadline(connection: &mut AnyConnection, loaded: &mut Loaded, at: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let sql =
        "SELECT x.old_last_day, x.new_last_day, x.new_named_day, x.new_kind, x.new_time, x.revision, x.basis, x.recorded_at_ms
               FROM extension x WHERE x.assignment_id = $1 ORDER BY x.revision, x.id";
    let rows = sqlx::query(sql).bind(loaded.id).fetch_all(&mut *connection).await?;
    let later = rows.iter().map(|row| Ok(moment_at(row, "recorded_at_ms")? > at)).collect::<Result<Vec<_>, StoreError>>()?;
    let Some(first_later) = later.iter().position(|later| *later) else { return Ok(None) };
    let old = date_at(&rows[first_later], "old_last_day")?;
    let before = first_later.checked_sub(1).and_then(|index| rows.get(index));
    let from = loaded.view.deadline.and_then(|deadline| deadline.from);
    if let Some(row) = before {
        let columns = DeadlineColumns {
            kind: row.try_get("new_kind")?,
            last_day: row.try_get("new_last_day")?,
            named_day: row.try_get("new_named_day")?,
            time: row.try_get("new_time")?,
            from: from.map(|day| day.to_string()),
        };
        // Facts may have corrected what an extension gave, before the next one.
        let gave = columns.deadline()?;
        loaded.view.deadline = gave.filter(|given| old == Some(given.last_day)).or_else(|| old.map(Deadline::by));
        loaded.view.extended_at = Some(moment_at(row, "recorded_at_ms")?);
        let gave = gave.map(|gave| Deadline { from: None, ..gave });
        let basis = row.try_get("basis")?;
        loaded.about.extension = gave.map(|deadline| Extension { deadline, basis });
        loaded.about.deadline_revision = row.try_get("revision")?;
    } else {
        let sql = "SELECT deadline_kind, deadline_last_day, deadline_named_day, deadline_time, deadline_from
                       FROM directive WHERE id = $1";
        let row = sqlx::query(sql).bind(loaded.about.directive_id).fetch_one(&mut *connection).await?;
        let original = DeadlineColumns::of(&row)?.deadline()?;
        // A period or a duty that began by an answer has a day of its own, which the extension kept.
        let kept = |deadline: &Deadline| old.is_none_or(|old| deadline.last_day == old);
        loaded.view.deadline = original.filter(kept).or_else(|| old.map(Deadline::by));
        loaded.view.extended_at = None;
        loaded.about.extension = None;
        loaded.about.deadline_revision = 0;
    }
    moment_at(&rows[first_later], "recorded_at_ms").map(Some)
}

/// The deadline before facts corrected it: the journal has the day that held. A correction that came after the next extension says
/// nothing of before it; in one import the correction comes first.
async fn uncorrected(
    connection: &mut AnyConnection,
    loaded: &mut Loaded,
    (at, extended_at): (Timestamp, Option<Timestamp>),
) -> Result<(), StoreError> {
    let sql = "SELECT detail FROM journal WHERE assignment_id = $1 AND kind = 'fact-changed' AND at_ms > $2 AND at_ms <= $3 ORDER BY seq";
    let until = extended_at.map_or(i64::MAX, Timestamp::as_millisecond);
    let rows = sqlx::query(sql).bind(loaded.id).bind(at.as_millisecond()).bind(until).fetch_all(&mut *connection).await?;
    for row in &rows {
        let detail: String = row.try_get("detail")?;
        let detail: Value = serde_json::from_str(&detail).unwrap_or_default();
        let Some(held) = detail.pointer("/fields/deadline/0") else { continue };
        loaded.view.deadline = held.as_str().and_then(|held| of_day(held, loaded.view.deadline));
        break;
    }
    Ok(())
}

/// A deadline as the journal shows it, `2023-10-20` or `2023-10-20 17:00`; what it does not say is as in the one that came after it.
fn of_day(shown: &str, after: Option<Deadline>) -> Option<Deadline> {
    let (day, time) = shown.split_once(' ').map_or((shown, None), |(day, time)| (day, Some(time)));
    let last_day: Date = day.parse().ok()?;
    let alike = match after.map(|after| after.kind) {
        Some(DeadlineKind::Before) => Deadline::before(last_day.tomorrow().ok()?),
        Some(kind) => Deadline { kind, from: after.and_then(|after| after.from), ..Deadline::by(last_day) },
        None => Deadline::by(last_day),
    };
    Some(Deadline { time: time.and_then(|time| time.parse().ok()), ..alike })
}

/// What the journal says of a reminder up to an instant.
struct Journalled {
    state: ReminderState,
    moment_ms: Option<i64>,
    due_ms: Option<i64>,
    reason: String,
    at_ms: i64,
}

async fn reminders(connection: &mut AnyConnection, id: i64, at: Timestamp) -> Result<Vec<ReminderThen>, StoreError> {
    let sql = "SELECT kind, detail, at_ms FROM journal WHERE assignment_id = $1 AND kind LIKE 'reminder-%' ORDER BY seq";
    let mut told: BTreeMap<ReminderKey, Journalled> = BTreeMap::new();
    let mut journalled: BTreeSet<ReminderKey> = BTreeSet::new();
    for row in sqlx::query(sql).bind(id).fetch_all(&mut *connection).await? {
        let (kind, detail, at_ms): (String, String, i64) = (row.try_get("kind")?, row.try_get("detail")?, row.try_get("at_ms")?);
        let Some((key, line)) = line(&kind, &detail, at_ms) else { continue };
        // What an act has made has no entry of its own until it is taken back.
        if !matches!(line.state, ReminderState::Cancelled | ReminderState::Undeliverable) {
            journalled.insert(key.clone());
        }
        if at_ms <= at.as_millisecond() {
            told.insert(key, line);
        }
    }
    // What had been answered came due again when the answer was taken back.
    let sql = "SELECT at_ms, undone_at_ms FROM reply WHERE assignment_id = $1 AND undone_at_ms <= $2";
    let mut taken_back: Vec<(i64, i64)> = Vec::new();
    for row in sqlx::query(sql).bind(id).bind(at.as_millisecond()).fetch_all(&mut *connection).await? {
        taken_back.push((row.try_get("at_ms")?, row.try_get("undone_at_ms")?));
    }
    let sql = "SELECT id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, reason, settled_at_ms, trial_at_ms,
                   trial_ended_at_ms FROM reminder WHERE assignment_id = $1 ORDER BY moment_at_ms, id";
    let mut found = Vec::new();
    for row in sqlx::query(sql).bind(id).fetch_all(&mut *connection).await? {
        if instant_at(&row, "trial_ended_at_ms")?.is_some_and(|ended| ended <= at) {
            continue;
        }
        let key = ReminderKey {
            step: StepRef::parse(&row.try_get::<String, _>("step")?),
            anchor: plain_anchor(&row.try_get::<String, _>("anchor")?).to_owned(),
            occurrence: u16::try_from(row.try_get::<i64, _>("occurrence")?).unwrap_or(u16::MAX),
        };
        let due_ms: i64 = row.try_get("due_at_ms")?;
        if let Some(then) = told.get_mut(&key).filter(|then| then.state == ReminderState::Answered)
            && taken_back.iter().any(|(given, undone)| *given <= then.due_ms.unwrap_or(due_ms) && *undone >= then.at_ms)
        {
            (then.state, then.reason) = (ReminderState::Cancelled, "taken-back".to_owned());
        }
        let then = told.get(&key);
        let moment = moment_at(&row, "moment_at_ms")?;
        // What an act has made is journalled with the act; it is due at once.
        let known = then.is_some() || (!journalled.contains(&key) && moment <= at);
        if !known {
            continue;
        }
        let ended: ReminderState = word_at(&row, "state", ReminderState::parse)?;
        let settled_at = instant_at(&row, "settled_at_ms")?.filter(|settled| *settled <= at);
        let state = match (then.map(|then| then.state), settled_at) {
            (_, Some(_)) if ended == ReminderState::Undeliverable => ReminderState::Undeliverable,
            (_, Some(_)) => ReminderState::Delivered,
            (Some(state), None) => state,
            (None, None) if ended == ReminderState::Merged => ended,
            (None, None) => ReminderState::Queued,
        };
        let told_instant = |ms: Option<i64>, column| ms.map_or_else(|| moment_at(&row, column), |ms| instant(column, ms));
        found.push(ReminderThen {
            id: row.try_get("id")?,
            key,
            policy: row.try_get("policy")?,
            recorded: Recorded {
                moment: told_instant(then.and_then(|then| then.moment_ms), "moment_at_ms")?,
                due_at: told_instant(then.and_then(|then| then.due_ms), "due_at_ms")?,
                state,
                settled_at,
            },
            reason: if state == ended {
                row.try_get("reason")?
            } else {
                then.map(|then| then.reason.clone()).unwrap_or_default()
            },
            is_trial: instant_at(&row, "trial_at_ms")?.is_some(),
        });
    }
    Ok(found)
}

/// The key of a journalled reminder, and where it stood from then on.
fn line(kind: &str, detail: &str, at_ms: i64) -> Option<(ReminderKey, Journalled)> {
    let detail: Value = serde_json::from_str(detail).ok()?;
    let text = |key: &str| detail.get(key).and_then(Value::as_str);
    let number = |key: &str| detail.get(key).and_then(Value::as_i64);
    let key = ReminderKey {
        step: StepRef::parse(text("step")?),
        anchor: text("anchor")?.to_owned(),
        occurrence: u16::try_from(number("occurrence")?).ok()?,
    };
    let state = entries::reminder_state(kind)?;
    let reason = text("reason").or_else(|| text("why")).unwrap_or_default().to_owned();
    Some((key, Journalled { state, moment_ms: number("moment_at_ms"), due_ms: number("due_at_ms"), reason, at_ms }))
}
