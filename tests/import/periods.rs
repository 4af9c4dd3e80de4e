//! Recurring duties: their series follows the facts, and what people were told of stays.

use dondoc::engine::import::Outcome;

use super::office::{SMALL, Tested, codes};

fn monthly() -> String {
    SMALL.replace("deadline = 2023-12-29", "deadline = \"hằng tháng, trước ngày 20\"")
}

const PERIODS: &str = "SELECT u.code, a.period, a.deadline_kind, a.deadline_last_day, a.deadline_from FROM assignment a
    JOIN unit u ON u.id = a.unit_id WHERE a.directive_id = 1 ORDER BY u.code, a.period";
const SERIES: &str =
    "SELECT u.code, s.period, s.opens_at_ms IS NULL FROM series s JOIN unit u ON u.id = s.unit_id ORDER BY u.code";
const TOLD: &str =
    "INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason)
    SELECT id, 'giao', 'assigned', 1, 'p', 0, 0, 'delivered', 'moment-came', 'moment-came' FROM assignment WHERE period <> ''";

#[tokio::test]
async fn the_first_period_of_each_unit_is_assigned_and_the_same_facts_again_change_nothing() {
    let mut office = Tested::new().await;
    let told = office.import(&[&monthly()]).await;
    assert_eq!((told.report.outcome, told.report.added.assignments), (Outcome::Stored, 3), "{:?}", told.reading);
    let named: Vec<&str> =
        told.report.differences.iter().filter(|one| one.table == "assignment").map(|one| one.key.as_str()).collect();
    assert_eq!(named, ["12/UBND-VP#2@vp", "12/UBND-VP#1@vp/2023-10", "12/UBND-VP#1@ubnd/2023-10"]);
    let first = ["ubnd | 2023-10 | before | 2023-10-19 | 2023-10-01", "vp | 2023-10 | before | 2023-10-19 | 2023-10-01"];
    assert_eq!(office.rows(PERIODS).await, first);
    assert_eq!(office.rows(SERIES).await, ["ubnd | 2023-11 | 0", "vp | 2023-11 | 0"]);
    let before = office.dump().await;
    let again = office.import(&[&monthly()]).await.report;
    assert_eq!((again.differences.len(), again.unchanged.assignments), (0, 3));
    assert_eq!(office.dump().await, before);
}

#[tokio::test]
async fn another_day_moves_the_open_period_only_while_nobody_was_told() {
    let mut office = Tested::with(&monthly()).await;
    let later = monthly().replace("trước ngày 20", "chậm nhất ngày 25");
    assert_eq!(office.import(&[&later]).await.report.changed.assignments, 2);
    assert_eq!(office.rows(PERIODS).await[1], "vp | 2023-10 | by | 2023-10-25 | 2023-10-01");
    office.sql(TOLD).await;
    let back = monthly();
    let refused = office.import(&[&back]).await.report;
    assert_eq!((refused.outcome, codes(&refused.problems)), (Outcome::Refused, vec!["deadline-changed"]));
    assert!(refused.problems[0].message.contains("2023-10"), "{:?}", refused.problems);
    // What is not yet opened follows without further ado, once the open period is done with.
    office.sql("UPDATE assignment SET work = 'accepted' WHERE period <> ''").await;
    let told = office.import(&[&back]).await.report;
    assert_eq!((told.outcome, told.changed.directives, told.changed.assignments), (Outcome::Stored, 1, 0));
    office.sql("UPDATE assignment SET work = 'acknowledged' WHERE period <> ''").await;
    let corrected = later.replace("chậm nhất ngày 25\"", "trước ngày 22\"\ncorrection = true");
    assert_eq!(office.import(&[&corrected]).await.report.changed.assignments, 2);
    assert_eq!(office.rows(PERIODS).await[1], "vp | 2023-10 | before | 2023-10-21 | 2023-10-01");
}

#[tokio::test]
async fn another_cycle_goes_on_where_the_open_period_ends() {
    let mut office = Tested::with(&monthly()).await;
    office.sql(TOLD).await;
    let quarterly = monthly().replace("hằng tháng, trước ngày 20", "trước ngày 20 của tháng cuối quý");
    assert_eq!(office.import(&[&quarterly]).await.report.outcome, Outcome::Stored);
    assert_eq!(office.rows(PERIODS).await[1], "vp | 2023-10 | before | 2023-10-19 | 2023-10-01");
    assert_eq!(office.rows(SERIES).await, ["ubnd | 2023-Q4 | 0", "vp | 2023-Q4 | 0"]);
}

#[tokio::test]
async fn a_series_ends_with_its_last_day_or_when_its_unit_is_lead_no_longer() {
    let mut office = Tested::with(&monthly()).await;
    let ended = monthly().replace("trước ngày 20\"", "trước ngày 20\"\nuntil = 2023-10-31");
    assert_eq!(office.import(&[&ended]).await.report.changed.directives, 1);
    assert_eq!(office.rows(SERIES).await, ["ubnd | 2023-11 | 1", "vp | 2023-11 | 1"]);
    assert_eq!(office.import(&[&monthly()]).await.report.changed.directives, 1);
    assert_eq!(office.rows(SERIES).await, ["ubnd | 2023-11 | 0", "vp | 2023-11 | 0"]);
    let alone = monthly().replace("lead = [\"vp\", \"ubnd\"]", "lead = [\"vp\"]");
    assert_eq!(codes(&office.import(&[&alone]).await.report.problems), ["lead-stays"]);
    assert_eq!(office.rows(SERIES).await, ["ubnd | 2023-11 | 1", "vp | 2023-11 | 0"]);
    let before = office.rows(PERIODS).await;
    office.import(&[&monthly()]).await;
    assert_eq!((office.rows(SERIES).await[0].as_str(), office.rows(PERIODS).await), ("ubnd | 2023-11 | 0", before));
}

#[tokio::test]
async fn an_extension_is_for_one_period_and_a_duty_recurs_or_does_not() {
    let mut office = Tested::with(&monthly()).await;
    let extension = |period: &str| format!("[[extension]]\ndirective = \"12/UBND-VP#1\"\n{period}deadline = 2023-10-27\n");
    for (period, said) in [("", "2023-10"), ("period = \"2023-11\"\n", "2023-10")] {
        let report = office.import(&[&extension(period)]).await.report;
        assert_eq!(codes(&report.problems), ["unknown-period"]);
        assert!(report.problems[0].help.as_deref().is_some_and(|help| help.contains(said)), "{:?}", report.problems);
    }
    let report = office.import(&[&extension("period = \"2023-10\"\n")]).await.report;
    assert_eq!((report.outcome, report.added.extensions), (Outcome::Stored, 2));
    assert_eq!(report.differences[0].key, "12/UBND-VP#1@vp/2023-10");
    assert_eq!(office.import(&[&extension("period = \"2023-10\"\n")]).await.report.differences, vec![]);
    assert_eq!(codes(&office.import(&[SMALL]).await.report.problems), ["recurrence-changed"]);
    let mut once = Tested::with(SMALL).await;
    let report = once.import(&[&extension("period = \"2023-10\"\n")]).await.report;
    assert_eq!(codes(&report.problems), ["unknown-period"]);
    assert_eq!(codes(&once.import(&[&monthly()]).await.report.problems), ["recurrence-changed"]);
}
