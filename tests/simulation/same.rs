//! Invariants that compare two runs of one world: 13 the clock, 14 the number of replicas, 15 restarts, 16 the database, 20 an
//! edit that is taken back. What people are told must be the same set; only when may differ.

use std::collections::BTreeSet;

use dondoc::store::{Store, Where};
use jiff::ToSpan as _;

use crate::generate::Size;
use crate::plan::{Plan, Trouble, What};
use crate::postgres;
use crate::record::Record;
use crate::world::{Act, Deadline, Event, Member, Verdict, World};
use crate::{play, run};

const SIZE: Size = Size { assignments: 24, people: 14 };

const SEEDS: std::ops::Range<u64> = 1_000..1_001;

/// Whom what was told.
fn told(record: &Record) -> BTreeSet<(Member, String)> {
    let accepted = record.sent().filter(|(_, wire)| wire.answer == Verdict::Accepted);
    accepted.flat_map(|(_, wire)| wire.members.iter().map(|member| (member.clone(), wire.person.clone()))).collect()
}

/// A world in which neither the house nor a channel is ever down for long: there the set is fixed.
fn calm(seed: u64) -> Plan {
    let mut plan = Plan::of(seed, SIZE).undisturbed();
    plan.world.events.retain(|event| !matches!(event.act, Act::Down { .. } | Act::Outage { .. } | Act::Undo { .. }));
    plan
}

fn assert_same(what: &str, seed: u64, one: &Record, other: &Record) {
    assert!(!one.is_broken() && !other.is_broken(), "seed {seed}: {:?} {:?}", one.violations, other.violations);
    let (one, other) = (told(one), told(other));
    let missing: Vec<_> = one.difference(&other).take(5).collect();
    let more: Vec<_> = other.difference(&one).take(5).collect();
    assert!(missing.is_empty() && more.is_empty(), "{what}, seed {seed}: missing {missing:#?}, more {more:#?}");
    assert!(one.len() > 30, "{what}, seed {seed}: only {} things were told", one.len());
}

fn troubled(plan: &Plan, seed: u64, keeps: impl Fn(&mut What) -> bool) -> Plan {
    let mut troubles = Vec::new();
    for more in 0..4 {
        let other = Plan::of(seed + 10_000 * more, Size::WARD);
        troubles.extend(
            other.troubles.into_iter().filter_map(|Trouble { at, mut what }| keeps(&mut what).then_some(Trouble { at, what })),
        );
    }
    troubles.sort_by_key(|trouble| trouble.at);
    Plan { troubles, ..plan.clone() }
}

#[test]
fn a_clock_that_is_set_changes_when_people_are_told_and_not_what() {
    for seed in SEEDS {
        let plan = calm(seed);
        let set = troubled(&plan, seed, |what| {
            if let What::Step { secs, lasts_secs } = what {
                (*secs, *lasts_secs) = (*secs % 40, *lasts_secs % 4_000);
            }
            matches!(what, What::Step { .. })
        });
        let played = play(&set);
        assert!(played.fired.contains_key("clock back"), "seed {seed}: {:?}", played.fired);
        assert_same("clock", seed, &play(&plan), &played);
    }
}

#[test]
fn two_and_three_replicas_tell_what_one_tells() {
    for seed in SEEDS {
        let plan = calm(seed);
        let one = play(&plan);
        for replicas in 2..=3 {
            assert_same("replicas", seed, &one, &play(&Plan { replicas, ..plan.clone() }));
        }
    }
}

#[test]
fn a_daemon_that_ends_at_any_point_tells_what_one_tells_that_lives() {
    for seed in SEEDS {
        let plan = calm(seed);
        let ending = troubled(&plan, seed, |what| {
            if let What::Crash { replica, down_secs, .. } = what {
                (*replica, *down_secs) = (0, 1);
            }
            matches!(what, What::Crash { .. })
        });
        let played = play(&ending);
        assert!(played.fired["crash"] > 10, "seed {seed}: {:?}", played.fired);
        // What was on the wire at its end left twice, or once without anybody knowing.
        assert_same("restart", seed, &play(&plan), &played);
    }
}

#[test]
fn a_deadline_that_is_moved_and_moved_back_is_no_edit() {
    for seed in SEEDS {
        let plan = calm(seed);
        let mut edited = plan.clone();
        let mut edits = 0;
        for duty in (0..plan.world.duties.len()).step_by(3) {
            edits += usize::from(edit_and_back(&mut edited.world, duty));
        }
        assert!(edits > 1, "seed {seed}");
        assert_same("edit", seed, &play(&plan), &play(&edited));
    }
}

/// At night, so that nobody can be told of it in between.
fn edit_and_back(world: &mut World, duty: usize) -> bool {
    let given = world.duties[duty].clone();
    let (Some(Deadline::Day(day)), false) = (given.deadline, given.is_urgent) else { return false };
    let at = given.known.date().saturating_add(3.days()).at(2, 0, 0, 0);
    let is_moved =
        |event: &Event| matches!(event.act, Act::Correct { duty: other, .. } | Act::Extend { duty: other, .. } if other == duty);
    if world.events.iter().any(is_moved) {
        return false;
    }
    for (at, deadline) in [(at, day.saturating_add(20.days())), (at.saturating_add(1.minute()), day)] {
        let place = world.events.partition_point(|event| event.at <= at);
        world.events.insert(place, Event { at, act: Act::Correct { duty, deadline } });
    }
    true
}

#[test]
fn both_databases_give_one_history() {
    let seed = 1_003;
    let mut plan = Plan { replicas: 1, ..Plan::of(seed, SIZE) };
    // What a transaction took that was rolled back, SQLite gives again and PostgreSQL does not: keys of messages then differ.
    plan.troubles.retain(|trouble| !matches!(trouble.what, What::Crash { .. }));
    let one = play(&plan);
    let Some(database) = postgres::database() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let other = runtime.block_on(async {
        let store = Store::create(&Where::Postgres(database.url.parse().expect("a url"))).await.expect("an empty database");
        let record = run::play(&plan, store.clone()).await;
        store.close().await;
        record
    });
    assert!(!one.is_broken() && !other.is_broken(), "{:?} {:?}", one.violations, other.violations);
    assert_eq!(one.hash, other.hash, "{}\n---\n{}", one.trace(&plan), other.trace(&plan));
}

#[test]
fn one_seed_gives_one_hash() {
    let plan = Plan::of(1_004, SIZE);
    let (one, other) = (play(&plan), play(&plan));
    assert_eq!(one.hash, other.hash);
    assert_eq!(one.trace(&plan), other.trace(&plan));
    assert_ne!(one.hash, play(&Plan::of(1_005, SIZE)).hash);
}
