//! What the commands say while a trial is on.

use super::office::{CONFIG, Office};

/// The office of these tests with a trial in which these units are live.
fn office(live: &str) -> Office {
    let office = Office::with_facts();
    let trial = format!("[trial]\nto = \"trial@example.org\"\nlive_units = [{live}]\n\n[[policy]]");
    office.write("config.toml", &CONFIG.replacen("[[policy]]", &trial, 1));
    office
}

#[test]
fn assignments_of_units_that_are_not_live_are_marked() {
    let office = office("\"vp\"");
    for row in office.run(&["list", "--json"]).json(0).as_array().expect("rows") {
        let is_trial = row.get("trial").is_some_and(|trial| *trial == true);
        assert_eq!(is_trial, row["unit"] != "vp", "{row}");
    }
    let listed = office.run(&["list"]).out;
    assert!(listed.contains("Phòng Nội vụ (trial)") && !listed.contains("Văn phòng (trial)"), "{listed}");
    assert!(office.run(&["list", "--lang", "vi"]).out.contains("Phòng Nội vụ (chạy thử)"));
    for message in
        office.run(&["simulate", "--from", "2023-12-01", "--to", "2024-01-31", "--json"]).json(0).as_array().expect("messages")
    {
        let units: Vec<bool> = message["reminders"]
            .as_array()
            .expect("reminders")
            .iter()
            .map(|reminder| reminder["assignment"].as_str().is_some_and(|name| name.ends_with("@vp")))
            .collect();
        assert!(units.iter().all(|live| *live == message.get("trial").is_none()), "never mixed: {message}");
    }
}

#[test]
fn going_live_shows_as_a_difference_before_it_is_done() {
    let office = office("");
    office.write("live.toml", CONFIG);
    let range = ["--from", "2023-12-01", "--to", "2024-01-31"];
    let arguments = [&["simulate", "--diff", "live.toml", "--json"][..], &range].concat();
    let changes = office.run(&arguments).json(0);
    let (added, removed) = (changes["added"].as_array().expect("a list"), changes["removed"].as_array().expect("a list"));
    assert!(!added.is_empty() && added.len() == removed.len());
    assert!(removed.iter().all(|message| message["trial"] == true) && added.iter().all(|message| message.get("trial").is_none()));
}

#[test]
fn check_says_that_a_trial_is_on_and_knows_its_units() {
    let office = office("\"vpp\"");
    let checked = office.run(&["check", "--json"]).json(0);
    let problems = checked["problems"].as_array().expect("a list");
    let of = |code: &str| problems.iter().find(|problem| problem["code"] == code).unwrap_or_else(|| panic!("{code}: {checked}"));
    assert_eq!(of("trial-on")["severity"], "warning");
    assert_eq!(of("unknown-unit")["help"], "did you mean \"vp\"?");
}
