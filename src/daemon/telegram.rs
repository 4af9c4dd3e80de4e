//! What comes in over Telegram: pressed buttons and written texts.
//!
//! Save first, then confirm, then handle, then answer. An update is committed before the next poll confirms it, and is
//! handled in the transaction that also says so: a daemon that is killed between any two of these handles it once. The
//! answer to the one who pressed comes last and may be lost; the recorded reply is not.

mod show;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::channel::telegram::{Telegram, Trouble, Update};
use crate::channel::wording::{self, Refusal};
use crate::clock::Clock;
use crate::engine::chat::{self, Heard, Heeded, Outcome, Press, Written};
use crate::engine::incarnation::begin_as_reader;
use crate::engine::{Engine, EngineError, guard, poison};
use crate::store::StoreError;
use crate::store::journal::{self, Entry};
use crate::store::telegram::{SavedUpdate, save_updates, set_handled, unhandled};

use show::Answer;

/// Updates handled before the next poll.
const CHUNK: i64 = 100;

/// Failures of one update after which it is set aside, so that those behind it get their turn.
const TRIES_MAX: u32 = 5;

/// After so long without any update Telegram may number anew and lower: then nothing may be asked "from number on".
const NUMBERS_HOLD: jiff::SignedDuration = jiff::SignedDuration::from_hours(6 * 24);

/// How long things wait.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long Telegram may hold a poll open.
    pub poll: Duration,
    /// The wait after the first failure; each next one doubles it.
    pub first: Duration,
    /// No wait of our own choosing is longer. A wait Telegram asks for is kept up to an hour.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { poll: Duration::from_secs(25), first: Duration::from_secs(1), longest: Duration::from_mins(1) }
    }
}

impl Pace {
    /// The wait after that many failures in a row.
    pub fn wait(&self, trouble: Option<&Trouble>, failures: u32) -> Duration {
        if let Some(Trouble::RetryAfter { wait_ms: Some(wait_ms) }) = trouble {
            return Duration::from_millis(u64::try_from(*wait_ms).unwrap_or(0)).clamp(self.first, Duration::from_hours(1));
        }
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(16)));
        doubled.min(self.longest)
    }
}

/// Polls until `stop`. `engines` gives the engine that holds now; `acted` is called after something was recorded.
pub async fn poll(
    engines: impl Fn() -> Arc<Engine>,
    door: Telegram,
    clock: Clock,
    stop: CancellationToken,
    acted: impl Fn(),
    pace: Pace,
) {
    let commands = tokio::spawn(show::commands(door.clone(), engines().rules.language));
    let mut poller = Poller { engines, door, clock, acted, pace, stop: stop.clone(), stuck: None, last_news: None };
    // Zero asks for everything that was never confirmed; what was saved before is known by its number.
    let mut offset = 0;
    let mut failures = 0;
    while !stop.is_cancelled() {
        // Only waiting is cut short: a transaction that has begun is finished.
        let done = match poller.handle_saved().await {
            Ok(()) => poller.fetch(offset).await,
            Err(failure) => Err(failure),
        };
        let wait = match done {
            Ok(next) => {
                if failures > 0 {
                    tracing::info!("updates from Telegram are read again");
                }
                (failures, offset) = (0, next);
                continue;
            }
            Err(failure) => {
                failures += 1;
                let wait = pace.wait(failure.trouble(), failures);
                failure.tell(failures, wait);
                if matches!(failure, Failure::Telegram(Trouble::Conflict)) && failures >= CONFLICTS_TOLD {
                    poller.tell_of_conflict().await;
                }
                wait
            }
        };
        tokio::select! { () = stop.cancelled() => break, () = tokio::time::sleep(wait) => {} }
    }
    commands.abort();
}

/// A daemon that was restarted meets its own last question for some seconds; what lasts longer is told to the operators.
const CONFLICTS_TOLD: u32 = 4;

/// What kept a round from being finished.
enum Failure {
    Telegram(Trouble),
    Engine(EngineError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

impl Failure {
    const fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::Telegram(trouble) => Some(trouble),
            Self::Engine(_) => None,
        }
    }

    /// Said when it begins and whenever the number of failures has doubled.
    fn tell(&self, failures: u32, wait: Duration) {
        let retry_after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        if !failures.is_power_of_two() {
            tracing::debug!(failures, retry_after_ms, "reading updates from Telegram failed again");
            return;
        }
        match self {
            Self::Telegram(Trouble::Conflict) => tracing::warn!(
                failures,
                retry_after_ms,
                "the Telegram token is used elsewhere: another program reads this bot's updates (409), so buttons may not reach \
                 this daemon; stop that program, or revoke the token with @BotFather if nobody here runs it"
            ),
            Self::Telegram(Trouble::Unauthorized(status)) => tracing::error!(
                failures,
                retry_after_ms,
                status,
                "Telegram rejects the bot token; put a valid one into the credential telegram-token"
            ),
            Self::Telegram(trouble) => {
                tracing::warn!(failures, retry_after_ms, reason = %trouble, "updates from Telegram cannot be read");
            }
            Self::Engine(error) => {
                tracing::error!(failures, retry_after_ms, reason = %error, "updates from Telegram cannot be recorded");
            }
        }
    }
}

struct Poller<E, A> {
    engines: E,
    door: Telegram,
    clock: Clock,
    acted: A,
    pace: Pace,
    stop: CancellationToken,
    /// The update that failed last, and how often in a row.
    stuck: Option<(i64, u32)>,
    last_news: Option<Timestamp>,
}

impl<E: Fn() -> Arc<Engine>, A: Fn()> Poller<E, A> {
    /// The operators are told once a day.
    async fn tell_of_conflict(&self) {
        match guard::tell_of_token(&(self.engines)(), self.clock.now()).await {
            Ok(true) => (self.acted)(),
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "the operators cannot be told that the token is used elsewhere"),
        }
    }

    /// Waits for updates, saves them, and returns from which number on to ask next.
    async fn fetch(&mut self, offset: i64) -> Result<i64, Failure> {
        let updates = tokio::select! {
            () = self.stop.cancelled() => return Ok(offset),
            updates = self.door.get_updates(offset, self.pace.poll) => updates.map_err(Failure::Telegram)?,
        };
        let now = self.clock.now();
        let Some(last) = updates.iter().map(|update| update.update_id).max() else {
            let silent = self.last_news.is_none_or(|news| now.duration_since(news) >= NUMBERS_HOLD);
            return Ok(if silent { 0 } else { offset });
        };
        save(&(self.engines)(), &updates, now).await?;
        self.last_news = Some(now);
        Ok(last + 1)
    }

    /// Handles what is saved, in order, and answers after everything is committed.
    async fn handle_saved(&mut self) -> Result<(), Failure> {
        loop {
            let engine = (self.engines)();
            let mut connection = engine.store.read().acquire().await.map_err(StoreError::from)?;
            let saved = unhandled(&mut connection, CHUNK).await?;
            drop(connection);
            if saved.is_empty() {
                return Ok(());
            }
            let mut answers = Vec::new();
            let mut failure = None;
            for update in saved {
                if self.stop.is_cancelled() {
                    break;
                }
                match self.handle_one(&engine, &update).await {
                    Ok(answer) => answers.extend(answer),
                    Err(error) => {
                        failure = Some(error);
                        break;
                    }
                }
            }
            if answers.iter().any(|answer| answer.heeded.outcome.has_acted()) {
                (self.acted)();
            }
            show::all(&self.door, answers).await;
            match failure {
                Some(error) => return Err(Failure::Engine(error)),
                None if self.stop.is_cancelled() => return Ok(()),
                None => {}
            }
        }
    }

    async fn handle_one(&mut self, engine: &Engine, saved: &SavedUpdate) -> Result<Option<Answer>, EngineError> {
        let error = match poison::guarded(handle(engine, saved, self.clock.now())).await {
            Ok(answer) => {
                self.stuck = None;
                return Ok(answer);
            }
            Err(error) => error,
        };
        let tries = match self.stuck {
            Some((update_id, tries)) if update_id == saved.update_id => tries + 1,
            _ => 1,
        };
        self.stuck = Some((saved.update_id, tries));
        if !may_set_aside(&error, tries) {
            return Err(error);
        }
        tracing::error!(update.id = saved.update_id, reason = %error, "what came over Telegram could not be handled and is set aside");
        set_aside(engine, saved, self.clock.now()).await
    }
}

/// Saves updates in a transaction of their own; only then may the next poll confirm them.
pub async fn save(engine: &Engine, updates: &[Update], now: Timestamp) -> Result<(), StoreError> {
    let rows: Vec<SavedUpdate> =
        updates.iter().map(|update| SavedUpdate { update_id: update.update_id, payload: update.raw.to_string() }).collect();
    let mut tx = begin_as_reader(engine).await?;
    save_updates(&mut tx, &rows, now.as_millisecond()).await?;
    tx.commit().await?;
    Ok(())
}

/// Handles one saved update: its act and the word that it was handled are one transaction.
async fn handle(engine: &Engine, saved: &SavedUpdate, now: Timestamp) -> Result<Option<Answer>, EngineError> {
    let mut tx = begin_as_reader(engine).await?;
    if !set_handled(&mut tx, saved.update_id, now.as_millisecond()).await? {
        return Ok(None);
    }
    let answer = match read(saved) {
        Some((update, heard)) => {
            let heeded = chat::hear(engine, &mut tx, &heard, now).await?;
            tell(&heeded);
            Some(Answer { update, heeded })
        }
        None => None,
    };
    tx.commit().await?;
    Ok(answer)
}

fn read(saved: &SavedUpdate) -> Option<(Update, Heard)> {
    let update = Update::read(serde_json::from_str(&saved.payload).ok()?)?;
    let heard = match (&update.callback, &update.text) {
        (Some(callback), _) => Heard::Press(Press {
            from_id: callback.from_id,
            chat_id: callback.chat_id,
            message_id: callback.message_id,
            text: update.pressed_text().to_owned(),
            pages: update.pressed_pages(),
            data: callback.data.clone(),
        }),
        (None, Some(text)) => Heard::Written(Written {
            from_id: text.from_id,
            chat_id: text.chat_id,
            reply_to: text.reply_to,
            text: text.text.clone(),
        }),
        (None, None) => return None,
    };
    Some((update, heard))
}

fn tell(heeded: &Heeded) {
    match heeded.outcome {
        Outcome::Recorded(assignments) => tracing::info!(assignments, "an answer over Telegram was recorded"),
        Outcome::TakenBack(assignments) => tracing::info!(assignments, "an answer over Telegram was taken back"),
        Outcome::Linked => tracing::info!("a Telegram account was linked"),
        Outcome::Refused(refusal) => tracing::info!(reason = refusal.as_str(), "what came over Telegram changed nothing"),
        Outcome::Told | Outcome::Ignored => {}
    }
}

/// Whether an update is the trouble rather than the store: what another moment cannot mend, or what failed often.
fn may_set_aside(error: &EngineError, tries: u32) -> bool {
    match error {
        EngineError::Store(StoreError::Damaged { .. })
        | EngineError::Wording(_)
        | EngineError::Json { .. }
        | EngineError::Panicked => true,
        EngineError::Store(StoreError::Database(_)) => tries >= TRIES_MAX,
        EngineError::Store(_) => false,
    }
}

/// Records that an update could not be handled; the one who pressed is sent to the monitor.
async fn set_aside(engine: &Engine, saved: &SavedUpdate, now: Timestamp) -> Result<Option<Answer>, EngineError> {
    let mut tx = begin_as_reader(engine).await?;
    if !set_handled(&mut tx, saved.update_id, now.as_millisecond()).await? {
        return Ok(None);
    }
    let detail = serde_json::json!({ "v": 1, "via": "telegram", "reason": "cannot-be-handled" });
    let entry = Entry::new(now, "press-refused", detail).config(engine.rules.digest.clone());
    journal::append(&mut tx, &[entry]).await?;
    tx.commit().await.map_err(StoreError::from)?;
    let heeded = Heeded {
        outcome: Outcome::Refused(Refusal::UnknownToken),
        toast: wording::refusal_text(engine.rules.language, Refusal::UnknownToken).to_owned(),
        edits: Vec::new(),
        says: Vec::new(),
    };
    Ok(read(saved).map(|(update, _)| Answer { update, heeded }))
}
