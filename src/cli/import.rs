//! `import`: facts into the store.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::common::{Form, Ground};
use super::failure::{self, Failure};
use super::{os_user, print};
use crate::diagnostic::{self, Diagnostic, Source};
use crate::domain::rules::Language;
use crate::engine::import::{self, Counts, ImportReport, Mode, Outcome};
use crate::engine::rules;
use crate::facts;
use crate::store::{Store, StoreError, meta, poke};
use crate::tree::{decode_up_to, say};

/// Help.
pub const LONG: &str = "\
Import facts (.toml): units, people, appointments, dispatches, directives, figures, extensions. All files are one import:
all of it is stored or nothing. The same facts again change nothing; a row left out stays.

A directive whose deadline recurs (hằng tháng, trước ngày 20) makes one assignment for each period, named
NUMBER#CLAUSE@UNIT/2026-03 (2026-W12, 2026-Q1, 2026-H1, 2026). `until` ends it, `cutoff = 14` says on which day of the
month figures are closed, an [[extension]] of it names its `period`.

The store is created when there is none. A running daemon acts on what is new within two seconds.

Examples:
  dondoc import units.toml people.toml 4988.toml
  dondoc import 4988.toml --dry-run            shows the difference, records nothing
  dondoc import 4988.toml --json

Exit codes: 0 all was (or would be) stored, 1 nothing was.";

/// `import`
#[derive(Debug, Args)]
pub struct Import {
    /// Facts files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show the difference, record nothing
    #[arg(long)]
    dry_run: bool,
}

/// A file of an import.
struct Text {
    name: String,
    text: String,
}

/// Imports.
///
/// # Errors
/// When a file cannot be read, or its facts are refused.
pub async fn run(ground: &Ground, args: &Import) -> Result<(), Failure> {
    let language = ground.language;
    let (texts, unreadable) = read_files(&args.files, language);
    let sources: Vec<Source<'_>> = texts.iter().map(|one| Source { name: &one.name, text: &one.text }).collect();
    if !unreadable.is_empty() {
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
        record(ground, &store, &sources, mode).await?
    } else {
        let tried = record(ground, &Store::scratch().await?, &sources, Mode::DryRun).await?;
        if mode == Mode::DryRun || tried.outcome == Outcome::Refused {
            tried
        } else {
            record(ground, &Store::create(&ground.place()).await?, &sources, mode).await?
        }
    };
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
async fn record(ground: &Ground, store: &Store, sources: &[Source<'_>], mode: Mode) -> Result<ImportReport, Failure> {
    let config_rules = &ground.config.rules;
    let known = import::known_dispatches(store).await?;
    let (facts, mut problems) = facts::read(sources, ground.language, &config_rules.calendar, &known);
    let sound = !problems.iter().any(Diagnostic::is_error);
    let tried = if sound { mode } else { Mode::DryRun };
    // Diagnostics of the engine come in the language of the rules it is given.
    let told_in = crate::domain::rules::Rules { language: ground.language, ..config_rules.clone() };
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

fn read_files(files: &[PathBuf], language: Language) -> (Vec<Text>, Vec<Diagnostic>) {
    let mut texts = Vec::new();
    let mut problems = Vec::new();
    for (index, path) in files.iter().enumerate() {
        let name = path.display().to_string();
        let text = match read_file(path, index, language) {
            Ok(text) => text,
            Err((text, problem)) => {
                problems.push(problem.in_source(index));
                text
            }
        };
        texts.push(Text { name, text });
    }
    (texts, problems)
}

fn read_file(path: &Path, index: usize, language: Language) -> Result<String, (String, Box<Diagnostic>)> {
    let wrong = |problem: Diagnostic| (String::new(), Box::new(problem));
    readable_kind(path, language).map_err(wrong)?;
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // One byte more than is taken, so that a file of a gigabyte costs nothing.
        let most = u64::try_from(facts::FILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
        std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| {
        let message = say!(language, "không đọc được tệp: {error}", "the file cannot be read: {error}");
        let help = say!(language, "kiểm tra đường dẫn và quyền đọc", "check the path and its permissions");
        wrong(Diagnostic::error("cannot-read", message).with_help(help))
    })?;
    let text = decode_up_to(&bytes, index, language, facts::FILE_BYTES_MAX);
    text.map(str::to_owned)
}

/// Facts are told from dispatches by the ending.
fn readable_kind(path: &Path, language: Language) -> Result<(), Diagnostic> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let (message, help) = match ending.as_str() {
        "toml" => return Ok(()),
        "csv" | "xlsx" => (
            say!(language, "bản này chưa đọc được tệp .{ending}", "this version cannot read .{ending} files yet"),
            say!(
                language,
                "ghi các dòng vào tệp .toml: [[unit]], [[person]], [[appointment]], [[dispatch]], [[directive]]",
                "write the rows into a .toml file: [[unit]], [[person]], [[appointment]], [[dispatch]], [[directive]]"
            ),
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
            say!(language, "dữ liệu nhập là tệp .toml", "facts are .toml files"),
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
fn table(counts: Counts) -> [(&'static str, usize, (&'static str, &'static str)); 9] {
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
    ]
}

/// Diagnostics as JSON: one object each, with the place it points at.
pub fn problems_json(problems: &[Diagnostic], sources: &[Source<'_>]) -> Value {
    let one = |problem: &Diagnostic| {
        let place = problem.locate(sources);
        json!({
            "code": problem.code,
            "severity": problem.severity.as_str(),
            "file": place.file,
            "line": place.line_column.map(|(line, _)| line),
            "column": place.line_column.map(|(_, column)| column),
            "message": problem.message,
            "help": problem.help,
        })
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
