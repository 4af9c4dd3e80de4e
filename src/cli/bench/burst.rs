//! Reminders that leave: many at one instant, or one after the other.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::child::{Daemon, Used};
use super::sink::{Conduct, Sink};
use super::stage::{Stage, Way};
use super::{Figure, count, quantile};
use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::domain::rules::Language;
use crate::store::stock::{self, Stock};
use crate::tree::say;

/// From the filled store to the first reminder: the daemon starts in it and comes to rest.
const LEAD: SignedDuration = SignedDuration::from_secs(5);

/// How often the store is asked whether all is done.
const LOOK: Duration = Duration::from_millis(20);

/// The longest a measure may take beyond its own length.
const PATIENCE: Duration = Duration::from_mins(5);

/// What `bench burst` takes.
#[derive(Debug, Args)]
pub(super) struct BurstArgs {
    /// Reminders due at one instant
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    messages: u32,
    #[command(flatten)]
    around: Around,
}

/// What `bench lone` takes.
#[derive(Debug, Args)]
pub(super) struct LoneArgs {
    /// Reminders a second
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,
    /// For how long
    #[arg(long, value_name = "N", default_value_t = 30)]
    secs: u32,
    #[command(flatten)]
    around: Around,
}

/// What a measure of reminders that leave is made with.
#[derive(Clone, Debug, Args)]
pub(super) struct Around {
    /// Connections to the mail server
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub(super) connections: u8,
    /// A mail server on this machine [default: one inside this command]
    #[arg(long, value_name = "HOST:PORT")]
    pub(super) smtp: Option<String>,
    /// Assignments that are open besides and not due
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) open: u32,
    /// postgres://… of an empty database [default: an SQLite file]
    #[arg(long, value_name = "URL")]
    pub(super) store: Option<String>,
    /// From the first reminder on all open assignments are planned anew, as after a change of rules
    #[arg(long)]
    pub(super) replan: bool,
    /// Daemons on one PostgreSQL
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
    pub(super) replicas: u8,
}

/// What one run showed.
pub(super) struct Run {
    /// Rising.
    pub(super) late_ms: Vec<i64>,
    before: Used,
    after: Used,
    kib: f64,
    /// What the store has grown by, packed.
    grown_bytes: Option<f64>,
    /// Where the mail server inside this command took them.
    mail_bytes: Option<usize>,
}

/// Many at one instant.
pub(super) async fn burst(args: &BurstArgs, folder: Option<&Path>, language: Language) -> Result<Vec<Figure>, Failure> {
    let run = run(&args.around, args.messages, 0, folder, language).await?;
    let mails = f64::from(args.messages);
    let last_s = seconds(run.late_ms.last().copied().unwrap_or_default());
    let mut figures = vec![
        Figure::new("mails", say!(language, "thư", "mails"), mails, ""),
        Figure::new(
            "mails_per_s",
            say!(language, "thư mỗi giây, từ lúc đến hạn", "mails a second, from due"),
            mails / last_s,
            "/s",
        ),
        Figure::new("last_s", say!(language, "thư cuối sau", "last mail after"), last_s, "s"),
        Figure::new("median_s", say!(language, "thư giữa sau", "median mail after"), seconds(quantile(&run.late_ms, 50)), "s"),
    ];
    figures.extend(cost(&run, mails, language));
    Ok(figures)
}

/// One after the other.
pub(super) async fn lone(args: &LoneArgs, folder: Option<&Path>, language: Language) -> Result<Vec<Figure>, Failure> {
    let run = run(&args.around, args.rate * args.secs, i64::from(1_000 / args.rate), folder, language).await?;
    let mut figures = Vec::new();
    let quantiles = [
        ("p50_ms", say!(language, "trễ, trung vị", "late, median"), 50),
        ("p99_ms", say!(language, "trễ, 99 %", "late, 99 %"), 99),
        ("max_ms", say!(language, "trễ nhất", "latest"), 100),
    ];
    for (key, label, part) in quantiles {
        figures.push(Figure::new(key, label, seconds(quantile(&run.late_ms, part)) * 1_000.0, "ms"));
    }
    figures.extend(cost(&run, f64::from(args.rate * args.secs), language));
    Ok(figures)
}

fn cost(run: &Run, mails: f64, language: Language) -> Vec<Figure> {
    let each = (run.after.cpu_us - run.before.cpu_us) / mails;
    let mut figures = vec![
        Figure::new("cpu_us_per_mail", say!(language, "thời gian bộ xử lý mỗi thư", "processor time a mail"), each, "µs"),
        Figure::new("peak_mib", say!(language, "bộ nhớ cao nhất", "most memory"), run.after.peak_mib, "MiB"),
        Figure::new("store_kib", say!(language, "dung lượng kho", "size of the store"), run.kib, "KiB"),
    ];
    if let Some(bytes) = run.grown_bytes {
        let label = say!(language, "dung lượng mỗi thư đã gửi", "disk a mail delivered");
        figures.push(Figure::new("bytes_per_mail", label, bytes / mails, "B"));
    }
    if let Some(bytes) = run.mail_bytes {
        figures.push(Figure::new("mail_bytes", say!(language, "một thư dài", "size of a mail"), count(bytes), "B"));
    }
    figures
}

/// When the first reminder is due: the store of a million takes its time, and the reminder comes after it is there.
pub(super) fn due_from(rows: u32) -> Timestamp {
    Clock::System.now() + LEAD + SignedDuration::from_micros(i64::from(rows) * 60)
}

/// Waits until shortly before that instant.
///
/// # Errors
/// When it is past.
pub(super) async fn wait_for(due_from: Timestamp) -> Result<(), Failure> {
    let Ok(left) = Duration::try_from(due_from.duration_since(Clock::System.now())) else {
        return Err(Failure::refused("the store was not filled in time", "try again on a machine that does nothing else"));
    };
    tokio::time::sleep(left.saturating_sub(Duration::from_millis(100))).await;
    Ok(())
}

/// Fills a store, runs the daemon on it and waits until everything has left.
///
/// # Errors
/// When the store cannot be filled, or not everything leaves in time.
pub(super) async fn run(
    around: &Around,
    messages: u32,
    gap_ms: i64,
    folder: Option<&Path>,
    language: Language,
) -> Result<Run, Failure> {
    let sink = Sink::open(Conduct::Takes).await?;
    let smtp = around.smtp.as_deref().unwrap_or(sink.address()).to_owned();
    let way = Way { smtp, connections: around.connections, telegram: None };
    let due_from = due_from(messages + around.open);
    let stock = Stock {
        people: i64::from(messages),
        chats: 0,
        open: around.open.into(),
        due: messages.into(),
        due_from_ms: due_from.as_millisecond(),
        due_gap_ms: gap_ms,
    };
    let stage = Stage::set(folder, around.store.as_deref(), &way, &stock, language).await?;
    let packed_before = stage.packed_bytes().await?;
    let daemons = Daemon::start_all(&stage, around.replicas).await?;
    let used = || daemons.iter().map(Daemon::used).fold(Used::default(), Used::and);
    wait_for(due_from).await?;
    if around.replan {
        stock::begin_walk(&stage.engine.store).await?;
    }
    let before = used();
    let began = Instant::now();
    let length = Duration::from_millis(u64::from(messages) * u64::try_from(gap_ms).unwrap_or(0));
    let mut connection = stage.engine.store.read().acquire().await?;
    while !stock::is_done(&mut connection, messages.into()).await? {
        if began.elapsed() > length + PATIENCE {
            return Err(Failure::refused("the daemon did not send everything in time", "see daemon.log in --folder"));
        }
        tokio::time::sleep(LOOK).await;
    }
    let after = used();
    let late_ms = stock::lateness_ms(&mut connection).await?;
    if late_ms.len() != usize::try_from(messages).unwrap_or_default() {
        return Err(Failure::refused("not every mail was accepted", "see daemon.log in --folder"));
    }
    drop(daemons);
    let grown_bytes = packed_before.zip(stage.packed_bytes().await?).map(|(before, after)| after - before);
    let mail_bytes = around.smtp.is_none().then(|| sink.mean_bytes());
    Ok(Run { late_ms, before, after, kib: stage.kib(), grown_bytes, mail_bytes })
}

fn seconds(ms: i64) -> f64 {
    f64::from(i32::try_from(ms).unwrap_or(i32::MAX)) / 1_000.0
}
