//! The official 2×2: hoàn thành (đúng hạn, quá hạn), chưa hoàn thành (trong hạn, quá hạn).

use super::Stop;
use super::replay::Played;
use crate::domain::directive::Work;
use crate::store::queries::{self, ListFilter, ListRow};

/// Where a dated assignment stands at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Hoàn thành đúng hạn
    DoneOnTime,
    /// Hoàn thành quá hạn
    DoneLate,
    /// Chưa hoàn thành, trong hạn
    OpenInTime,
    /// Chưa hoàn thành, quá hạn
    OpenOverdue,
    /// Not one of the four: it has no deadline.
    Undated,
    /// Not one of the four either: it need not be done any more.
    Withdrawn,
}

/// Every assignment.
pub async fn all(played: &Played) -> Result<Vec<ListRow>, Stop> {
    let mut connection = played.engine.store.read().acquire().await?;
    Ok(queries::list(&mut connection, &ListFilter::default()).await?)
}

/// On time is the day the accepted report counts from, else its arrival.
pub fn standing(row: &ListRow, played: &Played) -> Standing {
    let rules = &played.engine.rules;
    if row.work == Work::Withdrawn {
        return Standing::Withdrawn;
    }
    let Some(deadline) = row.deadline else { return Standing::Undated };
    let end = deadline.end(&rules.calendar, rules.before_date);
    match (row.work, row.done) {
        (Work::Accepted, Some((at, on))) => {
            let counts_from = on.map_or(at, |day| rules.calendar.instant(day, 0));
            if counts_from <= end { Standing::DoneOnTime } else { Standing::DoneLate }
        }
        _ if played.end < end => Standing::OpenInTime,
        _ => Standing::OpenOverdue,
    }
}

/// How many stand so.
pub fn count(rows: &[ListRow], played: &Played, wanted: Standing) -> usize {
    rows.iter().filter(|row| standing(row, played) == wanted).count()
}
