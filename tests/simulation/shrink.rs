//! A plan that breaks an invariant, made as small as it still breaks it: troubles, events and duties are left away.

use crate::plan::Plan;
use crate::play;
use crate::world::{Act, World};

/// The most runs of one shrinking.
const RUNS_MAX: usize = 300;

struct Shrinking {
    plan: Plan,
    invariant: u8,
    runs: usize,
}

/// The smallest plan found that breaks the same invariant.
pub fn shrink(plan: &Plan, invariant: u8) -> Plan {
    let mut shrinking = Shrinking { plan: plan.clone(), invariant, runs: 0 };
    if plan.replicas > 1 {
        let alone = Plan { replicas: 1, ..plan.clone() };
        shrinking.keep_if_broken(alone);
    }
    shrinking.leave_away(|plan| plan.world.duties.len(), without_duties);
    shrinking.leave_away(|plan| plan.troubles.len(), without_troubles);
    shrinking.leave_away(|plan| plan.world.events.len(), without_events);
    shrinking.plan
}

impl Shrinking {
    fn keep_if_broken(&mut self, plan: Plan) -> bool {
        if self.runs >= RUNS_MAX {
            return false;
        }
        self.runs += 1;
        let is_broken = play(&plan).violations.iter().any(|one| one.invariant == self.invariant);
        if is_broken {
            self.plan = plan;
        }
        is_broken
    }

    /// Leaves ever smaller shares of a list away, from its end.
    fn leave_away(&mut self, length: impl Fn(&Plan) -> usize, without: impl Fn(&Plan, std::ops::Range<usize>) -> Plan) {
        let mut share = length(&self.plan).div_ceil(2);
        while share > 0 && self.runs < RUNS_MAX {
            let mut end = length(&self.plan);
            while end > 0 {
                let smaller = without(&self.plan, end.saturating_sub(share)..end);
                self.keep_if_broken(smaller);
                end = end.saturating_sub(share);
            }
            share /= 2;
        }
    }
}

fn without_troubles(plan: &Plan, range: std::ops::Range<usize>) -> Plan {
    let mut plan = plan.clone();
    plan.troubles.drain(range);
    plan
}

/// What is left away becomes an act that changes nothing, so that no place moves.
fn nothing(world: &World) -> Act {
    Act::Holiday { date: world.calendar.off[0] }
}

fn without_events(plan: &Plan, range: std::ops::Range<usize>) -> Plan {
    let mut plan = plan.clone();
    let nothing = nothing(&plan.world);
    for place in range {
        // A duty is left away with all that is said to it, and nothing else.
        if !matches!(plan.world.events[place].act, Act::Known { .. }) {
            plan.world.events[place].act = nothing.clone();
        }
    }
    plan
}

fn without_duties(plan: &Plan, range: std::ops::Range<usize>) -> Plan {
    let mut plan = plan.clone();
    let nothing = nothing(&plan.world);
    for event in &mut plan.world.events {
        let of_them = match &event.act {
            Act::Known { duty } | Act::Correct { duty, .. } | Act::Extend { duty, .. } => range.contains(duty),
            Act::Reply { to, .. } | Act::WeakReply { to, .. } => range.contains(&to.duty),
            _ => false,
        };
        if of_them {
            event.act = nothing.clone();
        }
    }
    plan
}
