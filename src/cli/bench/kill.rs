//! A daemon that is killed in the middle of a burst, again and again.

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;

use super::burst::{self, Around, due_from, wait_for};
use super::child::Daemon;
use super::sink::{Conduct, Sink};
use super::stage::{Stage, Way};
use super::{Figure, count, ms, quantile, until};
use crate::cli::failure::Failure;
use crate::domain::rules::Language;
use crate::store::stock::{self, Stock};
use crate::tree::say;

/// The longest everything may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// How long a daemon is watched that was killed when everything was out.
const AFTERWARDS: Duration = Duration::from_secs(3);

/// How often the store is asked whether all is done.
const LOOK: Duration = Duration::from_millis(20);

/// What `bench kill` takes.
#[derive(Debug, Args)]
pub(super) struct KillArgs {
    /// Reminders due at one instant
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..))]
    messages: u32,
    /// How often it is killed, evenly over the burst
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    kills: u32,
    /// Connections to the mail server
    #[arg(long, value_name = "N", default_value_t = 16)]
    connections: u8,
}

/// First a burst that nobody disturbs, then the same one with kills: rate and copies of one mode.
pub(super) async fn kill(args: &KillArgs, folder: Option<&Path>, language: Language) -> Result<Vec<Figure>, Failure> {
    let around = Around { connections: args.connections, smtp: None, open: 0, replan: false, store: None, replicas: 1 };
    let calm_folder = folder.map(|folder| folder.join("undisturbed"));
    let calm = burst::run(&around, args.messages, 0, calm_folder.as_deref(), language).await?;
    let calm_ms = calm.late_ms.last().copied().unwrap_or_default();
    let killed_folder = folder.map(|folder| folder.join("killed"));
    let sink = Sink::open(Conduct::Takes).await?;
    let way = Way { smtp: sink.address().to_owned(), connections: args.connections, telegram: None };
    let due_from = due_from(args.messages);
    let stock = Stock {
        people: args.messages.into(),
        chats: 0,
        open: 0,
        due: args.messages.into(),
        due_from_ms: due_from.as_millisecond(),
        due_gap_ms: 0,
    };
    let stage = Stage::set(killed_folder.as_deref(), None, &way, &stock, language).await?;
    let (mut daemon, _) = Daemon::start(&stage).await?;
    wait_for(due_from).await?;
    let wanted = usize::try_from(args.messages).unwrap_or(usize::MAX);
    let (mut ready, mut first_new) = (Vec::new(), Vec::new());
    for number in 1..=args.kills {
        // The last part of a burst is left for after the last kill.
        let share = wanted * usize::try_from(number).unwrap_or(1) / (usize::try_from(args.kills).unwrap_or(1) + 1);
        until("the next mails", PATIENCE, || sink.different() >= share).await?;
        drop(daemon);
        let (taken, began) = (sink.taken(), Instant::now());
        let (next, took) = Daemon::start(&stage).await?;
        daemon = next;
        ready.push(ms(took));
        // On a machine that is busy with other things everything may have been out before the kill.
        until("the first new mail", PATIENCE, || sink.new_after(taken).is_some() || sink.different() >= wanted).await?;
        first_new.extend(sink.new_after(taken).map(|at| ms(at.duration_since(began))));
    }
    let mut connection = stage.engine.store.read().acquire().await?;
    let began = Instant::now();
    while !stock::is_done(&mut connection, args.messages.into()).await? {
        if began.elapsed() > PATIENCE {
            return Err(Failure::refused("the daemon did not send everything in time", "see daemon.log in --folder"));
        }
        tokio::time::sleep(LOOK).await;
    }
    // Once more, when everything is out.
    let before = sink.taken();
    drop(daemon);
    let (daemon, _) = Daemon::start(&stage).await?;
    tokio::time::sleep(AFTERWARDS).await;
    drop(daemon);
    let again = sink.taken() - before;
    ready.sort_unstable_by(f64::total_cmp);
    first_new.sort_unstable_by(f64::total_cmp);
    let (taken, different) = (sink.taken(), sink.different());
    let rate = f64::from(args.messages) * 1_000.0 / f64::from(i32::try_from(calm_ms).unwrap_or(i32::MAX));
    Ok(vec![
        Figure::new("mails", say!(language, "thư", "mails"), f64::from(args.messages), ""),
        Figure::new("mails_per_s", say!(language, "thư mỗi giây khi không bị ngắt", "mails a second, undisturbed"), rate, "/s"),
        Figure::new("kills", say!(language, "số lần ngắt đột ngột", "kills"), f64::from(args.kills), ""),
        Figure::new("lost", say!(language, "thư bị mất", "mails lost"), count(wanted.saturating_sub(different)), ""),
        Figure::new("copies", say!(language, "thư gửi lặp", "mails sent again"), count(taken - different), ""),
        Figure::new(
            "copies_per_kill",
            say!(language, "thư gửi lặp mỗi lần ngắt", "mails sent again, a kill"),
            count(taken - different) / f64::from(args.kills),
            "",
        ),
        Figure::new(
            "most_copies",
            say!(language, "một thư gửi nhiều nhất", "most times one mail was sent"),
            sink.most_copies().into(),
            "",
        ),
        Figure::new(
            "again_after_all",
            say!(language, "gửi lặp khi bị ngắt sau thư cuối", "sent again when killed after the last"),
            count(again),
            "",
        ),
        Figure::new(
            "ready_ms",
            say!(language, "khởi động lại, trung vị", "start until ready, median"),
            quantile(&ready, 50),
            "ms",
        ),
        Figure::new(
            "first_new_ms",
            say!(language, "từ lúc khởi động lại đến thư mới đầu tiên, trung vị", "start until the first new mail, median"),
            quantile(&first_new, 50),
            "ms",
        ),
        Figure::new(
            "first_new_max_ms",
            say!(language, "như trên, lâu nhất", "the same, longest"),
            quantile(&first_new, 100),
            "ms",
        ),
    ])
}
