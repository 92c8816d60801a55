"""How soon a whole fleet is cut off and healed, beside one iptables command per rule."""

import shutil
import statistics
import subprocess
import time

from fabric import Executor, Fabric
from table import quantile

PEERS = [f"10.90.0.{n}" for n in range(1, 41)]
LOCAL = [f"10.91.0.{n}" for n in range(1, 38)]
# One for each direction.
RULES = 2 * len(PEERS) * len(LOCAL)
TIMED = 200
REPETITIONS = 30


def measure(table, fabric, program, state):
    cut, heal = [], []
    with Executor(program, fabric.host, state) as executor:
        for number in range(REPETITIONS):
            name = f"cut{number}"
            took, reply = executor.inject(
                name, kind="partition", mechanism="nftables", peers=PEERS, local=LOCAL)
            cut.append(took)
            heal.append(executor.revert(name))
    table.head(f"partition of {len(LOCAL)} × {len(PEERS)} addresses by nftables, {REPETITIONS} times")
    for what, times in (("commanded → effective", cut), ("heal: commanded → read back gone", heal)):
        middle = statistics.median(times)
        table.line(f"{what}: median ≤ 2 ms", f"{middle:.2f} ms (p99 {quantile(times, 0.99):.2f} ms)", middle <= 2)
    for flavour in ("nft", "legacy"):
        tool = f"iptables-{flavour}"
        if not shutil.which(tool):
            table.line(f"{tool}, a command per rule", "skipped: it is not installed")
            continue
        each = {verb: one_by_one(fabric.peer, tool, verb) for verb in ("-A", "-D")}
        for what, verb, times in (("cutting off", "-A", cut), ("healing", "-D", heal)):
            # The time of each grows with the rules that are there, so this is the least that all would take.
            whole = each[verb] * RULES
            ratio = whole * 1_000 / statistics.median(times)
            table.line(
                f"{what} ≥ 500× faster than one {tool} per rule",
                f"{ratio:.0f}× ({whole:.1f} s, extrapolated from {TIMED} to {RULES})", ratio >= 500)


def one_by_one(namespace, tool, verb):
    """Seconds for one rule, each added or deleted by a process of its own."""
    ways = [("INPUT", peer, local) for peer in PEERS for local in LOCAL]
    ways += [("OUTPUT", local, peer) for _, peer, local in ways]
    # One shell inside: entering the namespace must not count for each rule.
    lines = [f"{tool} {verb} {chain} -s {source} -d {target} -j DROP" for chain, source, target in ways[::RULES // TIMED]]
    lines = lines[:TIMED]
    began = time.monotonic()
    subprocess.run(Fabric.entering(namespace) + ["sh", "-e"], input="\n".join(lines), text=True, check=True)
    return (time.monotonic() - began) / TIMED
