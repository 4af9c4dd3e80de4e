//! A duty goes to another unit: what it had is closed, and the other unit has an assignment of its own.

use jiff::Timestamp;
use jiff::civil::Date;

use super::reply::Request;
use super::{Engine, EngineError, ms};
use crate::domain::organisation::{Directory, UnitId};
use crate::domain::reply::{Refusal, ReplyKind};
use crate::store::Tx;
use crate::store::assignments::Loaded;
use crate::store::journal::{self, Entry};
use crate::store::replies::{self, ReplyRow};
use crate::store::rows::journalled_deadline;
use crate::store::transfer::{self, There};

/// A unit that may have the duty, and what it has of the directive already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Destination {
    unit: UnitId,
    again: Option<i64>,
}

/// Whether the duty may go to that unit on that day.
pub(super) async fn destination(
    tx: &mut Tx,
    directory: &Directory,
    loaded: &Loaded,
    unit: UnitId,
    on: Date,
) -> Result<Result<Destination, Refusal>, EngineError> {
    if !directory.units.get(&unit).is_some_and(|unit| unit.span.covers(on)) {
        return Ok(Err(Refusal::UnitEnded));
    }
    Ok(match transfer::there(tx, loaded.id, unit).await? {
        There::Holds => Err(Refusal::HasItAlready),
        There::Withdrawn(id) => Ok(Destination { unit, again: Some(id) }),
        There::Nothing => Ok(Destination { unit, again: None }),
    })
}

/// Gives the duty to the unit, in the caller's transaction; what it had before is closed by the reply itself.
pub(super) async fn transfer(
    engine: &Engine,
    tx: &mut Tx,
    loaded: &Loaded,
    destination: Destination,
    request: &Request,
    actor: &str,
    now: Timestamp,
) -> Result<i64, EngineError> {
    let Destination { unit, again } = destination;
    let id = transfer::give(tx, loaded.id, unit, again, now).await?;
    // The reply stands at both ends: here it is how the duty came.
    replies::insert(tx, &ReplyRow { assignment_id: id, ..request.row(loaded.id, None, now) }).await?;
    let detail = serde_json::json!({
        "v": 1,
        "reply": ReplyKind::Transfer.as_str(),
        "from_assignment": loaded.id,
        "from_unit": loaded.about.named_unit.0,
        "to_unit": unit.0,
        "again": again.is_some(),
        "at_ms": ms(now),
        "note": request.note,
        "deadline": loaded.view.deadline.as_ref().map(journalled_deadline),
    });
    let entry = Entry::new(now, "transferred", detail).assignment(id).actor(actor).config(engine.rules.digest.clone());
    journal::append(tx, &[entry]).await?;
    Ok(id)
}
