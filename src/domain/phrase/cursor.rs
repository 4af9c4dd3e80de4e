//! A place in the tokens of a text that moves forward as words are recognised.

use jiff::civil::Date;

use super::token::{Token, TokenKind, length_at};
use super::{Flag, PhraseErrorKind};
use crate::domain::calendar::WorkingCalendar;

/// What reading a part gives: the part, nothing (it is something else), or a mistake that ends the reading.
pub(super) type Part<T> = Result<Option<T>, PhraseErrorKind>;

/// The place, what a phrase is read against, and what was noted on the way.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    tokens: &'a [Token],
    at: usize,
    pub(super) issued: Date,
    pub(super) calendar: &'a WorkingCalendar,
    pub(super) flags: Vec<Flag>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(tokens: &'a [Token], at: usize, issued: Date, calendar: &'a WorkingCalendar) -> Self {
        Self { tokens, at, issued, calendar, flags: Vec::new() }
    }

    /// Index of the next token.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn kind(&self, ahead: usize) -> Option<&'a TokenKind> {
        self.tokens.get(self.at + ahead).map(|token| &token.kind)
    }

    pub(super) fn flag(&mut self, flag: Flag) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }

    /// How many tokens ahead these words end, when they stand here. `6` in the words is that number.
    fn length_of(&self, words: &str) -> Option<usize> {
        length_at(self.tokens, self.at, words)
    }

    /// Whether these words stand here.
    pub(super) fn sees(&self, words: &str) -> bool {
        self.length_of(words).is_some()
    }

    /// Whether one of these stands here.
    pub(super) fn sees_any(&self, choices: &[&str]) -> bool {
        choices.iter().any(|words| self.sees(words))
    }

    /// Moves past these words, if they stand here.
    pub(super) fn take(&mut self, words: &str) -> bool {
        let Some(length) = self.length_of(words) else { return false };
        self.at += length;
        true
    }

    /// Moves past the first of these that stands here; longer ones must come first.
    pub(super) fn take_any(&mut self, choices: &[&str]) -> bool {
        choices.iter().any(|words| self.take(words))
    }

    /// The place in the list of the first that stands here.
    pub(super) fn take_which<T: Copy>(&mut self, choices: &[(&str, T)]) -> Option<T> {
        choices.iter().find(|(words, _)| self.take(words)).map(|(_, meaning)| *meaning)
    }

    /// The number here and how many digits it has, left in place.
    pub(super) fn peek_number(&self, ahead: usize) -> Option<(u32, usize)> {
        match self.kind(ahead)? {
            TokenKind::Number { value, digits } => Some((*value, *digits)),
            _ => None,
        }
    }

    pub(super) fn peek_mark(&self, ahead: usize) -> Option<char> {
        match self.kind(ahead)? {
            TokenKind::Mark(mark) => Some(*mark),
            _ => None,
        }
    }

    pub(super) fn peek_word(&self, ahead: usize) -> Option<&'a str> {
        match self.kind(ahead)? {
            TokenKind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Moves past a number with at most that many digits and at most that value.
    pub(super) fn number(&mut self, digits_max: usize, value_max: u32) -> Option<u32> {
        let (value, digits) = self.peek_number(0)?;
        (digits <= digits_max && value <= value_max).then(|| {
            self.at += 1;
            value
        })
    }

    /// Moves past a year of four digits.
    pub(super) fn year(&mut self) -> Option<i16> {
        let (value, digits) = self.peek_number(0)?;
        let year = i16::try_from(value).ok()?;
        (digits == 4).then(|| {
            self.at += 1;
            year
        })
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.tokens.len());
    }

    pub(super) fn mark(&mut self, mark: char) -> bool {
        let here = self.peek_mark(0) == Some(mark);
        self.at += usize::from(here);
        here
    }

    /// Moves past any of these marks, in any number.
    pub(super) fn marks(&mut self, marks: &[char]) {
        while self.peek_mark(0).is_some_and(|mark| marks.contains(&mark)) {
            self.at += 1;
        }
    }

    /// Goes on from where a copy of this cursor has come to.
    pub(super) fn follow(&mut self, ahead: Self) {
        *self = ahead;
    }
}
