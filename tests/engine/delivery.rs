//! What the answers of a channel do to a message, its items and their reminders.

use dondoc::domain::delivery::{Binding, Fault, Verdict};
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::reply::ReplyKind;
use dondoc::engine::{deliver, drive, plan, route};
use dondoc::fault::{self, Mutant};
use jiff::Timestamp;

use super::house::{House, at};
use super::{directive, messages, on_both, one_duty, policy, reminders, step, told_when_assigned};

fn refused(binding: Binding) -> Verdict {
    Verdict::Refused { reason: "said no".to_owned(), binding }
}

fn deferred(retry_after_ms: Option<i64>) -> Verdict {
    Verdict::Deferred { reason: "said later".to_owned(), retry_after_ms, fault: Fault::Message }
}

fn uncertain() -> Verdict {
    Verdict::Uncertain { reason: "said nothing".to_owned() }
}

async fn two_duties(store: dondoc::store::Store, rules: &str) -> House {
    let facts = one_duty() + &directive("2", "Rà soát thủ tục", "\"pnv\"", "deadline = 2023-10-27");
    House::on(store, rules, &facts).await
}

#[tokio::test]
async fn a_dead_chat_is_given_up_and_the_next_channel_takes_over_at_once() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.chat.answer_next(refused(Binding::Dead));
        house.tick().await;
        let mut lines = house.lines();
        lines[1..].sort();
        let mails = ["10-02 07:30 email an@example.org", "10-02 07:30 email truc@example.org"];
        assert_eq!(
            lines,
            ["10-02 07:30 telegram 1001", mails[0], mails[1]],
            "the operators learn that the account must be linked anew"
        );
        let accepted = "email | accepted | accepted";
        assert_eq!(messages(&house).await, ["telegram | refused | said no", accepted, accepted]);
        assert_eq!(reminders(&house, "giao").await, ["delivered"]);
        assert_eq!(reminders(&house, "notice:chat-dead").await, ["delivered"]);
        house.import(&directive("2", "Việc mới", "\"pnv\"", "deadline = 2023-10-27")).await;
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 email an@example.org"], "the dead chat is not tried again");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn messages_that_wait_for_a_chat_that_just_died_go_over_the_other_channel_untried() {
    on_both(async |store| {
        let rules = policy(
            &(step("giao", "on assignment", "\"assignee\"", "")
                + &step("hop", "on assignment", "\"unit.deputy\"", "copy = [\"person:an\"]")),
        );
        let mut house = House::on(store, &rules, &one_duty()).await;
        let now = house.clock.now();
        drive::prepare(&house.engine, now).await.expect("packed");
        let mut tx = house.engine.store.begin().await.expect("a writer");
        let first = deliver::claim(&house.engine, &mut tx, ChannelKind::Telegram, 1, now).await.expect("claimed");
        deliver::mark(&house.engine, &mut tx, &first[0].slip, &refused(Binding::Dead), now).await.expect("marked");
        tx.commit().await.expect("a commit");
        house.tick().await;
        let chats = house.left().iter().filter(|one| one.channel == ChannelKind::Telegram).count();
        assert_eq!(chats, 0, "the copy was packed for the chat and must not leave to it");
        let mails = house.number("SELECT COUNT(*) FROM message WHERE channel = 'email' AND state = 'accepted'").await;
        assert_eq!(mails, 4, "action and copy to An, action to the deputy, and that the account is dead to the operators");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_refusal_of_one_message_keeps_the_chat_for_the_next() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.chat.answer_next(refused(Binding::Kept));
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 telegram 1001", "10-02 07:30 email an@example.org"]);
        house.import(&directive("2", "Việc mới", "\"pnv\"", "deadline = 2023-10-27")).await;
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 telegram 1001"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn without_another_channel_a_message_is_held_the_operators_are_told_and_escalation_goes_on() {
    on_both(async |store| {
        let rules = policy(
            &(step("giao", "on assignment", "\"assignee\"", "")
                + &step("bao", "1 working day after step giao", "\"supervisor\"", "")),
        );
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.chat.answer_next(refused(Binding::Kept));
        house.mail.answer_next(refused(Binding::Dead));
        house.tick().await;
        let left = house.left();
        let to: Vec<&str> = left.iter().map(|one| one.to.as_str()).collect();
        assert_eq!(to, ["1001", "an@example.org", "truc@example.org"]);
        let told = &left[2].parcel.text;
        assert!(told.contains("tới Nguyễn Văn An") && told.contains("“said no”"), "{told}");
        assert!(told.contains("Đỗ Thị Trực\n"), "the operator is not of the unit: {told}");
        assert_eq!(messages(&house).await[1], "email | held | said no");
        assert_eq!(reminders(&house, "giao").await, ["undeliverable"]);
        house.until("2023-10-04T00:00").await;
        assert_eq!(house.lines(), ["10-03 07:30 email phuc@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_deferred_goes_over_the_other_channel_before_four_working_hours_have_passed() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        for _ in 0..40 {
            house.chat.answer_next(deferred(None));
        }
        house.until("2023-10-02T17:00").await;
        let left = house.left();
        let (mails, chats): (Vec<_>, Vec<_>) = left.iter().partition(|one| one.channel == ChannelKind::Email);
        assert!(chats.len() >= 6, "{:?}", chats.len());
        assert_eq!(mails.len(), 1);
        assert!(mails[0].at.as_str() <= "10-02 11:30", "{}", mails[0].at);
        assert_eq!(mails[0].at, chats.last().expect("some").at, "the moment the wait would be too long");
        let keys: std::collections::BTreeSet<&str> = chats.iter().map(|one| one.parcel.key.as_str()).collect();
        assert_eq!(keys.len(), 1, "every attempt is the same message");
        assert_eq!(messages(&house).await, ["telegram | refused | deferred-too-long", "email | accepted | accepted"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn close_to_the_deadline_a_wait_that_would_miss_it_is_not_waited_for() {
    on_both(async |store| {
        let facts = one_duty().replace("deadline = 2023-10-20", "deadline = \"2023-10-02T10:00\"");
        let mut house = House::on(store, &told_when_assigned(), &facts).await;
        house.chat.answer_next(deferred(Some(60 * 60_000))).answer_next(deferred(Some(90 * 60_000)));
        house.until("2023-10-02T09:30").await;
        assert_eq!(house.lines(), ["10-02 07:30 telegram 1001", "10-02 08:30 telegram 1001", "10-02 08:30 email an@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn an_unknown_outcome_is_repeated_at_most_twice_and_then_held_while_the_other_channel_is_used() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.chat.answer_next(uncertain()).answer_next(uncertain()).answer_next(uncertain());
        house.tick().await;
        let left = house.left();
        assert_eq!(left.len(), 4);
        assert!(left[..3].iter().all(|one| one.channel == ChannelKind::Telegram));
        for again in &left[1..3] {
            let label = again.parcel.text.strip_prefix(&left[0].parcel.text);
            assert!(label.is_some_and(|label| !label.trim().is_empty()), "the same text, labelled: {}", again.parcel.text);
        }
        let attempts: Vec<u32> = left[..3].iter().map(|one| one.parcel.attempt).collect();
        assert_eq!((attempts, left[3].channel), (vec![1, 2, 3], ChannelKind::Email));
        assert_eq!(messages(&house).await, ["telegram | held | uncertain-too-often", "email | accepted | accepted"]);
        assert_eq!(reminders(&house, "notice:held").await, Vec::<String>::new(), "the person was reached");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn an_unknown_outcome_without_another_channel_is_told_to_the_operators() {
    on_both(async |store| {
        let facts = one_duty().replace("email = \"an@example.org\"\n", "");
        let mut house = House::on(store, &told_when_assigned(), &facts).await;
        house.chat.answer_next(uncertain()).answer_next(uncertain()).answer_next(uncertain());
        house.tick().await;
        assert_eq!(house.lines().len(), 4);
        assert_eq!(messages(&house).await, ["telegram | held | uncertain-too-often", "email | accepted | accepted"]);
        assert_eq!(house.rows("SELECT code FROM person p JOIN message m ON m.person_id = p.id ORDER BY m.id").await[1], "truc");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn an_unknown_outcome_that_turns_out_well_is_one_delivery() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.chat.answer_next(uncertain());
        house.tick().await;
        assert_eq!(house.lines().len(), 2);
        assert_eq!(messages(&house).await, ["telegram | accepted | accepted"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_chat_that_moved_is_written_to_at_its_new_id_and_remembered() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.chat.answer_next(refused(Binding::MovedTo(-100_777)));
        house.tick().await;
        let left = house.left();
        let to: Vec<&str> = left.iter().map(|one| one.to.as_str()).collect();
        assert_eq!(to, ["1001", "-100777"]);
        assert_eq!(left[0].parcel.key, left[1].parcel.key);
        assert_eq!(house.rows("SELECT telegram_chat FROM person WHERE code = 'an'").await, ["-100777"]);
        assert_eq!(messages(&house).await, ["telegram | accepted | accepted"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_chat_that_moves_again_and_again_is_not_followed_for_ever() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        for _ in 0..50 {
            house.chat.answer_next(refused(Binding::MovedTo(-100_777))).answer_next(refused(Binding::MovedTo(-100_778)));
        }
        house.tick().await;
        let left = house.left();
        assert!(left.len() <= 4, "{}", left.len());
        assert_eq!(left.last().map(|one| one.channel), Some(ChannelKind::Email));
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_copy_has_no_buttons_and_its_failure_holds_nothing() {
    on_both(async |store| {
        let rules = policy(
            &(step("giao", "on assignment", "\"unit.deputy\"", "copy = [\"person:an\"]")
                + &step("bao", "1 working day after step giao", "\"supervisor\"", "")),
        );
        let facts = one_duty().replace("email = \"an@example.org\"\n", "");
        let mut house = House::on(store, &rules, &facts).await;
        house.chat.answer_next(refused(Binding::Kept));
        house.tick().await;
        let left = house.left();
        let copy = left.iter().find(|one| one.channel == ChannelKind::Telegram).expect("a copy");
        assert!(copy.parcel.buttons.is_empty());
        assert!(copy.parcel.text.contains("để biết") || copy.parcel.subject.contains("để biết"), "{}", copy.parcel.text);
        assert_eq!(reminders(&house, "giao").await, ["delivered"]);
        assert_eq!(reminders(&house, "notice:held").await, Vec::<String>::new());
        house.until("2023-10-03T07:30").await;
        assert_eq!(house.lines(), ["10-03 07:30 email phuc@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn over_all_channels_one_that_fails_is_no_reason_to_hold() {
    on_both(async |store| {
        let rules = policy(&step("giao", "on assignment", "\"assignee\"", "channels = \"all\""));
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.chat.answer_next(refused(Binding::Kept));
        house.tick().await;
        assert_eq!(house.lines().len(), 2);
        assert_eq!(messages(&house).await, ["email | accepted | accepted", "telegram | refused | said no"]);
        assert_eq!(reminders(&house, "giao").await, ["delivered"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_report_between_packing_and_sending_keeps_its_item_from_leaving_and_the_rest_goes() {
    on_both(async |store| {
        let mut house = two_duties(store, &told_when_assigned()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        house.reply("1", "pnv", "an", ReplyKind::Done).await;
        house.tick().await;
        let left = house.left();
        assert_eq!(left.len(), 1);
        let text = &left[0].parcel.text;
        assert!(text.contains("Rà soát thủ tục") && !text.contains("Báo cáo quý"), "{text}");
        assert_eq!(reminders(&house, "giao").await, ["cancelled", "delivered"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_report_on_everything_between_packing_and_sending_leaves_nothing_to_send() {
    on_both(async |store| {
        let mut house = two_duties(store, &told_when_assigned()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        house.reply("1", "pnv", "an", ReplyKind::Done).await;
        house.reply("2", "pnv", "chi", ReplyKind::Done).await;
        house.tick().await;
        assert_eq!(house.lines(), Vec::<String>::new());
        assert_eq!(reminders(&house, "giao").await, ["cancelled", "cancelled"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_deferred_message_is_tried_again_without_what_was_answered_meanwhile() {
    on_both(async |store| {
        let mut house = two_duties(store, &told_when_assigned()).await;
        house.chat.answer_next(deferred(Some(5 * 60_000)));
        house.tick().await;
        assert!(house.left()[0].parcel.text.contains("Báo cáo quý"));
        house.reply("1", "pnv", "an", ReplyKind::Done).await;
        house.until("2023-10-02T07:40").await;
        let left = house.left();
        assert_eq!(left.len(), 1);
        let text = &left[0].parcel.text;
        assert!(text.contains("Rà soát thủ tục") && !text.contains("Báo cáo quý"), "{text}");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_reply_that_changes_nothing_for_the_message_does_not_keep_it_back() {
    on_both(async |store| {
        let mut house = two_duties(store, &told_when_assigned()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        house.reply("1", "pnv", "an", ReplyKind::Acknowledge).await;
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 telegram 1001"]);
        assert_eq!(reminders(&house, "giao").await, ["delivered", "delivered"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_due_in_rest_time_waits_for_the_opening_and_is_checked_again_then() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.sleeps_until("2023-10-02T11:45");
        house.tick().await;
        assert_eq!(house.lines(), Vec::<String>::new());
        house.until("2023-10-02T12:59").await;
        assert_eq!(house.lines(), Vec::<String>::new());
        house.until("2023-10-02T13:00").await;
        assert_eq!(house.lines(), ["10-02 13:00 telegram 1001"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_message_the_office_closed_over_waits_for_its_opening() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.sleeps_until("2023-10-02T11:29");
        drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        house.sleeps_until("2023-10-02T11:31");
        house.tick().await;
        assert_eq!(house.lines(), Vec::<String>::new());
        house.until("2023-10-02T14:00").await;
        assert_eq!(house.lines(), ["10-02 13:00 telegram 1001"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_claim_does_not_run_ahead_of_the_round_that_makes_a_left_over_message_anew() {
    on_both(async |store| {
        let mut house = two_duties(store, &told_when_assigned()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        // The process stands still for a night; then a connection wakes before the planner does.
        house.sleeps_until("2023-10-03T07:30");
        let now = house.clock.now();
        let mut tx = house.engine.store.begin().await.expect("a writer");
        let claimed = deliver::claim(&house.engine, &mut tx, ChannelKind::Telegram, 32, now).await.expect("a claim");
        tx.commit().await.expect("committed");
        assert!(claimed.is_empty(), "{claimed:?}");
        house.import(&directive("3", "Kế hoạch năm", "\"pnv\"", "deadline = 2023-10-31")).await;
        house.tick().await;
        let left = house.left();
        assert_eq!(left.len(), 1, "one message of what lay ready and what came due");
        for title in ["Báo cáo quý", "Rà soát thủ tục", "Kế hoạch năm"] {
            assert!(left[0].parcel.text.contains(title), "{}", left[0].parcel.text);
        }
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_another_start_was_sending_is_repeated_before_anything_new() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        let mut tx = house.engine.store.begin().await.expect("a writer");
        let claim = deliver::claim(&house.engine, &mut tx, ChannelKind::Telegram, 1, at("2023-10-02T07:30"));
        assert_eq!(claim.await.expect("claimed").len(), 1);
        tx.commit().await.expect("a commit");
        // Killed here, after the claim was committed. The next start is another incarnation.
        let channels = house.engine.channels.clone();
        house.engine = dondoc::engine::Engine::new(house.engine.store.clone(), house.engine.rules.clone(), channels);
        let taken = deliver::take_over(&house.engine, house.clock.now()).await.expect("a store");
        assert_eq!(taken, 1);
        house.import(&directive("2", "Việc mới", "\"pnv\"", "deadline = 2023-10-27")).await;
        house.tick().await;
        let left = house.left();
        let attempts: Vec<u32> = left.iter().map(|one| one.parcel.attempt).collect();
        assert_eq!(attempts, [2, 1]);
        assert!(left[0].parcel.text.contains("Báo cáo quý") && left[1].parcel.text.contains("Việc mới"));
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_report_that_came_while_the_message_was_refused_keeps_the_next_channel_silent() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        let now = house.clock.now();
        drive::prepare(&house.engine, now).await.expect("packed");
        let mut tx = house.engine.store.begin().await.expect("a writer");
        let claimed = deliver::claim(&house.engine, &mut tx, ChannelKind::Telegram, 1, now).await.expect("claimed");
        tx.commit().await.expect("a commit");
        // On the wire now.
        house.reply("1", "pnv", "an", ReplyKind::Done).await;
        let mut tx = house.engine.store.begin().await.expect("a writer");
        deliver::mark(&house.engine, &mut tx, &claimed[0].slip, &refused(Binding::Kept), now).await.expect("marked");
        tx.commit().await.expect("a commit");
        house.tick().await;
        assert_eq!(house.lines(), Vec::<String>::new());
        assert_eq!(reminders(&house, "giao").await, ["cancelled"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_packed_message_whose_channel_new_rules_close_goes_over_the_next() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        house.engine = house.engine.with_rules(house.engine.rules.clone(), vec![ChannelKind::Email]);
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 email an@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_goes_another_way_after_the_hours_leaves_without_what_may_leave_at_any() {
    on_both(async |store| {
        let announced = step("giao", "on assignment", "\"assignee\"", "");
        let urgent = format!("[[policy]]\nname = \"gap\"\nhours = \"always\"\n{announced}[[route]]\nwhen = {{ undated = true }}\npolicy = \"gap\"\n");
        let facts = one_duty() + &directive("2", "Việc gấp", "\"pnv\"", "");
        let mut house = House::on(store, &(urgent + &policy(&announced)), &facts).await;
        house.sleeps_until("2023-10-02T16:59");
        let now = house.clock.now();
        drive::prepare(&house.engine, now).await.expect("packed");
        let mut tx = house.engine.store.begin().await.expect("a writer");
        let claimed = deliver::claim(&house.engine, &mut tx, ChannelKind::Telegram, 9, now).await.expect("claimed");
        tx.commit().await.expect("committed");
        assert_eq!(claimed.len(), 1, "both are one message");
        house.sleeps_until("2023-10-02T17:01");
        let mut tx = house.engine.store.begin().await.expect("a writer");
        deliver::mark(&house.engine, &mut tx, &claimed[0].slip, &refused(Binding::Kept), house.clock.now()).await.expect("marked");
        tx.commit().await.expect("committed");
        house.until("2023-10-03T08:00").await;
        let left = house.left();
        let told = |one: &str| -> Vec<&str> {
            left.iter().filter(|mail| mail.parcel.text.contains(one)).map(|mail| mail.at.as_str()).collect()
        };
        assert_eq!((told("Việc gấp"), told("Báo cáo quý")), (vec!["10-02 17:01"], vec!["10-03 07:30"]));
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_put_off_does_not_leave_by_rules_that_do_not_hold_any_more() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.chat.answer_next(deferred(None));
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 telegram 1001"]);
        house.load_rules(&policy(&step("nhac", "3 working days before deadline", "\"assignee\"", ""))).await;
        house.until("2023-10-03T08:00").await;
        assert_eq!(house.lines(), Vec::<String>::new());
        assert_eq!(reminders(&house, "giao").await, ["cancelled"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_step_of_the_new_deadline_does_not_wait_for_one_of_the_old_that_a_door_put_off() {
    on_both(async |store| {
        let steps = step("nhac", "3 working days before deadline", "\"assignee\"", "")
            + &step("don-doc", "1 working day after deadline", "\"supervisor\"", "");
        let mut house = House::on(store, &policy(&steps), &one_duty()).await;
        house.until("2023-10-20T17:00").await;
        assert_eq!(house.lines(), ["10-17 07:30 telegram 1001"]);
        house.mail.answer_next(deferred(Some(3 * 60 * 60_000)));
        house.until("2023-10-23T07:59").await;
        assert_eq!(house.lines(), ["10-23 07:30 email phuc@example.org"]);
        house.sleeps_until("2023-10-23T08:00");
        house.import("[[extension]]\ndirective = \"4988/UBND#1\"\ndeadline = 2023-10-25\n").await;
        house.until("2023-10-23T17:00").await;
        let lines = house.lines();
        assert!(lines.iter().filter(|line| line.ends_with("1001")).all(|line| line.starts_with("10-23 08:00")), "{lines:?}");
        assert_eq!(reminders(&house, "don-doc").await, ["cancelled"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_does_not_ask_for_the_hours_is_seen() {
    let mut house = House::new(&told_when_assigned(), &one_duty()).await;
    house.sleeps_until("2023-10-02T11:29");
    drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
    house.sleeps_until("2023-10-02T11:31");
    let broken = fault::mutate(Mutant::HoursUnchecked);
    house.tick().await;
    drop(broken);
    assert_eq!(house.lines(), ["10-02 11:31 telegram 1001"], "it would have waited until 13:00");
}

/// What becomes of a message whose first transmission was given up, when that one is refused while the second is on the wire.
async fn refused_late(rule: Option<Mutant>) -> Vec<String> {
    let house = House::new(&told_when_assigned(), &one_duty()).await;
    let now = house.clock.now();
    drive::prepare(&house.engine, now).await.expect("packed");
    let mut slips = Vec::new();
    for _ in 0..2 {
        let mut tx = house.engine.store.begin().await.expect("a writer");
        let claimed = deliver::claim(&house.engine, &mut tx, ChannelKind::Telegram, 1, now).await.expect("a claim");
        if slips.is_empty() {
            deliver::mark(&house.engine, &mut tx, &claimed[0].slip, &uncertain(), now).await.expect("given up");
        }
        tx.commit().await.expect("committed");
        slips.push(claimed[0].slip.clone());
    }
    let broken = rule.map(fault::mutate);
    let mut tx = house.engine.store.begin().await.expect("a writer");
    deliver::mark(&house.engine, &mut tx, &slips[0], &refused(Binding::Kept), now).await.expect("late");
    tx.commit().await.expect("committed");
    drop(broken);
    messages(&house).await
}

#[tokio::test]
async fn a_late_verdict_that_counts_for_another_transmission_is_seen() {
    let kept = refused_late(None).await;
    assert_ne!(kept, refused_late(Some(Mutant::LateVerdictCounts)).await);
    assert_eq!(kept, ["telegram | sending | sending"], "the second transmission is still on the wire");
}

#[tokio::test]
async fn a_digest_that_was_routed_before_its_daemon_ended_and_answered_since_leaves_once() {
    on_both(async |store| {
        let rules = policy(&step("tuan", "1 working day after deadline", "\"supervisor\"", "digest = \"daily\""));
        let facts = one_duty() + &directive("2", "Rà soát thủ tục", "\"tckh\"", "deadline = 2023-10-20");
        let mut house = House::on(store, &rules, &facts).await;
        house.until("2023-10-23T07:00").await;
        house.left();
        house.sleeps_until("2023-10-23T07:30");
        let now = house.clock.now();
        assert_eq!(plan::plan(&house.engine, now).await.expect("planned").due, 2, "both are overdue for a day");
        assert_eq!(route::route(&house.engine, now).await.expect("routed"), 2);
        // Here the daemon ends. Somebody answers before another one begins.
        house.reply("1", "pnv", "an", ReplyKind::Progress).await;
        house.tick().await;
        let left = house.left();
        let told: Vec<&str> = left.iter().map(|one| one.to.as_str()).collect();
        assert_eq!(told, ["phuc@example.org"], "one digest, not one for what was answered and one for the rest");
        let text = &left[0].parcel.text;
        assert!(text.contains("Báo cáo quý") && text.contains("Rà soát thủ tục"), "{text}");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_has_not_been_told_yet_is_told_though_another_was_told_meanwhile() {
    is_told_though_another_was("\"assignee\", \"unit.deputy\"", "").await;
}

#[tokio::test]
async fn whoever_has_no_copy_yet_gets_it_though_another_was_told_meanwhile_and_both_are_told_again() {
    is_told_though_another_was("\"unit.deputy\"", "copy = [\"assignee\"]\n").await;
}

/// The answer to the mail is lost, and nobody works for a while. What is left over for the chat is taken apart, and before it is routed
/// anew the mail comes to that. Returns when.
async fn mail_comes_to_while_the_chat_is_taken_apart(house: &mut House, verdict: &Verdict) -> Timestamp {
    let now = house.clock.now();
    drive::prepare(&house.engine, now).await.expect("packed");
    let mut tx = house.engine.store.begin().await.expect("a writer");
    let mail = deliver::claim(&house.engine, &mut tx, ChannelKind::Email, 1, now).await.expect("claimed");
    deliver::mark(&house.engine, &mut tx, &mail[0].slip, &uncertain(), now).await.expect("its answer is lost");
    tx.commit().await.expect("committed");
    house.sleeps_until("2023-10-02T09:30");
    let now = house.clock.now();
    let mut tx = house.engine.store.begin().await.expect("a writer");
    let chat = deliver::claim(&house.engine, &mut tx, ChannelKind::Telegram, 1, now).await.expect("looked");
    assert_eq!(chat.len(), 0, "it is left over");
    let mail = deliver::claim(&house.engine, &mut tx, ChannelKind::Email, 1, now).await.expect("claimed again");
    deliver::mark(&house.engine, &mut tx, &mail[0].slip, verdict, now).await.expect("its verdict");
    tx.commit().await.expect("committed");
    now
}

async fn is_told_though_another_was(to: &str, more: &str) {
    on_both(async |store| {
        let more = format!("{more}repeat = {{ every = \"5 working days\", max = 3 }}");
        let mut house = House::on(store, &policy(&step("giao", "on assignment", to, &more)), &one_duty()).await;
        let now = mail_comes_to_while_the_chat_is_taken_apart(&mut house, &Verdict::Accepted { receipt: None }).await;
        plan::plan(&house.engine, now).await.expect("looked at, while the other is still queued");
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 09:30 telegram 1001"], "the head has not been told");
        assert_eq!(reminders(&house, "giao").await, ["delivered"]);
        // Its repeat counts from the telling, and nothing but that brings the next look.
        house.is_sound().await;
        house.sleeps_until("2023-10-09T09:30");
        house.tick().await;
        assert_eq!(house.lines(), ["10-09 09:30 email chi@example.org", "10-09 09:30 telegram 1001"]);
    })
    .await;
}

/// The deputy has a mail address only.
fn both_of_the_unit() -> String {
    policy(&step("giao", "on assignment", "\"assignee\", \"unit.deputy\"", "repeat = { every = \"1 working day\", max = 3 }"))
}

#[tokio::test]
async fn whom_nothing_reaches_is_told_to_the_operators_once_though_others_of_the_step_are_reached() {
    on_both(async |store| {
        let mut house = House::on(store, &both_of_the_unit(), &one_duty()).await;
        house.mail.answer_next(refused(Binding::Kept));
        house.tick().await;
        let told = house.left().into_iter().find(|one| one.to == "truc@example.org").expect("the operators are told");
        assert!(told.parcel.text.contains("tới Lê Thị Chi") && told.parcel.text.contains("“said no”"), "{}", told.parcel.text);
        assert_eq!(reminders(&house, "giao").await, ["delivered"], "the head was reached");
        house.mail.answer_next(refused(Binding::Kept));
        house.until("2023-10-04T00:00").await;
        assert_eq!(house.lines(), ["10-03 07:30 email chi@example.org", "10-03 07:30 telegram 1001"], "told once");
        let entries = house.journal("person-unreached").await;
        assert_eq!(entries.len(), 1, "{entries:?}");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_has_not_been_told_yet_is_told_though_another_could_not_be_meanwhile() {
    on_both(async |store| {
        let mut house = House::on(store, &both_of_the_unit(), &one_duty()).await;
        mail_comes_to_while_the_chat_is_taken_apart(&mut house, &refused(Binding::Kept)).await;
        assert_eq!(reminders(&house, "giao").await, ["queued"], "it is still to be routed for the head");
        house.tick().await;
        let mut lines = house.lines();
        lines.sort();
        assert_eq!(lines, ["10-02 09:30 email truc@example.org", "10-02 09:30 telegram 1001"]);
        assert_eq!(reminders(&house, "giao").await, ["delivered"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn whom_alone_a_step_asks_and_nothing_reaches_is_told_to_the_operators_once_though_a_copy_is_made_anew_meanwhile() {
    on_both(async |store| {
        let steps = policy(&step("giao", "on assignment", "\"unit.deputy\"", "copy = [\"assignee\"]"));
        let mut house = House::on(store, &steps, &one_duty()).await;
        mail_comes_to_while_the_chat_is_taken_apart(&mut house, &refused(Binding::Kept)).await;
        assert_eq!(reminders(&house, "giao").await, ["queued"], "it is still to be routed for the copy");
        house.tick().await;
        let mut lines = house.lines();
        lines.sort();
        assert_eq!(lines, ["10-02 09:30 email truc@example.org", "10-02 09:30 telegram 1001"]);
        assert_eq!(reminders(&house, "giao").await, ["undeliverable"]);
        assert_eq!(reminders(&house, "notice:held").await, ["delivered"]);
        house.is_sound().await;
    })
    .await;
}

/// Its first message was taken apart because what else it said was answered; the copies of before may have arrived.
#[tokio::test]
async fn what_is_made_anew_after_unknown_outcomes_is_transmitted_three_times_in_all() {
    on_both(async |store| {
        let mut house = two_duties(store, &told_when_assigned()).await;
        let now = house.clock.now();
        drive::prepare(&house.engine, now).await.expect("packed");
        for _ in 0..2 {
            let mut tx = house.engine.store.begin().await.expect("a writer");
            let chat = deliver::claim(&house.engine, &mut tx, ChannelKind::Telegram, 1, now).await.expect("claimed");
            deliver::mark(&house.engine, &mut tx, &chat[0].slip, &uncertain(), now).await.expect("its answer is lost");
            tx.commit().await.expect("committed");
        }
        house.reply("2", "pnv", "an", ReplyKind::Done).await;
        (0..5).for_each(|_| {
            house.chat.answer_next(uncertain());
        });
        house.tick().await;
        let left = house.left();
        let copies = left.iter().filter(|one| one.to == "1001" && one.parcel.text.contains("Báo cáo quý")).count();
        assert_eq!(copies, 1, "with the two before");
        assert!(left.iter().any(|one| one.to == "an@example.org"), "then the other channel is used");
        assert_eq!(
            messages(&house).await[..2],
            ["telegram | cancelled | state-changed", "telegram | held | uncertain-too-often"]
        );
        house.is_sound().await;
    })
    .await;
}

/// Telegram is closed by the rules when its third answer was lost, and opened again while the mail lies ready.
#[tokio::test]
async fn a_channel_that_is_closed_after_three_unknown_outcomes_carries_no_fourth_copy_when_it_opens_again() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        let (open, now) = (house.engine.channels.clone(), house.clock.now());
        drive::prepare(&house.engine, now).await.expect("packed");
        for _ in 0..3 {
            let mut tx = house.engine.store.begin().await.expect("a writer");
            let chat = deliver::claim(&house.engine, &mut tx, ChannelKind::Telegram, 1, now).await.expect("claimed");
            deliver::mark(&house.engine, &mut tx, &chat[0].slip, &uncertain(), now).await.expect("its answer is lost");
            tx.commit().await.expect("committed");
        }
        house.engine = house.engine.with_rules(house.engine.rules.clone(), vec![ChannelKind::Email]);
        drive::prepare(&house.engine, now).await.expect("packed for the mail");
        house.engine = house.engine.with_rules(house.engine.rules.clone(), open);
        // What lay ready for so long is made anew, and its channel chosen anew.
        house.sleeps_until("2023-10-02T10:00");
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 10:00 email an@example.org"]);
        assert_eq!(messages(&house).await, ["telegram | held | uncertain-too-often", "email | accepted | accepted"]);
        house.is_sound().await;
    })
    .await;
}
