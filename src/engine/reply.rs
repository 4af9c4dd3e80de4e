//! `reply`: the one door by which answers come in, from the command line, Telegram or wherever.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Engine, EngineError, doubt, ms, route, transfer};
use crate::domain::amount::Amount;
use crate::domain::deadline::{self, Deadline, DeadlineRule, RelativeStart};
use crate::domain::directive::{Secrecy, Work};
use crate::domain::organisation::Directory;
use crate::domain::phrase;
use crate::domain::planner::{self, Context};
use crate::domain::reminder::{Notice, ReminderKey, ReminderState, StepRef};
use crate::domain::reply::{self, Content, Doubt, Given, Outcome, Pause, Refusal, ReplyKind, Standing};
use crate::fault::{self, Mutant};
use crate::store::Tx;
use crate::store::assignments::{self, Loaded};
use crate::store::journal::{self, Entry};
use crate::store::replies::{self, Before};
use crate::store::rows::{Change, journalled_deadline};
use crate::store::works::{self, ExtensionRow, FigureRow};
use crate::store::{links, outbox};
use crate::tree::say;

pub use super::request::{ReportedFigure, Request};

/// What came of a reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Replied {
    /// It changed the assignment, which now stands so.
    Changed(Work),
    /// It changes nothing; the assignment stands so.
    Unchanged(Work),
    /// It is weak: recorded, and nothing changes until a second signal; the assignment stands so.
    Waits(Work),
    /// It is not taken.
    Refused(Refusal),
    /// It needs a figure's target the directive does not have.
    NoTarget,
}

/// Takes a reply to one assignment, in a transaction of its own.
pub async fn reply(engine: &Engine, assignment_id: i64, request: &Request, now: Timestamp) -> Result<Replied, EngineError> {
    let mut tx = engine.store.begin().await?;
    let replied = reply_in(engine, &mut tx, assignment_id, request, now).await?;
    tx.commit().await?;
    Ok(replied)
}

/// Takes a reply in the caller's transaction. A refused one is journalled too.
pub async fn reply_in(
    engine: &Engine,
    tx: &mut Tx,
    assignment_id: i64,
    request: &Request,
    now: Timestamp,
) -> Result<Replied, EngineError> {
    let (_, directory) = engine.organisation.get(tx).await?;
    let Some(loaded) = assignments::load(tx, &[assignment_id], &engine.rules.office, now).await?.pop() else {
        return Ok(Replied::Refused(Refusal::NotEntitled));
    };
    let carries = request.carries();
    let is_secret = loaded.about.secrecy >= Secrecy::Mat;
    let request = &if is_secret { request.without_texts() } else { request.as_seen() };
    let today = engine.rules.calendar.date_of(now);
    let actor = directory.people.get(&request.person).map_or_else(String::new, |person| person.code.clone());
    let capacities = reply::capacities(&directory, &loaded.view.parties, request.person, today);
    if !reply::may(request.kind, &capacities) {
        journal_refusal(tx, engine, &loaded, request, &actor, Refusal::NotEntitled, now).await?;
        return Ok(Replied::Refused(Refusal::NotEntitled));
    }
    if request.to.is_some_and(|to| !directory.belongs_to(to, loaded.about.unit, today)) {
        return Ok(Replied::Refused(Refusal::NotOfTheUnit));
    }
    let figure = match figure_of(request, &loaded, today) {
        Ok(figure) => figure,
        Err(NoTarget) => return Ok(Replied::NoTarget),
    };
    let calendar = &engine.rules.calendar;
    let paused_until = loaded.view.paused_until.filter(|until| *until > now);
    let paused_through = paused_until.map(|until| calendar.date_of(until - SignedDuration::from_millis(1)));
    let standing = Standing {
        work: loaded.view.work,
        last_day: loaded.view.deadline.map(|deadline| deadline.last_day),
        promised_until: loaded.view.promised_until,
        asked_until: reply::asked_until(&loaded.view.replies),
        assignee: loaded.view.parties.assignee,
        lead: loaded.about.unit,
        blocker: loaded.view.parties.blocker,
        is_muted: planner::is_muted(&loaded.view, request.person),
        // A hold lasts through its day; the pause of a dispute that ends in the course of it holds nothing to the end.
        paused_through: paused_through.filter(|day| paused_until == Some(calendar.instant(*day, 1440))),
    };
    let carries = carries || figure.is_some();
    let given = Given {
        kind: request.kind,
        until: request.until,
        content: if carries { Content::Carried } else { Content::Bare },
        on: request.on,
        to: request.to,
        unit: request.to_unit,
        today,
    };
    match reply::decide(&standing, &given) {
        Err(refusal) => {
            journal_refusal(tx, engine, &loaded, request, &actor, refusal, now).await?;
            Ok(Replied::Refused(refusal))
        }
        Ok(outcome) if !request.doubts.is_empty() && !fault::is_broken(Mutant::WeakCounts) => {
            if outcome.is_some() {
                let act = Act { engine, directory: &directory, loaded: &loaded, request, actor: &actor, now };
                act.record_weak(tx, figure.as_ref()).await?;
                return Ok(Replied::Waits(loaded.view.work));
            }
            Ok(Replied::Unchanged(loaded.view.work))
        }
        Ok(None) => {
            doubt::confirm(tx, engine, &loaded, request, &actor, now).await?;
            if !says_another_obstacle(&loaded, request) {
                return Ok(Replied::Unchanged(loaded.view.work));
            }
            let act = Act { engine, directory: &directory, loaded: &loaded, request, actor: &actor, now };
            act.record_obstacle(tx).await?;
            Ok(Replied::Changed(loaded.view.work))
        }
        Ok(Some(outcome)) => {
            if let Some(unit) = outcome.transfer_to {
                let destination = match transfer::destination(tx, &directory, &loaded, unit, today).await? {
                    Ok(destination) => destination,
                    Err(refusal) => {
                        journal_refusal(tx, engine, &loaded, request, &actor, refusal, now).await?;
                        return Ok(Replied::Refused(refusal));
                    }
                };
                transfer::transfer(engine, tx, &loaded, destination, request, &actor, now).await?;
            }
            doubt::confirm(tx, engine, &loaded, request, &actor, now).await?;
            let act = Act { engine, directory: &directory, loaded: &loaded, request, actor: &actor, now };
            act.record(tx, outcome, figure).await?;
            Ok(Replied::Changed(outcome.work))
        }
    }
}

/// Whether a block that stands is given another reason.
fn says_another_obstacle(loaded: &Loaded, request: &Request) -> bool {
    let known = loaded.about.blocked.as_ref().and_then(|blocked| blocked.note.as_ref());
    request.kind == ReplyKind::Blocked && request.note.is_some() && request.note.as_ref() != known
}

struct NoTarget;

/// The figure a reply carries: its value, or its percentage where the target is one.
fn figure_of(request: &Request, loaded: &Loaded, today: Date) -> Result<Option<ReportedFigure>, NoTarget> {
    let target = loaded.view.target.as_ref();
    match (&request.figure, request.percent, target) {
        (Some(_), _, None) => Err(NoTarget),
        (Some(figure), _, Some(_)) => Ok(Some(ReportedFigure { as_of: Some(figure.as_of.unwrap_or(today)), ..figure.clone() })),
        (None, Some(percent), Some(target)) if target.unit == "%" => {
            Ok(Some(ReportedFigure { value: f64::from(percent), as_of: Some(request.on.unwrap_or(today)), source: None }))
        }
        _ => Ok(None),
    }
}

async fn journal_refusal(
    tx: &mut Tx,
    engine: &Engine,
    loaded: &Loaded,
    request: &Request,
    actor: &str,
    refusal: Refusal,
    now: Timestamp,
) -> Result<(), EngineError> {
    let detail = serde_json::json!({ "v": 1, "reply": request.kind.as_str(), "via": request.via, "why": refusal.to_string() });
    let entry = Entry::new(now, "reply-refused", detail).assignment(loaded.id).actor(actor).config(engine.rules.digest.clone());
    journal::append(tx, &[entry]).await?;
    Ok(())
}

/// What a reply brought about, as the journal keeps it.
#[derive(Default)]
struct Told {
    brought: Option<Before>,
    /// The deadline before and since; `None` where it stays.
    deadline: Option<[Option<String>; 2]>,
    notices: Vec<ReminderKey>,
}

/// A reply that is taken.
struct Act<'a> {
    engine: &'a Engine,
    directory: &'a Directory,
    loaded: &'a Loaded,
    request: &'a Request,
    actor: &'a str,
    now: Timestamp,
}

impl Act<'_> {
    async fn record(&self, tx: &mut Tx, outcome: Outcome, figure: Option<ReportedFigure>) -> Result<(), EngineError> {
        let as_of = figure.as_ref().map(|figure| self.as_of(figure));
        let starts = if outcome.deadline.is_none() { self.relative_deadline() } else { None };
        let mut told = Told::default();
        let mut before = replies::before(tx, self.loaded.id, as_of).await?;
        before.started_deadline = starts.map(|deadline| deadline.last_day.to_string());
        replies::insert(tx, &self.request.row(self.loaded.id, Some(&before), self.now)).await?;
        if let Some(figure) = &figure {
            self.insert_figure(tx, figure).await?;
        }
        if let Some(last_day) = outcome.deadline {
            let deadline = Deadline::by(last_day);
            if self.extend(tx, deadline).await? == Change::Added {
                told.deadline =
                    Some([self.loaded.view.deadline.as_ref().map(journalled_deadline), Some(journalled_deadline(&deadline))]);
            }
        } else if let Some(deadline) = starts {
            works::correct_deadline(tx, self.loaded.id, Some(&deadline), self.now).await?;
            told.deadline = Some([None, Some(journalled_deadline(&deadline))]);
        }
        let view = &self.loaded.view;
        let paused_until = match outcome.pause {
            Pause::No => view.paused_until,
            // A hold of the monitor that lasts longer stays.
            Pause::Dispute => view.paused_until.max(Some(self.after(self.engine.rules.office.dispute_pause))),
            Pause::Through(day) => Some(self.engine.rules.calendar.instant(day, 1440)),
        };
        let blocked_until = match outcome.work {
            Work::Blocked if self.request.kind == ReplyKind::Blocked => Some(self.block_end()),
            Work::Blocked => view.blocked_until,
            _ => None,
        };
        let handed_to = if self.request.kind == ReplyKind::Assign { outcome.assignee.map(|person| person.0) } else { None };
        sqlx::query(
            "UPDATE assignment SET work = $1, promised_until = $2, paused_until_ms = $3, assignee_id = COALESCE($4, assignee_id),
                    blocked_by_id = $5, blocked_until_ms = $6, revision = revision + $9,
                    next_check_at_ms = COALESCE($7, next_check_at_ms) WHERE id = $8",
        )
        .bind(outcome.work.as_str())
        .bind(outcome.promised_until.map(|day| day.to_string()))
        .bind(paused_until.map(ms))
        .bind(handed_to)
        .bind(outcome.blocker.map(|unit| unit.0))
        .bind(blocked_until.map(ms))
        .bind((!fault::is_broken(Mutant::CheckStays)).then_some(ms(self.now)))
        .bind(self.loaded.id)
        .bind(i64::from(!fault::is_broken(Mutant::RevisionStays)))
        .execute(&mut **tx)
        .await?;
        self.cancel_silenced(tx).await?;
        for notice in [outcome.notice, self.lifted(outcome)].into_iter().flatten() {
            if self.is_owed(tx, notice).await? {
                told.notices.extend(self.notify(tx, notice).await?);
            }
        }
        // What it brought about: taken back later, nothing else would tell how it stood meanwhile.
        told.brought = Some(replies::before(tx, self.loaded.id, None).await?);
        self.journal(tx, "reply", outcome.work, figure.as_ref(), &told).await
    }

    /// A weak reply: its words are kept, once for each kind, and the assignment stays as it is.
    async fn record_weak(&self, tx: &mut Tx, figure: Option<&ReportedFigure>) -> Result<(), EngineError> {
        let waiting = links::waiting(tx, &[self.loaded.id], self.request.person.0).await?;
        if waiting.iter().any(|waiting| waiting.kind == self.request.kind) {
            return Ok(());
        }
        replies::insert(tx, &self.request.row(self.loaded.id, None, self.now)).await?;
        self.journal(tx, "reply-weak", self.loaded.view.work, figure, &Told::default()).await
    }

    /// The words alone: the block stands as it is, what says of it is made anew.
    async fn record_obstacle(&self, tx: &mut Tx) -> Result<(), EngineError> {
        replies::insert(tx, &self.request.row(self.loaded.id, None, self.now)).await?;
        sqlx::query("UPDATE assignment SET revision = revision + 1 WHERE id = $1")
            .bind(self.loaded.id)
            .execute(&mut **tx)
            .await?;
        self.journal(tx, "reply", self.loaded.view.work, None, &Told::default()).await
    }

    /// A deadline "kể từ ngày nhận được" starts with the unit's first answer when the dispatch names no day of receipt.
    fn relative_deadline(&self) -> Option<Deadline> {
        let answers = matches!(self.request.kind, ReplyKind::Acknowledge | ReplyKind::Progress | ReplyKind::Assign);
        if !answers || self.loaded.view.deadline.is_some() {
            return None;
        }
        let calendar = &self.engine.rules.calendar;
        let text = self.loaded.about.deadline_text.as_deref()?;
        match phrase::read_deadline(text, self.loaded.view.dispatch_date, calendar).ok()?.rule {
            DeadlineRule::Relative { amount, .. } => {
                Some(deadline::resolve_relative(amount, RelativeStart::Instant(self.now), calendar))
            }
            DeadlineRule::Fixed(_) | DeadlineRule::Recurring(_) => None,
        }
    }

    /// So much later, in the hours of the policy.
    fn after(&self, wait: Amount) -> Timestamp {
        let Some(policy) = self.engine.policy_of(self.loaded, self.directory) else { return self.now };
        let context = Context { rules: &self.engine.rules, policy, directory: self.directory, now: self.now };
        planner::after_courtesy(&context, self.now, wait)
    }

    /// Until when the escalations of a unit wait that has just reported an obstacle.
    fn block_end(&self) -> Timestamp {
        let policy = self.engine.policy_of(self.loaded, self.directory);
        policy.map_or(self.now, |policy| self.after(policy.blocked_pause))
    }

    /// Whoever was waited for learns that the obstacle is gone.
    fn lifted(&self, outcome: Outcome) -> Option<Notice> {
        let stood = self.loaded.view.work == Work::Blocked && self.loaded.view.parties.blocker.is_some();
        (stood && outcome.work != Work::Blocked).then_some(Notice::Unblocked)
    }

    /// Who was never told of a duty or of an obstacle is not told that it is gone; what is still on the wire may be heard.
    async fn is_owed(&self, tx: &mut Tx, notice: Notice) -> Result<bool, EngineError> {
        let begins: fn(&StepRef) -> bool = match notice {
            Notice::Withdrawn | Notice::Transferred => |step| !matches!(step, StepRef::Notice(_)),
            Notice::Unblocked => |step| *step == StepRef::Notice(Notice::Blocked),
            _ => return Ok(true),
        };
        let mut known = self.loaded.view.reminders.iter().filter(|(key, _)| begins(&key.step));
        if known.any(|(_, known)| known.state == ReminderState::Delivered) {
            return Ok(true);
        }
        Ok(replies::told_steps(tx, self.loaded.id).await?.iter().any(begins))
    }

    fn as_of(&self, figure: &ReportedFigure) -> Date {
        figure.as_of.unwrap_or_else(|| self.engine.rules.calendar.date_of(self.now))
    }

    async fn insert_figure(&self, tx: &mut Tx, figure: &ReportedFigure) -> Result<(), EngineError> {
        let row = FigureRow {
            directive_id: self.loaded.about.directive_id,
            unit_id: self.loaded.about.named_unit.0,
            as_of: self.as_of(figure),
            value: figure.value,
            source: figure.source.clone(),
            recorded_at: self.now,
        };
        works::upsert_figure(tx, &row).await?;
        Ok(())
    }

    async fn extend(&self, tx: &mut Tx, deadline: Deadline) -> Result<Change, EngineError> {
        let row = ExtensionRow {
            assignment_id: self.loaded.id,
            deadline,
            basis: self.request.basis.clone(),
            date: Some(self.engine.rules.calendar.date_of(self.now)),
            recorded_at: self.now,
        };
        Ok(works::extend(tx, &row).await?)
    }

    /// Reminders that wait to be routed and that this reply silences are taken back at once; packed ones at their claim.
    async fn cancel_silenced(&self, tx: &mut Tx) -> Result<(), EngineError> {
        let queued: Vec<i64> = sqlx::query_scalar("SELECT id FROM reminder WHERE assignment_id = $1 AND state = 'queued'")
            .bind(self.loaded.id)
            .fetch_all(&mut **tx)
            .await?;
        if queued.is_empty() {
            return Ok(());
        }
        let Some(after) = assignments::load(tx, &[self.loaded.id], &self.engine.rules.office, self.now).await?.pop() else {
            return Ok(());
        };
        let Some(policy) = self.engine.policy_of(&after, self.directory) else { return Ok(()) };
        let context = Context { rules: &self.engine.rules, policy, directory: self.directory, now: self.now };
        let mut entries = Vec::new();
        for row in outbox::reminders(tx, &queued).await? {
            if let Err(reason) = planner::still_wanted(&after.view, &context, &row.key) {
                let entry = route::take_back(self.engine, tx, &row, reason.as_str(), self.now).await?;
                entries.extend(entry.map(|entry| entry.actor(self.actor)));
            }
        }
        Ok(journal::append(tx, &entries).await?)
    }

    /// Tells of it; answers by which reminder.
    async fn notify(&self, tx: &mut Tx, notice: Notice) -> Result<Option<ReminderKey>, EngineError> {
        let Some(policy) = self.engine.policy_of(self.loaded, self.directory) else { return Ok(None) };
        let until = self.request.until.or_else(|| reply::asked_until(&self.loaded.view.replies));
        let detail = serde_json::json!({
            "v": 1,
            "note": self.note_to_the_monitor(),
            "replier": self.directory.people.get(&self.request.person).map(|person| person.name.clone()),
            "until": until.map(|day| day.to_string()),
            "to_unit": self.unit_name().filter(|_| notice == Notice::Transferred),
        });
        let key =
            ReminderKey { step: StepRef::Notice(notice), anchor: reply::anchor(self.request.kind, self.now), occurrence: 1 };
        let new = route::notice(self.loaded.id, key.clone(), &policy.name, Some(detail.to_string()), self.now);
        outbox::record(tx, &[new]).await?;
        Ok(Some(key))
    }

    /// The note, with the unit that is said to be responsible.
    fn note_to_the_monitor(&self) -> Option<String> {
        let note = self.request.note.clone();
        let Some(name) = self.unit_name().filter(|_| self.request.kind == ReplyKind::NotOurs) else { return note };
        let named = say!(self.engine.rules.language, "cho biết thuộc trách nhiệm của {name}", "said to be the duty of {name}");
        Some(note.map_or_else(|| named.clone(), |note| format!("{note}; {named}")))
    }

    fn unit_name(&self) -> Option<&str> {
        Some(self.directory.units.get(&self.request.to_unit?)?.name.as_str())
    }

    async fn journal(
        &self,
        tx: &mut Tx,
        kind: &'static str,
        work: Work,
        figure: Option<&ReportedFigure>,
        told: &Told,
    ) -> Result<(), EngineError> {
        let request = self.request;
        let detail = serde_json::json!({
            "v": 1,
            "reply": request.kind.as_str(),
            "via": request.via,
            "work": work.as_str(),
            "until": request.until.map(|day| day.to_string()),
            "on": request.on.map(|day| day.to_string()),
            "percent": request.percent,
            "value": figure.map(|figure| figure.value),
            "as_of": figure.map(|figure| self.as_of(figure).to_string()),
            "note": request.note,
            "document": request.document,
            "to": request.to.and_then(|to| self.directory.people.get(&to)).map(|person| person.code.clone()),
            "to_unit": request.to_unit.and_then(|unit| self.directory.units.get(&unit)).map(|unit| unit.code.clone()),
            "basis": request.basis,
            "by": request.heard_by,
            "os_user": request.os_user,
            "doubt": Doubt::join(&request.doubts),
            "brought": told.brought,
            "deadline": told.deadline,
            "notices": route::journalled_notices(&told.notices),
        });
        let entry = Entry::new(self.now, kind, detail)
            .assignment(self.loaded.id)
            .actor(self.actor)
            .config(self.engine.rules.digest.clone());
        journal::append(tx, &[entry]).await?;
        Ok(())
    }
}
