#!/usr/bin/env bash
# A live run on a host behind ssh, without a second machine: an sshd of its own on loopback, with keys made for this once, and a
# Redis that somebody else has started. The server is killed through the ssh session and started again. Leaves nothing behind.
#
#   docs/examples/ssh/demo.sh [DIRECTORY OF gauntlet]
set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
cd "$(dirname "$0")/../../.."

fail() { echo "demo: $1" >&2; exit 69; }
programs=${1:-$PWD/.build/release}
for program in gauntlet gauntlet-host gauntlet-probe gauntlet-agent; do
  [ -x "$programs/$program" ] || fail "no $programs/$program; build it: swift build -c release --product $program"
done
for tool in sshd ssh ssh-keygen redis-server redis-cli; do
  command -v "$tool" >/dev/null || fail "no $tool (apt-get install openssh-server openssh-client redis-server)"
done

own=$(mktemp -d "${TMPDIR:-/tmp}/gauntlet-ssh-XXXXXX")
ssh_port=$((20000 + RANDOM % 10000))
redis_port=$((30000 + RANDOM % 10000))
daemon=
locked=
cleanup() {
  redis-cli -p "$redis_port" shutdown nosave >/dev/null 2>&1 || true
  [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; }
  [ -z "$locked" ] || rmdir "$locked" 2>/dev/null || true
  rm -rf "$own"
}
trap cleanup EXIT

# The far end.
for key in host user; do ssh-keygen -q -t ed25519 -N '' -C "$key" -f "$own/$key"; done
if [ "$(id -u)" -eq 0 ] && mkdir /run/sshd 2>/dev/null; then locked=/run/sshd; fi
cat > "$own/sshd_config" <<CONFIG
Port $ssh_port
ListenAddress 127.0.0.1
HostKey $own/host
PidFile none
AuthorizedKeysFile $own/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
CONFIG
"$(command -v sshd)" -D -e -f "$own/sshd_config" 2> "$own/sshd.log" &
daemon=$!
redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$own" --daemonize yes >/dev/null
echo "[127.0.0.1]:$ssh_port $(cut -d' ' -f1,2 "$own/host.pub")" > "$own/known_hosts"
for _ in $(seq 100); do (: < "/dev/tcp/127.0.0.1/$ssh_port") 2>/dev/null && break; sleep 0.1; done

# What Gauntlet is told.
cat > "$own/fleet.yaml" <<FLEET
gauntlet-fleet: 1
name: behind-ssh
local-delay: 100us (assumed 20us..500us)
hosts:
  - { name: db1, cores: 2 (assumed 1..16), memory: 2GiB (assumed 1GiB..64GiB), disk: 64GiB (assumed 1GiB..1TiB), disk-used: 10% (assumed 0%..80%) }
profiles:
  any: { time: 1ms (assumed 100us..20ms), spread: exponential, workers: 4 (assumed 1..64), queue: 64 (assumed 1..512), startup: 1s (assumed 100ms..10s), memory: 64MiB (assumed 8MiB..1GiB) }
agents:
  - { group: caches, host: db1, profile: any, members: [ cache ] }
live:
  hosts:
    db1: { ssh: $(id -un)@127.0.0.1, port: $ssh_port, identity: $own/user, known-hosts: $own/known_hosts, gauntlet-host: $programs/gauntlet-host, disk: / }
  attach:
    cache: { port: $redis_port, start: [ redis-server, "--port", "$redis_port", "--bind", 127.0.0.1, "--dir", $own, "--daemonize", "no" ] }
  clients:
    cache: { redis: PING }
FLEET
cat > "$own/kill-cache.yaml" <<'SCENARIO'
gauntlet: 1
name: kill-cache
summary: A server on another machine dies, and its owner's command starts it again.
fleet: fleet.yaml
phases: { baseline: 5s, faults: 10s, recovery: 10s }
workload: { requests: { rate: 10/s, timeout: 500ms } }
faults: [ { id: kill, kind: kill, target: { name: cache }, at: 1s, for: 5s } ]
exercises: { nothing: "Nobody but its owner's command starts it again." }
objectives: [ { metric: recovery-time, of: kill, max: 5s } ]
SCENARIO

"$programs/gauntlet" run "$own/kill-cache.yaml" --world live --out "${OUT:-$own/reports}"
