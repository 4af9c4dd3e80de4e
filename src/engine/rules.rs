//! Rules over time: which epoch holds, and since when each step does.

use jiff::Timestamp;
use sqlx::Row as _;

use super::{Engine, EngineError, ms};
use crate::store::journal::{self, Entry};
use crate::store::meta;

/// Makes the store know the engine's rules. A step that is new, or whose timing changed, holds from now on; under the
/// first rules a store ever has, every step holds since ever. Returns whether anything changed.
pub async fn apply(engine: &Engine, now: Timestamp) -> Result<Applied, EngineError> {
    let mut tx = engine.store.begin().await?;
    if meta::get(&mut tx, meta::RULES_DIGEST).await?.as_deref() == Some(engine.rules.digest.as_str()) {
        return Ok(Applied::Unchanged);
    }
    let rows = sqlx::query("SELECT policy, step, timing FROM step_since").fetch_all(&mut *tx).await?;
    let mut known = std::collections::BTreeMap::new();
    for row in rows {
        let key: (String, String) = (row.try_get("policy")?, row.try_get("step")?);
        known.insert(key, row.try_get::<String, _>("timing")?);
    }
    let first = known.is_empty();
    for policy in &engine.rules.policies {
        for step in &policy.steps {
            let timing = step.timing_fingerprint();
            let key = (policy.name.clone(), step.name.clone());
            if known.remove(&key).is_some_and(|before| before == timing) {
                continue;
            }
            let since = if first { 0 } else { ms(now) };
            sqlx::query(
                "INSERT INTO step_since (policy, step, timing, since_at_ms) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (policy, step) DO UPDATE SET timing = excluded.timing, since_at_ms = excluded.since_at_ms",
            )
            .bind(key.0)
            .bind(key.1)
            .bind(timing)
            .bind(since)
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
    meta::set(&mut tx, meta::RULES_DIGEST, &engine.rules.digest).await?;
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
}
