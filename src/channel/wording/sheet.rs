//! The items of a message as the page shows them where it is answered.

use super::entry::Entry;
use super::pen::Pen;
use super::state;
use super::text::{capitalised, plain};
use crate::channel::letter::Letter;

/// One item: plain texts, in the language of the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetLine {
    /// Title; of a bundle with its clauses.
    pub title: String,
    /// "điểm 1.e, CV 4988/UBND-CCHC ngày 05/10/2023"
    pub reference: String,
    /// The lead unit.
    pub unit: String,
    /// "Chủ nhật, 31/12/2023 (Quý IV/2023)"
    pub due: String,
    /// "Quá hạn 02 ngày làm việc"; empty when there is nothing to say of time.
    pub timing: String,
    /// The work axis.
    pub work: String,
    /// The number to reach, and the last figure.
    pub target: Option<String>,
}

/// The items of a letter, in its order.
pub fn sheet_lines(letter: &Letter<'_>) -> Vec<SheetLine> {
    let pen = Pen::new(letter);
    let line = |item| {
        let entry = Entry::of(item, &pen);
        SheetLine {
            title: plain(&entry.quote),
            reference: entry.reference,
            unit: entry.unit,
            due: capitalised(&plain(&entry.due_column)),
            timing: capitalised(&plain(&entry.timing)),
            work: capitalised(entry.work),
            target: item.target.as_ref().map(|target| plain(&state::target(target, pen.language))),
        }
    };
    pen.items.iter().map(line).collect()
}
