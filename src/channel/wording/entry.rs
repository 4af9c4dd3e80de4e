//! One item put into words once, for the mail and the chat alike.

use super::ask;
use super::deadline;
use super::order::Group;
use super::pen::{Pen, Rank};
use super::period;
use super::place::{clause_long, clauses_long, dispatch_about, is_bundle, lead_unit, reference_dated, title};
use super::reason;
use super::state;
use super::text::{capitalised, count, cut, listed};
use super::timing::Timing;
use crate::channel::letter::{Item, Tone};
use crate::domain::rules::Language;

/// An item in words; bold print is marked as [`super::text::strong`] marks it.
pub(super) struct Entry {
    pub(super) group: Group,
    /// "Thực hiện Công văn số …, Phòng Nội vụ được giao chủ trì nhiệm vụ tại điểm e khoản 1:"
    pub(super) basis: String,
    pub(super) title: String,
    /// The title as it is quoted below the basis; for a bundle with its clauses.
    pub(super) quote: String,
    /// "điểm 1.e, CV 4988/UBND-CCHC ngày 05/10/2023"
    pub(super) reference: String,
    pub(super) unit: String,
    /// "hạn Chủ nhật, 31/12/2023 (Quý IV/2023)"
    pub(super) due: String,
    /// The same without its word, for a column.
    pub(super) due_column: String,
    /// "quá hạn 02 ngày làm việc"
    pub(super) timing: String,
    /// The work axis.
    pub(super) work: &'static str,
    /// Label and text, for a letter about nothing else.
    pub(super) facts: Vec<(&'static str, String)>,
    /// What must be known besides, whole sentences.
    pub(super) remarks: Vec<String>,
    /// Where it stands in time, a whole sentence.
    pub(super) time: Option<String>,
    /// What else is the case, whole sentences.
    pub(super) state: Vec<String>,
    /// What is asked, whole sentences.
    pub(super) ask: Vec<String>,
    pub(super) reason: String,
    pub(super) code: String,
}

impl Entry {
    pub(super) fn of(item: &Item, pen: &Pen<'_>) -> Self {
        let language = pen.language;
        let timing = shown_timing(item, pen);
        Self {
            group: pen.group(item),
            basis: basis(item, pen),
            title: cut(&title(item, language), 300),
            quote: quote(item, language),
            reference: reference_dated(item, language),
            unit: lead_unit(item, language),
            due: deadline::line(item, pen),
            due_column: deadline::column(item, pen),
            timing: if timing == Timing::Undated { String::new() } else { timing.stressed(language) },
            work: work(item, language),
            facts: facts(item, pen),
            remarks: remarks(item, pen),
            time: state::time(item, pen),
            state: state::more(item, pen),
            ask: ask::sentences(item, pen),
            reason: reason::sentence(item, pen),
            code: item.code.clone(),
        }
    }

    /// "Phòng Nội vụ; hạn Chủ nhật, 31/12/2023; quá hạn 02 ngày làm việc"
    pub(super) fn line(&self) -> String {
        let parts = [self.unit.as_str(), self.due.as_str(), self.timing.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }

    /// All that is said of it besides its line, when it stands among others.
    pub(super) fn notes(&self) -> Vec<String> {
        self.state.iter().chain(&self.remarks).cloned().collect()
    }
}

fn basis(item: &Item, pen: &Pen<'_>) -> String {
    let dispatch = dispatch_about(item, pen.language);
    let unit = &lead_unit(item, pen.language);
    let place = match item.clauses.as_slice() {
        [one] => Some(clause_long(&cut(one, 40), pen.language)),
        _ => None,
    };
    if Pen::rank(item) == Rank::Up {
        return up(pen, &dispatch, place.as_deref(), unit);
    }
    match (pen.language, place) {
        (Language::Vi, Some(place)) => format!("Thực hiện {dispatch}, {unit} được giao chủ trì nhiệm vụ tại {place}:"),
        (Language::Vi, None) => format!("Thực hiện {dispatch}, {unit} được giao chủ trì:"),
        (Language::En, Some(place)) => format!("Under {dispatch}, {unit} leads the task of {place}:"),
        (Language::En, None) => format!("Under {dispatch}, {unit} leads:"),
    }
}

fn up(pen: &Pen<'_>, dispatch: &str, place: Option<&str>, unit: &str) -> String {
    let speaker = speaker(pen);
    match (pen.language, place) {
        (Language::Vi, Some(place)) => {
            format!("{speaker} kính báo cáo {} tình hình thực hiện nhiệm vụ tại {place}, {dispatch}, do {unit} chủ trì:", pen.you)
        }
        (Language::Vi, None) => format!("{speaker} kính báo cáo {} tình hình thực hiện {dispatch}, do {unit} chủ trì:", pen.you),
        (Language::En, Some(place)) => {
            format!("{speaker} respectfully reports on the task of {place}, {dispatch}, led by {unit}:")
        }
        (Language::En, None) => format!("{speaker} respectfully reports on {dispatch}, led by {unit}:"),
    }
}

/// Who speaks to superiors: the office; the system where no office is named.
pub(super) fn speaker(pen: &Pen<'_>) -> String {
    match (pen.office.as_str(), pen.language) {
        ("", Language::Vi) => "Hệ thống theo dõi nhiệm vụ".to_owned(),
        ("", Language::En) => "The follow-up system".to_owned(),
        (office, _) => office.to_owned(),
    }
}

/// What is reported done is neither late nor pressing until the monitor has answered; nor is what holds no more.
fn shown_timing(item: &Item, pen: &Pen<'_>) -> Timing {
    if item.work.is_completed() || item.work.is_closed() { Timing::Undated } else { Timing::of(item, pen) }
}

/// The work axis; what went to another unit is no longer this one's.
const fn work(item: &Item, language: Language) -> &'static str {
    match (&item.transferred_to, language) {
        (None, language) => state::work(item.work, language),
        (Some(_), Language::Vi) => "đã chuyển đơn vị khác",
        (Some(_), Language::En) => "transferred to another unit",
    }
}

fn facts(item: &Item, pen: &Pen<'_>) -> Vec<(&'static str, String)> {
    let label = |vi, en| match pen.language {
        Language::Vi => vi,
        Language::En => en,
    };
    let timing = shown_timing(item, pen);
    let work = work(item, pen.language);
    let status = if timing == Timing::Undated { work.to_owned() } else { format!("{work}; {}", timing.phrase(pen.language)) };
    let mut facts = Vec::new();
    facts.push((label("Đơn vị chủ trì", "Lead unit"), lead_unit(item, pen.language)));
    if !item.coordinating.is_empty() {
        facts.push((label("Đơn vị phối hợp", "Coordinating units"), listed(&item.coordinating, 20)));
    }
    facts.push((label("Thời hạn", "Deadline"), deadline::full(item, pen)));
    if let Some(target) = &item.target {
        facts.push((label("Chỉ tiêu", "Target"), state::target(target, pen.language)));
    }
    facts.push((label("Tình trạng", "Status"), status));
    if item.tone == Tone::Escalation && !item.step_label.is_empty() {
        facts.push((label("Bậc đôn đốc", "Step"), step(item, pen.language)));
    }
    facts
}

/// "Đôn đốc (lần 1)"
fn step(item: &Item, language: Language) -> String {
    let (label, n) = (cut(&item.step_label, 100), item.times.max(1));
    match language {
        Language::Vi => format!("{label} (lần {n})"),
        Language::En => format!("{label} (no. {n})"),
    }
}

fn quote(item: &Item, language: Language) -> String {
    if !is_bundle(item) {
        let title = cut(&title(item, language), 300);
        return match &item.period {
            Some(line) => format!("{title} ({})", period::period_words(line.period, language)),
            None => title,
        };
    }
    let (n, clauses) = (count(item.clauses.len() as u64, language), clauses_long(item, language));
    match language {
        Language::Vi => format!("{n} nội dung thường xuyên: {clauses}"),
        Language::En => format!("{n} standing duties: {clauses}"),
    }
}

fn remarks(item: &Item, pen: &Pen<'_>) -> Vec<String> {
    let figures = item.period.as_ref().and_then(|line| period::figures(line, pen.language));
    let remarks = figures.into_iter().chain(deadline::remarks(item, pen)).chain(state::meant_for(item, pen));
    remarks.map(|remark| format!("{}.", capitalised(&remark))).collect()
}
