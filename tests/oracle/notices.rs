//! What the house says of its own, beside the steps of a policy.

use std::collections::BTreeSet;

use super::Expected;
use super::calendar::{DAY, Minute};
use super::doors::Doors;
use super::office::Office;
use super::record::{Returned, Work};
use super::world::{Role, When, Word};

/// Something of the house that waits for an opening.
#[derive(Clone, Debug)]
pub struct Notice {
    pub record: usize,
    /// The reply that is told of, by the place of its event.
    pub event: Option<usize>,
    pub word: &'static str,
    pub to: Role,
    pub kind: &'static str,
    /// When it came about, and when it leaves at the earliest.
    pub given: Minute,
    pub at: Minute,
}

impl Notice {
    /// Those it goes to know it now, or it is clear that they will not.
    pub fn settled(&self, now: Minute, second: i64, is_heard: bool) -> Returned {
        Returned { given: self.given, due: self.at, told: now, second, is_heard }
    }
}

/// Steps, `unless`: `completed` is the default. What was reported done needs neither more time nor other units; they hear of it with the
/// result that comes back.
pub fn waits_while_done(word: &str) -> bool {
    matches!(word, "extension-granted" | "coordinating")
}

impl Office {
    /// Replies: who is told of one.
    pub fn tell_of(&mut self, record: usize, event: usize, word: Word, now: Minute) {
        let (name, to) = match word {
            Word::ExtendUntil(_) => ("extension-asked", Role::Monitor),
            Word::Grant => return self.tell_of_extension(record, now),
            Word::Refuse => ("extension-refused", Role::Assignee),
            Word::NotOurs => ("dispute", Role::Monitor),
            Word::Blocked => ("blocked", Role::Monitor),
            Word::Return => ("returned", Role::Assignee),
            Word::HoldUntil(_) => ("on-hold", Role::Assignee),
            // Who was never told of a duty is not told that it is gone; what was lost may have arrived.
            Word::Withdraw if !self.records[record].may_be_known() => return,
            Word::Withdraw => ("withdrawn", Role::Assignee),
            Word::Acknowledge | Word::AcknowledgeUntil(_) | Word::Progress | Word::Done | Word::Accept => return,
        };
        self.tell(record, Some(event), name, (to, "action"), now);
    }

    /// Taken back: what nobody was told yet is not told, else the same people are told of it.
    pub fn tell_of_taking_back(&mut self, record: usize, event: usize, was_told: bool, now: Minute) {
        self.notices.retain(|notice| notice.event != Some(event));
        // Whoever may have been told is told too, or is not.
        let may_be_told = self.tellings.iter().any(|telling| telling.tells_of(event));
        self.tellings.retain(|telling| !telling.tells_of(event));
        if was_told || may_be_told {
            self.tell(record, Some(event), "taken-back", (Role::Monitor, "action"), now);
        }
    }

    /// An extension is told to the unit, and as a copy to the coordinating units.
    pub fn tell_of_extension(&mut self, record: usize, now: Minute) {
        self.tell(record, None, "extension-granted", (Role::Assignee, "action"), now);
        self.tell(record, None, "extension-granted", (Role::CoordinatingHead, "copy"), now);
    }

    /// Coordinating heads are informed once, unless the policy's own announcement tells them.
    pub fn tell_coordinating(&mut self, record: usize, now: Minute) {
        let policy = self.policy(&self.records[record]);
        let tells = policy.steps.iter().any(|step| {
            step.when == When::OnAssignment && step.to.iter().chain(&step.copy).any(|role| *role == Role::CoordinatingHead)
        });
        if !tells {
            self.tell(record, None, "coordinating", (Role::CoordinatingHead, "copy"), now);
        }
    }

    fn tell(&mut self, record: usize, event: Option<usize>, word: &'static str, whom: (Role, &'static str), now: Minute) {
        let from = if self.doors == Doors::Seen { now } else { now.max(self.down()) };
        let at = self.next_open(&self.hours(&self.records[record]), from);
        if matches!(word, "blocked" | "extension-granted") {
            // The last one says it.
            self.notices.retain(|one| !(one.record == record && one.word == word && one.kind == whom.1));
            self.tellings.retain(|one| !one.is_overtaken_by(record, word, whom.1));
        }
        self.notices.push(Notice { record, event, word, to: whom.0, kind: whom.1, given: now, at });
        self.wakes.insert(at);
        self.say(now);
    }

    /// Whether what a notice says is still so.
    pub fn is_true(&self, notice: &Notice) -> bool {
        let standing = &self.records[notice.record].standing;
        match notice.word {
            // One that was decided is not told because another is asked for.
            "extension-asked" => standing.asked.is_some() && notice.given >= standing.asked_since && !standing.is_over(),
            "blocked" => standing.work == Work::Blocked,
            "withdrawn" | "held" => true,
            "taken-back" => !standing.is_over() && notice.event.is_some_and(|event| self.told_events.contains(&event)),
            _ => !standing.is_over(),
        }
    }

    /// Not ours: not pressed any more, nor given more time; what an act has made is told all the same. Whoever answers for a duty
    /// needs no copy of it, nor whoever is told of the extension already.
    pub fn is_spared(&self, notice: &Notice, person: &str, now: Minute) -> bool {
        let known = &self.records[notice.record];
        let today = now.div_euclid(DAY);
        let is_muted = known.standing.muted.contains(person);
        let answers = || self.people.of_role(Role::Assignee, &known.name.unit, &known.coordinating, today).contains(person);
        match notice.word {
            "extension-granted" => is_muted || notice.kind == "copy" && answers(),
            "coordinating" => !is_muted && answers(),
            _ => false,
        }
    }

    /// Sends the notices whose opening has come.
    pub fn say(&mut self, now: Minute) {
        if self.is_down(now) {
            return;
        }
        let (ready, waiting): (Vec<Notice>, Vec<Notice>) =
            std::mem::take(&mut self.notices).into_iter().partition(|one| one.at <= now);
        self.notices = waiting;
        for mut notice in ready {
            let known = &self.records[notice.record];
            let at = self.next_open(&self.hours(known), now);
            if at > now {
                // The opening passed while the program did not run.
                notice.at = at;
                self.notices.push(notice);
                self.wakes.insert(at);
                continue;
            }
            let standing = &known.standing;
            // What ended a block may be taken back.
            let waits =
                waits_while_done(notice.word) && standing.is_completed() || notice.word == "blocked" && !self.is_true(&notice);
            if waits && !standing.is_over() {
                self.notices.push(notice);
                continue;
            }
            let is_of_house = matches!(notice.word, "extension-granted" | "blocked" | "coordinating");
            if !self.is_true(&notice) && (is_of_house || self.doors == Doors::TakeAll) {
                continue;
            }
            if self.doors == Doors::Seen {
                self.put_in_notice(notice, now);
                continue;
            }
            if notice.word == "returned" {
                // Arrival: the notice is the message that past escalations come after.
                self.records[notice.record].returned.push(notice.settled(now, self.second, true));
            }
            let known = &self.records[notice.record];
            let mut people: BTreeSet<String> =
                self.people.of_role(notice.to, &known.name.unit, &known.coordinating, now.div_euclid(DAY)).into_iter().collect();
            people.retain(|person| !self.is_spared(&notice, person, now));
            let (assignment, step) = (known.name.clone(), format!("notice:{}", notice.word));
            for person in people {
                let (assignment, step) = (assignment.clone(), step.clone());
                self.sent.push(Expected { at: now, person, kind: notice.kind, assignment, step });
            }
            if let Some(event) = notice.event {
                self.told_events.insert(event);
            }
        }
    }
}
