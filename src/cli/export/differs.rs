//! How a record tells that it differs from the journal.

use super::super::common::Ground;
use super::super::failure::Failure;
use super::super::row::{day, moment};
use super::{one_line, step};
use crate::domain::rules::Language;
use crate::store::against::{About, Contradiction};
use crate::tree::say;

/// The record is written all the same; whoever asked for it learns that it is not to be trusted.
pub(super) fn differ_not(differ: &[Contradiction], ground: &Ground) -> Result<(), Failure> {
    let language = ground.language;
    if differ.is_empty() {
        return Ok(());
    }
    let count = differ.len();
    let told = differ.iter().map(|one| format!("\n  {}", contradiction(one, ground))).collect::<String>();
    let message = say!(
        language,
        "biên bản khác với nhật ký ở {count:02} chỗ: cơ sở dữ liệu có thể đã bị sửa{told}",
        "the record differs from the journal in {count} places: the database may have been edited{told}"
    );
    let help = say!(
        language,
        "nhật ký là bản gốc: chạy dondoc verify, rồi so với bản sao lưu",
        "the journal is what holds: run `dondoc verify`, then compare with a backup"
    );
    Err(Failure::refused(message, help))
}

/// `tin KEY, kết quả gửi: bảng dữ liệu ghi accepted, nhật ký ghi refused`
pub(super) fn contradiction(one: &Contradiction, ground: &Ground) -> String {
    let (language, zone) = (ground.language, ground.config.rules.calendar.time_zone());
    let about = match &one.about {
        About::Assignment => say!(language, "nhiệm vụ", "the assignment"),
        About::Message(key) => say!(language, "tin {key}", "message {key}"),
        About::Attempt(key, number) => say!(language, "tin {key}, lần gửi {number:02}", "message {key}, attempt {number}"),
        About::Reminder(of, occurrence) => step(of, *occurrence, language),
        About::Reply(at) => {
            let at = moment(*at, zone);
            say!(language, "phản hồi lúc {at}", "reply at {at}")
        }
        About::Extension(at) => {
            let at = moment(*at, zone);
            say!(language, "gia hạn ghi lúc {at}", "extension recorded at {at}")
        }
        About::Figure(as_of) => {
            let as_of = day(*as_of);
            say!(language, "số liệu ngày {as_of}", "figure of {as_of}")
        }
    };
    let (vi, en) = match one.field {
        "state" | "verdict" => ("kết quả gửi", "outcome"),
        "reason" => ("lý do", "reason"),
        "packed_at" => ("lúc soạn", "made at"),
        "ended_at" => ("kết thúc lúc", "ended at"),
        "kind" => ("loại tin", "kind"),
        "trial" => ("chạy thử", "trial"),
        "moment" => ("mốc", "moment"),
        "due_at" => ("được gửi từ", "due at"),
        "value" => ("giá trị", "value"),
        "source" => ("nguồn", "source"),
        "settled_at" => ("thời điểm gửi", "when"),
        "channel" => ("kênh", "channel"),
        "person" => ("người", "person"),
        "note" => ("nội dung", "note"),
        "document" => ("văn bản", "document"),
        "until" => ("ngày hẹn", "until"),
        "on" => ("tính từ ngày", "as of"),
        "percent" => ("tỷ lệ", "percent"),
        "to" => ("người được giao", "handed to"),
        "to_unit" => ("đơn vị", "unit"),
        "doubt" => ("mức xác thực", "confirmation"),
        "undone_at" => ("hủy lúc", "taken back at"),
        "new_last_day" => ("hạn mới", "new deadline"),
        "basis" => ("căn cứ", "basis"),
        "old_last_day" => ("hạn trước đó", "deadline before"),
        "by" => ("nhận qua", "heard by"),
        "via" => ("nhập qua", "entered by way of"),
        "confirmed_at" => ("xác nhận lúc", "confirmed at"),
        "reminders" => ("số của các lần nhắc trong tin", "numbers of the reminders it carries"),
        "known_at" => ("thời điểm nhập", "known since"),
        "deadline" => ("thời hạn", "deadline"),
        "work" => ("tình hình", "work"),
        "paused_until" => ("tạm dừng đến", "on hold until"),
        "blocked_by" => ("số của đơn vị phải chờ", "number of the unit waited for"),
        _ => ("việc ghi nhận", "the fact itself"),
    };
    let field = if language == Language::Vi { vi } else { en };
    let nothing = || say!(language, "không có", "nothing");
    let said = |value: &Option<String>| value.as_deref().map_or_else(nothing, one_line);
    let (table, journal) = (said(&one.table), said(&one.journal));
    say!(
        language,
        "{about}, {field}: bảng dữ liệu ghi {table}, nhật ký ghi {journal}",
        "{about}, {field}: the table says {table}, the journal {journal}"
    )
}
