//! The four laws of the planner as properties over random ladders.

use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;

use super::bench::{Bench, at, days, step, view};
use super::*;
use crate::domain::amount::{Amount, Unit};
use crate::domain::calendar::Hours;
use crate::domain::policy::{Digest, Event, Repeat, Role, Step, Unless};
use crate::domain::reminder::ReminderState;

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
            let mut names: Vec<_> = bench.decisions(now).iter().map(|decision| decision.step.clone()).collect();
            names.sort();
            prop_assert_eq!(names, ["notice:blocked", "notice:coordinating", "notice:extension-granted", "s0", "s1", "s2", "s3"]);
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
