//! Any bytes at all: a text or one diagnostic, soon, and never a panic.

use dondoc::document::Kind;
use fastrand::Rng;

use super::archive::archive;
use super::{code, read, text};

const DOCX: &[u8] = include_bytes!("ke-hoach-17.docx");
const PDF: &[u8] = include_bytes!("ke-hoach-17.pdf");

#[test]
fn text_files_are_read_in_every_unicode_encoding() {
    let plain = "Số: 12/UBND\nThời hạn: trước ngày 15/11/2026\n";
    let units = |big: bool| -> Vec<u8> {
        let all = std::iter::once(0xfeff).chain(plain.encode_utf16());
        all.flat_map(|unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    for bytes in [plain.as_bytes().to_vec(), format!("\u{feff}{plain}").into_bytes(), units(true), units(false)] {
        assert_eq!(text(&bytes, Kind::Plain), plain);
    }
}

#[test]
fn what_is_no_text_is_named() {
    // "ngày" in TCVN3 and in Windows-1258.
    assert_eq!(code(b"Ng\xb5y 5 th\xb8ng 10\n", Kind::Plain), "not-unicode");
    assert_eq!(code(b"ng\xe0y 5 th\xe1ng 10\n", Kind::Plain), "not-unicode");
    assert_eq!(code("Hµ Néi, ngµy 5 th¸ng 10 n¨m 2023".as_bytes(), Kind::Plain), "old-font");
    assert_eq!(code(b"abc\0def", Kind::Plain), "not-text");
    assert_eq!(code(b" \n\t ", Kind::Plain), "empty-file");
    assert_eq!(code(b"", Kind::Docx), "empty-file");
    assert_eq!(code(b"", Kind::Pdf), "empty-file");
    assert_eq!(code(&vec![b'a'; 2 * 1024 * 1024 + 1], Kind::Plain), "file-too-large");
    assert_eq!(code(&vec![b'a'; 33 * 1024 * 1024], Kind::Pdf), "file-too-large");
    assert_eq!(code(b"{\\rtf1 Ng}", Kind::Plain), "wrong-file-kind");
    assert_eq!(code(b"<!DOCTYPE html><p>a", Kind::Docx), "wrong-file-kind");
    assert_eq!(code(b"\x89PNG\r\n", Kind::Pdf), "wrong-file-kind");
    assert_eq!(code(PDF, Kind::Docx), "wrong-file-kind");
    assert_eq!(code(PDF, Kind::Plain), "wrong-file-kind");
    assert_eq!(code(DOCX, Kind::Pdf), "wrong-file-kind");
    assert_eq!(code(DOCX, Kind::Plain), "wrong-file-kind");
    assert_eq!(code(b"ordinary words", Kind::Docx), "document-damaged");
}

/// Flips, cuts, doubles and moves bytes.
fn damaged(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.usize(1..8) {
        let at = rng.usize(..bytes.len());
        match rng.u8(..6) {
            0 => bytes[at] = rng.u8(..),
            1 => bytes[at] ^= 1 << rng.u8(..8),
            2 => bytes.truncate(at.max(32)),
            3 => {
                let end = (at + rng.usize(..64)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = rng.usize(..=bytes.len());
                bytes.splice(to..to, piece);
            }
            4 => {
                let end = (at + rng.usize(..64)).min(bytes.len());
                bytes.drain(at..end);
                bytes.extend_from_slice(b"    ");
            }
            _ => {
                let to = rng.usize(..bytes.len());
                bytes.swap(at, to);
            }
        }
    }
    bytes
}

/// Levels, spans, list numbers and starts that nobody expects; the XML stays well formed.
fn with_other_numbers(xml: &[u8], rng: &mut Rng) -> Vec<u8> {
    const STRANGE: [&[u8]; 7] = [b"0", b"-1", b"8", b"63", b"4000", b"99999999999999999999", b"%9"];
    let mut out = Vec::new();
    for byte in xml {
        if byte.is_ascii_digit() && rng.u8(..) < 12 {
            out.extend_from_slice(STRANGE[rng.usize(..STRANGE.len())]);
        } else {
            out.push(*byte);
        }
    }
    out
}

/// Seeds of a plain run; `DONDOC_FUZZ_TIMES` multiplies them.
fn seeds(plain: u64) -> std::ops::Range<u64> {
    let times = std::env::var("DONDOC_FUZZ_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    0..plain * times
}

#[test]
fn damaged_word_documents_are_told() {
    let mut told = 0;
    for seed in seeds(400) {
        let bytes = damaged(DOCX, &mut Rng::with_seed(seed));
        told += u64::from(read(&bytes, Kind::Docx).is_err());
    }
    assert!(told > 100, "the damage is seldom noticed: {told}");
}

#[test]
fn damaged_xml_inside_a_word_document_is_told() {
    let part = |name: &str| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(DOCX)).expect("an archive");
        let mut text = Vec::new();
        std::io::copy(&mut archive.by_name(name).expect("a part"), &mut text).expect("read");
        text
    };
    let (document, numbering, styles) = (part("word/document.xml"), part("word/numbering.xml"), part("word/styles.xml"));
    let mut read_through = 0;
    for seed in seeds(150) {
        let mut rng = Rng::with_seed(seed);
        let mut parts = [document.clone(), numbering.clone(), styles.clone()];
        let which = rng.usize(..3);
        parts[which] = if rng.bool() { damaged(&parts[which], &mut rng) } else { with_other_numbers(&parts[which], &mut rng) };
        let [document, numbering, styles] = parts;
        let made = archive(&[("word/document.xml", &document), ("word/numbering.xml", &numbering), ("word/styles.xml", &styles)]);
        read_through += u64::from(read(&made, Kind::Docx).is_ok());
    }
    assert!(read_through > 10, "nothing but refusals: {read_through}");
}

#[test]
fn damaged_pdfs_are_told() {
    let mut told = 0;
    for seed in seeds(40) {
        let mut bytes = damaged(PDF, &mut Rng::with_seed(seed));
        bytes.extend_from_slice(b"\n%%EOF\n");
        told += u64::from(read(&bytes, Kind::Pdf).is_err());
    }
    assert!(told > 2, "the damage is seldom noticed: {told}");
}
