//! The coverage of what is open: for each step ahead whether somebody present is reached, ladders that are longer than their
//! directive, steps that can never come. Aggregated: a thousand assignments of one vacant position are one line.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::check::{Finding, counted, listed};
use super::{Engine, route};
use crate::diagnostic::Diagnostic;
use crate::domain::organisation::{Directory, Person};
use crate::domain::planner::{self, Context, Reason};
use crate::domain::policy::{ChannelKind, Event, Policy, Role, Step};
use crate::domain::reminder::{ReminderState, StepRef};
use crate::domain::rules::Language;
use crate::store::assignments::Loaded;
use crate::tree::say;

/// Policy and step.
type Rung = (String, String);

/// What is found, with the names of the assignments.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// Steps that would reach nobody, and people without any address: which assignments, and who.
    nobody: BTreeMap<Rung, BTreeSet<String>>,
    unaddressed: BTreeSet<String>,
    /// Steps behind a pace that cannot be computed.
    without_pace: BTreeMap<Rung, BTreeSet<String>>,
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
            let rung = || (policy.name.clone(), step.name.clone());
            // Only of a duty that is still to be done: what was over when it came in is caught up with and no fault of the rules.
            let is_ahead = one.view.deadline.is_some_and(|deadline| deadline.last_day >= context.rules.calendar.date_of(now));
            let may_send = !matches!(decision.reason, Reason::NotFollowed | Reason::Closed | Reason::Silenced);
            let is_before = matches!(step.when.event, Event::BeforeDeadline(_));
            if is_ahead && is_before && may_send && falls_before(one, &context, step) {
                self.too_long.entry(rung()).or_default().insert(name.to_owned());
            }
            if may_send && matches!(step.when.event, Event::BehindPace(_)) && !has_pace(one) {
                self.without_pace.entry(rung()).or_default().insert(name.to_owned());
            }
            let may_begin = decision.reason == Reason::NoMoment && may_begin(one, policy, step);
            if is_ahead_of(decision.reason) || may_begin {
                self.people(engine, directory, (one, name), policy, step, decision.moment.unwrap_or(now).max(now));
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
        let roles: Vec<Role> = step.to.iter().chain(&step.or_else).cloned().collect();
        let rung = (policy.name.clone(), step.name.clone());
        let is_named = self.too_long.get(&rung).is_some_and(|names| names.contains(name));
        if !is_named && directory.resolve(&roles, &one.view.parties, engine.rules.calendar.date_of(at)).recipients.is_empty() {
            self.nobody.entry(rung.clone()).or_default().insert(name.to_owned());
        }
        let has_address = |person: &Person| {
            engine.channels.iter().any(|channel| match channel {
                ChannelKind::Email => person.email.is_some(),
                ChannelKind::Telegram => person.telegram.is_some(),
            })
        };
        let unaddressed = people.iter().filter(|person| !has_address(person));
        self.unaddressed.extend(unaddressed.map(|person| format!("{} ({})", person.name, person.code)));
        let reached = people.iter().any(|person| !route::channel_order(person, &step.channels, &engine.channels).is_empty());
        if !reached && !people.is_empty() {
            let (who, which) = self.silent.entry(rung).or_default();
            who.extend(people.iter().map(|person| format!("{} ({})", person.name, person.code)));
            which.insert(name.to_owned());
        }
    }

    /// One warning for each thing to mend.
    pub(super) fn findings(self, has_channels: bool, language: Language) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut warn = |code, message: String, help: String, quoted: Option<String>| {
            found.push(Finding { problem: Diagnostic::warning(code, message).with_help(help), quoted });
        };
        for ((unit, position), names) in self.vacant {
            let (count, assignments, names) = told(names);
            let message = say!(
                language,
                "chức vụ {position} tại {unit} chưa có người: {count} nhiệm vụ được chuyển lên cấp trên hoặc không đến ai: {names}",
                "nobody holds {position} at {unit}; led to the unit above, or to nobody: {assignments}: {names}"
            );
            let help = say!(
                language,
                "nhập [[appointment]] position = \"{position}\", unit = \"{unit}\", hoặc [[substitution]] có by",
                "import an [[appointment]] with position = \"{position}\" and unit = \"{unit}\", or a [[substitution]] with by"
            );
            warn("vacant-position", message, help, None);
        }
        for ((policy, step), names) in self.nobody {
            let (count, assignments, names) = told(names);
            let message = say!(
                language,
                "bậc \"{step}\" của quy tắc \"{policy}\" không có ai để gửi cho {count} nhiệm vụ: {names}",
                "the step \"{step}\" of the policy \"{policy}\" reaches nobody for {assignments}: {names}"
            );
            let help = say!(
                language,
                "thêm [[appointment]], supervisor của đơn vị, hoặc or_else cho bậc này",
                "import an [[appointment]] or the unit's supervisor, or give the step an or_else"
            );
            warn("reaches-nobody", message, help, Some(step));
        }
        for ((policy, step), names) in self.without_pace {
            let (count, assignments, names) = told(names);
            let message = say!(
                language,
                "bậc \"{step}\" của quy tắc \"{policy}\" cần tiến độ, nhưng {count} nhiệm vụ không có chỉ tiêu hoặc thời hạn: {names}",
                "the step \"{step}\" of the policy \"{policy}\" needs a pace, and there is no target or deadline in {assignments}: {names}"
            );
            let help = say!(
                language,
                "ghi target và deadline, hoặc target.pace, trong [[directive]]",
                "give the [[directive]] a target and a deadline, or target.pace"
            );
            warn("no-pace", message, help, Some(step));
        }
        for ((policy, step), (who, names)) in self.silent {
            let who = listed(who.into_iter().collect());
            let (count, assignments, names) = told(names);
            let message = say!(
                language,
                "bậc \"{step}\" của quy tắc \"{policy}\" không có kênh nào đến được người nhận ({who}) của {count} nhiệm vụ: {names}",
                "the step \"{step}\" of the policy \"{policy}\" has no channel that reaches its people ({who}) for {assignments}: {names}"
            );
            let help = say!(
                language,
                "thêm email, liên kết tài khoản bằng dondoc link, hoặc bỏ channels của bậc này",
                "give them an email, link their account with `dondoc link`, or leave channels out of the step"
            );
            warn("no-channel", message, help, Some(step));
        }
        for ((policy, step), names) in self.too_long {
            let (count, assignments, names) = told(names);
            let message = say!(
                language,
                "bậc \"{step}\" của quy tắc \"{policy}\" rơi vào trước khi {count} nhiệm vụ được ban hành hoặc nhập vào hệ thống: {names}",
                "the step \"{step}\" of the policy \"{policy}\" falls before the issue or the import of {assignments}: {names}"
            );
            let help = say!(
                language,
                "dùng [[route]] với days_left để nhiệm vụ ngắn ngày theo quy tắc ngắn hơn",
                "send short duties to a shorter policy by a [[route]] with days_left"
            );
            warn("ladder-too-long", message, help, Some(step));
        }
        for ((policy, step), names) in self.never {
            let (count, assignments, names) = told(names);
            let message = say!(
                language,
                "bậc \"{step}\" của quy tắc \"{policy}\" không bao giờ đến với {count} nhiệm vụ vì bậc mà nó tính từ đó đã được bỏ qua: {names}",
                "the step \"{step}\" of the policy \"{policy}\" never comes for {assignments}: the step it counts from was passed over: {names}"
            );
            let help = say!(
                language,
                "tính bậc này từ thời hạn hoặc từ khi giao",
                "let it count from the deadline or from the assignment"
            );
            warn("never-comes", message, help, Some(step));
        }
        if has_channels && !self.unaddressed.is_empty() {
            found.push(without_address(self.unaddressed, language));
        }
        found
    }
}

/// Assignments as a warning speaks of them: how many, the same in English words, and which.
fn told(names: BTreeSet<String>) -> (usize, String, String) {
    (names.len(), counted(names.len()), listed(names.into_iter().collect()))
}

/// People whom no open channel reaches.
fn without_address(people: BTreeSet<String>, language: Language) -> Finding {
    let (count, are) = (people.len(), if people.len() == 1 { "person has" } else { "people have" });
    let names = listed(people.into_iter().collect());
    let message = say!(
        language,
        "{count} người không có địa chỉ ở kênh nào đang mở: {names}",
        "{count} {are} no address on any open channel: {names}"
    );
    let help = say!(language, "thêm email cho [[person]]", "give the [[person]] an email");
    Finding { problem: Diagnostic::warning("no-address", message).with_help(help), quoted: None }
}

/// What has come leaves at once, and somebody has to be there as well.
const fn is_ahead_of(reason: Reason) -> bool {
    matches!(
        reason,
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
    )
}

/// Whether a step without a moment gets one by what people do: a report, or the delivery of another step that may come itself.
fn may_begin(one: &Loaded, policy: &Policy, step: &Step) -> bool {
    let mut event = &step.when.event;
    // A ring of steps does not load; no way is longer than the ladder.
    for _ in &policy.steps {
        let Event::AfterStep(_, before) = event else { break };
        let Some(before) = policy.steps.iter().find(|step| step.name == *before) else { return false };
        if counts_from_the_passed_over(one, step) {
            return false;
        }
        event = &before.when.event;
    }
    let is_dated = one.view.deadline.is_some() || one.waits();
    match event {
        Event::BeforeDeadline(_) | Event::OnDeadline | Event::AfterDeadline(_) => is_dated,
        Event::EveryWhileUndated(_) => !is_dated,
        Event::BehindPace(_) => has_pace(one),
        _ => true,
    }
}

/// A line to compare figures with: a target, and a deadline or points of its own.
fn has_pace(one: &Loaded) -> bool {
    one.view.target.as_ref().is_some_and(|target| !target.pace.is_empty() || planner::pace_span(&one.view).to.is_some())
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
