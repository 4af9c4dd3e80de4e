//! What a change of rules would change of the days ahead: two simulations compared, reminder by reminder.
//!
//! A reminder stays the same whatever else its message carries: where the others come another day, it is neither added nor removed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::EngineError;
use super::simulate::{Range, Simulated, SimulatedReminder, simulate_told};
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Rules;
use crate::store::Store;

/// Days played beyond the last one that is compared, so that what moves out of the days asked for is not taken for dropped.
const DAYS_BEYOND: i64 = 10;

/// What a change of rules adds, removes and moves: messages, each with those of its reminders that it concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Only under the new rules, the new sides of `readdressed` among them.
    pub added: Vec<Simulated>,
    /// Only under the old rules, the old sides of `readdressed` among them.
    pub removed: Vec<Simulated>,
    /// Under both, at another instant: before, after.
    pub moved: Vec<(Simulated, Simulated)>,
    /// Pairs of removed and added that carry the same reminders, to another person or over another channel.
    pub readdressed: Vec<(Simulated, Simulated)>,
}

/// How many reminders a change of rules concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Only under the new rules.
    pub added: usize,
    /// Only under the old ones.
    pub removed: usize,
    /// At another instant.
    pub moved: usize,
    /// To another person or over another channel; in none of the other numbers.
    pub readdressed: usize,
}

impl Difference {
    /// Counts reminders, not the messages they leave in.
    pub fn counts(&self) -> Counts {
        let all = |messages: &[Simulated]| messages.iter().map(|one| one.reminders.len()).sum::<usize>();
        let pairs = |pairs: &[(Simulated, Simulated)]| pairs.iter().map(|(_, new)| new.reminders.len()).sum::<usize>();
        let readdressed = pairs(&self.readdressed);
        Counts {
            added: all(&self.added) - readdressed,
            removed: all(&self.removed) - readdressed,
            moved: pairs(&self.moved),
            readdressed,
        }
    }
}

/// The rules and channels of one side of a comparison.
pub type Side<'a> = (&'a Arc<Rules>, &'a [ChannelKind]);

/// What the second rules would change of what the first would send in these days. What one of them sends in these days and the other up to
/// ten days after them has moved.
pub async fn compare(
    store: &Store,
    (before, after): (Side<'_>, Side<'_>),
    range: Range,
    now: Timestamp,
    tell: &mut impl FnMut(Timestamp),
) -> Result<Difference, EngineError> {
    let last_day = range.last_day(before.0, now);
    let until = before.0.calendar.instant(last_day, 1440);
    let beyond = SignedDuration::from_hours(24 * DAYS_BEYOND);
    let range = Range { to: Some(last_day.saturating_add(beyond)), ..range };
    let before = simulate_told(store, before, range, now, tell).await?;
    let after = simulate_told(store, after, range, now, tell).await?;
    Ok(difference(&before, &after, until))
}

/// One reminder on its way to one person.
#[derive(Clone, Copy)]
struct One<'a> {
    /// Which message of its side.
    place: usize,
    message: &'a Simulated,
    reminder: &'a SimulatedReminder,
}

/// Assignment, step and occurrence, and whether it is in trial.
type Said<'a> = (&'a str, &'a str, i64, bool);

impl<'a> One<'a> {
    fn said(self) -> Said<'a> {
        let reminder = self.reminder;
        (&reminder.assignment, &reminder.step, reminder.occurrence, self.message.is_trial)
    }

    /// What makes it the same one at another instant.
    fn addressed(self) -> (&'a str, &'static str, Said<'a>) {
        (&self.message.to, self.message.channel, self.said())
    }
}

fn all_of(messages: &[Simulated]) -> Vec<One<'_>> {
    messages
        .iter()
        .enumerate()
        .flat_map(|(place, message)| message.reminders.iter().map(move |reminder| One { place, message, reminder }))
        .collect()
}

/// Pairs of two lists that have the same key, the earliest first, and what is left of both.
fn paired<'a, K: Ord>(
    before: Vec<One<'a>>,
    after: Vec<One<'a>>,
    key: impl Fn(One<'a>) -> K,
) -> (Vec<(One<'a>, One<'a>)>, Vec<One<'a>>, Vec<One<'a>>) {
    let mut waiting: BTreeMap<K, VecDeque<usize>> = BTreeMap::new();
    for (place, one) in after.iter().enumerate() {
        waiting.entry(key(*one)).or_default().push_back(place);
    }
    let mut rest: Vec<Option<One<'_>>> = after.into_iter().map(Some).collect();
    let (mut pairs, mut left) = (Vec::new(), Vec::new());
    for old in before {
        let place = waiting.get_mut(&key(old)).and_then(VecDeque::pop_front);
        match place.and_then(|place| rest.get_mut(place)).and_then(Option::take) {
            Some(new) => pairs.push((old, new)),
            None => left.push(old),
        }
    }
    (pairs, left, rest.into_iter().flatten().collect())
}

/// Compares two simulations, of which the days asked for end at `until`: a reminder is the same when assignment, step, occurrence,
/// person and channel are; one that goes to somebody else, or over another channel, is readdressed.
fn difference(before: &[Simulated], after: &[Simulated], until: Timestamp) -> Difference {
    // Exactly the same first, so that of several alike the unmoved ones pair up.
    let (_, before, after) = paired(all_of(before), all_of(after), |one| (one.message.at, one.addressed()));
    let (moved, removed, added) = paired(before, after, One::addressed);
    let (readdressed, removed, added) = paired(removed, added, One::said);
    let is_within = |one: &One<'_>| one.message.at < until;
    let either = |(old, new): &(One<'_>, One<'_>)| is_within(old) || is_within(new);
    let within = |ones: Vec<One<'_>>| together(ones.iter().filter(|one| is_within(one)).map(|one| (one.place, *one)));
    let pairs = |pairs: Vec<(One<'_>, One<'_>)>| {
        let kept: Vec<_> = pairs.into_iter().filter(either).collect();
        let old = together(kept.iter().map(|(old, new)| ((old.place, new.place), *old)));
        let new = together(kept.iter().map(|(old, new)| ((old.place, new.place), *new)));
        old.into_iter().zip(new).collect::<Vec<_>>()
    };
    let (mut added, mut removed, readdressed) = (within(added), within(removed), pairs(readdressed));
    removed.extend(readdressed.iter().map(|(old, _)| old.clone()));
    added.extend(readdressed.iter().map(|(_, new)| new.clone()));
    removed.sort();
    added.sort();
    Difference { added, removed, moved: pairs(moved), readdressed }
}

/// The reminders that belong together, as the message they leave in without its others; in the order of their keys.
fn together<'a, K: Ord>(ones: impl Iterator<Item = (K, One<'a>)>) -> Vec<Simulated> {
    let mut messages: BTreeMap<K, Simulated> = BTreeMap::new();
    for (key, one) in ones {
        let message = messages.entry(key).or_insert_with(|| Simulated { reminders: Vec::new(), ..one.message.clone() });
        message.reminders.push(one.reminder.clone());
    }
    messages.into_values().collect()
}
