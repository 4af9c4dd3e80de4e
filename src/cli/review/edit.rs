//! A draft in the editor of the person, and what they saved into the store.

use std::io::{BufRead as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::common::Ground;
use crate::cli::failure::{self, Failure};
use crate::cli::import::{self, Consent};
use crate::cli::print;
use crate::cli::progress::Progress;
use crate::diagnostic::Source;
use crate::domain::rules::Language;
use crate::engine::import::{Mode, Outcome};
use crate::facts::Proposal;
use crate::tree::say;

/// How often the editor is offered again.
const ROUNDS_MAX: usize = 50;

/// Lets the person edit the draft until it can be recorded or they give up.
///
/// # Errors
/// When there is no editor, the file cannot be written, or nothing was recorded.
pub(super) async fn run(ground: &Ground, proposal: &Proposal) -> Result<(), Failure> {
    let language = ground.language;
    let editor = editor(language)?;
    let draft = proposal.to_toml();
    let file = Kept::new(&draft, language)?;
    for _ in 0..ROUNDS_MAX {
        open(&editor, &file.path, language)?;
        let text = std::fs::read_to_string(&file.path).map_err(|error| unwritable(&file.path, &error, language))?;
        if text == draft || text.trim().is_empty() {
            file.remove();
            return Err(nothing(&say!(
                language,
                "Không lưu thay đổi nào, không có gì được ghi.\n",
                "No change was saved; nothing is recorded.\n"
            )));
        }
        let name = file.path.display().to_string();
        let sources = [Source::of_text(&name, &text)];
        let progress = Progress::new(language);
        let done = import::record(ground, &sources, Mode::Apply, Consent::Given, &progress).await;
        progress.ends(0, 1);
        let done = done?;
        if done.report.outcome == Outcome::Stored {
            import::tell(ground, &done, &sources);
            file.remove();
            return Ok(());
        }
        failure::problems(&done.report.problems, &sources, language);
        if !again(language) {
            break;
        }
    }
    let kept = file.path.display();
    Err(nothing(&say!(
        language,
        "Không có gì được ghi. Bản đang sửa còn ở {kept}; sửa xong có thể chạy: dondoc import {kept} --confirm\n",
        "Nothing is recorded. What you edited is kept in {kept}; once mended: dondoc import {kept} --confirm\n"
    )))
}

fn nothing(text: &str) -> Failure {
    print::note(text);
    Failure::Told
}

/// `$VISUAL`, else `$EDITOR`: a command with its arguments.
fn editor(language: Language) -> Result<Vec<String>, Failure> {
    let named = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    let words = named.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    words.ok_or_else(|| {
        Failure::refused(
            say!(language, "chưa có trình soạn thảo: $EDITOR để trống", "there is no editor: $EDITOR is not set"),
            say!(
                language,
                "đặt EDITOR, ví dụ: EDITOR=nano; hoặc dùng --draft du-thao.xlsx",
                "set EDITOR, e.g. EDITOR=nano; or use --draft draft.xlsx"
            ),
        )
    })
}

fn open(editor: &[String], path: &Path, language: Language) -> Result<(), Failure> {
    let Some((program, arguments)) = editor.split_first() else { return Ok(()) };
    let status = Command::new(program).args(arguments).arg(path).status();
    let wrong = match status {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    };
    Err(Failure::refused(
        say!(
            language,
            "trình soạn thảo {program} không kết thúc bình thường: {wrong}",
            "the editor {program} did not end well: {wrong}"
        ),
        say!(language, "không có gì được ghi; xem lại $EDITOR", "nothing is recorded; look at $EDITOR"),
    ))
}

/// Asks whether the editor is to be opened again; no answer is no.
fn again(language: Language) -> bool {
    print::note(&say!(language, "Mở lại để sửa? [C/k] ", "Open it again? [Y/n] "));
    let mut answer = String::new();
    match std::io::stdin().lock().read_line(&mut answer) {
        Ok(0) | Err(_) => false,
        Ok(_) => !matches!(answer.trim().to_lowercase().as_str(), "k" | "n" | "không" | "khong" | "no"),
    }
}

/// The file that is edited, readable by its person only.
struct Kept {
    path: PathBuf,
}

impl Kept {
    fn new(text: &str, language: Language) -> Result<Self, Failure> {
        let folder = std::env::temp_dir();
        let own = std::process::id();
        for count in 0..100 {
            let path = folder.join(format!("dondoc-du-thao-{own}-{count}.toml"));
            let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
            match file.and_then(|mut file| file.write_all(text.as_bytes())) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(&path, &error, language)),
            }
        }
        Err(unwritable(&folder, &std::io::ErrorKind::AlreadyExists.into(), language))
    }

    fn remove(&self) {
        // A draft that stays behind in the folder of temporary files does no harm.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn unwritable(path: &Path, error: &std::io::Error, language: Language) -> Failure {
    let shown = path.display();
    Failure::refused(
        say!(language, "không ghi hoặc đọc được {shown}: {error}", "{shown} cannot be written or read: {error}"),
        say!(language, "kiểm tra $TMPDIR và quyền ghi", "check $TMPDIR and its permissions"),
    )
}
