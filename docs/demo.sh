#!/usr/bin/env bash
# Real faults on this host, and what becomes of them when the program that holds them is killed. Needs root. Touches only two
# network namespaces of its own, joined by a cable, and removes them whatever happens.
#
#   docs/demo.sh [PATH OF gauntlet-host]
set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
cd "$(dirname "$0")/.."

fail() { echo "demo: FAILED: $1" >&2; exit 1; }
say() { echo "demo: $1"; }

program=${1:-}
for built in .build/release/gauntlet-host .build/debug/gauntlet-host; do
  if [ -z "$program" ] && [ -x "$built" ]; then program=$built; fi
done
[ -n "$program" ] || fail "no gauntlet-host; build it: swift build -c release --product gauntlet-host"
[ -x "$program" ] || fail "no program $program"
[ "$(id -u)" -eq 0 ] || fail "it needs root"
for tool in ip tc nft ping nsenter; do
  command -v "$tool" >/dev/null || fail "no $tool (apt-get install iproute2 nftables iputils-ping util-linux)"
done

host="gauntlet-demo-$$-host"
peer="gauntlet-demo-$$-peer"
host_address=10.231.0.1
peer_address=10.231.0.2
own=$(mktemp -d "${TMPDIR:-/tmp}/gauntlet-demo-XXXXXX")
executor=

# Nobody of ours works on a namespace that is removed: first the executor ends (its input does), then its guardian.
cleanup() {
  exec 3>&- 4<&- || true
  if [ -n "$executor" ]; then
    for _ in $(seq 30); do kill -0 "$executor" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$executor" 2>/dev/null || true
    wait "$executor" 2>/dev/null || true
    for _ in $(seq 30); do [ -n "$(records)" ] || break; sleep 0.1; done
  fi
  ip netns del "$host" 2>/dev/null || true
  ip netns del "$peer" 2>/dev/null || true
  rm -rf "$own"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- What is looked at ------------------------------------------------------------------------------------------------

on() { nsenter --net="/run/netns/$1" -- "${@:2}"; }
records() { compgen -G "$own/state/runs/*/*.undo" || compgen -G "$own/durable/runs/*/*.undo" || true; }
# A process that has ended and that nobody has asked about yet does not run.
is_running() { grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"; }
# All that a fault here could leave in the kernel, seen with tools that know nothing of Gauntlet. (Of rules that nft itself
# could not have written it warns.)
kernel() {
  on "$host" nft list ruleset 2>/dev/null || fail "nft cannot list the rules"
  on "$host" tc qdisc show || fail "tc cannot list the qdiscs"
  on "$host" ip -o link show | cut -d ' ' -f 1-3
  # The older of the two packet filters, which nft does not show: rules, and chains that are not built in.
  if command -v iptables-legacy-save >/dev/null; then
    { on "$host" iptables-legacy-save 2>/dev/null || true; } | sed -n -e '/^-A/p' -e 's/^\(:[^ ]* - \).*/\1/p'
  fi
  on "$host" cat /proc/net/netfilter/nfnetlink_queue 2>/dev/null || true
}

# The peer pings the host: `answered` and, in whole ms, `took`.
ping_host() {
  local said
  said=$(on "$peer" ping -n -q -c "$1" -i 0.2 -W 1 "$host_address") || true
  answered=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' <<<"$said")
  took=$(sed -n 's#.*= [0-9.]*/\([0-9]*\)\.[0-9]*/.*#\1#p' <<<"$said")
  sed -n -e 's/^\(.*packets transmitted.*\), time.*/      \1/p' -e 's/^rtt/      rtt/p' <<<"$said"
}
expect_answers() {
  ping_host 3
  [ "${answered:-0}" -eq 3 ] || fail "$1: ${answered:-0} of 3 pings were answered"
  [ "$took" -ge "$2" ] && [ "$took" -lt "$3" ] || fail "$1: $took ms, not $2 to $3 ms"
}
expect_silence() {
  ping_host 3
  [ "${answered:-0}" -eq 0 ] || fail "$1: $answered of 3 pings were answered"
}

# --- The executor -----------------------------------------------------------------------------------------------------

number=0
# Sends a request; its answer is `reply`. Events that come before it are passed over.
ask() {
  number=$((number + 1))
  local line="{\"id\":$number,$1}"
  echo "   -> $line"
  echo "$line" >&3
  while read -r -t 20 reply <&4; do
    case $reply in *"\"re\":$number"[,}]*) break ;; esac
  done || fail "no answer"
  case $reply in *'"ok":true'*) ;; *) fail "refused: $reply" ;; esac
}
text() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$reply"; }
inject() {
  ask "\"op\":\"inject\",\"fault\":{$1}"
  echo "   <- $(text mechanism): $(text evidence)"
  case $reply in *'"effective":true'*) ;; *) fail "not in force: $reply" ;; esac
}
revert() {
  ask "\"op\":\"revert\",\"fault\":\"$1\""
  case $reply in *'"clean":true'*) echo "   <- clean" ;; *) fail "not clean: $reply" ;; esac
}

# --- The demonstration ------------------------------------------------------------------------------------------------

say "two hosts, joined by a cable: network namespaces of Linux $(uname -r)"
ip netns add "$host"
ip netns add "$peer"
ip link add eth0 netns "$host" type veth peer name eth0 netns "$peer"
for side in "$host $host_address" "$peer $peer_address"; do
  read -r name address <<<"$side"
  on "$name" ip address add "$address/24" dev eth0
  on "$name" ip link set lo up
  on "$name" ip link set eth0 up
done

say "$program on one of them"
mkfifo "$own/requests" "$own/replies"
nsenter --net="/run/netns/$host" -- "$program" --state "$own/state" --durable "$own/durable" \
  <"$own/requests" >"$own/replies" &
executor=$!
exec 3>"$own/requests" 4<"$own/replies"
# Long, so that it is not the end of the lease that takes anything back below.
ask '"op":"hello","version":1,"run":"demo","lease":"5min"'
before=$(kernel)

say "the peer pings the host"
expect_answers "without a fault" 0 40

cut="\"id\":\"cut\",\"kind\":\"partition\",\"peers\":[\"$peer_address\"]"
slow="\"id\":\"slow\",\"kind\":\"latency\",\"peers\":[\"$peer_address\"],\"direction\":\"out\",\"delay\":\"50ms\""

say "a partition: no ping is answered"
inject "$cut"
expect_silence "in a partition"
say "reverted: they are answered again"
revert cut
expect_answers "after the partition" 0 40

say "50 ms latency: pings take as long"
inject "$slow"
mechanism=$(text mechanism)
expect_answers "with a latency of 50 ms" 45 120
say "that was by $mechanism; reverted: they are quick again"
revert slow
expect_answers "after the latency" 0 40

say "both at once, in the kernel and on record"
inject "$slow"
inject "$cut"
expect_silence "in a partition"
echo "$before" >"$own/before"
kernel | diff "$own/before" - | sed -n 's/^> \(table\|qdisc\|:\)/      kernel: \1/p' || true
records | sed "s#^$own/#      record: #"
[ "$(kernel)" != "$before" ] || fail "the kernel shows nothing of the faults"
[ "$(records | wc -l)" -eq 2 ] || fail "$(records | wc -l) records, not 2"
guardian=$(sed -n 's/.*"pid":\([0-9]*\).*/\1/p' "$own"/state/runs/*/guardian)

say "kill -9 of the executor, process $executor; nobody tells its guardian, process $guardian"
# User-Mode Linux starts a process ten times slower, and what takes iptables' rules back is a process.
limit=1000
if grep -q 'User Mode Linux' /proc/cpuinfo; then limit=10000; fi
began=${EPOCHREALTIME//[^0-9]/}
{ kill -KILL "$executor"; wait "$executor"; } 2>/dev/null || true
until [ -z "$(records)" ]; do
  [ $((${EPOCHREALTIME//[^0-9]/} - began)) -lt $((limit * 1000)) ] || fail "after $limit ms this is still on record: $(records)"
  sleep 0.005
done
clean=$(((${EPOCHREALTIME//[^0-9]/} - began) / 1000))
if [ "$(kernel)" != "$before" ]; then
  kernel | diff "$own/before" - >&2 || true
  fail "no record is left, but the kernel is not as before"
fi
executor=
say "clean after $clean ms: nft list ruleset and tc qdisc show are as before, and no record is left"
expect_answers "after the kill" 0 40
for _ in $(seq 10); do is_running "$guardian" || break; sleep 0.1; done
if is_running "$guardian"; then fail "the guardian is still there"; fi
"$program" recover --state "$own/state" --durable "$own/durable" | sed 's/^/      recover: /'
say "all as claimed: partition, latency by $mechanism, and nothing left $clean ms after kill -9"
