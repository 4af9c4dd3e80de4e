//! `reply`.

use dondoc::clock;
use dondoc::store::{Store, Where, meta};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::office::{Office, keys};

const NAME: &str = "12/UBND-VP#1@pnv";

fn reply(office: &Office, arguments: &[&str]) -> Value {
    office.run(&[&["reply", NAME], arguments, &["--json"]].concat()).json(0)
}

#[test]
fn the_new_state_is_a_row_of_list_and_whether_anything_changed() {
    let office = Office::with_facts();
    let first = reply(&office, &["acknowledge", "--as", "an", "--by", "phone"]);
    assert_eq!(keys(&first), ["assignment", "changed", "deadline", "overdue_working_days", "time", "title", "unit", "work"]);
    assert_eq!((&first["work"], &first["changed"]), (&json!("acknowledged"), &json!(true)));
    let again = reply(&office, &["acknowledge", "--as", "chi"]);
    assert_eq!((&again["work"], &again["changed"]), (&json!("acknowledged"), &json!(false)));
    let ran = office.run(&["reply", NAME, "acknowledge", "--as", "an"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("Nothing changed."), "{}", ran.out);
}

/// The daemon of this machine works by the earlier of wall and steady clock while the wall is doubted; so does a command.
#[tokio::test]
async fn a_reply_is_recorded_by_the_clock_the_daemon_would_believe() {
    let office = Office::with_facts();
    let store = Store::open(&Where::Sqlite(office.path("dondoc.db"))).await.expect("a store");
    let right = clock::read();
    let hour = SignedDuration::from_hours(1);
    let believed = right.wall - hour;
    let mut tx = store.begin().await.expect("a store");
    let note = format!("{} {} {}", clock::boot().expect("a boot id"), believed.as_millisecond(), right.steady.as_millis());
    meta::set(&mut tx, &format!("{}:{}", meta::CLOCK_BELIEVED, clock::host()), &note).await.expect("a store");
    tx.commit().await.expect("a store");
    reply(&office, &["acknowledge", "--as", "an"]);
    let mut connection = store.read().acquire().await.expect("a store");
    let at: i64 = sqlx::query_scalar("SELECT at_ms FROM reply").fetch_one(&mut *connection).await.expect("a reply");
    let at = jiff::Timestamp::from_millisecond(at).expect("an instant");
    assert!(
        (believed..believed + SignedDuration::from_mins(10)).contains(&at),
        "the wall jumped an hour ahead: {at}, {believed}"
    );
}

#[test]
fn the_words_of_a_reply_are_kept_in_composed_letters_and_may_begin_with_a_dash() {
    let office = Office::with_facts();
    // As a Mac types "thiếu kinh phí".
    let decomposed = "- thie\u{302}\u{301}u kinh phi\u{301}";
    assert_eq!(reply(&office, &["progress", "--note", decomposed, "--as", "an"])["changed"], true);
    assert_eq!(reply(&office, &["blocked", "--note", "-chờ", "--as", "an"])["changed"], true);
    assert_eq!(reply(&office, &["done", "--document", "- 9/BC", "--note", "--xong", "--as", "an"])["changed"], true);
    let shown = office.run(&["show", NAME, "--json"]).json(0);
    let notes: Vec<&Value> = shown["replies"].as_array().expect("replies").iter().map(|reply| &reply["note"]).collect();
    assert_eq!(notes, ["- thiếu kinh phí", "-chờ", "--xong"]);
    let table = office.run(&["export", NAME, "--csv"]).out;
    assert!(!table.contains('\u{302}') && table.contains("thiếu kinh phí"), "{table}");
}

#[test]
fn what_was_reported_on_paper_counts_from_its_day() {
    let office = Office::with_facts();
    let late = reply(&office, &["done", "--on", "2024-01-03", "--as", "an"]);
    assert_eq!((&late["time"], &late["overdue_working_days"]), (&json!("done_late"), &json!(2)));
    let back = reply(&office, &["return", "--note", "thiếu phụ lục", "--as", "binh"]);
    assert_eq!((&back["work"], &back["time"]), (&json!("returned"), &json!("overdue")));
    let done = reply(&office, &["done", "--on", "31/12/2023", "--document", "9/BC ngày 31/12/2023", "--as", "an"]);
    assert_eq!((&done["time"], &done["overdue_working_days"]), (&json!("done_on_time"), &json!(0)));
    let timed = ["reply", "12/UBND-VP#3@vp", "done", "--on", "2023-12-29", "--as", "binh", "--json"];
    assert_eq!(office.run(&timed).json(0)["time"], "done_on_time", "a paper of the day itself, due at 17:00");
    assert_eq!(reply(&office, &["accept", "--as", "lan"])["work"], "accepted");
    assert_eq!(reply(&office, &["acknowledge", "--as", "an"])["changed"], false, "a late answer undoes nothing");
}

#[test]
fn an_extension_is_asked_and_granted_and_moves_the_deadline() {
    let office = Office::with_facts();
    let until = super::office::today().saturating_add(jiff::Span::new().days(60)).to_string();
    assert_eq!(reply(&office, &["extend", "--until", &until, "--note", "chờ hướng dẫn", "--as", "an"])["changed"], true);
    let granted = reply(&office, &["grant", "--basis", "51/UBND", "--as", "binh"]);
    assert_eq!((&granted["deadline"], &granted["time"]), (&json!(until), &json!("not_due")));
    let shown = office.run(&["show", NAME, "--json"]).json(0);
    assert_eq!((&shown["extensions"][0]["from"], &shown["extensions"][0]["basis"]), (&json!("2023-12-31"), &json!("51/UBND")));
}

#[test]
fn a_blocked_duty_says_whom_it_waits_for_until_it_goes_on() {
    let office = Office::with_facts();
    let blocked = reply(&office, &["blocked", "--by", "vp", "--by", "phone", "--note", "chờ kinh phí", "--as", "an"]);
    assert_eq!((&blocked["work"], &blocked["changed"]), (&json!("blocked"), &json!(true)));
    let shown = office.run(&["show", NAME, "--json"]).json(0);
    assert_eq!((&shown["blocked_by"], shown["blocked_until"].is_string()), (&json!("vp"), true));
    assert_eq!((&shown["replies"][0]["to_unit"], &shown["replies"][0]["by"]), (&json!("vp"), &json!("phone")));
    assert!(office.run(&["list", "--unit", "pnv"]).out.contains("blocked, waits for"), "the list says it");
    let again = reply(&office, &["blocked", "--by", "vp", "--note", "chờ kinh phí", "--as", "an"]);
    assert_eq!(again["changed"], false, "said again it changes nothing");
    let other = reply(&office, &["blocked", "--by", "vp", "--note", "chờ hướng dẫn", "--as", "an"]);
    assert_eq!((&other["work"], &other["changed"]), (&json!("blocked"), &json!(true)), "another reason is recorded");
    let told = office.run(&["show", NAME, "--json"]).json(0);
    assert_eq!(told["blocked_until"], shown["blocked_until"], "and the wait does not begin anew");
    let notes: Vec<&Value> = told["replies"].as_array().expect("replies").iter().map(|reply| &reply["note"]).collect();
    assert_eq!(notes, ["chờ kinh phí", "chờ hướng dẫn"]);
    assert!(
        office.run(&["reply", NAME, "blocked", "--by", "pnv", "--note", "x", "--as", "an"]).refused(1).contains("another unit")
    );
    assert_eq!(reply(&office, &["progress", "--percent", "30", "--as", "an"])["work"], "in_progress");
    assert_eq!(office.run(&["show", NAME, "--json"]).json(0)["blocked_by"], Value::Null);
}

#[test]
fn a_hold_is_printed_and_a_transfer_names_the_other_assignment() {
    let office = Office::with_facts();
    let until = super::office::today().saturating_add(jiff::Span::new().days(20)).to_string();
    let held = reply(&office, &["hold", "--until", &until, "--note", "chờ hướng dẫn", "--as", "binh"]);
    assert_eq!((&held["paused_through"], &held["work"]), (&json!(until), &json!("not_acknowledged")));
    assert!(office.run(&["list", "--unit", "pnv"]).out.contains("on hold through"), "the list says it");
    assert!(
        office
            .run(&["reply", NAME, "hold", "--until", "2020-01-01", "--note", "x", "--as", "binh"])
            .refused(1)
            .contains("before today")
    );
    let gone = reply(&office, &["transfer", "--to", "ubnd", "--as", "binh"]);
    assert_eq!((&gone["work"], &gone["transferred_to"]), (&json!("withdrawn"), &json!("12/UBND-VP#1@ubnd")));
    let there = office.run(&["show", "12/UBND-VP#1@ubnd", "--json"]).json(0);
    assert_eq!(
        (&there["work"], &there["transferred_from"], &there["deadline"]),
        (&json!("not_acknowledged"), &json!("pnv"), &json!("2023-12-31"))
    );
    let facts = office.run(&["import", "facts.toml", "--json"]).json(0);
    assert_eq!(
        (&facts["changed"]["assignments"], &facts["added"]["assignments"]),
        (&json!(0), &json!(0)),
        "facts do not fight it"
    );
    assert_eq!(facts["problems"], json!([]));
}

#[test]
fn a_figure_needs_a_target() {
    let office = Office::with_facts();
    let ran = office.run(&["reply", NAME, "progress", "--value", "62,5", "--as", "an"]);
    assert!(ran.refused(1).contains("no target"), "{}", ran.err);
    let figure =
        ["reply", "12/UBND-VP#3@vp", "progress", "--value", "62.5", "--as-of", "2023-10-31", "--source", "KBNN", "--as", "binh"];
    assert_eq!(office.run(&figure).code, 0);
    let shown = office.run(&["show", "12/UBND-VP#3@vp", "--json"]).json(0);
    let figure = &shown["figures"][0];
    assert_eq!((&figure["as_of"], &figure["value"], &figure["source"]), (&json!("2023-10-31"), &json!(62.5), &json!("KBNN")));
}

#[test]
fn a_duty_is_handed_to_a_member_of_the_unit_by_its_head() {
    let office = Office::with_facts();
    assert_eq!(reply(&office, &["assign", "--to", "chi", "--as", "an"])["changed"], true);
    let list = office.run(&["list", "--person", "chi", "--json"]).json(0);
    assert_eq!(list[0]["assignment"], NAME);
    assert!(office.run(&["reply", NAME, "assign", "--to", "binh", "--as", "an"]).refused(1).contains("lead unit"));
}

#[test]
fn a_dispute_names_the_other_unit() {
    let office = Office::with_facts();
    let disputed = ["not-ours", "--to", "vp", "--note", "việc của văn phòng", "--as", "an"];
    assert_eq!(reply(&office, &disputed)["changed"], true);
    let shown = office.run(&["show", NAME, "--json"]).json(0);
    assert!(shown["paused_until"].is_string());
    let ran = office.run(&["reply", NAME, "not-ours", "--to", "vq", "--note", "x", "--as", "an"]);
    assert!(ran.refused(1).contains("did you mean \"vp\"?"), "{}", ran.err);
}

#[test]
fn who_may_not_and_what_does_not_fit_is_refused_with_the_reason_and_the_mend() {
    let office = Office::with_facts();
    let refused = |arguments: &[&str]| office.run(&[&["reply", NAME], arguments].concat()).refused(1).to_owned();
    insta::assert_snapshot!(refused(&["accept", "--as", "an"]), @"
    error[refused]: this person may not give that reply
      help: use --as with the monitor, a leader of the unit or an operator
    ");
    insta::assert_snapshot!(refused(&["acknowledge", "--as", "binh"]), @"
    error[refused]: this person may not give that reply
      help: use --as with the assignee, a member of the lead unit or who stands in for them
    ");
    insta::assert_snapshot!(refused(&["accept", "--as", "binh"]), @"
    error[refused]: the unit has not reported it done
      help: enter the unit's report with `reply … done` first
    ");
    insta::assert_snapshot!(refused(&["grant", "--as", "binh"]), @"
    error[refused]: no extension was asked
      help: grant with --until DATE, or wait for the unit's extend
    ");
    insta::assert_snapshot!(refused(&["done", "--on", "2150-01-01", "--as", "an"]), @"
    error[refused]: the day it counts from lies in the future
      help: give --on no later than today
    ");
    insta::assert_snapshot!(refused(&["acknowledge", "--as", "nobody"]), @r#"
    error[refused]: there is no person "nobody"
      help: use the id of the imported facts
    "#);
}

#[test]
fn options_a_reply_needs_or_does_not_know_are_wrong_usage() {
    let office = Office::with_facts();
    for arguments in [
        &["acknowledge"][..],
        &["extend", "--note", "x", "--as", "an"],
        &["extend", "--until", "2030-01-01", "--as", "an"],
        &["return", "--as", "binh"],
        &["withdraw", "--as", "binh"],
        &["refuse", "--as", "binh"],
        &["not-ours", "--as", "an"],
        &["assign", "--as", "an"],
        &["done", "--percent", "3", "--as", "an"],
        &["progress", "--percent", "101", "--as", "an"],
        &["progress", "--percent", "10", "--value", "3", "--as", "an"],
        &["progress", "--source", "KBNN", "--as", "an"],
        &["acknowledge", "--as", "an", "--by", "pigeon"],
        &["blocked", "--as", "an"],
        &["blocked", "--note", "x", "--by", "kt", "--by", "vp", "--as", "an"],
        &["done", "--by", "kt", "--as", "an"],
        &["transfer", "--as", "binh"],
        &["hold", "--note", "x", "--as", "binh"],
        &["hold", "--until", "2030-01-01", "--as", "binh"],
    ] {
        assert_eq!(office.run(&[&["reply", NAME], arguments].concat()).code, 2, "{arguments:?}");
    }
    assert_eq!(office.run(&["reply", "12/UBND-VP", "accept", "--as", "an"]).code, 2, "a dispatch is no assignment");
}
