//! From the text of a dispatch to confirmed directives, by the real binary.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use rust_xlsxwriter::Workbook;

use super::office::Office;

/// A dispatch of the office's own year: a dated duty, a standing one, one for a unit of another name, one for a group.
const DISPATCH: &str = "\
ỦY BAN NHÂN DÂN PHƯỜNG AN BÌNH

CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc

Số: 45/UBND-VX
V/v chuẩn bị tổng kết công tác văn hóa năm 2027

An Bình, ngày 05 tháng 01 năm 2027

Kính gửi:
- Phòng Nội vụ;
- Văn phòng.

Thực hiện kế hoạch công tác năm, Ủy ban nhân dân phường đề nghị các đơn vị thực hiện các nội dung sau:

1. Giao Phòng Nội vụ

a) Rà soát danh sách khen thưởng và báo cáo kết quả về Ủy ban nhân dân phường trước ngày 20/02/2027.

b) Thường xuyên tuyên truyền về nếp sống văn minh trên địa bàn phường.

2. Giao Ban Văn nghệ quần chúng

a) Xây dựng chương trình văn nghệ, hoàn thành chậm nhất ngày 15/03/2027.

Yêu cầu các đơn vị nghiêm túc thực hiện./.

Nơi nhận:
- Như trên;
- Lưu: VT.

CHỦ TỊCH

Trần Thị Lan
";

/// A workbook as it is filled in: every cell of every sheet, by sheet, row and column.
struct Book {
    sheets: Vec<(String, Cells)>,
}

type Cells = BTreeMap<(u32, u32), String>;

impl Book {
    fn open(office: &Office, name: &str) -> Self {
        let bytes = std::fs::read(office.path(name)).expect("a draft");
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        let names = book.sheet_names();
        let sheets = names.into_iter().map(|name| {
            let range = book.worksheet_range(&name).expect("a sheet");
            let (top, left) = range.start().unwrap_or_default();
            let text = |cell: &Data| if *cell == Data::Empty { String::new() } else { cell.to_string() };
            let cells = range.used_cells().map(|(row, column, cell)| {
                let place = (top + u32::try_from(row).expect("few rows"), left + u32::try_from(column).expect("few columns"));
                (place, text(cell))
            });
            (name.clone(), cells.collect())
        });
        Self { sheets: sheets.collect() }
    }

    fn sheet(&mut self, name: &str) -> &mut Cells {
        let names: Vec<String> = self.sheets.iter().map(|(name, _)| name.clone()).collect();
        let found = self.sheets.iter_mut().find(|(one, _)| one == name);
        &mut found.unwrap_or_else(|| panic!("no sheet {name} among {names:?}")).1
    }

    /// The place below `heading` in the row whose second column is `clause`.
    fn place(&mut self, clause: &str, heading: &str) -> (u32, u32) {
        let cells = self.sheet("Nhiệm vụ");
        let column = cells.iter().find(|((row, _), text)| *row == 0 && *text == heading).expect("a heading").0.1;
        let row = cells.iter().find(|((_, at), text)| *at == 1 && *text == clause).expect("a clause").0.0;
        (row, column)
    }

    fn fill(&mut self, clause: &str, heading: &str, text: &str) {
        let place = self.place(clause, heading);
        self.sheet("Nhiệm vụ").insert(place, text.to_owned());
    }

    fn value(&mut self, clause: &str, heading: &str) -> String {
        let place = self.place(clause, heading);
        self.sheet("Nhiệm vụ").get(&place).cloned().unwrap_or_default()
    }

    fn save(&self, office: &Office, name: &str) {
        let mut book = Workbook::new();
        for (sheet, cells) in &self.sheets {
            let written = book.add_worksheet().set_name(sheet).expect("a name");
            for ((row, column), text) in cells {
                written.write_string(*row, u16::try_from(*column).expect("few columns"), text).expect("a cell");
            }
        }
        std::fs::write(office.path(name), book.save_to_buffer().expect("a workbook")).expect("a file");
    }
}

/// The names of all assignments.
fn assignments(office: &Office) -> Vec<String> {
    let listed = office.run(&["list", "--json"]).json(0);
    let mut names: Vec<String> =
        listed.as_array().expect("a list").iter().map(|one| one["assignment"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

fn with_dispatch() -> Office {
    let office = Office::with_facts();
    office.write("cv.txt", DISPATCH);
    office
}

fn drafted(office: &Office) -> Book {
    let ran = office.run(&["import", "cv.txt", "--draft", "draft.xlsx"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    Book::open(office, "draft.xlsx")
}

#[test]
fn a_dispatch_is_shown_with_its_readings_and_doubts_and_nothing_is_stored() {
    let office = with_dispatch();
    let (before, journal) = (assignments(&office), std::fs::read(office.store_file()).expect("a store"));
    let ran = office.run(&["import", "cv.txt", "--lang", "vi"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!("review_shown", format!("{}---\n{}", ran.out, ran.err));
    assert_eq!((assignments(&office), std::fs::read(office.store_file()).expect("a store")), (before, journal));
    // A reader without config and store sees the same words, without the directory.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let text = office.path("cv.txt").display().to_string();
    let bare = assert_cmd::Command::new(env!("CARGO_BIN_EXE_dondoc"))
        .args(["import", &text, "--dry-run"])
        .current_dir(elsewhere.path())
        .output()
        .expect("the binary runs");
    let out = String::from_utf8(bare.stdout).expect("UTF-8");
    assert!(bare.status.success() && out.contains("45/UBND-VX") && out.contains("Ban Văn nghệ quần chúng"), "{out}");
}

#[test]
fn only_the_rows_a_person_agreed_to_are_recorded_and_only_with_confirm() {
    let office = with_dispatch();
    let before = assignments(&office);
    let mut book = drafted(&office);
    assert_eq!(book.value("1.a", "Đơn vị chủ trì"), "Phòng Nội vụ");
    assert_eq!(book.value("1.a", "Thời hạn"), "19/02/2027");
    assert_eq!(book.value("1.b", "Cách theo dõi"), "rà soát");
    // Nobody has agreed to anything.
    let none = office.run(&["import", "draft.xlsx", "--confirm", "--json"]);
    assert_eq!(none.json(1)["problems"][0]["code"], "nothing-agreed");
    book.fill("1.a", "Đồng ý", "x");
    book.fill("1.b", "Đồng ý", "x");
    book.save(&office, "draft.xlsx");
    let shown = office.run(&["import", "draft.xlsx", "--json"]);
    let told = shown.json(0);
    assert_eq!(
        (&told["draft"]["agreed"], &told["draft"]["left_out"], &told["draft"]["stored"]),
        (&2.into(), &1.into(), &false.into())
    );
    assert!(shown.err.contains("--confirm"), "{}", shown.err);
    assert_eq!(assignments(&office), before);

    let confirmed = office.run(&["import", "draft.xlsx", "--confirm", "--json"]).json(0);
    assert_eq!((&confirmed["added"]["directives"], &confirmed["added"]["assignments"]), (&2.into(), &2.into()));
    let new: Vec<String> = assignments(&office).into_iter().filter(|name| !before.contains(name)).collect();
    assert_eq!(new, ["45/UBND-VX#1.a@pnv", "45/UBND-VX#1.b@pnv"]);
    let dated = office.run(&["show", "45/UBND-VX#1.a@pnv", "--json"]).json(0);
    assert_eq!((&dated["deadline"], &dated["follow"]), (&"2027-02-19".into(), &"press".into()));
    assert_eq!(dated["deadline_text"], "trước ngày 20/02/2027");
    let quote = &dated["quote"];
    assert!(quote["text"].as_str().is_some_and(|text| text.starts_with("Rà soát danh sách khen thưởng")), "{quote}");
    let (start, end) = (quote["start"].as_u64().expect("a byte"), quote["end"].as_u64().expect("a byte"));
    let words = &DISPATCH[usize::try_from(start).expect("small")..usize::try_from(end).expect("small")];
    assert!(words.starts_with("Rà soát") && quote["file"] == "cv.txt" && quote["line"] == 19, "{words} {quote}");
    assert_eq!(quote["sha256"].as_str().map(str::len), Some(64));
    let standing = office.run(&["show", "45/UBND-VX#1.b@pnv", "--json"]).json(0);
    assert_eq!((&standing["deadline"], &standing["follow"]), (&serde_json::Value::Null, &"review".into()));
    let record = office.run(&["export", "45/UBND-VX#1.a@pnv"]);
    assert!(record.out.contains("“Rà soát danh sách khen thưởng") && record.out.contains("(cv.txt, line 19)"), "{}", record.out);
    let coming = office.run(&["simulate", "--from", "2027-01-05", "--to", "2027-03-01", "--json"]).json(0);
    assert!(coming.to_string().contains("45/UBND-VX#1.a@pnv"), "{coming}");
    let again = office.run(&["import", "draft.xlsx", "--confirm", "--json"]).json(0);
    assert!(again["added"].as_object().expect("counts").values().all(|count| count == 0), "{again}");
    assert!(again["changed"].as_object().expect("counts").values().all(|count| count == 0), "{again}");
}

#[test]
fn a_name_that_a_person_resolved_is_remembered_for_the_next_dispatch() {
    let office = with_dispatch();
    let mut book = drafted(&office);
    assert_eq!(book.value("2.a", "Đơn vị chủ trì"), "Ban Văn nghệ quần chúng");
    book.fill("2.a", "Đồng ý", "x");
    book.save(&office, "draft.xlsx");
    let unknown = office.run(&["import", "draft.xlsx", "--confirm", "--json"]).json(1);
    assert_eq!(unknown["problems"][0]["code"], "unknown-unit", "{unknown}");
    let names = book.sheet("Tên khác");
    let row = names.iter().find(|(_, text)| *text == "Ban Văn nghệ quần chúng").expect("the name").0.0;
    names.insert((row, 1), "Văn phòng".to_owned());
    book.save(&office, "draft.xlsx");
    let told = office.run(&["import", "draft.xlsx", "--confirm", "--json"]).json(0);
    assert_eq!(told["changed"]["units"], 1, "{told}");
    assert!(assignments(&office).contains(&"45/UBND-VX#2.a@vp".to_owned()));
    // The next dispatch of the same words asks nothing, and a file of units does not forget the name.
    office.write("cv.txt", &DISPATCH.replace("45/UBND-VX", "46/UBND-VX"));
    assert_eq!(office.run(&["import", "facts.toml"]).code, 0);
    std::fs::remove_file(office.path("draft.xlsx")).expect("the draft");
    let mut next = drafted(&office);
    assert_eq!(next.value("2.a", "Đơn vị chủ trì"), "Văn phòng");
    assert!(!next.sheets.iter().any(|(name, _)| name == "Tên khác"));
}

#[test]
fn a_name_with_and_in_it_is_one_unit_and_a_group_is_counted() {
    let office = with_dispatch();
    office.write(
        "more.toml",
        "[[unit]]\nid = \"vpub\"\nname = \"Văn phòng Hội đồng nhân dân và Ủy ban nhân dân phường\"\nparent = \"ubnd\"\n\
         [[unit]]\nid = \"kp1\"\nname = \"UBND phường 1\"\n[[unit]]\nid = \"kp2\"\nname = \"UBND phường 2\"\n",
    );
    assert_eq!(office.run(&["import", "more.toml"]).code, 0);
    office.write(
        "cv.txt",
        &DISPATCH
            .replace("1. Giao Phòng Nội vụ", "1. Giao Văn phòng Hội đồng nhân dân và Ủy ban nhân dân phường")
            .replace("2. Giao Ban Văn nghệ quần chúng", "2. Giao Chủ tịch UBND 03 phường"),
    );
    let mut book = drafted(&office);
    assert_eq!(book.value("1.a", "Đơn vị chủ trì"), "Văn phòng Hội đồng nhân dân và Ủy ban nhân dân phường");
    assert_eq!(book.value("2.a", "Đơn vị chủ trì"), "UBND phường 1; UBND phường 2");
    assert!(
        book.value("2.a", "Nghi vấn").contains("the dispatch says 3, the directory has 2"),
        "{}",
        book.value("2.a", "Nghi vấn")
    );
}

#[test]
fn wrong_cells_are_told_all_at_once_with_sheet_row_and_column_and_nothing_is_stored() {
    let office = with_dispatch();
    let before = assignments(&office);
    let mut book = drafted(&office);
    book.fill("1.a", "Đồng ý", "có lẽ");
    book.fill("1.b", "Đồng ý", "x");
    book.fill("1.b", "Thời hạn", "31/02/2027");
    book.fill("2.a", "Đồng ý", "X");
    book.fill("2.a", "Chỉ tiêu", "nhiều");
    let heading = book.sheet("Văn bản");
    let number = heading.iter().find(|((row, _), text)| *row == 0 && *text == "Số văn bản").expect("a heading").0.1;
    heading.remove(&(1, number));
    book.save(&office, "draft.xlsx");
    let ran = office.run(&["import", "draft.xlsx", "--confirm", "--lang", "vi"]);
    assert_eq!((ran.code, assignments(&office)), (1, before));
    insta::assert_snapshot!("review_wrong_cells", ran.err);
}

#[test]
fn a_corrected_dispatch_shows_what_differs_and_keeps_the_answers() {
    let office = with_dispatch();
    let mut book = drafted(&office);
    book.fill("1.a", "Đồng ý", "x");
    book.fill("1.b", "Đồng ý", "x");
    book.save(&office, "draft.xlsx");
    assert_eq!(office.run(&["import", "draft.xlsx", "--confirm"]).code, 0);
    let answered = office.run(&["reply", "45/UBND-VX#1.a@pnv", "acknowledge", "--as", "an"]);
    assert_eq!(answered.code, 0, "{}", answered.err);
    let corrected = DISPATCH
        .replace("trước ngày 20/02/2027", "trước ngày 27/02/2027")
        .replace("b) Thường xuyên tuyên truyền về nếp sống văn minh trên địa bàn phường.\n\n", "");
    office.write("cv.txt", &corrected);
    let shown = office.run(&["import", "cv.txt", "--lang", "vi"]);
    assert!(shown.out.contains("~ thời hạn đã nhập"), "{}", shown.out);
    assert!(shown.out.contains("01 mới, 01 khác, 00 không đổi, 01 không còn"), "{}", shown.out);
    assert!(shown.out.contains("không còn trong văn bản: 1.b"), "{}", shown.out);
    std::fs::remove_file(office.path("draft.xlsx")).expect("the draft");
    let mut book = drafted(&office);
    assert!(book.value("1.a", "So với đã nhập").contains("19/02/2027"));
    book.fill("1.a", "Đồng ý", "x");
    book.save(&office, "draft.xlsx");
    let told = office.run(&["import", "draft.xlsx", "--confirm", "--json"]).json(0);
    assert_eq!((&told["added"]["directives"], &told["changed"]["directives"]), (&0.into(), &1.into()), "{told}");
    let now = office.run(&["show", "45/UBND-VX#1.a@pnv", "--json"]).json(0);
    assert_eq!((&now["deadline"], &now["work"]), (&"2027-02-26".into(), &"acknowledged".into()));
    assert_eq!(now["replies"].as_array().map(Vec::len), Some(1));
    assert!(assignments(&office).contains(&"45/UBND-VX#1.b@pnv".to_owned()), "what was assigned stays");
}

#[test]
fn a_secret_dispatch_is_refused_and_nothing_of_it_is_seen_anywhere() {
    let office = Office::with_facts();
    office.write("cv.txt", &DISPATCH.replace("Số: 45/UBND-VX", "MẬT\n\nSố: 45/UBND-VX").replace("khen thưởng", "CANARY"));
    let before = std::fs::read(office.store_file()).expect("a store");
    for more in [&["--dry-run"][..], &[], &["--json"], &["--dry-run", "--json"], &["--draft", "draft.xlsx"], &["--edit"]] {
        let arguments: Vec<&str> = ["import", "cv.txt"].iter().chain(more).copied().collect();
        let ran = office.run_with(&arguments, &[("EDITOR", "true")], "");
        let said = ran.refused(1);
        for word in ["CANARY", "45/UBND-VX", "An Bình", "Phòng Nội vụ", "2027"] {
            assert!(!said.contains(word), "{word} in {said}");
        }
        assert!(said.contains("secrecy"), "{said}");
    }
    assert!(!office.path("draft.xlsx").exists());
    assert_eq!(std::fs::read(office.store_file()).expect("a store"), before);
}

#[test]
fn a_draft_is_edited_and_recorded_in_one_go() {
    let office = with_dispatch();
    let before = assignments(&office);
    let script = |name: &str, commands: &str| {
        office.write(name, &format!("#!/bin/sh\n{commands}\n"));
        let runs = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(office.path(name), runs).expect("its own file");
        office.path(name).display().to_string()
    };
    let edit = |editor: &str, input: &str| {
        let folder = office.path("");
        let variables = [("EDITOR", editor), ("TMPDIR", folder.to_str().expect("UTF-8")), ("VISUAL", "")];
        office.run_with(&["import", "cv.txt", "--edit"], &variables, input)
    };
    let left = || {
        std::fs::read_dir(office.path(""))
            .expect("a folder")
            .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("dondoc-du-thao")))
            .count()
    };
    for nothing in ["true".to_owned(), script("empty.sh", ": > \"$1\"")] {
        let ran = edit(&nothing, "");
        assert_eq!((ran.code, ran.out.as_str(), left()), (1, "", 0), "{}", ran.err);
    }
    // A wrong row is told of and the editor offered again; the second time it is mended.
    let twice = script(
        "twice.sh",
        "if grep -q 'lead = \\[\"nobody\"\\]' \"$1\"; then sed -i 's/nobody/vp/' \"$1\"; else sed -i '0,/^agreed = false/s//agreed = true/; 0,/^lead = .*/s//lead = [\"nobody\"]/' \"$1\"; fi",
    );
    let ran = edit(&twice, "y\n");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("unknown-unit") && ran.err.contains("Open it again?"), "{}", ran.err);
    let new: Vec<String> = assignments(&office).into_iter().filter(|name| !before.contains(name)).collect();
    assert_eq!((new, left()), (vec!["45/UBND-VX#1.a@vp".to_owned()], 0));
    // Who gives up keeps what they wrote.
    let wrong = script("wrong.sh", "sed -i '0,/^agreed = false/s//agreed = perhaps/' \"$1\"");
    let ran = edit(&wrong, "n\n");
    assert!(ran.code == 1 && ran.err.contains("dondoc-du-thao"), "{}", ran.err);
    assert_eq!(left(), 1);
}

#[test]
fn a_draft_is_no_other_file_and_is_never_overwritten() {
    let office = with_dispatch();
    drafted(&office);
    let again = office.run(&["import", "cv.txt", "--draft", "draft.xlsx"]);
    assert!(again.code == 1 && again.err.contains("not overwritten"), "{}", again.err);
    assert_eq!(office.run(&["import", "cv.txt", "--draft", "draft.doc"]).code, 2);
    assert_eq!(office.run(&["import", "cv.txt", "--confirm"]).code, 2);
    assert_eq!(office.run(&["import", "cv.txt", "facts.toml"]).code, 2);
    assert_eq!(office.run(&["import", "facts.toml", "--edit"]).code, 2);
    let plain = office.run(&["import", "facts.toml", "--confirm", "--json"]).json(1);
    assert_eq!(plain["problems"][0]["code"], "not-a-draft");
    // The same draft as TOML is read by the same rules.
    assert_eq!(office.run(&["import", "cv.txt", "--draft", "draft.toml"]).code, 0);
    let text = std::fs::read_to_string(office.path("draft.toml")).expect("a draft");
    office.write("draft.toml", &text.replacen("\nagreed = false", "\nagreed = true", 1));
    let told = office.run(&["import", "draft.toml", "--confirm", "--json"]).json(0);
    assert_eq!((&told["added"]["directives"], &told["draft"]["left_out"]), (&1.into(), &2.into()), "{told}");
}
