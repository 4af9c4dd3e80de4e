//! The order of the items of one message, and the counts its subject gives.

use std::cmp::Reverse;

use super::pen::Pen;
use super::text::count;
use super::timing::Timing;
use crate::channel::letter::{Item, Tone};
use crate::domain::amount::Amount;
use crate::domain::reminder::Notice;
use crate::domain::rules::Language;

/// What an item counts as in the subject; the order of the variants is the order of the items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Overdue,
    DueToday,
    DueSoon,
    InTime,
    Behind,
    Unanswered,
    New,
    Review,
    Awaits,
    Information,
}

impl Group {
    const ALL: [Self; 10] = [
        Self::Overdue,
        Self::DueToday,
        Self::DueSoon,
        Self::InTime,
        Self::Behind,
        Self::Unanswered,
        Self::New,
        Self::Review,
        Self::Awaits,
        Self::Information,
    ];

    /// The group of an item at that point of time.
    pub(super) fn of(tone: Tone, timing: Timing, due_soon: Amount) -> Self {
        match (tone, timing) {
            (Tone::Notice(Notice::Coordinating), _) | (Tone::Assignment, Timing::Left(1..) | Timing::Undated) => Self::New,
            (Tone::Notice(_), _) => Self::Information,
            (Tone::Review, _) => Self::Review,
            (Tone::AwaitsAcceptance, _) => Self::Awaits,
            (_, Timing::Late(_)) => Self::Overdue,
            (_, Timing::Today) => Self::DueToday,
            (Tone::BehindPace, _) => Self::Behind,
            (_, Timing::Left(days)) if days > u64::from(due_soon.count) => Self::InTime,
            (_, Timing::Left(_) | Timing::LastWorkingDay) => Self::DueSoon,
            (_, Timing::Undated) => Self::Unanswered,
        }
    }

    /// "quá hạn", as it stands after a count.
    pub(super) const fn label(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Overdue, Language::Vi) => "quá hạn",
            (Self::DueToday, Language::Vi) => "đến hạn hôm nay",
            (Self::DueSoon, Language::Vi) => "sắp đến hạn",
            (Self::InTime, Language::Vi) => "trong hạn",
            (Self::Behind, Language::Vi) => "chậm tiến độ",
            (Self::Unanswered, Language::Vi) => "chưa có kết quả",
            (Self::New, Language::Vi) => "mới",
            (Self::Review, Language::Vi) => "rà soát",
            (Self::Awaits, Language::Vi) => "chờ nghiệm thu",
            (Self::Information, Language::Vi) => "thông báo",
            (Self::Overdue, Language::En) => "overdue",
            (Self::DueToday, Language::En) => "due today",
            (Self::DueSoon, Language::En) => "due soon",
            (Self::InTime, Language::En) => "in time",
            (Self::Behind, Language::En) => "behind pace",
            (Self::Unanswered, Language::En) => "without result",
            (Self::New, Language::En) => "new",
            (Self::Review, Language::En) => "for review",
            (Self::Awaits, Language::En) => "awaiting acceptance",
            (Self::Information, Language::En) => "for information",
        }
    }
}

/// For the order it does not matter where "due soon" ends: both sides of it are in the order of their days.
const NO_DUE_SOON: Amount = Amount::working_days(0);

/// Where an item stands by what it says of itself, without a clock.
///
/// Zero working days left is today, or a last day after rest days, or one just passed: within that group the last
/// day itself puts them in the order their true timing would.
fn timing_without_clock(item: &Item) -> Timing {
    match item.deadline.as_ref().map(|deadline| deadline.working_days_left) {
        None => Timing::Undated,
        Some(0) => Timing::Today,
        Some(late) if late < 0 => Timing::Late(late.unsigned_abs()),
        Some(left) => Timing::Left(left.unsigned_abs()),
    }
}

/// Puts items in order: overdue (the latest first), due today, due soon, new, for information.
pub fn sort(items: &mut [Item]) {
    items.sort_by_key(|item| {
        let timing = timing_without_clock(item);
        let late_days = if let Timing::Late(days) = timing { days } else { 0 };
        let day = item.deadline.as_ref().map(|deadline| (deadline.last_day, deadline.time));
        // Undated ones come after dated ones of their group.
        (
            Group::of(item.tone, timing, NO_DUE_SOON),
            Reverse(late_days),
            day.is_none(),
            day,
            item.dispatch_date,
            item.dispatch_number.clone(),
            item.clauses.first().map(|clause| clause_key(clause)),
            item.assignment.clone(),
        )
    });
}

/// The Vietnamese alphabet as points are lettered (Decree 30/2020, annex I).
const ALPHABET: &str = "aăâbcdđeêghiklmnoôơpqrstuưvxy";

/// "10.a" comes after "2.b", "1.đ" before "1.e", and a part without a number at the end.
fn clause_key(clause: &str) -> Vec<(u32, usize, String)> {
    let key = |part: &str| {
        let letter = part.chars().next().and_then(|first| ALPHABET.chars().position(|letter| letter == first));
        (part.parse().unwrap_or(u32::MAX), letter.unwrap_or(usize::MAX), part.to_owned())
    };
    clause.split('.').map(key).collect()
}

/// How many items are in each group, only groups that are there.
pub(super) fn counts(pen: &Pen<'_>) -> Vec<(Group, usize)> {
    let groups: Vec<Group> = pen.items.iter().map(|item| pen.group(item)).collect();
    let counted = Group::ALL.map(|group| (group, groups.iter().filter(|found| **found == group).count()));
    counted.into_iter().filter(|(_, n)| *n > 0).collect()
}

/// "02 quá hạn, 03 sắp đến hạn"
pub(super) fn counted(pen: &Pen<'_>) -> String {
    let language = pen.language;
    let parts: Vec<String> =
        counts(pen).iter().map(|(group, n)| format!("{} {}", count(*n as u64, language), group.label(language))).collect();
    parts.join(", ")
}
