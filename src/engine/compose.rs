//! What a message says: the facts of its items, gathered for [`crate::channel::wording`].

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Engine, EngineError, guard, instant, roles};
use crate::channel::letter::{Addressee, Announcement, BlockLine, Contact, DeadlineLine, Item, PeriodLine, TargetLine, Tone};
use crate::channel::wording;
use crate::domain::calendar::Hours;
use crate::domain::deadline;
use crate::domain::directive::{TimeStatus, Work};
use crate::domain::organisation::{Directory, PersonId, UnitId};
use crate::domain::planner::{self, Context, house};
use crate::domain::policy::{Event, Policy, Role};
use crate::domain::recurrence::{Cycle, Period};
use crate::domain::reminder::{Notice, ReminderKey, ReminderState, StepRef};
use crate::store::assignments::Loaded;
use crate::store::outbox::{ItemRow, ReminderRow};

/// What surrounds the items of one message.
pub(crate) struct Scene<'a> {
    pub engine: &'a Engine,
    pub directory: &'a Directory,
    pub now: Timestamp,
}

impl Scene<'_> {
    fn today(&self) -> Date {
        self.engine.rules.calendar.date_of(self.now)
    }

    /// How the recipient is addressed: by their title in the unit concerned, else by any they have. Somebody without a
    /// title is of the unit only when the duty is theirs by name.
    pub fn addressee(&self, person: PersonId, loaded: &Loaded) -> Option<Addressee> {
        let who = self.directory.people.get(&person)?;
        let unit = loaded.about.unit;
        let held = self.directory.title_of(person, Some(unit), self.today());
        let named = loaded.view.parties.assignee == Some(person);
        let theirs = named.then(|| self.directory.units.get(&unit)).flatten();
        Some(Addressee {
            name: who.name.clone(),
            salutation: who.salutation.clone().unwrap_or_else(|| self.engine.rules.office.salutation.clone()),
            title: held.and_then(|(held, _)| held.title.clone()),
            unit: held.map(|(_, unit)| unit).or(theirs).map(|unit| unit.name.clone()),
        })
    }

    /// The one to ask: the first holder of the monitor's role.
    pub fn monitor(&self, loaded: &Loaded) -> Option<Contact> {
        let found = self.directory.resolve(&[Role::Monitor], &loaded.view.parties, self.today());
        let person = self.directory.people.get(&found.recipients.first()?.person)?;
        Some(Contact { name: person.name.clone(), phone: person.phone.clone() })
    }

    /// One item.
    pub fn item(
        &self,
        name: String,
        item: &ItemRow,
        reminder: &ReminderRow,
        loaded: &Loaded,
        policy: &Policy,
    ) -> Result<Item, EngineError> {
        let step = house::step_of(policy, &reminder.key.step);
        let view = &loaded.view;
        let detail: serde_json::Value = match &reminder.detail {
            Some(json) => serde_json::from_str(json).map_err(|source| EngineError::Json { what: "reminder.detail", source })?,
            None => serde_json::Value::Null,
        };
        let text = |key: &str| detail.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
        let meant_for = self.meant_for(reminder, loaded, policy, step);
        let late = self.now.duration_since(meant_for) >= jiff::SignedDuration::from_hours(1) && item.kind != "digest";
        let broken = reminder.why == planner::Reason::PromiseBroken.as_str();
        Ok(Item {
            code: format!("R{}", reminder.id),
            tone: self.tone(reminder, loaded, policy),
            digest: step.and_then(|step| step.digest),
            step_label: step.map_or_else(|| reminder.key.step.to_string(), |step| step.label.clone()),
            times: times(reminder, loaded) + 1,
            meant_for: late.then_some(meant_for),
            reminded_on: self.reminded_on(loaded, policy),
            because: roles::because(&item.roles, PersonId(item.person_id), self.directory, self.today())?,
            announces: self.announces(reminder, loaded, policy),
            broken_promise: if broken { view.promised_until } else { None },
            block: self.block(reminder, loaded),
            transferred_to: text("to_unit"),
            note: self.note(reminder, loaded, &text),
            replier: self.replier(reminder, loaded, &text),
            until: text("until").and_then(|day| day.parse().ok()).or_else(|| extended_to(reminder, loaded)),
            hours: policy.hours.clone(),
            alarm: guard::alarm_line(reminder),
            ..self.about(name, loaded)
        })
    }

    /// The units that help, as they stand today: one that was merged into another, or into the lead unit, is said once.
    fn coordinating(&self, loaded: &Loaded) -> Vec<UnitId> {
        let mut units: Vec<UnitId> = Vec::new();
        for unit in &loaded.view.parties.coordinating {
            let heir = self.directory.heir(*unit, self.today());
            if heir != loaded.about.unit && !units.contains(&heir) {
                units.push(heir);
            }
        }
        units
    }

    /// What an item says of its assignment, whatever brought it into a message: no code, no reason.
    fn about(&self, name: String, loaded: &Loaded) -> Item {
        let (about, view) = (&loaded.about, &loaded.view);
        let unit_name = |id: &UnitId| self.directory.units.get(id).map(|unit| unit.name.clone());
        Item {
            code: String::new(),
            tone: Tone::Escalation,
            assignment: name,
            title: about.title.clone(),
            clauses: vec![about.clause.clone()],
            dispatch_number: about.number.clone(),
            dispatch_date: view.dispatch_date,
            issuer: about.issuer.clone(),
            subject: about.subject.clone(),
            unit: unit_name(&about.unit).unwrap_or_default(),
            inherited_from: about.inherited_from.clone(),
            coordinating: self.coordinating(loaded).iter().filter_map(unit_name).collect(),
            period: period_line(loaded),
            deadline: self.deadline(loaded),
            waiting_for: about.deadline_text.clone().filter(|_| loaded.waits()),
            target: self.target(loaded),
            step_label: String::new(),
            times: 1,
            meant_for: None,
            reminded_on: Vec::new(),
            because: Vec::new(),
            announces: None,
            broken_promise: None,
            work: view.work,
            block: None,
            transferred_from: about.from_unit.as_ref().and_then(unit_name),
            transferred_to: None,
            note: None,
            replier: None,
            until: None,
            hours: Hours::Office,
            digest: None,
            alarm: None,
        }
    }

    /// A late assignment of a brief; the code is that of its reminder in the same message, where it has one.
    pub fn late(&self, name: String, loaded: &Loaded, code: Option<String>) -> Item {
        let policy = self.engine.policy_of(loaded, self.directory);
        Item {
            code: code.unwrap_or_default(),
            reminded_on: policy.map_or_else(Vec::new, |policy| self.reminded_on(loaded, policy)),
            ..self.about(name, loaded)
        }
    }

    /// When it was meant to leave: its slot, or what follows its courtesy.
    fn meant_for(
        &self,
        reminder: &ReminderRow,
        loaded: &Loaded,
        policy: &Policy,
        step: Option<&crate::domain::policy::Step>,
    ) -> Timestamp {
        let moment = instant(reminder.moment_at_ms);
        let StepRef::Step(name) = &reminder.key.step else { return moment };
        let key = ReminderKey { step: StepRef::Courtesy(name.clone()), ..reminder.key.clone() };
        let told = loaded.view.reminders.get(&key).filter(|known| known.state != ReminderState::Cancelled);
        match (told, step.and_then(|step| step.courtesy)) {
            (Some(courtesy), Some(wait)) => {
                let context = Context { rules: &self.engine.rules, policy, directory: self.directory, now: self.now };
                planner::after_courtesy(&context, courtesy.moment, wait).max(moment)
            }
            _ => moment,
        }
    }

    /// The obstacle the unit reported: while it stands, and when whoever was waited for is told that it is gone.
    fn block(&self, reminder: &ReminderRow, loaded: &Loaded) -> Option<BlockLine> {
        let stands = loaded.view.work == Work::Blocked;
        if !stands && reminder.key.step != StepRef::Notice(Notice::Unblocked) {
            return None;
        }
        let blocked = loaded.about.blocked.as_ref()?;
        let waits_for = loaded.view.parties.blocker.and_then(|unit| self.directory.units.get(&unit));
        Some(BlockLine {
            since: self.engine.rules.calendar.date_of(blocked.at),
            waits_for: waits_for.map(|unit| unit.name.clone()),
            note: blocked.note.clone(),
            pause_ends: loaded.view.blocked_until.filter(|until| *until > self.now),
        })
    }

    /// Whose reply a notice passes on, or whom a message did not reach.
    fn replier(&self, reminder: &ReminderRow, loaded: &Loaded, text: &impl Fn(&str) -> Option<String>) -> Option<String> {
        if let (StepRef::Notice(Notice::Blocked), Some(blocked)) = (&reminder.key.step, &loaded.about.blocked) {
            return self.directory.people.get(&blocked.by).map(|person| person.name.clone());
        }
        text("replier").or_else(|| text("person")).or_else(|| text("unit"))
    }

    /// What a notice adds in words: a reply's note, the obstacle, the basis of an extension, why a message was held, which
    /// position is vacant.
    fn note(&self, reminder: &ReminderRow, loaded: &Loaded, text: &impl Fn(&str) -> Option<String>) -> Option<String> {
        let language = self.engine.rules.language;
        match reminder.key.step {
            StepRef::Notice(Notice::Held) => Some(wording::held_reason(language, &text("reason")?)),
            StepRef::Notice(Notice::Vacancy) => Some(wording::position_words(language, &text("position")?, &text("unit")?)),
            StepRef::Notice(Notice::Blocked) => loaded.about.blocked.as_ref()?.note.clone(),
            StepRef::Notice(Notice::ExtensionGranted) => text("note").or_else(|| loaded.about.extension.as_ref()?.basis.clone()),
            _ => text("note"),
        }
    }

    fn tone(&self, reminder: &ReminderRow, loaded: &Loaded, policy: &Policy) -> Tone {
        let name = match &reminder.key.step {
            StepRef::Notice(notice) => return Tone::Notice(*notice),
            StepRef::Courtesy(_) => return Tone::Courtesy,
            StepRef::Step(name) => name,
        };
        let Some(step) = policy.steps.iter().find(|step| step.name == *name) else { return Tone::Reminder };
        match step.when.event {
            Event::OnAssignment => Tone::Assignment,
            // A deadline that waits for the acknowledgement asks for that, and is no standing duty.
            Event::EveryWhileUndated(_) if loaded.waits() => Tone::Reminder,
            Event::EveryWhileUndated(_) => Tone::Review,
            Event::BehindPace(_) => Tone::BehindPace,
            Event::AfterReportedDone(_) => Tone::AwaitsAcceptance,
            _ if !step.is_reminder() => Tone::Escalation,
            _ if self.is_overdue(loaded) => Tone::Overdue,
            _ => Tone::Reminder,
        }
    }

    fn is_overdue(&self, loaded: &Loaded) -> bool {
        let rules = &self.engine.rules;
        loaded.view.deadline.is_some_and(|deadline| {
            let status = deadline::time_status(
                &deadline,
                self.now,
                &rules.calendar,
                rules.before_date,
                rules.office.due_soon.count.into(),
            );
            status == TimeStatus::Overdue
        })
    }

    pub fn deadline(&self, loaded: &Loaded) -> Option<DeadlineLine> {
        let deadline = loaded.view.deadline?;
        let rules = &self.engine.rules;
        let calendar = &rules.calendar;
        let today = self.today();
        let left = if today <= deadline.last_day {
            i64::from(deadline::working_days_left(&deadline, today, calendar))
        } else {
            -i64::from(calendar.working_days_after_up_to(deadline.base_after(rules.before_date), today))
        };
        let rest = !calendar.is_working_day(deadline.last_day);
        let about = &loaded.about;
        let extension = loaded.extension();
        let outlasted = about.extension.as_ref().filter(|one| extension.is_none() && one.deadline.last_day < deadline.last_day);
        Some(DeadlineLine {
            // The wording belongs to the directive's own deadline, not to an extension of it.
            text: about.deadline_text.clone().filter(|_| extension.is_none()),
            last_day: deadline.last_day,
            named_day: deadline.named_day,
            time: deadline.time,
            working_days_left: left,
            working_day_before: rest.then(|| calendar.nth_working_day_before(deadline.last_day, 1)),
            provisional: calendar.is_provisional(deadline.last_day),
            set_by_office: extension.is_none() && about.deadline_set_by.as_deref() == Some("office"),
            extended_from: extension.and(about.original_last_day).filter(|day| *day != deadline.last_day),
            outlasts: outlasted.map(|extension| extension.deadline.last_day),
        })
    }

    fn target(&self, loaded: &Loaded) -> Option<TargetLine> {
        let target = loaded.view.target.as_ref()?;
        let last = loaded.view.figures.iter().max_by_key(|figure| figure.as_of);
        let span = planner::pace_span(&loaded.view);
        let needed =
            last.and_then(|figure| target.needed_on(figure.as_of, span, &loaded.view.figures, &self.engine.rules.calendar));
        Some(TargetLine {
            op: target.op.as_str(),
            value: target.value,
            unit: target.unit.clone(),
            last: last.map(|figure| (figure.value, figure.as_of)),
            needed: needed.map(|value| (value * 10.0).round() / 10.0),
        })
    }

    /// The days on which the unit itself was reminded or pressed; the announcement of the duty and what leaders were told
    /// are neither.
    fn reminded_on(&self, loaded: &Loaded, policy: &Policy) -> Vec<Date> {
        let reminds = |name: &String| match policy.steps.iter().find(|step| step.name == *name) {
            Some(step) => {
                let of_the_unit = |role: &Role| matches!(role, Role::Assignee | Role::UnitHead | Role::UnitDeputy);
                step.when.event != Event::OnAssignment && step.to.iter().any(of_the_unit)
            }
            // Of a step that is gone from the rules nothing else is known than that it was sent.
            None => true,
        };
        let delivered = loaded.view.reminders.iter().filter(|(key, known)| {
            matches!(&key.step, StepRef::Step(name) if reminds(name)) && known.state == ReminderState::Delivered
        });
        let mut days: Vec<Date> =
            delivered.filter_map(|(_, known)| known.settled_at).map(|at| self.engine.rules.calendar.date_of(at)).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    fn announces(&self, reminder: &ReminderRow, loaded: &Loaded, policy: &Policy) -> Option<Announcement> {
        let StepRef::Courtesy(name) = &reminder.key.step else { return None };
        let step = policy.steps.iter().find(|step| step.name == *name)?;
        let context = Context { rules: &self.engine.rules, policy, directory: self.directory, now: self.now };
        let at = planner::follows_courtesy(&context, step, instant(reminder.due_at_ms), step.courtesy?);
        // Whoever holds the role, or stands in, when the step follows.
        let on = self.engine.rules.calendar.date_of(at.max(self.now));
        let people = planner::address(&loaded.view, step, self.directory, on).to.recipients;
        let named = people.iter().filter_map(|one| {
            let addressee = self.addressee(one.person, loaded)?;
            let title = addressee.title.or(addressee.unit).map_or_else(String::new, |title| format!(", {title}"));
            Some(format!("{} {}{title}", addressee.salutation, addressee.name))
        });
        Some(Announcement { people: named.collect(), at })
    }
}

/// Which turn of a recurring duty it is; a week's figures are its own.
fn period_line(loaded: &Loaded) -> Option<PeriodLine> {
    let period = Period::parse(&loaded.about.period)?;
    let cut_off = loaded.about.cut_off.filter(|_| period.cycle() != Cycle::Weekly);
    Some(PeriodLine { period, figures: cut_off.map(|cut_off| period.window(Some(cut_off))) })
}

/// For an extension: the last day it gave, whatever holds now.
fn extended_to(reminder: &ReminderRow, loaded: &Loaded) -> Option<Date> {
    let extension = loaded.about.extension.as_ref().filter(|_| reminder.key.step == StepRef::Notice(Notice::ExtensionGranted));
    extension.map(|extension| extension.deadline.last_day)
}

/// How often this step was really accepted before, around the same anchor.
fn times(reminder: &ReminderRow, loaded: &Loaded) -> u32 {
    let same = loaded.view.reminders.iter().filter(|(key, known)| {
        key.step == reminder.key.step && key.anchor == reminder.key.anchor && known.state == ReminderState::Delivered
    });
    u32::try_from(same.count()).unwrap_or(u32::MAX)
}
