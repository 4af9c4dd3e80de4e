//! The files of `deploy/`: what systemd itself says of them, and that they agree with the daemon.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The exposure `systemd-analyze security` may find at most: the network is needed, and little else.
const EXPOSURE_MAX: f64 = 1.2;

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

fn unit() -> String {
    std::fs::read_to_string(deploy("dondoc.service")).expect("it is shipped")
}

fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// What that tool of systemd says; `None`, said aloud, where there is no systemd.
fn systemd(tool: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(tool).args(arguments).env("SYSTEMD_COLORS", "0").output() {
        Ok(done) => Some(done),
        Err(error) => {
            assert!(std::env::var_os("DONDOC_REQUIRE_SYSTEMD").is_none(), "systemd is required: {tool}: {error}");
            eprintln!("skipped: systemd not installed");
            None
        }
    }
}

fn said(done: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

#[test]
fn the_unit_leaves_little_exposed() {
    let path = deploy("dondoc.service");
    let path = path.to_str().expect("a plain path");
    let Some(done) = systemd("systemd-analyze", &["security", "--offline=true", "--no-pager", path]) else { return };
    let said = said(&done);
    let line = said.lines().find(|line| line.contains("Overall exposure level")).unwrap_or_else(|| panic!("{said}"));
    let exposure = line.split_whitespace().find_map(|word| word.parse::<f64>().ok()).expect(line);
    assert!(exposure <= EXPOSURE_MAX, "{said}");
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let path = deploy("dondoc.service");
    let Some(done) = systemd("systemd-analyze", &["verify", path.to_str().expect("a plain path")]) else { return };
    assert!(done.status.success() && said(&done).is_empty(), "{}", said(&done));
    // It is not silent about everything.
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("dondoc.service");
    std::fs::write(&broken, unit().replace("WatchdogSec=60", "WatchdogSec=often")).expect("a folder of our own");
    let done = systemd("systemd-analyze", &["verify", broken.to_str().expect("a plain path")]).expect("it was there");
    assert!(said(&done).contains("Failed to parse"), "{}", said(&done));
}

#[test]
fn the_account_and_its_folders_are_made_in_an_empty_root() {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(root.path().join("etc")).expect("a folder of our own");
    let at = format!("--root={}", root.path().display());
    let sysusers = deploy("sysusers.d/dondoc.conf");
    let Some(done) = systemd("systemd-sysusers", &[&at, sysusers.to_str().expect("a plain path")]) else { return };
    assert!(done.status.success(), "{}", said(&done));
    let passwd = std::fs::read_to_string(root.path().join("etc/passwd")).expect("it was written");
    let account: Vec<&str> = passwd.lines().find(|line| line.starts_with("dondoc:")).expect("the account").split(':').collect();
    assert_eq!(account[5..], ["/var/lib/dondoc", "/usr/sbin/nologin"]);

    if root.path().metadata().expect("just made").uid() != 0 {
        // Only root gives files away; what is wrong in the file is told all the same, before that.
        return;
    }
    let tmpfiles = deploy("tmpfiles.d/dondoc.conf");
    let done = systemd("systemd-tmpfiles", &[&at, "--create", tmpfiles.to_str().expect("a plain path")]).expect("it was there");
    assert!(done.status.success() && said(&done).is_empty(), "{}", said(&done));
    let id: u32 = account[2].parse().expect("a number");
    let owner_and_mode = |path: &str| {
        let found = root.path().join(path).metadata().unwrap_or_else(|error| panic!("{path}: {error}"));
        (found.uid(), found.gid(), found.permissions().mode() & 0o777)
    };
    assert_eq!(owner_and_mode("etc/dondoc"), (0, id, 0o750));
    assert_eq!(owner_and_mode("etc/dondoc/credentials"), (id, id, 0o700));
    assert_eq!(owner_and_mode("var/lib/dondoc"), (id, id, 0o700));
}

#[test]
fn the_unit_agrees_with_the_daemon() {
    let unit = unit();
    assert_eq!(values(&unit, "Type"), ["notify"]);
    assert_eq!(values(&unit, "ExecReload"), ["/bin/kill -HUP $MAINPID"], "older systemd knows no notify-reload");
    assert!(values(&unit, "ExecStart")[0].ends_with("dondoc run --config /etc/dondoc/config.toml"));
    assert_eq!(values(&unit, "StateDirectory"), ["dondoc"]);
    // A held store and a newer one: starting again changes neither.
    assert_eq!(values(&unit, "RestartPreventExitStatus"), ["75 78"]);
    assert!(
        values(&unit, "ProcSubset").is_empty(),
        "the boot id is read in /proc/sys: without it each reboot looks like a jump of the clock"
    );
    let seconds = |key: &str| values(&unit, key)[0].parse::<u64>().expect(key);
    assert!(seconds("WatchdogSec") >= 30, "a round that only waits looks every few seconds");
    assert!(seconds("TimeoutStopSec") > 35, "30 s for what is on the wire, 5 s to record it");
    for name in ["smtp-user", "smtp-password", "telegram-token", "link-key", "webhook-key"] {
        assert!(unit.contains(&format!("LoadCredential={name}:/etc/dondoc/credentials/{name}\n")), "{name}");
    }
}
