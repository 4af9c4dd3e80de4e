//! What a decision stands on, as the journal keeps it: the sentence of the rule, how the calendar led to the moment, and
//! the state of the assignment at that instant. Bounded in size; no names, addresses or texts of people.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ms;
use crate::clock::doubt::{Peer, Testimony};
use crate::domain::calendar::DayReason;
use crate::domain::guard::ClockNote;
use crate::domain::planner::{Context, Counting, counting, house};
use crate::domain::reminder::ReminderKey;
use crate::domain::rules::Language;
use crate::domain::sentence::{describe_amount, describe_when, role_label, unless_label};
use crate::store::assignments::Loaded;

/// What a decision stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// The rung of the ladder; `None` for what an act has made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleGrounds>,
    /// How the calendar led to the moment; `None` where it counts from nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarGrounds>,
    /// The state of the assignment.
    pub facts: FactGrounds,
}

/// A rung of the ladder as it stood then, in the English words of the config; [`crate::domain::sentence`] reads them back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleGrounds {
    /// The sentence; empty for a step of the house.
    pub when: String,
    /// What silences it.
    pub unless: String,
    /// Whom it names.
    pub to: Vec<String>,
    /// How often it comes again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// Which digest it stands in: `daily`, `weekly`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
}

/// How the calendar led to the moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarGrounds {
    /// The day it counts from.
    pub from: String,
    /// What happened then, when it counts from an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_at_ms: Option<i64>,
    /// The instant counted to, where rest time then moved the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from_ms: Option<i64>,
    /// The first rest days between: day and reason.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub rest_days: Vec<(String, String)>,
    /// How many there are.
    pub rest_days_count: usize,
    /// A day between has no announced calendar yet.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub provisional: bool,
}

/// The state of an assignment at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactGrounds {
    /// When it stood so.
    pub at_ms: i64,
    /// The work axis.
    pub work: String,
    /// The last day of the deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// How often it was changed, by extensions and by corrections.
    pub deadline_revision: i64,
    /// What the last extension gave, where there was one: its last day, and the document that grants it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extension: Option<(String, Option<String>)>,
    /// How many replies counted.
    pub replies: usize,
    /// The last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_reply: Option<LastReply>,
    /// The date of a promise that holds the ladder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promised_until: Option<String>,
    /// The ladder is paused until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_until_ms: Option<i64>,
    /// Its escalations wait for an obstacle until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_until_ms: Option<i64>,
    /// The last figure: its day and value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figure: Option<(String, String)>,
}

/// Which clock was believed when a message was made, and what the witnesses said then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockGrounds {
    /// `wall`; `earlier` of wall and steady clock while the wall was doubted.
    pub believed: String,
    /// Whom the wall did not agree with: `steady`, `telegram`, `mail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// By how many seconds the wall was ahead of each witness, the steady clock first; negative when it was behind.
    pub ahead_secs: Vec<(String, i64)>,
}

impl ClockGrounds {
    /// What a doubt leaves of the clocks, as its guard notes it; without one the wall was believed.
    pub fn of_note(note: Option<&ClockNote>) -> Self {
        note.map_or_else(
            || Self { believed: "wall".to_owned(), against: None, ahead_secs: Vec::new() },
            |note| Self {
                believed: "earlier".to_owned(),
                against: Some(note.against.clone()),
                ahead_secs: vec![(note.against.clone(), note.ahead_secs)],
            },
        )
    }
}

impl From<Testimony> for ClockGrounds {
    fn from(told: Testimony) -> Self {
        let peers = told.ahead_of_peers.iter().map(|(peer, ahead)| (peer.as_str(), *ahead));
        let ahead = std::iter::once((STEADY, told.ahead_of_steady)).chain(peers);
        Self {
            believed: if told.doubt.is_some() { "earlier" } else { "wall" }.to_owned(),
            against: told.doubt.map(|doubt| doubt.peer.map_or(STEADY, Peer::as_str).to_owned()),
            ahead_secs: ahead.map(|(witness, ahead)| (witness.to_owned(), ahead.as_secs())).collect(),
        }
    }
}

/// The word for the clock that nobody sets.
pub(super) const STEADY: &str = "steady";

/// A reply, without its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReply {
    /// The word.
    pub kind: String,
    /// When it arrived.
    pub at_ms: i64,
}

impl Grounds {
    /// Of a decision on that reminder, in the state `loaded` is in.
    pub fn of(loaded: &Loaded, context: &Context<'_>, key: &ReminderKey, moment: Timestamp) -> Self {
        Self {
            rule: RuleGrounds::of(context, key),
            calendar: counting(&loaded.view, context, key, moment).map(CalendarGrounds::from),
            facts: FactGrounds::of(loaded, context.now),
        }
    }
}

impl RuleGrounds {
    /// As the rules have that step; `None` when they do not.
    pub fn of(context: &Context<'_>, key: &ReminderKey) -> Option<Self> {
        let step = house::step_of(context.policy, &key.step)?;
        Some(Self {
            when: describe_when(&step.when, Language::En),
            unless: unless_label(step.unless, Language::En).to_owned(),
            to: step.to.iter().map(|role| role_label(role, Language::En)).collect(),
            every: step.repeat.as_ref().map(|repeat| describe_amount(&repeat.every, Language::En)),
            digest: step.digest.map(|digest| digest.as_str().to_owned()),
        })
    }
}

impl From<Counting> for CalendarGrounds {
    fn from(counting: Counting) -> Self {
        let rest = |(date, reason): (Date, DayReason)| (date.to_string(), rest_text(&reason));
        Self {
            from: counting.from.to_string(),
            event_at_ms: counting.event.map(ms),
            moved_from_ms: counting.moved_from.map(ms),
            rest_days: counting.rest_days.into_iter().map(rest).collect(),
            rest_days_count: counting.rest_days_count,
            provisional: counting.provisional,
        }
    }
}

/// The reason of a rest day in few bytes: the weekly rest is the empty text, a holiday its name.
fn rest_text(reason: &DayReason) -> String {
    const CHARS_MAX: usize = 60;
    let text = match reason {
        DayReason::Weekday | DayReason::Weekend => "",
        DayReason::Holiday(name) | DayReason::InLieu(name) | DayReason::SwapOff(name) | DayReason::SwapWorking(name) => name,
        DayReason::Change { reason, source } => reason.as_deref().or(source.as_deref()).unwrap_or("[[calendar.change]]"),
    };
    text.chars().take(CHARS_MAX).collect()
}

impl FactGrounds {
    /// As it stands now.
    pub fn of(loaded: &Loaded, now: Timestamp) -> Self {
        let view = &loaded.view;
        let last = view.replies.last();
        let figure = view.figures.iter().max_by_key(|figure| figure.as_of);
        Self {
            at_ms: ms(now),
            work: view.work.as_str().to_owned(),
            deadline: view.deadline.map(|deadline| deadline.last_day.to_string()),
            deadline_revision: loaded.about.deadline_revision,
            extension: loaded.about.extension.as_ref().map(|one| (one.deadline.last_day.to_string(), one.basis.clone())),
            replies: view.replies.len(),
            last_reply: last.map(|reply| LastReply { kind: reply.kind.as_str().to_owned(), at_ms: ms(reply.at) }),
            promised_until: view.promised_until.map(|day| day.to_string()),
            paused_until_ms: view.paused_until.filter(|until| *until > now).map(ms),
            blocked_until_ms: view.blocked_until.filter(|until| *until > now).map(ms),
            figure: figure.map(|figure| (figure.as_of.to_string(), figure.value.to_string())),
        }
    }
}
