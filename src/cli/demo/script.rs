//! What the people of the example answer, and when. It is a script, not a result: what comes of it is the engine's.

use jiff::civil::{Date, DateTime, date};

use crate::domain::reply::ReplyKind;

/// The example's dispatch.
pub const DISPATCH: &str = "4988/UBND-CCHC";

/// The ward that never answers.
pub const SILENT_WARD: &str = "p16";

/// The ward that reports on paper.
pub const PAPER_WARD: &str = "p05";

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// When it comes in, in the office's time.
    pub at: DateTime,
    /// By whom: a person's text id.
    pub by: &'static str,
    /// To what.
    pub to: Scope,
    /// What is said.
    pub kind: ReplyKind,
    /// Everything besides.
    pub with: With,
}

/// What an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One clause of one unit.
    Clause(&'static str, &'static str),
    /// Everything the unit was given: *Xác nhận tiếp nhận tất cả*.
    Everything(&'static str),
}

/// What an answer carries besides its word.
#[derive(Clone, Debug, Default)]
pub struct With {
    /// The day it counts from.
    pub on: Option<Date>,
    /// A promise, or an extension asked.
    pub until: Option<Date>,
    /// Percent done.
    pub percent: Option<u8>,
    /// The document that reports it.
    pub document: Option<&'static str>,
    /// A sentence.
    pub note: Option<&'static str>,
    /// The document that grants an extension.
    pub basis: Option<&'static str>,
    /// The member a duty is handed to.
    pub to: Option<&'static str>,
    /// How it reached who entered it; `None` is a button in Telegram.
    pub heard_by: Option<&'static str>,
}

/// Unit, who answers, day and time of *Xác nhận tiếp nhận*, of the report, and of the acceptance (month, day, hour, minute).
type Course = (&'static str, &'static str, [i8; 4], [i8; 4], [i8; 4]);

/// The units that do clause 1.e as they should; only Phường 9 is late.
const COURSES: [Course; 25] = [
    ("vp", "vp-truong", [10, 5, 8, 5], [12, 8, 15, 30], [12, 11, 9, 0]),
    ("pnv", "pnv-truong", [10, 5, 8, 40], [12, 12, 10, 0], [12, 13, 9, 0]),
    ("ptp", "ptp-truong", [10, 5, 14, 10], [12, 14, 9, 20], [12, 15, 9, 0]),
    ("tckh", "tckh-truong", [10, 5, 9, 15], [12, 19, 16, 0], [12, 20, 9, 0]),
    ("kt", "kt-truong", [10, 6, 8, 0], [12, 5, 9, 45], [12, 6, 9, 0]),
    ("qldt", "qldt-truong", [10, 6, 9, 30], [12, 21, 14, 0], [12, 22, 9, 0]),
    ("tnmt", "tnmt-truong", [10, 9, 10, 0], [12, 20, 15, 0], [12, 21, 9, 0]),
    ("vhtt", "vhtt-truong", [10, 5, 7, 50], [11, 28, 10, 30], [11, 29, 9, 0]),
    ("gddt", "gddt-truong", [10, 10, 8, 20], [12, 22, 11, 0], [12, 25, 9, 0]),
    ("ldtbxh", "ldtbxh-truong", [10, 9, 15, 0], [12, 18, 9, 0], [12, 19, 9, 0]),
    ("yt", "yt-truong", [10, 11, 9, 0], [12, 22, 15, 30], [12, 25, 9, 5]),
    ("ttr", "ttr-truong", [10, 6, 15, 40], [12, 15, 10, 15], [12, 18, 9, 0]),
    ("p01", "p01-ct", [10, 5, 9, 0], [11, 30, 9, 0], [12, 1, 9, 0]),
    ("p03", "p03-ct", [10, 5, 7, 42], [11, 24, 16, 10], [11, 27, 9, 0]),
    ("p04", "p04-ct", [10, 6, 8, 30], [12, 14, 14, 0], [12, 15, 9, 5]),
    ("p06", "p06-ct", [10, 6, 10, 0], [12, 19, 8, 30], [12, 20, 9, 5]),
    ("p07", "p07-ct", [10, 5, 10, 20], [12, 8, 8, 15], [12, 11, 9, 5]),
    ("p08", "p08-ct", [10, 9, 8, 10], [12, 20, 10, 40], [12, 21, 9, 5]),
    ("p09", "p09-ct", [10, 12, 16, 0], [1, 3, 14, 0], [1, 5, 9, 0]),
    ("p10", "p10-ct", [10, 6, 13, 30], [12, 22, 9, 0], [12, 25, 9, 10]),
    ("p11", "p11-ct", [10, 6, 9, 10], [12, 28, 15, 20], [12, 29, 9, 0]),
    ("p12", "p12-ct", [10, 5, 16, 30], [12, 1, 9, 30], [12, 4, 9, 0]),
    ("p13", "p13-ct", [10, 10, 14, 0], [12, 21, 16, 20], [12, 22, 9, 5]),
    ("p15", "p15-ct", [10, 9, 9, 40], [12, 26, 9, 0], [12, 27, 9, 0]),
    ("p17", "p17-ct", [10, 11, 8, 0], [12, 27, 14, 30], [12, 28, 9, 0]),
];

/// Every answer, in the order they come in.
pub fn answers() -> Vec<Answer> {
    let mut all: Vec<Answer> = COURSES.iter().flat_map(course).collect();
    all.extend(extended());
    all.extend(on_paper());
    all.extend(disbursement());
    all.sort_by_key(|answer| answer.at);
    all
}

fn course(&(unit, head, taken, done, accepted): &Course) -> [Answer; 3] {
    let clause = Scope::Clause("1.e", unit);
    // On 28 December the chair of Phường 11 is away; the deputy answers.
    let reports = if unit == "p11" { "p11-pct" } else { head };
    [
        answer(taken, head, Scope::Everything(unit), ReplyKind::Acknowledge, by("phone")),
        answer(done, reports, clause, ReplyKind::Done, by("phone")),
        answer(accepted, MONITOR, clause, ReplyKind::Accept, With::default()),
    ]
}

const MONITOR: &str = "pnv-cv";

/// Phường 14 asks for more time before its deadline and gets it.
fn extended() -> [Answer; 3] {
    let clause = Scope::Clause("1.e", "p14");
    let until = Some(date(2024, 3, 29));
    let note = Some("Đang nâng cấp đường truyền của Bộ phận Một cửa");
    let basis = Some("5120/UBND-CCHC");
    [
        answer([10, 6, 16, 0], "p14-ct", Scope::Everything("p14"), ReplyKind::Acknowledge, by("phone")),
        answer([12, 20, 9, 30], "p14-ct", clause, ReplyKind::Extend, With { until, note, ..by("phone") }),
        answer([12, 21, 10, 0], MONITOR, clause, ReplyKind::Grant, With { until, basis, ..With::default() }),
    ]
}

/// Phường 5 reports on paper in time; the letter is entered six days later and accepted the week after.
fn on_paper() -> [Answer; 3] {
    let clause = Scope::Clause("1.e", PAPER_WARD);
    let (on, document) = (Some(date(2023, 12, 29)), Some("45/BC-UBND ngày 29/12/2023"));
    [
        answer([10, 6, 8, 15], "p05-ct", Scope::Everything(PAPER_WARD), ReplyKind::Acknowledge, by("phone")),
        answer([1, 4, 9, 15], "p05-ct", clause, ReplyKind::Done, With { on, document, ..by("paper") }),
        answer([1, 10, 9, 0], MONITOR, clause, ReplyKind::Accept, With::default()),
    ]
}

/// Clause 4.b: the head hands it to an officer, who reports once the target is reached.
fn disbursement() -> [Answer; 4] {
    let clause = Scope::Clause("4.b", "tckh");
    let catching_up = Some("Đã họp giao ban với các ban quản lý dự án, tập trung nghiệm thu trong tháng 11");
    [
        answer([10, 6, 8, 30], "tckh-truong", clause, ReplyKind::Assign, With { to: Some("tckh-cv"), ..With::default() }),
        answer([11, 2, 9, 0], "tckh-cv", clause, ReplyKind::Progress, With { note: catching_up, ..With::default() }),
        answer([12, 29, 16, 0], "tckh-cv", clause, ReplyKind::Done, With::default()),
        answer([1, 3, 9, 0], MONITOR, clause, ReplyKind::Accept, With::default()),
    ]
}

fn by(heard_by: &'static str) -> With {
    With { heard_by: Some(heard_by), ..With::default() }
}

fn answer([month, day, hour, minute]: [i8; 4], by: &'static str, to: Scope, kind: ReplyKind, with: With) -> Answer {
    // October to December are of 2023, January of 2024.
    let year = if month < 10 { 2024 } else { 2023 };
    Answer { at: date(year, month, day).at(hour, minute, 0, 0), by, to, kind, with }
}
