//! Who answered for a duty at an instant: mergers that came later are not of then.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::{AnyConnection, Row as _};

use crate::domain::organisation::UnitId;
use crate::store::assignments::Loaded;
use crate::store::error::StoreError;
use crate::store::rows::moment_at;

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
