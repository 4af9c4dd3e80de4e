//! What has left, told by `sent.log` to a store that does not know it: after a restore, and after a crash before the commit.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::gather::{Group, Members};
use super::{Engine, EngineError, guard, instant, ms, settle};
use crate::domain::delivery::Verdict;
use crate::domain::organisation::PersonId;
use crate::domain::reminder::ReminderState;
use crate::store::journal::{self, Entry};
use crate::store::messages::MessageRow;
use crate::store::outbox::{self, ItemRow, Turn};
use crate::store::sent_log::{BEHIND_MAX, Sent, SentLog};
use crate::store::{Tx, messages, sent};

impl Members {
    /// By what a reminder to a person is known, whatever numbers its rows have: the names of the duty, the key of the step, the
    /// person, and whether it is a copy or went to the trial mailbox. Over which channel does not matter: who was told once is not
    /// told again.
    fn trace(&self, item: &ItemRow) -> Option<String> {
        let reminder = self.reminders.iter().find(|row| row.id == item.reminder_id)?;
        let loaded = self.loaded.iter().find(|loaded| loaded.id == item.assignment_id)?;
        let about = &loaded.about;
        let unit = self.directory.units.get(&about.named_unit).map_or("", |unit| unit.code.as_str());
        let person = self.directory.people.get(&PersonId(item.person_id)).map_or("", |person| person.code.as_str());
        let parts = [
            about.issuer.as_str(),
            &about.number,
            &loaded.view.dispatch_date.to_string(),
            &about.clause,
            &about.ordinal.to_string(),
            unit,
            &about.period,
            &reminder.key.step.to_string(),
            &reminder.key.anchor,
            &reminder.key.occurrence.to_string(),
            person,
            if item.kind == "copy" { "copy" } else { "" },
            if self.trial.is_some() { "trial" } else { "" },
        ];
        let digest = Sha256::digest(parts.join("\u{1f}"));
        Some(data_encoding::HEXLOWER.encode(&digest[..8]))
    }

    /// The traces of all members, parted by commas.
    pub(super) fn traces(&self) -> String {
        self.items.iter().filter_map(|item| self.trace(item)).collect::<Vec<_>>().join(",")
    }
}

/// The line of a message that was accepted.
pub(super) fn line(row: &MessageRow, now: Timestamp) -> Sent {
    let traces = row.traces.split(',').filter(|trace| !trace.is_empty()).map(str::to_owned).collect();
    Sent { at_ms: ms(now), key: row.key.clone(), traces }
}

/// Takes out of messages to be packed what their people got before the store was restored. Costs one look where it never was.
pub(super) async fn leave_out(
    engine: &Engine,
    tx: &mut Tx,
    gathered: Vec<(Group, Members)>,
    now: Timestamp,
) -> Result<Vec<(Group, Members)>, EngineError> {
    if gathered.is_empty() || !tx.bearings().await?.has_kept {
        return Ok(gathered);
    }
    let mut left = Vec::with_capacity(gathered.len());
    for (group, mut members) in gathered {
        let traced: Vec<(ItemRow, String)> = std::mem::take(&mut members.items)
            .into_iter()
            .filter_map(|item| Some((item.clone(), members.trace(&item)?)))
            .collect();
        let found = sent::found(tx, &traced.iter().map(|(_, trace)| trace.clone()).collect::<Vec<_>>()).await?;
        for (item, trace) in traced {
            match found.get(&trace) {
                Some(at_ms) => count_as_told(engine, tx, &item, *at_ms, now).await?,
                None => members.items.push(item),
            }
        }
        members.loaded.retain(|loaded| members.items.iter().any(|item| item.assignment_id == loaded.id));
        if !members.items.is_empty() {
            left.push((group, members));
        }
    }
    Ok(left)
}

/// Its person got it then.
async fn count_as_told(engine: &Engine, tx: &mut Tx, item: &ItemRow, at_ms: i64, now: Timestamp) -> Result<(), EngineError> {
    outbox::set_items(tx, &[item.id], "accepted").await?;
    if item.kind != "copy" {
        let told = Turn::new(ReminderState::Delivered, "sent-log", ms(now)).happened_at(at_ms);
        outbox::set_reminder(tx, item.reminder_id, told).await?;
    }
    let detail = serde_json::json!({ "v": 1, "reminder": item.reminder_id, "person": item.person_id, "sent_at_ms": at_ms });
    let entry = Entry::new(now, "already-sent", detail).assignment(item.assignment_id).actor("daemon");
    journal::append(tx, &[entry.config(engine.rules.digest.clone())]).await?;
    Ok(())
}

/// What a log told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Messages that are marked as accepted: they were on the wire when the daemon ended.
    pub accepted: usize,
    /// Messages the store did not know as sent: it is older than the log.
    pub kept: usize,
}

/// Puts back what is missing at the end of a log that belongs to this store: a power cut or a hand took it. Returns how many lines.
/// For a store with one daemon; each replica has a log of its own.
pub async fn put_back(engine: &Engine, log: &SentLog) -> Result<usize, EngineError> {
    let Some(last) = log.last_at_ms()? else { return Ok(0) };
    let behind = i64::try_from(BEHIND_MAX.as_millis()).unwrap_or(i64::MAX);
    let from_ms = last.saturating_sub(behind);
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut lines = log.backwards();
    while let Some(block) = lines.next_block()? {
        let is_older = block.iter().all(|line| line.at_ms < from_ms);
        known.extend(block.into_iter().map(|line| line.key));
        if is_older {
            break;
        }
    }
    let mut missing = sent::accepted_since(&mut *engine.store.read().acquire().await?, from_ms).await?;
    missing.retain(|line| !known.contains(&line.key));
    log.append(&missing);
    log.sync();
    Ok(missing.len())
}

/// Tells the store what the log has and it does not know; before the first send, and before what another incarnation was sending is
/// taken for uncertain. Reads from the end until everything is known.
pub async fn replay(engine: &Engine, log: &SentLog, now: Timestamp) -> Result<Replayed, EngineError> {
    let mut told = Replayed::default();
    let mut lines = log.backwards();
    while let Some(block) = lines.next_block()? {
        let keys: Vec<String> = block.iter().filter(|line| !line.is_mark()).map(|line| line.key.clone()).collect();
        let mut tx = engine.store.begin().await?;
        let known = sent::known(&mut tx, &keys).await?;
        let is_known = |key: &String| known.contains(key);
        if !keys.is_empty() && keys.iter().all(is_known) {
            break;
        }
        for line in block.iter().filter(|line| !line.is_mark() && !is_known(&line.key)) {
            match messages::of_key(&mut tx, &line.key).await? {
                Some(row) if row.traces == line.traces.join(",") => {
                    if row.state.is_final() {
                        continue;
                    }
                    if row.attempts == 0 {
                        told.kept += 1;
                    } else {
                        told.accepted += 1;
                    }
                    settle::verdict(engine, &mut tx, &row, &Verdict::Accepted { receipt: None }, instant(line.at_ms)).await?;
                    messages::set_reason(&mut tx, row.id, "sent-log").await?;
                }
                _ => {
                    told.kept += 1;
                    sent::keep(&mut tx, &line.key, &line.traces, line.at_ms).await?;
                }
            }
        }
        tx.commit().await?;
    }
    if told.kept > 0 {
        // What was ready in the backup may have left in another message since: it is made anew, and then left out.
        guard::take_apart(engine, now).await?;
    }
    if told != Replayed::default() {
        let mut tx = engine.store.begin().await?;
        let detail = serde_json::json!({ "v": 1, "accepted": told.accepted, "kept": told.kept });
        journal::append(&mut tx, &[Entry::new(now, "sent-log-replayed", detail).actor("daemon")]).await?;
        tx.commit().await?;
    }
    Ok(told)
}
