//! What is known of one assignment: its deadline, what people said, what left.

use std::collections::BTreeSet;

use super::calendar::{DAY, Day, Days, Minute};
use super::people::People;
use super::world::{Assignment, Deadline, Word};
use super::{Hours, day, minute};

/// A deadline in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub day: Day,
    /// Time, deadlines: a date ends at 24:00, a date-time at its time.
    pub end: Minute,
}

impl Due {
    pub fn of(deadline: Deadline) -> Self {
        match deadline {
            Deadline::Day(date) => Self::on(day(date)),
            Deadline::Time(at) => Self { day: day(at.date()), end: minute(at) },
        }
    }

    pub fn on(day: Day) -> Self {
        Self { day, end: (day + 1) * DAY }
    }
}

/// What a step counts from; an edit there and back is no edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anchor {
    Assignment,
    /// The end of the deadline.
    Deadline(Minute),
    Done(Minute),
    Report(Minute),
    Undated,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// On its way to whom it tells.
    Waits,
    Left,
    /// Arrival: an older reminder into the latest.
    Merged,
    /// Rule edits.
    Missed,
    /// Courtesy: answered before the step.
    Answered,
    /// Recipients: nobody was found, or no channel of theirs took it.
    NobodyFound,
}

/// A step that is over.
#[derive(Clone, Debug)]
pub struct Rung {
    /// Which one it is.
    pub id: usize,
    pub step: String,
    pub anchor: Anchor,
    pub occurrence: u16,
    /// When it was meant.
    pub moment: Minute,
    /// What the next occurrence counts from: the moment, or when it was caught up with.
    pub due: Minute,
    pub left: Minute,
    /// The second of that minute.
    pub second: i64,
    /// The second of the minute at which it is due.
    pub due_second: i64,
    pub is_late: bool,
    pub outcome: Outcome,
    pub is_ladder: bool,
    pub is_pressing: bool,
    /// Whom it told as recipients, copies left out.
    pub told: BTreeSet<String>,
}

/// The unit was told that its result came back, or nothing reaches it.
#[derive(Clone, Copy, Debug)]
pub struct Returned {
    /// When it was returned, and when its unit was to hear of it.
    pub given: Minute,
    pub due: Minute,
    pub told: Minute,
    /// The second of that minute.
    pub second: i64,
    /// Nobody learns anything from what reached nobody.
    pub is_heard: bool,
}

/// A reply that was taken.
#[derive(Clone, Debug)]
struct Said {
    /// The event's place, for taking it back.
    event: usize,
    at: Minute,
    by: String,
    word: Word,
    /// Until when it holds the ladder, counted when it was said: a day off that is announced later does not make it longer.
    holds: Minute,
}

/// The working status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    #[default]
    NotAcknowledged,
    Acknowledged,
    InProgress,
    Blocked,
    Returned,
    ReportedDone,
    Accepted,
    Withdrawn,
}

/// Where an assignment stands after what was said.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    pub work: Work,
    /// The first instant after the promised day, and whether something of the unit came since.
    pub promise: Option<Minute>,
    pub hold: Option<Minute>,
    pub dispute: Option<Minute>,
    pub block: Option<Minute>,
    /// Until when more time is asked for, and since when without a decision.
    pub asked: Option<Day>,
    pub asked_since: Minute,
    pub muted: BTreeSet<String>,
    pub is_acknowledged: bool,
    /// Progress and done.
    pub reports: Vec<Minute>,
    pub done: Option<Minute>,
    /// When its unit answered, each with the first instant after the day it promised.
    pub answers: Vec<(Minute, Option<Minute>)>,
}

/// One assignment.
#[derive(Clone, Debug)]
pub struct Record {
    pub name: Assignment,
    pub coordinating: Vec<String>,
    pub is_urgent: bool,
    pub known: Minute,
    /// The second of that minute.
    pub known_second: i64,
    pub due: Option<Due>,
    /// What the last extension gave; a correction takes nothing of it away.
    pub extended: Option<Due>,
    said: Vec<Said>,
    /// Where it stands after all that was said.
    pub standing: Standing,
    pub rungs: Vec<Rung>,
    /// A courtesy that was given: the step, its anchor and occurrence, when it was given and when the step follows.
    pub courtesy: Vec<(String, Anchor, u16, Minute, Minute)>,
    /// When its unit heard of a result that came back.
    pub returned: Vec<Returned>,
    /// Until when papers extended it.
    pub papers: BTreeSet<Day>,
    /// A step of it was lost on its way to somebody, or its answer was.
    pub was_lost: bool,
}

impl Record {
    pub fn new(name: Assignment, coordinating: Vec<String>, is_urgent: bool, known: Minute, due: Option<Due>) -> Self {
        let (said, rungs, courtesy) = (Vec::new(), Vec::new(), Vec::new());
        let returned = Vec::new();
        let standing = Standing::default();
        let extended = None;
        let (papers, was_lost, known_second) = (BTreeSet::new(), false, 0);
        Self {
            name,
            coordinating,
            is_urgent,
            known,
            known_second,
            due,
            extended,
            said,
            standing,
            rungs,
            courtesy,
            returned,
            papers,
            was_lost,
        }
    }

    /// Replies: all that was said and not taken back, in order.
    pub fn recall(&mut self) {
        let mut now = Standing::default();
        for said in &self.said {
            now.hear(said);
        }
        self.standing = now;
    }

    /// Takes a reply when whoever gives it may, and it changes something.
    pub fn take(&mut self, event: usize, at: Minute, by: &str, word: Word, around: (&Days, &Hours, &People)) -> bool {
        let (days, hours, people) = around;
        let today = at.div_euclid(DAY);
        let may = match word {
            Word::Acknowledge
            | Word::AcknowledgeUntil(_)
            | Word::Progress
            | Word::Blocked
            | Word::Done
            | Word::ExtendUntil(_)
            | Word::NotOurs => people.is_of_unit(by, &self.name.unit, today),
            Word::Grant | Word::Refuse | Word::Accept | Word::Return | Word::Withdraw | Word::HoldUntil(_) => {
                people.is_over(by, &self.name.unit, today)
            }
        };
        // An extension asks for more than the deadline in force gives.
        let more = match word {
            Word::ExtendUntil(until) => Some(day(until)),
            Word::Grant => self.standing.asked,
            _ => None,
        };
        let asks_nothing = more.is_some_and(|until| self.due.is_none_or(|due| until <= due.day));
        // Nobody promises or holds until a day that is over.
        let is_over = matches!(word, Word::AcknowledgeUntil(until) | Word::HoldUntil(until) if day(until) < today);
        let taken = may && self.standing.changes(by, word) && !asks_nothing && !is_over;
        if taken {
            let holds = match (word, hours) {
                // Blocked: escalations wait for five working days, four hours where every hour is open.
                (Word::Blocked, Hours::Always) => at + 4 * 60,
                (Word::Blocked, Hours::Office | Hours::Own(_)) => days.opening(days.after(today, 5)),
                // Not ours: the ladder pauses for one working day.
                _ => days.opening(days.after(today, 1)),
            };
            self.said.push(Said { event, at, by: by.to_owned(), word, holds });
            self.recall();
        }
        taken
    }

    /// Replies: taken back within five minutes, by the place of the event.
    pub fn take_back(&mut self, event: usize) -> Option<Word> {
        let place = self.said.iter().position(|said| said.event == event)?;
        // An obstacle is lifted and not taken back; what was answered since stands on it.
        let may = place + 1 == self.said.len() && !matches!(self.said[place].word, Word::Blocked);
        may.then(|| self.said.remove(place).word)
    }

    /// Whether somebody was told of it by a step, or may have been.
    pub fn may_be_known(&self) -> bool {
        self.was_lost || self.rungs.iter().any(|rung| !rung.told.is_empty())
    }

    pub fn last_of(&self, step: &str, anchor: Anchor) -> Option<&Rung> {
        self.rungs.iter().filter(|rung| rung.step == step && rung.anchor == anchor).max_by_key(|rung| rung.occurrence)
    }

    /// Whom steps told so far, that of the name left out.
    pub fn told_by_others(&self, step: &str) -> BTreeSet<String> {
        self.rungs.iter().filter(|rung| rung.step != step).flat_map(|rung| rung.told.iter().cloned()).collect()
    }
}

impl Standing {
    pub fn is_over(&self) -> bool {
        matches!(self.work, Work::Accepted | Work::Withdrawn)
    }

    pub fn is_completed(&self) -> bool {
        matches!(self.work, Work::ReportedDone | Work::Accepted)
    }

    /// Replies: what is done, accepted or withdrawn is not undone by a late word; a reply that changes nothing is none.
    fn changes(&self, by: &str, word: Word) -> bool {
        let is_open = !self.is_over();
        let is_pressed = is_open && self.work != Work::ReportedDone;
        match word {
            // Who said "not ours" takes it up.
            Word::Acknowledge => {
                let waits = matches!(self.work, Work::NotAcknowledged | Work::Blocked | Work::Returned);
                is_pressed && (waits || self.muted.contains(by))
            }
            Word::AcknowledgeUntil(_) | Word::NotOurs | Word::Done => is_pressed,
            Word::Blocked => is_pressed && (self.work != Work::Blocked || self.muted.contains(by)),
            Word::ExtendUntil(until) => is_pressed && self.asked != Some(day(until)),
            Word::Grant => is_pressed && self.asked.is_some(),
            Word::Refuse => is_open && self.asked.is_some(),
            Word::Accept | Word::Return => self.work == Work::ReportedDone,
            // A report that comes after the result is a report, and reopens nothing.
            Word::Progress | Word::Withdraw => is_open,
            Word::HoldUntil(until) => is_pressed && self.hold != Some((day(until) + 1) * DAY),
        }
    }

    fn hear(&mut self, said: &Said) {
        let at = said.at;
        let is_units =
            !matches!(said.word, Word::Grant | Word::Refuse | Word::Accept | Word::Return | Word::Withdraw | Word::HoldUntil(_));
        if is_units {
            self.is_acknowledged = true;
            let promised = match said.word {
                Word::AcknowledgeUntil(until) => Some((day(until) + 1) * DAY),
                _ => None,
            };
            self.answers.push((at, promised));
            // Who answers after all has taken it on.
            self.muted.remove(&said.by);
        }
        match said.word {
            Word::Acknowledge => {
                self.block = None;
                if self.work != Work::InProgress {
                    self.work = Work::Acknowledged;
                }
            }
            Word::AcknowledgeUntil(until) => {
                self.block = None;
                self.promise = Some((day(until) + 1) * DAY);
                if self.work != Work::InProgress {
                    self.work = Work::Acknowledged;
                }
            }
            Word::Progress => {
                self.reports.push(at);
                if self.work != Work::ReportedDone {
                    self.block = None;
                    self.work = Work::InProgress;
                }
            }
            Word::Blocked => {
                self.work = Work::Blocked;
                self.block = Some(said.holds);
            }
            Word::Done => {
                self.block = None;
                self.promise = None;
                self.work = Work::ReportedDone;
                self.reports.push(at);
                self.done = Some(at);
            }
            Word::ExtendUntil(until) => {
                if self.asked.is_none() {
                    self.asked_since = at;
                }
                self.asked = Some(day(until));
            }
            Word::Grant => {
                // The new deadline takes the place of what was promised.
                self.asked = None;
                self.promise = None;
            }
            Word::Refuse => {
                // Whoever is refused more time is held to it.
                self.muted.clear();
                self.asked = None;
            }
            Word::NotOurs => {
                self.muted.insert(said.by.clone());
                self.dispute = Some(said.holds);
            }
            Word::Accept => self.work = Work::Accepted,
            Word::Return => {
                // It is theirs after all.
                self.muted.clear();
                self.work = Work::Returned;
            }
            Word::Withdraw => self.work = Work::Withdrawn,
            Word::HoldUntil(until) => self.hold = Some((day(until) + 1) * DAY),
        }
    }
}
