//! `[calendar]`: working days, windows, changes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::parse::one_of;
use super::policy::in_range;
use crate::diagnostic::{Diagnostic, Span, quoted};
use crate::domain::calendar::{CalendarRules, Change, ChangeKind, HolidayTable, Window};
use crate::tree::{At, Problems, Table, Value, say};

/// The years whose holidays were announced when this version was made.
const BUILT_IN_YEARS: std::ops::RangeInclusive<i16> = 2020..=2026;
/// The longest range of one change: a leap year.
const CHANGE_DAYS_MAX: i32 = 366;
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// `[calendar]`, with its defaults.
pub(super) fn read(root: &Table<'_>, time_zone: TimeZone, today: Date) -> CalendarRules {
    let mut rules = CalendarRules::usual(time_zone);
    let mut span = None;
    if let Some(table) = root.table("calendar") {
        span = Some(table.span());
        let tables = [("vn", HolidayTable::Vn), ("none", HolidayTable::None)];
        rules.holidays = table.str("holidays").and_then(|word| one_of(&table, &word, "holidays", &tables)).unwrap_or_default();
        rules.announced = read_announced(&table);
        if let Some(days) = read_working_days(&table) {
            rules.working_days = days;
        }
        if let Some(hours) = table.get("hours").and_then(windows) {
            rules.hours = hours;
        }
        rules.changes = read_changes(&table);
        table.finish();
    }
    warn_of_provisional_years(&rules, today, span, root.problems());
    rules
}

fn read_announced(table: &Table<'_>) -> BTreeSet<i16> {
    let years = table.list_of("announced", Value::int).unwrap_or_default();
    years
        .iter()
        .filter_map(|year| in_range(table, "announced", year, 1_900, 2_199))
        .filter_map(|year| i16::try_from(year).ok())
        .collect()
}

fn read_working_days(table: &Table<'_>) -> Option<Vec<Weekday>> {
    let span = table.get("working_days")?.span();
    let words = table.list_of("working_days", Value::str)?;
    let empty = words.is_empty();
    let mut days: Vec<Weekday> = Vec::new();
    for word in words {
        let word = At { value: word.value.to_lowercase(), span: word.span };
        if let Some(day) = one_of(table, &word, "working_days", &WEEKDAYS).filter(|day| !days.contains(day)) {
            days.push(day);
        }
    }
    if empty {
        let language = table.problems().language;
        let message = say!(language, "không có ngày làm việc nào", "no day is worked");
        let help = say!(
            language,
            "viết working_days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]",
            "write working_days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]",
        );
        table.problems().error_with_help("no-working-day", span, message, help);
    }
    Some(days)
}

/// A list of windows: ordered, without overlap, at least one.
pub(super) fn windows(list: Value<'_>) -> Option<Vec<Window>> {
    let (span, path, problems) = (list.span(), list.path().to_owned(), list.problems());
    let language = problems.language;
    let items = list.list()?;
    if items.is_empty() {
        let message = say!(language, "\"{path}\" không có khung giờ nào", "\"{path}\" has no window");
        let help =
            say!(language, "viết ví dụ [\"07:30-11:30\", \"13:00-17:00\"]", "write e.g. [\"07:30-11:30\", \"13:00-17:00\"]");
        problems.error_with_help("bad-window", span, message, help);
        return None;
    }
    let asked = items.len();
    let mut read: Vec<At<Window>> = items.into_iter().filter_map(|item| window(&item.str()?, problems)).collect();
    if read.len() < asked {
        return None;
    }
    read.sort_by_key(|window| window.value);
    for pair in read.windows(2) {
        if pair[1].value.start_min < pair[0].value.end_min {
            let message = say!(language, "hai khung giờ chồng lên nhau", "two windows overlap");
            let help = say!(
                language,
                "mỗi khung bắt đầu sau khi khung trước kết thúc",
                "let each window start after the one before has ended"
            );
            problems.error_with_help("bad-window", later(pair[0].span, pair[1].span), message, help);
            return None;
        }
    }
    Some(read.into_iter().map(|window| window.value).collect())
}

fn window(text: &At<String>, problems: &Problems) -> Option<At<Window>> {
    let language = problems.language;
    let shown = quoted(&text.value);
    let help = || {
        say!(
            language,
            "viết ví dụ \"07:30-11:30\"; \"24:00\" chỉ dùng ở cuối",
            "write e.g. \"07:30-11:30\"; \"24:00\" may only end one"
        )
    };
    let ends = text.value.split_once(['-', '–']).and_then(|(start, end)| Some((minute(start)?, minute(end)?)));
    let Some((start_min, end_min)) = ends.filter(|(start, _)| *start < 1_440) else {
        let message = say!(language, "{shown} không phải khung giờ", "{shown} is not a window");
        problems.error_with_help("bad-window", text.span, message, help());
        return None;
    };
    if end_min <= start_min {
        let message = say!(
            language,
            "khung giờ {shown} kết thúc trước khi bắt đầu, hoặc qua nửa đêm",
            "the window {shown} ends before it starts, or crosses midnight",
        );
        let help = say!(
            language,
            "khung qua nửa đêm viết thành hai: \"22:00-24:00\", \"00:00-06:00\"",
            "write one across midnight as two: \"22:00-24:00\", \"00:00-06:00\"",
        );
        problems.error_with_help("bad-window", text.span, message, help);
        return None;
    }
    Some(At { value: Window { start_min, end_min }, span: text.span })
}

/// Minutes of `HH:MM`, up to 24:00.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str| part.len() <= 2 && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
}

fn read_changes(table: &Table<'_>) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut kinds: BTreeMap<Date, ChangeKind> = BTreeMap::new();
    for change in table.tables("change") {
        let span = change.span();
        for day in read_change(change) {
            if kinds.insert(day.date, day.kind).is_some_and(|before| before != day.kind) {
                warn_of_contradiction(day.date, span, table.problems());
            }
            changes.push(day);
        }
    }
    changes.sort_by_key(|change| change.date);
    changes
}

fn read_change(table: Table<'_>) -> Vec<Change> {
    table.require(&["kind"]);
    let kinds = [("off", ChangeKind::Off), ("working", ChangeKind::Working)];
    let kind = table.str("kind").and_then(|word| one_of(&table, &word, "kind", &kinds));
    let reason = table.str("reason").map(|text| text.value);
    let source = table.str("source").map(|text| text.value);
    let days = read_days(&table);
    table.finish();
    let (Some(kind), Some((first, last))) = (kind, days) else { return Vec::new() };
    first
        .series(jiff::Span::new().days(1))
        .take_while(|date| *date <= last)
        .map(|date| Change { date, kind, reason: reason.clone(), source: source.clone() })
        .collect()
}

/// `date`, or `from` and `to`.
fn read_days(table: &Table<'_>) -> Option<(Date, Date)> {
    let problems = table.problems();
    let language = problems.language;
    let (date, from, to) = (table.date("date"), table.date("from"), table.date("to"));
    let whole = say!(language, "viết date = 2027-01-04, hoặc from và to", "write date = 2027-01-04, or from and to");
    if table.has("date") {
        if table.has("from") || table.has("to") {
            let message =
                say!(language, "vừa có \"date\" vừa có \"from\"/\"to\"", "both \"date\" and \"from\"/\"to\" stand here");
            problems.error_with_help("bad-range", table.key_span("date"), message, whole);
            return None;
        }
        return date.map(|date| (date.value, date.value));
    }
    if !table.has("from") || !table.has("to") {
        if problems.is_well_formed() {
            let message = say!(
                language,
                "thiếu ngày: cần \"date\", hoặc cả \"from\" và \"to\"",
                "no day: \"date\", or both \"from\" and \"to\" are needed"
            );
            problems.error_with_help("missing-key", table.span(), message, whole);
        }
        return None;
    }
    let (from, to) = (from?, to?);
    let (first, last) = (from.value, to.value);
    let days = first.until(last).map_or(i32::MAX, |span| span.get_days());
    if !(0..CHANGE_DAYS_MAX).contains(&days) {
        let message =
            say!(language, "khoảng từ {first} đến {last} không hợp lệ", "the range from {first} to {last} cannot be used");
        let help = say!(
            language,
            "\"to\" không trước \"from\", và khoảng không quá {CHANGE_DAYS_MAX} ngày",
            "\"to\" is not before \"from\", and a range has at most {CHANGE_DAYS_MAX} days",
        );
        problems.error_with_help("bad-range", to.span, message, help);
        return None;
    }
    Some((first, last))
}

fn warn_of_contradiction(date: Date, span: Span, problems: &Problems) {
    let language = problems.language;
    let message =
        say!(language, "ngày {date} vừa là ngày nghỉ vừa là ngày làm việc", "{date} is both a rest day and a working day");
    let help = say!(language, "mục viết sau được dùng; xóa mục sai", "the later entry holds; remove the wrong one");
    problems.warning("contradictory-change", span, message, help);
}

/// A year nobody has announced yet: fixed and lunar holidays are known, swaps are not.
fn warn_of_provisional_years(rules: &CalendarRules, today: Date, span: Option<Span>, problems: &Problems) {
    if rules.holidays == HolidayTable::None {
        return;
    }
    let known = |year: i16| BUILT_IN_YEARS.contains(&year) || rules.announced.contains(&year);
    for year in [today.year(), today.year().saturating_add(1)].into_iter().filter(|year| !known(*year)) {
        let language = problems.language;
        let message = say!(
            language,
            "lịch nghỉ năm {year} còn tạm tính: chưa biết các ngày hoán đổi",
            "the holidays of {year} are provisional: swapped days are not known yet",
        );
        let help = say!(
            language,
            "khi có thông báo, ghi các ngày vào [[calendar.change]] và thêm {year} vào announced",
            "once announced, put the days in [[calendar.change]] and add {year} to announced",
        );
        let problem = Diagnostic::warning("provisional-year", message).with_help(help);
        problems.push(match span {
            Some(span) => problem.at(problems.source, span),
            None => problem.in_source(problems.source),
        });
    }
}

/// The one that stands further down in the file.
const fn later(one: Span, other: Span) -> Span {
    if one.start > other.start { one } else { other }
}
