//! Deadlines that facts changed after the assignment had become known. No table keeps the day that held before; the journal does.

use jiff::Timestamp;
use sqlx::AnyConnection;

use super::entries;
use super::error::StoreError;

/// A change of the deadline by facts that were imported again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectionLine {
    /// When it was recorded.
    pub at: Timestamp,
    /// What held before, `2023-10-20` or `2023-10-20 17:00`; `None` while there was no day yet.
    pub old: Option<String>,
    /// What has held since.
    pub new: Option<String>,
}

/// Those of an assignment, oldest first.
pub(super) async fn of_assignment(connection: &mut AnyConnection, id: i64) -> Result<Vec<CorrectionLine>, StoreError> {
    let entries = entries::of_assignment_and_kind(connection, id, "fact-changed").await?;
    let all = entries.into_iter().filter_map(|entry| {
        let said = |place: &str| Some(entry.detail.pointer(place)?.as_str().map(ToOwned::to_owned));
        Some(CorrectionLine { at: entry.at, old: said("/fields/deadline/0")?, new: said("/fields/deadline/1")? })
    });
    // What is the same to the day says nothing to people: only how it is worded has changed.
    Ok(all.filter(|one| one.old != one.new).collect())
}
