//! Facts in, rows and a difference out: a scenario is a text, and the store says what became of it.

mod databases;
mod deadlines;
mod drafts;
mod office;
mod periods;
#[path = "../support/postgres.rs"]
mod postgres;
mod reading;
mod secrecy;
mod tables;

use dondoc::diagnostic::{self, Labels, Paint, Source};
use dondoc::engine::import::{Counts, Mode, Outcome};
use office::{SMALL, Tested, codes, differences};

const ORGANISATION: &str = include_str!("../../examples/go-vap-2023/to-chuc.toml");
const DISPATCH: &str = include_str!("../../examples/go-vap-2023/cong-van-4988.toml");
const FIGURES: &str = include_str!("../../examples/go-vap-2023/so-lieu.toml");

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
        replies: 0,
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
    let sources = [Source::of_text("sai.toml", bad)];
    insta::assert_snapshot!(diagnostic::render(&told.report.problems, &sources, Paint::Plain, Labels::VI));
    assert_eq!(told.report.added, Counts::default());
    assert_eq!(office.dump().await, before);
}

#[tokio::test]
async fn a_mistake_in_the_last_row_keeps_every_other_row_out_of_the_store() {
    let mut office = Tested::with(SMALL).await;
    office.sql("INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason) SELECT id, 'giao', 'assignment', 1, 'p', 0, 0, 'delivered', 'moment-came', 'moment-came' FROM assignment").await;
    let before = office.dump().await;
    // Units, people and the new directive would be written before the deadline is found to be told of already.
    let changed = SMALL.replace("Văn phòng\"", "Văn phòng khác\"").replace("2023-12-29", "2023-12-28")
        + "[[directive]]\ndispatch = \"12/UBND-VP\"\nclause = \"9\"\ntitle = \"Mới\"\nlead = [\"vp\"]\n";
    let told = office.import(&[&changed]).await;
    assert_eq!((told.report.outcome, codes(&told.report.problems)), (Outcome::Refused, vec!["deadline-changed"]));
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

/// Other names of a unit, however many rows give them, are one change of it; of a unit that is new they come with it.
#[tokio::test]
async fn other_names_of_a_unit_are_one_change_of_it() {
    let alias = |name: &str| format!("[[alias]]\nunit = \"vp\"\nname = \"{name}\"\n");
    let mut office = Tested::new().await;
    let first = office.import(&[SMALL, &(alias("Bộ phận một cửa") + &alias("VP") + &alias("vp"))]).await.report;
    assert_eq!((first.added.units, first.changed.units, first.unchanged.units), (2, 0, 0));
    let lines = |told: &str| told.lines().filter(|line| line.contains("unit vp")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&differences(&first)), ["+ unit vp"]);
    assert_eq!(office.rows("SELECT learned FROM unit WHERE code = 'vp'").await, ["[\"Bộ phận một cửa\",\"VP\"]"]);
    let more = alias("VP") + &alias("Văn phòng HĐND") + &alias("Văn phòng UBND");
    let second = office.import(&[SMALL, &more]).await.report;
    assert_eq!((second.added.units, second.changed.units, second.unchanged.units), (0, 1, 1));
    insta::assert_snapshot!(differences(&second), @"
    ~ unit vp
        learned: Bộ phận một cửa; VP → Bộ phận một cửa; VP; Văn phòng HĐND; Văn phòng UBND
    ");
    let third = office.import(&[&alias("Một cửa")]).await.report;
    assert_eq!((third.changed.units, third.differences.len()), (1, 1));
    let again = office.import(&[SMALL, &more]).await.report;
    assert_eq!((again.changed.units, again.differences.len()), (0, 0));
}

/// A number that another year or another issuer has too names nothing by itself: the long form is printed.
#[tokio::test]
async fn what_an_import_prints_is_named_so_that_it_names_one_thing() {
    let duty = |issuer: &str, date: &str| {
        format!(
            "[[dispatch]]\nnumber = \"7/UBND\"\nissuer = \"{issuer}\"\ndate = {date}\n
            [[directive]]\ndispatch = \"{}:{issuer}:7/UBND\"\nclause = \"1\"\ntitle = \"Việc\"\nlead = [\"vp\"]\ndeadline = 2023-12-29\n",
            &date[..4]
        )
    };
    let mut office = Tested::with(SMALL).await;
    let told = office.import(&[&(duty("UBND quận", "2023-10-02") + &duty("Sở Nội vụ", "2023-10-03"))]).await;
    insta::assert_snapshot!(differences(&told.report), @"
    + dispatch 2023:UBND quận:7/UBND
    + dispatch 2023:Sở Nội vụ:7/UBND
    + directive 2023:UBND quận:7/UBND#1
    + directive 2023:Sở Nội vụ:7/UBND#1
    + assignment 2023:UBND quận:7/UBND#1@vp
    + assignment 2023:Sở Nội vụ:7/UBND#1@vp
    ");
    // The same number of another year, one import later.
    let told = office.import(&[&duty("UBND quận", "2022-10-03")]).await;
    insta::assert_snapshot!(differences(&told.report), @"
    + dispatch 2022:7/UBND
    + directive 2022:7/UBND#1
    + assignment 2022:7/UBND#1@vp
    ");
    let again = office.import(&[&duty("UBND quận", "2022-10-03")]).await;
    assert_eq!(again.report.differences, []);
}
