//! Secrets: files of their own, never lines of the config.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::diagnostic::Diagnostic;
use crate::domain::rules::Language;
use crate::tree::say;

/// The secrets that were found.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// `smtp-user`
    pub smtp_user: Option<String>,
    /// `smtp-password`
    pub smtp_password: Option<SecretString>,
    /// `telegram-token`
    pub telegram_token: Option<SecretString>,
    /// `link-key`: at least 32 bytes.
    pub link_key: Option<SecretString>,
    /// `webhook-key`: at least 32 bytes.
    pub webhook_key: Option<SecretString>,
}

/// The shortest key, in bytes: as long as the digest it is used with.
const KEY_BYTES_MIN: usize = 32;
/// The largest credential, in bytes; the real ones are below a hundred.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Where credentials are looked for.
#[derive(Clone, Debug)]
pub(super) enum Folder {
    /// `$CREDENTIALS_DIRECTORY`: whoever set it up answers for its permissions.
    Given(PathBuf),
    /// `credentials/` beside the config.
    Beside(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Given(path) | Self::Beside(path) => path,
        }
    }
}

impl Credentials {
    /// Reads what is there; what is there and cannot be used is an error. No message holds a value.
    pub(super) fn read(folder: &Folder, language: Language) -> (Self, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let mut read = |name: &str| match read_file(folder, name, language) {
            Ok(found) => found,
            Err(problem) => {
                problems.push(*problem);
                None
            }
        };
        let smtp_user = read("smtp-user");
        let smtp_password = read("smtp-password");
        let telegram_token = read("telegram-token");
        let keys = [("link-key", read("link-key")), ("webhook-key", read("webhook-key"))];
        if smtp_user.is_some() != smtp_password.is_some() && problems.is_empty() {
            problems.push(half_a_login(if smtp_user.is_some() { "smtp-password" } else { "smtp-user" }, language));
        }
        for (name, key) in &keys {
            if key.as_ref().is_some_and(|key| key.len() < KEY_BYTES_MIN) {
                problems.push(short_key(name, language));
            }
        }
        let [link_key, webhook_key] = keys.map(|(_, key)| key.map(SecretString::from));
        let secret = |text: Option<String>| text.map(SecretString::from);
        let found = Self {
            smtp_user,
            smtp_password: secret(smtp_password),
            telegram_token: secret(telegram_token),
            link_key,
            webhook_key,
        };
        (found, problems)
    }
}

fn half_a_login(missing: &str, language: Language) -> Diagnostic {
    let message = say!(language, "thiếu credential \"{missing}\"", "the credential \"{missing}\" is missing");
    let help = say!(
        language,
        "cần cả smtp-user và smtp-password, hoặc không có cả hai",
        "give both smtp-user and smtp-password, or neither"
    );
    Diagnostic::error("missing-credential", message).with_help(help)
}

fn short_key(name: &str, language: Language) -> Diagnostic {
    let message = say!(
        language,
        "credential \"{name}\" ngắn hơn {KEY_BYTES_MIN} byte",
        "the credential \"{name}\" is shorter than {KEY_BYTES_MIN} bytes"
    );
    let help = say!(language, "tạo khóa mới: openssl rand -hex 32", "make a new one: openssl rand -hex 32");
    Diagnostic::error("short-key", message).with_help(help)
}

fn read_file(folder: &Folder, name: &str, language: Language) -> Result<Option<String>, Box<Diagnostic>> {
    let path = folder.path().join(name);
    let shown = path.display();
    let fail = |message: String, help: String| Box::new(Diagnostic::error("bad-credential", message).with_help(help));
    let unreadable = |error: std::io::Error| {
        fail(
            say!(language, "không đọc được credential {shown}: {error}", "the credential {shown} cannot be read: {error}"),
            say!(language, "cho phép tài khoản chạy dondoc đọc tệp này", "let the account that runs dondoc read it"),
        )
    };
    let metadata = match std::fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    if matches!(folder, Folder::Beside(_)) && others_can_read(&metadata) {
        return Err(fail(
            say!(language, "người khác đọc được credential {shown}", "others can read the credential {shown}"),
            say!(language, "chạy: chmod 600 {shown}", "run: chmod 600 {shown}"),
        ));
    }
    if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
        return Err(fail(
            say!(language, "credential {shown} không phải là một tệp nhỏ", "the credential {shown} is not a small file"),
            say!(language, "ghi đúng một giá trị vào tệp", "put exactly one value in the file"),
        ));
    }
    let bytes = std::fs::read(&path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        fail(
            say!(language, "credential {shown} không phải văn bản UTF-8", "the credential {shown} is not UTF-8 text"),
            say!(language, "lưu lại dưới dạng văn bản", "save it as text"),
        )
    })?;
    let value = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if value.is_empty() {
        return Err(fail(
            say!(language, "credential {shown} trống", "the credential {shown} is empty"),
            say!(language, "ghi giá trị vào tệp, hoặc xóa tệp", "put the value in the file, or remove the file"),
        ));
    }
    Ok(Some(value.to_owned()))
}

#[cfg(unix)]
fn others_can_read(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o044 != 0
}

#[cfg(not(unix))]
fn others_can_read(_: &std::fs::Metadata) -> bool {
    false
}
