//! The words that may begin a deadline, and the reading of what follows them.

use std::ops::Range;

use super::{Candidate, Ground, Meaning, list};
use crate::dispatch::doubt::DoubtKind;
use crate::dispatch::words::Words;
use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineRule};
use crate::domain::phrase::{Flag, PhraseErrorKind, Reading};
use crate::domain::recurrence::{Cycle, CycleDay, Recurrence};

/// How the words before a day bind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// "trước"
    Before,
    /// "chậm nhất", "muộn nhất", "không muộn hơn"
    Latest,
    /// "đến", "đến hết", "hết"
    Until,
    /// "từ … đến …"
    FromTo,
    /// "trong", "ngay trong"
    Within,
    /// "trong thời hạn", "trong vòng"
    Span,
    /// "vào"
    At,
    /// "hằng", "hàng", "mỗi", "định kỳ"
    Cycle,
    /// "gia hạn", "lùi thời hạn"
    Extension,
    /// No word: a period, or a day of each week.
    Bare,
}

/// A binding word and how many tokens it takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opener {
    pub(super) bound: Bound,
    pub(super) length: usize,
}

/// The binding words that stand there.
pub(super) fn opener(words: &Words<'_>, at: usize) -> Option<Opener> {
    use Bound::{At, Bare, Before, Cycle, Extension, FromTo, Latest, Span, Until, Within};
    let choices: &[(&[&str], Bound)] = match words.word(at) {
        "trước" => &[(&["trước thời điểm", "trước"], Before)],
        "chậm" => &[(&["chậm nhất"], Latest)],
        "muộn" => &[(&["muộn nhất"], Latest)],
        "trễ" => &[(&["trễ nhất"], Latest)],
        "không" => &[(&["không chậm hơn", "không muộn hơn", "không trễ hơn", "không quá ngày"], Latest), (&["không quá"], Span)],
        "tối" => &[(&["tối đa"], Span)],
        "cho" => &[(&["cho đến hết", "cho đến", "cho tới"], Until)],
        "đến" => &[(&["đến trước"], Before), (&["đến hết", "đến"], Until)],
        "tới" => &[(&["tới hết", "tới"], Until)],
        "hết" => &[(&["hết"], Until)],
        "từ" => &[(&["từ"], FromTo)],
        "bắt" => &[(&["bắt đầu từ"], FromTo)],
        "kể" => &[(&["kể từ"], FromTo)],
        "ngay" => &[(&["ngay trong"], Within)],
        "trong" => {
            &[(&["trong thời hạn", "trong vòng", "trong thời gian", "trong khoảng thời gian"], Span), (&["trong"], Within)]
        }
        "vào" => &[(&["vào lúc", "vào"], At)],
        "hằng" | "hàng" | "mỗi" => &[(&["hằng", "hàng", "mỗi"], Cycle)],
        "định" => &[(&["định kỳ", "định kì"], Cycle)],
        "gia" => &[(&["gia hạn"], Extension)],
        "lùi" => &[(&["lùi thời hạn", "lùi thời gian", "lùi hạn"], Extension)],
        "điều" => &[(&["điều chỉnh thời gian", "điều chỉnh thời hạn"], Extension)],
        "quý" | "quí" | "tháng" | "năm" | "học" | "ngày" | "cuối" | "đầu" | "giữa" | "tuần" | "thứ" | "chiều" | "sáng"
        | "thượng" | "trung" | "hạ" => return may_bind_bare(words, at).then_some(Opener { bound: Bare, length: 1 }),
        "" if words.number(at).is_some() => return may_bind_bare(words, at).then_some(Opener { bound: Bare, length: 1 }),
        _ => return None,
    };
    choices.iter().find_map(|(words_of, bound)| Some(Opener { bound: *bound, length: words.see(at, words_of)? }))
}

/// Whether what stands around a day without a binding word can make it one that binds: it is done by then, stands in brackets,
/// begins the sentence, recurs, or counts from an event. Nearly no day of a text does, and reading each takes long.
fn may_bind_bare(words: &Words<'_>, at: usize) -> bool {
    const REACH: usize = 10;
    // "Nộp hồ sơ tại bộ phận một cửa ngày 18/10/2023."
    let handed_in = words.word(at) == "ngày" && words.has(at.saturating_sub(10)..at, &["nộp"]);
    let before =
        handed_in || words.follows(at, &["hoàn thành", "xong", "hoàn thành vào"]) || words.mark(at.wrapping_sub(1)) == Some('(');
    before
        || words.opens_sentence(at)
        || (at..at + REACH).any(|ahead| {
            matches!(words.word(ahead), "hằng" | "hàng" | "mỗi" | "kể" | "tính")
                || (words.word(ahead) == "tháng" && words.sees(ahead, &["tháng cuối"]))
                || (words.word(ahead) == "của" && words.sees(ahead, &["của tháng"]))
                || (words.word(ahead) == "làm" && words.sees(ahead, &["làm việc"]))
                || (words.word(ahead) == "sau" && words.sees(ahead, &["sau khi"]))
        })
}

impl Opener {
    /// What stands there, whether or not it binds a duty.
    pub(super) fn read(self, words: &Words<'_>, at: usize, ground: Ground<'_>) -> Option<Candidate> {
        let behind = at + self.length;
        if let Some(one) = every_day(words, at).or_else(|| next_quarter(words, at)).or_else(|| list::days(words, at, ground)) {
            return Some(one);
        }
        match ground.read(words, at) {
            Ok(Some((meaning, next))) => {
                if let Some(one) = list::of_each_year(words, at, next) {
                    return Some(one);
                }
                // "trong 30 ngày, từ ngày 17/6 đến ngày 16/7": the days themselves say more.
                let from = (at + 1..next).find(|&inside| words.word(inside) == "từ").filter(|_| words.word(next) == "đến");
                if let Some(from) = from
                    && let Ok(Some((meaning, next))) = ground.read(words, from)
                {
                    return Some(Candidate { tokens: from..next, meaning });
                }
                Some(yearly_report(words, several_days(words, Candidate { tokens: at..next, meaning })))
            }
            Ok(None) => self.without_day(words, at, behind),
            Err(kind) => self.refused(words, at, behind, kind),
        }
    }

    /// A binding word with an event behind it: "chậm nhất sau khi kết thúc đợt kiểm tra".
    fn without_day(self, words: &Words<'_>, at: usize, behind: usize) -> Option<Candidate> {
        let event = match self.bound {
            Bound::Latest => {
                words.number(behind).is_some()
                    || words.sees(behind, &["là", "sau khi", "sau", "khi", "trước", "đến khi", "trong", "cùng"])
            }
            // "(40 ngày trước ngày bầu cử)" explains a day that is named.
            Bound::Before => {
                let counted = words.follows(at, &["ngày"]) && words.number(at.saturating_sub(2)).is_some();
                !counted && is_before_event(words, behind)
            }
            _ => false,
        };
        let kind = DeadlineKind::Relative;
        event.then(|| Candidate { tokens: at..event_end(words, behind), meaning: open(kind, PhraseErrorKind::Event) })
    }

    fn refused(self, words: &Words<'_>, at: usize, behind: usize, refused: PhraseErrorKind) -> Option<Candidate> {
        let kind = match self.bound {
            Bound::Before => DeadlineKind::Before,
            Bound::Latest | Bound::Until | Bound::Extension => DeadlineKind::By,
            Bound::FromTo | Bound::Within => DeadlineKind::Within,
            Bound::Span => DeadlineKind::Relative,
            Bound::At | Bound::Bare => DeadlineKind::At,
            Bound::Cycle => DeadlineKind::Recurring,
        };
        let one = |tokens: Range<usize>, kind| Some(Candidate { tokens, meaning: open(kind, refused) });
        match refused {
            PhraseErrorKind::Event => one(at..event_end(words, behind), DeadlineKind::Relative),
            PhraseErrorKind::SchoolYear => super::tied::school_year(words, at, behind, self.bound),
            PhraseErrorKind::NoSuchDay
            | PhraseErrorKind::OutOfRange
            | PhraseErrorKind::EndBeforeStart
            | PhraseErrorKind::AmbiguousWeek
            | PhraseErrorKind::AmbiguousFeast
                if self.bound != Bound::Bare =>
            {
                one(at..phrase_end(words, behind), kind)
            }
            // "trước 16 giờ hằng ngày"
            PhraseErrorKind::Incomplete => daily(words, at, behind),
            _ => None,
        }
    }
}

pub(super) const fn open(kind: DeadlineKind, why: PhraseErrorKind) -> Meaning {
    Meaning::Open(kind, DoubtKind::NoDay(why))
}

/// "trước 03 ngày làm việc so với ngày họp", "trước ngày khai mạc": how long before, or before which day, is not said.
fn is_before_event(words: &Words<'_>, behind: usize) -> bool {
    let count = behind + words.see(behind, &["ít nhất", "tối thiểu"]).unwrap_or(0);
    if words.number(count).is_some() && words.sees(count + 1, &["ngày", "giờ"]) {
        // "trước 02 ngày làm việc" needs what it is before.
        return words
            .has(count + 2..count + 10, &["so với", "trước", "họp", "tổ chức", "diễn ra", "hội nghị", "khai mạc", "khi"]);
    }
    words.sees(
        behind,
        &[
            "mùa mưa",
            "mùa khô",
            "mùa bão",
            "ngày họp",
            "ngày tổ chức",
            "ngày khai mạc",
            "ngày khai giảng",
            "ngày diễn ra",
            "ngày bầu cử",
            "ngày thi",
            "ngày kiểm tra",
            "ngày làm việc",
            "ngày bế giảng",
            "khai giảng",
            "khai mạc",
            "khi kết thúc",
            "khi bước vào",
            "khi bắt đầu",
            "khi vào năm học",
            "khi nghỉ",
            "khi khai giảng",
            "khi khai mạc",
            "khi diễn ra",
            "kỳ họp",
            "cuộc họp",
            "phiên họp",
        ],
    )
}

/// Where the words of an event end: at the next mark, or before what is done then.
pub(super) fn event_end(words: &Words<'_>, from: usize) -> usize {
    const REACH: usize = 18;
    let limit = words.sentence_end(from, REACH);
    (from..limit)
        .find(|&at| {
            words.mark(at).is_some_and(|mark| matches!(mark, ',' | ';' | '.' | ':' | '(' | ')'))
                || words.sees(at, &["gồm", "để", "nhằm", "theo mẫu", "về phòng", "về sở", "về ủy ban"])
        })
        .unwrap_or(limit)
        .max(from)
}

/// Where the numbers and names of an impossible date end.
fn phrase_end(words: &Words<'_>, from: usize) -> usize {
    const REACH: usize = 16;
    let limit = words.sentence_end(from, REACH);
    (from..limit)
        .find(|&at| {
            let belongs = words.number(at).is_some()
                || words.mark(at).is_some_and(|mark| matches!(mark, '/' | '-' | '.') && words.touches_next(at))
                || words.sees(
                    at,
                    &[
                        "ngày", "tháng", "năm", "từ", "đến", "hết", "giờ", "tuần", "thứ", "kỳ", "nghỉ", "lễ", "của", "đầu",
                        "giữa", "cuối",
                    ],
                );
            !belongs
        })
        .unwrap_or(limit)
}

const DAILY: [&str; 3] = ["hằng ngày", "hàng ngày", "mỗi ngày"];

/// "trước 15 giờ hằng ngày", "hằng ngày, … trước 15 giờ"; the daemon knows no cycle of a day.
fn daily(words: &Words<'_>, at: usize, behind: usize) -> Option<Candidate> {
    const REACH: usize = 8;
    let limit = words.sentence_end(at, REACH + behind - at);
    let hour = (behind..limit).find(|&ahead| words.sees(ahead, &["giờ", "h", "g"])).map_or(behind, |hour| hour + 1);
    let told_first = words.has(words.sentence_start(at, 3 * REACH)..at, &DAILY).then_some(hour);
    let end = (behind..limit).find_map(|ahead| Some(ahead + words.see(ahead, &DAILY)?)).or(told_first)?;
    Some(Candidate { tokens: at..end, meaning: Meaning::Open(DeadlineKind::Recurring, DoubtKind::Daily) })
}

/// "hằng ngày, trước 16 giờ 30"
fn every_day(words: &Words<'_>, at: usize) -> Option<Candidate> {
    let day = at + words.see(at, &DAILY)?;
    let comma = day + usize::from(words.mark(day) == Some(','));
    let hour = comma + words.see(comma, &["trước", "vào lúc", "vào", "lúc", "chậm nhất"])?;
    words.number(hour)?;
    words.see(hour + 1, &["giờ", "h", "g", ":"])?;
    let minutes = words.number(hour + 2).filter(|(_, digits)| *digits == 2).map_or(0, |_| 1);
    let end = hour + 2 + minutes;
    let end = end + words.see(end, &["phút"]).unwrap_or(0);
    Some(Candidate { tokens: at..end, meaning: Meaning::Open(DeadlineKind::Recurring, DoubtKind::Daily) })
}

/// "trước ngày 10 tháng đầu quý sau": each quarter's, a day of the next one.
fn next_quarter(words: &Words<'_>, at: usize) -> Option<Candidate> {
    let start = at + words.see(at, &["chậm nhất là ngày", "chậm nhất vào ngày", "chậm nhất ngày", "trước ngày", "vào ngày"])?;
    words.number(start)?;
    let of = start + 1 + words.see(start + 1, &["của"]).unwrap_or(0);
    let first = of + words.see(of, &["tháng đầu tiên của quý", "tháng đầu của quý", "tháng đầu tiên quý", "tháng đầu quý"])?;
    let end = first + words.see(first, &["liền sau", "tiếp theo", "kế tiếp", "sau"])?;
    Some(Candidate { tokens: at..end, meaning: Meaning::Open(DeadlineKind::Recurring, DoubtKind::OddCycle) })
}

/// "trước ngày 20/10/2023 và ngày 20/12/2023": the second day is bound as the first.
pub(super) fn another(words: &Words<'_>, last: &Candidate, ground: Ground<'_>) -> Option<Candidate> {
    let Meaning::Read(Reading { rule: DeadlineRule::Fixed(bound), .. }) = &last.meaning else { return None };
    let joined = last.tokens.end;
    if !words.sees(joined, &["và", ","]) || bound.from.is_some() {
        return None;
    }
    let start = joined + 1 + words.see(joined + 1, &["trước", "vào"]).unwrap_or(0);
    let date = start + words.see(start, &["ngày"]).unwrap_or(0);
    words.number(date)?;
    words
        .mark(date + 1)
        .filter(|mark| matches!(mark, '/' | '-' | '.'))
        .or_else(|| words.sees(date + 1, &["tháng"]).then_some('/'))?;
    let Ok(Some((Meaning::Read(reading), next))) = ground.read(words, start) else { return None };
    let DeadlineRule::Fixed(day) = &reading.rule else { return None };
    let same = match bound.kind {
        DeadlineKind::Before => Deadline::before(day.named_day),
        kind => Deadline { kind, ..Deadline::by(day.last_day) },
    };
    let is_day = day.kind == DeadlineKind::At && day.time.is_none() && day.last_day > bound.last_day;
    let meaning = Meaning::Read(Reading { rule: DeadlineRule::Fixed(same), ..reading });
    is_day.then_some(Candidate { tokens: start..next, meaning })
}

/// "Báo cáo 6 tháng: gửi trước ngày 05 tháng 6": without a year the day is every year's.
fn yearly_report(words: &Words<'_>, one: Candidate) -> Candidate {
    const REACH: usize = 14;
    let first = one.tokens.start;
    let start = words.sentence_start(first, REACH);
    let is_report = words.has(
        start..first,
        &["báo cáo 6 tháng :", "báo cáo sáu tháng :", "báo cáo 6 tháng đầu năm :", "báo cáo năm :", "báo cáo 9 tháng :"],
    );
    let Meaning::Read(Reading { rule: DeadlineRule::Fixed(deadline), flags }) = &one.meaning else { return one };
    if !is_report || !flags.iter().any(|flag| matches!(flag, Flag::YearAssumed { .. })) || deadline.time.is_some() {
        return one;
    }
    let named = deadline.named_day;
    let part = |number: i8| u8::try_from(number).unwrap_or(1);
    let recurrence = Recurrence {
        cycle: Cycle::Yearly,
        longer: Vec::new(),
        day: CycleDay::OfYear { month: part(named.month()), day: part(named.day()) },
        exclusive: deadline.kind == DeadlineKind::Before,
        time: None,
    };
    let meaning = Meaning::Read(Reading { rule: DeadlineRule::Recurring(recurrence), flags: Vec::new() });
    Candidate { meaning, ..one }
}

/// "ngày 15 và ngày 30 hằng tháng": the cycle stands behind more days than one.
fn several_days(words: &Words<'_>, one: Candidate) -> Candidate {
    let end = one.tokens.end;
    if !words.sees(end, &["và", ","]) {
        return one;
    }
    let mut next = end + 1;
    next += words.see(next, &["ngày"]).unwrap_or(0);
    if words.number(next).is_none() {
        return one;
    }
    match words.see(next + 1, &["hằng tháng", "hàng tháng", "mỗi tháng", "của tháng"]) {
        Some(length) => Candidate {
            tokens: one.tokens.start..next + 1 + length,
            meaning: Meaning::Open(DeadlineKind::Recurring, DoubtKind::SeveralDays),
        },
        None => one,
    }
}
