//! When a whole channel is at fault, it is left in peace for a while instead of trying message after message.

use jiff::{SignedDuration, Timestamp};

use crate::domain::delivery::{Fault, Verdict};

/// Waits after the first, second … fault in a row; the last one stays.
const WAITS_SECS: [i64; 6] = [5, 15, 30, 60, 120, 300];

/// A probe that never reports (its worker died) is forgotten after this; longer than the longest time-out of a door.
const PROBE_SECS_MAX: i64 = 900;

/// The breaker of one channel: a pure state machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    /// Nothing passes before `until`.
    Open { until: Timestamp, faults: usize },
    /// One probe is under way.
    Probing { since: Timestamp, faults: usize },
}

/// What the breaker says to a message that wants to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// The channel is believed to work.
    Go,
    /// This one message may try whether it works again; its verdict decides.
    Probe,
    /// Not before this instant.
    WaitUntil(Timestamp),
}

impl Breaker {
    /// Asks for leave to send one message. [`Pass::Probe`] must be followed by [`Self::note`] or [`Self::give_back`].
    pub fn ask(&mut self, now: Timestamp) -> Pass {
        match self.state {
            State::Closed => Pass::Go,
            State::Open { until, faults } if now >= until => self.probe(now, faults),
            State::Open { until, faults } => {
                // A clock that was set back must not keep the channel shut for hours.
                let until = until.min(later(now, wait_secs(faults)));
                self.state = State::Open { until, faults };
                Pass::WaitUntil(until)
            }
            State::Probing { since, faults } => {
                let until = later(since.min(now), PROBE_SECS_MAX);
                if now >= until { self.probe(now, faults) } else { Pass::WaitUntil(later(now, WAITS_SECS[0])) }
            }
        }
    }

    /// Learns what became of a message.
    pub fn note(&mut self, verdict: &Verdict, now: Timestamp) {
        match (verdict, self.state) {
            (Verdict::Deferred { fault: Fault::Channel, .. }, State::Closed) => self.open(now, 1),
            (Verdict::Deferred { fault: Fault::Channel, .. } | Verdict::Uncertain { .. }, State::Probing { faults, .. }) => {
                self.open(now, faults.saturating_add(1));
            }
            // Others that were under way when it opened tell of the same outage; a transmission whose answer is lost says nothing
            // for or against the channel, and one that never began says nothing at all.
            (Verdict::Deferred { fault: Fault::Channel | Fault::Own, .. } | Verdict::Uncertain { .. }, _) => {}
            (Verdict::Accepted { .. } | Verdict::Refused { .. } | Verdict::Deferred { fault: Fault::Message, .. }, _) => {
                self.state = State::Closed;
            }
        }
    }

    /// The probe was not sent after all; the next message may probe.
    pub fn give_back(&mut self, now: Timestamp) {
        if let State::Probing { faults, .. } = self.state {
            self.state = State::Open { until: now, faults };
        }
    }

    /// How many faults in a row; 0 when closed.
    pub const fn faults(&self) -> usize {
        match self.state {
            State::Closed => 0,
            State::Open { faults, .. } | State::Probing { faults, .. } => faults,
        }
    }

    /// Whether messages pass freely.
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    fn open(&mut self, now: Timestamp, faults: usize) {
        self.state = State::Open { until: later(now, wait_secs(faults)), faults };
    }

    fn probe(&mut self, now: Timestamp, faults: usize) -> Pass {
        self.state = State::Probing { since: now, faults };
        Pass::Probe
    }
}

fn wait_secs(faults: usize) -> i64 {
    WAITS_SECS[faults.saturating_sub(1).min(WAITS_SECS.len() - 1)]
}

fn later(now: Timestamp, secs: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(secs)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::Binding;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + secs).expect("a small instant")
    }

    fn fault() -> Verdict {
        Verdict::Deferred { reason: "cannot connect".into(), retry_after_ms: None, fault: Fault::Channel }
    }

    #[test]
    fn the_waits_grow_to_five_minutes_and_stay_there() {
        let mut breaker = Breaker::default();
        let mut now = 0;
        assert_eq!(breaker.ask(at(now)), Pass::Go);
        for wait in [5, 15, 30, 60, 120, 300, 300, 300] {
            breaker.note(&fault(), at(now));
            assert_eq!(breaker.ask(at(now + wait - 1)), Pass::WaitUntil(at(now + wait)));
            now += wait;
            assert_eq!(breaker.ask(at(now)), Pass::Probe);
        }
    }

    #[test]
    fn only_one_message_probes() {
        let mut breaker = Breaker::default();
        breaker.note(&fault(), at(0));
        assert_eq!(breaker.ask(at(5)), Pass::Probe);
        assert!(matches!(breaker.ask(at(5)), Pass::WaitUntil(_)));
        assert!(matches!(breaker.ask(at(800)), Pass::WaitUntil(_)));
    }

    #[test]
    fn a_probe_that_never_reports_is_replaced() {
        let mut breaker = Breaker::default();
        breaker.note(&fault(), at(0));
        assert_eq!(breaker.ask(at(5)), Pass::Probe);
        assert_eq!(breaker.ask(at(905)), Pass::Probe);
        breaker.give_back(at(906));
        assert_eq!(breaker.ask(at(906)), Pass::Probe);
    }

    #[test]
    fn any_answer_of_the_channel_closes_it() {
        let answers = [
            Verdict::Accepted { receipt: None },
            Verdict::Refused { reason: "unknown user".into(), binding: Binding::Kept },
            Verdict::Deferred { reason: "greylisted".into(), retry_after_ms: None, fault: Fault::Message },
        ];
        for answer in answers {
            let mut breaker = Breaker::default();
            breaker.note(&fault(), at(0));
            assert_eq!(breaker.ask(at(5)), Pass::Probe);
            breaker.note(&answer, at(6));
            assert!(breaker.is_closed(), "{answer:?}");
            breaker.note(&fault(), at(7));
            assert_eq!(breaker.ask(at(8)), Pass::WaitUntil(at(12)), "the count starts again");
        }
    }

    #[test]
    fn faults_of_the_same_outage_count_once() {
        let mut breaker = Breaker::default();
        for _ in 0..16 {
            breaker.note(&fault(), at(0));
        }
        assert_eq!((breaker.faults(), breaker.ask(at(5))), (1, Pass::Probe));
    }

    #[test]
    fn an_uncertain_transmission_opens_nothing_but_fails_a_probe() {
        let uncertain = Verdict::Uncertain { reason: "the answer was lost".into() };
        let mut breaker = Breaker::default();
        breaker.note(&uncertain, at(0));
        assert!(breaker.is_closed());
        breaker.note(&fault(), at(0));
        assert_eq!(breaker.ask(at(5)), Pass::Probe);
        breaker.note(&uncertain, at(6));
        assert_eq!(breaker.ask(at(7)), Pass::WaitUntil(at(21)));
    }

    #[test]
    fn a_clock_set_back_does_not_prolong_the_wait() {
        let mut breaker = Breaker::default();
        breaker.note(&fault(), at(0));
        assert_eq!(breaker.ask(at(-86_400)), Pass::WaitUntil(at(-86_395)));
        assert_eq!(breaker.ask(at(-86_395)), Pass::Probe);
    }
}
