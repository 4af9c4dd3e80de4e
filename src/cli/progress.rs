//! What is under way.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use jiff::civil::Date;

use super::{print, row};
use crate::domain::rules::Language;
use crate::tree::say;

/// Rows from which on an import says what it has read.
const LONG_FROM_ROWS: usize = 1_000;

/// What is under way, on a terminal; elsewhere one line at the end of what took long.
pub(in crate::cli) struct Progress {
    bar: ProgressBar,
    language: Language,
}

impl Progress {
    pub(in crate::cli) fn new(language: Language) -> Self {
        let bar = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
        if std::io::stderr().is_terminal() {
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self { bar, language }
    }

    pub(in crate::cli) fn reads(&self, number: usize, all: usize, name: &str) {
        let language = self.language;
        self.bar.set_message(say!(language, "đọc tệp {number}/{all}: {name}", "reading file {number} of {all}: {name}"));
    }

    pub(in crate::cli) fn compares(&self) {
        let language = self.language;
        self.bar.set_message(say!(language, "kiểm tra và so với dữ liệu đã có", "checking, and comparing with what is recorded"));
    }

    pub(in crate::cli) fn records(&self, rows: usize) {
        let language = self.language;
        self.bar.set_message(say!(language, "ghi {rows} dòng", "recording {rows} rows"));
    }

    pub(in crate::cli) fn plays(&self, day: Date) {
        let (language, day) = (self.language, row::day(day));
        self.bar.set_message(say!(language, "mô phỏng đến {day}", "simulated up to {day}"));
    }

    /// Clears the line.
    pub(in crate::cli) fn clears(&self) {
        self.bar.finish_and_clear();
    }

    /// The same, and says elsewhere what was read.
    pub(in crate::cli) fn ends(self, rows: usize, files: usize) {
        self.clears();
        if rows >= LONG_FROM_ROWS && !std::io::stderr().is_terminal() {
            let language = self.language;
            print::note(&say!(language, "Đã đọc {rows} dòng của {files} tệp.\n", "Read {rows} rows of {files} files.\n"));
        }
    }
}
