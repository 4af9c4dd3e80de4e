//! At most so many messages a minute.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

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
}
