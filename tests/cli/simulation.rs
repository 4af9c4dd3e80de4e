//! `simulate`.

use dondoc::store::{Store, Where};
use serde_json::{Value, json};

use super::office::{CONFIG, FACTS, Office, keys};

const DAYS: [&str; 4] = ["--from", "2023-10-01", "--to", "2024-01-31"];

/// When, to whom, which step: of the duty due on Sunday 31/12/2023.
fn ladder(messages: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut ladder = Vec::new();
    for message in messages.as_array().expect("a list") {
        for reminder in message["reminders"].as_array().expect("a list") {
            if reminder["assignment"] == "12/UBND-VP#1@pnv" {
                ladder.push((text(&message["at"]), text(&message["to"]), text(&reminder["step"])));
            }
        }
    }
    ladder
}

#[test]
fn the_ladder_of_a_sunday_at_the_end_of_the_year_counts_working_days() {
    let office = Office::with_facts();
    let messages = office.run(&[&["simulate", "--json"], &DAYS[..]].concat()).json(0);
    assert_eq!(keys(&messages[0]), ["at", "channel", "reminders", "subject", "to"]);
    assert_eq!(keys(&messages[0]["reminders"][0]), ["assignment", "reason", "step"]);
    let expected = [
        ("2023-12-27T07:30:00+07:00", "an", "remind"),
        ("2024-01-02T07:30:00+07:00", "binh", "escalate"),
        ("2024-01-02T07:30:00+07:00", "lan", "escalate"),
    ];
    let expected = expected.map(|(at, to, step)| (at.to_owned(), to.to_owned(), step.to_owned()));
    assert_eq!(ladder(&messages), expected);
    let times: Vec<&str> = messages.as_array().expect("a list").iter().filter_map(|one| one["at"].as_str()).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_simulation_changes_nothing_and_its_days_are_both_included() {
    let office = Office::with_facts();
    let before = office.run(&["verify", "--json"]).json(0);
    let one_day = ["simulate", "--json", "--from", "2024-01-02", "--to", "2024-01-02"];
    let messages = office.run(&one_day).json(0);
    assert_eq!(ladder(&messages).len(), 2);
    assert_eq!(office.run(&["verify", "--json"]).json(0), before);
    assert!(!office.path("outbox").exists(), "nothing is written to the outbox");
}

#[test]
fn a_difference_shows_what_other_rules_add_remove_and_move() {
    let office = Office::with_facts();
    let other = CONFIG.replace("1 working day after deadline", "2 working days after deadline");
    office.write("other.toml", &other.replace("copy = [\"monitor\"]\n", ""));
    let arguments = [&["simulate", "--diff", "other.toml", "--json"], &DAYS[..]].concat();
    let changes = office.run(&arguments).json(0);
    assert_eq!(keys(&changes), ["added", "moved", "readdressed", "removed"]);
    assert_eq!(changes["added"], json!([]));
    assert!(changes["removed"].as_array().expect("a list").iter().all(|one| one["to"] == "binh"));
    let moved = changes["moved"].as_array().expect("a list");
    let one = moved.iter().find(|one| one["to"] == "lan").expect("the escalation moves");
    assert_eq!((&one["from"], &one["at"]), (&json!("2024-01-02T07:30:00+07:00"), &json!("2024-01-03T07:30:00+07:00")));
    let same = office.run(&[&["simulate", "--diff", "config.toml", "--json"], &DAYS[..]].concat()).json(0);
    assert_eq!(same, json!({ "added": [], "removed": [], "moved": [], "readdressed": [] }));
}

#[test]
fn what_moves_out_of_the_days_asked_for_is_not_dropped() {
    let office = Office::with_facts();
    office.write("other.toml", &CONFIG.replace("1 working day after deadline", "2 working days after deadline"));
    let days = ["--from", "2023-10-01", "--to", "2024-01-02"];
    let changes = office.run(&[&["simulate", "--diff", "other.toml", "--json"], &days[..]].concat()).json(0);
    let moved = changes["moved"].as_array().expect("a list");
    assert!(moved.iter().all(|one| one["at"] == "2024-01-03T07:30:00+07:00") && !moved.is_empty(), "{changes}");
    assert_eq!((&changes["added"], &changes["removed"]), (&json!([]), &json!([])));
}

#[test]
fn mistakes_of_the_other_rules_are_told_in_the_language_of_the_config() {
    let office = Office::with_facts();
    office.write("other.toml", &CONFIG.replace("language = \"en\"\n", "").replace("when = \"3", "whenn = \"3"));
    for other in ["other.toml", "none.toml"] {
        let ran = office.run(&["simulate", "--diff", other]);
        let told = ran.refused(1);
        assert!(told.contains("error[") && told.contains("help:") && !told.contains("lỗi"), "{other}: {told}");
    }
}

#[test]
fn a_simulation_says_what_keeps_messages_back_now() {
    let office = Office::with_facts();
    assert_eq!(office.run(&["simulate", "--lang", "en"]).err, "");
    office.run(&["pause", "--note", "kiểm tra"]);
    let said = office.run(&["simulate", "--lang", "en"]).err;
    assert!(said.contains("kept back now (paused)") && said.contains("dondoc resume"), "{said}");
    assert!(office.run(&["simulate", "--lang", "vi"]).err.contains("đang được giữ lại"));
}

#[tokio::test]
async fn a_simulation_says_whose_messages_a_storm_keeps_back_now() {
    let office = Office::with_facts();
    let store = Store::open(&Where::Sqlite(office.store_file())).await.expect("a store");
    let mut tx = store.begin().await.expect("a store");
    for sql in [
        "INSERT INTO guard (name, since_at_ms, raised_by, told_at_ms) VALUES ('storm', 1, 'daemon', 1)",
        "INSERT INTO storm (person_id, since_at_ms) SELECT id, 1 FROM person WHERE code IN ('an', 'lan')",
    ] {
        sqlx::query(sql).execute(&mut *tx).await.expect(sql);
    }
    tx.commit().await.expect("a store");
    for form in [&["simulate"][..], &["simulate", "--json"], &["simulate", "--diff", "config.toml"]] {
        let said = office.run(form).err;
        assert!(said.contains("Trần Thị Lan, Nguyễn Văn An") && said.contains("dondoc confirm storm"), "{said}");
    }
    assert!(office.run(&["simulate", "--lang", "vi"]).err.contains("đang được giữ lại"));
}

#[test]
fn the_same_reminders_to_somebody_else_are_readdressed_and_counted() {
    let office = Office::with_facts();
    office.write("other.toml", &CONFIG.replace("to = [\"supervisor\"]", "to = [\"position:officer\"]"));
    let changes = office.run(&[&["simulate", "--diff", "other.toml", "--json"], &DAYS[..]].concat()).json(0);
    let readdressed = changes["readdressed"].as_array().expect("a list");
    let one = readdressed.iter().find(|one| one["was"]["to"] == "lan").expect("the escalation goes to another");
    assert_eq!((&one["to"], &one["reminders"][0]["step"]), (&json!("chi"), &json!("escalate")));
    assert!(
        changes["added"].as_array().expect("a list").iter().any(|added| added["to"] == "chi"),
        "both sides stay what they were"
    );
    let table = office.run(&[&["simulate", "--diff", "other.toml", "--lang", "vi"], &DAYS[..]].concat()).out;
    assert!(table.contains("đổi người nhận") && table.contains("lan (email) → chi (email)"), "{table}");
    assert!(table.trim_end().ends_with("lần nhắc."), "{table}");
}

#[test]
fn other_rules_with_a_mistake_are_told_with_their_place() {
    let office = Office::with_facts();
    office.write("other.toml", &CONFIG.replace("policy = \"standard\"", "policy = \"standart\""));
    let ran = office.run(&["simulate", "--diff", "other.toml"]);
    assert!(ran.refused(1).contains("other.toml:"), "{}", ran.err);
}

#[test]
fn the_table_names_assignments_and_steps() {
    let office = Office::with_facts();
    let out = office.run(&[&["simulate"], &DAYS[..]].concat()).out;
    assert!(out.contains("27/12/2023 07:30") && out.contains("12/UBND-VP#1@pnv remind"), "{out}");
}

/// Two duties of one person, due on neighbouring days: what one step of both does is no change of the other step, though they leave in
/// one message.
#[test]
fn a_difference_tells_the_reminders_that_change_and_not_those_that_leave_with_them() {
    let office = Office::new();
    let duty = |clause: &str, day: &str| {
        format!(
            "[[directive]]\ndispatch = \"12/UBND-VP\"\nclause = \"{clause}\"\ntitle = \"Việc\"\nlead = [\"vp\"]\ndeadline = {day}\n"
        )
    };
    let before = FACTS.split("[[directive]]").next().expect("what stands before the directives");
    office.write("facts.toml", &format!("{before}{}{}", duty("1", "2023-12-27"), duty("2", "2023-12-28")));
    let step = |days: &str| {
        format!("[[policy.step]]\nname = \"r{days}\"\nwhen = \"DAYS working days before deadline\"\nto = [\"assignee\"]\n")
            .replace("DAYS", days)
    };
    let (first, rest) = CONFIG.split_once("[[policy.step]]").expect("steps");
    let route = rest.split_once("[[route]]").expect("routes").1;
    let config = format!("{first}{}{}\n[[route]]{route}", step("3"), step("2"));
    office.write("config.toml", &config);
    office.write("other.toml", &config.replace("\"2 working days", "\"1 working days"));
    assert_eq!(office.run(&["import", "facts.toml"]).code, 0);
    let changes = office.run(&[&["simulate", "--diff", "other.toml", "--json"], &DAYS[..]].concat()).json(0);
    assert_eq!((&changes["added"], &changes["removed"]), (&json!([]), &json!([])), "{changes}");
    let moved = changes["moved"].as_array().expect("a list");
    let told: Vec<String> =
        moved.iter().map(|one| format!("{} {} {}", one["from"], one["at"], one["reminders"]).replace('"', "")).collect();
    assert_eq!(moved.len(), 2, "{told:?}");
    for (one, (from, at, name)) in moved.iter().zip([("25", "26", "1"), ("26", "27", "2")]) {
        let day = |day: &str| json!(format!("2023-12-{day}T07:30:00+07:00"));
        assert_eq!((&one["from"], &one["at"]), (&day(from), &day(at)), "{told:?}");
        let reminders = one["reminders"].as_array().expect("a list");
        let told: Vec<_> = reminders.iter().map(|one| (&one["assignment"], &one["step"])).collect();
        assert_eq!(told, [(&json!(format!("12/UBND-VP#{name}@vp")), &json!("r2"))]);
    }
    let table = office.run(&[&["simulate", "--diff", "other.toml", "--lang", "vi"], &DAYS[..]].concat()).out;
    assert!(table.contains("Thêm 00, bỏ 00, dời 02, đổi người nhận 00 lần nhắc."), "{table}");
}
