//! The deadline in words: the wording of the dispatch, the weekday, both readings of "trước ngày D", and what must be known of it.

use jiff::civil::Date;

use super::date::{clock, long, medium, short, weekday};
use super::pen::{Pen, Rank};
use super::text::{cut, strong};
use super::timing::Timing;
use crate::channel::letter::{DeadlineLine, Item, LetterKind, Tone};
use crate::domain::rules::{BeforeDate, Language};

const WORDING_CHARS_MAX: usize = 120;

/// "Quý IV/2023, chậm nhất Chủ nhật, ngày 31/12/2023", for letters.
pub(super) fn full(item: &Item, pen: &Pen<'_>) -> String {
    match (&item.deadline, &item.waiting_for) {
        (Some(deadline), _) => dated(deadline, pen),
        (None, Some(wording)) => waiting(wording, pen.language),
        (None, None) => match pen.language {
            Language::Vi => "văn bản không nêu thời hạn cụ thể".to_owned(),
            Language::En => "the dispatch gives no date".to_owned(),
        },
    }
}

/// "hạn Chủ nhật, 31/12/2023 (Quý IV/2023)", for lines.
pub(super) fn line(item: &Item, pen: &Pen<'_>) -> String {
    let Some(deadline) = &item.deadline else {
        return match (&item.waiting_for, pen.language) {
            (Some(wording), Language::Vi) => format!("hạn: {}", cut(wording, WORDING_CHARS_MAX)),
            (Some(wording), Language::En) => format!("due: {}", cut(wording, WORDING_CHARS_MAX)),
            (None, _) => Timing::Undated.phrase(pen.language),
        };
    };
    let day = medium(deadline.last_day, pen.language);
    let day = deadline.time.map_or_else(|| day.clone(), |time| format!("{}, {day}", clock(time, pen.language)));
    let word = match pen.language {
        Language::Vi => "hạn",
        Language::En => "due",
    };
    format!("{word} {day}{}", wording_in_line(deadline))
}

fn waiting(wording: &str, language: Language) -> String {
    let wording = cut(wording, WORDING_CHARS_MAX);
    match language {
        Language::Vi => format!("{wording}; ngày cụ thể được tính khi đơn vị xác nhận tiếp nhận"),
        Language::En => format!("{wording}; the date is set when the unit acknowledges"),
    }
}

/// The wording of the dispatch when it says more than the bare date.
fn distinct_wording(deadline: &DeadlineLine) -> Option<&str> {
    let day = deadline.named_day;
    let bare = [day.to_string(), short(day), format!("{}/{}/{}", day.day(), day.month(), day.year())];
    deadline.text.as_deref().filter(|text| !bare.iter().any(|bare| bare == text))
}

/// " (Quý IV/2023)", unless it only says the date again.
fn wording_in_line(deadline: &DeadlineLine) -> String {
    let wording = distinct_wording(deadline).filter(|text| !text.contains(&short(deadline.last_day)));
    wording.map_or_else(String::new, |text| format!(" ({})", cut(text, 60)))
}

/// "thứ Sáu, 29/12/2023 (chậm nhất …)", for a column headed *Thời hạn*.
pub(super) fn column(item: &Item, pen: &Pen<'_>) -> String {
    let Some(deadline) = &item.deadline else {
        return item
            .waiting_for
            .as_deref()
            .map_or_else(|| Timing::Undated.phrase(pen.language), |text| cut(text, WORDING_CHARS_MAX));
    };
    let day = medium(deadline.last_day, pen.language);
    let day = deadline.time.map_or_else(|| day.clone(), |time| format!("{}, {day}", clock(time, pen.language)));
    format!("{day}{}", wording_in_line(deadline))
}

fn dated(deadline: &DeadlineLine, pen: &Pen<'_>) -> String {
    if let Some(text) = distinct_wording(deadline)
        && deadline.named_day == deadline.last_day
        && text.ends_with(&short(deadline.last_day))
    {
        // The wording gives the date itself; only its weekday is added.
        let weekday = weekday(deadline.last_day, pen.language);
        return strong(&format!("{} ({weekday})", cut(text, WORDING_CHARS_MAX)));
    }
    let day = latest(deadline, pen.language);
    let wording = distinct_wording(deadline).map(|text| cut(text, WORDING_CHARS_MAX));
    let head = wording.map_or_else(|| day.clone(), |text| format!("{text}, {day}"));
    if deadline.named_day == deadline.last_day { head } else { format!("{head}{}", other_reading(deadline, pen)) }
}

fn latest(deadline: &DeadlineLine, language: Language) -> String {
    let day = long(deadline.last_day, language);
    match (language, deadline.time) {
        (Language::Vi, None) => format!("chậm nhất {}", strong(&day)),
        (Language::Vi, Some(time)) => format!("chậm nhất {}", strong(&format!("{}, {day}", clock(time, language)))),
        (Language::En, None) => format!("at the latest {}", strong(&day)),
        (Language::En, Some(time)) => format!("at the latest {}", strong(&format!("{}, {day}", clock(time, language)))),
    }
}

/// "trước ngày D" ends at 24:00 of the day before; offices often still take the day itself. Both are shown.
fn other_reading(deadline: &DeadlineLine, pen: &Pen<'_>) -> String {
    let named = long(deadline.named_day, pen.language);
    match (pen.language, pen.before_date()) {
        (Language::Vi, BeforeDate::Tolerant) => format!(" (hệ thống chỉ tính quá hạn sau {named})"),
        (Language::Vi, BeforeDate::Strict) => format!(" (từ {named} tính là quá hạn)"),
        (Language::En, BeforeDate::Tolerant) => format!(" (counted as overdue only after {named})"),
        (Language::En, BeforeDate::Strict) => format!(" (overdue from {named})"),
    }
}

/// What must be known of the deadline, one sentence each, without its full stop.
pub(super) fn remarks(item: &Item, pen: &Pen<'_>) -> Vec<String> {
    let Some(deadline) = &item.deadline else { return Vec::new() };
    let ahead = matches!(Timing::of(item, pen), Timing::Left(_) | Timing::LastWorkingDay);
    let presses = pen.kind() != LetterKind::Digest
        && !item.work.is_completed()
        && !matches!(item.tone, Tone::AwaitsAcceptance | Tone::Notice(_));
    let rest_day =
        deadline.working_day_before.filter(|_| ahead && presses).map(|before| rest_day(before, Pen::rank(item), pen.language));
    let office = deadline.set_by_office.then(|| set_by_office(pen));
    let extended = deadline.extended_from.map(|from| extended_from(from, pen.language));
    let outlasted = deadline.outlasts.map(|extension| outlasted(extension, pen.language));
    let provisional = deadline.provisional.then(|| provisional(deadline, pen.language));
    [rest_day, extended, outlasted, office, provisional].into_iter().flatten().collect()
}

fn rest_day(before: Date, rank: Rank, language: Language) -> String {
    let day = medium(before, language);
    match (language, rank) {
        (Language::Vi, Rank::Up | Rank::Equal) => format!("ngày đến hạn là ngày nghỉ; ngày làm việc liền trước: {day}"),
        (Language::En, Rank::Up | Rank::Equal) => format!("the deadline is a rest day; the working day before it: {day}"),
        (Language::Vi, Rank::Down) => {
            format!("ngày đến hạn là ngày nghỉ; đề nghị hoàn thành trong ngày làm việc liền trước: {}", strong(&day))
        }
        (Language::En, Rank::Down) => {
            format!("the deadline is a rest day; please finish by the working day before it: {}", strong(&day))
        }
    }
}

fn extended_from(from: Date, language: Language) -> String {
    match language {
        Language::Vi => format!("thời hạn đã được gia hạn; thời hạn ban đầu là ngày {}", short(from)),
        Language::En => format!("the deadline was extended; the original one was {}", short(from)),
    }
}

fn outlasted(extension: Date, language: Language) -> String {
    match language {
        Language::Vi => {
            format!("áp dụng thời hạn giao đã đính chính, muộn hơn thời hạn được gia hạn (ngày {})", short(extension))
        }
        Language::En => format!(
            "the assigned deadline as corrected holds; it is later than the extension, which was until {}",
            short(extension)
        ),
    }
}

fn set_by_office(pen: &Pen<'_>) -> String {
    match (pen.language, pen.office.as_str()) {
        (Language::Vi, "") => "văn bản không nêu thời hạn; thời hạn trên do cơ quan theo dõi xác định".to_owned(),
        (Language::Vi, office) => format!("văn bản không nêu thời hạn; thời hạn trên do {office} xác định"),
        (Language::En, "") => "the dispatch gives no date; this one was set by the monitoring office".to_owned(),
        (Language::En, office) => format!("the dispatch gives no date; this one was set by {office}"),
    }
}

fn provisional(deadline: &DeadlineLine, language: Language) -> String {
    let year = deadline.last_day.year();
    match language {
        Language::Vi => {
            format!("lịch nghỉ năm {year} đang tạm tính, chưa có thông báo chính thức; số ngày làm việc có thể thay đổi")
        }
        Language::En => {
            format!("the holidays of {year} are provisional, not yet announced; the count of working days may change")
        }
    }
}
