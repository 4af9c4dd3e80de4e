//! An office of two units whose store is imported into.

use std::collections::BTreeSet;

use dondoc::diagnostic::{self, Diagnostic, Labels, Paint, Source};
use dondoc::domain::amount::Amount;
use dondoc::domain::calendar::{CalendarRules, HolidayTable, Window, WorkingCalendar};
use dondoc::domain::rules::{BeforeDate, Language, Office, Rules};
use dondoc::engine::import::{ImportReport, Mode, Outcome, import, known_facts};
use dondoc::facts;
use dondoc::store::Store;
use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use sqlx::Row as _;

/// Two units, their heads, and one dispatch with a dated and an undated directive.
pub const SMALL: &str = r#"
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

pub fn rules() -> Rules {
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
        brief: Vec::new(),
        salutation: "đồng chí".into(),
        due_soon: Amount::working_days(5),
        dispute_pause: Amount::working_days(1),
        storm_limit: dondoc::domain::storm::LIMIT_DEFAULT,
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
        trial: None,
    }
}

/// A store that is imported into, an hour later each time.
pub struct Tested {
    pub store: Store,
    pub rules: Rules,
    pub now: Timestamp,
}

/// What an import said, with the mistakes of reading it.
pub struct Imported {
    pub report: ImportReport,
    pub reading: Vec<Diagnostic>,
}

impl Tested {
    pub async fn new() -> Self {
        Self::of(Store::scratch().await.expect("a folder for temporary files"))
    }

    pub fn of(store: Store) -> Self {
        Self { store, rules: rules(), now: "2023-10-06T01:00:00Z".parse().expect("an instant") }
    }

    pub async fn with(text: &str) -> Self {
        let mut office = Self::new().await;
        let told = office.import(&[text]).await;
        assert_eq!(told.report.outcome, Outcome::Stored, "{:?} {:?}", told.reading, told.report.problems);
        office
    }

    pub async fn import(&mut self, texts: &[&str]) -> Imported {
        self.import_in(texts, Mode::Apply).await
    }

    pub async fn import_in(&mut self, texts: &[&str], mode: Mode) -> Imported {
        self.now = self.now.saturating_add(jiff::SignedDuration::from_hours(1)).expect("years before the end of time");
        let known = known_facts(&self.store).await.expect("a readable store");
        let names: Vec<String> = (1..=texts.len()).map(|number| format!("tep-{number}.toml")).collect();
        let sources: Vec<Source<'_>> = names.iter().zip(texts).map(|(name, text)| Source::of_text(name, text)).collect();
        let (facts, reading) = facts::read(&sources, self.rules.language, &self.rules.calendar, &known);
        let mode = if reading.iter().any(Diagnostic::is_error) { Mode::DryRun } else { mode };
        let report = import(&self.store, &facts, &self.rules, self.now, "cli:test", mode).await.expect("a store that works");
        Imported { report, reading }
    }

    pub async fn sql(&self, statement: &'static str) {
        let mut tx = self.store.begin().await.expect("a writer");
        sqlx::query(statement).execute(&mut *tx).await.expect(statement);
        tx.commit().await.expect("a commit");
    }

    pub async fn rows(&self, query: &'static str) -> Vec<String> {
        rows(&self.store, query).await
    }

    /// Every row of every table.
    pub async fn dump(&self) -> String {
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

pub async fn rows(store: &Store, query: &str) -> Vec<String> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(store.read()).await.expect("a query that fits the schema");
    let cell = |row: &sqlx::any::AnyRow, at: usize| {
        let text = row.try_get::<Option<String>, _>(at);
        let number = || row.try_get::<Option<i64>, _>(at).expect("text or a whole number").map(|number| number.to_string());
        text.unwrap_or_else(|_| number()).unwrap_or_else(|| "∅".into())
    };
    rows.iter().map(|row| (0..row.len()).map(|at| cell(row, at)).collect::<Vec<_>>().join(" | ")).collect()
}

pub fn read(texts: &[(&str, &str)], language: Language) -> (facts::Facts, Vec<Diagnostic>, String) {
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source::of_text(name, text)).collect();
    let (facts, problems) = facts::read(&sources, language, &rules().calendar, &dondoc::facts::Known::default());
    let labels = if language == Language::Vi { Labels::VI } else { Labels::EN };
    let shown = diagnostic::render(&problems, &sources, Paint::Plain, labels);
    (facts, problems, shown)
}

pub fn codes(problems: &[Diagnostic]) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.code).collect()
}

pub fn differences(report: &ImportReport) -> String {
    report.differences.iter().map(|difference| format!("{difference}\n")).collect()
}
