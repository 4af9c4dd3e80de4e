//! The laws of recurring duties: every period has one assignment, whatever happens to the daemon meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use dondoc::domain::deadline::DeadlineRule;
use dondoc::domain::phrase::read_deadline;
use dondoc::engine::period;
use dondoc::engine::simulate::{Range, simulate};
use dondoc::store::Store;
use jiff::SignedDuration;
use jiff::civil::date;
use proptest::prelude::*;
use sqlx::Row as _;

use super::scenario::{CHANNELS, Office, Scenario, accepted, assert_laws, local, take_in};

const PHRASES: [&str; 7] = [
    "hằng tuần, trước 15 giờ thứ Năm",
    "hằng tháng, trước ngày 20",
    "trước ngày 01 hằng tháng",
    "trước ngày 15 của tháng cuối quý",
    "định kỳ 6 tháng và hằng năm",
    "trước ngày 20/11 hàng năm",
    "định kỳ hằng quý, 6 tháng và hằng năm, trước ngày 20 của tháng cuối kỳ",
];
const START: &str = "2023-10-06 07:30";
const END: &str = "2025-03-10 23:59";

fn text(phrase: &str, acts: &str) -> String {
    format!(
        "=== config\n[[policy]]\nname = \"p\"\n[[policy.step]]\nname = \"giao\"\nwhen = \"on assignment\"\nto = [\"assignee\"]\n\
         [[route]]\npolicy = \"p\"\n=== facts\n[[directive]]\ndispatch = \"1/VP\"\nclause = \"1\"\ntitle = \"Báo cáo\"\n\
         lead = [\"pnv\", \"kt\"]\ndeadline = \"{phrase}\"\n=== timeline\n{START} import\n{acts}{END} end\n"
    )
}

/// Every period with how many assignments it has, by unit.
async fn opened(office: &Office) -> BTreeMap<(i64, String), i64> {
    let sql = "SELECT unit_id, period, COUNT(*) AS many FROM assignment GROUP BY unit_id, period";
    let rows = sqlx::query(sql).fetch_all(office.engine.store.read()).await.expect("assignments");
    rows.iter().map(|row| ((row.get("unit_id"), row.get("period")), row.get("many"))).collect()
}

/// Every period from the dispatch to the end, as the domain counts them.
fn expected(scenario: &Scenario, phrase: &str) -> Vec<String> {
    let rules = scenario.rules("");
    let issued = date(2023, 10, 5);
    let reading = read_deadline(phrase, issued, &rules.calendar).expect("a phrase");
    let DeadlineRule::Recurring(rule) = reading.rule else { panic!("{phrase} does not recur") };
    let last = rules.calendar.date_of(scenario.end());
    let mut names = Vec::new();
    let mut period = rule.first_due_from(issued);
    while names.is_empty() || rule.opens_on(period) <= last {
        names.push(period.to_string());
        period = rule.after(period);
    }
    names.sort();
    names
}

async fn assert_every_period_once(office: &Office, scenario: &Scenario, phrase: &str) {
    let opened = opened(office).await;
    assert!(opened.values().all(|many| *many == 1), "{opened:?}");
    let units: Vec<i64> = opened.keys().map(|(unit, _)| *unit).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    assert_eq!(units.len(), 2);
    for unit in units {
        let theirs: Vec<String> = opened.keys().filter(|(of, _)| *of == unit).map(|(_, period)| period.clone()).collect();
        assert_eq!(theirs, expected(scenario, phrase), "{phrase}");
    }
    let again = period::open(&office.engine, office.clock.now() - SignedDuration::from_millis(1)).await.expect("opened");
    assert_eq!(again, 0, "opening is idempotent");
}

prop_compose! {
    /// Downtimes of up to ten months, restarts and the same facts once more, in the order of time.
    fn any_acts()(acts in proptest::collection::vec((0_i64..500, 0_i64..300, 0_u8..3), 0..5)) -> String {
        let (mut acts, mut text, mut free) = (acts, String::new(), 1);
        acts.sort_unstable();
        let at = |day: i64| {
            let day = date(2023, 10, 6).saturating_add(SignedDuration::from_hours(24 * day));
            format!("{day} 00:00")
        };
        for (day, length, kind) in acts {
            if day < free || day + length > 515 {
                continue;
            }
            free = day + length + 1;
            match kind {
                0 => text.push_str(&format!("{} down\n{} up\n", at(day), at(day + length))),
                1 => text.push_str(&format!("{} up\n", at(day))),
                _ => text.push_str(&format!("{} import\n", at(day))),
            }
        }
        text
    }
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, max_shrink_iters: 12, ..ProptestConfig::default() })]

    #[test]
    fn every_period_has_exactly_one_assignment_whatever_happens_meanwhile(phrase in proptest::sample::select(&PHRASES[..]), acts in any_acts()) {
        run(async {
            let scenario = Scenario::parse(&text(phrase, &acts));
            let office = Office::play(&scenario, Store::scratch().await.expect("a scratch store")).await;
            assert_laws(&office.engine).await;
            assert_every_period_once(&office, &scenario, phrase).await;
        });
    }
}

#[tokio::test]
async fn a_replay_opens_the_same_periods_as_the_engine_did() {
    for phrase in PHRASES {
        let scenario = Scenario::parse(&text(phrase, "").replace(START, "2023-10-05 07:30"));
        let office = Office::play(&scenario, Store::scratch().await.expect("a scratch store")).await;
        let lived = accepted(&office.engine).await;
        // A store that has lived through it, and one that learns of it only now.
        let late = Store::scratch().await.expect("a scratch store");
        let (rules, today) = (scenario.rules(""), local("2025-03-11 09:00"));
        take_in(&late, &rules, &scenario.texts(""), today).await;
        for store in [&office.engine.store, &late] {
            let range = Range { from: Some(date(2023, 10, 1)), to: Some(date(2025, 3, 10)) };
            let replayed = simulate(store, &Arc::clone(&rules), &CHANNELS, range, today).await.expect("a simulation");
            super::assert_same(&lived, &replayed);
        }
    }
}
