//! Replies (phản hồi): the facts people answer with, who may give which, and what they change.

mod decision;

use jiff::Timestamp;
use jiff::civil::Date;

use super::directive::Work;
use super::organisation::{Directory, Parties, PersonId};
use super::policy::Role;

pub use decision::{Content, Given, Outcome, Pause, Refusal, Standing, decide};

/// The word of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReplyKind {
    /// Xác nhận tiếp nhận
    Acknowledge,
    /// Cập nhật tiến độ
    Progress,
    /// Có vướng mắc
    Blocked,
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
    /// Chuyển đơn vị khác
    Transfer,
    /// Tạm dừng đôn đốc
    Hold,
}

impl ReplyKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Acknowledge,
        Self::Progress,
        Self::Blocked,
        Self::Done,
        Self::Extend,
        Self::Grant,
        Self::Refuse,
        Self::NotOurs,
        Self::Assign,
        Self::Accept,
        Self::Return,
        Self::Withdraw,
        Self::Transfer,
        Self::Hold,
    ];

    /// The word of command line, store and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Progress => "progress",
            Self::Blocked => "blocked",
            Self::Done => "done",
            Self::Extend => "extend",
            Self::Grant => "grant",
            Self::Refuse => "refuse",
            Self::NotOurs => "not-ours",
            Self::Assign => "assign",
            Self::Accept => "accept",
            Self::Return => "return",
            Self::Withdraw => "withdraw",
            Self::Transfer => "transfer",
            Self::Hold => "hold",
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
    /// For a promise, an extension asked or a hold: until when.
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
        ReplyKind::Acknowledge
        | ReplyKind::Progress
        | ReplyKind::Blocked
        | ReplyKind::Done
        | ReplyKind::Extend
        | ReplyKind::NotOurs => any(&[Capacity::Unit]),
        ReplyKind::Assign => any(&[Capacity::Head]),
        ReplyKind::Grant | ReplyKind::Refuse => any(&[Capacity::Monitor]),
        ReplyKind::Accept | ReplyKind::Return | ReplyKind::Withdraw | ReplyKind::Transfer | ReplyKind::Hold => {
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
