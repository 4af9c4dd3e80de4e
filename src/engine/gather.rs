//! What goes into each message: the items of one person, channel and kind that wait and still stand, and the message's key.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::pack::reroute;
use super::poison::Row;
use super::{Engine, EngineError, trial};
use crate::domain::organisation::Directory;
use crate::domain::policy::ChannelKind;
use crate::fault::{self, Mutant};
use crate::store::Tx;
use crate::store::assignments::{self, Loaded};
use crate::store::guards::Passing;
use crate::store::messages;
use crate::store::outbox::{self, ItemRow, ReminderRow};

/// Items that are read together, for all messages of a transaction.
const TOGETHER_MAX: i64 = 10_000;

/// Items of one message, far above what one person has at one opening; the rest makes another. A chat message has room
/// for no more.
fn items_max(channel: ChannelKind) -> i64 {
    match channel {
        _ if fault::is_broken(Mutant::OneItemEach) => 1,
        ChannelKind::Email => 10_000,
        ChannelKind::Telegram => 200,
    }
}

/// Who gets a message, over which channel, and of which kind.
pub(super) struct Group {
    pub(super) person_id: i64,
    pub(super) channel: ChannelKind,
    pub(super) kind: String,
}

impl Group {
    /// What is held when its message cannot be made.
    pub(super) fn row(self) -> Row {
        Row::Items { person: self.person_id, channel: self.channel, kind: self.kind }
    }
}

/// What goes into one message.
pub(super) struct Members {
    pub(super) directory: Arc<Directory>,
    pub(super) items: Vec<ItemRow>,
    pub(super) reminders: Vec<ReminderRow>,
    /// The assignments of `items`, each once.
    pub(super) loaded: Vec<Loaded>,
    /// The trial mailbox, when their units are not live: a message is for live units or for others, never for both.
    pub(super) trial: Option<String>,
}

impl Members {
    /// The channel the message leaves by.
    pub(super) const fn way(&self, group: &Group) -> ChannelKind {
        if self.trial.is_some() { ChannelKind::Email } else { group.channel }
    }
}

/// What of the groups waits on when their messages are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Nothing,
    /// For another message.
    Waits,
}

/// What goes into the message of each group, and whether that is all; a group without anything that may go is left out.
pub(super) async fn gather(
    engine: &Engine,
    tx: &mut Tx,
    groups: &[(i64, ChannelKind, String)],
    passing: &Passing,
    now: Timestamp,
) -> Result<(Vec<(Group, Members)>, Rest), EngineError> {
    let (_, directory) = engine.organisation.get(tx).await?;
    let mut rest = Rest::Nothing;
    let mut people: Vec<i64> = groups.iter().map(|(person, _, _)| *person).collect();
    people.dedup();
    let mut loose = Loose::read(tx, &people, passing).await?;
    let mut waiting = Vec::with_capacity(groups.len());
    for (person_id, channel, kind) in groups {
        let group = Group { person_id: *person_id, channel: *channel, kind: kind.clone() };
        let items = loose.items(tx, &group, passing, &mut rest).await?;
        waiting.push((group, items));
    }
    let mut ids: Vec<i64> = waiting.iter().flat_map(|(_, items)| items).map(|item| item.assignment_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut loaded = assignments::load(tx, &ids, &engine.rules.office, now).await?;
    loaded.retain(|loaded| engine.policy_of(loaded, &directory).is_some());
    let loaded: BTreeMap<i64, Loaded> = loaded.into_iter().map(|loaded| (loaded.id, loaded)).collect();
    let ids: Vec<i64> = waiting.iter().flat_map(|(_, items)| items).map(|item| item.reminder_id).collect();
    let reminders = outbox::reminders(tx, &ids).await?;
    let reminders: BTreeMap<i64, ReminderRow> = reminders.into_iter().map(|reminder| (reminder.id, reminder)).collect();
    let mut gathered = Vec::with_capacity(waiting.len());
    for (group, items) in waiting {
        let members = members(engine, tx, items, (&directory, &loaded, &reminders), &mut rest, now).await?;
        gathered.extend(members.map(|members| (group, members)));
    }
    Ok((gathered, rest))
}

/// The items of some people that wait: read together, unless they are so many that each group has to be read by itself.
enum Loose {
    Together(BTreeMap<(i64, &'static str, String), Vec<ItemRow>>),
    OneByOne,
}

impl Loose {
    async fn read(tx: &mut Tx, people: &[i64], passing: &Passing) -> Result<Self, EngineError> {
        let items = outbox::loose_items_of(tx, people, TOGETHER_MAX, passing).await?;
        if i64::try_from(items.len()).is_ok_and(|count| count == TOGETHER_MAX) {
            return Ok(Self::OneByOne);
        }
        let mut groups: BTreeMap<_, Vec<ItemRow>> = BTreeMap::new();
        for item in items {
            groups.entry((item.person_id, item.channel.as_str(), item.kind.clone())).or_default().push(item);
        }
        Ok(Self::Together(groups))
    }

    async fn items(
        &mut self,
        tx: &mut Tx,
        group: &Group,
        passing: &Passing,
        rest: &mut Rest,
    ) -> Result<Vec<ItemRow>, EngineError> {
        let most = items_max(group.channel);
        match self {
            Self::OneByOne => {
                *rest = Rest::Waits;
                Ok(outbox::loose_items(tx, group.person_id, group.channel, &group.kind, most, passing).await?)
            }
            Self::Together(groups) => {
                let key = (group.person_id, group.channel.as_str(), group.kind.clone());
                let mut items = groups.remove(&key).unwrap_or_default();
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                if items.len() > most {
                    *rest = Rest::Waits;
                    items.truncate(most);
                }
                Ok(items)
            }
        }
    }
}

/// The waiting items of a group that stand as they did when they were routed; the others are routed anew.
async fn members(
    engine: &Engine,
    tx: &mut Tx,
    items: Vec<ItemRow>,
    (directory, loaded, reminders): (&Arc<Directory>, &BTreeMap<i64, Loaded>, &BTreeMap<i64, ReminderRow>),
    rest: &mut Rest,
    now: Timestamp,
) -> Result<Option<Members>, EngineError> {
    let mailbox = |item: &ItemRow| trial::mailbox(engine, directory, item.unit);
    let stands =
        |item: &ItemRow| item.fresh && (!item.is_trial || mailbox(item).is_some()) && loaded.contains_key(&item.assignment_id);
    let (mut items, stale): (Vec<_>, Vec<_>) = items.into_iter().partition(stands);
    if !stale.is_empty() {
        reroute(tx, &stale, now).await?;
    }
    let trial = items.first().and_then(mailbox).map(str::to_owned);
    let together = items.len();
    items.retain(|item| mailbox(item).is_some() == trial.is_some());
    if items.len() < together {
        *rest = Rest::Waits;
    }
    if items.is_empty() {
        return Ok(None);
    }
    let mut ids: Vec<i64> = items.iter().map(|item| item.assignment_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let loaded = ids.iter().filter_map(|id| loaded.get(id).cloned()).collect();
    let reminders = items.iter().filter_map(|item| reminders.get(&item.reminder_id).cloned()).collect();
    Ok(Some(Members { directory: Arc::clone(directory), items, reminders, loaded, trial }))
}

/// Characters of a message key by which keys stand in the order of their first members.
pub(super) const KEY_ORDER_CHARS: usize = 5;

/// Characters of a message key.
const KEY_CHARS: usize = KEY_ORDER_CHARS + 26;

/// A message key: first the number of the first member, whose lowest 25 bits are digits that sort as it counts, then the head of a
/// digest. What was packed together stands together in every index of keys.
fn key_of(first: i64, text: &str) -> String {
    let order = (first << 7).to_be_bytes();
    let mut key = data_encoding::BASE32HEX_NOPAD.encode(&order[4..]);
    key.truncate(KEY_ORDER_CHARS);
    key.push_str(&data_encoding::BASE32_NOPAD.encode(&Sha256::digest(text)));
    key.truncate(KEY_CHARS);
    key.make_ascii_lowercase();
    key
}

/// The message key of each: from the store's id, the first member, person, channel and the first ordinal that was never used.
pub(super) async fn unused_keys(tx: &mut Tx, gathered: &[(Group, Members)]) -> Result<Vec<(String, i64)>, EngineError> {
    let store_id = tx.bearings().await?.store_id.clone();
    let key = |(group, members): &(Group, Members), ordinal: i64| {
        let first = members.items.iter().map(|item| item.reminder_id).min().unwrap_or_default();
        key_of(first, &format!("{store_id}|{first}|{}|{}|{ordinal}", group.person_id, group.channel.as_str()))
    };
    let mut keys: Vec<(String, i64)> = gathered.iter().map(|one| (key(one, 0), 0)).collect();
    let mut open: Vec<usize> = (0..keys.len()).collect();
    while !open.is_empty() {
        let asked: Vec<&str> = open.iter().map(|index| keys[*index].0.as_str()).collect();
        let used = messages::used_keys(tx, &asked).await?;
        open.retain(|index| used.contains(&keys[*index].0));
        for index in &open {
            let ordinal = keys[*index].1 + 1;
            keys[*index] = (key(&gathered[*index], ordinal), ordinal);
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_the_order_of_their_first_members() {
        let keys: Vec<String> = [0, 1, 31, 32, 999, 1_000, 1 << 20, (1 << 25) - 1].map(|first| key_of(first, "s|1|2")).into();
        assert!(keys.is_sorted() && keys.iter().all(|key| key.len() == KEY_CHARS), "{keys:?}");
        assert_ne!(key_of(7, "s|7|1"), key_of(7, "s|7|2"));
    }
}
