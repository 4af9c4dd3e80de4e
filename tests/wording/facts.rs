//! One fictional set of facts, shared by the tests of wording and the gallery. People and phones are made up.

use dondoc::channel::letter::{
    Addressee, AlarmLine, Announcement, Because, BlockLine, Contact, DeadlineLine, HowLine, Item, Letter, LetterKind, Offer,
    ReplyOffer, TargetLine, Tone, UnitTally, WeeklyBrief,
};
use dondoc::domain::amount::Amount;
use dondoc::domain::calendar::{CalendarRules, HolidayTable, Hours, Window, WorkingCalendar};
use dondoc::domain::deadline::{Deadline, working_days_left};
use dondoc::domain::directive::Work;
use dondoc::domain::guard::{Guard, Turn};
use dondoc::domain::policy::{ChannelKind, Digest, Role};
use dondoc::domain::reminder::Notice;
use dondoc::domain::reply::ReplyKind;
use dondoc::domain::rules::{BeforeDate, Language, Office};
use dondoc::domain::tally::Tally;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;

/// The office and its calendar.
pub struct Scene {
    pub office: Office,
    pub calendar: WorkingCalendar,
}

/// A letter with a name.
pub struct Sample<'a> {
    pub name: &'static str,
    pub letter: Letter<'a>,
}

/// The buttons the engine would offer a member of the unit: the replies of one item, or all together and a number each.
fn replies(items: &[Item]) -> Vec<ReplyOffer> {
    use ReplyKind as Kind;
    let waits = |item: &Item| matches!(item.work, Work::NotAcknowledged | Work::Returned);
    let open = |item: &Item| !item.work.is_completed() && item.work != Work::Withdrawn;
    let offers = match items {
        [one] => {
            let all = [
                (Kind::Acknowledge, waits(one)),
                (Kind::Progress, true),
                (Kind::Done, true),
                (Kind::Extend, one.deadline.is_some()),
                (Kind::NotOurs, true),
                (Kind::Assign, true),
            ];
            all.into_iter().filter_map(|(kind, sensible)| (sensible && open(one)).then_some(Offer::Reply(kind))).collect()
        }
        several => {
            let mut offers: Vec<Offer> =
                several.iter().any(waits).then_some(Offer::ToAll(Kind::Acknowledge)).into_iter().collect();
            offers.extend((1..).zip(several).filter(|(_, item)| open(item)).map(|(number, _)| Offer::Item(number)).take(8));
            offers
        }
    };
    let token = |(at, offer)| ReplyOffer { offer, token: format!("v1Q2hvdGhpc2lzYXRva2Vu{at:02}") };
    (1..).zip(offers).map(token).collect()
}

impl Scene {
    pub fn new() -> Self {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        let calendar = WorkingCalendar::new(CalendarRules {
            time_zone: TimeZone::get("Asia/Ho_Chi_Minh").expect("the zone is bundled"),
            holidays: HolidayTable::Vn,
            announced: std::iter::empty().collect(),
            working_days: vec![Monday, Tuesday, Wednesday, Thursday, Friday],
            hours: vec![Window { start_min: 450, end_min: 690 }, Window { start_min: 780, end_min: 1020 }],
            changes: Vec::new(),
        });
        let office = Office {
            name: "Văn phòng UBND quận Gò Vấp".to_owned(),
            monitor: None,
            operators: Vec::new(),
            brief: Vec::new(),
            salutation: "đồng chí".to_owned(),
            due_soon: Amount::working_days(5),
            dispute_pause: Amount::working_days(1),
            storm_limit: dondoc::domain::storm::LIMIT_DEFAULT,
            alarm: None,
        };
        Self { office, calendar }
    }

    /// 07:30 of a day, or the minute given.
    pub fn at(&self, day: Date, minute: u16) -> Timestamp {
        self.calendar.instant(day, minute)
    }

    /// A deadline as the engine would describe it on that day.
    pub fn deadline(&self, text: &str, last_day: Date, today: Date) -> DeadlineLine {
        let count = |from, to| i64::from(self.calendar.working_days_after_up_to(from, to));
        let left = if today > last_day {
            -count(last_day, today)
        } else {
            i64::from(working_days_left(&Deadline::by(last_day), today, &self.calendar))
        };
        let rest = !self.calendar.is_working_day(last_day);
        DeadlineLine {
            text: Some(text.to_owned()),
            last_day,
            named_day: last_day,
            time: None,
            working_days_left: left,
            working_day_before: rest.then(|| self.calendar.last_working_day_on_or_before(last_day)),
            provisional: self.calendar.is_provisional(last_day),
            set_by_office: false,
            extended_from: None,
            outlasts: None,
        }
    }

    fn letter(&self, language: Language, channel: ChannelKind, today: Date, to: Addressee, items: Vec<Item>) -> Letter<'_> {
        let open = items.iter().filter(|item| !item.work.is_closed());
        let responsible = open.flat_map(|item| &item.because).any(|because| {
            matches!(because.role, Role::Assignee | Role::UnitHead | Role::UnitDeputy)
                && !matches!(because.how, HowLine::Upwards { .. })
        });
        let replies = if responsible && channel == ChannelKind::Telegram { replies(&items) } else { Vec::new() };
        Letter {
            language,
            office: &self.office,
            calendar: &self.calendar,
            before_date: BeforeDate::Tolerant,
            now: self.at(today, 450),
            channel,
            kind: LetterKind::Action,
            to,
            monitor: Some(Contact { name: "Phạm Thị Dung".to_owned(), phone: Some("028 3000 0001".to_owned()) }),
            items,
            replies,
            link: None,
            brief: None,
        }
    }

    /// One letter of each kind.
    pub fn samples(&self, language: Language, channel: ChannelKind) -> Vec<Sample<'_>> {
        let mut samples = self.ladder(language, channel);
        samples.extend(self.others(language, channel));
        samples.extend(self.notices(language, channel));
        samples.extend(self.duties(language, channel));
        samples.extend(self.alarms(language, channel));
        samples
    }

    fn ladder(&self, language: Language, channel: ChannelKind) -> Vec<Sample<'_>> {
        let letter = |today, to, items| self.letter(language, channel, today, to, items);
        let portal = |today, tone, because| self.portal(today, tone, because);
        let (day1, day2, day3) = (date(2023, 10, 9), date(2023, 12, 27), date(2024, 1, 4));
        let reminded = vec![date(2023, 12, 27), date(2023, 12, 29)];

        let both = vec![head(Role::Assignee), head(Role::UnitHead)];
        let assignment = letter(day1, an(), vec![portal(day1, Tone::Assignment, both.clone())]);
        let mut taken_over = portal(day1, Tone::Assignment, both.clone());
        taken_over.inherited_from = Some("Phòng Lao động".to_owned());
        let inherited = letter(day1, an(), vec![taken_over]);
        let reminder = letter(day2, an(), vec![portal(day2, Tone::Reminder, both.clone())]);
        let mut today = portal(date(2023, 12, 29), Tone::Reminder, both.clone());
        today.deadline = Some(self.deadline("chậm nhất ngày 29/12/2023", date(2023, 12, 29), date(2023, 12, 29)));
        let due_today = letter(date(2023, 12, 29), an(), vec![today]);
        let last_day = letter(date(2023, 12, 29), an(), vec![portal(date(2023, 12, 29), Tone::Reminder, both.clone())]);
        let mut late = portal(day3, Tone::Overdue, vec![Because { role: Role::Assignee, how: HowLine::Named }]);
        late.reminded_on.clone_from(&reminded);
        late.meant_for = Some(self.at(date(2024, 1, 3), 450));
        let binh = addressee("Trần Thị Bình", Some("Chuyên viên"), "Phòng Nội vụ");
        let overdue = letter(day3, binh, vec![late]);
        let mut pressed = portal(day3, Tone::Escalation, vec![head(Role::UnitHead)]);
        pressed.reminded_on.clone_from(&reminded);
        pressed.broken_promise = Some(date(2024, 1, 3));
        pressed.work = Work::Acknowledged;
        let escalation = letter(day3, an(), vec![pressed.clone()]);
        let mut reported = pressed.clone();
        reported.because = vec![supervisor()];
        reported.broken_promise = None;
        let escalation_up = letter(day3, cuong(), vec![reported.clone()]);
        let mut vacant = reported;
        vacant.because = vec![Because {
            role: Role::UnitHead,
            how: HowLine::Upwards { vacant: "Phòng Nội vụ".to_owned(), unit: "UBND quận Gò Vấp".to_owned() },
        }];
        let upwards = letter(day3, cuong(), vec![vacant]);
        let mut announced = portal(date(2024, 1, 2), Tone::Courtesy, both);
        announced.announces = Some(Announcement {
            people: vec!["đồng chí Lê Quang Cường, Phó Chủ tịch UBND quận Gò Vấp".to_owned()],
            at: self.at(date(2024, 1, 2), 780),
        });
        let courtesy = letter(date(2024, 1, 2), an(), vec![announced]);
        let mut copied = pressed;
        copied.because =
            vec![Because { role: Role::Monitor, how: holds("Chánh Văn phòng", "Văn phòng UBND quận Gò Vấp") }];
        let mut copy = letter(day3, dung(), vec![copied]);
        copy.kind = LetterKind::Copy;
        [
            ("assignment", assignment),
            ("inherited", inherited),
            ("reminder", reminder),
            ("due-today", due_today),
            ("last-working-day", last_day),
            ("overdue", overdue),
            ("escalation", escalation),
            ("escalation-to-superior", escalation_up),
            ("escalation-upwards", upwards),
            ("courtesy", courtesy),
            ("copy", copy),
        ]
        .map(|(name, letter)| Sample { name, letter })
        .into()
    }

    fn others(&self, language: Language, channel: ChannelKind) -> Vec<Sample<'_>> {
        let letter = |today, to, items| self.letter(language, channel, today, to, items);
        let day = date(2023, 11, 6);
        let mut review = self.portal(day, Tone::Review, vec![head(Role::UnitHead)]);
        review.deadline = None;
        review.coordinating.clear();
        review.clauses = ["2.a", "2.b", "2.c", "2.d", "2.đ", "2.e", "2.g"].map(str::to_owned).into();
        "R2NV7".clone_into(&mut review.code);
        let mut behind = self.portal(day, Tone::BehindPace, vec![head(Role::UnitHead)]);
        "Giải ngân vốn đầu tư công năm 2023".clone_into(&mut behind.title);
        behind.clauses = vec!["4.b".to_owned()];
        "Phòng Tài chính - Kế hoạch".clone_into(&mut behind.unit);
        behind.target = Some(disbursement());
        behind.because =
            vec![Because { role: Role::UnitHead, how: holds("Trưởng phòng", "Phòng Tài chính - Kế hoạch") }];
        let hoa = addressee("Vũ Thị Hoa", Some("Trưởng phòng"), "Phòng Tài chính - Kế hoạch");
        let mut awaits = self.portal(date(2024, 1, 4), Tone::AwaitsAcceptance, vec![monitor()]);
        awaits.work = Work::ReportedDone;
        let mut before = self.portal(date(2023, 12, 12), Tone::Reminder, vec![stand_in()]);
        let line = self.deadline("trước ngày 15/12/2023", date(2023, 12, 14), date(2023, 12, 12));
        before.deadline = Some(DeadlineLine { named_day: date(2023, 12, 15), extended_from: Some(date(2023, 11, 30)), ..line });
        let mut waiting = self.portal(day, Tone::Assignment, vec![acting()]);
        waiting.deadline = None;
        waiting.waiting_for = Some("05 ngày làm việc kể từ ngày nhận được văn bản".to_owned());
        let next_year = date(2026, 12, 21);
        let mut provisional = self.portal(next_year, Tone::Reminder, vec![head(Role::UnitHead)]);
        let line = self.deadline("trong Quý I/2027", date(2027, 3, 31), next_year);
        provisional.deadline = Some(DeadlineLine { set_by_office: true, ..line });
        let mut unanswered = self.portal(day, Tone::Escalation, vec![deputy()]);
        unanswered.deadline = None;
        unanswered.reminded_on = vec![date(2023, 11, 3)];
        let nine = self.nine(date(2024, 1, 8));
        let mut digest = letter(date(2024, 1, 8), cuong(), nine.clone());
        digest.kind = LetterKind::Digest;
        for item in &mut digest.items {
            item.digest = Some(Digest::Daily);
        }
        let own = nine.into_iter().take(5).map(|item| Item {
            because: vec![head(Role::UnitHead)],
            unit: "Phòng Nội vụ".to_owned(),
            digest: None,
            ..item
        });
        let several = letter(date(2024, 1, 8), an(), own.collect());
        [
            ("review", letter(day, an(), vec![review])),
            ("behind-pace", letter(day, hoa, vec![behind])),
            ("awaits-acceptance", letter(date(2024, 1, 4), dung(), vec![awaits])),
            ("before-date", letter(date(2023, 12, 12), addressee("Đỗ Minh Khoa", None, "Phòng Nội vụ"), vec![before])),
            ("waiting", letter(day, addressee("Đỗ Minh Khoa", None, "Phòng Nội vụ"), vec![waiting])),
            ("provisional", letter(next_year, an(), vec![provisional])),
            ("unanswered", letter(day, addressee("Đỗ Minh Khoa", Some("Phó Trưởng phòng"), "Phòng Nội vụ"), vec![unanswered])),
            ("several", several),
            ("digest", digest),
            ("brief", self.brief(language, channel)),
            ("brief-nothing-late", self.brief_of_a_calm_week(language, channel)),
        ]
        .map(|(name, letter)| Sample { name, letter })
        .into()
    }

    /// A deputy chair's weekly brief: five units, three of them late.
    fn brief(&self, language: Language, channel: ChannelKind) -> Letter<'_> {
        let today = date(2024, 1, 8);
        let items = self.nine(today);
        let mut late: Vec<Item> = items.iter().filter(|item| is_late(item)).cloned().collect();
        late[0].reminded_on = vec![date(2023, 12, 27), date(2023, 12, 29), date(2024, 1, 2)];
        late[1].reminded_on = vec![date(2024, 1, 2)];
        // Late for long, and in no reminder of this message.
        let first = late[0].clone();
        let old = |clause: &str, title: &str, last_day| Item {
            code: String::new(),
            clauses: vec![clause.to_owned()],
            title: title.to_owned(),
            deadline: Some(self.deadline("", last_day, today)),
            reminded_on: vec![date(2023, 11, 20), date(2023, 12, 4)],
            ..first.clone()
        };
        late.insert(0, old("2.d", "Rà soát, công khai danh mục thủ tục hành chính", date(2023, 11, 30)));
        late.insert(0, old("2.b", "Kiện toàn Ban Chỉ đạo cải cách hành chính", date(2023, 8, 31)));
        let tally = |done_on_time, done_late, in_time, late_by_age, [undated, waiting, withdrawn]: [u64; 3]| Tally {
            done_on_time,
            done_late,
            in_time,
            late_by_age,
            undated,
            waiting,
            withdrawn,
        };
        let unit = |unit: &str, tally| UnitTally { unit: unit.to_owned(), tally };
        let units = vec![
            unit("Phòng Nội vụ", tally(12, 2, 4, [1, 0, 1, 1], [7, 1, 0])),
            unit("Phòng Tư pháp", tally(8, 0, 2, [1, 0, 0, 0], [3, 0, 1])),
            unit("Phòng Văn hóa, Khoa học và Thông tin", tally(9, 1, 3, [0; 4], [5, 2, 0])),
            unit("UBND phường 7", tally(4, 0, 1, [1, 2, 0, 0], [0, 0, 0])),
            unit("UBND phường 15", tally(5, 0, 0, [0; 4], [0, 0, 0])),
        ];
        let brief = WeeklyBrief { week: (date(2024, 1, 1), date(2024, 1, 7)), units, new: 3, done: (4, 1), due_next: 2, late };
        let mut letter = self.letter(language, channel, today, cuong(), items.into_iter().filter(is_late).collect());
        (letter.kind, letter.brief) = (LetterKind::Digest, Some(brief));
        letter
    }

    /// The same leader's in a week without anything late: one unit, and the reminder that brings the brief.
    fn brief_of_a_calm_week(&self, language: Language, channel: ChannelKind) -> Letter<'_> {
        let today = date(2024, 1, 8);
        let carrier = self.portal(today, Tone::Notice(Notice::Brief), vec![supervisor()]);
        let tally = Tally { done_on_time: 12, in_time: 4, undated: 7, ..Tally::default() };
        let units = vec![UnitTally { unit: "Phòng Nội vụ".to_owned(), tally }];
        let week = (date(2024, 1, 1), date(2024, 1, 7));
        let brief = WeeklyBrief { week, units, new: 0, done: (1, 0), due_next: 0, late: Vec::new() };
        let mut letter = self.letter(language, channel, today, cuong(), vec![carrier]);
        (letter.kind, letter.brief) = (LetterKind::Digest, Some(brief));
        letter
    }

    /// What the operators are told of guards.
    fn alarms(&self, language: Language, channel: ChannelKind) -> Vec<Sample<'_>> {
        let day = date(2023, 12, 20);
        let told = [
            ("alarm-pause", Guard::Pause, Turn::Raised),
            ("alarm-pause-stands", Guard::Pause, Turn::Standing),
            ("alarm-pause-over", Guard::Pause, Turn::Lifted),
            ("alarm-row", Guard::Row, Turn::Raised),
            ("alarm-round", Guard::Row, Turn::Raised),
            ("alarm-calendar", Guard::Calendar, Turn::Raised),
            ("alarm-token", Guard::Token, Turn::Raised),
            ("alarm-sent-log", Guard::SentLog, Turn::Raised),
            ("alarm-set-back", Guard::SentLog, Turn::Raised),
            ("alarm-sent-log-over", Guard::SentLog, Turn::Lifted),
            ("alarm-clock", Guard::Clock, Turn::Raised),
            ("alarm-clock-over", Guard::Clock, Turn::Lifted),
            ("alarm-storm", Guard::Storm, Turn::Raised),
            ("alarm-storm-over", Guard::Storm, Turn::Lifted),
            ("alarm-clone-over", Guard::Clone, Turn::Lifted),
        ];
        let worded = told.into_iter().map(|(name, guard, turn)| {
            let mut item = self.portal(day, Tone::Notice(Notice::Guard), vec![operator()]);
            item.alarm = Some(AlarmLine {
                guard,
                turn,
                since: self.calendar.instant(date(2023, 12, 19), 9 * 60 + 5),
                by: (guard == Guard::Pause || turn == Turn::Lifted).then(|| "vanthu".to_owned()),
                note: (turn != Turn::Lifted && name != "alarm-round").then(|| match guard {
                    Guard::Row => "4988/UBND-CCHC#1.e@pnv".to_owned(),
                    Guard::Calendar => "2027".to_owned(),
                    Guard::Token => String::new(),
                    Guard::Pause => "kiểm tra danh sách người nhận".to_owned(),
                    Guard::Clock => "may1 steady 3720".to_owned(),
                    Guard::Storm => "Nguyễn Văn An".to_owned(),
                    Guard::SentLog if name == "alarm-set-back" => "set-back".to_owned(),
                    Guard::SentLog | Guard::Clone => "log-gone".to_owned(),
                }),
            });
            let mut letter = self.letter(language, channel, day, dung(), vec![item]);
            letter.kind = LetterKind::Alarm;
            Sample { name, letter }
        });
        worded.collect()
    }

    fn notices(&self, language: Language, channel: ChannelKind) -> Vec<Sample<'_>> {
        let day = date(2023, 12, 20);
        let names = [
            "dispute",
            "extension-asked",
            "extension-granted",
            "extension-refused",
            "returned",
            "taken-back",
            "vacancy",
            "chat-dead",
            "held",
        ];
        let worded = Notice::ALL.into_iter().zip(names).map(|(notice, name)| {
            let to_unit = matches!(notice, Notice::ExtensionGranted | Notice::ExtensionRefused | Notice::Returned);
            let because = if to_unit { head(Role::Assignee) } else { monitor() };
            let mut item = self.portal(day, Tone::Notice(notice), vec![because]);
            item.replier = (!to_unit && notice != Notice::Vacancy).then(|| "Nguyễn Văn An".to_owned());
            item.until = matches!(notice, Notice::ExtensionAsked | Notice::ExtensionGranted).then_some(date(2024, 3, 29));
            if notice == Notice::ExtensionGranted {
                let line = self.deadline("Quý IV/2023", date(2024, 3, 29), day);
                item.deadline = Some(DeadlineLine { text: None, extended_from: Some(date(2023, 12, 31)), ..line });
            }
            if notice == Notice::Returned {
                item.work = Work::Returned;
            }
            item.note = match notice {
                Notice::ExtensionGranted => Some("Công văn số 5120/UBND-KSTT ngày 28/12/2023".to_owned()),
                Notice::TakenBack => Some("Đề nghị gia hạn".to_owned()),
                Notice::Held => Some("địa chỉ thư bị từ chối".to_owned()),
                Notice::Dispute => Some("nội dung này do Văn phòng UBND quận chủ trì".to_owned()),
                Notice::ExtensionRefused => Some("phần mềm đã sẵn sàng từ ngày 15/12/2023".to_owned()),
                Notice::Returned => Some("chưa có số liệu của Bộ phận Một cửa".to_owned()),
                Notice::ExtensionAsked => Some("phụ thuộc việc nâng cấp phần mềm của Thành phố".to_owned()),
                _ => None,
            };
            Sample { name, letter: self.letter(language, channel, day, if to_unit { an() } else { dung() }, vec![item]) }
        });
        worded.collect()
    }

    /// What is told of duties that are blocked, held, withdrawn or go elsewhere.
    fn duties(&self, language: Language, channel: ChannelKind) -> Vec<Sample<'_>> {
        let day = date(2023, 12, 20);
        let letter = |to, item| self.letter(language, channel, day, to, vec![item]);
        let item = |notice, because| self.portal(day, Tone::Notice(notice), vec![because]);
        let waits = |waits_for: Option<&str>| BlockLine {
            since: date(2023, 12, 18),
            waits_for: waits_for.map(str::to_owned),
            note: Some("chưa bố trí kinh phí nâng cấp phần mềm".to_owned()),
            pause_ends: Some(self.at(date(2023, 12, 25), 450)),
        };
        let blocked = |because, unit| Item {
            block: Some(waits(unit)),
            work: Work::Blocked,
            note: Some("chưa bố trí kinh phí nâng cấp phần mềm".to_owned()),
            replier: Some("Nguyễn Văn An".to_owned()),
            ..item(Notice::Blocked, because)
        };
        let finance = Some("Phòng Tài chính - Kế hoạch");
        let hoa = || addressee("Vũ Thị Hoa", Some("Trưởng phòng"), "Phòng Tài chính - Kế hoạch");
        let waited_for = || Because { role: Role::Blocker, how: holds("Trưởng phòng", "Phòng Tài chính - Kế hoạch") };
        let again = Item { times: 2, ..blocked(waited_for(), finance) };
        let mut copied = letter(dung(), blocked(monitor(), finance));
        copied.kind = LetterKind::Copy;
        let gone = Item { block: Some(waits(finance)), work: Work::InProgress, ..item(Notice::Unblocked, waited_for()) };
        let held = Item {
            until: Some(date(2024, 2, 29)),
            note: Some("chờ hướng dẫn của Thành phố".to_owned()),
            ..item(Notice::OnHold, head(Role::Assignee))
        };
        let withdrawn = Item {
            work: Work::Withdrawn,
            note: Some("nội dung đã được thay thế".to_owned()),
            ..item(Notice::Withdrawn, head(Role::Assignee))
        };
        let away = Item {
            work: Work::Withdrawn,
            transferred_to: finance.map(str::to_owned),
            note: Some("theo phân công mới".to_owned()),
            ..item(Notice::Transferred, head(Role::Assignee))
        };
        let taken_over = Item {
            unit: "Phòng Tài chính - Kế hoạch".to_owned(),
            transferred_from: Some("Phòng Nội vụ".to_owned()),
            because: vec![Because { role: Role::Assignee, how: holds("Trưởng phòng", "Phòng Tài chính - Kế hoạch") }],
            ..self.portal(day, Tone::Assignment, Vec::new())
        };
        let coordinating =
            Because { role: Role::CoordinatingHead, how: holds("Chánh Văn phòng", "Văn phòng UBND quận Gò Vấp") };
        let mut informed = letter(dung(), item(Notice::Coordinating, coordinating));
        informed.kind = LetterKind::Copy;
        let pressed = Item {
            block: Some(BlockLine { pause_ends: None, ..waits(finance) }),
            work: Work::Blocked,
            ..self.portal(date(2024, 1, 4), Tone::Escalation, vec![supervisor()])
        };
        [
            ("blocked", letter(hoa(), blocked(waited_for(), finance))),
            ("blocked-again", letter(hoa(), again)),
            ("blocked-monitor", letter(dung(), blocked(monitor(), None))),
            ("blocked-copy", copied),
            ("blocked-pressed", self.letter(language, channel, date(2024, 1, 4), cuong(), vec![pressed])),
            ("unblocked", letter(hoa(), gone)),
            ("on-hold", letter(an(), held)),
            ("withdrawn", letter(an(), withdrawn)),
            ("transferred-away", letter(an(), away)),
            ("transferred-here", letter(hoa(), taken_over)),
            ("coordinating", informed),
        ]
        .map(|(name, letter)| Sample { name, letter })
        .into()
    }

    fn portal(&self, today: Date, tone: Tone, because: Vec<Because>) -> Item {
        Item {
            code: "K7Q2M".to_owned(),
            tone,
            assignment: "4988/UBND-CCHC#1.e@pnv".to_owned(),
            title: "Đưa 100% thủ tục hành chính đã phê duyệt lên hệ thống một cửa điện tử".to_owned(),
            clauses: vec!["1.e".to_owned()],
            dispatch_number: "4988/UBND-CCHC".to_owned(),
            dispatch_date: date(2023, 10, 5),
            issuer: "UBND quận Gò Vấp".to_owned(),
            subject: Some("V/v tăng cường công tác cải cách hành chính trên địa bàn quận".to_owned()),
            unit: "Phòng Nội vụ".to_owned(),
            inherited_from: None,
            coordinating: vec!["Văn phòng UBND quận Gò Vấp".to_owned()],
            deadline: Some(self.deadline("Quý IV/2023", date(2023, 12, 31), today)),
            period: None,
            waiting_for: None,
            target: None,
            step_label: "Đôn đốc".to_owned(),
            times: 1,
            meant_for: None,
            reminded_on: Vec::new(),
            because,
            announces: None,
            broken_promise: None,
            work: Work::NotAcknowledged,
            block: None,
            transferred_from: None,
            transferred_to: None,
            note: None,
            replier: None,
            until: None,
            hours: Hours::Office,
            digest: None,
            alarm: None,
        }
    }

    /// Nine items of several units, for a supervisor's weekly digest.
    pub fn nine(&self, today: Date) -> Vec<Item> {
        let rows = [
            ("Phòng Nội vụ", "1.e", "Quý IV/2023", date(2023, 12, 31), Work::Acknowledged),
            ("UBND phường 7", "1.e", "Quý IV/2023", date(2023, 12, 31), Work::NotAcknowledged),
            ("Phòng Tư pháp", "3.b", "chậm nhất ngày 05/01/2024", date(2024, 1, 5), Work::InProgress),
            ("Phòng Văn hóa và Thông tin", "3.d", "ngày 08/01/2024", date(2024, 1, 8), Work::InProgress),
            ("Phòng Tài chính - Kế hoạch", "4.c", "chậm nhất ngày 12/01/2024", date(2024, 1, 12), Work::Blocked),
            ("UBND phường 15", "1.c", "chậm nhất ngày 10/01/2024", date(2024, 1, 10), Work::Acknowledged),
            ("Phòng Quản lý đô thị", "3.a", "trong tháng 01/2024", date(2024, 1, 31), Work::Acknowledged),
            ("Phòng Giáo dục và Đào tạo", "2.h", "hết Quý I/2024", date(2024, 3, 31), Work::Returned),
            ("Phòng Y tế", "3.e", "Quý II/2024", date(2024, 6, 30), Work::NotAcknowledged),
        ];
        let titles = [
            "Đưa 100% thủ tục hành chính đã phê duyệt lên hệ thống một cửa điện tử",
            "Cung cấp chứng thực bản sao điện tử từ bản chính",
            "Hướng dẫn người dân nộp hồ sơ dịch vụ công trực tuyến",
        ];
        let mut items: Vec<Item> = rows
            .into_iter()
            .enumerate()
            .map(|(at, (unit, clause, text, last_day, work))| Item {
                code: format!("D{at}X{}", at * 7 + 10),
                title: titles[at % titles.len()].to_owned(),
                unit: unit.to_owned(),
                clauses: vec![clause.to_owned()],
                deadline: Some(self.deadline(text, last_day, today)),
                work,
                digest: Some(Digest::Weekly),
                because: vec![Because { role: Role::Supervisor, how: holds("Phó Chủ tịch", "UBND quận Gò Vấp") }],
                ..self.portal(today, if at == 8 { Tone::Assignment } else { Tone::Escalation }, Vec::new())
            })
            .collect();
        dondoc::channel::wording::sort(&mut items);
        items
    }
}

fn is_late(item: &Item) -> bool {
    item.deadline.as_ref().is_some_and(|deadline| deadline.working_days_left < 0)
}

fn disbursement() -> TargetLine {
    TargetLine { op: ">", value: 90.0, unit: "%".to_owned(), last: Some((62.5, date(2023, 10, 31))), needed: Some(78.0) }
}

fn addressee(name: &str, title: Option<&str>, unit: &str) -> Addressee {
    Addressee {
        name: name.to_owned(),
        salutation: "đồng chí".to_owned(),
        title: title.map(str::to_owned),
        unit: Some(unit.to_owned()),
    }
}

fn an() -> Addressee {
    addressee("Nguyễn Văn An", Some("Trưởng phòng Nội vụ"), "Phòng Nội vụ")
}

fn cuong() -> Addressee {
    addressee("Lê Quang Cường", Some("Phó Chủ tịch"), "UBND quận Gò Vấp")
}

fn dung() -> Addressee {
    addressee("Phạm Thị Dung", Some("Chánh Văn phòng"), "Văn phòng UBND quận Gò Vấp")
}

fn holds(title: &str, unit: &str) -> HowLine {
    HowLine::Holds { title: title.to_owned(), unit: unit.to_owned() }
}

fn head(role: Role) -> Because {
    Because { role, how: holds("Trưởng phòng Nội vụ", "Phòng Nội vụ") }
}

fn supervisor() -> Because {
    Because { role: Role::Supervisor, how: holds("Phó Chủ tịch", "UBND quận Gò Vấp") }
}

fn monitor() -> Because {
    Because { role: Role::Monitor, how: holds("Chánh Văn phòng", "Văn phòng UBND quận Gò Vấp") }
}

fn operator() -> Because {
    Because { role: Role::Operators, how: holds("Chánh Văn phòng", "Văn phòng UBND quận Gò Vấp") }
}

fn deputy() -> Because {
    Because { role: Role::UnitDeputy, how: holds("deputy", "Phòng Nội vụ") }
}

fn stand_in() -> Because {
    Because { role: Role::UnitHead, how: HowLine::StandsInFor("Nguyễn Văn An".to_owned()) }
}

fn acting() -> Because {
    Because { role: Role::UnitHead, how: HowLine::Acts { title: "head".to_owned(), unit: "Phòng Nội vụ".to_owned() } }
}
