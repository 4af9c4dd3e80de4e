//! Rules of the protocol, broken one by one: the simulation must notice each, at the seed that stands beside it.
//!
//! ```sh
//! DONDOC_MUTANTS=40 cargo test --release --test simulation which_seed_catches -- --nocapture   # looks for the seeds anew
//! ```

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use dondoc::fault::{self, Mutant};
use dondoc::store::{Store, Where};

use crate::generate::Size;
use crate::oracle::witness;
use crate::plan::Plan;
use crate::record::Record;
use crate::{agrees, play, variable};

/// Offices small enough that each mutant is caught in seconds.
const SIZE: Size = Size { assignments: 24, ..Size::WARD };

fn play_broken(rule: Mutant, seed: u64) -> Record {
    let _broken = fault::mutate(rule);
    play(&Plan::of(seed, SIZE))
}

/// Which seed catches each mutant, and the invariant it breaks there.
const CAUGHT: &[(Mutant, u64, u8)] = &[
    (Mutant::MarkBeforeSend, 2, 1),
    (Mutant::KeyForEachTry, 2, 2),
    (Mutant::FenceIgnored, 7, 17),
    (Mutant::UncertainIsRefused, 2, 3),
    (Mutant::UncertainForEver, 1, 3),
    (Mutant::AcceptedIsForgotten, 2, 17),
    (Mutant::DoneIsForgotten, 2, 4),
    (Mutant::RestTimeIgnored, 2, 5),
    (Mutant::HolidaysIgnored, 2, 5),
    (Mutant::PastReplayed, 4, 8),
    (Mutant::PeopleOfYesterday, 4, 6),
    (Mutant::OrphansStay, 2, 1),
    (Mutant::JournalSkipsAcceptance, 2, 18),
    (Mutant::RetryAfterIgnored, 1, 23),
    (Mutant::OneItemEach, 6, 10),
    (Mutant::ItemsStayOpen, 2, 1),
    (Mutant::RefusalEndsAll, 2, 1),
    (Mutant::DeadChatLives, 6, 23),
    (Mutant::EpochStays, 3, 1),
    (Mutant::WeakCounts, 2, 4),
];

/// Mutants that the oracle objects to as well, at the same seed: it knows nothing of the invariants.
const OBJECTED: [Mutant; 14] = [
    Mutant::MarkBeforeSend,
    Mutant::UncertainIsRefused,
    Mutant::UncertainForEver,
    Mutant::AcceptedIsForgotten,
    Mutant::DoneIsForgotten,
    Mutant::RestTimeIgnored,
    Mutant::HolidaysIgnored,
    Mutant::PastReplayed,
    Mutant::PeopleOfYesterday,
    Mutant::OrphansStay,
    Mutant::ItemsStayOpen,
    Mutant::RefusalEndsAll,
    Mutant::WeakCounts,
    Mutant::EpochStays,
];

/// Not of one process: two writers of one file are needed ([`writers_take_turns`]).
const OF_TWO_WRITERS: Mutant = Mutant::DeferredBegin;

/// Noticed by a scenario (`tests/scenarios.rs`) or a story of the engine (`tests/engine/delivery.rs`): they need a message that waits
/// between its packing and its claim, a post, or rules that change.
const OF_A_STORY: [Mutant; 8] = [
    Mutant::RevisionStays,
    Mutant::CheckStays,
    Mutant::UnpackedStays,
    Mutant::HoursUnchecked,
    Mutant::LateVerdictCounts,
    Mutant::ActingPassedOver,
    Mutant::RungsDoNotWait,
    Mutant::RulesOfYesterday,
];

#[test]
fn each_broken_rule_is_noticed_and_nothing_else_is() {
    for rule in Mutant::ALL.into_iter().filter(|rule| *rule != OF_TWO_WRITERS && !OF_A_STORY.contains(rule)) {
        assert!(CAUGHT.iter().any(|(caught, ..)| *caught == rule), "{} has no seed", rule.as_str());
    }
    let seeds: BTreeSet<u64> = CAUGHT.iter().map(|(_, seed, _)| *seed).collect();
    let sound = seeds.into_iter().map(|seed| (None, seed, 0));
    let all: Vec<_> = CAUGHT.iter().map(|(rule, seed, invariant)| (Some(*rule), *seed, *invariant)).chain(sound).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((rule, seed, invariant)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    judge(*rule, *seed, *invariant);
                }
            });
        }
    });
}

fn judge(rule: Option<Mutant>, seed: u64, invariant: u8) {
    let plan = Plan::of(seed, SIZE);
    let Some(rule) = rule else {
        let record = play(&plan);
        assert!(!record.is_broken(), "seed {seed} without a mutant: {:?}", record.violations);
        let objections = witness::judge(&plan.world, &agrees::seen(&record));
        assert!(objections.is_empty(), "seed {seed} without a mutant: {objections:#?}");
        return;
    };
    let record = play_broken(rule, seed);
    let broken: Vec<u8> = record.violations.iter().map(|one| one.invariant).collect();
    assert!(broken.contains(&invariant), "{} at seed {seed} broke {broken:?}, not {invariant}", rule.as_str());
    let objections = witness::judge(&plan.world, &agrees::seen(&record));
    assert!(
        !objections.is_empty() || !OBJECTED.contains(&rule),
        "the oracle has nothing against {} at seed {seed}",
        rule.as_str()
    );
}

/// Looks for the first seed that catches each mutant, and prints the table.
#[test]
fn which_seed_catches() {
    let Some(seeds) = variable("DONDOC_MUTANTS") else { return };
    println!("| mutant | seed | invariant | what was seen |\n|---|---|---|---|");
    for rule in Mutant::ALL.into_iter().filter(|rule| *rule != OF_TWO_WRITERS) {
        let found = (0..seeds).find_map(|seed| Some((seed, play_broken(rule, seed).violations.into_iter().min()?)));
        match found {
            Some((seed, violation)) => {
                let what: String = violation.what.chars().take(110).collect();
                println!("| `{}` | {seed} | {} | {} |", rule.as_str(), violation.invariant, what.replace('\n', " "));
            }
            None => println!("| `{}` | none of {seeds} | | |", rule.as_str()),
        }
    }
}

/// Two processes on one file, one of which reads before it writes while the other commits.
async fn writers_take_turns() -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = Where::Sqlite(folder.path().join("dondoc.db"));
    let (one, other) = (Store::create(&place).await.expect("a store"), Store::open(&place).await.expect("a store"));
    let mut first = one.begin().await.expect("a writer");
    let read: Result<i64, _> = sqlx::query_scalar("SELECT COUNT(*) FROM meta").fetch_one(&mut *first).await;
    read.expect("a count");
    let second = tokio::spawn(async move {
        let mut tx = other.begin().await.expect("a writer");
        dondoc::store::meta::set(&mut tx, "other", "1").await.expect("written");
        tx.commit().await.expect("committed");
    });
    // With its turn taken the second one waits; else it commits within this time.
    let mut second = second;
    let waits = tokio::time::timeout(std::time::Duration::from_millis(300), &mut second).await.is_err();
    let written = dondoc::store::meta::set(&mut first, "one", "1").await.is_ok() && first.commit().await.is_ok();
    if waits {
        second.await.expect("its turn comes");
    }
    written
}

#[test]
fn a_transaction_that_begins_as_if_it_read_loses_its_write() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    assert!(runtime.block_on(writers_take_turns()));
    let _broken = fault::mutate(OF_TWO_WRITERS);
    assert!(!runtime.block_on(writers_take_turns()), "nobody noticed");
}
