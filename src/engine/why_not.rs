//! `why-not`: for every step of an assignment, why a person has got nothing of it by an instant.
//!
//! What the store recorded by then is read back; what was not decided yet the planner decides again, in the state of then
//! ([`crate::store::rewind`]). For an instant ahead the engine runs on a copy first.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::grounds::{ClockGrounds, FactGrounds, RuleGrounds};
use super::guard::{self, Stood};
use super::part::Others;
use super::silence::{Code, Silence, of_decision, of_row};
use super::why::{Basis, Named};
use super::{Engine, EngineError, drive, simulate, trial};
use crate::clock::Clock;
use crate::domain::organisation::{Directory, PersonId};
use crate::domain::planner::house::{step_of, with_house};
use crate::domain::planner::{self, Context, Decision, Reason};
use crate::domain::policy::{Policy, Step};
use crate::domain::reminder::{Notice, ReminderKey, ReminderState, StepRef};
use crate::store::entries;
use crate::store::naming::Names;
use crate::store::rewind::{self, Then};

/// The answer, step by step.
#[derive(Clone, Debug)]
pub struct WhyNot {
    /// The assignment's shortest name.
    pub assignment: String,
    /// Its title.
    pub title: String,
    /// Who is asked about.
    pub person: Named,
    /// The instant asked about.
    pub at: Timestamp,
    /// Whether that lies ahead.
    pub basis: Basis,
    /// The digest of the rules in force then.
    pub rules_then: Option<String>,
    /// The digest of the rules the answer was computed by.
    pub rules_now: String,
    /// The policy it is routed to.
    pub policy: Option<String>,
    /// The state of the assignment then; `None` when it was not known yet.
    pub facts: Option<FactGrounds>,
    /// Its unit is in trial: messages go to the trial mailbox.
    pub in_trial: bool,
    /// What kept every message to the person back then, whatever the steps say; for an instant ahead what stands now.
    pub guards: Vec<Stood>,
    /// Which clock was believed then, as the journal has it; `None` for an instant ahead.
    pub clock: Option<ClockGrounds>,
    /// One answer for each step and each time it came, in the order of the rules.
    pub steps: Vec<Silence>,
}

/// What keeps the question from being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unasked {
    /// There is no such person.
    NoPerson,
    /// Nothing is played so far ahead: the latest instant that may be asked about.
    TooFar(Timestamp),
}

/// How far ahead the engine is played to answer.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24 * 366 * 3);

/// Why that person has got nothing of the assignment by `at`, at most three years ahead; what they did get is told as well.
pub async fn why_not(
    engine: &Engine,
    assignment: i64,
    person: &str,
    at: Timestamp,
    now: Timestamp,
) -> Result<Result<WhyNot, Unasked>, EngineError> {
    if at <= now {
        return answer(engine, assignment, person, at, Basis::Recomputed, now).await;
    }
    if let Ok(last) = now.checked_add(AHEAD_MAX)
        && last < at
    {
        return Ok(Err(Unasked::TooFar(last)));
    }
    let ahead = simulate::ahead(&engine.store, &engine.rules, &engine.channels, now).await?;
    let clock = Clock::virtual_at(now);
    let mut doors = simulate::recording(&engine.channels, &clock);
    drive::run_until(&ahead, &mut doors, &clock, at, &mut drive::Unwatched).await?;
    let mut found = answer(&ahead, assignment, person, at, Basis::Simulated, now).await?;
    if let Ok(found) = &mut found {
        // The copy has no guards: it shows what would come if they were lifted.
        let mut tx = engine.store.snapshot().await?;
        let (_, directory) = engine.organisation.get(&mut tx).await?;
        if let Some(who) = directory.person_by_code(person) {
            found.guards = guard::stood_at(&mut tx, who.id, now).await?;
        }
        tx.commit().await?;
    }
    Ok(found)
}

async fn answer(
    engine: &Engine,
    assignment: i64,
    person: &str,
    at: Timestamp,
    basis: Basis,
    now: Timestamp,
) -> Result<Result<WhyNot, Unasked>, EngineError> {
    let mut tx = engine.store.snapshot().await?;
    let (_, directory) = engine.organisation.get(&mut tx).await?;
    let Some(who) = directory.person_by_code(person) else { return Ok(Err(Unasked::NoPerson)) };
    let names = Names::load(&mut tx).await?;
    let office = &engine.rules.office;
    let rules_then = entries::rules_at(&mut tx, at).await?;
    let then = rewind::as_of(&mut tx, assignment, office, at).await?;
    let guards = guard::stood_at(&mut tx, who.id, at).await?;
    let clock = match basis {
        Basis::Simulated => None,
        Basis::Recorded | Basis::Recomputed => Some(ClockGrounds::of_note(guard::doubt_at(&mut tx, at).await?.as_ref())),
    };
    let present = crate::store::assignments::load(&mut tx, &[assignment], office, at.max(now)).await?.pop();
    tx.commit().await?;
    let (assignment, title) =
        present.as_ref().map_or_else(Default::default, |one| (one.name(&names, &directory), one.about.title.clone()));
    let person = Named { code: who.code.clone(), name: who.name.clone() };
    let rules_now = engine.rules.digest.clone();
    let mut found = WhyNot {
        assignment,
        title,
        person,
        at,
        basis,
        rules_then,
        rules_now,
        policy: None,
        facts: None,
        in_trial: false,
        guards,
        clock,
        steps: Vec::new(),
    };
    let Some(then) = then else { return Ok(Ok(found)) };
    found.facts = Some(FactGrounds::of(&then.loaded, at));
    found.in_trial = trial::mailbox(engine, &directory, then.loaded.about.unit).is_some();
    let policy = engine.policy_of(&then.loaded, &directory);
    found.policy = policy.map(|policy| policy.name.clone());
    let others = Others::default();
    let guards = &found.guards;
    let asked = Asked { engine, directory: &directory, others: &others, person: who.id, then: &then, guards, at, now, basis };
    let steps = match policy {
        Some(policy) => asked.steps(policy),
        None => asked.rows_alone(),
    };
    found.steps = steps;
    Ok(Ok(found))
}

/// One question, and what it is answered from.
pub(super) struct Asked<'a> {
    pub(super) engine: &'a Engine,
    pub(super) directory: &'a Arc<Directory>,
    pub(super) others: &'a Others,
    pub(super) person: PersonId,
    pub(super) then: &'a Then,
    pub(super) guards: &'a [Stood],
    pub(super) at: Timestamp,
    pub(super) now: Timestamp,
    pub(super) basis: Basis,
}

impl Asked<'_> {
    pub(super) fn named(&self, person: PersonId) -> Named {
        let found = self.directory.people.get(&person);
        found.map_or_else(
            || Named { code: person.0.to_string(), name: String::new() },
            |person| Named { code: person.code.clone(), name: person.name.clone() },
        )
    }

    /// Every step of the policy with the courtesy before it, those of the house, and what acts have made.
    fn steps(&self, policy: &Policy) -> Vec<Silence> {
        let context = Context { rules: &self.engine.rules, policy, directory: self.directory, now: self.at };
        let (plan, decisions) = planner::decide(&self.then.loaded.view, &context);
        let mut found = Vec::new();
        let mut told: Vec<StepRef> = Vec::new();
        for step in with_house(policy) {
            let courtesy = step.courtesy.map(|_| StepRef::Courtesy(step.name.clone()));
            for reference in courtesy.into_iter().chain([step.reference()]) {
                self.rows(&reference, Some(&context), &mut found);
                if let Some(decision) = decisions.iter().find(|decision| decision.step == step.name)
                    && let Some(occurrence) = self.undecided(&context, step, &reference, decision)
                {
                    found.push(of_decision(self, &context, (step, &reference, occurrence), decision, &plan));
                }
                told.push(reference);
            }
        }
        let mut others: Vec<&StepRef> = self.then.reminders.iter().map(|row| &row.key.step).collect();
        // An alarm is about the operation of the system, whichever assignment carries it.
        others.retain(|step| !told.contains(step) && **step != StepRef::Notice(Notice::Guard));
        others.sort();
        others.dedup();
        for step in others {
            self.rows(step, Some(&context), &mut found);
        }
        found
    }

    /// Rules without a route for it press nothing: only what was recorded is told.
    fn rows_alone(&self) -> Vec<Silence> {
        let mut steps: Vec<&StepRef> = self.then.reminders.iter().map(|row| &row.key.step).collect();
        steps.retain(|step| **step != StepRef::Notice(Notice::Guard));
        steps.sort();
        steps.dedup();
        let mut found = Vec::new();
        for step in steps {
            self.rows(step, None, &mut found);
        }
        found
    }

    fn rows(&self, step: &StepRef, context: Option<&Context<'_>>, found: &mut Vec<Silence>) {
        let rows = self.then.reminders.iter().filter(|row| row.key.step == *step);
        found.extend(rows.map(|row| of_row(self, context, row)));
    }

    /// Which occurrence that decision explains: the one it is about while the store says nothing of it, counted from what it counts from
    /// now; one that was taken back is free again. What has ended explains why the next one does not come.
    fn undecided(&self, context: &Context<'_>, step: &Step, reference: &StepRef, decision: &Decision) -> Option<u16> {
        let view = &self.then.loaded.view;
        let key = planner::key_of(view, context, step, decision.occurrence);
        let is_recorded = |occurrence: &u16| {
            let key = ReminderKey { step: reference.clone(), anchor: key.anchor.clone(), occurrence: *occurrence };
            view.reminders.get(&key).is_some_and(|known| known.state != ReminderState::Cancelled)
        };
        let has_ended = matches!(decision.reason, Reason::Silenced | Reason::Closed | Reason::NotFollowed | Reason::RepeatEnded);
        let mut free = (decision.occurrence..).skip_while(is_recorded);
        free.next().filter(|free| *free == decision.occurrence || (has_ended && step.comes_again()))
    }

    /// The rule of that step as it is now.
    pub(super) fn rule(context: &Context<'_>, step: &StepRef) -> (Option<RuleGrounds>, Option<String>) {
        let key = ReminderKey { step: step.clone(), anchor: String::new(), occurrence: 1 };
        let label = step_of(context.policy, step).map(|step| step.label.clone());
        (RuleGrounds::of(context, &key), label.filter(|label| *label != step.to_string()))
    }

    /// What is recorded later than now was simulated.
    pub(super) fn basis_of(&self, recorded_at: Timestamp) -> Basis {
        if self.basis == Basis::Simulated && recorded_at > self.now { Basis::Simulated } else { Basis::Recorded }
    }
}

impl WhyNot {
    /// Whether anything of the assignment had reached the person.
    pub fn was_told(&self) -> bool {
        self.steps.iter().any(|step| step.code == Code::Told)
    }
}
