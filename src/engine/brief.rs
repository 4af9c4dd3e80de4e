//! The weekly brief of a leader: when it is due, which units it covers, and its numbers.
//!
//! A brief is no message of its own kind. It stands above the items of a weekly digest; where `[office] brief` names
//! somebody, a reminder of the house ([`Notice::Brief`]) makes sure that there is such a digest in every week. The numbers
//! are read outside of any writing transaction and count what is open by groups, never one assignment at a time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use super::compose::Scene;
use super::gather::Members;
use super::{Engine, EngineError, guard, instant, ms, route, trial};
use crate::channel::letter::{LetterKind, UnitTally, WeeklyBrief};
use crate::domain::calendar::{Hours, monday_of};
use crate::domain::delivery::MessageState;
use crate::domain::directive::Work;
use crate::domain::organisation::{Directory, Parties, PersonId, UnitId};
use crate::domain::policy::{Digest, Role};
use crate::domain::reminder::{Notice, ReminderKey, StepRef};
use crate::domain::tally::{Class, Tally};
use crate::store::batch::Batch;
use crate::store::journal::{self, Entry};
use crate::store::messages::MessageRow;
use crate::store::naming::Names;
use crate::store::outbox::{self, NewReminder, ReminderRow};
use crate::store::rows::{parse_role, role_text};
use crate::store::{Tx, assignments, meta, tally};

/// The most late assignments one brief names.
pub const LATE_MAX: usize = 40;

/// Candidates that are looked at for them: some of them may not be late yet, for a deadline with a time of day.
const LOOK_MAX: i64 = 100;

/// A rule that is younger than its moment by more than this waits for the next week.
const ON_TIME: SignedDuration = SignedDuration::from_hours(1);

/// The numbers of one unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The 2×2.
    pub tally: Tally,
    /// Became known in the week.
    pub new: u64,
    /// Accepted in the week: in time, late.
    pub done: (u64, u64),
    /// Open, with a last day from today on within seven days.
    pub due_next: u64,
}

/// The numbers of every unit that has assignments, at one instant.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// First and last day of the week before the instant's.
    pub week: (Date, Date),
    /// By unit.
    pub units: BTreeMap<UnitId, Numbers>,
}

/// Counts everything at that instant: the official 2×2 of every unit, and what the week before it changed.
pub async fn board(engine: &Engine, now: Timestamp) -> Result<Board, EngineError> {
    let before_date = engine.rules.before_date;
    let calendar = &engine.rules.calendar;
    let today = calendar.date_of(now);
    let monday = monday_of(today);
    let days = |from: Date, count: i64| from.checked_add(Span::new().days(count)).unwrap_or(from);
    let mut board = Board { week: (days(monday, -7), days(monday, -1)), units: BTreeMap::new() };
    let units = &mut board.units;
    let mut connection = engine.store.snapshot().await?;
    tally::each(&mut connection, |unit, assigned, many| {
        let numbers: &mut Numbers = units.entry(unit).or_default();
        let class = assigned.class(now, calendar, before_date);
        numbers.tally.add(class, many);
        let last_day = assigned.deadline.map(|deadline| deadline.last_day);
        if class == Class::InTime && last_day.is_some_and(|day| day <= days(today, 6)) {
            numbers.due_next += many;
        }
    })
    .await?;
    let (from_ms, to_ms) = (ms(calendar.instant(days(monday, -7), 0)), ms(calendar.instant(monday, 0)));
    for (unit, many) in tally::known_between(&mut connection, from_ms, to_ms).await? {
        units.entry(unit).or_default().new += many;
    }
    tally::each_accepted_between(&mut connection, from_ms, to_ms, |unit, assigned| {
        let done = &mut units.entry(unit).or_default().done;
        match assigned.class(now, calendar, before_date) {
            Class::DoneLate => done.1 += 1,
            _ => done.0 += 1,
        }
    })
    .await?;
    Ok(board)
}

/// What decides which units a person's brief covers, besides the units they are in charge of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Units of the items of the same message.
    pub units: BTreeSet<UnitId>,
    /// For the trial mailbox: then it covers the units that are not live, else those that are.
    pub is_trial: bool,
    /// The roles of `[office] brief` it was sent for.
    pub roles: Vec<Role>,
}

/// The brief of one person before it is put into a letter.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub scope: Scope,
    /// In the order of the facts.
    pub units: Vec<UnitId>,
    /// Assignments that may be late, the oldest deadline first.
    pub late: Vec<i64>,
}

/// What the brief of a message covers; `None` when it carries none: only a digest with a weekly item does.
pub(super) fn scope(engine: &Engine, kind: &str, members: &Members) -> Option<Scope> {
    if kind != LetterKind::Digest.as_str() {
        return None;
    }
    let weekly = |row: &ReminderRow| match &row.key.step {
        StepRef::Notice(notice) => *notice == Notice::Brief,
        StepRef::Step(name) => engine
            .rules
            .policy(&row.policy)
            .and_then(|policy| policy.steps.iter().find(|step| step.name == *name))
            .is_some_and(|step| step.digest == Some(Digest::Weekly)),
        StepRef::Courtesy(_) => false,
    };
    if !members.reminders.iter().any(weekly) {
        return None;
    }
    let roles = members.reminders.iter().filter_map(|row| role_of(&row.key)).collect();
    let carries = |id| members.reminders.iter().any(|row| row.assignment_id == id && role_of(&row.key).is_none());
    let units = members.loaded.iter().filter(|loaded| carries(loaded.id)).map(|loaded| loaded.about.unit).collect();
    Some(Scope { units, is_trial: members.trial.is_some(), roles })
}

/// Briefs that are made ready before the transaction that packs them.
#[derive(Default)]
pub(crate) struct Briefs {
    board: Option<Board>,
    leaders: BTreeMap<i64, Prepared>,
}

impl Briefs {
    /// What was prepared for that person and that scope.
    pub fn of(&self, person: i64, scope: &Scope) -> Option<&Prepared> {
        self.leaders.get(&person).filter(|prepared| prepared.scope == *scope)
    }

    /// Reads what the brief of a person needs; the numbers are counted once for all of them.
    pub async fn prepare(&mut self, engine: &Engine, person: i64, scope: Scope, now: Timestamp) -> Result<(), EngineError> {
        let board = match &mut self.board {
            Some(board) => board,
            none => none.insert(board(engine, now).await?),
        };
        let mut connection = engine.store.read().acquire().await?;
        let (_, directory) = engine.organisation.look(&mut connection).await?;
        let today = engine.rules.calendar.date_of(now);
        let covered = |unit: &UnitId| {
            trial::mailbox(engine, &directory, *unit).is_some() == scope.is_trial
                && covers(&directory, PersonId(person), &scope, *unit, today)
        };
        let units: Vec<UnitId> = board.units.keys().copied().filter(covered).collect();
        let late = tally::oldest_open(&mut connection, &units, today, LOOK_MAX).await?;
        self.leaders.insert(person, Prepared { scope, units, late });
        Ok(())
    }

    /// The numbers that were counted, and the late assignments as they stand in this transaction, by unit.
    pub(super) async fn letter(
        &self,
        engine: &Engine,
        tx: &mut Tx,
        members: &Members,
        (names, prepared): (&Names, &Prepared),
        now: Timestamp,
    ) -> Result<Option<WeeklyBrief>, EngineError> {
        let Some(board) = &self.board else { return Ok(None) };
        let directory = &members.directory;
        let mut brief = WeeklyBrief { week: board.week, units: Vec::new(), new: 0, done: (0, 0), due_next: 0, late: Vec::new() };
        for unit in &prepared.units {
            let (Some(numbers), Some(known)) = (board.units.get(unit), directory.units.get(unit)) else { continue };
            brief.units.push(UnitTally { unit: known.name.clone(), tally: numbers.tally });
            brief.new += numbers.new;
            brief.done = (brief.done.0 + numbers.done.0, brief.done.1 + numbers.done.1);
            brief.due_next += numbers.due_next;
        }
        let scene = Scene { engine, directory, now };
        let mut late = Vec::new();
        for loaded in assignments::load(tx, &prepared.late, &engine.rules.office, now).await? {
            if is_late(engine, &loaded, now) {
                let of_it = |row: &&ReminderRow| row.assignment_id == loaded.id && role_of(&row.key).is_none();
                let code = members.reminders.iter().find(of_it).map(|row| format!("R{}", row.id));
                late.push((loaded.about.unit, scene.late(loaded.name(names, directory), &loaded, code)));
            }
        }
        late.truncate(LATE_MAX);
        // The oldest stay first within a unit.
        late.sort_by_key(|(unit, _)| *unit);
        brief.late = late.into_iter().map(|(_, item)| item).collect();
        Ok(Some(brief))
    }
}

/// Whether a person's brief covers a unit: they supervise it, head it or a unit above it, get an item of it, or the brief
/// goes to them by a role that covers it.
fn covers(directory: &Directory, person: PersonId, scope: &Scope, unit: UnitId, on: Date) -> bool {
    let path = directory.path(unit, on);
    let heads = || path.iter().any(|above| directory.holders(*above, "head", on).iter().any(|(holder, _)| *holder == person));
    let supervises = || resolved(directory, &Role::Supervisor, unit, on).contains(&person);
    let by_role = |role: &Role| match role {
        Role::Person(_) => true,
        Role::Position { unit: Some(code), .. } => directory.unit_by_code(code).is_some_and(|above| path.contains(&above.id)),
        _ => false,
    };
    scope.units.contains(&unit) || scope.roles.iter().any(by_role) || supervises() || heads()
}

fn resolved(directory: &Directory, role: &Role, unit: UnitId, on: Date) -> Vec<PersonId> {
    let parties = Parties {
        lead: unit,
        assignee: None,
        coordinating: Vec::new(),
        supervisor: None,
        blocker: None,
        monitor: None,
        operators: Vec::new(),
    };
    let found = directory.resolve(std::slice::from_ref(role), &parties, on);
    found.recipients.into_iter().map(|recipient| recipient.person).collect()
}

/// The role a brief was sent for; its anchor is `WEEK/ROLE`.
pub(crate) fn role_of(key: &ReminderKey) -> Option<Role> {
    (key.step == StepRef::Notice(Notice::Brief)).then(|| key.anchor.split_once('/').and_then(|(_, role)| parse_role(role)))?
}

/// Whether an assignment is late at that instant, as the 2×2 counts it.
fn is_late(engine: &Engine, loaded: &assignments::Loaded, now: Timestamp) -> bool {
    let rules = &engine.rules;
    let open = !matches!(loaded.view.work, Work::ReportedDone | Work::Accepted | Work::Withdrawn);
    open && loaded.view.deadline.is_some_and(|deadline| now >= deadline.end(&rules.calendar, rules.before_date))
}

/// Whether an answer that came since outdates this message: a digest says something of others. One that may have arrived stays as it is.
pub(super) fn may_be_outdated(row: &MessageRow) -> bool {
    row.state != MessageState::Uncertain && row.kind == "digest"
}

/// The week that is to be decided on, its opening when that has come, and today.
fn week(engine: &Engine, now: Timestamp) -> (Date, Option<Timestamp>, Date) {
    let calendar = &engine.rules.calendar;
    let today = calendar.date_of(now);
    let monday = monday_of(today);
    let opening = calendar.first_working_day_of_week(today).map(|day| calendar.opening_of(&Hours::Office, day));
    let opened = opening.filter(|opening| *opening <= now);
    let week = if opened.is_some() { monday } else { monday.checked_sub(Span::new().days(7)).unwrap_or(monday) };
    (week, opened, today)
}

/// Whether there is something to decide on, when `known` is the last week that was.
pub(super) fn is_due(engine: &Engine, known: Option<&str>, now: Timestamp) -> bool {
    !engine.rules.office.brief.is_empty() && known.is_none_or(|known| *known < *week(engine, now).0.to_string())
}

/// Queues the briefs of this week, on its first working day from the opening on. A week whose day passed by while the
/// daemon was down, or before the rule was there, waits for the next one. Returns how many were queued.
pub(crate) async fn queue_due(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    if engine.rules.office.brief.is_empty() {
        return Ok(0);
    }
    let calendar = &engine.rules.calendar;
    let (week, opened, today) = week(engine, now);
    let mut connection = engine.store.read().acquire().await?;
    if !is_due(engine, meta::get(&mut connection, meta::BRIEF_WEEK).await?.as_deref(), now) {
        return Ok(0);
    }
    let firsts = tally::first_of_each_unit(&mut connection).await?;
    drop(connection);
    let mut tx = engine.store.begin().await?;
    if !guard::may_plan(engine, &mut tx, now).await? {
        return Ok(0);
    }
    let known = meta::get(&mut tx, meta::BRIEF_WEEK).await?;
    if known.as_ref().is_some_and(|known| *known >= week.to_string()) {
        return Ok(0);
    }
    meta::set(&mut tx, meta::BRIEF_WEEK, &week.to_string()).await?;
    let due = opened.filter(|opening| calendar.date_of(*opening) == today);
    let due = due.filter(|opening| known.is_some() || now.duration_since(*opening) < ON_TIME);
    let queued = match due {
        Some(opening) => queue(engine, &mut tx, &firsts, week, (opening, now)).await?,
        None => 0,
    };
    tx.commit().await?;
    Ok(queued)
}

async fn queue(
    engine: &Engine,
    tx: &mut Tx,
    firsts: &[(UnitId, i64)],
    week: Date,
    (opening, now): (Timestamp, Timestamp),
) -> Result<usize, EngineError> {
    let (_, directory) = engine.organisation.get(tx).await?;
    let carriers = carriers(engine, &directory, firsts, engine.rules.calendar.date_of(now));
    let ids: Vec<i64> = carriers.iter().map(|(_, id)| *id).collect();
    let loaded = assignments::load(tx, &ids, &engine.rules.office, now).await?;
    let mut reminders: Vec<NewReminder> = Vec::new();
    let mut entries = Vec::new();
    for (role, id) in carriers {
        let Some(policy) = loaded.iter().find(|one| one.id == id).and_then(|one| engine.policy_of(one, &directory)) else {
            continue;
        };
        let anchor = format!("{week}/{}", role_text(&role));
        let key = ReminderKey { step: StepRef::Notice(Notice::Brief), anchor: anchor.clone(), occurrence: 1 };
        reminders.push(NewReminder { moment_at_ms: ms(opening), ..route::notice(id, key, &policy.name, None, now) });
        let detail = serde_json::json!({ "v": 1, "anchor": anchor });
        let entry = Entry::new(now, "brief-due", detail).assignment(id).actor("daemon");
        entries.push(entry.config(engine.rules.digest.clone()));
    }
    let mut batch = Batch::new(tx);
    outbox::record_with(&mut batch, &reminders);
    journal::append_with(tx, batch, &entries).await?;
    Ok(reminders.len())
}

/// For each brief the role it goes to and the assignment that carries it: of a unit its supervisor is found by, or any.
fn carriers(engine: &Engine, directory: &Directory, firsts: &[(UnitId, i64)], on: Date) -> Vec<(Role, i64)> {
    let mut found = Vec::new();
    for role in &engine.rules.office.brief {
        let mut reached: BTreeSet<PersonId> = BTreeSet::new();
        for (unit, first) in firsts {
            let people = resolved(directory, role, *unit, on);
            if people.iter().any(|person| !reached.contains(person)) {
                reached.extend(people);
                found.push((role.clone(), *first));
            }
        }
    }
    found
}

/// When briefs come next, when `known` is the last week that was decided on; `None` where nobody asked for any.
pub(crate) fn next(engine: &Engine, known: Option<&str>) -> Option<Timestamp> {
    if engine.rules.office.brief.is_empty() {
        return None;
    }
    let calendar = &engine.rules.calendar;
    // Nothing was decided yet: at once.
    let Some(week) = known.and_then(|week| week.parse::<Date>().ok()) else { return Some(instant(0)) };
    let following = week.checked_add(Span::new().days(7)).unwrap_or(week);
    Some(calendar.weekly_opening_after(&Hours::Office, calendar.instant(following, 0)))
}
