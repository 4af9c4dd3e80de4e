//! Rows of `series`: which period of a recurring duty is opened next for a unit, and when.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::assignments::id_list;
use super::dialect::Dialect;
use super::error::StoreError;
use super::rows::{damaged, date_at, day_at, instant_at};
use crate::domain::recurrence::{CutOff, Period};

/// Ids of one `IN (…)`.
const IDS_PER_QUERY: usize = 500;

/// A directive that recurs, for one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Key.
    pub id: i64,
    /// Key of the directive.
    pub directive_id: i64,
    /// Key of the lead unit.
    pub unit_id: i64,
    /// The period that is opened next.
    pub next: Period,
    /// When; `None` once the series has ended.
    pub opens_at: Option<Timestamp>,
    /// The wording of the deadline.
    pub deadline_text: Option<String>,
    /// The date of its dispatch.
    pub dispatch_date: Date,
    /// No period with a later deadline is opened.
    pub until: Option<Date>,
    /// When the figures of a period are closed.
    pub cut_off: Option<CutOff>,
    /// The date of the dispatch that replaces its dispatch.
    pub replaced_on: Option<Date>,
}

const SELECT: &str = "SELECT s.id, s.directive_id, s.unit_id, s.period, s.opens_at_ms, d.deadline_text, d.until_date, d.cutoff,
        p.date, (SELECT MIN(q.date) FROM dispatch q WHERE q.replaces = p.number AND q.issuer = p.issuer AND q.date >= p.date)
            AS replaced_on
    FROM series s JOIN directive d ON d.id = s.directive_id JOIN dispatch p ON p.id = d.dispatch_id";

/// Keys of the series whose next period is to be opened by that instant, earliest first; locked until the transaction ends.
pub async fn due(connection: &mut AnyConnection, now_ms: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    let sql = format!(
        "SELECT id FROM series WHERE opens_at_ms IS NOT NULL AND opens_at_ms <= $1 ORDER BY opens_at_ms, id LIMIT CAST($2 AS BIGINT){}",
        Dialect::of(connection).for_update_skip_locked()
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).bind(now_ms).bind(limit).fetch_all(connection).await?)
}

/// The series with these keys, in order of the key.
pub async fn get(connection: &mut AnyConnection, ids: &[i64]) -> Result<Vec<Series>, StoreError> {
    among(connection, "s.id", ids).await
}

/// The series of these directives, in order of the key.
pub async fn of_directives(connection: &mut AnyConnection, ids: &[i64]) -> Result<Vec<Series>, StoreError> {
    among(connection, "s.directive_id", ids).await
}

/// Every series, in order of the key.
pub async fn all(connection: &mut AnyConnection) -> Result<Vec<Series>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(format!("{SELECT} ORDER BY s.id"))).fetch_all(connection).await?;
    rows.iter().map(series).collect()
}

async fn among(connection: &mut AnyConnection, column: &str, ids: &[i64]) -> Result<Vec<Series>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(IDS_PER_QUERY) {
        let sql = format!("{SELECT} WHERE {column} IN ({}) ORDER BY s.id", id_list(chunk.len()));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for id in chunk {
            query = query.bind(*id);
        }
        for row in &query.fetch_all(&mut *connection).await? {
            found.push(series(row)?);
        }
    }
    found.sort_by_key(|one| one.id);
    Ok(found)
}

fn series(row: &AnyRow) -> Result<Series, StoreError> {
    let period: String = row.try_get("period")?;
    Ok(Series {
        id: row.try_get("id")?,
        directive_id: row.try_get("directive_id")?,
        unit_id: row.try_get("unit_id")?,
        next: Period::parse(&period).ok_or_else(|| damaged("series.period", &period))?,
        opens_at: instant_at(row, "opens_at_ms")?,
        deadline_text: row.try_get("deadline_text")?,
        dispatch_date: day_at(row, "date")?,
        until: date_at(row, "until_date")?,
        cut_off: row.try_get::<Option<i64>, _>("cutoff")?.and_then(CutOff::new),
        replaced_on: date_at(row, "replaced_on")?,
    })
}

/// Begins a series, or points one that is there already to that period; returns its key.
pub async fn point(
    connection: &mut AnyConnection,
    directive_id: i64,
    unit_id: i64,
    next: Period,
    opens_at: Option<Timestamp>,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO series (directive_id, unit_id, period, opens_at_ms) VALUES ($1, $2, $3, $4)
               ON CONFLICT (directive_id, unit_id) DO UPDATE SET period = excluded.period, opens_at_ms = excluded.opens_at_ms
               RETURNING id";
    let query = sqlx::query_scalar(sql).bind(directive_id).bind(unit_id).bind(next.to_string());
    Ok(query.bind(opens_at.map(Timestamp::as_millisecond)).fetch_one(connection).await?)
}
