//! The call of distress: a mail to `[office] alarm` when the store takes no records. It is the only thing that leaves without one, since
//! it is about that; a second copy of it does no harm.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::doors;
use crate::channel::wording::{self, StoreTrouble};
use crate::channel::{Channel as _, Door};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::delivery::{Parcel, Verdict};
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Language;
use crate::engine::Engine;
use crate::engine::aid::Failure;

/// A store that does not answer often does so again by itself.
const GRACE: Duration = Duration::from_mins(5);

/// One call of a sort in this time.
const QUIET: Duration = Duration::from_hours(1);

/// Waits between attempts to send it; after the last it is left at the log.
const TRIES: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_secs(15),
    Duration::from_mins(1),
    Duration::from_mins(2),
    Duration::from_mins(5),
    Duration::from_mins(15),
];

/// Where calls go under the config in force; clones are the same one.
#[derive(Clone)]
pub(super) struct DistressLine(Arc<Mutex<Option<Line>>>);

struct Line {
    door: Door,
    to: String,
    language: Language,
    office: String,
}

impl DistressLine {
    /// The line of that config.
    pub(super) fn open(config: &Config) -> Self {
        Self(Arc::new(Mutex::new(Line::of(config))))
    }

    /// Another config holds.
    pub(super) fn change(&self, config: &Config) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Line::of(config);
    }

    fn another(&self) -> Option<Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(Line::another)
    }
}

impl Line {
    fn of(config: &Config) -> Option<Self> {
        let office = &config.rules.office;
        let door = doors::door(config, ChannelKind::Email).ok()?;
        Some(Self { door, to: office.alarm.clone()?, language: config.rules.language, office: office.name.clone() })
    }

    fn another(&self) -> Self {
        Self { door: self.door.another(), to: self.to.clone(), language: self.language, office: self.office.clone() }
    }
}

/// Calls for as long as the daemon lives.
pub(super) async fn work(engine: Arc<Engine>, line: DistressLine, clock: Clock, stop: CancellationToken) {
    let mut failures = engine.failures();
    drop(engine);
    let mut raised: BTreeMap<StoreTrouble, Instant> = BTreeMap::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            changed = failures.changed() => if changed.is_err() { return },
        }
        let Some(Failure { trouble }) = *failures.borrow_and_update() else { continue };
        if raised.get(&trouble).is_some_and(|last| last.elapsed() < QUIET) {
            continue;
        }
        if trouble == StoreTrouble::Away {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = failures.wait_for(Option::is_none) => continue,
                () = tokio::time::sleep(GRACE) => {}
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = raise(&line, trouble, &clock) => {}
        }
        raised.insert(trouble, Instant::now());
    }
}

async fn raise(line: &DistressLine, trouble: StoreTrouble, clock: &Clock) {
    for wait in TRIES {
        tokio::time::sleep(wait).await;
        let Some(mut line) = line.another() else {
            tracing::warn!("there is nobody to be alarmed by mail; give [office] an alarm address and [email] a server");
            return;
        };
        let parcel = line.parcel(trouble, clock);
        let verdict = line.door.send(&parcel).await;
        line.door.close().await;
        match verdict {
            Verdict::Accepted { .. } | Verdict::Uncertain { .. } => {
                tracing::warn!(?trouble, "the alarm address was mailed");
                return;
            }
            Verdict::Deferred { reason, .. } | Verdict::Refused { reason, .. } => {
                tracing::error!(?trouble, reason, "the alarm address could not be mailed");
            }
        }
    }
}

impl Line {
    fn parcel(&self, trouble: StoreTrouble, clock: &Clock) -> Parcel {
        let worded = wording::distress(self.language, &self.office, trouble);
        Parcel {
            key: format!("distress-{}", &uuid::Uuid::new_v4().simple().to_string()[..20]),
            channel: ChannelKind::Email,
            address: self.to.clone(),
            name: String::new(),
            subject: worded.subject,
            text: worded.text,
            html: worded.html,
            bold: worded.bold,
            buttons: worded.buttons,
            packed_at_ms: clock.now().as_millisecond(),
            attempt: 1,
        }
    }
}
