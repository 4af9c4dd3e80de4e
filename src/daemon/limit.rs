//! At most so many messages a minute, and in one chat one at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

/// Spaces the messages of one lane evenly, whichever of its connections sends them.
#[derive(Debug)]
pub(super) struct Limit {
    apart: Duration,
    next: Mutex<Option<Instant>>,
}

impl Limit {
    /// So many a minute.
    pub(super) fn per_minute(count: u32) -> Self {
        Self { apart: Duration::from_mins(1) / count.max(1), next: Mutex::new(None) }
    }

    /// Takes the next slot and says when it begins.
    pub(super) fn reserve(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.map_or(now, |next| next.max(now));
        *next = Some(at + self.apart);
        at
    }

    /// Gives a slot back that was not used.
    pub(super) fn give_back(&self) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = next.and_then(|next| next.checked_sub(self.apart));
    }
}

/// Messages of one chat lie at least so far apart: Telegram takes about one a second.
const PRIVATE_APART: Duration = Duration::from_secs(1);

/// In a group it takes twenty a minute.
const GROUP_APART: Duration = Duration::from_secs(3);

/// So many chats are remembered before those that are free again are forgotten.
const CHATS_KNOWN_MAX: usize = 1_000;

/// One message at a time in each chat, and each at its distance from the one before.
#[derive(Debug)]
pub(super) struct Chats {
    private_apart: Duration,
    group_apart: Duration,
    /// When the next message may leave.
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Instant>>>>>,
}

/// Leave to send to one chat; nobody else sends there until it is dropped.
pub(super) struct ChatTurn {
    next: OwnedMutexGuard<Option<Instant>>,
    apart: Duration,
}

impl Default for Chats {
    fn default() -> Self {
        Self { private_apart: PRIVATE_APART, group_apart: GROUP_APART, known: Mutex::default() }
    }
}

impl Chats {
    /// Waits for the turn of this chat; other chats go on meanwhile.
    pub(super) async fn turn(&self, chat: &str) -> ChatTurn {
        let turn = Arc::clone(self.known().entry(chat.to_owned()).or_default());
        let next = turn.lock_owned().await;
        if let Some(at) = *next {
            tokio::time::sleep_until(at).await;
        }
        let apart = if chat.starts_with('-') { self.group_apart } else { self.private_apart };
        ChatTurn { next, apart }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<tokio::sync::Mutex<Option<Instant>>>>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CHATS_KNOWN_MAX {
            let now = Instant::now();
            let busy = |turn: &Arc<tokio::sync::Mutex<Option<Instant>>>| {
                turn.try_lock().map_or(true, |next| next.is_some_and(|at| at > now))
            };
            known.retain(|_, turn| Arc::strong_count(turn) > 1 || busy(turn));
        }
        known
    }
}

impl ChatTurn {
    /// A message left; the next one of this chat keeps its distance.
    pub(super) fn used(mut self) {
        *self.next = Some(Instant::now() + self.apart);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn slots_lie_evenly_and_unused_ones_come_back() {
        let (limit, now) = (Limit::per_minute(60), Instant::now());
        assert_eq!(limit.reserve(now), now);
        assert_eq!(limit.reserve(now), now + Duration::from_secs(1));
        limit.give_back();
        assert_eq!(limit.reserve(now), now + Duration::from_secs(1));
        let later = now + Duration::from_secs(90);
        assert_eq!(limit.reserve(later), later, "what was not used is not saved up");
    }

    #[tokio::test]
    async fn messages_of_one_chat_keep_their_distance_and_other_chats_do_not_wait() {
        let apart = Duration::from_millis(30);
        let chats = Chats { private_apart: apart, group_apart: 3 * apart, ..Chats::default() };
        let began = Instant::now();
        for _ in 0..3 {
            chats.turn("1001").await.used();
        }
        assert!(began.elapsed() >= 2 * apart);
        let began = Instant::now();
        for _ in 0..2 {
            chats.turn("-100777").await.used();
        }
        assert!(began.elapsed() >= 3 * apart, "a group takes fewer");
        let held = chats.turn("1003").await;
        assert!(tokio::time::timeout(2 * apart, chats.turn("1003")).await.is_err(), "one at a time");
        let other = tokio::time::timeout(Duration::from_mins(1), chats.turn("1004")).await;
        assert!(other.is_ok(), "another chat goes on");
        drop(held);
        chats.turn("1003").await.used();
    }

    #[test]
    fn the_distances_are_those_telegram_asks_for() {
        let per_minute = |apart: Duration| 60_000 / apart.as_millis();
        assert_eq!((per_minute(PRIVATE_APART), per_minute(GROUP_APART)), (60, 20));
    }
}
