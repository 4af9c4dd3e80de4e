//! Replies (phản hồi): the facts people answer with, who may give which, and what they change.

use jiff::Timestamp;
use jiff::civil::Date;

use super::directive::Work;
use super::organisation::{Directory, Parties, PersonId};
use super::policy::Role;
use super::reminder::Notice;

/// The word of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReplyKind {
    /// Xác nhận tiếp nhận
    Acknowledge,
    /// Cập nhật tiến độ
    Progress,
    /// Báo cáo hoàn thành
    Done,
    /// Đề nghị gia hạn
    Extend,
    /// Đồng ý gia hạn
    Grant,
    /// Không đồng ý gia hạn
    Refuse,
    /// Không thuộc trách nhiệm
    NotOurs,
    /// Giao cho một người của đơn vị
    Assign,
    /// Nghiệm thu
    Accept,
    /// Trả lại
    Return,
    /// Không còn hiệu lực
    Withdraw,
}

impl ReplyKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Acknowledge,
        Self::Progress,
        Self::Done,
        Self::Extend,
        Self::Grant,
        Self::Refuse,
        Self::NotOurs,
        Self::Assign,
        Self::Accept,
        Self::Return,
        Self::Withdraw,
    ];

    /// The word of command line, store and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Progress => "progress",
            Self::Done => "done",
            Self::Extend => "extend",
            Self::Grant => "grant",
            Self::Refuse => "refuse",
            Self::NotOurs => "not-ours",
            Self::Assign => "assign",
            Self::Accept => "accept",
            Self::Return => "return",
            Self::Withdraw => "withdraw",
        }
    }

    /// The reply of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Why a reply may not come from its person: programs that check mails open links, and some press what they find there.
///
/// A reply without a doubt is *strong* and counts. One with a doubt is *weak*: it is recorded and shown, and stops nothing
/// until the same person gives a second signal ([`confirms`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Doubt {
    /// It came sooner after the message was accepted than people read.
    Early,
    /// It lacks what browsers say of themselves (`Sec-Fetch-*`).
    NoFetchMetadata,
    /// It came from a network that had just opened the links of several other people.
    SharedNetwork,
}

impl Doubt {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Early, Self::NoFetchMetadata, Self::SharedNetwork];

    /// The word of store and journal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::NoFetchMetadata => "no-fetch-metadata",
            Self::SharedNetwork => "shared-network",
        }
    }

    /// Several, as the store keeps them; `None` for a reply without any.
    pub fn join(doubts: &[Self]) -> Option<String> {
        let words: Vec<&str> = doubts.iter().map(|doubt| doubt.as_str()).collect();
        (!words.is_empty()).then(|| words.join(","))
    }
}

/// Whether a later, strong reply of the same person makes an earlier, weak one count. An acknowledgement is implied by whatever
/// the unit says later; anything else was perhaps never said, and only the same word again confirms it.
pub fn confirms(signal: ReplyKind, weak: ReplyKind) -> bool {
    weak == ReplyKind::Acknowledge || weak == signal
}

/// One reply as it was given, oldest first in an [`super::planner::AssignmentView`].
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// What was said.
    pub kind: ReplyKind,
    /// When it arrived.
    pub at: Timestamp,
    /// For a promise or an extension asked: until when.
    pub until: Option<Date>,
    /// For what was reported on paper: the day it counts from.
    pub on: Option<Date>,
    /// Who said it.
    pub by: super::organisation::PersonId,
}

impl Reply {
    /// The anchor of the notices that tell of it.
    pub fn anchor(&self) -> String {
        anchor(self.kind, self.at)
    }
}

/// The anchor of the notices that tell of a reply of that kind, given at that instant.
pub fn anchor(kind: ReplyKind, at: Timestamp) -> String {
    format!("{}:{}", kind.as_str(), at.as_millisecond())
}

/// How long who gave a reply may take it back.
pub const UNDO_WITHIN: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// What a person is to one assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capacity {
    /// The assignee, a holder in the lead unit, or who stands in for one.
    Unit,
    /// Head or deputy of the lead unit.
    Head,
    /// The monitor.
    Monitor,
    /// The leader in charge of the unit, or the head of a unit above it.
    Leader,
    /// An operator of `[office]`.
    Operator,
}

/// Everything a person is to one assignment on a day.
pub fn capacities(directory: &Directory, parties: &Parties, person: PersonId, on: Date) -> Vec<Capacity> {
    let leads_to = |roles: &[Role]| directory.resolve(roles, parties, on).recipients.iter().any(|one| one.person == person);
    let holds = |position| directory.holders(parties.lead, position, on).iter().any(|(holder, _)| *holder == person);
    let mut found = Vec::new();
    if leads_to(&[Role::Assignee]) || directory.belongs_to(person, parties.lead, on) {
        found.push(Capacity::Unit);
    }
    if holds("head") || holds("deputy") {
        found.push(Capacity::Head);
    }
    if leads_to(&[Role::Monitor]) {
        found.push(Capacity::Monitor);
    }
    if leads_to(&[Role::Supervisor, Role::UnitParentHead]) {
        found.push(Capacity::Leader);
    }
    if leads_to(&[Role::Operators]) {
        found.push(Capacity::Operator);
    }
    found
}

/// Whether somebody in these capacities may give that reply.
pub fn may(kind: ReplyKind, capacities: &[Capacity]) -> bool {
    let any = |wanted: &[Capacity]| wanted.iter().any(|one| capacities.contains(one));
    match kind {
        ReplyKind::Acknowledge | ReplyKind::Progress | ReplyKind::Done | ReplyKind::Extend | ReplyKind::NotOurs => {
            any(&[Capacity::Unit])
        }
        ReplyKind::Assign => any(&[Capacity::Head]),
        ReplyKind::Grant | ReplyKind::Refuse => any(&[Capacity::Monitor]),
        ReplyKind::Accept | ReplyKind::Return | ReplyKind::Withdraw => {
            any(&[Capacity::Monitor, Capacity::Leader, Capacity::Operator])
        }
    }
}

/// The replies of the unit that make sense now, in the order of their buttons; [`ReplyKind::Assign`] for its head and
/// deputies only. Buttons and links offer these and no others.
pub fn offered(work: Work, last_day: Option<Date>, capacities: &[Capacity]) -> Vec<ReplyKind> {
    if work.is_completed() || work.is_closed() || !capacities.contains(&Capacity::Unit) {
        return Vec::new();
    }
    let waits = matches!(work, Work::NotAcknowledged | Work::Returned);
    let all = [
        (ReplyKind::Acknowledge, waits),
        (ReplyKind::Progress, true),
        (ReplyKind::Done, true),
        (ReplyKind::Extend, last_day.is_some()),
        (ReplyKind::Assign, capacities.contains(&Capacity::Head)),
        (ReplyKind::NotOurs, true),
    ];
    all.into_iter().filter_map(|(kind, sensible)| sensible.then_some(kind)).collect()
}

/// What of an assignment decides about a reply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// The work axis.
    pub work: Work,
    /// The last day of the deadline in force.
    pub last_day: Option<Date>,
    /// The date of a promise that holds.
    pub promised_until: Option<Date>,
    /// The date of an extension that was asked and not yet answered.
    pub asked_until: Option<Date>,
    /// The person the duty was handed to.
    pub assignee: Option<PersonId>,
}

/// A reply as it comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Given {
    /// What is said.
    pub kind: ReplyKind,
    /// A promise, an extension asked, or an extension granted.
    pub until: Option<Date>,
    /// Whether it carries something besides its word: a figure, a percentage, a note.
    pub content: Content,
    /// The day it counts from.
    pub on: Option<Date>,
    /// The person a duty is handed to.
    pub to: Option<PersonId>,
    /// The civil day it arrives.
    pub today: Date,
}

/// Whether a reply carries something besides its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Only the word.
    Bare,
    /// A figure, a percentage, a note or a document.
    Carried,
}

/// What a reply changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The work axis after it.
    pub work: Work,
    /// The promise after it.
    pub promised_until: Option<Date>,
    /// The deadline it sets.
    pub deadline: Option<Date>,
    /// Who the duty is handed to.
    pub assignee: Option<PersonId>,
    /// Whether the ladder pauses.
    pub pause: Pause,
    /// Whom the house must tell.
    pub notice: Option<Notice>,
}

/// Whether a reply pauses the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// It goes on.
    No,
    /// For `dispute_pause`.
    Dispute,
}

/// Why a reply is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person is not in a capacity that may give it.
    #[error("this person may not give that reply")]
    NotEntitled,
    /// A date that is needed is missing.
    #[error("the reply needs a date")]
    NeedsDate,
    /// A date lies in the past or before what it should move.
    #[error("the date must lie after today and after the deadline in force")]
    DateTooEarly,
    /// What it counts from lies in the future.
    #[error("the day it counts from lies in the future")]
    DateInFuture,
    /// There is no deadline to extend.
    #[error("the assignment has no deadline")]
    Undated,
    /// There is no extension request to answer.
    #[error("no extension was asked")]
    NothingAsked,
    /// Only what was reported done can be accepted or returned.
    #[error("the assignment was not reported done")]
    NotReported,
    /// Accepted or withdrawn assignments take no such reply.
    #[error("the assignment is closed")]
    Closed,
    /// The person named by `--to` is missing or not of the lead unit.
    #[error("the duty can only be handed to a member of the lead unit")]
    NotOfTheUnit,
}

/// What a reply that is entitled does; `Ok(None)` when it changes nothing.
///
/// # Errors
/// A [`Refusal`].
pub fn decide(standing: &Standing, given: &Given) -> Result<Option<Outcome>, Refusal> {
    use ReplyKind as Kind;
    if given.on.is_some_and(|on| on > given.today) {
        return Err(Refusal::DateInFuture);
    }
    let work = standing.work;
    let keep = Outcome {
        work,
        promised_until: standing.promised_until,
        deadline: None,
        assignee: standing.assignee,
        pause: Pause::No,
        notice: None,
    };
    let settled = work.is_closed() || work == Work::ReportedDone;
    let outcome = match given.kind {
        Kind::Acknowledge => {
            if settled {
                return Ok(None);
            }
            if given.until.is_some_and(|until| until < given.today) {
                return Err(Refusal::DateTooEarly);
            }
            let work = if matches!(work, Work::NotAcknowledged | Work::Returned) { Work::Acknowledged } else { work };
            let changed = Outcome { work, promised_until: given.until.or(standing.promised_until), ..keep };
            if changed == keep {
                return Ok(None);
            }
            changed
        }
        Kind::Progress => match (settled, given.content) {
            (true, Content::Bare) => return Ok(None),
            // A late figure is still a fact; the state stays.
            (true, Content::Carried) => keep,
            (false, Content::Bare) if work == Work::InProgress => return Ok(None),
            (false, _) => Outcome { work: Work::InProgress, ..keep },
        },
        Kind::Done => {
            if settled {
                return Ok(None);
            }
            Outcome { work: Work::ReportedDone, promised_until: None, ..keep }
        }
        Kind::Extend => {
            open(work)?;
            let until = given.until.ok_or(Refusal::NeedsDate)?;
            let last_day = standing.last_day.ok_or(Refusal::Undated)?;
            if until <= last_day || until < given.today {
                return Err(Refusal::DateTooEarly);
            }
            if standing.asked_until == Some(until) {
                return Ok(None);
            }
            Outcome { notice: Some(Notice::ExtensionAsked), ..keep }
        }
        Kind::Grant => {
            open(work)?;
            let until = given.until.or(standing.asked_until).ok_or(Refusal::NothingAsked)?;
            let last_day = standing.last_day.ok_or(Refusal::Undated)?;
            if until <= last_day {
                return Err(Refusal::DateTooEarly);
            }
            Outcome { deadline: Some(until), promised_until: None, notice: Some(Notice::ExtensionGranted), ..keep }
        }
        Kind::Refuse => {
            standing.asked_until.ok_or(Refusal::NothingAsked)?;
            Outcome { notice: Some(Notice::ExtensionRefused), ..keep }
        }
        Kind::NotOurs => {
            open(work)?;
            Outcome { pause: Pause::Dispute, notice: Some(Notice::Dispute), ..keep }
        }
        Kind::Assign => {
            open(work)?;
            let to = given.to.ok_or(Refusal::NotOfTheUnit)?;
            if standing.assignee == Some(to) {
                return Ok(None);
            }
            Outcome { assignee: Some(to), ..keep }
        }
        Kind::Accept => match work {
            Work::Accepted => return Ok(None),
            Work::ReportedDone => Outcome { work: Work::Accepted, promised_until: None, ..keep },
            Work::Withdrawn => return Err(Refusal::Closed),
            _ => return Err(Refusal::NotReported),
        },
        Kind::Return => match work {
            Work::Returned => return Ok(None),
            Work::ReportedDone => Outcome { work: Work::Returned, promised_until: None, notice: Some(Notice::Returned), ..keep },
            Work::Accepted | Work::Withdrawn => return Err(Refusal::Closed),
            _ => return Err(Refusal::NotReported),
        },
        Kind::Withdraw => match work {
            Work::Withdrawn => return Ok(None),
            Work::Accepted => return Err(Refusal::Closed),
            _ => Outcome { work: Work::Withdrawn, promised_until: None, ..keep },
        },
    };
    Ok(Some(outcome))
}

const fn open(work: Work) -> Result<(), Refusal> {
    if work.is_closed() || matches!(work, Work::ReportedDone) { Err(Refusal::Closed) } else { Ok(()) }
}

/// The date of the last extension asked that was neither granted nor refused since.
pub fn asked_until(replies: &[Reply]) -> Option<Date> {
    let last =
        replies.iter().rev().find(|reply| matches!(reply.kind, ReplyKind::Extend | ReplyKind::Grant | ReplyKind::Refuse))?;
    if last.kind == ReplyKind::Extend { last.until } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_acknowledgement_is_confirmed_by_any_answer_and_a_weak_claim_only_by_the_same() {
        use ReplyKind as Kind;
        assert!(confirms(Kind::Done, Kind::Acknowledge) && confirms(Kind::Acknowledge, Kind::Acknowledge));
        assert!(confirms(Kind::Done, Kind::Done) && confirms(Kind::Extend, Kind::Extend));
        assert!(!confirms(Kind::Acknowledge, Kind::Done) && !confirms(Kind::Progress, Kind::Extend));
        assert_eq!(Doubt::join(&[]), None);
        assert_eq!(Doubt::join(&[Doubt::Early, Doubt::SharedNetwork]).as_deref(), Some("early,shared-network"));
    }

    #[test]
    fn only_replies_that_make_sense_are_offered() {
        use ReplyKind as Kind;
        let day = Some(Date::constant(2023, 12, 31));
        let head = [Capacity::Unit, Capacity::Head];
        assert_eq!(
            offered(Work::NotAcknowledged, day, &head),
            [Kind::Acknowledge, Kind::Progress, Kind::Done, Kind::Extend, Kind::Assign, Kind::NotOurs]
        );
        assert_eq!(offered(Work::InProgress, None, &[Capacity::Unit]), [Kind::Progress, Kind::Done, Kind::NotOurs]);
        for settled in [Work::ReportedDone, Work::Accepted, Work::Withdrawn] {
            assert_eq!(offered(settled, day, &head), [], "{settled:?}");
        }
        assert_eq!(offered(Work::NotAcknowledged, day, &[Capacity::Monitor]), []);
    }
}
