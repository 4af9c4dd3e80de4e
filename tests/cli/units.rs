//! `unit`.

use serde_json::json;

use super::office::Office;

#[test]
fn a_merger_is_tried_first_and_then_hands_everything_over() {
    let office = Office::with_facts();
    let tried = office.run(&["unit", "merge", "pnv", "--into", "vp", "--dry-run", "--json"]).json(0);
    assert_eq!(tried["recorded"], false);
    let names = |value: &serde_json::Value| {
        let list = value["assignments"].as_array().expect("a list");
        list.iter().map(|moved| moved["assignment"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert!(names(&tried).contains(&"12/UBND-VP#1@pnv".to_owned()), "{tried}");
    let before = office.run(&["show", "12/UBND-VP#1@pnv", "--json"]).json(0);
    assert_eq!((&before["unit"], &before["inherited_from"]), (&json!("pnv"), &json!(null)), "a trial records nothing");
    let done = office.run(&["unit", "merge", "pnv", "--into", "vp", "--json"]).json(0);
    assert_eq!(names(&done), names(&tried));
    assert_eq!(done["recorded"], true);
    let after = office.run(&["show", "12/UBND-VP#1@pnv", "--json"]).json(0);
    assert_eq!(after["assignment"], "12/UBND-VP#1@pnv", "its name stays");
    assert_eq!((&after["unit"], &after["inherited_from"]), (&json!("vp"), &json!("Phòng Nội vụ")));
    let listed = office.run(&["list", "--unit", "vp", "--json"]).json(0);
    assert!(listed.as_array().expect("rows").iter().any(|row| row["assignment"] == "12/UBND-VP#1@pnv"), "{listed}");
    let shown = office.run(&["show", "12/UBND-VP#1@pnv"]);
    assert!(shown.out.contains("(successor of Phòng Nội vụ)"), "{}", shown.out);
    assert!(office.run(&["unit", "merge", "pnv", "--into", "vp"]).refused(1).contains("has ended"));
    assert_eq!(office.run(&["verify"]).code, 0);
}

#[test]
fn a_split_that_leaves_something_over_records_nothing() {
    let office = Office::with_facts();
    let refused = office.run(&["unit", "split", "pnv", "--into", "vp,ubnd", "--give", "12/UBND-VP#1@pnv=vp"]);
    let said = refused.refused(1);
    assert!(said.contains("nobody takes over") && said.contains("--rest"), "{said}");
    assert_eq!(office.run(&["show", "12/UBND-VP#1@pnv", "--json"]).json(0)["unit"], "pnv");
    let done = office.run(&["unit", "split", "pnv", "--into", "vp,ubnd", "--give", "12/UBND-VP#1@pnv=vp", "--rest", "ubnd"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(office.run(&["show", "12/UBND-VP#1@pnv", "--json"]).json(0)["unit"], "vp");
}

#[test]
fn a_change_to_come_and_wrong_words_are_refused_with_their_mend() {
    let office = Office::with_facts();
    let future = office.run(&["unit", "rename", "pnv", "Phòng Tổ chức", "--on", "2099-01-01"]);
    assert!(future.refused(1).contains("run it on that day"), "{}", future.err);
    let unknown = office.run(&["unit", "rename", "pnw", "Phòng Tổ chức"]);
    assert!(unknown.refused(1).contains("pnv"), "{}", unknown.err);
    assert_eq!(office.run(&["unit", "split", "pnv", "--into", "vp,ubnd", "--give", "nonsense"]).code, 2);
    let itself = office.run(&["unit", "merge", "pnv", "vp", "--into", "vp"]);
    assert!(itself.refused(1).contains("take over from itself"), "{}", itself.err);
}
