//! `doubt`: what a second signal does to weak replies.

use jiff::Timestamp;

use super::reply::Request;
use super::{Engine, EngineError, ms};
use crate::domain::reply::{self, ReplyKind};
use crate::store::assignments::Loaded;
use crate::store::journal::{self, Entry};
use crate::store::{Tx, links};

/// A strong reply lets the weak ones of its person count that it confirms. They were never part of what the planner knows, so
/// that the assignment is planned anew.
pub(super) async fn confirm(
    tx: &mut Tx,
    engine: &Engine,
    loaded: &Loaded,
    request: &Request,
    actor: &str,
    now: Timestamp,
) -> Result<(), EngineError> {
    let mut confirmed: Vec<&'static str> = Vec::new();
    for weak in ReplyKind::ALL.into_iter().filter(|weak| reply::confirms(request.kind, *weak)) {
        if links::confirm(tx, loaded.id, request.person.0, weak, ms(now)).await? > 0 {
            confirmed.push(weak.as_str());
        }
    }
    if confirmed.is_empty() {
        return Ok(());
    }
    sqlx::query("UPDATE assignment SET revision = revision + 1, next_check_at_ms = $1 WHERE id = $2")
        .bind(ms(now))
        .bind(loaded.id)
        .execute(&mut **tx)
        .await?;
    let detail = serde_json::json!({ "v": 1, "replies": confirmed, "by": request.kind.as_str(), "via": request.via });
    let entry = Entry::new(now, "reply-confirmed", detail).assignment(loaded.id).actor(actor);
    journal::append(tx, &[entry.config(engine.rules.digest.clone())]).await?;
    Ok(())
}
