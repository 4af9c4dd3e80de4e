//! Floor 1: the reader of dispatches. The text of a công văn in, drafts of directives out.
//!
//! Pure: no file is opened here, no directory of units asked, no clock read. It never fails: what cannot be read is a
//! [`Diagnostic`] with its place in the text.
//!
//! Top to bottom: `layout` takes away what printers and stamps put between the lines, `heading` reads who wrote what
//! to whom, `block` makes wrapped lines whole, `outline` names the clauses, and `assembly` makes a draft of each
//! that lays a duty on somebody (`duty`, `unit`), with its [`deadline`] and its [`target`].

mod assembly;
mod block;
pub mod deadline;
pub mod doubt;
mod draft;
mod duty;
mod heading;
mod layout;
mod lexicon;
mod marker;
mod outline;
mod passage;
mod table;
pub mod target;
mod unit;
mod words;

pub use draft::{Draft, DraftDeadline, DraftTarget, Drafts, Firmness, Heading, LeadSource, Quote};

use crate::diagnostic::Diagnostic;
use crate::domain::calendar::WorkingCalendar;
use crate::domain::directive::Secrecy;
use crate::domain::rules::Language;
use crate::tree::say;
use assembly::Site;
use deadline::Ground;

/// Reads the text of a dispatch.
///
/// A dispatch that bears a mark of secrecy is not read: only its [`Heading::secrecy`] is given, with one error that
/// quotes nothing of it.
pub fn read(text: &str, calendar: &WorkingCalendar, language: Language) -> (Drafts, Vec<Diagnostic>) {
    let layout = layout::read(text);
    let secrecy = heading::secrecy_of(&layout);
    if secrecy > Secrecy::default() {
        return secret(secrecy, language);
    }
    let mut head = heading::read(&layout);
    let site = Site { ground: Ground { issued: head.ground(), calendar }, language };
    let mut problems = heading::doubts(&head, language);
    let mut drafts = Drafts { heading: std::mem::take(&mut head.heading), ..Drafts::default() };
    let addressees = drafts.heading.addressees.clone();
    for part in heading::parts(&layout.lines, head.body) {
        let clauses = outline::read(block::read(&layout.lines[part.lines], layout.width), part.prefix);
        problems.extend(assembly::assemble(&clauses, &addressees, site, &mut drafts));
    }
    if drafts.directives.is_empty() {
        let message = say!(language, "không thấy nội dung nào giao việc", "no clause that lays a duty on anybody was found");
        let help = say!(
            language,
            "kiểm tra lại văn bản; nội dung cần theo dõi có thể ghi bằng tay",
            "check the text; what is to be followed can be written by hand"
        );
        problems.push(Diagnostic::warning("no-directive", message).with_help(help));
    }
    crate::diagnostic::sort(&mut problems);
    (drafts, problems)
}

fn secret(secrecy: Secrecy, language: Language) -> (Drafts, Vec<Diagnostic>) {
    let message = say!(
        language,
        "văn bản có dấu chỉ độ mật: không đọc, không lưu, không hiển thị nội dung",
        "the dispatch bears a mark of secrecy: nothing of it is read, stored or shown"
    );
    let help = say!(
        language,
        "theo dõi bằng mã hồ sơ, thời hạn và người phụ trách, theo quy định bảo vệ bí mật nhà nước",
        "follow it by a code, a deadline and people only, as the rules on state secrets say"
    );
    let heading = Heading { secrecy, ..Heading::default() };
    (Drafts { heading, ..Drafts::default() }, vec![Diagnostic::error("secret-dispatch", message).with_help(help)])
}

#[cfg(test)]
mod tests;
