//! What a channel said, in the language of the command, and what can be done about it. The doors speak English to log and journal.

use crate::domain::rules::Language;

/// A sentence of a door: how it begins, in Vietnamese, and the mend in both languages.
struct Known {
    begins: &'static str,
    vi: &'static str,
    mend_vi: &'static str,
    mend_en: &'static str,
}

const fn known(begins: &'static str, vi: &'static str, mend_vi: &'static str, mend_en: &'static str) -> Known {
    Known { begins, vi, mend_vi, mend_en }
}

/// The first that fits holds.
const KNOWN: [Known; 22] = [
    known(
        "the mail server could not be reached",
        "không kết nối được máy chủ thư",
        "kiểm tra server trong [email] (tên máy, cổng), tường lửa, và máy chủ thư có đang chạy không",
        "check server in [email] (name, port), the firewall, and whether the mail server runs",
    ),
    known(
        "the mail server did not greet",
        "máy chủ thư không chào",
        "kiểm tra cổng trong server: 465 cần smtps://, 587 và 25 dùng smtp://",
        "check the port in server: 465 wants smtps://, 587 and 25 smtp://",
    ),
    known(
        "the mail server refused STARTTLS",
        "máy chủ thư không nhận STARTTLS",
        "dùng smtps:// cổng 465, hoặc đề nghị quản trị máy chủ thư bật STARTTLS; thư không bao giờ gửi thay bằng đường không mã hóa",
        "use smtps:// on port 465, or ask for STARTTLS on the mail server; mail never goes unprotected instead",
    ),
    known(
        "the mail server's TLS failed",
        "kết nối TLS với máy chủ thư không thành",
        "ghi đúng tên máy có trong chứng thư vào server; chứng thư hết hạn thì đề nghị gia hạn; chứng thư nội bộ thì khai ca_file",
        "write the name that stands in the certificate into server; have an expired one renewed; name an internal authority in ca_file",
    ),
    known(
        "the mail server did not accept our credentials",
        "máy chủ thư không nhận tên hoặc mật khẩu",
        "ghi lại credential smtp-user và smtp-password; nhiều máy chủ cần mật khẩu ứng dụng riêng",
        "write the credentials smtp-user and smtp-password again; many servers want an application password",
    ),
    known(
        "the mail server did not accept our sender (530",
        "máy chủ thư đòi đăng nhập trước khi gửi",
        "thêm credential smtp-user và smtp-password",
        "add the credentials smtp-user and smtp-password",
    ),
    known(
        "the mail server did not accept our sender",
        "máy chủ thư không nhận địa chỉ gửi",
        "đặt from trong [email] là địa chỉ mà tài khoản này được phép gửi",
        "set from in [email] to an address this account may send from",
    ),
    known(
        "the mail server did not accept the recipient (4",
        "máy chủ thư tạm hoãn người nhận",
        "thử lại sau vài phút; khi chạy, dondoc tự gửi lại",
        "try again in some minutes; the daemon does so by itself",
    ),
    known(
        "the mail server did not accept the recipient",
        "máy chủ thư không nhận địa chỉ người nhận",
        "kiểm tra email của người này trong dữ liệu rồi nhập lại; trong chạy thử, kiểm tra to của [trial]",
        "check this person's email in the facts and import again; in a trial, check to in [trial]",
    ),
    known(
        "the mail server did not accept",
        "máy chủ thư không nhận thư",
        "xem mã trả lời với quản trị máy chủ thư: có thể do lọc thư rác hoặc giới hạn dung lượng",
        "ask the mail server's administrator about the code: a spam filter or a limit may be the cause",
    ),
    known(
        "the mail server stopped taking the mail",
        "máy chủ thư ngắt giữa chừng",
        "thử lại; nếu lặp lại, hỏi quản trị máy chủ thư",
        "try again; if it goes on, ask the mail server's administrator",
    ),
    known(
        "the mail was transmitted",
        "thư đã chuyển nhưng chưa nhận được trả lời của máy chủ",
        "xem hộp thư người nhận: thư có thể đã đến; thử lại sau",
        "look into the mailbox: the mail may have arrived; try again later",
    ),
    known(
        "the mail address is not one",
        "địa chỉ thư không hợp lệ",
        "sửa email của người này trong dữ liệu rồi nhập lại",
        "mend this person's email in the facts and import again",
    ),
    known(
        "the bot token was rejected",
        "Telegram không nhận token của bot",
        "lấy lại token từ @BotFather và ghi vào credential telegram-token",
        "get the token from @BotFather again and write it into the credential telegram-token",
    ),
    known(
        "the chat cannot be reached",
        "bot không gửi được vào cuộc trò chuyện này",
        "đề nghị người nhận mở bot và bấm Bắt đầu (Start), rồi liên kết lại",
        "ask this person to open the bot and press Start, then link the chat anew",
    ),
    known(
        "the chat has moved",
        "nhóm đã chuyển sang mã khác",
        "nhập mã mới của nhóm vào telegram của người này",
        "import the group's new id as this person's telegram",
    ),
    known(
        "the Bot API does not work",
        "không gọi được Telegram Bot API",
        "kiểm tra đường ra Internet, api_url và proxy trong [telegram]",
        "check the way to the Internet, and api_url and proxy in [telegram]",
    ),
    known(
        "too many messages",
        "Telegram tạm giới hạn số tin",
        "thử lại sau một phút; khi chạy, dondoc tự chờ",
        "try again in a minute; the daemon waits by itself",
    ),
    known(
        "the request was sent",
        "yêu cầu đã gửi nhưng chưa nhận được trả lời",
        "xem tin đã đến chưa; thử lại sau",
        "look whether the message arrived; try again later",
    ),
    known(
        "the outbox folder cannot be written",
        "không ghi được vào thư mục [outbox]",
        "cho người dùng chạy dondoc quyền ghi vào thư mục đó",
        "let the user dondoc runs as write into that folder",
    ),
    known(
        "there was no answer within 60 seconds",
        "không có trả lời trong 60 giây",
        "kiểm tra server và tường lửa; thử lại sau",
        "check server and the firewall; try again later",
    ),
    known(
        "",
        "",
        "chạy dondoc check và xem mục của kênh này trong cấu hình",
        "run dondoc check and look at this channel's section",
    ),
];

/// What stands in brackets after some sentences.
const DETAILS: [(&str, &str); 13] = [
    ("connection refused", "bị từ chối kết nối"),
    ("the server hung up", "máy chủ ngắt kết nối"),
    ("the network does not reach it", "mạng không tới được"),
    ("its name is unknown", "không tìm thấy tên máy"),
    ("the connection failed", "kết nối hỏng"),
    ("no answer in time", "không trả lời kịp"),
    ("its answer makes no sense", "trả lời không hiểu được"),
    ("the server offers no STARTTLS", "máy chủ không có STARTTLS"),
    ("its certificate has expired", "chứng thư đã hết hạn"),
    ("its certificate is for another name", "chứng thư mang tên máy khác"),
    ("nobody we trust signed its certificate", "chứng thư không do đơn vị đáng tin cấp"),
    ("its certificate is not valid", "chứng thư không hợp lệ"),
    ("it does not speak the TLS we speak", "máy chủ không dùng phiên bản TLS phù hợp"),
];

fn find(reason: &str) -> &'static Known {
    let last = &KNOWN[KNOWN.len() - 1];
    KNOWN.iter().find(|known| reason.starts_with(known.begins)).unwrap_or(last)
}

/// What the channel said.
pub fn said(reason: &str, language: Language) -> String {
    let known = find(reason);
    if language == Language::En || known.vi.is_empty() {
        return reason.to_owned();
    }
    let inner = reason.split_once(" (").and_then(|(_, rest)| rest.strip_suffix(')'));
    let detail = inner.map(|inner| DETAILS.iter().find(|(en, _)| *en == inner).map_or(inner, |(_, vi)| vi));
    detail.map_or_else(|| known.vi.to_owned(), |detail| format!("{} ({detail})", known.vi))
}

/// What can be done about it.
pub fn of(reason: &str, language: Language) -> &'static str {
    let known = find(reason);
    if language == Language::Vi { known.mend_vi } else { known.mend_en }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_door_said_is_told_in_vietnamese_with_its_mend() {
        let reason = "the mail server could not be reached (connection refused)";
        assert_eq!(said(reason, Language::Vi), "không kết nối được máy chủ thư (bị từ chối kết nối)");
        assert_eq!(said(reason, Language::En), reason);
        let login = "the mail server did not accept our sender (530 5.7.0)";
        assert_eq!(said(login, Language::Vi), "máy chủ thư đòi đăng nhập trước khi gửi (530 5.7.0)");
        assert!(of(login, Language::Vi).contains("smtp-password"));
    }

    #[test]
    fn what_no_door_says_is_told_as_it_is() {
        assert_eq!(said("something new", Language::Vi), "something new");
        assert!(of("something new", Language::En).contains("dondoc check"));
    }
}
