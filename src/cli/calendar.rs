//! `calendar`: what the working calendar says.

use clap::{Args, Subcommand};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::argument;
use super::common::{Form, Ground};
use super::failure::Failure;
use super::print;
use super::row;
use crate::domain::calendar::{Day, DayReason, Window};
use crate::domain::rules::Language;
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Say whether a day is worked, and why; list a year; or count working days on from
a date.

A year without an announcement of its holidays is provisional: its fixed and
lunar holidays are closed, swapped days are unknown. Add the year to
`announced`, or its changes to [[calendar.change]], once they are announced.

Examples:
  dondoc calendar 2024-01-01
  dondoc calendar --year 2024
  dondoc calendar add 2023-12-29 3        the 3rd working day after 29/12/2023";

/// `calendar`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Calendar {
    /// The day, as 2024-01-01 or 01/01/2024
    #[arg(value_parser = argument::date, required_unless_present = "year", conflicts_with = "year")]
    date: Option<Date>,
    /// Every day of a year; as a table only those that differ from an ordinary week
    #[arg(long, value_parser = argument::year())]
    year: Option<i16>,
    #[command(subcommand)]
    counting: Option<Counting>,
}

/// Counting.
#[derive(Debug, Subcommand)]
enum Counting {
    /// The Nth working day after a date
    Add {
        /// The day counted from; it may be a rest day
        #[arg(value_parser = argument::date)]
        date: Date,
        /// How many working days
        #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(0..=9_999))]
        count: u32,
    },
}

/// Prints.
///
/// # Errors
/// Never after the command line was read.
pub fn run(ground: &Ground, args: &Calendar) -> Result<(), Failure> {
    let calendar = &ground.config.rules.calendar;
    if let Some(Counting::Add { date, count }) = args.counting {
        print_day(ground, calendar.nth_working_day_after(date, count));
    } else if let Some(year) = args.year {
        print_year(ground, year);
    } else if let Some(date) = args.date {
        print_day(ground, date);
    }
    Ok(())
}

fn print_day(ground: &Ground, date: Date) {
    let day = ground.config.rules.calendar.day(date);
    if ground.form == Form::Json {
        return print::json(&to_json(ground, date, &day));
    }
    let language = ground.language;
    let [date, weekday, what, why] = cells(ground, date, &day);
    let hours = if day.working { format!(" ({})", hours(ground).join(", ")) } else { String::new() };
    let provisional = if day.provisional { say!(language, "; lịch tạm tính", "; provisional") } else { String::new() };
    print::data(&format!("{weekday} {date}: {what}{hours} – {why}{provisional}\n"));
}

fn print_year(ground: &Ground, year: i16) {
    let calendar = &ground.config.rules.calendar;
    let language = ground.language;
    // Both exist: the year was bounded when the command line was read.
    let (Ok(first), Ok(last)) = (Date::new(year, 1, 1), Date::new(year, 12, 31)) else { return };
    let days: Vec<(Date, Day)> =
        first.series(jiff::ToSpan::days(1)).take_while(|date| *date <= last).map(|date| (date, calendar.day(date))).collect();
    if ground.form == Form::Json {
        return print::json(&days.iter().map(|(date, day)| to_json(ground, *date, day)).collect());
    }
    let special = days.iter().filter(|(_, day)| !matches!(day.reason, DayReason::Weekday | DayReason::Weekend));
    let header = match language {
        Language::Vi => ["Ngày", "Thứ", "Làm việc", "Lý do"],
        Language::En => ["Date", "Weekday", "Worked", "Reason"],
    };
    print::table(header, special.map(|(date, day)| cells(ground, *date, day)));
    let worked = days.iter().filter(|(_, day)| day.working).count();
    print::data(&say!(language, "{worked} ngày làm việc trong năm {year}\n", "{worked} working days in {year}\n"));
    if days.iter().any(|(_, day)| day.provisional) {
        print::note(&say!(
            language,
            "Lịch năm {year} là tạm tính: chưa có thông báo nghỉ lễ nên chưa biết ngày hoán đổi; khi có, thêm {year} vào announced và các ngày hoán đổi vào [[calendar.change]].\n",
            "The calendar of {year} is provisional: its holidays are not announced, so swapped days are unknown; once they are, add {year} to announced and the swapped days to [[calendar.change]].\n"
        ));
    }
}

fn to_json(ground: &Ground, date: Date, day: &Day) -> Value {
    let hours = if day.working { hours(ground) } else { Vec::new() };
    json!({
        "date": date.to_string(),
        "working": day.working,
        "reason": reason(&day.reason, ground.language),
        "hours": hours,
        "provisional": day.provisional,
    })
}

fn cells(ground: &Ground, date: Date, day: &Day) -> [String; 4] {
    let language = ground.language;
    let what = if day.working { say!(language, "làm việc", "worked") } else { say!(language, "nghỉ", "off") };
    [row::day(date), weekday(date, language).to_owned(), what, reason(&day.reason, language)]
}

fn hours(ground: &Ground) -> Vec<String> {
    let minute = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let window = |window: &Window| format!("{}-{}", minute(window.start_min), minute(window.end_min));
    ground.config.rules.calendar.windows().iter().map(window).collect()
}

/// The weekday in words.
pub fn weekday(date: Date, language: Language) -> &'static str {
    const VI: [&str; 7] = ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"];
    const EN: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let index = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
    match language {
        Language::Vi => VI[index],
        Language::En => EN[index],
    }
}

fn reason(reason: &DayReason, language: Language) -> String {
    match reason {
        DayReason::Weekday => say!(language, "ngày làm việc thường", "ordinary working day"),
        DayReason::Weekend => say!(language, "nghỉ hằng tuần", "weekly rest day"),
        // The names of holidays stay Vietnamese: they are names.
        DayReason::Holiday(name) => name.clone(),
        // Their Vietnamese texts say by themselves what they are.
        DayReason::InLieu(name) => say!(language, "{name}", "in lieu: {name}"),
        DayReason::SwapOff(name) => say!(language, "{name}", "off by swap: {name}"),
        DayReason::SwapWorking(name) => say!(language, "{name}", "worked by swap: {name}"),
        DayReason::Change { reason, source } => {
            let parts: Vec<&str> = [reason, source].into_iter().flatten().map(String::as_str).collect();
            if parts.is_empty() { "[[calendar.change]]".to_owned() } else { parts.join("; ") }
        }
    }
}
