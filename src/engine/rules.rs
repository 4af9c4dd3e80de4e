//! Rules over time: which epoch holds, and since when each step does.

use jiff::Timestamp;
use sqlx::Row as _;

use super::{Engine, EngineError, ms};
use crate::domain::planner::house::{self, with_house};
use crate::fault::{self, Mutant};
use crate::store::journal::{self, Entry};
use crate::store::{Tx, incarnations, meta};

/// Makes the store know the engine's rules. A step that is new, or whose moment changed, holds from now on, and so do
/// repeats that changed; under the first rules a store ever has, every step holds since ever. Returns whether anything changed.
pub async fn apply(engine: &Engine, now: Timestamp) -> Result<Applied, EngineError> {
    let mut tx = engine.store.begin().await?;
    let same_text = in_force(&mut tx).await?.as_deref() == Some(engine.rules.digest.as_str());
    if same_text && knows_the_house(engine, &mut tx).await? {
        return Ok(Applied::Unchanged);
    }
    apply_in(engine, tx, now).await
}

/// The same without anybody having asked for it: a replica that starts, or finds other rules in force. While another
/// replica lives that works by the rules in force, it stands aside; so an old file on one machine brings no old rules back.
pub async fn apply_unasked(engine: &Engine, now: Timestamp) -> Result<Applied, EngineError> {
    let mut tx = engine.store.begin().await?;
    let Some(held) = in_force(&mut tx).await? else { return apply_in(engine, tx, now).await };
    if held == engine.rules.digest {
        let is_known = knows_the_house(engine, &mut tx).await?;
        return if is_known { Ok(Applied::Unchanged) } else { apply_in(engine, tx, now).await };
    }
    let is_shared = engine.incarnation.is_shared();
    if is_shared && incarnations::another_works_by(&mut tx, &engine.incarnation.id(), &held).await? {
        return Ok(Applied::StandsAside);
    }
    apply_in(engine, tx, now).await
}

/// Whether the rules of this engine are those in force; a replica whose rules are others neither plans nor sends.
pub(super) async fn hold(engine: &Engine, tx: &mut Tx) -> Result<bool, EngineError> {
    Ok(!engine.incarnation.is_shared() || tx.bearings().await?.rules_digest.as_deref() == Some(engine.rules.digest.as_str()))
}

async fn in_force(connection: &mut sqlx::AnyConnection) -> Result<Option<String>, EngineError> {
    Ok(meta::get(connection, meta::RULES_DIGEST).await?)
}

/// Whether the steps of the house are known; a newer program may bring some that the same text did not have.
async fn knows_the_house(engine: &Engine, tx: &mut Tx) -> Result<bool, EngineError> {
    let known: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM step_since WHERE step LIKE 'notice:%'").fetch_one(&mut **tx).await?;
    Ok(usize::try_from(known).is_ok_and(|known| known == house::steps().len() * engine.rules.policies.len()))
}

async fn apply_in(engine: &Engine, mut tx: Tx, now: Timestamp) -> Result<Applied, EngineError> {
    let rows = sqlx::query("SELECT policy, step, timing, since_at_ms, repeat_timing, repeat_since_at_ms FROM step_since");
    let mut known = std::collections::BTreeMap::new();
    for row in rows.fetch_all(&mut *tx).await? {
        let key: (String, String) = (row.try_get("policy")?, row.try_get("step")?);
        let step: (String, i64) = (row.try_get("timing")?, row.try_get("since_at_ms")?);
        let repeat: (String, i64) = (row.try_get("repeat_timing")?, row.try_get("repeat_since_at_ms")?);
        known.insert(key, (step, repeat));
    }
    let since = if known.is_empty() { 0 } else { ms(now) };
    for policy in &engine.rules.policies {
        for step in with_house(policy) {
            let key = (policy.name.clone(), step.name.clone());
            let before = known.remove(&key);
            let (timing, repeat_timing) = (step.timing_fingerprint(), step.repeat_fingerprint());
            let (held, repeated) = match &before {
                // An older program noted both in one, parted by a bar; what it did not note is as old as the step.
                Some(((text, held), (repeat, repeated))) if text.split('|').next() == Some(timing.as_str()) => {
                    (*held, if *repeat == repeat_timing || repeat.is_empty() { *repeated } else { since })
                }
                _ => (since, since),
            };
            let after = ((timing, held), (repeat_timing, repeated));
            if before.as_ref() == Some(&after) {
                continue;
            }
            sqlx::query(
                "INSERT INTO step_since (policy, step, timing, since_at_ms, repeat_timing, repeat_since_at_ms)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (policy, step) DO UPDATE SET timing = excluded.timing, since_at_ms = excluded.since_at_ms,
                     repeat_timing = excluded.repeat_timing, repeat_since_at_ms = excluded.repeat_since_at_ms",
            )
            .bind(key.0)
            .bind(key.1)
            .bind(after.0.0)
            .bind(held)
            .bind(after.1.0)
            .bind(repeated)
            .execute(&mut *tx)
            .await?;
        }
    }
    for (policy, step) in known.keys() {
        sqlx::query("DELETE FROM step_since WHERE policy = $1 AND step = $2")
            .bind(policy.clone())
            .bind(step.clone())
            .execute(&mut *tx)
            .await?;
    }
    let epoch = meta::raise(&mut tx, meta::RULES_EPOCH).await?;
    if !fault::is_broken(Mutant::EpochStays) {
        meta::set(&mut tx, meta::REPLAN_AFTER, "0").await?;
        // What was routed or packed by other rules is asked again before it leaves, like after any change of who holds which position.
        meta::raise_org_revision(&mut tx).await?;
    }
    meta::set(&mut tx, meta::RULES_DIGEST, &engine.rules.digest).await?;
    tx.loses_bearings();
    let detail = serde_json::json!({ "v": 1, "epoch": epoch, "digest": engine.rules.digest });
    journal::append(&mut tx, &[Entry::new(now, "rules-loaded", detail).actor("daemon").config(engine.rules.digest.clone())])
        .await?;
    tx.commit().await?;
    Ok(Applied::Changed)
}

/// Whether the rules were new to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// They held already.
    Unchanged,
    /// They hold from now on; every assignment is planned anew.
    Changed,
    /// Another replica works by other rules, which stay in force.
    StandsAside,
}
