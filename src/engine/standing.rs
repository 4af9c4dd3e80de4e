//! The time axis of an assignment, done ones included: always derived, never stored.

use jiff::Timestamp;

use crate::domain::deadline;
use crate::domain::directive::{TimeStatus, Work};
use crate::domain::rules::Rules;
use crate::store::queries::ListRow;

/// Where an assignment stands in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The time axis.
    pub time: TimeStatus,
    /// Working days after the deadline up to today, of a done one up to its report; 0 when it is not late.
    pub overdue_working_days: u32,
}

/// The standing at that instant. What was withdrawn is never late: nothing of it is due any more.
pub fn standing(row: &ListRow, rules: &Rules, now: Timestamp) -> Standing {
    let in_time = |time| Standing { time, overdue_working_days: 0 };
    let Some(deadline) = row.deadline else { return in_time(TimeStatus::Undated) };
    if row.work == Work::Withdrawn {
        return in_time(TimeStatus::NotDue);
    }
    let late_by = |at| deadline::overdue_working_days(&deadline, at, &rules.calendar, rules.before_date);
    if row.work.is_completed()
        && let Some((arrived, on)) = row.done
    {
        let reported = on.map_or(arrived, |day| rules.calendar.instant(day, 0));
        return if deadline.is_missed_by(reported, &rules.calendar, rules.before_date) {
            Standing { time: TimeStatus::DoneLate, overdue_working_days: late_by(reported) }
        } else {
            in_time(TimeStatus::DoneOnTime)
        };
    }
    let due_soon_days = u32::from(rules.office.due_soon.count);
    let time = deadline::time_status(&deadline, now, &rules.calendar, rules.before_date, due_soon_days);
    if time == TimeStatus::Overdue { Standing { time, overdue_working_days: late_by(now) } } else { in_time(time) }
}
