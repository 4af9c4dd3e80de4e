//! F09 to F13: the disk and the file of the store under a running daemon. A small tmpfs is a disk that fills up; what a disk says
//! when it breaks is put before the daemon by `tests/support/fsfault.c`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::house::{Daemon, House, Rules, dispatch, people, until};
use crate::support::file::{connected, integrity, url};
use crate::support::smtpd::{Setup, Smtpd};

const HEADS: usize = 120;

/// What a broken disk says.
const EIO: u32 = 5;
const ENOSPC: u32 = 28;
const EROFS: u32 = 30;

/// A file system of its own, in memory; gone when dropped.
struct Mount(PathBuf);

impl Mount {
    /// `None` where this user may not mount.
    fn small(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a folder of our own");
        let size = format!("size={size}");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output();
        if done.as_ref().is_ok_and(|done| done.status.success()) {
            return Some(Self(at.to_owned()));
        }
        assert!(std::env::var_os("DONDOC_REQUIRE_MOUNT").is_none(), "a tmpfs cannot be mounted: {done:?}");
        println!("skipped: this user may not mount a tmpfs");
        None
    }

    /// Writes until nothing more fits.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("filler")).expect("a file of our own");
        for size in [1 << 20, 1 << 12, 1] {
            while file.write(&vec![7; size]).is_ok_and(|written| written == size) {}
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).expect("a file of our own");
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: a daemon that still dies must not keep it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A disk that breaks on command.
pub struct Shim {
    library: &'static Path,
    control: PathBuf,
}

impl Shim {
    pub fn of(house: &House) -> Self {
        static LIBRARY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
        let (_, library) = LIBRARY.get_or_init(|| {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let library = folder.path().join("fsfault.so");
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/fsfault.c");
            let built = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl").output();
            let built = built.expect("the C compiler that built SQLite");
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            (folder, library)
        });
        Self { library, control: house.path("disk") }
    }

    /// From now on these operations on files that end so are answered with that error.
    fn breaks(&self, operation: &str, ending: &str, error: u32) {
        let part = self.control.with_extension("part");
        std::fs::write(&part, format!("{operation} {ending} {error}")).expect("a folder of our own");
        std::fs::rename(&part, &self.control).expect("a folder of our own");
    }

    fn mends(&self) {
        std::fs::remove_file(&self.control).expect("it was broken");
    }

    pub fn variables(&self) -> Vec<(&str, &str)> {
        vec![
            ("LD_PRELOAD", self.library.to_str().expect("a plain path")),
            ("FSFAULT", self.control.to_str().expect("a plain path")),
        ]
    }

    fn start(&self, house: &House) -> Daemon {
        let mut daemon = house.spawn_with(&self.variables());
        daemon.says("the daemon is ready");
        daemon
    }
}

/// A house with many mails to send, slowly enough that something can happen meanwhile; the alarm has an address.
fn busy_house(smtpd: &Smtpd) -> House {
    let rules = Rules { smtp_port: Some(smtpd.port()), ..Rules::default() }.text();
    let house = House::new(&Rules::default());
    house.configure(&rules.replacen("[office]\n", "[office]\nalarm = \"alarm@example.org\"\n", 1));
    house
}

fn slow() -> Smtpd {
    Smtpd::start(Setup { delay: Duration::from_millis(20), ..Setup::default() })
}

fn load() -> String {
    people(HEADS, None) + &dispatch("1/UBND", 1, HEADS, "2099-12-31")
}

fn alarms(smtpd: &Smtpd) -> usize {
    smtpd.taken().iter().filter(|mail| mail.to == "alarm@example.org").count()
}

/// Every head has exactly one mail, the journal and the file are sound.
#[track_caller]
fn ends_well(house: &House, smtpd: &Smtpd, daemon: &mut Daemon) {
    until("every mail", daemon, || smtpd.taken().len() - alarms(smtpd) >= HEADS);
    until("everything is final", daemon, || house.queued() == 0);
    assert_eq!(daemon.stop(), 0, "{}", daemon.log());
    let mut to: Vec<String> = smtpd.taken().into_iter().map(|mail| mail.to).filter(|to| to != "alarm@example.org").collect();
    let all = to.len();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), all), (HEADS, HEADS), "each once");
    let verified = house.command(&["verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    assert_eq!(integrity(&house.path("state/dondoc.db")), "ok");
}

/// While it lasts nothing leaves but what was on the wire, however often it is tried again.
#[track_caller]
fn nothing_leaves(smtpd: &Smtpd, daemon: &mut Daemon) {
    daemon.says("the store takes no records, so nothing is sent");
    let before = smtpd.taken().len() - alarms(smtpd);
    daemon.says("planning failed again");
    let after = smtpd.taken().len() - alarms(smtpd);
    assert!(after <= before + 4, "{before} mails, then {after}");
    assert!(after < HEADS, "it came too late to tell anything");
}

#[test]
fn f09_a_full_disk_stops_the_sending_until_there_is_space() {
    let smtpd = slow();
    let house = busy_house(&smtpd);
    let Some(disk) = Mount::small(&house.path("state"), "8m") else { return };
    house.import(&load());
    let mut daemon = house.start();
    assert!(!house.path("state/dondoc.db.ballast").exists(), "a disk so small has no room for it");
    until("a load", &daemon, || smtpd.taken().len() > 8);
    disk.fill();
    nothing_leaves(&smtpd, &mut daemon);
    until("the alarm", &daemon, || alarms(&smtpd) == 1);
    assert_eq!(daemon.log().matches("the store takes no records").count(), 1, "told once");
    disk.free();
    ends_well(&house, &smtpd, &mut daemon);
    assert_eq!(alarms(&smtpd), 1, "one alarm");
}

#[test]
fn f09_a_start_on_a_full_disk_says_that_it_is_full() {
    let house = House::new(&Rules::default());
    let Some(disk) = Mount::small(&house.path("state"), "8m") else { return };
    house.import(&people(1, None));
    // Whoever closes the store last takes its log away; done only later, that would be space again.
    assert_eq!(integrity(&house.path("state/dondoc.db")), "ok");
    assert!(!house.path("state/dondoc.db-wal").exists());
    disk.fill();
    for command in ["run", "status"] {
        let ended = house.command(&[command, "--lang", "en"]);
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "{told}");
        assert!(told.contains("the disk that holds the store is full") && told.contains("free some space"), "{command}: {told}");
    }
    disk.free();
    assert!(house.command(&["status"]).status.success());
}

#[test]
fn f09_the_space_set_aside_is_enough_to_finish_on_a_full_disk() {
    let smtpd = slow();
    let house = busy_house(&smtpd);
    let Some(disk) = Mount::small(&house.path("state"), "40m") else { return };
    house.import(&load());
    let mut daemon = house.start();
    until("the ballast and a load", &daemon, || house.path("state/dondoc.db.ballast").exists() && smtpd.taken().len() > 8);
    disk.fill();
    daemon.says("the space set aside for that is freed");
    ends_well(&house, &smtpd, &mut daemon);
    assert!(!house.path("state/dondoc.db.ballast").exists());
}

#[test]
fn f10_no_space_for_the_log_of_the_database_alone_is_the_same() {
    let smtpd = slow();
    let house = busy_house(&smtpd);
    let disk = Shim::of(&house);
    house.import(&load());
    let mut daemon = disk.start(&house);
    until("a load", &daemon, || smtpd.taken().len() > 8);
    disk.breaks("write", "-wal", ENOSPC);
    nothing_leaves(&smtpd, &mut daemon);
    disk.mends();
    ends_well(&house, &smtpd, &mut daemon);
}

#[test]
fn f11_a_disk_that_became_read_only_raises_an_alarm_and_nothing_is_sent() {
    let smtpd = slow();
    let house = busy_house(&smtpd);
    let disk = Shim::of(&house);
    house.import(&load());
    let mut daemon = disk.start(&house);
    until("a load", &daemon, || smtpd.taken().len() > 8);
    disk.breaks("any", "*", EROFS);
    nothing_leaves(&smtpd, &mut daemon);
    until("the alarm", &daemon, || alarms(&smtpd) == 1);
    disk.mends();
    daemon.says("its check found it sound");
    ends_well(&house, &smtpd, &mut daemon);
}

#[test]
fn f12_a_disk_that_does_not_sync_is_never_believed_again_without_a_check() {
    let smtpd = slow();
    let house = busy_house(&smtpd);
    let disk = Shim::of(&house);
    house.import(&load());
    let mut daemon = disk.start(&house);
    until("a load", &daemon, || smtpd.taken().len() > 8);
    disk.breaks("sync", "-wal", EIO);
    daemon.says("the store's file is opened anew and checked");
    nothing_leaves(&smtpd, &mut daemon);
    disk.mends();
    daemon.says("its check found it sound");
    ends_well(&house, &smtpd, &mut daemon);
}

/// The watchdog is fed so often from now on.
fn is_fed(socket: &std::os::unix::net::UnixDatagram, times: usize) {
    let mut said = [0; 512];
    socket.set_nonblocking(true).expect("a socket of our own");
    while socket.recv(&mut said).is_ok() {}
    socket.set_nonblocking(false).expect("a socket of our own");
    socket.set_read_timeout(Some(Duration::from_mins(1))).expect("a socket of our own");
    let mut fed = 0;
    while fed < times {
        let length = socket.recv(&mut said).expect("the watchdog is fed in time");
        fed += usize::from(String::from_utf8_lossy(&said[..length]).contains("WATCHDOG=1"));
    }
}

#[test]
fn f13_another_process_that_keeps_the_store_is_waited_out() {
    let smtpd = slow();
    let house = busy_house(&smtpd);
    house.import(&load());
    let socket = std::os::unix::net::UnixDatagram::bind(house.path("notify")).expect("a short path");
    let path = house.path("notify");
    // Every half of it somebody looks whether the planner gets on, also while it waits for the other.
    let variables = [("NOTIFY_SOCKET", path.to_str().expect("a plain path")), ("WATCHDOG_USEC", "30000000")];
    let mut daemon = house.spawn_with(&variables);
    daemon.says("the daemon is ready");
    until("a load", &daemon, || smtpd.taken().len() > 8);
    connected(&url(&house.path("state/dondoc.db"), "rw"), async |other| {
        sqlx::raw_sql("PRAGMA busy_timeout = 60000; BEGIN EXCLUSIVE").execute(&mut *other).await.expect("a turn");
        // Longer than the daemon waits for anybody.
        daemon.says("the store takes no records, so nothing is sent");
        // And as long as the service manager would wait for a sign of life.
        is_fed(&socket, 2);
        sqlx::raw_sql("ROLLBACK").execute(other).await.expect("a transaction of our own");
    });
    ends_well(&house, &smtpd, &mut daemon);
    assert!(!daemon.log().contains("the watchdog is not fed"), "{}", daemon.log());
    drop(socket);
}

/// The pages of a file that are damaged: all but the first, where SQLite sees at once what it is.
fn damage(file: &Path, seed: u64) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut bytes = std::fs::read(file).expect("the store");
    for page in 1..bytes.len() / 4096 {
        if chance.u8(..3) > 0 {
            let at = page * 4096 + chance.usize(..3_000);
            for byte in &mut bytes[at..at + 900] {
                *byte = chance.u8(..);
            }
        }
    }
    std::fs::write(file, bytes).expect("the store");
}

#[test]
fn f15_a_damaged_file_is_kept_nothing_is_sent_and_nothing_is_made_anew() {
    let mut told = String::new();
    for seed in 0..4 {
        let smtpd = Smtpd::start(Setup::default());
        let house = busy_house(&smtpd);
        house.import(&load());
        let file = house.path("state/dondoc.db");
        if seed == 0 {
            let length = std::fs::metadata(&file).expect("the store").len();
            let cut = std::fs::File::options().write(true).open(&file).expect("the store");
            cut.set_len(length / 2).expect("a file of our own");
        } else {
            damage(&file, seed);
        }
        let before = std::fs::read(&file).expect("the store");
        let mut daemon = house.spawn();
        let says_so = daemon.log_until("the store's file is damaged");
        let _ = writeln!(told, "{seed}: {says_so}");
        let log = daemon.log_until("restore a backup");
        assert!(log.contains("keep it"), "{log}");
        assert_eq!(smtpd.taken().len() - alarms(&smtpd), 0, "seed {seed}: {}", daemon.log());
        daemon.kill();
        let after = std::fs::read(&file).expect("the store");
        assert!(after.len() >= before.len() && after[..16] == before[..16], "seed {seed}: the file is kept");
    }
    println!("{told}");
}

/// A store of the version before the newest, made by its own migrations.
fn older_store(at: &Path) {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut names: Vec<_> =
        std::fs::read_dir(all).expect("the migrations").map(|entry| entry.expect("readable").path()).collect();
    names.sort();
    names.pop();
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in names {
        std::fs::copy(&name, folder.path().join(name.file_name().expect("a file"))).expect("a folder of our own");
    }
    connected(&url(at, "rwc"), async |connection| {
        let migrator = sqlx::migrate::Migrator::new(folder.path()).await.expect("migrations");
        migrator.run(connection).await.expect("migrations that run");
    });
}

#[test]
fn f20_a_migration_that_dies_at_any_write_is_made_by_the_next_start_and_the_older_store_is_kept() {
    let template = tempfile::tempdir().expect("a temporary folder");
    let older = template.path().join("older.db");
    older_store(&older);
    for (deaths, end) in (1_u32..).step_by(17).enumerate() {
        let house = House::new(&Rules { outbox: true, ..Rules::default() });
        let file = house.path("state/dondoc.db");
        std::fs::create_dir_all(house.path("state")).expect("a folder of our own");
        std::fs::copy(&older, &file).expect("a folder of our own");
        let disk = Shim::of(&house);
        std::fs::write(house.path("facts.toml"), people(1, None)).expect("a folder of our own");
        let facts = house.path("facts.toml");
        let end = end.to_string();
        let variables: Vec<(&str, &str)> = disk.variables().into_iter().chain([("FSFAULT_END", end.as_str())]).collect();
        let cut = house.command_with(&["import", facts.to_str().expect("a plain path")], &variables);
        let has_died = cut.status.code().is_none();
        assert!(has_died || cut.status.success(), "{cut:?}");
        house.import(&people(1, None));
        let verified = house.command(&["verify"]);
        assert!(verified.status.success(), "{end}: {}", String::from_utf8_lossy(&verified.stderr));
        assert_eq!(integrity(&file), "ok", "{end}");
        let kept: Vec<_> = std::fs::read_dir(house.path("state"))
            .expect("readable")
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with("dondoc.db.v"))
            .collect();
        assert_eq!(kept.len(), 1, "{end}: {kept:?}");
        assert_eq!(integrity(&house.path("state").join(&kept[0])), "ok", "{end}");
        if !has_died {
            println!("{deaths} deaths");
            assert!(deaths > 5, "the writes of a migration were not met");
            return;
        }
    }
}
