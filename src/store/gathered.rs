//! What the database gathers of assignments in one statement: itself, and what other tables hold of them, each as one list.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::assignments::{About, Extension, Loaded};
use super::dialect::Dialect;
use super::dispatches::parse_target;
use super::error::StoreError;
use super::keys;
use super::links::COUNTS;
use super::rows::{DeadlineColumns, damaged, date, date_or_none, instant, parse_role};
use crate::domain::directive::{Follow, Secrecy, Urgency, Work};
use crate::domain::organisation::{Parties, PersonId, UnitId};
use crate::domain::planner::{AssignmentView, Recorded, Since};
use crate::domain::policy::Role;
use crate::domain::recurrence::CutOff;
use crate::domain::reminder::{ReminderKey, ReminderState, StepRef};
use crate::domain::reply::{Reply, ReplyKind};
use crate::domain::rules::Office;
use crate::domain::target::Figure;
use crate::fault::{self, Mutant};

/// How much of an assignment is gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Everything.
    Whole,
    /// What the planner and the routes ask for; the texts that only messages say are empty.
    Bare,
}

/// Which assignments.
#[derive(Clone, Copy)]
enum Among {
    /// Those of a list of keys, `$1`.
    Keys,
    /// All from `$1` to `$2`.
    Stretch,
}

impl Among {
    /// That a column is the key of one of them.
    fn holds(self, dialect: Dialect, column: &str) -> String {
        match self {
            Self::Keys => format!("{column} {}", keys::numbers(dialect, 1)),
            Self::Stretch => format!("{column} BETWEEN $1 AND $2"),
        }
    }
}

/// One load as the database answers: lists of lists as JSON.
#[derive(Debug)]
pub struct Gathered {
    rows: Option<String>,
    since: Option<String>,
    replies: Option<String>,
    reminders: Option<String>,
    told: Option<String>,
    figures: Option<String>,
    units: Option<String>,
    extensions: Option<String>,
}

/// Asks for these assignments, in one row since each row crosses a thread.
///
/// # Errors
/// When the store cannot be read.
pub async fn gather(connection: &mut AnyConnection, ids: &[i64], depth: Depth) -> Result<Gathered, StoreError> {
    let dialect = Dialect::of(connection);
    let stretch = stretch(ids);
    let sql = load_sql(dialect, stretch.map_or(Among::Keys, |_| Among::Stretch), depth);
    let query = sqlx::query(AssertSqlSafe(sql));
    let query = match stretch {
        Some((first, last)) => query.bind(first).bind(last),
        None => query.bind(keys::list(ids.iter().copied())),
    };
    let all: AnyRow = query.fetch_one(connection).await?;
    Ok(Gathered {
        rows: all.try_get(0)?,
        since: all.try_get(1)?,
        replies: all.try_get(2)?,
        reminders: all.try_get(3)?,
        told: all.try_get(4)?,
        figures: all.try_get(5)?,
        units: all.try_get(6)?,
        extensions: all.try_get(7)?,
    })
}

/// The first and the last of several that follow each other without a gap: the database need not look each of them up.
fn stretch(ids: &[i64]) -> Option<(i64, i64)> {
    let (first, last) = (*ids.first()?, *ids.last()?);
    let is_whole = ids.len() > 1 && ids.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
    is_whole.then_some((first, last))
}

/// All assignments of one load, since when the steps hold, and what other tables hold of them: one list a table, asked once for all.
fn load_sql(dialect: Dialect, among: Among, depth: Depth) -> String {
    let of = |column: &str| among.holds(dialect, column);
    let list = |columns: &str, order: &str, from: &str| format!("(SELECT {} FROM {from})", dialect.gather(columns, order));
    let replies = list(
        "r.assignment_id, r.person_id, r.kind, r.at_ms, r.until_date, r.on_date, CASE WHEN r.kind = 'blocked' THEN r.note END,
         CASE WHEN r.before_state IS NULL AND r.doubt IS NULL THEN 1 ELSE 0 END",
        "r.at_ms, r.id",
        &format!("reply r WHERE {} AND r.undone_at_ms IS NULL AND {COUNTS}", of("r.assignment_id")),
    );
    let reminders = list(
        "m.assignment_id, m.step, m.anchor, m.occurrence, m.moment_at_ms, m.due_at_ms, m.state, m.settled_at_ms, m.trial_at_ms",
        "m.id",
        &format!("reminder m WHERE {} AND m.trial_ended_at_ms IS NULL", of("m.assignment_id")),
    );
    // The order of a CROSS JOIN is the one it is looked up in.
    let told = list(
        "m.assignment_id, m.step, i.person_id",
        "m.id",
        &format!(
            "reminder m CROSS JOIN message_item i WHERE {} AND i.reminder_id = m.id AND i.state = 'accepted'
                 AND i.kind <> 'copy' AND m.trial_ended_at_ms IS NULL",
            of("m.assignment_id")
        ),
    );
    let figures = list(
        "a.id, f.as_of, f.value, f.recorded_at_ms",
        "f.as_of",
        &format!(
            "assignment a CROSS JOIN figure f WHERE {} AND f.directive_id = a.directive_id AND f.unit_id = a.unit_id",
            of("a.id")
        ),
    );
    let units = list(
        "a.id, u.unit_id",
        "u.unit_id",
        &format!("assignment a CROSS JOIN directive_unit u WHERE {} AND u.directive_id = a.directive_id", of("a.id")),
    );
    let extensions = list(
        "x.assignment_id, x.new_kind, x.new_last_day, x.new_named_day, x.new_time, x.basis, x.recorded_at_ms",
        "x.revision, x.id",
        &format!("extension x WHERE {}", of("x.assignment_id")),
    );
    let (texts, of_dispatch) = match depth {
        Depth::Bare => (
            "'', d.ordinal, '', d.follow, CASE WHEN d.deadline_text IS NOT NULL THEN '' END, NULL, NULL",
            "'', p.issuer, p.date, NULL",
        ),
        Depth::Whole => (
            "d.clause, d.ordinal, d.title, d.follow, d.deadline_text, d.deadline_set_by,
             CASE WHEN a.deadline_revision = 0 OR d.deadline_kind NOT IN ('relative', 'recurring') THEN d.deadline_last_day ELSE
                 COALESCE((SELECT x.old_last_day FROM extension x WHERE x.assignment_id = a.id ORDER BY x.revision LIMIT 1),
                     d.deadline_last_day) END",
            "p.number, p.issuer, p.date, p.subject",
        ),
    };
    let columns = format!(
        "a.id, a.directive_id, a.unit_id, a.responsible_id, a.inherited_from, a.inherited_at_ms, a.period,
         COALESCE(a.live_at_ms, a.known_at_ms), a.assignee_id, a.deadline_kind, a.deadline_last_day, a.deadline_named_day,
         a.deadline_time, a.deadline_from, a.deadline_revision, a.work, a.promised_until, a.paused_until_ms, a.blocked_until_ms,
         a.blocked_by_id, a.from_unit_id, a.revision, a.next_check_at_ms, {texts}, d.target, d.cutoff, d.assignee_id, d.supervisor,
         d.dispatch_id, {of_dispatch}, p.monitor, p.urgency, p.secrecy"
    );
    format!(
        "SELECT {}, (SELECT {} FROM step_since WHERE since_at_ms > 0 OR repeat_since_at_ms > 0),
             {replies}, {reminders}, {told}, {figures}, {units}, {extensions}
         FROM assignment a JOIN directive d ON d.id = a.directive_id JOIN dispatch p ON p.id = d.dispatch_id
         WHERE {}",
        dialect.gather_unordered(&columns),
        dialect.gather_unordered("step_since.policy, step_since.step, step_since.since_at_ms, step_since.repeat_since_at_ms"),
        of("a.id")
    )
}

impl Gathered {
    /// The assignments as the planner sees them, by their keys.
    ///
    /// # Errors
    /// When what is stored does not read back.
    pub fn build(&self, office: &Office, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        let step_since = Arc::new(step_since(self.since.as_deref())?);
        // Not the text itself: it holds what they are about.
        let rows: Vec<Row<'_>> = serde_json::from_str(self.rows.as_deref().unwrap_or("[]"))
            .map_err(|error| damaged("assignment", &error.to_string()))?;
        let mut all = Vec::with_capacity(rows.len());
        for mut row in rows {
            all.push(assignment(&mut row, office, &step_since)?);
        }
        if !all.is_sorted_by_key(|one| one.id) {
            all.sort_by_key(|one| one.id);
        }
        self.attach(&mut all, now)?;
        Ok(all)
    }

    /// What stands in other tables, each row by the key of its assignment.
    fn attach(&self, all: &mut [Loaded], now: Timestamp) -> Result<(), StoreError> {
        for (id, by, kind, at_ms, until, on, obstacle, stays) in listed::<Replied>("reply", self.replies.as_deref())? {
            let Some(loaded) = of(all, id) else { continue };
            let reply = Reply {
                kind: ReplyKind::parse(&kind).ok_or_else(|| damaged("kind", &kind))?,
                at: instant("at_ms", at_ms)?,
                until: date_or_none("until_date", until.as_deref())?,
                on: date_or_none("on_date", on.as_deref())?,
                by: PersonId(by),
            };
            loaded.hear(reply, obstacle, stays > 0);
        }
        for (id, step, anchor, occurrence, moment, due_at, state, settled_at, trial_at) in
            listed::<Reminded>("reminder", self.reminders.as_deref())?
        {
            let Some(loaded) = of(all, id) else { continue };
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
        for (id, as_of, value, recorded_at_ms) in listed::<(i64, String, String, i64)>("figure", self.figures.as_deref())? {
            let Some(loaded) = of(all, id) else { continue };
            // On a clock that replays the past a figure is known from its recording on.
            let recorded_at = instant("recorded_at_ms", recorded_at_ms)?;
            if recorded_at <= now {
                let value = value.parse().map_err(|_| damaged("value", &value))?;
                loaded.view.figures.push(Figure { as_of: date("as_of", &as_of)?, value, recorded_at_ms });
            } else {
                loaded.next_figure_at = loaded.next_figure_at.into_iter().chain([recorded_at]).min();
            }
        }
        for (id, kind, last_day, named_day, time, basis, recorded_at_ms) in
            listed::<Extended>("extension", self.extensions.as_deref())?
        {
            let Some(loaded) = of(all, id) else { continue };
            // The last one counts.
            loaded.view.extended_at = Some(instant("recorded_at_ms", recorded_at_ms)?);
            let deadline = DeadlineColumns { kind, last_day, named_day, time, from: None }.deadline()?;
            loaded.about.extension = deadline.map(|deadline| Extension { deadline, basis });
        }
        for (id, unit) in listed::<(i64, i64)>("directive_unit", self.units.as_deref())? {
            // A duty may have been transferred to a unit that coordinated it.
            let Some(loaded) = of(all, id).filter(|loaded| loaded.about.unit != UnitId(unit)) else { continue };
            loaded.view.parties.coordinating.push(UnitId(unit));
        }
        for (id, step, person) in listed::<(i64, String, i64)>("message_item", self.told.as_deref())? {
            let Some(loaded) = of(all, id) else { continue };
            if let StepRef::Step(name) = StepRef::parse(&step) {
                loaded.view.told.insert((name, PersonId(person)));
            }
        }
        Ok(())
    }
}

/// The rows of a list, of that table; most often there are none.
fn listed<T: DeserializeOwned>(table: &'static str, list: Option<&str>) -> Result<Vec<T>, StoreError> {
    match list {
        None | Some("[]") => Ok(Vec::new()),
        Some(list) => serde_json::from_str(list).map_err(|error| damaged(table, &error.to_string())),
    }
}

/// The one of that key among several that stand by their keys.
fn of(all: &mut [Loaded], id: i64) -> Option<&mut Loaded> {
    let at = all.binary_search_by_key(&id, |one| one.id).ok()?;
    all.get_mut(at)
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
}

type Replied = (i64, i64, String, i64, Option<String>, Option<String>, Option<String>, i64);
type Extended = (i64, Option<String>, Option<String>, Option<String>, Option<String>, Option<String>, i64);
type Reminded = (i64, String, String, i64, i64, i64, String, Option<i64>, Option<i64>);

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
            extension: None,
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
