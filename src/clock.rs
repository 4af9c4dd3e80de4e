//! The only caller of `now()`. Everything below takes the instant as an argument.

pub mod doubt;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use doubt::{Judgement, Peer, Reading, Said, Testimony, judge, testify};

/// Where `now` comes from: asked once per activation, then passed down.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// The machine's clock while it is to be believed; while it is not, nothing is early.
    Watched(Arc<Watch>),
    /// A clock that is set by hand: simulation, demo, tests.
    Virtual(Arc<Mutex<Timestamp>>),
}

/// The machine's clock and what is known of it.
#[derive(Debug)]
pub struct Watch(Mutex<Known>);

#[derive(Debug)]
struct Known {
    /// The last moment at which the clock on the wall was believed.
    believed: Reading,
    /// What each peer said last.
    said: Vec<Said>,
}

impl Watch {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be believed now. A clock that others vouch for is believed from then on.
    pub fn judgement(&self) -> Judgement {
        let (mut known, reading) = (self.known(), read());
        let judgement = judge(known.believed, &known.said, reading);
        if judgement.is_vouched {
            known.believed = reading;
        }
        judgement
    }

    /// What the witnesses say of the instant that is to be believed now.
    pub fn testimony(&self) -> Testimony {
        let known = self.known();
        testify(known.believed, &known.said, read())
    }

    /// The last moment at which the clock on the wall was believed.
    pub fn believed(&self) -> Reading {
        self.known().believed
    }

    /// Somebody who must know says that the clock is right.
    pub fn believe(&self) {
        *self.known() = Known { believed: read(), said: Vec::new() };
    }

    fn heard(&self, peer: Peer, date: Timestamp) {
        let reading = Reading { wall: date, steady: steady() };
        let mut known = self.known();
        known.said.retain(|said| said.peer != peer);
        known.said.push(Said { peer, reading });
    }
}

impl Clock {
    /// A clock that stands at `at` until it is set.
    pub fn virtual_at(at: Timestamp) -> Self {
        Self::Virtual(Arc::new(Mutex::new(at)))
    }

    /// The machine's clock, watched; `believed` is a moment since the machine started at which it was right.
    pub fn watched(believed: Option<Reading>) -> Self {
        Self::Watched(Arc::new(Watch(Mutex::new(Known { believed: believed.unwrap_or_else(read), said: Vec::new() }))))
    }

    /// The instant, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => wall(),
            Self::Watched(watch) => whole(watch.judgement().now),
            Self::Virtual(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// A peer said what time it is; only a watched clock listens.
    pub fn heard(&self, peer: Peer, date: Timestamp) {
        if let Self::Watched(watch) = self {
            watch.heard(peer, date);
        }
    }

    /// Sets a virtual clock; the machine's clock is never touched.
    pub fn set(&self, to: Timestamp) {
        if let Self::Virtual(at) = self {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = to;
        }
    }
}

/// What the clocks of this machine show.
pub fn read() -> Reading {
    Reading { wall: wall(), steady: steady() }
}

/// Names the run of this machine since it started: its steady clock counts from there. `None` where the system does not tell, so that
/// no two readings of different programs are comparable.
pub fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// The name of the machine whose clocks these are; `?` where it has none.
pub fn host() -> String {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy();
    if name.is_empty() { "?".to_owned() } else { name.into_owned() }
}

fn wall() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the one door to the machine's clock")]
    let now = Timestamp::now();
    whole(now)
}

fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// Nobody sets it, and it counts while the machine sleeps.
fn steady() -> SignedDuration {
    let since_boot = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    SignedDuration::new(since_boot.tv_sec, i32::try_from(since_boot.tv_nsec).unwrap_or_default())
}
