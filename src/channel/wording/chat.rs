//! The text of a chat message: short, within the limit of the wire, with bold ranges and buttons.

use super::entry::Entry;
use super::letterhead::{answer_path, close, code_line, greeting, introduction, request};
use super::pen::Pen;
use super::subject::{headline, subject};
use super::text::{Weight, count, cut, plain, runs, strong, utf16_len};
use super::{WordingError, brief};
use crate::channel::letter::{LetterKind, Offer, ReplyOffer, Worded};
use crate::domain::delivery::{Button, Target};
use crate::domain::policy::ChannelKind;
use crate::domain::reply::ReplyKind;
use crate::domain::rules::Language;

/// Longest text, in UTF-16 units: sources disagree what the wire's 4,096 count, and an acknowledgement is added later.
pub(super) const UNITS_MAX: usize = 3_500;

/// The most items of one message that have a button of their own.
pub const NUMBERS_MAX: usize = 8;

/// How much is said of each item: widths of title and notes, in characters.
const WIDTHS: [(usize, usize); 5] = [(160, 400), (110, 250), (80, 160), (60, 120), (40, 80)];

/// Whether the sentences around the items are printed in full.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Full,
    Bare,
}

/// The words of a chat message.
pub(super) fn word(pen: &Pen<'_>) -> Result<Worded, WordingError> {
    if let Some(brief) = &pen.brief {
        let marked = brief::chat(brief, pen);
        if utf16_len(&plain(&marked)) > UNITS_MAX {
            return Err(WordingError::TooLong { items: pen.items.len() });
        }
        let (text, bold) = with_ranges(&marked);
        return Ok(Worded { subject: subject(pen), text, html: None, bold, buttons: Vec::new() });
    }
    let entries: Vec<Entry> = pen.items.iter().map(|item| Entry::of(item, pen)).collect();
    let marked = fitting(&entries, pen).ok_or_else(|| WordingError::TooLong { items: entries.len() })?;
    let (text, bold) = with_ranges(&marked);
    Ok(Worded { subject: subject(pen), text, html: None, bold, buttons: buttons(pen) })
}

/// The fullest text that fits: titles are shortened first, then the last items are listed by their codes only.
fn fitting(entries: &[Entry], pen: &Pen<'_>) -> Option<String> {
    let fits = |text: &String| utf16_len(&plain(text)) <= UNITS_MAX;
    let full = WIDTHS.into_iter().map(|width| compose(entries, entries.len(), width, Frame::Full, pen)).find(fits);
    let [.., narrow] = WIDTHS;
    full.or_else(|| most_shown(entries.len(), |shown| Some(compose(entries, shown, narrow, Frame::Full, pen)).filter(fits)))
        .or_else(|| Some(compose(entries, 0, narrow, Frame::Bare, pen)).filter(fits))
}

/// The text with the most items shown that fits; a shown item is never shorter than its code, so halving finds it.
fn most_shown(items: usize, fitted: impl Fn(usize) -> Option<String>) -> Option<String> {
    let (mut low, mut high) = (0, items);
    let mut best = fitted(0)?;
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        match fitted(middle) {
            Some(text) => (low, best) = (middle, text),
            None => high = middle,
        }
    }
    Some(best)
}

fn compose(entries: &[Entry], shown: usize, width: (usize, usize), frame: Frame, pen: &Pen<'_>) -> String {
    let several = entries.len() > 1;
    let mut blocks = vec![format!("{}\n{}", strong(&cut(&headline(pen), 200)), greeting(pen))];
    if frame == Frame::Full && (several || pen.kind() == LetterKind::Digest) {
        blocks.push(introduction(pen));
    }
    for (at, entry) in entries.iter().take(shown).enumerate() {
        let number = if several { format!("{}. ", at + 1) } else { String::new() };
        blocks.push(block(entry, &number, width, pen.language));
    }
    if shown < entries.len() {
        blocks.push(codes_only(&entries[shown..], shown, pen.language));
    }
    if frame == Frame::Full {
        let asked = match entries {
            [one] if pen.kind() != LetterKind::Digest => one.ask.first().cloned().unwrap_or_default(),
            _ => request(pen),
        };
        blocks.push([Some(asked), answer_path(pen)].into_iter().flatten().collect::<Vec<_>>().join(" "));
    }
    blocks.push(close(pen));
    blocks.join("\n\n")
}

/// At most three lines, the reason and the code.
fn block(entry: &Entry, number: &str, (title_max, notes_max): (usize, usize), language: Language) -> String {
    let title = strong(&format!("{number}{}", cut(&entry.title, title_max)));
    let notes = cut(&plain(&entry.notes().join(" ")), notes_max);
    let mut lines = vec![format!("{title} ({})", entry.reference), entry.line()];
    if !notes.is_empty() {
        lines.push(notes);
    }
    lines.push(entry.reason.clone());
    lines.push(code_line(&entry.code, language));
    lines.join("\n")
}

fn codes_only(rest: &[Entry], shown: usize, language: Language) -> String {
    let codes = rest.iter().map(|entry| entry.code.as_str()).collect::<Vec<_>>().join(", ");
    let n = count(rest.len() as u64, language);
    match (language, shown) {
        (Language::Vi, 0) => format!("{n} nội dung, mã tra cứu: {codes}"),
        (Language::Vi, _) => format!("Còn {n} nội dung khác, mã tra cứu: {codes}"),
        (Language::En, 0) => format!("{n} items, codes: {codes}"),
        (Language::En, _) => format!("{n} more, codes: {codes}"),
    }
}

/// The text without marks, and the bold ranges in UTF-16 units.
pub(super) fn with_ranges(marked: &str) -> (String, Vec<(u32, u32)>) {
    let mut text = String::with_capacity(marked.len());
    let mut bold = Vec::new();
    let mut at: u32 = 0;
    for run in runs(marked) {
        let units = u32::try_from(utf16_len(&run.text)).unwrap_or(u32::MAX);
        if run.bold == Weight::Bold {
            bold.push((at, units));
        }
        at = at.saturating_add(units);
        text.push_str(&run.text);
    }
    (text, bold)
}

/// The buttons of a message: none under what asks for nothing. The page follows where there are more items than numbers.
pub(super) fn buttons(pen: &Pen<'_>) -> Vec<Vec<Button>> {
    if pen.channel() != ChannelKind::Telegram || pen.kind() != LetterKind::Action {
        return Vec::new();
    }
    let mut rows = keyboard(pen.language, &pen.letter.replies);
    if let (true, Some(link)) = (has_more(pen), &pen.letter.link) {
        let label = match pen.language {
            Language::Vi => "Trả lời các nội dung khác",
            Language::En => "Answer the others",
        };
        rows.push(vec![Button { label: label.to_owned(), target: Target::Page(link.clone()) }]);
    }
    rows
}

/// Whether there are more items than buttons with numbers.
pub(super) fn has_more(pen: &Pen<'_>) -> bool {
    !pen.letter.replies.is_empty() && pen.items.len() > NUMBERS_MAX
}

/// Rows of buttons: what is for all and what comes first alone, replies in pairs, numbers four in a row.
pub fn keyboard(language: Language, offers: &[ReplyOffer]) -> Vec<Vec<Button>> {
    let mut rows: Vec<Vec<Button>> = Vec::new();
    let mut room = 0;
    for ReplyOffer { offer, token } in offers {
        let Some((label, width)) = label(*offer, language) else { continue };
        let button = Button { label, target: Target::Token(token.clone()) };
        match rows.last_mut() {
            Some(row) if room >= width && room > 0 => {
                row.push(button);
                room -= width;
            }
            _ => {
                rows.push(vec![button]);
                room = ROW - width;
            }
        }
    }
    rows
}

/// A row holds four numbers, two replies, or one button that stands alone.
const ROW: usize = 4;

fn label(offer: Offer, language: Language) -> Option<(String, usize)> {
    Some(match (offer, language) {
        (Offer::Reply(kind), _) => {
            let alone = matches!(kind, ReplyKind::Acknowledge | ReplyKind::Assign);
            (super::reply::label(kind, language)?.to_owned(), if alone { ROW } else { 2 })
        }
        (Offer::ToAll(kind), Language::Vi) => (format!("{} tất cả", super::reply::label(kind, language)?), ROW),
        (Offer::ToAll(kind), Language::En) => (format!("{} all", super::reply::label(kind, language)?), ROW),
        (Offer::Item(number), _) => (number.to_string(), 1),
        (Offer::Undo, Language::Vi) => ("Hủy thao tác".to_owned(), ROW),
        (Offer::Undo, Language::En) => ("Undo".to_owned(), ROW),
    })
}
