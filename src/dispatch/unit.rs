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
    /// Who stands in brackets at the end: "(Ban giám hiệu)".
    pub bracketed: Option<Range<usize>>,
    /// The parts of the text that name their own: its bytes, and its units.
    pub parts: Vec<(Range<usize>, Vec<Range<usize>>)>,
    /// Whether the text says with a verb what they are to do.
    pub duty: Duty,
}

/// Whether a text asks somebody for something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// It does not.
    #[default]
    None,
    /// A unit stands before a verb.
    Acts,
    /// A request stands before a unit.
    Asked,
}

/// The most words of a label that names who.
const LABEL_WORDS_MAX: usize = 14;
/// More words than a sentence has.
const SENTENCE_WORDS_MAX: usize = 200;
/// The most words before a unit that a sentence of circumstance may have.
const CIRCUMSTANCE_WORDS_MAX: usize = 70;

/// The units of one clause.
pub fn of_clause(words: &Words<'_>) -> Named {
    let mut named = Named { coordinating: helpers(words), ..Named::default() };
    let mut at = 0;
    let commands = VERBS.sees(words, 0);
    while at < words.len() {
        let end = segment_end(words, at);
        if let Some((units, told)) = subject(words, at..end) {
            let duty = if told == Manner::Request { Duty::Asked } else { Duty::Acts };
            // A clause that commands without a subject is not about who acts in a later part of it.
            let aside = duty == Duty::Acts && commands && at > 0;
            // What is laid on somebody in so many words goes before who else acts in the text.
            if duty > named.duty && !aside {
                named.lead.clear();
            }
            let units = split(words, units);
            named.parts.push((words.bytes(at..end + 1), units.clone()));
            let before = named.parts.len();
            let quoted = later_requests(words, at..end, &mut named.parts);
            let asked_later = named.parts.len() > before;
            let beside = duty == Duty::Acts && named.duty == duty && at > 0 && words.mark(at - 1) == Some(';');
            let beside = beside && !words.has(at..end.min(at + 20), &["phối hợp", "sẽ"]);
            if (duty > named.duty || duty == Duty::Asked || beside) && !aside {
                named.lead.extend(units);
                named.duty = named.duty.max(duty);
            }
            if asked_later && !aside {
                named.duty = Duty::Asked;
            }
            if let Some(units) = quoted {
                // Who passes an order on is not who is ordered.
                named.lead = units;
                named.duty = Duty::Asked;
            }
        }
        at = end + 1;
    }
    named.lead.dedup();
    if named.lead.is_empty() {
        named.lead = labelled(
            words,
            &["cơ quan chủ trì", "đơn vị chủ trì", "đơn vị thực hiện", "cơ quan thực hiện", "phân công thực hiện"],
        );
    }
    let helpers = labelled(words, &["cơ quan phối hợp", "đơn vị phối hợp", "phối hợp thực hiện"]);
    named.coordinating.extend(helpers);
    one_leads(words, &mut named);
    if named.lead.is_empty() {
        named.bracketed = in_last_brackets(words);
    }
    named
}

/// Further requests within one part of a sentence, and the units of those that are quoted: "chỉ đạo rõ: “Giao Sở A …”".
fn later_requests(
    words: &Words<'_>,
    part: Range<usize>,
    parts: &mut Vec<(Range<usize>, Vec<Range<usize>>)>,
) -> Option<Vec<Range<usize>>> {
    let mut quoted: Option<Vec<Range<usize>>> = None;
    for at in part.start + 1..part.end.min(part.start + SENTENCE_WORDS_MAX) {
        let plain = !words.is_capital(at) || matches!(words.mark(at - 1), Some(':' | '"' | '“'));
        let passive = is_passive(words, at);
        if plain
            && !passive
            && STRONG_REQUESTS.sees(words, at)
            && let Some(found) = requested(words, at, part.end)
        {
            let units = split(words, found);
            if words.is_capital(at) {
                quoted.get_or_insert_default().extend(units.iter().cloned());
            }
            parts.push((words.bytes(at..part.end), units));
        }
    }
    quoted
}

/// "…; cơ quan chủ trì: Sở Nội vụ": the names behind a label within a clause.
fn labelled(words: &Words<'_>, labels: &[&str]) -> Vec<Range<usize>> {
    let found = (0..words.len()).find_map(|at| {
        let from = at + words.see(at, labels)?;
        (words.mark(from) == Some(':') && head(words, from + 1).is_some()).then_some(from + 1)
    });
    found.map_or_else(Vec::new, |from| split(words, from..names_end(words, from)))
}

/// "Sở Xây dựng (chủ trì) và UBND thành phố": one leads, the others help.
fn one_leads(words: &Words<'_>, named: &mut Named) {
    let Some(open) = (0..words.len()).find(|at| words.mark(*at) == Some('(') && words.sees(at + 1, &["chủ trì"])) else {
        return;
    };
    let border = words.bytes(open..open + 1).start;
    let Some(leader) = named.lead.iter().position(|range| range.contains(&border)) else { return };
    let mut lead = named.lead.remove(leader);
    let before = words.bytes(0..open);
    lead.end = before.end;
    named.coordinating.append(&mut named.lead);
    named.parts.clear();
    named.lead = vec![lead];
}

/// "được giao", "theo đề nghị": nobody is asked there.
fn is_passive(words: &Words<'_>, at: usize) -> bool {
    words.follows(at, &["được", "theo", "bàn", "chuyển", "việc", "do", "phân", "đã", "các", "những", "sự"])
}

/// "bà … – Phó Chủ tịch đề nghị Sở …": a request in the middle of a sentence.
fn asks_freely(words: &Words<'_>, at: usize) -> bool {
    words.sees(at, &["đề nghị", "yêu cầu", "giao", "kính đề nghị"]) && !is_passive(words, at)
}

/// "Kiểm tra hồ sơ tổ chuyên môn (Ban giám hiệu)".
fn in_last_brackets(words: &Words<'_>) -> Option<Range<usize>> {
    let close = (0..words.len()).rev().find(|at| !matches!(words.mark(*at), Some('.' | ';' | ',')))?;
    let open = (close.saturating_sub(12)..close).rev().find(|at| words.mark(*at) == Some('('))?;
    let person = words.sees(open + 1, &["đ", "đ / c", "cô", "thầy", "ông", "bà", "đồng chí"]);
    let receives = words.has(open.saturating_sub(8)..open, &["về", "cho", "qua", "tới", "đến"]);
    let whole = !receives
        && words.mark(close) == Some(')')
        && (person || head(words, open + 1).is_some())
        && words.number(open + 1).is_none();
    (whole && close > open + 1).then(|| words.bytes(open + 1..close))
}

/// Whether a text begins with the name of a unit.
pub fn begins_name(text: &str) -> bool {
    head(&Words::new(text), 0).is_some()
}

/// The units a text lists that holds nothing else, such as a cell of a table.
pub fn of_list(text: &str) -> Vec<Range<usize>> {
    let words = Words::new(text);
    split(&words, 0..words.len())
}

/// The units of a heading that names nothing else: "Giao Phòng Nội vụ", "Đối với các trường …", "Phòng Tư pháp:".
pub fn of_heading(words: &Words<'_>) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut toward = false;
    while let Some(length) = words.see(at, HEADING_LEADS) {
        toward |= words.sees(at, &["đối với", "về phía"]);
        at += length;
    }
    if let Some(length) = STRONG_REQUESTS.see(words, at) {
        at += length;
    }
    let Some(_) = head(words, at) else { return Vec::new() };
    let stop = (at..words.len()).find(|index| matches!(words.mark(*index), Some(':'))).unwrap_or(words.len());
    let mut end = if toward { stop } else { names_end(words, at).min(stop) };
    while end > at && matches!(words.mark(end - 1), Some('.' | ',' | ';' | ':' | '-')) {
        end -= 1;
    }
    let rest = (end..stop).all(|index| {
        words.mark(index).is_some()
            || words.sees(index, &["chủ trì", "thực hiện", "có trách nhiệm"])
            || in_brackets(words, end, index)
    });
    if rest && end > at { split(words, at..end) } else { Vec::new() }
}

const HEADING_LEADS: &[&str] =
    &["đối với", "về phía", "trách nhiệm của", "trách nhiệm", "nhiệm vụ của", "đề nghị", "kính đề nghị", "riêng", "tại"];

fn in_brackets(words: &Words<'_>, from: usize, at: usize) -> bool {
    words.mark(from) == Some('(') && (from..at).all(|index| words.mark(index) != Some(')'))
}

/// How a subject was told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
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
fn subject(words: &Words<'_>, part: Range<usize>) -> Option<(Range<usize>, Manner)> {
    let mut at = part.start;
    while at < part.end && (words.mark(at).is_some() || words.sees(at, &["riêng", "ngoài ra", "đồng thời", "vì vậy", "do đó"]))
    {
        at += words.see(at, &["ngoài ra", "đồng thời", "vì vậy", "do đó"]).unwrap_or(1);
    }
    if let Some(found) = requested(words, at, part.end) {
        return Some((found, Manner::Request));
    }
    if let Some(found) = acting(words, at, part.end) {
        return Some(found);
    }
    let limit = part.end.min(at + CIRCUMSTANCE_WORDS_MAX);
    let circumstance = words.sees(at, CIRCUMSTANCES);
    for index in at + 1..limit {
        if STRONG_REQUESTS.sees(words, index)
            && (words.mark(index - 1).is_some() || head(words, at).is_some() || circumstance || asks_freely(words, index))
            && (!words.is_capital(index) || words.mark(index - 1) == Some(':'))
            && let Some(found) = requested(words, index, part.end)
        {
            return Some((found, Manner::Request));
        }
        let behind_comma = words.mark(index - 1) == Some(',');
        let counted = words.number(index - 1).is_some() && words.is_capital(index);
        let behind_colon = words.mark(index - 1) == Some(':');
        if (behind_colon || circumstance && (behind_comma || counted))
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
fn acting(words: &Words<'_>, at: usize, end: usize) -> Option<(Range<usize>, Manner)> {
    // "100% các đơn vị hoàn thành …"
    let share = words.number(at).is_some() && words.mark(at + 1) == Some('%');
    let at = if share { at + 2 } else { at };
    let plain = if share { Manner::Request } else { Manner::Subject };
    if let Some(colon) = label_end(words, at, end) {
        return Some((at..colon, plain));
    }
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
        if let Some(found) = requested(words, next, end) {
            return Some((found, Manner::Request));
        }
    }
    if words.mark(stop) == Some(':') {
        // "Các trường mầm non: Sơn Ca, Họa Mi" lists them and asks nothing.
        let behind = (stop + 1..end).find(|index| words.mark(*index).is_none()).unwrap_or(end);
        let verb = words.number(behind).is_some()
            || VERBS.sees(words, behind)
            || MODALS.sees(words, behind)
            || words.sees(behind, CIRCUMSTANCES);
        return verb.then_some((at..stop, plain));
    }
    let told = VERBS.see(words, next).is_some_and(|length| !words.sees(next + length, &["được"]))
        || MODALS.sees(words, next)
        || acts_later(words, next, end);
    told.then_some((at..stop, plain))
}

/// "Các trường có thư viện chưa đạt chuẩn: xây dựng …": everything before the colon names who.
fn label_end(words: &Words<'_>, at: usize, end: usize) -> Option<usize> {
    head(words, at)?;
    let colon = (at..end.min(at + LABEL_WORDS_MAX)).find(|index| words.mark(*index).is_some())?;
    let verb = VERBS.sees(words, colon + 1) || MODALS.sees(words, colon + 1);
    let acts = (at + 1..colon).any(|index| VERBS.sees(words, index) && !words.is_capital(index));
    (words.mark(colon) == Some(':') && verb && !acts).then_some(colon)
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
