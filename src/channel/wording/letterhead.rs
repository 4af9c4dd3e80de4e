//! What stands around the items: greeting, introduction, what is asked of all, where to answer, the close.

use super::ask;
use super::date::moment;
use super::entry::speaker;
use super::order::{Group, counted, counts};
use super::pen::{Pen, Rank};
use super::reason::with_unit;
use super::subject::how_many;
use crate::channel::letter::{Item, LetterKind};
use crate::domain::policy::ChannelKind;
use crate::domain::rules::Language;

/// "Kính gửi đồng chí Nguyễn Văn An, Trưởng phòng Nội vụ"; without a title only name and unit.
pub(super) fn greeting(pen: &Pen<'_>) -> String {
    let to = &pen.to;
    let office = match (&to.title, &to.unit) {
        (Some(title), Some(unit)) => Some(with_unit(title, unit)),
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (None, None) => None,
    };
    let head = match pen.language {
        Language::Vi if to.salutation.is_empty() => format!("Kính gửi {}", to.name),
        Language::Vi => format!("Kính gửi {} {}", to.salutation, to.name),
        Language::En => format!("To: {}", to.name),
    };
    office.map_or_else(|| head.clone(), |office| format!("{head}, {office}"))
}

/// The sentence before several items.
pub(super) fn introduction(pen: &Pen<'_>) -> String {
    let (n, counts, you) = (how_many(pen), counted(pen), &pen.you);
    let now = moment(pen.now, pen.language);
    match (pen.language, pen.kind(), pen.rank_of_all()) {
        (Language::Vi, LetterKind::Digest, Rank::Up) => {
            format!(
                "{} kính báo cáo {you} tình hình thực hiện nhiệm vụ, tính đến {now}: tổng số {n}, gồm {counts}.",
                speaker(pen)
            )
        }
        (Language::Vi, LetterKind::Digest, _) => {
            format!("Tổng hợp tình hình thực hiện nhiệm vụ, tính đến {now}: tổng số {n}, gồm {counts}.")
        }
        (Language::Vi, LetterKind::Copy, Rank::Up) => format!("Kính gửi {you} để biết {n} sau đây ({counts}):"),
        (Language::Vi, LetterKind::Copy, _) => format!("Gửi {you} để biết {n} sau đây ({counts}):"),
        (Language::Vi, LetterKind::Action | LetterKind::Alarm, Rank::Up) => {
            format!("{} kính báo cáo {you} {n} sau đây ({counts}):", speaker(pen))
        }
        (Language::Vi, LetterKind::Action | LetterKind::Alarm, Rank::Equal) => {
            format!("Trân trọng đề nghị {you} quan tâm {n} sau đây ({counts}):")
        }
        (Language::Vi, LetterKind::Action | LetterKind::Alarm, Rank::Down) => {
            format!("Đề nghị {you} quan tâm {n} sau đây ({counts}):")
        }
        (Language::En, LetterKind::Digest, Rank::Up) => {
            format!("{} respectfully reports how the tasks stand at {now}: {n} in all, {counts}.", speaker(pen))
        }
        (Language::En, LetterKind::Digest, _) => format!("How the tasks stand at {now}: {n} in all, {counts}."),
        (Language::En, LetterKind::Copy, _) => format!("For your information, {n} ({counts}):"),
        (Language::En, LetterKind::Action | LetterKind::Alarm, Rank::Up) => {
            format!("{} respectfully reports {n} ({counts}):", speaker(pen))
        }
        (Language::En, LetterKind::Action | LetterKind::Alarm, _) => format!("Your attention is asked for {n} ({counts}):"),
    }
}

/// What is asked of the recipient of several items.
pub(super) fn request(pen: &Pen<'_>) -> String {
    if pen.kind() == LetterKind::Copy
        && let Some(first) = pen.items.first()
    {
        return ask::for_information(first, pen);
    }
    let you = &pen.you;
    let pressing = counts(pen).iter().any(|(group, _)| matches!(group, Group::Overdue | Group::DueToday));
    match (pen.language, pen.rank_of_all(), pen.kind()) {
        (Language::Vi, Rank::Up, _) => format!("Kính trình {you} xem xét, cho ý kiến chỉ đạo."),
        (Language::Vi, Rank::Equal, _) => format!("Trân trọng đề nghị {you} quan tâm, có ý kiến đối với từng nội dung nêu trên."),
        (Language::Vi, Rank::Down, _) => {
            let first =
                if pressing { "ưu tiên hoàn thành các nội dung quá hạn và đến hạn hôm nay, " } else { "" };
            format!(
                "Đề nghị {you} {first}báo cáo kết quả và cập nhật tiến độ từng nội dung; trường hợp có khó khăn, vướng mắc hoặc không thuộc trách nhiệm của đơn vị, đề nghị phản hồi để điều chỉnh."
            )
        }
        (Language::En, Rank::Up, _) => "We respectfully submit this for your instruction.".to_owned(),
        (Language::En, Rank::Equal, _) => "We kindly ask for your attention to each of these.".to_owned(),
        (Language::En, Rank::Down, _) => {
            let first = if pressing { "finish what is overdue and due today first, " } else { "" };
            format!(
                "Please {first}report results and progress for each; if there is an obstacle, or one is not your unit's, please answer so that it can be put right."
            )
        }
    }
}

/// The address of the page where the message is answered, for mails: a chat message has its buttons.
pub(super) fn link<'a>(pen: &'a Pen<'_>) -> Option<&'a str> {
    pen.letter.link.as_deref().filter(|_| pen.kind() == LetterKind::Action)
}

/// What stands on the button that leads there.
pub(super) const fn link_label(language: Language) -> &'static str {
    match language {
        Language::Vi => "Trả lời",
        Language::En => "Answer",
    }
}

/// What stands before the address in a text.
pub(super) const fn link_lead(language: Language) -> &'static str {
    match language {
        Language::Vi => "Trả lời tại",
        Language::En => "Answer at",
    }
}

/// What must be known of the address: who has it answers in the recipient's name.
pub(super) const fn link_caution(language: Language) -> &'static str {
    match language {
        Language::Vi => "Liên kết này dành riêng cho người nhận, đề nghị không chuyển tiếp.",
        Language::En => "The link is for the recipient alone; please do not forward it.",
    }
}

/// Where to answer, only over a way that works: the buttons of a chat message that has them, else the monitor.
pub(super) fn answer_path(pen: &Pen<'_>) -> Option<String> {
    let answers = |item: &Item| !item.work.is_closed() && Pen::answers_for_the_unit(item);
    if pen.kind() != LetterKind::Action || !pen.items.iter().any(answers) {
        return None;
    }
    if pen.channel() == ChannelKind::Telegram && !super::chat::buttons(pen).is_empty() {
        let more = super::chat::has_more(pen) && pen.letter.link.is_none();
        return Some(match (pen.language, more) {
            (Language::Vi, false) => "Đề nghị phản hồi bằng nút bên dưới.".to_owned(),
            (Language::En, false) => "Please answer with the buttons below.".to_owned(),
            (Language::Vi, true) => "Đề nghị phản hồi bằng nút bên dưới; các nội dung khác: nhắn /viec để trả lời.".to_owned(),
            (Language::En, true) => "Please answer with the buttons below; for the others send /items.".to_owned(),
        });
    }
    // Nobody is told to answer to themselves.
    let monitor = pen.monitor.as_ref().filter(|contact| !contact.name.is_empty() && contact.name != pen.to.name)?;
    if pen.channel() == ChannelKind::Email && link(pen).is_some() {
        return Some(match (pen.language, &monitor.phone) {
            (Language::Vi, Some(phone)) => {
                format!("Hoặc phản hồi tới người theo dõi: {}, điện thoại {phone}.", monitor.name)
            }
            (Language::Vi, None) => format!("Hoặc phản hồi tới người theo dõi: {}.", monitor.name),
            (Language::En, Some(phone)) => format!("Or answer to the monitor: {}, phone {phone}.", monitor.name),
            (Language::En, None) => format!("Or answer to the monitor: {}.", monitor.name),
        });
    }
    Some(match (pen.language, &monitor.phone) {
        (Language::Vi, Some(phone)) => format!("Phản hồi tới người theo dõi: {}, điện thoại {phone}.", monitor.name),
        (Language::Vi, None) => format!("Phản hồi tới người theo dõi: {}.", monitor.name),
        (Language::En, Some(phone)) => format!("Please answer to the monitor: {}, phone {phone}.", monitor.name),
        (Language::En, None) => format!("Please answer to the monitor: {}.", monitor.name),
    })
}

/// "Tin tự động – Hệ thống theo dõi nhiệm vụ, Văn phòng …; người theo dõi: …, điện thoại …."
pub(super) fn close(pen: &Pen<'_>) -> String {
    let (head, monitor_word, phone_word) = match pen.language {
        Language::Vi => ("Tin tự động – Hệ thống theo dõi nhiệm vụ", "người theo dõi", "điện thoại"),
        Language::En => ("Automatic message – Follow-up system", "monitor", "phone"),
    };
    let office = if pen.office.is_empty() { String::new() } else { format!(", {}", pen.office) };
    let monitor = pen.monitor.as_ref().filter(|contact| !contact.name.is_empty()).map_or_else(String::new, |contact| {
        let phone = contact.phone.as_ref().map_or_else(String::new, |phone| format!(", {phone_word} {phone}"));
        format!("; {monitor_word}: {}{phone}", contact.name)
    });
    format!("{head}{office}{monitor}.")
}

/// "Mã tra cứu: K7Q2"
pub(super) fn code_line(code: &str, language: Language) -> String {
    match language {
        Language::Vi => format!("Mã tra cứu: {code}"),
        Language::En => format!("Code: {code}"),
    }
}
