//! The lanes: per channel some connections that claim over the desk and send.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::crew::Crew;
use super::doors::{self, Opening};
use super::limit::{Chats, Limit, Refusals, Refused, Slot};
use super::reader;
use super::telegram::{self, Pace};
use crate::channel::breaker::{Breaker, Pass};
use crate::channel::telegram::Telegram;
use crate::channel::{Channel as _, Door, Leave};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::delivery::{Fault, Verdict};
use crate::domain::policy::ChannelKind;
use crate::engine::Engine;
use crate::engine::deliver::{self, Claimed, Slip};
use crate::engine::desk::{Desk, Want};

/// Without any wake a connection looks this often; the planner wakes it whenever a message waits.
const INTERVAL: Duration = Duration::from_mins(10);

/// The shortest pause of a connection that found nothing.
const PAUSE: Duration = Duration::from_millis(100);

/// A lane that has to wait no longer than this leaves its messages where they are; for a longer wait they are put off, so that what is
/// urgent goes over another channel.
const SHORT_REST: Duration = Duration::from_mins(1);

/// What lanes share with the rest of the daemon.
#[derive(Clone)]
pub(super) struct Office {
    pub(super) desk: Desk,
    pub(super) clock: Clock,
    pub(super) engines: watch::Receiver<Arc<Engine>>,
    pub(super) pulse: watch::Sender<()>,
    pub(super) poke: Arc<Notify>,
    pub(super) crew: Crew,
}

/// The lanes of one config.
pub(super) struct Lanes {
    office: Office,
    fingerprint: [u8; 32],
    stop: CancellationToken,
}

impl Lanes {
    /// Opens every channel of that config.
    pub(super) fn open(office: Office, config: &Config) -> Self {
        let stop = office.crew.stop.child_token();
        for opening in doors::openings(config) {
            open(&office, opening, &stop);
        }
        Self { office, fingerprint: doors::fingerprint(config), stop }
    }

    /// Takes up new settings. Connections of the old ones finish their mail first; the two never share a message, since
    /// both claim over the same desk.
    pub(super) fn change(&mut self, config: &Config) {
        if doors::fingerprint(config) == self.fingerprint {
            return;
        }
        tracing::info!("the settings of the channels changed; new connections use them");
        self.stop.cancel();
        *self = Self::open(self.office.clone(), config);
    }
}

fn open(office: &Office, opening: Opening, stop: &CancellationToken) {
    let Opening { channel, door, connections, limit } = opening;
    let lane = Arc::new(Lane {
        channel,
        breaker: Mutex::default(),
        limit,
        chats: Chats::default(),
        refusals: Refusals::default(),
        office: office.clone(),
        stop: stop.clone(),
    });
    let door = match door {
        Ok(mut door) => {
            door.tells(&office.clock);
            door
        }
        Err(error) => {
            tracing::error!(channel = channel.as_str(), %error, "the channel cannot be used; its messages wait or go another way");
            office.crew.spawn("lane", async move { lane.put_off().await });
            return;
        }
    };
    // A mended setting may be why it works now: what was put off because of the channel tries at once.
    let waker = Arc::clone(&lane);
    office.crew.spawn("lane", async move { waker.wake().await });
    if let Door::Telegram(bot) = &door {
        listen(office, bot.clone(), stop);
    }
    for _ in 1..connections {
        let (lane, door) = (Arc::clone(&lane), door.another());
        office.crew.spawn("lane", async move { lane.work(door).await });
    }
    office.crew.spawn("lane", async move { lane.work(door).await });
}

/// What comes in over Telegram, while this replica is the one that reads it.
fn listen(office: &Office, bot: Telegram, stop: &CancellationToken) {
    let (engines, clock, stop) = (office.engines.clone(), office.clock.clone(), stop.clone());
    let poke = Arc::clone(&office.poke);
    let reading = async move {
        let read = |term: CancellationToken| {
            let (engines, poke) = (engines.clone(), Arc::clone(&poke));
            let engine = move || Arc::clone(&engines.borrow());
            telegram::poll(engine, bot.clone(), clock.clone(), term, move || poke.notify_one(), Pace::default())
        };
        reader::in_turn(&engines, &clock, &stop, read).await;
    };
    office.crew.spawn("telegram", reading);
}

struct Lane {
    channel: ChannelKind,
    breaker: Mutex<Breaker>,
    limit: Option<Limit>,
    chats: Chats,
    refusals: Refusals,
    office: Office,
    stop: CancellationToken,
}

impl Lane {
    /// One connection: claim, send, hand the verdict in and claim again.
    async fn work(self: Arc<Self>, mut door: Door) {
        let mut pulse = self.office.pulse.subscribe();
        let mut done: Option<(Slip, Verdict)> = None;
        loop {
            pulse.mark_unchanged();
            let (mut want, until) = self.want();
            let mut slot = None;
            if matches!(want, Want::Next(_) | Want::Probe(_)) {
                slot = self.slot(&mut done).await;
                want = if slot.is_some() { want } else { Want::Nothing };
            }
            if done.is_none() && want == Want::Nothing {
                if self.stop.is_cancelled() {
                    break;
                }
                self.rest(&mut pulse, until).await;
                continue;
            }
            let Some(answer) = self.office.desk.turn(done.take(), want).await else { break };
            // Another connection may have found the channel working, and woken what waited, before this turn was served.
            if matches!(want, Want::PutOff(_, None)) && self.breaker().faults() == 0 {
                self.wake().await;
            }
            if let Some(claimed) = answer.claimed {
                let verdict = self.transmit(&mut door, &claimed).await;
                if let Some(slot) = slot {
                    slot.used(Instant::now());
                }
                if matches!(want, Want::Probe(_)) {
                    // A probe that had to wait for its chat, or was withheld, has shown nothing; what was learned stays.
                    self.breaker().give_back(self.office.clock.now());
                }
                done = Some((claimed.slip, verdict));
                continue;
            }
            drop(slot);
            if matches!(want, Want::Probe(_)) {
                self.breaker().give_back(self.office.clock.now());
            }
            if self.stop.is_cancelled() {
                break;
            }
            let until = until.into_iter().chain(answer.look_at).min();
            self.rest(&mut pulse, until).await;
        }
        door.close().await;
    }

    /// A channel whose door cannot be made: its messages may still go another way.
    async fn put_off(self: Arc<Self>) {
        let mut pulse = self.office.pulse.subscribe();
        while !self.stop.is_cancelled() {
            pulse.mark_unchanged();
            let Some(answer) = self.office.desk.turn(None, Want::PutOff(self.channel, None)).await else { return };
            self.rest(&mut pulse, answer.look_at).await;
        }
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn want(&self) -> (Want, Option<Timestamp>) {
        if self.stop.is_cancelled() {
            return (Want::Nothing, None);
        }
        let now = self.office.clock.now();
        if let Some(left) = self.rests_for() {
            let until = now.checked_add(left).unwrap_or(Timestamp::MAX);
            let want = if left > SHORT_REST { Want::PutOff(self.channel, Some(until)) } else { Want::Nothing };
            return (want, Some(until));
        }
        match self.breaker().ask(now) {
            Pass::Go => (Want::Next(self.channel), None),
            Pass::Probe => (Want::Probe(self.channel), None),
            Pass::WaitUntil(at) => (Want::PutOff(self.channel, None), Some(at)),
        }
    }

    /// How long the whole lane was told to wait.
    fn rests_for(&self) -> Option<Duration> {
        let now = Instant::now();
        self.refusals.rests_until(now).map(|until| until.duration_since(now))
    }

    /// Waits for leave of the limit, before anything is claimed; `None` when the lane ends meanwhile. The last verdict is handed in before
    /// a wait.
    async fn slot(&self, done: &mut Option<(Slip, Verdict)>) -> Option<Slot<'_>> {
        let now = Instant::now();
        let Some(limit) = &self.limit else { return Some(Slot::free(now)) };
        let slot = limit.slot(now).await;
        if slot.at() <= now {
            return Some(slot);
        }
        if done.is_some() {
            self.office.desk.turn(done.take(), Want::Nothing).await?;
        }
        tokio::select! {
            () = tokio::time::sleep_until(slot.at()) => Some(slot),
            () = self.stop.cancelled() => None,
        }
    }

    async fn rest(&self, pulse: &mut watch::Receiver<()>, until: Option<Timestamp>) {
        let left =
            until.map_or(INTERVAL, |at| Duration::try_from(at.duration_since(self.office.clock.now())).unwrap_or(Duration::ZERO));
        tokio::select! {
            () = self.stop.cancelled() => {}
            _ = pulse.changed() => {}
            () = tokio::time::sleep(left.clamp(PAUSE, INTERVAL)) => {}
        }
    }

    /// Once on the wire; what the channel answered is what the breaker learns.
    async fn transmit(&self, door: &mut Door, claimed: &Claimed) -> Verdict {
        // Only a chat has a pace of its own; waiting for it nothing is on the wire yet.
        let turn = if self.channel == ChannelKind::Telegram {
            tokio::select! {
                turn = self.chats.turn(&claimed.parcel.address) => match turn {
                    Ok(turn) => Some(turn),
                    Err(left) => return told_to_wait(left),
                },
                () = self.office.crew.give_up.cancelled() => return Leave::withheld(),
            }
        } else {
            None
        };
        // Another connection may have been told since.
        if let Some(left) = self.rests_for() {
            return told_to_wait(left);
        }
        let began = Instant::now();
        let leave = self.leave(&claimed.slip);
        // The process may have stood still since the claim was committed.
        if !leave.is_given() {
            tell(claimed, &Leave::withheld(), began.elapsed());
            return Leave::withheld();
        }
        door.needs(leave);
        let verdict = tokio::select! {
            verdict = door.send(&claimed.parcel) => verdict,
            () = self.office.crew.give_up.cancelled() =>
                Verdict::Uncertain { reason: "the daemon ended while sending".to_owned() },
        };
        match (turn, wait_asked(&verdict)) {
            (Some(turn), Some(wait)) => {
                turn.refused(wait);
                self.refused(&claimed.parcel.address, wait);
            }
            (Some(turn), None) => turn.used(),
            (None, _) => {}
        }
        tell(claimed, &verdict, began.elapsed());
        self.learn(&verdict).await;
        verdict
    }

    /// A message may leave soon after it was claimed, while this replica shows that it lives, under the id it was claimed with.
    fn leave(&self, slip: &Slip) -> Leave {
        let incarnation = self.office.engines.borrow().incarnation.clone();
        let (clock, slip) = (self.office.clock.clone(), slip.clone());
        Leave::while_it_holds(move || incarnation.may_transmit(&slip, clock.now()))
    }

    /// Too many messages: the chat waits, and all of the lane once it is known to be meant.
    fn refused(&self, chat: &str, wait: Duration) {
        let now = Instant::now();
        let before = self.refusals.rests_until(now);
        if self.refusals.note(chat, wait, self.limit.as_ref(), now) == Refused::Lane && before.is_none() {
            let (channel, secs) = (self.channel.as_str(), wait.as_secs());
            tracing::warn!(channel, secs, "the channel takes no more for now (429); nothing leaves over it so long");
            // Those that wait for nothing but a message see that they have to rest.
            self.office.pulse.send_replace(());
        }
    }

    async fn learn(&self, verdict: &Verdict) {
        let now = self.office.clock.now();
        let (before, after) = {
            let mut breaker = self.breaker();
            let before = breaker.faults();
            breaker.note(verdict, now);
            (before, breaker.faults())
        };
        let channel = self.channel.as_str();
        if after > before {
            let reason = if let Verdict::Deferred { reason, fault: Fault::Channel, .. } = verdict { reason } else { "no answer" };
            if before == 0 {
                tracing::error!(channel, reason, "the channel does not work; its messages wait or go another way");
                // Those that wait in the other connections are put off, too.
                self.office.pulse.send_replace(());
            } else {
                tracing::warn!(channel, reason, faults = after, "the channel still does not work");
            }
        } else if before > 0 && after == 0 {
            tracing::info!(channel, "the channel works again");
            self.wake().await;
        }
    }

    /// What was put off because of the channel goes now.
    async fn wake(&self) {
        let channel = self.channel.as_str();
        let engine = Arc::clone(&self.office.engines.borrow());
        match deliver::wake_channel(&engine, self.channel, self.office.clock.now()).await {
            Ok(0) => {}
            Ok(messages) => tracing::info!(channel, messages, "what was put off goes now"),
            Err(error) => tracing::warn!(channel, %error, "what was put off goes at its own time"),
        }
        self.office.pulse.send_replace(());
    }
}

/// The wait that came with a refusal for too many messages.
fn wait_asked(verdict: &Verdict) -> Option<Duration> {
    let Verdict::Deferred { retry_after_ms: Some(wait_ms), fault: Fault::Message, .. } = verdict else { return None };
    u64::try_from(*wait_ms).ok().filter(|wait_ms| *wait_ms > 0).map(Duration::from_millis)
}

/// The verdict on a message whose chat, or whose lane, was told to wait after it was claimed: nothing of it was transmitted.
fn told_to_wait(left: Duration) -> Verdict {
    let retry_after_ms = Some(i64::try_from(left.as_millis()).unwrap_or(i64::MAX));
    Verdict::Deferred { reason: "too many messages for now (429)".to_owned(), retry_after_ms, fault: Fault::Message }
}

/// One line for each transmission; no address, no body.
fn tell(claimed: &Claimed, verdict: &Verdict, took: Duration) {
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let (key, attempt, channel) = (claimed.parcel.key.as_str(), claimed.parcel.attempt, claimed.parcel.channel.as_str());
    match verdict {
        Verdict::Accepted { receipt } => {
            let receipt = receipt.as_deref().filter(|_| channel == "email").unwrap_or_default();
            tracing::info!(message.key = key, channel, attempt, duration_ms, receipt, "accepted");
        }
        Verdict::Deferred { reason, .. } => {
            tracing::warn!(message.key = key, channel, attempt, duration_ms, reason, "deferred");
        }
        Verdict::Refused { reason, .. } => {
            tracing::warn!(message.key = key, channel, attempt, duration_ms, reason, "refused");
        }
        Verdict::Uncertain { reason } => {
            tracing::warn!(message.key = key, channel, attempt, duration_ms, reason, "uncertain");
        }
    }
}

#[cfg(test)]
mod tests;
