//! `route`: due reminders → one item for each person and channel, looked up at this moment.

use jiff::Timestamp;

use super::chat::link;
use super::{Engine, EngineError, brief, guard, ms, poison, roles, rules, trial, unreached};
use crate::channel::letter::LetterKind;
use crate::domain::organisation::{Dead, Directory, Person, PersonId, Recipient, Resolution};
use crate::domain::planner::{self, Addressing, Context, Courtesy, Reason, house};
use crate::domain::policy::{ChannelKind, Channels, Policy, Role, Step};
use crate::domain::reminder::{Notice, ReminderKey, ReminderState, StepRef};
use crate::store::assignments::{self, Loaded};
use crate::store::batch::Batch;
use crate::store::journal::{self, Entry};
use crate::store::outbox::{self, ItemRow, NewItem, NewReminder, ReminderRow, Turn};
use crate::store::{self, Tx};

/// Reminders of one transaction.
const CHUNK: i64 = 400;

/// Routes every reminder that may leave; returns how many there were.
pub async fn route(engine: &Engine, now: Timestamp) -> Result<usize, EngineError> {
    let mut done = 0;
    let mut tx = engine.store.begin().await?;
    if link::revoke_departed(engine, &mut tx, now).await? > 0 {
        tx.commit().await?;
        tx = engine.store.begin().await?;
    }
    loop {
        let passing = guard::passing(engine, &mut tx, now).await?;
        let due = outbox::due_reminders(&mut tx, ms(now), CHUNK, &passing).await?;
        if due.is_empty() || !rules::hold(engine, &mut tx).await? {
            return Ok(done);
        }
        done += due.len();
        let made = route_chunk(engine, tx, &due, now).await?;
        engine.step_done();
        // Fewer than asked for were all there were.
        if made == Made::Nothing && i64::try_from(due.len()).is_ok_and(|count| count < CHUNK) {
            return Ok(done);
        }
        tx = engine.store.begin().await?;
    }
}

/// What routing made that is due itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    Nothing,
    Notices,
}

/// Routes these and commits. Where one of them breaks that, each is routed alone, and the one that breaks it is held.
async fn route_chunk(engine: &Engine, mut tx: Tx, due: &[ReminderRow], now: Timestamp) -> Result<Made, EngineError> {
    match poison::guarded(route_these(engine, &mut tx, due, now)).await {
        Ok(made) => {
            tx.commit().await?;
            return Ok(made);
        }
        Err(error) if error.is_of_a_row() => tx.rollback().await?,
        Err(error) => return Err(error),
    }
    for row in due {
        let mut tx = engine.store.begin().await?;
        match poison::guarded(route_these(engine, &mut tx, std::slice::from_ref(row), now)).await {
            Ok(_) => tx.commit().await?,
            Err(error) if error.is_of_a_row() => {
                tx.rollback().await?;
                poison::hold(engine, &poison::Row::Reminder(row.id), &error, now).await?;
            }
            Err(error) => return Err(error),
        }
    }
    // At least that a row is held is told.
    Ok(Made::Notices)
}

async fn route_these(engine: &Engine, tx: &mut Tx, due: &[ReminderRow], now: Timestamp) -> Result<Made, EngineError> {
    let (org_revision, directory) = engine.organisation.get(tx).await?;
    let mut ids: Vec<i64> = due.iter().map(|row| row.assignment_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let loaded = assignments::load(tx, &ids, &engine.rules.office, now).await?;
    // What was routed anew has items: of people who were reached already, and of channels that failed.
    let known = outbox::items_of_reminders(tx, &due.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let mut work = Routing {
        engine,
        now,
        directory: &directory,
        org_revision,
        known,
        items: Vec::new(),
        carried: Vec::new(),
        notices: Vec::new(),
        vacancies: Vec::new(),
        rehearsed: Vec::new(),
        entries: Vec::new(),
    };
    for row in due {
        let Some(loaded) = loaded.iter().find(|loaded| loaded.id == row.assignment_id) else { continue };
        work.one(tx, row, loaded).await?;
    }
    let mut batch = Batch::new(tx);
    outbox::insert_items(&mut batch, &work.items);
    outbox::set_reminders_with(&mut batch, &work.carried, Turn::new(ReminderState::Carried, "routed", ms(now)));
    outbox::record_with(&mut batch, &work.notices);
    for (id, key) in &work.rehearsed {
        store::trial::mark_keys(&mut batch, *id, std::slice::from_ref(key), ms(now));
    }
    journal::append_with(tx, batch, &work.entries).await?;
    Ok(if work.notices.is_empty() { Made::Nothing } else { Made::Notices })
}

struct Routing<'a> {
    engine: &'a Engine,
    now: Timestamp,
    directory: &'a Directory,
    org_revision: i64,
    known: Vec<ItemRow>,
    items: Vec<NewItem>,
    /// Reminders that now have an item for somebody.
    carried: Vec<i64>,
    notices: Vec<NewReminder>,
    /// Vacancies that are told just now, and whether in trial.
    vacancies: Vec<(String, bool)>,
    /// Notices of assignments in trial.
    rehearsed: Vec<(i64, ReminderKey)>,
    entries: Vec<Entry>,
}

/// Which people of a reminder its items go to.
struct Reach<'a> {
    /// How many are still to be reached by one.
    reached: usize,
    /// Those without any channel, or none that has not failed.
    without: Vec<&'a Person>,
}

impl<'a> Routing<'a> {
    async fn one(&mut self, tx: &mut Tx, row: &ReminderRow, loaded: &Loaded) -> Result<(), EngineError> {
        let now = self.now;
        let in_trial = trial::mailbox(self.engine, self.directory, loaded.about.unit).is_some();
        if row.is_trial && !in_trial {
            // Its unit is live now: the planner starts anew.
            return trial::end(self.engine, tx, &[loaded.id], now).await;
        }
        if in_trial && !row.is_trial && row.settled_at_ms.is_none() {
            store::trial::mark(tx, &[row.id], ms(now)).await?;
        }
        let Some(policy) = self.engine.policy_of(loaded, self.directory) else {
            return self.cancel(tx, row, "no-route").await;
        };
        let context = Context { rules: &self.engine.rules, policy, directory: self.directory, now };
        let wanted = planner::still_wanted(&loaded.view, &context, &row.key);
        let opening = self.engine.rules.calendar.next_opening(&policy.hours, now);
        if let Err(reason) = wanted {
            return self.cancel(tx, row, reason.as_str()).await;
        }
        if opening > now {
            // Held until the office opens, and looked at again then.
            sqlx::query("UPDATE reminder SET due_at_ms = $1 WHERE id = $2")
                .bind(ms(opening))
                .bind(row.id)
                .execute(&mut **tx)
                .await?;
            return Ok(());
        }
        let (addressing, channels, kind) = address(policy, loaded, &row.key, self.directory, &context);
        if matches!(row.key.step, StepRef::Courtesy(_)) && addressing.courtesy == Courtesy::NotOwed {
            return self.cancel(tx, row, "courtesy-not-owed").await;
        }
        for vacancy in &addressing.to.vacancies {
            self.tell_vacancy(tx, row, loaded, vacancy).await?;
        }
        let acting = self.items_for(row, loaded, &addressing.to, &channels, kind);
        let copied = self.items_for(row, loaded, &addressing.copy, &channels, "copy").reached;
        if matches!(row.key.step, StepRef::Notice(Notice::Coordinating)) {
            return self.only_copied(tx, row, &addressing, copied).await;
        }
        if self.known(row, "accepted").next().is_some() {
            // It was told to some of its people already; what was made for the others just now is on its way.
            self.turn(tx, row, ReminderState::Delivered, "accepted").await?;
        } else if acting.reached > 0 || self.known(row, "open").next().is_some() {
            self.carried.push(row.id);
        } else {
            let reason = match addressing.to.recipients.is_empty() {
                true if addressing.is_declined => "declined",
                true => "nobody-found",
                false => "no-channel",
            };
            self.turn(tx, row, ReminderState::Undeliverable, reason).await?;
            self.entries.push(self.entry("reminder-undeliverable", row, reason));
            self.notices.extend(unreached::of_all(row, policy, reason, None, now));
            return Ok(());
        }
        for person in acting.without {
            let told = unreached::of_one(self.engine, tx, (row, policy), "no-channel", person, now).await?;
            let is_queued = |new: &NewReminder| {
                self.notices.iter().any(|known| known.key == new.key && known.assignment_id == new.assignment_id)
            };
            if let Some((notice, entry)) = told.filter(|(notice, _)| !is_queued(notice)) {
                self.notices.push(notice);
                self.entries.push(entry);
            }
        }
        Ok(())
    }

    /// A step that asks nothing of anybody: its copies are all there is, and nobody is told when they reach no one.
    async fn only_copied(
        &mut self,
        tx: &mut Tx,
        row: &ReminderRow,
        addressing: &Addressing,
        copied: usize,
    ) -> Result<(), EngineError> {
        let held = |state| self.known.iter().any(|item| item.reminder_id == row.id && item.state == state);
        if copied > 0 || held("open") {
            self.carried.push(row.id);
        } else if held("accepted") {
            self.turn(tx, row, ReminderState::Delivered, "accepted").await?;
        } else if addressing.copy.recipients.is_empty() {
            self.turn(tx, row, ReminderState::Merged, "told-otherwise").await?;
            self.entries.push(self.entry("reminder-merged", row, "told-otherwise"));
        } else {
            self.turn(tx, row, ReminderState::Undeliverable, "no-channel").await?;
            self.entries.push(self.entry("reminder-undeliverable", row, "no-channel"));
        }
        Ok(())
    }

    async fn turn(&self, tx: &mut Tx, row: &ReminderRow, state: ReminderState, reason: &str) -> Result<(), EngineError> {
        Ok(outbox::set_reminder(tx, row.id, Turn::new(state, reason, ms(self.now))).await?)
    }

    /// The items for action of a reminder that were known before and are in that state.
    fn known(&self, row: &ReminderRow, state: &'static str) -> impl Iterator<Item = &ItemRow> {
        let id = row.id;
        self.known.iter().filter(move |item| item.reminder_id == id && item.kind != "copy" && item.state == state)
    }

    async fn cancel(&mut self, tx: &mut Tx, row: &ReminderRow, reason: &str) -> Result<(), EngineError> {
        self.entries.extend(take_back(self.engine, tx, row, reason, self.now).await?);
        Ok(())
    }

    fn entry(&self, kind: &'static str, row: &ReminderRow, reason: &str) -> Entry {
        entry(self.engine, kind, row, reason, self.now)
    }

    /// Adds the items of these people.
    fn items_for(
        &mut self,
        row: &ReminderRow,
        loaded: &Loaded,
        people: &Resolution,
        channels: &Channels,
        kind: &'static str,
    ) -> Reach<'a> {
        let mut reach = Reach { reached: 0, without: Vec::new() };
        for Recipient { person, roles } in &people.recipients {
            let Some(person) = self.directory.people.get(person) else { continue };
            let mut order = channel_order(person, channels, &self.engine.channels);
            let theirs = self.known.iter().filter(|item| item.reminder_id == row.id && item.person_id == person.id.0);
            let theirs: Vec<&ItemRow> = theirs.filter(|item| item.state != "dropped").collect();
            // A channel that failed for this reminder, or that has it already, is not chosen again.
            order.retain(|channel| !theirs.iter().any(|item| item.channel == *channel));
            let count = match channels {
                Channels::All => order.len(),
                _ if theirs.iter().any(|item| item.state != "failed") => 0,
                _ => order.len().min(1),
            };
            reach.reached += count.min(1);
            // What failed while this was queued is told here, now that it is known whether others are reached.
            let failed = |item: &&ItemRow| item.state == "failed" && item.kind != "copy" && !item.is_trial;
            if order.is_empty() && theirs.iter().all(failed) {
                reach.without.push(person);
            }
            for channel in order.into_iter().take(count) {
                self.items.push(NewItem {
                    reminder_id: row.id,
                    person_id: person.id.0,
                    channel,
                    kind,
                    roles: roles::to_json(roles),
                    assignment_revision: loaded.revision,
                    org_revision: self.org_revision,
                });
            }
        }
        reach
    }

    async fn tell_vacancy(
        &mut self,
        tx: &mut Tx,
        row: &ReminderRow,
        loaded: &Loaded,
        vacancy: &crate::domain::organisation::Vacancy,
    ) -> Result<(), EngineError> {
        let Some(unit) = self.directory.units.get(&vacancy.unit) else { return Ok(()) };
        // The same position may fall empty again.
        let since = vacancy.since.map_or_else(String::new, |since| format!(":{since}"));
        let anchor = format!("{}@{}{since}", vacancy.position, unit.code);
        let in_trial = trial::mailbox(self.engine, self.directory, loaded.about.unit).is_some();
        let queued = self.vacancies.iter().any(|(known, of_trial)| *known == anchor && (in_trial || !of_trial));
        // What only the trial mailbox was told does not count for a unit that is live.
        let (real, rehearsed) = store::trial::vacancy_told(tx, &anchor).await?;
        let told = real > 0 || (in_trial && rehearsed > 0);
        if queued || told || matches!(row.key.step, StepRef::Notice(_)) {
            return Ok(());
        }
        self.vacancies.push((anchor.clone(), in_trial));
        let detail = serde_json::json!({ "v": 1, "unit": unit.name, "position": vacancy.position }).to_string();
        let key = ReminderKey { step: StepRef::Notice(Notice::Vacancy), anchor, occurrence: 1 };
        if in_trial {
            self.rehearsed.push((loaded.id, key.clone()));
        }
        self.notices.push(notice(loaded.id, key, &row.policy, Some(detail), self.now));
        Ok(())
    }
}

/// Whether a queued reminder has reached one of its people before its message to another was taken apart.
async fn has_reached(tx: &mut Tx, row: &ReminderRow) -> Result<bool, EngineError> {
    Ok(row.settled_at_ms.is_some() && outbox::has_reached(tx, row.id).await?)
}

/// Takes a queued reminder back and returns the entry that says so; one that has reached somebody stays delivered.
pub(crate) async fn take_back(
    engine: &Engine,
    tx: &mut Tx,
    row: &ReminderRow,
    reason: &str,
    now: Timestamp,
) -> Result<Option<Entry>, EngineError> {
    if has_reached(tx, row).await? {
        outbox::set_reminder(tx, row.id, Turn::new(ReminderState::Delivered, "accepted", ms(now))).await?;
        return Ok(None);
    }
    outbox::set_reminder(tx, row.id, Turn::new(ReminderState::Cancelled, reason, ms(now))).await?;
    Ok(Some(entry(engine, "reminder-cancelled", row, reason, now)))
}

fn entry(engine: &Engine, kind: &'static str, row: &ReminderRow, reason: &str, now: Timestamp) -> Entry {
    let detail = serde_json::json!({ "v": 1, "step": row.key.step.to_string(), "anchor": row.key.anchor,
        "occurrence": row.key.occurrence, "reason": reason });
    Entry::new(now, kind, detail).assignment(row.assignment_id).actor("daemon").config(engine.rules.digest.clone())
}

/// A notice that is due now.
pub(crate) fn notice(assignment_id: i64, key: ReminderKey, policy: &str, detail: Option<String>, now: Timestamp) -> NewReminder {
    NewReminder {
        assignment_id,
        key,
        policy: policy.to_owned(),
        moment_at_ms: ms(now),
        due_at_ms: ms(now),
        state: ReminderState::Queued,
        why: Reason::MomentCame.as_str().to_owned(),
        detail,
    }
}

/// Reminders as the journal keeps which ones an act has made.
pub(super) fn journalled_notices(keys: &[ReminderKey]) -> serde_json::Value {
    keys.iter().map(|key| serde_json::json!({ "step": key.step.to_string(), "anchor": key.anchor })).collect()
}

/// Whom a reminder goes to, over which channels, and as which kind of message.
pub(crate) fn address(
    policy: &Policy,
    loaded: &Loaded,
    key: &ReminderKey,
    directory: &Directory,
    context: &Context<'_>,
) -> (Addressing, Channels, &'static str) {
    let on = context.rules.calendar.date_of(context.now);
    let step = house::step_of(policy, &key.step);
    let plain = |roles: &[Role], courtesy| Addressing {
        to: directory.resolve(roles, &loaded.view.parties, on),
        copy: Resolution::default(),
        courtesy,
        told_before: Vec::new(),
        is_declined: false,
    };
    match &key.step {
        StepRef::Courtesy(_) => {
            let owed = step.map_or(Courtesy::NotOwed, |step| planner::address(&loaded.view, step, directory, on).courtesy);
            (plain(&[Role::Assignee], owed), Channels::Preferred, "action")
        }
        StepRef::Notice(Notice::Brief) => {
            (plain(brief::role_of(key).as_slice(), Courtesy::NotOwed), Channels::Preferred, LetterKind::Digest.as_str())
        }
        StepRef::Notice(Notice::Guard) => {
            (plain(&[planner::notice_role(Notice::Guard)], Courtesy::NotOwed), Channels::Preferred, LetterKind::Alarm.as_str())
        }
        StepRef::Step(_) | StepRef::Notice(_) => match (step, &key.step) {
            (Some(step), _) => (planner::address(&loaded.view, step, directory, on), step.channels.clone(), kind_of(step)),
            (None, StepRef::Notice(notice)) => {
                (plain(&[planner::notice_role(*notice)], Courtesy::NotOwed), Channels::Preferred, "action")
            }
            (None, _) => (plain(&[], Courtesy::NotOwed), Channels::Preferred, "action"),
        },
    }
}

fn kind_of(step: &Step) -> &'static str {
    if step.digest.is_some() { "digest" } else { "action" }
}

/// The channels that reach a person now, best first.
pub(crate) fn channel_order(person: &Person, channels: &Channels, open: &[ChannelKind]) -> Vec<ChannelKind> {
    let reaches = |channel: &ChannelKind| {
        open.contains(channel)
            && match channel {
                ChannelKind::Email => person.email.is_some(),
                ChannelKind::Telegram => person.telegram.is_some() && person.telegram_dead == Dead::No,
            }
    };
    let mut order: Vec<ChannelKind> = match channels {
        Channels::Listed(listed) => listed.clone(),
        Channels::Preferred | Channels::All => {
            let mut order = if person.prefer.is_empty() { vec![ChannelKind::Email] } else { person.prefer.clone() };
            order.extend([ChannelKind::Email, ChannelKind::Telegram]);
            order
        }
    };
    let mut seen = Vec::new();
    order.retain(|channel| {
        reaches(channel) && !seen.contains(channel) && {
            seen.push(*channel);
            true
        }
    });
    order
}

/// Why the channels of a person other than `chosen` carry nothing at this moment, as reason codes.
pub(crate) fn passed_over(person: &Person, chosen: ChannelKind, open: &[ChannelKind]) -> Vec<(ChannelKind, &'static str)> {
    let why = |channel: ChannelKind| match channel {
        channel if !open.contains(&channel) => "not-open",
        ChannelKind::Email if person.email.is_none() => "no-address",
        ChannelKind::Telegram if person.telegram.is_none() => "not-linked",
        ChannelKind::Telegram if person.telegram_dead == Dead::Yes => "dead",
        _ => "not-first",
    };
    let others = [ChannelKind::Email, ChannelKind::Telegram].into_iter().filter(|channel| *channel != chosen);
    others.map(|channel| (channel, why(channel))).collect()
}

/// The person of that key, when the directory still has them.
pub(crate) fn person(directory: &Directory, id: i64) -> Option<&Person> {
    directory.people.get(&PersonId(id))
}
