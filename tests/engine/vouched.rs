//! What a record vouches for: the tables held against the journal, on both databases.

use dondoc::domain::delivery::{Binding, Verdict};
use dondoc::domain::organisation::UnitId;
use dondoc::domain::reply::ReplyKind;
use dondoc::engine::reply::{Replied, ReportedFigure, Request};
use dondoc::engine::undo::{Undone, undo_in};
use dondoc::store::against::contradictions;
use dondoc::store::timeline::timeline;
use jiff::civil::date;

use super::house::House;
use super::{OFFICE, directive, merge, on_both, one_duty, policy, step, told_when_assigned};

/// Where the first assignment differs from the journal: field, table, journal.
async fn differs(house: &House) -> Vec<String> {
    differs_of(house, 1).await
}

/// The same of any assignment.
async fn differs_of(house: &House, id: i64) -> Vec<String> {
    let mut tx = house.engine.store.snapshot().await.expect("a store");
    let found = timeline(&mut tx, id).await.expect("a store").expect("an assignment");
    let all = contradictions(&mut tx, &found).await.expect("a store");
    tx.commit().await.expect("a store");
    let nothing = || "-".to_owned();
    all.into_iter()
        .map(|one| format!("{} {} {}", one.field, one.table.unwrap_or_else(nothing), one.journal.unwrap_or_else(nothing)))
        .collect()
}

async fn change(house: &House, sql: &'static str) {
    let mut tx = house.engine.store.begin().await.expect("a store");
    assert_eq!(sqlx::query(sql).execute(&mut *tx).await.expect(sql).rows_affected(), 1, "{sql}");
    tx.commit().await.expect("a store");
}

#[tokio::test]
async fn a_held_message_and_its_undeliverable_reminder_cannot_be_edited_unseen() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.chat.answer_next(Verdict::Refused { reason: "said no".to_owned(), binding: Binding::Kept });
        house.mail.answer_next(Verdict::Refused { reason: "said no".to_owned(), binding: Binding::Kept });
        house.tick().await;
        house.is_vouched_for().await;
        change(&house, "UPDATE message SET state = 'refused' WHERE state = 'held'").await;
        assert_eq!(differs(&house).await, ["state refused held"]);
        change(&house, "UPDATE message SET state = 'held' WHERE state = 'refused' AND channel = 'email'").await;
        change(&house, "UPDATE reminder SET state = 'delivered' WHERE state = 'undeliverable'").await;
        assert_eq!(differs(&house).await, ["state delivered queued"], "that it came due is all the journal has for it");
        change(&house, "UPDATE reminder SET state = 'merged' WHERE step = 'giao'").await;
        assert_eq!(differs(&house).await, ["state merged queued"]);
        change(&house, "UPDATE reminder SET state = 'cancelled' WHERE step = 'giao'").await;
        assert_eq!(differs(&house).await, ["state cancelled queued"]);
        change(&house, "UPDATE reminder SET state = 'undeliverable' WHERE step = 'giao'").await;
        house.is_vouched_for().await;
        change(
            &house,
            "UPDATE message_item SET message_id = NULL WHERE message_id = (SELECT id FROM message WHERE state = 'held')",
        )
        .await;
        assert_eq!(differs(&house).await, ["row - held"], "a message that was taken out");
    })
    .await;
}

/// Figures are reported under the unit the duty was given to, whoever answers for it later.
#[tokio::test]
async fn the_figures_of_a_unit_are_shown_and_vouched_for_after_it_was_merged() {
    on_both(async |store| {
        let target = "deadline = 2023-10-20\ntarget = { metric = \"disbursement\", op = \">\", value = 90, unit = \"%\" }";
        let early = "[[figure]]\ndirective = \"4988/UBND#1\"\nunit = \"pnv\"\nas_of = 2023-09-30\nvalue = 40\n";
        let facts = format!("{OFFICE}{}{early}", directive("1", "Giải ngân", "\"pnv\"", target));
        let mut house = House::on(store, &told_when_assigned(), &facts).await;
        house.until("2023-10-03T09:00").await;
        let figure = Some(ReportedFigure { value: 62.0, as_of: None, source: None });
        house
            .reply_as("1", "pnv", Request { figure, ..Request::new(ReplyKind::Progress, house.person("an").await, "cli") })
            .await;
        house.until("2023-10-04T09:00").await;
        merge(&house, "pnv", "tckh").await;
        let mut tx = house.engine.store.snapshot().await.expect("a store");
        let found = timeline(&mut tx, 1).await.expect("a store").expect("an assignment");
        tx.commit().await.expect("a store");
        assert_eq!(found.figures.iter().map(|figure| figure.value).collect::<Vec<_>>(), [40.0, 62.0]);
        house.is_vouched_for().await;
        change(&house, "UPDATE figure SET value = '99' WHERE value = '62'").await;
        assert_eq!(differs(&house).await, ["value 99 62"]);
    })
    .await;
}

/// A duty with a figure, an extension that was asked and granted, and what told of both.
async fn with_everything(store: dondoc::store::Store) -> House {
    let target = "deadline = 2023-10-20\ntarget = { metric = \"disbursement\", op = \">\", value = 90, unit = \"%\" }";
    let facts = format!("{OFFICE}{}", directive("1", "Giải ngân", "\"pnv\"", target));
    let mut house = House::on(store, &told_when_assigned(), &facts).await;
    house.tick().await;
    let (an, mai) = (house.person("an").await, house.person("mai").await);
    let said = Request { percent: Some(41), heard_by: Some("phone".to_owned()), ..Request::new(ReplyKind::Progress, an, "cli") };
    let asked = Request { until: Some(date(2023, 11, 3)), ..Request::new(ReplyKind::Extend, an, "cli") };
    let granted = Request { basis: Some("51/UBND".to_owned()), ..Request::new(ReplyKind::Grant, mai, "cli") };
    for (at, request) in [("2023-10-03T08:00", said), ("2023-10-03T09:00", asked), ("2023-10-04T08:00", granted)] {
        house.until(at).await;
        assert!(matches!(house.reply_as("1", "pnv", request).await, Replied::Changed(_)));
        house.tick().await;
    }
    house.is_vouched_for().await;
    house
}

#[tokio::test]
async fn what_was_taken_out_of_the_tables_is_missed() {
    on_both(async |store| {
        let house = with_everything(store).await;
        change(&house, "UPDATE extension SET old_last_day = '2023-10-10'").await;
        assert_eq!(differs(&house).await, ["old_last_day 2023-10-10 2023-10-20"]);
        change(&house, "DELETE FROM extension").await;
        assert_eq!(differs(&house).await, ["row - 2023-11-03"]);
        change(&house, "DELETE FROM figure").await;
        assert_eq!(differs(&house).await, ["row - 2023-11-03", "row - 41"]);
        for table in ["DELETE FROM message_item", "DELETE FROM reminder"] {
            let column = if table.ends_with("item") { "reminder_id" } else { "id" };
            let sql = format!("{table} WHERE {column} = (SELECT id FROM reminder WHERE step = 'notice:extension-asked')");
            let mut tx = house.engine.store.begin().await.expect("a store");
            assert!(sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *tx).await.expect(table).rows_affected() > 0);
            tx.commit().await.expect("a store");
        }
        let all = differs(&house).await;
        assert!(all.contains(&"row - queued".to_owned()), "the notice: {all:?}");
    })
    .await;
}

#[tokio::test]
async fn the_head_of_a_record_and_the_way_of_a_reply_cannot_be_edited_unseen() {
    on_both(async |store| {
        let house = with_everything(store).await;
        for (there, back, told) in [
            (
                "UPDATE reply SET detail = replace(detail, 'phone', 'paper') WHERE kind = 'progress'",
                "UPDATE reply SET detail = replace(detail, 'paper', 'phone') WHERE kind = 'progress'",
                "by paper phone",
            ),
            (
                "UPDATE reply SET detail = replace(detail, '\"cli\"', '\"link\"') WHERE kind = 'progress'",
                "UPDATE reply SET detail = replace(detail, '\"link\"', '\"cli\"') WHERE kind = 'progress'",
                "via link cli",
            ),
            (
                "UPDATE assignment SET work = 'accepted'",
                "UPDATE assignment SET work = 'in_progress'",
                "work accepted in_progress",
            ),
            (
                "UPDATE assignment SET deadline_last_day = '2023-12-01'",
                "UPDATE assignment SET deadline_last_day = '2023-11-03'",
                "deadline 2023-12-01 2023-11-03",
            ),
            (
                "UPDATE assignment SET paused_until_ms = 1700000000000",
                "UPDATE assignment SET paused_until_ms = NULL",
                "paused_until 2023-11-14T22:13:20Z -",
            ),
            (
                "UPDATE assignment SET known_at_ms = known_at_ms + 60000",
                "UPDATE assignment SET known_at_ms = known_at_ms - 60000",
                "known_at 2023-10-02T00:31:00Z 2023-10-02T00:30:00Z",
            ),
        ] {
            change(&house, there).await;
            assert_eq!(differs(&house).await, [told], "{there}");
            change(&house, back).await;
        }
        house.is_vouched_for().await;
    })
    .await;
}

#[tokio::test]
async fn the_deadline_a_duty_began_with_cannot_be_edited_unseen() {
    on_both(async |store| {
        let house = House::on(store, &told_when_assigned(), &one_duty()).await;
        change(&house, "UPDATE assignment SET deadline_last_day = '2023-12-01'").await;
        assert_eq!(differs(&house).await, ["deadline 2023-12-01 2023-10-20"]);
    })
    .await;
}

#[tokio::test]
async fn a_part_that_was_taken_out_of_a_message_is_missed() {
    on_both(async |store| {
        let steps = step("giao", "on assignment", "\"assignee\"", "") + &step("kem", "on assignment", "\"assignee\"", "");
        let mut house = House::on(store, &policy(&steps), &one_duty()).await;
        house.tick().await;
        house.is_vouched_for().await;
        change(&house, "DELETE FROM message_item WHERE reminder_id = 2").await;
        let all = differs(&house).await;
        assert!(all.contains(&"reminders 1 1, 2".to_owned()), "{all:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_taken_back_or_goes_to_another_unit_and_back_stays_vouched_for() {
    on_both(async |store| {
        let mut house = with_everything(store).await;
        let (an, mai) = (house.person("an").await, house.person("mai").await);
        let more = Request { percent: Some(60), ..Request::new(ReplyKind::Progress, an, "cli") };
        assert!(matches!(house.reply_as("1", "pnv", more).await, Replied::Changed(_)));
        house.is_vouched_for().await;
        let last = house.number("SELECT MAX(id) FROM reply").await;
        let mut tx = house.engine.store.begin().await.expect("a store");
        let undone = undo_in(&house.engine, &mut tx, last, an, house.clock.now()).await.expect("a store");
        assert!(matches!(undone, Undone::TakenBack(_)), "{undone:?}");
        tx.commit().await.expect("a store");
        house.is_vouched_for().await;
        for (from, to, at) in [("pnv", "tckh", "2023-10-05T08:00"), ("tckh", "pnv", "2023-10-06T08:00")] {
            house.until(at).await;
            let unit = UnitId(house.number(&format!("SELECT id FROM unit WHERE code = '{to}'")).await);
            let by = Some("paper".to_owned());
            let request = Request { to_unit: Some(unit), heard_by: by, ..Request::new(ReplyKind::Transfer, mai, "cli") };
            assert!(matches!(house.reply_as("1", from, request).await, Replied::Changed(_)));
            house.tick().await;
            house.is_vouched_for().await;
        }
        let there = house.assignment("1", "tckh").await;
        change(&house, "DELETE FROM extension WHERE assignment_id <> 1").await;
        assert_eq!(differs_of(&house, there).await, ["row - 2023-11-03"]);
        change(&house, "DELETE FROM extension").await;
        assert_eq!(differs(&house).await, ["row - 2023-11-03"]);
    })
    .await;
}
