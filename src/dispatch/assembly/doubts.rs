//! Doubts about one duty, each with its place.

use super::{Doubts, Reading, whole};
use crate::diagnostic::{Diagnostic, Span};
use crate::dispatch::LeadSource;
use crate::dispatch::doubt::Doubt;
use crate::dispatch::outline::{Clause, Sequence};
use crate::dispatch::passage::Passage;
use crate::domain::rules::Language;
use crate::tree::say;

/// Doubts of days and targets as diagnostics.
pub fn of<'a>(doubts: &'a [Doubt], words: &'a Passage, language: Language) -> impl Iterator<Item = Diagnostic> + 'a {
    doubts.iter().map(move |doubt| {
        let found = Diagnostic::warning(doubt.code(), doubt.message(language)).at(0, words.span(doubt.range.clone()));
        match doubt.help(language) {
            Some(help) => found.with_help(help),
            None => found,
        }
    })
}

/// Doubts about the clause as such.
pub fn of_clause(clause: &Clause, reading: &Reading, source: LeadSource, language: Language) -> Doubts {
    let mut doubts: Doubts = of(&reading.findings.doubts, &clause.words, language).collect();
    let at = |code, message: String, help: String| Diagnostic::warning(code, message).at(0, whole(clause)).with_help(help);
    match source {
        LeadSource::Unknown => doubts.push(at(
            "lead-unknown",
            say!(language, "không thấy đơn vị chủ trì", "no lead unit is named"),
            say!(language, "ghi đơn vị chủ trì trước khi xác nhận", "name the lead unit before confirming"),
        )),
        LeadSource::Addressees => doubts.push(at(
            "lead-from-addressees",
            say!(
                language,
                "đơn vị chủ trì chỉ suy ra từ mục Kính gửi",
                "the lead unit is only taken from those it is written to"
            ),
            say!(language, "kiểm tra lại đơn vị chủ trì", "check the lead unit"),
        )),
        LeadSource::Clause | LeadSource::Heading => {}
    }
    doubts.extend(of_marker(clause, language));
    doubts
}

/// A marker that comes twice, too late, or from another alphabet.
pub fn of_marker(clause: &Clause, language: Language) -> Option<Diagnostic> {
    let (code, message, help) = marker_told(clause, language)?;
    Some(Diagnostic::warning(code, message).at(0, whole(clause)).with_help(help))
}

fn marker_told(clause: &Clause, language: Language) -> Option<(&'static str, String, String)> {
    let (name, typed) = (&clause.name, &clause.typed);
    let check = say!(language, "đối chiếu với văn bản gốc", "compare with the original");
    match clause.marker {
        Sequence::Sound => None,
        Sequence::Repeated => Some((
            "marker-repeated",
            say!(
                language,
                "ký hiệu \"{typed}\" lặp lại, gọi là \"{name}\"",
                "the marker \"{typed}\" comes twice, this one is called \"{name}\""
            ),
            check,
        )),
        Sequence::Skipped => Some((
            "marker-skipped",
            say!(language, "thiếu mục trước \"{typed}\"", "a clause is missing before \"{typed}\""),
            check,
        )),
        Sequence::Foreign => Some((
            "marker-foreign",
            say!(
                language,
                "điểm \"{typed}\" không có trong bảng chữ cái tiếng Việt",
                "point \"{typed}\" is no letter of the Vietnamese alphabet"
            ),
            check,
        )),
    }
}

/// A clause with more days than are taken.
pub fn too_many_days(clause: &Clause, most: usize, language: Language) -> Diagnostic {
    let message =
        say!(language, "quá nhiều mốc thời gian, chỉ lấy {most} mốc đầu", "too many days, only the first {most} are taken");
    let help = say!(language, "kiểm tra lại đoạn này", "check this paragraph");
    Diagnostic::warning("too-many-days", message).at(0, whole(clause)).with_help(help)
}

/// A day that stands in a heading or a field, and one of several of its clause.
pub fn of_days(place: Span, own_days: usize, language: Language) -> Option<Diagnostic> {
    let (code, message, help) = match own_days {
        0 => (
            "deadline-from-above",
            say!(
                language,
                "thời hạn lấy từ đề mục hoặc dòng thời hạn chung",
                "the deadline stands in the heading or in a line of its own"
            ),
            say!(language, "kiểm tra thời hạn có áp dụng cho nội dung này không", "check that it holds for this duty"),
        ),
        1 => return None,
        _ => (
            "several-days",
            say!(language, "nội dung này có {own_days} mốc thời gian", "this clause has {own_days} days"),
            say!(
                language,
                "mỗi mốc là một nhiệm vụ; bỏ mốc không phải thời hạn",
                "each becomes a duty; drop what is no deadline"
            ),
        ),
    };
    Some(Diagnostic::warning(code, message).at(0, place).with_help(help))
}
