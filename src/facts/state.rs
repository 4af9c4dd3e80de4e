//! Where a duty stood when it was imported: the words of lists for it, and `state = { … }` of a `[[directive]]`.

use jiff::civil::Date;

use super::slug::fold;
use super::words::{short, word};
use crate::domain::directive::Work;
use crate::tree::{Table, say};

/// Where a duty stands as the facts say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateFact {
    /// Acknowledged, in progress, reported done, accepted or withdrawn.
    pub work: Work,
    /// How far it has come.
    pub percent: Option<u8>,
    /// The day it was done or reported.
    pub on: Option<Date>,
    /// The document that reports it.
    pub document: Option<String>,
    /// A sentence.
    pub note: Option<String>,
}

/// The most characters of a note and of a document.
pub(super) const NOTE_CHARS_MAX: usize = 1_000;
pub(super) const DOCUMENT_CHARS_MAX: usize = 200;

const WORDS: [Work; 5] = [Work::Acknowledged, Work::InProgress, Work::ReportedDone, Work::Accepted, Work::Withdrawn];

/// Reads `state = { work, percent, on, document, note }`.
pub(super) fn state(table: Table<'_>) -> Option<StateFact> {
    table.require(&["work"]);
    let parse = |text: &str| Work::parse(text).filter(|work| WORDS.contains(work));
    let work = word(&table, "work", parse, &WORDS.map(Work::as_str));
    let percent = table.int("percent");
    let on = table.date("on").map(|one| one.value);
    let document = short(&table, "document", DOCUMENT_CHARS_MAX).map(|one| one.value);
    let note = short(&table, "note", NOTE_CHARS_MAX).map(|one| one.value);
    let share = percent.as_ref().and_then(|one| u8::try_from(one.value).ok()).filter(|share| *share <= 100);
    if let (Some(percent), None) = (&percent, share) {
        let (problems, number) = (table.problems(), percent.value);
        let language = problems.language;
        problems.error_with_help(
            "bad-percent",
            percent.span,
            say!(language, "{number} không phải phần trăm", "{number} is no percentage"),
            say!(language, "viết số từ 0 đến 100", "write a number from 0 to 100"),
        );
    }
    table.finish();
    Some(StateFact { work: work?, percent: share, on, document, note })
}

/// What the words of a list say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Where the duty stands.
    Work(Work),
    /// That nothing was done yet, or where it stands in time, which is always reckoned.
    Nothing,
    /// Nothing that is known.
    Unknown,
}

/// Words of the time axis and of not having begun.
const NOTHING: [&str; 12] = [
    "moi giao",
    "trong han",
    "con han",
    "sap den han",
    "den han",
    "den han hom nay",
    "qua han",
    "tre han",
    "khong co han",
    "not started",
    "open",
    "cho tiep nhan",
];

/// `Hoàn thành`, `Đang thực hiện (còn hạn)`, `Chưa thực hiện`, `Quá hạn`: what of it is work.
pub(super) fn said(text: &str) -> Said {
    let text = fold(text);
    let has = |word: &str| format!(" {text} ").contains(&format!(" {word} "));
    let begins = |words: &[&str]| words.iter().any(|word| text == *word || text.starts_with(&format!("{word} ")));
    if begins(&["chua"]) || NOTHING.contains(&text.as_str()) {
        Said::Nothing
    } else if begins(&["da bao cao", "reported", "cho nghiem thu", "cho xac nhan", "cho duyet"]) || has("cho nghiem thu") {
        Said::Work(Work::ReportedDone)
    } else if begins(&["dang", "in progress", "in_progress", "co ban", "gan", "sap", "mot phan"]) {
        Said::Work(Work::InProgress)
    } else if has("khong hoan thanh") || has("chua hoan thanh") {
        Said::Unknown
    } else if begins(&[
        "hoan thanh",
        "da hoan thanh",
        "xong",
        "da xong",
        "da nghiem thu",
        "da thuc hien xong",
        "done",
        "completed",
        "accepted",
    ]) {
        Said::Work(Work::Accepted)
    } else if begins(&["da tiep nhan", "da nhan", "acknowledged"]) {
        Said::Work(Work::Acknowledged)
    } else if begins(&["khong con hieu luc", "huy", "da huy", "thu hoi", "withdrawn"]) {
        Said::Work(Work::Withdrawn)
    } else {
        Said::Unknown
    }
}

/// The percentage a text begins with or holds: `60%`, `Đạt 60 %`; a bare number when nothing else stands there.
pub(super) fn percent(text: &str) -> Option<f64> {
    if let Some(number) = super::cell::number(text) {
        return Some(number);
    }
    let sign = text.find('%')?;
    let before = text[..sign].trim_end();
    let start = before
        .rfind(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '.')))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    super::cell::number(&before[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_told_from_what_is_not() {
        for (text, expected) in [
            ("Hoàn thành", Said::Work(Work::Accepted)),
            ("Đã hoàn thành", Said::Work(Work::Accepted)),
            ("HOÀN THÀNH ĐÚNG HẠN", Said::Work(Work::Accepted)),
            ("Chưa hoàn thành", Said::Nothing),
            ("Đang thực hiện (còn hạn)", Said::Work(Work::InProgress)),
            ("Cơ bản hoàn thành", Said::Work(Work::InProgress)),
            ("Đã báo cáo, chờ nghiệm thu", Said::Work(Work::ReportedDone)),
            ("Đã tiếp nhận", Said::Work(Work::Acknowledged)),
            ("Không còn hiệu lực", Said::Work(Work::Withdrawn)),
            ("Quá hạn", Said::Nothing),
            ("Không hoàn thành", Said::Unknown),
            ("Tạm dừng", Said::Unknown),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn a_percentage_is_found_in_its_words() {
        assert_eq!(percent("60%"), Some(60.0));
        assert_eq!(percent("Đạt 62,5 % kế hoạch"), Some(62.5));
        assert_eq!(percent("0.6"), Some(0.6));
        assert_eq!(percent("Đang lấy ý kiến"), None);
    }
}
