//! One message that cannot be put into words, or a fact no door can carry: the others leave.

use dondoc::domain::policy::ChannelKind;
use dondoc::engine::silence::Code;

use super::house::House;
use super::{on_both, one_duty, policy, step, told_when_assigned};

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

#[tokio::test]
async fn an_assignment_that_does_not_read_back_is_held_and_told_of_and_the_others_are_planned() {
    on_both(async |store| {
        let other = super::directive("2", "Việc khác", "\"tckh\"", "deadline = 2023-10-27");
        let mut house = House::on(store, &told_when_assigned(), &(one_duty() + &other)).await;
        let broken = "UPDATE assignment SET work = 'nonsense' WHERE unit_id = (SELECT id FROM unit WHERE code = 'pnv')";
        change(&house, broken).await;
        house.tick().await;
        let lines = house.lines();
        assert!(lines.contains(&"10-02 07:30 email binh@example.org".to_owned()), "{lines:?}");
        assert!(lines.contains(&"10-02 07:30 email truc@example.org".to_owned()), "the operators are told: {lines:?}");
        assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE kind = 'row-held'").await, 1);
        // Six hours later it is looked at again; once it reads back it goes the way of all.
        change(&house, "UPDATE assignment SET work = 'not_acknowledged' WHERE work = 'nonsense'").await;
        house.until("2023-10-02T15:00").await;
        assert!(house.lines().iter().any(|line| line.starts_with("10-02 13:30 telegram")), "caught up");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_reminder_that_does_not_read_back_is_held_and_the_next_one_leaves() {
    on_both(async |store| {
        let other = super::directive("2", "Việc khác", "\"tckh\"", "deadline = 2023-10-27");
        let mut house = House::on(store, &told_when_assigned(), &(one_duty() + &other)).await;
        dondoc::engine::plan::plan(&house.engine, house.clock.now()).await.expect("planned");
        let an = house.assignment("1", "pnv").await;
        change(&house, "UPDATE directive SET target = '{' WHERE clause = '1'").await;
        house.tick().await;
        let lines = house.lines();
        assert!(lines.contains(&"10-02 07:30 email binh@example.org".to_owned()), "{lines:?}");
        assert!(lines.contains(&"10-02 07:30 email truc@example.org".to_owned()), "{lines:?}");
        let state = house.rows(&format!("SELECT state, reason FROM reminder WHERE assignment_id = {an} AND step = 'giao'")).await;
        assert_eq!(state, ["undeliverable | cannot-route"]);
    })
    .await;
}

/// It reads back again soon after: what comes after it in the ladder is looked for without anything else that would ask for it.
#[tokio::test]
async fn a_reminder_that_could_not_be_routed_brings_the_next_look() {
    on_both(async |store| {
        let rules = policy(
            &(step("giao", "on assignment", "\"assignee\"", "")
                + &step("bao", "1 working day after step giao", "\"supervisor\"", "")),
        );
        let mut house = House::on(store, &rules, &one_duty()).await;
        dondoc::engine::plan::plan(&house.engine, house.clock.now()).await.expect("planned");
        change(&house, "UPDATE directive SET target = '{' WHERE clause = '1'").await;
        dondoc::engine::route::route(&house.engine, house.clock.now()).await.expect("routed, or held");
        assert_eq!(super::reminders(&house, "giao").await, ["undeliverable"]);
        change(&house, "UPDATE directive SET target = NULL WHERE clause = '1'").await;
        house.is_sound().await;
        house.until("2023-10-03T07:30").await;
        let lines = house.lines();
        assert!(lines.contains(&"10-03 07:30 email phuc@example.org".to_owned()), "escalation goes on: {lines:?}");
    })
    .await;
}

/// A round was cut short after routing, and one of its items does not read back: alone, or while all are to be routed anew because the
/// directory has changed since.
#[tokio::test]
async fn an_item_that_does_not_read_back_is_held_and_the_others_leave_also_when_they_are_routed_anew() {
    let raised = "UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = 'org_revision'";
    for since in [None, Some(raised)] {
        on_both(async |store| {
            let other = super::directive("2", "Việc khác", "\"tckh\"", "deadline = 2023-10-27");
            let again =
                policy(&step("giao", "on assignment", "\"assignee\"", "repeat = { every = \"5 working days\", max = 3 }"));
            let mut house = House::on(store, &again, &(one_duty() + &other)).await;
            dondoc::engine::plan::plan(&house.engine, house.clock.now()).await.expect("planned");
            dondoc::engine::route::route(&house.engine, house.clock.now()).await.expect("routed");
            let an = house.assignment("1", "pnv").await;
            change(&house, "UPDATE message_item SET channel = 'pigeon' WHERE channel = 'telegram'").await;
            if let Some(since) = since {
                change(&house, since).await;
            }
            house.tick().await;
            let lines = house.lines();
            assert!(lines.contains(&"10-02 07:30 email binh@example.org".to_owned()), "{lines:?}");
            assert!(lines.contains(&"10-02 07:30 email truc@example.org".to_owned()), "the operators are told: {lines:?}");
            assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE kind = 'row-held'").await, 1);
            let state =
                house.rows(&format!("SELECT state, reason FROM reminder WHERE assignment_id = {an} AND step = 'giao'")).await;
            assert_eq!(state, ["undeliverable | cannot-pack"]);
            let found = super::explain::ask(&house, an, "an", house.clock.now()).await;
            let first = found.steps.iter().find(|one| one.reminder.is_some()).expect("it is recorded");
            assert_eq!((first.code, first.reason.as_str()), (Code::Refused, "cannot-pack"), "nothing is on its way");
            // What comes after it in the ladder is looked for. It is over with: the rounds after it meet nothing of it.
            house.is_sound().await;
            house.until("2023-10-03T08:00").await;
            assert_eq!(house.number("SELECT COUNT(*) FROM journal WHERE kind = 'row-held'").await, 1);
        })
        .await;
    }
}

#[tokio::test]
async fn a_message_that_does_not_read_back_is_held_and_the_next_one_leaves() {
    on_both(async |store| {
        let other = super::directive("2", "Việc khác", "\"tckh\"", "deadline = 2023-10-27");
        let mut house = House::on(store, &told_when_assigned(), &(one_duty() + &other)).await;
        dondoc::engine::drive::prepare(&house.engine, house.clock.now()).await.expect("prepared");
        change(&house, "UPDATE parcel SET content = '{' WHERE message_id IN (SELECT id FROM message WHERE channel = 'telegram')")
            .await;
        house.tick().await;
        let lines = house.lines();
        assert!(lines.contains(&"10-02 07:30 email binh@example.org".to_owned()), "{lines:?}");
        assert!(lines.contains(&"10-02 07:30 email truc@example.org".to_owned()), "{lines:?}");
        assert!(super::messages(&house).await.contains(&"telegram | held | cannot-claim".to_owned()));
        house.is_vouched_for().await;
    })
    .await;
}

async fn change(house: &House, sql: &'static str) {
    let mut tx = house.engine.store.begin().await.expect("a writer");
    sqlx::query(sql).execute(&mut *tx).await.expect("a change by hand");
    tx.commit().await.expect("a commit");
}
