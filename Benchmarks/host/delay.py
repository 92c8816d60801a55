"""How exact the delay engine is, and how much it carries: the same load with the fault and, before it, without."""

import json
import subprocess

from fabric import Executor, Fabric, sh

DELAY_MS = 50
SECONDS = 3


def measure(table, fabric, program, state, load):
    with Executor(program, fabric.host, state) as executor:
        if "nfqueue" not in executor.capabilities["latency"]:
            table.head("delay engine")
            table.line("delay", "skipped: this kernel has no netfilter queue")
            return
        table.head(f"delay engine: {DELAY_MS} ms, UDP for {SECONDS} s, and what the same load does without the fault")
        plain, held = both(table, fabric, executor, load, 10_000)
        for name, bound in (("median", 0.3), ("p99", 2)):
            judge(
                table, f"{name} error at 10,000 packets/s ≤ {bound} ms", "ms",
                held[name] / 1000 - DELAY_MS, plain[name] / 1000, bound)
        plain, held = both(table, fabric, executor, load, 42_000)
        judge(table, "loss at 40,000 packets/s ≤ 0.1 %", "%", 100 * held["loss"], 100 * plain["loss"], 0.1)
        judge(
            table, "fewer sent than 40,000 packets/s: 0", "/s",
            max(0, 40_000 - held["rate"]), max(0, 40_000 - plain["rate"]), 0)


def judge(table, bound, unit, value, without, limit):
    text = f"{value:.3f} {unit} ({without:.3f} {unit} without)"
    if without > limit:
        # Then the machine, not the engine, is too slow.
        table.line(bound, text + "; not judged: beyond it without the fault too")
    else:
        table.line(bound, text, value <= limit)


def both(table, fabric, executor, load, rate):
    plain = carry(fabric, load, rate)
    name = f"delay{rate}"
    executor.inject(
        name, kind="latency", mechanism="nfqueue", delay=f"{DELAY_MS}ms", peers=[Fabric.peer_address], direction="in")
    held = carry(fabric, load, rate)
    evidence = executor.ask(op="status")["held"][0]["evidence"]
    executor.revert(name)
    for text, result in (("without", plain), (f"{DELAY_MS} ms", held)):
        table.line(
            f"{rate} packets/s {text}",
            f"{result['received']} of {result['sent']}, median {result['median'] / 1000:.3f}, "
            f"p99 {result['p99'] / 1000:.3f}, max {result['max'] / 1000:.3f} ms")
    table.note(evidence.partition("; ")[2])
    return plain, held


def carry(fabric, load, rate):
    receiver = subprocess.Popen(
        Fabric.entering(fabric.host) + [load, "receive", "9000", str(SECONDS * 3 + 10)],
        stdout=subprocess.PIPE, text=True)
    try:
        # It must listen before the first packet: the kernel lists it by its port in hexadecimal.
        while f":{9000:04X} " not in sh(*Fabric.entering(fabric.host), "cat", "/proc/net/udp"):
            if receiver.poll() is not None:
                raise RuntimeError("the load's receiver ended at once")
        sent = json.loads(
            sh(*Fabric.entering(fabric.peer), load, "send", Fabric.host_address, "9000", str(rate), str(SECONDS)))
        result = json.loads(receiver.communicate()[0]) | sent
    finally:
        if receiver.poll() is None:
            receiver.kill()
            receiver.wait()
    result["loss"] = 1 - result["received"] / max(1, result["sent"])
    return result
