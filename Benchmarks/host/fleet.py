"""Whether a fault on many targets begins on all of them at once."""

import os
import select
import subprocess
import time

from fabric import Executor
from table import quantile

TARGETS = 77
ROUNDS = 5


class Sleepers:
    """Processes that do nothing, selected by a command line of their own; gone at the end of the `with`."""

    def __enter__(self):
        # Seconds that nobody else sleeps.
        self.command = ["sleep", f"9{os.getpid()}.{time.monotonic_ns() % 1_000_000}"]
        self.processes = []
        try:
            for _ in range(TARGETS):
                self.processes.append(subprocess.Popen(self.command))
        except BaseException:
            self.__exit__()
            raise
        # A new process has its parent's command line until it has become another program.
        for process in self.processes:
            while letter(process.pid) != "S":
                time.sleep(0.001)
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


def letter(pid):
    """Its state, as /proc shows it."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


class Watching:
    """An observer that nobody keeps waiting: what it sees late would look simultaneous. It must sleep in between, or it
    keeps others waiting."""

    def __enter__(self):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))

    def __exit__(self, *_):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def ends(sleepers, go):
    """When the kernel shows each one's end, on a monotonic clock."""
    poll = select.epoll()
    descriptors = [os.pidfd_open(process.pid) for process in sleepers.processes]
    try:
        for descriptor in descriptors:
            poll.register(descriptor, select.EPOLLIN)
        seen = []
        limit = time.monotonic() + 5
        with Watching():
            go()
            while len(seen) < TARGETS and time.monotonic() < limit:
                for descriptor, _ in poll.poll(1):
                    seen.append(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
                    poll.unregister(descriptor)
        return seen
    finally:
        poll.close()
        for descriptor in descriptors:
            os.close(descriptor)


def stops(sleepers, go):
    """When /proc first shows each one as no longer sleeping; looked at in turn, so late by one round (1 to 2 ms)."""
    descriptors = [os.open(f"/proc/{process.pid}/stat", os.O_RDONLY) for process in sleepers.processes]
    try:
        waiting = list(descriptors)
        seen = []
        limit = time.monotonic() + 5
        with Watching():
            go()
            while waiting and time.monotonic() < limit:
                for descriptor in list(waiting):
                    if os.pread(descriptor, 512, 0).rpartition(b")")[2].split()[0] != b"S":
                        seen.append(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
                        waiting.remove(descriptor)
                time.sleep(0.001)
        return seen
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def measure(table, fabric, program, state):
    table.head(f"one fault on {TARGETS} processes: from the first hit to the last, seen from outside, {ROUNDS} times")
    with Executor(program, fabric.host, state) as executor:
        kinds = [("kill", "pidfd", ends)]
        # A process frozen by cgroup version 2 looks asleep from outside.
        kinds += [("pause", name, stops) for name in executor.capabilities.get("pause", []) if name != "freezer"]
        for kind, mechanism, observe in kinds:
            spreads, whole = [], []
            for number in range(ROUNDS):
                with Sleepers() as sleepers:
                    name = f"{kind}{number}"
                    fault = {"id": name, "kind": kind, "mechanism": mechanism,
                             "processes": {"command": " ".join(sleepers.command)}}
                    if kind == "kill":
                        fault |= {"again": False, "allow-irreversible": True}
                    seen = observe(sleepers, lambda: executor.send(op="inject", fault=fault))
                    reply = executor.answer()
                    if len(seen) == TARGETS:
                        spreads.append((max(seen) - min(seen)) / 1e6)
                        whole.append((max(seen) - reply["commanded_ns"]) / 1e6)
                    executor.revert(name)
            if len(spreads) < ROUNDS:
                table.line(f"{kind} by {mechanism}: ≤ 20 ms", f"{ROUNDS - len(spreads)} times not all were hit", False)
                continue
            table.line(
                f"{kind} by {mechanism}: median ≤ 20 ms",
                f"{quantile(spreads, 0.5):.1f} ms (slowest {max(spreads):.1f}; from the command {quantile(whole, 0.5):.1f})",
                quantile(spreads, 0.5) <= 20)
