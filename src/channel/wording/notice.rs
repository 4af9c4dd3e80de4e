//! The messages the house itself owes: what happened, and what is asked (notices of [`crate::domain::reminder::Notice`]).

use super::date::{long, moment, short};
use super::pen::{Pen, Rank};
use super::state::{NOTE_CHARS_MAX, quoted};
use super::text::{capitalised, count, listed, strong};
use crate::channel::letter::Item;
use crate::domain::amount::{Amount, Unit};
use crate::domain::policy::Role;
use crate::domain::reminder::Notice;
use crate::domain::rules::Language;

/// What happened, in one sentence.
pub(super) fn state(notice: Notice, item: &Item, pen: &Pen<'_>) -> String {
    match pen.language {
        Language::Vi => state_vi(notice, item, pen),
        Language::En => state_en(notice, item, pen),
    }
}

/// What is asked because of it, in sentences.
pub(super) fn ask(notice: Notice, item: &Item, pen: &Pen<'_>) -> Vec<String> {
    vec![match pen.language {
        Language::Vi => ask_vi(notice, item, pen),
        Language::En => ask_en(notice, item).to_owned(),
    }]
}

/// "Đồng chí Nguyễn Văn An (Phòng Nội vụ)"; the unit alone where nobody is named.
fn who_vi(item: &Item, pen: &Pen<'_>) -> String {
    let word = super::text::clean(&pen.letter.office.salutation);
    let name = item.replier.as_ref().map(|name| capitalised(format!("{word} {name}").trim()));
    name.map_or_else(|| item.unit.clone(), |name| format!("{name} ({})", item.unit))
}

fn who_en(item: &Item) -> String {
    item.replier.as_ref().map_or_else(|| item.unit.clone(), |name| format!("{name} ({})", item.unit))
}

/// Why a message was held, from the engine's code of it; what a channel said itself stays as it is.
pub fn held_reason(language: Language, code: &str) -> String {
    let (vi, en) = match code {
        "uncertain-too-often" => ("đã gửi nhiều lần nhưng không nhận được xác nhận", "sent several times, never confirmed"),
        "deferred-too-long" => ("đã thử lại nhiều lần nhưng chưa gửi được", "tried again and again, never taken"),
        "declined" => {
            ("người nhận đã trả lời là không thuộc trách nhiệm của mình", "whoever it was for answered that it is not theirs")
        }
        "nobody-found" => ("không tìm thấy người giữ vai trò nhận tin", "nobody holds the role it was for"),
        "no-channel" | "fallback" => {
            ("người nhận không có kênh nhận tin nào dùng được", "the recipient has no channel that works")
        }
        "person-gone" => ("người nhận không còn trong danh sách", "the recipient is no longer known"),
        "cannot-word" => ("không soạn được nội dung tin", "it could not be put into words"),
        said => return said.to_owned(),
    };
    if language == Language::Vi { vi.to_owned() } else { en.to_owned() }
}

/// A position of a unit in words: "người đứng đầu Phòng Nội vụ".
pub fn position_words(language: Language, position: &str, unit: &str) -> String {
    match language {
        Language::Vi => super::reason::office_held_vi(position, unit),
        Language::En => super::reason::office_held_en(position, unit),
    }
}

/// How many coordinating units are named.
const COORDINATING_NAMED_MAX: usize = 6;

fn waits_for(item: &Item) -> Option<&str> {
    item.block.as_ref()?.waits_for.as_deref()
}

/// ", lý do: “…”"
fn note(item: &Item, word: &str) -> String {
    item.note.as_ref().map_or_else(String::new, |note| format!("{word}{}", quoted(note, NOTE_CHARS_MAX)))
}

fn state_vi(notice: Notice, item: &Item, pen: &Pen<'_>) -> String {
    let who = who_vi(item, pen);
    let until = item.until.map(|day| long(day, Language::Vi));
    let reason = note(item, ", lý do: ");
    match notice {
        Notice::Dispute => {
            format!("{who} phản hồi: nhiệm vụ {} của đơn vị{reason}.", strong("không thuộc trách nhiệm"))
        }
        Notice::ExtensionAsked => match until {
            Some(until) => format!("{who} đề nghị {}{reason}.", strong(&format!("gia hạn đến {until}"))),
            None => format!("{who} đề nghị {}{reason}.", strong("gia hạn")),
        },
        Notice::ExtensionGranted => match until {
            Some(until) => format!(
                "Thời hạn thực hiện nhiệm vụ {}{}.",
                strong(&format!("được gia hạn đến {until}")),
                note(item, ", căn cứ: ")
            ),
            None => format!("Thời hạn thực hiện nhiệm vụ {}{}.", strong("được gia hạn"), note(item, ", căn cứ: ")),
        },
        Notice::ExtensionRefused => format!("Đề nghị gia hạn {}{reason}; thời hạn giữ nguyên.", strong("không được chấp thuận")),
        Notice::Returned => {
            format!("Kết quả thực hiện {} để bổ sung, hoàn thiện{}.", strong("được trả lại"), note(item, "; ý kiến: "))
        }
        Notice::TakenBack => {
            format!("{who} {}{}.", strong("đã hủy nội dung vừa phản hồi"), note(item, ": "))
        }
        Notice::Vacancy => {
            let unit = item.replier.as_ref().unwrap_or(&item.unit);
            format!("{unit} {}{}.", strong("chưa có người giữ chức vụ cần nhận tin"), note(item, ": "))
        }
        Notice::ChatDead => {
            let whose = item.replier.as_deref().unwrap_or("người nhận");
            format!("Tài khoản Telegram của {whose} {}.", strong("không nhận tin của hệ thống nữa"))
        }
        Notice::Held => {
            let to = item.replier.as_ref().map_or_else(String::new, |name| format!(" tới {name}"));
            format!("Tin nhắc việc về nhiệm vụ nêu trên {}{to} qua kênh nào{reason}.", strong("chưa gửi được"))
        }
        Notice::Brief => "Báo cáo tuần về tình hình thực hiện nhiệm vụ.".to_owned(),
        Notice::Blocked => {
            let what = waits_for(item).map_or_else(|| "có vướng mắc".to_owned(), |unit| format!("có vướng mắc, chờ {unit}"));
            format!("{who} báo nhiệm vụ {}{}.", strong(&what), note(item, ", nội dung: "))
        }
        Notice::Unblocked => {
            let what = waits_for(item).map_or_else(|| "không còn vướng mắc".to_owned(), |unit| format!("không còn chờ {unit}"));
            format!("Nhiệm vụ nêu trên của {} {}.", item.unit, strong(&what))
        }
        Notice::OnHold => match until {
            Some(until) => format!("Việc đôn đốc nhiệm vụ {}{reason}.", strong(&format!("tạm dừng đến hết {until}"))),
            None => format!("Việc đôn đốc nhiệm vụ {}{reason}.", strong("tạm dừng")),
        },
        Notice::Withdrawn => format!("Nhiệm vụ nêu trên {}{reason}.", strong("không còn hiệu lực")),
        Notice::Transferred => match &item.transferred_to {
            Some(unit) => format!("Nhiệm vụ nêu trên {}{reason}.", strong(&format!("được chuyển sang {unit}"))),
            None => format!("Nhiệm vụ nêu trên {}{reason}.", strong("được chuyển sang đơn vị khác")),
        },
        Notice::Guard => "Thông tin về vận hành hệ thống.".to_owned(),
        Notice::Coordinating => {
            let units = listed(&item.coordinating, COORDINATING_NAMED_MAX);
            format!("{} chủ trì thực hiện; {units} {}.", item.unit, strong("được giao phối hợp"))
        }
    }
}

fn ask_vi(notice: Notice, item: &Item, pen: &Pen<'_>) -> String {
    let you = &pen.you;
    let please = if Pen::rank(item) == Rank::Up { "Kính đề nghị" } else { "Trân trọng đề nghị" };
    match notice {
        Notice::Dispute => format!(
            "{please} {you} xem xét, chuyển đơn vị khác hoặc giữ nguyên phân công. Việc đôn đốc tạm dừng {}, sau đó tiếp tục theo quy tắc.",
            amount_vi(pen.letter.office.dispute_pause)
        ),
        Notice::ExtensionAsked => {
            format!("{please} {you} xem xét, đồng ý hoặc không đồng ý gia hạn; thời hạn hiện tại vẫn giữ cho đến khi có ý kiến.")
        }
        Notice::ExtensionGranted => format!("Đề nghị {you} tổ chức thực hiện và báo cáo kết quả đúng thời hạn mới."),
        Notice::ExtensionRefused => format!("Đề nghị {you} tập trung thực hiện và báo cáo kết quả theo thời hạn đã giao."),
        Notice::Returned => format!("Đề nghị {you} bổ sung, hoàn thiện và báo cáo lại kết quả."),
        Notice::TakenBack => format!("Kính báo {you} để biết; không cần có ý kiến về nội dung đã hủy."),
        Notice::Vacancy => {
            format!(
                "{please} {you} rà soát, cập nhật người giữ chức vụ; trong thời gian này tin được chuyển lên cấp trên trực tiếp."
            )
        }
        Notice::ChatDead => format!(
            "{please} {you} thông báo để người nhận liên kết lại bằng mã mới; cho đến khi đó tin được gửi qua kênh khác, nếu có."
        ),
        Notice::Held => format!(
            "{please} {you} kiểm tra người nhận, địa chỉ nhận tin và thông báo bằng cách khác; người nhận không tính là chưa phản hồi."
        ),
        Notice::Brief => format!("Kính trình {you} xem xét, cho ý kiến chỉ đạo."),
        Notice::Blocked if Pen::has_role(item, &Role::Blocker) => format!(
            "{please} {you} xem xét, giải quyết nội dung nêu trên để {} tiếp tục thực hiện nhiệm vụ. Tin này được nhắc lại cho đến khi đơn vị báo không còn vướng mắc.",
            item.unit
        ),
        Notice::Blocked => {
            let pause = item.block.as_ref().and_then(|block| block.pause_ends);
            let pause = pause.map_or_else(String::new, |at| {
                let at = moment(pen.local(at), pen.language);
                format!(" Việc báo cáo lên cấp trên về nhiệm vụ này tạm chờ đến {at}, sau đó tiếp tục theo quy tắc.")
            });
            format!("{please} {you} xem xét, tháo gỡ hoặc chỉ đạo đơn vị liên quan giải quyết.{pause}")
        }
        Notice::Unblocked => format!("Trân trọng cảm ơn sự phối hợp của {you}; không cần thực hiện gì thêm."),
        Notice::OnHold => format!("Thời hạn thực hiện giữ nguyên; đề nghị {you} tiếp tục thực hiện nhiệm vụ."),
        Notice::Withdrawn => "Đơn vị không phải tiếp tục thực hiện, báo cáo nhiệm vụ này.".to_owned(),
        Notice::Transferred => match &item.transferred_to {
            Some(unit) => format!(
                "Đề nghị {you} bàn giao hồ sơ, tài liệu liên quan cho {unit}; đơn vị không phải báo cáo tiếp nhiệm vụ này."
            ),
            None => format!("Đề nghị {you} bàn giao hồ sơ, tài liệu liên quan; đơn vị không phải báo cáo tiếp nhiệm vụ này."),
        },
        Notice::Guard => format!("Kính báo {you} để biết và xử lý."),
        Notice::Coordinating => format!("Trân trọng đề nghị {you} quan tâm phối hợp với {}.", item.unit),
    }
}

fn state_en(notice: Notice, item: &Item, _pen: &Pen<'_>) -> String {
    let who = who_en(item);
    let until = item.until.map(short);
    let reason = note(item, ", because: ");
    match notice {
        Notice::Dispute => format!("{who} answered that the task {}{reason}.", strong("is not their unit's")),
        Notice::ExtensionAsked => {
            let until = until.map_or_else(String::new, |until| format!(" until {until}"));
            format!("{who} asks for {}{reason}.", strong(&format!("an extension{until}")))
        }
        Notice::ExtensionGranted => {
            let until = until.map_or_else(String::new, |until| format!(" until {until}"));
            format!("The deadline {}{}.", strong(&format!("is extended{until}")), note(item, ", basis: "))
        }
        Notice::ExtensionRefused => format!("The extension {}{reason}; the deadline stands.", strong("was not granted")),
        Notice::Returned => format!("The result {} for completion{}.", strong("was returned"), note(item, ", with the remark: ")),
        Notice::TakenBack => format!("{who} {}{}.", strong("took back what was just answered"), note(item, ": ")),
        Notice::Vacancy => {
            let unit = item.replier.as_ref().unwrap_or(&item.unit);
            format!("{unit} {}{}.", strong("has no holder of the position addressed"), note(item, ": "))
        }
        Notice::ChatDead => {
            let whose = item.replier.as_deref().unwrap_or("the recipient");
            format!("The Telegram account of {whose} {}.", strong("takes no messages any more"))
        }
        Notice::Held => {
            let to = item.replier.as_ref().map_or_else(String::new, |name| format!(" to {name}"));
            format!("A message about the task above {}{to} over any channel{reason}.", strong("could not be sent"))
        }
        Notice::Brief => "The weekly report on how the tasks stand.".to_owned(),
        Notice::Blocked => {
            let what = waits_for(item).map_or_else(|| "is blocked".to_owned(), |unit| format!("waits for {unit}"));
            format!("{who} reports that the task {}{}.", strong(&what), note(item, ": "))
        }
        Notice::Unblocked => {
            let what =
                waits_for(item).map_or_else(|| "is no longer blocked".to_owned(), |unit| format!("no longer waits for {unit}"));
            format!("The task above of {} {}.", item.unit, strong(&what))
        }
        Notice::OnHold => {
            let until = until.map_or_else(String::new, |until| format!(" through {until}"));
            format!("The follow-up of the task {}{reason}.", strong(&format!("is on hold{until}")))
        }
        Notice::Withdrawn => format!("The task above {}{reason}.", strong("no longer holds")),
        Notice::Transferred => {
            let to = item.transferred_to.as_ref().map_or_else(|| "another unit".to_owned(), Clone::clone);
            format!("The task above {}{reason}.", strong(&format!("was transferred to {to}")))
        }
        Notice::Guard => "This is about the operation of the system.".to_owned(),
        Notice::Coordinating => {
            let units = listed(&item.coordinating, COORDINATING_NAMED_MAX);
            format!("{} leads the task; {} {units}.", item.unit, strong("it is to be helped by"))
        }
    }
}

fn ask_en(notice: Notice, item: &Item) -> &'static str {
    match notice {
        Notice::Dispute => {
            "We kindly ask you to hand it to another unit or to confirm the assignment; the follow-up pauses meanwhile."
        }
        Notice::ExtensionAsked => "We kindly ask you to grant or refuse it; the present deadline stands until then.",
        Notice::ExtensionGranted => "Please see to it and report the result by the new deadline.",
        Notice::ExtensionRefused => "Please see to it and report the result by the deadline that was set.",
        Notice::Returned => "Please complete the result and report it again.",
        Notice::TakenBack => "This is for your information; nothing needs to be decided about it any more.",
        Notice::Vacancy => "We kindly ask you to record a holder; until then messages go to the unit above.",
        Notice::ChatDead => {
            "We kindly ask you to have them link anew with a fresh code; until then messages go over another channel, if there is one."
        }
        Notice::Held => {
            "We kindly ask you to check whom it was for and the address, and to tell them in another way; they do not count as silent."
        }
        Notice::Brief => "We respectfully submit this for your instruction.",
        Notice::Blocked if Pen::has_role(item, &Role::Blocker) => {
            "We kindly ask you to settle it so that the unit can go on; this comes again until the unit says that it can."
        }
        Notice::Blocked => {
            "We kindly ask you to clear it or to direct the unit concerned; reports to superiors wait for a time, then go on."
        }
        Notice::Unblocked => "Thank you for your help; nothing more is needed.",
        Notice::OnHold => "The deadline stands; please go on with the task.",
        Notice::Withdrawn => "Your unit need not carry it out or report on it any more.",
        Notice::Transferred => "Please hand over the papers that belong to it; your unit need not report on it any more.",
        Notice::Guard => "Please see to it.",
        Notice::Coordinating => "We kindly ask you to help the lead unit carry it out.",
    }
}

fn amount_vi(amount: Amount) -> String {
    let n = count(u64::from(amount.count), Language::Vi);
    let unit = match amount.unit {
        Unit::WorkingDays => "ngày làm việc",
        Unit::WorkingHours => "giờ làm việc",
        Unit::Days => "ngày",
        Unit::Hours => "giờ",
        Unit::Minutes => "phút",
    };
    format!("{n} {unit}")
}
