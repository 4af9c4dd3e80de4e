//! Puts a letter into words: administrative Vietnamese first, English second.
//!
//! Sentences stand in Rust, where grammar needs logic; the layout of mails stands in `templates/`. Every fact is
//! cleaned before it is printed (NFC, one line, no control characters). The order of the items is the letter's: call
//! [`sort`] before [`word`].

mod alarm;
mod ask;
mod brief;
mod chat;
mod date;
mod deadline;
mod distress;
mod entry;
mod letterhead;
mod mail;
mod notice;
mod order;
mod pen;
mod period;
mod place;
mod probe;
mod reason;
mod rehearsal;
mod reply;
mod sheet;
mod state;
mod subject;
mod table;
mod talk;
mod templates;
mod text;
mod timing;
mod told;
mod trial;

use thiserror::Error;

use super::letter::{Letter, LetterKind, Worded};
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Language;

pub use alarm::clock_doubt;
pub use chat::{NUMBERS_MAX, keyboard};
pub use distress::{StoreTrouble, distress};
pub use notice::{held_reason, position_words};
pub use order::sort;
pub use period::period_words;
pub use probe::probe;
pub use rehearsal::{Must, rehearse};
pub use reply::{Receipt, Refusal, acknowledged_text, label, receipt_text, refusal_text, sent_again};
pub use sheet::{SheetLine, sheet_lines};
pub use talk::{Answered, Misread, Question, Voice, again, answered, ask, menu};
pub use templates::{Fault, SHIPPED, TemplateFault, Templates};
pub use told::{
    Choice, Ended, NotUndone, Reasoned, cannot_undo, choice, code_refused, commands, dialogue_ended, help, help_in_group, hint,
    how_to_link, items, link_question, linked, not_linked, taken_back, unlinked, why,
};
pub use trial::in_trial;

/// Why a letter cannot be put into words.
#[derive(Debug, Error)]
pub enum WordingError {
    /// There is nothing to say.
    #[error("word a message without items")]
    NoItems,
    /// A chat text stays too long even when every item is a code only; never with up to 200 items of codes up to 8 letters.
    #[error("fit {items} items into one chat message: send them in several")]
    TooLong {
        /// How many items the letter has.
        items: usize,
    },
    /// The templates of this build are at fault.
    #[error("read the templates of this build")]
    ShippedTemplates(#[source] &'static minijinja::Error),
    /// A template is at fault.
    #[error("render the template {name}")]
    Template {
        /// Which.
        name: String,
        /// What the template engine says.
        source: Box<minijinja::Error>,
    },
}

/// Why the recipient of a letter got each of its items, in one sentence each.
pub fn reasons(letter: &Letter<'_>) -> Vec<String> {
    let pen = pen::Pen::new(letter);
    pen.items.iter().map(|item| reason::sentence(item, &pen)).collect()
}

/// A post in words: "Trưởng phòng Nội vụ", "người đứng đầu Phòng Nội vụ".
pub fn office_held(language: Language, title: &str, unit: &str) -> String {
    match language {
        Language::Vi => reason::office_held_vi(title, unit),
        Language::En => reason::office_held_en(title, unit),
    }
}

/// The words of a letter for its channel: text and HTML for mail; text, bold ranges and buttons for a chat.
pub fn word(letter: &Letter<'_>) -> Result<Worded, WordingError> {
    word_by(letter, Templates::shipped()?)
}

/// The same, mails laid out by these templates.
pub fn word_by(letter: &Letter<'_>, templates: &Templates) -> Result<Worded, WordingError> {
    if letter.items.is_empty() {
        return Err(WordingError::NoItems);
    }
    let pen = pen::Pen::new(letter);
    if letter.kind == LetterKind::Alarm {
        return Ok(alarm::word(&pen));
    }
    match letter.channel {
        ChannelKind::Email => mail::word(&pen, templates),
        ChannelKind::Telegram => chat::word(&pen),
    }
}
