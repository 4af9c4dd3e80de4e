//! `unit`: a unit is renamed, merged or split.

use clap::{Args, Subcommand};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::common::{Form, Ground};
use super::failure::Failure;
use super::list::find_unit;
use super::show::malformed;
use super::{argument, os_user, print};
use crate::domain::directive::AssignmentName;
use crate::domain::organisation::{Directory, UnitId};
use crate::domain::rules::Language;
use crate::engine::import::Mode;
use crate::engine::succeed::{self, Change, Elsewhere, Refusal, Succession};
use crate::store::{directory, naming, poke};
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Record that a unit was renamed, merged into another or split. In one transaction
its open assignments go over to the unit that takes its place: each keeps its
name, deadline and record, and messages say from whom it was inherited. Posts in
a unit that ends end with it; import the successor and the new appointments
first, so that somebody receives what goes over. What was accepted or withdrawn
stays with the unit it was done by. With --dry-run nothing is recorded.

Examples:
  dondoc unit rename pkt 'Phòng Kinh tế, Hạ tầng và Đô thị' --dry-run
  dondoc unit merge pnv pvh --into vhxh --on 2025-07-01
  dondoc unit split vp --into vp-hdnd,vp-ubnd \\
      --give '12/KH-UBND#2@vp=vp-hdnd' --rest vp-ubnd

Exit codes: 0 recorded (or would be), 1 refused, 2 wrong usage.";

/// `unit`
#[derive(Debug, Args)]
pub struct UnitArgs {
    /// The first day of the change; not after today [default: today]
    #[arg(long, global = true, value_name = "DATE", value_parser = argument::date)]
    on: Option<Date>,
    /// Show what would go over, and record nothing
    #[arg(long, global = true)]
    dry_run: bool,
    #[command(subcommand)]
    change: Act,
}

/// What becomes of it.
#[derive(Debug, Subcommand)]
enum Act {
    /// Đổi tên: it goes on under another name; the old one becomes an alias
    Rename {
        /// Which unit, by its id
        unit: String,
        /// The new name
        name: String,
    },
    /// Sáp nhập: units end, another one takes over
    Merge {
        /// The units that end, by their ids
        #[arg(required = true, num_args = 1..)]
        units: Vec<String>,
        /// The unit that takes over
        #[arg(long, value_name = "UNIT")]
        into: String,
    },
    /// Chia tách: a unit ends, several take over
    Split {
        /// The unit that ends, by its id
        unit: String,
        /// The units that take over
        #[arg(long, value_name = "UNIT,UNIT…", value_delimiter = ',', required = true)]
        into: Vec<String>,
        /// Who takes one assignment; may be repeated
        #[arg(long, value_name = "ASSIGNMENT=UNIT")]
        give: Vec<String>,
        /// Who takes all that are not given
        #[arg(long, value_name = "UNIT")]
        rest: Option<String>,
    },
}

/// Makes the change.
///
/// # Errors
/// When there is no store, a name is not there, or the change is refused.
pub async fn run(ground: &Ground, args: &UnitArgs) -> Result<(), Failure> {
    let language = ground.language;
    let store = ground.open().await?;
    let mut connection = store.read().acquire().await?;
    let directory = directory::load(&mut connection).await?;
    let find = |code: &String| find_unit(&directory, code, language).map(|unit| unit.id);
    let change = match &args.change {
        Act::Rename { unit, name } => Change::Rename { unit: find(unit)?, name: name.trim().to_owned() },
        Act::Merge { units, into } => {
            Change::Merge { from: units.iter().map(find).collect::<Result<_, _>>()?, into: find(into)? }
        }
        Act::Split { unit, into, give, rest } => {
            let mut given = Vec::with_capacity(give.len());
            for one in give {
                let (name, to) = given_to(one, language)?;
                let id = naming::find_assignment(&mut connection, &name).await?;
                given.push((id, find(&to)?));
            }
            let into: Vec<UnitId> = into.iter().map(find).collect::<Result<_, _>>()?;
            Change::Split { unit: find(unit)?, into, given, rest: rest.as_ref().map(find).transpose()? }
        }
    };
    drop(connection);
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Apply };
    let now = ground.acts_at(&store).await?;
    let today = ground.config.rules.calendar.date_of(now);
    let actor = os_user::actor();
    let engine = ground.engine(store);
    let done = succeed::succeed(&engine, &change, args.on.unwrap_or(today), &actor, mode, now).await?;
    let succession = done.map_err(|refusal| refused(&refusal, language))?;
    match ground.form {
        Form::Json => print::json(&to_json(&succession, mode)),
        Form::Table => print_succession(&succession, &directory, mode, language),
    }
    if mode == Mode::Apply {
        poke(&ground.place()).await;
    }
    Ok(())
}

fn given_to(text: &str, language: Language) -> Result<(AssignmentName, String), Failure> {
    let Some((name, unit)) = text.rsplit_once('=') else {
        let message = say!(language, "\"{text}\" thiếu đơn vị nhận", "\"{text}\" names no unit");
        let help = say!(language, "viết NHIỆM-VỤ=ĐƠN-VỊ", "write ASSIGNMENT=UNIT");
        return Err(Failure::usage(message, help));
    };
    let name = AssignmentName::parse(name.trim()).ok_or_else(|| malformed(name, language))?;
    Ok((name, unit.trim().to_owned()))
}

fn to_json(succession: &Succession, mode: Mode) -> Value {
    json!({
        "recorded": mode == Mode::Apply,
        "assignments": succession.moved.iter().map(|moved| json!({
            "assignment": moved.assignment, "from": moved.from, "to": moved.to,
        })).collect::<Vec<_>>(),
        "posts_ended": succession.posts.iter().map(|post| json!({
            "person": post.person, "unit": post.unit, "position": post.position,
            "elsewhere": post.elsewhere == Elsewhere::Yes, "assignments_by_name": post.named_to,
        })).collect::<Vec<_>>(),
        "without_head": succession.headless,
        "without_parent": succession.orphaned,
    })
}

fn print_succession(succession: &Succession, directory: &Directory, mode: Mode, language: Language) {
    let header = match language {
        Language::Vi => ["Nhiệm vụ (giữ nguyên tên)", "Đơn vị đang thực hiện", "Đơn vị kế thừa"],
        Language::En => ["Assignment (keeps its name)", "Answered for by", "Goes over to"],
    };
    let name = |code: &str| directory.unit_by_code(code).map_or_else(|| code.to_owned(), |unit| unit.name.clone());
    if !succession.moved.is_empty() {
        print::table(header, succession.moved.iter().map(|moved| [moved.assignment.clone(), name(&moved.from), name(&moved.to)]));
    }
    for post in &succession.posts {
        let (who, position, unit) = (&post.name, &post.position, name(&post.unit));
        let mut line = say!(language, "Kết thúc chức vụ: {who}, {position}, {unit}.", "Post ends: {who}, {position}, {unit}.");
        if post.elsewhere == Elsewhere::No {
            line +=
                &say!(language, " Chưa có chức vụ khác: nhập [[appointment]] mới.", " No other post: import an [[appointment]].");
        }
        if post.named_to > 0 {
            let count = post.named_to;
            line += &say!(language, " Đang được giao đích danh {count} nhiệm vụ.", " {count} assignments are theirs by name.");
        }
        print::data(&format!("{line}\n"));
    }
    let warn = |text: String| print::note(&format!("{text}\n"));
    for code in &succession.headless {
        let unit = name(code);
        warn(say!(
            language,
            "Lưu ý: {unit} chưa có người đứng đầu; tin được chuyển lên cấp trên trực tiếp cho đến khi nhập chức vụ.",
            "Note: {unit} has no head; messages go one unit up until one is imported."
        ));
    }
    for code in &succession.orphaned {
        let unit = name(code);
        warn(say!(
            language,
            "Lưu ý: {unit} trực thuộc đơn vị bị chia tách; nhập lại đơn vị cấp trên (parent).",
            "Note: {unit} stood below the unit that was split; import its new parent."
        ));
    }
    let count = succession.moved.len();
    print::data(&match mode {
        Mode::Apply => say!(language, "Đã ghi nhận. {count} nhiệm vụ đang thực hiện.\n", "Recorded. {count} open assignments.\n"),
        Mode::DryRun => say!(
            language,
            "Thử, chưa ghi nhận. {count} nhiệm vụ đang thực hiện.\n",
            "Tried, nothing recorded. {count} open assignments.\n"
        ),
    });
}

fn refused(refusal: &Refusal, language: Language) -> Failure {
    let (message, help) = match refusal {
        Refusal::Future(day) => (
            say!(language, "thay đổi có hiệu lực từ {day}, chưa đến", "the change takes effect on {day}, a day to come"),
            say!(language, "chạy lệnh này vào ngày đó", "run it on that day"),
        ),
        Refusal::Ended(unit) => (
            say!(language, "đơn vị \"{unit}\" đã kết thúc hoạt động", "the unit \"{unit}\" has ended"),
            say!(language, "dùng đơn vị kế thừa", "name the unit that took over"),
        ),
        Refusal::Itself(unit) => (
            say!(language, "đơn vị \"{unit}\" không thể kế thừa chính mình", "the unit \"{unit}\" cannot take over from itself"),
            say!(language, "chọn đơn vị khác; đổi tên thì dùng unit rename", "name another; a new name is `unit rename`"),
        ),
        Refusal::OneSuccessor => (
            say!(language, "chia tách cần ít nhất hai đơn vị kế thừa", "a split needs two units at least"),
            say!(language, "dùng unit merge nếu chỉ có một", "use `unit merge` for one"),
        ),
        Refusal::NotASuccessor { assignment, unit } => (
            say!(
                language,
                "{assignment} được giao cho \"{unit}\", không phải đơn vị kế thừa",
                "{assignment} is given to \"{unit}\", which is no successor"
            ),
            say!(language, "thêm đơn vị đó vào --into", "add that unit to --into"),
        ),
        Refusal::NotTheirs(name) => (
            say!(
                language,
                "{name} không phải nhiệm vụ đang thực hiện của đơn vị này",
                "{name} is no open assignment of this unit"
            ),
            say!(language, "bỏ --give đó; xem bằng dondoc list --unit", "leave it out; `dondoc list --unit` shows theirs"),
        ),
        Refusal::LeftOver(names) => {
            let names = names.join(", ");
            (
                say!(language, "chưa rõ đơn vị nào kế thừa: {names}", "nobody takes over: {names}"),
                say!(language, "thêm --give NHIỆM-VỤ=ĐƠN-VỊ hoặc --rest ĐƠN-VỊ", "add --give ASSIGNMENT=UNIT or --rest UNIT"),
            )
        }
        Refusal::SameName => (
            say!(language, "đơn vị đang mang tên này", "the unit has this name already"),
            say!(language, "ghi tên mới", "give another"),
        ),
    };
    Failure::refused(message, help)
}
