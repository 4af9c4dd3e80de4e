//! Words in the language of the command: failures of the store, the two axes.

use crate::domain::directive::{TimeStatus, Work};
use crate::domain::rules::Language;
use crate::engine::standing::Standing;
use crate::store::StoreError;

/// What is wrong with the store, and the mend.
pub fn of_store(error: &StoreError, language: Language) -> (String, String) {
    let said = match language {
        Language::Vi => vietnamese(error),
        Language::En => None,
    };
    said.unwrap_or_else(|| {
        let text = error.to_string();
        match text.split_once("; ") {
            Some((what, mend)) => (what.to_owned(), mend.to_owned()),
            None => (text, "try again; look at the store's place and rights with `dondoc check`".to_owned()),
        }
    })
}

fn vietnamese(error: &StoreError) -> Option<(String, String)> {
    let (what, mend) = match error {
        StoreError::Missing { place } => {
            (format!("chưa có cơ sở dữ liệu tại {place}"), "chạy dondoc import TỆP hoặc dondoc run trước".to_owned())
        }
        StoreError::NotAStore { place } => (
            format!("{place} không phải cơ sở dữ liệu của dondoc"),
            "ghi tệp hoặc cơ sở dữ liệu khác ở url của mục [store]".to_owned(),
        ),
        StoreError::BadUrl { why } => {
            (format!("url của mục [store] không phải địa chỉ postgres:// dùng được: {why}"), "sửa url".to_owned())
        }
        StoreError::NewerSchema { found, known } => (
            format!("cơ sở dữ liệu ở phiên bản {found}, bản dondoc này chỉ biết đến {known}"),
            "cài bản dondoc mới hơn; chưa có gì bị thay đổi".to_owned(),
        ),
        StoreError::OlderSchema { found, known } => (
            format!("cơ sở dữ liệu ở phiên bản {found}, bản dondoc này cần {known}"),
            "chạy dondoc run một lần để nâng cấp".to_owned(),
        ),
        StoreError::AnotherDaemon { place } => (
            format!("một tiến trình dondoc run khác đang giữ {place}"),
            "dừng tiến trình đó, hoặc dùng cơ sở dữ liệu riêng".to_owned(),
        ),
        StoreError::File { place, source, .. } => (
            format!("không dùng được {place}: {source}"),
            "cấp quyền đọc và ghi cho người chạy dondoc, hoặc ghi chỗ khác ở url của mục [store]".to_owned(),
        ),
        StoreError::Unreachable { place, why, .. } => (
            format!("không mở được cơ sở dữ liệu {place}: {why}"),
            "kiểm tra url của mục [store], quyền của tệp và thư mục, hoặc máy chủ cơ sở dữ liệu".to_owned(),
        ),
        StoreError::ReadOnly => (
            "cơ sở dữ liệu chỉ đọc được, không ghi được".to_owned(),
            "cấp quyền ghi cho người chạy dondoc (với tệp: cả thư mục chứa tệp)".to_owned(),
        ),
        StoreError::DiskFull => {
            ("ổ đĩa chứa cơ sở dữ liệu đã đầy".to_owned(), "giải phóng dung lượng; những gì đã ghi vẫn còn".to_owned())
        }
        StoreError::Busy => ("một tiến trình khác đang ghi vào cơ sở dữ liệu".to_owned(), "thử lại sau ít phút".to_owned()),
        StoreError::Corrupt { why } => (
            format!("tệp cơ sở dữ liệu bị hỏng ({why})"),
            "giữ lại tệp và khôi phục từ bản sao lưu; không có gì được tạo mới".to_owned(),
        ),
        StoreError::Unknown { what, name } => {
            let what = match *what {
                "dispatch" => "văn bản",
                "directive" => "nội dung",
                "assignment" => "nhiệm vụ",
                other => other,
            };
            (format!("không có {what} nào tên \"{name}\""), "xem tên bằng dondoc list".to_owned())
        }
        StoreError::Ambiguous { name, candidates } => {
            (format!("\"{name}\" chỉ nhiều nơi"), format!("dùng một trong các tên dài: {}", candidates.join(", ")))
        }
        _ => return None,
    };
    Some((what, mend))
}

/// The work axis, short enough for a column.
pub const fn work(work: Work, language: Language) -> &'static str {
    match (work, language) {
        (Work::NotAcknowledged, Language::Vi) => "chưa tiếp nhận",
        (Work::Acknowledged, Language::Vi) => "đã tiếp nhận",
        (Work::InProgress, Language::Vi) => "đang thực hiện",
        (Work::Blocked, Language::Vi) => "có vướng mắc",
        (Work::ReportedDone, Language::Vi) => "đã báo cáo, chờ nghiệm thu",
        (Work::Accepted, Language::Vi) => "đã nghiệm thu",
        (Work::Returned, Language::Vi) => "trả lại để hoàn thiện",
        (Work::Withdrawn, Language::Vi) => "không còn hiệu lực",
        (Work::NotAcknowledged, Language::En) => "not acknowledged",
        (Work::Acknowledged, Language::En) => "acknowledged",
        (Work::InProgress, Language::En) => "in progress",
        (Work::Blocked, Language::En) => "blocked",
        (Work::ReportedDone, Language::En) => "reported done",
        (Work::Accepted, Language::En) => "accepted",
        (Work::Returned, Language::En) => "returned",
        (Work::Withdrawn, Language::En) => "withdrawn",
    }
}

/// The time axis, with the days of what is late.
pub fn time(standing: Standing, language: Language) -> String {
    let days = standing.overdue_working_days;
    let word = match (standing.time, language) {
        (TimeStatus::Undated, Language::Vi) => "chưa có hạn",
        (TimeStatus::NotDue, Language::Vi) => "trong hạn",
        (TimeStatus::DueSoon, Language::Vi) => "sắp đến hạn",
        (TimeStatus::DueToday, Language::Vi) => "đến hạn hôm nay",
        (TimeStatus::Overdue, Language::Vi) => "quá hạn",
        (TimeStatus::DoneOnTime, Language::Vi) => "hoàn thành đúng hạn",
        (TimeStatus::DoneLate, Language::Vi) => "hoàn thành quá hạn",
        (TimeStatus::Undated, Language::En) => "undated",
        (TimeStatus::NotDue, Language::En) => "not due",
        (TimeStatus::DueSoon, Language::En) => "due soon",
        (TimeStatus::DueToday, Language::En) => "due today",
        (TimeStatus::Overdue, Language::En) => "overdue",
        (TimeStatus::DoneOnTime, Language::En) => "done on time",
        (TimeStatus::DoneLate, Language::En) => "done late",
    };
    match (days, language) {
        (0, _) => word.to_owned(),
        (_, Language::Vi) => format!("{word} {days:02} ngày làm việc"),
        (1, Language::En) => format!("{word}, 1 working day"),
        (_, Language::En) => format!("{word}, {days} working days"),
    }
}
