//! What a deadline was understood to mean, in words a clerk can check.

use jiff::civil::{Date, Time, Weekday};

use crate::domain::amount::{Amount, Unit};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineRule, RelativeAnchor};
use crate::domain::recurrence::{Cycle, CycleDay, Recurrence};
use crate::domain::rules::Language;
use crate::tree::say;

/// `31/12/2023`
pub(super) fn day(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// "01/10–31/12/2023, hạn là Chủ nhật 31/12/2023 (ngày nghỉ; ngày làm việc liền trước: thứ Sáu 29/12/2023)"
pub(super) fn understood(rule: &DeadlineRule, calendar: &WorkingCalendar, language: Language) -> String {
    match rule {
        DeadlineRule::Fixed(deadline) => fixed(deadline, calendar, language),
        DeadlineRule::Recurring(recurrence) => recurring(recurrence, language),
        DeadlineRule::Relative { amount, anchor } => {
            let span = amount_words(*amount, language);
            match anchor {
                RelativeAnchor::Issued => {
                    say!(language, "{span} kể từ ngày ban hành", "{span} from the day of issue")
                }
                RelativeAnchor::Received => say!(
                    language,
                    "{span} kể từ ngày nhận; ghi ngày nhận để có ngày cụ thể",
                    "{span} from receipt; give the day of receipt to have a date"
                ),
            }
        }
    }
}

fn fixed(deadline: &Deadline, calendar: &WorkingCalendar, language: Language) -> String {
    let last = deadline.last_day;
    let (weekday, date) = (weekday(last, language), day(last));
    let mut out = match deadline.from {
        Some(from) if deadline.kind == DeadlineKind::Within => {
            let first = if from.year() == last.year() { format!("{:02}/{:02}", from.day(), from.month()) } else { day(from) };
            say!(language, "{first}–{date}, hạn là {weekday} {date}", "{first}–{date}, due {weekday} {date}")
        }
        _ if deadline.named_day != last => {
            let named = day(deadline.named_day);
            say!(language, "trước {named}: hết {weekday} {date}", "before {named}: by the end of {weekday} {date}")
        }
        _ => format!("{weekday} {date}"),
    };
    if let Some(time) = deadline.time {
        let time = clock(time);
        out = say!(language, "{time}, {out}", "{time}, {out}");
    }
    if !calendar.is_working_day(last) {
        let before = calendar.last_working_day_on_or_before(last);
        let (weekday, before) = (self::weekday(before, language), day(before));
        out += &say!(
            language,
            " (ngày nghỉ; ngày làm việc liền trước: {weekday} {before})",
            " (a rest day; the working day before it: {weekday} {before})"
        );
    }
    out
}

fn recurring(recurrence: &Recurrence, language: Language) -> String {
    let cycles = std::iter::once(&recurrence.cycle).chain(&recurrence.longer).map(|cycle| match (language, cycle) {
        (Language::Vi, Cycle::Weekly) => "hằng tuần",
        (Language::Vi, Cycle::Monthly) => "hằng tháng",
        (Language::Vi, Cycle::Quarterly) => "hằng quý",
        (Language::Vi, Cycle::HalfYearly) => "6 tháng",
        (Language::Vi, Cycle::Yearly) => "hằng năm",
        (Language::En, Cycle::Weekly) => "every week",
        (Language::En, Cycle::Monthly) => "every month",
        (Language::En, Cycle::Quarterly) => "every quarter",
        (Language::En, Cycle::HalfYearly) => "every half-year",
        (Language::En, Cycle::Yearly) => "every year",
    });
    let cycles = cycles.collect::<Vec<_>>().join(", ");
    let by = if recurrence.exclusive { say!(language, "trước", "before") } else { say!(language, "chậm nhất", "by") };
    let at = match recurrence.day {
        CycleDay::Last => say!(language, "ngày cuối kỳ", "the last day of the period"),
        CycleDay::Weekday(weekday) => weekday_name(weekday, language).to_owned(),
        CycleDay::OfLastMonth(day) if recurrence.cycle == Cycle::Monthly => {
            say!(language, "ngày {day:02} của tháng", "day {day} of the month")
        }
        CycleDay::OfLastMonth(day) => say!(language, "ngày {day:02} của tháng cuối kỳ", "day {day} of the period's last month"),
        CycleDay::OfYear { month, day } => format!("{day:02}/{month:02}"),
    };
    let time = recurrence.time.map(|time| format!("{} ", clock(time))).unwrap_or_default();
    say!(language, "{cycles}, {by} {time}{at}; mỗi kỳ một nhiệm vụ", "{cycles}, {by} {time}{at}; an assignment for each period")
}

/// The same in the words of facts, for a rule that was put together from several places of a text.
pub(super) fn phrase(rule: &DeadlineRule) -> String {
    match rule {
        DeadlineRule::Fixed(deadline) => deadline.last_day.to_string(),
        DeadlineRule::Relative { amount, anchor } => {
            let from = match anchor {
                RelativeAnchor::Issued => "kể từ ngày ban hành",
                RelativeAnchor::Received => "kể từ ngày nhận được",
            };
            format!("trong thời hạn {} {from}", amount_words(*amount, Language::Vi))
        }
        DeadlineRule::Recurring(recurrence) => {
            let words = recurring(recurrence, Language::Vi);
            let words = words.split(';').next().unwrap_or_default();
            words.replace(", chậm nhất ngày cuối kỳ", "").replace("của tháng cuối kỳ", "của tháng cuối kỳ báo cáo")
        }
    }
}

fn amount_words(amount: Amount, language: Language) -> String {
    let count = amount.count;
    let (vi, en) = match amount.unit {
        Unit::WorkingDays => ("ngày làm việc", "working days"),
        Unit::WorkingHours => ("giờ làm việc", "working hours"),
        Unit::Days => ("ngày", "days"),
        Unit::Hours => ("giờ", "hours"),
        Unit::Minutes => ("phút", "minutes"),
    };
    say!(language, "{count:02} {vi}", "{count} {en}")
}

fn weekday(date: Date, language: Language) -> &'static str {
    weekday_name(date.weekday(), language)
}

fn weekday_name(weekday: Weekday, language: Language) -> &'static str {
    match (language, weekday) {
        (Language::Vi, Weekday::Monday) => "thứ Hai",
        (Language::Vi, Weekday::Tuesday) => "thứ Ba",
        (Language::Vi, Weekday::Wednesday) => "thứ Tư",
        (Language::Vi, Weekday::Thursday) => "thứ Năm",
        (Language::Vi, Weekday::Friday) => "thứ Sáu",
        (Language::Vi, Weekday::Saturday) => "thứ Bảy",
        (Language::Vi, Weekday::Sunday) => "Chủ nhật",
        (Language::En, Weekday::Monday) => "Monday",
        (Language::En, Weekday::Tuesday) => "Tuesday",
        (Language::En, Weekday::Wednesday) => "Wednesday",
        (Language::En, Weekday::Thursday) => "Thursday",
        (Language::En, Weekday::Friday) => "Friday",
        (Language::En, Weekday::Saturday) => "Saturday",
        (Language::En, Weekday::Sunday) => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::{CalendarRules, WorkingCalendar};
    use crate::domain::phrase::read_deadline;

    fn calendar() -> WorkingCalendar {
        WorkingCalendar::new(CalendarRules::usual(jiff::tz::TimeZone::UTC))
    }

    fn told(phrase: &str, language: Language) -> String {
        let calendar = calendar();
        let reading = read_deadline(phrase, jiff::civil::date(2023, 10, 5), &calendar).expect("a deadline");
        understood(&reading.rule, &calendar, language)
    }

    #[test]
    fn a_clerk_sees_the_days_and_the_weekday() {
        for (phrase, vi) in [
            (
                "Quý IV/2023",
                "01/10–31/12/2023, hạn là Chủ nhật 31/12/2023 (ngày nghỉ; ngày làm việc liền trước: thứ Sáu 29/12/2023)",
            ),
            ("trước ngày 20/12/2023", "trước 20/12/2023: hết thứ Ba 19/12/2023"),
            ("trước 17 giờ 00 ngày 25/12/2023", "17:00, thứ Hai 25/12/2023"),
            ("hằng tháng, trước ngày 20", "hằng tháng, trước ngày 20 của tháng; mỗi kỳ một nhiệm vụ"),
            (
                "trong thời hạn 05 ngày làm việc kể từ ngày nhận được",
                "05 ngày làm việc kể từ ngày nhận; ghi ngày nhận để có ngày cụ thể",
            ),
        ] {
            assert_eq!(told(phrase, Language::Vi), vi, "{phrase}");
        }
        assert_eq!(told("chậm nhất ngày 20/12/2023", Language::En), "Wednesday 20/12/2023");
    }
}
