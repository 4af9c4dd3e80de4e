//! Policies (quy tắc) and their steps (bậc đôn đốc): the escalation ladder as data.
//!
//! The sentences of `when` and the words of `to` and `unless` are read by [`super::sentence`].

use jiff::civil::Time;

use super::amount::{Amount, Unit};
use super::calendar::Hours;
use super::reminder::StepRef;

/// One escalation ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The name routes refer to; unique.
    pub name: String,
    /// What people are shown; the name when the config gives none.
    pub label: String,
    /// When messages of this policy may leave.
    pub hours: Hours,
    /// How long the escalations of a unit that reported an obstacle wait at most.
    pub blocked_pause: Amount,
    /// The rungs, in the order of the config file.
    pub steps: Vec<Step>,
}

impl Policy {
    /// The `blocked_pause` of a policy that gives none: five working days, and four hours where every hour is open.
    pub const fn blocked_pause_default(hours: &Hours) -> Amount {
        match hours {
            Hours::Always => Amount { count: 4, unit: Unit::Hours },
            Hours::Office | Hours::Windows(_) => Amount::working_days(5),
        }
    }
}

/// One rung of a ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Unique within its policy; part of the reminder key.
    pub name: String,
    /// What people are shown; the name when the config gives none.
    pub label: String,
    /// The moment it comes due.
    pub when: When,
    /// Who is told.
    pub to: Vec<Role>,
    /// Who is told instead when all of `to` were told by a lower step already.
    pub or_else: Vec<Role>,
    /// Who gets a copy (để biết).
    pub copy: Vec<Role>,
    /// What silences it.
    pub unless: Unless,
    /// Whether and how it comes again.
    pub repeat: Option<Repeat>,
    /// How long before the step the assignee is told who will be told.
    pub courtesy: Option<Amount>,
    /// Whether it waits for a digest.
    pub digest: Option<Digest>,
    /// Over which channels.
    pub channels: Channels,
}

impl Step {
    /// What its reminders belong to.
    pub fn reference(&self) -> StepRef {
        StepRef::parse(&self.name)
    }

    /// A step that names the assignee in `to` is a *reminder*, any other an *escalation*.
    pub fn is_reminder(&self) -> bool {
        self.to.contains(&Role::Assignee)
    }

    /// Whether it has more than one occurrence.
    pub const fn comes_again(&self) -> bool {
        self.repeat.is_some() || self.digest.is_some() || matches!(self.when.event, Event::EveryWhileUndated(_))
    }

    /// The text of what decides when this step comes for the first time; a change of it makes another step of it. Its repeats,
    /// courtesy and digest are the manner of the same step: what of it still waits goes on as the rules now say.
    pub fn timing_fingerprint(&self) -> String {
        format!("{:?}", self.when)
    }

    /// The text of what decides when it comes again; a change of it makes its repeats newer and leaves the step as old as it is.
    pub fn repeat_fingerprint(&self) -> String {
        format!("{:?}", self.repeat.as_ref().map(|repeat| repeat.every))
    }
}

/// The sentence of `when`.
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    /// What it counts from.
    pub event: Event,
    /// A time of day that replaces the opening of the first window ("at 14:00", "lúc 14:00").
    pub at: Option<Time>,
}

/// What a step counts from, and how far.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// khi giao
    OnAssignment,
    /// N trước hạn
    BeforeDeadline(Amount),
    /// đúng hạn
    OnDeadline,
    /// N sau hạn
    AfterDeadline(Amount),
    /// N sau khi giao
    AfterAssignment(Amount),
    /// N sau bậc NAME: counts from the acceptance of that step's first occurrence
    AfterStep(Amount, String),
    /// N sau khi báo cáo hoàn thành
    AfterReportedDone(Amount),
    /// N không báo cáo: since the last report, or since the assignment became known
    WithoutReport(Amount),
    /// N không có số liệu: since the last figure, or since the assignment became known
    WithoutFigure(Amount),
    /// N ngày làm việc một lần khi chưa có hạn
    EveryWhileUndated(u16),
    /// chậm N điểm so với tiến độ
    BehindPace(u16),
    /// Became known, once and for all: handing the duty on does not bring it again. Of the house, never written in a step.
    BecameKnown,
    /// An extension was recorded after the duty became known. Of the house, never written in a step.
    Extended,
    /// An obstacle was reported and still stands. Of the house, never written in a step.
    WhileBlocked,
}

/// Whom a step addresses. The holder is looked up at the moment of sending.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// người thực hiện
    Assignee,
    /// trưởng đơn vị
    UnitHead,
    /// phó đơn vị
    UnitDeputy,
    /// trưởng đơn vị cấp trên
    UnitParentHead,
    /// trưởng đơn vị phối hợp
    CoordinatingHead,
    /// lãnh đạo phụ trách
    Supervisor,
    /// người theo dõi
    Monitor,
    /// The operators of `[office]`; used by notices only, never written in a step.
    Operators,
    /// The head of the unit a blocked duty waits for; of the house, never written in a step.
    Blocker,
    /// `position:ID` in the lead unit and upwards, or `position:ID@UNIT`
    Position {
        /// The position's id, e.g. `head`.
        position: String,
        /// The unit's text id, when given.
        unit: Option<String>,
    },
    /// `person:ID` by the person's text id
    Person(String),
}

/// What silences a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Unless {
    /// đã nhận: any answer by the responsible unit
    Acknowledged,
    /// đã báo cáo: progress or done since the previous step was sent
    Reported,
    /// đã hoàn thành: reported done and not returned, or accepted
    #[default]
    Completed,
    /// đã nghiệm thu
    Accepted,
}

/// How a step comes again.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// The distance from one occurrence to the next.
    pub every: Amount,
    /// An additional end.
    pub until: Option<Unless>,
    /// The most occurrences, the first counted.
    pub max: u16,
}

impl Repeat {
    /// The most occurrences when the config gives no `max`.
    pub const MAX_DEFAULT: u16 = 10;
}

/// Which digest a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// The next opening.
    Daily,
    /// The opening of the week's first working day.
    Weekly,
}

impl Digest {
    /// As a config writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }

    /// Reads it back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Daily, Self::Weekly].into_iter().find(|digest| digest.as_str() == word)
    }
}

/// Over which channels a step goes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Channels {
    /// The person's preferred channel, the others as fallback.
    #[default]
    Preferred,
    /// All that the person has.
    All,
    /// Only these, in this order.
    Listed(Vec<ChannelKind>),
}

/// A way to reach a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChannelKind {
    /// SMTP
    Email,
    /// Telegram Bot API
    Telegram,
}

impl ChannelKind {
    /// The word of config, facts, store and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Telegram => "telegram",
        }
    }

    /// The channel of that word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "email" => Some(Self::Email),
            "telegram" => Some(Self::Telegram),
            _ => None,
        }
    }
}
