//! How often messages of one lane may leave, in one chat one at a time, and who has to wait because Telegram said so.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::time::Instant;

/// How often messages of one lane may leave, whichever of its connections sends them.
#[derive(Debug)]
pub(super) enum Limit {
    /// One after the other, evenly.
    Even {
        /// So far from the one before.
        apart: Duration,
        /// When the next one may begin.
        next: Mutex<Option<Instant>>,
    },
    /// At most so many within any stretch of time, wherever on their way they are counted.
    Window {
        /// How many.
        most: usize,
        /// How long the stretch is.
        within: Duration,
        /// When each of `most` may leave again; those on the wire are not among them.
        free: Mutex<VecDeque<Instant>>,
        /// One of them came back.
        back: Notify,
    },
}

/// Leave for one message of a lane, from its instant on. Dropped unused it goes back.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    limit: Option<&'a Limit>,
    at: Instant,
    /// The message left, and its answer has come.
    answered: Option<Instant>,
}

impl Limit {
    /// So many a minute, evenly.
    pub(super) fn per_minute(count: u32) -> Self {
        Self::Even { apart: Duration::from_mins(1) / count.max(1), next: Mutex::default() }
    }

    /// At most so many in any stretch of that length.
    pub(super) fn in_any(within: Duration, most: usize) -> Self {
        let free = std::iter::repeat_n(Instant::now(), most.max(1)).collect();
        Self::Window { most: most.max(1), within, free: Mutex::new(free), back: Notify::new() }
    }

    /// Takes the next slot; [`Slot::at`] says when it begins. Waits only while as many as may leave are on the wire.
    pub(super) async fn slot(&self, now: Instant) -> Slot<'_> {
        let at = match self {
            Self::Even { apart, next } => {
                let mut next = lock(next);
                let at = next.map_or(now, |next| next.max(now));
                *next = Some(at + *apart);
                at
            }
            Self::Window { free, back, .. } => loop {
                let mut came_back = pin!(back.notified());
                // Waits from here on: of two that come back before it is polled, each wakes another.
                came_back.as_mut().enable();
                let first = lock(free).pop_front();
                match first {
                    Some(at) => break at,
                    None => came_back.await,
                }
            },
        };
        Slot { limit: Some(self), at, answered: None }
    }

    /// Whether messages leave at a pace that only the limit of the whole lane can be the cause of a refusal; never where the limit is our
    /// own.
    fn is_half_used(&self, now: Instant) -> bool {
        match self {
            Self::Even { .. } => false,
            Self::Window { most, free, .. } => lock(free).iter().filter(|at| **at <= now).count() * 2 <= *most,
        }
    }
}

impl Slot<'_> {
    /// Of a lane without a limit.
    pub(super) fn free(now: Instant) -> Self {
        Self { limit: None, at: now, answered: None }
    }

    /// Not before then.
    pub(super) const fn at(&self) -> Instant {
        self.at
    }

    /// A message left, and whatever became of it is known.
    pub(super) fn used(mut self, now: Instant) {
        self.answered = Some(now);
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        match (self.limit, self.answered) {
            (Some(Limit::Even { apart, next }), None) => {
                let mut next = lock(next);
                *next = next.and_then(|next| next.checked_sub(*apart));
            }
            // Counted from the answer: wherever between its two ends the other side counts, no stretch holds more.
            (Some(Limit::Window { within, free, back, .. }), answered) => {
                match answered {
                    Some(answered) => lock(free).push_back(answered + *within),
                    None => lock(free).push_front(self.at),
                }
                back.notify_one();
            }
            (Some(Limit::Even { .. }), Some(_)) | (None, _) => {}
        }
    }
}

/// Whom a refusal for too many messages concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The chat it was said of.
    Chat,
    /// Every message of the lane.
    Lane,
}

/// What Telegram refused with a wait. It does not say whether the chat is meant or the whole bot: one chat waits alone; once another one
/// is refused while the first still waits, or when the bot was fast, all do.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Rests>);

#[derive(Debug, Default)]
struct Rests {
    /// The chat refused last, and until when.
    chat: Option<(String, Instant)>,
    /// Until when nothing leaves.
    lane: Option<Instant>,
}

impl Refusals {
    /// A message to that chat was refused, with that wait.
    pub(super) fn note(&self, chat: &str, wait: Duration, limit: Option<&Limit>, now: Instant) -> Refused {
        let until = now + wait;
        let mut told = lock(&self.0);
        let is_another = told.chat.as_ref().is_some_and(|(known, until)| known != chat && *until > now);
        told.chat = Some((chat.to_owned(), until));
        if !is_another && !limit.is_some_and(|limit| limit.is_half_used(now)) {
            return Refused::Chat;
        }
        told.lane = Some(told.lane.map_or(until, |known| known.max(until)));
        Refused::Lane
    }

    /// Until when nothing of the lane leaves.
    pub(super) fn rests_until(&self, now: Instant) -> Option<Instant> {
        lock(&self.0).lane.filter(|until| *until > now)
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
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
    ///
    /// # Errors
    /// How long it still has to wait, when Telegram said so and that is longer than the distance of two messages.
    pub(super) async fn turn(&self, chat: &str) -> Result<ChatTurn, Duration> {
        let turn = Arc::clone(self.known().entry(chat.to_owned()).or_default());
        let next = turn.lock_owned().await;
        let apart = if chat.starts_with('-') { self.group_apart } else { self.private_apart };
        if let Some(at) = *next {
            let left = at.saturating_duration_since(Instant::now());
            if left > apart {
                return Err(left);
            }
            tokio::time::sleep_until(at).await;
        }
        Ok(ChatTurn { next, apart })
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Arc<tokio::sync::Mutex<Option<Instant>>>>> {
        let mut known = lock(&self.known);
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

    /// It was refused: nothing goes there for so long.
    pub(super) fn refused(mut self, wait: Duration) {
        *self.next = Some(Instant::now() + wait.max(self.apart));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[tokio::test]
    async fn slots_lie_evenly_and_unused_ones_come_back() {
        let (limit, now) = (Limit::per_minute(60), Instant::now());
        let second = Duration::from_secs(1);
        let first = limit.slot(now).await;
        assert_eq!(first.at(), now);
        first.used(now);
        let next = limit.slot(now).await;
        assert_eq!(next.at(), now + second);
        drop(next);
        let again = limit.slot(now).await;
        assert_eq!(again.at(), now + second);
        again.used(now);
        let later = now + 90 * second;
        assert_eq!(limit.slot(later).await.at(), later, "what was not used is not saved up");
    }

    #[tokio::test]
    async fn a_window_waits_while_all_of_it_is_on_the_wire() {
        let (limit, now) = (Limit::in_any(Duration::from_secs(1), 2), Instant::now());
        let (one, _two) = (limit.slot(now).await, limit.slot(now).await);
        assert!(tokio::time::timeout(Duration::from_millis(20), limit.slot(now)).await.is_err(), "the other two are out");
        one.used(now);
        assert_eq!(limit.slot(now).await.at(), now + Duration::from_secs(1), "a second after its answer");
    }

    proptest! {
        /// Wherever between the two ends of a call the other side counts it, no stretch holds more than the limit; and no slot that nobody
        /// used is lost.
        #[test]
        fn no_stretch_holds_more_than_the_limit(
            calls in prop::collection::vec((0_u64..400, 0_u64..2_000, 0_u64..=100, any::<bool>()), 1..200),
            most in 1_usize..8,
        ) {
            let within = Duration::from_secs(1);
            let (limit, start) = (Limit::in_any(within, most), Instant::now() + Duration::from_mins(1));
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let counted = runtime.block_on(async {
                let (mut now, mut counted, mut out) = (start, Vec::new(), VecDeque::new());
                for (pause, takes, part, leaves) in calls {
                    now += Duration::from_millis(pause);
                    if out.len() == most {
                        let (slot, answered): (Slot<'_>, Instant) = out.pop_front().expect("as many as may be out");
                        now = now.max(answered);
                        slot.used(answered);
                    }
                    let slot = limit.slot(now).await;
                    if !leaves {
                        continue;
                    }
                    now = now.max(slot.at());
                    let takes = Duration::from_millis(takes);
                    counted.push(now + takes * u32::try_from(part).unwrap_or(0) / 100);
                    out.push_back((slot, now + takes));
                }
                counted
            });
            let mut counted = counted;
            counted.sort_unstable();
            for stretch in counted.windows(most + 1) {
                prop_assert!(stretch[most].duration_since(stretch[0]) >= within, "{} in {:?}", most + 1, stretch);
            }
        }

        /// One chat waits alone; a second one, or a bot that was fast, is the bot; and a rest never becomes shorter.
        #[test]
        fn the_lane_rests_from_the_second_chat_on_and_as_long_as_the_longest_wait(
            refusals in prop::collection::vec((0_u8..4, 0_u64..60, 1_u64..30), 1..40),
        ) {
            let (told, mut now) = (Refusals::default(), Instant::now());
            let (mut last, mut rest): (Option<(u8, Instant)>, Option<Instant>) = (None, None);
            for (chat, pause, wait) in refusals {
                now += Duration::from_secs(pause);
                let until = now + Duration::from_secs(wait);
                let second = last.is_some_and(|(known, until)| known != chat && until > now);
                let whose = told.note(&chat.to_string(), Duration::from_secs(wait), None, now);
                prop_assert_eq!(whose, if second { Refused::Lane } else { Refused::Chat });
                last = Some((chat, until));
                if second {
                    rest = Some(rest.map_or(until, |known| known.max(until)));
                }
                prop_assert_eq!(told.rests_until(now), rest.filter(|until| *until > now));
            }
        }
    }

    #[tokio::test]
    async fn a_refusal_of_a_fast_bot_is_the_bots() {
        let (limit, now) = (Limit::in_any(Duration::from_secs(1), 4), Instant::now());
        let wait = Duration::from_secs(3);
        limit.slot(now).await.used(now);
        assert_eq!(Refusals::default().note("1001", wait, Some(&limit), now), Refused::Chat);
        limit.slot(now).await.used(now);
        let told = Refusals::default();
        assert_eq!(told.note("1001", wait, Some(&limit), now), Refused::Lane);
        assert_eq!(told.rests_until(now), Some(now + wait));
        assert_eq!(told.rests_until(now + wait), None);
    }

    #[tokio::test]
    async fn a_refused_chat_is_not_waited_for() {
        let chats = Chats::default();
        chats.turn("1001").await.expect("nothing was refused").refused(Duration::from_mins(10));
        let left = chats.turn("1001").await.err().expect("ten minutes");
        assert!(left > Duration::from_mins(9) && left <= Duration::from_mins(10), "{left:?}");
        assert!(chats.turn("1002").await.is_ok(), "another chat goes on");
    }

    #[tokio::test]
    async fn messages_of_one_chat_keep_their_distance_and_other_chats_do_not_wait() {
        let apart = Duration::from_millis(30);
        let chats = Chats { private_apart: apart, group_apart: 3 * apart, ..Chats::default() };
        let began = Instant::now();
        for _ in 0..3 {
            chats.turn("1001").await.expect("nothing was refused").used();
        }
        assert!(began.elapsed() >= 2 * apart);
        let began = Instant::now();
        for _ in 0..2 {
            chats.turn("-100777").await.expect("nothing was refused").used();
        }
        assert!(began.elapsed() >= 3 * apart, "a group takes fewer");
        let held = chats.turn("1003").await;
        assert!(tokio::time::timeout(2 * apart, chats.turn("1003")).await.is_err(), "one at a time");
        let other = tokio::time::timeout(Duration::from_mins(1), chats.turn("1004")).await;
        assert!(other.is_ok(), "another chat goes on");
        drop(held);
        chats.turn("1003").await.expect("nothing was refused").used();
    }

    #[test]
    fn the_distances_are_those_telegram_asks_for() {
        let per_minute = |apart: Duration| 60_000 / apart.as_millis();
        assert_eq!((per_minute(PRIVATE_APART), per_minute(GROUP_APART)), (60, 20));
    }
}
