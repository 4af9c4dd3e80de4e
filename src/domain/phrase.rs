//! Deadline phrases as officials write them: "trước ngày 25/12/2023", "Quý IV/2023", "hằng tháng, trước ngày 20".
//!
//! [`read_deadline`] reads one whole phrase; [`read_prefix`] starts anywhere in a longer text and says how far it came.
//! Case, blanks, decomposed letters and the code points of old fonts do not matter ([`token`]). A phrase that denotes
//! no date is refused with what it is and what to do about it.

mod cursor;
mod cycle;
mod date;
mod feast;
mod fixed;
mod period;
mod refusal;
mod relative;
mod time;
pub mod token;

use jiff::civil::{Date, Weekday};

use super::calendar::WorkingCalendar;
use super::deadline::DeadlineRule;
use super::rules::Language;
use cursor::{Cursor, Part};
pub use refusal::{PhraseError, PhraseErrorKind};
use token::{Token, TokenKind, tokens};

/// What a phrase means, and what a person should look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The deadline.
    pub rule: DeadlineRule,
    /// Notes, in the order they arose.
    pub flags: Vec<Flag>,
}

/// A reading of the beginning of a longer text.
#[derive(Clone, Debug, PartialEq)]
pub struct Prefix {
    /// What was read.
    pub reading: Reading,
    /// Index of the token after the last one that belongs to the phrase.
    pub next_token: usize,
    /// How many bytes of the text the phrase takes, from the start of its first token.
    pub consumed_bytes: usize,
}

/// Something assumed or contradictory in a phrase that was read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// No year was given: the issue's, or the next when the day had passed.
    YearAssumed {
        /// The year taken.
        year: i16,
    },
    /// No month was given.
    MonthAssumed {
        /// The year taken.
        year: i16,
        /// The month taken.
        month: i8,
    },
    /// "chậm nhất trước ngày": the day is taken as excluded.
    MixedWords,
    /// The weekday beside the date is another.
    WeekdayContradicts {
        /// As written.
        written: Weekday,
        /// The date's own.
        actual: Weekday,
    },
    /// The last allowed day lies before the issue.
    BeforeIssue,
    /// "tính đến": often the cut-off of figures and not a deadline.
    CutOff,
    /// "kỳ báo cáo" without a cycle: quarterly is taken.
    CycleAssumed,
    /// "giữa quý", "cuối quý": no law says which day it is.
    NotDefinedByLaw,
    /// A span without its event: receipt is taken.
    AnchorAssumed,
    /// Months from a day not known yet: thirty days each.
    MonthsAsDays,
    /// The words of an extension: it belongs into `[[extension]]`.
    Extension,
}

impl Flag {
    /// The note in one sentence fragment.
    pub fn message(self, language: Language) -> String {
        let (vi, en): (&str, &str) = match self {
            Self::YearAssumed { year } => {
                return match language {
                    Language::Vi => format!("không ghi năm, hiểu là năm {year}"),
                    Language::En => format!("no year is given, {year} is taken"),
                };
            }
            Self::MonthAssumed { year, month } => {
                return match language {
                    Language::Vi => format!("không ghi tháng, hiểu là tháng {month:02}/{year}"),
                    Language::En => format!("no month is given, {year}-{month:02} is taken"),
                };
            }
            Self::WeekdayContradicts { written, actual } => {
                return match language {
                    Language::Vi => {
                        let [written, actual] = [written, actual].map(|day| weekday_name(day, language));
                        format!("ghi {written}, nhưng ngày này là {actual}")
                    }
                    Language::En => format!("{written:?} is written, but the date is a {actual:?}"),
                };
            }
            Self::MixedWords => (
                "\"chậm nhất\" và \"trước\" đi cùng nhau, hiểu là không tính ngày được nêu",
                "\"at the latest\" and \"before\" stand together, the named day is taken as excluded",
            ),
            Self::BeforeIssue => ("thời hạn sớm hơn ngày ban hành", "the deadline lies before the date of issue"),
            Self::CutOff => ("\"tính đến\" thường là mốc chốt số liệu", "\"as of\" is often the cut-off of figures"),
            Self::CycleAssumed => ("không ghi kỳ báo cáo, hiểu là hằng quý", "the cycle is not given, quarterly is taken"),
            Self::NotDefinedByLaw => (
                "pháp luật không quy định ngày này của quý, cần xác nhận",
                "no law says which day of the quarter this is, please confirm",
            ),
            Self::AnchorAssumed => {
                ("không ghi mốc bắt đầu, hiểu là tính từ ngày nhận được", "the start is not given, the day of receipt is taken")
            }
            Self::MonthsAsDays => {
                ("chưa biết ngày bắt đầu, mỗi tháng tính 30 ngày", "the start is not known yet, a month is taken as 30 days")
            }
            Self::Extension => (
                "đây là nội dung gia hạn, nên ghi ở [[extension]]",
                "these are the words of an extension, it belongs into [[extension]]",
            ),
        };
        match language {
            Language::Vi => vi.to_owned(),
            Language::En => en.to_owned(),
        }
    }
}

/// The name of a weekday inside a sentence.
pub const fn weekday_name(weekday: Weekday, language: Language) -> &'static str {
    let (vi, en) = match weekday {
        Weekday::Monday => ("thứ Hai", "Monday"),
        Weekday::Tuesday => ("thứ Ba", "Tuesday"),
        Weekday::Wednesday => ("thứ Tư", "Wednesday"),
        Weekday::Thursday => ("thứ Năm", "Thursday"),
        Weekday::Friday => ("thứ Sáu", "Friday"),
        Weekday::Saturday => ("thứ Bảy", "Saturday"),
        Weekday::Sunday => ("Chủ nhật", "Sunday"),
    };
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}

/// Reads one whole phrase of a directive issued on that day.
pub fn read_deadline(text: &str, issued: Date, calendar: &WorkingCalendar) -> Result<Reading, PhraseError> {
    let tokens = tokens(text);
    let refuse = |kind| PhraseError { kind, text: text.trim().to_owned() };
    if tokens.is_empty() {
        return Err(refuse(PhraseErrorKind::Empty));
    }
    if let Some(kind) = refusal::status_of(&tokens) {
        return Err(refuse(kind));
    }
    match read_at(&tokens, 0, issued, calendar) {
        Ok(Some((reading, next))) => match rest_of(&tokens, next, issued, calendar) {
            None => Ok(reading),
            Some(kind) => Err(refuse(kind)),
        },
        Ok(None) => {
            let kind = match (count_deadlines(&tokens, 1, issued, calendar), refusal::kind_of(&tokens)) {
                (2.., _) => PhraseErrorKind::Several,
                (_, Some(kind)) => kind,
                (1, None) => PhraseErrorKind::Leading,
                (_, None) => refusal::kind_of_remnant(&tokens),
            };
            Err(refuse(kind))
        }
        Err(kind) => Err(refuse(kind)),
    }
}

/// Reads the phrase that begins with the token of that index, if one does; the text may go on behind it.
///
/// An error says that a phrase begins here which denotes no date, or no valid one.
pub fn read_prefix(
    tokens: &[Token],
    first: usize,
    issued: Date,
    calendar: &WorkingCalendar,
) -> Result<Option<Prefix>, PhraseErrorKind> {
    let Some(found) = read_at(tokens, first, issued, calendar)? else { return Ok(None) };
    let (reading, next_token) = found;
    let bytes = |token: Option<&Token>, end: fn(&Token) -> usize| token.map_or(0, end);
    let start = bytes(tokens.get(first), |token| token.start);
    let end = bytes(next_token.checked_sub(1).and_then(|last| tokens.get(last)), |token| token.end);
    Ok(Some(Prefix { reading, next_token, consumed_bytes: end.saturating_sub(start) }))
}

fn read_at(tokens: &[Token], first: usize, issued: Date, calendar: &WorkingCalendar) -> Part<(Reading, usize)> {
    let mut c = Cursor::new(tokens, first, issued, calendar);
    skip_lead(&mut c);
    let rule = if let Some(recurrence) = cycle::recurrence(&mut c)? {
        Some(DeadlineRule::Recurring(recurrence))
    } else if let Some(deadline) = fixed::deadline(&mut c)? {
        Some(DeadlineRule::Fixed(deadline))
    } else {
        let mut ahead = c.clone();
        match fixed::days_before(&mut ahead)? {
            Some(deadline) => {
                c.follow(ahead);
                Some(DeadlineRule::Fixed(deadline))
            }
            None => relative::relative(&mut c)?,
        }
    };
    Ok(rule.map(|rule| (Reading { rule, flags: c.flags.clone() }, c.at())))
}

/// Labels and verbs before a deadline that say nothing of it: "Thời hạn hoàn thành:", "báo cáo".
fn skip_lead(c: &mut Cursor<'_>) {
    loop {
        let at = c.at();
        if c.take_any(&["gia hạn thời gian thực hiện", "gia hạn thời hạn", "xin gia hạn", "gia hạn"])
            || c.take_any(&["lùi thời hạn", "lùi thời gian", "lùi hạn", "điều chỉnh thời gian", "điều chỉnh thời hạn"])
        {
            c.flag(Flag::Extension);
            c.take_any(&["hoàn thành", "thực hiện"]);
            c.take_any(&["sang", "thành"]);
        }
        skip_verbs(c);
        c.take_any(&[
            "thời gian hoàn thành",
            "thời gian thực hiện",
            "thời hạn hoàn thành",
            "thời hạn thực hiện",
            "thời hạn báo cáo",
            "thời hạn gửi",
            "thời điểm hoàn thành",
            "hạn hoàn thành",
            "hạn báo cáo",
            "hạn cuối",
            "hạn chót",
            "những việc cần làm ngay",
            "các nhiệm vụ cần làm ngay",
            "deadline",
            "due",
        ]);
        // "trong thời hạn 05 ngày" needs its words, a label ends with a colon.
        if c.sees_any(&["thời hạn :", "thời gian :", "hạn :"]) {
            c.take_any(&["thời hạn", "thời gian", "hạn"]);
        }
        c.marks(&[':', '-', '*', '+', '"', '“', '(', '•', ',']);
        if c.at() == at {
            return;
        }
    }
}

/// The verbs between a label or cycle and its day.
fn skip_verbs(c: &mut Cursor<'_>) {
    while c.take_any(&[
        "phải hoàn thành",
        "hoàn thành",
        "cần",
        "phải",
        "xong",
        "gửi báo cáo",
        "gửi kết quả",
        "gửi về",
        "gửi",
        "nộp",
        "báo cáo kết quả",
        "báo cáo",
        "thực hiện",
        "triển khai",
        "tổng hợp",
        "submit",
        "report",
        "complete",
    ]) {}
}

/// Why what stands behind a phrase spoils it, if it does.
fn rest_of(tokens: &[Token], next: usize, issued: Date, calendar: &WorkingCalendar) -> Option<PhraseErrorKind> {
    let has_words = tokens[next..].iter().any(|token| !matches!(token.kind, TokenKind::Mark(_)));
    if !has_words {
        return None;
    }
    let more = count_deadlines(tokens, next, issued, calendar);
    Some(if more > 0 { PhraseErrorKind::Several } else { PhraseErrorKind::Trailing })
}

/// How many deadlines begin from that token on.
fn count_deadlines(tokens: &[Token], from: usize, issued: Date, calendar: &WorkingCalendar) -> usize {
    // A phrase is short; what is far longer is no phrase, and trying each of its words would take too long.
    const TOKENS_MAX: usize = 200;
    let mut at = from;
    let mut found = 0;
    while at < tokens.len().min(TOKENS_MAX) {
        match read_at(tokens, at, issued, calendar) {
            Ok(Some((_, next))) => {
                found += 1;
                at = next.max(at + 1);
            }
            Ok(None) | Err(_) => at += 1,
        }
    }
    found
}

#[cfg(test)]
mod tests;
