//! What one message says, before it is put into words. Built by the engine, worded by [`super::wording`].

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use crate::domain::calendar::{Hours, WorkingCalendar};
use crate::domain::guard::{Guard, Turn};
use crate::domain::policy::{ChannelKind, Digest};
use crate::domain::recurrence::Period;
use crate::domain::reminder::Notice;
use crate::domain::rules::{BeforeDate, Language, Office};
use crate::domain::tally::Tally;

/// One message to one person over one channel.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    /// Which language.
    pub language: Language,
    /// The office that speaks.
    pub office: &'a Office,
    /// For dates and "still 5 working days".
    pub calendar: &'a WorkingCalendar,
    /// How "trước ngày D" is counted.
    pub before_date: BeforeDate,
    /// When it is packed.
    pub now: Timestamp,
    /// Over which channel.
    pub channel: ChannelKind,
    /// Action, copy or digest.
    pub kind: LetterKind,
    /// The recipient.
    pub to: Addressee,
    /// The monitor named in the close, when there is one holder.
    pub monitor: Option<Contact>,
    /// Never empty; in the order of the message after [`super::wording::sort`].
    pub items: Vec<Item>,
    /// The buttons that work on this channel for this message; empty shows none.
    pub replies: Vec<ReplyOffer>,
    /// The address of the page where this message can be answered; `None` while no page is served.
    pub link: Option<String>,
    /// What a weekly digest puts above its items; `None` makes a list of items.
    pub brief: Option<WeeklyBrief>,
}

/// How the units a leader is in charge of stand: the official 2×2, what changed in the week, and what is late.
#[derive(Clone, Debug)]
pub struct WeeklyBrief {
    /// First and last day of the week reported on.
    pub week: (Date, Date),
    /// The units that have assignments, in the order of the facts.
    pub units: Vec<UnitTally>,
    /// Assignments that became known in the week.
    pub new: u64,
    /// Assignments accepted in the week, in time and late by their reports.
    pub done: (u64, u64),
    /// Open assignments whose last day is one of the seven days from today on.
    pub due_next: u64,
    /// The late ones, of each unit the longest first; not all when there are many. An item without a code is in no
    /// reminder of this message.
    pub late: Vec<Item>,
}

/// One row of the 2×2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitTally {
    /// Name of the unit.
    pub unit: String,
    /// Its cells.
    pub tally: Tally,
}

/// The kinds that are never mixed in one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LetterKind {
    /// Something is asked of the recipient.
    Action,
    /// Marked *để biết*, no replies.
    Copy,
    /// A digest.
    Digest,
    /// Tells the operators of a guard; passes every guard that lets anything through.
    Alarm,
}

impl LetterKind {
    /// The word of the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Copy => "copy",
            Self::Digest => "digest",
            Self::Alarm => "alarm",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Action, Self::Copy, Self::Digest, Self::Alarm].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The recipient as they are addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// Họ và tên.
    pub name: String,
    /// Their own salutation, else the office's.
    pub salutation: String,
    /// Their title in the unit concerned; without it only name and unit are written.
    pub title: Option<String>,
    /// The name of the unit they stand for.
    pub unit: Option<String>,
}

/// Somebody to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Họ và tên.
    pub name: String,
    /// Phone, when known.
    pub phone: Option<String>,
}

/// One item of a message: one reminder of one assignment (or a bundle of undated duties).
#[derive(Clone, Debug)]
pub struct Item {
    /// The short code `why` takes too.
    pub code: String,
    /// What kind of thing is said.
    pub tone: Tone,
    /// Assignment's short name.
    pub assignment: String,
    /// Title; the code when secret.
    pub title: String,
    /// Clause, e.g. `1.e`; several for a bundle.
    pub clauses: Vec<String>,
    /// Number of the dispatch.
    pub dispatch_number: String,
    /// Date of the dispatch.
    pub dispatch_date: Date,
    /// Who issued it.
    pub issuer: String,
    /// The subject of the dispatch, when not secret.
    pub subject: Option<String>,
    /// Name of the lead unit.
    pub unit: String,
    /// The name of the unit it was given to, when that was renamed, merged or split since: "kế thừa Phòng Nội vụ".
    pub inherited_from: Option<String>,
    /// Names of coordinating units.
    pub coordinating: Vec<String>,
    /// Which turn of a recurring duty it is.
    pub period: Option<PeriodLine>,
    /// The deadline as people read it.
    pub deadline: Option<DeadlineLine>,
    /// The wording of a deadline that waits for its event.
    pub waiting_for: Option<String>,
    /// Target and last figure.
    pub target: Option<TargetLine>,
    /// The label of the step.
    pub step_label: String,
    /// How many times this step was really accepted before, plus one ("lần n").
    pub times: u32,
    /// The slot it was meant for, when it is more than one hour late.
    pub meant_for: Option<Timestamp>,
    /// Days on which reminders were accepted before.
    pub reminded_on: Vec<Date>,
    /// Why this person gets it.
    pub because: Vec<Because>,
    /// For a courtesy: who will be told, and when.
    pub announces: Option<Announcement>,
    /// A promise that was broken: the promised date.
    pub broken_promise: Option<Date>,
    /// The status of the work axis, in the store's word.
    pub work: crate::domain::directive::Work,
    /// The obstacle the unit reported, while it stands or as it is said to be gone.
    pub block: Option<BlockLine>,
    /// The unit that had the duty before it was transferred.
    pub transferred_from: Option<String>,
    /// For a duty that went away: the unit it was transferred to.
    pub transferred_to: Option<String>,
    /// A note of a reply that this notice passes on.
    pub note: Option<String>,
    /// Name of the person whose reply this notice passes on.
    pub replier: Option<String>,
    /// For an extension asked or granted: the date.
    pub until: Option<Date>,
    /// The hours of its policy, for "trước 17 giờ 00".
    pub hours: Hours,
    /// Which digest its step waits for; all weekly makes a digest "Báo cáo tuần …".
    pub digest: Option<Digest>,
    /// Of an alarm: the guard it tells of, and nothing of the assignment.
    pub alarm: Option<AlarmLine>,
}

/// A guard as the operators are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmLine {
    /// Which.
    pub guard: Guard,
    /// What happened to it.
    pub turn: Turn,
    /// Since when it stands, or stood.
    pub since: Timestamp,
    /// Who raised it, as they are called; none where the program did.
    pub by: Option<String>,
    /// Why, in their words.
    pub note: Option<String>,
}

/// What kind of thing an item says; decides its wording and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// New assignment.
    Assignment,
    /// Reminder before or on the deadline, or without one.
    Reminder,
    /// A reminder after the deadline.
    Overdue,
    /// An escalation.
    Escalation,
    /// The courtesy before an escalation.
    Courtesy,
    /// Undated duties that come up for review.
    Review,
    /// Behind the pace of the target.
    BehindPace,
    /// Reported done, waits for the monitor.
    AwaitsAcceptance,
    /// A notice of the house.
    Notice(Notice),
}

/// The period of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodLine {
    /// Which.
    pub period: Period,
    /// The first and last day its figures cover, when the office closes them on a day of its own.
    pub figures: Option<(Date, Date)>,
}

/// The deadline of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadlineLine {
    /// The wording of the dispatch, e.g. "Quý IV/2023".
    pub text: Option<String>,
    /// Last allowed day.
    pub last_day: Date,
    /// Day as written ("trước ngày D").
    pub named_day: Date,
    /// Time of day.
    pub time: Option<Time>,
    /// N on the Nth working day before the last day; negative when late.
    pub working_days_left: i64,
    /// When the last day is a rest day: the working day before it.
    pub working_day_before: Option<Date>,
    /// Whether the calendar of that year is still provisional.
    pub provisional: bool,
    /// `office` when the dispatch itself gives none.
    pub set_by_office: bool,
    /// The original last day, when it rests on an extension.
    pub extended_from: Option<Date>,
    /// The last day an extension gave, when it rests on the dispatch, which has been corrected since to a later one.
    pub outlasts: Option<Date>,
}

/// An obstacle that keeps the unit from going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockLine {
    /// The day it was reported.
    pub since: Date,
    /// The unit it waits for, where one was named.
    pub waits_for: Option<String>,
    /// What it is.
    pub note: Option<String>,
    /// The escalations of the unit wait until then, while that lies ahead.
    pub pause_ends: Option<Timestamp>,
}

/// The target of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetLine {
    /// `>`, `=` …
    pub op: &'static str,
    /// The number to reach.
    pub value: f64,
    /// `%` or a word.
    pub unit: String,
    /// The last figure: value, as-of day.
    pub last: Option<(f64, Date)>,
    /// What the pace asks for on that day.
    pub needed: Option<f64>,
}

/// One reason why this person gets an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// The role as the policy says it.
    pub role: crate::domain::policy::Role,
    /// How this person came to stand for it.
    pub how: HowLine,
}

/// How a person came to stand for a role, with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HowLine {
    /// Named by the facts or by the head of the unit.
    Named,
    /// Holds a position: title or position id, unit name.
    Holds {
        /// Title, else the position's id.
        title: String,
        /// Unit name.
        unit: String,
    },
    /// Acting.
    Acts {
        /// Title, else the position's id.
        title: String,
        /// Unit name.
        unit: String,
    },
    /// Stands in for that person.
    StandsInFor(String),
    /// The unit has no holder; the unit above was taken.
    Upwards {
        /// The unit without holder.
        vacant: String,
        /// The unit taken.
        unit: String,
    },
}

/// What a courtesy announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// "đồng chí Trần Thị B, Phó Chủ tịch …"
    pub people: Vec<String>,
    /// When they will be told.
    pub at: Timestamp,
}

/// A button that works on this channel now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyOffer {
    /// What it offers.
    pub offer: Offer,
    /// Its opaque token.
    pub token: String,
}

/// What a button under a message offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// This reply to the one item of the message.
    Reply(crate::domain::reply::ReplyKind),
    /// This reply to every item of the message.
    ToAll(crate::domain::reply::ReplyKind),
    /// The replies of the item of that number, from 1.
    Item(u16),
    /// To take back what was answered last.
    Undo,
}

/// A text the bot says by itself, as a chat shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speech {
    /// The text.
    pub text: String,
    /// Bold ranges as (offset, length) in UTF-16 units.
    pub bold: Vec<(u32, u32)>,
}

/// One duty as it is told in a list or above its buttons.
#[derive(Clone, Debug)]
pub struct Brief {
    /// Title; the code when secret.
    pub title: String,
    /// Clauses; several for duties that are answered together.
    pub clauses: Vec<String>,
    /// Number of the dispatch.
    pub dispatch_number: String,
    /// Name of the lead unit.
    pub unit: String,
    /// The deadline as people read it.
    pub deadline: Option<DeadlineLine>,
    /// The work axis.
    pub work: crate::domain::directive::Work,
}

/// The words of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worded {
    /// One line, NFC, no control characters.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The HTML part of a mail.
    pub html: Option<String>,
    /// Bold ranges of a chat text: offset and length in UTF-16 units.
    pub bold: Vec<(u32, u32)>,
    /// Rows of buttons of a chat message.
    pub buttons: Vec<Vec<crate::domain::delivery::Button>>,
}
