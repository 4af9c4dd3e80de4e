//! The engine through a year with faults: a seed decides what happens to an office and what goes wrong in its house, and the
//! invariants of the promises are checked on everything that was transmitted and written down.
//!
//! ```sh
//! DONDOC_SEED=17 cargo test --test simulation one_seed -- --nocapture        # one seed, with its trace
//! DONDOC_SHRINK=1 DONDOC_SEED=17 cargo test --test simulation one_seed -- --nocapture   # and made small first
//! DONDOC_SEEDS=5000 cargo test --release --test simulation many_seeds -- --nocapture
//! DONDOC_ASSIGNMENTS=2000 DONDOC_SEEDS=20 cargo test --release --test simulation many_seeds -- --nocapture
//! ```

mod agrees;
mod generate;
mod invariant;
mod mutants;
#[path = "../oracle/mod.rs"]
mod oracle;
mod plan;
#[path = "../support/postgres.rs"]
mod postgres;
mod record;
mod run;
mod same;
mod shrink;
mod text;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use dondoc::store::Store;
use generate::Size;
use oracle::world;
use plan::Plan;
use record::Record;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Plays a plan on a runtime of one thread, on the processor that plays least.
fn play(plan: &Plan) -> Record {
    let _seat = Seat::take();
    // A file needs no sockets: without them a thread that waits is woken without a system call of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::scratch().await.expect("a folder for temporary files");
        run::play(plan, store).await
    })
}

/// Plays that are on, by processor.
static SEATED: Mutex<BTreeMap<usize, usize>> = Mutex::new(BTreeMap::new());

/// One processor. Runtime and database answer each other a hundred thousand times a year, one always waiting for the other: on
/// two processors each answer would wake a sleeping one, which costs more than the answer.
struct Seat {
    place: usize,
    allowed: CpuSet,
}

impl Seat {
    /// This thread, and those it begins, run on one processor until the seat is given up.
    fn take() -> Self {
        let allowed = sched_getaffinity(None).expect("what this thread may run on");
        let mut seated = SEATED.lock().expect("no panic while it was held");
        let places = (0..CpuSet::MAX_CPU).filter(|place| allowed.is_set(*place));
        let place = places.min_by_key(|place| seated.get(place).copied().unwrap_or_default()).expect("at least one");
        *seated.entry(place).or_default() += 1;
        drop(seated);
        let mut only = CpuSet::new();
        only.set(place);
        sched_setaffinity(None, &only).expect("one of those that are allowed");
        Self { place, allowed }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(count) = SEATED.lock().expect("no panic while it was held").get_mut(&self.place) {
            *count -= 1;
        }
        sched_setaffinity(None, &self.allowed).expect("where it ran before");
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

fn size() -> Size {
    match variable("DONDOC_ASSIGNMENTS") {
        Some(assignments) if assignments >= 1_000 => {
            Size { assignments: usize::try_from(assignments).expect("few"), ..Size::DISTRICT }
        }
        Some(assignments) => Size { assignments: usize::try_from(assignments).expect("few"), ..Size::WARD },
        None => Size::WARD,
    }
}

/// What goes wrong in a house; in two hundred seeds each must come about a hundred times.
const KINDS: [&str; 14] = [
    "crash",
    "suspend",
    "fenced",
    "clock back",
    "clock forward",
    "outage",
    "4xx",
    "421",
    "5xx",
    "403",
    "retry_after",
    "answer lost",
    "mail lost",
    "hang",
];

/// What a violation looks like to whoever has to find its cause.
fn told(seed: u64, record: &Record) -> String {
    let lines: Vec<String> = record.violations.iter().take(5).map(|one| format!("  {}: {}", one.invariant, one.what)).collect();
    format!("seed {seed} breaks {} invariants; DONDOC_SEED={seed} replays it\n{}", record.violations.len(), lines.join("\n"))
}

#[test]
fn one_seed() {
    let Some(seed) = variable("DONDOC_SEED") else { return };
    let plan = Plan::of(seed, size());
    let (plan, record) = match play(&plan) {
        record if record.is_broken() && std::env::var_os("DONDOC_SHRINK").is_some() => {
            let smaller = shrink::shrink(&plan, record.violations[0].invariant);
            let record = play(&smaller);
            (smaller, record)
        }
        record => (plan, record),
    };
    if std::env::var_os("DONDOC_TRACE").is_some() || record.is_broken() {
        println!("{}", record.trace(&plan));
    }
    println!("{} {:?} sent {} journal {}", record.hash, record.fired, record.sent().count(), record.journal.len());
    assert!(!record.is_broken(), "{}", told(seed, &record));
}

/// Offices of thirty assignments, each with a story of its own (docs/simulation.md); many more are played by hand.
const WITNESSED: [u64; 4] = [21, 140, 164, 176];

#[test]
fn the_oracle_has_nothing_against_what_offices_with_faults_saw() {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(seed) = WITNESSED.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let plan = Plan::of(*seed, Size { assignments: 30, ..Size::WARD });
                    let record = play(&plan);
                    assert!(!record.is_broken(), "{}", told(*seed, &record));
                    let objections = oracle::witness::judge(&plan.world, &agrees::seen(&record));
                    assert!(objections.is_empty(), "seed {seed} of 30 assignments: {objections:#?}");
                }
            });
        }
    });
}

#[test]
fn many_seeds_break_no_invariant() {
    // The suite plays a few small offices; how the others are played stands above.
    let (seeds, size) = variable("DONDOC_SEEDS").map_or((4, Size { assignments: 20, people: 14 }), |seeds| (seeds, size()));
    let first = variable("DONDOC_SEED_FIRST").unwrap_or(0);
    let next = AtomicU64::new(first);
    let broken: Mutex<Vec<String>> = Mutex::default();
    let fired: Mutex<BTreeMap<&'static str, u64>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds {
                        return;
                    }
                    let record = play(&Plan::of(seed, size));
                    if record.is_broken() {
                        broken.lock().expect("no panic").push(told(seed, &record));
                    }
                    for (name, count) in record.fired {
                        *fired.lock().expect("no panic").entry(name).or_default() += count;
                    }
                }
            });
        }
    });
    let fired = fired.into_inner().expect("no panic");
    println!("{seeds} seeds: {fired:?}");
    let broken = broken.into_inner().expect("no panic");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    for kind in KINDS {
        let count = fired.get(kind).copied().unwrap_or_default();
        assert!(seeds < 200 || size != Size::WARD || count >= 100, "{kind} came about {count} times in {seeds} seeds");
    }
}
