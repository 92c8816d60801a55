"""The prober: how exactly it sends when a request is due, what it adds to what it measures, and what it costs.

    python3 Benchmarks/host/probe.py GAUNTLET-PROBE

Asks a server of its own on the loopback. Beside the same requests from `h2load` (nghttp2) at an equal rate, where installed.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile

from table import Table, quantile

RATE = 5000
SECONDS = 10
# The two machines' fleet: 77 agents, each asked 20 times a second.
FLEET_RATE = 77 * 20
# h2load's clock ticks a hundred times a second: at more than that it sends several requests in one instant, which wait for
# each other, and its times are no longer of a request alone.
COMPARED_RATE = 100


def measure(table, program):
    if not os.access(program, os.X_OK):
        table.head("prober")
        table.line("prober", f"skipped: not built at {program}")
        return
    table.head(f"prober: {RATE} requests/s for {SECONDS} s to a server on this machine")
    server = subprocess.Popen([program, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/"
        full(table, program, url)
        cost(table, program, url)
        compare(table, program, url)
    finally:
        server.kill()
        server.wait()


def full(table, program, url):
    result, _ = load(program, url, RATE, SECONDS)
    late = result["startError"]
    table.line("all sent and answered", f"{result['succeeded']} of {result['count']}", result["succeeded"] == result["count"])
    table.line(
        "p99 start error < 5 ms",
        f"{late['p99'] / 1000:.3f} ms (median {late['p50'] / 1000:.3f}, max {result['startErrorMax'] / 1000:.3f})",
        late["p99"] < 5000)


def cost(table, program, url):
    result, cores = load(program, url, FLEET_RATE, SECONDS)
    table.line(f"processor for {FLEET_RATE} requests/s < 0.5 cores", f"{cores:.2f} cores", cores < 0.5)


def compare(table, program, url):
    bound = f"median service time as h2load's at {COMPARED_RATE}/s ± 10 %"
    if not shutil.which("h2load"):
        table.line(bound, "skipped: needs the program `h2load`")
        return
    ours, theirs = [], []
    # In turn, so that what else the machine does meets both.
    for _ in range(3):
        ours.append(load(program, url, COMPARED_RATE, SECONDS / 2, "constant")[0]["service"]["p50"])
        theirs.append(h2load(url))
    ours, theirs = quantile(ours, 0.5), quantile(theirs, 0.5)
    table.line(bound, f"{ours:.0f} µs, {theirs:.0f} µs ({100 * (ours / theirs - 1):+.0f} %)", abs(ours / theirs - 1) <= 0.1)


def load(program, url, rate, seconds, spread="uniform"):
    """The prober's report, and the processor time that it took in cores."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(
        [program, "load", "--target", url, "--rate", str(rate), "--seconds", str(seconds),
         "--spread", spread, "--json"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(output), used / seconds


def h2load(url):
    """Median time of a request in microseconds."""
    with tempfile.TemporaryDirectory(prefix="gauntlet-bench-") as directory:
        log = os.path.join(directory, "log")
        subprocess.run(
            ["h2load", "--h1", "-t", "1", "-c", "1", "--rps", str(COMPARED_RATE),
             "-D", str(int(SECONDS / 2)), f"--log-file={log}", url],
            check=True, stdout=subprocess.DEVNULL)
        with open(log) as lines:
            times = [int(line.split()[2]) for line in lines if line.split()[1] == "200"]
        return quantile(times, 0.5)


def main():
    if sys.platform != "linux" or len(sys.argv) != 2:
        print(__doc__)
        return 64
    table = Table()
    table.head("machine")
    table.line("load", " ".join(f"{value:.1f}" for value in os.getloadavg()))
    measure(table, os.path.abspath(sys.argv[1]))
    table.end()
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
