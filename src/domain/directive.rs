//! Dispatches, directives and assignments: their names, marks and the two axes of status.

use std::fmt;

/// The urgency mark of a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Urgency {
    /// thường
    #[default]
    Thuong,
    /// khẩn
    Khan,
    /// thượng khẩn
    ThuongKhan,
    /// hỏa tốc
    HoaToc,
}

impl Urgency {
    /// The word of config, facts and store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Thuong => "thuong",
            Self::Khan => "khan",
            Self::ThuongKhan => "thuong-khan",
            Self::HoaToc => "hoa-toc",
        }
    }

    /// The mark of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.as_str() == word)
    }

    /// All of them, rising.
    pub const ALL: [Self; 4] = [Self::Thuong, Self::Khan, Self::ThuongKhan, Self::HoaToc];
}

/// The secrecy mark of a dispatch. From [`Secrecy::Mat`] up no title, subject or text is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Secrecy {
    /// thường
    #[default]
    Thuong,
    /// mật
    Mat,
    /// tối mật
    ToiMat,
    /// tuyệt mật
    TuyetMat,
}

impl Secrecy {
    /// The word of config, facts and store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Thuong => "thuong",
            Self::Mat => "mat",
            Self::ToiMat => "toi-mat",
            Self::TuyetMat => "tuyet-mat",
        }
    }

    /// The mark of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.as_str() == word)
    }

    /// All of them, rising.
    pub const ALL: [Self; 4] = [Self::Thuong, Self::Mat, Self::ToiMat, Self::TuyetMat];
}

/// How a directive is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Follow {
    /// The ladder of its policy; the default of a dated directive.
    Press,
    /// Announced once, then reviewed each cycle; the default of an undated one. Never climbs.
    Review,
    /// Only shown.
    List,
}

impl Follow {
    /// The word of facts and store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Press => "press",
            Self::Review => "review",
            Self::List => "list",
        }
    }

    /// The way of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Press, Self::Review, Self::List].into_iter().find(|follow| follow.as_str() == word)
    }
}

/// The work axis of an assignment's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// chưa tiếp nhận
    NotAcknowledged,
    /// đã tiếp nhận
    Acknowledged,
    /// đang thực hiện
    InProgress,
    /// có vướng mắc
    Blocked,
    /// đã báo cáo hoàn thành
    ReportedDone,
    /// đã nghiệm thu
    Accepted,
    /// trả lại
    Returned,
    /// không còn hiệu lực
    Withdrawn,
}

impl Work {
    /// The word of JSON and store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAcknowledged => "not_acknowledged",
            Self::Acknowledged => "acknowledged",
            Self::InProgress => "in_progress",
            Self::Blocked => "blocked",
            Self::ReportedDone => "reported_done",
            Self::Accepted => "accepted",
            Self::Returned => "returned",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|work| work.as_str() == word)
    }

    /// Accepted and withdrawn are closed; nothing is pressed any more.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Accepted | Self::Withdrawn)
    }

    /// Reported done and not returned, or accepted: what `unless = "completed"` asks.
    pub const fn is_completed(self) -> bool {
        matches!(self, Self::ReportedDone | Self::Accepted)
    }

    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NotAcknowledged,
        Self::Acknowledged,
        Self::InProgress,
        Self::Blocked,
        Self::ReportedDone,
        Self::Accepted,
        Self::Returned,
        Self::Withdrawn,
    ];
}

/// The time axis of an assignment's status; always derived, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeStatus {
    /// chưa có hạn
    Undated,
    /// chưa đến hạn
    NotDue,
    /// sắp đến hạn
    DueSoon,
    /// đến hạn hôm nay
    DueToday,
    /// quá hạn
    Overdue,
    /// hoàn thành đúng hạn
    DoneOnTime,
    /// hoàn thành quá hạn
    DoneLate,
}

impl TimeStatus {
    /// The word of JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undated => "undated",
            Self::NotDue => "not_due",
            Self::DueSoon => "due_soon",
            Self::DueToday => "due_today",
            Self::Overdue => "overdue",
            Self::DoneOnTime => "done_on_time",
            Self::DoneLate => "done_late",
        }
    }
}

/// The name of a directive: `NUMBER#CLAUSE`, `NUMBER#CLAUSE~2` for the second of one clause, with
/// `YEAR:` and `YEAR:ISSUER:` before it where the short form fits two.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DirectiveName {
    /// The year of the dispatch, in the long forms.
    pub year: Option<i16>,
    /// The issuer, in the longest form.
    pub issuer: Option<String>,
    /// `4988/UBND-CCHC`
    pub number: String,
    /// `1.e`
    pub clause: String,
    /// 1 for the first directive of a clause.
    pub ordinal: u16,
}

/// The name of an assignment: the directive's, `@`, the unit's text id, and `/PERIOD` of a recurring one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AssignmentName {
    /// The directive.
    pub directive: DirectiveName,
    /// The lead unit's text id.
    pub unit: String,
    /// `2026-03`
    pub period: Option<String>,
}

impl DirectiveName {
    /// Reads `NUMBER#CLAUSE`, `YEAR:NUMBER#CLAUSE` or `YEAR:ISSUER:NUMBER#CLAUSE`, each with an optional `~N`.
    pub fn parse(text: &str) -> Option<Self> {
        let (dispatch, clause) = text.trim().rsplit_once('#')?;
        let (clause, ordinal) = match clause.rsplit_once('~') {
            Some((clause, ordinal)) => (clause, ordinal.parse().ok().filter(|n| *n >= 1)?),
            None => (clause, 1),
        };
        let (year, rest) = match dispatch.split_once(':') {
            Some((year, rest)) => (Some(year.trim().parse::<i16>().ok()?), rest),
            None => (None, dispatch),
        };
        let (issuer, number) = match rest.split_once(':') {
            Some((issuer, number)) if year.is_some() => (Some(issuer.trim().to_owned()), number),
            _ => (None, rest),
        };
        if number.trim().is_empty() || clause.trim().is_empty() {
            return None;
        }
        Some(Self { year, issuer, number: number.trim().to_owned(), clause: clause.trim().to_owned(), ordinal })
    }
}

impl AssignmentName {
    /// Reads a directive's name, `@UNIT` and an optional `/PERIOD`.
    pub fn parse(text: &str) -> Option<Self> {
        let (directive, unit) = text.trim().rsplit_once('@')?;
        let (unit, period) = match unit.split_once('/') {
            Some((unit, period)) => (unit, Some(period.to_owned())),
            None => (unit, None),
        };
        if unit.is_empty() {
            return None;
        }
        Some(Self { directive: DirectiveName::parse(directive)?, unit: unit.to_owned(), period })
    }
}

impl fmt::Display for DirectiveName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(year) = self.year {
            write!(f, "{year}:")?;
        }
        if let Some(issuer) = &self.issuer {
            write!(f, "{issuer}:")?;
        }
        write!(f, "{}#{}", self.number, self.clause)?;
        if self.ordinal > 1 { write!(f, "~{}", self.ordinal) } else { Ok(()) }
    }
}

impl fmt::Display for AssignmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.directive, self.unit)?;
        match &self.period {
            Some(period) => write!(f, "/{period}"),
            None => Ok(()),
        }
    }
}
