//! `[email]`, `[telegram]`, `[outbox]` and `[web]`.

use std::path::PathBuf;

use secrecy::SecretString;
use url::{Host, Url};

use super::parse::{Surroundings, one_of};
use super::policy::in_range;
use super::{EmailSettings, TelegramSettings, Tls, WebSettings, web};
use crate::diagnostic::{Span, bot_token, quoted};
use crate::domain::policy::ChannelKind;
use crate::tree::{At, Problems, Table, say};

/// What was read of the doors messages leave by.
#[derive(Debug, Default)]
pub(super) struct Doors {
    /// `[email]`
    pub email: Option<EmailSettings>,
    /// `[telegram]`
    pub telegram: Option<TelegramSettings>,
    /// `[outbox]`
    pub outbox: Option<PathBuf>,
    /// `[web]`
    pub web: Option<WebSettings>,
    /// The channels that have a section, whether or not it is sound; all of them with `[outbox]`.
    pub open: Vec<ChannelKind>,
}

/// Connections when the config does not say.
const CONNECTIONS_DEFAULT: u16 = 4;
const API_URL_DEFAULT: &str = "https://api.telegram.org";

/// Reads all four sections.
pub(super) fn read(root: &Table<'_>, within: &Surroundings) -> Doors {
    let outbox = root.table("outbox");
    let mut doors = Doors::default();
    for (key, kind) in [("email", ChannelKind::Email), ("telegram", ChannelKind::Telegram)] {
        if outbox.is_some() || root.has(key) {
            doors.open.push(kind);
        }
    }
    doors.email = root.table("email").and_then(|table| read_email(table, within));
    let quiet = outbox.is_some();
    doors.telegram = root.table("telegram").and_then(|table| read_telegram(table, within, quiet));
    doors.outbox = outbox.and_then(|table| read_outbox(table, within));
    doors.web = root.table("web").and_then(|table| web::read(table, within));
    doors
}

fn read_outbox(table: Table<'_>, within: &Surroundings) -> Option<PathBuf> {
    table.require(&["folder"]);
    let folder = table.str("folder");
    let (problems, span) = (table.problems(), table.span());
    table.finish();
    let folder = folder?;
    let language = problems.language;
    let shown = quoted(&folder.value);
    let message = say!(
        language,
        "không gửi tin nào ra ngoài: mọi tin được ghi vào thư mục {shown}",
        "nothing is sent: every message is written into the folder {shown}",
    );
    let help = say!(language, "bỏ mục [outbox] khi bắt đầu gửi thật", "remove [outbox] to send for real");
    problems.warning("outbox-only", span, message, help);
    Some(within.folder.join(folder.value))
}

fn read_email(table: Table<'_>, within: &Surroundings) -> Option<EmailSettings> {
    let problems = table.problems();
    table.require(&["server", "from"]);
    let starttls =
        table.str("starttls").and_then(|word| one_of(&table, &word, "starttls", &[("required", true), ("none", false)]));
    let server = table.str("server");
    let span = server.as_ref().map_or(table.span(), |server| server.span);
    let place = server.and_then(|server| smtp_place(&server, starttls, problems));
    let from = table.str("from").and_then(|from| mailbox(&from, problems));
    let connections = table.int("connections").and_then(|number| in_range(&table, "connections", &number, 1, 64));
    let per_minute = table.int("per_minute").and_then(|number| in_range(&table, "per_minute", &number, 1, 1_000_000));
    let ca_file = table.str("ca_file").map(|file| within.folder.join(file.value));
    table.finish();
    let (host, port, tls) = place?;
    let login = match (&within.credentials.smtp_user, &within.credentials.smtp_password) {
        (Some(user), Some(password)) => Some((user.clone(), password.clone())),
        _ => None,
    };
    if login.is_some() && tls == Tls::Off && !is_loopback(&host) {
        report_open_login(&host, span, problems);
        return None;
    }
    let from = from?;
    Some(EmailSettings {
        host,
        port,
        tls,
        from_name: from.name,
        from_address: from.address,
        connections: connections.and_then(|count| u16::try_from(count).ok()).unwrap_or(CONNECTIONS_DEFAULT),
        ca_file,
        per_minute: per_minute.and_then(|count| u32::try_from(count).ok()),
        login,
    })
}

fn report_open_login(host: &str, span: Span, problems: &Problems) {
    let language = problems.language;
    let message = say!(
        language,
        "tên và mật khẩu SMTP không được gửi đến {host} khi không có TLS",
        "the SMTP login must not travel to {host} without TLS",
    );
    let help = say!(
        language,
        "dùng smtps://, cổng 587 hoặc starttls = \"required\"; nếu máy chủ không cần đăng nhập, xóa credential smtp-user và smtp-password",
        "use smtps://, port 587 or starttls = \"required\"; if the server needs no login, remove the credentials smtp-user and smtp-password",
    );
    problems.error_with_help("login-without-tls", span, message, help);
}

/// Host, port and protection of `smtp://host:port` or `smtps://host:port`.
fn smtp_place(server: &At<String>, starttls: Option<bool>, problems: &Problems) -> Option<(String, u16, Tls)> {
    let language = problems.language;
    let help = || {
        say!(
            language,
            "viết \"smtp://máy-chủ:587\" (STARTTLS), \"smtps://máy-chủ\" (TLS) hoặc \"smtp://localhost:25\"",
            "write \"smtp://host:587\" (STARTTLS), \"smtps://host\" (TLS) or \"smtp://localhost:25\"",
        )
    };
    let parsed = Url::parse(&server.value).ok().filter(|url| matches!(url.scheme(), "smtp" | "smtps"));
    let Some(url) = parsed else {
        let shown = shown_address(&server.value);
        let message = say!(language, "{shown} không phải địa chỉ máy chủ SMTP", "{shown} is not the address of an SMTP server");
        problems.error_with_help("bad-server", server.span, message, help());
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        report_login_in_address(server.span, "smtp-user, smtp-password", problems);
        return None;
    }
    let host = url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()).filter(|host| is_host(host));
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none() && url.port() != Some(0);
    let Some(host) = host.filter(|_| bare) else {
        let shown = quoted(&server.value);
        let message =
            say!(language, "{shown} thiếu tên máy chủ hoặc có phần thừa", "{shown} lacks a host or has too much behind it");
        problems.error_with_help("bad-server", server.span, message, help());
        return None;
    };
    let implicit = url.scheme() == "smtps";
    let port = url.port().unwrap_or(if implicit { 465 } else { 25 });
    let tls = match starttls {
        _ if implicit || port == 465 => Tls::Implicit,
        Some(true) => Tls::Starttls,
        None if port == 587 => Tls::Starttls,
        _ => Tls::Off,
    };
    if tls == Tls::Implicit && starttls == Some(true) {
        let message = say!(
            language,
            "smtps và cổng 465 dùng TLS ngay từ đầu, không có STARTTLS",
            "smtps and port 465 speak TLS from the start, there is no STARTTLS"
        );
        let help =
            say!(language, "bỏ starttls, hoặc dùng smtp:// với cổng 587", "leave starttls out, or use smtp:// with port 587");
        problems.error_with_help("contradictory-tls", server.span, message, help);
        return None;
    }
    Some((host, port, tls))
}

fn report_login_in_address(span: Span, credentials: &str, problems: &Problems) {
    let language = problems.language;
    let message = say!(
        language,
        "bí mật không được ghi trong tệp này: địa chỉ có tên đăng nhập",
        "secrets do not stand in this file: the address holds a login"
    );
    let help = say!(
        language,
        "bỏ phần trước @, và ghi vào credential {credentials} trong $CREDENTIALS_DIRECTORY hoặc thư mục credentials/",
        "remove what stands before @, and put it in the credentials {credentials} in $CREDENTIALS_DIRECTORY or credentials/",
    );
    problems.error_with_help("secret-in-file", span, message, help);
}

/// An address for messages; what stands before `@` may be a login, what stands behind `?` a token: neither is shown.
fn shown_address(text: &str) -> String {
    let text = text.split_once('?').map_or(text, |(before, _)| before);
    match text.rsplit_once('@') {
        Some((_, rest)) => quoted(&format!("…@{rest}")),
        None => quoted(text),
    }
}

fn is_host(host: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let address = host.parse::<std::net::IpAddr>().is_ok();
    address || (!host.is_empty() && host.len() <= 253 && host.chars().all(name))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A name and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// What stands before the address.
    pub name: Option<String>,
    /// The address.
    pub address: String,
}

/// Reads `Name <address>` or an address.
pub(super) fn mailbox(text: &At<String>, problems: &Problems) -> Option<Mailbox> {
    let (name, address) = match text.value.split_once('<') {
        Some((name, rest)) => (Some(name.trim().trim_matches('"').trim()), rest.strip_suffix('>').unwrap_or_default().trim()),
        None => (None, text.value.as_str()),
    };
    if is_address(address) {
        let name = name.filter(|name| !name.is_empty()).map(str::to_owned);
        return Some(Mailbox { name, address: address.to_owned() });
    }
    let language = problems.language;
    let shown = quoted(&text.value);
    let message = say!(language, "{shown} không phải địa chỉ thư", "{shown} is not a mail address");
    let help =
        say!(language, "viết ví dụ \"Văn phòng <vanphong@example.gov.vn>\"", "write e.g. \"Office <office@example.gov.vn>\"");
    problems.error_with_help("bad-address", text.span, message, help);
    None
}

/// The dot-atom form of RFC 5322 with a host name: what relays really take.
fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let dotted = |part: &str| part.split('.').all(|atoms| !atoms.is_empty() && atoms.chars().all(atom));
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !label.starts_with('-')
    };
    local.len() <= 64 && domain.len() <= 253 && dotted(local) && domain.split('.').all(label)
}

fn read_telegram(table: Table<'_>, within: &Surroundings, outbox: bool) -> Option<TelegramSettings> {
    let problems = table.problems();
    let language = problems.language;
    let api_url = match table.str("api_url") {
        Some(text) => {
            http_address(&text, Reach::WithCredentials, problems).inspect(|url| warn_of_token(url, text.span, problems))
        }
        None if table.has("api_url") => None,
        None => Some(API_URL_DEFAULT.to_owned()),
    };
    let proxy = table.str("proxy").and_then(|text| proxy_address(&text, problems));
    let span = table.span();
    table.finish();
    let token: Option<SecretString> = within.credentials.telegram_token.clone();
    // With an outbox nothing is sent, so nothing is missing.
    if token.is_none() && !outbox {
        let message = say!(
            language,
            "[telegram] cần credential \"telegram-token\", nhưng không có",
            "[telegram] needs the credential \"telegram-token\", which is missing"
        );
        let help = say!(
            language,
            "ghi token của bot vào tệp telegram-token trong $CREDENTIALS_DIRECTORY hoặc trong thư mục credentials/ cạnh config.toml",
            "put the bot's token in the file telegram-token in $CREDENTIALS_DIRECTORY or in credentials/ beside config.toml",
        );
        problems.error_with_help("missing-credential", span, message, help);
    }
    Some(TelegramSettings { api_url: api_url?, proxy, token: token? })
}

/// A bot's token in the address stands in a file that others read, and in every copy of it.
fn warn_of_token(api_url: &str, span: Span, problems: &Problems) {
    if bot_token(api_url).is_none() {
        return;
    }
    let language = problems.language;
    let message = say!(language, "địa chỉ api_url có token của bot", "the address api_url holds the token of a bot");
    let help = say!(
        language,
        "bỏ token khỏi địa chỉ, đổi token đã lộ, và ghi token mới vào tệp telegram-token trong $CREDENTIALS_DIRECTORY hoặc trong thư mục credentials/ cạnh config.toml",
        "take it out of the address, have the token changed, and put the new one in the file telegram-token in $CREDENTIALS_DIRECTORY or in credentials/ beside config.toml",
    );
    problems.warning("token-in-url", span, message, help);
}

/// Whether secrets travel to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// They do: plain http only to loopback.
    WithCredentials,
    /// They do not.
    Public,
}

/// An http or https address without login and trailing slash.
pub(super) fn http_address(text: &At<String>, reach: Reach, problems: &Problems) -> Option<String> {
    let language = problems.language;
    let url = Url::parse(&text.value).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    let Some(url) = url.filter(|url| url.query().is_none() && url.fragment().is_none()) else {
        let shown = shown_address(&text.value);
        let message = say!(language, "{shown} không phải địa chỉ http hoặc https", "{shown} is not an http or https address");
        let help = say!(language, "viết ví dụ \"https://dondoc.example.gov.vn\"", "write e.g. \"https://dondoc.example.gov.vn\"");
        problems.error_with_help("bad-url", text.span, message, help);
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        report_login_in_address(text.span, "telegram-token", problems);
        return None;
    }
    let loopback = leads_to_loopback(&url);
    if reach == Reach::WithCredentials && url.scheme() == "http" && !loopback {
        let message = say!(
            language,
            "token không được gửi qua http ra ngoài máy này",
            "the token must not travel over plain http to another machine"
        );
        let help = say!(language, "dùng https://", "use https://");
        problems.error_with_help("login-without-tls", text.span, message, help);
        return None;
    }
    Some(text.value.trim_end_matches('/').to_owned())
}

/// Whether an address names this machine.
pub(super) fn leads_to_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_loopback(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn proxy_address(text: &At<String>, problems: &Problems) -> Option<String> {
    let language = problems.language;
    let parsed = Url::parse(&text.value).ok();
    let known = parsed
        .filter(|url| matches!(url.scheme(), "http" | "https" | "socks5") && url.host_str().is_some_and(|host| !host.is_empty()));
    let Some(url) = known else {
        let shown = shown_address(&text.value);
        let message = say!(language, "{shown} không phải địa chỉ proxy", "{shown} is not the address of a proxy");
        let help = say!(
            language,
            "viết ví dụ \"http://proxy:3128\" hoặc \"socks5://proxy:1080\"",
            "write e.g. \"http://proxy:3128\" or \"socks5://proxy:1080\""
        );
        problems.error_with_help("bad-url", text.span, message, help);
        return None;
    };
    if url.password().is_some() {
        let message = say!(language, "địa chỉ proxy có mật khẩu", "the address of the proxy holds a password");
        let help = say!(
            language,
            "dùng proxy cho phép theo địa chỉ máy, không cần mật khẩu",
            "use a proxy that admits this machine without a password"
        );
        problems.warning("password-in-url", text.span, message, help);
    }
    Some(text.value.clone())
}
