//! `import` of tables, by the real binary.

use super::office::Office;

const LIST: &[u8] = include_bytes!("../import/tables/office-list.xlsx");
const MENDED: &[u8] = include_bytes!("../import/tables/office-list-mended.xlsx");

fn office() -> Office {
    let office = Office::new();
    let config = super::office::CONFIG.replace("head@vp", "head@van-phong-hdnd-va-ubnd");
    office.write("config.toml", &config);
    office
}

#[test]
fn a_workbook_is_refused_with_every_place_and_taken_when_it_is_mended() {
    let office = office();
    std::fs::write(office.path("viec.xlsx"), LIST).expect("a file");
    let refused = office.run(&["import", "viec.xlsx", "--json"]);
    let told = refused.json(1);
    let problems = told["problems"].as_array().expect("a list");
    let same = problems.iter().find(|one| one["code"] == "same-name").expect("two of one name");
    let place = ["file", "sheet", "line", "column"].map(|key| same[key].to_string());
    assert_eq!(place, ["\"viec.xlsx\"", "\"Cán bộ\"", "8", "3"]);
    assert!(refused.err.contains("viec.xlsx, sheet \"Cán bộ\", row 8, column C (Họ và tên)"), "{}", refused.err);
    assert!(!office.path("dondoc.db").exists());

    std::fs::write(office.path("viec.xlsx"), MENDED).expect("a file");
    let dry = office.run(&["import", "viec.xlsx", "--dry-run", "--json"]).json(0);
    let first = office.run(&["import", "viec.xlsx", "--json"]).json(0);
    assert_eq!(dry, first);
    let again = office.run(&["import", "viec.xlsx", "--json"]).json(0);
    assert_eq!(again["unchanged"], first["added"]);
    assert!(again["added"].as_object().expect("counts").values().all(|count| count == 0), "{again}");
    let done = office.run(&["show", "60/UBND-VX#III.1@phong-van-hoa-xa-hoi", "--json"]).json(0);
    assert_eq!(done["work"], "accepted", "{done}");
    let quiet = office.run(&["simulate", "--json"]).json(0);
    assert!(!quiet.to_string().contains("60/UBND-VX#III.1"), "what is done is not pressed: {quiet}");
}

#[test]
fn the_template_is_written_once_needs_no_config_and_is_imported_again() {
    let office = office();
    let empty = tempfile::tempdir().expect("a folder");
    let mau = empty.path().join("mau.xlsx").display().to_string();
    let ran = office.run(&["import", "--template", &mau]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let again = office.run(&["import", "--template", &mau, "--lang", "en"]);
    assert!(again.code == 1 && again.err.contains("not overwritten"), "{}", again.err);
    assert_eq!(office.run(&["import", "--template", "mau.txt"]).code, 2);
    assert_eq!(office.run(&["import", &mau]).code, 0);
    assert_eq!(office.run(&["import"]).code, 2, "a file or a template");
}

#[test]
fn what_is_said_of_the_template_is_said_in_the_language_of_the_config() {
    let office = office();
    let told = |arguments: &[&str]| office.run(&[&["import", "--template"], arguments].concat()).err;
    assert!(told(&["mau.xlsx"]).starts_with("Wrote mau.xlsx"), "the config is English");
    assert!(told(&["mau.xlsx"]).contains("not overwritten"));
    assert!(told(&["mau.txt"]).contains("the template is an .xlsx file"));
    assert!(told(&["vi.xlsx", "--lang", "vi"]).starts_with("Đã ghi vi.xlsx"));
    office.write("config.toml", "language = \"en\"\n[offise]\n");
    assert!(told(&["en.xlsx"]).starts_with("Wrote en.xlsx"), "its language is known, whatever else is wrong with it");
    std::fs::remove_file(office.path("config.toml")).expect("ours");
    assert!(told(&["khong.xlsx"]).starts_with("Đã ghi khong.xlsx"));
}

#[test]
fn a_long_list_says_in_the_end_what_was_read() {
    let office = office();
    let rows: String = (0..1_200).map(|n| format!("u{n},Đơn vị số {n}\n")).collect();
    office.write("don-vi.csv", &format!("Mã,Tên đơn vị\n{rows}"));
    let ran = office.run(&["import", "don-vi.csv", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "Read 1200 rows of 1 files.\n"));
}
