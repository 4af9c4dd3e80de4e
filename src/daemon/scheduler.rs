//! The cron scheduler: it pokes, nothing else. What is to be done stands in the store, and the planner's own interval
//! finds it; a poke that never comes costs only delay.

use std::sync::Arc;

use chrono::FixedOffset;
use tokio::sync::{Notify, watch};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;

/// Upkeep at night; off the full hour, when backups and log rotation begin.
const UPKEEP: &str = "0 17 2 * * *";

/// When the pokes come: second, minute, hour, day, month, weekday in the office's time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Timetable {
    daily: String,
    weekly: String,
    offset_secs: i32,
}

impl Timetable {
    fn of(engine: &Engine) -> Self {
        let calendar = &engine.rules.calendar;
        let opening = calendar.windows().first().map_or(0, |window| window.start_min);
        let (hour, minute) = (opening / 60 % 24, opening % 60);
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
        Self { daily: format!("0 {minute} {hour} * * *"), weekly: format!("0 {minute} {hour} * * {first}"), offset_secs }
    }
}

/// Pokes until `stop`; a new timetable begins when the rules in force change it.
pub(super) async fn work(
    mut engines: watch::Receiver<Arc<Engine>>,
    poke: Arc<Notify>,
    upkeep: Arc<Notify>,
    stop: CancellationToken,
) {
    loop {
        let timetable = Timetable::of(&engines.borrow_and_update());
        let mut running = match begin(&timetable, &poke, &upkeep).await {
            Ok(running) => Some(running),
            Err(error) => {
                tracing::warn!(%error, "the scheduler does not run; the planner goes on by its own interval");
                None
            }
        };
        let stopped = loop {
            tokio::select! {
                () = stop.cancelled() => break true,
                changed = engines.changed() => {
                    if changed.is_err() {
                        break true;
                    }
                    if Timetable::of(&engines.borrow_and_update()) != timetable {
                        break false;
                    }
                }
            }
        };
        if let Some(running) = &mut running
            && let Err(error) = running.shutdown().await
        {
            tracing::debug!(%error, "the scheduler did not end well");
        }
        if stopped {
            return;
        }
    }
}

async fn begin(timetable: &Timetable, poke: &Arc<Notify>, upkeep: &Arc<Notify>) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    for (cron, whom) in [(timetable.daily.as_str(), poke), (timetable.weekly.as_str(), poke), (UPKEEP, upkeep)] {
        let whom = Arc::clone(whom);
        let zone = FixedOffset::east_opt(timetable.offset_secs).ok_or(JobSchedulerError::ParseSchedule)?;
        let job = Job::new_async_tz(cron, zone, move |_, _| {
            let whom = Arc::clone(&whom);
            Box::pin(async move { whom.notify_one() })
        })?;
        scheduler.add(job).await?;
    }
    scheduler.start().await?;
    Ok(scheduler)
}
