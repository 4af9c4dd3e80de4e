//! The planner as scenarios on one assignment, and its four laws as properties.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::amount::{Amount, Unit};
use crate::domain::calendar::{CalendarRules, HolidayTable, Hours, Window, WorkingCalendar};
use crate::domain::organisation::{Appointment, Person, Span, Standing, UnitId};
use crate::domain::policy::{Channels, Digest, Event, Policy, Repeat, Role, Step, Unless, When};
use crate::domain::reminder::ReminderState;
use crate::domain::reply::ReplyKind;
use crate::domain::rules::{BeforeDate, Language, Office, Route, Rules};

const HEAD: PersonId = PersonId(1);
const OFFICER: PersonId = PersonId(2);
const LEADER: PersonId = PersonId(3);

fn calendar() -> WorkingCalendar {
    WorkingCalendar::new(CalendarRules {
        time_zone: TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled"),
        holidays: HolidayTable::Vn,
        announced: BTreeSet::new(),
        working_days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
        hours: vec![Window { start_min: 450, end_min: 690 }, Window { start_min: 780, end_min: 1020 }],
        changes: Vec::new(),
    })
}

fn step(name: &str, event: Event, to: &[Role]) -> Step {
    Step {
        name: name.into(),
        label: name.into(),
        when: When { event, at: None },
        to: to.to_vec(),
        or_else: Vec::new(),
        copy: Vec::new(),
        unless: Unless::Completed,
        repeat: None,
        courtesy: None,
        digest: None,
        channels: Channels::Preferred,
    }
}

fn days(count: u16) -> Amount {
    Amount::working_days(count)
}

/// The ladder of the example config.
fn ladder() -> Vec<Step> {
    vec![
        step("giao-viec", Event::OnAssignment, &[Role::Assignee]),
        step("ra-soat", Event::EveryWhileUndated(22), &[Role::Assignee]),
        step("nhac-3", Event::BeforeDeadline(days(3)), &[Role::Assignee]),
        Step {
            courtesy: Some(Amount::working_hours(4)),
            repeat: Some(Repeat { every: days(5), until: None, max: 10 }),
            ..step("don-doc", Event::AfterDeadline(days(1)), &[Role::Supervisor])
        },
        Step { digest: Some(Digest::Weekly), ..step("bao-cao", Event::AfterDeadline(days(5)), &[Role::Supervisor]) },
        Step { unless: Unless::Accepted, ..step("nghiem-thu", Event::AfterReportedDone(days(2)), &[Role::Monitor]) },
    ]
}

fn rules(steps: Vec<Step>, hours: Hours) -> Rules {
    Rules {
        digest: "test".into(),
        language: Language::Vi,
        office: Office {
            name: "Văn phòng".into(),
            monitor: Some(Role::Person("monitor".into())),
            operators: Vec::new(),
            salutation: "đồng chí".into(),
            due_soon: days(5),
            dispute_pause: days(1),
            alarm: None,
        },
        before_date: BeforeDate::Tolerant,
        calendar: calendar(),
        policies: vec![Policy { name: "p".into(), label: "p".into(), hours, steps }],
        routes: vec![Route { policy: "p".into(), ..Route::default() }],
    }
}

fn person(id: PersonId, code: &str) -> Person {
    Person {
        id,
        code: code.into(),
        name: code.into(),
        email: Some(format!("{code}@example.org")),
        phone: None,
        telegram: None,
        telegram_dead: crate::domain::organisation::Dead::No,
        prefer: Vec::new(),
        salutation: None,
        active: crate::domain::organisation::Active::Yes,
    }
}

fn directory() -> Directory {
    let unit = crate::domain::organisation::Unit {
        id: UnitId(1),
        code: "pnv".into(),
        name: "Phòng Nội vụ".into(),
        parent: None,
        supervisor: Some(Role::Person("leader".into())),
        aliases: Vec::new(),
        span: Span::default(),
        successors: Vec::new(),
    };
    let held = |person, position: &str| Appointment {
        person,
        unit: UnitId(1),
        position: position.into(),
        title: None,
        span: Span::default(),
        standing: Standing::Full,
    };
    Directory {
        units: BTreeMap::from([(UnitId(1), unit)]),
        people: [(HEAD, "head"), (OFFICER, "officer"), (LEADER, "leader"), (PersonId(4), "monitor")]
            .into_iter()
            .map(|(id, code)| (id, person(id, code)))
            .collect(),
        appointments: BTreeMap::from([(UnitId(1), vec![held(HEAD, "head"), held(OFFICER, "officer")])]),
        substitutions: BTreeMap::new(),
    }
}

fn at(text: &str) -> Timestamp {
    let local: DateTime = text.parse().expect("a local time");
    local.in_tz("Asia/Ho_Chi_Minh").expect("exists").timestamp()
}

fn view(known: &str, deadline: Option<Date>) -> AssignmentView {
    AssignmentView {
        known_at: at(known),
        dispatch_date: date(2023, 10, 5),
        follow: if deadline.is_some() { Follow::Press } else { Follow::Review },
        deadline: deadline.map(Deadline::by),
        work: Work::NotAcknowledged,
        promised_until: None,
        paused_until: None,
        target: None,
        figures: Vec::new(),
        replies: Vec::new(),
        reminders: BTreeMap::new(),
        step_since: std::sync::Arc::default(),
        told: BTreeSet::new(),
        parties: Parties {
            lead: UnitId(1),
            assignee: None,
            coordinating: Vec::new(),
            monitor: Some(Role::Person("monitor".into())),
            operators: Vec::new(),
        },
    }
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let policy = &self.rules.policies[0];
        for step in &policy.steps {
            let Step { name, when, repeat, courtesy, digest, unless, to, .. } = step;
            writeln!(f, "{name}: {:?} {repeat:?} {courtesy:?} {digest:?} {unless:?} {to:?}", when.event)?;
        }
        let view = &self.view;
        writeln!(f, "{:?} deadline {:?} promise {:?}", policy.hours, view.deadline.map(|one| one.last_day), view.promised_until)
    }
}

struct Bench {
    rules: Rules,
    directory: Directory,
    view: AssignmentView,
    sent: Vec<String>,
}

impl Bench {
    fn new(view: AssignmentView, steps: Vec<Step>, hours: Hours) -> Self {
        Self { rules: rules(steps, hours), directory: directory(), view, sent: Vec::new() }
    }

    fn plan(&self, now: Timestamp) -> Plan {
        let context = Context { rules: &self.rules, policy: &self.rules.policies[0], directory: &self.directory, now };
        plan(&self.view, &context)
    }

    fn take(&mut self, plan: &Plan, now: Timestamp, state: ReminderState) {
        for due in &plan.due {
            let settled_at = (state == ReminderState::Delivered).then_some(now);
            self.view.reminders.insert(due.key.clone(), Recorded { moment: due.moment, due_at: due.due_at, state, settled_at });
        }
        for (key, moment, passed) in &plan.passed {
            let due_at = if *passed == ReminderState::Missed { *moment } else { now };
            self.view.reminders.insert(key.clone(), Recorded { moment: *moment, due_at, state: *passed, settled_at: None });
        }
    }

    /// Turns the planner from one check to the next; everything due is accepted at once.
    fn run(&mut self, from: &str, to: &str) -> &mut Self {
        let mut now = at(from);
        let end = at(to);
        for _ in 0..10_000 {
            let plan = self.plan(now);
            for due in &plan.due {
                let local = now.to_zoned(self.rules.calendar.time_zone().clone()).strftime("%d/%m/%Y %H:%M").to_string();
                let again = if due.key.occurrence > 1 { format!(" #{}", due.key.occurrence) } else { String::new() };
                self.sent.push(format!("{local} {}{again}", due.key.step));
            }
            self.take(&plan, now, ReminderState::Delivered);
            if !plan.due.is_empty() || !plan.passed.is_empty() {
                continue;
            }
            match plan.next_check {
                Some(next) if next <= end => {
                    assert!(next > now, "the planner asks to look again at the same instant: {plan:?}");
                    now = next;
                }
                _ => return self,
            }
        }
        panic!("the planner does not come to rest: {:?}", self.sent);
    }

    fn answer(&mut self, kind: ReplyKind, when: &str) -> &mut Self {
        self.view.replies.push(Reply { kind, at: at(when), until: None, on: None, by: HEAD });
        self
    }
}

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
fn a_repeat_comes_again_until_a_later_step_was_delivered() {
    let mut steps = ladder();
    steps.retain(|step| step.name != "bao-cao");
    let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2023, 12, 31))), steps, Hours::Office);
    bench.run("2024-01-02T00:00", "2024-01-17T23:59");
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
    let since = BTreeMap::from([("p/nhac-3".to_owned(), at("2023-12-28T10:00"))]);
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
    let decision = plan.decisions.iter().find(|decision| decision.step == "don-doc").expect("decided");
    assert_eq!(decision.reason, Reason::WaitsForLowerRung);
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
fn a_few_late_seconds_do_not_put_off_the_step_of_the_same_moment() {
    let steps = vec![step("nhac", Event::OnDeadline, &[Role::Assignee]), step("trinh", Event::OnDeadline, &[Role::Supervisor])];
    let mut bench = Bench::new(view("2023-10-06T07:30", Some(date(2024, 1, 10))), steps, Hours::Office);
    let now = at("2024-01-10T07:30") + jiff::SignedDuration::from_secs(9);
    let plan = bench.plan(now);
    assert_eq!(plan.due.len(), 2, "{plan:?}");
    bench.take(&plan, now, ReminderState::Delivered);
    assert!(bench.plan(now).due.is_empty());
}

fn any_event() -> BoxedStrategy<Event> {
    let unit =
        prop_oneof![Just(Unit::WorkingDays), Just(Unit::WorkingHours), Just(Unit::Days), Just(Unit::Hours), Just(Unit::Minutes)];
    let amount = (0_u16..40, unit).prop_map(|(count, unit)| Amount { count, unit });
    prop_oneof![
        Just(Event::OnAssignment),
        amount.clone().prop_map(Event::BeforeDeadline),
        Just(Event::OnDeadline),
        amount.clone().prop_map(Event::AfterDeadline),
        amount.clone().prop_map(Event::AfterAssignment),
        amount.clone().prop_map(Event::WithoutReport),
        amount.clone().prop_map(Event::AfterReportedDone),
        amount.prop_map(|amount| Event::AfterStep(amount, "s0".into())),
        (1_u16..30).prop_map(Event::EveryWhileUndated),
    ]
    .boxed()
}

prop_compose! {
    fn any_step(index: usize)(
        event in any_event(),
        escalates in any::<bool>(),
        repeats in proptest::option::of((1_u16..8, 1_u16..6)),
        courtesy in proptest::option::of(1_u16..9),
        digest in proptest::option::of(prop_oneof![Just(Digest::Daily), Just(Digest::Weekly)]),
        unless in prop_oneof![Just(Unless::Completed), Just(Unless::Acknowledged), Just(Unless::Reported)],
    ) -> Step {
        let event = match event {
            Event::AfterStep(..) if index == 0 => Event::OnDeadline,
            other => other,
        };
        Step {
            repeat: repeats.map(|(every, max)| Repeat { every: days(every), until: None, max }),
            courtesy: courtesy.map(Amount::working_hours),
            digest,
            unless,
            ..step(&format!("s{index}"), event, &[if escalates { Role::Supervisor } else { Role::Assignee }])
        }
    }
}

prop_compose! {
    fn any_bench()(
        steps in (any_step(0).boxed(), any_step(1).boxed(), any_step(2).boxed(), any_step(3).boxed()),
        hours in prop_oneof![3 => Just(Hours::Office), 1 => Just(Hours::Always)],
        dated in any::<bool>(),
        promise in proptest::option::of(0_i32..60),
        offset in -30_i32..60,
        minute in 0_i64..(90 * 24 * 60),
    ) -> (Bench, Timestamp) {
        let known = at("2023-12-01T09:17");
        let base = date(2023, 12, 15);
        let deadline = base.saturating_add(jiff::Span::new().days(offset));
        let mut view = view("2023-12-01T09:17", dated.then_some(deadline));
        view.follow = Follow::Press;
        view.promised_until = promise.map(|days| base.saturating_add(jiff::Span::new().days(days)));
        let bench = Bench::new(view, vec![steps.0, steps.1, steps.2, steps.3], hours);
        (bench, known + jiff::SignedDuration::from_mins(minute))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn law_deterministic_idempotent_accountable((mut bench, now) in any_bench()) {
        for _ in 0..6 {
            let plan = bench.plan(now);
            prop_assert_eq!(&plan, &bench.plan(now));
            let mut names: Vec<_> = plan.decisions.iter().map(|decision| decision.step.clone()).collect();
            names.sort();
            prop_assert_eq!(names, ["s0", "s1", "s2", "s3"]);
            bench.take(&plan, now, ReminderState::Queued);
            let again = bench.plan(now);
            for due in &again.due {
                // What was answered or missed at this instant may bring its next occurrence, nothing else may come.
                prop_assert!(plan.passed.iter().any(|(key, ..)| key.step == due.key.step), "{:?}", due);
            }
            prop_assert!(plan.passed.is_empty() == again.due.is_empty() || again.due.is_empty());
            bench.take(&again, now, ReminderState::Delivered);
            for known in bench.view.reminders.values_mut().filter(|known| known.state == ReminderState::Queued) {
                (known.state, known.settled_at) = (ReminderState::Delivered, Some(now));
            }
        }
    }

    #[test]
    fn law_no_surprises((mut bench, start) in any_bench(), fractions in proptest::collection::vec(0.0_f64..1.0, 6)) {
        let mut now = start;
        for _ in 0..12 {
            let plan = bench.plan(now);
            bench.take(&plan, now, ReminderState::Delivered);
            if !plan.due.is_empty() || !plan.passed.is_empty() {
                continue;
            }
            let Some(next) = plan.next_check else { break };
            prop_assert!(next > now, "{:?}", plan);
            let gap = next.as_millisecond() - now.as_millisecond();
            for fraction in &fractions {
                #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a sample between two instants")]
                let between = now + jiff::SignedDuration::from_millis(((gap - 1) as f64 * fraction) as i64);
                let surprise = bench.plan(between);
                prop_assert!(surprise.due.is_empty() && surprise.passed.is_empty(), "{} of {}: {:?}", between, next, surprise);
            }
            now = next;
        }
    }

    #[test]
    fn every_ladder_comes_to_rest((mut bench, _) in any_bench()) {
        bench.run("2023-12-01T09:17", "2024-06-30T00:00");
        prop_assert!(bench.sent.len() < 4 * 160, "{}", bench.sent.len());
    }

    #[test]
    fn nothing_is_due_outside_the_office_hours((bench, now) in any_bench()) {
        let plan = bench.plan(now);
        if !bench.rules.calendar.is_open(&bench.rules.policies[0].hours, now) {
            prop_assert!(plan.due.is_empty());
        }
    }
}
