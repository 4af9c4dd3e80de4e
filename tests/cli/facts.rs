//! `import`.

use super::office::{FACTS, Office, keys};

#[test]
fn an_import_prints_what_it_adds_and_the_same_again_changes_nothing() {
    let office = Office::new();
    office.write("facts.toml", FACTS);
    let first = office.run(&["import", "facts.toml", "--json"]).json(0);
    assert_eq!(keys(&first), ["added", "changed", "problems", "unchanged"]);
    let added = &first["added"];
    let counts = ["units", "people", "directives", "assignments"].map(|key| added[key].as_i64());
    assert_eq!(counts, [Some(3), Some(4), Some(3), Some(4)]);
    assert_eq!(first["problems"], serde_json::json!([]));
    let again = office.run(&["import", "facts.toml", "--json"]).json(0);
    assert_eq!((&again["added"]["units"], &again["changed"]["units"]), (&0.into(), &0.into()));
    assert_eq!(&again["unchanged"], added);
}

#[test]
fn a_dry_run_says_the_same_and_creates_no_store() {
    let office = Office::new();
    office.write("facts.toml", FACTS);
    let dry = office.run(&["import", "facts.toml", "--dry-run", "--json"]).json(0);
    assert!(!office.path("dondoc.db").exists());
    assert_eq!(office.run(&["import", "facts.toml", "--json"]).json(0), dry);
}

#[test]
fn a_change_is_shown_with_what_was_and_what_is() {
    let office = Office::with_facts();
    office.write("facts.toml", &FACTS.replace("Phạm Thị Chi", "Phạm Thị Linh Chi"));
    insta::assert_snapshot!(office.run(&["import", "facts.toml"]).out, @"
    ~ person chi
        name: Phạm Thị Chi → Phạm Thị Linh Chi
    Imported: changed people 1; unchanged units 3, people 3, appointments 4, dispatches 1, directives 3, assignments 4.
    ");
}

#[test]
fn mistakes_of_all_files_are_told_together_and_nothing_is_stored() {
    let office = Office::new();
    office.write("facts.toml", &FACTS.replace("deadline = 2023-12-31", "deadline = \"khi nào xong\""));
    office.write("more.toml", "[[unit]]\nid = \"x\"\nname = \"X\"\nparrent = \"ubnd\"\n");
    let ran = office.run(&["import", "facts.toml", "more.toml", "--json"]);
    let refused = ran.json(1);
    let places: Vec<_> = refused["problems"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["file"].as_str().expect("a file"), one["line"].as_i64().expect("a line")))
        .collect();
    assert_eq!(places, [("facts.toml", 67), ("more.toml", 4)]);
    assert_eq!(refused["added"]["units"], 0);
    insta::assert_snapshot!(ran.err);
    assert!(!office.path("dondoc.db").exists(), "a first import that is refused leaves no store");
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_its_mend() {
    let office = Office::new();
    office.write("broken.toml", "[[unit]\nid = 1\n");
    insta::assert_snapshot!(office.run(&["import", "nowhere.toml", "people.csv", "a.zip"]).refused(1));
    assert!(office.run(&["import", "broken.toml"]).refused(1).contains("broken.toml:1:"));
}

#[test]
fn a_secret_among_the_facts_is_refused_in_whatever_it_is_written() {
    let office = Office::new();
    for secret in [
        "[[person]]\nid = \"tu\"\nname = \"Tú\"\n[person.password]\nv = \"hunter2\"\n",
        "[[person]]\nid = \"tu\"\nname = \"Tú\"\npassword = { v = \"hunter2\" }\n",
        "[secret]\nv = \"hunter2\"\n",
    ] {
        office.write("facts.toml", secret);
        for form in [&["import", "facts.toml", "--dry-run"][..], &["import", "facts.toml", "--json"]] {
            let ran = office.run(form);
            let told = format!("{}{}", ran.out, ran.err);
            assert_eq!(ran.code, 1, "{secret}: {told}");
            assert!(told.contains("secret-in-file") && !told.contains("hunter2"), "{secret}: {told}");
        }
        assert!(!office.path("dondoc.db").exists(), "{secret}");
    }
}

/// What stands in a secret dispatch is not shown, but where something is wrong is, in JSON as in words.
#[test]
fn a_mistake_in_a_secret_dispatch_is_told_with_its_place_and_without_its_line() {
    let office = Office::with_facts();
    let dispatch =
        "[[dispatch]]\nnumber = \"7/MAT\"\nissuer = \"CANARY\"\ndate = 2023-10-06\nsecrecy = \"mat\"\nsubjekt = \"CANARY\"\n";
    office.write("mat.toml", &format!("{dispatch}password = {{ v = \"CANARY\" }}\n"));
    let ran = office.run(&["import", "mat.toml", "--json"]);
    let refused = ran.json(1);
    let places: Vec<_> = refused["problems"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["code"].as_str(), one["line"].as_i64(), one["column"].as_i64()))
        .filter(|(code, ..)| *code != Some("secret-text"))
        .collect();
    assert_eq!(places, [(Some("unknown-key"), Some(6), Some(1)), (Some("secret-in-file"), Some(7), Some(1))], "{}", ran.out);
    assert!(ran.err.contains("mat.toml:6") && ran.err.contains("line 6: "), "{}", ran.err);
    assert!(ran.err.contains("\"smtp-password\""), "{}", ran.err);
    assert!(!ran.err.contains("CANARY") && !ran.out.contains("CANARY"), "{}{}", ran.out, ran.err);
}
