//! Where a duty stood when it was imported, entered as the replies people would have given: through the one door for
//! answers, in the name of who answers for it, marked as come with the import.
//!
//! The same state again is nothing new: it is compared with what the last import entered, not with how things stand, so that
//! a list that still says "done" does not undo what the monitor returned since.

use std::collections::HashMap;
use std::sync::Arc;

use super::check::Names;
use super::difference::Difference;
use super::known::Known;
use super::{Act, ImportError};
use crate::diagnostic::Severity;
use crate::domain::deadline::DeadlineRule;
use crate::domain::directive::Work;
use crate::domain::organisation::{Directory, Parties, PersonId};
use crate::domain::policy::Role;
use crate::domain::reply::{self, Refusal, ReplyKind};
use crate::engine::Engine;
use crate::engine::reply::{Replied, Request, reply_in};
use crate::facts::{Place, StateFact};
use crate::store::import::{self, StatedReply};
use crate::store::{Store, assignments};
use crate::tree::say;

/// The way such replies come.
const VIA: &str = "import";

/// Enters the states of the facts; answers nothing, problems are told.
pub(super) async fn record(act: &mut Act<'_>, store: &Store, known: &Known, names: &Names) -> Result<(), ImportError> {
    let facts = act.facts;
    let mut wanted: Vec<(i64, &StateFact, Place, String)> = Vec::new();
    for (key, row) in names.directives.iter().zip(&facts.directives) {
        let (Some(key), Some(state)) = (key, &row.value.state) else { continue };
        let Some(directive) = known.directives.get(key) else { continue };
        if row.value.deadline.as_ref().is_some_and(|deadline| matches!(deadline.rule, DeadlineRule::Recurring(_))) {
            of_no_period(act, row.place("state", 0));
            continue;
        }
        let lead: Vec<i64> = row.value.lead.iter().filter_map(|code| known.unit(code)).collect();
        for one in known.assignments.get(&directive.id).into_iter().flatten() {
            let Some(unit) = one.cells[1].as_number().filter(|unit| lead.contains(unit)) else { continue };
            let name = format!("{}@{}", key.shown(&act.naming), known.unit_code(unit).unwrap_or_default());
            wanted.push((one.id, state, row.place("state", 0), name));
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = wanted.iter().map(|(id, ..)| *id).collect();
    let held = import::stated_replies(&mut act.tx, &ids, VIA).await?;
    let all = wanted.len();
    wanted.retain(|(id, state, ..)| !stands_there(state, held.get(id).map(Vec::as_slice).unwrap_or_default()));
    act.report.unchanged.replies += all - wanted.len();
    if wanted.is_empty() {
        return Ok(());
    }
    // What the facts changed stands in the journal before the replies do.
    act.write_journal().await?;
    let engine = Engine::new(store.clone(), Arc::new(act.rules.clone()), Vec::new());
    let (_, directory) = engine.organisation.get(&mut act.tx).await?;
    let ids: Vec<i64> = wanted.iter().map(|(id, ..)| *id).collect();
    let loaded = assignments::load(&mut act.tx, &ids, &act.rules.office, act.now).await?;
    let parties: HashMap<i64, Parties> = loaded.into_iter().map(|one| (one.id, one.view.parties)).collect();
    for (id, state, at, name) in wanted {
        let Some(parties) = parties.get(&id) else { continue };
        if !enter(act, &engine, &directory, (id, parties), state, at).await? {
            continue;
        }
        act.report.added.replies += 1;
        act.report.differences.push(Difference::added("reply", format!("{name} {}", state.work.as_str())));
        act.changed_assignments.insert(id);
    }
    Ok(())
}

/// Each period of a recurring duty is answered on its own; which one a list means is not said.
fn of_no_period(act: &mut Act<'_>, at: Place) {
    let language = act.said.language;
    let message = say!(
        language,
        "nhiệm vụ định kỳ: trạng thái không được ghi, vì mỗi kỳ được theo dõi riêng",
        "a recurring duty: its state is not entered, because each period is followed on its own"
    );
    let help = say!(language, "ghi kết quả từng kỳ bằng dondoc reply", "enter the result of a period with `dondoc reply`");
    act.said.warning("state-without-period", at, message, help);
}

/// Whether the last reply an import entered is the last one this state asks for.
fn stands_there(state: &StateFact, held: &[StatedReply]) -> bool {
    let Some(last) = held.last() else { return false };
    let (kind, said) = (last_kind(state.work), held.iter().rev().find(|reply| carries(&reply.kind)));
    let same = |reply: &StatedReply| {
        let text = |value: Option<&String>| value.map(String::as_str).unwrap_or_default().to_owned();
        reply.percent == state.percent.map(i64::from)
            && reply.on == state.on.map(|day| day.to_string())
            && text(reply.note.as_ref()) == text(state.note.as_ref())
            && text(reply.document.as_ref()) == text(state.document.as_ref())
    };
    last.kind == kind.as_str() && (state.work == Work::Withdrawn || said.is_none_or(same))
}

/// The replies that carry what a state says besides its word.
fn carries(kind: &str) -> bool {
    [ReplyKind::Acknowledge, ReplyKind::Progress, ReplyKind::Done].iter().any(|one| one.as_str() == kind)
}

/// The last reply that leads to a state.
const fn last_kind(work: Work) -> ReplyKind {
    match work {
        Work::ReportedDone => ReplyKind::Done,
        Work::Accepted => ReplyKind::Accept,
        Work::Withdrawn => ReplyKind::Withdraw,
        Work::InProgress | Work::Blocked | Work::Returned => ReplyKind::Progress,
        Work::NotAcknowledged | Work::Acknowledged => ReplyKind::Acknowledge,
    }
}

/// Whether anything was entered.
async fn enter(
    act: &mut Act<'_>,
    engine: &Engine,
    directory: &Directory,
    (id, parties): (i64, &Parties),
    state: &StateFact,
    at: Place,
) -> Result<bool, ImportError> {
    let kinds: &[ReplyKind] = match state.work {
        Work::Accepted => &[ReplyKind::Done, ReplyKind::Accept],
        work => &[last_kind(work)],
    };
    let mut entered = false;
    for kind in kinds {
        let Some(person) = who(act, directory, parties, *kind) else {
            nobody(act, *kind, at);
            return Ok(false);
        };
        let mut request = Request::new(*kind, person, VIA);
        if carries(kind.as_str()) {
            request.on = state.on;
            request.percent = state.percent;
            request.note.clone_from(&state.note);
            request.document.clone_from(&state.document);
        }
        request.os_user = act.actor.strip_prefix("cli:").map(ToOwned::to_owned);
        match reply_in(engine, &mut act.tx, id, &request, act.now).await? {
            Replied::Changed(_) => entered = true,
            // A later answer holds. Only answers by link are weak, and no figure comes without its target.
            Replied::Unchanged(_) | Replied::Waits(_) | Replied::NoTarget => {}
            Replied::Refused(refusal) => {
                let (language, why) = (act.said.language, refusal.to_string());
                // A day that has not come is a slip; anything else was settled otherwise since, and that holds.
                let severity = if refusal == Refusal::DateInFuture { Severity::Error } else { Severity::Warning };
                let message = say!(language, "không ghi được trạng thái này: {why}", "this state cannot be entered: {why}");
                let help = say!(
                    language,
                    "xem lại ngày hoàn thành; trạng thái đã ghi được sửa bằng dondoc reply",
                    "look at the day it was done; a recorded state is mended with `dondoc reply`"
                );
                act.said.push(severity, "state-refused", at, message, help);
                return Ok(false);
            }
        }
    }
    Ok(entered)
}

/// Who would give that reply: who answers for the unit, who accepts.
fn who(act: &Act<'_>, directory: &Directory, parties: &Parties, kind: ReplyKind) -> Option<PersonId> {
    let today = act.rules.calendar.date_of(act.now);
    let roles: &[Role] = match kind {
        ReplyKind::Accept | ReplyKind::Withdraw => &[Role::Monitor, Role::Supervisor, Role::UnitParentHead, Role::Operators],
        _ => &[Role::Assignee, Role::UnitHead, Role::UnitDeputy],
    };
    roles
        .iter()
        .flat_map(|role| directory.resolve(std::slice::from_ref(role), parties, today).recipients)
        .map(|recipient| recipient.person)
        .find(|person| {
            let capacities = reply::capacities(directory, parties, *person, today);
            reply::may(kind, &capacities)
        })
}

fn nobody(act: &mut Act<'_>, kind: ReplyKind, at: Place) {
    let language = act.said.language;
    let (message, help) = if carries(kind.as_str()) {
        (
            say!(
                language,
                "có trạng thái nhưng đơn vị chủ trì chưa có ai: không ghi được, và việc sẽ bị đôn đốc như mới giao",
                "it stands somewhere, but the lead unit has nobody: it cannot be entered and would be pressed as new"
            ),
            say!(
                language,
                "nhập người của đơn vị chủ trì trước hoặc cùng lúc",
                "import people of the lead unit before or together with this"
            ),
        )
    } else {
        (
            say!(
                language,
                "ghi là đã xong nhưng chưa có người theo dõi hay lãnh đạo nào để nghiệm thu",
                "it is said to be done, but there is no monitor and no leader to accept it"
            ),
            say!(
                language,
                "ghi monitor trong mục [office] của config.toml hoặc ở văn bản, và nhập người giữ chức vụ đó",
                "name a monitor in [office] of config.toml or at the dispatch, and import who holds that position"
            ),
        )
    };
    act.said.error("state-without-person", at, message, help);
}
