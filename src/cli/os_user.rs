//! The operating-system user a command runs as: recorded with what they enter.

use std::os::unix::fs::MetadataExt as _;

/// The actor the journal names for what a command does.
pub fn actor() -> String {
    format!("cli:{}", name())
}

/// The login name, from the process's own user id and not from an environment anybody may set; `uid 1000` when the
/// system has no name for it.
pub fn name() -> String {
    let Ok(own) = std::fs::metadata("/proc/self") else {
        return std::env::var("USER").unwrap_or_else(|_| "?".to_owned());
    };
    let uid = own.uid().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    named(&accounts, &uid).map_or_else(|| format!("uid {uid}"), str::to_owned)
}

fn named<'a>(accounts: &'a str, uid: &str) -> Option<&'a str> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn the_name_belongs_to_the_user_id() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\nvanthu:x:1000:1000::/home/vanthu:/bin/sh\n";
        assert_eq!(named(accounts, "1000"), Some("vanthu"));
        assert_eq!(named(accounts, "100"), None);
    }
}
