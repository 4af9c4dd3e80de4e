//! Many rows as one. Each row crosses from the thread that owns the SQLite connection, and each of its values is copied three times
//! on the way; as one text of JSON they cross together, for a fifth of that.

use serde::de::DeserializeOwned;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::dialect::Dialect;
use super::error::StoreError;
use super::rows::{Cell, bind, damaged};

/// The rows of a `SELECT` whose columns have these names, each read as a list of their values in that order; the rows in no order.
pub(super) async fn fetch<T: DeserializeOwned>(
    connection: &mut AnyConnection,
    columns: &[&str],
    select: &str,
    cells: Vec<Cell>,
) -> Result<Vec<T>, StoreError> {
    let columns = columns.iter().map(|column| format!("listed.{column}")).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT {} FROM ({select}) AS listed", Dialect::of(connection).gather_unordered(&columns));
    let query = cells.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), bind);
    let row = query.fetch_one(connection).await?;
    let list: Option<String> = sqlx::Row::try_get(&row, 0)?;
    // Not the text itself: it holds what they are about.
    serde_json::from_str(list.as_deref().unwrap_or("[]")).map_err(|error| damaged("listed", &error.to_string()))
}
