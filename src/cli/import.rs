//! `import`: facts into the store.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::common::{Form, Ground};
use super::failure::{self, Failure};
use super::{drafts, os_user, paper, print};
use crate::diagnostic::{self, Cells, Diagnostic, Source};
use crate::dispatch;
use crate::domain::calendar::{CalendarRules, WorkingCalendar};
use crate::domain::rules::Language;
use crate::engine::import::{self, Counts, ImportReport, Mode, Outcome};
use crate::engine::rules;
use crate::facts;
use crate::store::{Store, StoreError, meta, poke};
use crate::tree::{decode_up_to, say};

/// Help.
pub const LONG: &str = "\
Import facts (.toml, .csv, .xlsx): units, people, appointments, dispatches, directives, figures, extensions. All files are
one import, of any kinds: all of it is stored or nothing. The same facts again change nothing; a row left out stays.

Of a .csv the table is the name of the file, of an .xlsx the name of the sheet: don-vi, can-bo, van-ban, nhiem-vu, so-lieu,
gia-han (or units, people, dispatches, directives, figures, extensions). Headings are Vietnamese or English; a list of duties
is taken as the office keeps it. --template writes an empty workbook with headings, examples and a guide.

A directive whose deadline recurs (hằng tháng, trước ngày 20) makes one assignment for each period, named
NUMBER#CLAUSE@UNIT/2026-03 (2026-W12, 2026-Q1, 2026-H1, 2026). `until` ends it, `cutoff = 14` says on which day of the
month figures are closed, an [[extension]] of it names its `period`.

A dispatch (.txt, .md, .docx, .pdf with a text layer) is read into drafts of its duties: with --dry-run --json, which needs no
config and records nothing.

The store is created when there is none. A running daemon acts on what is new within two seconds.

Examples:
  dondoc import units.toml people.toml 4988.toml
  dondoc import don-vi.toml theo-doi-2026.xlsx --dry-run
  dondoc import --template mau.xlsx            writes an empty workbook
  dondoc import 4988.toml --dry-run            shows the difference, records nothing
  dondoc import 4988.toml --json
  dondoc import cong-van.docx --dry-run --json shows the duties a dispatch gives

Exit codes: 0 all was (or would be) stored, 1 nothing was.";

/// `import`
#[derive(Debug, Args)]
pub struct Import {
    /// Facts files
    #[arg(required_unless_present = "template", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show the difference, record nothing
    #[arg(long)]
    dry_run: bool,
    /// Write an empty workbook to fill in; imports nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "dry_run"])]
    template: Option<PathBuf>,
}

impl Import {
    /// The dispatch whose drafts are only to be shown to a program: that needs neither config nor store.
    pub fn dispatch_to_show(&self, form: Form) -> Option<&Path> {
        let [file] = self.files.as_slice() else { return None };
        (paper::is_dispatch(file) && self.dry_run && form == Form::Json).then_some(file.as_path())
    }

    /// The workbook to write instead of importing.
    pub fn template(&self) -> Option<&Path> {
        self.template.as_deref()
    }
}

/// A file of an import.
struct File {
    name: String,
    content: Content,
}

/// What a file holds.
enum Content {
    /// TOML.
    Text(String),
    /// A table.
    Cells(Cells),
}

impl File {
    fn source(&self) -> Source<'_> {
        match &self.content {
            Content::Text(text) => Source::of_text(&self.name, text),
            Content::Cells(cells) => Source::of_cells(&self.name, cells),
        }
    }
}

/// Rows from which on an import says what it has read.
const LONG_FROM_ROWS: usize = 1_000;

/// What is under way, on a terminal; elsewhere one line at the end of what took long.
struct Progress {
    bar: ProgressBar,
    language: Language,
}

impl Progress {
    fn new(language: Language) -> Self {
        let bar = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
        if std::io::stderr().is_terminal() {
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self { bar, language }
    }

    fn reads(&self, number: usize, all: usize, name: &str) {
        let language = self.language;
        self.bar.set_message(say!(language, "đọc tệp {number}/{all}: {name}", "reading file {number} of {all}: {name}"));
    }

    fn compares(&self) {
        let language = self.language;
        self.bar.set_message(say!(language, "kiểm tra và so với dữ liệu đã có", "checking, and comparing with what is recorded"));
    }

    fn records(&self, rows: usize) {
        let language = self.language;
        self.bar.set_message(say!(language, "ghi {rows} dòng", "recording {rows} rows"));
    }

    /// Clears the line.
    fn ends(self, rows: usize, files: usize) {
        self.bar.finish_and_clear();
        if rows >= LONG_FROM_ROWS && !std::io::stderr().is_terminal() {
            let language = self.language;
            print::note(&say!(language, "Đã đọc {rows} dòng của {files} tệp.\n", "Read {rows} rows of {files} files.\n"));
        }
    }
}

/// Prints the drafts of a dispatch in JSON.
///
/// # Errors
/// When the file cannot be read.
pub fn print_drafts(path: &Path, language: Language) -> Result<(), Failure> {
    let name = path.display().to_string();
    let read = paper::bytes_of(path, language).and_then(|bytes| paper::text_of(path, &bytes, language));
    let document = read.map_err(|problem| {
        failure::problems(&[*problem], &[Source::of_text(&name, "")], language);
        Failure::Told
    })?;
    let sources = [Source::of_text(&name, &document.text)];
    let zone = TimeZone::get(CalendarRules::TIME_ZONE).map_err(|error| Failure::refused(error.to_string(), ""))?;
    let calendar = WorkingCalendar::new(CalendarRules::usual(zone));
    let (drafts, doubts) = dispatch::read(&document.text, &calendar, language);
    let problems: Vec<Diagnostic> = document.doubts.into_iter().chain(doubts).collect();
    print::json(&drafts::to_json(&drafts, &problems, &sources));
    Ok(())
}

/// Writes the empty workbook; never over a file that is there.
///
/// # Errors
/// When there is one, or it cannot be written.
pub fn write_template(path: &Path, language: Language) -> Result<(), Failure> {
    let shown = path.display().to_string();
    if facts::ending_of(path) != "xlsx" {
        let message = say!(language, "mẫu là tệp .xlsx, không phải {shown}", "the template is an .xlsx file, not {shown}");
        return Err(Failure::usage(message, say!(language, "viết: --template mau.xlsx", "write: --template example.xlsx")));
    }
    let bytes = facts::template().map_err(|error| Failure::refused(error.to_string(), ""))?;
    let write = || std::fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(&bytes);
    write().map_err(|error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            Failure::refused(
                say!(language, "đã có tệp {shown}, không ghi đè", "{shown} is there already and is not overwritten"),
                say!(language, "chọn tên khác", "choose another name"),
            )
        } else {
            Failure::refused(
                say!(language, "không ghi được {shown}: {error}", "cannot write {shown}: {error}"),
                say!(language, "kiểm tra thư mục và quyền ghi", "check the folder and its permissions"),
            )
        }
    })?;
    print::note(&say!(
        language,
        "Đã ghi {shown}: điền các trang cần dùng rồi chạy dondoc import {shown}\n",
        "Wrote {shown}: fill in the sheets you need, then run dondoc import {shown}\n"
    ));
    Ok(())
}

/// Imports.
///
/// # Errors
/// When a file cannot be read, or its facts are refused.
pub async fn run(ground: &Ground, args: &Import) -> Result<(), Failure> {
    let language = ground.language;
    let progress = Progress::new(language);
    let (files, unreadable) = read_files(&args.files, language, &progress);
    let sources: Vec<Source<'_>> = files.iter().map(File::source).collect();
    if !unreadable.is_empty() {
        progress.ends(0, 0);
        return Err(refused(ground, &unreadable, &sources));
    }
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Apply };
    // A first import that is refused leaves no store behind.
    let existing = match Store::open(&ground.place()).await {
        Ok(store) => Some(store),
        Err(StoreError::Missing { .. }) => None,
        Err(StoreError::OlderSchema { .. }) if mode == Mode::Apply => Some(Store::create(&ground.place()).await?),
        Err(error) => return Err(error.into()),
    };
    let report = if let Some(store) = existing {
        record(ground, &store, &sources, mode, &progress).await?
    } else {
        let tried = record(ground, &Store::scratch().await?, &sources, Mode::DryRun, &progress).await?;
        if mode == Mode::DryRun || tried.outcome == Outcome::Refused {
            tried
        } else {
            record(ground, &Store::create(&ground.place()).await?, &sources, mode, &progress).await?
        }
    };
    progress.ends(report.rows, files.len());
    if report.outcome == Outcome::Refused {
        return Err(refused(ground, &report.problems, &sources));
    }
    failure::problems(&report.problems, &sources, language);
    match ground.form {
        Form::Json => print::json(&to_json(&report, &sources)),
        Form::Table => print_report(&report, language),
    }
    if report.outcome == Outcome::Stored {
        poke(&ground.place()).await;
    }
    Ok(())
}

/// Reads the facts and records them; mistakes of the files and of the facts are told together.
async fn record(
    ground: &Ground,
    store: &Store,
    sources: &[Source<'_>],
    mode: Mode,
    progress: &Progress,
) -> Result<ImportReport, Failure> {
    progress.compares();
    let config_rules = &ground.config.rules;
    let mut known = import::known_facts(store).await?;
    known.office = Some(config_rules.office.name.clone()).filter(|name| !name.is_empty());
    let (facts, mut problems) = facts::read(sources, ground.language, &config_rules.calendar, &known);
    let sound = !problems.iter().any(Diagnostic::is_error);
    let tried = if sound { mode } else { Mode::DryRun };
    // Diagnostics of the engine come in the language of the rules it is given.
    let told_in = crate::domain::rules::Rules { language: ground.language, ..config_rules.clone() };
    progress.records(facts.rows());
    let actor = os_user::name();
    let mut report = import::import(store, &facts, &told_in, ground.now, &format!("cli:{actor}"), tried).await?;
    if !sound {
        report.outcome = Outcome::Refused;
    }
    for problem in report.problems.drain(..) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    diagnostic::sort(&mut problems);
    report.problems = problems;
    if report.outcome == Outcome::Stored {
        let first = meta::get(&mut *store.read().acquire().await?, meta::RULES_DIGEST).await?.is_none();
        if first {
            rules::apply(&ground.engine(store.clone()), ground.now).await?;
        }
    }
    Ok(report)
}

fn read_files(paths: &[PathBuf], language: Language, progress: &Progress) -> (Vec<File>, Vec<Diagnostic>) {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let name = path.display().to_string();
        progress.reads(index + 1, paths.len(), &name);
        let content = match read_file(path, index, language) {
            Ok(content) => content,
            Err((text, problem)) => {
                problems.push(problem.in_source(index));
                Content::Text(text)
            }
        };
        files.push(File { name, content });
    }
    (files, problems)
}

fn read_file(path: &Path, index: usize, language: Language) -> Result<Content, (String, Box<Diagnostic>)> {
    let kind = readable_kind(path, language).map_err(|problem| (String::new(), Box::new(problem)))?;
    let bytes = read_bytes(path, language)?;
    let of_table = |cells: Result<Cells, Box<Diagnostic>>| match cells {
        Ok(cells) => Ok(Content::Cells(cells)),
        Err(problem) => Err((String::new(), problem)),
    };
    match kind {
        Kind::Csv => of_table(facts::csv_cells(&bytes, index, language)),
        Kind::Xlsx => of_table(facts::xlsx_cells(&bytes, index, language)),
        Kind::Toml => {
            let text = decode_up_to(&bytes, index, language, facts::FILE_BYTES_MAX);
            text.map(|text| Content::Text(text.to_owned()))
        }
    }
}

fn read_bytes(path: &Path, language: Language) -> Result<Vec<u8>, (String, Box<Diagnostic>)> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // One byte more than is taken, so that a file of a gigabyte costs nothing.
        let most = u64::try_from(facts::FILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
        std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| {
        let message = say!(language, "không đọc được tệp: {error}", "the file cannot be read: {error}");
        let help = say!(language, "kiểm tra đường dẫn và quyền đọc", "check the path and its permissions");
        (String::new(), Box::new(Diagnostic::error("cannot-read", message).with_help(help)))
    })
}

/// What facts are written in.
enum Kind {
    Toml,
    Csv,
    Xlsx,
}

/// Facts are told from dispatches by the ending.
fn readable_kind(path: &Path, language: Language) -> Result<Kind, Diagnostic> {
    let ending = facts::ending_of(path);
    let (message, help) = match ending.as_str() {
        "toml" => return Ok(Kind::Toml),
        "csv" => return Ok(Kind::Csv),
        "xlsx" => return Ok(Kind::Xlsx),
        "xls" | "ods" | "xlsm" | "xlsb" => (
            say!(language, "không đọc bảng tính .{ending}", ".{ending} workbooks are not read"),
            say!(language, "mở tệp rồi lưu thành .xlsx hoặc CSV UTF-8", "open it and save it as .xlsx or as CSV UTF-8"),
        ),
        "txt" | "md" | "docx" | "pdf" => (
            say!(language, "bản này chưa đọc được văn bản .{ending}", "this version cannot read dispatches (.{ending}) yet"),
            say!(
                language,
                "ghi văn bản thành [[dispatch]] và mỗi nội dung thành [[directive]] trong tệp .toml",
                "write the dispatch as [[dispatch]] and each duty as [[directive]] into a .toml file"
            ),
        ),
        _ => (
            say!(language, "không biết loại tệp này", "this kind of file is not known"),
            say!(language, "dữ liệu nhập là tệp .toml, .csv hoặc .xlsx", "facts are .toml, .csv or .xlsx files"),
        ),
    };
    Err(Diagnostic::error("unknown-file-kind", message).with_help(help))
}

/// Nothing was stored: the problems, and in JSON the counts of nothing.
fn refused(ground: &Ground, problems: &[Diagnostic], sources: &[Source<'_>]) -> Failure {
    failure::problems(problems, sources, ground.language);
    if ground.form == Form::Json {
        let none = counts(Counts::default());
        let problems = problems_json(problems, sources);
        print::json(&json!({ "added": none, "changed": none, "unchanged": none, "problems": problems }));
    }
    print::note(&say!(ground.language, "Không có gì được nhập.\n", "Nothing was imported.\n"));
    Failure::Told
}

fn to_json(report: &ImportReport, sources: &[Source<'_>]) -> Value {
    json!({
        "added": counts(report.added),
        "changed": counts(report.changed),
        "unchanged": counts(report.unchanged),
        "problems": problems_json(&report.problems, sources),
    })
}

fn counts(counts: Counts) -> Value {
    table(counts).into_iter().map(|(key, count, _)| (key.to_owned(), json!(count))).collect::<serde_json::Map<_, _>>().into()
}

/// Keys, counts and words in the order of the facts.
fn table(counts: Counts) -> [(&'static str, usize, (&'static str, &'static str)); 10] {
    [
        ("units", counts.units, ("đơn vị", "units")),
        ("people", counts.people, ("người", "people")),
        ("appointments", counts.appointments, ("chức vụ", "appointments")),
        ("substitutions", counts.substitutions, ("thay thế", "substitutions")),
        ("dispatches", counts.dispatches, ("văn bản", "dispatches")),
        ("directives", counts.directives, ("nội dung chỉ đạo", "directives")),
        ("assignments", counts.assignments, ("nhiệm vụ của đơn vị", "assignments")),
        ("figures", counts.figures, ("số liệu", "figures")),
        ("extensions", counts.extensions, ("gia hạn", "extensions")),
        ("replies", counts.replies, ("trạng thái", "states")),
    ]
}

/// Diagnostics as JSON: one object each, with the place it points at.
pub fn problems_json(problems: &[Diagnostic], sources: &[Source<'_>]) -> Value {
    let one = |problem: &Diagnostic| {
        let place = problem.locate(sources);
        let mut told = json!({
            "code": problem.code,
            "severity": problem.severity.as_str(),
            "file": place.file,
            "line": place.line_column.map(|(line, _)| line),
            "column": place.line_column.map(|(_, column)| column),
            "message": problem.message,
            "help": problem.help,
        });
        if let Some(sheet) = place.sheet {
            told["sheet"] = json!(sheet);
        }
        told
    };
    problems.iter().map(one).collect()
}

fn print_report(report: &ImportReport, language: Language) {
    let mut out = String::new();
    for difference in &report.differences {
        out.push_str(&difference.to_string());
        out.push('\n');
    }
    let listed = |counts: Counts| {
        let parts = table(counts).into_iter().filter(|(_, count, _)| *count > 0);
        let parts = parts.map(|(_, count, (vi, en))| match language {
            Language::Vi => format!("{count} {vi}"),
            Language::En => format!("{en} {count}"),
        });
        parts.collect::<Vec<_>>().join(", ")
    };
    let head = match report.outcome {
        Outcome::WouldBeStored => say!(language, "Chạy thử, chưa ghi gì", "Dry run, nothing recorded"),
        Outcome::Stored | Outcome::Refused => say!(language, "Đã nhập", "Imported"),
    };
    let mut parts = Vec::new();
    for (label, counts) in [
        (say!(language, "thêm", "added"), report.added),
        (say!(language, "sửa", "changed"), report.changed),
        (say!(language, "không đổi", "unchanged"), report.unchanged),
    ] {
        let listed = listed(counts);
        if !listed.is_empty() {
            parts.push(format!("{label} {listed}"));
        }
    }
    if parts.is_empty() {
        parts.push(say!(language, "tệp không có dòng nào", "the files have no rows"));
    }
    print::data(&format!("{out}{head}: {}.\n", parts.join("; ")));
}
