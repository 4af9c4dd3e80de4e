//! Who sends: the daemons on this store, how each shows that it lives, and how one that does not is shut out.
//!
//! No clock is shared. A replica raises a counter; another one that sees the counter stand still measures for how long by a
//! clock of its own ([`crate::engine::incarnation`]). To fence is to shut out for good: a fenced incarnation never claims
//! again, its process goes on under a new one.

use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::dialect::Dialect;
use super::error::StoreError;
use super::rows::damaged;

/// Rows of incarnations that ended so long ago are removed when another one begins.
const KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// A daemon that begins.
#[derive(Clone, Debug)]
pub struct NewIncarnation<'a> {
    /// Fresh for each start.
    pub id: &'a str,
    /// Name of the machine, for people.
    pub host: &'a str,
    /// Number of the process there.
    pub pid: i64,
    /// The rules it would work by.
    pub config_digest: &'a str,
    /// Now, by its own clock.
    pub now_ms: i64,
}

/// Makes it known.
pub async fn register(connection: &mut AnyConnection, new: &NewIncarnation<'_>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM incarnation WHERE COALESCE(ended_at_ms, fenced_at_ms) < $1")
        .bind(new.now_ms - KEPT_MS)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO incarnation (id, host, pid, started_at_ms, beats, beat_at_ms, config_digest) VALUES ($1, $2, $3, $4, 0, $4, $5)",
    )
    .bind(new.id)
    .bind(new.host)
    .bind(new.pid)
    .bind(new.now_ms)
    .bind(new.config_digest)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether an incarnation may still send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Neither ended nor fenced.
    Living,
    /// Another one took over, or it was never made known.
    Fenced,
}

/// Whether another one showed within that time that it lives, by the clocks of both.
pub async fn another_lives(connection: &mut AnyConnection, id: &str, since_ms: i64) -> Result<bool, StoreError> {
    let sql =
        "SELECT COUNT(*) FROM incarnation WHERE id <> $1 AND fenced_at_ms IS NULL AND ended_at_ms IS NULL AND beat_at_ms >= $2";
    let living: i64 = sqlx::query_scalar(sql).bind(id.to_owned()).bind(since_ms).fetch_one(connection).await?;
    Ok(living > 0)
}

/// One heartbeat, and in the same statement a look at the [`others`]; `None` when the incarnation is fenced. It stands in no queue behind
/// other writers.
pub async fn beat(
    connection: &mut AnyConnection,
    id: &str,
    config_digest: &str,
    now_ms: i64,
) -> Result<Option<Vec<Seen>>, StoreError> {
    let gathered = Dialect::of(connection).gather("o.id, o.beats, o.gone_at_ms", "o.id");
    let sql = format!(
        "UPDATE incarnation SET beats = beats + 1, beat_at_ms = $1, config_digest = $2
         WHERE id = $3 AND fenced_at_ms IS NULL AND ended_at_ms IS NULL
         RETURNING (SELECT {gathered} FROM ({}) AS o) AS others",
        others_sql(3)
    );
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(now_ms).bind(config_digest).bind(id);
    let beaten: Option<Option<String>> = query.fetch_optional(connection).await?;
    let Some(list) = beaten else { return Ok(None) };
    let list = list.unwrap_or_else(|| "[]".to_owned());
    let others: Vec<(String, i64, Option<i64>)> = serde_json::from_str(&list).map_err(|_| damaged("incarnation", &list))?;
    Ok(Some(others.into_iter().map(|(id, beats, gone)| Seen { id, beats, is_gone: gone.is_some() }).collect()))
}

/// Where an incarnation stands now.
pub async fn standing(connection: &mut AnyConnection, id: &str) -> Result<Standing, StoreError> {
    let sql = "SELECT COUNT(*) FROM incarnation WHERE id = $1 AND fenced_at_ms IS NULL AND ended_at_ms IS NULL";
    let living: i64 = sqlx::query_scalar(sql).bind(id).fetch_one(connection).await?;
    Ok(if living == 0 { Standing::Fenced } else { Standing::Living })
}

/// Another incarnation as it is seen now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// Its counter; it stands still when the incarnation does.
    pub beats: i64,
    /// It said that it ends, or was fenced; what it was sending may be taken over at once.
    pub is_gone: bool,
}

/// Those beside the one in parameter `own`.
fn others_sql(own: usize) -> String {
    // A sender nobody has heard of (a store that was copied) is watched like any other.
    format!(
        "SELECT i.id, i.beats, COALESCE(i.ended_at_ms, i.fenced_at_ms) AS gone_at_ms FROM incarnation i
         WHERE i.id <> ${own} AND (COALESCE(i.ended_at_ms, i.fenced_at_ms) IS NULL
             OR EXISTS (SELECT 1 FROM message m WHERE m.state = 'sending' AND m.incarnation = i.id))
         UNION ALL
         SELECT DISTINCT m.incarnation, CAST(0 AS BIGINT), CAST(NULL AS BIGINT) FROM message m
         WHERE m.state = 'sending' AND m.incarnation <> ${own}
             AND NOT EXISTS (SELECT 1 FROM incarnation i WHERE i.id = m.incarnation)"
    )
}

/// Every other incarnation that lives or has a message on the wire.
pub async fn others(connection: &mut AnyConnection, own: &str) -> Result<Vec<Seen>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(others_sql(1))).bind(own).fetch_all(connection).await?;
    let seen = |row: &sqlx::any::AnyRow| {
        Ok(Seen { id: row.try_get(0)?, beats: row.try_get(1)?, is_gone: row.try_get::<Option<i64>, _>(2)?.is_some() })
    };
    rows.iter().map(seen).collect()
}

/// Shuts an incarnation out, unless it has moved since it was seen. From the commit on it claims nothing.
pub async fn fence(connection: &mut AnyConnection, seen: &Seen, now_ms: i64) -> Result<Standing, StoreError> {
    let sql =
        "UPDATE incarnation SET fenced_at_ms = $1 WHERE id = $2 AND beats = $3 AND fenced_at_ms IS NULL AND ended_at_ms IS NULL";
    sqlx::query(sql).bind(now_ms).bind(seen.id.as_str()).bind(seen.beats).execute(&mut *connection).await?;
    standing(connection, &seen.id).await
}

/// It ends in good order.
pub async fn end(connection: &mut AnyConnection, id: &str, now_ms: i64) -> Result<(), StoreError> {
    let sql = "UPDATE incarnation SET ended_at_ms = $1 WHERE id = $2 AND ended_at_ms IS NULL";
    sqlx::query(sql).bind(now_ms).bind(id).execute(connection).await?;
    Ok(())
}

/// Whether another living incarnation works by these rules.
pub async fn another_works_by(connection: &mut AnyConnection, own: &str, config_digest: &str) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM incarnation WHERE id <> $1 AND config_digest = $2 AND fenced_at_ms IS NULL
               AND ended_at_ms IS NULL";
    let count: i64 = sqlx::query_scalar(sql).bind(own).bind(config_digest).fetch_one(connection).await?;
    Ok(count > 0)
}

/// A replica as `status` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// Its incarnation.
    pub incarnation: String,
    /// Name of its machine.
    pub host: String,
    /// Number of its process there.
    pub pid: i64,
    /// Since when, by its own clock.
    pub started_at_ms: i64,
    /// Its last heartbeat, by its own clock.
    pub beat_at_ms: i64,
    /// The rules it would work by.
    pub config_digest: String,
    /// The leases it holds.
    pub leases: Vec<String>,
}

/// Every replica that was not found dead, oldest first.
pub async fn replicas(connection: &mut AnyConnection) -> Result<Vec<Replica>, StoreError> {
    let sql = "SELECT id, host, pid, started_at_ms, beat_at_ms, config_digest FROM incarnation
               WHERE fenced_at_ms IS NULL AND ended_at_ms IS NULL ORDER BY started_at_ms, id";
    let mut replicas = Vec::new();
    for row in sqlx::query(sql).fetch_all(&mut *connection).await? {
        let incarnation: String = row.try_get("id")?;
        let leases = sqlx::query_scalar("SELECT name FROM lease WHERE incarnation = $1")
            .bind(incarnation.as_str())
            .fetch_all(&mut *connection)
            .await?;
        replicas.push(Replica {
            incarnation,
            host: row.try_get("host")?,
            pid: row.try_get("pid")?,
            started_at_ms: row.try_get("started_at_ms")?,
            beat_at_ms: row.try_get("beat_at_ms")?,
            config_digest: row.try_get("config_digest")?,
            leases,
        });
    }
    Ok(replicas)
}
