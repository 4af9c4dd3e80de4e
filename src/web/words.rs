//! The texts of the page that belong to no item. Administrative Vietnamese first, English second.

use jiff::civil::DateTime;

use super::seal::Unsealed;
use crate::domain::reply::{Refusal, ReplyKind};
use crate::domain::rules::Language;
use crate::engine::answer::{Became, Over};

/// The fixed texts of one language, by name, as the templates ask for them.
pub(super) struct Words {
    pub(super) lang: &'static str,
    pub(super) system: &'static str,
    pub(super) title: &'static str,
    pub(super) other_lang: &'static str,
    pub(super) other_label: &'static str,
    pub(super) recipient: &'static str,
    pub(super) monitor: &'static str,
    pub(super) dispatch: &'static str,
    pub(super) unit: &'static str,
    pub(super) deadline: &'static str,
    pub(super) target: &'static str,
    pub(super) status: &'static str,
    pub(super) your_answer: &'static str,
    pub(super) to_all: &'static str,
    pub(super) each: &'static str,
    pub(super) no_answer: &'static str,
    pub(super) nothing_asked: &'static str,
    pub(super) nothing_asked_at_all: &'static str,
    pub(super) submit: &'static str,
    pub(super) once: &'static str,
    pub(super) back: &'static str,
    pub(super) done_title: &'static str,
    pub(super) weak_title: &'static str,
    pub(super) weak_text: &'static str,
    pub(super) private: &'static str,
    pub(super) lost_title: &'static str,
    pub(super) lost_text: &'static str,
    pub(super) busy_title: &'static str,
    pub(super) busy_text: &'static str,
    pub(super) trouble_title: &'static str,
    pub(super) trouble_text: &'static str,
    pub(super) not_sent: &'static str,
    pub(super) choose: &'static str,
    pub(super) choose_one: &'static str,
    pub(super) date_hint: &'static str,
    pub(super) pick: &'static str,
}

/// The texts of that language.
pub(super) const fn words(language: Language) -> &'static Words {
    match language {
        Language::Vi => &VI,
        Language::En => &EN,
    }
}

static VI: Words = Words {
    lang: "vi",
    system: "Hệ thống theo dõi nhiệm vụ",
    title: "Trả lời về nhiệm vụ được giao",
    other_lang: "en",
    other_label: "English",
    recipient: "Người nhận",
    monitor: "Người theo dõi",
    dispatch: "Căn cứ",
    unit: "Đơn vị chủ trì",
    deadline: "Thời hạn",
    target: "Chỉ tiêu",
    status: "Tình trạng",
    your_answer: "Nội dung trả lời",
    to_all: "Trả lời cho tất cả nội dung",
    each: "Trả lời riêng từng nội dung dưới đây",
    no_answer: "Chưa trả lời nội dung này",
    nothing_asked: "Nội dung này hiện không cần trả lời.",
    nothing_asked_at_all: "Các nội dung của tin này hiện không cần trả lời. Trân trọng cảm ơn.",
    submit: "Gửi trả lời",
    once: "Trả lời chỉ được ghi nhận sau khi bấm nút này.",
    back: "Quay lại các nội dung",
    done_title: "Đã ghi nhận trả lời",
    weak_title: "Cần xác nhận thêm một lần",
    weak_text: "Trả lời đã được lưu nhưng chưa được tính, vì hệ thống chưa chắc trả lời do chính người nhận gửi. Đề nghị sau một phút mở lại liên kết trong thư và gửi lại, hoặc trả lời qua Telegram, hoặc báo người theo dõi.",
    private: "Trang này dành riêng cho người nhận thư, đề nghị không chuyển tiếp liên kết.",
    lost_title: "Không tìm thấy trang",
    lost_text: "Liên kết không đúng hoặc đã hết hiệu lực. Đề nghị mở lại liên kết trong thư mới nhất, hoặc liên hệ người theo dõi ghi ở cuối thư.",
    busy_title: "Có quá nhiều lần truy cập không đúng",
    busy_text: "Đề nghị thử lại sau một phút.",
    trouble_title: "Hệ thống đang có sự cố",
    trouble_text: "Chưa có nội dung nào được ghi nhận. Đề nghị thử lại sau ít phút, hoặc liên hệ người theo dõi ghi ở cuối thư.",
    not_sent: "Chưa có nội dung nào được ghi nhận",
    choose: "Đề nghị chọn một nội dung trả lời.",
    choose_one: "Đề nghị chọn trả lời cho ít nhất một nội dung.",
    date_hint: "ngày/tháng/năm, ví dụ 31/12/2026",
    pick: "– chọn –",
};

static EN: Words = Words {
    lang: "en",
    system: "Follow-up system",
    title: "Answer about assigned tasks",
    other_lang: "vi",
    other_label: "Tiếng Việt",
    recipient: "Recipient",
    monitor: "Monitor",
    dispatch: "Reference",
    unit: "Lead unit",
    deadline: "Deadline",
    target: "Target",
    status: "Status",
    your_answer: "Your answer",
    to_all: "Answer for all items",
    each: "Answer each item below",
    no_answer: "No answer to this item yet",
    nothing_asked: "No answer is needed for this item now.",
    nothing_asked_at_all: "No answer is needed for this message now. Thank you.",
    submit: "Send the answer",
    once: "Nothing is recorded until this button is pressed.",
    back: "Back to the items",
    done_title: "The answer is recorded",
    weak_title: "Please confirm once more",
    weak_text: "The answer is kept but does not count yet, because the system is not sure that the recipient sent it. Please wait a minute, open the link in the mail again and send it once more, or answer by Telegram, or tell the monitor.",
    private: "This page is for the recipient of the mail alone; please do not forward the link.",
    lost_title: "Page not found",
    lost_text: "The link is wrong or no longer valid. Please open the link in the latest mail again, or contact the monitor named at the end of the mail.",
    busy_title: "Too many wrong requests",
    busy_text: "Please try again in a minute.",
    trouble_title: "The system is in trouble",
    trouble_text: "Nothing was recorded. Please try again in some minutes, or contact the monitor named at the end of the mail.",
    not_sent: "Nothing was recorded",
    choose: "Please choose an answer.",
    choose_one: "Please choose an answer to at least one item.",
    date_hint: "day/month/year, e.g. 31/12/2026",
    pick: "– choose –",
};

/// Why nothing is asked behind a link that once worked: title and text.
pub(super) const fn over(over: Over, language: Language) -> (&'static str, &'static str) {
    match (over, language) {
        (Over::Replaced, Language::Vi) => (
            "Tin này không còn cần trả lời",
            "Tin đã được thu hồi hoặc được thay bằng tin mới hơn. Đề nghị dùng liên kết trong tin mới nhất, hoặc liên hệ người theo dõi ghi ở cuối thư.",
        ),
        (Over::Replaced, Language::En) => (
            "This message is no longer to be answered",
            "It was withdrawn or replaced by a newer one. Please use the link of the latest message, or contact the monitor named at the end of the mail.",
        ),
        (Over::NotTheirs, Language::Vi) => (
            "Tin này không còn cần trả lời",
            "Các nội dung của tin hiện không còn thuộc phần việc của người nhận. Đề nghị liên hệ người theo dõi ghi ở cuối thư nếu có vướng mắc.",
        ),
        (Over::NotTheirs, Language::En) => (
            "This message is no longer to be answered",
            "Its items are no longer the recipient's. Please contact the monitor named at the end of the mail if there is a question.",
        ),
    }
}

/// Why a form was not taken.
pub(super) const fn unsealed(why: Unsealed, language: Language) -> &'static str {
    match (why, language) {
        (Unsealed::NoCookie, Language::Vi) => {
            "Trình duyệt không gửi lại cookie của trang này. Đề nghị cho phép cookie, rồi bấm gửi lại."
        }
        (Unsealed::NoCookie, Language::En) => {
            "The browser did not send the cookie of this page back. Please allow cookies and send again."
        }
        (Unsealed::TooFast, Language::Vi) => "Trả lời được gửi quá nhanh. Đề nghị kiểm tra nội dung và bấm gửi lại.",
        (Unsealed::TooFast, Language::En) => "The answer came too fast. Please check it and send again.",
        (Unsealed::Foreign | Unsealed::Stale, Language::Vi) => {
            "Trang đã mở quá lâu hoặc đã được mở lại ở nơi khác. Đề nghị kiểm tra nội dung và bấm gửi lại."
        }
        (Unsealed::Foreign | Unsealed::Stale, Language::En) => {
            "The page was open for too long, or was opened again elsewhere. Please check the answer and send again."
        }
    }
}

/// A form that another site sent.
pub(super) const fn cross_site(language: Language) -> &'static str {
    match language {
        Language::Vi => "Trả lời không được gửi từ trang này. Đề nghị kiểm tra nội dung và bấm gửi lại tại đây.",
        Language::En => "The answer was not sent from this page. Please check it and send it here again.",
    }
}

/// A form that was sent twice.
pub(super) const fn again(language: Language) -> &'static str {
    match language {
        Language::Vi => "Trả lời này đã được ghi nhận trước đó. Trân trọng cảm ơn.",
        Language::En => "This answer was recorded before. Thank you.",
    }
}

/// "Đã ghi nhận lúc 08 giờ 05, ngày 28/12/2023. Trân trọng cảm ơn."
pub(super) fn recorded_at(at: DateTime, language: Language) -> String {
    match language {
        Language::Vi => format!("Ghi nhận lúc {}. Trân trọng cảm ơn.", at.strftime("%H giờ %M, ngày %d/%m/%Y")),
        Language::En => format!("Recorded at {}. Thank you.", at.strftime("%H:%M on %d/%m/%Y")),
    }
}

/// What became of one answer.
pub(super) const fn became(became: Became, language: Language) -> &'static str {
    match (became, language) {
        (Became::Recorded, Language::Vi) => "đã ghi nhận",
        (Became::Recorded, Language::En) => "recorded",
        (Became::Unchanged, Language::Vi) => "đã được ghi nhận trước đó, không thay đổi",
        (Became::Unchanged, Language::En) => "recorded before, nothing changes",
        (Became::Waits, Language::Vi) => "đã lưu, chờ xác nhận",
        (Became::Waits, Language::En) => "kept, waits to be confirmed",
    }
}

/// A weak reply that waits.
pub(super) fn waits(label: &str, language: Language) -> String {
    match language {
        Language::Vi => format!("Trả lời “{label}” đã lưu trước đó chưa được tính. Đề nghị gửi lại để xác nhận."),
        Language::En => {
            format!("The answer “{label}” that was kept before does not count yet. Please send it again to confirm it.")
        }
    }
}

/// Why an answer is not taken, beside the field it is about.
pub(super) const fn refused(refusal: Refusal, kind: ReplyKind, language: Language) -> &'static str {
    match (refusal, language) {
        (Refusal::NeedsDate, Language::Vi) => "Đề nghị ghi ngày.",
        (Refusal::NeedsDate, Language::En) => "Please give a date.",
        (Refusal::DateTooEarly, Language::Vi) => match kind {
            ReplyKind::Extend => "Ngày đề nghị phải sau thời hạn hiện nay và không được ở trong quá khứ.",
            _ => "Ngày này đã qua.",
        },
        (Refusal::DateTooEarly, Language::En) => match kind {
            ReplyKind::Extend => "The date must lie after the present deadline and not in the past.",
            _ => "This day has passed.",
        },
        (Refusal::DateInFuture, Language::Vi) => "Ngày này chưa đến.",
        (Refusal::DateInFuture, Language::En) => "This day has not come yet.",
        (Refusal::NotOfTheUnit, Language::Vi) => "Chỉ giao được cho người của đơn vị chủ trì.",
        (Refusal::NotOfTheUnit, Language::En) => "It can be handed to a member of the lead unit only.",
        (Refusal::NotEntitled, Language::Vi) => "Nội dung này không còn thuộc phần việc của người nhận.",
        (Refusal::NotEntitled, Language::En) => "This item is no longer the recipient's.",
        (_, Language::Vi) => "Tình trạng của nội dung này đã thay đổi, không trả lời như vậy được nữa.",
        (_, Language::En) => "This item has changed meanwhile and can no longer be answered so.",
    }
}

/// The label of a field, and what is said beside it.
pub(super) const fn field(field: &'static str, kind: ReplyKind, language: Language) -> &'static str {
    match (field.as_bytes(), kind, language) {
        (b"until", ReplyKind::Extend, Language::Vi) => "Đề nghị gia hạn đến ngày",
        (b"until", ReplyKind::Extend, Language::En) => "Extension until",
        (b"until", _, Language::Vi) => "Hẹn có kết quả vào ngày (không bắt buộc)",
        (b"until", _, Language::En) => "Result promised by (optional)",
        (b"on", ReplyKind::Progress, Language::Vi) => "Số liệu tính đến ngày (không bắt buộc)",
        (b"on", ReplyKind::Progress, Language::En) => "Figure as of (optional)",
        (b"on", _, Language::Vi) => "Ngày hoàn thành (không bắt buộc; để trống là hôm nay)",
        (b"on", _, Language::En) => "Done on (optional; empty means today)",
        (b"percent", _, Language::Vi) => "Mức hoàn thành, phần trăm (không bắt buộc)",
        (b"percent", _, Language::En) => "Percent done (optional)",
        (b"value", _, Language::Vi) => "Kết quả đạt được",
        (b"value", _, Language::En) => "Figure reached",
        (b"document", _, Language::Vi) => "Số, ngày văn bản báo cáo (không bắt buộc)",
        (b"document", _, Language::En) => "Number and date of the report (optional)",
        (b"to", _, Language::Vi) => "Giao cho",
        (b"to", _, Language::En) => "Hand to",
        (b"note", ReplyKind::Extend | ReplyKind::NotOurs, Language::Vi) => "Lý do",
        (b"note", ReplyKind::Extend | ReplyKind::NotOurs, Language::En) => "Reason",
        (_, _, Language::Vi) => "Tình hình, ghi chú (không bắt buộc)",
        (_, _, Language::En) => "Note (optional)",
    }
}

/// What is wrong with what stands in a field.
pub(super) const fn fault(fault: Fault, language: Language) -> &'static str {
    match (fault, language) {
        (Fault::Missing, Language::Vi) => "Đề nghị ghi nội dung này.",
        (Fault::Missing, Language::En) => "Please fill this in.",
        (Fault::NoDate, Language::Vi) => "Không đọc được ngày này; đề nghị ghi ngày/tháng/năm, ví dụ 31/12/2026.",
        (Fault::NoDate, Language::En) => "This is no date; please write day/month/year, e.g. 31/12/2026.",
        (Fault::NoPercent, Language::Vi) => "Đề nghị ghi một số nguyên từ 0 đến 100.",
        (Fault::NoPercent, Language::En) => "Please write a whole number from 0 to 100.",
        (Fault::NoNumber, Language::Vi) => "Đề nghị ghi một số, ví dụ 62,5.",
        (Fault::NoNumber, Language::En) => "Please write a number, e.g. 62.5.",
        (Fault::TooLong, Language::Vi) => "Nội dung quá dài; đề nghị ghi ngắn gọn, tối đa 500 ký tự.",
        (Fault::TooLong, Language::En) => "This is too long; please keep it below 500 characters.",
    }
}

/// What can be wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is needed and empty.
    Missing,
    /// No date.
    NoDate,
    /// No percentage.
    NoPercent,
    /// No number.
    NoNumber,
    /// Too long.
    TooLong,
}
