//! The one line a message is known by: what, how urgent, which directive.

use super::brief;
use super::date::{day_month, short};
use super::order::{Group, counted};
use super::pen::{Pen, Rank};
use super::place::{is_bundle, reference, title};
use super::text::{capitalised, clean, count, cut, measure};
use super::timing::Timing;
use crate::channel::letter::{Item, LetterKind, Tone};
use crate::domain::reminder::Notice;
use crate::domain::rules::Language;

/// Longest subject, in characters.
pub(super) const CHARS_MAX: usize = 200;
/// What is left of a title at least, however long the rest of the subject.
const TITLE_CHARS_MIN: usize = 40;

/// The subject of a message.
pub(super) fn subject(pen: &Pen<'_>) -> String {
    let text = match (pen.kind(), pen.items.as_slice()) {
        (LetterKind::Digest, _) => {
            pen.brief.as_ref().map_or_else(|| of_digest(pen), |brief| brief::headline(brief, pen.language))
        }
        (LetterKind::Copy, [one]) => of_one(&mark_of_copy(one, pen), one, pen),
        (LetterKind::Action, [one]) => of_one(&mark(one, pen), one, pen),
        _ => of_several(pen),
    };
    cut(&clean(&text), CHARS_MAX)
}

fn mark_of_copy(item: &Item, pen: &Pen<'_>) -> String {
    let mark = match pen.language {
        Language::Vi => "[Để biết]",
        Language::En => "[For information]",
    };
    if let Tone::Notice(notice) = item.tone {
        return format!("{mark} {}:", notice_words(notice, item, pen.language));
    }
    if pen.group(item) != Group::Overdue {
        return mark.to_owned();
    }
    format!("{mark} {}:", capitalised(&Timing::of(item, pen).phrase(pen.language)))
}

fn of_several(pen: &Pen<'_>) -> String {
    let today = day_month(pen.today);
    let word = match (pen.kind(), pen.language) {
        (LetterKind::Copy, Language::Vi) => "Để biết",
        (LetterKind::Copy, Language::En) => "For information",
        (_, Language::Vi) => "Nhắc việc",
        (_, Language::En) => "Reminder",
    };
    format!("[{word} {today}] {}", counted(pen))
}

fn of_digest(pen: &Pen<'_>) -> String {
    let (counts, today) = (counted(pen), day_month(pen.today));
    match pen.language {
        Language::Vi => format!("[Báo cáo tổng hợp {today}] {counts}"),
        Language::En => format!("[Summary {today}] {counts}"),
    }
}

/// `[…] {title} ({reference}) – hạn 31/12/2023`, the title cut so that the whole fits.
fn of_one(mark: &str, item: &Item, pen: &Pen<'_>) -> String {
    let title = title(item, pen.language);
    let title = if Pen::rank(item) == Rank::Down || is_bundle(item) { title } else { format!("{}: {title}", item.unit) };
    let tail = tail(item, pen);
    let used = mark.chars().count() + tail.chars().count() + 1;
    let title = cut(&title, CHARS_MAX.saturating_sub(used).max(TITLE_CHARS_MIN));
    format!("{mark} {title}{tail}")
}

fn tail(item: &Item, pen: &Pen<'_>) -> String {
    if is_bundle(item) {
        let unit = if Pen::rank(item) == Rank::Down { String::new() } else { format!(" ({})", item.unit) };
        return unit;
    }
    let reference = format!(" ({})", reference(item, pen.language));
    let Some(deadline) = &item.deadline else { return reference };
    match pen.language {
        Language::Vi => format!("{reference} – hạn {}", short(deadline.last_day)),
        Language::En => format!("{reference} – due {}", short(deadline.last_day)),
    }
}

/// What stands in square brackets, with the working days left where they lead.
fn mark(item: &Item, pen: &Pen<'_>) -> String {
    let timing = Timing::of(item, pen);
    match (item.tone, pen.language) {
        (Tone::Notice(notice), language) => format!("[{}]", notice_words(notice, item, language)),
        (Tone::Assignment, Language::Vi) => "[Nhiệm vụ mới]".to_owned(),
        (Tone::Assignment, Language::En) => "[New task]".to_owned(),
        (Tone::Courtesy, Language::Vi) => "[Báo trước]".to_owned(),
        (Tone::Courtesy, Language::En) => "[Advance notice]".to_owned(),
        (Tone::Review, Language::Vi) => "[Rà soát]".to_owned(),
        (Tone::Review, Language::En) => "[Review]".to_owned(),
        (Tone::AwaitsAcceptance, Language::Vi) => "[Chờ nghiệm thu]".to_owned(),
        (Tone::AwaitsAcceptance, Language::En) => "[Awaiting acceptance]".to_owned(),
        (Tone::BehindPace, language) => behind_pace(item, language),
        (Tone::Escalation, language) => escalation(item, timing, language),
        (Tone::Reminder | Tone::Overdue, language) => reminder(timing, language),
    }
}

fn reminder(timing: Timing, language: Language) -> String {
    let phrase = capitalised(&timing.phrase(language));
    match (timing, language) {
        (Timing::Late(_) | Timing::Today, _) => format!("[{phrase}]"),
        (Timing::Left(_) | Timing::LastWorkingDay, Language::Vi) => format!("[Nhắc việc] {phrase}:"),
        (Timing::Left(_) | Timing::LastWorkingDay, Language::En) => format!("[Reminder] {phrase}:"),
        (Timing::Undated, Language::Vi) => "[Nhắc việc]".to_owned(),
        (Timing::Undated, Language::En) => "[Reminder]".to_owned(),
    }
}

/// "[Quá hạn 03 ngày làm việc – đôn đốc lần 1]"; to a superior it is a report, not an urging.
fn escalation(item: &Item, timing: Timing, language: Language) -> String {
    let n = item.times.max(1);
    let word = match (language, Pen::rank(item)) {
        (Language::Vi, Rank::Up) => "kính báo cáo".to_owned(),
        (Language::En, Rank::Up) => "report".to_owned(),
        (Language::Vi, _) => format!("đôn đốc lần {n}"),
        (Language::En, _) => format!("follow-up {n}"),
    };
    let capital = capitalised(&word);
    match timing {
        Timing::Late(_) | Timing::Today => format!("[{} – {word}]", capitalised(&timing.phrase(language))),
        Timing::Left(_) | Timing::LastWorkingDay => {
            format!("[{capital}] {}:", capitalised(&timing.phrase(language)))
        }
        Timing::Undated => format!("[{capital}]"),
    }
}

fn behind_pace(item: &Item, language: Language) -> String {
    let word = match language {
        Language::Vi => "[Chậm tiến độ]",
        Language::En => "[Behind pace]",
    };
    let figures = item.target.as_ref().and_then(|target| Some((target.last?.0, target.needed?, target.unit.as_str())));
    let Some((last, needed, unit)) = figures else { return word.to_owned() };
    let (last, needed) = (measure(last, unit, language), measure(needed, unit, language));
    match language {
        Language::Vi => format!("{word} Đạt {last}, cần {needed}:"),
        Language::En => format!("{word} At {last}, needs {needed}:"),
    }
}

fn notice_words(notice: Notice, item: &Item, language: Language) -> String {
    let until = item.until.map(short);
    let times = item.times;
    match (notice, language) {
        (Notice::Dispute, Language::Vi) => "Báo không thuộc trách nhiệm".to_owned(),
        (Notice::Dispute, Language::En) => "Said not to be theirs".to_owned(),
        (Notice::ExtensionAsked, Language::Vi) => with_date("Đề nghị gia hạn", "đến", until),
        (Notice::ExtensionAsked, Language::En) => with_date("Extension asked", "until", until),
        (Notice::ExtensionGranted, Language::Vi) => with_date("Đã gia hạn", "đến", until),
        (Notice::ExtensionGranted, Language::En) => with_date("Extended", "until", until),
        (Notice::ExtensionRefused, Language::Vi) => "Không đồng ý gia hạn".to_owned(),
        (Notice::ExtensionRefused, Language::En) => "Extension refused".to_owned(),
        (Notice::Returned, Language::Vi) => "Trả lại kết quả".to_owned(),
        (Notice::Returned, Language::En) => "Result returned".to_owned(),
        (Notice::TakenBack, Language::Vi) => "Đã hủy nội dung phản hồi".to_owned(),
        (Notice::TakenBack, Language::En) => "Answer taken back".to_owned(),
        (Notice::Vacancy, Language::Vi) => "Chưa có người giữ chức vụ".to_owned(),
        (Notice::Vacancy, Language::En) => "Position without holder".to_owned(),
        (Notice::ChatDead, Language::Vi) => "Tài khoản Telegram không nhận tin".to_owned(),
        (Notice::ChatDead, Language::En) => "Telegram account takes nothing".to_owned(),
        (Notice::Held, Language::Vi) => "Chưa gửi được tin".to_owned(),
        (Notice::Held, Language::En) => "Message held".to_owned(),
        (Notice::Brief, Language::Vi) => "Báo cáo tuần".to_owned(),
        (Notice::Brief, Language::En) => "Weekly report".to_owned(),
        (Notice::Blocked, Language::Vi) if times > 1 => format!("Có vướng mắc – nhắc lần {times}"),
        (Notice::Blocked, Language::En) if times > 1 => format!("Obstacle – reminder {times}"),
        (Notice::Blocked, Language::Vi) => "Có vướng mắc".to_owned(),
        (Notice::Blocked, Language::En) => "Obstacle".to_owned(),
        (Notice::Unblocked, Language::Vi) => "Đã hết vướng mắc".to_owned(),
        (Notice::Unblocked, Language::En) => "Obstacle gone".to_owned(),
        (Notice::OnHold, Language::Vi) => with_date("Tạm dừng đôn đốc", "đến hết", until),
        (Notice::OnHold, Language::En) => with_date("Follow-up on hold", "through", until),
        (Notice::Withdrawn, Language::Vi) => "Không còn hiệu lực".to_owned(),
        (Notice::Withdrawn, Language::En) => "Withdrawn".to_owned(),
        (Notice::Transferred, Language::Vi) => "Chuyển đơn vị khác".to_owned(),
        (Notice::Transferred, Language::En) => "Transferred".to_owned(),
        (Notice::Coordinating, Language::Vi) => "Nhiệm vụ phối hợp".to_owned(),
        (Notice::Coordinating, Language::En) => "Coordinating".to_owned(),
        (Notice::Guard, Language::Vi) => "Vận hành".to_owned(),
        (Notice::Guard, Language::En) => "Operation".to_owned(),
    }
}

fn with_date(text: &str, word: &str, until: Option<String>) -> String {
    until.map_or_else(|| text.to_owned(), |until| format!("{text} {word} {until}"))
}

/// The first line of a chat message: the subject of several items, or the mark of one.
pub(super) fn headline(pen: &Pen<'_>) -> String {
    match (pen.kind(), pen.items.as_slice()) {
        (LetterKind::Digest, _) => of_digest(pen),
        (LetterKind::Copy, [one]) => mark_of_copy(one, pen).trim_end_matches(':').to_owned(),
        (LetterKind::Action, [one]) => mark(one, pen).trim_end_matches(':').to_owned(),
        _ => of_several(pen),
    }
}

/// "05 nội dung"
pub(super) fn how_many(pen: &Pen<'_>) -> String {
    let n = count(pen.items.len() as u64, pen.language);
    match (pen.language, pen.items.len()) {
        (Language::Vi, _) => format!("{n} nội dung"),
        (Language::En, 1) => format!("{n} item"),
        (Language::En, _) => format!("{n} items"),
    }
}
