//! `export`: the record of one assignment (biên bản theo dõi, đôn đốc): who was pressed, when, over which channel, and what
//! they answered.

mod differs;

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::common::{Form, Ground};
use super::csv;
use super::explain;
use super::failure::Failure;
use super::import::write_new;
use super::print;
use super::row::{Row, day, journalled_deadline_words, moment, number, rfc3339};
use super::show;
use super::words;
use crate::domain::directive::AssignmentName;
use crate::domain::reminder::ReminderState;
use crate::domain::rules::Language;
use crate::store::against::{Contradiction, contradictions};
use crate::store::queries::ListRow;
use crate::store::timeline::{MessageLine, ReplyLine, Timeline, timeline};
use crate::store::{meta, naming};
use crate::tree::say;
use differs::{contradiction, differ_not};

/// Help.
pub const LONG: &str = "\
Print the record of one assignment: who was pressed, when, over which channel,
whether it arrived, and what was answered; what was not sent and why; extensions,
corrected deadlines and figures. As text, as JSON, or as CSV for a spreadsheet (UTF-8, one row an
event, cells that a spreadsheet would take for a formula begin with an
apostrophe).

Text and JSON end with the number and the hash of the journal's last row, by
which `dondoc verify --head` shows later that nothing before it was altered. The
CSV is a plain table and has no such line: keep the text beside it. What is
printed of the deadline and the work, of messages and their attempts, of
reminders that were not sent, of replies, extensions and figures is compared with
the journal; where the two differ, the record and standard error say so. What the
journal does not hold the text names at its end: for that it does not vouch.

A file that is there already is never written over.

Examples:
  dondoc export '4988/UBND-CCHC#1.e@p07'
  dondoc export '4988/UBND-CCHC#1.e@p07' bien-ban.csv     by its ending: .csv, .txt
  dondoc export '4988/UBND-CCHC#1.e@p07' --csv > bien-ban.csv

Exit codes: 0 written, 1 there is no such assignment, the file is there already
or cannot be written, or what was written differs from the journal.";

/// `export`
#[derive(Debug, Args)]
pub struct Export {
    /// NUMBER#CLAUSE@UNIT
    #[arg(value_name = "ASSIGNMENT")]
    assignment: String,
    /// Where to write it [default: standard output]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// As CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// One line of the record.
struct Entry {
    at: Timestamp,
    what: String,
    step: String,
    person: String,
    channel: String,
    outcome: String,
    details: String,
    key: String,
}

/// Writes it.
///
/// # Errors
/// When there is no store or no such assignment, or the file is there already or cannot be written.
pub async fn run(ground: &Ground, args: &Export) -> Result<(), Failure> {
    let language = ground.language;
    let ends_with = |ending: &str| args.file.as_ref().is_some_and(|file| file.extension().is_some_and(|found| found == ending));
    let is_plain = args.file.is_none() || ground.form == Form::Json || args.csv;
    if !is_plain && !ends_with("csv") && !ends_with("txt") {
        let file = args.file.as_deref().unwrap_or(std::path::Path::new("")).display();
        let message = say!(language, "không rõ {file} là loại tệp gì", "{file} has an ending that names no form");
        let help = say!(language, "đặt đuôi .csv hoặc .txt", "end its name with .csv or .txt");
        return Err(Failure::refused(message, help));
    }
    let Some(name) = AssignmentName::parse(&args.assignment) else { return Err(show::malformed(&args.assignment, language)) };
    let store = ground.open().await?;
    let mut tx = store.snapshot().await?;
    let id = naming::find_assignment(&mut tx, &name).await?;
    let found = timeline(&mut tx, id).await?;
    let differ = match &found {
        Some(found) => contradictions(&mut tx, found).await?,
        None => Vec::new(),
    };
    let head = (meta::get_number(&mut tx, meta::JOURNAL_SEQ).await?, meta::get(&mut tx, meta::JOURNAL_HASH).await?);
    tx.commit().await?;
    let Some(found) = found else { return Err(show::malformed(&args.assignment, language)) };
    let row = Row::new(found.row.clone(), ground);
    let entries = entries(&found, ground);
    let head = (head.0, head.1.unwrap_or_default());
    let (text, show): (String, fn(&str)) = if ground.form == Form::Json {
        (format!("{:#}\n", to_json(&found, &row, &entries, (&head, &differ), ground)), print::data)
    } else if args.csv || ends_with("csv") {
        let rows = entries.iter().enumerate().map(|(at, entry)| cells(at, entry, ground));
        (csv::table(&header(language), rows), print::data)
    } else {
        (to_text(&found, &row, &entries, (&head, &differ), ground), print::text)
    };
    let Some(file) = &args.file else {
        show(&text);
        return differ_not(&differ, ground);
    };
    write_new(file, text.as_bytes(), language)?;
    differ_not(&differ, ground)
}

const COLUMNS: usize = 9;

fn header(language: Language) -> [&'static str; COLUMNS] {
    match language {
        Language::Vi => ["STT", "Thời điểm", "Việc", "Bậc đôn đốc", "Người", "Kênh", "Kết quả", "Nội dung", "Mã tin"],
        Language::En => ["No.", "When", "What", "Step", "Person", "Channel", "Outcome", "Details", "Message"],
    }
}

fn cells(at: usize, entry: &Entry, ground: &Ground) -> [String; COLUMNS] {
    let zone = ground.config.rules.calendar.time_zone();
    let text = |text: &String| text.clone();
    [
        (at + 1).to_string(),
        moment(entry.at, zone),
        text(&entry.what),
        text(&entry.step),
        text(&entry.person),
        text(&entry.channel),
        text(&entry.outcome),
        text(&entry.details),
        text(&entry.key),
    ]
}

/// Everything that happened, oldest first.
fn entries(found: &Timeline, ground: &Ground) -> Vec<Entry> {
    let language = ground.language;
    let plain = |at: Timestamp, what: String| Entry {
        at,
        what,
        step: String::new(),
        person: String::new(),
        channel: String::new(),
        outcome: String::new(),
        details: String::new(),
        key: String::new(),
    };
    let mut all = vec![plain(found.row.known_at, say!(language, "Nhập nhiệm vụ vào hệ thống", "The assignment became known"))];
    for line in &found.messages {
        all.push(of_message(line, found, ground));
    }
    for line in &found.reminders {
        // What went out stands with its messages.
        let unsent = !matches!(line.state, ReminderState::Delivered | ReminderState::Carried | ReminderState::Queued);
        if unsent {
            let mut entry = plain(line.due_at.max(line.moment), say!(language, "Không gửi", "Not sent"));
            entry.step = step(&line.step, line.occurrence, language);
            words::reminder_state(line.state, language).clone_into(&mut entry.outcome);
            entry.details = words::reason(&line.reason, language);
            all.push(entry);
        }
    }
    for line in &found.replies {
        let mut entry = plain(line.at, say!(language, "Phản hồi", "Reply"));
        entry.person.clone_from(&line.person_name);
        entry.channel = way(line, language);
        let kind = words::reply(line.kind, language).to_owned();
        entry.outcome = match (&line.doubt, line.confirmed_at, line.undone_at) {
            (_, _, Some(at)) => {
                let at = moment(at, ground.config.rules.calendar.time_zone());
                say!(language, "{kind} (đã hủy lúc {at})", "{kind} (taken back at {at})")
            }
            (Some(_), None, None) => {
                say!(language, "{kind} (chờ xác nhận, chưa được tính)", "{kind} (not confirmed, does not count)")
            }
            _ => kind,
        };
        entry.details = reply_details(line, language);
        all.push(entry);
    }
    for line in &found.extensions {
        let mut entry = plain(line.recorded_at, say!(language, "Gia hạn", "Extension"));
        let (old, new) = (line.old_last_day.map_or_else(|| "–".to_owned(), day), day(line.new_last_day));
        entry.outcome = say!(language, "từ {old} đến {new}", "from {old} to {new}");
        entry.details = line.basis.clone().unwrap_or_default();
        all.push(entry);
    }
    for line in &found.corrections {
        let mut entry = plain(line.at, words::correction(line, language));
        let (old, new) = (journalled_deadline_words(line.old.as_deref()), journalled_deadline_words(line.new.as_deref()));
        entry.outcome = say!(language, "từ {old} đến {new}", "from {old} to {new}");
        all.push(entry);
    }
    for line in &found.figures {
        let mut entry = plain(line.recorded_at, say!(language, "Số liệu", "Figure"));
        let (value, as_of) = (number(line.value, language), day(line.as_of));
        entry.outcome = say!(language, "{value} ngày {as_of}", "{value} on {as_of}");
        entry.details = line.source.clone().unwrap_or_default();
        all.push(entry);
    }
    all.sort_by_key(|entry| entry.at);
    all
}

fn step(step: &crate::domain::reminder::StepRef, occurrence: i64, language: Language) -> String {
    let name = words::step(step, language);
    if occurrence > 1 { say!(language, "{name}, lần {occurrence:02}", "{name}, time {occurrence}") } else { name }
}

fn of_message(line: &MessageLine, found: &Timeline, ground: &Ground) -> Entry {
    let language = ground.language;
    let carried = found.reminders.iter().filter(|reminder| line.reminders.contains(&reminder.id));
    let what = match line.kind.as_str() {
        "copy" => say!(language, "Gửi tin để biết", "Copy"),
        "digest" => say!(language, "Gửi bản tổng hợp", "Digest"),
        _ => say!(language, "Gửi tin", "Message"),
    };
    let tried = line.attempts.len();
    let reason = words::reason(&line.reason, language);
    let state = words::message_state(line.state, language);
    let reason = if reason.is_empty() || line.reason == "packed" { String::new() } else { format!(" ({reason})") };
    let more = if tried > 1 { say!(language, ", {tried:02} lần gửi", ", {tried} attempts") } else { String::new() };
    let trial =
        if line.is_trial { say!(language, "; vào hộp thư chạy thử", "; to the trial mailbox") } else { String::new() };
    Entry {
        what,
        step: carried.map(|reminder| step(&reminder.step, reminder.occurrence, language)).collect::<Vec<_>>().join("; "),
        person: line.person_name.clone(),
        channel: line.channel.clone(),
        outcome: format!("{state}{reason}{more}{trial}"),
        details: line.subject.clone(),
        key: line.key.clone(),
        at: line.settled_at.unwrap_or(line.packed_at),
    }
}

/// By which way an answer came.
fn way(line: &ReplyLine, language: Language) -> String {
    let detail: Value = line.detail.as_deref().and_then(|detail| serde_json::from_str(detail).ok()).unwrap_or_default();
    let text = |key: &str| detail.get(key).and_then(Value::as_str);
    match (text("by"), text("via")) {
        (Some("phone"), _) => say!(language, "điện thoại, nhập thay", "telephone, entered for them"),
        (Some("paper"), _) => say!(language, "văn bản giấy, nhập thay", "paper, entered for them"),
        (Some("meeting"), _) => say!(language, "cuộc họp, nhập thay", "meeting, entered for them"),
        (_, Some("link")) => say!(language, "trang trả lời", "page of a mail"),
        (_, Some("cli")) => say!(language, "dòng lệnh", "command line"),
        (_, Some("import")) => say!(language, "nhập từ tệp", "import"),
        (_, Some(other)) => other.to_owned(),
        _ => String::new(),
    }
}

fn reply_details(line: &ReplyLine, language: Language) -> String {
    let dated = |label: String, date: Option<Date>| date.map(|date| format!("{label} {}", day(date)));
    let parts = [
        dated(say!(language, "tính từ", "as of"), line.on),
        dated(say!(language, "đến", "until"), line.until),
        line.to.as_ref().map(|to| &to.name).map(|name| say!(language, "cho {name}", "to {name}")),
        line.unit.as_ref().map(|unit| unit.name.clone()),
        line.percent.map(|percent| format!("{percent} %")),
        line.document.clone(),
        line.note.clone(),
    ];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The dispatch by its full number, its date and its issuer, and what it is about unless it is secret.
fn dispatch(row: &ListRow, language: Language) -> String {
    let (number, date, issuer) = (&row.name.directive.number, day(row.dispatch_date), &row.issuer);
    let subject = row.subject.as_ref().map(|subject| format!(": {subject}")).unwrap_or_default();
    say!(language, "số {number} ngày {date} của {issuer}", "{number} of {date}, {issuer}") + &subject
}

/// The head of the journal, and where the record differs from it.
type Journal<'a> = (&'a (i64, String), &'a [Contradiction]);

fn to_text(found: &Timeline, row: &Row, entries: &[Entry], (head, differ): Journal<'_>, ground: &Ground) -> String {
    let (language, zone) = (ground.language, ground.config.rules.calendar.time_zone());
    let [name, title, unit, deadline, work, time] = row.cells(language);
    let quote = found.quote.as_ref().map(|quote| show::quote_words(quote, language)).unwrap_or_default();
    let mut text = say!(language, "BIÊN BẢN THEO DÕI, ĐÔN ĐỐC\n\n", "RECORD OF FOLLOW-UP\n\n");
    text += &explain::block(
        "",
        &[
            (say!(language, "Cơ quan", "Office"), ground.config.rules.office.name.clone()),
            (say!(language, "Nhiệm vụ", "Assignment"), format!("{name} – {title}")),
            (say!(language, "Văn bản", "Dispatch"), dispatch(&row.row, language)),
            (say!(language, "Trích văn bản", "Words of the dispatch"), quote),
            (say!(language, "Đơn vị chủ trì", "Lead unit"), unit),
            (say!(language, "Thời hạn", "Deadline"), deadline + &show::beside_extended(found, row, language).unwrap_or_default()),
            (say!(language, "Tình hình", "Work"), work),
            (say!(language, "Theo thời hạn", "Time"), time),
            (say!(language, "Lập lúc", "Made"), explain::full_moment(ground.now, zone, language)),
        ],
    );
    for (at, entry) in entries.iter().enumerate() {
        let number = at + 1;
        let when = moment(entry.at, zone);
        let by = if entry.channel.is_empty() { String::new() } else { format!(" ({})", entry.channel) };
        let person = if entry.person.is_empty() { String::new() } else { format!(": {}{by}", entry.person) };
        text += &format!("\n{number:>3}. {when}  {}{person}\n", entry.what);
        let lines = [&entry.step, &entry.outcome, &entry.details, &entry.key];
        for line in lines.into_iter().filter(|line| !line.is_empty()) {
            text += &format!("     {}\n", one_line(line));
        }
    }
    let (rows, hash) = head;
    text += "\n";
    if !differ.is_empty() {
        text += &say!(
            language,
            "CẢNH BÁO: biên bản này khác với nhật ký, cơ sở dữ liệu có thể đã bị sửa:\n",
            "WARNING: this record differs from the journal; the database may have been edited:\n"
        );
        for one in differ {
            text += &format!("  {}\n", contradiction(one, ground));
        }
        text += "\n";
    }
    text += &say!(
        language,
        "Nhật ký tại thời điểm lập: dòng {rows}, mã kiểm tra {hash}\n\
         Kiểm tra nhật ký: dondoc verify --head {rows}:{hash}\n\
         Đã so với nhật ký: thời điểm nhập nhiệm vụ, tình hình và thời hạn; mỗi tin đã gửi, bị từ chối hay đang giữ, lúc nào, vì sao, cho ai, qua kênh nào, qua mấy lần gửi; lần nhắc \
         nào không gửi; phản hồi và cách nhận phản hồi, gia hạn và số liệu.\n\
         Nhật ký không giữ, nên biên bản không bảo đảm: tiêu đề tin, tên gọi, đơn vị chủ trì, lời văn của thời hạn, thời hạn do \
         phiên bản trước ghi, cho đến lần đổi đầu tiên, thông báo do phiên bản trước ghi hoặc không do phản hồi, khi nằm chung tin với \
         nhiệm vụ khác hoặc chưa vào tin nào, giá trị của số liệu nhập lần đầu, ngày và nguồn của số \
         liệu có trong phản hồi, lý do một lần nhắc không chuyển được, và phần còn lại.\n",
        "Journal when this was made: row {rows}, hash {hash}\n\
         To check the journal: dondoc verify --head {rows}:{hash}\n\
         Compared with the journal: since when the assignment is known, its work and its deadline; of every message whether it was sent, refused or held, when, why, to whom, over which channel and \
         in how many attempts; which reminders were not sent; replies and the way they came, extensions and figures.\n\
         The journal does not hold, and this record does not vouch for: the subjects, the names, the lead unit, the wording of \
         the deadline, a deadline that an older version recorded, up to its first change, a notice that an older version recorded or \
         that no reply brought, where it shares its message with other assignments or is in none, the value of a figure as it was first \
         imported, the day and the source of a figure in a reply, why a reminder reached nobody, and the rest.\n"
    );
    text
}

/// A note may have line breaks of its own.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn to_json(found: &Timeline, row: &Row, entries: &[Entry], (head, differ): Journal<'_>, ground: &Ground) -> Value {
    let zone = ground.config.rules.calendar.time_zone();
    let mut object = row.to_json();
    let line = |entry: &Entry| {
        json!({ "at": rfc3339(entry.at, zone), "what": entry.what, "step": entry.step, "person": entry.person,
            "channel": entry.channel, "outcome": entry.outcome, "details": entry.details, "message": entry.key })
    };
    object.insert("quote".to_owned(), found.quote.as_ref().map(show::quote_json).into());
    object.insert("record".to_owned(), entries.iter().map(line).collect());
    object.insert("journal".to_owned(), json!({ "rows": head.0, "hash": head.1 }));
    let differs = differ.iter().map(|one| json!(contradiction(one, ground)));
    object.insert("differs".to_owned(), differs.collect());
    Value::Object(object)
}
