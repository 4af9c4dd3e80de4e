#!/usr/bin/env python3
"""Every figure of speed and endurance in one run, with what it was aimed at, into one file.

usage: benches/figures.py DONDOC [--out FILE] [--only NAME,NAME] [--rounds 5] [--mails 10000] [--open 1000000]

NAMES of --only: beside, alertmanager-killed, lone, lone-replan, tick, replan, rest-few, rest-100k, rest, kill, apart, chats, claims,
replicas, failover, rest-replicas. A measure that fails is told as NOT MEASURED and costs the others nothing.
Needs what side_by_side.py needs; PostgreSQL's measures run when it is installed: its own binaries, in a temporary folder, as an
unprivileged user, with fsync on. Takes about twelve minutes; each command has its own limit. Everything stays on this machine.
"""
import argparse, contextlib, datetime, io, json, os, platform, pwd, shutil, signal, subprocess, sys, tempfile, time, traceback

import side_by_side

POSTGRES = ["/usr/lib/postgresql/" + name + "/bin" for name in ("17", "16", "15", "14")]
LIMIT = 240


class Tee(io.TextIOBase):
    """To the terminal and into the file."""

    def __init__(self, file):
        self.file = file

    def write(self, text):
        sys.__stdout__.write(text)
        sys.__stdout__.flush()
        if self.file:
            self.file.write(text)
            self.file.flush()
        return len(text)


class Postgres:
    """A server of its own; its socket lies in its folder and nothing listens on a port."""

    def __enter__(self):
        self.binaries = next((folder for folder in POSTGRES if os.path.exists(f"{folder}/initdb")), None)
        if not self.binaries:
            return None
        self.folder = tempfile.mkdtemp(prefix="figures-pg-", dir="/tmp")
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, -1)
        self.number = 0
        self.call("initdb", "-D", f"{self.folder}/data", "-U", "dondoc", "-A", "trust", "-E", "UTF8")
        options = f"-k {self.folder} -c listen_addresses= -c shared_buffers=512MB -c shared_preload_libraries=pg_stat_statements"
        self.call("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-o", options, "start")
        return self

    def call(self, binary, *words):
        before = ["runuser", "-u", self.user, "--"] if self.user else []
        subprocess.run(before + [f"{self.binaries}/{binary}", *words], check=True, cwd="/tmp", stdout=subprocess.DEVNULL)

    def fresh(self):
        """The address of an empty database."""
        self.number += 1
        name = f"figures{self.number}"
        self.call("createdb", "-h", self.folder, "-U", "dondoc", name)
        return f"postgres://dondoc@localhost/{name}?host={self.folder.replace('/', '%2F')}"

    def __exit__(self, *_):
        if self.binaries:
            self.call("pg_ctl", "-D", f"{self.folder}/data", "-w", "-m", "fast", "stop")
            shutil.rmtree(self.folder, ignore_errors=True)


def bench(program, *words):
    """One measure, printed as it was told, with what others used of the processors meanwhile."""
    shown = " ".join("postgres://…" if word.startswith("postgres") else word for word in words)
    before, began = side_by_side.busy(), time.monotonic()
    # A group of its own: when its time is up, the daemon under measure ends with it.
    process = subprocess.Popen([program, "bench", *words, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               start_new_session=True)
    try:
        out, errors = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        print(f"$ dondoc bench {shown}\nNOT MEASURED: more than {LIMIT} s", flush=True)
        return {}
    took = time.monotonic() - began
    foreign = side_by_side.foreign(before, side_by_side.busy(), took)
    # PostgreSQL's own work cannot be told from that of others.
    others = "PostgreSQL and others" if "postgres://…" in shown else "foreign"
    print(f"$ dondoc bench {shown} --json   # {took:.1f} s, {others} {foreign:.1f} %"
          + (" disturbed" if foreign > 5 and others == "foreign" else ""))
    if process.returncode:
        print(f"NOT MEASURED: {errors.strip()}", flush=True)
        return {}
    figures = json.loads(out)
    print(json.dumps({key: value if value is None else round(value, 3) for key, value in figures.items()}), flush=True)
    return figures


def header(args):
    here = os.path.dirname(os.path.abspath(__file__))
    git = lambda *words: subprocess.run(["git", "-C", here, *words], capture_output=True, text=True).stdout.strip()
    dirty = ", with changes that are not committed" if git("status", "--porcelain", "--untracked-files=no") else ""
    memory = int(open("/proc/meminfo").readline().split()[1]) // 1024 // 1024
    print("Question. What each measure of speed and endurance comes to, beside what else could send the mails, in one run.")
    print(f"Command. benches/figures.py {' '.join(sys.argv[1:])}")
    print(f"Commit. {git('rev-parse', 'HEAD')}{dirty}; the binary was built {datetime.datetime.fromtimestamp(os.path.getmtime(args.dondoc)).isoformat(timespec='minutes')}")
    print("Seeds. none")
    print(f"Machine. {os.cpu_count()} processors, {memory} GiB, {platform.system()} {platform.release()}, load {os.getloadavg()[0]:.1f} at the start")
    print(f"Began. {datetime.datetime.now().isoformat(timespec='seconds')}\n", flush=True)


def attempt(name, found, run):
    """One measure; whatever becomes of it, the next one follows."""
    try:
        found[name] = run() or {}
    except (Exception, SystemExit) as error:
        print(f"NOT MEASURED: {name}: {type(error).__name__}: {error}", flush=True)
        traceback.print_exc()


def measure(args, wants, found):
    program = args.dondoc
    if "beside" in wants:
        attempt("beside", found, lambda: side_by_side.rounds(args))
    if "alertmanager-killed" in wants and args.alertmanager:
        attempt("alertmanager-killed", found, lambda: side_by_side.alertmanager_killed(args))
    small, large = "1000", str(args.open)
    plain = {
        "lone": ["lone", "--rate", "100", "--secs", "15"],
        "lone-replan": ["lone", "--rate", "100", "--secs", "5", "--open", large, "--replan"],
        "kill": ["kill", "--messages", str(args.mails), "--kills", "20"],
        "replan": ["replan", "--open", large],
        "rest-few": ["rest", "--open", small, "--secs", "20"],
        "rest-100k": ["rest", "--open", "100000", "--secs", "20"],
        "rest": ["rest", "--open", large, "--secs", "20"],
        "apart": ["apart", "--messages", "4000", "--rounds", "3"],
        "chats": ["chats", "--messages", "900"],
    }
    if "tick" in wants:
        for name, count in (("tick-small", small), ("tick", large)):
            attempt(name, found, lambda: bench(program, "tick", "--open", count))
    for name, words in plain.items():
        if name in wants:
            attempt(name, found, lambda: bench(program, *words))
    replicas = {
        "claims": ["claims", "--messages", str(args.mails)],
        "replicas": ["burst", "--messages", str(args.mails), "--replicas", "2"],
        "failover": ["failover", "--kills", "3"],
        "rest-replicas": ["rest", "--open", "1000", "--secs", "60", "--replicas", "2"],
    }
    if wants.isdisjoint(replicas):
        return
    attempt("", found, lambda: measure_replicas(program, wants, found, replicas))


def measure_replicas(program, wants, found, replicas):
    with Postgres() as server:
        if server is None:
            print("PostgreSQL is not installed; its measures are left out")
            return
        for name, words in replicas.items():
            if name in wants:
                attempt(name, found, lambda: bench(program, *words, "--store", server.fresh()))


def verdicts(found):
    """Number, what, key path, aim; the aim is a bound the value must keep."""
    beside = found.get("beside", {})
    own = beside.get("dondoc", {})
    ratio = lambda name, key: own[key] / beside[name][key] if key in own and key in beside.get(name, {}) else None
    of = lambda name, key: found.get(name, {}).get(key)
    quotient = of("tick", "tick_us") / of("tick-small", "tick_us") if of("tick", "tick_us") and of("tick-small", "tick_us") else None
    return [
        ("1", "mails/s, of Alertmanager's", ratio("alertmanager", "mails_per_s"), ">=", 12),
        ("1", "mails/s, of smtp-source -d", ratio("smtp-source -d", "mails_per_s"), ">=", 0.9),
        ("5", "last mail of the burst after, s", own.get("last_s"), "<=", 0.8),
        ("6", "a lone reminder, 99 %, ms", of("lone", "p99_ms"), "<=", 10),
        ("8", "tick at the large store, µs", of("tick", "tick_us"), "<=", 100),
        ("8", "tick, large store / small store", quotient, "<=", 1.5),
        ("10", "plans/s, one thread", of("replan", "plans_per_s"), ">=", 5e6),
        ("11", "planning all anew, calendar changed, s", of("replan", "replan_s"), "<=", 4),
        ("11", "its longest step, ms", of("replan", "replan_holds_ms"), "<=", 50),
        ("11", "a lone reminder meanwhile, 99 %, ms", of("lone-replan", "p99_ms"), "<=", 50),
        ("11", "a lone reminder meanwhile, at most, ms", of("lone-replan", "max_ms"), "<=", 50),
        ("13", "wakes/s at rest", of("rest", "wakes_per_s"), "<=", 1),
        ("13", "processor at rest, %", of("rest", "cpu_percent"), "<=", 0.05),
        ("14", "memory at rest, nearly nothing open, MiB", of("rest-few", "memory_mib"), "<=", 20),
        ("14", "memory at rest, 100,000 open, MiB", of("rest-100k", "memory_mib"), "<=", 24),
        ("14", "memory at rest, the large store, MiB", of("rest", "memory_mib"), "<=", 32),
        ("15", "most memory in the burst, MiB", own.get("peak_mib"), "<=", 48),
        ("16", "processor a mail, µs", own.get("cpu_us_per_mail"), "<=", 80),
        ("17", "start, nearly nothing open, ms", of("rest-few", "start_ms"), "<=", 50),
        ("17", "start, the large store, ms", of("rest", "start_ms"), "<=", 50),
        ("18", "start after a kill to the first new mail, ms", of("kill", "first_new_ms"), "<=", 200),
        ("19", "lost in 20 kills", of("kill", "lost"), "<=", 0),
        ("19", "copies a kill (16 connections)", of("kill", "copies_per_kill"), "<=", 16),
        ("20", "bytes an open assignment, packed", of("rest", "bytes_per_open"), "<=", 300),
        ("20", "bytes a delivered mail keeps, packed", own.get("bytes_per_mail"), "<=", 200),
        ("21", "claimed and completed/s, two replicas", of("claims", "completed_per_s"), ">=", 15_000),
        ("21", "claimed twice", of("claims", "double_claims"), "<=", 0),
        ("22", "statements/s of a replica at rest", of("rest-replicas", "statements_per_s"), "<=", 0.5),
        ("23", "a killed replica's mails sent after, ms", of("failover", "takeover_max_ms"), "<=", 10_000),
        ("24", "Telegram, of its limit", of("chats", "of_the_limit"), ">=", 0.95),
        ("24", "sent while told to wait", of("chats", "broken"), "<=", 0),
        ("25", "mails while Telegram says wait", of("apart", "mails_telegram_waits"), ">=", 0.9),
        ("25", "mails while a connection hangs", of("apart", "mails_one_hangs"), ">=", 0.9),
    ]


def main():
    names = ["beside", "alertmanager-killed", "lone", "lone-replan", "tick", "replan", "rest-few", "rest-100k", "rest", "kill",
             "apart", "chats", "claims", "replicas", "failover", "rest-replicas"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    side_by_side.arguments(parser)
    parser.add_argument("--out")
    parser.add_argument("--only", default=",".join(names))
    parser.add_argument("--open", type=int, default=1_000_000)
    args = parser.parse_args()
    wants = set(args.only.split(","))
    if unknown := wants - set(names):
        sys.exit(f"--only knows {', '.join(names)}; not {', '.join(sorted(unknown))}")
    args.alertmanager = side_by_side.installed()
    with (open(args.out, "w") if args.out else contextlib.nullcontext()) as file, contextlib.redirect_stdout(Tee(file)):
        began, found = time.monotonic(), {}
        header(args)
        measure(args, wants, found)
        print("\n# measure | found | aimed at")
        for number, what, value, relation, aim in verdicts(found):
            if value is not None:
                holds = value >= aim if relation == ">=" else value <= aim
                print(f"#{number:3s} {what:48s} {value:14.2f}   {relation} {aim:g}   {'holds' if holds else 'MISSED'}")
        print(f"Duration. {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
