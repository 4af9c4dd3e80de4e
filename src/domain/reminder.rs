//! Reminders (nhắc việc): one step that has come due for one assignment, and its key.

use std::fmt;

/// What a reminder belongs to: a step of the policy, the courtesy before it, or a notice of the house.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StepRef {
    /// A step by its name.
    Step(String),
    /// The courtesy that announces that step to the assignee.
    Courtesy(String),
    /// A message the house itself owes.
    Notice(Notice),
}

/// Messages that no policy names: what somebody must learn because of an act or a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Notice {
    /// "Not ours" was answered: to the monitor, at once.
    Dispute,
    /// An extension was asked: to the monitor.
    ExtensionAsked,
    /// An extension was granted: to the assignee. A step of the house.
    ExtensionGranted,
    /// An extension was refused: to the assignee.
    ExtensionRefused,
    /// The result was returned: to the assignee.
    Returned,
    /// What the monitor was told of was taken back by who had said it: to the monitor.
    TakenBack,
    /// A position has no holder: to the monitor, once a vacancy.
    Vacancy,
    /// The Telegram account of somebody takes nothing any more: to the operators.
    ChatDead,
    /// A message found no channel: to the operators.
    Held,
    /// The weekly brief: to the leaders `[office] brief` names, whether anything is late or not. Carried by one of the
    /// assignments it reports on; its anchor is `WEEK/ROLE`.
    Brief,
    /// An obstacle was reported: to the unit that is waited for, again and again, else to the monitor. A step of the house.
    Blocked,
    /// The obstacle no longer stands: to the unit that was waited for.
    Unblocked,
    /// The monitor holds the ladder until a day: to the assignee.
    OnHold,
    /// The duty no longer holds: to the assignee.
    Withdrawn,
    /// The duty went to another unit: to the assignee it had.
    Transferred,
    /// A duty became known: to the coordinating units, once, as a copy. A step of the house.
    Coordinating,
    /// A guard was raised, still stands, or was lifted: to the operators. Carried by one of the assignments, of which it says
    /// nothing; its anchor is `GUARD:SINCE:TURN`.
    Guard,
}

impl Notice {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Dispute,
        Self::ExtensionAsked,
        Self::ExtensionGranted,
        Self::ExtensionRefused,
        Self::Returned,
        Self::TakenBack,
        Self::Vacancy,
        Self::ChatDead,
        Self::Held,
        Self::Brief,
        Self::Blocked,
        Self::Unblocked,
        Self::OnHold,
        Self::Withdrawn,
        Self::Transferred,
        Self::Coordinating,
        Self::Guard,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Dispute => "dispute",
            Self::ExtensionAsked => "extension-asked",
            Self::ExtensionGranted => "extension-granted",
            Self::ExtensionRefused => "extension-refused",
            Self::Returned => "returned",
            Self::TakenBack => "taken-back",
            Self::Vacancy => "vacancy",
            Self::ChatDead => "chat-dead",
            Self::Held => "held",
            Self::Brief => "brief",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::OnHold => "on-hold",
            Self::Withdrawn => "withdrawn",
            Self::Transferred => "transferred",
            Self::Coordinating => "coordinating",
            Self::Guard => "guard",
        }
    }
}

impl StepRef {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Self {
        if let Some(name) = text.strip_prefix("courtesy:") {
            return Self::Courtesy(name.to_owned());
        }
        if let Some(word) = text.strip_prefix("notice:")
            && let Some(notice) = Notice::ALL.into_iter().find(|notice| notice.as_str() == word)
        {
            return Self::Notice(notice);
        }
        Self::Step(text.to_owned())
    }
}

impl StepRef {
    /// Whether it is that of a step of this name.
    pub fn is_named(&self, name: &str) -> bool {
        match self {
            Self::Step(step) => step == name,
            Self::Courtesy(step) => name.strip_prefix("courtesy:") == Some(step),
            Self::Notice(notice) => name.strip_prefix("notice:") == Some(notice.as_str()),
        }
    }
}

impl fmt::Display for StepRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(name) => f.write_str(name),
            Self::Courtesy(name) => write!(f, "courtesy:{name}"),
            Self::Notice(notice) => write!(f, "notice:{}", notice.as_str()),
        }
    }
}

/// The part of a reminder's key below its assignment; unique there for as long as the directive exists.
///
/// The anchor is the deadline itself for steps around the deadline (an edit there and back is no edit, an extension
/// re-arms them), else the event counted from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReminderKey {
    /// Which step.
    pub step: StepRef,
    /// What it counts from.
    pub anchor: String,
    /// 1 for the first time, more for repeats and digests.
    pub occurrence: u16,
}

/// Where a reminder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReminderState {
    /// Due, not yet carried by messages to all its people.
    Queued,
    /// Every one of its people has a message; none is final yet.
    Carried,
    /// At least one of its people was reached.
    Delivered,
    /// Nobody could be reached: refused, held or nobody found. Escalation goes on.
    Undeliverable,
    /// Its moment passed together with a later reminder's, which stands for it.
    Merged,
    /// Its moment passed before the rule existed.
    Missed,
    /// Its courtesy was answered, so it was not sent.
    Answered,
    /// Taken back before it was sent, with a reason; comes due again when the reason falls away.
    Cancelled,
}

impl ReminderState {
    /// The word of store and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Carried => "carried",
            Self::Delivered => "delivered",
            Self::Undeliverable => "undeliverable",
            Self::Merged => "merged",
            Self::Missed => "missed",
            Self::Answered => "answered",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Neither delivered nor proved undeliverable yet: a higher rung waits for it.
    pub const fn is_unsettled(self) -> bool {
        matches!(self, Self::Queued | Self::Carried)
    }

    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Carried,
        Self::Delivered,
        Self::Undeliverable,
        Self::Merged,
        Self::Missed,
        Self::Answered,
        Self::Cancelled,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_reference_reads_back_what_it_writes() {
        let mut all = vec![StepRef::Step("nhac-3".into()), StepRef::Courtesy("don-doc".into())];
        all.extend(Notice::ALL.map(StepRef::Notice));
        for step in all {
            assert_eq!(StepRef::parse(&step.to_string()), step);
        }
    }
}
