//! The same dispatch in every kind of file gives the same drafts, through the program itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::archive::docx_with;
use super::pdftotext;

const EXAMPLE: &str = "examples/cong-van/cong-van-312";

fn import(arguments: &[&Path], path: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dondoc"));
    command.args(["import", "--dry-run", "--json"]).args(arguments);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.output().expect("the program runs")
}

fn drafts(file: &Path, path: Option<&str>) -> Value {
    let output = import(&[file], path);
    assert!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What every kind has to agree on: heading, clauses, units, days, targets; the rows of the table among them.
fn gist(drafts: &Value) -> Vec<String> {
    let heading = &drafts["dispatch"];
    let mut lines = vec![format!(
        "{} {} {} {} {}",
        heading["number"], heading["issuer"], heading["date"], heading["subject"], heading["addressees"]
    )];
    for directive in drafts["directives"].as_array().expect("a list") {
        let (deadline, target) = (&directive["deadline"], &directive["target"]);
        lines.push(format!(
            "{} {} {} {} {} {} {} {} {}",
            directive["clause"],
            directive["clause_as_typed"],
            directive["lead_units"],
            directive["coordinating_units"],
            deadline["kind"],
            deadline["date"],
            deadline["time"],
            target["op"],
            target["value"]
        ));
    }
    lines
}

fn example(ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{EXAMPLE}.{ending}"))
}

#[test]
fn the_same_dispatch_gives_the_same_drafts_in_every_kind_of_file() {
    let word = gist(&drafts(&example("docx"), None));
    assert!(word.len() > 10, "{word:?}");
    for ending in ["txt", "md"] {
        assert_eq!(gist(&drafts(&example(ending), None)), word, "{ending}");
    }
    assert_eq!(gist(&drafts(&example("pdf"), Some("/nonexistent"))), word, "by the crate");
    if pdftotext().is_some() {
        assert_eq!(gist(&drafts(&example("pdf"), None)), word, "by pdftotext");
    }
}

#[test]
fn automatic_numbers_become_names_of_clauses() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/document");
    let word = drafts(&folder.join("ke-hoach-17.docx"), None);
    let clauses: Vec<&str> =
        word["directives"].as_array().expect("a list").iter().filter_map(|one| one["clause"].as_str()).collect();
    for clause in ["II.1.a", "II.2.a", "II.2.b", "III.1"] {
        assert!(clauses.contains(&clause), "{clause} is not among {clauses:?}");
    }
}

#[test]
fn one_dispatch_is_read_at_a_time_and_no_facts_beside_it() {
    let facts = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cong-van/to-chuc.toml");
    for files in [[&*example("docx"), &*example("pdf")], [&*facts, &*example("txt")], [&*example("md"), &*facts]] {
        let output = import(&files, None);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("mỗi lần chỉ đọc một văn bản") && told.contains("--draft"), "{told}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_file_that_cannot_be_read_ends_with_its_mend() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/document");
    for (file, code) in [("ban-quet.pdf", "no-text-layer"), ("co-mat-khau.pdf", "locked-file"), ("khong-co.docx", "cannot-read")]
    {
        let output = import(&[&folder.join(file)], None);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(code) && told.contains("cách sửa"), "{told}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_mark_of_secrecy_in_the_header_of_a_word_document_stops_the_reading() {
    let body = "<w:p><w:r><w:t>Số: 9/UBND-NC</w:t></w:r></w:p><w:p><w:r><w:t>1. Phòng Nội vụ lập phương án trước ngày 15/11/2026.</w:t></w:r></w:p>";
    let header = "<w:hdr xmlns:w=\"w\"><w:p><w:r><w:t>TỐI MẬT</w:t></w:r></w:p></w:hdr>";
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("van-ban.docx");
    std::fs::write(&file, docx_with(body, &[("word/header1.xml", header)])).expect("written");
    let output = import(&[&file], None);
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(!told.contains("phương án") && !told.contains("15/11"), "{told}");
}
