//! `[web]`: where messages are answered.

use url::Url;

use super::WebSettings;
use super::channels::{Reach, http_address, leads_to_loopback};
use super::parse::Surroundings;
use crate::diagnostic::quoted;
use crate::tree::{Table, say};

/// Reads the section. Without `public_url` or key no message speaks of the page; both are only missing, not wrong.
pub(super) fn read(table: Table<'_>, within: &Surroundings) -> Option<WebSettings> {
    let problems = table.problems();
    let language = problems.language;
    table.require(&["listen"]);
    let listen = table.str("listen");
    let written = table.str("public_url");
    let public_url = written.as_ref().and_then(|text| http_address(text, Reach::Public, problems));
    if !table.has("public_url") {
        let message = say!(
            language,
            "[web] không có public_url, nên tin không có liên kết trả lời",
            "[web] has no public_url, so messages carry no link to answer by"
        );
        let help = say!(
            language,
            "thêm public_url = \"https://…\", địa chỉ mà trình duyệt của người nhận mở được",
            "add public_url = \"https://…\", the address the recipients' browsers reach"
        );
        problems.warning("no-public-url", table.span(), message, help);
    } else if within.credentials.link_key.is_none() {
        let message = say!(
            language,
            "[web] không có credential \"link-key\", nên tin không có liên kết trả lời",
            "[web] has no credential \"link-key\", so messages carry no link to answer by"
        );
        let help = say!(
            language,
            "tạo khóa: openssl rand -hex 32, ghi vào tệp link-key trong $CREDENTIALS_DIRECTORY hoặc thư mục credentials/",
            "make a key: openssl rand -hex 32, and put it in the file link-key in $CREDENTIALS_DIRECTORY or credentials/"
        );
        problems.warning("no-link-key", table.span(), message, help);
    }
    let open = public_url.as_deref().and_then(|url| Url::parse(url).ok());
    if let (Some(written), true) = (&written, open.is_some_and(|url| url.scheme() == "http" && !leads_to_loopback(&url))) {
        let message = say!(
            language,
            "trang trả lời không có TLS: ai đọc được đường truyền thì trả lời thay được, và trình duyệt không cho biết đủ để tính ngay một trả lời",
            "the page has no TLS: whoever reads the wire can answer in somebody's name, and browsers do not say enough for an answer to count at once"
        );
        let help = say!(
            language,
            "đặt nginx hoặc Caddy có chứng chỉ phía trước, và viết https://",
            "put nginx or Caddy with a certificate in front, and write https://"
        );
        problems.warning("page-without-tls", written.span, message, help);
    }
    table.finish();
    let listen = listen?;
    let Ok(address) = listen.value.parse() else {
        let shown = quoted(&listen.value);
        let message = say!(language, "{shown} không phải địa chỉ và cổng", "{shown} is not an address and a port");
        let help = say!(language, "viết ví dụ \"127.0.0.1:8080\"", "write e.g. \"127.0.0.1:8080\"");
        problems.error_with_help("bad-value", listen.span, message, help);
        return None;
    };
    Some(WebSettings { listen: address, public_url })
}
