//! The coverage of what is open: for each step ahead whether somebody present is reached, ladders that are longer than their
//! directive, steps that can never come. Aggregated: a thousand assignments of one vacant position are one line.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::check::{Finding, listed};
use super::{Engine, route};
use crate::diagnostic::Diagnostic;
use crate::domain::organisation::Directory;
use crate::domain::planner::{self, Context, Reason};
use crate::domain::policy::{Event, Policy, Step};
use crate::domain::reminder::{ReminderState, StepRef};
use crate::domain::rules::Language;
use crate::store::assignments::Loaded;
use crate::tree::say;

/// Policy and step.
type Rung = (String, String);

/// What is found, with the names of the assignments.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// Positions nobody holds, by unit and position: which assignments lead there.
    vacant: BTreeMap<(String, String), BTreeSet<String>>,
    /// Steps whose people have no channel the step may use: who, and which assignments.
    silent: BTreeMap<Rung, (BTreeSet<String>, BTreeSet<String>)>,
    /// Steps whose moment lies before the directive's issue or import.
    too_long: BTreeMap<Rung, BTreeSet<String>>,
    /// Steps that count from a step which was passed over.
    never: BTreeMap<Rung, BTreeSet<String>>,
}

impl Coverage {
    /// Looks at one open assignment; `name` is what it is called.
    pub(super) fn look(&mut self, engine: &Engine, directory: &Directory, (one, name): (&Loaded, &str), now: Timestamp) {
        let Some(policy) = engine.policy_of(one, directory) else { return };
        let context = Context { rules: &engine.rules, policy, directory, now };
        let (_, decisions) = planner::decide(&one.view, &context);
        for step in &policy.steps {
            let decision = decisions.iter().find(|decision| decision.step == step.name);
            let Some(decision) = decision else { continue };
            // What has come leaves at once, and somebody has to be there as well.
            let ahead = matches!(
                decision.reason,
                Reason::MomentCame
                    | Reason::CaughtUp
                    | Reason::CaughtUpInTurn
                    | Reason::PromiseBroken
                    | Reason::WaitsForCourtesy
                    | Reason::Ahead
                    | Reason::WaitsItsTurn
                    | Reason::WaitsForLowerRung
                    | Reason::HeldByPromise
                    | Reason::Paused
                    | Reason::HeldByBlock
            );
            if ahead {
                self.people(engine, directory, (one, name), policy, step, decision.moment.unwrap_or(now).max(now));
            }
            let rung = || (policy.name.clone(), step.name.clone());
            // Only of a duty that is still to be done: what was over when it came in is caught up with and no fault of the rules.
            let is_ahead = one.view.deadline.is_some_and(|deadline| deadline.last_day >= context.rules.calendar.date_of(now));
            if is_ahead && matches!(step.when.event, Event::BeforeDeadline(_)) && falls_before(one, &context, step) {
                self.too_long.entry(rung()).or_default().insert(name.to_owned());
            }
            if decision.reason == Reason::NoMoment && counts_from_the_passed_over(one, step) {
                self.never.entry(rung()).or_default().insert(name.to_owned());
            }
        }
    }

    fn people(
        &mut self,
        engine: &Engine,
        directory: &Directory,
        (one, name): (&Loaded, &str),
        policy: &Policy,
        step: &Step,
        at: Timestamp,
    ) {
        let found = planner::address(&one.view, step, directory, engine.rules.calendar.date_of(at)).to;
        for vacancy in &found.vacancies {
            let unit = directory.units.get(&vacancy.unit).map_or_else(String::new, |unit| unit.code.clone());
            self.vacant.entry((unit, vacancy.position.clone())).or_default().insert(name.to_owned());
        }
        let people: Vec<_> = found.recipients.iter().filter_map(|one| directory.people.get(&one.person)).collect();
        let reached = people.iter().any(|person| !route::channel_order(person, &step.channels, &engine.channels).is_empty());
        if !reached && !people.is_empty() {
            let (who, which) = self.silent.entry((policy.name.clone(), step.name.clone())).or_default();
            who.extend(people.iter().map(|person| format!("{} ({})", person.name, person.code)));
            which.insert(name.to_owned());
        }
    }

    /// One warning for each thing to mend.
    pub(super) fn findings(self, language: Language) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut warn = |code, message: String, help: String, quoted: Option<String>| {
            found.push(Finding { problem: Diagnostic::warning(code, message).with_help(help), quoted });
        };
        for ((unit, position), names) in self.vacant {
            let (count, names) = (names.len(), listed(names.into_iter().collect()));
            let message = say!(
                language,
                "chức vụ {position} tại {unit} chưa có người: {count} nhiệm vụ được chuyển lên cấp trên hoặc không đến ai: {names}",
                "nobody holds {position} at {unit}: {count} assignments go to the unit above or reach nobody: {names}"
            );
            let help = say!(
                language,
                "nhập [[appointment]] position = \"{position}\", unit = \"{unit}\", hoặc [[substitution]] có by",
                "import an [[appointment]] with position = \"{position}\" and unit = \"{unit}\", or a [[substitution]] with by"
            );
            warn("vacant-position", message, help, None);
        }
        for ((policy, step), (who, names)) in self.silent {
            let (count, who, names) = (names.len(), listed(who.into_iter().collect()), listed(names.into_iter().collect()));
            let message = say!(
                language,
                "bậc \"{step}\" của quy tắc \"{policy}\" không có kênh nào đến được người nhận ({who}) của {count} nhiệm vụ: {names}",
                "the step \"{step}\" of the policy \"{policy}\" has no channel that reaches its people ({who}) for {count} assignments: {names}"
            );
            let help = say!(
                language,
                "thêm email, liên kết tài khoản bằng dondoc link, hoặc bỏ channels của bậc này",
                "give them an email, link their account with `dondoc link`, or leave channels out of the step"
            );
            warn("no-channel", message, help, Some(step));
        }
        for ((policy, step), names) in self.too_long {
            let (count, names) = (names.len(), listed(names.into_iter().collect()));
            let message = say!(
                language,
                "bậc \"{step}\" của quy tắc \"{policy}\" rơi vào trước khi {count} nhiệm vụ được ban hành hoặc nhập vào hệ thống: {names}",
                "the step \"{step}\" of the policy \"{policy}\" falls before {count} assignments were issued or known: {names}"
            );
            let help = say!(
                language,
                "dùng [[route]] với days_left để nhiệm vụ ngắn ngày theo quy tắc ngắn hơn",
                "send short duties to a shorter policy by a [[route]] with days_left"
            );
            warn("ladder-too-long", message, help, Some(step));
        }
        for ((policy, step), names) in self.never {
            let (count, names) = (names.len(), listed(names.into_iter().collect()));
            let message = say!(
                language,
                "bậc \"{step}\" của quy tắc \"{policy}\" không bao giờ đến với {count} nhiệm vụ vì bậc mà nó tính từ đó đã được bỏ qua: {names}",
                "the step \"{step}\" of the policy \"{policy}\" never comes for {count} assignments: the step it counts from was passed over: {names}"
            );
            let help = say!(
                language,
                "tính bậc này từ thời hạn hoặc từ khi giao",
                "let it count from the deadline or from the assignment"
            );
            warn("never-comes", message, help, Some(step));
        }
        found
    }
}

/// Whether the moment of a step lies before the directive was issued or became known.
fn falls_before(one: &Loaded, context: &Context<'_>, step: &Step) -> bool {
    let calendar = &context.rules.calendar;
    let issued = calendar.instant(one.view.dispatch_date, 0);
    planner::moment_of(&one.view, context, step).is_some_and(|moment| moment < one.view.known_at.max(issued))
}

/// A step that counts from another one's delivery, which was merged, missed or answered instead.
fn counts_from_the_passed_over(one: &Loaded, step: &Step) -> bool {
    let Event::AfterStep(_, before) = &step.when.event else { return false };
    one.view.reminders.iter().any(|(key, known)| {
        key.step == StepRef::Step(before.clone())
            && matches!(known.state, ReminderState::Merged | ReminderState::Missed | ReminderState::Answered)
    })
}
