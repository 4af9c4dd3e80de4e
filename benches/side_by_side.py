#!/usr/bin/env python3
"""dondoc beside what else could send the mails, in one run: rounds A B C A B C, medians, each round's raw figures.

usage: benches/side_by_side.py DONDOC [--rounds 5] [--mails 10000] [--connections 16]

Needs smtp-sink and smtp-source (Debian: postfix; no service has to run). prometheus-alertmanager takes part when it is
installed, or where ALERTMANAGER names it. Everything stays on 127.0.0.1. A round during which others used more than 5 % of the
processors is thrown away and made again, at most --attempts times; what is then still disturbed is kept and marked.
"""
import argparse, datetime, json, os, shutil, socket, statistics, subprocess, sys, tempfile, time, urllib.request

SINK = 2626
ALERTS = 2627
HZ = os.sysconf("SC_CLK_TCK")
# What a mail of ours takes on the wire, with its HTML part: `dondoc bench burst` tells it as mail_bytes. The others send as much.
SIZE = 8784


def busy():
    """Processor seconds used by everybody, and by this process with all it started and waited for."""
    user, nice, system, _, _, irq, soft = map(int, open("/proc/stat").readline().split()[1:8])
    own = os.times()
    return (user + nice + system + irq + soft) / HZ, own.user + own.system + own.children_user + own.children_system


def foreign(before, after, took):
    """What others used of the processors between two readings, percent."""
    return 100 * max(0.0, (after[0] - before[0]) - (after[1] - before[1])) / took / os.cpu_count()


def wait_for(port, patience=20.0):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            return socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.01)
    sys.exit(f"nothing listens on port {port}")


class Sink:
    def __enter__(self):
        words = ["smtp-sink"] + (["-u", "nobody"] if os.geteuid() == 0 else [])
        self.process = subprocess.Popen(words + [f"127.0.0.1:{SINK}", "1024"], stdout=subprocess.DEVNULL)
        wait_for(SINK)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def dondoc(args):
    words = [args.dondoc, "bench", "burst", "--json", "--messages", str(args.mails), "--connections", str(args.connections)]
    with Sink():
        told = subprocess.run(words + ["--smtp", f"127.0.0.1:{SINK}"], check=True, capture_output=True, text=True).stdout
    return json.loads(told)


def smtp_source(args):
    words = ["smtp-source", "-d", "-s", str(args.connections), "-m", str(args.mails), "-l", str(SIZE)]
    with Sink():
        began = time.monotonic()
        subprocess.run(words + ["-f", "a@example.org", "-t", "b@example.org", f"127.0.0.1:{SINK}"], check=True)
        took = time.monotonic() - began
    return {"mails_per_s": args.mails / took, "last_s": took}


class Alertmanager:
    """The program on a folder of its own; a mail an alert, with a text that makes it as long as the others' mails."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="side-by-side-")
        config = os.path.join(self.folder, "alertmanager.json")
        mail = {"to": "b@example.org", "send_resolved": False, "html": "", "text": ("x" * 70 + "\n") * ((SIZE - 600) // 72)}
        with open(config, "w") as file:
            json.dump({
                "global": {"smtp_smarthost": f"127.0.0.1:{SINK}", "smtp_from": "a@example.org", "smtp_require_tls": False},
                "route": {"receiver": "mail", "group_by": ["id"], "group_wait": "0s", "group_interval": "1h", "repeat_interval": "24h"},
                "receivers": [{"name": "mail", "email_configs": [mail]}],
            }, file)
        self.words = [program, f"--config.file={config}", f"--storage.path={self.folder}/data", "--log.level=error",
                      f"--web.listen-address=127.0.0.1:{ALERTS}", "--cluster.listen-address="]
        self.ends = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=12)).isoformat()
        self.process = None

    def start(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(ALERTS)

    def give(self, count):
        for first in range(0, count, 500):
            alerts = [{"labels": {"alertname": "due", "id": str(n)}, "endsAt": self.ends} for n in range(first, min(first + 500, count))]
            request = urllib.request.Request(f"http://127.0.0.1:{ALERTS}/api/v2/alerts", json.dumps(alerts).encode(),
                                             {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=60).read()

    def sent(self):
        """Mails the server took since it started: those it had an answer to, less those that failed. (Its count of notifications
        rises before it sends.)"""
        text = urllib.request.urlopen(f"http://127.0.0.1:{ALERTS}/metrics", timeout=5).read().decode()
        total = lambda name: sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                                 if line.startswith(name + '{integration="email"'))
        return total("alertmanager_notification_latency_seconds_count") - total("alertmanager_notification_requests_failed_total")

    def wait_until_sent(self, count, patience):
        end = time.monotonic() + patience
        while self.sent() < count and time.monotonic() < end:
            time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Asked to stop it takes its time, and nothing of it is kept.
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def alertmanager(args):
    with Sink(), Alertmanager(args.alertmanager) as program:
        program.start()
        began = time.monotonic()
        program.give(args.mails)
        program.wait_until_sent(args.mails, 120)
        took = time.monotonic() - began
        sent = program.sent()
        stat = open(f"/proc/{program.process.pid}/stat").read().rsplit(")", 1)[1].split()
        peak = next(line for line in open(f"/proc/{program.process.pid}/status") if line.startswith("VmHWM"))
        cpu = (int(stat[11]) + int(stat[12])) / HZ
    return {"mails": sent, "mails_per_s": sent / took, "last_s": took, "cpu_us_per_mail": cpu * 1e6 / max(sent, 1),
            "peak_mib": int(peak.split()[1]) / 1024}


def alertmanager_killed(args, mails=1_000, runs=3):
    """All mails out, a second of rest, kill -9, started on its own data, and told of the same alerts again, as a sender repeats them."""
    again = []
    for run in range(1, runs + 1):
        with Sink(), Alertmanager(args.alertmanager) as program:
            program.start()
            program.give(mails)
            program.wait_until_sent(mails, 60)
            before = program.sent()
            time.sleep(1)
            program.kill()
            program.start()
            program.give(mails)
            time.sleep(4)
            again.append(program.sent())
        print(f"alertmanager killed, run {run}: {before:.0f} mails before the kill, {again[-1]:.0f} again after it", flush=True)
    return {"again": statistics.median(again), "of": mails}


def arguments(parser):
    parser.add_argument("dondoc")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--attempts", type=int, default=3)


def installed():
    """Alertmanager, when it is there."""
    return os.environ.get("ALERTMANAGER") or shutil.which("prometheus-alertmanager")


def rounds(args):
    """A B C A B C; the medians of each program's figures."""
    runners = {"dondoc": dondoc, "smtp-source -d": smtp_source}
    if args.alertmanager:
        runners["alertmanager"] = alertmanager
    print(f"# {datetime.datetime.now().isoformat(timespec='seconds')} {args.mails} mails, {args.connections} connections; {os.cpu_count()} processors", flush=True)
    kept = {name: [] for name in runners}
    for number in range(1, args.rounds + 1):
        for name, runner in runners.items():
            for _ in range(args.attempts):
                before, began = busy(), time.monotonic()
                figures = runner(args)
                disturbance = foreign(before, busy(), time.monotonic() - began)
                disturbed = disturbance > 5
                print(f"round {number} {name:15s} {json.dumps(figures)} foreign {disturbance:.1f} %"
                      + (" disturbed" if disturbed else ""), flush=True)
                if not disturbed:
                    break
            kept[name].append(figures)
    medians = {name: {} for name in kept}
    for key in ["mails_per_s", "last_s", "cpu_us_per_mail", "peak_mib", "bytes_per_mail"]:
        for name, all_rounds in kept.items():
            values = [figures[key] for figures in all_rounds if key in figures]
            if values:
                medians[name][key] = statistics.median(values)
                print(f"{key:16s} {name:15s} median {medians[name][key]:10.2f} [{min(values):.2f} - {max(values):.2f}]")
    for name in list(medians)[1:]:
        print(f"dondoc / {name}: {medians['dondoc']['mails_per_s'] / medians[name]['mails_per_s']:.2f}", flush=True)
    return medians


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments(parser)
    args = parser.parse_args()
    args.alertmanager = installed()
    rounds(args)


if __name__ == "__main__":
    main()
