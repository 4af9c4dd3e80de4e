//! `reply`: an answer entered on the command line.

use clap::{Args, Subcommand};
use jiff::civil::Date;
use serde_json::json;

use super::common::{Form, Ground};
use super::failure::Failure;
use super::list::{find_person, find_unit};
use super::row::{NO_TIME, Row};
use super::show::malformed;
use super::{argument, os_user, print};
use crate::domain::directive::{AssignmentName, Secrecy};
use crate::domain::organisation::{Directory, PersonId};
use crate::domain::reply::{Refusal, ReplyKind};
use crate::domain::rules::Language;
use crate::engine::reply::{self, Replied, ReportedFigure, Request};
use crate::store::{StoreError, directory, naming, poke, queries};
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Enter a reply to an assignment in the name of a person (--as); the
operating-system user is recorded too, and with --by that it was heard by phone,
read on paper or said in a meeting. A reply that changes nothing says so.

Who may give which:
  acknowledge, progress, blocked, done, extend, not-ours
      the assignee, any holder in the lead unit, who stands in for them
  assign
      the head or a deputy of the lead unit
  grant, refuse
      the monitor
  accept, return, withdraw, transfer, hold
      the monitor, the leaders of the unit, the operators

acknowledge, progress and done lift a block. While it stands, whoever is waited
for is told again and again, and the unit's escalations wait for the policy's
blocked_pause. transfer closes the assignment as withdrawn and gives the other
unit one of its own with the same deadline. hold pauses the ladder through that
day; the deadline stands.

Examples:
  dondoc reply '4988/UBND-CCHC#1.e@p07' acknowledge --as an
  dondoc reply '4988/UBND-CCHC#1.e@p07' acknowledge --until 2023-12-28 \\
      --as an --by phone
  dondoc reply '4988/UBND-CCHC#4.b@tckh' progress --value 62.5 \\
      --as-of 2023-10-31 --source KBNN --as chi
  dondoc reply '4988/UBND-CCHC#1.e@p07' blocked --by tckh \\
      --note 'chờ bố trí kinh phí' --as an
  dondoc reply '4988/UBND-CCHC#1.e@p07' done --on 2023-12-29 \\
      --document '123/BC-PNV ngày 29/12/2023' --as an --by paper
  dondoc reply '4988/UBND-CCHC#1.e@p07' extend --until 2024-01-31 \\
      --note 'chờ hướng dẫn' --as an
  dondoc reply '4988/UBND-CCHC#1.e@p07' grant --basis 5120/UBND-KSTT \\
      --as monitor
  dondoc reply '4988/UBND-CCHC#1.e@p07' accept --as monitor
  dondoc reply '4988/UBND-CCHC#1.e@p07' transfer --to p08 --as monitor
  dondoc reply '4988/UBND-CCHC#1.e@p07' hold --until 2024-02-29 \\
      --note 'chờ hướng dẫn của Thành phố' --as monitor

With --json the assignment as `list` prints it, and whether it changed; after a
transfer also the name it has there.

Exit codes: 0 taken or nothing changed, 1 refused, 2 wrong usage.";

/// `reply`
#[derive(Debug, Args)]
pub struct ReplyArgs {
    /// The assignment, NUMBER#CLAUSE@UNIT
    assignment: String,
    /// Who replies, by their id
    #[arg(long = "as", global = true, value_name = "PERSON")]
    person: Option<String>,
    /// How the answer reached who enters it: phone, paper or meeting; after `blocked` also the unit that is waited for
    #[arg(long, global = true, value_name = "WAY|UNIT")]
    by: Vec<String>,
    #[command(subcommand)]
    reply: Reply,
}

/// The ways of `--by`; any other word of it is a unit.
const WAYS: [&str; 3] = ["phone", "paper", "meeting"];

/// The replies.
#[derive(Debug, Subcommand)]
enum Reply {
    /// Xác nhận tiếp nhận: the duty is received
    Acknowledge {
        /// Promised to be done by then; holds the ladder until that day
        #[arg(long, value_name = "DATE", value_parser = argument::date)]
        until: Option<Date>,
    },
    /// Cập nhật tiến độ: how far it is
    Progress {
        /// Percent done
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100), conflicts_with = "value")]
        percent: Option<u8>,
        /// A figure of the target
        #[arg(long, value_name = "N", value_parser = argument::number, allow_negative_numbers = true)]
        value: Option<f64>,
        /// The day the figure describes [default: today]
        #[arg(long, value_name = "DATE", value_parser = argument::date, requires = "value")]
        as_of: Option<Date>,
        /// Where the figure comes from
        #[arg(long, requires = "value", allow_hyphen_values = true)]
        source: Option<String>,
        /// A sentence
        #[arg(long, allow_hyphen_values = true)]
        note: Option<String>,
    },
    /// Có vướng mắc: it cannot go on
    Blocked {
        /// What is waited for; --by UNIT names the unit, without it the monitor is told
        #[arg(long, allow_hyphen_values = true)]
        note: String,
    },
    /// Báo cáo hoàn thành: it is done
    Done {
        /// The day it was reported on paper; it counts from then
        #[arg(long, value_name = "DATE", value_parser = argument::date)]
        on: Option<Date>,
        /// The document that reports it
        #[arg(long, allow_hyphen_values = true)]
        document: Option<String>,
        /// A sentence
        #[arg(long, allow_hyphen_values = true)]
        note: Option<String>,
    },
    /// Đề nghị gia hạn: ask for an extension
    Extend {
        /// The new deadline
        #[arg(long, value_name = "DATE", value_parser = argument::date)]
        until: Date,
        /// Why
        #[arg(long, allow_hyphen_values = true)]
        note: String,
    },
    /// Đồng ý gia hạn: grant it
    Grant {
        /// The new deadline [default: as asked]
        #[arg(long, value_name = "DATE", value_parser = argument::date)]
        until: Option<Date>,
        /// The document that grants it
        #[arg(long, allow_hyphen_values = true)]
        basis: Option<String>,
    },
    /// Không đồng ý gia hạn: refuse it
    Refuse {
        /// Why
        #[arg(long, allow_hyphen_values = true)]
        note: String,
    },
    /// Không thuộc trách nhiệm: it is not this unit's duty
    NotOurs {
        /// The unit whose duty it is
        #[arg(long, value_name = "UNIT")]
        to: Option<String>,
        /// Why
        #[arg(long, allow_hyphen_values = true)]
        note: String,
    },
    /// Hand the duty to a member of the unit
    Assign {
        /// Who
        #[arg(long, value_name = "PERSON")]
        to: String,
    },
    /// Nghiệm thu: accept what was reported done
    Accept,
    /// Trả lại: return what was reported done
    Return {
        /// What is missing
        #[arg(long, allow_hyphen_values = true)]
        note: String,
    },
    /// Không còn hiệu lực: the duty no longer holds
    Withdraw {
        /// Why
        #[arg(long, allow_hyphen_values = true)]
        note: String,
    },
    /// Chuyển đơn vị khác: another unit gets the duty
    Transfer {
        /// The unit
        #[arg(long, value_name = "UNIT")]
        to: String,
        /// Why
        #[arg(long, allow_hyphen_values = true)]
        note: Option<String>,
    },
    /// Tạm dừng đôn đốc: nobody is pressed through that day
    Hold {
        /// The last day of it
        #[arg(long, value_name = "DATE", value_parser = argument::date)]
        until: Date,
        /// Why
        #[arg(long, allow_hyphen_values = true)]
        note: String,
    },
}

/// Replies.
///
/// # Errors
/// When there is no store, nothing of that name, or the reply is refused.
pub async fn run(ground: &Ground, args: &ReplyArgs) -> Result<(), Failure> {
    let language = ground.language;
    let Some(person) = &args.person else {
        let message = say!(language, "thiếu --as NGƯỜI", "--as PERSON is missing");
        let help = say!(language, "ghi id của người trả lời, ví dụ --as an", "name who replies by their id, e.g. --as an");
        return Err(Failure::usage(message, help));
    };
    let name = AssignmentName::parse(&args.assignment).ok_or_else(|| malformed(&args.assignment, language))?;
    let store = ground.open().await?;
    let mut connection = store.read().acquire().await?;
    let directory = directory::load(&mut connection).await?;
    let id = naming::find_assignment(&mut connection, &name).await?;
    drop(connection);
    let person = find_person(&directory, person, language)?.id;
    let request = request(args, person, &directory, language)?;
    let engine = ground.engine(store.clone());
    let replied = reply::reply(&engine, id, &request, ground.acts_at(&store).await?).await?;
    let changed = match replied {
        Replied::Changed(_) => true,
        // Only links raise doubts.
        Replied::Unchanged(_) | Replied::Waits(_) => false,
        Replied::Refused(refusal) => return Err(refused(refusal, request.kind, language)),
        Replied::NoTarget => {
            let message = say!(
                language,
                "nội dung này không có chỉ tiêu để ghi số liệu",
                "the directive has no target a figure belongs to"
            );
            let help = say!(
                language,
                "dùng --percent, hoặc thêm target vào [[directive]]",
                "use --percent, or give the [[directive]] a target"
            );
            return Err(Failure::refused(message, help));
        }
    };
    if changed {
        poke(&ground.place()).await;
    }
    let row = queries::list_one(&mut *store.read().acquire().await?, id).await?;
    let row = row.ok_or_else(|| StoreError::Unknown { what: "assignment", name: args.assignment.clone() })?;
    let row = Row::new(row, ground);
    let there = match &args.reply {
        Reply::Transfer { to, .. } if changed => Some(AssignmentName { unit: to.clone(), ..row.row.name.clone() }.to_string()),
        _ => None,
    };
    if ground.form == Form::Json {
        let mut object = row.to_json();
        object.insert("changed".into(), json!(changed));
        if let Some(there) = there {
            object.insert("transferred_to".into(), json!(there));
        }
        print::json(&object.into());
    } else {
        let [name, _, _, deadline, work, time] = row.cells(language);
        let head = if changed {
            say!(language, "Đã ghi nhận.", "Recorded.")
        } else {
            say!(language, "Không có gì thay đổi.", "Nothing changed.")
        };
        let until = say!(language, "thời hạn", "deadline");
        let kept = if request.has_texts() && row.row.secrecy >= Secrecy::Mat {
            say!(
                language,
                " Văn bản mật: ghi chú và số văn bản kèm theo không được lưu.",
                " The dispatch is secret: notes and documents are not kept."
            )
        } else {
            String::new()
        };
        let time = if time == NO_TIME { String::new() } else { format!("; {time}") };
        print::data(&format!("{head}{kept} {name}: {work}; {until} {deadline}{time}\n"));
        if let Some(there) = there {
            print::data(&say!(language, "Đơn vị mới: {there}\n", "The other unit has: {there}\n"));
        }
    }
    Ok(())
}

fn request(args: &ReplyArgs, person: PersonId, directory: &Directory, language: Language) -> Result<Request, Failure> {
    let By { way, unit } = by(&args.by, &args.reply, language)?;
    let new =
        |kind| Request { heard_by: way.map(str::to_owned), os_user: Some(os_user::name()), ..Request::new(kind, person, "cli") };
    let note = |text: &str| Some(text.to_owned());
    Ok(match &args.reply {
        Reply::Acknowledge { until } => Request { until: *until, ..new(ReplyKind::Acknowledge) },
        Reply::Progress { percent, value, as_of, source, note } => Request {
            percent: *percent,
            figure: value.map(|value| ReportedFigure { value, as_of: *as_of, source: source.clone() }),
            note: note.clone(),
            ..new(ReplyKind::Progress)
        },
        Reply::Blocked { note: what } => {
            let unit = unit.map(|code| find_unit(directory, code, language)).transpose()?;
            Request { to_unit: unit.map(|unit| unit.id), note: note(what), ..new(ReplyKind::Blocked) }
        }
        Reply::Done { on, document, note } => {
            Request { on: *on, document: document.clone(), note: note.clone(), ..new(ReplyKind::Done) }
        }
        Reply::Extend { until, note: why } => Request { until: Some(*until), note: note(why), ..new(ReplyKind::Extend) },
        Reply::Grant { until, basis } => Request { until: *until, basis: basis.clone(), ..new(ReplyKind::Grant) },
        Reply::Refuse { note: why } => Request { note: note(why), ..new(ReplyKind::Refuse) },
        Reply::NotOurs { to, note: why } => {
            let to_unit = to.as_deref().map(|code| find_unit(directory, code, language)).transpose()?;
            Request { to_unit: to_unit.map(|unit| unit.id), note: note(why), ..new(ReplyKind::NotOurs) }
        }
        Reply::Assign { to } => Request { to: Some(find_person(directory, to, language)?.id), ..new(ReplyKind::Assign) },
        Reply::Accept => new(ReplyKind::Accept),
        Reply::Return { note: why } => Request { note: note(why), ..new(ReplyKind::Return) },
        Reply::Withdraw { note: why } => Request { note: note(why), ..new(ReplyKind::Withdraw) },
        Reply::Transfer { to, note } => {
            let unit = find_unit(directory, to, language)?.id;
            Request { to_unit: Some(unit), note: note.clone(), ..new(ReplyKind::Transfer) }
        }
        Reply::Hold { until, note: why } => Request { until: Some(*until), note: note(why), ..new(ReplyKind::Hold) },
    })
}

/// What `--by` says: a way, a unit, or one of each.
#[derive(Default)]
struct By<'a> {
    way: Option<&'a str>,
    unit: Option<&'a str>,
}

fn by<'a>(words: &'a [String], reply: &Reply, language: Language) -> Result<By<'a>, Failure> {
    let mut found = By::default();
    for word in words {
        let is_way = WAYS.contains(&word.as_str());
        let place = if is_way { &mut found.way } else { &mut found.unit };
        if (is_way || matches!(reply, Reply::Blocked { .. })) && place.is_none() {
            *place = Some(word);
            continue;
        }
        let message = say!(language, "--by {word} không dùng được ở đây", "--by {word} cannot stand here");
        let help = say!(
            language,
            "ghi --by phone, paper hoặc meeting một lần; riêng blocked nhận thêm --by ĐƠN-VỊ",
            "give --by phone, paper or meeting once; only blocked also takes --by UNIT"
        );
        return Err(Failure::usage(message, help));
    }
    Ok(found)
}

/// Why it is not taken, and what would be.
fn refused(refusal: Refusal, kind: ReplyKind, language: Language) -> Failure {
    let (vi, en) = match refusal {
        Refusal::NotEntitled => {
            let (who_vi, who_en) = entitled(kind);
            let message = say!(language, "người này không được trả lời như vậy", "this person may not give that reply");
            let help = say!(language, "dùng --as với {who_vi}", "use --as with {who_en}");
            return Failure::refused(message, help);
        }
        Refusal::NeedsDate => (("thiếu ngày", "thêm --until NGÀY"), ("a date is missing", "add --until DATE")),
        Refusal::DateTooEarly if kind == ReplyKind::Hold => (
            ("ngày tạm dừng đã qua", "ghi --until từ hôm nay trở đi"),
            ("the hold would end before today", "give --until today or later"),
        ),
        Refusal::DateTooEarly if kind == ReplyKind::Acknowledge => (
            ("ngày hẹn hoàn thành đã qua", "ghi --until từ hôm nay trở đi"),
            ("the promised day is past", "give --until today or later"),
        ),
        Refusal::DateTooEarly => (
            (
                "ngày phải sau thời hạn đang có hiệu lực và không trước hôm nay",
                "ghi ngày muộn hơn; xem thời hạn bằng dondoc show",
            ),
            (
                "the date must lie after the deadline in force, and not before today",
                "give a later one; `dondoc show` prints the deadline",
            ),
        ),
        Refusal::DateInFuture => (
            ("ngày báo cáo nằm trong tương lai", "ghi --on không muộn hơn hôm nay"),
            ("the day it counts from lies in the future", "give --on no later than today"),
        ),
        Refusal::Undated => (
            ("nhiệm vụ chưa có thời hạn nên không gia hạn được", "ghi deadline cho [[directive]] rồi nhập lại"),
            ("the assignment has no deadline to extend", "give the [[directive]] a deadline and import it again"),
        ),
        Refusal::NothingAsked => (
            ("chưa có đề nghị gia hạn nào", "ghi --until NGÀY khi grant, hoặc chờ đơn vị gửi extend"),
            ("no extension was asked", "grant with --until DATE, or wait for the unit's extend"),
        ),
        Refusal::NotReported => (
            ("đơn vị chưa báo cáo hoàn thành", "ghi báo cáo của đơn vị bằng reply … done trước"),
            ("the unit has not reported it done", "enter the unit's report with `reply … done` first"),
        ),
        Refusal::Closed => (
            (
                "nhiệm vụ đã báo cáo hoàn thành, đã nghiệm thu hoặc không còn hiệu lực",
                "xem bằng dondoc show; trả lại bằng return nếu chưa đạt",
            ),
            (
                "the assignment is reported done, accepted or withdrawn",
                "look at it with `dondoc show`; `return` reopens what was reported",
            ),
        ),
        Refusal::NeedsOtherUnit => (
            ("phải là một đơn vị khác, không phải chính đơn vị chủ trì", "ghi id của đơn vị khác; xem đơn vị bằng dondoc list"),
            ("it must be another unit, not the lead unit itself", "name another unit by its id"),
        ),
        Refusal::UnitEnded => (
            ("đơn vị đó hiện không còn hoạt động", "chuyển cho đơn vị kế thừa của đơn vị đó"),
            ("that unit does not exist today", "transfer to the unit that took over from it"),
        ),
        Refusal::HasItAlready => (
            (
                "đơn vị đó đã được giao chính nội dung này",
                "nếu đơn vị cũ không còn phải thực hiện, dùng withdraw cho nhiệm vụ của đơn vị cũ",
            ),
            (
                "that unit has this very directive already",
                "if the present unit is to be relieved of it, `withdraw` its assignment",
            ),
        ),
        Refusal::NotOfTheUnit => (
            (
                "chỉ giao được cho người của đơn vị chủ trì",
                "thêm [[appointment]] của người đó trong đơn vị, hoặc giao người khác",
            ),
            (
                "the duty can only be handed to a member of the lead unit",
                "import an [[appointment]] of theirs in the unit, or name somebody else",
            ),
        ),
    };
    let (message, help) = if language == Language::Vi { vi } else { en };
    Failure::refused(message, help)
}

const fn entitled(kind: ReplyKind) -> (&'static str, &'static str) {
    match kind {
        ReplyKind::Acknowledge
        | ReplyKind::Progress
        | ReplyKind::Blocked
        | ReplyKind::Done
        | ReplyKind::Extend
        | ReplyKind::NotOurs => (
            "người thực hiện, người của đơn vị chủ trì hoặc người thay họ",
            "the assignee, a member of the lead unit or who stands in for them",
        ),
        ReplyKind::Assign => ("trưởng hoặc phó đơn vị chủ trì", "the head or a deputy of the lead unit"),
        ReplyKind::Grant | ReplyKind::Refuse => ("người theo dõi", "the monitor"),
        ReplyKind::Accept | ReplyKind::Return | ReplyKind::Withdraw | ReplyKind::Transfer | ReplyKind::Hold => {
            ("người theo dõi, lãnh đạo phụ trách hoặc người vận hành", "the monitor, a leader of the unit or an operator")
        }
    }
}
