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
SIZE = 4096


def busy():
    """Processor seconds used by everybody, and by this process with all it started and waited for."""
    user, nice, system, _, _, irq, soft = map(int, open("/proc/stat").readline().split()[1:8])
    own = os.times()
    return (user + nice + system + irq + soft) / HZ, own.user + own.system + own.children_user + own.children_system


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


class Counter:
    """Listens for Alertmanager's own count of mails it has sent."""

    def sent(self):
        text = urllib.request.urlopen(f"http://127.0.0.1:{ALERTS}/metrics", timeout=5).read().decode()
        lines = [line for line in text.splitlines() if line.startswith('alertmanager_notifications_total{integration="email"')]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def alertmanager(args):
    folder = tempfile.mkdtemp(prefix="side-by-side-")
    config = os.path.join(folder, "alertmanager.json")
    mail = {"to": "b@example.org", "send_resolved": False, "html": "", "text": "x" * (SIZE - 600)}
    with open(config, "w") as file:
        json.dump({
            "global": {"smtp_smarthost": f"127.0.0.1:{SINK}", "smtp_from": "a@example.org", "smtp_require_tls": False},
            "route": {"receiver": "mail", "group_by": ["id"], "group_wait": "0s", "group_interval": "1h", "repeat_interval": "24h"},
            "receivers": [{"name": "mail", "email_configs": [mail]}],
        }, file)
    words = [args.alertmanager, f"--config.file={config}", f"--storage.path={folder}/data", "--log.level=error",
             f"--web.listen-address=127.0.0.1:{ALERTS}", "--cluster.listen-address="]
    ends = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=12)).isoformat()
    with Sink():
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(ALERTS)
            began = time.monotonic()
            for first in range(0, args.mails, 500):
                alerts = [{"labels": {"alertname": "due", "id": str(n)}, "endsAt": ends}
                          for n in range(first, min(first + 500, args.mails))]
                request = urllib.request.Request(f"http://127.0.0.1:{ALERTS}/api/v2/alerts", json.dumps(alerts).encode(),
                                                 {"Content-Type": "application/json"})
                urllib.request.urlopen(request, timeout=60).read()
            while Counter().sent() < args.mails and time.monotonic() - began < 120:
                time.sleep(0.05)
            took = time.monotonic() - began
            stat = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
            peak = next(line for line in open(f"/proc/{process.pid}/status") if line.startswith("VmHWM"))
            cpu = (int(stat[11]) + int(stat[12])) / HZ
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)
    return {"mails_per_s": args.mails / took, "last_s": took, "cpu_us_per_mail": cpu * 1e6 / args.mails,
            "peak_mib": int(peak.split()[1]) / 1024}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dondoc")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--attempts", type=int, default=3)
    args = parser.parse_args()
    args.alertmanager = os.environ.get("ALERTMANAGER") or shutil.which("prometheus-alertmanager")
    runners = {"dondoc": dondoc, "smtp-source -d": smtp_source}
    if args.alertmanager:
        runners["alertmanager"] = alertmanager
    print(f"# {datetime.datetime.now().isoformat(timespec='seconds')} {' '.join(sys.argv)}; {os.cpu_count()} processors", flush=True)
    kept = {name: [] for name in runners}
    for number in range(1, args.rounds + 1):
        for name, runner in runners.items():
            for _ in range(args.attempts):
                all_before, own_before = busy()
                began = time.monotonic()
                figures = runner(args)
                took = time.monotonic() - began
                all_after, own_after = busy()
                foreign = 100 * max(0.0, (all_after - all_before) - (own_after - own_before)) / took / os.cpu_count()
                disturbed = foreign > 5
                print(f"round {number} {name:15s} {json.dumps(figures)} foreign {foreign:.1f} %"
                      + (" disturbed" if disturbed else ""), flush=True)
                if not disturbed:
                    break
            kept[name].append(figures)
    for key in ["mails_per_s", "last_s", "cpu_us_per_mail", "peak_mib"]:
        for name, rounds in kept.items():
            values = [figures[key] for figures in rounds if key in figures]
            if values:
                print(f"{key:16s} {name:15s} median {statistics.median(values):10.2f} [{min(values):.2f} - {max(values):.2f}]")
    rate = {name: statistics.median(figures["mails_per_s"] for figures in rounds) for name, rounds in kept.items()}
    for name in list(rate)[1:]:
        print(f"dondoc / {name}: {rate['dondoc'] / rate[name]:.2f}")


if __name__ == "__main__":
    main()
