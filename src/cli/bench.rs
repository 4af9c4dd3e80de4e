//! `bench`: what this machine makes of it. A store of its own is filled, the daemon is run on it, and what it did is read from
//! the store and from `/proc`. The reader of dispatches needs neither.

mod apart;
mod bot;
mod burst;
mod child;
mod kill;
mod read;
mod shared;
mod sink;
mod stage;
mod still;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::json;

use super::Cli;
use super::common::Form;
use super::failure::Failure;
use super::print;
use crate::domain::rules::Language;
use crate::tree::say;

/// For `--help`.
pub const LONG: &str = "Measure on this machine: how fast reminders leave, how late, and what that
costs.

Each measure works on a store of its own in a folder that is removed afterwards,
with made-up people and duties; no config is needed, and nothing leaves the
machine: mails go to a mail server inside this command, or to the one of --smtp,
which must be on this machine; Telegram is a Bot API inside this command.

Examples:
  dondoc bench burst
      10 000 reminders due at one instant, one mail each
  dondoc bench burst --smtp 127.0.0.1:2525
      the same into a mail server of your own
  dondoc bench lone --rate 100 --secs 30
      reminders one by one: how late each leaves
  dondoc bench lone --open 1000000 --replan
      the same while a million open assignments are planned anew
  dondoc bench rest --open 100000
      what the daemon costs while nothing is due
  dondoc bench read
      the text of a dispatch of 30 pages into drafts
  dondoc bench kill --kills 20
      kill -9 in the middle of a burst: losses, copies, time to the first new mail
  dondoc bench apart
      mails while Telegram says wait, and while a connection or the server hangs
  dondoc bench chats --messages 900
      how near the sending over Telegram comes to its limits
  dondoc bench claims --store postgres://…
      two replicas claim and complete, without a mail server
  dondoc bench failover --store postgres://…
      kill -9 of one of two replicas: how soon what it held leaves
  dondoc bench burst --json
      for programs";

/// What `bench` takes.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// What is measured
    #[command(subcommand)]
    measure: Measure,
    /// Where the store is made; kept afterwards [default: a folder for temporary files, removed]
    #[arg(long, global = true, value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Measure {
    /// Reminders due at one instant, one mail each: rate, time to the last, memory, processor time
    Burst(burst::BurstArgs),
    /// Reminders due one after the other: how late each is
    Lone(burst::LoneArgs),
    /// Nothing due among many open assignments: how long one look takes
    Tick(still::OpenArgs),
    /// The daemon at rest over many open assignments: start, memory, processor, wakes
    Rest(still::OpenArgs),
    /// Planning: how many a second, and all open assignments anew
    Replan(still::OpenArgs),
    /// The daemon killed in the middle of a burst, again and again: losses, copies, time to the first new mail
    Kill(kill::KillArgs),
    /// One channel in trouble: what it costs the other
    Apart(apart::ApartArgs),
    /// Many messages over Telegram: how near its limits, how often beyond
    Chats(apart::ChatsArgs),
    /// Two replicas on one PostgreSQL claim and complete
    Claims(shared::ClaimsArgs),
    /// One of two replicas on one PostgreSQL is killed: how soon the other sends what it held
    Failover(shared::FailoverArgs),
    /// Reading the text of a dispatch into drafts
    Read(read::ReadArgs),
}

/// One figure.
struct Figure {
    key: &'static str,
    label: String,
    value: f64,
    unit: &'static str,
}

impl Figure {
    fn new(key: &'static str, label: String, value: f64, unit: &'static str) -> Self {
        Self { key, label, value, unit }
    }
}

/// Measures and prints.
///
/// # Errors
/// When the store cannot be made, or the daemon does not do its work in time.
pub(super) async fn run(cli: &Cli, args: &BenchArgs) -> Result<(), Failure> {
    let language = cli.language().unwrap_or_default();
    let folder = args.folder.as_deref();
    let figures = match &args.measure {
        Measure::Burst(burst) => burst::burst(burst, folder, language).await?,
        Measure::Lone(lone) => burst::lone(lone, folder, language).await?,
        Measure::Tick(open) => still::tick(open, folder, language).await?,
        Measure::Rest(open) => still::rest(open, folder, language).await?,
        Measure::Replan(open) => still::replan(open, folder, language).await?,
        Measure::Kill(args) => kill::kill(args, folder, language).await?,
        Measure::Apart(args) => apart::apart(args, folder, language).await?,
        Measure::Chats(args) => apart::chats(args, folder, language).await?,
        Measure::Claims(args) => shared::claims(args, folder, language).await?,
        Measure::Failover(args) => shared::failover(args, folder, language).await?,
        Measure::Read(args) => read::read(args, language)?,
    };
    tell(cli.form(), &figures, language);
    Ok(())
}

fn tell(form: Form, figures: &[Figure], language: Language) {
    match form {
        Form::Json => {
            let object: serde_json::Map<String, serde_json::Value> =
                figures.iter().map(|figure| (figure.key.to_owned(), json!(figure.value))).collect();
            print::json(&object.into());
        }
        Form::Table => {
            let rows = figures.iter().map(|figure| [figure.label.clone(), amount(figure.value), figure.unit.to_owned()]);
            let header = say!(language, "Chỉ số|Kết quả|Đơn vị", "Measure|Result|Unit");
            let words: Vec<&str> = header.split('|').collect();
            if let [measure, result, unit] = words[..] {
                print::table([measure, result, unit], rows);
            }
        }
    }
}

/// Looks every millisecond until that holds, so long at most.
///
/// # Errors
/// When time is up; `what` says what never came.
async fn until(what: &str, patience: Duration, mut holds: impl FnMut() -> bool) -> Result<(), Failure> {
    let end = Instant::now() + patience;
    while !holds() {
        if Instant::now() > end {
            let secs = patience.as_secs();
            return Err(Failure::refused(format!("{what} did not come in {secs} s"), "see the logs of the daemon in --folder"));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// The value that so many of a hundred do not exceed; `rising` is sorted.
fn quantile<T: Copy + Default>(rising: &[T], percent: usize) -> T {
    let index = (rising.len() * percent).div_ceil(100).max(1) - 1;
    rising.get(index).copied().unwrap_or_default()
}

/// As a figure; far below what it cannot tell exactly.
fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn middle_us(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1_000_000.0)
}

/// Three digits that count.
fn amount(value: f64) -> String {
    let digits = match value.abs() {
        0.0..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}
