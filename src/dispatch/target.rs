//! Targets within the text of one clause: "trên 90%", "tối thiểu 15 bài giảng", "giảm ít nhất 10% so với năm 2022".

use std::ops::Range;

use super::doubt::{Doubt, DoubtKind};
use super::draft::Firmness;
use super::words::Words;
use crate::domain::rules::Compare;

/// A target in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundTarget {
    /// Bytes of the wording, with what it is a share of.
    pub range: Range<usize>,
    /// How the number is to be compared; `None` for a change against another figure or a plan.
    pub op: Option<Compare>,
    /// The number; `None` for "vượt kế hoạch".
    pub value: Option<f64>,
    /// `%` or the word behind the number.
    pub unit: String,
    /// How firmly it is meant.
    pub firmness: Firmness,
    /// What a person should look at.
    pub doubts: Vec<Doubt>,
}

/// Verbs whose number is what is to come of them.
const MAKING: [&str; 10] =
    ["kết nạp", "trồng mới", "trồng", "xây dựng mới", "xây dựng", "thành lập", "lắp đặt", "xây mới", "sửa chữa", "thêm"];

/// How far back the words before a number are looked at, in tokens.
const REACH: usize = 14;

/// The targets of a clause in the order of the text: its text in normal form C, on one line.
pub fn find(text: &str) -> Vec<FoundTarget> {
    let words = Words::new(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let one = against_plan(&words, at).or_else(|| measured(&words, at, text));
        at = match one {
            Some((target, next)) => {
                found.push(target);
                next.max(at + 1)
            }
            None => at + 1,
        };
    }
    found
}

/// A number as written: "0,25", "1.250", "95.5".
#[derive(Clone, Copy, Debug)]
struct Figure {
    value: f64,
    /// The token after it.
    next: usize,
}

fn figure(words: &Words<'_>, at: usize) -> Option<Figure> {
    let (whole, digits) = words.number(at)?;
    let mut figure = Figure { value: f64::from(whole), next: at + 1 };
    if digits > 9 {
        return None;
    }
    let continues = |next: usize, mark: char| {
        let touches = words.touches_next(next - 1) && words.touches_next(next);
        (words.mark(next) == Some(mark) && touches).then(|| words.number(next + 1)).flatten()
    };
    while let Some((thousands, 3)) = continues(figure.next, '.') {
        figure = Figure { value: figure.value * 1000.0 + f64::from(thousands), next: figure.next + 2 };
    }
    let fraction = continues(figure.next, ',').or_else(|| continues(figure.next, '.').filter(|_| figure.next == at + 1));
    if let Some((fraction, digits)) = fraction.filter(|(_, digits)| *digits <= 6) {
        let scale = 10_f64.powi(i32::try_from(digits).unwrap_or(0));
        figure = Figure { value: figure.value + f64::from(fraction) / scale, next: figure.next + 2 };
    }
    Some(figure)
}

/// "đạt và vượt chỉ tiêu", "vượt kế hoạch", "cơ bản hoàn thành".
fn against_plan(words: &Words<'_>, at: usize) -> Option<(FoundTarget, usize)> {
    let choices: &[&str] = match words.word(at) {
        "đạt" => &["đạt và vượt chỉ tiêu", "đạt và vượt kế hoạch", "đạt và vượt mức"],
        "vượt" => &["vượt chỉ tiêu", "vượt kế hoạch", "vượt mức kế hoạch", "vượt mức chỉ tiêu"],
        "cơ" => &["cơ bản hoàn thành"],
        _ => return None,
    };
    let length = words.see(at, choices)?;
    if is_told(words, at) || words.follows(at, &["chưa", "không"]) {
        return None;
    }
    let is_rough = words.word(at) == "cơ";
    let end = phrase_end(words, at + length);
    let range = words.bytes(at..end);
    let (firmness, kind) = if is_rough {
        (Firmness::Approximate, DoubtKind::ApproximateTarget)
    } else {
        (Firmness::Change, DoubtKind::RelativeTarget)
    };
    let doubts = vec![Doubt::new(range.clone(), kind)];
    Some((FoundTarget { range, op: None, value: None, unit: String::new(), firmness, doubts }, end))
}

/// The words before a number that make it a target.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sense {
    Compare(Compare),
    /// "đạt": at least, when it is a share.
    Reach,
    About,
    Change,
}

/// The sense of the words that end before a number, with how many tokens they take.
fn sense_before(words: &Words<'_>, at: usize) -> Option<(Sense, usize)> {
    let choices: [(&[&str], Sense); 11] = [
        (
            &["tối thiểu", "ít nhất", "không dưới", "không thấp hơn", "không ít hơn", "thấp nhất", "từ"],
            Sense::Compare(Compare::AtLeast),
        ),
        (
            &["không vượt quá", "không quá", "không cao hơn", "tối đa", "nhiều nhất", "không nhiều hơn"],
            Sense::Compare(Compare::AtMost),
        ),
        (&["≥", "> ="], Sense::Compare(Compare::AtLeast)),
        (&["≤", "< ="], Sense::Compare(Compare::AtMost)),
        (&["dưới", "thấp hơn", "nhỏ hơn", "<"], Sense::Compare(Compare::Less)),
        (&["đạt trên", "trên", "hơn", "vượt", "cao hơn", "lớn hơn", ">"], Sense::Compare(Compare::More)),
        (&["khoảng", "xấp xỉ", "gần"], Sense::About),
        (
            &[
                "tăng thêm",
                "tăng ít nhất",
                "tăng tối thiểu",
                "tăng trên",
                "tăng từ",
                "tăng",
                "giảm thêm",
                "giảm ít nhất",
                "giảm tối thiểu",
                "giảm trên",
                "giảm từ",
                "giảm",
                "cắt giảm",
            ],
            Sense::Change,
        ),
        (&["đạt được", "đạt tỷ lệ", "đạt tỉ lệ", "đạt mức", "đạt"], Sense::Reach),
        (&["tỷ lệ", "tỉ lệ"], Sense::Reach),
        (&[], Sense::Reach),
    ];
    // The longer of "giảm ít nhất" and "ít nhất" is meant.
    let change = words.see_before(at, choices[7].0).map(|length| (Sense::Change, length));
    change.or_else(|| choices.iter().find_map(|(of, sense)| Some((*sense, words.see_before(at, of)?))))
}

fn measured(words: &Words<'_>, at: usize, text: &str) -> Option<(FoundTarget, usize)> {
    let figure = figure(words, at)?;
    if is_inside_number(words, at) {
        return None;
    }
    let percent = words.mark(figure.next) == Some('%');
    let near = sense_before(words, at);
    // "tối thiểu đạt tỷ lệ 0,25", "ít nhất mỗi đơn vị 01 bài"
    let far = far_sense(words, at);
    let (sense, first) = match (near, far) {
        (Some((Sense::Reach, length)), Some((sense, first))) => (sense, first.min(at - length)),
        (Some((sense, length)), _) => (sense, at - length),
        (None, Some((sense, first))) => (sense, first),
        (None, None) if percent => (Sense::Reach, at),
        // "Trồng 100 cây xanh": the verb wants so many.
        (None, None) if words.follows(at, &MAKING) => (Sense::Compare(Compare::AtLeast), at),
        (None, None) => return None,
    };
    let behind = figure.next + usize::from(percent);
    let upwards = words.sees(behind, &["trở lên"]) || words.sees(behind + 1, &["trở lên"]);
    if is_told(words, first) || is_sorting(words, first, sense) {
        return None;
    }
    let unit = if percent { "%".to_owned() } else { counted(words, figure.next, text)? };
    let sense = match sense {
        // Counts need a word that binds them; "trên 16 phường" is a place and "từ 05 người" a size.
        Sense::Compare(Compare::AtLeast) if !percent && words.follows(at, &["từ"]) && !upwards => return None,
        Sense::Compare(Compare::More | Compare::Less) if !percent && !words.follows(at, &["đạt trên", "vượt", "dưới mức"]) =>
        {
            return None;
        }
        Sense::About | Sense::Reach if !percent && !is_wanted(words, first) => return None,
        Sense::Change if !percent && !words.sees(figure.next, &["bậc", "điểm", "hạng"]) => return None,
        Sense::Reach if upwards => Sense::Compare(Compare::AtLeast),
        // A share that begins what is said, or that something is given to, is one to reach.
        Sense::Reach if percent && near.is_none() && figure.value < 100.0 && !is_wanted(words, at) && !is_leading(words, at) => {
            return None;
        }
        other => other,
    };
    let first = widen(words, first);
    let end = phrase_end(words, behind);
    let range = words.bytes(first..end);
    let is_soft = words.has(words.sentence_start(first, REACH)..at, &["phấn đấu", "cố gắng", "nỗ lực"]);
    let (op, firmness) = match sense {
        Sense::Compare(op) => (Some(op), Firmness::Firm),
        Sense::Reach if percent && figure.value >= 100.0 => (Some(Compare::Equal), Firmness::Firm),
        Sense::Reach => (Some(Compare::AtLeast), Firmness::Firm),
        Sense::About => (Some(Compare::AtLeast), Firmness::Approximate),
        Sense::Change => (None, Firmness::Change),
    };
    let firmness = if firmness == Firmness::Firm && is_soft { Firmness::Soft } else { firmness };
    let kind = match firmness {
        Firmness::Approximate => Some(DoubtKind::ApproximateTarget),
        Firmness::Change => Some(DoubtKind::RelativeTarget),
        Firmness::Firm | Firmness::Soft => None,
    };
    let doubts = kind.map(|kind| Doubt::new(range.clone(), kind)).into_iter().collect();
    Some((FoundTarget { range, op, value: Some(figure.value), unit, firmness, doubts }, end))
}

/// "tối thiểu" or "ít nhất" a few words before a number.
fn far_sense(words: &Words<'_>, at: usize) -> Option<(Sense, usize)> {
    const WORDS_MAX: usize = 4;
    let start = at.saturating_sub(WORDS_MAX + 2).max(words.sentence_start(at, WORDS_MAX + 2));
    (start..at).rev().take_while(|&back| words.mark(back).is_none() && words.number(back).is_none()).find_map(|back| {
        words.see(back, &["tối thiểu", "ít nhất"]).filter(|length| back + length <= at)?;
        Some((Sense::Compare(Compare::AtLeast), back))
    })
}

/// Whether the number is a part of a date, a symbol, an address or a longer number.
fn is_inside_number(words: &Words<'_>, at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return false };
    let joins = words.mark(before).is_some_and(|mark| matches!(mark, '/' | '.' | ',' | '-' | ':' | '_'));
    let glued = !words.word(before).is_empty() && words.touches_next(before);
    (joins && words.touches_next(before) && before > 0 && words.touches_next(before - 1)) || glued
}

/// Whether the words before say how things stand: "đã đạt 75%".
fn is_told(words: &Words<'_>, at: usize) -> bool {
    // "Đến nay, giải ngân đạt 77,3%": the sentence tells.
    let start = words.sentence_start(at, REACH);
    if words.has(start..at, &["đến nay", "tính đến", "hiện nay"]) {
        return true;
    }
    let part = words.part_start(at, REACH);
    words.has(
        part..at,
        &[
            "đã",
            "mới đạt",
            "chỉ đạt",
            "giải ngân được",
            "toàn tỉnh có",
            "toàn huyện có",
            "hiện có",
            "năm trước",
            "cùng kỳ",
            "ước đạt",
            "kết quả đạt",
            "bình quân",
        ],
    )
}

/// Whether the number sorts out what is meant and is none to reach: "rà soát các dự án giải ngân dưới 30%".
fn is_sorting(words: &Words<'_>, at: usize, sense: Sense) -> bool {
    let Sense::Compare(Compare::Less | Compare::More) = sense else { return false };
    let from = words.part_start(at, REACH);
    words.has(from..at, &["rà soát", "còn", "những", "đối với các", "trường hợp", "nếu", "đơn vị có", "dự án có", "xã có"])
}

/// Whether the words before ask for a number.
fn is_wanted(words: &Words<'_>, at: usize) -> bool {
    let from = words.sentence_start(at, REACH);
    words.has(
        from..at,
        &["phấn đấu", "đảm bảo", "bảo đảm", "yêu cầu", "chỉ tiêu", "mục tiêu", "phải", "hoàn thành", "đạt tỷ lệ", "tỷ lệ"],
    )
}

/// Whether the number begins its part of the sentence, or stands behind "cho" or "tới", with what it is a share of behind.
fn is_leading(words: &Words<'_>, at: usize) -> bool {
    let begins = words.opens_sentence(at) || words.mark(at.wrapping_sub(1)) == Some(',') || words.follows(at, &["cho", "tới"]);
    begins && !words.word(at + 2).is_empty() && !words.sees(at + 2, &["so", "và", "trên", "của", "tổng"])
}

/// The verbs before a target that belong to its wording.
fn widen(words: &Words<'_>, first: usize) -> usize {
    let mut first = first;
    while let Some(length) = words.see_before(
        first,
        &[
            "đảm bảo",
            "bảo đảm",
            "phấn đấu",
            "tỷ lệ đạt",
            "tỉ lệ đạt",
            "đạt tỷ lệ",
            "đạt tỉ lệ",
            "tỷ lệ",
            "tỉ lệ",
            "đạt",
            "có",
            "tới",
            "cho",
        ],
    ) {
        first -= length;
    }
    first
}

/// The word a count is of, when it is something to be reached and not a time, a page or a sum of money.
fn counted(words: &Words<'_>, at: usize, text: &str) -> Option<String> {
    let no_things = [
        "ngày",
        "giờ",
        "phút",
        "giây",
        "tháng",
        "tuần",
        "năm",
        "quý",
        "tuổi",
        "trang",
        "dòng",
        "đồng",
        "nghìn đồng",
        "triệu",
        "tỷ",
        "ký tự",
        "từ",
        "bản chính",
        "bản sao",
        "bản",
        "h",
        "g",
        "mb",
        "kb",
        "cm",
        "mm",
        "m",
        "km",
        "kg",
        "lớp học trở",
        "và",
        "hoặc",
        "đến",
        "của",
        "tại",
    ];
    let at = at + usize::from(matches!(words.mark(at), Some('“' | '"')));
    let word = words.word(at);
    if word.is_empty() || words.sees(at, &no_things) {
        return None;
    }
    text.get(words.bytes(at..at + 1)).map(str::to_owned)
}

/// Where the words end that say what a number is a share of: at the next mark, or before the time it is for.
fn phrase_end(words: &Words<'_>, from: usize) -> usize {
    const REACH: usize = 40;
    if from >= words.len() {
        return from;
    }
    let limit = words.sentence_end(from, REACH);
    let stops = [
        "trước ngày",
        "trước",
        "chậm nhất",
        "trong năm",
        "trong quý",
        "trong tháng",
        "vào năm",
        "đến năm",
        "đến cuối",
        "đến hết",
        "thời gian hoàn thành",
        "nhằm",
        "để",
        "ngay từ",
    ];
    (from..limit)
        .find(|&at| {
            words.mark(at).is_some_and(|mark| matches!(mark, ',' | ';' | ':' | '(') || (mark == '.' && !words.touches_next(at)))
                || words.sees(at, &stops)
        })
        .unwrap_or(limit)
        .max(from)
}

#[cfg(test)]
mod tests;
