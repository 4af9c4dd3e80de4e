//! `import`: facts into the store.

mod files;
mod report;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::common::{self, Form, Ground};
use super::failure::{self, Failure};
use super::progress::Progress;
use super::{Cli, os_user, paper, print, review};
use crate::diagnostic::{self, Diagnostic, Source};
use crate::domain::rules::Language;
use crate::engine::import::{self, Counts, ImportReport, Mode, Outcome};
use crate::engine::rules;
use crate::facts::{self, Agreed};
use crate::store::{Store, StoreError, meta, poke};
use crate::tree::say;
use files::{File, read_files};
pub use report::problems_json;
use report::{counts, print_report, to_json};

/// Help.
pub const LONG: &str = "\
Import facts (.toml, .csv, .xlsx): units, people, appointments, dispatches,
directives, figures, extensions; or read an official dispatch (.txt, .md, .docx,
.pdf) into drafts that a person confirms.

Facts: all files are one import, of any kinds: all of it is stored or nothing.
The same facts again change nothing; a row left out stays.

Of a .csv the table is the name of the file, of an .xlsx the name of the sheet:
don-vi, can-bo, van-ban, nhiem-vu, so-lieu, gia-han (or units, people,
dispatches, directives, figures, extensions). Headings are Vietnamese or
English; a list of duties is taken as the office keeps it. --template writes an
empty workbook with headings, examples and a guide.

A directive whose deadline recurs (hằng tháng, trước ngày 20) makes one
assignment for each period, named NUMBER#CLAUSE@UNIT/2026-03 (2026-W12, 2026-Q1,
2026-H1, 2026). `until` ends it, `cutoff = 14` says on which day of the month
figures are closed, an [[extension]] of it names its `period`.

A dispatch: its heading and duties are shown as they were read, each with its
words, the units they were found to name, the deadline as written and as
understood, the target, and every doubt with its line; nothing is stored.
--draft writes the same as a workbook (or TOML) to fill in: mend what is wrong,
write x under Đồng ý where you agree, and import it with --confirm; only those
rows are recorded, all of them or none. --edit does it in $EDITOR in one go. A
dispatch that bears a secrecy mark is neither read nor shown.

The store is created when there is none. A running daemon acts on what is new
within two seconds.

Examples:
  dondoc import units.toml people.toml 4988.toml
  dondoc import don-vi.toml theo-doi-2026.xlsx --dry-run
  dondoc import --template mau.xlsx            writes an empty workbook
  dondoc import 4988.toml --dry-run            shows the difference only
  dondoc import 4988.toml --json
  dondoc import cong-van.docx                  shows what was read of a dispatch
  dondoc import cong-van.docx --draft du-thao.xlsx
  dondoc import du-thao.xlsx                   shows what would be recorded
  dondoc import du-thao.xlsx --confirm         records the rows agreed to
  dondoc import cong-van.docx --edit           the same in $EDITOR
  dondoc import cong-van.docx --dry-run --json

Exit codes: 0 all was (or would be) stored, or the dispatch was shown; 1 nothing
was.";

/// `import`
#[derive(Debug, Args)]
pub struct Import {
    /// Facts files, or one dispatch
    #[arg(required_unless_present = "template", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show the difference, record nothing
    #[arg(long)]
    dry_run: bool,
    /// Write an empty workbook to fill in; imports nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "dry_run"])]
    template: Option<PathBuf>,
    /// Write what was read of a dispatch as a workbook (.xlsx) or as TOML, to be filled in
    #[arg(long, value_name = "FILE", conflicts_with_all = ["template", "dry_run", "confirm", "edit"])]
    draft: Option<PathBuf>,
    /// Record the rows of a draft that are agreed to
    #[arg(long, conflicts_with_all = ["template", "dry_run"])]
    confirm: bool,
    /// Edit what was read of a dispatch in $EDITOR, then record what is agreed to
    #[arg(long, conflicts_with_all = ["template", "dry_run", "confirm"])]
    edit: bool,
}

/// Whether a person has said that rows of a draft may be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// No: a draft is shown.
    Absent,
    /// Yes: the rows that are agreed to are recorded.
    Given,
}

/// What became of an import, and of the drafts in it.
pub(super) struct Done {
    pub(super) report: ImportReport,
    pub(super) agreed: Option<Agreed>,
}

impl Import {
    /// The dispatch that is to be read, when one is named.
    pub fn dispatch(&self) -> Option<&Path> {
        self.files.iter().find(|path| paper::is_dispatch(path)).map(PathBuf::as_path)
    }

    /// The workbook to write instead of importing.
    pub fn template(&self) -> Option<&Path> {
        self.template.as_deref()
    }
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
    write_new(path, &bytes, language)?;
    print::note(&say!(
        language,
        "Đã ghi {shown}: điền các trang cần dùng rồi chạy dondoc import {shown}\n",
        "Wrote {shown}: fill in the sheets you need, then run dondoc import {shown}\n"
    ));
    Ok(())
}

/// Writes a file; never over one that is there.
pub(super) fn write_new(path: &Path, bytes: &[u8], language: Language) -> Result<(), Failure> {
    let shown = path.display();
    let write = || std::fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes);
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
    })
}

/// Imports facts, or reads a dispatch.
///
/// # Errors
/// When a file cannot be read, or its facts are refused.
pub async fn run(cli: &Cli, language: &mut Language, args: &Import) -> Result<(), Failure> {
    if let Some(path) = args.dispatch() {
        return read_dispatch(cli, language, path, args).await;
    }
    let ground = Ground::load(cli)?;
    *language = ground.language;
    let done = import(&ground, args).await;
    ground.stores.close().await;
    done
}

async fn import(ground: &Ground, args: &Import) -> Result<(), Failure> {
    let language = ground.language;
    if args.draft.is_some() || args.edit {
        return Err(Failure::usage(
            say!(language, "--draft và --edit dùng cho một văn bản", "--draft and --edit are for a dispatch"),
            say!(language, "nêu tệp .txt, .md, .docx hoặc .pdf", "name a .txt, .md, .docx or .pdf file"),
        ));
    }
    let progress = Progress::new(language);
    let (files, unreadable) = read_files(&args.files, language, &progress);
    let sources: Vec<Source<'_>> = files.iter().map(File::source).collect();
    if !unreadable.is_empty() {
        progress.ends(0, 0);
        return Err(refused(ground, &unreadable, &sources));
    }
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Apply };
    let consent = if args.confirm { Consent::Given } else { Consent::Absent };
    let done = record(ground, &sources, mode, consent, &progress).await;
    progress.ends(done.as_ref().map_or(0, |done| done.report.rows), files.len());
    let done = done?;
    if done.report.outcome == Outcome::Refused {
        return Err(refused(ground, &done.report.problems, &sources));
    }
    tell(ground, &done, &sources);
    if let (Some(agreed), Consent::Absent) = (done.agreed, consent) {
        let (yes, no) = (agreed.yes, agreed.no);
        print::note(&say!(
            language,
            "Đây là bản dự thảo: {yes:02} dòng đã đánh dấu đồng ý, {no:02} dòng chưa. Chưa ghi gì; để ghi các dòng đã đồng ý, thêm --confirm.\n",
            "This is a draft: {yes} rows are agreed to, {no} are not. Nothing is recorded; to record those agreed to, add --confirm.\n"
        ));
    }
    Ok(())
}

async fn read_dispatch(cli: &Cli, language: &mut Language, path: &Path, args: &Import) -> Result<(), Failure> {
    let one = args.files.len() == 1 && !args.confirm;
    let wish = match (&args.draft, args.edit) {
        (Some(file), _) => review::Wish::Draft(file),
        (None, true) => review::Wish::Edit,
        (None, false) if args.dry_run => review::Wish::DryRun,
        (None, false) => review::Wish::Show,
    };
    if one {
        return review::run(cli, language, path, wish).await;
    }
    *language = common::language(cli);
    let language = *language;
    let help = say!(
        language,
        "đọc từng văn bản: dondoc import TỆP --draft du-thao.xlsx, rồi dondoc import du-thao.xlsx --confirm",
        "read one at a time: dondoc import FILE --draft draft.xlsx, then dondoc import draft.xlsx --confirm"
    );
    let message = if args.confirm {
        say!(
            language,
            "--confirm dùng cho bản dự thảo đã điền, không dùng cho văn bản",
            "--confirm is for a draft that was filled in, not for a dispatch"
        )
    } else {
        say!(language, "mỗi lần chỉ đọc một văn bản, không kèm tệp khác", "one dispatch is read at a time, without other files")
    };
    Err(Failure::usage(message, help))
}

/// Says what was (or would be) recorded.
pub(super) fn tell(ground: &Ground, done: &Done, sources: &[Source<'_>]) {
    failure::problems(&done.report.problems, sources, ground.language);
    match ground.form {
        Form::Json => print::json(&to_json(done, sources)),
        Form::Table => print_report(&done.report, ground.language),
    }
}

/// Records facts, in a store that is created when there is none and nothing is wrong.
pub(super) async fn record(
    ground: &Ground,
    sources: &[Source<'_>],
    mode: Mode,
    consent: Consent,
    progress: &Progress,
) -> Result<Done, Failure> {
    // A first import that is refused leaves no store behind.
    let existing = match ground.try_open().await {
        Ok(store) => Some(store),
        Err(StoreError::Missing { .. }) => None,
        Err(StoreError::OlderSchema { .. }) if mode == Mode::Apply => Some(ground.create().await?),
        Err(error) => return Err(error.into()),
    };
    let done = if let Some(store) = existing {
        record_in(ground, &store, sources, mode, consent, progress).await?
    } else {
        let tried = record_in(ground, &Store::scratch().await?, sources, Mode::DryRun, consent, progress).await?;
        let shown = tried.agreed.is_some() && consent == Consent::Absent;
        if mode == Mode::DryRun || shown || tried.report.outcome == Outcome::Refused {
            tried
        } else {
            record_in(ground, &ground.create().await?, sources, mode, consent, progress).await?
        }
    };
    if done.report.outcome == Outcome::Stored {
        poke(&ground.place()).await;
    }
    Ok(done)
}

/// Reads the facts and records them; mistakes of the files and of the facts are told together.
async fn record_in(
    ground: &Ground,
    store: &Store,
    sources: &[Source<'_>],
    mode: Mode,
    consent: Consent,
    progress: &Progress,
) -> Result<Done, Failure> {
    progress.compares();
    let config_rules = &ground.config.rules;
    let mut known = import::known_facts(store).await?;
    known.office = Some(config_rules.office.name.clone()).filter(|name| !name.is_empty());
    let (facts, mut problems) = facts::read(sources, ground.language, &config_rules.calendar, &known);
    problems.extend(against_consent(facts.agreed, consent, ground.language));
    let sound = !problems.iter().any(Diagnostic::is_error);
    let shown = facts.agreed.is_some() && consent == Consent::Absent;
    let tried = if sound && !shown { mode } else { Mode::DryRun };
    // Diagnostics of the engine come in the language of the rules it is given.
    let told_in = crate::domain::rules::Rules { language: ground.language, ..config_rules.clone() };
    progress.records(facts.rows());
    let actor = os_user::name();
    let now = ground.acts_at(store).await?;
    let mut report = import::import(store, &facts, &told_in, now, &format!("cli:{actor}"), tried).await?;
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
            rules::apply(&ground.engine(store.clone()), now).await?;
        }
    }
    Ok(Done { report, agreed: facts.agreed })
}

/// What `--confirm` cannot do.
fn against_consent(agreed: Option<Agreed>, consent: Consent, language: Language) -> Option<Diagnostic> {
    match (agreed, consent) {
        (None, Consent::Given) => {
            let message = say!(
                language,
                "không phải bản dự thảo: không có cột \"Đồng ý\"",
                "this is no draft: it has no column \"Đồng ý\""
            );
            let help = say!(
                language,
                "bỏ --confirm; bản dự thảo được ghi bằng: dondoc import VĂN-BẢN --draft du-thao.xlsx",
                "leave --confirm out; a draft is written by: dondoc import DISPATCH --draft draft.xlsx"
            );
            Some(Diagnostic::error("not-a-draft", message).with_help(help))
        }
        (Some(agreed), Consent::Given) if agreed.yes == 0 => {
            let message = say!(language, "chưa có dòng nào được đồng ý", "no row is agreed to");
            let help = say!(
                language,
                "ghi \"x\" ở cột \"Đồng ý\" (trong tệp .toml: agreed = true) ở các dòng đồng ý",
                "write \"x\" under \"Đồng ý\" (in .toml: agreed = true) where you agree"
            );
            Some(Diagnostic::error("nothing-agreed", message).with_help(help))
        }
        (Some(_), Consent::Given) | (_, Consent::Absent) => None,
    }
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
