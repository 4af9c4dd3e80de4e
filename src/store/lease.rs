//! What only one replica may do at a time. A lease is held for as long as its holder's incarnation lives; every new holder
//! raises the term, and what a holder writes is checked against it in the same transaction.

use sqlx::{AnyConnection, Row as _};

use super::error::StoreError;
use super::incarnations::{self, Standing};

/// The lease of whoever reads what comes in over Telegram: two readers of one bot take each other's updates away.
pub const TELEGRAM: &str = "telegram";

/// Takes a lease for that incarnation and returns its term, or `None` while another one that lives holds it. Call it in a
/// transaction of [`super::Store::begin`]. Taking what one holds already raises nothing.
pub async fn take(
    connection: &mut AnyConnection,
    name: &'static str,
    incarnation: &str,
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let held =
        sqlx::query("SELECT term, incarnation FROM lease WHERE name = $1").bind(name).fetch_optional(&mut *connection).await?;
    let mut before = 0;
    if let Some(row) = held {
        let holder: String = row.try_get("incarnation")?;
        before = row.try_get("term")?;
        if holder == incarnation {
            return Ok(Some(before));
        }
        if incarnations::standing(connection, &holder).await? == Standing::Living {
            return Ok(None);
        }
    }
    sqlx::query(
        "INSERT INTO lease (name, term, incarnation, taken_at_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET term = excluded.term, incarnation = excluded.incarnation, taken_at_ms = excluded.taken_at_ms",
    )
    .bind(name)
    .bind(before + 1)
    .bind(incarnation)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(Some(before + 1))
}

/// Whether nobody else who lives holds that lease: one look beside every transaction, after which [`take`] decides.
pub async fn is_free(connection: &mut AnyConnection, name: &'static str, incarnation: &str) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM lease l JOIN incarnation i ON i.id = l.incarnation
               WHERE l.name = $1 AND i.id <> $2 AND i.fenced_at_ms IS NULL AND i.ended_at_ms IS NULL";
    let held: i64 = sqlx::query_scalar(sql).bind(name).bind(incarnation).fetch_one(connection).await?;
    Ok(held == 0)
}

/// The term in force; 0 for a lease nobody ever took.
pub async fn term(connection: &mut AnyConnection, name: &'static str) -> Result<i64, StoreError> {
    let term: Option<i64> =
        sqlx::query_scalar("SELECT term FROM lease WHERE name = $1").bind(name).fetch_optional(connection).await?;
    Ok(term.unwrap_or(0))
}
