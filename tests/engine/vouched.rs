//! What a record vouches for: the tables held against the journal, on both databases.

use dondoc::domain::delivery::{Binding, Verdict};
use dondoc::domain::reply::ReplyKind;
use dondoc::engine::reply::{ReportedFigure, Request};
use dondoc::store::against::contradictions;
use dondoc::store::timeline::timeline;

use super::house::House;
use super::{OFFICE, directive, merge, on_both, one_duty, told_when_assigned};

/// Where the first assignment differs from the journal: field, table, journal.
async fn differs(house: &House) -> Vec<String> {
    let mut tx = house.engine.store.snapshot().await.expect("a store");
    let found = timeline(&mut tx, 1).await.expect("a store").expect("an assignment");
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
