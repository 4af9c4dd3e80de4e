//! What is a deadline in a clause, and what is none.

use std::collections::BTreeSet;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::*;
use crate::domain::calendar::{CalendarRules, HolidayTable, Window};

const ISSUED: Date = jiff::civil::date(2023, 10, 5);

thread_local! {
    static CALENDAR: WorkingCalendar = WorkingCalendar::new(CalendarRules {
        time_zone: TimeZone::get("Asia/Ho_Chi_Minh").expect("a zone of the bundled database"),
        holidays: HolidayTable::Vn,
        announced: BTreeSet::new(),
        working_days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
        hours: vec![Window { start_min: 450, end_min: 690 }, Window { start_min: 780, end_min: 1020 }],
        changes: Vec::new(),
    });
}

/// `words | kind [from..]last [time]`, one after the other.
fn told(text: &str, findings: &Findings) -> Vec<String> {
    let rule = |rule: &Option<DeadlineRule>| match rule {
        None => "open".to_owned(),
        Some(DeadlineRule::Fixed(deadline)) => {
            let from = deadline.from.map_or(String::new(), |from| format!("{from}.."));
            let time = deadline.time.map_or(String::new(), |time| format!(" {:02}:{:02}", time.hour(), time.minute()));
            format!("{from}{}{time}", deadline.last_day)
        }
        Some(DeadlineRule::Relative { amount, anchor }) => format!("{} {:?} {anchor:?}", amount.count, amount.unit),
        Some(DeadlineRule::Recurring(cycle)) => {
            let bound = if cycle.exclusive { "<" } else { "" };
            format!("{:?} {bound}{:?}", cycle.cycle, cycle.day)
        }
    };
    findings.found.iter().map(|one| format!("{} | {} {}", &text[one.range.clone()], one.kind.as_str(), rule(&one.rule))).collect()
}

fn found(text: &str) -> Vec<String> {
    CALENDAR.with(|calendar| told(text, &find(text, Ground { issued: Some(ISSUED), calendar })))
}

fn assert_found(table: &[(&str, &[&str])]) {
    let wrong: Vec<String> = table
        .iter()
        .filter(|(text, expected)| found(text) != *expected)
        .map(|(text, expected)| format!("{text}\n    is   {:?}\n    want {expected:?}", found(text)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn days_that_bind_a_duty_are_found_in_their_sentence() {
    assert_found(&[
        ("Các phòng gửi danh sách về Văn phòng trước ngày 25/12/2023.", &["trước ngày 25/12/2023 | before 2023-12-24"]),
        ("Xây dựng kế hoạch của đơn vị xong trước 01/11/2023.", &["xong trước 01/11/2023 | before 2023-10-31"]),
        (
            "Rà soát hồ sơ, thời gian hoàn thành Quý IV/2023; tăng cường tuyên truyền.",
            &["thời gian hoàn thành Quý IV/2023 | within 2023-10-01..2023-12-31"],
        ),
        ("Hằng năm, đơn vị lập bản cam kết với cấp trên.", &["Hằng năm | recurring Yearly Last"]),
    ]);
}

#[test]
fn dates_that_bind_no_duty_are_passed_over() {
    assert_found(&[
        ("Căn cứ Công văn số 352/UBND-KT ngày 08 tháng 9 năm 2023 của Ủy ban nhân dân;", &[]),
        ("Hoàn thành các mục tiêu tại Kế hoạch cải cách hành chính năm 2023.", &[]),
        ("Đơn vị nào đã lập báo cáo xong trước ngày 30/9/2023 phải cập nhật lại.", &[]),
        ("Đến ngày 20/9/2023 vẫn chưa nhận được báo cáo.", &[]),
    ]);
}
