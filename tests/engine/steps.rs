//! When steps leave: repeats, digests, catching up, and rules that change.

use dondoc::domain::reply::ReplyKind;
use dondoc::domain::rules::Language;
use dondoc::engine::check::check;
use dondoc::engine::compare::Counts;
use dondoc::engine::preview::{ROWS_MAX, preview};

use super::house::House;
use super::{OFFICE, directive, messages, on_both, one_duty, policy, reminders, step};

/// A step that counts from one which was passed over has no moment any more: the lint names it, and nothing else.
#[tokio::test]
async fn check_names_a_step_that_can_never_come_because_the_one_it_counts_from_was_passed_over() {
    on_both(async |store| {
        let ladder = |event: &str| {
            policy(
                &(step("nhac", "20 working days before deadline", "\"assignee\"", "")
                    + &step("giao", "on assignment", "\"assignee\"", "")
                    + &step("sau", event, "\"supervisor\"", "")),
            )
        };
        let duty = directive("1", "Việc gấp", "\"pnv\"", "deadline = 2023-10-06");
        let mut house = House::on(store, &ladder("2 working days after step nhac"), &(OFFICE.to_owned() + &duty)).await;
        let found = async |house: &House, language| {
            let found = check(&house.engine, language, house.clock.now()).await.expect("a store");
            found.into_iter().filter(|one| one.problem.code == "never-comes").collect::<Vec<_>>()
        };
        assert_eq!(found(&house, Language::Vi).await, [], "nothing is decided yet");
        house.tick().await;
        assert_eq!(house.number("SELECT COUNT(*) FROM reminder WHERE step = 'nhac' AND state = 'merged'").await, 1);
        for (language, said) in [
            (Language::Vi, "không bao giờ đến với 1 nhiệm vụ vì bậc mà nó tính từ đó đã được bỏ qua"),
            (Language::En, "never comes for 1 assignment: the step it counts from was passed over"),
        ] {
            let found = found(&house, language).await;
            assert_eq!(found.len(), 1, "{found:#?}");
            let (problem, quoted) = (&found[0].problem, found[0].quoted.as_deref());
            assert!(problem.message.contains(said) && problem.message.contains("#1@pnv"), "{}", problem.message);
            assert!(!problem.is_error() && problem.help.is_some() && quoted == Some("sau"), "{:?}", found[0]);
        }
        house.load_rules(&ladder("2 working days after step giao")).await;
        house.tick().await;
        assert_eq!(found(&house, Language::Vi).await, [], "it counts from what was sent");
    })
    .await;
}

#[tokio::test]
async fn a_repeat_counts_what_was_really_accepted() {
    on_both(async |store| {
        let rules = policy(&step(
            "nhac",
            "3 working days after assignment",
            "\"unit.deputy\"",
            "repeat = { every = \"1 working day\", max = 4 }",
        ));
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.until("2023-10-06T17:00").await;
        let left = house.left();
        let times: Vec<&str> = left.iter().map(|one| one.at.as_str()).collect();
        assert_eq!(times, ["10-05 07:30", "10-06 07:30"]);
        let subjects: Vec<&str> = left.iter().map(|one| one.parcel.subject.as_str()).collect();
        assert!(subjects[0].contains("ôn đốc lần 1") && subjects[1].contains("ôn đốc lần 2"), "{subjects:?}");
        house.until("2023-11-30T00:00").await;
        assert_eq!(house.left().len(), 2, "four in all");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_repeat_nobody_got_is_not_counted_as_a_time() {
    on_both(async |store| {
        let rules = policy(&step(
            "nhac",
            "3 working days after assignment",
            "\"unit.deputy\"",
            "repeat = { every = \"1 working day\", max = 3 }",
        ));
        let mut house = House::on(store, &rules, &one_duty()).await;
        let no = dondoc::domain::delivery::Verdict::Refused {
            reason: "said no".to_owned(),
            binding: dondoc::domain::delivery::Binding::Kept,
        };
        house.mail.answer_next(no);
        house.until("2023-10-06T17:00").await;
        let to_chi: Vec<_> = house.left().into_iter().filter(|one| one.to == "chi@example.org").collect();
        assert_eq!(to_chi.len(), 2);
        let subject = &to_chi[1].parcel.subject;
        assert!(subject.contains("ôn đốc lần 1"), "the first never arrived: {subject}");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_repeat_ends_when_a_later_step_was_delivered_or_the_unit_reported() {
    on_both(async |store| {
        let rules = policy(
            &(step("nhac", "1 working day after deadline", "\"assignee\"", "repeat = { every = \"1 working day\" }")
                + &step("bao", "3 working days after deadline", "\"supervisor\"", "")),
        );
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.until("2023-11-30T00:00").await;
        let lines = house.lines();
        assert_eq!(
            lines,
            [
                "10-23 07:30 telegram 1001",
                "10-24 07:30 telegram 1001",
                "10-25 07:30 email phuc@example.org",
                "10-25 07:30 telegram 1001"
            ]
        );
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_weekly_item_stays_in_every_monday_digest_until_it_is_done() {
    on_both(async |store| {
        let rules = policy(
            &(step("giao", "on assignment", "\"supervisor\"", "")
                + &step("tuan", "1 working day after deadline", "\"supervisor\"", "digest = \"weekly\"")),
        );
        let facts = one_duty() + &directive("2", "Rà soát thủ tục", "\"tckh\"", "deadline = 2023-10-25");
        let mut house = House::on(store, &rules, &facts).await;
        house.tick().await;
        assert_eq!(house.left().len(), 1);
        // Due on Friday the 20th and Wednesday the 25th.
        house.until("2023-11-06T17:00").await;
        let left = house.left();
        let times: Vec<&str> = left.iter().map(|one| one.at.as_str()).collect();
        assert_eq!(times, ["10-23 07:30", "10-30 07:30", "11-06 07:30"]);
        let both = |text: &str| (text.contains("Báo cáo quý"), text.contains("Rà soát thủ tục"));
        let said: Vec<_> = left.iter().map(|one| both(&one.parcel.text)).collect();
        assert_eq!(said, [(true, false), (true, true), (true, true)]);
        house.reply("1", "pnv", "an", ReplyKind::Done).await;
        house.until("2023-11-13T17:00").await;
        let left = house.left();
        assert_eq!(left.iter().map(|one| both(&one.parcel.text)).collect::<Vec<_>>(), [(false, true)]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn after_a_downtime_the_latest_reminder_stands_for_the_older_and_escalations_keep_their_order() {
    on_both(async |store| {
        let rules = policy(
            &(step("giao", "on assignment", "\"assignee\"", "")
                + &step("nhac-5", "5 working days before deadline", "\"assignee\"", "")
                + &step("nhac-1", "1 working day before deadline", "\"assignee\"", "")
                + &step("don-doc", "1 working day after deadline", "\"unit.deputy\"", "")
                + &step("bao", "3 working days after deadline", "\"supervisor\"", "")),
        );
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.tick().await;
        house.left();
        house.sleeps_until("2023-10-30T09:00");
        house.until("2023-11-30T00:00").await;
        assert_eq!(
            house.lines(),
            ["10-30 09:00 telegram 1001", "10-31 07:30 email chi@example.org", "11-01 07:30 email phuc@example.org"]
        );
        assert_eq!(reminders(&house, "nhac-5").await, ["merged"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_step_that_is_newer_than_its_moment_is_missed_and_does_not_leave() {
    on_both(async |store| {
        let before = step("giao", "on assignment", "\"assignee\"", "");
        let nhac = |days: u8| step("nhac", &format!("{days} working days before deadline"), "\"assignee\"", "");
        let mut house = House::on(store, &policy(&before), &one_duty()).await;
        house.tick().await;
        house.left();
        house.until("2023-10-18T09:00").await;
        // Its moment was the 13th; the rule is of the 18th.
        house.load_rules(&policy(&(before.clone() + &nhac(5)))).await;
        house.until("2023-10-30T00:00").await;
        assert_eq!(house.lines(), Vec::<String>::new());
        assert_eq!(reminders(&house, "nhac").await, ["missed"]);
        assert!(house.journal("reminder-missed").await[0].contains("missed: rule is newer"));
        // Who becomes known later is under the rule from the start.
        house.import(&directive("2", "Việc mới", "\"pnv\"", "deadline = 2023-11-06")).await;
        house.until("2023-10-31T17:00").await;
        assert_eq!(house.lines(), ["10-30 07:30 telegram 1001"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn the_same_rules_again_change_nothing() {
    on_both(async |store| {
        let rules = policy(&step("giao", "on assignment", "\"assignee\"", ""));
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.tick().await;
        house.left();
        let before = house.rows("SELECT key, value FROM meta WHERE key LIKE 'rules%' ORDER BY key").await;
        house.load_rules(&rules).await;
        assert_eq!(house.rows("SELECT key, value FROM meta WHERE key LIKE 'rules%' ORDER BY key").await, before);
        house.tick().await;
        assert_eq!(house.lines(), Vec::<String>::new());
        house.is_sound().await;
    })
    .await;
}

/// Who asks how far a change of rules has come is not told of a walk that has nothing left to do.
#[tokio::test]
async fn a_walk_ends_with_its_last_assignments() {
    on_both(async |store| {
        let house = House::on(store, &policy(&step("giao", "on assignment", "\"assignee\"", "")), &one_duty()).await;
        dondoc::store::stock::begin_walk(&house.engine.store).await.expect("a store");
        let goes_on = "SELECT COUNT(*) FROM meta WHERE key = 'replan_after'";
        assert_eq!(house.number(goes_on).await, 1);
        assert_eq!(dondoc::engine::walk::walk(&house.engine, house.clock.now()).await.expect("a store"), 1);
        assert_eq!(house.number(goes_on).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_step_taken_out_of_the_rules_is_taken_back_before_it_leaves() {
    on_both(async |store| {
        let rules = policy(&step("giao", "on assignment", "\"assignee\"", ""));
        let mut house = House::on(store, &rules, &one_duty()).await;
        dondoc::engine::plan::plan(&house.engine, house.clock.now()).await.expect("planned");
        house.load_rules(&policy(&step("khac", "on assignment", "\"unit.deputy\"", ""))).await;
        house.tick().await;
        assert_eq!(reminders(&house, "giao").await, ["cancelled"]);
        assert!(house.lines().iter().all(|line| !line.contains("1001")));
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn everything_due_at_one_opening_is_one_message_for_each_person() {
    on_both(async |store| {
        let rules = policy(
            &(step("giao", "on assignment", "\"assignee\"", "")
                + &step("nhac", "3 working days before deadline", "\"assignee\"", "copy = [\"unit.deputy\"]")),
        );
        let many: String = (1..=12)
            .map(|number| directive(&number.to_string(), &format!("Việc số {number}"), "\"pnv\"", "deadline = 2023-10-20"))
            .collect();
        let mut house = House::on(store, &rules, &(OFFICE.to_owned() + &many)).await;
        house.until("2023-10-18T00:00").await;
        assert_eq!(
            house.lines(),
            ["10-02 07:30 telegram 1001", "10-17 07:30 email chi@example.org", "10-17 07:30 telegram 1001"]
        );
        assert_eq!(messages(&house).await.len(), 3);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn the_calm_engine_does_nothing_twice() {
    on_both(async |store| {
        let rules = policy(&step("giao", "on assignment", "\"assignee\"", ""));
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.tick().await;
        assert_eq!(house.left().len(), 1);
        let before = house.number("SELECT COUNT(*) FROM journal").await;
        for _ in 0..5 {
            house.tick().await;
        }
        assert_eq!((house.left().len(), house.number("SELECT COUNT(*) FROM journal").await), (0, before));
    })
    .await;
}

/// The preview of a reload copies the store; one with more rows than a reload may wait for is passed over.
#[tokio::test]
async fn a_store_too_large_to_be_copied_has_no_preview_of_a_reload() {
    on_both(async |store| {
        let mut house = House::on(store, &policy(&step("giao", "on assignment", "\"assignee\"", "")), &one_duty()).await;
        house.tick().await;
        let before = preview(&house.engine, &house.engine, house.clock.now()).await.expect("a store");
        assert_eq!(before, Some(Counts::default()), "the same rules change nothing");
        let mut tx = house.engine.store.begin().await.expect("a writer");
        let more = format!(
            "INSERT INTO reminder (assignment_id, step, anchor, occurrence, policy, moment_at_ms, due_at_ms, state, why, reason)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS_MAX})
             SELECT {}, 'xa', CAST(i AS TEXT), 1, 'chung', 0, 0, 'missed', 'x', 'x' FROM n",
            house.assignment("1", "pnv").await
        );
        sqlx::query(sqlx::AssertSqlSafe(more)).execute(&mut *tx).await.expect("plain rows");
        tx.commit().await.expect("a commit");
        assert_eq!(preview(&house.engine, &house.engine, house.clock.now()).await.expect("a store"), None);
    })
    .await;
}
