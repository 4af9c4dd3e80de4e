//! Labelled fields: "Thời hạn:", "thời gian hoàn thành Quý IV/2023", and the cells of a column of that name.

use super::opener::{Bound, event_end, open};
use super::tied::school_year;
use super::{Candidate, Ground, Meaning};
use crate::dispatch::words::Words;
use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineRule};
use crate::domain::phrase::{PhraseErrorKind, Reading};

/// A label and where its field begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    pub(super) next: usize,
    sort: Sort,
}

/// What a label announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// When something is to be done.
    Due,
    /// When something takes place; a single day of it is no deadline.
    Event,
    /// "Thời gian": one or the other.
    Any,
}

/// What makes "thời gian …" a deadline.
const DUE: [&str; 17] = [
    "hoàn thành",
    "thực hiện",
    "triển khai",
    "báo cáo",
    "gửi",
    "nộp",
    "trình",
    "nhận",
    "đăng ký",
    "tiếp nhận",
    "phản hồi",
    "góp ý",
    "cập nhật",
    "xử lý",
    "giải quyết",
    "kết thúc",
    "ban hành",
];

/// What makes it the time of an event.
const EVENT: [&str; 21] = [
    "tổ chức",
    "họp",
    "diễn ra",
    "khai mạc",
    "bắt đầu",
    "hội nghị",
    "làm việc",
    "tập trung",
    "địa điểm",
    "xuất phát",
    "khởi hành",
    "trực",
    "nghỉ",
    "kết nối",
    "kiểm tra",
    "tập huấn",
    "dự kiến",
    "công tác",
    "đón",
    "thi",
    "học",
];

/// The label that stands there, with or without a colon.
pub(super) fn label(words: &Words<'_>, at: usize) -> Option<Label> {
    let (length, is_limit) = match words.word(at) {
        "thời" => match words.see(at, &["thời hạn"]) {
            Some(length) => (length, true),
            None => (words.see(at, &["thời gian", "thời điểm hoàn thành"])?, false),
        },
        "hạn" => (words.see(at, &["hạn chót", "hạn cuối", "hạn"])?, true),
        "tiến" => (words.see(at, &["tiến độ"])?, true),
        "hoàn" => (words.see(at, &["hoàn thành :"])? - 1, true),
        _ => return None,
    };
    if words.follows(at, &["trong", "thêm", "quá", "gia", "lùi", "đúng", "theo", "cùng", "đảm bảo", "bảo đảm"]) {
        return None;
    }
    let start = at + length;
    // The words up to a colon say what it is the time of.
    let colon = (start..start + 12).take_while(|&ahead| !is_break(words, ahead)).find(|&ahead| words.mark(ahead) == Some(':'));
    if let Some(colon) = colon {
        let sort = if words.has(start..colon, &EVENT) {
            Sort::Event
        } else if is_limit || words.has(start..colon, &DUE) {
            Sort::Due
        } else {
            Sort::Any
        };
        return Some(Label { next: colon + 1, sort });
    }
    // Without one the field stands right behind a verb, or behind "hạn chót".
    // "Thời hạn nhận bài sẽ là 31/01/2024"
    let is = (start..start + 8).take_while(|&ahead| words.mark(ahead).is_none()).find(|&ahead| words.word(ahead) == "là");
    if let Some(is) = is.filter(|is| is_limit && (words.number(is + 1).is_some() || words.sees(is + 1, &["ngày"]))) {
        return Some(Label { next: is + 1, sort: Sort::Due });
    }
    let verb = if words.sees(at, &["hạn chót", "hạn cuối"]) { 0 } else { words.see(start, &DUE)? };
    let next = start + verb;
    let next = next + words.see(next, &["xong", "là", "từ nay đến"]).filter(|_| !words.sees(next, &["từ nay"])).unwrap_or(0);
    Some(Label { next, sort: Sort::Due })
}

fn is_break(words: &Words<'_>, at: usize) -> bool {
    words.mark(at).is_some_and(|mark| matches!(mark, ';' | '.')) || at >= words.len()
}

impl Label {
    /// Whether what stands in the field is a deadline under that label.
    pub(super) fn takes(self, one: &Candidate) -> bool {
        let Meaning::Read(Reading { rule: DeadlineRule::Fixed(deadline), .. }) = &one.meaning else {
            return self.sort != Sort::Event;
        };
        match self.sort {
            Sort::Due => true,
            Sort::Any | Sort::Event => deadline.from.is_some_and(|from| from < deadline.last_day) && deadline.time.is_none(),
        }
    }
}

/// The deadline a field begins with; here a bare day or period counts.
pub(super) fn field(words: &Words<'_>, at: usize, ground: Ground<'_>) -> Option<Candidate> {
    let mut start = at;
    while words.mark(start).is_some_and(|mark| matches!(mark, ':' | '-' | '(' | '*' | '+')) {
        start += 1;
    }
    let behind = start + words.see(start, &["trong", "vào", "từ"]).unwrap_or(0);
    if let Some(one) = programme(words, start, behind) {
        return Some(one);
    }
    match ground.read(words, start) {
        Ok(Some((meaning, next))) => return Some(Candidate { tokens: start..next, meaning: meaning.at_as_by(words, start) }),
        Err(PhraseErrorKind::SchoolYear) => {
            let bound = if behind > start { Bound::Within } else { Bound::Bare };
            return school_year(words, start, if behind > start { behind } else { start + 1 }, bound);
        }
        Ok(None) | Err(_) => {}
    }
    if let Some(length) = words.see(start, &["thường xuyên", "liên tục", "hằng ngày", "hàng ngày", "cả năm", "quanh năm"])
    {
        let meaning = open(DeadlineKind::Recurring, PhraseErrorKind::StandingDuty);
        return Some(Candidate { tokens: start..start + length, meaning });
    }
    let elsewhere = [
        "theo quy định",
        "theo kế hoạch",
        "theo tiến độ",
        "theo lộ trình",
        "theo hướng dẫn",
        "theo chỉ đạo",
        "theo thông báo",
        "theo công văn",
        "theo văn bản",
    ];
    if words.sees(start, &elsewhere) {
        let meaning = open(DeadlineKind::Relative, PhraseErrorKind::OtherDocument);
        return Some(Candidate { tokens: start..event_end(words, start), meaning });
    }
    if words.sees(start, &["ngay sau khi", "sau khi", "ngay khi", "khi"]) {
        let meaning = open(DeadlineKind::Relative, PhraseErrorKind::Event);
        return Some(Candidate { tokens: start..event_end(words, start), meaning });
    }
    None
}

impl Meaning {
    /// A bare day of a field is the last one: "Thời hạn: 31/12".
    fn at_as_by(self, words: &Words<'_>, start: usize) -> Self {
        match self {
            Self::Read(Reading { rule: DeadlineRule::Fixed(deadline), flags })
                if deadline.kind == DeadlineKind::At && !words.sees(start, &["vào", "lúc", "trong"]) =>
            {
                let rule = DeadlineRule::Fixed(Deadline { kind: DeadlineKind::By, ..deadline });
                Self::Read(Reading { rule, flags })
            }
            other => other,
        }
    }
}

/// "năm 2023-2025", "giai đoạn 2021 - 2025", "2024": whole years.
fn programme(words: &Words<'_>, start: usize, behind: usize) -> Option<Candidate> {
    let year = |at| words.number(at).filter(|(_, digits)| *digits == 4).and_then(|(year, _)| i16::try_from(year).ok());
    let named = words.see(behind, &["giai đoạn", "các năm", "năm"]).unwrap_or(0);
    let first = year(behind + named)?;
    let mut end = behind + named + 1;
    let is_span = words.mark(end) == Some('-') && words.touches_next(end) == words.touches_next(end - 1);
    let last = match year(end + 1).filter(|_| is_span) {
        Some(last) => {
            end += 2;
            last
        }
        None if words.mark(end).is_some_and(|mark| matches!(mark, '-' | '/' | '.')) && words.number(end + 1).is_some() => {
            return None;
        }
        None => first,
    };
    let day = |year, month, day| jiff::civil::Date::new(year, month, day).ok();
    let (from, to) = (day(first, 1, 1)?, day(last, 12, 31)?);
    let is_known = (crate::domain::calendar::YEAR_FIRST..=crate::domain::calendar::YEAR_LAST).contains(&first);
    (from <= to && is_known).then(|| Candidate {
        tokens: start..end,
        meaning: Meaning::Read(Reading { rule: DeadlineRule::Fixed(Deadline::within(from, to)), flags: Vec::new() }),
    })
}
