//! Phrases that denote no date: what they are, and what to do instead.

use std::fmt;

use super::token::{Token, length_at};
use crate::domain::rules::Language;

/// Why a phrase is no deadline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PhraseError {
    /// What it is instead.
    pub kind: PhraseErrorKind,
    /// The phrase as written.
    pub text: String,
}

/// What a phrase that is no deadline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhraseErrorKind {
    /// Nothing is written.
    Empty,
    /// 01/01/1970, which exports write for "none".
    MeansNone,
    /// Not a phrase that is known.
    Unknown,
    /// Words before the deadline that are not understood.
    Leading,
    /// Words behind the deadline that are not understood.
    Trailing,
    /// More than one deadline.
    Several,
    /// 31/02, 25/13.
    NoSuchDay,
    /// A year outside the calendar.
    OutOfRange,
    /// "từ ngày 15/10 đến ngày 05/10".
    EndBeforeStart,
    /// "từ ngày 06/8/2020": a start alone.
    StartOnly,
    /// "trước 17 giờ", "điều chỉnh thời gian hoàn thành": the day is missing.
    Incomplete,
    /// "thường xuyên", "hằng ngày": a duty that stands.
    StandingDuty,
    /// "khẩn trương", "tiếp tục", "trong thời gian tới": a manner.
    Manner,
    /// "giai đoạn 2023 - 2026": a period of a programme.
    Programme,
    /// "hỏa tốc": an urgency mark.
    UrgencyMark,
    /// "ngay sau khi …", "05 ngày trước ngày họp": an event without a date.
    Event,
    /// "theo quy định", "theo tiến độ tại Kế hoạch số …": the date stands in another document.
    OtherDocument,
    /// "cuối năm học": the school's calendar.
    SchoolYear,
    /// "tuần thứ 2 tháng 11".
    AmbiguousWeek,
    /// "trước kỳ nghỉ lễ" without which.
    AmbiguousFeast,
    /// "định kỳ và đột xuất": no cycle is given.
    NoCycle,
    /// "sau 10 ngày kể từ ngày ký": when something takes effect.
    EffectiveDate,
    /// "đã quá hạn từ ngày …", "vẫn chưa nhận được": a state.
    Status,
    /// "quá thời hạn nêu trên, … coi như thống nhất": a consequence.
    Consequence,
}

impl PhraseErrorKind {
    /// What the phrase is, as a fragment behind the phrase itself.
    pub const fn message(self, language: Language) -> &'static str {
        let (vi, en) = self.messages();
        match language {
            Language::Vi => vi,
            Language::En => en,
        }
    }

    /// What to do instead.
    pub const fn help(self, language: Language) -> &'static str {
        let (vi, en) = self.mends();
        match language {
            Language::Vi => vi,
            Language::En => en,
        }
    }

    const fn messages(self) -> (&'static str, &'static str) {
        match self {
            Self::Empty => ("thời hạn để trống", "the deadline is empty"),
            Self::MeansNone => ("01/01/1970 nghĩa là chưa có thời hạn", "1970-01-01 means that there is no deadline"),
            Self::Unknown => ("không đọc được thời hạn này", "this deadline cannot be read"),
            Self::Leading => ("có chữ không hiểu được trước thời hạn", "there are unknown words before the deadline"),
            Self::Trailing => ("có chữ không hiểu được sau thời hạn", "there are unknown words after the deadline"),
            Self::Several => ("có nhiều thời hạn trong một nội dung", "there is more than one deadline"),
            Self::NoSuchDay => ("ngày này không có trong lịch", "there is no such day"),
            Self::OutOfRange => ("năm nằm ngoài khoảng 1990–2149", "the year is outside 1990 to 2149"),
            Self::EndBeforeStart => ("ngày kết thúc sớm hơn ngày bắt đầu", "the end lies before the start"),
            Self::StartOnly => ("chỉ có ngày bắt đầu, không có ngày kết thúc", "there is a start but no end"),
            Self::Incomplete => ("thiếu ngày cụ thể", "the day is missing"),
            Self::StandingDuty => {
                ("đây là nhiệm vụ thường xuyên, không có thời hạn", "this is a standing duty without a deadline")
            }
            Self::Manner => ("đây là yêu cầu về cách thực hiện, không có ngày cụ thể", "this says how to act and names no day"),
            Self::Programme => {
                ("đây là giai đoạn của chương trình, không phải thời hạn", "this is the period of a programme, not a deadline")
            }
            Self::UrgencyMark => ("đây là mức độ khẩn, không phải thời hạn", "this is an urgency mark, not a deadline"),
            Self::Event => ("thời hạn phụ thuộc một sự kiện chưa có ngày", "this waits for an event whose day is not known"),
            Self::OtherDocument => ("thời hạn nằm ở văn bản khác", "the date stands in another document"),
            Self::SchoolYear => {
                ("thời hạn theo năm học, cần lịch năm học", "this follows the school year, whose calendar is not known")
            }
            Self::AmbiguousWeek => ("tuần này có thể hiểu nhiều cách", "this week can be read in several ways"),
            Self::AmbiguousFeast => ("không rõ kỳ nghỉ nào", "it is not said which holiday is meant"),
            Self::NoCycle => ("không ghi chu kỳ báo cáo", "no cycle is given"),
            Self::EffectiveDate => (
                "đây thường là ngày có hiệu lực, không phải thời hạn",
                "this is usually when a text takes effect, not a deadline",
            ),
            Self::Status => {
                ("đây là tình trạng thực hiện, không phải thời hạn mới", "this is a state of things, not a new deadline")
            }
            Self::Consequence => {
                ("đây là hệ quả của thời hạn nêu ở chỗ khác", "this is the consequence of a deadline given elsewhere")
            }
        }
    }

    const fn mends(self) -> (&'static str, &'static str) {
        match self {
            Self::Empty | Self::MeansNone => {
                ("bỏ dòng deadline khi chưa có thời hạn", "leave the deadline out when there is none")
            }
            Self::StandingDuty | Self::Manner | Self::Programme => {
                ("để trống deadline và dùng follow = \"review\"", "leave the deadline out and use follow = \"review\"")
            }
            Self::UrgencyMark => {
                ("ghi urgency ở [[dispatch]] và để trống deadline", "write urgency in [[dispatch]] and leave the deadline out")
            }
            Self::Event | Self::OtherDocument | Self::SchoolYear => (
                "ghi ngày cụ thể kèm deadline_set_by = \"office\", hoặc để trống deadline và dùng follow = \"review\"",
                "write the day with deadline_set_by = \"office\", or leave the deadline out and use follow = \"review\"",
            ),
            Self::Several => {
                ("tách thành từng nhiệm vụ, mỗi nhiệm vụ một thời hạn", "split it into directives with one deadline each")
            }
            Self::Leading | Self::Trailing => ("chỉ giữ lại phần thời hạn", "keep the deadline alone"),
            Self::NoCycle => {
                ("ghi rõ chu kỳ, ví dụ \"hằng tháng, trước ngày 20\"", "give the cycle, as in \"hằng tháng, trước ngày 20\"")
            }
            Self::Status | Self::Consequence => (
                "ghi thời hạn ở nhiệm vụ tương ứng; gia hạn ghi ở [[extension]]",
                "give the deadline with its directive, an extension in [[extension]]",
            ),
            Self::EffectiveDate => (
                "nếu là thời hạn, ghi \"trong thời hạn 10 ngày kể từ ngày ký\"",
                "if it is a deadline, write \"trong thời hạn 10 ngày kể từ ngày ký\"",
            ),
            Self::Unknown
            | Self::NoSuchDay
            | Self::OutOfRange
            | Self::EndBeforeStart
            | Self::StartOnly
            | Self::Incomplete
            | Self::AmbiguousWeek
            | Self::AmbiguousFeast => (
                "ghi ngày cụ thể, ví dụ \"trước ngày 25/12/2023\" hoặc \"Quý IV/2023\"",
                "write the day, as in \"trước ngày 25/12/2023\" or \"Quý IV/2023\"",
            ),
        }
    }
}

/// In Vietnamese, the language of the phrases; other languages ask [`PhraseErrorKind::message`].
impl fmt::Display for PhraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\": {}; {}", self.text, self.kind.message(Language::Vi), self.kind.help(Language::Vi))
    }
}

/// Whether the phrase tells a state, dates or not.
pub(super) fn status_of(tokens: &[Token]) -> Option<PhraseErrorKind> {
    let says = |words: &str| contains(tokens, words);
    if says("coi như") || says("quá thời hạn nêu trên") || says("quá thời hạn trên") {
        return Some(PhraseErrorKind::Consequence);
    }
    (says("vẫn chưa") || says("đã quá hạn") || says("chưa nhận được")).then_some(PhraseErrorKind::Status)
}

/// What a phrase without a date is, by the words it holds; the first line that fits.
pub(super) fn kind_of(tokens: &[Token]) -> Option<PhraseErrorKind> {
    use PhraseErrorKind::{
        AmbiguousFeast, AmbiguousWeek, Event, Incomplete, Manner, NoCycle, OtherDocument, Programme, SchoolYear, StandingDuty,
        UrgencyMark,
    };
    const WORDS: [(&str, PhraseErrorKind); 49] = [
        ("đột xuất", NoCycle),
        ("giai đoạn", Programme),
        ("nhiệm kỳ", Programme),
        ("năm học", SchoolYear),
        ("học kỳ", SchoolYear),
        ("học kì", SchoolYear),
        ("tuần thứ", AmbiguousWeek),
        ("cùng với báo cáo", OtherDocument),
        ("lồng ghép", OtherDocument),
        ("theo thời gian quy định", OtherDocument),
        ("theo quy định", OtherDocument),
        ("đúng quy định", OtherDocument),
        ("đúng thời hạn", OtherDocument),
        ("đúng tiến độ", OtherDocument),
        ("theo tiến độ", OtherDocument),
        ("theo lộ trình", OtherDocument),
        ("theo kế hoạch", OtherDocument),
        ("tại kế hoạch", OtherDocument),
        ("theo hướng dẫn", OtherDocument),
        ("theo yêu cầu", Event),
        ("sau khi", Event),
        ("ngay khi", Event),
        ("khi có", Event),
        ("khi", Event),
        ("sau kỳ nghỉ", Event),
        ("sau tết", Event),
        ("kỳ nghỉ", AmbiguousFeast),
        ("tháng liền kề", Event),
        ("thường xuyên", StandingDuty),
        ("liên tục", StandingDuty),
        ("hằng ngày", StandingDuty),
        ("hàng ngày", StandingDuty),
        ("hỏa tốc", UrgencyMark),
        ("hoả tốc", UrgencyMark),
        ("thượng khẩn", UrgencyMark),
        ("khẩn trương", Manner),
        ("khẩn", UrgencyMark),
        ("tiếp tục", Manner),
        ("tăng cường", Manner),
        ("đẩy mạnh", Manner),
        ("sớm", Manner),
        ("kịp thời", Manner),
        ("trước mắt", Manner),
        ("thời gian tới", Manner),
        ("thời gian sớm nhất", Manner),
        ("ngay", Manner),
        ("định kỳ", NoCycle),
        ("thời gian hoàn thành", Incomplete),
        ("gia hạn", Incomplete),
    ];
    WORDS.iter().find(|(words, _)| contains(tokens, words)).map(|(_, kind)| *kind)
}

/// What a phrase without any deadline and without a word that is known is.
pub(super) fn kind_of_remnant(tokens: &[Token]) -> PhraseErrorKind {
    let binds = ["trước", "giờ", "chậm nhất", "before", "by"].iter().any(|words| contains(tokens, words));
    if binds { PhraseErrorKind::Incomplete } else { PhraseErrorKind::Unknown }
}

fn contains(tokens: &[Token], words: &str) -> bool {
    (0..tokens.len()).any(|at| length_at(tokens, at, words).is_some())
}
