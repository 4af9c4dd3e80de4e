//! `open`: the periods of recurring duties, each opened when the one before ends.
//!
//! Nothing is opened in advance: a row of `series` says which period is next and when, and a wake reads the rows that are
//! due. After a downtime only the period whose turn it is comes to be pressed; those that ended before they could be opened
//! are recorded and let pass, so that every period has its assignment and nobody gets a flood.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Engine, EngineError, guard, ms};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::deadline::{Deadline, DeadlineRule};
use crate::domain::phrase::read_deadline;
use crate::domain::recurrence::{CutOff, Period, Recurrence};
use crate::domain::rules::Rules;
use crate::store::journal::{self, Entry};
use crate::store::series::{self, Series};
use crate::store::works::{NewAssignment, insert_assignments, let_pass};
use crate::store::{StoreError, Tx, units};

/// Series of one transaction.
const CHUNK: i64 = 100;

/// Chunks of one activation: a bound, never reached while every opening moves its series on.
const CHUNKS_MAX: usize = 100_000;

/// Periods of one series that are caught up with in one transaction; what is left is due at once again.
const PERIODS_MAX: usize = 200;

/// A period that has its assignment now.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) assignment_id: i64,
    pub(crate) directive_id: i64,
    pub(crate) unit_id: i64,
    pub(crate) period: String,
    /// As the journal has it.
    pub(crate) deadline: Option<String>,
    pub(crate) turn: Turn,
}

/// Whether a period was opened in its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is pressed.
    Now,
    /// It ended before it could be opened: recorded, and never pressed.
    Passed,
}

/// Opens every period whose turn has come; returns how many assignments that made.
pub async fn open(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let mut made = 0;
    for _ in 0..CHUNKS_MAX {
        let mut tx = engine.store.begin().await?;
        let due = series::due(&mut tx, ms(now), CHUNK).await?;
        if due.is_empty() || !guard::may_plan(engine, &mut tx, now).await? {
            break;
        }
        let opened = open_these(&mut tx, &engine.rules, &due, now).await?;
        let entries: Vec<Entry> = opened.iter().map(|one| entry(engine, one, now)).collect();
        journal::append(&mut tx, &entries).await?;
        tx.commit().await?;
        engine.step_done();
        made += opened.len();
    }
    Ok(made)
}

/// Opens the periods of these series that are due by `now`, in the caller's transaction.
pub(crate) async fn open_these(tx: &mut Tx, rules: &Rules, ids: &[i64], now: Timestamp) -> Result<Vec<Opened>, StoreError> {
    let mut new = Vec::new();
    let mut passed = Vec::new();
    for row in series::get(tx, ids).await? {
        let rule = recurrence(row.deadline_text.as_deref(), row.dispatch_date, &rules.calendar);
        let Some(rule) = rule.filter(|rule| lives(rule, row.next, &row)) else {
            series::point(tx, row.directive_id, row.unit_id, row.next, None).await?;
            continue;
        };
        let mut period = row.next;
        let mut opens_at = None;
        for _ in 0..PERIODS_MAX {
            let next = rule.after(period);
            let goes_on = lives(&rule, next, &row);
            opens_at = goes_on.then(|| start(&rule, next, &rules.calendar));
            let is_over = opens_at.is_some_and(|at| at <= now);
            if is_over {
                passed.push((row.directive_id, row.unit_id, period.to_string()));
            }
            new.push(NewAssignment {
                directive_id: row.directive_id,
                unit_id: row.unit_id,
                period: period.to_string(),
                known_at: now,
                deadline: Some(deadline(&rule, period, row.cut_off)),
            });
            if goes_on {
                period = next;
            }
            if !is_over {
                break;
            }
        }
        series::point(tx, row.directive_id, row.unit_id, period, opens_at).await?;
    }
    let mut opened = Vec::new();
    for made in insert_assignments(tx, &new).await? {
        let is_past = passed.contains(&(made.directive_id, made.unit_id, made.period.clone()));
        let turn = if is_past { Turn::Passed } else { Turn::Now };
        let (directive_id, unit_id) = (made.directive_id, made.unit_id);
        let (period, deadline) = (made.period, made.deadline);
        opened.push(Opened { assignment_id: made.id, directive_id, unit_id, period, deadline, turn });
    }
    units::follow_series(tx, &opened.iter().map(|one| one.assignment_id).collect::<Vec<_>>()).await?;
    let past: Vec<i64> = opened.iter().filter(|one| one.turn == Turn::Passed).map(|one| one.assignment_id).collect();
    let_pass(tx, &past).await?;
    Ok(opened)
}

/// What the wording of a recurring deadline says; `None` for any other.
pub(crate) fn recurrence(text: Option<&str>, issued: Date, calendar: &WorkingCalendar) -> Option<Recurrence> {
    match read_deadline(text?, issued, calendar).ok()?.rule {
        DeadlineRule::Recurring(rule) => Some(rule),
        DeadlineRule::Fixed(_) | DeadlineRule::Relative { .. } => None,
    }
}

/// The deadline of a period; its pace runs from the first day its figures cover.
pub(crate) fn deadline(rule: &Recurrence, period: Period, cut_off: Option<CutOff>) -> Deadline {
    Deadline { from: Some(period.window(cut_off).0), ..rule.deadline(period) }
}

/// When a period is opened: its first midnight.
pub(crate) fn start(rule: &Recurrence, period: Period, calendar: &WorkingCalendar) -> Timestamp {
    calendar.instant(rule.opens_on(period), 0)
}

/// The first period of a duty that becomes known on that day: the first whose deadline is not before its dispatch, but
/// none that has ended already.
pub(crate) fn first(rule: &Recurrence, dispatch_date: Date, today: Date) -> Period {
    let (due, current) = (rule.first_due_from(dispatch_date), rule.period_on(today));
    if rule.opens_on(current) > rule.opens_on(due) { current } else { due }
}

/// Whether that period is still part of the series: `until` ends it, and a dispatch that replaces its own.
fn lives(rule: &Recurrence, period: Period, series: &Series) -> bool {
    series.until.is_none_or(|until| rule.deadline(period).last_day <= until)
        && series.replaced_on.is_none_or(|day| rule.opens_on(period) < day)
}

/// For a replay: every series begins with the first period its dispatch asks for, when the dispatch becomes known; what
/// was opened since becomes known on its own first day. `known` gives the instant for the date of a dispatch.
pub(crate) async fn begin_anew(
    tx: &mut Tx,
    calendar: &WorkingCalendar,
    known: impl Fn(Date) -> Timestamp,
) -> Result<(), EngineError> {
    for row in series::all(tx).await? {
        let Some(rule) = recurrence(row.deadline_text.as_deref(), row.dispatch_date, calendar) else { continue };
        let (first, known) = (rule.first_due_from(row.dispatch_date), known(row.dispatch_date));
        let lives = lives(&rule, first, &row);
        series::point(tx, row.directive_id, row.unit_id, first, lives.then_some(known)).await?;
        let sql = "SELECT id, period FROM assignment WHERE directive_id = $1 AND unit_id = $2 AND next_check_at_ms IS NOT NULL";
        let rows: Vec<(i64, String)> = sqlx::query_as(sql).bind(row.directive_id).bind(row.unit_id).fetch_all(&mut **tx).await?;
        for (id, period) in rows {
            let Some(period) = Period::parse(&period).filter(|period| *period != first) else { continue };
            let known = start(&rule, period, calendar).max(known);
            sqlx::query("UPDATE assignment SET known_at_ms = $1, next_check_at_ms = $1 WHERE id = $2")
                .bind(ms(known))
                .bind(id)
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(())
}

fn entry(engine: &Engine, opened: &Opened, now: Timestamp) -> Entry {
    let (kind, why) = match opened.turn {
        Turn::Now => ("period-opened", "its turn has come"),
        Turn::Passed => ("period-passed", "it ended before it could be opened"),
    };
    let detail = serde_json::json!({ "v": 1, "period": opened.period, "deadline": opened.deadline, "why": why });
    Entry::new(now, kind, detail).assignment(opened.assignment_id).actor("daemon").config(engine.rules.digest.clone())
}
