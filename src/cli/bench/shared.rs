//! Two replicas on one PostgreSQL: what claiming costs between them, and how soon one takes over from the other.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;

use super::burst::{due_from, wait_for};
use super::child::Daemon;
use super::sink::{Conduct, Sink};
use super::stage::{Stage, Way};
use super::{Figure, count, ms, quantile, until};
use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::domain::delivery::Verdict;
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Language;
use crate::engine::{Engine, EngineError, deliver, drive};
use crate::store::Store;
use crate::store::stock::{self, Stock};
use crate::tree::say;

/// The longest a takeover or the rest of the messages may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long the mail server takes for a mail, so that a killed replica has some on the wire.
const TAKES: Duration = Duration::from_millis(200);

/// Seconds of reminders for each kill: a start, a takeover and some rest.
const SECS_A_KILL: u32 = 15;

/// What `bench claims` takes.
#[derive(Debug, Args)]
pub(super) struct ClaimsArgs {
    /// postgres://… of an empty database
    #[arg(long, value_name = "URL")]
    store: String,
    /// Messages that wait
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    messages: u32,
    /// Who claim at the same time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    replicas: u8,
    /// Messages of one transaction: it completes those of the one before and claims the next
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=500))]
    batch: u16,
}

/// What `bench failover` takes.
#[derive(Debug, Args)]
pub(super) struct FailoverArgs {
    /// postgres://… of an empty database
    #[arg(long, value_name = "URL")]
    store: String,
    /// How often one of the two is killed
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    kills: u32,
    /// Reminders a second
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(5..=500))]
    rate: u32,
    /// Connections to the mail server, of each
    #[arg(long, value_name = "N", default_value_t = 8)]
    connections: u8,
}

/// Everything that waits is claimed and completed, without a mail server.
pub(super) async fn claims(args: &ClaimsArgs, folder: Option<&Path>, language: Language) -> Result<Vec<Figure>, Failure> {
    let way = Way { smtp: "127.0.0.1:25".to_owned(), connections: 1, telegram: None };
    let now = Clock::System.now();
    let messages = i64::from(args.messages);
    let stock =
        Stock { people: messages, chats: 0, open: 0, due: messages, due_from_ms: now.as_millisecond() - 1_000, due_gap_ms: 0 };
    let stage = Stage::set(folder, Some(&args.store), &way, &stock, language).await?;
    while drive::prepare(&stage.engine, Clock::System.now()).await.map_err(Failure::Engine)? > 0 {}
    // A moment later PostgreSQL does it by itself.
    stock::count(&mut stage.engine.store.own_connection().await?).await?;
    let mut replicas = Vec::new();
    for _ in 0..args.replicas {
        let store = Store::open(&stage.place).await?;
        let engine = Engine::new(store, stage.engine.rules.clone(), stage.engine.channels.clone());
        replicas.push(tokio::spawn(complete(engine, usize::from(args.batch))));
    }
    let began = Instant::now();
    let (mut all, mut shares, mut commits) = (Vec::new(), Vec::new(), 0_usize);
    for replica in replicas {
        let (ids, turns) =
            replica.await.map_err(|error| Failure::refused(error.to_string(), "report it"))?.map_err(Failure::Engine)?;
        shares.push(ids.len());
        commits += turns;
        all.extend(ids);
    }
    let took = began.elapsed();
    let different: BTreeSet<i64> = all.iter().copied().collect();
    let mut connection = stage.engine.store.read().acquire().await?;
    if !stock::is_done(&mut connection, messages).await? {
        return Err(Failure::refused("not every message was completed", "try again on an empty database"));
    }
    shares.sort_unstable();
    Ok(vec![
        Figure::new("messages", say!(language, "tin", "messages"), f64::from(args.messages), ""),
        Figure::new("replicas", say!(language, "tiến trình", "replicas"), args.replicas.into(), ""),
        Figure::new(
            "completed_per_s",
            say!(language, "nhận và hoàn tất mỗi giây", "claimed and completed a second"),
            count(all.len()) / took.as_secs_f64(),
            "/s",
        ),
        Figure::new("double_claims", say!(language, "nhận trùng", "claimed twice"), count(all.len() - different.len()), ""),
        Figure::new("commits", say!(language, "giao dịch", "commits"), count(commits), ""),
        Figure::new("least_share", say!(language, "phần ít nhất", "least share"), count(quantile(&shares, 1)), ""),
    ])
}

/// Completes what it claimed in the transaction before, and claims, until nothing is left; each message it claimed, and how many
/// commits that took.
async fn complete(engine: Engine, batch: usize) -> Result<(Vec<i64>, usize), EngineError> {
    let accepted = Verdict::Accepted { receipt: None };
    let mut claimed: Vec<deliver::Claimed> = Vec::new();
    let (mut ids, mut commits) = (Vec::new(), 0);
    loop {
        let now = Clock::System.now();
        let done: Vec<_> = claimed.iter().map(|claimed| (&claimed.slip, &accepted)).collect();
        let mut tx = engine.store.begin().await?;
        deliver::mark_all(&engine, &mut tx, &done, now).await?;
        let next = deliver::claim(&engine, &mut tx, ChannelKind::Email, batch, now).await?;
        tx.commit().await?;
        commits += 1;
        if next.is_empty() {
            return Ok((ids, commits));
        }
        ids.extend(next.iter().map(|claimed| claimed.slip.id));
        claimed = next;
    }
}

/// Reminders come steadily; one of two replicas is killed with mails on the wire, and another one started after each kill.
pub(super) async fn failover(args: &FailoverArgs, folder: Option<&Path>, language: Language) -> Result<Vec<Figure>, Failure> {
    let sink = Sink::open(Conduct::TakesAfter(TAKES)).await?;
    let way = Way { smtp: sink.address().to_owned(), connections: args.connections, telegram: None };
    let messages = args.rate * SECS_A_KILL * args.kills;
    let due_from = due_from(messages);
    let stock = Stock {
        people: messages.into(),
        chats: 0,
        open: 0,
        due: messages.into(),
        due_from_ms: due_from.as_millisecond(),
        due_gap_ms: i64::from(1_000 / args.rate),
    };
    let stage = Stage::set(folder, Some(&args.store), &way, &stock, language).await?;
    let mut daemons = Daemon::start_all(&stage, 2).await?;
    wait_for(due_from).await?;
    let mut connection = stage.engine.store.own_connection().await?;
    let (mut held, mut takeovers, mut gaps) = (0, Vec::new(), Vec::new());
    for number in 0..args.kills {
        let share = usize::try_from(number * args.rate * SECS_A_KILL + args.rate * 2).unwrap_or(usize::MAX);
        until("the mails before a kill", PATIENCE, || sink.taken() >= share).await?;
        // The one that has something on the wire.
        let mut victim = 0;
        let end = Instant::now() + PATIENCE;
        while stock::on_the_wire_of(&mut connection, daemons[victim].pid().into()).await?.is_empty() {
            victim = 1 - victim;
            if Instant::now() > end {
                return Err(Failure::refused("no replica had a mail on the wire", "see the logs of the daemons in --folder"));
            }
        }
        let killed = daemons.swap_remove(victim);
        let pid = killed.pid().into();
        drop(killed);
        let began = Instant::now();
        let left = stock::on_the_wire_of(&mut connection, pid).await?;
        held += left.len();
        while stock::accepted_of(&mut connection, &left).await? < left.len() {
            if began.elapsed() > PATIENCE {
                return Err(Failure::refused(
                    "what a killed replica held was not sent",
                    "see the logs of the daemons in --folder",
                ));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        takeovers.push(ms(began.elapsed()));
        gaps.push(ms(sink.longest_gap(began)));
        daemons.push(Daemon::start_as(&stage, &format!("daemon-{}.log", number + 3)).await?.0);
    }
    let end = Instant::now() + PATIENCE;
    while !stock::is_done(&mut connection, messages.into()).await? {
        if Instant::now() > end {
            return Err(Failure::refused("the daemons did not send everything in time", "see their logs in --folder"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    takeovers.sort_unstable_by(f64::total_cmp);
    gaps.sort_unstable_by(f64::total_cmp);
    let lost = usize::try_from(messages).unwrap_or(usize::MAX).saturating_sub(sink.different());
    Ok(vec![
        Figure::new("kills", say!(language, "số lần ngắt đột ngột", "kills"), args.kills.into(), ""),
        Figure::new("held", say!(language, "thư đang gửi dở khi bị ngắt", "mails on the wire when killed"), count(held), ""),
        Figure::new(
            "takeover_ms",
            say!(
                language,
                "từ lúc ngắt đến khi gửi xong các thư đó, trung vị",
                "kill until the last of them was accepted, median"
            ),
            quantile(&takeovers, 50),
            "ms",
        ),
        Figure::new(
            "takeover_max_ms",
            say!(language, "như trên, lâu nhất", "the same, longest"),
            quantile(&takeovers, 100),
            "ms",
        ),
        Figure::new(
            "gap_max_ms",
            say!(language, "lâu nhất không có thư nào đi", "longest time without any mail"),
            quantile(&gaps, 100),
            "ms",
        ),
        Figure::new("lost", say!(language, "thư bị mất", "mails lost"), count(lost), ""),
        Figure::new("copies", say!(language, "thư gửi lặp", "mails sent again"), count(sink.taken() - sink.different()), ""),
    ])
}
