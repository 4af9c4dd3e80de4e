//! The files dispatches come in: what their text is, and what is said of those that give none.

mod bytes;
mod drafts;
mod files;
mod word;

#[path = "../support/archive.rs"]
mod archive;

use std::path::PathBuf;

use dondoc::diagnostic::Diagnostic;
use dondoc::document::pdf::Tools;
use dondoc::document::{self, Document, Kind};
use dondoc::domain::rules::Language;

/// The program under test, with `pdftotext` where it is wanted and installed.
fn tools(pdftotext: Option<PathBuf>) -> Tools {
    Tools { program: PathBuf::from(env!("CARGO_BIN_EXE_dondoc")), pdftotext }
}

/// `pdftotext`, or `None` with a word about it; where `DONDOC_REQUIRE_PDFTOTEXT` is set it has to be there.
fn pdftotext() -> Option<PathBuf> {
    let found = Tools::find().expect("this program lies somewhere").pdftotext;
    if found.is_none() {
        assert!(std::env::var_os("DONDOC_REQUIRE_PDFTOTEXT").is_none(), "pdftotext is not installed");
        println!("skipped: pdftotext not installed");
    }
    found
}

fn read(bytes: &[u8], kind: Kind) -> Result<Document, Box<Diagnostic>> {
    document::read(bytes, kind, &tools(None), Language::En)
}

/// The code of what is wrong; the mend is there in both languages.
fn code(bytes: &[u8], kind: Kind) -> &'static str {
    for language in [Language::Vi, Language::En] {
        let problem = document::read(bytes, kind, &tools(None), language).expect_err("no text comes out of it");
        assert!(problem.help.as_ref().is_some_and(|help| help.len() > 10), "{problem:?}");
        assert!(!problem.message.contains('!'), "{problem:?}");
    }
    read(bytes, kind).expect_err("no text comes out of it").code
}

/// The text of a file that gives one.
fn text(bytes: &[u8], kind: Kind) -> String {
    match read(bytes, kind) {
        Ok(document) => document.text,
        Err(problem) => panic!("{problem:?}"),
    }
}
