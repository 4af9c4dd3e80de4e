//! What `why-not` says of what is recorded and does not leave: taken back before it was told, and held by a guard.

use dondoc::domain::delivery::{Binding, Verdict};
use dondoc::domain::organisation::UnitId;
use dondoc::domain::reply::ReplyKind;
use dondoc::engine::drive;
use dondoc::engine::reply::Request;
use dondoc::engine::silence::{Code, Silence};
use dondoc::engine::why_not::why_not;
use dondoc::store::assignments::Loaded;
use dondoc::store::rewind;
use jiff::civil::date;

use super::house::{House, at};
use super::{OFFICE, directive, merge, on_both, one_duty, policy, step, told_when_assigned};

/// What is told of a step to that person, asked now about an instant.
async fn asked(house: &House, (clause, person): (&str, &str), step: &str, then: &str) -> Vec<Silence> {
    let id = house.assignment(clause, "pnv").await;
    let found = why_not(&house.engine, id, person, at(then), house.clock.now()).await.expect("a store").expect("a person");
    found.steps.into_iter().filter(|one| one.step.to_string() == step).collect()
}

#[tokio::test]
async fn a_request_decided_before_anybody_was_told_of_it_is_said_to_be_taken_back() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.until("2023-10-02T20:00").await;
        let (an, mai) = (house.person("an").await, house.person("mai").await);
        let asks =
            Request { until: Some(date(2023, 11, 20)), note: Some("x".into()), ..Request::new(ReplyKind::Extend, an, "cli") };
        house.reply_as("1", "pnv", asks).await;
        house.sleeps_until("2023-10-02T20:30");
        house.reply_as("1", "pnv", Request::new(ReplyKind::Grant, mai, "cli")).await;
        house.sleeps_until("2023-10-02T21:00");
        let about = ("1", "mai");
        for then in ["2023-10-02T20:45", "2023-10-02T21:00", "2023-10-03T09:00"] {
            let told = asked(&house, about, "notice:extension-asked", then).await;
            let told: Vec<_> = told.iter().map(|one| (one.code, one.reason.as_str(), one.next_at)).collect();
            assert_eq!(told, [(Code::Cancelled, "answered", None)], "{then}");
        }
        let before = asked(&house, about, "notice:extension-asked", "2023-10-02T20:15").await;
        assert_eq!((before[0].code, before[0].next_at), (Code::OutsideHours, Some(at("2023-10-03T07:30"))));
        let journal = house.journal("reminder-cancelled").await;
        assert!(journal.len() == 1 && journal[0].contains("notice:extension-asked"), "{journal:?}");
        house.is_sound().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_storm_holds_is_said_to_be_held_and_not_on_its_way() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        for clause in 2..40 {
            house.import(&directive(&clause.to_string(), "Việc", "\"pnv\"", "deadline = 2023-10-20")).await;
        }
        house.until("2023-10-03T09:00").await;
        for clause in 1..31 {
            house.reply(&clause.to_string(), "pnv", "an", ReplyKind::NotOurs).await;
            house.tick().await;
        }
        let held = "SELECT d.clause FROM message_item i JOIN reminder r ON r.id = i.reminder_id
            JOIN assignment a ON a.id = r.assignment_id JOIN directive d ON d.id = a.directive_id
            WHERE i.message_id IS NULL AND i.state = 'open' ORDER BY i.id LIMIT 1";
        let clause = house.rows(held).await.remove(0);
        let told = asked(&house, (&clause, "mai"), "notice:dispute", "2023-10-03T09:00").await;
        let told: Vec<_> = told.iter().map(|one| (one.code, one.reason.as_str(), one.message.clone())).collect();
        assert_eq!(told, [(Code::HeldByGuard, "storm-held", None)]);
        assert_eq!(asked(&house, ("1", "mai"), "notice:dispute", "2023-10-03T09:00").await[0].code, Code::Told);
    })
    .await;
}

#[tokio::test]
async fn a_mail_to_the_trial_mailbox_is_said_to_have_gone_there_once_it_has() {
    on_both(async |store| {
        let rules = format!("[trial]\nto = \"thu@example.org\"\n{}", told_when_assigned());
        let mut house = House::on(store, &rules, &one_duty()).await;
        drive::prepare(&house.engine, house.clock.now()).await.expect("prepared");
        let code = async |house: &House| asked(house, ("1", "an"), "giao", "2023-10-02T07:30").await[0].code;
        assert_eq!(code(&house).await, Code::OnItsWay);
        house.tick().await;
        assert_eq!(code(&house).await, Code::Trial);
        house.import(&directive("2", "Việc khác", "\"pnv\"", "deadline = 2023-10-20")).await;
        house.mail.answer_next(Verdict::Refused { reason: "said no".to_owned(), binding: Binding::Kept });
        house.tick().await;
        let refused = asked(&house, ("2", "an"), "giao", "2023-10-02T07:30").await;
        assert!(matches!(refused[0].code, Code::Held | Code::Refused), "{:?}", refused[0].code);
    })
    .await;
}

async fn as_of(house: &House, (clause, unit): (&str, &str), then: &str) -> Loaded {
    let id = house.assignment(clause, unit).await;
    let mut connection = house.engine.store.read().acquire().await.expect("a connection");
    let found = rewind::as_of(&mut connection, id, &house.engine.rules.office, at(then)).await.expect("a store");
    found.unwrap_or_else(|| panic!("it was known at {then}")).loaded
}

/// The hold is the first answer after the instant asked about, and it is a later one that began the deadline.
#[tokio::test]
async fn a_deadline_that_began_by_a_later_answer_was_not_there_before_whatever_else_was_said() {
    on_both(async |store| {
        let rules = policy(
            &(step("giao", "on assignment", "\"assignee\"", "")
                + &step("nhac", "3 working days before deadline", "\"assignee\"", "")),
        );
        let relative = "deadline = \"10 ngày làm việc kể từ ngày nhận được\"";
        let facts = format!("{OFFICE}{}", directive("1", "Góp ý", "\"pnv\"", relative));
        let mut house = House::on(store, &rules, &facts).await;
        let (an, mai) = (house.person("an").await, house.person("mai").await);
        house.until("2023-10-20T09:00").await;
        let hold = Request { until: Some(date(2023, 10, 23)), ..Request::new(ReplyKind::Hold, mai, "cli") };
        house.reply_as("1", "pnv", hold).await;
        house.until("2023-10-25T09:00").await;
        house.reply_as("1", "pnv", Request::new(ReplyKind::Acknowledge, an, "cli")).await;
        house.until("2023-10-26T09:00").await;
        let asks =
            Request { until: Some(date(2023, 11, 20)), note: Some("x".into()), ..Request::new(ReplyKind::Extend, an, "cli") };
        house.reply_as("1", "pnv", asks).await;
        let before = async |house: &House| {
            let told = asked(house, ("1", "an"), "nhac", "2023-10-19T09:00").await;
            assert_eq!(told.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::NoMoment]);
            assert_eq!(as_of(house, ("1", "pnv"), "2023-10-19T09:00").await.view.deadline, None);
            assert_eq!(as_of(house, ("1", "pnv"), "2023-10-23T09:00").await.view.deadline, None);
            let began = as_of(house, ("1", "pnv"), "2023-10-25T10:00").await.view.deadline.map(|deadline| deadline.last_day);
            assert_eq!(began, Some(date(2023, 11, 8)));
        };
        before(&house).await;
        // An extension of it tells of a deadline that was not there either.
        house.reply_as("1", "pnv", Request::new(ReplyKind::Grant, mai, "cli")).await;
        house.sleeps_until("2023-10-26T10:00");
        before(&house).await;
    })
    .await;
}

#[tokio::test]
async fn an_instant_between_two_mergers_names_the_unit_that_answered_then() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        let named = |loaded: &Loaded| {
            (loaded.about.unit, loaded.view.parties.lead, loaded.view.inherited_at, loaded.about.inherited_from.clone())
        };
        let mut known = Vec::new();
        for (merged, then) in [
            (None, "2023-10-03T09:00"),
            (Some(("pnv", "tckh", "2023-10-03T10:00")), "2023-10-04T09:00"),
            (Some(("tckh", "ubnd", "2023-10-04T10:00")), "2023-10-05T09:00"),
        ] {
            if let Some((from, into, at)) = merged {
                house.until(at).await;
                merge(&house, from, into).await;
            }
            house.until(then).await;
            known.push((then, named(&as_of(&house, ("1", "pnv"), then).await)));
        }
        for (then, live) in known {
            assert_eq!(named(&as_of(&house, ("1", "pnv"), then).await), live, "{then}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_first_life_of_a_duty_that_came_back_is_still_told_of() {
    on_both(async |store| {
        let mut house = House::on(store, &told_when_assigned(), &one_duty()).await;
        house.until("2023-10-03T09:00").await;
        let mai = house.person("mai").await;
        let stood = |loaded: &Loaded| (loaded.view.work, loaded.view.known_at, loaded.about.from_unit);
        let mut known = vec![("2023-10-03T09:00", stood(&as_of(&house, ("1", "pnv"), "2023-10-03T09:00").await))];
        for (from, to, at, then) in
            [("pnv", "tckh", "2023-10-03T10:00", "2023-10-04T09:00"), ("tckh", "pnv", "2023-10-04T10:00", "2023-10-05T09:00")]
        {
            house.until(at).await;
            let to = UnitId(house.number(&format!("SELECT id FROM unit WHERE code = '{to}'")).await);
            house.reply_as("1", from, Request { to_unit: Some(to), ..Request::new(ReplyKind::Transfer, mai, "cli") }).await;
            house.until(then).await;
            known.push((then, stood(&as_of(&house, ("1", "pnv"), then).await)));
        }
        house.until("2023-10-05T10:00").await;
        house.reply("1", "pnv", "an", ReplyKind::Acknowledge).await;
        house.until("2023-10-06T09:00").await;
        for (then, live) in known {
            assert_eq!(stood(&as_of(&house, ("1", "pnv"), then).await), live, "{then}");
        }
        let first = asked(&house, ("1", "an"), "giao", "2023-10-03T09:00").await;
        assert_eq!(first.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::Told]);
        let id = house.assignment("1", "pnv").await;
        let mut connection = house.engine.store.read().acquire().await.expect("a connection");
        let office = &house.engine.rules.office;
        assert!(rewind::as_of(&mut connection, id, office, at("2023-10-01T09:00")).await.expect("a store").is_none());
    })
    .await;
}
