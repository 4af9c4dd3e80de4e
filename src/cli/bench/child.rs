//! The daemon under measure: this very program, run as a process of its own.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;

use super::stage::{Stage, refused};
use crate::cli::failure::Failure;
use crate::store::Where;

/// The longest it may take to be ready.
const READY: Duration = Duration::from_mins(1);

/// A running daemon; killed with it.
pub(super) struct Daemon(Child);

/// What it used so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    /// Processor time, microseconds; the kernel counts it in hundredths of a second.
    pub(super) cpu_us: f64,
    /// Memory in use now, MiB.
    pub(super) memory_mib: f64,
    /// The most memory it ever used, MiB.
    pub(super) peak_mib: f64,
    /// How often a thread of it went to sleep and was woken.
    pub(super) wakes: u64,
}

impl Daemon {
    /// Starts it and waits until it is ready; returns how long that took, too.
    pub(super) async fn start(stage: &Stage) -> Result<(Self, Duration), Failure> {
        Self::start_as(stage, "daemon.log").await
    }

    /// So many on one store.
    pub(super) async fn start_all(stage: &Stage, replicas: u8) -> Result<Vec<Self>, Failure> {
        if replicas > 1 && matches!(stage.place, Where::Sqlite(_)) {
            return Err(Failure::refused("several daemons share only a PostgreSQL", "give --store postgres://…"));
        }
        let mut daemons = Vec::new();
        for number in 1..=replicas {
            daemons.push(Self::start_as(stage, &format!("daemon-{number}.log")).await?.0);
        }
        Ok(daemons)
    }

    /// One of several on one store, each with a log of its own.
    pub(super) async fn start_as(stage: &Stage, log: &str) -> Result<(Self, Duration), Failure> {
        let log = stage.path(log);
        let file = File::create(&log).map_err(|error| refused(&log, &error))?;
        let program = std::env::current_exe().map_err(|error| refused(std::path::Path::new("dondoc"), &error))?;
        let began = Instant::now();
        let spawned = Command::new(&program)
            .arg("run")
            .arg("--config")
            .arg(stage.config())
            // One line for each mail would be measured with it.
            .env("RUST_LOG", "warn,dondoc::daemon=info,dondoc::daemon::lane=warn")
            .env_remove("STATE_DIRECTORY")
            .env_remove("CREDENTIALS_DIRECTORY")
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn();
        let mut daemon = Self(spawned.map_err(|error| refused(&program, &error))?);
        loop {
            if std::fs::read_to_string(&log).unwrap_or_default().contains("the daemon is ready") {
                return Ok((daemon, began.elapsed()));
            }
            let has_ended = daemon.0.try_wait().is_ok_and(|ended| ended.is_some());
            if has_ended || began.elapsed() > READY {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                return Err(Failure::refused(format!("the daemon did not start: {said}"), "see `dondoc check`"));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The number of its process.
    pub(super) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// What it used so far; zeros where there is no `/proc`.
    pub(super) fn used(&self) -> Used {
        let pid = self.0.id();
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let (stat, status) = (read("stat"), read("status"));
        // After the name in brackets: state is field 3, utime 14, stime 15.
        let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        let ticks = |field: usize| fields.get(field - 3).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
        Used {
            cpu_us: (ticks(14) + ticks(15)) * 10_000.0,
            memory_mib: line(&status, "VmRSS:") / 1024.0,
            wakes: wakes(pid),
            peak_mib: line(&status, "VmHWM:") / 1024.0,
        }
    }
}

impl Used {
    /// What both used together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            cpu_us: self.cpu_us + other.cpu_us,
            memory_mib: self.memory_mib + other.memory_mib,
            peak_mib: self.peak_mib + other.peak_mib,
            wakes: self.wakes + other.wakes,
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Its folder goes with it; whoever keeps the folder finds what a killed daemon leaves.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn line(status: &str, name: &str) -> f64 {
    let found = status.lines().find_map(|line| line.strip_prefix(name));
    found.and_then(|rest| rest.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

fn wakes(pid: u32) -> u64 {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return 0 };
    let status = threads.flatten().filter_map(|thread| std::fs::read_to_string(thread.path().join("status")).ok());
    let switches = |status: String| {
        let found = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        found.and_then(|number| number.trim().parse::<u64>().ok()).unwrap_or(0)
    };
    status.map(switches).sum()
}
