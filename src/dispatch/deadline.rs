//! Deadlines within the text of one clause, told from the many dates that are none.
//!
//! A deadline begins with a binding word ("trước", "chậm nhất", "đến hết", "trong"), a cycle ("hằng tháng") or a label
//! ("Thời hạn:"). What follows is read by [`phrase`]; whether it binds a duty is told by the words around it
//! ([`bearing`]): a condition, a state of things, the cut-off of figures or the name of a programme does not. A bare
//! date never does, except behind a label and in a cell of a table ([`read_field`]).

mod bearing;
mod label;
mod opener;
mod tied;

use std::ops::Range;

use jiff::civil::Date;

use super::doubt::{Doubt, DoubtKind};
use super::words::Words;
use crate::domain::calendar::WorkingCalendar;
use crate::domain::deadline::{DeadlineKind, DeadlineRule};
use crate::domain::phrase::{self, Flag, PhraseErrorKind, Reading};
use opener::opener;

/// What the clauses of a dispatch are read against.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The day of issue; the first of its month when the day is blank, `None` when nothing of it is known.
    pub issued: Option<Date>,
    /// Working days and hours.
    pub calendar: &'a WorkingCalendar,
}

/// A deadline in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Bytes of the wording.
    pub range: Range<usize>,
    /// How it is worded.
    pub kind: DeadlineKind,
    /// What it means; `None` when that hangs on an event, a school year, another paper or an unknown day of issue.
    pub rule: Option<DeadlineRule>,
    /// Notes of the phrase.
    pub flags: Vec<Flag>,
    /// What a person should look at; the flags are among them.
    pub doubts: Vec<Doubt>,
}

/// What a text holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// The deadlines in the order of the text, none inside another.
    pub found: Vec<Found>,
    /// Words that give no deadline and yet speak of when: "khi Thành phố triển khai", "đúng thời hạn".
    pub doubts: Vec<Doubt>,
}

/// The deadlines of a clause: its text in normal form C, on one line.
pub fn find(text: &str, ground: Ground<'_>) -> Findings {
    let words = Words::new(text);
    let mut findings = Findings::default();
    let mut at = 0;
    while at < words.len() {
        at = step(&words, at, ground, &mut findings).max(at + 1);
    }
    findings
}

/// The deadline of a field that holds nothing else: a cell under "Thời gian hoàn thành", the words behind "Thời hạn:".
pub fn read_field(text: &str, ground: Ground<'_>) -> Findings {
    let words = Words::new(text);
    match label::field(&words, 0, ground) {
        Some(one) => Findings { found: vec![one.into_found(&words, ground)], doubts: Vec::new() },
        None => find(text, ground),
    }
}

/// A place where a deadline may stand, as read.
#[derive(Clone, Debug)]
struct Candidate {
    /// The tokens of its wording.
    tokens: Range<usize>,
    meaning: Meaning,
}

#[derive(Clone, Debug)]
enum Meaning {
    /// Read, and whether the day of issue would have been needed.
    Read(Reading),
    /// A deadline whose day cannot be reckoned, and why.
    Open(DeadlineKind, DoubtKind),
}

/// Looks at one place; gives where to go on.
fn step(words: &Words<'_>, at: usize, ground: Ground<'_>, findings: &mut Findings) -> usize {
    if let Some(labelled) = label::label(words, at) {
        if let Some(one) = label::field(words, labelled.next, ground).filter(|one| labelled.takes(one)) {
            let one = Candidate { tokens: at..one.tokens.end, ..one };
            let next = one.tokens.end;
            findings.found.push(one.into_found(words, ground));
            return next;
        }
        return labelled.next;
    }
    if let Some(one) = tied::tied(words, at) {
        let next = one.tokens.end;
        findings.found.push(one.into_found(words, ground));
        return next;
    }
    if let Some((tokens, kind)) = tied::waits(words, at) {
        findings.doubts.push(Doubt::new(words.bytes(tokens.clone()), DoubtKind::NoDay(kind)));
        return tokens.end;
    }
    let Some(bound) = opener(words, at) else { return at + 1 };
    let Some(one) = bound.read(words, at, ground) else { return at + bound.length };
    let next = one.tokens.end;
    if bearing::bears(words, bound.bound, &one, ground) {
        findings.found.push(one.into_found(words, ground));
    }
    next
}

impl Candidate {
    fn into_found(self, words: &Words<'_>, ground: Ground<'_>) -> Found {
        let done = words.see_before(self.tokens.start, &["hoàn thành xong", "hoàn thành", "xong"]).unwrap_or(0);
        let range = words.bytes(self.tokens.start - done..self.tokens.end);
        let doubt = |kind| Doubt::new(range.clone(), kind);
        match self.meaning {
            Meaning::Open(kind, why) => {
                Found { kind, rule: None, flags: Vec::new(), doubts: vec![doubt(why)], range: range.clone() }
            }
            Meaning::Read(Reading { rule, flags }) => {
                let mut doubts: Vec<Doubt> = flags.iter().map(|flag| doubt(DoubtKind::Assumed(*flag))).collect();
                let kind = match &rule {
                    DeadlineRule::Fixed(deadline) => {
                        if !ground.calendar.is_working_day(deadline.last_day) {
                            doubts.push(doubt(DoubtKind::RestDay(deadline.last_day.weekday())));
                        }
                        deadline.kind
                    }
                    DeadlineRule::Relative { .. } => DeadlineKind::Relative,
                    DeadlineRule::Recurring(_) => DeadlineKind::Recurring,
                };
                Found { range: range.clone(), kind, rule: Some(rule), flags, doubts }
            }
        }
    }
}

impl Ground<'_> {
    /// The phrase that begins at that token.
    ///
    /// Without a day of issue it is read against two: what comes out differently hangs on it and is left open.
    fn read(self, words: &Words<'_>, at: usize) -> Result<Option<(Meaning, usize)>, PhraseErrorKind> {
        const EITHER: [Date; 2] = [jiff::civil::date(2001, 2, 14), jiff::civil::date(2002, 11, 20)];
        let read = |issued| phrase::read_prefix(words.tokens(), at, issued, self.calendar);
        let issued = self.issued.unwrap_or(EITHER[0]);
        let Some(one) = read(issued)? else { return Ok(None) };
        if self.issued.is_some() {
            return Ok(Some((Meaning::Read(one.reading), one.next_token)));
        }
        let same = read(EITHER[1]).ok().flatten().is_some_and(|other| other.reading.rule == one.reading.rule);
        let meaning = if same {
            let flags = one.reading.flags.into_iter().filter(|flag| *flag != Flag::BeforeIssue).collect();
            Meaning::Read(Reading { flags, ..one.reading })
        } else {
            let kind = match &one.reading.rule {
                DeadlineRule::Fixed(deadline) => deadline.kind,
                DeadlineRule::Relative { .. } => DeadlineKind::Relative,
                DeadlineRule::Recurring(_) => DeadlineKind::Recurring,
            };
            Meaning::Open(kind, DoubtKind::NoIssueDate)
        };
        Ok(Some((meaning, one.next_token)))
    }
}

#[cfg(test)]
mod tests;
