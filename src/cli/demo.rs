//! `dondoc demo`: four months of a real dispatch in about a minute, through the whole engine.

mod acts;
mod figures;
mod folder;
mod letters;
mod page;
mod paper;
mod replay;
mod screen;
mod script;
mod story;
mod words;

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};

use super::Cli;
use super::failure::Failure;
use crate::domain::rules::Language;
use crate::engine::EngineError;
use crate::engine::import::ImportError;
use crate::store::{Store, StoreError, Where, copy};
use crate::tree::say;
use folder::{Folder, FolderError};
use screen::{Pace, Screen};

/// For `--help`.
pub const LONG: &str = "Show the whole thing at work: an example dispatch from October 2023 to January
2024.

Needs no config, no mail server, no bot and no network: the engine runs on a
virtual clock, and every message is written to a folder together with an
index.html that lists them all, the store, the config and a dispatch as it comes
in, which is read at the end. The folder is there when the demo has ended; an
interrupted demo leaves nothing behind.

In a terminal it takes about a minute; with --fast, or when standard output is
no terminal, nothing waits.";

/// What `demo` takes.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where everything is kept; an earlier demo there is replaced
    #[arg(long, value_name = "DIR", default_value = "dondoc-demo")]
    pub folder: PathBuf,
    /// Do not wait between lines
    #[arg(long)]
    pub fast: bool,
}

/// Why a demo stops before its end.
#[derive(Debug)]
enum Stop {
    /// Nobody reads any more, or a file cannot be written.
    Io(io::Error),
    /// As any command fails.
    Failure(Failure),
}

impl Stop {
    /// What is embedded does not fit together: a mistake of this program.
    #[expect(clippy::needless_pass_by_value, reason = "so that it fits `map_err`")]
    fn embedded(what: impl ToString) -> Self {
        Self::Failure(Failure::refused(what.to_string(), "this is a mistake of dondoc itself; please report it"))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Failure(error.into())
    }
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<ImportError> for Stop {
    fn from(error: ImportError) -> Self {
        Self::Failure(error.into())
    }
}

/// Runs the demo until its end, or until it is interrupted.
///
/// # Errors
/// When the folder is taken or cannot be written.
pub async fn run(language: Option<Language>, args: &DemoArgs) -> Result<(), Failure> {
    let language = language.unwrap_or_default();
    // Caught before there is anything that could be left behind.
    let mut interruptions = Interruptions::caught().map_err(|error| {
        let help = say!(language, "thử lại", "try again");
        Failure::refused(say!(language, "không bắt được tín hiệu dừng: {error}", "cannot watch for signals: {error}"), help)
    })?;
    let folder = Folder::new(&args.folder).map_err(|error| taken(error, language))?;
    let screen = Screen::new(args.fast.then_some(Pace::Fast));
    // Dropping the demo drops the folder and the scratch store with it.
    let shown = tokio::select! {
        shown = show(folder, language, &screen) => shown,
        () = interruptions.any() => {
            let _ = screen.end_days();
            super::print::note(&say!(language, "\nĐã dừng; không để lại gì.\n", "\nStopped; nothing is left behind.\n"));
            return Err(Failure::Told);
        }
    };
    match shown {
        Ok(()) => Ok(()),
        Err(Stop::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(Stop::Io(error)) => Err(Failure::refused(
            say!(language, "không ghi được: {error}", "cannot write: {error}"),
            say!(language, "chọn thư mục khác bằng --folder", "choose another folder with --folder"),
        )),
        Err(Stop::Failure(failure)) => Err(failure),
    }
}

async fn show(folder: Folder, language: Language, screen: &Screen) -> Result<(), Stop> {
    let about = say!(
        language,
        "Công văn số 4988/UBND-CCHC ngày 05/10/2023 của UBND quận Gò Vấp: 25 nội dung, trên đồng hồ ảo.",
        "Dispatch 4988/UBND-CCHC of 05/10/2023, People's Committee of Gò Vấp: 25 clauses, on a virtual clock."
    );
    screen.lines(&acts::opening(language)).await?;
    screen.lines(&words::wrap(&about, words::WIDTH, "")).await?;
    screen.lines("\n").await?;
    let played = replay::play(folder.path(), language, screen).await?;
    let rows = figures::all(&played).await?;
    let screens = [
        acts::first(&played, &rows).await?,
        letters::mail(&played).await?,
        acts::second(&played).await?,
        letters::chat(&played).await?,
        acts::third(&played).await?,
    ];
    for text in screens {
        screen.lines(&text).await?;
        screen.lines("\n").await?;
        screen.rest().await;
    }
    page::write(folder.path(), &played, &rows)?;
    std::fs::write(folder.path().join("config.toml"), replay::CONFIG)?;
    let kept = Store::create(&Where::Sqlite(folder.path().join("dondoc.db"))).await?;
    copy::copy_facts_and_history(&played.engine.store, &kept).await?;
    kept.close().await;
    screen.lines(&acts::closing(&played, &rows)).await?;
    paper::write(folder.path())?;
    screen.lines("\n").await?;
    screen.lines(&paper::shown(&played.engine.rules.calendar, language)).await?;
    let kept = folder.keep().map_err(|error| Stop::Failure(taken(error, language)))?;
    screen.lines(&next_steps(&kept, language)).await?;
    Ok(())
}

/// What to do next; only commands this program has.
fn next_steps(folder: &std::path::Path, language: Language) -> String {
    let shown = folder.display();
    let config = folder.join("config.toml");
    let config = config.display();
    let assignment = format!("{}#1.e@{}", script::DISPATCH, script::SILENT_WARD);
    let open = say!(
        language,
        "  Mở {shown}/index.html để đọc mọi tin; cạnh đó là tệp thư, cơ sở dữ liệu và cấu hình.",
        "  Open {shown}/index.html to read every message; the files, the store and the config lie beside it."
    );
    let mut lines = vec![String::new(), say!(language, "Bước tiếp theo", "Next"), words::wrap(&open, words::WIDTH, "  ")];
    let commands = [
        ("show", format!("dondoc --config {config} show \"{assignment}\"")),
        ("list", format!("dondoc --config {config} list --overdue")),
        ("verify", format!("dondoc --config {config} verify")),
        ("import", format!("dondoc --config {config} import {}", folder.join(paper::FILE).display())),
        ("check", "cp config.example.toml config.toml && dondoc check".to_owned()),
    ];
    let known = Cli::command();
    let commands = commands.into_iter().filter(|(name, _)| known.find_subcommand(name).is_some());
    lines.extend(commands.map(|(_, line)| format!("  {line}")));
    lines.join("\n")
}

/// Ctrl-C, a request to end from the system, and the terminal going away.
struct Interruptions([tokio::signal::unix::Signal; 3]);

impl Interruptions {
    /// From here on they no longer end the process by themselves.
    fn caught() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?]))
    }

    async fn any(&mut self) {
        let [interrupt, terminate, hang_up] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    }
}

fn taken(error: FolderError, language: Language) -> Failure {
    let help = say!(language, "chọn thư mục khác bằng --folder", "choose another folder with --folder");
    match error {
        FolderError::Taken(path) => {
            let path = path.display();
            let message = say!(language, "{path} đã có và không phải của dondoc demo", "{path} exists and is not of dondoc demo");
            Failure::refused(message, help)
        }
        FolderError::Io(path, error) => {
            let path = path.display();
            Failure::refused(say!(language, "không ghi được {path}: {error}", "cannot write {path}: {error}"), help)
        }
    }
}
