#!/bin/sh
# Builds the benchmarks in release and prints the table of bounds. Exit 0 even if a bound is missed: the line says so.
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
exec "$binaries/gauntlet-bench" "$binaries/gauntlet" "$hold" "$simpy" "$scratch"
