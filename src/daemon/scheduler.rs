//! The cron scheduler: it pokes, nothing else. What is to be done stands in the store, and the planner's own interval
//! finds it; a poke that never comes costs only delay.
//!
//! Once started it looks at its timetable twice a second. So it is started shortly before a poke and ended after it; until then
//! it is only asked when that will be.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use chrono::FixedOffset;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::engine::Engine;

const MINUTES: u16 = 24 * 60;
const SECONDS: i64 = 24 * 60 * 60;

/// Upkeep at night, minutes of the day; off the full hour, when backups and log rotation begin.
const UPKEEP_MIN: u16 = 2 * 60 + 17;

/// It is started so long before a poke, and ended so long after it; it counts whole seconds and looks every half.
const AROUND: Duration = Duration::from_secs(3);

/// The clock is asked at least so often how long it is until then: it may be set.
const ASKED: Duration = Duration::from_hours(1);

/// When the pokes come, in the office's time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Timetable {
    /// The office opens, minutes of the day.
    opening_min: u16,
    /// The first day of its week.
    first: &'static str,
    offset_secs: i32,
}

impl Timetable {
    fn of(engine: &Engine) -> Self {
        let calendar = &engine.rules.calendar;
        let opening_min = calendar.windows().first().map_or(0, |window| window.start_min) % MINUTES;
        let first = calendar.rules().working_days.first().map_or("Mon", |day| match day {
            jiff::civil::Weekday::Monday => "Mon",
            jiff::civil::Weekday::Tuesday => "Tue",
            jiff::civil::Weekday::Wednesday => "Wed",
            jiff::civil::Weekday::Thursday => "Thu",
            jiff::civil::Weekday::Friday => "Fri",
            jiff::civil::Weekday::Saturday => "Sat",
            jiff::civil::Weekday::Sunday => "Sun",
        });
        // The scheduler takes one offset; where it changes over the year a poke is an hour off, and the planner is not.
        let offset_secs = calendar.time_zone().to_offset(calendar.instant(jiff::civil::date(2026, 1, 5), 0)).seconds();
        Self { opening_min, first, offset_secs }
    }

    /// Second, minute, hour, day, month, weekday: the daily one, the weekly one, upkeep.
    fn crons(&self) -> [String; 3] {
        let at = |minute: u16, weekday: &str| format!("0 {} {} * * {weekday}", minute % 60, minute / 60);
        [at(self.opening_min, "*"), at(self.opening_min, self.first), at(UPKEEP_MIN, "*")]
    }

    /// How long it is until the next poke, the one of this second included.
    fn left(&self, now: Timestamp) -> Duration {
        let second = (now.as_second() + i64::from(self.offset_secs)).rem_euclid(SECONDS);
        let until = |minute: u16| (i64::from(minute) * 60 - second).rem_euclid(SECONDS);
        let left = until(self.opening_min).min(until(UPKEEP_MIN));
        Duration::from_secs(left.unsigned_abs())
    }
}

/// Pokes until `stop`; a new timetable begins when the rules in force change it.
pub(super) async fn work(
    mut engines: watch::Receiver<Arc<Engine>>,
    poke: Arc<Notify>,
    upkeep: Arc<Notify>,
    clock: Clock,
    stop: CancellationToken,
) {
    loop {
        let timetable = Timetable::of(&engines.borrow_and_update());
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = changed(&mut engines, &timetable) => ended,
            Err(error) = run(&timetable, &poke, &upkeep, &clock) => {
                tracing::warn!(%error, "the scheduler does not run; the planner goes on by its own interval");
                tokio::select! {
                    () = stop.cancelled() => return,
                    ended = changed(&mut engines, &timetable) => ended,
                }
            }
        };
        if ended == Engines::Gone {
            return;
        }
    }
}

/// Why a timetable ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Engines {
    /// The rules in force have another one.
    Changed,
    /// The daemon ends.
    Gone,
}

async fn changed(engines: &mut watch::Receiver<Arc<Engine>>, timetable: &Timetable) -> Engines {
    while engines.changed().await.is_ok() {
        if Timetable::of(&engines.borrow_and_update()) != *timetable {
            return Engines::Changed;
        }
    }
    Engines::Gone
}

/// Pokes by that timetable; returns only when the scheduler cannot be made.
async fn run(
    timetable: &Timetable,
    poke: &Arc<Notify>,
    upkeep: &Arc<Notify>,
    clock: &Clock,
) -> Result<Infallible, JobSchedulerError> {
    loop {
        let left = timetable.left(clock.now());
        if let Some(rest) = left.checked_sub(AROUND).filter(|rest| !rest.is_zero()) {
            tokio::time::sleep(rest.min(ASKED)).await;
            continue;
        }
        let running = Running(begin(timetable, poke, upkeep).await?);
        tokio::time::sleep(left + AROUND).await;
        drop(running);
    }
}

/// A scheduler that was started; ended with this.
struct Running(JobScheduler);

impl Drop for Running {
    fn drop(&mut self) {
        let mut scheduler = self.0.clone();
        tokio::spawn(async move {
            if let Err(error) = scheduler.shutdown().await {
                tracing::debug!(%error, "the scheduler did not end well");
            }
        });
    }
}

async fn begin(timetable: &Timetable, poke: &Arc<Notify>, upkeep: &Arc<Notify>) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    for (cron, whom) in timetable.crons().into_iter().zip([poke, poke, upkeep]) {
        let whom = Arc::clone(whom);
        let zone = FixedOffset::east_opt(timetable.offset_secs).ok_or(JobSchedulerError::ParseSchedule)?;
        let job = Job::new_async_tz(cron.as_str(), zone, move |_, _| {
            let whom = Arc::clone(&whom);
            Box::pin(async move { whom.notify_one() })
        })?;
        scheduler.add(job).await?;
    }
    scheduler.start().await?;
    Ok(scheduler)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timetable(opening_min: u16) -> Timetable {
        Timetable { opening_min, first: "Mon", offset_secs: 7 * 3_600 }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn the_next_poke_is_the_opening_or_upkeep_whichever_comes_first() {
        let left = |text| timetable(450).left(at(text)).as_secs();
        assert_eq!(left("2026-11-26T00:30:00+07:00"), 107 * 60, "upkeep at 02:17");
        assert_eq!(left("2026-11-26T02:17:00+07:00"), 0, "it may just begin");
        assert_eq!(left("2026-11-26T02:17:01+07:00"), 313 * 60 - 1, "the opening at 07:30");
        assert_eq!(left("2026-11-26T23:59:59+07:00"), 137 * 60 + 1, "upkeep of the next day");
    }

    #[tokio::test]
    async fn it_pokes_at_the_second_of_its_timetable() {
        let (poke, upkeep) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        // In a zone of whose day two seconds are left until upkeep.
        let (clock, second) = (Clock::System, i64::from(UPKEEP_MIN) * 60 - 2);
        let offset = (second - clock.now().as_second()).rem_euclid(SECONDS);
        let offset = if offset > SECONDS / 2 { offset - SECONDS } else { offset };
        let table = Timetable { offset_secs: i32::try_from(offset).expect("within a day"), ..timetable(450) };
        tokio::select! {
            failed = run(&table, &poke, &upkeep, &clock) => panic!("{failed:?}"),
            () = poke.notified() => panic!("it is not the opening"),
            () = upkeep.notified() => {}
        }
    }
}
