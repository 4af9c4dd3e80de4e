//! Where the name of a unit begins and ends, and where one name of a list ends and the next begins.

use std::ops::Range;

use crate::dispatch::lexicon::{MODALS, PLURALS, REQUESTS, STOPS, STRONG_HEADS, THINGS, VERBS, WEAK_HEADS, WITHIN_NAMES};
use crate::dispatch::words::Words;

/// The most words of the names of units in a row.
const NAMES_WORDS_MAX: usize = 60;

/// How many words the head of the name of a unit takes there.
pub fn head(words: &Words<'_>, at: usize) -> Option<usize> {
    let lead = PLURALS.see(words, at).unwrap_or(0);
    if words.sees(at, EXCLUDED) || words.sees(at + lead, EXCLUDED) {
        return None;
    }
    if let Some(length) = STRONG_HEADS.see(words, at) {
        return Some(length);
    }
    if lead > 0 && words.is_short_form(at + lead) && !words.sees(at + lead, &["tthc", "dvc", "cntt", "vbqppl", "tckt"]) {
        return Some(lead + 1);
    }
    let counted = words.sees(at, &["các", "mỗi", "từng", "những"]);
    if counted && !THINGS.sees(words, at + lead) && !VERBS.sees(words, at + lead) && words.mark(at + lead).is_none() {
        return Some(lead + 1);
    }
    if lead > 0 {
        let length = STRONG_HEADS.see(words, at + lead).or_else(|| WEAK_HEADS.see(words, at + lead))?;
        return Some(lead + length);
    }
    let length = WEAK_HEADS.see(words, at)?;
    let next = at + length;
    let place = words.sees(at, &["xã", "phường", "huyện", "quận", "thị trấn", "tỉnh", "thành phố"]);
    let led = words.sees(at, &["trưởng"]) && words.number(next).is_some();
    let named = led || words.is_capital(next) && words.mark(next).is_none();
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
pub fn names_end(words: &Words<'_>, from: usize) -> usize {
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
                Some(close) if close == at + 2 || continues(words, close + 1) => at = close + 1,
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
            && words.sees(at, &["quản lý", "sử dụng", "đào tạo", "cung cấp", "thẩm định"])
            && followed_by_noun(words, at));
    !part_of_name
        && (VERBS.sees(words, at) && !(WITHIN_NAMES.sees(words, at) && words.is_capital(at.saturating_sub(1)))
            || STOPS.sees(words, at)
            || MODALS.sees(words, at)
            || REQUESTS.sees(words, at))
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
    "còn lại",
    "đầu tư xây dựng",
    "xây dựng cơ bản",
    "đầu tư công",
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
pub fn split(words: &Words<'_>, names: Range<usize>) -> Vec<Range<usize>> {
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
        let council = words.follows(at, &["hđnd", "hội đồng nhân dân"])
            && words.sees(at, &["và ubnd", "và ủy ban nhân dân", "và uỷ ban nhân dân"]);
        if depth == 0 && !council && border && strong && at + 1 < names.end {
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
