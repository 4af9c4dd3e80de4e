//! Facts in, rows and a difference out: a scenario is a text, and the store says what became of it.

use std::collections::BTreeSet;

use dondoc::diagnostic::{self, Diagnostic, Labels, Paint, Source};
use dondoc::domain::amount::Amount;
use dondoc::domain::calendar::{CalendarRules, HolidayTable, Window, WorkingCalendar};
use dondoc::domain::rules::{BeforeDate, Language, Office, Rules};
use dondoc::engine::import::{Counts, ImportReport, Mode, Outcome, import, known_dispatches};
use dondoc::facts;
use dondoc::store::Store;
use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use sqlx::Row as _;

const ORGANISATION: &str = include_str!("../examples/go-vap-2023/to-chuc.toml");
const DISPATCH: &str = include_str!("../examples/go-vap-2023/cong-van-4988.toml");
const FIGURES: &str = include_str!("../examples/go-vap-2023/so-lieu.toml");

/// Two units, their heads, and one dispatch with a dated and an undated directive.
const SMALL: &str = r#"
[[unit]]
id = "ubnd"
name = "UBND phường"

[[unit]]
id = "vp"
name = "Văn phòng"
parent = "ubnd"
supervisor = "position:head@ubnd"

[[person]]
id = "an"
name = "Nguyễn Thử An"
email = "an@example.org"
telegram = 77

[[person]]
id = "binh"
name = "Trần Thử Bình"

[[appointment]]
person = "an"
unit = "vp"
position = "head"
title = "Chánh Văn phòng"
from = 2023-01-01

[[appointment]]
person = "binh"
unit = "ubnd"
position = "head"

[[dispatch]]
number = "12/UBND-VP"
issuer = "UBND phường"
date = 2023-10-02

[[directive]]
dispatch = "12/UBND-VP"
clause = "1"
title = "Báo cáo quý"
lead = ["vp", "ubnd"]
deadline = 2023-12-29

[[directive]]
dispatch = "12/UBND-VP"
clause = "2"
title = "Việc thường xuyên"
lead = ["vp"]
"#;

fn rules() -> Rules {
    let window = |start_min, end_min| Window { start_min, end_min };
    let calendar = WorkingCalendar::new(CalendarRules {
        time_zone: TimeZone::get("Asia/Ho_Chi_Minh").expect("a zone of the bundled table"),
        holidays: HolidayTable::Vn,
        announced: BTreeSet::new(),
        working_days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
        hours: vec![window(450, 690), window(780, 1020)],
        changes: Vec::new(),
    });
    let office = Office {
        name: "Văn phòng".into(),
        monitor: None,
        operators: Vec::new(),
        salutation: "đồng chí".into(),
        due_soon: Amount::working_days(5),
        dispute_pause: Amount::working_days(1),
        alarm: None,
    };
    Rules {
        digest: "digest".into(),
        language: Language::Vi,
        office,
        before_date: BeforeDate::Tolerant,
        calendar,
        policies: Vec::new(),
        routes: Vec::new(),
    }
}

/// A store that is imported into, an hour later each time.
struct Tested {
    store: Store,
    rules: Rules,
    now: Timestamp,
}

/// What an import said, with the mistakes of reading it.
struct Told {
    report: ImportReport,
    reading: Vec<Diagnostic>,
}

impl Tested {
    async fn new() -> Self {
        let now = "2023-10-06T01:00:00Z".parse().expect("an instant");
        Self { store: Store::scratch().await.expect("a folder for temporary files"), rules: rules(), now }
    }

    async fn with(text: &str) -> Self {
        let mut office = Self::new().await;
        let told = office.import(&[text]).await;
        assert_eq!(told.report.outcome, Outcome::Stored, "{:?} {:?}", told.reading, told.report.problems);
        office
    }

    async fn import(&mut self, texts: &[&str]) -> Told {
        self.import_in(texts, Mode::Apply).await
    }

    async fn import_in(&mut self, texts: &[&str], mode: Mode) -> Told {
        self.now = self.now.saturating_add(jiff::SignedDuration::from_hours(1)).expect("years before the end of time");
        let known = known_dispatches(&self.store).await.expect("a readable store");
        let names: Vec<String> = (1..=texts.len()).map(|number| format!("tep-{number}.toml")).collect();
        let sources: Vec<Source<'_>> = names.iter().zip(texts).map(|(name, text)| Source { name, text }).collect();
        let (facts, reading) = facts::read(&sources, self.rules.language, &self.rules.calendar, &known);
        let mode = if reading.iter().any(Diagnostic::is_error) { Mode::DryRun } else { mode };
        let report = import(&self.store, &facts, &self.rules, self.now, "cli:test", mode).await.expect("a store that works");
        Told { report, reading }
    }

    async fn sql(&self, statement: &'static str) {
        let mut tx = self.store.begin().await.expect("a writer");
        sqlx::query(statement).execute(&mut *tx).await.expect(statement);
        tx.commit().await.expect("a commit");
    }

    async fn rows(&self, query: &'static str) -> Vec<String> {
        rows(&self.store, query).await
    }

    /// Every row of every table.
    async fn dump(&self) -> String {
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name";
        let mut out = String::new();
        for table in rows(&self.store, tables).await {
            for row in rows(&self.store, &format!("SELECT * FROM {table} ORDER BY 1, 2")).await {
                out.push_str(&format!("{table}: {row}\n"));
            }
        }
        out
    }
}

async fn rows(store: &Store, query: &str) -> Vec<String> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(store.read()).await.expect("a query that fits the schema");
    let cell = |row: &sqlx::any::AnyRow, at: usize| {
        let text = row.try_get::<Option<String>, _>(at);
        let number = || row.try_get::<Option<i64>, _>(at).expect("text or a whole number").map(|number| number.to_string());
        text.unwrap_or_else(|_| number()).unwrap_or_else(|| "∅".into())
    };
    rows.iter().map(|row| (0..row.len()).map(|at| cell(row, at)).collect::<Vec<_>>().join(" | ")).collect()
}

fn read(texts: &[(&str, &str)], language: Language) -> (facts::Facts, Vec<Diagnostic>, String) {
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    let (facts, problems) = facts::read(&sources, language, &rules().calendar, &[]);
    let labels = if language == Language::Vi { Labels::VI } else { Labels::EN };
    let shown = diagnostic::render(&problems, &sources, Paint::Plain, labels);
    (facts, problems, shown)
}

fn codes(problems: &[Diagnostic]) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.code).collect()
}

fn differences(report: &ImportReport) -> String {
    report.differences.iter().map(|difference| format!("{difference}\n")).collect()
}

#[tokio::test]
async fn the_example_of_go_vap_is_imported_without_a_word_of_complaint() {
    let mut office = Tested::new().await;
    let told = office.import(&[ORGANISATION, DISPATCH, FIGURES]).await;
    assert_eq!((told.reading, &told.report.problems), (vec![], &vec![]));
    let added = Counts {
        units: 30,
        people: 46,
        appointments: 46,
        substitutions: 1,
        dispatches: 1,
        directives: 25,
        assignments: 241,
        figures: 4,
        extensions: 0,
    };
    assert_eq!(told.report.added, added);
    let dated = office.rows("SELECT clause, deadline_text, deadline_kind, deadline_last_day, deadline_from, follow FROM directive WHERE deadline_text IS NOT NULL ORDER BY clause").await;
    assert_eq!(
        dated,
        ["1.e | Quý IV/2023 | within | 2023-12-31 | 2023-10-01 | press", "4.b | 2023-12-31 | by | 2023-12-31 | ∅ | press"]
    );
    assert_eq!(office.rows("SELECT COUNT(*) FROM directive WHERE follow = 'review'").await, ["23"]);
    assert_eq!(office.rows("SELECT clause, clause_as_typed FROM directive WHERE clause_as_typed IS NOT NULL").await, ["3.đ | d"]);
    assert_eq!(
        office.rows("SELECT COUNT(*) FROM assignment WHERE work = 'not_acknowledged' AND deadline_last_day = '2023-12-31'").await,
        ["29"]
    );
    assert_eq!(office.rows("SELECT COUNT(*) FROM journal").await, [told.report.differences.len().to_string()]);
}

#[tokio::test]
async fn the_same_facts_again_change_no_row_and_arm_nothing() {
    let mut office = Tested::new().await;
    let all = [ORGANISATION, DISPATCH, FIGURES];
    let first = office.import(&all).await.report;
    let before = office.dump().await;
    let second = office.import(&all).await.report;
    assert_eq!((second.added, second.changed, second.unchanged), (Counts::default(), Counts::default(), first.added));
    assert_eq!(second.differences, vec![]);
    assert_eq!(office.dump().await, before);
}

#[tokio::test]
async fn a_dry_run_says_what_the_real_one_says_and_changes_nothing() {
    let mut office = Tested::with(SMALL).await;
    let before = office.dump().await;
    let changed = SMALL.replace("Báo cáo quý", "Báo cáo năm").replace("2023-12-29", "2023-12-30");
    let dry = office.import_in(&[&changed], Mode::DryRun).await.report;
    assert_eq!(dry.outcome, Outcome::WouldBeStored);
    assert_eq!(office.dump().await, before);
    let real = office.import(&[&changed]).await.report;
    assert_eq!(real.outcome, Outcome::Stored);
    assert_eq!(
        (dry.added, dry.changed, dry.unchanged, dry.differences),
        (real.added, real.changed, real.unchanged, real.differences)
    );
    assert_ne!(office.dump().await, before);
}

#[tokio::test]
async fn a_difference_names_row_field_old_and_new() {
    let mut office = Tested::with(SMALL).await;
    let changed = SMALL
        .replace("name = \"Văn phòng\"", "name = \"Văn phòng HĐND và UBND\"\naliases = [\"VP\"]")
        .replace("telegram = 77", "telegram = 78\nactive = false")
        .replace("title = \"Chánh Văn phòng\"", "title = \"Phụ trách Văn phòng\"\nacting = true")
        .replace("date = 2023-10-02", "date = 2023-10-02\nreceived = 2023-10-03\nurgency = \"khan\"")
        .replace("lead = [\"vp\"]", "lead = [\"vp\", \"ubnd\"]\ncoordinating = [\"ubnd\"]\nassignee = \"binh\"")
        .replace("deadline = 2023-12-29", "deadline = \"2023-12-28T17:00\"")
        + r#"
[[person]]
id = "chi"
name = "Lê Thử Chi"

[[substitution]]
person = "an"
by = "chi"
from = 2023-12-01

[[extension]]
directive = "12/UBND-VP#1"
unit = "ubnd"
deadline = 2024-01-31
basis = "20/UBND-VP"
date = 2023-12-20
"#;
    let told = office.import(&[&changed]).await;
    assert_eq!(told.report.outcome, Outcome::Stored, "{:?}{:?}", told.reading, told.report.problems);
    insta::assert_snapshot!(differences(&told.report));
}

#[test]
fn every_bad_row_is_told_at_once_with_its_place_and_its_mend() {
    let bad = r#"
[[unit]]
id = "pnv"
nmae = "Phòng Nội vụ"

[[unit]]
id = "p 01"
name = "Phường 1"

[[unit]]
id = "ptp"
name = "Phòng Tư pháp"

[[unit]]
id = "ptp"
name = "Phòng Tư pháp"
supervisor = "người theo dõi"

[[person]]
name = "Không có mã"

[[person]]
id = "an"
name = "An"
email = "an at example.org"
prefer = ["zalo"]
telegram = -5

[[appointment]]
person = "an"
unit = "ptp"
position = "head"
from = 2023-02-01
to = 2023-01-01

[[dispatch]]
number = "12/UBND"
issuer = "UBND"
date = "2023-02-30"

[[dispatch]]
number = "13/UBND"
issuer = "UBND"
date = 2023-10-02
urgency = "gấp"

[[directive]]
dispatch = "13/UBNT"
clause = "1"
title = "Việc"
lead = ["ptp"]

[[directive]]
dispatch = "13/UBND"
clause = "2"
title = "Việc"
lead = []
deadline = "khi nào rảnh"

[[directive]]
dispatch = "13/UBND"
clause = "3"
title = "Việc định kỳ"
lead = ["ptp"]
deadline = "hằng tháng, trước ngày 20"
target = { metric = "m", op = "~", value = "90" }

[[figure]]
directive = "13/UBND"
unit = "ptp"
as_of = 2023-10-31
value = 1
"#;
    let bad = bad.to_owned()
        + &format!(
            "\n[[directive]]\ndispatch = \"13/UBND\"\nclause = \"4\"\ntitle = \"{}\"\nlead = [\"ptp\"]\n",
            "x".repeat(161)
        );
    let (_, problems, shown) = read(&[("sai.toml", &bad)], Language::Vi);
    assert!(problems.iter().all(|problem| problem.help.is_some() || problem.code == "wrong-type"), "{shown}");
    insta::assert_snapshot!(shown);
    let (_, in_english, shown) = read(&[("bad.toml", &bad)], Language::En);
    assert_eq!(codes(&in_english), codes(&problems));
    assert!(shown.contains("is longer") || shown.contains("has 161 characters"), "{shown}");
}

#[tokio::test]
async fn what_the_facts_name_must_exist_and_is_told_all_at_once() {
    let mut office = Tested::with(SMALL).await;
    let before = office.dump().await;
    let bad = r#"
[[unit]]
id = "moi"
name = "Đơn vị mới"
parent = "ubnt"

[[unit]]
id = "ubnd"
name = "UBND phường"
parent = "vp"
supervisor = "position:head@vp"

[[appointment]]
person = "ann"
unit = "vp"
position = "deputy"

[[directive]]
dispatch = "12/UBND-VP"
clause = "3"
title = "Việc mới"
lead = ["vp", "xyz"]
assignee = "khong-ai"

[[figure]]
directive = "12/UBND-VP#9"
unit = "vp"
as_of = 2023-10-31
value = 1

[[figure]]
directive = "12/UBND-VP#2"
unit = "ubnd"
as_of = 2023-10-31
value = 1
"#;
    let told = office.import(&[bad]).await;
    assert_eq!(told.report.outcome, Outcome::Refused);
    let sources = [Source { name: "sai.toml", text: bad }];
    insta::assert_snapshot!(diagnostic::render(&told.report.problems, &sources, Paint::Plain, Labels::VI));
    assert_eq!(told.report.added, Counts::default());
    assert_eq!(office.dump().await, before);
}

#[tokio::test]
async fn a_mistake_in_the_last_row_keeps_every_other_row_out_of_the_store() {
    let mut office = Tested::with(SMALL).await;
    office.sql("INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, reason) SELECT id, 'giao', 'assignment', 1, 'p', 0, 0, 'delivered', 'moment-came' FROM assignment").await;
    let before = office.dump().await;
    // Units, people and the new directive would be written before the deadline is found to be told of already.
    let changed = SMALL.replace("Văn phòng\"", "Văn phòng khác\"").replace("2023-12-29", "2023-12-28")
        + "[[directive]]\ndispatch = \"12/UBND-VP\"\nclause = \"9\"\ntitle = \"Mới\"\nlead = [\"vp\"]\n";
    let told = office.import(&[&changed]).await;
    assert_eq!((told.report.outcome, codes(&told.report.problems)), (Outcome::Refused, vec!["deadline-changed"]));
    assert_eq!(office.dump().await, before);
}

#[tokio::test]
async fn before_any_message_a_changed_deadline_simply_holds_for_all_its_assignments() {
    let mut office = Tested::with(SMALL).await;
    let told = office.import(&[&SMALL.replace("2023-12-29", "2023-12-28")]).await;
    assert_eq!((told.report.changed.directives, told.report.changed.assignments, told.report.unchanged.assignments), (1, 2, 1));
    let rows = office
        .rows("SELECT deadline_last_day, deadline_revision, revision > 0, next_check_at_ms FROM assignment ORDER BY id")
        .await;
    let (moved, still) = (office.now.as_millisecond(), office.now.as_millisecond() - 3_600_000);
    assert_eq!(
        rows,
        [format!("2023-12-28 | 1 | 1 | {moved}"), format!("2023-12-28 | 1 | 1 | {moved}"), format!("∅ | 0 | 0 | {still}")]
    );
}

#[tokio::test]
async fn a_deadline_people_were_told_of_moves_only_as_a_correction_or_an_extension() {
    let mut office = Tested::with(SMALL).await;
    office.sql("INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, reason) VALUES (1, 'giao', 'assignment', 1, 'p', 0, 0, 'carried', 'moment-came')").await;
    let later = SMALL.replace("deadline = 2023-12-29", "deadline = 2024-01-15");
    let refused = office.import(&[&later]).await.report;
    assert_eq!((refused.outcome, codes(&refused.problems)), (Outcome::Refused, vec!["deadline-changed"]));

    let granted = "[[extension]]\ndirective = \"12/UBND-VP#1\"\nunit = \"vp\"\ndeadline = 2024-01-31\nbasis = \"20/UBND\"\ndate = 2023-12-20\n";
    let told = office.import(&[granted]).await.report;
    assert_eq!((told.outcome, told.added.extensions, told.changed.assignments), (Outcome::Stored, 1, 1));
    let before = office.dump().await;
    assert_eq!(office.import(&[SMALL, granted]).await.report.unchanged.extensions, 1);
    assert_eq!(office.dump().await, before);

    let corrected = later.replace("deadline = 2024-01-15", "deadline = 2024-01-15\ncorrection = true");
    let told = office.import(&[&corrected]).await.report;
    assert_eq!((told.outcome, told.changed.assignments), (Outcome::Stored, 1));
    let rows = office.rows("SELECT u.code, a.deadline_last_day, a.deadline_revision FROM assignment a JOIN unit u ON u.id = a.unit_id WHERE a.directive_id = 1 ORDER BY u.code").await;
    assert_eq!(rows, ["ubnd | 2024-01-15 | 1", "vp | 2024-01-31 | 1"]);
    let before = office.dump().await;
    assert_eq!(office.import(&[&corrected]).await.report.differences, vec![]);
    assert_eq!(office.dump().await, before);
}

#[tokio::test]
async fn a_message_in_any_state_that_left_the_house_counts_and_a_queued_one_does_not() {
    for (state, refused) in
        [("queued", false), ("cancelled", false), ("sending", true), ("uncertain", true), ("deferred", true), ("accepted", true)]
    {
        let mut office = Tested::with(SMALL).await;
        office.sql("INSERT INTO reminder (id, assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, reason) VALUES (1, 1, 'giao', 'assignment', 1, 'p', 0, 0, 'queued', 'moment-came')").await;
        office.sql("INSERT INTO message (id, key, person_id, channel, kind, policy, ordinal, state, reason, subject, attempts, available_at_ms, packed_at_ms, config_digest) VALUES (1, 'k', 1, 'email', 'action', 'p', 0, 'queued', 'packed', 's', 0, 0, 0, 'd')").await;
        office.sql("INSERT INTO message_item (reminder_id, person_id, channel, kind, message_id, roles, assignment_revision, org_revision, state) VALUES (1, 1, 'email', 'action', 1, '[]', 0, 0, 'open')").await;
        let mut tx = office.store.begin().await.expect("a writer");
        sqlx::query("UPDATE message SET state = $1").bind(state).execute(&mut *tx).await.expect("an update");
        tx.commit().await.expect("a commit");
        let told = office.import(&[&SMALL.replace("2023-12-29", "2023-12-28")]).await.report;
        assert_eq!(told.outcome == Outcome::Refused, refused, "{state}");
    }
}

#[tokio::test]
async fn an_extension_for_all_reaches_every_unit_once() {
    let mut office = Tested::with(SMALL).await;
    let granted = "[[extension]]\ndirective = \"12/UBND-VP#1\"\ndeadline = 2024-02-29\n\n[[extension]]\ndirective = \"12/UBND-VP#1\"\ndeadline = 2024-03-29\n";
    let told = office.import(&[granted]).await.report;
    assert_eq!((told.added.extensions, told.changed.assignments), (4, 2));
    let history = office
        .rows("SELECT assignment_id, revision, old_last_day, new_last_day FROM extension ORDER BY assignment_id, revision")
        .await;
    assert_eq!(
        history,
        [
            "1 | 1 | 2023-12-29 | 2024-02-29",
            "1 | 2 | 2024-02-29 | 2024-03-29",
            "2 | 1 | 2023-12-29 | 2024-02-29",
            "2 | 2 | 2024-02-29 | 2024-03-29"
        ]
    );
    let before = office.dump().await;
    assert_eq!(office.import(&[granted]).await.report.differences, vec![]);
    assert_eq!(office.dump().await, before);
}

#[tokio::test]
async fn a_unit_left_out_of_lead_keeps_its_assignment_and_a_new_one_gets_its_own() {
    let mut office = Tested::with(SMALL).await;
    let told = office
        .import(&[&SMALL.replace("lead = [\"vp\", \"ubnd\"]", "lead = [\"vp\"]").replace("lead = [\"vp\"]\n\"", "")])
        .await
        .report;
    assert_eq!((told.outcome, codes(&told.problems)), (Outcome::Stored, vec!["lead-stays"]));
    assert_eq!(office.rows("SELECT COUNT(*) FROM assignment").await, ["3"]);
    let wider = SMALL.replace("lead = [\"vp\"]", "lead = [\"vp\", \"ubnd\"]");
    let told = office.import(&[&wider]).await.report;
    assert_eq!((told.added.assignments, told.changed.directives, told.unchanged.assignments), (1, 0, 3));
    let known = office.rows("SELECT known_at_ms FROM assignment WHERE id = 4").await;
    assert_eq!(known, [office.now.as_millisecond().to_string()]);
}

#[tokio::test]
async fn a_change_of_people_raises_the_organisation_and_wakes_only_their_units() {
    let mut office = Tested::with(SMALL).await;
    office.sql("UPDATE assignment SET next_check_at_ms = NULL").await;
    office.sql("UPDATE assignment SET work = 'accepted' WHERE id = 3").await;
    let before = office.rows("SELECT value FROM meta WHERE key = 'org_revision'").await;
    office.import(&[&SMALL.replace("Nguyễn Thử An", "Nguyễn Thử Ân")]).await;
    let after = office.rows("SELECT value FROM meta WHERE key = 'org_revision'").await;
    assert_ne!(before, after);
    let woken = office.rows("SELECT id FROM assignment WHERE next_check_at_ms IS NOT NULL ORDER BY id").await;
    assert_eq!(woken, ["1"], "only the open assignment of the office");
}

#[tokio::test]
async fn a_chat_linked_by_the_bot_survives_facts_that_do_not_know_it() {
    let text = SMALL.replace("telegram = 77\n", "");
    let mut office = Tested::with(&text).await;
    office.sql("UPDATE person SET telegram_chat = 4711, telegram_dead_at_ms = 5 WHERE code = 'an'").await;
    assert_eq!(office.import(&[&text]).await.report.differences, vec![]);
    office.import(&[SMALL]).await;
    assert_eq!(office.rows("SELECT telegram_chat, telegram_dead_at_ms FROM person WHERE code = 'an'").await, ["77 | ∅"]);
}

#[tokio::test]
async fn a_relative_deadline_waits_for_the_day_of_receipt() {
    let text = SMALL.replace("deadline = 2023-12-29", "deadline = \"05 ngày làm việc kể từ ngày nhận được\"");
    let mut office = Tested::with(&text).await;
    let deadlines = "SELECT d.deadline_kind, d.deadline_last_day, a.deadline_last_day FROM assignment a JOIN directive d ON d.id = a.directive_id WHERE d.clause = '1' ORDER BY a.id";
    assert_eq!(office.rows(deadlines).await, ["relative | ∅ | ∅", "relative | ∅ | ∅"]);
    // Told of already, and still no change of the deadline: only its start has become known.
    office.sql("INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, reason) VALUES (1, 'giao', 'assignment', 1, 'p', 0, 0, 'delivered', 'moment-came')").await;
    let received = text.replace("date = 2023-10-02", "date = 2023-10-02\nreceived = 2023-10-06");
    assert_eq!(office.import(&[&received]).await.report.outcome, Outcome::Stored);
    assert_eq!(office.rows(deadlines).await, ["relative | 2023-10-13 | 2023-10-13", "relative | 2023-10-13 | 2023-10-13"]);
    assert_eq!(office.import(&[&received]).await.report.differences, vec![]);
}

#[tokio::test]
async fn a_dispatch_that_comes_alone_starts_the_deadlines_that_waited_for_it() {
    let text = SMALL.replace("deadline = 2023-12-29", "deadline = \"05 ngày làm việc kể từ ngày nhận được\"");
    let mut office = Tested::with(&text).await;
    let alone = |received: &str| {
        format!("[[dispatch]]\nnumber = \"12/UBND-VP\"\nissuer = \"UBND phường\"\ndate = 2023-10-02\nreceived = {received}\n")
    };
    office.sql("INSERT INTO reply (assignment_id, person_id, kind, at_ms) VALUES (2, 2, 'acknowledge', 0)").await;
    office.sql("UPDATE assignment SET deadline_kind = 'relative', deadline_last_day = '2023-10-20', deadline_named_day = '2023-10-20' WHERE id = 2").await;
    let told = office.import(&[&alone("2023-10-06")]).await.report;
    assert_eq!((told.outcome, told.changed.directives, told.changed.assignments), (Outcome::Stored, 1, 1));
    let deadlines = "SELECT deadline_last_day FROM assignment WHERE directive_id = 1 ORDER BY id";
    assert_eq!(office.rows(deadlines).await, ["2023-10-13", "2023-10-20"], "the second one started when it was acknowledged");
    office.sql("INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, reason) VALUES (1, 'giao', 'assignment', 1, 'p', 0, 0, 'delivered', 'moment-came')").await;
    let told = office.import(&[&alone("2023-10-09")]).await.report;
    assert_eq!((told.outcome, codes(&told.problems)), (Outcome::Refused, vec!["deadline-changed"]));
}

#[tokio::test]
async fn figures_come_new_change_and_stay() {
    let with_target =
        SMALL.replace("deadline = 2023-12-29", "deadline = 2023-12-29\ntarget = { metric = \"m\", op = \">=\", value = 90 }");
    let mut office = Tested::with(&with_target).await;
    office.sql("UPDATE assignment SET next_check_at_ms = NULL").await;
    let figure = |value: &str| {
        format!(
            "[[figure]]\ndirective = \"12/UBND-VP#1\"\nunit = \"vp\"\nas_of = 2023-10-31\nvalue = {value}\nsource = \"KBNN\"\n"
        )
    };
    assert_eq!(office.import(&[&figure("62.5")]).await.report.added.figures, 1);
    let told = office.import(&[&figure("63")]).await.report;
    assert_eq!(differences(&told), "~ figure 12/UBND-VP#1@vp 2023-10-31\n    value: 62.5 → 63\n");
    let before = office.dump().await;
    assert_eq!(office.import(&[&figure("63.0")]).await.report.unchanged.figures, 1);
    assert_eq!(office.dump().await, before);
    assert_eq!(office.rows("SELECT id FROM assignment WHERE next_check_at_ms IS NOT NULL").await, ["1"]);
}

#[tokio::test]
async fn two_dispatches_of_one_number_want_the_long_form() {
    let both = "[[dispatch]]\nnumber = \"1/KH\"\nissuer = \"A\"\ndate = 2023-01-05\n[[dispatch]]\nnumber = \"1/KH\"\nissuer = \"B\"\ndate = 2023-02-05\n";
    let mut office = Tested::with(&format!("{SMALL}{both}")).await;
    let directive =
        |name: &str| format!("[[directive]]\ndispatch = \"{name}\"\nclause = \"1\"\ntitle = \"Việc\"\nlead = [\"vp\"]\n");
    let told = office.import(&[&directive("1/KH")]).await;
    assert_eq!(codes(&told.reading), ["ambiguous-dispatch"]);
    assert!(told.reading[0].help.as_deref().is_some_and(|help| help.contains("\"2023:B:1/KH\"")), "{:?}", told.reading);
    let told = office.import(&[&directive("2023:B:1 / KH")]).await;
    assert_eq!((told.report.outcome, told.report.added.assignments), (Outcome::Stored, 1));
    assert_eq!(
        office.rows("SELECT p.issuer FROM directive d JOIN dispatch p ON p.id = d.dispatch_id WHERE p.number = '1/KH'").await,
        ["B"]
    );
}

const SECRET: &str = r#"
[[dispatch]]
number = "7/MAT"
issuer = "UBND phường"
date = 2023-10-02
secrecy = "mat"
subject = "CANARY trích yếu"

[[directive]]
dispatch = "7/MAT"
clause = "1"
title = "CANARY nội dung"
text = "CANARY nguyên văn"
lead = ["vp"]
deadline = 2023-12-29
"#;

#[tokio::test]
async fn the_text_of_a_secret_dispatch_reaches_neither_store_nor_screen() {
    let mut office = Tested::with(SMALL).await;
    for broken in [
        "",
        "\ntitle = CANARY không có dấu nháy\n",
        "\n[[directive]]\ndispatch = \"7/MAT\"\nclause = \"1\"\ntilte = \"CANARY\"\nlead = [\"vp\"]\n",
    ] {
        let text = format!("{SECRET}{broken}");
        let told = office.import(&[&text]).await;
        assert!(told.reading.iter().filter(|problem| problem.code == "secret-text").count() >= 3, "{:?}", told.reading);
        let sources = [Source { name: "mat.toml", text: &text }];
        let shown = diagnostic::render(&told.reading, &sources, Paint::Plain, Labels::VI);
        assert!(!shown.contains("CANARY") && shown.contains("dòng 7, cột "), "{shown}");
        assert!(!format!("{:?}{:?}", told.reading, told.report).contains("CANARY"));
        assert!(!office.dump().await.contains("CANARY"));
    }
    let clean: String = SECRET.lines().filter(|line| !line.contains("CANARY")).map(|line| format!("{line}\n")).collect();
    let told = office.import(&[&clean]).await;
    assert_eq!((told.report.outcome, told.report.added.assignments), (Outcome::Stored, 1), "{:?}", told.reading);
    assert_eq!(office.rows("SELECT title, text FROM directive WHERE title LIKE '7/%'").await, ["7/MAT#1 | ∅"]);
    // The dispatch is known by now: a directive that comes in another file is held to it.
    let told =
        office.import(&["[[directive]]\ndispatch = \"7/MAT\"\nclause = \"2\"\ntitle = \"CANARY\"\nlead = [\"vp\"]\n"]).await;
    assert_eq!(codes(&told.reading), ["secret-text"]);
    assert_eq!(told.reading[0].span, None);
    assert!(!office.dump().await.contains("CANARY"));
}

#[tokio::test]
async fn a_dispatch_that_becomes_secret_loses_its_texts_but_keeps_its_deadlines() {
    let canary = SMALL.replace("Báo cáo quý", "CANARY").replace("date = 2023-10-02", "date = 2023-10-02\nsubject = \"CANARY\"");
    let mut office = Tested::with(&canary).await;
    assert!(office.dump().await.contains("CANARY"));
    let told = office
        .import(&["[[dispatch]]\nnumber = \"12/UBND-VP\"\nissuer = \"UBND phường\"\ndate = 2023-10-02\nsecrecy = \"mat\"\n"])
        .await;
    assert_eq!(told.report.changed.dispatches, 1);
    assert!(!differences(&told.report).contains("CANARY"));
    assert!(!office.dump().await.contains("CANARY"));
    assert_eq!(
        office.rows("SELECT title, deadline_last_day FROM directive WHERE clause = '1'").await,
        ["12/UBND-VP#1 | 2023-12-29"]
    );
}

#[test]
fn a_file_too_large_and_an_import_with_too_many_rows_are_refused() {
    let large = format!("# {}\n", "x".repeat(facts::FILE_BYTES_MAX));
    let (_, problems, _) = read(&[("lon.toml", &large)], Language::Vi);
    assert_eq!(codes(&problems), ["file-too-large"]);
    let row = "[[person]]\n";
    let many = row.repeat(facts::ROWS_MAX + 1);
    let (_, problems, _) = read(&[("nhieu.toml", &many)], Language::Vi);
    assert!(codes(&problems).contains(&"too-many-rows"));
}

#[test]
fn the_second_directive_of_a_clause_says_so_and_a_copy_is_a_mistake() {
    let one = |clause: &str| {
        format!("[[directive]]\ndispatch = \"12/UBND-VP\"\nclause = \"{clause}\"\ntitle = \"Việc\"\nlead = [\"vp\"]\n")
    };
    let (facts, problems, _) = read(&[("a.toml", &format!("{SMALL}{}", one("1~2")))], Language::Vi);
    assert_eq!(codes(&problems), Vec::<&str>::new());
    assert_eq!(facts.directives.last().map(|row| (row.value.clause.as_str(), row.value.ordinal)), Some(("1", 2)));
    let (_, problems, _) = read(&[("a.toml", SMALL), ("b.toml", &one("1"))], Language::Vi);
    assert_eq!(codes(&problems), ["duplicate-directive"]);
    assert_eq!(problems[0].source, 1);
}

#[test]
fn a_deadline_is_a_date_an_instant_or_words_and_they_mean_the_same() {
    let forms = [
        "2023-12-31",
        "\"2023-12-31\"",
        "2023-12-31T17:00:00",
        "\"2023-12-31T17:00\"",
        "2023-12-31T10:00:00Z",
        "\"Quý IV/2023\"",
    ];
    let read_one = |form: &str| {
        let (facts, problems, shown) = read(&[("a.toml", &SMALL.replace("2023-12-29", form))], Language::Vi);
        assert_eq!(codes(&problems), Vec::<&str>::new(), "{shown}");
        let deadline = facts.directives[0].value.deadline.clone().expect("a deadline");
        let dondoc::domain::deadline::DeadlineRule::Fixed(day) = deadline.rule else { panic!("{form} is a day") };
        format!("{} {} {:?}", deadline.text, day.last_day, day.time.map(|time| (time.hour(), time.minute())))
    };
    let read: Vec<String> = forms.into_iter().map(read_one).collect();
    assert_eq!(
        read,
        [
            "2023-12-31 2023-12-31 None",
            "2023-12-31 2023-12-31 None",
            "2023-12-31T17:00 2023-12-31 Some((17, 0))",
            "2023-12-31T17:00 2023-12-31 Some((17, 0))",
            "2023-12-31T17:00 2023-12-31 Some((17, 0))",
            "Quý IV/2023 2023-12-31 None",
        ]
    );
}
