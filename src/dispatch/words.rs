//! A clause as words: what stands at a place, before it, behind it, and where its sentences begin.

use std::ops::Range;

use crate::domain::phrase::token::{Token, TokenKind, length_at, tokens};

/// The words of a text with the borders of its sentences.
#[derive(Debug)]
pub(crate) struct Words<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    /// For each token the first of its sentence.
    starts: Vec<usize>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let tokens = tokens(text);
        let mut starts = Vec::with_capacity(tokens.len());
        let mut start = 0;
        for at in 0..tokens.len() {
            starts.push(start);
            if ends_sentence(text, &tokens, at) {
                start = at + 1;
            }
        }
        Self { text, tokens, starts }
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The word there, folded; empty for a number, a mark and beyond the end.
    pub(crate) fn word(&self, at: usize) -> &str {
        match self.tokens.get(at).map(|token| &token.kind) {
            Some(TokenKind::Word(word)) => word,
            _ => "",
        }
    }

    /// The number there and how many digits it has.
    pub(crate) fn number(&self, at: usize) -> Option<(u32, usize)> {
        match self.tokens.get(at)?.kind {
            TokenKind::Number { value, digits } => Some((value, digits)),
            _ => None,
        }
    }

    pub(crate) fn mark(&self, at: usize) -> Option<char> {
        match self.tokens.get(at)?.kind {
            TokenKind::Mark(mark) => Some(mark),
            _ => None,
        }
    }

    /// How many tokens the first of these takes that stands there; longer ones must come first.
    pub(crate) fn see(&self, at: usize, choices: &[&str]) -> Option<usize> {
        choices.iter().find_map(|words| length_at(&self.tokens, at, words))
    }

    pub(crate) fn sees(&self, at: usize, choices: &[&str]) -> bool {
        self.see(at, choices).is_some()
    }

    /// How many tokens the first of these takes that ends right before `at`.
    pub(crate) fn see_before(&self, at: usize, choices: &[&str]) -> Option<usize> {
        choices.iter().find_map(|words| {
            let length = words.split(' ').count();
            length_at(&self.tokens, at.checked_sub(length)?, words)
        })
    }

    pub(crate) fn follows(&self, at: usize, choices: &[&str]) -> bool {
        self.see_before(at, choices).is_some()
    }

    /// Whether one of these begins among those tokens.
    pub(crate) fn has(&self, range: Range<usize>, choices: &[&str]) -> bool {
        range.into_iter().any(|at| self.sees(at, choices))
    }

    /// The first token of the sentence, at most `reach` tokens back.
    pub(crate) fn sentence_start(&self, at: usize, reach: usize) -> usize {
        let start = self.starts.get(at.min(self.len().saturating_sub(1))).copied().unwrap_or(0);
        start.max(at.saturating_sub(reach))
    }

    /// The number of the first token of its sentence, however far back.
    pub(crate) fn sentence_of(&self, at: usize) -> usize {
        self.starts.get(at).copied().unwrap_or(0)
    }

    /// The token after the last of the sentence `at` stands in, at most `reach` tokens on.
    pub(crate) fn sentence_end(&self, at: usize, reach: usize) -> usize {
        let Some(start) = self.starts.get(at) else { return self.len() };
        let limit = self.len().min(at + reach);
        (at..limit).find(|&ahead| self.starts[ahead] != *start).unwrap_or(limit)
    }

    /// Whether nothing but marks and the letter or number of a list stands between the beginning of the sentence and `at`.
    pub(crate) fn opens_sentence(&self, at: usize) -> bool {
        let Some(&first) = self.starts.get(at).filter(|first| at - **first <= 8) else { return false };
        let is_letter = self.number(first).is_some() || self.word(first).chars().count() == 1;
        let listed = if is_letter && matches!(self.mark(first + 1), Some(')' | '.' | '/')) { 2 } else { 0 };
        (first + listed..at).all(|before| self.mark(before).is_some())
    }

    /// The first token behind the comma, bracket or colon before `at`, or of the sentence.
    pub(crate) fn part_start(&self, at: usize, reach: usize) -> usize {
        let start = self.sentence_start(at, reach);
        (start..at).rev().find(|&before| matches!(self.mark(before), Some(',' | '(' | ':'))).map_or(start, |comma| comma + 1)
    }

    /// Whether a capital letter begins the token.
    pub(crate) fn is_capital(&self, at: usize) -> bool {
        is_capital(self.text, &self.tokens, at)
    }

    /// Whether a token is a short form of capital letters, like CĐCS.
    pub(crate) fn is_short_form(&self, at: usize) -> bool {
        let written = self.tokens.get(at).map_or("", |token| &self.text[token.start..token.end]);
        written.chars().count() >= 3 && written.chars().all(char::is_uppercase)
    }

    /// Whether no blank stands between the token and the one after it.
    pub(crate) fn touches_next(&self, at: usize) -> bool {
        matches!((self.tokens.get(at), self.tokens.get(at + 1)), (Some(one), Some(next)) if one.end == next.start)
    }

    /// The bytes from the first to the last of those tokens.
    pub(crate) fn bytes(&self, range: Range<usize>) -> Range<usize> {
        let start = self.tokens.get(range.start).map_or(self.text.len(), |token| token.start);
        let end = range.end.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, |token| token.end);
        start..end.max(start)
    }
}

fn is_capital(text: &str, tokens: &[Token], at: usize) -> bool {
    let first = tokens.get(at).and_then(|token| text[token.start..].chars().next());
    first.is_some_and(char::is_uppercase)
}

/// A semicolon, or a full stop before a blank and a capital letter, a number or a dash.
fn ends_sentence(text: &str, tokens: &[Token], at: usize) -> bool {
    let TokenKind::Mark(mark) = tokens[at].kind else { return false };
    match mark {
        ';' | '!' | '?' => true,
        '.' => {
            let Some(next) = tokens.get(at + 1) else { return true };
            let starts_anew = match next.kind {
                TokenKind::Word(_) => is_capital(text, tokens, at + 1),
                TokenKind::Number { .. } => true,
                TokenKind::Mark(mark) => matches!(mark, '-' | '+' | '•' | '"' | '“' | '('),
            };
            // "TP. Hồ Chí Minh", "Q. 1"
            let abbreviates = at
                .checked_sub(1)
                .is_some_and(|before| is_capital(text, tokens, before) && tokens[before].end - tokens[before].start <= 2);
            next.start > tokens[at].end && starts_anew && !abbreviates
        }
        _ => false,
    }
}
