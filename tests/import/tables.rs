//! Facts out of tables: a clerk's rows in, rows of the store and words for the clerk out.

use std::io::{Cursor, Read as _, Write as _};
use std::time::{Duration, Instant};

use dondoc::diagnostic::{self, Cells, Diagnostic, Labels, Paint, Source};
use dondoc::domain::rules::Language;
use dondoc::engine::import::{Counts, Mode, Outcome, import, known_facts};
use dondoc::facts::{self, csv_cells, xlsx_cells};
use proptest::prelude::*;

use crate::office::{Imported, Tested, codes, rules};

const LIST: &[u8] = include_bytes!("tables/office-list.xlsx");
const MENDED: &[u8] = include_bytes!("tables/office-list-mended.xlsx");

const UNITS: &str = "Mã đơn vị,Tên đơn vị,Tên khác\nubnd,UBND phường,\npnv,Phòng Nội vụ,P. Nội vụ; Nội vụ\nvp,Văn phòng,VP\n";
const PEOPLE: &str = "Họ và tên;Chức vụ;Đơn vị;Email\nTrần Thử Lan;Chủ tịch;UBND phường;lan@example.org\nNguyễn Thử An;Trưởng phòng;Nội vụ;an@example.org\nLê Thử Bình;Chánh Văn phòng;VP;binh@example.org\n";
const HEADINGS: &str = "STT,Nội dung nhiệm vụ,Số văn bản,Ngày ban hành,Thời hạn,Đơn vị chủ trì,Đơn vị phối hợp,Lãnh đạo phụ trách,Tiến độ,Trạng thái,Kết quả,Ghi chú\n";

fn ending(name: &str) -> String {
    facts::ending_of(std::path::Path::new(name))
}

fn cells_of(name: &str, bytes: &[u8]) -> Cells {
    let read = if ending(name) == "csv" { csv_cells(bytes, 0, Language::Vi) } else { xlsx_cells(bytes, 0, Language::Vi) };
    read.unwrap_or_else(|problem| panic!("{name}: {problem:?}"))
}

/// What was told, and how it looks.
struct Seen {
    told: Imported,
    shown: String,
}

impl Seen {
    fn codes(&self) -> Vec<&'static str> {
        let mut all = codes(&self.told.reading);
        all.extend(codes(&self.told.report.problems));
        all
    }
}

async fn import_tables(office: &mut Tested, files: &[(&str, &[u8])]) -> Seen {
    office.now = office.now.saturating_add(jiff::SignedDuration::from_hours(1)).expect("years before the end of time");
    let tables: Vec<Option<Cells>> =
        files.iter().map(|(name, bytes)| (ending(name) != "toml").then(|| cells_of(name, bytes))).collect();
    let sources: Vec<Source<'_>> = files
        .iter()
        .zip(&tables)
        .map(|((name, bytes), cells)| match cells {
            Some(cells) => Source::of_cells(name, cells),
            None => Source::of_text(name, std::str::from_utf8(bytes).expect("TOML is text")),
        })
        .collect();
    let mut known = known_facts(&office.store).await.expect("a readable store");
    known.office = Some(office.rules.office.name.clone());
    let (facts, reading) = facts::read(&sources, office.rules.language, &office.rules.calendar, &known);
    let mode = if reading.iter().any(Diagnostic::is_error) { Mode::DryRun } else { Mode::Apply };
    let report = import(&office.store, &facts, &office.rules, office.now, "cli:test", mode).await.expect("a store that works");
    let mut all = reading.clone();
    for problem in &report.problems {
        if !all.contains(problem) {
            all.push(problem.clone());
        }
    }
    diagnostic::sort(&mut all);
    let labels = if office.rules.language == Language::Vi { Labels::VI } else { Labels::EN };
    let shown = diagnostic::render(&all, &sources, Paint::Plain, labels);
    Seen { told: Imported { report, reading }, shown }
}

/// With units, people and a monitor.
async fn office() -> Tested {
    let mut office = Tested::new().await;
    office.rules.office.monitor = dondoc::domain::sentence::parse_role("position:head@vp").ok();
    let seen = import_tables(&mut office, &[("don-vi.csv", UNITS.as_bytes()), ("can-bo.csv", PEOPLE.as_bytes())]).await;
    assert_eq!(seen.codes(), [""; 0], "{}", seen.shown);
    office
}

async fn duties(office: &mut Tested, rows: &str) -> Seen {
    import_tables(office, &[("nhiem-vu.csv", format!("{HEADINGS}{rows}").as_bytes())]).await
}

#[tokio::test]
async fn one_list_of_people_makes_people_units_and_positions_and_their_ids_are_kept() {
    let mut office = Tested::new().await;
    let first = import_tables(&mut office, &[("nguoi.csv", PEOPLE.as_bytes())]).await;
    let added = first.told.report.added;
    assert_eq!((added.units, added.people, added.appointments), (3, 3, 3), "{}", first.shown);
    assert_eq!(
        office.rows("SELECT code, name FROM unit ORDER BY code").await,
        ["noi-vu | Nội vụ", "ubnd-phuong | UBND phường", "vp | VP"]
    );
    assert_eq!(
        office
            .rows("SELECT p.code, a.position, a.title FROM appointment a JOIN person p ON p.id = a.person_id ORDER BY p.code")
            .await,
        ["le-thu-binh | head | Chánh Văn phòng", "nguyen-thu-an | head | Trưởng phòng", "tran-thu-lan | head | Chủ tịch"]
    );
    let before = office.dump().await;
    let again = import_tables(&mut office, &[("nguoi.csv", PEOPLE.as_bytes())]).await;
    assert_eq!((again.told.report.unchanged, again.told.report.added), (added, Counts::default()), "{}", again.shown);
    assert_eq!(office.dump().await, before);
    // Rows in another order, one more person: those who were there keep their ids.
    let more = "Email,Họ và tên,Đơn vị,Chức vụ\nba@example.org,Lê Thử Bính,VP,Chuyên viên\nan@example.org,Nguyễn Thử An,Nội vụ,Trưởng phòng\n";
    let more = import_tables(&mut office, &[("people.csv", more.as_bytes())]).await;
    assert_eq!((more.told.report.added.people, more.told.report.unchanged.people), (1, 1), "{}", more.shown);
    assert_eq!(office.rows("SELECT code FROM person WHERE name = 'Lê Thử Bính'").await, ["lê-thử-bính"]);
}

#[tokio::test]
async fn a_row_whose_clause_nobody_can_know_is_refused_and_never_left_out() {
    let mut office = office().await;
    let rows = "Nội dung nhiệm vụ,Đơn vị chủ trì,Thời hạn,Số văn bản,Ngày ban hành,Cơ quan ban hành\n\
                Rà soát thủ tục,VP,30/11/2023,12/UBND-VP,01/10/2023,UBND phường\n\
                Báo cáo quý,Nội vụ,15/12/2023,12/UBND-VP,01/10/2023,UBND phường\n";
    let seen = import_tables(&mut office, &[("nhiem-vu.csv", rows.as_bytes())]).await;
    assert_eq!(seen.codes(), ["blank-cell", "blank-cell"], "{}", seen.shown);
    assert!(seen.shown.contains("không rõ điểm, khoản của dòng này"), "{}", seen.shown);
    // One row of several, whose cell is blank.
    let rows = "Khoản,Nội dung nhiệm vụ,Đơn vị chủ trì,Số văn bản,Ngày ban hành,Cơ quan ban hành\n\
                1,Rà soát thủ tục,VP,12/UBND-VP,01/10/2023,UBND phường\n\
                ,Báo cáo quý,Nội vụ,12/UBND-VP,01/10/2023,UBND phường\n";
    let seen = import_tables(&mut office, &[("nhiem-vu.csv", rows.as_bytes())]).await;
    assert_eq!(seen.codes(), ["blank-cell"], "{}", seen.shown);
    assert_eq!(office.rows("SELECT COUNT(*) FROM directive").await, ["0"]);
}

#[tokio::test]
async fn two_people_of_one_name_are_asked_about_and_never_merged() {
    let mut office = office().await;
    let two = "Họ và tên,Chức vụ,Đơn vị,Email\nVõ Thử Hạnh,Chuyên viên,VP,hanh1@example.org\nVõ Thử Hạnh,Chuyên viên,Nội vụ,hanh2@example.org\n";
    let asked = import_tables(&mut office, &[("can-bo.csv", two.as_bytes())]).await;
    assert_eq!(asked.codes(), ["same-name", "same-name"]);
    assert!(asked.shown.contains("dòng 2 và dòng 3") && asked.shown.contains("dòng 3 và dòng 2"), "{}", asked.shown);
    assert!(!asked.shown.contains("hanh1@"), "an address is nobody's business: {}", asked.shown);
    // One person in two positions has one address.
    let one = two.replace("hanh2", "hanh1");
    let one = import_tables(&mut office, &[("can-bo.csv", one.as_bytes())]).await;
    assert_eq!((one.told.report.added.people, one.told.report.added.appointments), (1, 2), "{}", one.shown);
    // Somebody of a recorded name in another unit, with another address.
    let other = "Họ và tên,Chức vụ,Đơn vị,Email\nNguyễn Thử An,Chuyên viên,VP,an.vp@example.org\n";
    let other = import_tables(&mut office, &[("can-bo.csv", other.as_bytes())]).await;
    assert_eq!(other.codes(), ["same-name"]);
    assert!(other.shown.contains("nguyen-thu-an"), "{}", other.shown);
}

#[tokio::test]
async fn the_list_of_twelve_columns_makes_duties_and_what_is_done_is_not_pressed() {
    let mut office = office().await;
    let rows = "1,Rà soát thủ tục,45/UBND-NC,02/10/2023,31/12/2023,P. Nội vụ,VP,Trần Thử Lan,60%,Đang thực hiện,Đã có dự thảo,\n\
                2,Báo cáo quý,45/UBND-NC,02/10/2023,Quý IV/2023,VP,,,,Hoàn thành,Báo cáo số 18/BC-VP ngày 05/10/2023,\n\
                3,Trực tiếp công dân,45/UBND-NC,02/10/2023,Thường xuyên,VP; P. Nội vụ,,,,Chưa thực hiện,,Theo lịch\n\
                4,Mua sắm,45/UBND-NC,02/10/2023,01/01/1970,VP,,,,,,\n";
    let seen = duties(&mut office, rows).await;
    assert_eq!(seen.codes(), ["issuer-assumed"], "{}", seen.shown);
    assert_eq!(
        office
            .rows(
                "SELECT clause, title, deadline_text, deadline_last_day, follow, supervisor, text FROM directive ORDER BY clause"
            )
            .await,
        [
            "1 | Rà soát thủ tục | 2023-12-31 | 2023-12-31 | press | person:tran-thu-lan | ∅",
            "2 | Báo cáo quý | Quý IV/2023 | 2023-12-31 | press | ∅ | ∅",
            "3 | Trực tiếp công dân | ∅ | ∅ | review | ∅ | Ghi chú: Theo lịch",
            "4 | Mua sắm | ∅ | ∅ | review | ∅ | ∅",
        ]
    );
    assert_eq!(
        office.rows("SELECT d.clause, u.code, a.work FROM assignment a JOIN directive d ON d.id = a.directive_id JOIN unit u ON u.id = a.unit_id ORDER BY d.clause, u.code").await,
        ["1 | pnv | in_progress", "2 | vp | accepted", "3 | pnv | not_acknowledged", "3 | vp | not_acknowledged", "4 | vp | not_acknowledged"]
    );
    assert_eq!(
        office.rows("SELECT r.kind, p.code, r.percent, r.on_date, r.note, r.document FROM reply r JOIN person p ON p.id = r.person_id ORDER BY r.id").await,
        [
            "progress | nguyen-thu-an | 60 | ∅ | Đã có dự thảo | ∅",
            "done | le-thu-binh | ∅ | 2023-10-05 | ∅ | Báo cáo số 18/BC-VP ngày 05/10/2023",
            "accept | le-thu-binh | ∅ | ∅ | ∅ | ∅",
        ]
    );
    assert_eq!(office.rows("SELECT issuer, date FROM dispatch").await, ["Văn phòng | 2023-10-02"]);
    let before = office.dump().await;
    let again = duties(&mut office, rows).await;
    assert_eq!((again.told.report.unchanged, again.told.report.added), (seen.told.report.added, Counts::default()));
    assert_eq!(office.dump().await, before, "again: no row, no entry");
    // The clerk's next list: one more is done, the other further on.
    let next = rows.replace("60%", "80%").replace("VP; P. Nội vụ,,,,Chưa thực hiện", "VP; P. Nội vụ,,,,Đã hoàn thành");
    let next = duties(&mut office, &next).await;
    assert_eq!((next.codes(), next.told.report.added.replies), (vec!["done-without-date"], 3), "{}", next.shown);
    assert_eq!(
        office.rows("SELECT work FROM assignment ORDER BY id").await,
        ["in_progress", "accepted", "accepted", "accepted", "not_acknowledged"]
    );
}

#[tokio::test]
async fn a_list_that_still_says_done_does_not_undo_what_was_answered_since() {
    let mut office = office().await;
    let rows = "1,Báo cáo quý,45/UBND-NC,02/10/2023,31/12/2023,VP,,,,Đã báo cáo,18/BC-VP ngày 05/10/2023,\n";
    duties(&mut office, rows).await;
    office.sql("UPDATE assignment SET work = 'returned'").await;
    let again = duties(&mut office, rows).await;
    assert_eq!(again.told.report.added.replies, 0);
    assert_eq!(office.rows("SELECT work FROM assignment").await, ["returned"]);
}

#[tokio::test]
async fn a_list_numbered_anew_finds_its_duties_by_their_words() {
    let mut office = office().await;
    let row = |number: u8, title: &str| format!("{number},{title},45/UBND-NC,02/10/2023,31/12/2023,VP,,,,,,\n");
    duties(&mut office, &(row(1, "Báo cáo quý") + &row(2, "Rà soát thủ tục"))).await;
    // A row put in above: it takes a number that is free, those below keep their clauses.
    let moved = duties(&mut office, &(row(3, "Báo cáo quý") + &row(4, "Rà soát thủ tục"))).await;
    assert_eq!(moved.told.report.unchanged.directives, 2, "{}", moved.shown);
    let taken = duties(&mut office, &(row(1, "Kiểm tra trật tự đô thị") + &row(2, "Báo cáo quý"))).await;
    assert_eq!(taken.codes(), ["number-moved"], "{}", taken.shown);
    let edited = duties(&mut office, &row(2, "Rà soát thủ tục hành chính")).await;
    assert_eq!(edited.told.report.changed.directives, 1, "{}", edited.shown);
}

#[tokio::test]
async fn every_bad_cell_is_named_with_sheet_row_column_its_text_and_the_mend() {
    let mut office = office().await;
    let rows = "1,Rà soát,45/UBND-NC,31/02/2023,khi nào xong,Phòng Nội vu X,VP,Trần Thử Lam,120%,Tạm dừng,,\n\
                2,,45/UBND-NC,02/10/2023,#REF!,VP,,,,,,\n\
                3,Báo cáo,46/UBND-NC,,31/12/23,,,,,,,\n";
    let seen = duties(&mut office, rows).await;
    assert_eq!(seen.told.report.outcome, Outcome::WouldBeStored, "with a mistake nothing is tried");
    insta::assert_snapshot!(seen.shown);
    assert_eq!(office.rows("SELECT COUNT(*) FROM directive").await, ["0"]);
}

#[tokio::test]
async fn months_are_columns_and_each_figure_describes_the_last_day_of_its_month() {
    let mut office = office().await;
    duties(&mut office, "1,Giải ngân,45/UBND-NC,02/10/2023,31/12/2023,VP,,,,,,\n").await;
    let figures =
        "SỐ LIỆU NĂM 2023,,,,,\nSố văn bản,Khoản,Đơn vị,Tháng 1,T2/2024,Nguồn\n45/UBND-NC,1,VP,\"41,5\",62.5 %,Kho bạc\n";
    let seen = import_tables(&mut office, &[("so-lieu.csv", figures.as_bytes())]).await;
    assert_eq!(seen.told.report.added.figures, 2, "{}", seen.shown);
    assert_eq!(
        office.rows("SELECT as_of, value, source FROM figure ORDER BY as_of").await,
        ["2023-01-31 | 41.5 | Kho bạc", "2024-02-29 | 62.5 | Kho bạc"]
    );
    let without = "Nhiệm vụ,Đơn vị,Tháng 1\n45/UBND-NC#1,VP,5\n";
    let without = import_tables(&mut office, &[("so-lieu.csv", without.as_bytes())]).await;
    assert!(without.codes().contains(&"no-year"), "{}", without.shown);
}

#[tokio::test]
async fn toml_and_tables_are_one_import_and_names_cross_the_files() {
    let mut office = office().await;
    let toml = "[[unit]]\nid = \"kt\"\nname = \"Phòng Kinh tế\"\nparent = \"ubnd\"\n\n[[dispatch]]\nnumber = \"9/KH\"\nissuer = \"UBND tỉnh\"\ndate = 2023-09-01\n";
    let list = "Nội dung,Số văn bản,Chủ trì,Điểm,Hạn\nLập kế hoạch,9/KH,phong kinh te,1.a,31/12/2023\n";
    let files: [(&str, &[u8]); 2] = [("to-chuc.toml", toml.as_bytes()), ("nhiem-vu.csv", list.as_bytes())];
    let seen = import_tables(&mut office, &files).await;
    assert_eq!(seen.codes(), [""; 0], "{}", seen.shown);
    assert_eq!(
        office.rows("SELECT p.issuer, d.clause FROM directive d JOIN dispatch p ON p.id = d.dispatch_id").await,
        ["UBND tỉnh | 1.a"]
    );
}

#[tokio::test]
async fn a_secret_dispatch_gives_a_list_no_text_and_no_cell_of_it_is_shown() {
    let mut office = office().await;
    let toml = "[[dispatch]]\nnumber = \"7/UBND-MAT\"\nissuer = \"UBND phường\"\ndate = 2023-09-01\nsecrecy = \"mat\"\n";
    let list = format!("{HEADINGS}1,KIM TUYEN 4711,7/UBND-MAT,,31/12/2023,VP,,,,Đang thực hiện,KIM TUYEN 4712,\n");
    let files: [(&str, &[u8]); 2] = [("mat.toml", toml.as_bytes()), ("nhiem-vu.csv", list.as_bytes())];
    let seen = import_tables(&mut office, &files).await;
    assert!(seen.codes().contains(&"secret-text"), "{}", seen.shown);
    assert!(!seen.shown.contains("KIM TUYEN"), "{}", seen.shown);
    assert!(!office.dump().await.contains("KIM TUYEN"));
}

#[tokio::test]
async fn a_workbook_as_an_office_has_it_is_read_with_its_doubts_named() {
    let mut office = Tested::new().await;
    office.rules.office.monitor = dondoc::domain::sentence::parse_role("position:head@van-phong-hdnd-va-ubnd").ok();
    office.now = "2025-11-20T01:00:00Z".parse().expect("an instant");
    let asked = import_tables(&mut office, &[("theo-doi.xlsx", LIST)]).await;
    insta::assert_snapshot!("a_list_as_it_is", asked.shown);
    assert_eq!(office.rows("SELECT COUNT(*) FROM unit").await, ["0"], "nothing is stored");
    let mended = import_tables(&mut office, &[("theo-doi.xlsx", MENDED)]).await;
    insta::assert_snapshot!("a_list_mended", mended.shown);
    insta::assert_snapshot!("a_list_stored", crate::office::differences(&mended.told.report));
    let before = office.dump().await;
    let again = import_tables(&mut office, &[("theo-doi.xlsx", MENDED)]).await;
    assert_eq!((again.told.report.unchanged, again.told.report.added), (mended.told.report.added, Counts::default()));
    assert_eq!(office.dump().await, before);
}

#[tokio::test]
async fn the_template_is_imported_without_a_word_and_brings_nothing() {
    let mut office = Tested::new().await;
    let template = facts::template().expect("a workbook");
    let seen = import_tables(&mut office, &[("mau.xlsx", &template)]).await;
    assert_eq!((seen.codes(), seen.told.report.added), (Vec::<&str>::new(), Counts::default()), "{}", seen.shown);
    let row = "STT,Mã đơn vị,Tên đơn vị\nVí dụ,kt,Phòng Kinh tế\n";
    let seen = import_tables(&mut office, &[("don-vi.csv", row.as_bytes())]).await;
    assert_eq!((seen.codes(), seen.told.report.added.units), (vec!["row-skipped"], 0), "{}", seen.shown);
}

fn refusal(bytes: &[u8]) -> &'static str {
    let began = Instant::now();
    let code = xlsx_cells(bytes, 0, Language::En).map_or_else(|problem| problem.code, |_| "taken");
    assert!(began.elapsed() < Duration::from_secs(10), "{code} took {:?}", began.elapsed());
    code
}

/// The mended workbook with one of its files exchanged.
fn with(name: &str, content: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(MENDED)).expect("an archive");
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let own = entry.name().expect("a name").into_owned();
        let mut text = Vec::new();
        entry.read_to_end(&mut text).expect("its text");
        if own == name {
            text = content(&String::from_utf8_lossy(&text));
        }
        out.start_file(own, zip::write::SimpleFileOptions::default()).expect("an entry");
        out.write_all(&text).expect("its text");
    }
    out.finish().expect("an archive").into_inner()
}

#[test]
fn what_grows_when_it_is_inflated_is_not_opened() {
    let bomb = with("xl/worksheets/sheet1.xml", |_| vec![b' '; 40 * 1024 * 1024]);
    assert!(bomb.len() < 200_000);
    assert_eq!(refusal(&bomb), "table-too-large");
    // The archive says it is small: what comes out is counted.
    let mut liar = bomb.clone();
    let size = (40_u32 * 1024 * 1024).to_le_bytes();
    for at in 0..liar.len() - 4 {
        if liar[at..at + 4] == size {
            liar[at..at + 4].copy_from_slice(&1_000_u32.to_le_bytes());
        }
    }
    assert!(liar != bomb && ["table-too-large", "workbook-damaged"].contains(&refusal(&liar)), "{}", refusal(&liar));
    let many: String = (0..1_000_000).map(|n| format!("<sheet name=\"{n}\" sheetId=\"{n}\" r:id=\"rId1\"/>")).collect();
    let many = with("xl/workbook.xml", |text| text.replace("</sheets>", &format!("{many}</sheets>")).into_bytes());
    assert_eq!(refusal(&many), "table-too-large");
    let sheets: String = (0..200).map(|n| format!("<sheet name=\"n{n}\" sheetId=\"{}\" r:id=\"rId3\"/>", n + 90)).collect();
    let sheets = with("xl/workbook.xml", |text| text.replace("</sheets>", &format!("{sheets}</sheets>")).into_bytes());
    assert_eq!(refusal(&sheets), "table-too-large");
    let mut entries = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..2_000 {
        entries.start_file(format!("{n}"), zip::write::SimpleFileOptions::default()).expect("an entry");
    }
    assert_eq!(refusal(&entries.finish().expect("an archive").into_inner()), "table-too-large");
}

#[test]
fn cells_beyond_the_sheet_external_entities_and_other_files_are_refused() {
    let place = |reference: &str| {
        let row = format!("<row r=\"1048577\"><c r=\"{reference}\" t=\"str\"><v>x</v></c></row></sheetData>");
        with("xl/worksheets/sheet2.xml", move |text| text.replace("</sheetData>", &row).into_bytes())
    };
    assert_eq!(refusal(&place("XFE1048577")), "table-too-large");
    assert_eq!(refusal(&place("AAAAAAAAAAAAAAAA1")), "workbook-damaged");
    let entity = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
    let entity = with("xl/sharedStrings.xml", |text| text.replace("<sst", &format!("{entity}<sst")).into_bytes());
    assert_eq!(refusal(&entity), "document-type");
    assert_eq!(refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old workbook"), "not-xlsx");
    assert_eq!(refusal(b"no archive"), "not-xlsx");
    assert_eq!(refusal(&with("xl/worksheets/sheet2.xml", |_| b"<html>".to_vec())), "workbook-damaged");
    assert_eq!(refusal(MENDED), "taken");
}

#[test]
fn a_csv_file_of_another_encoding_is_refused_with_its_mend() {
    let utf16: Vec<u8> = "Họ và tên,Đơn vị\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [b"H\xf2 v\xe0 t\xean,Email\n".to_vec(), [vec![0xff, 0xfe], utf16].concat()] {
        let problem = csv_cells(&bytes, 0, Language::En).expect_err("another encoding");
        assert!(problem.help.as_deref().is_some_and(|help| help.contains("CSV UTF-8")), "{problem:?}");
    }
    let with_mark = [b"\xef\xbb\xbf".to_vec(), PEOPLE.replace('\n', "\r\n").into_bytes()].concat();
    let cells = cells_of("a.csv", &with_mark);
    assert_eq!(cells.heading_row(0), Some(1));
    let rows: Vec<usize> = cells.rows(0).map(|row| row[0].row).collect();
    assert_eq!(rows, [1, 2, 3, 4], "rows are counted as a spreadsheet counts them, whatever ends a line");
}

#[tokio::test]
async fn a_cell_that_looks_like_a_formula_is_text() {
    let mut office = office().await;
    let seen = duties(
        &mut office,
        "1,\"=HYPERLINK(\"\"http://x\"\")\",45/UBND-NC,02/10/2023,31/12/2023,VP,,,,,,\n2,@lệnh,45/UBND-NC,02/10/2023,,VP,,,,,,\n",
    )
    .await;
    assert_eq!(
        office.rows("SELECT title FROM directive ORDER BY clause").await,
        ["=HYPERLINK(\"http://x\")", "@lệnh"],
        "{}",
        seen.shown
    );
}

/// Spreadsheets bring such marks along from pages and chats; a name stays in its composed form.
#[tokio::test]
async fn what_nobody_sees_in_a_cell_is_taken_out() {
    let mut office = office().await;
    let row = "1,Ba\u{301}o\u{200b} cáo\u{202e} quý\u{feff},45/UBND-NC,02/10/2023,31/12/2023,V\u{200d}P,,,,,,\n";
    let seen = duties(&mut office, row).await;
    assert_eq!(office.rows("SELECT title FROM directive").await, ["Báo cáo quý"], "{}", seen.shown);
}

/// What this thread has used of the processor: a busy machine makes nothing slower by it.
fn used() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(used.tv_sec.unsigned_abs(), u32::try_from(used.tv_nsec).expect("less than a second"))
}

/// Reads whatever it is given to the end; the time it may take is far above what it takes.
fn survives(name: &str, bytes: &[u8]) {
    let began = used();
    let cells = if ending(name) == "csv" { csv_cells(bytes, 0, Language::Vi) } else { xlsx_cells(bytes, 0, Language::Vi) };
    if let Ok(cells) = cells {
        let sources = [Source::of_cells(name, &cells)];
        let rules = rules();
        let (_, problems) = facts::read(&sources, Language::Vi, &rules.calendar, &facts::Known::default());
        let shown = diagnostic::render(&problems, &sources, Paint::Plain, Labels::VI);
        assert!(problems.is_empty() || !shown.is_empty());
        for problem in &problems {
            let _ = problem.locate(&sources);
        }
    }
    let took = used().saturating_sub(began);
    assert!(took < Duration::from_secs(1), "took {took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_csv_file_is_read_or_refused(
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = format!("{HEADINGS}1,Rà soát,45/UBND-NC,02/10/2023,Quý IV/2023,VP;PNV,,\"Lan, PCT\",60%,Đang thực hiện,,\n").into_bytes();
        for (at, byte) in &places {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        survives("nhiem-vu.csv", &bytes);
        bytes.truncate(cut.index(bytes.len()));
        survives("nhiem-vu.csv", &bytes);
    }

    #[test]
    fn a_mutated_workbook_is_read_or_refused(
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        part in prop::sample::select(vec![
            "xl/worksheets/sheet2.xml", "xl/worksheets/sheet4.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml",
        ]),
    ) {
        let mut bytes = MENDED.to_vec();
        for (at, byte) in &places {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        survives("theo-doi.xlsx", &bytes);
        // Inside the archive, where a checksum does not catch it.
        let inner = with(part, |text| {
            let mut bytes = text.as_bytes().to_vec();
            for (at, byte) in &places {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            bytes
        });
        survives("theo-doi.xlsx", &inner);
    }
}
