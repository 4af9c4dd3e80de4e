//! What a person should look at before a draft is confirmed, with its place in the clause.

use std::ops::Range;

use jiff::civil::Weekday;

use crate::domain::phrase::{Flag, PhraseErrorKind, weekday_name};
use crate::domain::rules::Language;
use crate::tree::say;

/// A doubt about a deadline or a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Bytes of the text of the clause.
    pub range: Range<usize>,
    /// What is doubtful.
    pub kind: DoubtKind,
}

/// What is doubtful.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoubtKind {
    /// Something was assumed, or contradicts the date.
    Assumed(Flag),
    /// The words name no day that can be reckoned.
    NoDay(PhraseErrorKind),
    /// What the words mean hangs on the day of issue, which is not known.
    NoIssueDate,
    /// The last day is a day of rest.
    RestDay(Weekday),
    /// A duty every day: no cycle of the daemon.
    Daily,
    /// Several days of each month.
    SeveralDays,
    /// A day of the period after the one it is for.
    OddCycle,
    /// A target that is not firm: "khoảng", "cơ bản".
    ApproximateTarget,
    /// A target against another figure: "tăng 15%", "vượt kế hoạch".
    RelativeTarget,
}

impl Doubt {
    pub(crate) const fn new(range: Range<usize>, kind: DoubtKind) -> Self {
        Self { range, kind }
    }

    /// Stable, kebab-case.
    pub const fn code(&self) -> &'static str {
        match self.kind {
            DoubtKind::Assumed(flag) => match flag {
                Flag::YearAssumed { .. } | Flag::MonthAssumed { .. } => "date-completed",
                Flag::WeekdayContradicts { .. } => "weekday-contradicts",
                Flag::BeforeIssue => "deadline-before-issue",
                Flag::Extension => "words-of-an-extension",
                Flag::CutOff => "cut-off",
                Flag::MixedWords | Flag::CycleAssumed | Flag::NotDefinedByLaw | Flag::AnchorAssumed | Flag::MonthsAsDays => {
                    "deadline-assumed"
                }
            },
            DoubtKind::NoDay(kind) => match kind {
                PhraseErrorKind::Event => "waits-for-event",
                PhraseErrorKind::OtherDocument => "day-in-another-paper",
                PhraseErrorKind::SchoolYear => "school-year",
                PhraseErrorKind::NoSuchDay => "no-such-day",
                PhraseErrorKind::StandingDuty => "standing-duty",
                PhraseErrorKind::Consequence => "consequence",
                _ => "no-day",
            },
            DoubtKind::NoIssueDate => "no-issue-date",
            DoubtKind::RestDay(_) => "falls-on-rest-day",
            DoubtKind::Daily | DoubtKind::SeveralDays | DoubtKind::OddCycle => "cycle-not-known",
            DoubtKind::ApproximateTarget => "approximate-target",
            DoubtKind::RelativeTarget => "relative-target",
        }
    }

    /// The doubt in one sentence fragment.
    pub fn message(&self, language: Language) -> String {
        match self.kind {
            DoubtKind::Assumed(flag) => flag.message(language),
            DoubtKind::NoDay(kind) => kind.message(language).to_owned(),
            DoubtKind::NoIssueDate => say!(
                language,
                "chưa biết ngày ban hành nên chưa tính được thời hạn",
                "the day of issue is not known, so the deadline cannot be reckoned"
            ),
            DoubtKind::RestDay(weekday) => {
                let day = weekday_name(weekday, language);
                say!(language, "ngày hết hạn là ngày nghỉ ({day})", "the last day is a day of rest ({day})")
            }
            DoubtKind::Daily => say!(language, "nhiệm vụ hằng ngày", "a duty of every day"),
            DoubtKind::SeveralDays => say!(language, "nhiều ngày trong một kỳ", "several days of one period"),
            DoubtKind::OddCycle => {
                say!(language, "hạn của kỳ trước nằm ở kỳ sau", "the day lies in the period after the one it is for")
            }
            DoubtKind::ApproximateTarget => {
                say!(language, "chỉ tiêu ghi ước chừng, cần xác nhận", "the target is approximate, please confirm")
            }
            DoubtKind::RelativeTarget => say!(
                language,
                "chỉ tiêu so với số liệu khác, cần ghi con số phải đạt",
                "the target is set against another figure, write the number to reach"
            ),
        }
    }

    /// What to do about it.
    pub fn help(&self, language: Language) -> Option<String> {
        match self.kind {
            DoubtKind::NoDay(kind) => Some(kind.help(language).to_owned()),
            DoubtKind::NoIssueDate => Some(say!(
                language,
                "ghi ngày ban hành của văn bản, hoặc ghi ngày cụ thể",
                "write the day of issue of the dispatch, or the day itself"
            )),
            DoubtKind::Daily | DoubtKind::SeveralDays | DoubtKind::OddCycle => Some(say!(
                language,
                "tách theo từng kỳ, ví dụ \"hằng tháng, trước ngày 20\"",
                "split it by cycle, as in \"hằng tháng, trước ngày 20\""
            )),
            DoubtKind::Assumed(_) | DoubtKind::RestDay(_) | DoubtKind::ApproximateTarget | DoubtKind::RelativeTarget => None,
        }
    }
}
