//! Floor 3: the verbs. Each is idempotent and takes no hints: what is to be done stands in the store.
//!
//! One activation is `plan` → `route` → `pack` → `claim` → send → `settle`; the daemon, the simulator and the demo call
//! the same functions with the same arguments, `now` among them.

pub mod aid;
pub mod answer;
pub mod brief;
pub mod chat;
pub mod check;
pub mod compare;
pub mod compose;
mod coverage;
pub mod deliver;
pub mod desk;
mod doubt;
mod draft;
pub mod drive;
mod gather;
pub mod grounds;
pub mod guard;
pub mod home;
pub mod import;
pub mod incarnation;
pub mod link;
pub mod pack;
mod parcel;
pub mod part;
pub mod period;
pub mod plan;
pub mod poison;
pub mod preview;
pub mod propose;
pub mod reply;
mod request;
pub mod roles;
pub mod route;
pub mod rules;
pub mod sent;
pub mod settle;
pub mod silence;
pub mod simulate;
pub mod standing;
mod still;
mod storm;
pub mod succeed;
pub mod templates;
pub mod timekeeping;
mod transfer;
pub mod trial;
pub mod undo;
mod unpacking;
mod unreached;
pub mod walk;
pub mod why;
pub mod why_not;
mod words;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::channel::wording::{Templates, WordingError};
use crate::clock::{Clock, Watch};
use crate::domain::calendar::{Hours, WorkingCalendar};
use crate::domain::policy::ChannelKind;
use crate::domain::rules::{RouteFacts, Rules};
use crate::fault::{self, Mutant};
use crate::store::assignments::Loaded;
use crate::store::directory::DirectoryCache;
use crate::store::{Store, StoreError};

use grounds::ClockGrounds;
pub use incarnation::Incarnation;

/// The store, the rules, and which doors are open. A reload makes a new one over the same store.
#[derive(Clone, Debug)]
pub struct Engine {
    /// Where facts, outbox and journal stand.
    pub store: Store,
    /// The rules of this engine; every decision carries their digest.
    pub rules: Arc<Rules>,
    /// The channels that are configured.
    pub channels: Vec<ChannelKind>,
    /// Who sends: fresh for each start of the daemon.
    pub incarnation: Incarnation,
    /// Where messages are answered; `None` while no page is served, and then no message speaks of one.
    pub links: Option<Arc<link::Links>>,
    /// The layouts of mails; `None` are those of this build.
    templates: Option<Arc<Templates>>,
    /// What stands beside the store; the daemon's alone.
    pub home: Option<home::Home>,
    /// What knows of the clocks: what they said is recorded with each message, nothing is decided by it.
    watch: Option<Arc<Watch>>,
    organisation: DirectoryCache,
    steps_done: Arc<AtomicU64>,
    prepared_at_ms: Arc<AtomicI64>,
    asked: Arc<still::Asked>,
    packed: Arc<Notify>,
    bell: aid::Bell,
}

/// What can go wrong with a verb.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A message could not be put into words.
    #[error("cannot word message: {0}")]
    Wording(#[from] WordingError),
    /// A mistake of this program; the panic itself stands in the log.
    #[error("a mistake of this program in one row (the panic is in the log before this); please report it")]
    Panicked,
    /// Stored JSON of our own does not read back.
    #[error("stored {what} does not read back: {source}; `dondoc verify` may tell what was edited")]
    Json {
        /// Which column.
        what: &'static str,
        /// What the reader said.
        source: serde_json::Error,
    },
}

impl From<sqlx::Error> for EngineError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Engine {
    /// An engine over a store.
    pub fn new(store: Store, rules: Arc<Rules>, channels: Vec<ChannelKind>) -> Self {
        Self {
            store,
            rules: as_they_hold(rules),
            channels,
            incarnation: Incarnation::default(),
            links: None,
            home: None,
            templates: None,
            watch: None,
            organisation: DirectoryCache::default(),
            steps_done: Arc::default(),
            prepared_at_ms: Arc::default(),
            asked: Arc::default(),
            packed: Arc::default(),
            bell: aid::Bell::default(),
        }
    }

    /// The same store and incarnation under other rules.
    #[must_use]
    pub fn with_rules(&self, rules: Arc<Rules>, channels: Vec<ChannelKind>) -> Self {
        let rules = if fault::is_broken(Mutant::RulesOfYesterday) { Arc::clone(&self.rules) } else { rules };
        Self { rules: as_they_hold(rules), channels, ..self.clone() }
    }

    /// The same engine, whose messages lead to pages there.
    #[must_use]
    pub fn with_links(self, links: Option<link::Links>) -> Self {
        Self { links: links.map(Arc::new), ..self }
    }

    /// The same engine with other layouts of mails; `None` are those of this build.
    #[must_use]
    pub fn with_templates(self, templates: Option<Arc<Templates>>) -> Self {
        Self { templates, ..self }
    }

    /// The same engine at that home, whose log it tells what was accepted.
    #[must_use]
    pub fn with_home(self, home: home::Home) -> Self {
        Self { home: Some(home), ..self }
    }

    /// The same engine, whose instants come from that clock.
    #[must_use]
    pub fn with_clock(self, clock: &Clock) -> Self {
        let watch = if let Clock::Watched(watch) = clock { Some(Arc::clone(watch)) } else { None };
        Self { watch, ..self }
    }

    /// What the clocks say now; `None` where nobody watches them.
    fn testimony(&self) -> Option<ClockGrounds> {
        self.watch.as_ref().map(|watch| watch.testimony().into())
    }

    /// Transactions of planning, routing and packing so far: while it grows, whoever watches knows that work goes on.
    pub fn steps_done(&self) -> u64 {
        self.steps_done.load(Ordering::Relaxed)
    }

    /// Notified when messages were packed and committed; more may follow.
    pub fn packed(&self) -> &Notify {
        &self.packed
    }

    /// When the last round of this process began that has planned, routed and packed all that was due; instant 0 before its first.
    pub(crate) fn prepared_at(&self) -> Timestamp {
        instant(self.prepared_at_ms.load(Ordering::Acquire))
    }

    /// A round that began then has done all of it.
    pub(crate) fn has_prepared(&self, began: Timestamp) {
        self.prepared_at_ms.store(ms(began), Ordering::Release);
    }

    /// One more step is done.
    pub(crate) fn step_done(&self) {
        self.steps_done.fetch_add(1, Ordering::Relaxed);
    }

    /// The policy an assignment is routed to; `None` under rules without a route for it, which presses nothing. `days_left` counts from the day it became known, so that the route stays.
    pub fn policy_of<'a>(
        &'a self,
        loaded: &Loaded,
        directory: &crate::domain::organisation::Directory,
    ) -> Option<&'a crate::domain::policy::Policy> {
        let calendar = &self.rules.calendar;
        let known_on = calendar.date_of(loaded.view.known_at);
        // Most rules send nobody by the unit.
        let by_unit = self.rules.routes.iter().any(|route| route.when.unit.is_some());
        let path = if by_unit { directory.path(loaded.about.unit, known_on) } else { Vec::new() };
        let facts = RouteFacts {
            metric: loaded.view.target.as_ref().map(|target| target.metric.as_str()),
            unit_path: path.iter().filter_map(|unit| directory.units.get(unit)).map(|unit| unit.code.as_str()).collect(),
            unit: loaded.about.unit,
            issuer: &loaded.about.issuer,
            urgency: loaded.about.urgency,
            secrecy: loaded.about.secrecy,
            undated: loaded.view.deadline.is_none() && !loaded.waits(),
            recurring: !loaded.about.period.is_empty(),
            days_left: loaded.view.deadline.map(|deadline| {
                i64::from(calendar.working_days_after_up_to(known_on, deadline.last_day))
                    - i64::from(calendar.working_days_after_up_to(deadline.last_day, known_on))
            }),
        };
        self.rules.policy_for(&facts)
    }
}

/// The rules as they were loaded, but for those a test has broken.
fn as_they_hold(rules: Arc<Rules>) -> Arc<Rules> {
    let (at_any_hour, on_any_day) = (fault::is_broken(Mutant::RestTimeIgnored), fault::is_broken(Mutant::HolidaysIgnored));
    if !at_any_hour && !on_any_day {
        return rules;
    }
    let mut broken = Rules::clone(&rules);
    for policy in broken.policies.iter_mut().filter(|_| at_any_hour) {
        policy.hours = Hours::Always;
    }
    if on_any_day {
        let mut calendar = broken.calendar.rules().clone();
        calendar.changes.clear();
        broken.calendar = WorkingCalendar::new(calendar);
    }
    Arc::new(broken)
}

/// Milliseconds of an instant, as columns hold it.
pub(crate) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The instant of a column.
pub(crate) fn instant(at_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
