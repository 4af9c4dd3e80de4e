//! What leaves is what the oracle says: exactly where nothing breaks, and as a set where the daemon ends at any point. An oracle with
//! one rule bent must be found wrong by the same comparison.
//!
//! ```sh
//! DONDOC_ORACLE="100 40 60" cargo test --release --test simulation oracle -- --nocapture   # first seed, seeds, assignments
//! DONDOC_TRACE=1 DONDOC_ORACLE="23 1 30" cargo test --release --test simulation what_leaves -- --nocapture   # what left, and why
//! ```

use std::collections::{BTreeMap, BTreeSet};

use dondoc::domain::delivery::{Binding, Fault, Verdict as Heard};

use crate::generate::Size;
use crate::oracle::calendar::show;
use crate::oracle::office::{Twist, expect, expect_with};
use crate::oracle::{Expected, minute};
use crate::plan::{Plan, What as Trouble};
use crate::play;
use crate::record::{Record, Said};
use crate::run::local;
use crate::world::{Act, Assignment, Member, Seen, Sent, Verdict, What, World};

/// Outages of a channel are left out: what leaves later than meant is judged by the invariants. An undoing names its reply by place.
fn without_outages(world: &mut World) {
    let is_kept = |act: &Act| !matches!(act, Act::Outage { .. });
    let mut places = BTreeMap::new();
    for (place, event) in world.events.iter().enumerate() {
        if is_kept(&event.act) {
            places.insert(place, places.len());
        }
    }
    world.events.retain(|event| is_kept(&event.act));
    for event in &mut world.events {
        if let Act::Undo { reply } = &mut event.act {
            *reply = places[reply];
        }
    }
}

fn plan_of(seed: u64, assignments: usize) -> Plan {
    let mut plan = Plan::of(seed, Size { assignments, people: 14 }).undisturbed();
    without_outages(&mut plan.world);
    plan
}

/// What was accepted, in the words of the oracle.
fn sent(record: &Record) -> Vec<Expected> {
    let mut sent = Vec::new();
    for (at, wire) in record.sent().filter(|(_, wire)| wire.answer == Verdict::Accepted) {
        for member in &wire.members {
            let kind = ["action", "copy", "digest"].into_iter().find(|kind| *kind == member.kind).expect("a kind");
            let (assignment, step) = (member.assignment.clone(), member.step.clone());
            let at = minute(local(at));
            sent.push(Expected { at, person: wire.person.clone(), kind, assignment, step });
        }
    }
    // The oracle keeps no account of who is told that nobody was found.
    sent.retain(|one| !matches!(one.step.as_str(), "notice:vacancy" | "notice:held"));
    sent.sort();
    sent
}

/// What one says and the other does not.
fn differences(oracle: &[Expected], engine: &[Expected]) -> Vec<String> {
    let mut counts: BTreeMap<&Expected, (i64, i64)> = BTreeMap::new();
    for one in oracle {
        counts.entry(one).or_default().0 += 1;
    }
    for one in engine {
        counts.entry(one).or_default().1 += 1;
    }
    let differ = counts.into_iter().filter(|(_, (must, did))| must != did);
    differ.map(|(one, (must, did))| format!("{}: the oracle {must}, the engine {did}", line(one))).collect()
}

fn line(one: &Expected) -> String {
    let (duty, unit) = (one.assignment.duty, &one.assignment.unit);
    format!("{} {} {} {duty}@{unit} {}", show(one.at), one.person, one.kind, one.step)
}

/// A run in the words of the oracle.
pub fn seen(record: &Record) -> Vec<Seen> {
    let mut all = Vec::new();
    let mut people: BTreeMap<i64, &str> = BTreeMap::new();
    for (at, said) in &record.said {
        let what = match said {
            Said::Event { place, .. } => What::Event(*place),
            Said::Sent(wire) => {
                people.insert(wire.message, &wire.person);
                What::Sent(Sent {
                    message: wire.message,
                    person: wire.person.clone(),
                    channel: wire.channel,
                    verdict: wire.answer,
                    is_stale: wire.claimed < *at,
                    is_unheard: !wire.is_known,
                    members: members_of(&wire.members),
                })
            }
            Said::Marked { message, verdict: Heard::Deferred { fault: Fault::Own, .. }, .. } => {
                What::Withheld { message: *message }
            }
            Said::Marked { message, verdict, .. } => {
                let (verdict, wait) = match verdict {
                    Heard::Accepted { .. } => (Verdict::Accepted, 0),
                    Heard::Deferred { retry_after_ms, .. } => (Verdict::Deferred, retry_after_ms.unwrap_or_default() / 60_000),
                    Heard::Refused { binding, .. } => {
                        if let (Binding::Dead, Some(person)) = (binding, people.get(message)) {
                            all.push(Seen { at: local(*at), what: What::Dead { person: (*person).to_owned() } });
                        }
                        (Verdict::Refused, 0)
                    }
                    Heard::Uncertain { .. } => (Verdict::Uncertain, 0),
                };
                What::Heard { message: *message, verdict, wait }
            }
            Said::Lost { message, .. } => What::Lost { message: *message },
            Said::Unsent { message, channel, person, members } => What::Unsent(Sent {
                message: *message,
                person: person.clone(),
                channel: *channel,
                verdict: Verdict::Uncertain,
                is_stale: true,
                is_unheard: true,
                members: members_of(members),
            }),
            Said::Idle => What::Idle,
            Said::Busy => What::Busy,
            Said::Clock { secs } => What::Clock { secs: *secs },
            Said::Up { .. } | Said::Ended { .. } => continue,
        };
        all.push(Seen { at: local(*at), what });
    }
    all
}

fn members_of(members: &[Member]) -> Vec<(Assignment, String, String)> {
    members.iter().map(|one| (one.assignment.clone(), one.step.clone(), one.kind.clone())).collect()
}

/// First seed, seeds, assignments.
fn range() -> (std::ops::Range<u64>, usize) {
    let text = std::env::var("DONDOC_ORACLE").unwrap_or_else(|_| "1 3 30".to_owned());
    let [first, count, assignments] = text.split(' ').map(|word| word.parse::<u64>().expect("a number")).collect::<Vec<_>>()[..]
    else {
        panic!("FIRST COUNT ASSIGNMENTS, not {text:?}")
    };
    (first..first + count, usize::try_from(assignments).expect("some"))
}

#[test]
fn what_leaves_is_what_the_oracle_says_and_a_bent_oracle_is_found() {
    let (seeds, assignments) = range();
    let (mut unseen, mut reminders, mut wrong) = (Twist::ALL.to_vec(), 0, Vec::new());
    for seed in seeds.clone() {
        let plan = plan_of(seed, assignments);
        let record = play(&plan);
        assert!(!record.is_broken(), "seed {seed}: {:?}", record.violations);
        let sent = sent(&record);
        let differ = differences(&expect(&plan.world), &sent);
        if std::env::var_os("DONDOC_TRACE").is_some() {
            println!("{}", record.trace(&plan));
        }
        if !differ.is_empty() {
            wrong.push(format!("seed {seed}, {} differences\n  {}", differ.len(), differ[..differ.len().min(8)].join("\n  ")));
        }
        unseen.retain(|twist| differences(&expect_with(&plan.world, *twist), &sent).is_empty());
        reminders += sent.len();
    }
    println!(
        "seeds {seeds:?} of {assignments} assignments: {reminders} reminders; {} of {} bent oracles found",
        Twist::ALL.len() - unseen.len(),
        Twist::ALL.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unseen.is_empty(), "nobody notices {unseen:?}");
    assert!(reminders > 500, "too few to say anything: {reminders}");
}

#[test]
fn a_daemon_that_ends_at_any_point_tells_what_the_oracle_says() {
    let (seeds, assignments) = range();
    let seed = seeds.start;
    let mut plan = plan_of(seed, assignments);
    for more in 0..3 {
        let troubles = Plan::of(seed + 10_000 * more, Size::WARD).troubles;
        plan.troubles.extend(troubles.into_iter().filter_map(|mut trouble| {
            let Trouble::Crash { replica, down_secs, .. } = &mut trouble.what else { return None };
            (*replica, *down_secs) = (0, 1);
            Some(trouble)
        }));
    }
    plan.troubles.sort_by_key(|trouble| trouble.at);
    let record = play(&plan);
    assert!(!record.is_broken(), "seed {seed}: {:?}", record.violations);
    assert!(record.fired["crash"] > 8, "{:?}", record.fired);
    // Copies apart: what was on the wire at its end left twice.
    let must: BTreeSet<Expected> = expect(&plan.world).into_iter().collect();
    let did: BTreeSet<Expected> = sent(&record).into_iter().collect();
    let lost: Vec<String> = must.difference(&did).map(line).collect();
    let stray: Vec<String> = did.difference(&must).map(line).collect();
    assert!(lost.is_empty() && stray.is_empty(), "seed {seed}: lost {lost:#?}, stray {stray:#?}");
}

#[test]
fn the_oracle_imports_nothing_of_the_crate() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("the oracle") {
        let path = entry.expect("a file").path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        files += 1;
        let text = std::fs::read_to_string(&path).expect("a text");
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            assert!(!line.contains("dondoc"), "{}: {line}", path.display());
            let outside = ["use ", "pub use "].iter().find_map(|word| line.strip_prefix(word));
            if let Some(import) = outside {
                let first = import.split("::").next().expect("a path");
                assert!(["std", "jiff", "super", "calendar", "world"].contains(&first), "{}: {line}", path.display());
            }
        }
    }
    assert!(files >= 8, "the oracle has moved");
}
