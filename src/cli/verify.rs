//! `verify`: walks the journal's hash chain.

use serde_json::json;

use super::common::{Form, Ground};
use super::failure::Failure;
use super::print;
use crate::store::verify;
use crate::tree::say;

/// Help.
pub const LONG: &str = "\
Walk the journal's hash chain and stop at the first row that was changed, deleted, inserted or swapped.

Examples:
  dondoc verify
  dondoc verify --json        {\"ok\": true, \"rows\": 4711, \"first_bad\": null}

Exit codes: 0 the journal is whole, 1 a row does not match.";

/// Exit 1 at the first row that does not match.
///
/// # Errors
/// When there is no store, or a row does not match.
pub async fn run(ground: &Ground) -> Result<(), Failure> {
    let store = ground.open().await?;
    let report = verify::verify(&store).await?;
    let language = ground.language;
    let rows = report.rows;
    if ground.form == Form::Json {
        let first_bad = report.first_bad.as_ref().map(|(row, why)| json!({ "row": row, "why": why }));
        print::json(&json!({ "ok": report.first_bad.is_none(), "rows": rows, "first_bad": first_bad }));
    } else if report.first_bad.is_none() {
        print::data(&say!(language, "Nhật ký nguyên vẹn: {rows} dòng.\n", "The journal is whole: {rows} rows.\n"));
    }
    let Some((row, why)) = report.first_bad else { return Ok(()) };
    let message = say!(
        language,
        "nhật ký đã bị sửa ở dòng {row}: {why}; {rows} dòng trước đó còn nguyên",
        "the journal was altered at row {row}: {why}; the {rows} rows before it are whole"
    );
    let help = say!(
        language,
        "giữ lại tệp này làm chứng cứ và so với bản sao lưu",
        "keep this store as evidence and compare it with a backup"
    );
    Err(Failure::refused(message, help))
}
