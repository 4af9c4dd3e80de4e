//! `init`: six questions, and a folder in which everything stands that an office begins with.

mod ask;
mod place;
mod plan;

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::tz::{Offset, TimeZone};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::common::Form;
use super::failure::Failure;
use super::{Cli, print};
use crate::clock::Clock;
use crate::domain::rules::Language;
use crate::store::{Store, Where};
use crate::tree::say;

use ask::{Answers, Telegram, ask};
use place::{Placed, in_the_way};
use plan::{Privacy, files};

/// Help.
pub const LONG: &str = "\
Begin: ask six things and write a config with [trial] on, the facts of a ward to fill in, a folder for secrets, the
templates of mails and an empty store. Nothing that exists is overwritten, and nothing is written before the last answer. Empty answers take what
stands in brackets; every answer is also a flag, and --yes asks nothing.

Examples:
  dondoc init
  dondoc init /srv/dondoc --lang en
  dondoc init van-phong --yes --office 'Văn phòng HĐND và UBND phường An Nhơn' --trial-to vanphong@example.gov.vn";

/// The store beside the config.
const STORE: &str = "dondoc.db";

/// `init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where [default: the working directory]
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Name of the office
    #[arg(long, value_name = "NAME")]
    office: Option<String>,
    /// Name of the person who monitors
    #[arg(long, value_name = "NAME")]
    monitor: Option<String>,
    /// Their email
    #[arg(long, value_name = "ADDRESS")]
    monitor_email: Option<String>,
    /// Mail server, e.g. `smtp://mail.example.gov.vn:587`; empty sends nothing
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Name and address it sends from
    #[arg(long, value_name = "MAILBOX")]
    from: Option<String>,
    /// Office hours, e.g. '07:30-11:30, 13:00-17:00'
    #[arg(long, value_name = "HOURS")]
    hours: Option<String>,
    /// The mailbox every message goes to in the first days
    #[arg(long, value_name = "ADDRESS")]
    trial_to: Option<String>,
    /// Whether Telegram is to be used: yes or no
    #[arg(long, value_name = "YES|NO")]
    telegram: Option<String>,
    /// Ask nothing: take the defaults for what no flag says
    #[arg(long)]
    yes: bool,
}

/// Asks and writes.
///
/// # Errors
/// When something is in the way, an answer cannot be used, or the folder cannot be written.
pub async fn run(cli: &Cli, args: &InitArgs) -> Result<(), Failure> {
    let language = cli.language().unwrap_or_default();
    let root = args.folder.clone().unwrap_or_else(|| PathBuf::from("."));
    // The config's own time zone is the one it will have.
    let today = TimeZone::fixed(Offset::constant(7)).to_datetime(Clock::System.now()).date();
    let paths: Vec<&str> = files(&Answers::default(), language, today).iter().map(|file| file.path).chain([STORE]).collect();
    refuse_to_overwrite(&root, &paths, language)?;
    if !args.yes && cli.form() == Form::Table {
        print::note(&say!(
            language,
            "Sáu câu hỏi; để trống để dùng giá trị trong ngoặc vuông. Chưa ghi gì trước câu cuối.\n\n",
            "Six questions; leave empty to take what stands in brackets. Nothing is written before the last.\n\n"
        ));
    }
    let answers = ask(args, language, today)?;
    if !args.yes {
        print::note("\n");
    }
    write(&root, &answers, &paths, language, today).await?;
    if cli.form() == Form::Json {
        print::json(&json!({ "folder": root.display().to_string(), "written": paths }));
    } else {
        print::data(&next_steps(&root, &answers, &paths, language));
    }
    Ok(())
}

fn refuse_to_overwrite(root: &Path, paths: &[&str], language: Language) -> Result<(), Failure> {
    let found = in_the_way(root, paths);
    if found.is_empty() {
        return Ok(());
    }
    let names = found.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    let message = say!(language, "đã có sẵn: {names}; chưa ghi gì", "in the way: {names}; nothing was written");
    let help = say!(
        language,
        "chọn thư mục khác, ví dụ dondoc init thu-muc-moi, hoặc chuyển các tệp đó đi; để dùng tiếp cấu hình đã có: dondoc check",
        "choose another folder, e.g. dondoc init new-folder, or move these away; to go on with what is there: dondoc check"
    );
    Err(Failure::refused(message, help))
}

/// All or nothing: from here on Ctrl-C waits for the end, and what fails is undone.
async fn write(
    root: &Path,
    answers: &Answers,
    paths: &[&str],
    language: Language,
    today: jiff::civil::Date,
) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| {
        let folder = root.display();
        let message = say!(language, "không ghi được vào {folder}: {error}", "cannot write into {folder}: {error}");
        Failure::refused(message, say!(language, "chọn thư mục ghi được", "choose a folder that can be written"))
    };
    let _deaf = signal(SignalKind::interrupt()).map_err(cannot)?;
    // Somebody may have written meanwhile.
    refuse_to_overwrite(root, paths, language)?;
    let mut placed = Placed::default();
    placed.folder(root, Privacy::Everybody).map_err(cannot)?;
    for file in files(answers, language, today) {
        placed.file(root, &file).map_err(cannot)?;
    }
    let store = root.join(STORE);
    placed.expect(&store);
    Store::create(&Where::Sqlite(store)).await?.close().await;
    placed.keep();
    Ok(())
}

fn next_steps(root: &Path, answers: &Answers, paths: &[&str], language: Language) -> String {
    let is_here = root == Path::new(".");
    let shown = |path: &&str| if is_here { PathBuf::from(path) } else { root.join(path) };
    let listed: String = paths.iter().map(|path| format!("  {}\n", shown(path).display())).collect();
    let mut out = say!(language, "Đã ghi:\n{listed}\n", "Written:\n{listed}\n");
    let change = if is_here { String::new() } else { format!("  cd '{}'\n", root.display()) };
    out.push_str(&say!(
        language,
        "Điền tên và địa chỉ thật vào du-lieu/to-chuc.toml (các chỗ ghi ĐIỀN), rồi:\n\n",
        "Fill real names and addresses into du-lieu/to-chuc.toml (where it says ĐIỀN), then:\n\n"
    ));
    out.push_str(&change);
    out.push_str(&say!(
        language,
        "  dondoc import du-lieu/to-chuc.toml du-lieu/vi-du.toml    nhập tổ chức và văn bản ví dụ\n\
         \x20 dondoc check                                             kiểm tra cấu hình và dữ liệu\n\
         \x20 dondoc simulate                                          xem 30 ngày tới sẽ gửi gì, cho ai\n",
        "  dondoc import du-lieu/to-chuc.toml du-lieu/vi-du.toml    import the organisation and an example\n\
         \x20 dondoc check                                             check config and facts\n\
         \x20 dondoc simulate                                          see what goes out in the next 30 days\n"
    ));
    out.push_str(&match &answers.server {
        Some(_) => say!(
            language,
            "\nMáy chủ thư cần đăng nhập thì xem credentials/README.txt. Sau đó: dondoc check --send NGƯỜI, dondoc run.\nĐang chạy thử: mọi tin chỉ đến hộp thư chạy thử cho đến khi đơn vị có trong live_units.\n",
            "\nIf the mail server wants a login, see credentials/README.txt. Then: dondoc check --send PERSON, dondoc run.\nThe trial is on: every message goes to the trial mailbox until a unit stands in live_units.\n"
        ),
        None => say!(
            language,
            "\nChưa có máy chủ thư: tin được ghi vào thư mục outbox, không gửi đi đâu, cho đến khi có [email].\n",
            "\nThere is no mail server yet: messages are written into the folder outbox and nothing is sent, until there is [email].\n"
        ),
    });
    if answers.telegram == Telegram::Later {
        out.push_str(&say!(
            language,
            "Telegram: ghi token vào credentials/telegram-token rồi bật mục [telegram] trong config.toml.\n",
            "Telegram: write the token into credentials/telegram-token, then turn [telegram] on in config.toml.\n"
        ));
    }
    out
}
