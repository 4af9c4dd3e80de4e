//! The trial: whose messages go to the trial mailbox, and what is left of them when a unit becomes live.
//!
//! Everything up to packing is as it would be: the planner, the people, the channels, the ladder that goes on. Packing puts the
//! mailbox in the place of the person. What was recorded in trial is marked; once the unit is live, the first look at an
//! assignment ends its trial, and the arrival rule does the rest.

use jiff::Timestamp;

use super::unpacking::{Cause, unpack_whole};
use super::{Engine, EngineError, ms};
use crate::domain::organisation::{Directory, UnitId};
use crate::store::assignments::Loaded;
use crate::store::journal::{self, Entry};
use crate::store::messages::MessageRow;
use crate::store::outbox::ItemRow;
use crate::store::{Tx, trial};

/// The mailbox of a unit's messages while that unit is not live.
pub(crate) fn mailbox<'a>(engine: &'a Engine, directory: &Directory, unit: UnitId) -> Option<&'a str> {
    let trial = engine.rules.trial.as_ref()?;
    let code = directory.units.get(&unit).map_or("", |unit| unit.code.as_str());
    trial.holds_for(code).then_some(trial.to.as_str())
}

/// The assignments whose unit has become live since something of them went to the trial mailbox.
pub(crate) fn over(engine: &Engine, directory: &Directory, loaded: &[Loaded]) -> Vec<i64> {
    let is_over = |one: &&Loaded| one.is_rehearsed && mailbox(engine, directory, one.about.unit).is_none();
    loaded.iter().filter(is_over).map(|one| one.id).collect()
}

/// Whether a message and what it carries do not fit together any more: a unit has become live, or is in trial again.
pub(crate) async fn is_misdirected(
    engine: &Engine,
    tx: &mut Tx,
    row: &MessageRow,
    items: &[ItemRow],
) -> Result<bool, EngineError> {
    if !row.is_trial && engine.rules.trial.is_none() {
        return Ok(false);
    }
    let (_, directory) = engine.organisation.get(tx).await?;
    Ok(items.iter().any(|item| mailbox(engine, &directory, item.unit).is_some() != row.is_trial))
}

/// Ends the trial of assignments: messages that still wait are taken back, and nothing of what went out counts any more.
pub(crate) async fn end(engine: &Engine, tx: &mut Tx, assignments: &[i64], now: Timestamp) -> Result<(), EngineError> {
    if assignments.is_empty() {
        return Ok(());
    }
    for row in trial::open_messages(tx, assignments).await? {
        unpack_whole(engine, tx, &row, Cause::StateChanged, now).await?;
    }
    trial::end(tx, assignments, ms(now)).await?;
    let entries: Vec<Entry> = assignments
        .iter()
        .map(|id| {
            let entry = Entry::new(now, "trial-ended", serde_json::json!({ "v": 1, "reason": "unit-is-live" }));
            entry.assignment(*id).actor("daemon").config(engine.rules.digest.clone())
        })
        .collect();
    journal::append(tx, &entries).await?;
    Ok(())
}
