//! What a reply changes, given where its assignment stands.

use jiff::civil::Date;

use super::ReplyKind;
use crate::domain::directive::Work;
use crate::domain::organisation::{PersonId, UnitId};
use crate::domain::reminder::Notice;

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
    /// The lead unit.
    pub lead: UnitId,
    /// The unit a blocked duty waits for.
    pub blocker: Option<UnitId>,
    /// The last day on which the ladder is paused, by a dispute or a hold.
    pub paused_through: Option<Date>,
    /// Whoever answers said "not ours" before and is not asked any more.
    pub is_muted: bool,
}

/// A reply as it comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Given {
    /// What is said.
    pub kind: ReplyKind,
    /// A promise, an extension asked or granted, the last day of a hold.
    pub until: Option<Date>,
    /// Whether it carries something besides its word: a figure, a percentage, a note.
    pub content: Content,
    /// The day it counts from.
    pub on: Option<Date>,
    /// The person a duty is handed to.
    pub to: Option<PersonId>,
    /// The unit a duty waits for, is said to belong to, or goes to.
    pub unit: Option<UnitId>,
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
    /// The unit it waits for while blocked; one that was waited for before stays known.
    pub blocker: Option<UnitId>,
    /// The unit it goes to.
    pub transfer_to: Option<UnitId>,
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
    /// Through that day.
    Through(Date),
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
    #[error("the date must not lie before today, nor before the deadline it moves")]
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
    /// The unit a duty waits for or goes to is missing, or is the lead unit itself.
    #[error("the reply needs another unit than the lead unit")]
    NeedsOtherUnit,
    /// The unit a duty should go to no longer is one.
    #[error("the unit no longer exists on that day")]
    UnitEnded,
    /// The unit a duty should go to has this directive already.
    #[error("the unit has this directive already")]
    HasItAlready,
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
        blocker: standing.blocker,
        transfer_to: None,
        pause: Pause::No,
        notice: None,
    };
    match given.kind {
        Kind::Acknowledge | Kind::Progress | Kind::Blocked | Kind::Done | Kind::Extend | Kind::NotOurs | Kind::Assign => {
            of_the_unit(standing, given, keep)
        }
        Kind::Grant | Kind::Refuse | Kind::Accept | Kind::Return | Kind::Withdraw | Kind::Transfer | Kind::Hold => {
            of_the_monitor(standing, given, keep)
        }
    }
}

/// What the unit says.
fn of_the_unit(standing: &Standing, given: &Given, keep: Outcome) -> Result<Option<Outcome>, Refusal> {
    use ReplyKind as Kind;
    let work = standing.work;
    let settled = work.is_closed() || work == Work::ReportedDone;
    let outcome = match given.kind {
        Kind::Acknowledge => {
            if settled {
                return Ok(None);
            }
            if given.until.is_some_and(|until| until < given.today) {
                return Err(Refusal::DateTooEarly);
            }
            let waits = matches!(work, Work::NotAcknowledged | Work::Returned | Work::Blocked);
            let work = if waits { Work::Acknowledged } else { work };
            let changed = Outcome { work, promised_until: given.until.or(standing.promised_until), ..keep };
            // Who said "not ours" is asked again from now on, whatever others have answered.
            if changed == keep && !standing.is_muted {
                return Ok(None);
            }
            changed
        }
        Kind::Progress => match (settled, given.content) {
            (true, Content::Bare) => return Ok(None),
            // A late figure is still a fact; the state stays.
            (true, Content::Carried) => keep,
            (false, Content::Bare) if work == Work::InProgress && !standing.is_muted => return Ok(None),
            (false, _) => Outcome { work: Work::InProgress, ..keep },
        },
        Kind::Blocked => {
            open(work)?;
            if given.unit == Some(standing.lead) {
                return Err(Refusal::NeedsOtherUnit);
            }
            // Said again it neither starts the wait anew nor tells anybody at once; but who said "not ours" has taken it on.
            if work == Work::Blocked && standing.blocker == given.unit && !standing.is_muted {
                return Ok(None);
            }
            Outcome { work: Work::Blocked, blocker: given.unit, ..keep }
        }
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
        Kind::Grant | Kind::Refuse | Kind::Accept | Kind::Return | Kind::Withdraw | Kind::Transfer | Kind::Hold => {
            return Ok(None);
        }
    };
    Ok(Some(outcome))
}

/// What the monitor, the leaders and the operators say.
fn of_the_monitor(standing: &Standing, given: &Given, keep: Outcome) -> Result<Option<Outcome>, Refusal> {
    use ReplyKind as Kind;
    let work = standing.work;
    let outcome = match given.kind {
        Kind::Grant => {
            open(work)?;
            let until = given.until.or(standing.asked_until).ok_or(Refusal::NothingAsked)?;
            let last_day = standing.last_day.ok_or(Refusal::Undated)?;
            if until <= last_day {
                return Err(Refusal::DateTooEarly);
            }
            Outcome { deadline: Some(until), promised_until: None, ..keep }
        }
        Kind::Refuse => {
            if work.is_closed() {
                return Err(Refusal::Closed);
            }
            standing.asked_until.ok_or(Refusal::NothingAsked)?;
            Outcome { notice: Some(Notice::ExtensionRefused), ..keep }
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
            _ => Outcome { work: Work::Withdrawn, promised_until: None, notice: Some(Notice::Withdrawn), ..keep },
        },
        Kind::Transfer => {
            open(work)?;
            let to = given.unit.filter(|unit| *unit != standing.lead).ok_or(Refusal::NeedsOtherUnit)?;
            Outcome {
                work: Work::Withdrawn,
                promised_until: None,
                transfer_to: Some(to),
                notice: Some(Notice::Transferred),
                ..keep
            }
        }
        Kind::Hold => {
            open(work)?;
            let until = given.until.ok_or(Refusal::NeedsDate)?;
            if until < given.today {
                return Err(Refusal::DateTooEarly);
            }
            if standing.paused_through == Some(until) {
                return Ok(None);
            }
            Outcome { pause: Pause::Through(until), notice: Some(Notice::OnHold), ..keep }
        }
        Kind::Acknowledge | Kind::Progress | Kind::Blocked | Kind::Done | Kind::Extend | Kind::NotOurs | Kind::Assign => {
            return Ok(None);
        }
    };
    Ok(Some(outcome))
}

const fn open(work: Work) -> Result<(), Refusal> {
    if work.is_closed() || matches!(work, Work::ReportedDone) { Err(Refusal::Closed) } else { Ok(()) }
}
