"""How exact the delay engine is, and how much it carries: each measure beside its bound, the same load without the fault
before it.

    python3 Benchmarks/delay/run.py [path to gauntlet-host] [--seconds 5]

As root, with `ip` and `swiftc`. Works in two network namespaces of its own, which it removes. Exits with 1 if a bound is
missed and with 2 if the load itself is not carried without the fault: then the machine, not the engine, is too slow.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DELAY_MS = 50


def sh(*words, check=True):
    return subprocess.run(words, check=check, capture_output=True, text=True).stdout


class Fabric:
    """Two namespaces and a veth pair."""

    def __enter__(self):
        tag = f"gb{os.getpid():x}"
        self.sender, self.receiver = tag + "a", tag + "b"
        for name in (self.sender, self.receiver):
            sh("ip", "netns", "add", name)
        sh("ip", "-n", self.sender, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", self.receiver)
        for name, address in ((self.sender, "10.78.0.1/24"), (self.receiver, "10.78.0.2/24")):
            sh("ip", "-n", name, "addr", "add", address, "dev", "eth0")
            sh("ip", "-n", name, "link", "set", "eth0", "up")
        return self

    def __exit__(self, *_):
        for name in (self.sender, self.receiver):
            sh("ip", "netns", "del", name, check=False)


class Executor:
    """A `gauntlet-host` in a namespace."""

    def __init__(self, program, namespace, state):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, program, "--state", state + "/state", "--durable", state + "/durable"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.next = 0
        self.ask(op="hello", version=1, run="bench", lease="10min")

    def ask(self, **request):
        self.next += 1
        self.process.stdin.write(json.dumps({"id": self.next} | request) + "\n")
        self.process.stdin.flush()
        while True:
            reply = json.loads(self.process.stdout.readline())
            if reply.get("event") is None:
                break
        if not reply.get("ok"):
            sys.exit(f"{request}: {reply}")
        return reply

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def measure(fabric, load, rate, seconds):
    receiver = subprocess.Popen(
        ["ip", "netns", "exec", fabric.receiver, load, "receive", "9000", str(seconds * 3 + 10)],
        stdout=subprocess.PIPE, text=True)
    # It must listen before the first packet: the kernel lists it by its port in hexadecimal.
    while f":{9000:04X} " not in sh("ip", "netns", "exec", fabric.receiver, "cat", "/proc/net/udp"):
        pass
    sent = json.loads(sh("ip", "netns", "exec", fabric.sender, load, "send", "10.78.0.2", "9000", str(rate), str(seconds)))
    result = json.loads(receiver.communicate()[0]) | sent
    result["loss"] = 1 - result["received"] / max(1, result["sent"])
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", nargs="?", default=".build/release/gauntlet-host")
    parser.add_argument("--seconds", type=int, default=5)
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.program)
    rows, tooSlow = [], False
    with tempfile.TemporaryDirectory() as work, Fabric() as fabric:
        load = work + "/load"
        subprocess.run(["swiftc", "-O", "-o", load, HERE + "/load.swift"], check=True)
        executor = Executor(program, fabric.receiver, work)

        def both(rate):
            plain = measure(fabric, load, rate, arguments.seconds)
            executor.ask(op="inject", fault={
                "id": f"delay{rate}", "kind": "latency", "mechanism": "nfqueue", "delay": f"{DELAY_MS}ms",
                "peers": ["10.78.0.1"], "direction": "in"})
            held = measure(fabric, load, rate, arguments.seconds)
            evidence = executor.ask(op="status")["held"][0]["evidence"]
            executor.ask(op="revert", fault=f"delay{rate}")
            for name, result in (("without", plain), (f"{DELAY_MS} ms", held)):
                print(f"{rate:>7} packets/s {name:>8}: {result['rate']:>7}/s sent, {result['received']:>7} received "
                      f"({100 * result['loss']:.3f} % lost), median {result['median'] / 1000:.3f} ms, "
                      f"p99 {result['p99'] / 1000:.3f} ms, max {result['max'] / 1000:.3f} ms")
            print(f"        {evidence}")
            return plain, held

        plain, held = both(10_000)
        rows.append(("median error at 10,000 packets/s", (held["median"] / 1000) - DELAY_MS, 0.3, "ms",
                     plain["median"] / 1000))
        rows.append(("p99 error at 10,000 packets/s", (held["p99"] / 1000) - DELAY_MS, 2.0, "ms", plain["p99"] / 1000))
        plain, held = both(42_000)
        rows.append(("loss at 42,000 packets/s", 100 * held["loss"], 0.1, "%", 100 * plain["loss"]))
        rows.append(("shortfall of 40,000 packets/s", max(0, 40_000 - held["rate"]), 0, "/s",
                     max(0, 40_000 - plain["rate"])))
        executor.close()

    print(f"\n{'measure':<36}{'bound':>10}{'measured':>12}{'without':>12}")
    missed = False
    for name, value, bound, unit, without in rows:
        held = value <= bound
        missed = missed or not held
        tooSlow = tooSlow or (without > bound)
        print(f"{name:<36}{'≤ ' + format(bound, 'g') + ' ' + unit:>10}{value:>9.3f} {unit:<3}{without:>8.3f} {unit:<3}"
              f"{'held' if held else 'MISSED'}")
    if tooSlow:
        print("The load is beyond a bound without the fault too: this says nothing about the engine.")
        sys.exit(2)
    sys.exit(1 if missed else 0)


main()
