//! The desk: every claim and every verdict of the daemon goes over it, and those that come together share one commit.
//!
//! One transaction takes verdicts first, then claims, and everything is answered after COMMIT. A connection hands in the
//! verdict of its last mail and asks for the next one in the same turn, so it never sends before that verdict is
//! committed. A failure of the store loses nothing: claims are answered with "nothing now", verdicts stay on the desk
//! until they are committed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::Instant;

use super::deliver::{self, Claimed, Slip};
use super::{Engine, EngineError, ms, poison, settle};
use crate::clock::Clock;
use crate::domain::delivery::{Fault, Verdict};
use crate::domain::policy::ChannelKind;
use crate::store::{Tx, messages};

/// How long turns are gathered at most.
const GATHER: Duration = Duration::from_millis(2);

/// Who takes longer is not waited for.
const SLOW: Duration = Duration::from_millis(20);

/// Turns of one transaction at most; far below what keeps it under 50 ms on an ordinary disk.
const TURNS_MAX: usize = 500;

/// Messages that are put off in one transaction.
const PUT_OFF_MAX: usize = 32;

/// Turns that may wait; there is one for each connection, so the bound is never reached.
const QUEUE: usize = 1_024;

/// Waits between attempts while the store fails.
const RETRY_FIRST: Duration = Duration::from_millis(200);
const RETRY_LONGEST: Duration = Duration::from_secs(15);

/// What a connection wants of the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// The next message of this channel.
    Next(ChannelKind),
    /// One message that tries whether the channel works again; also one that was put off because of the channel.
    Probe(ChannelKind),
    /// The channel is at fault, or asked for a wait until then: what is due is put off without being transmitted, so that it can go over
    /// another channel.
    PutOff(ChannelKind, Option<Timestamp>),
    /// Nothing more.
    Nothing,
}

/// What the desk answers.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// A message to be transmitted now; its `sending` is committed.
    pub claimed: Option<Claimed>,
    /// When the channel has something to do again, as far as is known; `None` beside a message.
    pub look_at: Option<Timestamp>,
}

/// A verdict to be recorded, and what is wanted next.
#[derive(Debug)]
struct Turn {
    done: Option<(Slip, Verdict)>,
    want: Want,
    answer: oneshot::Sender<Answer>,
}

/// The connections' end. The desk ends when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Desk(mpsc::Sender<Turn>);

impl Desk {
    /// Records the verdict of a transmission, when there is one, and asks for the next message. Returns after COMMIT.
    /// `None` when the desk is gone.
    pub async fn turn(&self, done: Option<(Slip, Verdict)>, want: Want) -> Option<Answer> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Turn { done, want, answer }).await.ok()?;
        answered.await.ok()
    }
}

/// The clerk's end.
#[derive(Debug)]
pub struct Clerk {
    turns: mpsc::Receiver<Turn>,
    engines: watch::Receiver<Arc<Engine>>,
    clock: Clock,
    settled: Arc<Notify>,
    /// Verdicts that could not be recorded yet.
    late: Vec<Turn>,
    wait: Duration,
    /// Messages that were claimed here and not yet marked: with which attempt, and since when.
    on_the_wire: BTreeMap<i64, (i64, Instant)>,
    /// The answer to a commit was lost.
    in_doubt: bool,
}

/// Makes a desk. `settled` is notified after verdicts were committed: the planner may have something to do.
pub fn open(engines: watch::Receiver<Arc<Engine>>, clock: Clock, settled: Arc<Notify>) -> (Desk, Clerk) {
    let (sender, turns) = mpsc::channel(QUEUE);
    let clerk = Clerk {
        turns,
        engines,
        clock,
        settled,
        late: Vec::new(),
        wait: Duration::ZERO,
        on_the_wire: BTreeMap::new(),
        in_doubt: false,
    };
    (Desk(sender), clerk)
}

impl Clerk {
    /// Works until every [`Desk`] is dropped and every verdict is recorded.
    pub async fn work(mut self) {
        loop {
            let turns = self.gather().await;
            if turns.is_empty() && self.late.is_empty() {
                return;
            }
            self.serve(turns).await;
        }
    }

    /// Waits for a turn, then for those that come along with it. Empty when late verdicts are to be tried again, or when
    /// everybody is gone.
    async fn gather(&mut self) -> Vec<Turn> {
        let first = if self.late.is_empty() {
            self.turns.recv().await
        } else {
            // While the store fails nobody is served before what is late: the pause is for all.
            tokio::time::sleep(self.wait).await;
            self.turns.try_recv().ok()
        };
        let mut turns: Vec<Turn> = first.into_iter().collect();
        if turns.is_empty() {
            return turns;
        }
        // Those that were woken together hand in their turns together.
        tokio::task::yield_now().await;
        let until = Instant::now() + GATHER;
        while turns.len() < TURNS_MAX {
            if let Ok(turn) = self.turns.try_recv() {
                turns.push(turn);
                continue;
            }
            if self.is_everybody_here(&turns) {
                break;
            }
            match tokio::time::timeout_at(until, self.turns.recv()).await {
                Ok(Some(turn)) => turns.push(turn),
                Ok(None) | Err(_) => break,
            }
        }
        turns
    }

    /// Whether nobody is left to wait for: of the messages on the wire each has its verdict, or takes so long that no commit
    /// waits for it.
    fn is_everybody_here(&self, turns: &[Turn]) -> bool {
        let now = Instant::now();
        let handed_in = |id: i64| turns.iter().any(|turn| turn.done.as_ref().is_some_and(|(slip, _)| slip.id == id));
        self.on_the_wire.iter().all(|(id, (_, since))| handed_in(*id) || now.duration_since(*since) > SLOW)
    }

    async fn serve(&mut self, turns: Vec<Turn>) {
        let mut all = std::mem::take(&mut self.late);
        all.extend(turns);
        match self.guarded_commit(&all).await {
            Ok(answers) => self.answer(all, answers),
            // A store that is busy is so for each of them.
            Err(error) if all.len() == 1 || is_busy(&error) => self.keep(all, &error),
            // One turn that cannot be served must not hold up the others.
            Err(_) => {
                for turn in all {
                    let alone = vec![turn];
                    match self.guarded_commit(&alone).await {
                        Ok(answers) => self.answer(alone, answers),
                        Err(error) => self.keep(alone, &error),
                    }
                }
            }
        }
    }

    /// A commit whose panic is an error, journalled and told to the operators as that of a round of the planner is.
    async fn guarded_commit(&mut self, turns: &[Turn]) -> Result<Vec<Answer>, EngineError> {
        let done = poison::guarded(self.commit(turns)).await;
        if matches!(done, Err(EngineError::Panicked)) {
            let engine = Arc::clone(&self.engines.borrow());
            poison::note_activation(&engine, self.clock.now()).await;
        }
        done
    }

    /// One transaction: verdicts, then claims.
    async fn commit(&mut self, turns: &[Turn]) -> Result<Vec<Answer>, EngineError> {
        let engine = Arc::clone(&self.engines.borrow());
        let now = self.clock.now();
        let mut answers = vec![Answer::default(); turns.len()];
        let mut tx = engine.store.begin().await?;
        let done: Vec<_> = turns.iter().filter_map(|turn| turn.done.as_ref()).map(|(slip, verdict)| (slip, verdict)).collect();
        deliver::mark_all(&engine, &mut tx, &done, now).await?;
        if self.in_doubt {
            let known: Vec<(i64, i64)> = self.on_the_wire.iter().map(|(id, (attempt, _))| (*id, *attempt)).collect();
            deliver::give_back_unheard(&engine, &mut tx, &engine.incarnation.id(), &known, now).await?;
        }
        for channel in [ChannelKind::Email, ChannelKind::Telegram] {
            let asks = |want: Want| (0..turns.len()).filter(move |index| turns[*index].want == want).collect::<Vec<_>>();
            let (mut next, probe) = (asks(Want::Next(channel)), asks(Want::Probe(channel)));
            let waits = |turn: &Turn| match turn.want {
                Want::PutOff(of, until) if of == channel => Some(until),
                _ => None,
            };
            let off: Vec<usize> = (0..turns.len()).filter(|index| waits(&turns[*index]).is_some()).collect();
            let until = turns.iter().filter_map(waits).flatten().max();
            if next.is_empty() && off.is_empty() && probe.is_empty() {
                continue;
            }
            for index in probe {
                answers[index].claimed = claim_probe(&engine, &mut tx, channel, now).await?;
                if answers[index].claimed.is_none() {
                    next.push(index);
                }
            }
            if !off.is_empty() {
                put_off(&engine, &mut tx, channel, until, now).await?;
            }
            let mut claimed = deliver::claim(&engine, &mut tx, channel, next.len(), now).await?.into_iter();
            for index in &next {
                answers[*index].claimed = claimed.next();
            }
            let unserved = next.into_iter().filter(|index| answers[*index].claimed.is_none()).chain(off).collect::<Vec<_>>();
            if !unserved.is_empty() {
                let look_at = deliver::next_available(&engine, &mut tx, channel, now).await?;
                for index in unserved {
                    answers[index].look_at = look_at;
                }
            }
        }
        if let Err(error) = tx.commit().await {
            // It may have been committed all the same.
            self.in_doubt = true;
            return Err(error.into());
        }
        self.in_doubt = false;
        let marked = turns.iter().filter_map(|turn| turn.done.as_ref()).map(|(slip, _)| slip.id);
        for id in marked {
            self.on_the_wire.remove(&id);
        }
        let claimed = answers.iter().filter_map(|answer| answer.claimed.as_ref());
        self.on_the_wire.extend(claimed.map(|claimed| (claimed.slip.id, (claimed.slip.attempt, Instant::now()))));
        Ok(answers)
    }

    fn answer(&mut self, turns: Vec<Turn>, answers: Vec<Answer>) {
        if !self.wait.is_zero() {
            tracing::info!("the store works again");
            self.engines.borrow().store_answers();
            self.wait = Duration::ZERO;
        }
        let settles = turns.iter().any(|turn| turn.done.is_some() || matches!(turn.want, Want::PutOff(..)));
        for (turn, answer) in turns.into_iter().zip(answers) {
            let Err(unheard) = turn.answer.send(answer) else { continue };
            let Some(claimed) = unheard.claimed else { continue };
            // Whoever asked is gone, so it was not transmitted: it goes back at once.
            let (answer, _) = oneshot::channel();
            self.late.push(Turn { done: Some((claimed.slip, deliver::not_transmitted())), want: Want::Nothing, answer });
        }
        if settles {
            self.settled.notify_one();
        }
    }

    /// What cannot be recorded now: told once, verdicts kept, claims answered with the time of the next attempt.
    fn keep(&mut self, turns: Vec<Turn>, error: &EngineError) {
        if self.wait.is_zero() {
            tracing::error!(%error, "the store takes no records, so nothing is sent; trying again");
        }
        self.engines.borrow().aid(error);
        self.wait = (self.wait * 2).clamp(RETRY_FIRST, RETRY_LONGEST);
        let wait = SignedDuration::try_from(self.wait).unwrap_or(SignedDuration::ZERO);
        let look_at = self.clock.now().checked_add(wait).ok();
        for turn in turns {
            if turn.done.is_some() {
                self.late.push(turn);
            } else {
                // Nobody listening any more is no loss.
                let _ = turn.answer.send(Answer { claimed: None, look_at });
            }
        }
    }
}

const fn is_busy(error: &EngineError) -> bool {
    matches!(error, EngineError::Store(error) if error.is_passing())
}

async fn claim_probe(engine: &Engine, tx: &mut Tx, channel: ChannelKind, now: Timestamp) -> Result<Option<Claimed>, EngineError> {
    if let Some(claimed) = deliver::claim(engine, tx, channel, 1, now).await?.pop() {
        return Ok(Some(claimed));
    }
    // Without it an outage would last until the retry curve of some message comes round.
    messages::wake_one(tx, channel, settle::CHANNEL_FAULT, ms(now)).await?;
    Ok(deliver::claim(engine, tx, channel, 1, now).await?.pop())
}

/// Claimed and marked in one transaction, so that nothing of it is ever on the wire.
async fn put_off(
    engine: &Engine,
    tx: &mut Tx,
    channel: ChannelKind,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), EngineError> {
    let verdict = match until {
        None => Verdict::Deferred { reason: "the channel does not work".to_owned(), retry_after_ms: None, fault: Fault::Channel },
        Some(until) => Verdict::Deferred {
            reason: "the channel asked for a wait".to_owned(),
            retry_after_ms: Some(until.duration_since(now).as_millis().try_into().unwrap_or(i64::MAX)),
            fault: Fault::Message,
        },
    };
    let due = deliver::claim(engine, tx, channel, PUT_OFF_MAX, now).await?;
    for claimed in &due {
        deliver::mark(engine, tx, &claimed.slip, &verdict, now).await?;
    }
    if !due.is_empty() {
        tracing::debug!(
            channel = channel.as_str(),
            messages = due.len(),
            at_ms = ms(now),
            "put off: the channel does not work, or asked for a wait"
        );
    }
    Ok(())
}
