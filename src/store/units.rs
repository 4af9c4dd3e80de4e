//! Rows of `unit`.

use jiff::civil::Date;
use sqlx::AnyConnection;

use super::error::StoreError;
use super::rows::{Upserted, list_text, role_text, upsert};
use crate::domain::policy::Role;

/// A unit as facts give it.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitRow {
    /// Text id.
    pub code: String,
    /// Name in messages.
    pub name: String,
    /// Text id of the unit above.
    pub parent: Option<String>,
    /// The leader in charge.
    pub supervisor: Option<Role>,
    /// Other names.
    pub aliases: Vec<String>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
    /// Text ids of the units that took over.
    pub successors: Vec<String>,
}

/// Adds it or changes the row of that text id. The caller raises the revision of the organisation.
pub async fn upsert_unit(connection: &mut AnyConnection, unit: &UnitRow) -> Result<Upserted, StoreError> {
    let values = vec![
        ("name", unit.name.as_str().into()),
        ("parent", unit.parent.clone().into()),
        ("supervisor", unit.supervisor.as_ref().map(role_text).into()),
        ("aliases", list_text(&unit.aliases).into()),
        ("from_date", unit.from.into()),
        ("to_date", unit.to.into()),
        ("successors", list_text(&unit.successors).into()),
    ];
    upsert(connection, "unit", vec![("code", unit.code.as_str().into())], values).await
}

/// The key of a unit by its text id.
pub async fn unit_id(connection: &mut AnyConnection, code: &str) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar("SELECT id FROM unit WHERE code = $1").bind(code).fetch_optional(connection).await?)
}
