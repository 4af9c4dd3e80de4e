//! What is the case with an item: how late, what was reminded, which figure, which promise.

use super::date::{clock, long, moment, short};
use super::pen::Pen;
use super::text::{count, cut, listed, measure, strong};
use super::timing::{Timing, working_days};
use crate::channel::letter::{BlockLine, Item, LetterKind, TargetLine, Tone};
use crate::domain::directive::Work;
use crate::domain::reminder::Notice;
use crate::domain::rules::Language;

/// Longest note of a reply that is passed on.
pub(super) const NOTE_CHARS_MAX: usize = 500;

/// How many days of earlier reminders are named.
const REMINDED_DAYS_MAX: usize = 5;

/// "chưa xác nhận tiếp nhận", the work axis in words.
pub(super) const fn work(work: Work, language: Language) -> &'static str {
    match (work, language) {
        (Work::NotAcknowledged, Language::Vi) => "chưa xác nhận tiếp nhận",
        (Work::Acknowledged, Language::Vi) => "đã tiếp nhận",
        (Work::InProgress, Language::Vi) => "đang thực hiện",
        (Work::Blocked, Language::Vi) => "có vướng mắc",
        (Work::ReportedDone, Language::Vi) => "đã báo cáo hoàn thành, chờ nghiệm thu",
        (Work::Accepted, Language::Vi) => "đã nghiệm thu",
        (Work::Returned, Language::Vi) => "kết quả được trả lại để hoàn thiện",
        (Work::Withdrawn, Language::Vi) => "không còn hiệu lực",
        (Work::NotAcknowledged, Language::En) => "not acknowledged",
        (Work::Acknowledged, Language::En) => "acknowledged",
        (Work::InProgress, Language::En) => "in progress",
        (Work::Blocked, Language::En) => "blocked",
        (Work::ReportedDone, Language::En) => "reported done, awaiting acceptance",
        (Work::Accepted, Language::En) => "accepted",
        (Work::Returned, Language::En) => "result returned for completion",
        (Work::Withdrawn, Language::En) => "withdrawn",
    }
}

/// Where the item stands in time, in a sentence of a letter about nothing else.
pub(super) fn time(item: &Item, pen: &Pen<'_>) -> Option<String> {
    match item.tone {
        Tone::Assignment | Tone::Reminder | Tone::Overdue | Tone::Escalation | Tone::Courtesy => in_time(item, pen),
        Tone::BehindPace | Tone::AwaitsAcceptance | Tone::Review | Tone::Notice(_) => None,
    }
}

/// What else is the case, in sentences: figures, act, promise, what was reminded, what is announced.
pub(super) fn more(item: &Item, pen: &Pen<'_>) -> Vec<String> {
    let timing = Timing::of(item, pen);
    let act = match item.tone {
        Tone::BehindPace => item.target.as_ref().and_then(|target| pace(target, pen.language)),
        Tone::AwaitsAcceptance => Some(awaits(item, pen.language)),
        Tone::Notice(kind) => Some(super::notice::state(kind, item, pen)),
        // Late and due today say themselves that there is no result; a digest has a column for it.
        _ if pen.kind() == LetterKind::Digest => None,
        Tone::Escalation | Tone::Courtesy if !timing.is_late() && timing != Timing::Today => Some(no_result(item, pen.language)),
        _ => None,
    };
    let transferred = match item.tone {
        Tone::Assignment | Tone::Notice(Notice::Coordinating) => item.transferred_from.as_deref(),
        _ => None,
    };
    let transferred = transferred.map(|unit| transferred_from(unit, item, pen.language));
    let says_block = !matches!(item.tone, Tone::Notice(_)) && pen.kind() != LetterKind::Digest;
    let block = item.block.as_ref().filter(|_| says_block).map(|block| blocked(block, item, pen.language));
    let promise = item.broken_promise.map(|day| promise(day, item, pen.language));
    let pressed = matches!(item.tone, Tone::Overdue | Tone::Escalation);
    let reminded = if pressed { reminded(item, timing, pen.language) } else { None };
    let announced = if item.tone == Tone::Courtesy { announced(item, pen) } else { None };
    [act, transferred, promise, block, reminded, announced].into_iter().flatten().collect()
}

fn in_time(item: &Item, pen: &Pen<'_>) -> Option<String> {
    let language = pen.language;
    let timing = Timing::of(item, pen);
    let pressing = item.tone != Tone::Assignment;
    Some(match (timing, language) {
        (Timing::Late(0), Language::Vi) => format!("Nhiệm vụ nêu trên {}.", strong("đã quá hạn")),
        (Timing::Late(n), Language::Vi) => {
            format!("Nhiệm vụ nêu trên đã {}.", strong(&format!("quá hạn {}", working_days(n, language))))
        }
        (Timing::Late(_), Language::En) => format!("The task above is {}.", timing.stressed(language)),
        (Timing::Today, _) => due_today(item, pen),
        (Timing::LastWorkingDay, Language::Vi) => {
            format!("Hôm nay ({}) là {}.", long(pen.today, language), strong("ngày làm việc cuối cùng trước hạn"))
        }
        (Timing::LastWorkingDay, Language::En) => format!("Today is {}.", strong("the last working day before the deadline")),
        (Timing::Left(0), Language::Vi) => format!("Từ nay đến hạn {}.", strong("không còn ngày làm việc nào")),
        (Timing::Left(0), Language::En) => format!("There is {}.", timing.stressed(language)),
        (Timing::Left(n), Language::Vi) if pressing => {
            format!("Nhiệm vụ nêu trên còn {} là đến hạn.", strong(&working_days(n, language)))
        }
        (Timing::Left(n), Language::En) if pressing => format!("The deadline is {} away.", strong(&working_days(n, language))),
        (Timing::Left(_) | Timing::Undated, _) => return None,
    })
}

fn due_today(item: &Item, pen: &Pen<'_>) -> String {
    let (day, now) = (long(pen.today, pen.language), clock(pen.now.time(), pen.language));
    let head = match pen.language {
        Language::Vi => format!("Nhiệm vụ nêu trên {}.", strong(&format!("đến hạn trong ngày hôm nay ({day})"))),
        Language::En => format!("The task above is {}.", strong(&format!("due today ({day})"))),
    };
    match (pen.language, item.tone) {
        (_, Tone::Assignment) => head,
        (Language::Vi, _) => format!("{head} Đến {now}, hệ thống chưa ghi nhận báo cáo kết quả của {}.", item.unit),
        (Language::En, _) => format!("{head} At {now} no result of {} is recorded.", item.unit),
    }
}

fn no_result(item: &Item, language: Language) -> String {
    match (language, item.work) {
        (Language::Vi, Work::NotAcknowledged) => {
            format!("Đến nay, hệ thống chưa ghi nhận {} xác nhận tiếp nhận nhiệm vụ.", item.unit)
        }
        (Language::Vi, _) => format!("Đến nay, hệ thống chưa ghi nhận báo cáo kết quả của {}.", item.unit),
        (Language::En, Work::NotAcknowledged) => format!("So far {} has not acknowledged the task.", item.unit),
        (Language::En, _) => format!("So far no result of {} is recorded.", item.unit),
    }
}

/// "Hệ thống đã nhắc ngày 27/12/2023, 29/12/2023 nhưng đến nay chưa ghi nhận kết quả."
fn reminded(item: &Item, timing: Timing, language: Language) -> Option<String> {
    let mut days = item.reminded_on.clone();
    days.sort_unstable();
    days.dedup();
    if days.is_empty() {
        return None;
    }
    let named: Vec<String> = days[days.len().saturating_sub(REMINDED_DAYS_MAX)..].iter().map(|day| short(*day)).collect();
    let (all, days_named) = (count(days.len() as u64, language), named.join(", "));
    let head = match (language, days.len() > named.len()) {
        (Language::Vi, true) => format!("Hệ thống đã nhắc {all} lần, gần nhất các ngày {days_named}"),
        (Language::Vi, false) => format!("Hệ thống đã nhắc ngày {days_named}"),
        (Language::En, true) => format!("Reminders went out {all} times, last on {days_named}"),
        (Language::En, false) => format!("Reminders went out on {days_named}"),
    };
    // The sentence on time has said already that nothing is recorded.
    if !timing.is_late() {
        return Some(format!("{head}."));
    }
    Some(match (language, item.work) {
        (Language::Vi, Work::NotAcknowledged) => format!("{head} nhưng đến nay chưa ghi nhận phản hồi."),
        (Language::Vi, _) => format!("{head} nhưng đến nay chưa ghi nhận kết quả."),
        (Language::En, Work::NotAcknowledged) => format!("{head}; no answer is recorded so far."),
        (Language::En, _) => format!("{head}; no result is recorded so far."),
    })
}

fn transferred_from(unit: &str, item: &Item, language: Language) -> String {
    match language {
        Language::Vi => format!("Nhiệm vụ này được {} sang {}.", strong(&format!("chuyển từ {unit}")), item.unit),
        Language::En => format!("This task was {} to {}.", strong(&format!("transferred from {unit}")), item.unit),
    }
}

/// The unit reported an obstacle: said wherever the duty is pressed all the same.
fn blocked(block: &BlockLine, item: &Item, language: Language) -> String {
    let since = short(block.since);
    let note = block.note.as_ref().map_or_else(String::new, |note| format!(": {}", quoted(note, NOTE_CHARS_MAX)));
    match (language, &block.waits_for) {
        (Language::Vi, Some(unit)) => {
            format!("{} đã báo {} ngày {since}, chờ {unit}{note}; đến nay chưa được giải quyết.", item.unit, strong("vướng mắc"))
        }
        (Language::Vi, None) => {
            format!("{} đã báo {} ngày {since}{note}; đến nay chưa được giải quyết.", item.unit, strong("vướng mắc"))
        }
        (Language::En, Some(unit)) => {
            format!("{} reported {} on {since}, waiting for {unit}{note}; it still stands.", item.unit, strong("an obstacle"))
        }
        (Language::En, None) => format!("{} reported {} on {since}{note}; it still stands.", item.unit, strong("an obstacle")),
    }
}

fn promise(day: jiff::civil::Date, item: &Item, language: Language) -> String {
    let day = long(day, language);
    match language {
        Language::Vi => format!("{} đã hẹn có kết quả vào {}; thời điểm này đã qua.", item.unit, strong(&day)),
        Language::En => format!("{} promised a result by {}; that day has passed.", item.unit, strong(&day)),
    }
}

fn pace(target: &TargetLine, language: Language) -> Option<String> {
    let needed = target.needed?;
    let wanted = measure(needed, &target.unit, language);
    let Some((value, as_of)) = target.last else {
        return Some(match language {
            Language::Vi => format!("Đến nay chưa có số liệu; theo tiến độ cần đạt {}.", strong(&wanted)),
            Language::En => format!("There is no figure yet; the pace asks for {}.", strong(&wanted)),
        });
    };
    let (reached, as_of) = (measure(value, &target.unit, language), short(as_of));
    let behind = (needed - value).abs();
    let unit = match (target.unit.as_str(), language) {
        ("%", Language::Vi) => "điểm phần trăm",
        ("%", Language::En) => "percentage points",
        (word, _) => word,
    };
    let behind = measure(behind, unit, language);
    Some(match language {
        Language::Vi => {
            format!("Đến ngày {as_of} đạt {}, theo tiến độ cần đạt {} (chậm {behind}).", strong(&reached), strong(&wanted))
        }
        Language::En => {
            format!("On {as_of} the figure was {}; the pace asks for {} ({behind} behind).", strong(&reached), strong(&wanted))
        }
    })
}

fn awaits(item: &Item, language: Language) -> String {
    match language {
        Language::Vi => format!("{} đã báo cáo hoàn thành; kết quả đến nay chưa được nghiệm thu.", item.unit),
        Language::En => format!("{} reported the task done; the result is not accepted yet.", item.unit),
    }
}

/// Who will be told, and when, unless the unit answers before.
fn announced(item: &Item, pen: &Pen<'_>) -> Option<String> {
    let announcement = item.announces.as_ref()?;
    let at = strong(&moment(pen.local(announcement.at), pen.language));
    let people = if announcement.people.is_empty() {
        match pen.language {
            Language::Vi => "cấp có thẩm quyền theo quy tắc đôn đốc".to_owned(),
            Language::En => "the next level of the rules".to_owned(),
        }
    } else {
        listed(&announcement.people, 6)
    };
    Some(match pen.language {
        Language::Vi => {
            format!("Nếu đến {at} hệ thống chưa ghi nhận phản hồi của {}, nội dung này sẽ được báo cáo tới {people}.", item.unit)
        }
        Language::En => format!("Unless {} answers before {at}, this will be reported to: {people}.", item.unit),
    })
}

/// "đạt trên 90%", with the last figure and what the pace asks for.
pub(super) fn target(target: &TargetLine, language: Language) -> String {
    let value = measure(target.value, &target.unit, language);
    let aim = match (target.op, language) {
        (">", Language::Vi) => format!("trên {value}"),
        (">=", Language::Vi) => format!("từ {value} trở lên"),
        ("<", Language::Vi) => format!("dưới {value}"),
        ("<=", Language::Vi) => format!("không quá {value}"),
        (">", Language::En) => format!("more than {value}"),
        (">=", Language::En) => format!("at least {value}"),
        ("<", Language::En) => format!("less than {value}"),
        ("<=", Language::En) => format!("at most {value}"),
        _ => value,
    };
    let last = target.last.map(|(value, day)| (measure(value, &target.unit, language), short(day)));
    let last = last.map(|(value, day)| match language {
        Language::Vi => format!("số liệu gần nhất {value} (ngày {day})"),
        Language::En => format!("last figure {value} (on {day})"),
    });
    let needed = target.needed.map(|needed| measure(needed, &target.unit, language)).map(|needed| match language {
        Language::Vi => format!("tiến độ cần đạt {needed}"),
        Language::En => format!("pace asks for {needed}"),
    });
    [Some(aim), last, needed].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// For a message that leaves late: when it was meant to leave.
pub(super) fn meant_for(item: &Item, pen: &Pen<'_>) -> Option<String> {
    let at = moment(pen.local(item.meant_for?), pen.language);
    Some(match pen.language {
        Language::Vi => format!("tin này theo lịch được gửi lúc {at}; nay mới gửi được"),
        Language::En => format!("this message was meant for {at} and could only be sent now"),
    })
}

/// A quoted note of a reply.
pub(super) fn quoted(note: &str, chars_max: usize) -> String {
    format!("“{}”", cut(note, chars_max))
}
