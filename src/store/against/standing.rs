//! Where an assignment stands by the journal alone, and which extensions brought it there.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;
use sqlx::AnyConnection;

use super::{integer, text};
use crate::domain::directive::Work;
use crate::store::entries::{self, EntryLine};
use crate::store::error::StoreError;

/// What the journal holds of something: an older version wrote less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Held {
    /// Nothing.
    #[default]
    Not,
    /// That it is so, or that there is none.
    Is(Option<String>),
}

impl Held {
    fn of(entry: &EntryLine, place: &str) -> Self {
        entry.detail.pointer(place).map_or(Self::Not, |value| Self::Is(value.as_str().map(ToOwned::to_owned)))
    }
}

/// An extension as the journal has it.
#[derive(Clone, Debug)]
pub(super) struct Granted {
    pub(super) at: Timestamp,
    /// The deadline before.
    pub(super) old: Held,
    /// The days it may have given: one, unless it granted what was asked and several were.
    pub(super) new: Vec<String>,
    pub(super) basis: Option<String>,
}

/// A reply that counts.
#[derive(Clone, Debug)]
struct Given {
    work: Held,
    brought: Brought,
    /// The deadline it started.
    started: Option<String>,
}

/// What a reply left behind it.
#[derive(Clone, Debug, Default)]
pub(super) enum Brought {
    /// As an assignment begins: nothing holds it.
    #[default]
    Nothing,
    /// The journal does not hold it.
    Unheld,
    /// As it stood after it.
    So(Value),
}

/// Where an assignment stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// Since when it is known; `None` where the journal knows of no such assignment.
    pub(super) known_at: Option<Timestamp>,
    pub(super) deadline: Held,
    pub(super) extensions: Vec<Granted>,
    begun: Held,
    given: Vec<Given>,
}

impl Standing {
    /// Goes through the entries of one assignment, in their order.
    pub(super) fn of(entries: &[EntryLine], is_period: bool) -> Self {
        let mut standing = Self::default();
        let mut asked: Vec<String> = Vec::new();
        for entry in entries {
            let is_of = |table: &str| text(entry, "table").as_deref() == Some(table);
            match entry.kind.as_str() {
                "fact-added" if is_of("assignment") => {
                    // One of an older version does not say that it was let pass.
                    let begun = if is_period { Held::Not } else { is(Work::NotAcknowledged) };
                    standing.begin(entry, begun);
                }
                "period-opened" | "transferred" => standing.begin(entry, is(Work::NotAcknowledged)),
                "period-passed" => standing.begin(entry, is(Work::Withdrawn)),
                "fact-added" if is_of("extension") => {
                    let new = Held::of(entry, "/fields/deadline/1");
                    let (old, basis) = (Held::of(entry, "/fields/deadline/0"), pointed(entry, "/fields/basis/1"));
                    let days = if let Held::Is(Some(day)) = &new { vec![day_of(day).to_owned()] } else { Vec::new() };
                    standing.extensions.push(Granted { at: entry.at, old, new: days, basis });
                    standing.deadline = new;
                }
                "fact-changed" if is_of("assignment") && entry.detail.pointer("/fields/deadline").is_some() => {
                    standing.deadline = Held::of(entry, "/fields/deadline/1");
                }
                "reply" => standing.hear(entry, &asked),
                "reply-undone" => standing.take_back(),
                _ => {}
            }
            if matches!(entry.kind.as_str(), "reply" | "reply-weak") && text(entry, "reply").as_deref() == Some("extend") {
                asked.extend(text(entry, "until"));
            }
        }
        standing
    }

    pub(super) fn work(&self) -> &Held {
        self.given.last().map_or(&self.begun, |given| &given.work)
    }

    pub(super) fn brought(&self) -> Brought {
        self.given.last().map_or(Brought::Nothing, |given| given.brought.clone())
    }

    fn begin(&mut self, entry: &EntryLine, begun: Held) {
        self.known_at = Some(entry.at);
        self.deadline = Held::of(entry, "/deadline");
        self.begun = text(entry, "work").map_or(begun, |work| Held::Is(Some(work)));
        self.given.clear();
    }

    fn hear(&mut self, entry: &EntryLine, asked: &[String]) {
        let kind = text(entry, "reply").unwrap_or_default();
        let changed = entry.detail.get("deadline");
        let mut started = None;
        if kind == "grant" {
            self.grant(entry, asked);
        } else if let Some(Value::Array(_)) = changed {
            started = pointed(entry, "/deadline/1");
            self.deadline = Held::Is(started.clone());
        } else if changed.is_none() && self.deadline == Held::Is(None) {
            // An older version did not say that a deadline started with it.
            self.deadline = Held::Not;
        }
        let brought = match entry.detail.get("brought") {
            Some(brought) if brought.is_object() => Brought::So(brought.clone()),
            // Another reason for what holds it already.
            _ if *self.work() == is(Work::Blocked) => self.brought(),
            _ => Brought::Unheld,
        };
        let work = text(entry, "work").map_or(Held::Not, |work| Held::Is(Some(work)));
        self.given.push(Given { work, brought, started });
    }

    fn grant(&mut self, entry: &EntryLine, asked: &[String]) {
        // A grant that names no day grants what was asked before it.
        let (old, new) = match entry.detail.get("deadline") {
            // The same was granted before.
            Some(Value::Null) => return,
            Some(_) => (Held::of(entry, "/deadline/0"), pointed(entry, "/deadline/1").into_iter().collect()),
            None => (self.deadline.clone(), text(entry, "until").map_or_else(|| asked.to_vec(), |until| vec![until])),
        };
        self.deadline = if let [new] = &new[..] { Held::Is(Some(new.clone())) } else { Held::Not };
        self.extensions.push(Granted { at: entry.at, old, new, basis: text(entry, "basis") });
    }

    /// Only the last reply that counts is ever taken back.
    fn take_back(&mut self) {
        let Some(undone) = self.given.pop() else { return };
        if undone.started.is_some() && self.deadline == Held::Is(undone.started) {
            self.deadline = Held::Is(None);
        }
    }
}

fn is(work: Work) -> Held {
    Held::Is(Some(work.as_str().to_owned()))
}

fn pointed(entry: &EntryLine, place: &str) -> Option<String> {
    entry.detail.pointer(place).and_then(Value::as_str).map(ToOwned::to_owned)
}

/// The day of a deadline that may have a time.
pub(super) fn day_of(deadline: &str) -> &str {
    deadline.split(' ').next().unwrap_or(deadline)
}

/// The entries of the assignments from which a duty came, each up to when it went on.
pub(super) async fn origins(
    connection: &mut AnyConnection,
    id: i64,
    entries: &[EntryLine],
) -> Result<Vec<Vec<EntryLine>>, StoreError> {
    let (mut all, mut seen, mut open) = (Vec::new(), BTreeSet::from([id]), came_from(entries));
    // The last transfer first: whatever came earlier by the same assignment is in it.
    while let Some((from, seq, at)) = open.pop() {
        if !seen.insert(from) {
            continue;
        }
        let mut theirs = entries::of_assignment(connection, from).await?;
        // What the same act did there is written after what it did here.
        theirs.retain(|entry| entry.seq < seq || entry.at == at);
        open.extend(came_from(&theirs));
        all.push(theirs);
    }
    Ok(all)
}

fn came_from(entries: &[EntryLine]) -> Vec<(i64, i64, Timestamp)> {
    let transferred = entries.iter().filter(|entry| entry.kind == "transferred");
    transferred.filter_map(|entry| Some((integer(entry, "from_assignment")?, entry.seq, entry.at))).collect()
}
