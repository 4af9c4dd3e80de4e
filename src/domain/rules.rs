//! The rules: what a validated config gives the planner. Facts are not here.

use super::amount::Amount;
use super::calendar::WorkingCalendar;
use super::directive::{Secrecy, Urgency};
use super::organisation::UnitId;
use super::policy::{Policy, Role};

/// The language of messages, tables and diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    /// Tiếng Việt
    #[default]
    Vi,
    /// English
    En,
}

/// How "trước ngày D" is counted after the date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum BeforeDate {
    /// Overdue and the steps after count from D.
    #[default]
    Tolerant,
    /// They count from D−1.
    Strict,
}

/// `[office]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Office {
    /// The office that runs the daemon; stands in the close of messages.
    pub name: String,
    /// The monitor of dispatches that name none.
    pub monitor: Option<Role>,
    /// Who is told of held and unroutable messages; the monitor when empty.
    pub operators: Vec<Role>,
    /// Who gets the weekly brief also when nothing is late: supervisors for their units, a named position for its unit and
    /// those below, a named person for all.
    pub brief: Vec<Role>,
    /// How people are addressed when they have no salutation of their own, e.g. "đồng chí".
    pub salutation: String,
    /// From when on a deadline is "due soon"; working days.
    pub due_soon: Amount,
    /// How long "not ours" pauses the ladder.
    pub dispute_pause: Amount,
    /// Messages to one person within an hour that may come unforeseen; more wait for an operator ([`crate::domain::storm`]).
    pub storm_limit: u16,
    /// An address that is mailed when even the operators cannot be reached.
    pub alarm: Option<String>,
}

/// `[trial]`: what is for a unit that is not live goes to one mailbox instead of its people, and counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The mailbox.
    pub to: String,
    /// Text ids of the units that are live, each by itself: those below are named too.
    pub live_units: Vec<String>,
}

impl Trial {
    /// Whether that unit is not live yet.
    pub fn holds_for(&self, unit: &str) -> bool {
        !self.live_units.iter().any(|live| live == unit)
    }
}

/// One line of the routing table; the first whose conditions all hold wins.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Route {
    /// All of these must hold; no condition at all always holds.
    pub when: Conditions,
    /// The policy's name.
    pub policy: String,
}

/// The conditions of a [`Route`]; `None` holds always.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Conditions {
    /// The target's metric.
    pub target: Option<String>,
    /// The lead unit's text id or one of its ancestors'.
    pub unit: Option<String>,
    /// The dispatch's issuer.
    pub issuer: Option<String>,
    /// The dispatch's urgency mark.
    pub urgency: Option<Urgency>,
    /// The dispatch's secrecy mark.
    pub secrecy: Option<Secrecy>,
    /// Whether the directive has no deadline.
    pub undated: Option<bool>,
    /// Whether the directive recurs.
    pub recurring: Option<bool>,
    /// Working time left when the assignment became known, e.g. `< 5 working days`.
    pub days_left: Option<DaysLeft>,
}

/// `days_left = "< 5 working days"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaysLeft {
    /// `<`, `<=`, `>`, `>=`
    pub compare: Compare,
    /// Working days.
    pub working_days: u16,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

impl Compare {
    /// Whether `left` stands so to `right`.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => (left - right).abs() < 1e-9,
            Self::AtLeast => left >= right,
            Self::More => left > right,
        }
    }

    /// The sign.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::More => ">",
        }
    }

    /// The comparison of a sign; `≤`, `≥` and `==` are understood too.
    pub fn parse(sign: &str) -> Option<Self> {
        match sign.trim() {
            "<" => Some(Self::Less),
            "<=" | "≤" => Some(Self::AtMost),
            "=" | "==" => Some(Self::Equal),
            ">=" | "≥" => Some(Self::AtLeast),
            ">" => Some(Self::More),
            _ => None,
        }
    }
}

/// Everything the planner needs of the config.
#[derive(Clone, Debug)]
pub struct Rules {
    /// SHA-256 of the config text, lower-case hex; every decision is made under exactly one.
    pub digest: String,
    /// The language of messages.
    pub language: Language,
    /// `[office]`
    pub office: Office,
    /// `[deadlines] before_date`
    pub before_date: BeforeDate,
    /// `[calendar]`
    pub calendar: WorkingCalendar,
    /// `[[policy]]`, in file order; names are unique.
    pub policies: Vec<Policy>,
    /// `[[route]]`, in file order; every policy exists.
    pub routes: Vec<Route>,
    /// `[trial]`; without it every unit is live.
    pub trial: Option<Trial>,
}

/// What a route is chosen by.
#[derive(Clone, Debug)]
pub struct RouteFacts<'a> {
    /// The target's metric, if any.
    pub metric: Option<&'a str>,
    /// The lead unit and its ancestors, as text ids, nearest first.
    pub unit_path: Vec<&'a str>,
    /// The lead unit.
    pub unit: UnitId,
    /// The dispatch's issuer.
    pub issuer: &'a str,
    /// The dispatch's urgency.
    pub urgency: Urgency,
    /// The dispatch's secrecy.
    pub secrecy: Secrecy,
    /// No deadline.
    pub undated: bool,
    /// One period of a recurring duty.
    pub recurring: bool,
    /// Working days from the day it became known to the deadline; `None` when undated.
    pub days_left: Option<i64>,
}

impl Rules {
    /// The policy of the first route that holds. `None` only when no route holds (a config without a last, unconditional route).
    pub fn policy_for(&self, facts: &RouteFacts<'_>) -> Option<&Policy> {
        let route = self.routes.iter().find(|route| route.when.hold(facts))?;
        self.policy(&route.policy)
    }

    /// The policy of that name.
    pub fn policy(&self, name: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.name == name)
    }
}

impl Conditions {
    fn hold(&self, facts: &RouteFacts<'_>) -> bool {
        let same = |want: &Option<String>, have: Option<&str>| want.as_deref().is_none_or(|want| have == Some(want));
        same(&self.target, facts.metric)
            && same(&self.issuer, Some(facts.issuer))
            && self.unit.as_deref().is_none_or(|unit| facts.unit_path.contains(&unit))
            && self.urgency.is_none_or(|urgency| urgency == facts.urgency)
            && self.secrecy.is_none_or(|secrecy| secrecy == facts.secrecy)
            && self.undated.is_none_or(|undated| undated == facts.undated)
            && self.recurring.is_none_or(|recurring| recurring == facts.recurring)
            && self.days_left.is_none_or(|limit| {
                #[expect(clippy::cast_precision_loss, reason = "a count of days, far below 2^52")]
                facts.days_left.is_some_and(|left| limit.compare.holds(left as f64, f64::from(limit.working_days)))
            })
    }
}
