//! What goes wrong is told with file, line, column and mend, in the language asked for, and leaves nothing behind.

use dondoc::store::{Store, Where};

use super::office::{CONFIG, FACTS, Office};

#[test]
fn without_a_config_every_command_says_where_it_looked_and_what_to_do() {
    let office = Office::new();
    std::fs::remove_file(office.path("config.toml")).expect("it is there");
    if std::path::Path::new("/etc/dondoc/config.toml").exists() {
        return;
    }
    for command in [&["list"][..], &["check"], &["import", "facts.toml"], &["calendar", "2024-01-01"]] {
        let ran = office.run(&[command, &["--lang", "en"]].concat());
        insta::allow_duplicates! { insta::assert_snapshot!(ran.refused(1), @"
        error[no-config]: there is no config: config.toml or /etc/dondoc/config.toml
          help: copy config.example.toml to config.toml and edit it, or use --config FILE
        "); }
    }
    insta::assert_snapshot!(office.run(&["status"]).refused(1), @"
    lỗi[no-config]: không có tệp cấu hình: config.toml hoặc /etc/dondoc/config.toml
      cách sửa: chép config.example.toml thành config.toml rồi sửa, hoặc dùng --config TỆP
    ");
}

#[test]
fn a_config_with_mistakes_is_told_with_every_place_and_its_mend() {
    let office = Office::new();
    office.edit("holidays = \"vn\"", "holliday = \"vn\"");
    insta::assert_snapshot!(office.run(&["status"]).refused(1));
    let checked = office.run(&["check", "--json"]).json(1);
    assert_eq!(checked["ok"], false);
    let problem = &checked["problems"][0];
    assert_eq!((&problem["severity"], &problem["file"]), (&"error".into(), &"config.toml".into()));
    assert_eq!((problem["line"].as_i64(), problem["column"].as_i64()), (Some(12), Some(1)));
    assert_eq!(super::office::keys(problem), ["code", "column", "file", "help", "line", "message", "severity"]);
}

#[test]
fn a_sound_config_may_have_warnings_and_says_when_nothing_is_sent() {
    let office = Office::new();
    let checked = office.run(&["check", "--json"]).json(0);
    assert_eq!(checked["ok"], true);
    assert_eq!(checked["problems"][0]["code"], "outbox-only");
    insta::assert_snapshot!(office.run(&["check"]).out, @"
    config.toml: sound; policies: 1, steps: 2, warnings: 1.
    [outbox] is on: every message is written to ./outbox and nothing is sent.
    No facts to compare with yet: import them with `dondoc import FILE`.
    ");
    assert!(!office.path("dondoc.db").exists(), "check creates no store");
}

#[test]
fn names_the_facts_do_not_have_are_warnings_with_their_place() {
    let office = Office::with_facts();
    office.edit("to = [\"supervisor\"]", "to = [\"position:deputy@pnx\", \"person:lam\", \"position:chair@ubnd\"]");
    let checked = office.run(&["check", "--json"]).json(0);
    let problems = checked["problems"].as_array().expect("a list");
    let found: Vec<_> = problems.iter().map(|one| (one["code"].as_str().expect("a code"), one["line"].as_i64())).collect();
    assert_eq!(
        found,
        [
            ("outbox-only", Some(15)),
            ("reaches-nobody", Some(27)),
            ("unknown-unit", Some(29)),
            ("unknown-person", Some(29)),
            ("nobody-holds", Some(29)),
            ("vacant-position", None),
        ]
    );
    assert_eq!(problems[2]["help"], "did you mean \"pnv\"?");
    let file = |index: usize| problems[index]["file"].as_str().expect("a name").to_owned();
    assert_eq!(file(1), "config.toml");
    assert!(file(5).ends_with("dondoc.db"), "what is about the facts stands in no line of the config: {}", file(5));
}

#[test]
fn a_pace_that_cannot_be_computed_and_people_without_address_are_warnings() {
    let office = Office::with_facts();
    office.write("more.toml", "[[person]]\nid = \"an\"\nname = \"Nguyễn Văn An\"\n");
    assert_eq!(office.run(&["import", "more.toml"]).code, 0);
    let err = office.run(&["check"]).err;
    assert!(err.contains("no-address") && err.contains("1 person has") && err.contains("Nguyễn Văn An (an)"), "{err}");
    office.edit("when = \"3 working days before deadline\"", "when = \"10 points behind target pace\"");
    let err = office.run(&["check"]).err;
    // Of what is only reviewed no figures are asked.
    assert!(err.contains("no-pace") && err.contains("in 1 assignment: 12/UBND-VP#1@pnv"), "{err}");
}

#[test]
fn only_steps_that_may_still_come_are_held_against_the_facts() {
    let office = Office::new();
    let config = CONFIG.replace("to = [\"supervisor\"]", "to = [\"person:nobody\"]").replace(
        "[[route]]",
        "[[policy.step]]\nname = \"review\"\nwhen = \"every 22 working days while undated\"\nto = [\"person:nobody\"]\n\n\
         [[policy.step]]\nname = \"pace\"\nwhen = \"10 points behind target pace\"\nto = [\"assignee\"]\n\n\
         [[policy.step]]\nname = \"early\"\nwhen = \"60 working days before deadline\"\nto = [\"person:nobody\"]\n\n\
         [[policy.step]]\nname = \"judge\"\nwhen = \"2 working days after reported done\"\nto = [\"person:nobody\"]\nunless = \"accepted\"\n\n[[route]]",
    );
    office.write("config.toml", &config);
    let deadline = super::office::today().saturating_add(jiff::Span::new().days(20));
    let duty = |clause: &str, more: &str| {
        format!("[[directive]]\ndispatch = \"12/UBND-VP\"\nclause = \"{clause}\"\ntitle = \"Việc\"\nlead = [\"pnv\"]\n{more}\n")
    };
    let dated = duty("8", &format!("deadline = {deadline}"));
    let listed = duty("9", &format!("deadline = {deadline}\nfollow = \"list\""));
    let head = FACTS.split("[[directive]]").next().expect("units and people");
    office.write("facts.toml", &(head.to_owned() + &dated + &duty("7", "") + &listed));
    assert_eq!(office.run(&["import", "facts.toml"]).code, 0);
    let checked = office.run(&["check", "--json"]).json(0);
    let problems = checked["problems"].as_array().expect("a list");
    let named = |step: &str| -> Vec<String> {
        let of_step =
            problems.iter().filter(|one| one["message"].as_str().is_some_and(|text| text.contains(&format!("\"{step}\""))));
        of_step
            .map(|one| format!("{}: {}", one["code"].as_str().expect("a code"), one["message"].as_str().expect("text")))
            .collect()
    };
    let one = |step: &str, code: &str, name: &str| {
        let told = named(step);
        assert_eq!(told.len(), 1, "{told:?}");
        let ends = told[0].ends_with(&format!(" 1 assignment: {name}"));
        assert!(told[0].starts_with(&format!("{code}: ")) && ends, "{told:?}");
    };
    one("escalate", "reaches-nobody", "12/UBND-VP#8@pnv");
    one("review", "reaches-nobody", "12/UBND-VP#7@pnv");
    one("early", "ladder-too-long", "12/UBND-VP#8@pnv");
    one("pace", "no-pace", "12/UBND-VP#8@pnv");
    let told = named("judge");
    assert!(told.len() == 1 && told[0].contains("2 assignments"), "it may be reported done: {told:?}");
}

#[test]
fn the_coverage_of_what_is_open_is_one_line_for_each_thing_to_mend() {
    let office = Office::new();
    let config = CONFIG
        .replace("3 working days before deadline", "60 working days before deadline")
        .replace("copy = [\"monitor\"]", "channels = [\"telegram\"]");
    office.write("config.toml", &config);
    let deadline = super::office::today().saturating_add(jiff::Span::new().days(20));
    let duty = |clause: usize| {
        format!(
            "[[directive]]\ndispatch = \"12/UBND-VP\"\nclause = \"9.{clause}\"\ntitle = \"Việc {clause}\"\nlead = [\"moi\"]\ndeadline = {deadline}\n"
        )
    };
    let facts = FACTS.replace(
        "[[dispatch]]",
        "[[unit]]\nid = \"moi\"\nname = \"Phòng mới\"\nparent = \"ubnd\"\nsupervisor = \"position:head@ubnd\"\n\n[[dispatch]]",
    );
    office.write("facts.toml", &(facts + &(1..=30).map(duty).collect::<String>()));
    assert_eq!(office.run(&["import", "facts.toml"]).code, 0);
    let checked = office.run(&["check", "--json", "--lang", "vi"]).json(0);
    let problems = checked["problems"].as_array().expect("a list");
    let told = |code: &str| {
        let found: Vec<&str> =
            problems.iter().filter(|one| one["code"] == code).filter_map(|one| one["message"].as_str()).collect();
        assert_eq!(found.len(), 1, "{code}: {problems:#?}");
        found[0].to_owned()
    };
    assert!(told("vacant-position").contains("chức vụ head tại moi chưa có người: 30 nhiệm vụ"), "{problems:#?}");
    assert!(told("ladder-too-long").contains("30 nhiệm vụ"), "{problems:#?}");
    assert!(told("no-channel").contains("Trần Thị Lan (lan)"), "{problems:#?}");
    assert!(problems.iter().all(|one| one["severity"] == "warning" && one["help"].is_string()), "{problems:#?}");
}

#[test]
fn commands_that_read_say_that_there_is_no_store_and_create_none() {
    let office = Office::new();
    for command in [
        &["list"][..],
        &["status"],
        &["verify"],
        &["simulate"],
        &["show", "12/UBND-VP#1@pnv"],
        &["reply", "12/UBND-VP#1@pnv", "accept", "--as", "an"],
    ] {
        insta::allow_duplicates! { insta::assert_snapshot!(office.run(command).refused(1), @"
        error[store]: no store at ./dondoc.db
          help: run `dondoc import` or `dondoc run` first
        "); }
    }
    assert!(!office.path("dondoc.db").exists());
}

#[test]
fn a_store_that_cannot_be_written_is_told_before_anything_else() {
    let office = Office::new();
    office.write("facts.toml", FACTS);
    office.write("blocked", "a file where a folder should be");
    office.edit("sqlite:dondoc.db", "sqlite:blocked/dondoc.db");
    let ran = office.run(&["import", "facts.toml"]);
    let err = ran.refused(1);
    assert!(err.contains("blocked") && err.contains("help: "), "{err}");
    // Not even the superuser may write here.
    office.edit("sqlite:dondoc.db", "sqlite:/proc/dondoc.db");
    let ran = office.run(&["import", "facts.toml", "--lang", "vi"]);
    let err = ran.refused(1);
    assert!(err.contains("/proc/dondoc.db") && err.contains("cách sửa: "), "{err}");
}

#[tokio::test]
async fn a_store_of_a_newer_version_ends_every_command_with_78() {
    let office = Office::with_facts();
    let store = Store::open(&Where::Sqlite(office.path("dondoc.db"))).await.expect("it was made");
    let mut tx = store.begin().await.expect("nobody else writes");
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 SELECT 99, 'later', success, checksum, 1 FROM _sqlx_migrations WHERE version = 1";
    sqlx::query(newer).execute(&mut *tx).await.expect("a row of a later migration");
    tx.commit().await.expect("a plain commit");
    store.close().await;
    for command in [&["list"][..], &["status"], &["verify"], &["import", "facts.toml"], &["simulate"]] {
        let ran = office.run(command);
        assert!(ran.refused(78).contains("install the newer dondoc"), "{}", ran.err);
    }
    assert_eq!(office.run(&["check", "--json"]).json(0)["ok"], true, "the rules load all the same");
}

#[tokio::test]
async fn an_altered_journal_is_found() {
    let office = Office::with_facts();
    let whole = office.run(&["verify", "--json"]).json(0);
    assert_eq!((&whole["ok"], &whole["first_bad"]), (&true.into(), &serde_json::Value::Null));
    let store = Store::open(&Where::Sqlite(office.path("dondoc.db"))).await.expect("it was made");
    let mut tx = store.begin().await.expect("nobody else writes");
    sqlx::query("UPDATE journal SET actor = 'somebody' WHERE seq = 3").execute(&mut *tx).await.expect("a row");
    tx.commit().await.expect("a plain commit");
    store.close().await;
    let ran = office.run(&["verify", "--json"]);
    let altered = ran.json(1);
    assert_eq!((&altered["ok"], &altered["first_bad"]["row"], &altered["rows"]), (&false.into(), &3.into(), &2.into()));
    assert!(ran.err.contains("row 3 does not match its hash"), "{}", ran.err);
    let vietnamese = office.run(&["verify", "--lang", "vi"]);
    assert!(vietnamese.err.contains("dòng 3 không khớp mã băm"), "{}", vietnamese.err);
}

#[tokio::test]
async fn a_store_that_was_tampered_with_is_told_truly_and_with_the_mend() {
    for (sql, command, told) in [
        ("DELETE FROM meta WHERE key LIKE 'journal%'", "verify", "does not tell any more where its journal ends"),
        ("UPDATE meta SET value = x'ff' WHERE key = 'journal_seq'", "verify", "does not tell any more where its journal ends"),
        ("UPDATE meta SET value = x'ff' WHERE key = 'store_id'", "pause", "of a type that no dondoc writes"),
        ("UPDATE meta SET value = 'abc' WHERE key = 'journal_seq'", "pause", "journal_seq"),
        ("DROP TABLE meta", "verify", "a table or column of the store is missing"),
        ("DROP TABLE journal", "verify", "a table or column of the store is missing"),
    ] {
        let office = Office::with_facts();
        let store = Store::open(&Where::Sqlite(office.path("dondoc.db"))).await.expect("it was made");
        let mut tx = store.begin().await.expect("nobody else writes");
        sqlx::raw_sql(sql).execute(&mut *tx).await.expect(sql);
        tx.commit().await.expect("a plain commit");
        store.close().await;
        let ran = office.run(&[command]);
        let said = ran.refused(1);
        let help = said.lines().find(|line| line.contains("help:")).unwrap_or_default();
        assert!(said.contains(told) && help.contains("backup"), "{sql}: {said}");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    let office = Office::with_facts();
    for command in [
        &[][..],
        &["frob"],
        &["import"],
        &["list", "--work", "finished"],
        &["list", "--time", "late"],
        &["show"],
        &["show", "no-name"],
        &["calendar"],
        &["calendar", "31/02/2024"],
        &["calendar", "add", "2024-01-01", "-1"],
        &["simulate", "--from", "2024-02-01", "--to", "2024-01-01"],
        &["status", "--lang", "fr"],
        &["check", "--send"],
    ] {
        assert_eq!(office.run(command).code, 2, "{command:?}");
    }
    assert_eq!(office.run(&["--help"]).code, 0);
    assert!(office.run(&["reply", "--help"]).out.contains("Examples:"));
}

#[test]
fn the_language_is_the_configs_unless_the_command_line_says_otherwise() {
    let office = Office::with_facts();
    assert!(office.run(&["list"]).out.contains("Lead unit"));
    assert!(office.run(&["list", "--lang", "vi"]).out.contains("Đơn vị chủ trì"));
    office.write("config.toml", &CONFIG.replace("language = \"en\"", "language = \"vi\""));
    assert!(office.run(&["list"]).out.contains("Đơn vị chủ trì"));
}

#[test]
fn wrong_usage_is_told_in_vietnamese_where_that_is_asked_for() {
    let office = Office::with_facts();
    let told = |words: &[&str]| {
        let ran = office.run(&[words, &["--lang", "vi"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        assert!(!ran.err.contains("error") && !ran.err.contains("Usage"), "{}", ran.err);
        ran.err
    };
    insta::assert_snapshot!(told(&["lst"]));
    insta::assert_snapshot!(told(&["list", "--tme", "overdue"]));
    insta::assert_snapshot!(told(&["list", "--time", "late"]));
    insta::assert_snapshot!(told(&["calendar", "31/02/2023"]));
    insta::assert_snapshot!(told(&["why-not", "1/VP#1@pnv"]));
    insta::assert_snapshot!(told(&["calendar", "2023-12-31", "--year", "2024"]));
}

/// Store, log, backups and records hold names and addresses: nobody but this user and group reads them, whatever the shell's mask is.
#[cfg(unix)]
#[test]
fn what_the_program_makes_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let office = Office::with_facts();
    let name = office.run(&["list", "--json"]).json(0)[0]["assignment"].as_str().expect("an assignment").to_owned();
    assert_eq!(office.run(&["export", &name, "record.csv"]).code, 0);
    for file in ["dondoc.db", "record.csv"] {
        let mode = std::fs::metadata(office.path(file)).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode & 0o007, 0, "{file}: {mode:o}");
    }
}

/// A secret written as a section is a secret all the same: the rules do not load, and it reaches neither screen nor disk.
#[test]
fn a_secret_is_refused_in_whatever_it_is_written() {
    let office = Office::new();
    for (secret, credential) in [
        (
            "[email]\nserver = \"smtp://localhost:25\"\nfrom = \"a@example.org\"\npassword = { value = \"hunter2\" }\n",
            "smtp-password",
        ),
        ("[web]\nsecret = { a = \"hunter2\" }\n", "link-key"),
        ("[calendar.password]\nv = \"hunter2\"\nv = \"hunter2\"\n", "smtp-password"),
        ("[telegram]\nbot.token.value = [\n  \"hunter2\",\n  { a = \"hunter2\" }\n  \"hunter2\"]\n", "telegram-token"),
        ("[secret]\n", "link-key"),
        ("[\"Se\\u0063ret\"]\nv = \"hunter2\" x\n", "link-key"),
        (
            "[[policy]]\nname = \"b\"\n[[policy.step]]\nname = \"c\"\nrepeat = { api_token = { of = \"hunter2\" } }\n",
            "telegram-token",
        ),
    ] {
        office.write("config.toml", &format!("{CONFIG}\n{secret}"));
        for command in [&["check"][..], &["check", "--json"], &["run"]] {
            let ran = office.run(command);
            let told = format!("{}{}", ran.out, ran.err);
            assert_eq!(ran.code, 1, "{secret}: {told}");
            assert!(
                told.contains("secret-in-file") && told.contains(credential) && !told.contains("hunter2"),
                "{secret}: {told}"
            );
        }
        assert!(!office.path("last-good.toml").exists() && !office.path("dondoc.db").exists(), "{secret}");
    }
}
