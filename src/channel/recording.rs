//! A door that keeps what it is given: simulation and tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::Channel;
use crate::clock::Clock;
use crate::domain::delivery::{Parcel, Verdict};

/// What was sent and when, in order; shared with whoever reads it.
pub type Tape = Arc<Mutex<Vec<(Timestamp, Parcel)>>>;

/// Accepts everything, except what it was told to answer otherwise.
#[derive(Clone, Debug)]
pub struct Recording {
    clock: Clock,
    tape: Tape,
    verdicts: Arc<Mutex<VecDeque<Verdict>>>,
}

impl Recording {
    /// An empty tape; `clock` gives the instants written beside the parcels.
    pub fn new(clock: Clock) -> Self {
        Self { clock, tape: Tape::default(), verdicts: Arc::default() }
    }

    /// What the next transmission that has none yet is answered with; the clones of a door share it.
    pub fn answer_next(&self, verdict: Verdict) -> &Self {
        locked(&self.verdicts).push_back(verdict);
        self
    }

    /// Another door that writes onto the same tape, with answers of its own.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { verdicts: Arc::default(), ..self.clone() }
    }

    /// The tape itself: it goes on filling.
    pub fn tape(&self) -> Tape {
        Arc::clone(&self.tape)
    }

    /// Takes everything recorded so far off the tape.
    pub fn take(&self) -> Vec<(Timestamp, Parcel)> {
        std::mem::take(&mut *locked(&self.tape))
    }
}

impl Channel for Recording {
    async fn send(&mut self, parcel: &Parcel) -> Verdict {
        let now = self.clock.now();
        locked(&self.tape).push((now, parcel.clone()));
        locked(&self.verdicts).pop_front().unwrap_or(Verdict::Accepted { receipt: None })
    }
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
