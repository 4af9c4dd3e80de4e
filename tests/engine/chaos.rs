//! Whatever channels answer, people reply and facts become: what the engine owes holds at the end. Seeds are replayable.

use std::collections::BTreeMap;

use dondoc::domain::delivery::{Binding, Fault, Verdict};
use dondoc::domain::reply::ReplyKind;
use dondoc::engine::drive;
use dondoc::store::Store;
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::house::{House, at};
use super::{OFFICE, directive, on_both, policy, step};

const DUTIES: usize = 4;

fn rules() -> String {
    policy(
        &(step("giao", "on assignment", "\"assignee\", \"unit.deputy\"", "copy = [\"supervisor\"]")
            + &step("nhac", "3 working days before deadline", "\"assignee\"", "repeat = { every = \"1 working day\", max = 3 }")
            + &step("don-doc", "1 working day after deadline", "\"unit.deputy\"", "courtesy = \"4 working hours\"")
            + &step(
                "tuan",
                "2 working days after deadline",
                "\"supervisor\"",
                "digest = \"weekly\"\nrepeat = { every = \"5 working days\", max = 3 }",
            )),
    )
}

fn title(duty: usize) -> String {
    format!("Việc mang số {duty}")
}

fn facts() -> String {
    let duty = |number: usize| {
        let (unit, day) = (["\"pnv\"", "\"tckh\""][number % 2], 9 + number);
        directive(&number.to_string(), &title(number), unit, &format!("deadline = 2023-10-{day:02}"))
    };
    OFFICE.to_owned() + &(1..=DUTIES).map(duty).collect::<String>()
}

fn unit_of(duty: usize) -> (&'static str, &'static str) {
    [("pnv", "chi"), ("tckh", "binh")][duty % 2]
}

fn any_verdict(rng: &mut Rng) -> Verdict {
    let reason = "chaos".to_owned();
    match rng.u8(0..12) {
        0..5 => Verdict::Accepted { receipt: None },
        5..8 => Verdict::Uncertain { reason },
        8 => Verdict::Deferred { reason, retry_after_ms: None, fault: Fault::Channel },
        9 => Verdict::Deferred { reason, retry_after_ms: Some(rng.i64(0..20_000_000)), fault: Fault::Message },
        10 => Verdict::Refused { reason, binding: Binding::Kept },
        _ => Verdict::Refused { reason, binding: if rng.bool() { Binding::Dead } else { Binding::MovedTo(rng.i64(1..9)) } },
    }
}

/// A person comes, goes, or is away.
fn any_change(rng: &mut Rng) -> &'static str {
    [
        "[[substitution]]\nperson = \"an\"\nby = \"chi\"\nfrom = 2023-10-04\nto = 2023-10-11\n",
        "[[substitution]]\nperson = \"chi\"\nfrom = 2023-10-03\nto = 2023-10-09\n",
        "[[appointment]]\nperson = \"an\"\nunit = \"pnv\"\nposition = \"head\"\nfrom = 2020-01-01\nto = 2023-10-05\n",
        "[[person]]\nid = \"chi\"\nname = \"Lê Thị Chi\"\nemail = \"moi@example.org\"\n",
        "[[person]]\nid = \"an\"\nname = \"Nguyễn Văn An\"\ntelegram = 2002\nprefer = [\"telegram\", \"email\"]\nemail = \"an@example.org\"\n",
    ][rng.usize(0..5)]
}

/// Three weeks of trouble, then everything works again.
pub(super) async fn three_weeks(store: Store, seed: u64) -> (House, BTreeMap<usize, Timestamp>) {
    let mut rng = Rng::with_seed(seed);
    let mut house = House::on(store, &rules(), &facts()).await;
    let mut done = BTreeMap::new();
    let end = at("2023-10-21T00:00");
    while house.clock.now() < end {
        for _ in 0..rng.usize(0..4) {
            let verdict = any_verdict(&mut rng);
            if rng.bool() {
                house.mail.answer_next(verdict)
            } else {
                house.chat.answer_next(verdict)
            };
        }
        if rng.u8(0..3) == 0 {
            // Something happens between packing and sending.
            drive::prepare(&house.engine, house.clock.now()).await.expect("packed");
        }
        match rng.u8(0..10) {
            0 => house.import(any_change(&mut rng)).await,
            1..4 => {
                let duty = rng.usize(1..=DUTIES);
                let kind = [ReplyKind::Acknowledge, ReplyKind::Progress, ReplyKind::Done][rng.usize(0..3)];
                let (unit, person) = unit_of(duty);
                house.reply(&duty.to_string(), unit, person, kind).await;
                if kind == ReplyKind::Done {
                    done.entry(duty).or_insert(house.clock.now());
                }
            }
            _ => {}
        }
        house.tick().await;
        house.clock.set(house.clock.now() + SignedDuration::from_mins(rng.i64(5..300)));
    }
    for _ in 0..1_000 {
        house.mail.answer_next(Verdict::Accepted { receipt: None });
        house.chat.answer_next(Verdict::Accepted { receipt: None });
    }
    house.until("2023-12-30T00:00").await;
    (house, done)
}

async fn what_is_owed_holds(store: Store, seed: u64) {
    let (house, done) = three_weeks(store, seed).await;
    let calendar = &house.engine.rules.calendar;
    let hours = &house.engine.rules.policies[0].hours;
    for (left_at, parcel) in house.mail.take() {
        assert!(calendar.is_open(hours, left_at), "seed {seed}: {left_at} is no office hour");
        for (duty, since) in &done {
            // Monitor and operators are told of vacancies and held messages whatever became of the duty.
            let of_the_house = ["mai@example.org", "truc@example.org"].contains(&parcel.address.as_str());
            let silent = of_the_house || *since >= left_at || !parcel.text.contains(&title(*duty));
            assert!(
                silent,
                "seed {seed}: duty {duty} was reported done at {since}, and this left at {left_at}:\n{}",
                parcel.text
            );
        }
    }
    let none: Vec<String> = Vec::new();
    let open = "SELECT id, channel, state, reason FROM message WHERE state NOT IN ('accepted', 'refused', 'cancelled', 'held')";
    assert_eq!(house.rows(open).await, none, "seed {seed}");
    let waiting = "SELECT id, step, state, reason FROM reminder WHERE state IN ('queued', 'carried')";
    assert_eq!(house.rows(waiting).await, none, "seed {seed}");
    let loose = "SELECT id, kind, state FROM message_item WHERE state = 'open'";
    assert_eq!(house.rows(loose).await, none, "seed {seed}");
    let too_often = "SELECT message_id FROM attempt WHERE verdict = 'uncertain' GROUP BY message_id HAVING COUNT(*) > 3";
    assert_eq!(house.rows(too_often).await, none, "seed {seed}");
    let twice = "SELECT reminder_id, person_id FROM message_item WHERE state = 'accepted' GROUP BY reminder_id, person_id HAVING COUNT(*) > 1";
    assert_eq!(house.rows(twice).await, none, "seed {seed}");
    let hollow = "SELECT r.id, r.step FROM reminder r WHERE r.state = 'delivered' AND NOT EXISTS
                  (SELECT 1 FROM message_item i WHERE i.reminder_id = r.id AND i.state = 'accepted' AND i.kind <> 'copy')";
    assert_eq!(house.rows(hollow).await, none, "seed {seed}");
    let untold =
        "SELECT r.id, r.step FROM reminder r WHERE r.state = 'undeliverable' AND r.step NOT LIKE 'notice:%' AND NOT EXISTS
                  (SELECT 1 FROM reminder n WHERE n.step = 'notice:held' AND n.anchor = 'reminder:' || CAST(r.id AS TEXT))";
    assert_eq!(house.rows(untold).await, none, "seed {seed}");
    house.is_sound().await;
}

#[tokio::test]
async fn whatever_happens_nothing_is_lost_doubled_or_left_open() {
    for seed in 0..12 {
        what_is_owed_holds(Store::scratch().await.expect("a folder for temporary files"), seed).await;
    }
}

#[tokio::test]
async fn the_same_holds_on_both_databases() {
    on_both(async |store| what_is_owed_holds(store, 100).await).await;
}
