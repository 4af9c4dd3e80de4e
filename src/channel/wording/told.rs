//! What the bot tells: open duties, why a message came, who an account is linked with, what it can do.

use super::date::moment;
use super::pen::local;
use super::talk::{Voice, say};
use super::text::{clean, count, cut, strong};
use crate::channel::letter::{Brief, Speech};
use crate::domain::rules::Language;

/// Open duties, numbered from `first` on; `all` of them there are.
pub fn items(voice: &Voice<'_>, shown: &[Brief], first: usize, all: usize) -> Speech {
    let language = voice.language;
    if shown.is_empty() {
        return Voice::speech(&say(
            language,
            "Hiện không có nhiệm vụ nào chưa hoàn thành. Trân trọng cảm ơn.",
            "There is no open duty of yours. Thank you.",
        ));
    }
    let n = count(all as u64, language);
    let duties = if all == 1 { "duty" } else { "duties" };
    let mut lines = vec![strong(&say(language, &format!("{n} nhiệm vụ chưa hoàn thành"), &format!("{n} open {duties}")))];
    for (number, brief) in (first..).zip(shown) {
        let title = cut(&clean(&brief.title), 110);
        lines.push(format!("{number}. {title} {}\n{}", voice.place(brief), voice.stance(brief)));
    }
    lines.push(say(language, "Chọn số để phản hồi từng nhiệm vụ.", "Choose a number to answer that duty."));
    Voice::speech(&lines.join("\n"))
}

/// Why a person got one item of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasoned {
    /// Its code.
    pub code: String,
    /// The title of the duty.
    pub title: String,
    /// Label of the rule.
    pub policy: String,
    /// Label of the step.
    pub step: String,
    /// The sentence of the message itself.
    pub reason: String,
}

/// Why a person got a message.
pub fn why(voice: &Voice<'_>, sent_at: jiff::Timestamp, items: &[Reasoned]) -> Speech {
    let language = voice.language;
    if items.is_empty() {
        return Voice::speech(&say(
            language,
            "Hệ thống không tìm thấy tin hoặc mã này trong các tin đã gửi tới tài khoản này.",
            "There is no such message or code among those sent to this account.",
        ));
    }
    let at = moment(local(voice.calendar, sent_at), language);
    let mut blocks =
        vec![strong(&say(language, &format!("Vì sao có tin gửi lúc {at}"), &format!("Why the message of {at} came")))];
    for Reasoned { code, title, policy, step, reason } in items.iter().take(10) {
        let (title, policy, step) = (cut(&clean(title), 110), cut(&clean(policy), 80), cut(&clean(step), 80));
        let rule = say(language, &format!("Theo “{policy}”, bậc “{step}”."), &format!("By “{policy}”, step “{step}”."));
        blocks.push(format!("{code}: {title}\n{rule}\n{}", cut(reason, 400)));
    }
    Voice::speech(&blocks.join("\n\n"))
}

/// What the bot can do for who is linked.
pub fn help(language: Language) -> Speech {
    Voice::speech(&say(
        language,
        "/viec – các nhiệm vụ chưa hoàn thành và nút phản hồi\n/visao – vì sao có tin (trả lời vào tin cần hỏi, hoặc ghi mã tra cứu sau lệnh)\n/huy – dừng câu hỏi đang chờ trả lời\n/trogiup – nội dung này",
        "/items – open duties, with the buttons to answer\n/why – why a message came (as an answer to it, or with its code)\n/cancel – stop the question that waits for an answer\n/help – this text",
    ))
}

/// The short answer in a group.
pub fn help_in_group(language: Language) -> Speech {
    Voice::speech(&say(
        language,
        "Nhóm này chỉ nhận tin. Để phản hồi, đề nghị nhắn riêng cho tài khoản này.",
        "This group only receives messages. To answer, please write to this account in private.",
    ))
}

/// The commands with what they do, as Telegram lists them.
pub fn commands(language: Language) -> [(&'static str, &'static str); 4] {
    match language {
        Language::Vi => [
            ("viec", "Các nhiệm vụ chưa hoàn thành"),
            ("visao", "Vì sao có tin này"),
            ("huy", "Dừng câu hỏi đang chờ trả lời"),
            ("trogiup", "Hướng dẫn"),
        ],
        Language::En => [
            ("items", "Open duties"),
            ("why", "Why this message came"),
            ("cancel", "Stop the question that waits"),
            ("help", "Help"),
        ],
    }
}

/// After a text that is no command and answers nothing.
pub fn hint(language: Language) -> Speech {
    Voice::speech(&say(
        language,
        "Hệ thống không có câu hỏi nào đang chờ trả lời. Xem nhiệm vụ: /viec; hướng dẫn: /trogiup",
        "No question waits for an answer. Your duties: /items; help: /help",
    ))
}

/// A dialogue ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Stopped by the person.
    Stopped,
    /// Fifteen minutes passed.
    Expired,
    /// There was none to stop.
    None,
    /// The claim was not confirmed.
    NotConfirmed,
    /// The button belongs to one that is over.
    Over,
}

/// What is said of it.
pub fn dialogue_ended(language: Language, ended: Ended) -> Speech {
    let (vi, en) = match ended {
        Ended::Stopped => ("Đã dừng; chưa có gì được ghi nhận.", "Stopped; nothing was recorded."),
        Ended::Expired => (
            "Câu hỏi trước đã quá 15 phút nên không còn hiệu lực; chưa có gì được ghi nhận. Đề nghị bấm lại nút phản hồi.",
            "The last question is over after 15 minutes; nothing was recorded. Please press the button again.",
        ),
        Ended::None => ("Không có câu hỏi nào đang chờ trả lời.", "No question waits for an answer."),
        Ended::NotConfirmed => (
            "Chưa ghi nhận báo cáo hoàn thành. Nhiệm vụ giữ nguyên tình trạng.",
            "The completion was not recorded. The duty stands as it was.",
        ),
        Ended::Over => (
            "Câu hỏi này đã kết thúc, nên chưa có gì được ghi nhận. Đề nghị bấm lại nút phản hồi.",
            "This question is over, so nothing was recorded. Please press the button again.",
        ),
    };
    Voice::speech(&say(language, vi, en))
}

/// Why an answer stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotUndone {
    /// Five minutes have passed.
    TooLate,
    /// It was taken back before.
    Already,
    /// Somebody else has acted on it since.
    AnsweredSince,
    /// An answer of the same person came later.
    OwnAnswerSince,
    /// It is not theirs.
    NotTheirs,
}

/// What is said of it; at most 200 characters.
pub const fn cannot_undo(language: Language, why: NotUndone) -> &'static str {
    match (language, why) {
        (Language::Vi, NotUndone::TooLate) => {
            "Đã quá 05 phút nên không hủy được. Đề nghị gửi phản hồi mới hoặc liên hệ người theo dõi."
        }
        (Language::Vi, NotUndone::Already) => "Thao tác này đã được hủy trước đó.",
        (Language::Vi, NotUndone::AnsweredSince) => {
            "Nội dung này đã có người xử lý tiếp nên không hủy được. Đề nghị liên hệ người theo dõi."
        }
        (Language::Vi, NotUndone::OwnAnswerSince) => {
            "Đã có phản hồi mới hơn nên chưa hủy được; đề nghị hủy phản hồi mới nhất trước."
        }
        (Language::Vi, NotUndone::NotTheirs) => "Thao tác này không hủy được.",
        (Language::En, NotUndone::TooLate) => {
            "Five minutes have passed, so it stays. Please send a new answer or contact the monitor."
        }
        (Language::En, NotUndone::Already) => "This was taken back before.",
        (Language::En, NotUndone::AnsweredSince) => "Somebody has acted on it since, so it stays. Please contact the monitor.",
        (Language::En, NotUndone::OwnAnswerSince) => "You have answered again since; please undo that answer first.",
        (Language::En, NotUndone::NotTheirs) => "This cannot be undone.",
    }
}

/// "Đã hủy thao tác: …"
pub fn taken_back(voice: &Voice<'_>, labels: &[&str]) -> String {
    let at = local(voice.calendar, voice.now);
    let time = super::date::clock(at.time(), voice.language);
    let what = labels.first().copied().unwrap_or_default();
    say(
        voice.language,
        &format!("Đã hủy thao tác “{what}” lúc {time}; nhiệm vụ trở lại tình trạng trước đó."),
        &format!("“{what}” was taken back at {time}; the duty stands as before."),
    )
}

/// To an account nobody is linked with.
pub fn how_to_link(language: Language) -> Speech {
    Voice::speech(&say(
        language,
        "Tài khoản này chưa được liên kết. Đề nghị liên hệ Văn phòng (người vận hành hệ thống) để nhận mã liên kết, rồi nhắn: /start MÃ",
        "This account is not linked. Please ask the office for a code, then send: /start CODE",
    ))
}

/// "Liên kết với: Nguyễn Văn An, Trưởng phòng Nội vụ?"
pub fn link_question(language: Language, name: &str, title: Option<&str>, unit: Option<&str>) -> Speech {
    let office = match (title, unit) {
        (Some(title), Some(unit)) => Some(super::reason::with_unit(&clean(title), &clean(unit))),
        (Some(one), None) | (None, Some(one)) => Some(clean(one)),
        (None, None) => None,
    };
    let name = cut(&clean(name), 100);
    let who = office.map_or_else(|| name.clone(), |office| format!("{name}, {}", cut(&office, 120)));
    Voice::speech(&say(
        language,
        &format!("Liên kết với: {}?\nTừ khi liên kết, tin nhắc việc được gửi tới tài khoản này.", strong(&who)),
        &format!("Link with: {}?\nFrom then on messages go to this account.", strong(&who)),
    ))
}

/// The link is made.
pub fn linked(language: Language, name: &str) -> Speech {
    let name = cut(&clean(name), 100);
    Voice::speech(&say(
        language,
        &format!("Đã liên kết tài khoản này với {name}. Xem nhiệm vụ: /viec; hướng dẫn: /trogiup"),
        &format!("This account is now linked with {name}. Your duties: /items; help: /help"),
    ))
}

/// To the account whose link ended because another took its place.
pub fn unlinked(language: Language) -> Speech {
    Voice::speech(&say(
        language,
        "Tài khoản này không còn được liên kết: một tài khoản khác đã được liên kết thay. Nếu đồng chí không yêu cầu việc này, đề nghị báo ngay cho Văn phòng.",
        "This account is no longer linked: another one took its place. If you did not ask for that, please tell the office at once.",
    ))
}

/// The link was declined.
pub fn not_linked(language: Language) -> Speech {
    Voice::speech(&say(
        language,
        "Chưa liên kết. Mã vừa dùng không còn hiệu lực; đề nghị liên hệ Văn phòng nếu cần mã khác.",
        "Not linked. The code does not hold any longer; please ask the office for another one.",
    ))
}

/// A code that was guessed, used, or is too old: always the same words.
pub fn code_refused(language: Language) -> Speech {
    Voice::speech(&say(
        language,
        "Mã liên kết không đúng hoặc không còn hiệu lực. Mã dùng được một lần, trong 10 phút; đề nghị liên hệ Văn phòng để nhận mã mới.",
        "The code is not valid. A code works once, within 10 minutes; please ask the office for a new one.",
    ))
}

/// Labels of the buttons under questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Yes.
    Yes,
    /// No.
    No,
    /// There is no document.
    NoDocument,
    /// The unit is not known.
    NotKnown,
    /// The figure is of today.
    Today,
    /// The page before.
    Before,
    /// The next page.
    Next,
}

/// What stands on such a button.
pub const fn choice(language: Language, choice: Choice) -> &'static str {
    match (language, choice) {
        (Language::Vi, Choice::Yes) => "Đúng",
        (Language::Vi, Choice::No) => "Không",
        (Language::Vi, Choice::NoDocument) => "Không có văn bản",
        (Language::Vi, Choice::NotKnown) => "Không rõ",
        (Language::Vi, Choice::Today) => "Hôm nay",
        (Language::Vi, Choice::Before) => "‹ Trang trước",
        (Language::Vi, Choice::Next) => "Trang sau ›",
        (Language::En, Choice::Yes) => "Yes",
        (Language::En, Choice::No) => "No",
        (Language::En, Choice::NoDocument) => "No document",
        (Language::En, Choice::NotKnown) => "Not known",
        (Language::En, Choice::Today) => "Today",
        (Language::En, Choice::Before) => "‹ Back",
        (Language::En, Choice::Next) => "Next ›",
    }
}
