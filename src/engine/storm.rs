//! The guard against a flood: what is to be packed for somebody who got far more within the hour than was foreseen waits until an
//! operator approves it. Everybody else gets theirs.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::gather::{Group, Members};
use super::{Engine, EngineError, guard, ms};
use crate::channel::letter::LetterKind;
use crate::domain::guard::Guard;
use crate::domain::organisation::PersonId;
use crate::domain::policy::ChannelKind;
use crate::domain::reminder::StepRef;
use crate::domain::storm::{self, Member, unforeseen};
use crate::store::outbox::{self, ItemRow, ReminderRow};
use crate::store::{Tx, storms};

/// Messages of one person that are looked at, far above any limit that helps.
const LOOK_MAX: i64 = 500;

/// Takes out what is for somebody who is in a storm from now on; it stays where it waits. Costs one look at the people of these
/// messages.
pub(super) async fn hold(
    engine: &Engine,
    tx: &mut Tx,
    gathered: Vec<(Group, Members)>,
    now: Timestamp,
) -> Result<Vec<(Group, Members)>, EngineError> {
    let limit = engine.rules.office.storm_limit;
    let since = now - SignedDuration::from_mins(storm::MINUTES);
    let counted = |group: &Group| group.kind != LetterKind::Alarm.as_str();
    let people: BTreeSet<i64> = gathered.iter().filter(|(group, _)| counted(group)).map(|(group, _)| group.person_id).collect();
    if people.is_empty() {
        return Ok(gathered);
    }
    let people: Vec<i64> = people.into_iter().collect();
    let mut held = Vec::new();
    for person in storms::busy(tx, &people, limit, ms(since)).await? {
        let waiting = gathered.iter().filter(|(group, _)| group.person_id == person && counted(group));
        if is_storm(engine, tx, person, waiting, (limit, since)).await? {
            storms::hold(tx, person, ms(now)).await?;
            held.push(person);
        }
    }
    if held.is_empty() {
        return Ok(gathered);
    }
    let directory = engine.organisation.get(tx).await?.1;
    let names = held.iter().filter_map(|person| directory.people.get(&PersonId(*person)));
    let names: Vec<&str> = names.map(|person| person.name.as_str()).collect();
    tracing::warn!(
        people = names.len(),
        limit,
        "far more messages than foreseen within an hour: they are held until dondoc confirm"
    );
    guard::raise_in(engine, tx, Guard::Storm, "daemon", Some(&names.join(", ")), now).await?;
    Ok(gathered.into_iter().filter(|(group, _)| !counted(group) || !held.contains(&group.person_id)).collect())
}

async fn is_storm<'a>(
    engine: &Engine,
    tx: &mut Tx,
    person: i64,
    waiting: impl Iterator<Item = &'a (Group, Members)>,
    (limit, since): (u16, Timestamp),
) -> Result<bool, EngineError> {
    let counted_from = storms::approved_ms(tx, person).await?.map_or(ms(since), |approved| (approved + 1).max(ms(since)));
    let messages = storms::recent(tx, person, counted_from, LOOK_MAX).await?;
    let items = outbox::items_of_messages(tx, &messages).await?;
    let reminders = outbox::reminders(tx, &items.iter().map(|item| item.reminder_id).collect::<Vec<_>>()).await?;
    let waiting: Vec<&(Group, Members)> = waiting.collect();
    let mut assignments: Vec<i64> = items.iter().map(|item| item.assignment_id).collect();
    assignments.extend(waiting.iter().flat_map(|(_, members)| &members.items).map(|item| item.assignment_id));
    let known = storms::known_ms(tx, &assignments).await?;
    let member = |item: &ItemRow, reminders: &[ReminderRow]| {
        let reminder = reminders.iter().find(|reminder| reminder.id == item.reminder_id)?;
        let repeat = match &reminder.key.step {
            StepRef::Step(name) => engine
                .rules
                .policy(&reminder.policy)
                .and_then(|policy| policy.steps.iter().find(|step| step.name == *name).and_then(|step| step.repeat.as_ref())),
            StepRef::Courtesy(_) | StepRef::Notice(_) => None,
        };
        Some(Member {
            assignment: item.assignment_id,
            step: reminder.key.step.clone(),
            is_new: known.get(&item.assignment_id).is_some_and(|at| *at >= ms(since)),
            repeats_soon: storm::repeats_soon(repeat),
        })
    };
    let mut all: Vec<(ChannelKind, Vec<Member>)> = Vec::with_capacity(messages.len() + waiting.len());
    for id in &messages {
        let of_it: Vec<&ItemRow> = items.iter().filter(|item| item.message_id == Some(*id)).collect();
        let Some(first) = of_it.first() else { continue };
        all.push((first.channel, of_it.iter().filter_map(|item| member(item, &reminders)).collect()));
    }
    let before = unforeseen(all.iter().map(|(channel, members)| (*channel, &members[..])));
    for (group, members) in waiting {
        all.push((group.channel, members.items.iter().filter_map(|item| member(item, &members.reminders)).collect()));
    }
    let count = unforeseen(all.iter().map(|(channel, members)| (*channel, &members[..])));
    Ok(count > usize::from(limit) && count > before)
}
