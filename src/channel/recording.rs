//! A door that keeps what it is given: simulation and tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::Channel;
use crate::clock::Clock;
use crate::domain::delivery::{Parcel, Verdict};

/// What was sent and when, in order; shared with whoever reads it.
pub type Tape = Arc<Mutex<Vec<(Timestamp, Parcel)>>>;

/// Accepts everything, unless it was told to answer otherwise.
#[derive(Clone, Debug)]
pub struct Recording {
    clock: Clock,
    tape: Tape,
    answers: Arc<Mutex<VecDeque<Verdict>>>,
}

impl Recording {
    /// An empty tape; `clock` gives the instants written beside the parcels.
    pub fn new(clock: Clock) -> Self {
        Self { clock, tape: Tape::default(), answers: Arc::default() }
    }

    /// Another door that writes onto the same tape, with answers of its own.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { answers: Arc::default(), ..self.clone() }
    }

    /// The tape itself: it goes on filling.
    pub fn tape(&self) -> Tape {
        Arc::clone(&self.tape)
    }

    /// The answer to the next parcel that has none yet; several queue up.
    pub fn answer_next(&self, verdict: Verdict) -> &Self {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push_back(verdict);
        self
    }

    /// Takes everything recorded so far off the tape.
    pub fn take(&self) -> Vec<(Timestamp, Parcel)> {
        std::mem::take(&mut *self.tape.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Channel for Recording {
    async fn send(&mut self, parcel: &Parcel) -> Verdict {
        let now = self.clock.now();
        self.tape.lock().unwrap_or_else(PoisonError::into_inner).push((now, parcel.clone()));
        let told = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        told.unwrap_or(Verdict::Accepted { receipt: None })
    }
}
