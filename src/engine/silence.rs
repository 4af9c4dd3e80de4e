//! One answer of `why-not`: what became of one step, at one time, for one person.

use jiff::Timestamp;

use super::grounds::RuleGrounds;
use super::guard::Stood;
use super::part::{Found, Part, found};
use super::why::{Basis, Named};
use super::why_not::Asked;
use crate::domain::guard::Guard;
use crate::domain::planner::{Context, Courtesy, Decision, Plan, Reason};
use crate::domain::policy::Step;
use crate::domain::reminder::{ReminderKey, ReminderState, StepRef};
use crate::store::rewind::{ItemThen, ReminderThen};

/// Why a person has got nothing of a step, or that they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// They were told: it is no silence.
    Told,
    /// A message to them was made and is not final.
    OnItsWay,
    /// A message to them waits in a person's queue.
    Held,
    /// What is for them was to be more than anybody foresaw: it waits until an operator approves it.
    HeldByGuard,
    /// Their channel refused it.
    Refused,
    /// It went to the trial mailbox.
    Trial,
    /// They are a recipient and have no channel that works.
    NoChannel,
    /// It went, or goes, to others.
    NotARecipient,
    /// They answered "not ours".
    Muted,
    /// They are away that day, and others get it.
    Away,
    /// They do not hold the position it goes to that day.
    NotInOffice,
    /// Its people were told by a lower step, so others get it instead.
    ToldBefore,
    /// Its moment lies ahead.
    NotDueYet,
    /// Its moment has come in rest time.
    OutsideHours,
    /// It is due and not carried yet.
    DueNow,
    /// It has no moment: no deadline, no event.
    NoMoment,
    /// Its `unless` holds.
    Silenced,
    /// The unit answered after the courtesy.
    Answered,
    /// The assignment is accepted or withdrawn.
    Closed,
    /// A later reminder stands for it.
    Merged,
    /// Its moment passed before the rule existed.
    Missed,
    /// It was taken back before it was sent.
    Cancelled,
    /// None of its people could be reached.
    Undeliverable,
    /// A promise holds the ladder.
    HeldByPromise,
    /// The ladder is paused.
    Paused,
    /// The unit waits for another one.
    HeldByBlock,
    /// A lower rung is not settled.
    WaitsForLowerRung,
    /// A past escalation waits for its turn.
    WaitsItsTurn,
    /// The courtesy before it runs.
    WaitsForCourtesy,
    /// No courtesy is owed before the step.
    CourtesyNotOwed,
    /// It came, and does not come again.
    RepeatEnded,
    /// The way the assignment is followed has no such step.
    NotFollowed,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 32] = [
        Self::Told,
        Self::OnItsWay,
        Self::Held,
        Self::HeldByGuard,
        Self::Refused,
        Self::Trial,
        Self::NoChannel,
        Self::NotARecipient,
        Self::Muted,
        Self::Away,
        Self::NotInOffice,
        Self::ToldBefore,
        Self::NotDueYet,
        Self::OutsideHours,
        Self::DueNow,
        Self::NoMoment,
        Self::Silenced,
        Self::Answered,
        Self::Closed,
        Self::Merged,
        Self::Missed,
        Self::Cancelled,
        Self::Undeliverable,
        Self::HeldByPromise,
        Self::Paused,
        Self::HeldByBlock,
        Self::WaitsForLowerRung,
        Self::WaitsItsTurn,
        Self::WaitsForCourtesy,
        Self::CourtesyNotOwed,
        Self::RepeatEnded,
        Self::NotFollowed,
    ];

    /// The word of JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::OnItsWay => "on-its-way",
            Self::Held => "held",
            Self::HeldByGuard => "held-by-guard",
            Self::Refused => "refused",
            Self::Trial => "trial",
            Self::NoChannel => "no-channel",
            Self::NotARecipient => "not-a-recipient",
            Self::Muted => "muted",
            Self::Away => "away",
            Self::NotInOffice => "not-in-office",
            Self::ToldBefore => "told-before",
            Self::NotDueYet => "not-due-yet",
            Self::OutsideHours => "outside-hours",
            Self::DueNow => "due-now",
            Self::NoMoment => "no-moment",
            Self::Silenced => "silenced",
            Self::Answered => "answered",
            Self::Closed => "closed",
            Self::Merged => "merged",
            Self::Missed => "missed-rule-is-newer",
            Self::Cancelled => "cancelled",
            Self::Undeliverable => "undeliverable",
            Self::HeldByPromise => "held-by-promise",
            Self::Paused => "paused",
            Self::HeldByBlock => "held-by-block",
            Self::WaitsForLowerRung => "waits-for-lower-rung",
            Self::WaitsItsTurn => "waits-its-turn",
            Self::WaitsForCourtesy => "waits-for-courtesy",
            Self::CourtesyNotOwed => "courtesy-not-owed",
            Self::RepeatEnded => "repeat-ended",
            Self::NotFollowed => "not-followed",
        }
    }
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The step, or the courtesy before it, or what the house tells.
    pub step: StepRef,
    /// What people are shown for it.
    pub label: Option<String>,
    /// The rule, as it is now.
    pub rule: Option<RuleGrounds>,
    /// 1 for the first time.
    pub occurrence: u16,
    /// Why.
    pub code: Code,
    /// More of it, as a reason code or what a channel said; may be empty.
    pub reason: String,
    /// The slot it is meant for, where there is one.
    pub moment: Option<Timestamp>,
    /// When it is looked at again, where that is known.
    pub next_at: Option<Timestamp>,
    /// When the person was told, or will be; `None` for every silence.
    pub told_at: Option<Timestamp>,
    /// What the person is to it, when it leaves.
    pub part: Part,
    /// What keeps the person from it besides, whenever it leaves; `None` where nothing does, and where `code` says it.
    pub besides: Option<Code>,
    /// Who gets it, or got it, for action.
    pub recipients: Vec<Named>,
    /// The message to this person, where there is one.
    pub message: Option<String>,
    /// The key of the recorded reminder.
    pub reminder: Option<i64>,
    /// Where the answer comes from.
    pub basis: Basis,
}

/// What the store knew of one reminder.
pub(super) fn of_row(asked: &Asked<'_>, context: Option<&Context<'_>>, row: &ReminderThen) -> Silence {
    let items: Vec<&ItemThen> = asked.then.items.iter().filter(|item| item.reminder_id == row.id).collect();
    let own = best(&items, asked);
    let is_open = matches!(row.recorded.state, ReminderState::Queued | ReminderState::Carried) && items.is_empty();
    let opening = context.map(Context::opening).filter(|opening| is_open && *opening > asked.at);
    // Whoever held the roles when it was carried, or will when it is.
    let on = opening.unwrap_or_else(|| if is_open { asked.at } else { row.carried_at().min(asked.at) });
    let found = context.map(|context| found(asked, &Context { now: on, ..*context }, &row.key));
    let kept = found.as_ref().map(|found| found.code).filter(|code| *code != Code::Told);
    let (mut reason, mut part) = (row.reason.clone(), Part::None);
    let code;
    if let Some(item) = own {
        part = if item.kind == "copy" { Part::Copy } else { Part::To };
        let (state, said) = of_item(item, asked.guards);
        code = state;
        reason = said;
    } else {
        if items.is_empty() || kept == Some(Code::NoChannel) {
            part = found.as_ref().map_or(Part::None, |found| found.part);
        }
        code = match row.recorded.state {
            ReminderState::Merged => Code::Merged,
            ReminderState::Missed => Code::Missed,
            ReminderState::Answered => Code::Answered,
            ReminderState::Cancelled => Code::Cancelled,
            ReminderState::Queued | ReminderState::Carried if is_open => match kept {
                Some(kept) => kept,
                None if opening.is_some() => Code::OutsideHours,
                None => Code::DueNow,
            },
            ReminderState::Undeliverable if items.is_empty() => {
                kept.filter(|_| part != Part::None).unwrap_or(Code::Undeliverable)
            }
            // It went to the people who were found then; the record of them holds.
            _ => kept.unwrap_or(Code::NotARecipient),
        };
    }
    let mut recipients: Vec<Named> = Vec::new();
    let acting = items.iter().filter(|item| item.kind != "copy").map(|item| item.person);
    let computed = found.iter().flat_map(|found| found.addressing.to.recipients.iter().map(|one| one.person));
    let people: Vec<_> = if items.is_empty() { computed.collect() } else { acting.collect() };
    for person in people.into_iter().map(|person| asked.named(person)) {
        if !recipients.contains(&person) {
            recipients.push(person);
        }
    }
    let basis = asked.basis_of(row.recorded.settled_at.map_or(row.recorded.due_at, |at| at.max(row.recorded.due_at)));
    let (rule, label) = context.map_or((None, None), |context| Asked::rule(context, &row.key.step));
    Silence {
        step: row.key.step.clone(),
        label,
        rule,
        occurrence: row.key.occurrence,
        code,
        reason,
        moment: Some(row.recorded.moment),
        next_at: opening,
        told_at: own.filter(|_| code == Code::Told).and_then(|item| item.settled_at),
        part,
        besides: kept.filter(|kept| own.is_none() && items.is_empty() && *kept != code),
        recipients,
        // The key of a simulated message names none that will be sent.
        message: own.filter(|_| basis == Basis::Recorded).and_then(|item| item.message_key.clone()),
        reminder: Some(row.id).filter(|_| basis == Basis::Recorded),
        basis,
    }
}

/// What says most of what the person got: accepted before on its way before failed.
fn best<'a>(items: &[&'a ItemThen], asked: &Asked<'_>) -> Option<&'a ItemThen> {
    let rank = |item: &ItemThen| match item.state.as_str() {
        "accepted" => 0,
        "refused" | "cancelled" => 3,
        "held" => 2,
        _ => 1,
    };
    items.iter().filter(|item| item.person == asked.person).copied().min_by_key(|item| rank(item))
}

fn of_item(item: &ItemThen, guards: &[Stood]) -> (Code, String) {
    // A storm holds what is not packed yet; what was packed before it leaves.
    let storm = guards.iter().find(|stood| stood.guard == Guard::Storm).filter(|_| item.message_key.is_none());
    let code = match item.state.as_str() {
        "accepted" if item.is_trial => Code::Trial,
        "accepted" => Code::Told,
        "held" => Code::Held,
        "refused" => Code::Refused,
        "cancelled" => Code::Cancelled,
        _ => match storm {
            Some(stood) => return (Code::HeldByGuard, stood.guard.reason().to_owned()),
            None => Code::OnItsWay,
        },
    };
    (code, item.reason.clone())
}

/// What the planner decides in the state of then, about that occurrence.
pub(super) fn of_decision(
    asked: &Asked<'_>,
    context: &Context<'_>,
    (step, reference, occurrence): (&Step, &StepRef, u16),
    decision: &Decision,
    plan: &Plan,
) -> Silence {
    let at = asked.at;
    let opening = context.opening();
    let is_courtesy = matches!(reference, StepRef::Courtesy(_));
    // What has ended says nothing of when the one after it would have come.
    let moment = decision.moment.filter(|_| occurrence == decision.occurrence);
    let (mut code, mut next_at) = match decision.reason {
        Reason::MomentCame | Reason::CaughtUp | Reason::CaughtUpInTurn | Reason::PromiseBroken => (Code::DueNow, None),
        Reason::Ahead if opening > at && moment.is_some_and(|moment| moment <= at) => (Code::OutsideHours, Some(opening)),
        Reason::Ahead => (Code::NotDueYet, decision.until),
        Reason::NoMoment => (Code::NoMoment, None),
        Reason::Merged => (Code::Merged, None),
        Reason::RuleIsNewer => (Code::Missed, None),
        Reason::WaitsForLowerRung => (Code::WaitsForLowerRung, None),
        Reason::WaitsItsTurn => (Code::WaitsItsTurn, decision.until),
        Reason::Silenced => (Code::Silenced, None),
        Reason::Closed => (Code::Closed, None),
        Reason::HeldByPromise => (Code::HeldByPromise, decision.until),
        Reason::Paused => (Code::Paused, decision.until),
        Reason::HeldByBlock => (Code::HeldByBlock, decision.until),
        Reason::NotFollowed => (Code::NotFollowed, None),
        Reason::RepeatEnded | Reason::AlreadyRecorded => (Code::RepeatEnded, None),
        Reason::WaitsForCourtesy => (Code::WaitsForCourtesy, decision.until),
        Reason::Answered => (Code::Answered, None),
        Reason::AnchorMoved | Reason::StepGone | Reason::TakenBack => (Code::Cancelled, None),
    };
    // Nothing leaves in rest time, however long it is due.
    if code == Code::DueNow && opening > at {
        (code, next_at) = (Code::OutsideHours, Some(opening));
    }
    let due_with = plan.due.iter().any(|due| due.key.step == *reference);
    if is_courtesy && due_with {
        (code, next_at) = (Code::DueNow, None);
    }
    // Whoever holds the roles when it leaves gets it, as far as that is known: at its moment, after what holds it, in an open hour.
    let leaves = next_at.max(moment).map_or(at, |leaves| leaves.max(at));
    let on = asked.engine.rules.calendar.next_opening(&context.policy.hours, leaves);
    let then = Context { now: on, ..*context };
    let key = ReminderKey { step: reference.clone(), anchor: String::new(), occurrence };
    let Found { addressing, part, code: kept } = found(asked, &then, &key);
    if is_courtesy
        && addressing.courtesy == Courtesy::NotOwed
        && matches!(
            code,
            Code::NotDueYet
                | Code::DueNow
                | Code::OutsideHours
                | Code::WaitsItsTurn
                | Code::WaitsForLowerRung
                | Code::RepeatEnded
        )
    {
        (code, next_at) = (Code::CourtesyNotOwed, None);
    }
    // Whoever is nobody of a step that leaves now hears nothing of it for that reason.
    if code == Code::DueNow && kept != Code::Told {
        code = kept;
    }
    let (rule, label) = Asked::rule(context, reference);
    Silence {
        step: reference.clone(),
        label,
        rule,
        occurrence,
        code,
        reason: if code == Code::Silenced { unless_of(step).to_owned() } else { decision.reason.as_str().to_owned() },
        moment,
        next_at,
        told_at: None,
        part,
        besides: Some(kept).filter(|kept| *kept != Code::Told && *kept != code),
        recipients: addressing.to.recipients.iter().map(|one| asked.named(one.person)).collect(),
        message: None,
        reminder: None,
        basis: if asked.basis == Basis::Simulated { Basis::Simulated } else { Basis::Recomputed },
    }
}

const fn unless_of(step: &Step) -> &'static str {
    crate::domain::sentence::unless_label(step.unless, crate::domain::rules::Language::En)
}
