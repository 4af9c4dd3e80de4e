//! Explanations: every message has its grounds, every silence a reason, and the reason of a past instant is the one of then.

use std::collections::{BTreeMap, BTreeSet};

use dondoc::domain::guard::Guard;
use dondoc::domain::planner::AssignmentView;
use dondoc::domain::policy::ChannelKind;
use dondoc::domain::reply::ReplyKind;
use dondoc::engine::deliver::Claimed;
use dondoc::engine::drive::{self, Witness};
use dondoc::engine::guard;
use dondoc::engine::import::Mode;
use dondoc::engine::part::Part;
use dondoc::engine::reply::Request;
use dondoc::engine::silence::{Code, Silence};
use dondoc::engine::simulate::{Range, describe, simulate};
use dondoc::engine::succeed::{Change, succeed};
use dondoc::engine::undo::{Undone, undo_in};
use dondoc::engine::why::why;
use dondoc::engine::why_not::{WhyNot, why_not};
use dondoc::store::{Store, replies, rewind};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::house::{House, at};
use super::{OFFICE, chaos, directive, on_both, policy, step};

const PEOPLE: [&str; 5] = ["an", "chi", "binh", "lan", "mai"];

pub(super) fn rules() -> String {
    policy(
        &(step("giao", "on assignment", "\"assignee\"", "copy = [\"supervisor\"]")
            + &step(
                "nhac",
                "3 working days before deadline",
                "\"assignee\", \"unit.deputy\"",
                "repeat = { every = \"1 working day\", max = 3 }",
            )
            + &step(
                "don-doc",
                "1 working day after deadline",
                "\"supervisor\"",
                "courtesy = \"4 working hours\"\ncopy = [\"monitor\"]",
            )
            + &step("im-lang", "4 working days without report", "\"unit.head\"", "unless = \"reported\"")
            + &step("tuan", "2 working days after deadline", "\"supervisor\"", "digest = \"weekly\"")
            + &step("nghiem-thu", "1 working day after reported done", "\"monitor\"", "unless = \"accepted\"")),
    )
}

fn facts() -> String {
    let duty = |number: usize| {
        let (unit, day) = (["\"pnv\"", "\"tckh\""][number % 2], 6 + 2 * number);
        directive(&number.to_string(), &format!("Việc {number}"), unit, &format!("deadline = 2023-10-{day:02}"))
    };
    OFFICE.to_owned() + &(1..=3).map(duty).collect::<String>() + &directive("4", "Việc thường xuyên", "\"pnv\"", "")
}

/// What decides, as far as it can be told of a past instant; what has ended by then counts for nothing.
fn state(view: &AssignmentView, at: Timestamp) -> String {
    let ahead = |until: Option<Timestamp>| until.filter(|until| *until > at);
    let reminders: BTreeMap<String, String> = view
        .reminders
        .iter()
        .map(|(key, known)| {
            // What waits is put off to an opening, again and again.
            let stands = if known.state.is_unsettled() {
                format!("open {}", known.moment)
            } else {
                format!("{} {} {}", known.state.as_str(), known.moment, known.due_at)
            };
            (format!("{} {} {}", key.step, key.anchor, key.occurrence), stands)
        })
        .collect();
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?}\n{:#?}\n{:#?}",
        view.work,
        view.deadline,
        view.promised_until,
        ahead(view.paused_until),
        view.parties.assignee,
        view.replies,
        view.told,
        ahead(view.blocked_until),
        reminders
    )
}

/// Step, occurrence, code, and when it is looked at again.
pub(super) type Answer = (String, u16, Code, Option<Timestamp>);

pub(super) fn answers(found: &WhyNot) -> Vec<Answer> {
    found.steps.iter().map(|one| (one.step.to_string(), one.occurrence, one.code, one.next_at)).collect()
}

async fn any_reply(house: &House, rng: &mut Rng) -> (i64, &'static str) {
    let (clause, unit, person) =
        [("1", "tckh", "binh"), ("2", "pnv", "an"), ("3", "tckh", "binh"), ("4", "pnv", "an")][rng.usize(0..4)];
    let day = Some(house.engine.rules.calendar.date_of(house.clock.now()).saturating_add(SignedDuration::from_hours(48)));
    let (kind, until, who) = match rng.u8(0..9) {
        0 => (ReplyKind::Acknowledge, None, person),
        1 => (ReplyKind::Acknowledge, day, person),
        2 | 3 => (ReplyKind::Progress, None, person),
        4 => (ReplyKind::Done, None, person),
        5 => (ReplyKind::Return, None, "mai"),
        6 => (ReplyKind::Hold, day, "mai"),
        7 => (ReplyKind::NotOurs, None, person),
        _ => (ReplyKind::Accept, None, "mai"),
    };
    let note = Some("ghi chú".to_owned());
    let request = Request { until, note, ..Request::new(kind, house.person(who).await, "cli") };
    house.reply_as(clause, unit, request).await;
    (house.assignment(clause, unit).await, who)
}

/// The last reply of that person is taken back; refused where others answered since, or where it is none of the unit's.
async fn taken_back(house: &House, assignment: i64, who: &str) -> bool {
    let person = house.person(who).await;
    let mut tx = house.engine.store.begin().await.expect("a store");
    let Some(last) = replies::last_of(&mut tx, assignment, person).await.expect("a store") else { return false };
    let undone = undo_in(&house.engine, &mut tx, last, person, house.clock.now()).await.expect("a store");
    tx.commit().await.expect("a store");
    matches!(undone, Undone::TakenBack(_))
}

/// What was seen of an assignment at an instant.
type Seen = (Timestamp, i64, String, &'static str, Vec<Answer>);

/// Turns the engine; a millisecond later everything of this instant is past, and what is told of it is what is known live.
async fn seen(house: &mut House, (id, person): (i64, &'static str), seed: u64) -> Seen {
    house.tick().await;
    let now = house.clock.now() + SignedDuration::from_millis(1);
    house.clock.set(now);
    let found = ask(house, id, person, now).await;
    agrees_with_the_outbox(house, id, person, &found, seed).await;
    names_every_step(&found, seed);
    found.steps.iter().for_each(|one| is_consistent(one, now));
    let mut connection = house.engine.store.read().acquire().await.expect("a connection");
    let office = &house.engine.rules.office;
    let live = dondoc::store::assignments::load(&mut connection, &[id], office, now).await.expect("a store").remove(0);
    let live = state(&live.view, now);
    let then = rewind::as_of(&mut connection, id, office, now).await.expect("a store").expect("it is known");
    assert_eq!(state(&then.loaded.view, now), live, "seed {seed}: {id} as of now, {now}");
    (now, id, live, person, answers(&found))
}

pub(super) async fn ask(house: &House, id: i64, person: &str, then: Timestamp) -> WhyNot {
    why_not(&house.engine, id, person, then, house.clock.now()).await.expect("a store").expect("a person of the facts")
}

/// Told is what was accepted by then, step by step; nothing else is.
pub(super) async fn agrees_with_the_outbox(house: &House, id: i64, person: &str, found: &WhyNot, seed: u64) {
    let sql = format!(
        "SELECT DISTINCT r.step, r.occurrence FROM message_item i JOIN reminder r ON r.id = i.reminder_id
         JOIN message m ON m.id = i.message_id JOIN person p ON p.id = i.person_id
         WHERE r.assignment_id = {id} AND p.code = '{person}' AND i.state = 'accepted' AND m.settled_at_ms <= {}",
        found.at.as_millisecond()
    );
    let sent: BTreeSet<String> = house.rows(&sql).await.into_iter().collect();
    let told = found.steps.iter().filter(|one| one.code == Code::Told);
    let told: BTreeSet<String> = told.map(|one| format!("{} | {}", one.step, one.occurrence)).collect();
    assert_eq!(told, sent, "seed {seed}: {person} about {id} by {}", found.at);
}

fn names_every_step(found: &WhyNot, seed: u64) {
    let named: BTreeSet<String> = found.steps.iter().map(|one| one.step.to_string()).collect();
    for step in ["giao", "nhac", "courtesy:don-doc", "don-doc", "im-lang", "tuan", "nghiem-thu"] {
        assert!(named.contains(step), "seed {seed}: nothing is said of {step}: {named:?}");
    }
}

/// What is not due yet by then has not come before the instant that was named, as long as nothing happens in between.
fn is_consistent(one: &Silence, at: Timestamp) {
    match one.code {
        Code::NotDueYet | Code::OutsideHours => assert!(one.next_at.is_some_and(|next| next > at), "{one:?}"),
        Code::Told | Code::OnItsWay => assert_ne!(one.part, Part::None, "{one:?}"),
        _ => {}
    }
}

async fn a_past_answer_is_the_one_of_then(store: Store, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let mut house = House::on(store, &rules(), &facts()).await;
    let ids: Vec<i64> =
        house.rows("SELECT id FROM assignment ORDER BY id").await.iter().map(|id| id.parse().expect("a key")).collect();
    let (mut all, mut undone): (Vec<Seen>, usize) = (Vec::new(), 0);
    while house.clock.now() < at("2023-10-24T00:00") {
        let given = if rng.u8(0..4) == 0 { Some(any_reply(&house, &mut rng).await) } else { None };
        let about = (ids[rng.usize(0..ids.len())], PEOPLE[rng.usize(0..PEOPLE.len())]);
        all.push(seen(&mut house, about, seed).await);
        if let Some((id, who)) = given.filter(|_| rng.bool()) {
            all.push(seen(&mut house, (id, about.1), seed).await);
            house.clock.set(house.clock.now() + SignedDuration::from_mins(2));
            undone += usize::from(taken_back(&house, id, who).await);
            all.push(seen(&mut house, (id, about.1), seed).await);
        }
        house.clock.set(house.clock.now() + SignedDuration::from_mins(rng.i64(30..400)));
    }
    assert!(undone > 0, "seed {seed}: no answer was taken back");
    for (then, id, live, person, answered) in all {
        let mut connection = house.engine.store.read().acquire().await.expect("a connection");
        let past = rewind::as_of(&mut connection, id, &house.engine.rules.office, then).await.expect("a store");
        drop(connection);
        assert_eq!(state(&past.expect("it was known").loaded.view, then), live, "seed {seed}: {id} as of {then}");
        assert_eq!(answers(&ask(&house, id, person, then).await), answered, "seed {seed}: {person} about {id} at {then}");
    }
}

#[tokio::test]
async fn the_reason_of_a_silence_at_a_past_instant_is_the_one_that_held_then() {
    let seeds = std::env::var("DONDOC_EXPLAINED").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1);
    for seed in 0..seeds {
        on_both(|store| a_past_answer_is_the_one_of_then(store, seed)).await;
    }
}

/// A deadline that is extended and then corrected afterwards, and a unit that is merged, change nothing of what was decided before.
#[tokio::test]
async fn a_past_answer_stays_when_the_deadline_is_corrected_and_when_the_unit_is_merged() {
    on_both(async |store| {
        let mut house = House::on(store, &rules(), &facts()).await;
        house.until("2023-10-09T09:00").await;
        let about: Vec<(i64, &'static str)> =
            vec![(house.assignment("2", "pnv").await, "an"), (house.assignment("2", "pnv").await, "chi")];
        let mut all = Vec::new();
        for one in &about {
            all.push(seen(&mut house, *one, 0).await);
        }
        house.sleeps_until("2023-10-09T09:30");
        house.import("[[extension]]\ndirective = \"4988/UBND#2\"\ndeadline = 2023-10-20\n").await;
        for one in &about {
            all.push(seen(&mut house, *one, 0).await);
        }
        house.sleeps_until("2023-10-09T10:00");
        let (last_day, corrected) = ("deadline = 2023-10-10", "deadline = 2023-10-31\ncorrection = true");
        assert!(facts().contains(last_day), "{}", facts());
        house.import(&directive("2", "Việc 2", "\"pnv\"", corrected)).await;
        for one in &about {
            let now = seen(&mut house, *one, 1).await;
            let before = all.iter().rfind(|seen| (seen.1, seen.3) == *one).expect("asked before");
            assert_ne!(now.2, before.2, "the correction holds from now on");
            all.push(now);
        }
        house.until("2023-10-12T09:00").await;
        let mut connection = house.engine.store.read().acquire().await.expect("a connection");
        let directory = dondoc::store::directory::load(&mut connection).await.expect("units");
        drop(connection);
        let unit = |code: &str| directory.unit_by_code(code).unwrap_or_else(|| panic!("no unit {code:?}")).id;
        let change = Change::Merge { from: vec![unit("pnv")], into: unit("tckh") };
        let now = house.clock.now();
        let today = house.engine.rules.calendar.date_of(now);
        let done = succeed(&house.engine, &change, today, "cli:test", Mode::Apply, now).await.expect("a store");
        assert!(done.is_ok_and(|done| !done.moved.is_empty()));
        house.until("2023-10-13T09:00").await;
        for (then, id, live, person, answered) in all {
            let mut connection = house.engine.store.read().acquire().await.expect("a connection");
            let past = rewind::as_of(&mut connection, id, &house.engine.rules.office, then).await.expect("a store");
            drop(connection);
            let past = past.expect("it was known").loaded.view;
            assert_eq!(state(&past, then), live, "{id} as of {then}");
            let told = answers(&ask(&house, id, person, then).await);
            let told_then: Vec<_> = answered.iter().filter(|one| one.2 == Code::Told).collect();
            assert!(told_then.iter().all(|one| told.contains(one)), "{person} about {id} at {then}: {told:?}");
        }
    })
    .await;
}

/// Nothing comes before the instant that `why-not` names, and at that instant it does.
#[tokio::test]
async fn what_is_not_due_yet_comes_when_it_was_said_to() {
    let mut house = House::new(&rules(), &facts()).await;
    house.until("2023-10-02T10:00").await;
    let id = house.assignment("1", "tckh").await;
    let mut checked = 0;
    for _ in 0..40 {
        let now = house.clock.now();
        let found = ask(&house, id, "lan", now).await;
        let waiting = |one: &&Silence| one.code == Code::NotDueYet && !one.step.to_string().starts_with("courtesy");
        let Some(next) = found.steps.iter().filter(waiting).filter_map(|one| one.next_at).min() else { break };
        // The courtesy before a step leaves at the step's moment, the step after it.
        let due: Vec<String> =
            found.steps.iter().filter(waiting).filter(|one| one.next_at == Some(next)).map(|one| one.step.to_string()).collect();
        let count = |due: &[String]| due.iter().map(|step| format!("'{step}', 'courtesy:{step}'")).collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT COUNT(*) FROM reminder WHERE assignment_id = {id} AND step IN ({})", count(&due));
        let before = house.number(&sql).await;
        house.clock.set(next - SignedDuration::from_millis(1));
        house.tick().await;
        assert_eq!(house.number(&sql).await, before, "{due:?} before {next}");
        house.clock.set(next);
        house.tick().await;
        let said = ask(&house, id, "lan", next).await;
        let came = house.number(&sql).await > before;
        let waits = |one: &&Silence| {
            due.contains(&one.step.to_string()) && matches!(one.code, Code::WaitsItsTurn | Code::WaitsForLowerRung)
        };
        assert!(came || said.steps.iter().any(|one| waits(&one)), "{due:?} at {next}: {:#?}", answers(&said));
        checked += 1;
    }
    assert!(checked >= 4, "{checked}");
}

#[tokio::test]
async fn every_message_of_a_troubled_house_has_its_grounds() {
    for seed in 100..103 {
        let (house, _) = chaos::three_weeks(Store::scratch().await.expect("a scratch store"), seed).await;
        let keys = house.rows("SELECT DISTINCT message_key FROM journal WHERE kind = 'message-packed'").await;
        assert!(keys.len() > 3, "{}", keys.len());
        for key in keys {
            let told = why(&house.engine, &key, house.clock.now()).await.expect("a store").expect("it was packed");
            let message = told.message.expect("it has a key");
            assert!(!message.config_digest.is_empty() && !message.to.name.is_empty(), "seed {seed}: {message:?}");
            assert!(
                !message.passed_over.is_empty() && ChannelKind::parse(&message.channel).is_some(),
                "seed {seed}: {message:?}"
            );
            assert!(!told.reminders.is_empty(), "seed {seed}: {key} carries nothing");
            for reminder in told.reminders {
                assert!(reminder.grounds.is_some() && !reminder.config_digest.is_empty(), "seed {seed}: {reminder:?}");
                assert!(!reminder.found.is_empty() && !reminder.reason.is_empty(), "seed {seed}: {reminder:?}");
            }
        }
    }
}

/// One silence of a step, the last one that is told of it.
fn last_of<'a>(found: &'a WhyNot, step: &str) -> &'a Silence {
    found.steps.iter().rev().find(|one| one.step.to_string() == step).unwrap_or_else(|| panic!("{step}: {:#?}", answers(found)))
}

fn found_out(one: &Silence) -> (Code, Option<Code>, u16) {
    (one.code, one.besides, one.occurrence)
}

#[tokio::test]
async fn each_silence_names_what_keeps_this_person_from_it() {
    let rules = policy(
        &(step("giao", "on assignment", "\"assignee\", \"unit.deputy\", \"person:khong\"", "copy = [\"supervisor\"]")
            + &step("nhac", "3 working days before deadline", "\"assignee\", \"unit.deputy\"", "")
            + &step(
                "don-doc",
                "1 working day after deadline",
                "\"unit.head\"",
                "or_else = [\"supervisor\"]\nrepeat = { every = \"1 working day\", max = 2 }",
            )
            + &step(
                "tuan",
                "4 working days after deadline",
                "\"supervisor\"",
                "digest = \"weekly\"\ncourtesy = \"1 working day\"",
            )),
    );
    let people = "[[person]]\nid = \"khong\"\nname = \"Không Kênh\"\n
        [[substitution]]\nperson = \"chi\"\nby = \"binh\"\nfrom = 2023-10-09\nto = 2023-10-13\n
        [[person]]\nid = \"cu\"\nname = \"Người Cũ\"\nemail = \"cu@example.org\"\n
        [[appointment]]\nperson = \"cu\"\nunit = \"pnv\"\nposition = \"deputy\"\nto = 2023-10-04\n";
    let duty = directive("1", "Việc", "\"pnv\"", "deadline = 2023-10-12");
    let mut house = House::new(&rules, &(OFFICE.to_owned() + people + &duty)).await;
    house.until("2023-10-02T10:00").await;
    let id = house.assignment("1", "pnv").await;
    let ask_now = async |house: &House, person: &'static str| ask(house, id, person, house.clock.now()).await;

    // Others of the step were told; this one has no channel.
    let khong = ask_now(&house, "khong").await;
    assert_eq!(found_out(last_of(&khong, "giao")), (Code::NoChannel, None, 1));
    assert_eq!(last_of(&khong, "giao").part, Part::To);
    // Whoever is away when a step leaves gets nothing of it, and it goes to who stands in.
    let chi = ask_now(&house, "chi").await;
    assert_eq!(found_out(last_of(&chi, "giao")), (Code::Told, None, 1));
    let ahead = last_of(&chi, "nhac");
    assert_eq!((found_out(ahead), ahead.part), ((Code::NotDueYet, Some(Code::Away), 1), Part::None));
    assert!(ahead.recipients.iter().any(|one| one.code == "binh"), "{ahead:?}");
    // Whose time in the position ends before.
    let cu = ask_now(&house, "cu").await;
    assert_eq!(found_out(last_of(&cu, "giao")), (Code::Told, None, 1));
    assert_eq!(found_out(last_of(&cu, "nhac")), (Code::NotDueYet, Some(Code::NotInOffice), 1));

    // Told before is only who was told before.
    house.until("2023-10-09T10:00").await;
    assert_eq!(found_out(last_of(&ask_now(&house, "an").await, "don-doc")), (Code::NotDueYet, Some(Code::ToldBefore), 1));
    assert_eq!(found_out(last_of(&ask_now(&house, "mai").await, "don-doc")), (Code::NotDueYet, Some(Code::NotARecipient), 1));

    // What counts from the new deadline is a silence of its own.
    house.import("[[extension]]\ndirective = \"4988/UBND#1\"\ndeadline = 2023-10-19\n").await;
    house.until("2023-10-10T10:00").await;
    let extended = ask_now(&house, "an").await;
    assert_eq!(found_out(last_of(&extended, "nhac")), (Code::NotDueYet, None, 1));
    assert_eq!(last_of(&extended, "nhac").next_at, Some(at("2023-10-16T07:30")));

    // Told as often as it may be, and silenced: neither comes again, and each says why.
    house.until("2023-10-24T10:00").await;
    let over = ask_now(&house, "phuc").await;
    assert_eq!(found_out(last_of(&over, "don-doc")), (Code::RepeatEnded, None, 3), "{:#?}", answers(&over));
    // Its courtesy has run; it waits for its digest, not for an opening.
    house.until("2023-10-26T16:00").await;
    let waits = ask_now(&house, "phuc").await;
    let digest = last_of(&waits, "tuan");
    assert_eq!((digest.code, digest.next_at), (Code::NotDueYet, Some(at("2023-10-30T07:30"))), "{digest:?}");
    assert_eq!(digest.rule.as_ref().and_then(|rule| rule.digest.as_deref()), Some("weekly"));
    house.reply("1", "pnv", "an", ReplyKind::Done).await;
    house.until("2023-10-30T09:00").await;
    let silenced = ask_now(&house, "phuc").await;
    assert_eq!(last_of(&silenced, "tuan").code, Code::Silenced);
    assert_eq!(found_out(last_of(&silenced, "don-doc")), (Code::Silenced, None, 3), "{:#?}", answers(&silenced));
}

/// A ladder of any steps that config takes.
pub(super) fn any_rules(rng: &mut Rng) -> String {
    let mut steps = String::new();
    for number in 0..rng.usize(2..7) {
        let (n, m) = (rng.u8(1..5), rng.u8(1..9));
        let when = match rng.u8(0..10) {
            0 => "on assignment".to_owned(),
            1 | 2 => format!("{n} working days before deadline"),
            3 => "on deadline".to_owned(),
            4 | 5 => format!("{n} working days after deadline"),
            6 => format!("{m} working hours after assignment"),
            7 => format!("{n} working days without report"),
            8 => format!("every {n} working days while undated"),
            _ => format!("{n} working days after reported done"),
        };
        let roles = ["assignee", "unit.head", "unit.deputy", "supervisor", "monitor", "person:binh"];
        let mut role = || format!("\"{}\"", roles[rng.usize(0..roles.len())]);
        let (to, copy, or_else) = (role(), role(), role());
        let mut more = String::new();
        if rng.bool() {
            more += &format!("copy = [{copy}]\n");
        }
        if rng.bool() {
            more += &format!("or_else = [{or_else}]\n");
        }
        if rng.bool() {
            more += &format!("courtesy = \"{m} working hours\"\n");
        }
        match rng.u8(0..4) {
            0 => more += "digest = \"weekly\"\n",
            1 => more += "digest = \"daily\"\n",
            2 => more += &format!("repeat = {{ every = \"{n} working days\", max = 3 }}\n"),
            _ => {}
        }
        if rng.u8(0..3) == 0 {
            more += &format!("unless = \"{}\"\n", ["acknowledged", "reported", "accepted"][rng.usize(0..3)]);
        }
        steps += &step(&format!("s{number}"), &when, &to, &more);
    }
    policy(&steps)
}

/// What `why-not` and `simulate` say of an instant ahead of an undisturbed office is what has left by then, with any history behind it.
async fn what_is_foretold_leaves(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let rules = if seed.is_multiple_of(2) { rules() } else { any_rules(&mut rng) };
    let mut house = House::new(&rules, &facts()).await;
    house.clock.set(at(&format!("2023-10-0{}T{:02}:{:02}", rng.u8(2..7), rng.u8(8..17), rng.u8(0..60))));
    for _ in 0..rng.usize(0..5) {
        house.tick().await;
        any_reply(&house, &mut rng).await;
        house.clock.set(house.clock.now() + SignedDuration::from_mins(rng.i64(30..2_000)));
    }
    let now = house.clock.now();
    let ids: Vec<i64> =
        house.rows("SELECT id FROM assignment ORDER BY id").await.iter().map(|id| id.parse().expect("a key")).collect();
    let then = now + SignedDuration::from_hours(rng.i64(1..24 * 40));
    let mut asked = Vec::new();
    for _ in 0..3 {
        let (id, person) = (ids[rng.usize(0..ids.len())], PEOPLE[rng.usize(0..PEOPLE.len())]);
        asked.push((id, person, ask(&house, id, person, then).await));
    }
    let last = house.engine.rules.calendar.date_of(then);
    let range = Range { from: None, to: Some(last) };
    let (store, channels) = (&house.engine.store, &house.engine.channels);
    let mut foretold = simulate(store, &house.engine.rules, channels, range, now).await.expect("a store");
    foretold.retain(|message| message.at <= then);
    let mut seen = Left(Vec::new());
    drive::run_until(&house.engine, &mut house.doors, &house.clock, then, &mut seen).await.expect("a run");
    let left = describe(&house.engine, &seen.0).await.expect("a store");
    assert_eq!(left, foretold, "seed {seed}: left, and foretold at {now}");
    for (id, person, found) in asked {
        agrees_with_the_outbox(&house, id, person, &found, seed).await;
        let live = ask(&house, id, person, then).await;
        let codes = |found: &WhyNot| {
            found.steps.iter().map(|one| (one.step.to_string(), one.occurrence, one.code, one.besides)).collect::<Vec<_>>()
        };
        assert_eq!(codes(&found), codes(&live), "seed {seed}: {person} about {id}, told at {now} of {then}, and told then");
    }
}

/// Every message that left.
struct Left(Vec<(i64, Timestamp)>);

impl Witness for Left {
    fn leaves(&mut self, claimed: &Claimed, now: Timestamp) {
        self.0.push((claimed.slip.id, now));
    }
}

#[tokio::test]
async fn what_is_foretold_of_an_undisturbed_office_leaves() {
    let seeds = std::env::var("DONDOC_EXPLAINED").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(6);
    for seed in 0..seeds {
        what_is_foretold_leaves(seed).await;
    }
}

/// A message keeps its key when it is made anew from the same parts: what is told of it is what became of it last.
#[tokio::test]
async fn a_message_that_was_taken_apart_twice_is_told_of_as_it_was_packed_last() {
    on_both(async |store| {
        let house = House::on(store, &super::told_when_assigned(), &super::one_duty()).await;
        for (packed, apart) in [("2023-10-02T07:30", "2023-10-02T08:00"), ("2023-10-02T09:00", "2023-10-02T09:30")] {
            house.sleeps_until(packed);
            drive::prepare(&house.engine, house.clock.now()).await.expect("prepared");
            house.sleeps_until(apart);
            guard::raise(&house.engine, Guard::Pause, "cli:vanthu", None, at(apart)).await.expect("paused");
            guard::lift(&house.engine, Guard::Pause, "cli:vanthu", at(apart)).await.expect("resumed");
        }
        let twice = "SELECT message_key FROM journal WHERE kind = 'message-packed' GROUP BY message_key HAVING COUNT(*) = 2";
        let keys = house.rows(twice).await;
        let kept = house.rows("SELECT key FROM message").await;
        assert!(keys.len() == 1 && !kept.contains(&keys[0]), "{keys:?} {kept:?}");
        let found = why(&house.engine, &keys[0], house.clock.now()).await.expect("a store").expect("the journal knows it");
        let message = found.message.expect("a message");
        assert_eq!((message.packed_at, message.settled_at), (at("2023-10-02T09:00"), Some(at("2023-10-02T09:30"))));
    })
    .await;
}

/// What a pause or a promise holds leaves with its moment where that lies after their end, and in an open hour: whoever stands in on that
/// day is named.
#[tokio::test]
async fn who_stands_in_is_told_of_the_day_on_which_a_step_leaves_after_a_pause() {
    let rules = policy(
        &(step("nhac", "3 working days before deadline", "\"assignee\"", "")
            + &step("don-doc", "1 working day after deadline", "\"supervisor\"", "courtesy = \"4 working hours\"")),
    );
    // The pause ends on Friday at midnight: what was due before leaves on Monday, what is due later at its own moment.
    let away = |by: &str, from: &str, to: &str| {
        format!("[[substitution]]\nperson = \"an\"\nby = \"{by}\"\nfrom = 2023-10-{from}\nto = 2023-10-{to}\n")
    };
    let away = away("chi", "14", "15") + &away("binh", "16", "16") + &away("lan", "23", "23");
    let sooner = directive("2", "Báo cáo tuần", "\"pnv\"", "deadline = 2023-10-17");
    let mut house = House::new(&rules, &(super::one_duty() + &sooner + &away)).await;
    house.until("2023-10-03T09:00").await;
    let mut named = Vec::new();
    for (clause, step) in [("1", "courtesy:don-doc"), ("2", "nhac")] {
        let hold = Request {
            until: Some(jiff::civil::date(2023, 10, 13)),
            note: Some("chờ hướng dẫn".to_owned()),
            ..Request::new(ReplyKind::Hold, house.person("mai").await, "cli")
        };
        house.reply_as(clause, "pnv", hold).await;
        let found = ask(&house, house.assignment(clause, "pnv").await, "an", house.clock.now()).await;
        let one = last_of(&found, step);
        assert_eq!((one.code, one.besides), (Code::Paused, Some(Code::Away)), "{one:?}");
        named.extend(one.recipients.iter().map(|who| format!("{step} {}", who.code)));
    }
    assert_eq!(named, ["courtesy:don-doc lan", "nhac binh"]);
}

/// A courtesy says who will be told: whoever stands in on the day on which the step follows, not on the day of the courtesy.
#[tokio::test]
async fn a_courtesy_names_who_stands_in_when_the_step_follows() {
    let rules = policy(&step("bao", "1 working day after assignment", "\"supervisor\"", "courtesy = \"1 working day\""));
    let away = "[[substitution]]\nperson = \"phuc\"\nby = \"binh\"\nfrom = 2023-10-03\nto = 2023-10-03\n
        [[substitution]]\nperson = \"phuc\"\nby = \"lan\"\nfrom = 2023-10-04\nto = 2023-10-05\n";
    let mut house = House::new(&rules, &(super::one_duty() + away)).await;
    house.until("2023-10-05T00:00").await;
    let left = house.left();
    let told: Vec<(&str, &str)> = left.iter().map(|one| (one.at.as_str(), one.to.as_str())).collect();
    assert_eq!(told, [("10-03 07:30", "1001"), ("10-04 07:30", "lan@example.org")]);
    let courtesy = &left[0].parcel.text;
    assert!(courtesy.contains("Phạm Thị Lan") && !courtesy.contains("Trần Văn Bình"), "{courtesy}");
}
