//! What a verdict changes: the message, its members, their reminders, and the channel that is tried next.

use jiff::{SignedDuration, Timestamp};

use super::deliver::Slip;
use super::gather::KEY_ORDER_CHARS;
use super::unreached::{self, Whom};
use super::{Engine, EngineError, instant, ms, parcel, route, sent};
use crate::domain::delivery::{Binding, Fault, MessageState, TRANSMISSIONS_MAX, Verdict, retry_after_ms};
use crate::domain::planner::{self, Context};
use crate::domain::policy::{ChannelKind, Channels};
use crate::domain::reminder::{Notice, ReminderKey, ReminderState, StepRef};
use crate::fault::{self, Mutant};
use crate::store::assignments;
use crate::store::batch::Batch;
use crate::store::journal::{self, Entry};
use crate::store::messages::{self, MessageRow};
use crate::store::outbox::{self, ItemRow, NewItem, Turn};
use crate::store::{Tx, acceptance, meta, parcels};

/// Reason of messages that are put off because of their channel.
pub const CHANNEL_FAULT: &str = "channel-fault";

/// A revision no assignment ever has.
const STALE: i64 = -1;

/// How long before a deadline or the next step the other channel is used.
const SLACK: SignedDuration = SignedDuration::from_mins(15);

/// Working minutes after the first attempt after which the other channel is used.
const PATIENCE_WORKING_MIN: u32 = 4 * 60;

/// After that a message without another channel is given to the operators.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);

/// Applies a verdict to a message in `sending`.
pub(crate) async fn verdict(
    engine: &Engine,
    tx: &mut Tx,
    row: &MessageRow,
    verdict: &Verdict,
    now: Timestamp,
) -> Result<(), EngineError> {
    let lost = Verdict::Uncertain { reason: "forgotten".to_owned() };
    let never = Verdict::Refused { reason: "no answer".to_owned(), binding: Binding::Kept };
    let verdict = match verdict {
        Verdict::Accepted { .. } if fault::is_broken(Mutant::AcceptedIsForgotten) => &lost,
        Verdict::Uncertain { .. } if fault::is_broken(Mutant::UncertainIsRefused) => &never,
        verdict => verdict,
    };
    match verdict {
        Verdict::Accepted { receipt } => accepted(engine, tx, &[(row, receipt.as_deref())], now).await,
        Verdict::Deferred { reason, retry_after_ms, fault } => {
            messages::end_attempt(tx, row.id, "deferred", reason, ms(now)).await?;
            deferred(engine, tx, row, reason, *retry_after_ms, *fault, now).await
        }
        Verdict::Refused { reason, binding } => {
            messages::end_attempt(tx, row.id, "refused", reason, ms(now)).await?;
            refused(engine, tx, row, reason, *binding, now).await
        }
        Verdict::Uncertain { reason } => {
            messages::end_attempt(tx, row.id, "uncertain", reason, ms(now)).await?;
            // Instant 0 sorts before everything else: what is uncertain goes before new work.
            messages::set_open(tx, row.id, MessageState::Uncertain, reason, 0).await?;
            journal::append(tx, &[entry(engine, "message-uncertain", row, reason, now)]).await?;
            Ok(())
        }
    }
}

/// A verdict on a transmission that was given up: another replica took the message over, or the answer to a commit was lost
/// and the verdict comes a second time.
///
/// What happened is recorded: the attempt gets its true verdict and the journal an entry. Only the truth that a copy has
/// arrived changes more: a message nobody is sending is accepted with it. While another replica sends it, its own verdict
/// ends it; what is final stays.
pub(crate) async fn late(
    engine: &Engine,
    tx: &mut Tx,
    row: &MessageRow,
    slip: &Slip,
    verdict: &Verdict,
    now: Timestamp,
) -> Result<(), EngineError> {
    let (word, reason) = match verdict {
        Verdict::Accepted { .. } => ("accepted", "accepted"),
        Verdict::Deferred { reason, .. } => ("deferred", reason.as_str()),
        Verdict::Refused { reason, .. } => ("refused", reason.as_str()),
        Verdict::Uncertain { reason } => ("uncertain", reason.as_str()),
    };
    if messages::attempt_verdict(tx, row.id, slip.attempt).await?.as_deref() == Some(word) {
        return Ok(());
    }
    messages::correct_attempt(tx, row.id, slip.attempt, word, reason).await?;
    let detail = serde_json::json!({ "v": 1, "person": row.person_id, "channel": row.channel.as_str(), "verdict": word,
        "attempt": slip.attempt, "state": row.state.as_str() });
    let late = Entry::new(now, "verdict-late", detail).message(row.key.clone()).actor("daemon");
    journal::append(tx, &[late.config(engine.rules.digest.clone())]).await?;
    let waits = matches!(row.state, MessageState::Queued | MessageState::Deferred | MessageState::Uncertain);
    match verdict {
        Verdict::Accepted { receipt } if waits => accepted(engine, tx, &[(row, receipt.as_deref())], now).await,
        _ => Ok(()),
    }
}

/// Messages that were taken, each with what the channel calls it.
pub(crate) async fn accepted(
    engine: &Engine,
    tx: &mut Tx,
    taken: &[(&MessageRow, Option<&str>)],
    now: Timestamp,
) -> Result<(), EngineError> {
    if taken.is_empty() {
        return Ok(());
    }
    if let Some(home) = &engine.home {
        // True whatever becomes of this transaction.
        home.tell(&taken.iter().map(|(row, _)| sent::line(row, now)).collect::<Vec<_>>());
    }
    let mut of_copies = Vec::new();
    for (row, _) in taken.iter().filter(|(row, _)| row.kind == "copy") {
        of_copies.extend(acceptance::only_copied(tx, row.id).await?);
    }
    let mut batch = Batch::new(tx);
    let ids: Vec<(i64, Option<&str>)> = taken.iter().map(|(row, receipt)| (row.id, *receipt)).collect();
    acceptance::accept(&mut batch, &ids, ms(now));
    let ids: Vec<i64> = taken.iter().map(|(row, _)| row.id).collect();
    let state = if fault::is_broken(Mutant::ItemsStayOpen) { "open" } else { "accepted" };
    acceptance::deliver(&mut batch, &ids, &of_copies, state, ms(now));
    let mut entries: Vec<Entry> = taken.iter().map(|(row, _)| entry(engine, "message-accepted", row, "accepted", now)).collect();
    if fault::is_broken(Mutant::JournalSkipsAcceptance) {
        entries.clear();
    }
    Ok(journal::append_with(tx, batch, &entries).await?)
}

async fn deferred(
    engine: &Engine,
    tx: &mut Tx,
    row: &MessageRow,
    reason: &str,
    asked_ms: Option<i64>,
    fault: Fault,
    now: Timestamp,
) -> Result<(), EngineError> {
    let failed = u32::try_from(row.attempts.max(1)).unwrap_or(u32::MAX);
    // The head of a key is a number that counts, and no two that follow each other shall wait alike.
    let digest = row.key.bytes().skip(KEY_ORDER_CHARS);
    let seed = digest.fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let asked_ms = asked_ms.filter(|_| !fault::is_broken(Mutant::RetryAfterIgnored));
    let wait = asked_ms.unwrap_or_else(|| retry_after_ms(failed, seed));
    let mut next = now + SignedDuration::from_millis(wait.max(0));
    if let Some(policy) = engine.rules.policy(&row.policy) {
        next = engine.rules.calendar.next_opening(&policy.hours, next);
    }
    let items = outbox::items_of_message(tx, row.id).await?;
    if items.iter().any(|item| !item.fresh) {
        // What changed while it was on its way is looked at before its next try.
        engine.asked.waits_again();
    }
    if fault == Fault::Own {
        // No door has seen it: its channel was not tried, and no other one opens sooner.
        messages::put_back(tx, row.id, ms(next)).await?;
        return Ok(journal::append(tx, &[entry(engine, "message-deferred", row, reason, now)]).await?);
    }
    let first = row.first_attempt_at_ms.map_or(now, instant);
    let patience = engine.rules.calendar.add_working_minutes(first, PATIENCE_WORKING_MIN);
    let urgent = slack(engine, tx, &items, now).await?;
    let too_late = next > patience || urgent.is_some_and(|limit| next > limit);
    if too_late && fall_back(engine, tx, row, &items, now).await? == Fallback::Found {
        messages::settle(tx, row.id, MessageState::Refused, "deferred-too-long", None, ms(now)).await?;
        journal::append(tx, &[entry(engine, "message-fallback", row, reason, now)]).await?;
        return Ok(());
    }
    if now.duration_since(first) >= GIVE_UP_AFTER {
        return give_up(engine, tx, row, MessageState::Held, "deferred-too-long", now).await;
    }
    let code = if fault == Fault::Channel { CHANNEL_FAULT } else { "deferred" };
    messages::set_open(tx, row.id, MessageState::Deferred, code, ms(next)).await?;
    journal::append(tx, &[entry(engine, "message-deferred", row, reason, now)]).await?;
    Ok(())
}

/// min(deadline, next step) − 15 minutes over the members, as far as it lies ahead.
async fn slack(engine: &Engine, tx: &mut Tx, items: &[ItemRow], now: Timestamp) -> Result<Option<Timestamp>, EngineError> {
    let (_, directory) = engine.organisation.get(tx).await?;
    let ids: Vec<i64> = items.iter().filter(|item| item.kind != "copy").map(|item| item.assignment_id).collect();
    let mut limit: Option<Timestamp> = None;
    for loaded in assignments::load(tx, &ids, &engine.rules.office, now).await? {
        let Some(policy) = engine.policy_of(&loaded, &directory) else { continue };
        let rules = &engine.rules;
        let deadline = loaded.view.deadline.map(|deadline| deadline.end(&rules.calendar, rules.before_date));
        let plan = planner::plan(&loaded.view, &Context { rules, policy, directory: &directory, now });
        for at in [deadline.filter(|at| *at > now), plan.next_check].into_iter().flatten() {
            limit = Some(limit.map_or(at, |known: Timestamp| known.min(at)));
        }
    }
    Ok(limit.map(|at| at - SLACK))
}

async fn refused(
    engine: &Engine,
    tx: &mut Tx,
    row: &MessageRow,
    reason: &str,
    binding: Binding,
    now: Timestamp,
) -> Result<(), EngineError> {
    match binding {
        // Followed once: a server that says so again and again must not keep the message from the next channel.
        Binding::MovedTo(_) if messages::refusals(tx, row.id).await? > 1 => {}
        Binding::MovedTo(chat) => {
            sqlx::query("UPDATE person SET telegram_chat = $1, telegram_dead_at_ms = NULL WHERE id = $2")
                .bind(chat)
                .bind(row.person_id)
                .execute(&mut **tx)
                .await?;
            meta::raise_org_revision(tx).await?;
            if let Some(stored) = parcels::read(tx, &[row.id]).await?.remove(&row.id) {
                parcels::set(tx, row.id, &parcel::readdressed(&stored, chat.to_string())?).await?;
            }
            messages::set_open(tx, row.id, MessageState::Deferred, "chat-moved", ms(now)).await?;
            journal::append(tx, &[entry(engine, "chat-moved", row, reason, now)]).await?;
            return Ok(());
        }
        Binding::Dead if row.channel == ChannelKind::Telegram && !fault::is_broken(Mutant::DeadChatLives) => {
            sqlx::query("UPDATE person SET telegram_dead_at_ms = $1 WHERE id = $2")
                .bind(ms(now))
                .bind(row.person_id)
                .execute(&mut **tx)
                .await?;
            meta::raise_org_revision(tx).await?;
            journal::append(tx, &[entry(engine, "chat-dead", row, reason, now)]).await?;
            tell_dead(engine, tx, row, now).await?;
        }
        Binding::Dead | Binding::Kept => {}
    }
    give_up(engine, tx, row, MessageState::Refused, reason, now).await
}

/// The operators learn that an account takes nothing any more: it must be linked anew.
async fn tell_dead(engine: &Engine, tx: &mut Tx, row: &MessageRow, now: Timestamp) -> Result<(), EngineError> {
    let (_, directory) = engine.organisation.get(tx).await?;
    let Some(item) = outbox::items_of_message(tx, row.id).await?.into_iter().next() else { return Ok(()) };
    let loaded = assignments::load(tx, &[item.assignment_id], &engine.rules.office, now).await?;
    let policy = loaded.first().and_then(|loaded| engine.policy_of(loaded, &directory));
    let (Some(policy), Some(person)) = (policy, route::person(&directory, row.person_id)) else { return Ok(()) };
    let key = ReminderKey {
        step: StepRef::Notice(Notice::ChatDead),
        anchor: format!("chat-dead:{}:{}", person.code, ms(now)),
        occurrence: 1,
    };
    let detail = serde_json::json!({ "v": 1, "replier": person.name }).to_string();
    outbox::record(tx, &[route::notice(item.assignment_id, key, &policy.name, Some(detail), now)]).await?;
    Ok(())
}

/// The message ends in that state; its members go over the next channel, or to the operators.
pub(crate) async fn give_up(
    engine: &Engine,
    tx: &mut Tx,
    row: &MessageRow,
    state: MessageState,
    reason: &str,
    now: Timestamp,
) -> Result<(), EngineError> {
    let items = outbox::items_of_message(tx, row.id).await?;
    if fault::is_broken(Mutant::RefusalEndsAll) {
        messages::settle(tx, row.id, state, reason, None, ms(now)).await?;
        return Ok(journal::append(tx, &[entry(engine, "message-refused", row, reason, now)]).await?);
    }
    let fallback = fall_back(engine, tx, row, &items, now).await?;
    // Without another channel a refusal too lies in a person's queue.
    let stuck = fallback == Fallback::None && row.kind != "copy" && !reached_otherwise(tx, row, &items).await?;
    let state = if stuck && state == MessageState::Refused { MessageState::Held } else { state };
    messages::settle(tx, row.id, state, reason, None, ms(now)).await?;
    let kind = if state == MessageState::Held { "message-held" } else { "message-refused" };
    journal::append(tx, &[entry(engine, kind, row, reason, now)]).await?;
    if fallback == Fallback::None {
        for item in &items {
            item_failed(engine, tx, item, reason, now).await?;
        }
    }
    Ok(())
}

/// Holds a message whose outcome was unknown as often as it may be transmitted; whether it was.
pub(super) async fn is_spent(engine: &Engine, tx: &mut Tx, row: &MessageRow, now: Timestamp) -> Result<bool, EngineError> {
    let most = if fault::is_broken(Mutant::UncertainForEver) { i64::MAX } else { i64::from(TRANSMISSIONS_MAX) };
    if row.state != MessageState::Uncertain || messages::uncertain_in_all(tx, row).await? < most {
        return Ok(false);
    }
    give_up(engine, tx, row, MessageState::Held, "uncertain-too-often", now).await?;
    Ok(true)
}

/// Whether each member has reached this person, or still may, over another channel (`channels = "all"`).
async fn reached_otherwise(tx: &mut Tx, row: &MessageRow, items: &[ItemRow]) -> Result<bool, EngineError> {
    for item in items {
        let others = outbox::items_of_reminder(tx, item.reminder_id).await?;
        let reached = |other: &ItemRow| {
            other.person_id == row.person_id && other.id != item.id && matches!(other.state.as_str(), "open" | "accepted")
        };
        if !others.iter().any(reached) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether another channel was found for at least one member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fallback {
    Found,
    None,
}

/// Gives each member to the next channel of its person that was not tried for it.
async fn fall_back(
    engine: &Engine,
    tx: &mut Tx,
    row: &MessageRow,
    items: &[ItemRow],
    now: Timestamp,
) -> Result<Fallback, EngineError> {
    if row.is_trial {
        // The trial mailbox failed, not the person's channel.
        return Ok(Fallback::None);
    }
    let (org_revision, directory) = engine.organisation.get(tx).await?;
    let Some(person) = route::person(&directory, row.person_id) else { return Ok(Fallback::None) };
    let reminders = outbox::reminders(tx, &items.iter().map(|item| item.reminder_id).collect::<Vec<_>>()).await?;
    let ids: Vec<i64> = items.iter().map(|item| item.assignment_id).collect();
    let loaded = assignments::load(tx, &ids, &engine.rules.office, now).await?;
    let mut found = Fallback::None;
    for item in items {
        let (Some(reminder), Some(loaded)) = (
            reminders.iter().find(|reminder| reminder.id == item.reminder_id),
            loaded.iter().find(|loaded| loaded.id == item.assignment_id),
        ) else {
            continue;
        };
        let Some(policy) = engine.policy_of(loaded, &directory) else { continue };
        let channels = match &reminder.key.step {
            StepRef::Step(name) => policy.steps.iter().find(|step| step.name == *name).map(|step| step.channels.clone()),
            StepRef::Courtesy(_) | StepRef::Notice(_) => None,
        };
        let tried = messages::channels_tried(tx, item.reminder_id, item.person_id).await?;
        let order = route::channel_order(person, &channels.unwrap_or(Channels::Preferred), &engine.channels);
        let Some(next) = order.into_iter().find(|channel| !tried.iter().any(|known| known == channel.as_str())) else { continue };
        found = Fallback::Found;
        let kind = match item.kind.as_str() {
            "copy" => "copy",
            "digest" => "digest",
            _ => "action",
        };
        let new = NewItem {
            reminder_id: item.reminder_id,
            person_id: item.person_id,
            channel: next,
            kind,
            roles: item.roles.clone(),
            // What changed while the message was on the wire is looked at again before the next channel is used.
            assignment_revision: if item.fresh { loaded.revision } else { STALE },
            org_revision,
        };
        let mut batch = Batch::new(tx);
        outbox::insert_items(&mut batch, &[new]);
        batch.run(tx).await?;
    }
    if found == Fallback::Found {
        outbox::set_items(tx, &items.iter().map(|item| item.id).collect::<Vec<_>>(), "failed").await?;
        for item in items {
            recompute(engine, tx, item, "fallback", now).await?;
        }
    }
    Ok(found)
}

/// One person of a reminder cannot be reached over one channel.
pub(crate) async fn item_failed(
    engine: &Engine,
    tx: &mut Tx,
    item: &ItemRow,
    reason: &str,
    now: Timestamp,
) -> Result<(), EngineError> {
    outbox::set_items(tx, &[item.id], "failed").await?;
    recompute(engine, tx, item, reason, now).await
}

/// A reminder is undeliverable when none of its people can be reached any more; escalation then goes on. Whom nothing reaches is told to
/// the operators either way.
async fn recompute(engine: &Engine, tx: &mut Tx, item: &ItemRow, reason: &str, now: Timestamp) -> Result<(), EngineError> {
    let all = outbox::items_of_reminder(tx, item.reminder_id).await?;
    let unreached = Turn::new(ReminderState::Undeliverable, reason, ms(now));
    if item.kind == "copy" {
        // Its failure holds nothing up; a step of nothing but copies ends when the last of them has failed.
        if all.iter().all(|other| other.kind == "copy" && other.state == "failed") {
            outbox::set_reminder(tx, item.reminder_id, unreached).await?;
        }
        return Ok(());
    }
    let has = |state: &str, of: Option<i64>| {
        let of_these = |other: &&ItemRow| other.kind != "copy" && of.is_none_or(|person| other.person_id == person);
        all.iter().filter(of_these).any(|other| other.state == state)
    };
    // What is queued is routed anew for others of its people; where it stands shows then, and so does whether it reaches anybody.
    let is_queued = outbox::is_queued(tx, item.reminder_id).await?;
    let is_over = !has("open", None) && !is_queued;
    let is_told = has("accepted", None);
    if is_queued && !is_told && !has("open", None) {
        return Ok(());
    }
    if is_over {
        let told = Turn::new(ReminderState::Delivered, "accepted", ms(now));
        outbox::set_reminder(tx, item.reminder_id, if is_told { told } else { unreached }).await?;
    }
    if has("open", Some(item.person_id)) || has("accepted", Some(item.person_id)) {
        return Ok(());
    }
    let whom = if is_over && !is_told { Whom::All } else { Whom::One };
    if item.is_trial && whom == Whom::One {
        // The trial mailbox refused it, whoever it was for.
        return Ok(());
    }
    unreached::tell(engine, tx, item, whom, reason, now).await
}

fn entry(engine: &Engine, kind: &'static str, row: &MessageRow, reason: &str, now: Timestamp) -> Entry {
    let mut detail = serde_json::json!({ "v": 1, "person": row.person_id, "channel": row.channel.as_str(), "reason": reason });
    if row.is_trial {
        detail["trial"] = true.into();
    }
    Entry::new(now, kind, detail).message(row.key.clone()).actor("daemon").config(engine.rules.digest.clone())
}
