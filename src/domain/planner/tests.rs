//! The planner as scenarios on one assignment.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;

use super::bench::{Bench, at, ladder, step, view};
use super::*;
use crate::domain::amount::{Amount, Unit};
use crate::domain::calendar::{CalendarRules, Change, ChangeKind, HolidayTable, Hours, Window, WorkingCalendar};
use crate::domain::policy::{Event, Role, Step, Unless};
use crate::domain::reminder::ReminderState;
use crate::domain::reply::ReplyKind;

fn after_new_year() -> Bench {
    Bench::new(view("2023-10-06T07:30", Some(date(2023, 12, 31))), ladder(), Hours::Office)
}

#[test]
fn the_ladder_around_31_12_2023_falls_on_the_days_of_the_interface() {
    let mut bench = after_new_year();
    bench.run("2023-10-06T07:30", "2024-01-10T23:59");
    assert_eq!(
        bench.sent,
        [
            "06/10/2023 07:30 giao-viec",
            "27/12/2023 07:30 nhac-3",
            "02/01/2024 07:30 courtesy:don-doc",
            "02/01/2024 13:00 don-doc",
            "08/01/2024 07:30 bao-cao",
        ]
    );
}

#[test]
fn an_assignment_that_arrives_late_gets_the_latest_reminder_and_then_the_escalations_day_by_day() {
    let mut bench = Bench::new(view("2024-01-15T09:10", Some(date(2023, 12, 31))), ladder(), Hours::Office);
    bench.run("2024-01-15T09:10", "2024-01-22T23:59");
    assert_eq!(
        bench.sent,
        [
            "15/01/2024 09:10 giao-viec",
            "16/01/2024 07:30 courtesy:don-doc",
            "16/01/2024 13:00 don-doc",
            "22/01/2024 07:30 bao-cao",
        ]
    );
    let merged: Vec<_> = bench.view.reminders.iter().filter(|(_, known)| known.state == ReminderState::Merged).collect();
    assert_eq!(merged.len(), 1, "the reminder of before is merged into the announcement");
}

#[test]
fn what_came_due_in_rest_time_waits_for_the_opening() {
    let mut bench = Bench::new(view("2023-12-29T20:00", Some(date(2024, 2, 29))), ladder(), Hours::Office);
    bench.run("2023-12-29T20:00", "2024-01-03T00:00");
    assert_eq!(bench.sent, ["02/01/2024 07:30 giao-viec"]);
}

#[test]
fn downtime_over_several_moments_gives_one_reminder_and_the_first_escalation_a_working_day_later() {
    let mut bench = after_new_year();
    bench.run("2023-10-06T07:30", "2023-10-07T00:00");
    bench.run("2024-01-11T10:00", "2024-01-12T23:00");
    assert_eq!(
        bench.sent,
        [
            "06/10/2023 07:30 giao-viec",
            "11/01/2024 10:00 nhac-3",
            "12/01/2024 07:30 courtesy:don-doc",
            "12/01/2024 13:00 don-doc",
        ]
    );
}

#[test]
fn a_report_stops_the_ladder_and_starts_the_monitors_clock() {
    let mut bench = after_new_year();
    bench.run("2023-10-06T07:30", "2024-01-02T08:00");
    bench.view.work = Work::ReportedDone;
    bench.answer(ReplyKind::Done, "2024-01-02T08:30").run("2024-01-02T08:30", "2024-01-31T00:00");
    assert_eq!(bench.sent.last().map(String::as_str), Some("04/01/2024 07:30 nghiem-thu"));
}

#[test]
fn an_answer_to_the_courtesy_keeps_that_occurrence_from_being_sent() {
    let mut bench = after_new_year();
    bench.run("2023-10-06T07:30", "2024-01-02T07:45");
    bench.view.work = Work::InProgress;
    bench.answer(ReplyKind::Progress, "2024-01-02T09:00").run("2024-01-02T09:00", "2024-01-05T00:00");
    assert_eq!(bench.sent.last().map(String::as_str), Some("02/01/2024 07:30 courtesy:don-doc"));
}

#[test]
fn a_promise_holds_the_ladder_and_broken_brings_the_next_step_at_once() {
    let mut bench = after_new_year();
    bench.run("2023-10-06T07:30", "2023-12-20T00:00");
    bench.view.promised_until = Some(date(2024, 1, 5));
    bench.run("2023-12-20T09:00", "2024-01-08T12:00");
    assert_eq!(bench.sent, ["06/10/2023 07:30 giao-viec", "08/01/2024 07:30 nhac-3"]);
    let plan = after_new_year().plan(at("2023-10-06T07:30"));
    assert_eq!(plan.due[0].reason, Reason::MomentCame);
}

#[test]
fn a_promise_broken_before_any_moment_brings_the_next_step_early() {
    let mut bench = after_new_year();
    bench.run("2023-10-06T07:30", "2023-10-10T00:00");
    bench.view.promised_until = Some(date(2023, 10, 20));
    bench.run("2023-10-10T09:00", "2023-11-20T12:00");
    assert_eq!(bench.sent, ["06/10/2023 07:30 giao-viec", "23/10/2023 07:30 nhac-3"]);
}

/// What follows a broken promise: when and why.
fn after_breach(bench: &mut Bench, from: &str, to: &str) -> Vec<String> {
    let before = bench.sent.len();
    bench.run(from, to);
    bench.sent[before..].to_vec()
}

#[test]
fn a_promise_that_answers_a_courtesy_and_is_broken_keeps_no_step_back() {
    let mut bench = after_new_year();
    bench.run("2023-10-06T07:30", "2024-01-02T07:45");
    assert_eq!(bench.sent.last().map(String::as_str), Some("02/01/2024 07:30 courtesy:don-doc"));
    bench.promise(date(2024, 1, 4), "2024-01-02T09:00");
    assert_eq!(
        after_breach(&mut bench, "2024-01-02T09:00", "2024-01-05T23:00"),
        ["05/01/2024 07:30 don-doc"],
        "announced already, and not answered by a promise that did not hold"
    );
}

#[test]
fn what_a_report_answered_before_a_promise_was_broken_leaves_the_next_step_to_come_at_once() {
    let mut steps = ladder();
    steps.iter_mut().filter(|step| step.name == "bao-cao").for_each(|step| step.digest = None);
    let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2023, 12, 31))), steps, Hours::Office);
    bench.run("2023-10-06T07:30", "2024-01-02T07:45");
    bench.answer(ReplyKind::Progress, "2024-01-02T08:30").promise(date(2024, 1, 3), "2024-01-02T09:00");
    let sent = after_breach(&mut bench, "2024-01-02T09:00", "2024-01-04T23:00");
    assert_eq!(sent, ["04/01/2024 07:30 bao-cao"]);
}

#[test]
fn a_broken_promise_brings_a_step_ahead_of_its_moment_though_its_courtesy_comes_first() {
    let mut bench = after_new_year();
    bench.run("2023-10-06T07:30", "2023-12-27T08:00");
    assert_eq!(bench.sent.last().map(String::as_str), Some("27/12/2023 07:30 nhac-3"));
    bench.promise(date(2023, 12, 27), "2023-12-27T09:00");
    let sent = after_breach(&mut bench, "2023-12-27T09:00", "2024-01-03T23:00");
    assert_eq!(sent, ["28/12/2023 07:30 courtesy:don-doc", "28/12/2023 13:00 don-doc"]);
    let said = bench.why.iter().filter(|(step, _)| step.ends_with("don-doc")).map(|(_, reason)| *reason);
    assert_eq!(said.collect::<Vec<_>>(), [Reason::PromiseBroken; 2]);
}

#[test]
fn whoever_answers_the_courtesy_of_a_broken_promise_has_answered_it() {
    let mut bench = after_new_year();
    bench.run("2023-10-06T07:30", "2023-12-27T08:00");
    bench.promise(date(2023, 12, 27), "2023-12-27T09:00");
    bench.run("2023-12-27T09:00", "2023-12-28T08:00").answer(ReplyKind::Progress, "2023-12-28T09:00");
    let sent = after_breach(&mut bench, "2023-12-28T09:00", "2024-01-03T23:00");
    assert_eq!(sent, Vec::<String>::new(), "the step was announced and answered; the one after it has a moment of its own");
}

#[test]
fn undated_duties_are_announced_once_and_reviewed_each_cycle() {
    let mut bench = Bench::new(view("2023-10-06T07:30", None), ladder(), Hours::Office);
    bench.run("2023-10-06T07:30", "2024-01-31T00:00");
    assert_eq!(
        bench.sent,
        ["06/10/2023 07:30 giao-viec", "07/11/2023 07:30 ra-soat", "07/12/2023 07:30 ra-soat #2", "09/01/2024 07:30 ra-soat #3"]
    );
}

#[test]
fn reviews_that_passed_in_a_downtime_are_one_review() {
    let mut bench = Bench::new(view("2023-10-06T07:30", None), ladder(), Hours::Office);
    bench.run("2023-10-06T07:30", "2023-10-07T00:00");
    bench.run("2024-01-03T10:00", "2024-01-31T00:00");
    assert_eq!(bench.sent, ["06/10/2023 07:30 giao-viec", "03/01/2024 10:00 ra-soat #2", "09/01/2024 07:30 ra-soat #3"]);
}

/// Rules with another rhythm are loaded at that moment.
fn review_every(bench: &mut Bench, days: u16, loaded: &str) {
    bench.rules.policies[0].steps[1].when.event = Event::EveryWhileUndated(days);
    let since = Since { step: at(loaded), repeats: at(loaded) };
    bench.view.step_since = std::sync::Arc::new(BTreeMap::from([("p/ra-soat".to_owned(), since)]));
}

#[test]
fn reviews_of_another_rhythm_come_at_its_first_multiple_after_the_rules() {
    let mut bench = Bench::new(view("2023-10-06T07:30", None), ladder(), Hours::Office);
    bench.run("2023-10-06T07:30", "2023-12-13T09:00");
    assert_eq!(bench.sent.last().map(String::as_str), Some("07/12/2023 07:30 ra-soat #2"), "44 working days");
    // More often: the multiples before the rules are not made up for; the 50th working day is.
    review_every(&mut bench, 5, "2023-12-13T09:00");
    bench.run("2023-12-13T09:00", "2023-12-23T00:00");
    assert_eq!(bench.sent[3..], ["15/12/2023 07:30 ra-soat #10", "22/12/2023 07:30 ra-soat #11"]);
    // Less often: the next multiple of 22 days, and not the twelfth.
    review_every(&mut bench, 22, "2023-12-25T09:00");
    bench.run("2023-12-25T09:00", "2024-02-20T00:00");
    assert_eq!(bench.sent[5..], ["09/01/2024 07:30 ra-soat #12", "15/02/2024 07:30 ra-soat #13"]);
}

#[test]
fn a_review_whose_hour_or_day_was_moved_since_is_not_sent_again() {
    let calendar_with = |start_min: u16, off: &[Date]| {
        let reason = |date: &Date| Change { date: *date, kind: ChangeKind::Off, reason: None, source: None };
        let hours = vec![Window { start_min, end_min: 690 }, Window { start_min: 780, end_min: 1020 }];
        let announced = BTreeSet::new();
        let time_zone = TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled");
        let working_days = vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
        let changes = off.iter().map(reason).collect();
        WorkingCalendar::new(CalendarRules { time_zone, holidays: HolidayTable::Vn, announced, working_days, hours, changes })
    };
    let mut bench = Bench::new(view("2023-10-06T07:30", None), ladder(), Hours::Office);
    bench.run("2023-10-06T07:30", "2023-12-07T10:00");
    assert_eq!(bench.sent.last().map(String::as_str), Some("07/12/2023 07:30 ra-soat #2"));
    // The office opens half an hour later.
    bench.rules.calendar = calendar_with(480, &[]);
    bench.run("2023-12-07T10:00", "2024-01-09T10:00");
    assert_eq!(bench.sent[3..], ["09/01/2024 08:00 ra-soat #3"]);
    // That day is entered as one off, after the review.
    bench.rules.calendar = calendar_with(480, &[date(2024, 1, 9)]);
    bench.run("2024-01-09T10:00", "2024-02-20T00:00");
    assert_eq!(bench.sent[4..], ["16/02/2024 08:00 ra-soat #4"]);
}

#[test]
fn a_review_that_new_rules_bring_is_not_made_up_for() {
    let mut bench = Bench::new(view("2023-10-06T07:30", None), ladder(), Hours::Office);
    review_every(&mut bench, 22, "2024-01-03T10:00");
    bench.run("2024-01-03T10:00", "2024-01-31T00:00");
    assert_eq!(bench.sent, ["03/01/2024 10:00 giao-viec", "09/01/2024 07:30 ra-soat #3"]);
}

/// On the morning of the deadline: an older reminder is merged into the announcement, and the escalation has that very moment.
#[test]
fn an_escalation_of_the_moment_of_the_announcement_waits_also_when_looked_at_again_before_that_was_told() {
    let mut steps = ladder();
    steps.truncate(3);
    steps.push(step("trinh", Event::OnDeadline, &[Role::Supervisor]));
    let known = "2024-01-10T07:30";
    let mut bench = Bench::new(view(known, Some(date(2024, 1, 10))), steps, Hours::Office);
    let plan = bench.plan(at(known));
    assert!(plan.passed.iter().any(|(_, _, state)| *state == ReminderState::Merged), "{plan:?}");
    bench.take(&plan, at(known), ReminderState::Carried);
    for look in [known, "2024-01-10T07:31"] {
        let plan = bench.plan(at(look));
        assert!(plan.due.is_empty(), "it is on its way: {plan:?}");
    }
    for reminder in bench.view.reminders.values_mut().filter(|reminder| reminder.state == ReminderState::Carried) {
        (reminder.state, reminder.settled_at) = (ReminderState::Delivered, Some(at("2024-01-10T07:31")));
    }
    bench.run("2024-01-10T07:31", "2024-01-12T00:00");
    assert_eq!(bench.sent, ["11/01/2024 07:30 trinh"]);
}

#[test]
fn nobody_is_asked_to_decide_on_a_duty_that_was_accepted_or_withdrawn_meanwhile() {
    use crate::domain::directive::Work;
    use crate::domain::reminder::{Notice, StepRef};

    let mut bench = after_new_year();
    bench.answer(ReplyKind::Extend, "2023-12-20T18:00");
    let anchor = bench.view.replies[0].anchor();
    for notice in [Notice::ExtensionAsked, Notice::Dispute] {
        let key = ReminderKey { step: StepRef::Notice(notice), anchor: anchor.clone(), occurrence: 1 };
        for (work, wanted) in [
            (Work::NotAcknowledged, Ok(())),
            (Work::ReportedDone, Ok(())),
            (Work::Withdrawn, Err(Reason::Closed)),
            (Work::Accepted, Err(Reason::Closed)),
        ] {
            bench.view.work = work;
            let now = at("2023-12-21T07:30");
            let context = Context { rules: &bench.rules, policy: &bench.rules.policies[0], directory: &bench.directory, now };
            assert_eq!(still_wanted(&bench.view, &context, &key), wanted, "{notice:?} {work:?}");
        }
    }
}

#[test]
fn an_extension_rearms_the_steps_around_the_deadline_and_an_edit_back_is_no_edit() {
    let mut bench = after_new_year();
    bench.run("2023-10-06T07:30", "2023-12-28T00:00");
    bench.view.deadline = Some(Deadline::by(date(2024, 3, 29)));
    bench.run("2023-12-28T09:00", "2024-03-27T00:00");
    assert_eq!(bench.sent.last().map(String::as_str), Some("26/03/2024 07:30 nhac-3"));
    let before = bench.sent.len();
    bench.view.deadline = Some(Deadline::by(date(2023, 12, 31)));
    let plan = bench.plan(at("2023-12-28T10:00"));
    assert!(plan.due.is_empty(), "{plan:?}");
    assert_eq!(bench.sent.len(), before);
}

#[test]
fn a_step_that_is_newer_than_its_moment_is_missed_and_later_ones_still_come() {
    let mut bench = after_new_year();
    bench.run("2023-10-06T07:30", "2023-10-07T00:00");
    let since = Since { step: at("2023-12-28T10:00"), repeats: at("2023-12-28T10:00") };
    let since = BTreeMap::from([("p/nhac-3".to_owned(), since)]);
    bench.view.step_since = std::sync::Arc::new(since);
    bench.run("2023-12-28T10:00", "2024-01-02T14:00");
    assert_eq!(bench.sent[1..], ["02/01/2024 07:30 courtesy:don-doc", "02/01/2024 13:00 don-doc"]);
    assert!(bench.view.reminders.values().any(|known| known.state == ReminderState::Missed));
}

#[test]
fn a_higher_rung_waits_until_the_lower_is_settled() {
    let mut steps = ladder();
    steps[3].courtesy = None;
    let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2023, 12, 31))), steps, Hours::Office);
    bench.run("2023-10-06T07:30", "2023-12-26T00:00");
    let now = at("2023-12-27T07:30");
    let plan = bench.plan(now);
    bench.take(&plan, now, ReminderState::Carried);
    let plan = bench.plan(at("2024-01-02T07:30"));
    assert!(plan.due.is_empty());
    let decisions = bench.decisions(at("2024-01-02T07:30"));
    let decision = decisions.iter().find(|decision| decision.step == "don-doc").expect("decided");
    assert_eq!(decision.reason, Reason::WaitsForLowerRung);
}

#[test]
fn a_reminder_that_is_still_on_its_way_goes_before_the_next_one() {
    let mut steps = ladder();
    steps.insert(3, step("dung-han", Event::OnDeadline, &[Role::Assignee]));
    let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2023, 12, 29))), steps, Hours::Office);
    bench.run("2023-10-06T07:30", "2023-12-25T00:00");
    let (told, due) = (at("2023-12-26T07:30"), at("2023-12-29T07:30"));
    let plan = bench.plan(told);
    bench.take(&plan, told, ReminderState::Carried);
    let plan = bench.plan(due);
    assert!(plan.due.is_empty(), "{plan:?}");
    let decisions = bench.decisions(due);
    let decision = decisions.iter().find(|decision| decision.step == "dung-han").expect("decided");
    assert_eq!(decision.reason, Reason::WaitsForLowerRung);

    for known in bench.view.reminders.values_mut() {
        (known.state, known.settled_at) = (ReminderState::Delivered, Some(due));
    }
    let released: Vec<_> = bench.plan(due).due.into_iter().map(|due| due.key.step.to_string()).collect();
    assert_eq!(released, ["dung-han"]);
}

#[test]
fn the_always_open_policy_waits_minutes_not_days() {
    let steps = vec![
        step("giao-ngay", Event::OnAssignment, &[Role::Assignee, Role::UnitHead]),
        Step {
            unless: Unless::Acknowledged,
            ..step("chua-nhan", Event::AfterAssignment(Amount { count: 20, unit: Unit::Minutes }), &[Role::Monitor])
        },
    ];
    let mut bench = Bench::new(view("2024-02-10T22:00", Some(date(2024, 2, 12))), steps, Hours::Always);
    bench.run("2024-02-10T22:00", "2024-02-11T22:00");
    assert_eq!(bench.sent, ["10/02/2024 22:00 giao-ngay", "10/02/2024 22:20 chua-nhan"]);
}

#[test]
fn all_steps_of_one_moment_are_one_rung() {
    let steps = vec![
        step("nhac", Event::OnDeadline, &[Role::Assignee]),
        step("trinh", Event::OnDeadline, &[Role::Supervisor]),
        step("bao", Event::OnDeadline, &[Role::Monitor]),
    ];
    let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2024, 1, 10))), steps, Hours::Office);
    assert_eq!(bench.plan(at("2024-01-10T07:30")).due.len(), 3);
    bench.run("2023-10-06T07:30", "2024-01-11T00:00");
    assert_eq!(bench.sent, ["10/01/2024 07:30 nhac", "10/01/2024 07:30 trinh", "10/01/2024 07:30 bao"]);
}

#[test]
fn steps_of_one_moment_stay_one_rung_when_it_passed_after_a_promise_was_broken() {
    let steps = vec![step("trinh", Event::OnDeadline, &[Role::Supervisor]), step("bao", Event::OnDeadline, &[Role::Monitor])];
    let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2024, 1, 10))), steps, Hours::Always);
    bench.view.promised_until = Some(date(2024, 1, 9));
    let due: Vec<_> =
        bench.plan(at("2024-01-10T23:58")).due.into_iter().map(|due| (due.key.step.to_string(), due.reason)).collect();
    assert_eq!(due, [("trinh".to_owned(), Reason::PromiseBroken), ("bao".to_owned(), Reason::PromiseBroken)]);
}

#[test]
fn who_was_told_after_a_downtime_is_not_reported_at_the_same_moment() {
    let steps = vec![
        step("giao", Event::OnAssignment, &[Role::Assignee]),
        step("chua-nhan", Event::AfterAssignment(Amount { count: 20, unit: Unit::Minutes }), &[Role::Monitor]),
    ];
    let mut bench = Bench::new(view("2024-02-10T22:00", Some(date(2024, 2, 12))), steps, Hours::Always);
    bench.run("2024-02-10T22:27", "2024-02-12T00:00");
    assert_eq!(bench.sent, ["10/02/2024 22:27 giao", "11/02/2024 10:50 chua-nhan"]);
}

#[test]
fn a_few_late_seconds_do_not_put_off_the_step_of_the_same_moment() {
    let steps = vec![step("nhac", Event::OnDeadline, &[Role::Assignee]), step("trinh", Event::OnDeadline, &[Role::Supervisor])];
    let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2024, 1, 10))), steps, Hours::Office);
    let now = at("2024-01-10T07:30") + jiff::SignedDuration::from_secs(9);
    let plan = bench.plan(now);
    assert_eq!(plan.due.len(), 2, "{plan:?}");
    bench.take(&plan, now, ReminderState::Delivered);
    assert!(bench.plan(now).due.is_empty());
}
