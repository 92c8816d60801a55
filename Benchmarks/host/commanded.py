"""How soon each network fault is in force, by each mechanism of this kernel."""

import statistics

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
REPETITIONS = 50
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
                inject, revert = [], []
                for number in range(EXEMPT.get(mechanism, REPETITIONS)):
                    name = f"{kind}{number}"
                    took, _ = executor.inject(
                        name, kind=kind, mechanism=mechanism, peers=[Fabric.peer_address], **parameters)
                    inject.append(took)
                    revert.append(executor.revert(name))
                slow = quantile(inject, 0.99)
                measured = (
                    f"p50 {statistics.median(inject):.2f}, p99 {slow:.2f} ms (back {statistics.median(revert):.2f},"
                    f" {quantile(revert, 0.99):.2f} ms)")
                if mechanism in EXEMPT:
                    table.line(f"{kind} by {mechanism} (no bound: it starts programs)", measured)
                else:
                    table.line(f"{kind} by {mechanism}: p99 ≤ 10 ms", measured, slow <= 10)
            if not executor.capabilities.get(kind):
                table.line(kind, "skipped: nothing on this kernel serves")
