//! The links of messages, and weak replies: what came over a link and may not be its person's.

use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::batch::Batch;
use super::error::StoreError;
use super::rows::{Cell, batches, damaged, insert_sql, instant_at};
use crate::domain::delivery::MessageState;
use crate::domain::policy::ChannelKind;
use crate::domain::reply::ReplyKind;

/// Of the rows of `reply`: those that count. A weak reply counts once a second signal has confirmed it.
pub(crate) const COUNTS: &str = "(doubt IS NULL OR confirmed_at_ms IS NOT NULL)";

/// The link of a message.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// Hash of its token.
    pub token_hash: String,
    /// Which message.
    pub message_key: String,
}

/// Records links. A message that was forgotten before it left, and is packed again under its key, keeps the link.
pub fn insert(batch: &mut Batch, links: &[NewLink], now_ms: i64, expires_at_ms: i64) {
    const COLUMNS: [&str; 4] = ["token_hash", "message_key", "created_at_ms", "expires_at_ms"];
    for chunk in batches(links, COLUMNS.len()) {
        let sql = insert_sql(batch.dialect(), "link", &COLUMNS, chunk.len())
            + " ON CONFLICT (token_hash) DO UPDATE SET created_at_ms = excluded.created_at_ms, expires_at_ms = excluded.expires_at_ms";
        let cells = |link: &NewLink| {
            [Cell::from(link.token_hash.as_str()), link.message_key.as_str().into(), now_ms.into(), expires_at_ms.into()]
        };
        batch.push_in_order(sql, chunk.iter().flat_map(cells).collect());
    }
}

/// The message a link belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Key of the message's row.
    pub message_id: i64,
    /// The message key.
    pub message_key: String,
    /// Whose message it is.
    pub person_id: i64,
    /// Over which channel it went.
    pub channel: ChannelKind,
    /// Where it stands.
    pub state: MessageState,
    /// When it was packed.
    pub packed_at: jiff::Timestamp,
    /// When the channel took it; `None` while that is not known.
    pub accepted_at: Option<jiff::Timestamp>,
}

/// The message of the link with that hash, as long as the link holds and the message ever left.
pub async fn find(connection: &mut AnyConnection, token_hash: &str, now_ms: i64) -> Result<Option<Linked>, StoreError> {
    let sql = "SELECT m.id, m.key, m.person_id, m.channel, m.state, m.packed_at_ms,
                      CASE WHEN m.state = 'accepted' THEN m.settled_at_ms END AS accepted_at_ms
               FROM link l JOIN message m ON m.key = l.message_key
               WHERE l.token_hash = $1 AND l.expires_at_ms > $2 AND m.attempts > 0";
    let row = sqlx::query(sql).bind(token_hash).bind(now_ms).fetch_optional(connection).await?;
    let Some(row) = row else { return Ok(None) };
    let (channel, state): (String, String) = (row.try_get("channel")?, row.try_get("state")?);
    Ok(Some(Linked {
        message_id: row.try_get("id")?,
        message_key: row.try_get("key")?,
        person_id: row.try_get("person_id")?,
        channel: ChannelKind::parse(&channel).ok_or_else(|| damaged("channel", &channel))?,
        state: MessageState::parse(&state).ok_or_else(|| damaged("state", &state))?,
        packed_at: super::rows::moment_at(&row, "packed_at_ms")?,
        accepted_at: instant_at(&row, "accepted_at_ms")?,
    }))
}

/// Takes a form for good, in the transaction of its replies; `false` when it was taken before.
pub async fn take_visit(connection: &mut AnyConnection, visit: &str, message_key: &str, now_ms: i64) -> Result<bool, StoreError> {
    let sql = "INSERT INTO link_visit (visit, message_key, at_ms) VALUES ($1, $2, $3) ON CONFLICT (visit) DO NOTHING";
    let done = sqlx::query(sql).bind(visit).bind(message_key).bind(now_ms).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

/// Forgets links that hold no longer, and forms that were taken before that and would not be taken any more; returns how many rows.
pub async fn forget(connection: &mut AnyConnection, now_ms: i64, taken_before_ms: i64) -> Result<u64, StoreError> {
    let sql = "DELETE FROM link WHERE expires_at_ms <= $1";
    let links = sqlx::query(sql).bind(now_ms).execute(&mut *connection).await?.rows_affected();
    let sql = "DELETE FROM link_visit WHERE at_ms < $1";
    let visits = sqlx::query(sql).bind(taken_before_ms).execute(connection).await?.rows_affected();
    Ok(links + visits)
}

/// A weak reply that waits for a second signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which assignment.
    pub assignment_id: i64,
    /// What was said.
    pub kind: ReplyKind,
    /// When it arrived.
    pub at: jiff::Timestamp,
}

/// The weak replies of a person to these assignments that nothing has confirmed, oldest first.
pub async fn waiting(connection: &mut AnyConnection, assignment_ids: &[i64], person_id: i64) -> Result<Vec<Waiting>, StoreError> {
    let mut found = Vec::new();
    for chunk in assignment_ids.chunks(400) {
        let sql = format!(
            "SELECT assignment_id, kind, at_ms FROM reply
             WHERE assignment_id IN ({}) AND person_id = ${} AND NOT {COUNTS} ORDER BY at_ms, id",
            super::assignments::id_list(chunk.len()),
            chunk.len() + 1
        );
        let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(*id));
        for row in query.bind(person_id).fetch_all(&mut *connection).await? {
            found.push(Waiting {
                assignment_id: row.try_get("assignment_id")?,
                kind: super::rows::word_at(&row, "kind", ReplyKind::parse)?,
                at: super::rows::moment_at(&row, "at_ms")?,
            });
        }
    }
    Ok(found)
}

/// Lets the weak replies of a person of that kind count from now on; returns how many.
pub async fn confirm(
    connection: &mut AnyConnection,
    assignment_id: i64,
    person_id: i64,
    kind: ReplyKind,
    now_ms: i64,
) -> Result<u64, StoreError> {
    let sql = format!(
        "UPDATE reply SET confirmed_at_ms = $1 WHERE assignment_id = $2 AND person_id = $3 AND kind = $4 AND NOT {COUNTS}"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(now_ms).bind(assignment_id).bind(person_id).bind(kind.as_str());
    Ok(query.execute(connection).await?.rows_affected())
}
