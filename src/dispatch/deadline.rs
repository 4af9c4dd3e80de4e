//! Deadlines within the text of one clause, told from the many dates that are none.
//!
//! A deadline begins with a binding word ("trước", "chậm nhất", "đến hết", "trong"), a cycle ("hằng tháng") or a label
//! ("Thời hạn:"). What follows is read by [`phrase`]; whether it binds a duty is told by the words around it
//! (`bearing`): a condition, a state of things, the cut-off of figures or the name of a programme does not. A bare
//! date never does, except behind a label and in a cell of a table ([`read_field`]).

mod bearing;
mod label;
mod list;
mod opener;
mod tied;

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::Date;

use super::doubt::{Doubt, DoubtKind};
use super::words::Words;
use crate::domain::calendar::WorkingCalendar;
use crate::domain::deadline::{DeadlineKind, DeadlineRule};
use crate::domain::phrase::{self, Flag, PhraseErrorKind, Reading};
use opener::{Bound, opener};

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
    let mut scan = Scan::default();
    let mut at = 0;
    while at < words.len() {
        at = scan.step(&words, at, ground).max(at + 1);
    }
    scan.into_findings(&words, ground)
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

/// What was found so far.
#[derive(Default)]
struct Scan {
    found: Vec<Candidate>,
    doubts: Vec<Doubt>,
}

impl Scan {
    /// Looks at one place; gives where to go on.
    fn step(&mut self, words: &Words<'_>, at: usize, ground: Ground<'_>) -> usize {
        if let Some(labelled) = label::label(words, at) {
            let field = label::field(words, labelled.next, ground);
            if let Some(one) = field.filter(|one| labelled.takes(one) && !bearing::is_told(words, one, ground)) {
                return self.push(words, Candidate { tokens: at..one.tokens.end, ..one }, Bound::Bare);
            }
            return labelled.next;
        }
        if let Some(one) = tied::tied(words, at) {
            return self.push(words, one, Bound::Bare);
        }
        if let Some(waits) = tied::waits(words, at) {
            self.doubts.push(Doubt::new(words.bytes(waits.tokens), DoubtKind::NoDay(waits.kind)));
            return waits.next;
        }
        let Some(bound) = opener(words, at) else { return at + 1 };
        let Some(one) = bound.read(words, at, ground) else { return at + bound.length };
        if bearing::bears(words, bound.bound, &one, ground) {
            let mut next = self.push(words, one, bound.bound);
            while let Some(another) = self.found.last().and_then(|last| opener::another(words, last, ground)) {
                next = another.tokens.end;
                self.found.push(another);
            }
            return next;
        }
        // "báo cáo năm trước ngày 15/12": the bare words took what binds the day.
        if bound.bound == Bound::Bare { at + bound.length } else { one.tokens.end }
    }

    /// Keeps one; gives where to go on.
    fn push(&mut self, words: &Words<'_>, one: Candidate, bound: Bound) -> usize {
        let next = one.tokens.end;
        // "trong tháng 12, chậm nhất là ngày cuối cùng của tháng": the latter says when.
        let narrowed = self.found.last().filter(|last| {
            bound == Bound::Latest
                && last.kind() == DeadlineKind::Within
                && last.tokens.end + 1 == one.tokens.start
                && words.mark(last.tokens.end) == Some(',')
        });
        let start = narrowed.map_or(one.tokens.start, |last| last.tokens.start);
        if narrowed.is_some() {
            self.found.pop();
        }
        self.found.push(Candidate { tokens: start..next, ..one });
        next
    }

    /// A report that goes into another is sent with a day of its own when the sentence names one.
    fn into_findings(self, words: &Words<'_>, ground: Ground<'_>) -> Findings {
        let dated: BTreeSet<usize> = self
            .found
            .iter()
            .filter(|one| !matches!(one.meaning, Meaning::Open(_, DoubtKind::NoDay(PhraseErrorKind::OtherDocument))))
            .map(|one| words.sentence_of(one.tokens.start))
            .collect();
        let keeps = |one: &Candidate| {
            let elsewhere = matches!(one.meaning, Meaning::Open(_, DoubtKind::NoDay(PhraseErrorKind::OtherDocument)));
            !elsewhere || !dated.contains(&words.sentence_of(one.tokens.start))
        };
        let found = self.found.into_iter().filter(keeps).map(|one| one.into_found(words, ground)).collect();
        Findings { found, doubts: self.doubts }
    }
}

impl Candidate {
    fn kind(&self) -> DeadlineKind {
        match &self.meaning {
            Meaning::Open(kind, _) => *kind,
            Meaning::Read(reading) => kind_of(&reading.rule),
        }
    }

    fn into_found(mut self, words: &Words<'_>, ground: Ground<'_>) -> Found {
        // "trong thời gian 15 ngày, các đơn vị …"
        while words.mark(self.tokens.end.wrapping_sub(1)).is_some_and(|mark| matches!(mark, ',' | ';' | ':' | '-' | '(' | '“'))
        {
            self.tokens.end -= 1;
        }
        let done = words.see_before(self.tokens.start, &["hoàn thành xong", "hoàn thành", "xong"]).unwrap_or(0);
        // "hằng tháng (trước ngày 25)"
        let opens = self.tokens.clone().any(|at| words.mark(at) == Some('('));
        let closes =
            opens && words.mark(self.tokens.end) == Some(')') && !self.tokens.clone().any(|at| words.mark(at) == Some(')'));
        let range = words.bytes(self.tokens.start - done..self.tokens.end + usize::from(closes));
        let doubt = |kind| Doubt::new(range.clone(), kind);
        match self.meaning {
            Meaning::Open(kind, why) => {
                Found { kind, rule: None, flags: Vec::new(), doubts: vec![doubt(why)], range: range.clone() }
            }
            Meaning::Read(Reading { rule, flags }) => {
                let mut doubts: Vec<Doubt> = flags.iter().map(|flag| doubt(DoubtKind::Assumed(*flag))).collect();
                if let DeadlineRule::Fixed(deadline) = &rule
                    && !ground.calendar.is_working_day(deadline.last_day)
                {
                    doubts.push(doubt(DoubtKind::RestDay(deadline.last_day.weekday())));
                }
                Found { range: range.clone(), kind: kind_of(&rule), rule: Some(rule), flags, doubts }
            }
        }
    }
}

const fn kind_of(rule: &DeadlineRule) -> DeadlineKind {
    match rule {
        DeadlineRule::Fixed(deadline) => deadline.kind,
        DeadlineRule::Relative { .. } => DeadlineKind::Relative,
        DeadlineRule::Recurring(_) => DeadlineKind::Recurring,
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
            Meaning::Open(kind_of(&one.reading.rule), DoubtKind::NoIssueDate)
        };
        Ok(Some((meaning, one.next_token)))
    }
}

#[cfg(test)]
mod tests;
