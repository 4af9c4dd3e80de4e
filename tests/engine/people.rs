//! Who a reminder goes to, looked up when it leaves.

use dondoc::domain::delivery::{Binding, Verdict};
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::reply::ReplyKind;
use dondoc::engine::drive;
use dondoc::engine::reply::Request;
use dondoc::engine::silence::Code;
use dondoc::engine::why::why;
use dondoc::engine::why_not::why_not;
use jiff::civil::date;

use super::house::House;
use super::{OFFICE, directive, messages, on_both, one_duty, policy, reminders, step, told_when_assigned};

/// An leaves at the end of September; Bình heads the unit from October on.
const BINH_TAKES_OVER: &str = r#"
[[appointment]]
person = "an"
unit = "pnv"
position = "head"
from = 2020-01-01
to = 2023-09-30
[[appointment]]
person = "binh"
unit = "pnv"
position = "head"
from = 2023-10-01
"#;

fn refused() -> Verdict {
    Verdict::Refused { reason: "said no".to_owned(), binding: Binding::Kept }
}

#[tokio::test]
async fn who_left_between_packing_and_sending_gets_nothing_and_the_new_head_does() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        house.import(BINH_TAKES_OVER).await;
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 email binh@example.org"]);
        assert_eq!(reminders(&house, "giao").await, ["delivered"]);
        house.is_sound().await;
    })
    .await;
}

/// Until the next day.
async fn both_put_it_off(house: &mut House) {
    let tomorrow = Verdict::Deferred {
        reason: "said tomorrow".to_owned(),
        retry_after_ms: Some(24 * 60 * 60_000),
        fault: dondoc::domain::delivery::Fault::Message,
    };
    house.chat.answer_next(tomorrow.clone());
    house.mail.answer_next(tomorrow);
    house.tick().await;
    let lines = house.lines();
    assert!(lines[0].ends_with("telegram 1001") && lines[1].ends_with("email an@example.org"), "both put it off: {lines:?}");
    assert_eq!(lines.len(), 2);
}

#[tokio::test]
async fn what_was_put_off_until_tomorrow_goes_to_who_takes_over_as_soon_as_that_is_known() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        both_put_it_off(&mut house).await;
        house.sleeps_until("2023-10-02T09:00");
        house.import(BINH_TAKES_OVER).await;
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 09:00 email binh@example.org"]);
        assert_eq!(reminders(&house, "giao").await, ["delivered"]);
        house.until("2023-10-04T00:00").await;
        assert_eq!(house.lines(), Vec::<String>::new(), "An is not waited for");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_put_off_until_tomorrow_goes_to_who_takes_over_with_the_day() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.import(&BINH_TAKES_OVER.replace("2023-10-01", "2023-10-03").replace("2023-09-30", "2023-10-02")).await;
        house.sleeps_until("2023-10-02T10:00");
        both_put_it_off(&mut house).await;
        house.sleeps_until("2023-10-03T08:00");
        house.tick().await;
        assert_eq!(house.lines(), ["10-03 08:00 email binh@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_put_off_waits_on_when_others_than_its_people_change() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        both_put_it_off(&mut house).await;
        let waiting = "SELECT state, available_at_ms, key FROM message WHERE state = 'deferred'";
        let before = house.rows(waiting).await;
        assert_eq!(before.len(), 1);
        house.sleeps_until("2023-10-02T09:00");
        house.import("[[person]]\nid = \"chi\"\nname = \"Lê Thị Chi\"\nemail = \"chi@example.net\"\n").await;
        house.tick().await;
        assert_eq!(house.lines(), Vec::<String>::new());
        assert_eq!(house.rows(waiting).await, before);
        let stale = "SELECT COUNT(*) FROM message_item WHERE state = 'open'
            AND org_revision <> (SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'org_revision')";
        assert_eq!(house.number(stale).await, 0, "it is not asked again");
        house.until("2023-10-03T17:00").await;
        assert_eq!(house.lines(), ["10-03 07:30 email an@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_put_off_over_the_day_on_which_another_takes_over_goes_to_that_one() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.import(&BINH_TAKES_OVER.replace("2023-10-01", "2023-10-03").replace("2023-09-30", "2023-10-02")).await;
        both_put_it_off(&mut house).await;
        house.until("2023-10-03T17:00").await;
        assert_eq!(house.lines(), ["10-03 07:30 email binh@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_tells_of_an_act_goes_to_who_takes_over_when_it_was_put_off_until_they_did() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.import(&BINH_TAKES_OVER.replace("2023-10-01", "2023-10-03").replace("2023-09-30", "2023-10-02")).await;
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 telegram 1001"]);
        house.sleeps_until("2023-10-02T10:00");
        let by = house.person("mai").await;
        let (until, note) = (Some(date(2023, 10, 20)), Some("đang xem xét".into()));
        house.reply_as("1", "pnv", Request { until, note, ..Request::new(ReplyKind::Hold, by, "cli") }).await;
        both_put_it_off(&mut house).await;
        house.until("2023-10-03T17:00").await;
        assert_eq!(house.lines(), ["10-03 10:00 email binh@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_change_between_routing_and_packing_is_routed_anew() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        let now = house.clock.now();
        dondoc::engine::plan::plan(&house.engine, now).await.expect("planned");
        dondoc::engine::route::route(&house.engine, now).await.expect("routed");
        house.import(BINH_TAKES_OVER).await;
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 email binh@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn who_was_reached_already_is_not_told_again_when_the_other_is_replaced() {
    on_both(async |store| {
        // Head and deputy are told; the deputy's mail waits, and meanwhile the deputy leaves without a successor.
        let rules = policy(
            &(step("giao", "on assignment", "\"assignee\", \"person:chi\"", "")
                + &step("bao", "1 working day after step giao", "\"supervisor\"", "")),
        );
        let mut house = House::on(store, &rules, &one_duty()).await;
        let later = Verdict::Deferred {
            reason: "said later".to_owned(),
            retry_after_ms: Some(30 * 60_000),
            fault: dondoc::domain::delivery::Fault::Message,
        };
        house.mail.answer_next(later);
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 email chi@example.org", "10-02 07:30 telegram 1001"]);
        house.import("[[person]]\nid = \"chi\"\nname = \"Lê Thị Chi\"\nemail = \"chi@example.org\"\nactive = false\n").await;
        house.until("2023-10-02T17:00").await;
        assert_eq!(house.lines(), Vec::<String>::new());
        assert_eq!(reminders(&house, "giao").await, ["delivered"], "one of its people was reached");
        house.until("2023-10-04T00:00").await;
        assert_eq!(house.lines(), ["10-03 07:30 email phuc@example.org"], "the ladder does not wait for ever");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_delivered_to_one_and_answered_before_the_other_stays_delivered() {
    on_both(async |store| {
        let rules = policy(&step("giao", "on assignment", "\"assignee\", \"person:chi\"", ""));
        let mut house = House::on(store, &rules, &one_duty()).await;
        let later = Verdict::Deferred {
            reason: "said later".to_owned(),
            retry_after_ms: Some(30 * 60_000),
            fault: dondoc::domain::delivery::Fault::Message,
        };
        house.mail.answer_next(later);
        house.tick().await;
        assert_eq!(house.lines().len(), 2);
        house.reply("1", "pnv", "an", ReplyKind::Done).await;
        house.until("2023-10-03T17:00").await;
        assert_eq!(house.lines(), Vec::<String>::new());
        assert_eq!(reminders(&house, "giao").await, ["delivered"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn the_channel_that_refused_is_not_chosen_again_when_the_next_is_routed_anew() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.chat.answer_next(refused());
        drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        let mut tx = house.engine.store.begin().await.expect("a writer");
        let channel = dondoc::domain::policy::ChannelKind::Telegram;
        let now = house.clock.now();
        let claimed = dondoc::engine::deliver::claim(&house.engine, &mut tx, channel, 1, now).await.expect("claimed");
        dondoc::engine::deliver::mark(&house.engine, &mut tx, &claimed[0].slip, &refused(), now).await.expect("marked");
        tx.commit().await.expect("a commit");
        // The mail is not packed yet; an answer makes everything look again.
        house.reply("1", "pnv", "an", ReplyKind::Progress).await;
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 email an@example.org"]);
        assert_eq!(reminders(&house, "giao").await, ["delivered"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_was_closed_by_new_rules_is_left_for_the_next() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        let now = house.clock.now();
        dondoc::engine::plan::plan(&house.engine, now).await.expect("planned");
        dondoc::engine::route::route(&house.engine, now).await.expect("routed");
        let mail_only = vec![dondoc::domain::policy::ChannelKind::Email];
        house.engine = house.engine.with_rules(house.engine.rules.clone(), mail_only);
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 email an@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_vacancy_is_filled_by_the_unit_above_and_told_to_the_monitor_once() {
    on_both(async |store| {
        let facts = OFFICE.replace(
            "person = \"an\"\nunit = \"pnv\"\nposition = \"head\"",
            "person = \"an\"\nunit = \"pnv\"\nposition = \"officer\"",
        ) + &directive("1", "Báo cáo quý", "\"pnv\"", "deadline = 2023-10-20")
            + &directive("2", "Rà soát thủ tục", "\"pnv\"", "deadline = 2023-10-27");
        let mut house = House::on(store, &told_when_assigned(), &facts).await;
        house.tick().await;
        let left = house.left();
        let mut to: Vec<&str> = left.iter().map(|one| one.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["lan@example.org", "mai@example.org"], "one message each");
        let monitor = left.iter().find(|one| one.to == "mai@example.org").expect("the monitor");
        assert!(monitor.parcel.text.contains("“người đứng đầu Phòng Nội vụ”"), "{}", monitor.parcel.text);
        house.import(&directive("3", "Việc mới", "\"pnv\"", "deadline = 2023-10-27")).await;
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 email lan@example.org"], "the monitor knows already");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_substitute_is_told_in_the_place_of_who_is_away() {
    on_both(async |store| {
        let away = "[[substitution]]\nperson = \"an\"\nby = \"chi\"\nfrom = 2023-10-02\nto = 2023-10-04\n";
        let rules = policy(
            &(step("giao", "on assignment", "\"assignee\"", "")
                + &step("nhac", "3 working days after assignment", "\"assignee\"", "")),
        );
        let mut house = House::on(store, &rules, &(one_duty() + away)).await;
        house.tick().await;
        let left = house.left();
        assert_eq!((left.len(), left[0].to.as_str()), (1, "chi@example.org"));
        assert!(left[0].parcel.text.contains("Nguyễn Văn An"), "{}", left[0].parcel.text);
        house.until("2023-10-06T00:00").await;
        assert_eq!(house.lines(), ["10-05 07:30 telegram 1001"], "back at the desk");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn one_person_in_two_roles_gets_one_message_and_no_copy() {
    on_both(async |store| {
        let rules = policy(&step("giao", "on assignment", "\"assignee\", \"unit.head\"", "copy = [\"person:an\", \"monitor\"]"));
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.tick().await;
        assert_eq!(house.lines(), ["10-02 07:30 email mai@example.org", "10-02 07:30 telegram 1001"]);
        assert_eq!(messages(&house).await.len(), 2);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn an_escalation_whose_people_know_already_goes_to_or_else_without_courtesy() {
    on_both(async |store| {
        let rules = policy(
            &(step("nhac", "1 working day after assignment", "\"assignee\"", "")
                + &step(
                    "don-doc",
                    "2 working days after assignment",
                    "\"unit.head\"",
                    "or_else = [\"supervisor\"]\ncourtesy = \"4 working hours\"",
                )),
        );
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.until("2023-10-06T00:00").await;
        assert_eq!(house.lines(), ["10-03 07:30 telegram 1001", "10-04 07:30 email phuc@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn the_assignee_is_told_first_who_will_be_told_and_may_still_answer() {
    on_both(async |store| {
        let rules = policy(&step("bao", "1 working day after assignment", "\"supervisor\"", "courtesy = \"4 working hours\""));
        let mut house = House::on(store.clone(), &rules, &one_duty()).await;
        house.until("2023-10-03T10:00").await;
        let left = house.left();
        assert_eq!((left.len(), left[0].at.as_str(), left[0].to.as_str()), (1, "10-03 07:30", "1001"));
        assert!(left[0].parcel.text.contains("Hoàng Văn Phúc"), "{}", left[0].parcel.text);
        house.until("2023-10-03T17:00").await;
        assert_eq!(house.lines(), ["10-03 13:00 email phuc@example.org"]);
        house.is_sound().await;
    })
    .await;
    on_both(async |store| {
        let rules = policy(&step("bao", "1 working day after assignment", "\"supervisor\"", "courtesy = \"4 working hours\""));
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.until("2023-10-03T10:00").await;
        assert_eq!(house.lines().len(), 1);
        house.reply("1", "pnv", "an", ReplyKind::Progress).await;
        house.until("2023-10-06T00:00").await;
        assert_eq!(house.lines(), Vec::<String>::new());
        assert_eq!(reminders(&house, "bao").await, ["answered"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn a_step_the_assignee_is_told_by_anyway_needs_no_courtesy() {
    on_both(async |store| {
        let rules = policy(&step(
            "nhac",
            "1 working day after assignment",
            "\"assignee\", \"supervisor\"",
            "courtesy = \"4 working hours\"",
        ));
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.until("2023-10-03T10:00").await;
        assert_eq!(house.lines(), ["10-03 07:30 email phuc@example.org", "10-03 07:30 telegram 1001"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_at_all_is_told_to_the_operators_and_does_not_stop_the_ladder() {
    on_both(async |store| {
        let rules = policy(
            &(step("giao", "on assignment", "\"position:khong-co@pnv\"", "")
                + &step("bao", "1 working day after step giao", "\"supervisor\"", "")),
        );
        let mut house = House::on(store, &rules, &one_duty()).await;
        house.tick().await;
        let mut to: Vec<String> = house.left().into_iter().map(|one| one.to).collect();
        to.sort_unstable();
        assert_eq!(to, ["mai@example.org", "truc@example.org"], "the vacancy to the monitor, the held step to the operators");
        house.until("2023-10-04T00:00").await;
        assert_eq!(house.lines(), ["10-03 07:30 email phuc@example.org"]);
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn who_is_not_active_any_more_may_not_answer() {
    on_both(async |store| {
        let house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.import("[[person]]\nid = \"chi\"\nname = \"Lê Thị Chi\"\nemail = \"chi@example.org\"\nactive = false\n").await;
        let replied = house.reply("1", "pnv", "chi", ReplyKind::Done).await;
        assert_eq!(replied, dondoc::engine::reply::Replied::Refused(dondoc::domain::reply::Refusal::NotEntitled));
        assert_eq!(house.works().await, ["not_acknowledged"]);
    })
    .await;
}

#[tokio::test]
async fn whoever_has_no_channel_at_all_is_told_to_the_operators_once_and_the_explanations_agree() {
    on_both(async |store| {
        let facts = one_duty().replace("email = \"chi@example.org\"\n", "");
        let both =
            step("giao", "on assignment", "\"assignee\", \"unit.deputy\"", "repeat = { every = \"1 working day\", max = 3 }");
        let mut house = House::on(store, &policy(&both), &facts).await;
        house.tick().await;
        let mut left = house.left();
        left.sort_by_key(|one| one.channel != ChannelKind::Telegram);
        let to: Vec<&str> = left.iter().map(|one| one.to.as_str()).collect();
        assert_eq!(to, ["1001", "truc@example.org"]);
        let told = &left[1].parcel.text;
        assert!(told.contains("tới Lê Thị Chi") && told.contains("không có kênh nhận tin nào dùng được"), "{told}");
        let entries = house.journal("person-unreached").await;
        let chi = house.person("chi").await;
        assert!(entries.len() == 1 && entries[0].contains(&format!("\"person\":{}", chi.0)), "{entries:?}");
        // Why she heard nothing, and why the operator did.
        let id = house.assignment("1", "pnv").await;
        house.sleeps_until("2023-10-02T07:31");
        let now = house.clock.now();
        let silence = why_not(&house.engine, id, "chi", now, now).await.expect("a store").expect("a person of the facts");
        let codes: Vec<Code> = silence.steps.iter().filter(|one| one.step.to_string() == "giao").map(|one| one.code).collect();
        assert!(codes.contains(&Code::NoChannel) && !codes.contains(&Code::Told), "{codes:?}");
        let grounds = why(&house.engine, &left[1].parcel.key, now).await.expect("a store").expect("it was sent");
        let carried: Vec<String> = grounds.reminders.iter().map(|one| one.step.to_string()).collect();
        assert_eq!(carried, ["notice:held"]);
        // Neither the repeats nor what is looked at between them tell it again; another duty does.
        house.until("2023-10-04T00:00").await;
        assert_eq!(house.lines(), ["10-03 07:30 telegram 1001"]);
        house.import(&directive("2", "Việc khác", "\"pnv\"", "deadline = 2023-10-27")).await;
        house.until("2023-10-05T00:00").await;
        let told = house.lines().into_iter().filter(|line| line.ends_with("truc@example.org")).count();
        assert_eq!((told, house.journal("person-unreached").await.len()), (1, 2));
        house.is_sound().await;
    })
    .await;
}
