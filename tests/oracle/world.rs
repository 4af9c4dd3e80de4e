//! A plain description of an office and of what happens to it: what the simulation with faults plays through the engine, and
//! what the oracle reads. It imports nothing of `dondoc`, so that neither can borrow an idea of the other.
//!
//! Times are local, in Vietnam (UTC+7, no clock changes). A duty given to two lead units is two assignments.
#![allow(dead_code, reason = "the simulation and the oracle each use their part of this")]

use jiff::civil::{Date, DateTime, Time, Weekday};

/// An office and its year.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// What it was made from.
    pub seed: u64,
    /// The first instant; units and people are known from then on.
    pub start: DateTime,
    /// The last instant that is played.
    pub end: DateTime,
    pub calendar: Calendar,
    pub units: Vec<Unit>,
    pub people: Vec<Person>,
    /// As they stand at the start; [`Act::Post`] changes them.
    pub posts: Vec<Post>,
    /// The rules at the start and those that come by [`Act::Rules`], by place.
    pub rules: Vec<Rules>,
    /// `[office] monitor`, an id of a person, for every duty; the operators are the same person.
    pub monitor: String,
    pub duties: Vec<Duty>,
    /// In order of time.
    pub events: Vec<Event>,
}

/// The working calendar, written out: no table of holidays is behind it (`holidays = "none"`).
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    pub working_days: Vec<Weekday>,
    /// `[from, to)` of a working day, in order, without overlap.
    pub windows: Vec<(Time, Time)>,
    /// Days without work, whatever the weekday.
    pub off: Vec<Date>,
    /// Days worked although the weekday is not (or swapped in); wins over the weekday, never listed in `off` too.
    pub working: Vec<Date>,
}

/// A unit; each has its head, deputies and officers as posts.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    pub id: String,
    pub parent: Option<String>,
    /// The id of the person who is the leader in charge.
    pub supervisor: Option<String>,
}

/// A person. All have an address; some have Telegram, which those prefer.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub id: String,
    /// The chat; preferred over email when there is one.
    pub telegram: Option<i64>,
}

/// A post (an appointment).
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    pub person: String,
    pub unit: String,
    /// `head`, `deputy` or `officer`.
    pub position: String,
    pub from: Date,
    /// The last day, when it ends.
    pub to: Option<Date>,
    pub is_acting: bool,
}

/// One set of rules. The route of all duties is the first policy; those that are urgent go by the second when there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    pub policies: Vec<Policy>,
}

/// One ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub name: String,
    /// `hours = "always"`, else the windows of the calendar.
    pub is_always_open: bool,
    pub steps: Vec<Step>,
}

/// One rung.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub name: String,
    pub when: When,
    pub to: Vec<Role>,
    pub or_else: Vec<Role>,
    pub copy: Vec<Role>,
    pub unless: Unless,
    pub repeat: Option<Repeat>,
    /// Working hours between the courtesy and the step.
    pub courtesy_hours: Option<u16>,
    pub digest: Option<Digest>,
}

/// The sentence of `when`, in working days unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    OnAssignment,
    DaysBeforeDeadline(u16),
    OnDeadline,
    DaysAfterDeadline(u16),
    DaysAfterAssignment(u16),
    /// Minutes of the clock.
    MinutesAfterAssignment(u16),
    DaysAfterReportedDone(u16),
    DaysWithoutReport(u16),
    EveryDaysWhileUndated(u16),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Assignee,
    UnitHead,
    UnitDeputy,
    Supervisor,
    Monitor,
    CoordinatingHead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unless {
    Acknowledged,
    Reported,
    Completed,
    Accepted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    pub every_days: u16,
    pub max: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    Daily,
    Weekly,
}

/// A directive: one dispatch with one clause. Its name is `NUMBER#1`, its assignments `NUMBER#1@UNIT`.
#[derive(Clone, Debug, PartialEq)]
pub struct Duty {
    /// `17/UBND`; unique.
    pub number: String,
    /// The dispatch's date; it was received that day too.
    pub date: Date,
    /// When it is imported.
    pub known: DateTime,
    /// Lead units, each an assignment.
    pub lead: Vec<String>,
    pub coordinating: Vec<String>,
    /// `None` is undated: reviewed, never pressed.
    pub deadline: Option<Deadline>,
    pub is_urgent: bool,
}

/// A deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// Ends at 24:00 of that day.
    Day(Date),
    /// Ends at that time.
    Time(DateTime),
}

/// Something that happens at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: DateTime,
    pub act: Act,
}

/// An assignment by its place: the duty's index in [`World::duties`] and the lead unit's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Assignment {
    pub duty: usize,
    pub unit: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// The duty is imported ([`Duty::known`] is this event's time).
    Known { duty: usize },
    /// Somebody answers. Whether the engine takes it depends on the state then; the oracle decides for itself.
    Reply { to: Assignment, by: String, word: Word },
    /// The same as a program may have given it: recorded, and nothing changes until the same person says it again.
    WeakReply { to: Assignment, by: String, word: Word },
    /// Whoever gave the reply of that event (an index of [`World::events`]) takes it back, within five minutes.
    Undo { reply: usize },
    /// The dispatch is imported again with another deadline, as a correction.
    Correct { duty: usize, deadline: Date },
    /// An extension comes by the facts; for all its lead units.
    Extend { duty: usize, deadline: Date },
    /// An appointment is imported: a new one, or the end of one (the row with the same person, unit and position).
    Post(Post),
    /// Away from and through these days, with or without a substitute.
    Absence { person: String, by: Option<String>, from: Date, to: Date },
    /// Another set of rules holds from now on: an index of [`World::rules`].
    Rules { rules: usize },
    /// A day without work is announced: it counts from now on, not before.
    Holiday { date: Date },
    /// The daemon does not run until then (killed, suspended, pulled): everything due in between is late.
    Down { until: DateTime },
    /// That channel takes nothing until then; messages go over the other one or wait.
    Outage { channel: Channel, until: DateTime },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    Email,
    Telegram,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Acknowledge,
    /// A promised date holds the ladder until the end of that day.
    AcknowledgeUntil(Date),
    Progress,
    /// Without a unit to wait for.
    Blocked,
    Done,
    ExtendUntil(Date),
    Grant,
    Refuse,
    NotOurs,
    Accept,
    Return,
    Withdraw,
    HoldUntil(Date),
}

/// Something of a run as the world saw it, in its order: what happened, what its doors took and refused, whether anybody worked.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// By true time.
    pub at: DateTime,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The event of that place.
    Event(usize),
    Sent(Sent),
    /// Whoever sent the message has heard and written down what became of it; a wait that was asked for, in minutes.
    Heard {
        message: i64,
        verdict: Verdict,
        wait: i64,
    },
    /// Nobody will hear what became of the message.
    Lost {
        message: i64,
    },
    /// Whoever was about to send the message ended first; nobody knows whether it left.
    Unsent(Sent),
    /// Whoever was about to send the message says that it never left.
    Withheld {
        message: i64,
    },
    /// The chat of that person takes nothing any more.
    Dead {
        person: String,
    },
    /// From now on no program runs.
    Idle,
    /// One runs again.
    Busy,
    /// The clock on the wall shows so many seconds more from now on.
    Clock {
        secs: i64,
    },
}

/// One transmission of a message to one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub message: i64,
    pub person: String,
    pub channel: Channel,
    pub verdict: Verdict,
    /// It was decided on before whoever sent it stood still.
    pub is_stale: bool,
    /// Whoever sent it ended before they heard what its door answered.
    pub is_unheard: bool,
    /// The assignments and steps it speaks of: the step's name, `courtesy:STEP`, or `notice:WORD`; and its kind for this person.
    pub members: Vec<(Assignment, String, String)>,
}

/// What became of a transmission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Accepted,
    /// Nothing of it arrived; it is tried again.
    Deferred,
    /// It never will be taken.
    Refused,
    /// It may have arrived.
    Uncertain,
}

/// One reminder in a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    pub assignment: Assignment,
    /// The step's name, `courtesy:STEP`, or `notice:WORD` for what no step of a policy says.
    pub step: String,
    /// What it counts from, as the engine names it; only ever compared for being the same.
    pub anchor: String,
    pub occurrence: i64,
    /// `action`, `copy` or `digest` for this person.
    pub kind: String,
}
