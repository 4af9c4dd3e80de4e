//! `pack`: items of one person, channel and kind → one message, put into words and frozen.

use jiff::Timestamp;

use super::brief::{self, Briefs, Scope};
use super::draft::{self, Draft, Made, Message};
use super::gather::{Group, Members, Rest, gather, unused_keys};
use super::poison::Row;
use super::{Engine, EngineError, guard, link, ms, poison, rules, sent, settle, storm};
use crate::channel::letter::WeeklyBrief;
use crate::domain::policy::ChannelKind;
use crate::domain::reminder::ReminderState;
use crate::store::batch::Batch;
use crate::store::guards::Passing;
use crate::store::journal;
use crate::store::messages;
use crate::store::naming::Names;
use crate::store::outbox::{self, ItemRow, Turn};
use crate::store::{self, Tx};

/// Messages of one transaction.
const CHUNK: i64 = 128;

/// Packs every item that waits; returns how many messages were made.
pub async fn pack(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let mut done = 0;
    let mut briefs = Briefs::default();
    let mut names: Option<Names> = None;
    loop {
        let mut tx = engine.store.begin().await?;
        let passing = guard::passing(engine, &mut tx, now).await?;
        let groups = match outbox::loose_groups(&mut tx, CHUNK, &passing).await.map_err(EngineError::from) {
            Err(error) if error.is_of_a_row() => {
                tx.rollback().await?;
                if poison::hold_unreadable(engine, now).await? == 0 {
                    return Err(error);
                }
                continue;
            }
            groups => groups?,
        };
        if groups.is_empty() || !rules::hold(engine, &mut tx).await? {
            return Ok(done);
        }
        // They change with an import alone; all messages of one round name things alike.
        let names = match &mut names {
            Some(names) => &*names,
            none => none.insert(Names::load(&mut tx).await?),
        };
        let (mut wanted, mut packed) = (Vec::new(), Vec::new());
        let mut broken = None;
        let gathered = match poison::guarded(gather(engine, &mut tx, &groups, &passing, now)).await {
            Err(error) if error.is_of_a_row() => Err(error),
            gathered => Ok(gathered?),
        };
        let (gathered, rest) = match gathered {
            Ok(gathered) => gathered,
            Err(error) => {
                // Which group it is shows when each is gathered by itself.
                broken = Some((culprit(engine, &mut tx, &groups, &passing, now).await?, error));
                (Vec::new(), Rest::Waits)
            }
        };
        let gathered = sent::leave_out(engine, &mut tx, gathered, now).await?;
        let gathered = storm::hold(engine, &mut tx, gathered, now).await?;
        let keys = unused_keys(&mut tx, &gathered).await?;
        let mut drafts = Vec::with_capacity(gathered.len());
        for ((group, members), key) in gathered.into_iter().zip(keys) {
            match poison::guarded(brief_for(engine, &mut tx, (&group, &members), (names, &briefs), now)).await {
                Ok(Brief::Ready(brief)) => drafts.push(Draft { group, members, key, brief }),
                Ok(Brief::Wants(scope)) => wanted.push((group.person_id, scope)),
                Err(error) if error.is_of_a_row() => {
                    broken = Some((group.row(), error));
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        let made = if broken.is_none() { draft::make_all(engine, drafts, names, now) } else { Vec::new() };
        for (group, items, made) in made {
            let made = match made {
                Ok(Made::Message(message)) => {
                    packed.push(*message);
                    continue;
                }
                // The person may have another one.
                Ok(Made::Closed) => reroute(&mut tx, &items, now).await,
                Ok(Made::Failed(reason)) => all_failed(engine, &mut tx, &items, reason, now).await,
                Err(error) => Err(error),
            };
            match made {
                Err(error) if error.is_of_a_row() => {
                    broken = Some((group.row(), error));
                    break;
                }
                made => made?,
            }
        }
        if let Some((row, error)) = broken {
            // Nothing of this round stays; without the group that breaks it the next one makes all the others.
            tx.rollback().await?;
            poison::hold(engine, &row, &error, now).await?;
            continue;
        }
        let made = packed.len();
        if made > 0 {
            record(&mut tx, packed, now).await?;
        }
        tx.commit().await?;
        engine.step_done();
        if made > 0 {
            engine.packed().notify_one();
        }
        done += made;
        // Fewer than asked for were all there were.
        let was_all = rest == Rest::Nothing && i64::try_from(groups.len()).is_ok_and(|count| count < CHUNK);
        if was_all && wanted.is_empty() {
            return Ok(done);
        }
        // Counted while no transaction is open; these groups are packed the next time round.
        for (person_id, scope) in wanted {
            briefs.prepare(engine, person_id, scope, now).await?;
        }
    }
}

/// The first group that cannot be gathered by itself.
async fn culprit(
    engine: &Engine,
    tx: &mut Tx,
    groups: &[(i64, ChannelKind, String)],
    passing: &Passing,
    now: Timestamp,
) -> Result<Row, EngineError> {
    let (mut found, last) = (None, groups.last());
    for group in groups {
        let alone = poison::guarded(gather(engine, tx, std::slice::from_ref(group), passing, now)).await;
        match alone {
            Err(error) if error.is_of_a_row() => {
                found = Some(group);
                break;
            }
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    let (person, channel, kind) = found.or(last).cloned().unwrap_or((0, ChannelKind::Email, String::new()));
    Ok(Row::Items { person, channel, kind })
}

/// The brief a letter carries.
enum Brief {
    Ready(Option<WeeklyBrief>),
    /// Its numbers were not read yet.
    Wants(Scope),
}

async fn brief_for(
    engine: &Engine,
    tx: &mut Tx,
    (group, members): (&Group, &Members),
    (names, briefs): (&Names, &Briefs),
    now: Timestamp,
) -> Result<Brief, EngineError> {
    let Some(scope) = brief::scope(engine, &group.kind, members) else { return Ok(Brief::Ready(None)) };
    let Some(prepared) = briefs.of(group.person_id, &scope) else { return Ok(Brief::Wants(scope)) };
    Ok(Brief::Ready(briefs.letter(engine, tx, members, (names, prepared), now).await?))
}

/// Messages of one transaction, recorded together.
async fn record(tx: &mut Tx, packed: Vec<Message>, now: Timestamp) -> Result<(), EngineError> {
    let (mut new, mut items, mut tokens, mut links, mut entries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for message in packed {
        items.push((message.new.key.clone(), message.items));
        new.push(message.new);
        tokens.extend(message.tokens);
        links.extend(message.link);
        entries.extend(message.entries);
    }
    let mut batch = Batch::new(tx);
    messages::insert(&mut batch, &new);
    let pairs: Vec<(i64, &str)> = items.iter().flat_map(|(key, items)| items.iter().map(|item| (*item, key.as_str()))).collect();
    outbox::put_items(&mut batch, &pairs);
    store::telegram::insert_tokens(&mut batch, &tokens, ms(now));
    let until = now + jiff::SignedDuration::from_hours(24 * link::LINK_DAYS);
    store::links::insert(&mut batch, &links, ms(now), ms(until));
    Ok(journal::append_with(tx, batch, &entries).await?)
}

async fn all_failed(engine: &Engine, tx: &mut Tx, items: &[ItemRow], reason: &str, now: Timestamp) -> Result<(), EngineError> {
    for item in items {
        settle::item_failed(engine, tx, item, reason, now).await?;
    }
    Ok(())
}

/// Items whose assignment or directory changed since they were routed go back: their reminders are routed anew.
pub(crate) async fn reroute(tx: &mut Tx, items: &[ItemRow], now: Timestamp) -> Result<(), EngineError> {
    outbox::loosen_items(tx, &items.iter().map(|item| item.id).collect::<Vec<_>>(), "dropped").await?;
    let reminders: Vec<i64> = items.iter().map(|item| item.reminder_id).collect();
    outbox::set_reminders(tx, &reminders, Turn::new(ReminderState::Queued, "rerouted", ms(now))).await?;
    for id in reminders {
        sqlx::query("UPDATE reminder SET due_at_ms = $1 WHERE id = $2 AND due_at_ms > $1")
            .bind(ms(now))
            .bind(id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}
