//! The sample letters. Every fact in them holds what no template may print as markup.

use jiff::civil::{Date, Weekday, date};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};

use crate::channel::letter::{
    Addressee, Announcement, Because, BlockLine, Contact, DeadlineLine, HowLine, Item, Letter, LetterKind, TargetLine, Tone,
    UnitTally, WeeklyBrief,
};
use crate::channel::wording::order::sort;
use crate::domain::amount::Amount;
use crate::domain::calendar::{CalendarRules, HolidayTable, Hours, Window, WorkingCalendar};
use crate::domain::directive::Work;
use crate::domain::policy::{ChannelKind, Digest, Role};
use crate::domain::reminder::Notice;
use crate::domain::rules::{BeforeDate, Language, Office};
use crate::domain::tally::Tally;

/// Markup in facts, in small letters.
pub(super) const HOSTILE: &str = "<b>&\"";

/// The day all of them are written on.
const TODAY: Date = date(2023, 11, 6);

/// The office and the calendar of the samples.
pub(super) struct Scene {
    office: Office,
    calendar: WorkingCalendar,
}

/// A letter with its name.
pub(super) struct Sample<'a> {
    pub(super) name: String,
    pub(super) letter: Letter<'a>,
    pub(super) in_trial: bool,
}

/// A text as hostile as facts can be.
fn fact(text: &str) -> String {
    format!("{HOSTILE}{text}")
}

impl Scene {
    pub(super) fn new() -> Self {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        let calendar = WorkingCalendar::new(CalendarRules {
            time_zone: TimeZone::fixed(Offset::constant(7)),
            holidays: HolidayTable::Vn,
            announced: std::iter::empty().collect(),
            working_days: vec![Monday, Tuesday, Wednesday, Thursday, Friday],
            hours: vec![Window { start_min: 450, end_min: 690 }, Window { start_min: 780, end_min: 1020 }],
            changes: Vec::new(),
        });
        let office = Office {
            name: fact("Văn phòng UBND"),
            monitor: None,
            operators: Vec::new(),
            brief: Vec::new(),
            salutation: "đồng chí".to_owned(),
            due_soon: Amount::working_days(5),
            dispute_pause: Amount::working_days(1),
            storm_limit: crate::domain::storm::LIMIT_DEFAULT,
            alarm: None,
        };
        Self { office, calendar }
    }

    /// One letter of each kind and layout.
    pub(super) fn samples(&self, language: Language) -> Vec<Sample<'_>> {
        let code = match language {
            Language::Vi => "vi",
            Language::En => "en",
        };
        let named = |(name, letter)| Sample { name: format!("{name}-{code}"), letter, in_trial: name == "trial" };
        self.letters(language).into_iter().map(named).collect()
    }

    fn letters(&self, language: Language) -> Vec<(&'static str, Letter<'_>)> {
        let letter = |kind, items, brief| self.letter(language, kind, items, brief);
        let tones = [
            (Tone::Reminder, "reminder"),
            (Tone::Escalation, "escalation"),
            (Tone::Assignment, "assignment"),
            (Tone::Overdue, "overdue"),
            (Tone::Courtesy, "courtesy"),
            (Tone::Review, "review"),
            (Tone::BehindPace, "behind-pace"),
            (Tone::AwaitsAcceptance, "awaits-acceptance"),
        ];
        let notices = Notice::ALL.into_iter().map(|notice| (Tone::Notice(notice), "notice"));
        let all = tones.into_iter().chain(notices).enumerate();
        let one = |(at, (tone, name))| (name, letter(LetterKind::Action, vec![self.item(at, tone)], None));
        let mut letters: Vec<(&'static str, Letter<'_>)> = all.map(one).collect();
        let several = || {
            let mut items: Vec<Item> = tones.iter().enumerate().map(|(at, (tone, _))| self.item(at, *tone)).collect();
            sort(&mut items);
            items
        };
        let plain = letter(LetterKind::Action, vec![self.plain_item()], None);
        let calm = WeeklyBrief { units: vec![self.tally(0, 0)], late: Vec::new(), ..self.brief() };
        let carrier = self.item(1, Tone::Notice(Notice::Brief));
        letters.extend([
            ("several", letter(LetterKind::Action, several(), None)),
            ("copy", letter(LetterKind::Copy, several(), None)),
            ("digest", letter(LetterKind::Digest, several(), None)),
            ("brief", letter(LetterKind::Digest, self.of_the_brief(), Some(self.brief()))),
            ("brief-nothing-late", letter(LetterKind::Digest, vec![carrier], Some(calm))),
            ("trial", letter(LetterKind::Action, vec![self.item(0, Tone::Reminder)], None)),
            ("without-anything", Letter { monitor: None, link: None, ..plain }),
        ]);
        letters
    }

    fn letter(&self, language: Language, kind: LetterKind, items: Vec<Item>, brief: Option<WeeklyBrief>) -> Letter<'_> {
        Letter {
            language,
            office: &self.office,
            calendar: &self.calendar,
            before_date: BeforeDate::Tolerant,
            now: self.now(),
            channel: ChannelKind::Email,
            kind,
            to: Addressee {
                name: fact("Nguyễn Văn An"),
                salutation: "đồng chí".to_owned(),
                title: Some(fact("Trưởng phòng")),
                unit: Some(fact("Phòng Nội vụ")),
            },
            monitor: Some(Contact { name: fact("Phạm Thị Dung"), phone: Some("028 3000 0001".to_owned()) }),
            items,
            replies: Vec::new(),
            link: Some("https://example.org/r/0123456789abcdef".to_owned()),
            brief,
        }
    }

    fn now(&self) -> Timestamp {
        self.calendar.instant(TODAY, 450)
    }

    /// A late item, one of the same unit that is in no reminder, and one that is not late.
    fn brief(&self) -> WeeklyBrief {
        let unreminded = Item { code: String::new(), ..self.item(4, Tone::Escalation) };
        WeeklyBrief {
            week: (days(-7), days(-1)),
            units: vec![self.tally(1, 3)],
            new: 1,
            done: (1, 1),
            due_next: 1,
            late: vec![unreminded, self.item(2, Tone::Escalation)],
        }
    }

    fn of_the_brief(&self) -> Vec<Item> {
        vec![self.item(2, Tone::Escalation), self.item(3, Tone::Reminder)]
    }

    fn tally(&self, undated: u64, late: u64) -> UnitTally {
        let late_by_age = [late, late, 0, 0];
        let tally = Tally { done_on_time: 4, done_late: 1, in_time: 2, late_by_age, undated, waiting: 1, withdrawn: 1 };
        UnitTally { unit: self.item(2, Tone::Escalation).unit, tally }
    }

    /// An item that has only what every item has.
    fn plain_item(&self) -> Item {
        Item {
            subject: None,
            inherited_from: None,
            coordinating: Vec::new(),
            deadline: None,
            waiting_for: Some(fact("05 ngày làm việc kể từ ngày nhận")),
            target: None,
            times: 1,
            meant_for: None,
            reminded_on: Vec::new(),
            announces: None,
            broken_promise: None,
            block: None,
            transferred_from: None,
            transferred_to: None,
            note: None,
            replier: None,
            until: None,
            ..self.item(5, Tone::Assignment)
        }
    }

    /// An item with everything an item may carry; numbers, days, reasons and codes are its own. Those of even places are late.
    fn item(&self, at: usize, tone: Tone) -> Item {
        let place = i64::try_from(at).unwrap_or(0);
        let is_late = at.is_multiple_of(2);
        let last_day = days(if is_late { -10 - place } else { 10 + place });
        let working_days = |from, to| i64::from(self.calendar.working_days_after_up_to(from, to));
        let left = if is_late { -working_days(last_day, TODAY) } else { working_days(TODAY, last_day) };
        let holds = HowLine::Holds { title: fact(&format!("Trưởng phòng {at}")), unit: fact("Phòng Nội vụ") };
        let note = Some(fact("số liệu chưa đầy đủ"));
        Item {
            code: format!("R{}", 101 + at),
            tone,
            assignment: "4988/UBND-CCHC#1.e@pnv".to_owned(),
            title: fact("Rà soát thủ tục"),
            clauses: vec!["1.e".to_owned()],
            dispatch_number: fact(&format!("{}/UBND-CCHC", 4900 + at)),
            dispatch_date: date(2023, 10, 5),
            issuer: fact("UBND quận Gò Vấp"),
            subject: Some(fact("V/v cải cách hành chính")),
            unit: fact("Phòng Nội vụ"),
            inherited_from: Some(fact("Phòng Lao động")),
            coordinating: vec![fact("Văn phòng")],
            period: None,
            deadline: Some(DeadlineLine {
                text: Some(fact("Quý IV/2023")),
                last_day,
                named_day: last_day,
                time: None,
                working_days_left: left,
                working_day_before: None,
                provisional: true,
                set_by_office: true,
                extended_from: Some(days(-30)),
                outlasts: None,
            }),
            waiting_for: None,
            target: Some(TargetLine { op: ">", value: 90.0, unit: fact("%"), last: Some((62.5, days(-7))), needed: Some(70.0) }),
            step_label: fact("Đôn đốc"),
            times: 2,
            meant_for: Some(self.now()),
            reminded_on: vec![days(-3)],
            because: vec![Because { role: Role::UnitHead, how: holds }],
            announces: Some(Announcement { people: vec![fact("Lê Quang Cường, Phó Chủ tịch")], at: self.now() }),
            broken_promise: Some(days(-1)),
            work: Work::NotAcknowledged,
            block: Some(BlockLine {
                since: days(-2),
                waits_for: Some(fact("Phòng Tài chính")),
                note: note.clone(),
                pause_ends: Some(self.calendar.instant(days(2), 450)),
            }),
            transferred_from: Some(fact("Phòng Tư pháp")),
            transferred_to: Some(fact("Phòng Tài chính")),
            note,
            replier: Some(fact("Trần Thị Bình")),
            until: Some(days(30)),
            hours: Hours::Office,
            digest: Some(Digest::Weekly),
            alarm: None,
        }
    }
}

/// So many days from [`TODAY`].
fn days(count: i64) -> Date {
    TODAY.saturating_add(Span::new().days(count))
}
