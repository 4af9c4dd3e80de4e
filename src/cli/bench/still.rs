//! What many open assignments cost while nothing is due: a tick, the daemon at rest, its start; and what planning costs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::time::Instant;

use super::child::{Daemon, Used};
use super::sink::{Conduct, Sink};
use super::stage::{Stage, Way};
use super::{Figure, middle_us};
use crate::cli::failure::Failure;
use crate::clock::Clock;
use crate::domain::calendar::{CalendarRules, Window, WorkingCalendar};
use crate::domain::planner::{self, Context};
use crate::domain::rules::{Language, Rules};
use crate::engine::walk;
use crate::engine::{Engine, deliver, drive};
use crate::store::stock::{self, Stock};
use crate::store::{Where, assignments, directory};
use crate::tree::say;

/// People of the store; a province has so many officials who answer for duties.
const PEOPLE: i64 = 1_000;

/// How long a started daemon is let alone before it is watched.
const SETTLES: Duration = Duration::from_secs(2);

/// The same on PostgreSQL, where a replica takes its bearings for some seconds before it is at rest.
const SETTLES_SHARED: Duration = Duration::from_secs(15);

/// Ticks of one measure.
const TICKS: usize = 201;

/// Assignments whose plans are timed, again and again.
const VIEWS: usize = 1_000;

/// What the measures of rest take.
#[derive(Debug, Args)]
pub(super) struct OpenArgs {
    /// Assignments that are open, none of them due
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    open: u32,
    /// How long the daemon is watched at rest
    #[arg(long, value_name = "N", default_value_t = 20)]
    secs: u64,
    /// postgres://… of an empty database; where the server loads `pg_stat_statements`, `rest` counts statements
    /// [default: an SQLite file]
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Daemons at rest on one PostgreSQL
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
    replicas: u8,
}

async fn stage(args: &OpenArgs, folder: Option<&Path>, language: Language) -> Result<Stage, Failure> {
    let sink = Sink::open(Conduct::Takes).await?;
    let way = Way { smtp: sink.address().to_owned(), connections: 16, telegram: None };
    let stock = Stock {
        people: PEOPLE,
        chats: 0,
        open: args.open.into(),
        due: 0,
        due_from_ms: Clock::System.now().as_millisecond(),
        due_gap_ms: 0,
    };
    Stage::set(folder, args.store.as_deref(), &way, &stock, language).await
}

/// A whole tick that finds nothing due, and the look for when to wake next.
pub(super) async fn tick(args: &OpenArgs, folder: Option<&Path>, language: Language) -> Result<Vec<Figure>, Failure> {
    let stage = stage(args, folder, language).await?;
    let engine = &stage.engine;
    let (mut ticks, mut looks) = (Vec::with_capacity(TICKS), Vec::with_capacity(TICKS));
    for _ in 0..TICKS {
        let now = Clock::System.now();
        let began = Instant::now();
        drive::prepare(engine, now).await.map_err(Failure::Engine)?;
        ticks.push(began.elapsed());
        let began = Instant::now();
        let outlook = drive::look(engine).await.map_err(Failure::Engine)?;
        deliver::next_plan(engine, &outlook, now).await.map_err(Failure::Engine)?;
        looks.push(began.elapsed());
    }
    let open = f64::from(args.open);
    Ok(vec![
        Figure::new("open", say!(language, "nhiệm vụ đang mở", "open assignments"), open, ""),
        Figure::new("tick_us", say!(language, "một lượt không có gì đến hạn", "a tick with nothing due"), middle_us(ticks), "µs"),
        Figure::new("look_us", say!(language, "tìm lần thức kế tiếp", "looking for the next wake"), middle_us(looks), "µs"),
    ])
}

/// The daemon at rest, and how long its start takes.
pub(super) async fn rest(args: &OpenArgs, folder: Option<&Path>, language: Language) -> Result<Vec<Figure>, Failure> {
    let stage = stage(args, folder, language).await?;
    let mut starts = Vec::new();
    for _ in 0..5 {
        let (daemon, took) = Daemon::start(&stage).await?;
        starts.push(took);
        drop(daemon);
    }
    let daemons = Daemon::start_all(&stage, args.replicas).await?;
    let used = || daemons.iter().map(Daemon::used).fold(Used::default(), Used::and);
    let mut connection = stage.engine.store.own_connection().await?;
    let settles = if matches!(stage.place, Where::Sqlite(_)) { SETTLES } else { SETTLES_SHARED };
    tokio::time::sleep(settles).await;
    let statements_before = stock::statements(&mut connection).await;
    let before = used();
    tokio::time::sleep(Duration::from_secs(args.secs)).await;
    let after = used();
    let statements = stock::statements(&mut connection).await;
    let secs = Duration::from_secs(args.secs).as_secs_f64();
    let busy = (after.cpu_us - before.cpu_us) / (secs * 10_000.0);
    let wakes = f64::from(u32::try_from(after.wakes - before.wakes).unwrap_or(u32::MAX)) / secs;
    let open = f64::from(args.open);
    let mut figures = vec![
        Figure::new("open", say!(language, "nhiệm vụ đang mở", "open assignments"), open, ""),
        Figure::new("start_ms", say!(language, "khởi động", "start until ready"), middle_us(starts) / 1_000.0, "ms"),
        Figure::new("memory_mib", say!(language, "bộ nhớ khi nghỉ", "memory at rest"), after.memory_mib, "MiB"),
        Figure::new("cpu_percent", say!(language, "bộ xử lý khi nghỉ", "processor at rest"), busy, "%"),
        Figure::new("wakes_per_s", say!(language, "số lần thức khi nghỉ", "wakes at rest"), wakes, "/s"),
    ];
    if let Some(bytes) = stage.packed_bytes().await? {
        let label = say!(language, "dung lượng mỗi nhiệm vụ, sau khi dồn", "disk an assignment, packed");
        figures.push(Figure::new("bytes_per_open", label, bytes / open, "B"));
    }
    if let (Some(before), Some(after)) = (statements_before, statements) {
        // The question itself is counted, and the statement before it.
        let asked = f64::from(u32::try_from(after - before - 2).unwrap_or_default()) / secs / f64::from(args.replicas);
        let label = say!(language, "câu lệnh mỗi giây, mỗi tiến trình, khi nghỉ", "statements a second of a replica at rest");
        figures.push(Figure::new("statements_per_s", label, asked, "/s"));
    }
    Ok(figures)
}

/// The pure planner, and planning every open assignment anew after a change of rules.
pub(super) async fn replan(args: &OpenArgs, folder: Option<&Path>, language: Language) -> Result<Vec<Figure>, Failure> {
    let stage = stage(args, folder, language).await?;
    let engine = &stage.engine;
    let now = Clock::System.now();
    let mut tx = engine.store.begin().await?;
    let directory = directory::load(&mut tx).await?;
    let ids: Vec<i64> = (1..=VIEWS).filter_map(|id| i64::try_from(id).ok()).collect();
    let loaded = assignments::load(&mut tx, &ids, &engine.rules.office, now).await?;
    tx.commit().await?;
    let routed: Vec<_> = loaded.iter().filter_map(|one| Some((one, engine.policy_of(one, &directory)?))).collect();
    let began = Instant::now();
    let mut plans = 0_u32;
    while began.elapsed() < Duration::from_secs(1) {
        for (one, policy) in &routed {
            let context = Context { rules: &engine.rules, policy, directory: &directory, now };
            std::hint::black_box(planner::plan(&one.view, &context));
            plans += 1;
        }
    }
    let rate = f64::from(plans) / began.elapsed().as_secs_f64();
    // The next checks of the stock lie in no order; then every one is that of its plan.
    let first = walk(engine).await?;
    let same = walk(engine).await?;
    let later = Engine::new(engine.store.clone(), Arc::new(opening_later(&engine.rules)), engine.channels.clone());
    let moved = walk(&later).await?;
    let open = f64::from(args.open);
    Ok(vec![
        Figure::new("open", say!(language, "nhiệm vụ đang mở", "open assignments"), open, ""),
        Figure::new("plans_per_s", say!(language, "tính kế hoạch, một luồng", "plans computed, one thread"), rate, "/s"),
        Figure::new(
            "replan_first_s",
            say!(language, "lập lần đầu, lần xem lại không theo thứ tự", "planning all for the first time, checks in no order"),
            first.took.as_secs_f64(),
            "s",
        ),
        Figure::new(
            "replan_same_s",
            say!(language, "lập lại, không có gì thay đổi", "planning all anew, nothing of it new"),
            same.took.as_secs_f64(),
            "s",
        ),
        Figure::new(
            "replan_s",
            say!(
                language,
                "lập lại sau khi lịch thay đổi, mọi kế hoạch đều mới",
                "planning all anew, the calendar changed, all of it new"
            ),
            moved.took.as_secs_f64(),
            "s",
        ),
        Figure::new("replan_us", say!(language, "mỗi nhiệm vụ", "for each"), moved.took.as_secs_f64() * 1_000_000.0 / open, "µs"),
        Figure::new(
            "replan_holds_ms",
            say!(language, "lâu nhất mà việc đến hạn phải chờ", "the longest that what comes due waits for it"),
            moved.longest.as_secs_f64() * 1_000.0,
            "ms",
        ),
    ])
}

/// A walk through all assignments.
struct Walk {
    took: Duration,
    /// The longest of its parts: between two of them the daemon does what is due.
    longest: Duration,
}

async fn walk(engine: &Engine) -> Result<Walk, Failure> {
    stock::begin_walk(&engine.store).await?;
    let now = Clock::System.now();
    let (began, mut longest) = (Instant::now(), Duration::ZERO);
    loop {
        let part = Instant::now();
        let planned = walk::walk(engine, now).await.map_err(Failure::Engine)?;
        longest = longest.max(part.elapsed());
        if planned == 0 {
            return Ok(Walk { took: began.elapsed(), longest });
        }
    }
}

/// The same rules, but the office opens half an hour later: every moment that is an opening moves.
fn opening_later(rules: &Rules) -> Rules {
    let later = |window: &Window| Window { start_min: window.start_min + 30, ..*window };
    let hours = rules.calendar.windows().iter().map(later).collect();
    Rules { calendar: WorkingCalendar::new(CalendarRules { hours, ..rules.calendar.rules().clone() }), ..rules.clone() }
}
