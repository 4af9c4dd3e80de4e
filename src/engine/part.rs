//! What a person is to a step: one of its people, and if not, what keeps them from it.

use std::cell::OnceCell;

use super::route;
use super::silence::Code;
use super::why_not::Asked;
use crate::domain::organisation::{Active, Directory, PersonId, Resolution, Span};
use crate::domain::planner::{self, Addressing, Context};
use crate::domain::reminder::ReminderKey;
use crate::domain::reply::ReplyKind;
use crate::store::assignments::Loaded;

/// What the person is to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// One who must act.
    To,
    /// One who gets a copy.
    Copy,
    /// Nobody of it.
    None,
}

/// Whom a reminder goes to, what the person asked about is to it, and what keeps them from it; `Told` where nothing does.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub addressing: Addressing,
    pub part: Part,
    pub code: Code,
}

/// For the person asked about, when that reminder leaves at the instant of `context`.
pub(super) fn found(asked: &Asked<'_>, context: &Context<'_>, key: &ReminderKey) -> Found {
    let address = |loaded: &Loaded, directory: &Directory| route::address(context.policy, loaded, key, directory, context);
    let loaded = &asked.then.loaded;
    let (addressing, channels, _) = address(loaded, asked.directory);
    let among = |people: &Resolution| people.recipients.iter().any(|one| one.person == asked.person);
    let part = match (among(&addressing.to), among(&addressing.copy)) {
        (true, _) => Part::To,
        (false, true) => Part::Copy,
        (false, false) => Part::None,
    };
    let is_named = |loaded: &Loaded, directory: &Directory| {
        let (other, ..) = address(loaded, directory);
        among(&other.to) || among(&other.copy) || other.told_before.contains(&asked.person)
    };
    let is_away = || {
        let away = asked.directory.substitutions.get(&asked.person).into_iter().flatten();
        away.into_iter().any(|away| away.span.covers(context.rules.calendar.date_of(context.now)))
    };
    let code = if part != Part::None {
        let person = asked.directory.people.get(&asked.person);
        let reached = person.is_some_and(|person| !route::channel_order(person, &channels, &asked.engine.channels).is_empty());
        if reached { Code::Told } else { Code::NoChannel }
    } else if addressing.told_before.contains(&asked.person) {
        Code::ToldBefore
    } else if planner::is_muted(&loaded.view, asked.person) && is_named(&unmuted(loaded, asked.person), asked.directory) {
        Code::Muted
    } else if is_away() && is_named(loaded, asked.others.present.get_or_init(|| present(asked.directory, asked.person))) {
        Code::Away
    } else if is_named(loaded, asked.others.in_office.get_or_init(|| in_office(asked.directory, asked.person))) {
        Code::NotInOffice
    } else {
        Code::NotARecipient
    };
    Found { addressing, part, code }
}

/// The directory as it is not, each made when it is first asked of.
#[derive(Default)]
pub(super) struct Others {
    /// As if the person were not away.
    present: OnceCell<Directory>,
    /// As if the person held at all times whatever they hold at any time.
    in_office: OnceCell<Directory>,
}

/// As if the person had not answered "not ours".
fn unmuted(loaded: &Loaded, person: PersonId) -> Loaded {
    let mut other = loaded.clone();
    other.view.replies.retain(|reply| reply.by != person || reply.kind != ReplyKind::NotOurs);
    other
}

fn present(directory: &Directory, person: PersonId) -> Directory {
    let mut other = directory.clone();
    other.substitutions.remove(&person);
    other
}

fn in_office(directory: &Directory, person: PersonId) -> Directory {
    let mut other = present(directory, person);
    if let Some(person) = other.people.get_mut(&person) {
        person.active = Active::Yes;
    }
    for held in other.appointments.values_mut().flatten().filter(|held| held.person == person) {
        held.span = Span::default();
    }
    other
}
