//! Who had a duty at an instant: mergers and transfers that came later are not of then.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::{AnyConnection, Row as _};

use crate::domain::organisation::{PersonId, UnitId};
use crate::store::assignments::Loaded;
use crate::store::error::StoreError;
use crate::store::rows::{instant, moment_at};

/// Puts back the unit that answered before another took over last: the next entry of then names it, and the one before since when.
pub(super) async fn uninherited(connection: &mut AnyConnection, loaded: &mut Loaded, at: Timestamp) -> Result<(), StoreError> {
    let sql = "SELECT at_ms, detail FROM journal WHERE assignment_id = $1 AND kind = 'assignment-inherited' ORDER BY seq";
    let (mut since, mut code) = (None, None);
    for row in sqlx::query(sql).bind(loaded.id).fetch_all(&mut *connection).await? {
        let inherited_at = moment_at(&row, "at_ms")?;
        if inherited_at > at {
            let detail: Value = serde_json::from_str(&row.try_get::<String, _>("detail")?).unwrap_or_default();
            code = detail.get("from").and_then(Value::as_str).map(ToOwned::to_owned);
            break;
        }
        since = Some(inherited_at);
    }
    let named = loaded.about.named_unit;
    let unit = match code {
        None => named,
        Some(code) => {
            let sql = "SELECT id FROM unit WHERE code = $1";
            let found: Option<i64> = sqlx::query_scalar(sql).bind(code).fetch_optional(connection).await?;
            found.map_or(named, UnitId)
        }
    };
    // A period of a duty that had gone over before is its successor's from the outset, which the journal does not repeat.
    let since = since.or_else(|| (unit != named).then_some(loaded.view.known_at));
    if since.is_none() {
        loaded.about.inherited_from = None;
    }
    loaded.view.inherited_at = since;
    (loaded.about.unit, loaded.view.parties.lead) = (unit, unit);
    Ok(())
}

/// A life of an assignment that went to another unit and came back since: it is known anew from then on.
pub(super) struct Life {
    /// When it became known.
    pub(super) known_at: Timestamp,
    /// When it was taken up again.
    pub(super) ended_at: Timestamp,
    /// The unit that had the duty before.
    from: Option<UnitId>,
}

/// The one an instant lies in; `None` when the assignment was not known yet.
pub(super) async fn earlier(connection: &mut AnyConnection, id: i64, at: Timestamp) -> Result<Option<Life>, StoreError> {
    let sql = "SELECT MIN(at_ms) FROM journal WHERE assignment_id = $1 AND at_ms <= $2";
    let first: Option<i64> = sqlx::query_scalar(sql).bind(id).bind(at.as_millisecond()).fetch_one(&mut *connection).await?;
    let Some(first) = first else { return Ok(None) };
    let (mut known_at, mut from) = (instant("at_ms", first)?, None);
    let sql = "SELECT at_ms, detail FROM journal WHERE assignment_id = $1 AND kind = 'transferred' ORDER BY seq";
    for row in sqlx::query(sql).bind(id).fetch_all(connection).await? {
        let came_at = moment_at(&row, "at_ms")?;
        if came_at > at {
            return Ok(Some(Life { known_at, ended_at: came_at, from }));
        }
        let detail: Value = serde_json::from_str(&row.try_get::<String, _>("detail")?).unwrap_or_default();
        (known_at, from) = (came_at, detail.get("from_unit").and_then(Value::as_i64).map(UnitId));
    }
    Ok(None)
}

impl Life {
    /// From whom it came, and whom the facts name where it came from nobody.
    pub(super) async fn put_back(&self, connection: &mut AnyConnection, loaded: &mut Loaded) -> Result<(), StoreError> {
        loaded.about.from_unit = self.from;
        loaded.named_assignee = None;
        if self.from.is_none() {
            let sql = "SELECT assignee_id FROM directive WHERE id = $1";
            let named: Option<i64> = sqlx::query_scalar(sql).bind(loaded.about.directive_id).fetch_one(connection).await?;
            loaded.named_assignee = named.map(PersonId);
        }
        loaded.view.parties.assignee = loaded.named_assignee;
        Ok(())
    }
}
