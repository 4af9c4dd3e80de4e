//! Real files, made by `LibreOffice` from the sources beside them (`make.sh`).

use dondoc::document::{self, Kind};
use dondoc::domain::rules::Language;

use super::{code, pdftotext, read, text, tools};

const DISPATCH_DOCX: &[u8] = include_bytes!("../../examples/cong-van/cong-van-312.docx");
const DISPATCH_PDF: &[u8] = include_bytes!("../../examples/cong-van/cong-van-312.pdf");
const PLAN_DOCX: &[u8] = include_bytes!("ke-hoach-17.docx");
const PLAN_PDF: &[u8] = include_bytes!("ke-hoach-17.pdf");
const SCAN: &[u8] = include_bytes!("ban-quet.pdf");
/// Six hundred MiB of blanks, packed twice.
const BOMB: &[u8] = include_bytes!("bom-nen.pdf");
const LOCKED: &[u8] = include_bytes!("co-mat-khau.pdf");

/// The words of a text, whatever stands between them.
fn words(text: &str) -> Vec<&str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// The text by both ways of reading PDFs.
fn both_ways(bytes: &[u8]) -> Vec<String> {
    let mut texts = vec![text(bytes, Kind::Pdf)];
    if let Some(path) = pdftotext() {
        texts.push(document::read(bytes, Kind::Pdf, &tools(Some(path)), Language::En).expect("it has a text").text);
    }
    texts
}

#[test]
fn a_word_document_of_a_dispatch_is_read_as_it_stands() {
    insta::assert_snapshot!("dispatch-docx", text(DISPATCH_DOCX, Kind::Docx));
}

#[test]
fn automatic_numbers_and_tables_of_a_real_file_are_written_out() {
    insta::assert_snapshot!("plan-docx", text(PLAN_DOCX, Kind::Docx));
}

#[test]
fn a_pdf_has_the_words_of_its_document_by_both_ways() {
    for (docx, pdf) in [(DISPATCH_DOCX, DISPATCH_PDF), (PLAN_DOCX, PLAN_PDF)] {
        let document = text(docx, Kind::Docx);
        for text in both_ways(pdf) {
            let (there, here) = (words(&document), words(&text));
            let missing: Vec<&&str> = there.iter().filter(|word| !here.contains(word)).collect();
            assert!(missing.is_empty(), "{missing:?}\n{text}");
            assert!(here.len() < there.len() + 8, "letters were set apart:\n{text}");
        }
    }
}

#[test]
fn what_stands_side_by_side_on_a_page_does_so_in_the_text() {
    for text in both_ways(DISPATCH_PDF) {
        let line = text.lines().find(|line| line.contains("PHƯỜNG AN THỊNH")).expect("the second line");
        let (left, right) = line.split_once("THỊNH").expect("two columns");
        assert!(
            left.trim() == "PHƯỜNG AN" && right.starts_with("     ") && right.trim() == "Độc lập - Tự do - Hạnh phúc",
            "{text}"
        );
        assert_eq!(text.matches('\u{c}').count(), 2, "two pages");
    }
}

#[test]
fn a_scan_is_said_to_be_one_by_both_ways() {
    assert_eq!(code(SCAN, Kind::Pdf), "no-text-layer");
    if let Some(path) = pdftotext() {
        let problem = document::read(SCAN, Kind::Pdf, &tools(Some(path)), Language::En).expect_err("no text");
        assert_eq!(problem.code, "no-text-layer");
    }
}

#[test]
fn a_pdf_under_a_password_is_said_to_be_under_one() {
    assert_eq!(code(LOCKED, Kind::Pdf), "locked-file");
    if let Some(path) = pdftotext() {
        let problem = document::read(LOCKED, Kind::Pdf, &tools(Some(path)), Language::En).expect_err("no text");
        assert_eq!(problem.code, "locked-file");
    }
}

#[test]
fn a_pdf_that_swells_is_ended_at_the_limit_of_its_process() {
    assert_eq!(read(BOMB, Kind::Pdf).expect_err("no text comes out of it").code, "document-too-heavy");
}

#[test]
fn a_pdf_that_breaks_off_is_damaged_and_a_program_that_is_missing_is_said() {
    assert_eq!(code(&PLAN_PDF[..PLAN_PDF.len() - 200], Kind::Pdf), "document-damaged");
    assert_eq!(code(b"%PDF-1.7\nnothing\n%%EOF\n", Kind::Pdf), "document-damaged");
    let missing = tools(Some("/nonexistent/pdftotext".into()));
    let problem = document::read(PLAN_PDF, Kind::Pdf, &missing, Language::En).expect_err("it cannot be run");
    assert_eq!(problem.code, "cannot-read");
    assert!(read(PLAN_PDF, Kind::Pdf).expect("it has a text").doubts.is_empty());
}
