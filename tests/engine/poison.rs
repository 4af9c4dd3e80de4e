//! One message that cannot be put into words, or a fact no door can carry: the others leave.

use dondoc::domain::policy::ChannelKind;

use super::house::House;
use super::{on_both, one_duty, told_when_assigned};

#[tokio::test]
async fn a_message_that_cannot_be_worded_is_given_to_the_operators_and_the_next_one_leaves() {
    on_both(async |store| {
        let duties: String =
            (2..=200).map(|n| super::directive(&n.to_string(), "Việc", "\"pnv\"", "deadline = 2023-10-27")).collect();
        let others = super::directive("900", "Việc khác", "\"tckh\"", "deadline = 2023-10-27");
        let mut house = House::on(store, &told_when_assigned(), &(one_duty() + &duties + &others)).await;
        // Codes of nineteen letters: two hundred of them are more than a chat message holds.
        dondoc::engine::plan::plan(&house.engine, house.clock.now()).await.expect("planned");
        let longer = "UPDATE reminder SET id = id + 900000000000000000 WHERE assignment_id IN
                          (SELECT a.id FROM assignment a JOIN unit u ON u.id = a.unit_id WHERE u.code = 'pnv')";
        let mut tx = house.engine.store.begin().await.expect("a writer");
        sqlx::query(longer).execute(&mut *tx).await.expect("longer keys");
        tx.commit().await.expect("a commit");
        house.tick().await;
        let lines = house.lines();
        assert!(lines.contains(&"10-02 07:30 email binh@example.org".to_owned()), "{lines:?}");
        assert!(lines.contains(&"10-02 07:30 email truc@example.org".to_owned()), "the operators are told: {lines:?}");
        let stuck = "SELECT COUNT(*) FROM reminder WHERE state = 'undeliverable' AND reason = 'cannot-word'";
        assert_eq!(house.number(stuck).await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_nul_in_a_name_harms_no_message() {
    let mut house = House::new(&told_when_assigned(), &one_duty()).await;
    let mut tx = house.engine.store.begin().await.expect("a writer");
    // PostgreSQL holds no NUL; a file that was edited by hand may.
    let sql = "UPDATE person SET name = 'An' || char(0) || 'B' WHERE code = 'an'";
    sqlx::query(sql).execute(&mut *tx).await.expect("a name");
    dondoc::store::meta::raise_org_revision(&mut tx).await.expect("people have changed");
    tx.commit().await.expect("a commit");
    house.engine.channels = vec![ChannelKind::Email];
    house.tick().await;
    let left = house.left();
    assert_eq!(left.len(), 1);
    assert!(!left[0].parcel.text.contains('\0') && !left[0].parcel.name.contains('\0'));
}
