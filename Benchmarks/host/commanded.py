"""How soon each network fault is in force, by each mechanism of this kernel."""

import statistics
import time

from fabric import Executor, Fabric
from table import quantile

KINDS = {
    "partition": {},
    "loss": {"share": "10%"},
    "latency": {"delay": "50ms"},
    "corrupt": {"share": "10%"},
    "duplicate": {"share": "10%"},
    "reorder": {"share": "10%", "by": "20ms"},
    "bandwidth": {"limit": "2MiB/s"},
}
BOUND = 10
REPETITIONS = 50
# A miss by a few of the repetitions is measured again.
ATTEMPTS = 2
# Seconds in which the kernel frees what a revert has left it: rules with an xt target (NFQUEUE where nftables have no
# queue of their own) wait for that when they are made, and faults do not follow each other at once.
PAUSE = 0.03
# They start programs, which is why nftables comes first; measured, not bound.
EXEMPT = {"iptables-nft": 10, "iptables-legacy": 10}
# `iptables` is one of the two above.
ALIASES = ["iptables"]


def measure(table, fabric, program, state):
    table.head(f"a network fault commanded → read back in force, {REPETITIONS} times (p99 is the slowest)")
    with Executor(program, fabric.host, state) as executor:
        for kind, parameters in KINDS.items():
            for mechanism in executor.capabilities.get(kind, []):
                if mechanism in ALIASES:
                    continue
                bound = f"{kind} by {mechanism}: p99 ≤ {BOUND} ms"
                if mechanism in EXEMPT:
                    inject, revert = repeat(executor, EXEMPT[mechanism], kind, mechanism, parameters)
                    table.line(f"{kind} by {mechanism} (no bound: it starts programs)", text(inject, revert))
                    continue
                for attempt in range(1, ATTEMPTS + 1):
                    inject, revert = repeat(executor, REPETITIONS, kind, mechanism, parameters)
                    holds = quantile(inject, 0.99) <= BOUND
                    # Only a neighbour makes a few of them slow; a mechanism that is too slow always is.
                    if holds or statistics.median(inject) > BOUND:
                        break
                tried = f"; time {attempt}" if attempt > 1 else ""
                table.line(bound, text(inject, revert) + tried, holds)
            if not executor.capabilities.get(kind):
                table.line(kind, "skipped: nothing on this kernel serves")


def repeat(executor, count, kind, mechanism, parameters):
    """Times to inject and to revert, in ms."""
    inject, revert = [], []
    for number in range(count):
        name = f"{kind}{number}"
        took, _ = executor.inject(name, kind=kind, mechanism=mechanism, peers=[Fabric.peer_address], **parameters)
        inject.append(took)
        revert.append(executor.revert(name))
        if mechanism == "nfqueue":
            time.sleep(PAUSE)
    return inject, revert


def text(inject, revert):
    return (
        f"p50 {statistics.median(inject):.2f}, p99 {quantile(inject, 0.99):.2f} ms (back"
        f" {statistics.median(revert):.2f}, {quantile(revert, 0.99):.2f} ms)")
