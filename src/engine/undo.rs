//! `undo`: who gave a reply takes it back within five minutes, while nobody has answered since.
//!
//! The reply stays, marked; its assignment stands as before, and what the reply had silenced comes due again by planning.

use jiff::Timestamp;

use super::{Engine, EngineError, ms, route};
use crate::channel::wording;
use crate::domain::directive::Work;
use crate::domain::organisation::{Directory, PersonId};
use crate::domain::reminder::{Notice, ReminderKey, StepRef};
use crate::domain::reply::{ReplyKind, UNDO_WITHIN, anchor};
use crate::store::Tx;
use crate::store::assignments::{self, Loaded};
use crate::store::journal::{self, Entry};
use crate::store::outbox;
use crate::store::replies::{self, GivenReply};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// It is taken back; the assignment stands so.
    TakenBack(Work),
    /// It was taken back before.
    Already,
    /// Five minutes have passed.
    TooLate,
    /// Somebody else has answered since: accepted, granted, reported.
    AnsweredSince,
    /// The same person has answered since; that answer goes first.
    OwnAnswerSince,
    /// Somebody else gave it, or it is a reply that is not taken back.
    NotTheirs,
}

impl Undone {
    /// The stable word of journal and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TakenBack(_) => "taken-back",
            Self::Already => "already-taken-back",
            Self::TooLate => "too-late",
            Self::AnsweredSince => "answered-since",
            Self::OwnAnswerSince => "own-answer-since",
            Self::NotTheirs => "not-theirs",
        }
    }
}

/// Takes a reply back in the caller's transaction; a refusal is journalled too.
pub async fn undo_in(
    engine: &Engine,
    tx: &mut Tx,
    reply_id: i64,
    person: PersonId,
    now: Timestamp,
) -> Result<Undone, EngineError> {
    let Some(reply) = replies::get(tx, reply_id).await? else { return Ok(Undone::NotTheirs) };
    let (_, directory) = engine.organisation.get(tx).await?;
    let mut told = Vec::new();
    let undone = match keeps(tx, &reply, person, now).await? {
        Some(keeps) => keeps,
        None => take_back(engine, tx, &reply, &directory, &mut told, now).await?,
    };
    let kind = if matches!(undone, Undone::TakenBack(_)) { "reply-undone" } else { "undo-refused" };
    let actor = directory.people.get(&person).map_or_else(String::new, |person| person.code.clone());
    let detail = serde_json::json!({ "v": 1, "reply": reply.kind.as_str(), "reply_id": reply.id, "reason": undone.as_str(),
        "notices": route::journalled_notices(&told) });
    let entry = Entry::new(now, kind, detail).assignment(reply.assignment_id).actor(actor);
    journal::append(tx, &[entry.config(engine.rules.digest.clone())]).await?;
    Ok(undone)
}

/// Why it stays as it is; `None` when it may be taken back.
async fn keeps(tx: &mut Tx, reply: &GivenReply, person: PersonId, now: Timestamp) -> Result<Option<Undone>, EngineError> {
    let of_the_unit = matches!(
        reply.kind,
        ReplyKind::Acknowledge
            | ReplyKind::Progress
            | ReplyKind::Done
            | ReplyKind::Extend
            | ReplyKind::NotOurs
            | ReplyKind::Assign
    );
    if reply.person != person || !of_the_unit || reply.before.is_none() {
        return Ok(Some(Undone::NotTheirs));
    }
    if reply.undone_at.is_some() {
        return Ok(Some(Undone::Already));
    }
    Ok(match replies::answered_since(tx, reply).await? {
        Some(other) if other == person => Some(Undone::OwnAnswerSince),
        Some(_) => Some(Undone::AnsweredSince),
        None if now.duration_since(reply.at) > UNDO_WITHIN => Some(Undone::TooLate),
        None => None,
    })
}

async fn take_back(
    engine: &Engine,
    tx: &mut Tx,
    reply: &GivenReply,
    directory: &Directory,
    told: &mut Vec<ReminderKey>,
    now: Timestamp,
) -> Result<Undone, EngineError> {
    let Some(before) = &reply.before else { return Ok(Undone::NotTheirs) };
    replies::take_back(tx, reply, before, now).await?;
    let Some(loaded) = assignments::load(tx, &[reply.assignment_id], &engine.rules.office, now).await?.pop() else {
        return Ok(Undone::NotTheirs);
    };
    // A notice that has not left is dropped where it stands: nothing wants it any more.
    if replies::was_told(tx, reply.assignment_id, &anchor(reply.kind, reply.at)).await? {
        told.extend(tell(engine, tx, reply, &loaded, directory, now).await?);
    }
    Ok(Undone::TakenBack(loaded.view.work))
}

/// Who was told of it, or may have been, is told that it is taken back; answers by which reminder.
async fn tell(
    engine: &Engine,
    tx: &mut Tx,
    reply: &GivenReply,
    loaded: &Loaded,
    directory: &Directory,
    now: Timestamp,
) -> Result<Option<ReminderKey>, EngineError> {
    let Some(policy) = engine.policy_of(loaded, directory) else { return Ok(None) };
    let label = wording::label(reply.kind, engine.rules.language);
    let detail = serde_json::json!({
        "v": 1,
        "note": label,
        "replier": directory.people.get(&reply.person).map(|person| person.name.clone()),
        "until": reply.until.map(|day| day.to_string()),
    });
    let key = ReminderKey {
        step: StepRef::Notice(Notice::TakenBack),
        anchor: format!("{}:{}", anchor(reply.kind, reply.at), ms(now)),
        occurrence: 1,
    };
    outbox::record(tx, &[route::notice(loaded.id, key.clone(), &policy.name, Some(detail.to_string()), now)]).await?;
    Ok(Some(key))
}
