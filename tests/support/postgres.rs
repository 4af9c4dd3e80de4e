//! A PostgreSQL of its own in a temporary folder, for the tests that run on both databases.
//!
//! It is started from the installed binaries as an unprivileged user (`initdb` refuses root), listens on a socket in its
//! folder only, and stops with the last test that uses it. Without PostgreSQL the tests say that they are skipped; with
//! `DONDOC_REQUIRE_POSTGRES=1` they fail instead.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A running server; stopped and removed on drop.
#[derive(Debug)]
pub struct Server {
    folder: tempfile::TempDir,
    binaries: PathBuf,
    user: Option<&'static str>,
    options: String,
}

/// A fresh, empty database; keeps its server alive.
#[derive(Debug)]
pub struct Database {
    /// For [`dondoc::store::Where::Postgres`].
    pub url: String,
    server: Arc<Server>,
}

#[allow(dead_code, reason = "not every test file shares a server")]
static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A fresh database, or `None` where PostgreSQL is not installed.
#[allow(dead_code, reason = "not every test file shares a server")]
pub fn database() -> Option<Database> {
    Some(fresh(shared()?))
}

/// The same on a server that nobody else uses, with these options; it may be restarted.
#[allow(dead_code, reason = "not every test file disturbs its server")]
pub fn database_of_its_own(options: &str) -> Option<Database> {
    Some(fresh(Arc::new(Server::start(options)?)))
}

fn fresh(server: Arc<Server>) -> Database {
    let name = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    run(Command::new(server.binaries.join("createdb")).arg("-h").arg(server.socket()).args(["-U", "dondoc", &name]));
    let socket = server.socket().display().to_string().replace('/', "%2F");
    Database { url: format!("postgres://dondoc@localhost/{name}?host={socket}"), server }
}

impl Database {
    /// Every connection is cut without a word and the server starts again, as after a crash.
    #[allow(dead_code, reason = "not every test file disturbs its server")]
    pub fn crash_and_start(&self) {
        self.crash();
        self.start();
    }

    /// Every connection is cut without a word, and the server is gone.
    #[allow(dead_code, reason = "not every test file disturbs its server")]
    pub fn crash(&self) {
        let server = &self.server;
        run(server.command("pg_ctl").arg("-D").arg(server.data()).args(["-w", "-m", "immediate", "stop"]));
    }

    /// The server starts again.
    #[allow(dead_code, reason = "not every test file disturbs its server")]
    pub fn start(&self) {
        self.server.begin();
    }
}

#[allow(dead_code, reason = "not every test file shares a server")]
fn shared() -> Option<Arc<Server>> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = Arc::new(Server::start("")?);
    *shared = Arc::downgrade(&server);
    Some(server)
}

impl Server {
    fn start(options: &str) -> Option<Self> {
        let Some(binaries) = binaries() else {
            assert!(std::env::var_os("DONDOC_REQUIRE_POSTGRES").is_none(), "PostgreSQL is required and not installed");
            eprintln!("skipped: PostgreSQL not installed");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("dondoc-pg-").tempdir_in("/tmp").expect("a temporary folder");
        let is_root = folder.path().metadata().expect("just made").uid() == 0;
        let user = if is_root { Some(unprivileged()) } else { None };
        if let Some(user) = user {
            run(Command::new("chown").arg(user).arg(folder.path()));
        }
        let server = Self { folder, binaries, user, options: options.to_owned() };
        let data = server.data();
        run(server.command("initdb").arg("-D").arg(&data).args(["-U", "dondoc", "-A", "trust", "-E", "UTF8", "--no-sync"]));
        server.begin();
        Some(server)
    }

    fn begin(&self) {
        let options = format!("-k {} -c listen_addresses= -c fsync=off {}", self.socket().display(), self.options);
        let log = self.folder.path().join("log");
        run(self.command("pg_ctl").arg("-D").arg(self.data()).arg("-l").arg(&log).args(["-w", "-o", &options, "start"]));
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn socket(&self) -> &Path {
        self.folder.path()
    }

    /// One of its binaries, run as the unprivileged user.
    fn command(&self, binary: &str) -> Command {
        let path = self.binaries.join(binary);
        let Some(user) = self.user else { return Command::new(path) };
        let mut command = Command::new("runuser");
        command.args(["-u", user, "--"]).arg(path).current_dir("/tmp");
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // `pg_ctl stop` signals the process named in postmaster.pid of this folder and waits for its end.
        let stopped = self.command("pg_ctl").arg("-D").arg(self.data()).args(["-w", "-m", "immediate", "stop"]).output();
        if !stopped.is_ok_and(|output| output.status.success()) {
            eprintln!("the PostgreSQL in {} may still run", self.folder.path().display());
        }
    }
}

fn binaries() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        found.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<PathBuf> = versions.flatten().map(|entry| entry.path().join("bin")).collect();
        versions.sort();
        found.extend(versions.into_iter().rev());
    }
    found.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

fn unprivileged() -> &'static str {
    let is_there = |user: &&str| Command::new("id").arg(user).output().is_ok_and(|output| output.status.success());
    ["postgres", "nobody"].into_iter().find(is_there).expect("a user other than root")
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
