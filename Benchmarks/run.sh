#!/bin/sh
# Builds the benchmarks in release and prints the tables of bounds: the simulator's, then that of real faults on this
# host. If a bound of the simulator is missed, the line says so; if one of the host is, so does the exit code (1).
set -eu
cd "$(dirname "$0")/.."
scratch=.build-bench
mkdir -p "$scratch"

swift build -c release --package-path Benchmarks --scratch-path "$scratch" >"$scratch/build.log" 2>&1 || {
    cat "$scratch/build.log" >&2
    exit 1
}

# What stands beside the product's queue is a comparison, not a need: a machine without it says so and goes on.
hold='skipped: no g++'
if command -v g++ >/dev/null 2>&1; then
    # No contraction into fused operations: the table of quantiles must equal the one in Swift.
    g++ -O2 -std=c++17 -ffp-contract=off -o "$scratch/hold" Benchmarks/hold.cpp
    hold="$scratch/hold"
fi
simpy='skipped: no python3'
if command -v python3 >/dev/null 2>&1; then
    python="$scratch/simpy/bin/python"
    if "$python" -c 'import simpy' 2>/dev/null ||
        { python3 -m venv "$scratch/simpy" && "$python" -m pip install -q simpy==4.1.1; } >"$scratch/simpy.log" 2>&1
    then
        simpy="$python"
    else
        simpy="skipped: SimPy could not be installed (see $scratch/simpy.log)"
    fi
fi

binaries="$(swift build -c release --package-path Benchmarks --scratch-path "$scratch" --show-bin-path)"
"$binaries/gauntlet-bench" "$binaries/gauntlet" "$hold" "$simpy" "$scratch"

# The live page: a program of its own, and viewers in Python. Its bounds decide the exit code with those of the host.
missed=0
if [ "$(uname)" != Linux ] || ! command -v python3 >/dev/null 2>&1; then
    printf '\nthe live page: skipped: needs Linux and python3\n'
elif ! { swift build -c release --product gauntlet && swift build -c release --product gauntlet-serve; } \
    >"$scratch/serve.log" 2>&1; then
    printf '\nthe live page: skipped: gauntlet-serve cannot be built here (see %s)\n' "$scratch/serve.log"
else
    product="$(swift build -c release --show-bin-path)"
    python3 -B Benchmarks/serve/run.py "$product/gauntlet" "$product/gauntlet-serve" || missed=1
fi

# Real faults need root, and a product built with them. Everything else that is missing is said by what measures.
skip=
if [ "$(uname)" != Linux ]; then
    skip='real faults need Linux'
elif [ "$(id -u)" != 0 ]; then
    skip='needs root for network namespaces'
elif ! command -v python3 >/dev/null 2>&1; then
    skip='no python3'
elif ! swift build -c release --product gauntlet-host >"$scratch/host.log" 2>&1; then
    skip="gauntlet-host cannot be built here (see $scratch/host.log)"
elif ! swiftc -O -o "$scratch/load" Benchmarks/host/load.swift >"$scratch/host.log" 2>&1; then
    skip="the load generator cannot be built here (see $scratch/host.log)"
fi
if [ -n "$skip" ]; then
    printf '\nfaults on this host: skipped: %s\n' "$skip"
    exit "$missed"
fi
# It needs more than the executor does; without it its part of the table says so.
swift build -c release --product gauntlet-probe >"$scratch/probe.log" 2>&1 || :
host="$(swift build -c release --show-bin-path)/gauntlet-host"
python3 -B Benchmarks/host/run.py "$host" "$scratch/load" || missed=1
exit "$missed"
