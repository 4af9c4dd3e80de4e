//! Deadlines that change, are extended, or wait for their start.

use dondoc::engine::import::Outcome;

use super::office::{SMALL, Tested, codes};

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
    office.sql("INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason) VALUES (1, 'giao', 'assignment', 1, 'p', 0, 0, 'carried', 'moment-came', 'moment-came')").await;
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
        office.sql("INSERT INTO reminder (id, assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason) VALUES (1, 1, 'giao', 'assignment', 1, 'p', 0, 0, 'queued', 'moment-came', 'moment-came')").await;
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
async fn a_correction_gives_more_than_an_extension_gave_and_takes_nothing_of_it() {
    let mut office = Tested::with(SMALL).await;
    office.import(&["[[extension]]\ndirective = \"12/UBND-VP#1\"\ndeadline = 2024-02-29\n"]).await;
    let corrected = |deadline: &str| SMALL.replace("deadline = 2023-12-29", &format!("deadline = {deadline}\ncorrection = true"));
    let deadlines = "SELECT a.deadline_last_day FROM assignment a JOIN directive d ON d.id = a.directive_id WHERE d.clause = '1' ORDER BY a.id";
    for (to, held) in
        [("2024-01-31", "2024-02-29"), ("2025-03-15", "2025-03-15"), ("2024-03-15", "2024-03-15"), ("2024-01-15", "2024-02-29")]
    {
        assert_eq!(office.import(&[&corrected(to)]).await.report.outcome, Outcome::Stored);
        assert_eq!(office.rows(deadlines).await, [held, held], "corrected to {to}");
    }
}

#[tokio::test]
async fn a_relative_deadline_waits_for_the_day_of_receipt() {
    let text = SMALL.replace("deadline = 2023-12-29", "deadline = \"05 ngày làm việc kể từ ngày nhận được\"");
    let mut office = Tested::with(&text).await;
    let deadlines = "SELECT d.deadline_kind, d.deadline_last_day, a.deadline_last_day FROM assignment a JOIN directive d ON d.id = a.directive_id WHERE d.clause = '1' ORDER BY a.id";
    assert_eq!(office.rows(deadlines).await, ["relative | ∅ | ∅", "relative | ∅ | ∅"]);
    // Imported of already, and still no change of the deadline: only its start has become known.
    office.sql("INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason) VALUES (1, 'giao', 'assignment', 1, 'p', 0, 0, 'delivered', 'moment-came', 'moment-came')").await;
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
    office.sql("INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason) VALUES (1, 'giao', 'assignment', 1, 'p', 0, 0, 'delivered', 'moment-came', 'moment-came')").await;
    let told = office.import(&[&alone("2023-10-09")]).await.report;
    assert_eq!((told.outcome, codes(&told.problems)), (Outcome::Refused, vec!["deadline-changed"]));
}
