//! When a step comes again, and what waits for what was told late.

use jiff::civil::date;

use super::bench::{Bench, at, days, ladder, step, view};
use super::*;
use crate::domain::amount::Amount;
use crate::domain::calendar::Hours;
use crate::domain::policy::{Event, Repeat, Role, Step};
use crate::domain::reminder::ReminderState;

#[test]
fn a_repeat_comes_again_until_a_later_step_was_delivered() {
    let mut steps = ladder();
    steps.retain(|step| step.name != "bao-cao");
    let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2023, 12, 31))), steps, Hours::Office);
    bench.run("2023-10-06T07:30", "2024-01-17T23:59");
    assert_eq!(
        &bench.sent[bench.sent.len() - 4..],
        [
            "09/01/2024 07:30 courtesy:don-doc #2",
            "09/01/2024 13:00 don-doc #2",
            "16/01/2024 07:30 courtesy:don-doc #3",
            "16/01/2024 13:00 don-doc #3",
        ]
    );
}

#[test]
fn a_repeat_counts_from_when_it_was_told_though_what_is_left_of_it_waits_for_the_next_day() {
    let repeat = Some(Repeat { every: Amount::working_days(2), until: None, max: 4 });
    let steps = vec![Step { repeat, ..step("don-doc", Event::AfterDeadline(Amount::working_days(1)), &[Role::UnitHead]) }];
    let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2023, 10, 10))), steps, Hours::Office);
    bench.run("2023-10-06T07:30", "2023-10-11T08:00");
    assert_eq!(bench.sent, ["11/10/2023 07:30 don-doc"]);
    for known in bench.view.reminders.values_mut() {
        known.due_at = at("2023-10-12T07:30");
    }
    bench.run("2023-10-11T08:00", "2023-10-13T08:00");
    assert_eq!(bench.sent[1..], ["13/10/2023 07:30 don-doc #2"]);
}

#[test]
fn what_was_told_late_at_the_moment_of_an_escalation_comes_a_working_day_before_it_whatever_put_it_off() {
    let steps = vec![
        step("giao-viec", Event::OnAssignment, &[Role::Assignee]),
        step("chua-nhan", Event::AfterAssignment(days(2)), &[Role::UnitHead, Role::Supervisor]),
    ];
    // The night puts off what is due, a door only the message of it.
    for due_at in ["2023-10-06T07:30", "2023-10-10T07:30"] {
        let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2023, 12, 31))), steps.clone(), Hours::Office);
        bench.run("2023-10-06T07:30", "2023-10-06T08:00");
        assert_eq!(bench.sent, ["06/10/2023 07:30 giao-viec"]);
        for known in bench.view.reminders.values_mut() {
            (known.due_at, known.settled_at) = (at(due_at), Some(at("2023-10-10T07:30")));
        }
        bench.run("2023-10-10T07:30", "2023-10-12T00:00");
        assert_eq!(bench.sent[1..], ["11/10/2023 07:30 chua-nhan"], "due at {due_at}");
    }
}

#[test]
fn a_later_step_of_the_moment_of_a_repeat_ends_it_whichever_of_both_is_told_first() {
    let repeat = Some(Repeat { every: Amount::working_days(2), until: None, max: 4 });
    let don_doc = Step { repeat, ..step("don-doc", Event::AfterDeadline(Amount::working_days(1)), &[Role::UnitHead]) };
    let bao_cao = step("bao-cao", Event::AfterDeadline(Amount::working_days(3)), &[Role::Supervisor]);
    let until_both = || {
        let steps = vec![don_doc.clone(), bao_cao.clone()];
        let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2023, 10, 10))), steps, Hours::Office);
        bench.run("2023-10-06T07:30", "2023-10-13T08:00");
        assert_eq!(bench.sent, ["11/10/2023 07:30 don-doc", "13/10/2023 07:30 don-doc #2", "13/10/2023 07:30 bao-cao"]);
        bench
    };
    for told_first in ["don-doc", "bao-cao"] {
        let mut bench = until_both();
        for (key, known) in &mut bench.view.reminders {
            let later = jiff::SignedDuration::from_millis(if key.step.is_named(told_first) { 0 } else { 52 });
            known.settled_at = known.settled_at.map(|settled| settled + later);
        }
        bench.run("2023-10-13T08:00", "2023-10-31T00:00");
        assert_eq!(bench.sent.len(), 3, "{told_first}: {:?}", bench.sent);
    }
}

/// `max` counts what was recorded, whatever became of it; a repeat that never was, because of a gap or of newer rules, is none.
#[test]
fn repeats_that_reached_nobody_count_and_those_that_never_were_do_not() {
    let repeats = || {
        let repeat = Some(Repeat { every: Amount::working_days(5), until: None, max: 4 });
        Step { repeat, ..step("don-doc", Event::AfterDeadline(Amount::working_days(1)), &[Role::Supervisor]) }
    };
    let start = || Bench::new(view("2023-10-06T07:30", Some(date(2023, 10, 31))), vec![repeats()], Hours::Office);
    let mut bench = start();
    bench.run("2023-10-06T07:30", "2023-11-02T00:00");
    let again = at("2023-11-08T07:30");
    let plan = bench.plan(again);
    bench.take(&plan, again, ReminderState::Undeliverable);
    bench.run("2023-11-08T07:31", "2024-02-01T00:00");
    assert_eq!(bench.sent.len() + 1, 4, "{:?}", bench.sent);
    // Three moments pass while nobody works.
    let mut bench = start();
    bench.run("2023-10-06T07:30", "2023-11-02T00:00").run("2023-11-30T10:00", "2024-02-01T00:00");
    assert_eq!(bench.sent.len(), 4, "{:?}", bench.sent);
    assert_eq!(bench.sent[1], "30/11/2023 10:00 don-doc #2");
    // And while the repeats were others.
    let mut bench = start();
    bench.run("2023-10-06T07:30", "2023-11-02T00:00");
    let since = Since { step: at("2023-10-01T00:00"), repeats: at("2023-11-30T10:00") };
    bench.view.step_since = std::sync::Arc::new(BTreeMap::from([("p/don-doc".to_owned(), since)]));
    bench.run("2023-11-30T10:00", "2024-02-01T00:00");
    assert_eq!(bench.sent.len(), 4, "{:?}", bench.sent);
    assert_eq!(bench.sent[1], "06/12/2023 07:30 don-doc #2");
}
