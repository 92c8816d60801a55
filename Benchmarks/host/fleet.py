"""Whether a fault on many targets begins on all of them at once."""

import os
import select
import subprocess
import time

from fabric import Executor
from table import quantile

TARGETS = 77
ROUNDS = 3


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
    """When /proc first shows each one as no longer sleeping."""
    return changes(sleepers, "stat", lambda text: text.rpartition(b")")[2].split()[0], go)


def moves(sleepers, go):
    """When /proc first shows each one in another cgroup: frozen by version 2, it still looks asleep, but it freezes as it
    arrives there."""
    return changes(sleepers, "cgroup", lambda text: text, go)


def changes(sleepers, file, part, go):
    """All are looked at in turn, so a change is seen late by one round: 1 to 2 ms."""
    descriptors = [os.open(f"/proc/{process.pid}/{file}", os.O_RDONLY) for process in sleepers.processes]
    try:
        waiting = {descriptor: part(os.pread(descriptor, 4_096, 0)) for descriptor in descriptors}
        seen = []
        limit = time.monotonic() + 5
        with Watching():
            go()
            while waiting and time.monotonic() < limit:
                for descriptor, before in list(waiting.items()):
                    if part(os.pread(descriptor, 4_096, 0)) != before:
                        seen.append(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
                        del waiting[descriptor]
                time.sleep(0.001)
        return seen
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def measure(table, fabric, program, state):
    table.head(f"one fault on {TARGETS} processes: from the first hit to the last, seen from outside, {ROUNDS} times")
    with Executor(program, fabric.host, state) as executor:
        kinds = [("kill", "pidfd", ends)]
        for name in executor.capabilities.get("pause", []):
            kinds.append(("pause", name, moves if name == "freezer" else stops))
        for kind, mechanism, observe in kinds:
            spreads, whole, answered = [], [], []
            for number in range(ROUNDS):
                with Sleepers() as sleepers:
                    name = f"{kind}{number}"
                    fault = {"id": name, "kind": kind, "mechanism": mechanism,
                             "processes": {"command": " ".join(sleepers.command)}}
                    if kind == "kill":
                        fault |= {"again": False, "allow-irreversible": True}
                    seen = observe(sleepers, lambda: executor.send(op="inject", fault=fault))
                    reply = executor.answer()
                    answered.append((reply["effective_ns"] - reply["commanded_ns"]) / 1e6)
                    if len(seen) == TARGETS:
                        spreads.append((max(seen) - min(seen)) / 1e6)
                        whole.append((max(seen) - reply["commanded_ns"]) / 1e6)
                    executor.revert(name)
            if len(spreads) < ROUNDS:
                table.line(f"{kind} by {mechanism}: ≤ 20 ms", f"{ROUNDS - len(spreads)} times not all were hit", False)
                continue
            table.line(
                f"{kind} by {mechanism}: median ≤ 20 ms",
                f"{quantile(spreads, 0.5):.1f} ms (slowest {max(spreads):.1f}; command to last {quantile(whole, 0.5):.1f}, "
                f"to read back {quantile(answered, 0.5):.0f})",
                quantile(spreads, 0.5) <= 20)
