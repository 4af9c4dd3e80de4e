//! Assignments as the planner sees them: loaded in batches, one query a table, never one a row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::dialect::Dialect;
use super::dispatches::parse_target;
use super::error::StoreError;
use super::keys;
use super::links::COUNTS;
use super::naming::{DispatchKey, Names};
use super::rows::{DeadlineColumns, damaged, date_at, day_at, instant_at, moment_at, role_at, word_at};
use crate::domain::directive::{Follow, Secrecy, Urgency, Work};
use crate::domain::organisation::{Directory, Parties, PersonId, UnitId};
use crate::domain::planner::{AssignmentView, Recorded};
use crate::domain::recurrence::CutOff;
use crate::domain::reminder::{ReminderKey, ReminderState, StepRef};
use crate::domain::reply::{Reply, ReplyKind};
use crate::domain::rules::Office;
use crate::domain::target::Figure;
use crate::fault::{self, Mutant};

/// One assignment: what the planner needs, and what messages say of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Key.
    pub id: i64,
    /// Raised by every act that may change what is due.
    pub revision: i64,
    /// For the planner.
    pub view: AssignmentView,
    /// For messages and routes.
    pub about: About,
    /// When the next figure becomes known, on a clock that replays the past.
    pub next_figure_at: Option<Timestamp>,
    /// Something of a trial that has not ended is recorded for it.
    pub is_rehearsed: bool,
    /// Whom the facts name as assignee, before any answer handed it on.
    pub named_assignee: Option<PersonId>,
}

/// What an assignment is about.
#[derive(Clone, Debug)]
pub struct About {
    /// Directive's key.
    pub directive_id: i64,
    /// Dispatch's key.
    pub dispatch_id: i64,
    /// The unit that answers for it now.
    pub unit: UnitId,
    /// The unit it was given to, which its name keeps; another than `unit` after a merger or a split.
    pub named_unit: UnitId,
    /// The name that unit had then, when it has been renamed, merged or split since.
    pub inherited_from: Option<String>,
    /// `''` or `2026-03`.
    pub period: String,
    /// Clause.
    pub clause: String,
    /// 1 for the first directive of the clause.
    pub ordinal: u16,
    /// Title; the code from mật up.
    pub title: String,
    /// Number of the dispatch.
    pub number: String,
    /// Its issuer.
    pub issuer: String,
    /// Its subject.
    pub subject: Option<String>,
    /// Its marks.
    pub urgency: Urgency,
    /// Its marks.
    pub secrecy: Secrecy,
    /// The wording of the deadline.
    pub deadline_text: Option<String>,
    /// `office` when the dispatch itself gives none.
    pub deadline_set_by: Option<String>,
    /// The last day before any extension.
    pub original_last_day: Option<Date>,
    /// Raised by extensions.
    pub deadline_revision: i64,
    /// When the figures of a period are closed.
    pub cut_off: Option<CutOff>,
    /// The unit that had it before a transfer.
    pub from_unit: Option<UnitId>,
    /// The last obstacle that was reported; it stands while the work is blocked.
    pub blocked: Option<Blocked>,
    /// The document that grants the last extension.
    pub extension_basis: Option<String>,
}

/// An obstacle that was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: PersonId,
    /// What it is.
    pub note: Option<String>,
}

impl Loaded {
    /// Whether its deadline waits for its anchor: undated until then, but no standing duty.
    pub fn waits(&self) -> bool {
        self.view.deadline.is_none() && self.about.deadline_text.is_some()
    }

    /// The shortest name that fits it alone.
    pub fn name(&self, names: &Names, directory: &Directory) -> String {
        let about = &self.about;
        let unit_code = directory.units.get(&about.named_unit).map_or("", |unit| unit.code.as_str());
        let key = DispatchKey {
            id: about.dispatch_id,
            year: self.view.dispatch_date.year(),
            issuer: about.issuer.clone(),
            number: about.number.clone(),
        };
        names.assignment(&key, &about.clause, about.ordinal, unit_code, &about.period).to_string()
    }
}

/// Reads these assignments as of `now`, in the order of `ids`; those that do not exist are left out.
pub async fn load(
    connection: &mut AnyConnection,
    ids: &[i64],
    office: &Office,
    now: Timestamp,
) -> Result<Vec<Loaded>, StoreError> {
    let mut found: BTreeMap<i64, Loaded> = BTreeMap::new();
    let step_since = Arc::new(step_since(connection).await?);
    for chunk in ids.chunks(500) {
        let list = keys::numbers(Dialect::of(connection), 1);
        let sql = format!(
            "SELECT a.id, a.directive_id, a.unit_id, a.responsible_id, a.inherited_from, a.inherited_at_ms, a.period,
                    COALESCE(a.live_at_ms, a.known_at_ms) AS known_at_ms, a.assignee_id AS handed_to, a.deadline_kind,
                    a.deadline_last_day, a.deadline_named_day, a.deadline_time, a.deadline_from, a.deadline_revision, a.work,
                    a.promised_until, a.paused_until_ms, a.blocked_until_ms, a.blocked_by_id, a.from_unit_id, a.revision,
                    d.clause, d.ordinal, d.title, d.follow, d.deadline_text, d.deadline_set_by,
                    COALESCE((SELECT x.old_last_day FROM extension x WHERE x.assignment_id = a.id ORDER BY x.revision LIMIT 1),
                        d.deadline_last_day) AS original_last_day, d.target, d.cutoff, d.assignee_id, d.supervisor, d.dispatch_id,
                    p.number, p.issuer, p.date, p.subject, p.monitor, p.urgency, p.secrecy
             FROM assignment a JOIN directive d ON d.id = a.directive_id JOIN dispatch p ON p.id = d.dispatch_id
             WHERE a.id IN ({list})"
        );
        for row in fetch(connection, sql, chunk).await? {
            let loaded = assignment(&row, office, &step_since)?;
            found.insert(loaded.id, loaded);
        }
        attach(connection, chunk, &list, &mut found, now).await?;
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Assignments nobody has reported done or closed, of these lead units or of that assignee, in the order of their keys.
pub async fn open_of(connection: &mut AnyConnection, units: &[i64], person_id: i64) -> Result<Vec<i64>, StoreError> {
    let places = (2..units.len() + 2).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
    let of_units = if units.is_empty() { String::new() } else { format!("a.unit_id IN ({places}) OR ") };
    let sql = format!(
        "SELECT a.id FROM assignment a JOIN directive d ON d.id = a.directive_id
         WHERE ({of_units}COALESCE(a.assignee_id, d.assignee_id) = $1)
             AND a.work NOT IN ('reported_done', 'accepted', 'withdrawn') ORDER BY a.id"
    );
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(person_id);
    for unit in units {
        query = query.bind(*unit);
    }
    Ok(query.fetch_all(connection).await?)
}

async fn attach(
    connection: &mut AnyConnection,
    chunk: &[i64],
    list: &str,
    found: &mut BTreeMap<i64, Loaded>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT assignment_id, person_id, kind, at_ms, until_date, on_date,
                CASE WHEN kind = 'blocked' THEN note END AS obstacle FROM reply
         WHERE assignment_id IN ({list}) AND undone_at_ms IS NULL AND {COUNTS} ORDER BY assignment_id, at_ms, id"
    );
    for row in fetch(connection, sql, chunk).await? {
        let reply = Reply {
            kind: word_at(&row, "kind", ReplyKind::parse)?,
            at: moment_at(&row, "at_ms")?,
            until: date_at(&row, "until_date")?,
            on: date_at(&row, "on_date")?,
            by: PersonId(row.try_get("person_id")?),
        };
        if let Some(loaded) = found.get_mut(&row.try_get("assignment_id")?) {
            if reply.kind == ReplyKind::Blocked {
                loaded.about.blocked = Some(Blocked { at: reply.at, by: reply.by, note: row.try_get("obstacle")? });
            }
            loaded.view.replies.push(reply);
        }
    }
    let sql = format!(
        "SELECT assignment_id, step, anchor, occurrence, moment_at_ms, due_at_ms, state, settled_at_ms, trial_at_ms
         FROM reminder WHERE assignment_id IN ({list}) AND trial_ended_at_ms IS NULL"
    );
    for row in fetch(connection, sql, chunk).await? {
        let (key, recorded) = recorded(&row)?;
        if let Some(loaded) = found.get_mut(&row.try_get("assignment_id")?) {
            loaded.view.reminders.insert(key, recorded);
            loaded.is_rehearsed |= row.try_get::<Option<i64>, _>("trial_at_ms")?.is_some();
        }
    }
    let sql = format!(
        "SELECT a.id, f.as_of, f.value, f.recorded_at_ms FROM assignment a
         JOIN figure f ON f.directive_id = a.directive_id AND f.unit_id = a.unit_id WHERE a.id IN ({list}) ORDER BY f.as_of"
    );
    for row in fetch(connection, sql, chunk).await? {
        let value: String = row.try_get("value")?;
        let figure = Figure {
            as_of: day_at(&row, "as_of")?,
            value: value.parse().map_err(|_| damaged("value", &value))?,
            recorded_at_ms: row.try_get("recorded_at_ms")?,
        };
        if let Some(loaded) = found.get_mut(&row.try_get("id")?) {
            // On a clock that replays the past a figure is known from its recording on.
            let recorded_at = moment_at(&row, "recorded_at_ms")?;
            if recorded_at <= now {
                loaded.view.figures.push(figure);
            } else {
                loaded.next_figure_at = Some(loaded.next_figure_at.map_or(recorded_at, |known| known.min(recorded_at)));
            }
        }
    }
    // Few assignments are ever extended; where none is, nothing is asked.
    if chunk.iter().any(|id| found.get(id).is_some_and(|loaded| loaded.about.deadline_revision > 0)) {
        let sql = format!(
            "SELECT assignment_id, basis, recorded_at_ms FROM extension WHERE assignment_id IN ({list}) ORDER BY revision, id"
        );
        for row in fetch(connection, sql, chunk).await? {
            if let Some(loaded) = found.get_mut(&row.try_get("assignment_id")?) {
                loaded.view.extended_at = Some(moment_at(&row, "recorded_at_ms")?);
                loaded.about.extension_basis = row.try_get("basis")?;
            }
        }
    }
    let sql = format!(
        "SELECT a.id, u.unit_id FROM assignment a JOIN directive_unit u ON u.directive_id = a.directive_id
         WHERE a.id IN ({list}) ORDER BY u.unit_id"
    );
    for row in fetch(connection, sql, chunk).await? {
        if let Some(loaded) = found.get_mut(&row.try_get("id")?) {
            let unit = UnitId(row.try_get("unit_id")?);
            // A duty may have been transferred to a unit that coordinated it.
            if unit != loaded.about.unit {
                loaded.view.parties.coordinating.push(unit);
            }
        }
    }
    let sql = format!(
        "SELECT DISTINCT r.assignment_id, r.step, i.person_id FROM reminder r JOIN message_item i ON i.reminder_id = r.id
         WHERE r.assignment_id IN ({list}) AND i.state = 'accepted' AND i.kind <> 'copy' AND r.trial_ended_at_ms IS NULL"
    );
    for row in fetch(connection, sql, chunk).await? {
        let step: String = row.try_get("step")?;
        if let (StepRef::Step(name), Some(loaded)) = (StepRef::parse(&step), found.get_mut(&row.try_get("assignment_id")?)) {
            loaded.view.told.insert((name, PersonId(row.try_get("person_id")?)));
        }
    }
    Ok(())
}

fn assignment(row: &AnyRow, office: &Office, step_since: &Arc<BTreeMap<String, Timestamp>>) -> Result<Loaded, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name);
    let monitor = role_at(row, "monitor")?.or_else(|| office.monitor.clone());
    let operators = if office.operators.is_empty() { monitor.clone().into_iter().collect() } else { office.operators.clone() };
    let named_unit = UnitId(row.try_get("unit_id")?);
    let unit = row.try_get::<Option<i64>, _>("responsible_id")?.map_or(named_unit, UnitId);
    let handed_to: Option<i64> = row.try_get("handed_to")?;
    let from_unit = row.try_get::<Option<i64>, _>("from_unit_id")?.map(UnitId);
    // Whom the facts name is of the unit that had the duty first.
    let assignee: Option<i64> = if from_unit.is_none() { row.try_get("assignee_id")? } else { None };
    let target: Option<String> = row.try_get("target")?;
    let view = AssignmentView {
        known_at: moment_at(row, "known_at_ms")?,
        inherited_at: instant_at(row, "inherited_at_ms")?,
        dispatch_date: day_at(row, "date")?,
        follow: word_at(row, "follow", Follow::parse)?,
        deadline: DeadlineColumns::of(row)?.deadline()?,
        work: match word_at(row, "work", Work::parse)? {
            Work::ReportedDone if fault::is_broken(Mutant::DoneIsForgotten) => Work::InProgress,
            work => work,
        },
        promised_until: date_at(row, "promised_until")?,
        paused_until: instant_at(row, "paused_until_ms")?,
        blocked_until: instant_at(row, "blocked_until_ms")?,
        extended_at: None,
        target: target.as_deref().map(parse_target).transpose()?,
        figures: Vec::new(),
        replies: Vec::new(),
        reminders: BTreeMap::new(),
        step_since: Arc::clone(step_since),
        told: BTreeSet::new(),
        parties: Parties {
            lead: unit,
            assignee: handed_to.or(assignee).map(PersonId),
            coordinating: Vec::new(),
            blocker: row.try_get::<Option<i64>, _>("blocked_by_id")?.map(UnitId),
            supervisor: role_at(row, "supervisor")?,
            monitor,
            operators,
        },
    };
    let ordinal: i64 = row.try_get("ordinal")?;
    Ok(Loaded {
        id: row.try_get("id")?,
        revision: row.try_get("revision")?,
        view,
        next_figure_at: None,
        is_rehearsed: false,
        named_assignee: assignee.map(PersonId),
        about: About {
            directive_id: row.try_get("directive_id")?,
            dispatch_id: row.try_get("dispatch_id")?,
            unit,
            named_unit,
            inherited_from: row.try_get("inherited_from")?,
            period: text("period")?,
            clause: text("clause")?,
            ordinal: u16::try_from(ordinal).unwrap_or(1),
            title: text("title")?,
            number: text("number")?,
            issuer: text("issuer")?,
            subject: row.try_get("subject")?,
            urgency: word_at(row, "urgency", Urgency::parse)?,
            secrecy: word_at(row, "secrecy", Secrecy::parse)?,
            deadline_text: row.try_get("deadline_text")?,
            deadline_set_by: row.try_get("deadline_set_by")?,
            original_last_day: date_at(row, "original_last_day")?,
            deadline_revision: row.try_get("deadline_revision")?,
            cut_off: row.try_get::<Option<i64>, _>("cutoff")?.and_then(CutOff::new),
            from_unit,
            blocked: None,
            extension_basis: None,
        },
    })
}

fn recorded(row: &AnyRow) -> Result<(ReminderKey, Recorded), StoreError> {
    let step: String = row.try_get("step")?;
    let occurrence: i64 = row.try_get("occurrence")?;
    let key = ReminderKey {
        step: StepRef::parse(&step),
        anchor: row.try_get("anchor")?,
        occurrence: u16::try_from(occurrence).unwrap_or(u16::MAX),
    };
    let recorded = Recorded {
        moment: moment_at(row, "moment_at_ms")?,
        due_at: moment_at(row, "due_at_ms")?,
        state: word_at(row, "state", ReminderState::parse)?,
        settled_at: instant_at(row, "settled_at_ms")?,
    };
    Ok((key, recorded))
}

/// Since when each step holds, by `POLICY/STEP`.
pub async fn step_since(connection: &mut AnyConnection) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let rows =
        sqlx::query("SELECT policy, step, since_at_ms FROM step_since WHERE since_at_ms > 0").fetch_all(connection).await?;
    let mut since = BTreeMap::new();
    for row in rows {
        let (policy, step): (String, String) = (row.try_get("policy")?, row.try_get("step")?);
        since.insert(format!("{policy}/{step}"), moment_at(&row, "since_at_ms")?);
    }
    Ok(since)
}

/// `$1, $2, …, $n`
pub(crate) fn id_list(count: usize) -> String {
    (1..=count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

async fn fetch(connection: &mut AnyConnection, sql: String, ids: &[i64]) -> Result<Vec<AnyRow>, StoreError> {
    Ok(sqlx::query(AssertSqlSafe(sql)).bind(keys::list(ids.iter().copied())).fetch_all(connection).await?)
}
