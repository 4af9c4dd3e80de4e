//! Doubts about one duty, each with its place.

use super::{Doubts, Reading, whole};
use crate::diagnostic::Diagnostic;
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
    doubts.extend(of_marker(clause, language).map(|(code, message, help)| at(code, message, help)));
    doubts
}

fn of_marker(clause: &Clause, language: Language) -> Option<(&'static str, String, String)> {
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
