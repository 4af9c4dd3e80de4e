//! The reader of dispatches against dispatches whose structure is known.

mod written;

use dondoc::dispatch::{Draft, Drafts, read};
use dondoc::domain::calendar::{CalendarRules, WorkingCalendar};
use dondoc::domain::deadline::DeadlineRule;
use dondoc::domain::rules::Language;
use jiff::tz::TimeZone;
use written::{Duty, Written, written};

fn calendar() -> WorkingCalendar {
    WorkingCalendar::new(CalendarRules::usual(TimeZone::get("Asia/Ho_Chi_Minh").expect("a zone of the bundled database")))
}

/// `before 2023-12-24`, `recurring`, `-`
fn deadline_of(draft: &Draft) -> String {
    let Some(deadline) = &draft.deadline else { return "-".to_owned() };
    match &deadline.rule {
        Some(DeadlineRule::Fixed(fixed)) => format!("{} {}", deadline.kind.as_str(), fixed.last_day),
        _ => deadline.kind.as_str().to_owned(),
    }
}

fn told(duty: &Duty) -> String {
    let deadline = match duty.deadline {
        None => "-".to_owned(),
        Some((kind, None)) => kind.to_owned(),
        Some((kind, Some(day))) => format!("{kind} {day}"),
    };
    format!("{} | {} | {deadline} | {:?}", duty.clause, duty.leads.join("; "), duty.target)
}

fn told_of(draft: &Draft) -> String {
    let leads: Vec<&str> = draft.lead_units.iter().map(|lead| lead.text.as_str()).collect();
    let target = draft.target.as_ref().and_then(|target| target.value);
    format!("{} | {} | {} | {target:?}", draft.clause, leads.join("; "), deadline_of(draft))
}

/// What differs between what was written and what was read.
fn differences(one: &Written, drafts: &Drafts) -> Vec<String> {
    let mut wrong = Vec::new();
    if drafts.heading.number.as_deref() != Some(&one.number) || drafts.heading.date != Some(one.issued) {
        wrong.push(format!("heading {:?} {:?}, not {} {}", drafts.heading.number, drafts.heading.date, one.number, one.issued));
    }
    let expected: Vec<String> = one.duties.iter().map(told).collect();
    let read: Vec<String> = drafts.directives.iter().map(told_of).collect();
    wrong.extend(expected.iter().filter(|line| !read.contains(line)).map(|line| format!("not read: {line}")));
    wrong.extend(read.iter().filter(|line| !expected.contains(line)).map(|line| format!("not written: {line}")));
    wrong
}

/// `DONDOC_DISPATCH_FROM=SEED` begins elsewhere, `DONDOC_DISPATCH_RUNS=N` reads that many.
#[test]
fn what_was_written_is_read_back_through_the_dirt() {
    let number = |variable: &str, usual: u64| std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(usual);
    let (from, runs) = (number("DONDOC_DISPATCH_FROM", 20_261_125), number("DONDOC_DISPATCH_RUNS", 60));
    let calendar = calendar();
    for seed in from..from + runs {
        let one = written(seed);
        let (drafts, _) = read(&one.text, &calendar, Language::Vi);
        let wrong = differences(&one, &drafts);
        assert!(wrong.is_empty(), "seed {seed}:\n{}\n\n{}", wrong.join("\n"), one.text);
    }
}
