//! The sentences of a policy, in English and Vietnamese: one grammar, two word lists.
//!
//! Case and blanks make no difference; texts are expected in NFC, as the readers give them. Every reader answers with
//! the word it stumbled over, and every printer writes what its reader takes back.

mod role;
mod words;

use jiff::civil::Time;

pub use role::{parse_role, parse_unless, role_label, role_words, unless_label, unless_words};

use super::amount::{Amount, Unit};
use super::policy::{Event, When};
use super::rules::{Compare, DaysLeft, Language};
use words::{AT, EVERY, Tail, UNDATED_TAILS, Words};

/// Why a sentence was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the sentence at {word:?}: {fault:?}")]
pub struct SentenceError {
    /// What is wrong.
    pub fault: Fault,
    /// The word it was found at, as written; empty when the sentence stops too early.
    pub word: String,
}

/// What is wrong with a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It stops before it says everything.
    Unfinished,
    /// A count was expected.
    NoNumber,
    /// The count is 0 or above [`Amount::COUNT_MAX`].
    CountOutOfRange,
    /// A unit was expected.
    NoUnit,
    /// No event goes by that name.
    NoEvent,
    /// The time of day is not HH:MM.
    BadTime,
    /// Only working days can stand here.
    OnlyWorkingDays,
    /// Nobody goes by that role.
    NoRole,
    /// Nothing silences by that word.
    NoUnless,
    /// No comparison sign.
    NoComparison,
}

impl SentenceError {
    fn new(fault: Fault, word: impl Into<String>) -> Self {
        Self { fault, word: word.into() }
    }

    /// What is wrong, for people.
    pub fn describe(&self, language: Language) -> String {
        let word = &self.word;
        match language {
            Language::Vi => match self.fault {
                Fault::Unfinished => "câu chưa đủ ý".to_owned(),
                Fault::NoNumber => format!("chỗ \"{word}\" phải là một số"),
                Fault::CountOutOfRange => format!("số \"{word}\" phải từ 1 đến {}", Amount::COUNT_MAX),
                Fault::NoUnit => format!("không hiểu đơn vị \"{word}\""),
                Fault::NoEvent => format!("chỗ \"{word}\" không đúng"),
                Fault::BadTime => format!("\"{word}\" không phải giờ dạng HH:MM"),
                Fault::OnlyWorkingDays => format!("\"{word}\": ở đây chỉ dùng ngày làm việc"),
                Fault::NoRole => format!("không có vai trò \"{word}\""),
                Fault::NoUnless => format!("không hiểu điều kiện dừng \"{word}\""),
                Fault::NoComparison => format!("chỗ \"{word}\" phải là <, <=, =, >= hoặc >"),
            },
            Language::En => match self.fault {
                Fault::Unfinished => "the sentence stops too early".to_owned(),
                Fault::NoNumber => format!("a number was expected at \"{word}\""),
                Fault::CountOutOfRange => format!("the number \"{word}\" must be from 1 to {}", Amount::COUNT_MAX),
                Fault::NoUnit => format!("unknown unit \"{word}\""),
                Fault::NoEvent => format!("\"{word}\" does not fit"),
                Fault::BadTime => format!("\"{word}\" is not a time like HH:MM"),
                Fault::OnlyWorkingDays => format!("\"{word}\": only working days can stand here"),
                Fault::NoRole => format!("unknown role \"{word}\""),
                Fault::NoUnless => format!("unknown condition \"{word}\""),
                Fault::NoComparison => format!("<, <=, =, >= or > was expected at \"{word}\""),
            },
        }
    }

    /// A sentence that would be understood.
    pub const fn example(&self, language: Language) -> &'static str {
        match (language, self.fault) {
            (Language::Vi, Fault::NoUnit) => "4 giờ làm việc; đơn vị: ngày làm việc, giờ làm việc, ngày, giờ, phút",
            (Language::En, Fault::NoUnit) => "4 working hours; units: working days, working hours, days, hours, minutes",
            (Language::Vi, Fault::BadTime) => "1 ngày làm việc trước hạn lúc 14:00",
            (Language::En, Fault::BadTime) => "1 working day before deadline at 14:00",
            (Language::Vi, Fault::OnlyWorkingDays) => "22 ngày làm việc một lần khi chưa có hạn",
            (Language::En, Fault::OnlyWorkingDays) => "every 22 working days while undated",
            (Language::Vi, Fault::NoRole) => "người thực hiện, trưởng đơn vị, position:head@vp, person:an",
            (Language::En, Fault::NoRole) => "assignee, unit.head, position:head@vp, person:an",
            (Language::Vi, Fault::NoUnless) => "đã nhận, đã báo cáo, đã hoàn thành, đã nghiệm thu",
            (Language::En, Fault::NoUnless) => "acknowledged, reported, completed, accepted",
            (_, Fault::NoComparison) => "< 5 working days",
            (Language::Vi, _) => "khi giao; 3 ngày làm việc trước hạn; đúng hạn; 5 ngày làm việc không báo cáo",
            (Language::En, _) => "on assignment; 3 working days before deadline; on deadline; 5 working days without report",
        }
    }
}

/// The words of a sentence: as written, and as compared.
struct Sentence<'a> {
    written: Vec<&'a str>,
    lower: Vec<String>,
}

impl<'a> Sentence<'a> {
    fn new(text: &'a str) -> Self {
        let written: Vec<&str> = text.split_whitespace().collect();
        let lower = written.iter().map(|word| word.to_lowercase()).collect();
        Self { written, lower }
    }

    /// How many words are taken when the sentence goes on with `phrase` at `at`.
    fn goes_on(&self, at: usize, phrase: &str) -> Option<usize> {
        let mut taken = 0;
        for word in phrase.split(' ') {
            if self.lower.get(at + taken)? != word {
                return None;
            }
            taken += 1;
        }
        Some(taken)
    }

    /// Whether the sentence is `phrase` from `at` to its end.
    fn ends_with(&self, at: usize, phrase: &str) -> bool {
        self.goes_on(at, phrase).is_some_and(|taken| at + taken == self.lower.len())
    }

    fn error(&self, at: usize, fault: Fault) -> SentenceError {
        match self.written.get(at) {
            Some(word) => SentenceError::new(fault, *word),
            None => SentenceError::new(Fault::Unfinished, ""),
        }
    }

    fn count(&self, at: usize) -> Result<u16, SentenceError> {
        let word = self.lower.get(at).ok_or_else(|| self.error(at, Fault::Unfinished))?;
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.error(at, Fault::NoNumber));
        }
        let count = word.parse().ok().filter(|count| (1..=Amount::COUNT_MAX).contains(count));
        count.ok_or_else(|| self.error(at, Fault::CountOutOfRange))
    }

    /// An amount at `at`, and the index of the word after it.
    fn amount(&self, at: usize) -> Result<(Amount, usize), SentenceError> {
        let count = self.count(at)?;
        let unit = words::UNITS
            .iter()
            .filter_map(|(phrase, unit)| self.goes_on(at + 1, phrase).map(|taken| (taken, *unit)))
            .max_by_key(|(taken, _)| *taken);
        let (taken, unit) = unit.ok_or_else(|| self.error(at + 1, Fault::NoUnit))?;
        Ok((Amount { count, unit }, at + 1 + taken))
    }

    /// Takes `at HH:MM` off the end.
    fn take_time(&mut self) -> Result<Option<Time>, SentenceError> {
        let Some(at) = self.lower.len().checked_sub(2).filter(|at| AT.contains(&self.lower[*at].as_str())) else {
            return match self.lower.last() {
                Some(last) if AT.contains(&last.as_str()) => Err(SentenceError::new(Fault::Unfinished, "")),
                _ => Ok(None),
            };
        };
        let time = parse_time(&self.lower[at + 1]).ok_or_else(|| self.error(at + 1, Fault::BadTime))?;
        self.lower.truncate(at);
        self.written.truncate(at);
        Ok(Some(time))
    }

    fn event(&self) -> Result<Event, SentenceError> {
        let fixed = [(words::ON_ASSIGNMENT, Event::OnAssignment), (words::ON_DEADLINE, Event::OnDeadline)];
        for (phrases, event) in fixed {
            if phrases.iter().any(|phrase| self.ends_with(0, phrase)) {
                return Ok(event);
            }
        }
        if let Some(taken) = self.goes_on(0, EVERY) {
            return self.every(taken);
        }
        if let Some(taken) = self.goes_on(0, words::BEHIND_HEAD_VI) {
            let count = self.count(taken)?;
            return self.behind(count, taken + 1, words::BEHIND_TAIL_VI);
        }
        let first = self.lower.first().ok_or_else(|| self.error(0, Fault::Unfinished))?;
        if !first.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.error(self.longest_start(0), Fault::NoEvent));
        }
        let count = self.count(0)?;
        if self.lower.get(1).is_some_and(|word| word == "points" || word == "point") {
            return self.behind(count, 2, words::BEHIND_TAIL_EN);
        }
        let (amount, next) = self.amount(0)?;
        self.tail(amount, next)
    }

    fn every(&self, at: usize) -> Result<Event, SentenceError> {
        let (amount, next) = self.amount(at)?;
        if !UNDATED_TAILS.iter().any(|tail| self.ends_with(next, tail)) {
            return Err(self.error(self.longest_start(next), Fault::NoEvent));
        }
        self.while_undated(amount, at)
    }

    fn while_undated(&self, amount: Amount, at: usize) -> Result<Event, SentenceError> {
        match amount.unit {
            Unit::WorkingDays => Ok(Event::EveryWhileUndated(amount.count)),
            _ => Err(self.error(at + 1, Fault::OnlyWorkingDays)),
        }
    }

    fn behind(&self, points: u16, at: usize, tail: &str) -> Result<Event, SentenceError> {
        if self.ends_with(at, tail) {
            Ok(Event::BehindPace(points))
        } else {
            Err(self.error(self.longest_start(at), Fault::NoEvent))
        }
    }

    fn tail(&self, amount: Amount, at: usize) -> Result<Event, SentenceError> {
        for (phrase, tail) in words::TAILS {
            let Some(taken) = self.goes_on(at, phrase) else { continue };
            let end = at + taken == self.lower.len();
            return match tail {
                Tail::AfterStep if end => Err(SentenceError::new(Fault::Unfinished, "")),
                Tail::AfterStep => Ok(Event::AfterStep(amount, self.written[at + taken..].join(" "))),
                _ if !end => continue,
                Tail::BeforeDeadline => Ok(Event::BeforeDeadline(amount)),
                Tail::AfterDeadline => Ok(Event::AfterDeadline(amount)),
                Tail::AfterAssignment => Ok(Event::AfterAssignment(amount)),
                Tail::AfterReportedDone => Ok(Event::AfterReportedDone(amount)),
                Tail::WithoutReport => Ok(Event::WithoutReport(amount)),
                Tail::WithoutFigure => Ok(Event::WithoutFigure(amount)),
                Tail::WhileUndated => self.while_undated(amount, 0),
            };
        }
        Err(self.error(self.longest_start(at), Fault::NoEvent))
    }

    /// The index of the first word that fits none of the phrases that could stand at `at`.
    fn longest_start(&self, at: usize) -> usize {
        let fits =
            |phrase: &str| phrase.split(' ').zip(self.lower.get(at..).unwrap_or_default()).take_while(|(a, b)| a == b).count();
        at + words::phrases().map(fits).max().unwrap_or(0)
    }
}

/// The single words of the sentences in both languages, for "did you mean".
pub fn sentence_words() -> impl Iterator<Item = &'static str> {
    let units = words::UNITS.iter().map(|(phrase, _)| *phrase);
    words::phrases().chain(units).chain(AT).chain([EVERY, words::BEHIND_HEAD_VI]).flat_map(|phrase| phrase.split(' '))
}

fn parse_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour, 2) || !digits(minute, 2) || minute.len() != 2 {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// Reads the sentence of a step, e.g. `3 ngày làm việc trước hạn lúc 14:00`.
///
/// ```
/// use dondoc::domain::sentence::parse_when;
/// assert_eq!(parse_when("khi giao"), parse_when("On  assignment"));
/// assert_eq!(parse_when("3 working days befor deadline").unwrap_err().word, "befor");
/// ```
pub fn parse_when(text: &str) -> Result<When, SentenceError> {
    let mut sentence = Sentence::new(text);
    let at = sentence.take_time()?;
    Ok(When { event: sentence.event()?, at })
}

/// Reads a count of one unit, e.g. `4 giờ làm việc`, `5 working days`.
pub fn parse_amount(text: &str) -> Result<Amount, SentenceError> {
    let sentence = Sentence::new(text);
    let (amount, next) = sentence.amount(0)?;
    if next < sentence.lower.len() { Err(sentence.error(next, Fault::NoUnit)) } else { Ok(amount) }
}

/// Reads `< 5 working days`.
pub fn parse_days_left(text: &str) -> Result<DaysLeft, SentenceError> {
    let text = text.trim();
    let sign_bytes = text.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(text.len());
    let (sign, rest) = text.split_at(sign_bytes);
    let compare = Compare::parse(sign).ok_or_else(|| {
        let word = text.split_whitespace().next().unwrap_or_default();
        SentenceError::new(if word.is_empty() { Fault::Unfinished } else { Fault::NoComparison }, word)
    })?;
    let amount = parse_amount(rest)?;
    match amount.unit {
        Unit::WorkingDays => Ok(DaysLeft { compare, working_days: amount.count }),
        _ => Err(SentenceError::new(Fault::OnlyWorkingDays, rest.trim())),
    }
}

/// An amount in words, e.g. `1 working day`, `4 giờ làm việc`.
pub fn describe_amount(amount: &Amount, language: Language) -> String {
    format!("{} {}", amount.count, Words::of(language).unit(*amount))
}

/// The sentence of a step, as [`parse_when`] takes it back.
pub fn describe_when(when: &When, language: Language) -> String {
    let words = Words::of(language);
    let said = |amount: &Amount| describe_amount(amount, language);
    let event = match &when.event {
        Event::OnAssignment => words.on_assignment.to_owned(),
        Event::OnDeadline => words.on_deadline.to_owned(),
        Event::BeforeDeadline(amount) => format!("{} {}", said(amount), words.before_deadline),
        Event::AfterDeadline(amount) => format!("{} {}", said(amount), words.after_deadline),
        Event::AfterAssignment(amount) => format!("{} {}", said(amount), words.after_assignment),
        Event::AfterStep(amount, name) => format!("{} {} {name}", said(amount), words.after_step),
        Event::AfterReportedDone(amount) => format!("{} {}", said(amount), words.after_reported_done),
        Event::WithoutReport(amount) => format!("{} {}", said(amount), words.without_report),
        Event::WithoutFigure(amount) => format!("{} {}", said(amount), words.without_figure),
        Event::EveryWhileUndated(count) => {
            let amount = said(&Amount::working_days(*count));
            match language {
                Language::Vi => format!("{amount} {}", words.while_undated),
                Language::En => format!("{EVERY} {amount} {}", words.while_undated),
            }
        }
        Event::BecameKnown | Event::Extended | Event::WhileBlocked => String::new(),
        Event::BehindPace(points) => match language {
            Language::Vi => format!("{} {points} {}", words::BEHIND_HEAD_VI, words::BEHIND_TAIL_VI),
            Language::En => {
                format!("{points} {} {}", if *points == 1 { "point" } else { "points" }, words::BEHIND_TAIL_EN)
            }
        },
    };
    match when.at {
        Some(time) => format!("{event} {} {:02}:{:02}", words.at, time.hour(), time.minute()),
        None => event,
    }
}

#[cfg(test)]
mod tests;
