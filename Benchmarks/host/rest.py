"""What an executor and its guardian need while nothing happens."""

import os
import time

from fabric import Executor, Fabric

SECONDS = 10
RENEWALS = 10


def private(pid):
    """MB that are this process's alone."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        rows = [line.split() for line in file]
    return sum(int(row[1]) for row in rows if row[0] in ("Private_Clean:", "Private_Dirty:")) * 1024 / 1e6


def wakes(pid):
    """How often its threads have gone to sleep by themselves."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt_switches"))
    return total


def measure(table, fabric, program, state):
    table.head(f"executor and guardian at rest for {SECONDS} s: one holds nothing, one a partition, renewed {RENEWALS} times")
    with Executor(program, fabric.host, state) as idle, Executor(program, fabric.host, state, lease="3s") as holding:
        holding.inject("cut", kind="partition", peers=[Fabric.peer_address])
        processes = {
            ("executor", "nothing held"): idle.pid, ("guardian", "nothing held"): idle.guardian,
            ("executor", "one fault held"): holding.pid, ("guardian", "one fault held"): holding.guardian}
        # What the last request still has to do.
        time.sleep(0.3)
        before = {key: wakes(pid) for key, pid in processes.items()}
        for _ in range(RENEWALS):
            time.sleep(SECONDS / RENEWALS)
            holding.ask(op="renew")
        time.sleep(0.3)
        for key, pid in processes.items():
            count = wakes(pid) - before[key]
            who, what = key
            if what == "nothing held":
                table.line(f"{who}, {what}: wake-ups = 0", f"{count} in {SECONDS} s", count == 0)
            else:
                table.line(
                    f"{who}, {what}: wake-ups ≤ 2 per renewal", f"{count} in {SECONDS} s ({count / RENEWALS:.1f} each)",
                    count <= 2 * RENEWALS)
            memory = private(pid)
            table.line(f"{who}, {what}: private memory < 10 MB", f"{memory:.1f} MB", memory < 10)
