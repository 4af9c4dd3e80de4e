//! A folder with config, facts and store, and the daemons that were started on it.
#![allow(dead_code, reason = "every test file uses its own part of this")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The longest anything here may take; far more than it does, since machines that build are slow.
pub const PATIENCE: Duration = Duration::from_mins(1);

pub struct House {
    folder: tempfile::TempDir,
}

/// A config without rest times, so that no test depends on the hour.
#[derive(Default)]
pub struct Rules {
    pub smtp_port: Option<u16>,
    pub connections: Option<usize>,
    pub api_url: Option<String>,
    pub outbox: bool,
    pub steps: Option<&'static str>,
    /// The URL of a PostgreSQL store; an SQLite file otherwise.
    pub store: Option<String>,
}

impl Rules {
    pub fn text(&self) -> String {
        let store = self.store.as_deref().unwrap_or("sqlite:state/dondoc.db");
        let mut text = format!(
            "language = \"en\"\n[store]\nurl = \"{store}\"\n[office]\nname = \"Office\"\nmonitor = \"person:monitor\"\n\
             [calendar]\nholidays = \"none\"\nworking_days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\n\
             hours = [\"00:00-24:00\"]\n",
        );
        if let Some(port) = self.smtp_port {
            let connections = self.connections.unwrap_or(4);
            let _ = write!(
                text,
                "[email]\nserver = \"smtp://127.0.0.1:{port}\"\nfrom = \"Office <office@example.org>\"\nconnections = {connections}\n"
            );
        }
        if let Some(url) = &self.api_url {
            let _ = write!(text, "[telegram]\napi_url = \"{url}\"\n");
        }
        if self.outbox {
            text.push_str("[outbox]\nfolder = \"outbox\"\n");
        }
        text.push_str("[[policy]]\nname = \"standard\"\n");
        text.push_str(self.steps.unwrap_or(ON_ASSIGNMENT));
        text.push_str("[[route]]\npolicy = \"standard\"\n");
        text
    }
}

pub const ON_ASSIGNMENT: &str = "[[policy.step]]\nname = \"new\"\nwhen = \"on assignment\"\nto = [\"assignee\"]\n";

/// Units and their heads; each head has a mail address, and a chat where one is given.
pub fn people(heads: usize, first_chat: Option<i64>) -> String {
    let mut text = String::from("[[person]]\nid = \"monitor\"\nname = \"Trần Thị Minh\"\nemail = \"monitor@example.org\"\n");
    for index in 0..heads {
        let _ = write!(
            text,
            "[[unit]]\nid = \"u{index}\"\nname = \"Phòng {index}\"\n\
             [[person]]\nid = \"p{index}\"\nname = \"Nguyễn Văn {index}\"\nemail = \"p{index}@example.org\"\n"
        );
        if let Some(chat) = first_chat {
            let chat = chat + i64::try_from(index).expect("few people");
            let _ = write!(text, "telegram = {chat}\nprefer = [\"telegram\", \"email\"]\n");
        }
        let _ =
            write!(text, "[[appointment]]\nperson = \"p{index}\"\nunit = \"u{index}\"\nposition = \"head\"\nfrom = 2020-01-01\n");
    }
    text
}

/// A dispatch with so many directives, each led by all these units.
pub fn dispatch(number: &str, directives: usize, units: usize, deadline: &str) -> String {
    let mut text =
        format!("[[dispatch]]\nnumber = \"{number}\"\nissuer = \"UBND\"\ndate = 2023-10-05\nsubject = \"Công tác quý IV\"\n");
    let lead: Vec<String> = (0..units).map(|unit| format!("\"u{unit}\"")).collect();
    for clause in 1..=directives {
        let _ = write!(
            text,
            "[[directive]]\ndispatch = \"{number}\"\nclause = \"{clause}\"\ntitle = \"Nhiệm vụ {clause}\"\nlead = [{}]\n\
             deadline = \"{deadline}\"\n",
            lead.join(", ")
        );
    }
    text
}

impl House {
    pub fn new(rules: &Rules) -> Self {
        let house = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        house.configure(&rules.text());
        house
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn configure(&self, text: &str) {
        std::fs::write(self.path("config.toml"), text).expect("a folder of our own");
    }

    pub fn credential(&self, name: &str, value: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = self.path("credentials");
        std::fs::create_dir_all(&folder).expect("a folder of our own");
        std::fs::write(folder.join(name), value).expect("a folder of our own");
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(folder.join(name), mode).expect("a file of our own");
    }

    /// Runs a command to its end, under the config.
    pub fn command(&self, words: &[&str]) -> Output {
        self.command_under("config.toml", words)
    }

    fn command_under(&self, config: &str, words: &[&str]) -> Output {
        self.run(config, words, &[])
    }

    /// The same with these variables in its environment.
    pub fn command_with(&self, words: &[&str], variables: &[(&str, &str)]) -> Output {
        self.run("config.toml", words, variables)
    }

    fn run(&self, config: &str, words: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dondoc"));
        clean(&mut command).args(words).arg("--config").arg(self.path(config));
        command.envs(variables.iter().copied()).output().expect("the binary of this crate")
    }

    pub fn import(&self, facts: &str) {
        self.import_under("config.toml", facts);
    }

    /// Imports under another config in the same folder.
    pub fn import_under(&self, config: &str, facts: &str) {
        let file = self.path("facts.toml");
        std::fs::write(&file, facts).expect("a folder of our own");
        let done = self.command_under(config, &["import", file.to_str().expect("a plain path")]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    pub fn status(&self) -> serde_json::Value {
        let done = self.command(&["status", "--json"]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).expect("JSON")
    }

    /// Messages and reminders that are not final.
    pub fn queued(&self) -> u64 {
        self.status()["queued"].as_u64().expect("a count")
    }

    /// Starts a daemon, without waiting for it.
    pub fn spawn(&self) -> Daemon {
        self.spawn_with(&[])
    }

    /// The same with these variables in its environment.
    pub fn spawn_with(&self, variables: &[(&str, &str)]) -> Daemon {
        self.spawn_under("config.toml", variables)
    }

    /// The same under another config in the same folder.
    pub fn spawn_under(&self, config: &str, variables: &[(&str, &str)]) -> Daemon {
        let log = self.path(&format!("log-{}.txt", uuid::Uuid::new_v4()));
        let file = std::fs::File::create(&log).expect("a folder of our own");
        Daemon { child: self.child(config, variables, file.into()), log, ended: None }
    }

    /// Starts a daemon whose log goes there, where this house does not read it.
    pub fn spawn_telling(&self, log: Stdio) -> Daemon {
        Daemon { child: self.child("config.toml", &[], log), log: "/dev/null".into(), ended: None }
    }

    fn child(&self, config: &str, variables: &[(&str, &str)], log: Stdio) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dondoc"));
        clean(&mut command).arg("run").arg("--config").arg(self.path(config));
        command.envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("the binary of this crate")
    }

    /// Starts a daemon and waits until it is ready.
    pub fn start(&self) -> Daemon {
        let mut daemon = self.spawn();
        daemon.says("the daemon is ready");
        daemon
    }
}

/// Nothing of the surroundings of the tests reaches the daemon.
fn clean(command: &mut Command) -> &mut Command {
    for name in ["CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
        command.env_remove(name);
    }
    command.env("RUST_LOG", "trace,notify=info,mio=info")
}

/// A daemon that was started here; killed when dropped.
pub struct Daemon {
    child: Child,
    log: PathBuf,
    ended: Option<i32>,
}

impl Daemon {
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("its log")
    }

    /// Waits until the log holds these words.
    #[track_caller]
    pub fn says(&mut self, words: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.log().contains(words) {
            let ended = self.child.try_wait().expect("our own child");
            assert!(ended.is_none(), "the daemon ended ({ended:?}) without {words:?}:\n{}", self.log());
            assert!(Instant::now() < until, "the log never said {words:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for a line of the log with these words, also from one that has ended since.
    #[track_caller]
    pub fn log_until(&mut self, words: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let has_ended = self.child.try_wait().expect("our own child").is_some();
            if let Some(line) = self.log().lines().find(|line| line.contains(words)) {
                return line.to_owned();
            }
            assert!(!has_ended && Instant::now() < until, "the log never said {words:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill").success(), "signal {name}");
    }

    /// From now on it may hold so many files open; `None` for none more than it does.
    pub fn may_open(&self, files: Option<usize>) {
        let pid = self.child.id();
        let held = || std::fs::read_dir(format!("/proc/{pid}/fd")).expect("our own child").count();
        let limit = format!("--nofile={}:4096", files.unwrap_or_else(held));
        let done = Command::new("prlimit").args(["--pid", &pid.to_string(), &limit]).status();
        assert!(done.expect("prlimit of util-linux").success(), "{limit}");
    }

    /// Waits until it has ended by itself, or until that holds.
    #[track_caller]
    pub fn ends_before(&mut self, mut holds: impl FnMut() -> bool) -> bool {
        let until = Instant::now() + PATIENCE;
        loop {
            if self.child.try_wait().expect("our own child").is_some() {
                return true;
            }
            if holds() {
                return false;
            }
            assert!(Instant::now() < until, "it neither ended nor came to rest:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        self.child.kill().expect("our own child");
        self.child.wait().expect("our own child");
        self.ended = Some(-9);
    }

    /// Asks it to stop and waits for its exit code.
    #[track_caller]
    pub fn stop(&mut self) -> i32 {
        self.signal("TERM");
        self.exit_code()
    }

    /// Waits for its exit code.
    #[track_caller]
    pub fn exit_code(&mut self) -> i32 {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("our own child") {
                let code = status.code().unwrap_or(-1);
                self.ended = Some(code);
                return code;
            }
            assert!(Instant::now() < until, "the daemon does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.ended.is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Waits until something holds; says what did not, and what the daemon logged.
#[track_caller]
pub fn until(what: &str, daemon: &Daemon, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what} never came to pass; the log:\n{}", daemon.log());
        std::thread::sleep(Duration::from_millis(10));
    }
}
