//! One assignment as `list`, `show` and `reply` print it.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::common::Ground;
use super::words;
use crate::domain::deadline::{Deadline, DeadlineKind};
use crate::domain::directive::Work;
use crate::domain::rules::Language;
use crate::engine::standing::{Standing, standing};
use crate::store::queries::ListRow;
use crate::tree::say;

/// What stands in place of a time that is not reckoned.
pub const NO_TIME: &str = "–";

/// An assignment with where it stands in time.
#[derive(Clone, Debug)]
pub struct Row {
    /// As the store has it.
    pub row: ListRow,
    /// Derived.
    pub standing: Standing,
    /// Its unit is not live: messages for it go to the trial mailbox.
    pub is_trial: bool,
    /// The last day on which the ladder is paused, by a dispute or a hold.
    pub paused_through: Option<Date>,
}

impl Row {
    /// At the instant of the command.
    pub fn new(row: ListRow, ground: &Ground) -> Self {
        let standing = standing(&row, &ground.config.rules, ground.now);
        let is_trial = ground.config.rules.trial.as_ref().is_some_and(|trial| trial.holds_for(&row.unit_code));
        let paused = row.paused_until.filter(|until| *until > ground.now && !row.work.is_completed() && !row.work.is_closed());
        let calendar = &ground.config.rules.calendar;
        let paused_through = paused.map(|until| calendar.date_of(until - SignedDuration::from_millis(1)));
        Self { row, standing, is_trial, paused_through }
    }

    /// The keys every listing prints as JSON; scripts read them, so none is renamed.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("assignment".into(), json!(self.row.name.to_string()));
        object.insert("title".into(), json!(self.row.title));
        object.insert("unit".into(), json!(self.row.unit_code));
        object.insert("deadline".into(), json!(self.row.deadline.as_ref().map(deadline_json)));
        object.insert("work".into(), json!(self.row.work.as_str()));
        object.insert("time".into(), json!(self.standing.time.as_str()));
        object.insert("overdue_working_days".into(), json!(self.standing.overdue_working_days));
        // Only there while they say something.
        if let Some(day) = self.paused_through {
            object.insert("paused_through".into(), json!(day.to_string()));
        }
        if self.is_trial {
            object.insert("trial".into(), json!(true));
        }
        object
    }

    /// The cells of a table: name, title, unit, deadline, work, time.
    pub fn cells(&self, language: Language) -> [String; 6] {
        [
            self.row.name.to_string(),
            self.row.title.clone(),
            self.unit(language),
            self.deadline(language),
            self.work(language),
            self.time(language),
        ]
    }

    /// The unit that answers for it, and whether it is in trial.
    fn unit(&self, language: Language) -> String {
        let name = &self.row.unit_name;
        if self.is_trial { say!(language, "{name} (chạy thử)", "{name} (trial)") } else { name.clone() }
    }

    /// The work axis, with whom a blocked duty waits for and how long the follow-up is paused.
    fn work(&self, language: Language) -> String {
        let mut text = words::work(self.row.work, language).to_owned();
        if let Some(unit) = self.row.blocked_by.as_ref().filter(|_| self.row.work == Work::Blocked) {
            let name = &unit.name;
            text += &say!(language, ", chờ {name}", ", waits for {name}");
        }
        if let Some(through) = self.paused_through.map(day) {
            text += &say!(language, "; tạm dừng đôn đốc đến hết {through}", "; on hold through {through}");
        }
        text
    }

    /// The time axis. Nothing of a withdrawn duty is due any more: it is neither late nor in time.
    fn time(&self, language: Language) -> String {
        if self.row.work == Work::Withdrawn { NO_TIME.to_owned() } else { words::time(self.standing, language) }
    }

    /// The deadline for people: the date, else the wording that waits for one.
    pub fn deadline(&self, language: Language) -> String {
        match &self.row.deadline {
            Some(deadline) => deadline_words(deadline, language),
            None => self.row.deadline_text.clone().unwrap_or_else(|| "–".to_owned()),
        }
    }
}

/// An ISO date, or a local date-time when there is a time.
pub fn deadline_json(deadline: &Deadline) -> String {
    match deadline.time {
        Some(time) => deadline.last_day.to_datetime(time).to_string(),
        None => deadline.last_day.to_string(),
    }
}

/// `31/12/2023`, `17:00 31/12/2023`, `trước 25/12/2023`.
pub fn deadline_words(deadline: &Deadline, language: Language) -> String {
    match (deadline.time, deadline.kind) {
        (Some(at), _) => format!("{} {}", clock(at), day(deadline.last_day)),
        (None, DeadlineKind::Before) => {
            let before = match language {
                Language::Vi => "trước",
                Language::En => "before",
            };
            format!("{before} {}", day(deadline.named_day))
        }
        (None, _) => day(deadline.last_day),
    }
}

/// A deadline as the journal has it, `2023-12-31` or `2023-12-31 17:00`, for people.
pub fn journalled_deadline_words(said: Option<&str>) -> String {
    let Some(said) = said else { return "–".to_owned() };
    let (date, time) = said.split_once(' ').map_or((said, None), |(date, time)| (date, Some(time)));
    let date = date.parse().map_or_else(|_| date.to_owned(), day);
    time.map_or_else(|| date.clone(), |time| format!("{time} {date}"))
}

/// `31/12/2023`
pub fn day(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// `07:30`
pub fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// `31/12/2023 07:30` in the office's time zone.
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(at);
    format!("{} {}", day(local.date()), clock(local.time()))
}

/// `62,5` in Vietnamese, `62.5` in English.
pub fn number(value: f64, language: Language) -> String {
    let text = value.to_string();
    if language == Language::Vi { text.replace('.', ",") } else { text }
}

/// RFC 3339 with the office's offset.
pub fn rfc3339(at: Timestamp, zone: &TimeZone) -> String {
    at.display_with_offset(zone.to_offset(at)).to_string()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn deadlines_are_written_as_the_language_has_them() {
        let before = Deadline::before(date(2023, 12, 25));
        assert_eq!(deadline_words(&before, Language::Vi), "trước 25/12/2023");
        assert_eq!(deadline_json(&before), "2023-12-24");
        let timed = Deadline::by(date(2023, 12, 25)).with_time(time(17, 0, 0, 0));
        assert_eq!(deadline_words(&timed, Language::En), "17:00 25/12/2023");
        assert_eq!(deadline_json(&timed), "2023-12-25T17:00:00");
    }

    #[test]
    fn instants_carry_the_offset_of_the_office() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled");
        let at: Timestamp = "2023-12-27T00:30:00Z".parse().expect("an instant");
        assert_eq!(rfc3339(at, &zone), "2023-12-27T07:30:00+07:00");
        assert_eq!(moment(at, &zone), "27/12/2023 07:30");
    }
}
