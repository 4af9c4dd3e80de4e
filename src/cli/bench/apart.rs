//! Mail and Telegram beside each other: what trouble of one costs the other; and how near Telegram's limits one comes.

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;

use super::bot::{self, Bot};
use super::burst::{due_from, wait_for};
use super::child::Daemon;
use super::sink::{self, Sink};
use super::stage::{Stage, Way};
use super::{Figure, count, quantile, until};
use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::domain::rules::Language;
use crate::store::stock::Stock;
use crate::tree::say;

/// The longest one run may take beyond what Telegram's limits ask for.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a Telegram in trouble asks to wait; longer than a run.
const WAIT_SECS: u32 = 600;

/// What `bench apart` takes.
#[derive(Debug, Args)]
pub(super) struct ApartArgs {
    /// Mails due at one instant
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(2..))]
    messages: u32,
    /// Messages over Telegram due at the same instant
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(2..))]
    chats: u32,
    /// Connections to the mail server
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u8).range(2..))]
    connections: u8,
    /// How often each case is run, one after the other
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
}

/// What `bench chats` takes.
#[derive(Debug, Args)]
pub(super) struct ChatsArgs {
    /// Messages, each to a chat of its own
    #[arg(long, value_name = "N", default_value_t = 900, value_parser = clap::value_parser!(u32).range(60..))]
    messages: u32,
}

/// What one run showed: messages of each channel a second, from due to the last.
#[derive(Clone, Copy, Debug)]
struct Rates {
    mails: f64,
    chats: f64,
}

/// What is wrong in a run.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    mail: sink::Conduct,
    telegram: bot::Conduct,
}

const NONE: Trouble = Trouble { mail: sink::Conduct::Takes, telegram: bot::Conduct::Takes };

/// The cases one after the other, round after round.
pub(super) async fn apart(args: &ApartArgs, folder: Option<&Path>, language: Language) -> Result<Vec<Figure>, Failure> {
    let cases = [
        ("calm", NONE),
        ("telegram-waits", Trouble { telegram: bot::Conduct::Refuses(WAIT_SECS), ..NONE }),
        ("one-mail-hangs", Trouble { mail: sink::Conduct::HangsOnce, ..NONE }),
        ("mail-server-hangs", Trouble { mail: sink::Conduct::Hangs, ..NONE }),
    ];
    let mut rates: [Vec<Rates>; 4] = Default::default();
    for round in 1..=args.rounds {
        for ((name, trouble), rates) in cases.iter().zip(&mut rates) {
            let own = folder.map(|folder| folder.join(format!("{name}-{round}")));
            rates.push(run(args, *trouble, own.as_deref(), language).await?);
        }
    }
    let middle = |rates: &[Rates], of: fn(&Rates) -> f64| {
        let mut rising: Vec<f64> = rates.iter().map(of).collect();
        rising.sort_unstable_by(f64::total_cmp);
        quantile(&rising, 50)
    };
    let [calm, waits, one, all] = rates.map(|rates| (middle(&rates, |rates| rates.mails), middle(&rates, |rates| rates.chats)));
    let mails = |key, vi: &str, en: &str, rate| {
        Figure::new(key, say!(language, "thư mỗi giây, {vi}", "mails a second, {en}"), rate, "/s")
    };
    let part = |key, vi: &str, en: &str, rate: f64, of: f64| {
        Figure::new(key, say!(language, "so với bình thường, {vi}", "of the calm rate, {en}"), rate / of, "")
    };
    Ok(vec![
        mails("mails_per_s", "mọi thứ bình thường", "all calm", calm.0),
        mails("mails_per_s_telegram_waits", "Telegram yêu cầu chờ", "while Telegram says wait", waits.0),
        mails("mails_per_s_one_hangs", "một kết nối thư treo", "while one connection hangs", one.0),
        part("mails_telegram_waits", "Telegram yêu cầu chờ", "while Telegram says wait", waits.0, calm.0),
        part("mails_one_hangs", "một kết nối thư treo", "while one connection hangs", one.0, calm.0),
        Figure::new(
            "chats_per_s",
            say!(language, "tin Telegram mỗi giây, mọi thứ bình thường", "Telegram messages a second, all calm"),
            calm.1,
            "/s",
        ),
        part("chats_mail_server_hangs", "tin Telegram, máy chủ thư treo", "Telegram, while the mail server hangs", all.1, calm.1),
    ])
}

async fn run(args: &ApartArgs, trouble: Trouble, folder: Option<&Path>, language: Language) -> Result<Rates, Failure> {
    let (sink, bot) = (Sink::open(trouble.mail).await?, Bot::open(trouble.telegram).await?);
    let way = Way { smtp: sink.address().to_owned(), connections: args.connections, telegram: Some(bot.url()) };
    let due_from = due_from(args.messages + args.chats);
    let people = i64::from(args.messages + args.chats);
    let stock =
        Stock { people, chats: args.chats.into(), open: 0, due: people, due_from_ms: due_from.as_millisecond(), due_gap_ms: 0 };
    let stage = Stage::set(folder, None, &way, &stock, language).await?;
    let (daemon, _) = Daemon::start(&stage).await?;
    wait_for(due_from).await?;
    let mails = match trouble.mail {
        sink::Conduct::Hangs => 0,
        sink::Conduct::HangsOnce => args.messages - 1,
        sink::Conduct::Takes | sink::Conduct::TakesAfter(_) => args.messages,
    };
    let chats = if trouble.telegram == bot::Conduct::Takes { args.chats } else { 0 };
    let is_there = |found: usize, wanted: u32| count(found) >= f64::from(wanted);
    let is_done = || is_there(sink.different(), mails) && is_there(bot.taken().len(), chats);
    until("the messages of a working channel", PATIENCE, is_done).await?;
    drop(daemon);
    // Both clocks are read at one moment.
    let (steady, calendar) = (Instant::now(), Clock::System.now());
    let since_due = Duration::try_from(calendar.duration_since(due_from)).unwrap_or_default();
    let rate = |last: Option<Instant>, number: u32| {
        let took = last.map(|last| since_due.saturating_sub(steady.duration_since(last)));
        took.filter(|took| !took.is_zero()).map_or(0.0, |took| f64::from(number) / took.as_secs_f64())
    };
    Ok(Rates { mails: rate(sink.last(), mails), chats: rate(bot.taken().last().copied(), chats) })
}

/// Many messages over Telegram, against a server that keeps to its limits.
pub(super) async fn chats(args: &ChatsArgs, folder: Option<&Path>, language: Language) -> Result<Vec<Figure>, Failure> {
    let (sink, bot) = (Sink::open(sink::Conduct::Takes).await?, Bot::open(bot::Conduct::Limits).await?);
    let way = Way { smtp: sink.address().to_owned(), connections: 1, telegram: Some(bot.url()) };
    let due_from = due_from(args.messages);
    let messages = i64::from(args.messages);
    let stock = Stock {
        people: messages,
        chats: messages,
        open: 0,
        due: messages,
        due_from_ms: due_from.as_millisecond(),
        due_gap_ms: 0,
    };
    let stage = Stage::set(folder, None, &way, &stock, language).await?;
    let (daemon, _) = Daemon::start(&stage).await?;
    wait_for(due_from).await?;
    let allowed_s = f64::from(args.messages) / count(bot::PER_SECOND);
    let patience = PATIENCE + Duration::from_secs_f64(allowed_s * 2.0);
    until("every message", patience, || count(bot.taken().len()) >= f64::from(args.messages)).await?;
    drop(daemon);
    let taken = bot.taken();
    let took = match (taken.first(), taken.last()) {
        (Some(first), Some(last)) => last.duration_since(*first).as_secs_f64(),
        _ => 0.0,
    };
    // As many as the limit may leave at once; what counts is those that follow.
    let (rate, limit) = (count(taken.len() - bot::PER_SECOND) / took, bot::PER_SECOND);
    Ok(vec![
        Figure::new("messages", say!(language, "tin", "messages"), f64::from(args.messages), ""),
        Figure::new("messages_per_s", say!(language, "tin mỗi giây", "messages a second"), rate, "/s"),
        Figure::new(
            "of_the_limit",
            say!(language, "so với giới hạn {limit} tin mỗi giây", "of the limit of {limit} a second"),
            rate / count(limit),
            "",
        ),
        Figure::new(
            "refused",
            say!(language, "bị từ chối vì quá giới hạn", "refused as beyond a limit"),
            count(bot.refused()),
            "",
        ),
        Figure::new("broken", say!(language, "gửi trong thời gian phải chờ", "sent while told to wait"), count(bot.broken()), ""),
    ])
}
