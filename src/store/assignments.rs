//! Assignments as the planner sees them: loaded in batches, one query a table, never one a row.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::error::StoreError;
use super::gathered::{self, Depth, Gathered};
use super::naming::{DispatchKey, Names};
use crate::domain::deadline::Deadline;
use crate::domain::directive::{Secrecy, Urgency};
use crate::domain::organisation::{Directory, PersonId, UnitId};
use crate::domain::planner::AssignmentView;
use crate::domain::recurrence::CutOff;
use crate::domain::reply::{Reply, ReplyKind};
use crate::domain::rules::Office;

/// Assignments of one statement: large enough that the statement is not what costs, small enough that the next one is gathered
/// while these are built; see docs/adr/0035.
const LOADED_AT_ONCE: usize = 500;

/// One assignment: what the planner needs, and what messages say of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Key.
    pub id: i64,
    /// Raised by every act that may change what is due.
    pub revision: i64,
    /// When the planner looks at it again, as the store says.
    pub next_check_at_ms: Option<i64>,
    /// For the planner.
    pub view: AssignmentView,
    /// For messages and routes.
    pub about: About,
    /// When the next figure becomes known, on a clock that replays the past.
    pub next_figure_at: Option<Timestamp>,
    /// Something of a trial that has not ended is recorded for it.
    pub is_rehearsed: bool,
    /// Whom the facts name as assignee, before any answer handed it on.
    pub named_assignee: Option<PersonId>,
}

/// What an assignment is about.
#[derive(Clone, Debug)]
pub struct About {
    /// Directive's key.
    pub directive_id: i64,
    /// Dispatch's key.
    pub dispatch_id: i64,
    /// The unit that answers for it now.
    pub unit: UnitId,
    /// The unit it was given to, which its name keeps; another than `unit` after a merger or a split.
    pub named_unit: UnitId,
    /// The name that unit had then, when it has been renamed, merged or split since.
    pub inherited_from: Option<String>,
    /// `''` or `2026-03`.
    pub period: String,
    /// Clause.
    pub clause: String,
    /// 1 for the first directive of the clause.
    pub ordinal: u16,
    /// Title; the code from mật up.
    pub title: String,
    /// Number of the dispatch.
    pub number: String,
    /// Its issuer.
    pub issuer: String,
    /// Its subject.
    pub subject: Option<String>,
    /// Its marks.
    pub urgency: Urgency,
    /// Its marks.
    pub secrecy: Secrecy,
    /// The wording of the deadline.
    pub deadline_text: Option<String>,
    /// `office` when the dispatch itself gives none.
    pub deadline_set_by: Option<String>,
    /// The last day without any extension, as the dispatch stands now.
    pub original_last_day: Option<Date>,
    /// Raised by extensions and by corrections.
    pub deadline_revision: i64,
    /// When the figures of a period are closed.
    pub cut_off: Option<CutOff>,
    /// The unit that had it before a transfer.
    pub from_unit: Option<UnitId>,
    /// The last obstacle that was reported; it stands while the work is blocked.
    pub blocked: Option<Blocked>,
    /// The last extension, whether it holds or a later correction of the dispatch does.
    pub extension: Option<Extension>,
}

/// An extension of the deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The deadline it gave, without a first day.
    pub deadline: Deadline,
    /// The document that grants it.
    pub basis: Option<String>,
}

/// An obstacle that was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: PersonId,
    /// What it is.
    pub note: Option<String>,
}

impl Loaded {
    /// A reply that counts, in the order they were given. One that found no state of its own to change (`stays`) and tells of an obstacle
    /// is another reason of the block that stands: it neither begins it anew nor is an answer.
    pub(super) fn hear(&mut self, reply: Reply, obstacle: Option<String>, stays: bool) {
        if reply.kind == ReplyKind::Blocked {
            if let Some(blocked) = self.about.blocked.as_mut().filter(|_| stays) {
                blocked.note = obstacle;
                return;
            }
            self.about.blocked = Some(Blocked { at: reply.at, by: reply.by, note: obstacle });
        }
        self.view.replies.push(reply);
    }

    /// Whether its deadline waits for its anchor: undated until then, but no standing duty.
    pub fn waits(&self) -> bool {
        self.view.deadline.is_none() && self.about.deadline_text.is_some()
    }

    /// The extension the deadline in force rests on; `None` where it rests on the dispatch.
    pub fn extension(&self) -> Option<&Extension> {
        let deadline = self.view.deadline?;
        self.about.extension.as_ref().filter(|extension| extension.deadline.ends_with(&deadline))
    }

    /// The shortest name that fits it alone.
    pub fn name(&self, names: &Names, directory: &Directory) -> String {
        let about = &self.about;
        let unit_code = directory.units.get(&about.named_unit).map_or("", |unit| unit.code.as_str());
        let key = DispatchKey {
            id: about.dispatch_id,
            year: self.view.dispatch_date.year(),
            issuer: about.issuer.clone(),
            number: about.number.clone(),
        };
        names.assignment(&key, &about.clause, about.ordinal, unit_code, &about.period).to_string()
    }
}

/// Reads these assignments as of `now`, in the order of `ids`; those that do not exist are left out.
pub async fn load(
    connection: &mut AnyConnection,
    ids: &[i64],
    office: &Office,
    now: Timestamp,
) -> Result<Vec<Loaded>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    let mut gathered: Option<Gathered> = None;
    for chunk in ids.chunks(LOADED_AT_ONCE) {
        // The database gathers these while those before are built; it is asked first.
        let (next, built) = tokio::join!(
            biased;
            gathered::gather(&mut *connection, chunk, Depth::Whole),
            async { gathered.as_ref().map(|one| one.build(office, now)).transpose() }
        );
        found.extend(built?.into_iter().flatten());
        gathered = Some(next?);
    }
    found.extend(gathered.map(|one| one.build(office, now)).transpose()?.into_iter().flatten());
    Ok(in_order_of(ids, found))
}

/// In the order of `ids`, each once; most often they stand so already.
fn in_order_of(ids: &[i64], found: Vec<Loaded>) -> Vec<Loaded> {
    if ids.is_sorted_by(|one, next| one < next) && found.is_sorted_by(|one, next| one.id < next.id) {
        return found;
    }
    let mut found: BTreeMap<i64, Loaded> = found.into_iter().map(|loaded| (loaded.id, loaded)).collect();
    ids.iter().filter_map(|id| found.remove(id)).collect()
}

/// Assignments nobody has reported done or closed, of these lead units or of that assignee, in the order of their keys.
pub async fn open_of(connection: &mut AnyConnection, units: &[i64], person_id: i64) -> Result<Vec<i64>, StoreError> {
    let places = (2..units.len() + 2).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
    let of_units = if units.is_empty() { String::new() } else { format!("a.unit_id IN ({places}) OR ") };
    let sql = format!(
        "SELECT a.id FROM assignment a JOIN directive d ON d.id = a.directive_id
         WHERE ({of_units}COALESCE(a.assignee_id, d.assignee_id) = $1)
             AND a.work NOT IN ('reported_done', 'accepted', 'withdrawn') ORDER BY a.id"
    );
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(person_id);
    for unit in units {
        query = query.bind(*unit);
    }
    Ok(query.fetch_all(connection).await?)
}

/// `$1, $2, …, $n`
pub(crate) fn id_list(count: usize) -> String {
    (1..=count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}
