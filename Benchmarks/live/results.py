"""Runs scenarios of the catalogue live and simulated, at one seed and with one plan, and writes both results side by side.

usage: results.py GAUNTLET OUT [--table FILE] [SCENARIO...]

Runs that OUT holds already are kept, so that it can be stopped and gone on with; `--table` writes what is there so far
for the list in the place of the file's table, and runs nothing more.
"""

import json
import pathlib
import re
import subprocess
import sys

SHORT = ["--set", "phases.baseline=10s", "--set", "phases.recovery=30s"]

# Each fault that one host can carry out, at the length that its promise needs. What is longer in the catalogue than its
# fault's effect takes to show is cut, in both worlds alike.
LIST = {
    "agent-kill-one": [],
    "agent-kill-ten-percent": [],
    "agent-pause": [],
    "hub-failover": [],
    "hub-central-failover": [],
    "partition": ["--set", "phases.faults=70s", "--set", "faults.cut.for=30s"],
    "partition-one-way": ["--set", "phases.faults=70s", "--set", "faults.deaf.for=30s"],
    "partition-flapping": ["--set", "phases.faults=130s", "--set", "faults.flap.times=4"],
    "link-latency": [],
    "link-loss-5": ["--set", "phases.faults=70s", "--set", "faults.lossy-link.for=60s"],
    "cpu-starvation": [],
    "memory-exhaustion": [],
    "disk-full": ["--set", "phases.recovery=60s"],
    "log-flood": [],
    "redis-down": [],
    "broker-down": [],
    "broker-leader-kill": [],
    "pc2-down": [],
    "rolling-migration": [],
    "rollback-drill": [],
    "disk-full-plus-kills": ["--set", "phases.recovery=60s"],
}


def main():
    arguments = sys.argv[1:]
    table = None
    if "--table" in arguments:
        at = arguments.index("--table")
        table = pathlib.Path(arguments[at + 1])
        del arguments[at : at + 2]
    gauntlet, out, names = arguments[0], pathlib.Path(arguments[1]), arguments[2:] or list(LIST)
    unknown = [name for name in names if name not in LIST]
    if unknown:
        sys.exit(f"results.py: {', '.join(unknown)}: not in the list, which is {', '.join(LIST)}")
    if table is None:
        for name in names:
            for world in ("simulated", "live"):
                run(gauntlet, out, name, world)
        return
    # The words around the table are written by hand.
    before = re.split(r"^\| scenario .*?\n(?=\n|\Z)", table.read_text(), maxsplit=1, flags=re.S | re.M)
    if len(before) != 2:
        sys.exit(f"results.py: {table} holds no table of scenarios to replace")
    table.write_text(before[0] + text(out, names) + before[1])


def directory(out, name, world):
    """The run's own directory; None where there is none, or one that did not come to its end."""
    for record in sorted((out / world / name).glob("*/run.json"), reverse=True):
        if json.loads(record.read_text())["ending"] == "completed":
            return record.parent
    return None


def run(gauntlet, out, name, world):
    if directory(out, name, world):
        return
    settings = SHORT + LIST[name]
    log = out / f"{name}-{world}.log"
    out.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file:
        command = [gauntlet, "run", name, "--world", world, "--out", str(out / world), "--exit-zero", "--quiet"] + settings
        code = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False).returncode
    print(f"{name} {world}: {'ended' if code == 0 else f'exit code {code}, see {log}'}", flush=True)


def text(out, names):
    lines = [
        "| scenario | fault, and what carried it out | verdict and score | availability in the impact |"
        " detected | failed over | recovered | lost | missed live | missed simulated |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in names:
        live, simulated = directory(out, name, "live"), directory(out, name, "simulated")
        if not live or not simulated:
            lines.append(f"| {name} | not run | | | | | | | | |")
            continue
        lines.append(row(name, card(live), card(simulated), mechanisms(live)))
    return "\n".join(lines) + "\n"


def card(directory):
    return json.loads((directory / "scorecard.json").read_text())


def mechanisms(directory):
    """What the evidence of each fault that took effect says first: the mechanism that carried it out."""
    kinds = {fault["id"].split("#")[0]: fault["kind"] for fault in card(directory)["faults"]}
    found = []
    for line in (directory / "journal.jsonl").open():
        if '"ev":"fault"' not in line:
            continue
        record = json.loads(line)
        if record.get("st") != "effective":
            continue
        found.append(re.split(r"[:;,]", record["evidence"])[0].strip())
    names = ", ".join(sorted(set(kinds.values()))) or "none"
    return names + (f": {'; '.join(sorted(set(found)))}" if found else "")


def row(name, live, simulated, mechanisms):
    pair = lambda read: f"{read(live)} / {read(simulated)}"
    cells = [
        name,
        mechanisms,
        pair(lambda card: f"{card['verdict']} {card['score']:g}" if card.get("score") is not None else card["verdict"]),
        pair(lambda card: share(card["facts"].get("availability_impact"))),
        pair(lambda card: longest(card, "detected_ns")),
        pair(lambda card: longest(card, "failed_over_ns")),
        pair(lambda card: longest(card, "recovered_ns", "reverted_ns")),
        pair(lambda card: str(sum(card["facts"]["totals"][f"lost_{part}"] for part in ("prefix", "middle", "postfix")))),
        missed(live),
        missed(simulated),
    ]
    return "| " + " | ".join(cells) + " |"


def share(value):
    return "–" if value is None else f"{100 * value:.1f} %"


def longest(card, end, start="effective_ns"):
    spans = [fault[end] - fault[start] for fault in card["faults"] if fault.get(end) and fault.get(start)]
    return f"{max(0, max(spans)) / 1e9:.1f} s" if spans else "–"


def missed(card):
    return ", ".join(o["id"] for o in card["objectives"] if o["judgement"] == "missed") or "none"


main()
