"""What the product promises of its faults on a Linux host, beside what this machine does.

    python3 Benchmarks/host/run.py GAUNTLET-HOST LOAD [PART …]

`Benchmarks/run.sh` builds both: the product's release build, and `load.swift`. Works in two network namespaces of its own
and a directory in memory; both are gone when it ends. Parts: partition, commanded, fleet, delay, rest, probe; all unless given.
Exits with 1 if a bound is missed, and with 0 and a reason where the host cannot be measured.
"""

import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import commanded
import delay
import fleet
import partition
import probe
import rest
from fabric import Fabric, Refused
from table import Table

MODULES = {"partition": partition, "commanded": commanded, "fleet": fleet, "delay": delay, "rest": rest, "probe": probe}
# /run, where state usually is, lies in memory on most machines, but not on all; this one does on every Linux.
MEMORY = "/dev/shm"


def missing():
    """Why nothing can be measured here; None if it can."""
    if sys.platform != "linux":
        return "real faults need Linux"
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    for tool in ("ip", "nsenter", "sh"):
        if not shutil.which(tool):
            return f"needs the program `{tool}`"
    with open("/proc/mounts") as mounts:
        if not any(line.split()[1:3] == [MEMORY, "tmpfs"] for line in mounts):
            return f"needs a tmpfs at {MEMORY}"
    return None


def load():
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def beside(program):
    return os.path.join(os.path.dirname(program), "gauntlet-probe")


def main():
    reason = missing()
    if reason:
        print(f"\nfaults on this host: skipped: {reason}")
        return 0
    if len(sys.argv) < 3:
        print(__doc__)
        return 64
    program, sender = (os.path.abspath(path) for path in sys.argv[1:3])
    parts = sys.argv[3:] or list(MODULES)
    if not set(parts) <= set(MODULES):
        print(__doc__)
        return 64
    # Asked to end, it still cleans up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    table = Table()
    table.head("faults on this host")
    table.line("machine", f"Linux {platform.release()}, {os.cpu_count()} processors, load {load()}")
    table.line("state directories", f"tmpfs at {MEMORY} (on a disk, each undo step costs one sync more)")
    with tempfile.TemporaryDirectory(prefix="gauntlet-bench-", dir=MEMORY) as state, Fabric() as fabric:
        for part in parts:
            # The prober, built beside the executor, needs nothing but a loopback.
            arguments = [table, fabric, program, state] if part != "probe" else [table, beside(program)]
            if part == "delay":
                arguments.append(sender)
            try:
                MODULES[part].measure(*arguments)
            except (Refused, OSError, subprocess.CalledProcessError) as error:
                table.line(part, f"could not be measured: {error}", False)
    table.head("all of it")
    table.line("time", f"{time.monotonic() - began:.0f} s, load {load()}")
    table.end()
    return 1 if table.missed else 0


sys.exit(main())
