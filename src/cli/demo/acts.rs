//! The three acts, one screen each; every line is read from the store.

use super::Stop;
use super::figures::{self, Standing};
use super::replay::{DISPATCH_CLAUSE, FIRST_DAY, Played};
use super::script::{PAPER_WARD, SILENT_WARD};
use super::story;
use super::words::{WIDTH, cut, day, long_day, number, pad, short_day, wrap};
use crate::domain::directive::Work;
use crate::domain::planner;
use crate::domain::rules::Language;
use crate::store::assignments;
use crate::store::queries::ListRow;
use crate::tree::say;

/// What every reader must know first.
pub fn opening(language: Language) -> String {
    let first = say!(
        language,
        "Tên người, địa chỉ, số liệu đều là giả định; ví dụ có trước tháng 7/2025, khi còn cấp quận.",
        "All names and figures are made up; the example predates July 2025, the end of districts."
    );
    wrap(&first, WIDTH, "")
}

/// Act 1: clause 1.e, sixteen wards, one silent.
pub async fn first(played: &Played, rows: &[ListRow]) -> Result<String, Stop> {
    let rules = &played.engine.rules;
    let language = rules.language;
    let mut wards: Vec<&ListRow> =
        rows.iter().filter(|row| row.name.directive.clause == DISPATCH_CLAUSE && is_ward(&row.unit_code)).collect();
    wards.sort_by_key(|ward| &ward.unit_code);
    let mut lines = vec![rule(&say!(
        language,
        "HỒI 1. Điểm 1.e: mười sáu phường, một phường không trả lời",
        "ACT 1. Clause 1.e: sixteen wards, one never answers"
    ))];
    if let Some(ward) = wards.first() {
        let title = cut(&ward.title, WIDTH);
        lines.push(title);
        if let Some(deadline) = ward.deadline {
            let wording = ward.deadline_text.clone().unwrap_or_default();
            let last = long_day(deadline.last_day, language);
            lines.push(say!(language, "Thời hạn: {wording}, chậm nhất {last}", "Deadline: {wording}, at the latest {last}"));
        }
    }
    lines.push(say!(language, "Ngày tiếp nhận → ngày báo cáo của từng phường:", "Taken on → reported done on, ward by ward:"));
    let mut cells = Vec::new();
    for ward in &wards {
        let course = story::timeline(played, DISPATCH_CLAUSE, &ward.unit_code).await?;
        cells.push(ward_cell(ward, &course, played));
    }
    let half = cells.len().div_ceil(2);
    for (left, right) in cells.iter().take(half).zip(cells.iter().skip(half).map(Some).chain(std::iter::repeat(None))) {
        lines.push(format!("{}{}", pad(left, 40), right.map_or("", String::as_str)));
    }
    lines.push(String::new());
    let silent = story::timeline(played, DISPATCH_CLAUSE, SILENT_WARD).await?;
    let name = short_name(&silent.row.unit_name);
    lines.push(say!(language, "{name}, từng bậc:", "{name}, rung by rung:"));
    lines.extend(story::lines(&story::events(&silent, rules), rules));
    lines.push(say!(
        language,
        "Thang dừng ở đây: không còn bậc nào. Xử lý thế nào là việc của lãnh đạo.",
        "Here the ladder ends. What follows is for the leaders to decide."
    ));
    Ok(lines.join("\n"))
}

/// "Phường 3   05/10 → 24/11  đúng hạn"
fn ward_cell(ward: &ListRow, course: &crate::store::timeline::Timeline, played: &Played) -> String {
    let rules = &played.engine.rules;
    let language = rules.language;
    let calendar = &rules.calendar;
    let name = pad(&short_name(&ward.unit_name), 11);
    let Some(taken) = course.replies.first().map(|reply| short_day(calendar.date_of(reply.at))) else {
        return format!("{name}{}", say!(language, "không trả lời", "no answer"));
    };
    let result = match figures::standing(ward, played) {
        Standing::DoneOnTime => say!(language, "đúng hạn", "on time"),
        Standing::DoneLate => say!(language, "quá hạn", "late"),
        Standing::OpenInTime => match ward.deadline {
            Some(deadline) => {
                let until = short_day(deadline.last_day);
                say!(language, "gia hạn đến {until}", "extended to {until}")
            }
            None => String::new(),
        },
        Standing::OpenOverdue | Standing::Undated => say!(language, "chưa xong", "open"),
        Standing::Withdrawn => say!(language, "không còn hiệu lực", "withdrawn"),
    };
    let done = ward.done.map(|(at, on)| short_day(on.unwrap_or_else(|| calendar.date_of(at))));
    match done {
        Some(done) => format!("{name}{taken} → {done}  {result}"),
        None => format!("{name}{taken} → {result}"),
    }
}

/// Act 2: clause 4.b, figures against pace.
pub async fn second(played: &Played) -> Result<String, Stop> {
    let rules = &played.engine.rules;
    let language = rules.language;
    let course = story::timeline(played, "4.b", "tckh").await?;
    let mut lines = vec![
        rule(&say!(
            language,
            "HỒI 2. Điểm 4.b: số liệu giải ngân so với tiến độ",
            "ACT 2. Clause 4.b: disbursement against pace"
        )),
        cut(&course.row.title, WIDTH),
        say!(language, "  Số liệu đến    Đạt        Tiến độ cần   Chênh lệch", "  As of          Reached    Pace needs    Gap"),
    ];
    let mut connection = played.engine.store.read().acquire().await?;
    let loaded = assignments::load(&mut connection, &[course.row.id], &rules.office, played.end).await?;
    drop(connection);
    let Some(view) = loaded.first().map(|loaded| &loaded.view) else { return Err(Stop::embedded("4.b")) };
    let Some(target) = &view.target else { return Err(Stop::embedded("4.b")) };
    for figure in &view.figures {
        let span = planner::pace_span(view);
        let Some(needed) = target.needed_on(figure.as_of, span, &view.figures, &rules.calendar) else { continue };
        let gap = figure.value - needed;
        let sign = if gap < 0.0 { "-" } else { "+" };
        lines.push(format!(
            "  {}     {}    {}       {sign}{}",
            day(figure.as_of),
            pad(&format!("{}%", number(figure.value, language)), 7),
            pad(&format!("{}%", number(needed, language)), 7),
            number(gap.abs(), language),
        ));
    }
    let reached = view.figures.last().is_some_and(|figure| target.is_reached_by(figure.value));
    let wanted = format!("{} {}%", target.op.as_str(), target.value);
    lines.push(if reached {
        say!(language, "  Chỉ tiêu {wanted}: đã đạt.", "  Target {wanted}: reached.")
    } else {
        say!(language, "  Chỉ tiêu {wanted}: chưa đạt.", "  Target {wanted}: not reached.")
    });
    lines.push(String::new());
    lines.extend(story::lines(&story::events(&course, rules), rules));
    Ok(lines.join("\n"))
}

/// Act 3: reported on paper in time, entered and accepted later.
pub async fn third(played: &Played) -> Result<String, Stop> {
    let rules = &played.engine.rules;
    let language = rules.language;
    let course = story::timeline(played, DISPATCH_CLAUSE, PAPER_WARD).await?;
    let name = short_name(&course.row.unit_name);
    let mut lines = vec![
        rule(&say!(
            language,
            "HỒI 3. {name} báo cáo bằng văn bản giấy, được nghiệm thu sau",
            "ACT 3. {name} reports on paper and is accepted later"
        )),
        String::new(),
    ];
    lines.extend(story::lines(&story::events(&course, rules), rules));
    lines.push(String::new());
    if let (Some(report), Work::Accepted) = (course.replies.iter().rev().find(|reply| reply.on.is_some()), course.row.work) {
        let (entered, on) = (day(rules.calendar.date_of(report.at)), report.on.map(day).unwrap_or_default());
        let document = report.document.clone().unwrap_or_default();
        let text = say!(
            language,
            "Văn bản {document} được nhập ngày {entered}, nhưng tính từ ngày {on}. Vì đã có báo cáo, lãnh đạo phụ trách không nhận tin nào.",
            "Document {document} was entered on {entered} but counts from {on}. As it was reported, the leader in charge got nothing."
        );
        lines.push(wrap(&text, WIDTH, ""));
        let verdict = match figures::standing(&course.row, played) {
            Standing::DoneOnTime => say!(language, "Kết quả: hoàn thành đúng hạn.", "Result: completed on time."),
            _ => say!(language, "Kết quả: hoàn thành quá hạn.", "Result: completed late."),
        };
        lines.push(verdict);
    }
    Ok(lines.join("\n"))
}

/// Everything else in one counted line, and the official figures.
pub fn closing(played: &Played, rows: &[ListRow]) -> String {
    let language = played.engine.rules.language;
    let count = |standing| figures::count(rows, played, standing);
    let undated = count(Standing::Undated);
    let sent = played.sent.len();
    let telegram = played.sent.iter().filter(|sent| sent.parcel.channel.as_str() == "telegram").count();
    let mails = sent - telegram;
    let mut people: Vec<&str> = played.sent.iter().map(|sent| sent.parcel.address.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    let people = people.len();
    let answers = played.answers;
    let (first, last) = (day(FIRST_DAY), day(super::replay::LAST_DAY));
    let rest = say!(
        language,
        "Mọi việc khác: {undated} đầu việc thường xuyên chưa có hạn, rà soát định kỳ; cả thảy {sent} tin ({mails} thư, {telegram} Telegram) cho {people} người, {answers} phản hồi.",
        "All else: {undated} standing duties without deadline, reviewed in cycles; in all {sent} messages ({mails} mails, {telegram} Telegram) to {people} people, {answers} replies."
    );
    let title =
        say!(language, "KẾT QUẢ từ {first} đến {last}, nhiệm vụ có hạn", "RESULT from {first} to {last}, dated assignments");
    let (done, open) = (say!(language, "Hoàn thành", "Completed"), say!(language, "Chưa hoàn thành", "Not completed"));
    let (on_time, late) = (say!(language, "đúng hạn", "on time"), say!(language, "quá hạn", "late"));
    let (in_time, overdue) = (say!(language, "trong hạn", "in time"), say!(language, "quá hạn", "overdue"));
    [
        wrap(&rest, WIDTH, ""),
        String::new(),
        rule(&title),
        format!(
            "  {}  {} {:>3}   {} {:>3}",
            pad(&done, 17),
            pad(&on_time, 10),
            count(Standing::DoneOnTime),
            pad(&late, 10),
            count(Standing::DoneLate)
        ),
        format!(
            "  {}  {} {:>3}   {} {:>3}",
            pad(&open, 17),
            pad(&in_time, 10),
            count(Standing::OpenInTime),
            pad(&overdue, 10),
            count(Standing::OpenOverdue)
        ),
    ]
    .join("\n")
}

fn is_ward(unit: &str) -> bool {
    unit.strip_prefix('p').is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()))
}

/// "Ủy ban nhân dân Phường 16" is "Phường 16" in a table.
pub fn short_name(unit: &str) -> String {
    unit.trim_start_matches("Ủy ban nhân dân ").to_owned()
}

/// A heading with a line to the margin.
pub fn rule(title: &str) -> String {
    let left = WIDTH.saturating_sub(title.chars().count() + 4);
    format!("── {title} {}", "─".repeat(left))
}
