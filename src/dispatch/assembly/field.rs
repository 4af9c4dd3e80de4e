//! Labelled fields: "Thời gian hoàn thành: Quý IV/2023", "Đơn vị chủ trì: …" below the clause they belong to.

use super::{Reading, deadline_of};
use crate::dispatch::deadline::{self, Findings, Found, Ground};
use crate::dispatch::duty::Topic;
use crate::dispatch::marker::Level;
use crate::dispatch::outline::{Clause, Role};
use crate::dispatch::passage::Passage;
use crate::dispatch::{DraftDeadline, Quote};

/// What a label announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// When it is to be done.
    Time,
    /// Who answers for it.
    Lead,
    /// Who helps.
    Coordinating,
}

/// A labelled field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it holds.
    pub kind: Kind,
    /// Where its words begin.
    pub from: usize,
}

const LABELS: [(&str, Kind); 27] = [
    ("thời gian hoàn thành", Kind::Time),
    ("thời gian thực hiện", Kind::Time),
    ("thời hạn hoàn thành", Kind::Time),
    ("thời hạn thực hiện", Kind::Time),
    ("thời hạn", Kind::Time),
    ("hạn hoàn thành", Kind::Time),
    ("tiến độ thực hiện", Kind::Time),
    ("tiến độ", Kind::Time),
    ("thời gian", Kind::Time),
    ("thời điểm hoàn thành", Kind::Time),
    ("hoàn thành", Kind::Time),
    ("đơn vị chủ trì", Kind::Lead),
    ("cơ quan chủ trì", Kind::Lead),
    ("đơn vị thực hiện", Kind::Lead),
    ("cơ quan thực hiện", Kind::Lead),
    ("chủ trì", Kind::Lead),
    ("đơn vị đầu mối", Kind::Lead),
    ("phân công thực hiện", Kind::Lead),
    ("người phụ trách", Kind::Lead),
    ("phụ trách", Kind::Lead),
    ("người thực hiện", Kind::Lead),
    ("phân công", Kind::Lead),
    ("đơn vị phối hợp", Kind::Coordinating),
    ("cơ quan phối hợp", Kind::Coordinating),
    ("phối hợp thực hiện", Kind::Coordinating),
    ("phối hợp", Kind::Coordinating),
    ("đơn vị, cá nhân phối hợp", Kind::Coordinating),
];

/// The field a text is, told from its label.
pub fn of(text: &str) -> Option<Field> {
    let (label, rest) = text.split_once(':')?;
    let lower = label.trim().to_lowercase();
    let (_, kind) = LABELS.iter().find(|(word, _)| *word == lower)?;
    let from = text.len() - rest.len();
    (!rest.trim().is_empty()).then_some(Field { kind: *kind, from })
}

/// The days of a field.
pub fn days(text: &str, field: &Field, ground: Ground<'_>) -> Findings {
    if field.kind != Kind::Time {
        return Findings::default();
    }
    let whole = deadline::find(text, ground);
    if whole.found.is_empty() { behind(text, field.from, ground) } else { whole }
}

/// The days of a clause; a bare date counts behind a colon where the words before it ask for something to be handed in.
pub fn find(text: &str, topic: Topic, ground: Ground<'_>) -> Findings {
    let found = deadline::find(text, ground);
    if found.found.is_empty() && names_month(text) {
        return behind(text, 0, ground);
    }
    let colon = text.rfind(": ").map(|at| at + 1).filter(|_| found.found.is_empty() && found.doubts.is_empty());
    let Some(from) = colon else { return found };
    let asks = ["báo cáo", "nộp", "gửi", "hoàn thành", "đăng ký", "tổng hợp"]
        .iter()
        .any(|word| text[..from].to_lowercase().contains(word));
    if text.len() - from > BARE_DAY_BYTES_MAX || !(asks || topic == Topic::Dates) {
        return found;
    }
    let bare = behind(text, from, ground);
    let whole = bare.found.first().is_some_and(|one| text[one.range.end..].trim_matches(['.', ';', ',', ' ', '/']).is_empty());
    if whole { bare } else { found }
}

/// "Tháng 9/2021", "Tháng 11 + 12/2020": a heading that is nothing but months.
fn names_month(text: &str) -> bool {
    let rest = text.strip_prefix("Tháng ").or_else(|| text.strip_prefix("THÁNG ")).unwrap_or_default();
    rest.starts_with(|letter: char| letter.is_ascii_digit())
        && rest.chars().all(|letter| letter.is_ascii_digit() || " /+-–,:.năm".contains(letter))
}

/// The longest bare day behind a colon.
const BARE_DAY_BYTES_MAX: usize = 60;

/// What the words behind a label say.
fn behind(text: &str, from: usize, ground: Ground<'_>) -> Findings {
    let from = from + text[from..].len() - text[from..].trim_start().len();
    let mut findings = deadline::read_field(&text[from..], ground);
    for found in &mut findings.found {
        found.range = found.range.start + from..found.range.end + from;
        for doubt in &mut found.doubts {
            doubt.range = doubt.range.start + from..doubt.range.end + from;
        }
    }
    findings
}

/// The fields that stand directly below a clause, or right behind it in the same list.
pub fn belongs_to<'a>(readings: &'a [Reading], clauses: &'a [Clause], index: usize) -> impl Iterator<Item = usize> + 'a {
    let clause = &clauses[index];
    let marked = clause.level.is_some_and(|level| level != Level::Part && level != Level::Roman);
    (index + 1..clauses.len())
        .take_while(move |other| {
            marked && (clauses[*other].parent == Some(index) || readings[*other].field.is_some()) && *other < index + 8
        })
        .filter(move |other| readings[*other].field.is_some())
        .filter(move |other| {
            clauses[*other].parent == Some(index)
                || clauses[*other].parent == clause.parent && clause.level == Some(Level::Dash) && clauses[*other].level.is_none()
        })
}

/// The days that fields below give a clause, else those of the heading above it.
pub fn days_for<'a>(clauses: &'a [Clause], readings: &'a [Reading], index: usize) -> Vec<(&'a Passage, &'a Found)> {
    let below: Vec<(&Passage, &Found)> = belongs_to(readings, clauses, index)
        .filter(|other| readings[*other].field.is_some_and(|field| field.kind == Kind::Time))
        .flat_map(|other| readings[other].findings.found.iter().map(move |found| (&clauses[other].words, found)))
        .collect();
    if !below.is_empty() || clauses[index].role != Role::Body {
        return below;
    }
    let mut at = clauses[index].parent;
    while let Some(parent) = at {
        let handed = !readings[parent].is_duty
            && readings[parent].children > 0
            && readings[parent].field.is_none()
            && super::duty::is_title(clauses[parent].words.text());
        if handed && let Some(found) = readings[parent].findings.found.first() {
            return vec![(&clauses[parent].words, found)];
        }
        at = clauses[parent].parent;
    }
    Vec::new()
}

fn of_kind<'a>(clauses: &'a [Clause], readings: &'a [Reading], index: usize, kind: Kind) -> impl Iterator<Item = Quote> + 'a {
    belongs_to(readings, clauses, index).filter_map(move |other| {
        let field = readings[other].field.filter(|field| field.kind == kind)?;
        let words = &clauses[other].words;
        let end = words.text().trim_end_matches(['.', ';', ',', ' ']).len();
        Some(words.quote(field.from..end))
    })
}

/// The units a field below names as lead.
pub fn leads_for<'a>(clauses: &'a [Clause], readings: &'a [Reading], index: usize) -> impl Iterator<Item = Quote> + 'a {
    of_kind(clauses, readings, index, Kind::Lead)
}

/// The units a field below names as helping.
pub fn helpers_for<'a>(clauses: &'a [Clause], readings: &'a [Reading], index: usize) -> impl Iterator<Item = Quote> + 'a {
    of_kind(clauses, readings, index, Kind::Coordinating)
}

/// A numbered clause that is nothing but "Thời gian thực hiện: …" gives the time of the whole dispatch.
pub fn window(clause: &Clause, reading: &Reading) -> Option<DraftDeadline> {
    let field = reading.field.filter(|field| field.kind == Kind::Time)?;
    let top = clause.level.is_some_and(|level| level <= Level::Number) && clause.parent.is_none();
    let found = reading.findings.found.first().filter(|_| top && field.from < 40)?;
    Some(deadline_of(&clause.words, found))
}
