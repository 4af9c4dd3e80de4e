//! One assignment on a bench: rules, people and a planner that is turned from check to check.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::TimeZone;

use super::*;
use crate::domain::amount::Amount;
use crate::domain::calendar::{CalendarRules, HolidayTable, Hours, Window, WorkingCalendar};
use crate::domain::organisation::{Appointment, Person, Span, Standing, UnitId};
use crate::domain::policy::{Channels, Digest, Event, Policy, Repeat, Role, Step, Unless, When};
use crate::domain::reminder::ReminderState;
use crate::domain::reply::ReplyKind;
use crate::domain::rules::{BeforeDate, Language, Office, Route, Rules};

const HEAD: PersonId = PersonId(1);
const OFFICER: PersonId = PersonId(2);
const LEADER: PersonId = PersonId(3);

pub(super) fn calendar() -> WorkingCalendar {
    WorkingCalendar::new(CalendarRules {
        time_zone: TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled"),
        holidays: HolidayTable::Vn,
        announced: BTreeSet::new(),
        working_days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
        hours: vec![Window { start_min: 450, end_min: 690 }, Window { start_min: 780, end_min: 1020 }],
        changes: Vec::new(),
    })
}

pub(super) fn step(name: &str, event: Event, to: &[Role]) -> Step {
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

pub(super) fn days(count: u16) -> Amount {
    Amount::working_days(count)
}

/// The ladder of the example config.
pub(super) fn ladder() -> Vec<Step> {
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

pub(super) fn rules(steps: Vec<Step>, hours: Hours) -> Rules {
    Rules {
        digest: "test".into(),
        language: Language::Vi,
        office: Office {
            name: "Văn phòng".into(),
            monitor: Some(Role::Person("monitor".into())),
            operators: Vec::new(),
            brief: Vec::new(),
            salutation: "đồng chí".into(),
            due_soon: days(5),
            dispute_pause: days(1),
            storm_limit: crate::domain::storm::LIMIT_DEFAULT,
            alarm: None,
        },
        before_date: BeforeDate::Tolerant,
        calendar: calendar(),
        policies: vec![Policy { name: "p".into(), label: "p".into(), hours, blocked_pause: days(5), steps }],
        routes: vec![Route { policy: "p".into(), ..Route::default() }],
        trial: None,
    }
}

pub(super) fn person(id: PersonId, code: &str) -> Person {
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

pub(super) fn directory() -> Directory {
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

pub(super) fn at(text: &str) -> Timestamp {
    let local: DateTime = text.parse().expect("a local time");
    local.in_tz("Asia/Ho_Chi_Minh").expect("exists").timestamp()
}

pub(super) fn view(known: &str, deadline: Option<Date>) -> AssignmentView {
    AssignmentView {
        known_at: at(known),
        inherited_at: None,
        dispatch_date: date(2023, 10, 5),
        follow: if deadline.is_some() { Follow::Press } else { Follow::Review },
        deadline: deadline.map(Deadline::by),
        work: Work::NotAcknowledged,
        promised_until: None,
        paused_until: None,
        blocked_until: None,
        extended_at: None,
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
            blocker: None,
            supervisor: None,
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

pub(super) struct Bench {
    pub(super) rules: Rules,
    pub(super) directory: Directory,
    pub(super) view: AssignmentView,
    pub(super) sent: Vec<String>,
    /// Why each of these came.
    pub(super) why: Vec<(String, Reason)>,
}

impl Bench {
    pub(super) fn new(view: AssignmentView, steps: Vec<Step>, hours: Hours) -> Self {
        Self { rules: rules(steps, hours), directory: directory(), view, sent: Vec::new(), why: Vec::new() }
    }

    pub(super) fn plan(&self, now: Timestamp) -> Plan {
        let context = Context { rules: &self.rules, policy: &self.rules.policies[0], directory: &self.directory, now };
        plan(&self.view, &context)
    }

    pub(super) fn decisions(&self, now: Timestamp) -> Vec<Decision> {
        let context = Context { rules: &self.rules, policy: &self.rules.policies[0], directory: &self.directory, now };
        let (plan, decisions) = decide(&self.view, &context);
        assert_eq!(plan, self.plan(now), "who listens changes nothing");
        decisions
    }

    pub(super) fn take(&mut self, plan: &Plan, now: Timestamp, state: ReminderState) {
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
    pub(super) fn run(&mut self, from: &str, to: &str) -> &mut Self {
        let mut now = at(from);
        let end = at(to);
        for _ in 0..10_000 {
            let plan = self.plan(now);
            for due in &plan.due {
                let local = now.to_zoned(self.rules.calendar.time_zone().clone()).strftime("%d/%m/%Y %H:%M").to_string();
                let again = if due.key.occurrence > 1 { format!(" #{}", due.key.occurrence) } else { String::new() };
                self.sent.push(format!("{local} {}{again}", due.key.step));
                self.why.push((due.key.step.to_string(), due.reason));
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

    pub(super) fn answer(&mut self, kind: ReplyKind, when: &str) -> &mut Self {
        self.view.replies.push(Reply { kind, at: at(when), until: None, on: None, by: HEAD });
        self
    }
    /// The unit acknowledges and promises a day.
    pub(super) fn promise(&mut self, day: Date, when: &str) -> &mut Self {
        self.view.promised_until = Some(day);
        self.view.replies.push(Reply { kind: ReplyKind::Acknowledge, at: at(when), until: Some(day), on: None, by: HEAD });
        self
    }
}
