//! The walk through all assignments after a change of rules or calendar: each is planned anew, and only what changes is written.
//!
//! The database works on a thread of its own: while some are planned, it writes what came of those before and gathers those after.

use std::mem;

use jiff::Timestamp;

use super::plan::{next_check, plan_each, plan_these};
use super::{Engine, EngineError, guard, ms, poison, trial};
use crate::domain::organisation::Directory;
use crate::domain::planner::{self, Context};
use crate::store::batch::Batch;
use crate::store::gathered::{self, Depth, Gathered};
use crate::store::{StoreError, Tx, meta, outbox};

/// Rows of one step of the walk, which is one transaction, some 10 ms of it and what the file then takes; what comes due waits for no more.
pub const STEP: usize = 1_500;

/// Rows of one statement: their lists stay small enough that memory for them is at hand.
const GATHERED_AT_ONCE: usize = 250;

/// Rows that are planned before the database is seen to again.
const PLANNED_AT_ONCE: usize = 50;

/// Plans the next [`STEP`] assignments of the walk; returns how many there were, fewer at its end. How far it came is noted.
pub async fn walk(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let mut tx = engine.store.begin().await?;
    if !guard::may_plan(engine, &mut tx, now).await? {
        return Ok(0);
    }
    let Some(after) = meta::get(&mut tx, meta::REPLAN_AFTER).await? else { return Ok(0) };
    let after = after.parse().map_err(|_| StoreError::Damaged { column: "meta.value", value: after })?;
    let ids = outbox::assignments_after(&mut tx, after, i64::try_from(STEP).unwrap_or(i64::MAX)).await?;
    // Fewer than a step holds are the last: what is made from now on is made under these rules.
    let last = ids.last().copied().filter(|_| ids.len() == STEP);
    let place = Place { epoch: meta::get_number(&mut tx, meta::RULES_EPOCH).await?, last };
    match poison::guarded(plan_all(engine, &mut tx, &ids, now)).await {
        Ok(()) => {}
        Err(error) if error.is_of_a_row() => {
            tx.rollback().await?;
            plan_each(engine, &ids, now).await?;
            tx = engine.store.begin().await?;
        }
        Err(error) => return Err(error),
    }
    place.note(&mut tx).await?;
    tx.commit().await?;
    engine.step_done();
    Ok(ids.len())
}

/// How far the walk comes with one step.
#[derive(Clone, Copy)]
struct Place {
    /// Of the rules it is walked under.
    epoch: i64,
    /// The last that was planned; `None` at the end.
    last: Option<i64>,
}

impl Place {
    /// Notes it, unless the rules have changed again meanwhile: then the walk has begun anew.
    async fn note(self, tx: &mut Tx) -> Result<(), EngineError> {
        if meta::get_number(tx, meta::RULES_EPOCH).await? != self.epoch {
            return Ok(());
        }
        match self.last {
            Some(last) => meta::set(tx, meta::REPLAN_AFTER, &last.to_string()).await?,
            None => meta::clear(tx, meta::REPLAN_AFTER).await?,
        }
        Ok(())
    }
}

/// What came of planning some of them.
#[derive(Default)]
struct Came {
    /// Next checks that are others than before.
    checks: Vec<(i64, Option<i64>)>,
    /// Something is to be recorded of these.
    eventful: Vec<i64>,
}

async fn plan_all(engine: &Engine, tx: &mut Tx, ids: &[i64], now: Timestamp) -> Result<(), EngineError> {
    let (_, directory) = engine.organisation.get(tx).await?;
    let mut asked = ids.chunks(GATHERED_AT_ONCE);
    let mut gathered: Option<Gathered> = None;
    let mut checks = Vec::new();
    let mut eventful = Vec::new();
    loop {
        let next = asked.next();
        if next.is_none() && gathered.is_none() {
            break;
        }
        let before = mem::take(&mut checks);
        let (gathering, planned) = tokio::join!(
            biased;
            async {
                write(tx, &before).await?;
                match next {
                    Some(ids) => Ok::<_, EngineError>(Some(gathered::gather(tx, ids, Depth::Bare).await?)),
                    None => Ok(None),
                }
            },
            plan_gathered(engine, &directory, gathered.as_ref(), now)
        );
        let came = planned?;
        gathered = gathering?;
        checks = came.checks;
        eventful.extend(came.eventful);
    }
    write(tx, &checks).await?;
    if eventful.is_empty() {
        meta::set(tx, meta::LAST_PLAN_AT_MS, &ms(now).to_string()).await?;
    } else {
        plan_these(engine, tx, &eventful, now).await?;
    }
    Ok(())
}

/// Writes these next checks.
async fn write(tx: &mut Tx, checks: &[(i64, Option<i64>)]) -> Result<(), EngineError> {
    let mut batch = Batch::new(tx);
    outbox::set_next_checks(&mut batch, checks);
    Ok(batch.run(tx).await?)
}

/// Plans what was gathered; most of it comes to nothing but a next check, and needs none of the texts of its assignment.
async fn plan_gathered(
    engine: &Engine,
    directory: &Directory,
    gathered: Option<&Gathered>,
    now: Timestamp,
) -> Result<Came, EngineError> {
    let mut came = Came::default();
    let Some(gathered) = gathered else { return Ok(came) };
    let all = gathered.build(&engine.rules.office, now)?;
    came.eventful = trial::over(engine, directory, &all);
    let after_trial = came.eventful.len();
    for some in all.chunks(PLANNED_AT_ONCE) {
        // The database may have done its part.
        tokio::task::yield_now().await;
        for loaded in some.iter().filter(|one| !came.eventful[..after_trial].contains(&one.id)).collect::<Vec<_>>() {
            let mut next = None;
            if let Some(policy) = engine.policy_of(loaded, directory) {
                let plan = planner::plan(&loaded.view, &Context { rules: &engine.rules, policy, directory, now });
                if !plan.due.is_empty() || !plan.passed.is_empty() {
                    came.eventful.push(loaded.id);
                    continue;
                }
                next = next_check(loaded, &plan, now);
            }
            if next != loaded.next_check_at_ms {
                came.checks.push((loaded.id, next));
            }
        }
    }
    Ok(came)
}
