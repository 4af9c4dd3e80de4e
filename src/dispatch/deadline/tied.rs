//! Deadlines tied to what has no date here: another report, a school year, an event.

use std::ops::Range;

use super::opener::{Bound, event_end, open};
use super::{Candidate, Meaning};
use crate::dispatch::words::Words;
use crate::domain::deadline::DeadlineKind;
use crate::domain::phrase::PhraseErrorKind;

/// "cùng với báo cáo tổng kết năm học", "lồng ghép vào nội dung báo cáo …", "ngay từ đầu năm học".
pub(super) fn tied(words: &Words<'_>, at: usize) -> Option<Candidate> {
    let (length, why) = match words.word(at) {
        "cùng" => (words.see(at, &["cùng với báo cáo", "cùng kỳ báo cáo", "cùng báo cáo"])?, PhraseErrorKind::OtherDocument),
        "chung" => (words.see(at, &["chung với báo cáo", "chung vào báo cáo"])?, PhraseErrorKind::OtherDocument),
        "lồng" => (into_report(words, at, "lồng ghép")?, PhraseErrorKind::OtherDocument),
        "tích" => (into_report(words, at, "tích hợp")?, PhraseErrorKind::OtherDocument),
        "ngay" => (words.see(at, &["ngay từ đầu năm học", "ngay đầu năm học"])?, PhraseErrorKind::SchoolYear),
        _ => return None,
    };
    let mut end = match why {
        PhraseErrorKind::SchoolYear => at + length + years(words, at + length),
        _ => report_end(words, at + length),
    };
    end = end.max(at + length);
    Some(Candidate { tokens: at..end, meaning: open(DeadlineKind::Relative, why) })
}

/// How many tokens "lồng ghép vào nội dung báo cáo" takes.
fn into_report(words: &Words<'_>, at: usize, verb: &str) -> Option<usize> {
    const REACH: usize = 6;
    let start = at + words.see(at, &[verb])?;
    let start = start + words.see(start, &["nội dung này", "kết quả", "nội dung"]).unwrap_or(0);
    words.see(start, &["vào", "trong", "với", "cùng"])?;
    (start..start + REACH).find_map(|ahead| Some(ahead + words.see(ahead, &["báo cáo"])? - at))
}

/// The name of a report, up to who gets it.
fn report_end(words: &Words<'_>, from: usize) -> usize {
    let end = event_end(words, from);
    (from..end).find(|&at| words.sees(at, &["về ủy ban", "về ubnd", "gửi", "về"])).unwrap_or(end)
}

/// Words that speak of when without naming a deadline.
pub(super) struct Waits {
    /// All of them.
    pub(super) tokens: Range<usize>,
    /// Where to go on: a deadline may follow the event without a comma.
    pub(super) next: usize,
    pub(super) kind: PhraseErrorKind,
}

/// An event, or a time given elsewhere.
pub(super) fn waits(words: &Words<'_>, at: usize) -> Option<Waits> {
    let (found, kind) = match words.word(at) {
        "khi" if words.mark(at.wrapping_sub(1)) == Some('(') => (1, PhraseErrorKind::Event),
        "ngay" => (words.see(at, &["ngay sau khi", "ngay khi"])?, PhraseErrorKind::Event),
        "sau" => (words.see(at, &["sau khi có hướng dẫn", "sau khi có văn bản", "sau khi được"])?, PhraseErrorKind::Event),
        "theo" => (
            words.see(at, &["theo đúng thời gian quy định", "theo thời gian quy định", "theo đúng thời hạn", "theo thời hạn"])?,
            PhraseErrorKind::OtherDocument,
        ),
        "đúng" => (words.see(at, &["đúng thời gian quy định", "đúng thời hạn"])?, PhraseErrorKind::OtherDocument),
        "quá" => (words.see(at, &["quá thời hạn nêu trên", "quá thời hạn trên"])?, PhraseErrorKind::Consequence),
        _ => return None,
    };
    let end = if kind == PhraseErrorKind::Event { event_end(words, at + found) } else { at + found };
    Some(Waits { tokens: at..end, next: at + found, kind })
}

/// "2020-2021", "2021 - 2022" behind "năm học": how many tokens.
fn years(words: &Words<'_>, at: usize) -> usize {
    let year = |at| matches!(words.number(at), Some((_, 4)));
    match (year(at), words.mark(at + 1), year(at + 2)) {
        (true, Some('-' | '/'), true) => 3,
        (true, ..) => 1,
        _ => 0,
    }
}

/// "trong năm học 2020-2021", "đầu năm học", "học kỳ I": a period or a day of a school year.
pub(super) fn school_year(words: &Words<'_>, at: usize, behind: usize, bound: Bound) -> Option<Candidate> {
    const REACH: usize = 6;
    let (named, length) = (behind.saturating_sub(usize::from(bound == Bound::Bare))..behind + REACH)
        .find_map(|ahead| Some((ahead, words.see(ahead, &["năm học", "học kỳ", "học kì"])?)))?;
    let after = named + length;
    let mut end = after;
    if words.word(named) == "học" {
        end += usize::from(matches!(words.word(end), "i" | "ii" | "một" | "hai") || words.number(end).is_some());
        if let Some(length) = words.see(end, &["năm học"]) {
            end += length + years(words, end + length);
        }
    } else {
        end += years(words, end);
    }
    let is_whole = named == behind || (bound == Bound::Bare && named == at);
    // "trong năm học" without its years is no deadline: it is always some school year.
    if is_whole && end == after && matches!(bound, Bound::Within | Bound::Bare) {
        return None;
    }
    let kind =
        if is_whole && matches!(bound, Bound::Within | Bound::Bare) { DeadlineKind::Within } else { DeadlineKind::Relative };
    Some(Candidate { tokens: at..end, meaning: open(kind, PhraseErrorKind::SchoolYear) })
}

impl Meaning {
    /// Whether it is a school year as a whole.
    pub(super) const fn is_school_year(&self) -> bool {
        use crate::dispatch::doubt::DoubtKind;
        matches!(self, Self::Open(_, DoubtKind::NoDay(PhraseErrorKind::SchoolYear)))
    }
}
