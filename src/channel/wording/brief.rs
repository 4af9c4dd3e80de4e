//! The weekly brief of a leader: the official 2×2 by unit, how long the late ones have been late, and which they are.

mod chat;
mod numbers;

use minijinja::context;
use minijinja::value::Value;

use super::date::{day_month, moment, short};
use super::deadline;
use super::entry::{Entry, speaker};
use super::letterhead::{close, code_line, greeting};
use super::mail::{rich, system, tag};
use super::pen::{Pen, Rank};
use super::place::{reference_dated, title};
use super::reason;
use super::state;
use super::text::{by, capitalised, count, cut, strong};
use super::timing::{Timing, working_days};
use crate::channel::letter::{Item, WeeklyBrief};
use crate::domain::reminder::Notice;
use crate::domain::rules::Language;
use crate::domain::tally::Tally;

pub(super) use chat::chat;

use numbers::{ages, figures, square};

/// The most codes one line lists.
const CODES_MAX: usize = 60;
/// The most items besides the late ones that a mail names.
const OTHERS_MAX: usize = 40;
/// The most days of earlier reminders a line names: the last ones.
const REMINDED_MAX: usize = 3;
/// The most reasons one letter gives; one person is seldom found in more than two ways.
const REASONS_MAX: usize = 5;

/// "[Báo cáo tuần 47/2026] 03 quá hạn, 41 trong hạn, 02 chờ nghiệm thu"
pub(super) fn headline(brief: &WeeklyBrief, language: Language) -> String {
    let week = brief.week.0.iso_week_date();
    let counts = counts(&total(brief), language).join(", ");
    match language {
        Language::Vi => format!("[Báo cáo tuần {:02}/{}] {counts}", week.week(), week.year()),
        Language::En => format!("[Weekly report {}/{}] {counts}", week.week(), week.year()),
    }
}

/// The total of all units.
fn total(brief: &WeeklyBrief) -> Tally {
    let mut total = Tally::default();
    for row in &brief.units {
        total += row.tally;
    }
    total
}

/// What is not done, in words: the late ones always, the others where there are any.
fn counts(total: &Tally, language: Language) -> Vec<String> {
    let say = |n: u64, vi: &str, en: &str| {
        let n_text = count(n, language);
        (n > 0).then(|| by!(language, format!("{n_text} {vi}"), format!("{n_text} {en}")))
    };
    let nothing = by!(language, "không có nhiệm vụ quá hạn", "nothing overdue").to_owned();
    let mut all = vec![say(total.late(), "quá hạn", "overdue").unwrap_or(nothing)];
    all.extend(say(total.in_time, "trong hạn", "in time"));
    all.extend(say(total.waiting, "chờ nghiệm thu", "awaiting acceptance"));
    all.extend(say(total.undated, "chưa có thời hạn", "without a date"));
    all
}

/// "từ 16/11 đến 22/11/2026"
fn period(brief: &WeeklyBrief, language: Language) -> String {
    let (from, to) = (day_month(brief.week.0), short(brief.week.1));
    by!(language, format!("từ {from} đến {to}"), format!("{from} to {to}"))
}

fn is_asked_downwards(pen: &Pen<'_>) -> bool {
    pen.items.iter().all(|item| Pen::rank(item) == Rank::Down)
}

fn units_words(brief: &WeeklyBrief, language: Language) -> String {
    match (brief.units.as_slice(), language) {
        ([one], _) => one.unit.clone(),
        (many, Language::Vi) => format!("{} đơn vị", count(many.len() as u64, language)),
        (many, Language::En) => format!("{} units", many.len()),
    }
}

/// The sentence the brief begins with; the late ones in bold print.
fn introduction(brief: &WeeklyBrief, pen: &Pen<'_>) -> String {
    let (units, now) = (units_words(brief, pen.language), moment(pen.now, pen.language));
    let mut counts = counts(&total(brief), pen.language);
    counts[0] = strong(&counts[0]);
    let counts = counts.join(", ");
    let (speaker, you) = (speaker(pen), &pen.you);
    match (pen.language, is_asked_downwards(pen)) {
        (Language::Vi, false) => {
            format!("{speaker} kính báo cáo {you} tình hình thực hiện nhiệm vụ của {units}, tính đến {now}: {counts}.")
        }
        (Language::Vi, true) => format!("Tình hình thực hiện nhiệm vụ của {units}, tính đến {now}: {counts}."),
        (Language::En, false) => {
            format!("{speaker} respectfully reports how the tasks of {units} stand at {now}: {counts}.")
        }
        (Language::En, true) => format!("How the tasks of {units} stand at {now}: {counts}."),
    }
}

/// What the week changed, and what the next days bring.
fn change(brief: &WeeklyBrief, language: Language) -> String {
    let (on_time, late) = brief.done;
    let [new, done, on_time, late, next] =
        [brief.new, on_time + late, on_time, late, brief.due_next].map(|n| count_or_zero(n, language));
    let period = period(brief, language);
    let split = by!(language, format!(" (đúng hạn {on_time}, quá hạn {late})"), format!(" ({on_time} on time, {late} late)"));
    let split = if brief.done == (0, 0) { String::new() } else { split };
    match language {
        Language::Vi => {
            format!("Trong tuần ({period}): mới giao {new}; hoàn thành {done}{split}. Đến hạn trong 07 ngày tới: {next}.")
        }
        Language::En => format!("In the week ({period}): {new} new; {done} done{split}. Due in the next 7 days: {next}."),
    }
}

/// "07"; nothing is "0", for "00" reads like a slip.
fn count_or_zero(n: u64, language: Language) -> String {
    if n == 0 { "0".to_owned() } else { count(n, language) }
}

fn ask(pen: &Pen<'_>, late: u64) -> String {
    let you = &pen.you;
    match (pen.language, is_asked_downwards(pen), late) {
        (Language::Vi, false, 0) => format!("Kính trình {you} xem xét."),
        (Language::Vi, false, _) => format!("Kính trình {you} xem xét, cho ý kiến chỉ đạo."),
        (Language::Vi, true, 0) => format!("Đề nghị {you} tiếp tục chỉ đạo thực hiện đúng thời hạn."),
        (Language::Vi, true, _) => {
            format!("Đề nghị {you} chỉ đạo khẩn trương hoàn thành và báo cáo kết quả các nhiệm vụ quá hạn.")
        }
        (Language::En, false, 0) => "We respectfully submit this for your information.".to_owned(),
        (Language::En, false, _) => "We respectfully submit this for your instruction.".to_owned(),
        (Language::En, true, 0) => "Please see that everything is finished in time.".to_owned(),
        (Language::En, true, _) => "Please see that what is overdue is finished without delay and reported.".to_owned(),
    }
}

/// Why this person gets it, each way once, with the codes of the reminders it holds for.
fn reasons(brief: &WeeklyBrief, pen: &Pen<'_>) -> Vec<(String, String)> {
    let several = brief.units.len() > 1;
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for item in &pen.items {
        let mut item_of_all = item.clone();
        if several {
            by!(pen.language, "các đơn vị nêu trên", "the units above").clone_into(&mut item_of_all.unit);
        }
        let sentence = reason::sentence(&item_of_all, pen);
        match found.iter_mut().find(|(known, _)| *known == sentence) {
            Some((_, codes)) => codes.push(&item.code),
            None => found.push((sentence, vec![&item.code])),
        }
    }
    found.truncate(REASONS_MAX);
    let line = |codes: Vec<&str>| {
        let mut listed = codes.iter().take(CODES_MAX).copied().collect::<Vec<_>>().join(", ");
        if codes.len() > CODES_MAX {
            listed.push_str(", …");
        }
        code_line(&listed, pen.language)
    };
    found.into_iter().map(|(sentence, codes)| (sentence, line(codes))).collect()
}

/// The page a mail is laid out from.
pub(super) fn page(brief: &WeeklyBrief, pen: &Pen<'_>, subject: &str) -> Value {
    let language = pen.language;
    let total = total(brief);
    let (late, others) = (late(brief, &total, pen), others(pen));
    let reasons: Value = reasons(brief, pen).into_iter().map(|(sentence, codes)| context! { sentence, codes }).collect();
    let week = count(u64::from(brief.week.0.iso_week_date().week().unsigned_abs()), language);
    let headline = by!(
        language,
        format!("Báo cáo tuần {week}: tình hình thực hiện nhiệm vụ được giao"),
        format!("Weekly report {week}: how the tasks stand")
    );
    context! {
        lang => tag(language),
        subject => subject,
        office => &pen.office,
        system => system(language),
        headline => headline,
        period => capitalised(&period(brief, language)),
        greeting => greeting(pen),
        introduction => rich(&introduction(brief, pen)),
        change => change(brief, language),
        figures => figures(brief, &total, language),
        square => square(brief, &total, language),
        ages => ages(brief, &total, language),
        late => late,
        others => others,
        asked => ask(pen, total.late()),
        reasons => reasons,
        legend => legend(&total, language),
        close => close(pen),
    }
}

/// The late ones by unit, with how many of each unit are not named.
fn late(brief: &WeeklyBrief, total: &Tally, pen: &Pen<'_>) -> Value {
    let language = pen.language;
    if total.late() == 0 {
        return Value::from(());
    }
    let mut groups: Vec<(&str, Vec<Value>)> = Vec::new();
    for item in &brief.late {
        let line = late_line(item, pen);
        match groups.last_mut() {
            Some((unit, lines)) if *unit == item.unit => lines.push(line),
            _ => groups.push((&item.unit, vec![line])),
        }
    }
    let all_of = |unit: &str| brief.units.iter().find(|row| row.unit == unit).map_or(0, |row| row.tally.late());
    let elsewhere = total.late().saturating_sub(groups.iter().map(|(unit, lines)| all_of(unit).max(lines.len() as u64)).sum());
    let groups: Value = groups
        .into_iter()
        .map(|(unit, lines)| {
            let named = lines.len() as u64;
            let n = count(all_of(unit).max(named), language);
            context! {
                unit => unit,
                count => by!(language, format!("{n} nhiệm vụ"), n.clone()),
                lines => lines,
                rest => and_more(all_of(unit).saturating_sub(named), language),
            }
        })
        .collect();
    context! {
        caption => by!(language, "Nhiệm vụ quá hạn, xếp theo đơn vị", "Overdue, by unit"),
        content => by!(language, "Nội dung", "Task"),
        overdue => by!(language, "Quá hạn", "Overdue"),
        unit_of_days => by!(language, "ngày làm việc", "working days"),
        groups => groups,
        rest => and_more(elsewhere, language),
    }
}

/// "… và 07 nhiệm vụ khác."; `None` when there are none.
fn and_more(rest: u64, language: Language) -> Option<String> {
    let n = count(rest, language);
    (rest > 0).then(|| by!(language, format!("… và {n} nhiệm vụ khác."), format!("… and {n} more.")))
}

fn late_line(item: &Item, pen: &Pen<'_>) -> Value {
    let language = pen.language;
    let (days, number) = match Timing::of(item, pen) {
        Timing::Late(n @ 1..) => (working_days(n, language), count(n, language)),
        // Only rest days have passed since.
        _ => (
            by!(language, "dưới 01 ngày làm việc", "less than 1 working day").to_owned(),
            by!(language, "dưới 01", "under 1").to_owned(),
        ),
    };
    let times = item.reminded_on.len();
    let reminded = (times > 0).then(|| {
        let skipped = times.saturating_sub(REMINDED_MAX);
        let first = if skipped > 0 { "…, " } else { "" };
        let on = item.reminded_on[skipped..].iter().map(|day| day_month(*day)).collect::<Vec<_>>().join(", ");
        let n = count(times as u64, language);
        by!(language, format!("đã nhắc {n} lần ({first}{on})"), format!("reminded {n} times ({first}{on})"))
    });
    let due = by!(language, format!("hạn {}", deadline::column(item, pen)), format!("due {}", deadline::column(item, pen)));
    let details = [Some(capitalised(&due)), Some(state::work(item.work, language).to_owned()), reminded];
    context! {
        title => cut(&title(item, language), 200),
        reference => reference_dated(item, language),
        details => details.into_iter().flatten().collect::<Vec<_>>().join("; "),
        days => days,
        number => number,
        code => (!item.code.is_empty()).then(|| code_line(&item.code, language)),
    }
}

/// Items of the message that are not late, shortly.
fn others(pen: &Pen<'_>) -> Value {
    let language = pen.language;
    let others: Vec<&Item> = pen.items.iter().filter(|item| !is_late(item, pen) && !is_carrier(item)).collect();
    if others.is_empty() {
        return Value::from(());
    }
    let lines: Value = others
        .iter()
        .take(OTHERS_MAX)
        .map(|item| {
            let entry = Entry::of(item, pen);
            context! {
                title => cut(&entry.title, 200),
                reference => &entry.reference,
                line => rich(&entry.line()),
                work => capitalised(entry.work),
                code => code_line(&entry.code, language),
            }
        })
        .collect();
    let rest = others.len().saturating_sub(OTHERS_MAX) as u64;
    context! {
        caption => by!(language, "Nội dung khác", "Other items"),
        lines => lines,
        rest => and_more(rest, language),
    }
}

fn is_late(item: &Item, pen: &Pen<'_>) -> bool {
    !item.work.is_completed() && Timing::of(item, pen).is_late()
}

/// A reminder that only makes sure that there is a brief says nothing of its assignment.
fn is_carrier(item: &Item) -> bool {
    item.tone == crate::channel::letter::Tone::Notice(Notice::Brief)
}

/// How it is counted.
fn legend(total: &Tally, language: Language) -> Vec<String> {
    let withdrawn = count(total.withdrawn, language);
    let mut lines: Vec<String> = by!(
        language,
        vec![
            "Hoàn thành là kết quả đã được nghiệm thu, đúng hạn hay quá hạn tính theo ngày báo cáo; nhiệm vụ không có thời hạn đã hoàn thành tính là đúng hạn.",
            "Kết quả đã báo cáo, chưa được nghiệm thu tính ở cột “Chờ nghiệm thu”, chưa tính là hoàn thành hay quá hạn.",
            "Bảng 2 tính ngày theo lịch kể từ ngày hết hạn, kể cả ngày nghỉ; danh sách nhiệm vụ quá hạn tính ngày làm việc.",
        ],
        vec![
            "Done means accepted; on time or late goes by the day of the report. What is done without a date counts as on time.",
            "What is reported and not yet accepted is counted as to be accepted, neither done nor overdue.",
            "Table 2 counts calendar days since the deadline, rest days included; the list of overdue tasks counts working days.",
        ]
    )
    .into_iter()
    .map(str::to_owned)
    .collect();
    if total.late() == 0 {
        lines.pop();
    }
    if total.withdrawn > 0 {
        lines.push(by!(
            language,
            format!("Không tính {withdrawn} nhiệm vụ đã thu hồi."),
            format!("Not counted: {withdrawn} withdrawn.")
        ));
    }
    lines
}
