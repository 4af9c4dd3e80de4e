//! What an official is told after an answer: the receipt added to the message, and the polite refusals.

use jiff::Timestamp;

use super::date::{clock, short};
use super::pen::local;
use super::text::{clean, count, cut, listed};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::reply::ReplyKind;
use crate::domain::rules::Language;

/// The most units a receipt names.
const UNITS_NAMED_MAX: usize = 4;

/// What was acknowledged, for the receipt.
#[derive(Clone, Copy, Debug)]
pub struct Receipt<'a> {
    /// Names of the lead units; repeated names are said once.
    pub units: &'a [String],
    /// How many assignments.
    pub assignments: usize,
    /// When the answer was recorded.
    pub at: Timestamp,
}

/// Why a pressed button changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Another account than the recipient's pressed it.
    OtherAccount,
    /// It stands under a forwarded message or an old copy.
    OldCopy,
    /// The same answer is recorded already.
    AlreadyRecorded,
    /// Nothing is known of its token.
    UnknownToken,
    /// The message was withdrawn.
    Withdrawn,
    /// The recipient is no longer of the unit, or no longer active.
    NoLongerTheirs,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::OtherAccount, Self::OldCopy, Self::AlreadyRecorded, Self::UnknownToken, Self::Withdrawn, Self::NoLongerTheirs];

    /// The stable word of journal and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherAccount => "other-account",
            Self::OldCopy => "old-copy",
            Self::AlreadyRecorded => "already-recorded",
            Self::UnknownToken => "unknown-token",
            Self::Withdrawn => "withdrawn",
            Self::NoLongerTheirs => "no-longer-theirs",
        }
    }
}

/// The label of a button; none for replies that are no button's (only those of the unit are).
pub const fn label(kind: ReplyKind, language: Language) -> Option<&'static str> {
    Some(match (kind, language) {
        (ReplyKind::Acknowledge, Language::Vi) => "Xác nhận tiếp nhận",
        (ReplyKind::Progress, Language::Vi) => "Cập nhật tiến độ",
        (ReplyKind::Done, Language::Vi) => "Báo cáo hoàn thành",
        (ReplyKind::Extend, Language::Vi) => "Đề nghị gia hạn",
        (ReplyKind::Assign, Language::Vi) => "Giao cho …",
        (ReplyKind::Assign, Language::En) => "Hand to …",
        (ReplyKind::Blocked, Language::Vi) => "Có vướng mắc",
        (ReplyKind::NotOurs, Language::Vi) => "Không thuộc trách nhiệm",
        (ReplyKind::Acknowledge, Language::En) => "Acknowledge",
        (ReplyKind::Progress, Language::En) => "Report progress",
        (ReplyKind::Done, Language::En) => "Report done",
        (ReplyKind::Extend, Language::En) => "Ask for an extension",
        (ReplyKind::Blocked, Language::En) => "Blocked",
        (ReplyKind::NotOurs, Language::En) => "Not ours",
        _ => return None,
    })
}

/// "Đã ghi nhận: Phòng Nội vụ tiếp nhận nhiệm vụ lúc 08 giờ 05, ngày 28/12/2023. Trân trọng cảm ơn."
pub fn receipt_text(language: Language, calendar: &WorkingCalendar, receipt: &Receipt<'_>) -> String {
    let mut units: Vec<String> = Vec::new();
    for unit in receipt.units.iter().map(|unit| cut(&clean(unit), 60)).filter(|unit| !unit.is_empty()) {
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    let at = local(calendar, receipt.at);
    let (units, time, day) = (listed(&units, UNITS_NAMED_MAX), clock(at.time(), language), short(at.date()));
    let n = count(receipt.assignments as u64, language);
    match (language, receipt.assignments, units.as_str()) {
        (Language::Vi, 0 | 1, "") => format!("Đã ghi nhận việc tiếp nhận nhiệm vụ lúc {time}, ngày {day}. Trân trọng cảm ơn."),
        (Language::Vi, 0 | 1, units) => {
            format!("Đã ghi nhận: {units} tiếp nhận nhiệm vụ lúc {time}, ngày {day}. Trân trọng cảm ơn.")
        }
        (Language::Vi, _, "") => format!("Đã ghi nhận việc tiếp nhận {n} nhiệm vụ lúc {time}, ngày {day}. Trân trọng cảm ơn."),
        (Language::Vi, _, units) => {
            format!("Đã ghi nhận: {units} tiếp nhận {n} nhiệm vụ lúc {time}, ngày {day}. Trân trọng cảm ơn.")
        }
        (Language::En, 0 | 1, "") => format!("Recorded: the task was acknowledged at {time} on {day}. Thank you."),
        (Language::En, 0 | 1, units) => format!("Recorded: {units} acknowledged the task at {time} on {day}. Thank you."),
        (Language::En, _, "") => format!("Recorded: {n} tasks were acknowledged at {time} on {day}. Thank you."),
        (Language::En, _, units) => format!("Recorded: {units} acknowledged {n} tasks at {time} on {day}. Thank you."),
    }
}

/// The text of a chat message after its button was pressed: what it said, and the receipt.
///
/// The original stands unchanged in front, so its bold ranges still hold; the whole stays below the wire's 4,096.
pub fn acknowledged_text(language: Language, calendar: &WorkingCalendar, original: &str, receipt: &Receipt<'_>) -> String {
    format!("{original}\n\n{}", receipt_text(language, calendar, receipt))
}

/// Below a chat message that is sent again because nobody knows whether it arrived.
pub const fn sent_again(language: Language) -> &'static str {
    match language {
        Language::Vi => "Gửi lại do lần gửi trước chưa có xác nhận; nếu đã nhận, đề nghị bỏ qua tin này.",
        Language::En => "Sent again because the last time was not confirmed; if you have it already, please disregard this copy.",
    }
}

/// What the one who pressed is told when nothing changes; at most 200 characters, as the wire allows.
pub const fn refusal_text(language: Language, refusal: Refusal) -> &'static str {
    match (language, refusal) {
        (Language::Vi, Refusal::OtherAccount) => {
            "Nút này dành cho người nhận của tin. Tài khoản đang dùng không phải là tài khoản của người nhận, nên chưa có gì được ghi nhận."
        }
        (Language::Vi, Refusal::OldCopy) => {
            "Đây là bản sao hoặc bản chuyển tiếp của tin, nên chưa có gì được ghi nhận. Đề nghị sử dụng tin gốc mới nhất."
        }
        (Language::Vi, Refusal::AlreadyRecorded) => "Nội dung này đã được ghi nhận trước đó. Trân trọng cảm ơn.",
        (Language::Vi, Refusal::UnknownToken) => {
            "Hệ thống không nhận ra nút này, nên chưa có gì được ghi nhận. Đề nghị liên hệ người theo dõi ghi ở cuối tin."
        }
        (Language::Vi, Refusal::Withdrawn) => "Tin này đã được thu hồi, không cần phản hồi. Trân trọng cảm ơn.",
        (Language::Vi, Refusal::NoLongerTheirs) => {
            "Nhiệm vụ này hiện không còn thuộc phần việc của người nhận tin, nên chưa có gì được ghi nhận. Đề nghị liên hệ người theo dõi ghi ở cuối tin."
        }
        (Language::En, Refusal::OtherAccount) => {
            "This button is for the recipient of the message. This account is not the recipient's, so nothing was recorded."
        }
        (Language::En, Refusal::OldCopy) => {
            "This is a copy or a forwarded message, so nothing was recorded. Please use the latest original."
        }
        (Language::En, Refusal::AlreadyRecorded) => "This was recorded before. Thank you.",
        (Language::En, Refusal::UnknownToken) => {
            "The system does not know this button, so nothing was recorded. Please contact the monitor named at the end of the message."
        }
        (Language::En, Refusal::Withdrawn) => "This message was withdrawn; no answer is needed. Thank you.",
        (Language::En, Refusal::NoLongerTheirs) => {
            "This task is no longer the recipient's, so nothing was recorded. Please contact the monitor named at the end of the message."
        }
    }
}
