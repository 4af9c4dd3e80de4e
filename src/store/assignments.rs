//! Assignments as the planner sees them: loaded in batches, one query a table, never one a row.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::dialect::Dialect;
use super::dispatches::parse_target;
use super::error::StoreError;
use super::keys;
use super::links::COUNTS;
use super::naming::{DispatchKey, Names};
use super::rows::{DeadlineColumns, damaged, date, date_or_none, instant, parse_role};
use crate::domain::directive::{Follow, Secrecy, Urgency, Work};
use crate::domain::organisation::{Directory, Parties, PersonId, UnitId};
use crate::domain::planner::{AssignmentView, Recorded, Since};
use crate::domain::policy::Role;
use crate::domain::recurrence::CutOff;
use crate::domain::reminder::{ReminderKey, ReminderState, StepRef};
use crate::domain::reply::{Reply, ReplyKind};
use crate::domain::rules::Office;
use crate::domain::target::Figure;
use crate::fault::{self, Mutant};

/// Assignments of one statement: large enough that the statement is not what costs, small enough that the next one is gathered
/// while these are built; see docs/adr/0035.
const LOADED_AT_ONCE: usize = 500;

/// One assignment: what the planner needs, and what messages say of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Key.
    pub id: i64,
    /// Raised by every act that may change what is due.
    pub revision: i64,
    /// When the planner looks at it again, as the store says.
    pub next_check_at_ms: Option<i64>,
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
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let dialect = Dialect::of(connection);
    let sql = load_sql(dialect);
    let mut found = Vec::with_capacity(ids.len());
    let mut gathered: Option<Gathered> = None;
    for chunk in ids.chunks(LOADED_AT_ONCE) {
        // The database gathers these while those before are built; it is asked first.
        let (next, built) = tokio::join!(
            biased;
            gather(&mut *connection, &sql, chunk),
            async { build(gathered.as_ref(), office, now, &mut found) }
        );
        built?;
        gathered = Some(next?);
    }
    build(gathered.as_ref(), office, now, &mut found)?;
    Ok(in_order_of(ids, found))
}

/// One load as the database answers: the assignments, and since when the steps hold.
struct Gathered {
    list: Option<String>,
    since: Option<String>,
}

async fn gather(connection: &mut AnyConnection, sql: &str, ids: &[i64]) -> Result<Gathered, StoreError> {
    let query = sqlx::query(AssertSqlSafe(sql.to_owned())).bind(keys::list(ids.iter().copied()));
    let all = query.fetch_one(connection).await?;
    Ok(Gathered { list: all.try_get(0)?, since: all.try_get(1)? })
}

/// What the database has gathered, as the planner sees it.
fn build(gathered: Option<&Gathered>, office: &Office, now: Timestamp, found: &mut Vec<Loaded>) -> Result<(), StoreError> {
    let Some(gathered) = gathered else { return Ok(()) };
    let step_since = Arc::new(step_since(gathered.since.as_deref())?);
    // Not the text itself: it holds what they are about.
    let rows: Vec<Row<'_>> = serde_json::from_str(gathered.list.as_deref().unwrap_or("[]"))
        .map_err(|error| damaged("assignment", &error.to_string()))?;
    for mut row in rows {
        let mut loaded = assignment(&mut row, office, &step_since)?;
        attach(&mut row, &mut loaded, now)?;
        found.push(loaded);
    }
    Ok(())
}

/// In the order of `ids`, each once; most often they stand so already.
fn in_order_of(ids: &[i64], found: Vec<Loaded>) -> Vec<Loaded> {
    if ids.is_sorted_by(|one, next| one < next) && found.is_sorted_by(|one, next| one.id < next.id) {
        return found;
    }
    let mut found: BTreeMap<i64, Loaded> = found.into_iter().map(|loaded| (loaded.id, loaded)).collect();
    ids.iter().filter_map(|id| found.remove(id)).collect()
}

/// All assignments of one load in one row, since each row crosses a thread, and since when the steps hold; what other tables hold of
/// one stands in it as a list, asked for only where there is something.
fn load_sql(dialect: Dialect) -> String {
    let gathered = |columns: &str, order: &str, from: &str| {
        let all = format!("(SELECT {} FROM {from})", dialect.gather(columns, order));
        dialect.nested(&format!("CASE WHEN EXISTS (SELECT 1 FROM {from}) THEN {all} END"))
    };
    let replies = gathered(
        "r.person_id, r.kind, r.at_ms, r.until_date, r.on_date, CASE WHEN r.kind = 'blocked' THEN r.note END",
        "r.at_ms, r.id",
        &format!("reply r WHERE r.assignment_id = a.id AND r.undone_at_ms IS NULL AND {COUNTS}"),
    );
    let reminders = gathered(
        "m.step, m.anchor, m.occurrence, m.moment_at_ms, m.due_at_ms, m.state, m.settled_at_ms, m.trial_at_ms",
        "m.id",
        "reminder m WHERE m.assignment_id = a.id AND m.trial_ended_at_ms IS NULL",
    );
    let told = gathered(
        "m.step, i.person_id",
        "m.id",
        "reminder m JOIN message_item i ON i.reminder_id = m.id WHERE m.assignment_id = a.id AND i.state = 'accepted'
             AND i.kind <> 'copy' AND m.trial_ended_at_ms IS NULL",
    );
    let figures = gathered(
        "f.as_of, f.value, f.recorded_at_ms",
        "f.as_of",
        "figure f WHERE f.directive_id = a.directive_id AND f.unit_id = a.unit_id",
    );
    let units = gathered("u.unit_id", "u.unit_id", "directive_unit u WHERE u.directive_id = a.directive_id");
    let extensions = dialect.nested(&format!(
        "CASE WHEN a.deadline_revision > 0 THEN (SELECT {} FROM extension x WHERE x.assignment_id = a.id) END",
        dialect.gather("x.basis, x.recorded_at_ms", "x.revision, x.id")
    ));
    let columns = format!(
        "a.id, a.directive_id, a.unit_id, a.responsible_id, a.inherited_from, a.inherited_at_ms, a.period,
         COALESCE(a.live_at_ms, a.known_at_ms), a.assignee_id, a.deadline_kind, a.deadline_last_day, a.deadline_named_day,
         a.deadline_time, a.deadline_from, a.deadline_revision, a.work, a.promised_until, a.paused_until_ms, a.blocked_until_ms,
         a.blocked_by_id, a.from_unit_id, a.revision, a.next_check_at_ms, d.clause, d.ordinal, d.title, d.follow, d.deadline_text,
         d.deadline_set_by, CASE WHEN a.deadline_revision = 0 THEN d.deadline_last_day ELSE
             COALESCE((SELECT x.old_last_day FROM extension x WHERE x.assignment_id = a.id ORDER BY x.revision LIMIT 1),
                 d.deadline_last_day) END,
         d.target, d.cutoff, d.assignee_id, d.supervisor, d.dispatch_id, p.number, p.issuer, p.date, p.subject, p.monitor,
         p.urgency, p.secrecy, {replies}, {reminders}, {told}, {figures}, {units}, {extensions}"
    );
    format!(
        "SELECT {}, (SELECT {} FROM step_since WHERE since_at_ms > 0 OR repeat_since_at_ms > 0)
         FROM assignment a JOIN directive d ON d.id = a.directive_id JOIN dispatch p ON p.id = d.dispatch_id
         WHERE a.id {}",
        dialect.gather_unordered(&columns),
        dialect.gather_unordered("step_since.policy, step_since.step, step_since.since_at_ms, step_since.repeat_since_at_ms"),
        keys::numbers(dialect, 1)
    )
}

/// What [`load_sql`] says of one assignment, in the order of its columns.
#[derive(Deserialize)]
struct Row<'a> {
    id: i64,
    directive_id: i64,
    unit_id: i64,
    responsible_id: Option<i64>,
    inherited_from: Option<String>,
    inherited_at_ms: Option<i64>,
    period: String,
    known_at_ms: i64,
    handed_to: Option<i64>,
    deadline_kind: Option<String>,
    deadline_last_day: Option<String>,
    deadline_named_day: Option<String>,
    deadline_time: Option<String>,
    deadline_from: Option<String>,
    deadline_revision: i64,
    #[serde(borrow)]
    work: Cow<'a, str>,
    promised_until: Option<String>,
    paused_until_ms: Option<i64>,
    blocked_until_ms: Option<i64>,
    blocked_by_id: Option<i64>,
    from_unit_id: Option<i64>,
    revision: i64,
    next_check_at_ms: Option<i64>,
    clause: String,
    ordinal: i64,
    title: String,
    #[serde(borrow)]
    follow: Cow<'a, str>,
    deadline_text: Option<String>,
    deadline_set_by: Option<String>,
    original_last_day: Option<String>,
    target: Option<String>,
    cutoff: Option<i64>,
    assignee_id: Option<i64>,
    supervisor: Option<String>,
    dispatch_id: i64,
    number: String,
    issuer: String,
    #[serde(borrow)]
    date: Cow<'a, str>,
    subject: Option<String>,
    monitor: Option<String>,
    #[serde(borrow)]
    urgency: Cow<'a, str>,
    #[serde(borrow)]
    secrecy: Cow<'a, str>,
    replies: Option<Vec<Replied>>,
    reminders: Option<Vec<Reminded>>,
    told: Option<Vec<(String, i64)>>,
    figures: Option<Vec<(String, String, i64)>>,
    units: Option<Vec<(i64,)>>,
    extensions: Option<Vec<(Option<String>, i64)>>,
}

type Replied = (i64, String, i64, Option<String>, Option<String>, Option<String>);
type Reminded = (String, String, i64, i64, i64, String, Option<i64>, Option<i64>);

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

/// What stands in other tables about an assignment, each as a list of lists.
fn attach(row: &mut Row<'_>, loaded: &mut Loaded, now: Timestamp) -> Result<(), StoreError> {
    for (by, kind, at_ms, until, on, obstacle) in row.replies.take().unwrap_or_default() {
        let reply = Reply {
            kind: ReplyKind::parse(&kind).ok_or_else(|| damaged("kind", &kind))?,
            at: instant("at_ms", at_ms)?,
            until: date_or_none("until_date", until.as_deref())?,
            on: date_or_none("on_date", on.as_deref())?,
            by: PersonId(by),
        };
        if reply.kind == ReplyKind::Blocked {
            loaded.about.blocked = Some(Blocked { at: reply.at, by: reply.by, note: obstacle });
        }
        loaded.view.replies.push(reply);
    }
    for (step, anchor, occurrence, moment, due_at, state, settled_at, trial_at) in row.reminders.take().unwrap_or_default() {
        let occurrence = u16::try_from(occurrence).unwrap_or(u16::MAX);
        let recorded = Recorded {
            moment: instant("moment_at_ms", moment)?,
            due_at: instant("due_at_ms", due_at)?,
            state: match ReminderState::parse(&state).ok_or_else(|| damaged("state", &state))? {
                ReminderState::Carried if fault::is_broken(Mutant::RungsDoNotWait) => ReminderState::Delivered,
                state => state,
            },
            settled_at: settled_at.map(|at| instant("settled_at_ms", at)).transpose()?,
        };
        loaded.view.reminders.insert(ReminderKey { step: StepRef::parse(&step), anchor, occurrence }, recorded);
        loaded.is_rehearsed |= trial_at.is_some();
    }
    for (as_of, value, recorded_at_ms) in row.figures.take().unwrap_or_default() {
        // On a clock that replays the past a figure is known from its recording on.
        let recorded_at = instant("recorded_at_ms", recorded_at_ms)?;
        if recorded_at <= now {
            let value = value.parse().map_err(|_| damaged("value", &value))?;
            loaded.view.figures.push(Figure { as_of: date("as_of", &as_of)?, value, recorded_at_ms });
        } else {
            loaded.next_figure_at = loaded.next_figure_at.into_iter().chain([recorded_at]).min();
        }
    }
    if let Some((basis, recorded_at_ms)) = row.extensions.take().unwrap_or_default().pop() {
        loaded.view.extended_at = Some(instant("recorded_at_ms", recorded_at_ms)?);
        loaded.about.extension_basis = basis;
    }
    // A duty may have been transferred to a unit that coordinated it.
    let units = row.units.take().unwrap_or_default().into_iter().map(|(unit,)| UnitId(unit));
    loaded.view.parties.coordinating = units.filter(|unit| *unit != loaded.about.unit).collect();
    for (step, person) in row.told.take().unwrap_or_default() {
        if let StepRef::Step(name) = StepRef::parse(&step) {
            loaded.view.told.insert((name, PersonId(person)));
        }
    }
    Ok(())
}

fn word<T>(column: &'static str, word: &str, parse: fn(&str) -> Option<T>) -> Result<T, StoreError> {
    parse(word).ok_or_else(|| damaged(column, word))
}

fn role(column: &'static str, text: Option<&str>) -> Result<Option<Role>, StoreError> {
    text.map(|text| word(column, text, parse_role)).transpose()
}

fn moment(column: &'static str, at_ms: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    at_ms.map(|at_ms| instant(column, at_ms)).transpose()
}

fn assignment(row: &mut Row<'_>, office: &Office, step_since: &Arc<BTreeMap<String, Since>>) -> Result<Loaded, StoreError> {
    let monitor = role("monitor", row.monitor.as_deref())?.or_else(|| office.monitor.clone());
    let operators = if office.operators.is_empty() { monitor.clone().into_iter().collect() } else { office.operators.clone() };
    let named_unit = UnitId(row.unit_id);
    let unit = row.responsible_id.map_or(named_unit, UnitId);
    let from_unit = row.from_unit_id.map(UnitId);
    // Whom the facts name is of the unit that had the duty first.
    let assignee = row.assignee_id.filter(|_| from_unit.is_none());
    let deadline = DeadlineColumns {
        kind: row.deadline_kind.take(),
        last_day: row.deadline_last_day.take(),
        named_day: row.deadline_named_day.take(),
        time: row.deadline_time.take(),
        from: row.deadline_from.take(),
    };
    let view = AssignmentView {
        known_at: instant("known_at_ms", row.known_at_ms)?,
        inherited_at: moment("inherited_at_ms", row.inherited_at_ms)?,
        dispatch_date: date("date", &row.date)?,
        follow: word("follow", &row.follow, Follow::parse)?,
        deadline: deadline.deadline()?,
        work: match word("work", &row.work, Work::parse)? {
            Work::ReportedDone if fault::is_broken(Mutant::DoneIsForgotten) => Work::InProgress,
            work => work,
        },
        promised_until: date_or_none("promised_until", row.promised_until.as_deref())?,
        paused_until: moment("paused_until_ms", row.paused_until_ms)?,
        blocked_until: moment("blocked_until_ms", row.blocked_until_ms)?,
        extended_at: None,
        target: row.target.as_deref().map(parse_target).transpose()?,
        figures: Vec::new(),
        replies: Vec::new(),
        reminders: BTreeMap::new(),
        step_since: Arc::clone(step_since),
        told: BTreeSet::new(),
        parties: Parties {
            lead: unit,
            assignee: row.handed_to.or(assignee).map(PersonId),
            coordinating: Vec::new(),
            blocker: row.blocked_by_id.map(UnitId),
            supervisor: role("supervisor", row.supervisor.as_deref())?,
            monitor,
            operators,
        },
    };
    Ok(Loaded {
        id: row.id,
        revision: row.revision,
        next_check_at_ms: row.next_check_at_ms,
        view,
        next_figure_at: None,
        is_rehearsed: false,
        named_assignee: assignee.map(PersonId),
        about: About {
            directive_id: row.directive_id,
            dispatch_id: row.dispatch_id,
            unit,
            named_unit,
            inherited_from: row.inherited_from.take(),
            period: mem::take(&mut row.period),
            clause: mem::take(&mut row.clause),
            ordinal: u16::try_from(row.ordinal).unwrap_or(1),
            title: mem::take(&mut row.title),
            number: mem::take(&mut row.number),
            issuer: mem::take(&mut row.issuer),
            subject: row.subject.take(),
            urgency: word("urgency", &row.urgency, Urgency::parse)?,
            secrecy: word("secrecy", &row.secrecy, Secrecy::parse)?,
            deadline_text: row.deadline_text.take(),
            deadline_set_by: row.deadline_set_by.take(),
            original_last_day: date_or_none("original_last_day", row.original_last_day.as_deref())?,
            deadline_revision: row.deadline_revision,
            cut_off: row.cutoff.and_then(CutOff::new),
            from_unit,
            blocked: None,
            extension_basis: None,
        },
    })
}

/// Since when each step and its repeats hold, by `POLICY/STEP`; what holds since ever is not among them.
fn step_since(list: Option<&str>) -> Result<BTreeMap<String, Since>, StoreError> {
    let rows: Vec<(String, String, i64, i64)> =
        serde_json::from_str(list.unwrap_or("[]")).map_err(|error| damaged("step_since", &error.to_string()))?;
    let since = |(policy, step, since_ms, repeats_since_ms): (String, String, i64, i64)| {
        let (step_holds, repeats) = (instant("since_at_ms", since_ms)?, instant("repeat_since_at_ms", repeats_since_ms)?);
        Ok((format!("{policy}/{step}"), Since { step: step_holds, repeats }))
    };
    rows.into_iter().map(since).collect()
}

/// `$1, $2, …, $n`
pub(crate) fn id_list(count: usize) -> String {
    (1..=count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}
