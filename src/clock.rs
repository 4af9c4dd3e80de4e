//! The only caller of `now()`. Everything below takes the instant as an argument.

use jiff::Timestamp;

/// Where `now` comes from: asked once per activation, then passed down.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that is set by hand: simulation, demo, tests.
    Virtual(std::sync::Arc<std::sync::Mutex<Timestamp>>),
}

impl Clock {
    /// A clock that stands at `at` until it is set.
    pub fn virtual_at(at: Timestamp) -> Self {
        Self::Virtual(std::sync::Arc::new(std::sync::Mutex::new(at)))
    }

    /// The instant, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "the one door to the machine's clock")]
                let now = Timestamp::now();
                Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
            }
            Self::Virtual(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        }
    }

    /// Sets a virtual clock; the machine's clock is never touched.
    pub fn set(&self, to: Timestamp) {
        if let Self::Virtual(at) = self {
            *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to;
        }
    }
}
