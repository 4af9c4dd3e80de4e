//! The catalogue of phrases, read against a dispatch of Thursday 05/10/2023.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::calendar::{CalendarRules, HolidayTable, Window};
use crate::domain::deadline::{Deadline, RelativeAnchor};
use crate::domain::recurrence::{Cycle, CycleDay};

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

fn read(text: &str) -> Result<Reading, PhraseError> {
    CALENDAR.with(|calendar| read_deadline(text, ISSUED, calendar))
}

/// A meaning in one line, so that the table stays readable:
/// `kind [from..] last [time] [named]`, `monthly <20`, `5 WorkingDays Received`, or the error; then the flags.
fn meaning(text: &str) -> String {
    match read(text) {
        Ok(Reading { rule, flags }) => {
            let mut words = vec![rule_in_words(&rule)];
            words.extend(flags.iter().map(|flag| format!("!{}", short(*flag))));
            words.join(" ")
        }
        Err(error) => format!("{:?}", error.kind),
    }
}

fn short(flag: Flag) -> String {
    match flag {
        Flag::YearAssumed { year } => format!("year {year}"),
        Flag::MonthAssumed { year, month } => format!("month {year}-{month:02}"),
        Flag::WeekdayContradicts { .. } => "weekday".to_owned(),
        other => format!("{other:?}"),
    }
}

fn rule_in_words(rule: &DeadlineRule) -> String {
    match rule {
        DeadlineRule::Fixed(Deadline { kind, last_day, named_day, time, from }) => {
            let from = from.map_or(String::new(), |from| format!("{from}.."));
            let time = time.map_or(String::new(), |time| format!(" {:02}:{:02}", time.hour(), time.minute()));
            let named = if named_day == last_day { String::new() } else { format!(" <{named_day}") };
            format!("{} {from}{last_day}{time}{named}", kind.as_str())
        }
        DeadlineRule::Relative { amount, anchor } => format!("{} {:?} {anchor:?}", amount.count, amount.unit),
        DeadlineRule::Recurring(cycle) => {
            let bound = if cycle.exclusive { "<" } else { "" };
            let day = match cycle.day {
                CycleDay::Last => "last".to_owned(),
                CycleDay::Weekday(weekday) => format!("{weekday:?}"),
                CycleDay::OfLastMonth(day) => format!("{day}"),
                CycleDay::OfYear { month, day } => format!("{day}/{month}"),
            };
            let time = cycle.time.map_or(String::new(), |time| format!(" {:02}:{:02}", time.hour(), time.minute()));
            let longer = cycle.longer.iter().map(|longer| format!("+{longer:?}")).collect::<String>();
            format!("{:?}{longer} {bound}{day}{time}", cycle.cycle)
        }
    }
}

fn assert_table(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter(|(text, expected)| meaning(text) != *expected)
        .map(|(text, expected)| format!("{text}\n    is   {}\n    want {expected}", meaning(text)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn days_are_read_as_before_by_and_at() {
    assert_table(&[
        // 1
        ("trước ngày 25/12/2023", "before 2023-12-24 <2023-12-25"),
        // 2
        ("trước 25/12/2023", "before 2023-12-24 <2023-12-25"),
        ("xong trước 01/10/2021", "before 2021-09-30 <2021-10-01 !BeforeIssue"),
        // 3
        ("hoàn thành trước ngày 10/12/2023", "before 2023-12-09 <2023-12-10"),
        // 4
        ("chậm nhất ngày 20/5/2021", "by 2021-05-20 !BeforeIssue"),
        // 5
        ("chậm nhất vào ngày 31/12/2020", "by 2020-12-31 !BeforeIssue"),
        // 6
        ("chậm nhất là ngày 20 của tháng cuối kỳ báo cáo", "Quarterly 20 !CycleAssumed"),
        ("định kỳ 6 tháng, chậm nhất là ngày 20 của tháng cuối kỳ báo cáo", "HalfYearly 20"),
        // 7
        ("chậm nhất đến ngày 30/11/2023", "by 2023-11-30"),
        ("muộn nhất ngày 30/11/2023", "by 2023-11-30"),
        // 8
        ("chậm nhất trước ngày 15/11/2023", "before 2023-11-14 <2023-11-15 !MixedWords"),
        ("chậm nhất trước ngày 15 …", "before 2023-10-14 <2023-10-15 !MixedWords !month 2023-10"),
        // 9
        ("đến ngày 30/11/2023", "by 2023-11-30"),
        // 10
        ("đến hết ngày 15 tháng 11 năm 2020", "by 2020-11-15 !BeforeIssue"),
        // 11
        ("hết ngày 14/6", "by 2024-06-14 !year 2024"),
        ("tính đến hết ngày 14/12/2023", "by 2023-12-14 !CutOff"),
        // 12
        ("vào ngày 28/7/2020", "at 2020-07-28 !BeforeIssue"),
        ("ngày 04/8/2020", "at 2020-08-04 !BeforeIssue"),
        // 13
        ("trước 17 giờ 00 ngày 25/12/2023", "before 2023-12-25 17:00"),
        // 14
        ("trước 9h00, ngày 13 tháng 10 năm 2020", "before 2020-10-13 09:00 !BeforeIssue"),
        // 15
        ("Chậm nhất trước 10 giờ 30 phút, ngày 26 tháng 10 năm 2023 (thứ Năm)", "before 2023-10-26 10:30 !MixedWords"),
        (
            "Chậm nhất trước 10 giờ 30 phút, ngày 26 tháng 10 … (thứ Hai)",
            "before 2023-10-26 10:30 !MixedWords !year 2023 !weekday",
        ),
        // 16
        ("đến 10h, ngày 16 tháng 11 năm 2020", "by 2020-11-16 10:00 !BeforeIssue"),
        // 17
        ("trước 16 giờ cùng ngày", "before 2023-10-05 16:00"),
        ("trong ngày", "within 2023-10-05..2023-10-05"),
        ("ngay trong ngày", "within 2023-10-05..2023-10-05"),
        // 18
        ("trong buổi sáng ngày 12/10/2023", "within 2023-10-12..2023-10-12 11:30"),
        ("trong buổi chiều ngày 12/10/2023", "within 2023-10-12..2023-10-12 17:00"),
    ]);
}

#[test]
fn periods_are_read_with_their_first_and_last_day() {
    assert_table(&[
        // 19
        ("từ ngày 05/10/2023 đến ngày 15/10/2023", "within 2023-10-05..2023-10-15"),
        ("từ ngày 05/10 đến ngày 15/10/2023", "within 2023-10-05..2023-10-15"),
        ("từ ngày 05 đến ngày 15 tháng 11 năm 2023", "within 2023-11-05..2023-11-15"),
        ("15/10 - 15/11/2023", "within 2023-10-15..2023-11-15"),
        // 20
        ("từ tháng 4 đến tháng 12 năm 2020", "within 2020-04-01..2020-12-31 !BeforeIssue"),
        ("từ tháng 11 đến tháng 02 năm 2024", "within 2023-11-01..2024-02-29"),
        // 21
        ("trong tháng 11/2023", "within 2023-11-01..2023-11-30"),
        ("trong tháng 11 năm 2023", "within 2023-11-01..2023-11-30"),
        ("trong tháng 11", "within 2023-11-01..2023-11-30 !year 2023"),
        ("trong tháng 9", "within 2024-09-01..2024-09-30 !year 2024"),
        // 22
        ("trong tháng này", "within 2023-10-01..2023-10-31"),
        ("trong tháng sau", "within 2023-11-01..2023-11-30"),
        ("tháng tới", "within 2023-11-01..2023-11-30"),
        // 23
        ("đầu tháng 11", "at 2023-11-01 !year 2023"),
        ("giữa tháng 11", "at 2023-11-15 !year 2023"),
        ("cuối tháng 11", "at 2023-11-30 !year 2023"),
        ("đến cuối tháng 11/2023", "by 2023-11-30"),
        // 24
        ("trong 10 ngày đầu tháng", "within 2023-10-01..2023-10-10 !month 2023-10"),
        ("thượng tuần tháng 11/2023", "within 2023-11-01..2023-11-10"),
        ("trung tuần tháng 11/2023", "within 2023-11-11..2023-11-20"),
        ("trong hạ tuần tháng 11/2023", "within 2023-11-21..2023-11-30"),
        // 25
        ("trong tuần này", "within 2023-10-02..2023-10-06"),
        ("trong tuần tới", "within 2023-10-09..2023-10-13"),
        // 26
        ("tuần thứ 2 tháng 11", "AmbiguousWeek"),
        // 27
        ("Quý IV/2023", "within 2023-10-01..2023-12-31"),
        ("trong Quý IV/2023", "within 2023-10-01..2023-12-31"),
        ("Quý IV năm 2023", "within 2023-10-01..2023-12-31"),
        ("quý 4/2023", "within 2023-10-01..2023-12-31"),
        ("Q4/2023", "within 2023-10-01..2023-12-31"),
        ("quý I", "within 2024-01-01..2024-03-31 !year 2024"),
        ("Quý II, Quý III/2024", "within 2024-04-01..2024-09-30"),
        ("quý III và quý IV năm 2024", "within 2024-07-01..2024-12-31"),
        ("tháng 2-3/2024", "within 2024-02-01..2024-03-31"),
        ("trong các tháng 11, 12/2023", "within 2023-11-01..2023-12-31"),
        ("trong tháng 11, 12 trường", "Trailing"),
        ("trong tháng 11, 12/2023", "within 2023-11-01..2023-12-31"),
        ("chậm nhất là ngày cuối cùng của tháng", "by 2023-10-31 !month 2023-10"),
        ("từ sáng ngày 16/10/2023 (thứ Hai) đến hết ngày 20/10/2023", "within 2023-10-16..2023-10-20"),
        // 28
        ("cuối quý", "at 2023-12-31 !NotDefinedByLaw"),
        ("giữa quý IV/2023", "at 2023-11-15 !NotDefinedByLaw"),
        ("đầu quý I/2024", "at 2024-01-01"),
        // 31
        ("6 tháng đầu năm 2024", "within 2024-01-01..2024-06-30"),
        ("6 tháng đầu năm", "within 2024-01-01..2024-06-30 !year 2024"),
        ("6 tháng cuối năm", "within 2023-07-01..2023-12-31 !year 2023"),
        // 32
        ("9 tháng đầu năm", "within 2024-01-01..2024-09-30 !year 2024"),
        // 33
        ("trong năm 2018", "within 2018-01-01..2018-12-31 !BeforeIssue"),
        ("năm 2023", "within 2023-01-01..2023-12-31"),
        ("hoàn thành trong năm", "within 2023-01-01..2023-12-31"),
        // 34
        ("đến hết năm 2025", "by 2025-12-31"),
        ("đến năm 2025", "by 2025-12-31"),
        // 38
        ("từ nay đến hết tháng 01/2024", "within 2023-10-05..2024-01-31"),
        ("từ nay đến hết tháng 01/2021", "by 2021-01-31 !BeforeIssue"),
        // 39
        ("từ nay đến cuối năm", "within 2023-10-05..2023-12-31"),
        // 61
        ("những việc cần làm ngay trong tháng 12/2025", "within 2025-12-01..2025-12-31"),
        // 62
        ("thời gian hoàn thành: Quý IV/2023", "within 2023-10-01..2023-12-31"),
        ("Thời hạn: trước ngày 25/12/2023", "before 2023-12-24 <2023-12-25"),
        ("Thời gian thực hiện: tháng 11/2023", "within 2023-11-01..2023-11-30"),
        // 63
        ("gia hạn đến ngày 31/3/2024", "by 2024-03-31 !Extension"),
        ("lùi thời hạn đến ngày 31/3/2024", "by 2024-03-31 !Extension"),
        ("điều chỉnh thời gian hoàn thành đến ngày 31/3/2024", "by 2024-03-31 !Extension"),
    ]);
}

#[test]
fn holidays_are_found_on_the_lunar_calendar() {
    assert_table(&[
        // 37: mùng 1 of Giáp Thìn is 10/02/2024, Chạp ends on the 9th.
        ("trước Tết Nguyên đán", "before 2024-02-08 <2024-02-09 !year 2024"),
        ("trước Tết Nguyên đán Giáp Thìn 2024", "before 2024-02-08 <2024-02-09"),
        ("trước kỳ nghỉ Tết Nguyên đán năm 2024", "before 2024-02-07 <2024-02-08"),
        ("trước kỳ nghỉ lễ 30/4 và 01/5", "before 2024-04-26 <2024-04-27 !year 2024"),
        ("trước Tết Dương lịch", "before 2023-12-31 <2024-01-01 !year 2024"),
        ("trước kỳ nghỉ lễ", "AmbiguousFeast"),
        ("sau kỳ nghỉ lễ", "Event"),
    ]);
}

#[test]
fn spans_wait_for_their_event() {
    assert_table(&[
        // 40
        ("trong thời hạn 05 ngày làm việc kể từ ngày nhận được …", "5 WorkingDays Received"),
        ("05 ngày làm việc kể từ ngày nhận được", "5 WorkingDays Received"),
        ("05 (năm) ngày làm việc, kể từ ngày nhận được văn bản này", "5 WorkingDays Received"),
        // 41
        ("trong thời hạn 10 ngày kể từ ngày ký ban hành", "10 Days Issued"),
        ("10 ngày kể từ ngày ký", "10 Days Issued"),
        ("10 ngày kể từ ngày 05/10/2023", "relative 2023-10-16"),
        ("01 tháng kể từ ngày ký", "relative 2023-11-06"),
        // 42
        ("trong vòng 24 giờ", "24 Hours Received !AnchorAssumed"),
        ("sau 48 giờ", "48 Hours Received !AnchorAssumed"),
        ("24 giờ", "24 Hours Received !AnchorAssumed"),
        // 43
        ("sau 10 ngày kể từ ngày ký", "EffectiveDate"),
        // 44
        ("chậm nhất 05 ngày trước ngày họp", "Event"),
        ("chậm nhất 05 ngày trước ngày 25/12/2023", "by 2023-12-20"),
        ("trong thời hạn 05 ngày làm việc kể từ ngày nhận đủ hồ sơ hợp lệ", "Event"),
    ]);
}

#[test]
fn recurring_duties_are_read_with_their_cycle() {
    assert_table(&[
        // 29
        ("trước ngày 15 của tháng cuối quý", "Quarterly <15"),
        // 30
        ("trước ngày 05 tháng cuối cùng của mỗi quý", "Quarterly <5"),
        // 50
        ("định kỳ hằng tháng, trước ngày 20", "Monthly <20"),
        ("hàng tháng trước ngày 20", "Monthly <20"),
        ("hằng tháng (trước ngày 20)", "Monthly <20"),
        ("trước ngày 20 hằng tháng", "Monthly <20"),
        ("trước ngày 15 của tháng", "Monthly <15"),
        // 51
        ("hằng tuần, trước 15 giờ thứ Năm", "Weekly Thursday 15:00"),
        ("chiều thứ Sáu hằng tuần", "Weekly Friday 17:00"),
        // 52
        ("hằng quý", "Quarterly last"),
        ("hàng quý", "Quarterly last"),
        ("mỗi quý", "Quarterly last"),
        // 53
        ("trước ngày 20/11 hàng năm", "Yearly <20/11"),
        ("hằng năm", "Yearly last"),
        // 54
        ("định kỳ 6 tháng và hằng năm", "HalfYearly+Yearly last"),
        ("định kỳ hằng quý, 6 tháng, hằng năm, trước ngày 20 của tháng cuối kỳ", "Quarterly+HalfYearly+Yearly <20"),
        // 55
        ("định kỳ và đột xuất khi có yêu cầu", "NoCycle"),
    ]);
}

#[test]
fn phrases_without_a_date_say_what_they_are() {
    assert_table(&[
        // 35
        ("giai đoạn 2023 - 2026", "Programme"),
        // 36
        ("năm học 2020-2021", "SchoolYear"),
        ("đầu năm học", "SchoolYear"),
        ("cuối năm học", "SchoolYear"),
        ("học kỳ I", "SchoolYear"),
        // 45
        ("trước ngày 10 tháng liền kề trước tháng đoàn đến", "Event"),
        // 46
        ("ngay sau khi có kết quả", "Event"),
        ("khi Thành phố triển khai", "Event"),
        // 47
        ("cùng với báo cáo tổng kết năm học", "SchoolYear"),
        ("lồng ghép vào báo cáo cải cách hành chính năm 2023", "OtherDocument"),
        // 48
        ("theo thời gian quy định", "OtherDocument"),
        ("theo quy định", "OtherDocument"),
        ("đúng thời hạn", "OtherDocument"),
        ("đúng tiến độ", "OtherDocument"),
        // 49
        ("theo tiến độ tại Kế hoạch số 12/KH-UBND", "OtherDocument"),
        ("theo lộ trình tại Kế hoạch số 12/KH-UBND ngày 05/10/2023", "OtherDocument"),
        // 56
        ("thường xuyên", "StandingDuty"),
        ("liên tục", "StandingDuty"),
        // 57
        ("tiếp tục", "Manner"),
        ("tăng cường", "Manner"),
        ("đẩy mạnh", "Manner"),
        // 58
        ("khẩn trương", "Manner"),
        ("ngay", "Manner"),
        ("sớm", "Manner"),
        ("kịp thời", "Manner"),
        ("trong thời gian sớm nhất", "Manner"),
        // 59
        ("Hỏa tốc", "UrgencyMark"),
        ("Thượng khẩn", "UrgencyMark"),
        ("Khẩn", "UrgencyMark"),
        // 60
        ("trước mắt", "Manner"),
        ("trong thời gian tới", "Manner"),
        // 63 without a date
        ("điều chỉnh thời gian hoàn thành", "Incomplete"),
        // 64
        ("đã quá hạn từ ngày 01/9/2023", "Status"),
        ("đến ngày 20/9/2023 vẫn chưa nhận được", "Status"),
        // 65
        ("quá thời hạn nêu trên, đơn vị không có ý kiến coi như thống nhất", "Consequence"),
        // 66
        ("báo cáo trước ngày 10/11/2023 để tổng hợp trước ngày 15/11/2023", "Several"),
        // 67
        ("cấp xã hoàn thành trước ngày 10/6/2021; cấp huyện hoàn thành trước ngày 14/6/2021", "Several"),
    ]);
}

#[test]
fn dates_are_read_in_every_usual_form() {
    assert_table(&[
        ("2023-12-25", "at 2023-12-25"),
        ("2023-12-25T17:00", "at 2023-12-25 17:00"),
        ("2023-12-25T17:00:00", "at 2023-12-25 17:00"),
        ("2023-12-25 17:00", "at 2023-12-25 17:00"),
        ("2023-12-25T17:00:00+07:00", "at 2023-12-25 17:00"),
        ("2023-12-25T20:30Z", "at 2023-12-26 03:30"),
        ("25/12/2023", "at 2023-12-25"),
        ("25-12-2023", "at 2023-12-25"),
        ("25.12.2023", "at 2023-12-25"),
        ("ngày 25 tháng 12 năm 2023", "at 2023-12-25"),
        ("trước ngày 25/12", "before 2023-12-24 <2023-12-25 !year 2023"),
        ("trước ngày 15/3", "before 2024-03-14 <2024-03-15 !year 2024"),
        ("trước ngày 15/10/23", "before 2023-10-14 <2023-10-15 !year 2023"),
        ("trước thứ Hai, ngày 25/12/2023", "before 2023-12-24 <2023-12-25"),
        ("chậm nhất ngày 25/12/2023 (thứ Hai)", "by 2023-12-25"),
        ("chậm nhất ngày 25/12/2023 (thứ Ba)", "by 2023-12-25 !weekday"),
        ("trước 17 giờ thứ Sáu tuần này", "before 2023-10-06 17:00"),
        ("ngày 31/12/2023, lúc 9 giờ 30", "at 2023-12-31 09:30"),
        ("trước 5 giờ chiều ngày 25/12/2023", "before 2023-12-25 17:00"),
        ("trước 17h00’ ngày 25/12/2023", "before 2023-12-25 17:00"),
        ("trước 24 giờ ngày 25/12/2023", "by 2023-12-25"),
        ("31/02/2024", "NoSuchDay"),
        ("25/13/2023", "NoSuchDay"),
        ("01/01/1970", "MeansNone"),
        ("trước ngày 25/12/2400", "OutOfRange"),
        ("từ ngày 15/10/2023 đến ngày 05/10/2023", "EndBeforeStart"),
        ("từ ngày 06/8/2020", "StartOnly"),
        ("trước 17 giờ", "Incomplete"),
        ("", "Empty"),
        ("abc", "Unknown"),
        ("trước ngày 25/12/2023 nhé", "Trailing"),
        ("cấp xã trước ngày 25/12/2023", "Leading"),
    ]);
}

#[test]
fn plain_english_is_read_too() {
    assert_table(&[
        ("before 2023-12-25", "before 2023-12-24 <2023-12-25"),
        ("by 2023-12-25", "by 2023-12-25"),
        ("on 2023-12-25", "at 2023-12-25"),
        ("by 17:00 on 2023-12-25", "by 2023-12-25 17:00"),
        ("Q4 2023", "within 2023-10-01..2023-12-31"),
        ("within 5 working days of receipt", "5 WorkingDays Received"),
        ("every month, before ngày 20", "Monthly <20"),
    ]);
}

#[test]
fn letters_blanks_and_case_do_not_matter() {
    let decomposed = "tru\u{31b}o\u{31b}\u{301}c nga\u{300}y 25/12/2023";
    for written in
        [decomposed, "TRƯỚC NGÀY 25/12/2023", "  trƣớc\u{a0} ngày\n 25 / 12 / 2023. ", "Trước ngày 25\u{2013}12\u{2013}2023;"]
    {
        assert_eq!(meaning(written), "before 2023-12-24 <2023-12-25", "{written:?}");
    }
}

#[test]
fn the_morning_and_the_afternoon_end_with_the_offices_windows() {
    let rules = |hours| CalendarRules {
        time_zone: TimeZone::UTC,
        holidays: HolidayTable::None,
        announced: BTreeSet::new(),
        working_days: vec![Weekday::Monday],
        hours,
        changes: Vec::new(),
    };
    let calendar = WorkingCalendar::new(rules(vec![Window { start_min: 480, end_min: 990 }]));
    let read = |text| read_deadline(text, ISSUED, &calendar).map(|reading| rule_in_words(&reading.rule));
    assert_eq!(read("sáng ngày 12/10/2023"), Ok("within 2023-10-12..2023-10-12 12:00".to_owned()));
    assert_eq!(read("chiều ngày 12/10/2023"), Ok("within 2023-10-12..2023-10-12 16:30".to_owned()));
}

#[test]
fn a_refusal_says_what_the_phrase_is_and_the_mend() {
    let error = read("thường xuyên").expect_err("no date");
    let shown = error.to_string();
    assert!(shown.contains("thường xuyên, không có thời hạn"), "{shown}");
    assert!(shown.contains("để trống deadline và dùng follow = \"review\""), "{shown}");
    assert!(error.kind.help(Language::En).contains("follow = \"review\""));
}

#[test]
fn a_phrase_in_the_middle_of_a_text_is_read_and_measured() {
    let text = "Phòng Nội vụ báo cáo trước ngày 25/12/2023 để tổng hợp.";
    let tokens = token::tokens(text);
    let first = tokens.iter().position(|token| token.kind == TokenKind::Word("trước".to_owned())).expect("stands there");
    let prefix = CALENDAR.with(|calendar| read_prefix(&tokens, first, ISSUED, calendar)).expect("valid").expect("read");
    let start = tokens[first].start;
    assert_eq!(&text[start..start + prefix.consumed_bytes], "trước ngày 25/12/2023");
    assert_eq!(tokens[prefix.next_token].kind, TokenKind::Word("để".to_owned()));
    assert_eq!(CALENDAR.with(|calendar| read_prefix(&tokens, 0, ISSUED, calendar)), Ok(None));
}

#[test]
fn a_relative_deadline_names_its_anchor() {
    let reading = read("05 ngày làm việc kể từ ngày nhận được").expect("read");
    assert!(matches!(reading.rule, DeadlineRule::Relative { anchor: RelativeAnchor::Received, .. }));
    let reading = read("hằng quý").expect("read");
    assert!(matches!(reading.rule, DeadlineRule::Recurring(recurrence) if recurrence.cycle == Cycle::Quarterly));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,80}") {
        let _ = read(&text);
    }

    #[test]
    fn no_mixture_of_its_words_makes_the_reader_panic(
        words in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(vec![
                    "trước", "ngày", "tháng", "năm", "quý", "giờ", "chậm nhất", "đến", "hết", "từ", "nay", "cuối", "đầu", "giữa",
                    "tuần", "này", "tới", "hằng", "kể từ", "nhận được", "làm việc", "thứ", "hai", "IV", "của", "kỳ nghỉ", "Tết",
                    "lễ", "trong", "vào", "/", "-", ".", ",", "(", ")", "h", ":", "6 tháng", "liền", "sau", "định kỳ", "học",
                ]).prop_map(str::to_owned),
                (0_u32..100_000).prop_map(|number| number.to_string()),
                (0_u32..40).prop_map(|number| format!("{number:02}")),
            ],
            0..14,
        ),
        year in 1990_i16..2149,
    ) {
        let issued = jiff::civil::date(year, 12, 31);
        let _ = CALENDAR.with(|calendar| read_deadline(&words.join(" "), issued, calendar));
    }

    #[test]
    fn every_day_is_read_back_from_every_form(year in 1990_i16..2149, month in 1_i8..=12, day in 1_i8..=28) {
        let expected = format!("at {year}-{month:02}-{day:02}");
        for text in [
            format!("{year}-{month:02}-{day:02}"),
            format!("{day}/{month}/{year}"),
            format!("{day:02}-{month:02}-{year}"),
            format!("ngày {day:02} tháng {month} năm {year}"),
        ] {
            prop_assert!(meaning(&text).starts_with(&expected), "{}", text);
        }
    }
}
