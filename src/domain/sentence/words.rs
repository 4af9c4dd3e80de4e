//! The two word lists of the sentences.

use crate::domain::amount::{Amount, Unit};
use crate::domain::rules::Language;

/// What may follow an amount.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tail {
    BeforeDeadline,
    AfterDeadline,
    AfterAssignment,
    AfterStep,
    AfterReportedDone,
    WithoutReport,
    WithoutFigure,
    WhileUndated,
}

/// The phrases of one language, as printed.
pub(super) struct Words {
    pub on_assignment: &'static str,
    pub on_deadline: &'static str,
    pub before_deadline: &'static str,
    pub after_deadline: &'static str,
    pub after_assignment: &'static str,
    pub after_step: &'static str,
    pub after_reported_done: &'static str,
    pub without_report: &'static str,
    pub without_figure: &'static str,
    pub while_undated: &'static str,
    pub at: &'static str,
    units: [(Unit, &'static str, &'static str); 5],
}

const EN: Words = Words {
    on_assignment: "on assignment",
    on_deadline: "on deadline",
    before_deadline: "before deadline",
    after_deadline: "after deadline",
    after_assignment: "after assignment",
    after_step: "after step",
    after_reported_done: "after reported done",
    without_report: "without report",
    without_figure: "without figure",
    while_undated: "while undated",
    at: "at",
    units: [
        (Unit::WorkingDays, "working day", "working days"),
        (Unit::WorkingHours, "working hour", "working hours"),
        (Unit::Days, "day", "days"),
        (Unit::Hours, "hour", "hours"),
        (Unit::Minutes, "minute", "minutes"),
    ],
};

const VI: Words = Words {
    on_assignment: "khi giao",
    on_deadline: "đúng hạn",
    before_deadline: "trước hạn",
    after_deadline: "sau hạn",
    after_assignment: "sau khi giao",
    after_step: "sau bậc",
    after_reported_done: "sau khi báo cáo hoàn thành",
    without_report: "không báo cáo",
    without_figure: "không có số liệu",
    while_undated: "một lần khi chưa có hạn",
    at: "lúc",
    units: [
        (Unit::WorkingDays, "ngày làm việc", "ngày làm việc"),
        (Unit::WorkingHours, "giờ làm việc", "giờ làm việc"),
        (Unit::Days, "ngày", "ngày"),
        (Unit::Hours, "giờ", "giờ"),
        (Unit::Minutes, "phút", "phút"),
    ],
};

impl Words {
    /// The list of that language.
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::Vi => &VI,
            Language::En => &EN,
        }
    }

    /// The unit of an amount, in the right number.
    pub(super) fn unit(&self, amount: Amount) -> &'static str {
        // Every unit stands in the list; a test prints and reads each of them.
        let found = self.units.iter().find(|(unit, _, _)| *unit == amount.unit);
        found.map_or("", |(_, one, many)| if amount.count == 1 { one } else { many })
    }
}

pub(super) const ON_ASSIGNMENT: [&str; 2] = [EN.on_assignment, VI.on_assignment];
pub(super) const ON_DEADLINE: [&str; 2] = [EN.on_deadline, VI.on_deadline];
pub(super) const UNDATED_TAILS: [&str; 1] = [EN.while_undated];
pub(super) const AT: [&str; 2] = [EN.at, VI.at];
pub(super) const EVERY: &str = "every";
pub(super) const BEHIND_HEAD_VI: &str = "chậm";
pub(super) const BEHIND_TAIL_VI: &str = "điểm so với tiến độ";
pub(super) const BEHIND_TAIL_EN: &str = "behind target pace";

/// What may follow an amount, in both languages.
pub(super) const TAILS: [(&str, Tail); 15] = [
    (EN.before_deadline, Tail::BeforeDeadline),
    (VI.before_deadline, Tail::BeforeDeadline),
    (EN.after_deadline, Tail::AfterDeadline),
    (VI.after_deadline, Tail::AfterDeadline),
    (EN.after_assignment, Tail::AfterAssignment),
    (VI.after_assignment, Tail::AfterAssignment),
    (EN.after_reported_done, Tail::AfterReportedDone),
    (VI.after_reported_done, Tail::AfterReportedDone),
    (EN.after_step, Tail::AfterStep),
    (VI.after_step, Tail::AfterStep),
    (EN.without_report, Tail::WithoutReport),
    (VI.without_report, Tail::WithoutReport),
    (EN.without_figure, Tail::WithoutFigure),
    (VI.without_figure, Tail::WithoutFigure),
    (VI.while_undated, Tail::WhileUndated),
];

/// The units as they may be written.
pub(super) const UNITS: [(&str, Unit); 15] = [
    ("working days", Unit::WorkingDays),
    ("working day", Unit::WorkingDays),
    ("ngày làm việc", Unit::WorkingDays),
    ("working hours", Unit::WorkingHours),
    ("working hour", Unit::WorkingHours),
    ("giờ làm việc", Unit::WorkingHours),
    ("days", Unit::Days),
    ("day", Unit::Days),
    ("ngày", Unit::Days),
    ("hours", Unit::Hours),
    ("hour", Unit::Hours),
    ("giờ", Unit::Hours),
    ("minutes", Unit::Minutes),
    ("minute", Unit::Minutes),
    ("phút", Unit::Minutes),
];

/// Every phrase a sentence may go on with; to find the first word that fits none.
pub(super) fn phrases() -> impl Iterator<Item = &'static str> {
    let others = [BEHIND_TAIL_EN, BEHIND_TAIL_VI];
    let lists = ON_ASSIGNMENT.into_iter().chain(ON_DEADLINE).chain(UNDATED_TAILS).chain(others);
    lists.chain(TAILS.into_iter().map(|(phrase, _)| phrase))
}
