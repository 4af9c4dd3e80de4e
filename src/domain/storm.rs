//! A storm: far more messages to one person within an hour than could be foreseen. The rules foresee each step of a duty once, and an
//! import foresees what it makes known; what acts cause, and what comes again and again, they do not.

use std::collections::BTreeSet;

use super::policy::{ChannelKind, Repeat};
use super::reminder::{Notice, StepRef};
use crate::domain::amount::Unit;

/// Over how many minutes messages are counted.
pub const MINUTES: i64 = 60;

/// Messages to one person within [`MINUTES`] that may come unforeseen, where the config says nothing else.
pub const LIMIT_DEFAULT: u16 = 20;

/// One member of a message.
#[derive(Clone, Debug)]
pub struct Member {
    /// Key of the assignment.
    pub assignment: i64,
    /// Of which step.
    pub step: StepRef,
    /// The assignment became known within the hour.
    pub is_new: bool,
    /// The rules let that step come again within the hour.
    pub repeats_soon: bool,
}

/// Whether the rules let a step come again within the hour.
pub const fn repeats_soon(repeat: Option<&Repeat>) -> bool {
    match repeat {
        None => false,
        Some(Repeat { every, .. }) => match every.unit {
            Unit::Minutes => every.count as i64 <= MINUTES,
            Unit::Hours | Unit::WorkingHours => every.count <= 1,
            Unit::Days | Unit::WorkingDays => false,
        },
    }
}

/// How many of these messages, all to one person and in their order, were not to be foreseen.
pub fn unforeseen<'a>(messages: impl IntoIterator<Item = (ChannelKind, &'a [Member])>) -> usize {
    let mut told: BTreeSet<(i64, &StepRef, ChannelKind)> = BTreeSet::new();
    let mut count = 0;
    for (channel, members) in messages {
        let mut is_foreseen = false;
        for member in members {
            let is_first = told.insert((member.assignment, &member.step, channel));
            let of_rules = match member.step {
                StepRef::Step(_) | StepRef::Courtesy(_) => true,
                StepRef::Notice(notice) => matches!(notice, Notice::Coordinating | Notice::Brief),
            };
            is_foreseen |= member.is_new || (of_rules && (is_first || member.repeats_soon));
        }
        count += usize::from(!is_foreseen);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Amount;

    fn member(assignment: i64, step: StepRef) -> Member {
        Member { assignment, step, is_new: false, repeats_soon: false }
    }

    fn count(messages: &[Vec<Member>]) -> usize {
        unforeseen(messages.iter().map(|members| (ChannelKind::Email, &members[..])))
    }

    #[test]
    fn each_step_of_each_duty_is_foreseen_once_and_an_import_whatever_it_brings() {
        let step = || StepRef::Step("nhac".to_owned());
        let steps: Vec<_> = (0..50).map(|duty| vec![member(duty, step())]).collect();
        assert_eq!(count(&steps), 0);
        let again: Vec<_> = (0..50).map(|_| vec![member(1, step())]).collect();
        assert_eq!(count(&again), 49);
        let imported: Vec<_> = (0..50).map(|_| vec![Member { is_new: true, ..member(1, step()) }]).collect();
        assert_eq!(count(&imported), 0);
    }

    #[test]
    fn what_acts_cause_is_not_foreseen_unless_something_foreseen_goes_with_it() {
        let notice = |duty| member(duty, StepRef::Notice(Notice::Dispute));
        let acts: Vec<_> = (0..5).map(|duty| vec![notice(duty)]).collect();
        assert_eq!(count(&acts), 5);
        assert_eq!(count(&[vec![notice(1), member(2, StepRef::Step("nhac".to_owned()))]]), 0);
    }

    #[test]
    fn a_step_that_comes_every_ten_minutes_by_its_rule_is_foreseen_each_time() {
        let repeat = |count, unit| Repeat { every: Amount { count, unit }, until: None, max: 10 };
        assert!(repeats_soon(Some(&repeat(10, Unit::Minutes))) && repeats_soon(Some(&repeat(1, Unit::WorkingHours))));
        assert!(
            !repeats_soon(Some(&repeat(61, Unit::Minutes))) && !repeats_soon(Some(&repeat(1, Unit::Days))) && !repeats_soon(None)
        );
    }
}
