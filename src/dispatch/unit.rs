//! The units a clause names: those that answer for it and those that help.

mod name;

use std::ops::Range;

use super::lexicon::{MODALS, STRONG_REQUESTS, VERBS};
use super::words::Words;
use name::{head, names_end, split};

/// The units of a text, as bytes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Those that answer for it.
    pub lead: Vec<Range<usize>>,
    /// Those that help.
    pub coordinating: Vec<Range<usize>>,
    /// Whether the text says with a verb what they are to do.
    pub duty: Duty,
}

/// Whether a text asks somebody for something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duty {
    /// It does not.
    #[default]
    None,
    /// A unit stands before a verb, or a request before a unit.
    Asked,
}

/// The most words before a unit that a sentence of circumstance may have.
const CIRCUMSTANCE_WORDS_MAX: usize = 70;

/// The units of one clause.
pub fn of_clause(text: &str) -> Named {
    let words = Words::new(text);
    let mut named = Named { coordinating: helpers(&words), ..Named::default() };
    let mut at = 0;
    let mut first = true;
    while at < words.len() {
        let end = segment_end(&words, at);
        if let Some((units, duty)) = subject(&words, at..end) {
            // Another sentence adds its units only when it lays a duty on them in so many words.
            if first || duty == Told::Request {
                named.lead.extend(split(&words, units));
                named.duty = Duty::Asked;
                first = false;
            }
        }
        at = end + 1;
    }
    named.lead.dedup();
    named
}

/// The units of a heading that names nothing else: "Giao Phòng Nội vụ", "Đối với các trường …", "Phòng Tư pháp:".
pub fn of_heading(text: &str) -> Vec<Range<usize>> {
    let words = Words::new(text);
    let mut at = 0;
    let mut toward = false;
    while let Some(length) = words.see(at, HEADING_LEADS) {
        toward |= words.sees(at, &["đối với", "về phía"]);
        at += length;
    }
    if let Some(length) = STRONG_REQUESTS.see(&words, at) {
        at += length;
    }
    let Some(_) = head(&words, at) else { return Vec::new() };
    let stop = (at..words.len()).find(|index| matches!(words.mark(*index), Some(':'))).unwrap_or(words.len());
    let mut end = if toward { stop } else { names_end(&words, at).min(stop) };
    while end > at && matches!(words.mark(end - 1), Some('.' | ',' | ';' | ':' | '-')) {
        end -= 1;
    }
    let rest = (end..stop).all(|index| {
        words.mark(index).is_some()
            || words.sees(index, &["chủ trì", "thực hiện", "có trách nhiệm"])
            || in_brackets(&words, end, index)
    });
    if rest && end > at { split(&words, at..end) } else { Vec::new() }
}

const HEADING_LEADS: &[&str] =
    &["đối với", "về phía", "trách nhiệm của", "trách nhiệm", "nhiệm vụ của", "đề nghị", "kính đề nghị", "riêng", "tại"];

fn in_brackets(words: &Words<'_>, from: usize, at: usize) -> bool {
    words.mark(from) == Some('(') && (from..at).all(|index| words.mark(index) != Some(')'))
}

/// How a subject was told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Subject,
    Request,
}

/// The end of the part of a sentence that begins there: a full stop or a semicolon that no unit of a list follows.
fn segment_end(words: &Words<'_>, at: usize) -> usize {
    let mut end = words.sentence_end(at, usize::MAX / 2);
    // "Giao Thủ trưởng các sở; Chủ tịch các huyện:" is one list.
    while end < words.len() && words.mark(end - 1) == Some(';') && head(words, end).is_some() && ends_in_names(words, at, end - 1)
    {
        end = words.sentence_end(end, usize::MAX / 2);
    }
    end.max(at + 1).min(words.len()).max(at + 1) - usize::from(end > at + 1 && matches!(words.mark(end - 1), Some('.' | ';')))
}

/// Whether a part ends within the names it began with.
fn ends_in_names(words: &Words<'_>, at: usize, end: usize) -> bool {
    let from = STRONG_REQUESTS.see(words, at).map_or(at, |length| at + length);
    head(words, from).is_some() && names_end(words, from) >= end
}

/// The units one part of a sentence is about.
fn subject(words: &Words<'_>, part: Range<usize>) -> Option<(Range<usize>, Told)> {
    let mut at = part.start;
    while words.mark(at).is_some() && at < part.end {
        at += 1;
    }
    if let Some(found) = requested(words, at, part.end) {
        return Some((found, Told::Request));
    }
    if let Some(found) = acting(words, at, part.end) {
        return Some(found);
    }
    let limit = part.end.min(at + CIRCUMSTANCE_WORDS_MAX);
    let circumstance = words.sees(at, CIRCUMSTANCES);
    for index in at + 1..limit {
        if STRONG_REQUESTS.sees(words, index)
            && (words.mark(index - 1).is_some() || head(words, at).is_some() || circumstance)
            && !words.is_capital(index)
            && let Some(found) = requested(words, index, part.end)
        {
            return Some((found, Told::Request));
        }
        let behind_comma = words.mark(index - 1) == Some(',');
        let counted = words.number(index - 1).is_some() && words.is_capital(index);
        if circumstance
            && (behind_comma || counted)
            && let Some(found) = acting(words, index, part.end)
        {
            return Some(found);
        }
    }
    None
}

/// Words that open a sentence before its subject.
const CIRCUMSTANCES: &[&str] = &[
    "căn cứ",
    "trên cơ sở",
    "trong",
    "trước",
    "sau",
    "định kỳ",
    "hằng",
    "hàng",
    "khi",
    "từ",
    "để",
    "nhằm",
    "ngay",
    "theo",
    "chậm nhất",
    "muộn nhất",
    "đến",
    "thực hiện",
    "tiếp tục",
    "riêng",
    "ngoài",
    "bên cạnh",
    "đối với",
    "với",
    "trường hợp",
    "nếu",
    "đồng thời",
    "vào",
    "tại",
    "năm",
    "quý",
    "tháng",
    "hết",
    "thời gian",
    "tiếp theo",
    "ngày",
    "qua",
    "xét",
    "được",
    "lưu ý",
];

/// "giao Phòng Nội vụ chủ trì": the names behind a request.
fn requested(words: &Words<'_>, at: usize, end: usize) -> Option<Range<usize>> {
    let mut from = at + STRONG_REQUESTS.see(words, at)?;
    while words.sees(from, &["đối với", "cho", "trách nhiệm", "nhiệm vụ", "riêng"])
        || words.mark(from) == Some(':')
        || words.mark(from) == Some('-')
    {
        from += words.see(from, &["đối với", "cho", "trách nhiệm", "nhiệm vụ", "riêng"]).unwrap_or(1);
    }
    head(words, from)?;
    let stop = names_end(words, from).min(end);
    (stop > from).then_some(from..stop)
}

/// "Các trường gửi hồ sơ", "Phòng Tư pháp:", "UBND huyện giao Phòng Nội vụ …": names before a verb.
fn acting(words: &Words<'_>, at: usize, end: usize) -> Option<(Range<usize>, Told)> {
    head(words, at)?;
    let stop = names_end(words, at).min(end);
    if stop == at {
        return None;
    }
    let mut next = stop;
    if words.mark(next) == Some('(') {
        next = (next..end).find(|index| words.mark(*index) == Some(')')).map_or(next, |close| close + 1);
    }
    while matches!(words.mark(next), Some(',' | '-')) && next < end {
        next += 1;
    }
    if STRONG_REQUESTS.sees(words, next) {
        // Who asks is not who is asked.
        return requested(words, next, end).map(|found| (found, Told::Request));
    }
    let told =
        words.mark(stop) == Some(':') || VERBS.sees(words, next) || MODALS.sees(words, next) || acts_later(words, next, end);
    told.then_some((at..stop, Told::Subject))
}

/// "Các trường trước ngày 10/5 gửi báo cáo", "Phòng Tư pháp trong tháng 3 tổ chức".
fn acts_later(words: &Words<'_>, at: usize, end: usize) -> bool {
    let circumstance = words.sees(
        at,
        &["trước", "trong", "từ", "chậm nhất", "hằng", "hàng", "định kỳ", "ngay", "sau", "khi", "để", "theo", "vào", "đến"],
    );
    circumstance && (at + 1..end.min(at + 25)).any(|index| !words.is_capital(index) && VERBS.sees(words, index))
}

/// The units behind "phối hợp với".
fn helpers(words: &Words<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for at in 0..words.len() {
        let Some(length) = words.see(at, &["phối hợp chặt chẽ", "phối hợp tốt", "phối hợp có hiệu quả", "phối hợp"])
        else {
            continue;
        };
        if words.sees(at.saturating_sub(2), &["quy chế", "công tác", "cơ chế"])
            || at > 0 && words.sees(at - 1, &["đơn vị", "cơ quan", "sự", "trong"]) && !words.sees(at + length, &["với", "cùng"])
        {
            continue;
        }
        let mut from = at + length;
        let with = words.see(from, &["cùng với", "với", "cùng"]);
        from += with.unwrap_or(0);
        if head(words, from).is_none() && with.is_none() {
            continue;
        }
        let stop = names_end(words, from).min(segment_end(words, at));
        if stop > from && words.mark(from).is_none() {
            found.extend(split(words, from..stop));
        }
    }
    found.dedup();
    found
}
