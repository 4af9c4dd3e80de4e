//! What holds for every office, policy and timeline, tried on small random ones.

use std::fmt::Write as _;

use dondoc::engine::plan::audit_next_checks;
use dondoc::store::Store;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sqlx::Row as _;

use super::scenario::{Office, Scenario, accepted, assert_laws, line, local};

/// A run of some weeks around New Year and Tết.
#[derive(Clone, Debug)]
struct Story {
    text: String,
    /// When another daemon takes over, in minutes from the start.
    restart_min: i64,
}

const START: &str = "2023-12-11 07:30";
const DAYS: i64 = 75;

/// The head of one unit leaves for good; another is away over New Year, without anybody to stand in.
const PEOPLE_CHANGE: &str = "\
=== facts gone
[[person]]
id = \"an\"
name = \"Nguyễn Thử An\"
email = \"an@example.org\"
active = false
=== facts away
[[substitution]]
person = \"dung\"
from = 2023-12-28
to = 2024-01-04
";

fn any_when() -> BoxedStrategy<String> {
    prop_oneof![
        Just("on assignment".to_owned()),
        Just("on deadline".to_owned()),
        (1..9_u32, prop_oneof![Just("working days"), Just("working hours"), Just("days"), Just("hours")], any::<bool>())
            .prop_map(|(count, unit, before)| format!("{count} {unit} {} deadline", if before { "before" } else { "after" })),
        (1..9_u32, prop_oneof![Just("working days"), Just("hours"), Just("minutes")])
            .prop_map(|(count, unit)| format!("{count} {unit} after assignment")),
        (1..9_u32).prop_map(|count| format!("{count} working days without report")),
        (1..9_u32).prop_map(|count| format!("{count} days before deadline at 12:00")),
        (1..5_u32).prop_map(|count| format!("{count} working days after step s0")),
        (1..5_u32).prop_map(|count| format!("{count} working days after reported done")),
        (3..15_u32).prop_map(|count| format!("every {count} working days while undated")),
    ]
    .boxed()
}

prop_compose! {
    fn any_step(index: usize)(
        when in any_when(),
        to in prop_oneof![
            Just("\"assignee\""), Just("\"unit.head\""), Just("\"supervisor\""), Just("\"assignee\", \"unit.head\""),
            Just("\"monitor\""), Just("\"unit.deputy\""),
        ],
        extras in proptest::sample::subsequence(vec![
            "copy = [\"monitor\"]", "or_else = [\"unit.parent.head\"]", "courtesy = \"4 working hours\"",
            "repeat = { every = \"3 working days\", max = 3 }", "unless = \"acknowledged\"", "channels = \"all\"",
        ], 0..3),
        digest in proptest::option::weighted(0.3, prop_oneof![Just("daily"), Just("weekly")]),
    ) -> String {
        let when = if index == 0 && when.contains("after step") { "on assignment".to_owned() } else { when };
        let mut step = format!("[[policy.step]]\nname = \"s{index}\"\nwhen = \"{when}\"\nto = [{to}]\n");
        for extra in extras {
            let _ = writeln!(step, "{extra}");
        }
        if let Some(digest) = digest {
            let _ = writeln!(step, "digest = \"{digest}\"");
        }
        step
    }
}

prop_compose! {
    fn any_directive(index: usize)(
        lead in proptest::sample::subsequence(vec!["\"pnv\"", "\"kt\"", "\"vp\""], 1..=3),
        deadline in proptest::option::weighted(0.9, -10_i32..50),
        assignee in any::<bool>(),
    ) -> String {
        // Replies are about the first one, of this unit.
        let lead = if index == 1 && !lead.contains(&"\"pnv\"") { vec!["\"pnv\""] } else { lead };
        let mut text = format!(
            "[[directive]]\ndispatch = \"1/VP\"\nclause = \"{index}\"\ntitle = \"Việc {index}\"\nlead = [{}]\nfollow = \"press\"\n",
            lead.join(", ")
        );
        if let Some(days) = deadline {
            let day = jiff::civil::date(2023, 12, 18).saturating_add(SignedDuration::from_hours(24 * i64::from(days)));
            let _ = writeln!(text, "deadline = {day}");
        } else {
            text = text.replace("press", "review");
        }
        if assignee && lead == ["\"pnv\""] {
            text.push_str("assignee = \"binh\"\n");
        }
        text
    }
}

fn any_act() -> BoxedStrategy<String> {
    let reply = |text: &'static str| Just(format!("reply {text}"));
    prop_oneof![
        reply("acknowledge as an"),
        reply("acknowledge as an until 2024-01-05"),
        reply("progress as an percent 40"),
        reply("done as an"),
        reply("return as theo note thiếu"),
        reply("not-ours as an note không phải việc của phòng"),
        Just("telegram 403".to_owned()),
        Just("telegram 421 3".to_owned()),
        Just("email 451 twice".to_owned()),
        Just("email 550".to_owned()),
        Just("down".to_owned()),
        Just("unit merge kt into vp".to_owned()),
        Just("unit merge pnv into kt".to_owned()),
        Just("unit split pnv into kt vp rest kt 1/VP#1@pnv=vp".to_owned()),
        Just("unit rename pnv Phòng Tổ chức".to_owned()),
        Just("import gone".to_owned()),
        Just("import away".to_owned()),
    ]
    .boxed()
}

prop_compose! {
    fn any_story(disturbed: bool)(
        steps in (any_step(0), any_step(1), any_step(2), any_step(3)),
        always in proptest::bool::weighted(0.2),
        directives in (any_directive(1), any_directive(2), any_directive(3)),
        acts in proptest::collection::vec((0..DAYS * 1440, any_act()), if disturbed { 0..6 } else { 0..1_usize }),
        restart_min in 0..DAYS * 1440,
    ) -> Story {
        let hours = if always { "hours = \"always\"\n" } else { "" };
        let mut text = format!("=== config\n[[policy]]\nname = \"p\"\n{hours}{}{}{}{}", steps.0, steps.1, steps.2, steps.3);
        let _ = write!(text, "[[route]]\npolicy = \"p\"\n=== facts\n{}{}{}", directives.0, directives.1, directives.2);
        text.push_str(PEOPLE_CHANGE);
        let _ = write!(text, "=== timeline\n{START} import\n");
        let mut acts: Vec<_> = if disturbed { acts } else { Vec::new() };
        acts.sort();
        // A downtime is two days long: nothing else happens in these.
        let mut back = 0;
        acts.retain(|(minute, act)| {
            let happens = *minute >= back && *minute < (DAYS - 3) * 1440;
            if happens && act == "down" {
                back = minute + 2 * 1440;
            }
            happens
        });
        for (minute, act) in acts {
            let at = written(minute);
            if act == "down" {
                let back = written(minute + 2 * 1440);
                let _ = writeln!(text, "{at} down\n{back} up");
            } else if let Some(reply) = act.strip_prefix("reply ") {
                let _ = writeln!(text, "{at} reply 1/VP#1@pnv {reply}");
            } else {
                let _ = writeln!(text, "{at} {act}");
            }
        }
        let _ = writeln!(text, "{} end", written(DAYS * 1440));
        Story { text, restart_min }
    }
}

fn written(minute: i64) -> String {
    let at: Timestamp = local(START) + SignedDuration::from_mins(minute);
    let zone = jiff::tz::TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled");
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

async fn play(scenario: &Scenario) -> Office {
    Office::play(scenario, Store::scratch().await.expect("a scratch store")).await
}

/// Every reminder that came due has ended where a person can see it, and no check was forgotten.
async fn assert_accounted(office: &Office) {
    let rows = sqlx::query("SELECT step, state, reason FROM reminder").fetch_all(office.engine.store.read()).await;
    for row in rows.expect("reminders") {
        let (step, state, reason): (String, String, String) = (row.get("step"), row.get("state"), row.get("reason"));
        let ends = ["delivered", "merged", "missed", "answered", "cancelled", "undeliverable"];
        // What was put off by its channel at the very end still waits, and what came in rest time waits for its opening.
        let waits = ["queued", "carried"];
        assert!(ends.contains(&state.as_str()) || waits.contains(&state.as_str()), "{step} {state}");
        assert!(!reason.is_empty(), "{step} {state} says no reason");
    }
    let lost = "SELECT COUNT(*) AS many FROM reminder r WHERE r.state = 'carried' AND NOT EXISTS (
                  SELECT 1 FROM message_item i JOIN message m ON m.id = i.message_id
                  WHERE i.reminder_id = r.id AND i.state = 'open' AND m.state IN ('queued', 'deferred', 'uncertain', 'sending'))";
    let lost: i64 = sqlx::query_scalar(lost).fetch_one(office.engine.store.read()).await.expect("a count");
    assert_eq!(lost, 0, "carried by no message");
    let overdue = "SELECT COUNT(*) FROM reminder WHERE state = 'queued' AND due_at_ms < $1";
    let overdue: i64 = sqlx::query_scalar(overdue)
        .bind(office.clock.now().as_millisecond() - 1)
        .fetch_one(office.engine.store.read())
        .await
        .expect("a count");
    assert_eq!(overdue, 0, "queued and forgotten");
    let wrong = audit_next_checks(&office.engine, office.clock.now() - SignedDuration::from_millis(1)).await.expect("an audit");
    assert_eq!(wrong, 0, "checks that were forgotten");
}

/// No open assignment is left with a unit that has ended, and none has another name than it was given.
async fn assert_answered_for(office: &Office) {
    let mut connection = office.engine.store.read().acquire().await.expect("a reader");
    let directory = dondoc::store::directory::load(&mut connection).await.expect("units");
    let rows =
        dondoc::store::queries::list(&mut connection, &dondoc::store::queries::ListFilter::default()).await.expect("assignments");
    for row in rows {
        let ended = directory.units[&row.unit].span.to.is_some();
        assert!(row.work.is_closed() || !ended, "{} is left with {}", row.name, row.unit_code);
        assert!(["pnv", "kt", "vp"].contains(&row.name.unit.as_str()), "{}", row.name);
        assert_eq!(row.inherited_at.is_some(), row.name.unit != row.unit_code, "{}", row.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, max_shrink_iters: 12, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_laws_hold(story in any_story(true)) {
        run(async {
            let office = play(&Scenario::parse(&story.text)).await;
            assert_laws(&office.engine).await;
            assert_accounted(&office).await;
            assert_answered_for(&office).await;
        });
    }

    #[test]
    fn a_restart_or_a_crash_at_any_instant_changes_nothing(story in any_story(false), crash in any::<bool>()) {
        run(async {
            let calm = Scenario::parse(&story.text);
            let mut broken = Scenario::parse(&story.text);
            let at = calm.start() + SignedDuration::from_mins(story.restart_min);
            let last = broken.timeline.len() - 1;
            broken.timeline.insert(last, (at, if crash { "crash" } else { "up" }.to_owned()));
            let (calm, broken) = (play(&calm).await, play(&broken).await);
            assert_laws(&broken.engine).await;
            let lines = |list: Vec<_>| list.iter().map(|said| line(said, "")).collect::<Vec<_>>();
            assert_eq!(lines(accepted(&broken.engine).await), lines(accepted(&calm.engine).await));
        });
    }

    #[test]
    fn simulation_says_what_the_engine_sends(story in any_story(false)) {
        run(async {
            let scenario = Scenario::parse(&story.text);
            let office = play(&scenario).await;
            super::assert_same(&accepted(&office.engine).await, &super::through_simulation(&scenario).await);
        });
    }
}
