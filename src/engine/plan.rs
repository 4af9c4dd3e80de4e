//! `plan`: assignments whose next check has come → reminders queued, and when to look again.

use jiff::Timestamp;

use super::grounds::Grounds;
use super::{Engine, EngineError, brief, guard, instant, ms, poison, trial};
use crate::domain::planner::{self, Context, Plan};
use crate::domain::reminder::ReminderState;
use crate::fault::{self, Mutant};
use crate::store::assignments::{self, Loaded};
use crate::store::batch::Batch;
use crate::store::journal::{self, Entry};
use crate::store::outbox::{self, NewReminder};
use crate::store::{self, Tx, meta};

/// Assignments of one transaction; small enough that it stays under 50 ms.
const CHUNK: i64 = 250;

/// Rows whose next checks are compared in one transaction.
const AUDITED: i64 = 2_000;

/// Chunks of one activation: a bound, never reached by a planner that keeps its laws.
const CHUNKS_MAX: usize = 100_000;

/// Looks ahead that an audit compares for one assignment.
const LOOKS_MAX: usize = 64;

/// What one activation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// Assignments looked at.
    pub assignments: usize,
    /// Reminders queued.
    pub due: usize,
}

/// Plans everything whose next check has come.
pub async fn plan(engine: &Engine, now: Timestamp) -> Result<Planned, EngineError> {
    let mut done = Planned { due: brief::queue_due(engine, now).await?, ..Planned::default() };
    for _ in 0..CHUNKS_MAX {
        let mut tx = engine.store.begin().await?;
        if !guard::may_plan(engine, &mut tx, now).await? {
            return Ok(done);
        }
        let ids = outbox::due_assignments(&mut tx, ms(now), CHUNK).await?;
        if ids.is_empty() {
            meta::set(&mut tx, meta::LAST_PLAN_AT_MS, &ms(now).to_string()).await?;
            tx.commit().await?;
            engine.step_done();
            return Ok(done);
        }
        let chunk = plan_chunk(engine, tx, &ids, now).await?;
        done.due += chunk.due;
        done.assignments += ids.len();
        // Fewer than asked for were all there were; none of them is due again.
        if i64::try_from(ids.len()).is_ok_and(|count| count < CHUNK) && chunk.next.is_none_or(|next| next > ms(now)) {
            return Ok(done);
        }
    }
    tracing::error!("planning did not come to rest; the planner asks to look again at the same instant");
    Ok(done)
}

/// Notes that everything due was done by then: what else is read from this is when the planner was last at work.
pub async fn note(engine: &Engine, now: Timestamp) -> Result<(), EngineError> {
    Ok(engine.store.note(meta::LAST_PLAN_AT_MS, &ms(now).to_string()).await?)
}

/// Compares every stored next check with a fresh plan, slowly; returns how many were wrong. It must stay 0.
pub async fn audit_next_checks(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let mut wrong = 0;
    let mut after = 0_i64;
    loop {
        let mut tx = engine.store.begin().await?;
        let rows = outbox::assignments_after(&mut tx, after, AUDITED).await?;
        let Some(last) = rows.last() else { return Ok(wrong) };
        after = *last;
        let (_, directory) = engine.organisation.get(&mut tx).await?;
        for loaded in assignments::load(&mut tx, &rows, &engine.rules.office, now).await? {
            let stored = loaded.next_check_at_ms;
            let Some(policy) = engine.policy_of(&loaded, &directory) else { continue };
            let plan =
                |at| planner::plan(&loaded.view, &Context { rules: &engine.rules, policy, directory: &directory, now: at });
            if is_missed(plan, now, stored.map_or(Timestamp::MAX, instant)) {
                wrong += 1;
                outbox::look_now(&mut tx, &[loaded.id], ms(now)).await?;
            }
        }
        tx.commit().await?;
        engine.step_done();
    }
}

/// Whether a look from now on, and before the one that is to come, would find something. Not every look a plan asks for does: at night it
/// asks for one at the opening, of whose moments one waits for what is on its way, and asks for the next look by itself when that is told.
fn is_missed(plan: impl Fn(Timestamp) -> Plan, now: Timestamp, before: Timestamp) -> bool {
    let mut at = now;
    for _ in 0..LOOKS_MAX {
        if at >= before {
            break;
        }
        let found = plan(at);
        if !found.due.is_empty() || !found.passed.is_empty() {
            return true;
        }
        match found.next_check {
            None => return false,
            Some(next) if next <= at => return true,
            Some(next) => at = next,
        }
    }
    false
}

/// What one transaction planned.
pub(super) struct Chunk {
    /// Reminders that were queued.
    pub due: usize,
    /// The earliest next check of them all.
    pub next: Option<i64>,
}

/// Plans these and commits. Where one of them breaks that, each is planned alone.
async fn plan_chunk(engine: &Engine, mut tx: Tx, ids: &[i64], now: Timestamp) -> Result<Chunk, EngineError> {
    match poison::guarded(plan_these(engine, &mut tx, ids, now)).await {
        Ok(chunk) => {
            tx.commit().await?;
            engine.step_done();
            Ok(chunk)
        }
        Err(error) if error.is_of_a_row() => {
            tx.rollback().await?;
            plan_each(engine, ids, now).await
        }
        Err(error) => Err(error),
    }
}

/// Plans each of these in a transaction of its own; one that breaks it is held.
pub(super) async fn plan_each(engine: &Engine, ids: &[i64], now: Timestamp) -> Result<Chunk, EngineError> {
    // Whoever asked looks once more.
    let mut all = Chunk { due: 0, next: Some(ms(now)) };
    for id in ids {
        let mut tx = engine.store.begin().await?;
        match poison::guarded(plan_these(engine, &mut tx, std::slice::from_ref(id), now)).await {
            Ok(chunk) => {
                all.due += chunk.due;
                tx.commit().await?;
            }
            Err(error) if error.is_of_a_row() => {
                tx.rollback().await?;
                poison::hold(engine, &poison::Row::Assignment(*id), &error, now).await?;
            }
            Err(error) => return Err(error),
        }
        engine.step_done();
    }
    Ok(all)
}

/// Plans these in the caller's transaction.
pub(super) async fn plan_these(engine: &Engine, tx: &mut Tx, ids: &[i64], now: Timestamp) -> Result<Chunk, EngineError> {
    let (_, directory) = engine.organisation.get(tx).await?;
    let mut reminders = Vec::new();
    let mut checks = Vec::new();
    let mut entries = Vec::new();
    let mut due = 0;
    let mut loaded = assignments::load(tx, ids, &engine.rules.office, now).await?;
    let over = trial::over(engine, &directory, &loaded);
    if !over.is_empty() {
        trial::end(engine, tx, &over, now).await?;
        loaded = assignments::load(tx, ids, &engine.rules.office, now).await?;
    }
    let mut rehearsed = Vec::new();
    for loaded in loaded {
        let Some(policy) = engine.policy_of(&loaded, &directory) else {
            checks.push(Check { id: loaded.id, held: loaded.next_check_at_ms, next: None });
            continue;
        };
        let context = Context { rules: &engine.rules, policy, directory: &directory, now };
        let plan = planner::plan(&loaded.view, &context);
        due += plan.due.len();
        let rows = rows_of(&loaded, &plan, &policy.name, now);
        entries.extend(rows.iter().map(|row| entry(&loaded, &context, row)));
        if trial::mailbox(engine, &directory, loaded.about.unit).is_some() && !rows.is_empty() {
            rehearsed.push((loaded.id, rows.iter().map(|row| row.key.clone()).collect::<Vec<_>>()));
        }
        reminders.extend(rows);
        checks.push(Check { id: loaded.id, held: loaded.next_check_at_ms, next: next_check(&loaded, &plan, now) });
    }
    let mut batch = Batch::new(tx);
    outbox::record_with(&mut batch, &reminders);
    for (id, keys) in &rehearsed {
        store::trial::mark_keys(&mut batch, *id, keys, ms(now));
    }
    let changed: Vec<_> = checks.iter().filter(|check| check.next != check.held).map(|check| (check.id, check.next)).collect();
    outbox::set_next_checks(&mut batch, &changed);
    meta::set_with(&mut batch, meta::LAST_PLAN_AT_MS, &ms(now).to_string());
    journal::append_with(tx, batch, &entries).await?;
    Ok(Chunk { due, next: checks.iter().filter_map(|check| check.next).min() })
}

/// When to look at that assignment again.
pub(super) fn next_check(loaded: &Loaded, plan: &Plan, now: Timestamp) -> Option<i64> {
    let changed = !plan.due.is_empty() || !plan.passed.is_empty();
    // Without a change to record, looking again at the same instant could only say the same.
    let next = plan.next_check.into_iter().chain(loaded.next_figure_at).min();
    next.map(|at| if changed || at > now { ms(at) } else { ms(now) + 60_000 })
}

/// When to look at an assignment again.
struct Check {
    id: i64,
    /// What the store says.
    held: Option<i64>,
    next: Option<i64>,
}

fn rows_of(loaded: &Loaded, plan: &Plan, policy: &str, now: Timestamp) -> Vec<NewReminder> {
    let due = plan.due.iter().map(|due| NewReminder {
        assignment_id: loaded.id,
        key: due.key.clone(),
        policy: policy.to_owned(),
        moment_at_ms: ms(due.moment),
        due_at_ms: ms(due.due_at),
        state: ReminderState::Queued,
        why: due.reason.as_str().to_owned(),
        detail: None,
    });
    let passed = plan.passed.iter().map(|(key, moment, state)| NewReminder {
        assignment_id: loaded.id,
        key: key.clone(),
        policy: policy.to_owned(),
        moment_at_ms: ms(*moment),
        due_at_ms: if *state == ReminderState::Missed { ms(*moment) } else { ms(now) },
        state: if fault::is_broken(Mutant::PastReplayed) { ReminderState::Queued } else { *state },
        why: match state {
            ReminderState::Missed => planner::Reason::RuleIsNewer.as_str(),
            ReminderState::Answered => planner::Reason::Answered.as_str(),
            _ => planner::Reason::Merged.as_str(),
        }
        .to_owned(),
        detail: None,
    });
    due.chain(passed).collect()
}

fn entry(loaded: &Loaded, context: &Context<'_>, row: &NewReminder) -> Entry {
    let kind = match row.state {
        ReminderState::Queued => "reminder-due",
        ReminderState::Merged => "reminder-merged",
        ReminderState::Missed => "reminder-missed",
        _ => "reminder-answered",
    };
    let mut detail = serde_json::json!({
        "v": 1,
        "policy": row.policy,
        "step": row.key.step.to_string(),
        "anchor": row.key.anchor,
        "occurrence": row.key.occurrence,
        "moment_at_ms": row.moment_at_ms,
        "due_at_ms": row.due_at_ms,
        "why": row.why,
    });
    let grounds = Grounds::of(loaded, context, &row.key, instant(row.moment_at_ms));
    // Numbers, days and words of our own always are JSON.
    detail["grounds"] = serde_json::to_value(grounds).unwrap_or_default();
    let entry = Entry::new(context.now, kind, detail).assignment(row.assignment_id).actor("daemon");
    entry.config(context.rules.digest.clone())
}
