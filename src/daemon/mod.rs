//! Floor 5: wiring and life cycle around the verbs of [`crate::engine`]. No business rules.
//!
//! One planner plans, routes and packs; the lanes claim over the desk and send; the reloader watches the config; the cron
//! scheduler only pokes. Each looks into the store for what is to be done, so that losing any wake costs only delay. A
//! part that ends unexpectedly ends the daemon: the service manager starts it anew, and what was on the wire is taken
//! over as uncertain.

mod board;
mod config_file;
mod crew;
mod distress;
pub mod doors;
mod front;
mod heart;
mod lane;
mod limit;
mod log;
mod planner;
mod reader;
mod reload;
mod scheduler;
pub mod telegram;
mod timekeeper;

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{Config, Loaded, StoreSettings};
use crate::engine::sent::Replayed;
use crate::engine::{Engine, EngineError, deliver, desk, home, rules, timekeeping};
use crate::store::sent_log::{SYNC_AFTER, SentLog};
use crate::store::{DaemonLock, Dialect, PokeListener, Store, StoreError, Where};

use board::Board;
use config_file::{ConfigFile, Opened};
use crew::Crew;
use distress::DistressLine;
use front::{Bound, Front};
use heart::Heart;
use lane::{Lanes, Office};
use planner::Planner;
use reload::Reloader;
use timekeeper::Timekeeper;

pub use config_file::Start;

/// How long transmissions that are under way may take once the daemon is asked to stop.
const DRAIN: Duration = Duration::from_secs(30);

/// How long verdicts may take to be recorded after that.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Why the daemon did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// No config was ever valid.
    #[error("the config is not valid and no last-good.toml is there")]
    Config(Box<Loaded>),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The system refused something without which the daemon cannot live.
    #[error("cannot {deed}: {source}")]
    System {
        /// What.
        deed: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// `[web] listen` cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A part ended; the log says which.
    #[error("a part of the daemon ended unexpectedly; see the log above")]
    Broken,
}

/// Where the store of that config is.
fn place_of(config: &Config) -> Where {
    match &config.store {
        StoreSettings::Sqlite(file) => Where::Sqlite(file.clone()),
        StoreSettings::Postgres(url) => Where::Postgres(url.clone()),
    }
}

/// Runs until SIGTERM or SIGINT. Returns when what was on the wire is recorded and every connection is closed.
///
/// # Errors
/// Everything that keeps it from starting; [`DaemonError::Broken`] when a part of it ended.
pub async fn run(start: Start, clock: Clock) -> Result<(), DaemonError> {
    log::open();
    // Heard from the first moment on: a SIGHUP nobody listens to would end the daemon.
    let (mut signals, hangups) = Signals::listen()?;
    let board = Arc::new(Board::default());
    let file = ConfigFile::new(start);
    let seen = file.digest();
    let Opened { config, text, templates, degraded } = file.open(clock.now()).map_err(DaemonError::Config)?;
    board.config_trouble(degraded);
    let place = place_of(&config);
    let _lock = DaemonLock::take(&place)?;
    let bound = front::bind(&config).await?;
    let store = Store::create(&place).await?;
    file.clear_away(&place, clock.now());
    file.keep(&place, &text);
    let engine = Engine::new(store.clone(), Arc::new(config.rules.clone()), config.channels());
    let engine = engine.with_links(front::links(&config)).with_templates(templates);
    let clock = match clock {
        Clock::System => timekeeping::watched(&engine).await?,
        clock => clock,
    };
    let engine = engine.with_clock(&clock);
    if let Clock::Watched(watch) = &clock
        && watch.judgement().doubt.is_none()
    {
        timekeeping::keep(&engine, watch.believed()).await?;
    }
    if place.dialect() != Dialect::Sqlite {
        // What others were sending is taken over by the heart, once they are silent.
        heart::register(&store, &engine, &clock).await?;
    }
    // Before the rest: what the log knows as accepted is not uncertain.
    let (home, replayed) = home::arrive(&engine, &file.folder_of(&place), clock.now()).await?;
    if replayed != Replayed::default() {
        let Replayed { accepted, kept } = replayed;
        tracing::warn!(accepted, kept, "sent.log knows of messages that left and the store did not; they are not sent again");
    }
    let engine = engine.with_home(home);
    let uncertain = if place.dialect() == Dialect::Sqlite { deliver::take_over(&engine, clock.now()).await? } else { 0 };
    rules::apply_unasked(&engine, clock.now()).await?;
    tracing::info!(
        store = %place,
        config.digest = engine.rules.digest,
        incarnation = engine.incarnation.id(),
        uncertain,
        "the daemon starts; what was on the wire when the last one ended is sent again first"
    );
    let incarnation = engine.incarnation.clone();
    // The heart beats until the rest has ended.
    let (crew, life) = (Crew::default(), Crew::default());
    spawn_parts((&crew, &life), (&file, seen, hangups), engine, (&config, bound), &clock, &board);
    board.ready();
    tracing::info!("the daemon is ready");
    store.lay_ballast().await;

    let broken = tokio::select! {
        () = signals.stop() => false,
        () = crew.broken.cancelled() => true,
        () = life.broken.cancelled() => true,
    };
    Board::stopping();
    tracing::info!("the daemon stops: what is on the wire is finished, nothing new is begun");
    crew.end(DRAIN, LAST_WORDS).await;
    life.end(LAST_WORDS, LAST_WORDS).await;
    if incarnation.is_shared() {
        heart::say_goodbye(&store, &incarnation.id(), &clock).await;
    }
    store.close().await;
    if broken {
        return Err(DaemonError::Broken);
    }
    tracing::info!("the daemon has stopped");
    Ok(())
}

fn spawn_parts(
    (crew, life): (&Crew, &Crew),
    (file, seen, hangups): (&ConfigFile, Option<[u8; 32]>, Signal),
    engine: Engine,
    (config, bound): (&Config, Option<Bound>),
    clock: &Clock,
    board: &Arc<Board>,
) {
    let place = engine.store.place().clone();
    let engine = Arc::new(engine);
    let (wanted, wanted_seen) = watch::channel(Arc::clone(&engine));
    let (in_force, engines) = watch::channel(engine);
    let (pulse, _) = watch::channel(());
    let (settled, poke, upkeep) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let distress = DistressLine::open(config);
    crew.spawn("distress", distress::work(Arc::clone(&engines.borrow()), distress.clone(), clock.clone(), crew.stop.clone()));
    let (desk, clerk) = desk::open(engines.clone(), clock.clone(), Arc::clone(&settled));
    crew.spawn("desk", clerk.work());
    if let Some(home) = engines.borrow().home.clone() {
        crew.spawn("sent.log", sync(home.log, crew.stop.clone()));
    }
    if engines.borrow().incarnation.is_shared() {
        let heart = Heart {
            engines: engines.clone(),
            wanted: wanted_seen.clone(),
            clock: clock.clone(),
            poke: Arc::clone(&poke),
            stop: life.stop.clone(),
        };
        life.spawn("heart", heart.work());
    }
    let keeper = Timekeeper { engines: engines.clone(), clock: clock.clone(), poke: Arc::clone(&poke), stop: crew.stop.clone() };
    crew.spawn("timekeeper", keeper.work());
    let listener = match PokeListener::bind(&place) {
        Ok(listener) => Some(listener),
        Err(error) => {
            tracing::warn!(%error, "commands cannot poke this daemon; it looks by itself every few seconds");
            None
        }
    };
    let office = Office {
        desk,
        clock: clock.clone(),
        engines: engines.clone(),
        pulse: pulse.clone(),
        poke: Arc::clone(&poke),
        crew: crew.clone(),
    };
    let lanes = Lanes::open(office, config);
    let front = Front::open(bound, engines.clone(), Arc::clone(&poke), clock.clone(), crew.clone());
    let planner = Planner {
        wanted: wanted_seen,
        in_force,
        clock: clock.clone(),
        listener,
        settled,
        poke: Arc::clone(&poke),
        upkeep: Arc::clone(&upkeep),
        pulse,
        board: Arc::clone(board),
        stop: crew.stop.clone(),
        stands_aside: false,
        guards: Vec::new(),
        noted: None,
    };
    crew.spawn("planner", planner.work());
    crew.spawn("scheduler", scheduler::work(engines, Arc::clone(&poke), upkeep, clock.clone(), crew.stop.clone()));
    let reloader = Reloader {
        file: file.clone(),
        seen,
        refused: None,
        store: config.store.clone(),
        place,
        wanted,
        poke,
        lanes,
        front,
        distress,
        clock: clock.clone(),
        board: Arc::clone(board),
        stop: crew.stop.clone(),
    };
    crew.spawn("reloader", reloader.work(hangups));
    crew.spawn("watchdog", board::watch(Arc::clone(board), crew.stop.clone()));
}

/// Brings the log to the disk within a second after it was written; at the end once more.
async fn sync(log: SentLog, stop: CancellationToken) {
    let mut is_over = false;
    while !is_over {
        tokio::select! { () = stop.cancelled() => {}, () = log.written() => {} }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(SYNC_AFTER) => {} }
        is_over = stop.is_cancelled();
        let log = log.clone();
        // A disk may take its time: not on a thread that others need.
        let _ = tokio::task::spawn_blocking(move || log.sync()).await;
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<(Self, Signal), DaemonError> {
        let failed = |source| DaemonError::System { deed: "listen to signals", source };
        let terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        Ok((Self { terminate, interrupt }, signal(SignalKind::hangup()).map_err(failed)?))
    }

    async fn stop(&mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }
}
