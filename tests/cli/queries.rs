//! `list`, `show`, `status` and `calendar`.

use serde_json::{Value, json};

use super::office::{FACTS, Office, keys, today};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|row| row["assignment"].as_str().expect("a name")).collect()
}

#[test]
fn a_row_has_the_promised_keys_and_the_undated_come_last() {
    let office = Office::with_facts();
    let list = office.run(&["list", "--json"]).json(0);
    assert_eq!(names(&list), ["12/UBND-VP#3@vp", "12/UBND-VP#1@pnv", "12/UBND-VP#2@pnv", "12/UBND-VP#2@vp"]);
    assert_eq!(keys(&list[0]), ["assignment", "deadline", "overdue_working_days", "time", "title", "unit", "work"]);
    assert_eq!(list[0]["deadline"], "2023-12-29T17:00:00");
    let first = &list[1];
    assert_eq!(
        (&first["deadline"], &first["work"], &first["time"]),
        (&json!("2023-12-31"), &json!("not_acknowledged"), &json!("overdue"))
    );
    assert!(first["overdue_working_days"].as_i64().expect("a count") > 500);
    let undated = json!({ "assignment": "12/UBND-VP#2@pnv", "title": "Công khai thủ tục", "unit": "pnv", "deadline": null,
        "work": "not_acknowledged", "time": "undated", "overdue_working_days": 0 });
    assert_eq!(list[2], undated);
}

#[test]
fn filters_narrow_the_list_together() {
    let office = Office::with_facts();
    let count = |arguments: &[&str]| {
        let list = office.run(&[&["list", "--json"], arguments].concat()).json(0);
        list.as_array().expect("a list").len()
    };
    assert_eq!(count(&["--unit", "pnv"]), 2);
    assert_eq!(count(&["--unit", "ubnd"]), 4, "with the units below it");
    assert_eq!(count(&["--overdue"]), 2);
    assert_eq!(count(&["--time", "undated", "--unit", "vp"]), 1);
    assert_eq!(count(&["--person", "an"]), 2, "the head is the assignee where nobody is named");
    assert_eq!(count(&["--dispatch", "2023:12/UBND-VP"]), 4);
    assert_eq!(count(&["--work", "accepted,withdrawn"]), 0);
    let ran = office.run(&["list", "--unit", "pvn"]);
    assert!(ran.refused(1).contains("did you mean \"pnv\"?"), "{}", ran.err);
    assert!(office.run(&["list", "--dispatch", "1/X"]).refused(1).contains("1/X"));
}

#[test]
fn today_and_the_days_before_it_are_told_apart() {
    let office = Office::new();
    let dated = |deadline: jiff::civil::Date| {
        office.write("facts.toml", &FACTS.replace("deadline = 2023-12-31", &format!("deadline = {deadline}")));
        std::fs::remove_file(office.path("dondoc.db")).unwrap_or_default();
        assert_eq!(office.run(&["import", "facts.toml"]).code, 0);
        let list = office.run(&["list", "--unit", "pnv", "--json"]).json(0);
        (list[0]["time"].as_str().expect("a word").to_owned(), list[0]["overdue_working_days"].as_i64())
    };
    let today = today();
    assert_eq!(dated(today), ("due_today".into(), Some(0)));
    assert_eq!(dated(today.tomorrow().expect("a day")), ("due_soon".into(), Some(0)));
    assert_eq!(dated(today.saturating_add(jiff::Span::new().days(90))), ("not_due".into(), Some(0)));
    assert_eq!(dated(today.yesterday().expect("a day")).0, "overdue");
}

#[test]
fn a_table_shows_dates_as_people_write_them() {
    let office = Office::with_facts();
    insta::assert_snapshot!(office.run(&["list", "--time", "undated", "--lang", "vi"]).out);
    let out = office.run(&["list", "--overdue"]).out;
    assert!(out.contains("17:00 29/12/2023") && out.contains(" 31/12/2023"), "{out}");
}

#[test]
fn an_assignment_is_shown_with_everything_that_happened_to_it() {
    let office = Office::with_facts();
    let name = "12/UBND-VP#1@pnv";
    office.run(&["reply", name, "done", "--on", "2023-12-29", "--document", "9/BC-PNV", "--as", "an", "--by", "paper"]);
    let shown = office.run(&["show", name, "--json"]).json(0);
    assert_eq!(shown["time"], "done_on_time");
    for key in ["reminders", "messages", "replies", "extensions", "corrections", "figures"] {
        assert!(shown[key].is_array(), "{key}");
    }
    let reply = &shown["replies"][0];
    assert_eq!((&reply["reply"], &reply["person"], &reply["on"]), (&json!("done"), &json!("an"), &json!("2023-12-29")));
    assert_eq!((&reply["document"], &reply["by"]), (&json!("9/BC-PNV"), &json!("paper")));
    let out = office.run(&["show", name]).out;
    assert!(out.starts_with("12/UBND-VP#1@pnv\nBáo cáo năm\n") && out.contains("9/BC-PNV"), "{out}");
}

#[test]
fn a_timeline_speaks_the_language_of_the_command_and_json_the_raw_words() {
    let office = Office::with_facts();
    let name = "12/UBND-VP#1@pnv";
    let extension = "[[extension]]\ndirective = \"12/UBND-VP#1\"\ndeadline = 2024-03-31\nbasis = \"20/UBND\"\n";
    let facts = FACTS
        .replace("deadline = 2023-12-31", "deadline = \"trước ngày 31/12/2023\"\ncoordinating = [\"vp\"]\ncorrection = true");
    office.write("facts.toml", &facts);
    assert_eq!(office.run(&["import", "facts.toml"]).code, 0);
    assert!(office.run(&["show", name]).out.contains("trước ngày 31/12/2023"), "the wording stands beside the date");
    office.write("extension.toml", extension);
    assert_eq!(office.run(&["import", "extension.toml"]).code, 0);
    office.run(&["reply", name, "acknowledge", "--as", "an"]);
    let out = office.run(&["show", name, "--lang", "vi"]).out;
    for part in ["Đơn vị phối hợp: Văn phòng\n", "Thời hạn: 31/03/2024 (ban đầu 30/12/2023)\n", "An trả lời: xác nhận tiếp nhận"]
    {
        assert!(out.contains(part), "{part} is missing in {out}");
    }
    let out = office.run(&["show", name]).out;
    assert!(out.contains("(originally 30/12/2023)") && !out.contains("trước ngày"), "{out}");
    let shown = office.run(&["show", name, "--json"]).json(0);
    assert_eq!(shown["coordinating_units"], json!(["vp"]));
    assert_eq!(shown["replies"][0]["reply"], "acknowledge");
    let told = office.run(&["why-not", name, "--person", "an"]).out;
    assert!(told.contains("deadline 31/03/2024, extended (basis: 20/UBND)"), "{told}");
    office.write("facts.toml", &facts.replace("trước ngày 31/12/2023", "chậm nhất ngày 30/04/2024"));
    assert_eq!(office.run(&["import", "facts.toml"]).code, 0);
    for (lang, said) in [
        ("vi", "Thời hạn: 30/04/2024 (thời hạn giao đã đính chính; gia hạn trước đó đến 31/03/2024)\n"),
        ("en", "Deadline: 30/04/2024 (the assigned one as corrected; extended before until 31/03/2024)\n"),
    ] {
        let out = office.run(&["show", name, "--lang", lang]).out;
        assert!(out.contains(said), "{said} is missing in {out}");
        assert!(office.run(&["export", name, "--lang", lang]).out.contains(said.trim_end()), "{said} is missing in the record");
        let (_, said) = said.trim_end().split_once(": ").expect("a label");
        let out = office.run(&["why-not", name, "--person", "an", "--lang", lang]).out;
        assert!(out.contains(said), "{said} is missing in {out}");
    }
}

#[test]
fn the_second_directive_of_a_clause_is_shown_by_the_name_that_list_prints() {
    let office = Office::with_facts();
    let second = "[[directive]]\ndispatch = \"12/UBND-VP\"\nclause = \"2~2\"\ntitle = \"Việc thứ hai\"\nlead = [\"pnv\"]\n";
    office.write("second.toml", second);
    let ran = office.run(&["import", "second.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let name = "12/UBND-VP#2~2@pnv";
    assert!(names(&office.run(&["list", "--json"]).json(0)).contains(&name));
    assert_eq!(office.run(&["show", name, "--json"]).json(0)["title"], "Việc thứ hai");
    assert_eq!(names(&office.run(&["show", "12/UBND-VP#2~2", "--json"]).json(0)), [name]);
    assert_eq!(office.run(&["show", "12/UBND-VP#2~x"]).code, 2);
}

#[test]
fn rules_that_are_not_those_in_force_are_told_of() {
    let office = Office::with_facts();
    let ask = ["why-not", "12/UBND-VP#2@pnv", "--person", "an"];
    assert_eq!(office.run(&ask).err, "");
    let config = std::fs::read_to_string(office.path("config.toml")).expect("ours");
    office.write("config.toml", &config.replace("[office]\n", "[office]\nstorm_limit = 21\n"));
    for ask in [&ask[..], &["simulate"]] {
        let ran = office.run(ask);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.err.contains("the rules in force are not those of"), "{}", ran.err);
    }
}

#[test]
fn a_directive_is_a_row_for_each_unit() {
    let office = Office::with_facts();
    let shown = office.run(&["show", "12/UBND-VP#2", "--json"]).json(0);
    assert_eq!(names(&shown), ["12/UBND-VP#2@pnv", "12/UBND-VP#2@vp"]);
    let ran = office.run(&["show", "12/UBND-VP#9"]);
    insta::assert_snapshot!(ran.refused(1), @r#"
    error[store]: no directive is named "12/UBND-VP#9"
      help: `dondoc list` prints the names
    "#);
}

#[test]
fn status_counts_and_knows_when_the_last_plan_was() {
    let office = Office::with_facts();
    let status = office.run(&["status", "--json"]).json(0);
    let number = |key: &str| status[key].as_i64();
    assert_eq!((number("open"), number("overdue"), number("due_soon"), number("undated")), (Some(4), Some(2), Some(0), Some(2)));
    assert_eq!((number("queued"), number("held"), number("refused")), (Some(0), Some(0), Some(0)));
    assert_eq!(status["last_plan_at"], Value::Null, "no daemon has planned yet");
    assert!(office.run(&["status"]).out.contains("Overdue"));
}

#[test]
fn the_calendar_says_whether_a_day_is_worked_and_why() {
    let office = Office::new();
    let day = |date: &str| office.run(&["calendar", date, "--json"]).json(0);
    let holiday = day("2024-01-01");
    assert_eq!((&holiday["date"], &holiday["working"], &holiday["hours"]), (&json!("2024-01-01"), &json!(false), &json!([])));
    assert_eq!(day("27/12/2023")["hours"], json!(["07:30-11:30", "13:00-17:00"]));
    assert_eq!(office.run(&["calendar", "add", "2023-12-29", "1", "--json"]).json(0)["date"], "2024-01-02");
    let year = office.run(&["calendar", "--year", "2024", "--json"]).json(0);
    assert_eq!((year.as_array().expect("a list").len(), &year[0]), (366, &holiday));
    insta::assert_snapshot!(office.run(&["calendar", "--year", "2024"]).out);
    assert!(!office.path("dondoc.db").exists());
}

/// Nothing of a withdrawn duty is due any more: it is neither late nor in time, wherever it is shown.
#[test]
fn the_time_of_a_withdrawn_duty_is_not_reckoned() {
    let office = Office::with_facts();
    let name = "12/UBND-VP#1@pnv";
    let withdrawn = office.run(&["reply", name, "withdraw", "--note", "đã được thay thế", "--as", "binh"]);
    assert_eq!(withdrawn.code, 0, "{}", withdrawn.err);
    let shown = office.run(&["show", name, "--json"]).json(0);
    assert_eq!((&shown["work"], &shown["overdue_working_days"]), (&"withdrawn".into(), &0.into()));
    assert_eq!(office.run(&["status", "--json"]).json(0)["overdue"], 1, "the other one");
    for (language, words) in [("en", ["overdue", "not due"]), ("vi", ["quá hạn", "trong hạn"])] {
        let list = office.run(&["list", "--lang", language]).out;
        let row = list.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{list}")).to_owned();
        for told in [
            withdrawn.out.clone(),
            row,
            office.run(&["show", name, "--lang", language]).out,
            office.run(&["export", name, "--lang", language]).out,
        ] {
            assert!(words.iter().all(|word| !told.contains(word)), "{told}");
        }
    }
}
