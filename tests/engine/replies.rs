//! What answers do to the ladder.

use dondoc::domain::delivery::{Binding, Fault, Verdict};
use dondoc::domain::directive::Work;
use dondoc::domain::reply::{Refusal, ReplyKind};
use dondoc::engine::link;
use dondoc::engine::reply::{Replied, Request};
use dondoc::engine::undo::{Undone, undo_in};
use dondoc::store::link::{CodeRow, insert_code};
use dondoc::store::{links, replies, tally};
use jiff::SignedDuration;
use jiff::civil::date;

use super::house::{House, at};
use super::{OFFICE, directive, on_both, one_duty, policy, reminders, step, told_when_assigned};

/// Three working days before, one and three after the deadline; 20/10/2023 is a Friday.
fn ladder() -> String {
    ladder_with("")
}

/// The same with another step.
fn ladder_with(other: &str) -> String {
    policy(
        &(step("giao", "on assignment", "\"assignee\"", "")
            + other
            + &step("nhac", "3 working days before deadline", "\"assignee\"", "")
            + &step("don-doc", "1 working day after deadline", "\"unit.deputy\"", "")
            + &step("bao", "3 working days after deadline", "\"supervisor\"", "")
            + &step("nghiem-thu", "2 working days after reported done", "\"monitor\"", "unless = \"accepted\"")),
    )
}

async fn told_of_the_duty(store: dondoc::store::Store) -> House {
    let mut house = House::on(store, &ladder(), &one_duty()).await;
    house.tick().await;
    assert_eq!(house.lines(), ["10-02 07:30 telegram 1001"]);
    house
}

/// What the nightly upkeep forgets of the page, and what it keeps.
#[tokio::test]
async fn what_an_act_tells_somebody_whom_nothing_reaches_is_told_to_the_operators() {
    on_both(async |store| {
        let facts = one_duty().replace("email = \"mai@example.org\"\n", "");
        let mut house = House::on(store, &told_when_assigned(), &facts).await;
        house.tick().await;
        house.left();
        house.sleeps_until("2023-10-02T09:00");
        house.reply("1", "pnv", "an", ReplyKind::NotOurs).await;
        house.tick().await;
        let told: Vec<_> = house.left().into_iter().map(|left| (left.to, left.parcel.subject, left.parcel.text)).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].0, "truc@example.org");
        assert!(told[0].2.contains("chưa gửi được"), "{}", told[0].2);
        assert_eq!(super::reminders(&house, "notice:dispute").await, ["undeliverable"]);
        assert_eq!(super::reminders(&house, "notice:held").await, ["delivered"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn links_that_hold_no_longer_and_forms_taken_long_ago_are_forgotten_and_no_others() {
    on_both(async |store| {
        let house = House::on(store, &ladder(), &one_duty()).await;
        let now = house.clock.now();
        let ms = |hours: i64| (now + SignedDuration::from_hours(hours)).as_millisecond();
        let an = house.person("an").await;
        let mut tx = house.engine.store.begin().await.expect("a store");
        for (name, holds_for) in [("ended", -1), ("ends-now", 0), ("holds", 1)] {
            let new = links::NewLink { token_hash: name.to_owned(), message_key: "k".to_owned() };
            let mut batch = dondoc::store::batch::Batch::new(&tx);
            links::insert(&mut batch, &[new], ms(-48), ms(holds_for));
            batch.run(&mut tx).await.expect("a store");
        }
        for (form, taken) in [("old", -13), ("recent", -11)] {
            assert!(links::take_visit(&mut tx, form, "k", ms(taken)).await.expect("a store"));
        }
        for (code, ended) in [("long-ago", -13), ("lately", -1), ("holds", 1)] {
            let row = CodeRow {
                code_hash: code.to_owned(),
                person: an,
                made_by: "vanthu".to_owned(),
                expires_at: now + SignedDuration::from_hours(ended),
                account: None,
                used_at: None,
            };
            insert_code(&mut tx, &row, now).await.expect("a store");
        }
        tx.commit().await.expect("a store");
        assert_eq!(link::forget_expired(&house.engine, now).await.expect("a store"), 4);
        assert_eq!(house.rows("SELECT code_hash FROM link_code ORDER BY code_hash").await, ["holds", "lately"]);
        assert_eq!(house.rows("SELECT token_hash FROM link").await, ["holds"]);
        assert_eq!(house.rows("SELECT visit FROM link_visit").await, ["recent"], "a second copy of it would still be taken");
        assert_eq!(link::forget_expired(&house.engine, now).await.expect("a store"), 0);
    })
    .await;
}

async fn request(house: &House, kind: ReplyKind, person: &str) -> Request {
    Request::new(kind, house.person(person).await, "cli")
}

#[tokio::test]
async fn without_any_answer_the_ladder_is_climbed_rung_by_rung() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        house.until("2023-11-30T00:00").await;
        assert_eq!(
            house.lines(),
            ["10-17 07:30 telegram 1001", "10-23 07:30 email chi@example.org", "10-25 07:30 email phuc@example.org"]
        );
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_report_stops_the_ladder_and_starts_the_monitors_clock_until_it_is_accepted() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        house.sleeps_until("2023-10-10T09:00");
        assert_eq!(house.reply("1", "pnv", "chi", ReplyKind::Done).await, Replied::Changed(Work::ReportedDone));
        house.until("2023-10-16T00:00").await;
        assert_eq!(house.lines(), ["10-12 07:30 email mai@example.org"]);
        assert_eq!(house.reply("1", "pnv", "mai", ReplyKind::Accept).await, Replied::Changed(Work::Accepted));
        assert_eq!(house.reply("1", "pnv", "an", ReplyKind::Acknowledge).await, Replied::Unchanged(Work::Accepted));
        house.until("2023-11-30T00:00").await;
        assert_eq!(house.lines(), Vec::<String>::new());
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_returned_result_is_told_to_the_unit_and_the_ladder_resumes() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        house.sleeps_until("2023-10-10T09:00");
        house.reply("1", "pnv", "an", ReplyKind::Done).await;
        house.until("2023-10-11T09:00").await;
        let back = Request { note: Some("thiếu phụ lục".into()), ..request(&house, ReplyKind::Return, "mai").await };
        assert_eq!(house.reply_as("1", "pnv", back).await, Replied::Changed(Work::Returned));
        house.tick().await;
        let left = house.left();
        assert_eq!((left.len(), left[0].to.as_str()), (1, "1001"));
        assert!(left[0].parcel.text.contains("thiếu phụ lục"), "{}", left[0].parcel.text);
        house.until("2023-10-24T00:00").await;
        assert_eq!(house.lines(), ["10-17 07:30 telegram 1001", "10-23 07:30 email chi@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_comes_at_the_moment_of_a_return_waits_for_the_escalation_below_it_that_waits_for_the_return() {
    on_both(async |store| {
        let rules = policy(
            &(step("giao", "on assignment", "\"assignee\"", "")
                + &step("don", "1 working day after deadline", "\"unit.deputy\"", "repeat = { every = \"5 working days\" }")
                + &step("bao", "7 working days after deadline", "\"supervisor\"", "")),
        );
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.until("2023-10-24T09:00").await;
        house.reply("1", "pnv", "an", ReplyKind::Done).await;
        house.until("2023-10-31T07:29").await;
        house.left();
        house.sleeps_until("2023-10-31T07:30");
        let back = Request { note: Some("thiếu phụ lục".into()), ..request(&house, ReplyKind::Return, "mai").await };
        assert_eq!(house.reply_as("1", "pnv", back).await, Replied::Changed(Work::Returned));
        house.until("2023-11-03T00:00").await;
        let one_by_one = ["10-31 07:30 telegram 1001", "11-01 07:30 email chi@example.org", "11-02 07:30 email phuc@example.org"];
        assert_eq!(house.lines(), one_by_one);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_promised_date_holds_the_ladder_and_broken_brings_the_next_step_at_once() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        let promise = Request { until: Some(date(2023, 10, 26)), ..request(&house, ReplyKind::Acknowledge, "an").await };
        assert_eq!(house.reply_as("1", "pnv", promise).await, Replied::Changed(Work::Acknowledged));
        house.until("2023-10-26T17:00").await;
        assert_eq!(house.lines(), Vec::<String>::new(), "a promise until the 26th holds the ladder");
        house.until("2023-10-27T08:00").await;
        let left = house.left();
        assert!(!left.is_empty() && left.iter().all(|one| one.at == "10-27 07:30"), "{:?}", left.len());
        assert!(left.iter().any(|one| one.parcel.text.contains("26/10/2023")), "it says what was promised");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn an_extension_is_asked_granted_told_and_arms_the_steps_anew() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        house.until("2023-10-17T09:00").await;
        assert_eq!(house.lines(), ["10-17 07:30 telegram 1001"]);
        let ask = Request {
            until: Some(date(2023, 10, 31)),
            note: Some("chờ số liệu".into()),
            ..request(&house, ReplyKind::Extend, "an").await
        };
        assert_eq!(house.reply_as("1", "pnv", ask).await, Replied::Changed(Work::NotAcknowledged));
        house.tick().await;
        let left = house.left();
        assert_eq!((left.len(), left[0].to.as_str()), (1, "mai@example.org"));
        assert!(left[0].parcel.text.contains("chờ số liệu") && left[0].parcel.text.contains("31/10/2023"));
        assert_eq!(house.reply("1", "pnv", "mai", ReplyKind::Grant).await, Replied::Changed(Work::NotAcknowledged));
        house.tick().await;
        let left = house.left();
        assert_eq!((left.len(), left[0].to.as_str()), (1, "1001"));
        assert!(left[0].parcel.text.contains("31/10/2023"), "{}", left[0].parcel.text);
        house.until("2023-11-30T00:00").await;
        assert_eq!(
            house.lines(),
            ["10-26 07:30 telegram 1001", "11-01 07:30 email chi@example.org", "11-03 07:30 email phuc@example.org"]
        );
        assert_eq!(reminders(&house, "giao").await, ["delivered"], "what does not hang on the deadline is not armed anew");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn an_extension_granted_between_packing_and_sending_keeps_the_old_step_from_leaving() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        house.sleeps_until("2023-10-17T07:30");
        dondoc::engine::drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        let grant = Request { until: Some(date(2023, 10, 31)), ..request(&house, ReplyKind::Grant, "mai").await };
        house.reply_as("1", "pnv", grant).await;
        house.until("2023-10-27T00:00").await;
        let left = house.left();
        let said: Vec<(&str, bool)> =
            left.iter().map(|one| (one.at.as_str(), one.parcel.text.contains("20/10/2023, nay"))).collect();
        let times: Vec<&str> = said.iter().map(|(at, _)| *at).collect();
        assert_eq!(times, ["10-17 07:30", "10-26 07:30"], "the notice now, the reminder before the new date");
        assert!(left.iter().all(|one| one.parcel.text.contains("31/10/2023")), "both speak of the new date");
        assert_eq!(reminders(&house, "nhac").await, ["cancelled", "delivered"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_refused_extension_is_told_and_the_ladder_goes_on() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        let ask = Request { until: Some(date(2023, 10, 31)), ..request(&house, ReplyKind::Extend, "an").await };
        house.reply_as("1", "pnv", ask).await;
        house.tick().await;
        house.left();
        let no = Request { note: Some("đã đủ số liệu".into()), ..request(&house, ReplyKind::Refuse, "mai").await };
        assert_eq!(house.reply_as("1", "pnv", no).await, Replied::Changed(Work::NotAcknowledged));
        house.until("2023-10-24T00:00").await;
        assert_eq!(
            house.lines(),
            ["10-02 07:30 telegram 1001", "10-17 07:30 telegram 1001", "10-23 07:30 email chi@example.org"]
        );
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn not_ours_tells_the_monitor_at_once_pauses_a_day_and_mutes_who_said_so() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        house.sleeps_until("2023-10-16T14:00");
        let not_ours =
            Request { note: Some("việc của phòng khác".into()), ..request(&house, ReplyKind::NotOurs, "an").await };
        assert!(matches!(house.reply_as("1", "pnv", not_ours).await, Replied::Changed(_)));
        house.tick().await;
        let left = house.left();
        assert_eq!((left.len(), left[0].to.as_str()), (1, "mai@example.org"));
        assert!(left[0].parcel.text.contains("việc của phòng khác"), "{}", left[0].parcel.text);
        house.until("2023-10-24T00:00").await;
        let left = house.left();
        assert!(left.iter().all(|one| one.to != "1001"), "who said so is not asked again");
        let held: Vec<_> = left.iter().filter(|one| one.parcel.text.contains("chưa gửi được")).collect();
        assert_eq!(held.len(), 1);
        assert!(held[0].parcel.text.contains("không thuộc trách nhiệm của mình"), "{}", held[0].parcel.text);
        assert!(left.iter().any(|one| one.to == "chi@example.org" && one.at == "10-23 07:30"), "the ladder goes on");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn who_said_not_ours_is_asked_again_once_they_acknowledge_though_others_have_answered() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        let not_ours =
            Request { note: Some("việc của phòng khác".into()), ..request(&house, ReplyKind::NotOurs, "an").await };
        assert!(matches!(house.reply_as("1", "pnv", not_ours).await, Replied::Changed(_)));
        let acknowledged = Replied::Changed(Work::Acknowledged);
        assert_eq!(house.reply("1", "pnv", "chi", ReplyKind::Acknowledge).await, acknowledged);
        assert_eq!(house.reply("1", "pnv", "an", ReplyKind::Acknowledge).await, acknowledged);
        let again = house.reply("1", "pnv", "an", ReplyKind::Acknowledge).await;
        assert_eq!(again, Replied::Unchanged(Work::Acknowledged));
        house.until("2023-10-18T00:00").await;
        assert!(house.lines().contains(&"10-17 07:30 telegram 1001".to_owned()));
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn who_said_not_ours_is_asked_again_once_they_say_what_their_unit_has_said_already() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        let not_ours =
            Request { note: Some("việc của phòng khác".into()), ..request(&house, ReplyKind::NotOurs, "an").await };
        assert!(matches!(house.reply_as("1", "pnv", not_ours).await, Replied::Changed(_)));
        assert_eq!(house.reply("1", "pnv", "chi", ReplyKind::Blocked).await, Replied::Changed(Work::Blocked));
        assert_eq!(house.reply("1", "pnv", "an", ReplyKind::Blocked).await, Replied::Changed(Work::Blocked));
        assert_eq!(house.reply("1", "pnv", "an", ReplyKind::Blocked).await, Replied::Unchanged(Work::Blocked));
        house.until("2023-10-18T00:00").await;
        assert!(house.lines().contains(&"10-17 07:30 telegram 1001".to_owned()));
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_refused_told_nobody_so_that_its_taking_back_is_told_to_nobody() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        let not_ours =
            Request { note: Some("việc của phòng khác".into()), ..request(&house, ReplyKind::NotOurs, "an").await };
        assert!(matches!(house.reply_as("1", "pnv", not_ours).await, Replied::Changed(_)));
        house.mail.answer_next(Verdict::Refused { reason: "said no".to_owned(), binding: Binding::Kept });
        house.tick().await;
        house.left();
        let (given, an) = (house.number("SELECT MAX(id) FROM reply").await, house.person("an").await);
        let mut tx = house.engine.store.begin().await.expect("a store");
        let undone = undo_in(&house.engine, &mut tx, given, an, house.clock.now()).await.expect("a store");
        tx.commit().await.expect("a store");
        assert!(matches!(undone, Undone::TakenBack(_)));
        house.tick().await;
        assert_eq!(house.lines(), Vec::<String>::new());
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn who_was_not_told_of_a_duty_because_the_door_put_it_off_is_not_told_that_it_is_withdrawn() {
    on_both(async |store| {
        let mut house = House::on(store, &ladder(), &one_duty()).await;
        let later = Verdict::Deferred { reason: "later".to_owned(), retry_after_ms: None, fault: Fault::Message };
        house.chat.answer_next(later);
        house.tick().await;
        house.left();
        assert_eq!(house.reply("1", "pnv", "phuc", ReplyKind::Withdraw).await, Replied::Changed(Work::Withdrawn));
        house.until("2023-10-06T17:00").await;
        assert_eq!(house.lines(), Vec::<String>::new());
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_hold_through_the_day_in_whose_course_a_dispute_ends_is_a_hold() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        house.until("2023-10-20T14:00").await;
        house.left();
        let not_ours =
            Request { note: Some("việc của phòng khác".into()), ..request(&house, ReplyKind::NotOurs, "an").await };
        assert!(matches!(house.reply_as("1", "pnv", not_ours).await, Replied::Changed(_)));
        // The dispute pauses until Monday's opening, the hold until its end.
        let monday = date(2023, 10, 23);
        let hold =
            Request { until: Some(monday), note: Some("đang xem xét".into()), ..request(&house, ReplyKind::Hold, "mai").await };
        assert!(matches!(house.reply_as("1", "pnv", hold.clone()).await, Replied::Changed(_)));
        assert!(matches!(house.reply_as("1", "pnv", hold).await, Replied::Unchanged(_)), "said again it changes nothing");
        house.until("2023-10-25T00:00").await;
        let pressed: Vec<String> = house.lines().into_iter().filter(|line| line.ends_with("chi@example.org")).collect();
        assert_eq!(pressed, ["10-24 07:30 email chi@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_step_that_was_missed_does_not_answer_a_broken_promise() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        let promised = Request { until: Some(date(2023, 10, 6)), ..request(&house, ReplyKind::Acknowledge, "an").await };
        assert_eq!(house.reply_as("1", "pnv", promised).await, Replied::Changed(Work::Acknowledged));
        // Nobody worked when it was broken on Monday; by the night of Tuesday there is a rule for a moment of that morning.
        house.sleeps_until("2023-10-10T20:00");
        house.load_rules(&ladder_with(&step("nhac-som", "8 working days before deadline", "\"assignee\"", ""))).await;
        house.until("2023-10-12T00:00").await;
        assert_eq!(reminders(&house, "nhac-som").await, ["missed"]);
        assert_eq!(house.lines(), ["10-11 07:30 telegram 1001"]);
        assert_eq!(reminders(&house, "nhac").await, ["delivered"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_broken_promise_brings_the_repeat_of_a_missed_step_where_it_is_the_next() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        let promised = Request { until: Some(date(2023, 10, 6)), ..request(&house, ReplyKind::Acknowledge, "an").await };
        assert_eq!(house.reply_as("1", "pnv", promised).await, Replied::Changed(Work::Acknowledged));
        // The moment of the morning is missed; the next one comes two days before `nhac`.
        house.sleeps_until("2023-10-10T10:00");
        let repeated =
            step("nhac-som", "8 working days before deadline", "\"assignee\"", "repeat = { every = \"3 working days\" }");
        house.load_rules(&ladder_with(&repeated)).await;
        house.until("2023-10-11T00:00").await;
        assert_eq!(reminders(&house, "nhac-som").await, ["missed", "delivered"]);
        assert_eq!(house.lines(), ["10-10 10:00 telegram 1001"]);
        assert_eq!(reminders(&house, "nhac").await, Vec::<String>::new());
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn an_announcement_that_never_left_is_merged_into_what_a_broken_promise_brings_though_another_step_was_missed() {
    on_both(async |store| {
        let mut house = House::on(store, &ladder(), &one_duty()).await;
        // Nobody works yet; the unit promises a day all the same, on paper.
        let promised = Request { until: Some(date(2023, 10, 6)), ..request(&house, ReplyKind::Acknowledge, "an").await };
        assert_eq!(house.reply_as("1", "pnv", promised).await, Replied::Changed(Work::Acknowledged));
        house.sleeps_until("2023-10-10T10:00");
        house.load_rules(&ladder_with(&step("nhac-som", "8 working days before deadline", "\"assignee\"", ""))).await;
        house.until("2023-10-12T00:00").await;
        assert_eq!(reminders(&house, "nhac-som").await, ["missed"]);
        assert_eq!(reminders(&house, "giao").await, ["merged"]);
        assert_eq!(reminders(&house, "nhac").await, ["delivered"]);
        assert_eq!(house.lines(), ["10-10 10:00 telegram 1001"]);
        house.is_sound().await;
    })
    .await;
}

/// What the escalation waits for has not been told yet when the planner looks a second time.
#[tokio::test]
async fn an_escalation_of_the_moment_that_is_caught_up_with_waits_also_when_it_is_looked_at_twice() {
    on_both(async |store| {
        // The first rung and `don-doc` are of this morning, `nhac` is past and merged.
        let facts = format!("{OFFICE}{}", directive("1", "Báo cáo quý", "\"pnv\"", "deadline = 2023-10-01"));
        let mut house = House::on(store, &ladder(), &facts).await;
        let now = house.clock.now();
        dondoc::engine::plan::plan(&house.engine, now).await.expect("a store");
        dondoc::store::stock::begin_walk(&house.engine.store).await.expect("a store");
        dondoc::engine::walk::walk(&house.engine, now).await.expect("a store");
        house.until("2023-10-03T12:00").await;
        assert_eq!(house.lines(), ["10-02 07:30 telegram 1001", "10-03 07:30 email chi@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_duty_handed_to_a_member_of_the_unit_goes_to_them_from_then_on() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        let to = Request { to: Some(house.person("chi").await), ..request(&house, ReplyKind::Assign, "an").await };
        assert!(matches!(house.reply_as("1", "pnv", to).await, Replied::Changed(_)));
        house.until("2023-10-18T00:00").await;
        assert_eq!(house.lines(), ["10-02 07:30 email chi@example.org", "10-17 07:30 email chi@example.org"]);
        let outside = Request { to: Some(house.person("binh").await), ..request(&house, ReplyKind::Assign, "an").await };
        assert_eq!(house.reply_as("1", "pnv", outside).await, Replied::Refused(Refusal::NotOfTheUnit));
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn who_may_not_give_a_reply_changes_nothing_and_is_journalled() {
    on_both(async |store| {
        let house = told_of_the_duty(store).await;
        for (person, kind) in
            [("binh", ReplyKind::Done), ("mai", ReplyKind::Acknowledge), ("an", ReplyKind::Accept), ("chi", ReplyKind::Grant)]
        {
            assert_eq!(house.reply("1", "pnv", person, kind).await, Replied::Refused(Refusal::NotEntitled), "{person} {kind:?}");
        }
        assert_eq!(house.works().await, ["not_acknowledged"]);
        assert_eq!(house.number("SELECT COUNT(*) FROM reply").await, 0);
        assert_eq!(house.journal("reply-refused").await.len(), 4);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_duty_is_told_once_and_then_silent() {
    on_both(async |store| {
        let mut house = told_of_the_duty(store).await;
        assert_eq!(house.reply("1", "pnv", "phuc", ReplyKind::Withdraw).await, Replied::Changed(Work::Withdrawn));
        house.until("2023-11-30T00:00").await;
        assert_eq!(house.lines(), ["10-02 07:30 telegram 1001"], "that it no longer holds, and nothing after");
        house.is_sound().await;
    })
    .await;
}

/// A brief that waits counts what was done: an answer taken back, and a deadline the facts correct, outdate it like an answer does.
#[tokio::test]
async fn what_is_taken_back_or_corrected_counts_as_said_then() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        let last = async |house: &House| {
            let mut connection = house.engine.store.read().acquire().await.expect("a connection");
            tally::last_answer_ms(&mut connection).await.expect("a store")
        };
        assert_eq!(last(&house).await, 0, "facts that came are no answer");
        house.until("2023-10-03T09:00").await;
        house.reply("1", "pnv", "an", ReplyKind::Done).await;
        assert_eq!(last(&house).await, at("2023-10-03T09:00").as_millisecond());
        house.until("2023-10-03T09:05").await;
        let (id, an) = (house.assignment("1", "pnv").await, house.person("an").await);
        let mut tx = house.engine.store.begin().await.expect("a store");
        let given = replies::last_of(&mut tx, id, an).await.expect("a store").expect("a reply");
        let undone = undo_in(&house.engine, &mut tx, given, an, house.clock.now()).await.expect("a store");
        tx.commit().await.expect("a store");
        assert!(matches!(undone, Undone::TakenBack(_)), "{undone:?}");
        assert_eq!(last(&house).await, at("2023-10-03T09:05").as_millisecond());
        house.until("2023-10-03T09:30").await;
        house.import(&super::directive("1", "Báo cáo quý", "\"pnv\"", "deadline = 2023-10-27\ncorrection = true")).await;
        assert_eq!(last(&house).await, at("2023-10-03T09:30").as_millisecond());
        house.is_sound().await;
    })
    .await;
}
