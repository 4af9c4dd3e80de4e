//! Words in the language of the command: failures of the store, the two axes, what happened to an assignment.

use crate::channel::wording::{self, held_reason};
use crate::domain::delivery::MessageState;
use crate::domain::directive::{TimeStatus, Work};
use crate::domain::guard::Guard;
use crate::domain::reminder::{Notice, ReminderState, StepRef};
use crate::domain::reply::ReplyKind;
use crate::domain::rules::Language;
use crate::engine::standing::Standing;
use crate::store::StoreError;
use crate::store::corrections::CorrectionLine;
use crate::store::guards::GuardRow;
use crate::tree::say;

/// What facts did to a deadline that stood already, or that waited for its day.
pub fn correction(line: &CorrectionLine, language: Language) -> String {
    match line.old {
        Some(_) => say!(language, "Đính chính thời hạn", "Deadline corrected"),
        None => say!(language, "Xác định thời hạn", "Deadline known"),
    }
}

/// What is wrong with the store, and the mend.
pub fn of_store(error: &StoreError, language: Language) -> (String, String) {
    if let StoreError::Database(source) = error {
        return of_database(source, language);
    }
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

/// What the database said that has no word of its own: of a store that was tampered with, or of anything else.
fn of_database(error: &sqlx::Error, language: Language) -> (String, String) {
    let restore = || {
        say!(
            language,
            "giữ lại kho dữ liệu này làm chứng cứ và khôi phục từ bản sao lưu",
            "keep this store as evidence and put a backup back"
        )
    };
    // Of PostgreSQL a code; SQLite has none for it.
    let lacks_table = error.as_database_error().is_some_and(|said| {
        said.code().is_some_and(|code| matches!(&*code, "42P01" | "42703"))
            || ["no such table", "no such column"].iter().any(|words| said.message().contains(words))
    });
    if lacks_table {
        let what = say!(
            language,
            "kho dữ liệu thiếu một bảng hoặc cột, đã bị sửa từ bên ngoài ({error})",
            "a table or column of the store is missing: it was changed from outside ({error})"
        );
        return (what, restore());
    }
    if matches!(error, sqlx::Error::ColumnDecode { .. }) {
        let what = say!(
            language,
            "kho dữ liệu có giá trị sai kiểu, dondoc không bao giờ ghi như vậy ({error})",
            "the store holds a value of a type that no dondoc writes ({error})"
        );
        return (what, restore());
    }
    let what = say!(language, "cơ sở dữ liệu báo: {error}", "the store answered: {error}");
    let help = say!(
        language,
        "thử lại; kiểm tra vị trí và quyền của cơ sở dữ liệu bằng dondoc check",
        "try again; look at the store's place and rights with `dondoc check`"
    );
    (what, help)
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
        StoreError::Network { place, kind } => (
            format!("{place} nằm trên ổ đĩa mạng ({kind}), nơi SQLite không bảo đảm an toàn dữ liệu"),
            "ghi url của mục [store] vào ổ đĩa của chính máy này, hoặc dùng PostgreSQL".to_owned(),
        ),
        StoreError::ReadOnly => (
            "cơ sở dữ liệu chỉ đọc được, không ghi được".to_owned(),
            "cấp quyền ghi cho người chạy dondoc (với tệp: cả thư mục chứa tệp)".to_owned(),
        ),
        StoreError::Denied { why } => (
            format!("người dùng cơ sở dữ liệu này không có quyền làm việc đó ({why})"),
            "cấp đủ quyền trên các bảng của dondoc, và cấp lại sau lần nâng cấp tạo lại bảng".to_owned(),
        ),
        StoreError::DiskFull => {
            ("ổ đĩa chứa cơ sở dữ liệu đã đầy".to_owned(), "giải phóng dung lượng; những gì đã ghi vẫn còn".to_owned())
        }
        StoreError::Disk { why } => (
            format!("ổ đĩa không đọc hoặc không ghi được tệp cơ sở dữ liệu ({why})"),
            "kiểm tra ổ đĩa và hệ thống tệp; tệp được kiểm tra lại trước khi ghi tiếp".to_owned(),
        ),
        StoreError::Busy => ("một tiến trình khác đang ghi vào cơ sở dữ liệu".to_owned(), "thử lại sau ít phút".to_owned()),
        StoreError::Lost { why } => {
            (format!("cơ sở dữ liệu không trả lời ({why})"), "thử lại sau ít phút; những gì đã ghi vẫn còn".to_owned())
        }
        StoreError::Corrupt { why } => (
            format!("tệp cơ sở dữ liệu bị hỏng ({why})"),
            "giữ lại tệp và khôi phục từ bản sao lưu; không có gì được tạo mới".to_owned(),
        ),
        StoreError::Damaged { column, value } => (
            format!("cột {column} có giá trị \"{value}\", dondoc không bao giờ ghi như vậy"),
            "giữ lại kho dữ liệu làm chứng cứ và khôi phục từ bản sao lưu; dondoc verify cho biết nhật ký có bị sửa không"
                .to_owned(),
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

const fn pick(language: Language, vi: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}

/// What somebody answered.
pub const fn reply(kind: ReplyKind, language: Language) -> &'static str {
    let (vi, en) = match kind {
        ReplyKind::Acknowledge => ("xác nhận tiếp nhận", "acknowledged"),
        ReplyKind::Progress => ("cập nhật tiến độ", "progress"),
        ReplyKind::Done => ("báo cáo hoàn thành", "done"),
        ReplyKind::Extend => ("đề nghị gia hạn", "asks for an extension"),
        ReplyKind::Grant => ("đồng ý gia hạn", "extension granted"),
        ReplyKind::Refuse => ("không đồng ý gia hạn", "extension refused"),
        ReplyKind::NotOurs => ("không thuộc trách nhiệm", "not ours"),
        ReplyKind::Assign => ("giao người thực hiện", "assigned"),
        ReplyKind::Accept => ("nghiệm thu", "accepted"),
        ReplyKind::Return => ("trả lại để hoàn thiện", "returned"),
        ReplyKind::Withdraw => ("không còn hiệu lực", "withdrawn"),
        ReplyKind::Blocked => ("có vướng mắc", "blocked"),
        ReplyKind::Transfer => ("chuyển đơn vị khác", "transferred"),
        ReplyKind::Hold => ("tạm dừng đôn đốc", "on hold"),
    };
    pick(language, vi, en)
}

/// A step, the courtesy before it, or what the house itself had to tell.
pub fn step(step: &StepRef, language: Language) -> String {
    let (vi, en) = match step {
        StepRef::Step(name) => return format!("{} {name}", pick(language, "Bậc", "Step")),
        StepRef::Courtesy(name) => return format!("{} {name}", pick(language, "Báo trước bậc", "Courtesy before step")),
        StepRef::Notice(Notice::Dispute) => ("Báo việc được trả lời không thuộc trách nhiệm", "Notice: not theirs"),
        StepRef::Notice(Notice::ExtensionAsked) => ("Báo đề nghị gia hạn", "Notice: extension asked"),
        StepRef::Notice(Notice::ExtensionGranted) => ("Báo đồng ý gia hạn", "Notice: extension granted"),
        StepRef::Notice(Notice::ExtensionRefused) => ("Báo không đồng ý gia hạn", "Notice: extension refused"),
        StepRef::Notice(Notice::Returned) => ("Báo trả lại để hoàn thiện", "Notice: returned"),
        StepRef::Notice(Notice::TakenBack) => ("Báo phản hồi đã được hủy", "Notice: answer taken back"),
        StepRef::Notice(Notice::Vacancy) => ("Báo vị trí chưa có người", "Notice: nobody in the position"),
        StepRef::Notice(Notice::ChatDead) => ("Báo tài khoản Telegram không nhận tin", "Notice: Telegram account is dead"),
        StepRef::Notice(Notice::Held) => ("Báo tin chưa gửi được", "Notice: message held"),
        StepRef::Notice(Notice::Brief) => ("Báo cáo tuần", "Weekly brief"),
        StepRef::Notice(Notice::Blocked) => ("Báo có vướng mắc", "Notice: blocked"),
        StepRef::Notice(Notice::Unblocked) => ("Báo không còn vướng mắc", "Notice: no longer blocked"),
        StepRef::Notice(Notice::OnHold) => ("Báo tạm dừng đôn đốc", "Notice: on hold"),
        StepRef::Notice(Notice::Withdrawn) => ("Báo không còn hiệu lực", "Notice: withdrawn"),
        StepRef::Notice(Notice::Transferred) => ("Báo chuyển đơn vị khác", "Notice: transferred"),
        StepRef::Notice(Notice::Guard) => ("Báo tình trạng vận hành", "Notice: operation"),
        StepRef::Notice(Notice::Coordinating) => ("Báo đơn vị phối hợp", "Notice: coordinating units"),
    };
    pick(language, vi, en).to_owned()
}

/// A guard that stands, and how it is lifted.
pub const fn guard(guard: Guard, language: Language) -> (&'static str, &'static str) {
    match (guard, language) {
        (Guard::Pause, Language::Vi) => ("tạm dừng gửi tin", "dondoc resume"),
        (Guard::Pause, Language::En) => ("paused", "dondoc resume"),
        (Guard::Clone, Language::Vi) => ("kho dữ liệu sao chép hoặc phục hồi", "dondoc confirm"),
        (Guard::Clone, Language::En) => ("a copied or restored store", "dondoc confirm"),
        (Guard::SentLog, Language::Vi) => (
            "chưa biết chắc tin nào đã gửi, dữ liệu còn đủ không",
            "xem lý do, khắc phục rồi khởi động lại; sau đó dondoc confirm",
        ),
        (Guard::SentLog, Language::En) => {
            ("what has left, or was recorded, is not certain", "mend what the reason names and restart; then dondoc confirm")
        }
        (Guard::Clock, Language::Vi) => ("giờ của máy chủ có thể sai", "chỉnh giờ của máy; giờ đúng rồi: dondoc confirm clock"),
        (Guard::Clock, Language::En) => ("the clock may be wrong", "set the clock; where it is right: dondoc confirm clock"),
        (Guard::Storm, Language::Vi) => ("số tin cho một người vượt dự kiến", "dondoc confirm storm"),
        (Guard::Storm, Language::En) => ("far more messages than foreseen", "dondoc confirm storm"),
        (Guard::Row, Language::Vi) => ("một nội dung không xử lý được", "xem nhật ký của dịch vụ"),
        (Guard::Row, Language::En) => ("a row that cannot be handled", "see the log of the service"),
        (Guard::Token, Language::Vi) => ("token Telegram đang được dùng ở nơi khác", "dừng chương trình đó hoặc thay token"),
        (Guard::Token, Language::En) => ("the Telegram token is used elsewhere", "stop that program or revoke the token"),
        (Guard::Calendar, Language::Vi) => ("lịch nghỉ năm tới chưa được công bố", "bổ sung [calendar] khi có thông báo"),
        (Guard::Calendar, Language::En) => {
            ("the holidays of next year are not announced", "add them to [calendar] once they are")
        }
    }
}

/// What an operator has confirmed by lifting a guard.
pub const fn confirmed(guarded: Guard, language: Language) -> &'static str {
    match (guarded, language) {
        (Guard::Clone, Language::Vi) => "kho dữ liệu này là kho được dùng để gửi tin",
        (Guard::Clone, Language::En) => "this store is the one that sends",
        (Guard::SentLog, Language::Vi) => "việc gửi tiếp tục theo dữ liệu đang có",
        (Guard::SentLog, Language::En) => "sending goes on from what is recorded here",
        (Guard::Clock, Language::Vi) => "giờ của máy chủ là đúng",
        (Guard::Clock, Language::En) => "the clock is right",
        (Guard::Storm, Language::Vi) => "số tin này là đúng",
        (Guard::Storm, Language::En) => "that many messages are right",
        _ => guard(guarded, language).0,
    }
}

/// Why a guard stands: a word of the program in plain language, the words of a person as they are.
pub fn guard_note(row: &GuardRow, language: Language) -> String {
    let (vi, en) = match (row.guard, row.note.as_deref().unwrap_or_default()) {
        (Guard::Clock, note) => return wording::clock_doubt(note, language),
        (Guard::Clone, "no-marker") => {
            ("không có tệp house.txt trong thư mục trạng thái", "house.txt is missing in the state folder")
        }
        (Guard::Clone, "other-store") => ("tệp house.txt là của kho dữ liệu khác", "house.txt belongs to another store"),
        (Guard::Clone, "other-machine") => ("kho dữ liệu đã dùng trên máy khác", "the store was used on another machine"),
        (Guard::Clone, "other-place") => ("kho dữ liệu đã dùng ở vị trí khác", "the store was used in another place"),
        (Guard::Clone, "copied") => ("thư mục trạng thái được sao chép hoặc phục hồi", "the state folder was copied or restored"),
        (Guard::Clone, "log-behind") => {
            ("kho dữ liệu đã gửi tin mà sent.log ở đây không có", "the store has sent what sent.log here does not know")
        }
        (Guard::SentLog, "set-back") => (
            "kho dữ liệu mất phần đã ghi gần nhất mà không có ai phục hồi bản sao lưu",
            "the store has lost what was recorded last, and nobody put a backup back",
        ),
        (Guard::SentLog, "log-gone") => ("không còn tệp sent.log; đặt lại nếu có", "sent.log is gone; put it back if you can"),
        (Guard::SentLog, "other-logs") => {
            ("cơ sở dữ liệu được phục hồi; cần khởi động mọi tiến trình", "the database was restored; start every replica")
        }
        (_, note) => return note.to_owned(),
    };
    pick(language, vi, en).to_owned()
}

/// Where a reminder stands.
pub const fn reminder_state(state: ReminderState, language: Language) -> &'static str {
    let (vi, en) = match state {
        ReminderState::Queued => ("chờ gửi", "queued"),
        ReminderState::Carried => ("đã vào tin, chờ kết quả gửi", "in a message"),
        ReminderState::Delivered => ("đã chuyển", "delivered"),
        ReminderState::Undeliverable => ("không chuyển được", "undeliverable"),
        ReminderState::Merged => ("gộp vào lần nhắc sau", "merged into a later one"),
        ReminderState::Missed => ("đã qua trước khi có quy tắc", "passed before the rule existed"),
        ReminderState::Answered => ("không gửi nữa", "not sent"),
        ReminderState::Cancelled => ("đã hủy", "cancelled"),
    };
    pick(language, vi, en)
}

/// Where a message stands.
pub const fn message_state(state: MessageState, language: Language) -> &'static str {
    let (vi, en) = match state {
        MessageState::Queued => ("chờ gửi", "queued"),
        MessageState::Sending => ("đang gửi", "being sent"),
        MessageState::Uncertain => ("đã gửi, chưa rõ kết quả", "sent, answer unknown"),
        MessageState::Deferred => ("sẽ gửi lại", "to be tried again"),
        MessageState::Accepted => ("đã gửi", "sent"),
        MessageState::Refused => ("bị từ chối", "refused"),
        MessageState::Cancelled => ("đã hủy", "cancelled"),
        MessageState::Held => ("đang giữ, chờ xử lý", "held for a person"),
    };
    pick(language, vi, en)
}

/// Why something stands where it does; nothing where the state has said it already, and what a channel said as it is.
pub fn reason(code: &str, language: Language) -> String {
    let (vi, en) = match code {
        "moment-came" | "routed" | "accepted" | "merged" | "sending" | "missed: rule is newer" => return String::new(),
        "answered" => ("đã có trả lời", "answered"),
        "caught-up" | "caught-up-in-turn" => ("gửi bù", "caught up"),
        "promise-broken" => ("quá ngày đã hẹn", "a promised date passed"),
        "silenced" | "state-changed" => ("tình hình đã khác, không cần nhắc", "no longer called for"),
        "made-anew" => ("được soạn lại cùng những việc vừa đến hạn", "made anew with what came due since"),
        "closed" => ("nhiệm vụ đã kết thúc", "the assignment is closed"),
        "held-by-promise" => ("chờ đến ngày đã hẹn", "waits for the promised date"),
        "paused" => ("đang tạm dừng", "paused"),
        "held-by-block" => ("đơn vị báo vướng mắc, tạm chờ", "waits while the unit is blocked"),
        "told-otherwise" => ("người nhận đã được báo trong tin khác", "its people are told otherwise"),
        "waits-for-courtesy" => ("đã báo trước, chờ trả lời", "announced, waits for an answer"),
        "not-followed" => ("không thuộc diện đôn đốc", "not pressed"),
        "repeat-ended" => ("không nhắc lại nữa", "it does not come again"),
        "anchor-moved" => ("thời hạn hoặc mốc tính đã thay đổi", "its deadline or event has changed"),
        "calendar-provisional" => ("lịch nghỉ năm tới chưa được công bố", "the holidays of next year are not announced"),
        "trial-ended" => ("đơn vị đã chuyển sang gửi thật", "its unit is live now"),
        "step-gone" => ("quy tắc không còn bậc này", "the rules no longer have this step"),
        code => return held_reason(language, code),
    };
    pick(language, vi, en).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_lets_nobody_in_is_told_in_the_language_asked_for() {
        let told = |language| of_store(&StoreError::from(sqlx::Error::PoolTimedOut), language);
        let (what, mend) = told(Language::Vi);
        assert!(what.starts_with("cơ sở dữ liệu không trả lời") && mend.starts_with("thử lại"), "{what}: {mend}");
        assert!(told(Language::En).0.starts_with("the database does not answer"));
    }

    #[test]
    fn what_happened_is_told_in_words_and_what_a_channel_said_as_it_is() {
        let asked = StepRef::Notice(Notice::ExtensionAsked);
        assert_eq!(step(&asked, Language::Vi), "Báo đề nghị gia hạn");
        assert_eq!(step(&asked, Language::En), "Notice: extension asked");
        assert_eq!(reason("no-channel", Language::Vi), "người nhận không có kênh nhận tin nào dùng được");
        assert_eq!(reason("550 no such user", Language::En), "550 no such user");
        for kind in ReplyKind::ALL {
            assert_ne!(reply(kind, Language::Vi), kind.as_str());
        }
        for state in ReminderState::ALL {
            assert_ne!(reminder_state(state, Language::Vi), state.as_str());
        }
    }
}
