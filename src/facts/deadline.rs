//! The value of `deadline`: a date, a date-time, a quoted ISO date or a phrase of officials.

use jiff::civil::{Date, DateTime};

use super::DeadlineFact;
use super::words::short;
use crate::diagnostic::quoted;
use crate::domain::calendar::WorkingCalendar;
use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineRule};
use crate::domain::phrase::{PhraseErrorKind, read_deadline};
use crate::domain::recurrence::{CutOff, Cycle};
use crate::tree::{Moment, Table, Value, say};

/// The most characters of a phrase.
const PHRASE_CHARS_MAX: usize = 300;

/// Reads `deadline`. Phrases need the date of their dispatch; without it they are left to the complaint about the dispatch.
pub(super) fn deadline(table: &Table<'_>, issued: Option<Date>, calendar: &WorkingCalendar) -> Option<DeadlineFact> {
    let wording = short(table, "deadline_wording", PHRASE_CHARS_MAX);
    let value = table.get("deadline")?;
    let span = value.span();
    // A phrase brings its own notes.
    let is_phrase = is_phrase(&value);
    let fact = if is_phrase { phrase(value, issued, calendar)? } else { moment(value, calendar)? };
    let fact = match (wording, issued) {
        (Some(wording), Some(issued)) if !is_phrase => worded(fact, wording.value, issued, calendar),
        _ => fact,
    };
    if let (DeadlineRule::Fixed(deadline), Some(issued), false) = (&fact.rule, issued, is_phrase)
        && deadline.last_day < issued
    {
        let (problems, day) = (table.problems(), deadline.last_day);
        let language = problems.language;
        problems.warning(
            "deadline-before-dispatch",
            span,
            say!(
                language,
                "thời hạn {day} trước ngày văn bản {issued}",
                "the deadline {day} lies before the dispatch of {issued}"
            ),
            say!(language, "xem lại năm của thời hạn", "look at the year of the deadline"),
        );
    }
    Some(fact)
}

/// A day beside the words it was taken from: the words are kept, unless they say another day.
fn worded(fact: DeadlineFact, wording: String, issued: Date, calendar: &WorkingCalendar) -> DeadlineFact {
    let DeadlineRule::Fixed(given) = fact.rule else { return fact };
    match read_deadline(&wording, issued, calendar).map(|reading| reading.rule) {
        Ok(DeadlineRule::Fixed(read)) if (read.last_day, read.time) == (given.last_day, given.time) => {
            DeadlineFact { text: wording, rule: DeadlineRule::Fixed(read) }
        }
        // The office set a day of its own.
        Ok(_) => fact,
        Err(_) => DeadlineFact { text: wording, ..fact },
    }
}

/// `until` and `cutoff`, which only a recurring duty has.
pub(super) fn series(table: &Table<'_>, deadline: Option<&DeadlineFact>) -> (Option<Date>, Option<CutOff>) {
    let (problems, language) = (table.problems(), table.problems().language);
    let rule = match deadline.map(|fact| &fact.rule) {
        Some(DeadlineRule::Recurring(rule)) => Some(rule),
        _ => None,
    };
    for key in ["until", "cutoff"] {
        if table.get(key).is_some() && rule.is_none() && (deadline.is_some() || !table.has("deadline")) {
            problems.error_with_help(
                "not-recurring",
                table.key_span(key),
                say!(language, "\"{key}\" chỉ dùng cho thời hạn định kỳ", "\"{key}\" is for a recurring deadline"),
                say!(
                    language,
                    "xóa khóa đó, hoặc ghi deadline = \"hằng tháng, trước ngày 20\"",
                    "remove it, or write deadline = \"hằng tháng, trước ngày 20\""
                ),
            );
        }
    }
    let cut_off = table.int("cutoff").and_then(|found| {
        let weekly = rule.is_some_and(|rule| rule.cycle == Cycle::Weekly);
        let read = CutOff::new(found.value).filter(|_| !weekly);
        if read.is_none() {
            let help = say!(
                language,
                "ghi ngày chốt số liệu trong tháng, ví dụ cutoff = 14; kỳ hằng tuần không có ngày chốt",
                "write the day of the month on which figures are closed, e.g. cutoff = 14; a week has none"
            );
            let shown = found.value;
            let message = say!(language, "\"cutoff\": {shown} không dùng được", "\"cutoff\": {shown} does not fit");
            problems.error_with_help("bad-cutoff", found.span, message, help);
        }
        read
    });
    (table.date("until").map(|found| found.value), cut_off)
}

/// The new deadline of an extension: a day or an instant, however it is written.
pub(super) fn new_deadline(table: &Table<'_>, issued: Option<Date>, calendar: &WorkingCalendar) -> Option<Deadline> {
    let span = table.key_span("deadline");
    match deadline(table, issued, calendar)?.rule {
        DeadlineRule::Fixed(deadline) => Some(deadline),
        DeadlineRule::Relative { .. } | DeadlineRule::Recurring(_) => {
            let problems = table.problems();
            let language = problems.language;
            problems.error_with_help(
                "extension-without-date",
                span,
                say!(language, "gia hạn phải có ngày cụ thể", "an extension needs a day"),
                say!(language, "viết deadline = 2024-03-31", "write deadline = 2024-03-31"),
            );
            None
        }
    }
}

/// A text that does not begin like an ISO date.
fn is_phrase(value: &Value<'_>) -> bool {
    value.is_text() && value.clone().nfc_str().is_some_and(|text| !begins_with_iso_year(text.value.trim()))
}

fn begins_with_iso_year(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 5 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

fn moment(value: Value<'_>, calendar: &WorkingCalendar) -> Option<DeadlineFact> {
    Some(match value.datetime()?.value {
        // Exports write this day for "no deadline".
        Moment::Date(day) if day == jiff::civil::date(1970, 1, 1) => return None,
        Moment::Date(day) => DeadlineFact { text: day.to_string(), rule: DeadlineRule::Fixed(Deadline::by(day)) },
        Moment::Local(at) => at_time(at),
        Moment::Instant(at) => at_time(at.to_zoned(calendar.time_zone().clone()).datetime()),
    })
}

/// A deadline at a minute of a day; seconds are dropped, nobody is late by seconds.
fn at_time(at: DateTime) -> DeadlineFact {
    let (hour, minute) = (at.hour(), at.minute());
    let time = jiff::civil::time(hour, minute, 0, 0);
    let deadline = Deadline { kind: DeadlineKind::By, time: Some(time), ..Deadline::by(at.date()) };
    DeadlineFact { text: format!("{}T{hour:02}:{minute:02}", at.date()), rule: DeadlineRule::Fixed(deadline) }
}

fn phrase(value: Value<'_>, issued: Option<Date>, calendar: &WorkingCalendar) -> Option<DeadlineFact> {
    let (problems, span) = (value.problems(), value.span());
    let language = problems.language;
    let text = value.str()?.value;
    let shown = quoted(&text);
    if text.chars().count() > PHRASE_CHARS_MAX {
        problems.error_with_help(
            "text-too-long",
            span,
            say!(
                language,
                "\"deadline\" dài quá {PHRASE_CHARS_MAX} ký tự",
                "\"deadline\" is longer than {PHRASE_CHARS_MAX} characters"
            ),
            say!(language, "chỉ ghi cụm từ nêu thời hạn", "write only the words of the deadline"),
        );
        return None;
    }
    match read_deadline(&text, issued?, calendar) {
        Ok(reading) => {
            for flag in reading.flags {
                let note = flag.message(language);
                problems.warning(
                    "deadline-assumed",
                    span,
                    say!(language, "thời hạn {shown}: {note}", "the deadline {shown}: {note}"),
                    say!(language, "ghi ngày đầy đủ để không hiểu khác", "write the full date, so that it can mean nothing else"),
                );
            }
            Some(DeadlineFact { text, rule: reading.rule })
        }
        // Exports write this day for "no deadline".
        Err(error) if error.kind == PhraseErrorKind::MeansNone => None,
        Err(error) => {
            let (what, help) = (error.kind.message(language), error.kind.help(language));
            let message = say!(language, "thời hạn {shown}: {what}", "the deadline {shown}: {what}");
            problems.error_with_help("bad-deadline", span, message, help);
            None
        }
    }
}
