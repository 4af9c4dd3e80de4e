//! What is asked of the recipient: *kính trình* upwards, *trân trọng đề nghị* to equals, *đề nghị* downwards.

use super::notice;
use super::pen::{Pen, Rank};
use super::place::is_bundle;
use super::timing::Timing;
use crate::channel::letter::{Item, LetterKind, Tone};
use crate::domain::directive::Work;
use crate::domain::policy::Role;
use crate::domain::rules::Language;

/// What is asked of the recipient of one item, in sentences.
pub(super) fn sentences(item: &Item, pen: &Pen<'_>) -> Vec<String> {
    if pen.kind() == LetterKind::Copy {
        return vec![for_information(item, pen)];
    }
    if let Tone::Notice(kind) = item.tone {
        return notice::ask(kind, item, pen);
    }
    match (pen.language, Pen::rank(item)) {
        (Language::Vi, Rank::Down) => down_vi(item, pen),
        (Language::Vi, Rank::Equal) => equal_vi(item, pen),
        (Language::Vi, Rank::Up) => up_vi(item, pen),
        (Language::En, Rank::Down) => down_en(item, pen),
        (Language::En, Rank::Equal) => equal_en(item),
        (Language::En, Rank::Up) => up_en(item),
    }
}

/// A copy is marked *để biết*.
pub(super) fn for_information(item: &Item, pen: &Pen<'_>) -> String {
    match (pen.language, Pen::rank(item)) {
        (Language::Vi, Rank::Up) => format!("Kính gửi {} để biết, không yêu cầu phản hồi.", pen.you),
        (Language::Vi, _) => format!("Tin này gửi {} để biết, không yêu cầu phản hồi.", pen.you),
        (Language::En, _) => "This copy is for your information; no answer is needed.".to_owned(),
    }
}

/// "17 giờ 00 hôm nay": the deadline's own time, else the end of the office's hours.
fn before_closing(item: &Item, pen: &Pen<'_>) -> String {
    let own = item.deadline.as_ref().and_then(|deadline| deadline.time).map(|time| super::date::clock(time, pen.language));
    let closing = own.or_else(|| pen.closing_minute(&item.hours).map(|minute| super::date::minute_of_day(minute, pen.language)));
    match (pen.language, closing) {
        (Language::Vi, Some(time)) => format!("trước {time} hôm nay"),
        (Language::Vi, None) => "trong hôm nay".to_owned(),
        (Language::En, Some(time)) => format!("before {time} today"),
        (Language::En, None) => "today".to_owned(),
    }
}

const ON_PAPER_VI: &str = "Trường hợp đã báo cáo bằng văn bản, đề nghị cho biết số, ngày của văn bản để kết thúc theo dõi.";
const ON_PAPER_EN: &str =
    "If it was reported on paper, please give the number and date of the document so that the follow-up can end.";

fn down_vi(item: &Item, pen: &Pen<'_>) -> Vec<String> {
    let you = &pen.you;
    let verb = if Pen::directs(item) { "chỉ đạo " } else { "" };
    let receive = if item.work == Work::NotAcknowledged { "xác nhận tiếp nhận, " } else { "" };
    let one = |text: String| vec![text];
    match (item.tone, Timing::of(item, pen)) {
        (Tone::Assignment, timing) => {
            let end = match timing {
                Timing::Undated => "báo cáo tình hình thực hiện khi có kết quả",
                Timing::Late(_) => "khẩn trương báo cáo kết quả",
                _ => "báo cáo kết quả đúng thời hạn",
            };
            vec![
                format!("Đề nghị {you} xác nhận tiếp nhận, {verb}triển khai thực hiện và {end}."),
                "Trường hợp có khó khăn, vướng mắc hoặc nhiệm vụ không thuộc trách nhiệm của đơn vị, đề nghị sớm phản hồi để điều chỉnh."
                    .to_owned(),
            ]
        }
        (Tone::Courtesy, _) => {
            one(format!("Đề nghị {you} {verb}hoàn thành hoặc phản hồi tình hình thực hiện trước thời điểm trên. {ON_PAPER_VI}"))
        }
        (Tone::Review, _) if is_bundle(item) => one(format!(
            "Đây là các nội dung thường xuyên, không có thời hạn cụ thể. Đề nghị {you} {verb}rà soát và cho biết tình hình thực hiện; một phản hồi chung cho tất cả các nội dung là đủ."
        )),
        (Tone::Review, _) => {
            one(format!("Nội dung này không có thời hạn cụ thể. Đề nghị {you} {verb}rà soát và cho biết tình hình thực hiện."))
        }
        (Tone::BehindPace, _) => one(format!(
            "Đề nghị {you} {verb}đẩy nhanh tiến độ, báo cáo nguyên nhân, giải pháp và thời gian dự kiến đạt chỉ tiêu."
        )),
        (_, Timing::Late(_)) => vec![
            format!(
                "Đề nghị {you} {verb}rà soát, khẩn trương hoàn thành và báo cáo kết quả, nguyên nhân chậm, thời gian dự kiến hoàn thành."
            ),
            "Nếu nhiệm vụ đã hoàn thành hoặc không thuộc trách nhiệm của đơn vị, đề nghị phản hồi để điều chỉnh.".to_owned(),
            ON_PAPER_VI.to_owned(),
        ],
        (_, Timing::Today) => vec![
            format!(
                "Đề nghị {you} {verb}hoàn thành và báo cáo kết quả (hoặc nêu lý do chưa hoàn thành) {}.",
                before_closing(item, pen)
            ),
            ON_PAPER_VI.to_owned(),
        ],
        (_, Timing::Left(_) | Timing::LastWorkingDay) => one(format!(
            "Đề nghị {you} {receive}quan tâm {verb}thực hiện, cập nhật tiến độ; trường hợp có khó khăn, vướng mắc, đề nghị báo cáo hoặc đề xuất gia hạn trước thời hạn nêu trên."
        )),
        (_, Timing::Undated) => one(format!("Đề nghị {you} {receive}{verb}thực hiện và cho biết tình hình, kết quả thực hiện.")),
    }
}

fn equal_vi(item: &Item, pen: &Pen<'_>) -> Vec<String> {
    let you = &pen.you;
    let monitor = Pen::has_role(item, &Role::Monitor);
    let coordinating = Pen::has_role(item, &Role::CoordinatingHead);
    vec![match item.tone {
        Tone::AwaitsAcceptance => format!("Trân trọng đề nghị {you} xem xét, nghiệm thu hoặc trả lại kết quả."),
        Tone::Assignment if monitor => format!("Trân trọng đề nghị {you} theo dõi việc thực hiện."),
        _ if monitor => format!("Trân trọng đề nghị {you} liên hệ, đôn đốc {} và cập nhật kết quả.", item.unit),
        _ if coordinating => {
            format!("Trân trọng đề nghị {you} quan tâm chỉ đạo phối hợp với {} để thực hiện nhiệm vụ.", item.unit)
        }
        _ => format!("Trân trọng đề nghị {you} quan tâm, có ý kiến để nhiệm vụ được thực hiện đúng yêu cầu."),
    }]
}

fn up_vi(item: &Item, pen: &Pen<'_>) -> Vec<String> {
    let you = &pen.you;
    vec![match item.tone {
        Tone::Assignment => format!("Kính báo cáo {you} để biết và cho ý kiến chỉ đạo (nếu có)."),
        Tone::AwaitsAcceptance => format!("Kính trình {you} xem xét, cho ý kiến về kết quả thực hiện."),
        _ => format!("Kính trình {you} xem xét, cho ý kiến chỉ đạo."),
    }]
}

fn down_en(item: &Item, pen: &Pen<'_>) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match (item.tone, Timing::of(item, pen)) {
        (Tone::Assignment, timing) => {
            let end = if timing == Timing::Undated { "report when there is a result" } else { "report the result in time" };
            vec![
                format!("Please acknowledge the task, see to it and {end}."),
                "If there is an obstacle, or the task is not your unit's, please answer soon so that it can be put right."
                    .to_owned(),
            ]
        }
        (Tone::Courtesy, _) => vec!["Please finish, or answer how it stands, before that.".to_owned(), ON_PAPER_EN.to_owned()],
        (Tone::Review, _) if is_bundle(item) => one(
            "These are standing duties without a date. Please review them and say how they stand; one answer for all of them is enough.",
        ),
        (Tone::Review, _) => one("This duty has no date. Please review it and say how it stands."),
        (Tone::BehindPace, _) => {
            one("Please speed the work up and report the cause, the remedy and when the target is expected to be reached.")
        }
        (_, Timing::Late(_)) => vec![
            "Please see that it is finished without delay and report the result, the cause of the delay and the date you expect."
                .to_owned(),
            "If it is done already, or is not your unit's, please answer so that it can be put right.".to_owned(),
            ON_PAPER_EN.to_owned(),
        ],
        (_, Timing::Today) => vec![
            format!("Please finish and report the result (or say why it is not finished) {}.", before_closing(item, pen)),
            ON_PAPER_EN.to_owned(),
        ],
        (_, Timing::Left(_) | Timing::LastWorkingDay) => one(
            "Please see to it and keep the progress up to date; if there is an obstacle, report it or ask for an extension before the deadline.",
        ),
        (_, Timing::Undated) => one("Please see to it and say how it stands."),
    }
}

fn equal_en(item: &Item) -> Vec<String> {
    let monitor = Pen::has_role(item, &Role::Monitor);
    vec![match item.tone {
        Tone::AwaitsAcceptance => "We kindly ask you to accept or return the result.".to_owned(),
        Tone::Assignment if monitor => "We kindly ask you to follow its progress.".to_owned(),
        _ if monitor => format!("We kindly ask you to contact {} and record the result.", item.unit),
        _ if Pen::has_role(item, &Role::CoordinatingHead) => format!("We kindly ask you to help {} carry it out.", item.unit),
        _ => "We kindly ask for your attention and your view.".to_owned(),
    }]
}

fn up_en(item: &Item) -> Vec<String> {
    vec![match item.tone {
        Tone::Assignment => "We respectfully submit this for your information and instruction, if any.".to_owned(),
        _ => "We respectfully submit this for your instruction.".to_owned(),
    }]
}
