#!/usr/bin/env bash
# The install steps of README.md in a temporary root, then the daemon as that account: does it live inside of what its unit allows?
# As root, in the folder of the project: install.sh PROGRAM. Needs systemd's tools and strace; no systemd has to run.
set -euo pipefail
program=$1 root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"; mkdir "$root/etc"
step() { printf '\n== %s\n' "$*"; }

step 'systemd-analyze verify (silent when nothing is wrong)'; systemd-analyze verify deploy/dondoc.service
step 'systemd-analyze security --offline=true'
systemd-analyze security --offline=true --no-pager deploy/dondoc.service | grep -E '✗|Overall'

step '1. program, unit, account, folders'
install -D -m 755 "$program" "$root/usr/local/bin/dondoc"
install -D -m 644 deploy/dondoc.service "$root/etc/systemd/system/dondoc.service"
install -D -m 644 deploy/sysusers.d/dondoc.conf "$root/etc/sysusers.d/dondoc.conf"
install -D -m 644 deploy/tmpfiles.d/dondoc.conf "$root/etc/tmpfiles.d/dondoc.conf"
systemd-sysusers --root="$root" dondoc.conf
systemd-tmpfiles --root="$root" --create dondoc.conf
id=$(cut -d: -f3 "$root/etc/passwd")

step '2. config'; install -m 640 -g "$id" config.example.toml "$root/etc/dondoc/config.toml"
step '3. secrets'
for name in smtp-user smtp-password; do
  printf secret | install -m 600 -o "$id" -g "$id" /dev/stdin "$root/etc/dondoc/credentials/$name"
done
install -d "$root/etc/systemd/system/dondoc.service.d"
(echo '[Service]'; cd "$root/etc/dondoc/credentials"; for name in *; do echo "LoadCredential=$name:$PWD/$name"; done) \
  > "$root/etc/systemd/system/dondoc.service.d/credentials.conf"
sed "s|$root||" "$root/etc/systemd/system/dondoc.service.d/credentials.conf"
systemd-tmpfiles --root="$root" --create dondoc.conf # as at every boot
(cd "$root" && find etc/dondoc var/lib -printf '%M %U:%G %p\n' | sort -k3)

step '4. commands as the account'
service() {
  setpriv --reuid="$id" --regid="$id" --clear-groups env -i PATH="$root/usr/local/bin:/usr/bin" HOME="$root/var/lib/dondoc" \
    STATE_DIRECTORY="$root/var/lib/dondoc" "$@"
}
umask 077
service dondoc check --lang en --config "$root/etc/dondoc/config.toml" 2>&1 | sed "s|$root||"
mkdir "$root/facts" && cp examples/go-vap-2023/*.toml "$root/facts" && chmod -R a+rX "$root/facts"
service dondoc import --lang en --config "$root/etc/dondoc/config.toml" "$root"/facts/*.toml | tail -1

step '5. run, reload, stop, under strace'
service strace -f -qq -o "$root/var/lib/dondoc/trace" dondoc run --config "$root/etc/dondoc/config.toml" 2> "$root/log" & tracer=$!
for _ in $(seq 300); do grep -q 'is ready' "$root/log" && break; sleep 0.1; done
sleep 2
daemon=$(pgrep -P "$(pgrep -P "$tracer")")
service dondoc status --lang en --config "$root/etc/dondoc/config.toml" | sed -n 4,8p
kill -HUP "$daemon"; sleep 2; kill -TERM "$daemon"
wait "$tracer" && echo "exit code 0"
sed "s/\x1b\[[0-9;]*m//g; s|$root||g; s/^[^ ]* *//" "$root/log" | grep -E 'INFO|ERROR' | cut -c1-150

step 'its files'; (cd "$root/var/lib/dondoc" && find . -printf '%M %U:%G %p\n' | sort -k3 | head -12)
step 'system calls of the daemon that SystemCallFilter= does not allow'
sed 's/^[0-9]* *//; s/(.*//' "$root/var/lib/dondoc/trace" | grep -E '^[a-z_0-9]+$' | sort -u > "$root/used"
SYSTEMD_COLORS=0 systemd-analyze syscall-filter 2>/dev/null > "$root/sets"
python3 - "$root" <<'PY'
import sys
root, sets, name = sys.argv[1], {}, None
for line in open(root + "/sets"):
    line = line.rstrip()
    if line.startswith("@"):
        name = line; sets[name] = []
    elif line.startswith("    ") and name and not line.strip().startswith("#"):
        sets[name].append(line.strip())
flat = lambda one: set().union(*map(flat, sets[one])) if one.startswith("@") else {one}
allowed = (flat("@system-service") | flat("@default")) - flat("@privileged") - flat("@resources")
used = set(open(root + "/used").read().split())
print(len(used), "used, not allowed:", " ".join(sorted(used - allowed)) or "none")
PY
