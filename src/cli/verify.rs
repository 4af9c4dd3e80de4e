//! `verify`: walks the journal's hash chain.

use clap::Args;
use serde_json::json;

use super::common::{Form, Ground};
use super::failure::Failure;
use super::print;
use crate::domain::rules::Language;
use crate::store::verify::{self, Anchor, Flaw};
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Walk the journal's hash chain and stop at the first row that was changed,
deleted, inserted, swapped or cut off.

Whoever may write the store may write the chain anew with its last row. A head
that was kept elsewhere shows that too: the head that this command prints, or
that stands at the end of an exported record; give it back as --head
NUMBER:HASH. What was written after the last head that is kept elsewhere is not
guarded by it.

Examples:
  dondoc verify
  dondoc verify --head 4711:9f86d081884c7d659a2f…
  dondoc verify --json
      {\"ok\": true, \"rows\": 4711, \"first_bad\": null, \"head\": \"4711:9f86…\"}

Exit codes: 0 the journal is whole, 1 a row does not match.";

/// `verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// A head that was kept elsewhere
    #[arg(long, value_name = "NUMBER:HASH", value_parser = anchor)]
    head: Option<Anchor>,
}

fn anchor(text: &str) -> Result<Anchor, String> {
    Anchor::parse(text).ok_or_else(|| "write the number of the row and its hash, as `dondoc verify` printed them".to_owned())
}

/// Exit 1 at the first row that does not match.
///
/// # Errors
/// When there is no store, or a row does not match.
pub async fn run(ground: &Ground, args: &Verify) -> Result<(), Failure> {
    let store = ground.open().await?;
    let report = verify::verify_from(&store, args.head.as_ref()).await?;
    let head = format!("{}:{}", report.rows, report.hash);
    let language = ground.language;
    let rows = report.rows;
    if ground.form == Form::Json {
        let first_bad = report.first_bad.as_ref().map(|(row, why)| json!({ "row": row, "why": words(*why, *row, Language::En) }));
        print::json(&json!({ "ok": report.first_bad.is_none(), "rows": rows, "first_bad": first_bad, "head": head }));
    } else if report.first_bad.is_none() {
        print::data(&say!(
            language,
            "Nhật ký nguyên vẹn: {rows} dòng.\nMốc để giữ ở nơi khác: {head}\n",
            "The journal is whole: {rows} rows.\nIts head, to be kept elsewhere: {head}\n"
        ));
    }
    let Some((row, why)) = report.first_bad else { return Ok(()) };
    let has_no_end = why == Flaw::NoEnd;
    let why = words(why, row, language);
    let message = if has_no_end {
        say!(
            language,
            "{why}; {rows} dòng đang có khớp với nhau, nhưng có thể thiếu các dòng sau đó",
            "{why}; the rows that are there ({rows}) match each other, and others may be missing after them"
        )
    } else {
        say!(
            language,
            "nhật ký đã bị sửa ở dòng {row}: {why}; {rows} dòng trước đó còn nguyên",
            "the journal was altered at row {row}: {why}; the {rows} rows before it are whole"
        )
    };
    let help = say!(
        language,
        "giữ lại tệp này làm chứng cứ, so với bản sao lưu và khôi phục từ bản sao lưu đó",
        "keep this store as evidence, compare it with a backup and put that back"
    );
    Err(Failure::refused(message, help))
}

fn words(flaw: Flaw, row: i64, language: Language) -> String {
    match flaw {
        Flaw::Missing { follows } => {
            say!(language, "thiếu dòng {row}, tiếp theo là dòng {follows}", "row {row} is missing, row {follows} follows")
        }
        Flaw::InFront => say!(language, "dòng {row} bị chèn vào trước dòng đầu", "row {row} was put in front of the first row"),
        Flaw::Foreign => {
            say!(language, "dòng {row} có giá trị không đúng kiểu dữ liệu", "row {row} holds a value of a type that no entry has")
        }
        Flaw::Changed => say!(
            language,
            "dòng {row} không khớp mã băm: dòng này hoặc dòng liền trước đã bị sửa",
            "row {row} does not match its hash: it or the row before it was changed"
        ),
        Flaw::Rewritten => say!(
            language,
            "dòng {row} không phải dòng có mã băm đã giữ: dòng này hoặc một dòng trước đó đã bị ghi lại",
            "row {row} is not the one whose hash was kept: it or a row before it was written anew"
        ),
        Flaw::CutOff { to } => {
            say!(language, "thiếu các dòng từ {row} đến {to} ở cuối", "rows {row} to {to} are missing at the end")
        }
        Flaw::TooLong => say!(language, "nhật ký phải kết thúc trước dòng {row}", "the journal should end before row {row}"),
        Flaw::NoEnd => say!(
            language,
            "kho dữ liệu không còn cho biết nhật ký kết thúc ở đâu: mục đó đã bị xóa hoặc bị sửa",
            "the store does not tell any more where its journal ends: that was deleted or altered"
        ),
        Flaw::OtherEnd => {
            say!(language, "dòng {row} không phải dòng cuối đã ghi nhận", "row {row} is not the one the journal ended with")
        }
    }
}
