//! Units that are renamed, merged or split: the facts of the unit, its people's posts, and who answers for its assignments.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::assignments::id_list;
use super::error::StoreError;

/// Ids of one `IN (…)`.
const IDS_PER_QUERY: usize = 500;

/// Open, for a unit: neither accepted nor withdrawn.
const OPEN: &str = "work NOT IN ('accepted', 'withdrawn')";

/// The open assignments a unit answers for.
pub async fn open_assignments(connection: &mut AnyConnection, unit: i64) -> Result<Vec<i64>, StoreError> {
    // Two lookups by index; one over COALESCE would read the whole table.
    let sql = format!(
        "SELECT id FROM assignment WHERE unit_id = $1 AND responsible_id IS NULL AND {OPEN}
         UNION ALL SELECT id FROM assignment WHERE responsible_id = $1 AND {OPEN} ORDER BY id"
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).bind(unit).fetch_all(connection).await?)
}

/// Another unit answers for these from now on. Each keeps its name, and the first name its unit had; all are planned anew.
pub async fn hand_over(
    connection: &mut AnyConnection,
    assignments: &[i64],
    to: i64,
    former: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    for chunk in assignments.chunks(IDS_PER_QUERY) {
        let n = chunk.len();
        let sql = format!(
            "UPDATE assignment SET responsible_id = ${}, inherited_from = COALESCE(inherited_from, ${}), inherited_at_ms = ${},
                 revision = revision + 1, next_check_at_ms = ${} WHERE id IN ({})",
            n + 1,
            n + 2,
            n + 3,
            n + 3,
            id_list(n)
        );
        let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(*id));
        query.bind(to).bind(former).bind(now.as_millisecond()).execute(&mut *connection).await?;
    }
    Ok(())
}

/// A recurring duty a unit answers for, whose next period is still to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSeries {
    /// Key of the series.
    pub id: i64,
    /// Key of its open period, if there is one.
    pub open: Option<i64>,
    /// Key of any of its periods, for its name.
    pub any: Option<i64>,
}

/// The recurring duties a unit answers for.
pub async fn open_series(connection: &mut AnyConnection, unit: i64) -> Result<Vec<OpenSeries>, StoreError> {
    let sql = format!(
        "SELECT s.id,
                (SELECT MAX(a.id) FROM assignment a WHERE a.directive_id = s.directive_id AND a.unit_id = s.unit_id AND a.{OPEN}) AS open,
                (SELECT MAX(a.id) FROM assignment a WHERE a.directive_id = s.directive_id AND a.unit_id = s.unit_id) AS latest
         FROM series s WHERE s.opens_at_ms IS NOT NULL AND COALESCE(s.responsible_id, s.unit_id) = $1 ORDER BY s.id"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(unit).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(OpenSeries { id: row.try_get(0)?, open: row.try_get(1)?, any: row.try_get(2)? })).collect()
}

/// Another unit answers for the periods to come of these.
pub async fn hand_over_series(connection: &mut AnyConnection, series: &[i64], to: i64, former: &str) -> Result<(), StoreError> {
    for id in series {
        let sql = "UPDATE series SET responsible_id = $1, inherited_from = COALESCE(inherited_from, $2) WHERE id = $3";
        sqlx::query(sql).bind(to).bind(former).bind(*id).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Periods that were just opened are answered for by whoever answers for their series.
pub async fn follow_series(connection: &mut AnyConnection, assignments: &[i64]) -> Result<(), StoreError> {
    for chunk in assignments.chunks(IDS_PER_QUERY) {
        let theirs = "FROM series s WHERE s.directive_id = assignment.directive_id AND s.unit_id = assignment.unit_id";
        let sql = format!(
            "UPDATE assignment SET responsible_id = (SELECT s.responsible_id {theirs}),
                 inherited_from = (SELECT s.inherited_from {theirs}), inherited_at_ms = known_at_ms
             WHERE id IN ({}) AND EXISTS (SELECT s.id {theirs} AND s.responsible_id IS NOT NULL)",
            id_list(chunk.len())
        );
        let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(*id));
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// The unit that answers for these has another name now; messages say which it had.
pub async fn remember_name(connection: &mut AnyConnection, assignments: &[i64], former: &str) -> Result<(), StoreError> {
    for chunk in assignments.chunks(IDS_PER_QUERY) {
        let sql = format!(
            "UPDATE assignment SET inherited_from = COALESCE(inherited_from, ${}), revision = revision + 1 WHERE id IN ({})",
            chunk.len() + 1,
            id_list(chunk.len())
        );
        let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(*id));
        query.bind(former).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Gives a unit another name and other names it is known by.
pub async fn rename(connection: &mut AnyConnection, unit: i64, name: &str, aliases: &[String]) -> Result<(), StoreError> {
    let aliases = serde_json::json!(aliases).to_string();
    let sql = "UPDATE unit SET name = $1, aliases = $2 WHERE id = $3";
    sqlx::query(sql).bind(name).bind(aliases).bind(unit).execute(connection).await?;
    Ok(())
}

/// Ends a unit: its last day, what takes over, and the posts people still hold in it.
pub async fn end(connection: &mut AnyConnection, unit: i64, last_day: Date, successors: &[String]) -> Result<(), StoreError> {
    let day = last_day.to_string();
    let sql = "UPDATE unit SET to_date = $1, successors = $2 WHERE id = $3";
    let query = sqlx::query(sql).bind(&day).bind(serde_json::json!(successors).to_string()).bind(unit);
    query.execute(&mut *connection).await?;
    let sql = "UPDATE appointment SET to_date = $1 WHERE unit_id = $2 AND (to_date IS NULL OR to_date > $1)
               AND (from_date IS NULL OR from_date <= $1)";
    sqlx::query(sql).bind(&day).bind(unit).execute(connection).await?;
    Ok(())
}

/// Puts the units below one unit below another.
pub async fn adopt(
    connection: &mut AnyConnection,
    parent: &str,
    new_parent: Option<&str>,
    except: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE unit SET parent = $1 WHERE parent = $2 AND code <> $3";
    sqlx::query(sql).bind(new_parent).bind(parent).bind(except).execute(connection).await?;
    Ok(())
}

/// Moves one unit below another, or to the top.
pub async fn move_below(connection: &mut AnyConnection, unit: i64, parent: Option<&str>) -> Result<(), StoreError> {
    sqlx::query("UPDATE unit SET parent = $1 WHERE id = $2").bind(parent).bind(unit).execute(connection).await?;
    Ok(())
}

/// Open assignments that are theirs by name, of these people: person and assignment.
pub async fn named_to(connection: &mut AnyConnection, people: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut found = Vec::new();
    for chunk in people.chunks(IDS_PER_QUERY) {
        let sql = format!(
            "SELECT COALESCE(a.assignee_id, d.assignee_id) AS person, a.id FROM assignment a JOIN directive d ON d.id = a.directive_id
             WHERE COALESCE(a.assignee_id, d.assignee_id) IN ({}) AND a.{OPEN} ORDER BY a.id",
            id_list(chunk.len())
        );
        let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(*id));
        for row in query.fetch_all(&mut *connection).await? {
            found.push((row.try_get(0)?, row.try_get(1)?));
        }
    }
    Ok(found)
}
