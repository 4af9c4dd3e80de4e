//! A brief in a few lines, for a chat: totals and the units where most is late.

use super::super::letterhead::{close, greeting};
use super::super::pen::Pen;
use super::super::text::{by, count, cut, strong};
use super::{ask, change, count_or_zero, headline, introduction, reasons, total};
use crate::channel::letter::{UnitTally, WeeklyBrief};
use crate::domain::rules::Language;
use crate::domain::tally::{Age, Tally};

/// The most units a chat message names.
const UNITS_MAX: usize = 5;

/// The text, with marks of bold print.
pub(in super::super) fn chat(brief: &WeeklyBrief, pen: &Pen<'_>) -> String {
    let language = pen.language;
    let total = total(brief);
    let [all, on_time, late] = [total.done(), total.done_on_time, total.done_late].map(|n| count_or_zero(n, language));
    let done = by!(
        language,
        format!("Đã hoàn thành: {all} (đúng hạn {on_time}, quá hạn {late})."),
        format!("Done: {all} ({on_time} on time, {late} late).")
    );
    let mut blocks = vec![
        format!("{}\n{}", strong(&cut(&headline(brief, language), 200)), greeting(pen)),
        [introduction(brief, pen), done, change(brief, language)].join("\n"),
    ];
    blocks.extend(worst(brief, language));
    blocks.push(ask(pen, total.late()));
    let reasons =
        reasons(brief, pen).into_iter().take(2).map(|(sentence, codes)| format!("{}\n{}", cut(&sentence, 400), cut(&codes, 300)));
    blocks.extend(reasons);
    blocks.push(close(pen));
    blocks.join("\n\n")
}

fn worst(brief: &WeeklyBrief, language: Language) -> Option<String> {
    let mut units: Vec<&UnitTally> = brief.units.iter().filter(|row| row.tally.late() > 0).collect();
    if units.is_empty() {
        return None;
    }
    units.sort_by_key(|row| std::cmp::Reverse((row.tally.late(), oldest(&row.tally))));
    let mut lines = vec![strong(by!(language, "Đơn vị có nhiệm vụ quá hạn:", "Units with overdue tasks:"))];
    for row in units.iter().take(UNITS_MAX) {
        let (n, age) = (count(row.tally.late(), language), age_words(oldest(&row.tally), language));
        let unit = cut(&row.unit, 80);
        lines.push(by!(language, format!("– {unit}: {n}, lâu nhất {age}"), format!("– {unit}: {n}, the oldest {age}")));
    }
    let rest = units.len().saturating_sub(UNITS_MAX) as u64;
    if rest > 0 {
        let n = count(rest, language);
        lines.push(by!(language, format!("… và {n} đơn vị khác."), format!("… and {n} more units.")));
    }
    Some(lines.join("\n"))
}

fn oldest(tally: &Tally) -> Age {
    let mut found = Age::ALL.into_iter().zip(tally.late_by_age).filter(|(_, n)| *n > 0).map(|(age, _)| age);
    found.next_back().unwrap_or(Age::Week)
}

const fn age_words(age: Age, language: Language) -> &'static str {
    match (age, language) {
        (Age::Week, Language::Vi) => "1–7 ngày",
        (Age::Month, Language::Vi) => "8–30 ngày",
        (Age::FourMonths, Language::Vi) => "31–120 ngày",
        (Age::Longer, Language::Vi) => "trên 120 ngày",
        (Age::Week, Language::En) => "1–7 days",
        (Age::Month, Language::En) => "8–30 days",
        (Age::FourMonths, Language::En) => "31–120 days",
        (Age::Longer, Language::En) => "over 120 days",
    }
}
