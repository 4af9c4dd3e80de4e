//! `why`: the recorded decision behind a message, item by item; what an older journal does not hold is computed again from
//! the assignment as it stood then.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use sqlx::AnyConnection;

use super::grounds::{ClockGrounds, Grounds};
use super::{Engine, EngineError, guard, instant, roles, route};
use crate::domain::delivery::MessageState;
use crate::domain::organisation::{Directory, How, PersonId};
use crate::domain::planner::Context;
use crate::domain::policy::{ChannelKind, Role};
use crate::domain::reminder::StepRef;
use crate::store::carried::{self, CarriedItem, CarriedMessage, Of};
use crate::store::entries::{self, EntryLine};
use crate::store::naming::Names;
use crate::store::outbox;
use crate::store::rewind;
use crate::store::timeline::AttemptLine;

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// It stands in the journal or the store.
    Recorded,
    /// It was computed again from the record, under the rules and people of today.
    Recomputed,
    /// It lies ahead: the engine was run on a copy.
    Simulated,
}

impl Basis {
    /// The word of JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Recomputed => "recomputed",
            Self::Simulated => "simulated",
        }
    }
}

/// A person as explanations name them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Text id.
    pub code: String,
    /// Name.
    pub name: String,
}

/// Why a message was sent, or was to be.
#[derive(Clone, Debug)]
pub struct Why {
    /// The message; `None` when a reminder was asked for that no message carries.
    pub message: Option<WhyMessage>,
    /// What it carries, or carried.
    pub reminders: Vec<WhyReminder>,
    /// Units and people, for names.
    pub directory: Arc<Directory>,
}

/// The message itself.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyMessage {
    /// Its key.
    pub key: String,
    /// Whom it was for.
    pub to: Named,
    /// The channel it leaves by.
    pub channel: String,
    /// `action`, `copy` or `digest`.
    pub kind: String,
    /// Its subject; of one that was taken apart before it left nothing is kept.
    pub subject: Option<String>,
    /// Where it stands.
    pub state: MessageState,
    /// Reason code of that.
    pub reason: String,
    /// The config under which it was packed.
    pub config_digest: String,
    /// When it was packed.
    pub packed_at: Timestamp,
    /// When it became final.
    pub settled_at: Option<Timestamp>,
    /// It went to the trial mailbox.
    pub is_trial: bool,
    /// Which clock was believed when it was packed; recorded with it, else what the journal says of a doubt at that instant.
    pub clock: (ClockGrounds, Basis),
    /// The other channels of the person and why they carried nothing.
    pub passed_over: Vec<(String, String)>,
    /// Transmissions, oldest first.
    pub attempts: Vec<AttemptLine>,
}

/// One reminder of it.
#[derive(Clone, Debug)]
pub struct WhyReminder {
    /// Key of the row; `R7` in messages.
    pub id: i64,
    /// The assignment's shortest name.
    pub assignment: String,
    /// Its title.
    pub title: String,
    /// The policy.
    pub policy: String,
    /// The step.
    pub step: StepRef,
    /// What people are shown for the step, where the rules still have it.
    pub label: Option<String>,
    /// 1 for the first time.
    pub occurrence: u16,
    /// The slot it was meant for.
    pub moment: Timestamp,
    /// When it was allowed to leave.
    pub due_at: Timestamp,
    /// Reason code for which it came due.
    pub reason: String,
    /// The config under which it came due.
    pub config_digest: String,
    /// The number of its entry in the journal.
    pub journal_seq: Option<i64>,
    /// What the decision stood on.
    pub grounds: Option<Grounds>,
    /// Where that comes from.
    pub basis: Basis,
    /// How its person was found.
    pub found: Vec<(Role, How)>,
    /// A copy, for information.
    pub is_copy: bool,
    /// The other people of the same reminder: who, channel, state of that part.
    pub others: Vec<(Named, String, String)>,
}

/// Explains a message by its key, its Message-ID, or the code of one of its items; `None` when there is nothing of that name.
pub async fn why(engine: &Engine, asked: &str, now: Timestamp) -> Result<Option<Why>, EngineError> {
    let mut tx = engine.store.snapshot().await?;
    let (_, directory) = engine.organisation.get(&mut tx).await?;
    let names = Names::load(&mut tx).await?;
    let asking = Asking { engine, directory: &directory, names: &names, now };
    let key = key_of(asked);
    let found = match carried::message(&mut tx, key).await? {
        Some(message) => Some(asking.message(&mut tx, message, None).await?),
        None => match code_of(key) {
            Some(id) => asking.reminder(&mut tx, id).await?,
            None => asking.forgotten(&mut tx, key).await?,
        },
    };
    tx.commit().await?;
    Ok(found)
}

/// `KEY`, `<KEY@host>` or `KEY@host`.
fn key_of(asked: &str) -> &str {
    let bare = asked.trim().trim_start_matches('<').trim_end_matches('>');
    bare.split_once('@').map_or(bare, |(key, _)| key)
}

/// The reminder of a code `R7`.
fn code_of(asked: &str) -> Option<i64> {
    asked.strip_prefix(['R', 'r'])?.parse().ok()
}

struct Asking<'a> {
    engine: &'a Engine,
    directory: &'a Arc<Directory>,
    names: &'a Names,
    now: Timestamp,
}

impl Asking<'_> {
    fn named(&self, person: PersonId) -> Named {
        let found = self.directory.people.get(&person);
        found.map_or_else(
            || Named { code: person.0.to_string(), name: String::new() },
            |person| Named { code: person.code.clone(), name: person.name.clone() },
        )
    }

    async fn message(
        &self,
        connection: &mut AnyConnection,
        message: CarriedMessage,
        only: Option<i64>,
    ) -> Result<Why, EngineError> {
        let mut items = carried::items(connection, Of::Message(message.id)).await?;
        items.retain(|item| only.is_none_or(|only| item.reminder_id == only));
        let journal = entries::of_message(connection, &message.key).await?;
        let packed = journal.iter().rev().find(|entry| entry.kind == "message-packed");
        if items.is_empty() {
            // Its parts were routed anew: the journal still says which they were.
            items = self.parts_of(connection, packed, message.person).await?;
        }
        let reminders = self.reminders(connection, &items, message.packed_at).await?;
        let passed_over = self.passed_over(connection, packed, &message, &items).await?;
        let clock = clock_of(connection, packed, message.packed_at).await?;
        let about = WhyMessage {
            clock,
            attempts: carried::attempts(connection, message.id).await?,
            to: self.named(message.person),
            passed_over,
            key: message.key,
            channel: message.channel,
            kind: message.kind,
            subject: Some(message.subject),
            state: message.state,
            reason: message.reason,
            config_digest: message.config_digest,
            packed_at: message.packed_at,
            settled_at: message.settled_at,
            is_trial: message.is_trial,
        };
        Ok(Why { message: Some(about), reminders, directory: Arc::clone(self.directory) })
    }

    /// A message that was taken apart before it left: only the journal knows of it.
    async fn forgotten(&self, connection: &mut AnyConnection, key: &str) -> Result<Option<Why>, EngineError> {
        let journal = entries::of_message(connection, key).await?;
        // Made anew from the same parts it has the same key: what became of it last is what is told.
        let Some(packed) = journal.iter().rev().find(|entry| entry.kind == "message-packed") else { return Ok(None) };
        let cancelled = journal.iter().rev().find(|entry| entry.kind == "message-cancelled");
        let text = |name: &str| packed.detail.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let person = PersonId(packed.detail.get("person").and_then(Value::as_i64).unwrap_or_default());
        let items = self.parts_of(connection, Some(packed), person).await?;
        let reason = cancelled.and_then(|entry| entry.detail.get("reason").and_then(Value::as_str)).unwrap_or("state-changed");
        let about = WhyMessage {
            key: key.to_owned(),
            to: self.named(person),
            channel: text("channel"),
            kind: text("kind"),
            subject: None,
            state: MessageState::Cancelled,
            reason: reason.to_owned(),
            config_digest: packed.config_digest.clone().unwrap_or_default(),
            packed_at: packed.at,
            settled_at: cancelled.map(|entry| entry.at),
            is_trial: packed.detail.get("trial").is_some(),
            clock: clock_of(connection, Some(packed), packed.at).await?,
            passed_over: recorded_channels(packed),
            attempts: Vec::new(),
        };
        let reminders = self.reminders(connection, &items, packed.at).await?;
        Ok(Some(Why { message: Some(about), reminders, directory: Arc::clone(self.directory) }))
    }

    /// The last message that carries a reminder, and of it that reminder alone.
    async fn reminder(&self, connection: &mut AnyConnection, id: i64) -> Result<Option<Why>, EngineError> {
        let items = carried::items(connection, Of::Reminder(id)).await?;
        let of_a_message = items.iter().rev().find(|item| item.message_key.is_some() && item.state == "accepted");
        let of_a_message = of_a_message.or_else(|| items.iter().rev().find(|item| item.message_key.is_some()));
        if let Some(key) = of_a_message.and_then(|item| item.message_key.as_deref())
            && let Some(message) = carried::message(connection, key).await?
        {
            return Ok(Some(self.message(connection, message, Some(id)).await?));
        }
        let found = self.explain(connection, id, items.first(), &items, self.now).await?;
        Ok(found.map(|found| Why { message: None, reminders: vec![found], directory: Arc::clone(self.directory) }))
    }

    /// What a message carried according to its journal entry.
    async fn parts_of(
        &self,
        connection: &mut AnyConnection,
        packed: Option<&EntryLine>,
        person: PersonId,
    ) -> Result<Vec<CarriedItem>, EngineError> {
        let ids = packed.and_then(|entry| entry.detail.get("reminders")).and_then(Value::as_array);
        let mut parts = Vec::new();
        for id in ids.into_iter().flatten().filter_map(Value::as_i64) {
            let items = carried::items(connection, Of::Reminder(id)).await?;
            parts.extend(items.into_iter().find(|item| item.person == person));
        }
        Ok(parts)
    }

    async fn reminders(
        &self,
        connection: &mut AnyConnection,
        items: &[CarriedItem],
        packed_at: Timestamp,
    ) -> Result<Vec<WhyReminder>, EngineError> {
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            let all = carried::items(connection, Of::Reminder(item.reminder_id)).await?;
            found.extend(self.explain(connection, item.reminder_id, Some(item), &all, packed_at).await?);
        }
        Ok(found)
    }

    async fn explain(
        &self,
        connection: &mut AnyConnection,
        id: i64,
        item: Option<&CarriedItem>,
        all: &[CarriedItem],
        at: Timestamp,
    ) -> Result<Option<WhyReminder>, EngineError> {
        let Some(row) = outbox::reminders(connection, &[id]).await?.pop() else { return Ok(None) };
        let office = &self.engine.rules.office;
        let entry = entries::of_reminder(connection, row.assignment_id, &row.key, at).await?;
        let decided_at = entry.as_ref().map_or_else(|| instant(row.moment_at_ms), |entry| entry.at);
        let then = rewind::as_of(connection, row.assignment_id, office, decided_at).await?;
        let Some(now) = crate::store::assignments::load(connection, &[row.assignment_id], office, self.now).await?.pop() else {
            return Ok(None);
        };
        let policy = self.engine.rules.policy(&row.policy).or_else(|| self.engine.policy_of(&now, self.directory));
        let recorded = entry.as_ref().and_then(|entry| entry.detail.get("grounds")).cloned();
        let recorded: Option<Grounds> = recorded.and_then(|grounds| serde_json::from_value(grounds).ok());
        let basis = if recorded.is_some() { Basis::Recorded } else { Basis::Recomputed };
        let grounds = recorded.or_else(|| {
            let (then, policy) = (then.as_ref()?, policy?);
            let rules = &self.engine.rules;
            let context = Context { rules, policy, directory: self.directory, now: decided_at };
            Some(Grounds::of(&then.loaded, &context, &row.key, instant(row.moment_at_ms)))
        });
        let others = all.iter().filter(|other| item.is_none_or(|item| other.person != item.person) && other.state != "dropped");
        let label = policy.and_then(|policy| crate::domain::planner::house::step_of(policy, &row.key.step));
        let label = label.map(|step| step.label.clone()).filter(|label| *label != row.key.step.to_string());
        Ok(Some(WhyReminder {
            id,
            assignment: now.name(self.names, self.directory),
            title: now.about.title.clone(),
            label,
            occurrence: row.key.occurrence,
            moment: instant(row.moment_at_ms),
            due_at: instant(row.due_at_ms),
            config_digest: digest(entry.as_ref(), connection, decided_at).await?,
            journal_seq: entry.as_ref().map(|entry| entry.seq),
            grounds,
            basis,
            found: item.map_or_else(|| Ok(Vec::new()), |item| roles::from_json(&item.roles))?,
            is_copy: item.is_some_and(|item| item.kind == "copy"),
            others: others.map(|other| (self.named(other.person), other.channel.clone(), other.state.clone())).collect(),
            reason: row.why,
            policy: row.policy,
            step: row.key.step,
        }))
    }

    /// The other channels of the person: as recorded when it was packed, and what was tried before.
    async fn passed_over(
        &self,
        connection: &mut AnyConnection,
        packed: Option<&EntryLine>,
        message: &CarriedMessage,
        items: &[CarriedItem],
    ) -> Result<Vec<(String, String)>, EngineError> {
        let mut over = packed.map(recorded_channels).unwrap_or_default();
        if over.is_empty()
            && let (Some(person), Some(channel)) =
                (route::person(self.directory, message.person.0), ChannelKind::parse(&message.channel))
        {
            let channels = route::passed_over(person, channel, &self.engine.channels).into_iter();
            over = channels.map(|(channel, why)| (channel.as_str().to_owned(), why.to_owned())).collect();
        }
        let Some(first) = items.first() else { return Ok(over) };
        for part in carried::items(connection, Of::Reminder(first.reminder_id)).await? {
            let failed = part.person == message.person && part.state == "failed";
            if failed && let Some((_, why)) = over.iter_mut().find(|(channel, _)| *channel == part.channel) {
                "tried-before".clone_into(why);
            }
        }
        Ok(over)
    }
}

async fn digest(entry: Option<&EntryLine>, connection: &mut AnyConnection, at: Timestamp) -> Result<String, EngineError> {
    match entry.and_then(|entry| entry.config_digest.clone()) {
        Some(digest) => Ok(digest),
        None => Ok(entries::rules_at(connection, at).await?.unwrap_or_default()),
    }
}

async fn clock_of(
    connection: &mut AnyConnection,
    packed: Option<&EntryLine>,
    at: Timestamp,
) -> Result<(ClockGrounds, Basis), EngineError> {
    let recorded = packed.and_then(|entry| entry.detail.get("clock")).cloned();
    if let Some(recorded) = recorded.and_then(|clock| serde_json::from_value(clock).ok()) {
        return Ok((recorded, Basis::Recorded));
    }
    let doubt = guard::doubt_at(connection, at).await?;
    Ok((ClockGrounds::of_note(doubt.as_ref()), Basis::Recomputed))
}

fn recorded_channels(packed: &EntryLine) -> Vec<(String, String)> {
    let pairs = packed.detail.get("passed_over").and_then(Value::as_array);
    let pair = |pair: &Value| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_str()?.to_owned()));
    pairs.into_iter().flatten().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_named_by_its_key_its_message_id_or_the_code_of_an_item() {
        assert_eq!(key_of("<k3j@example.org>"), "k3j");
        assert_eq!(key_of(" k3j "), "k3j");
        assert_eq!(code_of("R17"), Some(17));
        assert_eq!(code_of("r17x"), None);
    }
}
