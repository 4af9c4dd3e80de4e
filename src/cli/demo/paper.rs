//! A dispatch that comes in as a file: what the reader makes of it before a person has agreed to anything.

use std::io;
use std::path::Path;

use super::acts::rule;
use super::words::{WIDTH, cut, long_day, pad, wrap};
use crate::dispatch::{self, Draft};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::deadline::DeadlineRule;
use crate::domain::rules::Language;
use crate::tree::say;

/// Its name in the folder of the demo.
pub const FILE: &str = "cong-van-312.txt";

const TEXT: &str = include_str!("../../../examples/cong-van/cong-van-312.txt");

/// Duties shown; the others are counted.
const SHOWN: usize = 6;

/// Writes it into the folder.
pub fn write(folder: &Path) -> io::Result<()> {
    std::fs::write(folder.join(FILE), TEXT)
}

/// What was read of it.
pub fn shown(calendar: &WorkingCalendar, language: Language) -> String {
    let (drafts, _) = dispatch::read(TEXT, calendar, language);
    let number = drafts.heading.number.unwrap_or_default();
    let all = drafts.directives.len();
    let dated = drafts.directives.iter().filter(|draft| draft.deadline.is_some()).count();
    let targets = drafts.directives.iter().filter(|draft| draft.target.is_some()).count();
    let doubts: usize = drafts.directives.iter().map(|draft| draft.diagnostics.len()).sum();
    let title = say!(language, "VĂN BẢN ĐẾN: {FILE}", "A DISPATCH COMES IN: {FILE}");
    let counted = say!(
        language,
        "Công văn số {number} được đọc thành {all:02} nhiệm vụ dự thảo: {dated:02} có thời hạn, {targets:02} có chỉ tiêu, {doubts:02} nghi vấn. Chưa ghi gì vào hệ thống khi chưa có người đồng ý.",
        "Dispatch {number} is read into {all} drafts: {dated} with a deadline, {targets} with a target, {doubts} doubts. Nothing is recorded before a person agrees."
    );
    let mut lines = vec![rule(&title), wrap(&counted, WIDTH, "")];
    lines.extend(drafts.directives.iter().filter_map(|draft| line(draft, language)).take(SHOWN));
    lines.join("\n")
}

/// The clause, the wording and the last day it was understood to mean.
fn line(draft: &Draft, language: Language) -> Option<String> {
    let deadline = draft.deadline.as_ref()?;
    let Some(DeadlineRule::Fixed(fixed)) = &deadline.rule else { return None };
    let day = long_day(fixed.last_day, language);
    Some(cut(&format!("  {}“{}” → {day}", pad(&draft.clause, 7), deadline.quote.text), WIDTH))
}
