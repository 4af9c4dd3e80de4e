//! The units a clause names: those that answer for it and those that help.

use std::ops::Range;

use super::lexicon::{MODALS, PLURALS, REQUESTS, STOPS, STRONG_HEADS, STRONG_REQUESTS, VERBS, WEAK_HEADS};
use super::words::Words;

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

/// The most words of the names of units in a row.
const NAMES_WORDS_MAX: usize = 60;
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

/// How many words the head of the name of a unit takes there.
fn head(words: &Words<'_>, at: usize) -> Option<usize> {
    let lead = PLURALS.see(words, at).unwrap_or(0);
    if words.sees(at, EXCLUDED) || words.sees(at + lead, EXCLUDED) {
        return None;
    }
    if let Some(length) = STRONG_HEADS.see(words, at) {
        return Some(length);
    }
    if lead > 0 {
        let length = STRONG_HEADS.see(words, at + lead).or_else(|| WEAK_HEADS.see(words, at + lead))?;
        return Some(lead + length);
    }
    let length = WEAK_HEADS.see(words, at)?;
    let next = at + length;
    let place = words.sees(at, &["xã", "phường", "huyện", "quận", "thị trấn", "tỉnh", "thành phố"]);
    let named = words.is_capital(next) && words.mark(next).is_none();
    let levelled = words.sees(next, &["huyện", "tỉnh", "thành phố", "quận", "xã", "phường"]) && words.is_capital(at);
    ((named && !place) || levelled).then_some(length)
}

/// Words that look like the head of a unit and are none.
const EXCLUDED: &[&str] = &[
    "trường hợp",
    "tổ chức thực hiện",
    "báo cáo",
    "ban hành",
    "hội nghị",
    "hội thảo",
    "hội họp",
    "hội thi",
    "hội trại",
    "phòng chống",
    "phòng ngừa",
    "phòng học",
    "phòng họp",
    "đội ngũ",
    "sở hữu",
    "vụ việc",
    "viện trợ",
    "viện dẫn",
    "cơ sở vật chất",
    "cơ sở dữ liệu",
    "cơ sở hạ tầng",
    "cơ sở pháp lý",
    "bộ máy",
    "bộ quy tắc",
    "bộ tiêu chí",
    "bộ chỉ số",
    "bộ tài liệu",
    "bộ hồ sơ",
    "cán bộ hóa",
    "đơn vị tính",
    "các cấp học",
    "các ban hành",
    "bộ thủ tục",
    "ông bà",
    "bà con",
    "quỹ đất",
    "tổ chức",
    "các tổ chức thực hiện",
    "thanh tra việc",
    "đoàn kết",
    "các bộ phận liên quan khác",
    "trường học",
    "quỹ thời gian",
    "địa phương hóa",
    "các trường hợp",
    "các cơ sở dữ liệu",
    "các cơ sở vật chất",
    "các bộ tiêu chí",
    "các hội nghị",
    "các hội thi",
    "các hội thảo",
    "các phòng chức năng",
    "các phòng học",
];

/// Where the names that begin there end.
fn names_end(words: &Words<'_>, from: usize) -> usize {
    let mut at = from + head(words, from).unwrap_or(1);
    let limit = words.len().min(from + NAMES_WORDS_MAX);
    while at < limit {
        match words.mark(at) {
            Some(':' | '.' | '"' | '“' | '!' | '?') => {
                if words.mark(at) == Some('.') && words.touches_next(at)
                    || words.mark(at) == Some('.') && words.sees(at - 1, &["tp", "tx", "tt", "p", "q", "h"])
                {
                    at += 1;
                    continue;
                }
                return at;
            }
            Some(';') => {
                if head(words, at + 1).is_none() {
                    return at;
                }
                at += 1;
            }
            Some(',') => {
                if ends_at(words, at + 1) || words.number(at + 1).is_some() {
                    return at;
                }
                at += 1;
            }
            Some('(') => match (at..limit).find(|index| words.mark(*index) == Some(')')) {
                Some(close) if continues(words, close + 1) => at = close + 1,
                _ => return at,
            },
            None if words.sees(at, &["và", "cùng", "hoặc"]) => {
                if ends_at(words, at + 1) {
                    return at;
                }
                at += 1;
            }
            None if ends_at(words, at) => return at,
            _ => at += 1,
        }
    }
    at
}

/// Whether names go on behind a bracket.
fn continues(words: &Words<'_>, at: usize) -> bool {
    matches!(words.mark(at), Some(',' | ';')) && head(words, at + 1).is_some()
        || words.sees(at, &["và"]) && head(words, at + 1).is_some()
}

/// Whether a verb or another word begins there that ends a name.
fn ends_at(words: &Words<'_>, at: usize) -> bool {
    if words.is_capital(at) && !words.sees(at, &["chủ trì", "phối hợp"]) {
        return false;
    }
    if names_organisations(words, at) {
        return false;
    }
    let part_of_name = words.sees(at, PARTS_OF_NAMES)
        || (at > 0
            && words.follows(at, &["cơ quan", "đơn vị", "ban", "cấp", "phòng", "công chức", "cán bộ"])
            && words.sees(
                at,
                &[
                    "quản lý",
                    "báo cáo",
                    "thực hiện",
                    "sử dụng",
                    "tham mưu",
                    "chủ trì",
                    "phối hợp",
                    "đào tạo",
                    "cung cấp",
                    "thẩm định",
                ],
            )
            && !words.sees(at + 1, &["trì"])
            && followed_by_noun(words, at));
    !part_of_name && (VERBS.sees(words, at) || STOPS.sees(words, at) || MODALS.sees(words, at) || REQUESTS.sees(words, at))
}

/// "cơ quan quản lý nhà nước", "đơn vị cung cấp hạ tầng": the verb belongs to the name when another verb follows.
fn followed_by_noun(words: &Words<'_>, at: usize) -> bool {
    (at + 2..(at + 12).min(words.len()))
        .take_while(|index| words.mark(*index).is_none())
        .any(|index| !words.is_capital(index) && VERBS.sees(words, index))
}

/// "các cơ quan, tổ chức, đơn vị": there it is a noun.
fn names_organisations(words: &Words<'_>, at: usize) -> bool {
    words.sees(at, &["tổ chức"])
        && (words.sees(
            at + 2,
            &[
                "chính trị",
                "đoàn thể",
                "xã hội",
                "cá nhân",
                "có liên quan",
                "liên quan",
                "đơn vị",
                "doanh nghiệp",
                "tôn giáo",
                "hội",
                "đảng",
                "cơ sở",
            ],
        ) || matches!(words.mark(at + 2), Some(',' | ';'))
            || words.sees(at + 2, &["và cá nhân", "và doanh nghiệp"]))
}

/// Words of names that are also verbs or stops.
const PARTS_OF_NAMES: &[&str] = &[
    "đã được đánh giá",
    "được phân công",
    "được giao nhiệm vụ",
    "có liên quan",
    "có thẩm quyền",
    "có trường",
    "có cấp",
    "thuộc",
    "trực thuộc",
    "giáo dục",
    "đào tạo",
    "thu hút đầu tư",
    "quản lý dự án",
    "quản lý nhà nước",
    "quản lý giáo dục",
    "kiểm tra đảng",
    "thanh tra tỉnh",
    "thanh tra huyện",
    "thanh tra thành phố",
    "trong tỉnh",
    "trong huyện",
    "trong ngành",
    "trong toàn tỉnh",
    "trong toàn huyện",
    "trong toàn ngành",
    "trong khối",
    "có tên",
    "có học sinh",
    "trong thành phố",
];

/// The names between semicolons, and between commas or "và" before another head.
fn split(words: &Words<'_>, names: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut from = names.start;
    let mut depth = 0_usize;
    for at in names.start + 1..names.end {
        match words.mark(at) {
            Some('(') => depth += 1,
            Some(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        let border = matches!(words.mark(at), Some(';' | ',')) || words.sees(at, &["và", "cùng với", "cùng"]);
        let strong = words.mark(at) == Some(';') || begins_name(words, at + 1);
        if depth == 0 && border && strong && at + 1 < names.end {
            push(words, &mut parts, from..at);
            from = at + 1;
        }
    }
    push(words, &mut parts, from..names.end);
    parts
}

/// Whether another unit begins behind a comma or "và": "các cơ quan, đơn vị" is one name, "Phòng A, Phòng B" two.
fn begins_name(words: &Words<'_>, at: usize) -> bool {
    let Some(_) = head(words, at) else { return false };
    let group = PLURALS.sees(words, at);
    let official = words.sees(
        at,
        &[
            "chủ tịch",
            "thủ trưởng",
            "hiệu trưởng",
            "giám đốc",
            "trưởng",
            "ubnd",
            "ủy ban",
            "uỷ ban",
            "chánh",
            "bí thư",
            "công an",
        ],
    );
    group || official || words.is_capital(at)
}

fn push(words: &Words<'_>, parts: &mut Vec<Range<usize>>, part: Range<usize>) {
    let mut end = part.end;
    while end > part.start && matches!(words.mark(end - 1), Some(',' | ';' | '.' | ':' | '-')) {
        end -= 1;
    }
    let mut start = part.start;
    while start < end && matches!(words.mark(start), Some('-' | '+' | ',' | ';')) {
        start += 1;
    }
    if start < end {
        parts.push(words.bytes(start..end));
    }
}
